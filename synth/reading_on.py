"""Ranked papers read in two steps: one window of each, then the rest of those that may take a side.

A window holds the sentences of an abstract that are nearest to the claim. Where they are not silent, what an abstract
says elsewhere tells findings from topics. Of claims of SciFact three in ten of the abstracts that a
search ranks first are read on; to read on in all of them found no more (docs/training.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth import gather, weigh
from synth.judgement import see
from synth.records import Claim, Passage, ReadPaper, Window
from synth.standing import SILENT, taking_sides
from synth.statements import unattributed

if TYPE_CHECKING:
    from synth.models.calibration import Calibrator
    from synth.models.embedding import Embedder
    from synth.models.stance import StanceModel
    from synth.search import Vectors

__all__ = ["read_on"]

Asked = tuple[Claim, Sequence[ReadPaper], Sequence[Passage]]


def read_on(
    asked: Sequence[Asked],
    embedder: Embedder,
    model: StanceModel,
    calibrator: Calibrator,
    vectors: Vectors | None = None,
) -> list[tuple[Window, ...]]:
    """Per claim the windows of its papers, read: the nearest of each first, then the rest of those that spoke."""
    first = _windows(asked, embedder, model, vectors)
    spoke = [
        (claim, texts, _rest(claim, windows, among, calibrator))
        for (claim, texts, among), windows in zip(asked, first, strict=True)
    ]
    return [(*near, *rest) for near, rest in zip(first, _windows(spoke, embedder, model, vectors), strict=True)]


def _windows(
    asked: Sequence[Asked], embedder: Embedder, model: StanceModel, vectors: Vectors | None
) -> list[tuple[Window, ...]]:
    pools = [(claim, gather.pool(texts, among)) for claim, texts, among in asked]
    return weigh.weigh([claim for claim, _, _ in asked], gather.each(pools, embedder, vectors), model)


def _rest(
    claim: Claim, windows: Sequence[Window], among: Sequence[Passage], calibrator: Calibrator
) -> tuple[Passage, ...]:
    """The passages that no window holds, of papers whose odds of taking a side are not those of silence."""
    speaking = set()
    for window in windows:
        probabilities = see(unattributed(claim.statement), window, calibrator, found=True).probabilities
        if probabilities is not None and taking_sides(probabilities) > SILENT:
            speaking.add(_text(window.bearings[0].passage))
    held = {(*_text(b.passage), b.passage.start) for window in windows for b in window.bearings}
    return tuple(p for p in among if _text(p) in speaking and (*_text(p), p.start) not in held)


def _text(passage: Passage) -> tuple[str, str | None]:
    return passage.paper_id, passage.version
