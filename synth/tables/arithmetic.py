"""Arithmetic over cells: differences, sums, means, ratios and ranges.

Where a claim names no field and there is one field of results, that one is meant. Differences and ratios are held
against the claim in its direction wherever it says which item is compared with which: "A is 3.3 points above B".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from synth.tables.comparing import BARE, Comparison
from synth.tables.ordering import greater
from synth.tables.scene import Axis, Reading, Scene, Tie, agreement, written
from synth.tables.statement import Number
from synth.tables.values import Value

__all__ = ["ranges", "sums"]

_SUM = re.compile(r"\b(?:total\w*|sum|combined|altogether|overall|in all|together|cumulative)\b")
_MEAN = re.compile(r"\b(?:averages?|mean|averaged)\b")
_GAP = re.compile(
    r"\b(?:difference|differ\w*|gap|margin|by|more|less|fewer|higher|lower|greater|larger|smaller|longer|shorter|ahead|"
    rf"increase\w*|decrease\w*|improve\w*|drop\w*|gain\w*|points?|{BARE})\b"
)
_RATIO = re.compile(r"\b(?:twice|double|half|triple|thrice|times|ratio|fold)\b")
_RANGE = re.compile(r"\b(?:rang\w+|between|from|varies|vary|varying)\b")
_POINTS = frozenset(["point", "points", "pp", "pts"])
_IMPLIED, _ANY = 0.5, 0.25  # standing of the only field of results, and of one of several, where none is named
_OFTEN = frozenset(["twice", "thrice", "double", "triple", "half"])
_MANY = frozenset(["times", "fold", "x"])
_NEAR = 12  # letters from a number to "less" in "3 times less"
_MOST = 12  # fields that are tried where none is named
_SPAN = re.compile(r"(-?\d[\d.,]*)[*†]*\s?(?:%|[a-zµ°]{1,3}\b)?\s?(?:-|to|and|~|until)\s?(-?\d[\d.,]*)")


class _Sum(NamedTuple):
    operation: str
    value: float
    quality: float
    cells: tuple[tuple[int, int], ...]
    base: float | None = None  # what a difference may be a share of


def sums(scene: Scene) -> Iterator[Reading]:
    """A number of the claim against sums, means, differences and ratios of the cells it names."""
    apart = {one.amount.at: one for one in scene.compared if one.amount is not None and one.amount.at in scene.gaps}
    wanted = [x for x in _wanted(scene) if not apart or x.operation != "difference"]
    for number in _amounts(scene):
        said = scene.statement.tokens[number.at].text
        if number.at in apart:
            yield from _kindest(said, [(x, _amounts_to(scene, number, x)) for x in _apart(scene, apart[number.at])])
            continue
        times = list(_times(scene, number))
        options = [x for x in wanted if not times or x.operation != "ratio"] + times
        yield from _kindest(said, [(x, _close(number, x.value)) for x in options])


def _kindest(said: str, options: list[tuple[_Sum, bool]]) -> Iterator[Reading]:
    """For each operation the best of those that come to the number, else the best of all."""
    for operation in dict.fromkeys(x.operation for x, _ in options):
        own = [(x, right) for x, right in options if x.operation == operation]
        right = [x for x, right in own if right]
        best = max(right or [x for x, _ in own], key=lambda x: x.quality)
        yield Reading(operation, bool(right), best.quality, said, written(best.value), best.cells)


def _amounts(scene: Scene) -> list[Number]:
    found = [number for number in scene.free if not number.place]
    if re.search(r"\bhalf\b", scene.text) and not any(n.value == 0.5 for n in found):
        at = next(i for i, token in enumerate(scene.statement.tokens) if token.text == "half")
        found.append(Number(0.5, 0.1, at, False, True, False))
    for at, token in enumerate(scene.statement.tokens):
        if token.text in ("double", "triple"):
            found.append(Number(2.0 if token.text == "double" else 3.0, 1.0, at, False, True, False))
    return found


def _close(number: Number, value: float) -> bool:
    return agreement(number, Value("", "", "number", value, 0.0, (value,))) >= 0.5


def _wanted(scene: Scene) -> list[_Sum]:
    made: list[_Sum] = []
    total, mean, gap, ratio = (bool(p.search(scene.text)) for p in (_SUM, _MEAN, _GAP, _RATIO))
    for axis in scene.axes:
        for tie in _fields(axis):
            column = [(axis.view.cells[i][tie.at].number, i) for i in axis.plain]
            shown = [(x, i) for x, i in column if x is not None]
            named = [item for item in axis.items if axis.view.cells[item.at][tie.at].number is not None]
            made += _over(scene, axis, tie.at, [i for _, i in shown], tie.score * 0.8, total, mean)
            if 2 <= len(named) <= 8:
                strong = [x.at for x in named if x.score >= 0.7]
                if len(strong) >= 2:
                    made += _over(scene, axis, tie.at, strong, tie.score, total, mean)
            for a, b in list(combinations(named[:4], 2)):
                if set(a.tokens) & set(b.tokens):
                    continue
                quality = tie.score * min(a.score, b.score)
                made += _pair(scene, axis, tie.at, (a.at, b.at), quality, gap, ratio)
    return made


def _fields(axis: Axis) -> list[Tie]:
    """The fields of numbers that the claim names; where it names none, the only one there is."""
    named = [tie for tie in axis.fields if tie.at in axis.numeric][:3]
    return named or [Tie(f, _IMPLIED, ()) for f in axis.results if len(axis.results) == 1]


def _over(
    scene: Scene, axis: Axis, field: int, items: list[int], quality: float, total: bool, mean: bool
) -> Iterator[_Sum]:
    numbers = [x for i in items if (x := axis.view.cells[i][field].number) is not None]
    if len(numbers) < 2:
        return
    cells = tuple(axis.view.place(i, field, scene.grid) for i in items)
    if total:
        yield _Sum("sum", sum(numbers), quality, cells)
    if mean:
        yield _Sum("mean", sum(numbers) / len(numbers), quality, cells)


def _pair(
    scene: Scene, axis: Axis, field: int, pair: tuple[int, int], quality: float, gap: bool, ratio: bool
) -> Iterator[_Sum]:
    x, y = (axis.view.cells[i][field].number for i in pair)
    if x is None or y is None:
        return
    cells = tuple(axis.view.place(i, field, scene.grid) for i in pair)
    if gap:
        yield _Sum("difference", abs(x - y), quality, cells)
    if ratio and x and y:
        yield _Sum("ratio", round(max(x / y, y / x), 1), quality, cells)
        yield _Sum("ratio", round(min(x / y, y / x), 2), quality * 0.9, cells)


# --- differences that have a direction -----------------------------------------------------------------------


def _apart(scene: Scene, comparison: Comparison) -> Iterator[_Sum]:
    """By how much the first item is what it is claimed to be: less than nothing where it is the other way round."""
    for axis in scene.axes:
        sides = axis.sides(comparison.cut)
        if sides is None:
            continue
        a, b = sides
        for field in _fields(axis) or [Tie(f, _ANY, ()) for f in axis.results[:_MOST]]:
            x, y = (axis.view.cells[tie.at][field.at].number for tie in sides)
            if x is not None and y is not None:
                by = x - y if greater(comparison, axis.view.fields[field.at]) else y - x
                cells = tuple(axis.view.place(tie.at, field.at, scene.grid) for tie in sides)
                yield _Sum("difference", by, field.score * min(a.score, b.score), cells, y)


def _amounts_to(scene: Scene, number: Number, difference: _Sum) -> bool:
    """Whether the number is that difference; a percentage may be a share of the second cell as well."""
    if difference.value < 0:
        return False
    following = scene.statement.tokens[number.at + 1 : number.at + 3]
    points = any(token.text in _POINTS for token in following)
    if _close(number._replace(percent=number.percent or points), difference.value):
        return True
    share = 100 * difference.value / abs(difference.base) if difference.base else 0.0
    return number.percent and not points and abs(share - number.value) <= number.precision / 2


def _times(scene: Scene, number: Number) -> Iterator[_Sum]:
    """How many times the item named before "twice" or "3 times" is the one named after it."""
    tokens = scene.statement.tokens
    following = {token.text for token in tokens[number.at + 1 : number.at + 2]}
    if tokens[number.at].text not in _OFTEN and not _MANY & following:
        return
    start = tokens[number.at].start
    fewer = any(one.way == "less" and 0 < one.start - start <= _NEAR for one in scene.compared)
    for axis in scene.axes:
        sides = axis.sides(number.at)
        if sides is None:
            continue
        a, b = sides
        for field in _fields(axis):
            x, y = (axis.view.cells[tie.at][field.at].number for tie in sides)
            if x and y:
                share = y / x if fewer else x / y
                cells = tuple(axis.view.place(tie.at, field.at, scene.grid) for tie in sides)
                quality = field.score * min(a.score, b.score)
                yield _Sum("ratio", round(share, 1 if abs(share) >= 1 else 2), quality, cells)


# --- ranges -------------------------------------------------------------------------------------------------


def ranges(scene: Scene) -> Iterator[Reading]:
    """ "C ranges from A to B": the least and greatest of a field, or the ends that a cell gives."""
    match = _SPAN.search(scene.text)
    if not match or not (_RANGE.search(scene.text) or "-" in match.group()):
        return
    ends = [n for n in scene.statement.numbers if match.start() <= scene.statement.tokens[n.at].start <= match.end()]
    if len(ends) < 2:
        return
    low, high = ends[0], ends[1]
    claimed = f"{written(low.value)} to {written(high.value)}"
    for axis in scene.axes:
        for tie in axis.fields[:3]:
            cells = [(axis.view.cells[i][tie.at], i) for i in axis.plain]
            numbers = sorted((c.number, i) for c, i in cells if c.number is not None)
            if len(numbers) >= 2:
                (least, a), (most, b) = numbers[0], numbers[-1]
                truth = _close(low, least) and _close(high, most)
                places = tuple(axis.view.place(i, tie.at, scene.grid) for i in (a, b))
                yield Reading("range", truth, tie.score, claimed, f"{written(least)} to {written(most)}", places)
    for r, row in enumerate(scene.grid.cells):
        for c, cell in enumerate(row):
            if cell.kind == "range" and agreement(low, cell) >= 0.6 and agreement(high, cell) >= 0.6:
                tied = max([t.score for t in scene.axes[0].items if t.at == r], default=0.0)
                over = max([t.score for t in scene.axes[0].fields if t.at == c], default=0.0)
                quality = 0.4 + 0.3 * tied + 0.3 * over
                yield Reading("range_cell", True, quality, claimed, cell.plain, ((scene.grid.origin[r], c),))
