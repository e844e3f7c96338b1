"""Reading in a process of its own: a file from elsewhere may bring the parser down, not the program.

One child reads one file after another; it is started by the first file and ended with the program. It may take so much
memory and no more; a file that takes too long, or ends the child, is told in one line and the next file gets a new
child. Papers known by their abstracts alone never start one.

Protocol: a request is a line of JSON, an answer its length in bytes on a line and then that much JSON.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from synth.errors import InputError
from synth.records import Paper, ReadPaper

__all__ = ["KINDS", "Apart", "describe", "read", "serve"]

Kind = Literal["pdf", "html", "jats", "tei", "latex"]
KINDS: tuple[Kind, ...] = ("pdf", "html", "jats", "tei", "latex")
SECONDS = 120.0  # for one file, however long
_SECRET = ("_KEY", "_TOKEN")  # ends of the names of variables that no reader needs to know
MEMORY = 3 * 1024**3  # bytes of address space; the libraries alone take a quarter of it


class Apart:
    """A child that reads files. Safe to share between threads: one file at a time."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        """`seconds` for one file; `memory` in bytes of address space (Unix only)."""
        self._seconds, self._memory = seconds, memory
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def read(self, kind: Kind, file: Path, tables: bool = True) -> ReadPaper:
        """The paper in `file`. Raises InputError, also where the file takes too long or ends the child."""
        return ReadPaper.model_validate_json(self._ask("read", kind, file, tables))

    def describe(self, kind: Kind, file: Path) -> Paper:
        """The paper's own description of itself. Raises InputError as `read` does."""
        return Paper.model_validate_json(self._ask("describe", kind, file, False))

    def close(self) -> None:
        """End the child. The next file starts a new one."""
        with self._lock:
            self._end()

    def _ask(self, what: str, kind: Kind, file: Path, tables: bool) -> bytes:
        # The child goes where this process is: a path as it was given is told as it was given, and is the same file.
        request = {"what": what, "kind": kind, "file": str(file), "tables": tables, "at": str(Path.cwd())}
        with self._lock:
            try:
                status, body = self._exchange(json.dumps(request).encode() + b"\n")
            except TimeoutError:
                self._end()
                raise InputError(
                    f"{file}: reading it took more than {self._seconds:g} s and was given up; leave out the file"
                ) from None
            except (EOFError, OSError):
                self._end()
                limit = f"{self._memory / 1024**3:.1f} GB"
                raise InputError(
                    f"{file}: its reader broke down (damaged, or over {limit} of memory); leave out the file"
                ) from None
            if status == "memory":
                self._end()  # what it holds is not given back
        if status == "ok":
            return body
        raise InputError(body.decode())

    def _exchange(self, request: bytes) -> tuple[str, bytes]:
        child = self._child
        if child is None or child.poll() is not None:
            child = self._child = self._start()
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(request)
        child.stdin.flush()
        until = time.monotonic() + self._seconds
        head = b""
        while not head.endswith(b"\n"):
            head += _some(child.stdout, 1, until)
        status, size = head.split()
        parts, left = [], int(size)
        while left:
            parts.append(_some(child.stdout, min(left, 1 << 20), until))
            left -= len(parts[-1])
        return status.decode(), b"".join(parts)

    def _start(self) -> subprocess.Popen[bytes]:
        # -P: a folder of papers may hold a lxml.py, and the child goes there. Where this package is not installed it is
        # found where this process found it, after everything else.
        root = str(Path(__file__).parents[2])
        code = f"import sys; sys.path.append({root!r}); from synth.formats.apart import serve; serve({self._memory})"
        if not sys.executable:
            raise OSError("there is no Python to start")
        return subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            env={name: value for name, value in os.environ.items() if not name.endswith(_SECRET)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _some(pipe: Any, most: int, until: float) -> bytes:
    """Some bytes of the answer. Raises TimeoutError, or EOFError where the child is gone."""
    with selectors.DefaultSelector() as waiting:
        waiting.register(pipe, selectors.EVENT_READ)
        if not waiting.select(max(0.0, until - time.monotonic())):
            raise TimeoutError
    got = os.read(pipe.fileno(), most)
    if not got:
        raise EOFError
    return got


_shared: Apart | None = None
_shared_lock = threading.Lock()


def _one() -> Apart:
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Apart()
            atexit.register(_shared.close)
        return _shared


def read(kind: Kind, file: Path, tables: bool = True) -> ReadPaper:
    """The paper in `file`, read by the program's one child. Raises InputError as `Apart.read` does."""
    return _one().read(kind, file, tables)


def describe(kind: Kind, file: Path) -> Paper:
    """The description of the paper in `file`, read by the program's one child. Raises InputError."""
    return _one().describe(kind, file)


# --- the child ------------------------------------------------------------------------------------------


def serve(memory: int) -> None:
    """Read files as they are asked for on standard input, until it is closed."""
    _limit(memory)
    answers = os.dup(1)
    os.dup2(2, 1)  # a library that prints would spoil the answers
    for line in sys.stdin.buffer:
        status, body = _answer(json.loads(line))
        with os.fdopen(os.dup(answers), "wb") as out:
            out.write(b"%s %d\n" % (status.encode(), len(body)) + body)


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows: there only time is limited
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # a reader writes to its pipe and nowhere else


def _answer(request: dict[str, Any]) -> tuple[str, bytes]:
    os.chdir(request["at"])
    file = Path(request["file"])
    try:
        made = _reader(request["what"], request["kind"], request["tables"])(file)
        return "ok", made.model_dump_json().encode()
    except InputError as problem:
        return "input", str(problem).encode()
    except MemoryError:
        return "memory", f"{file}: reading it takes too much memory; leave out the file".encode()
    except RecursionError:
        return "input", f"{file}: nested too deeply to be read; leave out the file".encode()
    except Exception as error:  # noqa: BLE001 - whatever a parser does with a hostile file, it is that file's fault
        if "memory" in str(error).lower() or "malloc" in str(error).lower():
            return "memory", f"{file}: reading it takes too much memory; leave out the file".encode()
        return "input", f"{file}: cannot be read ({type(error).__name__}); leave out the file".encode()


def _reader(what: str, kind: str, tables: bool) -> Callable[[Path], ReadPaper | Paper]:
    from synth.formats import html, jats, latex, pdf, tei

    module: Any = {"pdf": pdf, "html": html, "jats": jats, "tei": tei, "latex": latex}[kind]
    if what == "describe":
        return lambda file: module.describe(file)
    if kind == "pdf":
        return lambda file: pdf.read(file, tables=tables)
    return lambda file: module.read(file)
