"""Claims as finished values: numbered, worded, their quotes placed and the deciding parts marked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from synth.records import Check, Claim, Evidence, Quantity, Verdict
from synth.render import display
from synth.render.display import clean, number, plural
from synth.render.papers import PaperView, cited

__all__ = ["CheckView", "ClaimView", "QuoteView", "claim_views", "strongest"]

_REPLICATION_WORDS = {
    "replicated": "replicated",
    "replicated_different_size": "replicated, with a different size",
    "not_replicated": "not replicated",
    "inconclusive": "inconclusive",
    "not_run": "not run",
    "not_replicable": "not replicable",
}
# The stances that take the side of a verdict: a neutral quote from another paper decides nothing.
_SIDES = {
    "supported": ("supports",),
    "refuted": ("refutes",),
    "conflicting": ("refutes", "supports"),
    "not_enough_evidence": ("refutes", "supports"),
    "not_checked": (),
}
_CHECK_WORDS = {"match": "agrees", "mismatch": "differs", "missing": "not found"}
_CHECK_MARKS = {"match": "✓", "mismatch": "✗", "missing": "–"}


@dataclass(frozen=True)
class QuoteView:
    """A quote in parts (text, deciding or not), with its place. `stance` is "" for a claim's own sentence."""

    text: str
    parts: tuple[tuple[str, bool], ...]
    direction: str
    place: str
    paper: PaperView
    stance: str
    stance_word: str
    independent: bool
    score: str


@dataclass(frozen=True)
class CheckView:
    """One comparison, worded: "number: 8.2 against 8.4, differs"."""

    kind: str
    text: str
    mark: str
    outcome: str


@dataclass(frozen=True)
class ClaimView:
    """A claim with its number in the report, its verdict in words and its quotes.

    `independent` is True when a quote from another paper takes the side of the verdict.
    """

    number: int
    id: str
    statement: str
    direction: str
    kind: str
    kind_word: str
    scope: str
    parent: int | None
    label: str
    word: str
    mark: str
    score: float | None
    confidence: float | None
    score_text: str
    reason: str
    checks: tuple[CheckView, ...]
    source: QuoteView
    evidence: tuple[QuoteView, ...]
    deciding: QuoteView
    independent: bool
    basis: str
    replicated: bool
    replication_word: str
    replication_reason: str
    replication_command: str | None

    @property
    def decided(self) -> bool:
        """Whether the verdict is for or against."""
        return self.label in ("supported", "refuted")

    @property
    def verbatim(self) -> bool:
        """Whether the deciding quote is the statement itself, so that showing both would say it twice."""
        return self.deciding.text.rstrip(".") == self.statement.rstrip(".")


def claim_views(claims: Sequence[Claim], papers: Sequence[PaperView]) -> tuple[ClaimView, ...]:
    """The claims numbered from 1 in the order of the report."""
    by_id = {paper.id: paper for paper in papers}
    numbers = {claim.id: index for index, claim in enumerate(claims, 1)}
    return tuple(_claim(claim, numbers, by_id) for claim in claims)


def _claim(claim: Claim, numbers: dict[str, int], papers: dict[str, PaperView]) -> ClaimView:
    verdict = claim.verdict
    found = [check.found for check in verdict.checks if check.found]
    # The claim's own sentence is shown as where it is stated, not a second time among the evidence.
    others = [e for e in claim.evidence if e.independent or e.quote != claim.quote or len(claim.evidence) == 1]
    evidence = tuple(_evidence(item, found, papers) for item in others)
    place = _place(claim.source.section, claim.source.page, None, None)
    source = _quote(claim.quote, found, place, cited(claim.source.paper_id, papers))
    statement = clean(claim.statement)
    side = _SIDES[verdict.label]
    return ClaimView(
        number=numbers[claim.id],
        id=claim.id,
        statement=statement,
        direction=display.direction(statement),
        kind=claim.kind,
        kind_word=display.KIND_WORDS[claim.kind],
        scope=_scope(claim.quantity),
        parent=numbers.get(claim.parent_id or ""),
        label=verdict.label,
        word=display.VERDICT_WORDS[verdict.label],
        mark=display.VERDICT_MARKS[verdict.label],
        score=verdict.score,
        confidence=verdict.confidence,
        score_text=_score(verdict),
        reason=clean(verdict.reason),
        checks=tuple(_check(check) for check in verdict.checks),
        source=source,
        evidence=evidence,
        deciding=_deciding(side, evidence, source),
        independent=any(quote.independent and quote.stance in side for quote in evidence),
        basis=_basis(evidence),
        replicated=claim.replication.status not in ("not_run", "not_replicable"),
        replication_word=_REPLICATION_WORDS[claim.replication.status],
        replication_reason=clean(claim.replication.reason),
        replication_command=clean(claim.replication.command) if claim.replication.command else None,
    )


