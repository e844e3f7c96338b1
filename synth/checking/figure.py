"""A figure: a number of a text with what it says, ready to be held against another."""

from __future__ import annotations

from typing import Literal, NamedTuple

from synth.directions import Direction

__all__ = ["Bound", "Figure", "Part"]

Part = Literal["level", "change", "count", "share", "p", "interval", "confidence", "spread", "label", "open"]
Bound = Literal["about", "nearly", "over", "at_least", "under", "at_most", "up_to", "between"]


class Figure(NamedTuple):
    """A number at [start, end). `value` is in `unit`; `high` is the upper end of a range, else None.

    `step` is the size of one step in the last digit that was written. `part` says what the number does: a "level"
    is reached, a "change" is made, a "share" is of a whole (in "%", with its `terms` where it was written as two
    numbers), "open" is either level or change. `way` is the direction of a change, `good` whether the text calls it a
    gain or a loss in words of value ("improves", "hurts"). `relative` is True for "5% relative", False for points,
    None where nothing says. `side` tells "from" and "to" of a change. An `inner` figure is a term of another one: it
    may answer a claim and asks for nothing itself. `dimension` is set for measures, whose value
    is in its base unit: `factor` times the number written.
    """

    start: int
    end: int
    text: str
    value: float
    step: float
    unit: str | None
    part: Part
    high: float | None = None
    bound: Bound | None = None
    way: Direction | None = None
    good: bool | None = None
    relative: bool | None = None
    side: Literal["from", "to"] | None = None
    terms: tuple[float, float] | None = None
    inner: bool = False
    dimension: str | None = None
    factor: float = 1.0
