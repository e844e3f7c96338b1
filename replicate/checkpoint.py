"""The state of a training on disk: whole or not at all, never half, and without pickle.

`state.safetensors` holds weights, moments, random states and losses, with the counters in its header. The one before
it is kept as `state.previous.safetensors`: should the newer file be damaged, the older one is taken up and the run says
so.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from synth.errors import InputError

__all__ = ["State", "better", "clear", "keep_best", "resume", "save", "take_best"]

_STATE, _BEFORE, _BEST = "state.safetensors", "state.previous.safetensors", "best.safetensors"
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


@dataclass
class State:
    """Where a training stands. `stale`: evaluations since the best one; `saving`: seconds that the last save took."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    evaluations: list[tuple[int, float]] = field(default_factory=list)
    best: float | None = None
    stale: int = 0
    saving: float = 0.0
    notes: list[str] = field(default_factory=list)


def better(state: State, score: float) -> bool:
    """Note an evaluation; is it the best so far?"""
    state.evaluations.append((state.step, score))
    if state.best is None or score > state.best:
        state.best, state.stale = score, 0
        return True
    state.stale += 1
    return False


def _write(path: Path, tensors: dict[str, Any], header: dict[str, str]) -> None:
    """To a file beside it first, then in place in one step."""
    save_file: Any = import_module("safetensors.torch").save_file
    partial = path.with_name(f"{path.name}.partial")
    try:
        save_file(tensors, str(partial), metadata=header)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(f"{path}: cannot be written ({error}); free some space or name another folder") from error
    partial.replace(path)


def _read(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Tensors and header. A damaged file raises InputError."""
    safetensors: Any = import_module("safetensors")
    try:
        with safetensors.safe_open(str(path), framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (OSError, safetensors.SafetensorError) as error:
        raise InputError(f"{path}: the file is damaged or cut short ({error}); delete it") from error


def _weights(model: Any) -> dict[str, Any]:
    return {name: weights.detach().contiguous() for name, weights in model.named_parameters()}


def _put(model: Any, tensors: dict[str, Any], prefix: str = "") -> None:
    torch: Any = import_module("torch")
    with torch.no_grad():
        for name, weights in model.named_parameters():
            weights.copy_(tensors[prefix + name])


def save(folder: Path, key: str, state: State, model: Any, optimizer: Any) -> None:
    """Write the whole state; what is in `folder` is at every moment one that can be taken up."""
    torch: Any = import_module("torch")
    begun = time.monotonic()
    tensors = {f"weight/{name}": tensor for name, tensor in _weights(model).items()}
    for name, weights in model.named_parameters():
        for moment in _MOMENTS:
            if weights in optimizer.state:
                tensors[f"{moment}/{name}"] = optimizer.state[weights][moment].contiguous()
    tensors["random/cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random/cuda"] = torch.cuda.get_rng_state()
    tensors["losses"] = torch.tensor(state.losses, dtype=torch.float64)
    kept = {
        "step": state.step, "tokens": state.tokens, "seconds": state.seconds, "evaluations": state.evaluations,
        "best": state.best, "stale": state.stale, "notes": state.notes,
    }  # fmt: skip
    newest = folder / _STATE
    folder.mkdir(parents=True, exist_ok=True)
    if newest.exists():
        newest.replace(folder / _BEFORE)
    _write(newest, tensors, {"key": _short(key), "state": json.dumps(kept)})
    state.saving = time.monotonic() - begun


def resume(folder: Path, key: str, model: Any, optimizer: Any) -> State:
    """Take up the newest sound state in the folder, or begin. InputError where it belongs to another run."""
    torch: Any = import_module("torch")
    notes = []
    for path in (folder / _STATE, folder / _BEFORE):
        if not path.exists():
            continue
        try:
            tensors, header = _read(path)
        except InputError as error:
            notes.append(f"{error}; the one before it, or the beginning, was taken up")
            continue
        if header.get("key") != _short(key):
            raise InputError(f"{path}: the state of another training; delete it or name another folder")
        kept = json.loads(header["state"])
        _put(model, tensors, "weight/")
        for name, weights in model.named_parameters():
            moments = {moment: tensors[f"{moment}/{name}"] for moment in _MOMENTS if f"{moment}/{name}" in tensors}
            if moments:
                optimizer.state[weights] = {
                    moment: tensor.to(weights.device) if moment != "step" else _counter(tensor, weights, optimizer)
                    for moment, tensor in moments.items()
                }
        torch.set_rng_state(tensors["random/cpu"])
        if "random/cuda" in tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(tensors["random/cuda"])
        kept["evaluations"] = [(int(step), float(score)) for step, score in kept["evaluations"]]
        kept["notes"] = [*kept["notes"], *notes]
        return State(**kept, losses=tensors["losses"].tolist())
    return State(notes=notes)


def _counter(tensor: Any, weights: Any, optimizer: Any) -> Any:
    """The step count lives beside the weights only where the optimizer is fused."""
    fused = bool(optimizer.param_groups[0].get("fused"))
    return tensor.to(weights.device) if fused else tensor


def _short(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def keep_best(folder: Path, model: Any) -> None:
    """Set the weights of this moment aside as the best."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / _BEST, _weights(model), {})


def take_best(folder: Path, model: Any) -> None:
    """Put the best weights back, where any were set aside."""
    if (folder / _BEST).exists():
        _put(model, _read(folder / _BEST)[0])


def clear(folder: Path) -> None:
    """Remove the state: the training is over and what it made is saved."""
    for name in (_STATE, _BEFORE, _BEST):
        (folder / name).unlink(missing_ok=True)
