"""The status of an answer by its written rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import claim, reading

from synth.answer import answer
from synth.formulate import question
from synth.records import Answer, Claim, Conflict, Evidence, Facet, ReadPaper, Verdict
from synth.sentencing import reports_result
from synth.subjects import other_way, pairs, too_early

ASKED = question("Does intermediate training help PAWS-X?")
DIRECT = "Intermediate training improves PAWS-X by 1.4 points."
PART = "Intermediate training improves SQuAD by 2.0 points."


def told(
    claims: list[Claim],
    texts: list[ReadPaper],
    conflicts: tuple[Conflict, ...] = (),
    asked: Any = ASKED,
    discounted: Mapping[str, str] | tuple[str, ...] = (),
) -> Answer:
    by_id = {t.paper.id: t for t in texts}
    scores = {c.id: 0.5 for c in claims}
    n = len(texts)
    return answer(asked, claims, by_id, conflicts, scores, passed=n, read=n, screened=9, discounted=discounted)


def on(text: str, key: str = "a", title: str = "A title", **more: Any) -> tuple[list[Claim], list[ReadPaper]]:
    """One finding and its paper, whose whole text it is."""
    return [claim(text, key, kind="numeric", **more)], [reading(key, text, title)]


def held(made: Claim, label: Any, *evidence: tuple[str, str]) -> Claim:
    """The claim with a verdict and the quotes of independent papers: (stance, paper)."""
    shown = tuple(
        Evidence(paper_id=key, version=None, tier="pdf", section=None, page=None, table=None, cell=None,
                 quote=f"Paper {key} says so.", stance=stance, independent=True, score=0.9)
        for stance, key in evidence
    )  # fmt: skip
    verdict = Verdict(label=label, score=0.9, confidence=None, reason="so")
    return made.model_copy(update={"verdict": verdict, "evidence": shown})


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


# --- what the answer rests on -----------------------------------------------------------------------------------


def test_a_claim_that_only_its_paper_states_is_told_with_its_paper() -> None:
    got = told(*on(DIRECT))
    assert "Writer (2021) reports: Intermediate training improves PAWS-X by 1.4 points [1]." in got.text
    assert "No independent paper among those read confirms it." in got.text


def test_a_statement_that_names_its_paper_is_not_framed_again() -> None:
    text = "In the paper of Writer (2021), intermediate training improves PAWS-X by 1.4 points."
    assert "directly. In the paper of Writer (2021), intermediate" in told(*on(text)).text
    claims, texts = on('In "A title", intermediate training improves PAWS-X by 1.4 points.')
    nobody = texts[0].paper.model_copy(update={"authors": ()})
    assert 'directly. In "A title", inter' in told(claims, [texts[0].model_copy(update={"paper": nobody})]).text


def test_a_claim_that_another_paper_confirms_is_told_bare() -> None:
    claims, texts = on(DIRECT)
    got = told([held(claims[0], "supported", ("supports", "b"))], texts)
    assert "directly. Intermediate training improves" in got.text
    assert "An independent paper that was read confirms it." in got.text


def test_a_support_that_was_set_aside_confirms_nothing() -> None:
    claims, texts = on(DIRECT)
    got = told([held(claims[0], "supported", ("supports", "b"))], texts, discounted=("b",))
    assert "No independent paper" in got.text


@pytest.mark.parametrize(
    ("label", "stance", "status"),
    [("refuted", "refutes", "contested"), ("conflicting", "refutes", "contested"),
     ("not_enough_evidence", "neutral", "answered")],
)  # fmt: skip
def test_a_finding_that_an_independent_paper_disputes_does_not_answer(label: str, stance: str, status: str) -> None:
    claims, texts = on(DIRECT)
    got = told([held(claims[0], label, (stance, "b"))], texts)
    assert got.status == status
    assert ("“Paper b says so”" in got.text) == (status == "contested")


def test_an_undisputed_finding_answers_beside_a_disputed_one() -> None:
    first, read = on(DIRECT)
    second, more = on("Intermediate training improves PAWS-X by 2.9 points.", "b")
    got = told([held(first[0], "refuted", ("refutes", "c")), *second], [*read, *more])
    assert (got.status, got.claim_ids) == ("answered", (second[0].id,))


# --- one sentence rather than a weak second -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("second", "shown"),
    [
        ("Intermediate training lowers PAWS-X accuracy by 0.4 points.", True),  # the other way
        ("Intermediate training is used for PAWS-X, and results are good.", False),  # nothing new
        ("Results on the other tasks of the suite improve too.", False),  # says less of the question
    ],
)
def test_a_second_claim_is_told_only_where_it_adds_something(second: str, shown: bool) -> None:
    claims, texts = on(DIRECT)
    more, read = on(second, "b", title="Intermediate training on PAWS-X")
    assert (more[0].id in told([*claims, *more], [*texts, *read]).claim_ids) == shown


# --- the very things asked about ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "text", "status"),
    [
        ("Does intermediate training help XTREME-R?", "Intermediate training improves XTREME by 5 points.", "other"),
        ("Does intermediate training help XTREME?", "Intermediate training improves XTREME-R by 5 points.", "other"),
        ("Does intermediate training help mT5?", "Intermediate training improves XLM-R by 5 points.", "other"),
        ("Does intermediate training help T5?", "Intermediate training improves mT5 by 5 points.", "other"),
        ("Does intermediate training help SQuAD?", "Intermediate training improves XQuAD by 5 points.", "other"),
        ("Does intermediate training help Swahili?", "Intermediate training improves Turkish by 5 points.", "other"),
        ("Does back-translation help German to English translation?",
         "Back-translation improves English to German translation by 5 BLEU.", "other"),
        ("Does back-translation help German to English translation?",
         "Back-translation improves German to English translation by 5 BLEU.", "answered"),
        ("Does intermediate training help XLM-R?", "Intermediate training improves XLM-R Large by 5 points.",
         "answered"),
        ("Does intermediate training help XTREME-R?", "Intermediate training improves XTREME-R by 5 points.",
         "answered"),
    ],
)  # fmt: skip
def test_evidence_on_another_thing_does_not_answer(asked: str, text: str, status: str) -> None:
    got = told(*on(text), asked=question(asked)).status
    assert got == status if status == "answered" else got != "answered"


def test_a_name_further_on_in_a_paper_is_not_what_it_studied() -> None:
    text = f"{PART} {'The rest of the paper tells other things. ' * 100} PAWS-X is a data set of paraphrases."
    got = told([claim(PART, "a", kind="numeric")], [reading("a", text)])
    assert got.status == "not_studied"


def test_an_early_paper_says_nothing_of_a_later_benchmark() -> None:
    asked = question("Does intermediate training help XTREME-R?")
    claims, texts = on("Intermediate training improves XTREME-R by 5.4 points.")
    early = [texts[0].model_copy(update={"paper": texts[0].paper.model_copy(update={"year": 2020})})]
    got = told(claims, early, asked=asked)
    assert got.status == "not_studied"
    assert "it is of 2020, and XTREME-R in 2021 came later" in got.text
    assert told(claims, texts, asked=asked).status == "answered"  # a paper of 2021


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("Ng et al. (AACL 2020) fine-tune XLM-R and evaluate zero-shot cross-lingual transfer on nine tasks.", False),
        ("Ng et al. analyse the state of cross-lingual transfer and extend XTREME to XTREME-R.", False),
        ("Ng et al. (2020) train a parser.", False),
        ("Ng et al. (2020) train a parser that is better than the rest.", True),
        ("In the paper of Ng et al. (2020), neither task helps.", True),
        ("The parser transfers well to Basque.", True),
        ("Zero-shot cross-lingual transfer is measured on xSID.", False),
        ("Salt improves the parser.", True),
    ],
)
def test_what_was_done_is_no_finding(statement: str, finding: bool) -> None:
    assert reports_result(statement) is finding


def test_of_equal_findings_the_one_that_names_more_of_the_question_is_told() -> None:
    facets = (
        Facet(name="XNLI", kind="dataset", forms=("XNLI",), required=True, weight=1.0),
        Facet(name="mT5", kind="model", forms=("mT5",), required=False, weight=1.0),
    )
    asked = question("What scores on XNLI?").model_copy(update={"facets": facets})
    first, one = on("On XNLI the model VECO reaches 79.9 accuracy, above the rest.", "a")
    second, two = on("On XNLI the model mT5 reaches 81.1 accuracy, above the rest.", "b")
    got = told([*first, *second], [*one, *two], asked=asked)
    assert got.claim_ids[0] == second[0].id  # but for the model both say as much, and the first comes first


# --- retracted papers -----------------------------------------------------------------------------------------------


def test_an_answer_that_rests_on_a_retracted_paper_does_not_survive() -> None:
    claims, texts = on(DIRECT, title="On plums")
    part, more = on(PART, "b")
    got = told([*claims, *part], [*texts, *more], discounted=("a",))
    assert got.status == "not_studied"
    assert "“On plums” was retracted or withdrawn and is not counted" in got.text
    assert "would count as answered, so that answer does not survive." in got.text
    assert claims[0].id not in got.claim_ids


def test_an_answer_that_others_give_too_stands() -> None:
    claims, texts = on(DIRECT, title="On plums")
    more, read = on("Intermediate training improves PAWS-X by 2.0 points.", "b")
    got = told([*claims, *more], [*texts, *read], discounted=("a",))
    assert (got.status, got.claim_ids) == ("answered", (more[0].id,))
    assert got.text.endswith("is not counted: the answer stands without it.")
    assert "[2]" in got.text  # numbers are those of the whole list


def test_a_notice_is_told_in_its_own_words() -> None:
    claims, texts = on(DIRECT, title="On plums")
    more, read = on("Intermediate training improves PAWS-X by 2.0 points.", "b")
    notices = {"a": "retracted on 2021-08-09 (crossref)", "z": "withdrawn, no date given (arxiv)"}
    got = told([*claims, *more], [*texts, *read], discounted=notices)
    assert got.text.endswith(
        "“On plums” was retracted on 2021-08-09 (crossref) and is not counted: the answer stands without it."
    )
    third, also = on("Intermediate training improves PAWS-X by 3.0 points.", "c", title="On pears")
    two = told([*claims, *more, *third], [*texts, *read, *also], discounted=notices | {"c": "withdrawn (arxiv)"})
    assert two.text.endswith(
        "“On plums” was retracted on 2021-08-09 (crossref) and “On pears” was withdrawn (arxiv) and are not counted: "
        "the answer stands without them."
    )


def test_where_all_papers_have_fallen_nothing_is_left() -> None:
    got = told(*on(DIRECT), discounted=("a",))
    assert (got.status, got.claim_ids) == ("no_evidence", ())


def test_a_retracted_paper_without_claims_is_no_news() -> None:
    assert told(*on(DIRECT), discounted=("z",)) == told(*on(DIRECT))


# --- for any claims ---------------------------------------------------------------------------------------------------

_SENTENCES = [DIRECT, PART, "Intermediate training degrades PAWS-X by 1.0 points.", "PAWS-X holds 23,659 pairs.",
              "Results improve.", "No difference was found for intermediate training on PAWS-X."]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_SENTENCES), st.sampled_from("abcd")), min_size=1, max_size=6, unique=True))
def test_every_number_in_an_answer_names_a_claim_it_rests_on(made: list[tuple[str, str]]) -> None:
    claims = [claim(text, key, kind="numeric") for text, key in made]
    texts = [reading(key, " ".join(t for t, k in made if k == key)) for key in dict.fromkeys(k for _, k in made)]
    got = told(claims, texts)
    assert {claims[int(n) - 1].id for n in re.findall(r"\[(\d+)\]", got.text)} == set(got.claim_ids)
    assert 1 <= len(re.findall(r"[.?](?=\s|$)", got.text)) <= 4


# --- subjects ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("English-German translation", {("english", "german")}),
        ("translation from Hindi into English", {("hindi", "english")}),
        ("English and German", set()),
        ("non-English data", set()),
    ],
)
def test_ordered_pairs_of_languages(text: str, found: set[tuple[str, str]]) -> None:
    assert pairs(text) == found


def test_the_other_way_is_only_the_other_way() -> None:
    assert other_way("English to German", "German to English")
    assert not other_way("English to German", "both English to German and German to English")
    assert not other_way("English to German", "French to English")
    assert not other_way("translation", "German to English")


def test_what_came_after_a_paper() -> None:
    facets = question("How does mT5 do on XTREME-R and SemEval-2023?").facets
    assert too_early(facets, 2020, None) == {"XTREME-R": 2021, "SemEval-2023": 2023}
    assert too_early(facets, 2020, "v3") == {}  # it may have been revised since
    assert too_early(facets, None, None) == {}


# --- subjects that stand in another sentence -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "points"),
    [
        ("It improves PAWS-X by 1.4 points.", True),
        ("In the paper of Ng et al. (2020), this approach improves PAWS-X by 1.4 points.", True),
        ("In the paper of Ng and Wu (2020), on PAWS-X and XNLI, it improves by 1.4 points.", True),
        ('Ng et al. (2020) report: "They improve [the authors\'] PAWS-X score."', True),
        ('In "Training, and more: a tale", these models improve PAWS-X.', True),
        ("In the paper of Ng (2020), it is able to improve PAWS-X.", True),
        ("Such a model improves PAWS-X.", True),
        ("Both improve PAWS-X.", True),
        ("Its accuracy on PAWS-X improves.", True),
        ("The former improves PAWS-X.", True),
        ("In the paper of Ng (2020), it is possible to improve PAWS-X.", False),
        ("It is also very important to tune on PAWS-X.", False),
        ("It has been shown that BERT improves PAWS-X.", False),
        ("Both BERT and XLM-R improve PAWS-X.", False),
        ("Those trained on PAWS-X improve.", False),
        ("In the paper of Ng et al. (2020), the proposed approach improves PAWS-X.", False),
        ("On PAWS-X, BERT improves by 1.4 points.", False),
        ("Iterative training improves PAWS-X.", False),
        ("Theirs improves PAWS-X.", False),
    ],
)
def test_a_statement_that_points_back_gives_way_to_one_that_can_be_read_alone(statement: str, points: bool) -> None:
    """Of two findings of equal reach the first in the list is told, unless its subject stands in another sentence."""
    plain = "Intermediate training improves PAWS-X by 1.4 points."
    context = "Intermediate training is tried on PAWS-X. "
    own, other = claim(context + statement, "a", kind="numeric"), claim(plain, "b", kind="numeric")
    first = own.model_copy(update={"statement": statement})
    got = told([first, other], [reading("a", context + statement), reading("b", context + plain)])
    assert got.status == "answered"
    if points:
        assert got.claim_ids == (other.id,)
        assert statement not in got.text


def test_a_statement_that_points_back_is_told_after_the_sentence_that_names_its_subject() -> None:
    before, quote = "Intermediate training [12] is “new” on PAWS-X.", "It improves PAWS-X by 1.4 points."
    made = claim(quote, "a", kind="numeric")
    whole = f"{before} {quote}"
    span = made.source.model_copy(update={"start": len(before) + 1, "end": len(whole), "before": before})
    for statement, lead in ((quote, "Writer (2021) reports: "),
                            (f"In the paper of Writer (2021), {quote[0].lower()}{quote[1:]}",
                             "In the paper of Writer (2021): ")):  # fmt: skip
        one = made.model_copy(update={"statement": statement, "source": span})
        got = told([one], [reading("a", whole)])
        assert got.status == "answered"
        assert f"{lead}“Intermediate training (12) is 'new' on PAWS-X. {quote[:-1]}” [1]." in got.text
    bare = made.model_copy(update={"source": span.model_copy(update={"before": None})})
    assert f"{quote[:-1]} [1]." in told([bare], [reading("a", whole)]).text  # the sentence before was not kept
