"""The reviewers: each with a mandate, the dimensions that are theirs, and notes that name the claims they object to.

They look at different things, so that their scores are not several tries at one number: how far apart they lie is shown
as a spread. A coefficient of agreement wants raters of one thing: there is one only where a guest rates the dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence

from synth.records import Dimension, Reviewer
from synth.review.basis import DIMENSIONS, Basis
from synth.review.claims import unbacked_numbers, ungrounded
from synth.review.whole import disputed, overclaimed

__all__ = ["mean", "reviewers"]

_STRENGTH, _GROUNDED, _NUMBERS, _BENCHMARKS, _COVERAGE, _UNCERTAIN, _REPRODUCIBLE, _ANSWERED = DIMENSIONS
_MANDATES = (
    ("breaker", "tries to break the claims", (_STRENGTH, _UNCERTAIN)),
    ("librarian", "checks grounding, coverage and sources", (_GROUNDED, _COVERAGE, _REPRODUCIBLE)),
    ("accountant", "checks the numbers and what they belong to", (_NUMBERS, _BENCHMARKS)),
    ("reader", "asks whether the question was answered", (_ANSWERED,)),
)
_WEAK = 5.0
_SLIGHT = 0.1  # overclaim that lowers the score, and is not worth a note
_NAMED = 6  # claims that a note names at most


def mean(scores: Sequence[float | None]) -> float | None:
    """The mean of the scores that there are, to two decimals; None where there is none."""
    known = [s for s in scores if s is not None]
    return round(sum(known) / len(known), 2) if known else None


def reviewers(of: Basis, found: Sequence[Dimension]) -> tuple[Reviewer, ...]:
    """The four reviewers with the mean of their dimensions and their notes."""
    objections = {"breaker": _broken(of), "librarian": _loose(of), "accountant": _wrong(of)}
    made = []
    for name, mandate, looked_at in _MANDATES:
        own = [d for d in found if d.name in looked_at]
        notes = tuple(objections.get(name, ())) + tuple(_weak(own))
        made.append(Reviewer(name=name, mandate=mandate, score=mean([d.score for d in own]), notes=notes))
    return tuple(made)


def _broken(of: Basis) -> list[str]:
    silent = [i for i, told in disputed(of).items() if not told]
    over = [c.id for c in of.claims if overclaimed(of, c) > _SLIGHT]
    gone = [c.id for c in of.claims if c.source.paper_id in of.fallen]
    return [
        *_note(of, silent, "another paper says otherwise, and no conflict names it"),
        *_note(of, over, "the verdict says more than the quotes shown with it"),
        *_note(of, gone, "the paper was retracted or withdrawn"),
    ]


def _loose(of: Basis) -> list[str]:
    kept = {c.id for _, c in of.kept}
    lacking = {c.id: ungrounded(of, c) for _, c in of.kept}
    notes = _note(of, [c.id for c in of.claims if c.id not in kept], "off the question, or said before")
    for lack in sorted({lack for lacks in lacking.values() for lack in lacks}):
        notes += _note(of, [i for i, lacks in lacking.items() if lack in lacks], lack)
    return notes


def _wrong(of: Basis) -> list[str]:
    return _note(of, [c.id for _, c in of.kept if unbacked_numbers(c)], "a number that the quote does not hold")


def _note(of: Basis, ids: Sequence[str], what: str) -> list[str]:
    """One line: which claims, by their numbers in the report, and what is wrong."""
    wanted = set(ids)
    numbers = [n for n, c in enumerate(of.claims, 1) if c.id in wanted]
    if not numbers:
        return []
    told = ", ".join(map(str, numbers[:_NAMED]))
    more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
    return [f"{'claim' if len(numbers) == 1 else 'claims'} {told}{more}: {what}"]


def _weak(dimensions: Sequence[Dimension]) -> list[str]:
    told = []
    for d in dimensions:
        inputs = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in d.inputs.items())
        if d.score is None:
            told.append(f"{d.name} could not be scored: {inputs}")
        elif d.score < _WEAK:
            told.append(f"{d.name} is weak ({d.score:g}/10): {inputs}")
    return told
