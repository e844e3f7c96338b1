"""From the lines of a PDF's pages to paragraphs: pure geometry and typography, no PDF library.

The order of the lines is the order of the file, which follows the columns; sorting by position would
interleave them. What is decided here, in turn: which lines are furniture (running heads, page and line
numbers, stamps), what size the body text has, and for each block whether it is a heading, a caption, a
footnote, the inside of a table or figure, or body text. Body text over a line, column or page break is joined.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

__all__ = [
    "Block", "Line", "PageLines", "body_size", "column_width", "drop_furniture", "is_caption", "is_heading",
    "is_numbered", "is_section_name", "is_tabular", "paragraphs", "unfinished",
]  # fmt: skip


@dataclass(slots=True)
class Line:
    """One line of print. `size` and `bold` are those of most of its characters; lengths are in points."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool
    pieces: int = 1
    widest_gap: float = 0.0
    first_size: float = 0.0
    upright: bool = True
    bold_start: str = ""


@dataclass(slots=True)
class Block:
    """Lines that the PDF holds together, and the page (from 1) they stand on."""

    page: int
    lines: list[Line] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The lines as printed, joined by blanks."""
        return " ".join(line.text for line in self.lines)

    @property
    def size(self) -> float:
        """The type size of most of its characters."""
        return _weighted_mode((line.size, len(line.text)) for line in self.lines)


@dataclass(slots=True)
class PageLines:
    """A page's size in points and its blocks in the order of the file."""

    number: int
    width: float
    height: float
    blocks: list[Block]


def _weighted_mode(pairs: Iterable[tuple[float, int]]) -> float:
    weights: Counter[float] = Counter()
    for value, weight in pairs:
        weights[round(value * 2) / 2] += weight
    # Ties go to the smaller size, so that the result does not hang on the order.
    return min(weights, key=lambda value: (-weights[value], value)) if weights else 0.0


def body_size(pages: Sequence[PageLines]) -> float:
    """The type size in which most characters of the paper are set, to half a point; 0 where there is no text."""
    return _weighted_mode(
        (line.size, len(line.text)) for page in pages for block in page.blocks for line in block.lines
    )


# --- furniture -------------------------------------------------------------------------------------

_PAGE_NUMBER = re.compile(
    r"(?:page\s*)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?|[ivxl]{1,6}|[-–—]\s*\d{1,4}\s*[-–—]", re.IGNORECASE
)


def drop_furniture(pages: Sequence[PageLines]) -> list[str]:
    """Take running heads and feet, page numbers, line numbers and rotated stamps out of the pages.

    Returns the lines taken out, which may still name a DOI or an arXiv id.
    """
    repeated = _repeated(pages)
    numbers = _page_numbers(pages)
    taken: list[str] = []
    for page in pages:
        left, right = _text_bounds(page)
        kept_blocks: list[Block] = []
        for block in page.blocks:
            kept: list[Line] = []
            for line in block.lines:
                margin = _in_margin(line, page)
                furniture = (
                    not line.upright
                    or id(line) in numbers
                    or (margin and _shape(line.text) in repeated)
                    or (
                        _in_margin(line, page, 0.13)
                        and _PAGE_NUMBER.fullmatch(line.text.strip())
                        and len(block.lines) == 1
                    )
                    or (line.text.strip().isdigit() and (line.x1 < left - 3 or line.x0 > right + 3))
                    or (page.number == 1 and margin and _imprint(line.text))
                )
                (taken if furniture else kept).append(line.text if furniture else line)  # type: ignore[arg-type]
            if kept:
                kept_blocks.append(Block(block.page, kept))
        page.blocks = kept_blocks
    return taken


def _page_numbers(pages: Sequence[PageLines]) -> frozenset[int]:
    """The identities of the first or last lines of pages that count on from page to page."""
    candidates: dict[int, list[int]] = defaultdict(list)
    for page in pages:
        lines = [line for block in page.blocks for line in block.lines if line.upright]
        if not lines:
            continue
        for line in {
            id(edge): edge for edge in (min(lines, key=lambda x: x.y0), max(lines, key=lambda x: x.y1))
        }.values():
            text = line.text.strip()
            if text.isascii() and text.isdigit() and len(text) <= 5:
                candidates[int(text) - page.number].append(id(line))
    return frozenset(line for same in candidates.values() if len(same) >= 3 for line in same)


def _in_margin(line: Line, page: PageLines, share: float = 0.095) -> bool:
    return line.y1 < page.height * share or line.y0 > page.height * (1 - share)


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", " ".join(text.lower().split()))


def _repeated(pages: Sequence[PageLines]) -> frozenset[str]:
    """Shapes of lines that stand in the margins of several pages (numbers in them may change)."""
    seen: dict[str, set[int]] = defaultdict(set)
    for page in pages:
        for block in page.blocks:
            for line in block.lines:
                if _in_margin(line, page):
                    seen[_shape(line.text)].add(page.number)
    needed = 2 if len(pages) < 6 else 3
    return frozenset(shape for shape, on in seen.items() if len(on) >= needed)


def _text_bounds(page: PageLines) -> tuple[float, float]:
    """The left and right edge of the wide lines of the page."""
    wide = [line for block in page.blocks for line in block.lines if line.x1 - line.x0 > page.width * 0.25]
    if not wide:
        return 0.0, page.width
    return min(line.x0 for line in wide), max(line.x1 for line in wide)


def _imprint(text: str) -> bool:
    """The lines at the foot of a first page that say where and when the paper was published."""
    return bool(re.search(r"^Proceedings of |^Findings of |©|c⃝|\bISSN\b|^Copyright\b|\bpages? \d+\s*[–-]+\s*\d+", text))


