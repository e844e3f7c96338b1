"""OpenAlex: a free index of scholarly works (https://developers.openalex.org). Metadata are CC0.

A request costs a small part of a daily allowance; without a key that allowance is small. `OPENALEX_API_KEY` and
`SYNTH_MAILTO` are used when they are set and appear in no message and no stored file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from synth.announcements import is_notice, ordered, said
from synth.records import Ids, Notice, Paper, Query
from synth.sources.protocol import (
    AnswerError,
    Found,
    Page,
    acl_id,
    arxiv_id,
    ask_json,
    boolean,
    collect,
    content_words,
    convert,
    doi,
    paper_id,
    plain,
    skipped,
)
from synth.web import Web

__all__ = ["OpenAlex"]

_URL = "https://api.openalex.org/works"
_PAGE = 100  # the most that a page may hold
_FIELDS = (
    "id,doi,ids,display_name,publication_year,authorships,abstract_inverted_index,is_retracted,"
    "primary_location,locations"
)


class OpenAlex:
    """Full-text search of works: title, abstract and, where OpenAlex has it, the text."""

    name = "openalex"

    def __init__(self, web: Web, environ: Mapping[str, str]) -> None:
        self._web = web
        personal = {"api_key": environ.get("OPENALEX_API_KEY"), "mailto": environ.get("SYNTH_MAILTO")}
        self._personal = {name: value for name, value in personal.items() if value}

    def search(self, query: Query, limit: int) -> Found:
        """See `synth.sources.protocol.Source`."""
        asked = boolean(query.groups, longest=1500) or " ".join(content_words(query.text))
        if not asked or limit < 1:
            return skipped(self.name, query, "the query has no words" if not asked else "no papers were asked for")
        return collect(self.name, asked, self._pages(asked, query.since, limit), query.since, limit)

    def _pages(self, asked: str, since: int | None, limit: int) -> Iterator[Page]:
        for number in range((limit - 1) // _PAGE + 1):
            params: dict[str, str | int] = {
                "search": asked,
                "select": _FIELDS,
                "per_page": min(limit, _PAGE),
                "page": number + 1,
            }
            if since is not None:
                params["filter"] = f"from_publication_date:{since}-01-01"
            answer = ask_json(self._web, "OpenAlex", _URL, params | self._personal)
            works = answer.get("results")
            if not isinstance(works, list):
                raise AnswerError("OpenAlex answered without a list of results")
            yield convert(works, _paper)
            if len(works) < min(limit, _PAGE):
                return


def _paper(work: dict[str, Any]) -> Paper:
    """A work as a Paper; raises ValueError and its like where the entry has no title or no id."""
    title = plain(work.get("display_name") or work["title"])
    if not title:
        raise ValueError("a work without a title")
    places = [place for place in work.get("locations") or [] if isinstance(place, dict)]
    primary = work.get("primary_location") or {}
    addresses = [work.get("doi")] + [place.get("landing_page_url") for place in [primary, *places]]
    ids = Ids(
        arxiv=next(filter(None, map(arxiv_id, addresses)), None),
        doi=doi(work.get("doi")),
        acl=next(filter(None, map(acl_id, addresses)), None),
        openalex=work["id"].rstrip("/").rpartition("/")[2],
    )
    names = [entry["author"].get("display_name") or "" for entry in work.get("authorships") or []]
    # OpenAlex says no date, and marks the notice of a retraction as retracted too.
    flag = (Notice(kind="retraction", date=None, source="openalex"),) if work.get("is_retracted") is True else ()
    return Paper(
        id=paper_id(ids),
        title=title,
        authors=tuple(plain(name) for name in names if name.strip()),
        year=work.get("publication_year"),
        ids=ids,
        abstract=_abstract(work.get("abstract_inverted_index")),
        venue=(primary.get("source") or {}).get("display_name"),
        url=work.get("doi") or primary.get("landing_page_url") or work["id"],
        notices=() if is_notice(title) else ordered((*flag, *said(title, None, None, source="openalex"))),
        source="openalex",
    )


def _abstract(index: Any) -> str | None:
    """The text of an inverted index, {word: [positions]}; None where there is none or it holds no word.

    Only positions that are there are used, so a wild position costs nothing and leaves no hole.
    """
    if not isinstance(index, dict):
        return None
    placed = sorted(
        (position, word) for word, positions in index.items() for position in positions if isinstance(position, int)
    )
    return plain(" ".join(word for _, word in placed)) or None
