"""Four dimensions of the report as a whole: its coverage, what it says of its doubts, its papers and its answer.

What a report could gain by leaving things out, it loses: a claim that is copied twice or is off the question counts in
no dimension and lowers coverage, a source or paper that is hidden counts as not asked or not used.
"""

from __future__ import annotations

from collections.abc import Sequence

from synth.facets import pattern
from synth.likeness import SHARED, content, overlap
from synth.opposition import one_voice, opposed
from synth.records import Claim, Dimension
from synth.review.basis import DIMENSIONS, Basis, asked_names, bears, scored, share, text_of
from synth.review.claims import PAPERS, borne_out, voices

__all__ = ["answered", "coverage", "disputed", "overclaimed", "reproducibility", "uncertainty"]

_ANSWER_SCORES = {
    "answered": 10.0,
    "contested": 8.0,
    "partly_answered": 6.0,
    "not_studied": 4.0,
    "no_evidence": 2.0,
    "not_checked": 0.0,
}
_OVERCLAIMED = 3.0  # an answer given although no claim it cites speaks of a thing asked about, or the claims conflict
_UNSHOWN = 0.95  # confidence that a claim is open, where no passage of another paper is shown to weigh
_SOURCES = 2  # sources that answered, from which the search does not hang on one


# --- coverage, limits, papers ----------------------------------------------------------------------------------


def coverage(of: Basis) -> Dimension:
    """Whether the search, the papers and the claims are as many as they seem."""
    heard = {c.source for c in of.coverage if c.searched and c.outcome in ("found", "empty")}
    late = any("time" in text.lower() or "budget" in text.lower() for text in of.limitations)
    hidden = of.partial and not late and not any(c.outcome == "failed" for c in of.coverage)
    speaking = {c.source.paper_id for _, c in of.kept} | {e.paper_id for _, c in of.kept for e in c.evidence}
    used = sum(p.id in speaking for p in of.included)
    many = voices(of)
    parts = (
        0.0 if hidden else min(1.0, len(heard) / _SOURCES),
        min(1.0, many / PAPERS),
        share(used, of.size),
    )
    kept = share(len(of.kept), len(of.claims)) if of.claims else 1.0
    return Dimension(
        name=DIMENSIONS[4],
        score=round(10 * sum(parts) / 3 * kept, 2) if of.coverage or of.claims or of.size else None,
        rule=f"10 x mean of (sources that answered / {_SOURCES}, at most 1, none where a failed one is not named; "
        f"papers that claims come from / {PAPERS}, at most 1; included papers with a claim or quote / included) x "
        "claims that bear on the question, each once / all claims",
        inputs={
            "sources_answered": len(heard),
            "failed_and_not_named": int(hidden),
            "papers": round(many, 2),
            "included_and_used": used,
            "included": of.size,
            "claims_that_count": len(of.kept),
            "claims": len(of.claims),
        },
    )


def overclaimed(of: Basis, claim: Claim) -> float:
    """How far a verdict says more than its evidence (0 to 1): a label that its score or no quote shown bears out, or a
    confidence above what score and quotes allow, doubled."""
    v, others = claim.verdict, of.independent(claim)
    apart = [e for e in claim.evidence if not (e.paper_id == claim.source.paper_id and e.quote == claim.quote)]
    if not borne_out(v, {e.stance for e in apart}):
        return 1.0
    if v.confidence is None:
        return 0.0
    ceiling = {"not_checked": 0.0, "not_enough_evidence": _UNSHOWN}.get(v.label, abs(v.score or 0.0))
    if v.label == "conflicting":
        ceiling = max((abs(e.score) for e in apart), default=0.0)
    if v.label == "not_enough_evidence":
        ceiling = min((e.score for e in others if e.stance == "neutral"), default=ceiling)
    return min(1.0, 2 * max(0.0, v.confidence - ceiling))


def disputed(of: Basis) -> dict[str, bool]:
    """The claims at odds with other papers, by their own evidence or in their words, and whether a conflict says so."""
    told = {i for c in of.conflicts for i in c.claim_ids}
    found = {
        c.id
        for _, c in of.kept
        if c.verdict.label in ("refuted", "conflicting") and any(e.stance == "refutes" for e in of.independent(c))
    }
    standing = [c for _, c in of.kept if c.source.paper_id not in of.fallen]
    for i, first in enumerate(standing):
        for second in standing[i + 1 :]:
            near = not one_voice(first, second) and overlap(first.statement, second.statement) >= SHARED
            if near and opposed(first, second) is not None:
                found |= {first.id, second.id}
    return {i: i in told for i in sorted(found)}


def _limits(of: Basis) -> dict[str, bool]:
    """What must be told of this report's limits, and whether a limitation tells it."""
    said = "\n".join(of.limitations).lower()
    facts = {"any": bool(of.limitations)}
    for c in of.coverage:
        if c.outcome == "failed":
            facts[f"failed: {c.source}"] = c.source.lower().replace("_", " ") in said.replace("_", " ")
    for tier, word in (("abstract", "abstract"), ("digest", "digest")):
        if any(p.tier == tier for p in of.included):
            facts[tier] = word in said
    if any(p.id in of.fallen for p in of.included):
        facts["fallen"] = "retract" in said or "withdr" in said
    if of.kept and not any(of.independent(c) for _, c in of.kept):
        facts["alone"] = "independent" in said or "own paper" in said
    if any(c.verdict.label == "not_checked" for c in of.claims):
        facts["not checked"] = "checked" in said
    return facts


