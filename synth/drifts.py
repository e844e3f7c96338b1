"""Numbers that versions of one work state differently: sentence held against sentence, number against number.

Two sentences are taken for the same statement when they share nearly all words that carry meaning. Numbers are then
compared where they stand in the same place of the same words; in a sentence whose words are in another order, only
where each has one number. Anything further apart is passed over: a drift that is told must be one, and one that is
missed can still be found by a claim's own version check.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from synth.passages import passages
from synth.quantities import Mention, mentions, same_unit, same_value
from synth.records import Passage, ReadPaper
from synth.text import stem, words
from synth.works import published, version_number

__all__ = ["Drift", "drifts", "told"]

_ALIKE = 0.8  # share of content words in common (Dice) from which two sentences make the same statement
_WORDS = 5  # content words that a sentence needs
_NUMBER = "#"
_FUNCTION = frozenset(
    words(
        "a an the of in on at by for to with and or as is are was were be been that this these those it its from into "
        "than their we our which over up about also both"
    )
)


class Drift(NamedTuple):
    """One number stated in two ways: `earlier` and `later` are passages with version, quote and place.

    `was` and `now` are the numbers as they stand there ("6.1 points").
    """

    title: str
    earlier: Passage
    later: Passage
    was: str
    now: str


class _Sentence(NamedTuple):
    """A sentence with numbers: its tokens, numbers as `#`, and the mention at each such token."""

    passage: Passage
    tokens: tuple[str, ...]
    at: dict[int, Mention]
    bag: frozenset[str]


def drifts(readings: Sequence[ReadPaper]) -> tuple[Drift, ...]:
    """The differences between the versions of one work, in the order of the earlier text, each told once.

    `readings` are of one work (`synth.works`); their order does not matter: numbered versions come in their order, a
    published copy after them. Each version is held against the next. Fewer than two texts have no difference.
    """
    ordered = sorted(readings, key=lambda r: (published(r.paper), version_number(r.paper.version), r.paper.year or 0))
    found: list[Drift] = []
    for earlier, later in itertools.pairwise(ordered):
        found += _between(earlier, later)
    kept = {(d.was, d.now, d.earlier.version, d.later.version, d.later.paper_id): d for d in reversed(found)}
    return tuple(d for d in found if kept[d.was, d.now, d.earlier.version, d.later.version, d.later.paper_id] is d)


def told(drift: Drift) -> str:
    """One sentence for a report's limitations."""
    here, there = (_name(p) for p in (drift.earlier, drift.later))
    return (
        f"Versions of “{drift.title}” state different numbers: {here} has {drift.was}, {there} has {drift.now}"
        f" (“{drift.later.text}”)."
    )


def _name(passage: Passage) -> str:
    return f"{passage.paper_id} {passage.version}" if passage.version else passage.paper_id


def _between(earlier: ReadPaper, later: ReadPaper) -> list[Drift]:
    old, new = _sentences(earlier), _sentences(later)
    best = [_nearest(one, new) for one in old]
    back = [_nearest(one, old) for one in new]
    found = []
    for i, j in enumerate(best):
        if j is not None and back[j] == i:
            pairs = _differing(old[i], new[j])
            found += [Drift(later.paper.title, old[i].passage, new[j].passage, a.text, b.text) for a, b in pairs]
    return found


def _sentences(reading: ReadPaper) -> list[_Sentence]:
    found = []
    for passage in passages(reading):
        text = _unset(passage.text)
        numbers = mentions(text)
        if numbers:
            one = _sentence(passage, text, numbers)
            if len(one.bag) >= _WORDS:
                found.append(one)
    return found


def _unset(text: str) -> str:
    """The sentence without the typesetting that abstracts keep.

    "5--9x" is a range, "$10$k" is 10k, "15; 160" is 15,160, and a dash between spaces is no sign of a number.
    """
    text = re.sub(r"(?<=\b\d\d);\s(?=\d{3}\b)", ",", text)
    text = re.sub(r"-{2,}|—", "–", re.sub(r"\s(?:-{1,3}|–|—)\s", ", ", text))
    return re.sub(r"[${}]|\\(?=[%&])", "", text)


def _sentence(passage: Passage, text: str, numbers: Sequence[Mention]) -> _Sentence:
    tokens: list[str] = []
    at: dict[int, Mention] = {}
    end = 0
    for mention in numbers:
        if mention.start < end:
            continue
        tokens += [stem(w) for w in words(text[end : mention.start])]
        at[len(tokens)] = mention
        tokens.append(_NUMBER)
        end = mention.end
    tokens += [stem(w) for w in words(text[end:])]
    return _Sentence(passage, tuple(tokens), at, frozenset(tokens) - _FUNCTION - {_NUMBER})


def _nearest(one: _Sentence, among: Sequence[_Sentence]) -> int | None:
    """The sentence that makes the same statement, the most alike and then the first; None where none does."""
    best: tuple[float, int] | None = None
    for j, other in enumerate(among):
        alike = 2 * len(one.bag & other.bag) / (len(one.bag) + len(other.bag))
        if alike >= _ALIKE and (best is None or alike > best[0]):
            best = (alike, j)
    return None if best is None else best[1]


def _differing(old: _Sentence, new: _Sentence) -> list[tuple[Mention, Mention]]:
    """Numbers of one thing that do not agree. A number that stands anywhere in the other sentence has not changed."""
    here, there = list(old.at.values()), list(new.at.values())
    pairs = _in_place(old, new)
    if len(here) == len(there) == 1 and here[0].direction == there[0].direction:
        pairs = [(here[0], there[0])]
    return [
        (a, b)
        for a, b in pairs
        if same_unit(a.unit, b.unit)
        and abs(a.value) != abs(b.value)  # 10^-4 and 10^{-4}
        and not _among(a, there)
        and not _among(b, here)
    ]


def _among(one: Mention, others: Sequence[Mention]) -> bool:
    return any(same_value(one, other) or _within(one, other) or _within(other, one) for other in others)


def _within(one: Mention, other: Mention) -> bool:
    """Whether a plain number lies on the side that another leaves open: 233 is "over 200"."""
    if one.approximate or other.bound is None:
        return False
    return one.value >= other.value if other.bound == "at_least" else one.value <= other.value


def _in_place(old: _Sentence, new: _Sentence) -> list[tuple[Mention, Mention]]:
    """Numbers that stand between the same words, one word on either side at least."""
    found = []
    for block in SequenceMatcher(None, old.tokens, new.tokens, autojunk=False).get_matching_blocks():
        for k in range(block.size):
            a, b = old.at.get(block.a + k), new.at.get(block.b + k)
            if a is not None and b is not None and block.size > 1:
                found.append((a, b))
    return found
