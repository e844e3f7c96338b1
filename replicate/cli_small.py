"""`replicate small`, the experiment at small scale: lay down its data, run it in pieces, record what came of it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synth.errors import InputError

if TYPE_CHECKING:
    from replicate.execute import Watch

__all__ = ["PausedError", "app"]

app = typer.Typer(
    name="small", help="A real experiment at small scale: a very small encoder on real languages, on a CPU.",
    no_args_is_help=True, rich_markup_mode=None,
)  # fmt: skip

Folder = Annotated[Path, typer.Argument(help="The folder of the experiment.", metavar="DIR")]
Data = Annotated[Path, typer.Option("--data", help="The public collections and task data.", metavar="DIR")]


class PausedError(KeyboardInterrupt):
    """The minutes are used up. It goes through the walk as an interrupt does: what is finished is kept."""


class _Timed:
    """A watch that ends the walk after so many seconds, at the next look at a stage's progress."""

    def __init__(self, own: Watch, seconds: float | None) -> None:
        self.own, self.end = own, None if seconds is None else time.monotonic() + seconds

    def stage(self, number: int, total: int, label: str) -> None:
        """A stage begins, unless the time is over."""
        self.own.stage(number, total, label)
        self._look()

    def step(self, done: int, total: int, what: str) -> None:
        """A step of it is done."""
        self.own.step(done, total, what)
        self._look()

    def ended(self, label: str, outcome: str, seconds: float, reason: str | None) -> None:
        """The stage has ended."""
        self.own.ended(label, outcome, seconds, reason)

    def say(self, line: str) -> None:
        """A remark."""
        self.own.say(line)

    def _look(self) -> None:
        if self.end is not None and time.monotonic() > self.end:
            raise PausedError


@app.command("data")
def data_command(folder: Folder, data: Data) -> None:
    """Lay down the text to pretrain on, without any sentence that is scored, and the slices of the English tasks.

    Example: replicate small data small --data data
    """
    from replicate import small

    small.data(data, folder / "data")
    sys.stdout.write(f"{folder / 'data'}\n")


@app.command("run")
def run_command(
    folder: Folder, data: Data,
    targets: Annotated[
        list[str] | None, typer.Option("--target", help="Which targets, in which order; else all.", metavar="TASK")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option("--minutes", help="Stop after so long; the same line goes on.", metavar="N")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:  # fmt: skip
    """Pretrain, train, predict: every stage that is not done, on one thread of the CPU. Can be killed at any moment.

    Example: replicate small run small --data data --minutes 10
    """
    from replicate import execute, prepare, small, watch
    from replicate.engine import Engine
    from replicate.place import files
    from replicate.runs import Run

    if minutes is not None and minutes <= 0:
        raise InputError(f"--minutes: {minutes:g} is no time; give a number above 0")
    made = small.plan((folder / "data").resolve(), data.resolve(), targets or small.TARGETS)
    run = Run(folder / "run")
    prepare.begin(run, made, resume=True)
    told = watch.choose(quiet, sys.stderr)
    try:
        problems = prepare.prepare(run, made, (files(data.resolve(), whole=False),), told)
        runner = small.Small(Engine("cpu", threads=1))
        seconds = None if minutes is None else 60 * minutes
        done, failed = execute.walk(run, made, runner, _Timed(told, seconds), problems)
    except PausedError:
        done = sum(run.done(one.stage.id) is not None for one in made.stages)
        sys.stderr.write(f"replicate: {done} of {len(made.stages)} stages are done; the same line goes on\n")
        raise typer.Exit(4) from None
    finally:
        told.close()
    sys.stdout.write(f"{run.folder}\n")
    if failed:
        sys.stderr.write(f"replicate: {len(failed)} of {len(made.stages)} stages have no result\n")
        raise typer.Exit(4)


@app.command("record")
def record_command(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help="Where the record goes.", metavar="FILE")],
) -> None:
    """Make the record of what was measured, from the predictions of the finished stages: pages are built from it.

    Example: replicate small record small --out small-scale.json
    """
    from replicate import small_record
    from replicate.runs import lay_down

    lay_down(out, small_record.record(folder).model_dump_json(indent=1, by_alias=True) + "\n")
    sys.stdout.write(f"{out}\n")
