"""Quotes as finished values: placed, their deciding parts marked, in the sentences that stand around them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from synth.records import Evidence
from synth.render import display
from synth.render.display import clean, number
from synth.render.papers import PaperView, cited

__all__ = ["QuoteView", "evidence_view", "place_view", "quote_view"]


@dataclass(frozen=True)
class QuoteView:
    """A quote in parts (text, deciding or not), with its place. `stance` is "" for a claim's own sentence.

    `before` and `after` are the sentences around it; "" where none stand there or none were kept.
    """

    text: str
    parts: tuple[tuple[str, bool], ...]
    direction: str
    place: str
    paper: PaperView
    stance: str
    stance_word: str
    independent: bool
    score: str
    before: str
    after: str


def evidence_view(item: Evidence, found: list[str], papers: dict[str, PaperView]) -> QuoteView:
    """A quote that bears on a claim; `found` are the values that decided its checks, to be marked."""
    place = place_view(item.section, item.page, item.table, item.cell)
    quote = quote_view(item.quote, found, place, cited(item.paper_id, papers), item.before, item.after)
    return replace(
        quote,
        stance=item.stance,
        stance_word=display.STANCE_WORDS[item.stance],
        independent=item.independent,
        score=number(item.score),
    )


def quote_view(
    text: str, found: list[str], place: str, paper: PaperView, before: str | None, after: str | None
) -> QuoteView:
    """A quote of `paper` at `place`, without a stance; `before` and `after` are None where none were kept."""
    shown = clean(text)
    return QuoteView(
        text=shown,
        parts=_marked(shown, found),
        direction=display.direction(shown),
        place=place,
        paper=paper,
        stance="",
        stance_word="",
        independent=False,
        score="",
        before=clean(before or ""),
        after=clean(after or ""),
    )


def _marked(text: str, found: list[str]) -> tuple[tuple[str, bool], ...]:
    """The text in parts, those that decided a check marked: the first place where each stands as a whole."""
    spans = []
    for needle in dict.fromkeys(clean(item) for item in found):
        start = text.find(needle) if needle else -1
        while start >= 0:
            end = start + len(needle)
            if not (_joins(text, start - 1, start) or _joins(text, end - 1, end)):
                spans.append((start, end))
                break
            start = text.find(needle, start + 1)
    parts, at = [], 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start < at:
            continue
        parts += [(text[at:start], False), (text[start:end], True)]
        at = end
    parts.append((text[at:], False))
    return tuple(part for part in parts if part[0])


def _joins(text: str, left: int, right: int) -> bool:
    """Whether the characters at two neighbouring places belong to one word or number (8.2 is not in 18.2)."""
    return left >= 0 and right < len(text) and text[left].isalnum() and text[right].isalnum()


def place_view(section: str | None, page: int | None, table: str | None, cell: tuple[int, int] | None) -> str:
    """Where a quote stands: "§ Results, Table 2, row 3, column 4, page 7"; cells count from 1."""
    parts = []
    if section and clean(section):
        heading = clean(section)
        parts.append(heading if heading.lower() in ("abstract", "title", "digest") else f"§ {heading}")
    if table and clean(table):
        parts.append(clean(table))
    if cell:
        parts.append(f"row {cell[0] + 1}, column {cell[1] + 1}")
    if page is not None:
        parts.append(f"page {page}")
    return ", ".join(parts)
