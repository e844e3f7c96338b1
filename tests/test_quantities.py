"""Numbers as numbers: value, unit, direction, scope; and what is no quantity."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.directions import direction
from synth.quantities import Mention, mentions, quantity, same_unit, same_value


def values(sentence: str) -> list[tuple[float, str | None]]:
    return [(m.value, m.unit) for m in mentions(sentence)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        # percent, points, metrics
        ("Accuracy rises by 8.2 points.", [(8.2, "points")]),
        ("Accuracy rises by 5%.", [(5, "%")]),
        ("Accuracy rises by 5 percent.", [(5, "%")]),
        ("Accuracy rises by 5 percentage points.", [(5, "points")]),
        ("Accuracy rises by 2% absolute.", [(2, "points")]),
        ("An 8.2-point improvement is seen.", [(8.2, "points")]),
        ("It reaches 35.2 BLEU and 80 F1.", [(35.2, "BLEU"), (80, "F1")]),
        ("It drops by 3 BLEU points.", [(3, "BLEU")]),
        ("It is 2.5x faster.", [(2.5, "x")]),
        ("It is three times faster.", [(3, "x")]),
        # signs, separators, scales, words
        ("Changes of +8.2, −3 and minus 2 points.", [(8.2, "points"), (-3, "points"), (-2, "points")]),
        ("It has 48,274 abstracts.", [(48274, "abstracts")]),
        ("It has 560M parameters.", [(560e6, "parameters")]),
        ("It has 1.2 million tokens.", [(1.2e6, "tokens")]),
        ("We use nine different English language-understanding tasks.", [(9, "tasks")]),
        ("A dozen languages and fifty-two scripts.", [(12, "languages"), (52, "scripts")]),
        ("It needs 8 GPUs for 3 days.", [(8, "GPUs"), (3, "days")]),
        ("2000 sentences and 2,000 words.", [(2000, "sentences"), (2000, "words")]),
        # lists and ranges share their unit
        ("Gains of 8.2, 7.5, and 7.0 points.", [(8.2, "points"), (7.5, "points"), (7.0, "points")]),
        ("A gains 8.2, B 7.5 and C 7.0 points.", [(8.2, "points"), (7.5, "points"), (7.0, "points")]),
        ("It reaches 80-90% of them.", [(80, "%"), (90, "%")]),
        ("From 18.6 to 21.3% in BLEU.", [(18.6, "%"), (21.3, "%")]),
        ("It is between 80 and 90 F1.", [(80, "F1"), (90, "F1")]),
        ("It scores 85.2 ± 0.3 F1.", [(85.2, "F1")]),
    ],
)
def test_values_and_units(sentence: str, expected: list[tuple[float, str | None]]) -> None:
    assert values(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "GPT-3, BERT-large 2, Llama 2, T5 and LLaMA-7B are compared.",
        "SQuAD 2.0 and CoNLL 2003 are used.",
        "MultiWOZ 2.0-2.4 is used.",
        "See Table 2, Section 3.1, Figure 4 and Appendix 5.",
        "It was shown in 2020 and before 1998 [12], [3, 4].",
        "Phang et al. (2020) and Devlin et al., 2019 agree.",
        "The F1 and BLEU-4 scores at top-5 and R@10 of v2.",
        "Steps: 1) read, 2) write, (3) rest.",
        "It came 3rd in the first round of SemEval-2020 Task 8.",
        "We use 10-fold cross-validation and 5-shot prompts.",
        "One of the two-stage methods is zero-shot.",
        "The 1:1 ratio on 12/05/2020 at 10:30.",
        "Read https://a.example/2020/55 and arXiv:2005.13013.",
        "Two thirds of them agree.",
    ],
)
def test_what_only_looks_like_a_quantity(sentence: str) -> None:
    assert values(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "approximate", "bound"),
    [
        ("It has about 100 languages.", True, None),
        ("It has nearly 100 languages.", True, "at_most"),
        ("It gains up to 8.7 points.", True, "at_most"),
        ("It has over 100 languages.", True, "at_least"),
        ("It has at least 100 languages.", True, "at_least"),
        ("It has 100+ languages.", True, "at_least"),
        ("It wins 80-90 games.", True, None),
        ("It has 100 languages.", False, None),
    ],
)
def test_approximations(sentence: str, approximate: bool, bound: str | None) -> None:
    mention = mentions(sentence)[0]
    assert (mention.approximate, mention.bound) == (approximate, bound)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The model improves accuracy.", "up"),
        ("A outperforms B.", "up"),
        ("It not only improves recall.", "up"),
        ("It improves speed without loss of accuracy.", "up"),
        ("Performance drops.", "down"),
        ("Training reduces the error by 5%.", "down"),
        ("A performs worse than B.", "down"),
        ("It does not improve accuracy.", "none"),
        ("It fails to outperform BERT.", "none"),
        ("XNLI does not see benefits from it.", "none"),
        ("There is no significant difference between them.", "none"),
        ("No gains are seen on XNLI.", "none"),
        ("Accuracy does not drop.", "none"),
        ("A is on par with B.", "none"),
        ("A neither helps nor hurts.", "none"),
        ("It improves XNLI but hurts PAWS-X.", None),
        ("A new loss function for low-resource languages.", None),
        ("Higher layers encode syntax.", None),
        ("We gain insights into dropout.", None),
    ],
)
def test_direction_of_a_sentence(sentence: str, expected: str | None) -> None:
    assert direction(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("It outperforms XLM-R by 5.4 points while losing 1.3 points on dev.", ["up", "down"]),
        ("It reaches 92.3 F1, outperforming BERT by 2.1 points.", [None, "up"]),
        ("It reaches 35.2 BLEU, 2.1 points better than B.", [None, "up"]),
        ("The change is −3 points.", ["down"]),
        ("WER goes from 12.1% to 10.3%.", [None, "down"]),
        ("It does not improve by 3 points.", ["none"]),
        ("It improves results on four data sets.", [None]),
        ("It cuts the model by 100 parameters.", ["down"]),
    ],
)
def test_direction_of_each_number(sentence: str, expected: list[str | None]) -> None:
    assert [m.direction for m in mentions(sentence)] == expected


@pytest.mark.parametrize(
    ("sentence", "index", "expected"),
    [
        ("Our model improves accuracy by 8.2 points on XNLI.", 0, {"metric": "accuracy", "dataset": "XNLI"}),
        ("It beats XLM-R by 5.4 points on the test set of XTREME.", 0,
         {"baseline": "XLM-R", "dataset": "XTREME", "split": "test", "model": None}),
        ("We reach 35.2 BLEU on WMT14 En-De.", 0, {"metric": "BLEU", "dataset": "WMT14", "language": "En-De"}),
        ("mBERT reaches 80% accuracy on German.", 0, {"metric": "accuracy", "model": "mBERT", "language": "German"}),
        ("It cuts the error by 42% for non-English queries.", 0, {"language": "non-English", "direction": "down"}),
        ("The kappa is 0.71 (n = 120).", 0, {"metric": "kappa", "n": 120}),
        ("XNLI, MLQA and SQuAD gain 3 points.", 0, {"dataset": None}),
        ("We use nine tasks and measure F1.", 0, {"metric": None, "unit": "tasks"}),
        ("WER falls by 10% relative and recall by 2%.", 1, {"metric": "recall"}),
    ],
)  # fmt: skip
def test_what_a_number_is_about(sentence: str, index: int, expected: dict[str, object]) -> None:
    about = quantity(sentence, mentions(sentence)[index]).model_dump()
    assert {field: about[field] for field in expected} == expected


def only(sentence: str) -> Mention:
    (mention,) = mentions(sentence)
    return mention


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("gains 8.2 points", "gains 8.21 points", True),
        ("gains 8.2 points", "gains 8.3 points", False),
        ("gains 8.2 points", "gains 8 points", True),
        ("gains 7.0 points", "gains 7.4 points", False),
        ("560M parameters", "559,890,432 parameters", True),
        ("48,274 papers", "48,275 papers", False),
        ("about 48,000 papers", "48,274 papers", True),
        ("nearly 90 points", "89.2 points", True),
        ("nearly 90 points", "91 points", False),
        ("over 80 points", "83 points", True),
        ("over 80 points", "78 points", False),
        ("nine tasks", "9 tasks", True),
        ("it drops by 3 points", "a change of −3 points", True),
        ("it gains 3 points", "a change of −3 points", False),
    ],
)
def test_same_value_to_the_coarser_precision(a: str, b: str, same: bool) -> None:
    assert same_value(only(a), only(b)) is same
    assert same_value(only(b), only(a)) is same


@pytest.mark.parametrize(
    ("a", "b", "same"), [(8.2, 8.21, True), (8.2, 8.3, False), (8.0, 8.4, False), (8.0, 8.04, True), (1e30, 1e30, True)]
)
def test_same_value_of_plain_floats(a: float, b: float, same: bool) -> None:
    assert same_value(a, b) is same


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("%", "%", True),
        ("%", "points", False),
        ("points", "BLEU", True),
        ("points", "tasks", False),
        ("task", "tasks", True),
        (None, "%", True),
        ("F1", "BLEU", False),
    ],
)
def test_same_unit(a: str | None, b: str | None, same: bool) -> None:
    assert same_unit(a, b) is same


@given(st.integers(min_value=0, max_value=9999), st.sampled_from(["points", "%", " BLEU"]))
def test_a_stated_number_is_read_back(tenths: int, unit: str) -> None:
    number = f"{tenths / 10:.1f}"
    joined = number + (unit if unit == "%" else f" {unit.strip()}")
    sentence = f"The system gains {joined} over the baseline."
    mention = only(sentence)
    assert mention.value == float(number)
    assert sentence[mention.start : mention.end] == mention.text
    assert mention.direction == "up"


@given(st.text(alphabet=st.sampled_from("0123456789.,-–%+()[] abGPTintwoby×±/:"), max_size=80))
def test_any_text_gives_ordered_verbatim_mentions(text: str) -> None:
    found = mentions(text)
    assert all(text[m.start : m.end] == m.text for m in found)
    assert all(a.start < b.start for a, b in pairwise(found))
    for mention in found:
        quantity(text, mention)
