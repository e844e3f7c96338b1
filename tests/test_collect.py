"""What is found for a question: which queries are sent, when a source is asked no further, and what comes of it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from made import BagOfWords

from synth.collect import Corpus, collect
from synth.formulate import question
from synth.records import Coverage, Ids, Paper, Query, ReadPaper, SkippedPaper
from synth.screen import Candidate, screen
from synth.sources.protocol import Found

ASKED = question("Does intermediate training help PAWS-X?")
NARROW, WIDE, WIDEST = "intermediate-task training PAWS-X", "PAWS-X", "intermediate training PAWS-X"


def paper(key: str, title: str, abstract: str | None = None, **ids: str) -> Paper:
    return Paper(
        id=key, title=title, authors=("Ada Writer",), year=2021, ids=Ids(**ids), abstract=abstract or f"{title}.",
        source="t",
    )  # fmt: skip


def fit(number: int) -> Paper:
    return paper(f"arxiv:{number}", f"Study {number} of intermediate training for PAWS-X", arxiv=str(number))


def off(number: int) -> Paper:
    return paper(f"arxiv:9{number}", f"Apples, part {number}", arxiv=f"9{number}")


class Scripted:
    """A source that gives what a function of the query says, and remembers what it was asked."""

    at_hand = False

    def __init__(self, answer: Callable[[Query], Sequence[Paper] | str], name: str = "arxiv") -> None:
        self.name = name
        self.answer = answer
        self.asked: list[Query] = []

    def search(self, query: Query, limit: int) -> Found:
        self.asked.append(query)
        papers = self.answer(query)
        if isinstance(papers, str):
            return (), Coverage(source=self.name, query=query.text, outcome="failed", count=None, reason=papers)
        outcome = "found" if papers else "empty"
        line = Coverage(source=self.name, query=query.text, outcome=outcome, count=len(papers), reason=None)
        return tuple(papers), line


class Linked(Scripted):
    """One that also knows which papers cite which."""

    def __init__(self, answer: Callable[[Query], Sequence[Paper] | str], around: Sequence[Paper], name: str) -> None:
        super().__init__(answer, name)
        self.around = tuple(around)
        self.followed: list[tuple[list[str], Query]] = []

    def neighbours(self, papers: Sequence[Paper], query: Query, limit: int) -> tuple[Found, ...]:
        self.followed.append(([one.id for one in papers], query))
        line = Coverage(
            source=self.name, query=f"citations of {len(papers)} papers", outcome="found", count=1, reason=None
        )
        return ((self.around, line),)


def run(*sources: Scripted, corpora: Sequence[Corpus] = (), **more: object) -> tuple[list[Candidate], list[Coverage]]:
    steps: list[None] = []
    asked = more.pop("asked", ASKED)
    given = collect(asked, corpora, sources, BagOfWords(), None, since=None, step=lambda: steps.append(None), **more)  # type: ignore[arg-type]
    assert len(steps) == len(corpora) + len(sources) + 1
    return given


def corpus(*papers: Paper, name: str = "here") -> Corpus:
    def read(one: Paper) -> ReadPaper:
        raise AssertionError("collecting reads nothing")

    return Corpus(name, papers, lambda one: one.abstract or "", read, (SkippedPaper(name="x", reason="y"),))


# --- from narrow to wide, and when to stop ----------------------------------------------------------------------


def test_a_source_that_has_little_is_asked_wider_and_wider() -> None:
    answers = {NARROW: [fit(1)], WIDE: [fit(1), off(2)], WIDEST: [fit(1), off(2), off(3)]}
    source = Scripted(lambda query: answers[query.text])
    found, coverage = run(source)
    assert [query.text for query in source.asked] == [NARROW, WIDE, WIDEST]
    assert [len(query.groups) for query in source.asked] == [2, 1, 0]
    assert [(line.source, line.query, line.outcome, line.count) for line in coverage] == [
        ("arxiv", NARROW, "found", 1),
        ("arxiv", WIDE, "found", 2),
        ("arxiv", WIDEST, "found", 3),
    ]
    assert [one.paper.id for one in found] == ["arxiv:1", "arxiv:92", "arxiv:93"]


STOPS: list[tuple[Callable[[Query], Sequence[Paper] | str], int, str, str]] = [
    # what the source gives, how often it is asked, the outcome and the reason of its last line
    (lambda query: [fit(n) for n in range(10)], 1, "found", "no wider query was needed: 10 papers speak of all"),
    (lambda query: [fit(1)], 2, "found", "no wider query was sent: the last one brought nothing new"),
    (lambda query: "HTTP status 503", 1, "failed", "HTTP status 503"),
    (lambda query: [], 3, "empty", ""),
    (lambda query: [fit(1)] if query.groups[1:] else "HTTP status 503", 2, "failed", "HTTP status 503"),
]


@pytest.mark.parametrize(("answer", "times", "outcome", "reason"), STOPS)
def test_when_a_source_is_asked_no_further(
    answer: Callable[[Query], Sequence[Paper] | str], times: int, outcome: str, reason: str
) -> None:
    source = Scripted(answer)
    _, coverage = run(source)
    assert len(source.asked) == len(coverage) == times
    assert coverage[-1].outcome == outcome
    assert (coverage[-1].reason or "").startswith(reason)


def test_a_source_on_this_machine_is_asked_everything() -> None:
    source = Scripted(lambda query: [fit(n) for n in range(10)], "acl_anthology")
    source.at_hand = True
    _, coverage = run(source)
    assert [(line.count, line.reason) for line in coverage] == [(10, None)] * 3


def test_when_the_time_is_over_nothing_more_is_asked() -> None:
    source = Linked(lambda query: [fit(1)], [fit(2)], "openalex")
    found, coverage = run(source, late=lambda: True)
    assert (len(source.asked), source.followed) == (1, [])
    assert [line.reason for line in coverage] == ["no wider query was sent: the time was over"]
    assert [one.paper.id for one in found] == ["arxiv:1"]


def test_an_abbreviation_that_a_paper_explains_is_asked_for_as_well() -> None:
    asked = question("Does ORT need seeds?")
    explains = paper("arxiv:1", "Seeds of rows", "Orchard row tending (ORT) wants seeds.", arxiv="1")
    source = Scripted(lambda query: [explains] if len(source.asked) == 1 else [])
    run(source, asked=asked)
    assert ("ORT",) in source.asked[0].groups
    assert any("orchard row tending" in group for group in source.asked[1].groups)


def test_sources_are_accounted_for_in_their_order_whatever_they_gave() -> None:
    first, second = Scripted(lambda query: "no network", "arxiv"), Scripted(lambda query: [fit(1)], "openalex")
    found, coverage = run(first, second, corpora=[corpus(fit(5))])
    assert [(line.source, line.outcome) for line in coverage] == [
        ("here", "found"),
        ("arxiv", "failed"),
        ("openalex", "found"),
        ("openalex", "found"),
    ]
    assert [(one.paper.id, one.holder) for one in found] == [("arxiv:5", "here"), ("arxiv:1", "openalex")]
    assert coverage[0].reason == "1 paper searched"


# --- references and citations ----------------------------------------------------------------------------------


def test_the_best_papers_are_followed_at_the_sources_that_know_citations() -> None:
    around = [off(7), paper("arxiv:31", "PAWS-X again", arxiv="31"), fit(2), fit(30)]
    linked = Linked(lambda query: [off(1), fit(1), fit(2)], around, "openalex")
    plain = Scripted(lambda query: [fit(3)], "arxiv")
    found, coverage = run(linked, plain, corpora=[corpus(fit(4), paper("mine", "Intermediate training for PAWS-X"))])
    # Papers of all holders, those that speak of all that was asked and that others know by an id.
    assert [ids for ids, _ in linked.followed] == [["arxiv:4", "arxiv:1", "arxiv:2"]]
    assert linked.followed[0][1].groups == (("PAWS-X", "PAWSX"),)  # on the heaviest facet at least
    assert (coverage[-1].query, coverage[-1].count) == ("citations of 3 papers", 3)
    assert coverage[-1].reason == "4 seen, 3 of them on the question, 3 taken"
    added = [one.paper.id for one in found if one.holder == "openalex"]
    assert added == ["arxiv:91", "arxiv:1", "arxiv:2", "arxiv:30", "arxiv:31"]


@pytest.mark.parametrize(
    ("answer", "followed"),
    [
        (lambda query: "HTTP status 500", 3),  # a source that failed is left alone
        (lambda query: [off(1)], 3),  # nothing fits: there is nothing to follow
        (lambda query: [fit(1)], 0),
    ],
)
def test_when_no_citation_is_followed(answer: Callable[[Query], Sequence[Paper] | str], followed: int) -> None:
    linked = Linked(answer, [fit(2)], "openalex")
    run(linked, followed=followed)
    assert linked.followed == []


def test_what_is_around_the_best_papers_and_off_the_question_is_left_out() -> None:
    linked = Linked(lambda query: [fit(1)], [off(n) for n in range(5)], "openalex")
    found, coverage = run(linked)
    assert [one.paper.id for one in found] == ["arxiv:1"]
    assert (coverage[-1].outcome, coverage[-1].count) == ("empty", 0)
    assert coverage[-1].reason == "5 seen, 0 of them on the question, 0 taken"


def test_a_failure_on_the_way_to_citations_is_a_line_of_its_own() -> None:
    class Broken(Linked):
        def neighbours(self, papers: Sequence[Paper], query: Query, limit: int) -> tuple[Found, ...]:
            line = Coverage(
                source=self.name, query="references of 1 paper", outcome="failed", count=None, reason="HTTP status 429"
            )
            return (((), line),)

    found, coverage = run(Broken(lambda query: [fit(1)], [], "semantic_scholar"))
    assert [one.paper.id for one in found] == ["arxiv:1"]
    assert (coverage[-1].query, coverage[-1].outcome) == ("references of 1 paper", "failed")


# --- corpora ----------------------------------------------------------------------------------------------------


def test_of_a_large_corpus_the_nearest_are_taken_whatever_their_names_for_things() -> None:
    filler = [paper(f"f{n}", f"Apples and pears, part {n}", "We count apples and pears.") for n in range(150)]
    short = paper("short", "Seeds for ORT", "We plant seeds for ORT.")
    long = paper("long", "Rows", "On orchard row tending without a seed.")
    explains = paper("both", "Better ORT", "Orchard row tending (ORT) is hard.")
    asked = question("Does ORT work?")
    found, coverage = run(corpora=[corpus(*filler, short, long, explains)], asked=asked)
    assert {"short", "long", "both"} <= {one.paper.id for one in found}
    assert len(found) == 100
    assert "orchard row tending" in coverage[0].query
    assert coverage[0].reason == "153 papers searched"


def test_off_topic_papers_are_screened_out_with_the_reason() -> None:
    source = Scripted(lambda query: [fit(1), off(2), paper("arxiv:3", "PAWS-X in passing", arxiv="3")])
    found, _ = run(source)
    works = screen(ASKED, found, most=10)
    told = {work.candidate.paper.id: (work.included, work.reason) for work in works}
    assert told["arxiv:1"][0]
    assert not told["arxiv:92"][0]
    assert "speaks of none of: intermediate-task training, PAWS-X" in told["arxiv:92"][1]
    assert works[0].candidate.paper.id == "arxiv:1"
    assert works[-1].candidate.paper.id == "arxiv:92"


def test_nothing_asked_gives_nothing_and_an_empty_corpus_says_so() -> None:
    assert run() == ([], [])
    found, coverage = run(corpora=[corpus()])
    assert found == []
    assert (coverage[0].outcome, coverage[0].count, coverage[0].reason) == ("empty", 0, "holds no paper")
