"""The ACL Anthology. It offers no search, so this source searches a local copy of its metadata.

A copy is either lines of JSON (id, title, authors, year, venue, url, abstract, doi, and the flags retracted,
removed, errata, revisions) or the Anthology's own BibTeX file with abstracts, each plain or gzipped. `fetch_copy`
downloads the latter and keeps the former; the BibTeX file carries no flags.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from synth.announcements import flagged, ordered, said
from synth.errors import InputError
from synth.lines import bounded
from synth.records import Ids, Paper, Query
from synth.sources.anthology_bib import BrokenEntryError, entries, record
from synth.sources.protocol import AnswerError, Found, Page, acl_id, arxiv_id, collect, convert, doi, skipped
from synth.web import Web

__all__ = ["BIB_URL", "AclAnthology", "Lexical", "fetch_copy"]

BIB_URL = "https://aclanthology.org/anthology+abstracts.bib.gz"
_MOST = 400 * 1024 * 1024  # bytes of that file; it is some tens of millions and grows
_UNPACKED = 8_000_000_000  # bytes unpacked, of it or of a copy: text packs to a fifth, an attack to a thousandth
_LINE = 4_000_000  # bytes of one line; the longest abstract has some thousands
_VARIABLE = "SYNTH_ACL_ANTHOLOGY"

Lexical = Callable[[Sequence[Paper], str, int], Sequence[int]]
"""`lexical(papers, text, limit)`: indices of at most `limit` papers, best first; none for papers without a match.

The same tuple object is passed for the same copy and year, so an index can be kept by identity.
"""


class AclAnthology:
    """Lexical search of a local copy. `copy` is its usual place; `SYNTH_ACL_ANTHOLOGY` names another.

    With `download` a missing copy is fetched (tens of megabytes) and kept at `copy`; without, the source is
    skipped and says how to get one.
    """

    name = "acl_anthology"
    at_hand = True  # asking costs nothing, so no query is spared

    def __init__(
        self, web: Web, environ: Mapping[str, str], *, lexical: Lexical, copy: Path | None, download: bool = False
    ) -> None:
        self._web = web
        named = environ.get(_VARIABLE)
        self._named = Path(named) if named else None
        self._copy = copy
        self._lexical = lexical
        self._download = download
        self._whole: Page | None = None
        self._since: dict[int | None, tuple[Paper, ...]] = {}

    def search(self, query: Query, limit: int) -> Found:
        """See `synth.sources.protocol.Source`."""
        if not query.text.strip() or limit < 1:
            return skipped(
                self.name, query, "the query has no words" if not query.text.strip() else "no papers were asked for"
            )
        place = self._named or self._copy
        if self._whole is None and (place is None or not place.exists()) and not self._may_fetch():
            if self._named is not None:
                reason = f"{_VARIABLE} names {self._named}, which is not there"
            else:
                reason = f"no local copy: download {BIB_URL} and set {_VARIABLE} to that file"
            return skipped(self.name, query, reason)
        return collect(self.name, query.text, self._page(query, limit), query.since, limit)

    def _may_fetch(self) -> bool:
        return self._download and self._named is None and self._copy is not None

    def _page(self, query: Query, limit: int) -> Iterator[Page]:
        whole = self._load()
        if query.since not in self._since:
            since = query.since
            kept = whole.papers
            if since is not None:
                kept = tuple(paper for paper in kept if paper.year is None or paper.year >= since)
            self._since[since] = kept
        papers = self._since[query.since]
        best = self._lexical(papers, query.text, limit) if papers else ()
        yield Page(tuple(papers[i] for i in best), whole.unreadable)

    def _load(self) -> Page:
        if self._whole is None:
            place = self._named or self._copy
            if place is None:
                raise AnswerError("no place for a local copy is known")
            if not place.exists():
                fetch_copy(self._web, place)
            self._whole = _read(place)
            if not self._whole.papers:
                raise AnswerError(f"{place} holds no paper that could be read")
        return self._whole


def fetch_copy(web: Web, copy: Path) -> int:
    """Download the Anthology's BibTeX file and keep it at `copy` as gzipped lines of JSON; the number of papers.

    Raises WebFailure, AnswerError when what came is not that file, and OSError never: it becomes AnswerError.
    `copy` is replaced as a whole or not at all, and its bytes depend on nothing but the file.
    """
    reply = web.get(BIB_URL, max_bytes=_MOST)
    count = 0
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=copy.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
                for line in _bib_lines(copy, io.BytesIO(reply.body)):
                    if line is not None:
                        packed.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
                        count += 1
            if count == 0:
                raise AnswerError(f"what came from {BIB_URL} is not the Anthology's BibTeX file")
            Path(name).replace(copy)
        finally:
            Path(name).unlink(missing_ok=True)
    except (OSError, EOFError, zlib.error, InputError) as error:
        raise AnswerError(f"the Anthology's file could not be unpacked and kept at {copy}: {error}") from None
    return count


def _read(place: Path) -> Page:
    """All papers of a local copy. Lines and entries that cannot be read are counted."""
    try:
        with place.open("rb") as file:
            if ".bib" in place.suffixes:
                return convert(_bib_lines(place, file), _paper)
            return convert(_json_lines(place, file), _paper)
    except (OSError, EOFError, zlib.error, InputError) as error:
        raise AnswerError(f"the local copy {place} cannot be read: {error}") from None


def _unpacked(place: Path, file: io.BufferedIOBase) -> Iterator[bytes]:
    """The lines of `file`, unpacked when its first bytes say that it is gzipped, whatever its name.

    Raises InputError, which names `place`, for a line without an end and for more than any such file holds.
    """
    start = file.read(2)
    file.seek(0)
    stream = gzip.GzipFile(fileobj=file) if start == b"\x1f\x8b" else file
    for _, line in bounded(place, stream, _LINE, _UNPACKED):
        yield line


def _json_lines(place: Path, file: io.BufferedIOBase) -> Iterator[Any]:
    for line in _unpacked(place, file):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                yield None  # counted as unreadable by the caller


def _bib_lines(place: Path, file: io.BufferedIOBase) -> Iterator[dict[str, Any] | None]:
    """Records of the BibTeX file; None for a broken entry."""
    for fields in entries(line.decode("utf-8", "replace") for line in _unpacked(place, file)):
        try:
            line = record(fields) if fields is not None else None
        except BrokenEntryError:
            yield None
            continue
        if line is not None or fields is None:
            yield line


def _paper(line: dict[str, Any]) -> Paper:
    """A line of the copy as a Paper; raises ValueError and its like where its form is unexpected."""
    url = line.get("url")
    number = str(line.get("id") or "") or acl_id(url)
    title = " ".join(line["title"].split())
    if not number or not title:
        raise ValueError("a line without id or title")
    known = doi(line.get("doi"))
    abstract = line.get("abstract")
    return Paper(
        id=f"acl:{number}",
        title=title,
        authors=tuple(line.get("authors") or ()),
        year=line.get("year"),
        ids=Ids(acl=number, doi=known, arxiv=arxiv_id(known)),
        abstract=(" ".join(abstract.split()) or None) if abstract is not None else None,
        venue=line.get("venue"),
        url=url or f"https://aclanthology.org/{number}",
        notices=ordered((*flagged(line, "acl_anthology"), *said(title, None, None, source="acl_anthology"))),
        source="acl_anthology",
    )
