"""The arrow Run -> limitations: what this one report cannot say, from what happened while it was made."""

from __future__ import annotations

from collections.abc import Sequence

from synth.records import Claim, Coverage, ReportPaper

__all__ = ["limitations"]


def limitations(
    claims: Sequence[Claim],
    papers: Sequence[ReportPaper],
    coverage: Sequence[Coverage],
    *,
    late: bool,
    unread: int,
) -> tuple[str, ...]:
    """Whole sentences, each true of this report alone; empty only when nothing limits it."""
    told = [*_asking(coverage), *_reading([p for p in papers if p.included], unread)]
    if late:
        told.append("The time budget ran out; what was not finished by then is missing.")
    alone = sum(not any(e.independent and e.stance != "neutral" for e in c.evidence) for c in claims)
    if alone:
        what = f"{alone} of {len(claims)} claims rest on their own paper alone"
        told.append(f"{what}: nothing independent was found for or against them.")
    unchecked = sum(c.verdict.label == "not_checked" for c in claims)
    if unchecked:
        told.append(f"{unchecked} of {len(claims)} claims could not be checked.")
    if any(c.verdict.confidence is None and c.verdict.label != "not_checked" for c in claims):
        told.append(
            "The verifier was taken by name and has no calibrator: scores are raw and the verdicts carry no confidence."
        )
    return tuple(told)


def _asking(coverage: Sequence[Coverage]) -> list[str]:
    told = []
    if failed := [c.source for c in coverage if c.outcome == "failed"]:
        told.append(f"These sources could not be asked, so what only they hold is missing: {', '.join(failed)}.")
    if skipped := [c.source for c in coverage if c.outcome == "skipped"]:
        told.append(f"These sources were not asked: {', '.join(skipped)}.")
    return told


def _reading(included: Sequence[ReportPaper], unread: int) -> list[str]:
    told = []
    if unread:
        told.append(f"{unread} of the papers that passed the screening could not be read.")
    for tier, what in (("abstract", "its abstract"), ("digest", "a digest in this program's own words")):
        if count := sum(p.tier == tier for p in included):
            told.append(f"For {count} of {len(included)} included papers only {what} was read, not the paper.")
    retracted = [p.title for p in included if any(n.kind in ("retraction", "withdrawal") for n in p.notices)]
    if retracted:
        told.append(f"Retracted or withdrawn, and still read here: {'; '.join(retracted)}.")
    return told
