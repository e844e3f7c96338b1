"""Arithmetic over the cells of a table where a claim leaves no choice of cells, and whether a table adds up.

    computed(scene, label)        a mean, a sum or a difference of cells that the claim names, or the rows it counts
    kept(grid, row, column, label)   a total or an average of the table, held against its own terms

A claim is computed only where it states one number, one operation and the cells it is over: every term by name, or the
whole of one named row or column; the only column of results, or the only row, is meant where none is named. Where not
every term is named, only agreement says something: another number may be over other cells, and a table may have been
read without some of its rows. A difference is told only in the direction that the claim gives it. Each figure is
rounded, so a result may be off by half a last digit of every figure in it; sums of whole numbers are exact. Cells are
named by row and column in what is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from synth.records import Check
from synth.tables.comparing import Comparison
from synth.tables.grid import Grid
from synth.tables.ordering import greater
from synth.tables.scene import Scene, Tie, agreement, written
from synth.tables.statement import Number, stems
from synth.tables.values import Value

__all__ = ["Computed", "computed", "kept"]

_NAMED, _OTHER = 0.8, 0.5  # how well a term must be named; a name tied this well and less leaves a choice
_MOST = 12  # cells that are written out one by one
_MEAN = re.compile(r"\b(?:averages?|averaged|averaging|mean)\b")
_SUM = re.compile(r"\b(?:sums?|totals?|totalling|combined|altogether|in all|together)\b")
_APART = re.compile(r"\b(?:difference|differs?|gap|margin|apart)\b")
_BEYOND = re.compile(
    r"\b(?:about|approximately|around|nearly|almost|roughly|over|more than|less than|at least|at most|up to|others?|"
    r"remaining|rest|weighted|respectively|each|per|every|times|ratio|half|relative(?:ly)?)\b|~"
)
_TOTAL = re.compile(r"\b(?:totals?|sums?|overall|all|averages?|avg|means?)\b", re.I)

Place = tuple[int, int]  # (row of the grid, column)
Operation = Literal["mean", "sum", "difference"]


class Computed(NamedTuple):
    """What cells come to. `number` is the claim's, `found` the sum as written, `cells` are (row of the table, column).

    `named` where the claim names every term; else a result that differs refutes nothing.
    """

    number: Number
    holds: bool
    named: bool
    cells: tuple[Place, ...]
    found: str
    score: float


class _Terms(NamedTuple):
    cells: tuple[Place, ...]
    named: bool
    score: float


def computed(before: Scene, label: str | None) -> Computed | None:
    """The claim's one number against the mean, sum, difference or count it says it is; None where there is a choice."""
    counted = _rows(before, label)
    if counted is not None:
        return counted
    amounts = [n for n in before.free if not n.place and not n.written and not n.bound]
    if len(amounts) != 1 or len([n for n in before.statement.numbers if not n.place]) != 1:
        return None
    number = amounts[0]
    comparison = next((one for one in before.compared if one.amount == number), None)
    operation, said = _operation(before.text, comparison), before.text
    if comparison is not None:  # "2 points over B" is no bound
        said = said[: comparison.start] + said[comparison.end :]
    if operation is None or _BEYOND.search(said):
        return None
    terms = _pair(before, comparison) if operation == "difference" else _named(before) or _line(before)
    if terms is None or not _alike([before.grid.cells[r][c] for r, c in terms.cells]):
        return None
    if any(agreement(number, before.grid.cells[r][c]) >= 0.6 for r, c in terms.cells):
        return None  # it is one of them
    return _settled(before.grid, number, operation, terms, label)


def _rows(before: Scene, label: str | None) -> Computed | None:
    """ "Table 2 compares four parsers": the names under the head "Parser", where the claim names the table."""
    grid, tokens = before.grid, before.statement.tokens
    numbers = [n for n in before.statement.numbers if not n.place]
    if not label or len(numbers) != 1 or not re.search(rf"\b{re.escape(label.lower())}\b(?!\.?\d)", before.text):
        return None
    number, head = numbers[0], set(stems(grid.columns[0]) if grid.stubs == 1 else ())
    following = [token.stem for token in tokens[number.at + 1 : number.at + 3]]
    cells = {name: (r, 0) for r, name in enumerate(grid.rows) if name and not _TOTAL.search(name)}
    if number.percent or number.bound or _BEYOND.search(before.text) or len(cells) != number.value:
        return None
    if not head & set(following) or len(cells) != len(grid.rows):
        return None
    places = tuple((grid.origin[r], c) for r, c in cells.values())
    return Computed(number, True, False, places, f"{label}: {len(cells)} rows under {grid.columns[0]}", _NAMED)


