"""Who is set over whom: "A outperforms B", "B is worse than A", "A is beaten by B", "on par with"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from synth.checking.reading import read
from synth.checking.tokens import Token
from synth.checking.turning import lower_is_better

__all__ = ["Order", "contrast", "orders"]

Sense = Literal[-1, 0, 1]


class Order(NamedTuple):
    """`left` set over (`sense` 1), under (-1) or beside (0) `right`, in the words text[start:end].

    `denied` marks "does not outperform": the left one is then not over, which may be beside or under.
    `worth` tells whether the sense is of value; a plain "higher" is not, unless of something good or bad.
    """

    start: int
    end: int
    text: str
    left: tuple[Token, ...]
    right: tuple[Token, ...]
    sense: Sense
    denied: bool
    worth: bool


_UP = (
    r"better|higher|superior|greater|larger|stronger|faster|more|bigger|longer|increased|improved|improvements?|gains?|"
    r"advantages?|elevated|enhanced|fitter|improves?|increases?"
)
_DOWN = (
    r"worse|lower|inferior|smaller|weaker|slower|less|fewer|shorter|reduced|decreased|poorer|degraded|decreases?|"
    r"reductions?"
)
_ACTIVE = re.compile(
    r"\b(?:(?P<passive>(?:is|are|was|were|been|being)\s(?:(?:\w+ly|also|even|often)\s)?(?:out-?performed|surpassed|beaten|exceeded)\sby)"
    r"|(?P<under>under-?perform\w*(?:\s(?:relative\sto|against))?|lag(?:s|ged)?\sbehind|falls?\sshort\sof|fell\sshort\sof|"
    r"trails?|loses?\sto|lost\sto|(?:is|are|was|were)\sinferior\sto)"
    r"|(?P<over>(?:times|twice|half)\sas\s(?:\w+\s){1,3}as|out-?perform(?:s|ed|ing)?|surpass(?:es|ed|ing)?|exceed(?:s|ed|ing)?|beats?|beating|"
    r"(?:is|are|was|were)\ssuperior\sto|improv(?:es?|ed|ing)\s(?:up)?on)"
    r"|(?P<par>(?:is|are|was|were|performs?|performed)?\s?(?:on[\s-]par\swith|comparable\s(?:to|with)|as\s(?:well|good|"
    r"accurate|effective)\sas|equivalent\sto|similar(?:ly)?\sto|not\s(?:significantly\s)?different\sfrom)))\b"
)
_THAN = re.compile(
    rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))(?P<what>(?:\s(?!(?:{_UP}|{_DOWN})\b)[\w%/-]+){{0,10}}?)[\s,]+(?:than|compared\s(?:to|with)|relative\sto|"
    r"versus|vs\.?|over(?=\s(?:the|a|an|our|its|their|all|[A-Z])))\s(?:(?:were|was|is|are|did|does|do)\s)?(?:(?:those|that)\s(?:for|of|in|with)\s)?",
    re.I,
)
_PRAISED = re.compile(r"\s(?:effective|accurate|robust|efficient|reliable|useful|beneficial|stable|fluent|faithful)")
_CLAUSE = re.compile(
    r"[;:]\s|,\s(?:and|but|while|whereas|so)\s|\s(?:but|while|whereas|although|that|because)\s|\.\s(?=[A-Z])|,\s(?=\w+ing\s)"
)
_RIGHT_END = re.compile(
    r"[,;()]|\.\s|\.$|\s(?:by|on|in|for|with|at|when|while|but|and\s(?=\w+(?:s|ed)\s)|and(?=\s(?:\w+ly\s)?(?:better|worse|superior|inferior)\s)|which|across|from|after|among|under|"
    r"using|during|is|are|was|were|do|does|did)(?=\s)"
)
_DENIAL = re.compile(
    r"(?:\b(?:not|never|no|neither|cannot|hardly|fails?\sto|failed\sto|without)|n['’]t)\s(?:\w+\s){0,3}$", re.I
)


_BETWEEN = re.compile(
    r"\bno\s(?:statistically\s)?(?:significant\s|clear\s|measurable\s|real\s)*differences?(?:\sin\s[\w\s-]{2,40}?)?\s"
    r"between\s(?P<a>[\w\s-]{1,60}?)\sand\s(?P<b>[\w\s-]{1,60})",
    re.I,
)


def _beside(text: str) -> Iterator[Order]:
    """ "no significant difference between A and B": the two stand beside each other."""
    tokens = read(text).tokens
    for match in _BETWEEN.finditer(text):
        left = tuple(t for t in tokens if match.start("a") <= t.start < match.end("a"))
        stop = _RIGHT_END.search(text, match.start("b"), match.end("b"))
        right = tuple(t for t in tokens if match.start("b") <= t.start < (stop.start() if stop else match.end("b")))
        if left and right:
            yield Order(match.start(), right[-1].end, text[match.start() : right[-1].end], left, right, 0, False, True)


@lru_cache(maxsize=8192)
def orders(text: str) -> tuple[Order, ...]:
    """The comparisons that `text` states, in order."""
    found: list[Order] = list(_beside(text))
    for match in _ACTIVE.finditer(text):
        kind = match.lastgroup
        sense: Sense = {"passive": -1, "under": -1, "over": 1, "par": 0}[kind or "over"]  # type: ignore[assignment]
        order = _order(text, match.start(), match.end(), match.end(), sense, worth=True)
        if order:
            found.append(order)
    for match in _THAN.finditer(text):
        if any(o.start < match.end() and match.start() < o.end for o in found):
            continue
        sense = 1 if match.group("up") else -1
        word = (match.group("up") or match.group("down")).lower()
        thing = f"{match.group('what') or ''} {text[max(0, match.start() - 40) : match.start()]}"
        valued = bool(
            re.match(r"better|worse|superior|inferior|improv|gain|advantage|stronger|weaker|poor|enhanc|fitter", word)
        )
        if not valued and word in ("more", "less"):
            valued = bool(_PRAISED.match(match.group("what")))
        if not valued and lower_is_better(thing):
            sense, valued = (-1 if sense == 1 else 1), True
        order = _order(text, match.start(), match.end("what"), match.end(), sense, worth=valued)
        if order:
            found.append(order)
    return tuple(sorted(found, key=lambda o: (o.start, o.end)))


def _order(text: str, start: int, said: int, after: int, sense: Sense, *, worth: bool) -> Order | None:
    """The comparison with its two sides, from the words around; None where a side is empty."""
    tokens = read(text).tokens
    left_from = 0
    for match in _CLAUSE.finditer(text, 0, start):
        left_from = match.end()
    stop = _RIGHT_END.search(text, after + 1)
    right_to = stop.start() if stop else len(text)
    left = _party(text, tokens, left_from, start)
    right = _party(text, tokens, after, right_to)
    if not left or not right:
        return None
    denied = sense != 0 and bool(_DENIAL.search(text, max(0, start - 40), start))
    return Order(
        left[0].start, max(said, right[-1].end), text[left[0].start : right[-1].end], left, right, sense, denied, worth
    )


# "our model", "the proposed system": the authors' own side, whatever the noun.
_OURS = re.compile(r"\b(?:our|ours|we|this\s(?:model|approach|method|system|paper|work)|proposed)\b", re.I)


# "the model", "both methods", with no word beside: a paper's own, or those of the paper that the claim is about.
_BARE = re.compile(
    r"\b(?:the|both|these|their|its|all)\s(?:models?|methods?|approach(?:es)?|systems?|techniques?|algorithms?|networks?|"
    r"frameworks?|variants?)\b|\b(?:it|they)\b", re.I
)  # fmt: skip


def _party(text: str, tokens: Sequence[Token], start: int, end: int) -> tuple[Token, ...]:
    """The tokens of one side of a comparison, without adverbs, and with one for the authors' own side."""
    side = [t for t in tokens if start <= t.start < end and not text[t.start : t.end].endswith("ly")]
    own = _OURS.search(text, start, end) or (_BARE.search(text, start, end) if not side else None)
    return (*side, Token(own.start(), own.end(), "ours", "name")) if own else tuple(side)


