"""What a question is taken to ask."""

from __future__ import annotations

import pytest

from synth.errors import InputError
from synth.formulate import query, question

# question, names of the required facets, names of those that only help ranking
CASES = [
    ("PAWS-X non-English fine-tuning", {"PAWS-X", "non-English source languages"}, set()),
    (
        "Does chain-of-thought prompting help small language models?",
        {"chain-of-thought prompting", "small language models"},
        set(),
    ),
    ("Does CoT help?", {"chain-of-thought prompting"}, set()),
    (
        "How does model size (e.g., XLM-R vs. mT5) affect XNLI?",
        {"model size", "XNLI"},
        {"XLM-R", "mT5"},
    ),
    ("Do results on XTREME-R carry over?", {"XTREME-R"}, set()),
    ("Is English the best source for Swahili NER?", {"Swahili", "named entity recognition"}, {"English"}),
    ("Can purple bananas improve telepathy?", {"purple bananas", "telepathy"}, set()),
    ("Does FooNet-3 beat the rest?", {"FooNet-3"}, set()),
    ("Do neural parsers transfer?", {"neural parsers"}, set()),
    ("What is the best method?", set(), set()),
]


@pytest.mark.parametrize(("text", "required", "optional"), CASES)
def test_facets_of_a_question(text: str, required: set[str], optional: set[str]) -> None:
    facets = question(text).facets
    assert {f.name for f in facets if f.required} == required
    assert {f.name for f in facets if not f.required} == optional


@pytest.mark.parametrize("text", ["", "   ", "?!", "\u200b"])
def test_an_empty_question_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="empty"):
        question(text)


def test_an_endless_question_is_refused_with_its_length() -> None:
    with pytest.raises(InputError, match="2,499"):
        question("why " * 625)


def test_the_query_holds_the_forms_of_each_required_facet() -> None:
    made = query(question("Does CoT help Swahili NER?"), since=2020)
    assert made.since == 2020
    assert ("Swahili",) in made.groups
    assert any("chain of thought" in group for group in made.groups)
    assert not any("+" in form for group in made.groups for form in group)


def test_the_same_thing_named_twice_is_one_facet() -> None:
    names = [f.name for f in question("mBERT against multilingual BERT on XNLI").facets]
    assert names == ["mBERT", "XNLI"]
