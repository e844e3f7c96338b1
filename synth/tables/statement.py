"""A claim as words and numbers: what is looked for in a table."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from synth.text import stem

__all__ = ["Number", "Statement", "Token", "read", "stems"]


def _listed(words_of_a_list: str) -> list[str]:
    return words_of_a_list.split()


_TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![^\W_])|\d+\.\d+(?![^\W_])|\d+(?![^\W_])|\.\d+|[^\W_]+")
_DASHES = str.maketrans("−–—‐‑‒", "------")
_ONES = _listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = _listed("twenty thirty forty fifty sixty seventy eighty ninety")
_WRITTEN = {word: float(n) for n, word in enumerate(_ONES)} | {w: 10.0 * n for n, w in enumerate(_TENS, 2)}
_WRITTEN |= {"once": 1.0, "twice": 2.0, "thrice": 3.0, "single": 1.0, "dozen": 12.0, "hundred": 100.0}
_PLACES = {"twelfth": 12} | {
    word: n for n, word in enumerate(_listed("first second third fourth fifth sixth seventh eighth ninth tenth"), 1)
}
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "k": 1e3}
_REFERRING = re.compile(
    r"(?:\b(?:tables?|figures?|figs?|sections?|equations?|eqs?|appendix|refs?|steps?|studies|study)\.?\s?|\[)$"
)
_PRONOUN = re.compile(r"\s(?:of|another|can|would|should|may)\b")  # "one of", "one can"
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)$")
_STOP = frozenset(
    _listed(
        """a an the of in on at by for to with and or as is are was were be been being that this these those it its
        from into than their his her there has have had having do does did will would can could may which who whom
        whose also both such given table shown shows show value values respectively s t we our they he she you i not no
        all each every any some more most less least only same other when while where but if so very about among
        between during over under after before per present presented contain contains consist consists mentioned
        observed listed described included following according see seen well however therefore thus"""
    )
)


class Token(NamedTuple):
    """A word of the claim in small letters; `number` is what it stands for, `weak` where it has no content of its own.

    `shown` is the word as it was written.
    """

    text: str
    shown: str
    stem: str
    start: int
    end: int
    number: float | None
    weak: bool


class Number(NamedTuple):
    """A number of the claim at token `at`. `written` where it is a word, `place` for "second" and "3rd".

    `bound` is the sign before it: "<", ">" or "".
    """

    value: float
    precision: float
    at: int
    percent: bool
    written: bool
    place: bool
    bound: str = ""


class Statement(NamedTuple):
    """The claim: its text with plain dashes in small letters, its tokens and its numbers."""

    text: str
    tokens: tuple[Token, ...]
    numbers: tuple[Number, ...]


@lru_cache(maxsize=50_000)
def stems(text: str) -> tuple[str, ...]:
    """The stems of a name in a table, in order, as the tokens of a claim are made."""
    return tuple(token.stem for token in _tokens(_plain(text)))


@lru_cache(maxsize=256)
def read(claim: str) -> Statement:
    """The words and numbers of a claim."""
    shown = _plain(claim)
    tokens = _tokens(shown)
    text = "".join(char.lower() if len(char.lower()) == 1 else char for char in shown)
    return Statement(text, tokens, tuple(_numbers(text, tokens)))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_DASHES)


def _tokens(text: str) -> tuple[Token, ...]:
    made = []
    for match in _TOKEN.finditer(text):
        shown = match.group()
        word = shown.lower()
        number = _amount(word)
        root = f"{number:.10g}" if number is not None and word[0] in ".0123456789" else _root(word)
        made.append(Token(word, shown, root, match.start(), match.end(), number, word in _STOP))
    return tuple(made)


@lru_cache(maxsize=50_000)
def _root(word: str) -> str:
    return stem(word)


def _amount(word: str) -> float | None:
    if word[0] in ".0123456789":
        try:
            value = float(word.replace(",", ""))
            return value if math.isfinite(value) else None
        except ValueError:
            return None
    return _WRITTEN.get(word)


def _numbers(text: str, tokens: tuple[Token, ...]) -> list[Number]:
    found: list[Number] = []
    skip = -1
    for at, token in enumerate(tokens):
        if at <= skip:
            continue
        ordinal = _ORDINAL.fullmatch(token.text)
        if ordinal or token.text in _PLACES:
            place = float(ordinal.group(1)) if ordinal else float(_PLACES[token.text])
            found.append(Number(place, 1.0, at, False, not ordinal, True))
            continue
        attached = re.fullmatch(r"(\d+(?:\.\d+)?)([a-zµ]{1,3})", token.text)
        if token.number is None and not attached:
            continue
        number = token.number if token.number is not None else float(attached.group(1)) if attached else 0.0
        written = token.text[0] not in ".0123456789"
        precision = 1.0 if written else 10.0 ** -len(token.text.rstrip("abcdefghijklmnopqrstuvwxyzµ").partition(".")[2])
        following = tokens[at + 1] if at + 1 < len(tokens) else None
        if written and number >= 20 and following and following.number is not None and 0 < following.number < 10:
            number, skip = number + following.number, at + 1
        elif following and following.text in _SCALES and (following.text != "k"):
            number, precision, skip = number * _SCALES[following.text], precision * _SCALES[following.text], at + 1
        before = text[: token.start]
        if not written and number == int(number) and number < 100 and _REFERRING.search(before[-14:]):
            continue
        if token.text == "one" and (_PRONOUN.match(text, token.end) or before.endswith(("no ", "only "))):
            continue
        if not written and re.search(r"(?:^|[\s(=\[])[-]$", before):
            number = -number
        sign = re.search(r"[<>≤≥]\s?=?\s?$", before)
        bound = {"<": "<", "≤": "<", ">": ">", "≥": ">"}[sign.group()[0]] if sign else ""
        found.append(Number(number, precision, at, text[token.end :].lstrip().startswith("%"), written, False, bound))
    return found
