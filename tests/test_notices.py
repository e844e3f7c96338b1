"""Notices: what services and lists say of papers, and that what could not be asked is never taken for nothing found."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from loopback import Answer, Asked, FakeTime, Loopback

from synth import notices
from synth.errors import InputError
from synth.notices import Checked
from synth.records import Coverage, Ids, Notice, Paper
from synth.web import Web

FIXTURES = Path(__file__).parent / "fixtures" / "sources"
ATOM = "application/atom+xml; charset=utf-8"
ORIGINS = {name: f"https://{name}" for name in ("api.crossref.org", "api.openalex.org", "export.arxiv.org")}


class Quiet:
    """Progress that counts what it is told."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.steps = 0

    def stage(self, name: str, total: int | None = None) -> None:
        assert name == "notices"
        self.total = total

    def step(self) -> None:
        self.steps += 1


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


def paper(key: str, *, source: str = "t", held: Sequence[Notice] = (), **ids: str) -> Paper:
    return Paper(
        id=key, title=f"On {key}", authors=("Ada Writer",), year=2020, ids=Ids(**ids), abstract="Text.",
        notices=tuple(held), source=source,
    )  # fmt: skip


def crossref(*works: dict[str, Any]) -> Answer:
    return Answer(json.dumps({"status": "ok", "message": {"items": list(works)}}).encode())


def openalex(*works: object) -> Answer:
    return Answer(json.dumps({"results": list(works)}).encode())


def update(kind: str, day: list[int] | None, source: str = "publisher", doi: str = "10.1000/notice") -> dict[str, Any]:
    made: dict[str, Any] = {"DOI": doi, "type": kind, "label": kind.title(), "source": source}
    return made | ({"updated": {"date-parts": [day]}} if day else {})


def scripted(works: Answer, updates: Answer, index: Answer) -> Callable[[Asked], Answer]:
    """Crossref and OpenAlex have the same path; what is asked tells them apart."""

    def answer(asked: Asked) -> Answer:
        if "is_retracted" in asked.params.get("select", ""):
            return index
        return works if asked.params["filter"].startswith("doi:") else updates

    return answer


def check(server: Loopback, papers: Sequence[Paper], environ: dict[str, str] | None = None, **given: Any) -> Checked:
    clock = FakeTime()
    settings: dict[str, Any] = {"sleep": clock.sleep, "clock": clock, "jitter": lambda: 1.0, "retries": 0}
    settings["base_urls"] = dict.fromkeys(ORIGINS.values(), server.origin)
    progress = Quiet()
    made = notices.check(papers, Web(None, **(settings | given)), progress, environ=environ or {})
    assert progress.steps == progress.total
    assert [p.id for p in made.papers] == [p.id for p in papers]
    return made


def told(made: Checked, name: str) -> Coverage:
    (line,) = [c for c in made.coverage if c.source == f"notices: {name}"]
    assert (line.count is None) == (line.outcome in ("failed", "skipped"))
    return line


EMPTY = Answer((FIXTURES / "arxiv_empty.xml").read_bytes(), content_type=ATOM)
PLUM, PEAR = "10.1000/plum", "10.1000/pear"


# --- what each says when all is well ----------------------------------------------------------------------------


