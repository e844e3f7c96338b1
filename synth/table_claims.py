"""`synth verify --table-claims`: a file of claims, each with its table; predictions out.

A line is `{"id", "claim", "table": {"caption", "columns": [...], "rows": [[...], ...]}}`, a prediction `{"id", "label",
"confidence", "cells": [[row, column], ...], "reason"}`. Rows and columns of cells count from 0 in `rows` and `columns`.
A cell is text or a number; null and NaN are an absent value, as the empty text is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from synth import lines
from synth.errors import InputError
from synth.progress import Silent
from synth.records import Table

__all__ = ["predict"]

_LONGEST = 2_000  # characters of a claim
_MOST = 200_000  # cells of a table


class _Asked(NamedTuple):
    key: str | int
    claim: str
    table: Table


def predict(claims: Path, out: Path, progress: Silent) -> int:
    """Write a prediction for each claim, in their order, and say how many.

    Raises:
        InputError: a file, or a field of a line of it, is at fault.
    """
    from synth.render.serial import dumps
    from synth.tables.verdict import judge

    lines.writable(out, "--out")
    progress.stage("open")
    asked = _claims(claims)
    progress.stage("verify", len(asked))

    def predictions() -> Iterator[str]:
        for one in asked:
            verdict = judge(one.claim, one.table)
            told = {
                "id": one.key,
                "label": verdict.label,
                "confidence": verdict.confidence,
                "cells": [list(cell) for cell in verdict.cells],
                "reason": verdict.reason,
            }
            yield dumps(told, indent=None).rstrip("\n")
            progress.step()

    lines.write(out, predictions(), "--out")
    return len(asked)


def _claims(path: Path) -> list[_Asked]:
    asked: list[_Asked] = []
    numbers: list[tuple[int, str]] = []
    for number, line in lines.read(path):
        key = lines.text(path, number, line, "id")
        claim = line.get("claim")
        if not isinstance(claim, str) or not claim.strip():
            raise InputError(f'{path}:{number}: field "claim" is missing or empty; give the claim in words')
        if len(claim) > _LONGEST:
            problem = f"{len(claim):,} characters; a claim is one sentence of at most {_LONGEST:,}"
            raise InputError(f'{path}:{number}: field "claim": {problem}')
        asked.append(_Asked(line["id"], " ".join(claim.split()), _table(f"{path}:{number}", line.get("table"))))
        numbers.append((number, key))
    lines.unique(path, numbers)
    return asked


def _table(where: str, given: Any) -> Table:
    """The table of a line. InputError names the row and column at fault."""
    if not isinstance(given, dict):
        raise InputError(f'{where}: field "table" is missing or no object; give caption, columns and rows')
    caption, columns, rows = given.get("caption", ""), given.get("columns"), given.get("rows")
    if caption is not None and not isinstance(caption, str):
        raise InputError(f'{where}: field "table.caption" is not text')
    if not isinstance(columns, list):
        raise InputError(f'{where}: field "table.columns" is missing or no list; give the names of the columns')
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise InputError(f'{where}: field "table.rows" is missing or no list of lists; give one list a row')
    if not columns and any(rows):
        raise InputError(f'{where}: field "table.columns" is empty but there are rows; name the columns, if by ""')
    for at, row in enumerate(rows):
        if len(row) != len(columns):
            problem = f"row {at} has {len(row)} cells, there are {len(columns)} columns"
            raise InputError(f'{where}: field "table.rows": {problem}; fill the row up')
    if len(rows) * len(columns) > _MOST:
        raise InputError(f'{where}: field "table.rows": more than {_MOST:,} cells; give the part that is claimed about')
    return Table(
        label=None,
        caption=caption or "",
        page=None,
        columns=tuple(_cell(where, f"columns[{at}]", cell) for at, cell in enumerate(columns)),
        rows=tuple(
            tuple(_cell(where, f"rows[{r}][{c}]", cell) for c, cell in enumerate(row)) for r, row in enumerate(rows)
        ),
    )


def _cell(where: str, place: str, cell: Any) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool) or not isinstance(cell, int | float) or math.isinf(cell):
        raise InputError(f'{where}: field "table.{place}" is neither text nor a finite number')
    return str(cell)
