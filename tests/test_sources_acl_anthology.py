"""The ACL Anthology source: a local copy in either form, its download, and what is wrong with copies."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from loopback import Answer, FakeTime, Loopback

from synth.records import Notice, Paper, Query
from synth.sources import acl_anthology
from synth.sources.acl_anthology import BIB_URL, AclAnthology, fetch_copy
from synth.sources.anthology_bib import entries, record, untex
from synth.sources.protocol import AnswerError
from synth.web import Web, WebFailure

BIB = Path(__file__).parent / "fixtures" / "sources" / "anthology.bib"
LINES = [
    {"id": "2022.fruit-1.1", "title": "Pears\n in Bloom", "authors": ["A. Pear"], "year": 2022, "venue": "fruit",
     "url": "https://aclanthology.org/2022.fruit-1.1", "abstract": "We count  pears.",
     "doi": "10.18653/V1/2022.FRUIT-1.1"},
    {"id": "W18-0001", "title": "Plums", "authors": [], "year": 2018, "abstract": "No such fruit: pears.",
     "retracted": True},
    {"id": "P99-1001", "title": "Old Pears", "authors": ["C. Apple"], "year": None},
]  # fmt: skip


class Counting:
    """Counts how often a word of the query is in a paper, most often first; remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[Sequence[Paper]] = []

    def __call__(self, papers: Sequence[Paper], text: str, limit: int) -> Sequence[int]:
        self.given.append(papers)
        scores = [
            sum(f"{p.title} {p.abstract or ''}".lower().count(word) for word in text.lower().split()) for p in papers
        ]
        best = sorted((i for i, score in enumerate(scores) if score), key=lambda i: (-scores[i], i))
        return best[:limit]


def anthology(copy: Path | None, environ: dict[str, str] | None = None, **given: object) -> AclAnthology:
    settings = {"web": Web(None, offline=True), "lexical": Counting()} | given
    return AclAnthology(settings.pop("web"), environ or {}, copy=copy, **settings)  # type: ignore[arg-type]


def jsonl(place: Path, lines: list[object] = LINES) -> Path:  # type: ignore[assignment]
    body = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines).encode()
    place.write_bytes(gzip.compress(body) if place.suffix == ".gz" else body)
    return place


@pytest.mark.parametrize("name", ["abstracts.jsonl.gz", "abstracts.jsonl"])
def test_a_copy_of_lines(tmp_path: Path, name: str) -> None:
    papers, coverage = anthology(jsonl(tmp_path / name)).search(Query(text="pears"), 10)
    assert (coverage.source, coverage.outcome, coverage.count, coverage.reason) == ("acl_anthology", "found", 3, None)
    pears, plums, old = papers
    assert (pears.id, pears.title, pears.abstract) == ("acl:2022.fruit-1.1", "Pears in Bloom", "We count pears.")
    assert (pears.ids.acl, pears.ids.doi, pears.year) == ("2022.fruit-1.1", "10.18653/v1/2022.fruit-1.1", 2022)
    assert plums.notices == (Notice(kind="retraction", date=None, source="acl_anthology"),)
    assert plums.url == "https://aclanthology.org/W18-0001"
    assert (old.abstract, old.year) == (None, None)


