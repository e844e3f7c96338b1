"""A text read for comparison: its figures, its words and names in place, and what each figure is about."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from synth.checking.figure import Figure
from synth.checking.figures import figures
from synth.checking.forms import plain
from synth.checking.owning import Owned, owned_by
from synth.checking.tokens import Token, tokens

__all__ = ["Reading", "read"]


class Reading(NamedTuple):
    """A text with its tokens in order, its figures with what they are about, its labels and its sentences."""

    text: str
    tokens: tuple[Token, ...]
    owned: tuple[Owned, ...]
    labels: tuple[Figure, ...]
    sentences: tuple[tuple[int, int], ...]


_SENTENCE = re.compile(r"(?<=[\w)%\]”\"’])[.!?]\s+(?=[A-Z(\[“\"])|;\s|\n")


@lru_cache(maxsize=8192)
def read(text: str) -> Reading:
    """`text` read for comparison. Never raises; an empty text has no tokens and no figures."""
    same = plain(text)
    words = tokens(same)
    found = figures(text)
    labels = tuple(f for f in found if f.part == "label")
    counted = [f for f in found if f.part != "label"]
    owned: list[Owned] = []
    starts = [0, *(m.end() for m in _SENTENCE.finditer(same)), len(same) + 1]
    spans = [(left, min(right, len(same))) for left, right in pairwise(starts)]
    for left, right in spans:
        inside = [f for f in counted if left <= f.start < right]
        if inside:
            owned += owned_by(same, left, right, inside, words)
    return Reading(text, words, tuple(owned), labels, tuple(spans))
