"""From a doubtful claim to a rerun and back, through the server: one click, live progress, the report refreshed.

What is fake is the engine alone (`serve_engine`): plan, family, measurements, verdict, evidence and report are real;
one test has the engine too.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from report_fixtures import claim, paper, rich
from serve_fakes import Served, lay, python_path, served

from synth.records import Quantity, Report
from synth.refresh import refresh
from synth.serve.places import Places

ONE = "report-0000000001"
PAPER = "arxiv:2005.13013"
SQUAD = "With SQuAD v2 as intermediate task the average gain over all targets is 8.2 points."
ROWS = "The train set of SQuAD v1.1 has 87,599 training examples."
ASKED = {"report": ONE, "claim": "c-squad", "experiment": "squad-average", "preset": "micro"}


def stated(identity: str, statement: str, value: float | None = None) -> dict[str, Any]:
    made = claim(identity, statement, PAPER, quantity=None if value is None else Quantity(value=value))
    return made.model_copy(update={"source": made.source.model_copy(update={"version": "v2"})}).model_dump()


def doubtful() -> Report:
    """A report with a claim that an experiment can test, one that counting settles, and one that nothing tests."""
    claims = [stated("c-squad", SQUAD, 8.2), stated("c-rows", ROWS), stated("c-sky", "The sky is blue.")]
    return Report.model_validate(
        rich().model_dump(by_alias=True)
        | {"papers": [paper(PAPER).model_dump()], "claims": claims, "agreements": [], "conflicts": []}
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", python_path())
    folder = tmp_path / "home"
    folder.mkdir()
    lay(folder, ONE, doubtful())
    from replicate import flags

    refresh(Places(folder).of(ONE), "2026-02-02", among=(flags.flags,))
    return folder


def replicated(server: Served, **changes: str) -> str:
    """The id of a replication that was planned, confirmed and begun."""
    asked = ASKED | changes
    plan = server.post("/api/replications", asked)[1]
    status, job = server.post("/api/replications", {**asked, "confirm": plan["confirm"]})
    assert status == 202, job
    assert isinstance(job["id"], str)
    return job["id"]


def replication_of(server: Served, name: str) -> dict[str, Any]:
    claims = server.get(f"/api/reports/{ONE}")[1]["claims"]
    found = next(one["replication"] for one in claims if one["id"] == name)
    assert isinstance(found, dict)
    return found


def told(server: Served, job: str) -> list[str]:
    text = server.get(f"/api/jobs/{job}/events")[1]
    rows = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    return [row["line"] for row in rows if "line" in row]


@pytest.mark.slow
def test_a_replication_is_laid_into_its_report(home: Path) -> None:
    """The job is done only when the report shows it: whoever reads the report then finds the run beside the claim."""
    with served(home, "almost") as server:
        before = server.get("/api/reports")[1]["reports"][0]
        job = replicated(server)
        done = server.ends(job, within=300)
        assert (done["state"], done["reason"]) == ("done", None)
        found = replication_of(server, "c-squad")
        assert (found["status"], found["measurement_ids"]) == ("not_run", [])
        assert "Beside it, a micro run of squad-average, which speaks of the made-up family alone" in found["reason"]
        assert "agrees" in replication_of(server, "c-rows")["reason"]
        said = told(server, job)
        assert any(line.startswith("[1/") for line in said)
        assert any(line.startswith("c-squad: not_run: the paper's claim was not run.") for line in said)
        page = server.get(f"/reports/{ONE}")[1]
        assert "which speaks of the made-up family alone" in page
        assert "Experiment: not run." in page
        shown = server.get(f"/replications/{job}")[1]
        assert "The paper’s claim: not run" in shown
        assert "Measured in the made-up family" in shown
        assert f'href="/reports/{ONE}#claim-1"' in shown
        after = server.get("/api/reports")[1]["reports"][0]
        assert after["id"] == before["id"]
        history = json.loads((Places(home).of(ONE) / "manifest.json").read_text())["replications"]
        assert [one["line"]["claim_id"] for one in history] == ["c-squad"]
        assert str(home) not in (Places(home).of(ONE) / "report.json").read_text()
        # Again: the claim is told the same, and the second run is added to the history.
        assert server.ends(replicated(server), within=300)["state"] == "done"
        assert replication_of(server, "c-squad")["reason"] == found["reason"]
        both = json.loads((Places(home).of(ONE) / "manifest.json").read_text())["replications"]
        assert both[0] == history[0]
        assert [one["line"]["claim_id"] for one in both] == ["c-squad", "c-squad"]


@pytest.mark.slow
def test_one_click_trains_and_the_report_shows_it(home: Path) -> None:
    """The way a person goes, with nothing in the place of the engine: torch trains and predicts all 18 stages."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    (home / "real").touch()
    with served(home, "almost") as server:
        job = replicated(server)
        done = server.ends(job, within=600)
        assert (done["state"], done["reason"]) == ("done", None)
        found = replication_of(server, "c-squad")
        assert (found["status"], found["measurement_ids"]) == ("not_run", [])
        assert "Beside it, a micro run of squad-average, which speaks of the made-up family alone" in found["reason"]
        assert any(line.startswith("[1/18]") for line in told(server, job))
        assert "which speaks of the made-up family alone" in server.get(f"/reports/{ONE}")[1]
    run = Places(home).of(job)
    results = [json.loads(file.read_text()) for file in run.glob("stages/*/result.json")]
    assert len(results) == 18
    assert all(one["machine"]["torch"] for one in results)
    trained = [one["result"] for one in results if one["stage"]["kind"] in ("pretrained", "intermediate")]
    assert {one["steps"] for one in trained} == {6}
    assert len(list(run.glob("stages/*/model/model.safetensors"))) == len(trained)
    assert json.loads((run / "verdict.json").read_text())["measurements"]


@pytest.mark.slow
def test_a_report_that_cannot_be_refreshed_is_told_and_the_run_is_kept(home: Path) -> None:
    (home / "gate").write_text("1")
    with served(home, "almost") as server:
        job = replicated(server)
        server.reaches(job, ["running"], within=300)
        (Places(home).of(ONE) / "manifest.json").write_text("no JSON")
        (home / "gate").unlink()
        done = server.ends(job, within=300)
        assert done["state"] == "partial"
        assert "the report could not be refreshed" in done["reason"]
        assert "manifest.json" in done["reason"]
        assert str(home) not in done["reason"]
        assert "verdict.json" in done["files"]


@pytest.mark.slow
def test_kill_9_in_the_middle_of_a_replication_loses_nothing(home: Path) -> None:
    """The second server goes on where the first one was ended, and the report is refreshed once."""
    (home / "gate").write_text("2")
    server = Served(home, "almost")
    job = replicated(server)
    until = time.monotonic() + 300
    stages = Places(home).of(job) / "stages"
    while not (stages.is_dir() and len(list(stages.glob("*/result.json"))) >= 2):
        assert time.monotonic() < until
        time.sleep(0.05)
    server.kill()
    kept = {path: path.stat().st_mtime_ns for path in stages.glob("*/result.json")}
    (home / "gate").unlink()
    with served(home, "almost") as again:
        done = again.ends(job, within=300)
        assert (done["state"], done["attempts"]) == ("done", 2)
        assert "made-up family alone" in replication_of(again, "c-squad")["reason"]
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    history = json.loads((Places(home).of(ONE) / "manifest.json").read_text())["replications"]
    assert len(history) == 1
    assert not [file.name for file in Places(home).of(ONE).iterdir() if file.name.endswith(".tmp")]
