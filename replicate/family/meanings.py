"""Drawing meanings, each from the pool of its split.

A checksum of the meaning, not the draw, decides the pool: what is said in unlabelled text, in training, in
development and in test data are disjoint sets of events by construction, in every language and for every task.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal
from zlib import crc32

from replicate.family.draw import Draw
from replicate.family.grammar import Event, Fact, Thing
from replicate.family.world import (
    ADJECTIVES,
    HOUSES,
    KINDS,
    NAMES,
    PERSON_VERBS,
    STILL_VERBS,
    SURNAMES,
    World,
    synonym,
    zipf,
)

__all__ = ["Meanings", "Pool", "pool_of"]

Pool = Literal["text", "train", "dev", "test"]
_POOLS: tuple[Pool, ...] = ("text",) * 50 + ("train",) * 25 + ("dev",) * 10 + ("test",) * 15  # by the hundred
Sort = Literal["thing", "full", "person", "still"]
_TENSES: tuple[Literal["past", "present", "future"], ...] = ("past", "present", "future")


def pool_of(key: str) -> Pool:
    """The pool of a meaning's key."""
    return _POOLS[crc32(key.encode()) % 100]


class Meanings:
    """Meanings of one pool, drawn by the habits of the world."""

    def __init__(self, world: World, pool: Pool, draw: Draw) -> None:
        self.world, self.pool, self.draw = world, pool, draw
        self._names = zipf(len(NAMES))
        self._places = zipf(len(world.places))
        self._members = zipf(len(world.members[KINDS[0]]))
        self._acts, self._person_acts = zipf(3), zipf(len(PERSON_VERBS))

    def name(self) -> str:
        """A name by its frequency."""
        return self.draw.weighted(self.world.names, self._names)

    def person(self) -> tuple[str, ...]:
        """A name, now and then with a surname."""
        name = self.name()
        return (name, self.draw.choice(SURNAMES)) if self.draw.chance(0.15) else (name,)

    def place(self) -> str:
        """A place by its frequency."""
        return self.draw.weighted(self.world.places, self._places)

    def noun(self, kind: str) -> str:
        """A noun of a kind by its frequency."""
        return self.draw.weighted(self.world.members[kind], self._members)

    def thing(self, noun: str, *, full: bool) -> Thing:
        """The noun, often with a quality (mostly its usual one) or a number; with both where `full`."""
        draw = self.draw
        adjective = None
        if full or draw.chance(0.5):
            adjective = self.world.quality[noun] if draw.chance(0.6) else draw.choice(ADJECTIVES)
        count = 2 + draw.below(8) if full or draw.chance(0.4) else None
        return Thing(noun, adjective, count, digits=count is not None and draw.chance(0.4))

    def _draw_event(self, agent: tuple[str, ...] | None, sort: Sort) -> Event:
        draw, world = self.draw, self.world
        agent = agent or self.person()
        tense = draw.choice(_TENSES)
        if sort == "person":
            other = self.person()
            while other[0] == agent[0]:
                other = self.person()
            place = self.place() if draw.chance(0.6) else None
            return Event(agent, draw.weighted(PERSON_VERBS, self._person_acts), other, place, tense)
        if sort == "still":
            return Event(agent, draw.choice(STILL_VERBS), None, self.place(), tense)
        kind = world.habit[agent[0]] if draw.chance(0.6) else draw.choice(KINDS)
        noun = self.noun(kind)
        place = None
        if sort == "full" or draw.chance(0.5):
            place = world.home[noun] if draw.chance(0.6) else self.place()
        thing = self.thing(noun, full=sort == "full")
        return Event(agent, draw.weighted(world.acts[kind], self._acts), thing, place, tense)

    def event(self, agent: tuple[str, ...] | None = None, sort: Sort | None = None) -> Event:
        """An event of the pool. `sort`: something is done to a thing, to a thing that has a quality, a number and a
        place ("full"), to a person, or to nothing ("still"); by default mostly to things."""
        while True:
            u = self.draw.uniform()
            drawn: Sort = sort or ("thing" if u < 0.72 else "person" if u < 0.9 else "still")
            event = self._draw_event(agent, drawn)
            if pool_of(event.meaning()) == self.pool:
                return self.reworded(event) if self.draw.chance(0.3) else event

    def reworded(self, event: Event) -> Event:
        """The same event with the other word for the act."""
        return replace(event, verb=synonym(event.verb))

    def next_event(self, event: Event) -> Event:
        """What the same person does next to the same thing or person."""
        patient = event.patient
        if isinstance(patient, Thing):
            patient = Thing(patient.noun)
        return Event(event.agent, self.world.follows[event.verb.rstrip("b")], patient, None, event.tense)

    def fact(self) -> Fact:
        """A standing fact about a noun or a person. Facts are knowledge: they belong to no pool."""
        draw, world = self.draw, self.world
        noun, name = draw.choice(list(world.kind)), self.name()
        return draw.choice(
            (
                Fact("is_kind", (noun,), (world.kind[noun],)),
                Fact("is_like", (noun,), (world.quality[noun],)),
                Fact("lives", (name,), (self.place(),)),
                Fact("works", (name,), (self.place(), draw.choice(HOUSES))),
                Fact("is_role", (name,), (world.role[name],)),
            )
        )

    def reason(self, event: Event) -> Fact:
        """The state of the person that makes them do it."""
        return Fact("feels", event.agent, (self.world.cause[event.verb.rstrip("b")],))
