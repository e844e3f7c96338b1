"""One table of failures: every source, every look-up of notices and every place of a full text, through each of them.

The outcome is typed and never guessed: what could not be asked is *failed* and no absence, what a service does not have
is *empty* or *absent*, and what came and is of no use says so. The last tests hold the table to be whole: a source, a
service or a place that is added without a row fails here.
"""

from __future__ import annotations

import ast
import gzip
import inspect
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from loopback import Answer, FakeTime, Loopback

from synth import fulltext
from synth.formats import html, jats, latex, pdf
from synth.notices import services
from synth.records import Ids, Paper, Query, ReadPaper
from synth.sources import KNOWN, open_source
from synth.sources.protocol import Found, Neighbours
from synth.web import Web
from synth.whereabouts import catalogues

FIXTURES = Path(__file__).parent / "fixtures" / "sources"
ATOM, JSON = "application/atom+xml", "application/json"
TITLE = "Counting Pears With Small Models"
PEARS = Query(text="How do pears transfer?", groups=(("pear",),))
WORDS = Query(text="How do pears transfer?")
ORIGINS = (
    "https://arxiv.org", "https://export.arxiv.org", "https://aclanthology.org", "https://api.openalex.org",
    "https://api.semanticscholar.org", "https://api.crossref.org", "https://www.ebi.ac.uk", "https://europepmc.org",
)  # fmt: skip


class Told(NamedTuple):
    """What became of asking: a typed outcome and its reason."""

    outcome: str
    reason: str


class Door(NamedTuple):
    """One thing that is asked. `at`: the addresses that fail; `leads`: what other addresses answer meanwhile.

    `empty` is the answer that says that there is nothing, `error` one of status 200 that tells of a fault, and `page`
    the kind of content that has no business there.
    """

    ask: Callable[[Web, Path], list[Told]]
    at: tuple[str, ...]
    empty: Answer
    error: Answer
    page: str = "text/html"
    leads: dict[str, Answer] = {}  # noqa: RUF012 (a value that nobody changes)


# --- sources --------------------------------------------------------------------------------------------------------

FEED = Answer((FIXTURES / "arxiv_empty.xml").read_bytes(), content_type=ATOM)
FAULT = Answer((FIXTURES / "arxiv_error.xml").read_bytes(), content_type=ATOM)
SAID = Answer(b'{"error": "Invalid query", "message": "no such field"}')
NOTHING = Answer(b'{"meta": {"count": 0}, "results": []}')
NO_DATA = Answer(b'{"total": 0, "offset": 0, "data": []}')
SEED = Paper(id="seed", title=TITLE, authors=(), year=2020, ids=Ids(openalex="W1", s2="aa"), abstract=None, source="x")
SEEDED = Answer(json.dumps({"results": [{"id": "https://openalex.org/W1", "referenced_works": []}]}).encode())


def opened(name: str, web: Web, place: Path) -> Any:
    lexical = lambda papers, text, limit: range(min(limit, len(papers)))  # noqa: E731
    return open_source(name, web, lexical=lexical, anthology=place / "copy.jsonl.gz", download=True, environ={})


def accounts(*found: Found) -> list[Told]:
    for papers, line in found:
        assert (line.count is None) == (line.outcome == "failed")
        assert bool(papers) == (line.outcome == "found")
    return [Told(line.outcome, line.reason or "") for _, line in found]


def search(name: str, query: Query = PEARS) -> Callable[[Web, Path], list[Told]]:
    return lambda web, place: accounts(opened(name, web, place).search(query, 5))


def near(name: str) -> Callable[[Web, Path], list[Told]]:
    return lambda web, place: accounts(*opened(name, web, place).neighbours([SEED], PEARS, 5))


