"""Papers at hand: the starter library, the person's own library, and files named with --papers.

starter(), own(library), local(paths, library)  -> Corpus     to be searched
named(words, library, skip)                     -> ReadPaper  what a person names by path or by id
damage(library)                                 -> lines      what is wrong with what is kept
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib import resources
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from synth import indexing
from synth.collect import Corpus
from synth.errors import InputError, did_you_mean
from synth.records import Paper, ReadPaper, SkippedPaper

if TYPE_CHECKING:
    from synth.library import Library

__all__ = ["damage", "local", "named", "own", "starter"]

_LARGE = 1000  # papers of a file from which their list is kept: parsing fewer takes no time
_LIST = re.compile(r"\.(?:jsonl|ndjson|bib)(?:\.gz)?$", re.I)
_READERS = ("read.py", "records.py", "announcements.py", "formats")  # what decides how a file becomes papers
_RANKED = 20_000  # characters of a full text that it is ranked and screened by
_ADDRESS = re.compile(
    r"^(?:https?://)?(?:www\.)?(?:arxiv\.org/(?:abs|pdf)/|(?:dx\.)?doi\.org/|aclanthology\.org/|openalex\.org/)", re.I
)
_PATH = re.compile(r"^[./~]|\.[a-z]+(?:\.gz)?$|/$", re.I)  # a word that was meant as a path: it starts or ends like one


def starter() -> Corpus:
    """The digests that ship with the program."""
    from synth.answer import studied_text
    from synth.starter import papers

    return _held("starter", papers(), studied_text)


def own(library: Library) -> Corpus:
    """The papers the person added with `synth library add`. Their texts are read when they are wanted."""
    papers = library.papers()

    def text(paper: Paper) -> str:
        try:
            return _start(library.text(paper))
        except InputError:
            return paper.abstract or ""

    keep = library if len(papers) >= _LARGE else None
    return Corpus(
        name="library",
        papers=papers,
        text=text,
        read=library.text,
        lexical=lambda: indexing.by_words(papers, keep),
        near=lambda embedder: indexing.near(papers, library, embedder),
    )


def _held(name: str, readings: Sequence[ReadPaper], text: Callable[[ReadPaper], str]) -> Corpus:
    by_key = {(r.paper.id, r.paper.version): r for r in readings}
    return Corpus(
        name=name,
        papers=tuple(r.paper for r in readings),
        text=lambda paper: text(by_key[paper.id, paper.version]),
        read=lambda paper: by_key[paper.id, paper.version],
    )


def _start(reading: ReadPaper) -> str:
    return reading.text[:_RANKED]


def local(paths: Sequence[Path], library: Library) -> Corpus:
    """The files and folders a person named. What was read of a file is kept by the hash of its bytes, and so is the
    list of papers that a large file holds.

    Raises:
        InputError: a path is missing, or nothing in it can be read as a paper.
    """
    from synth import read

    papers, skipped = _listed(paths, library)
    hashes: dict[str, str] = {}

    def reading(paper: Paper) -> ReadPaper:
        # Tables are the slow part of a PDF and no arrow of a report reads them yet.
        path = Path(paper.location or "")
        if paper.tier == "abstract" or not path.is_file():
            return read.paper(paper, tables=False)
        if str(path) not in hashes:
            hashes[str(path)] = library.hash_of(path)
        key = _key(hashes[str(path)])
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

    return Corpus(
        name="local",
        papers=papers,
        text=text,
        read=reading,
        skipped=skipped,
        lexical=lambda: indexing.by_words(papers, library),
        near=lambda embedder: indexing.near(papers, library, embedder),
    )


def _listed(paths: Sequence[Path], library: Library) -> tuple[Sequence[Paper], tuple[SkippedPaper, ...]]:
    """The papers in the files, from the library where the same large files were parsed before."""
    from synth import read

    if not all(_LIST.search(path.name) and path.is_file() for path in paths):
        return read.files(paths)
    key = _key("\0".join(word for path in paths for word in (str(path), library.hash_of(path))))
    kept = library.shelf(key)
    if kept is not None:
        return kept, kept.skipped
    with suppress(InputError):  # whatever it is, `read.files` says it, and reads what can be read
        items = _items(paths)
        first = list(islice(items, _LARGE))
        name = " ".join(str(path.absolute()) for path in paths)
        if len(first) == _LARGE and library.keep_shelf(key, name, chain(first, items)):
            kept = library.shelf(key)
    return (kept, kept.skipped) if kept is not None else read.files(paths)


def _items(paths: Sequence[Path]) -> Iterator[Paper | SkippedPaper]:
    """What `read.files` finds; the lines of a single file come one by one, so that a huge one fits into memory."""
    from synth import read
    from synth.formats import jsonl

    if len(paths) == 1 and ".bib" not in paths[0].name.lower():
        yield from jsonl.papers(paths[0])
    else:
        yield from chain(*read.files(paths))


def damage(library: Library) -> list[str]:
    """What is wrong with all that is kept, one line each; an empty list when it is sound."""
    return [*library.check(), *indexing.damage(library)]


def _key(digest: str) -> str:
    """What other readers made of a file is not taken for what these make of it."""
    return hashlib.sha256(f"{digest} {_readers()}".encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _readers() -> str:
    """A checksum of the modules that decide how a file becomes papers."""
    from synth import __version__

    whole = hashlib.sha256(__version__.encode())
    for name in _READERS:
        part = resources.files("synth") / name
        files = sorted(part.iterdir(), key=lambda file: file.name) if part.is_dir() else [part]
        for file in files:
            if file.name.endswith(".py"):
                whole.update(file.read_bytes())
    return whole.hexdigest()


# --- papers named one by one --------------------------------------------------------------------------


def named(words: Sequence[str], library: Library, skip: Callable[[SkippedPaper], None]) -> Iterator[ReadPaper]:
    """The papers that are named by id or path, papers at hand first; `skip` is told at the end what was left out.

    A word that exists as a file or folder is a path; another is looked up among the ids of the starter library and
    of the person's library, of which the person's own comes first.

    Raises:
        InputError: an id is not known, a path is missing, or no paper could be read.
    """
    from synth import read

    at_hand, paths = _looked_up(words, library)
    yield from at_hand
    papers, skipped = read.files(paths) if paths else ((), ())
    failed: list[SkippedPaper] = []
    for paper in papers:
        try:
            reading = read.paper(paper)
        except InputError as problem:
            name = paper.location or paper.id
            failed.append(SkippedPaper(name=name, reason=str(problem).removeprefix(f"{name}: ")))
        else:
            yield reading
    if papers and len(failed) == len(papers) and not at_hand:
        raise InputError(f"{failed[0].name}: {failed[0].reason}")
    for item in (*skipped, *failed):
        skip(item)


def _looked_up(words: Sequence[str], library: Library) -> tuple[list[ReadPaper], list[Path]]:
    """The papers at hand among `words`, and the paths."""
    at_hand: list[ReadPaper] = []
    paths: list[Path] = []
    ids: dict[str, ReadPaper | Paper] = {}
    for word in words:
        if os.path.exists(word):  # noqa: PTH110 (False also for a name that is too long)
            paths.append(Path(word))
            continue
        ids = ids or _ids(library)
        known = ids.get(_bare(word))
        if known is not None:
            at_hand.append(library.text(known) if isinstance(known, Paper) else known)
        elif _PATH.search(word):
            paths.append(Path(word))  # the reader says what is wrong with it
        else:
            hint = did_you_mean(_bare(word), ids)
            hint = hint if hint.startswith("did") else "`synth search` and `synth library list` show ids"
            raise InputError(f'no file and no paper at hand is called "{word}"; {hint}')
    return at_hand, paths


def _ids(library: Library) -> dict[str, ReadPaper | Paper]:
    """Every name of every paper at hand. Without a version, the name means the latest one."""
    from synth.starter import papers

    at_hand: list[ReadPaper | Paper] = [*sorted(papers(), key=lambda r: _number(r.paper)), *library.papers()]
    found: dict[str, ReadPaper | Paper] = {}
    for known in at_hand:
        paper = known if isinstance(known, Paper) else known.paper
        for name in (paper.id, *(name for key, value in paper.ids if value for name in (value, f"{key}:{value}"))):
            found[_bare(name)] = known
            found[_bare(name + (paper.version or ""))] = known
    return found


def _number(paper: Paper) -> int:
    return int((paper.version or "v0").removeprefix("v"))


def _bare(word: str) -> str:
    """An id without address and in lower case: "https://arxiv.org/abs/2005.13013v1" is "2005.13013v1"."""
    return _ADDRESS.sub("", word).rstrip("/").removesuffix(".pdf").lower()
