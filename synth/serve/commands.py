"""What a job runs, as words of the command lines of this project; and the short commands that are run on the spot."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from synth.errors import InputError, SynthError
from synth.serve.places import Places
from synth.serve.store import Job

__all__ = ["Command", "audits", "command", "effects", "environment", "plan"]

_one = threading.Lock()  # planning takes a core for seconds; who asks twice at once waits
PLANNING = 120.0  # seconds for a command that a person waits for


class Command(NamedTuple):
    """What to start, and the file that its standard output becomes where it ends well (None: nobody needs it).

    `then` is started after it where it ended well, as a part of the same job: what came of a replication is laid into
    its report by a process that may be ended as any other.
    """

    words: tuple[str, ...]
    output: str | None = None
    then: tuple[str, ...] | None = None


def audits() -> bool:
    """Whether this installation can audit cards."""
    return importlib.util.find_spec("synth.cli_audit") is not None


def command(job: Job, places: Places) -> Command:
    """The command of a job. Every path in it is made here, from ids that the store knows."""
    asked, folder = job.request, places.of(job.id)
    papers = [word for name in asked.get("papers", ()) for word in ("--papers", str(places.uploads / name))]
    if job.kind == "report":
        words = ["report", f"--question={asked['question']}", "--out", str(folder), *papers, *_limits(asked)]
        return Command(_python("synth.cli", *words, "--format", "html,pdf,md,json"))
    if job.kind == "verify":
        return Command(_python("synth.cli", "verify", "--json", *papers, "--", *asked["claims"]), "verdicts.jsonl")
    if job.kind == "audit":
        card = str(places.uploads / asked["card"])
        return Command(_python("synth.cli", "audit", card, *papers, "--out", str(folder)))
    out = _within(job.id, places)
    run = _python("replicate.cli", "run", *_experiment(asked, places), "--resume", "--out", out)
    if asked.get("report") is None:
        return Command(run)
    return Command(run, then=_python("synth.cli", "report", "--refresh", _within(asked["report"], places)))


def _limits(asked: Mapping[str, Any]) -> list[str]:
    words = ["--offline"] if asked.get("offline") else []
    for name in ("max_papers", "since", "budget"):
        if asked.get(name) is not None:
            words += [f"--{name.replace('_', '-')}", str(asked[name])]
    return words


def _experiment(asked: Mapping[str, Any], places: Places) -> list[str]:
    words = []
    if asked.get("report") is not None:
        words += ["--report", _within(asked["report"], places), f"--claim={asked['claim']}"]
    if asked.get("experiment") is not None:
        words += [f"--experiment={asked['experiment']}"]
    words += [f"--preset={asked['preset']}"]
    return words + (["--seeds", str(asked["seeds"])] if asked.get("seeds") is not None else [])


def _within(job: str, places: Places) -> str:
    """The folder of a job as seen from where jobs run: what a run was begun with is shown in reports, and passed on."""
    return str(places.of(job).relative_to(places.folder))


def _python(module: str, *words: str) -> tuple[str, ...]:
    # -P: a file in the working folder is never taken for a module.
    return (sys.executable, "-P", "-m", "synth.serve.kept", module, *words)


def environment(home: Path) -> dict[str, str]:
    """The environment of a job: that of the server, with the data folder by name and without the token."""
    return {
        **{name: value for name, value in os.environ.items() if name != "SYNTH_TOKEN"},
        "SYNTH_HOME": str(home),
        "PYTHONUNBUFFERED": "1",
    }


# --- on the spot ------------------------------------------------------------------------------------------


def plan(asked: Mapping[str, Any], places: Places) -> dict[str, Any]:
    """The plan of a replication as `replicate plan --json` prints it. InputError where the request is at fault."""
    made = json.loads(_ask(["plan", *_experiment(asked, places), "--json"], places))
    assert isinstance(made, dict)
    return made


def effects(report: str, places: Places) -> list[dict[str, Any]]:
    """The claims of a report that an experiment can test, as `replicate effects --json` prints them."""
    lines = _ask(["effects", str(places.of(report)), "--json"], places).splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def _ask(words: Sequence[str], places: Places) -> str:
    try:
        with _one:
            done = subprocess.run(
                (sys.executable, "-P", "-c", "from replicate.cli import main; main()", *words),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=PLANNING,
                check=False,
                cwd=places.folder,
                env=environment(places.home),
            )
    except subprocess.TimeoutExpired:
        raise SynthError(f"planning took more than {PLANNING:g} s and was given up") from None
    if done.returncode:
        told = (done.stderr.strip() or "no reason was given").splitlines()[-1].partition(": ")[2]
        raise InputError(told.removeprefix("--").replace(f"{places.folder}{os.sep}", ""))
    return done.stdout
