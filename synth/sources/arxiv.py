"""arXiv: the query interface of https://info.arxiv.org/help/api. Metadata are CC0.

The `arxiv` package builds the addresses, turns the pages and reads the entries; every byte comes through
`synth.web`, which keeps arXiv's rule of one request in three seconds, tries again, and stores answers. The
package forgives broken XML and would show it as an empty result, so each feed is checked here first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from synth.records import Ids, Notice, Paper, Query
from synth.sources.protocol import (
    AnswerError,
    Found,
    Page,
    acl_id,
    boolean,
    collect,
    content_words,
    convert,
    doi,
    paper_id,
    plain,
    skipped,
)
from synth.web import Web, WebFailure

__all__ = ["Arxiv", "withdrawn"]

_ATOM = "{http://www.w3.org/2005/Atom}"
_PAGE = 100
_TYPES = ("application/atom+xml", "application/xml", "text/xml")


class Arxiv:
    """Search of titles, abstracts, comments and authors. Gives the latest version of each paper."""

    name = "arxiv"

    def __init__(self, web: Web, page_size: int = _PAGE) -> None:
        self._web = web
        self._page_size = page_size

    def search(self, query: Query, limit: int) -> Found:
        """See `synth.sources.protocol.Source`."""
        asked = boolean(query.groups, field="all:")
        asked = asked or boolean([[word] for word in content_words(query.text)], field="all:")
        if not asked or limit < 1:
            return skipped(self.name, query, "the query has no words" if not asked else "no papers were asked for")
        if query.since is not None:
            asked = f"({asked}) AND submittedDate:[{query.since}01010000 TO 999912312359]"
        return collect(self.name, asked, self._pages(asked, limit), query.since, limit)

    def _pages(self, asked: str, limit: int) -> Iterator[Page]:
        import arxiv  # type: ignore[import-untyped, unused-ignore]

        # Turns and further tries are the web client's, so the package has neither of its own.
        client = arxiv.Client(page_size=min(limit, self._page_size), delay_seconds=0.0, num_retries=0)
        checked = _CheckedFeeds(self._web)
        client._session = checked  # the package has no public place for a session
        try:
            for result in client.results(arxiv.Search(query=asked, max_results=limit)):
                page = convert([result], _paper)
                yield Page(page.papers, page.unreadable + checked.take_unreadable())
        except arxiv.UnexpectedEmptyPageError:
            raise AnswerError("arXiv gave an empty page where more results were announced") from None
        except ValueError:  # a date in no known form
            raise AnswerError("arXiv answered with an entry that cannot be read") from None
        yield Page((), checked.take_unreadable())


@dataclass
class _Feed:
    """As much of an HTTP answer as the package looks at."""

    status_code: int
    content: bytes


class _CheckedFeeds:
    """Stands where the package expects a session: answers from the web client, looked through before use."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._unreadable = 0

    def get(self, url: str, **_: Any) -> _Feed:
        """The feed at `url`. Raises WebFailure, or AnswerError for an error feed and for what is no feed."""
        try:
            body = self._web.get(url, accept=_TYPES).body
        except WebFailure as failure:
            message = _error_in(failure.body) if failure.kind == "http" else None
            if message is None:
                raise
            raise AnswerError(f"{failure.reason}: {message}") from None
        message = _error_in(body)
        if message is not None:
            raise AnswerError(f"arXiv refused the query: {message}")
        root = _feed(body)
        if root is None:
            raise AnswerError("arXiv answered with something that is no whole Atom feed")
        needed = ("id", "updated", "published")
        entries = root.findall(f"{_ATOM}entry")
        self._unreadable += sum(1 for e in entries if not all(e.findtext(f"{_ATOM}{n}") for n in needed))
        return _Feed(200, body)

    def take_unreadable(self) -> int:
        """How many entries the package will have left out, once."""
        count, self._unreadable = self._unreadable, 0
        return count


