"""Figures: effects on an axis, papers by year, who says what; a figure with too little in it is not drawn."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_fixtures import claim, empty, paper, quote, rich

from synth.records import Claim, MeasuredEffect, Quantity, Replication, Report
from synth.render.brief import brief_values
from synth.render.figures import Forest, forests, matrix, timeline
from synth.render.view import view

PAPER = "arxiv:2101.00001"


def gain(number: str, said: str, *, unit: str = "points", direction: str | None = "up", **changes: object) -> Claim:
    value = float(number)
    quantity = Quantity.model_validate({"value": value, "unit": unit, "direction": direction, "dataset": "XNLI"})
    return claim(f"c-{said}", said, PAPER, quantity=quantity, **changes)


def measured(estimate: float, low: float | None, high: float | None) -> Replication:
    effect = MeasuredEffect(
        experiment="made-up", preset="retrieval", unit="points", estimate=estimate, low=low, high=high, level=0.95,
        stated=None,
    )  # fmt: skip
    return Replication(
        status="inconclusive", reason="made up", command=None, measurement_ids=("m-1",), effects=(effect,)
    )


def drawn(*claims: Claim) -> tuple[Forest, ...]:
    report = rich().model_copy(update={"claims": claims, "agreements": (), "conflicts": ()})
    return forests(claims, view(report).claims)


# --- effects --------------------------------------------------------------------------------------------------


def test_effects_of_one_unit_stand_on_one_axis_that_holds_zero() -> None:
    (made,) = drawn(
        gain("8.2", "A helps by 8.2 points."), gain("4.0", "B hurts by 4.0 points.", direction="down"),
        gain("5", "C gives a gain of 5 points."),
    )  # fmt: skip
    assert made.unit == "points"
    assert [text for _, text in made.ticks] == ["−5", "0", "+5", "+10"]
    assert made.zero == pytest.approx(1 / 3, abs=1e-4)
    assert [row.told for row in made.rows] == ["+8.2 points", "−4.0 points", "+5 points"]
    assert [row.at for row in made.rows] == [pytest.approx(x, abs=1e-4) for x in (13.2 / 15, 1 / 15, 10 / 15)]
    assert made.rows[0].label == "Example et al. 2021 v2 · on XNLI"
    assert {(row.low, row.high, row.measured) for row in made.rows} == {(None, None, False)}


@pytest.mark.parametrize(
    ("number", "said", "change"),
    [
        ("8.2", "A helps by 8.2 points.", True),
        ("8.2", "A helps by about 8.2 points.", True),
        ("8.2", "A gains 8.2 points.", True),
        ("8.2", "The mean gain of 8.2 points is for A.", True),
        ("8.2", "A brings +8.2 points.", True),
        ("8.2", "A improves to 8.2 points.", False),  # a level
        ("8.2", "A reaches 8.2 points.", False),
        ("8.2", "A helps by up to 8.2 points.", False),  # a bound
        ("8.2", "A helps by more than 8.2 points.", False),
        ("8.2", "A helps by 18.2 points.", False),  # another number
    ],
)
def test_only_a_change_is_an_effect(number: str, said: str, change: bool) -> None:
    others = (gain("1", "B helps by 1 points."), gain("2", "C helps by 2 points."))
    assert bool(drawn(gain(number, said), *others)) is change


def test_what_is_no_effect_is_not_drawn() -> None:
    right = gain("1", "B helps by 1 points.")
    assert drawn(right, right) == ()  # two are sooner read
    assert drawn(right, right, gain("3", "C by 3 points.", direction=None)) == ()
    assert drawn(right, right, gain("3", "C by 3 BLEU.", unit="BLEU")) == ()
    assert drawn(right, right, gain("3", "C by 3%.", unit="%")) == ()  # percent and points are different units
    assert drawn(right, right, claim("c-0", "D helps.", PAPER)) == ()


def test_an_interval_is_drawn_where_it_was_measured_or_stated() -> None:
    stated = gain("3.1", "A helps by 3.1 ± 0.4 points.")
    tested = gain("8.2", "B helps by 8.2 points.", replication=measured(1.0, -2.0, 4.0))
    (made,) = drawn(stated, tested)
    assert [row.measured for row in made.rows] == [False, False, True]
    assert [row.told for row in made.rows] == [
        "+3.1 points ± 0.4 as stated", "+8.2 points", "+1 points, 95% interval −2 to +4",
    ]  # fmt: skip
    assert made.rows[2].label == "measured by made-up (retrieval)"
    assert [row.low is None for row in made.rows] == [False, True, False]
    assert [text for _, text in made.ticks] == ["−5", "0", "+5", "+10"]
    (made,) = drawn(gain("1", "A helps by 1 points.", replication=measured(1.0, None, 4.0)))
    assert made.rows[1].low is made.rows[1].high is None  # half an interval is none


def test_a_measured_effect_wants_measurements() -> None:
    with pytest.raises(ValueError, match="without measurements"):
        Replication(status="not_run", reason="x", command=None, effects=measured(1.0, None, None).effects)


@settings(deadline=None, max_examples=40, derandomize=True, database=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6), st.floats(0, 1e5))
def test_every_effect_lies_on_the_axis_in_its_order(values: list[float], spread: float) -> None:
    claims = [
        gain("1", f"A{n} helps by 1 points.", replication=measured(value, value - spread, value + spread))
        for n, value in enumerate(values)
    ]
    (made,) = drawn(*claims)
    shares = [at for at, _ in made.ticks]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert 2 <= len(shares) <= 8
    assert made.zero in shares
    rows = [row for row in made.rows if row.measured]
    for row, value in zip(rows, values, strict=True):
        assert 0 <= (row.low or 0) <= row.at <= (row.high or 0) <= 1
        assert (row.at - made.zero) * value >= -1e-3 * abs(value)


# --- papers over time -----------------------------------------------------------------------------------------


def years(*found: int | None, included: int = 0) -> list[object]:
    return [paper(f"p{n}", year=year, included=n < included) for n, year in enumerate(found)]


def test_papers_are_counted_by_year_without_a_gap() -> None:
    made = timeline(years(2018, 2018, 2020, 2020, 2020, 2020, 2021, None, included=3))  # type: ignore[arg-type]
    assert made is not None
    assert [(bar.label, bar.included, bar.left_out) for bar in made.bars] == [
        ("2018", 2, 0), ("2019", 0, 0), ("2020", 1, 3), ("2021", 0, 1),
    ]  # fmt: skip
    assert [bar.included_share + bar.left_out_share for bar in made.bars] == [0.5, 0, 1, 0.25]
    assert made.undated == 1
    assert made.alt == (
        "Papers by year: 2018 2 (2 included), 2019 0, 2020 4 (1 included), 2021 1; 1 paper without a year"
    )


@pytest.mark.parametrize("found", [(), (2020,) * 9, (2020, 2020, 2021, 2021, 2021), (2019, 2020, 2021, None)])
def test_too_few_papers_or_years_are_not_drawn(found: tuple[int | None, ...]) -> None:
    assert timeline(years(*found)) is None  # type: ignore[arg-type]


def test_old_papers_stand_in_the_first_bar() -> None:
    made = timeline(years(1950, 1990, 2020, 2021, 2022))  # type: ignore[arg-type]
    assert made is not None
    assert len(made.bars) == 24
    assert (made.bars[0].label, made.bars[0].left_out) == ("≤1999", 2)


# --- who says what, and the brief -----------------------------------------------------------------------------


def test_the_matrix_tells_own_papers_from_others() -> None:
    shown = view(rich())
    made = matrix(shown.claims, shown.papers)
    first = next(cells for one, cells in made.rows if one.number == 1)
    by_paper = dict(zip([p.index for p in made.papers], first, strict=True))
    assert by_paper[1] == ("✔", "states it, own paper", True)
    assert by_paper[2] == ("✔", "supports", False)
    assert by_paper[3] == ("·", "says neither", False)
    assert [one.number for one in made.sided] == [1, 2, 3]


def brief(report: Report) -> dict[str, object]:
    return brief_values(view(report), claims=60, papers=60, others=20)


def test_the_map_of_the_brief_holds_the_claims_on_which_another_paper_takes_a_side() -> None:
    told = brief(rich())["map"]
    assert told["papers"] == [1, 2, 3, 4]  # type: ignore[index]
    assert [row["number"] for row in told["rows"]] == [1, 2, 3]  # type: ignore[index]
    assert told["rows"][0]["cells"] == ["(✔)", "✔", "·", ""]  # type: ignore[index]
    assert brief(empty())["map"] is None
    alone = claim("c-1", "It helps.", PAPER, "not_enough_evidence", evidence=(quote("doi:10.1234/zh", "x", "neutral"),))
    assert brief(rich().model_copy(update={"claims": (alone,)}))["map"] is None


def test_a_quote_is_set_once_and_limits_that_begin_alike_are_counted() -> None:
    whole = "A gains 3 points and B gains 4."
    said = (claim("c-1", "A gains 3.", PAPER, quote=whole), claim("c-2", "B gains 4.", PAPER, quote=whole))
    limits = ("One thing.", *(f"Versions of X differ: {n}" for n in range(5)))
    told = brief(rich().model_copy(update={"claims": said, "limitations": limits}))
    assert [row["quoted_at"] for row in told["claims"]] == [None, 1]  # type: ignore[attr-defined]
    assert told["limitations"] == ["One thing.", "Versions of X differ: 0", "Versions of X differ: 1"]
    assert told["limitations_left"] == 3


# --- words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "evidence", "basis", "nearest"),
    [
        ("supported", (quote("x", "a"), quote("y", "b")), "2 quotes from other papers support it", ""),
        ("refuted", (quote("x", "a", "refutes"),), "1 quote from another paper refutes it", ""),
        ("conflicting", (quote("x", "a"), quote("y", "b", "refutes")),
         "1 quote from another paper supports it; 1 quote from another paper refutes it", ""),
        ("supported", (quote(PAPER, "a", independent=False),), "stated by its own paper only", ""),
        ("refuted", (quote(PAPER, "a", "refutes", independent=False),), "refuted by its own paper only", ""),
        ("not_enough_evidence", (quote("x", "a", "neutral"),), "stated by its own paper only",
         "the nearest quote of another paper says neither"),
        ("not_enough_evidence", (quote("x", "a", "neutral"), quote("y", "b", "neutral")),
         "stated by its own paper only", "the 2 nearest quotes of other papers say neither"),
        ("not_checked", (), "no evidence quoted", ""),
    ],
)  # fmt: skip
def test_what_a_verdict_rests_on_is_told_in_words(label: str, evidence: tuple[object, ...], basis: str, nearest: str,
                                                  ) -> None:
    one = claim("c-1", "It helps.", PAPER, label, evidence=evidence)
    shown = view(rich().model_copy(update={"claims": (one,)})).claims[0]
    assert (shown.basis, shown.nearest) == (basis, nearest)


def test_a_claim_without_a_paper_is_stated_by_none() -> None:
    one = claim("c-1", "It helps.", "", "not_enough_evidence", evidence=(quote("x", "a", "neutral"),))
    assert view(rich().model_copy(update={"claims": (one,)})).claims[0].basis == "no quote decides it"
