"""The application put together: the service, its two faces, the guard around them; and the server that runs it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio.to_thread
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from filelock import FileLock, Timeout
from starlette.exceptions import HTTPException

from synth import __version__
from synth.errors import InputError, SynthError
from synth.serve import api, commands, forms, judging, pages, reading, replicating
from synth.serve.guard import Guard
from synth.serve.places import Places
from synth.serve.runner import Runner
from synth.serve.site import Refused, Site
from synth.serve.store import Job, Store
from synth.serve.tokens import Keys, keep_secret, known_hosts

__all__ = ["application", "listening", "run"]

_THREADS = 12  # requests that are worked on at once; event streams take none
_ABOUT = "Ask research questions, verify claims, audit cards, run replications. Every fault is one line in one shape."


def application(
    home: Path,
    *,
    token: str | None = None,
    host: str = "127.0.0.1",
    names: Sequence[str] = (),
    offline: bool = False,
    workers: int = 1,
    make: Callable[[Job, Places], commands.Command] = commands.command,
) -> Guard:
    """The application on the data folder `home`, guarded. Its jobs begin when the server starts it.

    `make` gives the command of a job. Raises InputError where the folder cannot be used.
    """
    places = Places(home)
    try:
        places.make()
        secret = keep_secret(places.secret)
    except OSError as problem:
        raise InputError(f"{home}: cannot be used ({problem.strerror}); name another folder in SYNTH_HOME") from None
    lock = _alone(places)
    store = Store(places.database)
    runner = Runner(store, places, workers=workers, make=make, ended=lambda job: site.ended(job))
    site = Site(places, store, runner, offline=offline)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Threads of one process share one lock: more of them answer nobody sooner.
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        runner.start()
        yield
        app.state.stopping = True
        runner.stop()
        store.close()
        lock.release()

    app = FastAPI(
        title="synth", version=__version__, description=_ABOUT, lifespan=lifespan, docs_url=None, redoc_url=None,
        openapi_url="/api/openapi.json", redirect_slashes=False,
    )  # fmt: skip
    app.state.site, app.state.keys, app.state.stopping = site, Keys(token, secret), False
    app.include_router(api.router)
    for room in (pages, judging, reading, replicating):
        app.include_router(room.router)
    _told(app)
    return Guard(app, app.state.keys, known_hosts(host, names))


def _alone(places: Places) -> FileLock:
    """One server for one folder: two would take each other's running jobs for dead ones."""
    lock = FileLock(places.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise InputError(f"{places.folder}: another synth serve uses it; stop that one or set SYNTH_HOME") from None
    return lock


# --- faults -------------------------------------------------------------------------------------------------


def _told(app: FastAPI) -> None:
    """Every fault as one line in one shape."""

    def fault(request: Request, problem: Exception) -> Response:
        status, message, field = _fault(problem)
        if request.url.path.startswith("/api/"):
            return JSONResponse({"error": {"status": status, "message": message, "field": field}}, status)
        return forms.show(request, "fault.html.j2", status, status=status, message=message)

    for kind in (SynthError, Refused, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, fault)


def _fault(problem: Exception) -> tuple[int, str, str | None]:
    """Status, message in one line, and the field at fault where it is known."""
    if isinstance(problem, RequestValidationError):
        first = problem.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:]) or None
        return 422, _line(f"{field}: {first['msg']}" if field else first["msg"]), field
    if isinstance(problem, InputError):
        field, colon, _ = str(problem).partition(": ")
        return 400, _line(str(problem)), field if colon and field.isidentifier() else None
    if isinstance(problem, Refused):
        return problem.status, _line(str(problem)), None
    if isinstance(problem, HTTPException):
        return problem.status_code, _line(str(problem.detail)), None
    if isinstance(problem, SynthError):
        return 503, _line(str(problem)), None
    return 500, "a fault in this program; what happened stands where the server prints", None


def _line(text: str) -> str:
    from synth.render.display import clean

    return clean(text)


# --- the server ---------------------------------------------------------------------------------------------


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens. InputError where the host is not of this machine or the port is taken."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind)
    except OSError as problem:
        raise InputError(f"--host: {host} is no host of this machine ({problem.strerror})") from None
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(128)  # who comes before the application is up waits, and is not turned away
    except OSError as problem:
        made.close()
        raise InputError(f"--host, --port: cannot listen on {host}:{port} ({problem.strerror})") from None
    return made


def run(app: Guard, listener: socket.socket) -> None:
    """Serve until interrupted. Streams that are still open are given two seconds."""
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            lifespan="on",
            timeout_keep_alive=10,
            timeout_graceful_shutdown=2,
            limit_concurrency=500,
        )
    )
    server.run(sockets=[listener])


