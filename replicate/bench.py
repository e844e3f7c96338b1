"""How fast training is on a device: this program's loop beside the Trainer of transformers, same model, data and batch.

Weights are random and examples made up: speed depends on neither. Lengths are drawn for each profile around the mean
of the task it is named after. What is not known or not measured is None, never 0. One thread of a CPU is measured by
the time that it had the processor, so that other work on the machine counts for little; all else by the wall's clock.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from pydantic import Field

from replicate import heads, resources, retrieve, rival, train
from replicate.encode import Feature
from replicate.heads import Model
from replicate.profiles import PROFILES, Profile, features, settings
from replicate.recipe import Training
from synth.errors import InputError, did_you_mean
from synth.records import Record

__all__ = ["Bench", "Row", "Speed", "bench", "clock", "peak", "signature", "table", "work"]

Tick = Callable[[], float]

# Dense bfloat16 operations a second by the makers' data sheets; the longer name first.
_PEAKS = (("H100 PCIe", 756e12), ("H200", 989e12), ("H100", 989e12), ("A100", 312e12), ("L40S", 362e12), ("L4", 121e12))


class Speed(Record):
    """What was measured. `share` is of the card's peak; `memory` in bytes: the device's, None on a CPU."""

    examples: float
    tokens: float
    share: float | None
    memory: int | None


class Row(Record):
    """One profile. `trainer` and `times` (how many times its examples a second) are None where it was not measured.

    `optimizer`: seconds of clipping and the optimizer's step alone; `moved`: bytes that it reads and writes.
    """

    profile: Profile
    mean_length: float
    ours: Speed
    trainer: Speed | None
    times: float | None
    optimizer: float | None
    moved: int | None


class Bench(Record):
    """All that was measured, with the machine and the versions it was measured on.

    `clock`: whether seconds are those of the processor (one thread of a CPU) or of the wall.
    """

    schema_: Literal["replicate/bench/1"] = Field("replicate/bench/1", alias="schema")
    signature: str
    clock: Literal["processor", "wall"]
    device: str
    size: str
    rows: tuple[Row, ...]


class _Bare(NamedTuple):
    """What a Job asks of a tokenizer, and the special pieces."""

    pad: int = 1
    segments: bool = False


def _fresh(given: Any) -> Any:
    """An encoder with random weights."""
    return import_module("transformers").AutoModel.from_config(given)


def work(given: Any, lengths: Any, *, training: bool) -> float:
    """Operations of the encoder's matrices and attention for rows of these lengths; three times that with the way back.

    A multiplication and an addition are two. Embeddings, normalisations and heads are left out.
    """
    hidden, between = given.hidden_size, given.intermediate_size
    pieces, squares = float(np.sum(lengths)), float(np.sum(np.square(lengths, dtype=np.float64)))
    layer = 2 * pieces * (4 * hidden**2 + 2 * hidden * between) + 4 * squares * hidden
    return float(given.num_hidden_layers * layer * (3 if training else 1))


def peak(name: str) -> float | None:
    """Operations a second of a card in bfloat16, by its name; None for a card that is not known here."""
    return next((most for known, most in _PEAKS if known.lower() in name.lower()), None)


def table(found: Bench) -> str:
    """The result for people: one line a profile."""
    heads_ = ("examples/s", "tokens/s", "of peak", "memory", "Trainer", "times")
    first = f"{found.signature}; seconds of the {found.clock}"
    lines = [first, f"{'profile':<12}" + "".join(f"{name:>12}" for name in heads_)]
    for row in found.rows:
        ours, other = row.ours, row.trainer
        share = "-" if ours.share is None else f"{ours.share:.1%}"
        memory = "-" if ours.memory is None else f"{ours.memory / 1e9:.1f} GB"
        beside = "-" if other is None else f"{other.examples:,.1f}"
        times = "-" if row.times is None else f"{row.times:.2f}"
        cells = (f"{ours.examples:,.1f}", f"{ours.tokens:,.0f}", share, memory, beside, times)
        lines.append(f"{row.profile.id:<12}" + "".join(f"{cell:>12}" for cell in cells))
    return "\n".join(lines)


# --- measuring ----------------------------------------------------------------------------------------


def bench(
    device: str = "auto", size: str | None = None, profiles: Sequence[str] = (), steps: int = 40, *,
    compiled: bool = False, alone: bool = False, told: Any = lambda _: None,
) -> Bench:  # fmt: skip
    """Measure each profile (all by default): `steps` steps, after as many as half of them that do not count.

    `alone` leaves the Trainer out. InputError for a device, size or profile that is not known.
    """
    where = resources.device(device)
    chosen = size or ("large" if where.startswith("cuda") else "tiny")
    strange = [name for name in profiles if name not in PROFILES]
    if strange:
        raise InputError(f'--profile: "{strange[0]}" is unknown; {did_you_mean(strange[0], PROFILES)}')
    if steps < 2:
        raise InputError(f"--steps: {steps} is too few; give 2 or more")
    given = settings(chosen)
    rows = []
    for name in profiles or PROFILES:
        told(f"{name}: measuring")
        rows.append(_row(PROFILES[name], given, where, steps, compiled, alone))
    return Bench(signature=signature(where), clock=clock(where)[0], device=where, size=chosen, rows=tuple(rows))


def clock(device: str) -> tuple[Literal["processor", "wall"], Tick]:
    """What seconds are counted by: the processor's time is that of one thread only where there is one."""
    if not device.startswith("cuda") and torch.get_num_threads() == 1:
        return "processor", time.process_time
    return "wall", time.perf_counter


