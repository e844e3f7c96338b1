"""The arrow Report -> Review: eight dimensions, each with its rule and its inputs, and four reviewers.

Everything is computed from the report's own fields, so that anybody can recompute the score from report.json
(`recomputed`). A dimension whose inputs allow no score has none and does not enter the mean. A language model may sit
with the reviewers (`joined`): its ratings are kept and shown, move the spread and alpha, and never enter the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from synth.errors import InputError
from synth.records import Answer, Claim, Conflict, Coverage, Dimension, Report, ReportPaper, Review, Reviewer, Screening
from synth.review import claims as single
from synth.review import whole
from synth.review.alpha import alpha
from synth.review.basis import ASKED, Basis, basis
from synth.review.reviewers import mean, reviewers

__all__ = ["ASKED", "joined", "recomputed", "review"]


def review(
    answer: Answer,
    claims: Sequence[Claim],
    papers: Sequence[ReportPaper],
    coverage: Sequence[Coverage],
    screening: Screening,
    limitations: Sequence[str],
    *,
    question: str = "",
    conflicts: Sequence[Conflict] = (),
    partial: bool = False,
    extra: Sequence[Reviewer] = (),
) -> Review:
    """The review of a report from its parts; `score` is the mean of the scored dimensions, 0 to 10.

    Without `question` every claim counts as bearing on it. `extra` are further reviewers, such as a language model.
    `agreement` is the spread of all reviewers: the highest score minus the lowest. `alpha` is Krippendorff's over the
    dimensions, between the rules and every further reviewer that rates them.
    """
    of = basis(question, answer, claims, papers, coverage, screening, conflicts, limitations, partial)
    found = _dimensions(of)
    return _together(found, (*reviewers(of, found), *extra))


def joined(report: Report, guests: Sequence[Reviewer]) -> Report:
    """The report with further reviewers beside those it has; its dimensions and its score stay as they are."""
    of = report.review
    return report.model_copy(update={"review": _together(of.dimensions, (*of.reviewers, *guests))})


def _together(found: Sequence[Dimension], members: Sequence[Reviewer]) -> Review:
    """The review by these members. The four by the rules share the dimensions out, so they rate as one."""
    scores = [r.score for r in members if r.score is not None]
    guests = [{one.dimension: one.score for one in r.ratings} for r in members if r.ratings]
    return Review(
        score=mean([d.score for d in found]),
        dimensions=tuple(found),
        reviewers=tuple(members),
        agreement=round(max(scores) - min(scores), 2) if scores else None,
        alpha=alpha([{d.name: d.score for d in found}, *guests]),
    )


def _dimensions(of: Basis) -> tuple[Dimension, ...]:
    """All eight, in their fixed order. One has no score where its inputs allow none."""
    return (
        single.strength(of),
        single.grounding(of),
        single.numbers(of),
        single.benchmarks(of),
        whole.coverage(of),
        whole.uncertainty(of),
        whole.reproducibility(of),
        whole.answered(of),
    )


def recomputed(report: Mapping[str, Any]) -> float:
    """The score (0 to 10) of a report as it stands in report.json; the review it carries is not looked at.

    Raises:
        InputError: `report` is not of the schema `synth/report/1`.
    """
    empty: dict[str, Any] = {"score": None, "dimensions": [], "reviewers": [], "agreement": None}
    try:
        made = Report.model_validate({**report, "review": empty})
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the report"
        raise InputError(f"report.json: {where}: {first['msg']}; give a report of the schema synth/report/1") from None
    score = review(
        made.answer,
        made.claims,
        made.papers,
        made.coverage,
        made.screening,
        made.limitations,
        question=made.question,
        conflicts=made.conflicts,
        partial=made.partial,
    ).score
    assert score is not None  # whether the question was answered can always be told
    return score
