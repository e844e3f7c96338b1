"""How far the report reached: what the sources answered, and what was not checked or not read, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from synth.records import Report, ReportPaper
from synth.render import display
from synth.render.claims import ClaimView
from synth.render.display import clean, join, plural

__all__ = ["CoverageView", "Unchecked", "coverage_views", "tiers", "unchecked_views"]

_FULL_TEXT = ("html", "pdf", "xml", "latex")
_NOT_LOOKED_UP = "not checked: "  # how `synth.notices` begins the reason of a look-up that was not made


@dataclass(frozen=True)
class CoverageView:
    """One source: `detail` says how it went in a few words, `queries` what it was asked and what came back.

    `count` is more than 1 where several sources were not asked for the same reason.
    """

    name: str
    worst: str
    detail: str
    queries: tuple[tuple[str, str], ...]
    count: int = 1


@dataclass(frozen=True)
class Unchecked:
    """Something that was not checked or not read in full, and why; `count` of its kind, named by `briefly`."""

    what: str
    why: str
    count: int
    briefly: str


def coverage_views(report: Report) -> tuple[CoverageView, ...]:
    """One entry a source in the order they were asked; a failure of any of its queries shows in its mark."""
    order = ("failed", "found", "skipped", "empty")
    views = []
    for source in dict.fromkeys(entry.source for entry in report.coverage):
        entries = [entry for entry in report.coverage if entry.source == source]
        worst = min((entry.outcome for entry in entries), key=order.index)
        told = [_outcome(entry.outcome, entry.count, entry.reason) for entry in entries]
        found = sum(entry.count or 0 for entry in entries)
        detail = told[0] if len(told) == 1 else f"{found} found in {plural(len(told), 'query', 'queries')}"
        failures = sorted({t for entry, t in zip(entries, told, strict=True) if entry.outcome in ("failed", "skipped")})
        if len(told) > 1 and failures:
            detail += "; " + "; ".join(failures)
        name = display.SOURCE_WORDS.get(source, clean(source))
        queries = tuple((clean(e.query), text) for e, text in zip(entries, told, strict=True))
        views.append(CoverageView(name, worst, detail, queries))
    return _merged(views)


def _merged(views: list[CoverageView]) -> tuple[CoverageView, ...]:
    """Sources not asked for one and the same reason are one entry: "arXiv and OpenAlex"."""
    groups: dict[tuple[str, str], list[CoverageView]] = {}
    for position, one in enumerate(views):
        alike = (one.worst, one.detail) if one.worst == "skipped" else (one.worst, str(position))
        groups.setdefault(alike, []).append(one)
    return tuple(
        replace(group[0], name=join([one.name for one in group]), count=len(group)) for group in groups.values()
    )


def _outcome(outcome: str, count: int | None, reason: str | None) -> str:
    if outcome == "found":
        return f"{count} found" if count is not None else "found"
    why = clean(reason or "")
    if outcome == "skipped" and why.startswith(_NOT_LOOKED_UP):
        # "notices of retraction: not asked: not checked: the network ...": three colons say one thing.
        cause, _, rest = why.removeprefix(_NOT_LOOKED_UP).partition("; ")
        return f"not looked up, because {cause}" + (f"; {rest}" if rest else "")
    told = {"empty": "nothing found", "failed": "failed", "skipped": "not asked"}[outcome]
    return f"{told}: {why}" if why else told


def tiers(included: list[ReportPaper]) -> str:
    """How much of the included papers could be read: "9 as abstract, 2 as full text (HTML)"."""
    counts = Counter[str](paper.tier for paper in included)
    return ", ".join(f"{counts[tier]} as {word}" for tier, word in display.TIER_WORDS.items() if counts[tier])


def unchecked_views(report: Report, claims: tuple[ClaimView, ...]) -> tuple[Unchecked, ...]:
    """What was not checked, and why: the run, the sources, the papers, the claims, the experiments."""
    items = []
    if report.partial:
        items.append(
            Unchecked("The run", "It ended early or some sources failed; what was finished is here.", 1, "run")
        )
    if not report.coverage:
        items.append(Unchecked("The sources", "None was asked.", 1, "source"))
    for source in coverage_views(report):
        for query, told in source.queries:
            if told.startswith(("failed", "not asked", "not looked up")):
                what = f"{source.name}, query “{query}”" if query else source.name
                items.append(Unchecked(what, told, source.count, _kind(source.name, told)))
    items += [Unchecked(clean(p.name), clean(p.reason), 1, "unreadable paper") for p in report.skipped]
    included = [paper for paper in report.papers if paper.included]
    short = [paper for paper in included if paper.tier not in _FULL_TEXT]
    if short:
        read_as = join([word for tier, word in display.TIER_WORDS.items() if any(p.tier == tier for p in short)])
        what = f"{len(short)} of {plural(len(included), 'included paper')}"
        items.append(Unchecked(what, f"read only as {read_as}, not whole", len(short), "paper not read whole"))
    for reason, numbers in _grouped((c.reason, c.number) for c in claims if c.label == "not_checked"):
        what = f"{_claim_numbers(numbers)}: no verdict"
        items.append(Unchecked(what, reason, len(numbers), "claim without a verdict"))
    for reason, numbers in _grouped((c.replication_reason, c.number) for c in claims if not c.replicated):
        what = f"Experiments on {len(numbers)} of {plural(len(claims), 'claim')}"
        items.append(Unchecked(what, reason, len(numbers), "experiment not run"))
    return tuple(items)


def _kind(name: str, told: str) -> str:
    """What was not asked, in a word; what failed is a source, whatever it was asked for."""
    if told.startswith("failed"):
        return "source"
    return "look-up of notices" if name.startswith("notices") else "full text" if name == "full texts" else "source"


def _grouped(pairs: Iterable[tuple[str, int]]) -> list[tuple[str, list[int]]]:
    """(reason, claim numbers) in the order in which the reasons first appear."""
    groups: dict[str, list[int]] = {}
    for reason, claim_number in pairs:
        groups.setdefault(reason, []).append(claim_number)
    return list(groups.items())


def _claim_numbers(numbers: list[int]) -> str:
    return ("Claim " if len(numbers) == 1 else "Claims ") + join([str(n) for n in numbers])
