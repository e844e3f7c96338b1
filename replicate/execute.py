"""Walks the plan: runs each stage once, keeps what is done, records what fails, and goes on.

A stage is one call of a `Runner`. The engine for real models is `replicate.engine.Engine`; tests pass a fake. Rows of
a predictions file stand in the order of `replicate.load.examples(task, split, language, place)`:

    xnli, pawsx         one label a line, as the benchmark spells it (names; "0" or "1")
    udpos, panx         one tag a line, an empty line between sentences
    xquad, mlqa, tydiqa {question id: answer text}
    tatoeba             for each English sentence (`ParallelSet.target`), the 0-based place in `ParallelSet.source` of
                        its nearest neighbour
    bucc2018            the mined pairs, "source id<TAB>target id"
"""

from __future__ import annotations

import importlib.metadata
import math
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from pydantic import Field

from replicate.records import Prediction, Stage, StageKind
from synth.errors import InputError
from synth.library import file_hash
from synth.records import Record

if TYPE_CHECKING:
    from replicate.plan import Plan, Planned
    from replicate.runs import Run

__all__ = [
    "Mode", "Outcome", "Progress", "Runner", "StageResult", "StageSpec", "Watch", "fail", "hopeless", "label", "one",
    "walk",
]  # fmt: skip

Mode = Literal["none", "single", "joint", "chain", "mlm"]
Progress = Callable[[int, int, str], None]


class StageSpec(Record):
    """Everything that a stage needs beyond its `Stage` record, resolved by `replicate.plan`.

    `tasks`: of a pretrained stage none; of an intermediate stage the tasks it trains on (several for `joint`; a chain
    is one stage per link, each the parent of the next); of a target stage the targets that share one fine-tuning
    (xquad and mlqa); of an embed stage one retrieval task. `place` is a folder of data or "hub", for
    `load.place(spec.place, whole=spec.whole)`; `whole` is False where parts of data sets are meant. `languages` are
    those to predict, empty for all that the task has there. `layers` are those to predict separately in an embed
    stage (index into the hidden states, 0 = the embeddings), None for all.
    """

    kind: StageKind
    tasks: tuple[str, ...]
    mode: Mode
    recipe: str
    seed: int
    control: str | None
    model: str
    place: str
    whole: bool = True
    languages: tuple[str, ...]
    layers: tuple[int, ...] | None
    preset: str


class StageResult(Record):
    """What a runner hands back. Paths are relative to the stage's folder, hashes are of the files' bytes.

    `predictions` of an embed stage are named `{task}/test-{lang}.L{layer}.tsv`, all others `{task}/test-{lang}.tsv` or
    `.json`; `Prediction.split` says which split was predicted. `losses` are training losses, thinned to at most 200.
    `degenerate` marks a collapsed run (constant predictions, or a development score at chance): it is counted, never
    dropped. `model` is the folder of the saved encoder for pretrained and intermediate stages. `tokens` are without
    padding.
    """

    predictions: tuple[Prediction, ...] = ()
    layers: tuple[int, ...] = ()
    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0
    losses: tuple[float, ...] = Field(default=(), max_length=200)
    dev: float | None = None
    degenerate: bool = False
    model: str | None = None
    notes: tuple[str, ...] = ()


class Runner(Protocol):
    """Runs one stage. `out` is the stage's partial folder, the same one again after the process was killed.

    `parent` is the folder of the finished parent stage (its `StageResult.model` is relative to it). `progress` is
    called with (done, total, what is being done). What the runner raises as `SynthError` (or any other exception)
    becomes the failure of this stage alone; `KeyboardInterrupt` goes through.
    """

    def run(self, stage: Stage, spec: StageSpec, parent: Path | None, out: Path, progress: Progress) -> StageResult:
        """Do the work of the stage in `out` and say what came of it."""
        ...


