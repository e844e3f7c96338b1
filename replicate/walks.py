"""How a plan is walked: in processes on this machine, or on a cluster; with which engine, and how many at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth.errors import InputError

if TYPE_CHECKING:
    from replicate.execute import Outcome, Runner, Watch
    from replicate.place import Place
    from replicate.plan import Plan
    from replicate.runs import Run

__all__ = ["Walk", "cores", "engine", "here", "needed", "on_ray", "places", "walked"]

Walk = Callable[["Run", "Plan", "Watch", dict[str, str], str], "Outcome"]


def cores() -> int:
    """The cores that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def places(device: str) -> tuple[str, ...]:
    """The devices here that the wish names."""
    from replicate import resources

    return resources.places(device)


def needed() -> None:
    """InputError, with the command that installs them, where the libraries of the engine are missing."""
    from importlib.util import find_spec

    missing = [name for name in ("torch", "transformers") if find_spec(name) is None]
    if missing:
        raise InputError(
            f"replicate run needs {' and '.join(missing)}: pip install 'synth-replicate[replicate]' "
            "(for a CPU alone, install torch from its CPU index first)"
        )


def engine(device: str, **options: Any) -> Runner:
    """The engine on a device. InputError for a device that is unknown or not there, and where a library is missing."""
    if device not in ("auto", "cpu", "cuda") and not device.startswith("cuda:"):
        raise InputError(f'--device: "{device}" is unknown; known: auto, cpu, cuda')
    needed()
    from replicate.engine import Engine

    made: Runner = Engine(device=device, **options)
    return made


def here(device: str, jobs: int | None, options: dict[str, Any]) -> Walk:
    """Walk a plan with `jobs` processes on this machine: by default one a core for a tiny model, one a GPU, else one.

    A tiny model gains nothing from a second thread: it is trained with one, and its seeds in several processes.
    """

    def walk(run: Run, plan: Plan, told: Watch, problems: dict[str, str], attempt: str) -> Outcome:
        from replicate import execute
        from replicate.workers import workers

        there = places(device)
        count = jobs or (len(there) if there[0].startswith("cuda") else cores() if plan.world is not None else 1)
        devices = [there[n % len(there)] for n in range(count)]
        shared = {**options, "threads": options["threads"] or (max(1, cores() // count) if count > 1 else None)}
        own = engine(devices[0], **shared)
        with workers(run.folder, devices[1:], attempt, problems, shared):
            return execute.walk(run, plan, own, told, problems, attempt)

    engine(device)  # what is missing is said before anything is written
    return walk


def on_ray(device: str, address: str | None, jobs: int, options: dict[str, Any]) -> Walk:
    """Walk a plan on a cluster, `jobs` stages on a GPU."""
    from functools import partial

    from replicate import cluster

    def walk(run: Run, plan: Plan, told: Watch, problems: dict[str, str], attempt: str) -> Outcome:
        ray = cluster.connected(address)
        try:
            each = cluster.share(ray, device, jobs)
            make = partial(engine, "auto" if each.gpus else "cpu", **options)
            return cluster.walk(run, plan, make, told, problems, attempt, ray=ray, each=each)
        finally:
            ray.shutdown()

    cluster.library()  # what is missing is said before anything is written
    return walk


def walked(
    made: Plan, among: tuple[Place, ...], folder: Path, walk: Walk | None, device: str, *, resume: bool, quiet: bool
) -> int:
    """Begin or resume the run in `folder`, and walk its plan; yields how many stages have no result.

    `among` are the places of its data, `walk` None where the plan has no stage. Raises InputError where the folder
    holds another run, or this machine has no room for this one.
    """
    from uuid import uuid4

    from replicate import prepare, watch
    from replicate.runs import Run

    where = Run(folder)
    prepare.begin(where, made, resume=resume)
    prepare.resources(where, made, memory=not device.startswith("cuda"))
    told = watch.choose(quiet, sys.stderr)
    try:
        problems = prepare.prepare(where, made, among, told)
        return len(walk(where, made, told, problems, uuid4().hex).failed) if walk else 0
    finally:
        told.close()
