"""What a request comes to, an answer or a failure, and the store of answers that makes a run repeatable."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from synth.errors import SynthError

__all__ = ["FailureKind", "Reply", "ReplyStore", "WebFailure", "public_url"]

FailureKind = Literal[
    "offline", "dns", "connect", "timeout", "tls", "http",
    "too_large", "redirects", "content_type", "budget", "half_answer",
]  # fmt: skip

# Parameters that identify a person or open a door. They are never written and never shown.
_SECRET = frozenset({"access_token", "api_key", "apikey", "email", "key", "mailto", "token", "x-api-key"})
_FORMAT = "synth/reply/1"


@dataclass(frozen=True)
class Reply:
    """A whole answer with status 200. `url` is the address asked for, without keys and mail addresses."""

    status: int
    content_type: str
    body: bytes
    url: str
    from_cache: bool


class WebFailure(SynthError):  # noqa: N818 - an outcome of a request, named as the other outcomes are
    """One request came to nothing. `reason` is one line without secrets; `status` is None without an answer.

    `body` is the beginning of an error answer; `retry_after` the seconds the service asked for; `again` says
    whether a second try can help: "no", "quick" (the host is not there) or "patient".
    """

    def __init__(
        self,
        kind: FailureKind,
        reason: str,
        status: int | None = None,
        *,
        host: str = "",
        body: bytes = b"",
        retry_after: float | None = None,
        again: Literal["no", "quick", "patient"] = "no",
    ) -> None:
        super().__init__(reason)
        self.kind: FailureKind = kind
        self.reason = reason
        self.status = status
        self.host = host
        self.body = body
        self.retry_after = retry_after
        self.again = again

    def after(self, tries: int) -> WebFailure:
        """The same failure, saying how often it was tried when that was more than once."""
        if tries < 2:
            return self
        told = f"{self.reason}, after {tries} tries"
        return WebFailure(self.kind, told, self.status, host=self.host, body=self.body, retry_after=self.retry_after)


def is_secret(name: str) -> bool:
    """Whether a parameter of this name identifies a person or opens a door."""
    return name.lower() in _SECRET


def public_url(url: str, params: Mapping[str, str | int] | None = None) -> str:
    """`url` with `params`, in a canonical order and without secrets: fit for a message and for a cache key.

    >>> public_url("https://a.org/x?b=2", {"api_key": "s3cret", "a": 1})
    'https://a.org/x?a=1&b=2'
    """
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True) + [(k, str(v)) for k, v in (params or {}).items()]
    kept = sorted((name, value) for name, value in pairs if name.lower() not in _SECRET)
    host = parts.netloc.rpartition("@")[2]  # a user name and password before the host are secrets too
    return urlunsplit((parts.scheme, host, parts.path, urlencode(kept), ""))


class ReplyStore:
    """Replies in a folder, one file each, named by the SHA-256 of the public address.

    A file is one line of JSON (address, type, length and checksum of the body) followed by the body. It is
    written beside its place and renamed into it, so a reader sees a whole file or none; a file whose checksum
    does not hold is treated as absent. Nothing in a file depends on the time: equal answers, equal bytes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, url: str) -> Path:
        """Where the reply to the public address `url` is or would be kept."""
        digest = hashlib.sha256(url.encode()).hexdigest()
        return self._folder / digest[:2] / f"{digest}.reply"

    def load(
        self, url: str, *, not_before: float | None = None, not_after: float | None = None
    ) -> Reply | None:
        """The stored reply, or None when there is none, it is torn, or it is of another time.

        `not_before` and `not_after` are seconds since the epoch, held against the file's time of modification.
        """
        place = self.place(url)
        try:
            kept = place.stat().st_mtime
            if (not_before is not None and kept < not_before) or (not_after is not None and kept > not_after):
                return None
            head, _, body = place.read_bytes().partition(b"\n")
            facts = json.loads(head)
            whole = facts["format"] == _FORMAT and facts["url"] == url
            if not whole or facts["sha256"] != hashlib.sha256(body).hexdigest():
                return None
            return Reply(int(facts["status"]), str(facts["content_type"]), body, url, from_cache=True)
        except (OSError, ValueError, KeyError, TypeError):
            return None  # absent or torn: the caller asks again, which writes a whole one

    def forget(self, url: str) -> None:
        """Drop the stored reply, if there is one. Raises OSError when the folder cannot be written."""
        self.place(url).unlink(missing_ok=True)

    def save(self, reply: Reply) -> None:
        """Keep `reply`. Raises OSError when the folder cannot be written."""
        place = self.place(reply.url)
        place.parent.mkdir(parents=True, exist_ok=True)
        facts = {
            "format": _FORMAT,
            "url": reply.url,
            "status": reply.status,
            "content_type": reply.content_type,
            "length": len(reply.body),
            "sha256": hashlib.sha256(reply.body).hexdigest(),
        }
        head = json.dumps(facts, sort_keys=True).encode() + b"\n"
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".part")
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(head + reply.body)
            part.replace(place)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
