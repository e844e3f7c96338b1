"""Sentences for retrieval: aligned pairs (Tatoeba) and pairs among distractors (BUCC).

All are events of the test or development pools, which unlabelled text never tells, in any language. The two sides say
the same event, each with its own choice of what stands first, as translations do.
"""

from __future__ import annotations

from dataclasses import dataclass

from replicate.family.draw import Draw
from replicate.family.grammar import Event, say, text
from replicate.family.languages import BASE, lexicon
from replicate.family.meanings import Meanings, Pool
from replicate.family.world import World

__all__ = ["MiningSet", "aligned", "mining"]


@dataclass(frozen=True)
class MiningSet:
    """Two lists of (id, sentence) and the pairs of ids that say the same."""

    source: list[tuple[str, str]]
    target: list[tuple[str, str]]
    gold: list[tuple[str, str]]


def _events(world: World, pool: Pool, draw: Draw, count: int) -> list[Event]:
    """Distinct events: no two sentences of one side mean the same."""
    meanings = Meanings(world, pool, draw)
    seen: set[str] = set()
    events: list[Event] = []
    while len(events) < count:
        event = meanings.event()
        if (key := event.meaning()) not in seen:
            seen.add(key)
            events.append(event)
    return events


def _sentence(event: Event, code: str, seed: int, draw: Draw) -> str:
    return text(say(lexicon(code, seed), event, fronted=draw.chance(0.2)))


def aligned(world: World, code: str, seed: int, count: int) -> list[tuple[str, str]]:
    """`count` pairs (sentence of the language, the same in the base language)."""
    draw = Draw("tatoeba", seed, code)
    events = _events(world, "test", draw, count)
    return [(_sentence(e, code, seed, draw), _sentence(e, BASE.code, seed, draw)) for e in events]


def mining(world: World, code: str, seed: int, pool: Pool, gold: int, distractors: int) -> MiningSet:
    """`gold` pairs; each side holds `distractors` further sentences that the other side does not say."""
    draw = Draw("bucc2018", seed, code, pool)
    events = _events(world, pool, draw, gold + 2 * distractors)
    sides: list[list[tuple[str, str]]] = []
    where: list[dict[str, str]] = []
    for language, lone in ((code, events[gold : gold + distractors]), (BASE.code, events[gold + distractors :])):
        order = draw.shuffled([*events[:gold], *lone])
        ids = {event.meaning(): f"{language}-{i:09d}" for i, event in enumerate(order, start=1)}
        sides.append([(ids[event.meaning()], _sentence(event, language, seed, draw)) for event in order])
        where.append(ids)
    pairs = sorted((where[0][e.meaning()], where[1][e.meaning()]) for e in events[:gold])
    return MiningSet(sides[0], sides[1], pairs)
