"""Statements: a paper's sentence said in the third person, whole, and understandable on its own.

"We find that X" becomes "X", "our model" becomes "the model of Phang et al. (2020)". Where no rule is surely
right the sentence is quoted instead, first-person words replaced in square brackets; nothing is ever cut.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from synth.records import Paper
from synth.text import normalise
from synth.wording import (
    BARE_VERB,
    BASE_VERBS,
    CONNECTIVE,
    COORDINATED,
    FINDING,
    FIRST_SINGULAR,
    HEAD,
    INTRODUCED,
    IRREGULAR_THIRD,
    MODALS,
    NOT_I,
    NOUN_END,
    ORDINARY,
    ORDINARY_ENDING,
    PAST,
    PLURAL_PERSON,
    POINTING,
    REPORTED,
    SECOND_OWN_VERB,
    THIS_PAPER,
    UPPER,
)

__all__ = ["PaperName", "first_person", "paper_name", "statement", "unattributed"]


class PaperName(NamedTuple):
    """How a paper is called in running text. `plural`: verbs after `subject` are plural ("et al. find")."""

    subject: str
    within: str
    plural: bool


_PARTICLES = frozenset("van de der von den la le di da do dos del della bin ter ten el al".split())  # noqa: SIM905
_SUFFIX = re.compile(r",?\s+(?:Jr\.?|Sr\.?|II|III|IV)$")


def paper_name(paper: Paper) -> PaperName:
    """ "Phang et al. (2020)", "Wu and Dredze (2019)", "Turc (2021)"; the title where there are no authors."""
    names = [_surname(author) for author in paper.authors if author.strip()]
    if not names:
        return PaperName(f'The paper "{normalise(paper.title)}"', f'in "{normalise(paper.title)}"', False)
    year = f" ({paper.year})" if paper.year is not None else ""
    short = {1: names[0], 2: " and ".join(names[:2])}.get(len(names), f"{names[0]} et al.")
    return PaperName(f"{short}{year}", f"in the paper of {short}{year}", len(names) > 1)


def _surname(author: str) -> str:
    plain = normalise(author)
    if "," in plain and not _SUFFIX.search(plain):
        return plain.split(",")[0].strip()
    parts = _SUFFIX.sub("", plain).split()
    at = len(parts) - 1
    while at > 1 and parts[at - 1].lower() in _PARTICLES:
        at -= 1
    return " ".join(parts[at:])


_ATTRIBUTED = re.compile(r"^In the paper of [^,()]+(?: \(\d{4}\))?, (?=(\S))")
_AUTHORS = re.compile(
    rf"\b{UPPER}[\w'’-]+ (?:et al\.|and {UPPER}[\w'’-]+)(?: \(\d{{4}}\))|\b{UPPER}[\w'’-]+ et al\."
)


def unattributed(statement: str) -> str:
    """The statement without who made it: what other papers can be held against.

    "In the paper of Ng et al. (2020), X helps.", "The authors report that X helps." and 'Ng (2020) reports: "X helps."'
    become "X helps."; authors named inside become "the authors". A frame that denies or doubts what it frames, or whose
    teller does a second thing ("and further propose"), stays.
    """
    quoted = _REPORTING.match(statement)
    bare = quoted["text"].translate(_NO_BRACKETS) if quoted else _ATTRIBUTED.sub("", statement)
    for _ in range(2):
        told = REPORTED.match(bare)
        if told is None or len(bare[told.end() :].split()) < 3 or SECOND_OWN_VERB.search(bare, told.end()):
            break
        bare = bare[told.end() :]
    if bare != statement:
        bare = _capital(bare)
    named = _AUTHORS.sub("the authors", bare)
    return _capital(named) if named != bare else bare


# A sentence that `statement` could only quote: 'Ng et al. (2020) report: "[the authors] ..."'
_REPORTING = re.compile(r"^[^\"]{2,200}\breports?: \"(?P<text>[^\"]+)\"$")
_NO_BRACKETS = str.maketrans("", "", "[]")


# --- openings that carry no content -------------------------------------------------------------------


def first_person(text: str) -> bool:
    """Whether a word of the first person stands in `text` ("we", "our", "us", "I"); "US" and "(i)" do not count."""
    return bool(PLURAL_PERSON.search(text) or FIRST_SINGULAR.search(NOT_I.sub("", text)))


def statement(sentence: str, name: PaperName, earlier: str = "") -> str:
    """`sentence` of the paper called `name` as a statement in the third person.

    `earlier` is the sentence before it: when that introduces exactly one named thing, an opening "It" is
    replaced by the name. Nothing of the content is dropped; "we", "our", "us" never remain.
    """
    text = normalise(sentence)
    if _quoted_person(text) or FIRST_SINGULAR.search(NOT_I.sub("", text)):
        return _framed(text, name)
    bare = _without_openings(text)
    found = FINDING.match(bare)
    if found and not SECOND_OWN_VERB.search(bare, found.end()):
        bare = _capital(bare[found.end() :])
    named = _resolve_it(bare, earlier)
    if first_person(named) or THIS_PAPER.search(named):
        rewritten = _third_person(named, name)
        # "Ours" alone, as what is left of a sentence, has nothing to be rewritten by.
        return rewritten if rewritten is not None and not first_person(rewritten) else _framed(text, name)
    if named == bare and POINTING.match(bare) and name.subject.split(" (")[0] not in named:
        return _within(bare, name)
    return named


def _quoted_person(text: str) -> bool:
    return any(PLURAL_PERSON.search(q) for q in re.findall(r"[\"“”]([^\"“”]*)[\"“”]", text))


def _without_openings(text: str) -> str:
    for _ in range(3):
        match = CONNECTIVE.match(text)
        if not match:
            break
        text = _capital(text[match.end() :])
    return text


def _capital(text: str) -> str:
    """First letter upper-case, unless the first word is a name such as "mBERT"."""
    return text if re.match(r"[a-z]+[A-Z\d]", text) else text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    """First letter lower-case when the first word is an ordinary word."""
    first = re.match(r"[A-Z][a-z]*(?=[\s,])", text)
    ordinary = first is not None and (
        bool(POINTING.match(text)) or first.group() in ORDINARY or bool(ORDINARY_ENDING.search(first.group()))
    )
    return text[:1].lower() + text[1:] if ordinary else text


def _within(text: str, name: PaperName) -> str:
    return _capital(f"{name.within}, {_lower(text)}")


# --- "It" ---------------------------------------------------------------------------------------------


def _resolve_it(text: str, earlier: str) -> str:
    """`text` with an opening "It" replaced by the one thing that the sentence before introduced, if there is one."""
    names = {m.group("name") or m.group("called") for m in INTRODUCED.finditer(normalise(earlier))}
    if len(names) == 1 and re.match(
        r"It\s(?!is\s(?:\w+\s)?(?:that|to|important|possible|necessary|clear|shown|well))", text
    ):
        return names.pop() + text[2:]
    return text


# --- rewriting the first person -----------------------------------------------------------------------


def _third_person(text: str, name: PaperName) -> str | None:
    """`text` with every first-person word replaced, or None where no safe rule applies."""
    text = re.sub(r"\b([Ww]e)['’](re|ve|ll|d)\b", lambda m: f"{m[1]} {_CONTRACTED[m[2]]}", text)
    if re.search(r"\b[Ll]et us\b|\b[Uu]s\b[^,.;]*\bwe\b.*\bus\b|[a-z]\s?/\s?(?:we|our|us)\b", text):
        return None
    text = re.sub(r"(?<=\w),? in (?:this|the present) (?:paper|work|study|article),?(?=\s)", "", text)
    named = False
    opening = re.match(r"We\s", text)
    if opening:
        rest = text[opening.end() :]
        if not name.plural:
            singular = _singular_verb(rest)
            if singular is None:
                return None
            rest = singular
        rest = re.sub(
            r"^(?:also|then|further|furthermore|additionally|thus|therefore|finally|next|hence|moreover|instead) ",
            "",
            rest,
        )
        text, named = f"{name.subject} {rest}", True
    elif re.match(r"Our\s", text):
        owned = _owned(text[4:], name)
        if owned is not None:
            text, named = f"The {owned}", True
    paper = THIS_PAPER.match(text)
    if paper and not named:
        text, named = f"{paper[1]}he {paper[2]} of {name.subject}{text[paper.end() :]}", True
        if not name.subject[0].isupper() or name.subject.startswith("The paper"):
            text = name.subject + text.split(name.subject, 1)[1]
    authors = "the authors"
    if re.search(r"\bwe\b", text) and not name.plural and not named:
        return None
    text = re.sub(
        r"\b(of|in|by|to|from|with|on|for|that|and) this (paper|work|study|article)\b",
        rf"\1 the \2 of {authors}",
        text,
    )
    text = re.sub(
        r"\b([Tt])his (paper|work|study|article|thesis|report|survey|demo|research)\b", rf"\1he \2 of {authors}", text
    )
    text = re.sub(r"\b(?:We|we)\b", authors, text)
    text = _their(text)
    text = re.sub(r"\bours\b", f"that of {authors}", text)
    text = re.sub(r"\bourselves\b", "themselves", text)
    text = re.sub(r"\b[Oo]ur\s+own\b", "their own", text)
    text = re.sub(r"\b(?:Our|our)\b", f"{authors}'", text)
    text = re.sub(r"\b(?:Us|us)\b", authors, text)
    if not named:
        return _within(text, name)
    return _capital(text)


def _their(text: str) -> str:
    """ "our" after "the authors" in the same sentence, where no other plural stands close, becomes "their"."""
    at = text.find("the authors ")
    if at < 0:
        return text
    head, tail = text[: at + 12], text[at + 12 :]
    return head + re.sub(r"\b(that|,|and|how|whether|of|in|with|using|by|for|on|to) our\b", r"\1 their", tail, count=1)


_CONTRACTED = {"re": "are", "ve": "have", "ll": "will", "d": "would"}


def _singular_verb(rest: str) -> str | None:
    """`rest` (after "We") with its verb in the third person singular; None when a second verb depends on it."""
    match = BARE_VERB.match(rest)
    if not match or re.search(r"\bwe\b", rest):
        return None
    verb = match.group(1)
    if any(m.group(1) in BASE_VERBS for m in COORDINATED.finditer(rest, match.end())):
        return None
    if verb in BASE_VERBS or verb in IRREGULAR_THIRD:
        return rest[: match.start(1)] + third_person_verb(verb) + rest[match.end(1) :]
    return rest if verb in MODALS or verb in PAST or re.fullmatch(r"[a-z-]{2,}ed", verb) else None


def third_person_verb(verb: str) -> str:
    """The third person singular of a base form: "show" -> "shows", "apply" -> "applies"."""
    if verb in IRREGULAR_THIRD:
        return IRREGULAR_THIRD[verb]
    if re.search(r"(?:s|x|z|ch|sh)$", verb):
        return verb + "es"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ies"
    return verb + "s"


def _owned(rest: str, name: PaperName) -> str | None:
    """`rest` (after "Our") with "of NAME" after its noun phrase; None when the phrase's end is not plain.

    The phrase ends at the first noun that papers own ("model", "experiments") where something follows that cannot
    belong to it: a preposition, a known verb, punctuation, or for a singular noun a word in -s.
    """
    if name.subject.startswith("The paper"):
        return None
    tokens = re.match(r"(?:[\w/'’-]+\s?){1,9}", rest)
    for word in re.finditer(r"[\w/'’-]+", tokens.group() if tokens else ""):
        phrase = rest[: word.end()]
        if len(phrase.split()) > 5 or NOUN_END.fullmatch(word.group()):
            return None
        after = rest[word.end() :]
        if not HEAD.search(phrase) or re.match(r"\s(?:of|and|or)\b|[,;:]\s(?!which)", after):
            if HEAD.search(phrase) and not re.match(r"\s\w", after):
                return None
            continue
        following = re.match(r"\s([\w-]+)", after)
        if following is None or HEAD.search(following.group(1)):
            continue
        verb = NOUN_END.match(after.lstrip()) or following.group(1).endswith(("s", "ly")) or phrase.endswith("s")
        return f"{phrase} of {name.subject}{after}" if verb else None
    return None


# --- the frame ----------------------------------------------------------------------------------------

_BRACKETED = (
    (re.compile(r"\b[Ww]e['’]re\b"), "[the authors] are"),
    (re.compile(r"\b[Ww]e['’]ve\b"), "[the authors] have"),
    (re.compile(r"\b[Ww]e['’]ll\b"), "[the authors] will"),
    (re.compile(r"\b[Ww]e['’]d\b"), "[the authors] would"),
    (re.compile(r"\b(?:[Ww]e|WE|us|Us)\b"), "[the authors]"),
    (re.compile(r"\b[Oo]urs\b"), "[that of the authors]"),
    (re.compile(r"\b[Oo]urselves\b"), "[themselves]"),
    (re.compile(r"\b(?:[Oo]ur|OUR)\b"), "[the authors']"),
)
_BRACKETED_SINGULAR = (
    (re.compile(r"(?<![\w-])I(?![\w.)/-])"), "[the author]"),
    (re.compile(r"\b[Mm]y\b"), "[the author's]"),
    (re.compile(r"\bme\b"), "[the author]"),
    (re.compile(r"\bmine\b"), "[the author's]"),
    (re.compile(r"\bmyself\b"), "[the author]"),
)


def _framed(text: str, name: PaperName) -> str:
    """NAME report: "text", with first-person words in square brackets and inner quotation marks single."""
    for pattern, words in (*_BRACKETED, *_BRACKETED_SINGULAR):
        text = pattern.sub(words, text)
    text = re.sub(r"[\"“”]", "'", text)
    return f'{name.subject} {"report" if name.plural else "reports"}: "{text}"'
