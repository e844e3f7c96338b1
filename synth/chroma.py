"""The only door to Chroma: vectors in a folder, or on a server that a group shares.

Chroma in a folder is not made for two processes: of vectors that both wrote at once its index loses some. Nor is it
made for kills: where its graph was half written, the next process to read it dies. So the folder is opened for one
operation at a time, under a lock between processes; a mark stands in it while something is written, and a folder with
a mark that nobody removed is not opened any more. It holds only what can be laid again from the library's own file.
On a server Chroma sees to all that itself.

Its nearest neighbours are those of a hierarchical navigable small world graph (Malkov and Yashunin 2018, "Efficient
and robust approximate nearest neighbor search using hierarchical navigable small world graphs"): asking grows with
the logarithm of what is kept, and may miss a neighbour.
"""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from synth.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

__all__ = ["Chroma", "DamagedError", "Opening", "Server", "in_folder", "installed"]

_BATCH = 1000  # vectors in one request: below what any of its servers takes
_PATIENCE = 5.0  # seconds in which a server must take a connection
_SILENCE = 30.0  # seconds in which it must answer
_LOCKED = 60.0  # seconds to wait for another process that has the folder open


class DamagedError(InputError):
    """Chroma cannot use its folder: what it held has to be laid again."""


class Opening(Protocol):
    """Opens the collection of a name for one operation. Raises InputError, in one line, where it cannot."""

    def __call__(self, name: str, *, writes: bool = False) -> AbstractContextManager[Any]: ...  # noqa: D102


class Chroma:
    """Vectors in a collection of Chroma. Raises InputError, in one line, where Chroma cannot be used."""

    def __init__(self, opening: Opening, space: str) -> None:
        self._opening = opening
        # Names of collections are short and of few characters; a model may be called anything.
        self._name = f"synth-{hashlib.sha256(space.encode('utf-8', 'replace')).hexdigest()[:40]}"

    def get_many(self, keys: Sequence[str]) -> dict[str, Vector]:
        """Those of the keys that are there, with their vectors; what is no vector of length 1 is not taken."""
        if not keys:
            return {}
        found: dict[str, Vector] = {}
        wanted = set(keys)
        with self._opening(self._name) as collection:
            for i in range(0, len(keys), _BATCH):
                got = collection.get(ids=list(dict.fromkeys(keys[i : i + _BATCH])), include=["embeddings"])
                found |= {key: row for key, row in _rows(got) if key in wanted}
        return found

    def put_many(self, vectors: Mapping[str, Vector]) -> None:
        """Keep the vectors."""
        import numpy as np

        if not vectors:
            return
        keys = list(vectors)
        with self._opening(self._name, writes=True) as collection:
            for i in range(0, len(keys), _BATCH):
                part = keys[i : i + _BATCH]
                collection.upsert(ids=part, embeddings=np.array([vectors[key] for key in part], np.float32))

    def nearest(self, query: Vector, limit: int) -> list[tuple[str, float]]:
        """The nearest by Chroma's graph, whose distance is 1 - cosine."""
        with self._opening(self._name) as collection:
            limit = min(limit, collection.count())
            if limit < 1:
                return []
            got = collection.query(query_embeddings=query.reshape(1, -1), n_results=limit, include=["distances"])
        found = zip(got["ids"][0], got["distances"][0], strict=True)
        scored = sorted((round(float(far) - 1, 6), key) for key, far in found)
        return [(key, -negative) for negative, key in scored]

    def count(self) -> int:
        """How many vectors are kept."""
        with self._opening(self._name) as collection:
            return int(collection.count())

    def clear(self) -> None:
        """Forget them all."""
        with self._opening(self._name, writes=True) as collection:
            while keys := collection.get(limit=_BATCH, include=[])["ids"]:
                collection.delete(ids=keys)


def _rows(got: Mapping[str, Any]) -> Iterator[tuple[str, Vector]]:
    """What a collection answered, without rows that are damaged or not of length 1."""
    import numpy as np

    for key, row in zip(got["ids"], got["embeddings"], strict=True):
        vector = np.asarray(row, np.float32)
        if vector.ndim == 1 and abs(float(np.linalg.norm(vector)) - 1) < 0.01:
            yield key, vector


def installed() -> bool:
    """Whether Chroma is installed; looks without importing it, which takes a second or two."""
    from importlib.util import find_spec

    return find_spec("chromadb") is not None


