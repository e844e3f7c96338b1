"""Whether the amount a claim states is the amount a passage states.

"same": equal to the coarser precision, inside the range or bound that the passage gives, or entailed by it ("over 100"
by 103). "open": compatible and not stated ("8.24" where the passage has "about 8"). "different": they exclude each
other. None: the two are not of one kind and cannot be held against each other.
"""

from __future__ import annotations

from typing import Literal

from synth.checking.figure import Figure
from synth.scopes import metrics
from synth.text import stem

__all__ = ["Relation", "noun", "one_kind", "related"]

Relation = Literal["same", "open", "different"]

_ABOUT = 0.05  # room that "about" and "nearly" leave, as a share of the number
_FAR = 0.15  # beyond this share "about 8" excludes a number; between the two it stays open
_BEYOND = 1.2  # "over 100" is not said of more than this many times the number
_FINER = 0.05  # a claim may be finer than the passage only by this share of the number
_EPSILON = 1e-9

_SAME_NOUNS = (
    frozenset(["dataset", "data-set", "data set", "corpora", "corpu", "benchmark"]),
    frozenset(["patient", "participant", "subject", "people", "individual", "person", "volunteer", "adult", "case"]),
    frozenset(["paper", "articl", "abstract", "publication"]),
    frozenset(["sentenc", "utteranc"]),
    frozenset(["exampl", "sampl", "instanc"]),
    frozenset(["word", "token"]),
    frozenset(["tweet", "post", "messag"]),
)


def noun(unit: str) -> str:
    """The counted noun in the form in which nouns are compared."""
    return stem(unit.lower().rstrip("'’"))


def _same_noun(a: str, b: str) -> bool:
    one, two = noun(a), noun(b)
    return one == two or any(one in group and two in group for group in _SAME_NOUNS)


# --- one kind --------------------------------------------------------------------------------------------

_APART = frozenset(["p", "interval", "confidence", "spread", "label"])
_PLAIN_UNITS = frozenset(["%", "points", "x"])


def one_kind(claim: Figure, found: Figure) -> bool:
    """Whether the two figures measure in one way: units that convert into each other, parts that go together.

    A level is no change; percent and points of a change are held apart in `related`, not here.
    """
    a, b = claim.part, found.part
    if a in _APART or b in _APART:
        return a == b
    if claim.dimension or found.dimension:
        return claim.dimension == found.dimension or (_bare(claim) and a != "count") or (_bare(found) and b != "count")
    if a == "count" or b == "count":
        return _counts(claim, found)
    if "x" in (claim.unit, found.unit):
        return claim.unit == found.unit or (_times(claim) is not None and _times(found) is not None)
    if {a, b} == {"level", "change"} and None not in (claim.unit, found.unit):
        return False
    if {a, b} <= {"level", "change"} and a != b:
        return False
    return _units_meet(claim, found)


def _bare(figure: Figure) -> bool:
    return figure.unit is None and figure.dimension is None


def _written(figure: Figure) -> Figure:
    """A measure as the number that was written."""
    return figure if figure.factor == 1.0 else _scaled(figure, 1.0 / figure.factor)


def _counts(claim: Figure, found: Figure) -> bool:
    if claim.part == found.part == "count":
        if claim.unit is None or found.unit is None or "n" in (claim.unit, found.unit):
            return True
        return _same_noun(claim.unit, found.unit)
    other = found if claim.part == "count" else claim
    return other.unit is None and other.part in ("open", "level") and other.step >= 1.0


def _units_meet(claim: Figure, found: Figure) -> bool:
    a, b = claim.unit, found.unit
    if a is None or b is None or a == b:
        return True
    if {a, b} == {"%", "points"}:
        return True
    if "%" in (a, b) or "points" in (a, b):
        other = b if a in ("%", "points") else a
        return bool(metrics(other))
    return False


