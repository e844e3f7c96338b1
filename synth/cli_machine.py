"""Commands about this machine: `synth doctor`, and `synth completion` for the shell."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from synth.errors import InputError, did_you_mean
from synth.session import Offline, open_library
from synth.shell import emit

__all__ = ["completion", "doctor"]

_SHELLS = ("bash", "zsh", "fish")
_PROGRAMS = ("synth", "replicate")


def doctor(
    offline: Offline = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what is installed, which models are there, which sources answer, whether the library is sound, what to do.

    Each source is asked one short question, unless --offline is given. Ends with 1 where something needed is not sound.

    Example: synth doctor
    """
    from synth import checkup
    from synth.render.serial import dumps
    from synth.web import Web

    def client() -> Web:
        return Web(None, deadline=checkup.PATIENCE, retries=0, base_urls=_mirrors())

    with open_library() as library:
        found, sound = checkup.findings(library, None if offline else client)
    if as_json:
        emit(dumps(found, indent=2).rstrip("\n"))
    else:
        width = max(map(len, found))
        for name, value in found.items():
            first, *more = value.split("; ") if name == checkup.TO_DO else [value]
            emit(f"{name:<{width}}  {first}")
            for line in more:
                emit(f"{'':<{width}}  {line}")
    if not sound:
        raise typer.Exit(1)


def completion(
    shell: Annotated[str, typer.Argument(help="bash, zsh or fish.", metavar="SHELL")],
) -> None:
    """Print what makes a shell complete the commands and options of synth and replicate.

    bash: put eval "$(synth completion bash)" into ~/.bashrc. zsh: the same with zsh, into ~/.zshrc after compinit.
    fish: put synth completion fish | source into ~/.config/fish/config.fish.

    Example: synth completion bash
    """
    from typer._completion_shared import get_completion_script

    if shell not in _SHELLS:
        raise InputError(f'completion: unknown shell "{shell}"; {did_you_mean(shell, _SHELLS)}')
    for name in _PROGRAMS:
        emit(get_completion_script(prog_name=name, complete_var=f"_{name.upper()}_COMPLETE", shell=shell))


def _mirrors() -> dict[str, str]:
    """The stand-ins of `SYNTH_MIRRORS` (see `synth.run`); what has another form is left out: a report tells of it."""
    pairs = [word.partition("=") for word in os.environ.get("SYNTH_MIRRORS", "").split()]
    return {origin: there for origin, _, there in pairs if origin.startswith("http") and there.startswith("http")}
