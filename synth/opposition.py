"""When two claims say otherwise of one thing, and what differs in their settings: the test behind every conflict."""

from __future__ import annotations

from typing import NamedTuple

from synth.likeness import Difference, differing, setting
from synth.quantities import direction, same_unit
from synth.records import Claim

__all__ = ["Opposition", "one_voice", "opposed"]

_LEVEL = 0.02  # of the larger level: re-runs of one experiment differ by less


class Opposition(NamedTuple):
    """Two claims that say otherwise: what each says, and the fields in which their settings differ."""

    said: str
    fields: tuple[Difference, ...]


def one_voice(first: Claim, second: Claim) -> bool:
    """Whether both are said by one version of one paper, which is not held against itself."""
    ours, theirs = first.source, second.source
    return ours.paper_id == theirs.paper_id and ours.version == theirs.version


def opposed(first: Claim, second: Claim) -> Opposition | None:
    """How two claims say otherwise of something they share; None where they do not, or share no name.

    Without a name in common nothing shows that both speak of the same thing.
    """
    here, there = direction(first.statement), direction(second.statement)
    ours, theirs = setting(first), setting(second)
    fields = differing(ours, theirs)
    if first.source.paper_id == second.source.paper_id and first.source.version != second.source.version:
        versions = Difference("version", first.source.version or "unknown", second.source.version or "unknown")
        fields = (*(f for f in fields if f.field != "version"), versions)
    if here is not None and there is not None and here != there:
        shared = any(getattr(ours, k) & getattr(theirs, k) for k in ("dataset", "model", "language", "method", "name"))
        return Opposition(f"{here} against {there}", fields) if shared else None
    levels = _levels(first, second)
    if levels is None or {f.field for f in fields} & {"data set", "model", "metric", "name"}:
        return None
    return Opposition(levels, fields)


def _levels(first: Claim, second: Claim) -> str | None:
    """Two levels of one measure for one model on one data set that lie apart; None where they do not."""
    a, b = first.quantity, second.quantity
    if a is None or b is None or a.direction or b.direction or not same_unit(a.unit, b.unit):
        return None
    named = (a.metric, b.metric, a.dataset, b.dataset, a.model, b.model)
    if None in named or a.metric != b.metric or abs(a.value - b.value) <= _LEVEL * max(abs(a.value), abs(b.value)):
        return None
    return f"{a.value:g} against {b.value:g} {a.metric}"
