"""Verbs and nouns in their forms: the little English morphology that controlled edits need."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["BASES", "PARTICIPLES", "PASTS", "THIRD", "Verb", "is_plural", "verb"]


class Verb(NamedTuple):
    """The forms of one verb."""

    base: str
    third: str
    past: str
    participle: str
    ing: str


_IRREGULAR = {
    "beat": ("beat", "beaten"), "rise": ("rose", "risen"), "fall": ("fell", "fallen"), "grow": ("grew", "grown"),
    "shrink": ("shrank", "shrunk"), "lose": ("lost", "lost"), "hurt": ("hurt", "hurt"), "show": ("showed", "shown"),
    "give": ("gave", "given"), "take": ("took", "taken"), "make": ("made", "made"), "find": ("found", "found"),
    "have": ("had", "had"), "get": ("got", "got"), "lead": ("led", "led"), "build": ("built", "built"),
    "cut": ("cut", "cut"), "run": ("ran", "run"), "do": ("did", "done"), "see": ("saw", "seen"),
    "hold": ("held", "held"), "keep": ("kept", "kept"), "bring": ("brought", "brought"), "become": ("became",
     "become"),
    "draw": ("drew", "drawn"), "write": ("wrote", "written"), "choose": ("chose", "chosen"), "win": ("won", "won"),
    "learn": ("learned", "learned"), "overcome": ("overcame", "overcome"), "mean": ("meant", "meant"),
    "speed": ("sped", "sped"), "spread": ("spread", "spread"), "bind": ("bound", "bound"), "meet": ("met", "met"),
    "come": ("came", "come"), "go": ("went", "gone"), "know": ("knew", "known"), "leave": ("left", "left"),
}  # fmt: skip
_DOUBLE = frozenset(["drop", "transfer", "lag", "stop", "plan", "permit", "fit", "tag", "map", "plot", "refer", "cut",
                     "run", "get", "win"])  # fmt: skip


def verb(base: str) -> Verb:
    """The forms of `base`; a particle or object after the verb stays ("slow down", "fall short of")."""
    head, _, tail = base.partition(" ")
    rest = f" {tail}" if tail else ""
    if head == "have":
        third = "has"
    elif re.search(r"(?:s|x|z|ch|sh|o)$", head):
        third = head + "es"
    elif re.search(r"[^aeiou]y$", head):
        third = head[:-1] + "ies"
    else:
        third = head + "s"
    stem = head + head[-1] if head in _DOUBLE else head
    if stem.endswith("e"):
        regular, ing = stem + "d", (stem[:-1] if not stem.endswith("ee") else stem) + "ing"
    elif re.search(r"[^aeiou]y$", stem):
        regular, ing = stem[:-1] + "ied", stem + "ing"
    else:
        regular, ing = stem + "ed", stem + "ing"
    past, participle = _IRREGULAR.get(head, (regular, regular))
    return Verb(base, third + rest, past + rest, participle + rest, ing + rest)


# Verbs of the genre, for telling "does not V" and "Vs" apart.
_KNOWN = """
improve increase decrease reduce outperform perform achieve obtain reach yield provide give show demonstrate require
need use employ exploit leverage rely depend affect influence change alter vary differ scale generalize generalise
transfer work help hurt benefit suffer lead result contain include cover cause prevent allow enable support capture
model learn predict detect recognize recognise produce generate outweigh exceed surpass beat match correlate occur
appear exist remain become hold keep preserve retain lose gain grow fall rise drop degrade converge diverge handle
address solve satisfy guarantee ensure consider account apply extend contribute play explain reveal indicate suggest
imply confirm matter take make run operate consume cost save have do offer follow inhibit promote activate suppress
induce mediate regulate interact bind express encode represent reflect impair enhance facilitate hinder limit
restrict constrain store access share assume admit carry incorporate integrate combine distinguish discriminate
identify introduce involve lack neglect ignore outlive persist resemble respond serve simplify speed stabilize
stabilise tend tolerate treat understand utilize utilise validate verify comprise consist focus attain exhibit
maintain possess transform translate
""".split()  # noqa: SIM905
BASES = frozenset(_KNOWN)
THIRD = {verb(w).third: w for w in _KNOWN}
PASTS = {verb(w).past: w for w in _KNOWN}
PARTICIPLES = re.compile(r"(?:been|shown|given|taken|made|found|known|led|built|seen|done|held|become|grown|proven|"
                         r"begun|gained|drawn|written|chosen|received|\w{2,}ed)\b")  # fmt: skip


_NOT_PLURAL = re.compile(r"(?:ss|us|is|ics|news|lens|series|bias|canvas|SS|[A-Z]{2,}S|corpus)$")


def is_plural(phrase: str) -> bool:
    """Whether a noun phrase takes a plural verb, told by its head: the last word before any preposition."""
    phrase = re.sub(r"\s\([^()]*\)", "", phrase).replace("state of the art", "state-of-the-art")
    head = re.split(
        r"\s(?:of|with|for|in|on|from|based|using|by|at|trained|to|between|that|without|than|when|called|which|"
        r"against|over|across|under|as|through|into|among)\b",
        phrase,
    )[0]
    if re.search(r"\s(?:and|as well as)\s", head):
        return True
    last = head.split()[-1] if head.split() else ""
    if last.lower() in (
        "people",
        "children",
        "data",
        "corpora",
        "criteria",
        "others",
        "humans",
        "men",
        "women",
        "mice",
    ):
        return last.lower() != "data"
    return last.endswith("s") and not _NOT_PLURAL.search(last)
