"""The packaged verifier's model: what a passage says to a claim, as a whole and sentence by sentence.

A small cross-encoder as an int8 ONNX file; `stance_minilm/card.md` says what it learned from and how well it does,
`synth train-verifier` makes it again. As with the embedding, activations are quantised on the fly with one scale for
all that is computed together, so each reading is computed alone: the same in any company and on any number of threads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from synth.models import packaged
from synth.models.stance_input import MAX_TOKENS, layout
from synth.records import Scores

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["LABELS", "Asked", "PackagedStance", "Reading", "StanceModel", "load"]

LABELS = ("supports", "refutes", "neutral")
_REMEDY = "reinstall the package, or make the model again with synth train-verifier"


class Asked(NamedTuple):
    """One reading to make: a claim against sentences of one document, in their order; `title` may be empty."""

    claim: str
    title: str
    sentences: tuple[str, ...]


class Reading(NamedTuple):
    """What came out: the passage as a whole, and each sentence; None for a sentence that did not fit."""

    whole: Scores
    each: tuple[Scores | None, ...]


class StanceModel(Protocol):
    """Reads claims against passages. `id` names the model and its checksum; equal ids give equal readings."""

    @property
    def id(self) -> str:
        """Model name and checksum of its weights."""

    def read(
        self, asked: Sequence[Asked], progress: Callable[[int, int], None] | None = None
    ) -> list[Reading]:
        """The readings, in the order of `asked`."""


def load(folder: Path | None = None) -> PackagedStance:
    """The packaged model, or the one in `folder` (`model.onnx`, `tokenizer.json`, `checksums.json`).

    Raises:
        SynthError: a file is missing or is not the one its checksum names.
    """
    return PackagedStance(folder or Path(str(resources.files("synth.models") / "stance_minilm")))


class PackagedStance:
    """An exported stance network, run by onnxruntime."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        from tokenizers import Tokenizer

        model, tokenizer = packaged.verified(folder, "verifier", _REMEDY, "model.onnx", "tokenizer.json")
        self._session = packaged.session(model)
        self._tokenizer = Tokenizer.from_buffer(tokenizer)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._threads = threads or packaged.cores()
        self._id = f"stance-MiniLM-L6-int8@{hashlib.sha256(model).hexdigest()[:12]}"

    @property
    def tokenizer(self) -> Tokenizer:
        """The model's own, which neither pads nor cuts."""
        return self._tokenizer

    @property
    def id(self) -> str:
        """Model name and the first twelve hexadecimal digits of the file's sha256."""
        return self._id

    def read(
        self, asked: Sequence[Asked], progress: Callable[[int, int], None] | None = None
    ) -> list[Reading]:
        """The readings, in the order of `asked`; passages over 256 tokens lose their last sentences."""
        made: list[Reading | None] = [None] * len(asked)
        order = sorted(range(len(asked)), key=lambda i: (-sum(map(len, asked[i].sentences)), i))
        parts = [order[start : start + 16] for start in range(0, len(order), 16)]

        def fill(part: list[int]) -> int:
            for i in part:
                made[i] = self._one(asked[i])
            return len(part)

        with ThreadPoolExecutor(self._threads) as pool:
            done = 0
            for count in pool.map(fill, parts):
                done += count
                if progress is not None:
                    progress(done, len(asked))
        return [reading for reading in made if reading is not None]

    def _one(self, asked: Asked) -> Reading:
        import numpy as np

        laid = layout(self._tokenizer, asked.claim, asked.title, asked.sentences, MAX_TOKENS)
        whole, each = self._session.run(
            None,
            {
                "ids": np.array([laid.ids], np.int64),
                "mask": np.ones((1, len(laid.ids)), np.int64),
                "types": np.array([laid.types], np.int64),
                "marks": np.array([laid.marks], np.int64),
            },
        )
        missing = (None,) * (len(asked.sentences) - len(laid.marks))
        return Reading(_scores(whole[0]), (*(_scores(row) for row in each[0]), *missing))


def _scores(logits: Sequence[float]) -> Scores:
    """Logits as a record: their differences to the neutral one carry everything that a softmax needs."""
    supports, refutes, neutral = (float(x) for x in logits)
    return Scores(supports=round(supports - neutral, 4), refutes=round(refutes - neutral, 4))
