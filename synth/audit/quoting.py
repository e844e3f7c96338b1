"""Which sentences of a paper are shown for a verdict: those that a reader can hold against the claim.

A model weighs several sentences at once, and the one that moved it most need not be the one that says it. Where another
sentence of the same paper names all that the claim names and holds its numbers, that one is shown; a sentence that only
states other numbers is then left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from synth.audit.sameness import fact, shared
from synth.quantities import Mention, mentions
from synth.records import Claim, Evidence, Passage, Stance

__all__ = ["Sentences", "nearest", "plain", "sentences_by_paper", "shown"]

Sentences = Mapping[tuple[str, str | None], Sequence[Passage]]
_EACH = 2  # quotes of one paper for one side


def sentences_by_paper(read: Iterable[Passage]) -> Sentences:
    """The sentences that were read, by paper and version."""
    found: dict[tuple[str, str | None], list[Passage]] = {}
    for passage in read:
        found.setdefault((passage.paper_id, passage.version), []).append(passage)
    return found


def plain(claim: Claim, sentences: Sentences) -> Claim:
    """The claim with evidence in which each deciding paper's clearest sentence stands first; stances stay."""
    evidence = list(claim.evidence)
    for key in dict.fromkeys(_whose(e) for e in claim.evidence if e.stance != "neutral"):
        theirs = [e for e in evidence if _whose(e) == key]
        best = _clearest(claim, key[2], sentences.get(key[:2], ()))
        if best is None or not _clearer(claim, best.text, theirs):
            continue
        at = evidence.index(theirs[0])
        first = next((e for e in theirs if e.quote == best.text), None) or theirs[0].model_copy(
            update={"quote": best.text, "section": best.section or None, "page": best.page}
        )
        kept = [e for e in theirs if e.quote != best.text and not _other_number(claim.statement, e.quote)]
        evidence = [e for e in evidence if e not in theirs]
        evidence[at:at] = [first, *kept]
    return claim.model_copy(update={"evidence": tuple(evidence)})


def _clearer(claim: Claim, text: str, theirs: Sequence[Evidence]) -> bool:
    """Whether `text` tells more of the claim than every quote, or a quote of results holds none of its numbers."""
    rest = [e.quote for e in theirs if e.quote != text]
    if theirs[0].stance == "refutes":
        return text not in {e.quote for e in theirs}  # no quote holds the other number yet, or this one is shown
    if not rest or any(_other_number(claim.statement, quote) for quote in rest):
        return True
    return _covers(claim.statement, text) > max(_covers(claim.statement, quote) for quote in rest)


def _whose(quote: Evidence) -> tuple[str, str | None, Stance]:
    return quote.paper_id, quote.version, quote.stance


def _clearest(claim: Claim, stance: Stance, sentences: Sequence[Passage]) -> Passage | None:
    """The sentence nearest in words that has what the verdict rests on; None where none has."""
    wanted = fact(claim.statement)
    numbers = wanted.numbers
    if stance == "refutes":
        numbers = frozenset(
            round(m.value, 6)
            for check in claim.verdict.checks
            if check.kind == "number" and check.outcome == "mismatch" and check.found
            for m in (mentions(check.found) or mentions(f"{check.found} items"))
        )
        if not numbers:
            return None
    fit = [
        (_covers(claim.statement, passage.text), -passage.start, passage)
        for passage in sentences
        for said in [fact(passage.text)]
        if wanted.names <= said.names and numbers <= said.numbers and wanted.denies == said.denies
    ]
    return max(fit, key=lambda one: one[:2])[2] if fit else None


def _measures(text: str) -> list[Mention]:
    return [m for m in mentions(text) if m.unit in ("%", "points", "x") or m.precision < 1]


def _other_number(claim: str, quote: str) -> bool:
    """Whether the quote states results and none of them is the claim's."""
    ours, theirs = {m.value for m in mentions(claim)}, {m.value for m in _measures(quote)}
    return bool(theirs) and not ours & theirs


def _covers(claim: str, quote: str) -> tuple[bool, float, float]:
    """Whether both deny or neither does, the share of the claim's content words in the quote, and of the words of both
    in common."""
    a, b = fact(claim), fact(quote)
    ours, theirs = set(a.content), set(b.content)
    held = round(len(ours & theirs) / len(ours), 2) if ours else 0.0
    return a.denies == b.denies, held, shared(claim, quote)


def _tells(claim: str, quote: str, stance: Stance) -> tuple[bool, tuple[bool, float, float]]:
    """How well a quote is told for a claim: for one without a result none with, then what holds most of its words."""
    bare = stance == "supports" and not _measures(claim)
    return not (bare and _measures(quote)), _covers(claim, quote)


def nearest(claim: str, evidence: Sequence[Evidence], stance: Stance) -> Evidence | None:
    """Of the quotes that take this side the one to tell."""
    sides = [e for e in evidence if e.stance == stance]
    return max(sides, key=lambda e: _tells(claim, e.quote, stance), default=None)


def shown(claim: str, evidence: Iterable[Evidence], most: int) -> list[Evidence]:
    """At most `most` of the quotes, each once and at most two of a paper for one side: those that decide before those
    that do not, the best of each paper before any second."""
    sides: dict[tuple[str, str | None, Stance], dict[str, Evidence]] = {}
    for one in evidence:
        kept = sides.setdefault(_whose(one), {})
        if one.quote not in kept or kept[one.quote].score < one.score:
            kept[one.quote] = one
    ordered = [sorted(q.values(), key=lambda e: _tells(claim, e.quote, e.stance), reverse=True) for q in sides.values()]
    turns = [quotes[turn] for turn in range(_EACH) for quotes in ordered if turn < len(quotes)]
    return sorted(turns, key=lambda e: e.stance == "neutral")[:most]
