"""What may be uploaded: papers and cards, told by their content and size, never by their name alone.

A file is kept under the SHA-256 of its bytes and one of a few suffixes. The name it came with is shown and is never
part of a path.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from synth.errors import InputError
from synth.serve.places import Places
from synth.serve.store import Store, Upload

__all__ = ["CARD_BYTES", "PAPERS", "PAPER_BYTES", "file_of", "keep_card", "keep_paper", "shown"]

PAPER_BYTES = 50 * 10**6
CARD_BYTES = 10 * 10**6
PAPERS = 20  # in one request
_PAPERS = (".pdf", ".html", ".htm", ".xml", ".nxml", ".tex", ".bib", ".jsonl", ".txt", ".md")
_CARDS = (".txt", ".md", ".html", ".htm", ".pdf", ".json")
_SHA = re.compile(r"[0-9a-f]{64}")


def keep_paper(name: str, stream: IO[bytes], places: Places, store: Store) -> Upload:
    """Keep a paper. The same bytes again give the paper that is there.

    A PDF and a page are opened by the reader's own process and described by it; a file that cannot be read is not
    kept. Raises InputError, naming the file, where it is too large, empty, of no known kind or cannot be read.
    """
    given = shown(name)
    suffix = _suffix(given, _PAPERS, "a paper")
    content = _content(given, suffix, stream, PAPER_BYTES)
    path = _lay_down(places.uploads, content, suffix)
    try:
        title, names = _described(path, given)
    except InputError as problem:
        path.unlink(missing_ok=True)
        raise InputError(str(problem).replace(str(path), given)) from None
    paper = Upload(
        id=path.stem, name=given, suffix=suffix, bytes=len(content), title=title, names=names, added=""
    )  # fmt: skip
    return store.keep_paper(paper)


def keep_card(name: str, stream: IO[bytes], places: Places) -> str:
    """Keep a card; yields the name of its file among the uploads. InputError as for a paper."""
    given = shown(name)
    suffix = _suffix(given, _CARDS, "a card or report")
    return _lay_down(places.uploads, _content(given, suffix, stream, CARD_BYTES), suffix).name


def file_of(paper: str, store: Store) -> str:
    """The name of the file of an uploaded paper. InputError where there is none of that id."""
    found = next((one for one in store.papers() if one.id == paper), None) if _SHA.fullmatch(paper) else None
    if found is None:
        raise InputError(f"papers: no uploaded paper has the id {paper[:70]!r}; upload it first")
    return found.id + found.suffix


def shown(name: str) -> str:
    """The last part of a name, cleaned for show, at most 120 characters."""
    from synth.render.display import clean

    last = PurePosixPath(name.replace("\\", "/")).name
    return clean(last)[-120:] or "unnamed"


def _suffix(name: str, known: Sequence[str], what: str) -> str:
    suffix = PurePosixPath(name.lower()).suffix
    if suffix not in known:
        raise InputError(f"{name}: not taken as {what}; give one of {', '.join(known)}")
    return suffix


def _content(name: str, suffix: str, stream: IO[bytes], most: int) -> bytes:
    content = stream.read(most + 1)
    if len(content) > most:
        raise InputError(f"{name}: larger than {most // 10**6} MB; give a smaller file")
    if not content.strip():
        raise InputError(f"{name}: the file is empty; give a file with text in it")
    if (b"%PDF-" in content[:1024]) != (suffix == ".pdf"):
        raise InputError(f"{name}: its content is not what its name says; give it the ending of its kind")
    if suffix != ".pdf":
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as problem:
            raise InputError(f"{name}: not UTF-8 text (byte {problem.start}); save it in UTF-8") from None
        if "\0" in text:
            raise InputError(f"{name}: holds zero bytes and is no text; give a text file")
    return content


def _lay_down(folder: Path, content: bytes, suffix: str) -> Path:
    """The bytes under their hash: beside, then renamed, so that a file is whole or not there."""
    path = folder / (hashlib.sha256(content).hexdigest() + suffix)
    if not path.exists():
        beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        with beside.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    return path


def _described(path: Path, given: str) -> tuple[str, tuple[str, ...]]:
    """The title of a file, and every id that a report may give to the papers in it."""
    from synth import read
    from synth.render.display import clean, shorten

    papers, skipped = read.files([path])
    if not papers:
        raise InputError(f"{given}: {skipped[0].reason if skipped else 'no paper was found in it'}")
    names = {paper.id for paper in papers}
    for paper in papers:
        names |= {f"{kind}:{value}" for kind, value in paper.ids if value}
    first = shorten(clean(papers[0].title), 160) or given
    if first == path.stem:
        first = given
    return first if len(papers) == 1 else f"{len(papers)} papers, first: {first}", tuple(sorted(names))
