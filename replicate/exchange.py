"""Claims of a report in, evidence out: which experiment can test a claim, and what a run says of it.

The halves meet in files: `report.json` or `claims.jsonl` one way, `evidence.jsonl` the other. A line of the latter
holds a `replication` in the shape that a claim of a report has, for `synth report --refresh`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from replicate import ledger
from replicate.compare import RunVerdict
from replicate.ledger import Tested
from replicate.records import ClaimedEffect
from synth.errors import InputError, did_you_mean
from synth.records import Claim, Record, Replication, ReplicationStatus
from synth.render import load

__all__ = ["Effect", "EvidenceLine", "claims", "effects", "evidence", "experiment_for"]

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w]|\.\d)")


class Effect(Record):
    """A claim of a report and an experiment that can test it. `how` says what they have in common."""

    claim_id: str
    statement: str
    experiment: str
    effect: ClaimedEffect
    how: str
    runnable: bool
    why_not: str | None
    command: str


class EvidenceLine(Record):
    """One line of evidence.jsonl. `claim_id` is None where the run was not started from a claim of a report.

    `measured` tells of the effect that the run did measure, which for the preset micro is another than the claim's.
    """

    schema_: Literal["replicate/evidence/1"] = Field("replicate/evidence/1", alias="schema")
    claim_id: str | None
    experiment: str
    effect: ClaimedEffect
    replication: Replication
    estimate: float | None
    interval: tuple[float, float] | None
    measured: dict[str, str | float | None]
    signature: str


def claims(source: Path) -> tuple[Claim, ...]:
    """The claims of a report folder, a report.json or a claims.jsonl. InputError naming file, line and field."""
    if not source.exists():
        raise InputError(f"{source}: no such file or folder; name a report folder or a claims.jsonl")
    if source.is_dir() or source.suffix == ".json":
        return load(source).claims
    found = []
    for number, row in enumerate(source.read_text(encoding="utf-8").split("\n"), start=1):
        if not row.strip():
            continue
        try:
            found.append(Claim.model_validate_json(row))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "the line"
            raise InputError(
                f"{source}: line {number}: {field}: {first['msg']}; a claim of a report is expected"
            ) from error
    return tuple(found)


def effects(source: Path) -> tuple[Effect, ...]:
    """Every pair of a claim and an experiment that can test it, in the order of the claims, then of the ledger."""
    return tuple(
        _effect(claim, tested, how, source)
        for claim in claims(source)
        for tested in ledger.experiments().values()
        if (how := _match(claim, tested)) is not None
    )


def _effect(claim: Claim, tested: Tested, how: str, source: Path) -> Effect:
    folder = source if source.is_dir() else source.parent
    preset = "retrieval" if set(tested.targets) <= {"bucc2018", "tatoeba"} and tested.targets else "paper"
    command = f"replicate run --report {folder} --claim {claim.id} --experiment {tested.id} --preset {preset}"
    return Effect(
        claim_id=claim.id, statement=claim.statement, experiment=tested.id, effect=tested.effect, how=how,
        runnable=tested.why_not is None, why_not=tested.why_not, command=command,
    )  # fmt: skip


def _match(claim: Claim, tested: Tested) -> str | None:
    """What claim and experiment have in common; None where the experiment does not test the claim.

    The claim must come from the experiment's paper, of the same version where both name one (two versions state
    different values); its statement must hold the words that the ledger asks for, and the value must be its quantity's,
    or, where it has none, among its numbers.
    """
    rule = tested.match
    if rule is None or claim.source.paper_id not in rule.papers:
        return None
    version = claim.source.version
    if version and tested.effect.version and version != tested.effect.version:
        return None
    text = claim.statement.lower()
    numbers = {float(n) for n in _NUMBER.findall(text)} if claim.quantity is None else {claim.quantity.value}
    if rule.value is not None and rule.value not in numbers:
        return None
    if any(word in text for word in rule.without):
        return None
    hits = []
    for group in rule.words:
        hit = next((word for word in group if word in text), None)
        if hit is None:
            return None
        hits.append(hit.strip())
    told = [f"paper {claim.source.paper_id}"]
    told += [f"value {rule.value:g}"] if rule.value is not None else []
    return ", ".join([*told, "words " + " ".join(hits)])


def experiment_for(report: Path, claim_id: str, named: str | None) -> str:
    """The experiment that tests a claim of a report. InputError where none does, or several and none is named."""
    known = [claim.id for claim in claims(report)]
    if claim_id not in known:
        hint = did_you_mean(claim_id, known) if known else "the report holds no claim"
        raise InputError(f'--claim: {report} has no claim "{claim_id}"; {hint}')
    found = [one.experiment for one in effects(report) if one.claim_id == claim_id]
    if not found:
        raise InputError(f"--claim: no experiment tests {claim_id}; see replicate effects {report}")
    if named is not None:
        if named not in found:
            raise InputError(f"--experiment: {named} does not test {claim_id}; {did_you_mean(named, found)}")
        return named
    if len(found) > 1:
        raise InputError(f"--claim: {claim_id} is tested by {', '.join(found)}; name one with --experiment")
    return found[0]


# --- what a run says ----------------------------------------------------------------------------------


def evidence(verdict: RunVerdict, claim_ids: Sequence[str], command: str) -> str:
    """evidence.jsonl: one line for each claim (or one without a claim).

    A run that cannot speak of the claim says not_run with the reason, and names no measurements for it.
    """
    speaks = verdict.claim.label != "not_run"
    status: ReplicationStatus = verdict.label if speaks else "not_run"
    replication = Replication(
        status=status, reason=verdict.claim.reason, command=command,
        measurement_ids=verdict.measurements if speaks else (),
    )  # fmt: skip
    lines = [
        EvidenceLine(
            schema="replicate/evidence/1", claim_id=claim_id, experiment=verdict.experiment,
            effect=_shown(verdict.claim.effect), replication=replication,
            estimate=verdict.estimate if speaks else None, interval=verdict.interval if speaks else None,
            measured={
                "statement": verdict.effect.statement, "label": verdict.label, "estimate": verdict.estimate,
                "low": verdict.interval[0] if verdict.interval else None,
                "high": verdict.interval[1] if verdict.interval else None,
            },
            signature=verdict.signature,
        )
        for claim_id in (claim_ids or (None,))
    ]  # fmt: skip
    return _jsonl(lines)


def _shown(effect: ClaimedEffect) -> ClaimedEffect:
    """A figure from memory never leaves the ledger as the paper's."""
    return effect.model_copy(update={"value": None}) if effect.mark == "recalled" else effect


def _jsonl(lines: Iterable[Record]) -> str:
    return "".join(json.dumps(one.model_dump(mode="json", by_alias=True), ensure_ascii=False) + "\n" for one in lines)
