"""Which claims an experiment can test, with what each tier costs: what a report of synth marks beside its claims.

`flags` is offered to synth under the entry point group `synth.experiments`: claims as plain values go in, flags as
plain values come out, and neither half imports the other. Of all this only
`here` and `why_not_here` depend on the machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from replicate import check, counted, exchange, load
from replicate import plan as planning
from replicate.check import Checked
from replicate.cost import duration, short
from replicate.ledger import Tested
from replicate.plan import Plan
from synth.errors import InputError
from synth.records import Claim, Record

__all__ = ["Flag", "Tier", "flags", "told"]

_RETRIEVAL = {"bucc2018", "tatoeba"}
_SPEAKS_NOT = "of a made-up family, never of the paper"


class Tier(Record):
    """One way to test a claim. `speaks` says whether its result can be one on the paper's claim.

    `cost` is an estimate in words, `brief` its time alone; `why_not` says why this version cannot run it, None when it
    can. `here` and `why_not_here` belong to the machine that asks and stand in no report.json.
    """

    name: str
    speaks: bool
    cost: str
    brief: str = ""
    command: str
    why_not: str | None = None
    here: bool
    why_not_here: str | None = None


class Flag(Record):
    """A claim that an experiment can test. `settled` is what counting or arithmetic found at once, None without any."""

    claim_id: str
    experiment: str
    how: str
    settled: str | None
    tiers: tuple[Tier, ...]


def flags(claims: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The flags of claims (as claims.jsonl has them), in their order, then in the order of the ledger.

    A claim that no experiment of the ledger settles may still be settled by counting or arithmetic alone. Raises
    ValidationError of pydantic for what is no claim.
    """
    return [flag.model_dump(mode="json") for one in claims for flag in _flags(Claim.model_validate(one))]


def _flags(claim: Claim) -> Iterator[Flag]:
    known = False
    for _, tested, how in exchange.matching([claim]):
        said = _settled(claim, tested)
        known = known or said is not None
        tiers = tuple(_tiers(claim, tested))
        yield Flag(claim_id=claim.id, experiment=tested.id, how=how, settled=said, tiers=tiers)
    said = None if known else counted.settled(claim)
    if said is not None:
        yield Flag(claim_id=claim.id, experiment="counting", how="its own figures", settled=said, tiers=())


def _tiers(claim: Claim, tested: Tested) -> Iterator[Tier]:
    """The tiers that the experiment has, cheapest first."""
    names = ["micro"] if tested.micro else []
    names += ["retrieval"] if _RETRIEVAL & set(tested.targets) else []
    names += ["paper"] if tested.arms else []
    for name in names or (["check"] if tested.counts or tested.sums else []):
        preset = "paper" if name == "check" else name
        command = f"replicate run --report . --claim {claim.id} --experiment {tested.id} --preset {preset}"
        try:
            made = _plan(tested.id, preset)
        except InputError as problem:
            yield Tier(name=name, speaks=False, cost="", command=command, why_not=str(problem), here=False)
            continue
        why_not = None if name == "micro" or made.claim_not_run is None else made.claim_not_run
        lacking = _lacking(name)
        yield Tier(
            name=name, speaks=name != "check" and made.claim_not_run is None,
            cost="at once" if name == "check" else short(made.cost), brief=_brief(name, made), command=command,
            why_not=_SPEAKS_NOT if name == "micro" else None if name == "check" else why_not,
            here=lacking is None, why_not_here=lacking,
        )  # fmt: skip


def _brief(tier: str, made: Plan) -> str:
    if tier == "check":
        return "at once"
    return f"about {duration(made.cost.seconds)} of {'a core' if tier == 'micro' else 'a GPU'}"


@lru_cache(maxsize=64)
def _plan(experiment: str, preset: str) -> Plan:
    """Plans do not depend on claims: in one process each is made once."""
    places = () if preset == "micro" else (load.place("hub"),)
    return planning.make(planning.Request(experiment, preset), places)


def _lacking(tier: str) -> str | None:
    """What this machine lacks for a tier; None where nothing is known to be missing."""
    if tier == "check":
        return None
    missing = [name for name in ("torch", "transformers") if find_spec(name) is None]
    if missing:
        return f"{' and '.join(missing)} not installed: pip install 'synth-replicate[replicate]'"
    if tier == "micro" or os.path.exists("/dev/nvidia0") or os.path.exists("/dev/kfd"):  # noqa: PTH110 (devices)
        return None
    return "no GPU here; model and data come from the hub or from --data"


def _settled(claim: Claim, tested: Tested) -> str | None:
    """What the counts and sums of an experiment say of a claim; None where it has none or none decides.

    Of several checks those count whose stated number the claim states; a number from memory is never told.
    """
    if not tested.counts and not tested.sums:
        return None
    stated = exchange.numbers(claim)
    done = [one for one in check.checks(tested, _plan(tested.id, "paper")) if one.stated in stated]
    decided = [one for one in done if one.outcome != "missing" and one.mark != "recalled"]
    return told(decided) if decided else None


def told(done: Sequence[Checked]) -> str:
    """Checks in words: "counted, nothing was replicated: squad_v1 train: rows: stated 87,599, found 87,599, agrees"."""
    parts = [
        f"{one.what}: stated {one.stated:,g}, found {one.found:,g}, {'agrees' if one.outcome == 'match' else 'differs'}"
        for one in done
        if one.found is not None
    ]
    return "checked, nothing was replicated: " + "; ".join(parts)
