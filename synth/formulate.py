"""The arrow Question text -> Question -> Queries: what is asked about, and how sources are asked.

Named things and listed terms become facets first; what remains of the content words becomes facets of its own. A facet
is required when a direct answer must speak of it: everything but English, measures, examples ("such as mT5") and plain
words. Sources are asked from narrow (all required facets at once) to wide (the heaviest one, then the plain words);
whether the next query is needed is for the one who asks to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from synth.errors import InputError
from synth.facets import abbreviations, key, lexicon, pattern, plain_words, subject, weak_words, widened
from synth.records import Entity, EntityKind, Facet, Query, Question
from synth.text import normalise, words

__all__ = ["queries", "query", "question"]

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
_MEASURES = {"accuracy", "f1", "em", "map"}
_FORMS = 4  # forms of a facet in the narrow query
_WIDE_FORMS = 8  # and in the wider ones, where near forms count as well


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
    asked = Question(text=clean, entities=tuple(entity for _, entity in found), facets=tuple(facets))
    return _explained(asked, dict(abbreviations(clean)))


def _explained(asked: Question, pairs: Mapping[str, str]) -> Question:
    """The question without the facets of abbreviations that it explains itself: "bitext mining (BM)" asks one thing."""
    forms = {form: facet.name for facet in asked.facets for form in facet.forms if "+" not in form}
    doubled = {
        short
        for short, long in pairs.items()
        if any(key(form) in key(long) for form, name in forms.items() if name != short)
    }
    if not doubled:
        return asked
    kept = tuple(facet for facet in asked.facets if facet.name not in doubled)
    known = {short: (long.lower(),) for short, long in pairs.items() if short in doubled}
    return widened(asked.model_copy(update={"facets": kept}), known)


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
    required = not example and entity.name != "English" and entity.kind != "metric"
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
    """The narrowest query: plain words, and AND-groups of the required facets for sources with a syntax."""
    return queries(asked, since)[0]


def queries(asked: Question, since: int | None = None) -> tuple[Query, ...]:
    """The queries sent to a source one after another, from narrow to wide, no two alike; at least one, at most four.

    All required facets; all but the lightest, with more forms and near ones; the heaviest alone (of four or more: the
    two heaviest), likewise; the words of the question without its frame. Facets of equal weight are kept in the order
    of the question.
    """
    required = sorted((f for f in asked.facets if f.required), key=lambda f: -f.weight)
    asking = [facet for facet in asked.facets if facet.required]
    made = [
        Query(
            text=" ".join(facet.forms[0] for facet in asked.facets) or asked.text,
            groups=tuple(_group(facet, _FORMS) for facet in asking),
            since=since,
        )
    ]
    for most in dict.fromkeys((len(required) - 1, 2 if len(required) > 3 else 1)):
        kept = [facet for facet in asking if facet in required[:most]]
        groups = tuple(_group(facet, _WIDE_FORMS, facet.near) for facet in kept)
        if groups and groups != made[0].groups:
            made.append(Query(text=" ".join(facet.forms[0] for facet in kept), groups=groups, since=since))
    made.append(Query(text=subject(asked.text), since=since))
    return tuple(one for n, one in enumerate(made) if one not in made[:n])


def _group(facet: Facet, most: int, near: tuple[str, ...] = ()) -> tuple[str, ...]:
    return tuple(form for form in (*facet.forms, *near) if "+" not in form)[:most]
