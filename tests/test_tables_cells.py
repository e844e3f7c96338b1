"""What stands in a cell, and which rows and columns of a table name the others."""

from __future__ import annotations

import pytest

from synth.records import Table
from synth.tables import grid as grids
from synth.tables.grid import Grid
from synth.tables.values import value


def made(columns: list[str], *rows: list[str], caption: str = "") -> Table:
    return Table(label=None, caption=caption, page=None, columns=tuple(columns), rows=tuple(map(tuple, rows)))


def read(columns: list[str], *rows: list[str]) -> Grid:
    return grids.read(made(columns, *rows))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("81.2", 81.2),
        ("1,234", 1234.0),
        ("10 000", 10000.0),
        ("1,234,567.5", 1234567.5),
        ("−0.35", -0.35),
        ("–0.35", -0.35),
        ("+3.1", 3.1),
        ("45%", 45.0),
        ("45 %", 45.0),
        ("**81.2**", 81.2),
        ("\\textbf{81.2}", 81.2),
        ("\\underline{81.2}", 81.2),
        ("[BOLD] 81.2", 81.2),
        ("0.05*", 0.05),
        ("2.758**", 2.758),
        ("81.2†", 81.2),
        ("81.2 ‡", 81.2),
        ("3.1a", 3.1),
        ("3.1 b", 3.1),
        ("12.0 ± 0.3", 12.0),
        ("12.0±0.3", 12.0),
        ("12.0 +/- 0.3", 12.0),
        ("12 (3.4)", 12.0),
        ("78 (75%)", 78.0),
        ("(0.173)", 0.173),
        ("9.00E-02", 0.09),
        ("1.5e3", 1500.0),
        ("1.2 × 10^-3", 0.0012),
        ("1.2×10−3", 0.0012),
        ("500 g", 500.0),
        ("12.5 ms", 12.5),
        ("$ 1,200", 1200.0),
        ("<0.001", 0.001),
        ("~300", 300.0),
        ("1st", 1.0),
        ("3rd", 3.0),
        ("1985", 1985.0),
        ("1:23.45", 83.45),
    ],
)
def test_a_number_is_read_without_its_marks(text: str, number: float) -> None:
    assert value(text).kind == "number"
    assert value(text).number == pytest.approx(number)


@pytest.mark.parametrize("text", ["", " ", "-", "–", "—", "--", "n/a", "N/A", "NA", "NaN", "(–)", "*", "?"])
def test_absence_is_not_zero(text: str) -> None:
    assert value(text).kind == "absent"
    assert value(text).number is None


@pytest.mark.parametrize(
    "text",
    ["ResNet", "GPT-3", "CO2", "miR-68", "w 24 - 17", "230 × 230 × 182", "1. Limited to adults", "yes", "v1.2.0"],
)
def test_words_with_digits_are_words(text: str) -> None:
    assert value(text).kind == "text"
    assert value(text).number is None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("1.5–3.2", 1.5, 3.2), ("50-80", 50, 80), ("7 to 9", 7, 9), ("0.12 – 0.43 kg", 0.12, 0.43)],
)
def test_a_range_has_two_ends_and_no_number(text: str, low: float, high: float) -> None:
    read = value(text)
    assert (read.kind, read.number, read.low, read.high) == ("range", None, low, high)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("15 February", "9 March"),
        ("february 15 , 2004", "january 3 , 2005"),
        ("2004-01-02", "2004-02-01"),
        ("June 1999", "May 2000"),
        ("Monday, 3 May 2010", "4 May 2010"),
    ],
)
def test_dates_keep_their_order(earlier: str, later: str) -> None:
    a, b = value(earlier), value(later)
    assert a.kind == b.kind == "date"
    assert a.number is not None
    assert b.number is not None
    assert a.number < b.number


def test_what_stands_beside_the_number_is_kept() -> None:
    assert value("12.0 ± 0.3").spread == 0.3
    assert value("78 (75%)").numbers == (78.0, 75.0)
    assert value("12.5 ms").unit == "ms"
    assert value("45%").unit == "%"
    assert value("0.250").precision == pytest.approx(0.001)
    assert value("**3.4**").bold
    assert not value("3.4").bold


# --- the grid -------------------------------------------------------------------------------------------------


def test_a_second_header_row_joins_the_first() -> None:
    grid = read(["", "English", "English", "German"], ["Model", "F1", "EM", "F1"], ["A", "80.1", "70.2", "60.3"])
    assert grid.columns == ("Model", "English / F1", "English / EM", "German / F1")
    assert grid.rows == ("A",)
    assert grid.origin == (1,)


def test_a_merged_header_given_as_empty_cells_reads_the_same() -> None:
    grid = read(["", "English", "", "German"], ["Model", "F1", "EM", "F1"], ["A", "80.1", "70.2", "60.3"])
    assert grid.columns == ("Model", "English / F1", "English / EM", "German / F1")


def test_a_row_of_column_numbers_is_header() -> None:
    grid = read(["", "Level", "Log"], ["", "(1)", "(2)"], ["Post", "1.6", "0.2"], ["N", "45", "46"])
    assert grid.rows == ("Post", "N")


def test_words_in_the_body_are_no_header() -> None:
    grid = read(["Name", "City"], ["Ada", "Rome"], ["Bob", "Oslo"])
    assert grid.rows == ("Ada", "Bob")


def test_a_row_with_its_first_cell_alone_heads_a_group() -> None:
    rows = ["Base models", "", ""], ["A", "1", "2"], ["Large models", "", ""], ["A", "3", "4"], ["B", "5", "6"]
    grid = read(["Model", "F1", "EM"], *rows)
    assert grid.groups == ("Base models", "Large models", "Large models")
    assert grid.rows == ("A", "A", "B")
    assert grid.origin == (1, 3, 4)


def test_a_group_given_as_repeated_cells_reads_the_same() -> None:
    rows = ["Base models", "Base models", "Base models"], ["A", "1", "2"]
    assert read(["Model", "F1", "EM"], *rows).groups == ("Base models",)


def test_a_merged_first_column_is_filled_from_above_and_names_with_the_second() -> None:
    grid = read(["Data", "Model", "F1"], ["XNLI", "A", "80"], ["", "B", "81"], ["PAWS", "A", "90"], ["", "B", "91"])
    assert grid.stubs == 2
    assert grid.rows == ("XNLI / A", "XNLI / B", "PAWS / A", "PAWS / B")


def test_empty_rows_are_left_out_and_places_are_kept() -> None:
    grid = read(["Model", "F1"], ["A", "80"], ["", ""], ["B", "81"])
    assert grid.origin == (0, 2)


@pytest.mark.parametrize("rows", [[], [["", ""]], [["-", "n/a"]]])
def test_a_table_of_nothing_is_read(rows: list[list[str]]) -> None:
    assert not any(cell.number is not None for row in read(["a", "b"], *rows).cells for cell in row)


def test_a_table_without_columns_is_read() -> None:
    assert read([]).cells == ()
