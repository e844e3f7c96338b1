"""The arrow Report -> Review: eight dimensions, each with its rule and its inputs, and three reviewers.

Everything is computed from the report's own fields, so that anybody can recompute the score from report.json. A
dimension whose inputs allow no score has none and does not enter the mean.
"""

from __future__ import annotations

from collections.abc import Sequence

from synth.records import Answer, Claim, Coverage, Dimension, ReportPaper, Review, Reviewer, Screening

__all__ = ["review"]

_ANSWER_SCORES = {
    "answered": 10.0,
    "contested": 8.0,
    "partly_answered": 6.0,
    "not_studied": 4.0,
    "no_evidence": 2.0,
    "not_checked": 0.0,
}
_ENOUGH_PAPERS = 5
_REVIEWERS = (
    (
        "challenger",
        "tries to break the claims",
        ("evidence strength", "numerical consistency", "benchmark validity"),
    ),
    (
        "librarian",
        "checks grounding, coverage and sources",
        ("citation grounding", "coverage", "reproducibility"),
    ),
    ("reader", "asks whether the question was answered", ("question answered", "uncertainty disclosed")),
)


def review(
    answer: Answer,
    claims: Sequence[Claim],
    papers: Sequence[ReportPaper],
    coverage: Sequence[Coverage],
    screening: Screening,
    limitations: Sequence[str],
) -> Review:
    """The review of a report from its parts; `score` is the mean of the scored dimensions, 0 to 10."""
    dimensions = (
        _strength(claims),
        _grounding(claims),
        _numbers(claims),
        _benchmarks(claims),
        _coverage(claims, coverage, screening),
        _uncertainty(claims, limitations),
        _reproducibility(papers),
        _answered(answer),
    )
    reviewers = tuple(
        _reviewer(name, mandate, [d for d in dimensions if d.name in looked_at])
        for name, mandate, looked_at in _REVIEWERS
    )
    scores = [r.score for r in reviewers if r.score is not None]
    return Review(
        score=_mean([d.score for d in dimensions]),
        dimensions=dimensions,
        reviewers=reviewers,
        agreement=round(max(scores) - min(scores), 2) if scores else None,
    )


def _mean(scores: Sequence[float | None]) -> float | None:
    known = [s for s in scores if s is not None]
    return round(sum(known) / len(known), 2) if known else None


def _share(part: int, whole: int) -> float | None:
    return round(10 * part / whole, 2) if whole else None


def _strength(claims: Sequence[Claim]) -> Dimension:
    checked = [c for c in claims if c.verdict.label != "not_checked"]
    strong = [c for c in checked if any(e.independent and e.stance != "neutral" for e in c.evidence)]
    return Dimension(
        name="evidence strength",
        score=_share(len(strong), len(checked)),
        rule="10 x claims with evidence for or against from an independent paper / claims checked",
        inputs={"claims_with_independent_evidence": len(strong), "claims_checked": len(checked)},
    )


def _grounding(claims: Sequence[Claim]) -> Dimension:
    placed = [c for c in claims if any(e.quote and e.paper_id == c.source.paper_id for e in c.evidence)]
    return Dimension(
        name="citation grounding",
        score=_share(len(placed), len(claims)),
        rule="10 x claims that show a quote from their own source / all claims",
        inputs={"claims_with_quote": len(placed), "claims": len(claims)},
    )


def _numbers(claims: Sequence[Claim]) -> Dimension:
    made = [k for c in claims for k in c.verdict.checks if k.kind in ("number", "direction", "arithmetic")]
    match = sum(k.outcome == "match" for k in made)
    mismatch = sum(k.outcome == "mismatch" for k in made)
    return Dimension(
        name="numerical consistency",
        score=_share(match, match + mismatch),
        rule="10 x number and direction checks that match / those that match or mismatch; missing ones do not count",
        inputs={"match": match, "mismatch": mismatch, "missing": len(made) - match - mismatch},
    )


def _benchmarks(claims: Sequence[Claim]) -> Dimension:
    numeric = [c for c in claims if c.quantity is not None]
    scoped = [c for c in numeric if c.quantity is not None and c.quantity.metric and c.quantity.dataset]
    return Dimension(
        name="benchmark validity",
        score=_share(len(scoped), len(numeric)),
        rule="10 x numeric claims whose sentence names both measure and data set / numeric claims",
        inputs={"scoped": len(scoped), "numeric_claims": len(numeric)},
    )


def _coverage(claims: Sequence[Claim], coverage: Sequence[Coverage], screening: Screening) -> Dimension:
    asked = [c for c in coverage if c.outcome != "skipped"]
    answered = [c for c in asked if c.outcome != "failed"]
    voices = len({c.source.paper_id for c in claims})
    score = None
    if asked:
        score = round(5 * len(answered) / len(asked) + 5 * min(1.0, voices / _ENOUGH_PAPERS), 2)
    return Dimension(
        name="coverage",
        score=score,
        rule=f"5 x sources that answered / sources asked + 5 x papers with claims / {_ENOUGH_PAPERS} (at most 1)",
        inputs={
            "sources_answered": len(answered),
            "sources_asked": len(asked),
            "papers_with_claims": voices,
            "papers_included": screening.included,
        },
    )


def _uncertainty(claims: Sequence[Claim], limitations: Sequence[str]) -> Dimension:
    reasoned = sum(bool(c.verdict.reason) for c in claims)
    calibrated = sum(c.verdict.confidence is not None for c in claims)
    score = None
    if claims:
        score = round(4 * reasoned / len(claims) + 4 * calibrated / len(claims) + min(2, len(limitations)), 2)
    return Dimension(
        name="uncertainty disclosed",
        score=score,
        rule="4 x share of verdicts with a reason + 4 x share with confidence + 1 per limitation stated (at most 2)",
        inputs={
            "verdicts_with_reason": reasoned,
            "verdicts_with_confidence": calibrated,
            "claims": len(claims),
            "limitations": len(limitations),
        },
    )


def _reproducibility(papers: Sequence[ReportPaper]) -> Dimension:
    included = [p for p in papers if p.included]
    named = [p for p in included if any(value for _, value in p.ids) or p.url]
    full = [p for p in included if p.tier in ("html", "pdf", "xml", "latex")]
    score = None
    if included:
        score = round(6 * len(named) / len(included) + 4 * len(full) / len(included), 2)
    return Dimension(
        name="reproducibility",
        score=score,
        rule="6 x included papers with a public id or link / included + 4 x those read in full / included",
        inputs={"with_id": len(named), "read_in_full": len(full), "included": len(included)},
    )


def _answered(answer: Answer) -> Dimension:
    return Dimension(
        name="question answered",
        score=_ANSWER_SCORES[answer.status],
        rule="answered 10, contested 8, partly answered 6, not studied 4 (said plainly), no evidence 2, not checked 0",
        inputs={"status": answer.status},
    )


def _reviewer(name: str, mandate: str, dimensions: Sequence[Dimension]) -> Reviewer:
    weak = [d for d in dimensions if d.score is not None and d.score < 5]
    missing = [d for d in dimensions if d.score is None]
    notes = [f"{d.name} is weak ({d.score:g}/10): " + _inputs(d) for d in weak]
    notes += [f"{d.name} could not be scored: " + _inputs(d) for d in missing]
    return Reviewer(name=name, mandate=mandate, score=_mean([d.score for d in dimensions]), notes=tuple(notes))


def _inputs(dimension: Dimension) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in dimension.inputs.items())