SOURCES = {
    "arxiv": Door(search("arxiv"), ("/api/query",), FEED, FAULT),
    "openalex": Door(search("openalex"), ("/works",), NOTHING, SAID),
    "semantic_scholar": Door(search("semantic_scholar"), ("/graph/v1/paper/search/bulk",), NO_DATA, SAID),
    "semantic_scholar in words": Door(
        search("semantic_scholar", WORDS), ("/graph/v1/paper/search",), NO_DATA, SAID
    ),
    "acl_anthology": Door(
        search("acl_anthology", WORDS), ("/anthology+abstracts.bib.gz",), Answer(gzip.compress(b"")), SAID
    ),
}  # fmt: skip
NEIGHBOURS = {
    "openalex": Door(near("openalex"), ("/works",), NOTHING, SAID),
    "semantic_scholar": Door(
        near("semantic_scholar"), ("/graph/v1/paper/aa/references", "/graph/v1/paper/aa/citations"), NO_DATA, SAID
    ),
}


# --- notices --------------------------------------------------------------------------------------------------------


def notices(name: str, **ids: str) -> Callable[[Web, Path], list[Told]]:
    paper = SEED.model_copy(update={"ids": Ids(**ids)})

    def ask(web: Web, place: Path) -> list[Told]:
        service = next(one for one in services.known({}) if one.name == name)
        line = services.ask(service, [paper], web).coverage
        assert (line.count is None) == (line.outcome == "failed")
        return [Told(line.outcome, line.reason or "")]

    return ask


NOTICES = {
    "crossref": Door(
        notices("crossref", doi="10.5555/x"), ("/works",), Answer(b'{"message": {"items": []}}'), SAID
    ),
    "openalex": Door(notices("openalex", doi="10.5555/x"), ("/works",), NOTHING, SAID),
    "arxiv": Door(notices("arxiv", arxiv="2001.00001"), ("/api/query",), FEED, FAULT),
}  # fmt: skip


# --- full texts -----------------------------------------------------------------------------------------------------


def read_here(kind: str, file: Path) -> ReadPaper:
    """The readers in this process: the child has tests of its own."""
    return {"html": html.read, "latex": latex.read, "pdf": pdf.read, "jats": jats.read}[kind](file)


def text(at: str, **ids: str) -> Callable[[Web, Path], list[Told]]:
    paper = SEED.model_copy(update={"ids": Ids(**ids), "abstract": "We count pears.", "source": "arxiv"})

    def ask(web: Web, place: Path) -> list[Told]:
        got = fulltext.fetch(paper, web, place, reader=read_here)
        assert got.read is not None
        assert got.read.tier == "abstract"
        assert list(place.iterdir()) == []
        told = [Told(one.outcome, one.reason or "") for one in got.attempts if one.place == at]
        assert told, f"{at} was tried and is not told"
        return told

    return ask


