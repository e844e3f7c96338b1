"""Units of numbers in running text: percent, points, factors, metrics, measures, and the noun counted."""

from __future__ import annotations

import re

from synth.scopes import metrics

__all__ = ["counts_things", "has_unit", "unit_at"]

_UNIT = re.compile(
    r"[\s-]?(?:(?P<pp>(?:absolute\s)?(?:percentage[\s-]points?|percent[\s-]points?|%[\s-]?(?:points?|abs(?:olute|"
    r"\b\.?))|pp\b|ppt\b|p\.p\.|%p\b|percent\sabsolute\b)|%(?=\s(?:[\w-]+\s)?absolute\b)|absolute\s%)"
    r"|(?P<pct>%|percent\b|per\s?cent\b)|(?P<points>(?:absolute\s)?(?:points?|pts?)\b)"
    r"|(?P<times>[x×](?![\w×])|times\b|-?fold\b)"
    r"|(?P<measure>hours?|hrs?|minutes?|mins?|seconds?|secs?|milliseconds?|ms|days?|weeks?|months?|years?|GB|MB|TB|"
    r"kHz|Hz|bits?|bytes?|USD|dollars?|GPU[\s-](?:hours?|days?))\b)"
)
_METRIC_UNIT = re.compile(
    r"[\s-]?(?:(?:absolute|average|total)\s)?(?P<metric>BLEU|sacreBLEU|chrF\d?|METEOR|COMET|ROUGE(?:-?[12L])?|TER|"
    r"WER|CER|EM|LAS|UAS|(?:[Mm]acro-|[Mm]icro-)?F-?1|F0\.5|F-?(?:score|measure)|MRR|MAP|n?DCG(?:@\d+)?|AUC|"
    r"BERTScore|SARI|CIDEr|perplexity)"
    r"(?:[\s-](?:points?|pts?|scores?))?(?![\w@])"
)
_SPREAD = re.compile(r"\s?(?:±|\+/-|\+-)\s?\d+(?:\.\d+)?")  # "85.2 ± 0.3 F1": the unit comes after
_HYPHENED = re.compile(r"-([A-Za-z]\w*)")
_WORD = re.compile(r"\s+(?:\(?)([^\W\d_][\w'’-]*|\d+[\w-]+)")
_STOP = frozenset(
    """of in on for to from with by and or than at as is are was were be been has have had can could may might will
    would should that which who whose when where while but if then into over under between across per via using
    without within among respectively, respectively not also only it its they we our their this these those the a an
    each more less about because so does do did when after before since during until through times""".split()  # noqa: SIM905
)
_IRREGULAR = frozenset(
    ["people", "children", "corpora", "criteria", "hypotheses", "phenomena", "data", "speech", "data-sets"]
)
_NOT_PLURAL = frozenset(
    """various previous famous numerous continuous simultaneous heterogeneous analysis basis focus class loss less
    across process address plus gross cross does has was is this thus yes news ambiguous homogeneous series
    us as gains improves shows uses yields outperforms achieves""".split()  # noqa: SIM905
)


def has_unit(after: str) -> bool:
    """Whether `after`, the text right after a number, begins with a unit proper or a metric."""
    return bool(_UNIT.match(after) or _METRIC_UNIT.match(after))


def counts_things(after: str) -> bool:
    """Whether a plural noun follows a number close by ("2000 news sentences", not "2010 challenge")."""
    return _noun(after, 0, within=3) is not None


def unit_at(sentence: str, end: int) -> tuple[str | None, int]:
    """The unit right after `end` and where it ends; the noun counted when there is no unit proper."""
    spread = _SPREAD.match(sentence, end)
    end = spread.end() if spread else end
    match = _METRIC_UNIT.match(sentence, end)
    if match:
        return _plain_metric(match.group("metric")), match.end()
    match = _UNIT.match(sentence, end)
    if match:
        kind = match.lastgroup or ""
        text = match.group().strip(" -")
        unit = {"pp": "points", "pct": "%", "points": "points", "times": "x"}.get(kind) or _plural(text)
        tail = _METRIC_UNIT.match(sentence, match.end()) if kind == "points" else None
        return unit, tail.end() if tail else match.end()
    noun = _noun(sentence, end)
    return noun, end


def _plain_metric(text: str) -> str:
    named = metrics(text)
    return named[0].name if named else text


def _plural(measure: str) -> str:
    short = {"hr": "hours", "hrs": "hours", "min": "minutes", "mins": "minutes", "sec": "seconds", "secs": "seconds"}
    if measure in short:
        return short[measure]
    return (
        measure + "s" if measure.isalpha() and measure.islower() and measure[-1] != "s" and measure != "ms" else measure
    )


def _noun(sentence: str, end: int, within: int = 7) -> str | None:
    """The plural noun counted: the first plural within seven words, before any preposition or punctuation."""
    at = end + 1 if sentence[end : end + 1] == "+" else end
    first = True
    for _ in range(within):
        match = _WORD.match(sentence, at) or (_HYPHENED.match(sentence, at) if first else None)
        if not match:
            return None
        word = match.group(1)
        lower = word.lower().rstrip("'’")
        if lower in _STOP:
            return None
        if lower in _IRREGULAR or (
            lower.endswith("s")
            and (word[:-1].isupper() or not lower.endswith(("ss", "us", "is")))
            and lower not in _NOT_PLURAL
            and len(lower) > 3
        ):
            return word if word[1:] != word[1:].lower() else lower
        at, first = match.end(), False
    return None
