"""What Crossref, OpenAlex and arXiv say of notices on given papers. One batch of papers is one request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from synth.announcements import iso_date, kind_of, ordered
from synth.records import Coverage, CoverageOutcome, Notice, Paper
from synth.sources import arxiv
from synth.sources.protocol import AnswerError, ask_json, doi
from synth.web import Web, WebFailure
from synth.works import id_keys

__all__ = ["Heard", "Service", "ask", "knew", "known"]

_CROSSREF = "https://api.crossref.org/works"
_OPENALEX = "https://api.openalex.org/works"
_REFUSED = (400, 404, 414)  # the question, not the service, is at fault

Said = dict[str, tuple[Notice, ...]]
"""Notices by the key that was asked about; a key is missing where the service does not know the paper."""


class Heard(NamedTuple):
    """What one service or list said: notices by index of the paper, and the papers it could speak of."""

    notices: Mapping[int, tuple[Notice, ...]]
    spoken: frozenset[int]
    coverage: Coverage


class Service(NamedTuple):
    """A service: which key of a paper it is asked about (None: not asked), and how a batch of keys is asked.

    `about` adds to what was said, and raises WebFailure or AnswerError; what it had added by then stands.
    """

    name: str
    key: Callable[[Paper], str | None]
    about: Callable[[Web, Sequence[str], Said], None]
    batch: int


def known(environ: Mapping[str, str]) -> tuple[Service, ...]:
    """All services, with what the environment has for them: a mail address opens Crossref's polite pool."""
    mail = {"mailto": environ["SYNTH_MAILTO"]} if environ.get("SYNTH_MAILTO") else {}
    key = {"api_key": environ["OPENALEX_API_KEY"]} if environ.get("OPENALEX_API_KEY") else {}
    return (
        Service("crossref", _registered, lambda web, keys, said: _crossref(web, keys, said, mail), 20),
        Service("openalex", _indexed, lambda web, keys, said: _openalex(web, keys, said, mail | key), 50),
        Service("arxiv", _preprint, _arxiv, 50),
    )


def knew(paper: Paper) -> bool:
    """Whether the paper's own record came from a service that tells of notices."""
    return paper.source in ("arxiv", "openalex")


def ask(service: Service, papers: Sequence[Paper], web: Web) -> Heard:
    """Ask the service about those papers it may know. A batch that fails leaves what earlier ones said standing."""
    wanted: dict[str, list[int]] = {}
    for n, paper in enumerate(papers):
        if (key := service.key(paper)) is not None:
            wanted.setdefault(key, []).append(n)
    keys = list(wanted)
    said: Said = {}
    refused: str | None = None
    trouble: str | None = None
    try:
        for start in range(0, len(keys), service.batch):
            refused = _batch(service, web, keys[start : start + service.batch], said) or refused
    except (WebFailure, AnswerError) as failure:
        trouble = str(failure)
    if not said:
        trouble = trouble or refused
    notices = {n: some for key, some in said.items() for n in wanted.get(key, ()) if some}
    spoken = frozenset(n for key in said for n in wanted.get(key, ()))
    return Heard(notices, spoken, _coverage(service.name, keys, said, len(notices), len(papers), trouble))


