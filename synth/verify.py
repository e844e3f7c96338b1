"""The arrow Claim + candidates -> Verdict: does what was read support the claim, refute it, or leave it open?

First honest version, without a trained model. A passage bears on a claim when it is close in meaning and in words;
then every number, direction and name of the claim is held against it. A number or direction that contradicts a close
passage refutes; one that is merely absent leaves the passage neutral. The sentence a claim was copied from is shown
as evidence but never counts: a copy cannot confirm itself. Scores are raw; confidence stays empty until a calibrator
fitted on labelled claims exists.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from synth.facets import names, pattern
from synth.quantities import Mention, direction, mentions, same_value
from synth.records import Bearing, Check, Claim, Evidence, Stance, Verdict
from synth.text import stem, words

__all__ = ["checks", "closeness", "verdict"]

SUPPORT = 0.70  # closeness from which an agreeing passage supports
REFUTE = 0.72  # closeness from which a disagreeing passage of another paper refutes
REFUTE_OWN = 0.88  # the same for a passage of the claim's own paper, which more often speaks of another setting
RESTATED = 0.95  # share of the claim's content words that a passage of its own paper must hold to support it
_SHOWN = 5  # evidence shown per claim beside the claim's own quote
_FUNCTION = frozenset(
    re.findall(
        r"\w+",
        "a an the of in on at by for to with and or as is are was were be been that this these those it its from "
        "into than their his her our we they which who whose also both such can could may might will would has have "
        "had not no",
    )
)
_NEGATION = re.compile(r"\b(?:not|no|never|neither|nor|without|fails? to|cannot|lacks?|hardly)\b|n't\b", re.I)


class _Judged(NamedTuple):
    bearing: Bearing
    closeness: float
    checks: tuple[Check, ...]
    stance: Stance


def verdict(claim: Claim, bearings: Sequence[Bearing], *, read: int) -> tuple[Verdict, tuple[Evidence, ...]]:
    """The verdict on one claim and the evidence shown for it, best first, the claim's own quote last.

    `read` is the number of passages that the bearings were chosen from: with none the claim is `not_checked`, and
    `not_enough_evidence` when what was read says nothing on it.
    """
    if not read:
        reason = "nothing could be read to hold the claim against"
        return Verdict(label="not_checked", score=None, confidence=None, reason=reason), ()
    judged = _latest_word([_judge(claim, b) for b in bearings])
    others = [j for j in judged if not j.bearing.same]
    pro = [j for j in others if j.stance == "supports"]
    con = [j for j in others if j.stance == "refutes"]
    score = max((j.closeness for j in pro), default=0.0) - max((j.closeness for j in con), default=0.0)
    deciding = max([*pro, *con] or others, key=_rank, default=None)
    drifts = [c for j in others for c in j.checks if c.kind == "version"]
    result = Verdict(
        label="conflicting" if pro and con else "supported" if pro else "refuted" if con else "not_enough_evidence",
        score=round(score, 4),
        confidence=None,
        reason="; ".join([_reason(pro, con, others, any(j.bearing.same for j in judged)), *map(_told, drifts[:1])]),
        checks=(*(deciding.checks if deciding is not None and (pro or con) else ()), *drifts[:1]),
    )
    shown = sorted([*pro, *con], key=_rank, reverse=True)[:_SHOWN]
    neutral = [j for j in others if j.stance == "neutral" and j.bearing.independent and j.closeness >= 0.5]
    shown += sorted(neutral, key=_rank, reverse=True)[: max(0, 2 - len(shown))]
    shown += [j for j in judged if j.bearing.same]
    return result, tuple(_evidence(j) for j in shown)


def _latest_word(judged: list[_Judged]) -> list[_Judged]:
    """Where versions of one paper take different sides, the latest speaks for it and the others show the drift."""
    sides: dict[str, set[Stance]] = {}
    latest: dict[str, int] = {}
    for j in judged:
        if j.stance != "neutral" and not j.bearing.same:
            key = j.bearing.passage.paper_id
            sides.setdefault(key, set()).add(j.stance)
            latest[key] = max(latest.get(key, 0), _version(j))
    divided = {key for key, stances in sides.items() if len(stances) > 1}
    return [
        _drifted(j) if (key := j.bearing.passage.paper_id) in divided and _version(j) < latest[key] else j
        for j in judged
    ]


def _version(judged: _Judged) -> int:
    version = judged.bearing.passage.version or ""
    return int(version[1:]) if re.fullmatch(r"v\d+", version) else 0


def _drifted(judged: _Judged) -> _Judged:
    if judged.stance == "neutral":
        return judged
    wrong = next((c for c in judged.checks if c.outcome == "mismatch"), None)
    claimed, found = (wrong.claimed, wrong.found) if wrong else ("as stated", judged.stance)
    version = judged.bearing.passage.version
    drift = Check(kind="version", claimed=f"claimed: {claimed}", found=f"{version}: {found}", outcome="mismatch")
    return judged._replace(checks=(*judged.checks, drift), stance="neutral")


def _rank(judged: _Judged) -> tuple[bool, bool, float, str, int]:
    passage = judged.bearing.passage
    return (judged.stance != "neutral", judged.bearing.independent, judged.closeness, passage.paper_id, -passage.start)


def _judge(claim: Claim, bearing: Bearing) -> _Judged:
    near = closeness(claim.statement, bearing.passage.text, bearing.similarity)
    made = checks(claim.statement, bearing.passage.text, bearing.context)
    bar = REFUTE if bearing.independent else REFUTE_OWN
    negated = _negations_differ(claim.statement, bearing.passage.text)
    stance = _stance(near, made, negated, bar)
    if stance == "refutes" and (other := _elsewhere(claim.statement, bearing.passage.text)):
        scope = Check(kind="scope", claimed="as named", found=other, outcome="mismatch")
        return _Judged(bearing, near, (*made, scope), "neutral")
    restated = bearing.independent or _share(claim.statement, bearing.passage.text) >= RESTATED
    if stance == "supports" and not restated:
        stance = "neutral"  # papers say much alike of their own settings; only a restatement is the same statement
    here, there = claim.source.version, bearing.passage.version
    if stance == "refutes" and not bearing.independent and here != there:
        # Another version of the same paper says otherwise: a drift to be shown, not a refutation.
        wrong = next((c for c in made if c.outcome == "mismatch"), None)
        claimed, found = (wrong.claimed, wrong.found) if wrong else (here, there)
        drift = Check(kind="version", claimed=f"{here}: {claimed}", found=f"{there}: {found}", outcome="mismatch")
        return _Judged(bearing, near, (*made, drift), "neutral")
    return _Judged(bearing, near, made, stance)


def _share(claim: str, passage: str) -> float:
    """The share of the claim's content words that the passage holds."""
    wanted = _content(claim)
    return len(wanted & _content(passage)) / len(wanted) if wanted else 0.0


