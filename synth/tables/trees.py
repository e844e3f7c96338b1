"""Boosted trees of a fixed depth, read from JSON and evaluated without other libraries.

A tree of depth d is three lists: the feature and the threshold of its 2^d - 1 inner nodes, level by level, and the
values of its 2^d leaves; a feature above its threshold goes right. The log-odds are the bias and the leaves' sum.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["Forest", "Weights", "load", "log_odds", "share"]

_FILE = "weights.json"


class Forest(NamedTuple):
    """One model: `trees` are (features, thresholds, leaves)."""

    bias: float
    depth: int
    trees: tuple[tuple[tuple[int, ...], tuple[float, ...], tuple[float, ...]], ...]


class Weights(NamedTuple):
    """All that is shipped: the forests by name, the calibration's numbers, and what they were trained on."""

    features: tuple[str, ...]
    forests: dict[str, Forest]
    calibration: dict[str, float]
    about: dict[str, object]


@lru_cache(maxsize=1)
def load() -> Weights:
    """The shipped weights."""
    return parse(files("synth.tables").joinpath(_FILE).read_text(encoding="utf-8"))


def parse(text: str) -> Weights:
    """Weights from the JSON that training writes."""
    read = json.loads(text)
    forests = {
        name: Forest(
            one["bias"],
            one["depth"],
            tuple((tuple(t["f"]), tuple(t["t"]), tuple(t["v"])) for t in one["trees"]),
        )
        for name, one in read["forests"].items()
    }
    return Weights(tuple(read["features"]), forests, read["calibration"], read["about"])


def log_odds(forest: Forest, row: Sequence[float]) -> float:
    """The model's log-odds for one row of features."""
    inner = 2**forest.depth - 1
    total = forest.bias
    for features, thresholds, leaves in forest.trees:
        node = 0
        while node < inner:
            node = 2 * node + (2 if row[features[node]] > thresholds[node] else 1)
        total += leaves[node - inner]
    return total


def share(logit: float) -> float:
    """The logistic function, safe for large numbers."""
    if logit >= 0:
        return 1 / (1 + math.exp(-min(logit, 700.0)))
    odds = math.exp(max(logit, -700.0))
    return odds / (1 + odds)
