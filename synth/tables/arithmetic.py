"""Arithmetic over cells: differences, sums, means, ratios and ranges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from synth.tables.scene import Axis, Reading, Scene, agreement, written
from synth.tables.statement import Number
from synth.tables.values import Value

__all__ = ["ranges", "sums"]

_SUM = re.compile(r"\b(?:total\w*|sum|combined|altogether|overall|in all|together|cumulative)\b")
_MEAN = re.compile(r"\b(?:averages?|mean|averaged)\b")
_GAP = re.compile(
    r"\b(?:difference|differ\w*|gap|margin|by|more|less|fewer|higher|lower|greater|larger|smaller|longer|shorter|ahead|"
    r"behind|increase\w*|decrease\w*|improve\w*|drop\w*|gain\w*|points?)\b"
)
_RATIO = re.compile(r"\b(?:twice|double|half|triple|thrice|times|ratio|fold)\b")
_RANGE = re.compile(r"\b(?:rang\w+|between|from|varies|vary|varying)\b")
_SPAN = re.compile(r"(-?\d[\d.,]*)[*†]*\s?(?:%|[a-zµ°]{1,3}\b)?\s?(?:-|to|and|~|until)\s?(-?\d[\d.,]*)")


class _Sum(NamedTuple):
    operation: str
    value: float
    quality: float
    cells: tuple[tuple[int, int], ...]


def sums(scene: Scene) -> Iterator[Reading]:
    """A number of the claim against sums, means, differences and ratios of the cells it names."""
    wanted = _wanted(scene)
    if not wanted:
        return
    for number in _amounts(scene):
        said = scene.statement.tokens[number.at].text
        for operation in dict.fromkeys(x.operation for x in wanted):
            options = [x for x in wanted if x.operation == operation]
            right = [x for x in options if _close(number, x.value)]
            best = max(right or options, key=lambda x: x.quality)
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
        for tie in [tie for tie in axis.fields if tie.at in axis.numeric][:3]:
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
