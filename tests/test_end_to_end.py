"""`synth report` with its real sources, from answers on loopback to the files on disk."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commands import QUESTION, Done, runner
from loopback import Answer, Asked, Loopback, Script
from made import reading

from synth import run as run_module
from synth.library import Library
from synth.progress import Silent
from synth.records import Ids
from synth.web import Web

FIXTURES = Path(__file__).parent / "fixtures" / "sources"
# Each service has a folder of its own on the loopback server.
SERVICES = {
    "https://export.arxiv.org": "export", "https://arxiv.org": "arxiv", "https://api.openalex.org": "openalex",
    "https://api.semanticscholar.org": "s2", "https://api.crossref.org": "crossref",
    "https://aclanthology.org": "anthology", "https://www.ebi.ac.uk": "pmc",
}  # fmt: skip
ATOM = "application/atom+xml"
Run = Callable[..., Done]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Loopback]:
    """All services on one loopback server that has nothing yet; waits between requests are not lived through."""
    real = run_module._web

    def impatient(library: Library, budget: float | None, progress: Silent) -> Web:
        web = real(library, budget, progress)
        web._sleep = lambda _: None
        web._limits = replace(web._limits, connect=60.0, read=300.0)  # a busy machine is slow, and that is no fault
        return web

    with Loopback() as running:
        mirrors = (f"{origin}={running.origin}/{folder}" for origin, folder in SERVICES.items())
        monkeypatch.setenv("SYNTH_MIRRORS", " ".join(mirrors))
        monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
        monkeypatch.setattr(run_module, "_web", impatient)
        monkeypatch.chdir(tmp_path)
        yield running


@pytest.fixture
def synth(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


def written(folder: str = "here") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(folder, "report.json").read_text())
    return found


def coverage(report: Mapping[str, Any]) -> dict[str, set[str]]:
    """The outcomes by source; a source may be asked more than once."""
    found: dict[str, set[str]] = {}
    for line in report["coverage"]:
        found.setdefault(line["source"], set()).add(line["outcome"])
    return found


def test_a_question_is_answered_from_the_sources(server: Loopback, synth: Run) -> None:
    atom = Answer((FIXTURES / "arxiv_found.xml").read_bytes(), content_type=ATOM)
    empty = Answer((FIXTURES / "arxiv_empty.xml").read_bytes(), content_type=ATOM)
    known = Answer((FIXTURES / "semantic_scholar.json").read_bytes())
    server.script = {
        "/export/api/query": lambda asked: empty if asked.params.get("start", "0") != "0" else atom,
        "/s2/graph/v1/paper/search": [known],
        "/s2/graph/v1/paper/search/bulk": [known],
        "/openalex/works": [Answer(b"{}", status=403)],
    }
    words = ("report", "--question", "Do plums transfer better than pears?", "--out", "here", "--format", "json")
    first = synth(*words)
    report = written()
    assert first.code == 4  # one source failed
    outcomes = coverage(report)
    assert all("found" in outcomes[name] for name in ("starter", "arxiv", "semantic_scholar"))
    assert outcomes["openalex"] == {"failed"}
    assert any(p["ids"]["arxiv"] == "2102.00002" and p["included"] for p in report["papers"])
    assert report["partial"]
    assert any("openalex" in line for line in report["limitations"])

    asked = [a for a in server.asked if a.path.endswith(("/api/query", "/search", "/bulk"))]
    again = synth(*words)
    assert again.code == 4
    assert [a for a in server.asked if a.path.endswith(("/api/query", "/search", "/bulk"))] == asked  # from the cache
    assert written() == report


# --- retractions, full texts, failures ------------------------------------------------------------------------------

GAIN = "Intermediate training improves PAWS-X accuracy by 1.4 points."
MORE = "We find that intermediate training improves PAWS-X accuracy by 1.4 points on the test set."
FILLER = " ".join(f"Run {i} of the sweep used seed {i + 3} and changed nothing else." for i in range(40))
NO_UPDATES = json.dumps({"message": {"items": []}}).encode()


def entry(number: str, title: str, abstract: str, author: str, doi: str | None = None) -> str:
    return f"""<entry><id>http://arxiv.org/abs/{number}v1</id><title>{title}</title>
    <updated>2022-01-02T00:00:00Z</updated><published>2022-01-02T00:00:00Z</published><summary>{abstract}</summary>
    {f"<arxiv:doi>{doi}</arxiv:doi>" if doi else ""}<author><name>{author}</name></author></entry>"""


def feed(*entries: str) -> Answer:
    body = f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"
    xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><id>x</id><title>x</title><updated>2022-01-02T00:00:00Z</updated>
    <opensearch:totalResults>{len(entries)}</opensearch:totalResults>{"".join(entries)}</feed>"""
    return Answer(body.encode(), content_type=ATOM)


