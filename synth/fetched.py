"""What asking for a full text came to: the places that were tried, and the text as one of the paper asked for."""

from __future__ import annotations

import re
from typing import Literal

from synth.records import Paper, ReadPaper, Record, Section
from synth.text import words

__all__ = ["Attempt", "Fetched", "Outcome", "abstract", "belongs", "of_paper", "versioned"]

Outcome = Literal["read", "absent", "failed", "unusable", "not_allowed"]


class Attempt(Record):
    """One place that was tried.

    `absent`: it has no such text. `failed`: it could not be asked. `unusable`: what it gave is no text of this paper
    that could be read. `not_allowed`: the address lies, or leads, to a host that papers are not fetched from.
    """

    place: str
    url: str
    outcome: Outcome
    reason: str | None


class Fetched(Record):
    """`read` is the text with its tier; None where there is not even an abstract, and `attempts` say why."""

    read: ReadPaper | None
    attempts: tuple[Attempt, ...]

    @property
    def reason(self) -> str:
        """One line on what became of the full text."""
        if self.attempts and self.attempts[-1].outcome == "read":
            return f"full text from {self.attempts[-1].place}"
        by_reason: dict[str | None, list[str]] = {}
        for attempt in self.attempts:
            by_reason.setdefault(attempt.reason, []).append(attempt.place)
        tried = "; ".join(f"{', '.join(places)}: {reason}" for reason, places in by_reason.items())
        return f"no full text ({tried or 'no id by which one could be asked for'})"


def belongs(read: ReadPaper, paper: Paper) -> bool:
    """Whether most words of the title stand at the beginning of what came: a place may give another paper's file."""
    wanted = {word for word in words(paper.title) if len(word) > 2}
    there = {*words(read.paper.title), *words(read.text[:4000])}
    return len(wanted & there) >= 0.6 * len(wanted)


def of_paper(read: ReadPaper, paper: Paper, note: str) -> ReadPaper:
    """The text as one of the record that was asked for: its id and source stay, `note` says where it was read."""
    known = paper.model_copy(update={"tier": read.tier, "abstract": paper.abstract or read.paper.abstract})
    stated = read.paper.version if read.paper.ids.arxiv == paper.ids.arxiv and paper.ids.arxiv else None
    if stated:
        known = known.model_copy(update={"version": stated})
    return read.model_copy(update={"paper": known, "notes": (*read.notes, note)})


def versioned(read: ReadPaper, number: str, page: bytes) -> ReadPaper:
    """The version that the text itself names, else the one asked for: what a quote from it is a quote of."""
    bare = re.sub(r"v\d+$", "", number)
    named = re.search(rb"arxiv:" + re.escape(bare).encode() + rb"(v\d+)", page, re.IGNORECASE)
    asked_for = re.search(r"(v\d+)$", number)
    version = named[1].decode() if named else read.paper.version or (asked_for[1] if asked_for else None)
    return read.model_copy(update={"paper": read.paper.model_copy(update={"version": version})})


def abstract(paper: Paper, why: str) -> ReadPaper | None:
    """The abstract as the text, and why there is no other; None where there is not even that."""
    if not (paper.abstract or "").strip():
        return None
    text = paper.abstract or ""
    return ReadPaper(
        paper=paper.model_copy(update={"tier": "abstract"}),
        tier="abstract",
        text=text,
        sections=(Section(heading="Abstract", page=None, start=0, end=len(text)),),
        notes=(f"only the abstract was read: {why}",),
    )