def test_crossref_says_what_kind_when_and_whose(server: Loopback) -> None:
    works = crossref(
        {"DOI": "10.1000/PLUM", "updated-by": [
            update("correction", [2004, 3, 6], "retraction-watch"), update("retraction", [2010, 2], "publisher"),
            update("new_version", [2011, 1, 1]), "odd", {"type": "retraction", "updated": {"date-parts": [[None]]}},
        ]},
        {"DOI": PEAR, "update-to": [update("retraction", [2001, 1, 1], doi="10.1000/other")]},
        {"DOI": "10.1000/never-asked", "updated-by": [update("retraction", [2001, 1, 1])]},
    )  # fmt: skip
    notice = crossref({"DOI": "10.1000/n", "update-to": [update("expression_of_concern", [2009, 5, 1], doi=PLUM)]})
    server.script["/works"] = scripted(works, notice, openalex())
    made = check(server, [paper("plum", doi=PLUM), paper("pear", doi=PEAR)])
    assert made.papers[0].notices == (
        Notice(kind="retraction", date="2010-02", source="crossref (publisher)"),
        Notice(kind="retraction", date=None, source="crossref (publisher)"),
        Notice(kind="concern", date="2009-05-01", source="crossref (publisher)"),
        Notice(kind="erratum", date="2004-03-06", source="crossref (retraction-watch)"),
    )
    assert made.papers[1].notices == ()
    line = told(made, "crossref")
    assert (line.outcome, line.count, line.query) == ("found", 1, f"{PLUM}, {PEAR}")
    assert line.reason == "2 of 2 papers looked up"
    assert made.unchecked == ()


def test_many_papers_are_two_requests_and_a_mail_address_is_sent_and_not_told(server: Loopback) -> None:
    papers = [paper(f"p{n}", doi=f"10.1000/{n}") for n in range(25)]

    def answer(asked: Asked) -> Answer:
        assert asked.params.get("mailto") == "a@b.example"
        if "is_retracted" in asked.params["select"]:
            return openalex()
        wanted = [part.removeprefix("doi:") for part in asked.params["filter"].split(",")]
        return crossref(*({"DOI": d} for d in wanted if not d.startswith("updates:")))

    server.script["/works"] = answer
    made = check(server, papers, {"SYNTH_MAILTO": "a@b.example"})
    asked = [a.params["filter"] for a in server.asked if "DOI" in a.params["select"]]
    assert [len(line.split(",")) for line in asked] == [20, 20, 5, 5]
    assert told(made, "crossref").reason == "25 of 25 papers looked up"
    assert "b.example" not in repr(made.coverage)


def test_openalex_flags_without_a_date_and_is_asked_about_preprints_too(server: Loopback) -> None:
    index = openalex(
        {"id": "W1", "doi": f"https://doi.org/{PLUM}", "is_retracted": True},
        {"id": "W2", "doi": "https://doi.org/10.48550/arXiv.2101.00001", "is_retracted": False},
        "odd",
    )
    server.script["/works"] = scripted(crossref(), crossref(), index)
    server.script["/api/query"] = [EMPTY]
    made = check(server, [paper("plum", doi=PLUM), paper("pre", arxiv="2101.00001"), paper("own", source="openalex")])
    assert [p.notices for p in made.papers] == [(Notice(kind="retraction", date=None, source="openalex"),), (), ()]
    assert told(made, "openalex").query == f"{PLUM}, 10.48550/arxiv.2101.00001"
    assert made.unchecked == ()


def test_arxiv_comments_of_papers_that_another_source_gave(server: Loopback) -> None:
    server.script["/works"] = scripted(crossref(), crossref(), openalex())
    server.script["/api/query"] = [Answer((FIXTURES / "arxiv_found.xml").read_bytes(), content_type=ATOM)]
    papers = [
        paper("digest", source="starter", arxiv="2102.00002"),
        paper("known", source="arxiv", arxiv="2109.00009"),
        paper("absent", arxiv="2108.00008"),
    ]
    made = check(server, papers)
    assert [p.notices for p in made.papers] == [
        (Notice(kind="withdrawal", date="2023-07-08", source="arxiv"),), (), ()
    ]  # fmt: skip
    (asked,) = [a for a in server.asked if a.path == "/api/query"]
    assert asked.params["id_list"] == "2102.00002,2108.00008"
    assert told(made, "arxiv").reason == "1 of 3 papers looked up; not checked, unknown there: 2108.00008"
    assert made.unchecked == ("absent",)


