"""What PDF/UA-1 asks of the brief, as far as it can be looked up in the file: read here object by object.

The rules are those of ISO 14289-1 that a program can decide: a whole tree of standard roles with a way there and back,
headings in order, tables with headers, figures and links with words, all content marked, fonts that travel along. Each
rule is shown to find its fault: the brief is damaged in one place, and that fault, and no other, is told.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pymupdf
import pytest
from report_fixtures import empty, hostile, long, rich

from synth.render.pdf import to_pdf

BRIEFS = {"rich": rich, "empty": empty, "hostile": hostile, "long": long}
# ISO 32000-1, 14.8.4.
_ROLES = """
Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 H4 H5 H6 L LI Lbl LBody
Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Figure Formula Form
"""
STANDARD = frozenset(_ROLES.split())
PAINT = {"Tj", "TJ", "'", '"', "f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "sh", "Do", "EI"}


# --- objects --------------------------------------------------------------------------------------------------------


class Ref(NamedTuple):
    """A reference to an object."""

    number: int


_TOKEN = re.compile(
    r"<<|>>|\[|\]|/[^\s<>\[\]()/%{}]*|\d+ 0 R|<[0-9A-Fa-f\s]*>|\((?:\\.|[^\\()])*\)|[-+.\d]+|true|false|null", re.DOTALL
)


def value(text: str) -> Any:
    """An object as Python values: names begin with a slash, a text stands in its brackets."""
    tokens = iter(_TOKEN.findall(text))
    made, _ = _value(next(tokens), tokens)
    return made


def _value(token: str, tokens: Iterator[str]) -> tuple[Any, str]:
    if token == "<<":
        made: dict[str, Any] = {}
        while (name := next(tokens)) != ">>":
            made[name[1:]] = _value(next(tokens), tokens)[0]
        return {name: one for name, one in made.items() if one is not None}, token
    if token == "[":
        found = []
        while (token := next(tokens)) != "]":
            found.append(_value(token, tokens)[0])
        return found, token
    if token.endswith(" R"):
        return Ref(int(token.split()[0])), token
    if token in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[token], token
    return (float(token) if re.fullmatch(r"[-+.\d]+", token) else token), token


class Element(NamedTuple):
    """An element of the structure tree, with the page that its own content stands on."""

    number: int
    role: str
    keys: dict[str, Any]
    kids: list[Any]


class File:
    """A PDF and its structure tree."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.catalogue = self.read(document.pdf_catalog())
        self.root = self.there(self.catalogue.get("StructTreeRoot")) or {}
        self.roles = {name: role[1:] for name, role in (self.there(self.root.get("RoleMap")) or {}).items()}
        self.elements: dict[int, Element] = {}
        for kid in self.many(self.root.get("K")):
            self._walk(kid)
        tree = self.there(self.root.get("ParentTree")) or {}
        numbers = self.many(tree.get("Nums"))
        self.parents = dict(zip(map(int, numbers[::2]), map(self._way, numbers[1::2]), strict=True))

    def read(self, number: int) -> Any:
        return value(self.document.xref_object(number, compressed=True))

    def there(self, found: Any) -> Any:
        return self.read(found.number) if isinstance(found, Ref) else found

    def many(self, found: Any) -> list[Any]:
        if isinstance(found, Ref) and isinstance(self.there(found), list):
            found = self.there(found)
        return found if isinstance(found, list) else [] if found is None else [found]

    def _way(self, found: Any) -> Any:
        """Where an entry of the parent tree leads: to an element, or to those of a page by number of content."""
        return self.there(found) if isinstance(self.there(found), list) else found

    def _walk(self, found: Any) -> None:
        keys = self.there(found)
        if not isinstance(found, Ref) or not isinstance(keys, dict) or "S" not in keys:
            return
        role = keys["S"][1:]
        self.elements[found.number] = Element(found.number, self.roles.get(role, role), keys, self.many(keys.get("K")))
        for kid in self.elements[found.number].kids:
            self._walk(kid)

    def kids(self, element: Element) -> list[Element]:
        kids = [kid for kid in element.kids if isinstance(kid, Ref)]
        return [self.elements[kid.number] for kid in kids if kid.number in self.elements]

    def of(self, *roles: str) -> list[Element]:
        """The elements of these roles, in the order in which they are read."""
        return [one for one in self.elements.values() if one.role in roles]


