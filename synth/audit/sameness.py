"""Which claims say the same, in one report or in several: names, numbers and denials, nearly the same words in order.

A cut claim is the same as one that goes on where it breaks off. A claim may also be a part of a longer one; then both
speak of one fact, and one verdict should hold for both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from synth.audit.wording import complete, pieces
from synth.quantities import mentions
from synth.text import stem, words

__all__ = ["Fact", "fact", "groups", "same", "shared", "units", "within"]

_ALIKE = 0.8  # share of content words in common (Dice) of two claims that say the same
_HELD = 0.85  # share of a shorter claim's content words in a longer one that says it too
_SPREAD = 1.6  # words over which those of the shorter claim may be spread, for each of them
_LEAST = 4  # content words that a claim needs to be told by its words
_LONGEST = 2_000  # characters of a claim that are compared
_PAIRED = 1_000  # claims up to which every pair is compared; beyond, only equal wordings are found
_FUNCTION = frozenset(
    words(
        "a an the of in on at by for to with and or as is are was were be been that this these those it its from into "
        "than their his her our we they which who whose also both such can has have had do does did study paper work "
        "authors research report results result show shows shown find finds found"
    )
)
_DENIALS = frozenset({"not", "no", "never", "neither", "nor", "none", "without", "cannot", "fail", "fails", "lack"})
_NAME = re.compile(r"(?<![\w-])(?=[\w+-]*[A-Z][\w+-]*[A-Z0-9]|\w*\d\w*[A-Za-z])[\w+-]*\w")


class Fact(NamedTuple):
    """A claim as it is compared: content words in order, names, numbers, and whether it denies."""

    content: tuple[str, ...]
    names: frozenset[str]
    numbers: frozenset[float]
    denies: bool


@lru_cache(maxsize=50_000)
def fact(text: str) -> Fact:
    """The claim as it is compared."""
    text = text[:_LONGEST]
    found = words(text)
    negated = bool(_DENIALS & set(found)) or bool(re.search(r"n['’]t\b", text))
    content = tuple(stem(w) for w in found if w not in _FUNCTION and w not in _DENIALS)
    names = frozenset(m.group().lower() for m in _NAME.finditer(text))
    return Fact(content, names, frozenset(round(m.value, 6) for m in mentions(text)), negated)


def same(one: str, two: str, cut: bool = False) -> bool:
    """Whether two claims say the same; `cut` says that the shorter one lost its end."""
    a, b = fact(one), fact(two)
    if a.content == b.content and a.numbers == b.numbers and a.denies == b.denies:
        return bool(a.content)
    if a.denies != b.denies:
        return False
    if cut and _goes_on(*sorted((a, b), key=lambda f: len(f.content))):
        return True
    if a.names != b.names or a.numbers != b.numbers or min(len(a.content), len(b.content)) < _LEAST:
        return False
    return _dice(a.content, b.content) >= _ALIKE and _ordered(a.content, b.content) >= _ALIKE


def _goes_on(short: Fact, whole: Fact) -> bool:
    """Whether the longer claim begins as the shorter one does, up to its last word."""
    head = short.content[:-1]
    enough = len(head) >= _LEAST or (len(head) == _LEAST - 1 and bool(short.names) and short.names <= whole.names)
    return enough and whole.content[: len(head)] == head


def within(one: str, two: str) -> bool:
    """Whether the first claim is said by the second, which says more."""
    a, b = fact(one), fact(two)
    if len(a.content) < _LEAST or not a.names <= b.names or not a.numbers <= b.numbers or a.denies != b.denies:
        return False
    blocks = SequenceMatcher(None, list(a.content), list(b.content), autojunk=False).get_matching_blocks()[:-1]
    if sum(block.size for block in blocks) < _HELD * len(a.content):
        return False
    # Words from here and there in a long claim are not said of one another.
    return blocks[-1].b + blocks[-1].size - blocks[0].b <= _SPREAD * len(a.content) + 3


def shared(one: str, two: str) -> float:
    """The share of content words, names and numbers that two texts have in common (Dice)."""
    a, b = fact(one), fact(two)
    return _dice([*a.content, *map(str, a.numbers)], [*b.content, *map(str, b.numbers)])


def _dice(a: Sequence[str], b: Sequence[str]) -> float:
    left, right = set(a), set(b)
    return 2 * len(left & right) / (len(left) + len(right)) if left or right else 0.0


def _ordered(a: Sequence[str], b: Sequence[str]) -> float:
    """How much of both stands in one order: who beats whom is told by that."""
    return SequenceMatcher(None, list(a), list(b), autojunk=False).ratio()


def units(text: str, cut: bool) -> tuple[str, ...]:
    """What a claim says: the whole, and each piece of a compound one."""
    whole = complete(text, cut) or text
    said = text.rstrip(" .…") + "." if cut else whole
    return (whole, *(piece for piece in pieces(said) if piece != whole))


def groups(texts: Sequence[str], cuts: Sequence[bool]) -> list[int | None]:
    """For each claim the place of the first one that says the same, None for a first."""
    first: dict[tuple[str, ...], int] = {}
    found: list[int | None] = []
    for i, text in enumerate(texts):
        at = first.setdefault(tuple(words(text)) or (text.strip(),), i)
        found.append(None if at == i else at)
    if len(texts) > _PAIRED:
        return found
    for i, text in enumerate(texts):
        if found[i] is None:
            found[i] = next(
                (j for j in range(i) if found[j] is None and same(texts[j], text, cut=cuts[j] or cuts[i])), None
            )
    return found
