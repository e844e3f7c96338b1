"""Fitting the calibrator: known coefficients come back, sets weigh alike, what a set cannot say it does not teach."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made import bearing, window

from synth.judgement import INPUTS, inputs
from synth.labelled import Pair, held_back
from synth.models.calibration import Calibrator
from synth.records import Stance, Window
from synth.training import calibrate
from synth.training.calibrate import bins, row
from synth.training.regression import Row, fitted, tempered

TRUE = ((1.5, -0.5), (-1.0, 1.0))  # weights of supports and refutes against neutral
BIAS = (0.5, -0.5)


def drawn(n: int, seed: int = 0, data: str = "one") -> list[Row]:
    """Rows whose classes follow the multinomial regression TRUE, BIAS."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    logits = np.concatenate([x @ np.array(TRUE).T + BIAS, np.zeros((n, 1))], 1)
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return [
        Row((float(a), float(b)), int(rng.choice(3, p=some)), data, None) for (a, b), some in zip(x, p, strict=True)
    ]


def calibrator(named: dict[str, object], names: tuple[str, ...] = ("a", "b")) -> Calibrator:
    return Calibrator({"inputs": names, "coefficients": {"named": named, "found": named}}, "0" * 64)


def test_known_coefficients_come_back() -> None:
    made = fitted(drawn(6000))
    for found, true, bias, at in zip(made["weights"], TRUE, made["bias"], BIAS, strict=True):
        assert [w / s for w, s in zip(found, made["scale"], strict=True)] == pytest.approx(true, abs=0.12)
        shift = sum(w * m / s for w, m, s in zip(found, made["mean"], made["scale"], strict=True))
        assert bias - shift == pytest.approx(at, abs=0.12)


def test_the_fitted_probabilities_hold_on_other_rows() -> None:
    made = calibrator(fitted(drawn(4000)))
    other = drawn(4000, seed=1)
    given = np.array([made.probabilities(r.values, found=False) for r in other])
    assert np.allclose(given.sum(1), 1)
    for k in range(3):
        assert given[:, k].mean() == pytest.approx(np.mean([r.label == k for r in other]), abs=0.02)


def test_sets_weigh_alike_however_many_rows_they_have() -> None:
    """A small set that says supports and a large one that says neutral meet half way, not at one in ten."""
    rows = [Row((0.0,), 0, "small", None)] * 20 + [Row((0.0,), 2, "large", None)] * 200
    supports, refutes, neutral = calibrator(fitted(rows), ("a",)).probabilities((0.0,), found=False)
    assert supports == pytest.approx(neutral, abs=0.02)
    assert refutes < 0.05


def test_a_set_of_two_labels_says_nothing_of_the_third() -> None:
    three = drawn(3000)
    two = [r._replace(data="two") for r in drawn(3000, seed=2) if r.label != 2]
    honest = calibrator(fitted([*three, *two], {"two": (0, 1)}))
    misled = calibrator(fitted([*three, *two]))
    true = np.mean([r.label == 2 for r in three])
    mean = [np.mean([c.probabilities(r.values, found=False)[2] for r in three]) for c in (honest, misled)]
    assert mean[0] == pytest.approx(true, abs=0.02)
    assert mean[1] < true - 0.05


def test_an_input_that_never_changes_does_no_harm() -> None:
    rows = [r._replace(values=(*r.values, 3.0)) for r in drawn(500)]
    assert all(np.isfinite(v) for row in fitted(rows)["weights"] for v in row)


def test_sets_that_differ_make_the_scores_less_sure() -> None:
    """Where what holds in one set does not hold in another, what is learned from all is not to be believed as much."""
    alike = [row for name in "abc" for row in drawn(400, seed=ord(name), data=name)]
    assert tempered(alike, annotated="abc")["temperature"] < 1.3
    turned = [
        Row((-row.values[0], -row.values[1]), row.label, name, None) for name in "de" for row in drawn(400, 9, name)
    ]
    loosened, plain = tempered([*alike, *turned], annotated="abcde"), fitted([*alike, *turned])
    assert tempered([*alike, *turned])["temperature"] == 1.0  # no set is known to be annotated
    assert loosened["temperature"] > 1.0
    assert abs(loosened["weights"][0][0]) < abs(plain["weights"][0][0])


