"""The command line of `synth`: parse, call, print. stdout carries data, stderr carries talk.

Here are the commands about questions and claims; `synth.cli_papers` has those about single papers.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from synth import cli_again, cli_audit, cli_evaluate, cli_machine, cli_papers, cli_serve, cli_training
from synth.errors import InputError
from synth.session import (
    Json,
    LibraryUrl,
    Offline,
    Papers,
    Quiet,
    Source,
    at_least_one,
    emit_json,
    group,
    help_alone,
    open_library,
    open_progress,
    tell_skipped,
)
from synth.shell import emit, run, say, show, spread

if TYPE_CHECKING:
    from synth.records import Coverage
    from synth.run import Result

__all__ = ["app", "main"]

Verifier = Annotated[
    str | None,
    typer.Option(
        "--verifier",
        help="Another verifier: a folder of train-verifier, a language model as openai:NAME, or an inference "
        "classifier by name or folder.",
        metavar="ID",
    ),
]
_LISTED = 5  # skipped papers that are named after a report; it holds them all

app = group(
    "synth",
    "Ask a research question, get a checked report; verify claims; read papers.\n\n"
    'Example: synth report --question "PAWS-X non-English fine-tuning" --offline',
)


@app.callback(invoke_without_command=True)
def _top(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,  # noqa: ARG001 (read by `shell.run`)
) -> None:
    if version:
        from synth import __version__

        emit(f"synth {__version__}")
        raise typer.Exit
    help_alone(ctx)


@app.command()
def report(
    ctx: typer.Context,
    question: Annotated[
        str | None, typer.Option("--question", "-q", help="The research question.", metavar="TEXT")
    ] = None,
    papers: Papers = None,
    source: Source = None,
    offline: Offline = False,
    max_papers: Annotated[int, typer.Option("--max-papers", help="Include at most N papers.", metavar="N")] = 20,
    since: Annotated[int | None, typer.Option("--since", help="Only papers from this year on.", metavar="YEAR")] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", help="Stop after this time; what is done is written.", metavar="SECONDS")
    ] = None,
    language_model: Annotated[
        str | None, typer.Option("--language-model", help="openai:NAME, anthropic:NAME or ollama:NAME.", metavar="ID")
    ] = None,
    embedding_model: Annotated[
        str | None,
        typer.Option("--embedding-model", help="A sentence-transformers model by name or folder.", metavar="ID"),
    ] = None,
    verifier: Verifier = None,
    reviewer: Annotated[
        str | None,
        typer.Option(
            "--reviewer",
            help="A language model as one more reviewer: openai:NAME, anthropic:NAME or ollama:NAME.",
            metavar="ID",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where the report is written.  [default: reports/<question>]", metavar="DIR"),
    ] = None,
    formats: Annotated[
        str,
        typer.Option(
            "--format",
            help="Any of html, pdf, md, json, card, ris, jsonld, csv, crate; separated by commas.",
            metavar="LIST",
        ),
    ] = "html,pdf,md,json",
    refresh: Annotated[
        Path | None,
        typer.Option("--refresh", help="Take up what replicate laid beside this report instead.", metavar="DIR"),
    ] = None,
    from_manifest: Annotated[
        Path | None,
        typer.Option("--from-manifest", help="Make the report of this manifest.json again instead.", metavar="FILE"),
    ] = None,
    library_url: LibraryUrl = None,
    quiet: Quiet = False,
) -> None:
    """Answer a question from papers and write the report; or bring a report up to date; or make one again.

    Example: synth report --question "PAWS-X non-English fine-tuning" --offline
    """
    if question is None or refresh is not None or from_manifest is not None:
        cli_again.again(question, refresh, from_manifest, out, ctx.obj, library_url=library_url, quiet=quiet)
        return
    from synth.run import Request, produce

    request = Request(
        question=question,
        papers=tuple(papers or ()),
        sources=tuple(source or ()),
        offline=offline,
        max_papers=max_papers,
        since=since,
        budget=budget,
        language_model=language_model,
        embedding_model=embedding_model,
        verifier=verifier,
        reviewer=reviewer,
        out=out,
        formats=tuple(part.strip() for part in formats.split(",") if part.strip()),
    )
    with open_library(library_url) as library, open_progress(quiet) as progress:
        result = produce(request, library, progress, command=ctx.obj)
    cli_again.mark(result.out)
    _close(result, quiet)
    if result.report.partial:
        if quiet:
            say(_why_partial(result.report.coverage))
        raise typer.Exit(4)


def _why_partial(coverage: Sequence[Coverage]) -> str:
    failed = [f"{one.source} failed ({one.reason})" for one in coverage if one.outcome == "failed"]
    return f"the report is partial: {'; '.join(failed) or 'the time budget ran out'}"


def _close(result: Result, quiet: bool) -> None:
    """The summary on stderr and DIR on stdout; on a terminal that shows both, DIR stands there once."""
    if not quiet:
        from rich.console import Console

        from synth.render import terminal

        tell_skipped(result.report.skipped[:_LISTED])
        if len(result.report.skipped) > _LISTED:
            say(f"skipped {len(result.report.skipped) - _LISTED} more; the report lists them all")
        talk = Console(stderr=True, highlight=False, emoji=False)
        once = sys.stdout.isatty() and talk.is_terminal
        summary = terminal.summary(result.report, None if once else result.out, width=min(talk.width, 100))
        with talk.capture() as captured:
            talk.print(summary, soft_wrap=True)
        show(captured.get())
    emit(str(result.out))


app.command()(cli_papers.read)
app.command()(cli_papers.extract)
app.command()(cli_audit.audit)
app.command()(cli_serve.serve)
app.command()(cli_serve.mcp)
app.command()(cli_evaluate.evaluate)
app.command("train-verifier")(cli_training.train_verifier)
app.command()(cli_again.watch)
app.command()(cli_again.batch)


@app.command()
def search(
    query: Annotated[str | None, typer.Argument(help="Words to search for.", metavar="QUERY")] = None,
    source: Source = None,
    papers: Papers = None,
    offline: Offline = False,
    k: Annotated[int, typer.Option("-k", help="At most this many papers a query.", metavar="N")] = 10,
    queries: Annotated[
        Path | None, typer.Option("--queries", help="Queries, one JSON object a line.", metavar="JSONL")
    ] = None,
    corpus: Annotated[
        Path | None, typer.Option("--corpus", help="Papers to search, one JSON object a line.", metavar="JSONL")
    ] = None,
    run_out: Annotated[
        Path | None, typer.Option("--run", help="Where the TREC run file is written.", metavar="FILE")
    ] = None,
    library_url: LibraryUrl = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Search for papers, or rank a file of papers for a file of queries.

    Example: synth search "zero-shot cross-lingual transfer" --offline
    """
    from synth import lookup
    from synth.text import words

    at_least_one("-k", k)
    if queries or corpus or run_out:
        if not (queries and corpus and run_out) or query or papers or source:
            raise InputError("search: give a query in words, or --queries, --corpus and --run all three")
        with open_library(library_url) as library, open_progress(quiet) as progress:
            lookup.run_file(queries, corpus, run_out, k, library, progress)
        return
    if not words(query or ""):
        raise InputError('search: no query was given; give it in quotes, for example synth search "zero-shot transfer"')
    with open_library(library_url) as library, open_progress(quiet) as progress:
        found, coverage, skipped = lookup.papers(query or "", papers or [], source or [], offline, k, library, progress)
    for work in found:
        if as_json:
            emit_json(work)
        else:
            emit(f"{work.relevance:.2f}  {work.year or '????'}  {work.title}  [{work.id}]")
    tell_skipped(skipped)
    _tell_coverage(coverage, offline)


