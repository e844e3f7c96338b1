"""One claim against one window of one paper: what the stance model reads, what the checks find, and how sure that is.

The model's word and the checks meet in a calibrator: a small multinomial regression, fitted on labelled claims that
taught no weights, whose probabilities are the confidence. Some things the model may not decide, however sure it is:
a passage with another number, of another split or system, does not support.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from synth.checking import FEATURES, compare, named, restated
from synth.errors import SynthError
from synth.models.calibration import Calibrator
from synth.records import Check, Scores, Stance, Window
from synth.text import content_words, words

__all__ = ["INPUTS", "VERBATIM", "Judgement", "Seen", "gate", "inputs", "judge", "kind_of", "see", "settle"]

# What the calibrator sees of a claim and a window, in this order.
INPUTS = (
    "supports", "refutes", "best_supports", "best_refutes", "similarity", "sentences", "covered", *FEATURES,
)  # fmt: skip

_DECISIVE = 2.0  # a sentence whose weight is that near to the best one's is read with it
_NEARNESS = 4.0  # log-odds that a cosine of 1 is worth
_JOINED = 3  # sentences that the checks read together at most
_NUMBERS = ("number", "arithmetic")
_LISTED = ("dataset", "model", "language")
VERBATIM = 0.98  # least probability of supports where the claim stands in the window word for word
_LEAST = 4  # words that a claim must have for that
_BEFORE = 3  # words that may stand before it
_CLIP = 8.0  # log-odds beyond this add nothing that labelled claims could show


class Seen(NamedTuple):
    """What is seen in a window before anything is ruled out: its sentences by how much they decide, how many of them
    were read for the checks, these, and the probabilities of (supports, refutes, neutral); None: no model read it.
    """

    window: Window
    order: tuple[int, ...]
    deciding: int
    checks: tuple[Check, ...]
    probabilities: tuple[float, float, float] | None


class Judgement(NamedTuple):
    """A window's word on a claim.

    `probabilities` are of (supports, refutes, neutral); what a gate ruled out is 0, and then they sum to less than 1
    where it is sometimes wrong. `order` are indexes of the window's sentences, the most deciding first, `deciding`
    how many of them the checks read. `held` says, where a gate spoke, what kept the window from deciding.
    """

    window: Window
    stance: Stance
    probabilities: tuple[float, float, float]
    order: tuple[int, ...]
    deciding: int
    checks: tuple[Check, ...]
    held: Check | None

    @property
    def probability(self) -> float:
        """Of the stance taken."""
        return self.probabilities[("supports", "refutes", "neutral").index(self.stance)]


def judge(claim: str, window: Window, calibrator: Calibrator | None, *, found: bool, bar: float = 0.5) -> Judgement:
    """What the window says to the claim: `settle` of what `see` sees in it."""
    return settle(claim, see(claim, window, calibrator, found=found), calibrator, found=found, bar=bar)


def see(claim: str, window: Window, calibrator: Calibrator | None, *, found: bool) -> Seen:
    """The checks and the probabilities, the latter not yet held against the former.

    `found` says that a search brought the paper up, and nobody named it for this claim. Without a calibrator the
    probabilities are the model's own, which are no probabilities of being right.

    Raises:
        SynthError: the calibrator was fitted on other inputs than this version has.
    """
    order, count = _read(claim, window)
    made, values = _seen(claim, window, order[:count])
    if window.scores is None:
        return Seen(window, order, count, made, None)
    if calibrator is None:
        return Seen(window, order, count, made, _softmax(window.scores))
    if calibrator.inputs != INPUTS:
        raise SynthError("the calibrator was fitted on other inputs than this version's; make the verifier again")
    return Seen(window, order, count, made, calibrator.probabilities(values, found=found))


def settle(
    claim: str,
    seen: Seen,
    calibrator: Calibrator | None,
    *,
    found: bool,
    bar: float = 0.5,
    standing: Sequence[float] | None = None,
) -> Judgement:
    """The word of a window on the claim. One that no model read is neutral.

    `standing` is that of its paper among those that a search ranked for this claim, if one did. A side is taken from
    the odds of `bar` against neutral: 0.5 asks that it is the likelier, less finds more at the cost of precision.
    """
    window, order, count, made, probabilities = seen
    if probabilities is None:
        return Judgement(window, "neutral", (0.0, 0.0, 1.0), order, count, made, None)
    if standing is not None and calibrator is not None:
        probabilities = calibrator.ranked(probabilities, standing)
    supports, refutes, neutral = probabilities
    held = gate(claim, made)
    if held is not None and held.kind == "direction":
        # The passage says the opposite or denies it: of what is left, each side keeps its share.
        supports, refutes, neutral = 0.0, refutes / (refutes + neutral), neutral / (refutes + neutral)
    elif held is not None and held.kind not in ("scope", "entity"):
        # Another number, or none, leaves room for refuting: what spoke for support speaks for neither.
        supports, neutral = 0.0, supports + neutral
    elif held is not None:
        sure = neutral if calibrator is None else max(neutral, calibrator.held(kind_of(held), found=found))
        supports, refutes, neutral = 0.0, 0.0, sure
    elif _verbatim(claim, window):
        # The model may be led astray by the sentences around; a sentence that is the claim is support all the same.
        rest = (1 - VERBATIM) / (refutes + neutral)
        if supports < VERBATIM:
            supports, refutes, neutral = VERBATIM, refutes * rest, neutral * rest
    stance: Stance = "neutral"
    if held is not None and supports == refutes == 0.0:
        stance = "neutral"
    elif max(supports, refutes) * (1 - bar) > neutral * bar:
        stance = "supports" if supports >= refutes else "refutes"
    return Judgement(window, stance, (supports, refutes, neutral), order, count, made, held)


def inputs(claim: str, window: Window) -> tuple[tuple[float, ...], Check | None]:
    """What the calibrator sees of the claim and a window that was read, in the order INPUTS, and the gate."""
    order, count = _read(claim, window)
    made, values = _seen(claim, window, order[:count])
    return values, gate(claim, made)


def _seen(claim: str, window: Window, read: Sequence[int]) -> tuple[tuple[Check, ...], tuple[float, ...]]:
    """Checks against the sentences that were read, and the calibrator's inputs."""
    passage = " ".join(window.bearings[i].passage.text for i in sorted(read))
    rest = " ".join(b.passage.text for i, b in enumerate(window.bearings) if i not in read)
    compared = compare(claim, passage, f"{window.title}\n{rest}")
    if rest and _unstated(compared.checks):
        # The number may stand in a sentence that does not decide by itself.
        whole = " ".join(b.passage.text for b in window.bearings)
        wider = compare(claim, whole, window.title)
        if _unstated(wider.checks) < _unstated(compared.checks):
            compared = wider
    return compared.checks, _values(claim, window, compared.features)


