"""Which claims come into a report, and in which order."""

from __future__ import annotations

import pytest
from made import BagOfWords, claim, paper

from synth.formulate import question
from synth.relevance import best, papers, relevance
from synth.screen import Candidate

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


# --- papers -----------------------------------------------------------------------------------------------------


def found(title: str, text: str = "", similarity: float = 0.0) -> Candidate:
    return Candidate(paper(title, title), text, similarity, "t")


# question, titles with texts from the most to the least relevant
ORDERS = [
    (
        "Does intermediate training help PAWS-X?",
        [
            ("Intermediate training for PAWS-X", ""),
            ("Intermediate training for PAWS-X and pears", ""),
            ("PAWS-X", "A word on intermediate training."),
            ("Pears", "PAWS-X once."),
            ("Pears", "Plums."),
        ],
    ),
    # another name for the same thing counts as the thing: from the lexicon, and from the papers found
    ("Which papers study NER for Basque?", [("Named entity recognition for Basque", ""), ("Parsing Basque", "")]),
    (
        "Is there work on BLI with seeds?",
        [
            ("Bilingual lexicon induction with seeds", "Bilingual lexicon induction (BLI)."),
            ("Sunflowers from seeds", "A garden."),
        ],
    ),
    # the rarer word weighs more
    ("apples pears", [("Pears", ""), ("Apples", ""), ("Apples and plums", ""), ("Plums", "Apples.")]),
]


@pytest.mark.parametrize(("text", "order"), ORDERS)
def test_papers_stand_in_the_order_of_what_they_say(text: str, order: list[tuple[str, str]]) -> None:
    values = papers(question(text), [found(*one) for one in reversed(order)])[::-1]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)
    assert all(0 <= value <= 1 for value in values)


def test_meaning_counts_for_less_than_words_and_only_above_zero() -> None:
    asked = question("Do pears transfer?")
    plain, near, far = papers(asked, [found("Plums"), found("Plums", "", 1.0), found("Plums", "", -1.0)])
    assert plain == far < near
    assert round(near - plain, 6) == 0.4
    words, meaning = papers(asked, [found("Pears transfer"), found("Plums", "", 1.0)])
    assert words > meaning


def test_no_papers_no_words_and_no_text_are_no_trouble() -> None:
    assert papers(ASKED, []) == []
    assert papers(question("What is it?"), [found("")]) == [0.0]
    assert papers(ASKED, [found("", "")]) == [0.0]
