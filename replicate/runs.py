"""A run on disk: RUN_DIR with its plan, its finished and failed stages, and what was made of them.

    experiment.json  plan.json  data/ (preset micro)  labels/  stages/<id>/  predictions/  measurements.jsonl
    verdict.json  evidence.jsonl  report.html  report.pdf

A stage lives in `stages/<id>.partial` while it runs and is renamed to `stages/<id>` when it is finished, so that a
finished stage is always whole. A failed one leaves `stages/<id>.failed.json` and is tried again by the next run.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from replicate.execute import StageResult, StageSpec
from replicate.plan import Plan
from replicate.records import Stage
from synth.errors import InputError
from synth.library import file_hash
from synth.records import Record

__all__ = ["Done", "Failed", "Run", "default_folder", "lay_down"]

R = TypeVar("R", bound=Record)


class Done(Record):
    """`stages/<id>/result.json`: what ran and what came of it. `machine` tells of the place, not of the result."""

    stage: Stage
    spec: StageSpec
    result: StageResult
    machine: dict[str, str | int | float]


class Failed(Record):
    """`stages/<id>.failed.json`: why the stage has no result, and which call of the program found it so."""

    stage: str
    reason: str
    attempt: str = ""


def default_folder(experiment: str, preset: str) -> Path:
    """Where a run goes when no folder is named."""
    return Path("replications") / f"{experiment}-{preset}"


def lay_down(path: Path, content: str | bytes) -> None:
    """Write beside the target, then rename: nobody meets half a file, whenever the process is killed."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); name another folder with --out") from error
    finally:
        beside.unlink(missing_ok=True)


class Run:
    """The folder of one run: where things are, and reading them with errors that name file and field."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stages = folder / "stages"
        self.labels = folder / "labels"
        self.predictions = folder / "predictions"
        self.measurements = folder / "measurements.jsonl"
        self.verdict = folder / "verdict.json"

    def begun(self) -> bool:
        """Whether a plan lies in the folder."""
        return (self.folder / "plan.json").is_file()

    def plan(self) -> Plan:
        """The plan of the run. InputError where the folder holds no run or the plan is not one."""
        if not self.folder.is_dir() or not self.begun():
            raise InputError(f"{self.folder}: no run lies here (plan.json is missing); name the folder of a run")
        return self.read(Plan, self.folder / "plan.json")

    def write_plan(self, plan: Plan) -> None:
        """Lay down plan.json and experiment.json."""
        lay_down(self.folder / "experiment.json", plan.experiment.model_dump_json(indent=2) + "\n")
        lay_down(self.folder / "plan.json", plan.model_dump_json(indent=2, by_alias=True) + "\n")

    def folder_of(self, stage: str) -> Path:
        """The folder of a finished stage."""
        return self.stages / stage

    def done(self, stage: str) -> Done | None:
        """The finished stage; None where it is not finished."""
        path = self.folder_of(stage) / "result.json"
        return self.read(Done, path) if path.is_file() else None

    def failed(self, stage: str) -> Failed | None:
        """Why the stage failed; None where it did not."""
        path = self.stages / f"{stage}.failed.json"
        return self.read(Failed, path) if path.is_file() else None

    def take(self, stage: Stage) -> bool:
        """Link (or copy) the same stage, whole, from a run beside this one; False where none has it."""
        for beside in sorted(self.folder.absolute().parent.glob(f"*/stages/{stage.id}/result.json")):
            there = Run(beside.parents[2])
            if there.folder == self.folder.absolute():
                continue
            try:
                same = there.done(stage.id)
            except InputError:
                continue
            if same and same.stage == stage and _intact(same.result, beside.parent):
                partial = self.stages / f"{stage.id}.partial"
                shutil.rmtree(partial, ignore_errors=True)
                shutil.copytree(beside.parent, partial, copy_function=_linked)
                partial.rename(self.folder_of(stage.id))
                return True
        return False

    def lines(self, kind: type[R], path: Path) -> tuple[R, ...]:
        """The records of a JSONL file. InputError naming file, line and field."""
        if not path.is_file():
            raise InputError(f"{path}: is missing; finish the run with replicate run --resume")
        rows = path.read_text(encoding="utf-8").splitlines()
        return tuple(_parsed(kind, row, f"{path}: line {n}") for n, row in enumerate(rows, start=1))

    def read(self, kind: type[R], path: Path) -> R:
        """The record in a JSON file. InputError naming file and field."""
        try:
            return _parsed(kind, path.read_text(encoding="utf-8"), str(path))
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror})") from error


def _intact(result: StageResult, folder: Path) -> bool:
    return all((folder / p.path).is_file() and file_hash(folder / p.path) == p.sha256 for p in result.predictions)


def _linked(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def _parsed(kind: type[R], text: str, where: str) -> R:
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the document"
        raise InputError(f"{where}: {field}: {first['msg']}; it was changed or cut") from error


def jsonl(records: Iterable[Record]) -> str:
    """Records, one JSON object a line."""
    return "".join(json.dumps(r.model_dump(mode="json", by_alias=True), ensure_ascii=False) + "\n" for r in records)