def test_what_a_record_knew_is_kept(server: Loopback) -> None:
    held = Notice(kind="erratum", date="2019-01-01", source="acl_anthology")
    server.script["/works"] = scripted(
        crossref({"DOI": PLUM, "updated-by": [update("retraction", [2020, 1, 1])]}), crossref(), openalex()
    )
    made = check(server, [paper("plum", doi=PLUM, held=[held])])
    assert [n.kind for n in made.papers[0].notices] == ["retraction", "erratum"]
    assert held in made.papers[0].notices


def test_papers_without_an_id_are_unchecked_and_nobody_is_asked(server: Loopback) -> None:
    made = check(server, [paper("file"), paper("bare", acl="P09-1001")])
    assert server.asked == []
    (line,) = made.coverage
    assert (line.source, line.outcome) == ("notices", "skipped")
    assert line.reason == "not checked: no paper has an id to ask about; 2 papers may have notices"
    assert made.unchecked == ("file", "bare")


def test_nothing_has_to_be_asked_about_what_a_source_has_told(server: Loopback) -> None:
    made = check(server, [paper("own", source="openalex", openalex="W1")])
    assert (server.asked, made.coverage, made.unchecked) == ([], (), ())


@pytest.mark.parametrize(("acl", "number"), [("P19-1001", "p19-1001"), ("2020.acl-main.7", "2020.acl-main.7")])
def test_papers_of_the_anthology_are_registered_by_their_ids(server: Loopback, acl: str, number: str) -> None:
    retracted = crossref({"DOI": f"10.18653/v1/{acl}", "updated-by": [update("retraction", [2021, 8, 9])]})
    server.script["/works"] = scripted(retracted, crossref(), openalex())
    made = check(server, [paper("bare", acl=acl)])
    assert [n.kind for n in made.papers[0].notices] == ["retraction"]
    assert told(made, "crossref").query == f"10.18653/v1/{number}"


def test_without_a_network_nothing_is_checked_and_that_is_said() -> None:
    made = notices.check([paper("plum", doi=PLUM)], None, Quiet(), environ={})
    (line,) = made.coverage
    assert (line.outcome, line.count) == ("skipped", None)
    assert line.reason == "not checked: the network is not used; 1 paper may have notices"
    assert made.unchecked == ("plum",)


# --- every kind of failure ----------------------------------------------------------------------------------------

LOOP = Answer(status=302, headers={"Location": "/works?filter=doi:x&select=DOI"})
FAILURES = {
    "refused": (Answer(b'{"status":"failed","message":[{"type":"x"}]}', status=400), "HTTP status 400"),
    "forbidden": (Answer(b"", status=403), "HTTP status 403"),
    "not found": (Answer(b"Resource not found.", status=404, content_type="text/plain"), "HTTP status 404"),
    "too many": (Answer(b"", status=429, headers={"Retry-After": "1"}), "HTTP status 429"),
    "too many for long": (Answer(b"", status=429, headers={"Retry-After": "4000"}), "HTTP status 429"),
    "server error": (Answer(b"", status=500), "HTTP status 500"),
    "gateway": (Answer(b"", status=504), "HTTP status 504"),
    "half an answer": (Answer(b'{"message": {"items": []}}', cut=9), "broke off"),
    "redirect loop": (LOOP, "redirects more than"),
    "a page": (Answer(b"<html>", content_type="text/html"), "text/html"),
    "no JSON": (Answer(b"{", content_type="application/json"), "cannot be read"),
    "a list": (Answer(b"[]"), "unknown form"),
    "no items": (Answer(b'{"message": null, "results": null}'), "without a list"),
    "odd items": (Answer(b'{"message": {"items": [1]}, "results": 7}'), "without a list"),
}


