"""`replicate` as a job of the web application runs it, on a family in the size for tests and without an engine.

Everything but the training is real: the plan, the family, the predictions and their measurements, the verdict, and the
evidence that is laid into the report. A test that wants to look meanwhile lays a `gate` into the data folder, with the
number of stages that may be run so far; without one nothing waits. Where a file `real` lies there, the training is
real too: the engine itself, a few steps of a very small model in every stage.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from replicate_fakes import FakeRunner, short_recipes

from replicate import cli, family, walks
from replicate.execute import Progress, StageResult, StageSpec
from replicate.records import Stage

__all__ = ["main"]


class Gated(FakeRunner):
    """The fake engine, which waits where it is told to."""

    def run(self, stage: Stage, spec: StageSpec, parent: Path | None, out: Path, progress: Progress) -> StageResult:
        gate = Path(os.environ["SYNTH_HOME"]) / "gate"
        while gate.is_file() and len(self.ran) >= int(gate.read_text() or 0):
            time.sleep(0.05)
        return super().run(stage, spec, parent, out, progress)


def main(words: Sequence[str]) -> None:
    """Run the command line of `replicate` with that engine."""
    family.MICRO = family.TINY
    walks.cores = lambda: 1
    if (Path(os.environ["SYNTH_HOME"]) / "real").is_file():
        short_recipes(pytest.MonkeyPatch())
    else:
        runner = Gated({"squad_v2": 0.3, "mnli": 0.2})
        walks.engine = lambda device, **_: runner
    cli.main(words)
