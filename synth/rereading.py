"""A stance model that reads nothing twice: questions over one library ask the same of the same passages.

A reading depends on the claim and the passage alone (`synth.models.stance`), so one that is kept is the one that would
be made. Kept in memory, the least recently used go first; keys are hashes and values plain numbers, about 300 bytes a
reading of two sentences.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence

from synth.models.stance import Asked, Reading, StanceModel
from synth.records import Scores

__all__ = ["Rereading"]

_Pair = tuple[float, float]
_Kept = tuple[_Pair, tuple[_Pair | None, ...]]


class Rereading:
    """A model with a memory of at most `most` readings. `made` counts those that the model was asked for."""

    def __init__(self, model: StanceModel, most: int = 200_000) -> None:
        self._model = model
        self._most = most
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self.made = 0

    @property
    def id(self) -> str:
        """The model's own: its readings are the same."""
        return self._model.id

    def read(
        self, asked: Sequence[Asked], progress: Callable[[int, int], None] | None = None
    ) -> list[Reading]:
        """The readings, in the order of `asked`; progress counts those that are kept as done."""
        keys = [_key(one) for one in asked]
        found = {key: self._kept[key] for key in keys if key in self._kept}
        for key in found:
            self._kept.move_to_end(key)
        new = {key: one for key, one in zip(keys, asked, strict=True) if key not in found}
        known = len(asked) - len(new)

        def upto(done: int, _total: int) -> None:
            if progress is not None:
                progress(known + done, len(asked))

        upto(0, 0)
        for key, reading in zip(new, self._model.read(list(new.values()), upto) if new else (), strict=True):
            found[key] = self._kept[key] = _plain(reading)
        self.made += len(new)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return [_reading(found[key]) for key in keys]


def _key(asked: Asked) -> bytes:
    # Lengths go with the parts, so that no two readings have one key.
    parts = [part.encode("utf-8", "surrogatepass") for part in (asked.claim, asked.title, *asked.sentences)]
    return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).digest()


def _plain(reading: Reading) -> _Kept:
    return _pair(reading.whole), tuple(None if one is None else _pair(one) for one in reading.each)


def _pair(scores: Scores) -> _Pair:
    return scores.supports, scores.refutes


def _reading(kept: _Kept) -> Reading:
    whole, each = kept
    return Reading(_scores(whole), tuple(None if one is None else _scores(one) for one in each))


def _scores(pair: _Pair) -> Scores:
    return Scores(supports=pair[0], refutes=pair[1])