def page(number: str, title: str, sentence: str) -> Answer:
    body = f"""<html><body><div>arXiv:{number}v1 [cs.CL]</div><article class="ltx_document"><h1>{title}</h1>
    <h2>1 Results</h2><p>{sentence}</p><p>{FILLER}</p></article></body></html>"""
    return Answer(body.encode(), content_type="text/html")


ONE = ("2201.00001", "Intermediate Training for PAWS-X")
TWO = ("2201.00002", "Intermediate Training on PAWS-X, Repeated")


def two_papers(**more: Script) -> dict[str, Script]:
    """arXiv has two papers with abstracts; the first is registered under a DOI, and nobody has a notice on either."""
    found = feed(
        entry(*ONE, f"We study intermediate training. {GAIN}", "Ada Writer", "10.1000/gain"),
        entry(*TWO, MORE, "Bob Repeater"),
    )
    script: dict[str, Script] = {
        "/export/api/query": [found],
        "/crossref/works": lambda asked: Answer(_registered(asked, ())),
        "/openalex/works": [Answer(json.dumps({"results": []}).encode())],
    }
    return script | {f"/{path}": answers for path, answers in more.items()}


def _registered(asked: Asked, updates: list[dict[str, Any]] | tuple[()]) -> bytes:
    if asked.params["filter"].startswith("updates:"):
        return NO_UPDATES
    return json.dumps({"message": {"items": [{"DOI": "10.1000/gain", "updated-by": list(updates)}]}}).encode()


def ask(synth: Run, *words: object) -> Done:
    return synth("report", "-q", QUESTION, "--source", "arxiv", "--out", "here", "--format", "json", *words)


def test_a_retracted_paper_is_set_aside_and_the_answer_says_so(server: Loopback, synth: Run) -> None:
    server.script = two_papers()
    assert ask(synth).code == 0, coverage(written())
    sound = written()
    assert sound["answer"]["status"] == "answered"

    day = {"date-parts": [[2023, 5, 6]]}
    update = {"DOI": "10.1000/n", "type": "retraction", "source": "publisher", "updated": day}
    server.script["/crossref/works"] = lambda asked: Answer(_registered(asked, [update]))
    (Path("home") / "web").rename("answers of before")
    assert ask(synth, "--format", "json,md").code == 0
    report = written()
    assert "Writer 2022 v1, retracted" in Path("here/report.md").read_text()
    (paper,) = (p for p in report["papers"] if p["ids"]["arxiv"] == ONE[0])
    notice = {"kind": "retraction", "date": "2023-05-06", "source": "crossref (publisher)"}
    assert paper["included"]
    assert paper["notices"] == [notice]
    assert coverage(report)["notices: crossref"] == {"found"}
    fallen = [c["id"] for c in report["claims"] if c["source"]["paper_id"] == paper["id"]]
    assert fallen, "its claims stay in the report"
    assert not set(fallen) & set(report["answer"]["claim_ids"])
    assert ONE[1] in report["answer"]["text"]
    for claim in report["claims"]:  # what it says is evidence for nothing; only its own claims show their own quotes
        for item in claim["evidence"]:
            assert item["paper_id"] != paper["id"] or (claim["id"] in fallen and item["quote"] == claim["quote"])
    assert any("2023-05-06" in line and "not counted" in line for line in report["limitations"])
    assert not any(paper["id"] in json.dumps(relation) for relation in report["agreements"] + report["conflicts"])