# --- rules ------------------------------------------------------------------------------------------------------------


def _document(file: File) -> Iterator[str]:
    mark, view = file.there(file.catalogue.get("MarkInfo")) or {}, file.there(file.catalogue.get("ViewerPreferences"))
    if mark.get("Marked") is not True or mark.get("Suspects") is True:
        yield "not said to be marked"
    if not re.fullmatch(r"\(\w+[-\w]*\)", str(file.catalogue.get("Lang"))):
        yield "no language"
    if (view or {}).get("DisplayDocTitle") is not True:
        yield "its title is not shown"
    told = file.document.get_xml_metadata()
    if not re.search(r"<dc:title>.*?<rdf:li[^>]*>[^<]+</rdf:li>", told, re.DOTALL):
        yield "no title"
    if not re.search(r"pdfuaid:part>1<", told):
        yield "does not call itself PDF/UA-1"
    if {"OpenAction", "AA"} & set(file.catalogue):
        yield "does something when it is opened"


def _tree(file: File) -> Iterator[str]:
    if [one.role for one in file.elements.values()][:1] != ["Document"]:
        yield "no tree that begins with a document"
    for one in file.elements.values():
        if one.role not in STANDARD:
            yield f"{one.role} is no standard role"
        for kid in file.kids(one):
            if kid.keys.get("P") != Ref(one.number):
                yield f"{kid.role} names another parent"
        if one.role in ("Figure", "Formula") and len(str(one.keys.get("Alt") or one.keys.get("ActualText") or "")) < 4:
            yield f"{one.role} without words"
    level = 0
    for heading in file.of("H1", "H2", "H3", "H4", "H5", "H6"):
        if int(heading.role[1]) > level + 1:
            yield f"{heading.role} follows H{level}"
        level = int(heading.role[1])


def _tables(file: File) -> Iterator[str]:
    for table in file.of("Table"):
        groups = [group for group in file.kids(table) if group.role in ("THead", "TBody", "TFoot")]
        rows = [row for group in groups for row in file.kids(group)] + [
            row for row in file.kids(table) if row.role == "TR"
        ]
        wide = {sum(int(_told(cell, "ColSpan") or 1) for cell in file.kids(row)) for row in rows}
        if len(wide) != 1 or {row.role for row in rows} != {"TR"}:
            yield "a table whose rows are not of one width"
        cells = [cell for row in rows for cell in file.kids(row)]
        heads = [cell for cell in cells if cell.role == "TH"]
        if not heads or any(_told(cell, "Scope") is None for cell in heads):
            yield "a table without headers that say what they head"
        names = {str(cell.keys.get("ID")) for cell in heads}
        if any(name not in names for cell in cells for name in _told(cell, "Headers") or ()):
            yield "a cell names a header that is not there"


def _told(cell: Element, name: str) -> Any:
    attributes = cell.keys.get("A")
    for one in attributes if isinstance(attributes, list) else [attributes]:
        if isinstance(one, dict) and name in one:
            return one[name]
    return None


def _lists(file: File) -> Iterator[str]:
    for one in file.of("L"):
        if not {kid.role for kid in file.kids(one)} <= {"LI", "L", "Caption"}:
            yield "a list with what is no item"
    for item in file.of("LI"):
        if not {kid.role for kid in file.kids(item)} <= {"Lbl", "LBody"}:
            yield "an item with what is neither label nor body"


def _links(file: File) -> Iterator[str]:
    for page in file.document:
        keys = file.read(page.xref)
        annotations = file.many(keys.get("Annots"))
        if annotations and keys.get("Tabs") != "/S":
            yield "the tab key does not follow the structure"
        for reference in annotations:
            one = file.there(reference)
            left, low, right, high = one["Rect"]
            if one.get("Subtype") != "/Link":
                yield "an annotation that is no link"
            elif right - left < 1 or high - low < 1:
                yield "a link without a place"
            elif len(str(one.get("Contents") or "")) < 3:
                yield "a link without words"
            way = file.parents.get(int(one.get("StructParent", -1)))
            element = file.elements.get(way.number) if isinstance(way, Ref) else None
            inside = [kid.get("Obj") for kid in element.kids if isinstance(kid, dict)] if element else []
            if element is None or element.role != "Link" or reference not in inside:
                yield "a link that is not in the tree"
            elif len(element.kids) == len(inside):
                yield "a link with nothing in it"