class Watch(Protocol):
    """Who is told what goes on. `outcome` is done, kept (done before), shared (done by
    another process of this run), taken (from another run) or failed."""

    def stage(self, number: int, total: int, label: str) -> None:
        """A stage begins."""
        ...

    def step(self, done: int, total: int, what: str) -> None:
        """A step of it is done."""
        ...

    def ended(self, label: str, outcome: str, seconds: float, reason: str | None) -> None:
        """The stage has ended."""
        ...

    def say(self, line: str) -> None:
        """A remark."""
        ...


class Outcome(NamedTuple):
    """How many stages are finished, and why the others are not: (stage id, reason)."""

    done: int
    failed: tuple[tuple[str, str], ...]


# --- the walk -----------------------------------------------------------------------------------------


def walk(
    run: Run, plan: Plan, runner: Runner, watch: Watch, problems: dict[str, str] | None = None, attempt: str = ""
) -> Outcome:  # fmt: skip
    """Run every stage that is not done, parents first; a failure is recorded and the rest goes on.

    A stage that another process holds is left for later, so that several processes share one run; what failed in one
    of them is not tried again by the others of the same `attempt`. `problems` are targets that cannot be scored (from
    `prepare`): their stages fail without being run.
    """
    failed: dict[str, str] = {}
    before = frozenset(p.stage.id for p in plan.stages if run.done(p.stage.id) is not None)
    walker = _Walker(run, runner, watch, failed, attempt, before)
    numbers = {p.stage.id: n for n, p in enumerate(plan.stages, start=1)}
    waiting = list(plan.stages)
    patient = False
    while waiting:
        left: list[Planned] = []
        for planned in waiting:
            reason = planned.blocked or hopeless(planned, failed, problems or {})
            if reason:
                walker.fail(planned, reason)
            elif planned.stage.parent and run.done(planned.stage.parent) is None:
                left.append(planned)
            else:
                watch.stage(numbers[planned.stage.id], len(numbers), label(planned))
                if not walker.locked(planned, patient=patient):
                    left.append(planned)
        # Nothing moved: every stage left is held by another process (or waits for one that is): wait for it.
        patient = len(left) == len(waiting)
        waiting = left
    return Outcome(sum(run.done(p.stage.id) is not None for p in plan.stages), tuple(failed.items()))


def label(planned: Planned) -> str:
    """A stage in a few words: `squad_v2, labels shuffled, seed 1`."""
    spec = planned.spec
    what = "+".join(spec.tasks) if len(spec.tasks) < 4 else f"{len(spec.tasks)} tasks"
    if spec.kind == "pretrained":
        what = f"pretraining {spec.model}" if spec.preset == "micro" else spec.model
    told = [("embedding " if spec.kind == "embed" else "") + what]
    if spec.mode == "mlm" and spec.kind == "intermediate":
        told.append("with masked text between")
    if spec.control:
        told.append(
            {"shuffled_labels": "labels shuffled", "random_init": "random weights"}.get(spec.control, "wrong pairs")
        )
    if spec.kind != "embed" and not (spec.kind == "pretrained" and spec.preset != "micro" and not spec.control):
        told.append(f"seed {spec.seed}")
    return ", ".join(told)


def one(run: Run, planned: Planned, runner: Runner, watch: Watch, attempt: str) -> str | None:
    """Run one stage, its parent being done, or wait for the process that does; why it has no result, None where it has.

    What failed in the same `attempt` is not tried again.
    """
    failed: dict[str, str] = {}
    _Walker(run, runner, watch, failed, attempt, frozenset()).locked(planned, patient=True)
    return failed.get(planned.stage.id)


def fail(run: Run, planned: Planned, reason: str, watch: Watch, attempt: str, seconds: float = 0.0) -> None:
    """Record that a stage has no result, and why."""
    from replicate.runs import Failed, lay_down

    record = Failed(stage=planned.stage.id, reason=reason, attempt=attempt)
    lay_down(run.stages / f"{planned.stage.id}.failed.json", record.model_dump_json() + "\n")
    watch.ended(label(planned), "failed", seconds, reason)


