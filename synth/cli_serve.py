"""`synth serve` and `synth mcp`: the web application, and the tools for assistants."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from synth.errors import InputError
from synth.session import Offline, Papers
from synth.shell import emit, say

__all__ = ["mcp", "serve"]

_EXTRA = "pip install 'synth-replicate[serve]'"


def serve(
    host: Annotated[str, typer.Option("--host", help="Where to listen; others than loopback ask for a token.")] = (
        "127.0.0.1"
    ),
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 takes any that is free.", metavar="N")
    ] = 8765,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="A further name under which browsers may call this server.", metavar="NAME"),
    ] = None,
    workers: Annotated[
        int, typer.Option("--jobs", min=1, max=64, help="How many jobs run at once.", metavar="N")
    ] = 1,
    offline: Offline = False,
) -> None:
    """Serve the web application: ask, read, compare, verify, audit, replicate.

    The address is printed on stdout. On another host than loopback, or under a further name, a token is asked for:
    that of SYNTH_TOKEN, or one that is made and told once on stderr.

    Example: synth serve --port 8765
    """
    _needed("fastapi", "uvicorn", "python_multipart")
    from synth.library import default_folder
    from synth.serve.app import application, listening, run
    from synth.serve.tokens import token_from

    token, made = token_from(os.environ, host, name or ())
    app = application(default_folder(), token=token, host=host, names=name or (), offline=offline, workers=workers)
    listener = listening(host, port)
    shown = f"[{host}]" if ":" in host else host
    if made:
        say(f"the token of this server, told only now: {token}")
    emit(f"http://{shown}:{listener.getsockname()[1]}/")
    run(app, listener)


def mcp(papers: Papers = None, offline: Offline = False) -> None:
    """Offer search, verify, audit and report to an assistant over standard input and output (MCP).

    An assistant names no files: papers are those of the libraries, or of --papers.

    Example: synth mcp --offline
    """
    _needed("mcp")
    from synth.serve.mcp import run

    run([Path(path) for path in papers or ()], offline)


def _needed(*modules: str) -> None:
    from importlib.util import find_spec

    missing = [module.replace("_", "-") for module in modules if find_spec(module) is None]
    if missing:
        raise InputError(f"{', '.join(missing)}: not installed, and needed here: {_EXTRA}")
