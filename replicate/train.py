"""Training: one plain loop. Every draw is a function of seed and step: a killed run goes on as if nothing had been.

A Job is a task to learn; several jobs are learnt together by drawing one for every step. The loop is the paper's:
AdamW without decay on biases and normalisations, linear warm-up and decay, clipping, early stopping on development
data with the best weights kept.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from replicate import checkpoint, shelf, vocabulary
from replicate.batches import Batch, Masking, collate, epoch, masked, uniform
from replicate.encode import Feature, Pieces
from replicate.heads import Model, weight
from replicate.recipe import Training
from synth.errors import SynthError
from synth.records import Record

__all__ = ["DivergedError", "Job", "Outcome", "Told", "adam", "clip", "passes", "rate", "schedule", "thin", "train"]

Told = Callable[[int, int, str], None]
_FLUSH = 20  # steps between looks at the losses: on a GPU every look waits for it


class DivergedError(SynthError):
    """The loss is not a number any more: nothing can be learnt from here."""


class Job:
    """One task to learn: features with labels, and which of them make up its k-th batch."""

    def __init__(
        self, name: str, kind: str, features: Sequence[Feature], pieces: Pieces, batch: int, bucket: int, seed: int,
        masking: Masking | None = None,
    ) -> None:  # fmt: skip
        self.name, self.kind, self.features, self.pieces = name, kind, features, pieces
        self.batch, self.bucket, self.seed, self.masking = batch, bucket, seed, masking
        self.per_epoch = math.ceil(len(features) / batch)
        self._lengths = shelf.lengths(features)
        self._epoch: tuple[int, list[NDArray[np.int64]]] = (-1, [])

    def batch_at(self, k: int) -> Batch:
        """The k-th batch from the beginning of training, whatever was asked for before."""
        number, place = divmod(k, self.per_epoch)
        if self._epoch[0] != number:
            self._epoch = (number, epoch(self._lengths, self.batch, self.bucket, self.seed, self.name, "epoch", number))
        made = collate([self.features[row] for row in self._epoch[1][place]], self.pieces)
        return masked(made, self.masking, self.seed, self.name, "mask", k) if self.masking else made


    def rows_seen(self) -> NDArray[np.int64] | None:
        """The ids that its batches may hold, sorted; None where that may be any (masking puts in any piece)."""
        if self.masking:
            return None
        return np.union1d(shelf.rows_seen(self.features), [self.pieces.pad])


class Outcome(Record):
    """What a training did. `losses` are those of all steps in order; `evaluations` are (step, development score)."""

    steps: int
    planned: int
    tokens: int
    seconds: float
    losses: tuple[float, ...]
    evaluations: tuple[tuple[int, float], ...]
    best: float | None
    stopped_early: bool
    notes: tuple[str, ...] = ()


def rate(step: int, total: int, recipe: Training) -> float:
    """The learning rate of a step (from 0): linear warm-up to the recipe's rate, then linear decay to 0."""
    warm = recipe.warmup_steps if recipe.warmup_steps is not None else round(recipe.warmup * total)
    if step < warm:
        return recipe.learning_rate * step / warm
    return recipe.learning_rate * max(0.0, (total - step) / max(1, total - warm))


