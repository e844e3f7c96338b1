"""Measures in sentences: several measures of one result, each with its number, and the sentence said for one alone.

Two shapes are taken apart, because for them the parts are surely what the whole says:
    measures and their numbers      "an F1 score of 86.0% and a label accuracy of 85.1% on the test set"
    numbers and their measures      "49.0% precision@1 and 44.2% MAP@5", "gains of 1.4 BLEU and 0.8 METEOR"
A sentence with further measured numbers is left whole: they may belong to all parts at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from synth.lists import Part
from synth.quantities import Mention, mentions
from synth.scopes import metrics

__all__ = ["measured_parts"]

_WORD = r"[\w@/+-]+"
_JOIN = r"(?:,?\sand\s|,\s|\sas\swell\sas\s)"
_LEAD = re.compile(rf"(?<![\w-])(?:an?|the)\s(?:{_WORD}\s){{1,4}}of\s$")
_NEXT = re.compile(rf"{_JOIN}(?P<lead>(?:(?:an?|the)\s)?(?:{_WORD}\s){{1,4}}of\s)")
_WHAT = re.compile(rf"\s(?P<what>{_WORD}(?:\s{_WORD})?)(?=[\s,.;)]|$)")
_SHARED = re.compile(
    r"\b(?:(?:respective|according|corresponding)ly|from|between|compared|versus|vs|than)\b", re.I
)  # what belongs to all parts, or to one


def measured_parts(sentence: str) -> tuple[Part, ...]:
    """The parts of a sentence that gives several measures, in order; empty where there is one, or no sure rule."""
    if _SHARED.search(sentence):
        return ()
    found = [m for m in mentions(sentence) if m.unit in (None, "%", "points") or metrics(m.unit)]
    for rule in (_measure_first, _number_first):
        spans = rule(sentence, found)
        names = [name for _, _, name in spans]
        alone = all(any(a <= m.start < b for a, b, _ in spans) or _counts(m) for m in found)
        if len(spans) < 2 or len(set(names)) < len(names) or not alone:
            continue
        start, end = spans[0][0], spans[-1][1]
        texts = [f"{sentence[:start]}{sentence[a:b]}{sentence[end:]}" for a, b, _ in spans]
        stated = [next(m.text for m in found if a <= m.start < b) for a, b, _ in spans]
        return tuple(Part(text, name, one) for text, name, one in zip(texts, names, stated, strict=True))
    return ()


def _counts(mention: Mention) -> bool:
    """Whether the number only counts something: a whole number without a unit of a measurement."""
    return mention.unit is None and mention.precision >= 1


def _measure_first(sentence: str, found: Sequence[Mention]) -> list[tuple[int, int, str]]:
    """(start, end, measure) of each "a MEASURE of NUMBER" in the first run of at least two."""
    for i, first in enumerate(found):
        lead = _LEAD.search(sentence, 0, first.start)
        named = metrics(lead.group()) if lead else ()
        if lead is None or not named:
            continue
        spans = [(lead.start(), first.end, _bare(lead.group()))]
        for mention in found[i + 1 :]:
            joined = _NEXT.fullmatch(sentence, spans[-1][1], mention.start)
            named = metrics(joined.group("lead")) if joined else ()
            if joined is None or not named:
                break
            spans.append((joined.start("lead"), mention.end, _bare(joined.group("lead"))))
        if len(spans) > 1:
            return spans
    return []


def _bare(lead: str) -> str:
    """ "F1 score" of "an F1 score of "."""
    return re.sub(r"^(?:an?|the)\s|\sof\s$", "", lead)


def _number_first(sentence: str, found: Sequence[Mention]) -> list[tuple[int, int, str]]:
    """(start, end, measure) of each "NUMBER MEASURE" in the first run of at least two."""
    named = [(m, *_what(sentence, m)) for m in found]
    for i, (first, end, name) in enumerate(named):
        spans = [(first.start, end, name)] if name else []
        for mention, stop, what in named[i + 1 :]:
            if not spans or not what or not re.fullmatch(_JOIN, sentence[spans[-1][1] : mention.start]):
                break
            spans.append((mention.start, stop, what))
        if len(spans) > 1:
            return spans
    return []


def _what(sentence: str, mention: Mention) -> tuple[int, str]:
    """Where the number with its measure ends, and the measure: its own unit, or the name right after it; "" if none."""
    if mention.unit and metrics(mention.unit):
        plus = re.compile(r"\+*").match(sentence, mention.end)  # chrF++
        return plus.end() if plus else mention.end, mention.unit
    after = _WHAT.match(sentence, mention.end)
    for words in (2, 1):
        told = " ".join(after.group("what").split()[:words]) if after else ""
        named = metrics(told)
        if named and named[0].start == 0 and (named[-1].end == len(told) or " " not in told):
            return mention.end + 1 + len(told), told
    return mention.end, ""
