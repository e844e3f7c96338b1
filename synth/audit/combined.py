"""One verdict on a claim from what the named papers say and what the others say, and whose word it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from synth.audit import quoting
from synth.audit.fairness import Told, copied
from synth.audit.replaced import replaced, unnamed
from synth.records import Check, Evidence, Verdict

__all__ = ["together"]

_SHOWN = 6  # quotes kept for a claim
_DECIDED = ("supported", "refuted", "conflicting")


def together(
    text: str, first: Told, second: Told, own: frozenset[str], any_named: bool, unheld: Sequence[str],
    texts: Mapping[tuple[str, str | None], str],
) -> Told:  # fmt: skip
    """The named papers' word and that of the others as one verdict, with whose word it is."""
    evidence = tuple(_shown(text, (*first[1], *second[1]), own))
    labels = [told[0].label for told in (first, second)]
    if not any(label in _DECIDED for label in labels):
        return _open(first, second, evidence, any_named, unheld)
    if {"supported", "refuted"} <= set(labels):
        lower = min(t[0].confidence or 0.0 for t in (first, second))
        verdict = first[0].model_copy(update={"label": "conflicting", "confidence": round(lower, 4), "score": 0.0})
    else:
        verdict = first[0] if labels[0] in _DECIDED else second[0]
    other = _replaced(text, evidence, texts) if verdict.label == "supported" else None
    if other is not None:
        return _named_otherwise(verdict, other), evidence
    lacking = _lacking(text, evidence, texts) if verdict.label == "supported" else None
    if lacking is not None:
        reason = f"what was read of the paper names nothing like “{lacking}”, which the claim lists"
        return Verdict(label="not_enough_evidence", score=0.0, confidence=None, reason=reason), evidence
    return verdict.model_copy(update={"reason": _reason(verdict, evidence)}), evidence


def _replaced(
    text: str, evidence: Sequence[Evidence], texts: Mapping[tuple[str, str | None], str]
) -> tuple[str, str] | None:
    """What every supporting quote that the claim nearly copies names otherwise; one that names it clears it."""
    told = None
    for quote in (e for e in evidence if e.stance == "supports"):
        paper = texts.get((quote.paper_id, quote.version), quote.quote)
        other = replaced(text, quote.quote, paper)
        if other is None and copied(text, quote.quote):
            return None
        told = told or other
    return told


def _lacking(
    text: str, evidence: Sequence[Evidence], texts: Mapping[tuple[str, str | None], str]
) -> str | None:
    """What the claim lists and no supporting paper names."""
    keys = {(e.paper_id, e.version): e.quote for e in evidence if e.stance == "supports"}
    return unnamed(text, [texts.get(key, quote) for key, quote in keys.items()])


def _named_otherwise(verdict: Verdict, other: tuple[str, str]) -> Verdict:
    """Not enough evidence: the paper says the like of something else."""
    check = Check(kind="entity", claimed=other[0], found=other[1], outcome="mismatch")
    reason = f"the paper says this of something else: claimed {other[0]}, found {other[1]}"
    return Verdict(
        label="not_enough_evidence", score=0.0, confidence=None, reason=reason, checks=(*verdict.checks, check)
    )


def _open(first: Told, second: Told, evidence: tuple[Evidence, ...], any_named: bool, unheld: Sequence[str]) -> Told:
    """No side was taken: not enough evidence where a named paper was read, else not checked."""
    if any_named and first[0].label != "not_checked":
        return first[0], evidence
    if any_named or not unheld:
        told = first[0] if any_named else second[0]
        return told, evidence
    names = ", ".join(unheld[:3]) + (f" and {len(unheld) - 3} more" if len(unheld) > 3 else "")
    reason = f"none of the papers that the report names is at hand ({names}), and no other paper read decides it"
    return Verdict(label="not_checked", score=None, confidence=None, reason=reason), evidence


def _shown(text: str, evidence: Iterable[Evidence], own: frozenset[str]) -> Iterator[Evidence]:
    """Deciding quotes first, each with whether it is independent of the claim's own paper.

    Where that paper is not known, one that says the claim word for word is taken for it.
    """
    for item in quoting.shown(text, evidence, _SHOWN):
        source = item.stance == "supports" and not own and copied(text, item.quote)
        apart = item.paper_id not in own and not source
        yield item if apart else item.model_copy(update={"independent": False})


def _reason(verdict: Verdict, evidence: Sequence[Evidence]) -> str:
    """Who says so, and what is stated otherwise."""
    said = []
    for stance, verb in (("supports", "supported"), ("refutes", "refuted")):
        papers = {e.paper_id for e in evidence if e.stance == stance and e.independent}
        alone = any(e.stance == stance and not e.independent for e in evidence)
        if papers:
            said.append(f"{verb} by {len(papers)} other paper{'s' if len(papers) > 1 else ''}")
            said += ["and by the paper it is taken from"] if alone else []
        elif alone:
            said.append(f"{verb} by the paper it is taken from, and by no other")
    detail = [part for part in verdict.reason.split("; ") if "claimed" in part or part.startswith("one part")]
    return "; ".join([*said, *detail]) or verdict.reason
