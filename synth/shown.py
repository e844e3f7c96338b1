"""What is shown of a verdict: quotes of the windows it rests on, or that came nearest, and the reason in one line."""

from __future__ import annotations

import re
from typing import NamedTuple

from synth.checking import telling
from synth.judgement import Judgement
from synth.records import Check, Evidence, Stance, Window
from synth.statements import unattributed

__all__ = ["Judged", "drift_told", "own_quote", "quotes_of", "why"]

_QUOTED = 3  # sentences quoted per window at most
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class Judged(NamedTuple):
    """A window's word, as this claim may use it: `stance` is what is left of the judgement's after the rules here.

    `leaning` is the probability that it takes a side, before checks and rules held it (0 where no model read it).
    """

    judgement: Judgement
    stance: Stance
    checks: tuple[Check, ...]
    leaning: float

    @property
    def window(self) -> Window:
        """The window that was judged."""
        return self.judgement.window

    @property
    def independent(self) -> bool:
        """Whether it is of another paper than the claim's own."""
        return self.window.bearings[0].independent

    @property
    def paper(self) -> str:
        """The id of its paper."""
        return self.window.bearings[0].passage.paper_id

    @property
    def version(self) -> str | None:
        """The version of its paper, where one is known."""
        return self.window.bearings[0].passage.version


def quotes_of(claim: str, judged: Judged) -> list[Evidence]:
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


def _open_at(judged: Judged) -> int:
    """The sentence to show of a window that takes no side: of those that hold most of what the checks found in it,
    what kept it from deciding before all else, the nearest.
    """
    held, sentences = judged.judgement.held, judged.window.bearings
    instead = (held.found if held is not None else None) or ""
    apart = _NUMBER.findall(instead.partition(" = ")[0]) or [instead]  # the terms of a sum
    found = {check.found for check in judged.checks if check.found}

    def telling_most(i: int) -> tuple[int, int, float, int]:
        text = sentences[i].passage.text
        return sum(one in text for one in apart), sum(one in text for one in found), sentences[i].similarity, -i

    return max(range(len(sentences)), key=telling_most)


def own_quote(window: Window) -> Evidence:
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


def why(pro: list[Judged], con: list[Judged], told: Judged | None, *, quoted: bool) -> str:
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


def drift_told(drift: Check) -> str:
    """A drift between versions, as a part of the reason."""
    return f"versions differ: {drift.claimed}, {drift.found}"


def _why_open(best: Judged) -> str:
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
