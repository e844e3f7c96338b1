"""Chunks of tags by the rules of seqeval 0.0.12: run merging, first letters, types, sentence ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate.metrics import tagging
from synth.errors import InputError


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("B-PER I-PER O B-LOC", [("PER", 0, 1), ("LOC", 3, 3)]),
        ("I-PER I-PER", [("PER", 0, 1)]),  # a chunk may begin with I
        ("B-PER B-PER", [("PER", 0, 0), ("PER", 1, 1)]),
        ("B-PER I-LOC", [("PER", 0, 0), ("LOC", 1, 1)]),  # a new type ends the chunk
        ("O O", []),
        ("S-PER S-PER", [("PER", 0, 0), ("PER", 1, 1)]),
        ("B-PER S-PER", [("PER", 0, 0), ("PER", 1, 1)]),
        ("O I-O O", [("O", 1, 1)]),  # an I begins a chunk after O even where the type is the same
        ("B-PER E-PER I-PER", [("PER", 0, 1), ("PER", 2, 2)]),
        ("NOUN NOUN VERB", [("NOUN", 0, 1), ("VERB", 2, 2)]),  # runs of a tag without hyphen merge
        ("SCONJ SCONJ", [("SCONJ", 0, 0), ("SCONJ", 1, 1)]),  # S: alone
        ("SYM SYM", [("SYM", 0, 0), ("SYM", 1, 1)]),
        ("CCONJ CCONJ", [("CCONJ", 0, 1)]),
        ("INTJ INTJ", [("INTJ", 0, 1)]),  # I: continues
        ("SCONJ CCONJ", [("SCONJ", 0, 0), ("CCONJ", 1, 1)]),
        ("PROPN PART PRON", [("PROPN", 0, 0), ("PART", 1, 1), ("PRON", 2, 2)]),  # same first letter, other types
        ("X", [("X", 0, 0)]),
        ("NOUN O NOUN", [("NOUN", 0, 0), ("NOUN", 2, 2)]),
        ("B-A-PER I-PER", [("PER", 0, 1)]),  # the type is what follows the last hyphen
    ],
)
def test_chunks(tags: str, expected: list[tuple[str, int, int]]) -> None:
    assert tagging.chunks([tags.split()]) == expected


def test_a_sentence_ends_its_chunks() -> None:
    assert tagging.chunks([["NOUN"], ["NOUN", "I-PER"], ["I-PER"]]) == [
        ("NOUN", 0, 0), ("NOUN", 2, 2), ("PER", 3, 3), ("PER", 5, 5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("gold", "predicted", "counts", "accuracy"),
    [
        # SCONJ against CCONJ is an error: releases that strip the first letter would call it right.
        ("SCONJ", "CCONJ", (0, 1, 1), 0.0),
        # One wrong tag of three breaks both chunks, so F1 is 0 where accuracy is 2/3.
        ("NOUN NOUN VERB", "NOUN VERB VERB", (0, 2, 2), 200 / 3),
        ("DET NOUN VERB", "DET NOUN NOUN", (1, 2, 3), 200 / 3),
        ("B-PER I-PER O", "B-PER O O", (0, 1, 1), 200 / 3),
        ("B-PER I-PER O B-LOC", "I-PER I-PER O I-LOC", (2, 2, 2), 50.0),  # I for B gives the same chunks
        ("O O", "O O", (0, 0, 0), 100.0),  # no chunk on either side: F1 0, as in the original
        ("NOUN", "NOUN", (1, 1, 1), 100.0),
    ],
)
def test_scores(gold: str, predicted: str, counts: tuple[int, int, int], accuracy: float) -> None:
    correct, found, wanted = counts
    value = tagging.score([gold.split()], [predicted.split()])
    assert value["accuracy"] == pytest.approx(accuracy)
    assert value["precision"] == pytest.approx(100 * correct / found if found else 0)
    assert value["recall"] == pytest.approx(100 * correct / wanted if wanted else 0)
    assert value["f1"] == pytest.approx(200 * correct / (found + wanted) if found + wanted else 0)
    assert tagging.per_example([gold.split()], [predicted.split()]).statistics.tolist() == [list(map(float, counts))]


def test_per_example_counts_each_sentence_by_itself() -> None:
    gold = [["B-PER", "I-PER"], ["O"], ["B-LOC"]]
    predicted = [["B-PER", "I-PER"], ["B-LOC"], ["O"]]
    assert tagging.per_example(gold, predicted).statistics.tolist() == [[1, 1, 1], [0, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("gold", "predicted", "message"),
    [
        ([["O"]], [["O"], ["O"]], "1 sentences in the labels but 2"),
        ([["O"], ["O", "O"]], [["O"], ["O"]], "sentence 2 has 2 tags in the labels but 1"),
        ([], [], "no sentences to score"),
        ([[]], [[]], "every sentence is empty"),
    ],
)
def test_what_does_not_pair_is_refused(gold: list[list[str]], predicted: list[list[str]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        tagging.score(gold, predicted)


TAGS = st.sampled_from(["NOUN", "SCONJ", "CCONJ", "SYM", "INTJ", "X", "O", "B-PER", "I-PER", "S-LOC", "E-LOC"])
SENTENCES = st.lists(st.lists(st.tuples(TAGS, TAGS), min_size=1, max_size=8), min_size=1, max_size=8)


@given(SENTENCES, st.randoms(use_true_random=False))
def test_order_of_sentences_does_not_matter(sentences: list[list[tuple[str, str]]], shuffle: object) -> None:
    def split(pairs: list[list[tuple[str, str]]]) -> tuple[list[list[str]], list[list[str]]]:
        return [[a for a, _ in row] for row in pairs], [[b for _, b in row] for row in pairs]

    mixed = list(sentences)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    value = tagging.score(*split(sentences))
    assert value == tagging.score(*split(mixed))
    assert tagging.per_example(*split(sentences)).value() == pytest.approx(value["f1"])


@given(SENTENCES)
def test_perfect_is_100_where_there_is_a_chunk(sentences: list[list[tuple[str, str]]]) -> None:
    gold = [[tag for tag, _ in row] for row in sentences]
    expected = 100.0 if tagging.chunks(gold) else 0.0
    assert tagging.score(gold, gold) == {"f1": expected, "precision": expected, "recall": expected, "accuracy": 100.0}
