"""What a passage does to a claim: numbers, directions, names and versions, one case a line."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from made import bearing, claim

from synth.records import Bearing, Claim, Evidence, Verdict
from synth.verify import checks, closeness
from synth.verify import verdict as verdict_of


def verdict(claimed: Claim, bearings: Sequence[Bearing]) -> tuple[Verdict, tuple[Evidence, ...]]:
    return verdict_of(claimed, bearings, read=len(bearings))


GAIN = "Training on SQuAD improves XNLI accuracy by 8.2 points."
# claim, passage of another paper, label
CASES = [
    (GAIN, GAIN, "supported"),
    (GAIN, "Training on SQuAD improves the XNLI accuracy by 8.2 points.", "supported"),
    (GAIN, "Training on SQuAD improves XNLI accuracy by 2.8 points.", "refuted"),
    (GAIN, "Training on SQuAD degrades XNLI accuracy by 8.2 points.", "refuted"),
    (GAIN, "Training on SQuAD improves PAWS-X accuracy by 8.2 points.", "not_enough_evidence"),
    (GAIN, "Training on MNLI improves XNLI accuracy by 8.2 points.", "not_enough_evidence"),
    (GAIN, "Training on SQuAD improves XNLI accuracy.", "not_enough_evidence"),
    ("Training does not help transfer at all.", "Training helps transfer at all.", "refuted"),
]


@pytest.mark.parametrize(("statement", "passage", "label"), CASES)
def test_an_independent_passage_decides(statement: str, passage: str, label: str) -> None:
    assert verdict(claim(statement), [bearing(passage)])[0].label == label


def test_a_copy_does_not_confirm_itself() -> None:
    result, evidence = verdict(claim(GAIN), [bearing(GAIN, "own", same=True, own=True)])
    assert result.label == "not_enough_evidence"
    assert result.reason.startswith("stated by its own paper only")
    assert [(e.independent, e.stance, e.quote) for e in evidence] == [(False, "supports", GAIN)]


def test_another_passage_of_the_own_paper_supports_and_is_said_to_be_its_own() -> None:
    result, evidence = verdict(claim(GAIN), [bearing(GAIN, "own", own=True)])
    assert result.label == "supported"
    assert "no independent paper" in result.reason
    assert not any(e.independent for e in evidence)


def test_support_and_refutation_conflict() -> None:
    other = "Training on SQuAD degrades XNLI accuracy by 8.2 points."
    result, evidence = verdict(claim(GAIN), [bearing(GAIN, "a"), bearing(other, "b")])
    assert result.label == "conflicting"
    assert {e.stance for e in evidence} == {"supports", "refutes"}


def test_nothing_to_read_is_not_checked() -> None:
    result, evidence = verdict(claim(GAIN), [])
    assert (result.label, result.score, result.confidence, evidence) == ("not_checked", None, None, ())


def test_reading_without_a_hit_is_not_enough_evidence() -> None:
    result, _ = verdict_of(claim(GAIN), [], read=3)
    assert (result.label, result.score) == ("not_enough_evidence", 0.0)
    assert result.reason == "not stated in what was read; no other passage that was read comes near it"


def test_another_version_with_another_number_is_a_drift_and_no_refutation() -> None:
    old = "Training on SQuAD improves XNLI accuracy by 8.4 points."
    result, _ = verdict(
        claim(GAIN, version="v2"),
        [bearing(GAIN, "own", same=True, own=True, version="v2"), bearing(old, "own", own=True, version="v1")],
    )
    assert result.label == "not_enough_evidence"
    assert "v1: 8.4" in result.reason
    assert [c.kind for c in result.checks] == ["version"]


def test_the_latest_version_of_another_paper_speaks_for_it() -> None:
    old = "Training on SQuAD improves XNLI accuracy by 8.4 points."
    result, _ = verdict(claim(GAIN), [bearing(GAIN, "a", version="v2"), bearing(old, "a", version="v1")])
    assert result.label == "supported"
    assert "v1: 8.4" in result.reason
    result, _ = verdict(claim(GAIN), [bearing(GAIN, "a", version="v1"), bearing(old, "a", version="v2")])
    assert result.label == "refuted"


def test_the_order_of_the_papers_does_not_matter() -> None:
    far = bearing("Nothing of this.", "b", similarity=0.1)
    bearings = [bearing(GAIN, "a"), far, bearing(GAIN, "c", similarity=0.8)]
    assert verdict(claim(GAIN), bearings) == verdict(claim(GAIN), bearings[::-1])


def test_an_irrelevant_paper_changes_no_label() -> None:
    noise = bearing("Bananas are yellow and grow in 12 countries.", "z", similarity=0.05)
    for statement, passage, _ in CASES:
        alone = verdict(claim(statement), [bearing(passage)])[0]
        assert verdict(claim(statement), [bearing(passage), noise])[0].label == alone.label


def test_checks_say_what_was_claimed_and_what_was_found() -> None:
    made = {
        (c.kind, c.claimed): (c.found, c.outcome)
        for c in checks(GAIN, "Training on SQuAD improves accuracy by 7.5 points.", "")
    }
    assert made["number", "8.2 points"] == ("7.5 points", "mismatch")
    assert made["direction", "up"] == ("up", "match")
    assert made["entity", "XNLI"] == (None, "missing")
    assert made["entity", "SQuAD"] == ("SQuAD", "match")


def test_closeness_stays_in_its_range() -> None:
    assert closeness("a b c", "x y z", -1.0) == 0.0
    assert closeness(GAIN, GAIN, 1.0) == 1.0
