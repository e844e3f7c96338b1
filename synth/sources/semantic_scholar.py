"""Semantic Scholar: relevance search of its Academic Graph (https://api.semanticscholar.org/api-docs/graph).

Works without a key, in a pool shared with everybody and therefore often answered with 429. The key in
`S2_API_KEY` or `SEMANTIC_SCHOLAR_API_KEY` is sent as a header and appears in no message and no stored file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from synth.records import Ids, Paper, Query
from synth.sources.protocol import (
    AnswerError,
    Found,
    Page,
    acl_id,
    arxiv_id,
    ask_json,
    collect,
    convert,
    doi,
    paper_id,
    plain,
    skipped,
    words_of,
)
from synth.web import Web

__all__ = ["SemanticScholar"]

_URL = "https://api.semanticscholar.org/graph/v1/paper/search"
_PAGE = 100  # the most that a page may hold
_REACH = 1000  # offset + limit stays below this
_FIELDS = "paperId,title,abstract,year,authors,venue,externalIds,url"


class SemanticScholar:
    """Plain-text search: the service knows no operators here and finds nothing for hyphenated words."""

    name = "semantic_scholar"

    def __init__(self, web: Web, environ: Mapping[str, str]) -> None:
        self._web = web
        key = environ.get("S2_API_KEY") or environ.get("SEMANTIC_SCHOLAR_API_KEY")
        self._headers = {"x-api-key": key} if key else {}

    def search(self, query: Query, limit: int) -> Found:
        """See `synth.sources.protocol.Source`."""
        first_forms = " ".join(group[0] for group in query.groups if group)
        asked = " ".join(words_of(first_forms or query.text)).replace("-", " ")
        if not asked or limit < 1:
            return skipped(self.name, query, "the query has no words" if not asked else "no papers were asked for")
        return collect(self.name, asked, self._pages(asked, query.since, limit), query.since, limit)

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
            answer = ask_json(self._web, "Semantic Scholar", _URL, params, self._headers)
            entries = answer.get("data", [] if answer.get("total") == 0 else None)
            if not isinstance(entries, list):
                raise AnswerError("Semantic Scholar answered without a list of papers")
            yield convert(entries, _paper)
            if not isinstance(answer.get("next"), int):
                return


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
