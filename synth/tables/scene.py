"""A claim before a table: what is linked, along both axes, and what a reading of the claim came to."""

from __future__ import annotations

import re
from typing import NamedTuple

from synth.tables import grid as grids
from synth.tables import linking, statement
from synth.tables.comparing import Comparison, compared
from synth.tables.grid import Grid, View
from synth.tables.linking import Link, Links
from synth.tables.statement import Number, Statement
from synth.tables.values import Value

__all__ = ["Axis", "Reading", "Scene", "Tie", "agreement", "scene", "written"]

_TOTAL = re.compile(r"\b(?:totals?|averages?|avg|means?|overall|sum|all|aggregate|median)\b", re.I)
_NUMBERS = 40  # numbers of a claim that are looked up; a sentence has fewer
_NAMED = 0.7  # a name tied at least this well is compared with a limit
_LIKE = 0.75  # a name tied at least this well owns the numbers in it


class Tie(NamedTuple):
    """An item or a field that the claim names: its number, how well it is named, and at which tokens of the claim."""

    at: int
    score: float
    tokens: tuple[int, ...]
    of_cell: bool = False

    @property
    def start(self) -> int:
        """The token at which the name begins."""
        return self.tokens[0] if self.tokens else 0


class Axis(NamedTuple):
    """One view of the grid with the items and fields that the claim names, best first.

    `numeric` are the fields that hold numbers, `plain` the items that are no totals and no names, `naming` the fields
    that name the items.
    """

    view: View
    items: tuple[Tie, ...]
    fields: tuple[Tie, ...]
    numeric: tuple[int, ...]
    plain: tuple[int, ...]
    naming: tuple[int, ...]

    @property
    def results(self) -> tuple[int, ...]:
        """The numeric fields that name nothing: what a claim is about where it names none of them."""
        return tuple(f for f in self.numeric if f not in self.naming) or self.numeric

    def sides(self, cut: int) -> tuple[Tie, Tie] | None:
        """What is compared: the item that is best named before a token of the claim, and from it on."""
        before = [tie for tie in self.items if tie.tokens[-1] < cut]
        after = [tie for tie in self.items if tie.tokens[0] >= cut]
        if not before or not after:
            return None
        a, b = (max(ties, key=lambda tie: (tie.score, -tie.tokens[0])) for ties in (before, after))
        return (a, b) if a.at != b.at else None


class Reading(NamedTuple):
    """One way to read the claim, carried out: what was claimed, what the table gives, and the deciding cells.

    `quality` in 0..1 says how well the words of the claim are tied to what was compared. Cells are (row of the table,
    column).
    """

    operation: str
    truth: bool
    quality: float
    claimed: str
    found: str
    cells: tuple[tuple[int, int], ...]


class Scene(NamedTuple):
    """All that the operations look at. `free` are the numbers that are no part of a name of the table.

    `held` tells for each number of the claim, by its token, in which cells of the grid it stands, and how well.
    `compared` are the comparisons that the claim makes. Numbers of two kinds, by their tokens, need not stand in a
    cell: `gaps` are by how much two named items differ, `limits` what a named item is above or below.
    """

    statement: Statement
    grid: Grid
    links: Links
    axes: tuple[Axis, Axis]
    free: tuple[Number, ...]
    held: dict[int, dict[tuple[int, int], float]]
    compared: tuple[Comparison, ...]
    gaps: frozenset[int]
    limits: frozenset[int]

    @property
    def text(self) -> str:
        """The claim in small letters with plain dashes."""
        return self.statement.text

    def named(self, place: int) -> bool:
        """Whether the word at a place of the text belongs to a name of the table."""
        at = sum(1 for token in self.statement.tokens if token.end <= place)
        links = (*self.links.rows, *self.links.columns, *self.links.cells)
        return any(at in link.tokens for link in links if link.score >= _LIKE)


def scene(claim: str, grid: Grid) -> Scene:
    """Link the claim to the grid along both axes."""
    said = statement.read(claim)
    said = said._replace(numbers=said.numbers[:_NUMBERS])
    links = linking.link(said, grid)
    owned = {
        at
        for one in (*links.rows, *links.columns, *links.cells)
        if one.score >= _LIKE and (len(one.tokens) > 1 or one.column is None or one.row is None)
        for at in one.tokens
    }
    free = tuple(number for number in said.numbers if number.at not in owned)
    rows_first, columns_first = grids.views(grid)
    upright = _axis(rows_first, grid, _row_ties(links, len(grid.rows)), _ties(links.columns), rows=True)
    turned = _axis(columns_first, grid, _ties(links.columns), _row_ties(links, len(grid.rows)), rows=False)
    held = {
        number.at: {
            (r, c): share
            for r, row in enumerate(grid.cells)
            for c, cell in enumerate(row)
            if (share := agreement(number, cell))
        }
        for number in said.numbers
    }
    compares = compared(said, frozenset(owned))
    gaps, limits = _outside(compares, free, (upright, turned))
    return Scene(said, grid, links, (upright, turned), free, held, compares, gaps, limits)


