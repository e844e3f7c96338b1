"""What counts as the same word, and what an index on disk remembers of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synth.errors import InputError
from synth.lexical import LexicalIndex, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Which soups were salted?", {"soup", "salt"}),
        ("IL6", {"il6", "il", "6"}),
        ("IL-6", {"il", "6"}),
        ("T5 and F1", {"t5", "t", "5", "f1", "f", "1"}),  # the whole name tells more than its parts
        ("word2vec", {"word2vec", "word", "2", "vec"}),
        ("TGF-β", {"tgf", "beta"}),
        ("TGF-beta", {"tgf", "beta"}),
        ("λ-calculus", {"lambda", "calculus"}),
        ("a μ-opioid receptor", {"mu", "opioid", "receptor"}),
        ("5 μm", {"5", "μm"}),  # a unit, not a mu
        ("Μετάφραση", {"μεταφραση"}),  # a word of Greek is no row of letters
        ("日本", {"日", "本"}),
        ("", set()),
        ("what of the", set()),
    ],
)
def test_the_terms_of_a_text(text: str, expected: set[str]) -> None:
    found = set(terms(text))
    assert {term.replace("ά", "α") for term in found} == expected


@pytest.mark.parametrize(("query", "first"), [("IL6", 0), ("IL-6", 0), ("TGF-beta", 1), ("TGFβ", 1), ("T5", 2)])
def test_spellings_of_one_name_meet(query: str, first: int) -> None:
    texts = ("Levels of IL-6 rose.", "TGF-β fell.", "We train T5 on 5 sets.", "We train T and 5 others.")
    assert LexicalIndex.build([("", text) for text in texts]).query(query, 4)[0][0] == first


def test_a_long_row_of_letters_takes_no_time() -> None:
    assert terms("acgt" * 50_000) == {}  # longer than any word
    assert len(terms("a1" * 50_000 + " soup")) < 50_000


def test_rare_words_weigh_more() -> None:
    index = LexicalIndex.build([("", "soup salt"), ("", "soup"), ("", "soup")])
    weights = index.weights("salt soup soup")
    assert set(weights) == {"salt", "soup"}
    assert weights["salt"] > weights["soup"] > 0


def test_an_index_of_an_older_form_is_not_opened(tmp_path: Path) -> None:
    LexicalIndex.build([("a", "b")], tmp_path / "index")
    note = tmp_path / "index" / "complete.json"
    note.write_text(json.dumps({"format": "synth/lexical-index/1", "documents": 1}), "utf-8")
    with pytest.raises(InputError, match="another version"):
        LexicalIndex.open(tmp_path / "index")
