"""Meanings, and the grammar that says one in any language of the family.

A meaning is a frozen value without words. `say` yields words, each with what the tagging and span tasks need:
part of speech, entity tag, supertag and the part of the meaning it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from replicate.family.languages import Lexicon

__all__ = ["Asked", "Event", "Fact", "Part", "Thing", "Word", "join", "link", "say", "text"]

Part = Literal["agent", "verb", "patient", "count", "place", "other"]
Asked = Literal["agent", "patient", "place", "count", "reason"]


class Word(NamedTuple):
    """One written word."""

    form: str
    pos: str  # of the universal tag set
    part: Part
    entity: str  # IOB2: O, B-PER, ...
    category: str  # a categorial-grammar category, for the base language


@dataclass(frozen=True)
class Thing:
    """Things of one noun (or kind), perhaps with a quality and a number (in digits or in words)."""

    noun: str
    adjective: str | None = None
    count: int | None = None
    digits: bool = False
    at_least: bool = False  # "more than count"


@dataclass(frozen=True)
class Event:
    """Someone does something to something or someone, somewhere, at some time."""

    agent: tuple[str, ...]  # one name, or name and surname, or a role
    verb: str
    patient: Thing | tuple[str, ...] | None
    place: str | None
    tense: Literal["past", "present", "future"]
    negated: bool = False

    def meaning(self) -> str:
        """A key that forgets wording: synonyms, and digits against words."""
        patient: object = self.patient
        if isinstance(self.patient, Thing):
            patient = (self.patient.noun, self.patient.adjective, self.patient.count, self.patient.at_least)
        return f"{self.agent} {self.verb.rstrip('b')} {patient} {self.place} {self.tense} {self.negated}"


@dataclass(frozen=True)
class Fact:
    """A standing fact: `relation` is is_kind, is_like, lives, works, is_role or feels."""

    relation: str
    subject: tuple[str, ...]
    value: tuple[str, ...]

    def meaning(self) -> str:
        """The fact itself; a fact has one wording."""
        return repr(self)


def _entity(concepts: tuple[str, ...]) -> str:
    if concepts[-1].startswith("house"):
        return "ORG"
    return {"name": "PER", "place": "LOC"}.get(concepts[0].split(".")[0], "O")


def _named(lex: Lexicon, concepts: tuple[str, ...], part: Part) -> list[Word]:
    """A person, a place or an organisation by name, or a role. Names take no affix."""
    kind = _entity(concepts)
    words = []
    for i, concept in enumerate(concepts):
        tag = "O" if kind == "O" else ("B-" if i == 0 else "I-") + kind
        category = "NP" if i == len(concepts) - 1 else "NP/NP"
        words.append(Word(lex.forms[concept], "NOUN" if kind == "O" else "PROPN", part, tag, category))
    return words


def _inflect(lex: Lexicon, word: Word, affix: str, *, after: bool) -> list[Word]:
    """The word with an affix; where affixes are words of their own, the particle stands beside it."""
    form = lex.forms[affix]
    if lex.language.affixes == "suffix":
        return [word._replace(form=word.form + form)]
    if lex.language.affixes == "prefix":
        return [word._replace(form=form + word.form)]
    particle = Word(form, "PART", word.part, "O", "PART")
    return [word, particle] if after else [particle, word]


def _things(lex: Lexicon, thing: Thing, *, is_object: bool, asked: bool) -> list[Word]:
    noun = [Word(lex.forms[thing.noun], "NOUN", "patient", "O", "N")]
    if thing.count is not None or asked:
        noun = _inflect(lex, noun[0], "x.plural", after=True)
    if is_object and lex.language.object_case:
        noun[0] = noun[0]._replace(form=noun[0].form + lex.forms["x.object"])
    if thing.adjective is not None:
        adjective = Word(lex.forms[thing.adjective], "ADJ", "patient", "O", "N/N")
        noun = [adjective, *noun] if lex.language.adjective == "before" else [*noun, adjective]
    if asked:
        return [Word(lex.forms["f.many"], "ADV", "count", "O", "N/N"), *noun]
    if thing.count is not None:
        written = str(thing.count) if thing.digits else lex.forms[f"num.{thing.count}"]
        noun = [Word(written, "NUM", "count", "O", "N/N"), *noun]
        if thing.at_least:
            noun = [Word(lex.forms["f.more"], "ADV", "patient", "O", "(N/N)/(N/N)"), *noun]
    return noun


def _place(lex: Lexicon, place: str | None, *, fronted: bool, asked: bool) -> list[Word]:
    if asked:
        return [Word(lex.forms["f.where"], "ADV", "place", "O", "S/S")]
    if place is None:
        return []
    category = "(S/S)/NP" if fronted else "((S\\NP)\\(S\\NP))/NP"
    preposition = Word(lex.forms["f.in"], "ADP", "other", "O", category)
    name = _named(lex, (place,), "place")
    return [preposition, *name] if lex.language.adposition == "before" else [*name, preposition]


def _verb(lex: Lexicon, event: Event) -> list[Word]:
    category = "S\\NP" if event.patient is None else "(S\\NP)/NP"
    words = [Word(lex.forms[event.verb], "VERB", "verb", "O", category)]
    if event.tense != "present":
        words = _inflect(lex, words[0], f"x.{event.tense}", after=False)
    if event.negated:
        no = Word(lex.forms["f.not"], "PART", "other", "O", "(S\\NP)/(S\\NP)")
        words = [no, *words] if lex.language.negation == "before" else [*words, no]
    return words


def _question_word(lex: Lexicon, concept: str, part: Part) -> list[Word]:
    return [Word(lex.forms[concept], "PRON", part, "O", "S/(S\\NP)")]


def _event(lex: Lexicon, event: Event, fronted: bool, asked: Asked | None) -> list[Word]:
    agent = _question_word(lex, "f.who", "agent") if asked == "agent" else _named(lex, event.agent, "agent")
    verb = _verb(lex, event)
    place = _place(lex, event.place, fronted=fronted, asked=asked == "place")
    patient: list[Word] = []
    if asked == "patient":
        patient = _question_word(lex, "f.what", "patient")
    elif isinstance(event.patient, Thing):
        patient = _things(lex, event.patient, is_object=True, asked=asked == "count")
    elif event.patient is not None:
        patient = _named(lex, event.patient, "patient")
    parts = {"S": agent, "V": verb, "O": patient}
    front: list[Word] = []
    if asked == "reason":
        front = [Word(lex.forms["f.why"], "ADV", "other", "O", "S/S")]
    elif asked == "place" and lex.language.question_word == "first":
        front, place = place, []
    elif asked is not None and lex.language.question_word == "first":
        moved = "S" if asked == "agent" else "O"
        front, parts[moved] = parts[moved], []
    ordered = [parts[c] for c in lex.language.order]
    # The place follows the object; in verb-final languages it stands before the object.
    ordered.insert(1 if lex.language.order == "SOV" else 3, [] if fronted else place)
    return [*front, *(place if fronted else []), *(w for part in ordered for w in part)]


_LINK = {"is_kind": ("f.is", "f.kind"), "is_like": ("f.is",), "lives": ("f.lives", "f.in"),
         "works": ("f.works", "f.for"), "is_role": ("f.is",), "feels": ("f.is",)}  # fmt: skip
_LINK_TAG = {"f.is": ("AUX", "(S\\NP)/NP"), "f.kind": ("ADP", "NP/N"), "f.lives": ("VERB", "(S\\NP)/PP"),
             "f.in": ("ADP", "PP/NP"), "f.works": ("VERB", "(S\\NP)/PP"), "f.for": ("ADP", "PP/NP")}  # fmt: skip


def _common(lex: Lexicon, concepts: tuple[str, ...], part: Part) -> list[Word]:
    """A name, or a bare noun, kind, role or adjective."""
    group = concepts[0].split(".")[0]
    if group in ("name", "place"):
        return _named(lex, concepts, part)
    pos, category = ("ADJ", "N/N") if group in ("adj", "state") else ("NOUN", "N")
    return [Word(lex.forms[c], pos, part, "O", category) for c in concepts]


def _fact(lex: Lexicon, fact: Fact, asked: bool) -> list[Word]:
    word = {"is_kind": "f.what", "is_like": "f.which", "lives": "f.where"}.get(fact.relation, "f.what")
    subject = _common(lex, fact.subject, "agent")
    value = _question_word(lex, word, "patient") if asked else _common(lex, fact.value, "patient")
    links = [Word(lex.forms[c], _LINK_TAG[c][0], "other", "O", _LINK_TAG[c][1]) for c in _LINK[fact.relation]]
    verb, rest = links[:1], links[1:]
    value = [*rest, *value] if lex.language.adposition == "before" else [*value, *rest]
    if asked and lex.language.question_word == "first":
        return [*value, *verb, *subject]
    parts = {"S": subject, "V": verb, "O": value}
    return [w for c in lex.language.order for w in parts[c]]


def say(lex: Lexicon, meaning: Event | Fact, *, fronted: bool = False, asked: Asked | None = None) -> list[Word]:
    """The words of a statement, or of the question that asks for one part of it. `fronted` puts the place first."""
    if isinstance(meaning, Event):
        words = _event(lex, meaning, fronted and meaning.place is not None, asked)
    else:
        words = _fact(lex, meaning, asked is not None)
    return [*words, Word("." if asked is None else "?", "PUNCT", "other", "O", ".")]


def link(lex: Lexicon, first: list[Word], concept: str, second: list[Word]) -> list[Word]:
    """Two statements as one sentence: "<first> then <second>.", "<first> because <second>."."""
    pos = "SCONJ" if concept == "f.because" else "CCONJ"
    return [*first[:-1], Word(lex.forms[concept], pos, "other", "O", "(S\\S)/S"), *second]


def join(words: list[Word]) -> tuple[str, list[tuple[int, int]]]:
    """The text and the (start, end) of every word in it: one space between words, none before punctuation."""
    out, spans = "", []
    for word in words:
        if out and word.pos != "PUNCT":
            out += " "
        spans.append((len(out), len(out) + len(word.form)))
        out += word.form
    return out, spans


def text(words: list[Word]) -> str:
    """The text alone."""
    return join(words)[0]
