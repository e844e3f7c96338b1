"""Learning of boosted trees: logistic loss, a fixed depth, features in quantile bins.

Gradient boosting as in Friedman (2001), "Greedy function approximation", with the second-order gain and the penalty of
Chen and Guestrin (2016), "XGBoost", over histograms. Only training uses it; `synth.tables.trees` evaluates.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from synth.tables.trees import Forest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["boost", "log_odds_of"]

_BINS = 32


def boost(
    rows: NDArray[np.float64],
    truth: NDArray[np.float64],
    weights: NDArray[np.float64],
    seed: int,
    *,
    rounds: int = 100,
    depth: int = 4,
    rate: float = 0.1,
    penalty: float = 5.0,
    rows_kept: float = 0.7,
    features_kept: float = 0.3,
    least: int = 20,
) -> Forest:
    """A forest for `rows` [n, features] and `truth` [n] of 0 and 1, each row counted by its weight.

    A tree sees a drawn share of rows and of features; a split leaves at least `least` rows on either side.
    """
    import numpy as np

    draw = np.random.default_rng(seed)
    many, wide = rows.shape
    edges = [np.unique(np.quantile(rows[:, f], np.linspace(0, 1, _BINS + 1)[1:-1])) for f in range(wide)]
    binned = np.stack([np.searchsorted(edges[f], rows[:, f], side="left") for f in range(wide)], 1)
    bias, trees = _odds(float(np.average(truth, weights=weights))), []
    scores = np.full(many, bias)
    for _ in range(rounds):
        probability = 1 / (1 + np.exp(-scores))
        slope, bend = weights * (truth - probability), weights * probability * (1 - probability)
        kept = np.flatnonzero(draw.random(many) < rows_kept)
        offered = np.sort(draw.choice(wide, max(1, int(wide * features_kept)), replace=False))
        offered = np.array([f for f in offered if len(edges[f])], dtype=np.int64)
        features, limits, node = _grow(binned, edges, slope, bend, kept, offered, depth, penalty, least)
        leaf = node - (2**depth - 1)
        down = np.bincount(leaf[kept], slope[kept], 2**depth)
        curve = np.bincount(leaf[kept], bend[kept], 2**depth)
        values = np.round(rate * down / (curve + penalty), 5)
        scores += values[leaf]
        trees.append((tuple(map(int, features)), tuple(round(float(x), 5) for x in limits), tuple(map(float, values))))
    return Forest(round(bias, 5), depth, tuple(trees))


def _odds(share: float) -> float:
    return math.log(share / (1 - share))


def _grow(
    binned: NDArray[np.int64],
    edges: list[Any],
    slope: NDArray[np.float64],
    bend: NDArray[np.float64],
    kept: NDArray[np.int64],
    offered: NDArray[np.int64],
    depth: int,
    penalty: float,
    least: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """(feature of each inner node, its threshold, the node in which each row ends); a node not split sends all left."""
    import numpy as np

    inner = 2**depth - 1
    features, limits, places = np.zeros(inner, int), np.full(inner, 1e9), np.full(inner, _BINS + 1)
    node = np.zeros(len(binned), int)
    for level in range(depth):
        wide, first = 2**level, 2**level - 1
        here = node[kept] - first
        best = np.full(wide, 1e-6)
        for f in offered:
            gains = _gains(here * _BINS + binned[kept, f], slope[kept], bend[kept], wide, penalty, least)
            gains = gains[:, : len(edges[f])]
            at = gains.argmax(1)
            top = gains[np.arange(wide), at]
            for k in np.nonzero(top > best)[0]:
                best[k] = top[k]
                features[first + k], places[first + k], limits[first + k] = f, at[k], edges[f][at[k]]
        node = 2 * node + 1 + (binned[np.arange(len(binned)), features[node]] > places[node])
    return features, limits, node


def _gains(
    key: NDArray[np.int64],
    slope: NDArray[np.float64],
    bend: NDArray[np.float64],
    wide: int,
    penalty: float,
    least: int,
) -> NDArray[np.float64]:
    """The gain of a split after each bin, [nodes, bins]."""
    import numpy as np

    size = wide * _BINS
    down, curve, count = (
        np.bincount(key, amount, size).reshape(wide, _BINS).cumsum(1) for amount in (slope, bend, np.ones(len(key)))
    )
    all_down, all_curve, all_count = down[:, -1:], curve[:, -1:], count[:, -1:]
    gain = (
        down**2 / (curve + penalty)
        + (all_down - down) ** 2 / (all_curve - curve + penalty)
        - all_down**2 / (all_curve + penalty)
    )
    gain[(count < least) | (all_count - count < least)] = 0.0
    return np.asarray(gain, dtype=np.float64)


def log_odds_of(forest: Forest, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The log-odds of many rows at once, [n]."""
    import numpy as np

    inner, every = 2**forest.depth - 1, np.arange(len(rows))
    total = np.full(len(rows), forest.bias)
    for features, limits, values in forest.trees:
        node = np.zeros(len(rows), int)
        of, at = np.array(features), np.array(limits)
        for _ in range(forest.depth):
            node = 2 * node + 1 + (rows[every, of[node]] > at[node])
        total += np.array(values)[node - inner]
    return total
