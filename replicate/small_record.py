"""What came of the experiment at small scale, as one record: the published page is built from it and from nothing else.

Every number is computed from the predictions of finished stages. What has no result is listed, never counted as 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from replicate import bootstrap, ledger
from replicate.arms import ArmVerdict, judged
from replicate.corpus import Account
from replicate.measured import Measured, measure
from replicate.plan import Plan
from replicate.runs import Done, Run
from synth.errors import InputError
from synth.records import Record

__all__ = ["ArmRecord", "LayerRecord", "Pretraining", "SmallRecord", "Target", "record"]

_POINTS = 20  # of a learning curve


class Pretraining(Record):
    """The encoder's making. `losses` are means of equally many steps in order; `seconds` are of wall time."""

    seed: int
    steps: int
    tokens: int
    seconds: float
    losses: tuple[float, ...]
    size: dict[str, int | float]


class ArmRecord(Record):
    """One arm's intermediate trainings: over how many seeds, what they cost, the development score of each task."""

    arm: str
    control: str | None
    seeds: tuple[int, ...]
    steps: int
    tokens: int
    seconds: float
    notes: tuple[str, ...]
    degenerate: int


class LayerRecord(Record):
    """An arm at one hidden layer of a retrieval target: its mean, and the difference to the baseline at that layer."""

    arm: str
    layer: int
    value: float
    estimate: float | None
    interval: tuple[float, float] | None


class Target(Record):
    """One target: what the baseline does, each arm against it, and every layer. `chance` is in points.

    `holm`: the p-values of the arms that are no controls, after Holm's correction over all targets.
    """

    task: str
    metric: str
    languages: tuple[str, ...]
    n: int
    chance: float | None
    baseline: float
    baselines: tuple[tuple[str, float], ...]
    arms: tuple[ArmVerdict, ...]
    holm: tuple[tuple[str, float], ...]
    layers: tuple[LayerRecord, ...]


class SmallRecord(Record):
    """The whole experiment. `planned` and `done` count stages, `missing` says which cells have no result."""

    schema_: Literal["replicate/small/1"] = Field("replicate/small/1", alias="schema")
    plan: str
    code: str
    layer: int
    seeds: tuple[int, ...]
    text: tuple[Account, ...]
    pretraining: Pretraining
    arms: tuple[ArmRecord, ...]
    targets: tuple[Target, ...]
    planned: int
    done: int
    failed: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    machine: dict[str, str | int | float]


def record(folder: Path) -> SmallRecord:
    """The record of an experiment's folder. InputError where no encoder was pretrained yet, or a file was changed."""
    run = Run(folder / "run")
    plan = run.plan()
    done = {one.stage.id: found for one in plan.stages if (found := run.done(one.stage.id)) is not None}
    first = plan.stages[0]
    if first.stage.id not in done:
        raise InputError(f"{run.folder}: the encoder is not pretrained yet; go on with replicate small run")
    measured = measure(run, plan)
    targets = [_target(plan, task, measured) for task in plan.experiment.targets]
    scored = _adjusted([one for one in targets if one is not None])
    failed = [(one.spec.kind, seen.reason) for one in plan.stages if (seen := run.failed(one.stage.id)) is not None]
    return SmallRecord(
        schema="replicate/small/1", plan=plan.id, code=plan.code, layer=plan.experiment.layer or 0,
        seeds=plan.experiment.seeds, text=run.lines(Account, folder / "data" / "accounts.jsonl"),
        pretraining=_pretraining(done[first.stage.id]), arms=_arms(plan, done), targets=scored,
        planned=len(plan.stages), done=len(done), failed=tuple(dict.fromkeys(failed)),
        missing=_missing(plan, measured), machine=done[first.stage.id].machine,
    )  # fmt: skip


def _pretraining(done: Done) -> Pretraining:
    from replicate.train import thin

    size = {k: v for k, v in ledger.recipe("small/pretrained").options.items() if isinstance(v, int | float)}
    losses = tuple(round(loss, 4) for loss in thin(done.result.losses, _POINTS))
    return Pretraining(
        seed=done.stage.seed, steps=done.result.steps, tokens=done.result.tokens,
        seconds=round(done.result.seconds, 1), losses=losses, size=size,
    )


