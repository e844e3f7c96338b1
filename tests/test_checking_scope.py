"""Scope, names, directions and order of a claim held against a passage: one case a line."""

from __future__ import annotations

import pytest

from synth.checking import checks, contradiction, gap
from synth.checking.ordering import orders
from synth.checking.turning import turns
from synth.records import Check


def kinds(claim: str, passage: str, context: str = "") -> dict[tuple[str, str], tuple[str | None, str]]:
    return {(c.kind, c.claimed): (c.found, c.outcome) for c in checks(claim, passage, context)}


def scopes(claim: str, passage: str, context: str = "") -> list[tuple[str, str | None, str]]:
    made = checks(claim, passage, context)
    return [(c.claimed, c.found, c.outcome) for c in made if c.kind == "scope" and c.outcome != "match"]


@pytest.mark.parametrize(
    ("claim", "passage", "expected"),
    [
        # splits
        ("Accuracy on the test set is 81.2.", "Accuracy on the dev set is 81.2.", ("test", "dev", "mismatch")),
        ("Accuracy on the test set is 81.2.", "Accuracy is 81.2.", ("test", None, "missing")),
        # languages, data sets, models and their sizes
        ("German accuracy is 81.2.", "Accuracy is 81.2 in French.", ("German", "French", "mismatch")),
        ("English-German BLEU is 28.4.", "German-English BLEU is 28.4.",
         ("English-German", "German-English", "mismatch")),
        ("XNLI accuracy is 81.2.", "PAWS-X accuracy is 81.2.", ("XNLI", "PAWS-X", "mismatch")),
        ("mBERT reaches 81.2.", "XLM-R reaches 81.2.", ("mBERT", "XLM-R", "mismatch")),
        ("BERT-large reaches 90.1 F1.", "BERT-base reaches 90.1 F1.", ("BERT large", "BERT base", "mismatch")),
        ("Llama 2 fails the test.", "Llama 3 fails the test.", ("Llama 2", "Llama 3", "mismatch")),
        # metrics
        ("A reaches an F1 of 81.2.", "A reaches an accuracy of 81.2.", ("F1", "accuracy", "mismatch")),
        # shots and training
        ("Zero-shot accuracy is 70.2%.", "Fine-tuned accuracy is 70.2%.", ("zero-shot", "fine-tuned", "mismatch")),
        ("Zero-shot accuracy is 70.2%.", "Few-shot accuracy is 70.2%.", ("zero-shot", "few-shot", "mismatch")),
        ("5-shot accuracy is 70.2%.", "10-shot accuracy is 70.2%.", ("5-shot", "10-shot", "mismatch")),
        ("Unsupervised parsing is hard.", "Supervised parsing is hard.", ("unsupervised", "supervised", "mismatch")),
        # years and other labels
        ("The corpus is from 2019.", "The corpus is from 2018.", ("2019", "2018", "mismatch")),
        ("A 12-layer model is used.", "A 24-layer model is used.", ("12-layer", "24-layer", "mismatch")),
        ("It treats type 2 diabetes.", "It treats type 1 diabetes.", ("type 2", "type 1", "mismatch")),
        # statistics
        ("It gains 5 points on average.", "It gains up to 5 points.", ("mean", "max", "mismatch")),
        ("It gains 5 points.", "It gains up to 5 points.", ("a single value", "up to", "missing")),
        ("It gains 3.2 points on XNLI.", "It gains 3.2 points on average over 9 tasks with XNLI.",
         ("XNLI", "over 9 tasks", "mismatch")),
    ],
)  # fmt: skip
def test_the_same_number_of_another_scope(claim: str, passage: str, expected: tuple[str, str | None, str]) -> None:
    found = scopes(claim, passage)
    assert expected in found
    assert not contradiction(checks(claim, passage)), "another scope is no contradiction"
    assert gap(checks(claim, passage)) is not None


@pytest.mark.parametrize(
    ("claim", "passage", "context"),
    [
        ("Accuracy on the test set is 81.2.", "Accuracy is 79.9 on the dev set and 81.2 on the test set.", ""),
        ("Few-shot accuracy is 70.2%.", "5-shot accuracy is 70.2%.", ""),
        ("XNLI accuracy is 81.2.", "The accuracy is 81.2.", "Results on XNLI"),
        ("The macro-F1 is 81.2.", "We see an F1 of 81.2.", ""),
        ("BERT reaches 90.1 F1.", "BERT-base reaches 90.1 F1.", ""),
        ("English to German BLEU is 28.4.", "BLEU from English into German is 28.4.", ""),
    ],
)
def test_the_same_scope_in_other_words(claim: str, passage: str, context: str) -> None:
    assert scopes(claim, passage, context) == []


