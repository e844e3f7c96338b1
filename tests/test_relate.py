"""Agreement, conflict and difference of scope between claims of several papers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import BagOfWords, claim

from synth.likeness import content, overlap, same
from synth.quantities import mentions, quantity
from synth.records import Agreement, Claim, Conflict, Evidence, Verdict
from synth.relate import relations
from synth.scopes import averaged

UP = "First training the model on English SQuAD improves the zero-shot XNLI accuracy of the model."
# second claim, its paper, what comes out
CASES = [
    ("First training the model on English SQuAD increases the zero-shot XNLI accuracy of the model.", "b", "agree"),
    (
        "First training the model on English SQuAD degrades the zero-shot XNLI accuracy of the model.",
        "b",
        "true_conflict",
    ),
    (
        "First training the model on English SQuAD degrades the zero-shot MLQA accuracy of the model.",
        "b",
        "scope_mismatch",
    ),
    ("First training the model on English SQuAD degrades the zero-shot XNLI accuracy of the model.", "a", "nothing"),
    ("Bananas are yellow and sweet fruit.", "b", "nothing"),
]


def numbered(statement: str, key: str = "a", **more: Any) -> Claim:
    """A claim with the quantity of its first number, if it has one."""
    made, found = claim(statement, key, **more), mentions(statement)
    return made.model_copy(update={"quantity": quantity(statement, found[0])}) if found else made


def related(*claims: Claim) -> tuple[tuple[Agreement, ...], tuple[Conflict, ...]]:
    return relations(claims, BagOfWords().encode([c.statement for c in claims]))


@pytest.mark.parametrize(("second", "paper", "expected"), CASES)
def test_two_claims(second: str, paper: str, expected: str) -> None:
    agreements, conflicts = related(claim(UP, "a"), claim(second, paper))
    got = "agree" if agreements else conflicts[0].kind if conflicts else "nothing"
    assert got == expected


def test_no_claims_have_no_relations() -> None:
    assert relations([], BagOfWords().encode([])) == ((), ())


# One field after the other: a pair of opposed claims, the fields that differ, and words of the reason.
FIELDS = [
    ("More training on related tasks improves XLM-R on XNLI.",
     "More training on related tasks hurts XLM-R on XNLI.", (), "on the same things"),
    ("More training on related tasks improves XLM-R on XNLI.",
     "More training on related tasks hurts XLM-R on MLQA.", ("data set",), "XNLI"),
    ("More training on related tasks improves XLM-R on XNLI.",
     "More training on related tasks hurts XLM-R.", ("data set",), "not said"),
    ("More training on related tasks improves XLM-R on the XNLI test set.",
     "More training on related tasks hurts XLM-R on the XNLI dev set.", ("split",), "test"),
    ("More training on related tasks improves the BLEU of WMT16.",
     "More training on related tasks hurts the COMET of WMT16.", ("metric",), "COMET"),
    ("More training on related tasks improves mT5 on XNLI.",
     "More training on related tasks hurts XLM-R on XNLI.", ("model",), "mT5"),
    ("More training on related tasks improves XLM-R Large on XNLI.",
     "More training on related tasks hurts XLM-R on XNLI.", (), "same things"),
    ("More training on related tasks improves mBERT on XNLI in Thai.",
     "More training on related tasks hurts mBERT on XNLI in Urdu.",
     ("language",), "Urdu"),
    ("More training on related tasks improves XLM-R on average over nine tasks of XTREME.",
     "More training on related tasks hurts XLM-R averaged over seven languages of XTREME.", ("average",), "nine tasks"),
    ("More training on related tasks improves BERT on SQuAD 1.1.",
     "More training on related tasks hurts BERT on SQuAD 2.0.", ("version",), "2.0"),
    ("Distillation on related tasks in a second round improves BERT on XNLI.",
     "Pruning on related tasks in a second round hurts BERT on XNLI.", ("method",), "pruning"),
    ("More training on related tasks improves XLM-R on the XNLI test set.",
     "More training on related tasks hurts mT5 on the XNLI dev set.",
     ("split", "model"), "mT5"),
    ("BERT reaches 84.6 accuracy on MNLI.", "BERT reaches 78.1 accuracy on MNLI.", (), "78.1"),
    ("BERT reaches 84.6 accuracy on the MNLI test set.", "BERT reaches 78.1 accuracy on the MNLI dev set.",
     ("split",), "84.6"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "fields", "words"), FIELDS)
def test_the_field_that_differs_is_named(first: str, second: str, fields: tuple[str, ...], words: str) -> None:
    conflicts = related(numbered(first, "a"), numbered(second, "b"))[1]
    assert [c.fields for c in conflicts] == [fields]
    assert conflicts[0].kind == ("scope_mismatch" if fields else "true_conflict")
    assert words in conflicts[0].reason


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("BERT reaches 84.6 accuracy on MNLI.", "BERT reaches 84.4 accuracy on MNLI."),  # a re-run
        ("BERT reaches 84.6 accuracy on MNLI.", "BERT reaches 70.1 accuracy on QNLI."),  # two data sets, two levels
        ("BERT reaches 84.6 accuracy on MNLI.", "ELMo reaches 70.1 accuracy on MNLI."),  # two models, two levels
        ("Training twice improves XLM-R on XNLI.", "Training twice improves XLM-R on MLQA."),  # no opposition
        ("Bigger batches help.", "Bigger batches hurt."),  # nothing named in common
    ],
)
def test_what_is_no_conflict(first: str, second: str) -> None:
    assert related(numbered(first, "a"), numbered(second, "b"))[1] == ()


def test_two_versions_of_one_paper_differ_in_version() -> None:
    first = claim("Training twice improves XLM-R on XNLI.", "a", version="v1")
    second = claim("Training twice hurts XLM-R on XNLI.", "a", version="v2")
    (conflict,) = related(first, second)[1]
    assert (conflict.kind, conflict.fields) == ("scope_mismatch", ("version",))
    assert "v1" in conflict.reason


def test_claims_that_agree_are_one_group() -> None:
    texts = ["Training twice improves XLM-R on XNLI.", "Training twice boosts XLM-R on XNLI.",
             "Training twice helps XLM-R on XNLI."]  # fmt: skip
    claims = [claim(text, key) for text, key in zip(texts, "abc", strict=True)]
    (agreement,) = related(*claims)[0]
    assert agreement.claim_ids == tuple(sorted(c.id for c in claims))
    assert (agreement.about, agreement.reason) == ("XNLI, XLM-R", "all 3 report the direction up")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("With more data, mT5 outperforms XLM-R on XNLI.", "With more data, XLM-R outperforms mBERT on XNLI."),
        ("More training on related tasks improves XNLI.", "More training on related tasks improves MLQA."),
        ("More training on related tasks improves results.", "More training on related tasks improves scores."),
    ],
)
def test_up_of_one_thing_is_no_agreement_with_up_of_another(first: str, second: str) -> None:
    assert related(claim(first, "a"), claim(second, "b"))[0] == ()


def test_english_is_what_a_claim_without_a_language_is_of() -> None:
    first = claim("More training on related tasks improves XLM-R on English XNLI.", "a")
    second = claim("More training on related tasks hurts XLM-R on XNLI.", "b")
    assert [c.kind for c in related(first, second)[1]] == ["true_conflict"]


# --- what evidence holds against a claim ------------------------------------------------------------------


def refuted(made: Claim, quote: str, key: str = "b") -> Claim:
    against = Evidence(paper_id=key, version=None, tier="pdf", section=None, page=None, table=None, cell=None,
                       quote=quote, stance="refutes", independent=True, score=0.9)  # fmt: skip
    verdict = Verdict(label="refuted", score=-0.9, confidence=None, reason="so")
    return made.model_copy(update={"verdict": verdict, "evidence": (against,)})


def test_a_refuting_quote_is_a_conflict_with_its_claim_or_of_one_claim_alone() -> None:
    second = claim("Sloths sleep.", "b")
    first = refuted(claim("Training twice improves XLM-R on XNLI.", "a"), "Sloths sleep.")
    (conflict,) = related(first, second)[1]
    assert (conflict.kind, set(conflict.claim_ids)) == ("true_conflict", {first.id, second.id})
    (alone,) = related(refuted(claim(UP, "a"), "No claim says this."), second)[1]
    assert len(alone.claim_ids) == 1
    assert "refuted by a quote of b" in alone.reason


# --- the order does not matter ----------------------------------------------------------------------------

_POOL = [numbered(text, key) for n, pair in enumerate(FIELDS) for text, key in zip(pair[:2], (f"p{n}", f"q{n}"),
                                                                                   strict=True)]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.permutations(_POOL[:12]))
def test_the_order_of_the_claims_changes_nothing(claims: list[Claim]) -> None:
    assert related(*claims) == related(*_POOL[:12])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(_POOL), min_size=2, max_size=6, unique_by=lambda c: c.id))
def test_a_relation_names_claims_that_are_there_and_a_mismatch_its_fields(claims: list[Claim]) -> None:
    ids = {c.id for c in claims}
    agreements, conflicts = related(*claims)
    named = [set(a.claim_ids) for a in agreements] + [set(c.claim_ids) for c in conflicts]
    assert all(there <= ids and len(there) > 1 for there in named)
    assert all(bool(c.fields) == (c.kind == "scope_mismatch") for c in conflicts)


# --- likeness ---------------------------------------------------------------------------------------------

SAME = [
    ("XLM-R gains 3.1 points on XNLI.", "XLM-R gains 3.1 points on XNLI.", True),
    ("In the paper of Ng et al. (2020), XLM-R gains 3.1 points on XNLI.", "XLM-R gains 3.1 points on XNLI.", True),
    ("XLM-R gains 3.1 points on the XNLI.", "XLM-R also gained 3.1 points on XNLI.", True),
    ("XLM-R gains 3.1 points on XNLI.", "XLM-R gains 3.2 points on XNLI.", False),
    ("XLM-R outperforms mBERT on XNLI.", "mBERT outperforms XLM-R on XNLI.", False),
    ("Larger models help smaller ones.", "Smaller models help larger ones.", False),
    ("Intermediate training improves transfer.", "Intermediate training does not improve transfer.", False),
    ("Intermediate training never improves transfer.", "Intermediate training improves transfer.", False),
    ("Training helps transfer on XNLI and MLQA.", "Training helps transfer on XNLI.", False),
    ("The gain is 3.1 points.", "", False),
]


@pytest.mark.parametrize(("a", "b", "expected"), SAME)
def test_the_same_claim_in_other_words(a: str, b: str, expected: bool) -> None:
    assert same(a, b) is expected
    assert same(b, a) is expected


def test_overlap_is_a_share_of_content_words() -> None:
    assert content("The model of Ng et al. (2020) is not better.")[-2:] == ("not", "better")
    assert overlap("Models gain points.", "Models lose points.") == 0.5
    assert overlap("", "") == 0.0


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("An average gain of 5.4 points over nine tasks.", "nine tasks"),
        ("The mean accuracy across all languages rises by 2.", "languages"),
        ("Averaged over five seeds, it reaches 80.1.", "five seeds"),
        ("An average of 5 points on XNLI.", None),
        ("The gain is 5 points over the nine tasks.", None),
    ],
)
def test_what_an_average_is_over(sentence: str, expected: str | None) -> None:
    assert averaged(sentence) == expected
