"""The report as finished values: what every format shows, in the words it shows it in.

Templates hold words and order; whatever must be counted, ranked, named or worded is done here once, so
that the card, the brief, the Markdown and the terminal cannot disagree.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from synth.records import Report, Reviewer
from synth.render import display, serial
from synth.render.claims import ClaimView, claim_views, strongest
from synth.render.display import clean, join, plural
from synth.render.figures import Forest, Timeline, forests, timeline
from synth.render.gaps import CoverageView, Unchecked, coverage_views, tiers, unchecked_views
from synth.render.papers import PaperView, paper_views

__all__ = ["ConflictView", "Count", "DimensionView", "ReviewerView", "View", "view"]


@dataclass(frozen=True)
class Count:
    """How many claims have one verdict; `independent` of them rest on evidence from another paper."""

    label: str
    word: str
    mark: str
    count: int
    independent: int


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
    """Everything a format shows. `flow` are the PRISMA counts as (word, count) in order; `answer_parts` is the
    answer with the numbers of the claims it rests on."""

    question: str
    partial: bool
    status: str
    status_word: str
    status_mark: str
    status_gloss: str
    answer: str
    answer_parts: tuple[tuple[str, int | None], ...]
    answer_claims: tuple[ClaimView, ...]
    next_experiment: str | None
    counts: tuple[Count, ...]
    findings: tuple[ClaimView, ...]
    findings_title: str
    claims: tuple[ClaimView, ...]
    papers: tuple[PaperView, ...]
    excluded: tuple[PaperView, ...]
    coverage: tuple[CoverageView, ...]
    flow: tuple[tuple[str, int], ...]
    flow_text: str
    timeline: Timeline | None
    forests: tuple[Forest, ...]
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
    findings = strongest(claims, {claim.id for claim in named})
    return View(
        question=clean(report.question),
        partial=report.partial,
        status=report.answer.status,
        status_word=display.STATUS_WORDS[report.answer.status],
        status_mark=display.STATUS_MARKS[report.answer.status],
        status_gloss=display.STATUS_GLOSSES[report.answer.status],
        answer=clean(report.answer.text),
        answer_parts=_answer_parts(clean(report.answer.text), {claim.number for claim in named}),
        answer_claims=named,
        next_experiment=clean(experiment) if experiment else None,
        counts=_counts(claims),
        findings=findings,
        findings_title="Strongest findings" if all(c.decided for c in findings) else "Closest to the question",
        claims=claims,
        papers=papers,
        excluded=excluded,
        coverage=coverage_views(report),
        flow=flow,
        flow_text=" · ".join(f"{count} {word}" for word, count in flow),
        timeline=timeline(report.papers),
        forests=forests(report.claims, claims),
        tiers=tiers([paper for paper in report.papers if paper.included]),
        agreements=tuple(_together("agreement", a.about, a.reason, a.claim_ids, by_id) for a in report.agreements),
        conflicts=tuple(
            _together(
                "conflict" if c.kind == "true_conflict" else "different scope", c.about, c.reason, c.claim_ids, by_id
            )
            for c in report.conflicts
        ),
        unchecked=unchecked_views(report, claims),
        review_score=_out_of_ten(report.review.score),
        reviewer_spread=_spread(report),
        dimensions=_dimensions(report),
        reviewers=tuple(
            ReviewerView(
                clean(r.name),
                clean(r.mandate),
                r.outcome if r.outcome != "rated" else _out_of_ten(r.score),
                tuple(clean(n) for n in (*r.notes, *_rated(r))),
            )
            for r in report.review.reviewers
        ),
        limitations=tuple(clean(text) for text in report.limitations),
        methods=_methods(report),
        digest=hashlib.sha256(serial.to_json(report)).hexdigest()[:12],
    )


def _answer_parts(answer: str, named: set[int]) -> tuple[tuple[str, int | None], ...]:
    """The answer in parts: text, and the numbers in square brackets that name a claim it rests on."""
    parts: list[tuple[str, int | None]] = []
    for part in re.split(r"(\[\d{1,4}\])", answer):
        claim = int(part[1:-1]) if re.fullmatch(r"\[\d{1,4}\]", part) else None
        parts.append((part, claim if claim in named else None))
    return tuple(part for part in parts if part[0])


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


def _together(kind: str, about: str, reason: str, ids: tuple[str, ...], by_id: dict[str, ClaimView]) -> ConflictView:
    return ConflictView(kind, clean(about), clean(reason), tuple(by_id[i] for i in ids if i in by_id))


def _out_of_ten(score: float | None) -> str:
    return "not scored" if score is None else f"{score:.1f} of 10"


def _spread(report: Report) -> str:
    spread, alpha = report.review.agreement, report.review.alpha
    agreed = "" if alpha is None else f"; Krippendorff's alpha over the dimensions is {alpha:.2f}"
    return "" if spread is None else f"the reviewers' scores lie {spread:.1f} apart{agreed}"


def _rated(reviewer: Reviewer) -> list[str]:
    """Each rating with the quote that it rests on and its place."""
    return [f"{r.dimension} {r.score:.1f}: “{r.quote}” ({r.place})" for r in reviewer.ratings if r.score is not None]


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


def _sources(report: Report) -> str:
    """Which sources were asked; a source that was skipped for every query was not.

    Looking up notices and asking for full texts are no searches: they stand in the coverage alone.
    """
    searches = [c for c in report.coverage if not c.source.startswith(("notices", "full texts"))]
    sources = coverage_views(report.model_copy(update={"coverage": tuple(searches)}))
    asked = [source.name for source in sources if source.worst != "skipped"]
    rest = [source.name for source in sources if source.worst == "skipped"]
    if not asked:
        return "No source was asked."
    told = f"{plural(len(asked), 'source was', 'sources were')} asked: {join(asked)}"
    return told + (f"; not asked: {join(rest)}." if rest else ".")


def _methods(report: Report) -> tuple[str, ...]:
    """How the report was made, in sentences whose every number comes from the report."""
    s = report.screening
    sentences = [
        _sources(report),
        f"{plural(s.identified, 'paper was', 'papers were')} found, {s.duplicates} of them duplicates; "
        f"{s.screened} were screened and {s.included} included.",
    ]
    included = [paper for paper in report.papers if paper.included]
    if included:
        sentences.append(f"The included papers were read: {tiers(included)}.")
    sentences += [
        f"{plural(len(report.claims), 'claim was', 'claims were')} taken from their sentences; each keeps the sentence "
        "it comes from, word for word.",
        "A verdict rests only on the quotes shown with it. Evidence from the claim's own paper is marked: "
        "it shows that the paper says so, not that it is so.",
        "A score lies between −1 (speaks against) and 1 (speaks for) and is no probability; "
        "a confidence says how often verdicts scored so were right on labelled claims, whichever verdict it is, and is "
        "printed only where a calibrator fitted on such claims gave one.",
    ]
    return tuple(sentences)
