"""Jobs, their events, uploaded papers and the list of reports, kept in one SQLite file.

Written ahead and flushed to the disk at each commit: what `submit` has returned is stored, whatever happens to the
process afterwards. One connection serves all threads of the server, one at a time.

What becomes of jobs that ran when the server ended (`recover`): they are run again, since every kind of job lays down
its files whole or goes on where it stopped. A job that was running at three ends of the server is not tried a fourth
time: it is marked interrupted, for it may be what ends the server.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from synth import keeping
from synth.errors import InputError
from synth.records import Record, content_id

__all__ = ["ENDED", "Event", "Job", "Kind", "Listed", "State", "Store", "Upload"]

Kind = Literal["report", "verify", "audit", "replication"]
State = Literal["waiting", "running", "done", "partial", "failed", "cancelled", "interrupted"]
ENDED: tuple[State, ...] = ("done", "partial", "failed", "cancelled", "interrupted")
ATTEMPTS = 3  # how often a job is begun before it is given up
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, kind TEXT NOT NULL, title TEXT NOT NULL,
    request TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, cancelling INTEGER NOT NULL DEFAULT 0,
    reason TEXT, submitted TEXT NOT NULL, started TEXT, ended TEXT
);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, number);
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_job ON events (job, number);
CREATE TABLE IF NOT EXISTS papers (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, name TEXT NOT NULL, suffix TEXT NOT NULL,
    bytes INTEGER NOT NULL, title TEXT NOT NULL, names TEXT NOT NULL, added TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS reports (
    id TEXT PRIMARY KEY, question TEXT NOT NULL, status TEXT NOT NULL, counts TEXT NOT NULL, papers INTEGER NOT NULL,
    made TEXT NOT NULL, text TEXT NOT NULL
) WITHOUT ROWID;
"""
_JOB = "number, id, kind, title, request, state, attempts, reason, submitted, started, ended"


class Job(Record):
    """One job. `attempts` counts how often it was begun; times are ISO in UTC, None while they are not yet.

    `reason` says in one line why it failed, was cancelled or interrupted, or is partial; None otherwise.
    """

    number: int
    id: str
    kind: Kind
    title: str
    request: dict[str, Any]
    state: State
    attempts: int
    reason: str | None
    submitted: str
    started: str | None
    ended: str | None


class Event(Record):
    """What a job said: a stage began ("stage") or ended ("end"), a remark ("say"), or a change of state ("state")."""

    number: int
    kind: Literal["stage", "end", "say", "state"]
    data: dict[str, Any]


class Upload(Record):
    """A paper that was uploaded. `id` is the SHA-256 of its bytes; `names` are the ids that reports may give it."""

    id: str
    name: str
    suffix: str
    bytes: int
    title: str
    names: tuple[str, ...]
    added: str


class Listed(Record):
    """A report as the list shows it; `counts` are its claims by verdict."""

    id: str
    question: str
    status: str
    counts: dict[str, int]
    papers: int
    made: str


