"""card.txt: the report in the flat grammar of the old report cards, with true values and whole claims.

The grammar's words are fixed, so they are made true instead of being changed: "✓" and "independently
verified" stand only for a claim that another paper supports; the Limitations say what the confidence
column holds and what a "×" does not mean.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Any

from synth.errors import InputError
from synth.records import Report
from synth.render import display
from synth.render.display import clean, plural
from synth.render.view import View, view

__all__ = ["latest_date", "to_card"]

_FIXED_LIMITATIONS = (
    "This report is a machine-generated literature synthesis and does not constitute original research. "
    "Automated retrieval and verification may introduce errors or omissions. "
    "Review scores reflect automated assessment, not human peer review. "
    "Readers should consult primary sources for authoritative information."
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def to_card(report: Report, date: datetime.date) -> bytes:
    """The card in UTF-8. `date` is printed in English: "June 29, 2026"."""
    shown = view(report)
    score = "n/a" if report.review.score is None else f"{report.review.score:.1f}"
    verified = sum(_verified(claim.label, claim.independent) for claim in shown.claims)
    number = report.screening.screened
    base = shown.papers[0].title if shown.papers else "no paper was included"
    blocks = [
        shown.question,
        "Assignee Research",
        f"{_MONTHS[date.month - 1]} {date.day}, {date.year}",
        "Abstract",
        f"{shown.status_word.capitalize()}. {shown.answer}".strip(),
        "1 Introduction",
        f"This paper examines: {base}. Research question: {shown.question.rstrip('?. ')}?.",
        "2 Methodology",
        f"Systematic literature search across multiple databases yielded {number} papers. Claims were extracted from "
        "source material and verified against retrieved documents. An independent multi-reviewer assessment "
        f"produced a quality score of {score}/10.",
        "3 Results",
        f"{number} papers retrieved. {len(shown.claims)} claims extracted; {verified} independently verified. "
        f"Quality review score: {score}/10.",
        "4 Limitations",
        " ".join((_FIXED_LIMITATIONS, *_own_limitations(shown), *shown.limitations)),
        "5 Extracted Claims",
        "\n".join(("Claim\tVerified\tConfidence", *_rows(shown))),
        "References",
        "\n".join(_references(report)),
    ]
    return ("\n\n" + "\n\n".join(blocks).rstrip() + "\n").encode()


def latest_date(manifest: dict[str, Any]) -> datetime.date:
    """The latest ISO date that stands in the manifest: the day the run ended. Raises InputError without one."""
    dates = [datetime.date.fromisoformat(text[:10]) for text in _texts(manifest) if _is_date(text)]
    if not dates:
        raise InputError("manifest: no ISO date in it; card.txt needs the date of the run")
    return max(dates)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _is_date(text: str) -> bool:
    if not re.match(r"\d{4}-\d\d-\d\d($|[T ]\d\d:)", text, re.ASCII):
        return False
    try:
        datetime.date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _verified(label: str, independent: bool) -> bool:
    return label == "supported" and independent


def _rows(shown: View) -> Iterator[str]:
    for claim in shown.claims:
        mark = "✓" if _verified(claim.label, claim.independent) else "×"
        # The column holds 0.dd in the grammar: a score against the claim is 0, and 1 is 0.99.
        value = claim.score if claim.confidence is None else claim.confidence
        yield f"{claim.statement}\t{mark}\t{min(max(value or 0.0, 0.0), 0.99):.2f}"


def _own_limitations(shown: View) -> Iterator[str]:
    """What this card's own columns do and do not say."""
    if not shown.claims:
        return
    yield (
        "In this card ✓ marks a claim that a paper other than its own supports; × marks every other claim and "
        "does not say that it is false."
    )
    counts = {count.label: count for count in shown.counts}
    own_only = counts["supported"].count - counts["supported"].independent
    told = [f"{own_only} supported by their own paper only"] if own_only else []
    told += [
        f"{counts[label].count} {display.VERDICT_WORDS[label]}"
        for label in ("refuted", "conflicting", "not_enough_evidence", "not_checked")
        if counts[label].count
    ]
    if told:
        yield f"The claims marked ×: {', '.join(told)}."
    if any(claim.confidence is not None for claim in shown.claims):
        yield (
            "The confidence column holds the calibrated probability that the claim's verdict is right, whichever it "
            "is; a claim that was not checked has 0.00."
        )
    else:
        yield (
            "The confidence column holds a raw score, not a calibrated confidence; below zero is printed as 0.00, "
            "and so is a claim without a score."
        )
    unlinked = sum(paper.link is None for paper in shown.papers)
    if unlinked:
        yield f"{plural(unlinked, 'included paper has', 'included papers have')} no address and cannot be listed below."


def _references(report: Report) -> Iterator[str]:
    """One line a paper: the arXiv address with the version where there is one, else DOI, Anthology or URL."""
    for paper in report.papers:
        link = display.paper_link(paper.ids, paper.version, paper.url) if paper.included else None
        if link:
            yield f"- <{clean(link).replace('https://arxiv.org/', 'http://arxiv.org/')}>"