@pytest.mark.parametrize(
    ("claim", "passage", "found", "outcome"),
    [
        ("SuperNet-X parses well.", "SuperNet-Y parses well.", None, "missing"),
        ("SuperNet-X parses well.", "supernet X parses well.", "supernet X", "match"),
        ("We use Longformer here.", "We use Bigformer here.", None, "missing"),
        ("XLM-R parses well.", "XLM-RoBERTa parses well.", "XLM-RoBERTa", "match"),
        ("CRF parses well.", "A conditional random field parses well.", "CRF", "match"),
        ("HIV-positive patients recover.", "Patients with HIV recover.", "HIV-positive", "match"),
        ("IL-1β rises.", "IL1b rises.", "IL-1β", "match"),
        ("T5 parses well.", "mT5 parses well.", None, "missing"),
    ],
)
def test_a_name_stands_there_or_is_missing(claim: str, passage: str, found: str | None, outcome: str) -> None:
    made = [(c.found, c.outcome) for c in checks(claim, passage) if c.kind == "entity"]
    assert made == [(found, outcome)]


def test_a_short_form_that_the_claim_introduces_is_not_asked_for() -> None:
    claim = "Vitamin B6 in small sacs (EVX) helps."
    assert not [c for c in checks(claim, "Vitamin B6 in small sacs helps.") if c.claimed == "EVX"]


@pytest.mark.parametrize(
    ("claim", "passage", "outcome"),
    [
        ("Training improves accuracy.", "Training raises accuracy.", "match"),
        ("Training improves accuracy.", "Training lowers accuracy.", "mismatch"),
        ("It improves the error rate.", "It reduces the error rate.", "match"),
        ("It improves the error rate.", "It increases the error rate.", "mismatch"),
        ("Accuracy drops.", "A drop in accuracy is seen.", "match"),
        ("It improves accuracy.", "No significant difference in accuracy was found.", "mismatch"),
        ("It does not improve accuracy.", "It improves accuracy.", "mismatch"),
        ("It does not improve accuracy.", "It does not raise accuracy.", "match"),
        ("It improves recall.", "It hurts precision and helps recall.", "match"),
        ("It improves recall.", "It helps precision and hurts recall.", "mismatch"),
        ("It improves recall.", "It runs on two cores.", "missing"),
        ("It improves recall.", "It reduces the number of parameters.", "missing"),
        ("Treatment lowers rates of flu.", "Treatment led to a rise in the incidence of flu.", "mismatch"),
        ("Salt lowers risk of flu.", "Salt prevents the increase in risk of flu.", "match"),
        ("A drop by 3 points in recall is seen.", "Recall drops by 3 points.", "match"),
    ],
)
def test_directions_of_the_same_thing(claim: str, passage: str, outcome: str) -> None:
    made = [c.outcome for c in checks(claim, passage) if c.kind == "direction"]
    assert set(made) == {outcome}


def test_the_same_change_the_other_way_is_no_support() -> None:
    made = kinds("Accuracy drops by 3 points.", "Accuracy rises by 3 points.")
    assert made["number", "3 points"] == ("3 points", "match")
    assert made["direction", "down 3 points"] == ("up 3 points", "mismatch")


@pytest.mark.parametrize(
    ("claim", "passage", "found", "outcome"),
    [
        ("B outperforms A.", "A outperforms B.", "A outperforms B", "mismatch"),
        ("A outperforms B.", "A outperforms B on XNLI.", "A outperforms B", "match"),
        ("B is worse than A.", "A outperforms B.", "A outperforms B", "match"),
        ("A is worse than B.", "A outperforms B.", "A outperforms B", "mismatch"),
        ("B is outperformed by A.", "A beats B.", "A beats B", "match"),
        ("A is outperformed by B.", "A beats B.", "A beats B", "mismatch"),
        ("A is on par with B.", "A outperforms B.", "A outperforms B", "mismatch"),
        ("B has a lower error rate than A.", "A outperforms B.", "A outperforms B", "mismatch"),
        ("There is no significant difference between A and B.", "A outperforms B.", "A outperforms B", "mismatch"),
        ("mBERT scores higher than XLM-R.", "XLM-R scores higher than mBERT.", "XLM-R scores higher than mBERT",
         "mismatch"),
    ],
)  # fmt: skip
def test_who_is_set_over_whom(claim: str, passage: str, found: str, outcome: str) -> None:
    made = [(c.found, c.outcome) for c in checks(claim, passage) if c.kind == "direction"]
    assert (found, outcome) in made


