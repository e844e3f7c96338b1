"""What the verifier learns from: windows that keep what decides, silent neighbours, edits with the stance they name."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from synth.edits import changes
from synth.labelled import Pair
from synth.records import Stance
from synth.training.examples import (
    LABELS,
    UNKNOWN,
    Example,
    absent,
    distracted,
    drawn,
    edited,
    strangers,
    substituted,
    turned,
    windowed,
)
from synth.training.substitutes import learned

FILLER = "The weather in the valley was recorded by hand on every single day of the long and very wet summer"
DOCUMENT = (
    "We study how small parsers learn from few sentences.",
    "On the test set, the parser reaches 81.2 points on XNLI and 79.9 points on SQuAD.",
    "Training takes 2 hours on one machine and increases the error rate of the tagger.",
    "The corpus contains 48,274 sentences in three languages.",
)


def pair(
    label: Stance = "supports", sentences: tuple[str, ...] = DOCUMENT, rationale: tuple[int, ...] | None = (1,),
    claim: str = "The parser reaches 81.2 points on XNLI.", key: str = "toy:1:a",
) -> Pair:  # fmt: skip
    return Pair(
        id=key, data="toy", split="train", group=key, claim=claim, title="On parsers", sentences=sentences,
        label=label, rationale=rationale,
    )  # fmt: skip


def rng(seed: int = 0) -> random.Random:
    return random.Random(seed)


# --- windows of labelled pairs --------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 7, 19])
@pytest.mark.parametrize("seed", range(6))
def test_a_window_keeps_the_rationale_wherever_it_stands(place: int, seed: int) -> None:
    sentences = tuple(DOCUMENT[1] if i == place else f"{FILLER}, number {i}." for i in range(20))
    (made,) = windowed([pair(sentences=sentences, rationale=(place,))], rng(seed))
    at = made.sentences.index(DOCUMENT[1])
    assert made.each == tuple(LABELS["supports"] if i == at else LABELS["neutral"] for i in range(len(made.sentences)))
    assert sum(len(s.split()) for s in made.sentences) <= 115
    assert [sentences.index(s) for s in made.sentences] == sorted(sentences.index(s) for s in made.sentences)


def test_a_rationale_too_long_for_a_window_is_cut_to_what_fits() -> None:
    long = tuple(" ".join([f"w{i}"] * 70) for i in range(3))
    (made,) = windowed([pair(sentences=long, rationale=(0, 1, 2))], rng())
    assert made.sentences == long[:1]
    assert made.each == (LABELS["supports"],)


@pytest.mark.parametrize(
    ("sentences", "rationale", "label", "each"),
    [
        (DOCUMENT[:2], None, "supports", (UNKNOWN, UNKNOWN)),  # nobody said which sentence decides
        (DOCUMENT[:1], None, "refutes", (1,)),  # there is only one
        (DOCUMENT[:2], (), "neutral", (2, 2)),
        (DOCUMENT[:2], (0, 1), "refutes", (1, 1)),
    ],
)
def test_what_is_known_of_the_sentences(
    sentences: tuple[str, ...], rationale: tuple[int, ...] | None, label: Stance, each: tuple[int, ...]
) -> None:
    (made,) = windowed([pair(label, sentences, rationale)], rng())
    assert (made.label, made.each) == (LABELS[label], each)


def test_a_pair_of_blank_sentences_teaches_nothing() -> None:
    assert list(windowed([pair(sentences=("", "  "), rationale=())], rng())) == []


def test_the_title_is_sometimes_left_out_and_the_weight_is_passed_on() -> None:
    made = list(windowed([pair()] * 60, rng(), 1.5))
    assert {e.title for e in made} == {"", "On parsers"}
    assert {e.weight for e in made} == {1.5}


# --- distractors ----------------------------------------------------------------------------------------


def test_distractors_are_neutral_and_the_upper_ones_come_more_often() -> None:
    found = {pair().claim: [(f"title {i}", (f"Paper {i} is on rivers.",)) for i in range(10)]}
    made = [e for seed in range(80) for e in distracted([pair(), pair(key="toy:1:b")], found, rng(seed), each=2)]
    assert len(made) == 160  # two for the one claim, however many documents were cited for it
    assert {e.label for e in made} == {LABELS["neutral"]}
    assert {e.each for e in made} == {(LABELS["neutral"],)}
    count = [sum(e.title == f"title {i}" for e in made) for i in range(10)]
    assert count[0] > count[9] > 0
    assert list(distracted([pair()], {}, rng(), each=2)) == []


# --- edits ----------------------------------------------------------------------------------------------


def test_a_document_on_something_else_is_neutral_and_never_the_claims_own() -> None:
    own = ("On parsers", DOCUMENT)
    other = ("On weather", (FILLER + ".", "Rain fell on most days, and the river rose by a hand."))
    claim = "The parser reaches 81.2 points on XNLI."
    made = list(strangers([claim], [own, other], rng(), 40))
    assert 10 < len(made) < 40  # what was drawn with its own document is left out
    assert {e.title for e in made} == {"On weather"}
    assert {(e.claim, e.label, *e.each) for e in made} <= {(claim, 2, 2), (claim, 2, 2, 2)}
    assert list(strangers([], [other], rng(), 5)) == []


def test_an_edit_has_the_stance_it_names() -> None:
    """Whether the edited sentence is claimed or stands in the document, the label is the stance of the change."""
    known: dict[str, set[int]] = {}
    for seed in range(8):
        for sentence in DOCUMENT:
            for edit in changes(sentence, seed=seed):
                known.setdefault(edit.text, set()).add(LABELS[edit.stance])
    made = [e for seed in range(8) for e in edited([("On parsers", DOCUMENT)], rng(seed), seed)]
    assert {e.label for e in made} == {0, 1, 2}
    claimed = [e for e in made if e.claim in known]
    standing = [e for e in made if any(s in known for s in e.sentences)]
    assert claimed
    assert standing
    assert all(e.label in known[e.claim] for e in claimed)
    assert {e.label for e in standing} == {LABELS["refutes"]}  # only what excludes the original changes places
    for e in made:
        deciding = [label for label in e.each if label != LABELS["neutral"]]
        assert deciding == ([e.label] if e.label != LABELS["neutral"] else [])


def test_a_claim_against_the_rest_of_its_document_is_neutral_and_weighs_half() -> None:
    made = absent(DOCUMENT[1], "", DOCUMENT, 1, rng())
    assert DOCUMENT[1] not in made.sentences
    assert (made.label, made.weight) == (LABELS["neutral"], 0.5)


# --- the same seed, the same examples -------------------------------------------------------------------


def test_everything_depends_on_the_seed_alone() -> None:
    pairs = [pair(key=f"toy:{i}:a") for i in range(5)]
    found = {pair().claim: [(str(i), (f"Paper {i}.",)) for i in range(9)]}
    makers: tuple[Callable[[int], list[Example]], ...] = (
        lambda seed: list(windowed(pairs, rng(seed))),
        lambda seed: list(distracted(pairs, found, rng(seed), each=3)),
        lambda seed: list(edited([("t", DOCUMENT)], rng(seed), seed)),
        lambda seed: drawn(list(windowed(pairs, rng(0))), 3, rng(seed)),
    )
    for made in makers:
        assert made(1) == made(1)
        assert any(made(1) != made(seed) for seed in range(2, 6))


def test_drawing_takes_at_most_so_many_each_once() -> None:
    items = list(windowed([pair(key=f"toy:{i}:a", claim=f"claim {i}") for i in range(6)], rng()))
    assert len(drawn(items, 4, rng())) == len({e.claim for e in drawn(items, 4, rng())}) == 4
    assert sorted(e.claim for e in drawn(items, None, rng())) == sorted(e.claim for e in items)


# --- words in place of words ----------------------------------------------------------------------------

# "lung" and "kidney" are near, "lungs" is nearer still, "ledger" far; "breathe" is near and common to all documents.
VECTORS = {
    "lung": (1.0, 0.0), "kidney": (0.3, 0.954), "lungs": (0.9, 0.436), "ledger": (0.0, 1.0), "breathe": (0.3, 0.9),
}  # fmt: skip


def organs() -> list[tuple[str, tuple[str, ...]]]:
    common = "Animals breathe here."
    named = [("", (f"The {word} was weighed.", common)) for word in ("lung", "kidney", "lungs", "ledger")]
    return [*named * 3, *[("", (common,))] * 60]


def test_a_word_is_replaced_by_one_of_its_field_and_by_no_inflection_or_stranger() -> None:
    made = learned(organs(), {word: i for i, word in enumerate(VECTORS)}, list(VECTORS.values()))
    assert made.of("lung") == ["kidney"]  # lungs: an inflection; ledger: another field; breathe: everywhere
    assert made.of("unheard") == []
    both = "The {0} grew; no lung-like {0} shrank."
    assert made.replaced(both.format("lung"), rng()) == both.format("kidney")
    assert made.replaced("The lung beside the kidney grew.", rng()) is None
    assert made.replaced("Nothing is known of it.", rng()) is None


def test_supported_claims_over_passages_come_again_as_neutral() -> None:
    whole = Example("A lung grew.", "t", ("A lung grew.", "It rained."), 0, (0, 2))
    unknown = whole._replace(each=(UNKNOWN, UNKNOWN))
    others = [whole._replace(label=1), whole._replace(sentences=("A lung grew.",), each=(0,))]
    made = list(substituted([whole, unknown, *others], lambda text, _: text.replace("lung", "kidney"), rng(), 1.0))
    assert made == [
        whole._replace(claim="A kidney grew.", label=2, each=(2, 2)),
        whole._replace(claim="A kidney grew.", label=2, each=(UNKNOWN, UNKNOWN)),
    ]
    assert list(substituted([whole], lambda *_: None, rng(), 1.0)) == []


def test_a_turned_claim_is_the_opposite_of_one_that_was_decided() -> None:
    passage = ("We fed the mice for a week.", "Iron reduces fever in mice.")
    yes = Example("Iron lowers fever in mice.", "", passage, 0, (2, 0))
    wrong = yes._replace(claim="Iron increases fever in mice.", label=1)  # that it lowers it would not follow
    no = yes._replace(claim="Iron is a cause of fever in mice.", label=1, each=(2, 1))
    alone = yes._replace(sentences=passage[1:], each=(0,))
    given = [yes, no, wrong, alone, yes._replace(label=2)]
    made = [e for seed in range(6) for e in turned(given, rng(seed), 1.0, seed)]
    refuted = {e.claim for e in made if e.label == 1}
    supported = {e.claim for e in made if e.label == 0}
    assert {(e.label, e.each) for e in made} == {(1, (2, 1)), (0, (2, 0))}
    assert any("raises" in claim or "increases" in claim for claim in refuted)
    assert supported == {"Iron is not a cause of fever in mice."}
    assert all(e.sentences == passage for e in made)
    assert list(turned([yes], rng(), 0.0, 0)) == []
