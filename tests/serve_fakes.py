"""What the tests of the web application share: commands that do at once what jobs take minutes for, and a real server.

A fake job does what its title says: "slow" waits to be ended, "fail", "partial", "die", "loud"; anything else is done.
"""

from __future__ import annotations

import io
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

from report_fixtures import claim, long, paper, quote, rich

from synth.records import Report
from synth.render import write
from synth.serve.commands import Command, command
from synth.serve.places import Places
from synth.serve.store import Job, Store
from synth.serve.uploads import keep_paper

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


# --- an application with something of everything ------------------------------------------------------------------

ONE, OTHER, PRINTED = "report-0000000001", "report-0000000002", "report-0000000003"
SENTENCE = "We measured that the sea follows the wind with a delay of four hours on most days."
_COST = {"steps": 9000, "tokens": 1, "seconds": 520.0, "disk": 37_000_000}
_PLAN: dict[str, Any] = {
    "id": "plan-0123456789",
    "experiment": {"id": "squad-average", "preset": "micro", "seeds": [1, 2], "effect": {"statement": "It helps."}},
    "claim_not_run": "the languages are made up",
    "cost": _COST,
    "rule": {"text": "Arms are paired by seed, and the interval of the mean difference decides."},
    "deviations": [{"field": "model", "ours": "a network of two layers", "paper": "XLM-R Large"}],
    "stages": [
        {"stage": {"kind": kind, "task": task, "arm": arm, "seed": seed}, "cost": _COST, "blocked": blocked}
        for kind, task, arm, seed, blocked in (
            ("intermediate", "squad_v2", "with", 1, None), ("target", "xnli", None, 2, "no such file")
        )
    ],
}
_VERDICT: dict[str, Any] = {
    "preset": "micro", "label": "replicated", "estimate": 1.4, "interval": [0.2, 2.6], "level": 0.95, "seeds": [1, 2],
    "effect": {"statement": "It helps in the family.", "unit": "points"}, "reason": "the interval lies above 0",
    "claim": {"effect": {"statement": "It helps by 8.2 points."}, "label": "not_run", "reason": "the model is another"},
    "deviations": [{"what": "model", "here": "a network of two layers", "paper": "XLM-R Large"}],
    "checks": [{"what": "rows", "stated": 1200, "found": 1300, "outcome": "mismatch", "mark": "read"}],
}  # fmt: skip
_AUDIT: dict[str, Any] = {
    "card": {"title": "A report of somebody else", "question": "Does the wind drive the sea?"},
    "answer": {"status": "partly_answered", "text": "Two of three papers speak to it, and one of them with doubt."},
    "claims": [
        {"index": 1, "text": "The sea follows the wind with a delay of four hours.", "stated_verified": True,
         "stated_confidence": 0.8, "verdict": {"label": "supported", "reason": "one paper says so"}},
        {"index": 2, "text": "The wind follows the sea on most d", "cut": True, "stated_verified": True,
         "stated_confidence": 0.7, "verdict": {"label": "refuted", "reason": "the paper says the opposite"}},
        {"index": 3, "text": "Nobody was wet.", "verdict": {"label": "not_checked", "reason": "its paper is not here"}},
    ],
    "findings": [
        {"kind": "claim_cut", "severity": "low", "message": "claim 2 ends in a half word", "claim_indexes": [2]},
        {"kind": "claim_contradicted", "severity": "high", "message": "claim 2 is called verified and is refuted"},
    ],
    "notes": ["one page was not read"],
}  # fmt: skip


def printed(*pages: str) -> bytes:
    """A PDF of two columns would be too much here: one narrow column, so that sentences run over lines."""
    import pymupdf

    with pymupdf.open() as document:
        for text in pages:
            page = document.new_page(width=300, height=400)
            page.insert_textbox(pymupdf.Rect(40, 40, 260, 380), text, fontsize=11)
        content: bytes = document.tobytes()
    return content


