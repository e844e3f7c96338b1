"""Which number of a passage answers a number of a claim: of the same thing, by the words around both.

Two numbers of one kind in a passage are told apart by the tokens that only one of them has; a claim that speaks of
one and states the other is wrong although its number stands there. Where nothing tells them apart the number is
found and its alignment stays open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from synth.checking.amounts import Relation, noun, related
from synth.checking.owning import Owned
from synth.checking.reading import Reading
from synth.checking.tokens import Token

__all__ = ["Answer", "Candidate", "answer", "candidates", "keys_of", "overlap", "weights"]

_LEAST = 0.3  # share of the claim's words below which a sentence does not speak of the claim
_SURE = 2.0  # weight of the words that must speak for another number before the claim's number is called wrong
_SAME_SENTENCE = 0.5  # share of the claim's words in a sentence from which its lone number of a kind must agree


class Candidate(NamedTuple):
    """A figure of the passage of one kind with the claim's, and how its amount stands to the claim's."""

    owned: Owned
    relation: Relation


class Answer(NamedTuple):
    """What the passage has for a number of the claim.

    "match": stated, of the same thing. "unclear": stated, of what is not clear. "elsewhere": stated, but of `owned`'s
    rival: another number is the claimed thing's (`owned`). "other": not stated; `owned` has the thing's number.
    "open": a compatible number. "missing": none.
    """

    outcome: Literal["match", "unclear", "elsewhere", "other", "open", "missing"]
    owned: Owned | None


def keys_of(tokens: Sequence[Token]) -> dict[str, float]:
    """The keys of the tokens with their weights."""
    return {t.key.lower(): t.weight for t in tokens}


def weights(claim: Owned, alone: bool) -> dict[str, float]:
    """The words a claim's figure is told by: its own, and all of its sentence when it is the only one of its kind."""
    own = keys_of(claim.near)
    if alone or not own:
        return {**keys_of(claim.shared), **own}
    return own


def candidates(claim: Owned, passage: Reading) -> tuple[Candidate, ...]:
    """The figures of the passage that the claim's figure can be held against."""
    found = []
    for owned in passage.owned:
        relation = related(claim.figure, owned.figure)
        if relation is not None:
            found.append(Candidate(owned, relation))
    return tuple(found)


def _heard(words: dict[str, float], keys: frozenset[str], weight: dict[str, float]) -> float:
    return sum(max(words[k], weight.get(k, 0.0)) for k in keys if k in words)


def _own(candidate: Owned, other: Owned) -> dict[str, float]:
    """The words of a figure as against another: across sentences also those it shares within its own; within one
    sentence not those that the other one, leaving them out, is meant to have too ("A reaches 81 on XNLI and 79 on
    MLQA")."""
    near = keys_of(candidate.near)
    if candidate.sentence != other.sentence:
        return {**keys_of(candidate.shared), **near}
    understood = {t.key.lower() for t in _understood(candidate, other)}
    return {k: w for k, w in near.items() if k not in understood}


_NAMING = ("metric", "dataset", "language", "split")


def _understood(one: Owned, two: Owned) -> list[Token]:
    """The words of `one` that go for `two` as well because `two` has none in their place."""
    if not two.near:
        return []
    there = {t.kind for t in two.near}
    earlier = one.figure.start < two.figure.start
    found = [
        t for t in one.near if t.kind in _NAMING and t.kind not in there and (earlier or t.start >= one.figure.end)
    ]
    if len(one.spans) == len(two.spans) == 2 and earlier:
        for (start, end), (left, right) in zip(one.spans, two.spans, strict=True):
            if not any(left <= t.start < right for t in two.near):
                found += [t for t in one.near if start <= t.start < end]
    return found


def _rival(words: dict[str, float], one: Owned, two: Owned) -> tuple[float, float, bool]:
    """How much of what sets `one` apart from `two` the claim says, the other way round, and whether it says all that
    sets `two` apart within one sentence."""
    first, second = _own(one, two), _own(two, one)
    only_two = frozenset(second) - frozenset(first) - frozenset(keys_of(one.near))
    only_one = frozenset(first) - frozenset(second) - frozenset(keys_of(two.near))
    whole = one.sentence == two.sentence and bool(only_two) and all(k in words for k in only_two)
    return _heard(words, only_one, first), _heard(words, only_two, second), whole


