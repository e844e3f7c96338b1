"""Articles in JATS XML: exact sections, tables with their spans, references and identifiers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from synth.errors import InputError
from synth.formats import grid, markup
from synth.formats.body import Body
from synth.formats.markup import children, first, local, text_of
from synth.formats.references import identifiers, paper_id, year_in
from synth.records import Ids, Notice, Paper, ReadPaper, Reference, Table

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["describe", "read"]

# What stands beside the running text. Display formulas stay: a sentence may depend on them.
_FLOATS = frozenset(
    {"table-wrap", "table-wrap-group", "fig", "fig-group", "boxed-text", "supplementary-material", "fn", "fn-group",
     "media", "graphic", "inline-graphic", "object-id"}
)  # fmt: skip
_BLOCKS = frozenset(
    {"p", "disp-quote", "list", "def-list", "disp-formula", "preformat", "code", "verse-group", "statement"}
)
_NOTICES = {"retraction": "retraction", "expression-of-concern": "concern", "correction": "erratum"}


def describe(path: Path) -> Paper:
    """The paper's own description of itself. Raises InputError where the file is not JATS."""
    return _paper(_article(path), path)


def read(path: Path) -> ReadPaper:
    """The whole article. Raises InputError where the file is not JATS."""
    article = _article(path)
    paper = _paper(article, path)
    body = Body()
    if paper.abstract:
        body.heading("Abstract")
        for abstract in _abstracts(article):
            _blocks(abstract, body)
    tables: list[Table] = []
    for part in ("body", "back"):
        root = first(article, part)
        if root is None:
            continue
        _blocks(root, body)
        tables.extend(_tables(root))
    floats = first(article, "floats-group")
    if floats is not None:
        tables.extend(_tables(floats))
        for child in children(floats):
            _float(child, body)
    text, sections, _ = body.build()
    references = tuple(_reference(ref) for ref in article.iter() if local(ref) == "ref")
    notes = (
        () if first(article, "body") is not None else ("the file holds no body, only the description and the abstract",)
    )
    return ReadPaper(
        paper=paper, tier="xml", text=text, sections=sections, tables=tuple(tables),
        references=tuple(r for r in references if r.raw), notes=(*notes, *grid.cut(tables)),
    )  # fmt: skip


def _article(path: Path) -> _Element:
    root = markup.parse_xml(path)
    if local(root) != "article":
        raise InputError(f"{path}: the XML root is <{local(root)}>, not a JATS <article>; leave out the file")
    return root


def _paper(article: _Element, path: Path) -> Paper:
    meta = first(article, "front", "article-meta")
    if meta is None:
        raise InputError(f"{path}: JATS without <article-meta>, so title and authors are unknown; leave out the file")
    found = {child.get("pub-id-type"): text_of(child) for child in children(meta, "article-id")}
    doi = (found.get("doi") or "").lower() or None
    title_group = first(meta, "title-group")
    title = text_of(first(title_group, "article-title"), skip={"xref", "fn"})
    subtitle = text_of(first(title_group, "subtitle"), skip={"xref", "fn"})
    if subtitle and subtitle not in title:
        title = f"{title}: {subtitle}"
    abstract = " ".join(filter(None, (_plain(a) for a in _abstracts(article)))) or None
    journal = first(article, "front", "journal-meta")
    venue = text_of(first(journal, "journal-title-group", "journal-title")) or text_of(first(journal, "journal-title"))
    ids = Ids(doi=doi, arxiv=found.get("arxiv"))
    return Paper(
        id=paper_id(ids, path),
        title=title or path.stem,
        authors=_authors(meta),
        year=_year(meta),
        ids=ids,
        abstract=abstract,
        venue=venue or None,
        tier="xml",
        notices=_notices(article, meta),
        source="local",
        location=str(path),
    )


def _abstracts(article: _Element) -> list[_Element]:
    """The abstract proper; a paper may carry a summary for lay readers or a graphical one beside it."""
    meta = first(article, "front", "article-meta")
    return [a for a in children(meta, "abstract") if a.get("abstract-type") is None] if meta is not None else []


