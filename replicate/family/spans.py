"""Questions on a passage: SQuAD 1.1 and 2.0, XQuAD, MLQA and TyDiQA in the SQuAD nesting.

A passage tells three events of different people. A question asks for one part of one of them; no other event of the
passage answers it. Cues: the question word tells the kind of answer (a name, a thing, a place, a number), the words
that it shares with one sentence tell which.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from replicate.family.draw import Draw
from replicate.family.grammar import Asked, Event, Thing, Word, join, say
from replicate.family.languages import lexicon
from replicate.family.meanings import Meanings, Pool
from replicate.family.world import World

__all__ = ["Question", "article", "questions", "squad"]


@dataclass(frozen=True)
class Question:
    """A passage of events, the event asked about, the part asked for; `about` is None when there is no answer."""

    id: str
    events: tuple[Event, ...]
    about: int | None
    asked: Asked
    query: Event


def _parts(event: Event) -> list[Asked]:
    asked: list[Asked] = ["agent"]
    if event.patient is not None:
        asked.append("patient")
    if isinstance(event.patient, Thing) and event.patient.count:
        asked.append("count")
    if event.place is not None:
        asked.append("place")
    return asked


def _passage(meanings: Meanings) -> tuple[Event, ...]:
    """Three events of three people with three different acts on three different things."""
    events: list[Event] = []
    while len(events) < 3:
        event = meanings.event(sort="person" if meanings.draw.chance(0.2) else "thing")
        about = event.patient.noun if isinstance(event.patient, Thing) else "person"
        taken = {e.patient.noun if isinstance(e.patient, Thing) else "person" for e in events}
        verbs = {e.verb.rstrip("b") for e in events}
        people = {c for e in events for p in (e.agent, e.patient) if isinstance(p, tuple) for c in p}
        new = {c for p in (event.agent, event.patient) if isinstance(p, tuple) for c in p}
        if about not in taken and event.verb.rstrip("b") not in verbs and not people & new:
            events.append(event)
    return tuple(events)


def _unanswerable(meanings: Meanings, events: tuple[Event, ...], query: Event) -> Event:
    """The question with another person or another act, so that nothing in the passage answers it."""
    while True:
        other = meanings.event(sort="thing")
        if meanings.draw.chance(0.5):
            changed = replace(query, verb=other.verb)
        else:
            changed = replace(query, agent=other.agent)
        verbs, people = {e.verb.rstrip("b") for e in events}, {e.agent[0] for e in events}
        if changed.verb.rstrip("b") not in verbs or changed.agent[0] not in people:
            return changed


def _query(meanings: Meanings, event: Event, asked: Asked) -> Event:
    """The event as the question speaks of it: shorter, sometimes with the other word for the act."""
    patient = event.patient
    if isinstance(patient, Thing):
        patient = Thing(patient.noun, patient.adjective)
    place = event.place if asked == "place" else None
    query = replace(event, patient=patient, place=place)
    return meanings.reworded(query) if meanings.draw.chance(0.2) else query


def questions(
    world: World, pool: Pool, draw: Draw, count: int, *, prefix: str, unanswerable: float = 0.0
) -> list[Question]:
    """`count` questions on as many passages; `unanswerable` is the share without an answer."""
    meanings, out = Meanings(world, pool, draw), []
    for i in range(count):
        events = _passage(meanings)
        about = draw.below(len(events))
        asked = draw.choice(_parts(events[about]))
        query = _query(meanings, events[about], asked)
        none = i % 100 < round(100 * unanswerable)
        if none:
            # Asking for the person after exchanging the person would change nothing.
            query = _unanswerable(meanings, events, query)
            asked = "patient" if query.patient is not None and asked == "agent" else asked
        out.append(Question(f"{prefix}{i:05d}", events, None if none else about, asked, query))
    return out


def _answer(sentences: list[list[Word]], question: Question) -> dict[str, Any]:
    """The answer's text and character offset in the passage."""
    assert question.about is not None
    passage, spans = join([w for s in sentences for w in s])
    first = sum(len(s) for s in sentences[: question.about])
    wanted = {"patient", "count"} if question.asked == "patient" else {question.asked}
    inside = [first + i for i, w in enumerate(sentences[question.about]) if w.part in wanted]
    start, end = spans[inside[0]][0], spans[inside[-1]][1]
    return {"text": passage[start:end], "answer_start": start}


def article(question: Question, code: str, seed: int, *, version_2: bool = False) -> dict[str, Any]:
    """One article in the SQuAD nesting: a passage, a question and its answer in one language."""
    lex = lexicon(code, seed)
    sentences = [say(lex, event) for event in question.events]
    asked = join(say(lex, question.query, asked=question.asked))[0]
    answers = [] if question.about is None else [_answer(sentences, question)]
    item: dict[str, Any] = {"id": question.id, "question": asked, "answers": answers}
    if version_2:
        item["is_impossible"] = not answers
    passage = join([w for s in sentences for w in s])[0]
    return {"title": question.id, "paragraphs": [{"context": passage, "qas": [item]}]}


def squad(items: list[Question], code: str, seed: int, version: str) -> dict[str, Any]:
    """A whole file in the SQuAD nesting."""
    version_2 = version.startswith("v2")
    return {"version": version, "data": [article(q, code, seed, version_2=version_2) for q in items]}
