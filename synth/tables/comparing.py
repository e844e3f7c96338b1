"""Comparisons in a claim: the word that compares, which way it goes, where the other item begins, and by how much.

Some words need "than" before the other item ("higher than B"), some are followed by it at once ("above B", "beats B",
"3.3 points ahead of B"). An amount stands after "by", or right before a word that is no verb: it is a difference of two
cells and stands in neither.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from synth.tables.statement import Number, Statement

__all__ = ["BARE", "Comparison", "Way", "compared"]

Way = Literal["more", "less", "better", "worse"]

_MORE = (
    r"higher|more|greater|larger|bigger|longer|older|taller|heavier|stronger|wider|later|exceed\w*|above|"
    r"over|surpass\w*|hotter|deeper|farther|increas\w*|thicker"
)
_LESS = (
    r"lower|less|lesser|fewer|smaller|shorter|younger|lighter|weaker|earlier|below|under|cheaper|narrower|"
    r"thinner|decreas\w*|before"
)
_LEADS = r"(?:leads|led)(?!\sto\b)"  # "lead" is a metal and a wire as well
_BETTER = (
    rf"better|superior|faster|beat(?:s|en|ing)?|defeat\w*|outperform\w*|outscor\w*|ahead\sof|{_LEADS}|"
    r"improv\w+\s(?:upon|over)"
)
_WORSE = r"worse|inferior|slower|behind|trail(?:s|ed|ing)?|lag(?:s|ged|ging)?(?:\sbehind)?|underperform\w*"
_COMPARED = re.compile(rf"\b(?:(?P<more>{_MORE})|(?P<less>{_LESS})|(?P<better>{_BETTER})|(?P<worse>{_WORSE}))\b")
_THAN = re.compile(
    r"\b(?:than|then|compared?\s(?:to|with)?|against|versus|vs|exceeds?|outperforms?|surpass(?:es)?|over)\b"
)
_VERBS = (
    rf"exceed\w*|surpass\w*|beat(?:s|en|ing)?|defeat\w*|outperform\w*|outscor\w*|{_LEADS}|trail(?:s|ed|ing)?|"
    r"lag(?:s|ged|ging)?(?:\sbehind)?|underperform\w*|improv\w+\s(?:upon|over)"
)
BARE = rf"above|over|below|under|ahead\sof|behind|{_VERBS}"
_BARE, _VERB = re.compile(BARE), re.compile(_VERBS)
_PASSIVE = re.compile(r"\sby\s(?!\d|(?:an?|only|just|exactly|some|about|around|nearly|almost|roughly|over|at|up)\s)")
_BY = re.compile(r"\bby\s(?:(?:an?|margin|of|total|only|just|exactly|full)\s){0,4}-?$")
_VALUE = re.compile(r"(?:\b(?:in|of|on|at|for|with|to|than|from|since|until|about|around|nearly|almost)\s|[-=<>~(])$")
_TIMES = frozenset(["times", "time", "fold", "x"])
_OFTEN = frozenset(["once", "twice", "thrice"])
_UNIT = 3  # words between an amount and the word that compares: "2 accuracy points above"
_REACH = 80  # letters within which "than" follows
_MOST = 3


class Comparison(NamedTuple):
    """One comparison: `way` says what the first item is claimed to be, the other one begins at token `cut` or later.

    `start` and `end` bound the word in the text; `amount` is the difference that is claimed, if one is.
    """

    word: str
    way: Way
    start: int
    end: int
    cut: int
    amount: Number | None


_TURNED: dict[Way, Way] = {
    "more": "less", "less": "more", "better": "worse", "worse": "better",
}  # fmt: skip


def compared(statement: Statement, names: frozenset[int]) -> tuple[Comparison, ...]:
    """The comparisons that a claim makes; `names` are the tokens that belong to names of the table ("Under 18")."""
    found: list[Comparison] = []
    taken: set[int] = set()
    for match in list(_COMPARED.finditer(statement.text))[:_MOST]:
        at = _other(statement, match, names)
        if at is None or match.start() in taken:  # "decreases over B" compares once
            continue
        taken.add(at)
        way: Way = match.lastgroup  # type: ignore[assignment]
        if _VERB.fullmatch(match.group()) and _by_another(statement, match.end()):
            way = _TURNED[way]
        word = match.group() if _BARE.fullmatch(match.group()) else f"{match.group()} than"
        found.append(Comparison(word, way, match.start(), match.end(), _token(statement, at), None))
    ends = [*(one.start for one in found), len(statement.text)][1:]
    return tuple(one._replace(amount=_amount(statement, one, ends[at])) for at, one in enumerate(found))


def _by_another(statement: Statement, end: int) -> bool:
    """Whether "by" follows and then no amount: "outperformed by B"."""
    by = _PASSIVE.match(statement.text, end)
    return by is not None and all(token.number is None for token in statement.tokens if token.start == by.end())


def _token(statement: Statement, place: int) -> int:
    """The first token at or behind a place of the text."""
    return sum(1 for token in statement.tokens if token.start < place)


def _other(statement: Statement, match: re.Match[str], names: frozenset[int]) -> int | None:
    """Where in the text the other item may begin; None where nothing is compared."""
    text = statement.text
    if _BARE.fullmatch(match.group()) and _token(statement, match.start()) not in names:
        return match.start()
    than = _THAN.search(text, match.start(), min(len(text), match.end() + _REACH))
    return than.start() if than else None


def _amount(statement: Statement, one: Comparison, end: int) -> Number | None:
    """The number after "by" before the next comparison, or the one right before a word that is no verb."""
    text = statement.text
    for number in statement.numbers:
        token = statement.tokens[number.at]
        if number.place or number.bound or token.text in _OFTEN or _many(statement, number.at + 1):
            continue
        if one.end <= token.start < end and _BY.search(text[: token.start]):
            return number
    if _VERB.match(text, one.start):
        return None
    at = _token(statement, one.start)
    for number in statement.numbers:
        token, between = statement.tokens[number.at], statement.tokens[number.at + 1 : at]
        if number.place or number.bound or not 0 < at - number.at <= _UNIT + 1 or token.text in _OFTEN:
            continue
        if any(word.weak or word.number is not None or word.text in _TIMES for word in between):
            continue
        if _VALUE.search(text[: token.start]) or re.search(r"[,;:()]", text[token.end : one.start]):
            continue
        return number
    return None


def _many(statement: Statement, at: int) -> bool:
    """Whether "times" follows: a ratio."""
    return at < len(statement.tokens) and statement.tokens[at].text in _TIMES
