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

_EVERY = 10.0  # seconds between two lines about one long stage


class Silent:
    """Says nothing; `seconds` still tells how long each finished stage took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._name = ""
        self._total: int | None = None
        self._since = 0.0
        self._done = 0

    def stage(self, name: str, total: int | None = None) -> None:
        """A new stage begins and the one before ends. `total` is None where the number of steps is not known."""
        self.finish()
        self._name, self._total, self._since, self._done = name, total, time.perf_counter(), 0
        self._begin()

    def step(self) -> None:
        """One step of the stage is done."""
        self._done += 1
        self._advance()

    def upto(self, done: int, total: int) -> None:
        """`done` steps of the stage are done in all; `total` is known only now and changes nothing."""
        del total
        while self._done < done:
            self.step()

    def say(self, line: str) -> None:
        """A remark, for example that a service asked us to wait."""

    def finish(self) -> None:
        """The last stage ends well."""
        if self._name:
            took = self._took()
            self.seconds[self._name] = round(self.seconds.get(self._name, 0.0) + took, 3)
            self._end(took)
            self._name = ""

    def close(self) -> None:
        """The work is over; a stage that did not finish is not said to be done."""
        self._name = ""

    def _took(self) -> float:
        return time.perf_counter() - self._since

    def _begin(self) -> None: ...

    def _advance(self) -> None: ...

    def _end(self, took: float) -> None: ...


class Lines(Silent):
    """One plain line per finished stage, and one every ten seconds while a stage goes on."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream: TextIO | None = stream
        self._said = 0.0

    def say(self, line: str) -> None:  # noqa: D102
        if self._stream is None:
            return
        try:
            self._stream.write(f"synth: {line}\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None  # nobody reads the talk any more, which is no reason to stop the work

    def _begin(self) -> None:
        self._said = self._since

    def _advance(self) -> None:
        now = time.perf_counter()
        if now - self._said >= _EVERY:
            self._said = now
            of = f" of {self._total}" if self._total else ""
            self.say(f"{self._name}: {self._done}{of} after {self._took():.0f} s")

    def _end(self, took: float) -> None:
        self.say(f"{self._name}: {f'{self._done} ' if self._done else ''}done in {took:.1f} s")


class Bar(Silent):
    """One live line per stage with count and time left; the lines are gone when the work is over."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bars: Bars = Progress(
            TextColumn("{task.description:<8}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[count]:>11}", markup=False),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=Console(file=stream),
            transient=True,
        )
        self._task: TaskID | None = None

    def say(self, line: str) -> None:  # noqa: D102
        self._bars.console.print(f"synth: {line}", style="dim", highlight=False, markup=False, emoji=False)

    def _begin(self) -> None:
        self._bars.start()
        self._task = self._bars.add_task(self._name, total=self._total, count="")

    def _advance(self) -> None:
        if self._task is not None:
            of = f" of {self._total:,}" if self._total else ""
            self._bars.update(self._task, advance=1, count=f"{self._done:,}{of}")

    def _end(self, took: float) -> None:  # noqa: ARG002 (the bar keeps the time itself)
        if self._task is not None:
            done = max(self._done, 1)  # a stage without steps is a whole bar too
            self._bars.update(self._task, total=done, completed=done)

    def close(self) -> None:  # noqa: D102
        super().close()
        self._bars.stop()


def choose(quiet: bool, stream: TextIO | None = None) -> Silent:
    """Bars for a terminal, lines for a pipe, silence when asked for. `stream` is stderr where none is given."""
    if quiet:
        return Silent()
    stream = sys.stderr if stream is None else stream
    return Bar(stream) if stream.isatty() else Lines(stream)
