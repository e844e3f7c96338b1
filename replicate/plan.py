"""The plan: an experiment as a tree of stages keyed by content, with its decision rule, before anything trains.

A stage's id hashes its kind, tasks, mode, control, recipe, data, model, seed, the code that makes predictions, and its
parent's id. The same work under two arms or targets is therefore one stage, and what is done is known by its id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from pydantic import Field

from replicate import catalogue, ledger, lock
from replicate.cost import Cost, cost, total
from replicate.execute import Mode, StageSpec
from replicate.ledger import StageRecipe, Tested
from replicate.place import Place
from replicate.records import Arm, ClaimedEffect, Deviation, Experiment, Similarity, Stage, StageKind, content_id
from replicate.scope import Scope, deviations, scope, similarity
from synth.errors import InputError, did_you_mean
from synth.records import Record

__all__ = ["MODELS", "PRESETS", "Cell", "Plan", "Planned", "Request", "Rule", "identity", "make"]

PRESETS = ("micro", "retrieval", "paper")
MODELS = ("xlm-roberta-large", "xlm-roberta-base", "bert-base-multilingual-cased", "distilbert-base-multilingual-cased")
Recipes = Callable[[str], StageRecipe]


class Request(NamedTuple):
    """What a person asked to plan or run."""

    experiment: str
    preset: str = "micro"
    model: str | None = None
    seeds: int | None = None


class Cell(Record):
    """Where the predictions of an arm's seed on one target come from. `stage` is None where the arm cannot be run."""

    arm: str
    seed: int
    task: str
    stage: str | None


class Planned(Record):
    """A stage with all it needs and what it will cost. `blocked` says why it cannot be run; None when it can."""

    stage: Stage
    spec: StageSpec
    cost: Cost
    blocked: str | None = None


class Rule(Record):
    """The decision rule, written down before the run. `family`: the claims that Holm's correction goes over."""

    level: float = 0.95
    band: float
    side: Literal["both", "above"] = "both"
    draws: int = 2000
    draw_seed: int = 20200513
    family: tuple[str, ...] = ()
    text: str


class Plan(Record):
    """The whole plan. `claim` is the paper's; `claim_not_run` says why this plan cannot speak of it, None if it can."""

    schema_: Literal["replicate/plan/1"] = Field("replicate/plan/1", alias="schema")
    id: str
    experiment: Experiment
    claim: ClaimedEffect
    claim_not_run: str | None
    model: str
    data: str
    world: int | None
    code: str
    rule: Rule
    stages: tuple[Planned, ...]
    cells: tuple[Cell, ...]
    controls: tuple[str, ...]
    similarity: Similarity
    deviations: tuple[Deviation, ...]
    cost: Cost

    def planned(self, stage_id: str) -> Planned:
        """The stage of that id. Raises KeyError for one that is not in the plan."""
        return {one.stage.id: one for one in self.stages}[stage_id]


def make(request: Request, places: Sequence[Place] = (), *, recipes: Recipes = ledger.recipe) -> Plan:
    """The plan of a request. `places` are where data are read, in order of preference; the preset micro needs none.

    Raises InputError for an unknown experiment, preset or model, and for an experiment that has nothing to run.
    """
    tested = ledger.experiment(request.experiment)
    if request.preset not in PRESETS:
        raise InputError(f'--preset: unknown preset "{request.preset}"; {did_you_mean(request.preset, PRESETS)}')
    if request.seeds is not None and request.seeds < 1:
        raise InputError(f"--seeds: {request.seeds} is less than 1")
    model = _model(request)
    within = scope(tested, request.preset, request.seeds)
    build = _Builder(request.preset, within, model, places, recipes)
    cells = build.cells()
    blocked = sorted({p.blocked for p in build.stages.values() if p.blocked})
    told = deviations(within, model, places, tuple(build.left_out), blocked)
    experiment = Experiment(
        id=tested.id, effect=within.effect, arms=within.arms, baseline=within.baseline, treatment=within.treatment,
        targets=within.targets, seeds=within.seeds, layer=within.layer, preset=request.preset,
    )  # fmt: skip
    rule = _rule(tested, within)
    stages = tuple(build.stages.values())
    code = lock.code()
    return Plan(
        schema="replicate/plan/1",
        id=identity(experiment, rule, stages),
        experiment=experiment, claim=tested.effect, claim_not_run=within.claim_not_run, model=model,
        data=", ".join(map(_named, places)) or "family", world=within.world, code=code, rule=rule, stages=stages,
        cells=cells, controls=within.controls, similarity=similarity(request.preset, model, places), deviations=told,
        cost=total([p.cost for p in stages if not p.blocked]),
    )  # fmt: skip


def identity(experiment: Experiment, rule: Rule, stages: Sequence[Planned]) -> str:
    """The id of a plan: it changes with what is run and with the rule that is declared."""
    declared = [experiment.model_dump(mode="json"), rule.model_dump(mode="json")]
    return content_id("plan", *declared, [one.stage.id for one in stages])


def _model(request: Request) -> str:
    if request.preset == "micro":
        if request.model not in (None, "family"):
            raise InputError('--model: the preset micro pretrains a model of its own, "family"; leave --model out')
        return "family"
    model = request.model or MODELS[0]
    from pathlib import Path

    if model not in MODELS and "/" not in model and not Path(model).is_dir():
        raise InputError(f'--model: "{model}" is no known model, hub id (owner/name) or folder; {_near(model)}')
    return model


def _near(model: str) -> str:
    return did_you_mean(model, MODELS)


