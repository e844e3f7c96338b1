"""A claim that repeats a sentence with a word turned into its opposite.

Claim and sentence are laid side by side, word by word; where nearly all words are the same and in the same order, a
stretch that differs is compared with known opposites and with prefixes that deny (available, unavailable).
"""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache

from synth.opposites import ADJECTIVES, COMPARATIVES, FIXED, NOUNS, SUPERLATIVES, VERBS
from synth.text import sentences, stem, words

__all__ = ["turned_word"]

_SAME = 0.7  # share of the claim's words that must stand in the sentence in the same order
_LEAST = 5  # and at least so many
_LONGEST = 3  # words of a stretch that differs
_DENYING = ("un", "in", "im", "ir", "il", "dis", "non", "non-", "mis")


def turned_word(claim: str, passage: str) -> tuple[str, str] | None:
    """(what the claim says, what a sentence of the passage has in its place), or None where nothing is turned round.

    Two words turned round in one sentence may mean the same again, so an even number of them says nothing.
    """
    mine = words(claim)
    if len(mine) < _LEAST:
        return None
    for start, end in sentences(passage):
        theirs = words(passage[start:end])
        found = _turned(mine, theirs)
        if len(found) % 2:
            return found[0]
    return None


def _turned(mine: list[str], theirs: list[str]) -> list[tuple[str, str]]:
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    if same < max(_LEAST, _SAME * len(mine)):
        return []
    found = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "replace" and b - a <= _LONGEST and d - c <= _LONGEST:
            said, there = " ".join(mine[a:b]), " ".join(theirs[c:d])
            if _opposite(mine[a:b], theirs[c:d]):
                found.append((said, there))
    return found


def _opposite(one: list[str], two: list[str]) -> bool:
    pairs = _known()
    if (_key(" ".join(one)), _key(" ".join(two))) in pairs:
        return True
    return any((_key(a), _key(b)) in pairs or _denied(a, b) or _denied(b, a) for a in one for b in two)


def _denied(word: str, other: str) -> bool:
    """Whether `word` is `other` with a prefix that denies it."""
    return len(other) >= 4 and any(word == prefix + other for prefix in _DENYING)


@lru_cache(maxsize=1)
def _known() -> frozenset[tuple[str, str]]:
    """Both orders of every pair of opposites, as stems."""
    pairs = [*VERBS, *COMPARATIVES, *SUPERLATIVES, *NOUNS, *FIXED, *ADJECTIVES]
    keyed = [(_key(a), _key(b)) for a, b in pairs]
    return frozenset([*keyed, *((b, a) for a, b in keyed)])


@lru_cache(maxsize=8192)
def _key(phrase: str) -> str:
    return " ".join(stem(word) for word in phrase.lower().split())
