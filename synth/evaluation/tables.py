"""Statements about tables as annotators judged them: SEM-TAB-FACTS and TabFact, and how they are scored.

SEM-TAB-FACTS (Wang et al. 2021, SemEval-2021 task 9, subtask A) scores a table by the micro-averaged F1 over its
statements, which for one label a statement is the share that is right, and takes the mean over tables. "Three-way"
counts every statement, "two-way" only those whose gold label is not unknown; there a statement that is called unknown
is wrong. TabFact (Chen et al. 2020) is scored by accuracy over statements.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from synth.errors import InputError
from synth.evaluation.judges import Judgement, TableClaim
from synth.evaluation.metrics import Figures, Tally, ratio
from synth.labelled.files import Line, in_lines, in_whole
from synth.records import Stance

__all__ = ["read", "table_figures", "table_tallies"]

_LABELS: dict[str, Stance] = {"entailed": "supports", "refuted": "refutes", "unknown": "neutral"}


def read(data: str, folder: Path, split: str) -> list[TableClaim]:
    """The statements of one split, in the order of its file. InputError names the line at fault."""
    return list({"semtabfact": _semtabfact, "tabfact": _tabfact}[data](folder, split))


# --- SEM-TAB-FACTS --------------------------------------------------------------------------------------


def _semtabfact(folder: Path, split: str) -> Iterator[TableClaim]:
    for line in in_lines(folder / f"{split}.jsonl.gz"):
        cells = _cells(line)
        caption = " ".join(part for part in (line.either("caption"), line.either("legend")) if part)
        table = f"{line.text('doc')}/{line.text('table_id')}"
        for statement in line.records("statements"):
            label = _LABELS.get(statement.text("label"))
            if label is None:
                raise statement.wrong("label", f'is "{statement.text("label")}", no known label')
            yield TableClaim(
                id=f"semtabfact:{table}/{statement.text('id')}",
                group=table,
                claim=statement.text("text"),
                caption=caption,
                columns=cells[0],
                rows=cells[1:],
                label=label,
            )


def _cells(line: Line) -> tuple[tuple[str, ...], ...]:
    """The grid of a table: a cell that spans several places stands in each of them, a place without a cell is ""."""
    rows = line.fields.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise line.wrong("rows", "is not a list of rows")
    placed: dict[tuple[int, int], str] = {}
    for cell in (cell for row in rows for cell in row):
        first, last, left, right = _span(line, cell)
        for row in range(first, last + 1):
            for column in range(left, right + 1):
                placed.setdefault((row, column), " ".join(str(cell["text"]).split()))
    if not placed:
        raise line.wrong("rows", "has no cells")
    height, width = 1 + max(row for row, _ in placed), 1 + max(column for _, column in placed)
    return tuple(tuple(placed.get((row, column), "") for column in range(width)) for row in range(height))


def _span(line: Line, cell: Any) -> tuple[int, int, int, int]:
    try:
        (first, last), (left, right) = cell["r"], cell["c"]
        cell["text"]
        if 0 <= first <= last and 0 <= left <= right:
            return first, last, left, right
    except (KeyError, TypeError, ValueError):
        pass
    raise line.wrong("rows", "has a cell without text or place")


# --- TabFact --------------------------------------------------------------------------------------------


def _tabfact(folder: Path, split: str) -> Iterator[TableClaim]:
    examples = in_whole(folder / f"{split}_examples.json")
    tables: dict[str, tuple[tuple[str, ...], ...]] = {}
    for line in in_lines(folder / "tables.jsonl.gz"):
        if line.text("table_id") in examples:
            tables[line.text("table_id")] = _hashed(line)
    for name, example in examples.items():
        if name not in tables:
            raise InputError(f"{folder / 'tables.jsonl.gz'}: {name} is missing; take the file as it was published")
        statements, labels, caption = _example(folder / f"{split}_examples.json", name, example)
        for number, (statement, label) in enumerate(zip(statements, labels, strict=True)):
            yield TableClaim(
                id=f"tabfact:{name}/{number}",
                group=name,
                claim=statement,
                caption=caption,
                columns=tables[name][0],
                rows=tables[name][1:],
                label="supports" if label else "refutes",
            )


def _hashed(line: Line) -> tuple[tuple[str, ...], ...]:
    """The rows of a table whose columns are parted by "#"; short rows are filled with empty cells."""
    rows = list(
        csv.reader(io.StringIO(line.text("csv_hash_delimited"), newline=""), delimiter="#", quoting=csv.QUOTE_NONE)
    )
    rows = [row for row in rows if row]
    width = max(map(len, rows))
    return tuple(tuple(" ".join(cell.split()) for cell in [*row, *[""] * (width - len(row))]) for row in rows)


def _example(path: Path, name: str, example: Any) -> tuple[list[str], list[int], str]:
    match example:
        case [[*statements], [*labels], str(caption)] if len(statements) == len(labels):
            if all(isinstance(said, str) for said in statements) and set(labels) <= {0, 1}:
                return statements, labels, caption
    raise InputError(f"{path}: {name}: not statements, labels (0 or 1) and a caption; take the file as published")


# --- scores ---------------------------------------------------------------------------------------------


def table_tallies(claims: Sequence[TableClaim], judged: Sequence[Judgement]) -> list[tuple[str, Tally]]:
    """(table, what it counts): its two- and three-way F1, and its statements one by one."""
    tables: dict[str, list[tuple[Stance, Stance]]] = {}
    for claim, judgement in zip(claims, judged, strict=True):
        tables.setdefault(claim.group, []).append((claim.label, judgement.label))
    return [(table, _tally(some)) for table, some in tables.items()]


def _tally(some: Sequence[tuple[Stance, Stance]]) -> Tally:
    right = sum(gold == said for gold, said in some)
    known = [(gold, said) for gold, said in some if gold != "neutral"]
    known_right = sum(gold == said for gold, said in known)
    decided = [(gold, said) for gold, said in some if said != "neutral"]
    return {
        "three": right / len(some),
        "tables": 1,
        "two": known_right / len(known) if known else 0,
        "tables two": float(bool(known)),
        "statements": len(some),
        "right": right,
        "known": len(known),
        "known right": known_right,
        "decided": len(decided),
        "decided right": sum(gold == said for gold, said in decided),
    }


def table_figures(total: Tally) -> Figures:
    """The official means over tables, and accuracy, coverage and precision over statements."""
    return {
        "three_way_f1": ratio(total["three"], total["tables"]),
        "two_way_f1": ratio(total["two"], total["tables two"]),
        "accuracy": ratio(total["right"], total["statements"]),
        "accuracy_known": ratio(total["known right"], total["known"]),
        "coverage": ratio(total["decided"], total["statements"]),
        "decided_precision": ratio(total["decided right"], total["decided"]),
    }
