"""Every request and every answer passes here: host name, origin, token, size; and the headers that keep a page in.

A plain ASGI layer around the application, so that no route can be forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

from synth.serve.tokens import Keys, host_name, is_known

__all__ = ["POLICY", "SESSION", "Guard"]

SESSION = "synth_session"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    # With "no-referrer" a browser would send the origin "null" with the forms of our own pages.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
)
_OPEN = ("/enter", "/api/health")
_BODY = 10**6
_UPLOAD = 220 * 10**6
_UPLOADS = ("/papers", "/audits", "/api/papers", "/api/audits")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class _Refusal(NamedTuple):
    status: int
    message: str
    location: str | None = None


class Guard:
    """The layer. `hosts` are the names this server answers to; `keys` hold the token, if one is asked for."""

    def __init__(self, app: Application, keys: Keys, hosts: frozenset[str]) -> None:
        self._app, self._keys, self._hosts = app, keys, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. What is no HTTP passes only where it is the start and the end of the server."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no web socket is offered
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refused(scope, headers)
        sending = _with_headers(scope["path"], send)
        if refusal is not None:
            await _refuse(scope["path"], refusal, sending)
            return
        await self._app(scope, _limited(receive, _most(scope["path"])), sending)

    def _refused(self, scope: Scope, headers: dict[str, str]) -> _Refusal | None:
        """Why a request goes no further; None where it may."""
        host = headers.get("host", "")
        if not is_known(host_name(host), self._hosts):
            return _Refusal(403, "this server is not called by that name; start it with --name NAME to allow it")
        if scope["method"] not in ("GET", "HEAD") and not _own_origin(host, headers):
            return _Refusal(403, "a page of another site sent this request; use the pages of this server")
        if scope["method"] in ("GET", "HEAD") and not _own_view(headers):
            return _Refusal(403, "a page of another site asked for a part of this one")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > _most(scope["path"]):
            return _too_large(_most(scope["path"]))
        if not self._keys.asks or scope["path"] in _OPEN or scope["path"].startswith("/static/"):
            return None
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._keys.is_token(token.strip()):
            return None
        if self._keys.is_session(_cookie(headers.get("cookie", ""), SESSION)):
            return None
        if scope["path"].startswith("/api/"):
            return _Refusal(401, "a token is needed: send it as Authorization: Bearer TOKEN")
        return _Refusal(303, "a token is needed", "/enter")


def _own_origin(host: str, headers: dict[str, str]) -> bool:
    """Whether a request that changes something comes from a page of ours, or from no page at all."""
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or (urlsplit(origin).netloc == host and origin != "null")


def _own_view(headers: dict[str, str]) -> bool:
    """Whether what is looked at is asked for by a page of ours, or is a page of its own: a link may lead here from
    elsewhere, but no picture or frame of another site may set this server to work."""
    if headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
        return True
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest", "document") == "document"


def _cookie(header: str, name: str) -> str:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(header)
    except CookieError:
        return ""
    return jar[name].value if name in jar else ""


def _most(path: str) -> int:
    return _UPLOAD if path in _UPLOADS else _BODY


def _too_large(most: int) -> _Refusal:
    return _Refusal(413, f"the request is larger than {most // 10**6} MB; send less at once")


def _limited(receive: Receive, most: int) -> Receive:
    """The body as it comes, until it is longer than `most`: a length that was told may be wrong or missing."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > most:
                # Of the kind that the framework hands on as it is while it reads a body.
                raise HTTPException(413, _too_large(most).message)
        return message

    return counted


def _with_headers(path: str, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message["headers"]}
            keep = "private, no-cache" if path.startswith("/static/") else "no-store"
            for name, value in (*_HEADERS, ("content-security-policy", POLICY), ("cache-control", keep)):
                if name.encode() not in there:
                    message["headers"] = [*message["headers"], (name.encode(), value.encode())]
        await send(message)

    return sending


async def _refuse(path: str, why: _Refusal, send: Send) -> None:
    """One line: as JSON for programs, as plain text for people, or the way to the page that asks for the token."""
    if path.startswith("/api/"):
        body = json.dumps({"error": {"status": why.status, "message": why.message, "field": None}}).encode()
        headers = [(b"content-type", b"application/json")]
    else:
        body, headers = why.message.encode() + b"\n", [(b"content-type", b"text/plain; charset=utf-8")]
    if why.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if why.location:
        headers.append((b"location", why.location.encode()))
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": why.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
