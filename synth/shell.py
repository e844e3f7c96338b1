"""What stands between the shell and the commands: streams, exit codes, signals. A command says its data with `emit`
and its talk with `say`; `run` turns whatever happens into one line and an exit code.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import typer

from synth.errors import InputError, NothingAskedError, SynthError

__all__ = ["emit", "run", "say", "show", "spread"]

_GRACE = 2.0  # seconds after an interrupt in which work may end by itself; a thread can be deep in a download
_INTERRUPTED = 130
# typer carries its own copy of click and exports the leaves of the error tree only.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


def emit(line: str) -> None:
    """One line of data on stdout, at once, so that the next program in the pipe can go on."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _stdout_to_nowhere()
        raise typer.Exit(0) from None  # the reader has seen enough
    except OSError as problem:
        _stdout_to_nowhere()
        raise InputError(f"stdout: cannot be written ({problem.strerror})") from None


def say(line: str) -> None:
    """One line of talk on stderr."""
    show(f"synth: {line}\n")


def show(text: str) -> None:
    """Talk as it stands. Where nobody can hear it the work goes on."""
    with suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()


def run(app: typer.Typer, name: str, arguments: Sequence[str]) -> int:
    """Run the command line and give its exit code.

    0 done; 1 a fault in this program; 2 the input is at fault; 3 nothing could be asked; 4 partial; 130 interrupted.
    A traceback is shown only where `--debug` is among the arguments.
    """
    _open_streams()
    cut = list(arguments).index("--") if "--" in arguments else len(arguments)
    debug = "--debug" in arguments[:cut]
    words = [word for n, word in enumerate(arguments) if word != "--debug" or n > cut]
    with _interruptible():
        try:
            _check_text(words)
            code = int(app(args=words, prog_name=name, standalone_mode=False, obj=(name, *words)) or 0)
        except (KeyboardInterrupt, typer.Abort):
            code = _INTERRUPTED
        except Exception as problem:  # noqa: BLE001 (the last place where a fault can become a line)
            if debug:
                traceback.print_exc()
            line, code = _told(problem)
            say(line)
    if code == _INTERRUPTED:  # typer makes an exit code of an interrupt itself
        say("interrupted")
    return code


def _told(problem: Exception) -> tuple[str, int]:
    """A failure as one line and the exit code."""
    if isinstance(problem, NothingAskedError):
        return f"nothing could be asked: {problem}", problem.exit_code
    if isinstance(problem, SynthError):
        return str(problem), problem.exit_code
    if isinstance(problem, _UsageError):
        return _usage(problem), 2
    first = (str(problem).strip() or "no message").splitlines()[0]
    what = f"{type(problem).__name__}: {first}"
    return f"a fault in this program ({what}); run it again with --debug and report what it shows", 1


def _usage(problem: Any) -> str:
    """A usage error as one line, with where to look."""
    context = getattr(problem, "ctx", None)
    where = context.command_path if context is not None else "synth"
    return f"{problem.format_message().rstrip('.')}; see {where} --help"


def _check_text(words: Sequence[str]) -> None:
    """Words that are no text, other than names of files that exist, would fail later and less clearly."""
    for number, word in enumerate(words, 1):
        try:
            word.encode()
        except UnicodeEncodeError:
            if not os.path.exists(word):  # noqa: PTH110 (False also for a name that is too long)
                shown = word.encode("utf-8", "backslashreplace").decode()
                raise InputError(f"argument {number}, {shown}: not UTF-8 text; write it in UTF-8") from None


def spread(arguments: Sequence[str]) -> list[str]:
    """`--papers A B` as `--papers A --papers B`: a pattern such as `papers/*.pdf` comes from the shell as many words.

    For commands that also take words of their own, only what exists as a file or folder is taken for a paper.
    """
    spread_out: list[str] = []
    among_papers = False
    for number, word in enumerate(arguments):
        if word == "--":
            return [*spread_out, *arguments[number:]]
        if word.startswith("-") and word != "-":
            among_papers = word == "--papers"
        elif among_papers and spread_out[-1] != "--papers":
            among_papers = arguments[0] == "report" or os.path.exists(word)  # noqa: PTH110 (a claim may be long)
            if among_papers:
                spread_out.append("--papers")
        spread_out.append(word)
    return spread_out


# --- streams --------------------------------------------------------------------------------------------


def _open_streams() -> None:
    """stdout and stderr that can take every line: both there, and file names written back as they came."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller (`>&-`)
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 (open as long as the program runs)
    for stream, errors in ((sys.stdout, "surrogateescape"), (sys.stderr, "backslashreplace")):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors=errors)


def _stdout_to_nowhere() -> None:
    """What is still buffered goes nowhere, so that the end of the program does not stumble over it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):
        os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


# --- interrupts -----------------------------------------------------------------------------------------


@contextmanager
def _interruptible() -> Iterator[None]:
    """The first interrupt unwinds the work, which puts away what is half done; a second, or two seconds, ends it."""
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job is not to be stopped
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    asked_to_stop = threading.Event()

    def first(*_: object) -> None:
        asked_to_stop.set()
        signal.signal(signal.SIGINT, lambda *_: _leave())
        watchdog = threading.Timer(_GRACE, _leave)
        watchdog.daemon = True
        watchdog.start()
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, first)
    yield
    if not asked_to_stop.is_set():
        signal.signal(signal.SIGINT, before)


def _leave() -> NoReturn:
    """Leave at once. Files are only ever renamed into place, so nothing is half written."""
    told = ("\x1b[?25h" if sys.stderr.isatty() else "") + "synth: interrupted\n"  # the bars hide the cursor
    with suppress(OSError, ValueError):
        os.write(sys.stderr.fileno(), told.encode())  # past the buffer: a line may be on its way through it
    os._exit(_INTERRUPTED)
