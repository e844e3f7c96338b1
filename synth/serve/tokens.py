"""Who may come in: the token, what stands for it in a cookie, the token of a form, and the names of this host.

Nothing here keeps a state: a session is the keyed hash of the token, so that it ends when the token changes, and a
form's token is the keyed hash of what lies in a cookie that other sites cannot read or set (double submit, signed).
Everything secret is compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import re
import secrets
import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from synth.errors import InputError

__all__ = ["Keys", "host_name", "is_known", "is_loopback", "keep_secret", "known_hosts", "token_from"]

SHORTEST = 16  # characters of a token


def is_loopback(host: str) -> bool:
    """Whether a host to listen on can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def token_from(environ: Mapping[str, str], host: str, names: Sequence[str] = ()) -> tuple[str | None, bool]:
    """The token that is asked for, and whether it was made just now and must be told.

    None on loopback where none is set and no further name leads here: a name is given to a server behind a proxy, which
    others reach. Raises InputError for a token that is short or is no plain text.
    """
    given = environ.get("SYNTH_TOKEN", "")
    if not given:
        alone = is_loopback(host) and all(is_loopback(name) for name in names)
        return (None, False) if alone else (secrets.token_urlsafe(24), True)
    if len(given) < SHORTEST or not re.fullmatch(r"[!-~]+", given):
        raise InputError(f"SYNTH_TOKEN: give at least {SHORTEST} characters, letters, digits or signs without spaces")
    return given, False


def keep_secret(path: Path) -> bytes:
    """32 bytes that sign the forms, kept for this person alone, so that open pages outlive a restart."""
    try:
        found = path.read_bytes()
        if len(found) == 32:
            return found
    except FileNotFoundError:
        pass
    made = secrets.token_bytes(32)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(made)
    beside.replace(path)
    return made


class Keys:
    """The token (None: nobody is asked for one) and the secret that signs forms."""

    def __init__(self, token: str | None, secret: bytes) -> None:
        self._token, self._secret = token, secret
        self.asks = token is not None
        self.session = self._signed(f"session {token}") if token is not None else ""

    def is_token(self, given: str) -> bool:
        """Whether this is the token."""
        return self._token is not None and hmac.compare_digest(given.encode(), self._token.encode())

    def is_session(self, given: str) -> bool:
        """Whether this is what a cookie holds after the token was given."""
        return self.asks and hmac.compare_digest(given.encode(), self.session.encode())

    def form_token(self, nonce: str) -> str:
        """What a form must bring along, for what lies in the visitor's cookie."""
        return self._signed(f"form {nonce}")

    def is_form_token(self, nonce: str, given: str) -> bool:
        """Whether a form came from a page that this server gave to this visitor."""
        return bool(nonce) and hmac.compare_digest(given.encode(), self.form_token(nonce).encode())

    def _signed(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()


# --- host names -------------------------------------------------------------------------------------------


def host_name(header: str) -> str | None:
    """The host of a Host header in lower case, without the port; None where it is none."""
    match = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?", header)
    return match.group(1).strip("[]").rstrip(".").lower() if match else None


def known_hosts(host: str, more: Iterable[str] = ()) -> frozenset[str]:
    """The names under which this server may be called. On loopback those of loopback, elsewhere also this machine's.

    A page of a stranger can let its name lead to this server (DNS rebinding), and the browser then takes both for one
    site; but it cannot change the name, so that a name that is not known here is refused.
    """
    names = {"localhost", "127.0.0.1", "::1", host.lower(), *(name.lower() for name in more)}
    if not is_loopback(host):
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    return frozenset(names)


def is_known(name: str | None, known: frozenset[str]) -> bool:
    """Whether a server that listens everywhere answers to this name: a known one, or an address, which is no name."""
    if name is None:
        return False
    if name in known:
        return True
    if not known & {"0.0.0.0", "::"}:  # noqa: S104 (compared, not bound)
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
