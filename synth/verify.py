"""The arrow Claim + windows that were read -> Verdict: does what was read support the claim, refute it, or neither?

Each window of a paper has its word (`synth.judgement`): what the stance model reads in it, held against numbers,
directions, scope and names, as a calibrated probability. This module lets papers speak with one voice each (the latest
version, other versions show a drift), never counts the sentence a claim was copied from, and says why it decided so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from synth.checking import telling
from synth.judgement import Judgement, Seen, see, settle
from synth.models.calibration import Calibrator
from synth.records import Check, Claim, Evidence, Stance, Verdict, VerdictLabel, Window
from synth.standing import Standing, standings, taking_sides
from synth.statements import unattributed
from synth.text import content_words
from synth.tongue import foreign

__all__ = ["verdict"]

NEAR = 0.70  # nearness that a sentence of a paper found by a search needs to take a side in a report
RESTATED = 0.95  # share of the claim's content words that a passage of its own paper must hold to support it
_SHOWN = 5  # windows shown per claim beside the claim's own quote
_QUOTED = 3  # sentences quoted per window at most
_TOLD = 0.5  # cosine from which a window that leaves the claim open is worth showing


class _Judged(NamedTuple):
    """A window's word, as this claim may use it: `stance` is what is left of the judgement's after the rules here.

    `leaning` is the probability that it takes a side, before checks and rules held it (0 where no model read it).
    """

    judgement: Judgement
    stance: Stance
    checks: tuple[Check, ...]
    leaning: float

    @property
    def window(self) -> Window:
        return self.judgement.window

    @property
    def independent(self) -> bool:
        return self.window.bearings[0].independent

    @property
    def paper(self) -> str:
        return _paper(self.window)

    @property
    def version(self) -> str | None:
        return self.window.bearings[0].passage.version


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
        return Verdict(label="not_checked", score=None, confidence=None, reason=reason), tuple(map(_quote, quotes))
    open_to = [w for w in windows if not w.bearings[0].same]
    if open_to and all(w.scores is None for w in open_to):
        reason = "the verifier could read none of the passages that may bear on it"
        return Verdict(label="not_checked", score=None, confidence=None, reason=reason), tuple(map(_quote, quotes))
    seen = [see(unattributed(claim.statement), w, calibrator, found=found) for w in open_to]
    stand = {} if places is None else standings(_speaking(seen), places)
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
        reason="; ".join([_reason(pro, con, told, quoted=bool(quotes)), *map(_told, drifts[:1])]),
        checks=tuple(dict.fromkeys((*(told.checks if told is not None else ()), *drifts[:1]))),
    )
    shown = sorted([*pro, *con], key=_rank, reverse=True)[:_SHOWN]
    open_ = [j for j in others if j.stance == "neutral" and j.independent and _similarity(j) >= _TOLD]
    open_ = sorted((j for j in open_ if j is not told), key=_similarity, reverse=True)
    shown += [*([] if deciding or told is None else [told]), *open_][: max(0, 2 - len(shown))]
    evidence = [e for j in shown for e in _evidence(claim.statement, j)]
    return result, (*evidence, *(_quote(w) for w in quotes))


def _weighed(
    pro: Sequence[_Judged], con: Sequence[_Judged], others: Sequence[_Judged]
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
) -> _Judged:
    """The window's word, less what a claim's own paper may not say on it."""
    window = seen.window
    made = settle(unattributed(claim.statement), seen, calibrator, found=found, bar=bar, standing=standing)
    if made.stance != "neutral" and found and bar >= 0.5 and _nearness(claim.statement, made) < NEAR:
        # Among papers that nobody named, a small model sees sides in sentences that only share the topic.
        made = made._replace(probabilities=_left_open(made, calibrator), stance="neutral")
    word = _Judged(made, made.stance, made.checks, 0.0 if seen.probabilities is None else 1 - seen.probabilities[2])
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


def _one_voice(judged: list[_Judged]) -> list[_Judged]:
    """One window per paper version: the one that decides most surely, else the nearest."""
    best: dict[tuple[str, str | None], _Judged] = {}
    for j in judged:
        key = (j.paper, j.version)
        if key not in best or _weight(j) > _weight(best[key]):
            best[key] = j
    return list(best.values())


def _weight(judged: _Judged) -> tuple[bool, float, float]:
    return (judged.stance != "neutral", 1 - judged.judgement.probabilities[2], _similarity(judged))


def _latest_word(judged: list[_Judged]) -> list[_Judged]:
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


def _drifted(judged: _Judged, here: str | None) -> _Judged:
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


def _rank(judged: _Judged) -> tuple[bool, float, float, str, int]:
    first = judged.window.bearings[0].passage
    return (judged.independent, judged.judgement.probability, _similarity(judged), first.paper_id, -first.start)


def _similarity(judged: _Judged) -> float:
    return max(b.similarity for b in judged.window.bearings)


def _nearest(judged: Sequence[_Judged]) -> _Judged | None:
    """Of windows that take no side, the one that most nearly does: its checks say why not. None where none is near."""
    near = (j for j in judged if _similarity(j) >= _TOLD)
    return max(near, key=lambda j: (j.leaning, _similarity(j)), default=None)


def _restated(claim: str, judgement: Judgement) -> float:
    """The share of the claim's content words that the most deciding sentence holds."""
    wanted = content_words(unattributed(claim))
    passage = judgement.window.bearings[judgement.order[0]].passage.text
    return len(wanted & content_words(passage)) / len(wanted) if wanted else 0.0


