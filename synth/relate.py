"""The arrow Claims -> agreements and conflicts over all claims of a report.

Claims of different papers, or of two versions of one paper, are compared when they are close in meaning or share half
of their content words. They agree when they name one thing in common, their directions agree, and neither side names a
data set, model, method or other thing in place of one of the other's.
They are opposed when the directions differ, or when both state a level of one measure for one model on one data set and
the levels lie more than 2% apart; then they conflict truly where their settings are the same, and are a scope mismatch,
with every differing field named, where they are not, for then both can be true. A quote that refutes a claim is a
conflict too: with the claim it belongs to, or of that one claim with the quote.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from synth.likeness import SHARED, differing, overlap, setting
from synth.opposition import Opposition, one_voice, opposed
from synth.quantities import direction
from synth.records import Agreement, Claim, Conflict
from synth.text import normalise

if TYPE_CHECKING:
    import numpy as np

__all__ = ["relations"]

_CLOSE = 0.70  # cosine from which two claims are taken to speak of the same thing
_BLOCK = 512  # rows of the similarity matrix that are held at once


def relations(claims: Sequence[Claim], matrix: np.ndarray) -> tuple[tuple[Agreement, ...], tuple[Conflict, ...]]:
    """Agreements and conflicts among `claims`; `matrix` holds their unit vectors [n, d] in the same order.

    The order of the claims changes nothing: pairs and groups are told in the order of the claims' ids.
    """
    agreeing: list[tuple[Claim, Claim, str]] = []
    conflicts: list[Conflict] = []
    for first, second in _pairs(claims, matrix):
        here, there = direction(first.statement), direction(second.statement)
        against = opposed(first, second)
        if against is not None:
            conflicts.append(_conflict(first, second, against))
        elif here is not None and here == there and _shared(first, second) and not _of_others(first, second):
            agreeing.append((first, second, f"{here}: {_about(first, second)}"))
    told = {frozenset(c.claim_ids) for c in conflicts}
    conflicts += [c for c in _refuted(claims) if frozenset(c.claim_ids) not in told]
    return _groups(agreeing), tuple(sorted(conflicts, key=lambda c: (len(c.claim_ids) == 1, c.claim_ids)))


def _pairs(claims: Sequence[Claim], matrix: np.ndarray) -> Iterable[tuple[Claim, Claim]]:
    """Pairs of claims worth comparing, each pair and all of them in the order of their ids."""
    order = sorted(range(len(claims)), key=lambda i: claims[i].id)
    for start in range(0, len(order), _BLOCK):
        rows = order[start : start + _BLOCK]
        close = matrix[rows] @ matrix[order].T >= _CLOSE
        for row, i in enumerate(rows):
            for column in range(start + row + 1, len(order)):
                first, second = claims[i], claims[order[column]]
                if one_voice(first, second):
                    continue
                if close[row, column] or overlap(first.statement, second.statement) >= SHARED:
                    yield first, second


def _shared(first: Claim, second: Claim) -> list[str]:
    """What both claims name: data sets, models, languages, methods, tasks and other names."""
    ours, theirs = setting(first), setting(second)
    fields = ("dataset", "model", "language", "method", "task", "name")
    return [name for field in fields for name in sorted(getattr(ours, field) & getattr(theirs, field))]


def _about(first: Claim, second: Claim) -> str:
    return ", ".join(_shared(first, second)) or "the same subject"


def _of_others(first: Claim, second: Claim) -> bool:
    """Whether each side names a data set, model, method or other thing that the other does not: "up" of one is no
    agreement with "up" of another."""
    things = ("data set", "model", "method", "name")
    return any(f.field in things and f.here and f.there for f in differing(setting(first), setting(second)))


def _conflict(first: Claim, second: Claim, against: Opposition) -> Conflict:
    ids, about = (first.id, second.id), _about(first, second)
    if not against.fields:
        reason = f"{against.said} on the same things as worded"
        return Conflict(claim_ids=ids, about=about, kind="true_conflict", reason=reason)
    told = "; ".join(f"{f.field}: {f.here or 'not said'} against {f.there or 'not said'}" for f in against.fields)
    fields = tuple(f.field for f in against.fields)
    reason = f"{against.said}, but of different scope ({told})"
    return Conflict(claim_ids=ids, about=about, kind="scope_mismatch", reason=reason, fields=fields)


def _refuted(claims: Sequence[Claim]) -> list[Conflict]:
    """What the evidence holds against claims: another claim whose quote refutes it, else the refuting paper's word."""
    found: dict[tuple[str, ...], Conflict] = {}
    by_quote = {(c.source.paper_id, normalise(c.quote)): c for c in sorted(claims, key=lambda c: c.id, reverse=True)}
    for claim in sorted(claims, key=lambda c: c.id):
        if claim.verdict.label not in ("refuted", "conflicting"):
            continue
        for e in claim.evidence:
            if not e.independent or e.stance != "refutes":
                continue
            other = by_quote.get((e.paper_id, normalise(e.quote)))
            ids = tuple(sorted((claim.id, other.id))) if other is not None else (claim.id,)
            reason = "the quote of one is evidence against the other"
            if other is None:
                reason = f"refuted by a quote of {e.paper_id}, which is no claim of this report"
            about = _about(claim, other) if other is not None else _about(claim, claim)
            made = Conflict(claim_ids=ids, about=about, kind="true_conflict", reason=reason)
            found.setdefault(ids, made)
    return list(found.values())


def _groups(agreeing: Sequence[tuple[Claim, Claim, str]]) -> tuple[Agreement, ...]:
    """Claims that agree pair by pair on one thing, as one agreement; a group is told in the order of its ids."""
    groups: dict[str, list[set[str]]] = {}
    for first, second, key in agreeing:
        pair = {first.id, second.id}
        joined = [g for g in groups.get(key, []) if g & pair]
        rest = [g for g in groups.get(key, []) if not g & pair]
        groups[key] = [*rest, pair.union(*joined)]
    made = []
    for key, sets in groups.items():
        way, _, about = key.partition(": ")
        for ids in sets:
            reason = f"{'both' if len(ids) == 2 else f'all {len(ids)}'} report the direction {way}"
            made.append(Agreement(claim_ids=tuple(sorted(ids)), about=about, reason=reason))
    return tuple(sorted(made, key=lambda a: (a.claim_ids, a.about)))
