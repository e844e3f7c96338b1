"""`import synth` in a notebook: five functions, frames for pandas, a retriever and tools for LangChain."""

from __future__ import annotations

import importlib.util
import inspect
import io
import json
import math
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from commands import LINES, QUESTION
from commands import papers as paper_file
from made import claim
from report_fixtures import empty, rich

import synth
from synth import frames, notebook
from synth.errors import InputError, NothingAskedError
from synth.records import Report

ROOT = Path(__file__).resolve().parents[1]
FIVE = ("audits", "claims", "papers", "report", "verdicts")
CLAIM = "Intermediate training improves PAWS-X accuracy by 1.4 points."
pandas_test = pytest.mark.skipif(importlib.util.find_spec("pandas") is None, reason="pandas is not installed")
chain_test = pytest.mark.skipif(importlib.util.find_spec("langchain_core") is None, reason="LangChain is not installed")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def held(tmp_path: Path) -> Path:
    return paper_file(tmp_path)


# --- what is offered --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIVE)
def test_each_function_is_offered_typed_and_told(name: str) -> None:
    function = getattr(synth, name)
    assert function is getattr(notebook, name)
    assert name in dir(synth)
    told = inspect.getdoc(function) or ""
    signature = inspect.signature(function)
    assert all(heading in told for heading in ("Args:", "Returns:", "Raises:"))
    assert [one for one in signature.parameters if f"    {one}: " not in told] == []
    assert all(one.annotation is not inspect.Parameter.empty for one in signature.parameters.values())
    assert signature.return_annotation is not inspect.Signature.empty


def test_another_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = synth.nonsense


def test_importing_loads_nothing_and_modules_are_still_found() -> None:
    code = (
        "import sys, synth; before = set(sys.modules); assert 'synth.notebook' not in before; "
        "from synth import render, read; assert callable(synth.report); import synth.verify; "
        "assert callable(synth.verdicts)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=300)


# --- the five ----------------------------------------------------------------------------------------------------


def test_a_report_is_that_of_the_command_and_leaves_no_file(held: Path, tmp_path: Path) -> None:
    made = synth.report(QUESTION, papers=held, offline=True)
    assert made.answer.status == "answered"
    assert {item.paper_id for one in made.claims for item in one.evidence} == {"gain", "same"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "papers.jsonl"]
    again = synth.report(QUESTION, papers=[str(held)], offline=True, out=tmp_path / "r", formats=["md"])
    assert again == made == Report.model_validate_json((tmp_path / "r" / "report.json").read_bytes())
    assert {"report.md", "manifest.json"} <= {p.name for p in (tmp_path / "r").iterdir()}


def test_nothing_is_printed(held: Path, capfd: pytest.CaptureFixture[str]) -> None:
    synth.verdicts(CLAIM, papers=held)
    assert capfd.readouterr() == ("", "")


def test_papers_come_with_what_became_of_each_source(held: Path) -> None:
    found = synth.papers("intermediate training", among=held, offline=True, k=1)
    assert len(found.papers) == 1
    assert found.papers[0].id in {"gain", "same"}
    assert {one.source: one.outcome for one in found.coverage}["arxiv"] == "skipped"
    assert found.skipped == ()


def test_claims_are_read_and_not_judged(held: Path) -> None:
    found = synth.claims(paper_file(held.parent, LINES[:1]))
    assert [one.verdict.label for one in found] == ["not_checked"] * len(found)
    assert any("1.4 points" in one.statement for one in found)
    assert len(synth.claims(held, k=1)) == len(LINES[:1])


def test_verdicts_come_in_the_order_of_the_claims(held: Path) -> None:
    other = CLAIM.replace("1.4", "4.1")
    one, two = synth.verdicts([CLAIM, other], papers=held)
    assert (one.statement, two.statement) == (CLAIM, other)
    assert one.verdict.label == "supported"
    assert two.verdict.label != "supported"
    assert one.verdict.confidence is not None
    assert 0 <= one.verdict.confidence <= 1


def test_an_audit_names_what_is_wrong(held: Path, tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text(f"# PAWS-X\n\nQuestion: {QUESTION}\n\n## Findings\n\n- {CLAIM}\n- {CLAIM}\n", encoding="utf-8")
    (made,) = synth.audits(card, papers=held)
    assert "duplicate_claim" in {one.kind for one in made.findings}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: synth.verdicts(""), "empty"),
        (lambda: synth.verdicts([]), "no claim"),
        (lambda: synth.papers("  "), "empty"),
        (lambda: synth.papers("pears", k=0), "less than 1"),
        (lambda: synth.claims("no-such-paper.pdf"), "no-such-paper.pdf"),
        (lambda: synth.claims("2005.13013v1", k=0), "less than 1"),
        (lambda: synth.audits("none.md"), "none.md"),
        (lambda: synth.audits("none.md", most=0), "less than 1"),
        (lambda: synth.report(""), "question"),
        (lambda: synth.report("Do pears help?", offline=True, sources=["arxviv"]), "did you mean"),
        (lambda: synth.report("Do pears help?", offline=True, formats=["docx"], out="r"), "docx"),
    ],
)
def test_input_at_fault_is_told_in_one_line(call: Callable[[], object], said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as told:
        call()
    assert "\n" not in str(told.value)


def test_when_nothing_can_be_asked_there_is_no_report() -> None:
    with pytest.raises(NothingAskedError):
        synth.report("Do pears help?", sources=["arxiv"], offline=True)


def test_a_file_that_cannot_be_read_is_a_warning(held: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"no PDF")
    with pytest.warns(UserWarning, match=r"skipped .*broken\.pdf"):
        synth.verdicts(CLAIM, papers=[held, broken])


# --- frames ------------------------------------------------------------------------------------------------------


@pandas_test
def test_a_frame_has_one_row_a_claim_and_absence_is_not_zero() -> None:
    report = rich()
    table = frames.claims(report)
    assert list(table.index) == [one.id for one in report.claims]
    for one in report.claims:
        row = table.loc[one.id]
        assert row.label == one.verdict.label
        given = one.verdict.confidence
        assert math.isnan(row.confidence) if given is None else row.confidence == given
        assert row.supports == sum(item.stance == "supports" for item in one.evidence)
        assert (row.metric is None) == (one.quantity is None or one.quantity.metric is None)


@pandas_test
def test_frames_of_quotes_and_papers_agree_with_the_report() -> None:
    report = rich()
    quotes, listed = frames.evidence(report), frames.papers(report)
    assert len(quotes) == sum(len(one.evidence) for one in report.claims)
    assert set(quotes.claim) <= set(frames.claims(report).index)
    assert list(listed.included) == [one.included for one in report.papers]


@pandas_test
@pytest.mark.parametrize("make", [frames.claims, frames.evidence, frames.papers])
def test_a_frame_without_rows_has_the_same_columns_and_types(make: Callable[[Any], Any]) -> None:
    some, none = make(rich()), make(empty())
    assert len(none) == 0
    assert list(none.columns) == list(some.columns)
    assert list(none.dtypes) == list(some.dtypes)


@pandas_test
def test_a_claim_that_nothing_was_held_against_has_no_score() -> None:
    table = frames.claims([claim("Pears help.")])
    assert table.label.tolist() == ["not_checked"]
    assert table[["score", "confidence", "value", "page"]].isna().all(axis=None)
    assert table.supports.tolist() == [0]


def test_without_pandas_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError, match="pip install"):
        frames.claims([])


