"""The page of results, built from stored results: `python -m synth evaluate BENCHMARK --json` one to a file.

`page(folder)` gives docs/results.md from the JSON files of `benchmarks/results`; docs/generate.py writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from synth.evaluation import Result, known, signed
from synth.evaluation.calibration import Calibration
from synth.evaluation.shown import interval, number, selected

__all__ = ["page", "stored"]

_HEAD = """# Results

Every number here was printed by `synth evaluate` and stands in a file of `benchmarks/results`; its signature says on
which data, how many units, which seed and version, and by which command. Intervals are 95 %, from 1,000 draws of
groups that hang together (claims about one paper, claims made from one another). "none" is a figure without anything
to divide by. ECE is over 15 bins of equal mass; equal widths and the other scores stand beside it.
"""


def stored(folder: Path) -> list[Result]:
    """The results in `*.json` of a folder, by benchmark and split in alphabetical order."""
    found = [Result.model_validate_json(file.read_text("utf-8")) for file in sorted(folder.glob("*.json"))]
    return sorted(found, key=lambda one: (one.signature.benchmark, one.signature.split))


def page(folder: Path) -> str:
    """The Markdown of the page: an overview with the headline of each benchmark, then each with all its figures."""
    results = stored(folder)
    parts = [_HEAD]
    if not results:
        return "\n".join([*parts, "No results are stored yet.\n"])
    rows = [_row(one) for one in results]
    parts.append(_table(("benchmark", "split", "n", "headline", "value", "95 % interval", "weights have seen"), rows))
    for one in results:
        parts += _section(one)
    return "\n".join(parts)


def _row(one: Result) -> tuple[str, ...]:
    first = selected(one)[0]
    s = one.signature
    return (one.title, s.split, _count(one), first.name, number(first), interval(first), one.seen)


def _count(one: Result) -> str:
    s = one.signature
    return f"{s.n:,} {s.unit}" if s.n == s.of else f"sample of {s.n:,} from {s.of:,} {s.unit}"


def _section(one: Result) -> list[str]:
    benchmark = known()[one.signature.benchmark]
    parts = [f"## {one.title}, {one.signature.split}\n", f"{benchmark.measures[:1].upper()}{benchmark.measures[1:]}."]
    parts.append(f"Measure: {one.definition}. Licence of the data: {benchmark.licence}.\n")
    figures = [(figure.name, number(figure), interval(figure)) for figure in selected(one)]
    parts.append(_table(("figure", "value", "95 % interval"), figures))
    some = {"all verdicts": one.calibration, "supported or refuted": one.calibration_decided}
    some |= {f"said {label}": of_label for label, of_label in one.calibration_by_label.items()}
    parts += _calibrated({name: each for name, each in some.items() if each is not None})
    parts += [f"- {note[:1].upper()}{note[1:]}." for note in one.notes]
    return [*parts, f"\n```text\n{signed('all figures', one.signature)}\n```\n"]


def _calibrated(some: dict[str, Calibration]) -> list[str]:
    """One table with a row for each, and one of what was right of what was scored so and so; nothing of nothing."""
    if not some:
        return []
    rows = []
    for name, one in some.items():
        ends = "" if one.ece_low is None or one.ece_high is None else f"{one.ece_low:.3f} to {one.ece_high:.3f}"
        errors = [one.ece_equal_width_15, one.ece_equal_width_10, one.brier, one.nll, one.aurc]
        rows.append((name, f"{one.n:,} of {one.of:,}", f"{one.ece:.3f}", ends, *(f"{error:.3f}" for error in errors)))
    head = ("calibration", "n", "ECE", "95 % interval", "equal width 15", "equal width 10", "Brier", "NLL", "AURC")
    bins = [
        (f"{bin_.low:.1f} to {bin_.high:.1f}", f"{bin_.n:,}", f"{bin_.confidence:.3f}", f"{bin_.accuracy:.3f}")
        for bin_ in next(iter(some.values())).bins_equal_width
        if bin_.n
    ]
    return [_table(head, rows), _table(("scored", "verdicts", "mean confidence", "right"), bins)]


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
