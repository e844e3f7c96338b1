"""What stands about a number changed so that the sentence no longer holds: its sign, unit, bound, or a year."""

from __future__ import annotations

import re

from synth.edits.edit import Edit, made, ordered
from synth.edits.figures import RANGE_AFTER, found, written
from synth.quantities import Mention
from synth.records import Stance

__all__ = ["bounds", "signs", "units", "years"]

_SIGNED = re.compile(r"(?<![\w)\d%])(?P<sign>[+−-])(?=\d)")
_CORRELATED = re.compile(
    r"\b(?:correlations?|coefficients?|Pearson|Spearman|r|rho|ρ|tau|τ|β|slope)\b[^.;,]{0,25}?(?:=|of|was|is)\s?$"
)


def signs(sentence: str, seed: int) -> list[Edit]:
    """A sign turned round: "+2.3" to "-2.3", a correlation of 0.6 to one of -0.6."""
    edits = []
    for mention in found(sentence):
        match = _SIGNED.match(sentence, mention.start)
        if re.search(r"\b(?:between|from|and|to)\s$|[\d%\[(,]\s?$", sentence[: mention.start]):
            continue  # an end of a range
        if match:
            new = "-" if match["sign"] == "+" else "" if _CORRELATED.search(sentence[: mention.start]) else "+"
            edits.append(made(sentence, "sign", "refutes", [(mention.start, mention.end, new + mention.text[1:])]))
        elif 0 < mention.value < 1 and mention.unit is None and _CORRELATED.search(sentence[: mention.start]):
            edits.append(made(sentence, "sign", "refutes", [(mention.start, mention.end, "-" + mention.text)]))
    return ordered([e for e in edits if e is not None], sentence, "signs", seed)


_UNITS = {
    "hours": ("minutes", "days"), "hour": ("minute", "day"), "minutes": ("seconds", "hours"),
    "minute": ("second", "hour"), "seconds": ("minutes", "milliseconds"), "second": ("minute", "millisecond"),
    "ms": ("s",), "milliseconds": ("seconds",), "days": ("weeks", "hours"), "day": ("week", "hour"),
    "weeks": ("days", "months"), "week": ("day", "month"), "months": ("weeks", "years"), "month": ("week", "year"),
    "years": ("months", "weeks"), "year": ("month",), "GB": ("MB", "TB"), "MB": ("GB", "KB"), "TB": ("GB",),
    "KB": ("MB",), "kHz": ("MHz",), "MHz": ("GHz", "kHz"), "GHz": ("MHz",), "mW": ("W",), "kW": ("W",),
    "km": ("m",), "cm": ("mm", "m"), "mm": ("cm",), "kg": ("g",), "mg": ("g", "µg"), "nm": ("µm",), "Mbps": ("Gbps",),
    "Gbps": ("Mbps",), "μm": ("mm",), "µm": ("mm",),
}  # fmt: skip
_MEASURE = re.compile(rf"\d(\s?|-)({'|'.join(map(re.escape, sorted(_UNITS, key=len, reverse=True)))})(?![\w/])")
_PERCENT = re.compile(
    r"\d(\s?%|\spercent\b|\sper\scent\b)\s+(relative(?:ly)?)\b|\d(\s?%|\spercent\b)\s+(absolute(?:ly)?)\b"
)
_SAID_WHICH = re.compile(r"\s(?:relative|absolute|points?|abs|-?point)|\s?[-–]|\sto\s")
_CHANGED_BY = re.compile(r"\bby\s(?:about\s|around\s|up\sto\s|over\s|approximately\s)?$")


def units(sentence: str, seed: int) -> list[Edit]:
    """A unit replaced by another of its kind: hours by minutes, GB by MB, relative by absolute, percent by points."""
    edits: list[Edit | None] = []
    for at, match in enumerate(_MEASURE.finditer(sentence)):
        if re.match(r"-(?!old|long)\w", sentence[match.end() :]):
            continue
        for new in ordered(_UNITS[match[2]], sentence, "unit", seed, at)[:1]:
            edits.append(made(sentence, "unit", "refutes", [(match.start(2), match.end(2), new)]))
    for match in _PERCENT.finditer(sentence):
        group = 2 if match[2] else 4
        other = {"relative": "absolute", "relatively": "absolutely", "absolute": "relative", "absolutely": "relatively"}
        edits.append(made(sentence, "unit", "refutes", [(match.start(group), match.end(group), other[match[group]])]))
    for mention in found(sentence):
        by = mention.text.endswith("%") and _CHANGED_BY.search(sentence[: mention.start])
        if by and not _SAID_WHICH.match(sentence, mention.end):
            points = " percentage point" if mention.value == 1 else " percentage points"
            change = (mention.start, mention.end, mention.text.rstrip("% ") + points)
            edits.append(made(sentence, "unit", "neutral", [change]))
    return [e for e in edits if e is not None]


