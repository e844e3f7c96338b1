"""Which abstracts of a ranking are read on, and what their windows say together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import BagOfWords, Plain, bearing, claim, reading, window

from synth.models.stance import Asked, Reading
from synth.reading_on import read_on
from synth.records import Passage, ReadPaper, Scores
from synth.standing import pooled, taking_sides
from synth.verify import verdict

GAIN = "Training on SQuAD improves XNLI accuracy by 8.2 points."
ONE, TWO = ("Filler words about nothing " * 16 + end for end in ("at all.", "else."))
SHARE = st.floats(0.001, 1)


class Ranking(Plain):
    """A calibrator to which a ranking is worth nothing."""

    def ranked(self, p: tuple[float, float, float], _: Sequence[float]) -> tuple[float, float, float]:
        return p


class Told:
    """A model whose log-odds of support are set by a word of the passage; it keeps what it was asked."""

    id = "told"

    def __init__(self, **odds: float) -> None:
        self.odds = odds
        self.asked: list[Asked] = []

    def read(self, asked: Sequence[Asked], progress: Callable[[int, int], None] | None = None) -> list[Reading]:
        self.asked += asked
        return [self._reading(one) for one in asked]

    def _reading(self, one: Asked) -> Reading:
        text = " ".join(one.sentences)
        odds = max([-9.0, *(value for word, value in self.odds.items() if word in text)])
        scores = Scores(supports=odds, refutes=-9.0)
        return Reading(whole=scores, each=tuple(scores for _ in one.sentences))


def abstract(key: str, *sentences: str) -> tuple[ReadPaper, list[Passage]]:
    passages = [
        Passage(paper_id=key, version=None, tier="abstract", section="Abstract", page=None, start=i, end=i + 1, text=s)
        for i, s in enumerate(sentences)
    ]
    return reading(key, " ".join(sentences)), passages


def windows_of(model: Told, *abstracts: tuple[ReadPaper, list[Passage]]) -> list[tuple[str, ...]]:
    texts, passages = [text for text, _ in abstracts], [p for _, own in abstracts for p in own]
    (read,) = read_on([(claim(GAIN), texts, passages)], BagOfWords(), model, Plain())
    return [tuple(b.passage.text for b in one.bearings) for one in read]


def test_the_rest_of_an_abstract_is_read_only_where_the_first_window_spoke() -> None:
    near = "SQuAD improves XNLI accuracy, which is spoken of."
    speaks = abstract("a", near, ONE, TWO)
    silent = abstract("b", near.replace("spoken", "silent"), ONE, TWO)
    model = Told(spoken=0.0)
    read = windows_of(model, speaks, silent)
    assert len(read) == 3
    assert len(model.asked) == 3
    assert set(read[2]) <= {ONE, TWO}


def test_an_abstract_that_fits_a_window_is_read_once() -> None:
    model = Told(spoken=3.0)
    assert len(windows_of(model, abstract("a", "SQuAD improves XNLI, spoken.", "That is all."))) == 1
    assert len(model.asked) == 1


def test_no_sentence_is_read_twice_and_no_other_paper_changes_what_is_read() -> None:
    speaks = abstract("a", "SQuAD improves XNLI accuracy, spoken.", ONE, "Points of SQuAD.", TWO)
    alone = windows_of(Told(spoken=0.0), speaks)
    told = [text for one in alone for text in one]
    assert len(told) == len(set(told)) > 2
    among = windows_of(Told(spoken=0.0), speaks, abstract("b", "Something else.", ONE), abstract("c", "XNLI."))
    assert [one for one in among if one in alone] == alone


# --- what windows say together ---------------------------------------------------------------------------


def test_odds_add_up_by_hand() -> None:
    supports, refutes, neutral = pooled([(0.4, 0.1, 0.5), (0.2, 0.3, 0.5)])
    assert supports / neutral == pytest.approx(0.8 + 0.4)
    assert refutes / neutral == pytest.approx(0.2 + 0.6)
    assert supports + refutes + neutral == pytest.approx(1.0)


@given(SHARE, SHARE, SHARE)
def test_one_window_speaks_for_itself(a: float, b: float, c: float) -> None:
    own = (a / (a + b + c), b / (a + b + c), c / (a + b + c))
    assert pooled([own]) == pytest.approx(own)
    quiet = (1e-7, 1e-7, 1 - 2e-7)
    assert pooled([own, quiet]) == pytest.approx(own, abs=1e-5)  # the silent rest changes nothing


@given(st.lists(st.tuples(SHARE, SHARE, SHARE), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_windows_does_not_matter_and_more_of_them_never_take_odds_away(
    drawn: list[tuple[float, float, float]], rng: object
) -> None:
    windows = [(a / (a + b + c), b / (a + b + c), c / (a + b + c)) for a, b, c in drawn]
    mixed = list(windows)
    rng.shuffle(mixed)  # type: ignore[attr-defined]
    assert pooled(mixed) == pytest.approx(pooled(windows))
    assert taking_sides(pooled(windows)) >= max(map(taking_sides, windows)) - 1e-9


def test_in_a_ranking_two_windows_that_lean_one_way_take_a_side_together() -> None:
    first = "Training on SQuAD lifts the accuracy on XNLI by 8.2 points."
    second = "The accuracy on XNLI is lifted by 8.2 points after training on SQuAD."
    leaning = [window(bearing(text, "a"), supports=-0.3, refutes=-6.0) for text in (first, second)]
    alone, _ = verdict(claim(GAIN), leaning, Ranking(), read=2, bar=0.49)
    together, evidence = verdict(claim(GAIN), leaning, Ranking(), read=2, bar=0.49, places={"a": 0})
    assert (alone.label, together.label) == ("not_enough_evidence", "supported")
    odds = 2 * math.exp(-0.3)
    assert together.confidence == pytest.approx(odds / (1 + odds + 2 * math.exp(-6)), abs=1e-3)
    assert [one.stance for one in evidence if one.stance != "neutral"] == ["supports"]


def test_in_a_ranking_a_name_may_stand_in_another_window_of_its_paper() -> None:
    says = window(bearing("It improves accuracy by 8.2 points.", "a"), supports=3.0, refutes=-6.0)
    names = window(bearing("We train on SQuAD and test on XNLI.", "a"), supports=-3.0, refutes=-6.0)
    assert verdict(claim(GAIN), [says], Ranking(), read=1, bar=0.49, places={"a": 0})[0].label == "not_enough_evidence"
    result, _ = verdict(claim(GAIN), [says, names], Ranking(), read=2, bar=0.49, places={"a": 0})
    assert result.label == "supported"
    assert ("entity", "XNLI", "match") in [(c.kind, c.claimed, c.outcome) for c in result.checks]
    other = window(bearing("We train on SQuAD and test on XNLI.", "b"), supports=-3.0, refutes=-6.0)
    assert (
        verdict(claim(GAIN), [says, other], Ranking(), read=2, bar=0.49, places={"a": 0})[0].label
        == "not_enough_evidence"
    )
