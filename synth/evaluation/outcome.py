"""What one run of a benchmark counted, before it becomes figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from synth.evaluation.metrics import Figures, Tally
from synth.labelled.pairs import draw
from synth.records import Stance

__all__ = ["Outcome", "Verdict", "sample"]

T = TypeVar("T")


class Verdict(NamedTuple):
    """A label that came with a confidence, and whether it was right."""

    group: str
    label: Stance
    confidence: float
    right: bool


class Outcome(NamedTuple):
    """`n` of `of` units were judged by `verifier`; `tallies` are (group, counts), `figures` reads their sum.

    `measured` are figures without an interval, such as times.
    """

    unit: str
    n: int
    of: int
    verifier: str
    tallies: Sequence[tuple[str, Tally]]
    figures: Callable[[Tally], Figures]
    confusion: dict[str, dict[str, int]] | None = None
    verdicts: Sequence[Verdict] = ()
    notes: tuple[str, ...] = ()
    measured: Figures | None = None


def sample(items: Sequence[T], name: Callable[[T], str], limit: int | None, seed: int) -> list[T]:
    """At most `limit` of the items in their order, drawn by name and seed: a larger sample holds a smaller one."""
    if limit is None or limit >= len(items):
        return list(items)
    drawn = sorted(range(len(items)), key=lambda place: (draw(f"{seed} {name(items[place])}", 1 << 62), place))
    return [items[place] for place in sorted(drawn[:limit])]
