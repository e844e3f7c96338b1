"""Unlabelled text: short passages for masked-language-model training, and the passages of the question tasks."""

from __future__ import annotations

from replicate.family.draw import Draw
from replicate.family.grammar import Event, Fact, Word, link, say, text
from replicate.family.languages import Lexicon, lexicon
from replicate.family.meanings import Meanings
from replicate.family.world import World

__all__ = ["passages"]


def _question_and_answer(draw: Draw, lex: Lexicon, event: Event) -> list[Word]:
    """A question, then the statement that answers it: running text holds questions as well."""
    asked = draw.choice(("agent", "patient")) if event.patient is not None else "agent"
    if event.place is not None and draw.chance(0.4):
        asked = "place"
    return [*say(lex, event, asked=asked), *say(lex, event)]  # type: ignore[arg-type]


def _passage(meanings: Meanings, draw: Draw, lex: Lexicon) -> list[Word]:
    event = meanings.event()
    words = say(lex, event, fronted=draw.chance(0.3))
    u = draw.uniform()
    if u < 0.3:
        after = say(lex, meanings.next_event(event))
        words = link(lex, words, "f.then", after) if draw.chance(0.5) else [*words, *after]
    elif u < 0.4:
        words = link(lex, words, "f.because", say(lex, meanings.reason(event)))
    elif u < 0.55:
        words = _question_and_answer(draw, lex, event)
    elif u < 0.65:
        negated = Event(event.agent, event.verb, event.patient, event.place, event.tense, negated=True)
        words = say(lex, negated)
    fact: Fact | Event = meanings.fact() if draw.chance(0.4) else meanings.event(event.agent)
    return [*words, *say(lex, fact)]


def passages(world: World, code: str, seed: int, count: int) -> list[str]:
    """`count` passages of two or three sentences in one language, of meanings drawn for this language alone."""
    draw = Draw("text", seed, code)
    meanings, lex = Meanings(world, "text", draw), lexicon(code, seed)
    return [text(_passage(meanings, draw, lex)) for _ in range(count)]