@pytest.mark.parametrize("name", ["anthology.bib", "anthology+abstracts.bib.gz"])
def test_a_copy_in_bibtex(tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    place.write_bytes(gzip.compress(BIB.read_bytes()) if name.endswith("gz") else BIB.read_bytes())
    papers, coverage = anthology(None, {"SYNTH_ACL_ANTHOLOGY": str(place)}).search(Query(text="pears figs"), 10)
    assert (coverage.outcome, coverage.count, coverage.reason) == ("found", 3, "2 unreadable entries were left out")
    by_id = {paper.id: paper for paper in papers}
    pears = by_id["acl:2022.fruit-1.1"]
    assert pears.title == "PEAR-BERT: Pears – in Three Languages"
    assert pears.authors == ("Ada Pear", "José Quínce", "Bo van der Plum Jr.")
    assert pears.abstract == (
        "We count pears in François Müller's orchard, “all of them”, and gain 5%. "
        'A second line says "more", with a comma, and ends.'
    )
    assert (pears.year, pears.venue) == (2022, "Proceedings of the First Workshop on Fruit")
    assert (by_id["acl:J99-1001"].venue, by_id["acl:J99-1001"].abstract) == ("Computational Fruit", None)
    assert "acl:2020.fruit-2.4" in by_id


def test_the_variable_comes_before_the_usual_place(tmp_path: Path) -> None:
    usual, named = jsonl(tmp_path / "a.jsonl"), jsonl(tmp_path / "b.jsonl", [LINES[0]])
    _, coverage = anthology(usual, {"SYNTH_ACL_ANTHOLOGY": str(named)}).search(Query(text="pears"), 10)
    assert coverage.count == 1


def test_since_is_applied_before_the_limit_and_the_index_can_be_kept(tmp_path: Path) -> None:
    lexical = Counting()
    source = anthology(jsonl(tmp_path / "a.jsonl"), lexical=lexical)
    for _ in range(2):
        papers, _ = source.search(Query(text="pears", since=2020), 1)
        assert [p.id for p in papers] == ["acl:2022.fruit-1.1"]
    papers, _ = source.search(Query(text="old plums", since=2020), 5)
    assert [p.id for p in papers] == ["acl:P99-1001"]  # no year known: it may be newer
    assert lexical.given[0] is lexical.given[1] is lexical.given[2]


def test_no_match_is_empty(tmp_path: Path) -> None:
    papers, coverage = anthology(jsonl(tmp_path / "a.jsonl")).search(Query(text="quince"), 10)
    assert (papers, coverage.outcome, coverage.count) == ((), "empty", 0)


def test_without_a_copy_it_is_skipped_and_says_how_to_get_one(tmp_path: Path) -> None:
    for copy in (None, tmp_path / "none.jsonl.gz"):
        _, coverage = anthology(copy).search(Query(text="pears"), 10)
        assert (coverage.outcome, coverage.count) == ("skipped", None)
        assert coverage.reason == f"no local copy: download {BIB_URL} and set SYNTH_ACL_ANTHOLOGY to that file"


def test_a_variable_that_names_no_file_is_said_so(tmp_path: Path) -> None:
    _, coverage = anthology(None, {"SYNTH_ACL_ANTHOLOGY": str(tmp_path / "x")}, download=True).search(
        Query(text="a"), 1
    )
    assert coverage.outcome == "skipped"
    assert coverage.reason == f"SYNTH_ACL_ANTHOLOGY names {tmp_path / 'x'}, which is not there"


@pytest.mark.parametrize(("text", "limit"), [(" ", 5), ("pears", 0)])
def test_nothing_to_ask_is_skipped(tmp_path: Path, text: str, limit: int) -> None:
    _, coverage = anthology(jsonl(tmp_path / "a.jsonl")).search(Query(text=text), limit)
    assert coverage.outcome == "skipped"


def test_bad_lines_are_counted_and_good_ones_used(tmp_path: Path) -> None:
    odd: list[object] = [{"id": "x"}, {"title": "no id"}, {"id": "y", "title": "T", "year": "soon"}]
    lines = [*LINES, "{\n", "7\n", "\n", *odd]
    papers, coverage = anthology(jsonl(tmp_path / "a.jsonl", lines)).search(Query(text="pears"), 10)
    assert len(papers) == 3
    assert coverage.reason == "5 unreadable entries were left out"


@pytest.mark.parametrize(
    "body", [b"", b"\x1f\x8bnot gzip", b"plain words\n", gzip.compress(b'{"id": "a"}\n' * 999)[:-20]]
)
def test_a_copy_that_cannot_be_read_is_failed(tmp_path: Path, body: bytes) -> None:
    place = tmp_path / "a.jsonl.gz"
    place.write_bytes(body)
    papers, coverage = anthology(place).search(Query(text="pears"), 10)
    assert (papers, coverage.outcome) == ((), "failed")
    assert str(place) in (coverage.reason or "")


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.bib.gz"])
def test_a_zipped_line_without_an_end_is_failed_in_one_line(tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    place.write_bytes(gzip.compress(b" " * 4_000_002, 9))
    assert place.stat().st_size < 10_000
    papers, coverage = anthology(place).search(Query(text="pears"), 10)
    assert (papers, coverage.outcome) == ((), "failed")
    assert f"{place}:1: a line of more than 4 MB" in (coverage.reason or "")


def test_a_copy_that_unpacks_to_more_than_any_is_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acl_anthology, "_UNPACKED", 2000)
    papers, coverage = anthology(jsonl(tmp_path / "a.jsonl", LINES * 20)).search(Query(text="pears"), 10)
    assert (papers, coverage.outcome) == ((), "failed")
    assert "give a part of it" in (coverage.reason or "")


def test_a_line_of_brackets_without_an_end_is_counted(tmp_path: Path) -> None:
    papers, coverage = anthology(jsonl(tmp_path / "a.jsonl", [*LINES, "[" * 100_000 + "\n"])).search(
        Query(text="pears"), 10
    )
    assert len(papers) == 3
    assert coverage.reason == "1 unreadable entry was left out"


# --- the download -------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


def web(server: Loopback, cache: Path | None = None) -> Web:
    clock = FakeTime()
    return Web(cache, sleep=clock.sleep, clock=clock, base_urls={"https://aclanthology.org": server.origin})


@pytest.mark.parametrize("packed", [True, False])
def test_a_missing_copy_is_fetched_once_when_asked_to(server: Loopback, tmp_path: Path, packed: bool) -> None:
    body = gzip.compress(BIB.read_bytes()) if packed else BIB.read_bytes()
    server.script["/anthology+abstracts.bib.gz"] = [Answer(body, content_type="application/gzip")]
    copy = tmp_path / "library" / "abstracts.jsonl.gz"
    for _ in range(2):
        source = anthology(copy, web=web(server), download=True)
        papers, coverage = source.search(Query(text="pears"), 10)
        assert (coverage.outcome, len(papers)) == ("found", 2)
    assert len(server.asked) == 1
    assert [p.name for p in copy.parent.iterdir()] == ["abstracts.jsonl.gz"]
    read = {paper.id: paper for paper in papers}
    assert read["acl:2022.fruit-1.1"].authors == ("Ada Pear", "José Quínce", "Bo van der Plum Jr.")


def test_equal_files_make_equal_copies(server: Loopback, tmp_path: Path) -> None:
    server.script["/anthology+abstracts.bib.gz"] = [Answer(gzip.compress(BIB.read_bytes()))]
    copies = [tmp_path / "a" / "x.gz", tmp_path / "b" / "x.gz"]
    assert [fetch_copy(web(server), copy) for copy in copies] == [3, 3]
    assert copies[0].read_bytes() == copies[1].read_bytes()


@pytest.mark.parametrize(
    "answer",
    [Answer(b"<html>moved</html>"), Answer(gzip.compress(BIB.read_bytes())[:-30]), Answer(b""), Answer(status=404)],
)
def test_a_download_that_is_not_the_file_leaves_no_copy(server: Loopback, tmp_path: Path, answer: Answer) -> None:
    server.script["/anthology+abstracts.bib.gz"] = [answer]
    copy = tmp_path / "library" / "x.gz"
    with pytest.raises((AnswerError, WebFailure)):
        fetch_copy(web(server), copy)
    assert not copy.parent.exists() or not list(copy.parent.iterdir())
    _, coverage = anthology(copy, web=web(server), download=True).search(Query(text="pears"), 10)
    assert coverage.outcome == "failed"


def test_a_download_that_unpacks_without_an_end_leaves_no_copy(server: Loopback, tmp_path: Path) -> None:
    server.script["/anthology+abstracts.bib.gz"] = [Answer(gzip.compress(b"x" * 4_000_002, 9))]
    copy = tmp_path / "library" / "x.gz"
    with pytest.raises(AnswerError, match="a line of more than 4 MB"):
        fetch_copy(web(server), copy)
    assert list(copy.parent.iterdir()) == []


# --- the reader ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        ("plain -  text", "plain - text"),
        (r"{\'e}\'{e}\'e{\'{e}}", "éééé"),
        (r"{\c{c}} {\v{s}} \v s {\H{o}} {\k{a}} {\r{a}}", "ç š š ő ą å"),
        (r"{\'\i} \'{\i}", "í í"),
        (r"{\o} {\O} {\l}{\L} {\ss} {\ae} stra\ss{}e", "ø Ø łŁ ß æ straße"),
        (r"G{\"o}del, {\~n}, {\=a}", "Gödel, ñ, ā"),
        (r"5{\%} A{\&}B {\$}5 {\#}1 x{\_}y \{z\}", "5% A&B $5 #1 x_y {z}"),
        ("1{--}2 3--4 a---b {---}", "1–2 3–4 a—b —"),
        ("``quoted'' {``}again{''} don{'}t", "“quoted” “again” don't"),
        (r"{\textquotedblleft}x{\textquotedblright} {\textasciitilde}5", "“x” ~5"),
        (r"{BERT} {X}-{LM} a~b", "BERT X-LM a b"),
        (r"$\alpha$ and \unknown{x}", r"$\alpha$ and \unknownx"),
    ],
)
def test_untex(tex: str, text: str) -> None:
    assert untex(tex) == text


