"""Device, threads, memory and disk: what is there, what a stage needs, and one line where it is too little."""

from __future__ import annotations

import os
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

from synth.errors import InputError
from synth.records import Record

__all__ = ["Need", "device", "free_disk", "free_memory", "halves", "need", "places", "refuse", "settle"]

_ADAM, _SINGLE = 16, 4  # bytes a weight: with gradient and two moments; alone
_ACTIVATIONS = 90  # bytes a token, layer and hidden unit that training keeps for the way back (single precision)
_BASE = 400 * 2**20  # the libraries themselves


class Need(Record):
    """Bytes that a stage takes at most, estimated before it starts."""

    memory: int
    disk: int


def device(wanted: str) -> str:
    """`cpu` or `cuda`; auto takes a GPU where there is one. InputError for one that is asked for and not there."""
    torch: Any = import_module("torch")
    known = ("auto", "cpu", "cuda")
    if wanted not in known and not wanted.startswith("cuda:"):
        raise InputError(f'--device: "{wanted}" is unknown; give one of {", ".join(known)}')
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda"):
        if not torch.cuda.is_available():
            raise InputError(f"--device {wanted}: there is no GPU that torch can use here; give --device cpu")
        if wanted.startswith("cuda:") and int(wanted[5:] or 0) >= torch.cuda.device_count():
            raise InputError(f"--device {wanted}: there are {torch.cuda.device_count()} GPUs here, counted from 0")
    return wanted


def places(wanted: str) -> tuple[str, ...]:
    """The devices that a wish names, each by number: all GPUs for cuda (and for auto, where there are any), or the CPU.

    As `device`, InputError for what is not there.
    """
    found = device(wanted)
    torch: Any = import_module("torch")
    return tuple(f"cuda:{n}" for n in range(torch.cuda.device_count())) if found == "cuda" else (found,)


def halves(where: str) -> bool:
    """Has the device arithmetic of its own in bfloat16? A CPU is taken to have none."""
    torch: Any = import_module("torch")
    return where.startswith("cuda") and bool(torch.cuda.is_bf16_supported(including_emulation=False))


def settle(threads: int) -> None:
    """Same input, same numbers: a fixed count of threads and deterministic algorithms."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    torch: Any = import_module("torch")
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.utils.deterministic.fill_uninitialized_memory = False  # a pass over memory that is written next anyway


def need(weights: int, settings: Any, *, tokens: int, train: bool, labels: int = 0) -> Need:
    """Estimate from the count of weights and the largest batch (places, padding counted); on the high side.

    `labels` is how many scores each place of the batch gets (a vocabulary, in masked-language-model training).
    """
    layers, hidden = int(settings.num_hidden_layers), int(settings.hidden_size)
    states = tokens * layers * hidden * (_ACTIVATIONS if train else 6) + tokens * labels * 12
    memory = _BASE + weights * (_ADAM + _SINGLE if train else _SINGLE) + states
    # Two states (weights and two moments each), the best weights and the saved model.
    return Need(memory=memory, disk=weights * _SINGLE * (8 if train else 1))


def free_memory(where: str) -> int | None:
    """Bytes that are free on the device; None where the system does not say."""
    if where.startswith("cuda"):
        torch: Any = import_module("torch")
        return int(torch.cuda.mem_get_info(torch.device(where))[0])
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return None
    except OSError:
        pages = getattr(os, "sysconf_names", {})
        if "SC_PHYS_PAGES" not in pages:
            return None
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def free_disk(folder: Path) -> int:
    """Bytes that are free where the folder lies (or will lie)."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def refuse(what: str, wanted: Need, memory: int | None, disk: int, where: str) -> None:
    """InputError where the need is more than there is."""
    if memory is not None and wanted.memory > memory:
        raise InputError(
            f"{what}: about {_size(wanted.memory)} of memory on {where} are needed, {_size(memory)} are free; "
            "take a smaller model, or a machine with more"
        )
    if wanted.disk > disk:
        raise InputError(
            f"{what}: about {_size(wanted.disk)} of disk are needed, {_size(disk)} are free; "
            "free some, or name another folder with --out"
        )


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"
