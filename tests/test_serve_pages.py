"""The face for people: pages that work without a script and, with it, in a real browser; and hostile text in them."""

from __future__ import annotations

import importlib.util
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from report_fixtures import HOSTILE, claim, hostile, long, paper, quote, rich
from serve_fakes import ONE, OTHER, SENTENCE, furnished, lay, made, make, printed, python_path, served
from starlette.routing import Route
from starlette.testclient import TestClient

from synth.errors import InputError
from synth.formats import picture
from synth.records import Report
from synth.serve import commands, evidence, judging, pages, reading, replicating
from synth.serve.app import application
from synth.serve.places import Places
from synth.serve.show import progress
from synth.serve.store import Event, Job, Store, Upload

HERE = "http://127.0.0.1:8765"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", python_path())
    return made(tmp_path / "home")


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(application(home, make=make), base_url=HERE) as found:
        yield found


def send(client: TestClient, path: str, page: str = "/", files: Any = None, **fields: str) -> Any:
    match = re.search(r'name="form_token" value="(\w+)"', client.get(page).text)
    assert match is not None
    fields["form_token"] = match.group(1)
    return client.post(path, data=fields, files=files, follow_redirects=False)


# --- the way through --------------------------------------------------------------------------------------------


def test_a_question_goes_from_the_form_to_the_report(client: TestClient) -> None:
    answer = send(client, "/reports", question="Does wind drive the sea?", offline="1", max_papers="5")
    assert answer.status_code == 303
    page = client.get(answer.headers["location"])
    assert "Does wind drive the sea?" in page.text
    job = answer.headers["location"].rsplit("/", 1)[1]
    assert "".join(client.get(f"/api/jobs/{job}/events").text).endswith("\n\n")
    page = client.get(f"/jobs/{job}")
    assert "Read the result" in page.text
    assert 'http-equiv="refresh"' not in page.text
    report = client.get(f"/reports/{job}")
    assert rich().claims[0].statement in report.text.replace("&#39;", "'").replace("&amp;", "&")
    assert client.get(f"/reports/{job}/report.json").json()["schema"] == "synth/report/1"
    assert client.get(f"/verifications/{job}", follow_redirects=False).headers["location"] == f"/jobs/{job}"


def test_a_question_at_fault_comes_back_with_what_was_typed(client: TestClient) -> None:
    answer = send(client, "/reports", question="<b>wind</b> and sea", since="3000")
    assert answer.status_code == 400
    assert "since: 3,000 is not between" in answer.text or "since: 3000 is not between" in answer.text
    assert "&lt;b&gt;wind&lt;/b&gt; and sea" in answer.text
    answer = send(client, "/reports", question="wind and sea", max_papers="many")
    assert "is no whole number" in answer.text


def test_a_page_of_a_running_job_reloads_itself_without_a_script(client: TestClient) -> None:
    job = send(client, "/reports", question="slow wind over the sea").headers["location"]
    text = client.get(job).text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in text
    assert client.get("/").text.count("slow wind over the sea") == 1
    assert send(client, f"{job}/cancel", job).status_code == 303


def test_verdicts_have_a_page(client: TestClient) -> None:
    job = send(client, "/verify", claims="the wind is strong\n\nthe sea is calm").headers["location"]
    client.get(f"/api{job}/events")
    name = job.rsplit("/", 1)[1]
    text = client.get(f"/verifications/{name}").text
    assert f"Verdicts ({len(rich().claims)})" in text
    assert client.get(f"/verifications/{name}/verdicts.jsonl").text.count("\n") == len(rich().claims)
    assert send(client, "/verify", claims=" \n ").status_code == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports/report-9999999999", 404),
        (f"/reports/{ONE}/claims/0", 404),
        (f"/reports/{ONE}/claims/9999", 404),
        (f"/reports/{ONE}/claims/x", 422),
        (f"/reports/{ONE}/claims/1?quote=99", 404),
        (f"/reports/{ONE}/claims/1/page.png", 404),
        (f"/compare?r={ONE}", 400),
        (f"/compare?r={ONE}&r=none", 404),
        ("/jobs/none", 404),
        ("/audits/none", 404),
        ("/replications/none", 404),
        ("/replications/effects?report=none", 404),
        ("/replications/plan", 400),
    ],
)
def test_what_is_not_there_is_said_on_a_page(client: TestClient, home: Path, path: str, status: int) -> None:
    lay(home, ONE, rich())
    answer = client.get(path)
    assert answer.status_code == status
    assert 'class="fault"' in answer.text
    assert "Traceback" not in answer.text


