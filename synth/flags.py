"""Claims that an experiment can test, marked in a report: by which experiment, at what cost, with which command.

Who knows experiments offers them under the entry point group `synth.experiments`: a function that takes claims as plain
values and gives flags as plain values, so that this half imports nobody. What depends on the machine (`here`) goes to
manifest.json; report.json is marked with the rest and stays the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from synth.errors import SynthError
from synth.records import Claim, Replication, Report

__all__ = ["GROUP", "Flag", "Offer", "Tier", "flags", "marked", "offers"]

GROUP = "synth.experiments"
Offer = Callable[[Sequence[Mapping[str, Any]]], Iterable[Mapping[str, Any]]]


class _Open(BaseModel):
    """A value made elsewhere: frozen, and open to fields that a later version adds."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Tier(_Open):
    """One way to test a claim. `speaks`: its result can be one on the paper's claim; `why_not`: why it cannot."""

    name: str
    speaks: bool
    cost: str
    brief: str = ""
    command: str
    why_not: str | None = None
    here: bool = True
    why_not_here: str | None = None


class Flag(_Open):
    """A claim that an experiment can test. `settled` is what counting or arithmetic found at once, None without any."""

    claim_id: str
    experiment: str
    settled: str | None = None
    tiers: tuple[Tier, ...] = ()


def offers() -> tuple[Offer, ...]:
    """What is installed under the group, by name."""
    return tuple(one.load() for one in sorted(entry_points(group=GROUP), key=lambda one: one.name))


def flags(claims: Sequence[Claim], among: Sequence[Offer]) -> tuple[Flag, ...]:
    """The flags of the claims, in the order of the offers. SynthError for an offer whose flags have another shape."""
    if not claims or not among:
        return ()
    given = [claim.model_dump(mode="json") for claim in claims]
    try:
        return tuple(Flag.model_validate(one) for offer in among for one in offer(given))
    except ValidationError as problem:
        first = problem.errors()[0]
        raise SynthError(f"{GROUP}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from problem


def marked(report: Report, found: Iterable[Flag]) -> Report:
    """The report with its flags as the reason and command of `replication`. What an experiment said is left alone."""
    by_claim: dict[str, list[Flag]] = {}
    for flag in found:
        by_claim.setdefault(flag.claim_id, []).append(flag)
    claims = tuple(_marked(claim, by_claim.get(claim.id, ())) for claim in report.claims)
    return report if claims == report.claims else report.model_copy(update={"claims": claims})


def _marked(claim: Claim, own: Sequence[Flag]) -> Claim:
    if not own or claim.replication.status != "not_run" or claim.replication.measurement_ids:
        return claim
    tiers = [tier for flag in own for tier in flag.tiers if tier.cost]
    best = next((tier for tier in tiers if tier.speaks), next(iter(tiers), None))
    said = [flag.settled for flag in own if flag.settled]
    told = [_told(flag) for flag in own if flag.tiers and not flag.settled]
    reason = "; ".join([*dict.fromkeys(said), *(("no experiment was run", *told) if told else ())])
    replication = Replication(
        status="not_run",
        reason=reason or claim.replication.reason,
        command=best.command if best else claim.replication.command,
    )
    return claim.model_copy(update={"replication": replication})


def _told(flag: Flag) -> str:
    """"squad-average can test it: micro (9 min; speaks of the family), paper (4.2 h)"; or why it cannot be run."""
    possible = [tier for tier in flag.tiers if tier.speaks or tier.why_not is None or tier.name == "micro"]
    if possible:
        named = ", ".join(
            f"{tier.name} ({tier.brief or tier.cost}{f'; {tier.why_not}' if tier.why_not else ''})" for tier in possible
        )
        return f"{flag.experiment} can test it: {named}"
    why = next((tier.why_not for tier in flag.tiers if tier.why_not), "no tier of it can be run")
    return f"{flag.experiment} would test it and cannot be run: {why}"
