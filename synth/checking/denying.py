"""What one text denies and the other states, and what only looks like it: a lack said in other words, a prefix."""

from __future__ import annotations

import re

from synth.checking.reading import Reading

__all__ = ["negated"]

_NOT = re.compile(
    r"(?:\b(?:not|never|cannot|neither|nor|no|lacks|lacked|fails?\sto|failed\sto|unable\sto|without)\b|"
    r"n['’]t\b)(?!\s(?:only|just|merely|least|less|more|fewer|significant\s(?:\w+\s)?difference))",
    re.I,
)


def negated(claim: Reading, passage: Reading) -> tuple[str, str] | None:
    """What one text denies and the other states of the same words, as (in the claim, in the passage); else None.

    Only where the denied words stand in the other text without a denial and the texts share most of their words.
    """
    wanted = {t.key for t in claim.tokens}
    near = _nearest(wanted, passage)
    there = {t.key for t in passage.tokens if near[0] <= t.start < near[1]}
    if not wanted or len(wanted & there) < 0.6 * len(wanted):
        return None
    ours, theirs = _denied(claim, (0, len(claim.text))), _denied(passage, near)
    if bool(ours) == bool(theirs):
        return None
    (word, keys), other = (ours or theirs)[0], passage if ours else claim
    if _prefixed(word.split()[-1], other.text) or _lacking(other, keys):
        return None
    if _LACKING.match(word) and _twice(claim if ours else passage, keys):
        return None
    span = near if ours else (0, len(claim.text))
    present = [t for t in other.tokens if t.key in keys and span[0] <= t.start < span[1]]
    if not keys or len({t.key for t in present}) < min(2, len(keys)):
        return None
    stated = other.text[present[0].start : present[0].end]
    return (word, stated) if ours else (stated, word)


# What is lacking, as against what is not so: "works without training data".
_LACKING = re.compile(r"without\b|no\b|lack", re.I)
_ABSENT = re.compile(
    r"\b(?:without|lack(?:s|ed|ing)?(?:\sof)?|absence\sof|free\sof|independent\sof|zero)\s(?:\w+\s){0,3}?$", re.I
)


def _prefixed(word: str, text: str) -> bool:
    """Whether the text denies the word with a prefix: "not sufficient" and "insufficient"."""
    return bool(re.search(rf"\b(?:un|in|im|ir|il|dis|non-?){re.escape(word)}", text, re.I))


def _lacking(reading: Reading, keys: frozenset[str]) -> bool:
    """Whether one of the words is said to be lacking: "no training data" and "in the absence of training"."""
    return any(t.key in keys and _ABSENT.search(reading.text, max(0, t.start - 40), t.start) for t in reading.tokens)


def _twice(reading: Reading, keys: frozenset[str]) -> bool:
    """Whether a text that lacks something also has it: "without parallel data it beats models with parallel data"."""
    return all(sum(t.key == key for t in reading.tokens) > 1 for key in keys)


def _nearest(wanted: set[str], passage: Reading) -> tuple[int, int]:
    """The sentence of the passage that shares most words with the claim."""
    if len(passage.sentences) < 2:
        return 0, len(passage.text)
    shared = [len({t.key for t in passage.tokens if a <= t.start < b} & wanted) for a, b in passage.sentences]
    return passage.sentences[shared.index(max(shared))]


def _denied(reading: Reading, span: tuple[int, int]) -> list[tuple[str, frozenset[str]]]:
    found = []
    for match in _NOT.finditer(reading.text, *span):
        stop = re.search(r"[,;:.]|\s(?:but|and|while|than)\s", reading.text[match.end() :])
        end = match.end() + (stop.start() if stop else len(reading.text))
        tokens = [t for t in reading.tokens if match.end() <= t.start < end][:3]
        if tokens:
            words = reading.text[match.start() : tokens[0].end]
            found.append((words, frozenset(t.key for t in tokens)))
    return found
