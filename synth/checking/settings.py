"""Scope: splits, shots and training, sizes, years, statistics; and the data set, language, model or metric of a number.

A scope is compared only where both sides name one; what the claim names and the passage leaves open is `missing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from synth.checking.naming import sizes
from synth.checking.owning import Owned
from synth.checking.reading import Reading
from synth.checking.tokens import Token
from synth.records import Check

__all__ = ["about", "aimed", "statistic", "statistic_check"]

_SHOTS = re.compile(
    r"\b(?P<zero>zero[\s-]shot)|\b(?P<few>few[\s-]shot)|\b(?P<one>one[\s-]shot|1[\s-]shot)|"
    r"\b(?P<k>\d+|two|three|four|five|six|eight|ten|sixteen)[\s-]shot\b",
    re.I,
)
_TRAINED = re.compile(
    r"\b(?P<tuned>fine-?\s?tun(?:ed|ing|es|e))\b|\b(?P<un>unsupervised)\b|\b(?P<semi>semi-supervised)\b|"
    r"\b(?P<self>self-supervised)\b|(?<![-\w])\b(?P<sup>(?:fully[\s-])?supervised)\b", re.I
)  # fmt: skip
_NAMES = {"zero": "zero-shot", "few": "few-shot", "one": "one-shot", "tuned": "fine-tuned", "un": "unsupervised",
          "semi": "semi-supervised", "self": "self-supervised", "sup": "supervised"}  # fmt: skip
_WORD_SHOTS = {
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "eight": "8",
    "ten": "10",
    "sixteen": "16",
}


@lru_cache(maxsize=8192)
def _shots(text: str) -> frozenset[str]:
    found = set()
    for match in _SHOTS.finditer(text):
        k = match.group("k")
        found.add(f"{_WORD_SHOTS.get(k.lower(), k)}-shot" if k else _NAMES[match.lastgroup or "zero"])
    return frozenset(found)


@lru_cache(maxsize=8192)
def _training(text: str) -> frozenset[str]:
    return frozenset(_NAMES[m.lastgroup or "sup"] for m in _TRAINED.finditer(text))


def about(claim: Reading, passage: Reading, context: str) -> Iterator[Check]:
    """The scopes that the claim names as a whole, held against the passage and its context."""
    yield from _splits(claim, passage)
    yield from _settings(claim.text, passage.text, context)
    yield from _sizes(claim.text, passage.text, context)
    yield from _metrics(claim, passage)


def _metrics(claim: Reading, passage: Reading) -> Iterator[Check]:
    """A metric that the claim names while the passage, of much the same words, names only others."""
    ours, theirs = _kind(claim.tokens, "metric"), _kind(passage.tokens, "metric")
    if not ours or not theirs or _meet(ours, theirs):
        return
    wanted, there = {t.key for t in claim.tokens}, {t.key for t in passage.tokens}
    if len(wanted & there) >= 0.6 * len(wanted):
        yield _mismatch(", ".join(sorted(ours)), ", ".join(sorted(theirs)))


def _splits(claim: Reading, passage: Reading) -> Iterator[Check]:
    """Splits that the claim names while its passage names only others."""
    ours, theirs = _kind(claim.tokens, "split"), _kind(passage.tokens, "split")
    for split in sorted(ours - theirs):
        if theirs and not ours & theirs:
            yield _mismatch(split, ", ".join(sorted(theirs)))
        else:
            yield Check(kind="scope", claimed=split, found=None, outcome="missing")
    for split in sorted(ours & theirs):
        yield Check(kind="scope", claimed=split, found=split, outcome="match")


def _settings(claim: str, passage: str, context: str) -> Iterator[Check]:
    ours = _shots(claim)
    theirs = _shots(passage) or (_shots(context) if not _training(passage) else frozenset())
    few = {s for s in theirs if s[0].isdigit()} | theirs
    for shots in sorted(ours):
        if shots in theirs or (shots == "few-shot" and any(s[0].isdigit() for s in few)):
            yield Check(kind="scope", claimed=shots, found=shots, outcome="match")
        elif theirs:
            yield _mismatch(shots, ", ".join(sorted(theirs)))
        elif _training(passage) and not _training(claim):
            yield _mismatch(shots, ", ".join(sorted(_training(passage))))
        else:
            yield Check(kind="scope", claimed=shots, found=None, outcome="missing")
    trained, there = _training(claim), _training(passage)
    if trained and not trained & there and not ours:
        against = sorted(there - {"fine-tuned"}) or sorted(_shots(passage))
        if against:
            yield _mismatch(", ".join(sorted(trained)), ", ".join(against))


def _sizes(claim: str, passage: str, context: str) -> Iterator[Check]:
    ours = sizes(claim)
    if not ours:
        return
    theirs = sizes(passage)
    around = sizes(context) if context else {}
    for name in sorted(ours):
        there = theirs.get(name) or around.get(name) or set()
        for size in sorted(ours[name]):
            if size in there:
                yield Check(kind="scope", claimed=f"{name} {size}", found=f"{name} {size}", outcome="match")
            elif there:
                yield _mismatch(f"{name} {size}", f"{name} {', '.join(sorted(there))}")
            elif name in passage:
                yield Check(kind="scope", claimed=f"{name} {size}", found=None, outcome="missing")


def _mismatch(claimed: str, found: str) -> Check:
    return Check(kind="scope", claimed=claimed, found=found, outcome="mismatch")


# --- the scope of one number ------------------------------------------------------------------------------

_AIMED: tuple[Literal["dataset", "language", "model", "metric", "split"], ...] = (
    "dataset",
    "language",
    "model",
    "metric",
    "split",
)


def aimed(claim: Owned, found: Owned, alone: bool) -> Iterator[Check]:
    """Scopes of the claim's number that the passage's number names otherwise: another split, data set, metric.

    A passage that names the claim's scope in the same sentence, for no other number, agrees.
    """
    for kind in _AIMED:
        if claim.figure.part == "count" and kind in ("model", "metric"):
            continue  # "these two models": what is counted has no model of its own
        ours = _kind(claim.near, kind) or (_kind((*claim.near, *claim.shared), kind) if alone else frozenset())
        if not ours:
            ours = _kind(claim.shared, kind)
        if kind == "metric" and claim.figure.unit and _metric_unit(claim.figure.unit):
            ours = frozenset([claim.figure.unit])
        near = _kind(found.near, kind)
        if kind == "metric" and found.figure.unit and _metric_unit(found.figure.unit):
            near = frozenset([found.figure.unit])
        theirs = near or _kind(found.shared, kind)
        if not ours or not theirs or _meet(ours, theirs):
            continue
        if near and _meet(ours, _kind(found.shared, kind)):
            continue
        yield _mismatch(", ".join(sorted(ours)), ", ".join(sorted(theirs)))


def _kind(tokens: tuple[Token, ...], kind: str) -> frozenset[str]:
    return frozenset(t.key for t in tokens if t.kind == kind)


def _metric_unit(unit: str) -> bool:
    from synth.scopes import metrics

    return unit not in ("%", "points", "x") and bool(metrics(unit))


_GENERAL = frozenset(["agreement", "correlation", "score", "p-value", "error rate"])


def _meet(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether two sets of names share one, or one that is part of the other's (F1, macro-F1; WMT, WMT14)."""
    for a in ours:
        for b in theirs:
            one, two = a.lower(), b.lower()
            if one == two or one in two or two in one or a in _GENERAL or b in _GENERAL:
                return True
    return False