def uncertainty(of: Basis) -> Dimension:
    """Whether the report says what it does not know, and no more than it knows."""
    reasoned = sum(bool(c.verdict.reason) for c in of.claims)
    facts, fights = _limits(of), disputed(of)
    contested = of.answer.status == "contested" and not any(c.kind == "true_conflict" for c in of.conflicts)
    over = sum(overclaimed(of, c) for c in of.claims)
    told, shown, fought = sum(facts.values()), sum(fights.values()), len(fights) + contested
    parts = (share(reasoned, len(of.claims)), share(told, len(facts)), shown / fought if fought else 1.0)
    return Dimension(
        name=DIMENSIONS[5],
        score=scored(of, sum(parts) / 3 * (1 - share(over, len(of.claims)))),
        rule="10 x mean of (verdicts with a reason / claims; limits told / limits there are; disputed claims that a "
        "conflict names / disputed claims, 1 where there is none) x (1 - mean overclaim of the verdicts)",
        inputs={
            "verdicts_with_reason": reasoned,
            "claims": len(of.claims),
            "limits_told": told,
            "limits": len(facts),
            "disputes_named": shown,
            "disputes": fought,
            "overclaim": round(over, 2),
        },
    )


def reproducibility(of: Basis) -> Dimension:
    """Whether a reader finds the papers again."""
    speaking = {c.source.paper_id for _, c in of.kept}
    used = [p for p in of.included if p.id in speaking]
    named = sum(bool(p.url) or any(value for _, value in p.ids) for p in used)
    full = sum(p.tier in ("html", "pdf", "xml", "latex") for p in used)
    return Dimension(
        name=DIMENSIONS[6],
        score=scored(of, 0.6 * share(named, of.size) + 0.4 * share(full, of.size)),
        rule="6 x included papers with claims and a public id or link / included + 4 x those read in full / included",
        inputs={"with_id": named, "read_in_full": full, "included": of.size},
    )


# --- the answer --------------------------------------------------------------------------------------------------


def answered(of: Basis) -> Dimension:
    """Whether the question asked was answered, by claims of this report."""
    ids = set(of.answer.claim_ids)
    cited = [c for c in of.claims if c.id in ids]
    stand = sum(_stands(of, c) for c in cited)
    said = "\n".join(text_of(c, of.papers) for c in cited)
    asked = asked_names(of.question)
    spoken = sum(any(pattern(f).search(said) for f in forms) for forms in asked.values())
    fought = _fought(of, cited)
    status = of.answer.status
    unnamed = status in ("answered", "contested") and spoken < len(asked)
    base = _OVERCLAIMED if unnamed or (status == "answered" and fought) else _ANSWER_SCORES[status]
    held = 1.0 if status in ("no_evidence", "not_checked") else share(stand, len(ids))
    open_ = status in ("partly_answered", "contested", "not_studied")
    settled = 0.8 if open_ and not of.answer.next_experiment else 1.0
    return Dimension(
        name=DIMENSIONS[7],
        score=round(base * held * settled, 2),
        rule="answered 10, contested 8, partly answered 6, not studied 4 (said plainly), no evidence 2, not checked 0; "
        f"{_OVERCLAIMED:g} where an answer is given but its claims name not all that is asked about by name, or are "
        "disputed and the status does not tell; x cited claims that are in the report, stand, bear on the question and "
        "are told in the text / cited claims; x 0.8 where what is open names no experiment",
        inputs={
            "status": status,
            "cited_and_told": stand,
            "cited": len(ids),
            "names_asked": len(asked),
            "names_spoken_of": spoken,
            "disputed": int(fought),
            "experiment": int(bool(of.answer.next_experiment)),
        },
    )


def _stands(of: Basis, claim: Claim) -> bool:
    """Whether an answer can rest on the claim: its paper stands, it bears on the question, the text tells a third of
    its content words, and it is not refuted, but for an answer that tells both sides."""
    key = claim.source.paper_id
    if key not in of.papers or key in of.fallen or not bears(of.question, text_of(claim, of.papers)):
        return False
    wanted, told = set(content(claim.statement)), set(content(of.answer.text))
    refuted = claim.verdict.label == "refuted" and of.answer.status != "contested"
    return len(wanted & told) >= len(wanted) / 3 and not refuted


def _fought(of: Basis, cited: Sequence[Claim]) -> bool:
    """Whether the claims that an answer cites are refuted or truly conflict with each other."""
    ids = {c.id for c in cited}
    both = any(c.kind == "true_conflict" and len(c.claim_ids) > 1 and ids >= set(c.claim_ids) for c in of.conflicts)
    return both or any(c.verdict.label in ("refuted", "conflicting") for c in cited)
