"""Papers at hand: the starter library, the person's own library, and files named with --papers.

    starter(), own(library), local(paths, library)  -> Corpus     to be searched
    named(words, library, skip)                     -> ReadPaper  what a person names by path or by id
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synth.collect import Corpus
from synth.errors import InputError, did_you_mean
from synth.records import Paper, ReadPaper, SkippedPaper

if TYPE_CHECKING:
    from synth.library import Library

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

    return Corpus(name="local", papers=papers, text=text, read=reading, skipped=skipped)


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
    failed = list(skipped)
    for paper in papers:
        try:
            reading = read.paper(paper)
        except InputError as problem:
            failed.append(SkippedPaper(name=paper.location or paper.id, reason=str(problem)))
        else:
            yield reading
    if len(failed) - len(skipped) == len(papers) and papers and not at_hand:
        raise InputError(failed[-1].reason)
    for item in failed:
        skip(item)


def _looked_up(words: Sequence[str], library: Library) -> tuple[list[ReadPaper], list[Path]]:
    """The papers at hand among `words`, and the paths."""
    at_hand: list[ReadPaper] = []
    paths: list[Path] = []
    ids: dict[str, ReadPaper] = {}
    for word in words:
        if _exists(word):
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


def _exists(word: str) -> bool:
    try:
        return Path(word).exists()
    except OSError:  # too long for a name
        return False


def _ids(library: Library) -> dict[str, ReadPaper]:
    """Every name of every paper at hand. Without a version, the name means the latest one."""
    from synth.starter import papers

    found: dict[str, ReadPaper] = {}
    for reading in (*papers(), *library.added()):
        paper = reading.paper
        names = {paper.id, *(value for _, value in paper.ids if value), *(f"{k}:{v}" for k, v in paper.ids if v)}
        for name in names:
            found[_bare(name + (paper.version or ""))] = reading
            before = found.get(_bare(name))
            if before is None or _number(before.paper) <= _number(paper) or before.paper.source == "starter":
                found[_bare(name)] = reading
    return found


def _number(paper: Paper) -> int:
    return int((paper.version or "v0").removeprefix("v"))


def _bare(word: str) -> str:
    """An id without address and in lower case: "https://arxiv.org/abs/2005.13013v1" is "2005.13013v1"."""
    return _ADDRESS.sub("", word).rstrip("/").removesuffix(".pdf").lower()
