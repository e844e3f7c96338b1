"""The one file in which a library keeps what counts: its tables, opened, and brought up to date from older forms."""

from __future__ import annotations

import sqlite3
import time

__all__ = ["connected", "opened"]

_PATIENCE = 30.0  # seconds to wait for another process

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (model TEXT, key TEXT, vector BLOB NOT NULL, PRIMARY KEY (model, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS readings (key TEXT PRIMARY KEY, paper TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS added (
    id TEXT NOT NULL, version TEXT NOT NULL, reading TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (id, version)
);
CREATE TABLE IF NOT EXISTS shelved (key TEXT, place INTEGER, paper TEXT NOT NULL, PRIMARY KEY (key, place));
CREATE TABLE IF NOT EXISTS shelves (key TEXT PRIMARY KEY, name TEXT NOT NULL, papers INTEGER, skipped TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS hashes (path TEXT PRIMARY KEY, state TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stances (model TEXT, key TEXT, scores BLOB NOT NULL, PRIMARY KEY (model, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS indexed (space TEXT, place TEXT, vectors INTEGER NOT NULL, PRIMARY KEY (space, place));
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


def opened(target: str) -> sqlite3.Connection:
    """The file of a library at `target` (":memory:": none), with every table it needs. Raises sqlite3.Error."""
    db = connected(target)
    _divide_versions(db)
    db.executescript(_SCHEMA)
    return db


def connected(target: str) -> sqlite3.Connection:
    """A file that several threads and processes may use at once. Raises sqlite3.Error."""
    # Sources are asked in threads; SQLite's own lock makes one connection safe among them.
    db = sqlite3.connect(target, timeout=_PATIENCE, check_same_thread=False)
    _write_ahead(db)
    db.execute("PRAGMA synchronous = FULL")  # what was said to be stored outlasts a power cut too
    return db


def _write_ahead(db: sqlite3.Connection) -> None:
    """Keep a log of writes. SQLite's timeout does not cover this: two that open a new file at once must take turns."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.005)


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
