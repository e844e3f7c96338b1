"""Quotes in their surroundings: the sentences around them, of the same section of the same reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import claim, reading
from report_fixtures import quote

from synth.passages import passages
from synth.records import Claim, Passage, ReadPaper, Section, SourceSpan
from synth.surroundings import surrounded
from synth.text import normalise

TEXT = "It was long held that tides are random. Tides follow the moon. The delay is four hours. We thank nobody."
FIRST, SECOND, THIRD, FOURTH = (
    "It was long held that tides are random.", "Tides follow the moon.", "The delay is four hours.",
    "We thank nobody.",
)  # fmt: skip


def with_quote(text: str, table: str | None = None, **changes: object) -> Claim:
    one = quote("p", text, table=table).model_copy(update=changes)
    return claim("A statement.", "elsewhere").model_copy(update={"evidence": (one,)})


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        (SECOND, FIRST, THIRD),
        (FIRST, "", SECOND),
        (FOURTH, THIRD, ""),
        ("Tides follow", None, None),  # no passage: nothing is guessed
    ],
)
def test_a_quote_gets_its_neighbours(text: str, before: str | None, after: str | None) -> None:
    (made,) = surrounded([with_quote(text)], passages(reading("p", TEXT)))
    assert (made.evidence[0].before, made.evidence[0].after) == (before, after)


def test_another_paper_version_tier_or_a_table_gives_none() -> None:
    among = passages(reading("p", TEXT))
    for one in (
        with_quote(SECOND, version="v2"), with_quote(SECOND, tier="pdf"), with_quote(SECOND, paper_id="q"),
        with_quote(SECOND, table="Table 2"),
    ):  # fmt: skip
        assert surrounded([one], among) == [one]


def test_no_sentence_comes_from_another_section() -> None:
    cut = TEXT.index(THIRD)
    sections = (
        Section(heading="2 Tides", page=None, start=0, end=cut), Section(heading="3 Delay", page=None, start=cut,
                                                                         end=len(TEXT)),
    )  # fmt: skip
    paper = reading("p", TEXT).model_copy(update={"sections": sections})
    (made,) = surrounded([with_quote(SECOND)], passages(paper))
    assert (made.evidence[0].before, made.evidence[0].after) == (FIRST, "")


def placed(paper: ReadPaper, start: int, end: int) -> Claim:
    span = SourceSpan(paper_id="p", version=None, section=None, page=None, start=start, end=end)
    return claim("A statement.").model_copy(update={"source": span, "quote": paper.text[start:end]})


@pytest.mark.parametrize(
    ("said", "before", "after"),
    [
        (SECOND, FIRST, THIRD),
        (f"{SECOND} {THIRD}", FIRST, FOURTH),  # over two sentences
        ("follow the moon.", f"{FIRST} Tides", THIRD),  # a part of one: its rest belongs to what stands around
        ("Tides follow", FIRST, f"the moon. {THIRD}"),
    ],
)
def test_a_claim_gets_what_stands_around_its_own_sentence(said: str, before: str, after: str) -> None:
    paper = reading("p", TEXT)
    start = TEXT.index(said)
    (made,) = surrounded([placed(paper, start, start + len(said))], passages(paper))
    assert (made.source.before, made.source.after) == (before, after)


def test_offsets_of_another_text_of_the_paper_are_not_taken_for_it() -> None:
    paper, other = reading("p", TEXT), reading("p", "Quite another text stands in this file. " * 4)
    start = TEXT.index(SECOND)
    one = placed(paper, start, start + len(SECOND))
    assert surrounded([one], passages(other)) == [one]
    pdf = [p.model_copy(update={"tier": "pdf"}) for p in passages(other)]
    (made,) = surrounded([one], [*pdf, *passages(paper)])
    assert made.source.before == FIRST


def test_long_neighbours_are_cut_between_words_and_say_so() -> None:
    long = "We add words " * 60 + "at last."
    (made,) = surrounded([with_quote(SECOND)], passages(reading("p", f"{long} {SECOND} {long}")))
    before, after = made.evidence[0].before or "", made.evidence[0].after or ""
    assert before.startswith("…")
    assert after.endswith("…")
    assert 300 < len(before) <= 320
    assert len(after) <= 320
    assert set(before.strip("….").split()) | set(after.strip("…").split()) <= {"We", "add", "words", "at", "last"}


@given(st.lists(st.text("ab.!? \n中é", min_size=1, max_size=30), min_size=1, max_size=6), st.data())
def test_what_stands_around_is_found_in_the_text_on_either_side(parts: list[str], data: st.DataObject) -> None:
    paper = reading("p", " ".join(parts))
    among: tuple[Passage, ...] = passages(paper)
    if not among:
        return
    one = data.draw(st.sampled_from(among))
    (made,) = surrounded([placed(paper, one.start, one.end)], among)
    assert normalise(made.source.before or "") in normalise(paper.text[: one.start])
    assert normalise(made.source.after or "") in normalise(paper.text[one.end :])
