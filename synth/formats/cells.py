"""Rows and columns of a printed table from where its words stand: for tables of figures without rules.

A row is what shares a base line; a column is a strip that no full row leaves blank. Words in one row that
stand closer than a blank and a half belong to one cell. Tables whose cells run over several lines do not show
their rows this way and are refused (None), so that the caller can use the ruled boxes instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from synth.formats.grid import Cell

__all__ = ["Word", "from_words", "is_number"]


class Word(NamedTuple):
    """A word and its box in points, y growing downwards."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str


def is_number(text: str) -> bool:
    """Whether a cell holds a figure: 84.2, -0.3, 12%, 3.1 ± 0.2, 1,024, 5 (3)."""
    return bool(re.match(r"[-–−+±<>≈~]?\s*\.?\d[\d.,]*\s*(?:%|\(|±|[*†‡]|[KMBkGh]\b|$)", text))


def from_words(words: Sequence[Word]) -> tuple[list[list[Cell]], list[list[Cell]]] | None:
    """Header rows and body rows, or None where the words do not line up as a table of figures."""
    if len(words) < 6:
        return None
    height = median(word.y1 - word.y0 for word in words)
    rows = [_phrases(row, height) for row in _rows(words, height)]
    widest = max(len(row) for row in rows)
    full = [row for row in rows if len(row) >= max(2, 0.7 * widest)]
    columns = _columns([phrase for row in full for phrase in row])
    if len(columns) < 2 or len(full) * 2 < len(rows):
        return None
    filled = [{_column(phrase, columns)[0] for phrase in row} for row in rows]
    figures = [sum(is_number(phrase.text) for phrase in row) for row in rows]
    first = next((i for i, row in enumerate(rows) if figures[i] * 2 >= max(1, len(filled[i]) - 1) and figures[i]), None)
    if first is None or first > 4 or sum(count > 0 for count in figures) * 2 < len(rows) - first:
        return None
    # A line across below the column heads names the group of rows that follows: it is no head.
    group = next((i for i in range(1, first) if len(rows[i]) == 1 and rows[i][0].x0 <= columns[0][1]), first)
    header = max(group, 1)
    placed = [_place(row, columns, spread=i < header - 1) for i, row in enumerate(rows)]
    return placed[:header], placed[header:]


def _rows(words: Sequence[Word], height: float) -> list[list[Word]]:
    rows: list[tuple[float, list[Word]]] = []
    for word in sorted(words, key=lambda w: ((w.y0 + w.y1) / 2, w.x0, w.text)):
        middle = (word.y0 + word.y1) / 2
        if rows and middle - rows[-1][0] < 0.45 * height:
            rows[-1][1].append(word)
        else:
            rows.append((middle, [word]))
    return [sorted(row, key=lambda w: (w.x0, w.y0)) for _, row in rows]


def _phrases(row: Sequence[Word], height: float) -> list[Word]:
    """Words that stand closer than a blank and a half, as one."""
    phrases: list[Word] = []
    for word in row:
        last = phrases[-1] if phrases else None
        if last and word.x0 - last.x1 < 0.45 * height and not (is_number(last.text) and is_number(word.text)):
            gap = " " if word.x0 - last.x1 > 0.08 * height else ""
            phrases[-1] = Word(last.x0, last.y0, max(last.x1, word.x1), last.y1, last.text + gap + word.text)
        else:
            phrases.append(word)
    return phrases


def _columns(phrases: Sequence[Word]) -> list[tuple[float, float]]:
    """The strips of the page that the phrases cover, left to right."""
    strips: list[tuple[float, float]] = []
    for phrase in sorted(phrases, key=lambda p: (p.x0, p.x1)):
        if strips and phrase.x0 < strips[-1][1] - 0.5:
            strips[-1] = (strips[-1][0], max(strips[-1][1], phrase.x1))
        else:
            strips.append((phrase.x0, phrase.x1))
    return strips


def _column(phrase: Word, columns: Sequence[tuple[float, float]]) -> tuple[int, int]:
    """The first and last column that the phrase stands over, else the nearest one."""
    over = [i for i, (x0, x1) in enumerate(columns) if min(x1, phrase.x1) - max(x0, phrase.x0) > 0]
    if over:
        return over[0], over[-1]
    middle = (phrase.x0 + phrase.x1) / 2
    nearest = min(range(len(columns)), key=lambda i: (abs(sum(columns[i]) / 2 - middle), i))
    return nearest, nearest


def _place(row: Sequence[Word], columns: Sequence[tuple[float, float]], spread: bool) -> list[Cell]:
    """The row as cells. `spread`: a group header stands over its columns' middle; columns go to the nearest one."""
    texts = [""] * len(columns)
    if len(row) == 1 and row[0].x0 <= columns[0][1]:
        return [Cell(row[0].text), *(Cell("") for _ in columns[1:])]
    taken = [_column(phrase, columns) for phrase in row]
    for phrase, (first, last) in zip(row, taken, strict=True):
        for i in range(first, last + 1):
            texts[i] = f"{texts[i]} {phrase.text}".strip()
    if spread and 1 < len(row) < len(columns):
        start = min(first for first, _ in taken)
        for i in range(start, len(columns)):
            if not texts[i]:
                middle = sum(columns[i]) / 2
                near = min(row, key=lambda p: (max(p.x0 - middle, middle - p.x1, 0.0), p.x0))
                texts[i] = near.text
        for i in range(1, start):
            texts[i] = row[0].text
    elif spread and len(row) == 1 and row[0].x0 > columns[0][1]:
        texts = ["", *[row[0].text] * (len(columns) - 1)]
    return [Cell(text) for text in texts]
