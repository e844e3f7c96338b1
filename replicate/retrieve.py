"""Retrieval without training: sentence vectors of every layer in one pass, nearest neighbours, mined pairs.

A sentence's vector is the mean over all its pieces, special tokens among them, of a hidden layer (0: the embeddings),
as in jiant. In Tatoeba the English sentences ask and the foreign ones are searched; BUCC is mined by margin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from replicate.batches import collate, even, shuffled
from replicate.encode import Pieces, text_features
from replicate.metrics import mining, retrieval
from replicate.records import ParallelSet, TextExample
from synth.errors import InputError

__all__ = ["MEMORY", "TOKENS", "Embedded", "layers_of", "mined", "nearest", "vectors"]

MEMORY = 2 * 2**30  # bytes of vectors that are kept in memory; more go to a scratch file
TOKENS = 16384  # places of a batch


class Embedded(NamedTuple):
    """Vectors [layers, texts, hidden], and how many pieces passed the model (without padding)."""

    vectors: NDArray[np.float32]
    tokens: int


def layers_of(settings: Any, wanted: Sequence[int] | None = None) -> tuple[int, ...]:
    """The layers to keep, by the count of hidden states; all without `wanted`. InputError for one that is not there."""
    count = int(settings.num_hidden_layers) + 1
    if wanted is None:
        return tuple(range(count))
    strange = [layer for layer in wanted if not 0 <= layer < count]
    if strange:
        raise InputError(f"there is no layer {strange[0]}: the model has {count} (0, the embeddings, to {count - 1})")
    return tuple(wanted)


def vectors(
    encoder: Any,
    pieces: Pieces,
    texts: Sequence[str],
    layers: Sequence[int],
    *,
    max_length: int,
    device: Any = "cpu",
    half: bool = False,
    scratch: Path | None = None,
    memory: int = MEMORY,
    tokens: int = TOKENS,
    told: Callable[[int, int], None] | None = None,
) -> Embedded:
    """Means of the hidden states [layers, texts, hidden]. Equal texts pass the model once.

    What would take more than `memory` bytes is kept in a file in `scratch` (and is slower); InputError without one.
    """
    distinct = list(dict.fromkeys(texts))
    rows = text_features([TextExample(id="", text=t, second=None, label=None) for t in distinct], pieces, max_length)
    lengths = np.array([row.length for row in rows])
    found = _room((len(layers), len(distinct), int(encoder.config.hidden_size)), scratch, memory)
    encoder.to(device).eval()
    done = 0
    with torch.inference_mode():
        for places in even(lengths, tokens):
            batch = collate([rows[place] for place in places], pieces)
            ids, attention = (torch.from_numpy(a).to(device) for a in (batch.ids, batch.attention))
            more = {} if batch.segments is None else {"token_type_ids": torch.from_numpy(batch.segments).to(device)}
            with torch.autocast(torch.device(device).type, dtype=torch.bfloat16, enabled=half):
                out = encoder(input_ids=ids, attention_mask=attention, output_hidden_states=True, **more)
            kept = attention[..., None].float()
            for number, layer in enumerate(layers):
                sums = (out.hidden_states[layer].float() * kept).sum(1)
                found[number, places] = (sums / kept.sum(1)).cpu().numpy()
            done += len(places)
            if told:
                told(done, len(distinct))
    tokens_seen = int(lengths.sum())
    if len(distinct) == len(texts):
        return Embedded(found, tokens_seen)
    place_of = {text: place for place, text in enumerate(distinct)}
    order = np.array([place_of[text] for text in texts])
    return Embedded(found[:, order], tokens_seen)


def _room(shape: tuple[int, int, int], scratch: Path | None, memory: int) -> NDArray[np.float32]:
    needed = 4 * shape[0] * shape[1] * shape[2]
    if needed <= memory:
        return np.empty(shape, dtype=np.float32)
    if scratch is None:
        raise InputError(
            f"vectors of {shape[1]:,} sentences in {shape[0]} layers need {needed / 1e9:.1f} GB; name fewer layers"
        )
    scratch.mkdir(parents=True, exist_ok=True)
    return np.memmap(scratch / f"vectors-{shape[1]}.f32", dtype=np.float32, mode="w+", shape=shape)


def nearest(
    _: ParallelSet, source: NDArray[Any], target: NDArray[Any], wrong_pairs: int | None = None
) -> tuple[list[int], str]:
    """For each English sentence the place of its nearest source sentence, by cosine of one layer's vectors; no note.

    `wrong_pairs` is the seed of the control: every English sentence then asks with the vector of another one.
    """
    return [int(place) for place in retrieval.nearest(_mixed(target, wrong_pairs), source)], ""


def mined(
    given: ParallelSet, source: NDArray[Any], target: NDArray[Any], wrong_pairs: int | None = None
) -> tuple[list[tuple[str, str]], str]:
    """Mined pairs of ids, and a note of the threshold, which is chosen on the gold pairs, as in the paper: an oracle.

    Margin ratio over 4 neighbours; a sentence that stands several times is mined once, and all its ids are paired.
    """
    groups = [mining.representatives([text for _, text in side]) for side in (given.source, given.target)]
    ids = [
        [[side[row][0] for row in group] for group in rows]
        for side, rows in zip((given.source, given.target), groups, strict=True)
    ]
    first = [[group[0] for group in rows] for rows in groups]
    found = mining.mine(source[first[0]], _mixed(target[first[1]], wrong_pairs))
    scored = mining.named(found, ids[0], ids[1])
    threshold = mining.best_threshold(scored, given.gold)
    return mining.keep(scored, threshold), f"threshold {threshold:.4f}, chosen on the gold pairs"


def _mixed(matrix: NDArray[Any], seed: int | None) -> NDArray[Any]:
    """The rows in another order in which none keeps its place: along one drawn circle."""
    if seed is None:
        return matrix
    circle = shuffled(len(matrix), "wrong pairs", seed)
    out = np.empty_like(matrix)
    out[circle] = matrix[np.roll(circle, 1)]
    return out
