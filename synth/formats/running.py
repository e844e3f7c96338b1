"""The running text of a PDF: its blocks in reading order, each given its role, joined into paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from synth.formats import layout
from synth.formats.body import Body
from synth.formats.front import Front
from synth.formats.layout import Block, Line, PageLines
from synth.formats.mending import Mender
from synth.formats.references import reference
from synth.records import Reference

__all__ = ["Running"]

_REFERENCES = re.compile(
    r"(?:(?:\d{1,2}|[IVX]{1,5})\.?\s+)?(?:references(?: cited)?|bibliography|literature cited)\s*:?", re.IGNORECASE
)
_RUN_IN = re.compile(r"(?:\d+(?:\.\d+)*\.?\s+)?[A-Z“][^.:;!?•]{2,}(?:[.:?])?(?: \([^()]+\)[.:]?)?")
_FOOTNOTE = re.compile(r"[∗*†‡§¶]|\d{1,2}(?=\s?[A-Zhw“])")


class Running:
    """One pass over the pages. `body` holds the text, `references()` the entries of the reference list.

    Captions and footnotes come as paragraphs of their own, before the paragraph that they interrupt when that
    one began on the same page, else after it: so no sentence is broken and every character keeps its page.
    """

    def __init__(self, pages: Sequence[PageLines], front: Front) -> None:
        self.body = Body("Front matter")
        self._size = front.size
        self.mender = Mender(line.text for page in pages for block in page.blocks for line in block.lines)
        self._open: list[tuple[int, Line]] = []
        self._waiting: list[tuple[int, str]] = []
        self._heading: list[Line] = []
        self._heading_page = 0
        self._entries: list[tuple[int, Line]] = []
        self._in_references = False
        self._in_front = True
        self._after_footnote = 0.0
        for page in pages:
            self._in_front = self._in_front and page.number == 1
            width = layout.column_width(page, front.size)
            self._after_footnote = 0.0
            for block in page.blocks:
                if id(block) not in front.taken:
                    self._block(block, page, width)
        self._finish()
        self._flush_heading()

    def references(self) -> tuple[Reference, ...]:
        """The reference list, entry by entry, hyphens mended."""
        return tuple(reference(self.mender.join(entry)) for entry in _entries(self._entries))

    def _block(self, block: Block, page: PageLines, width: float) -> None:
        lines = list(block.lines)
        while lines and self._is_heading(lines, page, width):
            self._take_heading(lines.pop(0), block.page)
        if not lines:
            return
        rest = Block(block.page, lines)
        if self._heading and (self._in_references or _REFERENCES.fullmatch(self._heading[-1].text.strip())):
            self._flush_heading()
        if self._in_references:
            self._entries.extend((block.page, line) for line in lines)
        elif layout.is_caption(lines[0]):
            self._aside(rest)
        elif self._is_footnote(rest, page):
            self._after_footnote = lines[-1].y1
            self._aside(rest)
        elif layout.is_tabular(rest, self._size, width):
            return
        else:
            self._flush_heading()
            if (
                self._in_front
                and len(lines) >= 3
                and abs(rest.size - self._size) < 0.6
                and lines[0].x1 - lines[0].x0 > 0.8 * width
            ):
                self._in_front = False
                self.body.heading("", block.page)
            for part in layout.paragraphs(rest):
                self._paragraph(self._without_run_in(part))

    def _without_run_in(self, block: Block) -> Block:
        """A paragraph that opens with a heading in bold, set in its first line: begun as a section of that name."""
        first = block.lines[0]
        words = first.bold_start.strip()
        rest = first.text[len(words) :].lstrip() if first.text.startswith(words) else ""
        if self._in_front or not _RUN_IN.fullmatch(words) or not rest or len(words) > 80:
            return block
        stopped = words.endswith((".", ":", "?"))
        if not stopped and (len(block.lines) < 3 or not rest[0].isupper() or len(words.split()) < 2):
            return block
        # A bold word within a paragraph that goes on from the page or column before is no heading.
        if self._open and layout.unfinished(self._open[-1][1].text):
            return block
        self._finish()
        self.body.heading(words.rstrip(".: "), block.page)
        return Block(block.page, [replace(first, text=rest, bold_start=""), *block.lines[1:]])

    def _is_heading(self, lines: list[Line], page: PageLines, width: float) -> bool:
        line = lines[0]
        if self._heading and self._same_heading(line):
            return True
        if not layout.is_heading(line, self._size):
            return False
        # Names of authors and institutes are set like headings too.
        if (
            self._in_front
            and line.size < self._size * 1.3
            and not (layout.is_section_name(line.text) or layout.is_numbered(line.text))
        ):
            return False
        # Bold words that open a paragraph and run on in the next line are no heading.
        if len(lines) > 1 and not lines[1].bold and lines[1].bold_start.strip():
            return False
        if self._in_references and not (line.size > self._size * 1.08 or line.bold):
            return False
        # Bold print within a table: a heading has the line for itself and is not set in cells.
        if line.pieces > 2 or (line.pieces == 2 and not re.match(r"[\dA-Z.]{1,8}\s", line.text)):
            return False
        if line.size <= self._size * 1.08 and width > page.width * 0.5 and _shares_row(line, page):
            return False
        bold_prose = len(lines) > 3 and all(other.bold for other in lines[:4])
        return not bold_prose and line.x1 - line.x0 < page.width * 0.85

    def _take_heading(self, line: Line, page: int) -> None:
        """A heading may run over several lines: the same print directly below goes on with it."""
        if not self._same_heading(line):
            self._flush_heading()
        self._in_front = False
        self._heading.append(line)
        self._heading_page = page

    def _same_heading(self, line: Line) -> bool:
        last = self._heading[-1] if self._heading else None
        return (
            last is not None
            and abs(last.size - line.size) < 0.6
            and ((last.bold and line.bold) or last.size > self._size * 1.08)
            and last.bold == line.bold
            and 0 <= line.y0 - last.y0 < 2.1 * line.size
            and not layout.is_section_name(line.text)
            and not layout.is_section_name(last.text)
            and not re.match(r"(?:\d{1,2}(?:\.\d+)*|[A-Z]\.\d+)\.?\s", line.text)
        )

    def _flush_heading(self) -> None:
        if not self._heading:
            return
        text = self.mender.join([line.text for line in self._heading])
        self._heading = []
        self._finish()
        self._in_references = bool(_REFERENCES.fullmatch(text.strip()))
        if not self._in_references:
            self.body.heading(text, self._heading_page)

    def _is_footnote(self, block: Block, page: PageLines) -> bool:
        first = block.lines[0]
        if first.y0 < page.height * 0.45 or block.size > self._size * 0.93:
            return False
        marked = bool(_FOOTNOTE.match(first.text)) and (
            first.first_size < 0.85 * block.size or not first.text[0].isdigit()
        )
        follows = bool(self._after_footnote) and 0 <= first.y0 - self._after_footnote < 14
        return marked or follows

    def _aside(self, block: Block) -> None:
        text = self.mender.join([line.text for line in block.lines])
        if self._heading:
            # A float between a heading and its first paragraph waits until that paragraph is done.
            self._waiting.append((block.page, text))
        elif not self._open or self._open[0][0] == block.page:
            self.body.paragraph(text, block.page)
        else:
            self._waiting.append((block.page, text))

    def _paragraph(self, block: Block) -> None:
        if self._open and self._goes_on(block):
            self._open.extend((block.page, line) for line in block.lines)
            return
        self._finish()
        self._open = [(block.page, line) for line in block.lines]

    def _goes_on(self, block: Block) -> bool:
        page, last = self._open[-1]
        first = block.lines[0]
        if block.page - page > 1 or abs(last.size - first.size) > 1.3:
            return False
        start = first.text.lstrip()
        if re.match(r"[•▪◦‣∙]", start):
            return False
        text = last.text.rstrip()
        if re.search(r"[^\W\d_][-‐\u00ad]$", text):
            return True
        if not layout.unfinished(text):
            # A sentence that happens to end at the end of a full line: only a small letter goes on with it.
            return start[:1].islower() and text.endswith((".", ":")) and len(start.split()) > 1
        return not re.match(r"\(?\d{1,2}[.)]\s+[A-Z]", start)

    def _finish(self) -> None:
        """Close the open paragraph, then lay down what waited for it."""
        fragments: list[tuple[int | None, str]] = []
        for page, line in self._open:
            words = " ".join(line.text.split())
            if fragments:
                last_page, text = fragments[-1]
                text, between = self.mender.glue(text, words)
                if last_page == page:
                    fragments[-1] = (page, text + between + words)
                else:
                    fragments[-1] = (last_page, text + between)
                    fragments.append((page, words))
            else:
                fragments.append((page, words))
        self._open = []
        self.body.fragments(fragments)
        for page, text in self._waiting:
            self.body.paragraph(text, page)
        self._waiting = []


def _shares_row(line: Line, page: PageLines) -> bool:
    """Whether other print stands on the same row within the text: then the line is the head of a table column."""
    left = min(other.x0 for block in page.blocks for other in block.lines if other.x1 - other.x0 > page.width * 0.25)
    return any(
        other is not line and abs(other.y0 - line.y0) < 3 and other.x0 >= left - 3
        for block in page.blocks
        for other in block.lines
    )


def _entries(lines: Sequence[tuple[int, Line]]) -> list[list[str]]:
    """Cut the lines of a reference list into entries: by numbers, by hanging indents, else by gaps."""
    if not lines:
        return []
    numbered = [bool(re.match(r"\[\w{1,8}\]|\d{1,3}\.\s", line.text)) for _, line in lines]
    starts: list[bool]
    if sum(numbered) >= 3 and sum(numbered) >= len(lines) // 8:
        starts = numbered
    else:
        lefts = _column_lefts(lines)
        hanging = [line.x0 <= left + 3 for (_, line), left in zip(lines, lefts, strict=True)]
        if 0.1 * len(lines) < sum(hanging) < 0.9 * len(lines):
            starts = hanging
        else:
            starts = _gaps(lines)
    entries: list[list[str]] = []
    for (_, line), start in zip(lines, starts, strict=True):
        if start or not entries:
            entries.append([])
        entries[-1].append(line.text)
    return [entry for entry in entries if sum(len(text) for text in entry) > 15]


def _column_lefts(lines: Sequence[tuple[int, Line]]) -> list[float]:
    """For each line the left edge of the column it stands in (lines are in reading order)."""
    edges: list[tuple[float, int]] = []
    begin = 0
    for i in range(1, len(lines) + 1):
        moved = i < len(lines) and (lines[i][0] != lines[i - 1][0] or lines[i][1].y0 < lines[i - 1][1].y0 - 50)
        if i == len(lines) or moved:
            edges.append((min(line.x0 for _, line in lines[begin:i]), i - begin))
            begin = i
    lefts: list[float] = []
    for edge, count in edges:
        # A column filled by one long entry shows its indent only: the same column on another page tells the edge.
        lefts.extend([min(other for other, _ in edges if 0 <= edge - other <= 20)] * count)
    return lefts


def _gaps(lines: Sequence[tuple[int, Line]]) -> list[bool]:
    steps = [b[1].y0 - a[1].y0 for a, b in pairwise(lines)]
    usual = median([step for step in steps if step > 0] or [12.0])
    result = [True]
    for (_, before), step in zip(lines, steps, strict=False):
        ended = before.text.rstrip().endswith((".", "/")) or bool(re.search(r"https?://\S+$", before.text))
        result.append(step > 1.25 * usual or (step <= 0 and ended))
    return result
