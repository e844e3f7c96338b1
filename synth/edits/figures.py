"""Numbers changed so that the sentence no longer holds: another value, or the values of two things exchanged."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from synth.edits.edit import Edit, made, ordered
from synth.quantities import Mention, mentions, same_value

__all__ = ["RANGE_AFTER", "VALUES", "WORDS", "exchanges", "found", "numbers", "written"]

_WORDS = dict(
    enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen twenty""".split()  # noqa: SIM905
    )
)
_TENS = {30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety"}
WORDS = {**_WORDS, **_TENS}
VALUES = {word: value for value, word in WORDS.items()}
_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+")
# Numbers that are no statement of their own, or whose exact value the sentence leaves open.
_NOT_STATED = re.compile(
    r"(?:\b(?:these|those|the other|both|all|other|remaining|last|first|next|past|top|following|one|any|each|every)"
    r"\s|[<>≤≥=~≈/^_:]\s?|\bp\s?[<=>]\s?|±\s?|[-–—−]\s?|\d\s?%?\sto\s|\bbetween\s|"
    r"\bfactor of\s|\bde\sfacto\s|\border of\s)$",
    re.I,
)
# A lower-case noun right before a small whole number makes it a label, not an amount.
_NOUN_BEFORE = re.compile(
    r"\b(?!(?:of|is|was|are|were|to|at|by|than|in|over|only|about|with|and|or|from|for|on|reach\w*|achiev\w*|"
    r"scor\w+|ha[sd]|have|"
    r"contain\w*|includ\w+|us\w+|took|takes?|require[sd]?|between|under|above|below|around|nearly|almost|"
    r"exactly|just|up|per|"
    r"approximately|roughly|least|most|after|within|during|us\w*|compris\w+|a|an|the|our|all|these|all|into|"
    r"across|among|"
    r"evaluat\w+|equals?|obtain\w*|yield\w*|gives?|gave|additional|another|more|less|first|last|total|"
    r"some)\b)[a-z]+\s$"
)
_LABEL_BEFORE = re.compile(
    r"\b(?:types?|grades?|stages?|class|category|cohort|group|phase|cycle|visit|chromosome|exon|level|week|day|task|track|"
    r"January|February|March|April|May|June|July|August|September|October|November|December)\s$"
)
RANGE_AFTER = re.compile(r"\s?%?\s?[-–—/±]\s?\d|\s?%?\sto\s[\d.]+|\s?\(?(?:±|\+/-)|\s?[-–—]\s?(?:by|to)\b|:\d")
_FROM = re.compile(r"\b(?:from|between)\s(?:an?\s\w+\sof\s|about\s|around\s)?$")


@lru_cache(maxsize=512)
def found(sentence: str) -> tuple[Mention, ...]:
    """The mentions of `sentence`, kept for the next maker."""
    return mentions(sentence)


def _stated(sentence: str, mention: Mention) -> bool:
    """Whether the number says something of its own that another number would contradict."""
    before, after = sentence[: mention.start], sentence[mention.end :]
    if _NOT_STATED.search(before[-24:]) or RANGE_AFTER.match(after) or _FROM.search(before[-30:]):
        return False
    if re.match(r"\s?%?\s(?:CI\b|confidence|credible)", after) or before[-1:] not in (
        "",
        " ",
        "(",
        "“",
        "[",
        "$",
        "€",
        "£",
    ):
        return False
    if re.fullmatch(r"(?:1[5-9]|20)\d\d[a-z]?", mention.text) and mention.unit is None:
        return False
    if _LABEL_BEFORE.search(before) and mention.value <= 31:
        return False
    named = _NOUN_BEFORE.search(before)
    if mention.unit is None and mention.value < 100 and mention.value == int(mention.value) and named:
        return False  # "type 2", "calpain 1.": part of a name
    if re.match(r"-(?!point|percent)[a-z]+", after) and mention.precision < 1:
        return False
    return not re.match(r"\s?(?:th|st|nd|rd|D|D\b|-?bit|-?shot)\b", after)


# --- another value -----------------------------------------------------------------------------------


def numbers(sentence: str, seed: int) -> list[Edit]:
    """A number replaced by one that lies outside what its wording allows; its form (commas, decimals) is kept."""
    edits = []
    for at, mention in enumerate(found(sentence)):
        if not _stated(sentence, mention):
            continue
        for new in ordered(_others(mention), sentence, "number", seed, at)[:2]:
            edit = made(sentence, "number", "refutes", [(mention.start, mention.end, new)])
            if edit is not None and _truly_other(edit.text, sentence, mention, new):
                edits.append(edit)
    return edits


def _truly_other(text: str, sentence: str, mention: Mention, new: str) -> bool:
    """Whether the new value is read as a number, differs, and agrees with no other number of the sentence."""
    again = [m for m in mentions(text) if m.text == new or new in m.text or m.text in new]
    near = min(again, key=lambda m: abs(m.start - mention.start), default=None)
    if near is None or abs(near.start - mention.start) > 2:
        return False
    others = [m for m in found(sentence) if m.unit == mention.unit]
    if any(same_value(near, m) or near.value == m.value for m in [*others, mention]):
        return False
    if mention.bound == "at_least":
        return near.value > 1.9 * mention.value
    if mention.bound == "at_most":
        return near.value < 0.6 * mention.value or abs(near.value) > 1.5 * abs(mention.value)
    return abs(near.value - mention.value) > 0.15 * abs(mention.value) if mention.approximate else True


def _others(mention: Mention) -> list[str]:
    """Other ways the mention could read: `mention.text` with another number in the same form."""
    digits = _DIGITS.search(mention.text)
    if digits is None:
        return _other_words(mention)
    form, limit = digits.group(), 100.0 if mention.unit == "%" and mention.value <= 100 else None
    value = float(form.replace(",", ""))
    if value == 0:
        return []
    wide = mention.approximate or mention.bound is not None
    made_up = _wide(form, value) if wide else [*_small(form), *_small(form), *_wide(form, value)]
    kept = []
    for new in made_up:
        number = float(new.replace(",", ""))
        if number <= 0 or number == value or (limit and number > limit) or (number == 1 and mention.unit):
            continue
        if value <= 1 < number and "." in form:
            continue  # shares and correlations stay below one
        kept.append(mention.text[: digits.start()] + new + mention.text[digits.end() :])
    return list(dict.fromkeys([*kept, *([] if wide else _other_scale(mention))]))


def _small(form: str) -> list[str]:
    """Close by: the last digit, the first digit, two neighbouring digits exchanged."""
    made_up = []
    places = [i for i, c in enumerate(form) if c.isdigit()]
    last, first = places[-1], places[0]
    for place, steps in ((last, (2, 3, 5, 7)), (first, (1, 2, 3, 9))):
        for step in steps:
            digit = str((int(form[place]) + step) % 10)
            if not (place == first and digit == "0") and not (place == last and form.endswith("0") and len(places) > 1):
                made_up.append(form[:place] + digit + form[place + 1 :])
    for a, b in pairwise(places):
        if form[a] != form[b] and not (a == first and form[b] == "0"):
            chars = list(form)
            chars[a], chars[b] = chars[b], chars[a]
            made_up.append("".join(chars))
    return made_up


def _wide(form: str, value: float) -> list[str]:
    """Far off: halves, doubles, tenths, in the decimals and separators of `form`."""
    return [_as(form, value * factor) for factor in (0.5, 2.0, 3.0, 0.3, 10.0, 0.1)]


def _as(form: str, value: float) -> str:
    decimals = len(form.partition(".")[2])
    if decimals == 0 and "," not in form and value >= 20 and form.endswith("0"):
        value = round(value, -1)
    text = f"{value:,.{decimals}f}" if "," in form else f"{value:.{decimals}f}"
    return text[1:] if form.startswith(".") and text.startswith("0.") else text


_SCALED = {"million": "billion", "billion": "million", "thousand": "million", "M": "B", "B": "M", "k": "M", "K": "M",
           "hundred": "thousand", "trillion": "billion"}  # fmt: skip


def _other_scale(mention: Mention) -> list[str]:
    match = re.search(r"(?<=\d)([\s-]?)(million|billion|thousand|hundred|trillion|[MBkK])\b", mention.text)
    if not match:
        return []
    return [mention.text[: match.start(2)] + _SCALED[match[2]] + mention.text[match.end(2) :]]


def _other_words(mention: Mention) -> list[str]:
    """A written-out number replaced by another: "three" by "four", "two hundred" by "five hundred"."""
    match = re.match(r"[A-Za-z]+", mention.text)
    value = VALUES.get(match.group().lower()) if match else None
    if match is None or value is None or value < 2:
        return []
    near = (
        [value + 10, value - 10, value + 20] if value >= 30 else [value + 1, value + 2, value + 3, value - 1, value - 2]
    )
    kept = [WORDS[n] for n in near if n >= 2 and n in WORDS]
    return [written(mention.text[: match.end()], w) + mention.text[match.end() :] for w in kept]


def written(like: str, word: str) -> str:
    """`word` with a capital where `like` has one."""
    return word.capitalize() if like[:1].isupper() else word


# --- two values exchanged ----------------------------------------------------------------------------

_BESIDE = re.compile(r"(?:\b([\w-]+)(?:\s[Ss]core|\srate)?\s(?:of|is|was|at)\s(?:about\s|up to\s)?)$")
_ON = re.compile(
    r"\s?(?:%|percent|points?|accuracy|F1|BLEU)*\s?(?:on|for|in|with|by|using)\s(?:the\s)?([\w.+/-]+(?:\s[\w.+/-]+)?)"
)


def exchanges(sentence: str, seed: int) -> list[Edit]:
    """The values of two things exchanged: "80 on A and 90 on B", "precision of 80 and recall of 90", respectively."""
    numbers_here = [m for m in found(sentence) if m.text[:1].isdigit()]
    edits = []
    for left, right in pairwise(numbers_here):
        if left.unit != right.unit or same_value(left, right) or left.end > right.start or right.start - left.end > 80:
            continue
        if not _belong_apart(sentence, left, right):
            continue
        edit = made(sentence, "exchange", "refutes",
                    [(left.start, left.end, right.text), (right.start, right.end, left.text)])  # fmt: skip
        if edit is not None:
            edits.append(edit)
    return ordered(edits, sentence, "exchange", seed)


def _belong_apart(sentence: str, left: Mention, right: Mention) -> bool:
    between = sentence[left.end : right.start]
    if re.search(r"\brespectively\b", sentence[right.end :]):
        return bool(re.fullmatch(r"\s?%?\s?(?:,|,?\sand)\s", between))
    if re.search(r"\bto\s$|[-–]$|[;.]|\bcompared|\bversus|\bvs|\bfrom\b", between):
        return False
    first, second = _BESIDE.search(sentence[: left.start]), _BESIDE.search(between)
    if first and second and first[1].lower() != second[1].lower():
        return True
    on, also = _ON.match(sentence, left.end), _ON.match(sentence, right.end)
    return bool(on and also and on[1].lower() != also[1].lower() and on.end() <= right.start)