def furnished(home: Path) -> dict[str, str]:
    """Lay down reports, papers and jobs of every kind and state; yields the address of every page, by its name."""
    made(home)
    lay(home, ONE, rich())
    lay(home, OTHER, long(12, 6))
    places, store = Places(home), Store(Places(home).database)
    stream = io.BytesIO(printed("A Title of a Paper\n\nWe look at wind.", f"On the sea. {SENTENCE} More follows."))
    sea = keep_paper("wind.pdf", stream, places, store).names[0]
    beside = claim("c-1", "The sea follows the wind.", sea, evidence=(quote(sea, SENTENCE, page=2),))
    lay(home, PRINTED, rich().model_copy(update={"papers": (paper(sea, "Wind"),), "claims": (beside,)}))
    _tested(home)
    done = {kind: store.submit(kind, f"{kind} of the wind", {"report": ONE, "claim": rich().claims[0].id}).id
            for kind in ("verify", "audit", "replication")}  # fmt: skip
    verdicts = (home / "made" / "claims.jsonl").read_text(encoding="utf-8")
    files = {"verify": ("verdicts.jsonl", verdicts), "audit": ("audit.json", json.dumps(_AUDIT)),
             "replication": ("verdict.json", json.dumps(_VERDICT))}  # fmt: skip
    for kind, (file, text) in files.items():
        places.of(done[kind]).mkdir()
        (places.of(done[kind]) / file).write_text(text, encoding="utf-8")
        store.settle(done[kind], "done")
    failed = store.submit("report", "Does the moon move the tide?", {}).id
    store.say(failed, "say", {"line": "synth: papers/tide.pdf: nothing in it can be read"})
    store.settle(failed, "failed", "papers/tide.pdf: nothing in it can be read")
    for name in ("Is the slow wind over the sea a wind?", "Which waits behind it?"):
        store.submit("report", name.replace("?", " slow ?"), {"question": name})
    running, waiting = (job.id for job in reversed(store.jobs("report", 2)))
    store.close()
    return {
        "ask": "/", "reports": "/reports", "found": "/reports?q=wind", "none-found": "/reports?q=xyzzy",
        "report": f"/reports/{ONE}", "long-report": f"/reports/{OTHER}", "claim": f"/reports/{ONE}/claims/1",
        "claim-on-page": f"/reports/{PRINTED}/claims/1?quote=1", "compare": f"/compare?r={ONE}&r={OTHER}",
        "verify": "/verify", "verdicts": f"/verifications/{done['verify']}", "audits": "/audits",
        "audit": f"/audits/{done['audit']}", "papers": "/papers", "replications": "/replications",
        "effects": f"/replications/effects?report={ONE}", "plan": "/replications/plan?experiment=squad-average",
        "replication": f"/replications/{done['replication']}", "jobs": "/jobs", "running": f"/jobs/{running}",
        "waiting": f"/jobs/{waiting}", "failed": f"/jobs/{failed}", "enter": "/enter", "fault": "/compare?r=x",
    }  # fmt: skip


def _tested(home: Path) -> None:
    """The manifest of the first report tells how its first claim can be tested, and of a run of it."""
    name = rich().claims[0].id
    tier = {"name": "micro", "speaks": False, "cost": "1 step", "brief": "about nine minutes", "command": "x",
            "why_not": "of a made-up family", "here": True}  # fmt: skip
    far = tier | {"name": "paper", "brief": "three days", "speaks": True, "why_not": None, "here": False,
                  "why_not_here": "no GPU here"}  # fmt: skip
    kept = {"flags": [{"claim_id": name, "experiment": "squad-average", "tiers": [tier, far]}],
            "replications": [{"date": "2026-03-01", "line": {"claim_id": name, "experiment": "squad-average",
                                                             "preset": "micro"}}]}  # fmt: skip
    (Places(home).of(ONE) / "manifest.json").write_text(json.dumps(kept), encoding="utf-8")


def _effects(report: str, places: Places) -> list[dict[str, Any]]:
    own = {"claim_id": rich().claims[0].id, "experiment": "squad-average", "effect": {"source": "p1, Table 2"},
           "statement": rich().claims[0].statement, "runnable": True, "why_not": None}  # fmt: skip
    return [own, {**own, "claim_id": rich().claims[1].id, "statement": rich().claims[1].statement},
            {**own, "claim_id": "c-9", "statement": "It helps.", "runnable": False, "why_not": "no model"}]  # fmt: skip


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
    from synth.serve import commands

    if maker == "make":  # planning takes seconds, and a fake job needs no plan
        commands.plan = lambda asked, places: _PLAN
        commands.effects = _effects
    app.application = functools.partial(app.application, make=globals()[maker])  # type: ignore[assignment]
    exec(_REAL)
