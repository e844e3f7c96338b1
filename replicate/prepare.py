"""Before anything trains: the plan is laid down, the family is written, the labels are read and their hashes kept."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from replicate import family, gold, load
from replicate.execute import Watch
from replicate.place import Place
from replicate.plan import Plan
from replicate.runs import Run, lay_down
from synth.errors import InputError
from synth.library import file_hash

__all__ = ["begin", "prepare", "resources"]


def begin(run: Run, plan: Plan, *, resume: bool) -> None:
    """Lay down the plan, or find the same one there.

    Raises InputError where the folder holds another run, or the same one and `resume` is False.
    """
    if not run.begun():
        if run.folder.is_dir() and any(run.folder.iterdir()) and not _only_begun(run.folder):
            raise InputError(f"{run.folder}: is not empty and holds no run; name another folder with --out")
        run.write_plan(plan)
        return
    before = run.plan()
    if before.id != plan.id:
        raise InputError(
            f"{run.folder}: holds another run ({_difference(before, plan)}); name another folder with --out"
        )
    if not resume:
        raise InputError(f"{run.folder}: this run was begun already; add --resume to go on, or name another with --out")


def _only_begun(folder: Path) -> bool:
    """A process that was killed while it laid down the plan leaves no more than these."""
    return all(path.name.startswith(".") or path.name == "experiment.json" for path in folder.iterdir())


def _difference(before: Plan, now: Plan) -> str:
    if before.experiment.id != now.experiment.id:
        return f"of {before.experiment.id}"
    for what, old, new in (
        ("preset", before.experiment.preset, now.experiment.preset), ("model", before.model, now.model),
        ("seeds", before.experiment.seeds, now.experiment.seeds), ("data", before.data, now.data),
        ("code", before.code, now.code),
    ):  # fmt: skip
        if old != new:
            return f"its {what} is {old}, now {new}"
    return "planned from other recipes, data or rules"


def prepare(run: Run, plan: Plan, places: tuple[Place, ...], watch: Watch) -> dict[str, str]:
    """Lay down the family (preset micro) and the labels of all targets; yields task -> why it cannot be scored."""
    from filelock import FileLock

    run.stages.mkdir(parents=True, exist_ok=True)
    with FileLock(run.folder / ".prepare.lock"):
        if plan.world is not None and not (run.folder / "data").is_dir():
            watch.say(f"writing the made-up language family (seed {plan.world})")
            partial = run.folder / "data.partial"
            shutil.rmtree(partial, ignore_errors=True)
            family.write(partial, family.MICRO, plan.world)
            partial.rename(run.folder / "data")
        where = (load.family(run.folder / "data"),) if plan.world is not None else places
        problems: dict[str, str] = {}
        hashes: dict[str, str] = {}
        for task in plan.experiment.targets:
            try:
                for name, text in _labels(task, plan, where):
                    lay_down(run.labels / task / name, text)
                    hashes[f"{task}/{name}"] = file_hash(run.labels / task / name)
            except InputError as problem:
                problems[task] = str(problem)
        lay_down(run.labels / "lock.json", json.dumps(hashes, indent=1, sort_keys=True) + "\n")
    return problems


def _labels(task: str, plan: Plan, places: tuple[Place, ...]) -> list[tuple[str, str]]:
    place = _place_of(task, plan, places)
    found: list[tuple[str, str]] = []
    for language in gold.languages(task, place):
        found += gold.texts(task, language, place).items()
    if not found:
        raise InputError(f"{task}: no language can be read from {place.path or 'the hub'}")
    return found


def _place_of(task: str, plan: Plan, places: tuple[Place, ...]) -> Place:
    """The place that the plan took for a target: that of its stage."""
    if plan.world is not None:
        return places[0]
    for planned in plan.stages:
        if planned.spec.kind in ("target", "embed") and task in planned.spec.tasks:
            for place in places:
                if planned.spec.place == ("hub" if place.kind == "hub" else str(place.path)):
                    return place
    raise InputError(f"{task}: the plan has no stage that predicts it")


_WORK = 16  # bytes a parameter: weights, gradient and two moments in single precision
_PARAMETERS = {"xlm-roberta-large": 5.6e8, "xlm-roberta-base": 2.8e8, "bert-base-multilingual-cased": 1.8e8}


def resources(run: Run, plan: Plan, *, memory: bool) -> None:
    """Refuse a run that this disk (or memory, where the model runs in it) cannot hold, before it starts.

    Raises InputError with what is needed and what is there.
    """
    nearest = next(folder for folder in (run.folder, *run.folder.absolute().parents) if folder.exists())
    left = sum(p.cost.disk for p in plan.stages if not p.blocked and run.done(p.stage.id) is None)
    free = shutil.disk_usage(nearest).free
    if free < left * 1.1 + 1e7:
        raise InputError(f"{run.folder}: about {left / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB are free there")
    trains = any(p.cost.steps and not p.blocked for p in plan.stages)
    parameters = _PARAMETERS.get(plan.model.rpartition("/")[2])
    if not memory or parameters is None or "SC_PHYS_PAGES" not in os.sysconf_names:
        return
    needed = parameters * (_WORK if trains else 4)
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if there < needed:
        raise InputError(
            f"{plan.model}: about {needed / 1e9:.0f} GB of memory are needed, this machine has {there / 1e9:.0f} GB; "
            "take a smaller model (--model) or the preset retrieval"
        )
