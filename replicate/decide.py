"""The decision rule: from an interval to a label, as declared before the run.

    difference with a stated size v   the interval leaves out 0 on v's side, and
                                        replicated                  the 90% interval lies in v +- band
                                        replicated_different_size   the interval lies outside v +- band
                                        inconclusive                neither: the size cannot be told
    difference without a size         the interval leaves out 0 upwards, and
                                        replicated                  the estimate is at least the band
                                        replicated_different_size   it is less
    either, otherwise                 not_replicated   the other sign, or the 90% interval within +- band of 0,
                                                       or the interval does not reach v +- band
                                      inconclusive     anything else
    absence                           replicated       the 90% interval within +- band (side "above": below band)
                                      not_replicated   the interval outside of it
                                      inconclusive     anything else

The p-value of a difference is adjusted by Holm's rule before it may count as leaving out 0.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from replicate.bootstrap import Interval
from replicate.records import ClaimedEffect, VerdictLabel

__all__ = ["Decision", "absence", "decide", "difference"]

Side = Literal["both", "above"]


class Decision(NamedTuple):
    """A label and its reason in one sentence."""

    label: VerdictLabel
    reason: str


def decide(effect: ClaimedEffect, found: Interval, side: Side, adjusted: float, level: float) -> Decision:
    """The label of a difference or an absence. `adjusted` is the p-value after Holm's correction."""
    if found.seeds < 2:
        return Decision("inconclusive", "one seed tells nothing of the spread between seeds")
    if effect.kind == "absence":
        return absence(found, effect.band, side)
    return difference(found, effect.value, effect.band, adjusted, 1 - level)


def difference(found: Interval, value: float | None, band: float, adjusted: float, alpha: float) -> Decision:
    """The label of a claimed difference; `value` None where no size is stated (upwards is then claimed)."""
    sign = -1.0 if value is not None and value < 0 else 1.0
    there = adjusted < alpha and (found.low > 0 if sign > 0 else found.high < 0)
    opposite = found.high < 0 if sign > 0 else found.low > 0
    if there:
        return _sized(found, value, band)
    if opposite:
        return Decision("not_replicated", "the difference has the other sign")
    if -band < found.inner[0] and found.inner[1] < band:
        return Decision("not_replicated", f"the difference is equivalent to 0 within {band:g} points")
    if value is not None and (found.high < value - band if sign > 0 else found.low > value + band):
        return Decision("not_replicated", f"no difference is shown, and one of {value:+g} is left out")
    return Decision("inconclusive", "the interval holds 0 and is too wide to leave out a difference that counts")


def _sized(found: Interval, value: float | None, band: float) -> Decision:
    """The difference is there: is its size the claimed one?"""
    if value is None:
        if found.estimate >= band:
            return Decision("replicated", f"the difference is there and at least {band:g} points")
        return Decision("replicated_different_size", f"the difference is there but less than {band:g} points")
    if value - band < found.inner[0] and found.inner[1] < value + band:
        return Decision("replicated", f"the difference equals {value:+g} within {band:g} points")
    if found.high < value - band or found.low > value + band:
        return Decision("replicated_different_size", f"the difference is there, its size is not {value:+g}")
    return Decision("inconclusive", f"the difference is there, but the interval cannot tell whether it is {value:+g}")


def absence(found: Interval, band: float, side: Side) -> Decision:
    """The label of a claimed absence, by equivalence: a large p-value would show nothing."""
    above = side == "above"
    if found.inner[1] < band and (above or found.inner[0] > -band):
        words = "does not exceed" if above else "lies within"
        return Decision("replicated", f"the difference {words} {band:g} points")
    if found.low > band or (not above and found.high < -band):
        return Decision("not_replicated", f"the difference is larger than {band:g} points")
    return Decision("inconclusive", f"the interval reaches beyond {band:g} points without leaving them")
