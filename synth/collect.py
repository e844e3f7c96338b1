"""The arrow Query -> Papers + Coverage: every corpus at hand is searched and every source asked, side by side.

A corpus is papers already here (the starter library, the person's library, files named with --papers); a source is
asked over the network. Both land in the coverage, with what became of asking.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from synth.formulate import query
from synth.records import Coverage, Paper, Query, Question, ReadPaper, SkippedPaper
from synth.screen import Candidate

if TYPE_CHECKING:
    from synth.models.embedding import Embedder
    from synth.search import LexicalIndex, Vectors
    from synth.sources.protocol import Source

__all__ = ["Corpus", "collect"]

_PER_SOURCE = 25  # papers asked of a source
_PER_CORPUS = 100  # papers taken from a corpus; a smaller one is screened whole


class Corpus(NamedTuple):
    """Papers at hand under one name. `text` is what a paper is ranked and screened by, `read` gives all of it.

    `lexical` gives a lexical index of the papers in their order where one is kept; without it one is built when needed.
    """

    name: str
    papers: tuple[Paper, ...]
    text: Callable[[Paper], str]
    read: Callable[[Paper], ReadPaper]
    skipped: tuple[SkippedPaper, ...] = ()
    lexical: Callable[[], LexicalIndex] | None = None


def collect(
    asked: Question,
    corpora: Sequence[Corpus],
    sources: Sequence[Source],
    embedder: Embedder,
    vectors: Vectors | None,
    *,
    since: int | None,
    step: Callable[[], None],
) -> tuple[list[Candidate], list[Coverage]]:
    """Candidates with their similarity to the question, corpora first, and the coverage in the same order."""
    from synth.search import embed

    asking = query(asked, since)
    found: list[tuple[Paper, str, str]] = []
    coverage: list[Coverage] = []
    with ThreadPoolExecutor(max_workers=max(1, len(sources))) as threads:
        waiting = [threads.submit(source.search, asking, _PER_SOURCE) for source in sources]
        for corpus in corpora:
            near = _nearest(asked, asking, corpus, embedder, vectors)
            found += [(paper, corpus.text(paper), corpus.name) for paper in near]
            coverage.append(_coverage(corpus, asking, len(near)))
            step()
        for source, answered in zip(sources, waiting, strict=True):
            papers, covered = answered.result()
            found += [(paper, paper.abstract or "", source.name) for paper in papers]
            coverage.append(covered)
            step()
    # The same words as the ranking embeds, so that no vector is computed twice.
    texts = [f"{paper.title} {text}" if text else paper.title for paper, text, _ in found]
    matrix = embed([*texts, asked.text], embedder, vectors)
    step()
    similar = [round(float(row @ matrix[-1]), 4) for row in matrix[:-1]]
    return [Candidate(p, t, s, holder) for (p, t, holder), s in zip(found, similar, strict=True)], coverage


def _nearest(
    asked: Question, asking: Query, corpus: Corpus, embedder: Embedder, vectors: Vectors | None
) -> list[Paper]:
    from synth.search import rank

    if len(corpus.papers) <= _PER_CORPUS:
        return list(corpus.papers)
    lexical = corpus.lexical() if corpus.lexical is not None else None
    words = f"{asked.text} {asking.text}"
    ranked = rank(words, corpus.papers, embedder, lexical=lexical, vectors=vectors, limit=_PER_CORPUS)
    return [corpus.papers[hit.index] for hit in ranked]


def _coverage(corpus: Corpus, asking: Query, near: int) -> Coverage:
    reason = f"{len(corpus.papers):,} papers searched" if corpus.papers else "holds no paper"
    outcome = "found" if near else "empty"
    return Coverage(source=corpus.name, query=asking.text, outcome=outcome, count=near, reason=reason)
