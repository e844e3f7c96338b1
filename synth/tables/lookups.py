"""Lookups: does the cell that the claim points at hold what the claim says?"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from synth.tables.scene import Reading, Scene
from synth.tables.statement import Number, stems

__all__ = ["lookups"]

_UNNAMED = 0.3  # standing of a row or column that the claim does not name
_YES = frozenset(["yes", "y", "✓", "✔", "√", "+", "x", "true", "●", "present"])
_NO = frozenset(["no", "n", "✗", "✘", "×", "-", "false", "○", "absent", "none", "nil", "not reported", "nr", "ns"])
_DENIED = re.compile(r"\b(?:not|no|never|without|cannot|lacks?|absent|none|neither)\b|n't\b")
_MISSING = re.compile(
    r"\b(?:not?|n't|without|lacks?|missing|absent|empty|blank|unavailable)\s?(?:\w+\s){0,2}?(?:given|reported|values?|"
    r"available|present|mentioned|applicable|data|known|have|having|included|specified|provided)?\b|n't\s(?:have|contain)"
)
_LACKS = re.compile(r"(?:[x✗×]\s)?(?:not|no|none|without)\b")
_SAYS = 0.6  # share of a cell's words from which the claim says the cell


def lookups(scene: Scene) -> Iterator[Reading]:
    """Numbers and words at the named row and column, and whether one row holds all that the claim says."""
    rows, columns = _standing(scene)
    for number in scene.free:
        if not number.place:
            yield from _number(scene, number, rows, columns)
    yield from _words(scene, rows, columns)
    yield from _flags(scene, rows, columns)
    yield from _together(scene)


def _standing(scene: Scene) -> tuple[dict[int, float], dict[int, float]]:
    rows = {tie.at: tie.score for tie in reversed(scene.axes[0].items)}
    groups = {link.row: link.score for link in scene.links.groups}
    if groups:
        rows = {r: s * (1.0 if r in groups else 0.6) for r, s in rows.items()}
    return rows, {tie.at: tie.score for tie in reversed(scene.axes[0].fields)}


def _number(scene: Scene, number: Number, rows: dict[int, float], columns: dict[int, float]) -> Iterator[Reading]:
    grid = scene.grid
    ranked = []
    for r, row in enumerate(grid.cells):
        for c, cell in enumerate(row):
            if (cell.numbers or cell.number is not None) and (c >= grid.stubs or cell.kind != "text"):
                standing = rows.get(r, _UNNAMED) * columns.get(c, _UNNAMED)
                ranked.append((standing, scene.held[number.at].get((r, c), 0.0), r, c))
    if not ranked:
        return
    top = max(ranked)[0]
    best = [x for x in ranked if x[0] >= 0.9 * top]
    right = max(best, key=lambda x: (x[1], x[0]))
    anywhere = max(ranked, key=lambda x: (x[1] > 0, x[0] * x[1]))
    doubt = 1 / (1 + math.log(len(best)))
    said = scene.statement.tokens[number.at].text
    operation = "lookup" if number.precision < 1 or abs(number.value) > 20 or not number.written else "lookup_small"
    if right[1] >= 0.6:
        cell = grid.cells[right[2]][right[3]]
        quality = right[0] * right[1] * (doubt**0.3)
        yield Reading(operation, True, quality, said, cell.plain, ((grid.origin[right[2]], right[3]),))
        return
    if number.at in scene.gaps | scene.limits:
        return  # a difference or a bound need not stand in a cell: that it does not says nothing
    r, c = best[0][2], best[0][3]
    place = (grid.origin[r], c)
    yield Reading(operation, False, top * doubt, said, grid.cells[r][c].plain, (place,))
    if anywhere[1] >= 0.6:
        r, c = anywhere[2], anywhere[3]
        yield Reading("elsewhere", False, top, said, grid.cells[r][c].plain, (place, (grid.origin[r], c)))
    else:
        yield Reading("nowhere", False, top, said, "", (place,))


def _words(scene: Scene, rows: dict[int, float], columns: dict[int, float]) -> Iterator[Reading]:
    """A cell of words: the one at the named row and column, or the one the claim names in a row it names."""
    grid = scene.grid
    said = {token.stem for token in scene.statement.tokens}
    named = {(link.row, link.column): link for link in scene.links.cells}
    for r, row_score in list(rows.items())[-4:]:
        for c in range(grid.stubs, len(grid.columns)):
            cell = grid.cells[r][c]
            if cell.kind not in ("text", "date", "range", "absent"):
                continue
            rivals = [x for x in scene.links.cells if x.column == c and x.row != r]
            own = named.get((r, c))
            column = columns.get(c, _UNNAMED)
            place = ((grid.origin[r], c),)
            if own and own.score >= _SAYS and own.tokens != _tokens_of(scene, r):
                yield Reading("words", True, row_score * own.score * max(column, 0.5), cell.plain, cell.plain, place)
            elif rivals and max(x.score for x in rivals) >= _SAYS:
                rival = max(rivals, key=lambda x: x.score)
                if set(rival.tokens) & set(_tokens_of(scene, r)):
                    continue
                claimed = grid.cells[rival.row or 0][c].plain
                yield Reading("words", False, row_score * rival.score * max(column, 0.5), claimed, cell.plain, place)
            elif c in columns and cell.kind != "absent":
                words = [w for w in stems(cell.plain) if len(w) > 1]
                share = sum(w in said for w in words) / len(words) if words else 0.0
                if share >= _SAYS:
                    yield Reading("words", True, row_score * column * share, cell.plain, cell.plain, place)
                else:
                    yield Reading("unsaid", False, row_score * column, "", cell.plain, place)


def _flags(scene: Scene, rows: dict[int, float], columns: dict[int, float]) -> Iterator[Reading]:
    """A cell that says yes or no, or nothing, where the claim names its row and column but no value."""
    grid = scene.grid
    named = [(s * t, r, c) for r, s in rows.items() for c, t in columns.items() if c >= grid.stubs and s * t >= 0.5]
    if scene.free:
        return
    if not named:
        yield from _empty(scene, rows, columns)
        return
    quality, r, c = max(named)
    cell = grid.cells[r][c]
    place = ((grid.origin[r], c),)
    missing = bool(_MISSING.search(scene.text))
    if cell.kind == "absent" or missing:
        there = cell.kind != "absent" and cell.plain.lower() not in _NO and not _LACKS.match(cell.plain.lower())
        yield Reading("absent", there != missing, quality, "nothing" if missing else "a value", cell.plain, place)
    elif cell.plain.lower() in _YES or cell.plain.lower() in _NO:
        denied = bool(_DENIED.search(scene.text))
        truth = (cell.plain.lower() in _YES) != denied
        yield Reading("flag", truth, quality, "no" if denied else "yes", cell.plain, place)


def _empty(scene: Scene, rows: dict[int, float], columns: dict[int, float]) -> Iterator[Reading]:
    """ "There is no value for A": a named row or column with nothing in it."""
    if not _MISSING.search(scene.text):
        return
    grid = scene.grid
    lines = [(s, [(r, c) for c in range(grid.stubs, len(grid.columns))]) for r, s in rows.items()]
    lines += [(s, [(r, c) for r in range(len(grid.rows))]) for c, s in columns.items()]
    for score, line in lines[:4]:
        absent = [grid.cells[r][c].kind == "absent" for r, c in line]
        cells = tuple((grid.origin[r], c) for r, c in line)
        shown = f"{sum(absent)} of {len(absent)} cells are empty"
        yield Reading("absent", all(absent), 0.6 * score, "nothing", shown, cells)


def _tokens_of(scene: Scene, row: int) -> tuple[int, ...]:
    return next((tie.tokens for tie in scene.axes[0].items if tie.at == row), ())


def _together(scene: Scene) -> Iterator[Reading]:
    """The share of what the claim says of the cells that stands in its best row, and in its best column."""
    grid = scene.grid
    said: dict[tuple[int, int], set[int]] = {}
    places: dict[str, list[int]] = {}
    for at, token in enumerate(scene.statement.tokens):
        if not token.weak:
            places.setdefault(token.stem, []).append(at)
    for r, row in enumerate(grid.cells):
        for c, cell in enumerate(row):
            if cell.kind in ("text", "date", "range"):
                said[r, c] = {at for word in stems(cell.plain) for at in places.get(word, ())}
    for at, held in scene.held.items():
        for place, share in held.items():
            if share >= _SAYS:
                said.setdefault(place, set()).add(at)
    for operation, along, many in (("one_row", 0, len(grid.rows)), ("one_column", 1, len(grid.columns))):
        lines: list[set[int]] = [set() for _ in range(many)]
        for place, tokens in said.items():
            lines[place[along]] |= tokens
        counts = Counter(at for line in lines for at in line)
        if len(counts) < 2:
            continue
        weight = {at: math.log(1 + many / n) for at, n in counts.items()}
        shares = [sum(weight[at] for at in sorted(line)) for line in lines]
        best = max(range(many), key=lambda i: shares[i])
        share = shares[best] / (sum(weight.values()) or 1.0)
        where = ((grid.origin[best], 0),) if operation == "one_row" else ()
        yield Reading(operation, share > 0.8, share, "", "", where)
