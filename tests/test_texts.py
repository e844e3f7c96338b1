"""What is read of an included work: its full text where it is to be had, what is at hand else, and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from loopback import Answer, Loopback
from made import paper, reading

from synth import screen, texts
from synth.errors import InputError
from synth.fulltext import Attempt, Fetched
from synth.library import Library
from synth.records import Ids, Paper, ReadPaper
from synth.web import Web


class Steps:
    """Progress that counts."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.steps = 0

    def stage(self, name: str, total: int | None = None) -> None:
        assert name == "read"
        self.total = total

    def step(self) -> None:
        self.steps += 1


def work(
    made: Paper, *others: Paper, included: bool = True, holder: str = "t", other_holder: str = "t"
) -> screen.Screened:
    def held(one: Paper, name: str) -> screen.Candidate:
        return screen.Candidate(one, one.abstract or "", 0.5, name)

    copies = tuple(held(one, other_holder) for one in others)
    return screen.Screened(held(made, holder), copies, included, 0.5, frozenset(), "reason")


def whole(made: Paper) -> ReadPaper:
    """The full text that a place of `made` gives."""
    text = reading(made.id, "The whole text.", version=made.version)
    return text.model_copy(update={"tier": "html", "paper": made.model_copy(update={"tier": "html"})})


def tried(*outcomes: str) -> tuple[Attempt, ...]:
    return tuple(
        Attempt.model_validate({"place": f"place {n}", "url": "", "outcome": outcome, "reason": f"why {n}"})
        for n, outcome in enumerate(outcomes)
    )


def read(
    works: list[screen.Screened],
    fetch: texts.Fetch | None = None,
    readers: dict[str, texts.Reader] | None = None,
    out_of_time: Callable[[], bool] = lambda: False,
) -> texts.Texts:
    progress = Steps()
    made = texts.texts(works, readers or {}, fetch, out_of_time, progress)
    assert progress.total == sum(w.included for w in works)
    return made


def test_without_the_network_what_is_at_hand_is_read_and_nothing_is_told() -> None:
    made = read([work(paper("a", abstract="First.")), work(paper("b"), included=False)])
    assert [(key, text.text) for key, text in made.read.items()] == [("a", "First.")]
    assert (made.unread, made.coverage) == ({}, ())


def test_a_full_text_takes_the_place_of_an_abstract_in_the_order_of_relevance() -> None:
    asked: list[str] = []

    def fetch(one: Paper) -> Fetched:
        asked.append(one.id)
        return Fetched(read=whole(one), attempts=tried("read"))

    made = read([work(paper("b")), work(paper("a"))], fetch)
    assert asked == ["b", "a"]
    assert {text.tier for text in made.read.values()} == {"html"}
    (line,) = made.coverage
    assert (line.source, line.query, line.outcome, line.count) == ("full texts", "b, a", "found", 2)


@pytest.mark.parametrize(
    ("outcomes", "outcome", "count"),
    [
        (("absent", "absent"), "empty", 0),
        (("unusable", "not_allowed"), "empty", 0),
        (("absent", "failed"), "failed", None),
        ((), "skipped", None),
    ],
)
def test_why_there_is_no_full_text(outcomes: tuple[str, ...], outcome: str, count: int | None) -> None:
    made = read([work(paper("a", abstract="Short."))], lambda _: Fetched(read=None, attempts=tried(*outcomes)))
    (line,) = made.coverage
    assert (line.outcome, line.count) == (outcome, count)
    assert made.read["a"].text == "Short."
    for n in range(len(outcomes)):
        assert f"place {n}: why {n}" in (line.reason or "")


def test_what_a_corpus_has_whole_is_not_asked_for_and_a_digest_is() -> None:
    file = paper("file").model_copy(update={"tier": "pdf"})
    digest = paper("digest").model_copy(update={"tier": "digest"})
    asked: list[str] = []

    def fetch(one: Paper) -> Fetched:
        asked.append(one.id)
        return Fetched(read=None, attempts=tried("absent"))

    readers = {"t": lambda one: reading(one.id, f"The corpus has {one.id}.")}
    made = read([work(file), work(digest)], fetch, readers)
    assert asked == ["digest"]
    assert [text.text for text in made.read.values()] == ["The corpus has file.", "The corpus has digest."]


def test_the_latest_version_of_a_record_is_asked_for_and_never_a_copy_of_another_id() -> None:
    asked: list[str | None] = []

    def fetch(one: Paper) -> Fetched:
        asked.append(one.version)
        return Fetched(read=whole(one), attempts=tried("read"))

    one = work(paper("a", version="v1"), paper("a", version="v3"), paper("copy", version="v9"))
    made = read([one], fetch)
    assert asked == ["v3"]
    listed = screen.listed(one, made.read["a"])
    assert (listed.version, listed.versions, listed.tier) == ("v3", ("v1", "v3", "v9"), "html")


