"""Names in a text, with their kind, and whether a name of the claim stands anywhere in what was read.

The names are those of `synth.facets.names` (the lexicon and name-shaped words), found here with their places, and
capitalised words inside a sentence that the lexicon does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from synth.facets import lexicon, pattern
from synth.scopes import datasets, languages, metrics, models
from synth.text import stem

__all__ = ["Name", "NameKind", "is_alias", "named", "sizes", "stands_in"]

NameKind = Literal["dataset", "model", "language", "name", "proper"]


class Name(NamedTuple):
    """A name at [start, end): `key` is the canonical spelling, `forms` all spellings that count as the same thing.

    "name" has the shape of a name (SuperNet-X), "proper" is a capitalised word inside a sentence (Kyoto).
    """

    start: int
    end: int
    key: str
    kind: NameKind
    forms: tuple[str, ...]


_SHAPED = re.compile(r"(?<![\w-])(?<!\d\.)(?=[\w-]*[A-Z][\w-]*[A-Z0-9]|[A-Z][\w-]*-[A-Z0-9])[\w-]+(?<!-)")
_GREEK = re.compile(
    r"(?<![\w-])(?=[\w-]*[A-Za-z])(?=[\w-]*[\dα-ω])(?!\d+(?:st|nd|rd|th|s|x|k|m|b|D|d)?\b)[A-Za-z][\w-]*[\dα-ω][\w]*(?![\w-])"
)
_PROPER = re.compile(r"(?<=[a-z,;)] )[A-Z][a-z]{2,}(?![\w-])(?:\s[A-Z][a-z]{2,}(?![\w-]))*")
_SECTIONS = re.compile(
    r"(?:RESULTS?|METHODS?|CONCLUSIONS?|BACKGROUND|OBJECTIVES?|FINDINGS|INTERPRETATION|DESIGN|SETTING|PARTICIPANTS|PATIENTS|"
    r"MEASUREMENTS?|IMPORTANCE|RELEVANCE|AIMS?|AND|MAIN|OUTCOMES?|INTRODUCTION|CI|CIs|OR|HR|RR|SD|SE|IQR|MEASURES?|"
    r"MATERIALS?|LIMITATIONS?|FUNDING|PURPOSE|II|III|IV|USA|ID|[KMGT]B|[kMG]?Hz|[a-z]{0,3}RNAs?|DNA|cDNA|NLP|AI|ML)"
)
# Capitalised words that name nothing in particular.
_COMMON = frozenset(
    """Task Tasks Table Figure Section Track Subtask Appendix Equation Chapter Algorithm Model Models System Systems
    Language Natural Machine Learning Deep Neural Network Networks Processing Shared Workshop Conference January
    February March April May June July August September October November December Monday Tuesday Wednesday Thursday
    Friday Saturday Sunday The This These Our We In On For With And Our Results However University Department Here
    Semantic Evaluation Challenge Test Named Entity Recognition Question Answering Sentiment Analysis Translation
    Universal General Code Data Dataset Corpus Bank Computer Science International Linear Large Multi Pre Conclusions
    Fold Mean Type Class Grade Stage Phase Group Level Factor Step""".split()  # noqa: SIM905
)


@lru_cache(maxsize=1)
def _entries() -> tuple[tuple[str, str, NameKind, tuple[str, ...], str], ...]:
    """(text to look for in lower case, canonical name, kind, forms, form) of every listed name."""
    entries: list[tuple[str, str, NameKind, tuple[str, ...], str]] = []
    for entity in lexicon():
        if entity.kind in ("dataset", "model", "language"):
            kind: NameKind = (
                "dataset" if entity.kind == "dataset" else "model" if entity.kind == "model" else "language"
            )
            for form in entity.forms:
                first = re.split(r"[\s-]", form)[0].lower()
                entries.append((first, entity.name, kind, entity.forms, form))
    return tuple(entries)


@lru_cache(maxsize=8192)
def named(text: str) -> tuple[Name, ...]:
    """The names of `text`, in order, none overlapping another of the same place; listed names win."""
    lowered = text.lower()
    found: list[Name] = []
    for first, key, kind, forms, form in _entries():
        if first in lowered:
            for match in pattern(form).finditer(text):
                found.append(Name(match.start(), match.end(), key, kind, forms))
    if not text.islower():
        found += _unlisted(text, found)
    return tuple(sorted(set(_longest(found))))


def _unlisted(text: str, listed: list[Name]) -> list[Name]:
    found: list[Name] = []
    for kind, finder in (("dataset", datasets), ("model", models), ("language", languages)):
        for item in finder(text):
            pair = (
                kind == "language"
                and "-" in item.name
                and item.name.count("-") == 1
                and not item.name.lower().startswith("non")
            )
            if pair or not _inside(item.start, item.end, listed):
                found.append(Name(item.start, item.end, item.name, kind, (item.name,)))  # type: ignore[arg-type]
    for shape in (_SHAPED, _GREEK):
        for match in shape.finditer(text):
            if (
                _inside(*match.span(), [*listed, *found])
                or _SECTIONS.fullmatch(match.group())
                or match.group().isdigit()
            ):
                continue
            if not metrics(match.group()):
                found.append(Name(*match.span(), match.group(), "name", (match.group(),)))
    for match in _PROPER.finditer(text):
        words_of_it = match.group().split()
        if not _inside(*match.span(), [*listed, *found]) and not any(w in _COMMON for w in words_of_it):
            found.append(Name(*match.span(), match.group(), "proper", (match.group(),)))
    return found


def _inside(start: int, end: int, names: list[Name]) -> bool:
    return any(n.start < end and start < n.end for n in names)


def _longest(names: list[Name]) -> Iterator[Name]:
    """Of overlapping names the longest; at equal length the first listed."""
    kept: list[Name] = []
    for name in sorted(names, key=lambda n: (n.start - n.end, n.start)):
        if not _inside(name.start, name.end, kept):
            kept.append(name)
            yield name


_GREEK_LETTERS = str.maketrans(
    {"α": "a", "β": "b", "γ": "g", "δ": "d", "κ": "k", "ε": "e", "λ": "l", "ζ": "z", "ω": "w"}
)
_LOOSE = re.compile(r"[\s\-‐‑–_/.()]+")
_WORD = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=8192)
def _loosely(text: str) -> str:
    return _LOOSE.sub("", text.lower().translate(_GREEK_LETTERS))


@lru_cache(maxsize=8192)
def _initials(text: str) -> str:
    return "".join(w[0].lower() for w in _WORD.findall(text))


def is_alias(name: Name, text: str) -> bool:
    """Whether `text` itself introduces the name as a short form in brackets ("extracellular vesicles (EVs)")."""
    return text[name.start - 1 : name.start] == "(" and text[name.end : name.end + 1] == ")" and name.start > 3


_SUFFIX = re.compile(r"(?<=\w)-[a-z]{4,}$|(?<=\w)-(?:like|only)$")
_PREFIX = re.compile(r"^(?:anti|pre|non|post|co|multi|sub|pro)-(?=\w)")


def _core(key: str) -> str:
    """A name without the ordinary word that a hyphen joins to it: "HIV-positive", "anti-PD1"."""
    return _PREFIX.sub("", _SUFFIX.sub("", key))


_PAIR = re.compile(r"([A-Z][a-z]+)-([A-Z][a-z]+)")


def stands_in(name: Name, around: str) -> str | None:
    """How `around` writes the name; None where it does not.

    Counted as the same: listed spellings, other hyphens and Greek letters, the words an acronym stands for, and for
    capitalised words the same word in any case or ending.
    """
    for form in name.forms:
        if match := pattern(form).search(around):
            return match.group()
    if name.kind == "language" and (pair := _PAIR.fullmatch(name.key)):
        # Both languages, and no translation the other way round.
        both = all(re.search(rf"(?<!\w){re.escape(side)}(?!\w)", around) for side in pair.groups())
        turned = any(n.key == f"{pair.group(2)}-{pair.group(1)}" for n in named(around))
        return name.key if both and not turned else None
    if name.kind in ("dataset", "model", "language"):
        return name.key if name.kind == "dataset" and _spelled_out(name.key, around) else None
    for key in (name.key, _core(name.key)):
        bare = _loosely(key)
        if len(bare) >= 3 and bare in _loosely(around):
            return name.key
        if re.search(rf"(?<!\w)\w{{0,4}}{re.escape(key)}(?!\w)", around):
            return name.key
    if name.kind == "proper":
        roots = [stem(w.lower()) for w in name.key.split()]
        lowered = around.lower()
        return name.key if all(root[:7] in lowered for root in roots) else None
    return name.key if _spelled_out(name.key, around) else None


def _spelled_out(acronym: str, around: str) -> bool:
    letters = re.sub(r"s$", "", re.sub(r"[^A-Za-z]", "", acronym))
    if not letters.isupper():
        return False
    if len(letters) == 2:  # two initials are met by chance: long words only
        return bool(re.search(rf"(?<!\w){letters[0]}\w{{4,}}[\s-]{letters[1]}\w{{4,}}", around, re.I))
    return len(letters) >= 3 and letters.lower() in _initials(around)


_SIZE = re.compile(
    r"[\s-](?P<s>tiny|mini|small|base|medium|large|xx?l|xlarge|\d+(?:\.\d+)?\s?[BM])(?![\w])"
    r"(?!\s(?:number|amount|set|scale|improvement|margin|gain|part|corp|data|language|pre|monoling|multiling)\w*)", re.I
)  # fmt: skip


def sizes(text: str) -> dict[str, set[str]]:
    """The sizes of models as `text` names them: {"BERT": {"large"}}; a model without a size is not in it."""
    found: dict[str, set[str]] = {}
    for name in named(text):
        if name.kind in ("model", "name"):
            inside = _SIZE.search(text, name.start, name.end) or _SIZE.match(text, name.end)
            if inside:
                key = re.sub(_SIZE, "", name.key)
                found.setdefault(key, set()).add(re.sub(r"\s", "", inside.group("s")).lower())
    return found
