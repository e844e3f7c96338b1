"""What a person sees while stages run: a live line on a terminal, plain lines in a pipe, nothing when quiet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from replicate.cost import duration

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

__all__ = ["Bar", "Lines", "Quiet", "choose"]

_EVERY = 10.0  # seconds between two plain lines of one stage


class Quiet:
    """Says nothing."""

    def stage(self, number: int, total: int, label: str) -> None:
        """A stage begins."""

    def step(self, done: int, total: int, what: str) -> None:
        """A step of it is done."""

    def ended(self, label: str, outcome: str, seconds: float, reason: str | None) -> None:
        """The stage has ended."""

    def say(self, line: str) -> None:
        """A remark."""

    def close(self) -> None:
        """The work is over, whether it went well or not."""


class Lines(Quiet):
    """Plain lines: one per finished stage, and one every ten seconds while a stage runs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._head = ""
        self._last = 0.0

    def stage(self, number: int, total: int, label: str) -> None:  # noqa: D102
        self._head = f"[{number}/{total}] {label}"
        self._last = time.monotonic()

    def step(self, done: int, total: int, what: str) -> None:  # noqa: D102
        if time.monotonic() - self._last >= _EVERY:
            self._last = time.monotonic()
            self.say(f"{self._head}: {what} {done}/{total}")

    def ended(self, label: str, outcome: str, seconds: float, reason: str | None) -> None:  # noqa: D102
        self.say(_told(self._head if self._head.endswith(label) else label, outcome, seconds, reason))

    def say(self, line: str) -> None:  # noqa: D102
        self._stream.write(f"replicate: {line}\n")
        self._stream.flush()


class Bar(Quiet):
    """One live line for the stage that runs, a lasting line for each that ended."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bars: Bars = Progress(
            TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
            TimeRemainingColumn(elapsed_when_finished=True), console=Console(file=stream), transient=True,
        )  # fmt: skip
        self._task: TaskID | None = None
        self._head = ""

    def stage(self, number: int, total: int, label: str) -> None:  # noqa: D102
        self._bars.start()
        self._head = f"[{number}/{total}] {label}"
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(_plain(self._head), total=None)

    def step(self, done: int, total: int, what: str) -> None:  # noqa: D102
        if self._task is not None:
            self._bars.update(self._task, description=_plain(f"{self._head}: {what}"), completed=done, total=total)

    def ended(self, label: str, outcome: str, seconds: float, reason: str | None) -> None:  # noqa: D102
        self.say(_told(self._head if self._head.endswith(label) else label, outcome, seconds, reason))

    def say(self, line: str) -> None:  # noqa: D102
        self._bars.console.print(line, style="dim", highlight=False, markup=False)

    def close(self) -> None:  # noqa: D102
        self._bars.stop()


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


def _told(head: str, outcome: str, seconds: float, reason: str | None) -> str:
    known = {"kept": "done before", "taken": "taken from another run", "shared": "done by another process"}
    words = known.get(outcome, f"{outcome} in {duration(seconds)}")
    return f"{head}: {words}" + (f": {reason}" if reason else "")


def choose(quiet: bool, stream: TextIO) -> Quiet:
    """A live line for a terminal, lines for a pipe, silence when asked for."""
    if quiet:
        return Quiet()
    return Bar(stream) if stream.isatty() else Lines(stream)
