"""Numbers said otherwise without changing them: rounded, in another unit, in words, with or without separators."""

from __future__ import annotations

import re

from synth.edits.edit import Edit, made, ordered
from synth.edits.figures import VALUES, WORDS, found
from synth.quantities import Mention, mentions, same_value

__all__ = ["rounded", "separators", "units", "words"]

_EXACT = re.compile(r"(?:[<>≤≥=±~≈/]\s?|\bp\s|[-–—−]\s?|\bexactly\s|\bversion\s|\b[vV]\.?\s?)$")
_ARTICLE_BEFORE = re.compile(
    r"\b(?:an?|the|its|our|their|absolute|average|overall|relative|of only|mean|this|these|those)\s$", re.I
)
_AFTER_RANGE = re.compile(r"\s?%?\s?[-–—/±]|\s?%?\s(?:to|±|and)\s[\d.]+|\s?\(?(?:±|\+/-)|[-‐–—―]|\s?[x×χ]\s|:\d")


def rounded(sentence: str, seed: int) -> list[Edit]:
    """A number with fewer digits: "8.23" to "8.2", "about 8.2", "more than 8"; it agrees with the original."""
    edits = []
    for at, mention in enumerate(found(sentence)):
        if (
            mention.approximate
            or not re.fullmatch(
                r"\d[\d,]*(?:\.\d+)?\s?(?:%|"
                r".*)",
                mention.text,
            )
            or mention.value < 1
        ):
            continue
        before, after = sentence[: mention.start], sentence[mention.end :]
        if re.match(r"(?:1[5-9]|20)\d\d(?!\d|,)", mention.text) or before[-1:] in "-‐–—―/:":
            continue  # a year, or the end of a range
        if _EXACT.search(before) or _AFTER_RANGE.match(after) or re.search(r"\d\s?%?\s?(?:to|and)\s$", before):
            continue
        for new in ordered(_fewer(mention, bool(_ARTICLE_BEFORE.search(before))), sentence, "rounding", seed, at)[:2]:
            edit = made(sentence, "rounding", "supports", [(mention.start, mention.end, new)])
            if edit is not None and _same_number(edit.text, sentence, mention):
                edits.append(edit)
    return edits