def test_comparisons_of_other_pairs_say_nothing() -> None:
    assert not contradiction(checks("A outperforms B.", "C outperforms A."))


@pytest.mark.parametrize(
    ("claim", "passage", "outcome"),
    [
        ("The antibody does not bind to lipids.", "The antibody binds to lipids.", True),
        ("The antibody binds to lipids.", "The antibody cannot bind to lipids.", True),
        ("The antibody does not bind to lipids.", "The antibody did not bind to lipids.", False),
        ("The antibody binds to lipids.", "Without food, mice get thin.", False),
    ],
)
def test_a_denial_of_what_is_stated(claim: str, passage: str, outcome: bool) -> None:
    assert contradiction(checks(claim, passage)) is outcome


@pytest.mark.parametrize(
    ("claim", "passage", "expected"),
    [
        ("We test monolingual parsing of news.", "We test multilingual parsing of news.",
         ("scope", "monolingual", "multilingual")),
        ("The latency of the parser is high.", "The throughput of the parser is high.",
         ("scope", "latency", "throughput")),
        ("Despite high recall the parser is slow.", "Despite high accuracy the parser is slow.",
         ("scope", "recall", "accuracy")),
        ("The parser is less likely to crash.", "The parser is more likely to crash.",
         ("direction", "less likely", "more likely")),
        ("The parser generalises poorly to speech.", "The parser generalises well to speech.",
         ("direction", "poorly", "well")),
        ("Drugs hinder the growth of cells.", "Drugs facilitate the growth of cells.",
         ("direction", "hinder", "facilitate")),
        ("They capture more words and have lower accuracy than the original ones.",
         "They capture more words and have higher accuracy than the original ones.",
         ("direction", "capture more words and have lower accuracy than the original ones",
          "capture more words and have higher accuracy than the original ones")),
    ],
)  # fmt: skip
def test_words_that_exclude_each_other(claim: str, passage: str, expected: tuple[str, str, str]) -> None:
    assert expected in [(c.kind, c.claimed, c.found) for c in checks(claim, passage) if c.outcome == "mismatch"]


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("We test monolingual parsing of news.", "We test multilingual and monolingual parsing of news."),
        ("We test monolingual parsing of news.", "Cooks like multilingual recipes for soup."),
        ("The parser does not generalise well to speech.", "The parser generalises poorly to speech."),
        ("The parser is more likely to crash.", "The parser is more likely to crash and less likely to stop."),
    ],
)
def test_words_that_exclude_nothing_here(claim: str, passage: str) -> None:
    assert not [c for c in checks(claim, passage) if c.outcome == "mismatch"]


def test_the_same_comparison_from_two_sides_turns_its_change_round() -> None:
    made = checks("B performs worse than our model by 1.3 points.", "Our model outperforms B by 1.3 points.")
    assert [(c.kind, c.outcome) for c in made if c.kind in ("number", "direction")] == [
        ("number", "match"),
        ("direction", "match"),
    ]


def test_comparisons_and_changes_are_read() -> None:
    (order,) = orders("On XNLI, A does not outperform the old B by much.")
    assert (order.sense, order.denied) == (1, True)
    assert {t.key for t in order.right} == {"old", "B"}
    (turn,) = turns("Training lowers the incidence of flu across regions.")
    assert (turn.direction, turn.thing) == ("down", {"flu"})


def test_gap_and_contradiction_of_given_checks() -> None:
    number = Check(kind="number", claimed="8", found="9", outcome="mismatch")
    name = Check(kind="entity", claimed="XNLI", found=None, outcome="missing")
    lost = Check(kind="number", claimed="8", found=None, outcome="missing")
    assert contradiction([name, number])
    assert not contradiction([name, lost])
    assert gap([number]) is None
    assert gap([lost, name]) == name
    assert gap([lost]) == lost
    assert gap([]) is None
