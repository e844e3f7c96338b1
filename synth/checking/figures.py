"""Figures: every number of a text that can be held against another, with its unit, its bounds and its part.

Built on `synth.quantities.mentions` and wider: shares ("3 of 9", "a third", "one in five"), multiples ("twofold",
"doubles"), p-values, confidence intervals, spreads, ranges, sums of money, and labels ("type 2", "5-shot", "in 2019"),
whose number names a thing and measures nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from synth.checking.figure import Bound, Figure, Part
from synth.checking.forms import Special, plain, specials
from synth.checking.hedges import HEDGES_AFTER, HEDGES_BEFORE, MEASURES
from synth.checking.labels import is_label, labels
from synth.checking.ranges import intervals, ranges, sides
from synth.directions import Direction, signal_at
from synth.quantities import Mention, mentions
from synth.scopes import metrics

__all__ = ["figures"]


@lru_cache(maxsize=4096)
def figures(text: str) -> tuple[Figure, ...]:
    """The figures of `text`, in order of their place. Offsets are those of `text`."""
    same = plain(text)
    special = specials(same)
    taken = [(s.start, s.end) for s in special]
    found = [_of_special(same, s) for s in special]
    if any(c.isdigit() for c in same) or _SPELLED.search(same):
        for mention in mentions(same):
            close = _number_end(same, mention.start, mention.end)
            if any(a < close and mention.start < b for a, b in taken) or is_label(same, mention):
                continue
            found.append(_of_mention(same, mention, [a for a, _ in taken]))
    found = ranges(same, sorted(found))
    spans = [(f.start, f.end) for f in found]
    for start, end, value, unit in labels(same, spans):
        found.append(Figure(start, end, same[start:end], value, 1.0, unit, "label"))
    whole = intervals(same, sides(same, found))
    if same != text:
        whole = [f._replace(text=text[f.start : f.end]) for f in whole]
    return tuple(sorted(whole, key=lambda f: (f.start, f.end)))


_SPELLED = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|"
    r"sixty|seventy|eighty|ninety|dozen|hundred|thousand|million|billion)\b",
    re.I,
)


def _of_special(text: str, special: Special) -> Figure:
    way, good = _turn(text, special.start, special.end) if special.part in ("share", "change") else (None, None)
    part: Part = special.part
    if special.unit == "x" and special.way is not None:
        way, good = special.way, None
    return Figure(
        special.start,
        special.end,
        text[special.start : special.end],
        special.value,
        special.step,
        special.unit,
        part,
        high=special.high,
        bound=special.bound or _hedge(text, special.start, special.end, None),
        way=way,
        good=good,
        terms=special.terms,
        inner=special.inner,
        dimension="time" if special.unit == "s" else None,
    )


def _turn(text: str, start: int, end: int) -> tuple[Direction | None, bool | None]:
    signal = signal_at(text, start, end)
    if signal is None:
        return None, None
    valued = _VALUED.match(text, signal.start)
    good = None if valued is None or signal.direction == "none" else signal.direction == "up"
    return signal.direction, good


_VALUED = re.compile(
    r"improv|gain|out-?perform|surpass|enhanc|beat|better|superior|benefi|help|strengthen|perform|degrad|worse|hurt|"
    r"harm|deteriorat|under-?perform|inferior|suffer|impair|weaken|stronger|work",
    re.I,
)


def _of_mention(text: str, mention: Mention, stops: list[int]) -> Figure:
    start = mention.start
    end = min([mention.end, *(s for s in stops if s > start)])
    while end > start + 1 and text[end - 1] in " (":
        end -= 1
    unit, dimension, factor, end = _measured(text, start, end, mention.unit)
    if start and text[start - 1] in "$€£¥" and unit in (None, "times"):
        start, unit = start - 1, text[start - 1]
    part = _part(text, start, end, unit)
    way, good = _changed(text, mention, start, end, unit) if part in ("change", "open") else (mention.direction, None)
    value = abs(mention.value) if part in ("change", "open") else mention.value
    return Figure(
        start,
        end,
        text[start:end],
        value * factor,
        mention.precision * factor,
        unit,
        part,
        bound=_hedge(text, start, end, mention.bound),
        way=None if part == "count" else way,
        good=good,
        relative=_relative(text, start, end, unit),
        dimension=dimension,
        factor=factor,
    )


def _measured(text: str, start: int, end: int, unit: str | None) -> tuple[str | None, str | None, float, int]:
    """Unit, dimension, factor to the base unit, and end of a number with a measure; others stay as they are."""
    if unit in ("%", "points", "x"):
        return unit, None, 1.0, end
    measure = MEASURES.match(text, _number_end(text, start, end))
    name = measure.group("unit") if measure else unit  # "16-24 years": the unit may stand at the other end
    if name is None:
        return unit, None, 1.0, end
    dimension, factor = _BASE.get(name, _BASE.get(name.rstrip("s"), ("", 1.0)))
    if not dimension:
        return (name if measure else unit), None, 1.0, end
    return _BASES[dimension], dimension, factor, max(end, measure.end()) if measure else end


def _changed(
    text: str, mention: Mention, start: int, end: int, unit: str | None
) -> tuple[Direction | None, bool | None]:
    """Which way a change goes, and whether it is called a gain or a loss."""
    turned, good = _turn(text, start, end)
    if mention.value < 0:
        return "down", None
    if text[start] == "+":
        return "up", good if turned == "up" else None
    if unit == "x" and not _times_way(text, start, end):
        return None, None
    way = mention.direction or turned
    return way, None if turned is not None and way != turned else good


def _times_way(text: str, start: int, end: int) -> bool:
    """Whether a word of change stands right beside "ten times", so that it says which way."""
    signal = signal_at(text, start, end)
    return signal is not None and (signal.start >= end or bool(_BY_TIMES.search(text, max(0, start - 25), start)))


_BY_TIMES = re.compile(r"\b(?:by|of)\s(?:\w+\s)?$")


_BASES = {"time": "s", "bytes": "bytes", "mass": "g", "length": "m"}
_BASE: dict[str, tuple[str, float]] = {
    **{"millisecond": ("time", 1e-3), "ms": ("time", 1e-3), "second": ("time", 1.0), "sec": ("time", 1.0)},
    **{"minute": ("time", 60.0), "min": ("time", 60.0), "hour": ("time", 3600.0), "hr": ("time", 3600.0)},
    **{"h": ("time", 3600.0), "day": ("time", 86400.0), "week": ("time", 604800.0), "wk": ("time", 604800.0)},
    **{"month": ("time", 2629800.0), "year": ("time", 31557600.0)},
    **{"KB": ("bytes", 1e3), "MB": ("bytes", 1e6), "GB": ("bytes", 1e9), "TB": ("bytes", 1e12)},
    **{"mg": ("mass", 1e-3), "g": ("mass", 1.0), "kg": ("mass", 1e3), "µg": ("mass", 1e-6), "μg": ("mass", 1e-6)},
    **{"mm": ("length", 1e-3), "cm": ("length", 1e-2), "km": ("length", 1e3), "nm": ("length", 1e-9)},
}


def _number_end(text: str, start: int, end: int) -> int:
    """Where the digits (or number words) stop and the unit begins."""
    digits = _DIGITS.match(text, start)
    return min(digits.end(), end) if digits else end


_DIGITS = re.compile(
    r"[+−–±-]?\s?[\d.,]*\d(?:\s?(?:k|K|M|B|T|bn|mn|m|b)(?![\w-])|[\s-](?:hundred|thousand|million|billion|trillion)s?\b)?"
)

_HEDGED = (
    r"(?:(?:about|around|approximately|roughly|nearly|almost|over|up\sto|as\smuch\sas|at\sleast|at\smost|only|just|"
)
_HEDGED += r"more\sthan|less\sthan|an?|the|some|even|additional|further|another|average|averaged|mean|~|≈|[<>≤≥])\s?)*"
_BY = re.compile(
    rf"(?:\bby|\b(?:gain|improvement|increase|drop|reduction|decrease|decline|boost|rise|loss|degradation|margin|gap|"
    rf"difference|deterioration|advantage|lead|improvements|gains|increases|drops|reductions|losses|speed-?ups?)"
    rf"(?:\s\w+){{0,3}}\sof|\b(?:improv|increas|gain|drop|reduc|boost|decreas|los|rais|outperform)(?:e[sd]?|ing|s|ed|"
    rf"ped|ping|t|ses)?|\ban?\s(?:\w+\s)?(?:average\s)?(?:gain|improvement|increase|drop|reduction)\sof)\s{_HEDGED}$",
    re.I,
)
_CHANGED = re.compile(
    r"(?:[\s-]*(?:absolute|relative|average|overall|points?|percentage|percent|accuracy|BLEU|F1|EM|WER|ROUGE(?:-\w)?|"
    r"in|score|error|rate|word|of|statistically|significant|the|an?|further|age-adjusted|adjusted))*[\s-]*"
    r"(?:higher|lower|better|worse|more|less|fewer|greater|faster|slower|smaller|larger|improvements?|gains?|increases?|"
    r"reductions?|drops?|decreases?|declines?|boosts?|speed-?ups?|degradation|compression|growth|cheaper|increased|"
    r"reduced|loss|longer|shorter)(?!\w)",
    re.I,
)
# "a 4% and 1% increase": the noun stands after the last number of the list.
_LISTED = re.compile(
    r"(?:,?\s(?:and|or)|,)(?:\s?[\d.]*\d\s?(?:%|percent\b|points?\b)?(?:,?\s(?:and|or)(?=\s\d)|,(?=\s?\d))?)+"
)
_SIGNED = re.compile(r"(?:=|\b(?:is|was|are|were|of|be))\s?$")
_REACHED = re.compile(
    rf"\b(?:to|at|reach(?:es|ed|ing)?|achiev(?:es?|ed|ing)|scor(?:es?|ed|ing)|obtain(?:s|ed|ing)?|attain(?:s|ed|ing)?|"
    rf"yield(?:s|ed|ing)?|with|is|was|are|were|be|been|of|get(?:s|ting)?|got|have|has|had|from|between|than|versus|vs\.?|"
    rf"compared\s(?:with|to)|=|:)\s?{_HEDGED}$",
    re.I,
)


def _part(text: str, start: int, end: int, unit: str | None) -> Part:
    """Whether the number is counted, reached or a change, by the words right before and after it."""
    before = text[max(0, start - 60) : start]
    counted = unit is not None and unit not in ("%", "points", "x") and not metrics(unit)
    if counted and unit not in _BASES.values() and unit not in ("$", "€", "£", "¥"):
        return "count"
    if text[start] in "-−–" and unit is None and _SIGNED.search(before) and not _BY.search(before):
        return "level"  # "a correlation of -0.5"
    if text[start] in "+−-" or unit in ("points", "x"):
        return "change"
    listed = _LISTED.match(text, end)
    if _BY.search(before) or _CHANGED.match(text, listed.end() if listed else end):
        return "change"
    if text[max(0, start - 1) : start] == "(" or _REACHED.search(before):
        return "level"
    return "open"


_ABOUT = re.compile(r"[-–\s](?P<r>relative(?:ly)?)\b|[-–\s](?P<a>absolute(?:ly)?)\b", re.I)


def _relative(text: str, start: int, end: int, unit: str | None) -> bool | None:
    if unit not in ("%", "points"):
        return None
    if unit == "points":
        return False
    around = f"{text[max(0, start - 28) : start]} | {text[end : end + 24]}"
    found = _ABOUT.search(around)
    return None if found is None else bool(found.group("r"))


def _hedge(text: str, start: int, end: int, known: str | None) -> Bound | None:
    match = HEDGES_BEFORE.search(text[max(0, start - 36) : start])
    said = match.group().strip().lower() if match else ""
    # "an improvement over 9 baselines", "over the six classes": of what, and no bound
    if match and not (said == "over" and known is None) and not said.startswith("over the"):
        return _BOUNDS[(match.lastgroup or "").rstrip("_")]
    match = HEDGES_AFTER.match(text, end)
    return _BOUNDS[match.lastgroup or ""] if match else None


_BOUNDS: dict[str, Bound] = {
    "about": "about",
    "nearly": "nearly",
    "over": "over",
    "at_least": "at_least",
    "under": "under",
    "at_most": "at_most",
    "up_to": "up_to",
}
