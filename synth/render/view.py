"""The report as finished values: what every format shows, in the words it shows it in.

Templates hold words and order; whatever must be counted, ranked, named or worded is done here once, so
that the card, the brief, the Markdown and the terminal cannot disagree.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

from synth.records import Report, ReportPaper
from synth.render import display, serial
from synth.render.claims import ClaimView, PaperView, claim_views, paper_views, strongest
from synth.render.display import clean, join, plural

__all__ = ["ConflictView", "Count", "CoverageView", "DimensionView", "ReviewerView", "Unchecked", "View", "view"]

_FULL_TEXT = ("html", "pdf", "xml", "latex")


@dataclass(frozen=True)
class Count:
    """How many claims have one verdict; `independent` of them rest on evidence from another paper."""

    label: str
    word: str
    mark: str
    count: int
    independent: int


@dataclass(frozen=True)
class CoverageView:
    """One source: `detail` says how it went in a few words, `queries` what it was asked and what came back."""

    name: str
    worst: str
    detail: str
    queries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Unchecked:
    """Something that was not checked or not read in full, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class ConflictView:
    """Claims that agree or cannot both hold. `kind` is "agreement", "conflict" or "different scope"."""

    kind: str
    about: str
    reason: str
    claims: tuple[ClaimView, ...]


@dataclass(frozen=True)
class DimensionView:
    """One dimension of the review; `share` is the score as a part of ten, None where there is no score."""

    name: str
    score_text: str
    share: float | None
    rule: str
    inputs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReviewerView:
    """One reviewer with the score and the findings."""

    name: str
    mandate: str
    score_text: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """Everything a format shows. `flow` are the PRISMA counts as (word, count) in order."""

    question: str
    partial: bool
    status: str
    status_word: str
    status_mark: str
    status_gloss: str
    answer: str
    answer_claims: tuple[ClaimView, ...]
    next_experiment: str | None
    counts: tuple[Count, ...]
    findings: tuple[ClaimView, ...]
    claims: tuple[ClaimView, ...]
    papers: tuple[PaperView, ...]
    excluded: tuple[PaperView, ...]
    coverage: tuple[CoverageView, ...]
    flow: tuple[tuple[str, int], ...]
    flow_text: str
    tiers: str
    agreements: tuple[ConflictView, ...]
    conflicts: tuple[ConflictView, ...]
    unchecked: tuple[Unchecked, ...]
    review_score: str
    reviewer_spread: str
    dimensions: tuple[DimensionView, ...]
    reviewers: tuple[ReviewerView, ...]
    limitations: tuple[str, ...]
    methods: tuple[str, ...]
    digest: str


def view(report: Report) -> View:
    """The finished values of `report`."""
    papers, excluded = paper_views(report.papers)
    claims = claim_views(report.claims, (*papers, *excluded))
    by_id = {claim.id: claim for claim in claims}
    named = tuple(by_id[i] for i in report.answer.claim_ids if i in by_id)
    experiment = report.answer.next_experiment
    flow = _flow(report)
    return View(
        question=clean(report.question),
        partial=report.partial,
        status=report.answer.status,
        status_word=display.STATUS_WORDS[report.answer.status],
        status_mark=display.STATUS_MARKS[report.answer.status],
        status_gloss=display.STATUS_GLOSSES[report.answer.status],
        answer=clean(report.answer.text),
        answer_claims=named,
        next_experiment=clean(experiment) if experiment else None,
        counts=_counts(claims),
        findings=strongest(claims, {claim.id for claim in named}),
        claims=claims,
        papers=papers,
        excluded=excluded,
        coverage=_coverage(report),
        flow=flow,
        flow_text=" · ".join(f"{count} {word}" for word, count in flow),
        tiers=_tiers([paper for paper in report.papers if paper.included]),
        agreements=tuple(
            _together("agreement", a.about, a.reason, a.claim_ids, by_id) for a in report.agreements
        ),
        conflicts=tuple(
            _together(
                "conflict" if c.kind == "true_conflict" else "different scope", c.about, c.reason, c.claim_ids, by_id
            )
            for c in report.conflicts
        ),
        unchecked=_unchecked(report, claims),
        review_score=_out_of_ten(report.review.score),
        reviewer_spread=_spread(report),
        dimensions=_dimensions(report),
        reviewers=tuple(
            ReviewerView(clean(r.name), clean(r.mandate), _out_of_ten(r.score), tuple(clean(n) for n in r.notes))
            for r in report.review.reviewers
        ),
        limitations=tuple(clean(text) for text in report.limitations),
        methods=_methods(report),
        digest=hashlib.sha256(serial.to_json(report)).hexdigest()[:12],
    )


def _counts(claims: tuple[ClaimView, ...]) -> tuple[Count, ...]:
    """All five verdicts in their fixed order, also those with no claim: an absent row would hide a zero."""
    return tuple(
        Count(
            label,
            word,
            display.VERDICT_MARKS[label],
            sum(claim.label == label for claim in claims),
            sum(claim.label == label and claim.independent for claim in claims),
        )
        for label, word in display.VERDICT_WORDS.items()
    )


