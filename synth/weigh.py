"""The arrow Windows -> Windows read: the stance model's word on each window of evidence and on its sentences.

The cost is one reading per window, some seven milliseconds of one core at 130 word pieces; equal ones are made once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from synth.models.stance import Asked, Reading, StanceModel
from synth.records import Claim, Window
from synth.statements import unattributed

__all__ = ["weigh"]


def weigh(
    claims: Sequence[Claim],
    windows: Sequence[Sequence[Window]],
    model: StanceModel,
    progress: Callable[[int, int], None] | None = None,
) -> list[tuple[Window, ...]]:
    """The windows of each claim with `scores` filled in, in the order given.

    The sentence a claim was copied from is not read: a copy says nothing of the claim's truth.
    """
    asked: dict[Asked, None] = {}
    for claim, own in zip(claims, windows, strict=True):
        for window in own:
            if not window.bearings[0].same:
                asked[_asked(claim, window)] = None
    readings = dict(zip(asked, model.read(list(asked), progress), strict=True))
    return [
        tuple(w if w.bearings[0].same else _scored(w, readings[_asked(claim, w)]) for w in own)
        for claim, own in zip(claims, windows, strict=True)
    ]


def _asked(claim: Claim, window: Window) -> Asked:
    return Asked(unattributed(claim.statement), window.title, tuple(b.passage.text for b in window.bearings))


def _scored(window: Window, reading: Reading) -> Window:
    bearings = tuple(
        bearing.model_copy(update={"scores": scores})
        for bearing, scores in zip(window.bearings, reading.each, strict=True)
    )
    return window.model_copy(update={"bearings": bearings, "scores": reading.whole})