def _evidence(item: Evidence, found: list[str], papers: dict[str, PaperView]) -> QuoteView:
    place = _place(item.section, item.page, item.table, item.cell)
    quote = _quote(item.quote, found, place, cited(item.paper_id, papers))
    return QuoteView(
        text=quote.text,
        parts=quote.parts,
        direction=quote.direction,
        place=quote.place,
        paper=quote.paper,
        stance=item.stance,
        stance_word=display.STANCE_WORDS[item.stance],
        independent=item.independent,
        score=number(item.score),
    )


def _quote(text: str, found: list[str], place: str, paper: PaperView) -> QuoteView:
    shown = clean(text)
    return QuoteView(shown, _marked(shown, found), display.direction(shown), place, paper, "", "", False, "")


def _marked(text: str, found: list[str]) -> tuple[tuple[str, bool], ...]:
    """The text in parts, those that decided a check marked: the first place where each stands as a whole."""
    spans = []
    for needle in dict.fromkeys(clean(item) for item in found):
        start = text.find(needle) if needle else -1
        while start >= 0:
            end = start + len(needle)
            if not (_joins(text, start - 1, start) or _joins(text, end - 1, end)):
                spans.append((start, end))
                break
            start = text.find(needle, start + 1)
    parts, at = [], 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start < at:
            continue
        parts += [(text[at:start], False), (text[start:end], True)]
        at = end
    parts.append((text[at:], False))
    return tuple(part for part in parts if part[0])


def _joins(text: str, left: int, right: int) -> bool:
    """Whether the characters at two neighbouring places belong to one word or number (8.2 is not in 18.2)."""
    return left >= 0 and right < len(text) and text[left].isalnum() and text[right].isalnum()


def _place(section: str | None, page: int | None, table: str | None, cell: tuple[int, int] | None) -> str:
    """Where a quote stands: "§ Results, Table 2, row 3, column 4, page 7"; cells count from 1."""
    parts = []
    if section and clean(section):
        heading = clean(section)
        parts.append(heading if heading.lower() in ("abstract", "title", "digest") else f"§ {heading}")
    if table and clean(table):
        parts.append(clean(table))
    if cell:
        parts.append(f"row {cell[0] + 1}, column {cell[1] + 1}")
    if page is not None:
        parts.append(f"page {page}")
    return ", ".join(parts)


def _score(verdict: Verdict) -> str:
    if verdict.score is None:
        return "not scored"
    if verdict.confidence is None:
        return f"score {number(verdict.score)} (not calibrated)"
    return f"confidence {number(verdict.confidence)} (score {number(verdict.score)})"


def _check(check: Check) -> CheckView:
    outcome = _CHECK_WORDS[check.outcome]
    claimed = clean(check.claimed)
    if check.found is None:
        text = f"{check.kind}: {claimed}, {outcome}"
    else:
        text = f"{check.kind}: {claimed} against {clean(check.found)}, {outcome}"
    return CheckView(check.kind, text, _CHECK_MARKS[check.outcome], check.outcome)


def _scope(quantity: Quantity | None) -> str:
    """What a number is about: "BLEU · on FLORES · test · XLM-R · against baseline mBERT"; "" without one."""
    if quantity is None:
        return ""
    named = [
        ("", quantity.metric),
        ("on ", quantity.dataset),
        ("split ", quantity.split),
        ("language ", quantity.language),
        ("model ", quantity.model),
        ("against ", quantity.baseline),
        ("n = ", None if quantity.n is None else str(quantity.n)),
    ]
    return " · ".join(word + clean(value) for word, value in named if value)


def _deciding(side: tuple[str, ...], evidence: tuple[QuoteView, ...], source: QuoteView) -> QuoteView:
    """The quote to show when there is room for one: the first that takes the verdict's side, other papers first."""
    fitting = [quote for quote in evidence if quote.stance in side]
    return min(fitting, key=lambda quote: not quote.independent) if fitting else source


def _basis(evidence: tuple[QuoteView, ...]) -> str:
    """What a verdict rests on: "3 quotes, 2 from other papers", or that only the claim's own paper says so."""
    if not evidence:
        return "no evidence quoted"
    independent = sum(quote.independent for quote in evidence)
    if independent == 0:
        return f"{plural(len(evidence), 'quote')}, own paper only"
    if independent == len(evidence):
        return "1 quote, from another paper" if independent == 1 else f"{independent} quotes, from other papers"
    if independent == 1:
        return f"{plural(len(evidence), 'quote')}, 1 from another paper"
    return f"{plural(len(evidence), 'quote')}, {independent} from other papers"


def strongest(claims: Sequence[ClaimView], named: Collection[str], limit: int = 3) -> tuple[ClaimView, ...]:
    """Up to `limit` checked claims, the most telling first.

    The order: claims the answer rests on (`named`, by id), then those with a verdict for or against, then
    those with evidence from another paper, then the size of the score, then the order of the report.
    """
    checked = [claim for claim in claims if claim.label != "not_checked"]
    checked.sort(key=lambda c: (c.id not in named, not c.decided, not c.independent, -abs(c.score or 0.0), c.number))
    return tuple(checked[:limit])
