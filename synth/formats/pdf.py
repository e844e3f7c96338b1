"""PDF papers. The only module that knows PyMuPDF; to read PDFs by another library, replace `_open` to `_tables`.

PyMuPDF gives lines in the order of the file, which is the reading order of typeset papers; asking it to sort
would interleave columns. Tables are found by their rules and captions (`regions`) and filled with the words that
stand there (`cells`): its own table finder takes half a second a page and its cell text moves decimal points.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from synth.errors import InputError
from synth.formats import cells, grid, layout
from synth.formats.front import Front, front_matter
from synth.formats.layout import Block, Line, PageLines
from synth.formats.mending import Mender
from synth.formats.regions import Box, Caption, Region, Rule, regions
from synth.formats.running import Running
from synth.records import Paper, ReadPaper, Table

__all__ = ["describe", "read"]

MAX_PAGES = 2000
MAX_STROKES = 20_000  # on one page
_BOLD = 16


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
        places = _places(document, pages, front.size)
        running = Running(pages, front)
        found = tuple(_tables(document, places, running.mender)) if tables else ()
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
    notes.extend(grid.cut(found))
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


class _Place(NamedTuple):
    """A table on a page: where it stands, and the lines of its caption."""

    page: int
    region: Region
    caption: tuple[Line, ...]


def _places(document: Any, pages: list[PageLines], size: float) -> list[_Place]:
    """Where the tables stand. Their print is taken out of the pages, so that it is no running text."""
    found: list[_Place] = []
    for page in pages:
        captions = list(_captions(page))
        rules = _rules(document[page.number - 1])
        if not rules and not any(caption.kind == "table" for caption, _ in captions):
            continue
        lines = [line for block in page.blocks for line in block.lines if line.upright]
        width = layout.column_width(page, size)
        for region in regions(rules, [caption for caption, _ in captions], lines, size, width):
            named = captions[region.caption][1] if region.caption is not None else ()
            kept = tuple(line for line in named if not _inside(line, region.box))
            found.append(_Place(page.number, region, kept))
        taken = [place.region.box for place in found if place.page == page.number]
        if taken:
            _take_out(page, taken, {id(line) for place in found for line in place.caption})
    return found


def _captions(page: PageLines) -> Iterator[tuple[Caption, tuple[Line, ...]]]:
    """Every caption with its lines: those that go on directly below its first one."""
    index = 0
    for block in page.blocks:
        for i, line in enumerate(block.lines):
            if not layout.is_caption(line):
                continue
            lines = [line]
            for following in block.lines[i + 1 :]:
                close = following.y0 - lines[-1].y1 < 0.6 * line.size and abs(following.size - line.size) < 1
                if not close or layout.is_caption(following) or following.widest_gap > 2.2 * following.size:
                    break
                lines.append(following)
            box = (min(x.x0 for x in lines), line.y0, max(x.x1 for x in lines), max(x.y1 for x in lines))
            named = line.text.lstrip()[:3].lower()
            kind = {"tab": "table", "fig": "figure"}.get(named, "other")
            yield Caption(box, kind, index), tuple(lines)
            index += 1


def _rules(page: Any) -> list[Rule]:
    """The straight lines of a page. A page with very many strokes holds a drawing, whose lines are no rules."""
    found: list[Rule] = []
    drawings = page.get_cdrawings()
    if len(drawings) > MAX_STROKES:
        return []
    for path in drawings:
        for item in path["items"][:MAX_STROKES]:
            if item[0] == "l":
                (ax, ay), (bx, by) = item[1], item[2]
                found.append(Rule(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)))
            elif item[0] == "re":
                x0, y0, x1, y1 = item[1]
                thin = min(x1 - x0, y1 - y0) < 2.5
                if thin:
                    found.append(Rule(x0, y0, x1, y1))
                elif "s" in path["type"]:
                    found += [Rule(x0, y, x1, y) for y in (y0, y1)] + [Rule(x, y0, x, y1) for x in (x0, x1)]
    return [rule for rule in found if max(rule.x1 - rule.x0, rule.y1 - rule.y0) > 5]


def _take_out(page: PageLines, boxes: Sequence[Box], captions: set[int]) -> None:
    kept = []
    for block in page.blocks:
        lines = [x for x in block.lines if id(x) in captions or not any(_inside(x, box) for box in boxes)]
        if len(lines) == len(block.lines):
            kept.append(block)
        elif lines:
            kept.append(Block(block.page, lines))
    page.blocks = kept


def _inside(line: Line, box: Box) -> bool:
    x, y = (line.x0 + line.x1) / 2, (line.y0 + line.y1) / 2
    return box[0] - 2 <= x <= box[2] + 2 and box[1] - 1 <= y <= box[3] + 1


def _tables(document: Any, places: Sequence[_Place], mender: Mender) -> Iterator[Table]:
    """The tables, those that go on over a page break as one."""
    last: tuple[_Place, Table] | None = None
    for place in places:
        label, caption = _label(place.caption, mender)
        x0, y0, x1, y1 = place.region.box
        words = [cells.Word(*w[:5]) for w in document[place.page - 1].get_text("words")]
        inside = [w for w in words if x0 - 3 <= (w.x0 + w.x1) / 2 <= x1 + 3 and y0 - 1 <= (w.y0 + w.y1) / 2 <= y1 + 1]
        made = cells.from_words(inside, place.region, mender.join)
        built = grid.build(*made, label=label, caption=caption, page=place.page) if made else None
        if built is None:
            continue
        joined = _continued(*last, place, built, document) if last else None
        if last is not None and joined is None:
            yield last[1]
        last = place, joined or built
    if last is not None:
        yield last[1]


def _continued(above: _Place, first: Table, below: _Place, second: Table, document: Any) -> Table | None:
    """The two as one table where the second, without a caption, repeats the head of the first on the next page."""
    height = document[above.page - 1].rect.height
    if below.page - above.page != 1 or second.caption or above.region.box[3] < 0.7 * height:
        return None
    squeezed = ["".join(column.replace(" / ", "").split()) for column in second.columns]
    grids = [first.columns, *first.rows]
    # Where the page breaks right below the head, the first part is nothing but head.
    only_head = ["".join("".join(c.replace(" / ", "").split()) for c in column) for column in zip(*grids, strict=True)]
    if squeezed == ["".join(column.replace(" / ", "").split()) for column in first.columns]:
        rows = first.rows
    elif squeezed == only_head:
        rows = ()
    else:
        return None
    return first.model_copy(update={"columns": second.columns, "rows": (*rows, *second.rows)})


def _label(lines: Sequence[Line], mender: Mender) -> tuple[str | None, str]:
    text = mender.join([line.text for line in lines])
    found = re.match(r"(?:Table|TABLE|Tab\.)\s*([A-Z]?\d+(?:\.\d+)*|[IVX]+)\s*[.:|]?\s*(.*)", text)
    return (f"Table {found[1]}", found[2]) if found else (None, text)
