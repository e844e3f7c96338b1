"""Tables as evidence for a claim of a report: what the tables of a paper say of it, where they surely speak of it.

Precision comes first: a row and a column (or the caption, where there is one column of results) must be named by the
claim and a number of it be tied to their cell, or be the exact sum, mean or difference of named cells
(`synth.tables.computed`). Everything less sure is left out, so an empty answer means "the tables do not decide", never
"refuted". A cell that is a total or an average of its table is also held against the cells it is made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from synth.records import Check, Record, Table
from synth.tables import computed
from synth.tables import grid as grids
from synth.tables.grid import Grid
from synth.tables.operations import negated, readings
from synth.tables.scene import Scene, Tie, agreement, scene, written
from synth.tables.statement import Number, stems

__all__ = ["TableEvidence", "evidence"]

_NAMED = 0.8  # how well a row or a column must be named
_OTHER = 0.75  # another name this close to the best makes the claim ambiguous
_ORDERS = ("extreme_item", "extreme_number", "compare", "threshold", "trend", "only", "all", "none")
_LIMIT = 8  # cells that are added up at most
_BOUND = re.compile(r"(?:\bthan|\bover|\babove|\bbelow|\bunder|\bat (?:least|most)|\bup to|\babout|\bin(?: the)?)\s?$")
_ADDED = 100  # a total below this is too easily met by chance


class TableEvidence(Record):
    """What one table says of the claim. `quote` is the row of the deciding cell, its cells joined by single spaces.

    `cells` are (row, column) of `Table.rows`; `score` in 0..1 is raw.
    """

    table_index: int
    label: Literal["supported", "refuted"]
    cells: tuple[tuple[int, int], ...]
    quote: str
    score: float
    checks: tuple[Check, ...]


def evidence(claim: str, tables: Sequence[Table]) -> tuple[TableEvidence, ...]:
    """What each table surely says of the claim, in the order of the tables."""
    found = []
    for index, table in enumerate(tables):
        grid = grids.read(table)
        if not grid.cells or not claim.strip():
            continue
        before = scene(claim, grid)
        if not before.free or negated(before):
            continue
        one = _looked_up(before, table, index) or _computed(before, table, index) or _added_up(before, table, index)
        if one is not None:
            found.append(one)
    return tuple(found)


# --- one cell -----------------------------------------------------------------------------------------------


def _looked_up(before: Scene, table: Table, index: int) -> TableEvidence | None:
    row = _sole(before.axes[0].items)
    column = _field(before)
    amounts = [n for n in before.free if not n.place and not n.written]
    if row is None or column is None or not amounts or set(row.tokens) & set(column.tokens):
        return None
    grid = before.grid
    cell = grid.cells[row.at][column.at]
    if cell.number is None:
        return None
    place = (grid.origin[row.at], column.at)
    score = round(row.score * column.score, 4)
    main = cell._replace(numbers=(cell.number,))  # a spread or a share in brackets is another quantity
    right = [n for n in amounts if agreement(n, cell if n.percent else main) >= 0.85]
    if right and _contradicted(before):
        return None
    if right:
        check = _check(before, right[0], cell.plain, "match")
        adds_up = computed.kept(grid, row.at, column.at, table.label)
        return _told(index, "supported", (place,), table, score, *((check, adds_up) if adds_up else (check,)))
    if len(amounts) != 1 or len(before.statement.numbers) != 1 or not _comparable(amounts[0], grid, row, column):
        return None
    return _told(index, "refuted", (place,), table, score, _check(before, amounts[0], cell.plain, "mismatch"))


def _contradicted(before: Scene) -> bool:
    """Whether the claim says more than the value, and the table denies that: "the highest C is V, of A"."""
    return any(x.operation in _ORDERS and not x.truth and x.quality >= 0.4 for x in readings(before))


def _sole(ties: tuple[Tie, ...]) -> Tie | None:
    """The one that the claim names, if it names one only."""
    strong = [tie for tie in ties if tie.score >= _NAMED]
    if not strong or any(tie.score >= _OTHER for tie in ties if tie is not strong[0]):
        return None
    return strong[0]


def _field(before: Scene) -> Tie | None:
    """The one column that is named; or the only column of results, where the caption shares a word with the claim."""
    sole = _sole(before.axes[0].fields)
    if sole is not None:
        return sole
    results = [f for f in before.axes[0].numeric if f >= before.grid.stubs]
    caption = set(stems(before.grid.caption))
    shared = [at for at, token in enumerate(before.statement.tokens) if not token.weak and token.stem in caption]
    if len(results) == 1 and shared and not before.axes[0].fields:
        return Tie(results[0], _NAMED, tuple(shared[:1]))
    return None


def _comparable(number: Number, grid: Grid, row: Tie, column: Tie) -> bool:
    """Whether the number can only be meant for this cell: of its size, and nowhere else in its row and column."""
    cell = grid.cells[row.at][column.at]
    if cell.number is None or (number.percent and cell.unit not in (None, "%")):
        return False
    near = [*grid.cells[row.at], *(line[column.at] for line in grid.cells)]
    if any(agreement(number, other) >= 0.6 for other in near):
        return False
    sizes = sorted(abs(x.number) for line in grid.cells if (x := line[column.at]).number is not None)
    large, said = sizes[-1] or 1.0, abs(number.value)
    whole = number.precision >= 1
    return said <= 3 * large and said >= sizes[0] / 3 and (not whole or cell.precision >= 1 or said > 20)


# --- several cells ------------------------------------------------------------------------------------------


def _computed(before: Scene, table: Table, index: int) -> TableEvidence | None:
    """A mean, a sum or a difference of the cells that the claim names; refuted only where it names every one."""
    one = computed.computed(before, table.label)
    if one is None or (one.holds and _contradicted(before)) or not (one.holds or one.named):
        return None
    check = _check(before, one.number, one.found, "match" if one.holds else "mismatch", "arithmetic")
    return _told(index, "supported" if one.holds else "refuted", one.cells, table, one.score, check)


def _added_up(before: Scene, table: Table, index: int) -> TableEvidence | None:
    """A total that stands in no cell: the exact sum of neighbouring cells of the named row or column."""
    grid = before.grid
    every = [cell for line in grid.cells for cell in line]
    for number in before.free:
        if number.place or number.written or number.percent or abs(number.value) < _ADDED or number.precision != 1:
            continue
        start = before.statement.tokens[number.at].start
        if any(agreement(number, cell) >= 0.6 for cell in every) or _BOUND.search(before.text[:start]):
            continue
        for name, tie, line in _lines(before):
            for cells, total in _runs(grid, line):
                if total == number.value:
                    terms = " + ".join(grid.cells[r][c].plain for r, c in cells)
                    found = f"{table.label or 'a table'}: {terms} in {name} = {written(total)}"
                    places = tuple((grid.origin[r], c) for r, c in cells)
                    check = _check(before, number, found, "match", "arithmetic")
                    return _told(index, "supported", places, table, round(0.9 * tie.score, 4), check)
    return None


def _lines(before: Scene) -> Iterator[tuple[str, Tie, list[tuple[int, int]]]]:
    """The named rows and columns as places of the grid."""
    grid = before.grid
    for tie in before.axes[0].items:
        if tie.score >= _NAMED and not tie.of_cell:
            yield grid.rows[tie.at], tie, [(tie.at, c) for c in range(grid.stubs, len(grid.columns))]
    for tie in before.axes[0].fields:
        if tie.score >= _NAMED and tie.at >= grid.stubs:
            yield grid.columns[tie.at], tie, [(r, tie.at) for r in before.axes[0].plain]


def _runs(grid: Grid, line: list[tuple[int, int]]) -> Iterator[tuple[list[tuple[int, int]], float]]:
    """Neighbouring whole numbers of a line, two to eight of them, with their sum."""
    for start in range(len(line)):
        total, held = 0.0, []
        for r, c in line[start : start + _LIMIT]:
            number = grid.cells[r][c].number
            if number is None or number != int(number):
                break
            held.append((r, c))
            total += number
            if len(held) >= 2:
                yield list(held), total


# --- telling ------------------------------------------------------------------------------------------------


def _check(
    before: Scene,
    number: Number,
    found: str,
    outcome: Literal["match", "mismatch"],
    kind: Literal["number", "arithmetic"] = "number",
) -> Check:
    return Check(kind=kind, claimed=before.statement.tokens[number.at].shown, found=found, outcome=outcome)


def _told(
    index: int,
    label: Literal["supported", "refuted"],
    cells: tuple[tuple[int, int], ...],
    table: Table,
    score: float,
    *checks: Check,
) -> TableEvidence:
    rows = dict.fromkeys(row for row, _ in cells)
    quote = " ".join(" ".join(cell for cell in table.rows[row] if cell.strip()) for row in rows)
    return TableEvidence(
        table_index=index, label=label, cells=cells, quote=" ".join(quote.split()), score=score, checks=checks
    )
