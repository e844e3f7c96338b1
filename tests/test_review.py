"""The review is arithmetic on the report: a person can check each score, and every damage lowers it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import report_fixtures
from hypothesis import given, settings
from hypothesis import strategies as st
from made import BagOfWords

from synth import holdings, pipeline, render
from synth.errors import InputError
from synth.library import Library
from synth.models import verifier
from synth.progress import Silent
from synth.records import (
    Answer,
    Check,
    Claim,
    Conflict,
    Coverage,
    Dimension,
    Evidence,
    Ids,
    Notice,
    Quantity,
    Replication,
    Report,
    ReportPaper,
    Review,
    Reviewer,
    Screening,
    SourceSpan,
    Verdict,
)
from synth.review import recomputed, review
from synth.review.alpha import alpha

QUESTION = "Does intermediate training help PAWS-X?"
UNREVIEWED = Review(score=None, dimensions=(), reviewers=(), agreement=None)


def evidence(key: str, quote: str, stance: Any = "supports", *, independent: bool = True) -> Evidence:
    return Evidence(
        paper_id=key, version=None, tier="pdf", section=None, page=1, table=None, cell=None, quote=quote,
        stance=stance, independent=independent, score=0.9 if independent else 1.0,
    )  # fmt: skip


def claim(identity: str, key: str, statement: str, label: Any = "not_enough_evidence", **more: Any) -> Claim:
    """A claim whose quote is its statement, with that quote as the evidence of its own paper after `shown`."""
    score = {"supported": 0.9, "refuted": -0.9, "conflicting": 0.0, "not_enough_evidence": 0.0}[label]
    confidence = more.pop("confidence", {"conflicting": 0.8}.get(label, abs(score)))
    verdict = Verdict(label=label, score=score, confidence=confidence, reason="so", checks=more.pop("checks", ()))
    span = SourceSpan(paper_id=key, version=None, section="Results", page=1, start=0, end=len(statement))
    made: dict[str, Any] = {
        "id": identity, "statement": statement, "quote": statement, "source": span, "kind": "numeric",
        "quantity": None, "parent_id": None, "verdict": verdict,
        "evidence": (*more.pop("shown", ()), evidence(key, statement, independent=False)),
        "replication": Replication(status="not_run", reason="none", command=None),
    } | more  # fmt: skip
    return Claim(**made)


def paper(key: str, **more: Any) -> ReportPaper:
    made = {"id": key, "title": f"Intermediate training {key}", "authors": (), "year": 2020, "venue": None,
            "url": None, "ids": Ids(arxiv=key), "version": "v1", "versions": (), "tier": "pdf", "included": True,
            "relevance": 1.0, "reason": "", "notices": ()} | more  # fmt: skip
    return ReportPaper(**made)


def report(claims: Sequence[Claim], papers: Sequence[ReportPaper], answer: Answer, **more: Any) -> Report:
    found = len(papers)
    made: dict[str, Any] = {
        "question": QUESTION, "partial": False, "answer": answer,
        "coverage": (Coverage(source="arxiv", query="q", outcome="found", count=found, reason=None),
                     Coverage(source="starter", query="q", outcome="found", count=found, reason=None)),
        "screening": Screening(identified=found, duplicates=0, screened=found, excluded=0, included=found),
        "papers": tuple(papers), "skipped": (), "claims": tuple(claims), "agreements": (), "conflicts": (),
        "review": UNREVIEWED, "limitations": ("It covers two sources.",),
    } | more  # fmt: skip
    return Report(**made)


UP = "Intermediate training raises PAWS-X accuracy of XLM-R by 3.1 points."
SAME = "On PAWS-X, XLM-R gains 3.1 points of accuracy from intermediate training."
DOWN = "Intermediate training lowers PAWS-X accuracy of mBERT by 1.2 points."
OTHER = "Intermediate training raises XNLI accuracy of XLM-R by 2.5 points."


def number(value: float, dataset: str = "PAWS-X", model: str = "XLM-R") -> Quantity:
    return Quantity(value=value, unit="points", metric="accuracy", dataset=dataset, model=model)


def sound() -> Report:
    """Answered, with an independent paper behind most claims, a source that failed, and limits that are told."""
    match = (Check(kind="number", claimed="3.1", found="3.1", outcome="match"),)
    claims = (
        claim("c-1", "a", UP, "supported", shown=(evidence("b", SAME),), quantity=number(3.1), checks=match),
        claim("c-2", "b", SAME, "supported", shown=(evidence("a", UP),), quantity=number(3.1)),
        claim("c-3", "c", OTHER, "supported", shown=(evidence("d", OTHER),), quantity=number(2.5, "XNLI")),
        claim("c-4", "d", "Intermediate training takes 20 hours.", kind="method"),
        claim("c-5", "e", "PAWS-X holds 23,659 pairs of sentences.", kind="dataset", quantity=number(23659)),
    )
    papers = [paper(key) for key in "abcde"]
    papers[4] = paper("e", tier="abstract")
    told = Answer(status="answered", text=f"One paper reports it. {UP} [1].", claim_ids=("c-1",), next_experiment=None)
    coverage = (
        Coverage(source="arxiv", query="q", outcome="found", count=5, reason=None),
        Coverage(source="openalex", query="q", outcome="failed", count=None, reason="HTTP 503"),
    )
    limits = ("OpenAlex could not be asked.", "Of one paper only the abstract was read.")
    return report(claims, papers, told, coverage=coverage, partial=True, limitations=limits)


def modest() -> Report:
    """As many reports are: no independent evidence, abstracts alone, the question not studied, all of it said."""
    claims = tuple(
        claim(f"m-{key}", key, f"Intermediate training on {name} improves SQuAD by {i}.5 points.",
              quantity=number(i + 0.5, "SQuAD"), confidence=0.9)
        for i, (key, name) in enumerate(zip("abcdef", ("MNLI", "QQP", "ANLI", "SNLI", "HellaSwag", "CCG"),
                                            strict=True), 1)
    )  # fmt: skip
    text = f"No paper studies it. Nearest evidence: {claims[0].statement} [1]."
    told = Answer(status="not_studied", text=text, claim_ids=("m-a",), next_experiment="Vary it, with five seeds.")
    papers = [paper(key, tier="abstract", ids=Ids(acl=key)) for key in "abcdef"]
    limits = ("Of 6 papers only the abstract was read.", "All rest on their own paper: nothing independent was found.")
    return report(claims, papers, told, limitations=limits)


def contested() -> Report:
    """Two papers say otherwise, a third is refuted by its neighbour, and the conflicts are told."""
    against = "Intermediate training lowers PAWS-X accuracy of XLM-R by 2.0 points."
    claims = (
        claim("d-1", "a", UP, "conflicting", quantity=number(3.1), shown=(
            evidence("b", against, "refutes"), evidence("c", SAME))),
        claim("d-2", "b", against, "refuted", quantity=number(2.0), shown=(evidence("a", UP, "refutes"),)),
        claim("d-3", "c", SAME, "supported", quantity=number(3.1), shown=(evidence("a", UP),)),
        claim("d-4", "d", DOWN, quantity=number(1.2, model="mBERT")),
    )  # fmt: skip
    told = Answer(status="contested", text=f"The papers disagree. {UP} [1]. {against} [2].",
                  claim_ids=("d-1", "d-2"), next_experiment="Repeat both.")  # fmt: skip
    fights = (
        Conflict(claim_ids=("d-1", "d-2"), about="PAWS-X", kind="true_conflict", reason="up against down"),
        Conflict(claim_ids=("d-2", "d-3"), about="PAWS-X", kind="true_conflict", reason="down against up"),
        Conflict(claim_ids=("d-1", "d-4"), about="PAWS-X", kind="scope_mismatch", reason="models", fields=("model",)),
    )
    return report(claims, [paper(key) for key in "abcd"], told, conflicts=fights)


def long() -> Report:
    """Many claims over a dozen papers, with an answer that tells two of them."""
    made = report_fixtures.long(24, 12)
    text = f"{made.claims[0].statement} [1]. {made.claims[5].statement} [6]."
    return made.model_copy(update={"answer": made.answer.model_copy(update={"text": text})})


REPORTS: dict[str, Callable[[], Report]] = {
    "sound": sound, "modest": modest, "contested": contested,
    "rich": report_fixtures.rich, "long": long,
}  # fmt: skip


# --- the score -----------------------------------------------------------------------------------------------


def reviewed(made: Report, extra: Sequence[Reviewer] = ()) -> Review:
    return review(
        made.answer, made.claims, made.papers, made.coverage, made.screening, made.limitations,
        question=made.question, conflicts=made.conflicts, partial=made.partial, extra=extra,
    )  # fmt: skip


def score(made: Report) -> float:
    """The score from report.json alone."""
    return recomputed(json.loads(made.model_dump_json(by_alias=True)))


def by_name(made: Report) -> dict[str, Dimension]:
    return {d.name: d for d in reviewed(made).dimensions}


def test_the_scores_of_a_sound_report() -> None:
    assert {name: d.score for name, d in by_name(sound()).items()} == {
        "evidence strength": 6.0,  # 3 of 5 claims are decided by another paper
        "citation grounding": 10.0,
        "numerical consistency": 10.0,
        "benchmark validity": 10.0,
        "coverage and novelty": 8.33,  # one of two sources; five papers; all used
        "uncertainty disclosed": 10.0,
        "reproducibility": 9.2,  # four of five in full
        "question answered": 10.0,
    }
    assert score(sound()) == 9.19


def test_what_cannot_be_scored_has_no_score() -> None:
    made = report_fixtures.empty()
    found = by_name(made)
    assert {name for name, d in found.items() if d.score is not None} == {"question answered"}
    assert score(made) == 2.0


@pytest.mark.parametrize("name", REPORTS)
def test_the_score_is_the_mean_of_its_dimensions_and_can_be_recomputed(name: str) -> None:
    made = REPORTS[name]()
    review_ = reviewed(made)
    known = [d.score for d in review_.dimensions if d.score is not None]
    assert all(0 <= s <= 10 for s in known)
    assert review_.score == round(sum(known) / len(known), 2)
    assert score(made.model_copy(update={"review": review_})) == review_.score


def test_hostile_text_is_only_counted() -> None:
    made = report_fixtures.hostile()
    assert 0 <= score(made) <= 5
    notes = " ".join(note for r in reviewed(made).reviewers for note in r.notes)
    assert "<" not in notes
    assert "alert" not in notes


def test_a_report_of_another_shape_is_refused_with_its_field() -> None:
    with pytest.raises(InputError, match=r"report\.json: claims: .*synth/report/1"):
        recomputed(json.loads(sound().model_dump_json(by_alias=True)) | {"claims": 3})


# --- damage --------------------------------------------------------------------------------------------------


def each(made: Report, change: Callable[[Claim], dict[str, Any]]) -> Report:
    return made.model_copy(update={"claims": tuple(c.model_copy(update=change(c)) for c in made.claims)})


def judged(made: Report, change: Callable[[Verdict], dict[str, Any]]) -> Report:
    return each(made, lambda c: {"verdict": c.verdict.model_copy(update=change(c.verdict))})


def changed_digits(text: str) -> str:
    return "".join(str((int(ch) + 3) % 10) if ch.isdigit() else ch for ch in text)


def off_topic_papers(made: Report) -> Report:
    more = tuple(paper(f"fold{i}", title="Protein folding at low temperature") for i in range(6))
    s = made.screening
    flow = {"identified": s.identified + 6, "screened": s.screened + 6, "included": s.included + 6}
    return made.model_copy(
        update={"papers": (*made.papers, *more), "screening": Screening(**s.model_dump() | flow)}
    )  # fmt: skip


def off_topic_claims(made: Report) -> Report:
    paper_ = next(p for p in made.papers if p.included)
    text = "Proteins fold faster at 40 degrees, with 99.5% yield."
    more = tuple(claim(f"off-{i}", paper_.id, f"In vessel {i}, {text.lower()}", "supported") for i in range(4))
    papers = tuple(
        p.model_copy(update={"title": "Proteins"}) if p.id == paper_.id else p for p in made.papers
    )  # fmt: skip
    return made.model_copy(update={"claims": (*made.claims, *more), "papers": papers})


def from_one_paper(made: Report) -> Report:
    first = made.claims[0].source.paper_id
    return made.model_copy(update={"claims": tuple(c for c in made.claims if c.source.paper_id == first)})


def attributed_to_one_paper(made: Report) -> Report:
    first = made.claims[0].source.paper_id
    return each(made, lambda c: {"source": c.source.model_copy(update={"paper_id": first})})


def swapped_answer(made: Report) -> Report:
    text = "Two papers speak to this. Subword regularisation lowers the error rate of Turkish speech recognition [1]."
    other = Answer(status=made.answer.status, text=text, claim_ids=("c-other",), next_experiment=None)
    return made.model_copy(update={"answer": other})


def swapped_text(made: Report) -> Report:
    text = "Subword regularisation lowers the error rate of Turkish speech recognition [1]."
    return made.model_copy(update={"answer": made.answer.model_copy(update={"text": text})})


def retracted_source_kept(made: Report) -> Report:
    cited = {c.source.paper_id for c in made.claims if c.id in made.answer.claim_ids}
    notice = Notice(kind="retraction", date="2022-01-01", source="publisher")
    papers = tuple(p.model_copy(update={"notices": (notice,)}) if p.id in cited else p for p in made.papers)
    return made.model_copy(update={"papers": papers})


def coverage_hidden(made: Report) -> Report:
    return made.model_copy(update={"coverage": tuple(c for c in made.coverage if c.outcome == "found")[:1]})


def failures_hidden(made: Report) -> Report:
    return made.model_copy(update={"coverage": tuple(c for c in made.coverage if c.outcome != "failed")})


def papers_hidden(made: Report) -> Report:
    cited = {c.source.paper_id for c in made.claims if c.id in made.answer.claim_ids}
    return made.model_copy(update={"papers": tuple(p for p in made.papers if p.id not in cited)})


DAMAGES: dict[str, Callable[[Report], Report]] = {
    "evidence removed": lambda r: each(r, lambda c: {"evidence": ()}),
    "independent evidence removed": lambda r: each(
        r, lambda c: {"evidence": tuple(e for e in c.evidence if e.paper_id == c.source.paper_id)}
    ),
    "own quotes passed off as independent": lambda r: each(
        r, lambda c: {"evidence": tuple(e.model_copy(update={"independent": True}) for e in c.evidence)}
    ),
    "numbers changed": lambda r: each(r, lambda c: {"statement": changed_digits(c.statement)}),
    "numbers of the answer changed": lambda r: r.model_copy(
        update={"answer": r.answer.model_copy(update={"text": changed_digits(r.answer.text)})}
    ),
    "checks turned into mismatches": lambda r: judged(
        r, lambda v: {"checks": tuple(k.model_copy(update={"outcome": "mismatch"}) for k in v.checks)}
    ),
    "scope taken from the numbers": lambda r: each(
        r, lambda c: {"quantity": c.quantity and Quantity(value=c.quantity.value, unit=c.quantity.unit)}
    ),
    "off-topic papers added": off_topic_papers,
    "off-topic claims added": off_topic_claims,
    "claims added twice": lambda r: r.model_copy(
        update={"claims": (*r.claims, *(c.model_copy(update={"id": f"{c.id}-again"}) for c in r.claims))}
    ),
    "claims of one paper only": from_one_paper,
    "all claims attributed to one paper": attributed_to_one_paper,
    "answer of another question": swapped_answer,
    "text of another answer": swapped_text,
    "answer without claims": lambda r: r.model_copy(
        update={"answer": r.answer.model_copy(update={"claim_ids": ()})}
    ),
    "status inflated": lambda r: r.model_copy(
        update={"answer": r.answer.model_copy(update={"status": "answered"})}
    ),
    "no experiment named": lambda r: r.model_copy(
        update={"answer": r.answer.model_copy(update={"next_experiment": None})}
    ),
    "limitations deleted": lambda r: r.model_copy(update={"limitations": ()}),
    "limitations made boilerplate": lambda r: r.model_copy(update={"limitations": ("Consult primary sources.",)}),
    "retracted source kept": retracted_source_kept,
    "confidence inflated": lambda r: judged(r, lambda v: {"confidence": 0.999}),
    "verdicts inflated": lambda r: judged(r, lambda v: {"label": "supported"}),
    "reasons deleted": lambda r: judged(r, lambda v: {"reason": ""}),
    "quotes altered": lambda r: each(r, lambda c: {"quote": "Wholly different words stand here instead."}),
    "quotes emptied": lambda r: each(r, lambda c: {"quote": ""}),
    "coverage hidden": coverage_hidden,
    "coverage deleted": lambda r: r.model_copy(update={"coverage": ()}),
    "failures hidden": failures_hidden,
    "conflicts deleted": lambda r: r.model_copy(update={"conflicts": ()}),
    "papers hidden": papers_hidden,
    "ids deleted": lambda r: r.model_copy(
        update={"papers": tuple(p.model_copy(update={"ids": Ids(), "url": None}) for p in r.papers)}
    ),
    "claims deleted": lambda r: r.model_copy(update={"claims": ()}),
}  # fmt: skip
# What a damage cannot harm, with the reason: nothing more can be lost there.
HARMLESS = {
    ("rich", "scope taken from the numbers"): "its one scoped number is told as a compound, which is not scored",
    ("contested", "limitations made boilerplate"): "no limit of it had to be told",
}


@cache
def fresh(name: str) -> tuple[Report, float]:
    made = REPORTS[name]()
    return made, score(made)


CASES = [
    (name, damage) for name, make in REPORTS.items() for damage, change in DAMAGES.items() if change(make()) != make()
]


@pytest.mark.parametrize(("name", "damage"), CASES)
def test_damage_lowers_the_score(name: str, damage: str) -> None:
    before, scored = fresh(name)
    after = score(DAMAGES[damage](before))
    if (name, damage) in HARMLESS:
        assert after == scored, "it harms after all: take it out of HARMLESS"
    else:
        assert after < scored


def test_every_damage_is_shown_on_two_reports() -> None:
    shown = Counter(damage for name, damage in CASES if (name, damage) not in HARMLESS)
    assert min(shown[damage] for damage in DAMAGES) >= 2


# --- reviewers -----------------------------------------------------------------------------------------------


def test_four_reviewers_name_the_claims_they_object_to() -> None:
    made = DAMAGES["numbers changed"](DAMAGES["conflicts deleted"](contested()))
    notes = {r.name: " | ".join(r.notes) for r in reviewed(made).reviewers}
    assert list(notes) == ["breaker", "librarian", "accountant", "reader"]
    assert "claims 1, 2, 3: another paper says otherwise" in notes["breaker"]
    assert "claims 1, 2, 3, 4: a number that the quote does not hold" in notes["accountant"]


def test_the_spread_is_shown_and_another_member_widens_it_without_touching_the_score() -> None:
    made = reviewed(sound())
    each = [r.score for r in made.reviewers if r.score is not None]
    assert made.agreement == round(max(each) - min(each), 2)
    guest = Reviewer(name="model", mandate="reads it all", score=1.0, notes=())
    wider = reviewed(sound(), extra=[guest])
    assert wider.score == made.score
    assert wider.agreement == round(max(each) - 1.0, 2)
    assert wider.reviewers[-1] == guest


A, B, C, D = (
    dict(enumerate(row))
    for row in (
        (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
        (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
        (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
        (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
    )
)


@pytest.mark.parametrize(
    ("raters", "expected"),
    [
        ([{"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2, "c": 4}], 0.878),  # 1 - (2 / 6) / (82 / 30)
        ([{"a": 1, "b": 2}, {"a": 1, "b": 2}], 1.0),
        ([{"a": 1, "b": 2}, {"a": 2, "b": 1}], -0.5),  # 1 - 1 / (8 / 12): worse than chance
        ([{"a": 1, "b": 2, "z": 9}, {"a": 1, "b": 2}], 1.0),  # what one alone scored counts for nothing
        ([{"a": 1, "b": 2}, {"a": 1, "b": None}], None),  # one thing in common
        ([{"a": 1, "b": 2}, {"c": 1, "d": 2}], None),
        ([{"a": 3, "b": 3}, {"a": 3, "b": 3}], None),  # nothing varies
        ([{"a": 3, "b": 4}], None),
        ([], None),
        ([A, B, C, D], 0.849),  # the worked example of Krippendorff (2011)
    ],
)
def test_alpha_of_raters_of_the_same_things(raters: list[Any], expected: float | None) -> None:
    found = alpha([{str(k): v for k, v in rater.items()} for rater in raters])
    assert found == (None if expected is None else pytest.approx(expected, abs=5e-4))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=2, max_size=8), st.integers(2, 5))
def test_alpha_is_at_most_one_and_no_scale_changes_it(rows: list[tuple[int, int]], scale: int) -> None:
    sides = [{str(i): row[k] for i, row in enumerate(rows)} for k in (0, 1)]
    found = alpha(sides)
    other = alpha([{key: 1 + scale * value for key, value in side.items()} for side in sides])
    assert found is None or found <= 1
    assert other == found or other == pytest.approx(found, abs=2e-4)


def test_the_score_of_a_report_that_the_program_made_is_recomputed_from_its_file(tmp_path: Path) -> None:
    lines = [
        {"id": "gain", "title": "Intermediate training for PAWS-X", "year": 2021, "authors": ["Ada Writer"],
         "abstract": "Intermediate training improves PAWS-X accuracy by 1.4 points. It costs little."},
        {"id": "loss", "title": "Intermediate training on PAWS-X, repeated", "year": 2022, "authors": ["Bob Repeater"],
         "abstract": "We find that intermediate training lowers PAWS-X accuracy by 2.1 points."},
    ]  # fmt: skip
    file = tmp_path / "papers.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    report = pipeline.report(
        "Does intermediate training help PAWS-X?", [holdings.local([file], Library(None))], [], BagOfWords(),
        verifier.load(), progress=Silent(),
    ).report  # fmt: skip
    render.write(report, tmp_path / "out", formats=["json"], manifest={})
    kept = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert kept["review"]["score"] is not None
    assert recomputed(kept) == kept["review"]["score"] == report.review.score
    assert recomputed(kept | {"claims": []}) < kept["review"]["score"]


# --- what counts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notice", "ids", "version", "counts"),
    [
        (Notice(kind="retraction", date=None, source="crossref"), Ids(acl="a"), None, False),
        (Notice(kind="withdrawal", date=None, source="arxiv"), Ids(arxiv="a"), "v2", False),
        (Notice(kind="withdrawal", date=None, source="arxiv"), Ids(acl="2020.acl-main.1"), None, True),
        (Notice(kind="erratum", date=None, source="arxiv"), Ids(arxiv="a"), "v2", True),
        (Notice(kind="concern", date=None, source="crossref"), Ids(doi="10.1/x"), None, True),
    ],
)
def test_which_papers_still_stand(notice: Notice, ids: Ids, version: str | None, counts: bool) -> None:
    papers = [paper("a", notices=(notice,), ids=ids, version=version), paper("b")]
    told = Answer(status="answered", text=f"{UP} [1].", claim_ids=("c-1",), next_experiment=None)
    made = report([claim("c-1", "a", UP, "supported", shown=(evidence("b", SAME),))], papers, told)
    assert by_name(made)["question answered"].inputs["cited_and_told"] == int(counts)


def test_what_is_asked_about_by_name_must_be_spoken_of() -> None:
    made = sound().model_copy(update={"question": "Does intermediate training help XTREME-R?"})
    assert by_name(made)["question answered"].score == 3.0
    assert by_name(sound())["question answered"].score == 10.0


def test_a_dispute_in_words_must_be_among_the_conflicts() -> None:
    """Two papers say otherwise of one model and data set; no verdict says so, and no conflict."""
    low = "Intermediate training lowers PAWS-X accuracy of XLM-R by 3.1 points."
    told = Answer(status="contested", text=f"{UP} [1]. {low} [2].", claim_ids=("x", "y"), next_experiment="Repeat.")
    claims = [claim("x", "a", UP), claim("y", "b", low)]
    fight = Conflict(claim_ids=("x", "y"), about="PAWS-X", kind="true_conflict", reason="up against down")
    silent = report(claims, [paper("a"), paper("b")], told)
    assert by_name(silent)["uncertainty disclosed"].inputs["disputes"] == 3  # two claims, and the status
    named = by_name(silent.model_copy(update={"conflicts": (fight,)}))["uncertainty disclosed"]
    assert (named.inputs["disputes_named"], named.inputs["disputes"]) == (2, 2)


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(5)))
def test_the_order_of_the_claims_does_not_matter(order: list[int]) -> None:
    made = sound()
    turned = made.model_copy(update={"claims": tuple(made.claims[i] for i in order)})
    assert score(turned) == score(made)
