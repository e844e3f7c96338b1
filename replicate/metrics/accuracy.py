"""Accuracy of labels (XNLI, PAWS-X, Tatoeba and most intermediate tasks), and accuracy with F1 (QQP)."""

from __future__ import annotations

from collections.abc import Sequence

from replicate.metrics.examples import Examples, f1_scores, paired

__all__ = ["per_example", "score", "with_f1"]


def score(gold: Sequence[object], predicted: Sequence[object]) -> dict[str, float]:
    """Share of equal labels, 0-100. Raises InputError when the lengths differ or there is nothing to score."""
    n = paired(gold, predicted, "examples")
    correct = sum(1 for right, guess in zip(gold, predicted, strict=True) if right == guess)
    return {"accuracy": correct / n * 100}


def per_example(gold: Sequence[object], predicted: Sequence[object]) -> Examples:
    """One row per example: 1 where the labels are equal, else 0."""
    import numpy as np

    paired(gold, predicted, "examples")
    hits = [[float(right == guess)] for right, guess in zip(gold, predicted, strict=True)]
    return Examples("mean", ("correct",), np.array(hits, dtype=np.float64))


def with_f1(gold: Sequence[object], predicted: Sequence[object], positive: object) -> dict[str, float]:
    """Accuracy and F1 of the class `positive`, 0-100: GLUE's pair of metrics for QQP, whose number is their mean."""
    value = score(gold, predicted)
    both = sum(1 for right, guess in zip(gold, predicted, strict=True) if right == guess == positive)
    guessed = sum(1 for guess in predicted if guess == positive)
    present = sum(1 for right in gold if right == positive)
    return value | {"f1": f1_scores(both, guessed, present)["f1"]}
