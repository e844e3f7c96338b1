"""References are matched to works: found, not found and not checked are told apart."""

from __future__ import annotations

import pytest
from made import reading

from synth.lexical import LexicalIndex
from synth.records import Coverage, Ids, Paper, Query, Reference
from synth.references import Asked, Match, Shelf, at_hand, matched, told


def work(number: int, title: str, author: str, year: int, **ids: str) -> Paper:
    return Paper(
        id=f"w{number}", title=title, authors=(author, "Second Author"), year=year, ids=Ids(**ids), abstract=None,
        source="local",
    )  # fmt: skip


WORKS = (
    work(0, "Teaching Small Models to Count: A Study of Digits", "Ada Berg", 2020, arxiv="2001.00001"),
    work(1, "Teaching Small Models to Read", "Bo Žižek", 2021, acl="2021.made-up.7"),
    work(2, "Attention", "Cy Dahl", 2019, doi="10.5555/attention"),
    work(3, "A Survey of Counting in Neural Networks", "Di Eklund", 2018),
)


def cited(raw: str, title: str | None, year: int | None = None, **ids: str) -> Reference:
    return Reference(raw=raw, title=title, year=year, ids=Ids(**ids))


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf(WORKS, LexicalIndex.build([(w.title, "") for w in WORKS]))


@pytest.mark.parametrize(
    ("reference", "outcome", "number"),
    [
        (cited("Berg. 2020. Teaching ...", "Teaching small models to count: a study of digits", 2020), "found", 0),
        (cited("Berg. 2019. Teaching ...", "Teaching Small Models to Count - A study of digits", 2019), "found", 0),
        (cited("Zizek, B. 2021. Teaching ...", "Teaching small models to read", 2021), "found", 1),
        (cited("Somebody Else. 2021.", "Teaching small models to read", 2021), "not_found", None),
        (cited("Žižek 2014.", "Teaching small models to read", 2014), "not_found", None),
        (cited("Berg 2020.", "Teaching large models to sing: a study of songs", 2020), "not_found", None),
        (cited("No author named", "Attention", 2019), "not_found", None),
        (cited("C. Dahl", "Attention", 2019), "found", 2),
        (cited("x", "Anything with this id", None, doi="10.5555/ATTENTION"), "not_found", None),
        (cited("x", None, None, doi="10.5555/attention"), "found", 2),
        (cited("x", None, None, doi="10.48550/arxiv.2001.00001"), "found", 0),
        (cited("x", None, None, doi="10.5555/elsewhere"), "not_checked", None),
        (cited("garbled", None), "not_checked", None),
    ],
)
def test_a_shelf_tells_what_it_has(shelf: Shelf, reference: Reference, outcome: str, number: int | None) -> None:
    match = matched(reference, [shelf])
    assert (match.outcome, match.paper) == (outcome, None if number is None else WORKS[number]), match


def test_an_id_of_another_work_is_told(shelf: Shelf) -> None:
    match = shelf.find(cited("x", "A title that this id never had", 2019, doi="10.5555/attention"))
    assert match.outcome == "not_found"
    assert '"Attention"' in match.reason


class Service:
    name = "service"

    def __init__(self, papers: tuple[Paper, ...], outcome: str, reason: str | None = None) -> None:
        self.answer = papers, Coverage(source="service", query="q", outcome=outcome, count=len(papers), reason=reason)

    def search(self, query: Query, limit: int) -> tuple[tuple[Paper, ...], Coverage]:
        return self.answer


KNOWN = cited("Eklund 2018", "A Survey of Counting in Neural Networks", 2018)


@pytest.mark.parametrize(
    ("services", "outcome"),
    [
        ([Service(WORKS, "found")], "found"),
        ([Service((), "empty")], "not_found"),
        ([Service((), "failed", "HTTP status 429")], "not_checked"),
        ([Service((), "skipped", "offline")], "not_checked"),
        ([Service((), "empty"), Service((), "failed", "down")], "not_checked"),
        ([Service((), "failed", "down"), Service(WORKS, "found")], "found"),
        ([], "not_checked"),
    ],
)
def test_a_service_that_failed_is_no_service_that_has_nothing(services: list[Service], outcome: str) -> None:
    match: Match = matched(KNOWN, [Asked(s) for s in services])
    assert match.outcome == outcome
    assert match.reason


# --- in a report --------------------------------------------------------------------------------------------

KNOWN = cited("Berg. 2020. Teaching ...", "Teaching small models to count: a study of digits", 2020)
UNKNOWN = cited("Zorn. 2020.", "On the weight of plums in spring", 2020)
STRANGE = cited("Zorn. 2019.", "A title that this id never had", 2019, doi="10.5555/attention")


def test_among_a_few_papers_a_work_is_found_or_not_checked_and_never_not_found() -> None:
    matches = at_hand([KNOWN, UNKNOWN, STRANGE], WORKS)
    assert [(m.outcome, m.stranger) for m in matches] == [
        ("found", None),
        ("not_checked", None),
        ("not_checked", WORKS[2]),
    ]
    assert at_hand([], WORKS) == ()
    assert [m.as_json() for m in matches[:2]] == [
        {"outcome": "found", "paper_id": "w0", "reason": "title, year and author in the papers at hand (4)"},
        {
            "outcome": "not_checked",
            "paper_id": None,
            "reason": "no work of this title, year and author in the papers at hand (4)",
        },
    ]


def test_a_report_says_how_many_references_were_looked_up() -> None:
    paper = reading("p", "Text.").model_copy(update={"references": (KNOWN, UNKNOWN, STRANGE)})
    assert told([reading("q", "Text."), paper], WORKS) == (
        "The papers that were read give 3 references: 1 of them is among the works screened here; that the others "
        "exist was not checked.",
        "References whose id is that of another work: “A title that this id never had” in p gives the id of "
        "“Attention”.",
    )
    assert told([reading("q", "Text.")], WORKS) == ()
    alone = reading("p", "Text.").model_copy(update={"references": (UNKNOWN,)})
    assert told([alone], WORKS) == (
        "The papers that were read give 1 reference: none of them is among the works screened here; that they exist "
        "was not checked.",
    )
