"""The packaged verifier's model: the layout, that it reads each passage alone, and what any weights must know."""

from __future__ import annotations

import json
import shutil
from functools import cache
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_stance import tokenizer

from synth.errors import SynthError
from synth.models import stance
from synth.models.stance import Asked, PackagedStance, Reading, StanceModel
from synth.models.stance_input import (
    CLAIM_TOKENS,
    MAX_TOKENS,
    SENTENCE_TOKENS,
    TITLE_TOKENS,
    layout,
    pieces,
)

FOLDER = Path(str(resources.files("synth.models") / "stance_minilm"))
TOKENIZER = tokenizer()
CLS, SEP = (int(TOKENIZER.token_to_id(mark) or 0) for mark in ("[CLS]", "[SEP]"))
SENTENCES = ("Tea helps sleep.", "We asked forty people.", "Coffee does not.")


@pytest.fixture(scope="module")
def model() -> PackagedStance:
    return PackagedStance(FOLDER, 1)


def tokens(ids: list[int]) -> str:
    return " ".join(str(TOKENIZER.id_to_token(i)) for i in ids)


# --- layout ---------------------------------------------------------------------------------------------


def test_the_layout_by_hand() -> None:
    laid = layout(TOKENIZER, "Tea helps.", "On tea", ("Tea helps sleep.", "So it is."))
    assert tokens(laid.ids) == "[CLS] tea helps . [SEP] on tea [SEP] tea helps sleep . [SEP] so it is . [SEP]"
    assert laid.types == [0] * 5 + [1] * 13
    assert laid.marks == [12, 17]


def test_without_a_title_no_place_is_left_for_it() -> None:
    laid = layout(TOKENIZER, "Tea helps.", "", ("Tea.",))
    assert tokens(laid.ids) == "[CLS] tea helps . [SEP] tea . [SEP]"


@pytest.mark.parametrize("mark", ["[SEP]", "[CLS]", "[PAD]", "[MASK]", "[[SEP]]", "[S[SEP]EP]", "[SEP][SEP]"])
def test_a_mark_written_in_a_text_is_no_mark(mark: str) -> None:
    laid = layout(TOKENIZER, f"Tea {mark} helps.", f"On {mark} tea", (f"Tea {mark} helps {mark}", "So it is."))
    special = [TOKENIZER.token_to_id(name) for name in ("[CLS]", "[SEP]", "[PAD]", "[MASK]")]
    found = [i for i, token in enumerate(laid.ids) if token in special]
    assert [laid.ids[i] for i in found] == [CLS, SEP, SEP, SEP, SEP]
    assert laid.marks == found[-2:]


def test_long_texts_are_cut_each_to_its_room() -> None:
    long = "tea " * 400
    laid = layout(TOKENIZER, long, long, (long, long, long))
    cut = [i for i, token in enumerate(laid.ids) if token == SEP]
    assert cut[0] == CLAIM_TOKENS + 1
    assert cut[1] - cut[0] == TITLE_TOKENS + 1
    assert cut[2] - cut[1] == SENTENCE_TOKENS + 1
    assert len(laid.ids) <= MAX_TOKENS
    assert len(laid.marks) == 2  # the third has no room


def test_of_many_sentences_the_first_are_read() -> None:
    many = tuple(f"Sentence number {i} is on tea." for i in range(80))
    laid = layout(TOKENIZER, "Tea helps.", "", many)
    assert 10 < len(laid.marks) < 80
    assert len(laid.ids) <= MAX_TOKENS
    again = layout(TOKENIZER, "Tea helps.", "", many[: len(laid.marks)])
    assert again == laid


def test_a_passage_without_sentences_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="at least one sentence"):
        layout(TOKENIZER, "Tea helps.", "", ())


TEXT = st.text(max_size=60) | st.sampled_from(["[SEP]", "[[SEP]]", "[C[SEP]LS]", "\ud800", "", "\x00", "字" * 300])


