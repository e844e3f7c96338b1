"""OpenAlex: a free index of scholarly works (https://developers.openalex.org). Metadata are CC0.

A request costs a small part of a daily allowance; without a key that allowance is small. `OPENALEX_API_KEY` and
`SYNTH_MAILTO` are used when they are set and appear in no message and no stored file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
    neighbourhood,
    paper_id,
    plain,
    skipped,
)
from synth.web import Web, WebFailure

__all__ = ["OpenAlex"]

_URL = "https://api.openalex.org/works"
_PAGE = 100  # the most that a page may hold, and the most values that one filter may
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
        asked = boolean(query.groups, longest=1500)
        # Plain words are the widest query: any of them will do. OpenAlex would ask for all of words set side by side.
        asked = asked or boolean([content_words(query.text)], longest=1500)
        if not asked or limit < 1:
            return skipped(self.name, query, "the query has no words" if not asked else "no papers were asked for")
        pages = self._pages({"search": asked}, query.since, limit)
        return collect(self.name, asked, pages, query.since, limit)

    def neighbours(self, papers: Sequence[Paper], query: Query, limit: int) -> tuple[Found, ...]:
        """See `synth.sources.protocol.Neighbours`.

        One request finds the papers and their references, one reads the references, those of most papers first, and
        one asks for the works that cite any of the papers and are on the topic of the query.
        """
        if limit < 1 or not any(p.ids.openalex or p.ids.doi or p.ids.arxiv for p in papers):
            return ()
        references, citations = neighbourhood("references", papers), neighbourhood("citations", papers)
        try:
            seeds, cited = self._seeds(papers)
        except (WebFailure, AnswerError) as error:
            failed = _raising(error)
            return (collect(self.name, references, failed, query.since, limit),)
        if not seeds:
            return (collect(self.name, references, iter(()), query.since, limit),)
        found = []
        cited = cited[: min(limit, _PAGE)]
        wanted: dict[str, str | int]
        if cited:
            wanted = {"filter": f"openalex:{'|'.join(cited)}"}
            found.append(collect(self.name, references, self._pages(wanted, None, limit), query.since, limit))
        wanted = {"filter": f"cites:{'|'.join(seeds)}"}
        topic = boolean(query.groups, longest=1500)
        wanted |= {"search": topic} if topic else {"sort": "cited_by_count:desc"}
        found.append(collect(self.name, citations, self._pages(wanted, query.since, limit), query.since, limit))
        return tuple(found)

    def _seeds(self, papers: Sequence[Paper]) -> tuple[list[str], list[str]]:
        """The OpenAlex ids of the papers, and of their references, those that most of the papers name first.

        Raises WebFailure and AnswerError. Papers are looked for by their OpenAlex ids, and the others by their DOIs.
        """
        known = list(dict.fromkeys(p.ids.openalex for p in papers if p.ids.openalex))
        # A comma or a bar would end the value: no DOI in use here holds one.
        dois = [
            p.ids.doi or f"10.48550/arxiv.{p.ids.arxiv}"
            for p in papers
            if not p.ids.openalex and (p.ids.doi or p.ids.arxiv)
        ]
        dois = [one for one in dict.fromkeys(dois) if not set(one) & set(",|")]
        works: list[Any] = []
        for key, values in (("openalex", known), ("doi", dois)):
            if values:
                params: dict[str, str | int] = {
                    "filter": f"{key}:{'|'.join(values)}",
                    "select": "id,referenced_works",
                    "per_page": _PAGE,
                }
                works += _results(ask_json(self._web, "OpenAlex", _URL, params | self._personal))
        seeds: list[str] = []
        named: Counter[str] = Counter()
        for work in works:
            if isinstance(work, dict) and _short(work.get("id")):
                seeds.append(_short(work["id"]))
                listed = work.get("referenced_works")
                named.update({_short(one) for one in listed} - {""} if isinstance(listed, list) else ())
        ordered = sorted(named, key=lambda name: (-named[name], int(name[1:])))
        return list(dict.fromkeys(seeds)), [name for name in ordered if name not in seeds]

    def _pages(self, wanted: Mapping[str, str | int], since: int | None, limit: int) -> Iterator[Page]:
        for number in range((limit - 1) // _PAGE + 1):
            params: dict[str, str | int] = {
                **wanted,
                "select": _FIELDS,
                "per_page": min(limit, _PAGE),
                "page": number + 1,
            }
            if since is not None:
                dated = f"from_publication_date:{since}-01-01"
                params["filter"] = f"{params['filter']},{dated}" if "filter" in params else dated
            works = _results(ask_json(self._web, "OpenAlex", _URL, params | self._personal))
            yield convert(works, _paper)
            if len(works) < min(limit, _PAGE):
                return


def _results(answer: dict[str, Any]) -> list[Any]:
    works = answer.get("results")
    if not isinstance(works, list):
        raise AnswerError("OpenAlex answered without a list of results")
    return works


def _short(address: Any) -> str:
    """The id in an OpenAlex address, "W123"; "" where there is none."""
    name = address.rstrip("/").rpartition("/")[2] if isinstance(address, str) else ""
    return name if name[:1] == "W" and name[1:].isascii() and name[1:].isdigit() else ""


def _raising(error: Exception) -> Iterator[Page]:
    """Pages that never come, for the reason given."""
    raise error
    yield Page(())


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
