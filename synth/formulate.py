"""The arrow Question text -> Question -> Query: what is asked about, and how sources are asked.

Named things and listed terms become facets first; what remains of the content words becomes facets of its own. A facet
is required when a direct answer must speak of it: everything but English, examples ("such as mT5") and plain words.
"""

from __future__ import annotations

import re

from synth.errors import InputError
from synth.facets import lexicon, pattern, plain_words, weak_words
from synth.records import Entity, EntityKind, Facet, Query, Question
from synth.text import normalise, words

__all__ = ["query", "question"]

_LONGEST = 2_000
_WEIGHTS: dict[EntityKind, float] = {
    "dataset": 2.0,
    "model": 1.5,
    "method": 1.5,
    "task": 1.5,
    "term": 1.5,
    "language": 1.2,
    "metric": 0.5,
}
_NAME = re.compile(r"(?<![\w-])(?=[\w-]*[A-Z][\w-]*[A-Z0-9]|[A-Z][\w-]*-[A-Z0-9]|\w*\d\w*[A-Z])[\w-]+(?<!-)")
_EXAMPLES = re.compile(r"(?:\b(?:such as|like|e\.g\.,?|for example,?|including)\s+|\(e\.g\.,?\s*)", re.IGNORECASE)
_MEASURES = {"accuracy", "f1", "bleu", "rouge", "em", "map", "wer", "perplexity", "ndcg", "mrr"}


def question(text: str) -> Question:
    """The question with its entities and facets.

    Raises:
        InputError: the question is empty, holds no word, or is longer than 2,000 characters.
    """
    clean = normalise(text)
    if not words(clean):
        raise InputError(
            "--question: the question is empty; give it in words, for example "
            '--question "Does intermediate training help zero-shot transfer?"'
        )
    if len(clean) > _LONGEST:
        raise InputError(f"--question: {len(clean):,} characters; at most {_LONGEST:,} are read, shorten it")
    found, free = _listed(clean)
    facets = [_facet(entity, start, clean) for start, entity in found]
    facets += [facet for facet in _phrases(free) if facet.name not in {f.name for f in facets}]
    return Question(text=clean, entities=tuple(entity for _, entity in found), facets=tuple(facets))


def _listed(text: str) -> tuple[list[tuple[int, Entity]], str]:
    """Listed entities and name-shaped words in order of appearance, and the text with them blanked out."""
    spans: list[tuple[int, int, int, Entity]] = []
    for order, entity in enumerate(lexicon()):
        for form in entity.forms:
            if "+" not in form:
                spans += [(m.start(), m.end(), order, entity) for m in pattern(form).finditer(text)]
    for match in _NAME.finditer(text):
        name = match.group()
        if name.lower() not in _MEASURES:
            spans.append((*match.span(), 10_000, Entity(name=name, kind="term", forms=(name,))))
    spans.sort(key=lambda s: (-(s[1] - s[0]), s[2], s[0]))
    free = list(text)
    chosen: list[tuple[int, int, Entity]] = []
    for start, end, _, entity in spans:
        # Two names may share a word ("non-English intermediate tasks"), but none lies inside a longer one.
        if not any(a <= start and end <= b for a, b, _ in chosen):
            free[start:end] = "\0" * (end - start)
            chosen.append((start, end, entity))
    unique: dict[str, tuple[int, Entity]] = {}
    for start, _, entity in sorted(chosen, key=lambda c: (c[0], c[1])):
        unique.setdefault(entity.name, (start, entity))
    return list(unique.values()), "".join(free)


def _facet(entity: Entity, start: int, text: str) -> Facet:
    # "(e.g., A vs. B)": what follows within three words and the same bracket is an example too.
    leads = (text[m.end() : start] for m in _EXAMPLES.finditer(text) if m.end() <= start)
    example = any(")" not in lead and len(lead.split()) <= 3 for lead in leads)
    required = not example and entity.name != "English"
    weight = _WEIGHTS[entity.kind] if required else 0.4
    return Facet(
        name=entity.name, kind=entity.kind, forms=entity.forms, near=entity.near, required=required, weight=weight
    )


def _phrases(free: str) -> list[Facet]:
    """Facets of the content words that no listed entity took: runs of at most three words."""
    facets = []
    run: list[str] = []
    for token in [*re.findall(r"[^\W_][\w'’-]*|[^\w\s]|\0", free), "\0"]:
        word = token.lower()
        if word[0].isalnum() and word not in plain_words() and word not in _MEASURES and len(word) > 2:
            run.append(token)
            continue
        if run:
            facets.append(_phrase(run[-3:]))
        run = []
    return facets


def _phrase(run: list[str]) -> Facet:
    name = " ".join(run)
    lower = [word.lower() for word in run]
    forms = (" ".join(lower),) if len(run) == 1 else (" ".join(lower), " + ".join(lower))
    weak = all(word in weak_words() for word in lower)
    return Facet(name=name, kind="term", forms=forms, required=not weak, weight=0.4 if weak else 1.2)


def query(asked: Question, since: int | None = None) -> Query:
    """The query sent to sources: plain words, and AND-groups of the required facets for those with a syntax."""
    required = [f for f in asked.facets if f.required]
    groups = tuple(tuple(form for form in facet.forms if "+" not in form)[:4] for facet in required)
    facet_words = " ".join(facet.forms[0] for facet in asked.facets)
    return Query(text=facet_words or asked.text, groups=groups, since=since)