def signature(device: str) -> str:
    """The machine and the versions, on one line."""
    card = torch.cuda.get_device_name(device) if device.startswith("cuda") else platform.machine()
    versions = " ".join(f"{name} {importlib.metadata.version(name)}" for name in ("torch", "transformers"))
    threads = "" if device.startswith("cuda") else f", {torch.get_num_threads()} of {os.cpu_count()} cores"
    return f"{card}{threads}; Python {platform.python_version()} {versions}"


def _row(profile: Profile, given: Any, device: str, steps: int, compiled: bool, alone: bool) -> Row:
    half = resources.halves(device)
    warm = max(1, steps // 2)
    rows = features(profile, profile.batch * 8, given.vocab_size)
    lengths = np.array([len(row) for one in rows for row in one.rows])
    torch.manual_seed(0)
    if profile.head == "retrieval":
        seconds, memory = _embedding(rows, given, device, half)
        done, optimizer = len(rows), None
    else:
        seconds, memory, optimizer = _training(profile, rows, given, device, half, warm, steps, compiled)
        done = steps * profile.batch
    other = None
    if not alone and profile.head != "retrieval":
        tick = clock(device)[1]
        found = rival.speed(profile, rows, given, device, half=half, warm=warm, steps=steps, tick=tick)
        other = _speed(found[0], found[1], steps * profile.batch, lengths, len(rows), given, device, training=True)
    ours = _speed(seconds, memory, done, lengths, len(rows), given, device, training=profile.head != "retrieval")
    return Row(
        profile=profile, mean_length=round(float(lengths.mean()), 1), ours=ours, trainer=other,
        times=None if other is None else round(ours.examples / other.examples, 2),
        optimizer=optimizer[0] if optimizer else None, moved=optimizer[1] if optimizer else None,
    )  # fmt: skip


def _speed(
    seconds: float, memory: int | None, done: int, lengths: Any, count: int, given: Any, device: str, *, training: bool
) -> Speed:
    each = done / count  # passes over the examples, so that both ways are held to the same mean length
    most = peak(torch.cuda.get_device_name(device)) if device.startswith("cuda") else None
    share = None if most is None else work(given, lengths, training=training) * each / seconds / most
    return Speed(
        examples=round(done / seconds, 2), tokens=round(float(lengths.sum()) * each / seconds, 1),
        share=None if share is None else round(share, 4), memory=memory,
    )  # fmt: skip


class _Clocked(train.Job):
    """A job that notes when its first batch is asked for: the training is set up by then."""

    def __init__(self, profile: Profile, rows: Sequence[Feature], tick: Tick) -> None:
        pieces: Any = _Bare()
        super().__init__("0", profile.head, rows, pieces, profile.batch, 1, 0)
        self.tick, self.begun = tick, 0.0

    def batch_at(self, k: int) -> Any:
        """The k-th batch."""
        if k == 0:
            self.begun = self.tick()
        return super().batch_at(k)


def _training(
    profile: Profile, rows: Sequence[Feature], given: Any, device: str, half: bool, warm: int, steps: int,
    compiled: bool,
) -> tuple[float, int | None, tuple[float, int] | None]:  # fmt: skip
    """(seconds of `steps` steps, peak of the device's memory, the optimizer's step alone)."""
    model = Model(_fresh(given), {"0": heads.head(profile.head, given, profile.labels)})
    tick = clock(device)[1]
    job = _Clocked(profile, rows, tick)
    how = Training(
        id="bench", learning_rate=1e-5, batch=profile.batch, epochs=1.0, warmup=0.1, weight_decay=0.01, clip=1.0,
        epsilon=1e-8, max_length=profile.longest, eval_every=10**9, patience=10**9, source="bench",
    )  # fmt: skip
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)
    with tempfile.TemporaryDirectory() as folder:
        for total in (warm, steps):
            train.train(
                model, [job], how, total=total, seed=0, folder=Path(folder) / str(total), device=device, half=half,
                compiled=compiled and total == warm, save_every=1e9,
            )  # fmt: skip
    seconds = tick() - job.begun
    memory = torch.cuda.max_memory_allocated(device) if device.startswith("cuda") else None
    return seconds, memory, _optimizer(model, how, device)


