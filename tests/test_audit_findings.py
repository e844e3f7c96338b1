"""Each kind of finding on hand-written cards: one that has the defect, one that has not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from synth import judging
from synth.audit import documents, sameness
from synth.audit.answered import Answered
from synth.audit.fairness import copied, fair, only_not_better
from synth.audit.findings import findings, sames
from synth.audit.judged import Drift, Judged
from synth.audit.overclaims import overclaim
from synth.audit.quoting import Sentences, nearest, plain, sentences_by_paper, shown
from synth.audit.replaced import replaced, unnamed
from synth.audit.seen import Seen
from synth.audit.shelves import Shelves
from synth.audit.stated import KINDS, AuditAnswer, Card, Cited, Finding, Stated, StatedClaim
from synth.collect import Corpus
from synth.formulate import question
from synth.records import Check, Claim, Evidence, Ids, Paper, Passage, ReadPaper, Verdict

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


@pytest.mark.parametrize(
    ("text", "passage", "expected"),
    [
        (MAZE, MAZE, True),
        ("The authors train a small tasting model on salted soups.", "We train a small tasting model on salted soups.",
         True),
        ("Ng et al. (2020) train a small tasting model on salted soups.",
         "In this paper we train a small tasting model on salted soups.", True),
        ("The authors train a small tasting model on salted soups.", "We train a huge smelling model on salted bread.",
         False),
        ("Salt helps.", "Salt helps.", False),  # too short to be told by its words
    ],
)  # fmt: skip
def test_who_says_it_makes_no_copy_another_sentence(text: str, passage: str, expected: bool) -> None:
    assert copied(text, passage) is expected


def test_a_third_person_copy_with_another_thing_is_seen() -> None:
    said = "We train our small model on mice for a week."
    assert replaced("The authors train their small model on rats for a week.", said, said) == ("rats", "mice")
    assert replaced("The authors train their small model on mice for a week.", said, said) is None


@pytest.mark.parametrize(
    ("text", "paper", "expected"),
    [
        ("It covers nine dishes including tomato soup, rye bread, and lime cake.", "It covers nine dishes.",
         "tomato soup"),
        ("It covers nine dishes including tomato soup, rye bread, and lime cake.",
         "It covers nine dishes, among them soup of tomatoes and rye bread.", None),  # most are named
        ("It covers dishes such as tomato soup and rye bread.", "It covers nine dishes.", None),  # no long list
        ("It covers nine dishes.", "It covers nine dishes.", None),
    ],
)  # fmt: skip
def test_a_list_that_the_paper_does_not_give(text: str, paper: str, expected: str | None) -> None:
    assert unnamed(text, [paper]) == expected
    assert unnamed(text, []) is None


# --- what is shown, and what is taken back ------------------------------------------------------------------------


def checked(text: str, label: Any, quotes: Sequence[Evidence], *checks: Check, confidence: float = 0.9) -> Claim:
    made = judging.claim(text, "claim")
    given = verdict(label, *checks).model_copy(update={"confidence": confidence})
    return made.model_copy(update={"verdict": given, "evidence": tuple(quotes)})


def said(*texts: str, paper: Paper = BASE) -> Sentences:
    return sentences_by_paper(
        Passage(paper_id=paper.id, version=paper.version, tier="abstract", section="S", page=3, start=i, end=i + 1,
                text=text)
        for i, text in enumerate(texts)
    )  # fmt: skip


SINGLE = "Training on SoupQA improves TasteBench by 8.2 points and on BreadQA by 7.5 points."
JOINT = "Joint training on all dishes improves TasteBench by 8.7 points."


def test_the_sentence_with_the_claimed_number_is_shown_for_one_with_another() -> None:
    text = "Training on SoupQA improves TasteBench by 8.2 points."
    made = plain(checked(text, "supported", [quote(JOINT)]), said(JOINT, SINGLE, "Nothing else."))
    assert [(e.quote, e.stance, e.section, e.page) for e in made.evidence] == [(SINGLE, "supports", "S", 3)]
    both = plain(checked(text, "supported", [quote(JOINT), quote(SINGLE)]), said(JOINT, SINGLE))
    assert [e.quote for e in both.evidence] == [SINGLE]


def test_no_quote_is_changed_where_no_sentence_says_more() -> None:
    text = "Training on SoupQA improves TasteBench by 9.9 points."
    for quotes in ((quote(JOINT),), (quote(JOINT, "neutral"),), ()):
        assert plain(checked(text, "supported", quotes), said(JOINT, SINGLE)).evidence == tuple(quotes)
    other = plain(checked(text, "supported", [quote(JOINT, paper=OTHER)]), said(SINGLE.replace("8.2", "9.9")))
    assert [e.quote for e in other.evidence] == [JOINT]  # a sentence of another paper takes nobody's place


def test_a_claim_without_a_result_is_told_with_a_quote_without_one() -> None:
    plainly = "They tune ModelX on dishes."
    quotes = [quote("ModelX gains 5.4 points."), quote(plainly)]
    found = nearest("The study starts from ModelX.", quotes, "supports")
    assert found is not None
    assert found.quote == plainly


def test_quotes_are_shown_once_and_at_most_two_of_a_paper_for_a_side() -> None:
    texts = [f"Salt helps in test number {i}." for i in range(5)]
    given = [*map(quote, (*texts, *texts)), quote("Salt helps.", paper=OTHER), quote("Soup is old.", "neutral")]
    told = shown("Salt helps.", given, 6)
    assert [e.paper_id for e in told] == [BASE.id, OTHER.id, BASE.id, BASE.id]
    assert [e.stance for e in told] == ["supports", "supports", "supports", "neutral"]


COUNTED = Check(kind="number", claimed="two", found="seven", outcome="mismatch")
SEVEN = "Models are tuned on seven TasteBench tasks, while SoupQA and BreadQA have no training data."


@pytest.mark.parametrize(
    ("text", "passage", "checks", "confidence", "label"),
    [
        # a count of other things is no other number of the same thing
        ("SoupQA and BreadQA, the two short retrieval tasks, gain most.", SEVEN, [COUNTED], 0.9, "not_enough_evidence"),
        ("TasteBench has two tasks.", "TasteBench has seven tasks.", [COUNTED], 0.9, "refuted"),
        (
            "SoupQA holds 900 training examples.", "SoupQA holds 700 annotated examples.",
            [Check(kind="number", claimed="900", found="700", outcome="mismatch")], 0.9, "refuted",
        ),
        # both deny the same
        ("SoupQA has no training data of its own.", "SoupQA is used without training.", [], 0.9, "not_enough_evidence"),
        ("SoupQA has no training data of its own.", "SoupQA has much training data.", [], 0.9, "refuted"),
        # nothing that the claim names
        ("BreadQA improves with salt.", "The sea is salty and deep.", [], 0.9, "not_enough_evidence"),
        ("BreadQA improves with salt.", "BreadQA drops with salt.", [], 0.9, "refuted"),
        # a lean, with a number in the quote and without
        ("TasteBench has two tasks.", "TasteBench has seven tasks.", [COUNTED], 0.4, "refuted"),
        ("TasteBench has two tasks.", "TasteBench is large.", [COUNTED], 0.4, "not_enough_evidence"),
    ],
)  # fmt: skip
def test_what_a_refutation_must_hold_up_to(
    text: str, passage: str, checks: list[Check], confidence: float, label: str
) -> None:
    made = fair(checked(text, "refuted", [quote(passage, "refutes")], *checks, confidence=confidence))
    assert made.verdict.label == label
    assert [e.stance for e in made.evidence] == ["refutes" if label == "refuted" else "neutral"]


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
