"""F1 of tag chunks (POS and named entities), by the rules of seqeval 0.0.12, which the benchmark's scorer uses.

A tag is its first character (B, I, E, S, O or anything else) and its type (what follows the last hyphen; the
whole tag where there is none). Part-of-speech tags have no hyphen, so a run of the same tag is one chunk, and
this "POS F1" is not accuracy: `score` gives token accuracy beside it. Tags that begin with S (SCONJ, SYM)
stand alone by the same rule. Later seqeval releases strip the first letter, so that SCONJ and CCONJ become
one type; they give other numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from replicate.metrics.examples import Examples, f1_scores, paired
from synth.errors import InputError

__all__ = ["chunks", "per_example", "score"]

Tags = Sequence[str]


def chunks(sentences: Sequence[Tags]) -> list[tuple[str, int, int]]:
    """(type, first, last) of every chunk, in order. Positions count tags, and one more after each sentence.

    The state runs on from one sentence to the next, with an O between, as in the original: for tags of the
    usual shapes this is the same as sentence by sentence. No two chunks share a last position.
    """
    found: list[tuple[str, int, int]] = []
    before, before_type, first = "O", "", 0
    for position, tag in enumerate(_flat(sentences)):
        start, kind = tag[0], tag.rsplit("-", 1)[-1]
        if _ends(before, start, before_type != kind):
            found.append((before_type, first, position - 1))
        if _starts(before, start, before_type != kind):
            first = position
        before, before_type = start, kind
    return found


def _flat(sentences: Sequence[Tags]) -> Iterator[str]:
    for tags in sentences:
        yield from tags
        yield "O"


def _ends(before: str, now: str, other_type: bool) -> bool:
    """Does the chunk that the tag before belongs to end with it?"""
    return before in "ES" or (before in "BI" and now in "BSO") or (other_type and before not in "O.")


def _starts(before: str, now: str, other_type: bool) -> bool:
    """Does a chunk begin with this tag?"""
    return now in "BS" or (before in "ESO" and now in "EI") or (other_type and now not in "O.")


def score(gold: Sequence[Tags], predicted: Sequence[Tags]) -> dict[str, float]:
    """F1, precision and recall of chunks and accuracy of tokens, 0-100, over all sentences together.

    Where neither side has a chunk F1 is 0, as in the original. Raises InputError when the numbers of
    sentences or of tags in a sentence differ, or when there is nothing to score.
    """
    _check(gold, predicted)
    right, guessed = set(chunks(gold)), set(chunks(predicted))
    equal = sum(a == b for pair in zip(gold, predicted, strict=True) for a, b in zip(*pair, strict=True))
    values = f1_scores(len(right & guessed), len(guessed), len(right))
    return values | {"accuracy": equal / sum(map(len, gold)) * 100}


def per_example(gold: Sequence[Tags], predicted: Sequence[Tags]) -> Examples:
    """One row per sentence: chunks that are correct, predicted and gold. A chunk belongs to the sentence it ends in."""
    import numpy as np

    _check(gold, predicted)
    right, guessed = set(chunks(gold)), set(chunks(predicted))
    ends = np.cumsum([len(tags) + 1 for tags in gold])
    statistics = np.zeros((len(gold), 3))
    for column, group in enumerate((right & guessed, guessed, right)):
        rows = np.searchsorted(ends, [last for _, _, last in group], side="right")
        np.add.at(statistics[:, column], rows, 1.0)
    return Examples("f1", ("correct", "predicted", "gold"), statistics)


def _check(gold: Sequence[Tags], predicted: Sequence[Tags]) -> None:
    paired(gold, predicted, "sentences")
    for number, (right, guess) in enumerate(zip(gold, predicted, strict=True), start=1):
        if len(right) != len(guess):
            raise InputError(
                f"sentence {number} has {len(right)} tags in the labels but {len(guess)} in the predictions"
            )
    if not any(gold):
        raise InputError("no tags to score: every sentence is empty")
