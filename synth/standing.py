"""How a paper stands among those that a search ranked for a claim, for the calibrator of ranked papers.

Of the papers that a search finds few speak to a claim, and what the model says of each alone does not tell which: some
claims look settled by every abstract on their topic. The place in the ranking and the model's word on the rivals tell
more (docs/verdicts.md). What annotators call evidence is what an author cited, so a rival costs a paper some of its
odds even where both agree; reports, whose papers nobody ranked for one claim, do not use it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

__all__ = ["SILENT", "Standing", "places", "pooled", "standings", "taking_sides"]

SILENT = -4.0  # log-odds up to which a paper counts as silent: it is no rival, and nothing more of it is read


class Standing(NamedTuple):
    """`place` is ln(1 + papers ranked before it), `margin` the log-odds that it takes a side less its best rival's."""

    place: float
    margin: float


def taking_sides(probabilities: tuple[float, float, float]) -> float:
    """The log-odds that a paper takes a side, of its (supports, refutes, neutral)."""
    supports, refutes, neutral = probabilities
    return math.log(max(supports + refutes, 1e-12)) - math.log(max(neutral, 1e-12))


def pooled(windows: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """What several windows of a paper say together, as (supports, refutes, neutral): the odds of each side add up."""
    supports, refutes = (sum(p[side] / max(p[2], 1e-12) for p in windows) for side in (0, 1))
    neutral = 1 / (1 + supports + refutes)
    return supports * neutral, refutes * neutral, neutral


def places(relevance: Mapping[str, float]) -> dict[str, int]:
    """The place of each paper from 0, by how relevant the search found it; equals share the best of theirs."""
    ordered = sorted(relevance.values(), reverse=True)
    return {paper: ordered.index(value) for paper, value in relevance.items()}


def standings(odds: Mapping[str, float], places: Mapping[str, int]) -> dict[str, Standing]:
    """The standing of each paper, from its odds of `taking_sides` and its place from 0; one without a place is last."""
    last = max(places.values(), default=-1) + 1
    best = sorted(odds.values(), reverse=True)[:2]
    found = {}
    for paper, own in odds.items():
        rivals = best[1:] if own == best[0] else best[:1]
        found[paper] = Standing(math.log1p(places.get(paper, last)), own - max([SILENT, *rivals]))
    return found
