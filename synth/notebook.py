"""Five functions for notebooks and programs, offered as `synth.report`, `synth.papers`, and so on.

    report(question)   -> Report            one question in, one checked report out
    papers(query)      -> Found             papers for words, the most relevant first
    claims(paper)      -> tuple[Claim]      checkable statements of a paper
    verdicts(claims)   -> tuple[Claim]      claims held against papers
    audits(cards)      -> tuple[Audit]      anybody's reports held against papers

They do what the commands of the same purpose do (`synth report`, `search`, `extract`, `verify`, `audit`), print
nothing, and return frozen records. A paper is named by a path or by an id at hand ("2005.13013v1"). The library is
that of the command line (`SYNTH_HOME`), so what one embedded and read the other need not do again.

All raise `synth.errors.InputError` (one line: what is at fault and what to do) for input that cannot be used. A file
that cannot be read among others that can is told as a Python warning, and in `Found.skipped` and `Report.skipped`.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from synth.errors import InputError
from synth.records import Claim, Coverage, Report, ReportPaper, SkippedPaper

if TYPE_CHECKING:
    from synth.audit.stated import Audit
    from synth.library import Library

__all__ = ["Found", "Named", "audits", "claims", "opened", "papers", "paths", "report", "verdicts"]

Named = str | Path | Sequence[str | Path]  # one path or several


class Found(NamedTuple):
    """What `papers` found: the papers, best first; what became of each source; and files that could not be read."""

    papers: tuple[ReportPaper, ...]
    coverage: tuple[Coverage, ...]
    skipped: tuple[SkippedPaper, ...]


def report(
    question: str,
    *,
    papers: Named = (),
    sources: Sequence[str] = (),
    offline: bool = False,
    max_papers: int = 20,
    since: int | None = None,
    budget: float | None = None,
    language_model: str | None = None,
    embedding_model: str | None = None,
    verifier: str | None = None,
    reviewer: str | None = None,
    out: str | Path | None = None,
    formats: Sequence[str] = ("html", "pdf", "md", "json"),
    progress: bool = False,
) -> Report:
    """Answer a research question from papers, every claim with its quote, its evidence and its verdict.

    Args:
        question: in words, at most 2,000 characters.
        papers: files or folders to answer from, in place of the packaged library and your own.
        sources: ask only these: starter, library, arxiv, openalex, semantic_scholar, acl_anthology. None: all.
        offline: ask no source over the network.
        max_papers: include at most so many papers.
        since: only papers from this year on.
        budget: seconds after which no new work is begun; what is done becomes a report with `partial` set.
        language_model: "openai:NAME", "anthropic:NAME" or "ollama:NAME"; it may word, never judge.
        embedding_model: a sentence-transformers model by name or folder; None: the packaged one.
        verifier: as `--verifier`; None: the packaged one.
        reviewer: as `--reviewer`; None: the reviewers by rule alone.
        out: a folder for the files of the report; None: none are kept.
        formats: which files are written into `out`: html, pdf, md, json, card.
        progress: tell on stderr what is going on.

    Returns:
        The record that `report.json` holds. Scores are raw, in -1 to 1; `confidence` is calibrated, in 0 to 1, and None
        without a calibrator; the review's score is 0 to 10.

    Raises:
        InputError: the question, a path, a name or a number is at fault.
        NothingAskedError: there was no paper at hand and no source could be asked.
    """
    from synth.progress import choose
    from synth.run import Request, produce

    with opened() as library, tempfile.TemporaryDirectory() as nowhere:
        request = Request(
            question, paths(papers), tuple(sources), offline, max_papers, since, budget, language_model,
            embedding_model, verifier, reviewer, out=Path(nowhere) if out is None else Path(out),
            formats=("json",) if out is None else tuple(formats),
        )  # fmt: skip
        told = choose(not progress)
        try:
            return produce(request, library, told, command=("synth.report", question)).report
        finally:
            told.close()


def papers(
    query: str, *, among: Named = (), sources: Sequence[str] = (), offline: bool = False, k: int = 10
) -> Found:
    """The `k` papers most relevant to a query in words, best first.

    Args:
        query: words; a question does as well.
        among: files or folders to search, in place of the packaged library and your own.
        sources: as in `report`.
        offline: ask no source over the network.
        k: at most so many papers.

    Returns:
        Papers with a raw `relevance` in 0 to 1, the coverage (a source that failed is named there, with the reason),
        and the files that were skipped.

    Raises:
        InputError: the query is empty, `k` is less than 1, or a path or a name is at fault.
    """
    from synth.lookup import papers as looked_up
    from synth.progress import Silent

    if k < 1:
        raise InputError(f"k: {k} is less than 1")
    with opened() as library:
        found, coverage, skipped = looked_up(query, paths(among), tuple(sources), offline, k, library, Silent())
    return Found(tuple(found), tuple(coverage), tuple(skipped))


def claims(paper: Named, *, k: int = 50) -> tuple[Claim, ...]:
    """The checkable claims of a paper, or of each of several, the most checkable of each paper first.

    Args:
        paper: a path or an id at hand, or several.
        k: at most so many claims of each paper.

    Returns:
        Claims that nothing was held against yet: their label is "not_checked". `source` holds the place of the quote as
        character offsets into the text of the paper and, where there are pages, the page from 1.

    Raises:
        InputError: no such file or id, no paper that can be read, or `k` is less than 1.
    """
    from synth.extract import claims as extracted
    from synth.holdings import named

    if k < 1:
        raise InputError(f"k: {k} is less than 1")
    with opened() as library:
        readings = list(named([str(one) for one in _several(paper)], library, lambda item: _warn((item,))))
    return tuple(claim for reading in readings for claim in extracted(reading, None, k))


def verdicts(claims: str | Sequence[str], *, papers: Named = (), verifier: str | None = None) -> tuple[Claim, ...]:
    """Hold claims in words against papers.

    Args:
        claims: one claim or several; each one sentence, at most 2,000 characters.
        papers: files or folders; none: the packaged library and your own.
        verifier: as `--verifier`; None: the packaged one.

    Returns:
        One claim for each that was given, in their order, with `verdict` (label, raw score in -1 to 1, calibrated
        confidence in 0 to 1 or None, reason, checks) and `evidence` (verbatim quotes with their places).

    Raises:
        InputError: no claim, an empty or an endless one, or no paper that can be read.
    """
    from synth.judging import judged
    from synth.progress import Silent

    given = [claims] if isinstance(claims, str) else list(claims)
    with opened() as library:
        made, skipped = judged(given, paths(papers), library, Silent(), verifier)
    _warn(skipped)
    return tuple(made)


def audits(cards: Named, *, papers: Named = (), most: int = 200) -> tuple[Audit, ...]:
    """Hold anybody's reports against papers, and say what is wrong with them.

    Args:
        cards: one report or several: old cards, Markdown, HTML, PDF or text.
        papers: files or folders, held against them before your library and the packaged one. No network is used.
        most: judge at most so many claims of a report; the others are "not_checked".

    Returns:
        One audit for each report, in their order: claims with verdicts, findings with kind and severity, the answer.

    Raises:
        InputError: a report or a paper cannot be read, or `most` is less than 1.
    """
    from synth.audit.audit import audits as made_of
    from synth.progress import Silent

    if most < 1:
        raise InputError(f"most: {most} is less than 1")
    with opened() as library:
        made, skipped = made_of(paths(cards), paths(papers), library, Silent(), most=most)
    _warn(skipped)
    return tuple(made)


@contextmanager
def opened() -> Iterator[Library]:
    """The person's library; where it cannot be kept that is a warning, and the work goes on."""
    from synth.library import Library, default_folder

    library = Library(default_folder())
    try:
        library.share(os.environ.get("SYNTH_LIBRARY_URL") or None)
        yield library
        if library.reason:
            warnings.warn(library.reason, stacklevel=4)
    finally:
        library.close()


def _several(named: Named) -> tuple[str | Path, ...]:
    return (named,) if isinstance(named, str | Path) else tuple(named)


def paths(named: Named) -> tuple[Path, ...]:
    """One path or several as a tuple of paths."""
    return tuple(Path(one) for one in _several(named))


def _warn(skipped: Iterable[SkippedPaper]) -> None:
    for item in skipped:
        warnings.warn(f"skipped {item.name}: {item.reason}", stacklevel=3)