def adam(model: Any, recipe: Training) -> Any:
    """AdamW; weights of one dimension (biases, normalisations) do not decay."""
    weights = [one for one in model.parameters() if one.requires_grad]
    groups = [
        {"params": [one for one in weights if one.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [one for one in weights if one.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, eps=recipe.epsilon, fused=True)


def schedule(total: int, shares: Sequence[float], seed: int) -> NDArray[np.int64]:
    """Which job each step trains: drawn in proportion to the shares."""
    if len(shares) == 1:
        return np.zeros(total, dtype=np.int64)
    steps = np.cumsum(shares) / np.sum(shares)
    return np.minimum(np.searchsorted(steps, uniform(total, seed, "which task"), side="right"), len(shares) - 1)


def train(
    model: Model,
    jobs: Sequence[Job],
    recipe: Training,
    *,
    total: int,
    shares: Sequence[float] = (1.0,),
    seed: int,
    folder: Path,
    device: Any = "cpu",
    half: bool = False,
    pack: bool | None = None,
    compiled: bool = False,
    evaluate: Callable[[Model], float] | None = None,
    told: Told | None = None,
    names: Mapping[str, str] | None = None,
    save_every: float = 10.0,
) -> Outcome:
    """Train in place for `total` steps and leave the best weights in the model (the last ones without `evaluate`).

    The state is kept in `folder` about every `save_every` seconds (less often where saving is slow; 0: at every look
    at the losses); a state found there is taken up, and the losses are then the same as without the break. `half`:
    bfloat16 autocast over single-precision weights; `pack`: batches without padding (None: on a GPU, and where a job
    does not sort by length); `compiled`: the encoder's blocks are compiled. `names` are what people call the jobs.
    Raises DivergedError, naming the step, when the loss is not a number; InputError for a state of another run.
    """
    model.to(device).train()
    # Where batches are not sorted by length much of them is padding, and a CPU too is quicker without it.
    model.attend(device, half=half, pack=pack if pack is not None else any(job.bucket <= 1 for job in jobs) or None)
    if compiled:
        model.compile_blocks()
    seen = [job.rows_seen() for job in jobs]
    known = [one for one in seen if one is not None]
    rows = functools.reduce(np.union1d, known) if len(known) == len(seen) and known else None
    key = f"{recipe.model_dump_json()}/{total}/{list(shares)}/{seed}/{[(j.name, len(j.features)) for j in jobs]}"
    with vocabulary.narrowed(model, rows) as words:
        torch.manual_seed(seed)  # dropout; the heads were drawn before
        optimizer = adam(model, recipe)
        state = checkpoint.resume(folder, key, model, optimizer)
        run = _Run(model, jobs, recipe, total, shares, seed, folder, device, half, words, optimizer, state, key)
        begun = time.monotonic() - state.seconds
        _loop(run, evaluate, told, names or {}, save_every, begun)
        if evaluate:
            checkpoint.take_best(folder, model)
    return Outcome(
        steps=state.step, planned=total, tokens=state.tokens, seconds=time.monotonic() - begun,
        losses=tuple(state.losses), evaluations=tuple(state.evaluations), best=state.best,
        stopped_early=state.step < total, notes=tuple(state.notes),
    )  # fmt: skip


class _Run(NamedTuple):
    """A training that is set up: see `train`."""

    model: Model
    jobs: Sequence[Job]
    recipe: Training
    total: int
    shares: Sequence[float]
    seed: int
    folder: Path
    device: Any
    half: bool
    words: vocabulary.Narrowed | None
    optimizer: Any
    state: checkpoint.State
    key: str


def _loop(
    run: _Run, evaluate: Callable[[Model], float] | None, told: Told | None, names: Mapping[str, str],
    save_every: float, begun: float,
) -> None:  # fmt: skip
    """Step after step, from the state's on, until all are done or patience is at its end."""
    model, state, recipe, total = run.model, run.state, run.recipe, run.total
    draws = schedule(total, run.shares, run.seed)
    done = [int((draws[: state.step] == place).sum()) for place in range(len(run.jobs))]
    fresh: list[Any] = []  # losses that are still on the device
    saved = time.monotonic()
    while state.step < total and state.stale < recipe.patience:
        place = int(draws[state.step])
        job = run.jobs[place]
        batch = job.batch_at(done[place])
        fresh.append(_step(run, job, batch))
        done[place] += 1
        state.step += 1
        state.tokens += batch.tokens

        due = state.step % recipe.eval_every == 0 or state.step == total
        if len(fresh) >= _FLUSH or due:
            _take(fresh, state, run.seed, recipe, run.half)
            state.seconds = time.monotonic() - begun
            if told:
                called = names.get(job.name, job.name)
                told(state.step, total, f"{called}: loss {state.losses[-1]:.3f}, {_speed(state)}")
        if due and evaluate:
            score = evaluate(model)
            model.train()
            if checkpoint.better(state, score):
                checkpoint.keep_best(run.folder, model)
        wait = max(save_every, 20 * state.saving) if save_every else 0.0
        if not fresh and time.monotonic() - saved > wait:
            state.seconds = time.monotonic() - begun
            checkpoint.save(run.folder, run.key, state, model, run.optimizer)
            saved = time.monotonic()
    _take(fresh, state, run.seed, recipe, run.half)


def _step(run: _Run, job: Job, batch: Batch) -> Any:
    """Move the weights once, by this batch; yields its loss, still on the device."""
    optimizer, recipe = run.optimizer, run.recipe
    now = rate(run.state.step, run.total, recipe)
    for group in optimizer.param_groups:
        group["lr"] = now
    count = weight(job.kind, batch)
    optimizer.zero_grad(set_to_none=True)
    loss = torch.zeros((), device=run.device)
    for part in batch.parts(recipe.part):
        with torch.autocast(torch.device(run.device).type, dtype=torch.bfloat16, enabled=run.half):
            share = run.model.loss(job.name, run.model.given(part, run.device)) / max(1, count)
        share.backward()
        loss += share.detach()
    clip(optimizer, run.model, recipe.clip, fused=torch.device(run.device).type == "cuda")
    optimizer.step()
    if run.words is not None:
        run.words.decay(now, recipe.weight_decay)
    return loss


def clip(optimizer: Any, model: Any, most: float, *, fused: bool) -> None:
    """Clip the gradient's norm before the optimizer's step; `fused`: the step itself then scales, in the same pass.

    The fused update divides gradients by `grad_scale`, which mixed precision uses: no kernel reads them only to scale.
    """
    if not fused:
        nn.utils.clip_grad_norm_(model.parameters(), most)
        return
    norm = nn.utils.get_total_norm([one.grad for one in model.parameters() if one.grad is not None])
    optimizer.grad_scale = ((norm + 1e-6) / most).clamp(min=1.0).float()


def _take(fresh: list[Any], state: checkpoint.State, seed: int, recipe: Training, half: bool) -> None:
    """Move the losses off the device; the first that is not a number ends the run."""
    if not fresh:
        return
    values = torch.stack(fresh).tolist()
    for place, value in enumerate(values, start=state.step - len(values) + 1):
        if not math.isfinite(value):
            advice = "train in single precision or " if half else ""
            raise DivergedError(
                f"{recipe.id}, seed {seed}: the loss of step {place} is {value}; "
                f"{advice}lower the learning rate ({recipe.learning_rate:g})"
            )
    state.losses += values
    fresh.clear()


def _speed(state: checkpoint.State) -> str:
    seconds = max(state.seconds, 1e-9)
    return f"{state.step / seconds:.1f} steps/s, {state.tokens / seconds:,.0f} tokens/s"


def passes(recipe: Training, job: Job) -> int:
    """How many steps one job takes: the recipe's fixed number, or its passes over all examples."""
    return recipe.steps or max(1, round(recipe.epochs * job.per_epoch))


def thin(losses: Sequence[float], most: int = 200) -> tuple[float, ...]:
    """At most so many values, each the mean of equally many neighbours: a learning curve."""
    if len(losses) <= most:
        return tuple(losses)
    return tuple(float(part.mean()) for part in np.array_split(np.array(losses), most))
