"""A claim's numbers held against the numbers of the same thing: one case a line, each checkable by hand."""

from __future__ import annotations

import pytest

from synth.checking import checks, compare
from synth.checking.figures import figures
from synth.checking.reading import read
from synth.records import Check


def number(claim: str, passage: str) -> list[tuple[str, str | None, str]]:
    """(claimed, found, outcome) of the number and arithmetic checks."""
    made = checks(claim, passage)
    return [(c.claimed, c.found, c.outcome) for c in made if c.kind in ("number", "arithmetic")]


def outcomes(claim: str, passage: str) -> list[str]:
    return [outcome for _, _, outcome in number(claim, passage)]


TWO = "Model A reaches 81.2 and model B 79.9."
LISTED = "The system scores 81.2 and 79.9 on XNLI and MLQA, respectively."


@pytest.mark.parametrize(
    ("claim", "passage", "expected"),
    [
        # two systems, one number each
        ("A reaches 81.2.", TWO, ("81.2", "81.2", "match")),
        ("B reaches 79.9.", TWO, ("79.9", "79.9", "match")),
        ("B reaches 81.2.", TWO, ("81.2", "79.9", "mismatch")),
        ("On XNLI, B reaches 81.2.", "On XNLI, A reaches 81.2 and B 79.9.", ("81.2", "79.9", "mismatch")),
        # lists that are dealt out
        ("The system scores 81.2 on XNLI.", LISTED, ("81.2", "81.2", "match")),
        ("The system scores 79.9 on XNLI.", LISTED, ("79.9", "81.2", "mismatch")),
        ("The system scores 79.9 on MLQA.", LISTED, ("79.9", "79.9", "match")),
        ("MLQA gains 2.2 points.", "XNLI, MLQA and BUCC gain 3.1, 2.2 and 1.5 points, respectively.",
         ("2.2 points", "2.2", "match")),
        ("MLQA gains 3.1 points.", "XNLI, MLQA and BUCC gain 3.1, 2.2 and 1.5 points, respectively.",
         ("3.1 points", "2.2", "mismatch")),
        ("It scores 70.1 on BUCC.", "It scores 81.2 on XNLI, 79.9 on MLQA, and 70.1 on BUCC.",
         ("70.1", "70.1", "match")),
        ("It scores 81.2 on BUCC.", "It scores 81.2 on XNLI, 79.9 on MLQA, and 70.1 on BUCC.",
         ("81.2", "70.1", "mismatch")),
        ("Test accuracy is 81.2.", "Accuracy is 81.2 on the dev set and 79.9 on the test set.",
         ("81.2", "79.9", "mismatch")),
        # numbers in brackets, one system against another, groups of people
        ("MLQA accuracy is 81.2.", "The accuracies on XNLI (81.2) and MLQA (79.9) differ.",
         ("81.2", "79.9", "mismatch")),
        ("MLQA accuracy is 79.9.", "The accuracies on XNLI (81.2) and MLQA (79.9) differ.", ("79.9", "79.9", "match")),
        ("Of the men, 3.1% were ill.", "Of the women, 3.1% were ill, of the men 2.3%.", ("3.1%", "2.3%", "mismatch")),
        ("Of the men, 2.3% were ill.", "Of the women, 3.1% were ill, of the men 2.3%.", ("2.3%", "2.3%", "match")),
        # another metric, one number each
        ("The F1 is 81.2.", "We see an accuracy of 81.2 and an F1 of 79.9.", ("81.2", "79.9", "mismatch")),
        # the only number of its kind is another one, or speaks of something else
        ("The accuracy is 81.2.", "The accuracy is 79.9.", ("81.2", "79.9", "mismatch")),
        ("There are 9 tasks.", "There are 12 tasks.", ("9", "12", "mismatch")),
        ("There are 9 tasks.", "There are 12 languages.", ("9", None, "missing")),
        ("Adding noise costs 3.0 points.", "Bananas are 79.9% water.", ("3.0 points", None, "missing")),
    ],
)  # fmt: skip
def test_a_number_is_held_against_the_number_of_the_same_thing(
    claim: str, passage: str, expected: tuple[str, str | None, str]
) -> None:
    assert number(claim, passage) == [expected]


