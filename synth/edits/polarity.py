"""Negations put into the main clause, and negations taken out."""

from __future__ import annotations

import re

from synth.edits.assertion import force, main_clause, plain_subject
from synth.edits.edit import Edit, made, ordered
from synth.edits.inflect import BASES, PARTICIPLES, PASTS, THIRD, verb

__all__ = ["negations"]

_AUX = re.compile(r"\b(is|are|was|were|has|have|can|does|do|did)\s(?=(\w+))")
_DOUBTFUL_AFTER = re.compile(
    r"(?:not|no|never|also|both|either|neither|thus|therefore|hence|however|still|only|then|often|more|less|"
    r"better|worse|"
    r"one|two|three|now|already|mainly|mostly|usually|generally|typically|currently|all|some|any|many|few|several|"
    r"several|always|to|that|as follows|at least|sometimes|little|hardly|rarely|widely|being|due|because|composed|"
    r"organized|organised|structured|divided)\b"
)
_NEGATIVE = re.compile(
    r"\b(?:not|no|never|neither|nor|cannot|without|hardly|rarely|none|only|unless|until|but)\b|n['’]t\b"
)
_REMOVABLE = re.compile(
    r"\b(?P<aux>is|are|was|were|has|have|can|could|should|will)(?:\snot|(?P<joined>not))\s(?!only\b|all\b|"
    r"every\b|just\b|yet\b|"
    r"necessarily\b|always\b|merely\b|limited\b|restricted\b|even\b|been\s(?:fully|well|extensively)|fully\b|"
    r"\w+\s(?:any|until|yet)\b)"
)
_DO_NOT = re.compile(
    r"\b(?P<do>do|does|did)\snot\s(?P<adv>(?:significantly|directly|substantially|explicitly)\s)?(?P<verb>[a-z]+)\b"
)
_NO_NOUN = re.compile(
    r"\b[Nn]o\s(?P<adj>(?:statistically\s)?(?:significant|clear|measurable|substantial|strong|consistent|"
    r"additional|prior|"
    r"noticeable)\s)(?=(?P<noun>\w+))"
)
_A_SIGNIFICANT = re.compile(r"\ban?\s(?:statistically\s)?significant\s(?=(?:difference|correlation|effect|"
                            r"improvement|association|"
                            r"increase|decrease|reduction|impact|change|relationship|interaction|"
                            r"gain)\b)")  # fmt: skip
_SIGNIFICANT_PLURAL = re.compile(r"\b(?:found|find|show(?:s|ed)?|observed?|reveal(?:s|ed)?|were|are|yield(?:s|"
                                 r"ed)?|achieves?|had|have|has)\s"
                                 r"(?=(?:statistically\s)?significant\s(?:differences|correlations|effects|"
                                 r"improvements|"
                                 r"gains|changes|associations)\b)")  # fmt: skip
_ANY = re.compile(r"\b(?:any|either|yet|until|at all|anymore|nor|but|unless|because|only|enough)\b")


def negations(sentence: str, seed: int) -> list[Edit]:
    """A negation put into the main clause, or the one that stands there taken out."""
    edits = [*_negated(sentence), *_affirmed(sentence)]
    return ordered(edits, sentence, "negation", seed)


def _negated(sentence: str) -> list[Edit]:
    """Negations put in. Only the main clause is touched: in a relative clause "not" would pick out other things."""
    made_here: list[Edit | None] = []
    start = main_clause(sentence)
    if _NEGATIVE.search(sentence):
        return []
    aux = _AUX.search(sentence, start)
    if aux and plain_subject(sentence, start, aux.start()) and not _DOUBTFUL_AFTER.match(sentence, aux.end()):
        word, after = aux[1], sentence[aux.end() :]
        perfect = word not in ("has", "have") or PARTICIPLES.match(after)
        if perfect and (word not in ("do", "does", "did") or aux[2] in BASES):
            new = "cannot" if word == "can" else f"{word} not"
            made_here.append(made(sentence, "negation", "refutes", [(aux.start(1), aux.end(1), new)]))
    made_here += _negated_verb(sentence, start)
    for match in _A_SIGNIFICANT.finditer(sentence):
        if force(sentence, match.start()) == "asserted":
            new = match.group().split(" ", 1)[1]
            made_here.append(made(sentence, "negation", "refutes", [(match.start(), match.end(), f"no {new}")]))
    for match in _SIGNIFICANT_PLURAL.finditer(sentence):
        if force(sentence, match.start()) == "asserted":
            made_here.append(
                made(sentence, "negation", "refutes", [(match.start(), match.end(), f"{match.group()}no ")])
            )
    there = re.match(
        r"[Tt]here (?:is|was|are|were)\s(an?\s|)(?=[a-z])(?!one|two|three|many|several|some|a\b|an\b|also|about)",
        sentence[start:],
    )
    if there:
        a, b = start + there.start(1), start + there.end(1)
        made_here.append(made(sentence, "negation", "refutes", [(a, b, "no ")]))
    return [e for e in made_here if e is not None]


