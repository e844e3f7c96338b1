"""One claim against one window: the gates, the order of sentences, and that a changed number never gains."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import Plain, bearing, claim, window

from synth.judgement import INPUTS, Judgement, gate, inputs, judge, kind_of
from synth.models import verifier
from synth.records import Check, Scores, Window
from synth.weigh import weigh

GAIN = "Training on SQuAD improves XNLI accuracy by 8.2 points."
SAID = "Training on SQuAD lifts the accuracy on XNLI by 8.2 points."
PRO = {"supports": 4.0, "refutes": -4.0}
CON = {"supports": -4.0, "refutes": 4.0}


def judged(statement: str, passage: str, word: dict[str, float] = PRO) -> Judgement:
    read = window(bearing(passage), supports=word["supports"], refutes=word["refutes"])
    return judge(statement, read, Plain(), found=False)  # type: ignore[arg-type]


# --- gates ----------------------------------------------------------------------------------------------

GATES = [
    # passage, the model's word, stance, what held it
    (GAIN, PRO, "supports", None),
    (SAID, CON, "refutes", None),
    (GAIN, CON, "supports", None),  # word for word
    ("Training on SQuAD improves XNLI accuracy by 2.8 points.", PRO, "neutral", "number mismatch"),
    ("Training on SQuAD improves XNLI accuracy by 2.8 points.", CON, "refutes", "number mismatch"),
    ("Training on SQuAD improves XNLI accuracy.", PRO, "neutral", "number missing"),
    ("Training on SQuAD degrades XNLI accuracy.", CON, "refutes", "number missing"),
    ("Training improves XNLI accuracy by 8.2 points.", PRO, "neutral", "entity missing"),
    ("Training on SQuAD improves PAWS-X accuracy by 8.2 points.", PRO, "neutral", "scope mismatch"),
    ("Training on SQuAD improves PAWS-X accuracy by 8.2 points.", CON, "neutral", "scope mismatch"),
]


@pytest.mark.parametrize(("passage", "word", "stance", "held"), GATES)
def test_what_the_model_may_not_decide(passage: str, word: dict[str, float], stance: str, held: str | None) -> None:
    made = judged(GAIN, passage, word)
    assert made.stance == stance
    assert (made.held and kind_of(made.held)) == held
    assert all(0 <= p <= 1 for p in made.probabilities)
    assert sum(made.probabilities) <= 1 + 1e-9


def test_the_probabilities_of_a_gate_by_hand() -> None:
    """e^4 : e^-4 : 1 is 0.9817 : 0.0003 : 0.018. A missing name leaves what the calibrator says of such gates."""
    assert judged(GAIN, GAIN).probabilities == pytest.approx((0.9817, 0.0003, 0.0180), abs=1e-4)
    missing = judged(GAIN, "Training improves XNLI accuracy by 8.2 points.")
    assert missing.probabilities == (0.0, 0.0, 0.9)
    wrong = judged(GAIN, "Training on SQuAD improves XNLI accuracy by 2.8 points.")
    assert wrong.probabilities == pytest.approx((0.0, 0.0003, 0.9997), abs=1e-4)


def check(kind: str, outcome: str) -> Check:
    return Check.model_validate({"kind": kind, "claimed": "a", "found": "b", "outcome": outcome})


@pytest.mark.parametrize(
    ("made", "held"),
    [
        ([], None),
        ([("number", "match"), ("direction", "mismatch")], "direction mismatch"),
        ([("direction", "missing")], None),  # a direction that is not said is the model's to weigh
        ([("entity", "mismatch")], None),
        ([("number", "missing"), ("number", "mismatch")], "number mismatch"),
        ([("number", "mismatch"), ("entity", "missing")], "entity missing"),
        ([("entity", "missing")], None),  # an unlisted name without a number is one word among others
        ([("entity", "missing"), ("scope", "mismatch")], "scope mismatch"),
        ([("scope", "missing"), ("arithmetic", "mismatch")], "arithmetic mismatch"),
    ],
)
def test_which_check_speaks_first(made: list[tuple[str, str]], held: str | None) -> None:
    found = gate("A claim on 3 things.", [check(*one) for one in made])
    assert (found and kind_of(found)) == held


def test_a_window_that_no_model_read_is_neutral() -> None:
    made = judge(GAIN, window(bearing(GAIN), supports=None), Plain(), found=True)  # type: ignore[arg-type]
    assert (made.stance, made.probabilities) == ("neutral", (0.0, 0.0, 1.0))


def test_without_a_calibrator_the_model_speaks_for_itself() -> None:
    made = judge(GAIN, window(bearing(GAIN), supports=4.0, refutes=-4.0), None, found=False)
    assert made.probability == pytest.approx(0.9817, abs=1e-4)
    gated = judge(
        GAIN,
        window(bearing("Training on SQuAD improves XNLI accuracy."), supports=4.0, refutes=-4.0),
        None,
        found=False,
    )
    assert gated.stance == "neutral"


def test_a_tie_is_left_open() -> None:
    assert judged(GAIN, SAID, {"supports": 0.0, "refutes": -9.0}).stance == "neutral"


# --- the order of sentences -----------------------------------------------------------------------------


def of(*scored: tuple[str, float, float]) -> Window:
    """(text, log-odds of supports, similarity) as one window that supports."""
    made = tuple(
        bearing(text, similarity=near).model_copy(update={"scores": Scores(supports=value, refutes=-9.0)})
        for text, value, near in scored
    )
    return window(*made, supports=4.0, refutes=-4.0)


@pytest.mark.parametrize(
    ("scored", "order", "deciding"),
    [
        ([("a b", 1.0, 0.5), ("c d", 3.0, 0.5), ("e f", 2.0, 0.5)], (1, 2, 0), 3),
        ([("a b", -1.0, 0.5), ("c d", -3.1, 0.5)], (0, 1), 1),  # far below the best: it is read alone
        ([("a b", 2.0, 0.2), ("c d", 0.1, 0.9)], (1, 0), 2),  # a cosine of 1 is worth 4 of the log-odds
        ([("a b", 2.0, 0.5), ("c d", 2.0, 0.9), ("e f", 2.0, 0.9)], (1, 2, 0), 3),  # equal: the first
        ([(f"{i} x", 2.0, 0.5) for i in range(6)], (0, 1, 2, 3, 4, 5), 3),
    ],
)
def test_sentences_by_how_much_they_decide(
    scored: list[tuple[str, float, float]], order: tuple[int, ...], deciding: int
) -> None:
    made = judge("A claim.", of(*scored), Plain(), found=False)  # type: ignore[arg-type]
    assert (made.order, made.deciding) == (order, deciding)


def test_a_sentence_without_a_word_comes_last() -> None:
    silent = bearing("a b", similarity=1.0).model_copy(update={"scores": None})
    told = bearing("c d", similarity=0.1).model_copy(update={"scores": Scores(supports=-5.0, refutes=-5.0)})
    scores = Scores(supports=1.0, refutes=-1.0)
    made = judge("A claim.", Window(title="", bearings=(silent, told), scores=scores), Plain(), found=False)  # type: ignore[arg-type]
    assert made.order == (1, 0)


# --- what the calibrator sees ---------------------------------------------------------------------------


def test_the_inputs_by_hand() -> None:
    values, held = inputs(GAIN, window(bearing(GAIN, similarity=0.8), bearing("More is needed.", similarity=0.2),
                                       supports=20.0, refutes=-20.0))  # fmt: skip
    seen = dict(zip(INPUTS, values, strict=True))
    assert held is None
    assert (seen["supports"], seen["refutes"]) == (8.0, -8.0)  # beyond this nothing was seen
    assert (seen["similarity"], seen["sentences"]) == (0.8, 2.0)
    assert (seen["numbers"], seen["numbers_matched"]) == (1.0, 1.0)


def test_judging_and_fitting_see_the_same() -> None:
    class Keeps(Plain):
        seen: tuple[float, ...] = ()

        def probabilities(self, values: Sequence[float], *, found: bool) -> tuple[float, float, float]:
            self.seen = tuple(values)
            return super().probabilities(values, found=found)

    keeps = Keeps()
    for passage, *_ in GATES:
        read = window(bearing(passage), supports=4.0, refutes=-4.0)
        made = judge(GAIN, read, keeps, found=False)  # type: ignore[arg-type]
        values, held = inputs(GAIN, read)
        assert (keeps.seen, made.held) == (values, held)


# --- a changed number never gains -----------------------------------------------------------------------


class Stated(NamedTuple):
    """A sentence with a number in it, said again in other words, and its neighbours."""

    claim: str
    sentence: str
    value: str


STATED = (
    Stated("Training on SQuAD improves XNLI by {} points.", "With SQuAD, XNLI improves by {} points.", "8.2"),
    Stated("The parser reaches {} points on the test set.", "On the test set the parser reaches {} points.", "91.4"),
    Stated("The corpus holds {} sentences.", "In all, the corpus holds {} sentences.", "48,274"),
    Stated("Error rates fell by {} percent after pruning.", "After pruning, error rates fell by {} percent.", "12.5"),
    Stated("{} of the patients slept longer with tea.", "Tea let {} of the patients sleep longer.", "64%"),
    Stated("Reading takes {} seconds per page.", "Each page takes {} seconds to read.", "3.5"),
)  # fmt: skip
NEIGHBOURS = ("We study small models.", "All data are public.", "Further work is needed.")


@cache
def packaged() -> verifier.Verifier:
    return verifier.load()


@cache
def read_by_model(statement: str, sentence: str, beside: int) -> Window:
    """The window read by the packaged model, as verifying reads it."""
    plain = window(bearing(sentence), *(bearing(s, similarity=0.3) for s in NEIGHBOURS[:beside]), supports=None)
    return weigh([claim(statement)], [[plain]], packaged().model)[0][0]


numbers = st.sampled_from(["0.5", "2.8", "7.1", "8.9", "17.3", "39.2", "54.6", "77.7", "88.8", "913", "61,408", "99.9"])


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(STATED), numbers, st.integers(0, 3), st.booleans())
def test_a_changed_number_never_supports_nor_gains(stated: Stated, other: str, beside: int, found: bool) -> None:
    """With the packaged model and its calibrator, whatever weights these are."""
    other = f"{other}%" if stated.value.endswith("%") else other
    sentence = stated.sentence.format(stated.value)
    true, changed = stated.claim.format(stated.value), stated.claim.format(other)
    calibrator = packaged().calibrator
    first = judge(true, read_by_model(true, sentence, beside), calibrator, found=found)
    second = judge(changed, read_by_model(changed, sentence, beside), calibrator, found=found)
    assert second.stance != "supports"
    assert second.probabilities[0] <= first.probabilities[0]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(STATED), numbers, st.floats(-9, 9), st.floats(-9, 9))
def test_nor_with_a_model_that_believes_anything(stated: Stated, other: str, supports: float, refutes: float) -> None:
    other = f"{other}%" if stated.value.endswith("%") else other
    read = window(bearing(stated.sentence.format(stated.value)), supports=supports, refutes=refutes)
    for calibrator in (Plain(), None):
        first = judge(stated.claim.format(stated.value), read, calibrator, found=False)  # type: ignore[arg-type]
        second = judge(stated.claim.format(other), read, calibrator, found=False)  # type: ignore[arg-type]
        assert second.stance != "supports"
        assert second.probabilities[0] == 0.0 <= first.probabilities[0]


def test_a_number_stated_as_claimed_does_not_close_the_gate() -> None:
    for stated in STATED:
        made = judged(stated.claim.format(stated.value), stated.sentence.format(stated.value))
        assert made.held is None, stated
        assert made.stance == "supports"


@pytest.mark.parametrize("stated", STATED, ids=lambda stated: stated.value)
def test_what_a_search_finds_on_another_matter_is_left_open(stated: Stated) -> None:
    """With the packaged model and its calibrator."""
    statement = stated.claim.format(stated.value)
    plain = window(bearing("Bananas ripen faster in a closed paper bag.", similarity=0.05), supports=None)
    read = weigh([claim(statement)], [[plain]], packaged().model)[0][0]
    assert judge(statement, read, packaged().calibrator, found=True).stance == "neutral"
