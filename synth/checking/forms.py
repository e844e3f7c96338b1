"""Numbers in forms of their own: shares, multiples, p-values, confidence intervals, spreads.

Patterns and what they yield; `synth.checking.figures` puts them in line with the plain numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

__all__ = ["WORD_VALUES", "Special", "plain", "specials"]


class Special(NamedTuple):
    """A number in a form of its own at [start, end); the fields are those of `Figure`."""

    start: int
    end: int
    value: float
    step: float
    unit: str | None
    part: Literal["change", "share", "p", "interval", "confidence", "spread", "count"]
    high: float | None = None
    bound: Literal["about", "nearly", "over", "at_least", "under", "at_most", "up_to", "between"] | None = None
    way: Literal["up", "down", "none"] | None = None
    terms: tuple[float, float] | None = None
    inner: bool = False


_SAME_LENGTH = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "−", "\u2010": "-", "\u2011": "-"})
_MIDDLE_DOT = re.compile(r"(?<=\d)[·∙](?=\d)")
_THIN = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")


def plain(text: str) -> str:
    """`text` with decimal dots, thousands separators and hyphens of other scripts made plain, offsets unchanged."""
    if text.isascii():
        return text
    return _THIN.sub(",", _MIDDLE_DOT.sub(".", text)).translate(_SAME_LENGTH)


# --- special forms -------------------------------------------------------------------------------------

_N = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+"
_S = r"[-−–]?"
_P = re.compile(
    rf"\b[Pp](?:[\s-]?values?)?\s?(?:(?:is|was|of)\s)?(?P<rel>[<>=≤≥]|less\sthan|below|under|greater\sthan|of)\s?"
    rf"(?P<value>(?:{_N})(?:\s?[×x]\s?10\s?\^?\s?[-−–]?\s?\d+|[eE][-−]?\d+)?)(?![\w%])"
)
_POWER = re.compile(r"(?P<m>[\d.,]+)(?:\s?[×x]\s?10\s?\^?\s?(?P<e>[-−–]?\s?\d+)|[eE](?P<f>[-−]?\d+))")
_CI_NAME = (
    r"(?:CIs?|CrIs?|HDI|HPD|confidence\s(?:intervals?|limits?|levels?)|credible\sintervals?|uncertainty\sintervals?)"
)
_CI = re.compile(
    rf"(?P<level>\d\d(?:\.\d+)?)\s?%\s?(?P<name>{_CI_NAME}(?:\s?[\[(]\s?CI\s?[\])])?|confidence\b|certainty\b)"
)
_CI_ENDS = re.compile(
    rf"[\s,:;=]*(?:of|was|were|is|from|between|ranging\sfrom)?\s?[\[(]?\s?(?P<low>{_S}(?:{_N}))\s?%?\s?"
    rf"(?:[-–—−]|to|,|and|through)\s?(?P<high>{_S}(?:{_N}))\s?(?P<scale>million|billion|thousand|%)?"
)
_CI_BARE = re.compile(rf"\b{_CI_NAME}\b")
_SPREAD = re.compile(
    rf"(?:±|\+/-|\+-)\s?(?P<a>{_N})\s?(?P<pct>%)?"
    rf"|\b(?:SDs?|SEM?|s\.d\.|standard\s(?:deviations?|errors?)|std\.?)\s?(?:(?:of|=|:|is|was|,|±)\s?)?(?P<b>{_N})(?![\w,]\d)"
)
_SIZE = re.compile(r"(?<![\w(])?\b[nN]\s?=\s?(?P<n>\d{1,3}(?:,\d{3})+|\d+)(?![\w.]\d|%)")

WORD_VALUES = {
    w: float(i)
    for i, w in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
}
_W = "|".join(WORD_VALUES)
_OUT_OF = re.compile(
    rf"(?<![\w.,/-])(?P<a>\d{{1,3}}(?:,\d{{3}})+|\d+|{_W})(?:\s(?!out\s)(?P<noun>[a-z-]+))?\s?(?P<how>out\sof|of|/|in(?=\s(?:every\s)?(?:\d|two|"
    rf"three|four|five|six|seven|eight|nine|ten)))\s?(?:(?:all|the|these|every|a\stotal\sof)\s){{0,2}}"
    rf"(?P<b>\d{{1,3}}(?:,\d{{3}})+(?![.\d])|\d+(?![.,]?\d)|{_W})(?P<scale>\s(?:hundred|thousand|million|billion)\b)?(?![%\w-])",
    re.I,
)
_PER = re.compile(
    rf"(?<![\w.,])(?P<a>{_N})\s?(?:(?P<noun>[a-z]+)\s)?(?:per|/)\s?(?P<b>\d{{1,3}}(?:[,\s]\d{{3}})+|100|hundred|thousand|"
    r"million|billion|1000)\b"
)
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_NAMED = {"half": 2.0, "halves": 2.0, "third": 3.0, "quarter": 4.0, "fourth": 4.0, "fifth": 5.0, "sixth": 6.0,
          "eighth": 8.0, "tenth": 10.0}  # fmt: skip
_FRACTION = re.compile(
    r"\b(?:(?P<n>an?|one|two|three|four|five|seven|nine)[\s-])?(?P<d>half|halves|thirds?|quarters?|fourths?|fifths?|"
    r"sixths?|eighths?|tenths?)\b(?P<of>\s(?:of|the|as|that|in|its|their|all)\b)?",
    re.I,
)
_TIMES = re.compile(
    rf"(?<![\w.,])(?P<n>{_N}|{_W}|several)[\s-]?folds?\b(?!\s?(?:cross|CV))"
    r"|\b(?P<word>double[sd]?|doubling|tripl(?:e[sd]?|ing)|quadrupl(?:e[sd]?|ing)|twice|thrice|halv(?:es|ed|ing))\b"
    rf"|\b(?:(?P<an>an?)\s|(?P<orders>{_N}|{_W})\s)orders?\sof\smagnitudes?\b",
    re.I,
)
_FOLDED = re.compile(rf"\b(?P<n>{_W})fold\b", re.I)
_MULTIPLE = {"doubl": 2.0, "tripl": 3.0, "quadr": 4.0, "twice": 2.0, "thric": 3.0, "halve": 2.0, "halvi": 2.0}
_NOT_DOUBLED = re.compile(
    r"[\s-]?(?:blind|strand|check|click|bond|count|edge|quot|descent|loop|cross|digit|store|extract|cit|major|annotat|"
    r"dissoci|array|mutant|knock|positive|negative|layer|s\b|scor|propag)",
    re.I,
)


def specials(text: str) -> list[Special]:
    """The numbers of `text` (in plain form) that stand in a form of their own, in order, none overlapping."""
    if not _WORTH.search(text):
        return []
    found: list[Special] = []
    for maker in (_intervals, _p_values, _spreads, _rates, _multiples, _fractions):
        for special in maker(text):
            if special.inner or not any(s.start < special.end and special.start < s.end for s in found if not s.inner):
                found.append(special)
    outer = [s for s in found if not s.inner]
    inner = [s for s in found if s.inner and any(o.start <= s.start and s.end <= o.end for o in outer)]
    return sorted([*outer, *inner])


_WORTH = re.compile(
    r"\d|hal[fv]|third|quarter|fourth|fifth|sixth|eighth|tenth|\bof\b|\bin\b|fold|double|doubling|tripl|quadrupl|"
    r"twice|thrice|magnitude", re.I
)  # fmt: skip


def _float(digits: str) -> float:
    return float(re.sub(r"\s", "", digits).replace(",", "").replace("−", "-").replace("–", "-"))


def _step(digits: str) -> float:
    return float(10.0 ** -len(digits.partition(".")[2]))


def _intervals(text: str) -> Iterator[Special]:
    if "%" not in text and not _CI_BARE.search(text):
        return
    for match in _CI.finditer(text):
        ends = _CI_ENDS.match(text, match.end())
        if match.group("name").lower() in ("confidence", "certainty"):
            ends = None
        yield Special(match.start(), match.end(), float(match.group("level")), 1.0, "%", "confidence")
        if ends:
            yield _interval(ends)
    for match in _CI_BARE.finditer(text):
        ends = _CI_ENDS.match(text, match.end())
        if ends and not _CI.search(text, max(0, match.start() - 8), match.end()):
            yield _interval(ends)


def _interval(ends: re.Match[str]) -> Special:
    low, high = _float(ends.group("low")), _float(ends.group("high"))
    factor = _SCALES.get(ends.group("scale") or "", 1.0)
    return Special(
        ends.start("low"),
        ends.end("high"),
        low * factor,
        _step(ends.group("low")) * factor,
        None,
        "interval",
        high=high * factor,
    )


def _p_values(text: str) -> Iterator[Special]:
    for match in _P.finditer(text):
        digits = match.group("value")
        power = _POWER.fullmatch(digits)
        if power:
            exponent = int(re.sub(r"\s", "", power.group("e") or power.group("f")).replace("−", "-").replace("–", "-"))
            value = float(power.group("m").replace(",", "")) * 10.0 ** max(-300, min(300, exponent))
            step = value / 100
        else:
            value, step = _float(digits), _step(digits)
        relation = match.group("rel")
        under = relation in ("<", "≤", "below", "under") or relation.startswith("less")
        over = relation in (">", "≥") or relation.startswith("greater")
        yield Special(
            match.start(), match.end(), value, step, "p", "p", bound="under" if under else "over" if over else None
        )


def _spreads(text: str) -> Iterator[Special]:
    for match in _SPREAD.finditer(text):
        digits = match.group("a") or match.group("b")
        yield Special(match.start(), match.end(), _float(digits), _step(digits), None, "spread")
    for match in _SIZE.finditer(text):
        yield Special(match.start(), match.end(), _float(match.group("n")), 1.0, "n", "count")


def _number(word: str) -> float:
    return WORD_VALUES[word.lower()] if word.lower() in WORD_VALUES else _float(word)


def _rates(text: str) -> Iterator[Special]:
    for match in _OUT_OF.finditer(text):
        a, b = _number(match.group("a")), _number(match.group("b"))
        b *= _SCALES[match.group("scale").strip().lower()] if match.group("scale") else 1.0
        how = match.group("how").lower()
        if not 0 <= a <= b or b < 2 or (match.group("noun") and how in ("in", "of", "/")):
            continue
        if how == "/" and (b > 100_000 or text[match.start() - 1 : match.start()] in ("/", "-", ".")):
            continue
        if how == "of" and 1900 <= b <= 2100:
            continue
        places = max(0.1, 50.0 / b) if b < 1000 else 50.0 / b
        yield Special(match.start(), match.end(), 100.0 * a / b, places, "%", "share", terms=(a, b))
        yield Special(match.start("a"), match.end("a"), a, 1.0, None, "count", inner=True)
        yield Special(match.start("b"), match.end("b"), b, 1.0, None, "count", inner=True)
    for match in _PER.finditer(text):
        digits = re.sub(r"[,\s]", "", match.group("b"))
        base = _SCALES.get(digits) or float(digits)
        value = _float(match.group("a"))
        step = 100 * _step(match.group("a")) / base
        yield Special(match.start(), match.end(), 100 * value / base, step, "%", "share", terms=(value, base))


def _multiples(text: str) -> Iterator[Special]:
    for match in _FOLDED.finditer(text):
        yield Special(match.start(), match.end(), WORD_VALUES[match.group("n").lower()], 1.0, "x", "change")
    for match in _TIMES.finditer(text):
        word = (match.group("word") or "").lower()
        if word:
            if _NOT_DOUBLED.match(text, match.end()) or (
                word == "double" and not _VERBAL.search(text, 0, match.start())
            ):
                continue
            way: Literal["up", "down"] | None = "down" if word.startswith("halv") else None
            if way is None and word not in ("twice", "thrice", "double", "triple", "quadruple"):
                way = "up"
            yield Special(match.start(), match.end(), _MULTIPLE[word[:5]], 0.2, "x", "change", way=way)
        elif match.group("n"):
            number = match.group("n").lower()
            if number != "several":
                yield Special(match.start(), match.end(), _number(number), _step(number), "x", "change")
        else:
            power = 1.0 if match.group("an") else min(30.0, _number(match.group("orders")))
            yield Special(match.start(), match.end(), 10.0**power, 0.5 * 10.0**power, "x", "change", bound="about")


_VERBAL = re.compile(
    r"\b(?:to|can|could|will|would|may|might|nearly|almost|about|more\sthan|over|we|they|results|and)\s$", re.I
)


_LED_IN = re.compile(r"\b(?:by|in|about|approximately|nearly|almost|over|than|only|around)\s$")
_BY = re.compile(r"\bby\s$")
_AND_A = re.compile(r"(?:and|\d)\s(?:a\s)?$")  # "two and a half"
_CHANGED_BY = re.compile(r"\bby\s(?:\w+\s)?$|\bin\s$")


def _fractions(text: str) -> Iterator[Special]:
    for match in _FRACTION.finditer(text):
        count, denominator = (match.group("n") or "").lower(), match.group("d").lower()
        before = text[max(0, match.start() - 25) : match.start()]
        if not _is_fraction(count, denominator, before, bool(match.group("of"))):
            continue
        top = 1.0 if count in ("", "a", "an") else WORD_VALUES[count]
        bottom = _NAMED.get(denominator) or _NAMED.get(denominator[:-1], 2.0)
        part: Literal["change", "share"] = "change" if _CHANGED_BY.search(before) else "share"
        yield Special(match.start(), match.end("d"), 100.0 * top / bottom, 2.0, "%", part)


def _is_fraction(count: str, denominator: str, before: str, of: bool) -> bool:
    """Whether the words are a share and no ordinal ("a third system") or sports ("quarters")."""
    plural = denominator.endswith("s")
    if denominator == "half":
        return count in ("a", "one") or (
            (not count and (of or bool(_LED_IN.search(before)))) and not _AND_A.search(before)
        )
    if not count or plural != (count not in ("a", "an", "one")):
        return False
    if plural:
        return True
    return of or bool((_BY if count == "a" else _LED_IN).search(before))