# --- LangChain ---------------------------------------------------------------------------------------------------


@chain_test
def test_the_retriever_gives_passages_with_their_places(held: Path) -> None:
    from synth.langchain import retriever

    found = retriever(among=held, k=2).invoke("How much does intermediate training improve PAWS-X?")
    assert len(found) == 2
    assert all("1.4 points" in one.page_content for one in found)
    lines = {line["id"]: line for line in LINES}
    for one in found:
        place = one.metadata
        assert json.loads(json.dumps(place)) == place
        text = lines[place["paper_id"]]["abstract"]
        assert text[place["start"] : place["end"]] in one.page_content
        assert place["page"] is None
    assert found[0].metadata["score"] >= found[1].metadata["score"]


@chain_test
def test_the_tools_take_words_alone_and_tell_an_agent_its_mistake(held: Path) -> None:
    from synth.langchain import tools

    verify_claim, find_passages = tools(among=held, k=1)
    assert set(verify_claim.args) == {"claim"}
    assert set(find_passages.args) == {"query"}
    answer = verify_claim.invoke({"claim": CLAIM})
    assert answer["verdict"]["label"] == "supported"
    assert json.loads(json.dumps(answer)) == answer
    assert verify_claim.invoke({"claim": " "}) == "claim 1: the claim is empty"
    assert find_passages.invoke({"query": ""}).startswith("the query has 0 characters")
    assert len(find_passages.invoke({"query": "intermediate training"})) == 1


@chain_test
@pytest.mark.parametrize("wrong", [{"k": 0}, {"papers": 0}])
def test_a_retriever_of_nothing_is_refused(wrong: dict[str, int]) -> None:
    from synth.langchain import retriever

    with pytest.raises(InputError, match="1 or more"):
        retriever(**wrong)  # type: ignore[arg-type]


def test_without_langchain_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    from synth.langchain import retriever

    monkeypatch.setitem(sys.modules, "langchain_core.documents", None)
    with pytest.raises(InputError, match=r"synth-replicate\[llm\]"):
        retriever()


# --- the page ----------------------------------------------------------------------------------------------------


def blocks() -> list[str]:
    page = (ROOT / "docs" / "notebook.md").read_text(encoding="utf-8")
    return re.findall(r"<!-- run -->\n+```python\n(.*?)^```", page, re.S | re.M)


@pytest.mark.slow
@pandas_test
@chain_test
def test_the_blocks_of_the_page_run_in_order() -> None:
    names: dict[str, Any] = {}
    said = io.StringIO()
    with redirect_stdout(said):
        for block in blocks():
            exec(compile(block, "docs/notebook.md", "exec"), names)
    assert len(blocks()) == 5
    assert "24 claims" in said.getvalue()
    assert "the claim is empty" in said.getvalue()
