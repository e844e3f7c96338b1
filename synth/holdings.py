"""Papers at hand: the starter library, the person's own library, and files named with --papers, as corpora."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synth.collect import Corpus
from synth.errors import InputError
from synth.records import Paper, ReadPaper

if TYPE_CHECKING:
    from synth.library import Library

__all__ = ["local", "own", "starter"]

_RANKED = 20_000  # characters of a full text that it is ranked and screened by


def starter() -> Corpus:
    """The digests that ship with the program."""
    from synth.answer import studied_text
    from synth.starter import papers

    return _held("starter", papers(), studied_text)


def own(library: Library) -> Corpus:
    """The papers the person added with `synth library add`."""
    return _held("library", library.added(), _start)


def _held(name: str, readings: Sequence[ReadPaper], text: object) -> Corpus:
    by_key = {(r.paper.id, r.paper.version): r for r in readings}
    ranked = _start if text is _start else text
    return Corpus(
        name=name,
        papers=tuple(r.paper for r in readings),
        text=lambda paper: ranked(by_key[paper.id, paper.version]),  # type: ignore[operator]
        read=lambda paper: by_key[paper.id, paper.version],
    )


def _start(reading: ReadPaper) -> str:
    return reading.text[:_RANKED]


def local(paths: Sequence[Path], library: Library) -> Corpus:
    """The files and folders a person named. What was read of a file is kept by the hash of its bytes.

    Raises:
        InputError: a path is missing, or nothing in it can be read as a paper.
    """
    from synth import read
    from synth.library import file_hash

    # Tables are the slow part of a PDF and no arrow of a report reads them yet.
    papers, skipped = read.files(paths)
    hashes: dict[str, str] = {}

    def reading(paper: Paper) -> ReadPaper:
        path = Path(paper.location or "")
        if paper.tier == "abstract" or not path.is_file():
            return read.paper(paper, tables=False)
        key = _key(hashes.setdefault(str(path), file_hash(path)))
        kept = library.reading(key)
        if kept is None:
            kept = read.paper(paper, tables=False)
            library.keep_reading(key, kept)
        return kept

    def text(paper: Paper) -> str:
        if paper.tier == "abstract":
            return paper.abstract or ""
        try:
            return _start(reading(paper))
        except InputError:
            return paper.abstract or ""

    return Corpus(name="local", papers=papers, text=text, read=reading, skipped=skipped)


def _key(digest: str) -> str:
    """Readings of another version of the readers are not taken for this one's."""
    from synth import __version__

    return hashlib.sha256(f"{digest} {__version__}".encode()).hexdigest()
