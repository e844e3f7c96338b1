"""A stance model that reads nothing twice: questions over one library ask the same of the same passages.

A reading depends on the claim and the passage alone (`synth.models.stance`), so one that is kept is the one that would
be made. In memory the least recently used go first; in a library they stay, under the model's id, which changes with
its weights. Keys are hashes and values plain numbers: about 150 bytes of a file for a reading of two sentences.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from synth.models.stance import Asked, PackagedStance, Reading, StanceModel
from synth.records import Scores

if TYPE_CHECKING:
    from synth.library import Library
    from synth.models.verifier import Verifier

__all__ = ["Rereading", "remembering"]


class Rereading:
    """A model with a memory of at most `most` readings, and the library's where there is one.

    `made` counts the readings that the model was asked for.
    """

    def __init__(self, model: StanceModel, library: Library | None = None, most: int = 200_000) -> None:
        self._model = model
        self._library = library
        self._most = most
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self.made = 0

    @property
    def id(self) -> str:
        """The model's own: its readings are the same."""
        return self._model.id

    def read(
        self, asked: Sequence[Asked], progress: Callable[[int, int], None] | None = None
    ) -> list[Reading]:
        """The readings, in the order of `asked`; progress counts those that are kept as done."""
        wanted = {_key(one): one for one in asked}
        found = self._remembered(wanted)
        new = {key: one for key, one in wanted.items() if key not in found}
        known = len(asked) - len(new)

        def upto(done: int, _total: int) -> None:
            if progress is not None:
                progress(known + done, len(asked))

        upto(0, 0)
        made = dict(zip(new, self._model.read(list(new.values()), upto) if new else (), strict=True))
        self.made += len(new)
        said = {key: _packed(reading) for key, reading in made.items()}
        if said and self._library is not None:
            self._library.keep_stances(self.id, said)
        self._kept.update(said)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        found |= made
        return [found[_key(one)] for one in asked]

    def _remembered(self, wanted: dict[str, Asked]) -> dict[str, Reading]:
        """Those that are kept, in memory or in the library; a damaged one is none."""
        here = {key: self._kept[key] for key in wanted if key in self._kept}
        for key in here:
            self._kept.move_to_end(key)
        if self._library is not None:
            there = self._library.stances(self.id, [key for key in wanted if key not in here])
            self._kept.update(there)
            here |= there
        read = {key: _unpacked(said, len(wanted[key].sentences)) for key, said in here.items()}
        return {key: reading for key, reading in read.items() if reading is not None}


def remembering(verifier: Verifier, library: Library) -> Verifier:
    """The verifier, whose packaged model remembers in the library what it read.

    One that was taken by name says its own word every time: a name does not tell its weights.
    """
    if not isinstance(verifier.model, PackagedStance):
        return verifier
    return verifier._replace(model=Rereading(verifier.model, library))


def _key(asked: Asked) -> str:
    # Lengths go with the parts, so that no two readings have one key.
    parts = [part.encode("utf-8", "surrogatepass") for part in (asked.claim, asked.title, *asked.sentences)]
    return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()


def _packed(reading: Reading) -> bytes:
    """The log-odds as little-endian doubles, two for the passage and two for each sentence: NaN for one not read."""
    numbers = [number for scores in (reading.whole, *reading.each) for number in _pair(scores)]
    return struct.pack(f"<{len(numbers)}d", *numbers)


def _unpacked(said: bytes, sentences: int) -> Reading | None:
    if len(said) != 16 * (1 + sentences):
        return None
    whole, *each = _scored(said)
    return None if whole is None else Reading(whole, tuple(each))


def _pair(scores: Scores | None) -> tuple[float, float]:
    return (math.nan, math.nan) if scores is None else (scores.supports, scores.refutes)


def _scored(said: bytes) -> Iterator[Scores | None]:
    for supports, refutes in struct.iter_unpack("<2d", said):
        finite = math.isfinite(supports) and math.isfinite(refutes)
        yield Scores(supports=supports, refutes=refutes) if finite else None
