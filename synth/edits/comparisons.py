"""Two things compared: exchanged ("B outperforms A", wrong) or told from the other side ("B is outperformed by A")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from synth.edits.assertion import force, main_clause
from synth.edits.edit import Edit, lowered, made, opens_lowered, ordered, raised
from synth.edits.inflect import THIRD, is_plural, verb

__all__ = ["exchanged", "symmetric"]

_VERBS = ("outperform", "surpass", "exceed", "beat", "outweigh", "dominate")
_ADVERB = (
    r"(?:(?:also|significantly|substantially|consistently|clearly|greatly|considerably|slightly|even|generally|"
    r"largely|often|usually|always|further|still|strongly|markedly|dramatically|both)\s)?"
)
_WORD = r"[\w'’+/-]+(?:\.\w+)*(?:\s\([\w+/-]{2,12}\))?"
_SUBJECT = rf"(?P<a>{_WORD}(?:\s{_WORD}){{0,7}}?)"
_END = (
    r"(?=[.,;]|\s(?:on|in|by|for|with|when|while|whereas|across|at|under|over|but|"
    r"because|since|where|even|both|from|during|as|within|among|using|according|through|after|regarding|both)\b|$)"
)
_OBJECT = rf"(?P<b>{_WORD}(?:\s{_WORD}){{0,6}}?){_END}"
_COMP = (
    r"(?:better|worse|faster|slower|higher|lower|larger|smaller|stronger|weaker|shorter|longer|cheaper|easier|harder|"
    r"superior|inferior|(?:more|less)\s(?:[a-z]+ly\s)?[a-z-]+)"
)
_MORE = re.compile(
    rf"{_SUBJECT}\s(?P<link>(?P<adv>{_ADVERB})(?:"
    rf"(?P<verb>{'|'.join(f for v in _VERBS for f in (verb(v).third, v, verb(v).past))})"
    rf"|(?P<be>is|are|was|were)\s(?:\w+ly\s|much\s|far\s|even\s|also\s)?(?:{_COMP}\sthan|superior\sto|inferior\sto)"
    rf"|(?P<do>performs?|works?|performed|worked|runs?|ran|scales?|generalizes?|converges?)\s(?:\w+ly\s|much\s|"
    rf"far\s)?{_COMP}\sthan"
    rf"|(?P<have>achieves?|achieved|yields?|yielded|obtains?|obtained|has|have|had|produces?|provides?|shows?|gives?|"
    rf"requires?|attains?)\s(?:an?\s)?(?:\w+ly\s|much\s|far\s)?{_COMP}\s(?:[a-z-]+\s){{1,3}}?than))\s{_OBJECT}"
)
_NO_NOUN_PHRASE = re.compile(
    r"\b(?:we|it|they|which|that|who|those|is|are|was|were|be|been|has|have|had|can|will|may|than|"
    r"not|no|if|when|"
    r"where|while|because|also|then|there|what|how|as|them|others|itself|its|their|his|to|show|shows|shown|find|"
    r"found|ones?|those|expected|chance|random|before|ever|possible|required|average|usual|using|by|some|"
    r"several|many|most|"
    r"few|either|neither|none|any|only|each|every|either|but|so|even|both|thus|hence|therefore|however|furthermore|"
    r"moreover|finally|additionally|consistently|significantly|did|do|does|previously|currently|those|that of|"
    r"latter|former|publish|release|present|propose|provide|introduce|analy[sz]e|hence)\b",
    re.I,
)


# What may belong to B and would end up with A when the two change places.
_BELONGS = re.compile(
    r"\s(?:using|based|trained|without|from|that|which|with(?!\s(?:an?\s)?(?:large|wide|significant|clear|"
    r"respect|regard|\d)))\b"
)


_LISTED = re.compile(r",\s(?:[\w-]+\s?){1,3}(?:,|\sand\s)")  # B is the first of a list
_BARE = re.compile(r"(?:this|these|other|our|the|such)", re.I)
_SHOWN = re.compile(
    r"\b(?:shows?|showed|shown|demonstrate[sd]?|finds?|found|reveal(?:s|ed)?|confirm(?:s|ed)?|indicates?|"
    r"observed?|prove[sd]?|"
    r"conclude[sd]?)\sthat\s"
)
_FRONTED = re.compile(r"(?:On|In|For|With|At|Across|Under|Compared|on|in|for|with|at|across|under)\s[^,]{2,60},\s")
_OTHER_VERB = "|".join(sorted(THIRD))


# A second verb of A's would get the wrong subject.
_SECOND_VERB = re.compile(
    rf",?\s(?:and|but|or)\s(?:also\s|then\s|\w+ly\s)?(?:{_OTHER_VERB}|is|are|was|were|has|"
    rf"have|can|achieved|exceed)\b"
)


_LATER_VERB = re.compile(
    rf"\band\s(?:to\sthe\sbest\sof\sour\sknowledge\s|also\s|further\s)?(?:{_OTHER_VERB}|is|are|improve|achieved)\b"
)


class _Compared(NamedTuple):
    match: re.Match[str]
    offset: int

    def span(self, group: str) -> tuple[int, int]:
        a, b = self.match.span(group)
        return a + self.offset, b + self.offset


def _comparisons(sentence: str) -> Iterator[_Compared]:
    """Plain "A outperforms B": A is the whole subject of the main clause, B ends before the next phrase."""
    starts = [main_clause(sentence), *(m.end() for m in _SHOWN.finditer(sentence))]
    for start in dict.fromkeys(starts):
        lead = _FRONTED.match(sentence, start)
        start = lead.end() if lead else start
        match = _MORE.match(sentence[start:])
        if match is not None and _comparable(sentence, start, match):
            yield _Compared(match, start)
            return


def _comparable(sentence: str, start: int, match: re.Match[str]) -> bool:
    """Whether A and B are whole noun phrases, nothing after B belongs to either, and the comparison is asserted."""
    a, b, after = match["a"], match["b"], start + match.end("b")
    if any(_NO_NOUN_PHRASE.search(x) or _BARE.fullmatch(x) for x in (a, b)) or b[:1].isdigit() or len(b) < 2:
        return False
    if re.search(r"\b(?:\w+ly|already|and|or|the|an?|of)$", a):
        return False
    if re.match(r"(?:in|on|for|with|at|of|from|under|during)\b", b):
        return False
    last = b.split()[-1]
    if re.fullmatch(r"[a-z]+(?:ing|ed)", last) and not re.search(r"(?:learning|training|embedding|modeling)$", last):
        return False
    if re.search(r"\b(?:of|the|an?|and|or|in|for|with|on|at|by|from|between)$", b):
        return False
    if re.match(r"[A-Z]{3,}\s[A-Z]", a) or re.search(r"\blikely\b", match["link"]):
        return False  # a heading before the sentence; a likelihood is no property of A
    if _LISTED.match(sentence, after) or _BELONGS.match(sentence, after) or _SECOND_VERB.match(sentence, after):
        return False
    if _LATER_VERB.search(sentence, after):
        return False
    if re.search(rf"\band\s(?:{_OTHER_VERB})\b", b):
        return False
    return force(sentence, start + match.start("link")) == "asserted"


def _agree(link: str, match: re.Match[str], plural: bool) -> str:
    """The linking words with their verb made to agree with a new subject; past forms stay."""
    if match["be"]:
        forms = {"is": "are", "was": "were"}
        back = {v: k for k, v in forms.items()}
        word = match["be"]
        new = forms.get(word, word) if plural else back.get(word, word)
        return re.sub(rf"\b{word}\b", new, link, count=1)
    word = match["verb"] or match["do"] or match["have"]
    bases = (*_VERBS, "perform", "work", "run", "scale", "generalize", "converge", "achieve", "yield", "obtain",
     "have",
             "produce", "provide", "show", "give", "require", "attain")  # fmt: skip
    for base in bases:
        forms_ = verb(base)
        if word in (forms_.base, forms_.third):
            return re.sub(rf"\b{word}\b", forms_.base if plural else forms_.third, link, count=1)
    return link


def exchanged(sentence: str, seed: int) -> list[Edit]:
    """ "A outperforms B" to "B outperforms A": the two cannot both hold."""
    edits = []
    for found in _comparisons(sentence):
        (a0, a1), (b0, b1), (l0, l1) = found.span("a"), found.span("b"), found.span("link")
        a, b, link = sentence[a0:a1], sentence[b0:b1], sentence[l0:l1]
        if not opens_lowered(a) and a0 == 0 and a.split()[0].islower():
            continue
        new_a, new_b = lowered(a) if a0 == 0 else a, raised(b) if a0 == 0 else b
        both = _agree(link, found.match, is_plural(b))
        edits.append(made(sentence, "comparison", "refutes", [(a0, b1, f"{new_b} {both} {new_a}")]))
    return ordered([e for e in edits if e is not None], sentence, "compared", seed)


_MIRRORED = {"better": "worse", "worse": "better", "faster": "slower", "slower": "faster", "higher": "lower",
             "lower": "higher", "larger": "smaller", "smaller": "larger", "stronger": "weaker", "weaker": "stronger",
             "shorter": "longer", "longer": "shorter", "superior": "inferior", "inferior": "superior",
             "more": "less", "less": "more", "easier": "harder", "harder": "easier"}  # fmt: skip
_PASSIVE = {"outperform": "outperformed", "surpass": "surpassed", "exceed": "exceeded", "beat": "beaten",
            "outweigh": "outweighed", "dominate": "dominated"}  # fmt: skip


def symmetric(sentence: str, seed: int) -> list[Edit]:
    """The same comparison told from the other side: "B is outperformed by A", "B performs worse than A"."""
    edits = []
    for found in _comparisons(sentence):
        (a0, a1), (b0, b1), (l0, l1) = found.span("a"), found.span("b"), found.span("link")
        a, b, link, match = sentence[a0:a1], sentence[b0:b1], sentence[l0:l1], found.match
        plural = is_plural(b)
        new_a, new_b = lowered(a) if a0 == 0 else a, raised(b) if a0 == 0 else b
        options = []
        if match["verb"]:
            base = next(v for v in _VERBS if match["verb"] in (v, verb(v).third, verb(v).past))
            past = match["verb"] == verb(base).past and base != "beat"
            be = ("were" if plural else "was") if past else "are" if plural else "is"
            options.append(f"{new_b} {be} {match['adv'] or ''}{_PASSIVE[base]} by {new_a}")
            if base in ("outperform", "surpass", "beat"):
                do = "performed" if past else "perform" if plural else "performs"
                adverb = match["adv"] if (match["adv"] or "").strip().endswith("ly") else ""
                options.append(f"{new_b} {do} {adverb}worse than {new_a}")
        else:
            word = re.search(rf"\b({'|'.join(_MIRRORED)})\b", link)
            if word:
                turned = link[: word.start()] + _MIRRORED[word[1]] + link[word.end() :]
                options.append(f"{new_b} {_agree(turned, match, plural)} {new_a}")
        edits += [made(sentence, "symmetric", "supports", [(a0, b1, o)], shown=False) for o in options]
    return ordered([e for e in edits if e is not None], sentence, "compared", seed)
