"""One content word of a claim replaced by another of its field: what the passage then says nothing of.

"Expressed in the lung" becomes "expressed in the kidney". The other word is near in the word vectors that the encoder
starts with, yet no synonym and no inflection: a band of cosines, the same ending, and a word of the same abstracts.
Generated claims that annotators refute (CovidFact, Fool Me Twice) differ from their evidence in just this way.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["Substitutes", "learned"]

_BAND = (0.22, 0.38)  # cosine: above it stand synonyms and inflections, below it words of another field
_ENDINGS = ("ing", "ed", "ly", "ion", "ity", "al", "ic", "ive", "s")
_RARE, _COMMON = 3, 0.05  # a word stands in at least so many documents, and in at most this share of them
_FUNCTION = frozenset(re.findall(r"\w+", """
    about above across after against along also among around because been before being below between both does doing
    done during each either from have having here into itself less like many more most much must near neither next
    once only onto other others over same several should since some such than that their them then there these they
    this those though through thus toward under until upon very well were what when where whether which while whose
    will with within without would
"""))
_WORD = re.compile(r"(?<![\w-])[a-z]{4,}(?![\w-])")


class Substitutes:
    """Words that may be replaced and put in: `names`, with their `vectors` [words, width] of unit length."""

    def __init__(self, names: list[str], vectors: Any) -> None:
        self._names = names
        self._places = {name: i for i, name in enumerate(names)}
        self._vectors = vectors

    def of(self, word: str) -> list[str]:
        """What may stand in for `word`, in the order of the vocabulary; empty for a word that is not known."""
        place = self._places.get(word)
        if place is None:
            return []
        near = self._vectors @ self._vectors[place]
        fit = ((near > _BAND[0]) & (near < _BAND[1])).nonzero()[0]
        return [self._names[i] for i in fit if _ending(self._names[i]) == _ending(word)]

    def replaced(self, text: str, rng: random.Random) -> str | None:
        """The text with one of its words replaced wherever it stands; None where no word can be."""
        there = sorted({m.group() for m in _WORD.finditer(text)} & self._places.keys())
        rng.shuffle(there)
        for word in there:
            others = [one for one in self.of(word) if one not in text.lower()]
            if others:
                return re.sub(rf"(?<![\w-]){word}(?![\w-])", rng.choice(others), text)
        return None


def learned(
    documents: Iterable[tuple[str, tuple[str, ...]]], vocabulary: Mapping[str, int], matrix: Any
) -> Substitutes:
    """Over the content words of the documents that are one piece of the `vocabulary`; `matrix` holds its vectors."""
    import numpy as np

    held: Counter[str] = Counter()
    number = 0
    for _, sentences in documents:
        number += 1
        held.update({m.group() for sentence in sentences for m in _WORD.finditer(sentence)})
    names = sorted(
        w for w, n in held.items() if _RARE <= n <= _COMMON * number and w in vocabulary and w not in _FUNCTION
    )
    chosen = np.asarray(matrix, dtype=np.float32)[[vocabulary[w] for w in names]].reshape(len(names), -1)
    return Substitutes(names, chosen / np.linalg.norm(chosen, axis=1, keepdims=True))


def _ending(word: str) -> str:
    return next((ending for ending in _ENDINGS if word.endswith(ending)), "")
