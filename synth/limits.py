"""The arrow Run -> limitations: what this one report cannot say, from what happened while it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synth.records import Claim, Coverage, Notice, ReportPaper

__all__ = ["limitations"]

_KINDS = {"concern": "expression of concern"}  # the other kinds are words already


def limitations(
    claims: Sequence[Claim],
    papers: Sequence[ReportPaper],
    coverage: Sequence[Coverage],
    *,
    late: bool,
    unread: int,
    gone: Mapping[str, str] | None = None,
    unchecked: Sequence[str] = (),
    calibrated: bool = True,
) -> tuple[str, ...]:
    """Whole sentences, each true of this report alone; empty only when nothing limits it.

    `gone` are the retracted and withdrawn papers by id with their notice in words, `unchecked` the ids of papers on
    which no service and no list could speak. `calibrated` says that the verifier has a calibrator; a verdict that a
    paper decided and that carries no confidence says the contrary.
    """
    included = [p for p in papers if p.included]
    told = [*_asking(coverage), *_reading(included, coverage, unread)]
    told += [*_noticed(included, gone or {}), *_looking_up(included, coverage, unchecked)]
    if late:
        told.append("The time budget ran out; what was not finished by then is missing.")
    alone = sum(not any(e.independent and e.stance != "neutral" for e in c.evidence) for c in claims)
    if alone:
        what = f"{alone} of {len(claims)} claims rest on their own paper alone"
        told.append(f"{what}: nothing independent was found for or against them.")
    not_checked = sum(c.verdict.label == "not_checked" for c in claims)
    if not_checked:
        told.append(f"{not_checked} of {len(claims)} claims could not be checked.")
    decided = [c.verdict for c in claims if c.verdict.label in ("supported", "refuted", "conflicting")]
    if (not calibrated and not_checked < len(claims)) or any(v.confidence is None for v in decided):
        told.append(
            "The verifier was taken by name and has no calibrator: scores are raw and the verdicts carry no confidence."
        )
    return tuple(told)


def _asking(coverage: Sequence[Coverage]) -> list[str]:
    told = []
    sources = [c for c in coverage if c.searched]
    if failed := list(dict.fromkeys(c.source for c in sources if c.outcome == "failed")):
        told.append(f"These sources could not be asked, so what only they hold is missing: {', '.join(failed)}.")
    if skipped := list(dict.fromkeys(c.source for c in sources if c.outcome == "skipped")):
        told.append(f"These sources were not asked: {', '.join(skipped)}.")
    return told


def _reading(included: Sequence[ReportPaper], coverage: Sequence[Coverage], unread: int) -> list[str]:
    told = []
    if unread:
        told.append(f"{unread} of the papers that passed the screening could not be read.")
    for tier, what in (("abstract", "its abstract"), ("digest", "a digest in this program's own words")):
        if count := sum(p.tier == tier for p in included):
            told.append(f"For {count} of {len(included)} included papers only {what} was read, not the paper.")
    if any(c.source == "full texts" and c.outcome == "failed" for c in coverage):
        told.append("Some full texts could not be asked for; the coverage says which and why.")
    return told


def _noticed(included: Sequence[ReportPaper], gone: Mapping[str, str]) -> list[str]:
    """What stands against included papers: those that count for nothing, and those that are read with care."""
    fallen = [f"“{p.title}” ({gone[p.id]})" for p in included if p.id in gone]
    standing = [
        f"“{p.title}”: {', '.join(_words(n) for n in p.notices)}" for p in included if p.notices and p.id not in gone
    ]
    told = [f"Retracted or withdrawn, shown and not counted: {'; '.join(fallen)}."] if fallen else []
    return [*told, f"Counted although there is a notice on it: {'; '.join(standing)}."] if standing else told


def _words(notice: Notice) -> str:
    when = f" of {notice.date}" if notice.date else ""
    return f"{_KINDS.get(notice.kind, notice.kind)}{when} ({notice.source})"


def _looking_up(included: Sequence[ReportPaper], coverage: Sequence[Coverage], unchecked: Sequence[str]) -> list[str]:
    """Where retractions and other notices were not looked for: absence of a notice is then no good sign."""
    asked = [c for c in coverage if c.source.startswith("notices")]
    failed = [c.source.removeprefix("notices: ") for c in asked if c.outcome == "failed"]
    unknown = sum(p.id in unchecked for p in included)
    told = []
    if failed:
        told.append(f"Notices of retraction could not be asked for at {', '.join(failed)}; some may not be told here.")
    none = next((c.reason or "" for c in asked if c.source == "notices"), None)
    if none is not None and unknown:
        why = none.removeprefix("not checked: ").partition(";")[0]
        told.append(f"Whether {unknown} of {len(included)} included papers were retracted was not looked up: {why}.")
    elif unknown:
        told.append(
            f"Whether {unknown} of {len(included)} included papers were retracted is not known: nobody who could be "
            "asked lists them."
        )
    return told