def _operation(text: str, comparison: Comparison | None) -> Operation | None:
    found: list[Operation] = []
    found += ["mean"] if _MEAN.search(text) else []
    found += ["sum"] if _SUM.search(text) else []
    if not found and (comparison is not None or _APART.search(text)):
        return "difference"
    return found[0] if len(found) == 1 else None


# --- which cells --------------------------------------------------------------------------------------------------


def _strong(ties: Sequence[Tie], least: int) -> tuple[Tie, ...] | None:
    """Those that are surely named, `least` or more; None where another one may be meant too, or words are shared."""
    strong = tuple(tie for tie in ties if tie.score >= _NAMED)
    if len(strong) < least or any(_OTHER <= tie.score < _NAMED for tie in ties):
        return None
    words = [at for tie in strong for at in tie.tokens]
    return strong if len(words) == len(set(words)) else None


def _crossed(before: Scene) -> tuple[tuple[Tie, ...], tuple[Tie, ...]] | None:
    """The named rows and columns, none of them a total or a name of rows; one that is the only one is meant unnamed."""
    axis, grid = before.axes[0], before.grid
    results = [f for f in axis.numeric if f >= grid.stubs]
    items, fields = _strong(axis.items, 0), _strong(axis.fields, 0)
    if items is None or fields is None or {a for i in items for a in i.tokens} & {a for f in fields for a in f.tokens}:
        return None
    if not axis.fields and len(results) == 1:
        fields = (Tie(results[0], _NAMED, ()),)
    elif not axis.items and len(grid.rows) == 1:
        items = (Tie(0, _NAMED, ()),)
    if not items or not fields or any(tie.at < grid.stubs or _TOTAL.search(grid.columns[tie.at]) for tie in fields):
        return None
    return (items, fields) if not any(_TOTAL.search(grid.rows[tie.at]) for tie in items) else None


def _named(before: Scene) -> _Terms | None:
    """One row and several columns by name, or the other way round."""
    found = _crossed(before)
    if found is None or min(map(len, found)) != 1 or max(map(len, found)) < 2:
        return None
    items, fields = found
    score = min(tie.score for tie in (*items, *fields))
    named = all(tie.tokens for tie in (*items, *fields))
    return _Terms(tuple((i.at, f.at) for i in items for f in fields), named=named, score=score)


def _pair(before: Scene, comparison: Comparison | None) -> _Terms | None:
    """Two cells that differ as a comparison says; the other way round nothing is told: "better" may be misread."""
    found = _named(before)
    if found is None or len(found.cells) != 2:
        return None
    if comparison is None:
        return found
    for axis in before.axes:
        sides, along = axis.sides(comparison.cut), int(axis.view.turned)
        if sides is None or {tie.at for tie in sides} != {cell[along] for cell in found.cells}:
            continue
        field = found.cells[0][1 - along]
        first, second = (axis.view.cells[tie.at][field].number or 0.0 for tie in sides)
        if not greater(comparison, axis.view.fields[field]):
            first, second = second, first
        return found if first >= second else None
    return None


def _line(before: Scene) -> _Terms | None:
    """The whole of one named row or column, where the table shows no total or average of it."""
    axis, grid = before.axes[0], before.grid
    if any(_TOTAL.search(name) for name in (*grid.rows, *grid.columns)):
        return None
    items, fields = _strong(axis.items, 0), _strong(axis.fields, 0)
    if items is None or fields is None or len(items) + len(fields) != 1:
        return None
    if items:
        cells = tuple((items[0].at, c) for c in axis.numeric if c >= grid.stubs)
    else:
        cells = tuple((r, fields[0].at) for r in range(len(grid.rows)) if fields[0].at >= grid.stubs)
    return _Terms(cells, named=False, score=0.9 * (items or fields)[0].score) if len(cells) > 1 else None


def _alike(cells: Sequence[Value]) -> bool:
    """Plain numbers in one unit."""
    plain = all(cell.kind == "number" and cell.number is not None for cell in cells)
    return plain and len({cell.unit for cell in cells}) == 1


# --- what they come to ----------------------------------------------------------------------------------------------


def _settled(grid: Grid, number: Number, operation: Operation, terms: _Terms, label: str | None) -> Computed | None:
    values = [grid.cells[r][c] for r, c in terms.cells]
    result, slack = _result(values, operation)
    said = abs(number.value) if operation == "difference" else number.value
    holds = abs(result - said) <= slack + number.precision / 2 * (not _exact(values, operation)) + 1e-9
    if operation == "difference" and number.percent and not holds and values[0].unit != "%":
        return None  # a share of one of them, perhaps
    if not holds and not abs(said) / 5 <= abs(result) <= 5 * abs(said):
        return None  # of another size: it counts something else
    shown = _shown(grid, terms.cells, operation, result, label)
    cells = tuple((grid.origin[r], c) for r, c in terms.cells)
    return Computed(number, holds, terms.named, cells, shown, round(terms.score, 4))