def _flow(report: Report) -> tuple[tuple[str, int], ...]:
    s = report.screening
    return (
        ("found", s.identified),
        ("duplicates", s.duplicates),
        ("screened", s.screened),
        ("excluded", s.excluded),
        ("included", s.included),
    )


def _coverage(report: Report) -> tuple[CoverageView, ...]:
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
    return tuple(views)


def _outcome(outcome: str, count: int | None, reason: str | None) -> str:
    if outcome == "found":
        return f"{count} found" if count is not None else "found"
    told = {"empty": "nothing found", "failed": "failed", "skipped": "not asked"}[outcome]
    return f"{told}: {clean(reason)}" if reason else told


def _tiers(included: list[ReportPaper]) -> str:
    """"9 abstract, 2 full text (HTML)": how much of each included paper could be read."""
    counts = Counter(paper.tier for paper in included)
    return ", ".join(f"{counts[tier]} {word}" for tier, word in display.TIER_WORDS.items() if counts[tier])


def _together(
    kind: str, about: str, reason: str, ids: tuple[str, ...], by_id: dict[str, ClaimView]
) -> ConflictView:
    return ConflictView(kind, clean(about), clean(reason), tuple(by_id[i] for i in ids if i in by_id))


def _unchecked(report: Report, claims: tuple[ClaimView, ...]) -> tuple[Unchecked, ...]:
    """What was not checked, and why: the run, the sources, the papers, the claims, the experiments."""
    items = []
    if report.partial:
        items.append(Unchecked("The run", "It ended early or some sources failed; what was finished is here."))
    for source in _coverage(report):
        for query, told in source.queries:
            if told.startswith(("failed", "not asked")):
                items.append(Unchecked(f"{source.name}, query “{query}”", told))
    items += [Unchecked(clean(paper.name), clean(paper.reason)) for paper in report.skipped]
    included = [paper for paper in report.papers if paper.included]
    short = [paper for paper in included if paper.tier not in _FULL_TEXT]
    if short:
        read_as = join([word for tier, word in display.TIER_WORDS.items() if any(p.tier == tier for p in short)])
        items.append(
            Unchecked(f"{len(short)} of {plural(len(included), 'included paper')}", f"read only as {read_as}, not whole")
        )
    for reason, numbers in _grouped((c.reason, c.number) for c in claims if c.label == "not_checked"):
        items.append(Unchecked(f"{_claim_numbers(numbers)}: no verdict", reason))
    for reason, numbers in _grouped((c.replication_reason, c.number) for c in claims if not c.replicated):
        items.append(Unchecked(f"Experiments on {len(numbers)} of {plural(len(claims), 'claim')}", reason))
    return tuple(items)


def _grouped(pairs: object) -> list[tuple[str, list[int]]]:
    """(reason, claim numbers) in the order in which the reasons first appear."""
    groups: dict[str, list[int]] = {}
    for reason, claim_number in pairs:  # type: ignore[attr-defined]
        groups.setdefault(reason, []).append(claim_number)
    return list(groups.items())


def _claim_numbers(numbers: list[int]) -> str:
    return ("Claim " if len(numbers) == 1 else "Claims ") + join([str(n) for n in numbers])


def _out_of_ten(score: float | None) -> str:
    return "not scored" if score is None else f"{score:.1f} of 10"


def _spread(report: Report) -> str:
    spread = report.review.agreement
    return "" if spread is None else f"the reviewers' scores lie {spread:.1f} apart"


def _dimensions(report: Report) -> tuple[DimensionView, ...]:
    return tuple(
        DimensionView(
            clean(d.name),
            _out_of_ten(d.score),
            None if d.score is None else min(max(d.score / 10, 0.0), 1.0),
            clean(d.rule),
            tuple((clean(name.replace("_", " ")), _input(value)) for name, value in d.inputs.items()),
        )
        for d in report.review.dimensions
    )


def _input(value: float | int | str | None) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else clean(str(value))


def _methods(report: Report) -> tuple[str, ...]:
    """How the report was made, in sentences whose every number comes from the report."""
    s = report.screening
    asked = [source.name for source in _coverage(report)]
    sentences = [
        f"{plural(len(asked), 'source was', 'sources were')} asked: {join(asked)}." if asked else "No source was asked.",
        f"{plural(s.identified, 'paper was', 'papers were')} found, {s.duplicates} of them duplicates; "
        f"{s.screened} were screened and {s.included} included.",
    ]
    included = [paper for paper in report.papers if paper.included]
    if included:
        sentences.append(f"The included papers were read as: {_tiers(included)}.")
    sentences += [
        f"{plural(len(report.claims), 'claim was', 'claims were')} taken from their sentences; each keeps the sentence "
        "it comes from, word for word.",
        "A verdict rests only on the quotes shown with it. Evidence from the claim's own paper is marked: "
        "it shows that the paper says so, not that it is so.",
        "A score lies between −1 (speaks against) and 1 (speaks for) and is no probability; "
        "a confidence is printed only where a calibrator fitted on labelled claims gave one.",
    ]
    return tuple(sentences)
