"""Semantic Scholar: its Academic Graph (https://api.semanticscholar.org/api-docs/graph).

A query with groups goes to the bulk search, which knows operators and gives the most cited papers first; one of plain
words goes to the relevance search. References and citations are asked paper by paper.

Works without a key, in a pool shared with everybody and therefore often answered with 429. The key in
`S2_API_KEY` or `SEMANTIC_SCHOLAR_API_KEY` is sent as a header and appears in no message and no stored file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from synth.records import Ids, Paper, Query
from synth.sources.protocol import (
    AnswerError,
    Found,
    Page,
    acl_id,
    arxiv_id,
    ask_json,
    boolean,
    collect,
    convert,
    doi,
    neighbourhood,
    paper_id,
    plain,
    skipped,
    words_of,
)
from synth.web import Web

__all__ = ["SemanticScholar"]

_URL = "https://api.semanticscholar.org/graph/v1/paper"
_PAGE = 100  # the most that a page of the relevance search may hold
_REACH = 1000  # offset + limit stays below this
_FIELDS = "paperId,title,abstract,year,authors,venue,externalIds,url"
_OTHER_END = {"references": "citedPaper", "citations": "citingPaper"}


class SemanticScholar:
    """Search by operators or by plain words. Neither finds anything for hyphenated words: hyphens become spaces."""

    name = "semantic_scholar"

    def __init__(self, web: Web, environ: Mapping[str, str]) -> None:
        self._web = web
        key = environ.get("S2_API_KEY") or environ.get("SEMANTIC_SCHOLAR_API_KEY")
        self._headers = {"x-api-key": key} if key else {}

    def search(self, query: Query, limit: int) -> Found:
        """See `synth.sources.protocol.Source`."""
        asked = boolean(query.groups, either=" | ", both=" + ", hyphens=False)
        bulk = bool(asked)
        asked = asked or " ".join(words_of(query.text)).replace("-", " ")
        if not asked or limit < 1:
            return skipped(self.name, query, "the query has no words" if not asked else "no papers were asked for")
        pages = self._bulk(asked, query.since, limit) if bulk else self._pages(asked, query.since, limit)
        return collect(self.name, asked, pages, query.since, limit)

    def neighbours(self, papers: Sequence[Paper], query: Query, limit: int) -> tuple[Found, ...]:
        """See `synth.sources.protocol.Neighbours`. The shares of the papers are equal."""
        known = [paper for paper in papers if _name(paper.ids) is not None]
        if not known or limit < 1:
            return ()
        share = -(-limit // len(known))
        return tuple(
            collect(
                self.name, neighbourhood(direction, known), self._ends(known, direction, share), query.since, limit
            )
            for direction in _OTHER_END
        )

    def _pages(self, asked: str, since: int | None, limit: int) -> Iterator[Page]:
        for offset in range(0, min(limit, _REACH - 1), _PAGE):
            params: dict[str, str | int] = {
                "query": asked,
                "fields": _FIELDS,
                "offset": offset,
                "limit": min(_PAGE, limit - offset, _REACH - 1 - offset),
            }
            if since is not None:
                params["year"] = f"{since}-"
            answer = ask_json(self._web, "Semantic Scholar", f"{_URL}/search", params, self._headers)
            yield convert(_entries(answer), _paper)
            if not isinstance(answer.get("next"), int):
                return

    def _bulk(self, asked: str, since: int | None, limit: int) -> Iterator[Page]:
        """A page holds up to 1,000 papers whatever is asked for, and names the next one by a token."""
        params: dict[str, str | int] = {"query": asked, "fields": _FIELDS, "sort": "citationCount:desc"}
        if since is not None:
            params["year"] = f"{since}-"
        read = 0
        while read < limit:
            answer = ask_json(self._web, "Semantic Scholar", f"{_URL}/search/bulk", params, self._headers)
            entries = _entries(answer)
            yield convert(entries, _paper)
            read += len(entries)
            token = answer.get("token")
            if not entries or not isinstance(token, str) or not token:
                return
            params["token"] = token

    def _ends(self, papers: Sequence[Paper], direction: str, share: int) -> Iterator[Page]:
        for paper in papers:
            url = f"{_URL}/{quote(_name(paper.ids) or '', safe=':/')}/{direction}"
            params: dict[str, str | int] = {"fields": _FIELDS, "limit": min(share, _REACH)}
            answer = ask_json(self._web, "Semantic Scholar", url, params, self._headers)
            # A publisher may keep its references back: then the list is null. An end nobody knows is null inside.
            links = [] if "data" in answer and answer["data"] is None else _entries(answer)
            ends = [link.get(_OTHER_END[direction]) if isinstance(link, dict) else link for link in links]
            yield convert([end for end in ends if not _unknown(end)], _paper)


def _entries(answer: dict[str, Any]) -> list[Any]:
    entries = answer.get("data", [] if answer.get("total") == 0 else None)
    if not isinstance(entries, list):
        raise AnswerError("Semantic Scholar answered without a list of papers")
    return entries


def _unknown(end: Any) -> bool:
    """A reference that Semantic Scholar could not match to a paper: an entry, but no paper."""
    return isinstance(end, dict) and end.get("paperId", "") is None


def _name(ids: Ids) -> str | None:
    """What Semantic Scholar calls a paper; None for a paper it cannot be asked about."""
    pairs = (("", ids.s2), ("ARXIV:", ids.arxiv), ("DOI:", ids.doi), ("ACL:", ids.acl))
    # A DOI may hold anything: one that would lead elsewhere in the address is no name.
    usable = ((prefix, value) for prefix, value in pairs if value and not {"", ".", ".."} & set(value.split("/")))
    return next((prefix + value for prefix, value in usable), None)


def _paper(entry: dict[str, Any]) -> Paper:
    """An entry as a Paper; raises ValueError and its like where it has no title or no id."""
    title = plain(entry["title"])
    if not title:
        raise ValueError("a paper without a title")
    known = entry.get("externalIds") or {}
    found_doi = doi(known.get("DOI"))
    ids = Ids(
        arxiv=arxiv_id(known.get("ArXiv")) or arxiv_id(found_doi),
        doi=found_doi,
        acl=known.get("ACL") or acl_id(found_doi),
        s2=entry["paperId"],
    )
    abstract = entry.get("abstract")
    return Paper(
        id=paper_id(ids),
        title=title,
        authors=tuple(plain(author["name"]) for author in entry.get("authors") or [] if author.get("name")),
        year=entry.get("year"),
        ids=ids,
        abstract=(plain(abstract) or None) if abstract is not None else None,
        venue=entry.get("venue") or None,
        url=entry.get("url") or f"https://www.semanticscholar.org/paper/{entry['paperId']}",
        source="semantic_scholar",
    )
