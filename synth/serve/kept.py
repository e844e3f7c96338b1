"""The process a job runs in: a command line of this project that ends when the server does.

    python -m synth.serve.kept synth.cli report --question ...

The server holds the other end of standard input. When the server is gone, however it went, that end is closed, and
this process ends itself and all it has started: nothing goes on unwatched beside the server that is started next.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from typing import NoReturn

__all__ = ["COMMANDS", "main"]

COMMANDS = ("synth.cli", "replicate.cli")


def main() -> NoReturn:
    """Run the command line that the arguments name, and exit with its code."""
    name, *words = sys.argv[1:]
    if name not in COMMANDS:
        raise SystemExit(2)
    waiting, nowhere = os.dup(0), os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)  # a command that reads its input finds none
    threading.Thread(target=_end_with_the_server, args=(waiting,), daemon=True).start()
    sys.argv = [name.removesuffix(".cli"), *words]
    importlib.import_module(name).main(words)
    raise SystemExit(0)


def _end_with_the_server(waiting: int) -> None:
    # A bare read holds no lock that the interpreter would wait for at its own end.
    while os.read(waiting, 64):
        pass
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main()
