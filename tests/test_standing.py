"""How a paper stands among those that a search ranked for a claim, and what that does to its word."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import Plain, bearing, claim, window

from synth.judgement import INPUTS, see, settle
from synth.models import calibration
from synth.models.calibration import Calibrator
from synth.standing import Standing, places, standings, taking_sides
from synth.training.ranking import Placed, best_bar, fitted
from synth.training.regression import shared
from synth.verify import verdict

GAIN = "Training on SQuAD improves XNLI accuracy by 8.2 points."
ODDS = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.floats(-9, 9), min_size=1, max_size=8)


def calibrator(**ranking: object) -> Calibrator:
    """Probabilities that the model's log-odds give, and a ranking."""
    one = {
        "mean": [0.0] * len(INPUTS),
        "scale": [1.0] * len(INPUTS),
        "weights": [[float(n == k) for n in range(len(INPUTS))] for k in (0, 1)],
        "bias": [0.0, 0.0],
        "held": {"any": 0.5},
    }
    given = {"inputs": INPUTS, "coefficients": {"named": one, "found": one}}
    return Calibrator({**given, **({"ranking": ranking} if ranking else {})}, "0" * 64)


# --- standings ------------------------------------------------------------------------------------------


def test_standings_by_hand() -> None:
    made = standings({"a": 1.0, "b": -1.0, "c": -2.0}, {"a": 1, "b": 0})
    assert made["a"] == Standing(math.log1p(1), 2.0)
    assert made["b"] == Standing(0.0, -2.0)
    assert made["c"] == Standing(math.log1p(2), -3.0)  # nobody ranked it: after those that were


def test_equals_share_the_best_of_their_places() -> None:
    assert places({"a": 0.4, "b": 0.9, "c": 0.4, "d": 0.1}) == {"b": 0, "a": 1, "c": 1, "d": 3}
    assert places({}) == {}


def test_two_that_say_as_much_are_each_others_rivals() -> None:
    assert [one.margin for one in standings({"a": 2.0, "b": 2.0, "c": 0.0}, {}).values()] == [0.0, 0.0, -2.0]


def test_alone_or_among_the_silent_a_paper_has_the_same_margin() -> None:
    alone = standings({"a": 1.0}, {"a": 0})["a"]
    assert standings({"a": 1.0, "b": -4.5, "c": -7.0}, {"a": 0, "b": 1, "c": 2})["a"] == alone
    assert alone.margin == 5.0


@given(ODDS, st.randoms(use_true_random=False))
def test_the_order_in_which_papers_are_given_does_not_matter(odds: dict[str, float], rng: object) -> None:
    places = {name: n for n, name in enumerate(sorted(odds))}
    mixed = list(odds.items())
    rng.shuffle(mixed)  # type: ignore[attr-defined]
    assert standings(dict(mixed), places) == standings(odds, places)


@given(ODDS, st.floats(-30, -4))
def test_one_more_silent_paper_found_last_changes_nothing(odds: dict[str, float], silent: float) -> None:
    places = {name: n for n, name in enumerate(sorted(odds))}
    more = standings({**odds, "zz": silent}, {**places, "zz": len(odds)})
    assert {name: more[name] for name in odds} == standings(odds, places)


def test_the_odds_of_taking_a_side_by_hand() -> None:
    assert taking_sides((0.3, 0.2, 0.5)) == pytest.approx(0.0)
    assert taking_sides((0.0, 0.0, 1.0)) < -20  # and no error


# --- what they are worth --------------------------------------------------------------------------------


def test_the_shift_by_hand() -> None:
    made = calibrator(scale=0.5, bias=1.0, weights=[-2.0, 0.25], bar=0.3)
    supports, refutes, neutral = made.ranked((0.4, 0.1, 0.5), (0.5, 2.0))
    assert math.log(supports / neutral) == pytest.approx(0.5 * math.log(0.8) + 1.0 - 1.0 + 0.5)
    assert math.log(refutes / neutral) == pytest.approx(0.5 * math.log(0.2) + 0.5)
    assert supports + refutes + neutral == pytest.approx(1.0)


def test_without_a_fitted_ranking_nothing_changes() -> None:
    assert calibrator().ranking is None
    assert calibrator().ranked((0.4, 0.1, 0.5), (0.5, 2.0)) == (0.4, 0.1, 0.5)


def test_a_gate_holds_whatever_the_standing() -> None:
    made = calibrator(scale=1.0, bias=20.0, weights=[0.0, 0.0], bar=0.3)
    wrong = "Training on SQuAD improves XNLI accuracy by 2.8 points."
    seen = see(GAIN, window(bearing(wrong), supports=4.0, refutes=-4.0), made, found=True)
    settled = settle(GAIN, seen, made, found=True, bar=0.3, standing=(0.0, 9.0))
    assert settled.probabilities[0] == 0.0
    assert settled.stance != "supports"