def test_what_cannot_be_read_is_told_with_its_reason() -> None:
    def gone(one: Paper) -> ReadPaper:
        raise InputError(f"{one.id}.jsonl: the file is gone")

    bare = paper("bare").model_copy(update={"abstract": None})
    made = read([work(paper("a"), holder="gone"), work(bare)], None, {"gone": gone})
    assert made.read == {}
    assert made.unread["a"] == "a.jsonl: the file is gone"
    assert made.unread["bare"]
    late = read([work(paper("a"))], out_of_time=lambda: True)
    assert late.unread == {"a": "the time budget ran out before it was read"}


# --- versions ---------------------------------------------------------------------------------------------


def sentence(points: str) -> str:
    return f"Intermediate training on plums improves the accuracy of small models by {points} points."


def test_other_versions_are_read_and_copies_under_another_id_are_no_evidence() -> None:
    one = work(paper("a", version="v2"), paper("a", version="v1"), paper("copy"))
    found = {"a": reading("a", sentence("5.4"), version="v2")}
    readers = {"t": lambda made: reading(made.id, sentence("6.1"), version=made.version)}
    assert [(r.paper.id, r.paper.version) for r in texts.versions([one], found, readers)] == [("a", "v1")]
    twice = work(paper("a", version="v2"), paper("a", version="v1"), paper("a", version="v1"), paper("a", version="v2"))
    assert [r.paper.version for r in texts.versions([twice], found, readers)] == ["v1"]
    assert texts.versions([one], {}, readers) == []

    def gone(made: Paper) -> ReadPaper:
        raise InputError("the file is gone")

    assert texts.versions([one], found, {"t": gone}) == []
    assert texts.versions([one], found, {}) == []


def test_numbers_that_versions_and_copies_state_differently_are_told() -> None:
    copy = paper("acl", abstract=sentence("4.9")).model_copy(update={"ids": Ids(acl="2020.acl-main.1")})
    one = work(paper("a", version="v2"), paper("a", version="v1", abstract=sentence("6.1")), copy)
    found = {"a": reading("a", sentence("5.4"), version="v2")}
    told = texts.told_drifts([one], found, {})
    assert [("6.1 points" in line, "5.4 points" in line, "4.9 points" in line) for line in told] == [
        (True, True, False),
        (False, True, True),
    ]
    same = work(paper("a", version="v2"), paper("a", version="v1", abstract=sentence("5.4")))
    assert texts.told_drifts([same], found, {}) == ()


# --- fetching ---------------------------------------------------------------------------------------------

TITLE = "Counting Plums"
BODY = " ".join(f"In trial {i} the model counted {i + 3} plums without a mistake." for i in range(40))
PAGE = Answer(
    f"<html><body><article><h1>{TITLE}</h1><h2>1 Results</h2><p>{BODY}</p></article></body></html>".encode(),
    content_type="text/html",
)


class Reading:
    """A reader that counts what it reads."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, kind: str, file: Path) -> ReadPaper:
        from synth.formats import html

        self.count += 1
        return html.read(file)


@pytest.mark.parametrize("version", ["v2", None])
def test_the_second_question_reads_nothing_again(tmp_path: Path, version: str | None) -> None:
    wanted = paper("arxiv:2001.00001", TITLE, version=version).model_copy(update={"ids": Ids(arxiv="2001.00001")})
    place = f"/html/2001.00001{version or ''}"
    reader = Reading()
    said: list[str] = []
    library = Library(tmp_path / "library")
    with Loopback({place: [PAGE]}) as server:
        for _ in range(2):
            web = Web(tmp_path / "web", base_urls={"https://arxiv.org": server.origin}, sleep=lambda _: None)
            got = texts.fetching(library, web, say=said.append, reader=reader)(wanted)
            assert got.read is not None
            assert (got.read.tier, got.read.paper.id, got.read.paper.version) == ("html", wanted.id, version)
        assert server.times(place) == 1
        gone = Web(None, offline=True)  # a named version is taken from the library although nothing can be asked
        kept = texts.fetching(library, gone, reader=reader)(wanted).read
        assert (kept is not None and kept.tier == "html") == (version is not None)
    assert reader.count == 1
    assert said[0] == f"fetching arxiv:2001.00001: {TITLE}"
    library.close()


def test_full_texts_leave_time_for_the_rest(tmp_path: Path) -> None:
    wanted = paper("arxiv:2001.00001", TITLE).model_copy(update={"ids": Ids(arxiv="2001.00001")})
    with Loopback() as server:
        web = Web(None, base_urls={"https://arxiv.org": server.origin})
        got = texts.fetching(Library(None), web, enough=lambda: True)(wanted)
        assert server.asked == []
    assert [attempt.outcome for attempt in got.attempts] == ["failed"]
    assert "time budget" in got.reason


def test_a_title_is_data_also_in_what_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    wanted = paper("arxiv:2001.00001\x1b[2J", "Plums\x1b]0;x\x07 \u202eand\npears " + "and so on " * 30)
    texts.fetching(Library(None), Web(None, offline=True), say=said.append)(wanted)
    (line,) = said
    assert not set("\x1b\x07\u202e\n") & set(line)
    assert len(line) < 150
