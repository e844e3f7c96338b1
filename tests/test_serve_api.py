"""The face for programs: what is asked, what comes back, how faults are told, how a job is followed."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from report_fixtures import claim, hostile, paper, rich
from serve_fakes import lay, made, make, python_path, served
from starlette.testclient import TestClient

from synth.serve import commands, compare
from synth.serve.app import application
from synth.serve.events import encoded, last_seen
from synth.serve.places import Places
from synth.serve.store import Event, Job, Store

HERE = "http://127.0.0.1:8765"
ONE, OTHER = "report-0000000001", "report-0000000002"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", python_path())
    return made(tmp_path / "home")


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(application(home, make=make), base_url=HERE) as found:
        yield found


def ended(client: TestClient, job: str, within: float = 20.0) -> dict[str, Any]:
    until = time.monotonic() + within
    while time.monotonic() < until:
        found: dict[str, Any] = client.get(f"/api/jobs/{job}").json()
        if found["ended"]:
            return found
        time.sleep(0.02)
    raise AssertionError(found)


# --- reports ----------------------------------------------------------------------------------------------------


def test_a_question_becomes_a_job_and_the_job_a_report(client: TestClient) -> None:
    answer = client.post("/api/reports", json={"question": "Does wind drive the sea?", "offline": True})
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["location"] == f"/api/jobs/{job['id']}"
    assert (job["state"], job["result"], job["files"]) == ("waiting", None, [])
    assert client.get(f"/api/reports/{job['id']}").status_code == 404
    done = ended(client, job["id"])
    assert done["state"] == "done"
    assert done["result"] == f"/api/reports/{job['id']}"
    report = client.get(done["result"]).json()
    assert report["schema"] == "synth/report/1"
    assert set(done["files"]) >= {"report.json", "report.html", "references.bib", "claims.jsonl"}
    listed = client.get("/api/reports").json()
    assert (listed["total"], listed["reports"][0]["id"]) == (1, job["id"])
    bib = client.get(f"/api/reports/{job['id']}/files/references.bib")
    assert bib.headers["content-type"] == "text/plain; charset=utf-8"


def test_reports_are_found_by_their_words_in_any_script(client: TestClient, home: Path) -> None:
    base = rich()
    lay(home, ONE, base.model_copy(update={"question": "Does 100%_of wind! drive the SEA?"}))
    lay(home, OTHER, base.model_copy(update={"question": "潮汐与海风有关吗？"}))

    def found(words: str) -> list[str]:
        return sorted(one["id"] for one in client.get("/api/reports", params={"q": words}).json()["reports"])

    assert found("") == [ONE, OTHER]
    assert found("sea WIND") == [ONE]
    assert found("与海风") == [OTHER]
    assert found("100%_of wind!") == [ONE]
    assert found("%") == [ONE] or "%" in base.answer.text
    assert found("nowhere-to-be-found") == []
    assert client.get("/api/reports", params={"limit": 1, "skip": 1}).json()["total"] == 2


def test_a_report_whose_folder_is_gone_leaves_the_list(client: TestClient, home: Path) -> None:
    lay(home, ONE, rich())
    assert client.get("/api/reports").json()["total"] == 1
    for file in Places(home).of(ONE).iterdir():
        file.unlink()
    Places(home).of(ONE).rmdir()
    assert client.get("/api/reports").json()["total"] == 0


def test_a_folder_that_holds_no_report_is_left_alone(client: TestClient, home: Path) -> None:
    lay(home, ONE, rich())
    (Places(home).of(ONE) / "report.json").write_text('{"schema": "other"}')
    assert client.get("/api/reports").json()["total"] == 0
    assert client.get(f"/compare?r={ONE}&r={ONE}").status_code == 400


# --- faults -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "asked", "status", "field", "words"),
    [
        ("/api/reports", {"question": " "}, 400, "question", "question"),
        ("/api/reports", {"question": "x" * 2001}, 400, "question", "2,001 characters"),
        ("/api/reports", {"question": "wind and sea", "max_papers": 0}, 400, "max_papers", "not between 1 and 200"),
        ("/api/reports", {"question": "wind and sea", "since": 3000}, 400, "since", "not between 1900 and 2100"),
        ("/api/reports", {"question": "wind and sea", "papers": ["x"]}, 400, "papers", "upload it first"),
        ("/api/reports", {"question": "wind\u0007 and sea"}, 400, "question", "no text"),
        ("/api/reports", {"question": 5}, 422, "question", "valid string"),
        ("/api/reports", {"question": "wind", "path": "/x"}, 422, "path", "not permitted"),
        ("/api/reports", {}, 422, "question", "required"),
        ("/api/verify", {"claims": []}, 400, "claims", "no claim was given"),
        ("/api/verify", {"claims": ["x"] * 101}, 400, "claims", "at most 100"),
        ("/api/verify", {"claims": ["x" * 2001]}, 400, "claims", "2,001 characters"),
        ("/api/replications", {}, 400, "experiment", "give the name"),
        ("/api/replications", {"report": ONE}, 400, "report", "belong together"),
        ("/api/replications", {"report": ONE, "claim": "c-1"}, 400, "report", "no report"),
        ("/api/replications", {"experiment": "../x"}, 400, "experiment", "letters, digits"),
        ("/api/replications", {"experiment": "a", "preset": "big"}, 400, "preset", "known: micro"),
        ("/api/replications", {"experiment": "a", "seeds": 0}, 400, "seeds", "between 1 and 20"),
    ],
)
def test_faults_have_one_shape_and_one_line(
    client: TestClient, path: str, asked: dict[str, Any], status: int, field: str, words: str
) -> None:
    answer = client.post(path, json=asked)
    assert answer.status_code == status
    told = answer.json()["error"]
    assert set(told) == {"status", "message", "field"}
    assert (told["status"], told["field"]) == (status, field)
    assert words in told["message"]
    assert "\n" not in told["message"]
    assert client.get("/api/jobs").json() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/api/jobs/none", 404),
        ("DELETE", "/api/jobs/none", 404),
        ("GET", "/api/reports/none", 404),
        ("GET", "/api/verifications/none", 404),
        ("GET", "/api/jobs/none/events", 404),
        ("PUT", "/api/reports", 405),
        ("GET", "/api/compare?left=a&right=b", 404),
        ("GET", "/api/compare", 422),
        ("GET", "/api/reports?limit=0", 422),
        ("POST", "/api/reports", 422),
    ],
)
def test_what_is_not_there(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["status"] == status


def test_the_queue_has_an_end(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth.serve.site.QUEUE", 0)
    answer = client.post("/api/verify", json={"claims": ["the wind is strong"]})
    assert answer.status_code == 429
    assert "jobs wait already" in answer.json()["error"]["message"]


def test_a_fault_of_this_program_shows_nothing_of_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("synth.serve.site.Site.reports", broken)
    app = application(home, make=make)
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        for path in ("/api/reports", "/reports"):
            answer = client.get(path)
            assert answer.status_code == 500
            assert "secret" not in answer.text


# --- claims, papers, audits -------------------------------------------------------------------------------------


def test_verdicts_come_at_once_where_they_are_waited_for(client: TestClient) -> None:
    answer = client.post("/api/verify?wait=20", json={"claims": ["the wind is strong"]})
    assert answer.status_code == 200
    assert [one["verdict"]["label"] for one in answer.json()["claims"]] == [
        one.verdict.label for one in rich().claims
    ]
    failed = client.post("/api/verify?wait=20", json={"claims": ["fail"]})
    assert failed.status_code == 422
    assert failed.json()["error"]["message"] == "papers: nothing in it can be read"


def test_papers_are_uploaded_and_named_in_questions(client: TestClient, home: Path) -> None:
    line = b'{"id": "wind", "title": "Wind over the sea", "abstract": "It blows."}\n'
    answer = client.post("/api/papers", files=[("papers", ("a.jsonl", io.BytesIO(line)))])
    assert answer.status_code == 201
    paper_id = answer.json()[0]["id"]
    assert [one["id"] for one in client.get("/api/papers").json()] == [paper_id]
    job = client.post("/api/reports", json={"question": "Does wind drive the sea?", "papers": [paper_id]}).json()
    places = Places(home)
    found = Store(places.database).job(job["id"])
    assert found is not None
    words = commands.command(found, places).words
    assert words[words.index("--papers") + 1] == str(places.uploads / f"{paper_id}.jsonl")
    refused = client.post("/api/papers", files=[("papers", ("a.exe", io.BytesIO(b"MZ")))])
    assert refused.status_code == 400
    assert refused.json()["error"]["message"].startswith("a.exe: not taken as a paper")


def test_audits_are_said_to_be_absent_where_they_are(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "audits", lambda: False)
    answer = client.post("/api/audits", files={"card": ("card.txt", io.BytesIO(b"A card"))})
    assert answer.status_code == 503
    assert answer.json()["error"]["message"] == "audits are not part of this installation"
    assert client.get("/api/health").json()["audits"] is False


def test_a_card_is_taken_for_audit(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "audits", lambda: True)
    line = b'{"id": "wind", "title": "Wind over the sea", "abstract": "It blows."}\n'
    files = [("card", ("my card.txt", io.BytesIO(b"A card"))), ("papers", ("a.jsonl", io.BytesIO(line)))]
    answer = client.post("/api/audits", files=files)
    assert answer.status_code == 202
    job = answer.json()
    assert (job["kind"], job["title"]) == ("audit", "my card.txt")
    refused = client.post("/api/audits", files={"card": ("card.exe", io.BytesIO(b"A card"))})
    assert refused.status_code == 400


# --- what a job runs --------------------------------------------------------------------------------------------


def job_of(kind: Any, request: dict[str, Any]) -> Job:
    return Job(
        number=1, id=f"{kind}-0123456789", kind=kind, title="t", request=request, state="running", attempts=1,
        reason=None, submitted="", started=None, ended=None,
    )  # fmt: skip


def test_words_of_a_request_are_never_options(tmp_path: Path) -> None:
    places = Places(tmp_path)
    words = commands.command(job_of("report", {"question": "--out /etc", "papers": [], "offline": True}), places).words
    assert "--question=--out /etc" in words
    assert "--offline" in words
    words = commands.command(job_of("verify", {"claims": ["--papers", "-x"], "papers": ["ab.pdf"]}), places).words
    assert words[words.index("--") :] == ("--", "--papers", "-x")
    assert words[words.index("--papers") + 1] == str(places.uploads / "ab.pdf")
    asked = {"report": ONE, "claim": "-c", "experiment": "-e", "preset": "micro", "seeds": 2}
    words = commands.command(job_of("replication", asked), places).words
    assert "--claim=-c" in words
    assert "--experiment=-e" in words
    assert words[words.index("--report") + 1] == f"report/{ONE}"
    assert str(tmp_path) not in str(words)  # they are shown in the report


def test_the_token_is_not_handed_to_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_TOKEN", "secret")
    assert "SYNTH_TOKEN" not in commands.environment(tmp_path)
    assert commands.environment(tmp_path)["SYNTH_HOME"] == str(tmp_path)


# --- replications -----------------------------------------------------------------------------------------------


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A plan in place of `replicate plan`."""
    plan = {"id": "plan-1", "experiment": {"id": "squad-average"}, "cost": {"seconds": 5.0}}
    monkeypatch.setattr(commands, "plan", lambda asked, places: plan)
    return plan


