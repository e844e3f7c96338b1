"""Batch search over files: queries and corpus in, a TREC run out.

Queries are JSONL `{"_id", "text"}`; a corpus is JSONL in the SciFact shape `{"doc_id", "title",
"abstract": [sentence, ...]}` or the BEIR shape `{"_id", "title", "text"}`; both may be gzipped. A line of
a run is `query Q0 document rank score tag`, the format of the TREC evaluation tools.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from synth.errors import InputError
from synth.models.embedding import Embedder, Progress
from synth.records import Ids, Paper
from synth.search import LexicalIndex, MemoryVectors, Ranked, Vectors, rank

__all__ = ["rank_all", "read_corpus", "read_queries", "run_lines"]


def read_queries(path: Path) -> list[tuple[str, str]]:
    """(id, text) of every query. InputError names the line and field at fault."""
    queries = [(_text(path, n, line, "_id"), _text(path, n, line, "text")) for n, line in _lines(path)]
    _unique(path, [query for query, _ in queries])
    return queries


def read_corpus(path: Path) -> list[Paper]:
    """The papers of a SciFact or BEIR corpus; `Paper.id` is the document id as text."""
    papers = []
    for n, line in _lines(path):
        name, body = ("doc_id", line.get("abstract")) if "doc_id" in line else ("_id", line.get("text"))
        if isinstance(body, list):
            body = " ".join(str(sentence).strip() for sentence in body)
        if body is not None and not isinstance(body, str):
            raise InputError(f"{path}:{n}: the abstract is neither text nor a list of sentences")
        identifier = _text(path, n, line, name)
        title = line.get("title")
        papers.append(
            Paper(
                id=identifier, title=title if isinstance(title, str) else "", authors=(), year=None, ids=Ids(),
                abstract=body or None, source="local",
            )
        )  # fmt: skip
    _unique(path, [paper.id for paper in papers])
    return papers


def rank_all(
    queries: Iterable[tuple[str, str]],
    papers: Sequence[Paper],
    embedder: Embedder | None,
    *,
    limit: int,
    vectors: Vectors | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[str, list[Ranked]]]:
    """(query id, ranking) for each query in turn; the papers are indexed once and embedded at most once.

    `progress` is called with (queries done, queries in all).
    """
    asked = list(queries)
    lexical = LexicalIndex.build((paper.title, paper.abstract or "") for paper in papers)
    store = MemoryVectors() if vectors is None else vectors
    for done, (identifier, text) in enumerate(asked, start=1):
        yield identifier, rank(text, papers, embedder, lexical=lexical, limit=limit, vectors=store)
        if progress is not None:
            progress(done, len(asked))


def run_lines(
    rankings: Iterable[tuple[str, Sequence[Ranked]]], papers: Sequence[Paper], tag: str = "synth"
) -> Iterator[str]:
    """The lines of a TREC run, without line ends; ranks count from 1."""
    for query, ranking in rankings:
        for place, ranked in enumerate(ranking, start=1):
            yield f"{query} Q0 {papers[ranked.index].id} {place} {ranked.score:.6f} {tag}"


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); give a JSONL file in UTF-8") from error
    found = False
    for n, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise InputError(f"{path}:{n}: not JSON ({error}); every line is one JSON object") from error
        if not isinstance(record, dict):
            raise InputError(f"{path}:{n}: not a JSON object")
        found = True
        yield n, record
    if not found:
        raise InputError(f"{path}: no lines; give a JSONL file with at least one record")


def _text(path: Path, n: int, record: dict[str, Any], field: str) -> str:
    """A field that is text (or, for ids, a number) and not blank."""
    value = record.get(field)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise InputError(f'{path}:{n}: field "{field}" is missing or empty')
    return str(value)


def _unique(path: Path, identifiers: Sequence[str]) -> None:
    seen: set[str] = set()
    for identifier in identifiers:
        if identifier.split() != [identifier]:
            raise InputError(f'{path}: id "{identifier}" has spaces, which a run file cannot hold')
        if identifier in seen:
            raise InputError(f'{path}: id "{identifier}" is there twice; ids must differ')
        seen.add(identifier)
