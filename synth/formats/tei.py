"""Papers in TEI XML, the form that converters of PDF write: title, sections, figures, tables, references."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from synth.errors import InputError
from synth.formats import grid, markup
from synth.formats.body import Body
from synth.formats.markup import children, first, local, text_of
from synth.formats.references import identifiers, paper_id, year_in
from synth.records import Ids, Paper, ReadPaper, Reference, Table

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["describe", "read"]


def describe(path: Path) -> Paper:
    """The paper's own description of itself. Raises InputError where the file is not TEI."""
    return _paper(_root(path), path)


def read(path: Path) -> ReadPaper:
    """The whole paper. Raises InputError where the file is not TEI."""
    root = _root(path)
    paper = _paper(root, path)
    body = Body()
    if paper.abstract:
        body.heading("Abstract")
        body.paragraph(paper.abstract)
    tables: list[Table] = []
    text = first(root, "text")
    for part in ("body", "back"):
        _blocks(first(text, part), body, tables)
    words, sections, _ = body.build()
    references = tuple(_reference(e) for e in root.iter() if local(e) == "biblStruct" and _listed(e))
    return ReadPaper(
        paper=paper, tier="xml", text=words, sections=sections, tables=tuple(tables), references=references,
        notes=(*(() if words else ("no text in the file",)), *grid.cut(tables)),
    )  # fmt: skip


def _root(path: Path) -> _Element:
    root = markup.parse_xml(path)
    if local(root) != "TEI":
        raise InputError(f"{path}: the XML root is <{local(root)}>, not <TEI>; leave out the file")
    return root


def _paper(root: _Element, path: Path) -> Paper:
    header = first(root, "teiHeader")
    source = first(header, "fileDesc", "sourceDesc", "biblStruct")
    title = text_of(first(header, "fileDesc", "titleStmt", "title")) or text_of(first(source, "analytic", "title"))
    named = {
        e.get("type", "").lower(): text_of(e)
        for e in (source.iter() if source is not None else ())
        if local(e) == "idno"
    }
    doi = named.get("doi", "").lower() or None
    arxiv = re.sub(r"^arxiv:\s*", "", named.get("arxiv", ""), flags=re.IGNORECASE) or None
    abstract = text_of(first(header, "profileDesc", "abstract"))
    analytic = first(source, "analytic")
    ids = Ids(doi=doi, arxiv=arxiv)
    return Paper(
        id=paper_id(ids, path),
        title=title or path.stem,
        authors=_names(analytic),
        year=_year(source),
        ids=ids,
        abstract=abstract or None,
        tier="xml",
        source="local",
        location=str(path),
    )


def _names(holder: _Element | None) -> tuple[str, ...]:
    found: list[str] = []
    for author in children(holder, "author") if holder is not None else ():
        name = first(author, "persName")
        if name is not None:
            found.append(" ".join(text_of(part) for part in children(name, "forename", "surname")))
    return tuple(name for name in found if name)


def _year(source: _Element | None) -> int | None:
    for date in source.iter() if source is not None else ():
        if local(date) == "date":
            found = re.match(r"(?:18|19|20)\d\d", date.get("when") or text_of(date))
            if found:
                return int(found[0])
    return None


def _blocks(parent: _Element | None, body: Body, tables: list[Table]) -> None:
    for child in children(parent) if parent is not None else ():
        name = local(child)
        if name == "head":
            body.heading(" ".join(filter(None, (child.get("n"), text_of(child)))))
        elif name == "p":
            body.paragraph(text_of(child))
        elif name == "figure":
            _figure(child, body, tables)
        elif name == "div" and child.get("type") != "references":
            _blocks(child, body, tables)


def _figure(figure: _Element, body: Body, tables: list[Table]) -> None:
    label = text_of(first(figure, "head")).rstrip(".:")
    caption = text_of(first(figure, "figDesc"))
    table = first(figure, "table")
    if table is not None:
        rows = [
            [
                grid.Cell(text_of(c), 1, markup.span(c, "").columns if c.get("colspan") else _width(c))
                for c in children(row, "cell")
            ]
            for row in children(table, "row")
        ]
        built = grid.build(rows[:1], rows[1:], label=label or None, caption=caption)
        if built is not None:
            tables.append(built)
    body.paragraph(caption if caption.startswith(label) else ". ".join(filter(None, (label, caption))))


def _width(cell: _Element) -> int:
    value = cell.get("cols", "1")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else 1


def _listed(element: _Element) -> bool:
    parent = element.getparent()
    return parent is not None and local(parent) == "listBibl"


def _reference(entry: _Element) -> Reference:
    analytic, book = first(entry, "analytic"), first(entry, "monogr")
    title = text_of(first(analytic, "title")) or text_of(first(book, "title"))
    names = _names(analytic) or _names(book)
    year = _year(entry)
    note = next((text_of(e) for e in entry.iter() if local(e) == "note" and e.get("type") == "raw_reference"), "")
    where = text_of(first(book, "title")) if analytic is not None else ""
    numbers = " ".join(text_of(e) for e in entry.iter() if local(e) == "idno")
    raw = note or ". ".join(filter(None, (", ".join(names), str(year or ""), title, where, numbers)))
    return Reference(raw=raw, title=title or None, year=year or year_in(raw), ids=identifiers(f"{raw} {numbers}"))
