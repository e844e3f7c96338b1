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
        more = [finding for other, rest in enumerate(audits) if other != at for finding in _against(audit, rest)]
        found = sorted((*audit.findings, *more), key=lambda f: KINDS.index(f.kind))
        made.append(audit.model_copy(update={"findings": tuple(found)}))
    return made


def _against(audit: Audit, other: Audit) -> Iterator[Finding]:
    marks = {True: "verified", False: "not verified"}
    for here, there, how in disputed(audit, other):
        yield Finding(
            kind="inconsistent_verdict",
            severity="high",
            message=f"Claim {here.index} is marked as {marks[bool(here.stated_verified)]}; claim {there.index} of "
            f"{PurePath(other.file).name} {how} and is marked as {marks[bool(there.stated_verified)]}.",
            claim_indexes=(here.index,),
        )


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
    for small, large, how in ((claim, other, "says it too, with more"), (other, claim, "is a part of it")):
        text = complete(small.text, small.cut) or small.text
        for unit in sameness.units(large.text, large.cut):
            if sameness.same(text, unit, cut=cut) or sameness.within(text, unit):
                return how
    return None
