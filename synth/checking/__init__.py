"""Numbers, directions, scope and names of a claim held against those of a passage.

A number of the claim is held against the number of the same thing, and a number that is not stated is computed where
the passage lets it be. No model is asked: the same two texts give the same checks.
"""

from __future__ import annotations

from collections.abc import Sequence

from synth.checking.comparison import FEATURES, Comparison, compare
from synth.checking.naming import named
from synth.checking.restating import restated
from synth.records import Check

__all__ = ["FEATURES", "Comparison", "checks", "compare", "contradiction", "gap", "named", "restated", "telling"]


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


def telling(claim: str, sentences: Sequence[str]) -> int | None:
    """The index of the sentence to show for the claim: one that says it again, else the one that states its numbers.

    Of several with as many of its numbers the one that shares most of its words; None where no sentence says the claim
    again and none states a number of it.
    """
    for i, sentence in enumerate(sentences):
        if restated(claim, sentence):
            return i
    best: tuple[int, float, int] | None = None
    for i, sentence in enumerate(sentences):
        compared = compare(claim, sentence)
        stated = sum(c.kind in ("number", "arithmetic") and c.outcome == "match" for c in compared.checks)
        rank = (stated, compared.features[FEATURES.index("words_shared")], -i)
        if stated and (best is None or rank > best):
            best = rank
    return None if best is None else -best[2]