class Store:
    """The file. Safe to share between threads; `now` gives the time as ISO text."""

    def __init__(self, file: Path, now: Callable[[], str] | None = None) -> None:
        """Raises InputError where the file cannot be opened or is no database of this program."""
        self._now = now or (lambda: datetime.now(UTC).isoformat(timespec="seconds"))
        self._lock = threading.RLock()
        try:
            self._db = keeping.connected(str(file))
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as problem:
            raise InputError(f"{file}: cannot be used ({problem}); move it away or name another SYNTH_HOME") from None

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        with self._lock:
            self._db.close()

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def _change(self, statement: str, *values: Any) -> int:
        with self._lock, self._db:
            return self._db.execute(statement, values).rowcount

    # --- jobs ----------------------------------------------------------------------------------------

    def submit(self, kind: Kind, title: str, request: dict[str, Any]) -> Job:
        """Store a job, which waits for its turn. The id is made from what is asked and its number."""
        with self._lock, self._db:
            asked = json.dumps(request, ensure_ascii=False)
            number = self._db.execute(
                "INSERT INTO jobs (kind, title, request, state, attempts, submitted) VALUES (?, ?, ?, 'waiting', 0, ?)",
                (kind, title, asked, self._now()),
            ).lastrowid
            self._db.execute("UPDATE jobs SET id = ? WHERE number = ?", (content_id(kind, request, number), number))
        return self._jobs("WHERE number = ?", number)[0]

    def job(self, name: str) -> Job | None:
        """The job of that id; None where there is none."""
        return next(iter(self._jobs("WHERE id = ?", name)), None)

    def jobs(self, kind: Kind | None = None, limit: int = 50) -> list[Job]:
        """The latest jobs first, of one kind or of all."""
        if kind is None:
            return self._jobs("ORDER BY number DESC LIMIT ?", limit)
        return self._jobs("WHERE kind = ? ORDER BY number DESC LIMIT ?", kind, limit)

    def count(self, state: State) -> int:
        """How many jobs are in a state."""
        return int(self._rows("SELECT COUNT(*) FROM jobs WHERE state = ?", state)[0][0])

    def ahead(self, job: Job) -> int:
        """How many jobs wait before this one."""
        rows = self._rows("SELECT COUNT(*) FROM jobs WHERE state = 'waiting' AND number < ?", job.number)
        return int(rows[0][0])

    def take(self) -> Job | None:
        """The job that has waited longest, now running; None where none waits."""
        with self._lock, self._db:
            rows = self._db.execute(
                f"UPDATE jobs SET state = 'running', attempts = attempts + 1, started = ?, reason = NULL WHERE number"  # noqa: S608
                f" = (SELECT MIN(number) FROM jobs WHERE state = 'waiting') RETURNING {_JOB}",
                (self._now(),),
            ).fetchall()
        return _job(rows[0]) if rows else None

    def settle(self, name: str, state: State, reason: str | None = None) -> None:
        """A job has ended, and how."""
        with self._lock:
            changed = self._change(
                "UPDATE jobs SET state = ?, reason = ?, ended = ? WHERE id = ? AND state IN ('waiting', 'running')",
                state, reason, self._now(), name,
            )  # fmt: skip
            if changed:
                self.say(name, "state", {"state": state, "reason": reason})

    def cancel(self, name: str) -> Job | None:
        """Cancel a job: at once where it waits, else by a mark that `cancelling` shows. None for no such job."""
        with self._lock:
            self._change("UPDATE jobs SET cancelling = 1 WHERE id = ? AND state = 'running'", name)
            job = self.job(name)
            if job is not None and job.state == "waiting":
                self.settle(name, "cancelled", "cancelled before it began")
            return self.job(name)

    def cancelling(self, name: str) -> bool:
        """Whether a running job is to be cancelled."""
        return bool(self._rows("SELECT 1 FROM jobs WHERE id = ? AND cancelling = 1", name))

    def put_back(self, name: str) -> None:
        """A running job waits again: the server was stopped in good order, which is not the job's fault."""
        with self._lock:
            if self._change(
                "UPDATE jobs SET state = 'waiting', attempts = attempts - 1 WHERE id = ? AND state = 'running'", name
            ):
                self.say(name, "say", {"line": "the server was stopped; the job is run again when it is started"})

    def recover(self) -> list[Job]:
        """Give the jobs that an ended server left running their new state (see above); they are returned with it."""
        left = self._jobs("WHERE state = 'running'")
        for job in left:
            if self.cancelling(job.id):
                self.settle(job.id, "cancelled", "cancelled")
            elif job.attempts >= ATTEMPTS:
                self.settle(
                    job.id, "interrupted", f"the server ended {job.attempts} times while this ran; ask again to try it"
                )
            else:
                self._change("UPDATE jobs SET state = 'waiting' WHERE id = ?", job.id)
                again = f"the server ended while this ran; it is run again (attempt {job.attempts + 1} of {ATTEMPTS})"
                self.say(job.id, "say", {"line": again})
        return [job for job in map(self.job, (one.id for one in left)) if job is not None]

    def _jobs(self, where: str, *values: Any) -> list[Job]:
        return [_job(row) for row in self._rows(f"SELECT {_JOB} FROM jobs {where}", *values)]  # noqa: S608 (fixed)

    # --- events --------------------------------------------------------------------------------------

    def say(self, job: str, kind: Literal["stage", "end", "say", "state"], data: dict[str, Any]) -> None:
        """Keep an event of a job."""
        self._change(
            "INSERT INTO events (job, kind, data) VALUES (?, ?, ?)", job, kind, json.dumps(data, ensure_ascii=False)
        )

    def events(self, job: str, after: int = 0, limit: int = 1000) -> list[Event]:
        """The events of a job after a number, in order."""
        rows = self._rows(
            "SELECT number, kind, data FROM events WHERE job = ? AND number > ? ORDER BY number LIMIT ?",
            job, after, limit,
        )  # fmt: skip
        return [Event(number=number, kind=kind, data=json.loads(data)) for number, kind, data in rows]

    # --- papers --------------------------------------------------------------------------------------

    def keep_paper(self, paper: Upload) -> Upload:
        """Keep a paper. The same bytes again are the paper that is there already, under its first name."""
        self._change(
            "INSERT OR IGNORE INTO papers (id, name, suffix, bytes, title, names, added) VALUES (?, ?, ?, ?, ?, ?, ?)",
            paper.id, paper.name, paper.suffix, paper.bytes, paper.title, json.dumps(paper.names), self._now(),
        )  # fmt: skip
        return next(one for one in self.papers() if one.id == paper.id)

    def papers(self) -> list[Upload]:
        """The uploaded papers, the latest first."""
        rows = self._rows("SELECT id, name, suffix, bytes, title, names, added FROM papers ORDER BY number DESC")
        return [
            Upload(
                id=row[0], name=row[1], suffix=row[2], bytes=row[3], title=row[4], names=tuple(json.loads(row[5])),
                added=row[6],
            )
            for row in rows
        ]  # fmt: skip

    # --- reports -------------------------------------------------------------------------------------

    def list_report(self, report: Listed, text: str) -> None:
        """Take a report into the list; `text` is what it can be found by, in lower case."""
        self._change(
            "INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?, ?, ?, ?)",
            report.id, report.question, report.status, json.dumps(report.counts), report.papers, report.made, text,
        )  # fmt: skip

    def drop_reports(self, names: Sequence[str]) -> None:
        """Take reports out of the list whose folders are gone."""
        for name in names:
            self._change("DELETE FROM reports WHERE id = ?", name)

    def listed(self) -> set[str]:
        """The ids of the reports in the list."""
        return {row[0] for row in self._rows("SELECT id FROM reports")}

    def reports(self, words: Sequence[str] = (), limit: int = 50, skip: int = 0) -> tuple[list[Listed], int]:
        """Reports that hold every one of `words` (lower case), the latest first; and how many there are in all."""
        where = " AND ".join(["text LIKE ? ESCAPE '!'"] * len(words)) or "1"
        like = ["%" + word.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%" for word in words]
        count = int(self._rows(f"SELECT COUNT(*) FROM reports WHERE {where}", *like)[0][0])  # noqa: S608 (only marks)
        rows = self._rows(
            "SELECT id, question, status, counts, papers, made FROM reports "  # noqa: S608 (only marks)
            f"WHERE {where} ORDER BY made DESC, id LIMIT ? OFFSET ?",
            *like, limit, skip,
        )  # fmt: skip
        found = [
            Listed(id=row[0], question=row[1], status=row[2], counts=json.loads(row[3]), papers=row[4], made=row[5])
            for row in rows
        ]
        return found, count


def _job(row: tuple[Any, ...]) -> Job:
    names = ("number", "id", "kind", "title", "request", "state", "attempts", "reason", "submitted", "started", "ended")
    return Job.model_validate({**dict(zip(names, row, strict=True)), "request": json.loads(row[4])})
