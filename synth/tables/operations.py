"""The operations by name: each reads the claim its own way and carries the reading out on the table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from synth.tables.arithmetic import ranges, sums
from synth.tables.counting import counts, quantifiers, sameness
from synth.tables.joining import together
from synth.tables.lookups import lookups
from synth.tables.ordering import comparisons, extremes, trends
from synth.tables.scene import Reading, Scene

__all__ = ["NAMES", "negated", "readings"]

_OPERATIONS: tuple[Callable[[Scene], Iterator[Reading]], ...] = (
    lookups, together, extremes, comparisons, trends, counts, sameness, quantifiers, sums, ranges,
)  # fmt: skip
NAMES = (
    "lookup", "lookup_small", "elsewhere", "nowhere", "words", "unsaid", "flag", "absent", "one_row", "one_column",
    "joint_row", "joint_cell",
    "extreme_item", "extreme_number", "extreme_any", "compare", "threshold", "trend", "count_lines", "count_names",
    "count_any", "count_cells", "count_parts", "count_beyond", "same_pair", "same_all", "all", "none", "only",
    "all_numbers", "sum", "mean", "difference", "ratio", "range", "range_cell",
)  # fmt: skip
_NOT = re.compile(r"\b(?:not(?!\sonly)|cannot|never|nor)\b|n't\b|\bnt\b")
_TURNS = frozenset(
    [
        "lookup",
        "lookup_small",
        "words",
        "extreme_item",
        "compare",
        "difference",
        "joint_row",
        "joint_cell",
        "same_pair",
        "same_all",
        "threshold",
    ]
)


def negated(scene: Scene) -> bool:
    """Whether the claim denies what it says; "no" in a name of the table ("not included") denies nothing."""
    return any(not scene.named(match.start()) for match in _NOT.finditer(scene.text))


def readings(scene: Scene) -> tuple[Reading, ...]:
    """All readings of the claim, carried out. A denial turns those that state one fact."""
    if not scene.grid.cells:
        return ()
    found = [reading for operation in _OPERATIONS for reading in operation(scene)]
    if negated(scene):
        found = [x._replace(truth=not x.truth) if x.operation in _TURNS else x for x in found]
    return tuple(found)
