"""arXiv, OpenAlex and Semantic Scholar against a scripted server: what becomes of every kind of answer."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from loopback import Answer, Asked, FakeTime, Loopback
from made import BagOfWords

from synth.collect import Corpus, collect
from synth.formulate import question
from synth.records import Coverage, Ids, Notice, Paper, Query
from synth.sources import open_source
from synth.sources.acl_anthology import AclAnthology
from synth.sources.arxiv import Arxiv, withdrawn
from synth.sources.protocol import Found, Neighbours, Source
from synth.web import Web

FIXTURES = Path(__file__).parent / "fixtures" / "sources"
PATHS = {
    "arxiv": "/api/query",
    "openalex": "/works",
    "semantic_scholar": "/graph/v1/paper/search/bulk",
}
RELEVANCE = "/graph/v1/paper/search"  # where Semantic Scholar is asked in plain words
HOSTS = {
    "arxiv": "https://export.arxiv.org",
    "openalex": "https://api.openalex.org",
    "semantic_scholar": "https://api.semanticscholar.org",
}
TYPES = {"arxiv": "application/atom+xml; charset=utf-8"}
PEARS = Query(text="How do pears transfer?", groups=(("pear", "sweet pear"), ("zero-shot",)))
WORDS = Query(text="How do pears transfer?")


def path(name: str, query: Query) -> str:
    return RELEVANCE if name == "semantic_scholar" and not query.groups else PATHS[name]


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


def fixture(name: str, **given: Any) -> Answer:
    kind = TYPES["arxiv"] if name.endswith(".xml") else "application/json; charset=utf-8"
    return Answer((FIXTURES / name).read_bytes(), **({"content_type": kind} | given))


FOUND = {"arxiv": "arxiv_found.xml", "openalex": "openalex.json", "semantic_scholar": "semantic_scholar.json"}


def source(
    server: Loopback, name: str, *, environ: dict[str, str] | None = None, **given: Any
) -> tuple[Source, FakeTime]:
    clock = FakeTime()
    settings: dict[str, Any] = {"sleep": clock.sleep, "clock": clock, "jitter": lambda: 1.0}
    settings["base_urls"] = dict.fromkeys(HOSTS.values(), server.origin)
    web = Web(given.pop("cache", None), **(settings | given))
    return open_source(name, web, environ=environ or {}), clock


def ask(
    server: Loopback, name: str, *answers: Answer, query: Query = PEARS, limit: int = 20
) -> tuple[tuple[Paper, ...], Coverage]:
    server.script[path(name, query)] = answers
    papers, coverage = source(server, name)[0].search(query, limit)
    assert (coverage.count is None) == (coverage.outcome in ("failed", "skipped"))
    assert coverage.source == name
    return papers, coverage


# --- what each gives when all is well -----------------------------------------------------------------


def test_arxiv_papers(server: Loopback) -> None:
    papers, coverage = ask(server, "arxiv", fixture("arxiv_found.xml"))
    assert (coverage.outcome, coverage.count) == ("found", 3)
    assert coverage.query == '(all:pear OR all:"sweet pear") AND all:"zero-shot"'
    assert coverage.reason == "1 unreadable entry was left out"
    pears, plums, apples = papers
    assert (pears.id, pears.version, pears.versions) == ("arxiv:2101.00001", "v3", ("v1", "v2", "v3"))
    assert pears.title == "Pears in Three Languages"
    assert pears.abstract == "We count pears in three languages & find $p < 0.05$."
    assert pears.authors == ("Ada Pear", "José Quince")
    assert (pears.year, pears.venue) == (2021, "Journal of Fruit 3 (2022)")
    assert (pears.ids.arxiv, pears.ids.doi, pears.ids.acl) == (
        "2101.00001",
        "10.18653/v1/2022.acl-long.7",
        "2022.acl-long.7",
    )
    assert (pears.url, pears.tier, pears.notices) == ("https://arxiv.org/abs/2101.00001v3", "abstract", ())
    assert plums.notices == (Notice(kind="withdrawal", date="2023-07-08", source="arxiv"),)
    assert (apples.id, apples.year, apples.abstract) == ("arxiv:cmp-lg/9901001", 1999, None)


def test_openalex_papers(server: Loopback) -> None:
    papers, coverage = ask(server, "openalex", fixture("openalex.json"))
    assert (coverage.outcome, coverage.count, coverage.reason) == ("found", 3, "1 unreadable entry was left out")
    assert coverage.query == '(pear OR "sweet pear") AND "zero-shot"'
    pears, lemons, figs = papers
    assert (pears.id, pears.title) == ("arxiv:2101.00001", "Pears in Three Languages")
    assert (pears.ids.arxiv, pears.ids.acl, pears.ids.openalex) == ("2101.00001", "2022.acl-long.7", "W100")
    assert (pears.ids.doi, pears.ids.s2) == ("10.18653/v1/2022.acl-long.7", None)
    assert pears.abstract == "We count pears & more pears ."
    assert (pears.venue, pears.url) == ("Annual Meeting of Orchards", "https://doi.org/10.18653/V1/2022.ACL-LONG.7")
    assert lemons.notices == (Notice(kind="retraction", date=None, source="openalex"),)
    assert (lemons.id, lemons.abstract) == ("doi:10.1000/fruit.2", None)
    assert (figs.id, figs.year, figs.authors, figs.abstract) == ("openalex:W300", None, (), None)


def test_semantic_scholar_papers(server: Loopback) -> None:
    papers, coverage = ask(server, "semantic_scholar", fixture("semantic_scholar.json"))
    assert (coverage.outcome, coverage.count, coverage.reason) == ("found", 3, "1 unreadable entry was left out")
    assert coverage.query == '(pear | "sweet pear") + "zero shot"'
    pears, bare, known = papers
    assert (pears.id, pears.ids.s2, pears.ids.acl) == ("arxiv:2101.00001", "aa11", "2022.acl-long.7")
    assert (pears.authors, pears.abstract, pears.venue) == (("Ada Pear", "José Quince"), "We count pears.", "ACL")
    assert (bare.id, bare.abstract, bare.year, bare.venue) == ("s2:bb22", None, None, None)
    assert known.id == "doi:10.1000/fruit.3"


def test_what_is_sent(server: Loopback) -> None:
    since = Query(text="x", groups=(("pear",),), since=2021)
    for name in PATHS:
        ask(server, name, fixture(FOUND[name]), query=since, limit=7)
    sent = {asked.path: asked.params for asked in server.asked}
    arxiv, openalex, scholar = (sent[PATHS[name]] for name in ("arxiv", "openalex", "semantic_scholar"))
    assert arxiv["search_query"] == "(all:pear) AND submittedDate:[202101010000 TO 209912312359]"
    assert (arxiv["start"], arxiv["max_results"], arxiv["sortBy"]) == ("0", "7", "relevance")
    assert (openalex["search"], openalex["filter"], openalex["per_page"]) == (
        "pear",
        "from_publication_date:2021-01-01",
        "7",
    )
    assert "mailto" not in openalex
    assert (scholar["query"], scholar["year"], scholar["sort"]) == ("pear", "2021-", "citationCount:desc")
    plain = since.model_copy(update={"groups": ()})
    ask(server, "semantic_scholar", fixture(FOUND["semantic_scholar"]), query=plain, limit=7)
    words = server.asked[-1].params
    assert (words["query"], words["year"], words["limit"], words["offset"]) == ("x", "2021-", "7", "0")


@pytest.mark.parametrize("name", PATHS)
def test_years_before_since_are_left_out_whatever_the_service_sends(server: Loopback, name: str) -> None:
    papers, _ = ask(server, name, fixture(FOUND[name]), query=Query(text="pear", since=2021))
    assert papers
    assert all(paper.year is None or paper.year >= 2021 for paper in papers)


@pytest.mark.parametrize("name", PATHS)
def test_a_query_of_plain_text_is_sent_without_its_empty_words(server: Loopback, name: str) -> None:
    _, coverage = ask(server, name, fixture(FOUND[name]), query=Query(text="Does the pear transfer?"))
    expected = {
        "arxiv": "(all:pear OR all:transfer)",
        "openalex": "(pear OR transfer)",
        "semantic_scholar": "Does the pear transfer",
    }
    assert coverage.query == expected[name]


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize(("query", "limit"), [(Query(text=" ?! "), 5), (PEARS, 0)])
def test_nothing_to_ask_is_skipped(server: Loopback, name: str, query: Query, limit: int) -> None:
    _, coverage = ask(server, name, query=query, limit=limit)
    assert coverage.outcome == "skipped"
    assert coverage.reason
    assert not server.asked


@pytest.mark.parametrize("name", PATHS)
def test_no_more_than_the_limit(server: Loopback, name: str) -> None:
    papers, coverage = ask(server, name, fixture(FOUND[name]), limit=2)
    assert (len(papers), coverage.count) == (2, 2)


def test_keys_and_address_are_sent_and_not_stored(server: Loopback, tmp_path: Path) -> None:
    environ = {"S2_API_KEY": "hush-1", "OPENALEX_API_KEY": "hush-2", "SYNTH_MAILTO": "me@hush.org"}
    for name in ("openalex", "semantic_scholar"):
        server.script[PATHS[name]] = [fixture(FOUND[name])]
        source(server, name, environ=environ, cache=tmp_path)[0].search(PEARS, 5)
    assert (server.asked[0].params["api_key"], server.asked[0].params["mailto"]) == ("hush-2", "me@hush.org")
    assert server.asked[1].headers["x-api-key"] == "hush-1"
    assert not any(b"hush" in file.read_bytes() for file in tmp_path.rglob("*.reply"))
    other = source(server, "semantic_scholar", environ={"SEMANTIC_SCHOLAR_API_KEY": "hush-3"})[0]
    other.search(PEARS, 5)
    assert server.asked[2].headers["x-api-key"] == "hush-3"


# --- what each says when something is wrong -----------------------------------------------------------

EMPTY = {
    "arxiv": fixture("arxiv_empty.xml"),
    "openalex": Answer(b'{"meta": {"count": 0}, "results": []}'),
    "semantic_scholar": Answer(b'{"total": 0, "offset": 0}'),
}


@pytest.mark.parametrize("name", PATHS)
def test_nothing_there_is_empty_and_not_failed(server: Loopback, name: str) -> None:
    papers, coverage = ask(server, name, EMPTY[name])
    assert (papers, coverage.outcome, coverage.count, coverage.reason) == ((), "empty", 0, None)


# --- the table of failures: every source, every way of asking it -------------------------------------------

GZIP = "application/gzip"
LATER = "Wed, 21 Oct 2015 07:28:20 GMT"
NOW = 1445412480.0  # twenty seconds before
FEED = (FIXTURES / "arxiv_error.xml").read_bytes()
HALF_JSON = b'{"results": [{"id": "https://openalex.org/W1", "displ'
# What came, how often the same is asked for, and a part of the reason.
FAILURES: dict[str, tuple[Answer, int, str]] = {
    "400": (Answer(b"", status=400), 1, "HTTP status 400"),
    "400 with a message": (Answer(b'{"message": "what?"}', status=400), 1, "HTTP status 400"),
    "403": (Answer(b"", status=403), 1, "HTTP status 403"),
    "404": (Answer(b"<html>", status=404, content_type="text/html"), 1, "HTTP status 404"),
    "429": (Answer(b"Rate exceeded.", status=429, content_type="text/plain"), 3, "HTTP status 429, after 3 tries"),
    "429 in 8 s": (Answer(b"", status=429, headers={"Retry-After": "8"}), 3, "HTTP status 429, after 3 tries"),
    "429 at a time": (Answer(b"", status=429, headers={"Retry-After": LATER}), 3, "HTTP status 429, after 3 tries"),
    "429 in 15 minutes": (Answer(b"", status=429, headers={"Retry-After": "900"}), 1, "asks for 900 s"),
    "500": (Answer(b"", status=500), 3, "HTTP status 500, after 3 tries"),
    "503": (Answer(b"<html>", status=503, content_type="text/html"), 3, "HTTP status 503, after 3 tries"),
    "504": (Answer(b"", status=504), 3, "HTTP status 504, after 3 tries"),
    "half an answer": (Answer(b"x" * 900, cut=100, content_type=None), 3, "broke off"),
    "redirects for ever": (Answer(status=302, headers={"Location": "?again"}), 6, "redirects more than 5 times"),
    "a page to sign in": (Answer(b"<html>Sign in</html>", content_type="text/html"), 1, "answered with text/html"),
    "nothing at all": (Answer(b"", content_type=None), 1, ""),
    "an error feed": (Answer(FEED, content_type="application/atom+xml"), 1, ""),
    "half a body": (Answer(HALF_JSON, content_type=None), 1, ""),
}
ASKED = {
    "arxiv": ("arxiv", PEARS),
    "openalex": ("openalex", PEARS),
    "semantic_scholar by operators": ("semantic_scholar", PEARS),
    "semantic_scholar by words": ("semantic_scholar", WORDS),
}


def failing_web(server: Loopback) -> tuple[Web, FakeTime]:
    clock = FakeTime()
    origins = dict.fromkeys((*HOSTS.values(), "https://aclanthology.org"), server.origin)
    settings: dict[str, Any] = {"sleep": clock.sleep, "clock": clock, "jitter": lambda: 1.0, "now": lambda: NOW}
    return Web(None, base_urls=origins, **settings), clock


@pytest.mark.parametrize("kind", FAILURES)
def test_every_failure_of_every_source_is_told_and_the_report_goes_on(
    server: Loopback, tmp_path: Path, kind: str
) -> None:
    answer, times, said = FAILURES[kind]
    for name, query in ASKED.values():
        server.asked.clear()
        server.script[path(name, query)] = [answer]
        web, clock = failing_web(server)
        papers, line = open_source(name, web, environ={}).search(query, 20)
        assert (papers, line.source, line.outcome, line.count) == ((), name, "failed", None), name
        assert said in (line.reason or ""), name
        assert (line.reason or "\n").isprintable(), name
        assert server.times(path(name, query)) == times, name
        if kind in ("429 in 8 s", "429 at a time"):
            assert max(clock.slept) == {"429 in 8 s": 8.0, "429 at a time": 20.0}[kind]
    # The ACL Anthology is searched here; what can fail is the file it is searched in.
    server.asked.clear()
    server.script["/anthology+abstracts.bib.gz"] = [answer]
    place = tmp_path / "copy.jsonl.gz"
    lexical = lambda papers, text, limit: range(min(limit, len(papers)))  # noqa: E731
    anthology = AclAnthology(failing_web(server)[0], {}, lexical=lexical, copy=place, download=True)
    _, line = anthology.search(WORDS, 20)
    assert (line.outcome, line.count, place.exists()) == ("failed", None, False)
    assert (line.reason or "\n").isprintable()
    # And so may following the citations.
    paper = "/graph/v1/paper/aa"
    for name, places in {
        "openalex": ["/works"],
        "semantic_scholar": [f"{paper}/references", f"{paper}/citations"],
    }.items():
        server.script = {place: [answer] for place in places}
        known = open_source(name, failing_web(server)[0], environ={})
        assert isinstance(known, Neighbours)
        found = known.neighbours([seed(s2="aa", openalex="W1")], PEARS, 20)
        assert {(papers, line.outcome, line.count) for papers, line in found} == {((), "failed", None)}, name
        assert all(line.reason and line.query.endswith("of 1 paper") for _, line in found)
    # A run that asks them all beside a corpus has the corpus, and an account of each.
    server.script = {path(name, query): [answer] for name, query in ASKED.values()}
    web, _ = failing_web(server)
    sources = [open_source(name, web, environ={}) for name in PATHS]
    asked = question("Do pears transfer zero-shot?")
    held = Corpus("here", (seed(),), lambda paper: paper.abstract or "", lambda paper: pytest.fail("not read yet"))
    candidates, lines = collect(asked, [held], sources, BagOfWords(), None, since=None, step=lambda: None)
    assert [candidate.paper.id for candidate in candidates] == ["seed"]
    assert [(line.source, line.outcome) for line in lines] == [("here", "found"), *((name, "failed") for name in PATHS)]


@pytest.mark.parametrize("name", PATHS)
def test_trouble_that_passes_costs_nothing_but_time(server: Loopback, name: str) -> None:
    server.script[PATHS[name]] = [
        Answer(status=429, headers={"Retry-After": "8"}),
        Answer(status=503),
        fixture(FOUND[name]),
    ]
    asked, clock = source(server, name)
    papers, coverage = asked.search(PEARS, 20)
    assert (len(papers), coverage.outcome) == (3, "found")
    assert clock.slept[0] == 8.0


JSON_OF_NO_USE = [b"", b"{", b"[]", b"null", b'{"results": {}, "data": 7}', b"{}", b"\xff\xfe", b"[" * 100_000]


@pytest.mark.parametrize("name", ["openalex", "semantic_scholar"])
@pytest.mark.parametrize("body", JSON_OF_NO_USE, ids=range(len(JSON_OF_NO_USE)))
def test_json_of_no_use_is_failed(server: Loopback, name: str, body: bytes) -> None:
    _, coverage = ask(server, name, Answer(body))
    assert coverage.outcome == "failed"
    assert coverage.reason


@pytest.mark.parametrize("name", ["openalex", "semantic_scholar"])
@pytest.mark.parametrize(
    "entry", [None, 1, "x", [], {}, {"id": 1, "title": 2}, {"title": "T", "id": None, "paperId": None}]
)
def test_entries_of_no_use_are_failed_when_there_are_no_others(server: Loopback, name: str, entry: object) -> None:
    _, coverage = ask(server, name, Answer(json.dumps({"results": [entry], "data": [entry]}).encode()))
    assert (coverage.outcome, coverage.reason) == ("failed", "none of the 1 entries could be read")


def test_a_services_own_message_is_passed_on(server: Loopback) -> None:
    said = json.dumps({"error": "Invalid filter", "message": "Unknown filter field:\n pears"}).encode()
    _, coverage = ask(server, "openalex", Answer(said, status=400))
    assert coverage.reason == "api.openalex.org answered with HTTP status 400: Unknown filter field: pears"
    _, coverage = ask(server, "semantic_scholar", Answer(b'{"error": "Unsupported fields: [x]"}', status=400))
    assert coverage.reason == "api.semanticscholar.org answered with HTTP status 400: Unsupported fields: [x]"


XML_OF_NO_USE = {
    "nothing": b"",
    "text": b"Rate exceeded.",
    "other root": b"<rss/>",
    "no namespace": b"<feed><entry/></feed>",
    "half": (FIXTURES / "arxiv_found.xml").read_bytes()[:1500],
    "bomb": (FIXTURES / "arxiv_bomb.xml").read_bytes(),
    "control character": b'<feed xmlns="http://www.w3.org/2005/Atom">\x01</feed>',
    "deep": b'<feed xmlns="http://www.w3.org/2005/Atom">' + b"<a>" * 5000 + b"</a>" * 5000 + b"</feed>",
}


@pytest.mark.parametrize("body", XML_OF_NO_USE.values(), ids=XML_OF_NO_USE)
def test_xml_of_no_use_is_failed_and_never_empty(server: Loopback, body: bytes) -> None:
    began = time.monotonic()
    papers, coverage = ask(server, "arxiv", Answer(body, content_type=TYPES["arxiv"]))
    assert (papers, coverage.outcome) == ((), "failed")
    assert coverage.reason == "arXiv answered with something that is no whole Atom feed"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("status", [200, 400])
def test_an_error_feed_is_failed_with_its_message(server: Loopback, status: int) -> None:
    _, coverage = ask(server, "arxiv", fixture("arxiv_error.xml", status=status))
    assert coverage.outcome == "failed"
    assert (coverage.reason or "").endswith(": start must be an integer")


def test_a_date_in_no_known_form_is_failed(server: Loopback) -> None:
    body = (FIXTURES / "arxiv_found.xml").read_bytes().replace(b"2021-01-01T09:00:00Z", b"last May")
    _, coverage = ask(server, "arxiv", Answer(body, content_type=TYPES["arxiv"]))
    assert (coverage.outcome, coverage.reason) == ("failed", "arXiv answered with an entry that cannot be read")


# --- pages --------------------------------------------------------------------------------------------


def atom(start: int, count: int, total: int) -> bytes:
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/2101.{n:05}v1</id><title>T{n}</title><updated>2021-01-01T00:00:00Z</updated>"
        f"<published>2021-01-01T00:00:00Z</published><summary>S</summary></entry>"
        for n in range(start, start + count)
    )
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/">'
        f"<o:totalResults>{total}</o:totalResults><o:startIndex>{start}</o:startIndex>{entries}</feed>"
    ).encode()


def arxiv_page(total: int, broken_from: int | None = None, empty_from: int | None = None) -> Callable[[Asked], Answer]:
    def one(asked: Asked) -> Answer:
        start, size = int(asked.params["start"]), int(asked.params["max_results"])
        if broken_from is not None and start >= broken_from:
            return Answer(b"", status=503)
        count = 0 if empty_from is not None and start >= empty_from else max(0, min(size, total - start))
        return Answer(atom(start, count, total), content_type=TYPES["arxiv"])

    return one


def small_arxiv(server: Loopback) -> tuple[Arxiv, FakeTime]:
    clock = FakeTime()
    web = Web(None, sleep=clock.sleep, clock=clock, jitter=lambda: 1.0, base_urls={HOSTS["arxiv"]: server.origin})
    return Arxiv(web, page_size=10), clock


def test_arxiv_pages_are_three_seconds_apart(server: Loopback) -> None:
    server.script[PATHS["arxiv"]] = arxiv_page(25)
    asked, clock = small_arxiv(server)
    papers, coverage = asked.search(PEARS, 50)
    assert [p.id for p in papers] == [f"arxiv:2101.{n:05}" for n in range(25)]
    assert (coverage.outcome, coverage.count, coverage.reason) == ("found", 25, None)
    assert clock.slept == [3.0, 3.0]
    assert [a.params["start"] for a in server.asked] == ["0", "10", "20"]


def test_no_page_is_asked_for_that_is_not_needed(server: Loopback) -> None:
    server.script[PATHS["arxiv"]] = arxiv_page(1000)
    asked, clock = small_arxiv(server)
    papers, _ = asked.search(PEARS, 20)
    assert (len(papers), clock.slept) == (20, [3.0])


@pytest.mark.parametrize("how", ["broken_from", "empty_from"])
def test_what_came_before_a_broken_page_is_kept(server: Loopback, how: str) -> None:
    server.script[PATHS["arxiv"]] = arxiv_page(25, **{how: 10})
    papers, coverage = small_arxiv(server)[0].search(PEARS, 50)
    assert (len(papers), coverage.outcome, coverage.count) == (10, "found", 10)
    assert (coverage.reason or "").startswith("stopped early: ")


def json_pages(asked: Asked) -> Answer:
    size = int(asked.params.get("per_page") or asked.params["limit"])
    start = (int(asked.params["page"]) - 1) * size if "page" in asked.params else int(asked.params["offset"])
    numbers = range(start, min(start + size, 230))
    works = [{"id": f"https://openalex.org/W{n}", "display_name": f"T{n}"} for n in numbers]
    data = [{"paperId": f"p{n}", "title": f"T{n}"} for n in numbers]
    more = {"next": start + size} if start + size < 230 else {}
    return Answer(json.dumps({"results": works, "data": data, "total": 230} | more).encode())


@pytest.mark.parametrize("name", ["openalex", "semantic_scholar"])
@pytest.mark.parametrize(("limit", "count", "requests"), [(50, 50, 1), (100, 100, 1), (130, 130, 2), (500, 230, 3)])
def test_json_pages_are_turned(server: Loopback, name: str, limit: int, count: int, requests: int) -> None:
    server.script[path(name, WORDS)] = json_pages
    papers, coverage = source(server, name)[0].search(WORDS, limit)
    assert (len(papers), coverage.count, server.times(path(name, WORDS))) == (count, count, requests)
    assert papers[-1].title == f"T{count - 1}"


def test_semantic_scholar_is_not_asked_beyond_its_reach(server: Loopback) -> None:
    def endless(asked: Asked) -> Answer:
        offset, size = int(asked.params["offset"]), int(asked.params["limit"])
        data = [{"paperId": f"p{n}", "title": "T"} for n in range(offset, offset + size)]
        return Answer(json.dumps({"data": data, "next": offset + size}).encode())

    server.script[RELEVANCE] = endless
    papers, _ = source(server, "semantic_scholar")[0].search(WORDS, 5000)
    assert len(papers) == 999
    assert max(int(a.params["offset"]) + int(a.params["limit"]) for a in server.asked) == 999


@pytest.mark.parametrize(("limit", "requests"), [(20, 1), (300, 2), (900, 3)])
def test_the_bulk_search_is_read_on_by_its_tokens(server: Loopback, limit: int, requests: int) -> None:
    def bulk(asked: Asked) -> Answer:
        start = int(asked.params.get("token", "0"))
        data = [{"paperId": f"p{n}", "title": f"T{n}"} for n in range(start, min(start + 200, 500))]
        token = str(start + 200) if start < 400 else None
        return Answer(json.dumps({"total": 500, "data": data, "token": token}).encode())

    server.script[PATHS["semantic_scholar"]] = bulk
    papers, coverage = source(server, "semantic_scholar")[0].search(PEARS, limit)
    assert [paper.title for paper in papers] == [f"T{n}" for n in range(min(limit, 500))]
    assert (coverage.count, server.times(PATHS["semantic_scholar"])) == (min(limit, 500), requests)


# --- references and citations -------------------------------------------------------------------------


def neighbours(server: Loopback, name: str, *papers: Paper, query: Query = PEARS, limit: int = 25) -> tuple[Found, ...]:
    asked = source(server, name)[0]
    assert isinstance(asked, Neighbours)
    return asked.neighbours(papers, query, limit)


def seed(**ids: str) -> Paper:
    return Paper(id="seed", title="Seed", authors=(), year=2020, ids=Ids(**ids), abstract="A.", source="x")


def work(number: int, **given: Any) -> dict[str, Any]:
    return {"id": f"https://openalex.org/W{number}", "display_name": f"Work {number}", "publication_year": 2022} | given


def graph(asked: Asked) -> Answer:
    """An OpenAlex of two seeds that share a reference, and of two works that cite them."""
    wanted = asked.params["filter"]
    works = {
        "openalex:W1": [work(1, referenced_works=["https://openalex.org/W7", "https://openalex.org/W8"])],
        "doi:10.1/b": [work(2, referenced_works=["https://openalex.org/W8", "https://openalex.org/W1", None, "x"])],
        "openalex:W8|W7": [work(7), work(8)],
        "cites:W1|W2": [work(20), work(21)],
    }[wanted.removesuffix(",from_publication_date:2021-01-01")]
    return Answer(json.dumps({"results": works}).encode())


def test_openalex_follows_references_and_citations_in_four_requests(server: Loopback) -> None:
    server.script["/works"] = graph
    found = neighbours(server, "openalex", seed(openalex="W1"), seed(doi="10.1/b"))
    assert [(line.query, line.outcome, line.count) for _, line in found] == [
        ("references of 2 papers", "found", 2),
        ("citations of 2 papers", "found", 2),
    ]
    ids = [[paper.ids.openalex for paper in papers] for papers, _ in found]
    assert ids == [["W7", "W8"], ["W20", "W21"]]
    assert server.times("/works") == 4
    # What cites a famous paper is on any topic: only what is on that of the query is asked for.
    assert server.asked[-1].params["search"] == '(pear OR "sweet pear") AND "zero-shot"'
    since = PEARS.model_copy(update={"since": 2021})
    neighbours(server, "openalex", seed(openalex="W1"), seed(doi="10.1/b"), query=since)
    assert server.asked[-1].params["filter"].endswith(",from_publication_date:2021-01-01")


def test_openalex_looks_for_a_preprint_by_its_doi(server: Loopback) -> None:
    server.script["/works"] = [Answer(b'{"results": []}')]
    found = neighbours(server, "openalex", seed(arxiv="2101.00001"), seed(doi="10.1/a,b"))
    assert server.asked[0].params["filter"] == "doi:10.48550/arxiv.2101.00001"
    assert [(line.query, line.outcome) for _, line in found] == [("references of 2 papers", "empty")]
    assert neighbours(server, "openalex", seed(acl="2020.x-1.1")) == ()


def test_semantic_scholar_follows_each_paper(server: Loopback) -> None:
    known = {"paperId": "p9", "title": "Known", "abstract": "An abstract.", "year": 2022}
    lost = {"paperId": None, "title": "Nobody knows this one"}
    cited = {"data": [{"citedPaper": known}, {"citedPaper": lost}]}
    citing = {"data": [{"citingPaper": known | {"paperId": "p8"}}]}
    server.script = {
        "/graph/v1/paper/aa11/references": [Answer(json.dumps(cited).encode())],
        "/graph/v1/paper/aa11/citations": [Answer(json.dumps(citing).encode())],
        "/graph/v1/paper/DOI:10.1/b%3Fx/references": [Answer(b'{"data": null}')],  # kept back by the publisher
        "/graph/v1/paper/DOI:10.1/b%3Fx/citations": [Answer(b'{"data": [{"citingPaper": {"paperId": "p7"}}, 3]}')],
    }
    found = neighbours(server, "semantic_scholar", seed(s2="aa11"), seed(doi="10.1/b?x"), seed(openalex="W1"))
    assert [(line.query, line.outcome, line.count, line.reason) for _, line in found] == [
        ("references of 2 papers", "found", 1, None),
        ("citations of 2 papers", "found", 1, "2 unreadable entries were left out"),
    ]
    assert [p.id for papers, _ in found for p in papers] == ["s2:p9", "s2:p8"]
    assert found[0][0][0].abstract == "An abstract."


@pytest.mark.parametrize("doi", ["10.1/../../paper/search", "10.1//x", "10.1/./x"])
def test_a_doi_that_leads_elsewhere_is_not_asked_about(server: Loopback, doi: str) -> None:
    assert neighbours(server, "semantic_scholar", seed(doi=doi)) == ()
    assert not server.asked


def test_arxiv_knows_of_no_citations(server: Loopback) -> None:
    assert not isinstance(source(server, "arxiv")[0], Neighbours)


# --- replay -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PATHS)
def test_with_the_cache_of_a_run_the_run_works_offline(server: Loopback, tmp_path: Path, name: str) -> None:
    server.script[PATHS[name]] = [fixture(FOUND[name])]
    online = source(server, name, cache=tmp_path)[0].search(PEARS, 20)
    asked = len(server.asked)
    offline = open_source(name, Web(tmp_path, offline=True), environ={"SYNTH_MAILTO": "me@a.org"}).search(PEARS, 20)
    assert offline == online
    assert len(server.asked) == asked
    _, coverage = open_source(name, Web(tmp_path, offline=True), environ={}).search(Query(text="other"), 20)
    assert coverage.outcome == "failed"
    assert (coverage.reason or "").startswith("offline, and no stored answer for ")


@pytest.mark.parametrize("name", PATHS)
def test_without_a_network_a_source_fails_fast_and_says_why(name: str) -> None:
    def resolve(host: str, port: int) -> None:
        raise OSError("no network")

    began = time.monotonic()
    _, coverage = open_source(name, Web(None, resolve=resolve), environ={}).search(PEARS, 20)
    assert coverage.outcome == "failed"
    assert "was not found" in (coverage.reason or "")
    assert time.monotonic() - began < 1.5


# --- withdrawals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comment", "abstract", "expected"),
    [
        (None, None, False),
        ("12 pages", "We withdraw money from banks.", False),
        ("This paper has been withdrawn by the author due to a wrong sign", None, True),
        ("5 pages. This submission is withdrawn.", None, True),
        ("Withdrawn", None, True),
        ("Withdrawn by arXiv administrators", None, True),
        ("withdraw the paper", None, True),
        ("Accepted at a workshop, withdrawn", None, True),
        ("The authors decided to withdraw this manuscript", None, True),
        ("The model has changed; it has been withdrawn from the archive", None, True),
        ("", "This article has been withdrawn because of an error in Eq. 3.", True),
        ("Submission withdrawn from the Journal of Fruit in May", None, False),
        ("The paper has been withdrawn from a conference", None, False),
        ("v2: withdraw experimental results on one data set", None, False),
        ("Submitted to a journal, later withdrawn to correct", None, False),
        ("We had to withdraw the paper from the conference", None, False),
    ],
)
def test_withdrawals_are_told_from_other_uses_of_the_word(
    comment: str | None, abstract: str | None, expected: bool
) -> None:
    assert withdrawn(comment, abstract) is expected


# --- recorded answers ---------------------------------------------------------------------------------


def recorded_arxiv(shared: Path, name: str) -> Answer:
    (file,) = (shared / "fixtures" / "arxiv_api" / "arxiv.py").glob(name + "_*.json")
    held = json.loads(file.read_text())
    return Answer(held["body"].encode(), status=held["status_code"], content_type=TYPES["arxiv"])


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "outcome", "count"),
    [
        ("id_0000.0000_s0_m100", "empty", 0),
        ("id_abc_s0_m100", "failed", None),
        ("id_1707.08567_s0_m100", "found", 1),
        ("id_0808.05394_1707.08567_s0_m100", "found", 1),
        ("id_astro-ph_0601001_s0_m100", "found", 1),
        ("id_quant-ph_0201082v1_s0_m100", "found", 1),
        ("q_testing_s0_m100", "found", 100),
    ],
)
def test_recorded_arxiv_answers(
    server: Loopback, shared_data: Path, name: str, outcome: str, count: int | None
) -> None:
    papers, coverage = ask(server, "arxiv", recorded_arxiv(shared_data, name), limit=100)
    assert (coverage.outcome, coverage.count) == (outcome, count)
    assert all(p.id.startswith("arxiv:") and p.title and p.abstract and p.authors and p.version for p in papers)
    if name == "id_abc_s0_m100":
        assert coverage.reason == "export.arxiv.org answered with HTTP status 400: incorrect id format for abc"


@pytest.mark.shared_data
def test_recorded_arxiv_pages(server: Loopback, shared_data: Path) -> None:
    server.script[PATHS["arxiv"]] = lambda asked: recorded_arxiv(
        shared_data, f"q_testing_s{asked.params['start']}_m{asked.params['max_results']}"
    )
    papers, coverage = small_arxiv(server)[0].search(PEARS, 60)
    assert coverage.outcome == "found"
    assert 50 <= len(papers) <= 60
    whole, _ = ask(server, "arxiv", recorded_arxiv(shared_data, "q_testing_s0_m100"), limit=100)
    assert [p.id for p in papers[:10]] == [p.id for p in whole[:10]]


def recorded(shared: Path, folder: str) -> list[dict[str, Any]]:
    file = shared / "fixtures" / "api_responses" / folder / "interactions.jsonl"
    return [json.loads(line) for line in file.read_text().split("\n") if line]


@pytest.mark.shared_data
def test_recorded_semantic_scholar_searches(server: Loopback, shared_data: Path) -> None:
    outcomes: dict[str, int] = {}
    for held in recorded(shared_data, "semanticscholar_client"):
        if held["method"] != "GET" or "/paper/search?" not in held["url"]:
            continue
        held["body"] = held["body"] or ""
        answer = json.loads(held["body"])
        first = Answer(held["body"].encode(), status=held["status"])
        papers, coverage = ask(server, "semantic_scholar", first, query=WORDS, limit=100)
        titled = sum(1 for entry in answer.get("data", []) if entry.get("title"))
        assert len(papers) == titled  # without titles (other fields were asked for) nothing can be made of them
        expected = "found" if titled else "failed" if answer.get("data") else "empty"
        assert coverage.outcome == expected
        outcomes[expected] = outcomes.get(expected, 0) + 1
    assert outcomes["found"] >= 10
    assert outcomes["empty"] >= 1


@pytest.mark.shared_data
@pytest.mark.parametrize("status", [400, 403, 404])
def test_recorded_semantic_scholar_refusals(server: Loopback, shared_data: Path, status: int) -> None:
    held = next(h for h in recorded(shared_data, "semanticscholar_client") if h["status"] == status)
    answer = Answer(held["body"].encode(), status=status, content_type=held["headers"].get("content-type"))
    _, coverage = ask(server, "semantic_scholar", answer)
    assert coverage.outcome == "failed"
    assert f"HTTP status {status}" in (coverage.reason or "")
    assert server.times(PATHS["semantic_scholar"]) == 1


@pytest.mark.shared_data
def test_recorded_openalex_works(server: Loopback, shared_data: Path) -> None:
    works = []
    for held in recorded(shared_data, "paperqa"):
        if "api.openalex.org/works" in held["url"] and held["status"] == 200:
            answer = json.loads(held["body"])
            works += answer.get("results", [answer])
    retracted = next((shared_data / "fixtures" / "api_responses" / "choxos_retraction_mocks").glob("mock-openalex*"))
    works.append(json.loads(retracted.read_text()))
    papers, coverage = ask(server, "openalex", Answer(json.dumps({"results": works}).encode()), limit=100)
    whole = [work for work in works if work.get("display_name") and work.get("id")]
    assert coverage.outcome == "found"
    assert len(papers) == len({work["id"] for work in whole})
    assert papers[-1].notices == (Notice(kind="retraction", date=None, source="openalex"),)
    assert any(paper.abstract for paper in papers)


@pytest.mark.shared_data
def test_recorded_semantic_scholar_bulk_searches(server: Loopback, shared_data: Path) -> None:
    held = [h for h in recorded(shared_data, "semanticscholar_client") if "/paper/search/bulk?" in h["url"]]
    titled = [h for h in held if "fields=title" in h["url"]]
    assert titled
    for one in titled:
        papers, coverage = ask(server, "semantic_scholar", Answer(one["body"].encode()), limit=40)
        assert (len(papers), coverage.outcome) == (40, "found")
        assert [p.ids.s2 for p in papers] == [entry["paperId"] for entry in json.loads(one["body"])["data"][:40]]


@pytest.mark.shared_data
def test_recorded_references_and_citations(server: Loopback, shared_data: Path) -> None:
    """Answers about two real papers, recorded with titles alone: every link with a paper at its end becomes one."""
    for held in recorded(shared_data, "semanticscholar_client"):
        match = re.search(r"/graph/v1/paper/(.+)/(references|citations)\?", held["url"])
        if match is None:
            continue
        key, direction = match.groups()
        place = f"/graph/v1/paper/{quote(key, safe=':/')}"
        server.script = {f"{place}/{end}": [Answer(b'{"data": []}')] for end in ("references", "citations")}
        server.script[f"{place}/{direction}"] = [Answer(held["body"].encode())]
        found = {line.query: papers for papers, line in neighbours(server, "semantic_scholar", seed(s2=key), limit=100)}
        end = "citedPaper" if direction == "references" else "citingPaper"
        ends = [link[end] for link in json.loads(held["body"])["data"]]
        wanted = list(dict.fromkeys(end["paperId"] for end in ends if end["paperId"] and end["title"]))
        assert [p.ids.s2 for p in found[f"{direction} of 1 paper"]] == wanted
        assert wanted
