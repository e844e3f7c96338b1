"""Numbers of a claim that a passage does not state but lets compute: differences, ratios, percents, sums, means.

Only numbers of one thing are put together: both ends of one change, two levels that the claim compares by name, or all
members of one kind that the sentence lists. Two numbers that happen to add up count for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from synth.checking.aligning import keys_of, overlap
from synth.checking.amounts import noun, one_kind
from synth.checking.figure import Figure
from synth.checking.ordering import orders
from synth.checking.owning import Owned
from synth.checking.reading import Reading
from synth.checking.settings import statistic

__all__ = ["Worked", "worked"]


class Worked(NamedTuple):
    """A computed value: the sum with its terms as a person would write it, and whether the claim states it."""

    told: str
    agrees: bool


def worked(claim: Owned, reading: Reading, passage: Reading) -> Worked | None:
    """What the passage's numbers yield for the claim's figure; None where nothing of the same thing can be computed."""
    figure = claim.figure
    if figure.high is not None or figure.part in ("p", "interval", "confidence", "spread", "label"):
        return None
    if figure.part in ("change", "open"):
        found = _of_change(claim, reading, passage) or _of_two(claim, reading, passage)
        if found is not None:
            return found
    if figure.part in ("count", "level", "open"):
        return _total(claim, reading, passage) or _mean(claim, reading, passage)
    if figure.part == "change":
        return _mean(claim, reading, passage)
    return None


def _tolerance(claim: Figure, *terms: Figure) -> float:
    return max(claim.step, *(t.step for t in terms)) / 2 * (1 + 1e-6) + 1e-9


def _wrote(value: float, step: float) -> str:
    """A number with the decimals of its terms, thousands apart."""
    decimals = 0
    while decimals < 6 and step < 0.99 * 10.0**-decimals:
        decimals += 1
    return f"{value:,.{decimals}f}"


def _difference(claim: Figure, low: Figure, high: Figure) -> Worked | None:
    """`high` minus `low` (or their ratio, or the percent of `low`) against the claimed change."""
    step = min(low.step, high.step)
    gap = high.value - low.value
    scale = 1.0
    if (
        claim.unit in ("points", "%")
        and low.unit in (None,)
        and max(abs(low.value), abs(high.value)) <= 1.0
        and step <= 0.011
    ):
        scale = 100.0
    a, b = _wrote(high.value, high.step), _wrote(low.value, low.step)
    plain = Worked(
        f"{a} − {b} = {_wrote(gap, step)}",
        abs(abs(gap) * scale - abs(claim.value)) <= _scaled_tolerance(claim, low, high, scale),
    )
    if claim.unit == "x":
        if not low.value or not high.value:
            return None
        large, small = max(low, high, key=lambda f: f.value), min(low, high, key=lambda f: f.value)
        ratio = large.value / small.value
        room = max(claim.step / 2, 0.05 * ratio if claim.bound == "about" else 0.0) * (1 + 1e-6)
        told = f"{_wrote(large.value, large.step)} / {_wrote(small.value, small.step)} = {ratio:.2f}"
        return Worked(told, abs(ratio - claim.value) <= max(room, 0.05 * ratio))
    if claim.unit == "%" and claim.relative is not False and low.value:
        percent = 100.0 * gap / low.value
        told = f"({a} − {b}) / {b} = {percent:.1f}%"
        percent_fits = abs(abs(percent) - abs(claim.value)) <= claim.step / 2 * (1 + 1e-6) + 0.051
        if percent_fits or claim.relative:
            return Worked(told, percent_fits)
        if low.unit not in ("%", None) and not _score(low):
            return Worked(told, False)
    elif claim.relative:
        return None
    return plain


def _score(figure: Figure) -> bool:
    return figure.unit is None or figure.unit in ("%", "F1", "BLEU", "points") or figure.unit[0].isupper()


def _scaled_tolerance(claim: Figure, low: Figure, high: Figure, scale: float) -> float:
    return max(claim.step, scale * low.step, scale * high.step) / 2 * (1 + 1e-6) + 1e-9


def _of_change(claim: Owned, reading: Reading, passage: Reading) -> Worked | None:
    """The claim states a change, the passage its two ends: "from 63.9 to 72.1"."""
    pairs = []
    for one, two in zip(passage.owned, passage.owned[1:], strict=False):
        if one.figure.side == "from" and two.figure.side == "to":
            pairs.append((one, two))
    fit = []
    for one, two in pairs:
        words = {**keys_of(one.near), **keys_of(two.near), **keys_of(one.shared)}
        heard = sum(w for k, w in keys_of(claim.near).items() if k in words)
        if heard > 0 or overlap(reading, one) >= 0.5:
            fit.append((heard, one, two))
    if not fit:
        return None
    top = max(h for h, _, _ in fit)
    best = [(one, two) for h, one, two in fit if h == top]
    made = [m for one, two in best if (m := _difference(claim.figure, one.figure, two.figure)) is not None]
    right = [m for m in made if m.agrees]
    return right[0] if right else made[0] if len(made) == 1 else None


def _of_two(claim: Owned, reading: Reading, passage: Reading) -> Worked | None:
    """The claim sets A over B by so much, the passage has a level of each."""
    for order in orders(reading.text):
        left = {t.key.lower() for t in order.left} - {t.key.lower() for t in order.right}
        right = {t.key.lower() for t in order.right} - {t.key.lower() for t in order.left}
        ours = [o for o in passage.owned if _level(o) and left & _named(o) and not right & _named(o)]
        theirs = [o for o in passage.owned if _level(o) and right & _named(o) and not left & _named(o)]
        if len(ours) == 1 and len(theirs) == 1 and _like(ours[0].figure, theirs[0].figure):
            return _difference(claim.figure, theirs[0].figure, ours[0].figure)
    return None


def _named(owned: Owned) -> set[str]:
    return {t.key.lower() for t in owned.near}


def _level(owned: Owned) -> bool:
    figure = owned.figure
    return (
        figure.high is None and not figure.inner and figure.part in ("level", "open", "count") and figure.side is None
    )


def _like(one: Figure, two: Figure) -> bool:
    if one.part == "count" or two.part == "count":
        return (
            one.part == two.part and one.unit is not None and two.unit is not None and noun(one.unit) == noun(two.unit)
        )
    return one_kind(one, two) and (one.unit == two.unit or None in (one.unit, two.unit))


_IN_ALL = re.compile(r"\b(?:total|altogether|in\sall|overall|combined|sum|together|in\ssum|collectively)\b", re.I)


def _total(claim: Owned, reading: Reading, passage: Reading) -> Worked | None:
    """The claim states a total, the passage all its parts in one sentence."""
    figure = claim.figure
    if figure.part != "count" or figure.unit is None:
        return None
    specific = len(f"{figure.value:.0f}".rstrip("0")) >= 3
    for group in _groups(passage, figure):
        if len(group) < 2 or not (specific or _IN_ALL.search(reading.text)):
            continue
        parts = [o.figure for o in group]
        total = sum(p.value for p in parts)
        told = f"{' + '.join(_wrote(p.value, p.step) for p in parts)} = {_wrote(total, min(p.step for p in parts))}"
        if abs(total - figure.value) <= _tolerance(figure, *parts):
            return Worked(told, True)
        shares = overlap(reading, group[0])
        if _IN_ALL.search(reading.text) and shares >= 0.5 and figure.value > max(p.value for p in parts):
            return Worked(told, False)
    return None


def _groups(passage: Reading, figure: Figure) -> list[list[Owned]]:
    """All plain figures of the claim's kind, sentence by sentence."""
    by_sentence: dict[tuple[int, int], list[Owned]] = {}
    for owned in passage.owned:
        other = owned.figure
        if not other.inner and other.high is None and other.bound is None and _like(figure, other):
            by_sentence.setdefault(owned.sentence, []).append(owned)
    return list(by_sentence.values())


