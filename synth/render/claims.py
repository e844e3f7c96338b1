"""Claims as finished values: numbered, worded, their quotes placed and the deciding parts marked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from synth.records import Check, Claim, Quantity, Verdict
from synth.render import display
from synth.render.display import clean, number
from synth.render.papers import PaperView, cited
from synth.render.quotes import QuoteView, evidence_view, place_view, quote_view

__all__ = ["Bar", "CheckView", "ClaimView", "QuoteView", "claim_views", "strongest"]

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

_LISTED, _WORDED = 6, 60  # checks of one outcome in a line, characters of one


@dataclass(frozen=True)
class CheckView:
    """One comparison, worded: "number: 8.2 against 8.4, differs"."""

    kind: str
    text: str
    mark: str
    outcome: str


@dataclass(frozen=True)
class Bar:
    """A confidence or a score as a part of a width: from `start`, `width` long; `zero` is where a score has its 0.

    A confidence runs from 0 at the left edge to 1 and has no `zero`; a score runs from −1 to 1.
    """

    start: float
    width: float
    zero: float | None


@dataclass(frozen=True)
class ClaimView:
    """A claim with its number in the report, its verdict in words and its quotes.

    `checked` has the checks in one line. `basis` says what the verdict rests on, `nearest` which quotes came near and
    decide nothing ("" for none). `independent` is True when a quote from another paper takes the side of the verdict.
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
    bar: Bar | None
    reason: str
    checks: tuple[CheckView, ...]
    checked: str
    source: QuoteView
    evidence: tuple[QuoteView, ...]
    deciding: QuoteView
    independent: bool
    basis: str
    nearest: str
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
    evidence = tuple(evidence_view(item, found, papers) for item in others)
    place = place_view(claim.source.section, claim.source.page, None, None)
    own = claim.source
    marked = found if verdict.label != "not_enough_evidence" else []  # of an open one they are another passage's
    source = quote_view(claim.quote, marked, place, cited(own.paper_id, papers), own.before, own.after)
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
        bar=_bar(verdict),
        reason=clean(verdict.reason),
        checks=tuple(_check(check) for check in verdict.checks),
        checked=_checked(verdict),
        source=source,
        evidence=evidence,
        deciding=_deciding(side, evidence, source),
        independent=any(quote.independent and quote.stance in side for quote in evidence),
        basis=_basis(claim, evidence),
        nearest=_nearest(evidence),
        replicated=claim.replication.status not in ("not_run", "not_replicable"),
        replication_word=_REPLICATION_WORDS[claim.replication.status],
        replication_reason=clean(claim.replication.reason),
        replication_command=clean(claim.replication.command) if claim.replication.command else None,
    )


def _score(verdict: Verdict) -> str:
    if verdict.score is None:
        return "not scored"
    if verdict.confidence is None:
        return f"score {number(verdict.score)} (not calibrated)"
    return f"confidence {display.sureness(verdict.confidence)} (score {number(verdict.score)})"


def _bar(verdict: Verdict) -> Bar | None:
    """The confidence where there is one, else the score; None where there is neither."""
    if verdict.confidence is not None:
        return Bar(0.0, round(min(max(verdict.confidence, 0.0), 1.0), 4), None)
    if verdict.score is None:
        return None
    part = round(min(max(verdict.score, -1.0), 1.0) / 2, 4)
    return Bar(round(min(0.5 + part, 0.5), 4), abs(part), 0.5)


def _check(check: Check) -> CheckView:
    outcome = _CHECK_WORDS[check.outcome]
    claimed = clean(check.claimed)
    if check.found is None:
        text = f"{check.kind}: {claimed}, {outcome}"
    else:
        text = f"{check.kind}: {claimed} against {clean(check.found)}, {outcome}"
    return CheckView(check.kind, text, display.CHECK_MARKS[check.outcome], check.outcome)


def _checked(verdict: Verdict) -> str:
    """The checks in one line, by outcome; "" where nothing was checked."""
    told = []
    for outcome, words in (("match", "agrees on"), ("mismatch", "differs on"), ("missing", "not found:")):
        own = list(dict.fromkeys(_short(check) for check in verdict.checks if check.outcome == outcome))
        rest = f" and {len(own) - _LISTED} more" if len(own) > _LISTED else ""
        told += [f"{words} {', '.join(own[:_LISTED])}{rest}"] if own else []
    whose = "nearest other passage" if verdict.label == "not_enough_evidence" else "checked"
    return f"{whose}: {'; '.join(told)}" if told else ""


def _short(check: Check) -> str:
    """What was claimed, and what was found instead: "8.2 points (found 6.1 points)"."""
    claimed, found = (display.shorten(clean(text or ""), _WORDED) for text in (check.claimed, check.found))
    kind = f"{check.kind} " if check.kind in ("direction", "version") else ""
    return f"{kind}{claimed}" + (f" (found {found})" if check.outcome == "mismatch" and found else "")


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


def _basis(claim: Claim, evidence: tuple[QuoteView, ...]) -> str:
    """What a verdict rests on, in words: who else says so or against it, or that only the claim's own paper does.

    A quote from another paper that says neither is no support and is not counted.
    """
    told = []
    for stance, one, many in (("supports", "supports", "support"), ("refutes", "refutes", "refute")):
        count = sum(quote.stance == stance and quote.independent for quote in evidence)
        if count:
            papers = "1 quote from another paper" if count == 1 else f"{count} quotes from other papers"
            told.append(f"{papers} {one if count == 1 else many} it")
    if told:
        return "; ".join(told)
    if claim.verdict.label == "not_checked" or not claim.source.paper_id:
        return "no quote decides it" if evidence else "no evidence quoted"
    refuted = claim.verdict.label == "refuted" and any(quote.stance == "refutes" for quote in evidence)
    return "refuted by its own paper only" if refuted else "stated by its own paper only"


def _nearest(evidence: tuple[QuoteView, ...]) -> str:
    """How many quotes of other papers came nearest without a word for or against; "" where one took a side."""
    others = [quote for quote in evidence if quote.independent]
    if not others or any(quote.stance != "neutral" for quote in others):
        return ""
    if len(others) == 1:
        return "the nearest quote of another paper says neither"
    return f"the {len(others)} nearest quotes of other papers say neither"


def strongest(claims: Sequence[ClaimView], named: Collection[str], limit: int = 3) -> tuple[ClaimView, ...]:
    """Up to `limit` checked claims, the most telling first.

    The order: claims the answer rests on (`named`, by id), then those with a verdict for or against, then
    those with evidence from another paper, then the size of the score, then the order of the report.
    """
    checked = [claim for claim in claims if claim.label != "not_checked"]
    checked.sort(key=lambda c: (c.id not in named, not c.decided, not c.independent, -abs(c.score or 0.0), c.number))
    return tuple(checked[:limit])
