"""`synth evaluate`: one benchmark on the files of a folder, as a table for a person or as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synth.session import Json, Quiet, at_least_one, emit_json, open_progress
from synth.shell import emit

if TYPE_CHECKING:
    from synth.evaluation import Result

__all__ = ["evaluate", "table"]


def evaluate(
    benchmark: Annotated[str, typer.Argument(help="Its name; an unknown one lists them.", metavar="BENCHMARK")],
    data: Annotated[
        Path,
        typer.Option("--data", help="The folder of the set, or the root that holds claims/, tables/.", metavar="DIR"),
    ],
    split: Annotated[str | None, typer.Option("--split", help="Another split than the usual.", metavar="NAME")] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", help="Judge only a sample of N; the signature says so.", metavar="N")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Draws the sample and the intervals.", metavar="N")] = 1,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure verdicts, search and tables on a labelled set.

    Example: synth evaluate scifact_oracle --data data --limit 30
    """
    from synth import evaluation

    if limit is not None:
        at_least_one("--limit", limit)
    with open_progress(quiet) as progress:
        result = evaluation.evaluate(benchmark, data, progress, split=split, limit=limit, seed=seed)
    if as_json:
        emit_json(result.model_dump(mode="json", by_alias=True))
    else:
        emit(table(result))


def table(result: Result) -> str:
    """The figures of a result with intervals, the calibration, and the signature they share."""
    from synth.evaluation import signed
    from synth.evaluation.shown import calibration_lines, rows

    head = ("figure", "value", "95 % interval")
    cells = [head, *rows(result)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = [result.title, ""]
    for name, value, interval in cells:
        lines.append(f"  {name:<{widths[0]}}  {value:>{widths[1]}}  {interval}".rstrip())
    if result.confusion:
        lines += ["", *_confusion(result.confusion)]
    if calibrated := calibration_lines(result):
        lines += ["", *calibrated]
    lines += ["", *(f"note: {note}" for note in result.notes)]
    lines += [
        f"measure: {result.definition}",
        f"use: {result.use}; our weights have seen: {result.seen}",
        f"signature: {signed('all figures', result.signature)}",
    ]
    return "\n".join(lines)


def _confusion(confusion: dict[str, dict[str, int]]) -> list[str]:
    said = list(next(iter(confusion.values())))
    lines = ["  annotators / said " + "".join(f"{label:>10}" for label in said)]
    return lines + [f"  {gold:<18}" + "".join(f"{row[label]:>10}" for label in said) for gold, row in confusion.items()]
