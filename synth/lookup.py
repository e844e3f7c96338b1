"""`synth search`: papers for a query in words, or a TREC run over a file of queries and a file of papers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synth.errors import InputError
from synth.progress import Silent
from synth.records import Coverage, ReportPaper, SkippedPaper

if TYPE_CHECKING:
    from synth.collect import Corpus
    from synth.library import Library
    from synth.models.embedding import Embedder
    from synth.records import Question
    from synth.screen import Screened
    from synth.search import Vectors
    from synth.sources.protocol import Source

__all__ = ["papers", "ranked", "run_file"]


def papers(
    query: str,
    paths: Sequence[Path],
    sources: Sequence[str],
    offline: bool,
    k: int,
    library: Library,
    progress: Silent,
) -> tuple[list[ReportPaper], list[Coverage], list[SkippedPaper]]:
    """The `k` most relevant papers for a query in words, whatever the screening would say, the coverage, and which
    files were skipped.

    Raises:
        InputError: the query is empty, or a source or file is at fault.
    """
    from synth import formulate, screen
    from synth.models import embedding
    from synth.run import Request, opened

    try:
        asked = formulate.question(query)
    except InputError as problem:
        raise InputError(str(problem).replace("--question: ", "search: ")) from None
    progress.stage("open")
    request = Request(query, papers=tuple(paths), sources=tuple(sources), offline=offline)
    corpora, asking, not_asked = opened(request, library, None, progress)
    embedder = embedding.load()
    progress.stage("search", len(corpora) + len(asking))
    vectors = library.vectors(embedder.id)
    works, coverage = ranked(asked, corpora, asking, embedder, vectors, step=progress.step)
    skipped = [item for corpus in corpora for item in corpus.skipped]
    return [screen.listed(work, None) for work in works[:k]], [*coverage, *not_asked], skipped


def ranked(
    asked: Question,
    corpora: Sequence[Corpus],
    sources: Sequence[Source],
    embedder: Embedder,
    vectors: Vectors | None,
    *,
    step: Callable[[], None],
) -> tuple[list[Screened], list[Coverage]]:
    """All that is found for a question, the most relevant first, whatever the screening would say, and the coverage."""
    from synth import collect, relevance, screen

    found, coverage = collect.collect(asked, corpora, sources, embedder, vectors, since=None, step=step)
    scored = [one._replace(score=s) for one, s in zip(found, relevance.papers(asked, found), strict=True)]
    works = screen.screen(relevance.understood(asked, found), scored, most=len(scored) or 1)
    return sorted(works, key=lambda w: (-w.relevance, w.candidate.paper.id)), coverage


def run_file(queries: Path, corpus: Path, run: Path, k: int, library: Library, progress: Silent) -> None:
    """Write the TREC run: `qid Q0 docid rank score tag`, queries in their order, papers best first.

    Raises:
        InputError: a file is missing or cannot be written, or a line of it has no id or no text.
    """
    from synth import lines, runs
    from synth.models import embedding

    lines.writable(run, "--run")
    progress.stage("open")
    asked = runs.read_queries(queries)
    found = runs.read_corpus(corpus)
    embedder = embedding.load()
    vectors = library.vectors(embedder.id)
    progress.stage("embed")

    def asked_next(done: int, total: int) -> None:
        if done == 1:
            progress.stage("search", total)
        progress.upto(done, total)

    rankings = runs.rank_all(
        asked, found, embedder, limit=k, vectors=vectors, progress=asked_next, embedding=progress.upto
    )
    lines.write(run, runs.run_lines(rankings, found), "--run")
