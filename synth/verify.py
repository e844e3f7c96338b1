"""The arrow Claim + windows that were read -> Verdict: does what was read support the claim, refute it, or neither?

Each window of a paper has its word (`synth.judgement`): what the stance model reads in it, held against numbers,
directions, scope and names, as a calibrated probability. This module lets papers speak with one voice each (the latest
version, other versions show a drift), never counts the sentence a claim was copied from, and says why it decided so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from synth.judgement import Judgement, Seen, see, settle
from synth.models.calibration import Calibrator
from synth.records import Check, Claim, Evidence, Stance, Verdict, VerdictLabel, Window
from synth.shown import Judged, drift_told, own_quote, quotes_of, why
from synth.standing import Standing, pooled, standings, taking_sides
from synth.statements import unattributed
from synth.text import content_words
from synth.tongue import foreign

__all__ = ["verdict"]

NEAR = 0.70  # nearness that a sentence of a paper found by a search needs to take a side in a report
RESTATED = 0.95  # share of the claim's content words that a passage of its own paper must hold to support it
_SHOWN = 5  # windows shown per claim beside the claim's own quote
_TOLD = 0.5  # cosine from which a window that leaves the claim open is worth showing


def verdict(
    claim: Claim,
    windows: Sequence[Window],
    calibrator: Calibrator | None,
    *,
    read: int,
    found: bool = True,
    bar: float = 0.5,
    places: Mapping[str, int] | None = None,
) -> tuple[Verdict, tuple[Evidence, ...]]:
    """The verdict on one claim and the evidence shown for it, best first, the claim's own quote last.

    `found` says that a search chose the papers; nobody named them for the claim; `bar` is that of `settle`, and
    `places` are those of the papers, from 0, in the ranking of a search for this claim, if one was made. Without a
    calibrator, as with a model taken by name, there is no confidence. `read` is the number of passages that the
    windows were chosen from: with none the claim is `not_checked`, and `not_enough_evidence` when what was read says
    nothing on it.
    """
    if not read:
        reason = "nothing could be read to hold the claim against"
        return Verdict(label="not_checked", score=None, confidence=None, reason=reason), ()
    quotes = [w for w in windows if w.bearings[0].same]
    if foreign(claim.statement):
        reason = "the claim does not read as English, the only language that verdicts are made in"
        return Verdict(label="not_checked", score=None, confidence=None, reason=reason), tuple(map(own_quote, quotes))
    open_to = [w for w in windows if not w.bearings[0].same]
    if open_to and all(w.scores is None for w in open_to):
        reason = "the verifier could read none of the passages that may bear on it"
        return Verdict(label="not_checked", score=None, confidence=None, reason=reason), tuple(map(own_quote, quotes))
    seen = [see(unattributed(claim.statement), w, calibrator, found=found) for w in open_to]
    stand: Mapping[str, Standing] = {}
    if places is not None and calibrator is not None:
        seen = _together(seen)
        stand = standings(_speaking(seen), places)
    judged = [_judged(claim, one, calibrator, found, bar, stand.get(_paper(one.window))) for one in seen]
    others = _latest_word(_one_voice(judged))
    pro = [j for j in others if j.stance == "supports"]
    con = [j for j in others if j.stance == "refutes"]
    deciding = max([*pro, *con], key=_rank, default=None)
    told = deciding or _nearest(judged)
    drifts = [c for j in others for c in j.checks if c.kind == "version"]
    label, score, confidence = _weighed(pro, con, others)
    result = Verdict(
        label=label,
        score=score,
        confidence=None if calibrator is None else confidence,
        reason="; ".join([why(pro, con, told, quoted=bool(quotes)), *map(drift_told, drifts[:1])]),
        checks=tuple(dict.fromkeys((*(told.checks if told is not None else ()), *drifts[:1]))),
    )
    shown = sorted([*pro, *con], key=_rank, reverse=True)[:_SHOWN]
    open_ = [j for j in others if j.stance == "neutral" and j.independent and _similarity(j) >= _TOLD]
    open_ = sorted((j for j in open_ if j is not told), key=_similarity, reverse=True)
    shown += [*([] if deciding or told is None else [told]), *open_][: max(0, 2 - len(shown))]
    evidence = [e for j in shown for e in quotes_of(claim.statement, j)]
    return result, (*evidence, *(own_quote(w) for w in quotes))


def _weighed(
    pro: Sequence[Judged], con: Sequence[Judged], others: Sequence[Judged]
) -> tuple[VerdictLabel, float, float | None]:
    """The label, how far the evidence leans (-1 to 1), and the probability that the label is right.

    The strongest paper speaks for a side. Two sides at once hold only if both do; nothing found holds as far as the
    most threatening window of another paper leaves the claim open, and has no probability where there is none.
    """
    supports = max((j.judgement.probability for j in pro), default=0.0)
    refutes = max((j.judgement.probability for j in con), default=0.0)
    score = round(supports - refutes, 4)
    if pro and con:
        return "conflicting", score, round(min(supports, refutes), 4)
    if pro:
        return "supported", score, round(supports, 4)
    if con:
        return "refuted", score, round(refutes, 4)
    judged = [j.judgement.probabilities[2] for j in others if j.independent]
    return "not_enough_evidence", score, round(min(judged), 4) if judged else None


def _paper(window: Window) -> str:
    return window.bearings[0].passage.paper_id


def _together(seen: Sequence[Seen]) -> list[Seen]:
    """Of the windows of a paper, the one that most takes a side speaks with the odds and the names of them all."""
    own: dict[str, dict[int, tuple[float, float, float]]] = {}
    for i, one in enumerate(seen):
        if one.probabilities is not None:
            own.setdefault(_paper(one.window), {})[i] = one.probabilities
    made = list(seen)
    for said in own.values():
        most = max(said, key=lambda i: taking_sides(said[i]))
        checks = _named_anywhere(seen[most].checks, [seen[i].checks for i in said])
        made[most] = seen[most]._replace(probabilities=pooled(list(said.values())), checks=checks)
    return made


def _named_anywhere(checks: Sequence[Check], each: Sequence[Sequence[Check]]) -> tuple[Check, ...]:
    """The checks, with a name that another window of the paper holds found: a name may stand anywhere in a paper."""
    there = {c.claimed: c for other in each for c in other if c.kind == "entity" and c.outcome == "match"}
    return tuple(there.get(c.claimed, c) if c.kind == "entity" and c.outcome == "missing" else c for c in checks)


def _speaking(seen: Sequence[Seen]) -> dict[str, float]:
    """Per paper the log-odds that it takes a side: those of the window that most does."""
    odds: dict[str, float] = {}
    for one in seen:
        if one.probabilities is not None:
            key = _paper(one.window)
            odds[key] = max(taking_sides(one.probabilities), odds.get(key, -math.inf))
    return odds


def _judged(
    claim: Claim, seen: Seen, calibrator: Calibrator | None, found: bool, bar: float, standing: Standing | None
) -> Judged:
    """The window's word, less what a claim's own paper may not say on it."""
    window = seen.window
    made = settle(unattributed(claim.statement), seen, calibrator, found=found, bar=bar, standing=standing)
    if made.stance != "neutral" and found and bar >= 0.5 and _nearness(claim.statement, made) < NEAR:
        # Among papers that nobody named, a small model sees sides in sentences that only share the topic.
        made = made._replace(probabilities=_left_open(made, calibrator), stance="neutral")
    word = Judged(made, made.stance, made.checks, 0.0 if seen.probabilities is None else 1 - seen.probabilities[2])
    own = not window.bearings[0].independent
    here, there = claim.source.version, window.bearings[0].passage.version
    alike = made.stance == "supports" or (made.stance == "refutes" and here == there)
    if own and alike and _restated(claim.statement, made) < RESTATED:
        # A paper says much alike, and otherwise, of its several settings; only a restatement is the same statement.
        return word._replace(stance="neutral")
    if made.stance == "refutes" and own and here != there:
        # Another version of the same paper says otherwise: a drift to be shown, not a refutation.
        return _drifted(word, here)
    return word


def _nearness(claim: str, judgement: Judgement) -> float:
    """How much the most deciding sentence is about the same: 0.6 x cosine and 0.4 x share of the claim's words."""
    return 0.6 * judgement.window.bearings[judgement.order[0]].similarity + 0.4 * _restated(claim, judgement)


