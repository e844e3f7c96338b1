"""Rows and columns of a printed table from where its words and rules stand.

A line of print is what shares a base line. Words that stand closer than a blank and a half make a phrase; a column is
a strip that (nearly) no phrase of the body crosses. A line goes on with the row above where each of its phrases is one
that did not fit on the line above in its column. The rows above the first rule under the topmost one are the head.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from synth.formats.grid import Cell
from synth.formats.regions import Region, Rule

__all__ = ["Word", "from_words", "is_number"]

Strip = tuple[float, float]
MAX_WORDS = 20_000


class Word(NamedTuple):
    """A word and its box in points, y growing downwards."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str


class _Phrase(NamedTuple):
    """Words that stand close together."""

    x0: float
    x1: float
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words as printed; parts of one word that the file holds apart are put together."""
        height = self.words[0].y1 - self.words[0].y0
        text = self.words[0].text
        for before, word in pairwise(self.words):
            text += (" " if word.x0 - before.x1 > 0.08 * height else "") + word.text
        return text


class _Row(NamedTuple):
    """A line of print within the table: its phrases from left to right, and the height of its middle."""

    y: float
    phrases: tuple[_Phrase, ...]


def is_number(text: str) -> bool:
    """Whether a cell holds a figure: 84.2, -0.3, 12%, 3.1 ± 0.2, 1,024, 5 (3)."""
    return bool(re.match(r"[-–−+±<>≈~]?\s*\.?\d[\d.,]*\s*(?:%|\(|±|[*†‡]|[KMBkGh]\b|$)", text))


def from_words(
    words: Sequence[Word], region: Region | None = None, join: Callable[[Sequence[str]], str] = " ".join
) -> tuple[list[list[Cell]], list[list[Cell]]] | None:
    """Header rows and body rows, or None where the words do not line up as a table.

    `region` gives the rules; without one only figures tell rows from running text. `join` puts the lines of a cell
    together.
    """
    if not 4 <= len(words) <= MAX_WORDS:
        return None
    height = median(word.y1 - word.y0 for word in words)
    walls = sorted({round(rule.x0, 1) for rule in region.upright}) if region else []
    rows = [_Row(_middle(line), tuple(_phrases(line, height, walls))) for line in _lines(words, height)]
    header = _header(rows, region)
    body = rows[header:] or rows
    columns = _columns(body, rows[:header], height, walls)
    if len(columns) < 2 or len(rows) < 2:
        return None
    if region is None or len(region.full) < 2:
        figures = [sum(is_number(phrase.text) for phrase in row.phrases) for row in rows]
        if sum(count > 0 for count in figures) * 2 < len(rows) - header:
            return None
    if region is not None and region.caption is None and all(is_number(p.text) for p in rows[0].phrases):
        return None  # a drawing with figures in it: a table has heads or at least a caption
    head = _head(rows[:header], columns, region, join)
    return head, _body(rows[header:], columns, region, height, join)


def _middle(line: Sequence[Word]) -> float:
    return median((word.y0 + word.y1) / 2 for word in line)


def _lines(words: Sequence[Word], height: float) -> list[list[Word]]:
    rows: list[tuple[float, list[Word]]] = []
    for word in sorted(words, key=lambda w: ((w.y0 + w.y1) / 2, w.x0, w.text)):
        middle = (word.y0 + word.y1) / 2
        if rows and middle - rows[-1][0] < 0.42 * height:
            rows[-1][1].append(word)
        else:
            rows.append((middle, [word]))
    return [sorted(row, key=lambda w: (w.x0, w.y0)) for _, row in rows]


def _phrases(row: Sequence[Word], height: float, walls: Sequence[float]) -> list[_Phrase]:
    """Words that stand closer than a blank and a half, as one; an upright rule always parts them."""
    groups: list[list[Word]] = []
    for word in row:
        last = groups[-1][-1] if groups else None
        gap = word.x0 - last.x1 if last else 0.0
        if (
            last is None
            or gap >= 0.45 * height
            or (is_number(last.text) and is_number(word.text) and gap > 0.12 * height)
            or any(last.x1 - 1 <= wall <= word.x0 + 1 for wall in walls)
        ):
            groups.append([])
        groups[-1].append(word)
    return [_phrase(group) for group in groups]


def _phrase(words: Sequence[Word]) -> _Phrase:
    return _Phrase(min(w.x0 for w in words), max(w.x1 for w in words), tuple(words))


def _parted(row: _Row, columns: Sequence[Strip]) -> _Row:
    """The row with phrases that run over a gap between columns cut there, where a blank between words lies in it."""
    parts: list[_Phrase] = []
    for phrase in row.phrases:
        first, last = _column(phrase, columns)
        words: list[Word] = []
        for word in phrase.words:
            gaps = (columns[i][1] + columns[i + 1][0] for i in range(first, last))
            if words and any(words[-1].x1 - 1 <= gap / 2 <= word.x0 + 1 for gap in gaps):
                parts.append(_phrase(words))
                words = []
            words.append(word)
        parts.append(_phrase(words))
    return _Row(row.y, tuple(parts))


# --- head ----------------------------------------------------------------------------------------------


def _header(rows: Sequence[_Row], region: Region | None) -> int:
    """How many lines stand above the body: those over the second full rule, else those before the first figures."""
    inner = [y for y in region.full if rows[0].y < y < rows[-1].y] if region else []
    if inner:
        count = sum(row.y < inner[0] for row in rows)
        if 0 < count <= max(6, len(rows) // 2):
            return count
    widest = max(len(row.phrases) for row in rows)
    first = min(_first_figures(rows), 5)
    # A line alone below the column heads names the group of rows that follows: it is no head.
    for k in range(1, first):
        if len(rows[k].phrases) == 1 < widest and len(rows[k - 1].phrases) * 2 > widest:
            return k
    return max(1, first)


def _first_figures(rows: Sequence[_Row]) -> int:
    """The first line with figures in a column of figures; 1 where there is none."""
    columns = _columns(rows, (), 10.0, ())
    holding = [[(_column(p, columns)[0], is_number(p.text)) for p in row.phrases] for row in rows]
    counts = Counter(column for row in holding for column, figure in row if figure)
    filled = Counter(column for row in holding for column, _ in row)
    numeric = {column for column, count in counts.items() if count * 2 >= filled[column]}
    return next((i for i, row in enumerate(holding) if any(f and c in numeric for c, f in row)), 1)


def _head(
    rows: Sequence[_Row], columns: Sequence[Strip], region: Region | None, join: Callable[[Sequence[str]], str]
) -> list[list[Cell]]:
    """The header rows. A phrase stands over all columns that it covers, or that the rule below it covers."""
    partial = region.partial if region else ()
    placed: list[list[str]] = []
    spans: list[bool] = []
    for i, row in enumerate(rows):
        below = rows[i + 1].y if i + 1 < len(rows) else float("inf")
        rules = [rule for rule in partial if row.y < rule.y0 < below]
        texts = [""] * len(columns)
        reach = [_reach(phrase, columns, rules) for phrase in row.phrases]
        if not rules and i + 1 < len(rows) and 1 < len(row.phrases) < len(columns) - 1:
            reach = _spread(row.phrases, reach, columns)
        for phrase, (first, last) in zip(row.phrases, reach, strict=True):
            for column in range(first, last + 1):
                texts[column] = join([texts[column], phrase.text]) if texts[column] else phrase.text
        over = any(last > first for first, last in reach)
        if placed and not spans[-1] and not over:
            # Two lines of one head: the words of a head that did not fit beside each other.
            placed[-1] = [join([a, b]) if a and b else a or b for a, b in zip(placed[-1], texts, strict=True)]
        else:
            placed.append(texts)
            spans.append(over or bool(rules))
    return [[Cell(text) for text in texts] for texts in placed] or [[Cell("") for _ in columns]]


def _reach(phrase: _Phrase, columns: Sequence[Strip], rules: Sequence[Rule]) -> tuple[int, int]:
    middle = (phrase.x0 + phrase.x1) / 2
    rule = next((r for r in rules if r.x0 - 1 <= middle <= r.x1 + 1), None)
    if rule is not None:
        under = [i for i, (x0, x1) in enumerate(columns) if rule.x0 - 1 <= (x0 + x1) / 2 <= rule.x1 + 1]
        if under:
            return under[0], under[-1]
    return _column(phrase, columns)


def _spread(
    phrases: Sequence[_Phrase], reach: Sequence[tuple[int, int]], columns: Sequence[Strip]
) -> list[tuple[int, int]]:
    """Heads of groups without a rule under them: each stands over the middle of its columns.

    Every column from the first group on goes to the head whose middle is nearest; that is believed only where every
    head then stands over the middle of its columns, so that heads of two lines are not taken for groups.
    """
    middles = [(phrase.x0 + phrase.x1) / 2 for phrase in phrases]
    for start in range(reach[0][0] + 1):
        owners: dict[int, list[int]] = {}
        for column in range(start, len(columns)):
            middle = sum(columns[column]) / 2
            owners.setdefault(min(range(len(phrases)), key=lambda i: (abs(middles[i] - middle), i)), []).append(column)
        if len(owners) < len(phrases):
            continue
        edges = [(columns[own[0]][0], columns[own[-1]][1]) for _, own in sorted(owners.items())]
        if all(abs((x0 + x1) / 2 - m) < 3 + 0.06 * (x1 - x0) for (x0, x1), m in zip(edges, middles, strict=True)):
            return [(own[0], own[-1]) for _, own in sorted(owners.items())]
    return list(reach)


# --- columns ---------------------------------------------------------------------------------------------


def _columns(body: Sequence[_Row], head: Sequence[_Row], height: float, walls: Sequence[float]) -> list[Strip]:
    """The strips that the phrases cover, left to right. A few phrases may run over a gap: then they span columns."""
    rows = [row for row in body if len(row.phrases) > 1] or list(body)
    usual = median(len(row.phrases) for row in rows)
    rows = [row for row in rows if len(row.phrases) >= 0.6 * usual]
    pieces = [(phrase, row) for row in rows for phrase in row.phrases]
    allowed = 0 if len(rows) < 4 else max(1, len(rows) // 8)
    strips = _strips([phrase for phrase, _ in pieces], allowed, height)
    for phrase in [p for row in [*body, *head[-1:]] for p in row.phrases]:
        # A column that hardly any row fills, or that has a head and no cells.
        if all(phrase.x1 < x0 + 0.5 or phrase.x0 > x1 - 0.5 for x0, x1 in strips):
            strips = sorted([*strips, (phrase.x0, phrase.x1)])
    return _walled(strips, walls)


def _strips(phrases: Sequence[_Phrase], allowed: int, height: float) -> list[Strip]:
    events = sorted([(p.x0, 1) for p in phrases] + [(p.x1, -1) for p in phrases])
    strips: list[Strip] = []
    depth = 0
    start = 0.0
    for x, step in events:
        before, depth = depth, depth + step
        if before <= allowed < depth:
            start = x
        elif depth <= allowed < before:
            if strips and start - strips[-1][1] < 0.1 * height:
                strips[-1] = (strips[-1][0], x)
            else:
                strips.append((start, x))
    return [strip for strip in strips if strip[1] - strip[0] > 0.5]


def _walled(strips: Sequence[Strip], walls: Sequence[float]) -> list[Strip]:
    """Between two upright rules there is one column."""
    if len(walls) < 2:
        return list(strips)
    joined: list[Strip] = []
    for strip in strips:
        last = joined[-1] if joined else None
        if last and not any(last[1] - 2 <= wall <= strip[0] + 2 for wall in walls) and len(walls) >= 3:
            joined[-1] = (last[0], strip[1])
        else:
            joined.append(strip)
    return joined


def _column(phrase: _Phrase, columns: Sequence[Strip]) -> tuple[int, int]:
    """The first and last column that the phrase stands over, else the nearest one."""
    width = phrase.x1 - phrase.x0
    over = [
        i for i, (x0, x1) in enumerate(columns) if min(x1, phrase.x1) - max(x0, phrase.x0) > 0.2 * min(width, x1 - x0)
    ]
    if over:
        return over[0], over[-1]
    middle = (phrase.x0 + phrase.x1) / 2
    nearest = min(range(len(columns)), key=lambda i: (abs(sum(columns[i]) / 2 - middle), i))
    return nearest, nearest


# --- rows ------------------------------------------------------------------------------------------------


def _body(
    rows: Sequence[_Row],
    columns: Sequence[Strip],
    region: Region | None,
    height: float,
    join: Callable[[Sequence[str]], str],
) -> list[list[Cell]]:
    """The body rows, lines of one row put together."""
    full = region.full if region else ()
    steps = [b.y - a.y for a, b in pairwise(rows)]
    usual = median(steps) if steps else height
    close = min(1.4 * max(min(steps, default=height), 0.9 * height), 1.2 * usual)
    done: list[dict[int, list[_Phrase]]] = []
    last_y = 0.0
    for row in (_parted(row, columns) for row in rows):
        cells: dict[int, list[_Phrase]] = {}
        for phrase in row.phrases:
            first, last = _column(phrase, columns)
            # A line of its own that runs over the first column names the rows that follow, across the table.
            whole = last > first and len(row.phrases) == 1
            for column in range(len(columns)) if whole else (first,):
                cells.setdefault(column, []).append(phrase)
        ruled = any(last_y < y < row.y for y in full)
        if done and not ruled and row.y - last_y < close and _goes_on(done[-1], cells, columns, height):
            for column, phrases in cells.items():
                done[-1].setdefault(column, []).extend(phrases)
        else:
            done.append(cells)
        last_y = row.y
    return [[Cell(join([p.text for p in cells.get(i, [])])) for i in range(len(columns))] for cells in done]


def _goes_on(
    above: dict[int, list[_Phrase]], cells: dict[int, list[_Phrase]], columns: Sequence[Strip], height: float
) -> bool:
    """Whether every phrase of a line is one that would not have fitted on the line above in its column."""
    if len(cells) > len(above) or len(cells) == len(columns):
        return False
    for column, phrases in cells.items():
        if column not in above or is_number(phrases[0].text):
            return False
        last, word = above[column][-1], phrases[0].words[0]
        right = columns[column + 1][0] - 0.4 * height if column + 1 < len(columns) else columns[column][1]
        broken = last.text.endswith(("-", ",", "/", "(")) or word.text[:1].islower() or word.text[:1] == "("
        room = (columns[column][1] if not broken else max(columns[column][1], right)) - last.x1
        if broken and word.x1 - word.x0 + 0.2 * height < 0.5 * room:
            return False
        if not broken and word.x1 - word.x0 + 0.2 * height < room - 1:
            return False
        if not broken and columns[column][1] - columns[column][0] < 4 * height:
            return False
    return True