def _arms(plan: Plan, done: dict[str, Done]) -> tuple[ArmRecord, ...]:
    out = []
    for arm in plan.experiment.arms:
        wanted = ("intermediate", arm.mode, arm.intermediates, arm.control)
        mine = [
            done[one.stage.id] for one in plan.stages if one.stage.id in done
            and (one.spec.kind, one.spec.mode, one.spec.tasks, one.spec.control) == wanted
        ]  # fmt: skip
        results = [one.result for one in mine]
        out.append(ArmRecord(
            arm=arm.id, control=arm.control, seeds=tuple(sorted(one.stage.seed for one in mine)),
            steps=sum(r.steps for r in results), tokens=sum(r.tokens for r in results),
            seconds=round(sum(r.seconds for r in results), 1), notes=tuple(n for r in results for n in r.notes),
            degenerate=sum(r.degenerate for r in results),
        ))  # fmt: skip
    return tuple(out)


# --- a target ---------------------------------------------------------------------------------------------


def _only(plan: Plan, task: str, layer: int | None) -> Plan:
    """The plan of one target at one layer: seeds are then asked to be whole in that target alone."""
    experiment = plan.experiment.model_copy(update={"targets": (task,), "layer": layer})
    cells = tuple(cell for cell in plan.cells if cell.task == task)
    return plan.model_copy(update={"experiment": experiment, "cells": cells})


def _target(plan: Plan, task: str, measured: Sequence[Measured]) -> Target | None:
    """What was measured on a target; None where the baseline was not."""
    own = [one for one in measured if one.measurement.task == task]
    base = [one.measurement for one in own if one.measurement.arm == plan.experiment.baseline]
    if not base:
        return None
    layers = sorted({m.layer for m in base if m.layer is not None})
    declared = plan.experiment.layer
    at = [m for m in base if m.layer in (None, declared)]
    languages = tuple(dict.fromkeys(m.language for m in at))
    sizes = {m.language: m.n for m in at}
    by_language = tuple((lang, _mean([m.value for m in at if m.language == lang])) for lang in languages)
    return Target(
        task=task, metric=base[0].metric, languages=languages, n=sum(sizes.values()), chance=_chance(task, sizes),
        baseline=_mean([value for _, value in by_language]), baselines=by_language,
        arms=tuple(one.verdict for one in judged(_only(plan, task, declared), own)), holm=(),
        layers=tuple(row for layer in layers for row in _layer(plan, task, layer, own)),
    )  # fmt: skip


def _layer(plan: Plan, task: str, layer: int, own: Sequence[Measured]) -> list[LayerRecord]:
    verdicts = {one.verdict.arm: one.verdict for one in judged(_only(plan, task, layer), own)}
    rows = []
    for arm in plan.experiment.arms:
        values = [m.value for m in (o.measurement for o in own) if m.arm == arm.id and m.layer == layer]
        if values:
            seen = verdicts.get(arm.id)
            rows.append(LayerRecord(
                arm=arm.id, layer=layer, value=_mean(values), estimate=seen.estimate if seen else None,
                interval=seen.interval if seen else None,
            ))  # fmt: skip
    return rows


def _adjusted(targets: Sequence[Target]) -> tuple[Target, ...]:
    """The targets with Holm's correction over all arms, but controls, of all of them."""
    given = {(t.task, a.arm): a.p for t in targets for a in t.arms if a.p is not None and a.role != "control"}
    found = bootstrap.holm({f"{task} {arm}": p for (task, arm), p in given.items() if p is not None})
    return tuple(
        one.model_copy(update={
            "holm": tuple((a, float(f"{found[f'{t} {a}']:.3g}")) for t, a in given if t == one.task)
        })
        for one in targets
    )  # fmt: skip


def _chance(task: str, sizes: dict[str, int]) -> float | None:
    """What guessing gives, in points: one place of so many in Tatoeba, one class of three in XNLI; None elsewhere."""
    if task == "tatoeba":
        return round(sum(100 / n for n in sizes.values()) / len(sizes), 4)
    return round(100 / 3, 4) if task == "xnli" else None


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4)


def _missing(plan: Plan, measured: Sequence[Measured]) -> tuple[str, ...]:
    """`task: arm (seeds)` for every cell of the plan without a measurement."""
    there = {(one.measurement.task, one.measurement.arm, one.measurement.seed) for one in measured}
    lacking: dict[tuple[str, str], list[int]] = {}
    for cell in plan.cells:
        if (cell.task, cell.arm, cell.seed) not in there:
            lacking.setdefault((cell.task, cell.arm), []).append(cell.seed)
    return tuple(f"{task}: {arm} ({', '.join(map(str, seeds))})" for (task, arm), seeds in lacking.items())
