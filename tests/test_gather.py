"""Which sentences of which papers are read for a claim, and what cannot change that."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import claim, reading

from synth.gather import meanings, pool, windows
from synth.models.embedding import Progress
from synth.passages import passages
from synth.records import Claim, ReadPaper, Window


class Letters:
    """A text as its share of each letter: alike words give alike vectors, and anybody can check it."""

    id = "letters@1"
    dimension = 26

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        self.encoded.extend(texts)
        rows = np.array([[t.lower().count(chr(97 + n)) for n in range(26)] for t in texts], np.float32)
        rows = rows.reshape(len(texts), 26) + 1e-3
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


SOUP = "We cook at home. Salt makes soup taste better. The pots are old. We thank the cooks."
STONE = "Stones are hard. Rivers make them round. Some are grey."


def read(one: Claim, these: Sequence[ReadPaper], **given: int) -> tuple[Window, ...]:
    found = [passage for paper in these for passage in passages(paper)]
    (result,) = windows([one], pool(these, found), Letters(), **given)
    return result


def texts(window: Window) -> list[str]:
    return [bearing.passage.text for bearing in window.bearings]


def long_paper(key: str, sentences: Sequence[str]) -> ReadPaper:
    return reading(key, " ".join(sentences)).model_copy(update={"tier": "pdf"})


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [  # 1.35 word pieces a word: the five-word sentence 6.75, those of four words 5.4
        (1, ["Salt makes soup taste better."]),  # one sentence at least
        (12, ["Salt makes soup taste better."]),
        (13, ["Salt makes soup taste better.", "We thank the cooks."]),  # then by place: the later ones
        (18, ["Salt makes soup taste better.", "The pots are old.", "We thank the cooks."]),
        (160, ["We cook at home.", "Salt makes soup taste better.", "The pots are old.", "We thank the cooks."]),
    ],
)
def test_the_sentences_with_the_words_of_the_claim_in_their_order(tokens: int, expected: list[str]) -> None:
    (window,) = read(claim("Soup needs salt."), [reading("soup", SOUP)], tokens=tokens)
    assert texts(window) == expected


def test_a_word_that_is_rare_in_the_paper_counts_more() -> None:
    text = "Soup and bread are eaten daily. Soup is warm food for all. Saffron is sold by weight here. Soup fills."
    (window,) = read(claim("Soup with saffron."), [reading("soup", text)], tokens=8)
    assert texts(window) == ["Saffron is sold by weight here."]


def test_a_window_says_whose_it_is() -> None:
    (window,) = read(claim("Soup needs salt.", "elsewhere"), [reading("soup", SOUP, "On soup")], tokens=12)
    (bearing,) = window.bearings
    assert (window.title, window.scores, bearing.context) == ("On soup", None, "On soup\nWe cook at home.")
    assert (bearing.independent, bearing.same) == (True, False)
    cosine = Letters().encode(["Soup needs salt.", bearing.passage.text])
    assert bearing.similarity == pytest.approx(float(cosine[0] @ cosine[1]), abs=1e-6)


def test_the_sentence_a_claim_was_taken_from_stands_alone() -> None:
    own = claim("We cook at home.", "soup")  # its source is the first sentence
    first, second = read(own, [reading("soup", SOUP)])
    assert (texts(first), first.bearings[0].same) == (["We cook at home."], True)
    assert "We cook at home." not in texts(second)
    assert not any(b.independent or b.same for b in second.bearings)


def test_another_version_of_the_claims_paper_is_read_whole() -> None:
    own = claim("We cook at home.", "soup", version="v1")
    found = read(own, [reading("soup", SOUP, version="v1"), reading("soup", SOUP, version="v2")])
    assert [(w.bearings[0].passage.version, w.bearings[0].same) for w in found] == [
        ("v1", True),
        ("v2", False),
        ("v1", False),
    ]
    assert "We cook at home." in texts(found[1])


def test_the_nearest_paper_comes_first() -> None:
    found = read(claim("Soup needs salt."), [reading("stone", STONE), reading("soup", SOUP)])
    assert [w.bearings[0].passage.paper_id for w in found] == ["soup", "stone"]


def test_of_many_papers_the_nearest_are_read() -> None:
    many = [reading(f"p{n}", f"Stone number {n} is grey. Nothing else.") for n in range(9)]
    found = read(claim("Soup needs salt."), [*many, reading("soup", SOUP)], papers=3)
    assert [w.bearings[0].passage.paper_id for w in found] == ["soup"]  # no other holds a word of the claim
    found = read(claim("A grey stone."), [*many, reading("soup", SOUP)], papers=3)
    assert len(found) == 3
    assert {w.bearings[0].passage.paper_id for w in found} < {f"p{n}" for n in range(9)}


def test_a_longer_paper_gives_two_windows_and_embeds_few_of_its_sentences() -> None:
    lines = [f"Filler sentence about topic {n} without worth." for n in range(40)]
    for n in range(0, 40, 2):
        lines[n] = f"Soup recipe {n} has salt in it."
    paper = long_paper("soup", lines)
    embedder = Letters()
    found = list(passages(paper))
    (result,) = windows([claim("Soup needs salt.")], pool([paper], found), embedder, tokens=30)
    assert [len(w.bearings) for w in result] == [3, 3]
    held = [b.passage.start for w in result for b in w.bearings]
    assert len(set(held)) == len(held)
    assert all([*starts] == sorted(starts) for starts in ([b.passage.start for b in w.bearings] for w in result))
    assert len(embedder.encoded) == 1 + 12
    assert not any("Filler" in text for text in embedder.encoded)


def test_a_longer_paper_without_a_word_of_the_claim_is_not_read() -> None:
    assert read(claim("Soup needs salt."), [long_paper("stone", [f"Stones lie there {n}." for n in range(30)])]) == ()


def test_nothing_to_read_and_nothing_asked() -> None:
    empty = pool([], [])
    assert windows([claim("Soup needs salt.")], empty, Letters()) == [()]
    assert windows([], pool([reading("soup", SOUP)], passages(reading("soup", SOUP))), Letters()) == []
    assert read(claim("What is it?"), [reading("soup", SOUP)])  # no word that counts: the abstract is read all the same


def test_the_same_sentences_are_embedded_once_for_all_claims() -> None:
    paper = reading("soup", SOUP)
    embedder = Letters()
    asked = [claim("Soup needs salt.", "a"), claim("Salt and soup.", "b")]
    windows(asked, pool([paper], passages(paper)), embedder)
    assert len(embedder.encoded) == len(set(embedder.encoded)) == 2 + 4


WORDS = st.sampled_from(["soup", "salt", "stone", "grey", "pots", "cook", "warm", "river"])
SENTENCE = st.lists(WORDS, min_size=2, max_size=6).map(lambda found: " ".join(found).capitalize() + ".")
PAPERS = st.lists(st.lists(SENTENCE, min_size=1, max_size=5).map(" ".join), min_size=1, max_size=5)


@settings(max_examples=30, deadline=None)
@given(PAPERS, st.randoms(use_true_random=False), SENTENCE)
def test_order_and_company_of_papers_do_not_matter(bodies: list[str], random: object, extra: str) -> None:
    papers = [reading(f"p{n}", body) for n, body in enumerate(bodies)]
    one = claim("Warm soup needs salt.")
    found = read(one, papers, tokens=12)
    shuffled = papers[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert read(one, shuffled, tokens=12) == found
    more = read(one, [*papers, reading("extra", extra)], tokens=12)
    assert [w for w in more if w.bearings[0].passage.paper_id != "extra"] == list(found)


def test_meanings_are_unit_vectors_in_the_order_of_the_claims() -> None:
    found = meanings([claim("aaa"), claim("bbb")], Letters())
    assert found.shape == (2, 26)
    assert found.argmax(axis=1).tolist() == [0, 1]
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 1])
