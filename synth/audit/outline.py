"""A report laid out: its title, headings with the lines under them, tables and references, whatever its form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from synth.records import ReadPaper

__all__ = ["Item", "Outline", "Part", "TableOf", "of_reading", "of_text"]

_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*$")
_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*\.?\s+)?[A-Z][^.!?\t|]{1,70}$")
_BULLET = re.compile(r"\s*(?:[-*+•‣◦]|\d{1,5}[.)]|\[\d{1,4}\])\s+(.+)")
_BULLET_MARK = re.compile(r"^\s*(?:[-*+•‣◦]|\d{1,5}[.)]|\[\d{1,4}\])\s+")
_ANCHOR = re.compile(r"<a\s[^<>]{0,300}>|</a>", re.I)  # a place to link to, as Markdown writes one in a heading
_RULE = re.compile(r"\s*\|?[\s:|-]*-{2,}[\s:|-]*\|?\s*$")
_REFERENCES = re.compile(
    r"^[\W\d]*(?:references?|bibliography|works cited|literature(?: cited)?|sources?|citations|papers|"
    r"evidence base)\W*$",
    re.I,
)
_PLAINLY = re.compile(r"references?|bibliography|works cited|literature", re.I)
_LONGEST = 20_000  # characters of a line whose mark-up is taken off
_MAX_CELLS = 64  # columns of a table that are looked at


class Item(NamedTuple):
    """A line or paragraph under a heading. `listed` says that it is an item of a list."""

    text: str
    listed: bool


class Part(NamedTuple):
    """A heading ("" before the first) and what stands under it."""

    heading: str
    items: tuple[Item, ...]


class TableOf(NamedTuple):
    """A table: the cells of its first row, and of the others."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Outline(NamedTuple):
    """A report laid out. `references` are the raw entries of its reference list."""

    title: str | None
    sections: tuple[Part, ...]
    tables: tuple[TableOf, ...]
    references: tuple[str, ...]


def of_reading(reading: ReadPaper) -> Outline:
    """The outline of a page or PDF. A paper's title that the reader made up of the file's name is none."""
    sections = []
    references = [reference.raw for reference in reading.references]
    for section in reading.sections:
        blocks = [b for b in reading.text[section.start : section.end].split("\n\n") if b.strip()]
        items = tuple(Item(_bare(" ".join(block.split())), bool(_BULLET.match(block))) for block in blocks)
        if _REFERENCES.match(section.heading):
            references = references or [item.text for item in items]
        else:
            sections.append(Part(section.heading, items))
    tables = tuple(TableOf(table.columns[:_MAX_CELLS], table.rows) for table in reading.tables)
    title = " ".join(reading.paper.title.split()) or None
    if title is not None and title == (reading.paper.location or "").rsplit("/", 1)[-1].rsplit(".", 1)[0]:
        title = None
    return Outline(title, tuple(sections), tables, tuple(references))


def of_text(text: str) -> Outline:
    """The outline of a text with or without Markdown."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tables, left = _tables(lines)
    sections: list[tuple[str, list[Item]]] = [("", [])]
    title: str | None = None
    for at, line in enumerate(left):
        if not line.strip():
            sections[-1][1].append(Item("", False))
            continue
        heading = _heading(left, at)
        if heading is not None:
            if title is None and len(sections) == 1 and not any(i.text for i in sections[0][1]):
                title = heading
            else:
                sections.append((heading, []))
            continue
        _add(sections[-1][1], line)
    parts = [Part(heading, tuple(i for i in items if i.text)) for heading, items in sections]
    if title is None and parts[0].items and not parts[0].items[0].listed:
        title = _short(parts[0].items[0].text)
    lists = [part for part in parts if _REFERENCES.match(part.heading)]
    # "Sources" may be the places that were searched, where the references have a list of their own.
    plain = [part for part in lists if _PLAINLY.search(part.heading)] or lists
    references = [item.text for part in plain for item in part.items]
    kept = tuple(part for part in parts if not _REFERENCES.match(part.heading))
    return Outline(title, kept, tables, tuple(references))


def _short(text: str) -> str | None:
    return text if len(text) <= 300 and not text.endswith(".") else None


def _heading(lines: Sequence[str], at: int) -> str | None:
    """The heading on this line: marked, underlined, or short and alone between empty lines."""
    line = lines[at].strip()
    if len(line) > 300:
        return None
    marked = _HEADING.fullmatch(line)
    if marked:
        return _ANCHOR.sub("", marked[2]).strip("*_ ")
    below = lines[at + 1].strip() if at + 1 < len(lines) else ""
    if re.fullmatch(r"={3,}", below):
        return line
    if re.fullmatch(r"={3,}|-{3,}|\*{3,}", line):
        return None
    bare = re.fullmatch(r"\*\*([^*]{2,80})\*\*:?", line)
    if bare:
        return bare[1].strip(": ")
    alone = not below and (at == 0 or not lines[at - 1].strip())
    if alone and _NUMBERED.fullmatch(line) and not _BULLET.match(line):
        return line
    return None


def _add(items: list[Item], line: str) -> None:
    """A line as an item of its own, or as the going on of the one before it."""
    if re.fullmatch(r"\s*(?:={3,}|-{3,}|\*{3,}|```\w*)\s*", line):
        return
    listed = _BULLET.match(line)
    if listed:
        items.append(Item(_bare(line), True))
    elif items and items[-1].text and len(items[-1].text) < _LONGEST:
        items[-1] = Item(f"{items[-1].text} {_bare(line)}", items[-1].listed)
    else:
        items.append(Item(_bare(line), False))


def _bare(line: str) -> str:
    """The line without the mark of a list, quotation marks of Markdown, emphasis and backslashes."""
    text = re.sub(r"^\s*(?:>\s?)+", "", line)
    text = _BULLET_MARK.sub("", text, count=1)
    if len(text) > _LONGEST:
        return " ".join(text.split())
    text = re.sub(r"(\*\*|__)(?=\S)([^*_\n]{1,500}?)\1", r"\2", text)
    text = re.sub(r"(?<![\w*])\*(?=\S)([^*\n]{1,500}?)\*(?![\w*])", r"\1", text)
    return re.sub(r"\\([\\`*_{}\[\]<>()#+.!|~^$&:@-])", r"\1", " ".join(text.split()))


# --- tables ---------------------------------------------------------------------------------------------------


def _tables(lines: Sequence[str]) -> tuple[tuple[TableOf, ...], list[str]]:
    """Tables of pipes or tabs, and the lines that are in none."""
    tables: list[TableOf] = []
    left: list[str] = []
    at = 0
    while at < len(lines):
        sign = "\t" if "\t" in lines[at].strip() else "|"
        end = at
        while end < len(lines) and sign in lines[end].strip():
            end += 1
        rows = [_cells(line, sign) for line in lines[at:end] if not _RULE.fullmatch(line)]
        if len(rows) > 1 and len(rows[0]) > 1:
            width = len(rows[0])
            tables.append(TableOf(rows[0], tuple((*row, *[""] * width)[:width] for row in rows[1:])))
            left.append("")
            at = end
        else:
            left.append(lines[at])
            at += 1
    return tuple(tables), left


def _cells(line: str, sign: str) -> tuple[str, ...]:
    if sign == "\t":
        found = line.strip("\n").split("\t")
    else:
        found = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
    return tuple(_cell(cell) for cell in found[:_MAX_CELLS])


def _cell(text: str) -> str:
    bare = text.strip()
    return bare if re.fullmatch(r"[-+]?\d[\d.,%]*|\[[\d\s,;–-]+\]", bare) else _bare(bare)
