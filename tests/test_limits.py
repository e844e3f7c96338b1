"""What a report cannot say is said in whole sentences, each true of that report alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from made import claim

from synth.limits import limitations
from synth.records import Coverage, CoverageOutcome, Ids, Notice, ReportPaper, Tier, Verdict


def paper(key: str, *notices: Notice, tier: Tier = "html", included: bool = True) -> ReportPaper:
    return ReportPaper(
        id=key, title=f"On {key}", authors=(), year=2020, venue=None, url=None, ids=Ids(), version=None, versions=(),
        tier=tier, included=included, relevance=0.5, reason="", notices=notices,
    )  # fmt: skip


def asked(source: str, outcome: CoverageOutcome, reason: str | None = None) -> Coverage:
    count = 1 if outcome in ("found", "empty") else None
    return Coverage(source=source, query="", outcome=outcome, count=count, reason=reason)


def told(papers: Sequence[ReportPaper] = (), coverage: Sequence[Coverage] = (), **more: object) -> tuple[str, ...]:
    return limitations([], papers, coverage, **{"late": False, "unread": 0, **more})  # type: ignore[arg-type]


CONCERN = Notice(kind="concern", date=None, source="x")
ERRATUM = Notice(kind="erratum", date="2020", source="x")
NETWORK = asked("notices", "skipped", "not checked: the network is not used; 2 papers may have notices")


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (told(), None),
        (
            told(coverage=[asked("arxiv", "failed"), asked("arxiv", "failed"), asked("openalex", "found")]),
            "These sources could not be asked, so what only they hold is missing: arxiv.",
        ),
        (told(coverage=[asked("arxiv", "skipped")]), "These sources were not asked: arxiv."),
        (
            told(coverage=[asked("notices: crossref", "failed"), asked("notices: openalex", "empty")]),
            "Notices of retraction could not be asked for at crossref; some may not be told here.",
        ),
        (
            told([paper("a"), paper("b")], [NETWORK], unchecked=("a", "b")),
            "Whether 2 of 2 included papers were retracted was not looked up: the network is not used.",
        ),
        (
            told([paper("a"), paper("b")], [asked("notices: crossref", "empty")], unchecked=("a", "elsewhere")),
            "Whether 1 of 2 included papers were retracted is not known: nobody who could be asked lists them.",
        ),
        (
            told([paper("a")], [asked("full texts", "failed"), asked("full texts", "found")]),
            "Some full texts could not be asked for; the coverage says which and why.",
        ),
        (told(coverage=[asked("full texts", "empty"), asked("notices: arxiv", "found")]), None),
        (
            told([paper("a", tier="abstract"), paper("b"), paper("c", tier="abstract", included=False)]),
            "For 1 of 2 included papers only its abstract was read, not the paper.",
        ),
        (
            told(
                [paper("a", Notice(kind="retraction", date="2021-08-09", source="crossref (publisher)"))],
                gone={"a": "retracted on 2021-08-09 (crossref (publisher))"},
            ),
            "Retracted or withdrawn, shown and not counted: “On a” (retracted on 2021-08-09 (crossref (publisher))).",
        ),
        (
            told([paper("a", CONCERN, ERRATUM)]),
            "Counted although there is a notice on it: “On a”: expression of concern (x), erratum of 2020 (x).",
        ),
        (told([paper("a", Notice(kind="erratum", date=None, source="x"), included=False)]), None),
        (told(late=True), "The time budget ran out; what was not finished by then is missing."),
        (told(unread=2), "2 of the papers that passed the screening could not be read."),
    ],
)  # fmt: skip
def test_each_limit_is_told_once(said: tuple[str, ...], line: str | None) -> None:
    assert said == (() if line is None else (line,))


def test_claims_that_rest_on_their_own_paper_and_unchecked_ones_are_counted() -> None:
    said = limitations([claim("Plums improve."), claim("Pears improve.")], [], [], late=False, unread=0)
    assert said == (
        "2 of 2 claims rest on their own paper alone: nothing independent was found for or against them.",
        "2 of 2 claims could not be checked.",
    )


def test_a_verdict_without_confidence_is_laid_to_the_verifier_only_where_it_has_no_calibrator() -> None:
    open_ = Verdict(label="not_enough_evidence", score=0.0, confidence=None, reason="nothing comes near it")
    claims = [claim("Plums improve.").model_copy(update={"verdict": open_})]
    for calibrated in (True, False):
        said = limitations(claims, [], [], late=False, unread=0, calibrated=calibrated)
        assert any("has no calibrator" in line for line in said) is not calibrated
