"""Multiple choice: what happens next (HellaSwag), why (Cosmos QA), and plain knowledge (CommonsenseQA).

Cues: the next event keeps the object of the first one and its act follows the first act in the world; the reason of
an act is one state of the person, the same for everyone; the kind, usual quality and usual place of a noun are facts
of the world. The unlabelled text tells all of these, now and then.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from replicate.family.draw import Draw
from replicate.family.grammar import Event, Fact, Thing, Word, say, text
from replicate.family.languages import BASE, Lexicon, lexicon
from replicate.family.meanings import Meanings, Pool, pool_of
from replicate.family.world import ADJECTIVES, KINDS, NOUNS, PLACES, STATES, World

__all__ = ["commonsense", "endings", "reasons"]


def _placed(draw: Draw, right: Any, wrong: list[Any]) -> tuple[list[Any], int]:
    """The choices in a drawn order, and where the right one is."""
    order = draw.shuffled(range(len(wrong) + 1))
    return [[right, *wrong][i] for i in order], order.index(0)


def _wrong_endings(m: Meanings, event: Event, after: Event) -> list[Event]:
    """An unlikely act on the same object, the right act on another object, and neither."""
    assert isinstance(event.patient, Thing)
    kinds = [k for k in KINDS if k != m.world.kind[event.patient.noun]]
    kind = m.draw.choice(kinds)
    act, noun = m.draw.choice(m.world.acts[kind]), m.noun(kind)
    other = Thing(noun)
    return [replace(after, verb=act), replace(after, patient=other), replace(after, verb=act, patient=other)]


def endings(world: World, pool: Pool, seed: int, count: int) -> list[dict[str, Any]]:
    """`count` items in the HellaSwag layout, in the base language: a beginning and four endings."""
    draw = Draw("hellaswag", seed, pool)
    meanings, lex, out = Meanings(world, pool, draw), lexicon(BASE.code, seed), []
    for i in range(count):
        event = meanings.event(sort="thing")
        after = meanings.next_event(event)
        subject = len(event.agent)
        choices, label = _placed(draw, after, _wrong_endings(meanings, event, after))
        first, words = text(say(lex, event)), [say(lex, choice) for choice in choices]
        begun = " ".join(w.form for w in words[0][:subject])
        out.append(
            {
                "ind": i, "activity_label": lex.forms[event.verb], "ctx_a": first, "ctx_b": begun,
                "ctx": f"{first} {begun}", "split": "val" if pool == "dev" else pool, "split_type": "indomain",
                "label": label, "endings": [text(w[subject:]) for w in words], "source_id": f"family~{pool}{i}",
            }
        )  # fmt: skip
    return out


def _because(lex: Lexicon, event: Event, state: str) -> list[Word]:
    return say(lex, Fact("feels", event.agent, (state,)))


def reasons(world: World, pool: Pool, seed: int, count: int) -> list[dict[str, str]]:
    """`count` rows in the Cosmos QA layout, in the base language: a passage, a why-question and four answers."""
    draw = Draw("cosmosqa", seed, pool)
    meanings, lex, out = Meanings(world, pool, draw), lexicon(BASE.code, seed), []
    for i in range(count):
        event = meanings.event()
        passage = [*say(lex, event), *say(lex, meanings.event(event.agent))]
        bare = replace(event, patient=Thing(event.patient.noun) if isinstance(event.patient, Thing) else event.patient)
        right = meanings.reason(event).value[0]
        wrong = draw.sample([s for s in STATES if s != right], 3)
        states, label = _placed(draw, right, wrong)
        row = {"id": f"{pool}##{i}", "context": text(passage), "question": text(say(lex, bare, asked="reason"))}
        row |= {f"answer{k}": text(_because(lex, event, state)) for k, state in enumerate(states)}
        out.append(row | {"label": str(label)})
    return out


def _knowledge(world: World) -> list[tuple[Fact, tuple[str, ...]]]:
    """Every fact about a noun, with the concepts among which the wrong choices are drawn."""
    facts: list[tuple[Fact, tuple[str, ...]]] = []
    for noun in NOUNS:
        facts.append((Fact("is_kind", (noun,), (world.kind[noun],)), KINDS))
        facts.append((Fact("is_like", (noun,), (world.quality[noun],)), ADJECTIVES))
        facts.append((Fact("lives", (noun,), (world.home[noun],)), PLACES))
    return facts


def commonsense(world: World, pool: Pool, seed: int, count: int) -> list[dict[str, Any]]:
    """`count` items in the CommonsenseQA layout. A fact is asked in training or in development data, never in both."""
    draw, lex, out = Draw("commonsenseqa", seed, pool), lexicon(BASE.code, seed), []
    side = {"train": ("text", "train"), "dev": ("dev", "test")}[pool]
    facts = [(f, others) for f, others in _knowledge(world) if pool_of(f.meaning()) in side]
    for i in range(count):
        fact, others = draw.choice(facts)
        right = fact.value[0]
        choices, label = _placed(draw, right, draw.sample([c for c in others if c != right], 4))
        named = [{"label": "ABCDE"[k], "text": lex.forms[c]} for k, c in enumerate(choices)]
        question = {
            "question_concept": lex.forms[fact.subject[0]],
            "choices": named,
            "stem": text(say(lex, fact, asked="patient")),
        }
        out.append({"answerKey": "ABCDE"[label], "id": f"{pool}{i:05d}", "question": question})
    return out
