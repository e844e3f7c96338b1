"""Sentences, words and the comparison of quotes."""

from __future__ import annotations

import gzip
import json
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.text import contains_quote, normalise, sentences, shorten, stem, words


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Phang et al. (2020) show this.", "We agree."],
        ["See Fig. 2 and Sec. 3.", "It gains 3.5 vs. 4.1 points, e.g. in the U.S. and with XLM-R v1.0.", "The end."],
        ["We use the model of Devlin et al.", "We train it on the data of Smith et al. (2019)."],
        ['He said "It works."', "Then it failed!", "Why?", "(See Sec. 3. It is there.)", "Good."],
        ["J. Smith and A. B. Jones found it.", "K. Lee did not."],
        ["The gain is approx. 5% w.r.t. the baseline.", "mBERT is worse, i.e. it loses."],
        ["It improves the state of the art.", "It also improves MT.", "Dr. Li wrote no."],
        ["A claim.[12]", "Another [3].", "[4] shows it."],
        ["We win, cf. Tab. 3, No. 5, etc.", "However, we lose."],
        ["Yahoo! Answers has 3.14 million questions.", "Yes."],
        ["They ask what works?", "It is A.", "The others fail..."],
        ["第一句。", "第二句！", "第三句"],
        ["यह एक वाक्य है।", "दूसरा वाक्य।"],
        ["ما هذا؟", "هذا كتاب."],
    ],
)
def test_sentences_joined_by_a_space_are_found_again(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Abstract\nWe do X and\ncontinue. Then Y.\n\n1 Introduction\nIt begins.",
         ["Abstract", "We do X and\ncontinue.", "Then Y.", "1 Introduction", "It begins."]),
        ("Text wraps\nhere.\n- item one\n- item two", ["Text wraps\nhere.", "- item one", "- item two"]),
        ("It improved.We show more results.Their model wins.",
         ["It improved.", "We show more results.", "Their model wins."]),
        ("1. We propose X. 2. We show Y.", ["1. We propose X.", "2. We show Y."]),
        ("Use Node.js or a.b.C today.", ["Use Node.js or a.b.C today."]),
        ("It scores 85.2. 3 others score less.", ["It scores 85.2.", "3 others score less."]),
        ("Keywords: a, b\n\nText.", ["Keywords: a, b", "Text."]),
        ("No end (e.g. A. B.) here. (ii) To do so, go on.", ["No end (e.g. A. B.) here.", "(ii) To do so, go on."]),
        ("A stray ( bracket opens. It is never closed.", ["A stray ( bracket opens.", "It is never closed."]),
        ("", []),
        (" \n\t ", []),
    ],
)  # fmt: skip
def test_breaks_and_lost_spaces(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@given(st.text(alphabet=st.sampled_from("aB c.,?!()[]\"'\n1234567890%。। é-…:;"), max_size=200) | st.text(max_size=120))
def test_sentences_are_ordered_disjoint_and_cover_every_visible_character(text: str) -> None:
    spans = sentences(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(a_end <= b_start for (_, a_end), (b_start, _) in pairwise(spans))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())
    assert all(text[a:b] == text[a:b].strip() for a, b in spans)


@given(st.floats(min_value=0, max_value=1e6, allow_nan=False).map(lambda x: f"{x:.2f}"))
def test_a_number_is_never_divided(number: str) -> None:
    text = f"It gains {number} points. Then it gains {number}. Next {number}% more."
    assert all(number in sentence for sentence in split(text))
    assert len(split(text)) == 3


@pytest.mark.shared_data
def test_the_whole_anthology_splits_in_seconds(shared_data: Path) -> None:
    """A quarter of the abstracts, held to a quarter of the promised 15 s."""
    with gzip.open(shared_data / "corpus" / "acl_anthology" / "abstracts.jsonl.gz", "rt", encoding="utf-8") as lines:
        abstracts = [json.loads(line)["abstract"] for i, line in enumerate(lines) if i % 4 == 0]
    begun = time.process_time()
    counts = [len(sentences(text)) for text in abstracts]
    assert time.process_time() - begun < 15 / 4
    assert 4 < sum(counts) / len(counts) < 9


@pytest.mark.parametrize(
    ("text", "quote", "stands"),
    [
        ("A  gain\nof 3 points", "gain of 3", True),
        ("multi\u00adlingual ﬁne-tuning", "multilingual fine-tuning", True),
        ("zero\u200bwidth", "zerowidth", True),
        ("A gain of 3 points", "gain of 4", False),
        ("A gain", "", False),
        ("A gain", "a gain", False),
    ],
)
def test_contains_quote(text: str, quote: str, stands: bool) -> None:
    assert contains_quote(text, quote) is stands


def test_normalise_is_idempotent_on_compatibility_forms() -> None:
    once = normalise("ﬁne\u00a0 tuning ①\n½")
    assert normalise(once) == once == "fine tuning 1 1⁄2"


def test_words_keep_names_and_numbers_whole() -> None:
    text = "XLM-R on PAWS-X: 8.2 points, 48,274 papers, v1.0; it's हिन्दी भाषा। Naïve end.Start don’t"
    assert words(text) == [
        "xlm-r", "on", "paws-x", "8.2", "points", "48274", "papers", "v1.0", "it's", "हिन्दी", "भाषा", "naïve",
        "end", "start", "don't",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "same",
    [
        ["train", "training", "trained", "trains"],
        ["tune", "tuned", "tuning", "tunes"],
        ["use", "uses", "used", "using"],
        ["language", "languages"],
        ["study", "studies", "studied"],
        ["transfer", "transferring", "transferred"],
        ["fine-tune", "fine-tuning", "fine-tuned"],
        ["class", "classes"],
    ],
)
def test_forms_of_a_word_share_a_stem(same: list[str]) -> None:
    assert len({stem(word) for word in same}) == 1, {word: stem(word) for word in same}


@pytest.mark.parametrize(("a", "b"), [("during", "dure"), ("string", "str"), ("bias", "bia"), ("need", "ne")])
def test_different_words_keep_different_stems(a: str, b: str) -> None:
    assert stem(a) != stem(b)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abc def", 7, "abc def"),
        ("Intermediate-task training improves", 26, "Intermediate-task…"),
        ("one two, three", 10, "one two…"),
        ("abcdef ghi", 4, "…"),
        ("第一句第二句", 4, "第一句…"),
    ],
)
def test_shorten_cuts_between_words(text: str, width: int, expected: str) -> None:
    assert shorten(text, width) == expected


@given(st.text(alphabet="ab cé", max_size=60), st.integers(min_value=1, max_value=60))
def test_shorten_fits_and_never_cuts_a_word(text: str, width: int) -> None:
    short = shorten(text, width)
    assert len(short) <= width
    if short.endswith("…"):
        whole = text.split()
        assert short[:-1].split() == whole[: len(short[:-1].split())]
