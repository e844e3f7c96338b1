"""One controlled edit: a sentence changed in a known way, and the small rules that keep the result grammatical."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Literal, TypeVar

from synth.records import Record, Stance

__all__ = ["CHANGES", "REWORDINGS", "Edit", "Kind", "fit", "lowered", "made", "ordered", "raised", "swapped"]

Kind = Literal[
    # the original does not support the edited sentence
    "number", "exchange", "sign", "unit", "bound", "scope_time", "direction", "antonym", "comparison", "negation",
    "quantifier", "overclaim", "dataset", "model", "language", "split", "metric", "entity",
    # the edited sentence says the same, or less
    "rounding", "unit_change", "number_word", "separator", "paraphrase", "frame", "author", "voice", "reordering",
    "abbreviation", "symmetric", "shortened", "weakened",
]  # fmt: skip
CHANGES: tuple[Kind, ...] = (
    "number", "exchange", "sign", "unit", "bound", "scope_time", "direction", "antonym", "comparison", "negation",
    "quantifier", "overclaim", "dataset", "model", "language", "split", "metric", "entity",
)  # fmt: skip
REWORDINGS: tuple[Kind, ...] = (
    "rounding", "unit_change", "number_word", "separator", "paraphrase", "frame", "author", "voice", "reordering",
    "abbreviation", "symmetric", "shortened", "weakened",
)  # fmt: skip


class Edit(Record):
    """A sentence changed in a known way.

    `harmless` edits follow from `original` (stance supports); of the others `original` refutes the text where the
    two cannot both hold, and is neutral where it just does not say so. `claimed` are the changed words as they
    stand in `text`, `found` what stood there in `original`; both None where the edit moves or drops words.
    """

    text: str
    original: str
    kind: Kind
    harmless: bool
    stance: Stance
    claimed: str | None
    found: str | None


T = TypeVar("T")


def ordered(items: Iterable[T], *key: object) -> list[T]:
    """`items` in an order that depends on nothing but their places and `key`: the same on every machine."""
    prefix = "\x1f".join(map(str, key))
    drawn = [(hashlib.blake2b(f"{prefix}\x1f{i}".encode(errors="replace"), digest_size=8).digest(), item)
             for i, item in enumerate(items)]  # fmt: skip
    return [item for _, item in sorted(drawn, key=lambda pair: pair[0])]


# --- which sentences ---------------------------------------------------------------------------------

_WORDS = (4, 90)
_BROKEN = re.compile(r"[\\{}<>|\n\t\x00-\x08]|\$|https?:|www\.|\.\.\.|…|\?\s*$|�|[:;]\s*$")
_ENGLISH = re.compile(
    r"\b(?:the|an?|of|and|to|in|is|are|we|for|with|on|by|our|that|it|than|more|this|these|from|as|at|not|which|can|has)\b",
    re.I,
)
_FOREIGN = re.compile(r"\b(?:les|des|une|est|dans|pour|der|und|das|ein|nous|avec|los|las|que|para|della)\b")
_TWO = re.compile(r"[a-z)]\.\s+[A-Z][a-z]+\s")


def fit(sentence: str) -> bool:
    """Whether `sentence` is one plain statement that can be edited: no formula, address, question or fragment."""
    count = sentence.count(" ") + 1
    if not _WORDS[0] <= count <= _WORDS[1] or _BROKEN.search(sentence) or _TWO.search(sentence):
        return False
    if not _ENGLISH.search(sentence) or _FOREIGN.search(sentence):
        return False
    first = sentence[0]
    return (first.isupper() or first.isdigit() or bool(re.match(r"[a-z]+[A-Z\d]", sentence))) and (
        sentence.count("(") == sentence.count(")") and sentence.count('"') % 2 == 0
    )


# --- words in their places ---------------------------------------------------------------------------

_ARTICLE = re.compile(r"\b([Aa])(n?)(\s+[\"“(]?)$")
_SAID_AS_CONSONANT = re.compile(
    r"one\b|one-|once\b|eu|ubiq|uni(?!n|m)|us(?:e|u|a)|util|[Uu]nite|UNet|U-?Net|"
    r"UMLS|UD\b"
)
_SAID_AS_WORD = re.compile(
    r"LASER|LoRA|LSTUR|LaBSE|NIST|MNIST|ROUGE|LASSO|SARI|FEVER|RACE|SIFT|SURF|RoBERTa|MIMIC|FLOPS?\b|FLORES|"
    r"RAM\b|RAG\b|ReLU|RISC|NASA|SCADA|SOAP|REST|MOOC|MIMO|LIDAR|LiDAR|LaTeX|HITS|SQuAD|SCAN|NER\b(?<=x)"
)


def _wants_an(word: str) -> bool:
    """Whether "an" is said before `word`."""
    if re.match(r"8|1[18](?!\d)|1[18],", word):
        return True
    token = re.match(r"[\w.]*", word)
    name = token.group() if token else ""
    spelled = (len(name) > 1 and name[:2].isupper()) or re.fullmatch(r"[A-Z]\d*|m[A-Z]\w*", name)
    if spelled and not _SAID_AS_WORD.match(name):
        return name[0] in "AEFHILMNORSXm"
    if _SAID_AS_CONSONANT.match(word):
        return False
    return word[:1].lower() in tuple("aeiou") or bool(re.match(r"hour|honest|heir|MNLI|XN", word))


def with_article(before: str, new: str) -> str:
    """`before` with a closing "a" or "an" made to fit the word that follows."""
    match = _ARTICLE.search(before)
    if not match or not new:
        return before
    return before[: match.start()] + match[1] + ("n" if _wants_an(new) else "") + match[3]


def swapped(sentence: str, changes: Sequence[tuple[int, int, str]]) -> str:
    """`sentence` with every [start, end) replaced; articles before, and a capital at the start, follow along.

    Where words are dropped, so is the space that they leave before another space or a mark.
    """
    out, at = "", 0
    for start, end, new in sorted(changes):
        out += sentence[at:start]
        after = sentence[end : end + 1]
        if not new and (after in ("", " ", ".", ",", ";", ")")):
            out = out.rstrip(" ")
        if new.endswith(" ") and after == " ":
            new = new.rstrip(" ")
        if new and new[0] != sentence[start : start + 1]:
            out = with_article(out, new)
        elif not new:
            out = with_article(out, sentence[end:].lstrip(" "))
        out, at = out + new, end
    out += sentence[at:]
    return raised(out.strip()) if sentence[:1].isupper() else out


def made(
    sentence: str, kind: Kind, stance: Stance, changes: Sequence[tuple[int, int, str]], *, shown: bool = True
) -> Edit | None:
    """The edit that replaces every [start, end) of `changes`; None where nothing would differ.

    `shown` is False where words move or go and no single pair of spans tells the change.
    """
    text = swapped(sentence, changes)
    if text == sentence or not text:
        return None
    start, end, new = changes[0]
    return Edit(
        text=text, original=sentence, kind=kind, harmless=stance == "supports", stance=stance,
        claimed=new if shown and new else None, found=sentence[start:end] if shown else None,
    )  # fmt: skip


_OPENERS = frozenset(
    """The A An Our This These Those Its Their In On For With From By At To And Of All Both Most Many Some Several Each
    Every Such Other Previous Existing Current Recent Using Under When While As After Before During Among Across
    Compared Unlike Despite Although Since Two Three Four Five Six Seven Eight Nine Ten No Few Different Traditional
    Standard Simple Deep Neural Human Automatic Experimental Experiments Results Based Given Through Within Over We
    It They There Here Such Only Even State-of-the-art Conventional""".split()  # noqa: SIM905
)


def lowered(text: str) -> str:
    """First letter lower-case where the first word is an ordinary word that opens sentences, not a name."""
    first = re.match(r"[A-Z][\w-]*", text)
    if first and first.group() in _OPENERS:
        return text[0].lower() + text[1:]
    return text


def opens_lowered(text: str) -> bool:
    """Whether the first word of `text` may stand inside a sentence after `lowered`: an opener, or a name by shape."""
    first = re.match(r"[\w-]+", text)
    if not first:
        return False
    word = first.group()
    return word in _OPENERS or not word[0].isupper() or any(c.isupper() or c.isdigit() for c in word[1:])


def raised(text: str) -> str:
    """First letter upper-case, unless the first word is a name such as "mBERT"."""
    return text if re.match(r"[a-z]+[A-Z\d]", text) else text[:1].upper() + text[1:]
