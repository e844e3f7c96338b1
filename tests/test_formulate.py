"""What a question is taken to ask."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import InputError
from synth.facets import widened
from synth.formulate import queries, query, question

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
    # a measure is spoken of in tables, seldom in an abstract
    ("Does back-translation raise BLEU and chrF for Basque?", {"back-translation", "Basque"}, {"BLEU", "chrF"}),
    # what a question explains itself is one thing
    ("Does lexical substitution (LS) need context?", {"lexical substitution", "context"}, set()),
    ("Does named entity recognition (NER) need context?", {"named entity recognition", "context"}, set()),
    ("Is the Lake Shore (LS) corpus large?", {"Lake Shore", "corpus"}, set()),
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


# question, (words, groups) of each query; groups are named here by their first forms
PLANS = [
    (
        "Does intermediate training help PAWS-X in Swahili?",
        [
            ("intermediate-task training PAWS-X Swahili", ["intermediate-task training", "PAWS-X", "Swahili"]),
            ("intermediate-task training PAWS-X", ["intermediate-task training", "PAWS-X"]),
            ("PAWS-X", ["PAWS-X"]),
            ("intermediate training PAWS-X Swahili", []),
        ],
    ),
    (
        "Does intermediate training help PAWS-X?",
        [
            ("intermediate-task training PAWS-X", ["intermediate-task training", "PAWS-X"]),
            ("PAWS-X", ["PAWS-X"]),
            ("intermediate training PAWS-X", []),
        ],
    ),
    (
        "Do adapters help PAWS-X in Swahili with mT5?",
        [
            ("adapters PAWS-X Swahili mT5", ["adapters", "PAWS-X", "Swahili", "mT5"]),
            ("adapters PAWS-X mT5", ["adapters", "PAWS-X", "mT5"]),
            ("adapters PAWS-X", ["adapters", "PAWS-X"]),
            ("adapters PAWS-X Swahili with mT5", []),
        ],
    ),
    # More forms, and near ones, are the wider query of a single facet.
    (
        "What is known about task order?",
        [("task order", ["task order"]), ("task order", ["task order"]), ("task order", [])],
    ),
    ("XNLI", [("XNLI", ["XNLI"]), ("XNLI", [])]),
    ("What is the best method?", [("What is the best method?", []), ("best method", [])]),
]


@pytest.mark.parametrize(("text", "plan"), PLANS)
def test_queries_go_from_narrow_to_wide(text: str, plan: list[tuple[str, list[str]]]) -> None:
    made = queries(question(text), since=2019)
    assert [(one.text, [group[0] for group in one.groups]) for one in made] == plan
    assert len(set(made)) == len(made) <= 4
    assert {one.since for one in made} == {2019}
    assert query(question(text), since=2019) == made[0]


def test_wider_queries_have_more_forms_and_near_ones() -> None:
    narrow, wide, _ = queries(question("What is known about task order?"))
    assert len(narrow.groups[0]) == 4
    assert set(narrow.groups[0]) < set(wide.groups[0])
    near = queries(question("Does task similarity matter for XNLI?"))[1]
    assert near.text == "XNLI"


def test_abbreviations_widen_facets_in_both_directions() -> None:
    known = {"ORT": ("orchard row tending",), "CLPP": ("cross-lingual pear picking", "cross-language pear picking")}
    short = widened(question("Does ORT help?"), known).facets[0]
    assert (short.name, short.forms) == ("ORT", ("ORT", "orchard row tending"))
    long = widened(question("Does cross-lingual pear picking help?"), known).facets[0]
    assert long.forms == ("cross-lingual pear picking", "cross-lingual + pear + picking", "CLPP")
    foreign = {"MT": ("multi-task",), "RE": ("referring expression", "relation extraction")}
    for text in ("Does MT help?", "Does relation extraction help?"):
        assert widened(question(text), foreign) == question(text)
    asked = question("Does PAWS-X help?")
    assert widened(asked, known) == widened(asked, {}) == asked


@given(st.text(max_size=200))
def test_any_question_with_a_word_has_queries(text: str) -> None:
    try:
        made = queries(question(text))
    except InputError:
        return
    assert 1 <= len(made) <= 4
    assert len(set(made)) == len(made)
    assert all(one.text.strip() for one in made)
    assert all(form and "+" not in form for one in made for group in one.groups for form in group)
