"""What is kept of a corpus so that a question finds its papers at once: the index of its words, made at the first
question, and, where they were embedded before anybody asked, their neighbours in meaning.

    key(papers)                                -> str          under which a corpus is known, by its content
    by_words(papers, library)                  -> LexicalIndex
    lay(corpus, library, embedder, ...)        -> Laid         what `synth library index` does
    near(papers, library, embedder)            -> Near | None  how a search asks; None for a corpus that was not laid

By default a question over a large corpus embeds only the papers that share words with it. Where all are embedded, it
embeds none of them, and finds papers that say the same in other words as well.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from synth.chroma import DamagedError
from synth.errors import InputError
from synth.lexical import INDEX_FORMAT, LexicalIndex
from synth.records import Paper
from synth.search import embed, paper_text, vector_key
from synth.shelves import Shelf

if TYPE_CHECKING:
    from synth.collect import Corpus
    from synth.library import Library
    from synth.models.embedding import Embedder
    from synth.progress import Silent
    from synth.search import Near, Vector
    from synth.vectors import Nearest

__all__ = ["Laid", "by_words", "damage", "key", "lay", "near"]

_LARGE = 1000  # papers from which neighbours are looked for: a search ranks fewer one by one
_SAMPLE = 200  # papers of which is seen whether they are still there
_INDEXES = 32  # text indexes that are kept, the newest
_BLOCK = 256  # papers between two commits: what a kill can cost is some seconds of work


class Laid(NamedTuple):
    """How many papers a corpus has, and how many texts were embedded that were not kept before."""

    papers: int
    embedded: int


def key(papers: Sequence[Paper]) -> str:
    """The name of a corpus: 32 hexadecimal digits that change with its content."""
    if isinstance(papers, Shelf):
        return papers.key[:32]
    words = hashlib.sha256()
    for paper in papers:
        words.update(f"{paper.title}\0{paper.abstract or ''}\0".encode("utf-8", "replace"))
    return words.hexdigest()[:32]


def lay(corpus: Corpus, library: Library, embedder: Embedder, progress: Silent) -> Laid:
    """Embed what a question would embed of every paper, and lay the papers out for neighbours to be found.

    What was embedded before is not embedded again, so after a kill the same call goes on where it was; a store of
    neighbours that is damaged is laid anew.

    Raises:
        InputError: the library cannot be written (a full disk), or the store of neighbours cannot be used.
    """
    try:
        return _laid(corpus, library, embedder, progress)
    except DamagedError:
        library.forget_neighbours()
        return _laid(corpus, library, embedder, progress)


def _laid(corpus: Corpus, library: Library, embedder: Embedder, progress: Silent) -> Laid:
    name, size = key(corpus.papers), len(corpus.papers)
    vectors = library.vectors(embedder.id)
    neighbours = library.neighbours(embedder.id, name) if size >= _LARGE else None
    if neighbours is not None:
        if library.indexed(embedder.id, name) == size and not _missing(neighbours, size):
            return Laid(size, 0)
        library.note_indexed(embedder.id, name, None)
    unsaved = library.unsaved
    embedded = done = 0
    block: list[Paper] = []
    for number, paper in enumerate(corpus.papers, 1):
        block.append(paper)
        if len(block) < _BLOCK and number < size:
            continue
        texts = [paper_text(one) for one in block]
        searched = [f"{one.title} {text}" if (text := corpus.text(one)) else one.title for one in block]
        both = list(dict.fromkeys([*texts, *searched]))
        kept = vectors.get_many([vector_key(text, embedder) for text in both])
        embedded += len(both) - len(kept)
        rows = dict(zip(both, embed(both, embedder, vectors), strict=True))
        if neighbours is not None:
            _lay_out({f"{done + n:09}": rows[text] for n, text in enumerate(texts)}, neighbours)
        if library.unsaved > unsaved:
            raise InputError(f"{library.reason}; {done:,} of {size:,} papers are done: make room and call it again")
        done += len(block)
        block = []
        progress.upto(done, size)
    if neighbours is not None and neighbours.count() == size:
        library.note_indexed(embedder.id, name, size)
    return Laid(size, embedded)


def _lay_out(rows: Mapping[str, Vector], neighbours: Nearest) -> None:
    """Those of the rows that are not there yet, or otherwise than they should be."""
    there = neighbours.get_many(list(rows))
    neighbours.put_many({place: row for place, row in rows.items() if not _same(row, there.get(place))})


def _same(one: Vector, other: Vector | None) -> bool:
    return other is not None and one.tobytes() == other.tobytes()


def _missing(neighbours: Nearest, size: int) -> int:
    """How many papers are not there by count, else how many of a sample.

    Chroma counts what it was given; a kill or a full disk can have cost it vectors all the same.
    """
    if (there := neighbours.count()) != size:
        return size - there
    sample = [f"{place:09}" for place in range(0, size, max(1, size // _SAMPLE))]
    return len(sample) - len(neighbours.get_many(sample))


def near(papers: Sequence[Paper], library: Library, embedder: Embedder) -> Near | None:
    """How to find the papers nearest to a vector [d], by their place; None for a corpus that was not laid.

    A store that fails finds nothing, and the library says why: a question is answered without it.
    """
    name = key(papers)
    if library.indexed(embedder.id, name) != len(papers):
        return None
    neighbours = library.neighbours(embedder.id, name)

    def found(query: Vector, limit: int) -> list[int]:
        try:
            places = [int(place) for place, _ in neighbours.nearest(query, limit)]
        except InputError as problem:
            library.tell(str(problem))
            return []
        return [place for place in places if place < len(papers)]

    return found


def damage(library: Library) -> list[str]:
    """What was indexed and is not whole any more, one line each."""
    problems = []
    for model, corpus, noted in library.all_indexed():
        what = f"the index of corpus {corpus[:12]} by {model}"
        try:
            missing = _missing(library.neighbours(model, corpus), noted)
        except InputError as problem:
            problems.append(f"{what}: {problem}")
        else:
            if missing:
                problems.append(f"{what}: {missing:,} of {noted:,} papers are gone; run `synth library index` again")
    folder = None if library.folder is None else library.folder / "lexical"
    for place in sorted(folder.iterdir()) if folder is not None and folder.is_dir() else ():
        if "." in place.name:
            if _abandoned(place):
                problems.append(f"{place}: left behind by an interrupted run; it goes when the next index is built")
            continue
        try:
            LexicalIndex.open(place)
        except InputError as problem:
            problems.append(str(problem))
    return problems


# --- by words ------------------------------------------------------------------------------------------------


def by_words(papers: Sequence[Paper], library: Library | None) -> LexicalIndex:
    """The lexical index of these papers, kept in the library by their words; in memory where it cannot be kept."""
    texts = ((paper.title, paper.abstract or "") for paper in papers)
    if library is None or library.folder is None:
        return LexicalIndex.build(texts)
    name = hashlib.sha256(f"{INDEX_FORMAT} {key(papers)}".encode()).hexdigest()[:32]
    place = library.folder / "lexical" / name
    try:
        return LexicalIndex.open(place)
    except InputError:
        built = place.with_name(f"{name}.{os.getpid()}")
    try:
        LexicalIndex.build(texts, built)
        shutil.rmtree(place, ignore_errors=True)  # not a whole one, or it would have been opened
        built.rename(place)
        _tidy(place.parent)
        return LexicalIndex.open(place)
    except (OSError, ValueError, InputError):
        # Another process was first, or the disk is full: the question is answered all the same.
        shutil.rmtree(built, ignore_errors=True)
        return LexicalIndex.build((paper.title, paper.abstract or "") for paper in papers)


def _tidy(folder: Path) -> None:
    """Remove the oldest indexes beyond those that are kept, and what interrupted runs left behind."""
    with suppress(OSError):  # another process tidies at the same time
        there = sorted(folder.iterdir(), key=lambda place: (-place.stat().st_mtime, place.name))
        whole = [place for place in there if "." not in place.name]
        for place in (*whole[_INDEXES:], *(place for place in there if _abandoned(place))):
            shutil.rmtree(place, ignore_errors=True)


def _abandoned(place: Path) -> bool:
    """Whether this is an index that a process was building which is gone."""
    number = place.suffix.removeprefix(".")
    if not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)  # sends nothing: it only says whether there is such a process
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False  # another person's
    return False