def _optimizer(model: Model, how: Training, device: str, times: int = 5) -> tuple[float, int]:
    """Seconds of one clipping and step over all weights, and the bytes that go to and fro: 28 a weight."""
    cuda = device.startswith("cuda")
    optimizer = train.adam(model, how)
    weights = [one for one in model.parameters() if one.requires_grad]
    for one in weights:
        one.grad = torch.full_like(one, 1e-3)
    tick, begun = clock(device)[1], 0.0
    for number in range(times + 1):
        if number == 1:  # the first makes the moments
            if cuda:
                torch.cuda.synchronize(device)
            begun = tick()
        train.clip(optimizer, model, how.clip, fused=cuda)
        optimizer.step()
    if cuda:
        torch.cuda.synchronize(device)
    return (tick() - begun) / times, 28 * sum(one.numel() for one in weights)


class _Lines:
    """A tokenizer for texts that are numbers of made-up rows."""

    pad, segments, special = 1, False, ()

    def __init__(self, rows: Sequence[Feature]) -> None:
        self._rows = rows

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        return [self._rows[int(text)].rows[0].tolist() for text in texts]

    def room(self, max_length: int, *, pair: bool) -> int:  # noqa: ARG002
        return max_length

    def framed(self, first: Sequence[int], second: Sequence[int] | None = None) -> tuple[Any, int]:  # noqa: ARG002
        return np.array(first, dtype=np.int32), len(first)


def _embedding(rows: Sequence[Feature], given: Any, device: str, half: bool) -> tuple[float, int | None]:
    """Seconds of the vectors of all layers and of finding the nearest of each row in one layer."""
    encoder, pieces = _fresh(given), _Lines(rows)
    texts = [str(number) for number in range(len(rows))]
    layers = retrieve.layers_of(given)
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)
    tick, begun = clock(device)[1], 0.0
    for shown in (texts[: len(texts) // 4], texts):
        begun = tick()
        found = retrieve.vectors(
            encoder, pieces, shown, layers, max_length=512, device=device, half=half  # type: ignore[arg-type]
        )
        retrieve.searcher(device)(found.vectors[-1], found.vectors[-1], 1)
    memory = torch.cuda.max_memory_allocated(device) if device.startswith("cuda") else None
    return tick() - begun, memory