# --- statistics ---------------------------------------------------------------------------------------------

_MEAN = re.compile(r"\b(?:on\saverage|averag(?:e[sd]?|ing)|mean)\b", re.I)
_MEDIAN = re.compile(r"\bmedian\b", re.I)
# A best result is the largest of many, and so is that of the best system of many; that of one's own best system, or of
# choosing the best for each, is a result like any other.
_RESULT = (
    r"(?:accurac\w+|F1|BLEU|ROUGE\S*|EM|WER|scores?|results?|performances?|gains?|improvements?|increases?|reductions?|"
    r"drops?|values?|numbers?|rates?|precision|recall|correlation|agreement|systems?|models?|submissions?|runs?|teams?)"
)
_OWN = r"(?<!our\s)(?<!its\s)(?<!their\s)(?<!ing\sthe\s)(?<!use\sthe\s)(?<!each\s)(?<!per\s)"
_MAX = re.compile(
    rf"\b(?:maximum|max|at\sbest|peak|at\smost|{_OWN}(?:best|highest)(?=[\s-](?:[\w-]+\s)?{_RESULT}\b(?!\s(?:for\seach|per)\b)))\b",
    re.I,
)
_MIN = re.compile(rf"\b(?:minimum|min|at\sworst|{_OWN}(?:worst|lowest)(?=[\s-](?:[\w-]+\s)?{_RESULT}\b))\b", re.I)
_BEST = re.compile(r"\b(?:best|highest|worst|lowest)\b", re.I)
_OVER_MANY = re.compile(
    r"\b(?:over|across|on|of|averaged\sover)\s(?:all\s|the\s|these\s)*(?:\d+|two|three|four|five|six|seven|eight|nine|ten|"
    r"eleven|twelve|several|many|various|all|multiple)\s(?:[\w-]+\s){0,3}?(?:tasks?|languages?|data\s?sets?|benchmarks?|"
    r"corpora|domains?|settings|runs|seeds|models|systems|pairs|test\ssets)", re.I
)  # fmt: skip


