"""Extract: which sentences become claims, how they are worded, and what stays verbatim."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.extract import claims, merged
from synth.lists import parts
from synth.measures import measured_parts
from synth.records import Claim, Entity, Facet, Ids, Paper, Question, ReadPaper, Section
from synth.statements import first_person, paper_name, statement

PHANG = ("Jason Phang", "Iacer Calixto", "Phu Mon Htut")


def paper(authors: tuple[str, ...] = PHANG, year: int | None = 2020, title: str = "A Title") -> Paper:
    return Paper(
        id="p1", title=title, authors=authors, year=year, ids=Ids(), abstract=None, version="v2", source="test"
    )


def read(text: str, heading: str = "Abstract", **about: object) -> ReadPaper:
    section = Section(heading=heading, page=None, start=0, end=len(text))
    return ReadPaper(paper=paper(**about), tier="abstract", text=text, sections=(section,))  # type: ignore[arg-type]


def extracted(text: str, limit: int = 20, question: Question | None = None) -> list[Claim]:
    return list(claims(read(text), question, limit))


# --- names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("authors", "year", "expected"),
    [
        (PHANG, 2020, "Phang et al. (2020)"),
        (("Shijie Wu", "Mark Dredze"), 2019, "Wu and Dredze (2019)"),
        (("Iulia Turc",), 2021, "Turc (2021)"),
        (("Vaswani, Ashish", "Shazeer, Noam"), 2017, "Vaswani and Shazeer (2017)"),
        (("Benjamin Van Durme", "Martin Luther King Jr."), 2020, "Van Durme and King (2020)"),
        (("Jason Phang", "B C", "D E"), None, "Phang et al."),
        ((), 2020, 'The paper "A Title"'),
    ],
)
def test_paper_name(authors: tuple[str, ...], year: int | None, expected: str) -> None:
    assert paper_name(paper(authors, year)).subject == expected


# --- wording ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("We find that MNLI helps most.", "MNLI helps most."),
        ("However, we also find that mBERT lags.", "mBERT lags."),
        ("In this work, we show that it is better and that it is faster.",
         "Phang et al. (2020) show that it is better and that it is faster."),
        ("Our experiments show that MNLI helps most.", "MNLI helps most."),
        ("Our model gains 3 points.", "The model of Phang et al. (2020) gains 3 points."),
        ("We show that our model gains 3 points.", "The model of Phang et al. (2020) gains 3 points."),
        ("Our experiments on XNLI show that MNLI helps.",
         "The experiments of Phang et al. (2020) on XNLI show that MNLI helps."),
        ("Our method creates embeddings for words.",
         "The method of Phang et al. (2020) creates embeddings for words."),
        ("Our model training time is short.",
         "In the paper of Phang et al. (2020), the authors' model training time is short."),
        ("We see large gains on BUCC.", "Phang et al. (2020) see large gains on BUCC."),
        ("Moreover, we train XLM-R and evaluate it.", "Phang et al. (2020) train XLM-R and evaluate it."),
        ("This allows us to halve the cost.",
         "In the paper of Phang et al. (2020), this allows the authors to halve the cost."),
        ("On XNLI, our best model wins.",
         "In the paper of Phang et al. (2020), on XNLI, the authors' best model wins."),
        ("In addition, XLM-R outperforms mBERT.", "XLM-R outperforms mBERT."),
        ("This improves accuracy by 3 points.",
         "In the paper of Phang et al. (2020), this improves accuracy by 3 points."),
        ("XLM-R is fine-tuned on US English.", "XLM-R is fine-tuned on US English."),
        ("We've trained it.", "Phang et al. (2020) have trained it."),
        ("This paper compares nine tasks.", "The paper of Phang et al. (2020) compares nine tasks."),
    ],
)  # fmt: skip
def test_third_person(sentence: str, expected: str) -> None:
    assert statement(sentence, paper_name(paper())) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("We apply it to XNLI.", "Turc (2021) applies it to XNLI."),
        ("We have a result.", "Turc (2021) has a result."),
        ("We train it and test the rest.", 'Turc (2021) reports: "[the authors] train it and test the rest."'),
        ("I find that my model wins.", 'Turc (2021) reports: "[the author] find that [the author\'s] model wins."'),
    ],
)
def test_one_author_takes_a_singular_verb_or_is_quoted(sentence: str, expected: str) -> None:
    assert statement(sentence, paper_name(paper(("Iulia Turc",), 2021))) == expected


def test_an_opening_it_is_resolved_only_when_one_thing_was_introduced() -> None:
    name = paper_name(paper())
    sentence = "It contains 23,659 pairs."
    assert statement(sentence, name, "We introduce PAWS-X, a new data set.") == "PAWS-X contains 23,659 pairs."
    unresolved = "In the paper of Phang et al. (2020), it contains 23,659 pairs."
    assert statement(sentence, name, "We introduce PAWS-X, and present BUCC, two sets.") == unresolved
    assert statement(sentence, name, "") == unresolved


@given(
    st.lists(
        st.sampled_from(
            ["We", "we", "our", "Our", "us", "model", "find that", "gains", "points", "and", ",", "ours", "I",
             "my", "It", "show", "this paper", "results", "XNLI", "(", ")", '"', "on", "we're", "In this work,",
             "improves", "3.1", "."]
        ),
        min_size=1, max_size=14,
    ),
    st.sampled_from([PHANG, ("Iulia Turc",), ()]),
)  # fmt: skip
def test_no_first_person_remains_in_any_statement(pieces: list[str], authors: tuple[str, ...]) -> None:
    worded = statement(" ".join(pieces), paper_name(paper(authors)))
    assert not re.search(r"\b(?:we|our|ours|us)\b", worded, re.I)
    assert not first_person(worded)


# --- which sentences ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        "MNLI training improves accuracy by 8.2 points on XNLI.",
        "We find that multilingual models transfer better from related languages.",
        "The corpus contains 48,274 annotated sentences in nine languages.",
        "We fine-tune XLM-R on nine intermediate tasks for three epochs.",
        "Our results show no significant difference between the two objectives.",
        "We introduce a data set of 23,659 human-translated pairs.",
    ],
)
def test_checkable_sentences_are_taken(sentence: str) -> None:
    assert [c.quote for c in extracted("We study transfer. " + sentence)] == [sentence]


@pytest.mark.parametrize(
    "sentence",
    [
        "In this paper, we propose a new method for transfer.",
        "We investigate the effect of language on transfer.",
        "Does training on MNLI improve results on XNLI?",
        "Recent work has shown that pretraining improves results.",
        "Machine translation is a challenging problem of great importance.",
        "In recent years, language models have achieved remarkable success.",
        "Devlin et al. (2019) propose a model that improves language understanding.",
        "Our code and data are publicly available at https://a.example/x.",
        "We thank the anonymous reviewers, who improved this paper.",
        "In the future, we plan to improve the model on more languages.",
        "Our findings highlight the importance of better evaluation.",
        "improves the accuracy of the model by two points.",
        "Better results.",
        "Model 81.2 82.3 83.4 84.5 85.6 improves the results here.",
        "The resu (cid:12) ts improve by 3 points on XNLI.",
        "The gain is larger (see below on the next page.",
        "Table 3: Accuracy on XNLI by language",
        "We believe that better data improves the results.",
    ],
)
def test_other_sentences_are_left(sentence: str) -> None:
    assert extracted("We study transfer.\n\n" + sentence) == []


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("MNLI training improves accuracy by 8.2 points.", "numeric"),
        ("XLM-R outperforms mBERT on all of the tasks.", "comparative"),
        ("The corpus contains 48,274 sentences of Swahili.", "dataset"),
        ("XLM-R is trained on text of one hundred languages.", "numeric"),
        ("The encoder is initialised with the weights of XLM-R.", "method"),
    ],
)
def test_kinds(sentence: str, kind: str) -> None:
    (claim,) = extracted("We study transfer. We find that results vary widely here. " + sentence, limit=9)[-1:]
    found = [c for c in extracted("We study transfer. " + sentence) if c.quote == sentence]
    assert [c.kind for c in found] == [kind], claim


def test_claim_fields() -> None:
    text = "We study transfer. We find that MNLI improves XNLI accuracy by 8.2 points over XLM-R."
    (claim,) = extracted(text)
    assert claim.statement == "MNLI improves XNLI accuracy by 8.2 points over XLM-R."
    assert text[claim.source.start : claim.source.end] == claim.quote
    assert (claim.source.paper_id, claim.source.version, claim.source.section) == ("p1", "v2", "Abstract")
    assert claim.quantity is not None
    assert (claim.quantity.value, claim.quantity.unit, claim.quantity.direction) == (8.2, "points", "up")
    assert (claim.quantity.metric, claim.quantity.baseline) == ("accuracy", "XLM-R")
    assert (claim.verdict.label, claim.verdict.score, claim.verdict.confidence) == ("not_checked", None, None)
    assert (claim.replication.status, claim.parent_id) == ("not_run", None)


# --- lists --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Training on SQuAD, MNLI, and HellaSwag yields gains of 8.2, 7.5, and 7.0 points.",
         ["Training on SQuAD yields gains of 8.2 points.", "Training on MNLI yields gains of 7.5 points.",
          "Training on HellaSwag yields gains of 7.0 points."]),
        ("A gains 8.2, B 7.5 and C 7.0 points.", ["A gains 8.2 points.", "B gains 7.5 points.", "C gains 7.0 points."]),
        ("It improves by 3.1 and 4.2 BLEU on English-German and English-French respectively.",
         ["It improves by 3.1 BLEU on English-German.", "It improves by 4.2 BLEU on English-French."]),
        ("XLM-R reaches 85.2 F1 on XNLI, 80.1 on PAWS-X and 70 on MLQA.",
         ["XLM-R reaches 85.2 F1 on XNLI.", "XLM-R reaches 80.1 F1 on PAWS-X.", "XLM-R reaches 70 F1 on MLQA."]),
        ("BERT and RoBERTa improve by 3.1% and 4.2% on XNLI, respectively.",
         ["BERT improves by 3.1% on XNLI.", "RoBERTa improves by 4.2% on XNLI."]),
        ("Gains are seen on XNLI (3.2) and MLQA (1.3).",
         ["Gains are seen on XNLI (3.2).", "Gains are seen on MLQA (1.3)."]),
        ("It reaches 92% and 87% accuracy on the ATIS and SNIPS datasets, respectively.",
         ["It reaches 92% accuracy on the ATIS dataset.", "It reaches 87% accuracy on the SNIPS dataset."]),
        ("The gain is 3.9 and 3.1 points on average in PAWS-X and MLQA.",
         ["The gain is 3.9 points on average in PAWS-X.", "The gain is 3.1 points on average in MLQA."]),
        ("It gains 3.7 and 2.8 points in LAS and UAS, respectively across all languages.",
         ["It gains 3.7 points in LAS across all languages.", "It gains 2.8 points in UAS across all languages."]),
        ("It reaches 61.2% accuracy on XNLI, 70.4% accuracy on PAWS-X, and 55.0% accuracy on MLQA.",
         ["It reaches 61.2% accuracy on XNLI.", "It reaches 70.4% accuracy on PAWS-X.",
          "It reaches 55.0% accuracy on MLQA."]),
        ("It reaches 81.2% accuracy on XNLI and 79.0% on PAWS-X.",
         ["It reaches 81.2% accuracy on XNLI.", "It reaches 79.0% accuracy on PAWS-X."]),
        # no sure rule: left whole
        ("It keeps 20% layers on XNLI and 70% heads on MLQA.", []),
        ("It beats A and B by 3.1 and 4.2 points.", []),
        ("Accuracy rises from 80.1 to 82.3 points.", []),
        ("Training on MNLI and SQuAD yields gains of 8.2, 7.5, and 7.0 points.", []),
        ("It improves XNLI and MLQA by 3 points.", []),
    ],
)  # fmt: skip
def test_lists_are_taken_apart_only_when_the_rule_is_sure(sentence: str, expected: list[str]) -> None:
    assert [part.text for part in parts(sentence)] == expected


def test_a_compound_keeps_its_quote_and_its_parts_name_it() -> None:
    sentence = "Training on SQuAD, MNLI, and HellaSwag yields gains of 8.2, 7.5, and 7.0 points."
    whole, *rest = extracted("We study transfer. " + sentence)
    assert whole.parent_id is None
    assert whole.quantity is None
    assert [c.parent_id for c in rest] == [whole.id] * 3
    assert {c.quote for c in (whole, *rest)} == {sentence}
    stated = [(c.quantity.value, c.quantity.unit, c.quantity.direction) for c in rest if c.quantity]
    assert stated == [(8.2, "points", "up"), (7.5, "points", "up"), (7.0, "points", "up")]
    assert len({c.id for c in (whole, *rest)}) == 4


# --- order and limit ----------------------------------------------------------------------------------

MIXED = (
    "We study transfer. We find that MNLI improves accuracy by 8.2 points. "
    "We find that dropout hurts the parser. The parser is trained on one treebank."
)


def test_without_a_question_the_most_checkable_come_first() -> None:
    assert extracted(MIXED)[0].statement == "MNLI improves accuracy by 8.2 points."
    assert len(extracted(MIXED, limit=1)) == 1
    assert extracted(MIXED, limit=0) == []


def test_a_question_brings_its_own_claims_forward() -> None:
    facet = Facet(name="parsing", kind="task", forms=("parser",), required=True, weight=1.0)
    entity = Entity(name="parsing", kind="task", forms=("parser",))
    question = Question(text="What hurts the parser?", entities=(entity,), facets=(facet,))
    assert extracted(MIXED, question=question)[0].statement == "Dropout hurts the parser."


def test_claims_are_the_same_every_time() -> None:
    assert extracted(MIXED) == extracted(MIXED)


def test_nothing_to_say_gives_no_claims() -> None:
    assert extracted("") == []
    assert claims(read("1 2 3", heading="Results", authors=(), title=""), None, 5) == ()


@given(
    st.lists(
        st.sampled_from(
            ["We find that A improves by 3.1 points.",
             "Our model wins on XNLI, MLQA and PAWS-X by 1, 2 and 3 points.",
             "It drops.", "\n\n", "  ", "The corpus contains 300 texts of us and our friends.",
             "«Quoted» we improve it.",
             "We reach 3.1 and 4.2 BLEU on X-A and X-B respectively.",
             "This improves our results over them by 5%."]
        ),
        max_size=8,
    )
)  # fmt: skip
def test_quotes_are_verbatim_and_statements_impersonal(pieces: list[str]) -> None:
    text = " ".join(pieces)
    found = extracted(text, limit=12)
    assert len(found) <= 12
    assert len({c.id for c in found}) == len(found)
    for claim in found:
        assert text[claim.source.start : claim.source.end] == claim.quote
        assert not re.search(r"\b(?:we|our|us)\b", claim.statement, re.I)
        assert claim.parent_id is None or claim.parent_id in {c.id for c in found}


@pytest.mark.shared_data
def test_real_abstracts_give_verbatim_impersonal_claims(shared_data: Path) -> None:
    with gzip.open(shared_data / "corpus" / "acl_anthology" / "abstracts.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for i, line in enumerate(lines) if i % 100 == 0]
    counts = []
    for row in rows:
        reading = read(row["abstract"], authors=tuple(row["authors"]), year=row["year"], title=row["title"])
        found = claims(reading, None, 5)
        counts.append(len(found))
        for claim in found:
            assert row["abstract"][claim.source.start : claim.source.end] == claim.quote
            assert not first_person(claim.statement.replace(row["title"], "")), claim.statement
    assert sum(count > 0 for count in counts) > 0.8 * len(counts)


# --- several measures of one result -----------------------------------------------------------------------

MEASURES = [
    (
        "The system reaches an F1 score of 86.0% and a label accuracy of 85.1% on the test set.",
        ["The system reaches an F1 score of 86.0% on the test set.",
         "The system reaches a label accuracy of 85.1% on the test set."],
    ),
    (
        "The model achieves 49.0% precision@1 and 44.2% recall on our data.",
        ["The model achieves 49.0% precision@1 on our data.", "The model achieves 44.2% recall on our data."],
    ),
    (
        "It gains 1.4 BLEU, 0.8 METEOR and 2.0 chrF.",
        ["It gains 1.4 BLEU.", "It gains 0.8 METEOR.", "It gains 2.0 chrF."],
    ),
    ("It scores 30.9 BLEU and 59.2 chrF++ on FLORES.",
     ["It scores 30.9 BLEU on FLORES.", "It scores 59.2 chrF++ on FLORES."]),
    ("The tasks give an F1 score of 86.0% and an accuracy of 85.1% respectively.", []),
    ("It has an F1 score of 86.0% and an accuracy of 85.1%, where mBERT has 80.0%.", []),  # of which measure?
    ("It has a precision of 0.90 and a recall of 0.80 compared to 0.70.", []),
    ("It has an F1 score of 86.0%.", []),
    ("It has an F1 score of 86.0% and an F1 score of 81.0%.", []),  # of what each?
    ("It covers 86.0% of verbs and 81.0% of nouns.", []),  # no measure is named
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "expected"), MEASURES)
def test_several_measures_are_taken_apart_where_that_is_sure(sentence: str, expected: list[str]) -> None:
    assert [p.text for p in measured_parts(sentence)] == expected


def test_each_measure_is_a_claim_with_its_own_number_under_the_compound() -> None:
    whole, *made = extracted("XLM-R reaches an F1 score of 86.0% and an accuracy of 85.1% on the XNLI test set.")
    assert [(c.parent_id, c.quantity and c.quantity.value, c.quantity and c.quantity.metric) for c in made] == [
        (whole.id, 86.0, "F1"),
        (whole.id, 85.1, "accuracy"),
    ]
    assert whole.quantity is None
    assert {c.quantity.dataset for c in made if c.quantity} == {"XNLI"}


# --- the same claim made twice ----------------------------------------------------------------------------


def of_paper(key: str, text: str) -> list[Claim]:
    section = Section(heading="Abstract", page=None, start=0, end=len(text))
    about = paper().model_copy(update={"id": key})
    return list(claims(ReadPaper(paper=about, tier="abstract", text=text, sections=(section,)), None, 20))


def test_the_same_claim_of_two_papers_is_one_claim_with_both_places() -> None:
    text = "XLM-R gains 3.1 points of accuracy on XNLI."
    first, second = of_paper("a", text), of_paper("b", f"The weather was fine. {text}")
    (one,) = merged([*first, *second])
    assert one == first[0].model_copy(update={"also": (second[0].source,)})
    assert [s.paper_id for s in (one.source, *one.also)] == ["a", "b"]


def test_claims_with_other_numbers_stay_two() -> None:
    made = [*of_paper("a", "XLM-R gains 3.1 points on XNLI."), *of_paper("b", "XLM-R gains 3.2 points on XNLI.")]
    assert merged(made) == tuple(made)


def test_parts_follow_their_compound_to_the_one_that_stands_for_it() -> None:
    text = "It gains 8.2 points on SQuAD, 7.5 on TyDiQA and 7.0 on BUCC."
    first, second = of_paper("a", text), of_paper("b", text)
    kept = merged([second[0], *first, *second[1:]])
    assert {c.parent_id for c in kept if c.parent_id} == {second[0].id}
    assert all(len(c.also) == 1 for c in kept)
    assert len(kept) == len(first) == 4


def test_a_number_keeps_what_it_is_an_average_over() -> None:
    (made,) = extracted("Our model gains an average of 5.4 points over nine tasks.")
    assert made.quantity is not None
    assert made.quantity.average == "nine tasks"


GAINS = [
    "XLM-R gains 3.1 points on XNLI.",
    "XLM-R gained 3.1 points on XNLI.",
    "mBERT loses 2.0 points on XNLI.",
    "XLM-R gains 4.0 points on XNLI.",
]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(GAINS), max_size=6))
def test_merging_loses_no_place_and_merges_nothing_twice(texts: list[str]) -> None:
    made = [c for n, text in enumerate(texts) for c in of_paper(f"p{n}", text)]
    kept = merged(made)
    places = [s for c in kept for s in (c.source, *c.also)]
    assert sorted(map(str, places)) == sorted(str(c.source) for c in made)
    assert merged(kept) == kept
