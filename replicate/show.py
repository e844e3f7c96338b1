"""A finished run for people: a summary for the terminal, and report.html and report.pdf beside the verdict."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from replicate.compare import RunVerdict
from replicate.runs import Run, lay_down
from replicate.view import view, words
from synth.errors import InputError

__all__ = ["line", "summary", "write"]


def line(verdict: RunVerdict) -> str:
    """One verdict on one line."""
    found = ""
    if verdict.estimate is not None:
        span = "" if verdict.interval is None else f" [{verdict.interval[0]:+.1f}, {verdict.interval[1]:+.1f}]"
        found = f" {verdict.estimate:+.1f}{span}"
    return f"{verdict.experiment} ({verdict.preset}): {words(verdict)}{found}; {verdict.reason}"


def summary(folder: Path) -> str:
    """About twenty lines: the verdict, the claim, every arm, what failed, where the reports are."""
    values = _values(folder)
    claim = values["claim"]
    rows = [
        f"{values['mark']} {values['label'].upper()}: {values['title']} (preset {values['preset']})",
        *_wrapped(values["measured"]),
    ]
    if values["estimate"]:
        rows.append(f"  {values['estimate']}")
    rows += _wrapped(values["reason"])
    if not claim["same"]:
        rows += _wrapped(f"The claim of {claim['source']} ({claim['stated']}): {claim['label']}. {claim['reason']}")
    rows += [""] + [
        f"  {one['arm']:<22} {one['role']:<9} {one['estimate']:>12}  {one['interval']:<16} by seed {one['seeds']}"
        + (f"  degenerate {one['degenerate']}" if not one["degenerate"].startswith("0") else "")
        for one in values["arms"]
    ]
    wrong = [c for c in values["checks"] if c["outcome"] != "match"]
    if values["checks"]:
        rows.append(f"  {len(values['checks']) - len(wrong)} of {len(values['checks'])} checks match")
        rows += [f"    {c['what']}: stated {c['stated']}, found {c['found']}" for c in wrong[:8]]
    rows += [f"  failed: {one['stage']}: {one['reason']}" for one in values["failures"][:5]]
    rows += [
        "",
        *([f"  {values['total']}"] if values["stages"] else []),
        f"  {folder / 'report.html'}",
        f"  {folder / 'report.pdf'}",
    ]
    return "\n".join(rows)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 100, initial_indent="  ", subsequent_indent="  ")


def write(folder: Path) -> None:
    """Write report.html and report.pdf from the run's plan, verdict and stages; the same run gives the same bytes."""
    from replicate import pages

    values = _values(folder)
    lay_down(folder / "report.html", pages.html(values))
    lay_down(folder / "report.pdf", pages.pdf(values))


def _values(folder: Path) -> dict[str, Any]:
    run = Run(folder)
    plan = run.plan()
    if not run.verdict.is_file():
        raise InputError(f"{folder}: has no verdict yet; finish the run with replicate run --resume")
    return view(run, plan, run.read(RunVerdict, run.verdict))
