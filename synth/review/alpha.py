"""How far raters of the same things agree: Krippendorff's alpha for scores on an interval scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["alpha"]


def alpha(raters: Sequence[Mapping[str, float | None]]) -> float | None:
    """Krippendorff's alpha (2011) of what each rater gave each thing: 1 is perfect agreement, 0 as much as chance.

    1 - observed / expected disagreement, both as mean squared differences: observed between the scores of one thing,
    expected between all scores that can be paired. A thing with one score counts for nothing, a missing score is None
    or absent. None where no two raters scored two things in common, or where all scores are equal: then nothing varies
    on which they could agree.
    """
    units: dict[str, list[float]] = {}
    for rater in raters:
        for thing, score in rater.items():
            if score is not None:
                units.setdefault(thing, []).append(score)
    paired = [scores for scores in units.values() if len(scores) > 1]
    every = [score for scores in paired for score in scores]
    expected = _squares(every) / (len(every) - 1) if len(paired) > 1 and min(every) < max(every) else 0.0
    if not expected:
        return None
    observed = sum(_squares(scores) / (len(scores) - 1) for scores in paired)
    return round(1 - observed / expected, 4)


def _squares(scores: Sequence[float]) -> float:
    """The squared differences of all ordered pairs of different scores, summed."""
    middle = sum(scores) / len(scores)
    return 2 * len(scores) * sum((score - middle) ** 2 for score in scores)