def _times(figure: Figure) -> float | None:
    """What the figure multiplies by: "doubles" 2, "+100%" 2, "halved" 0.5, "down 50%" 0.5."""
    if figure.unit == "x":
        return 1.0 / figure.value if figure.way == "down" and figure.value else figure.value
    if figure.unit == "%" and figure.part == "change" and figure.way in ("up", "down"):
        return 1.0 + figure.value / 100.0 if figure.way == "up" else 1.0 - figure.value / 100.0
    return None


# --- relation --------------------------------------------------------------------------------------------


def related(claim: Figure, found: Figure) -> Relation | None:
    """How the amount of `claim` stands to that of `found`; None where they are not of one kind."""
    if not one_kind(claim, found):
        return None
    if claim.terms and found.terms and claim.terms[1] >= 2 and found.terms == claim.terms:
        return "same"
    if claim.dimension != found.dimension:
        claim, found = _written(claim), _written(found)  # "aged 16 to 24" and "16-24 years"
        relation = _ranged(claim, found) if claim.high is not None or found.high is not None else _single(claim, found)
        return relation if relation == "same" else None
    claim, found = _converted(claim, found)
    relation = _ranged(claim, found) if claim.high is not None or found.high is not None else _single(claim, found)
    if relation == "same" and _percent_of_what(claim, found):
        return "open" if None in (claim.relative, found.relative) else "different"
    return relation


def _percent_of_what(claim: Figure, found: Figure) -> bool:
    """Whether one is percent and the other points of a change: 5% of 60 is not 5 points."""
    if claim.part != "change" and found.part != "change":
        return False
    if {claim.unit, found.unit} == {"%", "points"}:
        return not (claim.relative is found.relative is False)  # "5% absolute" are points
    return None not in (claim.relative, found.relative) and claim.relative != found.relative


def _converted(claim: Figure, found: Figure) -> tuple[Figure, Figure]:
    """Both figures on one scale: factors for "doubles" and "+100%", 0-100 for a share and its decimal."""
    if "x" in (claim.unit, found.unit) and claim.unit != found.unit:
        return _as_times(claim), _as_times(found)
    if _decimal(claim) and _hundred(found):
        return _scaled(claim, 100.0), found
    if _decimal(found) and _hundred(claim):
        return claim, _scaled(found, 100.0)
    return claim, found


def _as_times(figure: Figure) -> Figure:
    factor = _times(figure)
    if factor is None or figure.unit == "x":
        return figure if figure.way != "down" or not figure.value else figure._replace(value=1.0 / figure.value)
    return figure._replace(value=factor, step=figure.step / 100.0)


def _decimal(figure: Figure) -> bool:
    """A score between 0 and 1 with its decimals, of a kind that is also given in percent."""
    return (
        figure.part in ("level", "open", "change")
        and figure.unit not in ("%", "x", "points")
        and (0.0 < abs(figure.value) < 1.0 and figure.step <= 0.011)
    )


def _hundred(figure: Figure) -> bool:
    return (
        (figure.unit == "%" or figure.unit is None or bool(metrics(figure.unit)))
        and (abs(figure.value) > 1.0 or figure.unit == "%")
        and figure.part in ("level", "open", "change", "share")
    )


def _scaled(figure: Figure, factor: float) -> Figure:
    high = None if figure.high is None else figure.high * factor
    return figure._replace(value=figure.value * factor, high=high, step=figure.step * factor)


def _near(claim: float, found: float, step: float, found_step: float) -> Relation:
    """Equal to the coarser precision; a claim much finer than the passage is only compatible with it."""
    tolerance = max(step, found_step) / 2
    gap = abs(claim - found)
    if gap <= tolerance * (1 + 1e-6) + _EPSILON * abs(found):
        exact = gap <= step / 2 * (1 + 1e-6) + _EPSILON
        fine = gap <= _FINER * max(abs(claim), abs(found))
        return "same" if exact or fine else "open"
    return "same" if _rounded(claim, found, step) else "different"


