"""One host at a time: turns, name lookup, one request, and its failure in our words. Used by `synth.web` only."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from synth.replies import WebFailure

if TYPE_CHECKING:
    import requests

__all__ = ["Answer", "Lane", "Limits", "Turn", "Waiting", "host_of"]


@dataclass(frozen=True)
class Answer:
    """What came back for one request, whatever its status. The names of the headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Limits:
    """`connect`, `read` (silence) and `longest` (a whole answer) in seconds."""

    connect: float
    read: float
    longest: float
    user_agent: str
    clock: Callable[[], float] = time.monotonic
    resolve: Callable[[str, int], Any] = socket.getaddrinfo


@dataclass(frozen=True)
class Waiting:
    """How the whole run stands: `left()` seconds of the budget (None: no limit); `wait(seconds, why)` sleeps."""

    left: Callable[[], float | None]
    wait: Callable[[float, str], None]


@dataclass
class Turn:
    """Whose turn it is: requests that share one come one at a time. `started` is when the last began."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    started: float | None = None


@dataclass
class Lane:
    """What is known of one host in this run. Requests to it come one at a time, `interval` seconds apart.

    `dead` is why the host cannot be reached; it is then not asked again. Hosts of one service share their `turn`.
    """

    host: str
    interval: float
    limits: Limits
    turn: Turn = field(default_factory=Turn)
    dead: WebFailure | None = None
    _session: requests.Session | None = None
    _resolved: bool = False

    def ask(self, url: str, headers: Mapping[str, str], max_bytes: int, run: Waiting) -> Answer:
        """One GET of `url`, without following redirects. Raises WebFailure for all but a whole answer."""
        import requests
        from urllib3.exceptions import HTTPError

        with self.turn.lock:
            if self.dead is not None:
                reason = f"{self.dead.reason}; not asked again in this run"
                raise WebFailure(self.dead.kind, reason, host=self.host)
            self._take_turn(url, run)
            left = run.left()
            connect, read = (t if left is None else min(t, left) for t in (self.limits.connect, self.limits.read))
            session = self._session = self._session or requests.Session()
            session.trust_env = not _is_loopback(url)  # a proxy has no say in what stays on this machine
            sent = {"User-Agent": self.limits.user_agent} | dict(headers)
            try:
                # Session.get would look at a redirect itself, and read its body without a limit to do so.
                request = session.prepare_request(requests.Request("GET", url, headers=sent))
                address = request.url or url
                route: Any = session.merge_environment_settings(address, {}, True, None, None)
                adapter = session.get_adapter(address)
                with adapter.send(request, timeout=(connect, read), **route) as response:
                    body = self._body(response, max_bytes, run)
                    got = {name.lower(): value for name, value in response.headers.items()}
                    return Answer(response.status_code, got, body)
            except (requests.RequestException, HTTPError) as error:
                failure = _told(error, self.host, connect, read)
            raise failure  # outside the handler: the text of the library's error may hold a key

    def close(self) -> None:
        """Close the connection; the next request opens a new one."""
        with self.turn.lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _take_turn(self, url: str, run: Waiting) -> None:
        self._look_up(url)
        if self.turn.started is not None:
            wait = self.turn.started + self.interval - self.limits.clock()
            run.wait(wait, f"{self.host} wants its requests {self.interval:g} s apart")
        left = run.left()
        if left is not None and left <= 0:
            raise WebFailure("budget", f"no time was left to ask {self.host}", host=self.host)
        self.turn.started = self.limits.clock()

    def _body(self, response: requests.Response, max_bytes: int, run: Waiting) -> bytes:
        size, parts, started = 0, [], self.limits.clock()
        announced = response.headers.get("content-length", "")
        if announced.isdigit():
            self._check_size(int(announced), max_bytes)
        # What has arrived is looked at as it arrives: reading fixed sizes, a body that drips would block for hours.
        while part := response.raw.read1(65536, decode_content=True):
            size += len(part)
            self._check_size(size, max_bytes)
            parts.append(part)
            left = run.left()
            if left is not None and left <= 0:
                reason = f"the time ran out while {self.host} was answering"
                raise WebFailure("budget", reason, host=self.host)
            if self.limits.clock() - started > self.limits.longest:
                reason = f"{self.host} was still answering after {self.limits.longest:g} s"
                raise WebFailure("timeout", reason, host=self.host)
        return b"".join(parts)

    def _check_size(self, size: int, max_bytes: int) -> None:
        if size > max_bytes:
            raise WebFailure("too_large", f"{self.host} sends more than {max_bytes:,} bytes", host=self.host)

    def _look_up(self, url: str) -> None:
        """Find the host's address first, with a time limit: the system's own can take half a minute."""
        from requests.utils import get_environ_proxies

        parts = urlsplit(url)
        host = parts.hostname or ""
        known = _address(host) or host in ("", "localhost")
        if self._resolved or known or parts.scheme not in ("http", "https"):
            return
        if parts.scheme in get_environ_proxies(url):  # the proxy looks the name up
            return
        outcome: list[bool] = []

        def attempt() -> None:
            try:
                self.limits.resolve(host, parts.port or (443 if parts.scheme == "https" else 80))
                outcome.append(True)
            except (OSError, UnicodeError):  # UnicodeError: not a possible name, a label over 63 letters for one
                outcome.append(False)

        thread = threading.Thread(target=attempt, daemon=True)
        thread.start()
        thread.join(self.limits.connect)
        if not outcome:
            reason = f"the name {host} was not found within {self.limits.connect:g} s"
            raise WebFailure("dns", reason, host=self.host)
        if not outcome[0]:
            raise WebFailure("dns", f"the name {host} was not found", host=self.host, again="quick")
        self._resolved = True


def host_of(url: str) -> str:
    """The host of `url` in lower case, "" where there is none."""
    return urlsplit(url).hostname or ""


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(url: str) -> bool:
    address = _address(host_of(url))
    return host_of(url) == "localhost" or (address is not None and address.is_loopback)


def _told(error: Exception, host: str, connect: float, read: float) -> WebFailure:
    """The libraries' errors as one of ours. Their own text is not used: it holds the address, keys and all."""
    from requests import exceptions
    from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError

    inner = error.args[0] if error.args else None
    root = getattr(inner, "reason", None) or inner
    if isinstance(error, exceptions.ProxyError):
        return WebFailure("connect", f"the proxy did not let a request to {host} through", host=host)
    if isinstance(error, exceptions.SSLError):
        return WebFailure("tls", f"the certificate or encryption of {host} was not accepted", host=host)
    if isinstance(error, exceptions.ConnectTimeout):
        return WebFailure("connect", f"{host} could not be reached within {connect:g} s", host=host)
    if isinstance(error, (exceptions.Timeout, ReadTimeoutError)) or isinstance(root, ReadTimeoutError):
        return WebFailure("timeout", f"{host} was silent for {read:g} s", host=host, again="patient")
    if isinstance(root, NameResolutionError):
        return WebFailure("dns", f"the name {host} was not found", host=host, again="quick")
    if isinstance(root, NewConnectionError):
        return WebFailure("connect", f"{host} could not be reached", host=host, again="quick")
    if isinstance(error, ValueError):  # the library's errors of addresses and headers
        return WebFailure("connect", f"{host or 'the address'} cannot be asked over HTTP", host=host)
    return WebFailure("half_answer", f"{host} broke off before the end", host=host, again="patient")
