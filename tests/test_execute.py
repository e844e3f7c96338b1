"""Walking a plan with a runner without an engine: what is kept, what fails, what a kill leaves behind."""

from __future__ import annotations

import json
import shutil
import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock
from replicate_fakes import FakeRunner, small_family

from replicate import execute, family, plan, prepare
from replicate.compare import compare
from replicate.execute import StageResult, StageSpec
from replicate.finish import finish
from replicate.records import Stage
from replicate.runs import Run
from replicate.watch import Quiet
from synth.errors import InputError

__all__ = ["small_family"]


class Told(Quiet):
    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str | None]] = []

    def ended(self, label: str, outcome: str, seconds: float, reason: str | None) -> None:
        self.rows.append((label, outcome, reason))


def planned(experiment: str = "squad-average", seeds: int | None = None) -> plan.Plan:
    return plan.make(plan.Request(experiment, "micro", None, seeds))


def run_it(
    folder: Path, runner: object, *, resume: bool = False, name: str = "squad-average"
) -> tuple[Told, execute.Outcome]:
    made, run, told = planned(name), Run(folder), Told()
    prepare.begin(run, made, resume=resume)
    problems = prepare.prepare(run, made, (), told)
    return told, execute.walk(run, made, runner, told, problems)  # type: ignore[arg-type]


def finished(folder: Path) -> dict[str, bytes]:
    """What must not depend on how often a run was interrupted."""
    finish(folder, None, None, ["run"])
    return {
        n: (folder / n).read_bytes()
        for n in ("measurements.jsonl", "verdict.json", "evidence.jsonl", "experiment.json")
    }


class Killed(BaseException):
    """Stands for the end of the process: not an Exception, so nothing may handle it."""


def test_every_stage_runs_once_and_parents_first(tmp_path: Path) -> None:
    runner = FakeRunner()
    told, outcome = run_it(tmp_path / "run", runner)
    made = planned()
    assert outcome.failed == ()
    assert outcome.done == len(made.stages) == len(runner.ran) == len(set(runner.ran))
    for one in made.stages:
        if one.stage.parent:
            assert runner.ran.index(one.stage.parent) < runner.ran.index(one.stage.id)
    assert {row[1] for row in told.rows} == {"done"}


def test_resume_runs_only_what_is_missing(tmp_path: Path) -> None:
    run_it(tmp_path / "run", FakeRunner())
    gone = next(p.stage.id for p in planned().stages if p.spec.kind == "embed")
    shutil.rmtree(tmp_path / "run" / "stages" / gone)
    again = FakeRunner()
    told, _ = run_it(tmp_path / "run", again, resume=True)
    assert again.ran == [gone]
    assert sorted({row[1] for row in told.rows}) == ["done", "kept"]


@pytest.mark.parametrize("kills", [(1,), (3, 2, 5)])
def test_killed_and_resumed_gives_the_same_bytes(tmp_path: Path, kills: tuple[int, ...]) -> None:
    class Mortal(FakeRunner):
        def __init__(self, life: int) -> None:
            super().__init__({"squad_v2": 0.2})
            self.life = life

        def run(self, stage, spec, parent, out, progress):  # type: ignore[no-untyped-def]
            self.life -= 1
            if self.life < 0:
                (out / "half").write_text("a file that was being written")
                raise Killed
            return super().run(stage, spec, parent, out, progress)

    run_it(tmp_path / "whole" / "run", FakeRunner({"squad_v2": 0.2}))
    for n, life in enumerate(kills):
        with pytest.raises(Killed):
            run_it(tmp_path / "killed" / "run", Mortal(life), resume=n > 0)
    run_it(tmp_path / "killed" / "run", FakeRunner({"squad_v2": 0.2}), resume=True)
    assert finished(tmp_path / "killed" / "run") == finished(tmp_path / "whole" / "run")


def test_a_failure_is_a_record_and_the_rest_goes_on(tmp_path: Path) -> None:
    def fail(spec: StageSpec) -> Exception | None:
        bad = spec.kind == "intermediate" and spec.seed == 302 and spec.control is None
        return RuntimeError("CUDA out of\nmemory") if bad else None

    _, outcome = run_it(tmp_path / "run", FakeRunner({"squad_v2": 0.2}, fail=fail))
    reasons = dict(outcome.failed)
    assert len(reasons) == 2  # the training and the embedding that starts from it
    assert "RuntimeError: CUDA out of memory" in reasons.values()
    assert any("the stage it starts from failed" in reason for reason in reasons.values())
    verdict = finish(tmp_path / "run", None, None, [])
    assert verdict.label == "inconclusive"
    assert "seed 302" in verdict.reason
    assert len(verdict.failures) == 2
    assert compare(Run(tmp_path / "run")) == verdict