def _outside(
    compares: tuple[Comparison, ...], free: tuple[Number, ...], axes: tuple[Axis, Axis]
) -> tuple[frozenset[int], frozenset[int]]:
    """The gaps and the limits of a scene."""
    numbers = {number.at for number in free}
    gaps, limits = set(), set()
    for one in compares:
        if one.amount is not None and one.amount.at in numbers and any(axis.sides(one.cut) for axis in axes):
            gaps.add(one.amount.at)
        named = any(tie.tokens[0] < one.cut and tie.score >= _NAMED for axis in axes for tie in axis.items)
        if named and one.way in ("more", "less"):
            limits |= numbers & set(range(one.cut, one.cut + 3))
    return frozenset(gaps), frozenset(limits - gaps)


def _ties(links: tuple[Link, ...]) -> tuple[Tie, ...]:
    return tuple(Tie(x.column if x.column is not None else x.row or 0, x.score, x.tokens) for x in links)


def _row_ties(links: Links, rows: int) -> tuple[Tie, ...]:
    """Rows named by their own names; else by a cell of words that few rows hold."""
    found: dict[int, Tie] = {}
    for x in links.rows:
        found.setdefault(x.row or 0, Tie(x.row or 0, x.score, x.tokens))
    shared: dict[tuple[int, ...], int] = {}
    for x in links.cells:
        shared[x.tokens] = shared.get(x.tokens, 0) + 1
    for x in links.cells:
        few = shared[x.tokens] <= max(1, rows // 4)
        if few and (x.row or 0) not in found:
            found[x.row or 0] = Tie(x.row or 0, 0.9 * x.score, x.tokens, of_cell=True)
    return tuple(sorted(found.values(), key=lambda tie: (-tie.score, tie.at)))


def _axis(view: View, grid: Grid, items: tuple[Tie, ...], fields: tuple[Tie, ...], *, rows: bool) -> Axis:
    inside = range(len(view.items)) if rows else range(grid.stubs, len(view.items))
    numeric = []
    for f in range(len(view.fields)):
        if rows and f == 0 and grid.stubs and len(view.fields) > 1 and _serial([view.cells[i][f] for i in inside]):
            continue
        said = [view.cells[i][f] for i in inside if view.cells[i][f].kind != "absent"]
        if said and sum(cell.number is not None for cell in said) >= 0.5 * len(said):
            numeric.append(f)
    named = {tie.at for tie in items}
    plain = tuple(
        i
        for i in inside
        if not _TOTAL.fullmatch(view.items[i].strip()) and (i in named or not _TOTAL.search(view.items[i]))
    ) or tuple(inside)
    kept = tuple(tie for tie in items if rows or tie.at >= grid.stubs)
    return Axis(view, kept, fields, tuple(numeric), plain, tuple(range(grid.stubs)) if rows else ())


def _serial(cells: list[Value]) -> bool:
    return [cell.number for cell in cells] == [float(n) for n in range(1, len(cells) + 1)]


# --- numbers ------------------------------------------------------------------------------------------------


def agreement(number: Number, cell: Value) -> float:
    """How well a number of the claim agrees with a cell: 1 as written, less for rounded or rescaled, 0 for not."""
    best = 0.0
    sign = cell.plain[:1] if cell.plain[:1] in ("<", ">") else ""
    if number.bound and number.bound != sign:
        if sign or cell.number is None or cell.kind != "number":
            return 0.0
        return 0.6 if (cell.number < number.value) == (number.bound == "<") else 0.0
    if not cell.numbers:
        return 0.0 if cell.number is None else _agree(number, cell.number, cell.precision)
    for at, found in enumerate(cell.numbers):
        share = _agree(number, found, cell.precision if at == 0 else 0.0)
        best = max(best, share if at == 0 or cell.kind != "number" else 0.9 * share)
    return best


def _agree(number: Number, found: float, step: float) -> float:
    gap = abs(number.value - found)
    if gap <= 1e-9 * max(1.0, abs(found)):
        return 1.0
    if number.value >= 0 > found and abs(number.value + found) <= 1e-9:
        return 0.5
    if number.precision > max(step, 1e-12) and number.precision < 1 and gap <= number.precision / 2 * (1 + 1e-9):
        return 0.85
    if number.precision >= 1 > step and abs(found) >= 10 and gap <= 0.5:
        return 0.6
    if number.percent and abs(number.value / 100 - found) <= max(number.precision / 200, 1e-9):
        return 0.7
    return 0.0


def written(number: float) -> str:
    """A computed number for a reason: at most six digits."""
    return f"{number:.6g}"
