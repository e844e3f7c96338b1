"""The real slices of the shared data folder: every one loads with the counts that its SOURCE.md states."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from replicate import load
from replicate.records import ParallelSet, SpanExample, TagExample

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def parts(shared_data: Path) -> load.Place:
    return load.files(shared_data / "transfer", whole=False)


@pytest.fixture(scope="module")
def whole(shared_data: Path) -> load.Place:
    return load.files(shared_data / "transfer")


@pytest.mark.parametrize(
    ("name", "split", "rows"),
    [
        ("mnli", "train", 8_999),
        ("mnli", "validation", 1_000),
        ("qqp", "train", 8_999),
        ("qqp", "validation", 1_000),
        ("anli", "train", 8_999 + 8_999),  # MNLI and SNLI slices: there is no training set of ANLI itself
        ("anli", "validation", 2_000 + 1_000 + 9_842),
        ("squad_v1", "train", 11_877),
        ("squad_v1", "validation", 4_961),
        ("squad_v2", "validation", 6_078),
        ("hellaswag", "validation", 1_000),
        ("cosmosqa", "validation", 2_985),
        ("commonsenseqa", "train", 9_741),
        ("commonsenseqa", "validation", 1_221),
        ("ccg@silver", "train", 6_077),
        ("tydiqa", "train", 3_696),
        ("panx@uner", "train", 12_543),
        ("panx@uner", "validation", 2_001),
        ("panx@wikineural", "validation", 11_590),
        ("udpos@pud", "test", 1_000),
    ],
)
def test_english_slices(parts: load.Place, name: str, split: str, rows: int) -> None:
    got = load.read(name, split, "en", parts)
    assert (got.rows, got.labelled) == (rows, True)


@pytest.mark.parametrize(
    ("name", "split", "language", "rows"),
    [
        ("commonsenseqa", "validation", "en", 1_221),
        ("cosmosqa", "validation", "en", 2_985),
        ("xnli", "validation", "sw", 2_490),
        ("pawsx", "validation", "es", 2_000),
        ("udpos", "train", "en", 21_253),
        ("xquad", "validation", "zh", 1_190),
        ("mlqa", "validation", "ar", 517),
        ("bucc2018", "validation", "zh", 257),
    ],
)
def test_what_is_whole_passes_as_whole(whole: load.Place, name: str, split: str, language: str, rows: int) -> None:
    assert load.read(name, split, language, whole).rows == rows


@pytest.mark.parametrize(
    ("name", "split", "languages", "rows", "labelled"),
    [
        ("xnli", "validation", 15, 37_350, True),
        ("pawsx", "validation", 7, 14_000, True),
        ("pawsx", "test", 7, 14_000, False),
        ("xquad", "validation", 8, 8 * 1_190, True),
        ("mlqa", "validation", 7, 4_199, True),
        ("tydiqa", "validation", 9, 5_077, False),
        ("tatoeba", "validation", 112, 88_877, True),
    ],
)
def test_all_languages(parts: load.Place, name: str, split: str, languages: int, rows: int, labelled: bool) -> None:
    found = load.languages(name, split, parts)
    assert len(found) == languages
    got = [load.read(name, split, language, parts) for language in found]
    assert sum(one.rows for one in got) == rows
    assert {one.labelled for one in got} == {labelled}


def test_tags_of_the_benchmark_files(parts: load.Place) -> None:
    found = load.languages("udpos", "validation", parts)
    assert len(found) == 34
    for language in ("el", "ta", "zh", "vi"):
        assert load.read("udpos", "validation", language, parts).labelled
    assert not load.read("udpos", "test", "yo", parts).labelled


def test_fused_tokens_agree_with_the_benchmarks_own_conversion(parts: load.Place) -> None:
    """Spanish GSD read from CoNLL-U against the benchmark's output of an older release of the same treebank."""
    known: dict[tuple[str, ...], TagExample] = {}
    for one in load.examples("udpos", "validation", "es", parts):
        assert isinstance(one, TagExample)
        known[one.words] = one
    ours = [one for one in load.examples("udpos@ud", "validation", "es", parts) if isinstance(one, TagExample)]
    assert len(ours) == 1_400
    assert all(one.words in known for one in ours)  # every written word, fused ones included
    fused = Counter(
        (tag == other)
        for one in ours
        for word, tag, other in zip(one.words, one.tags, known[one.words].tags, strict=True)
        if word.lower() in {"al", "del"}
    )
    assert fused == {True: 590, False: 3}  # the two releases differ in a few trees


def test_xquad_overlaps_squads_development_set(parts: load.Place) -> None:
    development = load.examples("squad_v1", "validation", "en", parts)
    scored = load.examples("xquad", "validation", "en", parts)
    spans = [one for one in development if isinstance(one, SpanExample)]
    kept = load.without_contexts(spans, [one for one in scored if isinstance(one, SpanExample)])
    contexts = {one.context for one in spans}
    assert len(contexts) - len({one.context for one in kept}) == 120
    training = [one for one in load.examples("squad_v1", "train", "en", parts) if isinstance(one, SpanExample)]
    assert len(load.without_contexts(training, scored)) == len(training)  # type: ignore[arg-type]


def test_mining_set(whole: load.Place) -> None:
    (mined,) = load.examples("bucc2018", "validation", "zh", whole)
    assert isinstance(mined, ParallelSet)
    assert (len(mined.source), len(mined.target), len(mined.gold)) == (8_624, 13_589, 257)
    assert load.languages("bucc2018", "validation", whole) == ("zh",)  # the other pairs lack a side


def test_listing_of_the_folder(parts: load.Place) -> None:
    from replicate import catalogue

    rows = catalogue.listing(load.why_not(parts))
    assert {str(row["id"]) for row in rows if not row["available"]} == {"ccg", "panx"}