_BOUNDS = (
    ("more than", "less than"), ("less than", "more than"), ("over", "under"), ("at least", "at most"),
    ("at most", "at least"), ("above", "below"), ("below", "above"), ("under", "over"), ("fewer than", "more than"),
    ("up to", "less than half of"), ("greater than", "less than"), ("higher than", "lower than"),
    ("lower than", "higher than"), ("exceeding", "staying below"), ("no more than", "more than"),
    ("no less than", "less than"), ("larger than", "smaller than"), ("smaller than", "larger than"),
    ("within", "more than"),
)  # fmt: skip
_BOUND = re.compile(rf"\b({'|'.join(sorted((a for a, _ in _BOUNDS), key=len, reverse=True))})\s$", re.I)


# After these the bound is part of what is said; elsewhere it may pick out what is spoken of ("patients over 60").
_SAID_OF = re.compile(r"\b(?:by|of|for|from|in|to|is|are|was|were|has|have|had|contain\w*|includ\w+|reach\w*|"
                      r"achiev\w+|compris\w+|with|"
                      r"on|us\w+|and|the|a|takes?|requires?|yields?|covers?|spans?|across|after|"
                      r"within)\s$")  # fmt: skip
_THRESHOLDS = frozenset(["greater than", "higher than", "lower than", "larger than", "smaller than", "below", "above"])


def bounds(sentence: str, seed: int) -> list[Edit]:
    """The side on which a number is bounded, turned: "more than 50" to "less than 50"."""
    swap = dict(_BOUNDS)
    edits = []
    for mention in found(sentence):
        match = _BOUND.search(sentence[: mention.start])
        word = match[1].lower() if match else None
        if match is None or word is None or mention.value <= 1 or RANGE_AFTER.match(sentence[mention.end :]):
            continue
        if word in ("over", "under", "within", "above", "below") and mention.bound is None:
            continue  # "over 10 datasets" may mean "on" them; the reader of quantities knows
        if word in ("over", "within", "up to") and (word != "over" or not _amount(mention)):
            continue
        if re.search(r"\bno\s$", sentence[: match.start()]):
            continue
        said = _SAID_OF.search(sentence[: match.start()]) and word not in _THRESHOLDS
        stance: Stance = "refutes" if said else "neutral"
        edits.append(made(sentence, "bound", stance, [(match.start(1), match.end(1), written(match[1], swap[word]))]))
    return ordered([e for e in edits if e is not None], sentence, "bounds", seed)


def _amount(mention: Mention) -> bool:
    """Whether "over" before the number means "more than": large, or a share, and no period of time."""
    return (mention.unit == "%" or mention.value >= 50) and mention.unit not in ("years", "months", "days", "weeks")


_YEARS_SPAN = re.compile(r"\b(from|between)\s((?:19|20)\d\d)\s(to|and|until|through)\s((?:19|20)\d\d)\b")
_YEAR = re.compile(
    r"\b([Ss]ince|[Uu]ntil|[Ii]n|[Bb]y|[Ii]n the year|[Dd]uring)\s((?:19|20)\d\d)(?=[\s,.;])(?!\s(?:[a-z]+s\b|[A-Z]))"
)


def years(sentence: str, seed: int) -> list[Edit]:
    """A year moved. Where it bounds a span the two cannot both hold; "in 2015" alone may hold of both years."""
    edits = []
    for at, match in enumerate(_YEARS_SPAN.finditer(sentence)):
        group, way = ordered(((2, -1), (4, 1)), sentence, "year", seed, at)[0]
        step = ordered((2, 3, 5), sentence, "step", seed, at)[0]
        new = str(int(match[group]) + way * step)
        edits.append(made(sentence, "scope_time", "refutes", [(match.start(group), match.end(group), new)]))
    for at, match in enumerate(_YEAR.finditer(sentence)):
        step = ordered((-6, -4, -3, -2, 2, 3, 4), sentence, "step", seed, at)[0]
        stance: Stance = "refutes" if match[1].lower() in ("since", "until") else "neutral"
        new = str(int(match[2]) + step)
        edits.append(made(sentence, "scope_time", stance, [(match.start(2), match.end(2), new)]))
    return [e for e in edits if e is not None]