def _mean(claim: Owned, reading: Reading, passage: Reading) -> Worked | None:
    """The claim states a mean, the passage all the values it is of, in one sentence."""
    figure = claim.figure
    if statistic(reading.text, claim) != "mean" or figure.part == "count":
        return None
    for group in _means(passage, figure):
        parts = [o.figure for o in group]
        if len(parts) < 2 or any(statistic(passage.text, o) is not None for o in group):
            continue
        mean = sum(p.value for p in parts) / len(parts)
        step = min(p.step for p in parts)
        terms = " + ".join(_wrote(p.value, p.step) for p in parts)
        told = f"({terms}) / {len(parts)} = {_wrote(mean, step / 10 if step > 1e-5 else step)}"
        if abs(mean - figure.value) <= _tolerance(figure, *parts):
            return Worked(told, True)
    return None


def _means(passage: Reading, figure: Figure) -> Sequence[list[Owned]]:
    by_sentence: dict[tuple[int, int], list[Owned]] = {}
    for owned in passage.owned:
        other = owned.figure
        plain = (
            not other.inner and other.high is None and other.side is None and other.part in ("level", "open", "change")
        )
        if plain and one_kind(figure, other) and (other.unit == figure.unit or None in (other.unit, figure.unit)):
            by_sentence.setdefault(owned.sentence, []).append(owned)
    return list(by_sentence.values())
