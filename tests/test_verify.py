"""What windows of papers do to a claim: sides, versions, copies, gates. The model's word is given by hand here."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from made import Plain, bearing, claim, window

from synth.records import Claim, Evidence, Verdict, Window
from synth.verify import verdict as verdict_of


def verdict(claimed: Claim, windows: Sequence[Window]) -> tuple[Verdict, tuple[Evidence, ...]]:
    return verdict_of(claimed, windows, Plain(), read=len(windows))


SAID = "Training on SQuAD lifts the accuracy on XNLI by 8.2 points."
GAIN = "Training on SQuAD improves XNLI accuracy by 8.2 points."
PRO = {"supports": 4.0, "refutes": -4.0}
CON = {"supports": -4.0, "refutes": 4.0}
# claim, passage of another paper, the model's word, label
CASES = [
    (GAIN, GAIN, PRO, "supported"),
    (GAIN, SAID, {"supports": -3.0, "refutes": -3.0}, "not_enough_evidence"),
    (GAIN, GAIN, {"supports": -3.0, "refutes": 3.0}, "supported"),  # word for word: whatever the model says of it
    # Another number, whatever the model says of it, does not support.
    (GAIN, "Training on SQuAD improves XNLI accuracy by 2.8 points.", PRO, "not_enough_evidence"),
    (GAIN, "Training on SQuAD improves XNLI accuracy by 2.8 points.", CON, "refuted"),
    (GAIN, "Training on SQuAD degrades XNLI accuracy by 8.2 points.", CON, "refuted"),
    # Of another data set, or with a name missing, a passage neither supports nor refutes.
    (GAIN, "Training on SQuAD improves PAWS-X accuracy by 8.2 points.", PRO, "not_enough_evidence"),
    (GAIN, "Training on SQuAD improves PAWS-X accuracy by 2.2 points.", CON, "not_enough_evidence"),
    (GAIN, "Training on MNLI improves XNLI accuracy by 8.2 points.", PRO, "not_enough_evidence"),
    (GAIN, "Training on SQuAD improves XNLI accuracy.", PRO, "not_enough_evidence"),
    ("Training does not help transfer at all.", "Training helps transfer.", CON, "refuted"),
]


@pytest.mark.parametrize(("statement", "passage", "word", "label"), CASES)
def test_an_independent_passage_decides(statement: str, passage: str, word: dict[str, float], label: str) -> None:
    assert verdict(claim(statement), [window(bearing(passage), **word)])[0].label == label


def test_the_confidence_is_the_calibrated_probability_of_the_label() -> None:
    result, evidence = verdict(claim(GAIN), [window(bearing(SAID), supports=2.0, refutes=-2.0)])
    assert result.confidence == pytest.approx(0.8668, abs=1e-4)
    assert evidence[0].score == result.confidence
    result, _ = verdict(claim(GAIN), [window(bearing(SAID), supports=-2.0, refutes=-2.0)])
    assert (result.label, result.confidence) == ("not_enough_evidence", pytest.approx(0.787, abs=1e-3))


def test_a_copy_does_not_confirm_itself() -> None:
    result, evidence = verdict(claim(GAIN), [window(bearing(GAIN, "own", same=True, own=True), supports=None)])
    assert result.label == "not_enough_evidence"
    assert result.reason.startswith("stated by its own paper only")
    assert [(e.independent, e.stance, e.quote) for e in evidence] == [(False, "supports", GAIN)]


def test_another_passage_of_the_own_paper_supports_and_is_said_to_be_its_own() -> None:
    result, evidence = verdict(claim(GAIN), [window(bearing(GAIN, "own", own=True), **PRO)])
    assert result.label == "supported"
    assert "no independent paper" in result.reason
    assert not any(e.independent for e in evidence)


def test_a_like_passage_of_the_own_paper_that_restates_nothing_does_not_support() -> None:
    like = "On XNLI the accuracy after SQuAD is 8.2 points higher."
    assert verdict(claim(GAIN), [window(bearing(like, "own", own=True), **PRO)])[0].label == "not_enough_evidence"
    assert verdict(claim(GAIN), [window(bearing(like, "other"), **PRO)])[0].label == "supported"


def test_support_and_refutation_conflict() -> None:
    other = "Training on SQuAD degrades XNLI accuracy by 8.2 points."
    result, evidence = verdict(claim(GAIN), [window(bearing(GAIN, "a"), **PRO), window(bearing(other, "b"), **CON)])
    assert result.label == "conflicting"
    assert {e.stance for e in evidence} == {"supports", "refutes"}


def test_two_windows_of_one_paper_speak_with_one_voice() -> None:
    other = "Training on SQuAD degrades XNLI accuracy by 8.2 points."
    weak = window(bearing(other, "a"), supports=-1.0, refutes=1.0)
    result, _ = verdict(claim(GAIN), [weak, window(bearing(GAIN, "a"), **PRO)])
    assert result.label == "supported"


def test_nothing_to_read_is_not_checked() -> None:
    result, evidence = verdict(claim(GAIN), [])
    assert (result.label, result.score, result.confidence, evidence) == ("not_checked", None, None, ())


def test_a_claim_in_another_language_is_not_checked() -> None:
    german = "Das Training auf SQuAD verbessert die Genauigkeit auf XNLI um 8.2 Punkte und ist nicht teuer."
    result, evidence = verdict(claim(german), [window(bearing(german), **PRO)])
    assert (result.label, result.confidence, evidence) == ("not_checked", None, ())


def test_reading_without_a_hit_is_not_enough_evidence() -> None:
    result, _ = verdict_of(claim(GAIN), [], Plain(), read=3)
    assert (result.label, result.score) == ("not_enough_evidence", 0.0)
    assert result.reason == "not stated in what was read; no other passage that was read comes near it"


def test_where_no_model_could_read_anything_the_claim_is_not_checked() -> None:
    result, _ = verdict(claim(GAIN), [window(bearing(GAIN), supports=None)])
    assert (result.label, result.confidence) == ("not_checked", None)
    both = [window(bearing(GAIN, "a"), supports=None), window(bearing(GAIN, "b"), **PRO)]
    assert verdict(claim(GAIN), both)[0].label == "supported"


def test_another_version_with_another_number_is_a_drift_and_no_refutation() -> None:
    old = "Training on SQuAD improves XNLI accuracy by 8.4 points."
    result, _ = verdict(
        claim(GAIN, version="v2"),
        [
            window(bearing(GAIN, "own", same=True, own=True, version="v2"), supports=None),
            window(bearing(old, "own", own=True, version="v1"), **CON),
        ],
    )
    assert result.label == "not_enough_evidence"
    assert "v1: 8.4" in result.reason
    assert [c.kind for c in result.checks if c.outcome == "mismatch"] == ["number", "version"]


# what the nearest other passage says, the check that keeps it from deciding, how the reason tells it
OPEN_BY = [
    (SAID.replace("8.2", "2.8"), ("number", "8.2 points", "2.8 points", "mismatch"), "has 2.8 points instead of 8.2"),
    ("Training on SQuAD improves XNLI accuracy.", ("number", "8.2 points", None, "missing"), "not state 8.2 points"),
    ("Training on SQuAD improves accuracy by 8.2 points.", ("entity", "XNLI", None, "missing"), "not name XNLI"),
    (GAIN.replace("XNLI", "PAWS-X"), ("scope", "XNLI", "PAWS-X", "mismatch"), "has PAWS-X instead of XNLI"),
]


@pytest.mark.parametrize(("passage", "check", "told"), OPEN_BY)
def test_a_verdict_left_open_shows_the_nearest_passage_and_the_check_that_kept_it_from_deciding(
    passage: str, check: tuple[str, str, str | None, str], told: str
) -> None:
    nearer = bearing("Training on SQuAD and XNLI accuracy.", "b", similarity=0.95)
    unsure = {"supports": -9.0, "refutes": -9.0}
    result, evidence = verdict(claim(GAIN), [window(nearer, **unsure), window(bearing(passage, "a"), **PRO)])
    assert (result.label, told in result.reason) == ("not_enough_evidence", True)
    assert check in [(c.kind, c.claimed, c.found, c.outcome) for c in result.checks]
    assert (evidence[0].quote, evidence[0].stance) == (passage, "neutral")


def test_where_no_other_passage_comes_near_nothing_is_checked_against_it() -> None:
    far = window(bearing("Training on SQuAD improves XNLI accuracy by 2.8 points.", similarity=0.2), **PRO)
    result, evidence = verdict(claim(GAIN), [far])
    assert (result.checks, evidence) == ((), ())
    assert result.reason == "not stated in what was read; no other passage that was read comes near it"


def test_the_latest_version_of_another_paper_speaks_for_it() -> None:
    old = "Training on SQuAD improves XNLI accuracy by 8.4 points."
    new, drifted = window(bearing(GAIN, "a", version="v2"), **PRO), window(bearing(old, "a", version="v1"), **CON)
    result, _ = verdict(claim(GAIN), [new, drifted])
    assert result.label == "supported"
    assert "v1: 8.4" in result.reason
    new, drifted = window(bearing(GAIN, "a", version="v1"), **PRO), window(bearing(old, "a", version="v2"), **CON)
    assert verdict(claim(GAIN), [new, drifted])[0].label == "refuted"


def test_the_order_of_the_papers_does_not_matter() -> None:
    far = window(bearing("Nothing of this.", "b", similarity=0.1), supports=-5.0, refutes=-5.0)
    windows = [window(bearing(GAIN, "a"), **PRO), far, window(bearing(GAIN, "c", similarity=0.8), **PRO)]
    assert verdict(claim(GAIN), windows) == verdict(claim(GAIN), windows[::-1])


def test_an_irrelevant_paper_changes_no_label() -> None:
    text = "Bananas are yellow and grow in 12 countries."
    noise = window(bearing(text, "z", similarity=0.05), supports=-5.0, refutes=-5.0)
    for statement, passage, word, _ in CASES:
        alone = verdict(claim(statement), [window(bearing(passage), **word)])[0]
        both = verdict(claim(statement), [window(bearing(passage), **word), noise])[0]
        assert both.label == alone.label


def test_the_deciding_sentences_are_quoted_and_no_others() -> None:
    first = bearing("This section is about data.", "a").model_copy(update={"scores": scores(-4, -4)})
    second = bearing(GAIN, "a").model_copy(update={"scores": scores(3, -3)})
    _, evidence = verdict(claim(GAIN), [window(first, second, **PRO)])
    assert [e.quote for e in evidence] == [GAIN]


def scores(supports: float, refutes: float):  # type: ignore[no-untyped-def]
    from synth.records import Scores

    return Scores(supports=supports, refutes=refutes)
