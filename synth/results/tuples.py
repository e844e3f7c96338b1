"""The results of a paper as (task, data set, metric, score), each with its place.

Tables first: a cell is given the metric and the data set that its column, its row or its caption name, and of all cells
with one metric on one data set the paper's own headline is chosen (`synth.results.choosing`). What no table told is
taken from sentences of the abstract, results and conclusion that give one number, its metric and its data set plainly.
The task is the one that the paper speaks of most, beside the result first. What is not named is None, never guessed.

The frame (task, data set, metric, score; the authors' own best result) is that of Hou et al. (2019), "Identification of
Tasks, Datasets, Evaluation Metrics, and Numeric Scores for Scientific Leaderboards Construction".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from synth.passages import passages
from synth.quantities import mentions, quantity, same_value
from synth.records import Passage, Quantity, ReadPaper, Record, Table
from synth.results.cells import Cell, of_table, own_names
from synth.results.choosing import About, about, choice
from synth.results.naming import called_datasets, dataset_in, falls, metric_in, task_in
from synth.scopes import metrics
from synth.text import normalise

__all__ = ["ResultTuple", "against", "tuples"]

_TABLES = 60  # a paper has fewer; what a reader made of a broken file may have more
_CELLS = 4_000  # of one table
_TEXT = 200_000  # characters that are looked through for names
_TELLING = re.compile(r"abstract|result|experiment|conclusion|evaluation|finding|discussion", re.I)
_CHANGE = re.compile(
    r"\b(?:points?|gains?|improv\w+|increas\w+|decreas\w+|reduc\w+|drop\w*|higher|lower|better|worse|more|less|"
    r"outperform\w*|by|over|differences?|standard deviation|p\s?[<=])\b",
    re.I,
)
_REACHED = re.compile(
    r"\b(?:achiev\w+|reach\w*|obtain\w*|attain\w*|scor(?:es?|ed|ing)|yield\w*|gets?|got|results? (?:in|of)|"
    r"state[ -]of[ -]the[ -]art|perform\w* (?:at|with)|accuracy of|with an?|ha(?:s|ve|d) an?)\b",
    re.I,
)
_MEASURED_ON = r"\b(?:on|for|in|of|over)\s(?:the\s|its\s|our\s)?(?:[\w’'-]+\s){0,2}?"
_OTHERS = re.compile(r"\bet al\b|\((?:19|20)\d\d\)|\b(?:previous|prior|existing|baseline)\b", re.I)


class ResultTuple(Record):
    """A result that a paper reports as its own.

    `task` is None where no listed task is named. `unit` is what follows the number in the cell, or "%" in a sentence;
    None where nothing does. Of a table: `table` is its label (its caption where it has none), `row` and `column` the
    words that head the cell, `cell` its place in `Table.rows`; of a sentence: `quote` is the sentence verbatim with its
    `start` and `end` in `ReadPaper.text`.
    `why` names the evidence that the result is the paper's own.
    """

    task: str | None
    dataset: str
    metric: str
    score: float
    written: str
    unit: str | None
    page: int | None
    table: str | None = None
    row: str | None = None
    column: str | None = None
    cell: tuple[int, int] | None = None
    quote: str | None = None
    start: int | None = None
    end: int | None = None
    why: tuple[str, ...] = ()


class _Named(NamedTuple):
    """The names of a paper that its tables and sentences are read with."""

    known: About
    datasets: tuple[str, ...]
    sole: str | None
    topic: dict[str, float]


def tuples(paper: ReadPaper) -> tuple[ResultTuple, ...]:
    """The results that `paper` reports as its own: those of tables in their order, then those only sentences tell.

    One for each metric on each data set. Empty where the paper names none plainly; reading only an abstract, there are
    no tables and seldom a tuple.
    """
    named = _names(paper)
    found: list[ResultTuple] = []
    grouped: dict[tuple[str, str], list[tuple[Table, list[Cell]]]] = {}
    for table in paper.tables[:_TABLES]:
        for pair, cells in _by_names(table, named).items():
            grouped.setdefault(pair, []).append((table, cells))
    for (dataset, metric), groups in grouped.items():
        chosen = choice([cells for _, cells in groups], named.known, less=falls(metric))
        if chosen is not None:
            cell, why = chosen
            table = next(t for t, cells in groups if any(one is cell for one in cells))
            found.append(_of_cell(cell, table, dataset, metric, named, why))
    seen = {(r.dataset.casefold(), r.metric) for r in found}
    for one in _of_sentences(paper, named):
        if (one.dataset.casefold(), one.metric) not in seen:
            seen.add((one.dataset.casefold(), one.metric))
            found.append(one)
    return tuple(found)


def against(stated: Quantity, results: Sequence[ResultTuple]) -> tuple[tuple[ResultTuple, bool], ...]:
    """The results on the data set and metric that `stated` names, each with whether the number is the same.

    Empty where `stated` is a change or a size and no score (it has a direction, or names no data set or metric), or
    where no result is on both: that says nothing against it. The numbers are the same to the coarser of their
    precisions, also where one is a share and the other per cent.
    """
    if stated.direction is not None or stated.dataset is None or stated.metric is None:
        return ()
    both = [r for r in results if (r.dataset.casefold(), r.metric) == (stated.dataset.casefold(), stated.metric)]
    return tuple((r, any(same_value(stated.value, r.score * scale) for scale in (1.0, 100.0, 0.01))) for r in both)


def _names(paper: ReadPaper) -> _Named:
    title, abstract = paper.paper.title, paper.paper.abstract or ""
    text = paper.text[:_TEXT]
    called = called_datasets(text)
    frequent = [n for n in called if len(re.findall(rf"(?<![\w-]){re.escape(n)}(?![\w-])", text)) > 2]
    captions = " ".join(table.caption for table in paper.tables[:_TABLES])
    sole = dataset_in(f"{title}. {abstract}", called) or (frequent[0] if len(frequent) == 1 else None)
    topic = {title: 5.0, abstract: 2.0, captions: 1.0}
    return _Named(about(own_names(title, abstract), f"{title} {abstract}"), called, sole, topic)


def _by_names(table: Table, named: _Named) -> dict[tuple[str, str], list[Cell]]:
    """The cells of `table` by (data set, metric); cells without either are left out."""
    grouped: dict[tuple[str, str], list[Cell]] = {}
    in_caption = metric_in(table.caption), dataset_in(table.caption, named.datasets)
    cells = of_table(table)[:_CELLS]
    told = _beside(cells, [_dataset(cell, named.datasets) for cell in cells], named.datasets)
    # A head beside one that names a data set names something else: the paper's only data set is not put there.
    other = in_caption[1] or (None if any(told) else named.sole)
    for cell, dataset in zip(cells, told, strict=True):
        metric, dataset = _metric(cell, in_caption[0]), dataset or other
        if metric is not None and dataset is not None:
            grouped.setdefault((dataset, metric), []).append(cell)
    return grouped


def _metric(cell: Cell, in_caption: str | None) -> str | None:
    """Of the head nearest the cell that names one: the column from below, the row from the right, then the caption."""
    for words in (*reversed(cell.column), *reversed(cell.row)):
        told = metric_in(words, head=True)
        if told is not None:
            return told
    return in_caption


def _dataset(cell: Cell, called: Sequence[str]) -> str | None:
    for words in (*reversed(cell.column), *reversed(cell.row)):
        told = dataset_in(words, called)
        if told is not None:
            return told
    return None


def _beside(cells: Sequence[Cell], told: Sequence[str | None], called: Sequence[str]) -> list[str | None]:
    """What `told` leaves open, by position: where one column head of a level names a data set, its neighbours do too.

    A neighbour that names a metric, a mean, a part or a size is none.
    """
    heads = {(len(c.column), k) for c in cells for k, w in enumerate(c.column) if dataset_in(w, called) is not None}
    made: list[str | None] = []
    for cell, dataset in zip(cells, told, strict=True):
        places = [cell.column[k] for many, k in sorted(heads) if many == len(cell.column)] if dataset is None else []
        named = [w for w in places if _NAMELIKE.match(w) and not _NO_NAME.search(w) and metric_in(w, head=True) is None]
        made.append(named[0] if len(named) == 1 else dataset)
    return made


_NAMELIKE = re.compile(r"(?=.{2,40}$)[A-Z0-9][\w.’'/&+-]*(?:\s\S+){0,4}$")
_NO_NAME = re.compile(
    r"\b(?:av(?:era)?ge?|mean|all|overall|total|dev|test|train|params?|parameters|size|time|rank|year|model|method|"
    r"systems?|tasks?|data|type|gain|diff|Δ|std|score|retrieval|classification|prediction)\b",
    re.I,
)


def _of_cell(
    cell: Cell, table: Table, dataset: str, metric: str, named: _Named, why: tuple[str, ...]
) -> ResultTuple:
    near = {" ".join((*cell.column, *cell.row)): 4.0, table.caption: 4.0}
    return ResultTuple(
        task=task_in(near) or task_in(named.topic),
        dataset=dataset,
        metric=metric,
        score=cell.value,
        written=cell.written,
        unit=cell.unit,
        page=table.page,
        table=table.label or table.caption or "a table",
        row=" / ".join(cell.row) or None,
        column=" / ".join(cell.column) or None,
        cell=cell.place,
        why=why,
    )


def _of_sentences(paper: ReadPaper, named: _Named) -> Iterator[ResultTuple]:
    """Results that a sentence of the paper's own voice tells: one measured number, its metric and its data set."""
    for passage in passages(paper):
        if passage.section and not _TELLING.search(passage.section):
            continue
        text = normalise(passage.text)
        if _OTHERS.search(text) or not _REACHED.search(text) or not any(c.isdigit() for c in text):
            continue
        yield from _of_sentence(text, passage, named)


def _of_sentence(text: str, passage: Passage, named: _Named) -> Iterator[ResultTuple]:
    for mention in mentions(text):
        named_unit = mention.unit == "%" or (mention.unit is not None and bool(metrics(mention.unit)))
        if not named_unit and (mention.unit is not None or mention.precision >= 1):
            continue  # a count, or a number of something else
        if "point" in mention.text or _CHANGE.search(text[max(0, mention.start - 40) : mention.end + 20]):
            continue  # a gain is no score
        told = quantity(text, mention)
        metric, dataset = told.metric, told.dataset or dataset_in(text, named.datasets)
        if metric in (None, "p-value") or dataset is None or not re.search(_MEASURED_ON + re.escape(dataset), text):
            continue
        yield ResultTuple(
            task=task_in({text: 4.0}) or task_in(named.topic),
            dataset=dataset,
            metric=metric,
            score=told.value,
            written=mention.text,
            unit="%" if told.unit == "%" else None,
            page=passage.page,
            quote=passage.text,
            start=passage.start,
            end=passage.end,
            why=("said in a sentence",),
        )
