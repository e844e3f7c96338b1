"""Words with tags: the benchmark's two columns, WikiANN, Universal NER, and one sentence a line."""

from __future__ import annotations

from collections.abc import Iterator

from replicate.formats.rows import Options, Row, Source, lines
from synth.errors import InputError

__all__ = ["UNTAGGED", "read_iob", "read_tag_lines", "read_tagged"]

UNTAGGED = "_"
"""Stands for a tag that is not public. It is no tag of any task."""


def _sentences(source: Source) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """(first line number, numbered lines) of each block between blank lines."""
    block: list[tuple[int, str]] = []
    for number, line in lines(source):
        if "\t" in line or line.strip():
            block.append((number, line))
        elif block:
            yield block[0][0], block
            block = []
    if block:
        yield block[0][0], block


def read_tagged(sources: tuple[Source, ...], options: Options) -> Iterator[Row]:
    """`token TAB tag`, a blank line between sentences; `token` alone where the tags are kept back.

    WikiANN's original files write every token as `de:token`: the prefix goes if every token of the sentence has it,
    and a token that itself holds a colon keeps the rest.
    """
    prefix = f"{options.language}:"
    for source in sources:
        for first, block in _sentences(source):
            words, tags = [], []
            for number, line in block:
                parts = line.split("\t")
                if len(parts) > 2:
                    raise InputError(f"{source}: line {number} has {len(parts)} columns, expected token and tag")
                if parts == ["", ""]:  # a parser's output has words of no characters; they are no boundary
                    continue
                words.append(parts[0])
                tags.append(parts[1].strip() if len(parts) == 2 else UNTAGGED)
            if all(word.startswith(prefix) for word in words):
                words = [word.removeprefix(prefix) for word in words]
            yield Row(f"{source}: line {first}", {"words": words, "tags": tags})


def read_iob(sources: tuple[Source, ...], _options: Options) -> Iterator[Row]:
    """`id TAB token TAB tag`, comments after `#`, a blank line between sentences (Universal NER, WikiNEuRal)."""
    for source in sources:
        for first, block in _sentences(source):
            words, tags = [], []
            for number, line in block:
                if line.startswith("#") and line.count("\t") < 2:
                    continue
                parts = line.split("\t")
                if len(parts) < 3:
                    raise InputError(f"{source}: line {number} has {len(parts)} columns, expected id, token and tag")
                words.append(parts[1])
                tags.append(parts[2].strip())
            if words:
                yield Row(f"{source}: line {first}", {"words": words, "tags": tags})


def read_tag_lines(sources: tuple[Source, ...], _options: Options) -> Iterator[Row]:
    """`words TAB tags`, one sentence a line, both separated by single spaces (supertags)."""
    for source in sources:
        for number, line in lines(source):
            parts = line.split("\t")
            if len(parts) != 2:
                raise InputError(f"{source}: line {number} has {len(parts)} columns, expected words and tags")
            yield Row(f"{source}: line {number}", {"words": parts[0].split(" "), "tags": parts[1].split(" ")})
