"""A table as a grid of typed cells: which rows are headers or groups, which columns name the rows.

`synth.records.Table` joins the rows of a header with " / "; a table from elsewhere may hold them among its rows, as it
may hold a merged cell as repeated or as empty cells. All of these read the same.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from synth.records import Table
from synth.tables.values import Value, plain, value

__all__ = ["Grid", "View", "read", "views"]

_HEADER_ROWS = 4  # rows that are tried as further rows of the header
_NUMERIC = ("number", "range", "date")


class Grid(NamedTuple):
    """The body of a table. `origin[r]` is the row of `Table.rows` that row r was, `groups[r]` the heading it is under.

    `columns` and `rows` are names; the first `stubs` columns name the rows and hold no results.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    groups: tuple[str, ...]
    cells: tuple[tuple[Value, ...], ...]
    origin: tuple[int, ...]
    stubs: int


class View(NamedTuple):
    """The grid along one axis: items are compared with each other, fields are what they are compared by.

    `cells[i][f]` are all cells of the grid, the naming ones included; `turned` where the items are its columns.
    """

    items: tuple[str, ...]
    fields: tuple[str, ...]
    cells: tuple[tuple[Value, ...], ...]
    turned: bool

    def place(self, item: int, field: int, grid: Grid) -> tuple[int, int]:
        """The cell as (row of the table, column)."""
        row, column = (field, item) if self.turned else (item, field)
        return grid.origin[row], column


@lru_cache(maxsize=64)
def read(table: Table) -> Grid:
    """The typed reading of a table. Rows without anything in them are left out."""
    body = [tuple(_value(cell) for cell in row) for row in table.rows]
    heading = _heading_rows(table.columns, body)
    columns = _columns(table.columns, body[:heading])
    kept: list[tuple[int, tuple[Value, ...], str]] = []
    group = ""
    for number, row in enumerate(body[heading:], heading):
        if all(cell.kind == "absent" for cell in row):
            continue
        if _is_group(row):
            group = row[0].plain
        else:
            kept.append((number, row, group))
    if not kept and len(body) > heading:  # nothing but headings: they are the rows
        kept = [(n, row, "") for n, row in enumerate(body) if n >= heading and row]
    cells = _filled(tuple(row for _, row, _ in kept))
    stubs = _stubs(cells)
    return Grid(
        caption=plain(table.caption),
        columns=columns,
        rows=tuple(_row_name(row, stubs) for row in cells),
        groups=tuple(group for _, _, group in kept),
        cells=cells,
        origin=tuple(number for number, _, _ in kept),
        stubs=stubs,
    )


@lru_cache(maxsize=20_000)
def _value(cell: str) -> Value:
    return value(cell)


def views(grid: Grid) -> tuple[View, View]:
    """The grid with its rows as items, and with its columns as items."""
    turned = tuple(zip(*grid.cells, strict=True)) if grid.cells else tuple(() for _ in grid.columns)
    return View(grid.rows, grid.columns, grid.cells, False), View(grid.columns, grid.rows, turned, True)


# --- headers ----------------------------------------------------------------------------------------------


def _heading_rows(columns: tuple[str, ...], body: list[tuple[Value, ...]]) -> int:
    """How many of the first rows belong to the header."""
    if len(body) < 2 or not columns:
        return 0
    below = body[1:]
    numeric = [c for c in range(len(columns)) if _mostly_numeric([row[c] for row in below])]
    many = 0
    for row in body[: min(_HEADER_ROWS, len(body) - 1)]:
        if not _continues_header(columns, row, numeric):
            break
        many += 1
    return many


def _continues_header(columns: tuple[str, ...], row: tuple[Value, ...], numeric: list[int]) -> bool:
    if _numbered(row):
        return True
    if _is_group(row):
        return False
    said = [c for c in numeric if row[c].kind != "absent"]
    words = [c for c in said if row[c].kind == "text" and any(ch.isalpha() for ch in row[c].plain)]
    same = sum(1 for c, cell in enumerate(row) if cell.plain and cell.plain == plain(columns[c]))
    if same and same == sum(1 for cell in row if cell.plain):
        return True
    if not numeric or not said or (row[0].kind == "number" and 0 not in numeric):
        return False
    merged = _merged(columns)
    if merged and (row[0].kind == "absent" or row[0].plain == plain(columns[0]) or not columns[0].strip()):
        return len(words) > 0
    return len(words) == len(said) and len(words) >= max(1, len(numeric) // 2)


def _numbered(row: tuple[Value, ...]) -> bool:
    """A row of column numbers: (1) (2) (3)."""
    shown = [cell for cell in row if cell.kind != "absent"]
    return (
        len(shown) >= 2
        and all(cell.plain.startswith("(") and cell.plain.endswith(")") for cell in shown)
        and [cell.number for cell in shown] == [float(n) for n in range(1, len(shown) + 1)]
    )


def _merged(columns: tuple[str, ...]) -> bool:
    """Whether the header has cells over several columns: repeated, or followed by empty ones."""
    names = [plain(name) for name in columns]
    return any(b in ("", a) and a for a, b in pairwise(names))


def _columns(columns: tuple[str, ...], heading: list[tuple[Value, ...]]) -> tuple[str, ...]:
    names = [" / ".join(dict.fromkeys(part.strip() for part in plain(name).split(" / "))) for name in columns]
    if not heading:
        return tuple(names)
    carried, filled = "", []
    for at, name in enumerate(names):
        below = any(row[at].plain for row in heading)
        carried = name or (carried if below and at else "")
        filled.append(carried)
    return tuple(
        " / ".join(dict.fromkeys(part for part in (name, *(row[at].plain for row in heading)) if part))
        for at, name in enumerate(filled)
    )


# --- rows -------------------------------------------------------------------------------------------------


def _is_group(row: tuple[Value, ...]) -> bool:
    """A row with its first cell alone, or the same words in every cell, heads the rows below it."""
    first = row[0]
    if first.kind != "text" or len(row) < 2:
        return False
    rest = [cell.plain for cell in row[1:]]
    return all(not text for text in rest) or (len(row) > 2 and all(text == first.plain for text in rest))


def _filled(cells: tuple[tuple[Value, ...], ...]) -> tuple[tuple[Value, ...], ...]:
    """The first column with its empty cells filled from above: a merged cell, or a row that goes on."""
    filled, above = [], None
    for row in cells:
        if row and row[0].kind == "absent" and not row[0].plain and above is not None:
            row = (above, *row[1:])
        if row:
            above = row[0]
        filled.append(row)
    return tuple(filled)


def _mostly_numeric(cells: list[Value]) -> bool:
    said = [cell for cell in cells if cell.kind != "absent"]
    return bool(said) and sum(cell.kind in _NUMERIC for cell in said) >= 0.6 * len(said)


def _stubs(cells: tuple[tuple[Value, ...], ...]) -> int:
    """The leading columns that name the rows: the first, and further ones of words while names repeat."""
    if not cells or len(cells[0]) < 2:
        return min(1, len(cells[0])) if cells else 0
    stubs = 1
    while stubs < min(3, len(cells[0]) - 1):
        names = Counter(tuple(cell.plain for cell in row[:stubs]) for row in cells)
        column = [row[stubs] for row in cells]
        if max(names.values()) < 2 or _mostly_numeric(column) or len({c.plain for c in column}) < 2:
            break
        stubs += 1
    return stubs


def _row_name(row: tuple[Value, ...], stubs: int) -> str:
    return " / ".join(dict.fromkeys(cell.plain for cell in row[:stubs] if cell.plain))
