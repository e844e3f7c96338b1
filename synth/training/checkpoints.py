"""Checkpoints of a training run: weights and optimizer state as safetensors, the place as JSON; nothing is pickled.

`place.json` is written last and names the files it belongs to: what a killed process left half-written is not taken.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from synth.errors import InputError

if TYPE_CHECKING:
    from synth.training.network import StanceNetwork

__all__ = ["Place", "keep", "mean", "resume", "resume_optimizer", "save"]

_PLACE = "place.json"


class Place(NamedTuple):
    """How far a run is: stages, epochs of the stage and batches of the epoch that are done.

    `of` is the number of batches of the epoch, 0 between epochs.
    """

    stage: int = 0
    epoch: int = 0
    step: int = 0
    of: int = 0

    @property
    def name(self) -> str:
        """What the files of this place are called before their endings."""
        return f"run-{self.stage}-{self.epoch}-{self.step}"


def keep(network: StanceNetwork, path: Path) -> None:
    """Write the weights; the file is whole or not there."""
    _written(dict(network.state_dict()), path)


def mean(paths: Sequence[Path], out: Path) -> None:
    """Write the mean of several weights of one network, taken at ends of passes of one run.

    Such a mean errs less than its parts where a pass moves to and fro (Izmailov et al. 2018, "Averaging Weights Leads
    to Wider Optima and Better Generalization").

    Raises:
        InputError: one of them cannot be read.
    """
    parts = [_read(path) for path in paths]
    _written({name: sum(part[name] for part in parts) / len(parts) for name in parts[0]}, out)


def save(network: StanceNetwork, optimizer: Any, folder: Path, place: Place) -> None:
    """Write weights, the optimizer's state if there is one, and the place; then drop the checkpoint before."""
    keep(network, folder / f"{place.name}.weights.safetensors")
    if optimizer is not None:
        state = {
            f"{key}|{field}": value
            for key, parameter in network.named_parameters()
            for field, value in optimizer.state.get(parameter, {}).items()
        }
        _written(state, folder / f"{place.name}.optimizer.safetensors")
    temporary = folder / "place.partial"
    temporary.write_text(json.dumps(place._asdict()), "utf-8")
    temporary.replace(folder / _PLACE)
    for old in folder.glob("run-*"):
        if not old.name.startswith(f"{place.name}."):
            old.unlink()


def resume(network: StanceNetwork, folder: Path) -> Place:
    """The place of the checkpoint in `folder`, its weights loaded into `network`; the very start without one.

    Raises:
        InputError: the checkpoint cannot be read or is of another network.
    """
    if not (folder / _PLACE).exists():
        return Place()
    place = _place(folder)
    try:
        network.load_state_dict(_read(folder / f"{place.name}.weights.safetensors"))
    except RuntimeError as error:
        raise InputError(f"{folder}: its checkpoint is of another network; name an empty folder") from error
    return place


def resume_optimizer(optimizer: Any, network: StanceNetwork, folder: Path) -> None:
    """Load the optimizer's state of the checkpoint in `folder`.

    Raises:
        InputError: the checkpoint cannot be read.
    """
    state = _read(folder / f"{_place(folder).name}.optimizer.safetensors")
    for key, parameter in network.named_parameters():
        fields = {name.partition("|")[2]: value for name, value in state.items() if name.partition("|")[0] == key}
        if fields:  # the count of steps too: the fused optimizer keeps it beside the weights
            optimizer.state[parameter] = {field: value.to(parameter.device) for field, value in fields.items()}


def _place(folder: Path) -> Place:
    try:
        given = json.loads((folder / _PLACE).read_text("utf-8"))
        return Place(*(int(given.get(field, 0)) for field in Place._fields))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{folder / _PLACE}: cannot be read ({error}); name an empty folder to begin anew") from error


def _written(tensors: dict[str, Any], path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    temporary = path.with_suffix(".partial")
    save_file({k: torch.as_tensor(v).detach().cpu().contiguous() for k, v in tensors.items()}, str(temporary))
    temporary.replace(path)


def _read(path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return dict(load_file(str(path)))
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: cannot be read ({error}); name an empty folder to begin anew") from error
