"""PDF papers. The only module that knows PyMuPDF; to read PDFs by another library, replace `_open` to `_tables`.

PyMuPDF gives lines in the order of the file, which is the reading order of typeset papers; asking it to sort
would interleave columns. Tables are found by its layout model; their cells are filled from the words that
stand in each cell's box, because its own cell text moves decimal points.
"""

from __future__ import annotations

import contextlib
import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synth.errors import InputError
from synth.formats import cells, grid, layout
from synth.formats.front import Front, front_matter
from synth.formats.layout import Block, Line, PageLines
from synth.formats.mending import Mender
from synth.formats.running import Running
from synth.records import Paper, ReadPaper, Table

__all__ = ["describe", "read"]

MAX_PAGES = 2000
_BOLD = 16
_TABLE_CAPTION = re.compile(r"^\s*(?:Table|TABLE|Tab\.)\s*(?:[A-Z]?\d+|[IVX]+)", re.MULTILINE)


def describe(path: Path) -> Paper:
    """Title, authors, abstract and ids from the first pages. Raises InputError as `read` does."""
    with _open(path) as document:
        pages = _pages(document, 3)
        return _front(document, pages, path).paper


def read(path: Path, tables: bool = True, max_pages: int = MAX_PAGES) -> ReadPaper:
    """The whole paper. `tables=False` leaves out the tables, which take most of the time; the text is the same.

    Raises InputError where the file is no PDF, is cut off, is encrypted or has no pages. A paper without a
    text layer (scanned) is read as empty text with a note.
    """
    with _open(path) as document:
        count = document.page_count
        pages = _pages(document, max_pages)
        front = _front(document, pages, path)
        running = Running(pages, front)
        found = tuple(_tables(document, pages, running.mender)) if tables else ()
    text, sections, starts = running.body.build(len(pages))
    notes = []
    if count > max_pages:
        notes.append(f"only the first {max_pages} of {count} pages were read")
    if not text.strip():
        notes.append("no text: the pages hold no text layer (a scan?)")
    else:
        blank = [page.number for page in pages if not page.blocks]
        if blank and len(blank) * 2 > len(pages):
            notes.append(f"{len(blank)} of {len(pages)} pages hold no text layer")
    if not tables:
        notes.append("tables were not read")
    if front.guessed_title:
        notes.append("no title was recognised: the file name stands in")
    return ReadPaper(
        paper=front.paper, tier="pdf", text=text, sections=sections, page_starts=starts, tables=found,
        references=running.references(), notes=tuple(notes),
    )  # fmt: skip


# --- PyMuPDF -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def _open(path: Path) -> Iterator[Any]:
    """The open document; every way in which a file is no readable PDF becomes an InputError."""
    size, head, tail = _ends(path)
    if size == 0:
        raise InputError(f"{path}: the file is empty; give a file with a paper in it")
    if b"%PDF-" not in head:
        raise InputError(f"{path}: not a PDF (no PDF header); check what was saved under this name")
    import pymupdf

    # What it has to say about a file goes to neither stream: stdout is data.
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    cut_off = b"%%EOF" not in tail
    try:
        document = pymupdf.open(path, filetype="pdf")
    except (RuntimeError, ValueError) as error:
        problem = "cut off before its end (truncated)" if cut_off else "damaged beyond reading"
        raise InputError(f"{path}: the PDF is {problem}; fetch it again") from error
    with document:
        if document.needs_pass:
            raise InputError(f"{path}: the PDF is encrypted and asks for a password; save it without one")
        if cut_off and document.is_repaired:
            raise InputError(f"{path}: the PDF is cut off before its end (truncated); fetch it again")
        if document.page_count == 0:
            raise InputError(f"{path}: the PDF has no pages; fetch it again")
        try:
            yield document
        except pymupdf.mupdf.FzErrorBase as error:
            raise InputError(f"{path}: the PDF is damaged within its pages ({error}); fetch it again") from error


def _ends(path: Path) -> tuple[int, bytes, bytes]:
    """The size of the file, its first and its last 2,048 bytes."""
    try:
        with path.open("rb") as stream:
            head = stream.read(2048)
            size = stream.seek(0, 2)
            stream.seek(max(0, size - 2048))
            return size, head, stream.read()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the file") from error


