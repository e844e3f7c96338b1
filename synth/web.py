"""The only HTTP client: polite, patient within a budget, cached, and plain about what went wrong.

A failure is one typed `WebFailure`, so that a source can say *why* it has nothing. Absence of an answer is
never turned into an empty answer.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable, Container, Mapping
from copy import copy
from datetime import UTC
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from synth.lanes import Lane, Limits, Turn, Waiting, host_of
from synth.replies import FailureKind, Reply, ReplyStore, WebFailure, public_url

__all__ = ["INTERVALS", "FailureKind", "Reply", "Web", "WebFailure"]

# Seconds between two requests to one host. arXiv's terms of use ask for three; Semantic Scholar without a key
# shares one pool among all callers; OpenAlex allows ten a second and more, Crossref's public pool five.
INTERVALS: Mapping[str, float] = {
    "export.arxiv.org": 3.0,
    "arxiv.org": 3.0,
    "api.semanticscholar.org": 1.0,
    "api.openalex.org": 0.1,
    "api.crossref.org": 0.2,
    "aclanthology.org": 1.0,
}
_OTHER_INTERVAL = 0.5
_ONE_SERVICE: Mapping[str, str] = {"export.arxiv.org": "arxiv.org"}  # hosts that share one turn
_PASSING = frozenset({429, 500, 502, 503, 504})
_MOVED = frozenset({301, 302, 303, 307, 308})
_QUICK_WAIT = 0.2  # before the second and last try at a host that cannot be reached
_KEPT_OF_ERROR = 65536  # bytes of an error answer that a source may look at


class Web:
    """GET over HTTP(S). Safe to share between threads; requests to one host, or to hosts of one service, never overlap.

    `cache_dir`: where answers are kept (None: nowhere). `offline`: answer from the cache or fail.
    `intervals`: seconds between requests, by host. `timeout`: seconds for connecting and of silence.
    `deadline`: seconds, from now on, that all requests together may take (None: no limit).
    `max_age`: seconds for which a stored answer is fresh enough (None: always; offline, any age will do).
    `retries`: further tries after a passing failure, with waits of `backoff`, twice that, ... times 0.5 to 1
    by `jitter`. `longest`: seconds one answer may take; `longest_wait`: what a service may ask us to wait.
    `base_urls`: origins to be replaced, {"https://export.arxiv.org": "http://127.0.0.1:8000"}; manners and
    cache keys stay those of the original. `talk` is told of waits and of a cache that cannot be written.
    `sleep`, `clock` (monotonic), `now` (since the epoch), `jitter` and `resolve` are there to be replaced.
    """

    def __init__(
        self,
        cache_dir: Path | None,
        *,
        user_agent: str | None = None,
        offline: bool = False,
        intervals: Mapping[str, float] = INTERVALS,
        timeout: tuple[float, float] = (5.0, 20.0),
        longest: float = 120.0,
        retries: int = 2,
        backoff: float = 1.0,
        longest_wait: float = 60.0,
        max_bytes: int = 32 * 1024 * 1024,
        max_redirects: int = 5,
        deadline: float | None = None,
        max_age: float | None = 7 * 86400.0,
        base_urls: Mapping[str, str] | None = None,
        talk: Callable[[str], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
        resolve: Callable[[str, int], Any] = socket.getaddrinfo,
    ) -> None:
        self.offline = offline
        self._store = ReplyStore(cache_dir) if cache_dir is not None else None
        self._limits = Limits(*timeout, longest, user_agent or _own_name(), clock, resolve)
        self._intervals = dict(intervals)
        self._retries, self._backoff, self._longest_wait = retries, backoff, longest_wait
        self._max_bytes, self._max_redirects = max_bytes, max_redirects
        self._ends = None if deadline is None else clock() + deadline
        self._max_age = max_age
        self._base_urls = dict(base_urls or {})
        self._talk = talk
        self._sleep, self._clock, self._now, self._jitter = sleep, clock, now, jitter
        self._lanes: dict[str, Lane] = {}
        self._turns: dict[str, Turn] = {}
        self._lanes_lock = threading.Lock()

    def get(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        accept: tuple[str, ...] = (),
        max_bytes: int | None = None,
        hosts: Container[str] | None = None,
    ) -> Reply:
        """The whole answer to `url`, from the cache or the network. Raises WebFailure.

        `accept`: beginnings of content types, any of which will do (none given: all will). `max_bytes`
        replaces the client's limit for this answer. `hosts`: the only hosts that a redirect may lead to (None: any);
        another is not asked, and the failure "redirects" names it in `host`. Only answers with status 200 are
        returned and stored.
        """
        shown = public_url(url, params)
        reply = self._stored(shown)
        if reply is not None:
            _check_type(reply, accept)
            return reply
        if self.offline:
            raise WebFailure("offline", f"offline, and no stored answer for {shown}")
        asked = url + ("&" if urlsplit(url).query else "?") + urlencode(params) if params else url
        reply = self._patiently(asked, shown, dict(headers or {}), max_bytes or self._max_bytes, hosts)
        _check_type(reply, accept)
        self._keep(reply)
        return reply

    def sooner(self, seconds: float) -> Web:
        """The same client (connections, turns and stored answers are shared), whose requests end within `seconds` from
        now, or at the end of this one's time where that is earlier.
        """
        other = copy(self)
        ends = self._clock() + seconds
        other._ends = ends if self._ends is None else min(ends, self._ends)
        return other

    def close(self) -> None:
        """Close the connections. The client can be used again afterwards."""
        for lane in tuple(self._lanes.values()):
            lane.close()

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _stored(self, shown: str) -> Reply | None:
        if self._store is None:
            return None
        if self.offline or self._max_age is None:
            return self._store.load(shown)
        # An answer from the future was kept before the clock was set back: nobody knows how old it is.
        now = self._now()
        return self._store.load(shown, not_before=now - self._max_age, not_after=now + self._max_age)

    def forget(self, reply: Reply) -> None:
        """Keep no copy of an answer that could not be read, so that it is asked for again."""
        if self._store is not None:
            with contextlib.suppress(OSError):
                self._store.forget(reply.url)

    def _keep(self, reply: Reply) -> None:
        if self._store is None:
            return
        try:
            self._store.save(reply)
        except OSError as error:  # an answer in hand is worth more than its copy
            self._say(f"answers are not being stored: {error.strerror or type(error).__name__}")
            self._store = None

    def _say(self, line: str) -> None:
        if self._talk is not None:
            self._talk(line)

    def _patiently(
        self, url: str, shown: str, headers: dict[str, str], max_bytes: int, hosts: Container[str] | None
    ) -> Reply:
        tries = 0
        while True:
            try:
                return self._follow(url, shown, headers, max_bytes, hosts)
            except WebFailure as failure:
                tries += 1
                if tries < {"no": 1, "quick": 2, "patient": 1 + self._retries}[failure.again]:
                    self._pause(failure, tries)
                    continue
                if failure.kind in ("dns", "connect", "tls") and self._lane(failure.host).dead is None:
                    self._lane(failure.host).dead = failure
                raise failure.after(tries) from None

    def _pause(self, failure: WebFailure, tries: int) -> None:
        """Wait before try number `tries` + 1, or say at once that the wait is out of reach."""
        if failure.again == "quick":
            wait = _QUICK_WAIT
        elif failure.retry_after is None:
            wait = self._backoff * 2.0 ** (tries - 1) * (0.5 + 0.5 * self._jitter())
        else:
            wait = failure.retry_after
            if wait > self._longest_wait:
                limit = f"more than the {self._longest_wait:g} s this program waits"
                reason = f"{failure.reason} and asks for {wait:.0f} s, {limit}"
                raise WebFailure("http", reason, failure.status, host=failure.host, retry_after=wait)
        if wait >= 1:
            self._say(f"{failure.reason}; trying again in {wait:.0f} s")
        self._wait(wait, failure.reason, failure.status)

    def _wait(self, seconds: float, why: str, status: int | None = None) -> None:
        if seconds <= 0:
            return
        left = self._left()
        if left is not None and seconds >= left:
            reason = f"{why}; a wait of {seconds:.1f} s does not fit in the {max(left, 0.0):.1f} s left"
            raise WebFailure("budget", reason, status)
        self._sleep(seconds)

    def _left(self) -> float | None:
        return None if self._ends is None else self._ends - self._clock()

    def _follow(
        self, url: str, shown: str, headers: dict[str, str], max_bytes: int, hosts: Container[str] | None
    ) -> Reply:
        """One try: the request and the redirects it leads to."""
        first = host_of(url)
        for _ in range(self._max_redirects + 1):
            host = host_of(url)
            answer = self._lane(host).ask(self._real(url), headers, max_bytes, Waiting(self._left, self._wait))
            if answer.status == 200:
                kind = answer.headers.get("content-type", "")
                return Reply(200, kind, answer.body, shown, from_cache=False)
            if answer.status not in _MOVED or "location" not in answer.headers:
                raise WebFailure(
                    "http",
                    f"{host} answered with HTTP status {answer.status}",
                    answer.status,
                    host=host,
                    body=answer.body[:_KEPT_OF_ERROR],
                    retry_after=_seconds(answer.headers.get("retry-after"), self._now()),
                    again="patient" if answer.status in _PASSING else "no",
                )
            url = _moved(url, answer.headers["location"], answer.status)
            if hosts is not None and host_of(url) not in hosts:
                reason = f"{host} redirects to {host_of(url)}, which may not be asked"
                raise WebFailure("redirects", reason, answer.status, host=host_of(url))
            if host_of(url) != host:
                headers = {}  # a key meant for one host is not handed to another
        raise WebFailure("redirects", f"{first} redirects more than {self._max_redirects} times", host=first)

    def _real(self, url: str) -> str:
        for origin, stand_in in sorted(self._base_urls.items(), key=lambda item: (-len(item[0]), item[0])):
            rest = url.removeprefix(origin)
            if rest != url and rest[:1] in ("", "/", "?"):
                return stand_in.rstrip("/") + rest
        return url

    def _lane(self, host: str) -> Lane:
        with self._lanes_lock:
            if host not in self._lanes:
                turn = self._turns.setdefault(_ONE_SERVICE.get(host, host), Turn())
                self._lanes[host] = Lane(host, self._intervals.get(host, _OTHER_INTERVAL), self._limits, turn)
            return self._lanes[host]


def _own_name() -> str:
    try:
        return f"synth-replicate/{version('synth-replicate')}"
    except PackageNotFoundError:
        return "synth-replicate"


def _check_type(reply: Reply, accept: tuple[str, ...]) -> None:
    kind = reply.content_type.split(";")[0].strip().lower()
    if accept and kind and not kind.startswith(accept):
        reason = f"{host_of(reply.url)} answered with {kind}, not {' or '.join(accept)}"
        raise WebFailure("content_type", reason, reply.status, host=host_of(reply.url))


def _moved(url: str, location: str, status: int) -> str:
    """Where a redirect from `url` leads. Raises WebFailure when that is no address, or a less secure one."""
    host = host_of(url)
    try:
        target = urljoin(url, location)
        parts = urlsplit(target)
        _ = parts.port  # raises ValueError for a port that cannot be
    except ValueError:
        raise WebFailure("redirects", f"{host} redirects to no address", status, host=host) from None
    allowed = ("https",) if urlsplit(url).scheme == "https" else ("http", "https")
    if parts.scheme not in allowed or not parts.hostname:
        raise WebFailure("redirects", f"{host} redirects to a place not to be followed", status, host=host)
    return target


def _seconds(retry_after: str | None, now: float) -> float | None:
    """Retry-After (RFC 9110, 10.2.3: seconds or a date) as seconds from `now`; None if absent or garbled."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)
