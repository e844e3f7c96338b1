"""Each kind of finding on hand-written cards: one that has the defect, one that has not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from synth.audit import documents, sameness
from synth.audit.answered import Answered
from synth.audit.fairness import only_not_better
from synth.audit.findings import findings, sames
from synth.audit.judged import Drift, Judged
from synth.audit.overclaims import overclaim
from synth.audit.replaced import replaced
from synth.audit.seen import Seen
from synth.audit.shelves import Shelves
from synth.audit.stated import KINDS, AuditAnswer, Card, Cited, Finding, Stated, StatedClaim
from synth.collect import Corpus
from synth.formulate import question
from synth.records import Check, Evidence, Ids, Paper, ReadPaper, Verdict

BASE = Paper(
    id="arxiv:2101.00001", title="Recipes as Intermediate Tasks for Taste Models", authors=("Ada Writer",), year=2021,
    ids=Ids(arxiv="2101.00001"), abstract="Salt helps.", version="v2", source="local",
)  # fmt: skip
OTHER = BASE.model_copy(
    update={"id": "doi:10.1234/pepper", "title": "Pepper Measured Again in Twelve Soups", "authors": ("Bob Other",),
            "ids": Ids(doi="10.1234/pepper"), "version": None}
)  # fmt: skip


def shelves(*papers: Paper) -> Shelves:
    def read(paper: Paper) -> ReadPaper:
        return ReadPaper(paper=paper, tier="abstract", text=paper.abstract or "", sections=())

    return Shelves([Corpus("local", papers, lambda paper: paper.abstract or "", read)])


def cited(number: int, **changes: Any) -> Cited:
    values: dict[str, Any] = {"raw": f"Reference {number}", "title": None, "year": None, "ids": Ids(), "version": None}
    return Cited(number=number, **(values | changes))


def claim(index: int, text: str, verified: bool | None = None, **changes: Any) -> StatedClaim:
    values: dict[str, Any] = {"cut": False, "stated_verified": verified, "stated_confidence": None}
    return StatedClaim(index=index, text=text, **(values | changes))


def card(*claims: StatedClaim, **changes: Any) -> Card:
    values: dict[str, Any] = {
        "form": "report", "title": "Soup", "question": "Does salt help taste models?", "date": None, "base": None,
        "stated": Stated(), "references": (cited(1, ids=BASE.ids),),
    }  # fmt: skip
    return Card(claims=claims, **(values | changes))


def quote(text: str, stance: str = "supports", paper: Paper = BASE, independent: bool = False) -> Evidence:
    return Evidence(
        paper_id=paper.id, version=paper.version, tier="abstract", section=None, page=None, table=None, cell=None,
        quote=text, stance=stance, independent=independent, score=0.9,
    )  # fmt: skip


def verdict(label: Any = "not_enough_evidence", *checks: Check) -> Verdict:
    return Verdict(label=label, score=0.0, confidence=0.9, reason="as the test says", checks=checks)


class Case(NamedTuple):
    """What a test varies; everything else is without defect."""

    card: Card
    verdicts: dict[int, Verdict] = {}  # noqa: RUF012
    evidence: dict[int, tuple[Evidence, ...]] = {}  # noqa: RUF012
    papers: Sequence[Paper] = (BASE,)
    status: Any = "answered"
    spoken: bool = True
    drifts: tuple[Drift, ...] = ()
    topics: dict[int, tuple[bool, str]] = {}  # noqa: RUF012
    fallen: dict[int, str] = {}  # noqa: RUF012
    doubted: dict[int, str] = {}  # noqa: RUF012
    stamped: dict[int, str] = {}  # noqa: RUF012


def found(case: Case) -> tuple[Finding, ...]:
    held = shelves(*case.papers)
    own = case.card
    judged = Judged(
        {c.index: case.verdicts.get(c.index, verdict()) for c in own.claims},
        {c.index: case.evidence.get(c.index, ()) for c in own.claims},
        tuple(range(len(case.papers))), case.drifts, frozenset(), (),
    )  # fmt: skip
    return findings(
        Seen(
            card=own, question=question(own.question) if own.question else None, named=held.named(own),
            base=held.titled(own.base), shelves=held, judged=judged,
            answer=Answered(AuditAnswer(status=case.status, text="As told."), case.spoken), sames=sames(own),
            topics=case.topics, fallen=case.fallen, doubted=case.doubted, stamped=case.stamped,
        )
    )  # fmt: skip


SALT = "Salt raises the score of taste models by 3.1 points on SoupBench."
COPY = "We find that salt raises the score of taste models by 3.1 points on SoupBench."
PEPPER = "Pepper lowers the score of taste models by 2.0 points on SoupBench."
LONG = SALT[:-1] + ", whereas pepper lowers the score of taste models by 2.0 points on SoupBench."

CASES: dict[str, tuple[Case, Case, tuple[int, ...]]] = {
    "question_not_answered": (
        Case(card(claim(1, SALT)), status="not_studied", spoken=False),
        Case(card(claim(1, SALT)), status="answered"),
        (),
    ),
    "contradicted_claim": (
        Case(card(claim(1, SALT, True)), {1: verdict("refuted")}, {1: (quote("Salt changes nothing.", "refutes"),)}),
        Case(card(claim(1, SALT, True)), {1: verdict("supported")}, {1: (quote(SALT, paper=OTHER, independent=True),)}),
        (1,),
    ),
    "true_claim_rejected": (
        Case(card(claim(1, SALT, False)), {1: verdict("supported")}, {1: (quote(SALT),)}),
        Case(card(claim(1, SALT, False)), {1: verdict("refuted")}, {1: (quote("Salt does nothing.", "refutes"),)}),
        (1,),
    ),
    "claim_cut": (
        Case(card(claim(1, SALT[:30], cut=True))),
        Case(card(claim(1, SALT))),
        (1,),
    ),
    "compound_claim": (Case(card(claim(1, LONG))), Case(card(claim(1, SALT))), (1,)),
    "duplicate_claim": (
        Case(card(claim(1, SALT), claim(2, COPY))),
        Case(card(claim(1, SALT), claim(2, PEPPER))),
        (1, 2),
    ),
    "inconsistent_verdict": (
        Case(card(claim(1, SALT, True), claim(2, COPY, False))),
        Case(card(claim(1, SALT, True), claim(2, PEPPER, False))),
        (1, 2),
    ),
    "reference_off_topic": (
        Case(card(claim(1, SALT)), topics={0: (False, "speaks of none of: salt")}),
        Case(card(claim(1, SALT)), topics={0: (True, "speaks of salt")}),
        (),
    ),
    "reference_missing": (
        Case(card(claim(1, SALT, sources=(1,)), claim(2, PEPPER, sources=(4,)))),
        Case(card(claim(1, SALT, sources=(1,)))),
        (2,),
    ),
    "count_mismatch": (
        Case(card(claim(1, SALT, True), stated=Stated(claims=2, verified=1))),
        Case(card(claim(1, SALT, True), stated=Stated(claims=1, verified=1))),
        (),
    ),
    "circular_verification": (
        Case(card(claim(1, SALT, True)), {1: verdict("supported")}, {1: (quote(COPY),)}),
        Case(card(claim(1, SALT, True)), {1: verdict("supported")},
             {1: (quote(COPY), quote(SALT, paper=OTHER, independent=True))}),
        (1,),
    ),
    "overclaim": (
        Case(card(claim(1, "Salt always improves taste models on SoupBench.")), {1: verdict("supported")},
             {1: (quote("Salt improves taste models on SoupBench in half of the runs."),)}),
        Case(card(claim(1, "Salt always improves taste models on SoupBench.")), {1: verdict("supported")},
             {1: (quote("Salt improves taste models on SoupBench in every run."),)}),
        (1,),
    ),
    "version_mismatch": (
        Case(card(claim(1, SALT)), drifts=(Drift(1, "v2", "refuted", "v1", "supported", "Salt raises it by 3.1."),)),
        Case(card(claim(1, SALT), references=(cited(1, ids=BASE.ids, version="v2"),))),
        (1,),
    ),
    "retracted_source": (
        Case(card(claim(1, SALT)), {1: verdict("supported")}, {1: (quote(SALT),)},
             fallen={0: "was retracted on 2022-01-01 (a list)"}),
        Case(card(claim(1, SALT)), {1: verdict("supported")}, {1: (quote(SALT),)}),
        (1,),
    ),
}  # fmt: skip


def test_every_kind_has_its_cards() -> None:
    assert set(CASES) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(CASES))
def test_a_card_with_the_defect_and_one_without(kind: str) -> None:
    bad, good, indexes = CASES[kind]
    told = [f for f in found(bad) if f.kind == kind]
    assert [f.claim_indexes for f in told] == [indexes]
    assert all(f.message.endswith(".") and "\n" not in f.message for f in told)
    assert [f for f in found(good) if f.kind == kind] == []


@pytest.mark.parametrize(
    ("case", "kind", "words"),
    [
        (Case(card(claim(1, SALT), references=())), "reference_missing", "lists no reference"),
        (Case(card(claim(1, SALT), stated=Stated(papers=9))), "reference_missing", "8 cannot be looked at"),
        (Case(card(claim(1, SALT), base=OTHER.title), papers=(BASE, OTHER)), "reference_missing", "not among its"),
        (
            Case(card(claim(1, SALT), references=(cited(1, title="The History of Bread and Wine", ids=BASE.ids),))),
            "reference_missing", "id belongs to another work",
        ),
        (Case(card(claim(1, SALT), stated=Stated(claims=1, verified=3))), "count_mismatch", "3 of 1 claims"),
        (Case(card(claim(1, SALT, True), stated=Stated(verified=0))), "count_mismatch", "1 are marked so"),
        (Case(card(claim(1, SALT), stated=Stated(papers=0))), "count_mismatch", "1 are in the list"),
        (Case(card(claim(1, SALT), repeated=(("papers", "3", "4"),))), "count_mismatch", "stated twice: 3 and 4"),
        (Case(card(claim(1, SALT)), status="partly_answered"), "question_not_answered", "in part only"),
        (Case(card(claim(1, SALT)), status="no_evidence"), "question_not_answered", "supported by no paper"),
        (Case(card(claim(1, LONG, True), claim(2, PEPPER, False))), "inconsistent_verdict", "is a part of claim 1"),
        (
            Case(card(claim(1, SALT), references=(cited(1, ids=BASE.ids, version="v1"),))),
            "version_mismatch", "cites v1; at hand is v2",
        ),
        (
            Case(card(claim(1, SALT), references=(cited(1, ids=BASE.ids, version="v1"),
                                                  cited(2, ids=BASE.ids, version="v2")))),
            "version_mismatch", "Two versions",
        ),
        (Case(card(claim(1, SALT)), doubted={0: "an erratum was published on it"}), "retracted_source", "erratum"),
        (Case(card(claim(1, SALT, sources=(1,))), stamped={1: "(RETRACTED: Soup) was retracted"}), "retracted_source",
         "Reference 1 (RETRACTED"),
    ],
)  # fmt: skip
def test_other_forms_of_a_defect(case: Case, kind: str, words: str) -> None:
    assert any(words in f.message for f in found(case) if f.kind == kind)


def test_what_is_not_at_hand_is_neither_missing_nor_off_topic() -> None:
    unheld = card(claim(1, SALT), references=(cited(1, ids=Ids(arxiv="1901.00009"), version="v1"),))
    assert found(Case(unheld)) == ()


def test_without_a_question_nothing_is_said_of_its_answer() -> None:
    assert found(Case(card(claim(1, SALT), question=None), status="not_checked", spoken=False)) == ()


def test_a_contradiction_says_which_number_is_another() -> None:
    check = Check(kind="number", claimed="3.1", found="1.3", outcome="mismatch")
    case = Case(
        card(claim(1, SALT, True)),
        {1: verdict("refuted", check).model_copy(update={"reason": "refuted; number: claimed 3.1, found 1.3"})},
        {1: (quote("Salt raises it by 1.3 points.", "refutes"),)},
    )
    (told,) = (f for f in found(case) if f.kind == "contradicted_claim")
    assert "is marked as verified, but arxiv:2101.00001 v2 says “Salt raises it by 1.3 points”" in told.message
    assert "claimed 3.1, found 1.3" in told.message
    assert told.severity == "high"


# --- which claims say the same -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "two", "cut", "expected"),
    [
        (SALT, COPY, False, True),
        (SALT, PEPPER, False, False),
        (SALT, SALT.replace("3.1", "1.3"), False, False),  # another number
        (SALT, SALT.replace("SoupBench", "StewBench"), False, False),  # another name
        (SALT, SALT.replace("raises", "does not raise"), False, False),  # denied
        ("mBERT beats XLM-R on long soups.", "XLM-R beats mBERT on long soups.", False, False),  # who beats whom
        ("Salt helps taste models on SoupBench and ot", "Salt helps taste models on SoupBench and others.", True, True),
        ("Salt helps.", "Salt helps!", False, True),
        ("", "", False, False),
    ],
)
def test_same(one: str, two: str, cut: bool, expected: bool) -> None:
    assert sameness.same(one, two, cut=cut) is expected
    assert sameness.same(two, one, cut=cut) is expected


def test_a_part_of_a_longer_claim() -> None:
    assert sameness.within(PEPPER, LONG)
    assert not sameness.within(LONG, PEPPER)
    assert not sameness.within(PEPPER.replace("2.0", "9.0"), LONG)
    assert not sameness.within(SALT.replace("3.1", "2.0"), LONG)


def test_ten_thousand_equal_claims_are_grouped() -> None:
    texts = [SALT, PEPPER] * 5_000
    assert sameness.groups(texts, [False] * len(texts)) == [None, None, *([0, 1] * 4_999)]


# --- what a refutation and an overclaim take ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "passage", "expected"),
    [
        ("Salt training outperforms pepper training.",
         "Neither pepper training nor oil consistently beats salt training.", True),
        ("Training on salted tasks outperforms oil during salted-task training.",
         "Neither oil nor pepper-task data consistently outperforms salted-task training.", True),
        ("Salt training outperforms pepper training.", "Salt training does not outperform pepper training.", False),
        ("Salt training outperforms pepper training.", "Pepper training outperforms salt training.", False),
        ("Salt training never outperforms pepper training.", "Pepper does not outperform salt training.", False),
        ("Salt is cheap.", "Pepper does not outperform salt.", False),
    ],
)  # fmt: skip
def test_a_denial_that_others_are_better_leaves_the_claim_open(text: str, passage: str, expected: bool) -> None:
    assert only_not_better(text, passage) is expected


MAZE = "The proposed method helps mice in the long maze by far."


@pytest.mark.parametrize(
    ("text", "passage", "paper", "expected"),
    [
        (MAZE.replace("mice", "rats"), MAZE, MAZE, ("rats", "mice")),
        (MAZE.replace("mice", "rats"), MAZE, f"{MAZE} Rats were fed.", ("rats", "mice")),  # all the rest is the same
        (MAZE.replace("method", "approach"), MAZE, MAZE, None),  # they stand for one another
        (MAZE.replace("helps", "assists"), MAZE, MAZE, None),  # a verb is the model's business
        (MAZE.replace("mice", "mouse pups"), "Mice run.", MAZE, None),  # no near-copy
        ("LMs help cooks of long soups by much.", "Language models help cooks of long soups by much.", "", None),
        (MAZE.replace("helps", "marginally helps"), MAZE, MAZE, ("marginally", "nothing of the kind")),
        (MAZE, MAZE, MAZE, None),
        ("", "", "", None),
    ],
)
def test_a_thing_in_the_place_of_another(
    text: str, passage: str, paper: str, expected: tuple[str, str] | None
) -> None:
    assert replaced(text, passage, paper) == expected


def told(text: str, passage: str) -> str | None:
    result = overclaim(text, "supported", (quote(passage),))
    return None if result is None else result.what


@pytest.mark.parametrize(
    ("text", "passage", "says"),
    [
        ("Salt improves taste in all languages.", "Salt improves taste in most languages.", "all"),
        ("Salt improves taste in all languages.", "Salt improves taste across twelve languages.", None),
        ("This proves that salt improves taste.", "The results suggest that salt improves taste.", "proof"),
        ("Salt improves taste.", "Salt may improve taste.", "may"),
        ("Salt may improve taste.", "Salt might improve taste.", None),
        ("Salt dramatically improves taste.", "Salt improves taste.", "dramatically"),
        ("Salt dramatically improves taste.", "Salt strongly improves taste.", None),
        ("Salt causes better taste.", "Salt is correlated with better taste.", "cause"),
        ("Salt improves taste.", "Bread was baked in May of that year.", None),
    ],
)
def test_overclaims(text: str, passage: str, says: str | None) -> None:
    result = told(text, passage)
    assert (result is None) if says is None else (result is not None and says in result)


def test_a_source_that_says_as_much_elsewhere_clears_a_claim() -> None:
    text = "Salt consistently improves taste models."
    quotes = (quote("Salt improves taste models."), quote("Salt improves taste models consistently."))
    assert overclaim(text, "supported", quotes[:1]) is not None
    assert overclaim(text, "supported", quotes) is None


def test_cards_of_the_grammar_reach_the_findings_too() -> None:
    text = "\n\nSoup\n\nNobody\n\nMarch 4, 2026\n\nno card"
    assert documents.card(text).claims == ()
