"""The one door to the XML and HTML parser: no entity is expanded, nothing is fetched, sizes are bounded."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from synth.errors import InputError
from synth.formats.body import tidy
from synth.formats.grid import Cell

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["children", "first", "local", "parse_html", "parse_xml", "root_name", "span", "text_of"]

MAX_BYTES = 100_000_000
_GAP_BEFORE = frozenset({"surname", "given-names"})
_INLINE_GAP = frozenset({"break", "br", "p", "td", "th", "tr", "li", "list-item", "label", "title", "lb", "div"})
_ROOT = re.compile(rb"<\s*(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")


def root_name(path: Path) -> str | None:
    """The local name of the document element, read from the first bytes; None where none is found."""
    with path.open("rb") as stream:
        head = stream.read(65536)
    head = re.sub(rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", b"", head, flags=re.DOTALL)
    found = _ROOT.search(head)
    return found[1].decode("ascii") if found else None


def parse_xml(path: Path) -> _Element:
    """The document element. Raises InputError naming the line where the file is not well formed."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(_bytes(path), parser)
    except etree.XMLSyntaxError as error:
        # Where memory runs out the parser names no line and no error.
        if error.lineno == 0:
            raise InputError(f"{path}: reading it takes too much memory; leave out the file") from error
        # The parser's own words may run over two lines, the second of which says where once more.
        said = (error.msg or "no reason given").split("\n")[0]
        raise InputError(
            f"{path} line {error.lineno}: not well-formed XML ({said}); repair or leave out the file"
        ) from error
    return root


def parse_html(path: Path) -> _Element:
    """The document element of a web page, however untidy. Raises InputError where there is nothing to parse."""
    from lxml import etree, html

    data = _bytes(path)
    # The parser guesses Latin-1 where a page does not declare its encoding; UTF-8 is tried first.
    try:
        data.decode("utf-8")
        encoding: str | None = "utf-8"
    except UnicodeDecodeError:
        encoding = None
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, encoding=encoding)
    try:
        root = html.document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        said = str(error).split("\n")[0]
        raise InputError(f"{path}: no HTML in it ({said}); leave out the file") from error
    return root


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB; give the paper alone")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the file") from error
    if not data.strip():
        raise InputError(f"{path}: the file is empty; give a file with a paper in it")
    return data


def local(element: _Element) -> str:
    """The element's name without its namespace; "" for what is no element (an unexpanded entity)."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: _Element, *names: str) -> Iterator[_Element]:
    """The child elements, or those with one of the local names."""
    for child in element:
        name = local(child)
        if name and (not names or name in names):
            yield child


def first(element: _Element | None, *path: str) -> _Element | None:
    """Walk down by local names, taking the first child of that name each time."""
    for name in path:
        if element is None:
            return None
        element = next(children(element, name), None)
    return element


def text_of(
    element: _Element | None,
    skip: Collection[str] = (),
    replace: Callable[[_Element], str | None] = lambda _: None,
) -> str:
    """The tidy text within the element.

    Elements named in `skip` are left out (their tails stay); `replace` may give another text for an element.
    """
    if element is None:
        return ""
    pieces: list[str] = []
    _gather(element, frozenset(skip), replace, pieces)
    return tidy("".join(pieces))


def _gather(
    element: _Element, skip: frozenset[str], replace: Callable[[_Element], str | None], pieces: list[str]
) -> None:
    # An explicit stack: a file may be nested deeper than Python recurses.
    stack: list[tuple[_Element, bool]] = [(element, True)]
    while stack:
        node, entering = stack.pop()
        name = local(node)
        if not entering:
            if name in _INLINE_GAP:
                pieces.append(" ")
            if node is not element and node.tail:
                pieces.append(node.tail)
            continue
        stack.append((node, False))
        if not name or name in skip:
            continue
        replacement = replace(node)
        if replacement is not None:
            pieces.append(replacement)
            continue
        if name in _INLINE_GAP or name in _GAP_BEFORE:
            pieces.append(" ")
        if node.text:
            pieces.append(node.text)
        stack.extend((child, True) for child in reversed(node))


def span(element: _Element, text: str) -> Cell:
    """A table cell with its spans; a span that is no number counts as one."""

    def number(name: str) -> int:
        value = (element.get(name) or "1").strip()
        return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 1

    return Cell(text, number("rowspan"), number("colspan"))
