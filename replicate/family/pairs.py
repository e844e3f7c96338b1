"""Sentence pairs: entailment (MNLI, ANLI, XNLI) and paraphrase (QQP, PAWS-X).

The label follows from the two meanings. Cues that a small model can use, each tied to meaning:
- contradiction: a negation on one side only; an opposite quality; another number; another place of the same event;
- entailment: nothing new in the hypothesis: words left out, a synonym, the kind instead of the noun, "more than"
  a smaller number;
- neutral: something new: a quality or a place not stated, a noun for its kind, roles exchanged.
Negation stands on both sides of some entailments, so that the negation word alone does not decide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from replicate.family.draw import Draw
from replicate.family.grammar import Event, Thing, say, text
from replicate.family.languages import lexicon
from replicate.family.meanings import Meanings, Pool
from replicate.family.world import ADJECTIVES, World, antonym

__all__ = ["LABELS", "MeaningPair", "entailment_pairs", "paraphrase_pairs", "render_pair"]

LABELS = ("entailment", "neutral", "contradiction")


@dataclass(frozen=True)
class MeaningPair:
    """Two meanings with a label, in no language. `before` and `second_fronted` are wording."""

    first: Event
    second: Event
    label: int
    how: str  # the step from the first to the second
    before: Event | None = None  # another event told before the first (ANLI)
    first_fronted: bool = False
    second_fronted: bool = False
    asked: Literal["agent", "patient"] | None = None  # both sentences are questions (QQP)


def _other(draw: Draw, items: tuple[str, ...], not_this: str) -> str:
    item = draw.choice(items)
    while item == not_this:
        item = draw.choice(items)
    return item


def _entail(m: Meanings, event: Event, thing: Thing) -> tuple[Event, Event, str]:
    how = m.draw.choice(("shorter", "synonym", "kind", "more_than", "both_negated"))
    if how == "shorter":
        return event, replace(event, patient=Thing(thing.noun), place=None), how
    if how == "synonym":
        return event, replace(m.reworded(event), place=None), how
    if how == "kind":
        return event, replace(event, patient=Thing(m.world.kind[thing.noun]), place=None), how
    if how == "more_than" and (thing.count or 2) > 2:
        fewer = 2 + m.draw.below((thing.count or 3) - 2)
        return event, replace(event, patient=Thing(thing.noun, None, fewer, False, at_least=True), place=None), how
    negated = replace(event, patient=Thing(m.world.kind[thing.noun]), negated=True)
    # Who did nothing to any of a kind did nothing to this one of it.
    return negated, replace(negated, patient=Thing(thing.noun, thing.adjective)), "both_negated"


def _contradict(m: Meanings, event: Event, thing: Thing) -> tuple[Event, Event, str]:
    how = m.draw.choice(("negation", "negation", "opposite", "number", "place"))
    if how == "negation":
        return event, replace(event, patient=Thing(thing.noun), place=None, negated=True), how
    if how == "opposite":
        quality = antonym(thing.adjective or ADJECTIVES[0])
        return event, replace(event, patient=replace(thing, adjective=quality, count=None), place=None), how
    if how == "number":
        count = 2 + (((thing.count or 2) - 2) + 1 + m.draw.below(7)) % 8
        return event, replace(event, patient=replace(thing, adjective=None, count=count), place=None), how
    return event, replace(event, place=_other(m.draw, m.world.places, event.place or "")), how


def _neutral(m: Meanings, event: Event, thing: Thing) -> tuple[Event, Event, str]:
    how = m.draw.choice(("new_quality", "new_place", "noun_of_kind", "roles", "roles"))
    if how == "new_quality":
        return replace(event, patient=replace(thing, adjective=None)), replace(event, place=None), how
    if how == "new_place":
        return replace(event, place=None), event, how
    if how == "noun_of_kind":
        return replace(event, patient=replace(thing, noun=m.world.kind[thing.noun])), event, how
    seen = m.event(sort="person")
    assert isinstance(seen.patient, tuple)
    return seen, replace(seen, agent=seen.patient, patient=seen.agent), "roles"


_STEPS: tuple[Callable[[Meanings, Event, Thing], tuple[Event, Event, str]], ...] = (_entail, _neutral, _contradict)


def entailment_pairs(world: World, pool: Pool, draw: Draw, count: int, *, longer: bool) -> list[MeaningPair]:
    """`count` pairs, the three labels in equal shares. `longer` puts another event before the premise (ANLI)."""
    meanings = Meanings(world, pool, draw)
    pairs: list[MeaningPair] = []
    seen: set[str] = set()
    labels = draw.shuffled([i % 3 for i in range(count)])
    while len(pairs) < count:
        label = labels[len(pairs)]
        event = meanings.event(sort="full")
        assert isinstance(event.patient, Thing)
        first, second, how = _STEPS[label](meanings, event, event.patient)
        key = first.meaning() + second.meaning()
        if key not in seen:
            seen.add(key)
            before = meanings.event() if longer else None
            pairs.append(MeaningPair(first, second, label, how, before, first_fronted=draw.chance(0.3)))
    return pairs


def _same(m: Meanings, event: Event) -> tuple[Event, str]:
    return (m.reworded(event), "synonym") if m.draw.chance(0.5) else (event, "order")


def _different(m: Meanings, event: Event, other: Event) -> tuple[Event, str]:
    """The same words with exchanged roles, or one part of another event."""
    if isinstance(event.patient, tuple):
        return replace(event, agent=event.patient, patient=event.agent), "roles"
    assert isinstance(event.patient, Thing)
    how = m.draw.choice(("noun", "verb", "agent"))
    if how == "noun":
        members = m.world.members[m.world.kind[event.patient.noun]]
        return replace(event, patient=replace(event.patient, noun=_other(m.draw, members, event.patient.noun))), how
    if how == "verb":
        return replace(event, verb=m.world.follows[event.verb.rstrip("b")]), how
    agent = other.agent if other.agent != event.agent else (_other(m.draw, m.world.names, event.agent[0]),)
    return replace(event, agent=agent), how


def paraphrase_pairs(world: World, pool: Pool, draw: Draw, count: int, *, questions: bool) -> list[MeaningPair]:
    """`count` pairs, labels 0 (different) and 1 (same) in equal shares: questions (QQP) or statements (PAWS-like)."""
    meanings = Meanings(world, pool, draw)
    pairs: list[MeaningPair] = []
    seen: set[str] = set()
    labels = draw.shuffled([i % 2 for i in range(count)])
    while len(pairs) < count:
        label = labels[len(pairs)]
        event = meanings.event(sort=draw.choice(("thing", "person")))
        asked: Literal["agent", "patient"] | None = draw.choice(("agent", "patient")) if questions else None
        if event.place is None:
            continue
        second, how = _same(meanings, event) if label else _different(meanings, event, meanings.event(sort="still"))
        if (asked == "agent" and how in ("agent", "roles")) or (asked == "patient" and how in ("noun", "roles")):
            asked = None if not questions else ("patient" if asked == "agent" else "agent")
        if (key := event.meaning() + second.meaning() + str(asked)) in seen:
            continue
        seen.add(key)
        fronted = draw.chance(0.5)
        moved = how == "order" or draw.chance(0.6)
        pairs.append(MeaningPair(event, second, label, how, None, fronted, fronted ^ moved, asked))
    return pairs


def render_pair(pair: MeaningPair, code: str, seed: int) -> tuple[str, str]:
    """The two texts in one language."""
    lex = lexicon(code, seed)
    first = say(lex, pair.first, fronted=pair.first_fronted, asked=pair.asked)
    if pair.before is not None:
        first = [*say(lex, pair.before), *first]
    return text(first), text(say(lex, pair.second, fronted=pair.second_fronted, asked=pair.asked))
