"""What a source is, and the one way in which its pages become papers and an account of what happened.

Four outcomes, never mixed: *found*, *empty* (asked, and there is nothing), *failed* (could not be asked, or the
answer could not be read) and *skipped* (not asked, for a stated reason).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from synth.errors import SynthError
from synth.records import Coverage, Ids, Paper, Query
from synth.replies import is_secret
from synth.web import Web, WebFailure

__all__ = [
    "AnswerError", "Found", "Neighbours", "Page", "Source", "acl_id", "arxiv_id", "ask_json", "boolean", "collect",
    "content_words", "convert", "doi", "neighbourhood", "paper_id", "plain", "skipped", "words_of",
]  # fmt: skip

Found = tuple[tuple[Paper, ...], Coverage]


class Source(Protocol):
    """A place that can be asked for papers.

    `search` gives at most `limit` papers, best first in the source's own order, each id once, none from before
    `query.since`, and the Coverage that says what happened. Trouble with the network or with the form of an
    answer is never raised; it is the outcome "failed" with its reason, or, when some papers had already come,
    "found" with the reason why there are no more.
    """

    @property
    def name(self) -> str:
        """The name under which the source is known."""

    def search(self, query: Query, limit: int) -> Found:
        """Ask for papers."""


@runtime_checkable
class Neighbours(Protocol):
    """A source that also knows which papers cite which."""

    def neighbours(self, papers: Sequence[Paper], query: Query, limit: int) -> tuple[Found, ...]:
        """The papers that `papers` refer to and those that cite them, at most `limit` of each, each with its account.

        The query of the account says what was followed ("citations of 3 papers"). `query` may be used to leave out
        what is off its topic where the neighbourhood is large. Trouble is told as by `Source.search`, never raised.
        """


class AnswerError(SynthError):
    """An answer came and cannot be used. The message is one line."""


@dataclass(frozen=True)
class Page:
    """Papers of one answer, and how many of its entries could not be read."""

    papers: tuple[Paper, ...]
    unreadable: int = 0


def collect(name: str, asked: str, pages: Iterator[Page], since: int | None, limit: int) -> Found:
    """Go through `pages` until `limit` papers are there. `asked` is the query as the source was sent it."""
    kept: dict[str, Paper] = {}
    unreadable = 0
    trouble: str | None = None
    try:
        for page in pages:
            unreadable += page.unreadable
            for paper in page.papers:
                if since is None or paper.year is None or paper.year >= since:
                    kept.setdefault(paper.id, paper)
            if len(kept) >= limit:
                break
    except (WebFailure, AnswerError) as error:
        trouble = str(error)
    papers = tuple(kept.values())[:limit]
    if not papers and (trouble or unreadable):
        reason = trouble or f"none of the {unreadable} entries could be read"
        return (), Coverage(source=name, query=asked, outcome="failed", count=None, reason=reason)
    notes = [f"stopped early: {trouble}"] if trouble else []
    if unreadable:
        notes.append(f"{unreadable} unreadable {'entry was' if unreadable == 1 else 'entries were'} left out")
    return papers, Coverage(
        source=name,
        query=asked,
        outcome="found" if papers else "empty",
        count=len(papers),
        reason="; ".join(notes) or None,
    )


def neighbourhood(direction: str, papers: Sequence[Paper]) -> str:
    """How an account names what was followed: "citations of 1 paper", "references of 3 papers"."""
    return f"{direction} of {len(papers)} {'paper' if len(papers) == 1 else 'papers'}"


def skipped(name: str, query: Query, reason: str) -> Found:
    """The source was not asked, and why."""
    return (), Coverage(source=name, query=query.text, outcome="skipped", count=None, reason=reason)


def convert(entries: Iterable[Any], to_paper: Callable[[Any], Paper]) -> Page:
    """A page from the entries of an answer; entries of an unexpected form are counted, not guessed at."""
    papers: list[Paper] = []
    unreadable = 0
    for entry in entries:
        try:
            papers.append(to_paper(entry))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            unreadable += 1
    return Page(tuple(papers), unreadable)


def ask_json(
    web: Web, name: str, url: str, params: Mapping[str, str | int], headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object at `url`. Raises WebFailure or AnswerError; a service's own message goes into the line."""
    try:
        reply = web.get(url, params, headers, accept=("application/json", "text/json"))
    except WebFailure as failure:
        message = _message(failure.body, _sent(params, headers)) if failure.kind == "http" else None
        if message is None:
            raise
        raise AnswerError(f"{failure.reason}: {message}") from None
    try:
        answer = json.loads(reply.body)
    except (ValueError, RecursionError):
        web.forget(reply)
        raise AnswerError(f"{name} answered with JSON that cannot be read") from None
    if not isinstance(answer, dict):
        raise AnswerError(f"{name} answered with JSON of an unknown form") from None
    return answer


def _sent(params: Mapping[str, str | int], headers: Mapping[str, str] | None) -> list[str]:
    """The keys and addresses that went along: a service that refuses a key likes to repeat it."""
    return [str(value) for name, value in params.items() if is_secret(name)] + list((headers or {}).values())


