"""The queue: jobs one after another, each in a process of its own.

A job's process is the leader of a group; cancelling interrupts the group and ends it where it does not end by itself.
What it says is kept line by line as events. Whatever happens to the server, the process ends with it (`kept`).
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Literal

from synth.serve.commands import Command, command, environment
from synth.serve.places import Places
from synth.serve.store import Job, Store

__all__ = ["Runner", "said"]

GRACE = 5.0  # seconds between the interrupt and the end
LINE = 2_000  # characters of a line that are kept
LINES = 5_000  # events of one job that are kept; what it says after them is dropped
_END = re.compile(r"synth: (\w+): (?:(\d+) )?done in ([\d.]+) s")
_STEP = re.compile(r"synth: (\w+): (\d+)(?: of (\d+))? after ([\d.]+) s")
_PARTIAL = {4: "a budget ran out, or some sources or stages failed: what was finished is there"}


def said(line: str) -> tuple[Literal["stage", "end", "say"], dict[str, Any]]:
    """A line of a command's talk as an event: a finished stage, a step of a running one, or a remark."""
    if match := _END.fullmatch(line):
        name, done, seconds = match.groups()
        return "end", {"stage": name, "done": int(done) if done else None, "seconds": float(seconds)}
    if match := _STEP.fullmatch(line):
        name, done, total, _ = match.groups()
        return "stage", {"stage": name, "done": int(done), "total": int(total) if total else None}
    return "say", {"line": line.removeprefix("synth: ").removeprefix("replicate: ")[:LINE]}


class Runner:
    """`workers` threads that take jobs from the store and run them until `stop`.

    `make` gives the command of a job; `ended` is told of each job that has ended, with its folder's files in place.
    """

    def __init__(
        self,
        store: Store,
        places: Places,
        *,
        workers: int = 1,
        make: Callable[[Job, Places], Command] = command,
        ended: Callable[[Job], None] | None = None,
    ) -> None:
        self._store, self._places, self._make, self._ended = store, places, make, ended
        self._wake = threading.Condition()
        self._stopping = False
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._threads = [threading.Thread(target=self._work, name=f"jobs-{n}", daemon=True) for n in range(workers)]

    def start(self) -> None:
        """Take up what an earlier server left, and begin."""
        self._store.recover()
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Tell the workers that a job waits."""
        with self._wake:
            self._wake.notify_all()

    def cancel(self, name: str) -> Job | None:
        """Cancel a job, waiting or running. None where there is none of that id."""
        job = self._store.cancel(name)
        child = self._running.get(name)
        if child is not None:
            threading.Thread(target=_end, args=(child,), daemon=True).start()
        return job

    def stop(self) -> None:
        """End what runs, which waits again for the next start, and the workers."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        for child in list(self._running.values()):
            _end(child)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(GRACE)

    def _work(self) -> None:
        while True:
            with self._wake:
                job = None if self._stopping else self._store.take()
                if job is None:
                    if self._stopping:
                        return
                    self._wake.wait(1.0)
                    continue
            try:
                self._run(job)
                ended = self._store.job(job.id)
                if self._ended is not None and ended is not None and ended.state != "waiting":
                    self._ended(ended)
            except Exception as problem:  # noqa: BLE001 (one job's fault must not end the queue)
                what = f"{type(problem).__name__}: {problem}".splitlines()[0].replace(str(self._places.home), "")
                self._store.settle(job.id, "failed", f"it could not be run ({what})")

    def _run(self, job: Job) -> None:
        what = self._make(job, self._places)
        folder = self._places.of(job.id)
        folder.mkdir(mode=0o700, exist_ok=True)
        self._store.say(job.id, "state", {"state": "running", "attempt": job.attempts})
        beside = folder / f".{what.output}.tmp" if what.output else Path(os.devnull)
        code, last = self._child(job.id, what.words, beside)
        if what.output and code in (0, 4):
            beside.replace(folder / what.output)
        elif what.output:
            beside.unlink(missing_ok=True)
        if what.then and code in (0, 4) and not self._store.cancelling(job.id):
            if self._stopping:
                self._store.put_back(job.id)  # the first half is kept, and found done when it is run again
                return
            after, told = self._child(job.id, what.then, Path(os.devnull))
            if after:
                code = 4 if after > 0 else after
                last = f"the report could not be refreshed: {told or 'no reason was told'}"
        self._settle(job.id, code, last)

    def _child(self, job: str, words: Sequence[str], output: Path) -> tuple[int, str]:
        """Run one command of a job to its end: its code, and its last remark, which tells why where it failed."""
        with output.open("wb") as out:
            child = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.PIPE,
                cwd=self._places.folder,
                env=environment(self._places.home),
                start_new_session=True,
            )
        self._running[job] = child
        try:
            if self._stopping or self._store.cancelling(job):
                _end(child)
            assert child.stderr is not None
            last = self._listen(job, child.stderr)
            return child.wait(), last
        finally:
            self._running.pop(job, None)
            for pipe in (child.stdin, child.stderr):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def _listen(self, job: str, stream: IO[bytes]) -> str:
        """Keep what the process says until it ends; the last remark, which tells why where it failed."""
        last, kept = "", 0
        while line := stream.readline(4 * LINE):
            text = line.decode("utf-8", "replace").strip().replace(f"{self._places.folder}{os.sep}", "")
            if not text:
                continue
            kind, data = said(text)
            last = data["line"] if kind == "say" else last
            kept += 1
            if kept <= LINES:
                self._store.say(job, kind, data)
        return last

    def _settle(self, job: str, code: int, last: str) -> None:
        if self._store.cancelling(job):
            self._store.settle(job, "cancelled", "cancelled while it ran")
        elif self._stopping and code:
            self._store.put_back(job)
        elif code == 0:
            self._store.settle(job, "done")
        elif code == 4:
            self._store.settle(job, "partial", last or _PARTIAL[4])
        elif code < 0:
            what = signal.Signals(-code).name
            self._store.settle(job, "failed", f"its process was ended by {what} (too little memory?)")
        else:
            self._store.settle(job, "failed", last or f"it ended with code {code}")


def _end(child: subprocess.Popen[bytes]) -> None:
    """Interrupt the group of a process, and end it where it does not end by itself."""
    for sign, wait in ((signal.SIGINT, GRACE), (signal.SIGKILL, GRACE)):
        try:
            os.killpg(child.pid, sign)
            child.wait(wait)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        return
