"""Findings on claims held against papers: contradicted, rejected though true, circular, overclaimed, other versions."""

from __future__ import annotations

from collections.abc import Iterator

from synth.audit import overclaims, wording
from synth.audit.quoting import nearest
from synth.audit.seen import Seen, brief, listed, made
from synth.audit.stated import Finding, Severity
from synth.facets import covered_nearly
from synth.records import Evidence

__all__ = ["circular", "contradicted", "overclaimed", "rejected", "unanswered", "versions"]

_READABLE = 200_000  # characters of claims that are looked through for what the question names


def unanswered(seen: Seen) -> Iterator[Finding]:
    """The question, where the report's claims do not answer it, or in part only."""
    if seen.question is None:
        return
    status = seen.answer.answer.status
    lack = _unspoken(seen)
    if status == "partly_answered":
        yield made("question_not_answered", "medium", f"The question is answered in part only{lack}.")
    elif status == "not_studied" or (status == "no_evidence" and not seen.answer.spoken):
        yield made("question_not_answered", "high",
                    f"The claims do not answer the question asked, and the report does not say so{lack}.")  # fmt: skip
    elif status == "no_evidence":
        yield made("question_not_answered", "high",
                    "The claims that speak to the question are supported by no paper that was read.")  # fmt: skip


def _unspoken(seen: Seen) -> str:
    """Which sides of the question no claim names, nor anything near them; empty where each is named by one."""
    texts = [claim.text for claim in seen.card.claims]
    if seen.question is None or not texts or sum(map(len, texts)) > _READABLE:
        return ""
    required = tuple(f for f in seen.question.facets if f.required)
    spoken = covered_nearly(required, "\n".join(texts))
    names = [f.name for f in required if f.name not in spoken]
    if not names:
        return ""
    printed = ", as far as it is printed," if any(claim.cut for claim in seen.card.claims) else ""
    return f": no claim{printed} speaks of {', '.join(names[:-1])}{' or ' if len(names) > 1 else ''}{names[-1]}"


# --- claims against papers ----------------------------------------------------------------------------------


def contradicted(seen: Seen) -> Iterator[Finding]:
    """Claims that a paper refutes."""
    for claim in seen.card.claims:
        verdict = seen.judged.verdicts[claim.index]
        if verdict.label not in ("refuted", "conflicting"):
            continue
        against = nearest(claim.text, seen.judged.evidence[claim.index], "refutes")
        if against is None:
            continue
        said = "is marked as verified, but " if claim.stated_verified else "is contradicted: "
        severity: Severity = "high" if verdict.label == "refuted" else "medium"
        detail = next((f" ({part})" for part in verdict.reason.split("; ") if "claimed" in part), "")
        also = "; another paper supports it" if verdict.label == "conflicting" else ""
        yield made("contradicted_claim", severity,
                    f"Claim {claim.index} {said}{_place(against)} says {brief(against.quote)}{detail}{also}.",
                    claim.index)  # fmt: skip


def _place(quote: Evidence) -> str:
    version = f" {quote.version}" if quote.version else ""
    page = f", page {quote.page}" if quote.page else ""
    return f"{quote.paper_id}{version}{page}"


def rejected(seen: Seen) -> Iterator[Finding]:
    """Claims marked as not verified that a paper supports."""
    for claim in seen.card.claims:
        if claim.stated_verified is not False or seen.judged.verdicts[claim.index].label != "supported":
            continue
        # What its own paper says proves most: that a benchmark has nine tasks does not say that a study used them.
        evidence = seen.judged.evidence[claim.index]
        own = [e for e in evidence if not e.independent]
        quote = nearest(claim.text, own, "supports") or nearest(claim.text, evidence, "supports")
        if quote is not None:
            yield made("true_claim_rejected", "high",
                        f"Claim {claim.index} is marked as not verified, but {_place(quote)} says "
                        f"{brief(quote.quote)}.", claim.index)  # fmt: skip


def circular(seen: Seen) -> Iterator[Finding]:
    """Claims said to be verified whose only support is the paper, or the sentence, that they were taken from."""
    alone: dict[str, list[int]] = {}
    for claim in seen.card.claims:
        if not claim.stated_verified:
            continue
        pro = [e for e in seen.judged.evidence[claim.index] if e.stance == "supports"]
        if pro and not any(e.independent for e in pro):
            alone.setdefault(pro[0].paper_id, []).append(claim.index)
    titles = {p.id: p.title for p in seen.shelves.papers}
    for paper, indexes in alone.items():
        whose = f"“{titles[paper]}” ({paper})" if paper in titles else paper
        yield made("circular_verification", "high",
                    f"{listed(indexes).capitalize()}: marked as verified, but the only support found is {whose}, "
                    "the paper that they were taken from; agreeing with it confirms nothing.", *indexes)  # fmt: skip


def overclaimed(seen: Seen) -> Iterator[Finding]:
    """Claims that say more than what they rest on."""
    for claim in seen.card.claims:
        told = overclaims.overclaim(
            wording.complete(claim.text, claim.cut), seen.judged.verdicts[claim.index].label,
            seen.judged.evidence[claim.index],
        )  # fmt: skip
        if told is not None:
            yield made("overclaim", told.severity,
                        f"Claim {claim.index} says more than its source: {told.what}; {_place(told.quote)} says "
                        f"{brief(told.quote.quote)}.", claim.index)  # fmt: skip


def versions(seen: Seen) -> Iterator[Finding]:
    """Claims that another version of their paper says otherwise, and versions cited that are not at hand."""
    for drift in seen.judged.drifts:
        if drift.label == "refuted":
            text = (f"Claim {drift.number} states what {drift.other} of its paper says ({brief(drift.quote)}), "
                    f"not {drift.cited}, which the report cites.")  # fmt: skip
        else:
            text = (f"Claim {drift.number} holds for {drift.cited}, which the report cites; the later {drift.other} "
                    f"says otherwise: {brief(drift.quote)}.")  # fmt: skip
        yield made("version_mismatch", "high", text, drift.number)
    for named in seen.named:
        at_hand = {seen.shelves.version(i) for i in named.places} - {None}
        cited = named.cited.version
        if cited is not None and at_hand and cited not in at_hand:
            have = ", ".join(sorted(v for v in at_hand if v))
            yield made("version_mismatch", "low",
                        f"Reference {named.cited.number} cites {cited}; at hand is {have}, so the claims were held "
                        "against another version than the one cited.")  # fmt: skip
    yield from _two_versions(seen)


def _two_versions(seen: Seen) -> Iterator[Finding]:
    cited: dict[str, list[tuple[int, str]]] = {}
    for one in seen.card.references:
        if one.ids.arxiv and one.version:
            cited.setdefault(one.ids.arxiv, []).append((one.number, one.version))
    for arxiv, all_ in cited.items():
        if len({version for _, version in all_}) > 1:
            which = " and ".join(f"{version} (reference {number})" for number, version in all_)
            yield made("version_mismatch", "medium", f"Two versions of arXiv {arxiv} are cited: {which}.")
