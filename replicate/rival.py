"""The Trainer of transformers, for comparison: padded to the longest row, with its fused optimizer and bfloat16."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import torch

from replicate.encode import IGNORED, Feature
from replicate.profiles import Profile

__all__ = ["speed"]

_MODELS = {
    "classification": "AutoModelForSequenceClassification", "multiple_choice": "AutoModelForMultipleChoice",
    "tagging": "AutoModelForTokenClassification", "span": "AutoModelForQuestionAnswering",
}  # fmt: skip


def speed(
    profile: Profile, rows: Sequence[Feature], settings: Any, device: str, *, half: bool, warm: int, steps: int,
    tick: Callable[[], float] = time.perf_counter,
) -> tuple[float, int | None]:  # fmt: skip
    """(seconds of `steps` steps after `warm` ones, peak of the device's memory), the better of two kinds of attention.

    On a GPU there is one kind only, the fused one, which is the default. Seconds are counted by `tick`.
    """
    kinds = ("sdpa",) if device.startswith("cuda") else ("sdpa", "eager")
    return min(_speed(profile, rows, settings, device, kind, half, warm, steps, tick) for kind in kinds)


def _speed(
    profile: Profile, rows: Sequence[Feature], settings: Any, device: str, attention: str, half: bool, warm: int,
    steps: int, tick: Callable[[], float],
) -> tuple[float, int | None]:  # fmt: skip
    transformers: Any = import_module("transformers")
    transformers.utils.logging.set_verbosity_error()
    cuda = device.startswith("cuda")
    torch.manual_seed(0)
    more = {"num_labels": profile.labels} if profile.labels else {}
    given = type(settings).from_dict({**settings.to_dict(), **more})
    model = getattr(transformers, _MODELS[profile.head]).from_config(given, attn_implementation=attention)
    marks: list[float] = []

    class Clock(transformers.TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
            if state.global_step in (warm, warm + steps):
                if cuda:
                    torch.cuda.synchronize(device)
                marks.append(tick())

    with tempfile.TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            output_dir=folder, per_device_train_batch_size=profile.batch, max_steps=warm + steps, learning_rate=1e-5,
            weight_decay=0.01, max_grad_norm=1.0, warmup_steps=warm, bf16=half, optim="adamw_torch_fused",
            save_strategy="no", logging_strategy="no", eval_strategy="no", report_to=[], disable_tqdm=True,
            use_cpu=not cuda, remove_unused_columns=False, dataloader_drop_last=True, dataloader_pin_memory=cuda,
        )  # fmt: skip
        data: Any = list(rows)
        trainer = transformers.Trainer(
            model=model, args=arguments, train_dataset=data, callbacks=[Clock()],
            data_collator=lambda given: collate(given, profile),
        )  # fmt: skip
        trainer.remove_callback(transformers.PrinterCallback)
        if cuda:
            torch.cuda.reset_peak_memory_stats(device)
        trainer.train()
    return marks[1] - marks[0], torch.cuda.max_memory_allocated(device) if cuda else None


def collate(given: Sequence[Feature], profile: Profile) -> dict[str, Any]:
    """A batch as those models want it, padded to its longest row."""
    rows = [row for one in given for row in one.rows]
    width = max(map(len, rows))
    ids, mask = np.full((len(rows), width), 1, dtype=np.int64), np.zeros((len(rows), width), dtype=np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)], mask[place, : len(row)] = row, 1
    shape = (len(given), profile.rows, width) if profile.head == "multiple_choice" else ids.shape
    made = {"input_ids": torch.from_numpy(ids.reshape(shape)), "attention_mask": torch.from_numpy(mask.reshape(shape))}
    labels = [one.label for one in given if one.label is not None]
    if profile.head == "span":
        both = torch.from_numpy(np.stack(labels))
        return {**made, "start_positions": both[:, 0], "end_positions": both[:, 1]}
    if profile.head == "tagging":
        tags = np.full((len(rows), width), IGNORED, dtype=np.int64)
        for place, one in enumerate(labels):
            tags[place, : len(one)] = one
        return {**made, "labels": torch.from_numpy(tags)}
    return {**made, "labels": torch.from_numpy(np.stack(labels))}
