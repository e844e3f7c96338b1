"""Commands about reports that exist, and about many: refresh, rebuild, watch, batch."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synth.errors import InputError, did_you_mean
from synth.session import Offline, Papers, Quiet, Source, at_least_one, open_library, open_progress
from synth.shell import emit, say

if TYPE_CHECKING:
    from synth.refresh import Refreshed

__all__ = ["again", "batch", "mark", "watch"]

_LISTED = 5  # remarks that are shown


def again(
    question: str | None, refresh: Path | None, manifest: Path | None, out: Path | None, command: tuple[str, ...], *,
    library_url: str | None = None, quiet: bool,
) -> None:  # fmt: skip
    """`synth report --refresh DIR` and `synth report --from-manifest FILE`. InputError for neither or more than one."""
    given = [name for name, value in (("--question", question), ("--refresh", refresh), ("--from-manifest", manifest))
             if value is not None]  # fmt: skip
    if not given:
        raise InputError("Missing option '--question' / '-q'; see synth report --help")
    if len(given) > 1:
        raise InputError(f"report: {' and '.join(given)} do not go together; give one")
    if refresh is not None:
        if out is not None:
            raise InputError("--out: --refresh writes into the folder it is given; leave --out out")
        _refresh(refresh, quiet=quiet)
    elif manifest is not None:
        _rebuild(manifest, out, command, library_url, quiet=quiet)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _refresh(folder: Path, *, quiet: bool) -> None:
    from synth.refresh import refresh

    if not folder.is_dir():
        raise InputError(f"--refresh: {folder} is no folder of a report; name one that synth report wrote")
    done = refresh(folder, _today())
    if not quiet:
        _told(done)
    emit(str(folder))


def _told(done: Refreshed) -> None:
    by_id = {claim.id: claim for claim in done.report.claims}
    for line in done.remarks[:_LISTED]:
        say(line)
    for name in done.changed[:_LISTED]:
        say(f"{name}: {by_id[name].replication.status}: {by_id[name].replication.reason}")
    if len(done.changed) > _LISTED:
        say(f"{len(done.changed) - _LISTED} more claims changed; the report has them all")
    if not done.changed:
        say("nothing new" if not done.files else "the history was written; no claim changed")


def mark(folder: Path) -> None:
    """Mark the claims of a report just written, under today's date."""
    from synth.refresh import mark as marked

    marked(folder, _today())


def _rebuild(
    manifest: Path, out: Path | None, command: tuple[str, ...], library_url: str | None, *, quiet: bool
) -> None:
    from synth.rebuild import rebuild

    with open_library(library_url) as library, open_progress(quiet) as progress:
        made = rebuild(manifest, library, progress, out, command=command)
    emit(str(made.out))
    if made.same is False:
        why = "; ".join(made.differs) or "the papers at hand, or what the sources answer, changed since"
        raise InputError(f"{manifest}: the same bytes cannot be made again ({why}); the new report is in {made.out}")
    if not quiet:
        say("report.json is the same, byte by byte" if made.same else "no report.json lies beside the manifest")


def watch(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The folder of a report.", metavar="DIR")],
    papers: Papers = None,
    offline: Offline = False,
    quiet: Quiet = False,
) -> None:
    """Ask the question of a report again and tell what changed: versions, retractions, papers, verdicts, replications.

    A dated note and a diff are laid in DIR/watch, and the note is printed; the report itself stays as it is. Files
    named with --papers take the place of those of the first run. What sources answered is asked anew after a week.

    Example: synth watch reports/paws-x-non-english-fine-tuning --offline
    """
    from synth.watch import watch as watched

    with open_library() as library, open_progress(quiet) as progress:
        found = watched(
            folder, _today(), library, progress, papers=papers or (), offline=offline, command=ctx.obj
        )
    for file in found.files[:1]:
        emit(file.read_text(encoding="utf-8").rstrip("\n"))
    if not quiet:
        for file in found.files:
            say(f"written: {file}")
        if not found.changes:
            say("nothing changed")
    if found.report.partial:
        say("some sources could not be asked: what they would have told is not known")
        raise typer.Exit(4)


def batch(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Questions, one a line; # begins a remark.", metavar="FILE")],
    out: Annotated[Path, typer.Option("--out", help="Where the reports, the table and the index go.", metavar="DIR")],
    papers: Papers = None,
    source: Source = None,
    offline: Offline = False,
    max_papers: Annotated[int, typer.Option("--max-papers", help="Include at most N papers.", metavar="N")] = 20,
    since: Annotated[int | None, typer.Option("--since", help="Only papers from this year on.", metavar="YEAR")] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", help="Stop after this time; what is done is kept.", metavar="SECONDS")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", help="Questions at a time.  [default: one a core]", metavar="N")
    ] = None,
    formats: Annotated[
        str,
        typer.Option(
            "--format",
            help="Any of html, pdf, md, json, card, ris, jsonld, csv, crate; separated by commas.",
            metavar="LIST",
        ),
    ] = "html,json",
    backend: Annotated[str, typer.Option("--backend", help="local or ray.", metavar="NAME")] = "local",
    address: Annotated[
        str | None,
        typer.Option("--address", help="Where Ray's cluster answers.  [default: begin one here]", metavar="ADDR"),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Ask many questions over one library: a report each, and batch.csv, batch.jsonl and index.html over them all.

    What is finished is not asked again: a run that was killed or ran out of time goes on with the same line.

    Example: synth batch questions.txt --out answers --offline
    """
    from synth import batch as many
    from synth import batch_ray
    from synth.library import default_folder
    from synth.run import Request

    if jobs is not None:
        at_least_one("--jobs", jobs)
    if budget is not None and not 0 < budget < math.inf:
        raise InputError(f"--budget: {budget:g} is no number of seconds above 0")
    if backend not in ("local", "ray"):
        raise InputError(f'--backend: unknown backend "{backend}"; {did_you_mean(backend, ("local", "ray"))}')
    if address and backend != "ray":
        raise InputError("--address: goes with --backend ray")
    chosen = tuple(part.strip() for part in formats.split(",") if part.strip())
    request = Request(
        question="", papers=tuple(papers or ()), sources=tuple(source or ()), offline=offline, max_papers=max_papers,
        since=since, formats=chosen,
    )  # fmt: skip
    asked = many.questions(file)
    options = many.Options(request, default_folder(), _today(), ctx.obj)
    with open_library() as library, open_progress(quiet) as progress:
        many.ready(options, out, library, progress)
        progress.stage("questions", len(asked))

        def told(row: many.Row) -> None:
            progress.step()
            if row.state == "failed":
                progress.say(f"{row.number}: failed: {row.reason}")

        with _cluster(backend, address) as ray:
            at_once = jobs or (_cores() if ray is None else batch_ray.cores(ray))
            rows = many.batch(asked, out, options, jobs=at_once, budget=budget, told=told, ray=ray)
        many.write(rows, out)
    if not quiet:
        counts = Counter(row.state.replace("_", " ") for row in rows)
        say(", ".join(f"{count} {state}" for state, count in counts.items()) + f" of {len(rows)} questions")
    emit(str(out))
    if any(row.state != "done" for row in rows):
        raise typer.Exit(4)


@contextmanager
def _cluster(backend: str, address: str | None) -> Iterator[Any]:
    """Ray, connected, for as long as the questions run; None where this machine does it alone."""
    if backend == "local":
        yield None
        return
    from synth.batch_ray import connected

    ray = connected(address)
    try:
        yield ray
    finally:
        ray.shutdown()


def _cores() -> int:
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1
