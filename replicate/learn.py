"""A stage's training: which jobs it has, how often each is drawn, what is watched for early stopping."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from replicate import catalogue, heads, load, measure, pretrain, pretrained, recipe, resources, train
from replicate.encode import Pieces
from replicate.execute import Progress, StageSpec
from replicate.heads import Model
from replicate.material import Material, predict, prepare, shuffled_labels
from replicate.place import Place
from replicate.recipe import Training
from replicate.records import SpanExample
from replicate.train import Job, Outcome

__all__ = ["Learnt", "On", "afford", "learn", "pretrain_small", "training", "without_scored"]

_LARGE = 5000  # examples from which on their pieces are kept
_STATE = "training"  # the folder of a training that is not over


class On(NamedTuple):
    """Where models run and how: see `train.train`. `shelf` is where large splits are kept as pieces."""

    device: str
    half: bool = False
    pack: bool | None = None
    compiled: bool = False
    shelf: Path | None = None


class Learnt(NamedTuple):
    """A model with its best weights, what happened, and the development material that was watched."""

    model: Model
    outcome: Outcome
    watched: tuple[Material, ...]


def afford(
    out: Path, what: str, weights: int, settings: Any, on: On, *, tokens: int, train: bool, labels: int = 0
) -> None:
    """InputError, before the start, where memory or disk will not do."""
    wanted = resources.need(weights, settings, tokens=tokens, train=train, labels=labels)
    resources.refuse(what, wanted, resources.free_memory(on.device), resources.free_disk(out), on.device)


def training(spec: StageSpec, name: str, place: Place, pieces: Pieces, folder: Path | None = None) -> Material:
    """The training split of a task in the source language; in the control with its labels shuffled.

    Where it is large its pieces are kept in `folder`, for the other stages that train on it.
    """
    task = catalogue.task(name.partition("@")[0])
    how = recipe.training(f"{spec.recipe.partition('/')[0]}/{task.id}")
    rows = load.examples(name, "train", place.source, place)
    made = prepare(task, rows, pieces, how, folder=folder if len(rows) >= _LARGE else None)
    return shuffled_labels(made, spec.seed) if spec.control == "shuffled_labels" else made


def without_scored(learnt: Material, scored: Sequence[SpanExample], pieces: Pieces) -> tuple[Material, int]:
    """Leave out the training questions whose context will be scored (XQuAD's stand in SQuAD's development split)."""
    train_ = [one for one in learnt.examples if isinstance(one, SpanExample)]
    kept = load.without_contexts(train_, scored)
    if len(kept) == len(train_):
        return learnt, 0
    return prepare(learnt.task, kept, pieces, learnt.recipe), len(train_) - len(kept)


def learn(
    spec: StageSpec, source: str, pieces: Pieces, learnt: Sequence[Material], place: Place, out: Path, on: On,
    told: Progress,
) -> Learnt:  # fmt: skip
    """Train the encoder of `source` with fresh heads on the material; heads are named by place ("0", "1", ...)."""
    how = recipe.training(spec.recipe)
    watched = tuple(_watched(task, one, place, pieces) for task, one in zip(spec.tasks, learnt, strict=True))
    settings = pretrained.configuration(source)
    rows = max((m.recipe.batch * len(m.features[0].rows) * m.recipe.max_length for m in learnt), default=how.batch)
    afford(out, "training", pretrained.parameters(settings), settings, on, tokens=rows, train=True)
    torch.manual_seed(spec.seed)
    encoder = pretrained.encoder(source)
    tops = {str(n): heads.head(m.task.head, encoder.config, len(m.labels)) for n, m in enumerate(learnt)}
    jobs = [
        Job(str(n), m.task.head, m.features, pieces, m.recipe.batch, m.recipe.bucket, spec.seed)
        for n, m in enumerate(learnt)
    ]
    total, shares = _steps(spec, how, jobs)
    if spec.mode == "mlm":
        lines = pretrain.lines(pretrain.texts(place.path), spec.languages)
        jobs.append(pretrain.masked_job(lines, pieces, how, spec.seed))
        tops["mlm"] = pretrain.grafted(pretrained.language_model(source), encoder)
        total, shares = _beside(spec, how, jobs[-1], total, shares)
    model = Model(encoder, tops)

    def evaluate(now: Model) -> float:
        found = [predict(now, str(n), m, pieces, on.device, half=on.half)[0] for n, m in enumerate(watched)]
        return sum(measure.score(m.task, m.examples, f) for m, f in zip(watched, found, strict=True)) / len(found)

    outcome = train.train(
        model, jobs, how, total=total, shares=shares, seed=spec.seed, folder=out / _STATE, device=on.device,
        half=on.half, pack=on.pack, compiled=on.compiled, evaluate=evaluate if watched else None, told=told,
        names={str(n): m.task.id for n, m in enumerate(learnt)},
    )  # fmt: skip
    return Learnt(model, outcome, watched)


def _watched(name: str, learnt: Material, place: Place, pieces: Pieces) -> Material:
    """The first development examples in the source language, of the task whose training data are learnt."""
    own = catalogue.entry(name.partition("@")[0])
    one = catalogue.entry(own.task.train_task) if own.task.train_task else own
    rows = load.examples(one.task.id, one.reading.evaluate, place.source, place)[: learnt.recipe.eval_first]
    return prepare(one.task, rows, pieces, learnt.recipe, learnt.labels)


def _steps(spec: StageSpec, how: Training, jobs: Sequence[Job]) -> tuple[int, list[float]]:
    """All steps, and how often each job is drawn: of several in proportion to min(size, cap)."""
    if not jobs:
        return 0, []
    if len(jobs) == 1:
        own = how if spec.mode != "mlm" else recipe.training(f"{spec.recipe.partition('/')[0]}/{spec.tasks[0]}")
        return train.passes(own, jobs[0]), [1.0]
    cap = recipe.joint(spec.recipe).cap
    sizes = [min(len(job.features), cap) for job in jobs]
    steps = sum(how.epochs * size / job.batch for size, job in zip(sizes, jobs, strict=True))
    return how.steps or max(1, round(steps)), [float(size) for size in sizes]


def _beside(spec: StageSpec, how: Training, job: Job, total: int, shares: list[float]) -> tuple[int, list[float]]:
    """With masked text: alone, its own passes; beside tasks, these keep their steps and it gets its share of all."""
    if not shares:
        return train.passes(how, job), [1.0]
    share = recipe.joint(spec.recipe).mlm_share
    return round(total / (1 - share)), [*[s / sum(shares) * (1 - share) for s in shares], share]


def pretrain_small(
    spec: StageSpec, place: Place, out: Path, on: On, told: Progress
) -> tuple[Any, Pieces, Outcome | None]:
    """The recipe's small model, trained on the unlabelled text: (model with its head, tokenizer, what happened).

    In the control `random_init` the tokenizer is learnt, the weights stay random and nothing happens (None).
    """
    size, how = recipe.small(spec.recipe), recipe.training(spec.recipe)
    lines = pretrain.lines(pretrain.texts(place.path), spec.languages)
    pieces = Pieces(pretrain.tokenizer(lines, size.vocabulary, size.positions))
    torch.manual_seed(spec.seed)
    whole = pretrain.model(size, pieces)
    if spec.control == "random_init":
        return whole, pieces, None
    job = pretrain.masked_job(lines, pieces, how, spec.seed)
    model = Model(whole.base_model, {"mlm": heads.Fill(pretrain.language_head(whole))})
    count = sum(weights.numel() for weights in model.parameters())
    predicted = round(pieces.vocabulary * how.mlm_probability)
    afford(out, "pretraining", count, whole.config, on, tokens=how.batch * how.max_length, train=True, labels=predicted)
    outcome = train.train(
        model, [job], how, total=train.passes(how, job), seed=spec.seed, folder=out / _STATE, device=on.device,
        half=on.half, pack=on.pack, compiled=on.compiled, told=told,
    )  # fmt: skip
    return whole, pieces, outcome
