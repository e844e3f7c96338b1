"""Tables as rectangles: spans expanded, header rows joined, short rows filled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from synth.records import Table

__all__ = ["Cell", "build", "cut", "expand"]

# Spans are numbers in the file: a broken or hostile one must not fill the memory.
MAX_SPAN = 200
MAX_COLUMNS = 400


class Cell(NamedTuple):
    """A cell as written: its text, and how many rows and columns it covers."""

    text: str
    rows: int = 1
    columns: int = 1


def expand(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Write a spanning cell's text into every place it covers; the rows come out equally long."""
    placed: list[dict[int, str]] = [{} for _ in rows]
    for r, row in enumerate(rows):
        column = 0
        for cell in row:
            while column in placed[r]:
                column += 1
            height = max(1, min(cell.rows, MAX_SPAN, len(rows) - r))
            width = max(1, min(cell.columns, MAX_SPAN))
            if column + width > MAX_COLUMNS:
                break
            for below in range(height):
                for right in range(width):
                    placed[r + below].setdefault(column + right, cell.text)
            column += width
    width = max((max(row) + 1 for row in placed if row), default=0)
    return [[row.get(column, "") for column in range(width)] for row in placed]


def build(
    header: Sequence[Sequence[Cell]],
    body: Sequence[Sequence[Cell]],
    *,
    label: str | None,
    caption: str,
    page: int | None = None,
) -> Table | None:
    """A table of header rows (joined by " / " where they differ) and body rows; None where it has no cell."""
    grid = expand([*header, *body])
    if not grid or not grid[0]:
        return None
    count = len(header)
    if count == 0:
        count = 1
    columns = tuple(_joined([row[column] for row in grid[:count]]) for column in range(len(grid[0])))
    rows = tuple(tuple(row) for row in grid[count:] if any(row))
    return Table(label=label, caption=caption, page=page, columns=columns, rows=rows)


def cut(tables: Sequence[Table]) -> tuple[str, ...]:
    """A note for every table that is as wide as a table may be: the rest of it was left out."""
    return tuple(
        f"{table.label or 'a table'} was cut after {MAX_COLUMNS} columns"
        for table in tables
        if len(table.columns) >= MAX_COLUMNS
    )


def _joined(parts: Sequence[str]) -> str:
    kept: list[str] = []
    for part in parts:
        if part and (not kept or kept[-1] != part):
            kept.append(part)
    return " / ".join(kept)
