"""What a person sees while work goes on: live bars on a terminal, plain lines in a pipe, nothing when quiet.

Everything goes to stderr; stdout is for data.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

__all__ = ["Bar", "Lines", "Silent", "choose"]


class Silent:
    """Says nothing; `seconds` still tells how long each stage took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._name = ""
        self._since = time.perf_counter()
        self._done = 0

    def stage(self, name: str, total: int | None = None) -> None:
        """A new stage begins and the one before ends. `total` is None where the number of steps is not known."""
        self.finish()
        self._name, self._since, self._done = name, time.perf_counter(), 0
        self._begin(name, total)

    def step(self) -> None:
        """One step of the stage is done."""
        self._done += 1
        self._advance()

    def say(self, line: str) -> None:
        """A remark, for example that a service asked us to wait."""

    def finish(self) -> None:
        """The last stage ends."""
        if self._name:
            took = time.perf_counter() - self._since
            self.seconds[self._name] = round(self.seconds.get(self._name, 0.0) + took, 3)
            self._end(self._name, self._done, took)
            self._name = ""

    def close(self) -> None:
        """The work is over, whether it went well or not."""
        self.finish()

    def _begin(self, name: str, total: int | None) -> None: ...

    def _advance(self) -> None: ...

    def _end(self, name: str, done: int, took: float) -> None: ...


class Lines(Silent):
    """One plain line per finished stage."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def say(self, line: str) -> None:  # noqa: D102
        self._stream.write(f"synth: {line}\n")
        self._stream.flush()

    def _end(self, name: str, done: int, took: float) -> None:
        count = f" {done}" if done else ""
        self.say(f"{name}{count} done in {took:.1f} s")


class Bar(Silent):
    """One live line per stage with count, rate and time left."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bars: Bars = Progress(
            TextColumn("{task.description:<8}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=Console(file=stream),
            transient=True,
        )
        self._task: TaskID | None = None

    def say(self, line: str) -> None:  # noqa: D102
        self._bars.console.print(line, style="dim", highlight=False, markup=False)

    def _begin(self, name: str, total: int | None) -> None:
        self._bars.start()
        self._task = self._bars.add_task(name, total=total)

    def _advance(self) -> None:
        if self._task is not None:
            self._bars.advance(self._task)

    def _end(self, name: str, done: int, took: float) -> None:
        if self._task is not None:
            self._bars.update(self._task, total=max(done, 1), completed=max(done, 1))

    def close(self) -> None:  # noqa: D102
        super().close()
        self._bars.stop()


def choose(quiet: bool, stream: TextIO = sys.stderr) -> Silent:
    """Bars for a terminal, lines for a pipe, silence when asked for."""
    if quiet:
        return Silent()
    return Bar(stream) if stream.isatty() else Lines(stream)
