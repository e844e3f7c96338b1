"""Made-up examples to measure with: heads, lengths and batches like those of a task, and models of three sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from replicate.batches import uniform
from replicate.encode import IGNORED, Feature
from replicate.records import Head
from synth.errors import InputError, did_you_mean
from synth.records import Record

__all__ = ["PROFILES", "SIZES", "Profile", "features", "settings"]

_SEEN = 0.15  # of the vocabulary occurs in the examples; a guess, of what English takes of 250,000 pieces


class Profile(Record):
    """Examples like those of one task: its head, the mean length of a row, rows an example, and the recipe's batch."""

    id: str
    head: Head
    length: int
    longest: int
    batch: int
    rows: int = 1
    labels: int = 0
    spread: float = 0.5  # of the logarithm of a length; 0: all rows have the mean


PROFILES = {
    one.id: one
    for one in (
        Profile(id="mnli", head="classification", length=42, longest=256, batch=24, labels=3),
        Profile(id="squad", head="span", length=180, longest=384, batch=8),
        Profile(id="squad-full", head="span", length=384, longest=384, batch=8, spread=0.0),
        Profile(id="hellaswag", head="multiple_choice", length=110, longest=256, batch=24, rows=4),
        Profile(id="udpos", head="tagging", length=30, longest=256, batch=32, labels=17),
        Profile(id="tatoeba", head="retrieval", length=12, longest=512, batch=512),
    )
}
# hidden, layers, heads, feed-forward, vocabulary: the family's model, XLM-R base and large.
SIZES: dict[str, tuple[int, int, int, int, int]] = {
    "tiny": (64, 3, 4, 256, 3_000), "base": (768, 12, 12, 3_072, 250_002), "large": (1_024, 24, 16, 4_096, 250_002),
}  # fmt: skip


def features(profile: Profile, count: int, vocabulary: int) -> tuple[Feature, ...]:
    """Made-up examples of a profile, the same ones for the same arguments."""
    drawn = uniform(2 * count * profile.rows, "bench", profile.id).reshape(2, -1)
    normal = np.sqrt(-2 * np.log1p(-drawn[0])) * np.cos(2 * np.pi * drawn[1])
    about = profile.length * np.exp(profile.spread * normal - profile.spread**2 / 2)
    long = np.clip(np.rint(about), 4, profile.longest).astype(int)
    top = max(6, int(vocabulary * _SEEN))
    ids = (uniform(int(long.sum()), "bench ids", profile.id) * (top - 5)).astype(np.int32) + 5
    rows = np.split(ids, np.cumsum(long)[:-1])
    made = []
    for number in range(count):
        own = tuple(rows[number * profile.rows : (number + 1) * profile.rows])
        made.append(Feature(own, tuple(len(row) for row in own), _label(profile, number, own)))
    return tuple(made)


def _label(profile: Profile, number: int, rows: Sequence[Any]) -> Any:
    if profile.head == "classification":
        return np.array(number % profile.labels)
    if profile.head == "multiple_choice":
        return np.array(number % profile.rows)
    if profile.head == "span":
        return np.array([number % len(rows[0]), len(rows[0]) - 1])
    if profile.head == "tagging":  # every second piece begins a word
        places = np.arange(len(rows[0]))
        return np.where(places % 2, IGNORED, (places + number) % profile.labels).astype(np.int64)
    return None


def settings(size: str) -> Any:
    """The model's settings. InputError for a size that is unknown."""
    from transformers import XLMRobertaConfig

    if size not in SIZES:
        raise InputError(f'--size: "{size}" is unknown; {did_you_mean(size, SIZES)}')
    hidden, layers, count, between, vocabulary = SIZES[size]
    return XLMRobertaConfig(
        vocab_size=vocabulary, hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=count,
        intermediate_size=between, max_position_embeddings=514, type_vocab_size=1, pad_token_id=1, bos_token_id=0,
        eos_token_id=2, layer_norm_eps=1e-5,
    )  # fmt: skip