def tar(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return gzip.compress(stream.getvalue())


def blank() -> bytes:
    import pymupdf

    with pymupdf.open() as document:
        document.new_page()
        content: bytes = document.tobytes()
    return content


def link(url: str) -> Answer:
    """An entry of OpenAlex that knows of an open file."""
    locations = [{"is_oa": True, "pdf_url": url, "landing_page_url": None}]
    return Answer(json.dumps({"id": "W1", "ids": {}, "locations": locations}).encode())


NO_PDF = Answer(blank(), content_type="application/pdf")
BAD_PDF = Answer(b"<html>Sorry</html>", content_type="application/pdf")
OPENALEX, SCHOLAR = "/works/doi:10.5555/x", "/graph/v1/paper/DOI:10.5555/x"
ENTRY = Answer(b'{"paperId": "aa", "externalIds": {}, "openAccessPdf": {"url": "https://europepmc.org/b.pdf"}}')
PMC = Answer(b'{"id": "W1", "ids": {"pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC77"}, "locations": []}')
TEXTS = {
    "arXiv HTML": Door(
        text("arXiv HTML", arxiv="2001.00001"), ("/html/2001.00001",),
        Answer(b"<html><body></body></html>", content_type="text/html"),
        Answer(b"<html><body><h1>No HTML for this paper</h1></body></html>", content_type="text/html"), JSON,
    ),
    "arXiv source": Door(
        text("arXiv source", arxiv="2001.00001"), ("/e-print/2001.00001",),
        Answer(tar("figure.png", b"x"), content_type="application/gzip"),
        Answer(b"Withdrawn by its author", content_type="text/plain"),
    ),
    "arXiv PDF": Door(text("arXiv PDF", arxiv="2001.00001"), ("/pdf/2001.00001",), NO_PDF, BAD_PDF),
    "ACL Anthology PDF": Door(
        text("ACL Anthology PDF", acl="2020.made-up.1"), ("/2020.made-up.1.pdf",), NO_PDF, BAD_PDF
    ),
    "OpenAlex": Door(
        text("OpenAlex", doi="10.5555/x"), (OPENALEX,), Answer(b'{"id": "W1", "ids": {}, "locations": []}'), SAID
    ),
    "Semantic Scholar": Door(
        text("Semantic Scholar", doi="10.5555/x"), (SCHOLAR,), Answer(b'{"paperId": "aa", "externalIds": null}'), SAID
    ),
    "Europe PMC": Door(
        text("Europe PMC", doi="10.5555/x"), ("/europepmc/webservices/rest/PMC77/fullTextXML",),
        Answer(b"<article><front/><body/></article>", content_type="application/xml"),
        Answer(b"<error>not open access</error>", content_type="application/xml"), leads={OPENALEX: PMC},
    ),
    "PDF named by OpenAlex": Door(
        text("PDF named by OpenAlex", doi="10.5555/x"), ("/a.pdf",), NO_PDF, BAD_PDF,
        leads={OPENALEX: link("https://europepmc.org/a.pdf")},
    ),
    "PDF named by Semantic Scholar": Door(
        text("PDF named by Semantic Scholar", doi="10.5555/x"), ("/b.pdf",), NO_PDF, BAD_PDF, leads={SCHOLAR: ENTRY}
    ),
}  # fmt: skip
TABLES = {"search": SOURCES, "neighbours": NEIGHBOURS, "notices": NOTICES, "full text": TEXTS}


# --- the failures ---------------------------------------------------------------------------------------------------


class Failure(NamedTuple):
    """An answer, how often the same is asked for, the outcome (of a search, of a full text) and words of the reason."""

    answer: Callable[[Door], Answer]
    times: int
    searched: str
    fetched: str
    said: str


def status(code: int) -> Callable[[Door], Answer]:
    return lambda door: Answer(b"", status=code, content_type="text/html")


FAILURES = {
    "400": Failure(status(400), 1, "failed", "failed", "HTTP status 400"),
    "403": Failure(status(403), 1, "failed", "failed", "HTTP status 403"),
    "404": Failure(status(404), 1, "failed", "absent", "HTTP status 404|not there"),
    "429": Failure(status(429), 3, "failed", "failed", "HTTP status 429, after 3 tries"),
    "500": Failure(status(500), 3, "failed", "failed", "HTTP status 500, after 3 tries"),
    "504": Failure(status(504), 3, "failed", "failed", "HTTP status 504, after 3 tries"),
    "empty feed": Failure(lambda door: door.empty, 1, "empty", "unusable", ""),
    "error feed": Failure(lambda door: door.error, 1, "failed", "unusable", ""),
    "no body": Failure(lambda door: Answer(b"", content_type=None), 1, "failed", "unusable", ""),
    "half an answer": Failure(lambda door: Answer(b"x" * 900, cut=100, content_type=None), 3, "failed", "failed",
                              "broke off"),
    "redirect loop": Failure(lambda door: Answer(status=302, headers={"Location": "?again"}), 6, "failed", "failed",
                             "redirects more than 5 times"),
    "wrong content type": Failure(lambda door: Answer(b"<html>Sign in</html>", content_type=door.page), 1, "failed",
                                  "unusable", "answered with"),
}  # fmt: skip
# Where an outcome is another, and why.
OTHERS: dict[tuple[str, str, str], tuple[str, str]] = {
    # A file of no entries is no file of the Anthology; nothing of it is kept.
    ("search", "acl_anthology", "empty feed"): ("failed", "not the Anthology's BibTeX file"),
    ("search", "acl_anthology", "wrong content type"): ("failed", "not the Anthology's BibTeX file"),
    # A catalogue has no text itself; what it says of other places is all that is asked of it.
    ("full text", "OpenAlex", "empty feed"): ("absent", "has no text itself"),
    ("full text", "Semantic Scholar", "empty feed"): ("absent", "has no text itself"),
}
ROWS = [(table, door, failure) for table, doors in TABLES.items() for door in doors for failure in FAILURES]


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


@pytest.mark.parametrize(("table", "name", "failure"), ROWS, ids=[", ".join(row) for row in ROWS])
def test_a_failure_has_its_typed_outcome(
    server: Loopback, tmp_path: Path, table: str, name: str, failure: str
) -> None:
    door, row = TABLES[table][name], FAILURES[failure]
    server.asked.clear()
    server.script = {place: [one] for place, one in door.leads.items()}
    server.script |= {place: [row.answer(door)] for place in door.at}
    clock = FakeTime()
    settings: dict[str, Any] = {"sleep": clock.sleep, "clock": clock, "jitter": lambda: 1.0}
    with Web(None, base_urls=dict.fromkeys(ORIGINS, server.origin), **settings) as web:
        told = door.ask(web, tmp_path)
    usual = row.fetched if table == "full text" else row.searched
    outcome, said = OTHERS.get((table, name, failure), (usual, row.said))
    assert {one.outcome for one in told} == {outcome}, told
    for one in told:
        assert any(words in one.reason for words in said.split("|")), one
        assert one.reason.isprintable()
        assert one.reason or outcome == "empty", "a failure says why"
        assert str(tmp_path) not in one.reason or name == "acl_anthology"  # which says where its copy would be
    # Two requests make one look-up at Crossref: the works, and the notices on them.
    twice = 2 if (table, name, outcome) == ("notices", "crossref", "empty") else 1
    assert {server.times(place) for place in door.at} == {row.times * twice}


# --- the table is whole -----------------------------------------------------------------------------------------------


def test_every_source_has_its_rows() -> None:
    assert {name.partition(" in ")[0] for name in SOURCES} == set(KNOWN)
    following = {name for name in KNOWN if isinstance(opened(name, Web(None), Path()), Neighbours)}
    assert following == set(NEIGHBOURS)


def test_every_service_that_tells_of_notices_has_its_rows() -> None:
    assert {service.name for service in services.known({})} == set(NOTICES)


def test_every_place_of_a_full_text_has_its_rows() -> None:
    """The names of places are read from the code that asks them: one that is added there is missing here."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(fulltext))) if isinstance(node, ast.Call)]
    asked = [call.args[0] for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "body"]
    named = [name for name, _ in catalogues(Ids(doi="10.5555/x"))]
    places: set[str] = set()
    for one in asked:
        if isinstance(one, ast.Constant):
            places.add(str(one.value))
        else:  # a catalogue, or a file that a catalogue named
            shape = ast.unparse(one).removeprefix("f").strip("'\"")
            places |= {shape.replace("{name}", name) if "{" in shape else name for name in named}
    assert places == set(TEXTS)


def test_every_failure_is_tried_on_every_door() -> None:
    assert {"400", "403", "404", "429", "500", "504", "empty feed", "error feed", "half an answer", "redirect loop",
            "wrong content type"} <= set(FAILURES)  # fmt: skip
    assert len(ROWS) == len(set(ROWS)) == len(FAILURES) * sum(len(doors) for doors in TABLES.values())
    assert set(OTHERS) <= set(ROWS)
