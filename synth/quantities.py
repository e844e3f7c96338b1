"""Numbers as numbers: value, unit, direction and what they are about.

What only looks like a quantity is left out: years, citation and table numbers, versions and sizes inside
names ("GPT-3", "LLaMA-7B"), ordinals, list markers. Percent and points are different units: "5%" may be
relative, "5 points", "5 percentage points" and "5% absolute" are not.
"""

from __future__ import annotations

import math
import re
from typing import Literal

from synth.directions import Direction, direction, direction_at
from synth.numerals import Numeral, numerals
from synth.records import Quantity, Record
from synth.scopes import metrics, scope
from synth.units import unit_at

__all__ = ["Direction", "Mention", "direction", "mentions", "quantity", "same_unit", "same_value"]

Bound = Literal["at_least", "at_most"]


class Mention(Record):
    """A number in a sentence; `text` is `sentence[start:end]`, the number with its sign, scale and own unit.

    `value` is in `unit` ("%", "points", "x", a metric such as "BLEU", a measure such as "hours", or the noun
    counted, such as "tasks"); `unit` is None where none is said. `precision` is the size of one step in the
    last digit that was written: 0.1 for "8.2", 1e6 for "560M". `approximate` marks "about", "nearly", "up to",
    "over"; `bound` says on which side the true number may lie. `direction` is None for a plain level or count.
    """

    value: float
    unit: str | None
    text: str
    start: int
    end: int
    direction: Direction | None
    approximate: bool
    bound: Bound | None = None
    precision: float = 1.0


_APPROX = re.compile(
    r"(?:\b(?P<free>about|around|approximately|approx\.|roughly|some|circa|ca\.|on\sthe\sorder\sof|average\sof|"
    r"estimated)|[~≈∼]"
    r"|\b(?P<below>nearly|almost|close\sto|up\sto|as\s(?:much|many|high|large)\sas|at\smost|no\smore\sthan|"
    r"less\sthan|fewer\sthan|under|below|within)"
    r"|\b(?P<above>at\sleast|more\sthan|no\sless\sthan|no\sfewer\sthan|greater\sthan|exceed(?:s|ing)|above|"
    r"upwards\sof|as\s(?:few|little|low)\sas)|(?P<lt>[<≤])|(?P<gt>[>≥])"
    r"|(?<!points)(?<!percent)(?<![%\d])(?<!gains)(?<!gain)(?<!improvement)(?<!improvements)(?<!averaged)(?<!average)"
    r"(?<!BLEU)(?<!F1)(?<!improves)(?<!improving)(?:^|\s)(?P<over>over))\s?(?:an?\s|another\s|the\s)?$"
)
_SAME_LIST = re.compile(
    r"\s?(?:,|/|and|or|to|vs\.?|versus|,\s(?:and|or)|[-–—]|,\s?respectively,?)\s?(?:up\sto\s|about\s|over\s|by\s)?|"
    r"\s(?:on|for|in|with)\s(?:the\s)?[\w./-]+(?:\s[\w./-]+){0,3}(?:,|\sand|,\sand)\s(?:[A-Z][\w-]*\s)?"
)
_ITEM_LIST = re.compile(r",?\s(?:and\s)?[A-Z][\w./-]*(?:\s[\w./-]+)?\s(?:by\s)?")


def mentions(sentence: str) -> tuple[Mention, ...]:
    """The quantities of `sentence`, in order.

    Members of a list share the unit that is said once ("8.2, 7.5 and 7.0 points"), both ends of a range are
    mentions ("80-90%": two, approximate), a spread ("± 0.3") is not one.
    """
    found = _share_units(sentence, [_mention(sentence, numeral) for numeral in numerals(sentence)])
    directed: list[Mention] = []
    for mention in found:
        way = _way(sentence, mention, directed[-1] if directed else None)
        directed.append(mention.model_copy(update={"direction": way}))
    return tuple(directed)


def _mention(sentence: str, numeral: Numeral) -> Mention:
    start = numeral.start
    unit, end = unit_at(sentence, numeral.end)
    before = sentence[max(0, start - 40) : start]
    approx = _APPROX.search(before)
    plus = sentence[end : end + 1] == "+" or sentence[end : end + 9] == " or more"
    between = re.search(r"\bbetween\s$", before) or re.search(r"\bbetween\s[\d.,]+\s?%?\sand\s$", before)
    ranged = re.match(r"\s?[-–—]\s?\d|%\s?[-–—]\s?\d", sentence[end:]) or re.search(r"\d\s?%?\s?[-–—]\s?$", before)
    bound: Bound | None = None
    if approx:
        if approx.group("below") or approx.group("lt"):
            bound = "at_most"
        elif approx.group("above") or approx.group("gt") or approx.group("over"):
            bound = "at_least"
    if plus:
        bound = "at_least"
    return Mention(
        value=numeral.value,
        unit=unit,
        text=sentence[start:end],
        start=start,
        end=end,
        direction=None,
        approximate=bool(approx or plus or between or ranged),
        bound=bound,
        precision=numeral.precision,
    )