def test_two_readings_leave_the_alignment_open() -> None:
    made = checks("The score is 81.2 for A and B.", TWO)
    assert [c.outcome for c in made if c.kind == "number"] == ["match"]
    assert Check(kind="scope", claimed="81.2: of A, B", found=None, outcome="missing") in made


def test_what_nothing_tells_apart_is_no_mismatch() -> None:
    assert outcomes("A score of 79.9 is reached.", "Scores of 81.2 and 79.9 are reached.") == ["match"]


@pytest.mark.parametrize(
    ("claim", "passage", "outcome"),
    [
        # percent and points
        ("Accuracy rises by 5 percentage points.", "Accuracy rises by 5 points.", "match"),
        ("Accuracy rises by 5%.", "Accuracy rises by 5 points.", "missing"),
        ("Accuracy rises by 5% relative.", "Accuracy rises by 5 points.", "mismatch"),
        ("Accuracy rises by 5% absolute.", "Accuracy rises by 5 points.", "match"),
        ("The accuracy is 85%.", "It reaches an accuracy of 85.", "match"),
        ("The accuracy is 85%.", "The accuracy is 0.85.", "match"),
        ("The accuracy is 0.58.", "The accuracy is 58%.", "match"),
        # a level is no change
        ("The accuracy is at 5%.", "Accuracy rises by 5%.", "missing"),
        # separators, scale words, words
        ("It has 48,274 papers.", "It has 48274 papers.", "match"),
        ("It has 1.2 million tokens.", "It has 1,200,000 tokens.", "match"),
        ("It has 560M parameters.", "It has 559,890,432 parameters.", "match"),
        ("It has 560B parameters.", "It has 560M parameters.", "mismatch"),
        ("It has nine tasks.", "It has 9 tasks.", "match"),
        ("It costs $5 billion.", "It costs $750 million.", "mismatch"),
        # measures
        ("It takes 1.5 hours.", "It takes 90 minutes.", "match"),
        ("It takes 2.5 hours.", "It takes 90 minutes.", "mismatch"),
        ("It needs 16 GB.", "It needs 16,000 MB.", "match"),
        ("The parser needs 16 GB.", "The parser needs 16 MB.", "mismatch"),
        ("It lasts 3 weeks.", "It lasts 21 days.", "match"),
        ("Patients aged 16 to 24 agree.", "Patients aged 16-24 years agree.", "match"),
        # multiples and fractions
        ("The cost doubles.", "The cost rises twofold.", "match"),
        ("The cost doubles.", "The cost rises by 100%.", "match"),
        ("The error is halved.", "The error falls by 50%.", "match"),
        ("The error is halved.", "The error falls by 30%.", "mismatch"),
        ("It is three times faster.", "It is 3x faster.", "match"),
        ("It is three times faster.", "It is 5x faster.", "mismatch"),
        ("It is an order of magnitude faster.", "It is 10 times faster.", "match"),
        ("Half of the users agree.", "50% of the users agree.", "match"),
        ("A third of the users agree.", "33% of the users agree.", "match"),
        ("A third of the users agree.", "45% of the users agree.", "mismatch"),
        ("Two thirds of the users agree.", "67% of the users agree.", "match"),
        ("It wins on 3 of 9 tasks.", "It wins on three out of nine tasks.", "match"),
        ("It wins on 3 of 9 tasks.", "It wins on 5 of 9 tasks.", "mismatch"),
        ("It wins on 33% of the tasks.", "It wins on 3 of 9 tasks.", "match"),
        ("It wins on 50% of the tasks.", "It wins on 3 of 9 tasks.", "mismatch"),
        ("One in five trials were stopped.", "Of the trials, 21% (81/395) were stopped.", "match"),
        ("One in two trials were stopped.", "Of the trials, 21% (81/395) were stopped.", "mismatch"),
        ("It hits 493 per million people.", "It hits 1 in 5 million people.", "mismatch"),
        # rounding
        ("The accuracy is 81.", "The accuracy is 81.2.", "match"),
        ("The accuracy is 82.", "The accuracy is 81.2.", "mismatch"),
        ("The accuracy is 81.23.", "The accuracy is 81.2.", "match"),
        ("It has 2.4 million tokens.", "It has 2 million tokens.", "missing"),
        ("It has 48,000 papers.", "It has 48,274 papers.", "match"),
        ("It has 47,000 papers.", "It has 48,274 papers.", "mismatch"),
        # approximations and bounds
        ("The gain is about 8 points.", "The gain is 8.2 points.", "match"),
        ("The gain is about 8 points.", "The gain is 8.8 points.", "missing"),
        ("The gain is about 8 points.", "The gain is 12 points.", "mismatch"),
        ("The gain is 8.8 points.", "The gain is about 8 points.", "missing"),
        ("It covers over 100 languages.", "It covers 103 languages.", "match"),
        ("It covers over 100 languages.", "It covers 98 languages.", "mismatch"),
        ("It covers over 100 languages.", "It covers over 90 languages.", "missing"),
        ("It covers at least 100 languages.", "It covers 100 languages.", "match"),
        ("It covers nearly 100 languages.", "It covers 98 languages.", "match"),
        ("It covers fewer than 100 languages.", "It covers 120 languages.", "mismatch"),
        ("It covers 100 languages.", "It covers over 100 languages.", "match"),
        ("It covers 80 languages.", "It covers over 100 languages.", "mismatch"),
        ("It covers > 100 languages.", "It covers 98 languages.", "mismatch"),
        ("It covers ≥ 100 languages.", "It covers 110 languages.", "match"),
        ("It covers ~100 languages.", "It covers 103 languages.", "match"),
        ("It covers <100 languages.", "It covers 120 languages.", "mismatch"),
        ("It covers 100+ languages.", "It covers 90 languages.", "mismatch"),
        # signs
        ("The correlation is -0.5.", "The correlation is 0.5.", "mismatch"),
        ("The correlation is -0.5.", "The correlation is −0.5.", "match"),
        # ranges
        ("It reaches 85 F1.", "It reaches 80-90 F1.", "match"),
        ("It reaches 95 F1.", "It reaches 80-90 F1.", "mismatch"),
        ("It reaches 80-90 F1.", "It reaches 85 F1.", "missing"),
        ("It reaches between 80 and 90 F1.", "It reaches 85 F1.", "match"),
        ("It reaches between 80 and 90 F1.", "It reaches 95 F1.", "mismatch"),
        ("It reaches 80 to 90 F1.", "It reaches 80-90 F1.", "match"),
        ("It reaches 80-85 F1.", "It reaches 80-90 F1.", "missing"),
        ("It reaches 60-70 F1.", "It reaches 80-90 F1.", "mismatch"),
        # spreads, intervals, p-values, sizes
        ("The kappa is 0.71.", "The kappa is 0.71 ± 0.02.", "match"),
        ("The kappa is 0.02.", "The kappa is 0.71 ± 0.02.", "mismatch"),
        ("The ratio is 2.1.", "The ratio is 2.1 (95% CI 1.2-3.4).", "match"),
        ("The ratio is 1.2.", "The ratio is 2.1 (95% CI 1.2-3.4).", "mismatch"),
        ("The ratio is 2·1.", "The ratio is 2.1.", "match"),
        ("In all, 95% agree.", "The ratio is 2.1 (95% CI 1.2-3.4).", "missing"),
        ("The gap is clear (p < 0.05).", "The gap is clear (p = 0.03).", "match"),
        ("The gap is clear (p < 0.05).", "The gap is clear (p = 0.3).", "mismatch"),
        ("The gap is clear (p = 0.03).", "The gap is clear (p < 0.05).", "missing"),
        ("The kappa of the set (n = 120) is high.", "The kappa of the set (n = 210) is high.", "mismatch"),
        ("Participants 55 years old agree.", "Participants who are 65- and 55-year-olds agree.", "match"),
    ],
)
def test_units_rounding_bounds_and_ranges(claim: str, passage: str, outcome: str) -> None:
    assert outcomes(claim, passage) == [outcome]


