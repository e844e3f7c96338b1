"""The command line of `replicate`: its commands in their order, each from the module of its room."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from replicate import cli_machine, cli_results, cli_run, cli_tasks, shell
from replicate.cli_small import app as small

__all__ = ["app", "main"]

app = typer.Typer(
    name="replicate",
    help="Rerun the experiment behind a published claim and hold the claim against the measurements.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,  # noqa: ARG001 (read by `shell.run`)
) -> None:
    if version:
        from synth import __version__

        shell.emit(f"replicate {__version__}")
        raise typer.Exit


for _command in (
    cli_tasks.tasks, cli_tasks.effects, cli_run.plan, cli_run.run, cli_results.score, cli_results.compare,
    cli_results.show, cli_machine.bench,
):  # fmt: skip
    app.command()(_command)
app.add_typer(small)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; `replicate.shell.run` names the exit codes."""
    sys.exit(shell.run(app, sys.argv[1:] if arguments is None else arguments))
