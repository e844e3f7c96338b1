"""`synth train-verifier`: make the packaged verifier again from labelled sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synth.session import Quiet
from synth.shell import emit, say

__all__ = ["train_verifier"]


def train_verifier(
    data: Annotated[
        Path, typer.Option("--data", help="The root that holds claims/, transfer/, extraction/.", metavar="DIR")
    ],
    out: Annotated[Path, typer.Option("--out", help="Where the model's files are written.", metavar="DIR")],
    work: Annotated[
        Path | None,
        typer.Option("--work", help="Keeps checkpoints; a second call goes on. Default: OUT/work.", metavar="DIR"),
    ] = None,
    device: Annotated[str, typer.Option("--device", help="cpu or cuda.", metavar="NAME")] = "cpu",
    only: Annotated[
        str | None, typer.Option("--only", help="train, export or calibrate: one step alone.", metavar="STEP")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Train the verifier, export and calibrate it. Needs the extra `train`; one to two hours on two cores.

    Example: synth train-verifier --data data --out verifier
    """
    from synth.training.verifier import make

    made = make(data, out, work or out / "work", (lambda _: None) if quiet else say, device=device, only=only)
    for line in made:
        emit(line)
