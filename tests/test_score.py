"""`replicate score`: files in the submission formats, hand-checked for each task, and every way they can be wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate import submission
from replicate.metrics import averages
from replicate.metrics.benchmark import TARGETS
from replicate.score import per_example, score
from synth.errors import InputError

Files = Mapping[str, str | bytes]


def lay(folder: Path, files: Files) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def squad(answers: Mapping[str, list[str]]) -> str:
    """A labels file in the SQuAD 1.1 layout."""
    entries = [
        {"id": name, "question": "?", "answers": [{"text": text, "answer_start": 0} for text in texts]}
        for name, texts in answers.items()
    ]
    return json.dumps({"version": "1.1", "data": [{"title": "t", "paragraphs": [{"context": "c", "qas": entries}]}]})


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "labels", tmp_path / "predictions"


@pytest.mark.parametrize(
    ("task", "gold", "predicted", "expected"),
    [
        ("pawsx", "1\n0\n0\n1\n", "1\n0\n1\n1\n", {"accuracy": 75.0}),
        ("xnli", "neutral\nentailment\n", "neutral\ncontradiction\n", {"accuracy": 50.0}),
        ("xnli", "neutral\r\nentailment\r\n", "neutral\nentailment", {"accuracy": 100.0}),  # CRLF; no last line end
        ("xnli", "neutral\u2028\nentailment\n", "\u2028neutral\nentailment\n", {"accuracy": 100.0}),  # U+2028 in a row
        ("xnli", b"\xef\xbb\xbfneutral\n", "neutral\n", {"accuracy": 100.0}),  # byte order mark
        ("tatoeba", "0\n2\n1\n", "0\n1\n1\n", {"accuracy": 200 / 3}),
        (
            "udpos",
            "SCONJ\nNOUN\nNOUN\n\nX\n",
            "CCONJ\nNOUN\nNOUN\n\nX\n",  # two of three chunks; three of four tokens
            {"f1": 200 / 3, "precision": 200 / 3, "recall": 200 / 3, "accuracy": 75.0},
        ),
        (
            "panx",
            "B-PER\r\nI-PER\r\n\r\nO\r\n\r\n",
            "\nB-PER\nI-PER\n\n\nB-LOC",  # empty lines at the ends and doubled ones between
            {"f1": 200 / 3, "precision": 50.0, "recall": 100.0, "accuracy": 200 / 3},
        ),
        ("panx", "S-PER\nO\n", "B-PER\nO\n", {"f1": 100.0, "precision": 100.0, "recall": 100.0, "accuracy": 50.0}),
        (
            "bucc2018",
            "de-1\ten-1\nde-2\ten-2\n",
            "de-1\ten-1\nde-1\ten-1\nde-9\ten-2\n",  # a pair twice counts once
            {"f1": 50.0, "precision": 50.0, "recall": 50.0},
        ),
        ("bucc2018", "de-1\ten-1\n", "", {"f1": 0.0, "precision": 0.0, "recall": 0.0}),  # nothing mined
        (
            "xquad",
            squad({"1": ["the cat"], "2": ["two\u2028dogs"], "3": ["«x»"], "4": ["y"]}),
            json.dumps({"1": "Cat", "2": "two dogs!", "3": "x", "4": ""}),
            {"exact_match": 50.0, "f1": 50.0},
        ),
        (
            "mlqa",
            squad({"1": ["die Katze"], "2": ["„Hund“"], "3": ["ein Haus"], "4": ["das"]}),
            json.dumps({"1": "Katze", "2": "der Hund", "3": "Haus am See", "4": ""}),
            {"exact_match": 75.0, "f1": 62.5},  # 1, 1, 2/4 and, for no words on either side, 0
        ),
        ("tydiqa", squad({"1": ["a"], "2": ["b"]}), json.dumps({"2": "b"}), {"exact_match": 50.0, "f1": 50.0}),
    ],
)
def test_each_task_by_hand(
    folders: tuple[Path, Path], task: str, gold: str | bytes, predicted: str, expected: dict[str, float]
) -> None:
    name = f"{task}/test-de.{TARGETS[task].suffix}"
    labels, predictions = lay(folders[0], {name: gold}), lay(folders[1], {name: predicted})
    result = score(task, labels, predictions)
    assert result == {"task": task, "languages": {"de": pytest.approx(expected)}, "average": pytest.approx(expected)}
    value = per_example(task, labels, predictions)["de"].value()
    assert value == pytest.approx(averages.task_score(task, result["average"]))


class TestFolders:
    gold: ClassVar[Files] = {
        "test-zh.tsv": "1\n0\n",
        "test-en.tsv": "1\n0\n",
        "test-xx.tsv": "1\n1\n",
        "dev-en.tsv": "0\n",
    }
    predicted: ClassVar[Files] = {
        "test-zh.tsv": "1\n1\n",
        "test-en.tsv": "1\n0\n",
        "test-xx.tsv": "0\n0\n",
        "dev-en.tsv": "0\n",
    }

    @pytest.mark.parametrize(("left", "right"), [("", ""), ("pawsx", "pawsx"), ("pawsx", ""), ("", "pawsx")])
    def test_the_task_folder_or_the_one_above(self, folders: tuple[Path, Path], left: str, right: str) -> None:
        lay(folders[0] / left, self.gold)
        lay(folders[1] / right, self.predicted)
        result = score("pawsx", *folders)
        assert result["average"] == {"accuracy": 50.0}
        # The benchmark's languages in its order, then others.
        assert list(result["languages"]) == ["en", "zh", "xx"]

    def test_text_paths_are_taken(self, folders: tuple[Path, Path]) -> None:
        lay(folders[0], self.gold)
        assert score("pawsx", str(folders[0]), str(folders[0]))["average"] == {"accuracy": 100.0}

    def test_another_split(self, folders: tuple[Path, Path]) -> None:
        lay(folders[0], self.gold)
        lay(folders[1], self.predicted)
        assert score("pawsx", *folders, split="dev")["languages"] == {"en": {"accuracy": 100.0}}

    def test_languages_that_the_benchmark_also_has_are_named(self, folders: tuple[Path, Path]) -> None:
        lay(folders[0], self.gold)
        said: list[str] = []
        score("pawsx", folders[0], folders[0], say=said.append)
        assert said == ["pawsx: the average is over 3 languages; the benchmark also has de, es, fr, ja, ko"]

    def test_averages_add_the_languages_in_the_order_of_the_benchmark(self, folders: tuple[Path, Path]) -> None:
        # Thirds and sevenths do not add up to the same double in every order; the benchmark's own sum is this one.
        hits = {"en": 1, "es": 5, "de": 2, "ar": 6, "hi": 3, "vi": 4, "zh": 1}
        for language, n in hits.items():
            names = [f"q{i}" for i in range(7)]
            lay(folders[0], {f"mlqa/test-{language}.json": squad({name: ["x"] for name in names})})
            lay(folders[1], {f"mlqa/test-{language}.json": json.dumps(dict.fromkeys(names[:n], "x"))})
        result = score("mlqa", *folders)
        assert list(result["languages"]) == list(hits)
        assert result["average"]["f1"] == sum(100.0 * n / 7 for n in hits.values()) / 7


YES, NO = "0\n1\n", "0\n"
DE, DEJ = "test-de.tsv", "test-de.json"
ASKED = squad({"1": ["a"]})


@pytest.mark.parametrize(
    ("task", "gold", "predicted", "message"),
    [
        ("xnly", {}, {}, '"xnly" is not a target task .* did you mean "xnli"'),
        ("mnli", {}, {}, '"mnli" is not a target task'),
        ("pawsx", {DE: YES, "test-fr.tsv": YES}, {DE: YES}, r"predictions: test-fr\.tsv missing"),
        ("pawsx", {DE: YES}, {DE: YES, "test-fr.tsv": YES}, r"labels: test-fr\.tsv missing"),
        ("pawsx", {DE: YES}, {"dev-de.tsv": YES}, "no predictions of pawsx for the split test; splits there: dev"),
        ("pawsx", {DE: YES}, {"readme": ""}, "expected pawsx/test-LANGUAGE.tsv there"),
        ("pawsx", {DE: YES}, {DE: NO}, r"predictions/test-de\.tsv: 1 lines, but .*labels.* has 2"),
        ("pawsx", {DE: YES}, {DE: "0\n\n"}, "line 2 is empty"),
        ("pawsx", {DE: YES}, {DE: ""}, "the file is empty"),
        ("pawsx", {DE: YES}, {DE: "0\n2\n"}, 'line 2: "2" is not a label of pawsx; known: 0, 1'),
        ("pawsx", {DE: YES}, {DE: b"0\n\xff\n"}, "not UTF-8 at byte 2"),
        ("xnli", {DE: "neutral\n"}, {DE: "entailmnt\n"}, 'did you mean "entailment"'),
        ("xnli", {DE: "0\n"}, {DE: "neutral\n"}, r'labels/test-de\.tsv: line 1: "0" is not a label'),
        ("tatoeba", {DE: "1\n"}, {DE: "-1\n"}, '"-1" is not an index'),
        ("tatoeba", {DE: "1\n"}, {DE: "01\n"}, '"01" is not an index'),
        ("tatoeba", {DE: "1\n"}, {DE: "Das ist.\n"}, "0-based line"),
        ("udpos", {DE: "X\n\nX\n"}, {DE: "X\nX\n"}, "1 sentences, but .* has 2"),
        ("udpos", {DE: "X\n\nX\nX\n"}, {DE: "X\n\n\nX\n"}, "line 4: sentence 2 has 1 tags, in .* 2"),
        ("udpos", {DE: "X\nX\n"}, {DE: "X\nNUON\n"}, 'line 2: "NUON" .* did you mean "NOUN"'),
        ("udpos", {DE: "X\n"}, {DE: "und\tX\n"}, "line 1 has more than one column"),
        ("udpos", {DE: "X\n"}, {DE: "\n\n"}, "the file has no tags"),
        ("bucc2018", {DE: "a\tb\n"}, {DE: "a\tb\na b\n"}, "line 2 must be a source id, a tab"),
        ("bucc2018", {DE: ""}, {DE: "a\tb\n"}, r"labels/test-de\.tsv: no gold pairs"),
        ("xquad", {DEJ: ASKED}, {DEJ: "{"}, "line 1 is not JSON"),
        ("xquad", {DEJ: ASKED}, {DEJ: "[]"}, "one JSON object of question id"),
        ("xquad", {DEJ: ASKED}, {DEJ: '{"1": null}'}, 'the answer to "1" is not a text'),
        ("xquad", {DEJ: ASKED}, {DEJ: '{"2": "a"}'}, "no answer to any question"),
        ("xquad", {DEJ: squad({"1": []})}, {DEJ: '{"1": "a"}'}, 'question "1" has no answer texts'),
        ("xquad", {DEJ: squad({})}, {DEJ: "{}"}, "no questions"),
        ("xquad", {DEJ: ASKED.replace('"id"', '"key"')}, {DEJ: '{"1": "a"}'}, 'has no "id"'),
        ("xquad", {DEJ: '{"a": 1}'}, {DEJ: "{}"}, 'the field "data"'),
        ("xquad", {DEJ: '{"data": [{}]}'}, {DEJ: "{}"}, 'an article without "paragraphs"'),
    ],
)  # fmt: skip
def test_what_cannot_be_scored_is_refused_in_one_line(
    folders: tuple[Path, Path], task: str, gold: Files, predicted: Files, message: str
) -> None:
    for folder, files in zip(folders, (gold, predicted), strict=True):
        folder.mkdir()
        lay(folder, files)
    with pytest.raises(InputError, match=message) as caught:
        score(task, *folders)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder; give the folder of the labels"):
        score("xnli", tmp_path / "none", tmp_path)


class TestWhatIsSaid:
    def said(self, folders: tuple[Path, Path], task: str, gold: str, predicted: str, language: str = "de") -> list[str]:
        name = f"test-{language}.{TARGETS[task].suffix}"
        lines: list[str] = []
        score(task, lay(folders[0], {name: gold}), lay(folders[1], {name: predicted}), say=lines.append)
        return lines[1:]  # the first names the languages that are not there

    def test_unanswered_questions_count_0_and_are_counted(self, folders: tuple[Path, Path]) -> None:
        gold = squad({"1": ["a"], "2": ["b"]})
        (line,) = self.said(folders, "tydiqa", gold, '{"1": "a"}')
        assert '1 of 2 questions, such as "2", have no answer' in line
        with pytest.raises(InputError, match='1 of 2 questions have no answer; the first is "2"'):
            score("tydiqa", *folders, unanswered="refuse")

    def test_answers_to_other_questions(self, folders: tuple[Path, Path]) -> None:
        (line,) = self.said(folders, "tydiqa", squad({"1": ["a"]}), '{"1": "a", "9": "b"}')
        assert "1 answers to questions that are not in" in line

    def test_labels_that_are_all_the_same(self, folders: tuple[Path, Path]) -> None:
        (line,) = self.said(folders, "xnli", "neutral\n" * 20, "neutral\n" * 20)
        assert 'all 20 labels are "neutral"' in line

    def test_tags_that_the_benchmark_does_not_have(self, folders: tuple[Path, Path]) -> None:
        (line,) = self.said(folders, "panx", "B-MISC\nO\n", "B-MISC\nO\n")
        assert line.endswith("scored as they are: MISC")

    def test_a_language_without_rules(self, folders: tuple[Path, Path]) -> None:
        (line,) = self.said(folders, "mlqa", squad({"1": ["a"]}), '{"1": "a"}', language="xx")
        assert "MLQA has no rules for xx" in line


TAG_ROWS = st.lists(st.lists(st.sampled_from(TARGETS["udpos"].labels), min_size=1, max_size=5), min_size=1, max_size=6)
IDS = st.text("abc-0123", min_size=1, max_size=5)


@given(TAG_ROWS, st.lists(st.tuples(IDS, IDS)), st.dictionaries(st.text(), st.text()))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    tags: list[list[str]],
    pairs: list[tuple[str, str]],
    answers: dict[str, str],
) -> None:
    folder = tmp_path_factory.mktemp("written")
    texts = {"tags": submission.tags_text(tags), "pairs": submission.pairs_text(pairs)}
    lay(folder, texts | {"answers": submission.answers_text(answers), "labels": submission.labels_text(tags[0])})
    assert [list(row) for _, row in submission.read_tags(folder / "tags")] == tags
    assert list(submission.read_pairs(folder / "pairs")) == sorted(pairs)
    assert submission.read_answers(folder / "answers") == answers
    assert list(submission.read_labels(folder / "labels")) == tags[0]


def test_scoring_lines_needs_no_heavy_import() -> None:
    code = "import sys, replicate.score; print(sorted({'numpy', 'torch', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
