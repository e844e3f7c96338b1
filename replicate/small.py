"""A real experiment at small scale, as a plan: a very small encoder on real languages, every arm, every seed.

The stages stand in the order in which their results matter: retrieval first, seed after seed, so that a run that is
stopped early has whole seeds of fewer targets and not torn ones of all. It is another model on other data than the
paper's; what it measures is never held against the paper's claim.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from replicate import catalogue, corpus, ledger, load, lock
from replicate.cost import Cost
from replicate.execute import Mode, Progress, Runner, StageResult, StageSpec
from replicate.formats.rows import SUFFIXES, lines, text_of
from replicate.formats.rows import Source as File
from replicate.place import Place
from replicate.plan import Cell, Plan, Planned, Rule, identity
from replicate.records import Arm, ClaimedEffect, Deviation, Experiment, Similarity, Stage, StageKind, content_id
from replicate.runs import lay_down
from synth.errors import InputError
from synth.library import file_hash

__all__ = ["ARMS", "LANGUAGES", "LAYER", "SEEDS", "TARGETS", "Small", "data", "plan", "slices"]

LANGUAGES = ("en", "de", "es", "fr", "ru", "sw", "zh")
LAYER = 2  # of 3, declared before the run: the paper's 14 of 24 is as high
SEEDS = (401, 402, 403, 404, 405)
TARGETS = ("tatoeba", "bucc2018", "xnli", "udpos", "xquad")
_TASKS = ("mnli", "squad_v1", "hellaswag", "commonsenseqa")
_ALL_LAYERS = frozenset({"tatoeba"})  # mining every layer costs more than the training before it
_MODEL, _TEXT = "small", 12_000  # passages of each language
# How much of each English slice: what the steps of a recipe can see, and a few to watch.
_PAIRS = (("train", 4000), ("dev", 400))
_PARAGRAPHS = (("train_slice", 4), ("dev_half", 12))  # every so many are taken
_QUESTIONS = (("train_rand_split.from_olmo", 3000), ("dev_rand_split", 400))

_RULE = (
    "Arms are paired by seed and by example; two-level bootstrap, 95% intervals; Holm's correction over all arms and "
    "targets that were measured. Collapsed runs are counted, never dropped."
)

ARMS = (
    Arm(id="baseline"),
    *(Arm(id=task, intermediates=(task,), mode="single") for task in _TASKS),
    Arm(id="multitask", intermediates=_TASKS, mode="joint"),
    Arm(id="mnli_shuffled", intermediates=("mnli",), mode="single", control="shuffled_labels"),
    Arm(id="squad_v1_shuffled", intermediates=("squad_v1",), mode="single", control="shuffled_labels"),
    Arm(id="random_weights", control="random_init"),
)


# --- the data of a run ------------------------------------------------------------------------------------


def data(folder: Path, out: Path, *, languages: Sequence[str] = LANGUAGES, most: int = _TEXT) -> None:
    """Lay down in `out` the text to pretrain on, without what is scored, and slices of the four English tasks.

    `folder` holds the public collections and task data. Of HellaSwag only validation examples are at hand: of every
    five, four are trained on and one is watched. InputError where something is missing.
    """
    place = load.files(folder, whole=False)
    here = [task for task in TARGETS if load.languages(task, catalogue.entry(task).reading.evaluate, place)]
    barred = corpus.held_out(here, languages, place)
    corpus.lay(out, corpus.gather(folder, languages, barred, most))
    slices(folder, out)


def slices(folder: Path, out: Path) -> None:
    """The slices alone, under the names that `replicate/tasks/*.toml` reads."""
    for split, many in _PAIRS:
        name = f"mnli/glue_pretrain.{split}.json"
        pairs = dict(list(json.loads(text_of(_file(folder, name))).items())[:many])
        lay_down(out / name, json.dumps(pairs, ensure_ascii=False) + "\n")
    for split, step in _PARAGRAPHS:
        name = f"squad_v1.1/squad_v1.1.{split}.json"
        document = json.loads(text_of(_file(folder, name)))
        for article in document["data"]:
            article["paragraphs"] = article["paragraphs"][::step]
        lay_down(out / name, json.dumps(document, ensure_ascii=False) + "\n")
    for split, many in _QUESTIONS:
        name = f"commonsenseqa/{split}.jsonl"
        lay_down(out / name, _joined(_rows(folder, name)[:many]))
    rows = _rows(folder, "hellaswag/hellaswag_val.1000_a.jsonl")
    for split, kept in (("train", [row for n, row in enumerate(rows) if n % 5]), ("val", rows[::5])):
        lay_down(out / "hellaswag" / f"hellaswag_{split}.jsonl", _joined(kept))


def _rows(folder: Path, name: str) -> list[str]:
    return [line for _, line in lines(_file(folder, name)) if line.strip()]


def _joined(rows: Sequence[str]) -> str:
    return "".join(f"{row}\n" for row in rows)


def _file(folder: Path, name: str) -> File:
    for suffix in SUFFIXES:
        if (folder / (name + suffix)).is_file():
            return File(folder / (name + suffix))
    raise InputError(f"{folder / name}: is missing, compressed or not; the experiment takes a slice of it")


# --- the plan ---------------------------------------------------------------------------------------------


class _Where(NamedTuple):
    """Text and intermediate tasks of the run; the targets as they are published."""

    own: Place
    public: Place


def plan(own: Path, public: Path, targets: Sequence[str] = TARGETS, seeds: Sequence[int] = SEEDS) -> Plan:
    """The plan of the experiment. `own` was made by `data`, `public` is the folder it was made from.

    InputError for an unknown target, no seed, and data that are not there.
    """
    strange = [task for task in targets if task not in TARGETS]
    if strange or not targets or not seeds:
        raise InputError(f"--targets: {', '.join(strange) or 'none'}; known: {', '.join(TARGETS)}; seeds: at least one")
    build = _Builder(_Where(load.files(own, whole=False), load.files(public, whole=False)))
    cells = build.cells(targets, seeds)
    effect = ClaimedEffect(
        id="small-scale", statement="English intermediate training changes what a very small encoder, pretrained here "
        "on seven languages, does without training in the other six.", kind="difference", value=None, unit="points",
        source="this project: another model on other data than the paper's", version=None, mark="read", band=1.0,
    )  # fmt: skip
    experiment = Experiment(
        id="small-scale", effect=effect, arms=ARMS, baseline="baseline", treatment="multitask",
        targets=tuple(targets), seeds=tuple(seeds), layer=LAYER, preset="small",
    )  # fmt: skip
    arms = [arm.id for arm in ARMS if not arm.control and arm.mode != "none"]
    rule = Rule(band=effect.band, family=tuple(f"{arm}/{task}" for task in targets for arm in arms), text=_RULE)
    stages = tuple(build.stages.values())
    return Plan(
        schema="replicate/plan/1", id=identity(experiment, rule, stages), experiment=experiment, claim=effect,
        claim_not_run="another model on other data: nothing here speaks of the paper's claim", model=_MODEL,
        data=str(public), world=None, code=lock.code(), rule=rule, stages=stages, cells=cells,
        controls=tuple(arm.id for arm in ARMS if arm.control), deviations=_deviations(),
        similarity=Similarity(model="different", data="different", recipe="different", metric="same"),
        cost=Cost(steps=sum(s.cost.steps for s in stages), tokens=0, seconds=0.0, disk=4_000_000 * len(stages)),
    )  # fmt: skip


def _deviations() -> tuple[Deviation, ...]:
    told = (
        ("model", "XLM-R Large, 560 million parameters, 100 languages", "an encoder pretrained here, in 7 languages"),
        ("data", "the whole data sets", "slices, and far fewer steps"),
        ("layer", "hidden layer 14 of 24", f"hidden layer {LAYER} of 3, declared before the run"),
    )
    return tuple(Deviation(what=what, paper=paper, here=here) for what, paper, here in told)


class _Builder:
    """Collects stages in the order in which they are to run; a stage that two arms share is made once."""

    def __init__(self, where: _Where) -> None:
        self.where = where
        self.stages: dict[str, Planned] = {}
        assert where.own.path is not None
        text = sorted((where.own.path / "text").glob("*.txt"))
        if not text:
            raise InputError(f"{where.own.path}: no text to pretrain on; lay it down with replicate small data")
        self.text = content_id("text", [[path.name, file_hash(path)] for path in text])

    def cells(self, targets: Sequence[str], seeds: Sequence[int]) -> tuple[Cell, ...]:
        """Every (arm, seed, target): target after target, in each seed after seed, in each arm after arm."""
        found = []
        for task in targets:
            for seed in seeds:
                for arm in ARMS:
                    stage = self._target(arm, seed, task, seeds[0])
                    found.append(Cell(arm=arm.id, seed=seed, task=task, stage=stage))
        return tuple(found)

    def _target(self, arm: Arm, seed: int, task: str, first: int) -> str:
        random = arm.control == "random_init"
        start = self._add("pretrained", (), "mlm", "pretrained", first, None, None)
        if random:  # its tokenizer is that of the pretrained one
            start = self._add("pretrained", (), "mlm", "pretrained", seed, arm.control, start)
        if arm.mode != "none":
            key = "joint" if arm.mode == "joint" else arm.intermediates[0]
            start = self._add("intermediate", arm.intermediates, arm.mode, key, seed, arm.control, start)
        if catalogue.task(task).head == "retrieval":
            return self._add("embed", (task,), "none", "embed", 0, None, start)
        return self._add("target", (task,), "none", task, seed, None, start)

    def _add(
        self, kind: StageKind, tasks: tuple[str, ...], mode: Mode, key: str, seed: int, control: str | None,
        parent: str | None,
    ) -> str:  # fmt: skip
        recipe = ledger.recipe(f"small/{key}")
        place = self.where.public if kind in ("target", "embed") else self.where.own
        content = recipe.model_dump(exclude={"source"})
        known = self.text if kind == "pretrained" else lock.data(kind, tasks, place, None)
        name = content_id(kind[0], kind, list(tasks), mode, control, content, known, _MODEL, seed, lock.code(), parent)
        if name not in self.stages:
            stage = Stage(id=name, kind=kind, parent=parent, task="+".join(tasks) or None, arm=None, seed=seed,
                          recipe=recipe.id, data=known)  # fmt: skip
            spec = StageSpec(
                kind=kind, tasks=tasks, mode=mode, recipe=recipe.id, seed=seed, control=control, model=_MODEL,
                place=str(place.path), whole=False, languages=_spoken(kind, tasks, place),
                layers=None if not set(tasks) - _ALL_LAYERS else (LAYER,), preset="small",
            )  # fmt: skip
            steps = recipe.options.get("steps", 0) if kind != "embed" and control != "random_init" else 0
            cost = Cost(steps=int(steps) if isinstance(steps, int) else 0, tokens=0, seconds=0.0, disk=4_000_000)
            self.stages[name] = Planned(stage=stage, spec=spec, cost=cost)
        return name


def _spoken(kind: StageKind, tasks: tuple[str, ...], place: Place) -> tuple[str, ...]:
    """The languages that a target is predicted in: those of the experiment that its data have here."""
    if kind not in ("target", "embed"):
        return ()
    found = load.languages(tasks[0], catalogue.entry(tasks[0]).reading.evaluate, place)
    return tuple(one for one in LANGUAGES if one in found)


# --- running it -------------------------------------------------------------------------------------------


class Small:
    """The Runner of this plan: it pretrains the encoder itself, all else is the engine's."""

    def __init__(self, engine: Runner) -> None:
        self.engine = engine

    def run(self, stage: Stage, spec: StageSpec, parent: Path | None, out: Path, progress: Progress) -> StageResult:
        """Do the work of the stage. See `execute.Runner`."""
        if spec.kind != "pretrained":
            return self.engine.run(stage, spec, parent, out, progress)
        import torch

        from replicate import pretrain, pretrained, recipe, resources
        from replicate.learn import On, pretrain_small
        from replicate.train import thin

        resources.settle(1)
        out.mkdir(parents=True, exist_ok=True)
        if spec.control == "random_init":
            pieces = pretrained.pieces(f"{parent}/model")
            torch.manual_seed(spec.seed)
            pretrained.save(pretrain.model(recipe.small(spec.recipe), pieces), pieces, out / "model")
            return StageResult(model="model", notes=("random weights: a control",))
        whole, pieces, outcome = pretrain_small(spec, load.place(spec.place, whole=False), out, On("cpu"), progress)
        assert outcome is not None
        pretrained.save(whole, pieces, out / "model")
        return StageResult(
            steps=outcome.steps, tokens=outcome.tokens, seconds=outcome.seconds, losses=thin(outcome.losses),
            model="model", notes=outcome.notes,
        )  # fmt: skip
