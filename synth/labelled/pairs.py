"""A claim and a passage, as annotators judged it: the one shape of all labelled sets, and what is told of a set."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from pydantic import model_validator

from synth import text
from synth.records import Record, Stance

__all__ = ["LabelledSet", "Pair", "clusters", "cut", "draw", "plain"]


class Pair(Record):
    """A claim and a passage, as annotators judged it.

    `id` is "<set>:<claim id>:<document id>", unique within set and split. `group` is what must stay on one side
    of any division into parts: a document, or claims made from one another. `title` is "" where there is none.
    `sentences` are the passage in document order. `rationale` are indexes of the deciding sentences, ascending;
    None: not annotated; (): annotated, none decides.
    """

    id: str
    data: str
    split: str
    group: str
    claim: str
    title: str
    sentences: tuple[str, ...]
    label: Stance
    rationale: tuple[int, ...] | None

    @model_validator(mode="after")
    def _within(self) -> Pair:
        """A rationale names sentences that are there, in order, each once."""
        places = self.rationale or ()
        if list(places) != sorted(set(places)) or (places and not 0 <= places[0] <= places[-1] < len(self.sentences)):
            raise ValueError(f"{self.id}: rationale {places} does not fit {len(self.sentences)} sentences")
        return self


class LabelledSet(Record):
    """What is told of a set: its splits, the labels it can give, its licence, what was decided in reading it.

    `folder` is where it lies under the root of the data (folders claims/, transfer/, ...), with forward slashes.
    `ship` says whether weights that ship with the project may learn from it. `ways` is the number of labels: of two
    labels, the third never is the annotators' answer, and a measure must say what it makes of it.
    """

    name: str
    folder: str
    splits: tuple[str, ...]
    ship: bool
    licence: str
    labels: tuple[Stance, ...]
    note: str

    @property
    def ways(self) -> int:
        """How many labels the set can give."""
        return len(self.labels)


# --- what several readers need ------------------------------------------------------------------------


def cut(passage: str) -> tuple[str, ...]:
    """The sentences of a passage that is one string, white space made plain."""
    return tuple(" ".join(passage[start:end].split()) for start, end in text.sentences(passage))


def draw(key: str, count: int) -> int:
    """A number below `count` that depends on `key` alone: the same choice on every machine and in every order."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % count


def clusters(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The connected component of every name, called by its smallest member; `links` join two names each.

    Union-find with path halving.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in links:
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    return {name: root(name) for name in parent}


_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}"}
_BRACKET = re.compile("|".join(_BRACKETS))
_SPACING = (
    (re.compile(r"``\s*|\s*''"), '"'),
    (re.compile(r"\s+--\s+"), "–"),
    (re.compile(r"\s+([.,;:!?%)\]}])"), r"\1"),
    (re.compile(r"([(\[{$])\s+"), r"\1"),
    (re.compile(r"\s+('(?:s|S|re|ve|ll|d|m)|n't)\b"), r"\1"),
)


def plain(tokenised: str) -> str:
    """Running text from a line of spaced tokens: no space before a full stop, brackets and quotes as written.

    >>> plain("Ada -LRB- born 1815 -RRB- was n't late , it 's said .")
    "Ada (born 1815) wasn't late, it's said."
    """
    line = _BRACKET.sub(lambda match: _BRACKETS[match.group()], tokenised)
    for pattern, instead in _SPACING:
        line = pattern.sub(instead, line)
    return " ".join(line.split())