@pytest.mark.parametrize(("answer", "reason"), FAILURES.values(), ids=list(FAILURES))
def test_a_failure_is_not_checked_and_never_no_notice(server: Loopback, answer: Answer, reason: str) -> None:
    server.script["/works"] = lambda asked: answer
    made = check(server, [paper("plum", doi=PLUM), paper("pear", doi=PEAR)])
    for name in ("crossref", "openalex"):
        line = told(made, name)
        assert (line.outcome, line.count) == ("failed", None)
        assert line.reason is not None
        assert line.reason.startswith("not checked: ")
        assert reason in line.reason
    assert made.unchecked == ("plum", "pear")


ARXIV = {
    "error feed": (Answer((FIXTURES / "arxiv_error.xml").read_bytes(), content_type=ATOM), "refused"),
    "entity bomb": (Answer((FIXTURES / "arxiv_bomb.xml").read_bytes(), content_type=ATOM), "no whole Atom feed"),
    "half a feed": (Answer(b"<feed", content_type=ATOM), "no whole Atom feed"),
    "overloaded": (Answer(b"Rate exceeded.", status=429, content_type="text/plain"), "HTTP status 429"),
    "a page": (Answer(b"<html>", content_type="text/html"), "text/html"),
}


@pytest.mark.parametrize(("answer", "reason"), ARXIV.values(), ids=list(ARXIV))
def test_a_failure_of_arxiv_is_not_checked(server: Loopback, answer: Answer, reason: str) -> None:
    server.script["/works"] = scripted(crossref(), crossref(), openalex())
    server.script["/api/query"] = [answer]
    made = check(server, [paper("pre", arxiv="2101.00001")])
    line = told(made, "arxiv")
    assert line.outcome == "failed"
    assert reason in (line.reason or "")
    assert made.unchecked == ("pre",)


def test_an_empty_feed_is_an_unknown_paper(server: Loopback) -> None:
    server.script["/works"] = scripted(crossref(), crossref(), openalex())
    server.script["/api/query"] = [EMPTY]
    made = check(server, [paper("pre", arxiv="2101.00001")])
    assert (told(made, "arxiv").outcome, made.unchecked) == ("empty", ("pre",))


def test_nobody_at_home(server: Loopback) -> None:
    made = check(server, [paper("plum", doi=PLUM)], base_urls=dict.fromkeys(ORIGINS.values(), "http://127.0.0.1:9"))
    assert told(made, "crossref").outcome == "failed"
    assert made.unchecked == ("plum",)


def test_a_budget_that_is_spent_is_not_checked(server: Loopback) -> None:
    made = check(server, [paper("plum", doi=PLUM)], deadline=0.0)
    assert "no time was left" in (told(made, "crossref").reason or "")
    assert server.asked == []


def test_offline_answers_come_from_the_cache_alone(server: Loopback) -> None:
    made = check(server, [paper("plum", doi=PLUM)], offline=True)
    assert (told(made, "crossref").outcome, server.asked) == ("failed", [])


def test_one_id_that_is_refused_spoils_no_other(server: Loopback) -> None:
    def answer(asked: Asked) -> Answer:
        if "is_retracted" in asked.params["select"]:
            return openalex()
        if "odd" in asked.params["filter"]:
            return Answer(b'{"status":"failed","message":[{"type":"x"}]}', status=400)
        if asked.params["filter"].startswith("updates:"):
            return crossref()
        wanted = [part.removeprefix("doi:") for part in asked.params["filter"].split(",")]
        return crossref(*({"DOI": d, "updated-by": [update("retraction", [2020, 1, 1])]} for d in wanted))

    server.script["/works"] = answer
    made = check(server, [paper(key, doi=f"10.1000/{key}") for key in ("a", "b", "odd", "c")])
    assert [bool(p.notices) for p in made.papers] == [True, True, False, True]
    assert told(made, "crossref").reason == "3 of 4 papers looked up; not checked, unknown there: 10.1000/odd"