@given(TEXT, TEXT, st.lists(TEXT, min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_laid_out_and_only_the_layout_sets_marks(claim: str, title: str, sentences: list[str]) -> None:
    laid = layout(TOKENIZER, claim, title, sentences)
    assert len(laid.ids) == len(laid.types) <= MAX_TOKENS
    assert laid.ids.count(CLS) == 1
    assert laid.ids.count(SEP) == 1 + bool(title) + len(laid.marks)
    assert all(laid.ids[mark] == SEP for mark in laid.marks)
    assert 1 <= len(laid.marks) <= len(sentences)
    assert laid.types == sorted(laid.types)


def test_pieces_stop_at_their_limit() -> None:
    assert len(pieces(TOKENIZER, "tea " * 50, 7)) == 7
    assert pieces(TOKENIZER, "", 7) == []


@cache
def loaded() -> StanceModel:
    return stance.load()


# --- readings -------------------------------------------------------------------------------------------


def several() -> list[Asked]:
    return [
        *(Asked("Tea helps sleep.", "On tea", SENTENCES[:n]) for n in (1, 2, 3)),
        Asked("Tea does not help sleep.", "On tea", SENTENCES),
        Asked("Coffee helps.", "", SENTENCES[::-1]),
        Asked("Rivers run to the sea. " * 12, "A title " * 12, ("Long. " * 40, "Short.")),
    ]


def test_a_reading_is_the_same_alone_in_company_in_any_order_and_on_any_threads(model: PackagedStance) -> None:
    asked = several()
    alone = [model.read([one])[0] for one in asked]
    assert model.read(asked) == alone
    assert model.read(asked[::-1]) == alone[::-1]
    assert model.read(asked * 9) == alone * 9
    assert PackagedStance(FOLDER, 3).read(asked * 9) == alone * 9


def test_every_sentence_has_its_place_and_one_that_did_not_fit_has_no_word(model: PackagedStance) -> None:
    many = tuple(f"Sentence number {i} is on tea." for i in range(80))
    (reading,) = model.read([Asked("Tea helps.", "", many)])
    read = sum(scores is not None for scores in reading.each)
    assert len(reading.each) == 80
    assert 10 < read < 80
    assert reading.each[read:] == (None,) * (80 - read)


def test_nothing_asked_nothing_read(model: PackagedStance) -> None:
    assert model.read([]) == []


def test_progress_counts_to_the_end(model: PackagedStance) -> None:
    seen: list[tuple[int, int]] = []
    model.read(several() * 6, lambda done, of: seen.append((done, of)))
    assert seen[-1] == (36, 36)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


@given(st.text(max_size=50), st.lists(st.text(max_size=50), min_size=1, max_size=3))
@settings(max_examples=25, deadline=None)
def test_any_text_can_be_read(claim: str, sentences: list[str]) -> None:
    (reading,) = loaded().read([Asked(claim, "", tuple(sentences))])
    for scores in (reading.whole, *reading.each):
        assert scores is not None
        assert abs(scores.supports) < 1e3
        assert abs(scores.refutes) < 1e3


# --- the files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_that_is_not_the_published_one_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(FOLDER, folder)
    with (folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(SynthError, match=f"{name} .* is not the published file .*synth train-verifier") as error:
        PackagedStance(folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["model.onnx", "checksums.json"])
def test_a_missing_file_is_said(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(FOLDER, folder)
    (folder / name).unlink()
    with pytest.raises(SynthError, match="cannot be read") as error:
        PackagedStance(folder)
    assert "\n" not in str(error.value)


def test_the_id_names_the_weights(model: PackagedStance) -> None:
    sums = json.loads((FOLDER / "checksums.json").read_text("utf-8"))
    assert model.id.endswith(f"@{sums['files']['model.onnx'][:12]}")


# --- what any weights worth shipping must know ----------------------------------------------------------


def taken(reading: Reading) -> str:
    log_odds = {"supports": reading.whole.supports, "refutes": reading.whole.refutes, "neutral": 0.0}
    return max(log_odds, key=lambda name: log_odds[name])


@pytest.mark.parametrize(
    "statement",
    [
        "Intermediate training on question answering improves the accuracy on XNLI.",
        "The treated patients slept longer than those who received a placebo.",
        "Dropping the last layer reduces the error rate of the tagger.",
    ],
)
def test_the_same_sentence_supports_and_another_matter_does_not(model: PackagedStance, statement: str) -> None:
    same, other, negated = model.read(
        [
            Asked(statement, "", (statement,)),
            Asked(statement, "", ("Bananas ripen faster in a closed paper bag.",)),
            Asked(statement, "", (f"It is not true that {statement[0].lower()}{statement[1:]}",)),
        ]
    )
    assert taken(same) == "supports"
    assert taken(other) != "supports"
    if "XNLI" in statement:
        assert taken(other) == "neutral"
    assert negated.whole.supports < same.whole.supports
    assert negated.whole.refutes > same.whole.refutes


def test_the_sentence_that_says_it_decides_more_than_its_neighbours(model: PackagedStance) -> None:
    """On average over the places where it can stand."""
    claimed = "Intermediate training improves the accuracy on XNLI."
    rest = ("We train small encoders on many tasks.", "All code is written in one language.")
    own, others = 0.0, 0.0
    for place in range(3):
        (reading,) = model.read([Asked(claimed, "", (*rest[:place], claimed, *rest[place:]))])
        each = [scores.supports for scores in reading.each if scores is not None]
        own += each[place]
        others += (sum(each) - each[place]) / 2
    assert own > others
