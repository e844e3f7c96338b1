"""`synth report` with its real sources, from recorded answers on loopback to the files on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import runner
from loopback import Answer, Loopback

FIXTURES = Path(__file__).parent / "fixtures" / "sources"
SERVICES = ("https://export.arxiv.org", "https://api.openalex.org", "https://api.semanticscholar.org")


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    """The three services on loopback: arXiv and Semantic Scholar answer, OpenAlex is overloaded."""
    atom = Answer((FIXTURES / "arxiv_found.xml").read_bytes(), content_type="application/atom+xml")
    empty = Answer((FIXTURES / "arxiv_empty.xml").read_bytes(), content_type="application/atom+xml")
    script = {
        "/api/query": [atom, empty],
        "/graph/v1/paper/search": [Answer((FIXTURES / "semantic_scholar.json").read_bytes())],
        "/works": [Answer(b"{}", status=403)],
    }
    with Loopback(script) as server:
        monkeypatch.setenv("SYNTH_MIRRORS", " ".join(f"{origin}={server.origin}" for origin in SERVICES))
        monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
        yield server


def test_a_question_is_answered_from_the_sources(
    services: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = runner(capsys)
    out = tmp_path / "report"
    words = ("report", "--question", "Do plums transfer better than pears?", "--out", out, "--format", "json")
    first = run(*words)
    report = json.loads((out / "report.json").read_text())
    assert first.code == 4  # one source failed
    outcomes = {c["source"]: c["outcome"] for c in report["coverage"]}
    assert outcomes == {
        "starter": "found",
        "arxiv": "found",
        "openalex": "failed",
        "semantic_scholar": "found",
        "acl_anthology": "skipped",
    }
    assert any(p["ids"]["arxiv"] == "2102.00002" and p["included"] for p in report["papers"])
    assert report["partial"]
    assert any("openalex" in line for line in report["limitations"])
    assert {asked.path for asked in services.asked} == {"/api/query", "/graph/v1/paper/search", "/works"}

    asked = [a.path for a in services.asked if a.path != "/works"]
    again = run(*words)
    assert again.code == 4
    assert [a.path for a in services.asked if a.path != "/works"] == asked  # answered from the cache
    assert json.loads((out / "report.json").read_text()) == report


def test_a_mirror_that_is_no_address_is_refused(
    services: Loopback, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SYNTH_MIRRORS", "nonsense")
    done = runner(capsys)("report", "--question", "Do plums transfer?")
    assert done.code == 2
    assert "SYNTH_MIRRORS" in done.err
