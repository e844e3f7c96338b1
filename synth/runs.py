"""Batch search over files: queries and corpus in, a TREC run out.

Queries are JSONL `{"_id", "text"}`; a corpus is JSONL in the SciFact shape `{"doc_id", "title",
"abstract": [sentence, ...]}` or the BEIR shape `{"_id", "title", "text"}`; both may be gzipped. A line of
a run is `query Q0 document rank score tag`, the format of the TREC evaluation tools.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from synth import lines
from synth.errors import InputError
from synth.models.embedding import Embedder, Progress
from synth.records import Ids, Paper
from synth.search import LexicalIndex, MemoryVectors, Ranked, Rerank, Vectors, embed, paper_text, rank

__all__ = ["document", "rank_all", "read_corpus", "read_queries", "run_lines"]


def read_queries(path: Path) -> list[tuple[str, str]]:
    """(id, text) of every query. InputError names the line and field at fault."""
    queries = [
        (number, lines.text(path, number, line, "_id", "id"), lines.text(path, number, line, "text"))
        for number, line in lines.read(path)
    ]
    _ids(path, [(number, query) for number, query, _ in queries])
    return [(query, text) for _, query, text in queries]


def read_corpus(path: Path) -> list[Paper]:
    """The papers of a SciFact or BEIR corpus; `Paper.id` is the document id as text."""
    papers = [(number, document(path, number, line)) for number, line in lines.read(path)]
    _ids(path, [(number, paper.id) for number, paper in papers])
    return [paper for _, paper in papers]


def document(path: Path, number: int, line: dict[str, Any]) -> Paper:
    """The paper in one line of a corpus. InputError names the line and field at fault."""
    body = line.get("abstract", line.get("text"))
    if isinstance(body, list):
        body = " ".join(str(sentence).strip() for sentence in body)
    if body is not None and not isinstance(body, str):
        raise InputError(f"{path}:{number}: the abstract is neither text nor a list of sentences")
    title = line.get("title")
    return Paper(
        id=lines.text(path, number, line, "doc_id", "_id", "id"),
        title=title if isinstance(title, str) else "",
        authors=(),
        year=None,
        ids=Ids(),
        abstract=body or None,
        source="local",
    )


def rank_all(
    queries: Iterable[tuple[str, str]],
    papers: Sequence[Paper],
    embedder: Embedder | None,
    *,
    limit: int,
    vectors: Vectors | None = None,
    whole_below: int = 20_000,
    by_sentence: int = 10,
    rerank: Rerank | None = None,
    progress: Progress | None = None,
    embedding: Progress | None = None,
) -> Iterator[tuple[str, list[Ranked]]]:
    """(query id, ranking) for each query in turn; the papers are indexed once and embedded at most once.

    Fewer than `whole_below` papers are embedded whole before the first query is answered, so that no query's ranking
    depends on the others; `embedding` is then called with (papers done, papers in all) and `progress`, later, with
    (queries done, queries in all). The other arguments are those of `rank`.
    """
    asked = list(queries)
    lexical = LexicalIndex.build((paper.title, paper.abstract or "") for paper in papers)
    store = MemoryVectors() if vectors is None else vectors
    matrix = None
    if embedder is not None and asked and len(papers) < whole_below:
        matrix = embed([paper_text(paper) for paper in papers], embedder, store, embedding)
    for done, (identifier, text) in enumerate(asked, start=1):
        ranking = rank(
            text,
            papers,
            embedder,
            lexical=lexical,
            limit=limit,
            vectors=store,
            matrix=matrix,
            by_sentence=by_sentence,
            rerank=rerank,
        )
        yield identifier, ranking
        if progress is not None:
            progress(done, len(asked))


def run_lines(
    rankings: Iterable[tuple[str, Sequence[Ranked]]], papers: Sequence[Paper], tag: str = "synth"
) -> Iterator[str]:
    """The lines of a TREC run, without line ends; ranks count from 1."""
    for query, ranking in rankings:
        for place, ranked in enumerate(ranking, start=1):
            yield f"{query} Q0 {papers[ranked.index].id} {place} {ranked.score:.6f} {tag}"


def _ids(path: Path, ids: Sequence[tuple[int, str]]) -> None:
    """Ids of a run file: without spaces, each once."""
    for number, key in ids:
        if key.split() != [key]:
            raise InputError(f'{path}:{number}: id "{key}" has spaces, which a run file cannot hold')
    lines.unique(path, ids)
