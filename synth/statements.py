"""Statements: a paper's sentence said in the third person, whole, and understandable on its own.

"We find that X" becomes "X", "our model" becomes "the model of Phang et al. (2020)". Where no rule is surely
right the sentence is quoted instead, first-person words replaced in square brackets; nothing is ever cut.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from synth.records import Paper
from synth.text import normalise

__all__ = ["PaperName", "first_person", "paper_name", "statement"]


class PaperName(NamedTuple):
    """How a paper is called in running text. `plural`: verbs after `subject` are plural ("et al. find")."""

    subject: str
    within: str
    plural: bool


_PARTICLES = frozenset(
    [
        "van",
        "de",
        "der",
        "von",
        "den",
        "la",
        "le",
        "di",
        "da",
        "do",
        "dos",
        "del",
        "della",
        "bin",
        "ter",
        "ten",
        "el",
        "al",
    ]
)
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


# --- openings that carry no content -------------------------------------------------------------------

_CONNECTIVE = re.compile(
    r"(?:However|Moreover|Furthermore|Additionally|In addition|Also|Finally|Lastly|Last but not least|Specifically|More "
    r"specifically|In particular|More importantly|Most importantly|Interestingly|Surprisingly|Notably|Importantly|Thus|"
    r"Therefore|Hence|Consequently|As a result|As a consequence|Overall|Nevertheless|Nonetheless|Here|First|Firstly|Second|"
    r"Secondly|Third|Thirdly|Empirically|Remarkably|Indeed|For example|For instance|Meanwhile|On the other hand|In contrast|"
    r"By contrast|Unfortunately|Again|Further|Crucially|Besides|In summary|To summarize|In sum|In short|In conclusion|To "
    r"conclude|Then|Next|Similarly|Instead|Conversely|Accordingly|Unsurprisingly|As expected|In general|Generally|"
    r"To this end|To that end|In doing so|Along the way|In fact|That is|In other words|At the same time|Still|Yet|Rather|Even "
    r"so|Encouragingly|Perhaps surprisingly|Concretely|Experimentally|In the process|To our knowledge|To the best of our "
    r"knowledge),\s+(?=\S)"
    r"|(?:But|And|Yet|So)\s+(?=\S)"
    r"|(?:In|With|Through|Throughout) (?:this|the present) (?:paper|work|article|study|report|research|thesis|survey|demo|demonstration|"
    r"contribution|submission|position paper|system paper|tutorial|letter)\s?,?\s+(?=\S)"
    r"|Here\s+(?=we\b)"
)
_HEDGE = r"(?:also |further |furthermore |then |empirically |consistently |clearly |additionally |thus |experimentally |finally )*"
_FINDING = re.compile(
    rf"We {_HEDGE}(?:find|found|show|showed|demonstrate|demonstrated|observe|observed|report|note|discover|discovered|reveal|"
    r"conclude|establish|confirm|see|saw|prove|verify|have shown|have found),? "
    rf"{_HEDGE}(?:, \w+, )?that,?\s+"
    r"|(?:Our|The|These|Extensive|Experimental|Empirical)?\s?(?:(?:extensive|experimental|empirical|main|preliminary|detailed|"
    r"evaluation|quantitative|comprehensive|initial|further|key|overall|in-depth|human|automatic|manual|thorough|experiment|"
    r"research|analysis) )*(?:and (?:\w+ ){1,2})?(?:[Rr]esults?|[Ee]xperiments?|[Ff]indings?|[Aa]nalys[ei]s|[Ee]valuations?|"
    rf"[Ss]tudy|[Oo]bservations?|[Ee]xperimentation) {_HEDGE}(?:show|demonstrate|reveal|confirm|prove|verify|showed|"
    r"demonstrated|revealed|confirmed|find|found)s? that,?\s+"
)
_FIRST_PERSON = re.compile(r"\b(?:[Ww]e|[Oo]ur|[Oo]urs|[Oo]urselves|us|Us|I|[Mm]y|[Mm]e|[Mm]ine|[Mm]yself)\b(?!\.\w)")
_FIRST_SINGULAR = re.compile(r"(?<![\w-])(?:I(?![\w.)/-])|my|My|me|mine|myself)\b")


def first_person(text: str) -> bool:
    """Whether a word of the first person stands in `text` ("we", "our", "us", "I"); "US" and "(i)" do not count."""
    return bool(_PLURAL_PERSON.search(text) or _FIRST_SINGULAR.search(_NOT_I.sub("", text)))


_PLURAL_PERSON = re.compile(r"\b(?:[Ww]e|WE|[Oo]ur|OUR|[Oo]urs|[Oo]urselves|us|Us)\b")
_NOT_I = re.compile(
    r"\b(?:Type|Part|Phase|Stage|Model|Class|World War|Level|Task|Track|Table|Section) I\b|\(I\)|\bI(?=[-/&)])"
)
_POINTING = re.compile(
    r"(?:It|They|This|These|Those|Such|Their|Its|Both|He|She|That|The (?:former|latter)|One|Another|Others?|All of (?:these|them)|"
    r"Doing so|Each|Either|Neither|The (?:proposed|resulting|latter|former|same|above|two|three|four|five|six|seven|"
    r"results?|findings?|experiments?|models?|methods?|systems?|approach(?:es)?|datasets?|data ?set|corpus|framework|analysis|"
    r"evaluation|paper|study|work|task|algorithm|experimental|final|best|new|improvements?|gains?|architecture|tool|resource|"
    r"technique|strategy|authors?|baseline|submission|submitted|system's|other|first|second|third|latest|performance|code))\b"
    r"|(?:Experiments?|Results?|Experimental|Empirical|Extensive|Evaluations?|Evaluating|Compared|Analys[ei]s|Finally|Using|"
    r"There|Automatic|Human|When|As|By|On|For|With|Across|After|Among|Further|Additional|Ablation|Preliminary|Through|"
    r"Without|While|Although|Despite|If|Unlike|From|Under|Based|Given|Due|Because|Since|Here|Quantitative|Qualitative)\b"
)
_THIS_PAPER = re.compile(r"\b([Tt])his (paper|work|study|article|thesis|report|survey|demo|research)\b")


def statement(sentence: str, name: PaperName, earlier: str = "") -> str:
    """`sentence` of the paper called `name` as a statement in the third person.

    `earlier` is the sentence before it: when that introduces exactly one named thing, an opening "It" is
    replaced by the name. Nothing of the content is dropped; "we", "our", "us" never remain.
    """
    text = normalise(sentence)
    if _quoted_person(text) or _FIRST_SINGULAR.search(_NOT_I.sub("", text)):
        return _framed(text, name)
    bare = _without_openings(text)
    found = _FINDING.match(bare)
    if found:
        bare = _capital(bare[found.end() :])
    named = _resolve_it(bare, earlier)
    if first_person(named) or _THIS_PAPER.search(named):
        rewritten = _third_person(named, name)
        return rewritten if rewritten is not None else _framed(text, name)
    if named == bare and _POINTING.match(bare):
        return _within(bare, name)
    return named


def _quoted_person(text: str) -> bool:
    return any(_PLURAL_PERSON.search(q) for q in re.findall(r"[\"“”]([^\"“”]*)[\"“”]", text))


def _without_openings(text: str) -> str:
    for _ in range(3):
        match = _CONNECTIVE.match(text)
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
    ordinary = first is not None and (bool(_POINTING.match(text)) or first.group() in _ORDINARY)
    return text[:1].lower() + text[1:] if ordinary else text


_ORDINARY = frozenset(
    ["A", "An", "The", "In", "At", "To", "Of", "Most", "Many", "Some", "Several", "Multi", "Training", "Our", "We"]
)


def _within(text: str, name: PaperName) -> str:
    return _capital(f"{name.within}, {_lower(text)}")


# --- "It" ---------------------------------------------------------------------------------------------

_INTRODUCED = re.compile(
    r"\b(?:propos|present|introduc|releas|develop|creat|describ|build)\w*\s(?:(?:an?|the|our)\s)?(?:[a-z-]+\s){0,4}?"
    r"(?P<name>(?:[A-Z][a-z]*)?[A-Z][\w-]*[A-Z\d-][\w-]*)(?=\s\(|,|:|\s-|\s–|\s—|\.)"
    r"|\b(?:called|named|dubbed|termed)\s(?P<called>[A-Z][\w+-]*)"
)


def _resolve_it(text: str, earlier: str) -> str:
    """`text` with an opening "It" replaced by the one thing that the sentence before introduced, if there is one."""
    names = {m.group("name") or m.group("called") for m in _INTRODUCED.finditer(normalise(earlier))}
    if len(names) == 1 and re.match(
        r"It\s(?!is\s(?:\w+\s)?(?:that|to|important|possible|necessary|clear|shown|well))", text
    ):
        return names.pop() + text[2:]
    return text


# --- rewriting the first person -----------------------------------------------------------------------

_NOUN_END = re.compile(
    r"\b(?:of|in|on|for|to|from|with|by|and|or|than|as|at|that|which|who|can|could|may|might|will|would|should|must|is|are|was|"
    r"were|has|have|had|does|do|did|also|not|when|while|where|using|via|over|under|between|across|against|into|after|before|"
    r"both|then|further|consistently|significantly|often|even|still|only|"
    r"achiev\w*|show\w*|outperform\w*|improv\w*|demonstrat\w*|reveal\w*|indicat\w*|suggest\w*|yield\w*|obtain\w*|provid\w*|allow\w*|"
    r"enabl\w*|perform(?:s|ed)?|reach\w*|gain(?:s|ed)|reduc\w*|increas\w*|us(?:es|ed)|find\w*|found|surpass\w*|exceed\w*|beat\w*|"
    r"consists?|includ\w*|cover\w*|contain\w*|rank\w*|confirm\w*|generat\w*|produc\w*|learns?|captur\w*|mak(?:es|e)|outputs?|"
    r"leads?|results?\sin|help\w*|relies|rely|runs?|takes?|gives?|offers?|support\w*|compris\w*|scor(?:es|ed)|establish\w*|"
    r"requires?|focus\w*|combin\w*|integrat\w*|extend\w*|serv\w*|compar\w*|works?\s(?:well|on|with|better|best)|based|trained|"
    r"called|named|proposed\sin|applied|built|designed|delivers?|attains?|highlights?|underscores?|sheds?|points?|"
    r"lets?|substantially|successfully|currently|already|effectively)\b|[,;:.()\"“”—–]|$"
)
_BASE_VERB_COORDINATED = re.compile(
    r"(?:,|\band|\bor|\bthen)\s(?:also\s|then\s|further\s)?(?!\w+(?:ed|ing|ly|s)\b)[a-z]+\s(?:the|a|an|that|it|them|how|on|to|their|our|its|this)\b"
)
_BARE_VERB = re.compile(
    r"(?:also |further |then |empirically |additionally |first |thus |therefore |finally |only |\w+ly )*([a-z-]+)\b"
)
_MODALS = frozenset(["can", "could", "may", "might", "will", "would", "should", "must", "did", "had"])
_IRREGULAR_THIRD = {"are": "is", "were": "was", "have": "has", "do": "does", "go": "goes"}


def _third_person(text: str, name: PaperName) -> str | None:
    """`text` with every first-person word replaced, or None where no safe rule applies."""
    text = re.sub(r"\b([Ww]e)['’](re|ve|ll|d)\b", lambda m: f"{m[1]} {_CONTRACTED[m[2]]}", text)
    if re.search(r"\b[Ll]et us\b|\b[Uu]s\b[^,.;]*\bwe\b.*\bus\b|[a-z]\s?/\s?(?:we|our|us)\b", text):
        return None
    named = False
    opening = re.match(r"We\s", text)
    if opening:
        rest = text[opening.end() :]
        if not name.plural:
            singular = _singular_verb(rest)
            if singular is None:
                return None
            rest = singular
        text, named = f"{name.subject} {rest}", True
    elif re.match(r"Our\s", text):
        owned = _owned(text[4:], name)
        if owned is not None:
            text, named = f"The {owned}", True
    paper = _THIS_PAPER.match(text)
    if paper and not named:
        text, named = f"{paper[1]}he {paper[2]} of {name.subject}{text[paper.end() :]}", True
        if not name.subject[0].isupper() or name.subject.startswith("The paper"):
            text = name.subject + text.split(name.subject, 1)[1]
    authors = "the authors"
    if re.search(r"\bwe\b", text) and not name.plural and not named:
        return None
    text = re.sub(
        r"\b(of|in|by|to|from|with|on|for|that|and) this (paper|work|study|article)\b", rf"\1 the \2 of {authors}", text
    )
    text = re.sub(
        r"\b([Tt])his (paper|work|study|article|thesis|report|survey|demo|research)\b", rf"\1he \2 of {authors}", text
    )
    text = re.sub(r"\b(?:We|we)\b", authors, text)
    text = re.sub(r"\bours\b", f"that of {authors}", text)
    text = re.sub(r"\bourselves\b", "themselves", text)
    text = re.sub(r"\b[Oo]ur\s+own\b", "their own", text)
    text = re.sub(r"\b(?:Our|our)\b", f"{authors}'", text)
    text = re.sub(r"\b(?:Us|us)\b", authors, text)
    if not named:
        return _within(text, name)
    return _capital(text)


_CONTRACTED = {"re": "are", "ve": "have", "ll": "will", "d": "would"}


def _singular_verb(rest: str) -> str | None:
    """`rest` (after "We") with its verb in the third person singular; None when a second verb depends on it."""
    match = _BARE_VERB.match(rest)
    if not match or _BASE_VERB_COORDINATED.search(rest) or re.search(r"\bwe\b", rest):
        return None
    verb = match.group(1)
    return rest[: match.start(1)] + third_person_verb(verb) + rest[match.end(1) :]


def third_person_verb(verb: str) -> str:
    """The third person singular of a base form: "show" -> "shows", "apply" -> "applies"; past forms stay."""
    if verb in _IRREGULAR_THIRD:
        return _IRREGULAR_THIRD[verb]
    if verb in _MODALS or verb.endswith("ed") or verb in ("found", "built", "ran", "saw", "made", "took", "used"):
        return verb
    if re.search(r"(?:s|x|z|ch|sh)$", verb):
        return verb + "es"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ies"
    return verb + "s"


def _owned(rest: str, name: PaperName) -> str | None:
    """`rest` (after "Our") with "of NAME" after its noun phrase; None when the phrase's end is not plain."""
    end = _NOUN_END.search(rest)
    if not end:
        return None
    phrase = rest[: end.start()].rstrip()
    if not phrase or len(phrase.split()) > 5 or not re.search(r"[a-zA-Z\d]$", phrase):
        return None
    if end.group() in ("and", "or") or (end.group() == "," and len(phrase.split()) < 2):
        return None
    space = "" if end.group() in (",", ".", ";", ":", ")") else " "
    return f"{phrase} of {name.subject}{space}{rest[end.start() :]}" if name.subject[0:3] != "The" else None


# --- the frame ----------------------------------------------------------------------------------------

_BRACKETED = (
    (re.compile(r"\b[Ww]e['’](re|ve|ll|d)\b"), lambda m: f"[the authors] {_CONTRACTED[m[1]]}"),
    (re.compile(r"\b(?:[Ww]e|WE|us|Us)\b"), lambda m: "[the authors]"),
    (re.compile(r"\b[Oo]urs\b"), lambda m: "[that of the authors]"),
    (re.compile(r"\b[Oo]urselves\b"), lambda m: "[themselves]"),
    (re.compile(r"\b(?:[Oo]ur|OUR)\b"), lambda m: "[the authors']"),
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
    for pattern, replacement in _BRACKETED:
        text = pattern.sub(replacement, text)
    for pattern, word in _BRACKETED_SINGULAR:
        text = pattern.sub(word, text)
    text = re.sub(r"[\"“”]", "'", text)
    return f'{name.subject} {"report" if name.plural else "reports"}: "{text}"'
