"""Training the stance network: one loop, seeded, resumable, on two cores or a GPU.

Batches and dropout are drawn with seeds that name the stage, the epoch and the step, so that a resumed run ends where
an unbroken one would, up to the order of floating-point sums.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from synth.errors import InputError
from synth.models.stance_input import Layout, layout
from synth.training import checkpoints
from synth.training.checkpoints import Place
from synth.training.examples import UNKNOWN, Example
from synth.training.network import StanceNetwork, loss

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Batch", "Settings", "Stage", "batches", "fit", "tensors"]

_SAVE_EVERY = 300.0  # seconds between checkpoints


class Stage(NamedTuple):
    """One stage of the recipe: `examples(epoch)` draws an epoch; without `embeddings` the word vectors stay fixed."""

    name: str
    epochs: int
    rate: float
    warmup: float
    embeddings: bool
    examples: Callable[[int], Sequence[Example]]


class Settings(NamedTuple):
    """What all stages share."""

    seed: int
    sentence_share: float
    tokens_per_batch: int
    clip: float
    decay: float
    heads: float = 1.0  # times the rate for what stands on the encoder
    device: str = "cpu"


class Batch(NamedTuple):
    """Tensors of one step: ids, mask, types [b, t]; marks and each [b, s]; labels and weights [b]."""

    ids: Any
    mask: Any
    types: Any
    marks: Any
    labels: Any
    each: Any
    weights: Any


class _Run(NamedTuple):
    """What every part of the loop needs."""

    network: StanceNetwork
    tokenizer: Tokenizer
    settings: Settings
    folder: Path
    told: Callable[[str], None]


class _Tally(NamedTuple):
    """Sums over the examples seen since this process began the epoch."""

    loss: float = 0.0
    right: float = 0.0
    seen: int = 0

    def __str__(self) -> str:
        return f"loss {self.loss / self.seen:.3f}, right {self.right / self.seen:.3f}"


def batches(laid: Sequence[tuple[Layout, Example]], tokens: int, rng: random.Random) -> list[list[int]]:
    """Indexes cut into batches of about equal length with at most `tokens` padded tokens, in random order."""
    order = sorted(range(len(laid)), key=lambda i: (len(laid[i][0].ids) + rng.random() * 6, i))
    cut: list[list[int]] = []
    for i in order:
        if cut and (len(cut[-1]) + 1) * len(laid[i][0].ids) <= tokens and len(cut[-1]) < 48:
            cut[-1].append(i)
        else:
            cut.append([i])
    rng.shuffle(cut)
    return cut


def tensors(part: Sequence[tuple[Layout, Example]], device: str = "cpu") -> Batch:
    """The padded batch; token 0 pads, and a mark that is not there points at 0 and carries UNKNOWN."""
    width = max(len(one.ids) for one, _ in part)
    deep = max(len(one.marks) for one, _ in part)

    def padded(rows: list[list[int]], size: int, fill: int) -> Any:
        return torch.tensor([row + [fill] * (size - len(row)) for row in rows], dtype=torch.int64, device=device)

    return Batch(
        ids=padded([one.ids for one, _ in part], width, 0),
        mask=padded([[1] * len(one.ids) for one, _ in part], width, 0),
        types=padded([one.types for one, _ in part], width, 0),
        marks=padded([one.marks for one, _ in part], deep, 0),
        labels=torch.tensor([example.label for _, example in part], device=device),
        each=padded([list(example.each[: len(one.marks)]) for one, example in part], deep, UNKNOWN),
        weights=torch.tensor([example.weight for _, example in part], dtype=torch.float32, device=device),
    )


def fit(
    network: StanceNetwork,
    tokenizer: Tokenizer,
    stages: Sequence[Stage],
    settings: Settings,
    folder: Path,
    told: Callable[[str], None],
) -> None:
    """Train through the stages, saving to `folder`; goes on from a checkpoint that lies there.

    Each epoch also leaves its weights as `<stage>-<epoch>.safetensors`, the epoch counted from 1.

    Raises:
        InputError: the checkpoint cannot be read, or was made with other examples.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network.to(settings.device)
    run = _Run(network, tokenizer, settings, folder, told)
    place = checkpoints.resume(network, folder)
    for number, stage in enumerate(stages):
        if number < place.stage:
            continue
        _stage(run, stage, place)
        place = Place(stage=number + 1)
        checkpoints.save(network, None, folder, place)


