"""What the brief shows of a report: finished values, cut to the room there is, as plain JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from synth.render.claims import ClaimView, QuoteView
from synth.render.display import join, shorten
from synth.render.figures import Matrix, matrix
from synth.render.papers import PaperView
from synth.render.view import ConflictView, Count, View

__all__ = ["brief_values"]

_COVERAGE_MARKS = {"found": "✓", "empty": "○", "failed": "✖", "skipped": "◌"}
_QUOTE = 300
_CHECKED = 240  # characters of the checks
_TITLE = 300
_LINE = 420
_INPUTS = 200
_MOST_COLUMNS = 24
_ALIKE = 2  # limits that begin alike are shown so often; the rest are counted


def brief_values(shown: View, *, claims: int, papers: int, others: int) -> dict[str, Any]:
    """The JSON value that the typst template reads.

    At most `claims` claims (those the answer rests on and the strongest first, shown in the order of the
    report), `papers` references and `others` items of any other list; `..._left` says how many are left
    out. Quotes are shortened at word boundaries, claims never.
    """
    listed = _first_claims(shown, claims)
    groups = shown.conflicts + shown.agreements
    flow = dict(shown.flow)
    limits, limits_left = _limits(shown.limitations, others)
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
        "timeline": None if shown.timeline is None else asdict(shown.timeline),
        "forests": [asdict(forest) for forest in shown.forests],
        "map": _map(matrix(shown.claims, shown.papers), others),
        "flow_alt": "Flow of papers: " + ", ".join(f"{count} {word}" for word, count in shown.flow),
        "coverage": [
            {"outcome": s.worst, "mark": _COVERAGE_MARKS[s.worst], "name": s.name, "detail": shorten(s.detail, _LINE)}
            for s in shown.coverage
        ],
        "tiers": shown.tiers,
        "claims": _table(listed),
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
                "inputs": shorten(", ".join(f"{name} = {value}" for name, value in d.inputs), _INPUTS),
            }
            for d in shown.dimensions
        ],
        "reviewers": [
            {"name": r.name, "mandate": r.mandate, "score": r.score_text, "notes": shorten("; ".join(r.notes), _LINE)}
            for r in shown.reviewers
        ],
        "limitations": limits,
        "limitations_left": limits_left,
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


def _table(claims: list[ClaimView]) -> list[dict[str, Any]]:
    """The claims as rows; a quote that stood with an earlier one is named by that claim's number, not set again."""
    first: dict[tuple[str, str], int] = {}
    rows = []
    for claim in claims:
        key = (claim.deciding.paper.id, claim.deciding.text)
        rows.append(_claim(claim) | {"quoted_at": first.get(key), "bar": asdict(claim.bar) if claim.bar else None})
        if not claim.verbatim:
            first.setdefault(key, claim.number)
    return rows


def _limits(limitations: tuple[str, ...], most: int) -> tuple[list[str], int]:
    """At most `most` limits, and of those that begin alike ("Versions of X state different numbers: ...") two; and
    how many are left out."""
    seen: dict[str, int] = {}
    kept = []
    for text in limitations:
        head = text.partition(": ")[0]
        seen[head] = seen.get(head, 0) + 1
        if seen[head] <= _ALIKE:
            kept.append(text)
    return kept[:most], len(limitations) - len(kept[:most])


def _map(found: Matrix, most: int) -> dict[str, Any] | None:
    """Who says what, of the claims on which another paper takes a side; None where there are none."""
    numbers = {claim.number for claim in found.sided[:most]}
    rows = [(claim, cells) for claim, cells in found.rows if claim.number in numbers]
    columns = [at for at in range(len(found.papers)) if any(cells[at][0] for _, cells in rows)]
    if not rows or len(columns) > _MOST_COLUMNS:
        return None
    return {
        "papers": [found.papers[at].index for at in columns],
        "rows": [
            {"number": claim.number, "word": claim.word,
             "cells": [f"({sign})" if own else sign for sign, _, own in (cells[at] for at in columns)]}
            for claim, cells in rows
        ],
        "left": len(found.sided) - len(rows),
    }  # fmt: skip


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
        "checked": shorten(claim.checked, _CHECKED),
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
    rest = [shorten(paper.venue, _TITLE), shorten(paper.version, 120), f"Read as {paper.tier}"]
    return {
        "index": paper.index,
        "authors": shorten(paper.authors, 200),
        "year": paper.year,
        "title": shorten(paper.title, _TITLE),
        "link": paper.link,
        "rest": ". ".join(part for part in rest if part) + ".",
        "notices": shorten("; ".join(paper.notices), _LINE),
    }
