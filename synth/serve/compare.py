"""Two reports side by side: what both say, what one says alone, and where their verdicts differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from synth.records import Report
from synth.render.claims import ClaimView
from synth.render.papers import PaperView
from synth.render.view import View, view
from synth.text import words

__all__ = ["Comparison", "Pair", "as_json", "compare"]

Change = Literal["verdict", "same", "left", "right"]


class Pair(NamedTuple):
    """One claim in both reports, or in one of them. `change`: its verdict differs, it is the same, or who has it."""

    change: Change
    left: ClaimView | None
    right: ClaimView | None


class Comparison(NamedTuple):
    """Everything a page or a program shows of two reports. `papers` are in both, the others in one alone."""

    left: View
    right: View
    pairs: tuple[Pair, ...]
    papers: tuple[PaperView, ...]
    left_papers: tuple[PaperView, ...]
    right_papers: tuple[PaperView, ...]

    def count(self, change: Change) -> int:
        """How many claims there are of a kind."""
        return sum(pair.change == change for pair in self.pairs)


def compare(left: Report, right: Report) -> Comparison:
    """The reports side by side. Claims are one where their words are, whatever case, signs or spaces they have.

    Differing verdicts come first, then what one report says alone, then what both say alike.
    """
    one, other = view(left), view(right)
    rest = {_key(claim): claim for claim in reversed(other.claims)}
    pairs = []
    for claim in one.claims:
        match = rest.pop(_key(claim), None)
        if match is None:
            pairs.append(Pair("left", claim, None))
        else:
            pairs.append(Pair("same" if match.label == claim.label else "verdict", claim, match))
    pairs += [Pair("right", None, claim) for claim in other.claims if rest.get(_key(claim)) is claim]
    order: Sequence[Change] = ("verdict", "left", "right", "same")
    here, there = {paper.id for paper in one.papers}, {paper.id for paper in other.papers}
    return Comparison(
        left=one,
        right=other,
        pairs=tuple(sorted(pairs, key=lambda pair: order.index(pair.change))),
        papers=tuple(paper for paper in one.papers if paper.id in there),
        left_papers=tuple(paper for paper in one.papers if paper.id not in there),
        right_papers=tuple(paper for paper in other.papers if paper.id not in here),
    )


def _key(claim: ClaimView) -> tuple[str, ...]:
    return tuple(words(claim.statement)) or (claim.id,)


def as_json(made: Comparison) -> dict[str, Any]:
    """The comparison as JSON values: the answers, the claims in pairs and the papers."""
    return {
        "left": _side(made.left),
        "right": _side(made.right),
        "claims": [
            {"change": pair.change, "left": _claim(pair.left), "right": _claim(pair.right)} for pair in made.pairs
        ],
        "papers": {
            "both": [paper.id for paper in made.papers],
            "left": [paper.id for paper in made.left_papers],
            "right": [paper.id for paper in made.right_papers],
        },
    }


def _side(shown: View) -> dict[str, Any]:
    counts = {count.label: count.count for count in shown.counts}
    return {"question": shown.question, "status": shown.status, "answer": shown.answer, "counts": counts}


def _claim(claim: ClaimView | None) -> dict[str, Any] | None:
    if claim is None:
        return None
    return {"id": claim.id, "statement": claim.statement, "verdict": claim.label, "score": claim.score}
