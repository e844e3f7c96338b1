"""Exact match and F1 where some questions have no answer (SQuAD 2.0), plain and with the best no-answer threshold.

Texts are compared as in SQuAD 1.1. For a question without answers the right prediction is the empty text. Two empty
texts agree fully here, unlike in SQuAD 1.1, where words must be shared.
"""

from __future__ import annotations

from collections.abc import Sequence

from replicate.metrics import spans
from replicate.metrics.examples import Examples, paired
from synth.errors import InputError

__all__ = ["best", "per_example", "score"]


def _raw(gold: Sequence[Sequence[str]], predicted: Sequence[str]) -> list[tuple[float, float]]:
    """(exact match, F1) of each question, 0-1."""
    paired(gold, predicted, "questions")
    rows = []
    for answers, guess in zip(gold, predicted, strict=True):
        wanted = [answer for answer in answers if spans.normalise_squad(answer)] or [""]
        empty = not spans.normalise_squad(guess)
        if empty or wanted == [""]:
            agree = float(empty and wanted == [""])
            rows.append((agree, agree))
        else:
            rows.append((float(spans.exact(guess, wanted)), spans.f1(guess, wanted)))
    return rows


def score(gold: Sequence[Sequence[str]], predicted: Sequence[str]) -> dict[str, float]:
    """Exact match and F1, 0-100. No answers in `gold`, or an empty prediction, mean that there is no answer.

    Raises InputError when the lengths differ or there are no questions.
    """
    rows = _raw(gold, predicted)
    return {
        "exact_match": 100.0 * sum(row[0] for row in rows) / len(rows),
        "f1": 100.0 * sum(row[1] for row in rows) / len(rows),
    }


def per_example(gold: Sequence[Sequence[str]], predicted: Sequence[str]) -> Examples:
    """One row per question: exact match and F1, 0-1."""
    import numpy as np

    return Examples("mean", ("exact_match", "f1"), np.array(_raw(gold, predicted), dtype=np.float64))


def best(gold: Sequence[Sequence[str]], predicted: Sequence[str], no_answer: Sequence[float]) -> dict[str, float]:
    """Exact match and F1 (0-100) at the no-answer threshold that is best for each, and these thresholds.

    `no_answer` says how sure the model is that there is no answer, on any scale; a prediction is kept while this is at
    most the threshold. Starting from no answers at all, questions are answered in the order of `no_answer`; the first
    best point counts. Chosen on the labels it is scored against, this is an oracle, like the official script's "best".
    """
    rows = _raw(gold, predicted)
    paired(gold, no_answer, "questions")
    if any(value != value for value in no_answer):
        raise InputError("a no-answer score is not a number")
    order = sorted(range(len(rows)), key=lambda row: no_answer[row])
    result: dict[str, float] = {}
    for column, name in enumerate(("exact_match", "f1")):
        total: float = sum(1 for answers in gold if not answers)
        top, threshold = total, 0.0
        for row in order:
            if gold[row]:
                total += rows[row][column]
            elif predicted[row]:
                total -= 1
            if total > top:
                top, threshold = total, no_answer[row]
        result |= {name: 100.0 * top / len(rows), f"{name}_threshold": threshold}
    return result
