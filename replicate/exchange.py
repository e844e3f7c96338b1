"""Claims of a report in, evidence out: which experiment can test a claim, and what a run says of it.

The halves meet in files: `report.json` or `claims.jsonl` one way, `evidence.jsonl` the other. A line of the latter
holds a `replication` in the shape that a claim of a report has, for `synth report --refresh`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from replicate import ledger
from replicate.check import Checked
from replicate.compare import RunVerdict
from replicate.ledger import Tested
from replicate.records import ClaimedEffect, Deviation, Measurement, Similarity
from synth.errors import InputError, did_you_mean
from synth.records import Claim, Record, Replication, ReplicationStatus
from synth.render import load

__all__ = [
    "Effect", "EvidenceLine", "claims", "effects", "evidence", "experiment_for", "matching", "merged", "numbers",
]  # fmt: skip

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
    `measurements` are those that `replication` names, each with the hash of its predictions: an id that is not the hash
    of its measurement is refused where the line is taken up. `deviations` are the ways in which the run differs from
    the paper; `checks` what was counted or computed.
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
    preset: str
    level: float
    band: float
    seeds: tuple[int, ...]
    similarity: Similarity
    deviations: tuple[Deviation, ...] = ()
    checks: tuple[Checked, ...] = ()
    measurements: tuple[Measurement, ...] = ()


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
    return tuple(_effect(claim, tested, how, source) for claim, tested, how in matching(claims(source)))


def matching(among: Sequence[Claim]) -> Iterator[tuple[Claim, Tested, str]]:
    """Every pair of a claim and an experiment that can test it, with what they have in common."""
    for claim in among:
        for tested in ledger.experiments().values():
            how = _match(claim, tested)
            if how is not None:
                yield claim, tested, how


def numbers(claim: Claim) -> set[float]:
    """The numbers that a claim states: its quantity's, or, where it has none, all of its statement ("1,200" is one)."""
    if claim.quantity is not None:
        return {claim.quantity.value}
    return {float(n) for n in _NUMBER.findall(re.sub(r"(?<=\d),(?=\d{3}\b)", "", claim.statement.lower()))}


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
    if rule.value is not None and rule.value not in numbers(claim):
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


def evidence(
    verdict: RunVerdict, claim_ids: Sequence[str], command: str, measurements: Sequence[Measurement] = ()
) -> str:
    """evidence.jsonl: one line for each claim (or one without a claim). `measurements` are those of the run.

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
            signature=verdict.signature, preset=verdict.preset, level=verdict.level, band=verdict.band,
            seeds=verdict.seeds, similarity=verdict.similarity, deviations=verdict.deviations,
            checks=tuple(one for one in verdict.checks if one.mark != "recalled"),
            measurements=tuple(one for one in measurements if speaks and one.id in verdict.measurements),
        )
        for claim_id in (claim_ids or (None,))
    ]  # fmt: skip
    return _jsonl(lines)


def merged(laid: str, new: str) -> str:
    """The lines of an evidence.jsonl with new ones: a line of the same claim and plan takes the place of the former.

    Lines of other claims and other plans stay as they are, whatever they hold: who takes them up judges them.
    """
    fresh = {_key(row): row for row in new.split("\n") if row.strip()}
    kept = []
    for row in laid.split("\n"):
        if row.strip():
            kept.append(fresh.pop(_key(row), row))
    return "".join(f"{row}\n" for row in (*kept, *fresh.values()))


def _key(row: str) -> tuple[str, str]:
    """The claim and the plan of a line; the line itself where it names none."""
    try:
        line = json.loads(row)
        return str(line["claim_id"]), str(line["signature"]).split(" ", 1)[0]
    except (ValueError, TypeError, KeyError):
        return "", row


def _shown(effect: ClaimedEffect) -> ClaimedEffect:
    """A figure from memory never leaves the ledger as the paper's."""
    return effect.model_copy(update={"value": None}) if effect.mark == "recalled" else effect


def _jsonl(lines: Iterable[Record]) -> str:
    return "".join(json.dumps(one.model_dump(mode="json", by_alias=True), ensure_ascii=False) + "\n" for one in lines)
