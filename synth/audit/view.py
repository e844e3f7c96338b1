"""An audit in words: finished values for pages and terminals, cleaned of what deceives the eye."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from synth.audit.stated import KINDS, Audit, AuditedClaim, CitedPaper, Finding, FindingKind, HeldPaper
from synth.records import Evidence
from synth.render import display
from synth.render.display import clean

__all__ = ["FINDING_WORDS", "View", "view"]

FINDING_WORDS: dict[FindingKind, str] = {
    "question_not_answered": "question not answered", "contradicted_claim": "contradicted claim",
    "true_claim_rejected": "true claim rejected", "claim_cut": "claim cut off", "compound_claim": "compound claim",
    "duplicate_claim": "duplicate claim", "inconsistent_verdict": "one fact, two verdicts",
    "reference_off_topic": "reference off topic", "reference_missing": "reference missing",
    "count_mismatch": "counts that do not close", "circular_verification": "circular verification",
    "overclaim": "overclaim", "version_mismatch": "version mismatch", "retracted_source": "retracted source",
}  # fmt: skip
_GLOSSES: dict[FindingKind, str] = {
    "question_not_answered": "What the report asks is not what its claims say.",
    "contradicted_claim": "A paper that was read says otherwise.",
    "true_claim_rejected": "The report marks as unverified what a paper says.",
    "claim_cut": "The end of the claim is missing; it was judged as far as it goes.",
    "compound_claim": "Several statements share one verdict, so that one of them can hide.",
    "duplicate_claim": "The same statement is counted more than once.",
    "inconsistent_verdict": "The same statement is marked as verified in one place and as not verified in another.",
    "reference_off_topic": "A source that bears neither on the question nor on a claim.",
    "reference_missing": "A source that cannot be looked up from the report.",
    "count_mismatch": "Numbers that the report states about itself and that its own lines contradict.",
    "circular_verification": "A claim was held against the text it was copied from.",
    "overclaim": "The claim says more than the sentence it rests on.",
    "version_mismatch": "Another version of the paper says otherwise.",
    "retracted_source": "A notice was published on a paper that the report rests on.",
}
_SHOWN = 200  # findings of a kind on a page; audit.json holds all of them
_PAGE_CLAIMS = 1_000  # claims on a page
_LINKED = 12  # claims that a finding links to where its message does not name them
_NUMBER = re.compile(r"\d+")
_CITED = re.compile(r"\[\d{1,5}\]")  # a claim that the answer rests on
# "claim 3 of FILE" is a claim of another report.
_NAMED = re.compile(r"\b[Cc]laims? \d{1,5}\b(?:(?:, | and )\d{1,5}\b)*(?! of )")


# --- finished values --------------------------------------------------------------------------------------------


class _Quote(NamedTuple):
    text: str
    stance: str
    place: str
    link: str | None


class _Told(NamedTuple):
    """A finding in words. `parts` are the message in stretches, each with the claim that it links to; `shown_indexes`
    are the claims that it is about and does not name."""

    severity: str
    word: str
    message: str
    parts: tuple[tuple[str, int | None], ...]
    shown_indexes: tuple[int, ...]


class _Group(NamedTuple):
    word: str
    gloss: str
    findings: tuple[_Told, ...]


class _Row(NamedTuple):
    number: int
    text: str
    cut: bool
    label: str
    mark: str
    word: str
    confidence: str
    stated: str
    reason: str
    same_as: int | None
    quotes: tuple[_Quote, ...]
    aside: str
    findings: tuple[_Told, ...]
    open: bool


class _Count(NamedTuple):
    label: str
    mark: str
    word: str
    many: int


class _Reference(NamedTuple):
    number: int
    raw: str
    told: str


class View(NamedTuple):
    """An audit in words, as the templates show it."""

    file: str
    title: str
    question: str
    status_mark: str
    status_word: str
    status_gloss: str
    status_text: str
    status_parts: tuple[tuple[str, int | None], ...]
    summary: str
    stated: str
    counts: tuple[_Count, ...]
    finding_count: int
    groups: tuple[_Group, ...]
    claims: tuple[_Row, ...]
    references: tuple[_Reference, ...]
    notes: tuple[str, ...]


_STATUS_GLOSSES = {
    "answered": "Its claims answer its question.",
    "partly_answered": "Its claims answer a part of its question.",
    "contested": "Its claims on the question contradict each other.",
    "not_studied": "Its claims do not speak of what it asks.",
    "no_evidence": "Nothing that supports an answer was found.",
    "not_checked": "Whether it answers its question could not be told.",
}


def view(audit: Audit) -> View:
    """The audit in words."""
    name = re.split(r"[\\/]", audit.file)[-1]
    titles = {paper.id: paper for paper in audit.papers}
    about: dict[int, list[_Told]] = {}
    for finding in audit.findings:
        # That a claim breaks off is shown where it does.
        if len(finding.claim_indexes) == 1 and finding.kind != "claim_cut":
            about.setdefault(finding.claim_indexes[0], []).append(_told(finding))
    labels: list[str] = [claim.verdict.label for claim in audit.claims]
    rows = tuple(_row(claim, titles, about.get(claim.index, [])) for claim in audit.claims[:_PAGE_CLAIMS])
    left = len(audit.claims) - len(rows)
    more = (f"{left:,} more claims stand in audit.json",) if left > 0 else ()
    return View(
        file=clean(name),
        title=clean(audit.card.title or name),
        question=clean(audit.card.question or ""),
        status_mark=display.STATUS_MARKS[audit.answer.status],
        status_word=display.STATUS_WORDS[audit.answer.status].capitalize(),
        status_gloss=_STATUS_GLOSSES[audit.answer.status],
        status_text=clean(audit.answer.text),
        status_parts=_parts(clean(audit.answer.text), _CITED, frozenset(claim.number for claim in rows)),
        summary=_summary(audit),
        stated=_stated(audit),
        counts=tuple(
            _Count(label, display.VERDICT_MARKS[label], word, labels.count(label))
            for label, word in display.VERDICT_WORDS.items()
        ),
        finding_count=len(audit.findings),
        groups=tuple(_groups(audit.findings)),
        claims=rows,
        references=tuple(_reference(one, audit) for one in audit.references),
        notes=tuple(clean(note) for note in (*audit.notes, *more)),
    )


def _summary(audit: Audit) -> str:
    high = sum(f.severity == "high" for f in audit.findings)
    found = display.plural(len(audit.findings), "finding")
    return f"{found}, {high} of high severity; {display.plural(len(audit.claims), 'claim')} judged against " + (
        f"{display.plural(len(audit.papers), 'paper')} that it names or that say something to them."
        if audit.papers else "the papers at hand, none of which it names or quotes."
    )  # fmt: skip


def _stated(audit: Audit) -> str:
    stated = audit.card.stated
    parts = [
        display.plural(stated.papers, "paper") if stated.papers is not None else "",
        display.plural(stated.claims, "claim") if stated.claims is not None else "",
        f"{stated.verified} verified" if stated.verified is not None else "",
        f"quality score {stated.score:g}" if stated.score is not None else "",
        clean(audit.card.date or ""),
    ]
    return ", ".join(part for part in parts if part)


def _told(finding: Finding) -> _Told:
    message = clean(finding.message)
    parts = _parts(message, _NAMED, frozenset(finding.claim_indexes))
    linked = {index for _, index in parts}
    few = finding.claim_indexes if len(finding.claim_indexes) <= _LINKED else ()
    left = tuple(index for index in few if index not in linked)
    return _Told(finding.severity, FINDING_WORDS[finding.kind], message, parts, left)


def _parts(text: str, named: re.Pattern[str], known: frozenset[int]) -> tuple[tuple[str, int | None], ...]:
    """The text in stretches; the number of a known claim is one of its own, with that number."""
    made: list[tuple[str, int | None]] = []
    at = 0
    for run in named.finditer(text):
        for match in _NUMBER.finditer(text, run.start(), run.end()):
            if int(match.group()) in known:
                made += [(text[at : match.start()], None), (match.group(), int(match.group()))]
                at = match.end()
    return tuple(part for part in (*made, (text[at:], None)) if part[0])


def _groups(findings: Sequence[Finding]) -> list[_Group]:
    groups = []
    for kind in KINDS:
        told = [_told(f) for f in findings if f.kind == kind]
        if len(told) > _SHOWN:
            more = f"{len(told) - _SHOWN:,} more stand in audit.json"
            rest = _Told("low", "", more, ((more, None),), ())
            told = [*told[:_SHOWN], rest]
        if told:
            groups.append(_Group(FINDING_WORDS[kind].capitalize(), _GLOSSES[kind], tuple(told)))
    return groups


def _row(claim: AuditedClaim, papers: Mapping[str, HeldPaper], findings: Sequence[_Told]) -> _Row:
    verdict = claim.verdict
    marks = {True: "verified", False: "not verified", None: "no verdict"}
    stated = marks[claim.stated_verified]
    if claim.stated_confidence is not None:
        stated += f", {display.number(claim.stated_confidence)}"
    sure = "" if verdict.confidence is None else f"confidence {display.number(verdict.confidence)}"
    sides = [quote for quote in claim.evidence if quote.stance != "neutral"]
    told = sides or claim.evidence
    left = len(claim.evidence) - len(told)
    aside = f"Quotes that take no side, in audit.json: {left}" if left else ""
    return _Row(
        number=claim.index,
        text=clean(claim.text),
        cut=claim.cut,
        label=verdict.label,
        mark=display.VERDICT_MARKS[verdict.label],
        word=display.VERDICT_WORDS[verdict.label],
        confidence=sure,
        stated=stated,
        reason=clean(verdict.reason),
        same_as=claim.same_as,
        quotes=tuple(_quote(quote, papers) for quote in told),
        aside=aside,
        findings=tuple(findings),
        open=verdict.label in ("refuted", "conflicting"),
    )


def _quote(quote: Evidence, papers: Mapping[str, HeldPaper]) -> _Quote:
    paper = papers.get(quote.paper_id)
    name = quote.paper_id
    if paper is not None:
        name = f"{display.short_authors(paper.authors) or paper.title} {paper.year or ''}"
    page = f"page {quote.page}" if quote.page else None
    place = ", ".join(clean(part) for part in (name.strip(), quote.version, quote.section, page) if part)
    own = "" if quote.independent else ", the paper it is taken from"
    link = None if paper is None else display.paper_link(paper.ids, quote.version, paper.url)
    return _Quote(clean(quote.quote), display.STANCE_WORDS[quote.stance] + own, place, link)


def _reference(one: CitedPaper, audit: Audit) -> _Reference:
    titles = {paper.id: paper.title for paper in audit.papers}
    if not one.held:
        told = "not at hand, so nothing is said of it"
    else:
        told = f"at hand: {titles.get(one.held[0], one.held[0])}"
    if one.base:
        told += " (the paper that the report examines)"
    return _Reference(one.number, clean(one.raw), clean(told))
