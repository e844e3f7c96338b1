"""A claim that repeats a sentence with a word turned into its opposite.

Claim and sentence are laid side by side, word by word; where nearly all words are the same and in the same order, a
stretch that differs is compared with known opposites and with prefixes that deny (available, unavailable).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from synth.opposites import ADJECTIVES, COMPARATIVES, FIXED, NOUNS, SUPERLATIVES, VERBS
from synth.stems import same_words, stem
from synth.text import sentences, words

__all__ = ["other_words", "turned_word"]

_SAME = 0.7  # share of the claim's words that must stand in the sentence in the same order
_ALIKE = 0.55  # likewise, for counting the words that are others
_LEAST = 5  # and at least so many
_LONGEST = 3  # words of a stretch that differs
_ADVERBS = (("well", "poorly"), ("well", "badly"), ("positively", "negatively"), ("easily", "hardly"))
_DENYING = ("un", "in", "im", "ir", "il", "dis", "non", "non-", "mis")


def turned_word(claim: str, passage: str) -> tuple[str, str] | None:
    """(what the claim says, what a sentence of the passage has in its place), or None where nothing is turned round.

    Two words turned round in one sentence may mean the same again, so an even number of them says nothing.
    """
    mine = _words(claim)
    if len(mine) < _LEAST:
        return None
    for start, end in sentences(passage):
        found = _turned(mine, _words(passage[start:end]))
        if len(found) % 2:
            return found[0]
    return None


def other_words(claim: str, passage: str) -> tuple[int, int]:
    """(words put in place of others, words put in between) where the claim otherwise repeats a sentence of the passage.

    Counted against the sentence that it repeats most of; (0, 0) where it repeats none. Words of grammar, inflections,
    words that mean the same and words that stand elsewhere in the passage do not count.
    """
    mine = _meant(claim)
    if len(mine) < _LEAST:
        return 0, 0
    best: tuple[int, int, int] = (0, 0, 0)
    known = set(_meant(passage))
    for start, end in sentences(passage):
        theirs = _meant(passage[start:end])
        if _common(mine, theirs) < max(_LEAST, _ALIKE * len(mine), best[0] + 1):
            continue  # most sentences: no order of their words can make them alike
        matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
        same = sum(block.size for block in matcher.get_matching_blocks())
        if same < max(_LEAST, _ALIKE * len(mine)) or same <= best[0]:
            continue
        counts = {"replace": 0, "delete": 0}
        for kind, a, b, _, _ in matcher.get_opcodes():
            if kind in counts:
                counts[kind] += sum(len(w) > 3 and w not in known for w in mine[a:b])
        best = (same, counts["replace"], counts["delete"])
    return best[1], best[2]


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    return tuple(words(text))


@lru_cache(maxsize=4096)
def _meant(text: str) -> tuple[str, ...]:
    return tuple(same_words(_words(text)))


def _common(mine: Sequence[str], theirs: Sequence[str]) -> int:
    """How many words both have, whatever their order."""
    return (Counter(mine) & Counter(theirs)).total()


def _turned(mine: Sequence[str], theirs: Sequence[str]) -> list[tuple[str, str]]:
    if _common(mine, theirs) < max(_LEAST, _SAME * len(mine)):
        return []
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


def _opposite(one: Sequence[str], two: Sequence[str]) -> bool:
    if ("not" in one) != ("not" in two):
        return False  # a denied opposite may say the same: "not sufficient", "insufficient"
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
    pairs = [*VERBS, *COMPARATIVES, *SUPERLATIVES, *NOUNS, *FIXED, *ADJECTIVES, *_ADVERBS]
    keyed = [(_key(a), _key(b)) for a, b in pairs]
    return frozenset([*keyed, *((b, a) for a, b in keyed)])


@lru_cache(maxsize=8192)
def _key(phrase: str) -> str:
    return " ".join(stem(word) for word in phrase.lower().split())
