"""Examples become features, rows of token ids: `<s> A </s></s> B </s>`, the special tokens being the tokenizer's own.

A Feature is one example; of a question there is one for each window of its context. `replicate.batches` pads several of
them to one array.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from replicate.records import ChoiceExample, SpanExample, TagExample, TextExample
from synth.errors import InputError

__all__ = [
    "IGNORED", "Feature", "Pieces", "Window", "choice_features", "line_features", "span_features", "tag_features",
    "text_features",
]  # fmt: skip

Ids = NDArray[np.int32]
IGNORED = -100  # a label that the loss leaves out


# --- the tokenizer ------------------------------------------------------------------------------------


class Pieces:
    """A fast tokenizer with its frame of special tokens; `load` in `replicate.pretrained` makes it from a folder."""

    def __init__(self, tokenizer: Any) -> None:
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise InputError(f"{tokenizer.name_or_path}: the tokenizer has no tokenizer.json; a fast one is needed")
        backend.no_truncation()
        backend.no_padding()
        self.tokenizer, self._backend = tokenizer, backend
        self._single = _frame(tokenizer("a"), 1)
        self._pair = _frame(tokenizer("a", "a"), 2)
        self.lead = len(self._single[0])  # special tokens before a single text
        self.pad = int(tokenizer.pad_token_id)
        self.mask = tokenizer.mask_token_id
        self.unknown = tokenizer.unk_token_id
        self.vocabulary = len(tokenizer)
        self.special = tuple(sorted(tokenizer.all_special_ids))
        self.segments = "token_type_ids" in tokenizer.model_input_names

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all that decides which pieces a text becomes."""
        frame = repr((self._single, self._pair, self.pad, self.unknown, self.segments))
        return hashlib.sha256((self._backend.to_str() + frame).encode()).hexdigest()

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The pieces of each text, without special tokens."""
        return [one.ids for one in self._backend.encode_batch(list(texts), add_special_tokens=False)]

    def located(self, texts: Sequence[str]) -> list[tuple[list[int], list[tuple[int, int]]]]:
        """The pieces of each text, with the characters (start, end) that each stands for."""
        found = self._backend.encode_batch(list(texts), add_special_tokens=False)
        return [(one.ids, one.offsets) for one in found]

    def room(self, max_length: int, *, pair: bool) -> int:
        """How many pieces fit beside the special tokens."""
        left = max_length - sum(map(len, self._pair if pair else self._single))
        if left < 2:
            raise InputError(f"a length of {max_length} leaves no room for text beside the special tokens")
        return left

    def framed(self, first: Sequence[int], second: Sequence[int] | None = None) -> tuple[Ids, int]:
        """(ids with special tokens, where the second text's segment begins)."""
        if second is None:
            row = [*self._single[0], *first, *self._single[1]]
            return np.array(row, dtype=np.int32), len(row)
        head = [*self._pair[0], *first, *self._pair[1]]
        return np.array([*head, *second, *self._pair[2]], dtype=np.int32), len(head)

    def second_at(self, first: Sequence[int]) -> int:
        """The place of the second text's first piece."""
        return len(self._pair[0]) + len(first) + len(self._pair[1])


def _frame(encoded: Any, texts: int) -> tuple[list[int], ...]:
    """The special tokens before, between and after the texts."""
    frame: list[list[int]] = [[] for _ in range(texts + 1)]
    place = 0
    for token, text in zip(encoded["input_ids"], encoded.sequence_ids(0), strict=True):
        if text is None:
            frame[place].append(token)
        else:
            place = text + 1
    return tuple(frame)


# --- features -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Feature:
    """One example as rows of ids (one a choice). `label` has the shape that its head wants; None where it is unknown.

    `second`: for each row, where the segment of the second text begins. `places`: for tagging, where the first piece of
    each word stands; words that were cut off have none.
    """

    rows: tuple[Ids, ...]
    second: tuple[int, ...]
    label: NDArray[np.int64] | None
    places: Ids | None = None

    @property
    def length(self) -> int:
        """Length of the longest row."""
        return max(map(len, self.rows))


class Window(NamedTuple):
    """Which part of a context one Feature of a question shows."""

    example: int
    first: int  # place of the context's first piece in the row
    offsets: NDArray[np.int32]  # [pieces, 2]: characters of the context
    central: NDArray[np.bool_]  # [pieces]: no other window shows the piece with more context on both sides


def text_features(examples: Sequence[TextExample], pieces: Pieces, max_length: int) -> tuple[Feature, ...]:
    """One row each; of two texts that are too long together, the longer one is cut."""
    first = pieces.ids([one.text for one in examples])
    second = iter(pieces.ids([one.second for one in examples if one.second is not None]))
    out = []
    for one, ids in zip(examples, first, strict=True):
        row = _two(pieces, ids, next(second) if one.second is not None else None, max_length)
        out.append(Feature((row[0],), (row[1],), _class(one.label)))
    return tuple(out)


def choice_features(examples: Sequence[ChoiceExample], pieces: Pieces, max_length: int) -> tuple[Feature, ...]:
    """One row a choice: the prompt and the choice."""
    counts = {len(one.choices) for one in examples}
    if len(counts) > 1:
        raise InputError(f"{examples[0].id}: the examples have {sorted(counts)} choices; all must have as many")
    prompts = pieces.ids([one.prompt for one in examples])
    choices = iter(pieces.ids([choice for one in examples for choice in one.choices]))
    out = []
    for one, prompt in zip(examples, prompts, strict=True):
        rows = [_two(pieces, prompt, next(choices), max_length) for _ in one.choices]
        out.append(Feature(tuple(r[0] for r in rows), tuple(r[1] for r in rows), _class(one.label)))
    return tuple(out)


def tag_features(
    examples: Sequence[TagExample], pieces: Pieces, labels: Sequence[str], max_length: int
) -> tuple[Feature, ...]:
    """One row each. The first piece of a word bears its tag, all others are left out; so is a tag not in `labels`."""
    known = {label: place for place, label in enumerate(labels)}
    # A space before the word makes it the same pieces as in running text, whatever the tokenizer does at a beginning.
    words = sorted({word for one in examples for word in one.words})
    cut = dict(zip(words, pieces.ids([f" {word}" for word in words]), strict=True))
    room = pieces.room(max_length, pair=False)
    out = []
    for one in examples:
        ids: list[int] = []
        starts: list[int] = []
        for word in one.words:
            if len(ids) >= room:
                break
            starts.append(len(ids))
            ids += cut[word] or [pieces.unknown]
        row, second = pieces.framed(ids[:room])
        places = np.array(starts, dtype=np.int32) + pieces.lead
        label = np.full(len(row), IGNORED, dtype=np.int64)
        label[places] = [known.get(tag, IGNORED) for tag in one.tags[: len(starts)]]
        out.append(Feature((row,), (second,), label, places))
    return tuple(out)


def line_features(lines: Sequence[str], pieces: Pieces, max_length: int) -> tuple[Feature, ...]:
    """Running text, one row a line, cut at the end; lines without a piece are left out."""
    room = pieces.room(max_length, pair=False)
    framed = [pieces.framed(ids[:room]) for ids in pieces.ids(lines) if ids]
    return tuple(Feature((row,), (second,), None) for row, second in framed)


def _two(pieces: Pieces, first: list[int], second: list[int] | None, max_length: int) -> tuple[Ids, int]:
    room = pieces.room(max_length, pair=second is not None)
    if second is None:
        return pieces.framed(first[:room])
    if len(first) + len(second) > room:
        short, half = min(len(first), len(second)), room // 2
        keep = room - min(short, half)
        cut = (keep, room - keep) if len(first) >= len(second) else (room - keep, keep)
        if short > half:
            cut = (room - half, half)
        first, second = first[: cut[0]], second[: cut[1]]
    return pieces.framed(first, second)


def _class(label: int | None) -> NDArray[np.int64] | None:
    return None if label is None else np.array(label, dtype=np.int64)


# --- questions on a context ---------------------------------------------------------------------------


def span_features(
    examples: Sequence[SpanExample], pieces: Pieces, max_length: int, doc_stride: int, max_query: int
) -> tuple[tuple[Feature, ...], tuple[Window, ...]]:
    """The windows of each context beside its question, and what each window shows.

    A window begins `doc_stride` pieces after the one before. Its label is (start, end) of the answer's pieces in the
    row; (0, 0), the first special token, where the window does not hold the whole first answer or there is none.
    """
    questions = pieces.ids([one.question for one in examples])
    located = _contexts([one.context for one in examples], pieces)
    features, windows = [], []
    for number, (one, question) in enumerate(zip(examples, questions, strict=True)):
        ids, offsets = located[one.context]
        query = question[:max_query]
        room = pieces.room(max_length, pair=True) - len(query)
        if room < 1:
            raise InputError(f"{one.id}: a length of {max_length} leaves no room for the context; shorten max_query")
        starts = _starts(len(ids), room, doc_stride)
        where = _pieces_of(one, offsets)
        for start in starts:
            row, second = pieces.framed(query, ids[start : start + room])
            first = pieces.second_at(query)
            label = np.zeros(2, dtype=np.int64)
            if where is not None and start <= where[0] and where[1] < start + room:
                label = np.array(where, dtype=np.int64) - start + first
            features.append(Feature((row,), (second,), label))
            shown = offsets[start : start + room]
            windows.append(Window(number, first, shown, _central(start, len(shown), len(ids), starts, room)))
    return tuple(features), tuple(windows)


def _contexts(contexts: Sequence[str], pieces: Pieces) -> dict[str, tuple[list[int], NDArray[np.int32]]]:
    """Each context once: many questions share one."""
    distinct = list(dict.fromkeys(contexts))
    found = pieces.located(distinct)
    return {
        text: (ids, np.array(offsets, dtype=np.int32).reshape(-1, 2))
        for text, (ids, offsets) in zip(distinct, found, strict=True)
    }


def _starts(length: int, room: int, doc_stride: int) -> list[int]:
    """Where windows begin: every `doc_stride` pieces until one reaches the end."""
    starts = [0]
    while starts[-1] + room < length:
        starts.append(starts[-1] + min(room, doc_stride))
    return starts


def _pieces_of(one: SpanExample, offsets: NDArray[np.int32]) -> tuple[int, int] | None:
    """First and last piece that share a character with the first answer; None where there is no such piece."""
    if not one.answers:
        return None
    start, end = one.answers[0].start, one.answers[0].start + len(one.answers[0].text)
    inside = np.flatnonzero((offsets[:, 1] > start) & (offsets[:, 0] < end) & (offsets[:, 1] > offsets[:, 0]))
    return (int(inside[0]), int(inside[-1])) if inside.size else None


def _central(start: int, shown: int, length: int, starts: Sequence[int], room: int) -> NDArray[np.bool_]:
    """A piece counts in the window where the smaller of its two contexts is largest (the first of equals)."""
    places = np.arange(start, start + shown)
    scores = []
    for other in starts:
        end = min(other + room, length) - 1
        inside = (places >= other) & (places <= end)
        context = np.minimum(places - other, end - places) + 0.01 * (end - other + 1)
        scores.append(np.where(inside, context, -np.inf))
    best = np.argmax(np.stack(scores), axis=0)
    result: NDArray[np.bool_] = best == list(starts).index(start)
    return result