def _unstated(made: Sequence[Check]) -> int:
    return sum(check.kind in _NUMBERS and check.outcome == "missing" for check in made)


def _values(claim: str, window: Window, compared: Sequence[float]) -> tuple[float, ...]:
    """The calibrator's inputs in the order INPUTS."""
    whole = window.scores or Scores(supports=0.0, refutes=0.0)
    each = [b.scores for b in window.bearings if b.scores is not None] or [whole]
    return (
        _clip(whole.supports),
        _clip(whole.refutes),
        _clip(max(s.supports for s in each)),
        _clip(max(s.refutes for s in each)),
        max((b.similarity for b in window.bearings), default=0.0),
        float(len(window.bearings)),
        _covered(claim, window),
        *compared,
    )


def _covered(claim: str, window: Window) -> float:
    """The share of the claim's content words that the window holds anywhere, its title included (0 to 1).

    Whether a paper speaks to a claim at all shows here and in the nearness of its sentences: on abstracts that a
    search finds for the claims of SciFact both together tell it better than either (AUC .92 against .89 and .85).
    """
    wanted = content_words(claim)
    there = content_words(window.title).union(*(content_words(b.passage.text) for b in window.bearings))
    return len(wanted & there) / len(wanted) if wanted else 0.0


def _verbatim(claim: str, window: Window) -> bool:
    """Whether the claim stands in a sentence of the window, word for word or in words that are known to be the same."""
    wanted = words(claim)
    alike = len(wanted) >= _LEAST and any(_within(wanted, words(b.passage.text)) for b in window.bearings)
    return alike or any(restated(claim, b.passage.text) for b in window.bearings)


