"""The five published cards, audited by one command against the starter library; their texts stay where they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synth import cli_audit, starter
from synth.session import group
from synth.shell import run
from synth.text import contains_quote

REJECTED = {"001": {1, 2}, "004": {1, 2}}  # claims on the model and the tasks that the paper's digest states
CUT = {"000": 8, "001": 4, "002": 8, "003": 8, "004": 1}  # counted by hand


@pytest.fixture
def documents(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> dict[str, dict[str, Any]]:
    files = sorted((shared_data.parent / "cards").glob("*.txt"))
    if len(files) != 5:
        pytest.skip("the folder of cards is not beside the data")
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
    app = group("synth", "A test.")
    app.callback()(lambda: None)
    app.command()(cli_audit.audit)
    code = run(app, "synth", ["audit", *map(str, files), "--json", "--quiet", "--out", str(tmp_path / "pages")])
    told = capsys.readouterr()
    assert (code, told.err) == (0, "")
    assert len(list((tmp_path / "pages").rglob("audit.html"))) == 5
    return {
        file.name[:3]: json.loads(line) for file, line in zip(files, told.out.splitlines(), strict=True)
    }  # fmt: skip


def indexes(document: dict[str, Any], kind: str) -> set[int]:
    return {i for f in document["findings"] if f["kind"] == kind for i in f["claim_indexes"]}


@pytest.mark.shared_data
@pytest.mark.slow
def test_the_five_cards(documents: dict[str, dict[str, Any]]) -> None:
    texts = {(r.paper.id, r.paper.version): r.text for r in starter.papers()}
    for name, document in documents.items():
        assert document["answer"]["status"] in ("not_studied", "partly_answered"), name
        kinds = {f["kind"] for f in document["findings"]}
        assert {"question_not_answered", "circular_verification", "reference_missing", "inconsistent_verdict"} <= kinds
        assert not kinds & {"count_mismatch", "retracted_source"}
        assert len(indexes(document, "claim_cut")) == CUT[name]
        assert REJECTED.get(name, set()) <= indexes(document, "true_claim_rejected")
        for claim in document["claims"]:
            for quote in claim["evidence"]:
                assert contains_quote(texts[quote["paper_id"], quote["version"]], quote["quote"])
                assert not (quote["paper_id"] == "arxiv:2005.13013" and quote["independent"])
    assert "overclaim" in {f["kind"] for f in documents["004"]["findings"]}
