"""Nearest neighbours by cosine, and the accuracy of the first one (Tatoeba)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from replicate.metrics import accuracy
from replicate.metrics.examples import Examples
from synth.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["nearest", "neighbours", "per_example", "score", "unit"]

_BLOCK_BYTES = 64 * 2**20


def nearest(query: NDArray[Any], index: NDArray[Any]) -> NDArray[np.int64]:
    """Row of `index` [m, d] with the highest cosine to each row of `query` [n, d] -> [n]; the first of equals.

    In Tatoeba the English sentences are the queries and the foreign ones the index.
    """
    result: NDArray[np.int64] = neighbours(query, index, 1)[1][:, 0]
    return result


def neighbours(
    query: NDArray[Any], index: NDArray[Any], k: int, block_bytes: int = _BLOCK_BYTES
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The k rows of `index` [m, d] nearest to each row of `query` [n, d] by cosine: (cosines [n, k], rows [n, k]).

    Best first; of equals the lower row first; k is cut to m. Products are summed in double precision and
    rounded to single, so equal vectors are really equal and neither the size of a block of similarities
    (`block_bytes`) nor the order of summation shows in the result. A zero row has cosine 0 to everything.
    Raises InputError for matrices that do not fit, are empty or hold a value that is not finite.
    """
    import numpy as np

    query, index = unit(query, "query"), unit(index, "index")
    if query.shape[1] != index.shape[1]:
        raise InputError(f"query vectors have {query.shape[1]} dimensions, index vectors {index.shape[1]}")
    if k < 1:
        raise InputError(f"k is {k}; at least one neighbour must be asked for")
    k = min(k, index.shape[0])
    columns = min(index.shape[0], 16384)
    rows = max(1, block_bytes // (8 * columns))
    best = np.empty((query.shape[0], k), dtype=np.float32)
    where = np.empty((query.shape[0], k), dtype=np.int64)
    for top in range(0, query.shape[0], rows):
        part = slice(top, top + rows)
        best[part], where[part] = _search(query[part], index, k, columns)
    return best, where


def _search(
    query: NDArray[np.float64], index: NDArray[np.float64], k: int, columns: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Neighbours of one block of queries, over blocks of the index, keeping the best k seen so far."""
    import numpy as np

    n = query.shape[0]
    best, where = np.empty((n, 0), dtype=np.float32), np.empty((n, 0), dtype=np.int64)
    for left in range(0, index.shape[0], columns):
        block = (query @ index[left : left + columns].T).astype(np.float32)
        ids = np.broadcast_to(np.arange(left, left + block.shape[1]), block.shape)
        # What was kept comes first, so that of equal cosines the lower row stays ahead.
        best, where = _top(np.concatenate((best, block), axis=1), np.concatenate((where, ids), axis=1), k)
    return best, where


def _top(values: NDArray[np.float32], ids: NDArray[np.int64], k: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The k highest values of each row with their ids, by k passes: each takes the first maximum and blanks it out."""
    import numpy as np

    k = min(k, values.shape[1])
    rows = np.arange(values.shape[0])
    best, where = np.empty((len(rows), k), dtype=np.float32), np.empty((len(rows), k), dtype=np.int64)
    for place in range(k):
        column = values.argmax(axis=1)
        best[:, place], where[:, place] = values[rows, column], ids[rows, column]
        values[rows, column] = -np.inf
    return best, where


def unit(matrix: NDArray[Any], name: str) -> NDArray[np.float64]:
    """Rows of length one in double precision; zero rows stay zero. InputError for what is no matrix of numbers."""
    import numpy as np

    values = np.asarray(matrix, dtype=np.float64)
    if values.ndim != 2 or 0 in values.shape:
        raise InputError(
            f"the {name} matrix has shape {values.shape}; it must be [sentences, dimensions], neither of them 0"
        )
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if bad.size:
        raise InputError(f"row {bad[0]} of the {name} matrix holds a value that is not a finite number")
    length = np.linalg.norm(values, axis=1, keepdims=True)
    result: NDArray[np.float64] = values / np.where(length > 0, length, 1.0)
    return result


def score(gold: Sequence[object], predicted: Sequence[object]) -> dict[str, float]:
    """Share of queries whose nearest neighbour is the right one, 0-100."""
    return accuracy.score(gold, predicted)


def per_example(gold: Sequence[object], predicted: Sequence[object]) -> Examples:
    """One row per query: 1 where the nearest neighbour is the right one, else 0."""
    return accuracy.per_example(gold, predicted)
