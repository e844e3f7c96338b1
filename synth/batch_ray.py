"""Questions of a batch as tasks of Ray, on this machine or on a cluster whose nodes see the same disk.

A task gets the question and writes the report where the batch wants it; nothing but the row comes back. As with the
processes of `crew`, a worker that dies takes its question with it: the next run of the same line asks it again.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from synth.crew import Asked, Options, Row, Work, answered, without
from synth.errors import InputError

__all__ = ["Cluster", "connected", "cores"]

_LOOK = 1.0  # seconds between two looks at the tasks


def connected(address: str | None = None, **more: Any) -> Any:
    """Ray, connected to the cluster at that address; without one to that of RAY_ADDRESS, or to one begun here.

    Raises InputError, with the command that installs it, where Ray is missing, and where no cluster answers.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # else Ray reports to its makers
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # a task without a card leaves the variables alone
    try:
        ray = import_module("ray")
    except ModuleNotFoundError as error:
        raise InputError("--backend ray needs Ray: pip install 'synth-replicate[cluster]'") from error
    given = address or os.environ.get("RAY_ADDRESS")
    if not given:  # one begun here: what passes through it is a few bytes, and nobody looks at it
        more = {"include_dashboard": False, "object_store_memory": 80 * 2**20, **more}
    try:
        ray.init(address=given or "local", log_to_driver=False, logging_level="ERROR", **more)
    except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
        told = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(f"--address {given or 'local'}: no cluster of Ray answers: {told}") from error
    return ray


def cores(ray: Any) -> int:
    """How many cores the cluster has."""
    return max(1, int(ray.cluster_resources().get("CPU", 1)))


class Cluster:
    """As `crew.Crew`, with Ray: `size` questions at a time, one core each."""

    def __init__(self, ray: Any, size: int, out: Path, options: Options, work: Work) -> None:
        self._ray, self._size = ray, size
        # Paths as they were given stand in manifests; they are looked up from where the batch was begun.
        self._given = (str(Path.cwd()), out, options, work)
        self._task = ray.remote(_one).options(num_cpus=1, max_retries=0, scheduling_strategy="SPREAD")
        self._running: dict[Any, Asked] = {}

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        for ref in self._running:
            self._ray.cancel(ref, force=True)

    def rows(self, waiting: deque[Asked], left: Callable[[], float | None]) -> Iterator[Row]:
        """Every row, as they come. `left` says how many seconds there are, None without a limit."""
        self._give(waiting, left)
        while self._running:
            over, _ = self._ray.wait(list(self._running), num_returns=1, timeout=_LOOK)
            for ref in over:
                yield self._heard(ref)
            self._give(waiting, left)
        yield from (without(one, "not_asked", "the time of the batch ran out") for one in waiting)

    def _give(self, waiting: deque[Asked], left: Callable[[], float | None]) -> None:
        while waiting and len(self._running) < self._size:
            time_left = left()
            if time_left is not None and time_left <= 0:
                return
            one = waiting.popleft()
            self._running[self._task.remote(one, time_left, *self._given)] = one

    def _heard(self, ref: Any) -> Row:
        asked = self._running.pop(ref)
        try:
            made = self._ray.get(ref)
        except self._ray.exceptions.RayError as error:
            told = (str(error).strip().splitlines() or [""])[0]
            return without(asked, "failed", f"its worker was lost ({type(error).__name__}: {told})")
        assert isinstance(made, Row)
        return made


def _one(asked: Asked, left: float | None, at: str, out: Path, options: Options, work: Work) -> Row:
    """In a worker: one question, asked from the folder where the batch was begun."""
    os.chdir(at)
    return answered(work, asked, out, options, left)
