"""Features become batches: which meet in which batch, padding, masking.

Every draw is a function of a key (seed, task, pass or step), never of what was drawn before: a training can be taken up
at any step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.random import PCG64
from numpy.typing import NDArray

from replicate.encode import IGNORED, Feature, Pieces

__all__ = ["Batch", "Masking", "collate", "epoch", "even", "masked", "shuffled", "uniform"]


def uniform(count: int, *key: object) -> NDArray[np.float64]:
    """Numbers in [0, 1) from the raw stream of a bit generator keyed by words: the same in every version of numpy."""
    digest = hashlib.sha256("/".join(map(str, key)).encode()).digest()
    raw = PCG64(int.from_bytes(digest[:16], "big")).random_raw(count)
    return np.asarray((np.asarray(raw, dtype=np.uint64) >> np.uint64(11)) * 2.0**-53, dtype=np.float64)


def shuffled(count: int, *key: object) -> NDArray[np.int64]:
    """0..count-1 in an order drawn by the key."""
    return np.argsort(uniform(count, *key), kind="stable")


def epoch(lengths: NDArray[np.int64], batch: int, bucket: int, *key: object) -> list[NDArray[np.int64]]:
    """The batches of one pass over all examples: each example once, the last batch may be smaller.

    Every `bucket` batches are drawn together and sorted by length, so that equally long examples meet; 1 sorts none.
    """
    order = shuffled(len(lengths), *key)
    if bucket <= 1:
        return [order[i : i + batch] for i in range(0, len(order), batch)]
    groups = []
    for i in range(0, len(order), batch * bucket):
        block = order[i : i + batch * bucket]
        block = block[np.argsort(lengths[block], kind="stable")]
        groups += [block[k : k + batch] for k in range(0, len(block), batch)]
    return [groups[place] for place in shuffled(len(groups), *key, "batches")]


def even(lengths: NDArray[np.int64], tokens: int) -> Iterator[NDArray[np.int64]]:
    """Batches for prediction: sorted by length, each of at most `tokens` places (padding counted), at least one row."""
    order = np.argsort(lengths, kind="stable")
    first = 0
    while first < len(order):
        last = first + 1
        while last < len(order) and (last + 1 - first) * lengths[order[last]] <= tokens:
            last += 1
        yield order[first:last]
        first = last


@dataclass(frozen=True)
class Batch:
    """Padded rows: ids, mask and segments [rows, length]; labels as the head wants them; `choices` rows an example."""

    ids: NDArray[np.int64]
    attention: NDArray[np.int64]
    segments: NDArray[np.int64] | None
    labels: NDArray[np.int64] | None
    choices: int
    tokens: int

    def parts(self, rows: int | None) -> Iterator[Batch]:
        """The batch in pieces of at most `rows` rows (whole examples), or as it is."""
        if rows is None or rows >= len(self.ids):
            yield self
            return
        step = max(1, rows // self.choices)
        for first in range(0, len(self.ids) // self.choices, step):
            part = slice(first * self.choices, (first + step) * self.choices)
            kept = self.attention[part]
            yield replace(
                self, ids=self.ids[part], attention=kept, tokens=int(kept.sum()),
                segments=None if self.segments is None else self.segments[part],
                labels=None if self.labels is None else self.labels[first : first + step],
            )  # fmt: skip


def collate(features: Sequence[Feature], pieces: Pieces) -> Batch:
    """Pad to the longest row."""
    rows = [row for feature in features for row in feature.rows]
    width = max(map(len, rows))
    ids = np.full((len(rows), width), pieces.pad, dtype=np.int64)
    attention = np.zeros((len(rows), width), dtype=np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
        attention[place, : len(row)] = 1
    segments = None
    if pieces.segments:
        second = np.array([place for feature in features for place in feature.second])
        segments = ((np.arange(width)[None] >= second[:, None]) & (attention == 1)).astype(np.int64)
    labels = None
    if all(feature.label is not None for feature in features):
        labels = _labels([feature.label for feature in features if feature.label is not None], width)
    return Batch(ids, attention, segments, labels, len(features[0].rows), int(attention.sum()))


def _labels(labels: Sequence[NDArray[np.int64]], width: int) -> NDArray[np.int64]:
    if labels[0].ndim == 0 or len({len(one) for one in labels}) == 1:
        stacked = np.stack(labels)
        if stacked.ndim < 2 or stacked.shape[1] in {2, width}:
            return stacked
    out = np.full((len(labels), width), IGNORED, dtype=np.int64)
    for place, one in enumerate(labels):
        out[place, : len(one)] = one
    return out


class Masking(NamedTuple):
    """Masked-language-model training: the share of pieces to predict, and what the tokenizer has."""

    probability: float
    pieces: Pieces


def masked(batch: Batch, masking: Masking, *key: object) -> Batch:
    """Choose pieces to predict: of them 80% become the mask, 10% another piece, 10% stay (Devlin et al. 2019)."""
    pieces = masking.pieces
    draws = uniform(2 * batch.ids.size, *key).reshape(2, *batch.ids.shape)
    free = (batch.attention == 1) & ~np.isin(batch.ids, pieces.special)
    chosen = (draws[0] < masking.probability) & free
    if not chosen.any():  # a tiny batch without a prediction would have no loss
        chosen = draws[0] == np.min(draws[0], where=free, initial=2.0)
        chosen &= free
    labels = np.where(chosen, batch.ids, IGNORED)
    ids = np.where(chosen & (draws[1] < 0.8), pieces.mask, batch.ids)
    other = chosen & (draws[1] >= 0.9)
    # The second draw is uniform on [0.9, 1) where another piece is taken, so it can say which.
    which = ((draws[1] - 0.9) * 10 * pieces.vocabulary).astype(np.int64)
    return replace(batch, ids=np.where(other, which.clip(0, pieces.vocabulary - 1), ids), labels=labels)
