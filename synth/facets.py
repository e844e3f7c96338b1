"""Facets: the named things and key terms of a question, and where a text speaks of them.

A facet is a group of forms. Names (a capital or a digit inside) are matched with name boundaries, so that "XTREME"
is not found in "XTREME-R" nor "T5" in "mT5"; plain phrases are matched by word stems. Forms come from the lexicon and
from the texts at hand, which say themselves what their abbreviations stand for.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files

from synth.records import Entity, EntityKind, Facet, Question
from synth.text import stem

__all__ = [
    "abbreviations", "covered", "covered_nearly", "frame_words", "key", "lexicon", "mined", "names", "pattern",
    "plain_words", "positions", "subject", "weak_words", "widened",
]  # fmt: skip

# Endings that leave a name the same thing: "XLM-R-large", "BERT-based". Anything else after a hyphen is another name.
_SAME = r"(?:-(?:large|base|small|xl|xxl|based|style|like|only|en|train|dev|test)\b|s\b|'s\b)?"
_NAMED = re.compile(r"(?<![\w-])(?=[\w-]*[A-Z][\w-]*[A-Z0-9]|[A-Z][\w-]*-[A-Z0-9])[\w-]+(?<!-)")
_NEAR = 120  # characters between the two parts of an "a + b" form: about one sentence
_ARTICLES = r"(?:(?:the|a|an)[\s-]+)?"
_BRACKETED = re.compile(r"\(\s*([A-Za-z0-9][\w.&/+-]{1,9})(?:[;,][^()]{0,60})?\s*\)")


@lru_cache(maxsize=1)
def _data() -> dict[str, dict[str, list[str] | str]]:
    raw = (files("synth") / "lexicon.toml").read_text(encoding="utf-8")
    return tomllib.loads(raw)


@lru_cache(maxsize=1)
def lexicon() -> tuple[Entity, ...]:
    """All listed entities, data sets and models before terms, so that a name wins over a group it belongs to."""
    data = _data()
    near = data["near"]
    entities = []
    kinds: tuple[EntityKind, ...] = ("dataset", "model", "method", "task", "metric", "term")
    for kind in kinds:
        for name, forms in data[kind].items():
            entities.append(
                Entity(
                    name=name,
                    kind=kind,
                    forms=(name, *forms),
                    near=tuple(near.get(name, ())),
                )
            )
    for name in str(data["language"]["names"]).split():
        entities.append(Entity(name=name, kind="language", forms=(name,)))
    return tuple(entities)


@lru_cache(maxsize=1)
def plain_words() -> frozenset[str]:
    """Words that say nothing about the subject of a question."""
    return frozenset(str(_data()["plain"]["words"]).split())


@lru_cache(maxsize=1)
def frame_words() -> frozenset[str]:
    """Words that make a question of a subject and stand for nothing that a paper would say."""
    return frozenset(str(_data()["frame"]["words"]).split())


@lru_cache(maxsize=1)
def weak_words() -> frozenset[str]:
    """Words that help ranking but decide nothing alone."""
    return frozenset(str(_data()["weak"]["words"]).split())


@lru_cache(maxsize=4096)
def pattern(form: str) -> re.Pattern[str]:
    """The pattern that finds one contiguous form in running text."""
    if re.search(r"[A-Z0-9]", form):
        body = re.sub(r"(?:\\[- ])+", r"[\\s‐‑-]?", re.escape(form))
        ignore = 0 if form.isupper() and len(form) <= 3 else re.IGNORECASE
        return re.compile(rf"(?<![\w-]){body}{_SAME}(?![\w]|-\w)", ignore)
    parts = [_stem_pattern(word) for word in re.split(r"[\s-]+", form)]
    return re.compile(r"(?<!\w)" + (r"[\s‐‑-]*" + _ARTICLES).join(parts) + r"(?!\w)", re.IGNORECASE)


def _stem_pattern(word: str) -> str:
    root = stem(word)
    if len(root) <= 3 or not root.isalpha():
        return re.escape(word) + r"(?:s|es)?"
    if root.endswith("y"):
        return re.escape(root[:-1]) + r"(?:y|ies|ied|ying)"
    return re.escape(root) + r"(?:s|e|es|ed|er|ers|ing|d)?"


def positions(facet: Facet, text: str) -> tuple[tuple[int, int], ...]:
    """Where the facet stands in `text`, as (start, end) offsets; an "a + b" form counts where its parts are near."""
    found: list[tuple[int, int]] = []
    for form in facet.forms:
        parts = [[m.span() for m in pattern(p.strip()).finditer(text)] for p in form.split("+")]
        found += _together(parts) if len(parts) > 1 else parts[0]
    return tuple(sorted(set(found)))


def _together(parts: list[list[tuple[int, int]]]) -> list[tuple[int, int]]:
    """Spans of the first part that have every other part within reach."""
    first, *others = parts
    return [(a, b) for a, b in first if all(any(max(a, c) - min(b, d) <= _NEAR for c, d in spans) for spans in others)]


def covered(facets: tuple[Facet, ...], text: str) -> frozenset[str]:
    """Names of the facets that `text` speaks of."""
    return frozenset(facet.name for facet in facets if positions(facet, text))


def covered_nearly(facets: tuple[Facet, ...], text: str) -> frozenset[str]:
    """Names of the facets that `text` speaks of, or of something near them."""
    near = tuple(f.model_copy(update={"forms": f.near}) for f in facets if f.near)
    return covered(facets, text) | covered(near, text)


@lru_cache(maxsize=4096)
def names(text: str) -> tuple[tuple[str, ...], ...]:
    """The data sets, models and other name-shaped words of a text, each as the tuple of forms that count for it."""
    found: dict[str, tuple[str, ...]] = {}
    taken: list[tuple[int, int]] = []
    for entity in lexicon():
        if entity.kind not in ("dataset", "model", "language"):
            continue
        for form in entity.forms:
            for match in pattern(form).finditer(text):
                taken.append(match.span())
                found.setdefault(entity.name, entity.forms)
    for match in _NAMED.finditer(text):
        if not any(a < match.end() and match.start() < b for a, b in taken):
            found.setdefault(match.group(), (match.group(),))
    return tuple(found.values())


# --- abbreviations that texts explain ---------------------------------------------------------------------


def abbreviations(text: str) -> tuple[tuple[str, str], ...]:
    """The abbreviations that `text` explains as "long form (LF)", in order: (short, long) as they stand there.

    After Schwartz and Hearst 2003, "A simple algorithm for identifying abbreviation definitions in biomedical text":
    the letters of the short form are looked for from right to left in the few words before the bracket, the first of
    them at the start of a word. A plural s is no letter of the short form.
    """
    found = []
    for match in _BRACKETED.finditer(text):
        short = match.group(1).rstrip(".")
        letters = short[:-1] if len(short) > 2 and short.endswith("s") and short[:-1].isupper() else short
        if not any(c.isupper() for c in letters) or letters.istitle():
            continue
        before = re.split(r"[.;:!?()]\s", text[max(0, match.start() - 120) : match.start()])[-1].rstrip()
        words = [m.start() for m in re.finditer(r"\S+", before)]
        most = min(len(letters) + 5, 2 * len(letters))
        reach = before[words[-most] :] if len(words) > most else before
        start = _explained(letters, reach)
        if start is not None and len(reach) - start > len(short):
            found.append((letters, reach[start:]))
    return tuple(found)


def _explained(short: str, before: str) -> int | None:
    """Where in `before` the long form of `short` starts; None when its letters are not there in this order."""
    at = len(before)
    wanted = [c for c in short.lower() if c.isalnum()]
    for place in range(len(wanted) - 1, -1, -1):
        at -= 1
        while at >= 0 and (
            before[at].lower() != wanted[place] or (place == 0 and at > 0 and before[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return None
    return at


def mined(texts: Iterable[str], *, least: int = 1) -> dict[str, tuple[str, ...]]:
    """What abbreviations stand for in these texts: at most two long forms each, in lower case, the usual one first.

    A long form counts when `least` texts explain it so and at least a quarter of those that explain the
    abbreviation; forms that differ only in endings are one.
    """
    seen: dict[str, Counter[str]] = {}
    spelled: dict[str, dict[str, str]] = {}
    for text in texts:
        for short, long in dict.fromkeys(abbreviations(text)):
            key = " ".join(stem(word) for word in re.split(r"[\s-]+", long.lower()))
            seen.setdefault(short, Counter())[key] += 1
            spelled.setdefault(short, {}).setdefault(key, long.lower())
    result = {}
    for short, counts in seen.items():
        total = sum(counts.values())
        usual = sorted((-n, key) for key, n in counts.items() if n >= least and 4 * n >= total)
        if usual:
            result[short] = tuple(spelled[short][key] for _, key in usual[:2])
    return result


def widened(asked: Question, known: Mapping[str, tuple[str, ...]]) -> Question:
    """The question with what abbreviations stand for among the forms of its facets, in both directions.

    `known` gives the long forms of abbreviations, the usual one first (`mined`). A facet keeps its name, kind and
    weight, and its own forms come first. A facet that has long forms already takes no others: what "MT" stands for in
    the lexicon is not what some paper at hand means by it.
    """
    shorts: dict[str, list[str]] = {}
    for short, longs in known.items():
        shorts.setdefault(key(longs[0]), []).append(short)
    facets = []
    for facet in asked.facets:
        forms = [form for form in facet.forms if "+" not in form]
        more = [short for form in forms for short in sorted(shorts.get(key(form), ()))]
        if not any(re.search(r"[\s-]", form.strip()) and form.islower() for form in forms):
            more += [long for form in forms for long in known.get(form, known.get(form.removesuffix("s"), ()))]
        wider = tuple(dict.fromkeys((*facet.forms, *more)))
        facets.append(facet if wider == facet.forms else facet.model_copy(update={"forms": wider}))
    return asked.model_copy(update={"facets": tuple(facets)})


def key(form: str) -> str:
    """A form as far as it tells things apart: its words by their stems, hyphens and spaces alike."""
    return " ".join(stem(word) for word in re.split(r"[\s-]+", form.lower()))


def subject(text: str) -> str:
    """The words of a question that are not its frame ("What is known about ..."), in their order; all if none is left.

    What this leaves is searched for as words: names and plain words alike.
    """
    found = [word for word in text.rstrip("?!. ").split() if word.lower().strip(",;:") not in frame_words()]
    return " ".join(found) or text
