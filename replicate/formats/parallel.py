"""Parallel sentences: line-aligned files (LASER's Tatoeba sets) and mining sets with ids and gold pairs (BUCC)."""

from __future__ import annotations

from collections.abc import Iterator

from replicate.formats.rows import Options, Row, Source, lines
from synth.errors import InputError

__all__ = ["read_bucc", "read_laser"]


def read_laser(sources: tuple[Source, ...], _options: Options) -> Iterator[Row]:
    """Rows of source and target sentence from two files of as many lines, paired by line."""
    left, right = sources
    first = [line.strip() for _, line in lines(left)]
    second = [line.strip() for _, line in lines(right)]
    if len(first) != len(second):
        raise InputError(f"{left}: {len(first)} lines, but {right} has {len(second)}: they are not aligned")
    for number, pair in enumerate(zip(first, second, strict=True), start=1):
        yield Row(f"{left}: line {number}", {"source": pair[0], "target": pair[1]})


def _numbered(source: Source) -> list[tuple[str, str]]:
    pairs = []
    for number, line in lines(source):
        parts = line.split("\t", 1)
        if len(parts) != 2:
            raise InputError(f"{source}: line {number} has no tab between id and sentence")
        pairs.append((parts[0].strip(), parts[1].strip()))
    return pairs


def read_bucc(sources: tuple[Source, ...], _options: Options) -> Iterator[Row]:
    """One row: source and target as lists of (id, sentence), gold as a list of (source id, target id).

    Three files: source, target, gold. A gold id that is in neither file raises InputError.
    """
    left, right, gold = sources
    source, target, pairs = _numbered(left), _numbered(right), _numbered(gold)
    known = ({key for key, _ in source}, {key for key, _ in target})
    for number, pair in enumerate(pairs, start=1):
        for key, ids, file in zip(pair, known, (left, right), strict=True):
            if key not in ids:
                raise InputError(f"{gold}: line {number}: {key} is not in {file}")
    yield Row(f"{gold}", {"source": source, "target": target, "gold": pairs})
