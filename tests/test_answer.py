"""The status of an answer by its written rule."""

from __future__ import annotations

from made import claim, reading

from synth.answer import answer
from synth.formulate import question
from synth.records import Answer, Claim, Conflict, ReadPaper

ASKED = question("Does intermediate training help PAWS-X?")
DIRECT = "Intermediate training improves PAWS-X by 1.4 points."
PART = "Intermediate training improves SQuAD by 2.0 points."


def told(
    claims: list[Claim], texts: list[ReadPaper], conflicts: tuple[Conflict, ...] = (), asked: object = ASKED
) -> Answer:
    by_id = {t.paper.id: t for t in texts}
    scores = {c.id: 0.5 for c in claims}
    return answer(asked, claims, by_id, conflicts, scores, passed=len(texts), read=len(texts), screened=9)  # type: ignore[arg-type]


def test_a_direct_finding_answers() -> None:
    got = told([claim(DIRECT, "a", kind="numeric")], [reading("a", DIRECT)])
    assert got.status == "answered"
    assert "1.4 points [1]" in got.text
    assert got.claim_ids == (claim(DIRECT, "a").id,)
    assert got.next_experiment is None


def test_a_part_is_not_studied_and_names_the_nearest_and_what_it_lacks() -> None:
    got = told([claim(PART, "a", kind="numeric")], [reading("a", PART)])
    assert got.status == "not_studied"
    assert "nothing of PAWS-X" in got.text
    assert "Nearest evidence: Intermediate training improves SQuAD" in got.text
    assert got.next_experiment is not None
    assert "PAWS-X" in got.next_experiment


def test_the_limits_of_a_paper_do_not_count_as_studied() -> None:
    text = f"{PART}\n\nLimits and scope\nThe study does not use PAWS-X."
    start = text.index("Limits")
    read = reading("a", text)
    first, second = read.sections[0], read.sections[0]
    sections = (
        first.model_copy(update={"end": start}),
        second.model_copy(update={"heading": "Limits and scope", "start": start, "end": len(text)}),
    )
    got = told([claim(PART, "a", kind="numeric")], [read.model_copy(update={"sections": sections})])
    assert got.status == "not_studied"


def test_findings_that_truly_conflict_are_contested() -> None:
    down = "Intermediate training degrades PAWS-X by 1.4 points."
    claims = [claim(DIRECT, "a", kind="numeric"), claim(down, "b", kind="numeric")]
    ids = (claims[0].id, claims[1].id)
    fight = Conflict(claim_ids=ids, about="PAWS-X", kind="true_conflict", reason="up against down")
    got = told(claims, [reading("a", DIRECT), reading("b", down)], (fight,))
    assert got.status == "contested"
    assert set(got.claim_ids) == set(ids)
    scope = fight.model_copy(update={"kind": "scope_mismatch"})
    assert told(claims, [reading("a", DIRECT), reading("b", down)], (scope,)).status == "answered"


def test_something_near_answers_in_part() -> None:
    asked = question("Do non-English source languages help PAWS-X?")
    text = "Translate-train improves PAWS-X by 3.0 points."
    got = told([claim(text, "a", kind="numeric")], [reading("a", text)], asked=asked)
    assert got.status == "partly_answered"
    assert "missing is non-English source languages" in got.text


def test_nothing_found_and_nothing_readable_are_different() -> None:
    assert told([], []).status == "no_evidence"
    assert "9 records were screened" in told([], []).text
    assert told([], [reading("a", "x")]).status == "not_checked"
    unread = answer(ASKED, [], {}, (), {}, passed=2, read=0, screened=9)
    assert (unread.status, "2 papers bear on" in unread.text, "none could be read" in unread.text) == (
        "not_checked",
        True,
        True,
    )


def test_a_paper_on_the_whole_does_not_answer_on_the_part() -> None:
    asked = question("Does intermediate training help XTREME-R?")
    text = "Intermediate training improves XTREME by 5.4 points."
    assert told([claim(text, "a", kind="numeric")], [reading("a", text)], asked=asked).status == "not_studied"
