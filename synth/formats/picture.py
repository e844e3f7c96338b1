"""A page of a PDF as a picture, with quotes marked where they stand.

A quote is found by its letters and digits alone: hyphens at the ends of lines, ligatures, spaces and the order of
columns within a line do not matter. The picture is made in a process of its own (`apart`), which may take so much
memory and time and no more: the file may be hostile.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from synth.errors import InputError

__all__ = ["Picture", "apart", "draw", "main", "marks"]

SECONDS = 30.0
MEMORY = 3 * 1024**3
_WIDTH = 1200  # pixels; the height follows, up to three times as much
_SHORTEST = 24  # letters of a part of a quote that are enough to mark it
_FILL = (1.0, 0.87, 0.4)

Word = tuple[float, float, float, float, str]  # x0, y0, x1, y1 in points, and its text


class Picture(NamedTuple):
    """PNG bytes of page `page` (from 1) of `pages`; `found` says of each quote whether it, or a part, is marked."""

    png: bytes
    page: int
    pages: int
    found: tuple[bool, ...]


def apart(path: Path, page: int | None, quotes: Sequence[str], seconds: float = SECONDS) -> Picture:
    """The picture, made by a process of its own. `page` None looks for the page on which the first quote stands.

    Raises InputError where the file cannot be read, has no such page, or takes too long.
    """
    request = {"path": str(path), "page": page, "quotes": list(quotes)}
    code = "from synth.formats.picture import main; main()"
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", code], input=json.dumps(request).encode(), capture_output=True,
            timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise InputError(f"{path}: drawing the page took more than {seconds:g} s and was given up") from None
    head, _, png = done.stdout.partition(b"\n")
    if done.returncode or not head:
        raise InputError(f"{path}: the page could not be drawn; the file may be damaged")
    told = json.loads(head)
    if "fault" in told:
        raise InputError(told["fault"])
    return Picture(png, told["page"], told["pages"], tuple(told["found"]))


def main() -> None:
    """The process: one request on standard input, one answer on standard output."""
    _limit()
    request = json.loads(sys.stdin.buffer.read())
    try:
        made = draw(Path(request["path"]), request["page"], request["quotes"])
    except InputError as problem:
        sys.stdout.buffer.write(json.dumps({"fault": str(problem)}).encode() + b"\n")
        return
    head = {"page": made.page, "pages": made.pages, "found": list(made.found)}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + made.png)


def _limit() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def draw(path: Path, page: int | None, quotes: Sequence[str]) -> Picture:
    """The picture, made in this process. Raises InputError where the file cannot be opened or has no such page."""
    import pymupdf

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    try:
        with pymupdf.open(path, filetype="pdf") as document:
            if document.needs_pass or not document.page_count:
                raise InputError(f"{path}: the PDF is encrypted or empty")
            number = _page_of(document, quotes) if page is None else page
            if not 1 <= number <= document.page_count:
                raise InputError(f"{path}: there is no page {number}; it has {document.page_count}")
            shown = document[number - 1]
            words = _words(shown)
            found = []
            for quote in quotes:
                boxes = marks(words, quote)
                found.append(bool(boxes))
                if boxes:  # as a reader's marker does it: the letters stay as black as they are
                    marker = shown.add_highlight_annot([pymupdf.Rect(*box) for box in boxes])
                    marker.set_colors(stroke=_FILL)
                    marker.update()
            zoom = min(_WIDTH / max(shown.rect.width, 1), 3 * _WIDTH / max(shown.rect.height, 1))
            png = shown.get_pixmap(matrix=pymupdf.Matrix(zoom, zoom), alpha=False).tobytes("png")
            return Picture(png, number, document.page_count, tuple(found))
    except (RuntimeError, ValueError, pymupdf.mupdf.FzErrorBase) as problem:
        raise InputError(f"{path}: the page cannot be drawn ({type(problem).__name__})") from None


def _page_of(document: Any, quotes: Sequence[str]) -> int:
    for quote in quotes[:1]:
        for number in range(min(document.page_count, 200)):
            if marks(_words(document[number]), quote):
                return number + 1
    return 1


def _words(page: Any) -> list[Word]:
    return [(x0, y0, x1, y1, text) for x0, y0, x1, y1, text, *_ in page.get_text("words")]


def marks(words: Sequence[Word], quote: str) -> list[tuple[float, float, float, float]]:
    """Boxes, one for each line, over the words of a quote; none where neither it nor a long part of it stands there.

    A quote that begins or ends on another page is marked as far as it stands on this one.
    """
    letters, owner = "", []
    for index, word in enumerate(words):
        plain = _plain(word[4])
        letters += plain
        owner += [index] * len(plain)
    wanted = _plain(quote)
    span = _span(letters, wanted)
    if span is None:
        return []
    return _lines(words[index] for index in sorted(set(owner[span[0] : span[1]])))


def _plain(text: str) -> str:
    """Letters and digits alone, in one case."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _span(letters: str, wanted: str) -> tuple[int, int] | None:
    """Where the wanted letters stand: all of them, else the longest part that begins or ends them."""
    if not wanted:
        return None
    at = letters.find(wanted)
    if at >= 0:
        return at, at + len(wanted)
    for length in range(len(wanted) - 1, _SHORTEST - 1, -1):
        for part in (wanted[:length], wanted[-length:]):
            at = letters.find(part)
            if at >= 0:
                return at, at + length
    return None


def _lines(words: Iterable[Word]) -> list[tuple[float, float, float, float]]:
    boxes: list[tuple[float, float, float, float]] = []
    for x0, y0, x1, y1, _ in words:
        last = boxes[-1] if boxes else None
        same = last is not None and min(last[3], y1) - max(last[1], y0) > 0.5 * (y1 - y0) and x0 >= last[0]
        if last is not None and same and x0 - last[2] < 3 * (y1 - y0):
            boxes[-1] = (last[0], min(last[1], y0), max(last[2], x1), max(last[3], y1))
        else:
            boxes.append((x0, y0, x1, y1))
    return boxes
