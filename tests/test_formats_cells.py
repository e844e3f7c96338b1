"""Tables of a printed page: found by rules and captions, filled with the words that stand in rows and columns."""

from __future__ import annotations

import pytest

from synth.formats import cells, grid
from synth.formats.cells import Word
from synth.formats.layout import Line
from synth.formats.regions import Caption, Region, Rule, regions

HEIGHT = 10.0


def line(y: float, *placed: tuple[float, str]) -> list[Word]:
    """Words of one line: each piece begins at x, four points a letter, blanks of two and a half."""
    found = []
    for start, text in placed:
        x = start
        for part in text.split():
            found.append(Word(x, y, x + 4.0 * len(part), y + HEIGHT, part))
            x += 4.0 * len(part) + 2.5
    return found


def table(*lines: list[Word], full: tuple[float, ...] = (), partial: tuple[Rule, ...] = ()) -> list[tuple[str, ...]]:
    words = [word for words in lines for word in words]
    region = Region((0, 0, 400, 400), full, partial, (), 0)
    made = cells.from_words(words, region)
    assert made is not None
    built = grid.build(*made, label=None, caption="")
    assert built is not None
    return [built.columns, *built.rows]


def test_rows_and_columns_under_a_head() -> None:
    assert table(
        line(10, (0, "Model"), (100, "en"), (150, "sw")),
        line(30, (0, "small model"), (100, "81.2"), (150, "60.1")),
        line(42, (0, "large"), (100, "84.0"), (150, "-")),
        full=(8, 25, 55),
    ) == [("Model", "en", "sw"), ("small model", "81.2", "60.1"), ("large", "84.0", "-")]


def test_a_group_head_stands_over_the_columns_of_the_rule_below_it() -> None:
    assert table(
        line(10, (110, "XNLI"), (210, "PAWS")),
        line(24, (0, "Model"), (100, "en"), (150, "sw"), (200, "en"), (250, "de")),
        line(44, (0, "small"), (100, "1.0"), (150, "2.0"), (200, "3.0"), (250, "4.0")),
        line(56, (0, "large"), (100, "5.0"), (150, "6.0"), (200, "7.0"), (250, "8.0")),
        full=(8, 38, 70),
        partial=(Rule(98, 21, 165, 21), Rule(198, 21, 265, 21)),
    )[0] == ("Model", "XNLI / en", "XNLI / sw", "PAWS / en", "PAWS / de")


def test_a_cell_over_two_lines_is_one_cell() -> None:
    assert table(
        line(10, (0, "Name"), (120, "What it does")),
        line(30, (0, "alpha"), (120, "reads a very long line of text and")),
        line(42, (120, "then writes it")),
        line(54, (0, "beta"), (120, "nothing")),
        full=(8, 25, 70),
    )[1:] == [("alpha", "reads a very long line of text and then writes it"), ("beta", "nothing")]


def test_short_rows_of_words_stay_apart() -> None:
    assert table(
        line(10, (0, "Session"), (120, "Material")),
        line(30, (0, "First"), (120, "Slides")),
        line(42, (0, "Second"), (120, "Slides")),
        line(54, (0, "Third"), (120, "Notebook")),
        full=(8, 25, 70),
    )[1:] == [("First", "Slides"), ("Second", "Slides"), ("Third", "Notebook")]


def test_a_line_across_the_columns_names_the_rows_below() -> None:
    rows = table(
        line(10, (0, "Model"), (60, "en"), (110, "sw")),
        line(30, (0, "With translated training data")),
        line(42, (0, "small"), (60, "1.0"), (110, "2.0")),
        line(54, (0, "large"), (60, "3.0"), (110, "4.0")),
        full=(8, 25, 70),
    )
    assert rows[1] == ("With translated training data",) * 3


def test_a_deviation_stays_with_its_figure_and_figures_part() -> None:
    rows = table(
        line(10, (0, "Model"), (60, "en"), (110, "sw")),
        line(30, (0, "small"), (60, "1.0 ± 0.2"), (110, "2.0")),
        line(42, (0, "large"), (60, "3.0 ± 0.1"), (110, "4.0")),
        full=(8, 25, 60),
    )
    assert rows[1:] == [("small", "1.0 ± 0.2", "2.0"), ("large", "3.0 ± 0.1", "4.0")]


@pytest.mark.parametrize("words", [[], line(10, (0, "one two three four five six"))])
def test_running_text_is_no_table(words: list[Word]) -> None:
    assert cells.from_words(words) is None


# --- where they stand -------------------------------------------------------------------------------------------


def printed(y: float, x0: float, x1: float, text: str, pieces: int = 1) -> Line:
    gap = 20.0 if pieces > 1 else 0.0
    return Line(text, x0, y, x1, y + HEIGHT, 10.0, False, pieces, gap, 10.0)


ROWS = [printed(112, 60, 280, "Model   en   sw", 3), printed(132, 60, 280, "small   1.0   2.0", 3)]
RULES = [Rule(60, y, 280, y) for y in (110, 126, 150)]


def test_a_caption_takes_the_rules_next_to_it() -> None:
    caption = Caption((60, 90, 280, 100), "table", 0)
    (found,) = regions(RULES, [caption], ROWS, 10.0, 220.0)
    assert (found.caption, found.full) == (0, (110, 126, 150))
    assert found.box == (60, 109.5, 280, 150.5)


def test_rules_around_running_text_are_no_table() -> None:
    prose = [printed(112 + 12 * i, 60, 278, "these words run on over the whole width of it") for i in range(3)]
    assert regions([RULES[0], RULES[2]], [Caption((60, 90, 280, 100), "table", 0)], prose, 10.0, 220.0) == []


def test_a_figure_keeps_its_lines_to_itself() -> None:
    assert regions(RULES, [Caption((60, 155, 280, 165), "figure", 0)], ROWS, 10.0, 220.0) == []


def test_a_table_without_rules_is_found_from_its_caption() -> None:
    caption = Caption((60, 90, 280, 100), "table", 0)
    text = [printed(180, 60, 280, "and here the running text of the paper goes on again")]
    (found,) = regions([], [caption], [*ROWS, *text], 10.0, 220.0)
    assert found.box == (58, 111, 282, 143)
    assert found.full == ()