def test_two_sets_are_too_few_to_leave_one_out() -> None:
    rows = [*drawn(100, data="a"), *drawn(100, seed=1, data="b")]
    assert tempered(rows, annotated="ab") == {**fitted(rows), "temperature": 1.0}


def test_the_share_of_a_gate_by_hand() -> None:
    """Seven of eight neutral, and two of either outcome added: 9 of 12. Sets without neutral pairs do not count."""
    mixed = [Row((0.0,), 2 if i else 0, "three", "number missing") for i in range(8)]
    two = [Row((0.0,), i % 2, "two", "scope mismatch") for i in range(8)]
    held = fitted([*mixed, *two, Row((1.0,), 1, "three", None)])["held"]
    assert held == {"any": 0.75, "number missing": 0.75}
    made = calibrator(fitted([*mixed, Row((1.0,), 1, "three", None)]), ("a",))
    assert made.held("entity missing", found=True) == 0.75


def pair(label: Stance, key: str, data: str = "scifact") -> Pair:
    return Pair(
        id=f"{data}:1:{key}", data=data, split="train", group=key, claim="Tea helps sleep.", title="",
        sentences=("Tea helps sleep.",), label=label, rationale=None,
    )  # fmt: skip


def read(label: Stance, supports: float, data: str = "scifact") -> tuple[Pair, Window]:
    return pair(label, "a", data), window(bearing("Tea helps sleep."), supports=supports, refutes=-9.0)


class Sure:
    """Says supports with the number that stands in the first input."""

    inputs = INPUTS

    def held(self, kind: str, *, found: bool) -> float:
        return 0.9

    def probabilities(self, values: tuple[float, ...], *, found: bool) -> tuple[float, float, float]:
        return values[0], 0.0, 1 - values[0]


def test_the_bins_by_hand() -> None:
    made = bins(
        [
            read("supports", 0.85),
            read("supports", 0.81),
            read("refutes", 0.89),
            read("neutral", 0.3),  # neutral, 0.7
            read("supports", 1.0),
            read("supports", 0.2, "fool_me_twice"),  # neutral, which this set never says: left out
        ],
        Sure(),  # type: ignore[arg-type]
    )
    assert made == [(0.7, 0.8, 1, 1.0), (0.8, 0.9, 3, 0.6667), (0.9, 1.0, 1, 1.0)]


def test_a_row_is_what_judging_sees() -> None:
    one, seen = read("refutes", 2.0)
    made = row(one, seen)
    assert (made.values, made.label, made.data, made.held) == (inputs(one.claim, seen)[0], 1, "scifact", None)
    assert len(made.values) == len(INPUTS)


def test_groups_kept_from_training_are_not_all_left_out_of_the_fit() -> None:
    """The fit may only use groups that taught no weights: the quarter for the bins is drawn under another name."""
    kept = [p for p in (pair("supports", f"g{i}") for i in range(4000)) if held_back(f"scifact:{p.group}")]
    assert sum(map(calibrate._apart, kept)) / len(kept) == pytest.approx(0.25, abs=0.07)


def test_every_set_that_is_fitted_on_taught_no_weights() -> None:
    from synth.training.recipe import recipe

    taught = {(one["name"], one["split"]) for stage in recipe()["stage"] for one in stage["set"]}
    assert [
        (name, split, held) for name, split, held in calibrate._FITTED_ON if (name, split) in taught and not held
    ] == []
    assert not {"healthver", "covidfact", "msvec"} & {name for name, _, _ in calibrate._FITTED_ON}


def test_the_draw_of_pairs_is_the_same_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    every = tuple(pair("supports", f"g{i}") for i in range(900))
    monkeypatch.setattr(calibrate, "read", lambda *given: every)
    some = calibrate._chosen("scifact", Path(), "dev", held=False)
    assert some == calibrate._chosen("scifact", Path(), "dev", held=False)
    assert len(some) == calibrate._MOST < 900
    held = calibrate._chosen("scifact", Path(), "train", held=True)
    assert held
    assert all(held_back(f"scifact:{p.group}") for p in held)
