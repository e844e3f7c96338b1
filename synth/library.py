"""The library on disk: vectors, readings and papers a person added, kept by content hash.

One SQLite file in write-ahead mode holds all of it, so two processes may use it at once and a kill at any moment
loses nothing that was said to be stored. A cache that cannot be written (read-only or full disk) never stops a
report: what could not be kept is counted in `unsaved`.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synth.errors import InputError
from synth.records import ReadPaper
from synth.works import version_number

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Library", "default_folder", "file_hash"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (model TEXT, key TEXT, vector BLOB NOT NULL, PRIMARY KEY (model, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS readings (key TEXT PRIMARY KEY, paper TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS added (
    id TEXT NOT NULL, version TEXT NOT NULL, reading TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (id, version)
);
"""
# An older library keyed `added` by the id alone. A row whose JSON is broken is kept: `check` tells of it.
_VERSIONED = (
    "CREATE TABLE added_versions ("
    "id TEXT NOT NULL, version TEXT NOT NULL, reading TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (id, version))",
    "INSERT INTO added_versions SELECT id, "
    "CASE WHEN json_valid(reading) THEN COALESCE(json_extract(reading, '$.paper.version'), '') ELSE '' END, "
    "reading, name FROM added",
    "DROP TABLE added",
    "ALTER TABLE added_versions RENAME TO added",
)
_MANY = 500  # keys in one SELECT: below SQLite's limit on host parameters


