"""Random draws that never change: the raw stream of a fixed bit generator, keyed by words.

numpy promises the stream of a bit generator for good, but not the methods built on it; so the few methods
needed are written here. A key such as ("mnli", "train", 3) starts a stream of its own: one task does not move
when the size of another changes.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeVar

from numpy.random import PCG64

__all__ = ["Draw"]

T = TypeVar("T")
_BLOCK = 512


class Draw:
    """A stream of draws named by its key."""

    def __init__(self, *key: object) -> None:
        digest = hashlib.sha256("/".join(str(k) for k in key).encode()).digest()
        self._bits = PCG64(int.from_bytes(digest[:16], "big"))
        self._block: list[float] = []

    def uniform(self) -> float:
        """A number in [0, 1), from the upper 53 bits of one raw word."""
        if not self._block:
            self._block = ((self._bits.random_raw(_BLOCK) >> 11) * 2.0**-53).tolist()
        return self._block.pop()

    def below(self, n: int) -> int:
        """An integer in 0..n-1."""
        return int(self.uniform() * n)

    def chance(self, p: float) -> bool:
        """True with probability p."""
        return self.uniform() < p

    def choice(self, items: Sequence[T]) -> T:
        """One item, all alike."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[T], cumulative: Sequence[float]) -> T:
        """One item by cumulative weights, of which the last is the total."""
        return items[bisect_right(cumulative, self.uniform() * cumulative[-1])]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All items in a drawn order (Fisher and Yates)."""
        out = list(items)
        for i in range(len(out) - 1, 0, -1):
            j = self.below(i + 1)
            out[i], out[j] = out[j], out[i]
        return out

    def sample(self, items: Sequence[T], k: int) -> list[T]:
        """k distinct items."""
        return self.shuffled(items)[:k]
