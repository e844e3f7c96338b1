"""Numbers as they are written, in digits and in words, apart from what only looks like one.

Left out are years, citation and table numbers, versions and sizes inside names ("GPT-3", "LLaMA-7B"), ordinals,
list markers, ratios and dates.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from synth.scopes import metrics
from synth.units import counts_things, has_unit

__all__ = ["Numeral", "numerals"]


class Numeral(NamedTuple):
    """A number at [start, end) with its sign and scale; `precision` is one step in its last written digit."""

    start: int
    end: int
    value: float
    precision: float


# --- the lexicon of numbers --------------------------------------------------------------------------

_PROPER_UNIT = re.compile(r"[\s-](?:percent|per\scent|percentage|points?|times|hours?|order)\b|%")
_FRACTION = re.compile(r"[\s-](?:thirds?|quarters?|fifths?|halves|half|tenths?)\b")
_ONES = {
    w: i
    for i, w in enumerate(
        [
            *["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"],
            *["twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"],
        ]
    )
}
_TENS = {
    w: 10 * i for i, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
_SCALES = {
    **{"k": 1e3, "thousand": 1e3, "thousands": 1e3, "hundred": 1e2, "dozen": 12.0},
    **{"m": 1e6, "mn": 1e6, "million": 1e6, "millions": 1e6},
    **{"b": 1e9, "bn": 1e9, "billion": 1e9, "billions": 1e9, "t": 1e12, "trillion": 1e12},
}
_TENS_WORD = "|".join(_TENS)
_ONES_WORD = "|".join(sorted(_ONES, key=len, reverse=True))
_NUMBER = re.compile(
    r"(?<![\w.,@#/\\^])(?P<sign>[+−–±-]\s?|[Mm]inus\s|[Pp]lus\s)?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\d+|\.\d+)"
    r"(?P<scale>(?:\s?(?:k|K|M|B|T|bn|mn|m|b)|[\s-](?:hundred|thousand|million|billion|trillion)s?)(?![\w-]))?"
)
_WORD_NUMBER = re.compile(
    rf"\b(?:(?P<tens>{_TENS_WORD})(?:[\s-](?P<unit>{_ONES_WORD}))?|(?P<one>{_ONES_WORD})|"
    rf"(?P<article>an?)(?=\s(?:dozen|hundred|thousand|million|billion)\b))(?:[\s-](?P<scale>dozen|hundred|thousand|"
    rf"million|billion|trillion))?(?![\w-])"
    rf"|\b(?P<hyphened>{_TENS_WORD}|{_ONES_WORD})(?=-(?:percent|point|percentage)\b)",
    re.I,
)
# --- what is not a quantity --------------------------------------------------------------------------

_REFERRING = re.compile(
    r"(?:\b(?:Tables?|Tab\.|Figures?|Figs?\.|Sections?|Secs?\.|Sect\.|§+|Equations?|Eqs?\.|Eqn\.|Appendix|App\.|"
    r"Chapters?|Algorithm|Alg\.|Theorem|Lemma|Definition|Proposition|Corollary|Examples?|Ex\.|Steps?|Stage|Phase|"
    r"Tracks?|"
    r"(?:[Ss]ub-?)?[Tt]asks?|Type|Level|Layers?|Lines?|Rows?|Columns?|[Pp]ages?|pp?\.|No\.|Nos\.|#|RQ|Question|"
    r"Part|Volume|Vol\.|Issue|Article|Version|Experiments?|Study|Setting|Group|Model|System|Run|Team|Round|Day|"
    r"Grade|version|footnote|Footnote|table|figure|section|equation|appendix|chapter|step|stage|phase|track|layer|"
    r"line|row|column|question|example|round|top|rank|ranked|place|seed|lrec|LREC|ACL|EMNLP|NAACL|COLING|WMT|IWSLT|"
    r"SemEval|CoNLL|TREC|BEA|CLEF|GermEval|FIRE|DSTC|Python|CUDA|arXiv|doi|ISO|Unicode|Web|Windows|System|Subtask|"
    r"SubTask)"
    r"(?:[\s~-]|\s\()*(?:\d[\d.]*(?:,\s?|\s?[–-]\s?|\s(?:and|to|&)\s|,\s(?:and\s)))*)$"
)
_YEAR_AROUND = re.compile(
    r"(?:\b(?:in|since|by|until|before|after|during|late|early|mid|year|al\.?,?|January|February|March|April|May|"
    r"June|July|August|September|October|November|December|[A-Z][\w’'-]*,?)|['’(,–-])\s?\(?$"
)
_MASKED = re.compile(
    r"https?://\S+|www\.\S+|(?<!\S)[^\s@]{1,64}@[^\s@]{1,255}\.\w+|\[\s?\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\s?\]|arXiv:\s?\S+|\b10\.\d{4,}/\S+|"
    r"\(\s?\d{1,2}\s?\)|(?:(?<=^)|(?<=[\s;:(]))\d{1,2}\)(?=\s)|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{1,2}:\d{2}\b|"
    r"\b\d+:\d+\b"
    r"|\b(?:19|20)\d\d\s?[–-]\s?(?:19|20)?\d\d\b|\b\d+[./]\d+[./]\d+\b|\b\d+/\d+\b|±\s?\d+(?:\.\d+)?%?|"
    r"\b[kKnN]\s?=\s?\d+(?:,\d{3})*|\b\d+-fold\s(?:cross|CV)|\b\d{1,2}(?:st|nd|rd|th)\b"
)


def numerals(sentence: str) -> tuple[Numeral, ...]:
    """The numbers of `sentence` that count or measure something, in order."""
    masked = [m.span() for m in _MASKED.finditer(sentence)]
    return tuple(sorted(_digits(sentence, masked) + _spelled(sentence, masked)))


def _digits(sentence: str, masked: list[tuple[int, int]]) -> list[Numeral]:
    found = []
    for match in _NUMBER.finditer(sentence):
        if any(a <= match.start("digits") < b for a, b in masked) or not _counts(sentence, match):
            continue
        sign, digits, scale = match.group("sign"), match.group("digits"), match.group("scale")
        start = match.start()
        if sign and (sign.strip() == "±" or _joins(sentence, match)):
            start, sign = match.start("digits"), None
        factor = _SCALES[scale.strip(" -").lower()] if scale else 1.0
        value = float(digits.replace(",", "")) * factor
        decimals = len(digits.partition(".")[2])
        negative = bool(sign) and sign is not None and sign.strip().lower() in ("-", "−", "–", "minus")
        found.append(Numeral(start, match.end(), -value if negative else value, factor * 10.0**-decimals))
    return found


def _joins(sentence: str, match: re.Match[str]) -> bool:
    """Whether the dash before the digits joins a range ("80-90") rather than being a sign."""
    before = sentence[: match.start()].rstrip()
    return bool(before) and before[-1] in "0123456789%" and match.group("sign").strip() in "-–−"


def _counts(sentence: str, match: re.Match[str]) -> bool:
    """Whether the digits at `match` are a quantity and not part of a name, a date or a reference."""
    start, end = match.start("digits"), match.end()
    before, after = sentence[:start], sentence[end:]
    if _JOINED_TO_NAME.search(before[-40:]):
        return False  # GPT-3, LLaMA-7B, BLEU-4
    if after[:1] in "/^_@" or (
        re.match(r"\.\d|:\d|[A-WYZa-wyz](?!\w*\b(?<=\d[smx]))|[-–]gram", after) and not has_unit(after)
    ):
        return False
    if re.match(
        r"[-‐](?:shot|way|hop|best|layer|fold|gram|bit|d|D|class|head|dimensional|to-|stage|step|th|year)", after
    ):
        return False
    if after.startswith(" Newsgroups") or _REFERRING.search(before[-60:]):
        return False
    digits = match.group("digits")
    if len(digits) == 4 and digits[:2] in ("19", "20") and not match.group("scale") and _is_year(before, after):
        return False
    return not _part_of_name(before, digits, match.group("scale"), after)


def _is_year(before: str, after: str) -> bool:
    if has_unit(after):
        return False
    return not counts_things(after) or bool(_YEAR_AROUND.search(before[-30:]))


_NAME_BEFORE = re.compile(r"(?:^|[\s(\"“-])([A-Z][\w.+-]*)\s?(?:\d[\d.]*\s?[-–/,]\s?)?-?$")
_JOINED_TO_NAME = re.compile(r"(?<![\w.])[^\W\d][\w.+]*[-‐‑–−]$")
_VERSIONED = re.compile(r"(?:Chat)?GPT|Claude|Gemini|Python|Vicuna|Qwen|LLaVA|Llama|LLaMA|CUDA|PyTorch|MultiWOZ")
_NOT_NAMES = frozenset(
    """The In On For With From By At To And Of Over About Around Up Only All Both Our We Using Among Across Between
    These Those Nearly Almost Roughly Approximately Than Its Their Least Most Under Some Another First Even While When
    Given After Contains Comprising Out Top This That Not More Less Based Per""".split()  # noqa: SIM905
)


def _part_of_name(before: str, digits: str, scale: str | None, after: str) -> bool:
    """Whether a small number belongs to the capitalised name before it ("Llama 2", "SQuAD 2.0")."""
    name = _NAME_BEFORE.search(before[-40:])
    if not name or name.group(1) in _NOT_NAMES or scale or "," in digits:
        return False
    if has_unit(after) or metrics(name.group(1)):
        return False
    if name.start() <= 0 and len(before) <= 40 and not any(c.isupper() for c in name.group(1)[1:]):
        return False  # the first word of the sentence is capitalised anyway
    if len(name.group(1)) == 1:
        return False  # "B 7.5 and C 7.0": a placeholder in a list
    fraction = digits.partition(".")[2]
    return float(digits) < 20 and (fraction in ("", "0") or bool(_VERSIONED.fullmatch(name.group(1))))


def _spelled(sentence: str, masked: list[tuple[int, int]]) -> list[Numeral]:
    found = []
    for match in _WORD_NUMBER.finditer(sentence):
        if any(a <= match.start() < b for a, b in masked) or (
            re.match(r"[-‐]\w", sentence[match.end() :]) and not match.group("hyphened")
        ):
            continue
        if _FRACTION.match(sentence, match.end()):
            continue
        before = sentence[max(0, match.start() - 25) : match.start()]
        if re.search(r"\d\.?[\s-]$|\w-$", before) or _REFERRING.search(before):
            continue
        small = (match.group("one") or match.group("hyphened") or "").lower()
        value = float(_ONES.get(small, _TENS.get(small, 0)))
        if match.group("tens"):
            value = float(_TENS[match.group("tens").lower()] + _ONES.get((match.group("unit") or "zero").lower(), 0))
        elif match.group("article"):
            value = 1.0
        scale = match.group("scale")
        factor = _SCALES[scale.lower()] if scale else 1.0
        if value * factor <= 1 and not _PROPER_UNIT.match(sentence, match.end()):
            continue  # "one" is mostly a pronoun
        found.append(Numeral(match.start(), match.end(), value * factor, factor))
    return found
