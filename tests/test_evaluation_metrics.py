"""Metrics, calibration and intervals against values computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.evaluation import intervals
from synth.evaluation.calibration import aurc, brier, calibration, ece, equal_mass, equal_width, nll, risk
from synth.evaluation.judges import Judgement, TableClaim
from synth.evaluation.metrics import f1, label_figures, pair_tally, rank_figures, rank_tally, ratio, summed
from synth.evaluation.scifact import GoldDocument, claim_tally, figures
from synth.evaluation.tables import table_figures, table_tallies
from synth.records import Stance

ALL: tuple[Stance, ...] = ("supports", "refutes", "neutral")


def labelled(pairs: str, labels: tuple[Stance, ...] = ALL) -> dict[str, float | None]:
    """Figures of pairs such as "sr": gold supports, said refutes."""
    names: dict[str, Stance] = {"s": "supports", "r": "refutes", "n": "neutral"}
    tallies = [pair_tally(names[gold], names[said], labels) for gold, said in pairs.split()]
    return label_figures(summed(tallies), labels)


# --- labels -------------------------------------------------------------------------------------------------


def test_macro_f1_is_the_mean_of_the_labels() -> None:
    got = labelled("ss ss sn rr rs nn nn nr")
    # supports: 2 right of 3 said and 3 gold; refutes: 1 of 2 and 2; neutral: 2 of 3 and 3.
    assert got["supports_f1"] == pytest.approx(2 / 3)
    assert got["refutes_f1"] == pytest.approx(1 / 2)
    assert got["neutral_f1"] == pytest.approx(2 / 3)
    assert got["macro_f1"] == pytest.approx((2 / 3 + 1 / 2 + 2 / 3) / 3)
    assert got["accuracy"] == pytest.approx(5 / 8)
    assert got["coverage"] == pytest.approx(5 / 8)
    assert got["decided_precision"] == pytest.approx(3 / 5)
    assert got["refuted_accepted"] == pytest.approx(1 / 2)


def test_a_label_that_is_nowhere_has_no_f1_and_is_left_out_of_the_mean() -> None:
    got = labelled("ss sn nn")
    assert got["refutes_f1"] is None
    assert got["macro_f1"] == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert got["refuted_accepted"] is None


def test_where_the_set_has_no_neutral_an_abstention_is_right_for_no_label() -> None:
    got = labelled("ss sn rr rn", ("supports", "refutes"))
    assert (got["accuracy"], got["coverage"], got["decided_precision"]) == (0.5, 0.5, 1.0)
    assert got["macro_f1"] == pytest.approx(2 / 3)
    assert "neutral_f1" not in got


def test_where_the_set_has_no_refutes_a_refuted_claim_does_not_follow() -> None:
    got = labelled("ss nr nn sr", ("supports", "neutral"))
    assert (got["accuracy"], got["coverage"]) == (0.75, 0.75)
    assert got["neutral_precision"] == pytest.approx(2 / 3)
    assert "refuted_accepted" not in got


def test_nothing_to_divide_by_is_not_zero() -> None:
    assert ratio(0, 0) is None
    assert f1(0, 0, 0) is None
    assert f1(0, 1, 0) == 0.0
    assert labelled("")["macro_f1"] is None


# --- rankings -----------------------------------------------------------------------------------------------


def test_gain_falls_with_the_logarithm_of_the_rank() -> None:
    tally = rank_tally(["x", "a", "y", "b"], {"a", "b", "c"})
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert tally["ndcg"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert tally["recall"] == pytest.approx(2 / 3)
    assert rank_figures(summed([tally, rank_tally(["a"], {"a"})]))["r_at_100"] == pytest.approx((2 / 3 + 1) / 2)


def test_ranks_beyond_ten_and_beyond_a_hundred_do_not_count() -> None:
    names = [str(n) for n in range(200)]
    assert rank_tally(names, {"10"}) == {"ndcg": 0.0, "recall": 1.0, "queries": 1}
    assert rank_tally(names, {"100"})["recall"] == 0.0
    with pytest.raises(ValueError, match="cannot be scored"):
        rank_tally(names, set())


# --- SciFact ------------------------------------------------------------------------------------------------


def document(label: Stance, *sets: set[int]) -> GoldDocument:
    return GoldDocument(label, tuple(frozenset(one) for one in sets))


def scores(gold: dict[str, GoldDocument], predicted: dict[str, tuple[str, list[int]]]) -> dict[str, float | None]:
    evidence = {name: {"label": label, "sentences": listed} for name, (label, listed) in predicted.items()}
    return figures(claim_tally(gold, evidence))


def test_a_claim_is_scored_on_four_levels() -> None:
    gold = {"5": document("supports", {0, 1}, {7}), "6": document("refutes", {2})}
    got = scores(gold, {"5": ("SUPPORT", [1, 7, 9]), "8": ("CONTRADICT", [3, 4])})
    # one of two documents right, with its rationale {7}; of five listed sentences only 7 belongs to a whole set
    assert (got["abstract_label_only_precision"], got["abstract_label_only_recall"]) == (0.5, 0.5)
    assert got["abstract_rationalised_f1"] == 0.5
    assert (got["sentence_label_precision"], got["sentence_label_recall"]) == (1 / 5, 1 / 4)
    assert got["sentence_label_f1"] == pytest.approx(2 / 9)


@pytest.mark.parametrize(
    ("listed", "rationalised", "selected"),
    [([4], 1.0, 1.0), ([1, 2, 4], 1.0, 0.5), ([1, 2, 3, 4], 0.0, 0.4), ([], 0.0, 0.0)],
)
def test_only_the_first_three_listed_sentences_make_a_rationale(
    listed: list[int], rationalised: float, selected: float
) -> None:
    got = scores({"5": document("supports", {4})}, {"5": ("SUPPORT", listed)})
    assert got["abstract_label_only_f1"] == 1.0
    assert got["abstract_rationalised_f1"] == rationalised
    assert got["sentence_selection_f1"] == pytest.approx(selected)


def test_a_wrong_label_keeps_the_selection_and_loses_the_rest() -> None:
    got = scores({"5": document("supports", {4})}, {"5": ("CONTRADICT", [4])})
    assert [got[f"{level}_f1"] for level in ("abstract_label_only", "abstract_rationalised", "sentence_label")] == [
        0
    ] * 3
    assert got["sentence_selection_f1"] == 1.0


def test_half_an_evidence_set_counts_for_nothing() -> None:
    got = scores({"5": document("supports", {0, 1})}, {"5": ("SUPPORT", [0])})
    assert got["abstract_label_only_f1"] == 1.0
    assert (got["abstract_rationalised_f1"], got["sentence_selection_f1"]) == (0.0, 0.0)


def test_a_document_that_is_not_listed_costs_recall_only() -> None:
    got = scores({"5": document("supports", {0})}, {})
    assert (got["abstract_label_only_precision"], got["abstract_label_only_recall"]) == (None, 0.0)
    assert got["abstract_label_only_f1"] == 0.0


# --- tables -------------------------------------------------------------------------------------------------


def statement(table: str, label: Stance) -> TableClaim:
    return TableClaim("x", table, "c", "", ("a",), (), label)


def test_a_table_counts_as_much_as_another_however_many_statements_it_has() -> None:
    claims = [statement("A", label) for label in ("supports", "supports", "refutes", "neutral")]
    claims += [statement("B", "supports")]
    said: list[Stance] = ["supports", "neutral", "refutes", "neutral", "refutes"]
    tallies = table_tallies(claims, [Judgement(one, None) for one in said])
    got = table_figures(summed(tally for _, tally in tallies))
    assert got["three_way_f1"] == pytest.approx((3 / 4 + 0) / 2)
    assert got["two_way_f1"] == pytest.approx((2 / 3 + 0) / 2)  # called unknown is wrong, gold unknown is left out
    assert got["accuracy"] == pytest.approx(3 / 5)
    assert got["accuracy_known"] == pytest.approx(2 / 4)
    assert (got["coverage"], got["decided_precision"]) == (pytest.approx(3 / 5), pytest.approx(2 / 3))


def test_a_table_of_unknown_statements_only_is_left_out_of_the_two_way_mean() -> None:
    claims = [statement("A", "neutral"), statement("B", "refutes")]
    tallies = table_tallies(claims, [Judgement("supports", None), Judgement("refutes", None)])
    got = table_figures(summed(tally for _, tally in tallies))
    assert (got["three_way_f1"], got["two_way_f1"]) == (0.5, 1.0)


# --- calibration --------------------------------------------------------------------------------------------

SCORED = [(0.95, True), (0.95, True), (0.85, False), (0.85, True), (0.55, False), (0.55, True)]


def test_bins_of_equal_width_hold_their_upper_end() -> None:
    bins = equal_width(SCORED, 10)
    assert [one.n for one in bins] == [0, 0, 0, 0, 0, 2, 0, 0, 2, 2]
    assert (bins[9].confidence, bins[9].accuracy) == (pytest.approx(0.95), 1.0)
    assert (bins[0].confidence, bins[0].accuracy) == (None, None)
    assert ece(bins) == pytest.approx((2 * 0.05 + 2 * 0.35 + 2 * 0.05) / 6)
    assert [one.n for one in equal_width([(0.1, True), (0.2, True), (0.0, True), (1.0, True)], 10)][:2] == [2, 1]


def test_bins_of_equal_mass_hold_as_many_as_each_other() -> None:
    bins = equal_mass([(n / 10, n % 2 == 0) for n in range(1, 10)], 3)
    assert [(one.low, one.high, one.n) for one in bins] == [(0.1, 0.3, 3), (0.3, 0.6, 3), (0.6, 0.9, 3)]
    assert [one.accuracy for one in bins] == [pytest.approx(n / 3) for n in (1, 2, 1)]
    assert ece(bins) == pytest.approx((abs(1 / 3 - 0.2) + abs(2 / 3 - 0.5) + abs(1 / 3 - 0.8)) / 3)


def test_equal_confidences_share_a_bin() -> None:
    assert [one.n for one in equal_mass([(0.5, True)] * 3 + [(0.9, False)] * 3, 4)] == [3, 3]
    assert ece(equal_mass([(0.7, n < 7) for n in range(10)], 15)) == pytest.approx(0)


def test_proper_scores() -> None:
    assert brier([(0.8, True), (0.6, False)]) == pytest.approx((0.04 + 0.36) / 2)
    assert nll([(0.8, True), (0.6, False)]) == pytest.approx(-(math.log(0.8) + math.log(0.4)) / 2)
    assert nll([(1.0, False)]) == pytest.approx(-math.log(1e-12))
    with pytest.raises(ValueError, match="no probability"):
        brier([(1.2, True)])


def test_risk_grows_as_more_is_decided() -> None:
    some = [(0.9, True), (0.8, False), (0.7, True), (0.6, False)]
    assert aurc(some) == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)
    points = {point.coverage: (point.confidence, point.risk) for point in risk(some)}
    assert points == {0.25: (0.9, 0.0), 0.5: (0.8, 0.5), 0.75: (0.7, pytest.approx(1 / 3)), 1.0: (0.6, 0.5)}
    assert aurc([(0.5, True), (0.5, False)]) == pytest.approx((0.5 + 0.5) / 2)  # ties share their errors


@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.75, 1.0]), st.booleans()), min_size=1, max_size=40),
    st.randoms(),
)
def test_the_order_of_verdicts_has_no_say(scored: list[tuple[float, bool]], chance: object) -> None:
    turned = [*scored]
    chance.shuffle(turned)  # type: ignore[attr-defined]
    for measure in (brier, nll, aurc, lambda some: ece(equal_mass(some, 15)), lambda some: ece(equal_width(some, 10))):
        assert measure(turned) == pytest.approx(measure(scored))
        assert measure(scored) >= 0
    assert sum(one.n for one in equal_mass(scored, 15)) == sum(one.n for one in equal_width(scored, 15)) == len(scored)


def test_without_confidences_nothing_is_said() -> None:
    assert calibration([], 5, {}) is None
    with pytest.raises(ValueError, match="nothing"):
        ece([])
    with pytest.raises(ValueError, match="mean of nothing"):
        brier([])


# --- intervals ----------------------------------------------------------------------------------------------


def test_units_that_hang_together_are_drawn_together() -> None:
    """Ten pairs in two groups, one all right and one all wrong: a draw is 0, 0.5 or 1, so the interval is all of it."""
    tallies = [("a", pair_tally("supports", "supports", ALL))] * 5 + [("b", pair_tally("supports", "neutral", ALL))] * 5
    ends = intervals.of_figures(tallies, lambda total: label_figures(total, ALL), seed=1)
    assert ends["accuracy"] == (0.0, 1.0)
    alone = [(str(n), tally) for n, (_, tally) in enumerate(tallies)]
    low, high = intervals.of_figures(alone, lambda total: label_figures(total, ALL), seed=1)["accuracy"] or (0, 0)
    assert 0.1 < low < 0.3 < 0.7 < high < 0.9


def test_intervals_are_seeded_and_need_two_groups() -> None:
    tallies = [(str(n), pair_tally("supports", "supports" if n % 3 else "neutral", ALL)) for n in range(9)]
    first, again, other = (
        intervals.of_figures(tallies, lambda total: label_figures(total, ALL), seed, draws=50) for seed in (1, 1, 2)
    )
    assert first == again != other
    assert first["refuted_accepted"] is None  # never defined
    one_group = [("a", tally) for _, tally in tallies]
    assert set(intervals.of_figures(one_group, lambda total: label_figures(total, ALL), 1).values()) == {None}
    assert intervals.of_calibration([("a", 0.5, True), ("a", 0.9, False)], 15, 1) == {"ece": None, "brier": None}
    ends = intervals.of_calibration([("a", 0.75, True), ("b", 0.75, True)], 15, 1)
    assert ends == {"ece": (0.25, 0.25), "brier": (0.0625, 0.0625)}


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.4, 0.6, 0.61, 0.9]), st.booleans(), st.integers(0, 3)), min_size=1))
def test_the_error_of_a_draw_is_that_of_its_verdicts(verdicts: list[tuple[float, bool, int]]) -> None:
    drawn = [(confidence, right) for confidence, right, times in verdicts for _ in range(times)]
    confidences, right, times = (np.array(column, dtype=float) for column in zip(*verdicts, strict=True))
    if drawn:
        assert intervals.error(confidences, right, times, 15) == pytest.approx(ece(equal_mass(drawn, 15)))
