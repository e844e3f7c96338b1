"""What the brief shows of a report: finished values, cut to the room there is, as plain JSON."""

from __future__ import annotations

from typing import Any

from synth.render.claims import ClaimView, QuoteView
from synth.render.display import join, shorten
from synth.render.papers import PaperView
from synth.render.view import ConflictView, Count, View

__all__ = ["brief_values"]

_COVERAGE_MARKS = {"found": "✓", "empty": "○", "failed": "✖", "skipped": "◌"}
_QUOTE = 300
_LINE = 420


def brief_values(shown: View, *, claims: int, papers: int, others: int) -> dict[str, Any]:
    """The JSON value that the typst template reads.

    At most `claims` claims (those the answer rests on and the strongest first, shown in the order of the
    report), `papers` references and `others` items of any other list; `..._left` says how many are left
    out. Quotes are shortened at word boundaries, claims never.
    """
    listed = _first_claims(shown, claims)
    groups = shown.conflicts + shown.agreements
    flow = dict(shown.flow)
    return {
        "title": shown.question,
        "head": shorten(shown.question, 90),
        "signature": f"synth report {shown.digest}",
        "status_word": shown.status_word,
        "status_mark_word": f"{shown.status_mark} {shown.status_word}",
        "status_gloss": shown.status_gloss,
        "answer": shown.answer,
        "rests_on": _rests_on(shown.answer_claims),
        "next_experiment": shown.next_experiment,
        "partial": shown.partial,
        "counts": [_count(count) for count in shown.counts],
        "findings_title": shown.findings_title,
        "findings": [_claim(claim) for claim in shown.findings],
        "flow": flow,
        "flow_alt": "Flow of papers: " + ", ".join(f"{count} {word}" for word, count in shown.flow),
        "coverage": [
            {"outcome": s.worst, "mark": _COVERAGE_MARKS[s.worst], "name": s.name, "detail": shorten(s.detail, _LINE)}
            for s in shown.coverage
        ],
        "tiers": shown.tiers,
        "claims": [_claim(claim) for claim in listed],
        "claims_left": len(shown.claims) - len(listed),
        "conflicts": [_group(group) for group in groups[:others]],
        "conflicts_left": max(len(groups) - others, 0),
        "unchecked": [{"what": shorten(u.what, _LINE), "why": shorten(u.why, _LINE)} for u in shown.unchecked[:others]],
        "unchecked_left": max(len(shown.unchecked) - others, 0),
        "review_score": shown.review_score,
        "reviewer_spread": shown.reviewer_spread,
        "dimensions": [
            {
                "name": d.name,
                "score": d.score_text,
                "share": d.share,
                "rule": shorten(d.rule, _LINE),
                "inputs": shorten(", ".join(f"{name} = {value}" for name, value in d.inputs), _LINE),
            }
            for d in shown.dimensions
        ],
        "reviewers": [
            {"name": r.name, "mandate": r.mandate, "score": r.score_text, "notes": shorten("; ".join(r.notes), _LINE)}
            for r in shown.reviewers
        ],
        "limitations": list(shown.limitations),
        "notes": [],
        "methods": " ".join(shown.methods)
        + " The whole record is report.json; the command, versions and times are in manifest.json.",
        "papers": [_paper(paper) for paper in shown.papers[:papers]],
        "papers_left": max(len(shown.papers) - papers, 0),
    }


def _first_claims(shown: View, limit: int) -> list[ClaimView]:
    named = {claim.number for claim in (*shown.answer_claims, *shown.findings)}
    order = sorted(shown.claims, key=lambda claim: (claim.number not in named, claim.number))
    return sorted(order[:limit], key=lambda claim: claim.number)


def _rests_on(claims: tuple[ClaimView, ...]) -> str:
    if not claims:
        return ""
    return "Rests on claim" + ("s " if len(claims) > 1 else " ") + join([str(claim.number) for claim in claims])


def _count(count: Count) -> dict[str, Any]:
    note = f"{count.independent} by other papers" if count.count and count.label in ("supported", "refuted") else ""
    return {"label": count.label, "mark": count.mark, "word": count.word, "count": count.count, "note": note}


def _claim(claim: ClaimView) -> dict[str, Any]:
    return {
        "number": claim.number,
        "statement": claim.statement,
        "direction": claim.direction,
        "label": claim.label,
        "mark": claim.mark,
        "word": claim.word,
        "score": claim.score_text,
        "basis": claim.basis,
        "replicated": claim.replication_word if claim.replicated else "",
        "quote": _quote(claim.deciding),
        "verbatim": claim.verbatim,
    }


def _quote(quote: QuoteView) -> dict[str, Any]:
    return {
        "text": shorten(quote.text, _QUOTE),
        "direction": quote.direction,
        "paper": quote.paper.short,
        "where": shorten(quote.place, 160),
        "link": quote.paper.link,
    }


def _group(group: ConflictView) -> dict[str, Any]:
    return {
        "kind": group.kind,
        "numbers": join([str(claim.number) for claim in group.claims]),
        "about": shorten(group.about, _LINE),
        "reason": shorten(group.reason, _LINE),
    }


def _paper(paper: PaperView) -> dict[str, Any]:
    rest = [paper.venue, paper.version, f"Read as {paper.tier}"]
    return {
        "index": paper.index,
        "authors": shorten(paper.authors, 200),
        "year": paper.year,
        "title": paper.title,
        "link": paper.link,
        "rest": ". ".join(part for part in rest if part) + ".",
        "notices": "; ".join(paper.notices),
    }