def contrast(claim: Order, found: Order) -> bool | None:
    """True: the passage's comparison says what the claim's says; False: it says the reverse; None: not of the same two.

    The two sides are told by the tokens that stand on one side only; both sides must be recognised.
    """
    if claim.worth != found.worth:
        return None
    lone_left, lone_right = _lone(claim)
    their_left, their_right = _lone(found)
    straight = (_met(lone_left, their_left), _met(lone_right, their_right))
    crossed = (_met(lone_left, their_right), _met(lone_right, their_left))
    if min(straight) > 0 and sum(crossed) == 0:
        turned: Sense = 1
    elif min(crossed) > 0 and sum(straight) == 0:
        turned = -1
    elif sum(straight) > 0 and sum(crossed) == 0 and max(straight) >= 3:
        turned = 1 if _alike(claim, found) else 0
    else:
        turned = 0
    if turned == 0:
        return None
    return _same_sense(claim, found, turned)


def _alike(claim: Order, found: Order) -> bool:
    """One side is recognised; the other at least shares a word across the whole comparison."""
    ours = {t.key for t in (*claim.left, *claim.right)}
    theirs = {t.key for t in (*found.left, *found.right)}
    return len(ours & theirs) >= 0.6 * len(ours)


def _same_sense(claim: Order, found: Order, turned: Sense) -> bool | None:
    theirs = found.sense * turned
    if claim.denied and found.denied:
        return True if claim.sense == theirs else None
    if claim.denied:
        return claim.sense != theirs
    if found.denied:
        return False if claim.sense == theirs else None
    return claim.sense == theirs


def _lone(order: Order) -> tuple[dict[str, float], dict[str, float]]:
    """The keys that stand on one side only, with their weights."""
    left = {t.key: t.weight for t in order.left}
    right = {t.key: t.weight for t in order.right}
    return {k: w for k, w in left.items() if k not in right}, {k: w for k, w in right.items() if k not in left}


def _met(one: dict[str, float], two: dict[str, float]) -> float:
    return sum(w for k, w in one.items() if k in two)