def default_folder() -> Path:
    """`$SYNTH_HOME`, else the user's data folder for this program."""
    if home := os.environ.get("SYNTH_HOME"):
        return Path(home)
    import platformdirs

    return Path(platformdirs.user_data_dir("synth-replicate", appauthor=False))


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class Library:
    """A library in a folder; `Library(None)` keeps everything in memory.

    `unsaved` counts what could not be kept, `reason` says why (None while all is well).
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.unsaved = 0
        self.reason: str | None = None
        self._db = self._open(folder)

    def _open(self, folder: Path | None) -> sqlite3.Connection:
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                return _connect(str(folder / "library.sqlite"))
            except (OSError, sqlite3.Error) as problem:
                self.reason = f"the library in {folder} cannot be used ({problem}); nothing is kept between runs"
                self.folder = None
        return _connect(":memory:")

    @property
    def web_cache(self) -> Path | None:
        """Where fetched answers are kept; None for a library in memory."""
        return None if self.folder is None else self.folder / "web"

    def place(self, kind: str, key: str) -> Path | None:
        """Where something too large for the database is kept by its content; None for a library in memory."""
        return None if self.folder is None else self.folder / kind / key

    # --- vectors -------------------------------------------------------------------------------------

    def vectors(self, model: str) -> Vectors:
        """The kept vectors of one embedding model."""
        return Vectors(self, model)

    # --- readings ------------------------------------------------------------------------------------

    def reading(self, key: str) -> ReadPaper | None:
        """The reading kept under `key`; None when there is none (or one of an older record shape)."""
        row = self._db.execute("SELECT paper FROM readings WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        try:
            return ReadPaper.model_validate_json(row[0])
        except ValueError:
            return None

    def keep_reading(self, key: str, paper: ReadPaper) -> None:
        """Keep a reading under `key`."""
        self._write("INSERT OR REPLACE INTO readings VALUES (?, ?)", [(key, paper.model_dump_json())])

    # --- papers a person added ------------------------------------------------------------------------

    def add(self, papers: Iterable[ReadPaper], name: str) -> int:
        """Add papers under their id and version; returns how many were new. `name` says where from.

        Versions of one paper are kept side by side; the same version added again takes the place of the former.
        """
        before = self.counts()["added"]
        rows = [(p.paper.id, p.paper.version or "", p.model_dump_json(), name) for p in papers]
        if not self._write("INSERT OR REPLACE INTO added VALUES (?, ?, ?, ?)", rows):
            raise InputError(f"the library cannot be written: {self.reason}")
        return self.counts()["added"] - before

    def added(self) -> tuple[ReadPaper, ...]:
        """All papers a person added, by id; of one paper the earlier version first, one without a number before it."""
        rows = self._db.execute("SELECT id, version, reading FROM added").fetchall()
        rows.sort(key=lambda row: (row[0], version_number(row[1]), row[1]))
        return tuple(ReadPaper.model_validate_json(row[2]) for row in rows)

    def remove(self, paper_id: str) -> int:
        """Remove what was added under an id, all its versions, or one of them ("arxiv:2005.13013v1"); how many it was.

        An id that is there as it is written comes before an id with a version.
        """
        with self._db:
            removed = self._db.execute("DELETE FROM added WHERE id = ?", (paper_id,)).rowcount
            named = re.fullmatch(r"(.+?)(v\d+)", paper_id)
            if not removed and named is not None:
                removed = self._db.execute("DELETE FROM added WHERE id = ? AND version = ?", named.groups()).rowcount
        return removed

    def check(self) -> list[str]:
        """What is wrong with the library; an empty list when it is sound."""
        problems = [row[0] for row in self._db.execute("PRAGMA integrity_check") if row[0] != "ok"]
        for name, reading in self._db.execute("SELECT id || version, reading FROM added ORDER BY id, version"):
            try:
                ReadPaper.model_validate_json(reading)
            except ValueError:
                problems.append(f"{name}: stored in a shape this version cannot read; remove it and add it again")
        if self.reason:
            problems.append(self.reason)
        return problems

    def counts(self) -> dict[str, int]:
        """How many vectors, readings and added papers are kept."""
        return {
            table: int(self._db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])  # noqa: S608 (fixed names)
            for table in ("vectors", "readings", "added")
        }

    def close(self) -> None:
        """Close the file; the library cannot be used afterwards."""
        self._db.close()

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> bool:
        try:
            with self._db:
                self._db.executemany(statement, rows)
        except sqlite3.Error as problem:
            self.unsaved += len(rows)
            self.reason = f"the library cannot be written ({problem})"
            return False
        return True


class Vectors:
    """Vectors of one model by key (the SHA-256 of the embedded text); float32, any one dimension."""

    def __init__(self, library: Library, model: str) -> None:
        self._library = library
        self._model = model

    def get_many(self, keys: Sequence[str]) -> dict[str, np.ndarray]:
        """The vectors that are kept among `keys`."""
        import numpy as np

        found: dict[str, np.ndarray] = {}
        for i in range(0, len(keys), _MANY):
            part = keys[i : i + _MANY]
            marks = ",".join("?" * len(part))
            rows = self._library._db.execute(
                f"SELECT key, vector FROM vectors WHERE model = ? AND key IN ({marks})",  # noqa: S608 (only marks)
                (self._model, *part),
            )
            found |= {key: np.frombuffer(blob, dtype=np.float32) for key, blob in rows}
        return found

    def put_many(self, vectors: Mapping[str, np.ndarray]) -> None:
        """Keep vectors; a failure is counted, never raised."""
        rows = [(self._model, key, vector.astype("float32").tobytes()) for key, vector in vectors.items()]
        self._library._write("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)


def _connect(target: str) -> sqlite3.Connection:
    # Sources are asked in threads; SQLite's own lock makes one connection safe among them.
    db = sqlite3.connect(target, timeout=30, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    _divide_versions(db)
    db.executescript(_SCHEMA)
    return db


def _divide_versions(db: sqlite3.Connection) -> None:
    """Give an older library's `added` its column `version`: in one transaction, so a kill leaves the old or the new."""

    def old() -> bool:
        columns = [row[1] for row in db.execute("PRAGMA table_info(added)")]
        return bool(columns) and "version" not in columns

    if not old():
        return
    with db:
        db.execute("BEGIN IMMEDIATE")
        if old():  # another process may have been first
            for statement in _VERSIONED:
                db.execute(statement)
