"""What stands between the shell and the commands of `replicate`: data on stdout, talk on stderr, one line a failure."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import typer

from synth.errors import SynthError

__all__ = ["emit", "run", "say", "say_all"]

# typer carries its own copy of click and exports the leaves of the error tree only.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


def emit(line: str) -> None:
    """One line of data on stdout."""
    sys.stdout.write(line + "\n")


def say(line: str) -> None:
    """One line of talk on stderr."""
    sys.stderr.write(f"replicate: {line}\n")


def say_all(text: str, *, quiet: bool) -> None:
    """Talk of several lines, as it stands; nothing where nobody wants it."""
    if not quiet:
        sys.stderr.write(text.rstrip("\n") + "\n")


def run(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Run the command line and give its exit code.

    0 done; 1 a fault in this program; 2 the input is at fault; 4 some stages have no result; 130 interrupted.
    A traceback is shown only with `--debug`.
    """
    debug = "--debug" in arguments
    words = [word for word in arguments if word != "--debug"]
    try:
        code = int(app(args=words, prog_name="replicate", standalone_mode=False) or 0)
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:
        # What is still buffered goes nowhere, so that the end of the program does not stumble over it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as problem:  # noqa: BLE001 (the last place where a fault can become a line)
        if debug:
            traceback.print_exc()
        line, code = _told(problem)
        say(line)
    if code == 130:  # typer makes an exit code of an interrupt itself
        say("interrupted; what is finished is kept: go on with --resume")
    return code


def _told(problem: Exception) -> tuple[str, int]:
    """A failure as one line and the exit code."""
    if isinstance(problem, SynthError):
        return str(problem), problem.exit_code
    if isinstance(problem, _UsageError):
        context: Any = getattr(problem, "ctx", None)
        where = context.command_path if context is not None else "replicate"
        message = str(problem.format_message()) if hasattr(problem, "format_message") else str(problem)
        return f"{message.rstrip('.')}; see {where} --help", 2
    first = (str(problem).strip() or "no message").splitlines()[0]
    return f"a fault in this program ({type(problem).__name__}: {first}); run it again with --debug", 1
