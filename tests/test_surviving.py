"""A retracted paper counts for nothing, and the answer says whether it stands without."""

from __future__ import annotations

import pytest
from made import bearing, claim, paper

from synth.announcements import COMMENTS
from synth.records import Answer, AnswerStatus, Ids, Notice, Paper, Window
from synth.surviving import fallen, sound, verdict_on


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


def test_no_window_of_a_fallen_paper_speaks_but_a_claims_own_sentence_is_shown() -> None:
    def window(text: str, key: str, *, same: bool = False, own: bool = False) -> Window:
        return Window(title="T", bearings=(bearing(text, key, same=same, own=own),), scores=None)

    quote, more = window("A.", "gone", same=True, own=True), window("B.", "gone", own=True)
    other, good = window("C.", "gone"), window("D.", "good")
    assert sound([quote, more, other, good], {"gone": "retracted"}) == (quote, good)
    assert sound([quote, more], {}) == (quote, more)


UP, UP2, DOWN = (
    claim("Plums improve the score by 5 points.", "gone"),
    claim("Plums improve the score by 4 points.", "good"),
    claim("Plums lower the score by 4 points.", "bad"),
)


def answered(status: AnswerStatus, *ids: str) -> Answer:
    return Answer(status=status, text="Text.", claim_ids=ids, next_experiment=None)


@pytest.mark.parametrize(
    ("counted", "all_told", "end"),
    [
        (answered("answered", UP2.id), answered("answered", UP.id, UP2.id), "The answer stands without it."),
        (answered("answered", UP2.id), answered("answered", UP2.id), "The answer stands without it."),
        (
            answered("answered", DOWN.id),
            answered("answered", UP.id, DOWN.id),
            "With it the answer would say something else: it does not survive unchanged.",
        ),
        (
            answered("not_studied"),
            answered("answered", UP.id),
            "With it the question would count as answered, without it as not studied: the answer does not survive.",
        ),
        (
            answered("answered", UP2.id),
            answered("contested", UP.id, DOWN.id),
            "With it the question would count as contested, without it as answered: the answer does not survive.",
        ),
    ],
)
def test_whether_the_answer_survives(counted: Answer, all_told: Answer, end: str) -> None:
    gone = {"gone": "retracted on 2021-08-09 (acl_anthology)", "unread": "withdrawn, no date given (arxiv)"}
    words = verdict_on(counted, all_told, [UP, UP2, DOWN], gone, {"gone": "On plums", "unread": "Pears"})
    assert words == f"“On plums” was retracted on 2021-08-09 (acl_anthology): what it says is not counted. {end}"


def test_two_papers_and_none() -> None:
    gone = {"gone": "retracted on 2021 (x)", "bad": "withdrawn on 2020 (y)"}
    titles = {"gone": "On plums", "bad": "On pears"}
    words = verdict_on(answered("answered", UP2.id), answered("answered", UP2.id), [UP, UP2, DOWN], gone, titles)
    assert words == (
        "“On pears” was withdrawn on 2020 (y); “On plums” was retracted on 2021 (x): what they say is not counted. "
        "The answer stands without them."
    )
    assert verdict_on(answered("answered"), answered("answered"), [UP2], {}, {}) == ""
    assert verdict_on(answered("answered"), answered("answered"), [UP2], gone, titles) == ""
