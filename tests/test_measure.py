"""From scores to predictions, and what early stopping and the count of collapsed runs look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from replicate import catalogue, measure, recipe, submission
from replicate.encode import Feature, Window
from replicate.records import ChoiceExample, SpanAnswer, SpanExample, TagExample, TextExample
from synth.errors import InputError

CONTEXT = "Ann saw Bob in Rome"  # four words and a name: pieces are words
OFFSETS = np.array([(0, 3), (4, 7), (8, 11), (12, 14), (15, 19)], dtype=np.int32)
HOW = recipe.training("paper/xquad")
FIRST = 5  # special tokens and question before the context


def question(number: int = 0, *answers: str) -> SpanExample:
    found = tuple(SpanAnswer(start=CONTEXT.index(a), text=a) for a in answers)
    return SpanExample(id=f"q{number}", question="who?", context=CONTEXT, answers=found)


def window(example: int = 0, central: tuple[bool, ...] = (True,) * 5) -> Window:
    return Window(example, FIRST, OFFSETS, np.array(central))


def scored(null: float = 0.0, **places: tuple[float, float]) -> Any:
    """Scores [length, 2] of special tokens, question, context and one special token; p2=(start, end) of a piece."""
    rows = np.full((FIRST + 5 + 1, 2), -5.0)
    rows[0] = null / 2
    for name, value in places.items():
        rows[FIRST + int(name[1:])] = value
    return rows


# --- spans --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ({"p2": (3, 3)}, "Bob"),
        ({"p2": (3, 0), "p4": (0, 3)}, "Bob in Rome"),
        ({"p4": (9, 1), "p2": (2, 8)}, "Bob"),  # an end before its start is no span: 10 beats nothing, 9+1 is 10
        ({"p0": (4, -9), "p4": (-9, 4)}, CONTEXT),
    ],
)
def test_the_best_sum_of_start_and_end(places: dict[str, tuple[float, float]], expected: str) -> None:
    found = measure.answers([question()], [window()], [scored(**places)], HOW, none=False)
    assert found == {"q0": expected}


def test_a_span_is_not_longer_than_allowed() -> None:
    given = scored(p0=(9, 0), p4=(0, 9), p1=(0, 2))
    short = HOW.model_copy(update={"max_answer": 2})
    assert measure.answers([question()], [window()], [given], HOW, none=False) == {"q0": CONTEXT}
    assert measure.answers([question()], [window()], [given], short, none=False) == {"q0": "Ann saw"}


def test_a_start_counts_in_its_own_window_only() -> None:
    """The same piece in two windows: the one that shows it with less context is not asked, however sure."""
    windows = [window(central=(True, True, False, False, False)), window(central=(False, False, True, True, True))]
    given = [scored(p2=(9, 9)), scored(p4=(3, 3))]
    assert measure.answers([question()], windows, given, HOW, none=False) == {"q0": "Rome"}


def test_no_answer_only_where_it_may_be() -> None:
    given = scored(null=20, p2=(3, 3))
    assert measure.answers([question()], [window()], [given], HOW, none=False) == {"q0": "Bob"}
    found = measure.answers([question()], [window()], [given], HOW, none=True)
    assert found == {"q0": ""}
    assert found.no_answer == (14.0,)


def test_the_least_sure_window_speaks_for_no_answer() -> None:
    given = [scored(null=20, p2=(1, 1)), scored(null=1, p2=(3, 3))]
    found = measure.answers([question()], [window(), window()], given, HOW, none=True)
    assert found == {"q0": "Bob"}
    assert found.no_answer == (-5.0,)


def test_without_any_span_the_answer_is_empty() -> None:
    far = scored(null=0) * 0.0
    nothing = window(central=(False,) * 5)
    assert measure.answers([question()], [nothing], [far], HOW, none=False) == {"q0": ""}


# --- tags ---------------------------------------------------------------------------------------------


def test_every_word_has_a_tag() -> None:
    one = TagExample(id="x", words=("a", "b", "c"), tags=("O", "O", "O"))
    feature = Feature((np.zeros(4, dtype=np.int32),), (4,), None, np.array([1, 3], dtype=np.int32))
    best = np.array([0, 1, 0, 1])
    assert measure.tags([one], [feature], [best], ("B-PER", "O")) == ([("O", "O", "O")], 1)
    assert measure.tags([one], [feature], [best], ("ADJ", "NOUN", "X")) == ([("NOUN", "NOUN", "X")], 1)


# --- development numbers ------------------------------------------------------------------------------


def texts(*labels: int) -> list[TextExample]:
    return [TextExample(id="x", text="a", second=None, label=label) for label in labels]


def test_numbers_by_task() -> None:
    assert measure.score(catalogue.task("mnli"), texts(0, 1, 2, 2), [0, 1, 2, 0]) == 75.0
    qqp = measure.score(catalogue.task("qqp"), texts(1, 1, 0, 0), [1, 0, 0, 0])  # accuracy 75, F1 of 1 is 2/3
    assert qqp == pytest.approx((75 + 200 / 3) / 2)
    words = [TagExample(id="x", words=("a", "b"), tags=("NOUN", "VERB"))]
    assert measure.score(catalogue.task("ccg"), words, [("NOUN", "NOUN")]) == 50.0
    # The benchmark's tag F1 counts runs of one tag: NOUN NOUN is one chunk and wrong.
    assert measure.score(catalogue.task("udpos"), words, [("NOUN", "NOUN")]) == 0.0


def test_spans_are_scored_at_their_best_threshold() -> None:
    """In SQuAD 2.0 an unanswerable question is right at a threshold that leaves it empty; SQuAD 1.1 has none."""
    both = [question(0, "Bob"), question(1)]
    found = measure.Answers({"q0": "Bob", "q1": "Rome"})
    found.no_answer = (-5.0, 3.0)
    assert measure.score(catalogue.task("squad_v2"), both, found) == 100.0
    found.no_answer = (3.0, -5.0)
    assert measure.score(catalogue.task("squad_v2"), both, found) == 50.0
    assert measure.score(catalogue.task("squad_v1"), both[:1], measure.Answers({"q0": "Bob in"})) == pytest.approx(
        100 / 3
    )


def test_chance_looks_at_nothing() -> None:
    assert measure.chance(catalogue.task("mnli"), texts(0, 0, 0, 1)) == 75.0
    assert measure.chance(catalogue.task("squad_v2"), [question(0, "Bob"), question(1)]) == 50.0
    assert measure.chance(catalogue.task("squad_v1"), [question(0, "Bob")]) == 0.0
    words = [TagExample(id="x", words=("a", "b", "c"), tags=("N", "N", "V"))]
    assert measure.chance(catalogue.task("ccg"), words) == pytest.approx(200 / 3)
    choices = [ChoiceExample(id="x", prompt="a", choices=("b", "c"), label=n % 2) for n in range(4)]
    assert measure.chance(catalogue.task("hellaswag"), choices) == 50.0


@pytest.mark.parametrize(
    ("count", "value", "low"), [(300, 33.3, True), (300, 37.0, True), (300, 39.0, False), (9, 50.0, True)]
)
def test_chance_has_room_for_few_examples(count: int, value: float, low: bool) -> None:
    """33.3% of 300 in three classes: one-sided 95% is 4.5 points more."""
    assert measure.at_chance(catalogue.task("mnli"), texts(*(n % 3 for n in range(count))), value) is low


def test_a_span_model_that_finds_nothing_has_collapsed() -> None:
    asked = [question(n, "Bob") for n in range(20)]
    assert measure.at_chance(catalogue.task("squad_v1"), asked, 1.0)
    assert not measure.at_chance(catalogue.task("squad_v1"), asked, 5.0)


@pytest.mark.parametrize(
    ("predicted", "same"),
    [([1, 1, 1], True), ([1, 2, 1], False), ([1], False), ([("O", "O"), ("O",)], True), ([("O", "B"), ("O",)], False),
     ({"a": "", "b": ""}, True), ({"a": "", "b": "x"}, False)],
)  # fmt: skip
def test_constant_predictions(predicted: Any, same: bool) -> None:
    assert measure.constant(predicted) is same


# --- files --------------------------------------------------------------------------------------------


def test_files_are_those_of_the_benchmark(tmp_path: Path) -> None:
    made = measure.write(tmp_path, "s", "xnli", "sw", "validation", ["neutral", "entailment"])
    assert made.path == "predictions/xnli/test-sw.tsv"
    assert (tmp_path / made.path).read_bytes() == b"neutral\nentailment\n"
    assert made.split == "validation"
    tags = measure.write(tmp_path, "s", "udpos", "de", "test", [("NOUN", "VERB"), ("X",)])
    assert submission.read_tags(tmp_path / tags.path) == ((1, ("NOUN", "VERB")), (4, ("X",)))
    answers = measure.write(tmp_path, "s", "mlqa", "hi", "test", measure.Answers({"q": "घर"}))
    assert submission.read_answers(tmp_path / answers.path) == {"q": "घर"}
    pairs = measure.write(tmp_path, "s", "bucc2018", "de", "validation", [("de-2", "en-1"), ("de-1", "en-2")], 7)
    assert pairs.path == "predictions/bucc2018/test-de.L7.tsv"
    assert (tmp_path / pairs.path).read_bytes() == b"de-1\ten-2\nde-2\ten-1\n"
    assert (tmp_path / measure.write(tmp_path, "s", "tatoeba", "fr", "test", [3, 0], 0).path).read_text() == "3\n0\n"


def test_only_targets_have_a_format(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mnli is no target task"):
        measure.write(tmp_path, "s", "mnli", "en", "test", ["neutral"])
