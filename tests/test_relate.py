"""Agreement, conflict and difference of scope between claims of two papers."""

from __future__ import annotations

import pytest
from made import BagOfWords, claim

from synth.relate import relations

UP = "First training the model on English SQuAD improves the zero-shot XNLI accuracy of the model."
# second claim, its paper, what comes out
CASES = [
    ("First training the model on English SQuAD increases the zero-shot XNLI accuracy of the model.", "b", "agree"),
    (
        "First training the model on English SQuAD degrades the zero-shot XNLI accuracy of the model.",
        "b",
        "true_conflict",
    ),
    (
        "First training the model on English SQuAD degrades the zero-shot MLQA accuracy of the model.",
        "b",
        "scope_mismatch",
    ),
    ("First training the model on English SQuAD degrades the zero-shot XNLI accuracy of the model.", "a", "nothing"),
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
