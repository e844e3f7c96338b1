"""How much of everything: fixed before any published seed was drawn (see the docs for how the figures were found)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MICRO", "TINY", "Sizes"]


@dataclass(frozen=True)
class Sizes:
    """Counts of examples. The defaults are those of the preset `micro`."""

    text: int = 6000  # passages of unlabelled text in each language
    train: int = 3000  # of each intermediate task, and of each target that trains on data of its own
    tydiqa_train: int = 600
    dev: int = 200  # of each intermediate task, and of each target in each language
    test: int = 200  # of each target in each language
    tatoeba: int = 300  # pairs with each sister
    bucc_gold: int = 150  # pairs with each sister, in each of the two splits
    bucc_distractors: int = 450  # further sentences on each side

    def __post_init__(self) -> None:
        if min(vars(self).values()) < 1:
            raise ValueError(f"every size must be at least 1: {self}")


MICRO = Sizes()
TINY = Sizes(text=60, train=60, tydiqa_train=24, dev=24, test=24, tatoeba=20, bucc_gold=8, bucc_distractors=16)
"""For tests of the engine: everything is there, nothing can be learnt from it."""
