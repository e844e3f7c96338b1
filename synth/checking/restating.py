"""Whether a claim says a sentence again: word by word the same, but for wording that changes nothing.

Claim and sentence are laid side by side as words that mean the same, without articles, pronouns and who says it; their
numbers are held against each other in their places. What is left over must be explained: a long form and its
abbreviation, an aside or a closing clause that the claim leaves out, a phrase moved from the front to the end. One
other word, a denial, a hedge or a number that is not the same, and it is no restatement: then a model may judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from synth.checking.amounts import related
from synth.checking.figure import Figure
from synth.checking.figures import figures
from synth.statements import unattributed
from synth.stems import same_word, same_words
from synth.text import content_words
from synth.wording import CONNECTIVE, FINDING

__all__ = ["restated"]

_SHARED = 0.4  # of the claim's content words, below which no closer look is taken
_LEAST = 4  # units that a claim must have: shorter ones are said by chance
# Words that say neither what nor how much nor whether.
_LIGHT = frozenset(
    """a an the is are was were be been being has have had that this these those it its we our ours us they their them
    he she his her i my author researcher itself themselves one ones""".split()  # noqa: SIM905
)
# Words that a claim may leave out: it then says less.
_INTENSE = frozenset(map(same_word, """significantly consistently clearly dramatically remarkably strongly vastly easily
    even new novel""".split()))  # fmt: skip  # noqa: SIM905
_HEDGES = frozenset(map(same_word, """about approximately over under nearly almost least most up than""".split()))  # noqa: SIM905
# What must not be dropped or added unseen, even in an aside or a closing clause.
_BINDING = re.compile(
    r"\b(?:not|no|never|none|neither|nor|cannot|without|unless|except|only|if|but|however|although|though|may|might|"
    r"could|some|sometimes|fails?|failed|less|fewer|hardly|rarely|seldom)\b|n['’]t\b", re.I
)  # fmt: skip
_ASIDE = re.compile(r"\s?\([^()]*\)")
_CLOSING = re.compile(
    r"(?:,\s(?:which|thereby|thus|indicating|suggesting|demonstrating|showing|highlighting|confirming|making|while|"
    r"whereas|leading|resulting|where|and)\s|;\s)[^;]*$"
)
_FRONT = re.compile(r"^([^,;:()]{3,90}),\s+(.+?)[.\s]*$", re.S)
_INVERTED = re.compile(
    r"^(?P<left>[^,;:]+?)\s(?:(?:is|are|was|were)\s(?P<adverb>\w+ly\s)?(?:out-?performed|surpassed|beaten|exceeded)\sby|"
    r"(?:is|are|was|were|performs?|performed)\s(?:worse\sthan|inferior\sto))\s(?P<right>[^,;:]+?)"
    r"(?P<rest>(?:[,;:]|\s(?:in|on|by|for|at|with|across|when|which)\s).*|\.?)$", re.S
)  # fmt: skip
_DEFINED = re.compile(r"((?:[\w-]+[\s-]){1,7})\(([A-Z][\w-]{1,9}?)(s?)\)")
_WORD = re.compile(r"[^\W_]+(?:['’\-‐‑.,][^\W_]+)*|[<>≤≥±+−]")


class _Unit(NamedTuple):
    """A word by its key, or a figure (key "#") as it was written."""

    key: str
    text: str
    figure: Figure | None


@lru_cache(maxsize=4096)
def restated(claim: str, sentence: str) -> bool:
    """Whether `claim` says what `sentence` says and nothing else, however worded; less is said only by leaving out an
    aside, a closing clause or an intensifier.

    Decided by words alone: False says nothing but that the two were not recognised as the same.
    """
    wanted = content_words(claim)
    if len(wanted & content_words(sentence)) < _SHARED * len(wanted):
        return False
    theirs = [_units(text) for text in _less(_bare(sentence))]
    return any(_same(ours, there) for text in _moved(_bare(claim)) if len(ours := _units(text)) >= _LEAST
               for there in theirs)  # fmt: skip


def _bare(text: str) -> str:
    """The text without connectives and who says it at its beginning, long forms beside their abbreviation dropped."""
    text = unattributed(" ".join(text.split()))
    for _ in range(3):
        opening = CONNECTIVE.match(text) or FINDING.match(text)
        if opening is None:
            break
        text = text[opening.end() :]
    return _DEFINED.sub(_abbreviated, text)


def _abbreviated(match: re.Match[str]) -> str:
    """ "multiple-choice questions (MCQs)" as "MCQs", where the letters are the initials of the words before."""
    long, short = match[1], match[2]
    parts = list(re.finditer(r"[^\W_]+", long))
    if not 2 <= len(short) <= len(parts):
        return match.group()
    last = parts[-len(short) :]
    if "".join(p.group()[0] for p in last).lower() != short.lower():
        return match.group()
    return f"{long[: last[0].start()]}{short}{match[3]}"


def _moved(text: str) -> Iterator[str]:
    """The text, and the text with its opening phrase at the end ("On XNLI, it reaches 80"), or told from the other side
    ("B is outperformed by A")."""
    yield text
    other = _INVERTED.match(text)
    if other:
        yield f"{other['right']} {other['adverb'] or ''}outperforms {other['left']}{other['rest']}"
    front = _FRONT.match(text)
    if front:
        yield f"{front[2]} {front[1]}"


def _less(text: str) -> Iterator[str]:
    """The sentence, and what is left when asides, the closing clause or both are dropped, its opening moved or not."""
    whole = [text]
    short = _ASIDE.sub(lambda m: m.group() if _BINDING.search(m.group()) else "", text)
    whole += [short] if short != text else []
    for one in tuple(whole):
        closing = _CLOSING.search(one)
        if closing and len(one[: closing.start()].split()) > 5 and not _BINDING.search(closing.group()):
            whole.append(one[: closing.start()])
    for one in whole:
        yield from _moved(one)


@lru_cache(maxsize=8192)
def _units(text: str) -> tuple[_Unit, ...]:
    """The words and figures of a text in order, light words left out."""
    found = [f for f in figures(text) if f.part != "label" and not f.inner]
    starts = {f.start: f for f in found}
    written: list[str] = []
    told: dict[str, Figure] = {}
    for match in _WORD.finditer(text):
        inside = next((f for f in found if f.start <= match.start() < f.end), None)
        if inside is None:
            written.append(match.group())
        elif inside.start in starts:
            name = f"#{len(told)}"
            told[name] = starts.pop(inside.start)
            written.append(name)
            written += _WORD.findall(text[inside.end : match.end()])  # the unit in "0.18-mm"
    made = []
    for key in same_words(written):
        figure = told.get(key)
        if figure is not None:
            made.append(_Unit("#", figure.text, figure))
        elif key not in _LIGHT:
            made.append(_Unit(key, key, None))
    return tuple(made)


def _same(ours: Sequence[_Unit], theirs: Sequence[_Unit]) -> bool:
    """Whether the two differ in nothing that matters."""
    ours, theirs = _unhedged(ours), _unhedged(theirs)
    matcher = SequenceMatcher(None, [u.key for u in ours], [u.key for u in theirs], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        mine, there = ours[a:b], theirs[c:d]
        if kind == "equal":
            if not all(_same_number(x.figure, y.figure) for x, y in zip(mine, there, strict=True)):
                return False
        elif kind == "insert":
            if not all(u.key in _INTENSE for u in there):
                return False
        elif not _short_for(mine, there) and not _short_for(there, mine):
            return False
    return True


def _unhedged(units: Sequence[_Unit]) -> list[_Unit]:
    """Without the words that a figure takes as its bound ("about 8", "more than 8"), which the figures compare."""
    return [u for i, u in enumerate(units)
            if not (u.key in _HEDGES and any(v.figure is not None for v in units[i + 1 : i + 3]))]  # fmt: skip


def _same_number(claim: Figure | None, found: Figure | None) -> bool:
    if claim is None or found is None:
        return claim is found
    if (claim.bound == "up_to") != (found.bound == "up_to") or claim.text[:1] in "-−+" != found.text[:1] in "-−+":
        return False
    if claim.way != found.way and None not in (claim.way, found.way):
        return False
    if claim.terms and found.terms and claim.terms[0] * found.terms[1] != found.terms[0] * claim.terms[1]:
        return False  # "one of five", "one of four": too coarse to be held against each other as shares
    alike = claim.text == found.text and claim.bound == found.bound
    return alike or related(claim, found) == "same"


def _short_for(one: Sequence[_Unit], other: Sequence[_Unit]) -> bool:
    """Whether the first is an abbreviation of the second: NLP, natural language processing."""
    if len(one) != 1 or len(other) < 2 or any(u.figure for u in (*one, *other)):
        return False
    letters = one[0].key.rstrip("s") if len(one[0].key) > len(other) else one[0].key
    return letters == "".join(u.key[0] for u in other)
