"""What a verdict must hold up to before a report is told that it is wrong, and what a claim's pieces make of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from synth.records import Claim, Evidence, Verdict, VerdictLabel
from synth.text import stem, words

__all__ = ["Told", "copied", "fair", "of_pieces", "only_not_better"]

_LIKELY = 0.5  # confidence that a contradiction must have to be called one
_BY_NUMBER = 0.35  # ... where another number of the same thing was found
_COPIED = 0.9  # share of a claim's content words in a quote from which the quote is where it was copied from

Told = tuple[Verdict, tuple[Evidence, ...]]


def fair(claim: Claim) -> Claim:
    """The claim, a refutation taken back that does not hold up: to say that a report is wrong takes more than a lean.

    A quote that only denies that others are better leaves room for the claim, and without another number a side must
    be more likely than not.
    """
    verdict = claim.verdict
    if verdict.label not in ("refuted", "conflicting"):
        return claim
    against = [e for e in claim.evidence if e.stance == "refutes"]
    denied = all(only_not_better(claim.statement, e.quote) for e in against)
    number = any(c.outcome == "mismatch" and c.kind in ("number", "arithmetic") for c in verdict.checks)
    weak = verdict.confidence is not None and verdict.confidence < (_BY_NUMBER if number else _LIKELY)
    if not denied and not weak:
        return claim
    evidence = tuple(
        e.model_copy(update={"stance": "neutral"}) if e.stance == "refutes" else e for e in claim.evidence
    )
    why = "says only that others are not better" if denied else "leans against it, too little to say so"
    label: VerdictLabel = "supported" if verdict.label == "conflicting" else "not_enough_evidence"
    fair = verdict.model_copy(
        update={"label": label, "score": 0.0, "confidence": None, "reason": f"the nearest passage {why}", "checks": ()}
    )
    return claim.model_copy(update={"verdict": fair, "evidence": evidence})


_BETTER = re.compile(
    r"\b(?:outperform\w*|surpass\w*|exceed\w*|beats?|beat(?:en|ing)|superior|"
    r"(?:is|are|was|were|performs?|does|do) (?:\w+ )?better)\b",
    re.I,
)
_DENIED = re.compile(r"\b(?:neither|nor|not|no|never|none|fails? to|failed to)\b", re.I)


def only_not_better(claim: str, quote: str) -> bool:
    """Whether the quote only denies that what the claim sets second is better.

    "No B beats A" leaves "A beats B" open.
    """
    here, there = _BETTER.search(claim), _BETTER.search(quote)
    if here is None or there is None or _DENIED.search(claim) or not _DENIED.search(quote[: there.start()]):
        return False
    winner = _content(claim[: here.start()])
    doing, beaten = _content(quote[: there.start()]), _content(quote[there.end() :])
    meant = len(winner & beaten)
    return 2 * meant >= min(len(winner), len(beaten)) > 0 and meant > len(winner & doing)


def _content(text: str) -> set[str]:
    found = [part for word in words(text) for part in word.split("-")]
    return {stem(w) for w in found if len(w) > 3 or any(c.isdigit() for c in w)}


_AMISS = re.compile(r"the nearest other passage (?:has|does not state)")


def of_pieces(whole: Claim, pieces: Sequence[Claim], all_pieces: bool) -> Told:
    """One piece that is refuted refutes the whole; if all are supported the whole is. Else the whole's own word."""
    if not pieces:
        return whole.verdict, whole.evidence
    wrong = next((p for p in pieces if p.verdict.label == "refuted"), None)
    if wrong is not None:
        reason = f"one part of it is refuted (“{wrong.statement}”): {wrong.verdict.reason}"
        return wrong.verdict.model_copy(update={"reason": reason}), wrong.evidence
    if all_pieces and all(p.verdict.label == "supported" for p in pieces):
        weakest = min(pieces, key=lambda p: p.verdict.confidence or 0.0)
        evidence = tuple(dict.fromkeys(e for p in pieces for e in p.evidence))
        checks = tuple(dict.fromkeys(c for p in pieces for c in p.verdict.checks))
        return weakest.verdict.model_copy(update={"checks": checks}), evidence
    if whole.verdict.label == "supported":
        open_ = next((p for p in pieces if p.verdict.label != "supported"), None)
        if open_ is not None and _AMISS.search(open_.verdict.reason):
            reason = f"one part of it is open (“{open_.statement}”): {open_.verdict.reason}"
            return open_.verdict.model_copy(update={"reason": reason}), (*whole.evidence, *open_.evidence)
    return whole.verdict, whole.evidence


def copied(claim: str, quote: str) -> bool:
    """Whether the quote is where the claim was copied from: it holds nearly all of its content words."""
    wanted = [stem(w) for w in words(claim) if len(w) > 2 or w.isdigit()]
    there = {stem(w) for w in words(quote)}
    return len(wanted) > 3 and sum(w in there for w in wanted) >= _COPIED * len(wanted)
