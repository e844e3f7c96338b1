"""Papers as web pages: journals' pages with citation meta tags, and LaTeXML pages such as arXiv's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from synth.errors import InputError
from synth.formats import grid, markup
from synth.formats.body import Body
from synth.formats.markup import children, local, text_of
from synth.formats.references import arxiv_in, doi_in, identifiers, paper_id, reference
from synth.records import Ids, Paper, ReadPaper, Table

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["describe", "read"]

_IGNORED = frozenset(
    {"script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "button", "svg",
     "iframe", "select", "head", "annotation", "annotation-xml"}
)  # fmt: skip
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_PARAGRAPHS = frozenset({"p", "li", "dd", "dt", "blockquote", "pre", "figcaption", "caption"})
_REFERENCE_HEADING = re.compile(r"(?:\d+\.?\s*)?(?:references|bibliography|literature cited)", re.IGNORECASE)
_LABEL = re.compile(r"((?:Table|Tab\.)\s*[A-Z]?\d+(?:\.\d+)*)\s*[:.|]?\s*(.*)", re.DOTALL)


def describe(path: Path) -> Paper:
    """The page's own description of the paper. Raises InputError where there is no HTML."""
    return _paper(markup.parse_html(path), path)


def read(path: Path) -> ReadPaper:
    """The whole page without its navigation. Raises InputError where there is no HTML."""
    root = markup.parse_html(path)
    paper = _paper(root, path)
    walk = _Walk(_main(root), paper)
    text, sections, _ = walk.body.build()
    if not text and paper.abstract:
        walk.body.heading("Abstract")
        walk.body.paragraph(paper.abstract)
        text, sections, _ = walk.body.build()
    references = tuple(reference(raw) for raw in walk.references)
    notes = () if text else ("no text in the page",)
    return ReadPaper(
        paper=paper, tier="html", text=text, sections=sections, tables=tuple(walk.tables),
        references=references, notes=(*notes, *grid.cut(walk.tables)),
    )  # fmt: skip


class _Walk:
    """One pass over the page in document order, filling text, tables and references."""

    def __init__(self, main: _Element, paper: Paper) -> None:
        self.body = Body()
        self.tables: list[Table] = []
        self.references: list[str] = []
        self._title = paper.title
        self._in_references = False
        stack = [main]
        while stack:
            element = stack.pop()
            if not self._leaf(element):
                stack.extend(child for child in reversed(element) if local(child))

    def _leaf(self, element: _Element) -> bool:
        """Take the element as a whole where it is one block; False where its children must be walked."""
        name = local(element)
        if name in _IGNORED or not name or element.get("hidden") is not None:
            return True
        classes = set((element.get("class") or "").split())
        if name in _HEADINGS or "ltx_title_abstract" in classes:
            self._heading(_words(element))
        elif "ltx_bibitem" in classes or (self._in_references and name in ("li", "p")):
            raw = _words(element)
            if raw:
                self.references.append(raw)
        elif name == "table" and not ({"ltx_equation", "ltx_eqn_table", "ltx_equationgroup"} & classes):
            self._table(element)
        elif name in _PARAGRAPHS:
            if any(local(inner) in _PARAGRAPHS | {"table", "ul", "ol"} for inner in element.iterdescendants()):
                return self._mixed(element)
            self.body.paragraph(_words(element))
        elif name in ("div", "span", "td") and not self._has_blocks(element):
            self.body.paragraph(_words(element))
        else:
            return False
        return True

    def _mixed(self, element: _Element) -> bool:
        """A list item or quote that holds blocks and also text of its own: the text comes first."""
        own = " ".join([element.text or "", *((child.tail or "") for child in element)])
        if len(own.split()) > 3:
            self.body.paragraph(text_of(element, _IGNORED | {"ul", "ol", "table"}, _math))
            return True
        return False

    def _has_blocks(self, element: _Element) -> bool:
        blocks = _PARAGRAPHS | _HEADINGS | {"div", "section", "table", "ul", "ol", "article", "figure"}
        return any(local(inner) in blocks for inner in element.iterdescendants())

    def _heading(self, words: str) -> None:
        self._in_references = bool(_REFERENCE_HEADING.fullmatch(words))
        if words and words != self._title and not self._in_references:
            self.body.heading(words)

    def _table(self, table: _Element) -> None:
        rows = [row for row in table.iter() if local(row) == "tr" and _owner(row) is table]
        if not rows:
            return
        count = 0
        for row in rows:
            in_head = local(row.getparent()) == "thead"  # type: ignore[arg-type]
            if not in_head and any(local(cell) == "td" for cell in row):
                break
            count += 1
        cells = [[markup.span(c, _words(c)) for c in children(row, "td", "th")] for row in rows]
        label, caption = _caption(table)
        # A page laid out by tables: one column or a cell that is an essay is text, not data.
        if max(len(line) for line in cells) < 2 or max((len(c.text) for line in cells for c in line), default=0) > 3000:
            for placed in cells:
                for cell in placed:
                    self.body.paragraph(cell.text)
            return
        built = grid.build(cells[:count], cells[count:], label=label, caption=caption)
        if built is not None:
            self.tables.append(built)
        own = next(children(table, "caption"), None)
        if own is not None:
            self.body.paragraph(_words(own))


