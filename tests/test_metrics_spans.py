"""Answer spans: normalisation of SQuAD and of each MLQA language, exact match, F1, questions without an answer."""

from __future__ import annotations

import json
import lzma
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate.metrics import spans, unanswerable
from synth.errors import InputError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Cat, a dog!", "cat dog"),
        ("an apple; AN", "apple"),
        ("there", "there"),  # articles are whole words
        ("A.B.", "ab"),  # punctuation goes before articles, so the A is no article any more
        ("the-end", "theend"),
        ("$1,000", "1000"),
        ("«Bär»", "«bär»"),  # only ASCII punctuation
        ("der Bär", "der bär"),  # only English articles
        ("中国，北京", "中国，北京"),  # no Chinese characters are cut apart
        ("a\u2028b\u00a0c", "b c"),  # every white space of Unicode separates
        ("the", ""),
        ("", ""),
    ],
)
def test_squad_normal_form(text: str, expected: str) -> None:
    assert spans.normalise_squad(text) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The U.S. «Army», an idea", "us army idea"),
        ("en", "der Hund", "der hund"),
        ("es", "¿El río de la Plata?", "río de plata"),
        ("es", "Unos años; unas flores", "años flores"),
        ("es", "the sol", "the sol"),
        ("de", "Der „Bär“ des Königs", "bär königs"),
        ("de", "einem, Einer und DAS", "und"),
        ("vi", "những con mèo của tôi", "con mèo tôi"),
        ("vi", "Cái này là chiếc xe.", "này xe"),
        ("hi", "एक किताब।", "एक किताब"),  # the danda is punctuation; nothing else is dropped
        ("ar", "الكتاب، العربي", "كتاب عربي"),
        ("ar", "خيال؟", "خي"),  # the rule drops these two letters inside a word too
        ("ar", "قال له", "ق له"),
        ("zh", "北京2008年，奥运会", "北 京 2008 年 奥 运 会"),
        ("zh", "iPhone 手机", "iphone 手 机"),
        ("zh", "the 书", "the 书"),
        ("zh", "「書」", "書"),
        ("zh", "\u9fa6\u9fa6", "\u9fa6\u9fa6"),  # beyond the range that is cut apart
        ("xx", "The „Thing“", "the thing"),  # a language MLQA does not have: punctuation only
    ],
)
def test_mlqa_normal_form(language: str, text: str, expected: str) -> None:
    assert spans.normalise_mlqa(text, language) == expected


@pytest.mark.parametrize(
    ("language", "articles"),
    [
        ("en", "a an the"),
        ("es", "un una unos unas el la los las"),
        ("de", "ein eine einen einem eines einer der die das den dem des"),
        ("vi", "của là cái chiếc những"),
    ],
)
def test_every_article_is_dropped_as_a_whole_word(language: str, articles: str) -> None:
    for article in articles.split():
        assert spans.normalise_mlqa(f"{article.upper()} x, {article}", language) == "x"
        assert spans.normalise_mlqa(f"{article}x", language) == f"{article}x"


def test_articles_are_written_in_composed_characters() -> None:
    assert spans.normalise_mlqa("của", "vi") == ""
    assert spans.normalise_mlqa(unicodedata.normalize("NFD", "của"), "vi") != ""


@pytest.mark.parametrize(
    ("task", "language", "prediction", "answers", "expected"),
    [
        ("xquad", "en", "the cat", ["cat"], (100.0, 100.0)),
        ("xquad", "en", "black cat", ["cat"], (0.0, 200 / 3)),  # precision 1/2, recall 1
        ("xquad", "en", "cat cat", ["cat"], (0.0, 200 / 3)),  # a word counts as often as both have it
        ("xquad", "en", "", ["cat"], (0.0, 0.0)),
        ("xquad", "en", "a", ["the"], (100.0, 0.0)),  # both empty: equal, but no word in common
        ("xquad", "en", "dog", ["cat", "the dog"], (100.0, 100.0)),  # the best of the answers
        ("xquad", "zh", "北京", ["北京大学"], (0.0, 0.0)),  # one "word" each
        ("mlqa", "zh", "北京", ["北京大学"], (0.0, 200 / 3)),  # two characters of four
        ("mlqa", "de", "die «Stadt»", ["Stadt"], (100.0, 100.0)),
        ("tydiqa", "de", "die «Stadt»", ["Stadt"], (0.0, 0.0)),
        ("mlqa", "ar", "الكتاب", ["كتاب"], (100.0, 100.0)),
        ("tydiqa", "ar", "الكتاب", ["كتاب"], (0.0, 0.0)),
        ("mlqa", "hi", "भारत।", ["भारत"], (100.0, 100.0)),
        ("mlqa", "en", None, ["cat"], (0.0, 0.0)),  # no prediction
    ],
)
def test_scores(
    task: str, language: str, prediction: str | None, answers: list[str], expected: tuple[float, float]
) -> None:
    value = spans.score([answers], [prediction], spans.normaliser(task, language))
    assert (value["exact_match"], value["f1"]) == pytest.approx(expected)