# --- what is shown ----------------------------------------------------------------------------------------


def _evidence(claim: str, judged: _Judged) -> list[Evidence]:
    """The deciding sentences of a window, before them the one that holds the claim's numbers; of one that leaves the
    claim open, the nearest.
    """
    made = judged.judgement
    if judged.stance == "neutral":
        return [_shown(judged.window, _open_at(judged), judged.stance, made.probabilities[2])]
    first = telling(unattributed(claim), [made.window.bearings[i].passage.text for i in made.order])
    order = made.order[: made.deciding]
    if first is not None:
        order = (made.order[first], *(i for i in order if i != made.order[first]))
    return [_shown(judged.window, i, judged.stance, made.probability) for i in order[:_QUOTED]]


def _open_at(judged: _Judged) -> int:
    """The sentence to show of a window that takes no side: of those that hold most of what the checks found in it,
    what kept it from deciding before all else, the nearest.
    """
    held, sentences = judged.judgement.held, judged.window.bearings
    apart = (held.found if held is not None else None) or ""
    found = {check.found for check in judged.checks if check.found}

    def telling_most(i: int) -> tuple[bool, int, float, int]:
        text = sentences[i].passage.text
        return apart in text, sum(one in text for one in found), sentences[i].similarity, -i

    return max(range(len(sentences)), key=telling_most)


def _quote(window: Window) -> Evidence:
    """The sentence the claim was copied from: shown, never counted."""
    return _shown(window, 0, "supports", 1.0)


def _shown(window: Window, i: int, stance: Stance, score: float) -> Evidence:
    bearing = window.bearings[i]
    passage = bearing.passage
    return Evidence(
        paper_id=passage.paper_id,
        version=passage.version,
        tier=passage.tier,
        section=passage.section or None,
        page=passage.page,
        table=None,
        cell=None,
        quote=passage.text,
        stance=stance,
        independent=bearing.independent,
        score=round(score, 4),
    )


def _reason(pro: list[_Judged], con: list[_Judged], told: _Judged | None, *, quoted: bool) -> str:
    """One line: who supports, who refutes, and what the own paper's word is worth; else what `told` keeps open."""
    parts = []
    for group, verb in ((pro, "supported"), (con, "refuted")):
        papers = {j.paper for j in group if j.independent}
        if papers:
            parts.append(f"{verb} by {len(papers)} independent paper{'s' if len(papers) > 1 else ''}")
        elif group:
            parts.append(f"{verb} by another passage of its own paper; no independent paper says so")
    if parts:
        wrong = next((c for j in con for c in j.checks if c.outcome == "mismatch" and c.kind != "entity"), None)
        if wrong is not None:
            parts.append(f"{wrong.kind}: claimed {wrong.claimed}, found {wrong.found}")
        return "; ".join(parts)
    own = "stated by its own paper only" if quoted else "not stated in what was read"
    if told is None:
        return f"{own}; no other passage that was read comes near it"
    return f"{own}; {_why_open(told)}"


def _told(drift: Check) -> str:
    return f"versions differ: {drift.claimed}, {drift.found}"


def _why_open(best: _Judged) -> str:
    held = best.judgement.held
    if held is not None:
        return f"the nearest other passage {_apart(held)}"
    likely = 1 - best.judgement.probabilities[2]
    return f"the nearest other passage does not decide it ({likely:.0%} that it speaks to the claim)"


def _apart(held: Check) -> str:
    """How a passage differs from the claim in what kept it from deciding."""
    if held.kind == "entity":
        return f"does not name {held.claimed}"
    if held.found is None:
        return f"does not state {held.claimed}"
    if held.kind == "direction":
        return f"goes another way: {held.found}"
    return f"has {held.found} instead of {held.claimed}"
