"""What part of an experiment a preset runs, which effect that part can speak of, and how it differs from the paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from replicate import catalogue
from replicate.ledger import Family, Tested
from replicate.place import Place
from replicate.records import Arm, ClaimedEffect, Deviation, Similarity
from synth.errors import InputError
from synth.records import Record

__all__ = ["Scope", "deviations", "scope", "similarity"]

_RETRIEVAL = ("bucc2018", "tatoeba")


class Scope(Record):
    """The arms, targets and seeds of a preset, the effect they measure, and why the paper's claim is out of reach."""

    effect: ClaimedEffect
    side: Literal["both", "above"]
    arms: tuple[Arm, ...]
    baseline: str
    treatment: str
    controls: tuple[str, ...]
    targets: tuple[str, ...]
    seeds: tuple[int, ...]
    layer: int | None
    pretrain: Literal["per_seed", "once"]
    world: int | None
    claim_not_run: str | None


def scope(tested: Tested, preset: str, seeds: int | None) -> Scope:
    """The part of the experiment that the preset runs. InputError where it has none."""
    if preset == "micro":
        return _family(tested, seeds)
    wanted = tuple(range(1, seeds + 1)) if seeds and tested.effect.kind != "level" else tested.seeds
    targets = tested.targets if preset == "paper" else tuple(t for t in tested.targets if t in _RETRIEVAL)
    if tested.targets and not targets:
        raise InputError(
            f"--preset: {tested.id} has the targets {', '.join(tested.targets)}, none of them retrieval; "
            "use --preset paper"
        )
    effect, reason = tested.effect, tested.why_not
    if tested.why_not is None and targets != tested.targets:
        reason = (
            f"the claim is about {len(tested.targets)} targets, the preset retrieval runs {len(targets)} of them; "
            "use --preset paper"
        )
        effect = _part(tested, targets)
    controls = tuple(arm.id for arm in tested.arms if arm.control)
    return Scope(
        effect=effect, side=tested.side, arms=tested.arms if tested.why_not is None else (), baseline=tested.baseline,
        treatment=tested.treatment, controls=controls, targets=targets, seeds=wanted, layer=tested.layer,
        pretrain="once", world=None, claim_not_run=reason,
    )  # fmt: skip


def _part(tested: Tested, targets: tuple[str, ...]) -> ClaimedEffect:
    """The effect on the retrieval targets alone: its size is stated nowhere, so none is claimed."""
    names = " and ".join(catalogue.task(t).name for t in targets)
    kind: Literal["absence", "difference", "rank"] = "difference"
    if tested.effect.kind in ("absence", "rank"):
        kind = "absence" if tested.effect.kind == "absence" else "rank"
    return ClaimedEffect(
        id=f"{tested.id}-retrieval", statement=f"On {names} alone: {tested.effect.statement}", kind=kind,
        value=0.0 if kind == "absence" else None, unit=tested.effect.unit,
        source="this project: the part of the claim that needs no target training", version=None, mark="read",
        band=2.0 if kind == "difference" else tested.effect.band,
    )  # fmt: skip


def _family(tested: Tested, seeds: int | None) -> Scope:
    """The experiment in the made-up family. Its effect is the family's; the paper's claim is never touched."""
    micro = tested.micro
    if micro is None:
        raise InputError(
            f"--preset: {tested.id} has no micro form ({_why_no_micro(tested)}); use --preset retrieval or paper"
        )
    kind = tested.effect.kind if tested.effect.kind in ("absence", "rank") else "difference"
    effect = ClaimedEffect(
        id=f"{tested.id}-family", statement=micro.statement, kind=kind, value=0.0 if kind == "absence" else None,
        unit="points", source=f"this project: experiments/{tested.id}.toml, table micro", version=None, mark="read",
        band=micro.band,
    )  # fmt: skip
    names = {tested.baseline, micro.treatment, *micro.controls, *tested.top}
    if kind == "rank":
        names |= {arm.id for arm in tested.arms if arm.mode == "single"}
    return Scope(
        effect=effect, side=tested.side, arms=tuple(arm for arm in tested.arms if arm.id in names),
        baseline=tested.baseline, treatment=micro.treatment, controls=micro.controls, targets=micro.targets,
        seeds=_seeds(micro, seeds), layer=micro.layer, pretrain=micro.pretrain, world=micro.world,
        claim_not_run="the preset micro measures a made-up language family with a tiny model, never the paper's claim",
    )  # fmt: skip


def _seeds(micro: Family, wanted: int | None) -> tuple[int, ...]:
    """As many seeds as asked for: the declared ones, then the numbers that follow the last."""
    if wanted is None:
        return micro.seeds
    more = range(micro.seeds[-1] + 1, micro.seeds[-1] + 1 + wanted)
    return (*micro.seeds, *more)[:wanted]


def _why_no_micro(tested: Tested) -> str:
    if tested.effect.kind in ("count", "arithmetic"):
        return "it is checked, not run"
    return "it compares published scores" if tested.effect.kind == "level" else "it needs data the family has not"


def similarity(preset: str, model: str, places: Sequence[Place]) -> Similarity:
    """How the plan compares with the paper's XLM-R Large on the whole data with its recipe and metrics."""
    if preset == "micro":
        return Similarity(model="different", data="different", recipe="different", metric="same")
    name = model.rpartition("/")[2]
    same: Literal["same", "smaller", "different"] = "same" if name == "xlm-roberta-large" else "different"
    if name == "xlm-roberta-base":
        same = "smaller"
    whole = all(place.whole for place in places)
    return Similarity(
        model=same, data="same" if whole else "smaller", recipe="same" if preset == "retrieval" else "different",
        metric="same",
    )  # fmt: skip


def deviations(
    within: Scope, model: str, places: Sequence[Place], left_out: Sequence[str], blocked: Sequence[str]
) -> tuple[Deviation, ...]:
    """Every way in which the plan is known to differ from the paper."""
    told = [("code", "not public in the state of the paper", "this project's, written anew")]
    if not places:
        told += [
            ("model", "XLM-R Large, 560 million parameters", "a tiny encoder pretrained here on the family's text"),
            ("data", "English intermediate tasks, XTREME targets", "the same tasks in a made-up language family"),
            ("recipe", "that of the paper", "that of recipes/family.toml"),
            ("layer", "hidden layer 14 of 24", f"hidden layer {within.layer}, declared before the run"),
        ]
    else:
        if model.rpartition("/")[2] != "xlm-roberta-large":
            told.append(("model", "XLM-R Large", model))
        for place in places:
            if not place.whole:
                told.append(("data", "the whole data sets", f"parts of them ({place.path.name if place.path else ''})"))
        if any(arm.mode != "none" for arm in within.arms):
            told.append((
                "recipe", "its appendix could not be read",
                "the scripts of the authors' library; batch and epochs of intermediate tasks are from memory",
            ))  # fmt: skip
    if "bucc2018" in within.targets:
        told.append((
            "BUCC threshold", "chosen on the development pairs it is scored on",
            "the same: an oracle threshold, as in the authors' code",
        ))  # fmt: skip
    told += [(f"task {task}", "trained jointly with the others", "left out: no data here") for task in left_out]
    told += [("not run", "part of the experiment", reason) for reason in blocked]
    return tuple(Deviation(what=what, paper=paper, here=here) for what, paper, here in told)
