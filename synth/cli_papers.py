"""The commands about single papers and about the library: read, extract, library add, list, remove, check."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from synth.errors import InputError
from synth.session import (
    Json,
    Named,
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
from synth.shell import emit

__all__ = ["extract", "library", "read"]

library = group("library", "Papers kept for all questions.\n\nExample: synth library list")


def read(papers: Named, as_json: Json = False, quiet: Quiet = False) -> None:
    """Read papers: sections with pages, tables, references.

    Example: synth read 2005.13013v1 --json
    """
    from synth import holdings
    from synth.read import as_json as document

    with open_library() as held, open_progress(quiet, data_on_the_way=True) as progress:
        progress.stage("read")
        for got in holdings.named(papers, held, lambda item: tell_skipped([item])):
            if as_json:
                emit_json(document(got))
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


@library.command("list")
def _list(as_json: Json = False) -> None:
    """List the papers that were added.

    Example: synth library list
    """
    with kept_library() as held:
        for reading in held.added():
            paper = reading.paper
            if as_json:
                emit_json(paper)
            else:
                emit(f"{paper.id}  {paper.year or '????'}  {paper.title}")


@library.command("remove")
def _remove(paper_id: Annotated[str, typer.Argument(help="The id as listed.", metavar="ID")]) -> None:
    """Remove one paper from the library.

    Example: synth library remove arxiv:2005.13013
    """
    from synth.errors import did_you_mean

    with kept_library() as held:
        if not held.remove(paper_id):
            known = [reading.paper.id for reading in held.added()]
            hint = did_you_mean(paper_id, known) if known else "the library holds no added paper"
            raise InputError(f'library remove: no paper "{paper_id}"; {hint}')
    emit(f"removed {paper_id}")


@library.command("check")
def _check() -> None:
    """Check that the library is sound.

    Example: synth library check
    """
    with kept_library() as held:
        problems = held.check()
        counts = held.counts()
    emit(", ".join(f"{count:,} {name}" for name, count in counts.items()))
    for problem in problems:
        emit(problem)
    if problems:
        raise typer.Exit(1)
