"""Which of several cells is a paper's own headline: evidence that can be told, added up.

Every piece of evidence is a yes or no about one cell; the weights below were set by hand, one sign each, and are not
fitted. `benchmarks/result_tuples.py` fits its own on the same evidence and prints what that adds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from synth.results.cells import Cell, cited, held_out, mirrored, named_own

__all__ = ["EVIDENCE", "About", "about", "choice", "evidence", "standing"]

EVIDENCE = ("own row", "cited row", "for comparison", "held-out part", "bold", "best of its column", "in the abstract")
_WEIGHTS = (3.0, -2.0, -1.0, -2.0, 1.0, 1.0, 2.0)
_ENOUGH = 2.0  # an own row that nothing speaks against; or a bold best cell; or a number of the abstract


class About(NamedTuple):
    """What a paper says of itself: the names of its own method, and the numbers as written in title and abstract."""

    names: tuple[str, ...]
    stated: frozenset[str]


def about(names: Sequence[str], abstract: str) -> About:
    """The numbers with a decimal point or a percent sign in `abstract` count as stated; whole counts do not."""
    written = re.findall(r"\d+\.\d+|\d+(?=\s?%)", abstract)
    return About(tuple(names), frozenset(written))


def evidence(cell: Cell, rivals: Sequence[Cell], known: About, *, less: bool) -> tuple[bool, ...]:
    """What speaks for and against `cell` as the paper's own result, in the order of `EVIDENCE`.

    `rivals` are the cells with the same metric and data set in the same table; `less` says that less is better.
    """
    values = [rival.value for rival in rivals]
    best = bool(values) and cell.value == (min(values) if less else max(values))
    own = named_own(cell.row, known.names)
    return (
        own,
        cited(cell.row) and not own,
        mirrored(cell.row) and not own,
        held_out((*cell.column, *cell.row)),
        cell.bold,
        best,
        cell.written.strip("%*† ") in known.stated,
    )


def standing(told: Sequence[bool]) -> float:
    """The evidence added up; higher for a cell that is more likely the paper's own headline."""
    return sum(weight for weight, holds in zip(_WEIGHTS, told, strict=True) if holds)


def choice(groups: Sequence[Sequence[Cell]], known: About, *, less: bool) -> tuple[Cell, tuple[str, ...]] | None:
    """The cell of all `groups` (one a table) that stands highest, with the evidence for it by name.

    Of cells that stand alike the better number is taken, then the earlier. None where no cell stands high enough to be
    called the paper's own.
    """
    found: list[tuple[float, float, Cell, tuple[str, ...]]] = []
    for group in groups:
        for cell in group:
            told = evidence(cell, group, known, less=less)
            why = tuple(name for name, holds in zip(EVIDENCE, told, strict=True) if holds)
            found.append((standing(told), -cell.value if less else cell.value, cell, why))
    if not found:
        return None
    score, _, cell, why = max(found, key=lambda one: (one[0], one[1]))
    return (cell, why) if score >= _ENOUGH else None
