"""Results of a paper as tuples: what heads a cell, whose number it is, and what is left out."""

from __future__ import annotations

import time
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import paper, reading

from synth.records import Quantity, ReadPaper, Section, Table
from synth.results.cells import Cell, cited, held_out, mirrored, named_own, of_table, own_names
from synth.results.choosing import EVIDENCE, about, choice
from synth.results.naming import called_datasets, dataset_in, falls, metric_in, task_in
from synth.results.tuples import ResultTuple, against, tuples

ABSTRACT = "We present Lexar, a tagger for named entity recognition. Lexar reaches 91.4 F1 on the Kolmar corpus."


def table(caption: str, columns: tuple[str, ...], *rows: tuple[str, ...], label: str | None = "Table 2") -> Table:
    return Table(label=label, caption=caption, page=5, columns=columns, rows=rows)


def holding(*tables: Table, text: str = ABSTRACT, title: str = "Lexar: tagging names") -> ReadPaper:
    section = Section(heading="Abstract", page=1, start=0, end=len(text))
    made = paper("own", title, abstract=text)
    return ReadPaper(paper=made, tier="pdf", text=text, sections=(section,), page_starts=(0,), tables=tables)


def told(results: tuple[ResultTuple, ...]) -> list[tuple[str | None, str, str, str]]:
    return [(r.task, r.dataset, r.metric, r.written) for r in results]


def test_the_own_row_gives_one_result_for_each_metric_with_its_place() -> None:
    found = tuples(
        holding(
            table(
                "Results on the Kolmar corpus",
                ("Model", "P", "R", "F1"),
                ("Miller et al. (2019)", "92.0", "90.0", "91.0"),
                ("Lexar", "91.1", "91.7", "91.4"),
            )
        )
    )
    assert told(found) == [
        ("named entity recognition", "Kolmar", "precision", "91.1"),
        ("named entity recognition", "Kolmar", "recall", "91.7"),
        ("named entity recognition", "Kolmar", "F1", "91.4"),
    ]
    last = found[-1]
    assert (last.table, last.page, last.row, last.column, last.cell) == ("Table 2", 5, "Lexar", "F1", (1, 3))
    assert {"own row", "in the abstract"} <= set(last.why)


def test_data_sets_in_the_columns_and_the_metric_in_the_caption() -> None:
    found = tuples(
        holding(
            table("Accuracy on the test", ("", "XNLI", "PAWS-X"), ("Baseline", "70.1", "80.0"), ("Ours", "72", "79")),
            text="We study sentences.",
            title="A title",
        )
    )
    assert told(found) == [(None, "XNLI", "accuracy", "72"), (None, "PAWS-X", "accuracy", "79")]


def test_less_is_better_for_errors() -> None:
    rows = (("Ours (small)", "61.2"), ("Ours (large)", "55.3"))
    shown = table("Test perplexity on Penn Treebank", ("Model", "PPL"), *rows)
    found = tuples(holding(shown, text="No names.", title="T"))
    assert [(r.metric, r.score) for r in found] == [("perplexity", 55.3)]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ((("Miller et al. (2019)", "91.0"), ("Chen (2020)", "92.0")), "only cited rows"),
        ((("Human", "97.0"), ("Majority", "40.0")), "nobody's method"),
    ],
)
def test_numbers_of_others_are_no_results_of_the_paper(rows: tuple[tuple[str, str], ...], why: str) -> None:
    made = holding(table("XNLI accuracy", ("Model", "Accuracy"), *rows), text="We look at sentences.", title="T")
    assert tuples(made) == (), why


def test_a_development_column_is_not_the_headline() -> None:
    shown = table("F1 on XNLI", ("Model", "Dev F1", "Test F1"), ("Ours", "93.0", "91.4"), ("Base", "90.0", "89.0"))
    (one,) = tuples(holding(shown, text="We look at sentences.", title="T"))
    assert (one.written, one.column) == ("91.4", "Test F1")


