"""The command line of `synth`: parse, call, print. stdout carries data, stderr carries talk."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synth.errors import SynthError

if TYPE_CHECKING:
    from synth.library import Library

__all__ = ["app", "main"]

app = typer.Typer(
    name="synth",
    help="Ask a research question, get a checked report; verify claims; read papers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Papers = Annotated[
    list[Path] | None,
    typer.Option(
        "--papers", help="PDF, HTML, JATS XML, LaTeX, BibTeX or JSONL files, or folders of them.", metavar="PATH"
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,
) -> None:
    if version:
        from synth import __version__

        print(f"synth {__version__}")  # noqa: T201
        raise typer.Exit
    if debug:
        os.environ["SYNTH_DEBUG"] = "1"


@app.command()
def report(
    question: Annotated[str, typer.Option("--question", "-q", help="The research question.", metavar="TEXT")],
    papers: Papers = None,
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source",
            help="Ask only these: starter, library, arxiv, openalex, semantic_scholar, acl_anthology.",
            metavar="NAME",
        ),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no source over the network.")] = False,
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
    out: Annotated[Path | None, typer.Option("--out", help="Where the report is written.", metavar="DIR")] = None,
    formats: Annotated[
        str, typer.Option("--format", help="Any of html, pdf, md, json, card; separated by commas.", metavar="LIST")
    ] = "html,pdf,md,json",
    quiet: Quiet = False,
) -> None:
    """Answer a question from papers and write the report.

    Example: synth report --question "PAWS-X non-English fine-tuning" --offline
    """
    from synth.progress import choose
    from synth.render import terminal
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
        out=out,
        formats=tuple(part.strip() for part in formats.split(",") if part.strip()),
    )
    progress = choose(quiet)
    with _library() as library:
        try:
            result = produce(request, library, progress, command=["synth", *sys.argv[1:]])
        finally:
            progress.close()
    terminal.show(result.report, result.out)
    if result.report.partial:
        raise typer.Exit(4)


@app.command()
def read(
    papers: Annotated[list[Path], typer.Argument(help="Files or folders.", metavar="PATH...")],
    as_json: Json = False,
) -> None:
    """Read papers: sections with pages, tables, references.

    Example: synth read paper.pdf --json
    """
    from synth import read as reader

    found, skipped = reader.files(papers)
    for paper in found:
        got = reader.paper(paper)
        if as_json:
            _print(json.dumps(reader.as_json(got), ensure_ascii=False))
        else:
            _print(
                f"{got.paper.title}\n  {got.tier}, {len(got.sections)} sections, {len(got.tables)} tables, "
                f"{len(got.references)} references, {len(got.text):,} characters"
            )
    for item in skipped:
        _say(f"skipped {item.name}: {item.reason}")


@app.command()
def extract(
    paper: Annotated[str, typer.Argument(help="A file, or - for text on stdin.", metavar="PATH|-")],
    limit: Annotated[int, typer.Option("-k", help="At most this many claims a paper.", metavar="N")] = 50,
    as_json: Json = False,
) -> None:
    """Extract checkable claims from a paper.

    Example: echo "We find that BERT gains 3.1 points." | synth extract - --json
    """
    from synth import extract as extractor
    from synth import read as reader

    if paper == "-":
        readings = [reader.plain(sys.stdin.read())]
    else:
        readings = [reader.paper(p) for p in reader.files([Path(paper)])[0]]
    for reading in readings:
        for claim in extractor.claims(reading, None, limit):
            _print(claim.model_dump_json() if as_json else f"- {claim.statement}")


@app.command()
def search(
    query: Annotated[str | None, typer.Argument(help="Words to search for.", metavar="QUERY")] = None,
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Ask only these sources.", metavar="NAME")
    ] = None,
    papers: Papers = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no source over the network.")] = False,
    k: Annotated[int, typer.Option("-k", help="At most this many papers a query.", metavar="N")] = 10,
    queries: Annotated[Path | None, typer.Option("--queries", help="Queries, one JSON object a line.")] = None,
    corpus: Annotated[Path | None, typer.Option("--corpus", help="Papers to search, one JSON object a line.")] = None,
    run: Annotated[Path | None, typer.Option("--run", help="Where the TREC run file is written.")] = None,
    as_json: Json = False,
) -> None:
    """Search for papers.

    Example: synth search "zero-shot cross-lingual transfer" --offline
    """
    from synth import lookup

    with _library() as library:
        if queries or corpus or run:
            lookup.run_file(queries, corpus, run, k, library)
            return
        found, coverage = lookup.papers(query or "", papers or [], source or [], offline, k, library)
    for work in found:
        _print(
            work.model_dump_json()
            if as_json
            else f"{work.relevance:.2f}  {work.year or '????'}  {work.title}  [{work.id}]"
        )
    for c in coverage:
        if c.outcome in ("failed", "skipped"):
            _say(f"{c.source}: {c.outcome} ({c.reason})")
    if any(c.outcome == "failed" for c in coverage):
        raise typer.Exit(4 if any(c.outcome in ("found", "empty") for c in coverage) else 3)


@app.command()
def verify(
    claims_given: Annotated[list[str] | None, typer.Argument(help="Claims in words.", metavar="CLAIM...")] = None,
    papers: Papers = None,
    claims: Annotated[Path | None, typer.Option("--claims", help="Claims, one JSON object a line.")] = None,
    corpus: Annotated[Path | None, typer.Option("--corpus", help="Abstracts, one JSON object a line.")] = None,
    oracle: Annotated[bool, typer.Option("--oracle", help="Read only each claim's own doc_ids.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Where predictions are written.")] = None,
    as_json: Json = False,
) -> None:
    """Hold claims against papers.

    Example: synth verify "HellaSwag lifts XTREME by 7.0 points over XLM-R Large." --json
    """
    from synth import judging

    with _library() as library:
        if claims or corpus:
            judging.predictions(claims, corpus, out, library, oracle=oracle)
            return
        for claim in judging.judged(claims_given or [], papers or [], library):
            _print(claim.model_dump_json() if as_json else judging.told(claim))


library_app = typer.Typer(help="Papers kept for all questions.", no_args_is_help=True)
app.add_typer(library_app, name="library")


@library_app.command("add")
def library_add(paths: Annotated[list[Path], typer.Argument(help="Files or folders.", metavar="PATH...")]) -> None:
    """Add papers. Example: synth library add papers/"""
    from synth import read as reader

    found, skipped = reader.files(paths)
    with _library() as library:
        new = library.add([reader.paper(p) for p in found], ", ".join(str(p) for p in paths))
    _print(f"{new} added, {len(found) - new} were there already")
    for item in skipped:
        _say(f"skipped {item.name}: {item.reason}")


@library_app.command("list")
def library_list(as_json: Json = False) -> None:
    """List the papers that were added. Example: synth library list"""
    with _library() as library:
        for reading in library.added():
            paper = reading.paper
            _print(paper.model_dump_json() if as_json else f"{paper.id}  {paper.year or '????'}  {paper.title}")


@library_app.command("remove")
def library_remove(paper_id: Annotated[str, typer.Argument(help="The id as listed.", metavar="ID")]) -> None:
    """Remove one paper. Example: synth library remove file:0123456789"""
    from synth.errors import InputError, did_you_mean

    with _library() as library:
        if not library.remove(paper_id):
            known = [r.paper.id for r in library.added()]
            hint = did_you_mean(paper_id, known) if known else "the library holds no added paper"
            raise InputError(f'library remove: no paper "{paper_id}"; {hint}')
    _print(f"removed {paper_id}")


@library_app.command("check")
def library_check() -> None:
    """Check that the library is sound. Example: synth library check"""
    with _library() as library:
        problems = library.check()
        counts = library.counts()
    _print(", ".join(f"{count:,} {name}" for name, count in counts.items()))
    for problem in problems:
        _print(problem)
    if problems:
        raise typer.Exit(1)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what is installed, which models are there, and whether the library is sound.

    Example: synth doctor
    """
    from synth import checkup

    with _library() as library:
        findings = checkup.findings(library)
    if as_json:
        _print(json.dumps(findings, indent=2))
    else:
        for name, value in findings.items():
            _print(f"{name:<18} {value}")