def _left_open(judgement: Judgement, calibrator: Calibrator | None) -> tuple[float, float, float]:
    """What is left where a window is too far from the claim to be believed: as at a gate, what it is worth."""
    neutral = judgement.probabilities[2]
    return 0.0, 0.0, neutral if calibrator is None else max(neutral, calibrator.held("any", found=True))


def _one_voice(judged: list[Judged]) -> list[Judged]:
    """One window per paper version: the one that decides most surely, else the nearest."""
    best: dict[tuple[str, str | None], Judged] = {}
    for j in judged:
        key = (j.paper, j.version)
        if key not in best or _weight(j) > _weight(best[key]):
            best[key] = j
    return list(best.values())


def _weight(judged: Judged) -> tuple[bool, float, float]:
    return (judged.stance != "neutral", 1 - judged.judgement.probabilities[2], _similarity(judged))


def _latest_word(judged: list[Judged]) -> list[Judged]:
    """Where versions of one paper take different sides, the latest speaks for it and the others show the drift."""
    sides: dict[str, set[Stance]] = {}
    latest: dict[str, int] = {}
    for j in judged:
        if j.stance != "neutral":
            sides.setdefault(j.paper, set()).add(j.stance)
            latest[j.paper] = max(latest.get(j.paper, 0), _number(j.version))
    divided = {key for key, stances in sides.items() if len(stances) > 1}
    return [_drifted(j, None) if j.paper in divided and _number(j.version) < latest[j.paper] else j for j in judged]


