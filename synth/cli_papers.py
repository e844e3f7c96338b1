"""The commands about single papers and about the library: read, extract, library add, index, list, remove, check."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from synth.errors import InputError
from synth.session import (
    Json,
    LibraryUrl,
    Named,
    Papers,
    Quiet,
    at_least_one,
    emit_json,
    group,
    help_alone,
    kept_library,
    open_library,
    open_progress,
    tell_skipped,
)
from synth.shell import emit, say

__all__ = ["extract", "library", "read"]

library = group("library", "Papers kept for all questions.\n\nExample: synth library list")


def read(papers: Named, as_json: Json = False, quiet: Quiet = False) -> None:
    """Read papers: sections with pages, tables, references.

    Example: synth read 2005.13013v1 --json
    """
    from synth import holdings, references, starter
    from synth.read import as_json as document

    with open_library() as held, open_progress(quiet, data_on_the_way=True) as progress:
        progress.stage("read")
        known = [*(text.paper for text in starter.papers()), *held.papers()] if as_json else []
        for got in holdings.named(papers, held, lambda item: tell_skipped([item])):
            if as_json:
                emit_json(document(got, [match.as_json() for match in references.at_hand(got.references, known)]))
            else:
                emit(
                    f"{got.paper.title}\n  {got.tier}, {len(got.sections)} sections, {len(got.tables)} tables, "
                    f"{len(got.references)} references, {len(got.text):,} characters"
                )
                for note in got.notes:
                    emit(f"  {note}")
            progress.step()


def extract(
    paper: Annotated[
        str, typer.Argument(help="A file, the id of a paper at hand, or - for text on stdin.", metavar="PATH|ID|-")
    ],
    limit: Annotated[int, typer.Option("-k", help="At most this many claims a paper.", metavar="N")] = 50,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Extract checkable claims from a paper.

    Example: echo "We find that BERT gains 3.1 points." | synth extract - --json
    """
    from synth import extract as extractor
    from synth import holdings
    from synth import read as reader

    at_least_one("-k", limit)
    with open_library() as held, open_progress(quiet, data_on_the_way=True) as progress:
        if paper == "-":
            readings = iter([reader.plain(_stdin())])
        else:
            readings = holdings.named([paper], held, lambda item: tell_skipped([item]))
        progress.stage("extract")
        for reading in readings:
            for claim in extractor.claims(reading, None, limit):
                if as_json:
                    emit_json(claim)
                else:
                    emit(f"- {claim.statement}")
            progress.step()


def _stdin() -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as problem:
        raise InputError(f"stdin: not UTF-8 text ({problem}); give it in UTF-8") from None


@library.callback(invoke_without_command=True)
def _library(ctx: typer.Context) -> None:
    help_alone(ctx)


@library.command("add")
def _add(papers: Named, quiet: Quiet = False) -> None:
    """Add papers to the library.

    Example: synth library add 2005.13013
    """
    from synth import holdings

    with kept_library() as held, open_progress(quiet) as progress:
        progress.stage("read")
        found = []
        for reading in holdings.named(papers, held, lambda item: tell_skipped([item])):
            found.append(reading)
            progress.step()
        new = held.add(found, ", ".join(papers))
    emit(f"{new} added, {len(found) - new} were there already")


@library.command("index")
def _index(
    papers: Papers = None,
    library_url: LibraryUrl = None,
    quiet: Quiet = False,
) -> None:
    """Embed all papers of the library, or of files, before anybody asks.

    Without it a question embeds what it needs. After an interruption the same command goes on where it was.

    Example: synth library index
    """
    from synth import holdings, indexing
    from synth.models import embedding

    with kept_library() as held, open_progress(quiet) as progress:
        held.share(library_url)
        progress.stage("read")
        corpora = [holdings.local(papers, held)] if papers else [holdings.starter(), holdings.own(held)]
        for corpus in corpora:
            tell_skipped(corpus.skipped)
            if corpus.lexical is not None:
                corpus.lexical()
        embedder = embedding.load()
        laid = []
        for corpus in corpora:
            progress.stage(f"index {corpus.name}", len(corpus.papers))
            laid.append(indexing.lay(corpus, held, embedder, progress))
        if held.reason:
            say(held.reason)
    emit(f"{sum(one.papers for one in laid):,} papers, {sum(one.embedded for one in laid):,} texts embedded now")


@library.command("list")
def _list(as_json: Json = False) -> None:
    """List the papers that were added: id, version, year, title.

    Example: synth library list
    """
    with kept_library() as held:
        for paper in held.papers():
            if as_json:
                emit_json(paper)
            else:
                emit(f"{paper.id}  {paper.version or '-'}  {paper.year or '????'}  {paper.title}")
        if held.reason:
            say(held.reason)


@library.command("remove")
def _remove(
    paper_id: Annotated[
        str, typer.Argument(help="An id as listed (all its versions), or id and version (IDv2).", metavar="ID")
    ],
) -> None:
    """Remove a paper from the library.

    Example: synth library remove arxiv:2005.13013
    """
    from synth.errors import did_you_mean

    with kept_library() as held:
        removed = held.remove(paper_id)
        if not removed:
            known = [name for paper in held.papers() for name in (paper.id, paper.id + (paper.version or ""))]
            hint = did_you_mean(paper_id, known) if known else "the library holds no added paper"
            raise InputError(f'library remove: no paper "{paper_id}"; {hint}')
    emit(f"removed {paper_id}" + (f", {removed} versions" if removed > 1 else ""))


@library.command("check")
def _check() -> None:
    """Check that the library is sound, and name what is not.

    Example: synth library check
    """
    from synth import holdings

    with kept_library() as held:
        problems = holdings.damage(held)
        counts = held.counts()
    emit(", ".join(f"{count:,} {name}" for name, count in counts.items()))
    for problem in problems:
        emit(problem)
    if problems:
        raise typer.Exit(1)