def _rule(tested: Tested, within: Scope) -> Rule:
    headline = tuple(sorted(one.id for one in ledger.experiments().values() if one.headline))
    family = headline if tested.headline and within.claim_not_run is None else (tested.id,)
    return Rule(
        band=within.effect.band, side=within.side, family=family,
        text=(
            "Arms are paired by seed and by example. Two-level bootstrap, seeds crossed with examples within language "
            "(one draw for all arms and seeds, and for all languages of a parallel test set): the variance between "
            "draws and between seeds, less their interaction; the interval takes Student's t with Satterthwaite's "
            "degrees of freedom. "
            f"Equivalence by two one-sided tests (90% interval) with a band of {within.effect.band:g} points; "
            f"Holm's correction over {len(family)} claim(s). Degenerate runs are counted, never dropped."
        ),
    )  # fmt: skip


class _Builder:
    """Collects the stages of all arms, seeds and targets in an order where parents come first."""

    def __init__(self, preset: str, within: Scope, model: str, places: Sequence[Place], recipes: Recipes) -> None:
        self.preset, self.within, self.model = preset, within, model
        self.places, self.recipes = places, recipes
        self.stages: dict[str, Planned] = {}
        self.left_out: dict[str, str] = {}
        self.file = "family" if preset == "micro" else "paper"

    def cells(self) -> tuple[Cell, ...]:
        """Every (arm, seed, target) with the stage that predicts it."""
        found = []
        for arm in self.within.arms:
            for seed in self.within.seeds:
                start = self._start(arm, seed)
                for task in self.within.targets:
                    stage = self._target(arm, seed, task, start)
                    found.append(Cell(arm=arm.id, seed=seed, task=task, stage=stage))
        return tuple(found)

    def _start(self, arm: Arm, seed: int) -> str:
        """The stage whose encoder the targets of an arm start from."""
        control = "random_init" if arm.control == "random_init" else None
        stage = self._add("pretrained", (), "mlm", "pretrained", self._pretrain_seed(seed, control), control, None)
        shuffled = "shuffled_labels" if arm.control == "shuffled_labels" else None
        if arm.mode == "chain":
            for task in arm.intermediates:
                stage = self._add("intermediate", (task,), "chain", task, seed, shuffled, stage)
        elif arm.mode != "none":
            tasks = self._available(arm) if arm.mode == "joint" else arm.intermediates
            key = {"joint": "joint", "mlm": "mlm"}.get(arm.mode, arm.intermediates[0])
            stage = self._add("intermediate", tasks, arm.mode, key.partition("@")[0], seed, shuffled, stage)
        return stage

    def _pretrain_seed(self, seed: int, control: str | None) -> int:
        """Real models come as they are; random weights and the family's model have a seed."""
        if self.preset == "micro":
            return seed if self.within.pretrain == "per_seed" else self.within.seeds[0]
        return seed if control else 0

    def _target(self, arm: Arm, seed: int, task: str, start: str) -> str | None:
        """The stage that predicts a target: retrieval needs no training and has no seed of its own."""
        if catalogue.task(task).head == "retrieval":
            wrong = "wrong_pairs" if arm.control == "wrong_pairs" else None
            return self._add("embed", (task,), "none", "embed", 0, wrong, start)
        if arm.control == "wrong_pairs":
            return None
        pair = ("xquad", "mlqa")
        tasks = pair if task in pair and set(pair) <= set(self.within.targets) else (task,)
        return self._add("target", tasks, "none", "xquad" if task in pair else task, seed, None, start)

    def _available(self, arm: Arm) -> tuple[str, ...]:
        """The tasks of a joint arm whose data can be had; the others are noted, and the rest goes on."""
        kept = []
        for task in arm.intermediates:
            reason = self._place((task,))[1]
            if reason is None:
                kept.append(task)
            else:
                self.left_out[task] = reason
        return tuple(kept)

    def _add(
        self, kind: StageKind, tasks: tuple[str, ...], mode: Mode, key: str, seed: int, control: str | None,
        parent: str | None,
    ) -> str:  # fmt: skip
        recipe = self.recipes(f"{self.file}/{key}")
        place, reason = self._place(tasks)
        data = lock.data(kind, tasks, place, self.within.world)
        content = recipe.model_dump(exclude={"source"})
        stage_id = content_id(
            kind[0], kind, list(tasks), mode, control, content, data, lock.model(self.model), seed, lock.code(), parent
        )
        if stage_id in self.stages:
            return stage_id
        stage = Stage(
            id=stage_id, kind=kind, parent=parent, task="+".join(tasks) or None, arm=None, seed=seed,
            recipe=recipe.id, data=data,
        )  # fmt: skip
        spec = StageSpec(
            kind=kind, tasks=tasks, mode=mode, recipe=recipe.id, seed=seed, control=control, model=self.model,
            place="data" if place is None else _named(place), whole=place is None or place.whole, languages=(),
            layers=None, preset=self.preset,
        )  # fmt: skip
        above = self.stages[parent].blocked if parent else None
        estimate = cost(kind, tasks, recipe, self.model, place)
        self.stages[stage_id] = Planned(stage=stage, spec=spec, cost=estimate, blocked=above or reason)
        return stage_id

    def _place(self, tasks: tuple[str, ...]) -> tuple[Place | None, str | None]:
        """The first place that has the data of all these tasks, or why none has (the reason of the first place)."""
        reason = None
        for place in self.places:
            lacking = [(task, why) for task in tasks if (why := lock.unavailable(task, place))]
            if not lacking:
                return place, None
            reason = reason or f"{lacking[0][0]}: {lacking[0][1]}"
        return (self.places[0] if self.places else None), reason


def _named(place: Place) -> str:
    return "hub" if place.kind == "hub" else str(place.path)
