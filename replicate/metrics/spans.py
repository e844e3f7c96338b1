"""Exact match and F1 of answer spans: SQuAD 1.1 for XQuAD and TyDiQA in every language, MLQA with rules per language.

Both lower the text, drop punctuation, drop articles and close up white space, in that order. SQuAD knows
ASCII punctuation and the English articles only, whatever the language. MLQA drops every character of a
Unicode category P besides the ASCII ones, has its own list of articles per language, and cuts Chinese into
single characters.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

from replicate.metrics.examples import Examples, paired
from synth.errors import InputError

__all__ = [
    "MLQA_LANGUAGES", "Normalise", "exact", "f1", "normalise_mlqa", "normalise_squad", "normaliser", "per_example",
    "score",
]  # fmt: skip

Normalise = Callable[[str], str]

_ASCII_PUNCTUATION = frozenset(string.punctuation)
_ENGLISH = re.compile(r"\b(?:a|an|the)\b")
# The published Arabic rule has two branches, of which the first can never match: what remains removes these two
# letters wherever they stand, in the middle of a word too. It is kept: the published scores were made with it.
_ARTICLES: dict[str, re.Pattern[str] | None] = {
    "en": _ENGLISH,
    "es": re.compile(r"\b(?:un|una|unos|unas|el|la|los|las)\b"),
    "de": re.compile(r"\b(?:ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b"),
    "vi": re.compile(r"\b(?:của|là|cái|chiếc|những)\b"),
    "ar": re.compile("ال"),
    "hi": None,
    "zh": None,
}
MLQA_LANGUAGES = tuple(_ARTICLES)
_HAN = re.compile("([\u4e00-\u9fa5])")


def normalise_squad(text: str) -> str:
    """The form in which SQuAD 1.1 compares answers."""
    kept = "".join(char for char in text.lower() if char not in _ASCII_PUNCTUATION)
    return " ".join(_ENGLISH.sub(" ", kept).split())


def normalise_mlqa(text: str, language: str) -> str:
    """The form in which MLQA compares answers of that language.

    A language that MLQA does not have (a made-up one) keeps its articles and is split at white space.
    """
    kept = "".join(char for char in text.lower() if not _is_punctuation(char))
    articles = _ARTICLES.get(language)
    if articles is not None:
        kept = articles.sub(" ", kept)
    if language == "zh":
        kept = _HAN.sub(r" \1 ", kept)
    return " ".join(kept.split())


def _is_punctuation(char: str) -> bool:
    return char in _ASCII_PUNCTUATION or unicodedata.category(char).startswith("P")


def normaliser(task_id: str, language: str) -> Normalise:
    """The normalisation that the benchmark uses for this task and language."""
    if task_id == "mlqa":
        return lambda text: normalise_mlqa(text, language)
    return normalise_squad


def exact(prediction: str, answers: Sequence[str], normalise: Normalise = normalise_squad) -> bool:
    """Is the normalised prediction equal to one of the answers?"""
    guess = normalise(prediction)
    return any(guess == normalise(answer) for answer in answers)


def f1(prediction: str, answers: Sequence[str], normalise: Normalise = normalise_squad) -> float:
    """The best F1 of word overlap with one of the answers, 0-1. Two texts without words have none in common: 0."""
    guess = normalise(prediction).split()
    return max(_overlap(guess, normalise(answer).split()) for answer in answers)


def _overlap(guess: list[str], right: list[str]) -> float:
    same = sum((Counter(guess) & Counter(right)).values())
    if not same:
        return 0.0
    precision, recall = same / len(guess), same / len(right)
    return 2 * precision * recall / (precision + recall)


def _raw(
    gold: Sequence[Sequence[str]], predicted: Sequence[str | None], normalise: Normalise
) -> list[tuple[float, float]]:
    """(exact match, F1) of each question, 0-1; a question without a prediction (None) has 0 in both."""
    paired(gold, predicted, "questions")
    rows = []
    for number, (answers, guess) in enumerate(zip(gold, predicted, strict=True), start=1):
        if not answers:
            raise InputError(f"question {number} has no answer in the labels; this metric needs at least one")
        rows.append(
            (0.0, 0.0) if guess is None else (float(exact(guess, answers, normalise)), f1(guess, answers, normalise))
        )
    return rows


def score(
    gold: Sequence[Sequence[str]], predicted: Sequence[str | None], normalise: Normalise = normalise_squad
) -> dict[str, float]:
    """Exact match and F1, 0-100: means over the questions of the best value over the answers of each.

    `gold` has the accepted answers of each question; None in `predicted` is a question without a prediction,
    which counts 0 as in the original. Raises InputError when lengths differ, a question has no answer, or
    there are none.
    """
    exact_sum = f1_sum = 0.0
    rows = _raw(gold, predicted, normalise)
    # From left to right, as the original adds them: a pairwise sum rounds differently in the last place.
    for exact_value, f1_value in rows:
        exact_sum += exact_value
        f1_sum += f1_value
    return {"exact_match": 100.0 * exact_sum / len(rows), "f1": 100.0 * f1_sum / len(rows)}


def per_example(
    gold: Sequence[Sequence[str]], predicted: Sequence[str | None], normalise: Normalise = normalise_squad
) -> Examples:
    """One row per question: exact match and F1, 0-1. Their mean is the task's number."""
    import numpy as np

    return Examples("mean", ("exact_match", "f1"), np.array(_raw(gold, predicted, normalise), dtype=np.float64))
