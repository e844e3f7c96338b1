"""Statements turned round: directions, comparatives, and predicates replaced by their opposites."""

from __future__ import annotations

import re
from functools import lru_cache

from synth.edits.assertion import force
from synth.edits.edit import Edit, made, ordered
from synth.edits.inflect import verb
from synth.opposites import ADJECTIVES, COMPARATIVES, FIXED, NOUNS, SUPERLATIVES, VERBS
from synth.records import Stance

__all__ = ["antonyms", "directions"]

# --- directions --------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _verb_forms() -> tuple[re.Pattern[str], dict[str, tuple[str, str]]]:
    """Pattern of all inflected verbs with an opposite; form -> (name of the form, opposite form)."""
    forms: dict[str, tuple[str, str]] = {}
    for base, other in VERBS:
        a, b = verb(base), verb(other)
        for name in ("ing", "participle", "past", "third", "base"):
            forms[getattr(a, name)] = (name, getattr(b, name))
        if a.past == a.participle:
            forms[a.past] = ("past", b.past)
    return re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, forms), key=len, reverse=True))})\b"), forms


_DETERMINED = re.compile(r"\b(?:an?|the|our|their|its|this|these|those|his|of|for|and|or|with|[a-z]+-)\s?$", re.I)
_FINITE_SUBJECT = re.compile(r"(?:\b(?:that|which|and|it|they|this|also|further|significantly|substantially|"
                             r"consistently|"
                             r"greatly|dramatically|slightly|effectively|steadily|clearly|both|simultaneously)|"
                             r"\w)\s$", re.I)  # fmt: skip
_PARTICIPIAL = re.compile(r"(?:,|\bthus|\bthereby|\bwhile|\bhence|\bsignificantly|\bsubstantially|\bgreatly)\s$")
_BASE_AFTER = re.compile(r"\b(?:to|can|may|will|could|might|and|also|do|did|does|\w+ly|we|they|that|\w+s)\s$", re.I)
# Forms that are nouns or adjectives as well, with an opposite that is not.
_ALSO_OTHER = frozenset(
    """lower narrow slow drop drops decline declines boost boosts benefit benefits double beat beats stimulate cause
    causes fail fails""".split()  # noqa: SIM905
) | {"benefit from", "benefits from"}
_SURELY_VERB = re.compile(r"\b(?:can|will|may|might|could|we|they|it|which|that|also|\w+ly|do|does|did|method|"
                          r"approach|model|algorithm|"
                          r"system|learning|training|performance|accuracy|technique)\s$")  # fmt: skip
_NOT_VERB_AFTER = re.compile(r"(?:ing\s(?:number|amount|interest|attention|popularity|importance|demand|"
                             r"complexity|need|"
                             r"availability|trend|role|use)|\sour\sunderstanding|\s(?:in\spopularity|"
                             r"insight))")  # fmt: skip


_EITHER_WAY = re.compile(
    r",?\s(?:\w+\s){0,2}?or\s(?:at\sleast\s)?(?:comparable|equal|similar|equivalent|"
    r"competitive|the\ssame|on\spar|at)|\sor\b"
)


def directions(sentence: str, seed: int) -> list[Edit]:
    """A change or comparison turned round: improves/degrades, higher/lower, gain/drop, faster/slower, best/worst."""
    places = [*_turned_verbs(sentence), *_turned_words(sentence)]
    edits = []
    for start, end, new in ordered(places, sentence, "direction", seed):
        how = force(sentence, start)
        if how == "open" or _EITHER_WAY.match(sentence, end) or re.search(r"\bor\s$", sentence[:start]):
            continue  # "better or comparable" also allows what "worse or comparable" allows
        edit = made(sentence, "direction", "refutes" if how == "asserted" else "neutral", [(start, end, new)])
        if edit is not None:
            edits.append(edit)
    return edits


def _turned_verbs(sentence: str) -> list[tuple[int, int, str]]:
    pattern, forms = _verb_forms()
    found = []
    for match in pattern.finditer(sentence):
        name, new = forms[match.group()]
        before, after = sentence[: match.start()], sentence[match.end() :]
        if _NOT_VERB_AFTER.match(match.group()[-3:] + after) or after[:1] == "-" or before[-1:] in "-":
            continue
        if name == "ing" and not _PARTICIPIAL.search(before):
            continue
        if name in ("past", "participle") and not _as_predicate(before, after):
            continue
        if (
            name in ("base", "third")
            and (not before or _DETERMINED.search(before))
            and not re.search(r"\band\s$", before)
        ):
            continue
        if name == "base" and not _BASE_AFTER.search(before):
            continue
        if name == "base" and re.search(r"\bto\s$", before) and re.match(r"\s(?:to|and|or)\b", after):
            continue
        if match.group() in _ALSO_OTHER and not _SURELY_VERB.search(before):
            continue
        if re.match(
            r"reduces? to\b|fails? to\b|falls? (?:in|into|under|within|back)\b|rises? to\b", match.group() + after
        ):
            continue
        found.append((match.start(), match.end(), new))
    return found


def _as_predicate(before: str, after: str) -> bool:
    """Whether a form in -ed is a verb or a stated result, not an adjective of something else's name."""
    if re.search(
        r"\b(?:is|are|was|were|be|been|has|have|had|being|gets?|got)(?:\s\w+ly|\salso|"
        r"\sfurther)?\s$",
        before,
    ):
        return True
    if re.search(r"\b(?:leads?|led|leading|results?|resulted|resulting|yields?|yielding|shows?|showed|achieves?|"
                 r"provides?)"
                 r"\s(?:to|in)?\s?(?:\w+ly\s)?$", before):  # fmt: skip
        return True
    if _DETERMINED.search(before) or not before:
        return False
    return bool(
        re.match(r"\s(?:the|our|its|their|from|by|to|in|on|over|when|after|as|all|both|with|significantly)\b", after)
    ) and bool(_FINITE_SUBJECT.search(before))


