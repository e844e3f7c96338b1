"""Accuracy, accuracy with F1, and the statistics of single examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate.metrics import accuracy
from replicate.metrics.examples import Examples, f1_scores
from synth.errors import InputError

LABELS = st.sampled_from(["entailment", "neutral", "contradiction"])
ROWS = st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        (["0", "1", "1", "0"], ["0", "1", "0", "0"], 75.0),
        (["0"], ["1"], 0.0),
        (["0", "0", "0"], ["0", "0", "1"], 2 / 3 * 100),
        (["1", "1"], ["1", "1"], 100.0),
    ],
)
def test_accuracy_is_the_share_of_equal_labels(gold: list[str], predicted: list[str], expected: float) -> None:
    assert accuracy.score(gold, predicted) == {"accuracy": expected}


def test_nothing_has_no_accuracy() -> None:
    with pytest.raises(InputError, match="no examples to score"):
        accuracy.score([], [])


def test_lengths_must_agree() -> None:
    with pytest.raises(InputError, match="3 examples in the labels but 2 in the predictions"):
        accuracy.score(["0", "1", "1"], ["0", "1"])


def test_f1_of_a_class_stands_beside_accuracy() -> None:
    # Of three positives two are found, with one false alarm: precision 2/3, recall 2/3.
    value = accuracy.with_f1([1, 1, 1, 0, 0], [1, 1, 0, 1, 0], positive=1)
    assert value["accuracy"] == 60.0
    assert value["f1"] == pytest.approx(200 / 3)
    assert accuracy.with_f1([0, 0], [0, 0], positive=1) == {"accuracy": 100.0, "f1": 0.0}


@given(ROWS, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_perfect_is_100(rows: list[tuple[str, str]], shuffle: object) -> None:
    gold, predicted = zip(*rows, strict=True)
    mixed = list(rows)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    mixed_gold, mixed_predicted = zip(*mixed, strict=True)
    assert accuracy.score(gold, predicted) == accuracy.score(mixed_gold, mixed_predicted)
    assert accuracy.score(gold, gold) == {"accuracy": 100.0}
    assert accuracy.per_example(gold, predicted).value() == pytest.approx(accuracy.score(gold, predicted)["accuracy"])


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((2, 4, 5), (400 / 9, 50.0, 40.0)),
        ((0, 0, 3), (0.0, 0.0, 0.0)),
        ((0, 3, 0), (0.0, 0.0, 0.0)),
        ((3, 3, 3), (100.0, 100.0, 100.0)),
    ],
)
def test_f1_from_counts(counts: tuple[int, int, int], expected: tuple[float, float, float]) -> None:
    assert tuple(f1_scores(*counts).values()) == pytest.approx(expected)


class TestExamples:
    mean = Examples("mean", ("exact_match", "f1"), np.array([[1.0, 1.0], [0.0, 0.5], [0.0, 0.0], [0.0, 0.0]]))
    f1 = Examples("f1", ("correct", "predicted", "gold"), np.array([[1.0, 2.0, 1.0], [0.0, 0.0, 1.0], [1.0, 1.0, 1.0]]))

    def test_value_of_all_rows_and_of_drawn_rows(self) -> None:
        assert self.mean.value() == pytest.approx(31.25)  # exact match 25, F1 37.5
        assert self.mean.value([0, 0, 1]) == pytest.approx(75.0)  # exact match 66.7, F1 83.3
        assert self.f1.value() == pytest.approx(200 / 3)  # 2 correct of 3 predicted and 3 gold
        assert self.f1.value([1, 1]) == 0.0

    def test_weighted_samples_are_drawn_rows(self) -> None:
        weights = np.array([[1, 1, 1], [0, 2, 0], [2, 0, 1]])
        drawn = [self.f1.value(), self.f1.value([1, 1]), self.f1.value([0, 0, 2])]
        assert self.f1.resampled(weights) == pytest.approx(drawn)

    def test_no_rows_have_no_value(self) -> None:
        with pytest.raises(InputError, match="no examples"):
            self.mean.value([])
        with pytest.raises(InputError, match="do not fit 3 examples"):
            self.f1.resampled(np.ones((2, 4)))
