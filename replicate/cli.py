"""The command line of `replicate`."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["app", "main"]

app = typer.Typer(
    name="replicate",
    help="Rerun published experiments and compare. The engine is not part of this version yet: nothing can be run.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _top(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    from synth import __version__

    if version:
        print(f"replicate {__version__}")  # noqa: T201


def main() -> None:
    """Run the command line."""
    app(prog_name="replicate")