def _elsewhere(claim: str, passage: str) -> str | None:
    """What the passage names and the claim does not: a different number there is of something else."""
    ours = {forms[0] for forms in names(claim)}
    theirs = [forms[0] for forms in names(passage) if forms[0] not in ours]
    return ", ".join(theirs) or None


def _stance(near: float, made: Sequence[Check], negated: bool, bar: float) -> Stance:
    """Names must be there for a passage to speak of the claim at all; then numbers and directions decide."""
    if any(c.kind in ("entity", "scope") and c.outcome != "match" for c in made):
        return "neutral"
    deciding = [c for c in made if c.kind in ("number", "direction")]
    if any(c.outcome == "mismatch" for c in deciding) or negated:
        return "refutes" if near >= bar else "neutral"
    if any(c.kind == "number" and c.outcome == "missing" for c in deciding):
        return "neutral"
    return "supports" if near >= SUPPORT else "neutral"


def closeness(claim: str, passage: str, similarity: float) -> float:
    """How much the passage is about the same: cosine and the share of the claim's content words, in [0, 1]."""
    return max(0.0, min(1.0, 0.6 * similarity + 0.4 * _share(claim, passage)))


@lru_cache(maxsize=20_000)
def _content(text: str) -> frozenset[str]:
    return frozenset(stem(w) for w in words(text) if w not in _FUNCTION and not w[0].isdigit())