def _rounded(claim: float, found: float, step: float) -> bool:
    """Whether a whole number with zeros at its end is the other one rounded: 48,000 of 48,274."""
    if step < 1.0 or claim < 100 or claim != int(claim) or claim > 1e15:
        return False
    digits = str(int(claim))
    zeros = len(digits) - len(digits.rstrip("0"))
    return zeros >= 2 and abs(claim - found) <= min(0.5 * 10.0**zeros, 0.006 * claim)


def _single(claim: Figure, found: Figure) -> Relation:
    c, f = claim.value, found.value
    plain = _near(c, f, claim.step, found.step)
    if found.bound in (None, "up_to"):
        return _bounded(claim, f, plain)
    if claim.bound in (None, "up_to"):
        return _given_bound(c, found, plain)
    if plain == "same" and _side(claim.bound) * _side(found.bound) >= 0:
        return "same"
    return _bounds(claim, found)


def _side(bound: str | None) -> int:
    return 1 if bound in ("over", "at_least") else -1 if bound in ("under", "at_most", "up_to", "nearly") else 0


def _bounded(claim: Figure, f: float, plain: Relation) -> Relation:
    """A claim with a bound of its own ("over 100") against a plain number."""
    c, bound = claim.value, claim.bound
    if bound is None or bound == "up_to":
        return plain
    if plain == "same" and bound not in ("over", "under"):
        return "same"
    if bound in ("about", "nearly"):
        room = abs(c - f) / abs(c) if c else abs(f)
        if bound == "nearly" and f > c and plain != "same":
            return "different" if room > 0.01 else "open"
        return "same" if room <= _ABOUT else "open" if room <= _FAR else "different"
    if bound in ("over", "at_least"):
        if plain == "same" and f <= c:
            return "open"
        return "different" if f < c else "same" if f <= _BEYOND * c else "open"
    if plain == "same" and f >= c:
        return "same" if claim.part == "p" else "open"
    return "different" if f > c else "same" if f >= c / 2 or claim.part == "p" else "open"


def _given_bound(c: float, found: Figure, plain: Relation) -> Relation:
    """A plain number against a passage that gives only a bound."""
    f, bound = found.value, found.bound
    if plain == "same":
        return "open" if found.part == "p" else "same"
    room = abs(c - f) / abs(f) if f else abs(c)
    if bound in ("about", "nearly"):
        return "open" if room <= _FAR else "different"
    if bound in ("over", "at_least"):
        return "different" if c < f else "open"
    return "different" if c > f else "open"


def _bounds(claim: Figure, found: Figure) -> Relation:
    """Two bounds with different numbers."""
    c, f = claim.value, found.value
    ups, downs = ("over", "at_least"), ("under", "at_most")
    if claim.bound in ups and found.bound in ups:
        return "open"
    if claim.bound in downs and found.bound in downs:
        return "same" if f <= c and claim.part == "p" else "open"
    if claim.bound in ups and found.bound in downs:
        return "different" if f <= c else "open"
    if claim.bound in downs and found.bound in ups:
        return "different" if f >= c else "open"
    room = abs(c - f) / max(abs(c), abs(f), _EPSILON)
    return "same" if room <= _ABOUT else "open" if room <= _FAR else "different"


def _ranged(claim: Figure, found: Figure) -> Relation:
    low, high = claim.value, claim.high
    f_low, f_high = found.value, found.high
    step = max(claim.step, found.step)
    if high is not None and f_high is not None:
        if _near(low, f_low, claim.step, found.step) == _near(high, f_high, claim.step, found.step) == "same":
            return "same"
        return "different" if high < f_low - step or low > f_high + step else "open"
    if high is not None:
        inside = low - step / 2 <= f_low <= high + step / 2
        if not inside:
            return "different"
        return "same" if claim.bound == "between" else "open"
    assert f_high is not None
    return "same" if f_low - step / 2 <= low <= f_high + step / 2 else "different"
