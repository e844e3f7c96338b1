"""An author's sentence as a claim: the frame dropped, "we" and "our" said in the third person."""

from __future__ import annotations

import re

from synth.edits.edit import Edit, lowered, made, opens_lowered, ordered, raised

__all__ = ["authors", "claim_forms", "frames"]

_HEDGE = r"(?:also\s|further\s|then\s|empirically\s|experimentally\s|consistently\s|clearly\s|have\s|furthermore\s)*"
_FRAME = re.compile(
    rf"^(?:(?:However|Moreover|Furthermore|In addition|Additionally|Finally|Overall|Specifically|In particular|"
    rf"Interestingly|Surprisingly|"
    rf"Notably|In this (?:paper|work|study)),\s)?(?:We\s{_HEDGE}(?:show|showed|shown|find|found|demonstrate|"
    rf"demonstrated|observe|observed|"
    rf"report|conclude|establish|confirm|prove|note|reveal)\s(?:empirically\s|experimentally\s)?that\s|"
    rf"(?:(?:Our|The|These|Extensive|Experimental|Empirical|Preliminary|Numerical|Simulation|"
    rf"Evaluation)\s)?(?:(?:extensive|experimental|"
    rf"empirical|main|preliminary|detailed|evaluation|simulation|numerical|initial|first|obtained|comparative|"
    rf"theoretical)\s)*"
    rf"(?:[Rr]esults?|[Ee]xperiments?|[Ff]indings|[Aa]nalys[ei]s|[Ss]imulations?|[Ee]valuations?)\s{_HEDGE}"
    rf"(?:show|shows|showed|demonstrate|demonstrates|demonstrated|reveal|reveals|revealed|confirm|confirms|"
    rf"confirmed|prove|indicate|indicates|"
    rf"indicated)\sthat,?\s)"
)
_SECOND = re.compile(
    r"(?:,|\band)\s(?:we\s)?(?:further|also|then|finally|present|propose|introduce|provide|discuss|describe|"
    r"release|that)\b"
)
_POINTING = re.compile(
    r"(?:it|they|this|these|those|such|its|their|here|there|both|the (?:former|latter|two|results))\b", re.I
)


# Sentences that a frame does not fit: the authors speak, or a connective opens.
_UNFRAMED = re.compile(r"^(?:In (?:this|addition|particular|contrast|our)|This (?:paper|work|study)|To|However|"
                       r"It|They|Finally|Moreover|Then|Thus)\b|"
                       r"\b(?:[Ww]e|us)\b|\bour (?:work|paper|results|goal|aim)\b")  # fmt: skip


def frames(sentence: str, seed: int) -> list[Edit]:
    """ "We show that X" to "X", and a plain statement put into a frame: "The authors report that X"."""
    edits = []
    match = _FRAME.match(sentence)
    if match and not _SECOND.search(sentence, match.end()) and len(sentence[match.end() :].split()) >= 5:
        rest = sentence[match.end() :]
        bare = raised(third_person(rest) or rest)
        edits.append(made(sentence, "frame", "supports", [(0, len(sentence), bare)], shown=False))
        for opening in ordered(("The results show that ", "The authors find that ",
         "According to the authors, ", "It is shown that "),
                               sentence, "frame", seed)[:1]:  # fmt: skip
            edits.append(
                made(
                    sentence,
                    "frame",
                    "supports",
                    [(0, len(sentence), opening + (third_person(rest) or rest))],
                    shown=False,
                )
            )
    elif not match and opens_lowered(sentence) and not _UNFRAMED.search(sentence):
        body = third_person(sentence)
        if body is not None:
            for opening in ordered(
                ("The paper states that ", "The authors report that ", "According to the paper, "), sentence, "in", seed
            )[:1]:
                edits.append(
                    made(sentence, "frame", "supports", [(0, len(sentence), opening + lowered(body))], shown=False)
                )
    return [e for e in edits if e is not None]


def authors(sentence: str, seed: int) -> list[Edit]:
    """ "We propose X" to "The authors propose X", "our method" to "the proposed method" or "their method"."""
    body = third_person(sentence)
    if body is None or body == sentence:
        return []
    options = [body]
    subject = ordered(("The paper's authors", "The researchers", "The study's authors"), sentence, "author", seed)[0]
    if body.startswith("The authors "):
        options.append(subject + body[len("The authors") :])
    return [e for o in options if (e := made(sentence, "author", "supports", [(0, len(sentence), o)], shown=False))]


_OWNED = re.compile(r"\b([Oo])ur\s((?:new|novel|proposed|best|final|full)\s)?(?=((?:[\w-]+\s){0,3}?)(method|"
                    r"approach|model|algorithm|system|framework|technique|"
                    r"architecture|scheme|parser|classifier|methods|models|solution|strategy|network|mechanism|"
                    r"design|protocol)\b)")  # fmt: skip


def third_person(text: str) -> str | None:
    """`text` with no first person left; None where a rule would be unsure (contractions, "us", a quotation)."""
    if re.search(r"['’](?:re|ve|ll|d)\b|\b(?:[Ll]et us|I|my|me|ours|ourselves)\b|[\"“”]", text):
        return None

    def owned(match: re.Match[str]) -> str:
        adjective = match[2] or ""
        the = "The " if match[1] == "O" else "the "
        return f"{the}{adjective or 'proposed '}"

    text = _OWNED.sub(owned, text)
    text = re.sub(r"\bWe\b", "The authors", text)
    named = "The authors " in text or "the authors " in text
    text = re.sub(r"\bwe\b", "they" if named else "the authors", text)
    text = re.sub(r"\bOur\b", "The authors'", text)
    text = re.sub(r"\bour\b", "their" if named else "the authors'", text)
    if re.search(r"\bus\b", text):
        text = re.sub(
            r"\b(allows?|enables?|helps?|permits?|lets?|gives?|let|help)\sus\b",
            r"\1 the authors" if not named else r"\1 them",
            text,
        )
        if re.search(r"\bus\b", text):
            return None
    return re.sub(r"\b([Tt])his (paper|work|study|article)\b", r"\1he \2", text)


_NEW = re.compile(
    r"^The authors (?:\w+ly\s|also\s|further\s|then\s)?(?:show|find|demonstrate|observe|report|conclude|"
    r"prove)s? that\s"
)


def claim_forms(sentence: str, *, seed: int = 0) -> tuple[str, ...]:
    """`sentence` as a reader would claim it: without frame, connective and first person; () where no rule is sure."""
    texts = [e.text for e in (*frames(sentence, seed), *authors(sentence, seed))]
    plain = re.sub(r"^(?:However|Moreover|Furthermore|In addition|Additionally|Finally|Overall|Therefore|Thus|"
                   r"Hence|Specifically|Interestingly|"
                   r"Notably|Consequently|In this (?:paper|work|study|article)|Here),\s", "", sentence)  # fmt: skip
    if plain != sentence:
        body = third_person(raised(plain))
        if body:
            texts.append(raised(body))
    return tuple(dict.fromkeys(raised(_NEW.sub("", t)) for t in texts))