# Verb forms that are more often plural nouns: taken for verbs only before what can only be an object.
_ALSO_NOUNS = frozenset(
    """models results uses needs limits shows changes increases decreases benefits works transfers scales plays gains
    drops falls leads covers focuses treats costs matches supports yields saves offers stores reports handles accounts
    influences affects shares rises causes hurts beats contrasts estimates requires attributes tends operates runs
    cuts""".split()  # noqa: SIM905
)
_OBJECT_AFTER = re.compile(
    r"\s(?:the|an?|its|their|our|no|only|more|less|fewer|better|higher|lower|significant|significantly|two|"
    r"three|that)\b"
)


def _negated_verb(sentence: str, start: int) -> list[Edit | None]:
    """ "X improves Y" to "X does not improve Y", where the verb is known and its subject is plain."""
    for match in re.finditer(r"\b(?:(\w+ly|also|further)\s)?([a-z]+)\b", sentence[start : start + 160]):
        word = match[2]
        at = start + match.start()
        base = THIRD.get(word) or (PASTS.get(word) if word in PASTS and word not in BASES else None)
        if base is None or not plain_subject(sentence, start, at):
            continue
        if base == "have" and (
            PARTICIPLES.match(sentence, start + match.end() + 1)
            or re.match(r"\s(?:also|been|to)\b", sentence[start + match.end() :])
        ):
            continue
        before, after = sentence[:at], sentence[start + match.end() :]
        if re.search(r"\b(?:the|an?|our|of|for|in|and|on|by|with|to|from|these|its|their|this|is|are|was|were|"
                     r"be|been|has|have|had|"
                     r"can|will|may|best|all|\w+-)\s?$", before):  # fmt: skip
            continue
        if word in _ALSO_NOUNS and not _OBJECT_AFTER.match(after):
            continue
        past = word in PASTS and word not in THIRD
        if past and not re.match(
            r"\s(?:the|an?|that|our|its|their|better|to|in|on|significant|higher|lower|\d)\b", after
        ):
            continue
        if past and re.search(r"s\s$|ed\s$", before) and re.match(r"\s(?:to|in|on)\b", after):
            continue
        if re.match(r"\s(?:of|that|and|is|are|was|were|both|all|some|many|several|either|to)\b|,|\.", after):
            continue
        do = "did" if past else "does"
        adverb = f"{match[1]} " if match[1] and match[1].endswith("ly") else ""
        new = f"{do} not {adverb}{base}"
        return [made(sentence, "negation", "refutes", [(at, start + match.end(), new)])]
    return []


def _affirmed(sentence: str) -> list[Edit]:
    """Negations taken out."""
    made_here: list[Edit | None] = []
    for match in _REMOVABLE.finditer(sentence):
        after = sentence[match.end() :]
        if not _ANY.search(after[:60]) and _sure(sentence, match.start()):
            made_here.append(made(sentence, "negation", "refutes", [(match.start(), match.end(), match["aux"] + " ")]))
    for match in _DO_NOT.finditer(sentence):
        if (
            match["verb"] not in BASES
            or _ANY.search(sentence[match.end() : match.end() + 60])
            or not _sure(sentence, match.start())
        ):
            continue
        forms = verb(match["verb"])
        new = {"do": forms.base, "does": forms.third, "did": forms.past}[match["do"]]
        made_here.append(
            made(sentence, "negation", "refutes", [(match.start(), match.end(), (match["adv"] or "") + new)])
        )
    for match in _NO_NOUN.finditer(sentence):
        plural = match["noun"].endswith("s") and not match["noun"].endswith("ss")
        new = ("" if plural or match["noun"] in ("evidence", "impact", "influence") else "a ") + match["adj"]
        made_here.append(made(sentence, "negation", "refutes", [(match.start(), match.end(), new)]))
    return [e for e in made_here if e is not None]


def _sure(sentence: str, at: int) -> bool:
    """Whether the clause at `at` is a statement of its own: no condition, relative clause or quantified subject."""
    before = sentence[:at]
    left = max((m.end() for m in re.finditer(r"[,;:]\s|\bthat\s|\bbut\s", before)), default=0)
    local = before[left:]
    if re.search(r"\b(?:if|whether|when|where|which|who|because|since|although|though|even|as|how|why|what|some|many|"
                 r"most|several|all|every|each|both|unless|while|to|or|and)\b", local, re.I):  # fmt: skip
        return False
    lead = before[:left]
    if re.search(r"\bthat\s$", lead):
        return bool(re.search(r"\b(?:show|shows|showed|shown|find|found|demonstrate\w*|reveal\w*|indicate[sd]?|"
                              r"conclude\w*|prove[sd]?|"
                              r"observe[sd]?|report\w*|confirm\w*)\s(?:\w+ly\s)?that\s$", lead))  # fmt: skip
    return bool(local.strip())
