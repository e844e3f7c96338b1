"""Retrieval without training: sentence vectors of every layer in one pass, nearest neighbours, mined pairs.

A sentence's vector is the mean over all its pieces, special tokens among them, of a hidden layer (0: the embeddings),
as in jiant. In Tatoeba the English sentences ask and the foreign ones are searched; BUCC is mined by margin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from replicate.batches import collate, even, shuffled
from replicate.encode import Pieces, text_features
from replicate.heads import Inputs, Model
from replicate.metrics import mining, retrieval
from replicate.metrics.mining import Search
from replicate.records import ParallelSet, TextExample
from synth.errors import InputError

__all__ = ["MEMORY", "TOKENS", "Embedded", "layers_of", "mined", "nearest", "neighbours", "searcher", "vectors"]

MEMORY = 2 * 2**30  # bytes of vectors that are kept in memory; more go to a scratch file
BLOCK = 64 * 2**20  # bytes of similarities that a search makes at once
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
    pack: bool | None = None,
    scratch: Path | None = None,
    memory: int = MEMORY,
    tokens: int = TOKENS,
    told: Callable[[int, int], None] | None = None,
) -> Embedded:
    """Means of the hidden states [layers, texts, hidden], all from one pass. Equal texts pass the model once.

    `pack`: batches without padding (None: on a GPU). What would take more than `memory` bytes is kept in a file in
    `scratch` (and is slower); InputError without one.
    """
    distinct = list(dict.fromkeys(texts))
    rows = text_features([TextExample(id="", text=t, second=None, label=None) for t in distinct], pieces, max_length)
    lengths = np.array([row.length for row in rows])
    found = _room((len(layers), len(distinct), int(encoder.config.hidden_size)), scratch, memory)
    model = Model(encoder.to(device), {}).eval()
    if torch.device(device).type == "cuda" or pack:
        model.attend(device, half=half, pack=pack)
    done = 0
    with torch.inference_mode():
        for places in even(lengths, tokens):
            given = model.given(collate([rows[place] for place in places], pieces), device)
            with torch.autocast(torch.device(device).type, dtype=torch.bfloat16, enabled=half):
                states = model.all_states(given)
            # One copy off the device a batch, whatever the number of layers.
            found[:, places] = torch.stack([_means(states[layer], given) for layer in layers]).cpu().numpy()
            done += len(places)
            if told:
                told(done, len(distinct))
    tokens_seen = int(lengths.sum())
    if len(distinct) == len(texts):
        return Embedded(found, tokens_seen)
    place_of = {text: place for place, text in enumerate(distinct)}
    order = np.array([place_of[text] for text in texts])
    return Embedded(found[:, order], tokens_seen)


def _means(states: Any, given: Inputs) -> Any:
    """The mean over each row's pieces, special ones too: [rows, hidden], in single precision."""
    if given.packing is not None:
        made = torch.segment_reduce(states[0].float(), "mean", offsets=given.packing.ends.long())
        return torch.empty_like(made).index_copy_(0, given.packing.order, made)
    kept = given.attention[..., None].float()
    return (states.float() * kept).sum(1) / kept.sum(1)


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


def searcher(device: Any, memory: int | None = None) -> Search:
    """An exact search with the contract of `retrieval.neighbours`: there on a CPU, else on that device.

    Similarities are made in blocks of at most `memory` bytes (as much again while the best are taken out), and so are
    the vectors of the side that is searched, so that a card holds what it must and no more. Products are summed in
    double precision and rounded to single, as there: the neighbours are the same.
    """
    if torch.device(device).type == "cpu":
        return partial(retrieval.neighbours, block_bytes=memory or BLOCK)
    return partial(neighbours, device=device, memory=memory or 16 * BLOCK)


def neighbours(
    query: NDArray[Any], index: NDArray[Any], k: int, *, device: Any, memory: int = BLOCK
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """`retrieval.neighbours` with torch: (cosines [n, k], rows [n, k]), best first, of equals the lower row first."""
    queries, rows = retrieval.unit(query, "query"), retrieval.unit(index, "index")
    if queries.shape[1] != rows.shape[1]:
        raise InputError(f"query vectors have {queries.shape[1]} dimensions, index vectors {rows.shape[1]}")
    if k < 1:
        raise InputError(f"k is {k}; at least one neighbour must be asked for")
    k = min(k, len(rows))
    width = max(k, min(len(rows), memory // (8 * max(rows.shape[1], 1)), 65536))  # rows of the index on the device
    height = max(1, memory // (8 * (width + k)))
    best = np.full((len(queries), k), -np.inf, dtype=np.float32)
    where = np.zeros((len(queries), k), dtype=np.int64)
    for left in range(0, len(rows), width):
        block = torch.from_numpy(rows[left : left + width]).to(device)
        for top in range(0, len(queries), height):
            part = slice(top, top + height)
            found = (torch.from_numpy(queries[part]).to(device) @ block.T).float()
            numbers = torch.arange(left, left + len(block), device=device).expand(len(found), -1)
            if left:  # what was found before comes first, so that of equals the lower row stays ahead
                found = torch.cat((torch.from_numpy(best[part]).to(device), found), 1)
                numbers = torch.cat((torch.from_numpy(where[part]).to(device), numbers), 1)
            found, numbers = _highest(found, numbers, k)
            best[part, : found.shape[1]], where[part, : found.shape[1]] = found.cpu().numpy(), numbers.cpu().numpy()
    return best, where


def _highest(values: Any, numbers: Any, k: int) -> tuple[Any, Any]:
    """The k highest of each row and their numbers; of equals the first, which `torch.topk` does not promise."""
    made = []
    for _ in range(min(k, values.shape[1])):
        column = values.argmax(dim=1, keepdim=True)
        made.append((values.gather(1, column), numbers.gather(1, column)))
        values.scatter_(1, column, -torch.inf)
    return torch.cat([one for one, _ in made], 1), torch.cat([one for _, one in made], 1)


def nearest(
    _: ParallelSet, source: NDArray[Any], target: NDArray[Any], wrong_pairs: int | None = None, *, device: Any = "cpu"
) -> tuple[list[int], str]:
    """For each English sentence the place of its nearest source sentence, by cosine of one layer's vectors; no note.

    `wrong_pairs` is the seed of the control: every English sentence then asks with the vector of another one.
    """
    return [int(place) for place in searcher(device)(_mixed(target, wrong_pairs), source, 1)[1][:, 0]], ""


def mined(
    given: ParallelSet, source: NDArray[Any], target: NDArray[Any], wrong_pairs: int | None = None,
    *, device: Any = "cpu",
) -> tuple[list[tuple[str, str]], str]:  # fmt: skip
    """Mined pairs of ids, and a note of the threshold, which is chosen on the gold pairs, as in the paper: an oracle.

    Margin ratio over 4 neighbours; a sentence that stands several times is mined once, and all its ids are paired.
    """
    groups = [mining.representatives([text for _, text in side]) for side in (given.source, given.target)]
    ids = [
        [[side[row][0] for row in group] for group in rows]
        for side, rows in zip((given.source, given.target), groups, strict=True)
    ]
    first = [[group[0] for group in rows] for rows in groups]
    found = mining.mine(source[first[0]], _mixed(target[first[1]], wrong_pairs), search=searcher(device))
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
