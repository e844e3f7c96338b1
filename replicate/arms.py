"""Each arm against the baseline: the whole, its targets and their languages, seed by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Literal, NamedTuple

from replicate import bootstrap
from replicate.bootstrap import Arm as ArmExamples
from replicate.bootstrap import Contrast, Interval, Language
from replicate.measured import Measured
from replicate.plan import Plan
from replicate.records import Measurement
from synth.records import Record

__all__ = ["ArmVerdict", "CellVerdict", "Judged", "Rows", "by_arm", "figures", "judged", "primary"]

Rows = Mapping[Language, Mapping[int, Measured]]  # (task, language) -> seed -> measurement with its statistics
ArmRole = Literal["treatment", "control", "other"]


class CellVerdict(Record):
    """The difference on one target, one of its languages, or (both None) on the whole."""

    task: str | None
    language: str | None
    baseline: float
    treatment: float
    estimate: float
    interval: tuple[float, float]
    p: float
    n: int


class ArmVerdict(Record):
    """An arm against the baseline. `by_seed` are the differences of single seeds; `degenerate` of `runs` collapsed."""

    arm: str
    role: Literal["treatment", "control", "other"]
    baseline: str
    estimate: float | None
    interval: tuple[float, float] | None
    p: float | None
    median: float | None
    by_seed: tuple[tuple[int, float], ...]
    cells: tuple[CellVerdict, ...]
    degenerate: int
    runs: int
    missing: tuple[str, ...]


class Judged(NamedTuple):
    """An arm's verdict and the interval of the whole; None where no seed is complete."""

    verdict: ArmVerdict
    whole: Interval | None


def judged(plan: Plan, measured: Sequence[Measured]) -> tuple[Judged, ...]:
    """All arms but the baseline, in the order of the experiment."""
    examples = by_arm(plan, measured)
    found = []
    for arm in plan.experiment.arms:
        if arm.id != plan.experiment.baseline:
            role: ArmRole = "control" if arm.id in plan.controls else "other"
            found.append(_arm(plan, arm.id, "treatment" if arm.id == plan.experiment.treatment else role, examples))
    return tuple(found)


def primary(plan: Plan, one: Measurement) -> bool:
    """Whether a measurement is at the declared layer; targets that are trained have no layer."""
    return one.layer is None or one.layer == plan.experiment.layer


def by_arm(plan: Plan, measured: Sequence[Measured]) -> dict[str, dict[Language, dict[int, Measured]]]:
    """Arm -> (task, language) -> seed -> measurement with its statistics, at the declared layer."""
    found: dict[str, dict[Language, dict[int, Measured]]] = {}
    for one in measured:
        m = one.measurement
        if primary(plan, m):
            found.setdefault(m.arm, {}).setdefault((m.task, m.language), {})[m.seed] = one
    return found


def _complete(plan: Plan, rows: Rows, targets: Sequence[str]) -> list[int]:
    """The seeds that have every language of every target."""
    if not set(targets) <= {task for task, _ in rows}:
        return []
    return [seed for seed in plan.experiment.seeds if all(seed in seeds for seeds in rows.values())]


def _arm(plan: Plan, arm: str, role: ArmRole, examples: Mapping[str, Rows]) -> Judged:
    declared = [c.task for c in plan.cells if c.arm == arm and c.seed == plan.experiment.seeds[0] and c.stage]
    both = [{task for task, _ in examples.get(name, {})} for name in (arm, plan.experiment.baseline)]
    targets = [task for task in declared if task in both[0] & both[1]]
    own, base = (
        {key: rows for key, rows in examples.get(name, {}).items() if key[0] in targets}
        for name in (arm, plan.experiment.baseline)
    )
    seeds = [s for s in _complete(plan, own, targets) if s in _complete(plan, base, targets)]
    collapsed: dict[str, bool] = {}
    for one in (one.measurement for rows in own.values() for one in rows.values()):
        collapsed[one.stage] = collapsed.get(one.stage, False) or one.degenerate
    empty = ArmVerdict(
        arm=arm, role=role, baseline=plan.experiment.baseline, estimate=None, interval=None, p=None, median=None,
        by_seed=(), cells=(), degenerate=sum(collapsed.values()), runs=len(collapsed),
        missing=(
            *(f"target {task}" for task in declared if task not in targets),
            *(f"seed {seed}" for seed in plan.experiment.seeds if seed not in seeds),
        ),
    )  # fmt: skip
    if not seeds or not targets:
        return Judged(empty, None)
    contrasts = bootstrap.contrast(
        _rows(own, seeds), _rows(base, seeds), count=plan.rule.draws, seed=plan.rule.draw_seed
    )
    overall = _overall(contrasts, targets)
    whole = bootstrap.interval(overall, level=plan.rule.level)
    full = [round(float(x), 4) for x in overall.full]
    return Judged(empty.model_copy(update={
        "estimate": round(whole.estimate, 4), "interval": (round(whole.low, 4), round(whole.high, 4)),
        "p": figures(whole.p), "median": round(median(full), 4), "by_seed": tuple(zip(seeds, full, strict=True)),
        "cells": _cells(plan, contrasts, own, base, seeds, targets),
    }), whole)  # fmt: skip


def _rows(by_language: Rows, seeds: Sequence[int]) -> ArmExamples:
    return {key: [rows[seed].examples for seed in seeds] for key, rows in by_language.items()}


def _overall(contrasts: Mapping[Language, Contrast], targets: Sequence[str]) -> Contrast:
    return bootstrap.mean([bootstrap.mean([c for key, c in contrasts.items() if key[0] == task]) for task in targets])


def _cells(
    plan: Plan, contrasts: Mapping[Language, Contrast], own: Rows, base: Rows, seeds: Sequence[int],
    targets: Sequence[str],
) -> tuple[CellVerdict, ...]:  # fmt: skip
    """The whole, then each target, then each of its languages."""

    def cell(task: str | None, language: str | None, one: Contrast, keys: Sequence[Language]) -> CellVerdict:
        found = bootstrap.interval(one, level=plan.rule.level)
        return CellVerdict(
            task=task, language=language, baseline=_mean_of(base, keys, seeds), treatment=_mean_of(own, keys, seeds),
            estimate=round(found.estimate, 4), interval=(round(found.low, 4), round(found.high, 4)),
            p=figures(found.p), n=sum(own[key][seeds[0]].measurement.n for key in keys),
        )  # fmt: skip

    cells = [cell(None, None, _overall(contrasts, targets), [k for t in targets for k in contrasts if k[0] == t])]
    for task in targets:
        keys = [key for key in contrasts if key[0] == task]
        cells.append(cell(task, None, bootstrap.mean([contrasts[key] for key in keys]), keys))
        cells += [cell(task, key[1], contrasts[key], [key]) for key in keys]
    return tuple(cells)


def _mean_of(rows: Rows, keys: Sequence[Language], seeds: Sequence[int]) -> float:
    """The plain mean over seeds and languages, then over tasks."""
    means = []
    for task in dict.fromkeys(task for task, _ in keys):
        values = [rows[key][seed].measurement.value for key in keys if key[0] == task for seed in seeds]
        means.append(sum(values) / len(values))
    return round(sum(means) / len(means), 4)


def figures(p: float) -> float:
    """A p-value to three figures: more would differ between machines."""
    return float(f"{p:.3g}")