@lru_cache(maxsize=1)
def _word_pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    words = {**dict(COMPARATIVES), **dict(SUPERLATIVES), **dict(NOUNS), **dict(FIXED)}
    listed = sorted(map(re.escape, words), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(listed)})(?![\w-])"), words


_COMPARED = re.compile(r"[^,;.]{0,60}\bthan\b")
_STATED = re.compile(
    r"\b(?:is|are|was|were|be|been|become|becomes|became|remains?|achiev\w+|perform\w*|yield\w*|giv\w+|"
    r"provid\w+|show\w*|"
    r"obtain\w*|ha[sd]|have|produc\w+|result\w* in|lead\w* to|led to|attain\w*|reach\w*|deliver\w*|runs?|works?|"
    r"exhibit\w*|"
    r"converg\w+|demonstrat\w+|enjoy\w*|require[sd]?|makes?|us(?:e|es|ed)|incur\w*|report\w*|scores?|got|gets?|"
    r"grows?)\s"
    r"(?:an?\s|the\s|its\s|our\s)?(?:(?:\w+ly|much|far|even|also|in|consistent|overall|the|a|to|be|up|our|"
    r"comparable or|"
    r"times|an order of magnitude|\d+%?|competitive or|\w+ and)\s){0,3}$"
)
_MORE = re.compile(r"\b(more|less)\s([a-z]+(?:ly|ive|ent|ant|ate|ble|ful|ous|al|ic|ed|st|ex|ar|ult|ise|ient))(?=\s)")
_MORE_OF = re.compile(r"\b([Mm]ore|[Ff]ewer|[Ll]ess)\s(?=[a-z]+\b[^,.;]{0,40}\bthan\b)")
_MOST = re.compile(r"\bthe\s(most|least)\s(?=[a-z]+(?:ive|ent|ant|ate|ble|ful|ous|al|ic|ed|ly|ar|ex|ult)\s)")


def _turned_words(sentence: str) -> list[tuple[int, int, str]]:
    pattern, words = _word_pattern()
    comparatives, superlatives = dict(COMPARATIVES), dict(SUPERLATIVES)
    found = []
    for match in pattern.finditer(sentence):
        word, before, after = match.group(), sentence[: match.start()], sentence[match.end() :]
        if word in comparatives and not _COMPARED.match(after) and not _STATED.search(before):
            continue
        if word in comparatives and re.match(r"\s?(?:-|bound|level|layer|order|degree|than\s(?:or\s)?\d)", after):
            continue
        if word in comparatives and re.match(r"\s(?:known|understand|insight|suited)", after):
            continue
        if word in superlatives and not _STATED.search(before):
            continue
        found.append((match.start(), match.end(), words[word]))
    for match in _MORE.finditer(sentence):
        if _COMPARED.match(sentence, match.end()) or _STATED.search(sentence[: match.start()]):
            found.append((match.start(1), match.end(1), "less" if match[1] == "more" else "more"))
    for match in _MORE_OF.finditer(sentence):
        if not any(a <= match.start() < b for a, b, _ in found):
            noun = re.match(r"(?:[a-z-]+\s){0,2}?([a-z]+)\s", sentence[match.end() :])
            plural = bool(noun and re.match(r"[a-z]+[^su]s\s", sentence[match.end() :]))
            if plural:
                new = "fewer" if match[1].lower() == "more" else "more"
                found.append((match.start(1), match.end(1), new if match[1].islower() else new.capitalize()))
    for match in _MOST.finditer(sentence):
        found.append((match.start(1), match.end(1), "least" if match[1] == "most" else "most"))
    return found


# --- opposite adjectives -----------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _predicates() -> tuple[re.Pattern[str], dict[str, str]]:
    pairs = dict(ADJECTIVES)
    listed = "|".join(sorted(map(re.escape, pairs), key=len, reverse=True))
    return re.compile(
        rf"\b(?:is|are|was|were|remains?|becomes?|proves?|proved)\s(?:\w+ly\s|very\s|quite\s|also\s|still\s|both\s)?"
        rf"({listed})(?=[\s,.;])(?!-)"
    ), pairs


def antonyms(sentence: str, seed: int) -> list[Edit]:
    """A predicate replaced by its opposite: "is effective" by "is ineffective"."""
    pattern, pairs = _predicates()
    edits = []
    for match in ordered(pattern.finditer(sentence), sentence, "antonym", seed):
        how = force(sentence, match.start())
        if how == "open" or re.match(r"\s(?:or|than|enough|only)\b", sentence[match.end() :]):
            continue
        if re.search(r"\bwhich\s[\w-]+\s(?:[\w-]+\s)?$", sentence[: match.start()]):
            continue  # an indirect question
        if re.search(r"\b(?:that|which|who)\s$", sentence[: match.start()]) and not re.search(
            r",\swhich\s$", sentence[: match.start()]
        ):
            continue  # restricts what is spoken of
        stance: Stance = "refutes" if how == "asserted" else "neutral"
        edit = made(sentence, "antonym", stance, [(match.start(1), match.end(1), pairs[match[1]])])
        if edit is not None:
            edits.append(edit)
    return edits