def _fewer(mention: Mention, determined: bool) -> list[str]:
    """Coarser ways to write the mention. "About" is left out after an article: "an about 8% gain" is no English."""
    match = re.match(r"(\d[\d,]*)(?:\.(\d+))?", mention.text)
    if match is None:
        return []
    rest, decimals = mention.text[match.end() :], match[2] or ""
    value = float(match.group().replace(",", ""))
    options = []
    if decimals:
        half = decimals[-1] == "5"  # readers round a half either way: left alone
        shorter = f"{value:,.{len(decimals) - 1}f}" if "," in match[1] else f"{value:.{len(decimals) - 1}f}"
        if len(decimals) > 1 and not half:
            options.append(shorter + rest)
        if not determined and not half:
            options.append(f"about {shorter}{rest}")
        if not determined:
            if value >= 5 and value - int(value) >= 0.05:
                options.append(f"more than {int(value)}{rest}")
            if value >= 20 and 0 < int(value) + 1 - value < 0.45:
                options.append(f"nearly {int(value) + 1}{rest}")
    elif (
        value >= 1000 and value % 100 and not rest.startswith(("k", "K", "M", "B", " million", " billion", " thousand"))
    ):
        step = 10 ** (len(str(int(value))) - 2)
        near = int(round(value / step) * step)
        text = f"{near:,}" if "," in match[1] or near >= 10_000 else str(near)
        if not determined and abs(near - value) / value < 0.04 and near != value:
            options += [f"about {text}{rest}", f"approximately {text}{rest}"]
            low = int(value // step * step)
            options.append(f"more than {f'{low:,}' if ',' in text else low}{rest}")
    return options


def _same_number(text: str, sentence: str, mention: Mention) -> bool:
    """Whether the rounded number agrees with the one that stood there, and with no other of the sentence."""
    near = min(mentions(text), key=lambda m: abs(m.start - mention.start), default=None)
    if near is None or abs(near.start - mention.start) > 16 or not same_value(near, mention):
        return False
    others = [m for m in found(sentence) if m.unit == mention.unit and m.start != mention.start]
    return not any(same_value(near, m) for m in others)


# --- units -------------------------------------------------------------------------------------------

_TIME = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_SMALLER = {"minute": "second", "hour": "minute", "day": "hour", "week": "day", "year": "month"}
_FACTOR = {"minute": 60, "hour": 60, "day": 24, "week": 7, "year": 12}
_DURATION = re.compile(
    r"(?<![\w.,-])(\d+(?:\.\d+)?)\s(minute|hour|day|week|year)s?\b(?!\s(?:old|of age|ago|later|\d))(?!-)"
)
_MILLI = re.compile(r"(?<![\w.,-])(\d+(?:\.\d+)?)\s?(ms|milliseconds|s|sec|seconds)\b(?![/-])")
_MEGA = re.compile(r"(?<![\w.,:-])(\d{1,3}(?:\.\d+)?)(\s?M|\s?K|\s?k|\smillion|\sthousand)\b(?![-/])(?=\s[a-z])")
_POINTS = re.compile(
    r"\bpercentage\spoints?\b|(?<=\d\s)percent\b|(?<=\d)%(?!\s?points?|\s?-|p)(?=[\s,.;)])|(?<=\d\s)per\scent\b"
)
_SHARE = re.compile(r"(?<![\w.,-])(50|25|75|20|10)\s?(?:%|percent)\sof\s(?=the\b|all\b|our\b|its\b|their\b)")
_SHARES = {
    "50": "half of ",
    "25": "a quarter of ",
    "75": "three quarters of ",
    "20": "one fifth of ",
    "10": "one tenth of ",
}
_TIMES = re.compile(
    r"(?<![\w.,-])(\d+(?:\.\d+)?)\s?[x×]\s(?=faster|slower|smaller|larger|more|fewer|less|higher|lower|better)"
)


def units(sentence: str, seed: int) -> list[Edit]:
    """The same amount in another unit: 0.5 hours as 30 minutes, 1.2M as 1,200,000, 50% of as half of."""
    edits: list[Edit | None] = []

    def put(match: re.Match[str], new: str, group: int = 0) -> None:
        edits.append(made(sentence, "unit_change", "supports", [(match.start(group), match.end(group), new)]))

    for match in _DURATION.finditer(sentence):
        if (match[2] == "year" and float(match[1]) > 5) or _ranged(sentence, match):
            continue
        amount = float(match[1]) * _FACTOR[match[2]]
        if amount == int(amount) and amount < 2000:
            put(match, f"{int(amount)} {_SMALLER[match[2]]}s")
    for match in _MILLI.finditer(sentence):
        value, milli = float(match[1]), match[2].startswith("m")
        if _ranged(sentence, match):
            continue
        if milli and value >= 10:
            put(match, f"{value / 1000:g} seconds")
        elif not milli and 0 < value < 10 and match[2] in ("seconds", "sec"):
            put(match, f"{value * 1000:g} ms")
    for match in _MEGA.finditer(sentence):
        if not _ranged(sentence, match) and not re.search(
            r"[$€£]$|\b(?:GPT|BERT|T5|LLaMA)\s?$", sentence[: match.start()]
        ):
            scale = match[2].strip()
            amount = round(float(match[1]) * (1e6 if scale in ("M", "million") else 1e3), 3)
            if amount == int(amount):
                put(match, f"{int(amount):,}")
    for match in _POINTS.finditer(sentence):
        word = match.group()
        if word.startswith("percentage"):
            put(match, word.split()[1])
        elif word in ("percent", "per cent"):
            edits.append(made(sentence, "unit_change", "supports", [(match.start() - 1, match.end(), "%")]))
        else:
            put(match, " percent")
    for match in _SHARE.finditer(sentence):
        put(match, _SHARES[match[1]])
    for match in _TIMES.finditer(sentence):
        put(match, f"{match[1]} times ")
    kept = [e for e in edits if e is not None]
    spelled = [e for e in kept if "percent" in (e.claimed or "") or e.claimed == "%"]  # the plainest: after the others
    return [*ordered([e for e in kept if e not in spelled], sentence, "unit_change", seed),
            *ordered(spelled, sentence, "percent", seed)[:1]]  # fmt: skip


def _ranged(sentence: str, match: re.Match[str]) -> bool:
    return bool(re.search(r"(?:\d\s?%?\s?(?:to|and|or|-|–)\s?|[-–/±]\s?)$", sentence[: match.start()]))


# --- words and separators ----------------------------------------------------------------------------

_SMALL = re.compile(r"(?<![\w.,/(:#=-])(\d{1,2})(?=\s[a-z]+(?:s|en|ia|ra)\b)(?!\s(?:times|is|was|has|percent|"
                    r"points|minus|plus|gigabytes|bits|"
                    r"seconds|minutes|degrees))")  # fmt: skip
_NAME_BEFORE = re.compile(r"(?:\b[A-Z][\w-]*|\b(?:table|figure|section|step|level|layer|top|type|phase|stage|"
                          r"task|chapter|version|day|"
                          r"experiment|study|grade|model|class|case|appendix|equation|and|to|or|by|"
                          r"of))\s$")  # fmt: skip
_THOUSANDS = re.compile(r"(?<![\w.,$€£-])(\d{1,3}(?:,\d{3})+)(?![\d.,]*\d)(?![\w-])")
_PLAIN = re.compile(r"(?<![\w.,$€£#-])([1-9]\d{4,8})(?![\d.,]*\d)(?![\w/-])(?=\s[a-z])")


def words(sentence: str, seed: int) -> list[Edit]:
    """A small count in words for digits, or in digits for words: "three" and "3"."""
    edits: list[Edit | None] = []
    for match in _SMALL.finditer(sentence):
        value = int(match[1])
        if 2 <= value <= 20 and not _NAME_BEFORE.search(sentence[: match.start()]):
            edits.append(made(sentence, "number_word", "supports", [(match.start(), match.end(), WORDS[value])]))
    for mention in found(sentence):
        value_ = VALUES.get(mention.text.lower())
        if value_ is None or value_ < 2 or mention.start == 0 or sentence[mention.start - 1] in "/.-_(":
            continue
        if re.match(r"[-‐]|\s(?:or|and|to|hundred|thousand|million|dozen)\b", sentence[mention.end :]):
            continue
        edits.append(made(sentence, "number_word", "supports", [(mention.start, mention.end, str(value_))]))
    return ordered([e for e in edits if e is not None], sentence, "number_word", seed)


def separators(sentence: str, seed: int) -> list[Edit]:
    """Thousands separators put in or taken out."""
    edits: list[Edit | None] = []
    for match in _THOUSANDS.finditer(sentence):
        edits.append(made(sentence, "separator", "supports", [(match.start(), match.end(), match[1].replace(",", ""))]))
    for match in _PLAIN.finditer(sentence):
        edits.append(made(sentence, "separator", "supports", [(match.start(), match.end(), f"{int(match[1]):,}")]))
    return ordered([e for e in edits if e is not None], sentence, "separator", seed)
