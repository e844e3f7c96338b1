"""A retracted paper counts for nothing."""

from __future__ import annotations

import pytest
from made import bearing, paper

from synth.announcements import COMMENTS
from synth.records import Ids, Notice, Paper, Window
from synth.surviving import fallen, sound


def noticed(key: str, *notices: tuple[str, str | None, str], **ids: str) -> Paper:
    made = [Notice.model_validate(dict(zip(("kind", "date", "source"), told, strict=True))) for told in notices]
    return paper(key).model_copy(update={"notices": tuple(made), "ids": Ids(**ids)})


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (noticed("p"), None),
        (noticed("p", ("retraction", "2021-08-09", "acl_anthology")), "retracted on 2021-08-09 (acl_anthology)"),
        (noticed("p", ("withdrawal", None, "arxiv")), "withdrawn, no date given (arxiv)"),
        (noticed("p", ("concern", "2020", "crossref"), ("erratum", None, "arxiv")), None),
        (
            noticed("p", ("withdrawal", "2019", "arxiv"), ("retraction", "2021", "x"), ("retraction", "2020", "y")),
            "retracted on 2020 (y)",
        ),
        (noticed("p", ("withdrawal", "2019", "arxiv"), acl="P19-1001"), None),
        (noticed("p", ("withdrawal", "2019", COMMENTS), doi="10.1000/x"), None),
        (noticed("p", ("withdrawal", "2019", "crossref (publisher)"), doi="10.1000/x"), "withdrawn on 2019"),
        (noticed("p", ("withdrawal", "2019", "arxiv"), doi="10.48550/arxiv.2001.00001"), "withdrawn on 2019 (arxiv)"),
    ],
)
def test_which_papers_have_fallen(made: Paper, words: str | None) -> None:
    found = fallen([made, noticed("other")])
    assert list(found) == (["p"] if words else [])
    assert found.get("p", "").startswith(words or "")


def test_a_withdrawn_preprint_of_which_another_copy_was_published_stands() -> None:
    preprint = noticed("p", ("withdrawal", "2019", "arxiv"), arxiv="1901.00001")
    assert list(fallen([preprint])) == ["p"]
    assert fallen([preprint], {"p"}) == {}
    taken_back = noticed("p", ("withdrawal", "2019", "arxiv"), ("retraction", "2021", "crossref (publisher)"))
    assert fallen([taken_back], {"p"}) == {"p": "retracted on 2021 (crossref (publisher))"}


def test_no_window_of_a_fallen_paper_speaks_but_a_claims_own_sentence_is_shown() -> None:
    def window(text: str, key: str, *, same: bool = False, own: bool = False) -> Window:
        return Window(title="T", bearings=(bearing(text, key, same=same, own=own),), scores=None)

    quote, more = window("A.", "gone", same=True, own=True), window("B.", "gone", own=True)
    other, good = window("C.", "gone"), window("D.", "good")
    assert sound([quote, more, other, good], {"gone": "retracted"}) == (quote, good)
    assert sound([quote, more], {}) == (quote, more)
