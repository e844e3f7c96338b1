"""arXiv: the query interface of https://info.arxiv.org/help/api. Metadata are CC0.

The `arxiv` package builds the addresses, turns the pages and reads the entries; every byte comes through
`synth.web`, which keeps arXiv's rule of one request in three seconds, tries again, and stores answers. The
package forgives broken XML and would show it as an empty result, so each feed is checked here first.
"""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from synth.announcements import said, withdrawn
from synth.records import Ids, Paper, Query
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

__all__ = ["Arxiv", "named", "withdrawn"]

_ATOM = "{http://www.w3.org/2005/Atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_NEEDED = ("id", "updated", "published")
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
        # Plain words are the widest query: any of them will do, and arXiv puts the papers with most of them first.
        asked = asked or boolean([content_words(query.text)], field="all:")
        if not asked or limit < 1:
            return skipped(self.name, query, "the query has no words" if not asked else "no papers were asked for")
        if query.since is not None:
            asked = f"({asked}) AND submittedDate:[{query.since}01010000 TO 209912312359]"
        return collect(self.name, asked, self._pages(asked, limit), query.since, limit)

    def _pages(self, asked: str, limit: int) -> Iterator[Page]:
        import arxiv  # type: ignore[import-untyped, unused-ignore]

        logger = logging.getLogger("arxiv")
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())  # what it would print about entries, the coverage says
        # Distance and further tries are the web client's, so the package has neither of its own.
        client = arxiv.Client(page_size=min(limit, self._page_size), delay_seconds=0.0, num_retries=0)
        search = arxiv.Search(query=asked, max_results=None)
        start = 0
        while start < limit:
            # One session a page: the package would turn pages by the number of entries it could read, and so
            # ask for the same entries again after one it could not.
            feed = client._session = _CheckedFeed(self._web)  # the package has no public place for it
            try:
                results = client.results(search, offset=start)
                first = list(itertools.islice(results, 1))  # only now is the page asked for
                page = convert(first + list(itertools.islice(results, max(0, feed.usable - 1))), _paper)
            except ValueError:  # a date in no known form
                raise AnswerError("arXiv answered with an entry that cannot be read") from None
            yield Page(page.papers, page.unreadable + feed.entries - feed.usable)
            start += feed.entries
            if start >= feed.total:
                return
            if feed.entries == 0:
                raise AnswerError("arXiv gave an empty page where more results were announced")


def named(web: Web, numbers: Sequence[str]) -> Page:
    """The latest versions of the papers with these arXiv ids (no versions), in one request; unknown ids are missing.

    Raises WebFailure, or AnswerError where the answer is no feed.
    """
    import arxiv

    feed = _CheckedFeed(web)
    client = arxiv.Client(page_size=max(1, len(numbers)), delay_seconds=0.0, num_retries=0)
    client._session = feed  # the package has no public place for it
    try:
        results = client.results(arxiv.Search(id_list=list(numbers), max_results=None))
        first = list(itertools.islice(results, 1))  # only now is anything asked
        page = convert(first + list(itertools.islice(results, max(0, feed.usable - 1))), _paper)
    except ValueError:  # a date in no known form
        raise AnswerError("arXiv answered with an entry that cannot be read") from None
    return Page(page.papers, page.unreadable + feed.entries - feed.usable)


@dataclass
class _Answer:
    """As much of an HTTP answer as the package looks at."""

    status_code: int
    content: bytes


class _CheckedFeed:
    """Stands where the package expects a session: one answer of the web client, looked through before use.

    `entries` of `total` matches are in the feed; `usable` of them have what the package needs of an entry.
    """

    def __init__(self, web: Web) -> None:
        self._web = web
        self.entries = self.usable = self.total = 0

    def get(self, url: str, **_: Any) -> _Answer:
        """The feed at `url`. Raises WebFailure, or AnswerError for an error feed and for what is no feed."""
        try:
            reply = self._web.get(url, accept=_TYPES)
        except WebFailure as failure:
            message = _error_in(failure.body) if failure.kind == "http" else None
            if message is None:
                raise
            raise AnswerError(f"{failure.reason}: {message}") from None
        message = _error_in(reply.body)
        if message is not None:
            raise AnswerError(f"arXiv refused the query: {message}")
        root = _feed(reply.body)
        if root is None:
            self._web.forget(reply)
            raise AnswerError("arXiv answered with something that is no whole Atom feed")
        entries = root.findall(f"{_ATOM}entry")
        self.entries = len(entries)
        self.usable = sum(1 for entry in entries if all(entry.findtext(f"{_ATOM}{name}") for name in _NEEDED))
        total = (root.findtext(_TOTAL) or "").strip()
        self.total = int(total) if total.isascii() and total.isdigit() else self.entries
        return _Answer(200, reply.body)


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
    # A withdrawal is itself a version, the latest one, so its date is that of the comment.
    updated = result.updated.date().isoformat()
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
        notices=said(title, result.comment, abstract, source="arxiv", updated=updated),
        source="arxiv",
    )