def _plain(element: _Element) -> str:
    title = first(element, "title")
    words = text_of(element, skip=_FLOATS)
    heading = text_of(title)
    return words[len(heading) :].strip() if heading.lower() == "abstract" and words.startswith(heading) else words


def _authors(meta: _Element) -> tuple[str, ...]:
    names: list[str] = []
    for group in children(meta, "contrib-group"):
        for contrib in children(group, "contrib"):
            if contrib.get("contrib-type", "author") != "author":
                continue
            name = first(contrib, "name")
            if name is None:
                name = first(contrib, "name-alternatives", "name")
            if name is not None:
                parts = (text_of(first(name, "given-names")), text_of(first(name, "surname")))
                names.append(" ".join(part for part in parts if part))
            else:
                names.append(
                    text_of(first(contrib, "string-name")) or text_of(first(contrib, "collab"), {"contrib-group"})
                )
    return tuple(name for name in names if name)


def _year(meta: _Element) -> int | None:
    years = [text_of(first(date, "year")) for date in children(meta, "pub-date")]
    numbers = [int(year) for year in years if year.isascii() and year.isdigit()]
    return min(numbers) if numbers else None


def _notices(article: _Element, meta: _Element) -> tuple[Notice, ...]:
    """Notices that the file itself carries: its own type, or a link to the notice about it."""
    found: list[Notice] = []
    kind = (article.get("article-type") or "").lower()
    links = {(a.get("related-article-type") or "").lower() for a in children(meta, "related-article")}
    if kind == "retraction":
        found.append(Notice(kind="retraction", date=None, source="the article's own type"))
    for link in sorted(links):
        if link.startswith("retract") and kind != "retraction":
            found.append(Notice(kind="retraction", date=None, source="a link in the article"))
        elif link in ("correction-forward", "corrected-by", "erratum", "expression-of-concern"):
            concern = link == "expression-of-concern"
            found.append(Notice(kind="concern" if concern else "erratum", date=None, source="a link in the article"))
    return tuple(found)


def _blocks(parent: _Element, body: Body) -> None:
    """Put the sections, paragraphs and captions below `parent` into `body`, in the order of the file."""
    for child in children(parent):
        name = local(child)
        if name in ("sec", "ack", "app", "app-group", "notes", "bio"):
            heading = " ".join(filter(None, (text_of(first(child, "label")), text_of(first(child, "title")))))
            if not heading and name == "ack":
                heading = "Acknowledgements"
            if heading:
                body.heading(heading)
            _blocks(child, body)
        elif name in _BLOCKS:
            _paragraph(child, body)
        elif name in _FLOATS:
            _float(child, body)


def _paragraph(element: _Element, body: Body) -> None:
    """A paragraph; lists give one paragraph an item; floats that stand inside come after it."""
    if local(element) in ("list", "def-list"):
        for item in children(element, "list-item", "def-item"):
            body.paragraph(text_of(item, skip=_FLOATS | {"label", "list"}, replace=_shown))
            for inner in item.iter():
                if local(inner) == "list":
                    _paragraph(inner, body)
                    break
        return
    body.paragraph(text_of(element, skip=_FLOATS | {"list", "def-list"}, replace=_shown))
    for inner in element.iter():
        if inner is element:
            continue
        if local(inner) in ("list", "def-list") and not _within(inner, element, _FLOATS | {"list", "def-list"}):
            _paragraph(inner, body)
        elif local(inner) in _FLOATS and not _within(inner, element, _FLOATS | {"list", "def-list"}):
            _float(inner, body)


def _within(inner: _Element, outer: _Element, names: frozenset[str]) -> bool:
    parent = inner.getparent()
    while parent is not None and parent is not outer:
        if local(parent) in names:
            return True
        parent = parent.getparent()
    return False


