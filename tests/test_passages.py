"""Passages: sentences with their place."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from synth.passages import passages
from synth.records import Ids, Paper, ReadPaper, Section


def read(text: str, sections: tuple[Section, ...] = (), pages: tuple[int, ...] = ()) -> ReadPaper:
    paper = Paper(id="p1", title="A Study of Things", authors=(), year=2020, ids=Ids(), abstract=None, source="test")
    return ReadPaper(paper=paper, tier="pdf", text=text, sections=sections, page_starts=pages)


def sectioned(*parts: tuple[str, str]) -> ReadPaper:
    """A paper whose text is its headings and bodies in turn."""
    text, sections = "", []
    for heading, body in parts:
        start = len(text)
        text += f"{heading}\n{body}\n\n"
        sections.append(Section(heading=heading, page=None, start=start, end=len(text)))
    return read(text, tuple(sections))


def test_headings_title_and_references_are_left_out() -> None:
    paper = sectioned(
        ("Abstract", "A Study of Things.\n\nWe gain 3 points. It holds."),
        ("4 Results", "XNLI gains 2.1 points."),
        ("References", "Smith, J. 2019. A paper. In Proceedings."),
        ("A Appendix", "More figures stand here."),
    )
    found = passages(paper)
    assert [(p.section, p.text) for p in found] == [
        ("Abstract", "We gain 3 points."),
        ("Abstract", "It holds."),
        ("4 Results", "XNLI gains 2.1 points."),
        ("A Appendix", "More figures stand here."),
    ]
    assert all(paper.text[p.start : p.end] == p.text for p in found)


def test_text_outside_sections_is_kept_under_an_empty_heading() -> None:
    text = "Before it. Within it. After it."
    paper = read(text, (Section(heading="Method", page=None, start=11, end=22),))
    assert [(p.section, p.text) for p in passages(paper)] == [
        ("", "Before it."),
        ("Method", "Within it."),
        ("", "After it."),
    ]


def test_pages_come_from_the_offsets() -> None:
    paper = read("First page here. Second page here.", pages=(0, 17))
    assert [p.page for p in passages(paper)] == [1, 2]


def test_no_text_gives_no_passages() -> None:
    assert passages(read("")) == ()


@given(
    st.lists(st.tuples(st.sampled_from(["Abstract", "Results", "References", ""]), st.text(max_size=60)), max_size=5)
)
def test_every_passage_is_verbatim_and_in_order(parts: list[tuple[str, str]]) -> None:
    paper = sectioned(*parts)
    found = passages(paper)
    assert all(paper.text[p.start : p.end] == p.text and p.text.strip() for p in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
