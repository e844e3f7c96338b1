"""The end of a run: measurements, predictions laid out as a submission, verdict, evidence, reports."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from replicate import exchange
from replicate.arms import primary
from replicate.compare import RunVerdict, verdict
from replicate.measured import Measured, layer_of, measure, submitted
from replicate.plan import Plan
from replicate.runs import Run, jsonl, lay_down
from synth.errors import InputError

__all__ = ["finish"]


def finish(
    folder: Path, report: Path | None, claims: Sequence[str] | None, command: Sequence[str]
) -> RunVerdict:
    """Lay down everything that is made of the finished stages; the same stages give the same bytes.

    With `report` and `claims` the evidence is also laid into the report's folder, beside that of other claims and runs,
    where `synth report --refresh` finds it. Raises InputError for predictions or labels that are not those of the run.
    """
    from replicate import show

    run = Run(folder)
    plan = run.plan()
    measured = measure(run, plan) if plan.stages else []
    lay_down(run.measurements, jsonl(one.measurement for one in measured))
    _submission(run, plan, measured)
    found = verdict(run, plan, measured)
    lay_down(run.verdict, found.model_dump_json(indent=2, by_alias=True) + "\n")
    words = shlex.join(["replicate", *_lasting(command)])
    text = exchange.evidence(found, claims or (), words, [one.measurement for one in measured])
    lay_down(folder / "evidence.jsonl", text)
    if report is not None:
        _lay_beside((report if report.is_dir() else report.parent) / "evidence.jsonl", text)
    show.write(folder)
    return found


def _lay_beside(laid: Path, text: str) -> None:
    """The evidence of other claims and other runs that lies with a report stays there, also of runs that end now."""
    with _alone(laid.parent):
        try:
            before = laid.read_text(encoding="utf-8") if laid.is_file() else ""
        except (OSError, UnicodeDecodeError) as problem:
            raise InputError(f"{laid}: cannot be read ({problem}); move it away and resume the run") from None
        lay_down(laid, exchange.merged(before, text))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time in a folder, as `synth report --refresh` takes it; at once where folders have no locks."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems have none
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _lasting(command: Sequence[str]) -> list[str]:
    """The command without what belongs to one call alone."""
    return [word for word in command if word not in ("--resume", "--quiet", "--debug")]


def _submission(run: Run, plan: Plan, measured: Sequence[Measured]) -> None:
    """predictions/<arm>/seed-<n>/<task>/test-<language>.*: the declared layer, as `replicate score` reads it."""
    for one in (m.measurement for m in measured):
        if not primary(plan, one):
            continue
        done = run.done(one.stage)
        source = next(
            p.path
            for p in (done.result.predictions if done else ())
            if (p.task, p.language, layer_of(p.path)) == (one.task, one.language, one.layer)
        )
        lay_down(submitted(run, one), (run.folder_of(one.stage) / source).read_bytes())