def in_folder(folder: Path) -> Opening:
    """Collections in a folder, opened and closed for each operation under a lock between processes.

    Opening raises InputError where Chroma is not installed or the folder stays locked for a minute, and DamagedError
    where Chroma cannot use it.
    """

    @contextmanager
    def opening(name: str, *, writes: bool = False) -> Iterator[Any]:
        from filelock import FileLock, Timeout

        chromadb = _chroma(f"Chroma in {folder}")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / "lock", timeout=_LOCKED), _marked(folder / "writing", writes):
                client = _opened(chromadb, folder)
                try:
                    yield _collection(client, name)
                finally:
                    client.close()
        except Timeout:
            raise InputError(f"{folder}: another process has had it open for a minute; wait for it or end it") from None
        except InputError:
            raise
        except Exception as problem:  # files, SQLite and Chroma's own errors come in unrelated types
            remedy = "run `synth library index` to lay it again"
            raise DamagedError(f"{folder}: Chroma cannot use it ({_first(problem)}); {remedy}") from problem

    return opening


def _opened(chromadb: Any, folder: Path) -> Any:
    try:
        return chromadb.PersistentClient(path=str(folder), settings=_settings())
    except Exception:
        # It remembers a folder that would not open, and would refuse a sound one that takes its place.
        from chromadb.api.shared_system_client import SharedSystemClient

        SharedSystemClient.clear_system_cache()
        raise


@contextmanager
def _marked(mark: Path, writes: bool) -> Iterator[None]:
    """The mark stands while something is written, and stays where that did not end well."""
    if mark.exists():
        raise OSError("what was written to it last was interrupted")
    if writes:
        mark.touch()
    yield
    if writes:
        mark.unlink()


class Server:
    """A Chroma server as an `Opening`; `SYNTH_LIBRARY_TOKEN` is sent as a bearer token where it is set.

    Raises InputError where `url` is no address of a server; opening raises it where Chroma is not installed or the
    server cannot be reached. Nothing is asked before the first opening.
    """

    def __init__(self, url: str) -> None:
        self._where = _address(url)
        self._url = url
        self._client: Any = None
        self._collections: dict[str, Any] = {}

    @contextmanager
    def __call__(self, name: str, *, writes: bool = False) -> Iterator[Any]:  # noqa: ARG002 (the server's own concern)
        """The collection of a name."""
        chromadb = _chroma(f"--library-url {self._url}")
        try:
            if self._client is None:
                self._client = _client(chromadb, *self._where)
            if name not in self._collections:
                self._collections[name] = _collection(self._client, name)
            yield self._collections[name]
        except Exception as problem:  # sockets, HTTP and Chroma's own errors come in unrelated types
            raise InputError(f"--library-url {self._url}: the server cannot be used ({_first(problem)})") from problem

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            sessions = _sessions(self._client)
            self._client.close()
            for session in sessions:
                session.close()
            self._client, self._collections = None, {}


def _address(url: str) -> tuple[str, int, bool]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    whole = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/")
    if not whole or parts.query or parts.fragment or parts.username is not None:
        raise InputError(f"--library-url {url}: not the address of a server; write it as http://host:8000")
    secure = parts.scheme == "https"
    return parts.hostname or "", port or (443 if secure else 8000), secure


def _client(chromadb: Any, host: str, port: int, secure: bool) -> Any:
    # Chroma's client waits for ever; a host that does not answer is noticed before it is asked.
    socket.create_connection((host, port), timeout=_PATIENCE).close()
    token = os.environ.get("SYNTH_LIBRARY_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else None
    client = chromadb.HttpClient(host=host, port=port, ssl=secure, headers=headers, settings=_settings())
    for session in _sessions(client):
        session.timeout = _SILENCE
    return client


def _sessions(client: Any) -> list[Any]:
    """The connections of a client, which has no way of its own to limit or close them; none where they are hidden."""
    servers = [getattr(one, "_server", None) for one in (client, getattr(client, "_admin_client", None))]
    found = [getattr(server, "_session", None) for server in servers]
    return [session for session in found if session is not None]


def _collection(client: Any, name: str) -> Any:
    # The inner product leaves vectors as they are; the cosine would scale them again and change their last bits.
    return client.get_or_create_collection(name, embedding_function=None, configuration={"hnsw": {"space": "ip"}})


def _settings() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def _chroma(what: str) -> Any:
    try:
        import chromadb
    except ImportError:
        raise InputError(f'{what} needs Chroma: pip install "synth-replicate[chroma]"') from None
    return chromadb


def _first(problem: Exception) -> str:
    return (str(problem).strip() or type(problem).__name__).splitlines()[0]
