"""The library on disk: vectors, readings, lists of files and papers a person added, kept by content hash.

One SQLite file in write-ahead mode holds all of it, so two processes may use it at once and a kill at any moment
loses nothing that was said to be stored. A cache that cannot be written (read-only or full disk) or read (damaged)
never stops a report: what could not be kept is counted in `unsaved`, and `reason` says why.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth import keeping, shelves, soundness
from synth.errors import InputError
from synth.records import Paper, ReadPaper, SkippedPaper
from synth.shelves import Shelf, file_hash
from synth.vectors import Nearest, Rows, Shared, Vectors
from synth.works import version_number

if TYPE_CHECKING:
    from synth.chroma import Server

__all__ = ["Library", "default_folder", "file_hash"]

_MANY = 500  # keys in one SELECT: below SQLite's limit on host parameters

def default_folder() -> Path:
    """`$SYNTH_HOME`, else the user's data folder for this program."""
    if home := os.environ.get("SYNTH_HOME"):
        return Path(home)
    import platformdirs

    return Path(platformdirs.user_data_dir("synth-replicate", appauthor=False))


class Library:
    """A library in a folder; `Library(None)` keeps everything in memory.

    `unsaved` counts what could not be kept, `reason` says why (None while all is well).
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.unsaved = 0
        self.reason: str | None = None
        self._server: Server | None = None
        self._address = ""
        self._fell_back = False  # a folder was asked for and cannot be used: nothing may be said to be stored
        self._db = self._open(folder)

    def _open(self, folder: Path | None) -> sqlite3.Connection:
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                return keeping.opened(str(folder / "library.sqlite"))
            except (OSError, sqlite3.Error) as problem:
                self.reason = f"the library in {folder} cannot be used ({problem}); nothing is kept between runs"
                self.folder = None
                self._fell_back = True
        return keeping.opened(":memory:")

    @property
    def web_cache(self) -> Path | None:
        """Where fetched answers are kept; None for a library in memory."""
        return None if self.folder is None else self.folder / "web"

    def place(self, kind: str, key: str) -> Path | None:
        """Where something too large for the database is kept by its content; None for a library in memory."""
        return None if self.folder is None else self.folder / kind / key

    # --- vectors -------------------------------------------------------------------------------------

    def share(self, server: str | None) -> None:
        """Take part in the vectors of a group: `server` is the address of a Chroma server (None: of nobody's).

        InputError where it is no address; a server that cannot be reached is told in `reason`.
        """
        if self._server is not None:
            self._server.close()
        self._server = None
        if server is not None:
            from synth.chroma import Server

            self._server, self._address = Server(server), server

    def vectors(self, model: str) -> Vectors:
        """The kept vectors of one embedding model, by checksum of the text."""
        own = Rows(self._read, self._write, model)
        if self._server is None:
            return own
        from synth import chroma

        return Shared(own, chroma.Chroma(self._server, model), self.tell)

    def neighbours(self, model: str, corpus: str) -> Nearest:
        """The vectors of the papers of a corpus, by their number, where neighbours can be found.

        In Chroma where it is installed: on the group's server, else in the library's folder; else in the library's
        file. What another program lost of them can be laid again, so `indexed` says whether they are whole.
        """
        space = f"{model} of {corpus}"
        from synth import chroma

        if self._server is not None:
            return chroma.Chroma(self._server, space)
        if self.folder is not None and chroma.installed():
            return chroma.Chroma(chroma.in_folder(self.folder / "chroma"), space)
        return Rows(self._read, self._write, space)

    def indexed(self, model: str, corpus: str) -> int | None:
        """How many papers of a corpus `neighbours` holds, as was noted when all were there; None: not all."""
        row = (f"{model} of {corpus}", self._place())
        rows = self._read("SELECT vectors FROM indexed WHERE space = ? AND place = ?", row)
        return int(rows[0][0]) if rows else None

    def note_indexed(self, model: str, corpus: str, vectors: int | None) -> bool:
        """Note that `neighbours` is whole (None: that it is not any more); False where that cannot be written."""
        row = (f"{model} of {corpus}", self._place())
        if vectors is None:
            return self._write("DELETE FROM indexed WHERE space = ? AND place = ?", [row])
        return self._write("INSERT OR REPLACE INTO indexed (space, place, vectors) VALUES (?, ?, ?)", [(*row, vectors)])

    def forget_neighbours(self) -> None:
        """Throw away Chroma's folder, which is damaged; the vectors it was laid from are kept."""
        if self.folder is not None:
            shutil.rmtree(self.folder / "chroma", ignore_errors=True)
            self._write("DELETE FROM indexed WHERE place = 'folder'", [()])

    def all_indexed(self) -> list[tuple[str, str, int]]:
        """(model, corpus, papers) of all that was noted as whole."""
        rows = self._read("SELECT space, vectors FROM indexed WHERE place = ? ORDER BY space", (self._place(),))
        return [(*space.rsplit(" of ", 1), int(vectors)) for space, vectors in rows]

    def _place(self) -> str:
        """Where `neighbours` keeps its vectors: another place knows nothing of what was laid in this one."""
        from synth import chroma

        if self._server is not None:
            return self._address
        return "folder" if self.folder is not None and chroma.installed() else "file"

    def stances(self, model: str, keys: Sequence[str]) -> dict[str, bytes]:
        """What a stance model said of passages, as `synth.rereading` wrote it: those of the keys that are there."""
        found: dict[str, bytes] = {}
        for start in range(0, len(keys), _MANY):
            part = keys[start : start + _MANY]
            marks = ",".join("?" * len(part))
            words = f"SELECT key, scores FROM stances WHERE model = ? AND key IN ({marks})"  # noqa: S608 (only marks)
            found |= {str(key): bytes(scores) for key, scores in self._read(words, (model, *part))}
        return found

    def keep_stances(self, model: str, said: Mapping[str, bytes]) -> None:
        """Keep what a stance model said."""
        rows = [(model, key, scores) for key, scores in said.items()]
        self._write("INSERT OR REPLACE INTO stances VALUES (?, ?, ?)", rows)

    # --- readings ------------------------------------------------------------------------------------

    def reading(self, key: str) -> ReadPaper | None:
        """The reading kept under `key`; None when there is none (or one of an older record shape)."""
        rows = self._read("SELECT paper FROM readings WHERE key = ?", (key,))
        return soundness.reading(rows[0][0]) if rows else None

    def keep_reading(self, key: str, paper: ReadPaper) -> None:
        """Keep a reading under `key`."""
        self._write("INSERT OR REPLACE INTO readings VALUES (?, ?)", [(key, paper.model_dump_json())])

    # --- the papers of large files ----------------------------------------------------------------------

    def hash_of(self, path: Path) -> str:
        """SHA-256 of a file's bytes; of a large file that has not changed since, as it was noted."""
        return shelves.hash_of(self._read, self._write, path)

    def shelf(self, key: str) -> Shelf | None:
        """The papers of files that were kept under `key`; None when there are none."""
        return shelves.taken(self._read, key)

    def keep_shelf(self, key: str, name: str, items: Iterable[Paper | SkippedPaper]) -> bool:
        """Keep the papers of files, and what was skipped of them, under `key`; False where that cannot be written.

        What was kept under the same `name` before the last time goes.
        """
        return shelves.keep(self._read, self._write, key, name, items)

    # --- papers a person added ------------------------------------------------------------------------

    def add(self, papers: Iterable[ReadPaper], name: str) -> int:
        """Add papers under their id and version; returns how many were new. `name` says where from.

        Versions of one paper are kept side by side; the same version added again takes the place of the former.
        InputError where the library cannot be written, or its folder cannot be used.
        """
        if self._fell_back:
            raise InputError(f"{self.reason}: nothing was added")
        before = self.counts()["added"]
        rows = [(p.paper.id, p.paper.version or "", p.model_dump_json(), name) for p in papers]
        if not self._write("INSERT OR REPLACE INTO added VALUES (?, ?, ?, ?)", rows):
            raise InputError(f"the library cannot be written: {self.reason}")
        return self.counts()["added"] - before

    def papers(self) -> tuple[Paper, ...]:
        """All papers a person added, by id; of one paper the earlier version first, one without a number before it.

        One that cannot be read any more is left out; `check` names it.
        """
        paper = "CASE WHEN json_valid(reading) THEN json_extract(reading, '$.paper') END"
        rows = self._read(f"SELECT id, version, {paper} FROM added")  # noqa: S608 (a fixed expression)
        rows.sort(key=lambda row: (row[0], version_number(row[1]), row[1]))
        found = []
        for row in rows:
            with contextlib.suppress(ValueError, TypeError):
                found.append(Paper.model_validate_json(row[2]))
        return tuple(found)

    def text(self, paper: Paper) -> ReadPaper:
        """The reading of a paper of `papers`. InputError where it is damaged, or was removed meanwhile."""
        row = (paper.id, paper.version or "")
        rows = self._read("SELECT reading FROM added WHERE id = ? AND version = ?", row)
        reading = soundness.reading(rows[0][0]) if rows else None
        if reading is None:
            what = "damaged in the library" if rows else "not in the library any more"
            raise InputError(f"{''.join(row)}: {what}; remove it and add it again")
        return reading

    def added(self) -> tuple[ReadPaper, ...]:
        """The readings of `papers`, in their order."""
        rows = self._read("SELECT id, version, reading FROM added")
        rows.sort(key=lambda row: (row[0], version_number(row[1]), row[1]))
        return tuple(reading for row in rows if (reading := soundness.reading(row[2])) is not None)

    def remove(self, paper_id: str) -> int:
        """Remove what was added under an id, all its versions, or one of them ("arxiv:2005.13013v1"); how many it was.

        An id that is there as it is written comes before an id with a version.
        """
        named = re.fullmatch(r"(.+?)(v\d+)", paper_id)
        try:
            with self._db:
                removed = self._db.execute("DELETE FROM added WHERE id = ?", (paper_id,)).rowcount
                if not removed and named is not None:
                    words = "DELETE FROM added WHERE id = ? AND version = ?"
                    removed = self._db.execute(words, named.groups()).rowcount
        except sqlite3.Error as problem:
            raise InputError(f"the library cannot be written ({problem}); nothing was removed") from None
        return removed

    def check(self) -> list[str]:
        """What is wrong with the library; an empty list when it is sound."""
        problems = [] if self.reason is None else [self.reason]
        try:
            problems += [row[0] for row in self._db.execute("PRAGMA integrity_check") if row[0] != "ok"]
            problems += soundness.problems(lambda words: self._db.execute(words).fetchall())
        except sqlite3.Error as problem:
            problems.append(f"the library's file is damaged ({problem}); put a copy in its place, or begin a new one")
        return problems

    def counts(self) -> dict[str, int]:
        """How many vectors, readings and added papers are kept; 0 where that cannot be read, which `reason` says."""
        return {
            table: sum(int(row[0]) for row in self._read(f"SELECT COUNT(*) FROM {table}"))  # noqa: S608 (fixed names)
            for table in ("vectors", "readings", "added")
        }

    def close(self) -> None:
        """Close the file; the library cannot be used afterwards."""
        if self._server is not None:
            self._server.close()
        self._db.close()

    def _read(self, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as problem:
            self.tell(f"the library cannot be read ({problem}); `synth library check` says more")
            return []

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> bool:
        try:
            with self._db:
                self._db.executemany(statement, rows)
        except sqlite3.Error as problem:
            self.unsaved += len(rows)
            self.reason = f"the library cannot be written ({problem})"
            return False
        return True

    def tell(self, reason: str) -> None:
        """Something went wrong that stops no question; of several things the first is what `reason` says."""
        self.reason = self.reason or reason
