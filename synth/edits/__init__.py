"""Controlled edits: a sentence of a paper changed in a known way, for training a verifier and for measuring it.

`changes` makes sentences that the original does not support, `rewordings` such as follow from it. Both are rules
without a model: the same sentence and seed give the same edits on every machine. Where an edit cannot be made well it
is not made, so that many sentences yield few edits and some none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from synth.edits import (
    claimed,
    comparisons,
    figures,
    measures,
    polarity,
    restated,
    reworded,
    shorter,
    strength,
    swaps,
    turns,
)
from synth.edits.claimed import claim_forms
from synth.edits.edit import CHANGES, REWORDINGS, Edit, Kind, fit

__all__ = ["CHANGES", "REWORDINGS", "Edit", "Kind", "changes", "claim_forms", "disguised", "rewordings"]

_PER_KIND = 2
Maker = Callable[[str, int], list[Edit]]
_CHANGERS: tuple[Maker, ...] = (
    figures.numbers, figures.exchanges, measures.signs, measures.units, measures.bounds, measures.years,
    turns.directions, turns.antonyms, comparisons.exchanged, polarity.negations, strength.quantifiers,
    strength.overclaims, swaps.named, swaps.splits, swaps.entities,
)  # fmt: skip
_REWORDERS: tuple[Maker, ...] = (
    restated.rounded, restated.units, restated.words, restated.separators, reworded.paraphrases, claimed.frames,
    claimed.authors, reworded.voices, reworded.reordered, reworded.abbreviations, comparisons.symmetric,
    shorter.shortened, shorter.weakened,
)  # fmt: skip


def changes(sentence: str, *, seed: int = 0) -> tuple[Edit, ...]:
    """Edits of `sentence` that it does not support, at most two of a kind (three numbers); none where none is sure.

    The stance is "refutes" where the two cannot both hold, else "neutral". Never raises, whatever the text.
    """
    return _made(sentence, _CHANGERS, seed)


def rewordings(sentence: str, *, seed: int = 0) -> tuple[Edit, ...]:
    """Edits of `sentence` that follow from it: the same said otherwise, or a part of it. Never raises."""
    return _made(sentence, _REWORDERS, seed)


def _made(sentence: str, makers: Sequence[Maker], seed: int) -> tuple[Edit, ...]:
    if not fit(sentence):
        return ()
    kept: list[Edit] = []
    seen = {sentence}
    count: dict[str, int] = {}
    for maker in makers:
        for edit in maker(sentence, seed):
            allowed = _PER_KIND + (edit.kind == "number")
            if edit.text not in seen and count.get(edit.kind, 0) < allowed:
                seen.add(edit.text)
                count[edit.kind] = count.get(edit.kind, 0) + 1
                kept.append(edit)
    return tuple(kept)


def disguised(sentence: str, *, seed: int = 0) -> tuple[Edit, ...]:
    """Changes made to rewordings of `sentence`: wrong, and worded differently.

    A reader that only counts changed words accepts the one and refuses the other; these take that way out. Only
    rewordings that keep the whole meaning are built on, so the stance is that of the change. `claimed` and `found` are
    the words of the change; `found` stands in the rewording and need not stand in `original` letter by letter.
    """
    result = []
    seen = {sentence}
    for reworded_ in rewordings(sentence, seed=seed):
        if reworded_.kind in ("shortened", "weakened", "rounding"):
            continue
        for edit in changes(reworded_.text, seed=seed)[:4]:
            if edit.text not in seen:
                seen.add(edit.text)
                result.append(edit.model_copy(update={"original": sentence}))
    return tuple(result)