def test_a_target_without_a_result_leaves_the_rest_but_no_verdict(tmp_path: Path) -> None:
    def fail(spec: StageSpec) -> Exception | None:
        return ValueError("data gone") if spec.tasks == ("bucc2018",) else None

    made = planned("bucc-gain")
    both = made.experiment.model_copy(update={"targets": ("bucc2018", "tatoeba")})
    tatoeba = planned("tatoeba-gain")
    made = made.model_copy(update={
        "experiment": both, "stages": (*made.stages, *(p for p in tatoeba.stages if p.spec.kind == "embed")),
        "cells": (*made.cells, *tatoeba.cells),
    })  # fmt: skip
    made = made.model_copy(update={"id": plan.identity(made.experiment, made.rule, made.stages)})
    run = Run(tmp_path / "run")
    prepare.begin(run, made, resume=False)
    prepare.prepare(run, made, (), Told())
    execute.walk(run, made, FakeRunner({"squad_v2": 0.3}, fail=fail), Told())
    verdict = finish(tmp_path / "run", None, None, [])
    assert verdict.label == "inconclusive"
    assert "target bucc2018" in verdict.reason
    assert verdict.estimate is not None
    assert {cell.task for cell in verdict.arms[0].cells} == {None, "tatoeba"}


def test_a_failed_stage_is_tried_again(tmp_path: Path) -> None:
    run_it(tmp_path / "run", FakeRunner(fail=lambda s: ValueError("once") if s.kind == "pretrained" else None))
    verdict = finish(tmp_path / "run", None, None, [])
    assert (verdict.label, verdict.measurements) == ("not_run", ())
    _, outcome = run_it(tmp_path / "run", FakeRunner(), resume=True)
    assert outcome.failed == ()
    assert not list((tmp_path / "run" / "stages").glob("*.failed.json"))


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (StageResult(losses=(1.0, float("nan"))), "not a finite number"),
        (StageResult(predictions=({"stage": "x", "task": "tatoeba", "language": "ab", "split": "validation",
                                   "path": "tatoeba/test-ab.L0.tsv", "sha256": "0"},)), "is missing"),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_a_result_that_is_not_what_it_says_fails(tmp_path: Path, result: StageResult, reason: str) -> None:
    class Liar:
        def run(self, stage: Stage, spec: StageSpec, parent: object, out: Path, progress: object) -> StageResult:
            return result

    _, outcome = run_it(tmp_path / "run", Liar())
    assert reason in outcome.failed[0][1]


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("mine")
    with pytest.raises(InputError, match="is not empty and holds no run"):
        prepare.begin(Run(tmp_path / "full"), planned(), resume=True)
    run = Run(tmp_path / "run")
    prepare.begin(run, planned(), resume=False)
    with pytest.raises(InputError, match="add --resume"):
        prepare.begin(run, planned(), resume=False)
    with pytest.raises(InputError, match="of squad-average"):
        prepare.begin(run, planned("mnli-average"), resume=True)
    with pytest.raises(InputError, match="its seeds is"):
        prepare.begin(run, planned(seeds=2), resume=True)


def test_a_stage_finished_in_a_run_beside_is_taken(tmp_path: Path) -> None:
    run_it(tmp_path / "one", FakeRunner())
    other = FakeRunner()
    told, _ = run_it(tmp_path / "two", other, name="mnli-average")
    taken = [row for row in told.rows if row[1] == "taken"]
    assert len(taken) == 6  # pretraining and the baseline's embedding, three seeds
    assert not {row[0] for row in taken} & {"mnli, seed 301"}


def test_a_changed_stage_of_a_run_beside_is_not_taken(tmp_path: Path) -> None:
    run_it(tmp_path / "one", FakeRunner())
    for path in (tmp_path / "one" / "stages").glob("e-*/tatoeba/*"):
        path.write_text("0\n")
    told, _ = run_it(tmp_path / "two", FakeRunner())
    assert {row[0] for row in told.rows if row[1] == "taken"}.isdisjoint({"embedding tatoeba"})


def test_a_stage_held_by_another_process_is_left_for_later(tmp_path: Path) -> None:
    run, made = Run(tmp_path / "run"), planned()
    prepare.begin(run, made, resume=False)
    prepare.prepare(run, made, (), Quiet())
    first = made.stages[0].stage.id
    taken = threading.Event()

    def other() -> None:
        with FileLock(run.stages / f"{first}.lock"):
            taken.set()
            time.sleep(0.5)

    holder = threading.Thread(target=other)
    holder.start()
    taken.wait()
    runner = FakeRunner()
    outcome = execute.walk(run, made, runner, Quiet())
    holder.join()
    assert outcome.failed == ()
    assert runner.ran[0] != first  # other work was done meanwhile
    assert first in runner.ran


def test_labels_are_laid_down_before_anything_trains(tmp_path: Path) -> None:
    run, made = Run(tmp_path / "run"), planned()
    prepare.begin(run, made, resume=False)
    assert prepare.prepare(run, made, (), Quiet()) == {}
    locked = json.loads((run.labels / "lock.json").read_text())
    assert sorted(locked) == [f"tatoeba/test-{code}.tsv" for code in family.CODES[1:]]
    rows = (run.labels / "tatoeba" / f"test-{family.CODES[1]}.tsv").read_text().split()
    assert rows == [str(n) for n in range(family.TINY.tatoeba)]


def test_too_little_disk_is_said_before_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="GB are needed"):
        prepare.resources(Run(tmp_path / "run"), planned(), memory=True)
