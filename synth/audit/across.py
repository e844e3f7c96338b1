"""Several reports held against each other: one fact, different verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from synth.audit import sameness
from synth.audit.stated import KINDS, Audit, AuditedClaim, Finding
from synth.audit.wording import complete

__all__ = ["compared", "disputed"]

_MOST = 400  # claims of a report that are compared with those of others


def compared(audits: Sequence[Audit]) -> list[Audit]:
    """The audits, each with a finding for every claim that another report marks otherwise."""
    if len(audits) < 2:
        return list(audits)
    made = []
    for at, audit in enumerate(audits):
        more = _told(audit, [rest for other, rest in enumerate(audits) if other != at])
        found = sorted((*audit.findings, *more), key=lambda f: KINDS.index(f.kind))
        made.append(audit.model_copy(update={"findings": tuple(found)}))
    return made


def _told(audit: Audit, others: Sequence[Audit]) -> Iterator[Finding]:
    """One finding for each claim and way in which claims of other reports say it, all of them named in it."""
    marks = {True: "verified", False: "not verified"}
    found: dict[tuple[int, str], list[str]] = {}
    for other in others:
        for here, there, how in disputed(audit, other):
            where = f"claim {there.index} of {PurePath(other.file).name}"
            found.setdefault((here.index, how), []).append(where)
    verified = {claim.index: bool(claim.stated_verified) for claim in audit.claims}
    for (index, how), places in found.items():
        verb, are = (how, "is") if len(places) == 1 else (_PLURAL[how], "are")
        yield Finding(
            kind="inconsistent_verdict",
            severity="high",
            message=f"Claim {index} is marked as {marks[verified[index]]}; {_listed(places)} {verb} and {are} marked "
            f"as {marks[not verified[index]]}.",
            claim_indexes=(index,),
        )


_PLURAL = {
    "says the same": "say the same",
    "says it too, with more,": "say it too, with more,",
    "is a part of it": "are parts of it",
}


def _listed(places: Sequence[str]) -> str:
    return places[0] if len(places) == 1 else f"{', '.join(places[:-1])} and {places[-1]}"


def disputed(one: Audit, two: Audit) -> Iterator[tuple[AuditedClaim, AuditedClaim, str]]:
    """Claims of the two that say the same, or one a part of the other, and are marked otherwise."""
    there = [c for c in two.claims[:_MOST] if c.stated_verified is not None]
    for claim in one.claims[:_MOST]:
        if claim.stated_verified is None:
            continue
        for other in there:
            if claim.stated_verified == other.stated_verified:
                continue
            how = _how(claim, other)
            if how is not None:
                yield claim, other, how
                break


def _how(claim: AuditedClaim, other: AuditedClaim) -> str | None:
    cut = claim.cut or other.cut
    if sameness.same(claim.text, other.text, cut=cut):
        return "says the same"
    more, less = _said_by(claim, other, cut), _said_by(other, claim, cut)
    if more and less:
        return "says the same"
    return "says it too, with more," if more else "is a part of it" if less else None


def _said_by(small: AuditedClaim, large: AuditedClaim, cut: bool) -> bool:
    """Whether the second claim, or a piece of it, says the first."""
    text = complete(small.text, small.cut) or small.text
    units = sameness.units(large.text, large.cut)
    return any(sameness.same(text, unit, cut=cut) or sameness.within(text, unit) for unit in units)
