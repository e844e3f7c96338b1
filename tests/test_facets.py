"""Where a text speaks of a thing, and where it only seems to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.facets import abbreviations, covered, covered_nearly, mined, names, pattern, subject
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


# --- abbreviations that texts explain ---------------------------------------------------------------------------

EXPLAINED = [
    ("We do named entity recognition (NER) here.", [("NER", "named entity recognition")]),
    ("On graph neural networks (GNNs) and on plums (P).", [("GNN", "graph neural networks")]),
    ("neural machine translation (NMT; Writer, 2015)", [("NMT", "neural machine translation")]),
    (
        "Supplementary Training on Intermediate Labeled-data Tasks (STILTs)",
        [("STILT", "Supplementary Training on Intermediate Labeled-data Tasks")],
    ),
    ("We (the authors) count pears (see Table 2) in Rome (Italy).", []),
    ("Pears are sweet. Plums (PAS) are not.", []),  # a full stop ends the reach
    ("cross-lingual transfer (XLT)", []),  # the letters are not there: this is for the lexicon
    ("sweet Parma pears (PP)", [("PP", "Parma pears")]),
    ("(NER)", []),
    ("a long form that begins very far away from here (ALFB)", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "pairs"), EXPLAINED)
def test_abbreviations_are_taken_from_the_words_before_the_bracket(text: str, pairs: list[tuple[str, str]]) -> None:
    assert list(abbreviations(text)) == pairs


@given(st.text(alphabet="ABab ().-;\n1é", max_size=80))
def test_a_long_form_stands_before_its_short_one(text: str) -> None:
    for short, long in abbreviations(text):
        assert long in text
        assert short in text[text.index(long) + len(long) :]
        assert len(long) > len(short)


def test_what_most_texts_say_an_abbreviation_is() -> None:
    texts = ["relation extraction (RE)"] * 4 + ["relation extractions (RE)", "referring expression (RE)", "no end (NE)"]
    assert mined(texts) == {"RE": ("relation extraction",), "NE": ("no end",)}
    assert mined(texts, least=2) == {"RE": ("relation extraction",)}
    assert mined(["relation extraction (RE)", "referring expression (RE)"])["RE"] == (
        "referring expression",
        "relation extraction",
    )
    assert mined([]) == {}


SUBJECTS = [
    ("What is known about BLI?", "BLI"),
    ("Which papers study the order of tasks?", "order tasks"),
    ("Does model size help zero-shot transfer?", "model size zero-shot transfer"),
    ("How does it work?", "How does it work?"),
    ("model size, XLM-R and mT5", "model size, XLM-R mT5"),
]


@pytest.mark.parametrize(("text", "left"), SUBJECTS)
def test_the_frame_of_a_question_is_no_part_of_its_subject(text: str, left: str) -> None:
    assert subject(text) == left
