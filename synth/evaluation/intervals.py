"""95 % intervals by resampling groups: units that hang together are drawn together (Efron and Tibshirani 1993).

Claims about one paper, and claims made from one another, are not independent; drawing single units would make the
intervals too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from synth.evaluation.metrics import Figures, Tally, summed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DRAWS", "error", "of_calibration", "of_figures"]

DRAWS = 1000
_PERCENT = (2.5, 97.5)
_DEFINED = 0.95  # share of draws in which a figure must have a value, else its interval says too little

Ends = tuple[float, float]


def of_figures(
    tallies: Sequence[tuple[str, Tally]], figures: Callable[[Tally], Figures], seed: int, draws: int = DRAWS
) -> dict[str, Ends | None]:
    """The ends of each figure's interval; `tallies` are (group, counts). None with fewer than two groups."""
    import numpy as np

    by_group: dict[str, list[Tally]] = {}
    for group, tally in tallies:
        by_group.setdefault(group, []).append(tally)
    totals = [summed(some) for some in by_group.values()]
    names = list(summed(totals))
    matrix = np.array([[total.get(name, 0.0) for name in names] for total in totals])  # [groups, counts]
    found: dict[str, list[float]] = {}
    for drawn in _drawn(len(totals), seed, draws) @ matrix if len(totals) > 1 else ():
        for name, value in figures(dict(zip(names, drawn.tolist(), strict=True))).items():
            if value is not None:
                found.setdefault(name, []).append(value)
    return {name: _ends(found.get(name, []), draws) for name in figures(summed(totals))}


def of_calibration(
    verdicts: Sequence[tuple[str, float, bool]], bins: int, seed: int, draws: int = DRAWS
) -> dict[str, Ends | None]:
    """The ends of "ece" over `bins` bins of equal mass and of "brier"; `verdicts` are (group, confidence, right)."""
    import numpy as np

    names = {group: place for place, group in enumerate(dict.fromkeys(group for group, _, _ in verdicts))}
    if len(names) < 2:
        return {"ece": None, "brier": None}
    of_group = np.array([names[group] for group, _, _ in verdicts])
    confidences = np.array([confidence for _, confidence, _ in verdicts])
    right = np.array([float(one) for _, _, one in verdicts])
    squared = (confidences - right) ** 2
    found: dict[str, list[float]] = {"ece": [], "brier": []}
    for counts in _drawn(len(names), seed, draws):
        times = counts[of_group].astype(float)  # how often each verdict is in this draw
        found["ece"].append(error(confidences, right, times, bins))
        found["brier"].append(float((times * squared).sum() / times.sum()))
    return {name: _ends(values, draws) for name, values in found.items()}


def error(confidences: NDArray[np.float64], right: NDArray[np.float64], times: NDArray[np.float64], bins: int) -> float:
    """Expected calibration error over bins of equal mass, each verdict counted `times` often.

    `calibration.ece(calibration.equal_mass(...))` for whole numbers of times, in one pass over arrays.
    """
    import numpy as np

    levels, place = np.unique(confidences, return_inverse=True)
    n = np.bincount(place, times)
    middle = np.cumsum(n) - n + (n - 1) / 2
    there = n > 0
    chosen = (middle[there] * bins / n.sum()).astype(int)
    gap = np.bincount(place, times * right)[there] - (n * levels)[there]
    return float(np.abs(np.bincount(chosen, gap)).sum() / n.sum())


def _drawn(groups: int, seed: int, draws: int) -> NDArray[np.int64]:
    """How often each group is in each draw of as many groups, with replacement: [draws, groups]."""
    import numpy as np

    return np.random.default_rng(seed).multinomial(groups, [1 / groups] * groups, size=draws)


def _ends(values: Sequence[float], draws: int) -> Ends | None:
    import numpy as np

    if len(values) < _DEFINED * draws:
        return None
    low, high = np.percentile(values, _PERCENT)
    return float(low), float(high)
