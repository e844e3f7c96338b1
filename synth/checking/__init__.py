"""Numbers, directions, scope and names of a claim held against those of a passage.

A number of the claim is held against the number of the same thing, and a number that is not stated is computed where
the passage lets it be. No model is asked: the same two texts give the same checks.
"""

from __future__ import annotations

from collections.abc import Sequence

from synth.checking.comparison import FEATURES, Comparison, compare
from synth.checking.naming import named
from synth.records import Check

__all__ = ["FEATURES", "Comparison", "checks", "compare", "contradiction", "gap", "named"]


def checks(claim: str, passage: str, context: str = "") -> tuple[Check, ...]:
    """Every number, direction, scope and name of `claim` held against `passage`.

    `context` (title, the sentence before) may supply names and scope, no numbers. A check is `missing` where nothing
    comparable stands there, `mismatch` where the same thing is stated otherwise, `match` where it is stated so; an
    `arithmetic` check shows the sum ("72.1 − 63.9 = 8.2").
    """
    return compare(claim, passage, context).checks


def contradiction(made: Sequence[Check]) -> bool:
    """Whether a number, direction or sum is stated otherwise of the same thing."""
    return Comparison(tuple(made), ()).contradicts


def gap(made: Sequence[Check]) -> Check | None:
    """The first check that keeps the passage from speaking of the claim; None where there is none."""
    return Comparison(tuple(made), ()).open