def statistic(text: str, owned: Owned) -> str | None:
    """What the number is of many: "mean", "median", "max", "min"; None where nothing is said."""
    figure = owned.figure
    if figure.bound == "up_to":
        return "max"
    around = " | ".join(text[a:b] for a, b in (*owned.spans, (max(0, figure.start - 25), figure.start)))
    for name, sign in (("median", _MEDIAN), ("mean", _MEAN), ("max", _MAX), ("min", _MIN)):
        if sign.search(around):
            return name
    lead = _LEAD.match(text, owned.sentence[0])
    single = any(t.kind in ("dataset", "language") and t.start >= figure.end for t in owned.near)
    return "mean" if lead and lead.end() <= figure.start and not single else None


_LEAD = re.compile(r"\s*(?:On\saverage|Averaged|The\s(?:average|mean)|Averag(?:e|ing))\b", re.I)


def statistic_check(claim: Owned, reading: Reading, found: Owned, passage: Reading) -> Check | None:
    """Whether a mean is taken for a single result, a best case for a mean, and the like; None where nothing differs."""
    ours, theirs = statistic(reading.text, claim), statistic(passage.text, found)
    if ours == theirs:
        return None
    if theirs == "max" and ours is None and found.figure.bound == "up_to":
        return Check(kind="scope", claimed="a single value", found="up to", outcome="missing")
    if {ours, theirs} & {"mean", "median"} and None not in (ours, theirs):
        if _BEST.search(reading.text) and _BEST.search(passage.text):
            return None  # both speak of the best: that one of them has averaged it is no other number
        return _mismatch(str(ours), str(theirs))
    if ours == "max" and theirs is None and claim.figure.bound == "up_to":
        return Check(kind="scope", claimed="up to", found=None, outcome="missing")
    if theirs == "mean" and ours is None:
        many = _many(passage.text, found)
        single = sorted(
            _kind((*claim.near, *claim.shared), "dataset") | _kind((*claim.near, *claim.shared), "language")
        )
        if many and single and not _OVER_MANY.search(reading.text):
            return _mismatch(", ".join(single), many)
    return None


def _many(text: str, owned: Owned) -> str | None:
    for start, end in ((owned.sentence[0], owned.figure.start), *owned.spans):
        match = _OVER_MANY.search(text, max(0, start - 30), min(len(text), end + 60))
        if match:
            return match.group()
    return None
