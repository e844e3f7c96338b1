"""Tagged words: parts of speech (UD-POS), entities (PAN-X) and supertags (CCG)."""

from __future__ import annotations

from replicate.family.draw import Draw
from replicate.family.grammar import Event, Fact, Word, link, say
from replicate.family.languages import lexicon
from replicate.family.meanings import Meanings, Pool
from replicate.family.world import HOUSES, World

__all__ = ["TaggedMeaning", "entity_meanings", "sentence_meanings", "words_of"]

TaggedMeaning = tuple[Event | Fact, bool, Event | None, bool]  # what, place first, what next, as a question


def sentence_meanings(world: World, pool: Pool, draw: Draw, count: int) -> list[TaggedMeaning]:
    """`count` sentences of every build: statements, two joined, questions, standing facts, negations."""
    meanings = Meanings(world, pool, draw)
    out: list[TaggedMeaning] = []
    for _ in range(count):
        event = meanings.event()
        u = draw.uniform()
        after = meanings.next_event(event) if u < 0.25 else None
        if 0.25 <= u < 0.4:
            event = Event(event.agent, event.verb, event.patient, event.place, event.tense, negated=True)
        fact = 0.55 <= u < 0.7
        out.append((meanings.fact() if fact else event, draw.chance(0.3), after, 0.4 <= u < 0.55))
    return out


def entity_meanings(world: World, pool: Pool, draw: Draw, count: int) -> list[TaggedMeaning]:
    """`count` sentences that name people, places and organisations. "<Place> <House>" is one organisation, so a
    place name alone does not tell its tag."""
    meanings = Meanings(world, pool, draw)
    out: list[TaggedMeaning] = []
    for _ in range(count):
        u = draw.uniform()
        if u < 0.3:
            fact = Fact("works", meanings.person(), (meanings.place(), draw.choice(HOUSES)))
            out.append((fact, False, None, False))
        elif u < 0.45:
            out.append((Fact("lives", meanings.person(), (meanings.place(),)), False, None, False))
        else:
            out.append((meanings.event(), draw.chance(0.3), None, False))
    return out


def words_of(item: TaggedMeaning, code: str, seed: int) -> list[Word]:
    """The words of one item in one language."""
    lex = lexicon(code, seed)
    meaning, fronted, after, asked = item
    words = say(lex, meaning, fronted=fronted, asked="agent" if asked else None)
    return link(lex, words, "f.then", say(lex, after)) if after is not None else words
