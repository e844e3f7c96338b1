"""A claim that nearly copies a sentence of a paper, with a thing in it that the paper nowhere names.

A model that reads meanings lets a sibling pass: "rats" for "mice", "in vivo" for "in vitro". In a near-copy the words
tell: what stands in the place of a word of the source, and neither means the same nor occurs in the paper, is not what
the paper says; nor is a word that occurs elsewhere in it, where all the rest is the same. Verbs, degrees and turns of
phrase are left to the model, and so is a sentence said in other words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from synth.statements import unattributed
from synth.stems import same_word, same_words
from synth.text import stem, words
from synth.wording import BASE_VERBS

__all__ = ["replaced", "unnamed"]

_COPY = 0.7  # share of words in one order (difflib's ratio) from which a claim is a near-copy
_SAME = 0.85  # ... from which the two are one sentence but for what was replaced
_SHORT = 4  # words of a replacement; a longer one is another way to say it
_LEAST = 3  # members of a list
_ROOT = 5  # letters that two words of one root have in common
_FUNCTION = frozenset(
    words(
        "a an the of in on at by for to with and or nor as is are was were be been being that this these those it its "
        "from into than their his her our we they which who whose also both such can could may might will would has "
        "have had not no do does did over under between among about per via if when while where there here more most "
        "less least many much some several few all each every any other same own very only just even still yet up down "
        "out off then so but however thus hence therefore through during within without after before since until "
        "against across along around because due based respectively namely i.e e.g et al authors author paper study "
        "work one two three four five six seven eight nine ten first second third"
    )
)
_GRAMMAR = frozenset(map(stem, _FUNCTION))
_MINIMAL = frozenset({"marginally", "barely", "hardly", "scarcely", "negligibly", "minimally", "rarely", "seldom"})
# Words that stand for one another in reports of research, whatever the field.
_ALIKE = tuple(
    frozenset(map(stem, line.split()))
    for line in (
        "method approach technique procedure strategy way means scheme",
        "result finding outcome observation evidence",
        "study work paper article investigation research experiment analysis report",
        "increase rise gain improvement growth increment enhancement",
        "decrease reduction drop decline fall loss decrement",
        "people participant subject individual person volunteer",
        "performance quality effectiveness",
        "task problem challenge",
        "dataset corpus data collection",
        "model system network architecture framework",
        "important crucial essential key vital critical significant",
        "large big great substantial considerable major huge sizeable",
        "small little minor slight modest limited tiny",
        "new novel recent modern",
        "current existing previous prior earlier present",
        "different various diverse several multiple numerous distinct",
        "similar comparable alike equal same",
        "good better strong superior high higher greater",
        "bad worse poor weak inferior low lower",
        "fast quick rapid", "simple easy straightforward", "complex complicated difficult hard",
        "role function part", "effect influence impact", "aim goal objective purpose",
        "kind type sort class category form", "amount number quantity volume", "part portion share fraction",
        "example instance case sample", "benefit advantage", "drawback disadvantage limitation shortcoming",
        "percent percentage", "people human", "accurate precise correct", "frequent common often widespread",
        "patient case", "test evaluation assessment", "link association relation relationship correlation connection",
    )
)
_VERBS = (
    "help assist aid support boost enhance raise lift lower harm hurt hinder benefit make give get take need require "
    "lead cause drive induce allow enable let permit show exhibit display indicate imply suggest reveal confirm prove "
    "contain include hold comprise cover consist remain stay keep become seem appear tend occur happen arise exist "
    "know think believe expect assume understand learn teach read write say tell speak mean call name rely depend "
    "fail succeed lack miss lose win beat match equal differ vary change alter modify affect influence impact promote "
    "inhibit suppress block prevent stop avoid begin start end finish continue follow precede bring put set run grow "
    "shrink fall drop rise climb exceed surpass top"
)
_VERBAL = re.compile(r"(?:ly|ed|ing|ize|izes|ise|ises|ify|ifies|ates?)$")


def replaced(claim: str, quote: str, paper: str) -> tuple[str, str] | None:
    """The first thing of the claim that stands in another's place, and that other; None where there is none.

    `paper` is all that was read of the paper. Only short replacements in a near-copy count.
    """
    ours, theirs = _said(claim), _said(quote)
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    if len(ours) < _SHORT or matcher.ratio() < _COPY:
        return None
    less = [w for w in ours if w in _MINIMAL]
    if less and not any(w in _MINIMAL for w in theirs):
        return less[0], "nothing of the kind"
    # Where all but a word or two is the same, not even a word that the paper uses elsewhere may stand there.
    there = _stems(paper) if matcher.ratio() < _SAME else frozenset()
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "replace" or b - a > _SHORT or d - c > _SHORT:
            continue
        new = [w for w in ours[a:b] if _thing(w) and stem(w) not in there]
        old = [w for w in theirs[c:d] if _thing(w)]
        told = next((w for w in new if old and not any(_one(w, other) for other in old)), None)
        if told is not None and not _initials(ours[a:b], theirs[c:d]):
            return told, " ".join(old)
    return None


_WHO = frozenset(words("we our us author authors authors' their"))


def _said(text: str) -> list[str]:
    """The words of a sentence without who says it: "the authors train X" and "we train X" are one."""
    found = words(unattributed(text))
    after = [*found[1:], ""]
    return [w for w, then in zip(found, after, strict=False) if w not in _WHO and not (w == "the" and then in _WHO)]


_MEMBERS = re.compile(r"\b(?:including|such as|namely)\s(?P<list>[^.;:()]+)", re.I)
_BETWEEN = re.compile(r",\s(?:and\s|or\s)?|\s(?:and|or|as\swell\sas)\s")


def unnamed(claim: str, papers: Sequence[str]) -> str | None:
    """The first member of a list in the claim that none of the papers names, where they lack most of the members.

    A sentence on "nine tasks" bears out no list of them. Lists have at least three members of at most four words.
    """
    listed = _MEMBERS.search(claim)
    members = [m.strip() for m in _BETWEEN.split(listed["list"])] if listed else []
    members = [m for m in members if 0 < len(words(m)) <= _SHORT]
    if len(members) < _LEAST or not papers:
        return None
    there = [_stems(paper) for paper in papers]
    lacking = [m for m in members if not any({stem(w) for w in words(m)} - _GRAMMAR <= known for known in there)]
    return lacking[0] if 2 * len(lacking) > len(members) else None


@lru_cache(maxsize=256)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(part) for word in words(text) for part in (word, *word.split("-")))


@lru_cache(maxsize=1)
def _verbs() -> frozenset[str]:
    return frozenset(stem(verb) for verb in (*BASE_VERBS, *_VERBS.split()))


def _thing(word: str) -> bool:
    """Whether a word names a thing or a property of one: no number, no word of grammar, no verb, no adverb."""
    if word in _FUNCTION or any(c.isdigit() for c in word) or len(word) < 3:
        return False
    return bool(same_words([word])) and stem(word) not in _verbs() and not _VERBAL.search(word)


def _one(word: str, other: str) -> bool:
    """Whether two words are of one root, or known to stand for one another."""
    a, b = stem(word), stem(other)
    if a == b or a[:_ROOT] == b[:_ROOT] or word in other or other in word or same_word(word) == same_word(other):
        return True
    return any(a in group and b in group for group in _ALIKE)


def _initials(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether one side is the abbreviation of the other."""
    for short, long in ((ours, theirs), (theirs, ours)):
        letters = "".join(word[0] for part in long for word in part.split("-") if word)
        if any(len(word) > 1 and word.rstrip("s") in (letters, letters.rstrip("s")) for word in short):
            return True
    return False
