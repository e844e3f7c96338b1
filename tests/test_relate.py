"""Agreement, conflict and difference of scope between claims of two papers."""

from __future__ import annotations

import pytest
from made import BagOfWords, claim

from synth.relate import relations

UP = "Training on SQuAD improves XNLI accuracy."
# second claim, its paper, what comes out
CASES = [
    ("Training on SQuAD increases XNLI accuracy.", "b", "agree"),
    ("Training on SQuAD degrades XNLI accuracy.", "b", "true_conflict"),
    ("Training on SQuAD degrades MLQA accuracy.", "b", "scope_mismatch"),
    ("Training on SQuAD degrades XNLI accuracy.", "a", "nothing"),
    ("Bananas are yellow and sweet fruit.", "b", "nothing"),
]


@pytest.mark.parametrize(("second", "paper", "expected"), CASES)
def test_two_claims(second: str, paper: str, expected: str) -> None:
    claims = [claim(UP, "a"), claim(second, paper)]
    agreements, conflicts = relations(claims, BagOfWords().encode([c.statement for c in claims]))
    got = "agree" if agreements else conflicts[0].kind if conflicts else "nothing"
    assert got == expected


def test_no_claims_have_no_relations() -> None:
    assert relations([], BagOfWords().encode([])) == ((), ())