def _tell_coverage(coverage: Sequence[Coverage], offline: bool) -> None:
    """Which sources could not be asked, and the exit code where some or all failed."""
    for one in coverage:
        if one.outcome == "failed" or (one.outcome == "skipped" and not offline):
            say(f"{one.source}: {one.outcome} ({one.reason})")
    if not any(one.outcome in ("found", "empty") for one in coverage):
        raise typer.Exit(3)
    if any(one.outcome == "failed" for one in coverage):
        raise typer.Exit(4)


@app.command()
def verify(
    claims_given: Annotated[list[str] | None, typer.Argument(help="Claims in words.", metavar="CLAIM")] = None,
    papers: Papers = None,
    claims: Annotated[
        Path | None, typer.Option("--claims", help="Claims, one JSON object a line.", metavar="JSONL")
    ] = None,
    corpus: Annotated[
        Path | None, typer.Option("--corpus", help="Abstracts, one JSON object a line.", metavar="JSONL")
    ] = None,
    oracle: Annotated[bool, typer.Option("--oracle", help="Read only each claim's own doc_ids.")] = False,
    table_claims: Annotated[
        Path | None,
        typer.Option("--table-claims", help="Claims with a table each, one JSON object a line.", metavar="JSONL"),
    ] = None,
    verifier: Verifier = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where predictions are written.", metavar="FILE")] = None,
    library_url: LibraryUrl = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hold claims against papers.

    Example: synth verify "HellaSwag lifts XTREME by 7.0 points over XLM-R Large." --json
    """
    if table_claims:
        from synth import table_claims as tables

        if not out or claims_given or papers or claims or corpus or oracle:
            raise InputError("verify: --table-claims goes with --out and with nothing else that names claims or papers")
        if verifier:
            raise InputError("verify: --verifier reads sentences; tables have their own, so leave it out here")
        with open_progress(quiet) as progress:
            count = tables.predict(table_claims, out, progress)
            progress.finish()
            progress.say(f"{count} predictions are in {out}")
        return
    if claims or corpus or oracle or out:
        from synth import predictions

        if not (claims and corpus and out) or claims_given or papers:
            raise InputError("verify: give claims in words, or --claims, --corpus and --out all three")
        with open_library(library_url) as library, open_progress(quiet) as progress:
            count = predictions.predict(claims, corpus, out, library, progress, oracle=oracle, verifier=verifier)
            progress.finish()
            progress.say(f"{count} predictions are in {out}")
        return
    from synth import judging

    with open_library(library_url) as library, open_progress(quiet) as progress:
        verified, skipped = judging.judged(claims_given or [], papers or [], library, progress, verifier)
    for claim in verified:
        if as_json:
            emit_json(claim)
        else:
            emit(judging.told(claim))
    tell_skipped(skipped)


app.add_typer(cli_papers.library)


app.command()(cli_machine.doctor)
app.command()(cli_machine.completion)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; `synth.shell.run` names the exit codes."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(run(app, "synth", spread(words)))
