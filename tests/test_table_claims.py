"""`synth verify --table-claims`: claims with a table each in, predictions out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import Done, runner

Run = Callable[..., Done]
TABLE: dict[str, Any] = {
    "caption": "Accuracy on the test set",
    "columns": ["Model", "Accuracy"],
    "rows": [["Alder", 81.2], ["Birch", "84.5"], ["Cedar", None]],
}
CLAIM = "The accuracy of Birch is 84.5."


@pytest.fixture
def synth(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return runner(capsys)


def laid(*lines: object) -> None:
    Path("claims.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_each_claim_gets_its_prediction_in_the_order_of_the_file(synth: Run) -> None:
    laid(
        {"id": "b", "claim": CLAIM, "table": TABLE},
        {"id": 7, "claim": "The accuracy of Birch is 31.0.", "table": TABLE},
        {"id": "a", "claim": "Anything at all.", "table": {"caption": None, "columns": ["x"], "rows": []}},
    )
    done = synth("verify", "--table-claims", "claims.jsonl", "--out", "out.jsonl")
    assert done.code == 0, done.err
    assert done.out == ""
    assert "3 predictions" in done.err
    lines = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == ["b", 7, "a"]
    assert [line["label"] for line in lines] == ["supported", "refuted", "not_enough_evidence"]
    assert all(set(line) == {"id", "label", "confidence", "cells", "reason"} for line in lines)
    assert [1, 1] in lines[0]["cells"]
    assert lines[2]["confidence"] is None
    assert "no rows" in lines[2]["reason"]


def test_the_same_file_gives_the_same_bytes(synth: Run) -> None:
    laid({"id": 1, "claim": CLAIM, "table": TABLE})
    for name in ("one.jsonl", "two.jsonl"):
        assert synth("verify", "--table-claims", "claims.jsonl", "--out", name, "--quiet").code == 0
    assert Path("one.jsonl").read_bytes() == Path("two.jsonl").read_bytes()


def table(**changed: object) -> dict[str, object]:
    return {"id": 1, "claim": CLAIM, "table": {**TABLE, **changed}}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"claim": CLAIM, "table": TABLE}, 'claims.jsonl:1: field "id" is missing'),
        ({"id": 1, "claim": " ", "table": TABLE}, 'claims.jsonl:1: field "claim" is missing or empty'),
        ({"id": 1, "claim": 3, "table": TABLE}, 'claims.jsonl:1: field "claim" is missing or empty'),
        ({"id": 1, "claim": "x" * 10_000, "table": TABLE}, "10,000 characters"),
        ({"id": 1, "claim": CLAIM}, 'field "table" is missing'),
        ({"id": 1, "claim": CLAIM, "table": [[1]]}, 'field "table" is missing or no object'),
        (table(columns=None), 'field "table.columns" is missing'),
        (table(columns=[]), 'field "table.columns" is empty'),
        (table(rows=None), 'field "table.rows" is missing'),
        (table(rows=["Alder"]), 'field "table.rows" is missing or no list of lists'),
        (table(rows=[["Alder", 1], ["Birch"]]), "row 1 has 1 cells, there are 2 columns"),
        (table(rows=[["Alder", {"a": 1}]]), 'field "table.rows[0][1]" is neither text nor a finite number'),
        (table(rows=[["Alder", True]]), 'field "table.rows[0][1]" is neither'),
        (table(rows=[["Alder", float("inf")]]), 'field "table.rows[0][1]" is neither'),
        (table(caption=4), 'field "table.caption" is not text'),
    ],
)
def test_a_malformed_line_is_named(synth: Run, line: object, problem: str) -> None:
    laid(line)
    done = synth("verify", "--table-claims", "claims.jsonl", "--out", "out.jsonl")
    assert done.code == 2
    assert problem in done.err
    assert done.err.count("\n") == 1
    assert not Path("out.jsonl").exists()


def test_nan_and_null_are_absent_values(synth: Run) -> None:
    laid(table(rows=[["Birch", float("nan")], ["Cedar", None], ["Alder", "81.2"]]))
    assert synth("verify", "--table-claims", "claims.jsonl", "--out", "out.jsonl").code == 0
    assert json.loads(Path("out.jsonl").read_text())["label"] != "supported"


def test_ids_differ(synth: Run) -> None:
    laid({"id": 1, "claim": CLAIM, "table": TABLE}, {"id": "1", "claim": CLAIM, "table": TABLE})
    assert 'id "1" is there twice' in synth("verify", "--table-claims", "claims.jsonl", "--out", "out.jsonl").err


@pytest.mark.parametrize(
    "words",
    [
        ("--table-claims", "claims.jsonl"),
        ("--table-claims", "claims.jsonl", "--out", "o", "--oracle"),
        ("--table-claims", "claims.jsonl", "--out", "o", "--claims", "c"),
        ("A claim.", "--table-claims", "claims.jsonl", "--out", "o"),
    ],
)
def test_the_option_stands_alone(synth: Run, words: tuple[str, ...]) -> None:
    laid({"id": 1, "claim": CLAIM, "table": TABLE})
    done = synth("verify", *words)
    assert done.code == 2
    assert "--table-claims goes with --out" in done.err


def test_a_missing_file_is_named(synth: Run) -> None:
    done = synth("verify", "--table-claims", "none.jsonl", "--out", "out.jsonl")
    assert done.code == 2
    assert "none.jsonl: cannot be read" in done.err
