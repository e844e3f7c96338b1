"""Claims that say a sentence again in other words, and claims that change it: one case a line, each told by reading."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.checking import FEATURES, checks, compare, restated, telling
from synth.statements import unattributed
from synth.stems import same_word, same_words
from synth.text import content_words, words

TAGGER = "Our tagger outperforms all baselines by 4.26 F1 on noisy forum posts."


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        # words and turns of phrase that mean the same
        ("The authors' tagger performs better than all baselines by 4.26 F1 on noisy forum posts.", TAGGER),
        ("The tagger surpasses all baselines by 4.26 F1 on noisy forum posts.", TAGGER),
        ("The method utilises an extra corpus of recipes.", "The approach uses an additional dataset of recipes."),
        ("Labelled recipes are able to replace the old grammar.", "Labeled recipes can replace the old grammar."),
        ("Four annotators are not sufficient for rare verbs.", "Four annotators are insufficient for rare verbs."),
        ("Pretrained parsers lead to fewer mistakes here.", "Pre-trained parsers result in fewer errors here."),
        # who says so, and how it goes on
        ("The authors report that sparse tags hurt long recipes.", "Moreover, sparse tags hurt long recipes."),
        ("Sparse tags hurt long recipes.", "Experimental results show that sparse tags hurt long recipes."),
        ("According to the paper, sparse tags hurt long recipes.", "We find that sparse tags hurt long recipes."),
        # numbers: rounding, bounds, words, separators, units
        ("The tagger outperforms all baselines by 4.3 F1 on noisy forum posts.", TAGGER),
        ("The tagger outperforms all baselines by more than 4 F1 on noisy forum posts.", TAGGER),
        ("The corpus has about 10,000 recipes from two cooks.", "The corpus has 10,125 recipes from 2 cooks."),
        ("Training lasts 90 minutes on one card.", "Training lasts 1.5 hours on one card."),
        # abbreviations, either way and beside their long form
        ("Tools for natural language processing fail on recipes.", "Tools for NLP fail on recipes."),
        ("All scored MCQs were kept for the exam.",
         "All scored multiple-choice questions (MCQs) were kept for the exam."),
        # less is said: an aside, a closing clause, an intensifier
        ("The tagger helps cooks on noisy posts.", "The tagger (see the appendix) helps cooks on noisy posts."),
        ("The tagger reads noisy posts faster than cooks do.",
         "The tagger reads noisy posts faster than cooks do, which saves a morning of work."),
        ("Sparse tags hurt long recipes on posts.", "Sparse tags significantly hurt long recipes on posts."),
        # a phrase moved from the front
        ("The tagger reaches 81 F1 on noisy posts.", "On noisy posts, the tagger reaches 81 F1."),
        # told from the other side, and of whom it is told
        ("All baselines are outperformed by our tagger by 4.26 F1 on noisy forum posts.", TAGGER),
        ("All baselines perform worse than the tagger of the authors, by 4.26 F1 on noisy forum posts.", TAGGER),
    ],
)  # fmt: skip
def test_the_same_in_other_words(claim: str, sentence: str) -> None:
    assert restated(claim, sentence)
    assert not [c for c in checks(unattributed(claim), sentence) if c.outcome == "mismatch"]


@pytest.mark.parametrize(
    "claim",
    [
        "Our tagger underperforms all baselines by 4.26 F1 on noisy forum posts.",
        "Our tagger does not outperform all baselines by 4.26 F1 on noisy forum posts.",
        "Our tagger outperforms some baselines by 4.26 F1 on noisy forum posts.",
        "Our tagger outperforms all baselines by 4.62 F1 on noisy forum posts.",
        "Our tagger outperforms all baselines by up to 4.26 F1 on noisy forum posts.",
        "Our tagger outperforms all baselines by less than 4.26 F1 on noisy forum posts.",
        "Our tagger outperforms all baselines by 4.26 BLEU on noisy forum posts.",
        "Our tagger is outperformed by all baselines by 4.26 F1 on noisy forum posts.",
        "Our tagger may outperform all baselines by 4.26 F1 on noisy forum posts.",
        "Our tagger outperforms all baselines by 4.26 F1 on clean forum posts.",
        "Our parser outperforms all baselines by 4.26 F1 on noisy forum posts.",
        "All baselines outperform our tagger by 4.26 F1 on noisy forum posts.",
        "The authors doubt that the tagger outperforms all baselines by 4.26 F1 on noisy forum posts.",
        "Our tagger outperforms all baselines by 4.26 F1 on noisy forum posts in every language.",
    ],
)
def test_one_change_is_no_restatement(claim: str) -> None:
    assert not restated(claim, TAGGER)


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        # what binds must not be left out
        ("The tagger helps cooks on noisy posts.", "The tagger helps cooks on noisy posts, but not on clean ones."),
        ("The tagger helps cooks on noisy posts.", "The tagger (not the parser) helps cooks on noisy posts."),
        ("The tagger helps cooks on noisy posts.", "The tagger may help cooks on noisy posts."),
        ("The tagger helps cooks on noisy posts.", "The tagger helps only cooks on noisy posts."),
        ("The tagger helps cooks on noisy posts.", "The results suggest that the tagger helps cooks on noisy posts."),
        # two numbers exchanged, another abbreviation, too short to tell
        ("It reaches 81 on recipes and 79 on posts.", "It reaches 79 on recipes and 81 on posts."),
        ("Cooks use one of five sites for recipes.", "Cooks use one of four sites for recipes."),
        ("It is made in 0.18-mm steps by cooks.", "It is made in 0.18-μm steps by cooks."),
        ("Tools for natural language generation fail on recipes.", "Tools for NLP fail on recipes."),
        ("Tags help.", "Tags help."),
        ("", TAGGER),
    ],
)
def test_what_is_left_out_or_exchanged_counts(claim: str, sentence: str) -> None:
    assert not restated(claim, sentence)


_TEXTS = st.lists(st.sampled_from(["the", "tagger", "not", "outperforms", "parsers", "by", "4.2", "8.1", "(", ")", ",",
    "which", "F1", "on", "XNLI", "may", "about", "."]), max_size=14).map(" ".join)  # fmt: skip


@given(_TEXTS, _TEXTS)
@settings(max_examples=150, deadline=None)
def test_any_two_texts_can_be_held_against_each_other(claim: str, sentence: str) -> None:
    assert restated(claim, sentence) in (True, False)
    assert not (restated(claim, sentence) and ("not" in words(claim)) > ("not" in words(sentence)))


@given(st.integers(10, 99), st.integers(10, 99))
@settings(max_examples=40, deadline=None)
def test_a_changed_number_is_no_restatement(one: int, other: int) -> None:
    sentence = f"The tagger obtains {other} F1 on noisy posts."
    assert restated(f"The tagger reaches {one} F1 on noisy posts.", sentence) is (one == other)


# --- one word for those that mean the same --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("outperforms", "performs better than"),
        ("was superior to", "surpassed"),
        ("in order to parse", "to parse"),
        ("a number of tags", "several tags"),
        ("behaviour of labelled pre-trained models", "behavior of labeled pretrained models"),
        ("the authors analyse novel tags", "analyzed new tags"),
    ],
)
def test_words_that_mean_the_same_are_one_word(one: str, other: str) -> None:
    assert same_words(words(one)) == same_words(words(other))
    assert content_words(one) == content_words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("better", "worse"), ("outperform", "underperform"), ("all", "some"), ("may", "does"), ("many", "few"),
     ("increase", "reduce"), ("train", "test"), ("most", "all"), ("often", "always"), ("sufficient", "insufficient")],
)  # fmt: skip
def test_words_that_change_a_claim_are_kept_apart(one: str, other: str) -> None:
    assert same_words([one]) != same_words([other])
    assert same_word(one) != same_word(other)


# --- false alarms -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        # the best model is chosen; the number is no largest of many
        ("Choosing the best tagger for each text improves F1 by 5.4 points.",
         "Choosing the best tagger per text improves F1 by 5.4 points on average."),
        ("Our best tagger gains 5.4 points.", "On average, our best tagger gains 5.4 points."),
        # the same lack in other words
        ("The tagger needs no training data.", "The tagger works without training data."),
        ("The tagger needs no training data.", "The tagger can be used without any training."),
        ("The tagger beats parsers that use parallel data.",
         "Without parallel data, the tagger beats parsers that use parallel data."),
        # two comparisons in one sentence, a count of things that the noun names in part, what a number is taken over
        ("Taggers perform better than lists.", "Taggers perform as well as parsers and better than lists."),
        ("It links nets of 18 Indian languages.", "It links 18 Indian language nets."),
        # a count of things by their letters, in full, or joined to the number; the place in a molecule is no number
        ("The virus has three typical ORFs.", "Its strand contains three open reading frames."),
        ("The virus has three open reading frames.", "Its strand contains three ORFs."),
        ("The genome consists of 7489 base pairs.", "The genome is 7489 bp in size."),
        ("Fast rates help in two component systems.", "Fast rates help in many two-component pathways."),
        ("It blocks phosphatidylinositol 3-kinase in tumours.", "It blocks PI3K in tumours."),
        ("The F1 over the six classes is 67.4.", "It reaches an F1 of 67.4 across six classes."),
        ("German-to-Dutch scores about 18.6.",
         "German-to-Dutch, Dutch-to-German and Italian-to-Dutch score 18.62, 17.95 and 19.59, respectively."),
        # lists with "respectively", percent that are points, a number glued to its unit
        ("Strict agreement is a kappa of 0.44.",
         "We compute strict and relaxed agreement, reaching kappas of 0.44 and 0.95, respectively."),
        ("It gains 4% on recipes.", "It shows a 4% and 1% increase on recipes and posts, respectively."),
        ("It gains up to 2.3 percent BLEU absolute.", "It gains up to 2.3% BLEU absolute."),
        ("It reaches about 5.0BLEU points on recipes.", "It reaches 4.96BLEU points on recipes."),
    ],
)  # fmt: skip
def test_no_alarm_where_nothing_is_said_otherwise(claim: str, passage: str) -> None:
    made = checks(claim, passage)
    assert not [c for c in made if c.outcome == "mismatch"]
    assert not [c for c in made if c.kind in ("number", "entity") and c.outcome == "missing"]


@pytest.mark.parametrize(
    ("claim", "passage", "kind"),
    [
        ("On average, F1 improves by 5.4 points.", "The best system improves F1 by 5.4 points.", "scope"),
        ("The mean F1 is 81.", "The highest F1 is 81.", "scope"),
        ("The tagger works with training data.", "The tagger works without training data.", "direction"),
        ("Relaxed agreement is a kappa of 0.44.",
         "We compute strict and relaxed agreement, reaching kappas of 0.44 and 0.95, respectively.", "number"),
        ("Parsers generalise poorly to speech, but are worse than taggers.",
         "Parsers generalise well to speech, but are worse than taggers.", "direction"),
        # the paper's own side has no name
        ("The frequency baseline outperforms both methods.", "Both methods outperform the frequency baseline.",
         "direction"),
        ("The system is outperformed by the baseline.", "Our system outperforms the baseline.", "direction"),
        ("The tagger achieves poor results on recipes.", "The tagger achieves excellent results on recipes.",
         "direction"),
        ("Gains are large when recipes are abundant.", "Gains are large when recipes are scarce.", "direction"),
        ("The tagger brings large improvements over lists.", "The tagger brings small improvements over lists.",
         "direction"),
        ("The tagger is far less computationally efficient than parsers.",
         "Compared to parsers, the tagger is far more computationally efficient.", "direction"),
        ("It gains 5% relative.", "It gains 5 points absolute.", "number"),
    ],
)  # fmt: skip
def test_an_alarm_where_something_is_said_otherwise(claim: str, passage: str, kind: str) -> None:
    assert kind in [c.kind for c in checks(claim, passage) if c.outcome == "mismatch"]


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("It links nets of 28 Indian languages.", "It links 18 Indian language nets."),
        ("The virus has four ORFs.", "Its strand contains three open reading frames."),
        ("The virus has three ORFs.", "Its strand contains three outer membrane proteins."),
        ("The genome consists of 7489 base pairs.", "The genome is 7498 bp in size."),
        ("Fast rates help in two component systems.", "Fast rates help in many three-component pathways."),
    ],
)
def test_another_count_or_a_count_of_something_else_is_not_found(claim: str, passage: str) -> None:
    made = checks(claim, passage)
    assert not [c for c in made if c.kind == "number" and c.outcome == "match"]


def _features(claim: str, sentence: str) -> dict[str, float]:
    return dict(zip(FEATURES, compare(claim, sentence).features, strict=True))


def test_a_word_that_means_the_same_is_not_counted_as_another() -> None:
    sentence = "Sparse tags significantly hurt long recipes in many languages."
    same = _features("Sparse tags considerably harm long recipes in numerous languages.", sentence)
    other = _features("Sparse tags significantly hurt long letters in many languages.", sentence)
    assert same["words_replaced"] == 0
    assert same["words_shared"] == 1.0
    assert other["words_replaced"] == 1


def test_the_sentence_that_tells_is_the_one_with_the_number() -> None:
    told = ["Taggers were tried on recipes and posts.", "On posts, it reaches 79 F1.", "It reaches 81 F1 on recipes."]
    assert telling("On posts, the F1 is 79.", told) == 1
    assert telling("The F1 on recipes is 81.", told) == 2
    assert telling("Taggers were tried on recipes and on posts.", told) is None
    assert telling("Taggers were tried on recipes and posts.", told) == 0
    assert telling("The F1 on recipes is 64.", told) is None


# --- who says so ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("The authors report that tags help cooks.", "Tags help cooks."),
        ("According to the paper, tags help cooks.", "Tags help cooks."),
        ("It has been shown that tags help cooks.", "Tags help cooks."),
        ("In the paper, tags help cooks.", "Tags help cooks."),
        ("Östling and Ng (2017) show that tags help cooks.", "Tags help cooks."),
        ("Östling and Ng (2017) help cooks.", "The authors help cooks."),
        ("The results of the study indicate that tags help cooks.", "Tags help cooks."),
        ("Ng et al. (2020) find that tags help cooks.", "Tags help cooks."),
        ("In the paper of Ng et al. (2020), tags help cooks.", "Tags help cooks."),
        ('Ng et al. (2020) report: "[the authors] help cooks with tags"', "The authors help cooks with tags"),
        # a frame that denies, doubts or goes on stays; what merely looks like one does too
        ("The authors do not find that tags help cooks.", "The authors do not find that tags help cooks."),
        ("The results suggest that tags help cooks.", "The results suggest that tags help cooks."),
        ("The authors show that tags help and further propose a parser.",
         "The authors show that tags help and further propose a parser."),
        ("BERT shows that tags help cooks.", "BERT shows that tags help cooks."),
        ("The method shows that tags help cooks.", "The method shows that tags help cooks."),
        ("", ""),
    ],
)  # fmt: skip
def test_a_claim_without_who_makes_it(text: str, bare: str) -> None:
    assert unattributed(text) == bare
