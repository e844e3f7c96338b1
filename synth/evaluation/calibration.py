"""How far a confidence can be believed: calibration errors, proper scores, and what abstaining would buy.

A confidence is the probability that the given label is right. All figures here are of (confidence, right) pairs.

The headline `ece` is the expected calibration error over 15 bins of equal mass: every bin holds as many verdicts as the
next, so no bin rests on a handful (Nguyen and O'Connor 2015; Nixon et al. 2019). Equal-width bins, 15 as in Guo et al.
(2017) and 10 as often reported, stand beside it: 10 equal widths are also what a reader sees as "of claims scored 0.8
to 0.9, so many were right".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby

from synth.records import Record

__all__ = [
    "BINS",
    "Bin",
    "Calibration",
    "RiskPoint",
    "aurc",
    "brier",
    "calibration",
    "ece",
    "equal_mass",
    "equal_width",
    "nll",
]

BINS = 15
_FLOOR = 1e-12  # a probability of 0 that was wrong costs this much instead of infinitely much
_SHARES = tuple(n / 10 for n in range(1, 11))


class Bin(Record):
    """Verdicts whose confidence lies in (low, high], the first bin with its lower end.

    `confidence` is their mean confidence, `accuracy` the share that is right; both None in an empty bin.
    """

    low: float
    high: float
    n: int
    confidence: float | None
    accuracy: float | None


class RiskPoint(Record):
    """Of the most confident `coverage` of all verdicts, the last with `confidence`: the share `risk` is wrong."""

    coverage: float
    confidence: float
    risk: float


class Calibration(Record):
    """What is known of the confidences of one run: `n` verdicts had one, of `of` that were judged."""

    n: int
    of: int
    accuracy: float
    mean_confidence: float
    ece: float
    ece_low: float | None
    ece_high: float | None
    ece_equal_width_15: float
    ece_equal_width_10: float
    brier: float
    brier_low: float | None
    brier_high: float | None
    nll: float
    aurc: float
    risk: tuple[RiskPoint, ...]
    bins: tuple[Bin, ...]
    bins_equal_width: tuple[Bin, ...]


Scored = Sequence[tuple[float, bool]]


def calibration(scored: Scored, of: int, ends: Mapping[str, tuple[float, float] | None]) -> Calibration | None:
    """All figures of (confidence, right) pairs; None where no verdict had a confidence.

    `ends` are those of the 95 % intervals of "ece" and "brier", None where there is none.
    """
    if not scored:
        return None
    error, squared = ends.get("ece"), ends.get("brier")
    return Calibration(
        n=len(scored),
        of=of,
        accuracy=_mean([float(right) for _, right in scored]),
        mean_confidence=_mean([confidence for confidence, _ in scored]),
        ece=ece(equal_mass(scored, BINS)),
        ece_low=error[0] if error else None,
        ece_high=error[1] if error else None,
        ece_equal_width_15=ece(equal_width(scored, 15)),
        ece_equal_width_10=ece(equal_width(scored, 10)),
        brier=brier(scored),
        brier_low=squared[0] if squared else None,
        brier_high=squared[1] if squared else None,
        nll=nll(scored),
        aurc=aurc(scored),
        risk=risk(scored),
        bins=equal_mass(scored, BINS),
        bins_equal_width=equal_width(scored, 10),
    )


# --- bins ---------------------------------------------------------------------------------------------


def equal_width(scored: Scored, bins: int) -> tuple[Bin, ...]:
    """The bins ((i-1)/bins, i/bins] of Guo et al. (2017); a confidence of 0 lies in the first. Empty bins are kept."""
    members: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for confidence, right in scored:
        members[max(math.ceil(_checked(confidence) * bins - 1e-9) - 1, 0)].append((confidence, right))
    return tuple(_bin(place / bins, (place + 1) / bins, some) for place, some in enumerate(members))


def equal_mass(scored: Scored, bins: int) -> tuple[Bin, ...]:
    """Bins of as many verdicts as can be, from the least confident up; empty ones are left out.

    Equal confidences stay together, in the bin of the middle of their ranks: the order of the input has no say.
    """
    members: dict[int, list[tuple[float, bool]]] = {}
    before = 0
    for _, some in _tied(scored, rising=True):
        middle = before + (len(some) - 1) / 2
        members.setdefault(int(middle * bins / len(scored)), []).extend(some)
        before += len(some)
    ends = [(some[0][0], some[-1][0]) for some in members.values()]
    return tuple(
        _bin(ends[place - 1][1] if place else ends[0][0], ends[place][1], some)
        for place, some in enumerate(members.values())
    )


def ece(bins: Sequence[Bin]) -> float:
    """Expected calibration error: |accuracy - mean confidence| of the bins, weighted by their verdicts."""
    n = sum(one.n for one in bins)
    if not n:
        raise ValueError("no verdicts: nothing can be said of their calibration")
    gaps = [
        one.n * abs(one.accuracy - one.confidence)
        for one in bins
        if one.accuracy is not None and one.confidence is not None
    ]
    return sum(gaps) / n


def _bin(low: float, high: float, some: Scored) -> Bin:
    if not some:
        return Bin(low=low, high=high, n=0, confidence=None, accuracy=None)
    return Bin(
        low=low,
        high=high,
        n=len(some),
        confidence=_mean([confidence for confidence, _ in some]),
        accuracy=_mean([float(right) for _, right in some]),
    )


# --- proper scores ------------------------------------------------------------------------------------


def brier(scored: Scored) -> float:
    """Mean of (confidence - right)², right 0 or 1 (Brier 1950, for the event that the label is right): 0 is best."""
    return _mean([(_checked(confidence) - right) ** 2 for confidence, right in scored])


def nll(scored: Scored) -> float:
    """Mean negative logarithm (base e) of the probability that was given to what happened; at least 1e-12 of it."""
    given = (confidence if right else 1 - confidence for confidence, right in scored)
    return _mean([-math.log(max(one, _FLOOR)) for one in given])


# --- abstaining ---------------------------------------------------------------------------------------


def _risks(scored: Scored) -> list[tuple[float, float]]:
    """(confidence, share of errors) after each verdict, the most confident first; ties share their errors evenly."""
    found: list[tuple[float, float]] = []
    wrong = 0.0
    for confidence, some in _tied(scored, rising=False):
        errors = sum(not right for _, right in some) / len(some)
        for _ in some:
            wrong += errors
            found.append((confidence, wrong / (len(found) + 1)))
    return found


def aurc(scored: Scored) -> float:
    """Area under the risk-coverage curve: the mean risk over all coverages (Geifman and El-Yaniv 2017): 0 is best."""
    return _mean([risk for _, risk in _risks(scored)])


def risk(scored: Scored) -> tuple[RiskPoint, ...]:
    """The risk-coverage curve at every tenth of coverage that differs from the one before."""
    risks = _risks(scored)
    places = dict.fromkeys(math.ceil(share * len(risks) - 1e-9) for share in _SHARES)
    return tuple(
        RiskPoint(coverage=place / len(risks), confidence=risks[place - 1][0], risk=risks[place - 1][1])
        for place in places
    )


def _tied(scored: Scored, *, rising: bool) -> list[tuple[float, list[tuple[float, bool]]]]:
    ordered = sorted(scored, key=lambda one: one[0], reverse=not rising)
    return [(confidence, list(some)) for confidence, some in groupby(ordered, key=lambda one: one[0])]


def _checked(confidence: float) -> float:
    if not 0 <= confidence <= 1:
        raise ValueError(f"{confidence} is no probability")
    return confidence


def _mean(values: Sequence[float]) -> float:
    if not values:
        raise ValueError("no verdicts: there is no mean of nothing")
    return math.fsum(values) / len(values)