def _front(document: Any, pages: list[PageLines], path: Path) -> Front:
    taken = layout.drop_furniture(pages)
    metadata = {key: value for key, value in (document.metadata or {}).items() if isinstance(value, str)}
    return front_matter(pages, taken, metadata, path)


def _pages(document: Any, limit: int) -> list[PageLines]:
    import pymupdf

    flags = pymupdf.TEXTFLAGS_DICT & ~pymupdf.TEXT_PRESERVE_IMAGES & ~pymupdf.TEXT_PRESERVE_LIGATURES
    pages = []
    for index in range(min(limit, document.page_count)):
        page = document[index]
        data = page.get_text("dict", flags=flags)
        blocks = [Block(index + 1, _rows(raw["lines"])) for raw in data["blocks"] if raw.get("lines")]
        pages.append(PageLines(index + 1, page.rect.width, page.rect.height, [b for b in blocks if b.lines]))
    return pages


def _rows(raw_lines: list[dict[str, Any]]) -> list[Line]:
    """The lines of a block, with the pieces that stand on one base line put together."""
    rows: list[Line] = []
    for raw in raw_lines:
        line = _line(raw)
        if line is None:
            continue
        last = rows[-1] if rows else None
        # A wide gap in a justified line makes two of it; both halves overlap in height.
        if last and line.upright and last.upright and _same_row(last, line):
            gap = line.x0 - last.x1
            # Three blanks keep a wide gap visible (authors side by side); running text is tidied later.
            between = "   " if gap > 1.2 * line.size else " " if gap > 0.5 else ""
            last.text = f"{last.text.rstrip()}{between}{line.text.lstrip()}"
            last.pieces += 1
            last.widest_gap = max(last.widest_gap, gap)
            last.x1, last.y0, last.y1 = max(last.x1, line.x1), min(last.y0, line.y0), max(last.y1, line.y1)
            last.bold = last.bold and line.bold
        else:
            rows.append(line)
    return rows


def _same_row(left: Line, right: Line) -> bool:
    overlap = min(left.y1, right.y1) - max(left.y0, right.y0)
    return overlap > 0.5 * min(left.y1 - left.y0, right.y1 - right.y0) and right.x0 >= left.x1 - 1


def _line(raw: dict[str, Any]) -> Line | None:
    spans = [span for span in raw["spans"] if span["text"]]
    text = _composed("".join(span["text"] for span in spans).replace("\x00", ""))
    if not text.strip():
        return None
    inked = [span for span in spans if span["text"].strip()]
    weights: dict[float, int] = {}
    bold = 0
    for span in inked:
        count = len(span["text"].strip())
        weights[span["size"]] = weights.get(span["size"], 0) + count
        bold += count if _is_bold(span) else 0
    total = sum(weights.values())
    start = []
    for span in spans:
        if span["text"].strip() and not _is_bold(span):
            break
        start.append(span["text"])
    x0, y0, x1, y1 = raw["bbox"]
    return Line(
        text=text.strip(), x0=x0, y0=y0, x1=x1, y1=y1,
        size=min(weights, key=lambda s: (-weights[s], s)),
        bold=bold > 0.85 * total,
        first_size=inked[0]["size"],
        upright=abs(raw["dir"][1]) < 0.1 and raw["dir"][0] > 0,
        bold_start="".join(start),
    )  # fmt: skip


# Old TeX fonts print an accent as a character of its own before its letter.
_ACCENTS = {"´": "\u0301", "ˇ": "\u030c", "¨": "\u0308", "˘": "\u0306", "˝": "\u030b", "¸": "\u0327", "˚": "\u030a"}


def _composed(text: str) -> str:
    """Accent and letter as the one character that the page shows: "Agi´c" is "Agić"."""
    if not any(accent in text for accent in _ACCENTS):
        return text

    def compose(found: re.Match[str]) -> str:
        letter = unicodedata.normalize("NFC", found[2] + _ACCENTS[found[1]])
        return letter if len(letter) == 1 else found[0]

    return re.sub(r"(?<![\d\s])([´ˇ¨˘˝¸˚])\s?([^\W\d_])", compose, text)


