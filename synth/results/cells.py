"""Measured cells: a number of a table with everything that heads it, and whose number it is.

A cell is the same thing whether it came from a rectangular table of `synth.records` or from a parser that only tells
which words stand above and beside a number; `synth.results.tuples` and `benchmarks/result_tuples.py` share what is
decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from synth.records import Table
from synth.tables import grid

__all__ = ["Cell", "cited", "held_out", "mirrored", "named_own", "of_table", "own_names"]


class Cell(NamedTuple):
    """A number that was measured. `row` and `column` are the words that head it, the nearest last.

    `place` is (row, column) in `Table.rows`, None where the table is not rectangular; `written` is the cell's own text.
    """

    value: float
    written: str
    unit: str | None
    bold: bool
    row: tuple[str, ...]
    column: tuple[str, ...]
    caption: str
    place: tuple[int, int] | None


def of_table(table: Table) -> tuple[Cell, ...]:
    """The cells of `table` that hold one number, row by row; the columns that name the rows are left out."""
    read = grid.read(table)
    found = []
    for at, row in enumerate(read.cells):
        heads = tuple(word for word in (read.groups[at], *read.rows[at].split(" / ")) if word)
        for column in range(read.stubs, len(row)):
            cell = row[column]
            if cell.kind != "number" or cell.number is None or cell.unit == "th":
                continue
            above = tuple(word for word in read.columns[column].split(" / ") if word)
            place = (read.origin[at], column)
            found.append(Cell(cell.number, cell.plain, cell.unit, cell.bold, heads, above, read.caption, place))
    return tuple(found)


_OWN = re.compile(
    r"\b(?:ours?|we|proposed|(?:this|present) (?:work|paper|study|approach|method|model|system)|"
    r"(?:full|final|complete) (?:model|system))\b",
    re.I,
)
_CITED = re.compile(r"\bet al\b|\((?:[^()]*\b)?(?:19|20)\d\d[a-z]?\s?\)|\[\d+(?:\s?[,–-]\s?\d+)*\]|'\d\d\b|\+\s?\d\d\b")
_HELD_OUT = re.compile(r"\b(?:dev|develop(?:ment)?|valid(?:ation)?|val|train(?:ing)?)\b", re.I)
_MIRROR = re.compile(
    r"\b(?:human|oracle|upper bound|gold|random|majority|chance|base ?line|ablation|w/ ?o|without)\b|^-\s?\w", re.I
)
_TITLED = re.compile(r"^\W{0,3}([A-Z][\w+.-]{0,30}(?:\s[A-Z][\w+.-]{0,30})?)\s?:\s")
_SHAPED = r"((?=[\w+.-]{0,15}[A-Z][\w+.-]{0,15}[A-Z0-9]|[A-Z][a-z]{1,15}[A-Z-])[\w+.-]{0,30}\w)(?![\w+-])"
_CALLED = re.compile(
    r"\b(?:called|named|dubbed|termed|namely|propose|present|introduce|describe|develop)\s(?:an?\s|the\s)?" + _SHAPED
)
_BRACKETED = re.compile(r"\b(?:propose|present|introduce|develop|describe)\b[^.]{3,160}?\(\s?" + _SHAPED + r"\s?\)")


def own_names(title: str, abstract: str) -> tuple[str, ...]:
    """The names a paper gives to what it proposes: "NAME: ..." as its title, "we propose ... (NAME)", "called NAME"."""
    found = [match.group(1) for match in [_TITLED.match(title)] if match]
    for pattern in (_CALLED, _BRACKETED):
        found += [match.group(1) for match in pattern.finditer(abstract)]
    return tuple(dict.fromkeys(name.strip(".-") for name in found if len(name) > 1))


def named_own(row: Iterable[str], names: Iterable[str]) -> bool:
    """Whether the words that head a row say that it is the paper's own: "ours", "proposed", or a name it gave."""
    words = " ".join(row)
    return bool(_OWN.search(words)) or any(
        re.search(rf"(?<![\w-]){re.escape(name)}(?![\w])", words) is not None for name in names
    )


def cited(row: Iterable[str]) -> bool:
    """Whether the words that head a row name another paper: authors, a year in brackets, a number of the references."""
    return _CITED.search(" ".join(row)) is not None


def held_out(heads: Iterable[str]) -> bool:
    """Whether the number is of a development or training part, by the words that head it."""
    return _HELD_OUT.search(" ".join(heads)) is not None


def mirrored(row: Iterable[str]) -> bool:
    """Whether the row is there to be compared with: people, chance, a baseline, the method without a part of it."""
    return any(_MIRROR.search(word) is not None for word in row)
