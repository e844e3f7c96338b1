"""The page on faults and attacks is made from counts, by tests that exist, and the counter counts right."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from counting import Counter, builder

ROOT = Path(__file__).resolve().parents[1]
PAGE = builder()


def test_the_page_is_what_the_counts_make() -> None:
    assert (ROOT / "docs" / "reliability.md").read_text("utf-8") == PAGE.page(), "run `make docs`"


def test_every_test_that_is_named_exists_and_counts_for_one_row() -> None:
    rows = PAGE.trials()
    named = [name for row in rows for name in row.tests]
    assert len(set(named)) == len(named)
    there = set()
    for file in {name.partition("::")[0] for name in named}:
        tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
        there |= {f"{file}::{node.name}" for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert set(named) - there == set()


def test_no_count_is_of_a_test_that_no_row_names() -> None:
    named = {name for row in PAGE.trials() for name in row.tests}
    assert set(PAGE.stored().get("counts", {})) <= named


def rows_of(folder: Path, counts: dict[str, dict[str, int]], fuzzed: list[dict[str, object]]) -> str:
    asked, counted = folder / "asked.toml", folder / "counted.json"
    asked.write_text(
        '[[trial]]\ngroup = "One two"\nwhat = "a|b"\nholds = "x"\ntests = ["t.py::a", "t.py::b"]\n'
        '[[trial]]\ngroup = "Three"\nwhat = "c"\nholds = "y"\ntests = ["t.py::c"]\n'
    )
    counted.write_text(json.dumps({"counts": counts, "fuzzed": fuzzed, "signature": {"python": "3"}}))
    made: str = PAGE.page(asked, counted)
    return made


def test_a_row_is_the_sum_of_its_tests_and_what_was_not_counted_is_no_zero(tmp_path: Path) -> None:
    counts = {
        "t.py::a": {"tried": 1000, "lost": 1, "skipped": 0}, "t.py::b": {"tried": 234, "lost": 0, "skipped": 2},
    }  # fmt: skip
    page = rows_of(tmp_path, counts, [])
    assert "| a\\|b (2 could not be tried here) | 1,234 | 1,233 | 1 | x | `t.py` |" in page
    assert "| c | not counted |  |  | y | `t.py` |" in page
    assert "| [One two](#one-two) | 1 | 1,234 | 1,233 | 1 |" in page
    assert "| [Three](#three) | 1 | not counted |  |  |" in page
    assert "| all | 2 | 1,234 | 1,233 | 1 |" in page
    assert "1 of 2 rows were not counted and stand in no sum." in page
    assert "python 3" in page
    assert "fuzzing" not in page


def test_only_skipped_is_not_counted_and_fuzzing_is_told_by_reader(tmp_path: Path) -> None:
    counts = {name: {"tried": 0, "lost": 0, "skipped": 3} for name in ("t.py::a", "t.py::b", "t.py::c")}
    fuzzed = {"target": "atom", "engine": "atheris", "cases": 12345, "seconds": 60, "faults": 0, "found": ""}
    page = rows_of(tmp_path, counts, [fuzzed])
    assert "2 of 2 rows were not counted" in page
    assert "| atom | atheris | 12,345 | 60 | 0 |  |" in page


TESTS = """
import pytest
from hypothesis import given, settings, strategies as st

@pytest.mark.parametrize("n", range(4))
def test_plain(n):
    assert n != 2

def test_told(record_property):
    record_property("tried", 50)
    record_property("lost", 3)

def test_told_and_failed(record_property):
    record_property("tried", 7)
    assert False

@settings(max_examples=25, database=None)
@given(st.integers())
def test_property(n):
    pass

def test_inner():
    @settings(max_examples=15, database=None)
    @given(st.integers())
    def check(n):
        pass
    check()

@pytest.mark.skip(reason="not here")
def test_skipped():
    pass

@pytest.fixture
def broken():
    raise OSError

def test_without_its_fixture(broken):
    pass
"""


def test_the_counter_counts_parameters_examples_and_what_a_test_tells(tmp_path: Path) -> None:
    (tmp_path / "test_made.py").write_text(TESTS)
    counter = Counter()
    code = pytest.main(
        ["-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)],
        plugins=[counter],
    )
    assert code == 1
    found = {name.partition("::")[2]: tuple(one.values()) for name, one in counter.counts.items()}
    assert found == {  # tried, lost, skipped
        "test_plain": (4, 1, 0), "test_told": (50, 3, 0), "test_told_and_failed": (7, 7, 0),
        "test_property": (25, 0, 0), "test_inner": (15, 0, 0), "test_skipped": (0, 0, 1),
        "test_without_its_fixture": (1, 1, 0),
    }  # fmt: skip
