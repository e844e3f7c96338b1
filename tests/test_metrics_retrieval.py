"""Nearest neighbours by cosine: equal values, blocks, scales, and matrices that are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate.metrics import retrieval
from synth.errors import InputError


def test_the_direction_counts_not_the_length() -> None:
    query = np.array([[1.0, 0.1], [0.0, 2.0]])
    index = np.array([[0.0, 9.0], [100.0, 100.0], [0.01, 0.0]])
    assert retrieval.nearest(query, index).tolist() == [2, 0]


def test_cosines_come_best_first() -> None:
    cosine, row = retrieval.neighbours(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), 3)
    assert row.tolist() == [[1, 2, 0]]
    assert cosine[0] == pytest.approx([1.0, 0.5**0.5, 0.0], abs=1e-6)


def test_of_equal_cosines_the_first_row_wins_and_k_is_cut() -> None:
    index = np.array([[1.0, 1.0], [2.0, 2.0], [1.0, 1.0]])
    assert retrieval.neighbours(np.array([[3.0, 3.0]]), index, 9)[1].tolist() == [[0, 1, 2]]


def test_a_zero_row_is_like_nothing() -> None:
    cosine, row = retrieval.neighbours(np.zeros((1, 2)), np.array([[1.0, 0.0], [0.0, 1.0]]), 1)
    assert (cosine[0, 0], row[0, 0]) == (0.0, 0)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 5), st.integers(0, 2**32 - 1), st.integers(1, 4000))
def test_neither_blocks_nor_sorting_show(n: int, m: int, k: int, seed: int, block: int) -> None:
    draw = np.random.default_rng(seed)
    query, index = draw.normal(size=(n, 4)), draw.integers(-2, 3, size=(m, 4))  # small integers: many equal rows
    cosine, row = retrieval.neighbours(query, index, k, block_bytes=block)
    whole_cosine, whole_row = retrieval.neighbours(query, index, k)
    assert np.array_equal(row, whole_row)
    assert np.array_equal(cosine, whole_cosine)
    length = np.linalg.norm(index, axis=1)
    unit = index / np.where(length > 0, length, 1)[:, None]
    cosines = (query / np.linalg.norm(query, axis=1, keepdims=True)) @ unit.T
    assert np.sort(cosines, axis=1)[:, ::-1][:, :k] == pytest.approx(cosine, abs=1e-6)


def test_a_large_index_is_searched_in_parts() -> None:
    index = np.zeros((20000, 2))
    index[:, 0] = 1.0
    index[[7, 19000]] = [0.0, 1.0]  # equal rows on both sides of the edge of a part
    assert retrieval.neighbours(np.array([[0.0, 2.0]]), index, 3)[1].tolist() == [[7, 19000, 0]]


@pytest.mark.parametrize(
    ("query", "index", "message"),
    [
        ([[1.0, float("nan")]], [[1.0, 0.0]], "row 0 of the query matrix"),
        ([[1.0, 0.0]], [[1.0, 0.0], [float("inf"), 0.0]], "row 1 of the index matrix"),
        ([[1.0, 0.0]], [[1.0, 0.0, 0.0]], "query vectors have 2 dimensions, index vectors 3"),
        ([[1.0, 0.0]], np.zeros((0, 2)), "index matrix has shape"),
        ([1.0, 0.0], [[1.0, 0.0]], "query matrix has shape"),
    ],
)
def test_matrices_that_do_not_fit_are_refused(query: object, index: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        retrieval.nearest(np.array(query), np.array(index))


def test_no_neighbours_cannot_be_asked_for() -> None:
    with pytest.raises(InputError, match="k is 0"):
        retrieval.neighbours(np.ones((1, 1)), np.ones((1, 1)), 0)


def test_score_is_the_share_of_right_neighbours() -> None:
    assert retrieval.score([0, 1, 2, 3], [0, 1, 1, 3]) == {"accuracy": 75.0}
    assert retrieval.per_example([0, 1, 2, 3], [0, 1, 1, 3]).statistics[:, 0].tolist() == [1, 1, 0, 1]
