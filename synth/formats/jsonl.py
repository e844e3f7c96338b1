"""JSON lines of papers: `id, title, abstract[, authors, year, venue, url, full_text, ...]`, also gzipped.

Other spellings of the same fields are taken as they come from public collections: `doc_id`, `_id`,
`corpus_id`, `paper_id` or `arxiv_id` for the id; `text` for the abstract; an abstract as a list of sentences;
authors as a list of names, a list of `{"name": ...}` or one string.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synth import lines
from synth.announcements import COMMENTS, flagged, ordered, said
from synth.errors import InputError
from synth.formats.body import Body, plain_sections
from synth.records import Ids, Notice, Paper, ReadPaper, SkippedPaper

__all__ = ["LINE_MARK", "papers", "read"]

LINE_MARK = "#line="
_ID_FIELDS = ("id", "doc_id", "_id", "paper_id", "corpus_id", "arxiv_id", "acl_id", "doi")
_ARXIV_ID = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(v\d+)?")
_ACL_URL = re.compile(r"aclanthology\.org/([A-Za-z0-9_.-]+?)(?:v\d+)?(?:\.pdf)?/?$")
_YEAR = re.compile(r"(?:18|19|20)\d\d")


def papers(path: Path) -> Iterator[Paper | SkippedPaper]:
    """The papers of the file in order; a line that holds none comes out as a `SkippedPaper` naming the line.

    Raises InputError when the file cannot be read at all.
    """
    seen: dict[str, int] = {}
    for number, line in _lines(path):
        where = f"{path} line {number}"
        try:
            paper = _paper(json.loads(line), path, number)
            if not _writable(paper):
                raise _RecordError("half a character (a lone surrogate) in its text; write the character whole")
        except UnicodeDecodeError:
            yield SkippedPaper(name=where, reason="not UTF-8 text; save the file as UTF-8")
        except json.JSONDecodeError as error:
            yield SkippedPaper(
                name=where, reason=f"not JSON: {error.msg} at column {error.colno}; one JSON object a line is wanted"
            )
        except (_RecordError, RecursionError, ValueError) as error:
            yield SkippedPaper(name=where, reason=str(error) or "nested too deeply")
        else:
            if paper.id in seen:
                yield SkippedPaper(name=where, reason=f"the id {paper.id!r} was given already in line {seen[paper.id]}")
            else:
                seen[paper.id] = number
                yield paper


def read(paper: Paper) -> ReadPaper:
    """The text of one record: its `full_text` where the line has one, else its abstract.

    `full_text` is plain text without pages: it is cut into sections at headings that stand alone between
    empty lines, and its tier is "html", the tier of a whole text without pages.
    """
    full_text = _full_text(paper) if paper.location and LINE_MARK in paper.location else None
    body = Body("Abstract")
    if paper.abstract:
        body.paragraph(paper.abstract)
    if full_text:
        body.heading("Full text")
        plain_sections(body, full_text)
    text, sections, _ = body.build()
    if not full_text:
        sections = sections if paper.abstract else ()
    else:
        sections = tuple(s for s in sections if s.end > s.start)
    notes = () if text else ("no text: only the title is known",)
    tier = "html" if full_text else paper.tier
    return ReadPaper(paper=paper, tier=tier, text=text, sections=sections, notes=notes)


def _writable(paper: Paper) -> bool:
    """Whether every text of the paper can be written as UTF-8: JSON may hold half a surrogate pair."""
    try:
        "".join((paper.id, paper.title, paper.abstract or "", *paper.authors)).encode()
    except UnicodeEncodeError:
        return False
    return True


class _RecordError(Exception):
    """A line that is JSON and no paper; the message is the reason."""


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as probe:
            packed = probe.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as stream:
            for number, line in lines.bounded(path, stream):
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if line.strip():
                    yield number, line
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path}: the gzip data is damaged ({error}); fetch the file again") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the file") from error


def _paper(record: Any, path: Path, number: int) -> Paper:
    if not isinstance(record, dict):
        raise _RecordError(f"a JSON {type(record).__name__}, not an object with id, title and abstract")
    title = _words(record.get("title"))
    if not title:
        raise _RecordError("no title; every line needs the fields id and title")
    ids = _ids(record)
    arxiv_version = _ARXIV_ID.fullmatch(str(record.get("arxiv_id") or ""))
    abstract = _words(record.get("abstract") if record.get("abstract") is not None else record.get("text"))
    full_text = record.get("full_text")
    return Paper(
        id=_identity(record, ids),
        title=title,
        authors=_authors(record.get("authors")),
        year=_year(record),
        ids=ids,
        abstract=abstract or None,
        venue=_words(record.get("venue")) or None,
        url=_words(record.get("url")) or None,
        version=_words(record.get("version")) or (arxiv_version[2] if arxiv_version else None),
        tier="html" if full_text else "abstract",
        notices=_notices(record),
        source="local",
        location=f"{path}{LINE_MARK}{number}" if full_text else None,
    )


def _identity(record: dict[str, Any], ids: Ids) -> str:
    for field in _ID_FIELDS:
        value = record.get(field)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
            if field == "arxiv_id" and ids.arxiv:
                return f"arxiv:{ids.arxiv}"
            prefix = {"acl_id": "acl:", "doi": "doi:"}.get(field, "")
            return prefix + str(value).strip()
    raise _RecordError("no id; every line needs the fields id and title")


def _ids(record: dict[str, Any]) -> Ids:
    given = record.get("ids")
    named: dict[str, Any] = given if isinstance(given, dict) else {}
    arxiv = _ARXIV_ID.fullmatch(str(record.get("arxiv_id") or record.get("arxiv") or named.get("arxiv") or ""))
    doi = str(record.get("doi") or named.get("doi") or "").strip().lower()
    acl = record.get("acl_id") or named.get("acl")
    if not acl and isinstance(record.get("url"), str) and (at_anthology := _ACL_URL.search(record["url"])):
        acl = at_anthology[1]
    volume, own = record.get("volume"), record.get("id")
    if not acl and isinstance(volume, str) and isinstance(own, str) and volume and own.startswith(volume):
        acl = own  # an Anthology record whose address leads elsewhere
    # Several DOIs or a DOI as a web address occur in public dumps; the first, bare one is kept.
    doi = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", doi).split(" ")[0]
    return Ids(
        arxiv=arxiv[1] if arxiv else None,
        doi=doi if doi.startswith("10.") else None,
        acl=str(acl) if acl else None,
        openalex=_words(named.get("openalex")) or None,
        s2=_words(named.get("s2")) or None,
    )


def _notices(record: dict[str, Any]) -> tuple[Notice, ...]:
    """The notices that the record carries in its flags, its title and its comments."""
    comments = record.get("comments")
    updated = record.get("updated")
    words = said(
        _words(record.get("title")),
        comments if isinstance(comments, str) else None,
        _words(record.get("abstract")),
        source=COMMENTS,
        updated=updated if isinstance(updated, str) else None,
    )
    return ordered((*flagged(record, "the record itself"), *words))


def _year(record: dict[str, Any]) -> int | None:
    for field in ("year", "published", "date", "created"):
        value = record.get(field)
        if value is None or isinstance(value, bool):
            continue
        found = _YEAR.match(str(value).strip())
        if found:
            return int(found[0])
    return None


def _authors(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        # White space is made single first: looking for "and" behind any amount of it takes the square of the amount.
        return tuple(name for part in re.split(r"[,;]| and ", " ".join(value.split())) if (name := part.strip()))
    if not isinstance(value, list):
        return ()
    names = (entry.get("name") if isinstance(entry, dict) else entry for entry in value)
    return tuple(name.strip() for name in names if isinstance(name, str) and name.strip())


def _words(value: Any) -> str:
    if type(value) is str:
        return " ".join(value.split())
    if isinstance(value, list):
        return " ".join(" ".join(str(part).split()) for part in value if isinstance(part, (str, int, float)))
    return "" if value is None else str(value).strip()


def _full_text(paper: Paper) -> str:
    assert paper.location is not None
    name, _, number = paper.location.rpartition(LINE_MARK)
    for at, line in _lines(Path(name)):
        if at == int(number):
            record = json.loads(line)
            text = record.get("full_text") if isinstance(record, dict) else None
            if isinstance(text, list):
                text = "\n\n".join(str(part) for part in text)
            if isinstance(text, str):
                return text
            break
    raise InputError(f"{name} line {number}: no longer holds the full text of {paper.id}; read the file again")
