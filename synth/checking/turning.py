"""Directions held against each other: of the same thing.

Words of value ("improves", "hurts") and words of amount ("raises", "fewer") meet through the thing they speak of: a
lower error is an improvement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from synth.checking.reading import Reading, read
from synth.checking.tokens import Token
from synth.directions import Direction, signals

__all__ = ["BAD_WHEN_HIGH", "Turn", "held", "lower_is_better", "turns"]


class Turn(NamedTuple):
    """One word of change at [start, end): its direction, whether it values, and the tokens of what it changes.

    `after` are tokens right after the word, `before` right before it; `thing` is what it changes.
    """

    start: int
    end: int
    direction: Direction
    valued: bool
    after: frozenset[str]
    before: frozenset[str]
    word: str

    @property
    def thing(self) -> frozenset[str]:
        """The words of what changes: those after the word, else those before it ("accuracy drops")."""
        return self.after or frozenset(k for k in self.before if k not in _MEASURING) or self.before


BAD_WHEN_HIGH = re.compile(
    r"error|\bwer\b|\bcer\b|\beer\b|\bter\b|loss\b|perplexit|\bppl\b|latenc|\bcosts?\b|\btime\b|memory|risk|mortality|"
    r"death|rejection|infection|incidence|toxicit|bias|hallucinat|severity|symptom|disease|\bbits\b|carbon|emission|"
    r"overfit|forgetting|noise|gap\b|variance|\bmae\b|\brmse\b|\bmse\b|false\s(?:positive|negative)|delay|pain|burden|"
    r"morbidity|relapse|recurrence|tumou?r|metasta",
    re.I,
)
_VALUED = re.compile(
    r"improv|gain|out-?perform|surpass|enhanc|beat|better|superior|benefi|help|perform|degrad|worse|hurt|harm|"
    r"deteriorat|under-?perform|inferior|suffer|impair|work",
    re.I,
)
_STOPS = re.compile(
    r"[,;:()]|\.\s|\s(?:by|while|whereas|but|than|when|which|who|that|compared|and|because|if|via|through|from|to|with|"
    r"on|at|for|after|during|without|as|among|over|is|are|was|were|has|have|had|can|could|may|did|does|do)\s"
)
_WORDS_AFTER = 60
_WORDS_BEFORE = 60


# "prevents the increase", "mitigates rising costs": turned round. "ubiquitination and degradation": a process.
_TURNED = re.compile(
    r"\b(?:mitigat|prevent|attenuat|revers|abolish|abrogat|halt|counteract|block|suppress|inhibit|blunt|ameliorat|avoid|"
    r"protects?\sagainst|protected\sagainst)\w*\s(?:the\s|an?\s|any\s|further\s)?$",
    re.I,
)
_PROCESS = re.compile(r"degradations?(?!\s(?:of|in|on|when|for|across|over|by))|harming\s|harmed\s", re.I)
_OF_QUALITY = re.compile(r"\b(?:performance|accuracy|quality|score|BLEU|F1)\s$", re.I)


@lru_cache(maxsize=8192)
def turns(text: str) -> tuple[Turn, ...]:
    """The words of change of `text` with what they change, in order."""
    found = []
    tokens = read(text).tokens
    inside = signals(text)
    for i, signal in enumerate(inside):
        before = text[max(0, signal.start - 30) : signal.start]
        if _PROCESS.match(text, signal.start) and not _OF_QUALITY.search(before):
            continue
        way = signal.direction
        if _TURNED.search(before):
            way = {"up": "down", "down": "up", "none": "none"}[way]  # type: ignore[assignment]
        left = max([0, signal.start - _WORDS_BEFORE, *(s.end for s in inside[:i])])
        right = min([len(text), signal.end + _WORDS_AFTER, *(s.start for s in inside[i + 1 : i + 2])])
        after = _head(text, tokens, *_window(text, signal.end, max(signal.end, right)))
        earlier = _keys(tokens, *_window_before(text, left, signal.start))[-_HEAD:]
        word = text[signal.start : signal.end].lower()
        found.append(
            Turn(signal.start, signal.end, way, bool(_VALUED.match(word)), frozenset(after), frozenset(earlier), word)
        )
    return tuple(found)


# Words that measure a thing and are not the thing: "the incidence of tuberculosis".
_MEASURING = frozenset(
    """rate level incidenc risk number amount severity intensity frequency degree mean overall prevalenc extent total
    likelihood probability odd significant significantly substantial strong marked""".split()  # noqa: SIM905
)
_BREAK = re.compile(r"\s(?:in|across|among|within|per|due|between|throughout|following|under|of|into)\s")


def _head(text: str, tokens: Sequence[Token], start: int, end: int) -> tuple[str, ...]:
    """The words of the thing after a word of change, up to the first preposition that leads away from it."""
    inside = [t for t in tokens if start <= t.start < end]
    kept: list[str] = []
    for i, token in enumerate(inside):
        gap = text[inside[i - 1].end if i else start : token.start]
        away = _BREAK.search(gap)
        if away and any(k not in _MEASURING for k in kept) and away.group().strip() != "of":
            break
        kept.append(token.key.lower())
    core = [k for k in kept if k not in _MEASURING]
    return tuple((core or kept)[:_HEAD])


_HEAD = 5  # words of the thing that are looked at


def _window(text: str, start: int, stop: int) -> tuple[int, int]:
    end = stop
    for match in _STOPS.finditer(text, start + 1, stop):
        if match.group().strip() in ("to", "on") and match.start() <= start + 1:
            continue
        end = match.start()
        break
    return start, end


def _window_before(text: str, start: int, stop: int) -> tuple[int, int]:
    begin = start
    for match in re.finditer(
        r"[,;:()]|\.\s|\s(?:while|whereas|but|than|which|that|and|because|if)\s", text[start:stop]
    ):
        begin = start + match.end()
    return begin, stop


def _keys(tokens: Sequence[Token], start: int, end: int) -> tuple[str, ...]:
    return tuple(t.key.lower() for t in tokens if start <= t.start < end)


def lower_is_better(things: str) -> bool:
    """Whether less of the thing named is better (errors, costs, risks)."""
    return bool(BAD_WHEN_HIGH.search(things))


def _worth(turn: Turn) -> Literal[-1, 0, 1]:
    """+1 for a gain, -1 for a loss, 0 where the words do not tell whether more of the thing is good."""
    sign: Literal[-1, 0, 1] = {"up": 1, "down": -1, "none": 0}[turn.direction]  # type: ignore[assignment]
    if turn.valued or sign == 0:
        return sign
    thing = " ".join(sorted(turn.thing))
    if lower_is_better(thing):
        return -1 if sign == 1 else 1
    return sign if _GOOD.search(thing) else 0


_GOOD = re.compile(
    r"accurac|precision|recall|\bf1\b|bleu|rouge|score|performanc|quality|survival|robust|coverage|agreement|"
    r"correlation|speed|efficien|effectiveness|fluency|coherenc|diversity|\bmap\b|ndcg|\bmrr\b|las\b|uas\b",
    re.I,
)


class Held(NamedTuple):
    """The direction a claim states and the one the passage states of the same thing; `found` None: it states none."""

    claimed: Direction
    found: Direction | None
    agrees: bool | None


def held(claim: Reading, passage: Reading, skip: Sequence[tuple[int, int]] = ()) -> Held | None:
    """The claim's directions held against the passage's; None where the claim states none.

    Each word of change of the claim meets the one of the passage that changes the same thing. One disagreement
    decides; agreement needs one word that agrees. `skip` are stretches of the claim judged elsewhere.
    """
    mine = [t for t in turns(claim.text) if not any(a <= t.start < b for a, b in skip)]
    if not mine:
        return None
    theirs = turns(passage.text)
    results = [_meet(turn, theirs, mine, claim, passage) for turn in mine]
    for wanted in (False, True):
        for result in results:
            if result.agrees is wanted:
                return result
    return results[0]


def _meet(turn: Turn, theirs: Sequence[Turn], mine: Sequence[Turn], claim: Reading, passage: Reading) -> Held:
    if not theirs:
        return Held(turn.direction, None, None)
    scored = [(_shared(turn, other, len(mine) == 1 == len(theirs), claim, passage), other) for other in theirs]
    best = max(score for score, _ in scored)
    top = [other for score, other in scored if score == best]
    verdicts = {_agree(turn, other) for other in top}
    if best <= 0 or len(verdicts) != 1:
        return Held(turn.direction, None, None)
    agrees = verdicts.pop()
    if agrees is False and best < _ENOUGH:
        return Held(turn.direction, None, None)
    return Held(turn.direction, top[0].direction if agrees is not None else None, agrees)


def _shared(turn: Turn, other: Turn, alone: bool, claim: Reading, passage: Reading) -> float:
    """How much the two words of change speak of one thing; 1 and more is enough to disagree on."""
    common = turn.thing & other.thing
    least = min(len(turn.thing), len(other.thing))
    score = 0.0
    if common and len(common) >= 0.6 * least:
        score = 1.0 + len(common) + 0.25 * len(turn.before & other.before)
    elif common:
        score = 0.25 * len(common)
    if score < 1.0 and alone:
        wanted = {t.key for t in claim.tokens}
        there = {t.key for t in passage.tokens}
        score = 1.0 if wanted and len(wanted & there) >= 0.7 * len(wanted) else score
    if score > 0:
        score += 0.25 * (turn.word[:5] == other.word[:5]) + 0.5 * (
            (turn.after, turn.before) == (other.after, other.before)
        )
    return score


_ENOUGH = 1.0


def _agree(turn: Turn, other: Turn) -> bool | None:
    """Whether two words of change of one thing say the same; None where value and amount cannot be compared."""
    if turn.direction == other.direction == "none":
        return True
    if "none" in (turn.direction, other.direction):
        return False
    if turn.valued == other.valued:
        return turn.direction == other.direction
    one, two = _worth(turn), _worth(other)
    return None if 0 in (one, two) else one == two