def _is_bold(span: dict[str, Any]) -> bool:
    return bool(span["flags"] & _BOLD) or bool(re.search(r"Bold|Medi\b|-Medi|CMBX|Black|Heavy", span["font"]))


# --- tables ------------------------------------------------------------------------------------------


def _tables(document: Any, pages: list[PageLines], mender: Mender) -> Iterator[Table]:
    """The tables of pages that name one: the layout model takes 0.2-0.8 s a page, so it is asked only there."""
    for page in pages:
        captions = [_CaptionBox(block, mender) for block in page.blocks if _TABLE_CAPTION.match(block.lines[0].text)]
        captions = [caption for caption in captions if caption.stands_alone]
        if not captions:
            continue
        talk = io.StringIO()
        with contextlib.redirect_stdout(talk), contextlib.redirect_stderr(talk):
            pdf_page = document[page.number - 1]
            found = pdf_page.find_tables().tables
            words = pdf_page.get_text("words")
        for table in sorted(found, key=lambda t: (t.bbox[1], t.bbox[0])):
            caption = min(captions, key=lambda c: c.distance(table.bbox), default=None)
            near = caption if caption is not None and caption.distance(table.bbox) < 120 else None
            inside = [cells.Word(*w[:5]) for w in words if _middle_in(w, table.bbox)]
            label, text = (near.label, near.text) if near else (None, "")
            lined_up = cells.from_words(inside)
            if lined_up is not None:
                built = grid.build(*lined_up, label=label, caption=text, page=page.number)
            else:
                boxes = [[grid.Cell(_words_in(cell, words)) for cell in row.cells] for row in table.rows]
                built = _boxed(boxes, label, text, page.number)
            if built is not None:
                yield built


class _CaptionBox:
    """A table's caption and where it stands."""

    def __init__(self, block: Block, mender: Mender) -> None:
        text = mender.join([line.text for line in block.lines])
        found = re.match(r"(?:Table|TABLE|Tab\.)\s*([A-Z]?\d+(?:\.\d+)*|[IVX]+)\s*[.:|]?\s*(.*)", text)
        self.label = f"Table {found[1]}" if found else None
        self.text = found[2] if found else text
        self.stands_alone = layout.is_caption(block.lines[0])
        self._box = (
            min(line.x0 for line in block.lines), block.lines[0].y0,
            max(line.x1 for line in block.lines), block.lines[-1].y1,
        )  # fmt: skip

    def distance(self, box: tuple[float, float, float, float]) -> float:
        """Points between the two boxes; a caption beside the table counts as far."""
        x0, y0, x1, y1 = self._box
        aside = max(0.0, x0 - box[2], box[0] - x1)
        return max(0.0, y0 - box[3], box[1] - y1) + 10 * aside


def _middle_in(word: Any, box: tuple[float, float, float, float]) -> bool:
    x, y = (word[0] + word[2]) / 2, (word[1] + word[3]) / 2
    return bool(box[0] - 1 <= x <= box[2] + 1 and box[1] - 1 <= y <= box[3] + 1)


def _words_in(cell: tuple[float, float, float, float] | None, words: list[Any]) -> str:
    """The words whose middle lies in the cell's box, in the order of the page."""
    if cell is None:
        return ""
    x0, y0, x1, y1 = cell
    return " ".join(w[4] for w in words if x0 <= (w[0] + w[2]) / 2 <= x1 and y0 <= (w[1] + w[3]) / 2 <= y1)


def _boxed(rows: list[list[grid.Cell]], label: str | None, caption: str, page: int) -> Table | None:
    """A table by the boxes that were found. The rows above the first row of figures form the header."""
    rows = [row for row in rows if any(cell.text for cell in row)]
    if len(rows) < 2 or max(len(row) for row in rows) < 2:
        return None
    figures = [sum(cells.is_number(cell.text) for cell in row[1:]) for row in rows]
    first = next((i for i, count in enumerate(figures) if count * 2 >= len(rows[i]) - 1 and count), 1)
    header = max(1, min(first, 3))
    return grid.build(rows[:header], rows[header:], label=label, caption=caption, page=page)
