"""Many questions over one library: each becomes a report in a folder of its own, and all of them a table and an index.

    questions(file)                              -> list[Asked]     one a line; blank lines and # are left out
    batch(asked, out, options, ...)              -> list[Row]       every question asked, one process a core
    finished(asked, out, options)                -> Row | None      what an earlier run finished

A question that is finished is not asked again, so a run that was killed goes on where it was; one that failed or is
partial is. A worker that dies takes one question with it, which is told in its row, and another takes its place.
Vectors and readings are shared through the library.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import json
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth.crew import Asked, Crew, Options, Row, Work
from synth.errors import InputError, did_you_mean
from synth.run import slug
from synth.shelves import file_hash

if TYPE_CHECKING:
    from synth.batch_ray import Cluster
    from synth.library import Library
    from synth.models.embedding import Embedder
    from synth.models.verifier import Verifier
    from synth.progress import Silent
    from synth.records import Report

__all__ = ["Asked", "Options", "Row", "batch", "finished", "questions", "ready", "row", "write"]

_MOST = 100_000  # questions of a file
_LIMIT = 32 * 2**20  # bytes of it
_LABELS = ("supported", "refuted", "conflicting", "not_enough_evidence", "not_checked")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


# --- the questions ----------------------------------------------------------------------------------------


def questions(file: Path) -> list[Asked]:
    """The questions of a file in its order; one that stands there twice is asked once.

    Raises InputError for a file that cannot be read, is no UTF-8 text, is too large or holds no question.
    """
    try:
        if file.stat().st_size > _LIMIT:
            raise InputError(f"{file}: is larger than {_LIMIT // 2**20} MiB; give one question a line")
        text = file.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise InputError(f"{file}: cannot be read ({problem.strerror}); name a file with one question a line") from None
    except UnicodeDecodeError:
        raise InputError(f"{file}: no UTF-8 text; write the questions in UTF-8, one a line") from None
    given = [" ".join(line.split()) for line in text.split("\n")]
    wanted = list(dict.fromkeys(line for line in given if line and not line.startswith("#")))
    if not wanted:
        raise InputError(f"{file}: holds no question; write one a line")
    if len(wanted) > _MOST:
        raise InputError(f"{file}: holds {len(wanted):,} questions; {_MOST:,} at a time are taken")
    shared = Counter(slug(one) for one in wanted)
    return [Asked(n, one, _folder(one, shared)) for n, one in enumerate(wanted, 1)]


def _folder(question: str, shared: Counter[str]) -> str:
    """The slug of the question; with a hash where another question of the file has the same."""
    name = slug(question)
    return name if shared[name] == 1 else f"{name}-{hashlib.sha256(question.encode()).hexdigest()[:6]}"


# --- what is finished -------------------------------------------------------------------------------------


def finished(
    asked: Asked, out: Path, options: Options, hashed: Callable[[Path], str] = file_hash
) -> Row | None:
    """The row of a question whose whole report lies in `out` and was asked in the same way; None for any other.

    `hashed` gives the SHA-256 of an input, which a batch asks for once.
    """
    from synth.rebuild import request_of
    from synth.refresh import manifest_of
    from synth.render import load

    folder = out / asked.folder
    wanted = options.request._replace(question=asked.question, out=None, budget=None)
    try:
        before = request_of(manifest_of(folder), "", hashed)._replace(budget=None)
        if before != wanted:
            return None
        found = row(asked, load(folder))
    except InputError:  # none there, half of one, or its inputs were changed: it is asked
        return None
    return found if found.state == "done" else None


def row(asked: Asked, report: Report) -> Row:
    """The row of a report."""
    failed = [f"{one.source} failed ({one.reason})" for one in report.coverage if one.outcome == "failed"]
    return Row(
        number=asked.number, question=asked.question, folder=asked.folder,
        state="partial" if report.partial else "done",
        reason=("; ".join(failed) or "the time ran out") if report.partial else "",
        answer=report.answer.status, papers=report.screening.included,
        claims=dict(Counter(claim.verdict.label for claim in report.claims)), score=report.review.score,
    )  # fmt: skip


def ready(options: Options, out: Path, library: Library, progress: Silent) -> None:
    """What is at fault in all questions alike is told once, before any is asked; large files are listed once too.

    Raises InputError for an unknown format or source, papers that cannot be read, and a folder that cannot be written.
    """
    from synth import render
    from synth.run import opened

    if not options.request.formats:
        raise InputError(f"--format: no format was named; give one or more of {', '.join(render.FORMATS)}")
    for name in options.request.formats:
        if name not in render.FORMATS:
            raise InputError(f'--format: unknown format "{name}"; {did_you_mean(name, render.FORMATS)}')
    if options.request.max_papers < 1:
        raise InputError(f"--max-papers: {options.request.max_papers} is less than 1")
    render.writable(out)
    opened(options.request, library, None, progress)


# --- asking -----------------------------------------------------------------------------------------------


def batch(
    asked: Sequence[Asked],
    out: Path,
    options: Options,
    *,
    jobs: int,
    budget: float | None = None,
    told: Callable[[Row], None] = lambda _: None,
    work: Work | None = None,
    ray: Any = None,
) -> list[Row]:
    """Ask all that are not finished, `jobs` at a time; `told` hears of each row as it comes. Rows in the file's order.

    After `budget` seconds no further question is begun and those that are asked have no more time: their reports are
    partial, the rest is `not_asked`. `work` asks one question (it is sent to another process: a function by name).
    With `ray` (`batch_ray.connected`) the questions are tasks of that cluster instead of processes of this machine.
    """
    began = time.monotonic()
    rows: dict[int, Row] = {}
    waiting: deque[Asked] = deque()
    hashed = functools.cache(file_hash)
    for one in asked:
        before = finished(one, out, options, hashed)
        if before is None:
            waiting.append(one)
        else:
            rows[one.number] = before
            told(before)
    with _crew(ray, jobs, len(waiting), out, options, work or _ask) as crew:
        for made in crew.rows(waiting, (lambda: None) if budget is None else lambda: budget - time.monotonic() + began):
            rows[made.number] = made
            told(made)
    return [rows[one.number] for one in asked]


def _crew(ray: Any, jobs: int, waiting: int, out: Path, options: Options, work: Work) -> Crew | Cluster:
    if ray is None or not waiting:
        return Crew(min(jobs, waiting), out, options, work)
    from synth.batch_ray import Cluster

    return Cluster(ray, jobs, out, options, work)


@functools.cache
def _models(offline: bool, home: Path | None) -> tuple[Embedder, Verifier]:
    """Opened once a process; what was read for one question is not read again for the next."""
    from synth.library import Library
    from synth.models import embedding, verifier
    from synth.rereading import remembering

    return embedding.load(offline=offline), remembering(verifier.load(offline=offline), Library(home))


def _ask(asked: Asked, out: Path, options: Options, left: float | None) -> Row:
    """One question asked as `synth report` asks it."""
    from synth.library import Library
    from synth.progress import Silent
    from synth.refresh import mark
    from synth.run import produce

    library = Library(options.home)
    try:
        request = options.request._replace(question=asked.question, out=out / asked.folder, budget=left)
        made = produce(
            request, library, Silent(), command=options.command, models=_models(options.request.offline, options.home)
        )
        mark(made.out, options.date)
        return row(asked, made.report)
    finally:
        library.close()


# --- the table --------------------------------------------------------------------------------------------


def write(rows: Sequence[Row], out: Path) -> list[Path]:
    """batch.jsonl, batch.csv and index.html in `out`. InputError where they cannot be written."""
    from synth.render import lay_down
    from synth.render.index import to_index

    plain = [one._asdict() for one in rows]
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in plain)
    files = {"batch.jsonl": lines.encode(), "batch.csv": _csv(plain), "index.html": to_index(plain)}
    try:
        out.mkdir(parents=True, exist_ok=True)
        return [lay_down(out / name, content) for name, content in files.items()]
    except OSError as problem:
        raise InputError(f"{out}: cannot be written ({problem.strerror}); name another folder") from None


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    """One line a question. A cell that a table program would take for a formula begins with an apostrophe."""
    names = ("number", "question", "folder", "state", "reason", "answer", "papers", *_LABELS, "score")
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\n")
    sheet.writerow(names)
    for one in rows:
        counts = one["claims"] or dict.fromkeys(_LABELS)
        cells = [counts.get(name, 0) if name in _LABELS else one[name] for name in names]
        sheet.writerow([f"'{c}" if isinstance(c, str) and c.startswith(_FORMULA) else c for c in map(_flat, cells)])
    return text.getvalue().encode()


def _flat(cell: Any) -> Any:
    """A text on one line: a carriage return alone would begin a row of its own in a table program."""
    return " ".join(cell.split()) if isinstance(cell, str) else cell
