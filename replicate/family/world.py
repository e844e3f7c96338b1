"""The world that the family speaks of: concepts, and the facts that decide every label.

A concept is a short string: `noun.3`, `verb.7`, `verb.7b` (a synonym of `verb.7`), `adj.2+` and `adj.2-`
(opposites), `name.5`, `place.1`, `f.not`. Facts: the kind of each noun, its usual place and quality, the verbs that
each kind takes, what is done next, what state makes a person do it. Choices follow Zipf-like weights and the facts,
so that a word can be told by its company: without such structure nothing could align two lexicons.
"""

from __future__ import annotations

from dataclasses import dataclass

from replicate.family.draw import Draw

__all__ = [
    "ADJECTIVES", "ANY_VERBS", "CONCEPTS", "GROUPS", "HOUSES", "KINDS", "NAMES", "NOUNS", "PERSON_VERBS", "PLACES",
    "STATES", "STILL_VERBS", "SURNAMES", "VERBS", "World", "antonym", "build", "synonym", "zipf",
]  # fmt: skip

KINDS = tuple(f"kind.{i}" for i in range(5))
NOUNS = tuple(f"noun.{i}" for i in range(40))  # eight of each kind
VERBS = tuple(f"verb.{i}" for i in range(15))  # a person does it to a thing; three for each kind
PERSON_VERBS = tuple(f"verb.{i}" for i in range(15, 20))  # a person does it to a person
STILL_VERBS = tuple(f"verb.{i}" for i in range(20, 23))  # a person does it, no object
ANY_VERBS = VERBS + PERSON_VERBS + STILL_VERBS
ADJECTIVES = tuple(f"adj.{i}{side}" for i in range(6) for side in "+-")
STATES = tuple(f"state.{i}" for i in range(6))
NAMES = tuple(f"name.{i}" for i in range(36))
SURNAMES = tuple(f"surname.{i}" for i in range(12))
PLACES = tuple(f"place.{i}" for i in range(18))
HOUSES = tuple(f"house.{i}" for i in range(3))  # the head word of an organisation: "<Place> House"
ROLES = tuple(f"role.{i}" for i in range(8))
NUMBERS = tuple(f"num.{i}" for i in range(2, 10))
FUNCTION = tuple(
    f"f.{w}" for w in ("not", "in", "is", "kind", "and", "then", "because", "more", "lives", "works", "for",
                       "who", "what", "where", "many", "why", "which")
)  # fmt: skip
AFFIXES = ("x.plural", "x.past", "x.future", "x.object")

GROUPS: dict[str, tuple[str, ...]] = {
    "kind": KINDS,
    "noun": NOUNS,
    "verb": ANY_VERBS,
    "synonym": tuple(f"{v}b" for v in ANY_VERBS),
    "adjective": ADJECTIVES,
    "state": STATES,
    "name": NAMES,
    "surname": SURNAMES,
    "place": PLACES,
    "house": HOUSES,
    "role": ROLES,
    "number": NUMBERS,
    "function": FUNCTION,
    "affix": AFFIXES,
}
CONCEPTS = tuple(concept for group in GROUPS.values() for concept in group)


def antonym(adjective: str) -> str:
    """The opposite quality: adj.2+ for adj.2-."""
    return adjective[:-1] + ("-" if adjective[-1] == "+" else "+")


def synonym(verb: str) -> str:
    """The other word for the same act: verb.3b for verb.3 and back."""
    return verb[:-1] if verb.endswith("b") else verb + "b"


def zipf(n: int) -> tuple[float, ...]:
    """Cumulative weights 1/(rank + 3), the flat-headed Zipf law (Mandelbrot) of small vocabularies."""
    total, out = 0.0, []
    for rank in range(n):
        total += 1.0 / (rank + 3)
        out.append(total)
    return tuple(out)


@dataclass(frozen=True)
class World:
    """The facts. Every label of every task follows from a meaning and these."""

    kind: dict[str, str]  # noun -> kind
    members: dict[str, tuple[str, ...]]  # kind -> nouns, most frequent first
    acts: dict[str, tuple[str, ...]]  # kind -> verbs that take it
    home: dict[str, str]  # noun -> usual place
    quality: dict[str, str]  # noun -> usual adjective
    follows: dict[str, str]  # verb -> what is done next, to the same object
    cause: dict[str, str]  # verb -> the state that makes a person do it
    habit: dict[str, str]  # name -> the kind of thing this person mostly deals with
    role: dict[str, str]  # name -> role, by habit
    names: tuple[str, ...]  # most frequent first
    places: tuple[str, ...]


def build(seed: int) -> World:
    """The world of a seed. What exists is fixed; the facts are drawn."""
    draw = Draw("world", seed)
    nouns = draw.shuffled(NOUNS)
    per_kind = len(NOUNS) // len(KINDS)
    members = {k: tuple(nouns[i * per_kind : (i + 1) * per_kind]) for i, k in enumerate(KINDS)}
    verbs = draw.shuffled(VERBS)
    acts = {k: tuple(verbs[i * 3 : i * 3 + 3]) for i, k in enumerate(KINDS)}
    rings = [*acts.values(), PERSON_VERBS, STILL_VERBS]
    follows = {v: ring[(i + 1) % len(ring)] for ring in rings for i, v in enumerate(ring)}
    names, places, roles = draw.shuffled(NAMES), draw.shuffled(PLACES), draw.shuffled(ROLES)
    habit = {name: draw.choice(KINDS) for name in NAMES}
    return World(
        kind={noun: k for k, group in members.items() for noun in group},
        members=members,
        acts=acts,
        home={noun: draw.choice(PLACES) for noun in NOUNS},
        quality={noun: draw.choice(ADJECTIVES) for noun in NOUNS},
        follows=follows,
        cause={v: draw.choice(STATES) for v in ANY_VERBS},
        habit=habit,
        role={name: roles[KINDS.index(habit[name])] for name in NAMES},
        names=tuple(names),
        places=tuple(places),
    )
