"""The papers of large files as a library keeps them: a list whose papers are read when they are wanted.

A file of fifty thousand abstracts is parsed once. A later question looks at the few hundred of its papers that the
search finds, so its cost does not grow with the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, overload

from synth.errors import InputError
from synth.records import Paper, SkippedPaper

__all__ = ["Shelf", "file_hash", "hash_of", "keep", "taken"]

_BLOCK = 1000  # papers read at a time where all are wanted
_LARGE = 10_000_000  # bytes of a file whose hash is noted: reading fewer takes no time
_AT_ONCE = 5000  # papers that are kept in one step: other processes can write between two

Read = Callable[[str, tuple[object, ...]], list[tuple[Any, ...]]]
Write = Callable[[str, Sequence[tuple[object, ...]]], bool]


class Shelf(Sequence[Paper]):
    """The papers under `key` in their order, and what was left out of the files with the reason.

    `read` is the library's door to its file.
    """

    def __init__(self, read: Read, key: str, papers: int, skipped: tuple[SkippedPaper, ...]) -> None:
        self.key = key
        self.skipped = skipped
        self._read = read
        self._papers = papers

    def __len__(self) -> int:
        return self._papers

    @overload
    def __getitem__(self, index: int) -> Paper: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Paper]: ...

    def __getitem__(self, index: int | slice) -> Paper | Sequence[Paper]:
        """The paper of a place. InputError where it is gone: another process has laid the list anew."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = range(self._papers)[index]
        return Paper.model_validate_json(self._rows(place, place + 1)[0])

    def __iter__(self) -> Iterator[Paper]:
        for start in range(0, self._papers, _BLOCK):
            yield from map(Paper.model_validate_json, self._rows(start, min(start + _BLOCK, self._papers)))

    def _rows(self, start: int, end: int) -> list[str]:
        words = "SELECT paper FROM shelved WHERE key = ? AND place >= ? AND place < ? ORDER BY place"
        rows = self._read(words, (self.key, start, end))
        if len(rows) != end - start:
            raise InputError("the list of papers changed while it was searched; ask again")
        return [row[0] for row in rows]


def keep(read: Read, write: Write, key: str, name: str, items: Iterable[Paper | SkippedPaper]) -> bool:
    """Keep papers, and what was skipped among them, under `key`; False where they cannot be written.

    Of what was kept under the same `name` before, only the newest stays, for the process that may be searching it. The
    list is there once its last paper is: a kill before leaves nothing that would be taken for it. Two processes that
    keep the same list at once write the same rows. Few papers are in memory at a time.
    """
    former = "SELECT key FROM shelves WHERE name = ? AND key != ? ORDER BY rowid DESC LIMIT -1 OFFSET 1"
    for (old,) in read(former, (name, key)):
        write("DELETE FROM shelves WHERE key = ?", [(old,)])
        write("DELETE FROM shelved WHERE key = ?", [(old,)])
    skipped: list[dict[str, object]] = []
    place = 0
    try:
        for block in _blocks(items, skipped):
            rows = [(key, number, paper.model_dump_json()) for number, paper in enumerate(block, place)]
            if not write("INSERT OR REPLACE INTO shelved VALUES (?, ?, ?)", rows):
                return False
            place += len(block)
    except InputError:  # the file breaks off
        write("DELETE FROM shelved WHERE key = ?", [(key,)])
        raise
    return write("INSERT OR REPLACE INTO shelves VALUES (?, ?, ?, ?)", [(key, name, place, json.dumps(skipped))])


def _blocks(items: Iterable[Paper | SkippedPaper], skipped: list[dict[str, object]]) -> Iterator[list[Paper]]:
    """The papers, some thousands at a time; what was skipped lands in `skipped`."""
    block: list[Paper] = []
    for item in items:
        if isinstance(item, SkippedPaper):
            skipped.append(item.model_dump(mode="json"))
            continue
        block.append(item)
        if len(block) == _AT_ONCE:
            yield block
            block = []
    if block:
        yield block


def taken(read: Read, key: str) -> Shelf | None:
    """The papers that were kept under `key`; None where there are none, or not as this version keeps them."""
    rows = read("SELECT papers, skipped FROM shelves WHERE key = ?", (key,))
    last = read("SELECT MAX(place) FROM shelved WHERE key = ?", (key,))
    if not rows or not last or last[0][0] != rows[0][0] - 1:
        return None
    try:
        skipped = tuple(SkippedPaper.model_validate(item) for item in json.loads(rows[0][1]))
    except (ValueError, TypeError):
        return None
    return Shelf(read, key, int(rows[0][0]), skipped)


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def hash_of(read: Read, write: Write, path: Path) -> str:
    """The hash of a file; of a large one as it was noted, while the system says that nothing about it has changed.

    A change moves the time of the last change, which nobody sets by hand; hashing a large file takes longer than the
    smallest step of that time, so no change falls between the two unnoticed.
    """
    there = path.stat()
    if there.st_size < _LARGE:
        return file_hash(path)
    name = str(path.absolute())
    state = f"{there.st_size} {there.st_mtime_ns} {there.st_ctime_ns} {there.st_ino} {there.st_dev}"
    for (noted,) in read("SELECT hash FROM hashes WHERE path = ? AND state = ?", (name, state)):
        return str(noted)
    found = file_hash(path)
    write("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?)", [(name, state, found)])
    return found