def _share_units(sentence: str, found: list[Mention]) -> list[Mention]:
    """Give members of a list the unit that its last (or first) member carries."""
    shared = list(found)
    for i in range(len(shared) - 2, -1, -1):
        left, right = shared[i], shared[i + 1]
        between = sentence[left.end : right.start]
        if (
            right.unit
            and left.unit in (None, right.unit)
            and (_SAME_LIST.fullmatch(between) or _ITEM_LIST.fullmatch(between))
        ):
            shared[i] = left.model_copy(update={"unit": right.unit})
    for i in range(1, len(shared)):
        left, right = shared[i - 1], shared[i]
        between = sentence[left.end : right.start]
        if left.unit in ("%", "points", "BLEU", "F1") and right.unit is None and _SAME_LIST.fullmatch(between):
            shared[i] = right.model_copy(update={"unit": left.unit})
    return shared


# Nouns counted and durations are levels, unless the sentence changes them "by" that much.
_TO = re.compile(r"\s?%?\s(?:[\w-]+\s){0,2}to\s(?:\w+\s){0,2}")
_FROM = re.compile(r"\bfrom\s(?:an?\s(?:\w+\s)?(?:of\s)?)?(?:about\s|around\s)?$")


def _way(sentence: str, mention: Mention, previous: Mention | None) -> Direction | None:
    counted = mention.unit is not None and mention.unit not in ("%", "points", "x") and not metrics(mention.unit)
    before = sentence[: mention.start]
    if counted and not re.search(
        r"\bby\s(?:(?:about|around|approximately|over|nearly|almost|up\sto|at\sleast|more\sthan|an?\s\w+\sof|"
        r"a\sfactor\sof|[~≈])\s?)*$",
        before,
    ):
        return None
    if mention.value < 0:
        return "down"
    if sentence[mention.start] == "+" or mention.text.lower().startswith("plus"):
        return "up"
    way = direction_at(sentence, mention.start, mention.end)
    if way is None and previous is not None and previous.direction and previous.unit == mention.unit:
        between = sentence[previous.end : mention.start]
        joined = len(between) <= 45 and re.search(r",|\band\b|\bto\b", between) is not None
        way = previous.direction if joined and ";" not in between else None
    if way is None and previous is not None and _FROM.search(sentence[: previous.start]):
        if not _TO.fullmatch(sentence, previous.end, mention.start):
            return None
        way = "up" if mention.value > previous.value else "down" if mention.value < previous.value else "none"
    return way


# --- what a number is about --------------------------------------------------------------------------


def quantity(sentence: str, mention: Mention) -> Quantity:
    """The mention with its metric, baseline, data set, split, language and model as `sentence` names them."""
    about = scope(sentence, mention.start, mention.end)
    unit_metric = mention.unit if mention.unit and metrics(mention.unit) else None
    counted = mention.unit is not None and mention.unit not in ("%", "points", "x") and unit_metric is None
    return Quantity(
        metric=None if counted else unit_metric or about.metric,
        value=mention.value,
        unit=mention.unit,
        direction=mention.direction,
        baseline=None if counted else about.baseline,
        dataset=about.dataset,
        split=about.split,
        language=about.language,
        model=about.model,
        n=about.n,
    )


# --- comparison --------------------------------------------------------------------------------------

_POINTS = frozenset(["%", "points"])


def same_unit(a: str | None, b: str | None) -> bool:
    """Whether two units can mean the same number: equal, or one not said, or points of the metric named.

    "%" and "points" are held apart: 5% of 60 is not 5 points.
    """
    if a is None or b is None or a.lower() == b.lower():
        return True
    if {a, b} <= _POINTS:
        return False
    other = ({a, b} - _POINTS).pop() if {a, b} & _POINTS else None
    if other is not None:
        return bool(metrics(other))
    return a.lower().rstrip("s") == b.lower().rstrip("s")


def same_value(a: Mention | float, b: Mention | float) -> bool:
    """Whether two numbers agree to the coarser precision in which they are stated.

    8.2 agrees with 8.21 and 8.15, not with 8.3; 560M with 559,890,432. "About", "nearly", "over" allow a
    twentieth to the side that they leave open. A plain float is taken as exact to its written decimals, a
    whole float to one decimal (8.0), since a float does not tell 8 from 8.0. Units are not looked at
    (`same_unit`), signs only when the directions differ.
    """
    x, y = _value(a), _value(b)
    if (x < 0) != (y < 0) and _agree_on_direction(a, b):
        x, y = abs(x), abs(y)
    tolerance = max(_precision(a), _precision(b)) / 2
    if abs(x - y) <= tolerance * (1 + 1e-9) + 1e-12:
        return True
    return _within(a, x, y) or _within(b, y, x)


def _value(a: Mention | float) -> float:
    return a.value if isinstance(a, Mention) else float(a)


def _agree_on_direction(a: Mention | float, b: Mention | float) -> bool:
    ways = [m.direction for m in (a, b) if isinstance(m, Mention)]
    return len(ways) == 2 and ways[0] == ways[1] and ways[0] is not None


def _precision(a: Mention | float) -> float:
    if isinstance(a, Mention):
        return a.precision
    if not math.isfinite(a):
        return 0.0
    decimals = len(repr(float(a)).partition(".")[2]) if "e" not in repr(float(a)) else 12
    return float(10.0 ** -max(decimals, 1))


def _within(a: Mention | float, stated: float, other: float) -> bool:
    """Whether `other` lies in the room that an approximate `a` leaves."""
    if not isinstance(a, Mention) or not a.approximate:
        return False
    room = 0.05 * abs(stated)
    low = stated if a.bound == "at_least" else stated - room
    high = stated if a.bound == "at_most" else stated + room
    return low - 1e-12 <= other <= high + 1e-12
