"""The words and names of a text in their places: by what things are told apart."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from synth.checking.naming import named
from synth.scopes import metrics
from synth.stems import same_word, stem

__all__ = ["VERB", "Token", "TokenKind", "tokens"]

TokenKind = Literal["dataset", "model", "language", "name", "proper", "metric", "split", "word"]


class Token(NamedTuple):
    """A word or a name at [start, end) by its `key`: a stem, or the canonical name."""

    start: int
    end: int
    key: str
    kind: TokenKind

    @property
    def weight(self) -> float:
        """How much the token tells one thing from another."""
        return 1.0 if self.kind == "word" else 2.0 if self.kind in ("metric", "split", "proper") else 3.0


_STOP = frozenset(
    """a an the of in on at by for to with and or as is are was were be been that this these those it its from into
    than their his her our we they which who whose also both such can could may might will would has have had not no
    only all each per via using use used when while where whereas although but if then respectively result results
    show shows showed shown find finds found reach reaches reached achieve achieves achieved obtain obtains obtained
    get gets attain attains attained yield yields score scores scored report reports reported by up down about around
    over more less most least i e g et al vs versus compared between within across after before during under there here
    respectively, very so however thus model models method methods approach system systems average mean overall further
    one two three four five six seven eight nine ten eleven twelve dozen hundred thousand million billion percent
    points point do does did being them us any some other others own same new first second""".split()  # noqa: SIM905
)
_WORD = re.compile(r"(?<![\w.])[^\W\d_](?:[\w’']|[-+](?=\w))*")
_SPLIT = re.compile(
    r"\b(?:(?P<test>(?:blind\s)?test(?:ing)?[\s-]?(?:sets?|data|splits?|portions?|suites?|partition)|(?<=\bon\s)test(?=[\s.,;)]|$)|"
    r"test\s(?:accuracy|F1|scores?|performance|results?|error|perplexity))|(?P<dev>dev(?:elopment)?[\s-](?:sets?|data|splits?|"
    r"accuracy|F1|scores?|results?|portions?)|valid(?:ation)?[\s-](?:sets?|data|splits?|accuracy|F1|scores?|results?|loss|"
    r"perplexity)|held-?out\sset|(?<=\bon\s)dev(?=[\s.,;)]|$)|(?<=\bon\sthe\s)dev(?=[\s.,;)]|$))|(?P<train>train(?:ing)?[\s-](?:sets?|splits?|portion|accuracy|error)))(?!\w)",
    re.I,
)
VERB = re.compile(
    r"\b(?:reach|achiev|obtain|attain|yield|scor|get|got|gain|improv|increas|reduc|decreas|drop|rais|boost|outperform|"
    r"surpass|exceed|beat|contain|compris|includ|cover|consist|hav|has|had|is|are|was|were|show|perform|report|receiv|"
    r"report|reveal|need|requir|tak|us|cost|provid|produc|giv|annotat|collect|creat|present|deliver|correspond|ris|fell|"
    r"fall|rose|mak|made|grow|grew|went|goes|lower|enhanc|degrad|lead|led|result)\w{0,5}\b"
)


def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of `text` in order: names by their canonical spelling, words that mean the same by one key."""
    found: list[Token] = []
    for name in named(text):
        kind: TokenKind = name.kind
        found.append(Token(name.start, name.end, name.key if kind != "proper" else same_word(name.key), kind))
    for metric in metrics(text):
        if not _overlaps(metric.start, metric.end, found):
            found.append(Token(metric.start, metric.end, metric.name, "metric"))
    for match in _SPLIT.finditer(text):
        found.append(Token(match.start(), match.end(), match.lastgroup or "test", "split"))
    taken = sorted((t.start, t.end) for t in found)
    for match in _WORD.finditer(text):
        at = bisect_left(taken, (match.end(), 0))
        if at and taken[at - 1][1] > match.start():
            continue
        word = match.group()
        lowered = word.lower()
        if len(word) == 1:
            if word.isupper() and word != "I" and (word != "A" or _placeholder(text, match.end())):
                found.append(Token(match.start(), match.end(), word, "name"))
            continue
        key = same_word(lowered)
        stopped = lowered in _STOP or (key in _stopped() and key != stem(lowered))
        if not stopped:
            found.append(Token(match.start(), match.end(), key, "word"))
    return tuple(sorted(found))


@lru_cache(maxsize=1)
def _stopped() -> frozenset[str]:
    """The keys of the words that tell nothing apart, and with them of all words that mean the same."""
    return frozenset(map(same_word, _STOP))


def _placeholder(text: str, end: int) -> bool:
    """Whether a capital A is a name ("A reaches 81", "than A") and not the article that opens a sentence."""
    after = text[end : end + 1]
    if after in ("", ",", ".", ")", ";", ":", "'", "’"):
        return True
    return bool(VERB.match(text, end + 1) or re.match(r"(?:and|or|by|on|to|at|with)\b|[(\d]", text[end + 1 :]))


def _overlaps(start: int, end: int, tokens: Sequence[Token]) -> bool:
    return any(t.start < end and start < t.end for t in tokens)