def test_entries_are_told_apart() -> None:
    found = list(entries(BIB.read_text().splitlines(keepends=True)))
    assert [f and f["ID"] for f in found] == [
        "fruit-2022-1", "pear-etal-2022-pears", "fig-1999-old", None, None, "after-2020-broken",
    ]  # fmt: skip
    assert found[1] is not None
    assert found[1]["month"] == "may"
    assert found[0] is not None
    assert record(found[0]) is None


def test_a_file_cut_off_in_the_middle_ends_in_a_broken_entry() -> None:
    lines = BIB.read_text().splitlines(keepends=True)
    assert list(entries(lines[:-3]))[-1] is None


def test_a_value_that_is_never_closed_costs_its_entry_alone_and_little_time() -> None:
    endless = ["@misc{a,\n", '  title = "' + "x\n", *["word " * 20 + "\n"] * 60_000]
    whole = ["@misc{b,\n", '  title = "B"\n', "}\n"]
    found = list(entries([*endless, "}\n", *whole]))
    assert [one and one["ID"] for one in found] == [None, "b"]


@pytest.mark.shared_data
def test_the_whole_local_copy(shared_data: Path) -> None:
    """Counts as its description states them; every paper has an abstract, ten are marked as retracted."""
    place = shared_data / "corpus" / "acl_anthology" / "abstracts.jsonl.gz"
    lexical = Counting()
    source = anthology(place, lexical=lambda papers, text, limit: lexical.given.append(papers) or range(limit))
    papers, coverage = source.search(Query(text="x"), 5)
    assert (len(papers), coverage.outcome, coverage.reason) == (5, "found", None)
    whole = lexical.given[0]
    assert len(whole) == len({paper.id for paper in whole}) == 48_274
    assert all(paper.abstract for paper in whole)
    assert sum(1 for paper in whole if paper.notices) == 10
