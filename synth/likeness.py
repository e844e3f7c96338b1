"""How alike two claims are: in words, in what they state, and in the setting that their numbers belong to.

Two claims that say the same in the same order are one claim, whoever states it. Two that say opposite things can both
be true when their settings differ, and then the fields that differ are named: data set, split, metric, model, language,
average, version, method, task, or other names.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from synth.facets import lexicon, names, pattern
from synth.quantities import mentions
from synth.records import Claim
from synth.scopes import averaged, datasets, languages, metrics, models
from synth.statements import unattributed
from synth.text import stem, words

__all__ = ["SHARED", "Difference", "Setting", "content", "differing", "likely_ends", "overlap", "same", "setting"]

_FUNCTION = frozenset(
    re.findall(
        r"\w+",
        "a also an and are as at be been both by can could did do does for from had has have in into is it its may "
        "might of on or our that the their them these they this those to was we were when where which while who will "
        "with would",
    )
)
_NEGATIONS = frozenset(re.findall(r"\w+", "cannot fail fails failed lacks neither never no none nor not without"))
SHARED = 0.5  # share of content words (Jaccard) from which two claims speak of one thing
_SAME_WORDS = 0.85  # share of content words in common (Jaccard) from which two claims in one order are the same
_RELEASE = re.compile(r"[\s-]?(?:v(\d+(?:\.\d+)*)|(\d+\.\d+))$")
_SPLITS = (
    ("test", re.compile(r"\btest(?:[\s-]?(?:sets?|data|splits?))\b|\bblind\stest\b", re.I)),
    ("dev", re.compile(r"\b(?:dev(?:elopment)?|validation)[\s-](?:sets?|data|splits?)\b", re.I)),
    ("train", re.compile(r"\btrain(?:ing)?[\s-](?:sets?|splits?)\b", re.I)),
)


class Setting(NamedTuple):
    """What a claim is about, field by field; an empty set where it does not say."""

    dataset: frozenset[str]
    split: frozenset[str]
    metric: frozenset[str]
    model: frozenset[str]
    language: frozenset[str]
    average: frozenset[str]
    version: frozenset[str]
    method: frozenset[str]
    task: frozenset[str]
    name: frozenset[str]


class Difference(NamedTuple):
    """A field in which two settings differ, and what each side says; "" where it says nothing."""

    field: str
    here: str
    there: str


# --- words ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def content(text: str) -> tuple[str, ...]:
    """The stems of the words of a statement that carry meaning, in order, without who made it; negations stay."""
    bare = words(unattributed(text))
    return tuple(w if w in _NEGATIONS else stem(w) for w in bare if w not in _FUNCTION)


def likely_ends(text: str) -> tuple[str, ...]:
    """The first and the last content word: statements that are the same have one of them in common, but for odd ones.

    Among many claims, only those that share one need to be compared.
    """
    told = content(text)
    return tuple(sorted({*told[:1], *told[-1:]}))


def overlap(a: str, b: str) -> float:
    """The share of content words that two statements have in common (Jaccard, 0 to 1)."""
    ours, theirs = set(content(a)), set(content(b))
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0


@lru_cache(maxsize=8192)
def _stated(text: str) -> tuple[tuple[float, ...], tuple[str, ...], frozenset[str]]:
    """What no rewording may change: the numbers and the names in their order, and the negations."""
    bare = unattributed(text)
    order = sorted((bare.find(forms[0]), forms[0]) for forms in names(bare))
    return (
        tuple(m.value for m in mentions(bare)),
        tuple(name for _, name in order),
        frozenset(words(bare)) & _NEGATIONS,
    )


def same(a: str, b: str) -> bool:
    """Whether two statements say the same: equal numbers, names and negations, nearly all content words, in one order.

    "A beats B" is not "B beats A", nor is "larger models help small ones" the same as "smaller models help large ones".
    """
    ours, theirs = content(a), content(b)
    if ours == theirs:
        return bool(ours) and _stated(a)[0] == _stated(b)[0]
    if _stated(a) != _stated(b) or overlap(a, b) < _SAME_WORDS:
        return False
    shared = set(ours) & set(theirs)
    return [w for w in ours if w in shared] == [w for w in theirs if w in shared]


# --- settings -------------------------------------------------------------------------------------------


def _key(name: str) -> str:
    return re.sub(r"[\s_‐‑-]", "", name).casefold()


@lru_cache(maxsize=1)
def _canonical() -> dict[str, str]:
    kinds = ("dataset", "model", "language")
    return {_key(form): e.name for e in lexicon() if e.kind in kinds for form in (*e.forms[1:], e.name)}


def _called(name: str) -> str:
    """The canonical name, without the number of its release, with its size."""
    bare = _RELEASE.sub("", name)
    return _canonical().get(_key(bare), bare)


@lru_cache(maxsize=8192)
def _setting(text: str) -> Setting:
    sets, nets, tongues = datasets(text), models(text), languages(text)
    released = {f"{_called(n.name)} {m[1] or m[2]}" for n in (*sets, *nets) if (m := _RELEASE.search(n.name))}
    told = {
        "dataset": frozenset(_called(n.name) for n in sets),
        "model": frozenset(_called(n.name) for n in nets),
        "language": frozenset(n.name for n in tongues),
    }
    known = {_key(name) for n in (*sets, *nets, *tongues) for name in (n.name, _called(n.name))}
    known |= {_key(m.name) for m in metrics(text)}
    rest = {forms[0] for forms in names(text) if not any(_key(form) in known for form in forms)}
    whole = averaged(text)
    return Setting(
        split=frozenset(name for name, pattern in _SPLITS if pattern.search(text)),
        metric=frozenset(n.name for n in metrics(text)),
        average=frozenset([whole] if whole else []),
        version=frozenset(released),
        method=_listed(text, "method"),
        task=_listed(text, "task"),
        name=frozenset(n for n in rest if not any(_key(n) in k or k in _key(n) for k in known)),
        **told,
    )


def _listed(text: str, kind: str) -> frozenset[str]:
    """The entities of `kind` in the lexicon that `text` names in one of their contiguous forms."""
    return frozenset(
        entity.name
        for entity in lexicon()
        if entity.kind == kind and any("+" not in form and pattern(form).search(text) for form in entity.forms)
    )


def setting(claim: Claim) -> Setting:
    """What the claim is about, from its statement; where it names nothing of a kind, from its quantity."""
    found = _setting(unattributed(claim.statement))
    about = claim.quantity
    if about is None:
        return found
    given = {"dataset": about.dataset, "split": about.split, "metric": about.metric, "model": about.model,
             "language": about.language, "average": about.average}  # fmt: skip
    fill = {k: frozenset([_called(v)]) for k, v in given.items() if v and not getattr(found, k)}
    return found._replace(**fill)


# Fields of which silence is a difference: a claim that names no data set speaks of none in particular.
_MUST = ("dataset", "model", "language", "name")
_WORDS = {"dataset": "data set", "name": "name"}


def differing(a: Setting, b: Setting) -> tuple[Difference, ...]:
    """The fields in which two settings differ, in a fixed order.

    Data sets and languages differ when each side names one that the other does not; models and other names when the
    sides do not name the same ones, since each may be what the other is compared with. A side that names no data set,
    model or language differs from one that does. Metrics, splits, averages, methods and tasks differ when both sides
    name some and neither has all of the other's.
    """
    found = []
    for field in Setting._fields:
        ours, theirs = getattr(a, field), getattr(b, field)
        if field == "model":
            apart = not _matched(ours, theirs)
        elif field == "name":
            apart = ours != theirs
        elif field == "version":
            apart = _other_release(ours, theirs)
        elif field == "average":
            apart = not any(o.endswith(t) or t.endswith(o) for o in ours or {""} for t in theirs or {""})
        elif field == "language" and ours | theirs == {"English"}:
            apart = False  # what says nothing of its language is of English, more often than not
        else:
            silent = bool(ours) != bool(theirs)
            apart = field in _MUST if silent else not (ours <= theirs or theirs <= ours)
        if apart:
            here, there = ", ".join(sorted(ours - theirs)), ", ".join(sorted(theirs - ours))
            found.append(Difference(_WORDS.get(field, field), here, there))
    return tuple(found)


def _matched(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether each model of one side is one of the other; a model without a size is any size of it."""

    def within(one: str, many: frozenset[str]) -> bool:
        return any(_key(one).startswith(_key(o)) or _key(o).startswith(_key(one)) for o in many)

    return all(within(o, theirs) for o in ours) and all(within(t, ours) for t in theirs)


def _other_release(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    here, there = (dict(v.rsplit(" ", 1) for v in side) for side in (ours, theirs))
    return any(here[k] != there[k] for k in here.keys() & there.keys())
