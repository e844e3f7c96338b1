"""Papers at hand: the starter library, the person's own library, and files named with --papers.

starter(), own(library), local(paths, library)  -> Corpus     to be searched
named(words, library, skip)                     -> ReadPaper  what a person names by path or by id
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synth.collect import Corpus
from synth.errors import InputError, did_you_mean
from synth.records import Paper, ReadPaper, SkippedPaper

if TYPE_CHECKING:
    from synth.library import Library
    from synth.search import LexicalIndex

__all__ = ["local", "named", "own", "starter"]

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
    """The papers the person added with `synth library add`."""
    return _held("library", library.added(), _start)


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
    """The files and folders a person named. What was read of a file is kept by the hash of its bytes.

    Raises:
        InputError: a path is missing, or nothing in it can be read as a paper.
    """
    from synth import read
    from synth.library import file_hash

    papers, skipped = read.files(paths)
    hashes: dict[str, str] = {}

    def reading(paper: Paper) -> ReadPaper:
        # Tables are the slow part of a PDF and no arrow of a report reads them yet.
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

    return Corpus(
        name="local",
        papers=papers,
        text=text,
        read=reading,
        skipped=skipped,
        lexical=lambda: _index(papers, library),
    )


def _index(papers: Sequence[Paper], library: Library) -> LexicalIndex:
    """The lexical index of these papers, kept in the library by their words; in memory where it cannot be kept."""
    from synth.lexical import INDEX_FORMAT, LexicalIndex

    texts = [(paper.title, paper.abstract or "") for paper in papers]
    words = hashlib.sha256(INDEX_FORMAT.encode())
    for title, abstract in texts:
        words.update(f"{title}\0{abstract}\0".encode("utf-8", "replace"))
    place = library.place("lexical", words.hexdigest()[:32])
    if place is None:
        return LexicalIndex.build(texts)
    try:
        return LexicalIndex.open(place)
    except InputError:
        built = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        LexicalIndex.build(texts, built)
        built.rename(place)
        return LexicalIndex.open(place)
    except (OSError, ValueError, InputError):
        # Another process was first, or the disk is full: the question is answered all the same.
        shutil.rmtree(built, ignore_errors=True)
        return LexicalIndex.build(texts)


def _key(digest: str) -> str:
    """Readings of another version of the readers are not taken for this one's."""
    from synth import __version__

    return hashlib.sha256(f"{digest} {__version__}".encode()).hexdigest()


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
    ids: dict[str, ReadPaper] = {}
    for word in words:
        if os.path.exists(word):  # noqa: PTH110 (False also for a name that is too long)
            paths.append(Path(word))
            continue
        ids = ids or _ids(library)
        reading = ids.get(_bare(word))
        if reading is not None:
            at_hand.append(reading)
        elif _PATH.search(word):
            paths.append(Path(word))  # the reader says what is wrong with it
        else:
            hint = did_you_mean(_bare(word), ids)
            hint = hint if hint.startswith("did") else "`synth search` and `synth library list` show ids"
            raise InputError(f'no file and no paper at hand is called "{word}"; {hint}')
    return at_hand, paths


def _ids(library: Library) -> dict[str, ReadPaper]:
    """Every name of every paper at hand. Without a version, the name means the latest one."""
    from synth.starter import papers

    found: dict[str, ReadPaper] = {}
    for reading in (*sorted(papers(), key=lambda r: _number(r.paper)), *library.added()):
        paper = reading.paper
        for name in (paper.id, *(name for key, value in paper.ids if value for name in (value, f"{key}:{value}"))):
            found[_bare(name)] = reading
            found[_bare(name + (paper.version or ""))] = reading
    return found


def _number(paper: Paper) -> int:
    return int((paper.version or "v0").removeprefix("v"))


def _bare(word: str) -> str:
    """An id without address and in lower case: "https://arxiv.org/abs/2005.13013v1" is "2005.13013v1"."""
    return _ADDRESS.sub("", word).rstrip("/").removesuffix(".pdf").lower()
