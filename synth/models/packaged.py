"""Model files and what names them: packaged ones are held against their published checksum before they are used."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from synth.errors import SynthError

__all__ = ["cores", "session", "verified", "weights_checksum"]


def verified(folder: Path, what: str, remedy: str, *names: str) -> list[bytes]:
    """The bytes of the named files, each held against `checksums.json`.

    Raises:
        SynthError: a file is missing or is not the published one; the message names `what` and ends with `remedy`.
    """
    try:
        wanted: dict[str, str] = json.loads((folder / "checksums.json").read_text("utf-8"))["files"]
        contents = [(folder / name).read_bytes() for name in names]
    except (OSError, ValueError, KeyError) as error:
        raise SynthError(f"the packaged {what} cannot be read: {error}; {remedy}") from error
    for name, content in zip(names, contents, strict=True):
        found = hashlib.sha256(content).hexdigest()
        if found != wanted.get(name):
            raise SynthError(
                f"{name} of the packaged {what} is not the published file "
                f"(sha256 {found[:12]}..., expected {str(wanted.get(name))[:12]}...); {remedy}"
            )
    return contents


def weights_checksum(model: Any) -> str:
    """sha256 over names and bytes of all weights, in the order of the names."""
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()


def session(model: bytes) -> Any:
    """An onnxruntime session on one thread: texts are spread over threads one by one, not cut within one text."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: library code prints nothing
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
