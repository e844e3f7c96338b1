"""`replicate bench`: how fast training is on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from replicate import walks
from replicate.shell import emit, say

__all__ = ["bench"]


def bench(
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.", metavar="NAME")] = "auto",
    size: Annotated[
        str | None, typer.Option("--size", help="tiny, base or large (on a GPU large, else tiny).", metavar="NAME")
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option("--profile", help="Of which task's heads and lengths; else all.", metavar="NAME")
    ] = None,
    steps: Annotated[int, typer.Option("--steps", help="How many steps are timed.", metavar="N")] = 40,
    compiled: Annotated[bool, typer.Option("--compile", help="Compile the model's blocks.")] = False,
    alone: Annotated[bool, typer.Option("--alone", help="Leave out the Trainer of transformers.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:
    """Measure how fast training is on this machine, beside the Trainer of transformers, with random weights.

    Example: replicate bench --device cpu --profile mnli --steps 4 --json
    """
    walks.needed()
    from replicate import bench as measuring

    found = measuring.bench(
        device, size, profile or (), steps, compiled=compiled, alone=alone, told=(lambda _: None) if quiet else say
    )
    emit(found.model_dump_json(by_alias=True, indent=2) if as_json else measuring.table(found))