@contextmanager
def _library() -> Iterator[Library]:
    from synth.library import Library, default_folder

    library = Library(default_folder())
    try:
        yield library
    finally:
        library.close()


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


def _say(line: str) -> None:
    sys.stderr.write(f"synth: {line}\n")


def spread_papers(arguments: Sequence[str]) -> list[str]:
    """`--papers A B` as `--papers A --papers B`: a folder glob of a shell expands to several words."""
    spread: list[str] = []
    taking = False
    for n, word in enumerate(arguments):
        if word == "--":
            return [*spread, *arguments[n:]]
        if word.startswith("-") and word != "-":
            taking = word == "--papers"
            spread.append(word)
        elif taking and spread[-1] != "--papers" and (arguments[0] == "report" or Path(word).exists()):
            spread += ["--papers", word]
        else:
            taking = taking and spread[-1] == "--papers"
            spread.append(word)
    return spread


def _usage(problem: Any) -> str:
    """A usage error as one line, with where to look."""
    context = getattr(problem, "ctx", None)
    where = context.command_path if context is not None else "synth"
    return f"{problem.format_message().rstrip('.')}; see {where} --help"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 2 input at fault, 3 nothing could be asked, 4 partial, 130 interrupted."""
    words = spread_papers(list(sys.argv[1:] if arguments is None else arguments))
    try:
        code = app(args=words, prog_name="synth", standalone_mode=False) or 0
    except (KeyboardInterrupt, typer.Abort):
        _say("interrupted")
        code = 130
    except SynthError as problem:
        if os.environ.get("SYNTH_DEBUG"):
            raise
        _say(str(problem))
        code = problem.exit_code
    except typer.BadParameter.__bases__[0] as problem:  # every usage error; typer carries its own copy of click
        _say(_usage(problem))
        code = 2
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 (the reader of the pipe went away)
        code = 0
    sys.exit(code)
