"""The arrow Claim -> Evidence candidates: the passages most likely to bear on each claim.

Candidates come from BM25 over all passages; only these are embedded, so the cost grows with the number of
claims and not with the length of the papers. Other papers come first; the claim's own paper is marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from synth.records import Bearing, Claim, Passage, ReadPaper

if TYPE_CHECKING:
    import numpy as np

    from synth.models.embedding import Embedder
    from synth.search import LexicalIndex, Vectors

__all__ = ["Pool", "evidence", "meanings", "pool"]

_LEXICAL = 40  # passages per claim that BM25 hands on
_PER_CLAIM = 12  # candidates per claim that the verifier sees


class Pool(NamedTuple):
    """All passages that may serve as evidence, with their papers' titles and a lexical index."""

    passages: tuple[Passage, ...]
    titles: Mapping[str, str]
    lexical: LexicalIndex


def pool(papers: Sequence[ReadPaper], passages: Sequence[Passage]) -> Pool:
    """Index the passages of the papers that were read."""
    from synth.search import LexicalIndex

    titles = {p.paper.id: p.paper.title for p in papers}
    return Pool(tuple(passages), titles, LexicalIndex.build([("", p.text) for p in passages]))


def evidence(
    claims: Sequence[Claim], among: Pool, embedder: Embedder, vectors: Vectors | None = None
) -> list[tuple[Bearing, ...]]:
    """For each claim its candidates, best first: similarity is the cosine of claim and passage (-1 to 1)."""
    if not claims or not among.passages:
        return [()] * len(claims)
    hits = [_candidates(claim, among) for claim in claims]
    wanted = sorted({i for found in hits for i in found})
    texts = [among.passages[i].text for i in wanted]
    from synth.search import embed

    matrix = embed(texts + [c.statement for c in claims], embedder, vectors)
    row = {i: n for n, i in enumerate(wanted)}
    result = []
    for n, (claim, found) in enumerate(zip(claims, hits, strict=True)):
        own = matrix[len(wanted) + n]
        bearings = [_bearing(claim, i, float(matrix[row[i]] @ own), among) for i in found]
        bearings.sort(key=lambda b: (-b.similarity, b.passage.paper_id, b.passage.start))
        same = [b for b in bearings if b.same]
        result.append((*same, *[b for b in bearings if not b.same][:_PER_CLAIM]))
    return result


def _candidates(claim: Claim, among: Pool) -> list[int]:
    found = [i for i, _ in among.lexical.query(claim.statement, _LEXICAL)]
    own = [i for i, p in enumerate(among.passages) if _is_source(claim, p)]
    return sorted({*found, *own})


def _is_source(claim: Claim, passage: Passage) -> bool:
    source = claim.source
    return (
        passage.paper_id == source.paper_id
        and passage.version == source.version
        and passage.start < source.end
        and source.start < passage.end
    )


def _bearing(claim: Claim, i: int, similarity: float, among: Pool) -> Bearing:
    passage = among.passages[i]
    before = among.passages[i - 1] if i else None
    near = before.text if before is not None and before.paper_id == passage.paper_id else ""
    return Bearing(
        passage=passage,
        context=f"{among.titles.get(passage.paper_id, '')}\n{near}",
        similarity=similarity,
        independent=passage.paper_id != claim.source.paper_id,
        same=_is_source(claim, passage),
    )


def meanings(claims: Sequence[Claim], embedder: Embedder, vectors: Vectors | None = None) -> np.ndarray:
    """Unit vectors [n, d] of the claims' statements, in their order."""
    from synth.search import embed

    return embed([claim.statement for claim in claims], embedder, vectors)
