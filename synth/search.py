"""Rank papers by a question: words (BM25) and meaning (sentence embeddings), fused in up to three steps.

    first  = 0.6 * lexical + 0.4 * dense
    second = 0.8 * first + 0.2 * sentence           (when asked for; 0 for papers it did not look at)
    third  = 0.7 * second + 0.3 * rerank            (when a reranker is given; likewise)

`lexical` is the BM25 score as a share of the highest score that any text could reach for these query terms (every
term saturated); `dense` is the cosine of the paper with the query, moved towards the first papers found (feedback
after Rocchio); `sentence` the cosine of the query with the nearest sentence of the abstract. All lie in [0, 1] and are
absolute: a query of words that no paper uses gives low scores to all papers instead of 1 to the least bad. A paper
that a later step looked at never falls below one that it did not look at by that step alone.

Every constant was chosen on the training claims of SciFact, and only what helped on both halves of them was taken;
what that gives on the development claims is printed by `benchmarks/search_scifact.py`. Tried there and not better:
reciprocal rank fusion, min-max and z-scores instead of absolute shares, feedback on words (RM3), centred vectors, the
title as a vector of its own, scores smoothed over neighbouring papers.

Small sets are embedded whole. On a large corpus only the best lexical candidates are embedded, and
where all its papers were embedded before (`synth library index`) the nearest in meaning are candidates too.

Rocchio 1971, "Relevance feedback in information retrieval"; on dense vectors: Li et al. 2023, "Pseudo relevance
feedback with deep language models and dense retrievers".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from synth.lexical import LexicalIndex, terms
from synth.models.embedding import Embedder, Progress
from synth.records import Paper, Record
from synth.text import sentences
from synth.vectors import Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

__all__ = [
    "LexicalIndex", "MemoryVectors", "Near", "Ranked", "Rerank", "Vectors", "embed", "paper_text", "rank", "vector_key",
]  # fmt: skip

_DENSE_WEIGHT = 0.4
_FEEDBACK = 5  # papers that the query is moved towards, and at most a twentieth of those there are
_FEEDBACK_WEIGHT = 0.6
_SENTENCE_WEIGHT = 0.2
_SENTENCES = 2  # sentences of an abstract that are embedded: those with most of the query's words
_RERANK_WEIGHT = 0.3
_BLOCK = 256  # texts embedded before their vectors are kept

Rerank = Callable[[str, Sequence[Paper]], Sequence[float]]
"""Reads the query against each paper and says how much the paper bears on it, in [0, 1], in the order given."""

Near = Callable[["Vector", int], Sequence[int]]
"""The places of at most so many papers nearest in meaning to a vector [d], best first."""


class Ranked(Record):
    """A paper in its place. `index` counts from 0 in the papers given; all scores lie in [0, 1] and are raw.

    `dense` is the cosine with the query itself, None when no embedding model was used; `sentence` and `rerank` are
    None for papers that those steps did not look at.
    """

    index: int
    score: float
    lexical: float
    dense: float | None
    sentence: float | None = None
    rerank: float | None = None


class MemoryVectors:
    """A store that lasts as long as the process."""

    def __init__(self) -> None:
        self._kept: dict[str, Vector] = {}

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Vector]:
        """Those of the keys that are there, with their vectors."""
        return {key: self._kept[key] for key in keys if key in self._kept}

    def put_many(self, vectors: Mapping[str, Vector]) -> None:
        """Keep the vectors."""
        self._kept.update(vectors)


def rank(
    query_text: str,
    papers: Sequence[Paper],
    embedder: Embedder | None,
    *,
    lexical: LexicalIndex | None = None,
    limit: int,
    vectors: Vectors | None = None,
    matrix: Vector | None = None,
    near: Near | None = None,
    candidates: int = 300,
    whole_below: int = 1000,
    by_sentence: int = 0,
    rerank: Rerank | None = None,
    reranked: int = 20,
    progress: Progress | None = None,
) -> list[Ranked]:
    """The `limit` best papers for the query, best first, equal scores in the order of the papers.

    `lexical` is an index of these papers in this order (built here when None). Fewer than `whole_below`
    papers are all embedded and ranked; of a larger corpus only the `candidates` best by BM25 are, and as many again
    by meaning where `near` finds them. `matrix` holds the vectors of all papers, float32 [len(papers), dimension],
    where the caller has them: then all are ranked whatever their number. Of the `by_sentence` best the nearest
    sentences count as well (up to two texts each are embedded); the `reranked` best are handed to `rerank`. Without
    an embedder the score is the lexical share, and papers that share no word with the query are left out. A query
    without a word (other than those of grammar) ranks nothing. Raises ValueError when the index, the matrix or the
    reranker's answer is not of these papers.
    """
    if lexical is None:
        lexical = LexicalIndex.build((paper.title, paper.abstract or "") for paper in papers)
    if len(lexical) != len(papers):
        raise ValueError(f"the index holds {len(lexical)} papers, {len(papers)} were given")
    if matrix is not None and len(matrix) != len(papers):
        raise ValueError(f"the matrix holds {len(matrix)} papers, {len(papers)} were given")
    shown = max(limit, by_sentence, reranked if rerank is not None else 0)
    whole = len(papers) < whole_below or (embedder is not None and matrix is not None)
    pool = len(papers) if whole else max(candidates, shown)
    shares = _shares(query_text, lexical, pool)
    if not shares or limit < 1:
        return []
    if embedder is None:
        found = _best(list(shares), list(shares.values()), shares, None, shown)
    else:
        query = embedder.encode([query_text])[0]
        chosen = list(range(len(papers))) if whole else sorted({*shares, *(near(query, pool) if near else ())})
        if matrix is None:
            matrix = embed([paper_text(papers[index]) for index in chosen], embedder, vectors, progress)
        found = _fused(chosen, shares, matrix, query, shown)
        if by_sentence:
            texts = [_nearest(query_text, papers[one.index], lexical) for one in found[:by_sentence]]
            found = _blended(found, "sentence", _closest(query, texts, embedder, vectors), _SENTENCE_WEIGHT)
    if rerank is not None:
        read = rerank(query_text, [papers[one.index] for one in found[:reranked]])
        if len(read) != len(found[:reranked]):
            raise ValueError(f"the reranker read {len(read)} papers, {len(found[:reranked])} were given")
        found = _blended(found, "rerank", [_within(value) for value in read], _RERANK_WEIGHT)
    return found[:limit]


def paper_text(paper: Paper) -> str:
    """What is embedded of a paper: title and abstract."""
    return f"{paper.title} {paper.abstract}" if paper.abstract else paper.title


def embed(
    texts: Sequence[str], embedder: Embedder, vectors: Vectors | None, progress: Progress | None = None
) -> Vector:
    """Vectors of the texts, float32 [len(texts), dimension]; known ones from the store, new ones into it.

    New ones are kept block by block, so that a kill loses some seconds at most.
    """
    import numpy as np

    if vectors is None:
        return embedder.encode(texts, progress)
    keys = [vector_key(text, embedder) for text in texts]
    known = dict(vectors.get_many(keys))
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    wanted = list(missing)
    for start in range(0, len(wanted), _BLOCK):
        block = wanted[start : start + _BLOCK]
        report = None if progress is None else _after(start, len(wanted), progress)
        fresh = dict(zip(block, embedder.encode([missing[key] for key in block], report), strict=True))
        vectors.put_many(fresh)
        known |= fresh
    return np.array([known[key] for key in keys], np.float32).reshape(len(keys), embedder.dimension)


def vector_key(text: str, embedder: Embedder) -> str:
    """Under which the vector of a text is kept: the model's id and the SHA-256 of the text."""
    return f"{embedder.id}:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def _after(start: int, total: int, progress: Progress) -> Progress:
    """Progress of one block told as progress of the whole."""
    return lambda done, _: progress(start + done, total)