def _feed(body: bytes) -> Any:
    """The root of a whole, plain Atom feed; None for anything else, a document type (entities) included."""
    from lxml import etree

    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.tag != f"{_ATOM}feed" or getattr(root.getroottree().docinfo, "doctype", ""):
        return None
    return root


def _error_in(body: bytes) -> str | None:
    """The message of an error feed, an entry whose id lies under /api/errors; None when it is none."""
    if b"/api/errors" not in body:
        return None
    root = _feed(body)
    for entry in root.iterfind(f"{_ATOM}entry") if root is not None else ():
        if "/api/errors" in (entry.findtext(f"{_ATOM}id") or ""):
            return plain(entry.findtext(f"{_ATOM}summary") or "no reason given")[:200]
    return None


def _paper(result: Any) -> Paper:
    """An `arxiv.Result` as a Paper. Raises ValueError where its id or title is missing."""
    found = re.fullmatch(r"(.+?)(v[1-9]\d{0,2})?", result.get_short_id())
    title = plain(result.title)
    if found is None or not title or "/api/errors" in result.entry_id or ":" in found.group(1):
        raise ValueError("an entry without a usable id or title")
    number, version = found.groups()
    known_doi = doi(result.doi)
    ids = Ids(arxiv=number, doi=known_doi, acl=acl_id(known_doi))
    abstract = plain(result.summary) or None
    notices: tuple[Notice, ...] = ()
    if withdrawn(result.comment, abstract):
        # A withdrawal is itself a version, the latest one.
        notices = (Notice(kind="withdrawal", date=result.updated.date().isoformat(), source="arxiv"),)
    return Paper(
        id=paper_id(ids),
        title=title,
        authors=tuple(plain(author.name) for author in result.authors if author.name.strip()),
        year=result.published.year,
        ids=ids,
        abstract=abstract,
        venue=plain(result.journal_ref) if result.journal_ref else None,
        url=f"https://arxiv.org/abs/{number}{version or ''}",
        version=version,
        versions=tuple(f"v{n + 1}" for n in range(int(version[1:]))) if version else (),
        notices=notices,
        source="arxiv",
    )


_THING = r"(?:paper|article|manuscript|submission|preprint|e-?print|work|draft|version|note|thesis|report)"
_GONE = re.compile(
    rf"""\b(?:this|the|our)\s+{_THING}\s+(?:has\s+been|have\s+been|is|was|is\s+being)\s+withdra\w+
      |\b{_THING}\s+(?:has\s+been\s+)?withdrawn\b
      |(?:^|[.;,]\s*)withdr(?:awn|aw)(?:\s*$|\s*[.;:,]|\s+(?:by|as|due|because|since|the|this)\b)
      |\bwithdrawn\s+by\s+(?:the\s+)?(?:arxiv|authors?|submitters?)\b
      |\bwithdraw(?:ing)?\s+(?:this|the|our)\s+{_THING}
      |\bwithdraw\s+it\b
      |\bit\s+has\s+been\s+withdrawn\b
      |\brequest(?:ing|ed|s)?\s+(?:\w+\s+)?withdrawal\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Withdrawn from a conference or journal, or only in part, is not withdrawn from arXiv.
_ELSEWHERE = re.compile(
    r"withdr\w+\s+(?:this\s+|the\s+)?(?:\w+\s+)?from\s+(?!(?:the\s+)?(?:arxiv|archive)\b)", re.IGNORECASE
)


def withdrawn(comment: str | None, abstract: str | None) -> bool:
    """Whether the comment, or the opening of the abstract, says that the paper is withdrawn from arXiv.

    arXiv has no field for it; the wording is the authors' own, so this is a list of wordings met in practice.
    """
    for text in (comment or "", (abstract or "")[:160]):
        line = " ".join(text.split())
        if _GONE.search(line) and not _ELSEWHERE.search(line):
            return True
    return False
