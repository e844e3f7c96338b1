"""The verdict on a claim before a table, and tables as evidence: what is sure, what is open, what never happens."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.records import Table
from synth.tables.facts import evidence
from synth.tables.trees import Forest, load, log_odds, share
from synth.tables.verdict import TableVerdict, decide, judge

RESULTS = Table(
    label="Table 2",
    caption="Accuracy and latency of the parsers on the test set",
    page=None,
    columns=("Parser", "Accuracy (%)", "Latency (ms)", "Parameters (M)"),
    rows=(
        ("Alder", "81.2", "12.5", "110"),
        ("Birch", "84.5", "31.0", "340"),
        ("Cedar", "79.0", "9.1", "60"),
        ("Dogwood", "82.7", "18.4", "220"),
    ),
)
SIZES = Table(
    label="Table 1",
    caption="Number of examples of each data set",
    page=None,
    columns=("Data set", "Train", "Development", "Test"),
    rows=(("Heron", "1,040", "203", "311"), ("Ibis", "2,500", "207", "415")),
)


@pytest.mark.parametrize(
    ("claim", "label"),
    [
        ("The accuracy of Birch is 84.5.", "supported"),
        ("The accuracy of Birch is 79.0.", "refuted"),
        ("The accuracy of Birch is 91.3.", "refuted"),
        ("Birch has the highest accuracy.", "supported"),
        ("Cedar has the highest accuracy.", "refuted"),
        ("The highest latency is 31.0.", "supported"),
        ("The lowest latency is 31.0.", "refuted"),
        ("Birch has a higher accuracy than Alder.", "supported"),
        ("Birch has a lower accuracy than Alder.", "refuted"),
        ("There are four parsers.", "supported"),
        ("There are nine parsers.", "refuted"),
        ("Spruce reaches a BLEU of 31.4 on Finnish translation.", "not_enough_evidence"),
        ("The recall of Willow on speech recordings is 55.1.", "not_enough_evidence"),
    ],
)
def test_plain_claims_get_their_label(claim: str, label: str) -> None:
    verdict = judge(claim, RESULTS)
    assert verdict.label == label
    assert verdict.confidence is not None
    assert 0 < verdict.confidence < 1
    assert verdict.reason


def test_the_deciding_cell_and_the_check_are_named() -> None:
    verdict = judge("The accuracy of Birch is 91.3.", RESULTS)
    assert (1, 1) in verdict.cells
    assert any((c.claimed, c.found, c.outcome) == ("91.3", "84.5", "mismatch") for c in verdict.checks)


@pytest.mark.parametrize(
    ("claim", "table", "why"),
    [
        ("", RESULTS, "empty"),
        ("  ", RESULTS, "empty"),
        ("Birch is best.", RESULTS.model_copy(update={"rows": ()}), "no rows"),
        ("Birch is best.", RESULTS.model_copy(update={"rows": (("", "", "", ""),)}), "no rows"),
        ("Birch is best.", Table(label=None, caption="", page=None, columns=(), rows=()), "no rows"),
        ("Der Zeitungsverkäufer erzählt gern schöne Geschichten.", RESULTS, "English"),
        ("桦树在测试集上的准确率最高", RESULTS, "English"),
        ("Точность березы выше всех остальных", RESULTS, "English"),
    ],
)
def test_what_cannot_be_decided_says_why_and_has_no_confidence(claim: str, table: Table, why: str) -> None:
    verdict = judge(claim, table)
    assert (verdict.label, verdict.confidence, verdict.cells) == ("not_enough_evidence", None, ())
    assert why in verdict.reason


CLAIMS = (
    "The accuracy of Birch is 84.5.", "The accuracy of Cedar is 84.5.", "The latency of Dogwood is 18.4.",
    "Alder has 110 parameters.", "Alder has 340 parameters.", "Birch has the highest accuracy.",
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(4)), st.sampled_from(CLAIMS))
def test_the_order_of_rows_does_not_change_a_lookup(order: list[int], claim: str) -> None:
    shuffled = RESULTS.model_copy(update={"rows": tuple(RESULTS.rows[i] for i in order)})
    before, after = judge(claim, RESULTS), judge(claim, shuffled)
    assert (before.label, before.confidence) == (after.label, after.confidence)
    assert {order[row] for row, _ in after.cells} == {row for row, _ in before.cells}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3), st.integers(1, 3), st.sampled_from((0.31, 0.77, 1.9, 3.3, 12.0)), st.booleans())
def test_a_changed_number_never_gains_confidence(row: int, column: int, factor: float, plus: bool) -> None:
    name, true = RESULTS.rows[row][0], RESULTS.rows[row][column]
    changed = float(true) * factor + (1 if plus else 0)
    field = RESULTS.columns[column].split(" (")[0].lower()
    written = f"{changed:.1f}" if "." in true else str(round(changed))
    if any(written in cells for cells in RESULTS.rows):
        return
    right = _support(judge(f"The {field} of {name} is {true}.", RESULTS))
    wrong = _support(judge(f"The {field} of {name} is {written}.", RESULTS))
    assert wrong < right


def _support(verdict: TableVerdict) -> float:
    assert verdict.confidence is not None
    return verdict.confidence if verdict.label == "supported" else -verdict.confidence


CELLS = st.one_of(
    st.sampled_from(
        ["", "-", "n/a", "12", "1,234", "0.5 ± 0.1", "**9**", "1-2", "May 2, 2001", "a, b and c", "Yes", "±", "×10"]
    ),
    st.text(max_size=12),
)  # fmt: skip
WORDS = st.lists(
    st.sampled_from(
        ["the highest", "lowest", "A", "B", "value of", "is", "12", "1,234", "0.5", "%", "<", "same", "all", "only",
         "not", "than", "between", "1-2", "table", "no", "there are", "different", "ranges from 1 to 2", "more than"]
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_table_and_no_claim_raises(data: st.DataObject) -> None:
    width = data.draw(st.integers(0, 5))
    row = st.lists(CELLS, min_size=width, max_size=width).map(tuple)
    rows = data.draw(st.lists(row, max_size=6)) if width else []
    table = Table(
        label=None, caption=data.draw(CELLS), page=None, columns=data.draw(row) if width else (), rows=tuple(rows)
    )
    claim = data.draw(st.one_of(WORDS.map(" ".join), st.text(max_size=60)))
    verdict = judge(claim, table)
    assert all(-1 <= r < len(rows) and 0 <= c < width for r, c in verdict.cells)
    evidence(claim, [table])


def test_ten_thousand_characters_and_a_large_table_are_judged() -> None:
    draw = random.Random(3)
    rows = tuple((f"item {i}", *(f"{draw.random():.3f}" for _ in range(6))) for i in range(800))
    table = Table(label=None, caption="", page=None, columns=("name", *"bcdefg"), rows=rows)
    assert judge("The value of item 17 is " + "very " * 2_000 + "large.", table).label
    assert judge(f"The b of item 17 is {rows[17][1]}.", table).label == "supported"


# --- the model ------------------------------------------------------------------------------------------------


def test_a_tree_is_walked_by_its_thresholds() -> None:
    forest = Forest(0.5, 2, (((0, 1, 1), (1.0, 2.0, 4.0), (0.1, 0.2, 0.3, 0.4)),))
    rows = {(1.0, 2.0): 0.6, (1.0, 3.0): 0.7, (2.0, 4.0): 0.8, (2.0, 5.0): 0.9}
    assert {row: pytest.approx(log_odds(forest, row)) for row in rows} == rows


@pytest.mark.parametrize(("logit", "expected"), [(0.0, 0.5), (800.0, 1.0), (-800.0, 0.0), (1.0, 0.731058)])
def test_log_odds_become_shares(logit: float, expected: float) -> None:
    assert share(logit) == pytest.approx(expected, abs=1e-6)


def test_the_three_labels_share_what_there_is() -> None:
    plain = {"about_scale": 1.0, "about_shift": 0.0, "truth_scale": 1.0, "truth_shift": 0.0}
    assert decide(3.0, 2.0, plain) == ("supported", pytest.approx(share(3.0) * share(2.0), abs=1e-4))
    assert decide(3.0, -2.0, plain)[0] == "refuted"
    assert decide(-3.0, 2.0, plain)[0] == "not_enough_evidence"


def test_the_shipped_weights_fit_the_features() -> None:
    from synth.tables.features import NAMES

    assert load().features == NAMES


# --- tables as evidence -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "index", "label", "cells"),
    [
        ("Birch reaches an accuracy of 84.5%.", 0, "supported", ((1, 1),)),
        ("Birch reaches an accuracy of 86.4%.", 0, "refuted", ((1, 1),)),
        ("The training part of Ibis holds 2,500 examples.", 1, "supported", ((1, 1),)),
        ("Heron holds 1,554 examples in total.", 1, "supported", ((0, 1), (0, 2), (0, 3))),
    ],
)
def test_a_table_decides_where_row_column_and_number_are_named(
    claim: str, index: int, label: str, cells: tuple[tuple[int, int], ...]
) -> None:
    (found,) = evidence(claim, [RESULTS, SIZES])
    assert (found.table_index, found.label, found.cells) == (index, label, cells)
    table = (RESULTS, SIZES)[index]
    assert found.quote == " ".join(table.rows[cells[0][0]])
    assert 0.5 < found.score <= 1


@pytest.mark.parametrize(
    "claim",
    [
        "Birch is a good parser.",
        "Birch reaches 84.5.",
        "The accuracy of Spruce is 84.5%.",
        "Birch does not reach an accuracy of 84.5%.",
        "Birch and Alder reach an accuracy of 84.5%.",
        "Birch reaches an accuracy of 86.4% after 12 epochs.",
        "Heron holds 1,555 examples in total.",
        "Birch reaches an accuracy of 31.0%.",
        "The highest accuracy is 81.2%, of Alder.",
        "Alder has an accuracy of 81.2%, the lowest of all.",
        "",
    ],
)
def test_a_table_is_silent_where_it_is_not_sure(claim: str) -> None:
    assert evidence(claim, [RESULTS, SIZES]) == ()
