"""The task files: every one loads, is complete, and says what a person needs to know before running it."""

from __future__ import annotations

import json

import pytest

from replicate import catalogue
from replicate.formats import FORMATS
from replicate.formats.examples import COMPOSITIONS
from synth.errors import InputError

INTERMEDIATE = ["anli", "mnli", "qqp", "squad_v2", "squad_v1", "hellaswag", "ccg", "cosmosqa", "commonsenseqa"]
TARGET = ["xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba"]

ROLES = {
    "classification": {"text", "second", "label"},
    "tagging": {"words", "tags"},
    "span": {"question", "context", "answers"},
    "retrieval": {"source", "target"},
    "multiple_choice": {"label"},
}


def test_the_eighteen_tasks_in_the_order_of_the_tables() -> None:
    assert list(catalogue.tasks()) == INTERMEDIATE + TARGET
    roles = {name: task.role for name, task in catalogue.tasks().items()}
    assert [name for name in roles if roles[name] == "intermediate"] == INTERMEDIATE


@pytest.mark.parametrize("name", INTERMEDIATE + TARGET)
def test_every_task_is_complete(name: str) -> None:
    one = catalogue.entry(name)
    task, reading = one.task, one.reading
    assert task.id == name
    for text in (task.name, task.licence, task.citation, task.how_to_get):
        assert text.strip() == text != ""
    assert task.traps
    assert task.languages == tuple(sorted(task.languages))
    assert len(set(task.labels)) == len(task.labels)
    assert ROLES[task.head] <= set(task.columns)
    assert reading.compose in COMPOSITIONS
    assert {source.format for source in reading.files} <= set(FORMATS)
    assert reading.evaluate in {split.name for split in task.splits}
    for split in task.splits:
        assert set(split.rows) <= set(task.languages), split.name
    if task.train_task:
        assert catalogue.task(task.train_task).head == task.head
    assert task.unavailable is not None or task.hub is not None
    for source in reading.files:  # a bare table needs names, a variant never passes for the task
        assert bool(source.fields) == (source.format == "bare_tsv")
        assert source.part or source.variant is None


@pytest.mark.parametrize(
    ("name", "split", "language", "rows"),
    [
        ("mnli", "train", "en", 392_702),
        ("mnli", "validation", "en", 9_815),
        ("anli", "train", "en", 16_946 + 45_460 + 100_459),
        ("squad_v1", "train", "en", 87_599),
        ("hellaswag", "dev", "en", 10_042),
        ("cosmosqa", "validation", "en", 2_985),
        ("xnli", "test", "sw", 5_010),
        ("pawsx", "train", "en", 49_401),  # not the 49,175 of the copy that lost rows
        ("udpos", "train", "en", 21_253),
        ("udpos", "validation", "el", 403),  # not the 2,559 that take in Ancient Greek
        ("xquad", "test", "th", 1_190),  # its one split under its second name
        ("tydiqa", "dev", "te", 669),
        ("tatoeba", "validation", "ta", 307),
        ("bucc2018", "dev", "zh", 257),
    ],
)
def test_row_counts(name: str, split: str, language: str, rows: int) -> None:
    assert catalogue.split_of(catalogue.entry(name), split).rows[language] == rows


@pytest.mark.parametrize(
    ("name", "split", "languages", "total"),
    [
        ("xnli", "validation", 15, 37_350),
        ("xnli", "test", 15, 75_150),
        ("tydiqa", "validation", 9, 5_077),
        ("tatoeba", "validation", 36, 31_692),
        ("udpos", "validation", 29, None),  # Kazakh, Tagalog, Thai and Yoruba have none
        ("udpos", "test", 33, None),
        ("panx", "test", 40, None),
        ("mlqa", "validation", 7, 4_199),
        ("xquad", "validation", 11, 13_090),
    ],
)
def test_totals_over_languages(name: str, split: str, languages: int, total: int | None) -> None:
    rows = catalogue.split_of(catalogue.entry(name), split).rows
    assert len(rows) == languages
    assert total is None or sum(rows.values()) == total


def test_recalled_counts_are_kept_apart() -> None:
    anli = catalogue.entry("anli")
    assert anli.reading.recalled["train"]["en"] == 1_104_934
    assert all(1_104_934 not in split.rows.values() for split in anli.task.splits)
    assert catalogue.split_of(catalogue.entry("ccg"), "train").rows == {}


def test_pinned_revisions_are_commits_or_the_parquet_branch() -> None:
    for task in catalogue.tasks().values():
        pin = task.revision
        assert pin is None or pin == "refs/convert/parquet" or (len(pin) == 40 and set(pin) <= set("0123456789abcdef"))


@pytest.mark.parametrize(
    ("asked", "near"),
    [("xnil", 'did you mean "xnli"?'), ("squad_v3", 'did you mean "squad_v'), ("zzz", "known: anli, bucc2018, ccg")],
)
def test_unknown_task(asked: str, near: str) -> None:
    with pytest.raises(InputError, match="there is no task") as caught:
        catalogue.task(asked)
    assert near in str(caught.value)


def test_unknown_split() -> None:
    with pytest.raises(InputError, match='tatoeba has no split "train"'):
        catalogue.split_of(catalogue.entry("tatoeba"), "train")


def test_listing_is_plain_data_and_names_what_cannot_be_had() -> None:
    rows = json.loads(json.dumps(catalogue.listing()))
    assert [row["id"] for row in rows] == INTERMEDIATE + TARGET
    absent = [row for row in rows if not row["available"]]
    assert [row["id"] for row in absent] == ["ccg"]
    assert "LDC2005T13" in absent[0]["why_not"]
    assert rows[1]["splits"] == {"train": 392_702, "validation": 9_815, "validation_mismatched": 9_832}


def test_listing_asks_the_place() -> None:
    rows = catalogue.listing(lambda task: "not here" if task.head == "span" else None)
    assert {row["id"] for row in rows if not row["available"]} == {"squad_v1", "squad_v2", "xquad", "mlqa", "tydiqa"}