def _result(values: Sequence[Value], operation: Operation) -> tuple[float, float]:
    """What the cells come to, and by how much it may be off because they are rounded."""
    numbers = [cell.number or 0.0 for cell in values]
    slack = 0.0 if _exact(values, operation) else sum(cell.precision for cell in values) / 2
    if operation == "difference":
        return abs(numbers[0] - numbers[1]), slack
    many = len(numbers) if operation == "mean" else 1
    return sum(numbers) / many, slack / many


def _exact(values: Sequence[Value], operation: Operation) -> bool:
    """Whole numbers are counts: their sums and differences are exact."""
    return operation != "mean" and all((cell.number or 0.0).is_integer() and cell.precision >= 1 for cell in values)


def _shown(grid: Grid, cells: Sequence[Place], operation: Operation, result: float, label: str | None) -> str:
    """ "Table 2: (70.0 in Alder, XNLI + 72.5 in Alder, MLQA) / 2 = 71.25"."""
    named = [f"{grid.cells[r][c].plain} in {grid.rows[r]}, {grid.columns[c]}" for r, c in cells]
    if operation == "difference" and (grid.cells[cells[0][0]][cells[0][1]].number or 0) < (
        grid.cells[cells[1][0]][cells[1][1]].number or 0
    ):
        named.reverse()
    if len(named) > _MOST:
        terms = f"{operation} of {len(named)} cells from {named[0]} to {named[-1]}"
    elif operation == "mean":
        terms = f"({' + '.join(named)}) / {len(named)}"
    else:
        terms = (" - " if operation == "difference" else " + ").join(named)
    return f"{label or 'a table'}: {terms} = {written(result)}"


# --- whether the table adds up ----------------------------------------------------------------------------------------


def kept(grid: Grid, row: int, column: int, label: str | None) -> Check | None:
    """A cell that is a total or an average of its table, held against its terms; None where that cannot be told.

    Whether a line called "total" is the sum of the others, or their mean, and of which, a table does not say. It is
    taken for what it is in at least two other places of the line, and in all of them where there are terms.
    """
    for name, line, terms in ((grid.rows[row], "row", _upright), (grid.columns[column], "column", _across)):
        if not _TOTAL.search(name):
            continue
        others = range(grid.stubs, len(grid.columns)) if line == "row" else range(len(grid.rows))
        own = column if line == "row" else row
        for operation in ("sum", "mean"):
            places = [(row, at) if line == "row" else (at, column) for at in others if at != own]
            checked = [done for r, c in places if (done := _adds_up(grid, (r, c), terms(grid, r, c), operation))]
            mine = _adds_up(grid, (row, column), terms(grid, row, column), operation)
            if mine is not None and len(checked) >= 2 and all(holds for holds, _ in checked):
                found = _shown(grid, terms(grid, row, column), operation, mine[1], label)
                outcome: Literal["match", "mismatch"] = "match" if mine[0] else "mismatch"
                return Check(kind="arithmetic", claimed=grid.cells[row][column].plain, found=found, outcome=outcome)
    return None


def _upright(grid: Grid, _: int, column: int) -> tuple[Place, ...]:
    """The terms of a row that is a total: the other rows."""
    return tuple((r, column) for r, name in enumerate(grid.rows) if not _TOTAL.search(name))


def _across(grid: Grid, row: int, _: int) -> tuple[Place, ...]:
    """The terms of a column that is a total: the other columns."""
    names = enumerate(grid.columns[grid.stubs :], grid.stubs)
    return tuple((row, c) for c, name in names if not _TOTAL.search(name))


def _adds_up(
    grid: Grid, place: Place, terms: Sequence[Place], operation: Literal["sum", "mean"]
) -> tuple[bool, float] | None:
    """Whether the cell is the sum or mean of the terms, and what that is; None where one of them is no plain number."""
    cell, values = grid.cells[place[0]][place[1]], [grid.cells[r][c] for r, c in terms]
    if len(values) < 2 or not _alike([cell, *values]):
        return None
    result, slack = _result(values, operation)
    slack += 0.0 if _exact([cell, *values], operation) else cell.precision / 2
    return abs(result - (cell.number or 0.0)) <= slack + 1e-9, result
