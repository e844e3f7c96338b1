"""Orders: the highest and lowest, the k-th, one against another, and trends over an ordered axis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from synth.tables.comparing import Comparison
from synth.tables.scene import Axis, Reading, Scene, agreement, written

__all__ = ["comparisons", "extremes", "greater", "lower_is_better", "trends"]

_HIGH = (
    "highest|heighest|higest|high|most|greatest|largest|biggest|maximum|max|top|longest|oldest|heaviest|tallest|"
    "strongest|fastest|widest|latest|deepest|maximal|peak|hottest|last|dominant|densest|richest|hardest|thickest|"
    "farthest|wettest"
)
_LOW = (
    "lowest|lowes|low|least|lest|fewest|smallest|minimum|min|shortest|youngest|lightest|slowest|weakest|earliest|"
    "narrowest|minimal|first|thinnest|nearest|coldest|closest|cheapest|softest|driest"
)
_EXTREME = re.compile(rf"\b(?:(?P<high>{_HIGH})|(?P<low>{_LOW})|(?P<best>best|better)|(?P<worst>worst))\b")
_PLACE = re.compile(
    r"\b(?P<place>second|third|fourth|fifth|sixth|seventh|2nd|3rd|4th|5th|6th)[\s-](?:most|\w+est\b|best|worst|least)"
)
_ORDINALS = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7}
_LOWER_BETTER = re.compile(
    r"\b(?:loss|losses|errors?|perplexit\w+|ppl|wer|cer|ter|rmse|mae|mse|mape|rank\w*|position|place|time|latency|"
    r"runtime|cost|fid|bpc|eer|deaths?|mortality)\b",
    re.I,
)
_MEASURE = re.compile(r"[(\[][^()\[\]]*[)\]]|%|\b(?:accuracy|score|rate|f1|bleu|precision|recall|mean)\b", re.I)
_UNDER = ("in", "for", "on", "under", "at", "within", "among", "by", "with")
_RISES = re.compile(r"\b(?:increas\w+|ris(?:es?|ing)|grow\w*|improv\w+|ascending)\b")
_FALLS = re.compile(r"\b(?:decreas\w+|declin\w+|drop\w*|fall\w*|reduc\w+|descending)\b")


def lower_is_better(name: str) -> bool:
    """Whether less of a metric is better: loss, error, perplexity, time, rank."""
    return bool(_LOWER_BETTER.search(name))


class _Field(NamedTuple):
    at: int
    score: float


def _fields(axis: Axis) -> list[_Field]:
    """The fields a claim may be about: those it names, else every numeric one at a low standing."""
    numeric = set(axis.numeric)
    named = [_Field(tie.at, tie.score) for tie in axis.fields if tie.at in numeric]
    named = [field for field in named if field.at not in axis.naming] or named
    if named:
        top = max(field.score for field in named)
        return [field for field in named if field.score >= 0.7 * top][:4]
    return [_Field(f, 0.5 if len(axis.results) == 1 else 0.25) for f in axis.results][:12]


def _column(axis: Axis, field: int) -> list[tuple[float, int]]:
    """(number, item) of a field, without totals and absent cells."""
    return [(number, item) for item in axis.plain if (number := axis.view.cells[item][field].number) is not None]


# --- extremes -----------------------------------------------------------------------------------------------


def extremes(scene: Scene) -> Iterator[Reading]:
    """ "A has the (second) highest C", "the highest C is 9.3": who it is and what it comes to."""
    for match in list(_EXTREME.finditer(scene.text))[:3]:
        if match.group() in ("last", "first", "high", "low", "better", "top") and not _superlative(scene, match):
            continue
        place = _place(scene.text, match.start())
        yield from _anywhere(scene, bool(match.group("high") or match.group("best")))
        for axis in scene.axes:
            found: list[Reading] = []
            for field in _fields(axis):
                name = axis.view.fields[field.at]
                up = bool(match.group("high") or match.group("best" if not lower_is_better(name) else "worst"))
                standing = _standing(scene, axis, field, match)
                found += _extreme(scene, axis, field._replace(score=field.score * standing), up, place)
            yield from _kindly(found)


def _kindly(found: list[Reading]) -> Iterator[Reading]:
    """Of several fields that the claim may mean as well, the one for which it holds."""
    for operation in ("extreme_item", "extreme_number"):
        some = [x for x in found if x.operation == operation]
        top = max((x.quality for x in some), default=0.0)
        best = [x for x in some if x.quality >= 0.9 * top]
        if top >= 0.4 and len(best) > 1 and any(x.truth for x in best):
            yield from (x._replace(quality=0.9 * x.quality) for x in best if x.truth)
            yield from (x for x in some if x.quality < 0.9 * top)
        else:
            yield from some


def _anywhere(scene: Scene, up: bool) -> Iterator[Reading]:
    """ "The highest value is 9.3" with no field named: of all numbers, or of any column or row."""
    if any(tie.at in axis.numeric for axis in scene.axes for tie in axis.fields) or not scene.free:
        return
    for number in scene.free:
        ends = [
            (*(max if up else min)(_column(axis, f), default=(0.0, 0)), f, axis)
            for axis in scene.axes
            for f in axis.numeric
        ]
        if number.place or number.written or number.at in scene.gaps or not ends:
            continue
        best = (max if up else min)(end[0] for end in ends)
        held = [end for end in ends if agreement(number, end[3].view.cells[end[1]][end[2]]) >= 0.6]
        quality = 0.7 if any(end[0] == best for end in held) else 0.4
        cells = tuple(end[3].view.place(end[1], end[2], scene.grid) for end in held[:1])
        said = scene.statement.tokens[number.at].text
        yield Reading("extreme_any", bool(held), quality, said, written(best), cells)


def _standing(scene: Scene, axis: Axis, field: _Field, match: re.Match[str]) -> float:
    """How much like a field a name stands: after the superlative, or after "in" or "for"; else it may be the winner."""
    tie = next((tie for tie in axis.fields if tie.at == field.at), None)
    if tie is None:
        return 1.0
    tokens = scene.statement.tokens
    after = sum(1 for token in tokens if token.start < match.end())
    if any(after <= at <= after + 2 for at in tie.tokens):
        return 1.0
    before = tokens[tie.start - 1].text if tie.start else ""
    if _MEASURE.search(axis.view.fields[field.at]):
        return 0.95
    if any(_MEASURE.search(axis.view.items[item.at]) for item in axis.items[:1]):
        return 0.5
    return 0.9 if before in _UNDER else 0.6


def _superlative(scene: Scene, match: re.Match[str]) -> bool:
    """Short words that order things only after an article ("the best", "the last")."""
    before = scene.text[max(0, match.start() - 6) : match.start()]
    return bool(re.search(r"\bthe\s$", before)) and match.group() not in ("high", "low", "top")


def _place(text: str, at: int) -> int:
    for match in _PLACE.finditer(text):
        if match.start() <= at <= match.end() + 1:
            word = match.group("place")
            return _ORDINALS.get(word) or int(word[0])
    return 1


def _extreme(scene: Scene, axis: Axis, field: _Field, up: bool, place: int) -> Iterator[Reading]:
    ranked = sorted({number for number, _ in _column(axis, field.at)}, reverse=up)
    if len(ranked) < max(2, place):
        return
    value = ranked[place - 1]
    winners = {item for number, item in _column(axis, field.at) if number == value}
    cells = tuple(axis.view.place(item, field.at, scene.grid) for item in sorted(winners)[:4])
    found = f"{', '.join(axis.view.items[i] for i in sorted(winners)[:3])} with {written(value)}"
    own = {at for tie in axis.fields if tie.at == field.at for at in tie.tokens}
    named = [tie for tie in axis.items if not set(tie.tokens) <= own]
    if named:
        top = max(tie.score for tie in named)
        first = [tie for tie in named if tie.score >= 0.9 * top]
        truth = any(tie.at in winners for tie in first)
        claimed = axis.view.items[first[0].at]
        shared = 1.0 if len(first) <= 2 else 0.6
        yield Reading("extreme_item", truth, field.score * top * shared, claimed, found, cells)
    for number in scene.free:
        if number.place or (number.written and number.value <= 3) or number.at in scene.gaps:
            continue
        truth = any(agreement(number, axis.view.cells[i][field.at]) >= 0.6 for i in winners)
        said = scene.statement.tokens[number.at].text
        yield Reading("extreme_number", truth, field.score, said, found, cells)


# --- comparisons --------------------------------------------------------------------------------------------


def comparisons(scene: Scene) -> Iterator[Reading]:
    """ "A is higher than B in C", "A is above B", "A has more than 5 C", "more C than D"."""
    for comparison in scene.compared:
        for axis in scene.axes:
            yield from _against(scene, axis, comparison)
            yield from _threshold(scene, axis, comparison)


def greater(comparison: Comparison, name: str) -> bool:
    """Whether the first is claimed to be the greater in the field of that name."""
    if comparison.way in ("more", "less"):
        return comparison.way == "more"
    return (comparison.way == "better") != lower_is_better(name)


def _against(scene: Scene, axis: Axis, comparison: Comparison) -> Iterator[Reading]:
    sides = axis.sides(comparison.cut)
    if sides is None or (comparison.amount is not None and comparison.amount.at in scene.gaps):
        return  # with an amount it is one fact, which the difference tells
    a, b = sides
    right = total = 0.0
    cells: list[tuple[int, int]] = []
    shown = ""
    for field in _fields(axis):
        x, y = (axis.view.cells[tie.at][field.at].number for tie in sides)
        if x is None or y is None:
            continue
        total += field.score
        right += field.score * (x > y if greater(comparison, axis.view.fields[field.at]) else x < y)
        cells += [axis.view.place(tie.at, field.at, scene.grid) for tie in sides]
        shown = shown or f"{written(x)} against {written(y)}"
    if total:
        share = right / total
        quality = a.score * b.score * min(1.0, total) * abs(2 * share - 1)
        claimed = f"{axis.view.items[a.at]} {comparison.word} {axis.view.items[b.at]}"
        yield Reading("compare", share > 0.5, quality, claimed, shown, tuple(cells[:8]))


def _threshold(scene: Scene, axis: Axis, comparison: Comparison) -> Iterator[Reading]:
    """The named item against a number: "A has more than 5 C"."""
    cut = comparison.cut
    limit = next((n for n in scene.statement.numbers if cut <= n.at <= cut + 2 and not n.place), None)
    if limit is None or limit == comparison.amount or not axis.items:
        return
    tie = axis.items[0]
    for field in _fields(axis)[:2]:
        number = axis.view.cells[tie.at][field.at].number
        if number is None or set(tie.tokens) == {limit.at}:
            continue
        more = greater(comparison, axis.view.fields[field.at])
        truth = number > limit.value if more else number < limit.value
        claimed = f"{comparison.word} {written(limit.value)}"
        place = (axis.view.place(tie.at, field.at, scene.grid),)
        yield Reading("threshold", truth, tie.score * field.score, claimed, written(number), place)


# --- trends -------------------------------------------------------------------------------------------------


def trends(scene: Scene) -> Iterator[Reading]:
    """ "C increases with D": the numbers of a named field in the order of the items."""
    rises, falls = _RISES.search(scene.text), _FALLS.search(scene.text)
    if not rises and not falls:
        return
    for axis in scene.axes:
        numeric = set(axis.numeric)
        for tie in [tie for tie in axis.fields if tie.at in numeric][:2]:
            series = [number for number, _ in _column(axis, tie.at)]
            if len(series) < 3:
                continue
            steps = list(pairwise(series))
            up = sum(b > a for a, b in steps) / len(steps)
            down = sum(b < a for a, b in steps) / len(steps)
            share = up if rises else down
            cells = tuple(axis.view.place(i, tie.at, scene.grid) for _, i in _column(axis, tie.at)[:8])
            shown = f"rises in {up:.0%}, falls in {down:.0%} of the steps"
            word = (rises or falls).group()  # type: ignore[union-attr]
            yield Reading("trend", share > 0.7, tie.score * abs(2 * share - 1), word, shown, cells)
