"""Where a text speaks of a thing, and where it only seems to."""

from __future__ import annotations

import pytest

from synth.facets import covered, covered_nearly, names, pattern
from synth.formulate import question

# form, text, found
FORMS = [
    ("XTREME", "We use XTREME.", True),
    ("XTREME", "We use XTREME-R.", False),
    ("T5", "mT5 is larger", False),
    ("T5", "T5-base is smaller", True),
    ("PAWS", "on PAWS-X", False),
    ("XLM-R", "XLM-R-large wins", True),
    ("XLM-R", "XLM-RoBERTa wins", False),
    ("BERT", "RoBERTa and mBERT", False),
    ("BERT", "BERT-based taggers", True),
    ("MT", "our mt system", False),
    ("chain of thought", "Chain-of-thought prompting", True),
    ("small model", "smaller models", True),
    ("small model", "small models", True),
    ("task similarity", "similarity", False),
    ("low-resource language", "low resource languages", True),
    ("language family", "across language families", True),
    ("pruning", "pruned networks", True),
]


@pytest.mark.parametrize(("form", "text", "found"), FORMS)
def test_a_form_is_found_where_it_stands(form: str, text: str, found: bool) -> None:
    assert bool(pattern(form).search(text)) is found


def test_parts_of_a_form_must_stand_together() -> None:
    facets = question("Do purple bananas exist?").facets
    assert covered(facets, "Bananas that are purple exist.") >= {"purple bananas"}
    far = "Purple. " + "Nothing more is said of it. " * 10 + "Bananas."
    assert "purple bananas" not in covered(facets, far)


def test_something_near_is_not_the_same() -> None:
    facets = question("Do non-English source languages help PAWS-X?").facets
    text = "PAWS-X with machine-translated intermediate data"
    assert covered(facets, text) == {"PAWS-X"}
    assert covered_nearly(facets, text) == {"PAWS-X", "non-English source languages"}


def test_names_of_a_sentence() -> None:
    found = {forms[0] for forms in names("XLM-RoBERTa gains 3.1 points on XNLI in Swahili over FooNet-2, a baseline.")}
    assert found == {"XLM-R", "XNLI", "Swahili", "FooNet-2"}