def test_the_first_of_a_ranking_is_believed_before_the_last() -> None:
    made = calibrator(scale=1.0, bias=0.0, weights=[-2.0, 0.0], bar=0.3)
    said = "Training on SQuAD lifts the accuracy on XNLI by 8.2 points."
    windows = [window(bearing(said, name), supports=0.5, refutes=-3.0) for name in ("a", "b", "c")]
    for order in ("abc", "cba"):
        places = {name: n for n, name in enumerate(order)}
        _, evidence = verdict(claim(GAIN), windows, made, read=3, bar=0.3, places=places)
        scores = {one.paper_id: one.score for one in evidence if one.stance == "supports"}
        assert max(scores, key=lambda name: scores[name]) == order[0]
    unranked = verdict(claim(GAIN), windows, made, read=3, bar=0.3)[1]
    assert len({one.score for one in unranked}) == 1


def test_without_a_calibrator_a_ranking_changes_nothing() -> None:
    windows = [window(bearing(GAIN, name), supports=2.0, refutes=-2.0) for name in ("a", "b")]
    assert verdict(claim(GAIN), windows, None, read=2, places={"a": 0, "b": 1}) == verdict(
        claim(GAIN), windows, None, read=2
    )
    assert isinstance(verdict(claim(GAIN), windows, Plain(), read=2)[0].score, float)


def test_the_packaged_calibrator_knows_rankings() -> None:
    ranking = calibration.load().ranking
    assert ranking is not None
    assert 0 < ranking.scale < 1  # a paper's own word counts for less once its rivals are heard
    assert ranking.weights[0] < 0 < ranking.weights[1]
    assert 0.15 <= ranking.bar <= 0.6


# --- fitting --------------------------------------------------------------------------------------------


def drawn(n: int, seed: int) -> list[Placed]:
    """Ranked documents whose labels follow scale 0.5, bias -0.5, weights -1 and 0.5."""
    rng = np.random.default_rng(seed)
    rows = []
    for odds, place, margin in zip(rng.normal(size=(n, 2)), rng.random(n) * 2, rng.normal(size=n), strict=True):
        scores = np.array([*(0.5 * odds - 0.5 - place + 0.5 * margin), 0.0])
        label = int(rng.choice(3, p=np.exp(scores) / np.exp(scores).sum()))
        p = np.exp([*odds, 0.0]) / np.exp([*odds, 0.0]).sum()
        rows.append(Placed((float(p[0]), float(p[1]), float(p[2])), Standing(place, margin), label, "one"))
    return rows


def test_known_coefficients_come_back() -> None:
    made = fitted(drawn(20_000, 0))
    assert made["scale"] == pytest.approx(0.5, abs=0.05)
    assert made["bias"] == pytest.approx(-0.5, abs=0.1)
    assert made["weights"] == pytest.approx([-1.0, 0.5], abs=0.1)


def test_a_small_set_weighs_as_much_as_a_large_one() -> None:
    silent = [row._replace(label=2, data="two") for row in drawn(200, 1)]
    often = fitted([*drawn(2_000, 0), *silent, *silent, *silent])
    seldom = fitted([*drawn(2_000, 0), *silent])
    assert often["scale"] == pytest.approx(seldom["scale"], abs=0.02)
    assert often["bias"] == pytest.approx(seldom["bias"], abs=0.05)  # half of all; counted by rows it would be lower
    assert fitted(drawn(2_000, 0))["bias"] > seldom["bias"] + 0.3


def test_few_rows_give_finite_coefficients() -> None:
    apart = [Placed((0.8, 0.1, 0.1), Standing(0.0, 5.0), 0, "a"), Placed((0.1, 0.1, 0.8), Standing(1.0, -5.0), 2, "a")]
    made = fitted(apart * 5)
    assert all(math.isfinite(v) for v in (made["scale"], made["bias"], *made["weights"]))


def test_the_fit_is_where_the_likelihood_has_no_slope() -> None:
    rows = drawn(400, 2)
    p = np.log([row.probabilities for row in rows])
    args = (p[:, :2] - p[:, 2:], np.array([r.standing for r in rows]), np.array([r.label for r in rows]), np.ones(400))
    best = np.array(shared(*args))

    def loss(beta: np.ndarray) -> float:
        scores = np.concatenate([beta[0] * args[0] + (beta[1] + args[1] @ beta[2:])[:, None], np.zeros((400, 1))], 1)
        logs = scores - np.log(np.exp(scores).sum(1, keepdims=True))
        return float(-logs[np.arange(400), args[2]].mean() + 0.005 * ((beta[2:] * args[1].std(0)) ** 2).sum())

    for k in range(4):
        for step in (-0.05, 0.05):
            assert loss(best + step * np.eye(4)[k]) > loss(best)


def test_the_bar_by_hand() -> None:
    """Two right at .45 and .35 against neutral, one wrong at .25: the highest bar that keeps both and drops it."""
    plain = calibrator(scale=1.0, bias=0.0, weights=[0.0, 0.0], bar=0.5)
    stand = Standing(0.0, 0.0)
    rows = [
        Placed((0.45, 0.0, 0.55), stand, 0, "a"),
        Placed((0.0, 0.35, 0.65), stand, 1, "a"),
        Placed((0.25, 0.0, 0.75), stand, 2, "a"),
    ]
    assert best_bar(rows, plain) == 0.3
    assert best_bar([rows[0], rows[2]], plain) == 0.4