def _stage(run: _Run, stage: Stage, place: Place) -> None:
    """One stage from `place` to its end."""
    run.network.encoder.embeddings.requires_grad_(stage.embeddings)
    heads = [p for head in run.network.heads for p in head.parameters()]
    taught = [p for p in run.network.encoder.parameters() if p.requires_grad]
    groups = [{"params": taught, "pace": 1.0}, {"params": heads, "pace": run.settings.heads}]
    optimizer = torch.optim.AdamW(groups, lr=stage.rate, weight_decay=run.settings.decay, fused=True)
    if place.epoch or place.step:
        checkpoints.resume_optimizer(optimizer, run.network, run.folder)
    while place.epoch < stage.epochs:
        _epoch(run, stage, optimizer, place)
        checkpoints.keep(run.network, run.folder / f"{stage.name}-{place.epoch + 1}.safetensors")
        place = Place(place.stage, place.epoch + 1)
        checkpoints.save(run.network, optimizer, run.folder, place)


def _epoch(run: _Run, stage: Stage, optimizer: Any, place: Place) -> None:
    """The rest of an epoch from `place`, which counts the batches that are done."""
    drawn = f"{run.settings.seed}:{stage.name}:{place.epoch}"
    laid = [(layout(run.tokenizer, e.claim, e.title, e.sentences), e) for e in stage.examples(place.epoch)]
    cut = batches(laid, run.settings.tokens_per_batch, random.Random(drawn))  # noqa: S311  a reproducible draw
    if place.step and place.of not in (0, len(cut)):
        raise InputError(
            f"{run.folder}: its checkpoint was made with other examples ({place.of} batches, now {len(cut)}); "
            "name an empty folder, or bring back the recipe and the data"
        )
    run.network.train()
    begun = saved = time.monotonic()
    tally = _Tally()
    for step in range(place.step, len(cut)):
        torch.manual_seed(random.Random(f"{drawn}:{step}").getrandbits(60))  # noqa: S311  dropout alike when resumed
        rate = stage.rate * _pace((place.epoch + step / len(cut)) / stage.epochs, stage.warmup)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["pace"]
        tally = _step(run, optimizer, tensors([laid[i] for i in cut[step]], run.settings.device), tally)
        now = time.monotonic()
        if step % 50 == 49 or step + 1 == len(cut):
            took = (now - begun) / (step + 1 - place.step)
            run.told(
                f"{stage.name} {place.epoch + 1}/{stage.epochs} step {step + 1}/{len(cut)}: {tally}, "
                f"{tally.seen / (now - begun):.0f} examples/s, {took * (len(cut) - step - 1) / 60:.0f} min left"
            )
        if now - saved > _SAVE_EVERY:
            checkpoints.save(run.network, optimizer, run.folder, place._replace(step=step + 1, of=len(cut)))
            saved = now


def _step(run: _Run, optimizer: Any, batch: Batch, tally: _Tally) -> _Tally:
    """Forward, backward, clip, update."""
    with torch.autocast(run.settings.device, torch.bfloat16):
        whole, each = run.network(batch.ids, batch.mask, batch.types, batch.marks)
    value = loss(whole, each, batch.labels, batch.each, batch.weights, run.settings.sentence_share)
    value.backward()
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), run.settings.clip)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    n = len(batch.labels)
    right = float((whole.argmax(1) == batch.labels).sum())
    return _Tally(tally.loss + value.item() * n, tally.right + right, tally.seen + n)


def _pace(part: float, warmup: float) -> float:
    """Share of the full rate at this part of the stage: linear up through `warmup`, then a half cosine down to 2 %."""
    if part < warmup:
        return max(part / warmup, 0.02)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (part - warmup) / (1 - warmup)))
