"""What holds of checks for any claim and passage, and on real sentences beside the checkout."""

from __future__ import annotations

import json
import random
import re
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.checking import FEATURES, checks, compare, contradiction
from synth.checking.figures import figures
from synth.checking.repeated import other_words

_WORDS = re.findall(
    r"\S+",
    "the accuracy F1 BLEU of on XNLI MLQA mBERT XLM-R A B reaches improves drops by from to 81.2 79.9 5 3 % points and "
    ", respectively ( ) ± 0.3 95% CI 1.2-3.4 p < 0.05 3 of 9 half twofold not than over between about 48,274 papers "
    "zero-shot test set dev . ; while 2019 1/2 95 -20 $5 million",
)
texts = st.one_of(
    st.lists(st.sampled_from(_WORDS), max_size=25).map(" ".join),
    st.text(alphabet=st.sampled_from("0123456789.,-–%±()[]/:<>=~$ abAXnofthexp·’'\n"), max_size=60),
    st.text(max_size=40),
)


@given(texts)
@settings(max_examples=150, deadline=None)
def test_a_text_never_contradicts_itself(text: str) -> None:
    assert not [c for c in checks(text, text) if c.outcome == "mismatch"]


@given(texts, texts, texts)
@settings(max_examples=150, deadline=None)
def test_any_two_texts_can_be_compared(claim: str, passage: str, context: str) -> None:
    made = compare(claim, passage, context)
    assert made == compare(claim, passage, context)
    assert len(made.features) == len(FEATURES)
    assert not (made.agrees and made.contradicts)
    assert len(set(made.checks)) == len(made.checks)
    for figure in figures(passage):
        assert passage[figure.start : figure.end] == figure.text


@given(st.integers(100, 999), st.integers(100, 999), st.sampled_from([" points", "%", " BLEU", " F1"]))
@settings(max_examples=80, deadline=None)
def test_a_changed_number_is_not_stated(first: int, second: int, unit: str) -> None:
    passage = f"The parser scores {first / 10}{unit} on long sentences."
    claim = f"The parser scores {second / 10}{unit} on long sentences."
    (check,) = (c for c in checks(claim, passage) if c.kind == "number")
    assert (check.outcome == "match") is (first == second)


@given(st.permutations([("XNLI", 811), ("MLQA", 702), ("BUCC", 643)]), st.permutations(["XNLI", "MLQA", "BUCC"]))
@settings(max_examples=40, deadline=None)
def test_the_order_of_a_list_does_not_matter(listed: list[tuple[str, int]], asked: list[str]) -> None:
    scores = dict(listed)
    passage = "It scores " + ", ".join(f"{score / 10} on {name}" for name, score in listed) + "."
    named = " , ".join(name for name, _ in listed[:-1]).replace(" ,", ",")
    dealt = (
        f"On {named} and {listed[-1][0]} it scores {listed[0][1] / 10}, {listed[1][1] / 10} and {listed[2][1] / 10}, "
        "respectively."
    )
    claim = "It scores " + ", ".join(f"{scores[name] / 10} on {name}" for name in asked) + "."
    wrong = f"It scores {scores[asked[0]] / 10} on {asked[1]}."
    for text in (passage, dealt):
        assert not [c for c in checks(claim, text) if c.kind == "number" and c.outcome != "match"]
        assert contradiction(checks(wrong, text))


# --- on real sentences ---------------------------------------------------------------------------------

_NUMBER = re.compile(r"(?<![\w.,/’'-])\d+(?:\.\d+)?(?![\w-]|[.,/:]\d)")


@pytest.fixture(scope="module")
def sentences(shared_data: Path) -> list[str]:
    """200 sentences of abstracts with a number that counts or measures."""
    lines = (shared_data / "extraction" / "csabstruct" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    every = [s for line in lines for s in json.loads(line)["sentences"] if len(s) < 400]
    random.Random(3).shuffle(every)
    digits = (s for s in every if any(c.isdigit() for c in s))
    kept = list(islice((s for s in digits if any(f.part not in ("label", "p") for f in figures(s))), 200))
    return kept


@pytest.mark.shared_data
def test_real_sentences_beside_others_hold_their_own_numbers(sentences: list[str]) -> None:
    """A sentence between two others does not contradict itself, though it is read with their numbers."""
    wrong = [
        s
        for before, s, after in zip(sentences, sentences[1:], sentences[2:], strict=False)
        if contradiction(checks(f"Then {s}", f"{before} And then {s} {after}"))
    ]
    assert len(wrong) <= 0.02 * len(sentences), wrong[:5]


@pytest.mark.shared_data
def test_a_changed_number_of_a_real_sentence_is_noticed(sentences: list[str]) -> None:
    rng = random.Random(7)
    made, noticed = 0, 0
    for sentence in sentences:
        spans = [(f.start, f.end) for f in figures(sentence) if f.part in ("level", "change", "count", "open", "share")]
        numbers = [m for m in _NUMBER.finditer(sentence) if any(a <= m.start() < b for a, b in spans)]
        if not numbers:
            continue
        number = rng.choice(numbers)
        digits = number.group()
        decimals = len(digits.partition(".")[2])
        changed = f"{float(digits) * rng.choice((1.4, 1.9, 3.0)) + 1:.{decimals}f}"
        claim = sentence[: number.start()] + changed + sentence[number.end() :]
        made += 1
        noticed += any(
            c.kind in ("number", "arithmetic", "scope") and c.outcome != "match" for c in checks(claim, sentence)
        )
    assert made >= 80
    assert noticed >= 0.95 * made


@pytest.mark.parametrize(
    ("claim", "counts"),
    [
        ("Gene X is expressed in the human lung after viral infection.", (0, 0)),
        ("Gene X is expressed in the human kidney after viral infection.", (1, 0)),
        ("Gene X is expressed in the mouse kidney after viral infection.", (2, 0)),
        ("Gene X is always expressed in the human lung after viral infection.", (0, 1)),
        ("Gene X was expressed in human lungs after a viral infection.", (0, 0)),  # grammar and inflection
        ("Gene X is silent in the human lung after viral infection.", (0, 0)),  # a word of another sentence
        ("Mice were fed twice a day with dry food.", (0, 0)),  # repeats nothing
        ("Lung expressed.", (0, 0)),
    ],
)
def test_other_words_in_a_repeated_sentence_are_counted(claim: str, counts: tuple[int, int]) -> None:
    passage = "Gene X is expressed in the human lung after viral infection. It is silent elsewhere."
    assert other_words(claim, passage) == counts