def _message(body: bytes, secrets: Sequence[str] = ()) -> str | None:
    """What a JSON error answer says of itself ("message" or "error"), shortened; None when it says nothing."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    said = answer.get("message") or answer.get("error")
    if not isinstance(said, str) or not said.strip():
        return None
    for secret in sorted(filter(None, secrets), key=len, reverse=True):  # before it is cut: half a key is one too
        said = said.replace(secret, "[key]")
    return " ".join(said.split())[:200]


# --- queries ---------------------------------------------------------------------------------------

# Words that carry no topic; a service that joins words with AND would find nothing for a whole sentence.
_EMPTY = """
a an and any are as at be been better between by can could do does done for from had has have how if in into
is it its more most no nor not of on or our over should so some such than that the their them then there these
they this those to under used using was we were what when where whether which while who why will with would
"""
_EMPTY_WORDS = frozenset(_EMPTY.split())


def words_of(text: str) -> list[str]:
    """The words of `text`, hyphenated ones and ones with inner dots kept whole, without punctuation."""
    return re.findall(r"[^\W_]+(?:[-.’'][^\W_]+)*", text)


def content_words(text: str, most: int = 8) -> list[str]:
    """The first `most` different words of `text` that carry a topic; all its words when none does."""
    words = list(dict.fromkeys(words_of(text)))
    return ([word for word in words if word.lower() not in _EMPTY_WORDS] or words)[:most]


def boolean(
    groups: Sequence[Sequence[str]],
    *,
    field: str = "",
    longest: int = 900,
    either: str = " OR ",
    both: str = " AND ",
    hyphens: bool = True,
) -> str:
    """`groups`, an AND of ORs, as `(field:"a b" OR field:c) AND field:d`; "" when no form has a word in it.

    Forms of more than one plain word are quoted; signs that are syntax somewhere are dropped. A line of more
    than `longest` characters loses last forms, then last groups: addresses have a length that services accept.
    `either` and `both` are the signs of a service that writes them otherwise; without `hyphens` they become spaces.

    >>> boolean([["zero-shot", "zero shot"], ["XTREME"]], field="all:")
    '(all:"zero-shot" OR all:"zero shot") AND all:XTREME'
    """
    written = [[_form(form if hyphens else form.replace("-", " ")) for form in group] for group in groups]
    cleaned = [list(dict.fromkeys(form for form in group if form)) for group in written]
    cleaned = [group for group in cleaned if group]
    while True:
        parts = [either.join(field + form for form in group) for group in cleaned]
        line = both.join(f"({part})" if either in part else part for part in parts)
        most = max((len(group) for group in cleaned), default=0)
        if len(line) <= longest or (most == 1 and len(cleaned) == 1):
            return line
        if most > 1:
            cleaned = [group[: most - 1] for group in cleaned]
        else:
            cleaned.pop()


def _form(form: str) -> str:
    words = words_of(form)
    bare = len(words) == 1 and words[0].isalnum() and words[0] not in ("AND", "OR", "NOT", "ANDNOT")
    return words[0] if bare else f'"{" ".join(words)}"' if words else ""


# --- ids and text ----------------------------------------------------------------------------------

_ARXIV = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(v\d+)?", re.ASCII)
_TAG = re.compile(r"</?(?:jats:)?(?:i|b|em|strong|sub|sup|sc|scp|span|p|title|italic|bold|u|tt)(?:\s[^<>]*)?/?>", re.I)


def plain(text: str) -> str:
    """`text` on one line, without the mark-up that services leave in titles and abstracts."""
    return " ".join(html.unescape(_TAG.sub("", text)).split())


def doi(text: str | None) -> str | None:
    """A DOI without host, in lower case; None when `text` holds none."""
    found = re.search(r"10\.\d{4,9}/\S+", text or "")
    return found.group().lower() if found else None


def arxiv_id(text: str | None) -> str | None:
    """The arXiv id, without version, in an id, an arXiv address or an arXiv DOI; None when there is none.

    >>> arxiv_id("https://arxiv.org/abs/2005.13013v2"), arxiv_id("10.48550/arXiv.2005.13013")
    ('2005.13013', '2005.13013')
    """
    rest = re.sub(r"^(?:https?://)?(?:(?:www\.|export\.)?arxiv\.org/(?:abs|pdf)/|(?:doi\.org/)?10\.48550/arxiv\.|arxiv:)",
                  "", (text or "").strip(), flags=re.I)  # fmt: skip
    found = _ARXIV.fullmatch(rest.removesuffix(".pdf"))
    return found.group(1) if found else None


def acl_id(text: str | None) -> str | None:
    """The ACL Anthology id in an Anthology address or an ACL DOI; None when there is none.

    >>> acl_id("https://aclanthology.org/2020.acl-main.69/"), acl_id("10.18653/v1/p19-1001")
    ('2020.acl-main.69', 'P19-1001')
    """
    found = re.search(
        r"(?:aclanthology\.org/|aclweb\.org/anthology/(?:papers/)?|10\.18653/v1/|10\.3115/v1/)"
        r"([a-z]\d{2}-\d{4}|\d{4}\.[a-z0-9_]+-[a-z0-9_]+\.\d+)(?:v\d+)?(?:\.pdf)?/?$",
        (text or "").strip(),
        re.I,
    )
    if found is None:
        return None
    return found.group(1).upper() if found.group(1)[0].isalpha() else found.group(1).lower()


def paper_id(ids: Ids) -> str:
    """The id of a paper in a run, from the most telling of its ids. Raises ValueError when it has none."""
    for prefix in ("arxiv", "acl", "doi", "openalex", "s2"):
        value = getattr(ids, prefix)
        if value:
            return f"{prefix}:{value}"
    raise ValueError("a paper without any id")