def _number(kid: Any) -> int | None:
    """The number of the marked content that a kid stands for; None for an element or an annotation."""
    number = kid.get("MCID") if isinstance(kid, dict) else kid
    return int(number) if isinstance(number, float) else None


def _content(file: File) -> Iterator[str]:
    told: dict[int, list[int]] = {}
    for one in file.elements.values():
        page = one.keys.get("Pg")
        for kid in one.kids:
            where = kid.get("Pg", page) if isinstance(kid, dict) else page
            if (number := _number(kid)) is not None and where is not None:
                told.setdefault(where.number, []).append(number)
    for page in file.document:
        marked, bare = _marked(page.read_contents().decode("latin-1"))
        if bare:
            yield "content that is neither marked nor an artifact"
        if sorted(told.get(page.xref, [])) != sorted(marked):
            yield "marked content that is not once in the tree"
        way = file.parents.get(int(file.read(page.xref).get("StructParents", -1)))
        if not isinstance(way, list):
            if marked:
                yield "content without a way back to the tree"
            continue
        for number in marked:
            owner = file.elements.get(way[number].number) if number < len(way) and way[number] else None
            if number not in {_number(kid) for kid in (owner.kids if owner else ())}:
                yield "content whose way back leads elsewhere"


_SAID = re.compile(r"\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>|/MCID\s+(\d+)|/[^\s<>\[\]()/]*|([A-Za-z'\"*]+)", re.DOTALL)


def _marked(stream: str) -> tuple[list[int], bool]:
    """The numbers of marked content in a stream, and whether something is painted outside of all marks."""
    numbers, depth, bare = [], 0, False
    for match in _SAID.finditer(stream):
        number, operator = match.groups()
        if number is not None:
            numbers.append(int(number))
        elif operator in ("BDC", "BMC"):
            depth += 1
        elif operator == "EMC":
            depth -= 1
        elif operator in PAINT and not depth:
            bare = True
    return numbers, bare


def _fonts(file: File) -> Iterator[str]:
    fonts = {font[0]: font[3] for page in file.document for font in page.get_fonts(full=True)}
    for number in fonts:
        keys = file.read(number)
        if not keys.get("ToUnicode"):
            yield "a font whose signs cannot be read as text"
        if not file.document.extract_font(number)[3]:
            yield "a font that does not travel along"


RULES = (_document, _tree, _tables, _lists, _links, _content, _fonts)


def faults(document: Any) -> list[str]:
    """The rules that a PDF breaks, each said once."""
    file = File(document)
    return list(dict.fromkeys(fault for rule in RULES for fault in rule(file)))


# --- the brief --------------------------------------------------------------------------------------------------------


@functools.cache
def brief(name: str) -> bytes:
    return to_pdf(BRIEFS[name]())


@pytest.mark.parametrize("name", BRIEFS)
def test_the_brief_breaks_no_rule_of_pdf_ua(name: str) -> None:
    with pymupdf.open(stream=brief(name)) as document:
        assert faults(document) == []


def test_the_brief_has_what_the_rules_look_at() -> None:
    """A rule on tables says nothing of a file without one."""
    with pymupdf.open(stream=brief("rich")) as document:
        file = File(document)
        assert {"Table", "TH", "Figure", "L", "LI", "Link", "H1", "H2"} <= {one.role for one in file.elements.values()}
        assert len(file.of("Table")) >= 2
        assert len(file.of("Link")) >= 3


def test_a_pdf_that_is_only_printed_breaks_many() -> None:
    with pymupdf.open() as document:
        document.new_page().insert_text((60, 60), "The sea follows the wind.")
        assert {
            "not said to be marked", "no language", "its title is not shown", "no title",
            "does not call itself PDF/UA-1", "no tree that begins with a document",
            "content that is neither marked nor an artifact", "a font that does not travel along",
        } <= set(faults(document))  # fmt: skip