def answer(claim: Owned, alone: bool, reading: Reading, among: Sequence[Candidate]) -> Answer:
    """What the candidates say to the claim's figure."""
    words = weights(claim, alone)
    outer = [c for c in among if not c.owned.figure.inner]
    equal = [c for c in among if c.relation == "same"]
    if equal:
        return _stated(claim, words, equal, [c for c in outer if c.relation != "same" and _rivals(claim, c.owned)])
    aligned = _aligned(claim, words, outer, reading)
    if aligned is None:
        return Answer("missing", None)
    return Answer("open" if aligned.relation == "open" else "other", aligned.owned)


def _rivals(claim: Owned, other: Owned) -> bool:
    """Whether the other figure could be meant by the claim's number: same unit, and no bare number for a unit."""
    a, b = claim.figure, other.figure
    if a.part == "count" or b.part == "count":
        return a.unit is not None and b.unit is not None and noun(a.unit) == noun(b.unit)
    return a.side is None and b.side is None


def _stated(claim: Owned, words: dict[str, float], equal: Sequence[Candidate], others: Sequence[Candidate]) -> Answer:
    """The claim's number stands there: is it the number of the same thing?"""
    best: tuple[int, Answer] | None = None
    value = claim.figure.value  # "about 18.6" is nearer to 18.62 than to 17.95
    for candidate in sorted(equal, key=lambda c: abs(c.owned.figure.value - value) if claim.figure.bound else 0.0):
        rank, found = _judged(claim, words, candidate.owned, others)
        if best is None or rank < best[0]:
            best = (rank, found)
    assert best is not None
    return best[1]


def _judged(claim: Owned, words: dict[str, float], one: Owned, others: Sequence[Candidate]) -> tuple[int, Answer]:
    unclear = False
    wrong: tuple[float, Owned] | None = None
    for other in others:
        mine, theirs, whole = _rival(words, one, other.owned)
        if theirs > 0 and mine == 0 and (theirs >= _SURE or whole):
            if wrong is None or theirs > wrong[0]:
                wrong = (theirs, other.owned)
        elif theirs >= max(mine, _SURE) or (theirs > 0 and mine == 0):
            unclear = True
    if wrong is not None and not claim.near and claim.shared:
        return 1, Answer("unclear", one)  # the claim says nothing of this number that it does not say of the others
    if wrong is not None and claim.figure.dimension == "time" and claim.figure.part == "open":
        return 1, Answer("unclear", one)  # "over 6 hours": a condition, seldom what the sentence measures
    if wrong is not None:
        return 2, Answer("elsewhere", wrong[1])
    return (1, Answer("unclear", one)) if unclear else (0, Answer("match", one))


def overlap(reading: Reading, owned: Owned, passage: frozenset[str] | None = None) -> float:
    """The share (by weight) of the claim's words that stand in the sentence of the passage's figure."""
    there = passage if passage is not None else frozenset(keys_of((*owned.near, *owned.shared)))
    wanted = keys_of(reading.tokens)
    total = sum(wanted.values())
    return sum(w for k, w in wanted.items() if k in there) / total if total else 0.0


def _aligned(claim: Owned, words: dict[str, float], outer: Sequence[Candidate], reading: Reading) -> Candidate | None:
    """The one figure that is of the claimed thing; None where none is, or several could be."""
    fit = []
    for candidate in outer:
        near = keys_of(candidate.owned.near)
        heard = _heard(words, frozenset(near), near)
        share = overlap(reading, candidate.owned)
        figure = candidate.owned.figure
        counted = (
            claim.figure.part == "count" and figure.part == "count" and None not in (claim.figure.unit, figure.unit)
        )
        if claim.figure.part == "count" and not counted:
            continue
        if claim.figure.unit is None and claim.figure.step >= 1.0 and claim.figure.value <= 20:
            continue  # a bare small number is mostly part of a name
        told = counted or heard >= 3.0 or (share >= _SAME_SENTENCE and (heard >= 1.0 or len(outer) == 1))
        if told and share >= _LEAST:
            fit.append((heard + 4.0 * share, candidate))
    if not fit:
        return None
    top = max(score for score, _ in fit)
    best = [c for score, c in fit if score >= top - 1e-9]
    if any(c.relation == "open" for c in best):
        return next(c for c in best if c.relation == "open")
    return min(best, key=lambda c: (abs(c.owned.figure.value - claim.figure.value), c.owned.figure.start))
