"""Tables that add to a verdict: whose table, which cell, and what they may not do."""

from __future__ import annotations

import pytest
from made import claim, paper

from synth.records import Check, Claim, ReadPaper, Section, Table, Verdict
from synth.tabulated import weighed

TABLE = Table(
    label="Table 3",
    caption="Accuracy on the test sets",
    page=4,
    columns=("Model", "XNLI", "PAWS-X"),
    rows=(("Lexar", "61.2", "80.1"), ("Polyglot", "79.3", "86.4")),
)
OPEN = Verdict(label="not_enough_evidence", score=0.0, confidence=0.7, reason="stated by its own paper only")


def holding(key: str, *, text: str = "Table 3: Accuracy on the test sets", version: str | None = None) -> ReadPaper:
    section = Section(heading="Results", page=4, start=0, end=len(text))
    return ReadPaper(
        paper=paper(key, version=version), tier="html", text=text, sections=(section,), tables=(TABLE,)
    )


def verdict(statement: str, *papers: ReadPaper, before: Verdict = OPEN, calibrated: bool = True) -> Verdict:
    return weighed(claim(statement), before, (), papers, calibrated=calibrated)[0]


TRUE = "Polyglot obtains 79.3 on XNLI."
FALSE = "Polyglot obtains 71.8 on XNLI."


def test_a_cell_of_another_paper_supports_and_is_named() -> None:
    made, evidence = weighed(claim(TRUE), OPEN, (), [holding("other")], calibrated=True)
    assert (made.label, made.confidence) == ("supported", 0.96)
    assert made.reason == "supported by Table 3 of an independent paper"
    (shown,) = evidence
    assert (shown.table, shown.cell, shown.page, shown.independent) == ("Table 3", (1, 1), 4, True)
    assert [(c.kind, c.outcome) for c in made.checks] == [("number", "match")]


def test_the_quote_is_the_row_where_the_text_has_it_and_the_caption_elsewhere() -> None:
    captioned = holding("other", text="Table 3: Accuracy on the test sets.")
    printed = holding("other", text="Accuracy on the test sets Lexar 61.2 80.1 Polyglot 79.3\n86.4")
    silent = holding("other", text="Nothing of the table is stored.")
    quotes = [[e.quote for e in weighed(claim(TRUE), OPEN, (), [p], calibrated=True)[1]] for p in (captioned, printed)]
    assert quotes == [["Accuracy on the test sets"], ["Polyglot 79.3 86.4"]]
    assert weighed(claim(TRUE), OPEN, (), [silent], calibrated=True) == (OPEN, ())


def test_what_kept_a_passage_from_deciding_is_no_check_of_a_verdict_by_a_table() -> None:
    missing = Check(kind="number", claimed="79.3", found=None, outcome="missing")
    before = OPEN.model_copy(update={"checks": (missing,)})
    assert missing not in verdict(TRUE, holding("other"), before=before).checks
    decided = before.model_copy(update={"label": "supported"})
    assert missing in verdict(TRUE, holding("other"), before=decided).checks


def test_the_own_table_refutes_and_says_what_it_found() -> None:
    made = verdict(FALSE, holding("own"))
    assert (made.label, made.confidence) == ("refuted", 0.82)
    assert "of its own paper; no independent paper says so (claimed 71.8, found 79.3)" in made.reason


def test_another_paper_with_another_number_does_not_refute() -> None:
    assert verdict(FALSE, holding("other")) == OPEN


def test_another_version_of_the_own_paper_is_left_to_the_drifts() -> None:
    assert verdict(TRUE, holding("own", version="v2")) == OPEN


def test_a_table_against_the_sentences_is_a_conflict_as_sure_as_the_weaker_side() -> None:
    before = Verdict(label="supported", score=0.9, confidence=0.6, reason="supported by 1 independent paper")
    made = verdict(FALSE, holding("own"), before=before)
    assert (made.label, made.confidence) == ("conflicting", 0.6)
    assert made.reason.endswith("; supported by 1 independent paper")


def test_agreement_never_lowers_confidence() -> None:
    before = Verdict(label="supported", score=0.9, confidence=0.99, reason="supported by 1 independent paper")
    assert verdict(TRUE, holding("other"), before=before).confidence == 0.99


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_papers_does_not_matter(order: int) -> None:
    papers = [holding("own"), holding("other")][::order]
    made, evidence = weighed(claim(TRUE), OPEN, (), papers, calibrated=True)
    assert made.reason == "supported by Table 3 of an independent paper"
    assert [e.paper_id for e in evidence] == ["other", "own"]


def test_without_a_calibrator_there_is_no_confidence() -> None:
    assert verdict(TRUE, holding("other"), calibrated=False).confidence is None


@pytest.mark.parametrize("statement", ["Polyglot is best on XNLI.", "Such models transfer well."])
def test_claims_without_a_number_are_left_alone(statement: str) -> None:
    assert verdict(statement, holding("other")) == OPEN


def test_what_was_not_checked_stays_so() -> None:
    before = Verdict(label="not_checked", score=None, confidence=None, reason="nothing could be read")
    own: Claim = claim(TRUE)
    assert weighed(own, before, (), [holding("other")], calibrated=True) == (before, ())


def test_a_table_named_by_its_number_is_one_of_the_own_paper() -> None:
    said = "Table 3 compares two models."
    assert verdict(said, holding("other")) == OPEN
    assert verdict(said, holding("own")).reason == "supported by Table 3 of its own paper; no independent paper says so"
