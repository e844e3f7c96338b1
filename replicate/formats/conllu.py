"""CoNLL-U treebanks, read as the benchmark's part-of-speech task reads them: written words, one tag each.

The benchmark keeps a fused token (French "du", German "zum") as one word and gives it the tag of one of its syntactic
words: of the one with the fewest ancestors in the tree, and among several such of the one whose tag stands first in a
list of precedence. The rule and the lists are those of the conversion that XTREME runs
(google-research/xtreme, third_party/ud-conversion-tools); empty nodes (8.1) are left out. XTREME then removes spaces
and zero-width non-joiners inside words, and drops sentences whose text was withheld (words written as `_`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from replicate.formats.rows import Options, Row, Source, lines
from synth.errors import InputError

__all__ = ["PRECEDENCE", "read"]

PRECEDENCE: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "": ("VERB", "NOUN", "PROPN", "PRON", "ADJ", "NUM", "ADV", "INTJ", "AUX", "ADP", "DET", "PART", "CCONJ", "SCONJ",
         "X", "PUNCT"),
    "es": ("VERB", "AUX", "PRON", "ADP", "DET"),
    "fr": ("VERB", "AUX", "PRON", "NOUN", "ADJ", "ADV", "ADP", "DET", "PART", "SCONJ", "CONJ"),
    "it": ("VERB", "AUX", "ADV", "PRON", "ADP", "DET", "INTJ"),
})  # fmt: skip


class _Word(NamedTuple):
    form: str
    tag: str
    head: int


def read(sources: tuple[Source, ...], options: Options) -> Iterator[Row]:
    """Rows of words and tags (universal parts of speech), a fused token as one word.

    A line that has not ten columns, or an id or head that is not a number, raises InputError.
    """
    precedence = PRECEDENCE.get(options.language, PRECEDENCE[""])
    for source in sources:
        for first, words, spans in _trees(source):
            tokens, tags = _surface(words, spans, precedence)
            withheld = tokens.count("_")
            # As the benchmark does: with at least all but one word withheld, the sentence carries nothing.
            if tokens and (withheld == 0 or withheld < len(tokens) - 1):
                yield Row(f"{source}: line {first}", {"words": tokens, "tags": tags})


def _trees(source: Source) -> Iterator[tuple[int, dict[int, _Word], list[tuple[int, int, str]]]]:
    words: dict[int, _Word] = {}
    spans: list[tuple[int, int, str]] = []
    first = 0
    for number, line in lines(source):
        if not line.strip():
            if words:
                yield first, words, spans
            words, spans, first = {}, [], 0
            continue
        if line.startswith("#"):
            continue
        first = first or number
        parts = line.split("\t")
        if len(parts) != 10:
            raise InputError(f"{source}: line {number} has {len(parts)} columns, CoNLL-U has 10")
        try:
            if "." in parts[0]:
                continue
            if "-" in parts[0]:
                start, end = map(int, parts[0].split("-"))
                spans.append((start, end, parts[1]))
            else:
                # PUD and others may blank the head: then every word is its own root and precedence decides.
                words[int(parts[0])] = _Word(parts[1], parts[3], int(parts[6]) if parts[6] != "_" else 0)
        except ValueError:
            raise InputError(f"{source}: line {number}: id {parts[0]} or head {parts[6]} is not a number") from None
    if words:
        yield first, words, spans


def _depth(words: Mapping[int, _Word], index: int) -> int:
    """How many words are above this one (a cycle, which a tree has not, ends the walk)."""
    seen: set[int] = set()
    while index in words and index not in seen:
        seen.add(index)
        index = words[index].head
    return len(seen)


def _surface(
    words: Mapping[int, _Word], spans: list[tuple[int, int, str]], precedence: tuple[str, ...]
) -> tuple[list[str], list[str]]:
    fused: dict[int, tuple[str, int]] = {}  # head of a fused token -> (form, last part)
    dropped: set[int] = set()
    for start, end, form in spans:
        inside = [index for index in range(start, end + 1) if index in words]
        if not inside:
            continue
        depth = {index: _depth(words, index) for index in inside}
        highest = [index for index in inside if depth[index] == min(depth.values())]
        rank = {tag: place for place, tag in enumerate(precedence)}
        head = min(highest, key=lambda index: (rank.get(words[index].tag, len(rank)), index))
        fused[head] = (form, end)
        dropped |= set(inside) - {head}
    tokens, tags = [], []
    for index in sorted(words):
        if index in dropped:
            continue
        form = fused[index][0] if index in fused else words[index].form
        tokens.append(form.strip().replace("\u200c", "").replace(" ", ""))
        tags.append(words[index].tag.strip())
    return tokens, tags