def test_a_table_that_names_neither_metric_nor_data_set_gives_nothing() -> None:
    plain = table("Sizes of the parts", ("Part", "Rows"), ("Ours", "1,200"))
    assert tuples(holding(plain, text="We count.", title="T")) == ()


def test_the_only_data_set_is_not_put_under_a_head_beside_one_that_names_it() -> None:
    shown = table("Scores", ("Model", "XNLI / F1", "MAP"), ("Ours", "91.4", "88.3"))
    found = tuples(holding(shown, text="We look at sentences of XNLI.", title="T"))
    assert [(r.dataset, r.metric) for r in found] == [("XNLI", "F1")]


def test_the_neighbours_of_a_data_set_in_the_heads_are_data_sets_and_a_mean_is_none() -> None:
    shown = table("Accuracy", ("Model", "XNLI", "Tarn-2", "Avg", "Params"), ("Ours", "72.1", "79.3", "75.7", "110"))
    found = tuples(holding(shown, text="We look at sentences.", title="T"))
    assert [(r.dataset, r.written) for r in found] == [("XNLI", "72.1"), ("Tarn-2", "79.3")]


def test_sentences_tell_what_no_table_told_and_quote_it_verbatim() -> None:
    (one,) = tuples(reading("own", ABSTRACT, "Lexar: tagging names"))
    assert (one.dataset, one.metric, one.score, one.table) == ("Kolmar", "F1", 91.4, None)
    assert one.quote == "Lexar reaches 91.4 F1 on the Kolmar corpus."
    assert ABSTRACT[one.start : one.end] == one.quote


@pytest.mark.parametrize(
    "sentence",
    [
        "Lexar improves accuracy by 2.1% on XNLI.",
        "Miller et al. (2019) reach 91.0 F1 on XNLI.",
        "Lexar has 12 layers and is tried on XNLI.",
        "XNLI is hard, and Lexar reaches 91.4 F1 with the Kolmar list.",
        "Lexar scores well on XNLI (p = 0.01).",
    ],
)
def test_gains_others_and_counts_in_sentences_are_no_scores(sentence: str) -> None:
    assert tuples(reading("own", sentence, "T")) == ()


def test_the_same_paper_gives_the_same_results_twice() -> None:
    made = holding(table("Accuracy", ("", "XNLI", "PAWS-X"), ("Ours", "72", "79")))
    assert tuples(made) == tuples(made)


@pytest.mark.parametrize(
    ("value", "direction", "dataset", "holds"),
    [
        (91.4, None, "Kolmar", [True]),
        (0.914, None, "kolmar", [True]),
        (90.4, None, "Kolmar", [False]),
        (91.4, "up", "Kolmar", []),
        (91.4, None, "Tarn", []),
        (91.4, None, None, []),
    ],
)
def test_a_stated_score_is_held_against_the_results(
    value: float, direction: Literal["up"] | None, dataset: str | None, holds: list[bool]
) -> None:
    found = tuples(reading("own", ABSTRACT, "Lexar: tagging names"))
    stated = Quantity(metric="F1", value=value, direction=direction, dataset=dataset)
    assert [same for _, same in against(stated, found)] == holds


_CELL = st.sampled_from(
    ["Ours", "XNLI", "F1", "Lexar", "Chen (2018)", "**81.2**", "79.3", "12", "-", "", "Avg", "MNLI / EM"]
)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5).flatmap(lambda wide: st.lists(st.tuples(*[_CELL] * wide), min_size=1, max_size=6)))
def test_every_result_is_a_cell_of_its_table_and_each_pair_comes_once(rows: list[tuple[str, ...]]) -> None:
    shown = table("Results on the Kolmar corpus", rows[0], *rows[1:])
    found = [r for r in tuples(holding(shown)) if r.cell is not None]
    for result in found:
        row, column = result.cell or (0, 0)
        assert result.written == shown.rows[row][column].strip("*")
    assert len({(r.dataset, r.metric) for r in found}) == len(found)


