"""Facets: the named things and key terms of a question, and where a text speaks of them.

A facet is a group of forms. Names (a capital or a digit inside) are matched with name boundaries, so that "XTREME"
is not found in "XTREME-R" nor "T5" in "mT5"; plain phrases are matched by word stems.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

from synth.records import Entity, EntityKind, Facet
from synth.text import stem

__all__ = ["covered", "covered_nearly", "lexicon", "names", "pattern", "plain_words", "positions", "weak_words"]

# Endings that leave a name the same thing: "XLM-R-large", "BERT-based". Anything else after a hyphen is another name.
_SAME = r"(?:-(?:large|base|small|xl|xxl|based|style|like|only|en|train|dev|test)\b|s\b|'s\b)?"
_NAMED = re.compile(r"(?<![\w-])(?=[\w-]*[A-Z][\w-]*[A-Z0-9]|[A-Z][\w-]*-[A-Z0-9])[\w-]+(?<!-)")
_NEAR = 120  # characters between the two parts of an "a + b" form: about one sentence
_ARTICLES = r"(?:(?:the|a|an)[\s-]+)?"


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
    kinds: tuple[EntityKind, ...] = ("dataset", "model", "method", "task", "term")
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
