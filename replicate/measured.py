"""Measurements: the metric of each predictions file, computed from the file and never taken from elsewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

from replicate.gold import compared
from replicate.metrics.benchmark import target
from replicate.metrics.examples import Examples
from replicate.plan import Cell, Plan
from replicate.records import Measurement, Prediction, content_id
from replicate.runs import Done, Run
from synth.errors import InputError
from synth.library import file_hash

__all__ = ["Measured", "constant", "layer_of", "measure", "metric_name", "submitted"]

_LAYER = re.compile(r"\.L(\d+)\.[a-z]+$")
_MANY = 20  # fewer rows may all be equal by chance


class Measured(NamedTuple):
    """A measurement with the statistics it was made from."""

    measurement: Measurement
    examples: Examples


def layer_of(path: str) -> int | None:
    """The hidden layer in the name of a predictions file; None where there is none."""
    found = _LAYER.search(path)
    return int(found.group(1)) if found else None


def metric_name(task: str) -> str:
    """The one number of a target as the benchmark averages it."""
    return {"answers": "mean of exact match and F1", "tags": "F1", "pairs": "F1"}.get(target(task).kind, "accuracy")


def submitted(run: Run, one: Measurement) -> Path:
    """Where the copy of a predictions file at the declared layer lies, in the benchmark's submission layout."""
    name = f"test-{one.language}.{target(one.task).suffix}"
    return run.predictions / one.arm / f"seed-{one.seed}" / one.task / name


def measure(run: Run, plan: Plan) -> list[Measured]:
    """All measurements of the stages that are done, in the order of the plan, then language and layer.

    Raises InputError for a predictions or labels file that is missing or is not the one that was made.
    """
    labels = _checked_labels(run)
    done: dict[str, Done] = {}
    scored: dict[tuple[str, str], Examples] = {}
    found: list[Measured] = []
    for cell in plan.cells:
        if cell.stage is None:
            continue
        if cell.stage not in done:
            result = run.done(cell.stage)
            if result is None:
                continue
            if result.stage != plan.planned(cell.stage).stage:
                raise InputError(f"{run.folder_of(cell.stage)}/result.json: is of another stage than the plan's")
            done[cell.stage] = result
        for prediction in _ordered(done[cell.stage].result.predictions, cell.task):
            path = _checked(run, cell.stage, prediction)
            key = (cell.stage, prediction.path)
            if key not in scored:
                if f"{cell.task}/test-{prediction.language}.{target(cell.task).suffix}" not in labels:
                    raise InputError(f"{run.labels}: no labels of {cell.task} in {prediction.language}")
                scored[key] = compared(cell.task, prediction.language, run.labels / cell.task, path)
            found.append(_measurement(plan, cell, prediction, scored[key], done[cell.stage], path))
    return found


def _ordered(predictions: tuple[Prediction, ...], task: str) -> list[Prediction]:
    order = {language: n for n, language in enumerate(target(task).languages)}
    return sorted(
        (p for p in predictions if p.task == task),
        key=lambda p: (order.get(p.language, len(order)), p.language, layer_of(p.path) or 0),
    )


def _checked(run: Run, stage: str, prediction: Prediction) -> Path:
    """The path of the predictions file, which must hold the bytes that the model's run wrote."""
    path = run.folder_of(stage) / prediction.path
    if not path.is_file():
        raise InputError(f"{path}: is missing; remove {run.folder_of(stage)} and resume the run to make it again")
    if file_hash(path) != prediction.sha256:
        raise InputError(
            f"{path}: was changed after the run (its sha256 is not the recorded one); remove "
            f"{run.folder_of(stage)} and resume the run to make it again"
        )
    return path


def _checked_labels(run: Run) -> set[str]:
    """The names of the label files, each with the bytes that were laid down before the run."""
    lock = run.labels / "lock.json"
    if not lock.is_file():
        raise InputError(f"{lock}: is missing; finish the run with replicate run --resume")
    hashes: dict[str, str] = json.loads(lock.read_text(encoding="utf-8"))
    for name, sha256 in sorted(hashes.items()):
        path = run.labels / name
        if not path.is_file() or file_hash(path) != sha256:
            raise InputError(f"{path}: is missing or was changed after the run; start the run anew")
    return set(hashes)


def _measurement(
    plan: Plan, cell: Cell, prediction: Prediction, examples: Examples, done: Done, path: Path
) -> Measured:
    layer = layer_of(prediction.path)
    value = round(examples.value(), 6)
    name = metric_name(cell.task)
    at = "" if layer is None else f" layer={layer}"
    signature = (
        f"{name} task={cell.task} language={prediction.language} split={prediction.split} n={len(examples)}{at} "
        f"arm={cell.arm} seed={cell.seed} model={plan.model} stage={cell.stage} data={done.stage.data} {plan.code}"
    )
    key = [cell.stage, cell.arm, cell.seed, cell.task, prediction.language, prediction.split, layer, prediction.sha256]
    made = Measurement(
        id=content_id("m", *key), stage=done.stage.id, arm=cell.arm, seed=cell.seed, task=cell.task,
        language=prediction.language, split=prediction.split, layer=layer, metric=name, value=value, n=len(examples),
        degenerate=done.result.degenerate or constant(path, cell.task), predictions_sha256=prediction.sha256,
        signature=signature,
    )  # fmt: skip
    return Measured(made, examples)


def constant(path: Path, task: str) -> bool:
    """Whether all predictions of a file are one and the same: a collapsed model. Mined pairs are never constant."""
    kind = target(task).kind
    if kind == "pairs":
        return False
    text = path.read_text(encoding="utf-8")
    rows = list(json.loads(text).values()) if kind == "answers" else [row for row in text.split("\n") if row.strip()]
    return len(rows) >= _MANY and len(set(rows)) == 1
