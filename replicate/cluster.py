"""The plan on a cluster: every stage is a task of Ray. The driver submits what can run, workers do it, files tell.

The run's folder is on a disk that all nodes see. There a stage is finished when its folder has its name, so a worker
that dies, a node that goes and a driver that is started again lose the stage in hand at most, and of that no more than
since its last saved state. Nothing but the folder's path, the stage's id and the outcome passes through Ray.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from replicate.execute import Outcome, Runner, Watch, fail, hopeless, label, one
from replicate.plan import Plan, Planned
from replicate.runs import Run
from replicate.watch import Quiet
from synth.errors import InputError

__all__ = ["Share", "connected", "library", "share", "walk"]

RETRIES = 2  # how often a stage is tried again, after it failed as after its worker died
_LOOK = 1.0  # seconds between two looks at the tasks


class Share(NamedTuple):
    """What one stage gets of a node: cores, and cards or a part of one."""

    cpus: float
    gpus: float


class _Task(NamedTuple):
    planned: Planned
    number: int  # which try it is
    begun: float


def library() -> Any:
    """Ray itself. InputError, with the command that installs it, where it is missing."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # else Ray reports to its makers
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # a task without a card leaves the variables alone
    try:
        return import_module("ray")
    except ModuleNotFoundError as error:
        raise InputError("--backend ray needs Ray: pip install 'synth-replicate[cluster]'") from error


def connected(address: str | None = None, **more: Any) -> Any:
    """Ray, connected to the cluster at that address; without one to that of RAY_ADDRESS, or to one begun here.

    InputError where none answers.
    """
    ray = library()
    given = address or os.environ.get("RAY_ADDRESS")
    if not given:  # one begun here: what passes through it is a few bytes, and nobody looks at it
        more = {"include_dashboard": False, "object_store_memory": 80 * 2**20, **more}
    try:
        ray.init(address=given or "local", log_to_driver=False, logging_level="ERROR", **more)
    except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
        told = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(f"--address {given or 'local'}: no cluster of Ray answers: {told}") from error
    return ray


def share(ray: Any, device: str, jobs: int) -> Share:
    """What each stage asks for: a card, or its `jobs`-th part. InputError for cuda where no node has a card."""
    cards = float(ray.cluster_resources().get("GPU", 0.0))
    if device.startswith("cuda") and not cards:
        raise InputError(f"--device {device}: no node of the cluster has a GPU; give --device cpu, or wait for one")
    return Share(1.0, 1.0 / jobs if cards and device != "cpu" else 0.0)


def walk(
    run: Run, plan: Plan, make: Callable[[], Runner], watch: Watch, problems: dict[str, str], attempt: str, *,
    ray: Any, each: Share, retries: int = RETRIES,
) -> Outcome:  # fmt: skip
    """Run every stage that is not done as a task, parents first; a failure is recorded and the rest goes on.

    `make` makes the runner in the worker. A stage that fails is tried again `retries` times, wherever there is room
    (the disk of one node may be full), and so is one whose worker dies.
    """
    task = ray.remote(_stage).options(
        num_cpus=each.cpus, num_gpus=each.gpus, max_retries=retries, scheduling_strategy="SPREAD"
    )
    folder, made = str(run.folder.resolve()), ray.put(make)
    waiting, running, failed = list(plan.stages), dict[Any, _Task](), dict[str, str]()
    numbers = {p.stage.id: n for n, p in enumerate(plan.stages, start=1)}

    def begin(planned: Planned, number: int) -> None:
        ref = task.remote(folder, planned.stage.id, made, f"{attempt}.{number}")
        running[ref] = _Task(planned, number, time.monotonic())

    while waiting or running:
        waiting = [p for p in waiting if not _settled(run, p, failed, problems, watch, attempt)]
        for planned in [p for p in waiting if p.stage.parent is None or run.done(p.stage.parent) is not None]:
            waiting.remove(planned)
            watch.stage(numbers[planned.stage.id], len(numbers), label(planned))
            begin(planned, 0)
        if not running:
            continue  # what waited for a stage that failed is settled in the next round
        over, _ = ray.wait(list(running), num_returns=1, timeout=_LOOK)
        for ref in over:
            ended = running.pop(ref)
            reason = _outcome(ray, ref)
            if reason is None:
                watch.ended(label(ended.planned), "done", time.monotonic() - ended.begun, None)
            elif ended.number < retries:
                watch.say(f"{label(ended.planned)}: {reason}; it is tried again")
                begin(ended.planned, ended.number + 1)
            else:
                failed[ended.planned.stage.id] = reason
                fail(run, ended.planned, reason, watch, attempt, time.monotonic() - ended.begun)
    return Outcome(sum(run.done(p.stage.id) is not None for p in plan.stages), tuple(failed.items()))


def _settled(
    run: Run, planned: Planned, failed: dict[str, str], problems: dict[str, str], watch: Watch, attempt: str
) -> bool:
    """Is a stage that waits done already, or without hope? Both are told."""
    if run.done(planned.stage.id) is not None:
        watch.ended(label(planned), "kept", 0.0, None)
        return True
    reason = planned.blocked or hopeless(planned, failed, problems)
    if reason:
        failed[planned.stage.id] = reason
        fail(run, planned, reason, watch, attempt)
    return bool(reason)


def _stage(folder: str, stage: str, make: Callable[[], Runner], attempt: str) -> str | None:
    """In a worker: run one stage of the run in that folder; why it has no result, or None."""
    run = Run(Path(folder))
    planned = next(p for p in run.plan().stages if p.stage.id == stage)
    return one(run, planned, make(), Quiet(), attempt)


def _outcome(ray: Any, ref: Any) -> str | None:
    """Why the task has no result: what the stage said, or what Ray says of its worker; None where it has one."""
    try:
        said: str | None = ray.get(ref)
        return said
    except ray.exceptions.RayError as error:
        told = (str(error).strip().splitlines() or [""])[0]
        return f"its worker was lost ({type(error).__name__}: {told})"