def test_a_notice_found_before_a_failure_is_kept(server: Loopback) -> None:
    works = crossref({"DOI": PLUM, "updated-by": [update("retraction", [2020, 1, 1])]})
    server.script["/works"] = scripted(works, Answer(b"", status=500), openalex())
    made = check(server, [paper("plum", doi=PLUM)])
    assert [n.kind for n in made.papers[0].notices] == ["retraction"]
    assert told(made, "crossref").outcome == "failed"


def test_a_later_batch_that_fails_leaves_what_earlier_ones_said(server: Loopback) -> None:
    def answer(asked: Asked) -> Answer:
        if "is_retracted" in asked.params["select"]:
            return openalex()
        if "10.1000/24" in asked.params["filter"]:
            return Answer(b"", status=500)
        if asked.params["filter"].startswith("updates:"):
            return crossref()
        return crossref({"DOI": "10.1000/0", "updated-by": [update("retraction", [2020, 1, 1])]})

    server.script["/works"] = answer
    made = check(server, [paper(f"p{n}", doi=f"10.1000/{n}") for n in range(25)])
    assert made.papers[0].notices
    line = told(made, "crossref")
    assert line.outcome == "failed"
    assert "HTTP status 500" in (line.reason or "")
    assert "10.1000/24" in (line.reason or "")


# --- lists that a person keeps ------------------------------------------------------------------------------------

WATCH = (
    "Record ID,Title,Author,RetractionDate,OriginalPaperDOI,RetractionNature\n"
    '1,"Plums, dried",Bo Plum,8/9/2021 0:00,10.1000/PLUM,Retraction\n'
    "2,Pears,Ada Pear,1/2/2020 0:00,10.1000/pear,Expression of concern\n"
    "3,Figs,Di Fig,1/2/2019 0:00,10.1000/fig,Retraction\n"
    "4,Figs,Di Fig,1/2/2020 0:00,10.1000/fig,Reinstatement\n"
    "5,Nuts,Ed Nut,1/2/2020 0:00,Unavailable,Retraction\n"
)


def listed(place: Path, *papers: Paper) -> Checked:
    return notices.check(papers, None, Quiet(), environ={"SYNTH_NOTICES": str(place)})


def test_the_csv_file_of_retraction_watch(tmp_path: Path) -> None:
    place = tmp_path / "watch.csv"
    place.write_text(WATCH, encoding="utf-8-sig")
    keys = ("plum", "pear", "fig", "nut", "kiwi")
    made = listed(place, *(paper(key, doi=f"10.1000/{key}") for key in keys), paper("file"))
    assert [p.notices for p in made.papers] == [
        (Notice(kind="retraction", date="2021-08-09", source="watch.csv"),),
        (Notice(kind="concern", date="2020-01-02", source="watch.csv"),),
        (), (), (), (),
    ]  # fmt: skip
    line = told(made, "watch.csv")
    assert (line.outcome, line.count) == ("found", 2)
    assert line.reason == "4 rows; 5 of 6 papers have an id that it lists by"
    assert made.unchecked == ("file",)


def test_lines_of_json_by_doi_or_with_the_flags_of_the_anthology(tmp_path: Path) -> None:
    rows = [
        {"doi": PLUM, "notice_doi": "10.1000/n", "kind": "retraction"},
        {"id": "P19-1001", "retracted": {"date": "2021-08-09"}, "removed": None, "errata": []},
        {"id": "2101.00001", "kind": "withdrawal", "date": "2022"},
        {"id": "2019.x-1.1", "kind": "new_version"},
    ]
    place = tmp_path / "list.jsonl.gz"
    place.write_bytes(gzip.compress(("\n".join(map(json.dumps, rows)) + "\n{torn").encode()))
    made = listed(place, paper("a", doi=PLUM), paper("b", doi="10.18653/v1/p19-1001"), paper("c", arxiv="2101.00001"))
    assert [[(n.kind, n.date) for n in p.notices] for p in made.papers] == [
        [("retraction", None)], [("retraction", "2021-08-09")], [("withdrawal", "2022")]
    ]  # fmt: skip
    assert made.unchecked == ()


