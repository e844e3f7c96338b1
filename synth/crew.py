"""Processes that ask one question at a time. A dead one takes its question with it, and another takes its place."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from synth.errors import SynthError
from synth.run import Request

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

__all__ = ["Asked", "Crew", "Options", "Row", "State", "Work", "answered", "without"]

State = Literal["done", "partial", "failed", "not_asked"]


class Asked(NamedTuple):
    """A question with its place in the file (from 1) and the name of its folder."""

    number: int
    question: str
    folder: str


class Options(NamedTuple):
    """What all questions of a batch share. `home` is the library's folder (None: nothing is kept), `date` today's."""

    request: Request
    home: Path | None
    date: str
    command: tuple[str, ...] = ()


class Row(NamedTuple):
    """What became of one question. Counts are None where there is no report."""

    number: int
    question: str
    folder: str
    state: State
    reason: str
    answer: str | None = None
    papers: int | None = None
    claims: dict[str, int] | None = None
    score: float | None = None


Work = Callable[[Asked, Path, Options, float | None], Row]


class Crew:
    """Processes that ask one question at a time. A dead one is replaced, and its question has failed."""

    def __init__(self, size: int, out: Path, options: Options, work: Work) -> None:
        self._make = (out, options, work)
        self._size = size
        self._at: dict[Connection, tuple[SpawnProcess, Asked | None]] = {}

    def __enter__(self) -> Crew:
        for _ in range(self._size):
            self._hire()
        return self

    def __exit__(self, *_: object) -> None:
        for line, (process, _asked) in self._at.items():
            line.close()
            process.terminate()
            process.join()

    def rows(self, waiting: deque[Asked], left: Callable[[], float | None]) -> Iterator[Row]:
        """Every row, as they come. `left` says how many seconds there are, None without a limit."""
        self._give(waiting, left)
        while any(asked for _, asked in self._at.values()):
            for line in wait(list(self._at)):
                assert isinstance(line, Connection)
                yield self._heard(line)
            self._give(waiting, left)
        yield from (without(one, "not_asked", "the time of the batch ran out") for one in waiting)

    def _give(self, waiting: deque[Asked], left: Callable[[], float | None]) -> None:
        for line, (process, asked) in list(self._at.items()):
            time_left = left()
            if asked is None and waiting and (time_left is None or time_left > 0):
                one = waiting.popleft()
                self._at[line] = (process, one)
                line.send((one, time_left))

    def _heard(self, line: Connection) -> Row:
        process, asked = self._at[line]
        assert asked is not None
        try:
            made = line.recv()
            self._at[line] = (process, None)
        except (EOFError, OSError):
            process.join()
            del self._at[line]
            line.close()
            self._hire()
            return without(asked, "failed", f"its process ended with {process.exitcode} before it was answered")
        assert isinstance(made, Row)
        return made

    def _hire(self) -> None:
        spawn = get_context("spawn")  # what was opened here is not shared with a child
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_serve, args=(theirs, *self._make), daemon=True)
        process.start()
        theirs.close()
        self._at[ours] = (process, None)


def _serve(line: Connection, out: Path, options: Options, work: Work) -> None:
    """The life of a worker: questions come in, rows go out, until nobody asks any more."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who began it ends it
    while True:
        try:
            asked, left = line.recv()
        except (EOFError, OSError):
            return
        line.send(answered(work, asked, out, options, left))


def answered(work: Work, asked: Asked, out: Path, options: Options, left: float | None) -> Row:
    """The row of one question asked by `work`; whatever goes wrong becomes the reason of a failed one."""
    try:
        return work(asked, out, options, left)
    except SynthError as problem:
        return without(asked, "failed", str(problem))
    except MemoryError:
        return without(asked, "failed", "there was not enough memory for it")
    except Exception as problem:  # noqa: BLE001 (one question never stops the others)
        first = (str(problem).strip() or "no message").splitlines()[0]
        return without(asked, "failed", f"a fault in this program ({type(problem).__name__}: {first})")


def without(asked: Asked, state: State, reason: str) -> Row:
    """The row of a question that has no report."""
    return Row(asked.number, asked.question, asked.folder, state, reason)
