"""What an evaluation yields: figures with intervals, calibration, and the signature without which no figure travels."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from synth.evaluation.calibration import Calibration
from synth.records import Record

__all__ = ["Figure", "Result", "Signature", "signed"]


class Figure(Record):
    """One number. None where there was nothing to divide by. `low` and `high` end a 95 % interval, None where the
    units fall into fewer than two groups.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None


class Signature(Record):
    """What a figure depends on. `n` units of `of` in the split were judged: fewer where a sample was asked for.

    `unit` is what was counted; `checksum` the first twelve digits of the SHA-256 over the files read, in their order.
    `verifier` names what judged, with its own checksum.
    """

    benchmark: str
    data: str
    split: str
    unit: str
    n: int
    of: int
    groups: int
    seed: int
    checksum: str
    synth: str
    verifier: str
    command: str


class Result(Record):
    """One benchmark, run once. The same input gives the same record, but for figures that measure time.

    `calibration` is of all verdicts with a confidence, `calibration_decided` of those that support or refute, None
    where no confidence was given; `calibration_by_label` is by the label that was said. `confusion` is
    {gold: {predicted: count}} where labels were compared.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Literal["synth/evaluation/1"] = Field(default="synth/evaluation/1", alias="schema")
    title: str
    use: str
    seen: str
    definition: str
    figures: tuple[Figure, ...]
    confusion: dict[str, dict[str, int]] | None
    calibration: Calibration | None
    calibration_decided: Calibration | None
    calibration_by_label: dict[str, Calibration]
    notes: tuple[str, ...]
    signature: Signature


def signed(name: str, signature: Signature) -> str:
    """The signature of one figure as one line, to stand beside it wherever it is printed."""
    s = signature
    sample = "" if s.n == s.of else f" of {s.of} (a sample)"
    return (
        f"{name} | {s.benchmark}: {s.data} {s.split}, sha256 {s.checksum} | n={s.n}{sample} {s.unit}, {s.groups} groups"
        f" | seed {s.seed} | synth {s.synth} | {s.verifier} | {s.command}"
    )
