"""Does a claim read as English, the only language that verdicts are made in? A rule on scripts and small words.

Silence of the rule means English: names, numbers and formulas are shared by all languages.
"""

from __future__ import annotations

import re

__all__ = ["foreign"]

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset(
    _WORD.findall(
        "the of and in is are was were to for with on than by from at as that this which we not be it an or has have "
        "when between after more less does do can both all over under into no its their"
    )
)
# Small words of other languages that are no English words.
_OTHERS = frozenset(
    _WORD.findall(
        "der die das und ist sind nicht mit für von auf ein eine einem einer wird werden als bei zu den dem des im "
        "durch le la les est sont une avec pour dans sur que qui par pas plus aux du et ou el los las una del con por "
        "para como más es son se il lo gli di che è sono non per della nel um os da dos na mais não é são het een van "
        "en niet zijn och att är på som inte av til og det er med ikke jest nie się że"
    )
)


def foreign(text: str) -> bool:
    """Whether the text is written in another script, or in words of which the small ones are not English.

    Greek letters count as English: they stand in names.
    """
    letters = [c for c in text if c.isalpha()]
    strange = [c for c in letters if not (c.isascii() or "\u00c0" <= c <= "\u024f" or "\u0370" <= c <= "\u03ff")]
    if len(strange) >= 4 and len(strange) > 0.3 * len(letters):
        return True
    words = [word for word in _WORD.findall(text) if word.islower() or word.istitle()]
    small = [word.lower() for word in words]
    other = sum(word in _OTHERS and word not in _ENGLISH for word in small)
    return other >= 2 and other > sum(word in _ENGLISH for word in small)