# --- the three steps --------------------------------------------------------------------------------------


def _shares(query: str, lexical: LexicalIndex, limit: int) -> dict[int, float]:
    """BM25 of the best papers as a share of what is possible; empty for a query without a word that counts."""
    ceiling = lexical.ceiling(query)
    if ceiling <= 0:
        return {}
    return {number: _within(score / ceiling) for number, score in lexical.query(query, limit)}


def _fused(
    chosen: Sequence[int], shares: Mapping[int, float], matrix: Vector, query: Vector, limit: int
) -> list[Ranked]:
    """The first step over the papers `chosen`, whose vectors are the rows of `matrix` [len(chosen), d]."""
    import numpy as np

    share = np.array([shares.get(index, 0.0) for index in chosen])
    cosine = (matrix @ query).clip(0, 1)
    # Rounded before anything is decided by order: the last bits of a product differ between processors.
    score = ((1 - _DENSE_WEIGHT) * share + _DENSE_WEIGHT * cosine).round(6)
    near = np.argsort(-score, kind="stable")[: min(_FEEDBACK, len(chosen) // 20)]
    if score[near].sum() > 0:
        moved = query + _FEEDBACK_WEIGHT * (score[near] @ matrix[near]) / score[near].sum()
        length = np.linalg.norm(moved)  # 0 where a model has nothing to say of any of the texts
        moved_cosine = (matrix @ (moved / (length or 1.0)).astype(np.float32)).clip(0, 1)
        score = ((1 - _DENSE_WEIGHT) * share + _DENSE_WEIGHT * moved_cosine).round(6)
    return _best(chosen, score.tolist(), shares, dict(zip(chosen, cosine.tolist(), strict=True)), limit)


def _best(
    chosen: Sequence[int],
    scores: Sequence[float],
    shares: Mapping[int, float],
    cosines: Mapping[int, float] | None,
    limit: int,
) -> list[Ranked]:
    ordered = sorted((-round(score, 6), index) for score, index in zip(scores, chosen, strict=True))
    return [
        Ranked(
            index=index,
            score=-negative,
            lexical=round(shares.get(index, 0.0), 6),
            dense=None if cosines is None else round(cosines[index], 6),
        )
        for negative, index in ordered[:limit]
    ]


def _nearest(query: str, paper: Paper, lexical: LexicalIndex) -> list[str]:
    """The sentences of the abstract that hold most of the query's words by weight, two at most; else the title."""
    text = paper.abstract or ""
    found = [text[start:end] for start, end in sentences(text)] or [paper.title]
    if len(found) > _SENTENCES:
        weights = lexical.weights(query)
        held = [sum(weights.get(term, 0.0) for term in terms(sentence)) for sentence in found]
        found = [found[i] for i in sorted(range(len(found)), key=lambda i: (-held[i], i))[:_SENTENCES]]
    return found


def _closest(query: Vector, texts: Sequence[Sequence[str]], embedder: Embedder, vectors: Vectors | None) -> list[float]:
    """The highest cosine with the query among each group of texts."""
    cosines = iter((embed([text for group in texts for text in group], embedder, vectors) @ query).tolist())
    return [_within(max(next(cosines) for _ in group)) for group in texts]


def _blended(found: Sequence[Ranked], name: str, values: Sequence[float], weight: float) -> list[Ranked]:
    """The ranking after a step that gave `values` to its first papers and looked at no other."""
    seen: list[float | None] = [*values, *[None] * (len(found) - len(values))]
    blended = [
        one.model_copy(
            update={
                "score": round((1 - weight) * one.score + weight * (value or 0.0), 6),
                name: None if value is None else round(value, 6),
            }
        )
        for one, value in zip(found, seen, strict=True)
    ]
    return sorted(blended, key=lambda one: (-one.score, one.index))


def _within(value: float) -> float:
    return min(1.0, max(0.0, value))
