"""What the findings are made from, and how one is put into words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from synth.audit.answered import Answered
from synth.audit.judged import Judged
from synth.audit.shelves import Named, Shelves
from synth.audit.stated import Card, Finding, FindingKind, Severity
from synth.records import Question
from synth.text import shorten

__all__ = ["Seen", "brief", "listed", "made", "many"]

_QUOTED = 240  # characters of a quote in a message


class Seen(NamedTuple):
    """All that the findings are made from. `topics` are places of references with whether they bear on the question.

    `fallen` tells in words what a notice says, by place; `doubted` likewise for concerns and errata.
    """

    card: Card
    question: Question | None
    named: tuple[Named, ...]
    base: tuple[int, ...]
    shelves: Shelves
    judged: Judged
    answer: Answered
    sames: tuple[int | None, ...]
    topics: dict[int, tuple[bool, str]]
    fallen: dict[int, str]
    doubted: dict[int, str]
    stamped: dict[int, str]


def made(kind: FindingKind, severity: Severity, message: str, *indexes: int) -> Finding:
    """A finding; white space in the message is made plain."""
    return Finding(kind=kind, severity=severity, message=" ".join(message.split()), claim_indexes=tuple(indexes))


def brief(text: str) -> str:
    """A text as a quote on one line, shortened at a word, its full stop left to the sentence around it."""
    return f"“{shorten(' '.join(text.split()), _QUOTED).rstrip('.')}”"


def many(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(indexes: Sequence[int]) -> str:
    """Claims by their numbers, the first dozen of them."""
    shown = ", ".join(map(str, indexes[:12]))
    return f"claim {shown}" if len(indexes) == 1 else f"claims {shown}" + (" ..." if len(indexes) > 12 else "")
