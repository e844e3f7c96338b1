"""Passages: the sentences of a read paper, each with its section, page and offsets."""

from __future__ import annotations

import re

from synth.records import Passage, ReadPaper, Section
from synth.text import normalise, sentences

__all__ = ["passages"]

# Sections that speak of other papers' bibliographic facts or of people, never of findings.
_LEFT_OUT = re.compile(
    r"^[\W\d]*(?:references?|bibliography|works cited|literature cited|acknowledge?ments?(?: and .*)?|funding|"
    r"author contributions?|conflicts? of interest|competing interests|table of contents|contents)\W*$",
    re.I,
)


def passages(paper: ReadPaper) -> tuple[Passage, ...]:
    """All sentences of `paper` in order, headings, the title and the reference list left out.

    `text` of each is `paper.text[start:end]`, untouched. A sentence never runs across a section boundary. Text
    before the first section belongs to the section "" (empty heading).
    """
    found: list[Passage] = []
    title = normalise(paper.paper.title).casefold()
    for section in _stretches(paper):
        if _LEFT_OUT.match(section.heading):
            continue
        for start, end in sentences(paper.text[section.start : section.end]):
            text = paper.text[section.start + start : section.start + end]
            if normalise(text).casefold().rstrip(".") == title.rstrip("."):
                continue
            found.append(
                Passage(
                    paper_id=paper.paper.id,
                    version=paper.paper.version,
                    tier=paper.tier,
                    section=section.heading,
                    page=paper.page_at(section.start + start) or section.page,
                    start=section.start + start,
                    end=section.start + end,
                    text=text,
                )
            )
    return tuple(found)


def _stretches(paper: ReadPaper) -> list[Section]:
    """The sections without their own heading lines, and the text that no section covers, in order."""
    stretches: list[Section] = []
    at = 0
    for section in sorted(paper.sections, key=lambda s: (s.start, s.end)):
        start, end = max(section.start, at), min(section.end, len(paper.text))
        if start > at:
            stretches.append(Section(heading="", page=None, start=at, end=start))
        if end > start:
            body = start + _heading_length(paper.text[start:end], section.heading)
            stretches.append(Section(heading=section.heading, page=section.page, start=body, end=end))
            at = end
    if at < len(paper.text):
        stretches.append(Section(heading="", page=None, start=at, end=len(paper.text)))
    return stretches


def _heading_length(text: str, heading: str) -> int:
    """How many characters at the start of `text` are its heading on a line of its own, number included."""
    if not heading.strip():
        return 0
    spaced = r"\s+".join(re.escape(word) for word in heading.split())
    match = re.match(rf"\s*(?:#+\s+)?(?:[\dA-Z](?:\.\d+)*\.?\s+)?{spaced}[ \t]*[:.—]?[ \t]*(?=\n|$)", text)
    return match.end() if match else 0