@pytest.mark.parametrize("piece", ["A.", "A b ", "Aa-", "(A ", "called A1.", "0.1 "])
def test_long_broken_text_takes_no_long_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    began = time.process_time()
    called_datasets(text)
    own_names(text, text)
    dataset_in(text[:5_000], ("A",))
    assert time.process_time() - began < 5


def test_cells_carry_group_row_and_column_heads() -> None:
    shown = table("c", ("Model", "SQuAD / EM", "SQuAD / F1"), ("Single models", "", ""), ("Ours", "80.1", "**87.3**"))
    first, second = of_table(shown)
    assert (first.row, first.column) == (("Single models", "Ours"), ("SQuAD", "EM"))
    assert (first.value, first.place) == (80.1, (1, 1))
    assert (second.bold, second.written) == (True, "87.3")


@pytest.mark.parametrize(
    ("title", "abstract", "names"),
    [
        ("Lexar: tagging names", "", ("Lexar",)),
        ("A study", "We propose a graph reader (GraRe) for text.", ("GraRe",)),
        ("A study", "The model, called MixNet-2, is small.", ("MixNet-2",)),
        ("On the nature of words", "We study words.", ()),
    ],
)
def test_names_a_paper_gives_to_its_own(title: str, abstract: str, names: tuple[str, ...]) -> None:
    assert own_names(title, abstract) == names


@pytest.mark.parametrize(
    ("row", "own", "other", "mirror"),
    [
        (("Ours",), True, False, False),
        (("Lexar + char",), True, False, False),
        (("Lexarium",), False, False, False),
        (("Chen et al., 2018",), False, True, False),
        (("BiLSTM [12]",), False, True, False),
        (("Human performance",), False, False, True),
        (("- attention",), False, False, True),
    ],
)
def test_whose_row_it_is(row: tuple[str, ...], own: bool, other: bool, mirror: bool) -> None:
    assert (named_own(row, ("Lexar",)), cited(row), mirrored(row)) == (own, other, mirror)


def test_held_out_parts_are_told() -> None:
    assert [held_out((word,)) for word in ("Dev F1", "Validation", "Test", "Device")] == [True, True, False, False]


@pytest.mark.parametrize(
    ("words", "metric"),
    [
        ("EM", "exact match"), ("F", "F1"), ("R-L", "ROUGE-L"), ("Acc. (%)", "accuracy"), ("mIoU", "mean IoU"),
        ("BLEU and METEOR", None), ("Model", None),
    ],
)
def test_metrics_of_heads(words: str, metric: str | None) -> None:
    assert metric_in(words, head=True) == metric


def test_a_letter_is_a_metric_only_as_a_head() -> None:
    assert metric_in("plan F works") is None


def test_new_data_sets_are_those_that_the_paper_calls_so() -> None:
    text = "We use the Kolmar corpus and the Tarn Valley benchmark. The Kolmar corpus is small. The Results dataset."
    called = called_datasets(text)
    assert called[:2] == ("Kolmar", "Tarn Valley")
    assert dataset_in("Tarn Valley dev", called) == "Tarn Valley"
    assert dataset_in("Kolmar and Tarn Valley", called) is None


def test_tasks_by_weight_and_none_without_any() -> None:
    assert task_in({"question answering": 1.0, "machine translation and MT": 1.0}) == "machine translation"
    assert task_in({"We count stars.": 1.0}) is None


def test_falling_metrics() -> None:
    assert [falls(m) for m in ("perplexity", "error rate", "accuracy", "F1")] == [True, True, False, False]


def test_the_choice_tells_its_evidence_and_abstains() -> None:
    ours = Cell(80.0, "80.0", None, True, ("Ours",), ("F1",), "", None)
    other = Cell(82.0, "82.0", None, False, ("Chen (2018)",), ("F1",), "", None)
    chosen = choice([[ours, other]], about((), ""), less=False)
    assert chosen == (ours, ("own row", "bold"))
    assert set(chosen[1]) <= set(EVIDENCE)
    assert choice([[other]], about((), ""), less=False) is None
    assert choice([], about((), ""), less=False) is None