def test_a_paper_of_arxiv_is_read_whole_and_only_once(server: Loopback, synth: Run) -> None:
    told = "On PAWS-X intermediate training improves accuracy by 1.4 points over plain fine-tuning."
    server.script = two_papers(**{f"arxiv/html/{ONE[0]}v1": [page(*ONE, told)]})
    done = ask(synth)
    report = written()
    tiers = {p["ids"]["arxiv"]: (p["tier"], p["version"]) for p in report["papers"] if p["included"]}
    assert tiers == {ONE[0]: ("html", "v1"), TWO[0]: ("abstract", "v1")}
    assert any(c["quote"] == told for c in report["claims"])
    assert f"fetching arxiv:{ONE[0]}: {ONE[1]}" in done.err
    lines = [(c["outcome"], c["count"]) for c in report["coverage"] if c["source"] == "full texts"]
    assert sorted(lines) == [("empty", 0), ("found", 1)]  # the other is not there, which is no failure
    (empty,) = (c["reason"] for c in report["coverage"] if c["source"] == "full texts" and c["outcome"] == "empty")
    assert empty == "no full text (arXiv HTML, arXiv source, arXiv PDF, Semantic Scholar: not there)"
    assert done.code == 0
    assert any("only its abstract was read" in line for line in report["limitations"])

    again = ask(synth)
    assert server.times(f"/arxiv/html/{ONE[0]}v1") == 1
    assert f"fetching arxiv:{ONE[0]}" not in again.err
    assert written() == report

    offline = synth("report", "-q", QUESTION, "--offline", "--source", "starter", "--out", "off", "--format", "json")
    assert offline.code == 0
    assert "full texts" not in coverage(written("off"))
    assert coverage(written("off"))["notices"] == {"skipped"}


def test_a_redirect_to_a_host_that_papers_do_not_lie_on_is_refused(server: Loopback, synth: Run) -> None:
    away = Answer(status=302, headers={"Location": "https://elsewhere.example/paper.html"})
    server.script = two_papers(**{f"arxiv/html/{ONE[0]}v1": [away]})
    assert ask(synth).code == 0
    told = " ".join(c["reason"] for c in written()["coverage"] if c["source"] == "full texts")
    assert "arXiv HTML: arxiv.org redirects to elsewhere.example, which may not be asked" in told
    assert {p["tier"] for p in written()["papers"] if p["included"]} == {"abstract"}


def test_a_network_that_fails_halfway_leaves_a_partial_report(server: Loopback, synth: Run) -> None:
    broken = [Answer(b"{}", status=503)]
    server.script = two_papers(**{
        f"arxiv/html/{ONE[0]}v1": [page(*ONE, GAIN)], f"arxiv/html/{TWO[0]}v1": broken,
        f"export/e-print/{TWO[0]}v1": broken, "crossref/works": broken, "openalex/works": broken,
    })  # fmt: skip
    done = ask(synth, "--quiet")
    assert done.code == 4
    assert "notices: crossref failed (not checked: " in done.err
    report = written()
    assert report["partial"]
    assert report["answer"]["status"] == "answered"
    assert {p["tier"] for p in report["papers"] if p["included"]} == {"html", "abstract"}
    outcomes = {(c["source"], c["outcome"]) for c in report["coverage"]}
    assert {("notices: crossref", "failed"), ("full texts", "failed"), ("full texts", "found")} <= outcomes
    limits = report["limitations"]
    assert any(line.startswith("Notices of retraction could not be asked for at crossref") for line in limits)
    assert any(line.startswith("Some full texts could not be asked for") for line in limits)


def test_full_texts_get_their_part_of_a_budget_and_no_more(server: Loopback, synth: Run) -> None:
    wanted = reading("arxiv:2201.00001", "Text.").paper.model_copy(update={"ids": Ids(arxiv="2201.00001")})
    server.script = {"/arxiv/html/2201.00001": [page(*ONE, GAIN)]}
    library, now = Library(None), time.monotonic()
    for gone, outcome in ((7.0, "failed"), (0.0, "unusable")):  # of ten seconds; the title is another
        web = run_module._web(library, 10.0, Silent())
        got = run_module._fetching(library, web, 10.0, now - gone, Silent())(wanted)
        assert got.attempts[0].outcome == outcome
        assert ("time budget" in got.reason) == (outcome == "failed")


# --- mirrors --------------------------------------------------------------------------------------------------------


def test_a_mirror_that_is_no_address_is_refused(
    server: Loopback, monkeypatch: pytest.MonkeyPatch, synth: Run
) -> None:
    monkeypatch.setenv("SYNTH_MIRRORS", "nonsense")
    done = synth("report", "--question", "Do plums transfer?")
    assert done.code == 2
    assert "SYNTH_MIRRORS" in done.err
