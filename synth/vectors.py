"""Stores of vectors by key: what each does, rows of the library's own file, and a group's store beside one's own.

    Rows(read, write, space)      the library's own file; always there, safe under kills and many processes
    Shared(own, group, tell)      one's own store first, what it lacks from the group's, new vectors into both

`synth.chroma` is the other store. A `space` is a name under which vectors of one dimension stand together: a model's
id for the vectors of texts by checksum, or a model and a corpus for those of its papers by number. Vectors have
length 1, so that a cosine is a product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from synth.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

__all__ = ["Nearest", "Rows", "Shared", "Vectors"]

_MANY = 500  # keys in one SELECT: below SQLite's limit on host parameters
_BLOCK = 20_000  # rows compared at a time: 30 MB of 384 dimensions


class Vectors(Protocol):
    """A store of vectors by key, so that nothing is embedded twice."""

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Vector]:
        """Those of the keys that are there, with their vectors, each float32 [d]."""

    def put_many(self, vectors: Mapping[str, Vector]) -> None:
        """Keep the vectors; one that is there already is replaced."""


class Nearest(Vectors, Protocol):
    """A store that also finds neighbours."""

    def nearest(self, query: Vector, limit: int) -> list[tuple[str, float]]:
        """At most `limit` (key, cosine) by falling cosine with `query` [d], equal ones by key."""

    def count(self) -> int:
        """How many vectors are kept."""

    def clear(self) -> None:
        """Forget them all."""


# --- rows of the library's own file -----------------------------------------------------------------------------


class Rows:
    """Vectors in the table `vectors` of the library. `read` and `write` are its doors to the file.

    `write` says whether it could; a failure is counted there, never raised.
    """

    def __init__(
        self,
        read: Callable[[str, tuple[object, ...]], Iterable[tuple[Any, ...]]],
        write: Callable[[str, Sequence[tuple[object, ...]]], bool],
        space: str,
    ) -> None:
        self._read = read
        self._write = write
        self._space = space

    def get_many(self, keys: Sequence[str]) -> dict[str, Vector]:
        """Those of the keys that are there, with their vectors."""
        import numpy as np

        found: dict[str, Vector] = {}
        for i in range(0, len(keys), _MANY):
            part = keys[i : i + _MANY]
            marks = ",".join("?" * len(part))
            rows = self._read(
                f"SELECT key, vector FROM vectors WHERE model = ? AND key IN ({marks})",  # noqa: S608 (only marks)
                (self._space, *part),
            )
            found |= {key: np.frombuffer(blob, dtype=np.float32) for key, blob in rows if len(blob) % 4 == 0}
        return found

    def put_many(self, vectors: Mapping[str, Vector]) -> None:
        """Keep the vectors."""
        rows = [(self._space, key, vector.astype("float32").tobytes()) for key, vector in vectors.items()]
        self._write("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def nearest(self, query: Vector, limit: int) -> list[tuple[str, float]]:
        """The nearest by comparing all rows, a block at a time."""
        import numpy as np

        best: list[tuple[float, str]] = []
        last = ""
        while rows := list(
            self._read(
                "SELECT key, vector FROM vectors WHERE model = ? AND key > ? ORDER BY key LIMIT ?",
                (self._space, last, _BLOCK),
            )
        ):
            last = rows[-1][0]
            fit = [(key, blob) for key, blob in rows if len(blob) == 4 * len(query)]
            matrix = np.frombuffer(b"".join(blob for _, blob in fit), np.float32).reshape(len(fit), len(query))
            cosines = (matrix @ query).astype(float).round(6).tolist()
            best = sorted([*best, *((-cosine, key) for cosine, (key, _) in zip(cosines, fit, strict=True))])[:limit]
        return [(key, -negative) for negative, key in best]

    def count(self) -> int:
        """How many vectors are kept."""
        return sum(int(row[0]) for row in self._read("SELECT COUNT(*) FROM vectors WHERE model = ?", (self._space,)))

    def clear(self) -> None:
        """Forget them all."""
        self._write("DELETE FROM vectors WHERE model = ?", [(self._space,)])


# --- a group's store beside one's own ---------------------------------------------------------------------------


class Shared:
    """Vectors of one's own first, what they lack from the group's; new ones go into both.

    A group's store that fails is told of once and left alone from then on: a question is answered without it.
    """

    def __init__(self, own: Vectors, group: Vectors, tell: Callable[[str], None]) -> None:
        self._own = own
        self._group: Vectors | None = group
        self._tell = tell

    def get_many(self, keys: Sequence[str]) -> dict[str, Vector]:
        """Those of the keys that are in either store; what only the group's has is kept here too."""
        found = dict(self._own.get_many(keys))
        missing = [key for key in keys if key not in found]
        if missing and self._group is not None:
            try:
                lent = self._group.get_many(missing)
            except InputError as problem:
                self._leave(problem)
            else:
                self._own.put_many(lent)
                found |= lent
        return found

    def put_many(self, vectors: Mapping[str, Vector]) -> None:
        """Keep the vectors in both stores, one's own first."""
        self._own.put_many(vectors)
        if self._group is not None:
            try:
                self._group.put_many(vectors)
            except InputError as problem:
                self._leave(problem)

    def _leave(self, problem: InputError) -> None:
        self._group = None
        self._tell(f"{problem}; going on with the vectors kept here")
