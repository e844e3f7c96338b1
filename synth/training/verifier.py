"""`synth train-verifier`: train, export, calibrate and describe the packaged verifier, step by step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from synth.errors import InputError, did_you_mean

__all__ = ["STEPS", "make"]

STEPS = ("train", "export", "calibrate")


def make(
    data: Path, out: Path, work: Path, told: Callable[[str], None], *, device: str = "cpu", only: str | None = None
) -> list[str]:
    """Run the steps, or the one named `only`; `work` keeps checkpoints, and a second call goes on from them.

    `out` gets `model.onnx`, `tokenizer.json`, `calibration.json`, `checksums.json` and `card.md`. Returns what was
    made, a line a step.

    Raises:
        InputError: no such step or device, the extra `train` is not installed, a set is missing under `data`, or the
            steps before were not run.
    """
    if only is not None and only not in STEPS:
        raise InputError(f'--only: no step "{only}"; {did_you_mean(only, STEPS)}')
    if not data.is_dir():
        raise InputError(f"--data: {data} is no folder; name the root that holds claims/, transfer/ and extraction/")
    try:
        import onnx  # noqa: F401
        import torch

        from synth.training import calibrate, checkpoints, deliver, fit, network, recipe
    except ImportError as error:
        raise InputError(f'training needs {error.name}: pip install "synth-replicate[train]"') from error
    if device != "cpu" and not torch.cuda.is_available():
        raise InputError(f'--device: "{device}" is not at hand; leave the option out to train on the processor')
    given = recipe.recipe()
    ends = [work / f"{stage['name']}-{stage['epochs']}.safetensors" for stage in given["stage"]]
    trained = work / "mean.safetensors"
    made = []
    if only in (None, "train"):
        source = network.start(given["seed"])
        stages = recipe.stages(given, recipe.Material(data))
        fit.fit(source, network.tokenizer(), stages, recipe.settings(given, device), work, told)
        checkpoints.mean(ends[-given["mean_of_last"] :], trained)
        made.append(f"trained: {trained}")
    if only in (None, "export"):
        if not trained.is_file():
            raise InputError(f"--only export: {trained} is not there; train first")
        told("exporting")
        deliver.deliver(trained, out)
        made.append(f"exported: {out / 'model.onnx'}")
    if only in (None, "calibrate"):
        calibrate.calibrate(data, out, told)
        made.append(f"calibrated: {out / 'calibration.json'}")
    return made
