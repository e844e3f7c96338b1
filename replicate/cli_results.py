"""Commands about what came out: score predictions, make the verdict again, show a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from replicate.shell import emit, say

__all__ = ["compare", "score", "show"]

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def score(
    task: Annotated[str, typer.Option("--task", help="A target task.", metavar="TASK")],
    labels: Annotated[Path, typer.Option("--labels", help="Labels in the benchmark's formats.", metavar="DIR")],
    predictions: Annotated[Path, typer.Option("--predictions", help="Predictions alike.", metavar="DIR")],
    split: Annotated[str, typer.Option("--split", help="What the file names begin with.", metavar="NAME")] = "test",
    as_json: Json = False,
) -> None:
    """Score predictions in the benchmark's submission formats.

    Example: replicate score --task tatoeba --labels labels --predictions predictions --json
    """
    from replicate import score as scoring

    found = scoring.score(task, labels, predictions, split, say=say)
    if as_json:
        emit(json.dumps(found, ensure_ascii=False, indent=2))
        return
    rows = [*found["languages"].items(), ("average", found["average"])]
    for language, values in rows:
        emit(f"{language:<8} " + "  ".join(f"{metric} {value:.2f}" for metric, value in values.items()))


def compare(
    folders: Annotated[list[Path], typer.Argument(help="Folders of runs.", metavar="RUN_DIR...")],
    as_json: Json = False,
) -> None:
    """Make the verdict again from the predictions of a finished run; changed files are refused.

    With several runs, Holm's correction goes over their p-values together.

    Example: replicate compare run --json
    """
    from replicate import show as showing
    from replicate.bootstrap import holm
    from replicate.compare import compare as compared
    from replicate.runs import Run

    found = [compared(Run(folder)) for folder in folders]
    for one in found:
        told = one.model_dump_json(by_alias=True, indent=2 if len(found) == 1 else None)
        emit(told if as_json else showing.line(one))
    named = {f"{one.experiment} ({one.preset})": one.p for one in found if one.p is not None}
    if len(named) > 1:
        for name, p in holm({name: p for name, p in named.items() if p is not None}).items():
            say(f"{name}: p {p:.3g} after Holm's correction over {len(named)} runs")


def show(
    folder: Annotated[Path, typer.Argument(help="The folder of a run.", metavar="RUN_DIR")],
) -> None:
    """Show a finished run, and write its report.html and report.pdf anew.

    Example: replicate show run
    """
    from replicate import show as showing

    showing.write(folder)
    emit(showing.summary(folder))
