"""Whether a sentence says more than the texts it rests on: numbers, units, names, direction, negation, words.

A coarse, deterministic guard for sentences a language model wrote. It errs on the side of dropping: a true
sentence in quite other words is lost, a sentence that changes a figure, a name or a "not" does not come through.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from synth.directions import signals
from synth.quantities import mentions
from synth.text import sentences, stem, words

__all__ = ["content_stems", "ill_formed", "unsupported"]

_NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|(?<![\w.])\.\d+")
_SPELT = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9,
}  # fmt: skip
_AMOUNTS = frozenset(["half", "twice", "double", "doubles", "doubled", "triple", "triples", "tripled", "dozen"])
_TOKEN = re.compile(r"[^\W_](?:[\w\-‐‑.+]*[\w+])?")
_PARTS = re.compile("[-']")  # of "xlm-r", "moore's"
_FIRST_PERSON = re.compile(r"\b(?:[Ww]e|[Oo]ur|[Oo]urs|us|I|[Mm]y|[Oo]urselves)\b")
_NEGATION = re.compile(r"\b(?:not|no|never|nor|neither|none|cannot|without|fails?|failed|hardly)\b|n[’']t\b")
_CLAUSE = re.compile(r"[;:()—]|\b(?:but|while|whereas|although|though|however|yet)\b", re.IGNORECASE)
_EMPTY = frozenset(
    words(
        """a an the of in on for to from by with and or as at is are was were be been being it its this that these
    those than then which who whose when where while also such can may might could would should do does did has
    have had into over under between among per via not no more most less least very both each other their they
    there paper papers author work study result experiment find found finding show report state claim argue
    conclude observe suggest indicate note propose present describe introduce use using used method"""
    )
)
_SHARE = 0.5  # of a statement's content words that must stand in what it rests on


def unsupported(statement: str, rests_on: Sequence[str], context: str = "") -> str | None:
    """Why `statement` says more than the texts in `rests_on` together; None where it does not.

    Compared are numbers with their units, names, direction, negation, and the share of content words.
    `context` (a title, a question) may lend names and words, never numbers.
    """
    basis = " ".join(rests_on)
    if absent := _absent_numbers(statement, basis):
        return f"number not in the quote: {absent}"
    if absent := _other_unit(statement, rests_on):
        return f"unit not as in the quote: {absent}"
    if absent := _absent_name(statement, f"{basis} {context}"):
        return f"name not in the quote: {absent}"
    content = content_stems(statement)
    known = content_stems(f"{basis} {context}")
    if not content or len(content & known) / len(content) < _SHARE:
        return "statement shares too few words with the quote"
    return _turned(statement, rests_on)


def _numbers(text: str) -> list[tuple[Decimal, str]]:
    """Numbers of `text`, in figures or words, each with its spelling; signs are left to the direction."""
    found = [(Decimal(m.group().replace(",", "")), m.group()) for m in _NUMBER.finditer(text)]
    return found + [(Decimal(_SPELT[w]), w) for w in words(text) if w in _SPELT]


def _absent_numbers(statement: str, basis: str) -> str:
    known = {value for value, _ in _numbers(basis)}
    absent = [spelling for value, spelling in _numbers(statement) if value not in known]
    amounts = _AMOUNTS & set(words(statement)) - set(words(basis))
    return ", ".join([*absent, *sorted(amounts)])


def _other_unit(statement: str, rests_on: Sequence[str]) -> str:
    """The first number whose unit differs from the unit it has everywhere in the quotes."""
    known = [m for text in rests_on for m in mentions(text)]
    for mention in mentions(statement):
        units = {m.unit for m in known if m.value == mention.value}
        if mention.unit is not None and units and not units & {mention.unit, None}:
            return mention.text
    return ""


def _absent_name(statement: str, basis: str) -> str:
    """The first name in `statement` that `basis` lacks: a token with an inner capital or digit, or a
    capitalised word that does not open the sentence."""
    known = set(words(basis))
    known |= {part for word in known for part in _PARTS.split(word)}
    for match in _TOKEN.finditer(statement):
        token = match.group()
        marked = any(c.isupper() or c.isdigit() for c in token[1:]) and any(c.isalpha() for c in token)
        if not (marked or (token[0].isupper() and match.start() > 0)):
            continue
        spelt = set(words(token))
        parts = {part for word in spelt for part in _PARTS.split(word)}
        if not spelt <= known and not parts <= known and not {stem(p) for p in parts} <= {stem(k) for k in known}:
            return token[:40]
    return ""


def content_stems(text: str) -> set[str]:
    """Stems of the words that carry meaning, hyphened words also by their parts; numbers count apart."""
    found = {part for word in words(text) for part in (word, *word.split("-"))}
    kept = {w for w in found if len(w) > 2 and w not in _EMPTY and not w[0].isdigit()}
    return {stem(w) for w in kept} - _EMPTY


def _turned(statement: str, rests_on: Sequence[str]) -> str | None:
    """Whether a clause turns round, or adds, a direction or a negation.

    Each clause of the statement is compared with the clauses of the texts that share most of its words (the
    words of change themselves not counted, so that "degrades English" meets the clause about English).
    """
    known = [(content_stems(_still(c)), c) for text in rests_on for c in _CLAUSE.split(text) if c.strip()]
    everywhere = {s.direction for text in rests_on for s in signals(text)}
    for clause in _CLAUSE.split(statement):
        content = content_stems(_still(clause))
        shared = [len(content & words_of) for words_of, _ in known]
        nearest = [c for (_, c), n in zip(known, shared, strict=True) if n and n == max(shared)]
        ways = {s.direction for c in nearest for s in signals(c)} or everywhere
        if turned := sorted({s.direction for s in signals(clause)} - ways):
            return f"direction not as in the quote: {turned[0]}"
        negated = bool(_NEGATION.search(clause))
        if nearest and all(bool(_NEGATION.search(c)) != negated for c in nearest):
            return "negation not as in the quote"
    return None


def _still(clause: str) -> str:
    """`clause` without its words of change."""
    for signal in reversed(signals(clause)):
        clause = clause[: signal.start] + " " + clause[signal.end :]
    return clause


def ill_formed(sentence: str) -> str | None:
    """Why `sentence` is not one plain sentence in the third person."""
    if _FIRST_PERSON.search(sentence):
        return "not in the third person"
    if len(sentences(sentence)) != 1 or len(words(sentence)) < 3 or len(sentence) > 400:
        return "not one whole sentence"
    if "://" in sentence or any(unicodedata.category(c) == "Cc" for c in sentence):
        return "contains an address or control characters"
    return None
