"""What the tests of the web application share: commands that do at once what jobs take minutes for, and a real server.

A fake job does what its title says: "slow" waits to be ended, "fail", "partial", "die", "loud"; anything else is done.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from report_fixtures import rich

from synth.records import Report
from synth.render import write
from synth.serve.commands import Command, command
from synth.serve.places import Places
from synth.serve.store import Job

TESTS = Path(__file__).resolve().parent
_START = "import synth.serve.kept as k; k.COMMANDS += ('serve_fakes', 'serve_engine'); k.main()"


def python_path() -> str:
    """Where a child of the tests finds these fakes, and what the tests themselves were given."""
    return os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))


def make(job: Job, places: Places) -> Command:
    """The fake command of a job, in the same kind of process as a real one."""
    words = (sys.executable, "-c", _START, "serve_fakes", job.title, job.kind, str(places.of(job.id)))
    return Command(words, "verdicts.jsonl" if job.kind == "verify" else None)


def almost(job: Job, places: Places) -> Command:
    """The real command of a job, but for the engine of a replication (`serve_engine`)."""
    real = command(job, places)
    if job.kind != "replication":
        return real
    words = real.words[real.words.index("replicate.cli") + 1 :]
    return real._replace(words=(sys.executable, "-c", _START, "serve_engine", *words))


def main(words: Sequence[str]) -> None:
    """The fake command."""
    title, kind, folder = words[0].split(), words[1], Path(words[2])
    tell("synth: open: done in 0.1 s")
    if "slow" in title:
        (folder.parent / f"{folder.name}.pid").write_text(str(os.getpid()))
        tell("synth: search: 3 of 9 after 10 s")
        time.sleep(120)
    if "loud" in title:
        for number in range(30):
            tell(f"synth: line {number} of {folder}")
    if "die" in title:
        os.kill(os.getpid(), signal.SIGKILL)
    if "fail" in title:
        tell("synth: papers: nothing in it can be read")
        raise SystemExit(2)
    tell("synth: search: 9 done in 0.2 s")
    if kind == "report":
        laid = folder.parents[2] / "made"
        for file in laid.iterdir():
            shutil.copy(file, folder / file.name)
    if kind == "verify":
        claims = (folder.parents[2] / "made" / "claims.jsonl").read_text(encoding="utf-8")
        sys.stdout.write(claims)
    tell("synth: render: done in 0.1 s")
    if "partial" in title:
        tell("synth: arxiv failed")
        raise SystemExit(4)


def tell(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def made(home: Path, report: Report | None = None) -> Path:
    """Lay down what a fake report copies; the same files a real one has."""
    home.mkdir(parents=True, exist_ok=True)
    write(report or rich(), home / "made", formats=("html", "md", "json"), manifest={"date": "2026-01-01"})
    return home


def lay(home: Path, name: str, report: Report) -> None:
    """A report that another program has laid into the folder of the application."""
    folder = Places(home)
    folder.make()
    write(report, folder.of(name), formats=("html", "json"), manifest={"date": "2026-01-01"})


# --- a real server ----------------------------------------------------------------------------------------------


class Served:
    """A server in a process of its own."""

    def __init__(self, home: Path, fake: bool | str = True, words: Sequence[str] = (), **environment: str) -> None:
        """`fake`: whether its jobs are fakes, or the name of the function here that makes their commands."""
        self.home = home
        maker = "make" if fake is True else fake
        code = f"from serve_fakes import serve; serve({maker!r})" if fake else _REAL
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, "--port", "0", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=home,
            env={
                **os.environ,
                "SYNTH_HOME": str(home),
                "PYTHONPATH": python_path(),
                "OMP_NUM_THREADS": "1",
                **environment,
            },
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip().rstrip("/")

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        return self.ask("GET", path, None, **headers)

    def post(self, path: str, value: object, **headers: str) -> tuple[int, Any]:
        return self.ask("POST", path, value, **headers)

    def ask(self, method: str, path: str, value: object, **headers: str) -> tuple[int, Any]:
        """Status and JSON (or text) of a request."""
        body = None if value is None else json.dumps(value).encode()
        sent = {"Content-Type": "application/json", **{key.replace("_", "-"): text for key, text in headers.items()}}
        request = urllib.request.Request(self.address + path, body, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as problem:
            with problem:
                status, content = problem.code, problem.read()
        try:
            return status, json.loads(content)
        except ValueError:
            return status, content.decode("utf-8", "replace")

    def ends(self, job: str, within: float = 20.0) -> dict[str, Any]:
        """The job when it has ended."""
        return self.reaches(job, ("done", "partial", "failed", "cancelled", "interrupted"), within)

    def reaches(self, job: str, states: Sequence[str], within: float = 20.0) -> dict[str, Any]:
        until = time.monotonic() + within
        while time.monotonic() < until:
            found = self.get(f"/api/jobs/{job}")[1]
            if found["state"] in states:
                assert isinstance(found, dict)
                return found
            time.sleep(0.05)
        raise AssertionError(f"{job} did not reach {states}: {found}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self._gone()

    def stop(self) -> int:
        """End it as a person does."""
        self.process.send_signal(signal.SIGTERM)
        return self._gone()

    def _gone(self) -> int:
        code = self.process.wait(20)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return code


@contextmanager
def served(home: Path, fake: bool | str = True, words: Sequence[str] = (), **environment: str) -> Iterator[Served]:
    server = Served(home, fake, words, **environment)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


_REAL = (
    "import sys, typer; from synth.cli_serve import serve; from synth.shell import run; app = typer.Typer(); "
    "app.command()(serve); sys.exit(run(app, 'synth', sys.argv[1:]))"
)


def serve(maker: str) -> None:
    """The server of these tests: `synth serve`, whose jobs are fakes."""
    import functools

    import synth.serve.app as app

    app.application = functools.partial(app.application, make=globals()[maker])  # type: ignore[assignment]
    exec(_REAL)