def _negations_differ(claim: str, passage: str) -> bool:
    if direction(claim) is not None and direction(passage) is not None:
        return False  # the direction check has taken the negation into account
    return bool(_NEGATION.search(claim)) != bool(_NEGATION.search(passage))


def checks(claim: str, passage: str, context: str) -> tuple[Check, ...]:
    """Every number, the direction and every name of the claim held against the passage.

    Names may stand in the passage or its `context` (title and sentence before). A number is `missing` when the
    passage has none of its unit, `mismatch` when it has others.
    """
    made = [_number(m, mentions(passage)) for m in mentions(claim)]
    claimed, found = direction(claim), direction(passage)
    if claimed is not None:
        outcome = "missing" if found is None else "match" if found == claimed else "mismatch"
        made.append(Check(kind="direction", claimed=claimed, found=found, outcome=outcome))
    around = f"{passage}\n{context}"
    made += [_name(forms, around) for forms in names(claim)]
    return tuple(made)


def _number(claimed: Mention, found: Sequence[Mention]) -> Check:
    for mention in found:
        if same_value(claimed, mention):
            return Check(kind="number", claimed=claimed.text, found=mention.text, outcome="match")
    comparable = [m for m in found if _unit(m) == _unit(claimed)]
    if comparable:
        nearest = min(comparable, key=lambda m: (abs(m.value - claimed.value), m.start))
        return Check(kind="number", claimed=claimed.text, found=nearest.text, outcome="mismatch")
    return Check(kind="number", claimed=claimed.text, found=None, outcome="missing")


def _unit(mention: Mention) -> str | None:
    return "points" if mention.unit in ("%", "points") else mention.unit


def _name(forms: tuple[str, ...], around: str) -> Check:
    for form in forms:
        if match := pattern(form).search(around):
            return Check(kind="entity", claimed=forms[0], found=match.group(), outcome="match")
    return Check(kind="entity", claimed=forms[0], found=None, outcome="missing")


def _evidence(judged: _Judged) -> Evidence:
    passage = judged.bearing.passage
    return Evidence(
        paper_id=passage.paper_id,
        version=passage.version,
        tier=passage.tier,
        section=passage.section or None,
        page=passage.page,
        table=None,
        cell=None,
        quote=passage.text,
        stance="supports" if judged.bearing.same else judged.stance,
        independent=judged.bearing.independent,
        score=round(judged.closeness, 4),
    )


def _reason(pro: list[_Judged], con: list[_Judged], others: list[_Judged], quoted: bool) -> str:
    """One line: who supports, who refutes, and what the own paper's word is worth."""
    parts = []
    for group, verb in ((pro, "supported"), (con, "refuted")):
        papers = {j.bearing.passage.paper_id for j in group if j.bearing.independent}
        if papers:
            parts.append(f"{verb} by {len(papers)} independent paper{'s' if len(papers) > 1 else ''}")
        elif group:
            parts.append(f"{verb} by another passage of its own paper; no independent paper says so")
    if parts:
        wrong = next((c for j in con for c in j.checks if c.outcome == "mismatch" and c.kind != "entity"), None)
        if wrong is not None:
            parts.append(f"{wrong.kind}: claimed {wrong.claimed}, found {wrong.found}")
        return "; ".join(parts)
    best = max(others, key=lambda j: j.closeness, default=None)
    own = "stated by its own paper only" if quoted else "not stated in what was read"
    if best is None or best.closeness < 0.5:
        return f"{own}; no other passage that was read comes near it"
    return f"{own}; {_why_open(best)}"


def _told(drift: Check) -> str:
    return f"versions differ: {drift.claimed}, {drift.found}"


def _why_open(best: _Judged) -> str:
    gaps = [c for c in best.checks if c.outcome != "match" and c.kind != "version"]
    if gaps:
        gap = gaps[0]
        what = "does not state" if gap.found is None else f"has {gap.found} instead of"
        return f"the nearest other passage {what} the {gap.kind} {gap.claimed}"
    return f"the nearest other passage is not close enough to decide (closeness {best.closeness:.2f})"
