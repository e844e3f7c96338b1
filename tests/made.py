"""Small hand-made records that several tests use: papers, claims and bearings with only what a test cares about."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from synth.judgement import INPUTS
from synth.records import (
    Bearing,
    Claim,
    ClaimKind,
    Ids,
    Paper,
    Passage,
    ReadPaper,
    Replication,
    Scores,
    Section,
    SourceSpan,
    Verdict,
    Window,
    content_id,
)
from synth.text import words


def paper(key: str, title: str = "A title", *, version: str | None = None, abstract: str = "Text.") -> Paper:
    return Paper(
        id=key,
        title=title,
        authors=("Ada Writer",),
        year=2021,
        ids=Ids(),
        abstract=abstract,
        version=version,
        source="t",
    )


def reading(key: str, text: str, title: str = "A title", *, version: str | None = None) -> ReadPaper:
    section = Section(heading="Abstract", page=None, start=0, end=len(text))
    return ReadPaper(
        paper=paper(key, title, version=version, abstract=text), tier="abstract", text=text, sections=(section,)
    )


def claim(statement: str, key: str = "own", *, version: str | None = None, kind: ClaimKind = "descriptive") -> Claim:
    span = SourceSpan(paper_id=key, version=version, section="Abstract", page=None, start=0, end=len(statement))
    return Claim(
        id=content_id("c", key, statement),
        statement=statement,
        quote=statement,
        source=span,
        kind=kind,
        quantity=None,
        parent_id=None,
        verdict=Verdict(label="not_checked", score=None, confidence=None, reason="not verified yet"),
        replication=Replication(status="not_run", reason="no experiment was run", command=None),
    )


def bearing(
    text: str,
    key: str = "other",
    *,
    similarity: float = 0.9,
    same: bool = False,
    own: bool = False,
    version: str | None = None,
) -> Bearing:
    passage = Passage(
        paper_id=key, version=version, tier="abstract", section="Abstract", page=None, start=0, end=len(text), text=text
    )
    return Bearing(passage=passage, context="A title", similarity=similarity, independent=not own, same=same)


def window(*bearings: Bearing, supports: float | None = 0.0, refutes: float = 0.0, title: str = "A title") -> Window:
    """A window whose model's word is given; with `supports=None` no model has read it."""
    scores = None if supports is None else Scores(supports=supports, refutes=refutes)
    read = tuple(b if b.scores or b.same else b.model_copy(update={"scores": scores}) for b in bearings)
    return Window(title=title, bearings=read, scores=scores)


class Plain:
    """A calibrator a person can check by hand: the softmax of the window's own two log-odds."""

    id = "plain"
    inputs = INPUTS
    bins = ()

    def held(self, kind: str, *, found: bool) -> float:
        return 0.9

    def probabilities(self, values: Sequence[float], *, found: bool) -> tuple[float, float, float]:
        parts = [math.exp(values[0]), math.exp(values[1]), 1.0]
        total = sum(parts)
        return parts[0] / total, parts[1] / total, parts[2] / total


class BagOfWords:
    """An embedder a person can check by hand: one dimension per word of a fixed list, else by hash of the word."""

    id = "bag-of-words"
    dimension = 512

    def encode(self, texts: Sequence[str], progress: object = None) -> np.ndarray:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for n, text in enumerate(texts):
            for word in words(text):
                rows[n, sum(map(ord, word)) * 31 % self.dimension] += 1
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.where(norms == 0, 1, norms)