def test_several_lists(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text(WATCH)
    second.write_text(f"doi,kind,date\n{PLUM},erratum,2019-05-01\n")
    made = notices.check([paper("plum", doi=PLUM)], None, Quiet(), environ={"SYNTH_NOTICES": f"{first}:{second}"})
    assert [n.source for n in made.papers[0].notices] == ["a.csv", "b.csv"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"", "holds no row"),
        (b"a,b\n1,2\n", "holds no row"),
        (b"\x1f\x8bbroken", "gzip data is damaged"),
        (b"%PDF-1.7 \x00\xff", "holds no row"),
        (b"[1, 2]", "holds no row"),
        (b'doi,kind\n"' + b"x" * 200_000 + b'",y\n', "not a CSV file"),
    ],
)
def test_a_list_that_cannot_be_used_is_said(tmp_path: Path, content: bytes | None, told: str) -> None:
    place = tmp_path / "list.csv"
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(InputError, match="SYNTH_NOTICES") as problem:
        listed(place, paper("plum", doi=PLUM))
    assert told in str(problem.value)


def test_a_zipped_list_with_a_line_without_an_end_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "list.csv.gz"
    place.write_bytes(gzip.compress(b"doi,kind\n" + b" " * 4_000_002, 9))
    assert place.stat().st_size < 10_000
    with pytest.raises(InputError, match=r"SYNTH_NOTICES: .*list\.csv\.gz:2: a line of more than 4 MB"):
        listed(place, paper("plum", doi=PLUM))


# --- recorded answers and real lists --------------------------------------------------------------------------------


@pytest.mark.shared_data
def test_recorded_answers_of_crossref(server: Loopback, shared_data: Path) -> None:
    folder = shared_data / "fixtures" / "api_responses"
    (place,) = (folder / "choxos_retraction_mocks").glob("mock-crossref*")
    works = [json.loads(place.read_text())["message"]]
    for line in (folder / "paperqa" / "interactions.jsonl").read_text().splitlines():
        made = json.loads(line)
        if made["url"].startswith("https://api.crossref.org/works/10.1073%2Fpnas.1414271111") and made["status"] == 200:
            body = made["body"] if isinstance(made["body"], dict) else json.loads(made["body"])
            works.append(body["message"])
            break
    server.script["/works"] = scripted(crossref(*works), crossref(), openalex())
    made = check(server, [paper(w["DOI"], doi=w["DOI"]) for w in works])
    assert [[(n.kind, n.date, n.source) for n in p.notices] for p in made.papers] == [
        [
            ("retraction", "2010-02-06", "crossref (retraction-watch)"),
            ("erratum", "2004-03-06", "crossref (retraction-watch)"),
        ],
        [("erratum", "2015-05-04", "crossref (publisher)")],
    ]


@pytest.mark.shared_data
def test_real_lists(shared_data: Path) -> None:
    folder = shared_data / "fixtures" / "retractions"
    watched = paper("a", doi="10.1155/2022/9172719")
    (found,) = listed(folder / "paperqa_stub_retractions.csv", watched).papers
    assert [(n.kind, n.date) for n in found.notices] == [("retraction", "2023-07-12")]
    (found,) = listed(folder / "retraction_watch_dois.jsonl.gz", paper("b", doi="10.1001/jama.2011.176")).papers
    assert [n.kind for n in found.notices] == ["retraction"]
    flags = shared_data / "corpus" / "acl_anthology" / "retracted_errata_all_years.jsonl"
    keys = ("2020.acl-main.563", "2020.amta-research.1", "P18-1188", "2020.acl-main.1")
    made = listed(flags, *(paper(key, acl=key) for key in keys))
    assert [[(n.kind, n.date) for n in p.notices] for p in made.papers] == [
        [("retraction", "2020-09-01")], [("withdrawal", "2021-10-05")], [("erratum", "2022-09-20")], []
    ]  # fmt: skip