def test_a_replication_is_planned_before_it_is_run(client: TestClient, planned: dict[str, Any]) -> None:
    asked = {"experiment": "squad-average"}
    answer = client.post("/api/replications", json=asked)
    assert answer.status_code == 200
    assert answer.json() == {"confirm": "plan-1", "plan": planned}
    assert client.get("/api/jobs").json() == []
    assert client.post("/api/replications", json={**asked, "confirm": "plan-0"}).status_code == 409
    assert client.get("/api/jobs").json() == []
    run = client.post("/api/replications", json={**asked, "confirm": "plan-1"})
    assert run.status_code == 202
    assert run.json()["title"] == "squad-average, preset micro"


def test_the_real_plan_and_its_faults(home: Path) -> None:
    places = Places(home)
    places.make()
    asked = {"report": None, "claim": None, "experiment": "squad-average", "preset": "micro", "seeds": 1}
    plan = commands.plan(asked, places)
    assert plan["id"].startswith("plan-")
    assert plan["cost"]["seconds"] > 0
    with pytest.raises(Exception, match="squad-average"):
        commands.plan({**asked, "experiment": "squad-averag"}, places)


# --- following a job --------------------------------------------------------------------------------------------


def events_of(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def test_a_job_is_followed_from_its_beginning_to_its_end(client: TestClient) -> None:
    job = client.post("/api/reports", json={"question": "partial wind over the sea"}).json()["id"]
    answer = client.get(f"/api/reports/{job}/events")
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    told = events_of(answer.text)
    assert told == [
        ("state", {"state": "running", "attempt": 1}),
        ("end", {"stage": "open", "done": None, "seconds": 0.1}),
        ("end", {"stage": "search", "done": 9, "seconds": 0.2}),
        ("end", {"stage": "render", "done": None, "seconds": 0.1}),
        ("say", {"line": "arxiv failed"}),
        ("state", {"state": "partial", "reason": "arxiv failed"}),
        ("ended", {"state": "partial", "reason": "arxiv failed"}),
    ]
    again = client.get(f"/api/jobs/{job}/events", headers={"Last-Event-ID": "3"})
    assert events_of(again.text) == told[3:]


def test_an_event_is_one_block_whatever_it_holds() -> None:
    text = encoded(Event(number=7, kind="say", data={"line": "a\n\nevent: ended\ndata: x\u2028"}))
    assert text.count("\n") == 4
    assert text.startswith("id: 7\nevent: say\ndata: ")


@pytest.mark.parametrize(("header", "number"), [(None, 0), ("", 0), ("12", 12), ("-1", 0), ("x", 0), ("9" * 20, 0)])
def test_the_last_event_a_reader_has(header: str | None, number: int) -> None:
    assert last_seen(header) == number


def test_a_job_that_waits_or_runs_can_be_cancelled_and_one_that_ended_cannot(client: TestClient) -> None:
    running = client.post("/api/reports", json={"question": "slow wind over the sea"}).json()["id"]
    waiting = client.post("/api/reports", json={"question": "wind over the sea"}).json()["id"]
    assert client.request("DELETE", f"/api/jobs/{waiting}").json()["state"] == "cancelled"
    assert client.request("DELETE", f"/api/jobs/{running}").status_code == 200
    assert ended(client, running)["state"] == "cancelled"
    assert client.request("DELETE", f"/api/jobs/{running}").status_code == 409


# --- two reports ------------------------------------------------------------------------------------------------


def test_two_reports_side_by_side() -> None:
    base = rich()
    papers = (paper("p1", "First"), paper("p2", "Second"))
    left = base.model_copy(
        update={
            "papers": papers,
            "claims": (
                claim("c-1", "The gain is 1.4 points.", "p1"),
                claim("c-2", "Both say this.", "p1"),
                claim("c-3", "Only left.", "p1"),
            ),
        }
    )
    right = base.model_copy(
        update={
            "papers": papers[1:],
            "claims": (
                claim("c-9", "only  RIGHT", "p2"),
                claim("c-8", "Both say this", "p2"),
                claim("c-7", "the gain is 1.4 points", "p2", "refuted"),
            ),
        }
    )
    made_ = compare.compare(left, right)
    told = [(pair.change, pair.left and pair.left.id, pair.right and pair.right.id) for pair in made_.pairs]
    assert told == [
        ("verdict", "c-1", "c-7"), ("left", "c-3", None), ("right", None, "c-9"), ("same", "c-2", "c-8")
    ]  # fmt: skip
    assert [p.id for p in made_.papers] == ["p2"]
    assert [p.id for p in made_.left_papers] == ["p1"]
    assert made_.right_papers == ()
    assert compare.as_json(made_)["claims"][0]["right"]["verdict"] == "refuted"


def test_a_report_is_like_itself() -> None:
    made_ = compare.compare(hostile(), hostile())
    assert {pair.change for pair in made_.pairs} <= {"same", "left", "right"}
    assert made_.count("verdict") == 0


# --- OpenAPI ----------------------------------------------------------------------------------------------------


def test_the_description_names_every_operation_with_a_word_on_it(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    operations = {
        (method.upper(), path): one for path, methods in described["paths"].items() for method, one in methods.items()
    }
    assert set(operations) >= {
        ("POST", "/api/reports"), ("GET", "/api/reports"), ("GET", "/api/reports/{id}"),
        ("GET", "/api/reports/{id}/events"), ("POST", "/api/verify"), ("POST", "/api/audits"),
        ("POST", "/api/replications"), ("GET", "/api/jobs/{id}"), ("DELETE", "/api/jobs/{id}"), ("GET", "/api/health"),
    }  # fmt: skip
    assert all(path.startswith("/api/") for _, path in operations)
    assert [key for key, one in operations.items() if not one.get("description")] == []


# --- a real server ----------------------------------------------------------------------------------------------


def test_a_real_server_on_another_host_prints_its_token_once_and_asks_for_it(home: Path) -> None:
    with served(home, words=("--host", "0.0.0.0")) as server:
        server.address = server.address.replace("0.0.0.0", "127.0.0.1")
        assert server.process.stderr is not None
        line = server.process.stderr.readline()
        token = line.rsplit(" ", 1)[1].strip()
        assert "the token of this server" in line
        assert server.get("/api/jobs")[0] == 401
        assert server.get("/api/jobs", Authorization=f"Bearer {token}") == (200, [])


@pytest.mark.parametrize(
    ("words", "environment", "message"),
    [
        (("--host", "203.0.113.9"), {}, "cannot listen on 203.0.113.9"),
        ((), {"SYNTH_TOKEN": "short"}, "SYNTH_TOKEN: give at least 16"),
    ],
)
def test_a_server_that_cannot_start_says_why(
    home: Path, words: tuple[str, ...], environment: dict[str, str], message: str
) -> None:
    with served(home, words=words, **environment) as server:
        assert server.process.stderr is not None
        told = server.process.stderr.read()
        assert server._gone() == 2
    assert message in told
    assert told.count("\n") == 1


@pytest.mark.slow
def test_a_real_replication_that_needs_no_training(tmp_path: Path) -> None:
    """No fake: plan, confirm, run, read. The experiment recomputes sums that a paper states."""
    home = tmp_path / "home"
    home.mkdir()
    asked = {"experiment": "averages-arithmetic", "preset": "paper"}
    with served(home, fake=False) as server:
        plan = server.post("/api/replications", asked)[1]
        job = server.post("/api/replications", {**asked, "confirm": plan["confirm"]})[1]
        done = server.ends(job["id"], within=120)
        assert done["state"] == "done", done
        assert server.get(done["result"])[1]["label"] == "not_run"
        told = server.get(f"/replications/{job['id']}")[1]
        assert "Checked, not replicated: 8 of 8 match" in told
        assert server.get(f"/replications/{job['id']}/report.html")[0] == 200
        wrong = server.post("/api/replications", {"experiment": "averages-arithmetc"})[1]["error"]
        assert (wrong["field"], 'did you mean "averages-arithmetic"' in wrong["message"]) == ("experiment", True)


def test_a_result_is_named_only_when_it_is_there(client: TestClient, home: Path) -> None:
    store, places = Store(Places(home).database), Places(home)
    job = store.submit("replication", "squad-average", {})
    store.settle(job.id, "failed", "the disk is full")
    places.of(job.id).mkdir()
    (places.of(job.id) / "plan.json").write_text("{}")
    told = client.get(f"/api/jobs/{job.id}").json()
    assert (told["result"], told["files"]) == (None, ["plan.json"])
    assert "Read the result" not in client.get(f"/jobs/{job.id}").text
    (places.of(job.id) / "verdict.json").write_text("{}")
    assert client.get(f"/api/jobs/{job.id}").json()["result"] == f"/api/replications/{job.id}"


@pytest.mark.slow
def test_a_real_question_to_a_real_server(tmp_path: Path) -> None:
    """No fake: upload two papers, ask, follow, read; verify a claim against them."""
    home = tmp_path / "home"
    home.mkdir()
    lines = [
        {"id": "gain", "title": "Intermediate training for PAWS-X", "year": 2021, "authors": ["Ada Writer"],
         "abstract": "We study intermediate training. Intermediate training improves PAWS-X accuracy by 1.4 points."},
        {"id": "same", "title": "Intermediate training on PAWS-X, repeated", "year": 2022, "authors": ["Bob Repeater"],
         "abstract": "We find that intermediate training improves PAWS-X accuracy by 1.4 points."},
    ]  # fmt: skip
    with served(home, fake=False, words=("--offline",)) as server:
        import httpx

        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        answer = httpx.post(f"{server.address}/api/papers", files={"papers": ("p.jsonl", body)}, timeout=60)
        kept = [answer.json()[0]["id"]]
        asked = {"question": "Does intermediate training help PAWS-X?", "papers": kept}
        job = server.post("/api/reports", asked)[1]["id"]
        done = server.ends(job, within=240)
        assert done["state"] == "done", done
        report = server.get(f"/api/reports/{job}")[1]
        assert {one["id"] for one in report["papers"]} == {"gain", "same"}
        assert {one["source"] for one in report["coverage"] if one["outcome"] == "skipped"} >= {"arxiv"}
        kinds = [kind for kind, _ in events_of(server.get(f"/api/reports/{job}/events")[1])]
        assert kinds.count("end") >= 5
        claims = ["Intermediate training improves PAWS-X accuracy by 1.4 points."]
        verdict = server.ends(server.post("/api/verify", {"claims": claims, "papers": kept})[1]["id"], within=120)
        assert verdict["state"] == "done"
        found = server.get(verdict["result"])[1]["claims"]
        assert [one["statement"] for one in found] == claims
