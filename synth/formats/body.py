"""The running text of a paper as it is put together: paragraphs, sections and the pages they stand on.

Every format hands its headings and paragraphs to a `Body` in reading order and takes back the three fields
of `ReadPaper` that must agree with each other: `text`, `sections`, `page_starts`. Headings are kept in
`Section.heading` and are no part of the text, so that no sentence begins with one; paragraphs are parted by
an empty line, so that no sentence runs from one into the next.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from synth.records import Section

__all__ = ["Body", "plain_sections", "tidy"]

PARAGRAPH_BREAK = "\n\n"


def tidy(text: str) -> str:
    """The text with every run of white space made one blank and the ends stripped.

    Nothing else is changed: a quote taken from the result must be findable in the paper by a person.
    """
    return " ".join(text.split())


class Body:
    """Collects headings and paragraphs in reading order."""

    def __init__(self, first_heading: str = "") -> None:
        """`first_heading` names the text that stands before the first heading, if there is any."""
        self._first_heading = first_heading
        self._parts: list[str] = []
        self._length = 0
        self._open: tuple[str, int | None, int] = (first_heading, None, 0)
        self._sections: list[Section] = []
        self._page_first: dict[int, int] = {}

    def heading(self, text: str, page: int | None = None) -> None:
        """Begin a section."""
        self._close()
        start = self._length + (len(PARAGRAPH_BREAK) if self._parts else 0)
        self._open = (tidy(text), page, start)

    def paragraph(self, text: str, page: int | None = None) -> None:
        """Add a paragraph that stands on one page (or in a paper without pages)."""
        self.fragments([(page, tidy(text))])

    def fragments(self, fragments: Sequence[tuple[int | None, str]]) -> None:
        """Add one paragraph that may run over page breaks, as (page, text) pieces joined as they are."""
        if not any(piece.strip() for _, piece in fragments):
            return
        if self._parts:
            self._add(PARAGRAPH_BREAK)
        heading, page, start = self._open
        if page is None and not self._text_since(start):
            self._open = (heading, fragments[0][0], start)
        for piece_page, piece in fragments:
            if piece_page is not None:
                self._page_first.setdefault(piece_page, self._length)
            self._add(piece)

    def _add(self, piece: str) -> None:
        self._parts.append(piece)
        self._length += len(piece)

    def _text_since(self, start: int) -> bool:
        return self._length > start

    def _close(self) -> None:
        heading, page, start = self._open
        end = max(self._length, min(start, self._length))
        start = min(start, end)
        if end > start or (heading and heading != self._first_heading):
            self._sections.append(Section(heading=heading, page=page, start=start, end=end))

    def build(self, page_count: int = 0) -> tuple[str, tuple[Section, ...], tuple[int, ...]]:
        """The text, its sections and the offset at which each of `page_count` pages begins.

        A page without text begins where the next page with text begins.
        """
        self._close()
        self._open = ("", None, self._length)
        starts: list[int] = []
        following = self._length
        for page in range(page_count, 0, -1):
            following = min(following, self._page_first.get(page, following))
            starts.append(following)
        return "".join(self._parts), tuple(self._sections), tuple(reversed(starts))


_PLAIN_HEADING = re.compile(r"(?:#{1,6}\s+)?(?:\d+(?:\.\d+)*\.?\s+)?[A-Z][^.!?\n]{1,80}")


def plain_sections(body: Body, text: str) -> None:
    """Put plain text into `body`: blocks parted by empty lines, a short block without a full stop is a heading."""
    blocks = [block for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if block.strip()]
    for i, block in enumerate(blocks):
        line = block.strip()
        if "\n" not in line and i + 1 < len(blocks) and _PLAIN_HEADING.fullmatch(line):
            body.heading(line.lstrip("# "))
        else:
            body.paragraph(line)
