"""Statements made by rule over a table: true ones, their contradictions, and ones the table cannot decide.

They teach the model how far each operation can be trusted on tables of results, where annotated claims are few.
Wording is drawn from a few patterns a kind; names lose their units and sometimes a word, as people drop them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from synth.tables.grid import Grid
from synth.tables.patterns import PATTERNS, Column, Made, name_of, row_name

__all__ = ["statements"]

_KINDS_TRIED = 18
_TOTAL = re.compile(r"\b(?:total|average|avg|mean|overall|sum|all)\b", re.I)


def statements(grid: Grid, draw: random.Random, foreign: Grid, most: int) -> list[Made]:
    """At most `most` statements over `grid`; `foreign` is another table whose names make the undecidable ones."""
    columns = _columns(grid, draw)
    made: list[Made] = []
    for _ in range(_KINDS_TRIED):
        if len(grid.rows) >= 2:
            made += draw.choice(PATTERNS)(grid, columns, draw)
    made += _undecidable(grid, columns, draw, foreign)
    unique = list({one.text: one for one in made}.values())
    draw.shuffle(unique)
    return unique[:most]


def _columns(grid: Grid, draw: random.Random) -> list[Column]:
    found = []
    for c in range(grid.stubs, len(grid.columns)):
        numbers = tuple(
            (row[c].number or 0.0, _shown(row[c].plain), r)
            for r, row in enumerate(grid.cells)
            if row[c].kind == "number" and row[c].number is not None and not _TOTAL.search(grid.rows[r])
        )
        if len(numbers) >= 2 and grid.columns[c].strip():
            found.append(Column(name_of(grid.columns[c], draw), c, numbers))
    return found


def _shown(cell: str) -> str:
    """A number as a sentence repeats it: without its spread and its marks."""
    return re.split(r"\s?[±(]", cell)[0].strip(" *†") or cell


def _undecidable(grid: Grid, columns: list[Column], draw: random.Random, foreign: Grid) -> Iterator[Made]:
    """A field or an item of another table in place of one of this table's."""
    own = set(re.findall(r"\w+", " ".join((*grid.columns, *grid.rows, grid.caption)).lower()))
    strange = [name for name in (*foreign.columns[1:], *foreign.rows) if _strange(name, own)]
    if not strange or not columns:
        return
    for _ in range(4):
        column = draw.choice(columns)
        _, shown, row = draw.choice(column.numbers)
        name = name_of(draw.choice(strange), draw)
        field, item = (name, row_name(grid, row, draw)) if draw.random() < 0.5 else (column.name, name)
        form = draw.choice((
            f"{field} of {item} is {shown}.", f"The highest {field} is of {item}.",
            f"The {field} for {item} is {shown}.", f"{item} has a higher {field} than {row_name(grid, row, draw)}.",
            f"There are {len(grid.rows)} {name}.",
        ))  # fmt: skip
        yield Made(form, "not_enough_evidence")


def _strange(name: str, own: set[str]) -> bool:
    words = set(re.findall(r"[^\W\d_]{3,}", name.lower()))
    return bool(words) and not words & own