def _within(wanted: list[str], there: list[str]) -> bool:
    """A denial may stand before the words ("it is not true that ..."), so few words may."""
    size = len(wanted)
    return any(there[i : i + size] == wanted for i in range(min(len(there) - size, _BEFORE) + 1))


def _softmax(scores: Scores) -> tuple[float, float, float]:
    top = max(scores.supports, scores.refutes, 0.0)
    parts = [math.exp(x - top) for x in (scores.supports, scores.refutes, 0.0)]
    return parts[0] / sum(parts), parts[1] / sum(parts), parts[2] / sum(parts)


def _clip(value: float) -> float:
    return max(-_CLIP, min(_CLIP, value))


def _read(claim: str, window: Window) -> tuple[tuple[int, ...], int]:
    """Sentences by how much they decide, and how many of them the checks read: one that restates the claim alone."""
    order = _order(window)
    wanted = words(claim)
    if len(wanted) >= _LEAST:
        for i in order:
            if _within(wanted, words(window.bearings[i].passage.text)):
                return (i, *(j for j in order if j != i)), 1
    for i in order:
        if restated(claim, window.bearings[i].passage.text):
            return (i, *(j for j in order if j != i)), 1
    return order, _deciding(window, order)


def _order(window: Window) -> tuple[int, ...]:
    """Sentences by how much they decide, the most deciding first; of equals the earlier."""
    return tuple(sorted(range(len(window.bearings)), key=lambda i: (-_weight(window, i), i)))


def _weight(window: Window, i: int) -> float:
    """How much a sentence decides: the higher of its log-odds, and its nearness to the claim.

    The log-odds alone find a deciding sentence first in .69 of the decided abstracts of SciFact's dev split (n = 209),
    the nearness alone in .58, both together in .70.
    """
    bearing = window.bearings[i]
    decides = max(bearing.scores.supports, bearing.scores.refutes) if bearing.scores else -99.0
    return decides + _NEARNESS * bearing.similarity


def _deciding(window: Window, order: Sequence[int]) -> int:
    """How many of the first sentences the checks read together: the best, and others that decide nearly as much."""
    near = [i for i in order[:_JOINED] if _weight(window, i) >= _weight(window, order[0]) - _DECISIVE]
    return len(near)


def gate(claim: str, made: Sequence[Check]) -> Check | None:
    """The check that rules support out, if any: another scope, a missing name, another number or direction, or none.

    A name keeps a window from deciding where it is a data set, a model or a language, or where the claim has a number,
    which then is of something else; other names are one word among others, and the calibrator weighs them.
    """
    kinds = {name.key: name.kind for name in named(claim)}
    numbers = [check for check in made if check.kind in _NUMBERS]
    for check in made:
        if check.kind == "scope" and check.outcome == "mismatch":
            return check
    for check in made:
        if check.kind == "entity" and check.outcome == "missing" and (numbers or kinds.get(check.claimed) in _LISTED):
            return check
    for outcome in ("mismatch", "missing"):
        for check in numbers:
            if check.outcome == outcome:
                return check
    return next((check for check in made if check.kind == "direction" and check.outcome == "mismatch"), None)


def kind_of(check: Check) -> str:
    """What a gate is called in the calibrator: the check's kind and outcome."""
    return f"{check.kind} {check.outcome}"
