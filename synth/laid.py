"""Evidence that experiments laid beside a report: read from evidence.jsonl or from a manifest, and may it speak?

A line speaks of the paper's claim when its preset is the retrieval or the paper one, the effect that it measured is the
claim's, and every measurement that it names comes with the hash of its predictions and has the id that its content
gives. Any other line leaves the claim `not_run` and stands beside it: a micro run never raises a paper's claim.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synth.errors import InputError
from synth.records import Replication, content_id

__all__ = ["HISTORY", "Checked", "Laid", "Line", "key", "lines", "mute", "remembered"]

HISTORY = "replications"  # the key of manifest.json under which lines are kept, with their day
_LIMIT = 64 * 2**20  # bytes of an evidence.jsonl that is read
_SPEAKING = ("retrieval", "paper")
_HASH = re.compile(r"[0-9a-f]{64}")


class _Open(BaseModel):
    """A value written elsewhere: frozen, and open to fields that a later version adds."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Effect(_Open):
    statement: str
    value: float | None
    unit: str
    source: str
    mark: str


class _Measured(_Open):
    statement: str
    label: str
    estimate: float | None
    low: float | None
    high: float | None


class _Measurement(_Open):
    id: str
    stage: str
    arm: str
    seed: int
    task: str
    language: str
    split: str
    layer: int | None
    predictions_sha256: str


class _Deviation(_Open):
    what: str
    paper: str
    here: str


class Checked(_Open):
    """A stated number against what was found; `found` is None where nothing could be compared."""

    what: str
    stated: float
    found: float | None
    outcome: Literal["match", "mismatch", "missing"]


class Line(_Open):
    """A line of evidence.jsonl as it is read here. What older lines lack is empty, and such a line cannot speak."""

    schema_: Literal["replicate/evidence/1"] = Field(alias="schema")
    claim_id: str | None
    experiment: str
    effect: _Effect
    replication: Replication
    measured: _Measured
    signature: str
    preset: str = ""
    level: float | None = None
    band: float | None = None
    seeds: tuple[int, ...] = ()
    similarity: dict[str, str] = Field(default_factory=dict)
    deviations: tuple[_Deviation, ...] = ()
    checks: tuple[Checked, ...] = ()
    measurements: tuple[_Measurement, ...] = ()

    @property
    def plan(self) -> str:
        """The id of the plan that was run: a plan finished later takes the place of its own first half."""
        return self.signature.partition(" ")[0]


class Laid(NamedTuple):
    """Lines with what they were read from, in the order of the file; `remarks` on those that name no claim."""

    lines: tuple[Line, ...]
    raw: tuple[dict[str, Any], ...]
    remarks: tuple[str, ...]


def lines(folder: Path) -> Laid:
    """evidence.jsonl of a report's folder; nothing where it has none.

    Raises InputError naming file, line and field for what is no evidence, and for a file that is too large.
    """
    file = folder / "evidence.jsonl"
    if not file.is_file():
        return Laid((), (), ())
    try:
        if file.stat().st_size > _LIMIT:
            raise InputError(f"{file}: is larger than {_LIMIT // 2**20} MiB; no experiment writes so much")
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"{file}: cannot be read ({problem})") from None
    found: list[Line] = []
    raw: list[dict[str, Any]] = []
    remarks = []
    for number, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        line = _line(row, f"{file}: line {number}")
        if line.claim_id is None:
            remarks.append(f"{file.name}: line {number}: the run of {line.experiment} was begun without a claim")
            continue
        found.append(line)
        raw.append(_plain(row, f"{file}: line {number}"))
    return Laid(tuple(found), tuple(raw), tuple(remarks))


def _line(row: str, where: str) -> Line:
    try:
        return Line.model_validate_json(row)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the line"
        raise InputError(
            f"{where}: {field}: {first['msg']}; lay it down again with replicate run --resume"
        ) from error


def _plain(row: str, where: str) -> dict[str, Any]:
    """The line as plain values that can be written again; InputError for numbers and text that cannot."""
    try:
        made: dict[str, Any] = json.loads(row)
        json.dumps(made, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{where}: cannot be kept ({problem}); run replicate again with --resume") from None
    return made


def remembered(manifest: Mapping[str, Any]) -> tuple[Line, ...]:
    """The lines that were taken up before, as manifest.json keeps them. InputError where they are none."""
    kept = manifest.get(HISTORY, [])
    if not isinstance(kept, list) or not all(isinstance(one, dict) for one in kept):
        raise InputError(f"manifest.json: {HISTORY}: a list of dated lines is expected")
    return tuple(
        _line(json.dumps(one.get("line")), f"manifest.json: {HISTORY}: entry {number}")
        for number, one in enumerate(kept, start=1)
    )


def mute(line: Line) -> str | None:
    """Why a line cannot speak of the paper's claim; None when it can."""
    if line.replication.status in ("not_run", "not_replicable"):
        return line.replication.reason
    if line.preset not in _SPEAKING:
        return f"the preset {line.preset or 'of the run is not named and'} cannot speak of the paper's claim"
    if line.measured.statement != line.effect.statement:
        return "what was measured is another effect than the claim's"
    if line.measured.label != line.replication.status:
        return f"the line says {line.replication.status} and its run {line.measured.label}"
    sound = {one.id for one in line.measurements if _HASH.fullmatch(one.predictions_sha256) and one.id == _id(one)}
    if not set(line.replication.measurement_ids) <= sound:
        return "it names measurements without the predictions that they were made from"
    return None


def _id(one: _Measurement) -> str:
    """The id that the content of a measurement gives it (as the replication engine makes it)."""
    return content_id(
        "m", one.stage, one.arm, one.seed, one.task, one.language, one.split, one.layer, one.predictions_sha256
    )


def key(line: Line) -> tuple[str, str, str]:
    """What a later line takes the place of: the same claim, experiment and plan."""
    return line.claim_id or "", line.experiment, line.plan
