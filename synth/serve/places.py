"""Where everything of the application lies, and which of its files may be handed out.

A name that comes with a request is never part of a path before it is known: ids must have the shape that `content_id`
gives them, and files are taken from a list. So no request can name a file outside the folder of the application.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

__all__ = ["FILES", "KINDS", "Places", "is_id"]

KINDS: Final = ("report", "verify", "audit", "replication")
# What may be handed out of a job's folder, by the kind of job, with its type.
FILES: Final[Mapping[str, Mapping[str, str]]] = {
    "report": {
        "report.html": "text/html; charset=utf-8",
        "report.pdf": "application/pdf",
        "report.md": "text/markdown; charset=utf-8",
        "report.json": "application/json",
        "references.bib": "text/plain; charset=utf-8",
        "references.csl.json": "application/json",
        "references.ris": "text/plain; charset=utf-8",
        "report.jsonld": "application/ld+json",
        "claims.csv": "text/csv; charset=utf-8",
        "claims.jsonl": "application/x-ndjson",
        "evidence.jsonl": "application/x-ndjson",
        "manifest.json": "application/json",
        "ro-crate-metadata.json": "application/ld+json",
        "card.txt": "text/plain; charset=utf-8",
    },
    "verify": {"verdicts.jsonl": "application/x-ndjson"},
    "audit": {
        "audit.json": "application/json",
        "audit.md": "text/markdown; charset=utf-8",
        "audit.html": "text/html; charset=utf-8",
    },
    "replication": {
        "report.html": "text/html; charset=utf-8",
        "report.pdf": "application/pdf",
        "verdict.json": "application/json",
        "plan.json": "application/json",
        "experiment.json": "application/json",
        "measurements.jsonl": "application/x-ndjson",
        "evidence.jsonl": "application/x-ndjson",
    },
}
# The file that says what came of a job; the others may lie there while it is under way.
_RESULTS: Final = {
    "report": "report.json", "verify": "verdicts.jsonl", "audit": "audit.json", "replication": "verdict.json"
}  # fmt: skip
_ID = re.compile(r"(report|verify|audit|replication)-[0-9a-f]{10}")


def is_id(name: str) -> bool:
    """Whether the name has the shape of a job's id: a kind, a hyphen, ten hexadecimal digits."""
    return _ID.fullmatch(name) is not None


class Places:
    """The folders of the application below `home`, the data folder of the person."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "serve"
        self.database = self.folder / "jobs.sqlite"
        self.lock = self.folder / "serve.lock"
        self.secret = self.folder / "secret"
        self.uploads = self.folder / "uploads"
        self.pictures = self.folder / "pictures"

    def make(self) -> None:
        """Make the folders, for this person alone. OSError where they cannot be made."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        for folder in (self.uploads, self.pictures, *(self.folder / kind for kind in KINDS)):
            folder.mkdir(mode=0o700, exist_ok=True)

    def of(self, job: str) -> Path:
        """The folder of a job. ValueError for a name that is no id."""
        if not is_id(job):
            raise ValueError(f"no id of a job: {job[:40]!r}")
        return self.folder / job.partition("-")[0] / job

    def file(self, job: str, name: str) -> tuple[Path, str] | None:
        """A file of a job that may be handed out, with its type; None where there is none of that name."""
        if not is_id(job):
            return None
        kind = FILES[job.partition("-")[0]].get(name)
        if kind is None:
            return None
        path = self.of(job) / name
        # A link could lead out of the folder; nothing here makes one, so one that is there is not followed.
        return (path, kind) if path.is_file() and not path.is_symlink() else None

    def finished(self, job: str) -> bool:
        """Whether the result of a job is there."""
        return is_id(job) and self.file(job, _RESULTS[job.partition("-")[0]]) is not None

    def exports(self, job: str) -> list[str]:
        """The names of the files that are there to be taken, in their fixed order."""
        return [name for name in FILES[job.partition("-")[0]] if self.file(job, name)] if is_id(job) else []
