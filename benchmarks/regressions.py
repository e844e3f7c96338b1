"""Two small regressions in numpy that `result_tuples.py` fits: yes or no for a row, and which row of a group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def logistic(x: Matrix, truth: Matrix, penalty: float, steps: int = 25) -> Matrix:
    """(3, features + 1): means, spreads and coefficients of a ridge logistic regression, by Newton's method."""
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = np.hstack([(x - mean) / spread, np.ones((len(x), 1))])
    weights = np.zeros(z.shape[1])
    ridge = np.diag([penalty] * x.shape[1] + [1e-3])
    for _ in range(steps):
        likely = 1 / (1 + np.exp(-np.clip(z @ weights, -30, 30)))
        slope = z.T @ (likely - truth) + ridge @ weights
        bend = (z * (likely * (1 - likely))[:, None]).T @ z + ridge
        step = np.linalg.solve(bend, slope)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-6:
            break
    return np.stack([np.append(mean, 0.0), np.append(spread, 1.0), weights])


def choosing(groups: Sequence[tuple[Matrix, Matrix]], penalty: float = 0.01, steps: int = 300) -> Matrix:
    """(3, features + 1), as `logistic` gives it: which row of a group is right; a group is (rows, right as 0 or 1).

    The log of the share that the right rows have in the softmax over their group, by gradient ascent with momentum from
    zero; a group in which no row is right is left out.
    """
    rows = np.concatenate([x for x, _ in groups])
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    told = [((x - mean) / spread, y) for x, y in groups if y.any()]
    weights, speed = np.zeros(rows.shape[1]), np.zeros(rows.shape[1])
    for _ in range(steps):
        slope = penalty * len(told) * weights
        for z, right in told:
            raised = np.exp(z @ weights - (z @ weights).max())
            hit = raised * right
            slope = slope + z.T @ (raised / raised.sum() - hit / hit.sum())
        speed = 0.9 * speed - 0.02 * slope / len(told) ** 0.5
        weights = weights + speed
    return np.stack([np.append(mean, 0.0), np.append(spread, 1.0), np.append(weights, 0.0)])


def picked(fitted: Matrix, x: Matrix) -> Matrix:
    """The softmax over the rows of `x` under what `choosing` returned."""
    mean, spread, weights = fitted
    scores = ((x - mean[:-1]) / spread[:-1]) @ weights[:-1]
    raised = np.exp(scores - scores.max())
    shares: Matrix = raised / raised.sum()
    return shares


def predict(fitted: Matrix, x: Matrix) -> Matrix:
    """The probability of each row of `x` under what `logistic` returned."""
    mean, spread, weights = fitted
    z = np.hstack([(x - mean[:-1]) / spread[:-1], np.ones((len(x), 1))])
    likely: Matrix = 1 / (1 + np.exp(-np.clip(z @ weights, -30, 30)))
    return likely
