"""Examples become features and batches: special tokens, truncation, windows, which examples meet."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("transformers")

from tiny_models import bert_tokenizer, roberta_tokenizer

from replicate import batches, encode
from replicate.encode import IGNORED, Pieces
from replicate.material import Material, shuffled_labels
from replicate.records import ChoiceExample, SpanAnswer, SpanExample, TagExample, Task, TextExample
from synth.errors import InputError


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return Pieces(roberta_tokenizer())


def words(pieces: Pieces, row: object) -> str:
    tokens = pieces.tokenizer.convert_ids_to_tokens([int(piece) for piece in row])
    return " ".join(tokens).replace("▁", "")  # type: ignore[call-overload]


def text(first: str, second: str | None = None, label: int | None = 0) -> TextExample:
    return TextExample(id="x", text=first, second=second, label=label)


# --- special tokens, truncation -----------------------------------------------------------------------


def test_special_tokens_are_those_of_the_template(pieces: Pieces) -> None:
    one, two = encode.text_features([text("the river"), text("the river", "the mill.")], pieces, 32)
    assert words(pieces, one.rows[0]) == "<s> the river </s>"
    assert words(pieces, two.rows[0]) == "<s> the river </s> </s> the mill . </s>"
    bert = Pieces(bert_tokenizer())
    two = encode.text_features([text("the river", "the mill.")], bert, 32)[0]
    assert words(bert, two.rows[0]) == "[CLS] the river [SEP] the mill . [SEP]"
    made = batches.collate([two], bert)
    assert made.segments is not None
    assert made.segments.tolist() == [[0, 0, 0, 0, 1, 1, 1, 1]]


def test_the_frame_equals_what_the_tokenizer_itself_makes(pieces: Pieces) -> None:
    for made in (pieces, Pieces(bert_tokenizer())):
        row = encode.text_features([text("the old mill", "in the rain")], made, 64)[0].rows[0]
        assert row.tolist() == made.tokenizer("the old mill", "in the rain")["input_ids"]


@pytest.mark.parametrize(
    ("first", "second", "room", "kept"),
    [
        (3, 4, 10, (3, 4)),  # all fit
        (9, 2, 6, (4, 2)),  # the longer one is cut
        (2, 9, 6, (2, 4)),
        (9, 9, 6, (3, 3)),  # both, to the same length
        (9, 9, 7, (4, 3)),  # the odd place goes to the first
        (4, 9, 7, (4, 3)),
        (3, 9, 7, (3, 4)),
    ],
)
def test_of_two_texts_the_longer_is_cut(
    pieces: Pieces, first: int, second: int, room: int, kept: tuple[int, int]
) -> None:
    one = text(" ".join(["the"] * first), " ".join(["mill"] * second))
    row = encode.text_features([one], pieces, room + 4)[0].rows[0].tolist()
    the, mill = (pieces.ids([word])[0][0] for word in ("the", "mill"))
    assert (row.count(the), row.count(mill)) == kept


def test_a_length_without_room_is_refused(pieces: Pieces) -> None:
    with pytest.raises(InputError, match="no room for text"):
        encode.text_features([text("the river", "the mill")], pieces, 5)


def test_choices_are_rows_with_the_prompt(pieces: Pieces) -> None:
    one = ChoiceExample(id="x", prompt="the miller", choices=("runs", "sells flour"), label=1)
    made = encode.choice_features([one], pieces, 32)[0]
    assert [words(pieces, row) for row in made.rows] == [
        "<s> the miller </s> </s> runs </s>", "<s> the miller </s> </s> sells flour </s>"
    ]  # fmt: skip
    batch = batches.collate([made, made], pieces)
    assert batch.choices == 2
    assert batch.ids.shape[0] == 4
    assert batch.labels is not None
    assert batch.labels.tolist() == [1, 1]
    other = ChoiceExample(id="y", prompt="the", choices=("a", "b", "c"), label=0)
    with pytest.raises(InputError, match=r"have \[2, 3\] choices"):
        encode.choice_features([one, other], pieces, 32)


# --- tags ---------------------------------------------------------------------------------------------


def test_the_first_piece_of_a_word_bears_its_tag(pieces: Pieces) -> None:
    one = TagExample(id="x", words=("the", "themill", "river"), tags=("DET", "NOUN", "VERB"))
    assert len(pieces.ids([" themill"])[0]) > 1  # a word of several pieces
    made = encode.tag_features([one], pieces, ("DET", "NOUN"), 32)[0]
    assert made.label is not None
    assert made.places is not None
    assert made.label[made.places].tolist() == [0, 1, IGNORED]  # VERB is not among the labels
    others = np.delete(made.label, made.places)
    assert set(others.tolist()) == {IGNORED}
    assert [words(pieces, made.rows[0][place : place + 1]) for place in made.places] == ["the", "the", "river"]


def test_words_beyond_the_length_have_no_place(pieces: Pieces) -> None:
    one = TagExample(id="x", words=("the",) * 9, tags=("DET",) * 9)
    made = encode.tag_features([one], pieces, ("DET",), 7)[0]
    assert len(made.rows[0]) == 7
    assert made.places is not None
    assert made.places.tolist() == [1, 2, 3, 4, 5]


def test_a_word_without_pieces_is_unknown(pieces: Pieces) -> None:
    one = TagExample(id="x", words=("the", " ", "mill"), tags=("DET", "X", "NOUN"))
    made = encode.tag_features([one], pieces, ("DET", "NOUN", "X"), 32)[0]
    assert words(pieces, made.rows[0]) == "<s> the <unk> mill </s>"


# --- windows ------------------------------------------------------------------------------------------


def question(context: str, answer: str | None, asked: str = "who runs?") -> SpanExample:
    answers = () if answer is None else (SpanAnswer(start=context.index(answer), text=answer),)
    return SpanExample(id="q", question=asked, context=context, answers=answers)


def test_one_window_holds_question_and_answer(pieces: Pieces) -> None:
    one = question("the river runs past the old mill.", "old mill")
    (feature,), (window,) = encode.span_features([one], pieces, 64, 128, 64)
    assert words(pieces, feature.rows[0]) == "<s> who runs ? </s> </s> the river runs past the old mill . </s>"
    assert feature.label is not None
    start, end = feature.label.tolist()
    assert words(pieces, feature.rows[0][start : end + 1]) == "old mill"
    shown = window.offsets[start - window.first : end - window.first + 1]
    assert one.context[shown[0, 0] : shown[-1, 1]].strip() == "old mill"


def test_no_answer_points_at_the_first_token(pieces: Pieces) -> None:
    (feature,), _ = encode.span_features([question("the river.", None)], pieces, 64, 128, 64)
    assert feature.label is not None
    assert feature.label.tolist() == [0, 0]


def test_windows_overlap_and_each_piece_counts_once(pieces: Pieces) -> None:
    context = " ".join(["the river runs past the old mill"] * 3)  # 21 pieces
    one = question(context, "mill", asked="who?")
    features, windows = encode.span_features([one], pieces, 16, 4, 64)  # room for 10 pieces of context
    assert [len(w.offsets) for w in windows] == [10, 10, 10, 9]
    assert [int(w.offsets[0, 0]) for w in windows] == [0, 20, 37, 57]  # every 4 pieces
    starts = (0, 4, 8, 12)
    counted = sorted(s + p for s, w in zip(starts, windows, strict=True) for p in np.flatnonzero(w.central))
    assert counted == list(range(21))
    labels = [feature.label.tolist() for feature in features if feature.label is not None]
    first = windows[0].first
    assert labels == [[first + 6] * 2, [first + 2] * 2, [0, 0], [0, 0]]  # later windows do not hold the first answer


def test_a_long_question_is_cut_and_leaves_room(pieces: Pieces) -> None:
    one = question("the river", "river", asked=" ".join(["who"] * 40))
    (feature,), _ = encode.span_features([one], pieces, 32, 16, 8)
    assert feature.rows[0].tolist().count(pieces.ids(["who"])[0][0]) == 8
    with pytest.raises(InputError, match="no room for the context"):
        encode.span_features([one], pieces, 12, 16, 8)


# --- batches ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "batch", "bucket"), [(10, 3, 1), (10, 3, 2), (64, 8, 4), (5, 8, 16), (1, 1, 1)])
def test_a_pass_shows_every_example_once(rows: int, batch: int, bucket: int) -> None:
    lengths = np.arange(rows) % 7 + 1
    made = batches.epoch(lengths, batch, bucket, 1, "mnli", 0)
    assert sorted(np.concatenate(made).tolist()) == list(range(rows))
    assert max(map(len, made)) <= batch
    assert len(made) == -(-rows // batch)
    again = batches.epoch(lengths, batch, bucket, 1, "mnli", 0)
    assert [one.tolist() for one in made] == [one.tolist() for one in again]


def test_another_seed_or_pass_has_another_order() -> None:
    lengths = np.ones(50, dtype=np.int64)
    orders = {tuple(np.concatenate(batches.epoch(lengths, 8, 1, seed, "a", n))) for seed in (1, 2) for n in (0, 1)}
    assert len(orders) == 4


def test_draws_are_pinned() -> None:
    """Written down once: another machine or another numpy must draw the same."""
    assert batches.shuffled(8, 1, "mnli").tolist() == PINNED
    assert (batches.uniform(1000, "x") < 1).all()


PINNED = [1, 4, 2, 7, 0, 3, 6, 5]


def test_sorting_by_length_saves_padding() -> None:
    lengths = (batches.uniform(640, "lengths") * 60).astype(np.int64) + 4

    def places(bucket: int) -> int:
        return sum(int(lengths[rows].max()) * len(rows) for rows in batches.epoch(lengths, 16, bucket, 1))

    assert places(16) < 1.1 * lengths.sum() < places(1)


def test_prediction_batches_keep_to_their_budget() -> None:
    lengths = np.array([50, 3, 9, 3, 200, 9])
    made = [rows.tolist() for rows in batches.even(lengths, 100)]
    assert made == [[1, 3, 2, 5], [0], [4]]


def test_parts_are_whole_examples(pieces: Pieces) -> None:
    examples = [ChoiceExample(id="x", prompt="the", choices=("runs", "sells"), label=n % 2) for n in range(5)]
    whole = batches.collate(encode.choice_features(examples, pieces, 32), pieces)
    parts = list(whole.parts(4))
    assert [len(part.ids) for part in parts] == [4, 4, 2]
    assert [part.labels.tolist() for part in parts if part.labels is not None] == [[0, 1], [0, 1], [0]]
    assert sum(part.tokens for part in parts) == whole.tokens
    assert next(whole.parts(None)) is whole


def test_masking_chooses_its_share_and_never_special_tokens(pieces: Pieces) -> None:
    rows = encode.line_features(["the river runs past the old mill."] * 400, pieces, 64)
    batch = batches.collate(rows, pieces)
    masking = batches.Masking(0.15, pieces)
    made = batches.masked(batch, masking, 1, "mask", 0)
    assert made.labels is not None
    chosen = made.labels != IGNORED
    assert 0.13 < chosen.sum() / 3200 < 0.17
    assert not chosen[:, [0, -1]].any()
    assert (made.labels[chosen] == batch.ids[chosen]).all()
    assert (made.ids[~chosen] == batch.ids[~chosen]).all()
    shares = (made.ids[chosen] == pieces.mask).mean(), (made.ids[chosen] == batch.ids[chosen]).mean()
    assert 0.75 < shares[0] < 0.85
    assert 0.05 < shares[1] < 0.16
    again, other = batches.masked(batch, masking, 1, "mask", 0), batches.masked(batch, masking, 1, "mask", 1)
    assert (again.ids == made.ids).all()
    assert (other.ids != made.ids).any()


def test_a_tiny_batch_still_has_something_to_predict(pieces: Pieces) -> None:
    batch = batches.collate(encode.line_features(["the"], pieces, 64), pieces)
    for step in range(20):
        made = batches.masked(batch, batches.Masking(0.01, pieces), step)
        assert made.labels is not None
        assert (made.labels != IGNORED).sum() == 1


# --- the control --------------------------------------------------------------------------------------


def material(head: str, features: tuple[encode.Feature, ...], windows: object = None) -> Material:
    task = Task.model_construct(id="x", head=head, labels=("a", "b", "c"))
    return Material(task, (), features, ("a", "b", "c"), None, windows)  # type: ignore[arg-type]


def test_shuffled_labels_keep_inputs_and_distribution(pieces: Pieces) -> None:
    examples = [text(f"the {word}", label=n % 3) for n, word in enumerate(["river", "mill", "town"] * 20)]
    before = material("classification", encode.text_features(examples, pieces, 32))
    after = shuffled_labels(before, 1)
    assert all(a.rows is b.rows for a, b in zip(before.features, after.features, strict=True))
    labels = [[int(f.label) for f in m.features if f.label is not None] for m in (before, after)]
    assert sorted(labels[0]) == sorted(labels[1])
    assert 0.15 < np.mean(np.array(labels[0]) == np.array(labels[1])) < 0.55
    assert [f.label for f in shuffled_labels(before, 1).features] == [f.label for f in after.features]


def test_shuffled_tags_keep_their_counts(pieces: Pieces) -> None:
    examples = [TagExample(id="x", words=("the", "river", "runs"), tags=("a", "b", "c"))] * 30
    before = material("tagging", encode.tag_features(examples, pieces, ("a", "b", "c"), 32))
    after = shuffled_labels(before, 1)
    flat = [np.concatenate([f.label for f in m.features if f.label is not None]) for m in (before, after)]
    assert np.bincount(flat[0][flat[0] >= 0]).tolist() == np.bincount(flat[1][flat[1] >= 0]).tolist()
    assert ((flat[0] == IGNORED) == (flat[1] == IGNORED)).all()
    assert (flat[0] != flat[1]).any()


def test_shuffled_spans_stay_inside_their_context(pieces: Pieces) -> None:
    examples = [question("the river runs past the old mill.", "mill"), question("nobody sells", "sells", "who sells?"),
                question("the town.", None)] * 5  # fmt: skip
    features, windows = encode.span_features(examples, pieces, 64, 128, 64)
    after = shuffled_labels(material("span", features, windows), 1)
    for feature, window in zip(after.features, windows, strict=True):
        assert feature.label is not None
        start, end = feature.label.tolist()
        assert (start, end) == (0, 0) or window.first <= start <= end < window.first + len(window.offsets)


def test_labels_that_are_not_there_cannot_be_shuffled(pieces: Pieces) -> None:
    with pytest.raises(InputError, match="some examples have none"):
        shuffled_labels(material("classification", encode.text_features([text("the", label=None)], pieces, 32)), 1)
