"""Words that exclude each other: the claim has one where the passage has the other.

Settings ("monolingual", "multilingual") are a scope; turns of phrase ("more likely", "less likely") are a direction.
Both count only where the texts otherwise say nearly the same, so that one word makes the difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from synth.checking.reading import Reading
from synth.records import Check

__all__ = ["opposed", "turned", "undone"]

_ALIKE = 0.6  # share of the claim's words that the passage must have

# Words of one line exclude each other; "|" joins spellings of one word.
_SETTINGS = """
monolingual; bilingual; multilingual; cross-lingual|crosslingual
online; offline
synthetic|artificial; real-world|real
low-resource; high-resource; medium-resource
labeled|labelled|annotated; unlabeled|unlabelled|unannotated
in-domain; out-of-domain|cross-domain
word-level; sentence-level; document-level; character-level; token-level; paragraph-level
unimodal; multimodal
extractive; abstractive
short-term; long-term
global; local
static; dynamic
autoregressive; non-autoregressive
male; female
men; women
sensitivity; specificity
latency; bandwidth; throughput
training time; inference time
encoder-only; decoder-only; encoder-decoder
human; automatic
written; spoken
closed-book; open-book
first; second; third; last
"""
_TURNS = """
positive|positively; negative|negatively
good|well|best|excellent; poor|poorly|bad|badly|worst
succeed|succeeds|succeeded; fail|fails|failed
dependent; independent
easy|easily; hard|difficult
strong|strongly; weak|weakly
facilitate|facilitates|facilitated|ease|eases; hinder|hinders|hindered|impede|impedes
agree|agrees|agreed; disagree|disagrees|disagreed
strengthen|strengthens; weaken|weakens
simplify|simplifies; complicate|complicates
accelerate|accelerates|accelerated|speed up|speeds up; slow|slows|slow down|slows down|decelerate|decelerates
maximize|maximizes|maximise|maximises; minimize|minimizes|minimise|minimises
include|includes|included; exclude|excludes|excluded
activate|activates|activated; deactivate|deactivates|inactivate|inactivates|inhibits|inhibit
promote|promotes|promoted|induce|induces; prevent|prevents|prevented|inhibit|inhibits|inhibited|suppress|suppresses
robust; brittle|fragile|vulnerable
always; never; rarely
scarce|scarcity; abundant|plentiful
small improvements|small improvement|small gains|small gain|slight improvements|slight improvement|minor improvements;
  large improvements|large improvement|large gains|large gain|huge improvements|massive improvements
"""


def _places(listed: str) -> dict[str, tuple[int, int]]:
    """Each listed word with its line and its place in the line."""
    return {
        word.strip(): (i, j)
        for i, line in enumerate(listed.replace(";\n ", ";").strip().splitlines())
        for j, spellings in enumerate(line.split(";"))
        for word in spellings.split("|")
    }


_SCOPES, _WAYS = _places(_SETTINGS), _places(_TURNS)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_MORE = re.compile(r"\b(?P<way>more|less|most|least)\s(?P<what>[a-z]{3,})", re.I)
_NOT = re.compile(r"\b(?:not|no|never|without|cannot|fails?|hardly)\b|n['’]t\b", re.I)


@lru_cache(maxsize=8192)
def _said(text: str, which: Literal["scope", "turn"]) -> tuple[tuple[int, int, str], ...]:
    """(line, place, as written) of the listed words that stand in `text`, each place once."""
    places = _SCOPES if which == "scope" else _WAYS
    words = _WORD.findall(text)
    found: dict[tuple[int, int], str] = {}
    for written in (*words, *map(" ".join, pairwise(words))):
        place = places.get(written.lower())
        if place is not None:
            found.setdefault(place, written)
    return tuple((i, j, written) for (i, j), written in found.items())


def _alike(claim: Reading, passage: Reading) -> bool:
    wanted, there = {t.key for t in claim.tokens}, {t.key for t in passage.tokens}
    return bool(wanted) and len(wanted & there) >= _ALIKE * len(wanted)


def _against(ours: Sequence[tuple[int, int, str]], theirs: Sequence[tuple[int, int, str]]) -> Iterator[tuple[str, str]]:
    """Words of the claim that the passage lacks while it has another of their group that the claim lacks."""
    mine, there = {(i, j) for i, j, _ in ours}, {(i, j) for i, j, _ in theirs}
    for i, j, word in ours:
        if (i, j) in there:
            continue
        others = [said for k, m, said in theirs if k == i and (k, m) not in mine]
        if others:
            yield word, others[0]


def opposed(claim: Reading, passage: Reading) -> Iterator[Check]:
    """Scopes that exclude each other: "monolingual" claimed, "multilingual" found."""
    ours, theirs = _said(claim.text, "scope"), _said(passage.text, "scope")
    if ours and theirs and _alike(claim, passage):
        for claimed, found in _against(ours, theirs):
            yield Check(kind="scope", claimed=claimed, found=found, outcome="mismatch")


def undone(claim: Reading, passage: Reading) -> bool:
    """Whether an opposite word stands against a denial: "not well" and "poorly" may say the same."""
    return any(True for _ in _against(_said(claim.text, "turn"), _said(passage.text, "turn")))


def turned(claim: Reading, passage: Reading) -> tuple[str, str] | None:
    """The claim's turn of phrase and the passage's opposite one ("less likely", "more likely"); else None.

    Not where only one of the two texts denies something: a denied opposite may say the same.
    """
    if not _alike(claim, passage) or bool(_NOT.search(claim.text)) != bool(_NOT.search(passage.text)):
        return None
    for pair in _against(_said(claim.text, "turn"), _said(passage.text, "turn")):
        return pair
    theirs = {m.group().lower(): m.group() for m in _MORE.finditer(passage.text)}
    ours = {m.group().lower() for m in _MORE.finditer(claim.text)}
    for match in _MORE.finditer(claim.text):
        other = f"{_OTHER[match.group('way').lower()]} {match.group('what').lower()}"
        if other in theirs and match.group().lower() not in theirs and other not in ours:
            return match.group(), theirs[other]
    return None


_OTHER = {"more": "less", "less": "more", "most": "least", "least": "most"}