def test_scores_are_means_over_questions() -> None:
    gold = [["cat"], ["the dog", "a cat"], ["horse"], ["red fox"]]
    predicted = ["Cat", "cat!", None, "fox"]
    assert spans.score(gold, predicted) == {"exact_match": 50.0, "f1": pytest.approx((1 + 1 + 0 + 2 / 3) / 4 * 100)}
    rows = spans.per_example(gold, predicted)
    assert rows.statistics.tolist() == [[1, 1], [1, 1], [0, 0], [0, pytest.approx(2 / 3)]]
    assert rows.value() == pytest.approx((50 + 200 / 3) / 2)


@pytest.mark.parametrize(
    ("gold", "predicted", "message"),
    [
        ([], [], "no questions to score"),
        ([["a"]], [], "1 questions in the labels but 0"),
        ([["a"], []], ["a", ""], "question 2 has no answer"),
    ],
)
def test_what_cannot_be_scored_is_refused(gold: list[list[str]], predicted: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        spans.score(gold, predicted)


WORDS = st.lists(st.sampled_from(["cat", "dog", "fox", "Rio", "42"]), min_size=1, max_size=4).map(" ".join)


@given(st.lists(st.tuples(st.lists(WORDS, min_size=1, max_size=3), WORDS), min_size=1, max_size=10))
def test_exact_match_is_at_most_f1_and_perfect_is_100(rows: list[tuple[list[str], str]]) -> None:
    gold, predicted = [answers for answers, _ in rows], [guess for _, guess in rows]
    value = spans.score(gold, predicted)
    assert value["exact_match"] <= value["f1"] + 1e-9
    backwards = spans.score(gold[::-1], predicted[::-1])
    assert value["exact_match"] == backwards["exact_match"]
    assert value["f1"] == pytest.approx(backwards["f1"])
    assert spans.score(gold, [answers[-1] for answers in gold]) == {"exact_match": 100.0, "f1": 100.0}


@given(st.text(max_size=20), st.sampled_from([*spans.MLQA_LANGUAGES, "xx"]))
def test_normal_forms_have_single_spaces_only(text: str, language: str) -> None:
    for form in (spans.normalise_squad(text), spans.normalise_mlqa(text, language)):
        assert form == " ".join(form.split())


@pytest.mark.shared_data
@pytest.mark.parametrize("language", spans.MLQA_LANGUAGES)
def test_real_answers_are_fully_right_against_themselves(shared_data: Path, language: str) -> None:
    path = shared_data / "transfer" / "mlqa" / f"dev-context-{language}-question-{language}.json.xz"
    articles = json.loads(lzma.decompress(path.read_bytes()))["data"]
    texts = [q["answers"][0]["text"] for a in articles for p in a["paragraphs"] for q in p["qas"]]
    value = spans.score([[text] for text in texts], texts, spans.normaliser("mlqa", language))
    assert value["exact_match"] == 100.0
    assert value["f1"] > 99.0  # answers of articles or signs alone have no word in common with themselves


class TestUnanswerable:
    gold = ((), ("a cat",), ("dog", "red dog"), ())
    predicted = ("", "the cat", "red", "fox")

    def test_the_empty_text_is_right_where_there_is_no_answer(self) -> None:
        # right, right, half (red of "red dog": 2/3), wrong
        value = unanswerable.score(self.gold, self.predicted)
        assert value == {"exact_match": 50.0, "f1": pytest.approx((1 + 1 + 2 / 3 + 0) / 4 * 100)}
        assert unanswerable.per_example(self.gold, self.predicted).value() == pytest.approx((50 + value["f1"]) / 2)

    def test_two_empty_texts_agree(self) -> None:
        assert unanswerable.score([["the"]], ["a"]) == {"exact_match": 100.0, "f1": 100.0}
        assert unanswerable.score([["cat"]], ["the"]) == {"exact_match": 0.0, "f1": 0.0}

    def test_best_threshold(self) -> None:
        # With no answer to anything two of four are right. Answering up to 0.2 adds the cat (and the empty text costs
        # nothing); up to 0.5 adds 2/3 in F1 and nothing in exact match; up to 0.9 takes the fox's point away.
        value = unanswerable.best(self.gold, self.predicted, [0.1, 0.2, 0.5, 0.9])
        assert value["exact_match"] == 75.0
        assert value["exact_match_threshold"] == 0.2
        assert value["f1"] == pytest.approx((3 + 2 / 3) / 4 * 100)
        assert value["f1_threshold"] == 0.5

    def test_answering_where_there_is_no_answer_costs_its_point(self) -> None:
        # From one right of three: the first answer loses it, the next two win one each.
        value = unanswerable.best([(), ("x",), ("y",)], ["z", "x", "y"], [0.1, 0.2, 0.3])
        assert value["exact_match"] == pytest.approx(200 / 3)
        assert value["exact_match_threshold"] == 0.3

    def test_a_score_that_is_no_number_is_refused(self) -> None:
        with pytest.raises(InputError, match="not a number"):
            unanswerable.best([["a"]], ["a"], [float("nan")])
