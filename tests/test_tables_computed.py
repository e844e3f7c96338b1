"""Means, sums and differences of the cells that a claim names, and whether a table adds up. Tables written here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.records import Table
from synth.tables import grid as grids
from synth.tables.computed import kept
from synth.tables.facts import evidence

SCORES = Table(
    label="Table 2", caption="Accuracy of the parsers", page=None, columns=("Parser", "Latin", "Gothic", "Norse"),
    rows=(("Alder", "81.2", "70.0", "64.1"), ("Birch", "84.5", "72.5", "60.3"), ("Cedar", "79.0", "75.1", "66.0")),
)  # fmt: skip
SIZES = Table(
    label="Table 1", caption="Examples in each part", page=None, columns=("Data set", "Train", "Development", "Test"),
    rows=(("Heron", "1,040", "203", "311"), ("Ibis", "2,500", "207", "415")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("claim", "label", "cells", "found"),
    [
        # differences, of two rows and of two columns
        ("Birch is better than Alder on Latin by 3.3 points.", "supported", {(1, 1), (0, 1)},
         "84.5 in Birch, Latin - 81.2 in Alder, Latin = 3.3"),
        ("Birch is better than Alder on Latin by 4.3 points.", "refuted", {(1, 1), (0, 1)},
         "84.5 in Birch, Latin - 81.2 in Alder, Latin = 3.3"),
        ("Birch is 3.3 points over Alder on Latin.", "supported", {(1, 1), (0, 1)},
         "84.5 in Birch, Latin - 81.2 in Alder, Latin = 3.3"),
        ("On Latin, Alder trails Birch by 3.3 points.", "supported", {(1, 1), (0, 1)},
         "84.5 in Birch, Latin - 81.2 in Alder, Latin = 3.3"),
        ("Alder is better on Latin than on Norse by 17.1 points.", "supported", {(0, 1), (0, 3)},
         "81.2 in Alder, Latin - 64.1 in Alder, Norse = 17.1"),
        ("The gap between Heron and Ibis in the test part is 104.", "supported", {(0, 3), (1, 3)},
         "415 in Ibis, Test - 311 in Heron, Test = 104"),
        # means
        ("On Latin and Gothic the average of Alder is 75.6.", "supported", {(0, 1), (0, 2)},
         "(81.2 in Alder, Latin + 70.0 in Alder, Gothic) / 2 = 75.6"),
        ("On Latin and Gothic the average of Alder is 77.6.", "refuted", {(0, 1), (0, 2)},
         "(81.2 in Alder, Latin + 70.0 in Alder, Gothic) / 2 = 75.6"),
        ("The average of Birch is 72.4.", "supported", {(1, 1), (1, 2), (1, 3)},
         "(84.5 in Birch, Latin + 72.5 in Birch, Gothic + 60.3 in Birch, Norse) / 3 = 72.4333"),
        ("The mean on Norse is 63.5.", "supported", {(0, 3), (1, 3), (2, 3)},
         "(64.1 in Alder, Norse + 60.3 in Birch, Norse + 66.0 in Cedar, Norse) / 3 = 63.4667"),
        # sums
        ("The train and test parts of Ibis hold 2,915 examples together.", "supported", {(1, 1), (1, 3)},
         "2,500 in Ibis, Train + 415 in Ibis, Test = 2915"),
        ("The train and test parts of Ibis hold 2,914 examples together.", "refuted", {(1, 1), (1, 3)},
         "2,500 in Ibis, Train + 415 in Ibis, Test = 2915"),
        ("The training parts hold 3,540 examples in total.", "supported", {(0, 1), (1, 1)},
         "1,040 in Heron, Train + 2,500 in Ibis, Train = 3540"),
    ],
)  # fmt: skip
def test_what_the_named_cells_come_to(claim: str, label: str, cells: set[tuple[int, int]], found: str) -> None:
    (one,) = evidence(claim, [SCORES if "Train" not in found and "Test" not in found else SIZES])
    assert (one.label, set(one.cells)) == (label, cells)
    (check,) = one.checks
    assert (check.kind, check.outcome) == ("arithmetic", "match" if label == "supported" else "mismatch")
    assert (check.found or "").partition(": ")[2] == found
    assert (check.found or "").startswith("Table ")


def test_rows_are_counted_where_the_claim_names_the_table_and_what_its_rows_are() -> None:
    (one,) = evidence("Table 2 compares three parsers.", [SCORES])
    assert (one.label, one.cells) == ("supported", ((0, 0), (1, 0), (2, 0)))
    assert [(c.kind, c.claimed, c.found, c.outcome) for c in one.checks] == [
        ("arithmetic", "three", "Table 2: 3 rows under Parser", "match")
    ]
    assert evidence("Table 1 lists 2 data sets.", [SIZES])[0].checks[0].found == "Table 1: 2 rows under Data set"


@pytest.mark.parametrize(
    "claim",
    [
        "There are three parsers.",  # in which table?
        "Table 2 compares four parsers.",  # a row may not have been read
        "Table 2 compares three languages.",
        "Table 20 compares three parsers.",
        "Table 2 compares at least three parsers.",
        "Table 2 compares three parsers on three languages.",
        "Table 2 compares three of the parsers.",
    ],
)
def test_other_rows_are_not_counted(claim: str) -> None:
    assert evidence(claim, [SCORES]) == ()


@pytest.mark.parametrize(
    "claim",
    [
        "Alder is better than Birch on Latin by 3.3 points.",  # the other way round
        "Alder is 3.3 points above Birch on Latin.",
        "Birch is 3.3 points below Alder on Latin.",
        "On Latin, Alder leads Birch by 3.3 points.",
        "Alder loses to Birch on Latin by 3.3 points.",  # which way is that?
        "Birch is better than Alder by 3.3 points.",  # on what?
        "Birch is better on Latin by 3.3 points.",  # than what?
        "Birch is better than Alder on Latin by about 3.3 points.",
        "Birch is better than Alder on Latin by 3.9%.",  # of what?
        "Birch is better than Alder on Latin by 300 points.",  # counts something else
        "Birch is not better than Alder on Latin by 3.3 points.",
        "Birch is better than Alder on Latin by 3.3 points after 12 epochs.",
        "The average of Birch is 75.0.",  # over which columns?
        "The average of Birch over all 40 languages is 72.4.",
        "The weighted average of Alder on Latin and Gothic is 75.6.",
        "The average of Spruce is 72.4.",
        "On Latin and Gothic the average and the sum of Alder are 75.6.",
    ],
)
def test_where_cells_or_numbers_are_a_choice_nothing_is_said(claim: str) -> None:
    assert evidence(claim, [SCORES]) == ()


ONE = Table(
    label="Table 3", caption="Accuracy", page=None, columns=("Parser", "Accuracy"),
    rows=(("Alder", "81.2"), ("Birch", "84.5"), ("Cedar", "79.0")),
)  # fmt: skip
TURNED = Table(label="Table 4", caption="F1", page=None, columns=("", "Alder", "Birch"), rows=(("F1", "70.1", "73.4"),))


@pytest.mark.parametrize(
    ("claim", "table", "label"),
    [
        ("Birch is 3.3 points above Alder.", ONE, "supported"),
        ("Birch is 3.3 points above Alder.", TURNED, "supported"),
        ("Birch is 2.3 points above Alder.", ONE, None),  # of another table, perhaps
        ("Alder is 3.3 points above Birch.", ONE, None),
        ("Alder is 3.3 points above Birch.", TURNED, None),
        ("Birch is 2.3 points above Alder in accuracy.", ONE, "refuted"),
    ],
)
def test_the_only_column_or_row_of_results_need_not_be_named(claim: str, table: Table, label: str | None) -> None:
    assert [one.label for one in evidence(claim, [table])] == ([label] if label else [])


@pytest.mark.parametrize(
    ("said", "supported"),
    [
        ("holds 1,554 examples", True), ("holds more than 1,554 examples", False),
        ("holds at least 1,554 examples", False), ("was made in 1554", False),
    ],
)  # fmt: skip
def test_a_total_that_is_only_a_bound_or_a_year_is_no_total(said: str, supported: bool) -> None:
    assert bool(evidence(f"Heron {said}.", [SIZES])) == supported


def totals(*rows: tuple[str, ...], columns: tuple[str, ...] = ("Part", "Latin", "Gothic", "Norse")) -> Table:
    return Table(label="Table 5", caption="Sentences", page=None, columns=columns, rows=rows)


@pytest.mark.parametrize(
    ("cell", "outcome"),
    [("600", "match"), ("610", "mismatch")],
)
def test_a_total_is_held_against_its_terms(cell: str, outcome: str) -> None:
    table = totals(("Train", "100", "150", "400"), ("Test", "20", "30", "200"), ("Total", "120", "180", cell))
    (one,) = evidence(f"The total of Norse is {cell}.", [table])
    assert (one.label, one.cells) == ("supported", ((2, 3),))
    number, sums = one.checks
    assert (number.kind, number.outcome) == ("number", "match")
    assert (sums.kind, sums.claimed, sums.outcome) == ("arithmetic", cell, outcome)
    assert sums.found == "Table 5: 400 in Train, Norse + 200 in Test, Norse = 600"


def check(table: Table, row: int, column: int) -> str | None:
    found = kept(grids.read(table), row, column, table.label)
    return found.outcome if found else None


def test_an_average_column_is_told_from_a_sum_by_its_other_lines() -> None:
    columns = ("Parser", "Latin", "Gothic", "Average")
    rows = (("Alder", "81.2", "70.0", "75.6"), ("Birch", "84.5", "72.5", "78.5"), ("Cedar", "79.0", "75.1", "77.1"))
    assert [check(totals(*rows, columns=columns), row, 3) for row in range(3)] == ["match"] * 3
    wrong = (*rows[:2], ("Cedar", "79.0", "75.1", "78.1"))
    assert [check(totals(*wrong, columns=columns), row, 3) for row in range(3)] == [None, None, "mismatch"]


@pytest.mark.parametrize(
    "rows",
    [
        # two lines do not keep it: it is not known what the line is
        (("Train", "100", "150", "400"), ("Test", "20", "30", "200"), ("Total", "120", "190", "610")),
        # a term is no number
        (("Train", "100", "150", "400"), ("Test", "20", "30", "-"), ("Total", "120", "180", "600")),
    ],
)
def test_a_table_whose_lines_do_not_agree_is_not_blamed(rows: tuple[tuple[str, ...], ...]) -> None:
    assert check(totals(*rows), 2, 3) is None


def test_a_line_that_is_no_total_is_held_against_nothing() -> None:
    assert check(totals(("Train", "1", "2", "3"), ("Test", "1", "2", "3"), ("Pool", "2", "4", "6")), 2, 3) is None


def test_one_column_of_totals_says_nothing_of_itself() -> None:
    assert check(totals(("A", "1"), ("B", "2"), ("Total", "4"), columns=("Part", "Rows")), 2, 1) is None


TENTHS = st.integers(100, 990).map(lambda n: n / 10)


@given(st.lists(st.tuples(TENTHS, TENTHS, TENTHS), min_size=2, max_size=5), st.integers(0, 4), st.integers(-40, 40))
def test_the_label_follows_the_arithmetic(rows: list[tuple[float, float, float]], at: int, off: int) -> None:
    """A difference as it is agrees; one that is more than both roundings away never does."""
    names = ("Alder", "Birch", "Cedar", "Dogwood", "Elm")
    first, second = names[at % len(rows)], names[(at + 1) % len(rows)]
    table = Table(
        label="Table 2", caption="Accuracy", page=None, columns=("Parser", "Latin", "Gothic", "Norse"),
        rows=tuple((name, *(f"{v:.1f}" for v in row)) for name, row in zip(names, rows, strict=False)),
    )  # fmt: skip
    gap = abs(rows[at % len(rows)][0] - rows[(at + 1) % len(rows)][0])
    stated = gap + off / 10
    if stated < 0.05:
        return
    for one in evidence(f"The gap between {first} and {second} on Latin is {stated:.1f}.", [table]):
        if one.checks[0].kind == "arithmetic" and len(one.cells) == 2:
            assert (one.label == "supported") == (abs(off) <= 1)
