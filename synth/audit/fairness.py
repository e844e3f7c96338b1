"""What a verdict must hold up to before a report is told that it is wrong, and what a claim's pieces make of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from synth.audit.sameness import fact
from synth.facets import names, pattern
from synth.quantities import mentions
from synth.records import Check, Claim, Evidence, Verdict, VerdictLabel
from synth.statements import unattributed
from synth.text import stem, words

__all__ = ["Told", "copied", "denied_alike", "fair", "of_pieces", "only_not_better"]

_LIKELY = 0.5  # confidence that a contradiction must have to be called one
_BY_NUMBER = 0.35  # ... where another number of the same thing was found
_COPIED = 0.9  # share of a claim's content words in a quote from which the quote is where it was copied from

Told = tuple[Verdict, tuple[Evidence, ...]]


def fair(claim: Claim) -> Claim:
    """The claim, a refutation taken back that does not hold up: to say that a report is wrong takes more than a lean.

    A quote leaves room for the claim that only denies that others are better, that denies what the claim denies, that
    names nothing of what it names, or that counts something else; and without another number in the quote a side must
    be more likely than not.
    """
    verdict = claim.verdict
    if verdict.label not in ("refuted", "conflicting"):
        return claim
    against = [e.quote for e in claim.evidence if e.stance == "refutes"]
    why = _taken_back(claim.statement, against, verdict)
    if why is None:
        return claim
    evidence = tuple(
        e.model_copy(update={"stance": "neutral"}) if e.stance == "refutes" else e for e in claim.evidence
    )
    label: VerdictLabel = "supported" if verdict.label == "conflicting" else "not_enough_evidence"
    checks = verdict.checks if label == "not_enough_evidence" else ()  # else they may be of what was taken back
    fair = verdict.model_copy(
        update={
            "label": label, "score": 0.0, "confidence": None, "reason": f"the nearest passage {why}", "checks": checks
        }
    )  # fmt: skip
    return claim.model_copy(update={"verdict": fair, "evidence": evidence})


def _taken_back(text: str, against: Sequence[str], verdict: Verdict) -> str | None:
    """Why a refutation does not hold up, as the end of "the nearest passage ..."; None where it does."""
    wrong = [c for c in verdict.checks if c.outcome == "mismatch"]
    numbers = [c for c in wrong if c.kind in ("number", "arithmetic")]
    if all(only_not_better(text, quote) for quote in against):
        return "says only that others are not better"
    if all(_elsewhere(text, quote) or denied_alike(text, quote) for quote in against):
        return "does not deny what the claim says"
    if numbers == wrong and numbers and all(_other_count(text, c, against) for c in numbers):
        return "counts something else"
    shown = any(c.kind == "arithmetic" or _holds(quote, c.found) for c in numbers for quote in against)
    if verdict.confidence is not None and verdict.confidence < (_BY_NUMBER if shown else _LIKELY):
        return "leans against it, too little to say so"
    return None


def _elsewhere(claim: str, quote: str) -> bool:
    """Whether the claim names things and the quote none of them: then it speaks of something else."""
    named = names(claim)
    return bool(named) and not any(pattern(form).search(quote) for forms in named for form in forms)


_DENIAL = re.compile(r"\b(?:no|without|lacks?|lacking|never|not|nor|neither)\b((?:\W+[\w-]+){1,3})", re.I)


def denied_alike(claim: str, quote: str) -> bool:
    """Whether both deny the same thing: "has no training data" and "is used without training"."""
    ours, theirs = ({stem(w) for m in _DENIAL.finditer(text) for w in words(m[1]) if len(w) > 3}
                    for text in (claim, quote))  # fmt: skip
    return bool(ours & theirs)


def _holds(quote: str, found: str | None) -> bool:
    values = _values(found)
    return bool(values) and values <= {m.value for m in mentions(quote)}


def _other_count(claim: str, check: Check, against: Sequence[str]) -> bool:
    """Whether both numbers only count, and what they count is not the same: "two retrieval tasks", "seven tasks of
    the benchmark". Of large counts the noun alone tells, since nothing else comes in such numbers."""
    ours = _counted(claim, check.claimed)
    theirs = [told for quote in against for told in _counted(quote, check.found)]
    if not ours or not theirs:
        return False
    return not any(
        one[-1] == other[-1] and (large or set(one) <= set(other) or set(other) <= set(one))
        for (one, large) in ours for (other, _) in theirs
    )  # fmt: skip


def _values(number: str | None) -> set[float]:
    """The values in a number as it was written; a bare one is read as a count."""
    return {m.value for m in mentions(number or "") or mentions(f"{number or ''} items")}


def _counted(text: str, number: str | None) -> list[tuple[tuple[str, ...], bool]]:
    """The stems of what `number` counts in `text`, and whether it is a large count; empty where it counts nothing."""
    values = _values(number)
    found = []
    for m in mentions(text):
        if m.value not in values or m.precision < 1 or m.unit in ("%", "points", "x"):
            continue
        plain = _NUMBER.match(m.text)
        told = _NOUNS.match(text, m.start + (plain.end() if plain else 0))
        nouns = tuple(stem(w) for w in words(told[0])) if told else ()
        if nouns:
            found.append((nouns, m.value >= _LARGE))
    return found


_LARGE = 100
_NUMBER = re.compile(r"[\d.,]+|\w+")
_STOPS = r"(?:of|that|which|in|for|with|and|or|on|to|from|by|as|at|is|are|was|were|has|have|than|while|whereas|but)\b"
_NOUNS = re.compile(rf"(?:\s+(?!{_STOPS})[\w-]+){{1,6}}", re.I)


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


_AMISS = re.compile(r"the nearest other passage (?:has|does not state|does not name|goes another way)")


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
    """Whether the quote is where the claim was copied from: it holds nearly all of its content words.

    Who says it is no content: "The authors train X" copies "We train X".
    """
    wanted = fact(unattributed(claim)).content
    there = set(fact(quote).content)
    return len(wanted) > 3 and sum(w in there for w in wanted) >= _COPIED * len(wanted)
