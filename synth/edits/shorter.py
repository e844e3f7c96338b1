"""Less than was said: an opening, an aside, a closing clause, an intensifier or an amount is dropped."""

from __future__ import annotations

import re

from synth.edits.edit import Edit, made, ordered
from synth.edits.inflect import PASTS, THIRD

__all__ = ["shortened", "weakened"]

_CONNECTIVE = re.compile(
    r"^(?:However|Moreover|Furthermore|Additionally|In addition|Finally|Specifically|In particular|"
    r"Interestingly|Surprisingly|Notably|"
    r"Importantly|Overall|As a result|Consequently|Therefore|Thus|Hence|Indeed|Nevertheless|Remarkably),\s(?=\w)"
)
_WHICH = re.compile(r",\s(?:which|thereby|thus|indicating|suggesting|demonstrating|showing|highlighting|"
                    r"confirming|proving|making|while|whereas|"
                    r"although|because|illustrating|underlining|where)\s[^,;()]{8,}\.$")  # fmt: skip
_PARENTHESIS = re.compile(
    r"\s\((?:i\.e\.|e\.g\.|such as|for example|cf\.|see|about|approximately|including)[^()]*\)|"
    r"\s\([A-Z][\w\s.&,-]+,?\s(?:19|20)\d\d[a-z]?\)"
)
_SECOND = re.compile(r"(?:;|,)\s(?:and|but)\s(?:(?:it|they|we|that)\s(?:is|are|was|were|has|have|can|show|also|"
                     r"does|do|outperform\w*|achiev\w+|\w+s)|"
                     r"(?:is|are|was|were|has|have|can|achieves?|outperforms?|improves?|reduces?|provides?|"
                     r"shows?|yields?|allows?)\b)[^,;()]{6,}\.$")  # fmt: skip
_AFTER_SEMICOLON = re.compile(r";\s(?!however|but|except|only|though|although|yet|unless|if)[^;()]{10,}\.$")
_SUCH_AS = re.compile(
    r",?\s(?:such as|including|e\.g\.,?)\s(?:[\w-]+(?:\s[\w-]+){0,2}(?:,\s|\sand\s|"
    r",\sand\s)){0,4}[\w-]+(?:\s[\w-]+){0,2}(?=\.$)"
)


def shortened(sentence: str, seed: int) -> list[Edit]:
    """Part of what was said: an opening connective, an aside or a closing clause is dropped."""
    edits: list[Edit | None] = []
    opening = _CONNECTIVE.match(sentence)
    if opening:
        edits.append(made(sentence, "shortened", "supports", [(0, opening.end(), "")], shown=False))
    for pattern in (_WHICH, _SECOND, _AFTER_SEMICOLON, _SUCH_AS):
        match = pattern.search(sentence)
        if (
            match
            and _whole(sentence[: match.start()])
            and not re.search(
                r"\b(?:and|or|of|"
                r"to)$",
                sentence[: match.start()],
            )
        ):
            edits.append(made(sentence, "shortened", "supports", [(match.start(), len(sentence), ".")], shown=False))
    for match in _PARENTHESIS.finditer(sentence):
        edits.append(made(sentence, "shortened", "supports", [(match.start(), match.end(), "")], shown=False))
    return ordered([e for e in edits if e is not None], sentence, "shortened", seed)


_FINITE = re.compile(r"\b(?:is|are|was|were|has|have|can)\b|\b[Ww]e\s\w+")


def _whole(start: str) -> bool:
    """Whether `start` is a statement of its own: it has a verb, and no clause that depends on what follows."""
    if len(start.split()) < 6 or not (_FINITE.search(start) or any(w in THIRD or w in PASTS for w in start.split())):
        return False
    return not re.match(
        r"(?:While|Although|Though|If|When|Since|Because|As|Despite|Unlike|Given|Both|Either|Neither|Not only|"
        r"Whether)\b",
        start,
    ) and not (re.search(r"\b(?:both|either|neither|not only|if|whether|no|not|between|only)\b", start))


_INTENSE = re.compile(
    r"\b(?:significantly|substantially|considerably|greatly|dramatically|consistently|markedly|clearly|"
    r"remarkably|notably|largely|"
    r"drastically|strongly|vastly|severely|easily|effectively|efficiently|successfully|"
    r"extensively)\s(?=(?:better|worse|higher|lower|faster|slower|"
    r"larger|smaller|more|less|fewer|improv|outperform|reduc|increas|decreas|surpass|exceed|enhanc|degrad|"
    r"affect|correlat|accelerat|lower|"
    r"boost|speed|evaluat|compar))"
)
_BY = re.compile(r"\sby\s(?:(?:up to|about|around|more than|over|nearly|almost|at least|approximately|"
                 r"an average of|as much as)\s)?"
                 r"(?:\d[\d.,]*\s?(?:%|percent|points|x|percentage points|BLEU points?|BLEU|F1|"
                 r"times)?(?:\s(?:points|absolute|relative|on average))?)(?=[.,;]|\s(?:on|in|over|for|and|"
                 r"while)\b)")  # fmt: skip
_WEAKER = (
    (re.compile(r"\bMost\b(?= (?!of|import|notab|recent|like|often)\w+)"), "Many"),
    (re.compile(r"\bproves that\b"), "suggests that"),
    (re.compile(r"\b(?:results|findings|experiments|simulations) prove that\b"), "results suggest that"),
)


def weakened(sentence: str, seed: int) -> list[Edit]:
    """Less than was said: an intensifier or an amount dropped, "always" made "often"."""
    edits: list[Edit | None] = []
    negated = re.search(r"\b(?:not|no|never|without|cannot|nor|neither|hardly|whether|if)\b", sentence)
    if negated:
        return []
    for match in _INTENSE.finditer(sentence):
        if sentence[match.start() - 1 : match.start()] in ("“", '"'):
            continue
        edits.append(made(sentence, "weakened", "supports", [(match.start(), match.end(), "")], shown=False))
    for match in _BY.finditer(sentence):
        if re.search(r"\b(?:improv|outperform|reduc|increas|decreas|surpass|exceed|drop|boost|lower|beat|ris|"
                     r"gr[oe]w|declin|cut)\w*\b[^,;]{0,60}$",
                     sentence[: match.start()]) and not re.search(r"\brespectively\b", sentence):  # fmt: skip
            edits.append(made(sentence, "weakened", "supports", [(match.start(), match.end(), "")], shown=False))
    for pattern, new in _WEAKER:
        found = pattern.search(sentence)
        if found:
            edits.append(made(sentence, "weakened", "supports", [(found.start(), found.end(), new)]))
    return ordered([e for e in edits if e is not None], sentence, "weakened", seed)
