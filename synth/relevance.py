"""How much a claim bears on the question: the facets its own sentence speaks of, and its closeness in meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth.facets import covered, covered_nearly
from synth.records import Claim, Question

if TYPE_CHECKING:
    from synth.models.embedding import Embedder
    from synth.search import Vectors

__all__ = ["best", "relevance"]


def relevance(
    asked: Question, claims: Sequence[Claim], embedder: Embedder, vectors: Vectors | None
) -> dict[str, float]:
    """Raw relevance in [0, 1] by claim id: half the share of facets (something near counts half), half the cosine."""
    from synth.search import embed

    if not claims:
        return {}
    matrix = embed([*(c.statement for c in claims), asked.text], embedder, vectors)
    return {
        claim.id: round(0.5 * _share(asked, claim.statement) + 0.5 * max(0.0, float(row @ matrix[-1])), 4)
        for claim, row in zip(claims, matrix[:-1], strict=True)
    }


def _share(asked: Question, text: str) -> float:
    total = sum(f.weight for f in asked.facets)
    if not total:
        return 0.0
    exact, nearly = covered(asked.facets, text), covered_nearly(asked.facets, text)
    return sum(f.weight * ((f.name in exact) + (f.name in nearly)) / 2 for f in asked.facets) / total


def best(per_paper: Sequence[Sequence[Claim]], scores: dict[str, float], most: int) -> list[Claim]:
    """At most `most` claims, the most relevant first; the best of every paper comes in before any paper's second."""
    ordered = [sorted(made, key=lambda c: (-scores[c.id], c.source.start, c.id)) for made in per_paper]
    firsts = sorted((made[0] for made in ordered if made), key=lambda c: (-scores[c.id], c.id))[:most]
    others = sorted((c for made in ordered for c in made[1:]), key=lambda c: (-scores[c.id], c.id))
    kept = {c.id: c for c in [*firsts, *others[: most - len(firsts)]]}
    return sorted(kept.values(), key=lambda c: (-scores[c.id], c.id))
