"""A scripted web server on this machine: what tests and replays use in place of the services of the world."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Answer:
    """One scripted answer. `cut` sends only so many bytes of the promised body; `delay` is in seconds."""

    body: bytes = b""
    status: int = 200
    content_type: str | None = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None
    trickle: float | None = None  # seconds between single bytes


@dataclass(frozen=True)
class Asked:
    path: str
    params: dict[str, str]
    headers: dict[str, str]


Script = Sequence[Answer] | Callable[[Asked], Answer]


class Loopback:
    """`with Loopback({"/api": [Answer(...), ...]}) as server:` serves the answers in turn, the last for ever."""

    def __init__(self, script: Mapping[str, Script] | None = None) -> None:
        self.script: dict[str, Script] = dict(script or {})
        self.asked: list[Asked] = []
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                loopback._serve(self)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Loopback:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def times(self, path: str) -> int:
        return sum(1 for asked in self.asked if asked.path == path)

    def _answer(self, asked: Asked) -> Answer:
        script = self.script.get(asked.path)
        self.asked.append(asked)
        if script is None:
            return Answer(b'{"error": "nothing here"}', status=404)
        if callable(script):
            return script(asked)
        return script[min(self.times(asked.path), len(script)) - 1]

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        answer = self._answer(Asked(parts.path, params, headers))
        time.sleep(answer.delay)
        handler.close_connection = True
        try:
            handler.send_response_only(answer.status)
            if answer.content_type is not None:
                handler.send_header("Content-Type", answer.content_type)
            if not {"content-length", "transfer-encoding"} & {name.lower() for name in answer.headers}:
                handler.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            handler.send_header("Connection", "close")
            handler.end_headers()
            body = answer.body if answer.cut is None else answer.body[: answer.cut]
            if answer.trickle is None:
                handler.wfile.write(body)
            else:
                for i in range(len(body)):
                    handler.wfile.write(body[i : i + 1])
                    handler.wfile.flush()
                    time.sleep(answer.trickle)
        except OSError:
            pass  # the client has hung up, which some tests are about


class FakeTime:
    """A clock that moves only when slept on: waits are counted, not lived through."""

    def __init__(self, start: float = 1000.0) -> None:
        self.time = start
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.time += seconds
