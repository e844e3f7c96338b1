"""The full text of a paper from the places that publish it: the most exact form first, the abstract last.

arXiv's HTML (made from the LaTeX: exact tables), arXiv's LaTeX source, arXiv's PDF, the ACL Anthology's PDF, JATS from
Europe PMC, then open-access PDFs that OpenAlex and Semantic Scholar know of. Only hosts of those services are asked: an
address is never taken from a paper, and one that a service names on another host is told and not followed.

Every place that was tried stays in the result with its outcome; what was not there (404), what could not be asked and
what was not worth reading are different things.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from synth import __version__
from synth.errors import InputError
from synth.fetched import Attempt, Fetched, Outcome, abstract, belongs, of_paper, versioned
from synth.formats import apart
from synth.formats.archives import unpacked
from synth.records import Ids, Paper, ReadPaper
from synth.web import Web, WebFailure
from synth.whereabouts import catalogues, stated

__all__ = ["HOSTS", "Attempt", "Fetched", "Kept", "Outcome", "Reader", "fetch"]

HOSTS = frozenset({
    "arxiv.org", "export.arxiv.org", "aclanthology.org", "www.aclweb.org", "www.ebi.ac.uk", "europepmc.org",
    "api.openalex.org", "api.semanticscholar.org", "pmc.ncbi.nlm.nih.gov", "www.ncbi.nlm.nih.gov",
})  # fmt: skip
"""The only hosts that are asked for a full text."""

MAX_BYTES = 48 * 1024 * 1024
_SHORTEST = 1500  # characters; less is a notice or a cover, no paper
_HTML = ("text/html", "application/xhtml")
_PDF = ("application/pdf", "application/x-pdf", "application/octet-stream", "binary/octet-stream")
_SOURCE = (
    "application/gzip", "application/x-gzip", "application/x-eprint", "application/x-tar", "application/octet-stream",
    "application/pdf", "application/postscript", "text/plain", "text/x-tex", "application/x-tex",
)  # fmt: skip
_XML = ("application/xml", "text/xml", "application/jats+xml")
Reader = Callable[[apart.Kind, Path], ReadPaper]


class Kept(Protocol):
    """Readings that last, by key: `synth.library.Library` is one."""

    def reading(self, key: str) -> ReadPaper | None:
        """The reading kept under `key`; None where there is none."""

    def keep_reading(self, key: str, paper: ReadPaper) -> None:
        """Keep a reading."""


def fetch(
    paper: Paper,
    web: Web,
    place: Path | None = None,
    *,
    reader: Reader = apart.read,
    hosts: frozenset[str] = HOSTS,
    kept: Kept | None = None,
) -> Fetched:
    """The best text of `paper` that can be had over `web`.

    `place` is a folder for files while they are read (None: the system's own); nothing stays in it. `reader` reads a
    file of a kind; `hosts` are the hosts that may be asked; what `kept` knows by its bytes is not read again. Trouble
    with a place is never raised: the next place is tried, and the abstract is the last. The text's paper keeps the id
    and source of `paper`; its version is the one that the text itself names, else the one that was asked for.
    """
    attempts: list[Attempt] = []
    asked = _Asking(paper, web, place, reader, hosts, kept, attempts)
    for step in (_arxiv, _anthology, _elsewhere):
        read = step(asked)
        if read is not None:
            return Fetched(read=read, attempts=tuple(attempts))
    return Fetched(read=abstract(paper, Fetched(read=None, attempts=tuple(attempts)).reason), attempts=tuple(attempts))


@dataclass
class _Asking:
    """What one fetch carries along."""

    paper: Paper
    web: Web
    place: Path | None
    reader: Reader
    hosts: frozenset[str]
    kept: Kept | None
    attempts: list[Attempt]

    def body(self, name: str, url: str, accept: tuple[str, ...]) -> bytes | None:
        """The answer's bytes; None, and the attempt told, where there is none."""
        host = (urlsplit(url).hostname or "").lower()
        if urlsplit(url).scheme != "https" or host not in self.hosts:
            self.tell(name, url, "not_allowed", f"{host or 'no host'} is no place that papers are fetched from")
            return None
        try:
            body = self.web.get(url, accept=accept, max_bytes=MAX_BYTES, hosts=self.hosts).body
        except WebFailure as failure:
            outcome = self._outcome(failure)
            self.tell(name, url, outcome, "not there" if outcome == "absent" else failure.reason)
            return None
        if not body:
            self.tell(name, url, "unusable", "gave an empty file")
        return body or None

    def _outcome(self, failure: WebFailure) -> Outcome:
        if failure.status in (404, 410):
            return "absent"
        if failure.kind == "redirects" and failure.host not in self.hosts:
            return "not_allowed"
        return "unusable" if failure.kind in ("content_type", "too_large") else "failed"

    def tell(self, name: str, url: str, outcome: Outcome, why: str | None) -> None:
        self.attempts.append(Attempt(place=name, url=url, outcome=outcome, reason=why))

    def text(self, name: str, url: str, kind: apart.Kind, files: Mapping[str, bytes], main: str) -> ReadPaper | None:
        """The paper in `files`, of which `main` is the one to begin with; None, and the attempt told, for none."""
        key = _key(kind, files, main)
        read = self.kept.reading(key) if self.kept is not None else None
        if read is None:
            try:
                read = self._read(kind, files, main)
            except InputError as problem:
                self.tell(name, url, "unusable", str(problem))
                return None
            if self.kept is not None:
                self.kept.keep_reading(key, read)
        if len(read.text) < _SHORTEST:
            self.tell(name, url, "unusable", f"holds {len(read.text)} characters of text, no whole paper")
        elif not belongs(read, self.paper):
            self.tell(name, url, "unusable", "is another paper: its title is not in it")
        else:
            self.tell(name, url, "read", None)
            return of_paper(read, self.paper, f"read from {name}, {url}")
        return None

    def _read(self, kind: apart.Kind, files: Mapping[str, bytes], main: str) -> ReadPaper:
        """`files` in a folder of their own, for as long as they are read. Raises InputError without its path."""
        with tempfile.TemporaryDirectory(dir=self.place, prefix="fulltext-") as folder:
            for file, content in files.items():
                target = Path(folder, file)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            try:
                return self.reader(kind, Path(folder, main))
            except InputError as problem:
                raise InputError(_bare(str(problem), folder)) from None


def _key(kind: str, files: Mapping[str, bytes], main: str) -> str:
    """The name of a reading: by what is read and by the version of the readers."""
    digest = hashlib.sha256(f"{__version__} {kind} {main}".encode())
    for name in sorted(files):
        digest.update(f"\0{name}\0{hashlib.sha256(files[name]).hexdigest()}".encode())
    return digest.hexdigest()


def _bare(problem: str, folder: str) -> str:
    """The problem without the path of a file that is gone by then."""
    return re.sub(rf"{re.escape(folder)}\S*?(?: line (\d+))?: ", lambda m: f"line {m[1]}: " if m[1] else "", problem)


# --- places ---------------------------------------------------------------------------------------------


def _arxiv(asked: _Asking, arxiv: str | None = None) -> ReadPaper | None:
    number = arxiv or asked.paper.ids.arxiv
    if not number:
        return None
    number += (asked.paper.version or "") if not arxiv and re.fullmatch(r"v\d+", asked.paper.version or "") else ""
    url = f"https://arxiv.org/html/{number}"
    page = asked.body("arXiv HTML", url, _HTML)
    read = asked.text("arXiv HTML", url, "html", {"paper.html": page}, "paper.html") if page else None
    if read is not None:
        return versioned(read, number, page or b"")
    url = f"https://export.arxiv.org/e-print/{number}"
    packed = asked.body("arXiv source", url, _SOURCE)
    if packed is not None and packed[:5] != b"%PDF-":
        read = _source(asked, url, packed)
        if read is not None:
            return versioned(read, number, b"")
        packed = None
    elif packed is not None:
        asked.tell("arXiv source", url, "absent", "there is no source, only a PDF")
    url = f"https://export.arxiv.org/pdf/{number}"
    file = packed or asked.body("arXiv PDF", url, _PDF)
    read = asked.text("arXiv PDF", url, "pdf", {"paper.pdf": file}, "paper.pdf") if file else None
    return versioned(read, number, b"") if read else None


def _source(asked: _Asking, url: str, packed: bytes) -> ReadPaper | None:
    try:
        files = unpacked(packed)
    except InputError as problem:
        asked.tell("arXiv source", url, "unusable", str(problem))
        return None
    mains = [
        name for name, content in files.items() if name.endswith((".tex", ".ltx")) and b"\\begin{document}" in content
    ]
    # The main file of several is the one that stands highest and holds most.
    main = min(
        mains, key=lambda name: (name.count("/"), b"\\title" not in files[name], -len(files[name]), name), default=None
    )
    if main is None:
        asked.tell("arXiv source", url, "unusable", "holds no LaTeX file with a document in it")
        return None
    return asked.text("arXiv source", url, "latex", files, main)


def _anthology(asked: _Asking, acl: str | None = None) -> ReadPaper | None:
    number = acl or asked.paper.ids.acl
    if not number or not re.fullmatch(r"[\w.-]+", number):
        return None
    url = f"https://aclanthology.org/{number}.pdf"
    file = asked.body("ACL Anthology PDF", url, _PDF)
    return asked.text("ACL Anthology PDF", url, "pdf", {"paper.pdf": file}, "paper.pdf") if file else None


def _elsewhere(asked: _Asking) -> ReadPaper | None:
    """What OpenAlex and Semantic Scholar know of: another id of the same work, or an open PDF."""
    ids = asked.paper.ids
    known, links = ids, []
    for name, url in catalogues(ids):
        body = asked.body(name, url, ("application/json", "text/json"))
        if body is None:
            continue
        try:
            found, pdfs = stated(name, json.loads(body))
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            asked.tell(name, url, "unusable", "answered in a form that cannot be read")
            continue
        asked.tell(name, url, "absent", "has no text itself")
        known = Ids(**{k: getattr(known, k) or getattr(found, k) for k in ("arxiv", "doi", "acl", "openalex", "s2")})
        links += [(name, link) for link in pdfs]
    if known.arxiv and not ids.arxiv and (read := _arxiv(asked, known.arxiv)) is not None:
        return read
    if known.acl and not ids.acl and (read := _anthology(asked, known.acl)) is not None:
        return read
    pmc = next((m[0] for _, link in links if (m := re.search(r"PMC\d+", link))), None)
    if pmc and (read := _europe_pmc(asked, pmc)) is not None:
        return read
    tried = {attempt.url for attempt in asked.attempts}
    for name, link in dict.fromkeys(links):
        if link in tried:
            continue
        tried.add(link)
        file = asked.body(f"PDF named by {name}", link, _PDF)
        read = asked.text(f"PDF named by {name}", link, "pdf", {"paper.pdf": file}, "paper.pdf") if file else None
        if read is not None:
            return read
    return None


def _europe_pmc(asked: _Asking, pmc: str) -> ReadPaper | None:
    url = f"https://www.ebi.ac.uk/europepmc/webservices/rest/{pmc}/fullTextXML"
    file = asked.body("Europe PMC", url, _XML)
    return asked.text("Europe PMC", url, "jats", {"paper.xml": file}, "paper.xml") if file else None
