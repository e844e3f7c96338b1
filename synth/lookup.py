"""`synth search`: papers for a query, or a TREC run over a file of queries and a file of papers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth.errors import InputError
from synth.records import Coverage, Paper, ReportPaper

if TYPE_CHECKING:
    from synth.library import Library

__all__ = ["json_lines", "papers", "run_file"]

_TAG = "synth"
_LINE = "\0line"  # no field of a file can be called so by accident


def papers(
    query: str, paths: Sequence[Path], sources: Sequence[str], offline: bool, k: int, library: Library
) -> tuple[list[ReportPaper], list[Coverage]]:
    """The `k` most relevant papers for a query in words, whatever the screening would say, and the coverage."""
    from synth import collect, formulate, screen
    from synth.models import embedding
    from synth.progress import Silent
    from synth.run import Request, opened

    asked = formulate.question(query)
    request = Request(query, papers=tuple(paths), sources=tuple(sources), offline=offline)
    corpora, asking, not_asked = opened(request, library, None, Silent())
    embedder = embedding.load()
    vectors = library.vectors(embedder.id)
    found, coverage = collect.collect(asked, corpora, asking, embedder, vectors, since=None, step=lambda: None)
    works = screen.screen(asked, found, most=len(found) or 1)
    best = sorted(works, key=lambda w: (-w.relevance, w.candidate.paper.id))[:k]
    return [screen.listed(work, None) for work in best], [*coverage, *not_asked]


def run_file(queries: Path | None, corpus: Path | None, run: Path | None, k: int, library: Library) -> None:
    """Write the TREC run: `qid Q0 docid rank score tag`, queries in their order, papers best first.

    Raises:
        InputError: a file is missing, or a line of it has no id or no text.
    """
    from synth.models import embedding
    from synth.search import LexicalIndex, rank

    if queries is None or corpus is None or run is None:
        raise InputError("search: --queries, --corpus and --run go together; give all three")
    asked = [(_id(line, ("_id", "id", "query_id"), queries), _text(line, queries)) for line in json_lines(queries)]
    found = tuple(_paper(line, corpus) for line in json_lines(corpus))
    index = LexicalIndex.build((p.title, p.abstract or "") for p in found)
    embedder = embedding.load()
    vectors = library.vectors(embedder.id)
    lines = []
    for qid, text in asked:
        ranked = rank(text, found, embedder, lexical=index, limit=k, vectors=vectors)
        lines += [f"{qid} Q0 {found[r.index].id} {n} {r.score:.6f} {_TAG}" for n, r in enumerate(ranked, 1)]
    try:
        run.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as problem:
        raise InputError(f"--run {run}: cannot be written ({problem.strerror})") from None


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file (gzip too), each with its line number under `_LINE`.

    Raises:
        InputError: the file cannot be read, or a line is no JSON object (the line is named).
    """
    import gzip
    import zlib

    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as handle:
            for number, line in enumerate(handle, 1):
                if not line.strip():
                    continue
                try:
                    value = json.loads(line)
                except ValueError as problem:
                    raise InputError(f"{path} line {number}: not JSON ({problem}); give one object a line") from None
                if not isinstance(value, dict):
                    raise InputError(f"{path} line {number}: not a JSON object")
                yield {**value, _LINE: number}
    except (OSError, UnicodeDecodeError, EOFError, zlib.error) as problem:
        raise InputError(f"{path}: cannot be read ({problem})") from None


def _id(line: dict[str, Any], names: Sequence[str], path: Path) -> str:
    for name in names:
        if name in line and str(line[name]).strip():
            return str(line[name])
    raise InputError(f"{path} line {line[_LINE]}: no field {names[0]}")


def _text(line: dict[str, Any], path: Path) -> str:
    text = line.get("text", line.get("claim"))
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{path} line {line[_LINE]}: no field text")
    return text


def _paper(line: dict[str, Any], path: Path) -> Paper:
    from synth.records import Ids

    abstract = line.get("abstract", line.get("text", ""))
    if isinstance(abstract, list):
        abstract = " ".join(str(sentence) for sentence in abstract)
    return Paper(
        id=_id(line, ("_id", "doc_id", "id"), path),
        title=str(line.get("title") or ""),
        authors=(),
        year=None,
        ids=Ids(),
        abstract=str(abstract),
        source="local",
    )
