"""Mining of translation pairs: margins, one-to-one candidates, threshold, F1, repeated sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate.metrics import mining
from synth.errors import InputError


def table(cosines: list[list[float]]) -> mining.Search:
    """A search that reads cosines from a table instead of computing them; source and target are told apart by size."""
    matrix = np.array(cosines)

    def search(query: Any, index: Any, k: int) -> tuple[Any, Any]:
        values = matrix if (len(query), len(index)) == matrix.shape else matrix.T
        order = np.argsort(-values, axis=1, kind="stable")[:, : min(k, values.shape[1])]
        return np.take_along_axis(values, order, axis=1), order

    return search


def mine(cosines: list[list[float]], **options: Any) -> dict[tuple[int, int], float]:
    rows, columns = len(cosines), len(cosines[0])
    assert rows != columns, "the table tells the sides apart by their size"
    return mining.mine(np.ones((rows, 1)), np.ones((columns, 1)), search=table(cosines), **options).by_pair()


def test_cosines_alone() -> None:
    # 0-0 is best for both; 1 has its best in target 0, which is taken; target 1 has its best in source 0, taken too;
    # target 2 prefers source 1.
    cosines = [[0.9, 0.8, 0.1], [0.85, 0.1, 0.2]]
    assert mine(cosines, k=1, margin="absolute") == pytest.approx({(0, 0): 0.9, (1, 2): 0.2})


def test_ratio_margin_by_hand() -> None:
    # k = 2. Means forward: (.9+.8)/2 = .85, (.6+.2)/2 = .4; means backward: (.9+.6)/2 = .75, (.8+.2)/2 = .5, .05.
    cosines = [[0.9, 0.8, 0.1], [0.6, 0.2, 0.0]]
    found = mine(cosines, k=2)
    # 0-0: .9/.8 = 1.125; 0-1: .8/.675 = 1.185; 1-0: .6/.575 = 1.043; 1-1: .2/.45 = .444; target 2: 0-2: .1/.45 = .222
    assert found == pytest.approx({(0, 1): 0.8 / 0.675, (1, 0): 0.6 / 0.575})
    assert list(found) == [(0, 1), (1, 0)]  # best first


def test_distance_margin_by_hand() -> None:
    found = mine([[0.9, 0.8, 0.1], [0.6, 0.2, 0.0]], k=2, margin="distance")
    assert found == pytest.approx({(0, 1): 0.125, (1, 0): 0.025})


def test_candidates_not_above_the_floor_are_left_out() -> None:
    assert mine([[0.5, -0.1, -0.2], [-0.3, -0.4, -0.1]], k=1, margin="absolute") == {(0, 0): 0.5}
    assert mine([[0.5, 0.1, 0.2], [0.3, 0.4, 0.1]], k=1, margin="absolute", floor=0.45) == {(0, 0): 0.5}


def test_vectors_of_any_scale_find_their_pairs() -> None:
    source = np.array([[1.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, 0.0, 2.0]])
    target = source[[2, 0, 1]] * 7
    found = mining.mine(source, target, k=2)
    # Of two neighbours one has cosine 1 and one 0: all means are 1/2, all ratios 2.
    assert found.by_pair() == pytest.approx({(0, 1): 2.0, (1, 2): 2.0, (2, 0): 2.0})


def test_collapsed_vectors_do_not_break_it() -> None:
    # Everybody's nearest is row 0, so one pair is left.
    assert mining.mine(np.ones((3, 2)), np.ones((2, 2))).by_pair() == pytest.approx({(0, 0): 1.0})
    assert mining.mine(np.zeros((3, 2)), np.zeros((2, 2))).by_pair() == {}


def test_equal_scores_keep_the_order_of_rows() -> None:
    found = mining.mine(np.eye(100), np.eye(100), k=1)
    assert found.source.tolist() == found.target.tolist() == list(range(100))


def test_unknown_margin() -> None:
    with pytest.raises(InputError, match='unknown margin "cosine"'):
        mining.mine(np.ones((2, 2)), np.ones((2, 2)), margin="cosine")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scores", "gold", "threshold", "f1"),
    [
        # F1 after each: 2/3, 1/2, 4/5, 2/3. The cut lies half-way between .7 and .2.
        ({"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.2}, "ac", 0.45, 80.0),
        ({"b": 0.8, "d": 0.2, "a": 0.9, "c": 0.7}, "ac", 0.45, 80.0),  # the order given does not matter
        ({"a": 0.9, "b": 0.8}, "ab", 0.8, 100.0),  # all are kept: the last score itself
        ({"a": 0.9, "b": 0.8}, "a", 0.85, 100.0),
        ({"a": 0.9, "b": 0.8}, "c", 0.0, 0.0),  # nothing right
        ({}, "c", 0.0, 0.0),  # nothing mined
        # Equal scores: the best cut is after the first, and then all of that score are kept.
        ({"a": 0.5, "b": 0.5}, "a", 0.5, 200 / 3),
    ],
)
def test_best_threshold(scores: dict[str, float], gold: str, threshold: float, f1: float) -> None:
    candidates = {(name, name): value for name, value in scores.items()}
    pairs = [(name, name) for name in gold]
    assert mining.best_threshold(candidates, pairs) == pytest.approx(threshold)
    kept = mining.keep(candidates, mining.best_threshold(candidates, pairs))
    assert mining.score(pairs, kept)["f1"] == pytest.approx(f1)


def test_threshold_of_mined_rows() -> None:
    found = mining.Candidates(np.array([0, 1]), np.array([1, 0]), np.array([0.9, 0.5]))
    assert mining.best_threshold(found, [(0, 1)]) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ([("a", "1"), ("b", "2")], [("a", "1"), ("c", "3"), ("b", "1")], (40.0, 100 / 3, 50.0)),
        ([("a", "1")], [("a", "1"), ("a", "1")], (100.0, 100.0, 100.0)),  # given twice: counts once
        ([("a", "1")], [("1", "a")], (0.0, 0.0, 0.0)),  # the sides matter
        ([("a", "1")], [], (0.0, 0.0, 0.0)),
    ],
)
def test_score(gold: list[tuple[str, str]], predicted: list[tuple[str, str]], expected: tuple[float, ...]) -> None:
    assert tuple(mining.score(gold, predicted).values()) == pytest.approx(expected)


@pytest.mark.parametrize("metric", [mining.score, mining.per_example, lambda gold, _: mining.best_threshold({}, gold)])
def test_without_gold_pairs_nothing_is_scored(metric: Any) -> None:
    with pytest.raises(InputError, match="no gold pairs"):
        metric([], [("a", "1")])


def test_per_example_has_one_row_per_source_sentence() -> None:
    gold, predicted = [("b", "2"), ("a", "1")], [("a", "1"), ("c", "3")]
    assert mining.per_example(gold, predicted).statistics.tolist() == [[1, 1, 1], [0, 0, 1], [0, 1, 0]]  # a, b; c
    rows = mining.per_example(gold, predicted, sources=["d", "c", "b", "a"])
    assert rows.statistics.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]
    assert rows.value() == pytest.approx(mining.score(gold, predicted)["f1"])
    with pytest.raises(InputError, match='"c" is paired but is not among the 2 source sentences'):
        mining.per_example(gold, predicted, sources=["a", "b"])


def test_repeated_sentences_pair_all_their_ids_or_none() -> None:
    groups = mining.representatives(["x", "y", "x", "z"])
    assert groups == [[0, 2], [1], [3]]
    found = mining.Candidates(np.array([0, 1]), np.array([0, 1]), np.array([2.0, 1.5]))
    source, target = [["de-1", "de-3"], ["de-2"], ["de-4"]], [["en-1"], ["en-2"]]
    assert mining.named(found, source, target) == {("de-1", "en-1"): 2.0, ("de-3", "en-1"): 2.0, ("de-2", "en-2"): 1.5}
    assert mining.named(found, source, target, repeated="drop") == {("de-2", "en-2"): 1.5}


SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 6), st.integers(0, 2**32 - 1))


@given(SHAPES)
def test_each_sentence_is_used_once_and_the_other_way_round_gives_the_same_pairs(
    shape: tuple[int, int, int, int],
) -> None:
    n, m, k, seed = shape
    draw = np.random.default_rng(seed)
    source, target = draw.normal(size=(n, 5)) + 1, draw.normal(size=(m, 5)) + 1
    found = mining.mine(source, target, k=k, floor=-np.inf)
    assert len(set(found.source.tolist())) == len(found.source) == len(set(found.target.tolist()))
    assert (np.diff(found.score) <= 0).all()
    back = mining.mine(target, source, k=k, floor=-np.inf)
    assert {(i, j) for j, i in back.by_pair()} == set(found.by_pair())
