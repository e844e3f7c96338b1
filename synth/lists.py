"""Lists in sentences: numbers that belong one by one to names, and the sentence said for one pair alone.

Three shapes are taken apart, because for them the parts are surely what the whole says:
    names and numbers in two lists of equal length   "gains of 3.1 and 4.2 BLEU on X and Y respectively"
    pairs of number and name                         "8.2 points on X, 7.5 on Y and 7.0 on Z"
    pairs of name and number in brackets             "X (85.2), Y (80.1)"
    clauses that share one verb                      "A gains 8.2, B 7.5 and C 7.0 points"
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from synth.quantities import Mention, mentions
from synth.scopes import metrics

__all__ = ["Part", "parts"]


class Part(NamedTuple):
    """A sentence said for one member of a list: `name` with its number `stated` ("7.5 points")."""

    text: str
    name: str
    stated: str


_JOIN = r"(?:,\s(?:and|or)\s|\s(?:and|or|vs\.|versus|&)\s|,\s|\s?/\s?)"
# A name in a list: capitalised or with a digit inside, up to four words; or a language pair.
_PIECE = r"[A-Z](?:[\w./+-]*[\w+])?"
_NAME = rf"(?:{_PIECE}(?:\s(?:{_PIECE}|\d[\w.]*\w|\d)){{0,3}}|[a-z]{{1,3}}{_PIECE}|[a-z]+-[a-z]+)"
_PLAIN = r"(?:[a-z][a-z-]+(?:\s[a-z][a-z-]+){0,2})"
_NUMBER_JOIN = re.compile(r"(?:,\s(?:and\s|or\s)?|\s(?:and|or)\s)(?:by\s|of\s|about\s|over\s|up to\s|\+)?")


def parts(sentence: str) -> tuple[Part, ...]:
    """The parts of a compound sentence, in order; empty where there is no list or no sure rule."""
    found = list(mentions(sentence))
    for rule in (_bracketed, _paired, _two_lists, _shared_verb):
        result = rule(sentence, found)
        if len(result) > 1 and len({p.text for p in result}) == len(result):
            return result
    return ()


def _stated(mention: Mention) -> str:
    """The number with its unit, also where the list says the unit only once."""
    if mention.unit is None:
        return mention.text
    short = {"%": "%", "x": "x"}.get(mention.unit)
    bare = mention.text
    if re.search(r"[A-Za-z%×\d]*[A-Za-z%×]\d?$", bare):
        return bare
    return f"{bare}{short}" if short else f"{bare} {mention.unit}"


def _runs(sentence: str, found: list[Mention], joiner: re.Pattern[str]) -> list[list[Mention]]:
    """Maximal runs of at least two mentions with only `joiner` between neighbours."""
    runs: list[list[Mention]] = []
    for mention in found:
        if runs and joiner.fullmatch(sentence[runs[-1][-1].end : mention.start]):
            runs[-1].append(mention)
        else:
            runs.append([mention])
    return [run for run in runs if len(run) > 1]


_BRACKET_PAIR = re.compile(rf"(?P<name>{_NAME})\s\((?P<number>[^()]{{1,20}})\)")


def _bracketed(sentence: str, found: list[Mention]) -> tuple[Part, ...]:
    """ "X (85.2), Y (80.1) and Z (79)": each bracket holds exactly one number."""
    pairs = []
    for match in _BRACKET_PAIR.finditer(sentence):
        inside = [m for m in found if match.start("number") <= m.start and m.end <= match.end("number")]
        if len(inside) == 1 and inside[0].end - inside[0].start >= len(match.group("number").strip()) - 2:
            pairs.append((match, inside[0]))
    if len(pairs) < 2 or not _contiguous(sentence, [m.span() for m, _ in pairs]):
        return ()
    start, end = pairs[0][0].start(), pairs[-1][0].end()
    return tuple(
        Part(_tidy(sentence[:start] + m.group() + sentence[end:]), m.group("name"), _stated(n)) for m, n in pairs
    )


def _contiguous(sentence: str, spans: list[tuple[int, int]]) -> bool:
    return all(re.fullmatch(_JOIN, sentence[a_end:b_start]) is not None for (_, a_end), (b_start, _) in pairwise(spans))


_AFTER_NUMBER = re.compile(
    rf"(?P<what>(?:\s[A-Za-z][\w-]*){{0,2}}?)(?P<where>\s(?P<prep>on|for|in|with|over|to)\s(?:the\s)?(?P<name>{_NAME})(?![\w-]))"
)


def _after(sentence: str, mention: Mention) -> re.Match[str] | None:
    """What follows a number in such a list: a preposition and a name, with at most a measure before them."""
    match = _AFTER_NUMBER.match(sentence, mention.end)
    return match if match and (not match.group("what") or metrics(match.group("what"))) else None


def _paired(sentence: str, found: list[Mention]) -> tuple[Part, ...]:
    """ "8.2 points on X, 7.5 on Y and 7.0 on Z": the same preposition each time.

    A measure that only the first number names ("81.2% accuracy on X and 79.0% on Y") is said with each.
    """
    pairs = [(m, a) for m in found if (a := _after(sentence, m))]
    if len(pairs) < 2 or len({a.group("prep") for _, a in pairs}) > 1:
        return ()
    if not _contiguous_by(sentence, [(m.start, a.end()) for m, a in pairs]):
        return ()
    start, end = pairs[0][0].start, pairs[-1][1].end()
    first = pairs[0][1].group("what")
    return tuple(
        Part(
            _tidy(sentence[:start] + _stated(m) + (a.group("what") or first) + a.group("where") + sentence[end:]),
            a.group("name"),
            _stated(m),
        )
        for m, a in pairs
    )


def _contiguous_by(sentence: str, spans: list[tuple[int, int]]) -> bool:
    return all(
        _NUMBER_JOIN.fullmatch(sentence[a_end:b_start]) is not None for (_, a_end), (b_start, _) in pairwise(spans)
    )


_DIRECTLY_ON = re.compile(
    rf"(?:\s\w+)?(?:\son\saverage)?\s(?:on|for|in)\s(?:the\s)?{_NAME}\s(?:and|or)\s(?:the\s)?{_NAME}(?![\w-])"
)


def _two_lists(sentence: str, found: list[Mention]) -> tuple[Part, ...]:
    """Numbers and names in two lists of one length; two of each only with "respectively"."""
    respectively = re.search(r",?\s\(?respectively\)?", sentence)
    runs = [r for r in _runs(sentence, found, _NUMBER_JOIN) if len({m.unit for m in r}) == 1]
    if len(runs) != 1:
        return ()
    run = runs[0]
    start, end = run[0].start, run[-1].end
    if not respectively and (len(run) < 3 or run[0].unit in (None, "x")) and not _DIRECTLY_ON.match(sentence, end):
        return ()
    lists = [
        lst
        for lst in _name_lists(sentence, len(run), loose=bool(respectively))
        if lst[-1][1] <= start or lst[0][0] >= end
    ]
    if len(lists) != 1:
        return ()
    names = lists[0]
    made = []
    for mention, (a, b) in zip(run, names, strict=True):
        name = sentence[a:b]
        edits = [(names[0][0], names[-1][1], name), (start, end, _stated(mention))]
        if respectively:
            edits.append((respectively.start(), respectively.end(), ""))
        text = _edited(sentence, edits)
        subject = names[0][0] == 0 or (sentence[: names[0][0]].strip() in ("Both", "both"))
        agreed = _agree(text, 0 if subject else None, name)
        if agreed is None:
            return ()
        made.append(Part(_tidy(_one_thing(agreed, name)), name, _stated(mention)))
    return tuple(made)


def _name_lists(sentence: str, length: int, *, loose: bool) -> list[list[tuple[int, int]]]:
    """Spans of the names of every list of exactly `length` names; plain nouns count only when `loose`."""
    lists = []
    patterns = [_NAME, _PLAIN] if loose else [_NAME]
    for pattern in patterns:
        middle = rf"(?:,\s{pattern}){{{length - 2}}}"
        whole = re.compile(rf"(?<![\w-])(?<!,\s){pattern}{middle},?\s(?:and|or)\s{pattern}(?![\w-])")
        for match in whole.finditer(sentence):
            spans = []
            at = match.start()
            for piece in re.split(rf"({_JOIN})", match.group()):
                if not re.fullmatch(_JOIN, piece):
                    spans.append((at, at + len(piece)))
                at += len(piece)
            if len(spans) == length:
                lists.append(spans)
        if lists:
            break
    return lists


def _edited(sentence: str, edits: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        sentence = sentence[:start] + new + sentence[end:]
    return sentence


_PLURAL_VERBS = {
    **{
        "are": "is",
        "were": "was",
        "have": "has",
        "do": "does",
        "improve": "improves",
        "gain": "gains",
        "achieve": "achieves",
    },
    **{"reach": "reaches", "obtain": "obtains", "score": "scores", "outperform": "outperforms", "drop": "drops"},
    **{
        "yield": "yields",
        "show": "shows",
        "get": "gets",
        "increase": "increases",
        "decrease": "decreases",
        "perform": "performs",
    },
    **{
        "account": "accounts",
        "make": "makes",
        "rank": "ranks",
        "contain": "contains",
        "give": "gives",
        "attain": "attains",
    },
}
_PAST = re.compile(r"[a-z]+ed\b|(?:got|rose|fell|won|made|gave|took|can|could|may|might|will|would)\b")


def _agree(text: str, subject_at: int | None, name: str) -> str | None:
    """`text` with the verb after the one-name subject in the singular; None when that verb is not known."""
    if subject_at is None:
        return text
    at = text.index(name) + len(name)
    verb = re.match(r"\s([a-z]+)", text[at:])
    if not verb:
        return None
    word = verb.group(1)
    if _PAST.fullmatch(word) or word in _PLURAL_VERBS.values():
        return text
    if word in _PLURAL_VERBS:
        return f"{text[:at]} {_PLURAL_VERBS[word]}{text[at + verb.end() :]}"
    return None


_SHARED = re.compile(
    rf"^(?P<first>{_NAME})\s(?P<verb>(?:[a-z]+\s){{1,4}})(?P<n1>\d[\d.]*%?(?:\s\w+)?)"
    rf"(?P<rest>(?:,\s{_NAME}\s(?:by\s)?\d[\d.]*%?)*),?\sand\s(?P<last>{_NAME})\s(?:by\s)?(?P<tail>\d[\d.]*%?.*)$"
)


def _shared_verb(sentence: str, found: list[Mention]) -> tuple[Part, ...]:
    """ "A gains 8.2, B 7.5 and C 7.0 points": the names after the first take over its verb."""
    match = _SHARED.match(sentence)
    if not match:
        return ()
    names = [match.group("first"), *re.findall(rf",\s({_NAME})\s(?:by\s)?\d", match.group("rest")), match.group("last")]
    numbers = [m for m in found if m.start >= match.start("n1")][: len(names)]
    if len(numbers) != len(names) or len({n.unit for n in numbers}) != 1:
        return ()
    ending = sentence[numbers[-1].end :]
    return tuple(
        Part(_tidy(f"{name} {match.group('verb')}{_stated(n)}{ending}"), name, _stated(n))
        for name, n in zip(names, numbers, strict=True)
    )


_THINGS = "dataset|data set|benchmark|task|corpora|language|pair|model|setting|domain|test set|system|subtask|set|split"
_OTHERS = r"(?!(?:of|in|on|for|from|to|with|by|over|across|against|than|all|both|several|many|most|some|the)\s)"
_SEVERAL = re.compile(rf"\s((?:{_OTHERS}[a-z]+\s){{0,2}}?)({_THINGS})s\b|\scorpora\b")


def _one_thing(text: str, name: str) -> str:
    """The noun after a name that stood in a list in the singular: "on the X and Y datasets" -> "on the X dataset"."""
    at = text.find(name) + len(name)
    match = _SEVERAL.match(text, at)
    if not match:
        return text
    noun = f"{match.group(1)}{match.group(2)}" if match.group(2) else "corpus"
    return f"{text[:at]} {noun}{text[match.end() :]}"


def _tidy(text: str) -> str:
    """One space between words, none before a comma or full stop, "Both" of a list gone."""
    text = re.sub(r"\b[Bb]oth\s(?=\S+\s\w+s\b)", "", text)
    text = re.sub(r"\s+([,.;:])", r"\1", re.sub(r"\s{2,}", " ", text)).strip()
    return text[:1].upper() + text[1:] if not re.match(r"[a-z]+[A-Z\d]", text) else text