def test_a_plan_is_run_only_when_it_was_shown_and_confirmed(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    cost = {"steps": 9000, "tokens": 1, "seconds": 520.0, "disk": 37_000_000}
    plan: dict[str, Any] = {
        "id": "plan-0123456789",
        "experiment": {"id": "squad-average", "preset": "micro", "seeds": [1, 2], "effect": {"statement": "It helps."}},
        "claim_not_run": "the preset is small",
        "cost": cost,
        "rule": {"text": "Arms are paired."},
        "deviations": [{"field": "model", "ours": "tiny", "paper": "large"}],
        "stages": [{"stage": {"kind": "target", "task": "t", "arm": None, "seed": 1}, "cost": cost, "blocked": None}],
    }
    monkeypatch.setattr(commands, "plan", lambda asked, places: plan)
    text = client.get("/replications/plan?experiment=squad-average").text
    assert "9 minutes" in text
    assert "the preset is small" in text
    assert client.get("/api/jobs").json() == []
    answer = send(client, "/replications", experiment="squad-average", preset="micro", confirm="plan-0123456789")
    assert answer.headers["location"].startswith("/jobs/replication-")
    assert send(client, "/replications", experiment="squad-average", preset="micro").status_code == 409


@pytest.mark.parametrize(
    ("seconds", "stages", "leads"),
    [(520.0, 1, "/jobs/replication-"), (1800.0, 1, "/replications/plan?"), (9e9, 0, "/jobs/replication-")],
)
def test_one_click_begins_what_costs_little_and_shows_the_plan_of_the_rest(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, seconds: float, stages: int, leads: str
) -> None:
    plan = {"id": "plan-0123456789", "experiment": {"id": "squad-average"}, "cost": {"seconds": seconds},
            "stages": [{}] * stages}  # fmt: skip
    monkeypatch.setattr(commands, "plan", lambda asked, places: plan)
    asked = {"experiment": "squad-average", "preset": "paper", "now": "1"}
    answer = send(client, "/replications", **asked)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(leads)
    assert ("experiment=squad-average&preset=paper" in answer.headers["location"]) == ("plan" in leads)


def test_a_claim_shows_how_it_can_be_tested_and_what_was_run(client: TestClient, home: Path) -> None:
    report = rich()
    name = report.claims[0].id
    lay(home, ONE, report)
    tier = {"name": "micro", "speaks": False, "cost": "1 step", "brief": "a <b>minute</b>", "command": "x",
            "why_not": "of a made-up family", "here": True}  # fmt: skip
    far = tier | {"name": "paper", "speaks": True, "why_not": None, "here": False, "why_not_here": "no GPU here"}
    line = {"claim_id": name, "experiment": "squad-average", "preset": "micro"}
    kept = {"flags": [{"claim_id": name, "experiment": "squad-average", "tiers": [tier, far]}, {"claim_id": 5}, "x"],
            "replications": [{"date": "2026-03-01", "line": line}, {"date": 5, "line": None}, 7]}  # fmt: skip
    (Places(home).of(ONE) / "manifest.json").write_text(json.dumps(kept))
    text = client.get(f"/reports/{ONE}").text
    assert text.count("Run squad-average, micro</button>") == 1
    assert "a &lt;b&gt;minute&lt;/b&gt;" in text
    assert "The tier micro speaks of a made-up family." in text
    assert "2026-03-01: squad-average, micro" in text
    assert f"/replications/plan?report={ONE}&amp;claim={name}&amp;experiment=squad-average&amp;preset=paper" in text
    asked = {"report": ONE, "claim": name, "experiment": "squad-average", "preset": "micro"}
    job = Store(Places(home).database).submit("replication", "squad-average, preset micro", asked)
    text = client.get(f"/reports/{ONE}").text
    assert f'Being tested: <a href="/jobs/{job.id}">' in text
    assert "</button> <span>" not in text
    (Places(home).of(ONE) / "manifest.json").write_text('{"flags": 5, "replications": {}}')
    assert client.get(f"/reports/{ONE}").status_code == 200


@pytest.mark.parametrize(
    ("preset", "label", "claim", "told", "never"),
    [
        ("micro", "replicated", "not_run", ["The paper’s claim: not run", "made-up family", "It held there"],
         ["replicated"]),
        ("micro", "not_replicated", "not_run", ["claim: not run", "It did not hold there"], ["not replicated"]),
        ("paper", "replicated", "replicated", ["The paper’s claim: replicated", "Replicated"], ["made-up family"]),
    ],
)
def test_a_verdict_of_the_family_is_never_worded_as_one_of_the_paper(
    client: TestClient, home: Path, preset: str, label: str, claim: str, told: list[str], never: list[str]
) -> None:
    verdict = {
        "preset": preset, "label": label, "estimate": -0.04, "interval": [-1.0, 2.25], "level": 0.95, "seeds": [1, 2],
        "effect": {"statement": "It helps.", "unit": "points"}, "reason": "the interval holds 0",
        "claim": {"effect": {"statement": "It helps by 8.2 points."}, "label": claim, "reason": "why <b>"},
        "deviations": [{"what": "model", "here": "tiny", "paper": "large"}, 7],
        "checks": [{"what": "rows", "stated": 1200, "found": 1300, "outcome": "mismatch", "mark": "read"},
                   {"what": "memory", "stated": 1, "found": 1, "outcome": "match", "mark": "recalled"}],
    }  # fmt: skip
    store = Store(Places(home).database)
    for content in (verdict, {}, {"claim": 5, "interval": [1], "estimate": "x", "checks": 7}):
        job = store.submit("replication", "a-helps-b", {"report": "report-9999999999", "claim": "c-1"})
        Places(home).of(job.id).mkdir()
        (Places(home).of(job.id) / "verdict.json").write_text(json.dumps(content))
        answer = client.get(f"/replications/{job.id}")
        assert answer.status_code == 200
        assert client.get(f"/replications/{job.id}/verdict.json").json() == content
        if content is verdict:
            main = answer.text.partition("<main")[2].replace("replication", "")
            figures = "+0.0 points, 95% interval -1.0 to +2.2; seeds 1, 2"
            for words in (*told, figures, "Why &lt;b&gt;.", "<td>tiny</td><td>large</td>", "rows: stated 1,200, found"):
                assert words in main
            assert not [words for words in never if words in main]
            assert "memory" not in main


def test_an_audit_has_a_page_whatever_its_file_leaves_out(client: TestClient, home: Path) -> None:
    store = Store(Places(home).database)
    full = json.dumps(
        {
            "card": {"title": "<b>T</b>", "question": None},
            "answer": {"status": "not_studied", "text": "No."},
            "claims": [
                {"index": 1, "text": "It helps", "cut": True, "stated_verified": True, "stated_confidence": 0.2,
                 "verdict": {"label": "refuted", "reason": "it says less"}},
                {"index": 2, "text": "x"},
            ],
            "findings": [{"kind": "claim_cut", "severity": "low", "message": "claim 1 is cut", "claim_indexes": [1]}],
            "notes": ["one page was not read"],
        }
    )  # fmt: skip
    pages = []
    for content in (full, "{}", '{"card": 5, "claims": [7], "findings": null, "answer": {"status": "<i>"}}'):
        job = store.submit("audit", "card.txt", {})
        store.settle(job.id, "done")
        Places(home).of(job.id).mkdir()
        (Places(home).of(job.id) / "audit.json").write_text(content)
        pages.append(client.get(f"/audits/{job.id}").text)
        assert client.get(f"/audits/{job.id}/audit.json").text == content
    for wanted in ("&lt;b&gt;T&lt;/b&gt;", "verified (0.2)", "claim cut", "it says less", "one page was not read"):
        assert wanted in pages[0]
    assert all("No claim was found" in page for page in pages[1:])


# --- stages -----------------------------------------------------------------------------------------------------


def test_the_stage_after_the_last_finished_one_runs() -> None:
    job = Job(
        number=1, id="report-0123456789", kind="report", title="t", request={}, state="running", attempts=2,
        reason=None, submitted="", started=None, ended=None,
    )  # fmt: skip
    said: list[tuple[Any, dict[str, Any]]] = [
        ("state", {"state": "running", "attempt": 1}),
        ("end", {"stage": "open", "done": None, "seconds": 2.0}),
        ("end", {"stage": "verify", "done": 9, "seconds": 2.0}),
        ("state", {"state": "running", "attempt": 2}),
        ("end", {"stage": "open", "done": None, "seconds": 1.0}),
        ("end", {"stage": "unheard", "done": 2, "seconds": 1.5}),
        ("stage", {"stage": "search", "done": 3, "total": 9}),
        ("say", {"line": "[4/18] training"}),
    ]
    told = progress(job, [Event(number=n, kind=kind, data=data) for n, (kind, data) in enumerate(said, 1)])
    assert [(stage.name, stage.state, stage.told) for stage in told.stages][:4] == [
        ("open", "done", "1.0 s"), ("unheard", "done", "2 in 1.5 s"), ("search", "running", "3 of 9"),
        ("notices", "waiting", ""),
    ]  # fmt: skip
    assert {stage.state for stage in progress(job.model_copy(update={"state": "failed"}), []).stages} == {"unreached"}
    assert told.counted == (4, 18)
    assert told.last == 8


# --- a quote in its place ---------------------------------------------------------------------------------------


def words(text: str) -> list[picture.Word]:
    """The words of lines of text, ten points high and ten wide a letter."""
    return [
        (10.0 * column, 10.0 * row, 10.0 * (column + len(word)), 10.0 * row + 10, word)
        for row, line in enumerate(text.split("\n"))
        for word, column in ((match.group(), match.start()) for match in re.finditer(r"\S+", line))
    ]


@pytest.mark.parametrize(
    ("page", "wanted", "boxes"),
    [
        ("one two three", "two", [(40, 0, 70, 10)]),
        ("one two three", "TWO, three!", [(40, 0, 130, 10)]),
        ("one two\nthree four", "two three", [(40, 0, 70, 10), (0, 10, 50, 20)]),
        ("multi-\nlingual text", "multilingual text", [(0, 0, 60, 10), (0, 10, 120, 20)]),
        ("the eﬃcient one", "efficient", [(40, 0, 110, 10)]),
        ("one two three", "four", []),
        ("one two three", "", []),
        ("", "one", []),
        ("… ends here on this page with many words", "begins before and ends here on this page with many words",
         [(20, 0, 400, 10)]),
    ],
)  # fmt: skip
def test_where_a_quote_stands_on_a_page(page: str, wanted: str, boxes: list[tuple[float, ...]]) -> None:
    assert picture.marks(words(page), wanted) == boxes


def test_a_page_is_drawn_in_a_process_of_its_own_with_the_quote_marked(tmp_path: Path) -> None:
    import pymupdf

    file = tmp_path / "paper.pdf"
    file.write_bytes(printed("Nothing of it here.", f"Some words before. {SENTENCE} And after."))
    drawn = picture.apart(file, None, [SENTENCE, "not there at all"])
    assert (drawn.page, drawn.pages, drawn.found) == (2, 2, (True, False))
    plain = picture.apart(file, 2, [])
    pixels = [pymupdf.Pixmap(one.png) for one in (drawn, plain)]
    assert pixels[0].width == pixels[1].width == 1200

    def yellow(pixmap: Any) -> int:
        data = pixmap.samples
        return sum(data[n] > 240 and data[n + 2] < 200 for n in range(0, len(data), 3 * 7))

    assert yellow(pixels[0]) > 500
    assert yellow(pixels[1]) == 0


@pytest.mark.parametrize(
    ("content", "page", "message"),
    [(b"%PDF-1.7 rubbish", 1, "paper.pdf"), (printed("One page."), 2, "there is no page 2; it has 1")],
)
def test_a_page_that_cannot_be_drawn(tmp_path: Path, content: bytes, page: int, message: str) -> None:
    file = tmp_path / "paper.pdf"
    file.write_bytes(content)
    with pytest.raises(InputError, match=message):
        picture.apart(file, page, [])


def test_drawing_has_an_end(tmp_path: Path) -> None:
    file = tmp_path / "paper.pdf"
    file.write_bytes(printed("One page."))
    with pytest.raises(InputError, match=r"took more than 0\.001 s"):
        picture.apart(file, 1, [], seconds=0.001)


def test_the_text_around_a_quote_has_whole_words() -> None:
    text = "x" * 50 + " word " * 200 + "The quote\nis here." + " tail" * 200
    found = evidence._around(text, "The quote is here.")
    assert found is not None
    assert found.quote == "The quote\nis here."
    assert found.before.split() == ["word"] * len(found.before.split())
    assert found.after.split() == ["tail"] * len(found.after.split())
    assert evidence._around(text, "another quote") is None
    assert evidence._around(text, "") is None


def test_quotes_are_numbered_as_the_pages_show_them() -> None:
    """A claim's own sentence among its evidence is left out there: each link leads to the quote that it stands by."""
    from synth.render.claims import claim_views

    own = claim("c-1", "The sea follows the wind.", "p-1")
    said = quote("p-1", own.quote, independent=False)
    other = quote("p-2", SENTENCE, page=7)
    for kept in ((said, other), (said,), (other, said), (other,), ()):
        (shown,) = claim_views([own.model_copy(update={"evidence": kept})], ())
        places = evidence.places_of(own.model_copy(update={"evidence": kept}))
        assert [one.quote for one in places[1:]] == [one.text for one in shown.evidence]
        assert [one.number for one in places] == list(range(1 + len(shown.evidence)))


def test_an_upload_is_the_paper_of_a_report_by_any_of_its_ids() -> None:
    upload = Upload(id="0" * 64, name="a.pdf", suffix=".pdf", bytes=1, title="T", names=("arxiv:2101.00001",), added="")
    listed = paper("file:abc", "T", ids={"arxiv": "2101.00001"})
    report = rich().model_copy(update={"papers": (Report.model_validate(rich()).papers[0].model_copy(
        update={"id": "file:abc", "ids": listed.ids}),)})  # fmt: skip
    assert evidence.upload_of("file:abc", report, [upload]) == upload
    assert evidence.upload_of("arxiv:2101.00001", report, [upload]) == upload
    assert evidence.upload_of("other", report, [upload]) is None


def with_printed(client: TestClient, home: Path) -> None:
    """A report that quotes an uploaded PDF."""
    content = printed("A Title of a Paper\n\nWe look at wind.", f"On the sea. {SENTENCE} More is said after it.")
    answer = client.post("/api/papers", files=[("papers", ("wind.pdf", io.BytesIO(content)))])
    assert answer.status_code == 201, answer.text
    name = answer.json()[0]["names"][0]
    one = claim("c-1", "The sea follows the wind.", name, evidence=(quote(name, SENTENCE, page=2),))
    lay(home, ONE, rich().model_copy(update={"papers": (paper(name, "Wind"),), "claims": (one,)}))


def test_a_quote_is_shown_beside_its_page(client: TestClient, home: Path) -> None:
    with_printed(client, home)
    text = client.get(f"/reports/{ONE}/claims/1?quote=1").text
    assert "Page 2 of 2" in text
    assert "with the quote marked" in text
    answer = client.get(f"/reports/{ONE}/claims/1/page.png?quote=1&page=2")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert "the quote is not marked" in client.get(f"/reports/{ONE}/claims/1?quote=1&page=1").text
    gone = client.get(f"/reports/{ONE}/claims/1?quote=1&page=9")
    assert "there is no page 9" in gone.text
    assert str(home) not in gone.text


def test_a_quote_of_a_paper_without_a_pdf_is_shown_in_its_text(client: TestClient, home: Path) -> None:
    from synth.starter import papers
    from synth.text import sentences

    reading = papers()[0]
    start, end = sentences(reading.text)[0]
    said = reading.text[start:end]
    one = claim("c-1", "It is so.", reading.paper.id, evidence=(quote(reading.paper.id, said),))
    listed = paper(reading.paper.id, "Kept")
    lay(home, ONE, rich().model_copy(update={"papers": (listed,), "claims": (one,)}))
    text = client.get(f"/reports/{ONE}/claims/1?quote=1").text
    assert "In the stored text of the paper" in text
    lay(home, OTHER, rich())
    assert "is not at hand" in client.get(f"/reports/{OTHER}/claims/1").text


# --- hostile text -----------------------------------------------------------------------------------------------


def test_hostile_text_stays_text(client: TestClient, home: Path) -> None:
    lay(home, ONE, hostile())
    for path in ("/", "/reports", f"/reports/{ONE}", f"/reports/{ONE}/claims/1", f"/compare?r={ONE}&r={ONE}"):
        text = client.get(path).text
        assert re.findall(r"<script(?! src=\"/static/)|<img(?! src=\"/reports/)|<h1>out|onerror=(?!alert)", text) == []
        assert "<script>alert" not in text
        assert not re.search("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e0fff]", text)
        assert "49" not in re.findall(r"\{\{ (\S+) \}\}", text)
        assert 'href="javascript:' not in text
    assert len(HOSTILE) > 10


def test_a_title_of_a_megabyte_is_shown_and_harms_nothing(client: TestClient, home: Path) -> None:
    report = rich()
    papers = (report.papers[0].model_copy(update={"title": "wind " * 200_000}), *report.papers[1:])
    lay(home, ONE, report.model_copy(update={"papers": papers}))
    assert client.get(f"/reports/{ONE}").status_code == 200
    assert client.get("/reports?q=wind").status_code == 200


def test_what_a_job_says_stays_text(client: TestClient, home: Path) -> None:
    store = Store(Places(home).database)
    job = store.submit("report", "<img src=x onerror=alert(1)>", {})
    store.say(job.id, "say", {"line": "<script>alert(1)</script>\u202e"})
    store.settle(job.id, "failed", "<b>why</b>")
    text = client.get(f"/jobs/{job.id}").text
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;b&gt;why&lt;/b&gt;" in text


def test_the_card_brings_its_own_policy_and_cannot_be_framed(client: TestClient, home: Path) -> None:
    lay(home, ONE, hostile())
    policy = client.get(f"/reports/{ONE}/report.html").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("frame-ancestors 'none'")
    assert "unsafe" not in policy
    (Places(home).of(ONE) / "report.html").write_text("<script>alert(1)</script>")
    answer = client.get(f"/reports/{ONE}/report.html")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")


# --- a real browser ---------------------------------------------------------------------------------------------

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_READY = _CHROMIUM and importlib.util.find_spec("playwright") and importlib.util.find_spec("axe_core_python")
browser_test = pytest.mark.skipif(not _READY, reason="needs Chromium, playwright and axe-core-python")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


def faults(page: Any) -> list[tuple[str, str]]:
    """What axe-core finds that is serious or worse."""
    import axe_core_python

    if not page.evaluate("() => 'axe' in window"):
        page.evaluate((Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run({resultTypes: ['violations']})")["violations"]
    return [
        (one["id"], one["nodes"][0]["html"][:120]) for one in found if one["impact"] in ("serious", "critical")
    ]


LOOKS = [(look, width) for width in (1200, 400) for look in ("light", "dark")]


@pytest.mark.slow
@browser_test
def test_every_page_is_accessible_and_fits(tmp_path: Path, browser: Any) -> None:
    """Each page is loaded once, and looked at in both looks and both widths: nothing serious, nothing too wide."""
    paths = furnished(tmp_path / "home")
    with served(tmp_path / "home") as server:
        page = browser.new_page()
        page.set_default_timeout(120_000)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda problem: said.append(str(problem)))
        found: dict[str, Any] = {}
        for name, path in paths.items():
            page.goto(server.address + path)
            for look, width in LOOKS:
                page.emulate_media(color_scheme=look)
                page.set_viewport_size({"width": width, "height": 800})
                if serious := faults(page):
                    found[f"{name}, {look}, {width}"] = serious
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    found[f"{name}, {width}"] = "wider than the window"
        page.close()
    assert found == {}
    assert [line for line in said if "400 (Bad Request)" not in line] == []  # the page of a fault is one


def test_every_page_is_looked_at(tmp_path: Path) -> None:
    """A page that is added and not laid out in `furnished` fails here."""
    paths = [path.partition("?")[0] for path in furnished(tmp_path / "home").values()]
    routes = [route for room in (pages, judging, reading, replicating) for route in room.router.routes]
    shown = [route for route in routes if isinstance(route, Route) and "GET" in (route.methods or ())]
    files = re.compile(r"/static/|\{file\}$|page\.png$")
    left = [one.path for one in shown if not files.search(one.path) and not any(map(one.path_regex.fullmatch, paths))]
    assert left == []


@pytest.mark.slow
@browser_test
def test_a_person_asks_watches_reads_compares_and_cancels(home: Path, browser: Any) -> None:
    lay(home, ONE, long(12, 6))
    with served(home) as server:
        page = browser.new_page()
        page.goto(server.address)
        page.get_by_label("Question").fill("Does wind drive the sea?")
        page.get_by_role("button", name="Ask").click()
        page.get_by_role("link", name="Read the result").click(timeout=20_000)
        page.get_by_role("link", name=re.compile("Evidence beside the page")).first.click()
        assert page.get_by_text("stated in").first.is_visible()
        page.get_by_role("link", name="Reports", exact=True).click()
        boxes = page.get_by_role("checkbox")
        boxes.nth(0).check()
        boxes.nth(1).check()
        page.get_by_role("button", name="Compare two").click()
        assert page.get_by_role("heading", name="Two reports side by side").is_visible()
        page.goto(server.address)
        page.get_by_label("Question").fill("slow wind over the sea")
        page.get_by_role("button", name="Ask").click()
        page.locator("li.running[data-stage=search] small", has_text="3 of 9").wait_for(timeout=20_000)
        page.get_by_role("button", name="Cancel").click()
        page.locator(".status.cancelled").wait_for(timeout=20_000)
        page.close()


@pytest.mark.slow
@browser_test
def test_hostile_text_runs_nothing_in_a_browser(home: Path, browser: Any) -> None:
    lay(home, ONE, hostile())
    with served(home) as server:
        page = browser.new_page()
        dialogs: list[str] = []
        asked: list[str] = []
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: asked.append(request.url))
        for path in (f"/reports/{ONE}", f"/reports/{ONE}/claims/1", f"/reports/{ONE}/report.html", "/reports"):
            page.goto(server.address + path)
            page.wait_for_timeout(200)
        page.close()
        assert dialogs == []
        assert [url for url in asked if not url.startswith(server.address)] == []
