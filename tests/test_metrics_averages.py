"""Averages over languages and tasks, and what the benchmark fixes about its targets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate import catalogue
from replicate.metrics import averages
from replicate.metrics.benchmark import GROUPS, TARGETS, target
from synth.errors import InputError

NINE = dict.fromkeys(TARGETS, 50.0)


def test_the_mean_over_languages_is_plain() -> None:
    scores = {"de": {"f1": 10.0, "exact_match": 0.0}, "fr": {"f1": 20.0, "exact_match": 4.0}}
    assert averages.over_languages(scores) == {"f1": 15.0, "exact_match": 2.0}


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({}, "no languages"),
        ({"de": {"f1": 1.0}, "fr": {"accuracy": 1.0}}, "fr has the metrics accuracy; the others f1"),
    ],
)
def test_what_has_no_mean_is_refused(scores: dict[str, dict[str, float]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        averages.over_languages(scores)


@given(st.dictionaries(st.text(min_size=1), st.floats(0, 100), min_size=1), st.randoms(use_true_random=False))
def test_the_order_of_languages_shows_in_the_last_place_only(values: dict[str, float], shuffle: object) -> None:
    mixed = list(values)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    one = averages.over_languages({name: {"f1": value} for name, value in values.items()})
    two = averages.over_languages({name: {"f1": values[name]} for name in mixed})
    assert one == pytest.approx(two)
    assert min(values.values()) - 1e-9 <= one["f1"] <= max(values.values()) + 1e-9


@pytest.mark.parametrize(
    ("task", "average", "expected"),
    [
        ("xnli", {"accuracy": 80.1}, 80.1),
        ("tatoeba", {"accuracy": 31.0}, 31.0),
        ("udpos", {"f1": 70.0, "precision": 71.0, "recall": 69.0, "accuracy": 90.0}, 70.0),
        ("bucc2018", {"f1": 71.5, "precision": 1.0, "recall": 1.0}, 71.5),
        ("xquad", {"exact_match": 60.0, "f1": 76.0}, 68.0),
    ],
)
def test_the_number_of_a_task(task: str, average: dict[str, float], expected: float) -> None:
    assert averages.task_score(task, average) == expected


def test_overall_is_the_mean_of_nine() -> None:
    assert averages.overall(NINE | {"xnli": 59.0}) == 51.0
    assert averages.group("retrieval", {"bucc2018": 40.0, "tatoeba": 20.0, "xnli": 99.0}) == 30.0


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({name: 1.0 for name in TARGETS if name not in {"mlqa", "panx"}}, "needs 9 tasks; missing: panx, mlqa"),
        (NINE | {"mnli": 1.0}, '"mnli" is not a target task'),
        ({}, "needs 9 tasks"),
    ],
)
def test_overall_is_refused_for_other_tasks(scores: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        averages.overall(scores)


def test_a_group_that_does_not_exist() -> None:
    with pytest.raises(InputError, match='did you mean "tagging"'):
        averages.group("taging", NINE)


def test_the_benchmark_has_these_numbers_of_languages() -> None:
    counts = {name: len(entry.languages) for name, entry in TARGETS.items()}
    assert counts == {
        "pawsx": 7, "xnli": 15, "panx": 40, "udpos": 33, "bucc2018": 4, "tatoeba": 36, "xquad": 11, "mlqa": 7,
        "tydiqa": 9,
    }  # fmt: skip
    assert sorted(name for group in GROUPS.values() for name in group) == sorted(TARGETS)
    assert all(len(set(entry.languages)) == len(entry.languages) for entry in TARGETS.values())


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_the_catalogue_and_the_benchmark_agree(name: str) -> None:
    task = catalogue.task(name)
    assert set(task.languages) == set(target(name).languages)
    if target(name).kind == "tags" or name == "xnli":
        assert set(task.labels) == set(target(name).labels)