def _batch(service: Service, web: Web, keys: Sequence[str], said: Said) -> str | None:
    """Ask about `keys` at once; where the service refuses the question, in halves: one odd id spoils no other.

    What it refused to the end is told and not raised.
    """
    try:
        service.about(web, keys, said)
    except WebFailure as failure:
        if failure.kind != "http" or failure.status not in _REFUSED:
            raise
        if len(keys) == 1:
            return str(failure)
        halves = (keys[: len(keys) // 2], keys[len(keys) // 2 :])
        told = [_batch(service, web, half, said) for half in halves]
        return told[0] or told[1]
    return None


def _coverage(name: str, keys: Sequence[str], said: Said, found: int, papers: int, trouble: str | None) -> Coverage:
    source, query = f"notices: {name}", ", ".join(keys)
    outcome: CoverageOutcome = "found" if found else "empty"
    if trouble is not None and not said:
        reason = f"not checked: {trouble}"
        return Coverage(source=source, query=query, outcome="failed", count=None, reason=reason)
    missing = [key for key in keys if key not in said]
    told = [f"{len(keys) - len(missing)} of {papers} papers looked up"]
    if missing:
        told.append(f"not checked{f' ({trouble})' if trouble else ', unknown there'}: {', '.join(missing)}")
    if trouble is not None:
        outcome = "failed"
    count = None if outcome == "failed" else found
    return Coverage(source=source, query=query, outcome=outcome, count=count, reason="; ".join(told))


def _keyed(paper: Paper, scheme: str) -> str | None:
    prefix = f"{scheme}:"
    return next((key.removeprefix(prefix) for key in id_keys(paper.ids) if key.startswith(prefix)), None)


# --- Crossref ---------------------------------------------------------------------------------------------------


def _registered(paper: Paper) -> str | None:
    """The DOI, unless it is arXiv's (not registered with Crossref) or would break the filter that asks for many.

    The Anthology registers its papers since 2016 by their ids; where a record has no DOI, that one is asked about.
    """
    number = _keyed(paper, "doi")
    if number is None and (acl := _keyed(paper, "acl")) is not None and re.match(r"20|[a-z](?:1[6-9]|2\d)-", acl):
        number = f"10.18653/v1/{acl}"
    return number if number is not None and "," not in number else None


def _crossref(web: Web, dois: Sequence[str], said: Said, personal: Mapping[str, str]) -> None:
    """Update records: `updated-by` on the works, and `update-to` on the notices that update them.

    Retraction Watch's data are part of both; the field `source` tells them from the publisher's own.
    """
    ask_for: dict[str, str | int] = {"rows": len(dois) * 5, "select": "DOI,updated-by,update-to", **personal}
    for work in _works(web, ask_for | {"filter": ",".join(f"doi:{d}" for d in dois)}):
        if (own := doi(work.get("DOI"))) in dois and own is not None:
            said[own] = ordered(_updates(work.get("updated-by"), None))
    for notice in _works(web, ask_for | {"filter": ",".join(f"updates:{d}" for d in dois)}):
        for number in dois:
            if number in said:
                said[number] = ordered((*said[number], *_updates(notice.get("update-to"), number)))


def _works(web: Web, params: Mapping[str, str | int]) -> list[dict[str, Any]]:
    message = ask_json(web, "Crossref", _CROSSREF, params).get("message")
    items = message.get("items") if isinstance(message, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise AnswerError("Crossref answered without a list of works")
    return items


def _updates(entries: Any, about: str | None) -> Iterator[Notice]:
    """The notices in a list of updates; with `about`, only of those that name this DOI."""
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or (about is not None and doi(str(entry.get("DOI") or "")) != about):
            continue
        kind = kind_of(entry.get("type"))
        if kind is not None:
            who = str(entry.get("source") or "publisher")
            yield Notice(kind=kind, date=_day(entry.get("updated")), source=f"crossref ({who})")


def _day(updated: Any) -> str | None:
    """{"date-parts": [[2010, 2, 6]], "date-time": ...} as an ISO date, as exact as it is given."""
    if not isinstance(updated, dict):
        return None
    parts = updated.get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts else None
    if isinstance(first, list) and first and all(type(part) is int for part in first):
        return iso_date("-".join(f"{part:02}" for part in first[:3]))
    return iso_date(updated.get("date-time"))


# --- OpenAlex ---------------------------------------------------------------------------------------------------


def _indexed(paper: Paper) -> str | None:
    if paper.source == "openalex":
        return None  # its record has said it
    number = paper.ids.doi or (f"10.48550/arxiv.{paper.ids.arxiv}" if paper.ids.arxiv else None)
    return number.lower() if number is not None and not set(",|") & set(number) else None


def _openalex(web: Web, dois: Sequence[str], said: Said, personal: Mapping[str, str]) -> None:
    params: dict[str, str | int] = {
        "filter": "doi:" + "|".join(dois),
        "select": "id,doi,is_retracted",
        "per_page": len(dois),
    }
    works = ask_json(web, "OpenAlex", _OPENALEX, params | dict(personal)).get("results")
    if not isinstance(works, list):
        raise AnswerError("OpenAlex answered without a list of results")
    for work in works:
        own = doi(work.get("doi")) if isinstance(work, dict) else None
        if own in dois and own is not None:
            flag = Notice(kind="retraction", date=None, source="openalex")
            said[own] = (flag,) if work.get("is_retracted") is True else ()


# --- arXiv ------------------------------------------------------------------------------------------------------


def _preprint(paper: Paper) -> str | None:
    return None if paper.source == "arxiv" else _keyed(paper, "arxiv")


def _arxiv(web: Web, numbers: Sequence[str], said: Said) -> None:
    """What the comments and titles of the latest versions say."""
    for paper in arxiv.named(web, numbers).papers:
        if paper.ids.arxiv is not None:
            said[paper.ids.arxiv.lower()] = paper.notices