def _owner(row: _Element) -> _Element | None:
    parent = row.getparent()
    while parent is not None and local(parent) != "table":
        parent = parent.getparent()
    return parent


def _caption(table: _Element) -> tuple[str | None, str]:
    words = _words(next(children(table, "caption"), None))
    parent = table.getparent()
    while not words and parent is not None:
        if local(parent) == "figure":
            words = _words(next(children(parent, "figcaption"), None))
            break
        parent = parent.getparent()
    found = _LABEL.fullmatch(words)
    return (found[1], found[2]) if found else (None, words)


def _words(element: _Element | None) -> str:
    return text_of(element, _IGNORED, _math)


def _math(element: _Element) -> str | None:
    """A formula in MathML is given by its TeX spelling where the page carries one."""
    if local(element) == "math":
        return element.get("alttext")
    return None


def _main(root: _Element) -> _Element:
    for name in ("article", "main", "body"):
        found = [e for e in root.iter() if local(e) == name]
        if len(found) == 1:
            return found[0]
    return root


def _paper(root: _Element, path: Path) -> Paper:
    meta: dict[str, list[str]] = {}
    for tag in root.iter():
        if local(tag) == "meta" and (tag.get("name") or tag.get("property")) and tag.get("content"):
            key = (tag.get("name") or tag.get("property") or "").lower()
            meta.setdefault(key, []).append(" ".join((tag.get("content") or "").split()))

    def given(*names: str) -> str:
        return next((meta[name][0] for name in names if name in meta), "")

    heading = next((e for e in root.iter() if local(e) == "h1"), None)
    page_title = next((e for e in root.iter() if local(e) == "title"), None)
    title = given("citation_title", "dc.title") or _words(heading) or text_of(page_title) or given("og:title")
    if not title and not _words(_main(root)):
        raise InputError(f"{path}: an HTML page without text; leave out the file")
    doi = doi_in(given("citation_doi", "dc.identifier", "prism.doi"))
    arxiv, version = arxiv_in("arXiv:" + given("citation_arxiv_id")) if given("citation_arxiv_id") else (None, None)
    year = re.search(r"(?:18|19|20)\d\d", given("citation_publication_date", "citation_date", "dc.date"))
    authors = meta.get("citation_author") or meta.get("dc.creator") or _page_authors(root)
    ids = Ids(doi=doi, arxiv=arxiv, acl=identifiers(given("citation_pdf_url")).acl)
    return Paper(
        id=paper_id(ids, path),
        title=title or path.stem,
        authors=tuple(_turned(author) for author in authors),
        year=int(year[0]) if year else None,
        ids=ids,
        abstract=_abstract(root) or given("citation_abstract", "dc.description") or None,
        venue=given("citation_journal_title", "citation_conference_title") or None,
        version=version,
        tier="html",
        source="local",
        location=str(path),
    )


def _page_authors(root: _Element) -> list[str]:
    return [
        _words(e) for e in root.iter()
        if local(e) and "ltx_personname" in (e.get("class") or "").split() and len(_words(e)) < 60
    ]  # fmt: skip


def _turned(name: str) -> str:
    """ "Mustermann, Erika" as "Erika Mustermann"."""
    last, comma, given = name.partition(", ")
    return f"{given} {last}" if comma and "," not in given else name


def _abstract(root: _Element) -> str:
    for element in root.iter():
        if not local(element):
            continue
        marks = f"{element.get('class') or ''} {element.get('id') or ''}".lower().split()
        if "ltx_abstract" in marks or "abstract" in marks:
            words = text_of(element, _IGNORED | _HEADINGS, _math)
            if len(words) > 80:
                return words
    return ""
