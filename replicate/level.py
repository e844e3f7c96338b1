"""Comparing a run with published scores, cell by cell: the acceptance test of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from replicate.check import Checked
from replicate.decide import Decision
from replicate.ledger import Tested
from replicate.plan import Plan
from replicate.records import Measurement

__all__ = ["Level", "level"]


class Level(NamedTuple):
    """`estimate`: the run's mean over the tasks of the mean over their languages, as the published figure is taken."""

    decision: Decision
    estimate: float | None
    checks: tuple[Checked, ...]


def level(tested: Tested, measured: Sequence[Measurement], plan: Plan) -> Level:
    """Hold the baseline arm against the published scores.

    The same model on the same data has no sampling error, so there is no interval: replicated when every task's mean
    lies within the band and every cell within its tolerance; with a different size when the means do and a cell does
    not; else not replicated. A missing cell makes it inconclusive.
    """
    found = {
        (m.task, m.language): m.value
        for m in measured
        if m.arm == plan.experiment.baseline and m.seed == plan.experiment.seeds[0]
    }
    checks: list[Checked] = []
    means, missing, off, far = [], 0, 0, []
    for expected in tested.expected:
        values = []
        for language, score in expected.scores.items():
            value = found.get((expected.task, language))
            outcome = _outcome(value, score, expected.tolerance)
            missing, off = missing + (outcome == "missing"), off + (outcome == "mismatch")
            values += [] if value is None else [value]
            checks.append(Checked(
                what=f"{expected.task} {language}", stated=score, found=None if value is None else round(value, 2),
                tolerance=expected.tolerance, outcome=outcome, mark=tested.effect.mark, source=expected.source,
            ))  # fmt: skip
        if len(values) == len(expected.scores):
            here, there = sum(values) / len(values), sum(expected.scores.values()) / len(expected.scores)
            means.append(here)
            if abs(here - there) > tested.effect.band:
                far.append(f"{expected.task} {here:.1f} for {there:.1f}")
    cells = sum(len(e.scores) for e in tested.expected)
    estimate = round(sum(means) / len(means), 4) if len(means) == len(tested.expected) else None
    return Level(_decision(cells, missing, off, far, tested.effect.band), estimate, tuple(checks))


def _outcome(value: float | None, score: float, tolerance: float) -> str:
    if value is None:
        return "missing"
    return "match" if abs(value - score) <= tolerance else "mismatch"


def _decision(cells: int, missing: int, off: int, far: Sequence[str], band: float) -> Decision:
    if missing:
        return Decision("inconclusive", f"{missing} of {cells} cells were not measured")
    if far:
        return Decision("not_replicated", f"a mean is off by more than {band:g} points: {'; '.join(far)}")
    if off:
        return Decision("replicated_different_size", f"the means agree, {off} of {cells} cells are off")
    return Decision("replicated", f"all {cells} cells and their means agree with the published scores")