def _shown(element: _Element) -> str | None:
    """A formula is given once: in TeX where there is TeX, without the parser's dollar signs."""
    if local(element) in ("inline-formula", "disp-formula", "alternatives"):
        for inner in element.iter():
            if local(inner) == "tex-math":
                return (
                    " "
                    + re.sub(r"^\s*(?:\\begin\{document\}|\$+)|(?:\\end\{document\}|\$+)\s*$", "", text_of(inner))
                    + " "
                )
    return None


def _float(element: _Element, body: Body) -> None:
    """The caption of a figure or table, and the text of a box or footnote, as paragraphs of their own."""
    name = local(element)
    if name in ("fig", "table-wrap", "supplementary-material"):
        label = text_of(first(element, "label")).rstrip(".:")
        caption = _caption(element)
        body.paragraph(". ".join(part for part in (label, caption) if part))
        for foot in children(element, "table-wrap-foot"):
            body.paragraph(text_of(foot))
    elif name == "fn":
        body.paragraph(text_of(element, skip={"label"}))
    elif name in ("fig-group", "table-wrap-group", "fn-group"):
        for child in children(element):
            _float(child, body)
    elif name == "boxed-text":
        _blocks(element, body)


def _caption(element: _Element) -> str:
    return text_of(first(element, "caption"), skip={"object-id"})


def _tables(root: _Element) -> list[Table]:
    found: list[Table] = []
    for wrap in root.iter():
        if local(wrap) != "table-wrap":
            continue
        label = text_of(first(wrap, "label")).rstrip(".:") or None
        caption = _caption(wrap)
        for table in (inner for inner in wrap.iter() if local(inner) == "table"):
            header = [_cells(row) for head in children(table, "thead") for row in children(head, "tr")]
            rows = [_cells(row) for part in children(table, "tbody", "tfoot") for row in children(part, "tr")]
            rows.extend(_cells(row) for row in children(table, "tr"))
            built = grid.build(header, rows, label=label, caption=caption)
            if built is not None:
                found.append(built)
    return found


def _cells(row: _Element) -> list[grid.Cell]:
    return [markup.span(cell, text_of(cell, replace=_shown)) for cell in children(row, "td", "th")]


def _reference(ref: _Element) -> Reference:
    citation = next(children(ref, "element-citation", "mixed-citation", "nlm-citation", "citation"), None)
    if citation is None:
        return Reference(raw=text_of(ref, skip={"label"}), title=None, year=None)
    title = next((text_of(e) for e in citation.iter() if local(e) == "article-title"), "")
    source = text_of(first(citation, "source"))
    mixed = local(citation) == "mixed-citation"
    raw = text_of(citation) if mixed else _written_out(citation, title, source)
    year = next((text_of(e) for e in citation.iter() if local(e) == "year"), "")
    number = re.match(r"(?:18|19|20)\d\d", year)
    ids = identifiers(raw)
    for pub_id in citation.iter():
        if local(pub_id) == "pub-id" and pub_id.get("pub-id-type") == "doi":
            ids = ids.model_copy(update={"doi": text_of(pub_id).lower()})
    # A book has no article title: its own title is the source.
    return Reference(raw=raw, title=title or source or None, year=int(number[0]) if number else year_in(raw), ids=ids)


def _written_out(citation: _Element, title: str, source: str) -> str:
    """An entry that is kept in fields only, as one line: authors. year. title. source, volume, pages."""
    names: list[str] = []
    for name in (e for e in citation.iter() if local(e) in ("name", "collab", "string-name")):
        given, surname = text_of(first(name, "given-names")), text_of(first(name, "surname"))
        names.append(" ".join(filter(None, (given, surname))) or text_of(name))
    numbers = [text_of(first(citation, part)) for part in ("volume", "fpage")]
    doi = next((text_of(e) for e in citation.iter() if local(e) == "pub-id"), "")
    where = ", ".join(filter(None, (source, *numbers)))
    return ". ".join(filter(None, (", ".join(names), text_of(first(citation, "year")), title, where, doi)))
