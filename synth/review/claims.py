"""Four dimensions of the claims one by one: their evidence, their grounding, their numbers and what those belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set

from synth.likeness import content
from synth.quantities import mentions, same_value
from synth.records import Claim, Dimension, Stance, Verdict, VerdictLabel
from synth.review.basis import DIMENSIONS, Basis, measured, scored, share
from synth.text import contains_quote

__all__ = [
    "PAPERS", "benchmarks", "borne_out", "grounding", "numbers", "strength", "unbacked_numbers", "ungrounded", "voices",
]  # fmt: skip

PAPERS = 5  # papers, each with as many claims, from which a report does not hang on one voice
_LEANS = 0.5  # a score from which a verdict takes a side
_NEEDS: dict[VerdictLabel, frozenset[Stance]] = {
    "supported": frozenset(["supports"]),
    "refuted": frozenset(["refutes"]),
    "conflicting": frozenset(["supports", "refutes"]),
}
_SAID = 0.6  # share of a statement's content words that its quote must hold


# --- evidence ------------------------------------------------------------------------------------------------


def strength(of: Basis) -> Dimension:
    """Whether other papers decide what the claims say."""
    strong = [c for _, c in of.kept if _decided(of, c)]
    many = voices(of)
    return Dimension(
        name=DIMENSIONS[0],
        score=scored(of, min(share(len(strong), len(of.kept)), many / PAPERS)),
        rule="10 x claims whose verdict an independent paper that still stands decides / claims (each once, bearing on "
        "the question, with a score beyond ±0.5); at most 2 for each paper that claims come from",
        inputs={"decided_by_independent_evidence": len(strong), "claims": len(of.kept), "papers": round(many, 2)},
    )


def _decided(of: Basis, claim: Claim) -> bool:
    needs = _NEEDS.get(claim.verdict.label, frozenset())
    others = {e.stance for e in of.independent(claim) if e.quote}
    return bool(needs & others) and borne_out(claim.verdict, {e.stance for e in claim.evidence})


def borne_out(verdict: Verdict, stances: Set[Stance]) -> bool:
    """Whether a label has the score it needs, and quotes shown that take its sides; labels without a side have it."""
    score = verdict.score or 0.0
    leans = {"supported": score >= _LEANS, "refuted": score <= -_LEANS}.get(verdict.label, True)
    return leans and _NEEDS.get(verdict.label, frozenset()) <= stances


def voices(of: Basis) -> float:
    """How many papers the claims come from, as if each gave the same number (inverse Simpson index)."""
    counts = Counter(c.source.paper_id for _, c in of.kept)
    total = sum(counts.values())
    return total**2 / sum(n * n for n in counts.values()) if total else 0.0


# --- grounding -----------------------------------------------------------------------------------------------


def ungrounded(of: Basis, claim: Claim) -> tuple[str, ...]:
    """What a claim lacks of a grounded one: a listed paper that stands, its own quote, a statement that the quote
    makes."""
    source, paper = claim.source, of.papers.get(claim.source.paper_id)
    lacks = []
    if paper is None or not paper.included or source.paper_id in of.fallen:
        lacks.append("its paper is not listed" if paper is None or not paper.included else "its paper has fallen")
    own = [e.quote for e in claim.evidence if e.paper_id == source.paper_id]
    if not any(contains_quote(q, claim.quote) or contains_quote(claim.quote, q) for q in own):
        lacks.append("its quote is not shown")
    said, quoted = set(content(claim.statement)), set(content(claim.quote))
    if not claim.quote or len(said & quoted) < _SAID * len(said):
        lacks.append("its quote does not say it")
    return tuple(lacks)


def grounding(of: Basis) -> Dimension:
    """Whether claims and quotes stand where the report says they stand."""
    held = sum(1 - len(ungrounded(of, c)) / 3 for _, c in of.kept)
    shown = [(c, e) for _, c in of.kept for e in c.evidence]
    sound = [
        e
        for c, e in shown
        if e.quote and e.paper_id in of.papers and e.independent == (e.paper_id != c.source.paper_id)
        and e.paper_id not in of.fallen
    ]  # fmt: skip
    return Dimension(
        name=DIMENSIONS[1],
        score=scored(of, share(held, len(of.kept)) * (share(len(sound), len(shown)) if shown else 1)),
        rule="10 x mean over claims of three thirds (its paper is listed and stands, its quote is shown, the quote "
        "says it) x quotes of listed papers that stand, rightly marked as independent or not / quotes shown",
        inputs={"grounded": round(held, 2), "claims": len(of.kept), "sound_quotes": len(sound), "quotes": len(shown)},
    )


# --- numbers -------------------------------------------------------------------------------------------------


def unbacked_numbers(claim: Claim) -> tuple[str, ...]:
    """The numbers of a statement that its quote does not hold, and a quantity that the statement does not hold."""
    found, quoted = mentions(claim.statement), mentions(claim.quote)
    missing = [m.text for m in found if not any(same_value(m, q) for q in quoted)]
    about = claim.quantity
    if about is not None and not any(same_value(m, about.value) for m in found):
        missing.append(f"{about.value:g}")
    return tuple(missing)


def numbers(of: Basis) -> Dimension:
    """Whether numbers are those of the quotes, and the answer those of its claims."""
    # What kept the nearest passage from deciding says nothing of how the report reads its numbers.
    decided = [c.verdict for _, c in of.kept if c.verdict.label != "not_enough_evidence"]
    made = [k for v in decided for k in v.checks if k.kind in ("number", "direction", "arithmetic")]
    match, mismatch = sum(k.outcome == "match" for k in made), sum(k.outcome == "mismatch" for k in made)
    stated = sum(len(mentions(c.statement)) + (c.quantity is not None) for _, c in of.kept)
    unbacked = sum(len(unbacked_numbers(c)) for _, c in of.kept)
    cited = [m for c in of.claims if c.id in of.answer.claim_ids for m in mentions(f"{c.statement}\n{c.quote}")]
    told = measured(of.answer.text)
    loose = sum(not any(same_value(m, c) for c in cited) for m in told)
    good, whole = match + stated - unbacked + len(told) - loose, match + mismatch + stated + len(told)
    return Dimension(
        name=DIMENSIONS[2],
        score=round(10 * good / whole, 2) if whole else None,
        rule="10 x (checks of decided claims that match + numbers of statements that their quotes hold + measured "
        "numbers of the answer that its claims hold) / (checks that match or mismatch + those numbers); missing "
        "checks do not count",
        inputs={
            "match": match,
            "mismatch": mismatch,
            "missing": len(made) - match - mismatch,
            "numbers_stated": stated,
            "not_in_their_quote": unbacked,
            "numbers_answered": len(told),
            "not_in_their_claims": loose,
        },
    )


def benchmarks(of: Basis) -> Dimension:
    """Whether numbers say what they measure, on what, and of whom."""
    parents = {c.parent_id for c in of.claims}
    numeric = [c for _, c in of.kept if c.id not in parents and (c.quantity is not None or measured(c.statement))]
    named = 0
    for about in (c.quantity for c in numeric):
        if about is not None:
            named += bool(about.metric or about.unit not in (None, "%", "points", "x")) + bool(about.dataset)
            named += bool(about.model or about.language or about.baseline)
    return Dimension(
        name=DIMENSIONS[3],
        score=round(10 * named / (3 * len(numeric)), 2) if numeric else None,
        rule="10 x fields said (measure; data set; model, language or baseline) / 3 x claims with one number of their "
        "own",
        inputs={"fields_said": named, "numeric_claims": len(numeric)},
    )