@pytest.mark.parametrize(
    ("claim", "passage", "told", "outcome"),
    [
        ("Accuracy improves by 8.2 points.", "Accuracy improves from 63.9 to 72.1.", "72.1 − 63.9 = 8.2", "match"),
        ("Accuracy improves by 5.0 points.", "Accuracy improves from 63.9 to 72.1.", "72.1 − 63.9 = 8.2", "mismatch"),
        ("The error falls by 20%.", "The error falls from 10.0 to 8.0.", "(8.0 − 10.0) / 10.0 = -20.0%", "match"),
        ("A beats B by 1.3 points.", "A reaches 81.2 and B 79.9.", "81.2 − 79.9 = 1.3", "match"),
        ("A beats B by 2.3 points.", "A reaches 81.2 and B 79.9.", "81.2 − 79.9 = 1.3", "mismatch"),
        ("A has three times as many errors as B.", "A makes 90 errors and B makes 30 errors.",
         "90 / 30 = 3.00", "match"),
        ("The whole has 1,104,934 examples.", "The parts have 392,702, 549,367 and 162,865 examples.",
         "392,702 + 549,367 + 162,865 = 1,104,934", "match"),
        ("The mean of the scores is 71.0.", "The scores are 61.0, 72.0 and 80.0.",
         "(61.0 + 72.0 + 80.0) / 3 = 71.00", "match"),
    ],
)  # fmt: skip
def test_what_can_be_computed_is_computed_and_shown(claim: str, passage: str, told: str, outcome: str) -> None:
    made = [(c.found, c.outcome) for c in checks(claim, passage) if c.kind == "arithmetic"]
    assert made == [(told, outcome)]


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("Speed improves by 8.2 points.", "The recall of MLQA changes from 63.9 to 72.1 for nouns."),  # another thing
        ("It has 21 languages.", "It has 9 tasks and 12 languages."),  # two kinds do not add up
        ("It has 30 tasks.", "It has 9 easy tasks, 12 hard tasks and 9 more tasks of old."),  # a plain 30 is no total
        ("A beats C by 1.3 points.", "A reaches 81.2 and B 79.9."),  # nobody gives C
    ],
)
def test_numbers_of_different_things_are_not_put_together(claim: str, passage: str) -> None:
    assert not [c for c in checks(claim, passage) if c.kind == "arithmetic"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It scores 85.2 ± 0.3 (n = 120).", [(85.2, "level"), (0.3, "spread"), (120.0, "count")]),
        ("HR 0.69 (95% CI: 0.56 to 0.84), p < 0.05.",
         [(0.69, "open"), (95.0, "confidence"), (0.56, "interval"), (0.05, "p")]),
        ("3·1% (2·2-4·3) of women", [(3.1, "open"), (2.2, "interval")]),
        ("From 63.9 to 72.1, up by 8.2 points.", [(63.9, "level"), (72.1, "level"), (8.2, "change")]),
        ("type 2 diabetes in 2019 with a 12-layer model", [(2.0, "label"), (2019.0, "label"), (12.0, "label")]),
        ("Two novel methods and 3 of 9 tasks", [(2.0, "count"), (3.0, "count"), (100 / 3, "share"), (9.0, "count")]),
        ("in double-blind trials, a third system and 2-fold cross-validation", [(2.0, "label")]),
        ("See [12], (Doe et al., 2020) and https://a.example/55.", []),
    ],
)  # fmt: skip
def test_what_each_number_is(text: str, expected: list[tuple[float, str]]) -> None:
    assert [(pytest.approx(f.value), f.part) for f in figures(text)] == expected
    for figure in figures(text):
        assert text[figure.start : figure.end] == figure.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A reaches 81.2 and B 79.9.", [{"A"}, {"B"}]),
        ("On XNLI, mBERT reaches 81.2 and XLM-R 79.9.", [{"mBERT"}, {"XLM-R"}]),
        ("It has an accuracy of 81.2 and an F1 of 79.9.", [{"accuracy"}, {"F1"}]),
        ("A reaches 81.2 on XNLI and B 79.9 on MLQA.", [{"A", "XNLI"}, {"B", "MLQA"}]),
        ("It scores 81.2 and 79.9 on XNLI and MLQA.", [{"XNLI"}, {"MLQA"}]),
    ],
)
def test_the_words_of_a_figure(text: str, expected: list[set[str]]) -> None:
    assert [{t.key for t in owned.near} for owned in read(text).owned] == expected


def test_a_claim_without_words_has_no_checks() -> None:
    assert compare("", "Anything at all.").checks == ()
    assert checks("Accuracy is 81.2.", "") == (Check(kind="number", claimed="81.2", found=None, outcome="missing"),)
