"""Which claims come into a report, and in which order."""

from __future__ import annotations

from made import BagOfWords, claim

from synth.formulate import question
from synth.relevance import best, relevance

ASKED = question("Does intermediate training help PAWS-X?")


def test_the_claim_that_names_what_is_asked_is_the_most_relevant() -> None:
    claims = [claim("The moon is far away."), claim("Intermediate training helps PAWS-X."), claim("PAWS-X is hard.")]
    scores = relevance(ASKED, claims, BagOfWords(), None)
    order = sorted(claims, key=lambda c: -scores[c.id])
    assert [c.statement for c in order] == [claims[1].statement, claims[2].statement, claims[0].statement]
    assert all(0 <= score <= 1 for score in scores.values())
    assert relevance(ASKED, [], BagOfWords(), None) == {}


def test_every_paper_has_its_best_claim_before_any_has_a_second() -> None:
    a = [claim("a1", "a"), claim("a2", "a"), claim("a3", "a")]
    b = [claim("b1", "b")]
    scores = {a[0].id: 0.9, a[1].id: 0.8, a[2].id: 0.7, b[0].id: 0.1}
    assert [c.statement for c in best([a, b], scores, 3)] == ["a1", "a2", "b1"]
    assert [c.statement for c in best([a, b], scores, 2)] == ["a1", "b1"]
    assert best([[], []], {}, 5) == []
