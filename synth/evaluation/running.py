"""`evaluate`: one benchmark, run and counted, with intervals, calibration and signature."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from synth import __version__
from synth.errors import InputError
from synth.evaluation import edits, intervals, speed, tasks
from synth.evaluation.benchmark import Kind, Place, placed
from synth.evaluation.calibration import BINS, Calibration, calibration
from synth.evaluation.judges import Judge, PredictionJudge
from synth.evaluation.metrics import STANCES, Figures, summed
from synth.evaluation.outcome import Outcome, Verdict
from synth.evaluation.result import Figure, Result, Signature
from synth.progress import Silent

__all__ = ["SEED", "evaluate"]

SEED = 1
_RUN: dict[Kind, Callable[[Place, int | None, int, Judge, Silent], Outcome]] = {
    "pairs": tasks.over_pairs,
    "open": tasks.over_corpus,
    "retrieval": tasks.over_rankings,
    "tables": tasks.over_tables,
    "edits": edits.over_edits,
    "speed": speed.over_time,
}


def evaluate(
    name: str,
    data: Path,
    progress: Silent,
    *,
    split: str | None = None,
    limit: int | None = None,
    seed: int = SEED,
    judge: Judge | None = None,
) -> Result:
    """Run the benchmark `name` on the files under `data` and count.

    `limit` takes a sample drawn by `seed`, which the signature says; `seed` also draws the intervals. `judge` labels
    pairs; the product's own predictions where none is given.

    Raises:
        InputError: no such benchmark or split, a file is missing or a line at fault, or `limit` is below 1.
    """
    if limit is not None and limit < 1:
        raise InputError(f"--limit: {limit} is less than 1")
    place = placed(name, data, split)
    outcome = _RUN[place.benchmark.kind](place, limit, seed, judge or PredictionJudge(), progress)
    progress.stage("resample")
    ends = intervals.of_figures(outcome.tallies, outcome.figures, seed)
    values: Figures = outcome.figures(summed(tally for _, tally in outcome.tallies)) if outcome.tallies else {}
    figures = [Figure(name=key, value=value, **_low_high(ends[key])) for key, value in values.items()]
    figures += [Figure(name=key, value=value, low=None, high=None) for key, value in (outcome.measured or {}).items()]
    verdicts = outcome.verdicts
    by_label = {
        label: _calibrated([verdict for verdict in verdicts if verdict.label == label], outcome.n, seed)
        for label in STANCES
    }
    return Result(
        title=place.benchmark.title,
        use=place.benchmark.use,
        seen=place.benchmark.seen,
        definition=place.benchmark.definition,
        figures=tuple(figures),
        confusion=outcome.confusion,
        calibration=_calibrated(verdicts, outcome.n, seed),
        calibration_decided=_calibrated([one for one in verdicts if one.label != "neutral"], outcome.n, seed),
        calibration_by_label={label: one for label, one in by_label.items() if one is not None},
        notes=outcome.notes,
        signature=_signature(place, outcome, seed, limit),
    )


def _low_high(ends: tuple[float, float] | None) -> dict[str, float | None]:
    return {"low": ends[0] if ends else None, "high": ends[1] if ends else None}


def _calibrated(verdicts: Sequence[Verdict], of: int, seed: int) -> Calibration | None:
    ends = intervals.of_calibration([(one.group, one.confidence, one.right) for one in verdicts], BINS, seed)
    return calibration([(one.confidence, one.right) for one in verdicts], of, ends)


def _signature(place: Place, outcome: Outcome, seed: int, limit: int | None) -> Signature:
    words = ["synth", "evaluate", place.benchmark.name, "--data", "DIR", "--split", place.split]
    words += [] if limit is None else ["--limit", str(limit)]
    return Signature(
        benchmark=place.benchmark.name,
        data=place.benchmark.data,
        split=place.split,
        unit=outcome.unit,
        n=outcome.n,
        of=outcome.of,
        groups=len({group for group, _ in outcome.tallies}),
        seed=seed,
        checksum=_checksum(place),
        synth=__version__,
        verifier=outcome.verifier,
        command=" ".join(words if seed == SEED else [*words, "--seed", str(seed)]),
    )


def _checksum(place: Place) -> str:
    """Of the files that were read, in the order in which the benchmark names them."""
    total = hashlib.sha256()
    for file in place.benchmark.files:
        with (place.folder / file.format(split=place.split)).open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()[:12]