def _number(version: str | None) -> int:
    return int(version[1:]) if version and re.fullmatch(r"v\d+", version) else 0


def _drifted(judged: Judged, here: str | None) -> Judged:
    """The same window as a drift between versions; `here` is the version the claim was taken from, if any."""
    if judged.stance == "neutral":
        return judged
    wrong = next((c for c in judged.checks if c.outcome == "mismatch"), None)
    claimed, found = (wrong.claimed, wrong.found) if wrong else (here or "as stated", judged.version or judged.stance)
    drift = Check(
        kind="version",
        claimed=f"{here or 'claimed'}: {claimed}",
        found=f"{judged.version}: {found}",
        outcome="mismatch",
    )
    return judged._replace(checks=(*judged.checks, drift), stance="neutral")


def _rank(judged: Judged) -> tuple[bool, float, float, str, int]:
    first = judged.window.bearings[0].passage
    return (judged.independent, judged.judgement.probability, _similarity(judged), first.paper_id, -first.start)


def _similarity(judged: Judged) -> float:
    return max(b.similarity for b in judged.window.bearings)


def _nearest(judged: Sequence[Judged]) -> Judged | None:
    """Of windows that take no side, the one that most nearly does: its checks say why not. None where none is near."""
    near = (j for j in judged if _similarity(j) >= _TOLD)
    return max(near, key=lambda j: (j.leaning, _similarity(j)), default=None)


def _restated(claim: str, judgement: Judgement) -> float:
    """The share of the claim's content words that the most deciding sentence holds."""
    wanted = content_words(unattributed(claim))
    passage = judgement.window.bearings[judgement.order[0]].passage.text
    return len(wanted & content_words(passage)) / len(wanted) if wanted else 0.0
