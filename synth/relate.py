"""The arrow Claims -> agreements and conflicts across papers.

Two claims of different papers are compared when their meanings are close. They agree when their directions agree; they
conflict when the directions differ and they share a name, and the conflict is a scope mismatch when data set, model,
language or split differ, for then both can be true.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth.facets import names
from synth.quantities import direction
from synth.records import Agreement, Claim, Conflict

if TYPE_CHECKING:
    import numpy as np

__all__ = ["relations"]

_CLOSE = 0.70  # cosine from which two claims are taken to speak of the same thing


def relations(claims: Sequence[Claim], matrix: np.ndarray) -> tuple[tuple[Agreement, ...], tuple[Conflict, ...]]:
    """Agreements and conflicts among `claims`; `matrix` holds their unit vectors [n, d] in the same order."""
    agreements: list[Agreement] = []
    conflicts: list[Conflict] = []
    for i, first in enumerate(claims):
        for j in range(i + 1, len(claims)):
            second = claims[j]
            if first.source.paper_id == second.source.paper_id or float(matrix[i] @ matrix[j]) < _CLOSE:
                continue
            here, there = direction(first.statement), direction(second.statement)
            if here is None or there is None:
                continue
            shared = _named(first) & _named(second)
            if here != there and not shared:
                continue  # without one name in common nothing shows that both speak of the same
            about = ", ".join(sorted(shared)) or "the same subject"
            ids = (first.id, second.id)
            if here == there:
                agreements.append(Agreement(claim_ids=ids, about=about, reason=f"both report the direction {here}"))
            else:
                conflicts.append(_conflict(first, second, ids, about, f"{here} against {there}"))
    return tuple(agreements), tuple(conflicts)


def _conflict(first: Claim, second: Claim, ids: tuple[str, str], about: str, directions: str) -> Conflict:
    ours, theirs = _named(first), _named(second)
    if ours != theirs:
        here, there = (", ".join(sorted(side)) or "nothing named" for side in (ours - theirs, theirs - ours))
        reason = f"{directions}, but of other things: {here} against {there}"
        return Conflict(claim_ids=ids, about=about, kind="scope_mismatch", reason=reason)
    reason = f"{directions} on the same things as worded"
    return Conflict(claim_ids=ids, about=about, kind="true_conflict", reason=reason)


def _named(claim: Claim) -> frozenset[str]:
    return frozenset(forms[0] for forms in names(claim.statement))