def hopeless(planned: Planned, failed: dict[str, str], problems: dict[str, str]) -> str | None:
    """Why a stage need not be tried: what it starts from failed, or its target cannot be scored; None where neither."""
    if planned.stage.parent in failed:
        return f"the stage it starts from failed ({planned.stage.parent})"
    lacking = [
        problems[task] for task in planned.spec.tasks if task in problems and planned.spec.kind != "intermediate"
    ]
    return lacking[0] if lacking else None


class _Walker:
    """One process on its way through a plan."""

    def __init__(
        self, run: Run, runner: Runner, watch: Watch, failed: dict[str, str], attempt: str, before: frozenset[str]
    ) -> None:
        self.run, self.runner, self.watch = run, runner, watch
        self.failed, self.attempt, self.before = failed, attempt, before

    def fail(self, planned: Planned, reason: str, seconds: float = 0.0) -> None:
        """Record why the stage has no result."""
        self.failed[planned.stage.id] = reason
        fail(self.run, planned, reason, self.watch, self.attempt, seconds)

    def locked(self, planned: Planned, *, patient: bool) -> bool:
        """Run one stage under its lock; False when another process holds it and there may be other work."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.run.stages / f"{planned.stage.id}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not patient:
                return False
            self.watch.say(f"another process runs {label(planned)}; waiting for it")
            lock.acquire()
        try:
            self._one(planned)
        finally:
            lock.release()
        return True

    def _one(self, planned: Planned) -> None:
        run, stage = self.run, planned.stage
        if run.done(stage.id) is not None:
            outcome = "kept" if stage.id in self.before else "shared"
            self.watch.ended(label(planned), outcome, 0.0, None)
            return
        earlier = run.failed(stage.id)
        if earlier is not None and self.attempt and earlier.attempt == self.attempt:
            self.fail(planned, earlier.reason)
            return
        if run.take(stage):
            self.watch.ended(label(planned), "taken", 0.0, None)
            return
        (run.stages / f"{stage.id}.failed.json").unlink(missing_ok=True)
        partial = run.stages / f"{stage.id}.partial"
        partial.mkdir(exist_ok=True)
        parent = run.folder_of(stage.parent) if stage.parent else None
        place = planned.spec.place if planned.spec.place == "hub" else str((run.folder / planned.spec.place).resolve())
        spec = planned.spec.model_copy(update={"place": place})
        started = time.monotonic()
        try:
            result = self.runner.run(stage, spec, parent, partial, self.watch.step)
            _check_result(result, partial)
        except Exception as error:  # noqa: BLE001 (whatever goes wrong in one stage is that stage's failure alone)
            self.fail(planned, _reason(error), time.monotonic() - started)
            return
        _finish(run, planned, result, partial)
        self.watch.ended(label(planned), "done", time.monotonic() - started, None)


def _reason(error: Exception) -> str:
    told = " ".join(str(error).split())
    return (
        told if isinstance(error, InputError) else f"{type(error).__name__}: {told}" if told else type(error).__name__
    )


def _check_result(result: StageResult, partial: Path) -> None:
    """What a runner hands back must be on disk as it says, and its losses must be numbers."""
    if not all(math.isfinite(loss) for loss in result.losses):
        raise ValueError("the loss is not a finite number; lower the learning rate of the recipe")
    for prediction in result.predictions:
        path = partial / prediction.path
        if not path.is_file() or file_hash(path) != prediction.sha256:
            raise ValueError(f"the predictions file {prediction.path} is missing or is not the one that was announced")


def _finish(run: Run, planned: Planned, result: StageResult, partial: Path) -> None:
    """Lay down the record and give the folder its name: from here on the stage is done."""
    from replicate.runs import Done, lay_down

    record = Done(stage=planned.stage, spec=planned.spec, result=result, machine=_machine())
    lay_down(partial / "result.json", record.model_dump_json(indent=1) + "\n")
    partial.rename(run.folder_of(planned.stage.id))


def _machine() -> dict[str, str | int | float]:
    facts: dict[str, str | int | float] = {
        "python": platform.python_version(), "system": platform.system(), "cpu": platform.machine(),
        "cores": os.cpu_count() or 0,
    }  # fmt: skip
    for name in ("torch", "transformers"):
        try:
            facts[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return facts
