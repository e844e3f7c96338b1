"""All that a claim names at once: is there one row in which it stands together, value by value in the named columns?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from synth.tables.scene import Reading, Scene

__all__ = ["together"]

_SAID = 0.75  # how well a name must be said to be a part of the claim
_STANDS = 0.6  # agreement from which a number stands in a cell


class _Part(NamedTuple):
    """A name or a number of the claim and the cells of the grid in which it stands; `names` where it names rows."""

    score: float
    tokens: frozenset[int]
    cells: frozenset[tuple[int, int]]
    names: bool


def together(scene: Scene) -> Iterator[Reading]:
    """ "A has 3 C and 4 D", "the C of A is V": one row for all parts, and each value under a column that is named."""
    parts = _parts(scene)
    if len(parts) < 2:
        return
    grid = scene.grid
    rows = [{r for r, _ in part.cells} for part in parts]
    common = set.intersection(*rows)
    most = max(range(len(grid.rows)), key=lambda r: (sum(r in some for some in rows), -r))
    quality = min(part.score for part in parts)
    places = tuple((grid.origin[r], c) for part in parts for r, c in sorted(part.cells) if r == most)
    yield Reading("joint_row", bool(common), quality, "", "", tuple(dict.fromkeys(places)))
    columns = {tie.at: tie.score for tie in scene.axes[0].fields if tie.score >= _STANDS and tie.at >= grid.stubs}
    values = [part for part in parts if not part.names]
    named = [{r for r, _ in part.cells} for part in parts if part.names]
    if not columns or not values or not named:
        return
    right = 0
    for value in values:
        inside = {r for r, c in value.cells if c in columns}
        right += all(inside & some for some in named)
    quality = min(quality, max(columns.values()))
    yield Reading("joint_cell", right == len(values), quality, "", "", tuple(dict.fromkeys(places)))


def _parts(scene: Scene) -> list[_Part]:
    """The names of rows, the words of cells and the numbers that the claim says, the longest names first."""
    grid = scene.grid
    found: dict[tuple[frozenset[int], bool], tuple[float, set[tuple[int, int]]]] = {}
    for tie in scene.axes[0].items:
        if tie.score >= _SAID and not tie.of_cell:
            held = found.setdefault((frozenset(tie.tokens), True), (tie.score, set()))
            held[1].update((tie.at, c) for c in range(grid.stubs))
    for link in scene.links.cells:
        if link.score >= _SAID and (link.column or 0) >= grid.stubs:
            held = found.setdefault((frozenset(link.tokens), False), (link.score, set()))
            held[1].add((link.row or 0, link.column or 0))
    parts = [_Part(score, tokens, frozenset(cells), names) for (tokens, names), (score, cells) in found.items()]
    parts.sort(key=lambda part: (-len(part.tokens) * part.score, not part.names, min(part.tokens, default=0)))
    kept: list[_Part] = []
    for part in parts:
        if not any(part.tokens & other.tokens for other in kept):
            kept.append(part)
    for number in scene.free:
        cells = frozenset(place for place, share in scene.held[number.at].items() if share >= _STANDS)
        if cells and not number.place and not number.written and not any(number.at in p.tokens for p in kept):
            kept.append(_Part(0.95, frozenset([number.at]), cells, False))
    return kept[:6]