# --- roles -----------------------------------------------------------------------------------------

_NUMBERED = re.compile(
    r"(?:(?:\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2}){1,3})[.)]?|[A-Z]\.?|[IVX]{1,5}\.|Appendix [A-Z]\.?)\s+\S.*"
)
_KNOWN = re.compile(
    r"(?:(?:\d{1,2}|[IVX]{1,5})\.?\s+)?(?:abstract|summary|introduction|background|related works?|methods?|methodology|"
    r"materials and methods|data|experiments?|results|results and discussion|discussion|evaluation|analysis|"
    r"conclusions?|conclusions? and future work|limitations|ethics statement|acknowledge?ments?|references|"
    r"bibliography|appendix|appendices|statement of need)\s*:?",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:Table|Figure|Fig\.|TABLE|FIGURE|FIG\.|Algorithm|Listing)\s*(?:[A-Z]?\d+(?:\.\d+)*|[IVX]+)\s*(?:[.:|–—]|$)"
)
_CAPTION_LABEL = re.compile(r"(?:Table|Figure|Fig\.|TABLE|FIGURE)\s*(?:[A-Z]?\d+(?:\.\d+)*|[IVX]+)\b")


def is_heading(line: Line, size: float, known: bool = True) -> bool:
    """Whether the line is set as a heading: bold or larger than the body, short, no sentence.

    `known` lets a line through that is nothing but one of the usual headings, however it is set.
    """
    text = line.text.strip()
    letters = sum(c.isalpha() for c in text)
    if letters < 2 or len(text) > 160 or line.size < size * 0.87 or is_caption(line):
        return False
    if known and _KNOWN.fullmatch(text):
        return True
    if text.endswith((".", ",", ";")) and not line.size > size * 1.15:
        return False
    if letters < len(text) * 0.5 or not text[0].isalnum():
        return False
    larger = line.size > size * 1.08
    if larger or line.bold:
        return bool(_NUMBERED.fullmatch(text)) or text[0].isupper() or larger
    small_caps = text.upper() == text and bool(_NUMBERED.fullmatch(text)) and letters >= 6
    return small_caps


def is_section_name(text: str) -> bool:
    """Whether the text is nothing but one of the usual headings, or a numbered one."""
    return bool(_KNOWN.fullmatch(text.strip()))


def is_numbered(text: str) -> bool:
    """Whether the text begins with a section number."""
    return bool(re.match(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,5}\.)\.?\s+[A-Z]", text.strip()))


def is_caption(line: Line) -> bool:
    """Whether a figure's or table's caption begins with this line ("Table 2 shows" does not)."""
    text = line.text.strip()
    if _CAPTION.match(text):
        return True
    return bool(_CAPTION_LABEL.match(text) and _CAPTION_LABEL.fullmatch(line.bold_start.strip(" .:|")))


def is_tabular(block: Block, size: float, column: float) -> bool:
    """Whether the block is the inside of a table or figure: rows of cells, or print far too small to read on.

    `column` is the width of a text column in points.
    """
    lines = block.lines
    if block.size < size * 0.72 and not any(_prose(line, column) for line in lines):
        return True
    if any(_prose(line, column) for line in lines):
        return False
    rows = sum(_cells(line) for line in lines)
    if rows * 2 >= len(lines) and rows:
        return True
    words = block.text.split()
    numbers = sum(bool(re.fullmatch(r"[-–−+±(]?\d[\d.,%/×:±)]*", word)) for word in words)
    return numbers * 2 > len(words) and len(words) >= 3


def _cells(line: Line) -> bool:
    return (line.pieces >= 3 and line.widest_gap > line.size) or (
        line.pieces >= 2 and line.widest_gap > 2.2 * line.size
    )


def _prose(line: Line, column: float) -> bool:
    return line.x1 - line.x0 > 0.7 * column and len(line.text.split()) >= 5 and not _cells(line)


def column_width(page: PageLines, size: float) -> float:
    """The width of most body lines of the page, in points: what a full line of a column measures."""
    widths = [
        line.x1 - line.x0
        for block in page.blocks
        for line in block.lines
        if len(line.text.split()) >= 5 and abs(line.size - size) < 1.6
    ]
    if not widths:
        return page.width * 0.4
    return median(width for width in widths if width >= median(widths))


# --- paragraphs ----------------------------------------------------------------------------------------


def paragraphs(block: Block) -> Iterator[Block]:
    """Cut a block where a new paragraph or list item begins: an indent or mark after a finished sentence."""
    left = min(line.x0 for line in block.lines)
    part: list[Line] = []
    for line in block.lines:
        if part:
            ended = part[-1].text.rstrip().endswith((".", "!", "?", ":", ";", ".”", '."', ".)"))
            indented = line.x0 > left + 6 and part[-1].x0 <= left + 3
            marked = bool(re.match(r"[•▪◦‣∙–·*]\s|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s", line.text))
            if (ended and (indented or marked or line.y0 - part[-1].y1 > 0.7 * line.size)) or _bullet(line):
                yield Block(block.page, part)
                part = []
        part.append(line)
    if part:
        yield Block(block.page, part)


def _bullet(line: Line) -> bool:
    return bool(re.match(r"[•▪◦‣∙]\s?\S", line.text))


def unfinished(text: str) -> bool:
    """Whether the text breaks off within a sentence."""
    return not re.search(r"[.!?:][\"'”’)\]]*(?:\s?\d{1,2})?$", text.rstrip())
