"""The review is arithmetic on the report: a person can check each score, and damage lowers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from made import claim

from synth.records import (
    Answer,
    Check,
    Claim,
    Coverage,
    Evidence,
    Ids,
    Quantity,
    ReportPaper,
    Review,
    Screening,
    Verdict,
)
from synth.review import review

FLOW = Screening(identified=4, duplicates=0, screened=4, excluded=2, included=2)


def evidence(key: str, *, independent: bool, quote: str = "Words.") -> Evidence:
    return Evidence(
        paper_id=key, version=None, tier="pdf", section=None, page=1, table=None, cell=None, quote=quote,
        stance="supports", independent=independent, score=0.9,
    )  # fmt: skip


def checked(key: str, *, independent: bool = True, outcome: str = "match") -> Claim:
    made = claim(f"{key} gains 3.1 points.", key)
    check = Check(kind="number", claimed="3.1", found="3.1", outcome=outcome)  # type: ignore[arg-type]
    shown = [evidence("other", independent=True)] if independent else []
    verdict = Verdict(label="supported", score=0.9, confidence=None, reason="so", checks=(check,))
    return made.model_copy(
        update={
            "verdict": verdict,
            "evidence": (*shown, evidence(key, independent=False)),
            "quantity": Quantity(value=3.1, metric="accuracy", dataset="XNLI"),
        }
    )


def paper(key: str, **more: Any) -> ReportPaper:
    made = {"id": key, "title": key, "authors": (), "year": 2020, "venue": None, "url": None, "ids": Ids(arxiv="1"),
            "version": None, "versions": (), "tier": "pdf", "included": True, "relevance": 1.0, "reason": "",
            "notices": ()} | more  # fmt: skip
    return ReportPaper(**made)


def asked(outcome: str = "found") -> Coverage:
    return Coverage(source="s", query="q", outcome=outcome, count=None, reason=None)  # type: ignore[arg-type]


def judge(
    claims: Sequence[Claim] = (checked("a"), checked("b")),
    status: str = "answered",
    papers: Sequence[ReportPaper] = (paper("a"), paper("b")),
    coverage: Sequence[Coverage] = (asked(), asked()),
    limits: Sequence[str] = ("One.", "Two."),
) -> Review:
    told = Answer(status=status, text="So.", claim_ids=(), next_experiment=None)  # type: ignore[arg-type]
    return review(told, claims, papers, coverage, FLOW, limits)


def scores(made: Review) -> dict[str, float | None]:
    return {d.name: d.score for d in made.dimensions}


def test_the_scores_of_a_sound_report() -> None:
    assert scores(judge()) == {
        "evidence strength": 10.0,
        "citation grounding": 10.0,
        "numerical consistency": 10.0,
        "benchmark validity": 10.0,
        "coverage": 7.0,  # 5 for the sources + 5 x 2 of 5 papers
        "uncertainty disclosed": 6.0,  # no calibrated confidence
        "reproducibility": 10.0,
        "question answered": 10.0,
    }
    assert judge().score == 9.12


WORSE = {
    "no independent evidence": {"claims": (checked("a", independent=False), checked("b"))},
    "numbers that mismatch": {"claims": (checked("a", outcome="mismatch"), checked("b"))},
    "evidence removed": {"claims": (checked("a").model_copy(update={"evidence": ()}), checked("b"))},
    "all from one paper": {"claims": (checked("a"), checked("a"))},
    "not answered": {"status": "not_studied"},
    "a source failed": {"coverage": (asked(), asked("failed"))},
    "limitations deleted": {"limits": ()},
    "only abstracts": {"papers": (paper("a", tier="abstract"), paper("b"))},
    "papers without ids": {"papers": (paper("a", ids=Ids()), paper("b"))},
}


@pytest.mark.parametrize("damage", WORSE)
def test_damage_lowers_the_score(damage: str) -> None:
    before, after = judge().score, judge(**WORSE[damage]).score  # type: ignore[arg-type]
    assert before is not None
    assert after is not None
    assert after < before


def test_what_cannot_be_scored_has_no_score() -> None:
    made = judge(claims=(), papers=())
    unscored = {name for name, score in scores(made).items() if score is None}
    assert unscored == {
        "evidence strength",
        "citation grounding",
        "numerical consistency",
        "benchmark validity",
        "uncertainty disclosed",
        "reproducibility",
    }
    assert made.score == 7.5


def test_reviewers_differ_by_their_spread() -> None:
    made = judge(status="not_checked")
    each = [r.score for r in made.reviewers if r.score is not None]
    assert made.agreement == pytest.approx(max(each) - min(each))
    assert any("question answered" in note for r in made.reviewers for note in r.notes)