# --- each rule finds its fault ---------------------------------------------------------------------------------------


def first(document: Any, role: str) -> int:
    found: int = File(document).of(role)[0].number
    return found


def at(role: str, key: str, new: str) -> Callable[[Any], None]:
    """The first element of the role with another value of a key."""
    return lambda document: document.xref_set_key(first(document, role), key, new)


def top(key: str, new: str = "null") -> Callable[[Any], None]:
    return lambda document: document.xref_set_key(document.pdf_catalog(), key, new)


def paged(key: str, new: str) -> Callable[[Any], None]:
    return lambda document: document.xref_set_key(document[0].xref, key, new)


def linked(key: str, new: str) -> Callable[[Any], None]:
    def damage(document: Any) -> None:
        page = next(page for page in document if page.get_links())
        document.xref_set_key(page.get_links()[0]["xref"], key, new)

    return damage


def painted(document: Any) -> None:
    stream = document[0].get_contents()[-1]
    document.update_stream(stream, document.xref_stream(stream) + b"\n0 0 m 9 9 l S\n")


def font(key: str) -> Callable[[Any], None]:
    return lambda document: document.xref_set_key(document[0].get_fonts()[0][0], key, "null")


def short_row(document: Any) -> None:
    row = File(document).of("TR")[-1]
    document.xref_set_key(row.number, "K", f"[{row.kids[0].number} 0 R]")


def emptied(document: Any) -> None:
    """The first link without its own words."""
    link = File(document).of("Link")[0]
    page, annotation = next((kid["Pg"].number, kid["Obj"].number) for kid in link.kids if isinstance(kid, dict))
    document.xref_set_key(link.number, "K", f"[<</Type/OBJR/Pg {page} 0 R/Obj {annotation} 0 R>>]")


DAMAGE: dict[str, tuple[Callable[[Any], None], set[str]]] = {
    "mark": (top("MarkInfo"), {"not said to be marked"}),
    "language": (top("Lang"), {"no language"}),
    "shown title": (top("ViewerPreferences"), {"its title is not shown"}),
    "metadata": (lambda document: document.del_xml_metadata(), {"no title", "does not call itself PDF/UA-1"}),
    "action": (top("OpenAction", "<</S/JavaScript/JS(1)>>"), {"does something when it is opened"}),
    "role": (at("P", "S", "/Blurb"), {"Blurb is no standard role"}),
    "parent": (at("H2", "P", "1 0 R"), {"H2 names another parent"}),
    "alt": (at("Figure", "Alt", "null"), {"Figure without words"}),
    "empty alt": (at("Figure", "Alt", "()"), {"Figure without words"}),
    "heading": (at("H2", "S", "/H4"), {"H4 follows H1"}),
    "row": (short_row, {"a table whose rows are not of one width", "marked content that is not once in the tree",
                        "content whose way back leads elsewhere"}),
    "scope": (at("TH", "A", "null"), {"a table without headers that say what they head"}),
    "header": (at("TH", "ID", "(other)"), {"a cell names a header that is not there"}),
    "item": (at("LBody", "S", "/P"), {"an item with what is neither label nor body"}),
    "list": (at("LI", "S", "/P"), {"a list with what is no item"}),
    "tabs": (paged("Tabs", "null"), {"the tab key does not follow the structure"}),
    "link words": (linked("Contents", "null"), {"a link without words"}),
    "link place": (linked("Rect", "[9 9 9 9]"), {"a link without a place"}),
    "link tree": (linked("StructParent", "null"), {"a link that is not in the tree"}),
    "link content": (emptied, {"a link with nothing in it", "marked content that is not once in the tree",
                               "content whose way back leads elsewhere"}),
    "way back": (paged("StructParents", "null"), {"content without a way back to the tree"}),
    "bare content": (painted, {"content that is neither marked nor an artifact"}),
    "to unicode": (font("ToUnicode"), {"a font whose signs cannot be read as text"}),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_each_rule_finds_its_fault(name: str) -> None:
    damage, told = DAMAGE[name]
    with pymupdf.open(stream=brief("rich")) as document:
        damage(document)
        assert set(faults(document)) == told
