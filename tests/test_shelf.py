"""Features that are kept: the same ones come back, whatever their head, and a damaged folder is made again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers")

from tiny_models import LINES, bert_tokenizer, roberta_tokenizer

from replicate import batches, encode, shelf
from replicate.encode import Feature, Pieces, Window
from replicate.records import ChoiceExample, SpanAnswer, SpanExample, TagExample, TextExample
from synth.errors import InputError


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return Pieces(roberta_tokenizer())


def texts(*labels: int | None) -> list[TextExample]:
    return [TextExample(id=str(n), text=LINES[n], second=LINES[n][:9], label=one) for n, one in enumerate(labels)]


def made(kind: str, pieces: Pieces) -> tuple[Sequence[Feature], Sequence[Window] | None]:
    if kind == "text":
        return encode.text_features(texts(0, 2, 1), pieces, 32), None
    if kind == "unlabelled":
        return encode.text_features(texts(0, None), pieces, 32), None
    if kind == "choice":
        rows = [ChoiceExample(id="x", prompt=LINES[n], choices=(LINES[3], "mill"), label=n) for n in (0, 1)]
        return encode.choice_features(rows, pieces, 40), None
    if kind == "tag":
        tagged = [TagExample(id="x", words=("the", "old", "mill")[:n], tags=("A", "B", "A")[:n]) for n in (1, 3, 2)]
        return encode.tag_features(tagged, pieces, ("A", "B"), 32), None
    asked = [SpanExample(id="x", question="who?", context=line, answers=(SpanAnswer(start=0, text=line[:9]),))
             for line in LINES]  # fmt: skip
    return encode.span_features(asked, pieces, 16, 4, 4)


def same(a: Any, b: Any) -> bool:
    return (a is None) == (b is None) and (a is None or (np.array_equal(a, b) and np.shape(a) == np.shape(b)))


@pytest.mark.parametrize("kind", ["text", "choice", "tag", "span"])
def test_what_comes_back_is_what_was_laid_down(kind: str, pieces: Pieces, tmp_path: Path) -> None:
    plain, windows = made(kind, pieces)
    calls: list[str] = []

    def make() -> tuple[Sequence[Feature], Sequence[Window] | None]:
        calls.append(kind)
        return plain, windows

    for _ in range(2):
        kept, shown = shelf.shelved(tmp_path, "key", make)
        assert isinstance(kept, shelf.Shelf)
        assert len(kept) == len(plain)
        for before, after in zip(plain, kept, strict=True):
            assert [row.tolist() for row in after.rows] == [row.tolist() for row in before.rows]
            assert (after.second, after.length) == (before.second, before.length)
            assert same(after.label, before.label)
            assert same(after.places, before.places)
        assert shelf.lengths(kept).tolist() == shelf.lengths(plain).tolist()
        assert shelf.rows_seen(kept).tolist() == shelf.rows_seen(plain).tolist()
        assert [w[:2] for w in shown or ()] == [w[:2] for w in windows or ()]
        for one, other in zip(shown or (), windows or (), strict=True):
            assert same(one.offsets, other.offsets)
            assert same(one.central, other.central)
        for a, b in zip(
            vars(batches.collate(plain, pieces)).values(), vars(batches.collate(kept, pieces)).values(), strict=True
        ):
            assert same(a, b)
    assert calls == [kind]  # the second time they were only read
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_where_one_label_is_missing_none_is_kept(pieces: Pieces, tmp_path: Path) -> None:
    """A batch with them has no labels anyway."""
    kept, _ = shelf.shelved(tmp_path, "key", lambda: made("unlabelled", pieces))
    assert [one.label for one in kept] == [None, None]


def test_places_count_from_both_ends_and_in_slices(pieces: Pieces, tmp_path: Path) -> None:
    kept, _ = shelf.shelved(tmp_path, "key", lambda: made("text", pieces))
    assert int(kept[-1].label or 0) == 1
    assert [int(one.label or 0) for one in kept[1:]] == [2, 1]
    with pytest.raises(IndexError):
        kept[3]


def test_the_key_knows_tokenizer_lengths_and_every_example(pieces: Pieces) -> None:
    keys = [
        shelf.key(pieces, ("span", 32), texts(0, 1)),
        shelf.key(Pieces(bert_tokenizer()), ("span", 32), texts(0, 1)),
        shelf.key(pieces, ("span", 33), texts(0, 1)),
        shelf.key(pieces, ("span", 32), texts(1, 0)),
        shelf.key(pieces, ("span", 32), texts(0)),
    ]
    assert len(set(keys)) == 5
    assert keys[0] == shelf.key(Pieces(roberta_tokenizer()), ("span", 32), texts(0, 1))


@pytest.mark.parametrize("name", ["ids.npy", "shape.npy"])
def test_a_damaged_shelf_is_made_again(name: str, pieces: Pieces, tmp_path: Path) -> None:
    first, _ = shelf.shelved(tmp_path, "key", lambda: made("text", pieces))
    whole = [row.tolist() for one in first for row in one.rows]
    path = tmp_path / "key" / name
    path.write_bytes(path.read_bytes()[:60])
    again, _ = shelf.shelved(tmp_path, "key", lambda: made("text", pieces))
    assert [row.tolist() for one in again for row in one.rows] == whole


def test_a_full_disk_is_one_line(pieces: Pieces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(InputError, match="cannot be written"):
        shelf.shelved(tmp_path, "key", lambda: made("text", pieces))
    assert list(tmp_path.iterdir()) == []
