"""Patterns of statements over a table, each with its contradiction: what `synth.tables.making` draws from."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from synth.tables.grid import Grid
from synth.tables.verdict import TableLabel

__all__ = ["PATTERNS", "Column", "Made", "name_of", "row_name"]

_BIG = ("highest", "greatest", "largest", "maximum")
_SMALL = ("lowest", "smallest", "least", "minimum")
_COUNTED = ("", "different ", "types of ", "kinds of ")
_NOUNS = ("methods", "parameters", "categories", "models", "variables", "items", "groups", "samples", "entries")
_WRITTEN = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip


class Made(NamedTuple):
    """A statement with its label."""

    text: str
    label: TableLabel


class Column(NamedTuple):
    """A column of numbers as a sentence calls it; `numbers` are (number, as written, row), without totals."""

    name: str
    at: int
    numbers: tuple[tuple[float, str, int], ...]


def name_of(full: str, draw: random.Random) -> str:
    """A name as a sentence says it."""
    parts = [part for part in full.split(" / ") if part]
    if not parts:
        return full
    name = parts[-1] if len(parts) == 1 or draw.random() < 0.3 else " ".join(parts)
    if draw.random() < 0.7:
        name = re.sub(r"\s?[(\[][^()\[\]]*[)\]]", "", name).strip() or name
    words = name.split()
    if len(words) >= 4 and draw.random() < 0.3:
        del words[draw.randrange(1, len(words))]
    return " ".join(words)


def row_name(grid: Grid, row: int, draw: random.Random) -> str:
    """The name of a row as a sentence says it."""
    return name_of(grid.rows[row], draw)


def _pair(true: str, false: str | None) -> Iterator[Made]:
    yield Made(true, "supported")
    if false is not None and false != true:
        yield Made(false, "refuted")


def _other(numbers: tuple[tuple[float, str, int], ...], not_this: float, draw: random.Random) -> str | None:
    """Another number of the column, or the number itself changed."""
    others = [shown for number, shown, _ in numbers if number != not_this]
    if others and draw.random() < 0.6:
        return draw.choice(others)
    if not_this != int(not_this):
        return f"{not_this * draw.choice((0.8, 1.1, 1.3, 0.5)) + 0.01:.{draw.choice((1, 2))}f}"
    return str(int(not_this) + draw.choice((-1, 1, 2, 10)))


def _lookup(grid: Grid, columns: list[Column], draw: random.Random) -> Iterator[Made]:
    if not columns:
        return
    column = draw.choice(columns)
    number, shown, row = draw.choice(column.numbers)
    item, wrong = row_name(grid, row, draw), _other(column.numbers, number, draw)
    form = draw.choice((
        "{f} of {i} is {v}.", "The {f} for {i} is {v}.", "{i} has {v} {f}.", "{i} has a {f} of {v}.",
        "The value of {f} for {i} is {v}.", "{v} is the {f} of {i}.", "{i} achieves {v} {f}.", "{i} {f} is {v}.",
        "{f} under {i} is {v}.", "{i} is having {v} as {f}.", "{v} {f} for {i}.",
    ))  # fmt: skip
    yield from _pair(form.format(f=column.name, i=item, v=shown), wrong and form.format(f=column.name, i=item, v=wrong))


def _extreme(grid: Grid, columns: list[Column], draw: random.Random) -> Iterator[Made]:
    if not columns:
        return
    column = draw.choice(columns)
    up = draw.random() < 0.5
    ranked = sorted(column.numbers, reverse=up)
    values = list(dict.fromkeys(number for number, _, _ in ranked))
    place = 1 if len(values) > 2 and draw.random() < 0.12 else 0
    if len(values) < 2 or sum(number == values[place] for number, _, _ in ranked) > 1:
        return
    winner = next(x for x in ranked if x[0] == values[place])
    loser = draw.choice([x for x in ranked if x[0] != values[place]])
    word = ("second " if place else "") + draw.choice(_BIG if up else _SMALL)
    form = draw.choice(("{i} has the {w} {f}.", "The {w} {f} is of {i}.", "The {w} {f} is obtained by {i}."))
    yield from _pair(*(form.format(i=row_name(grid, x[2], draw), w=word, f=column.name) for x in (winner, loser)))


def _ends(grid: Grid, columns: list[Column], draw: random.Random) -> Iterator[Made]:
    if not columns:
        return
    column = draw.choice(columns)
    up = draw.random() < 0.5
    number, shown, row = (max if up else min)(column.numbers)
    wrong = _other(column.numbers, number, draw)
    word = draw.choice(_BIG if up else _SMALL)
    form = draw.choice(("The {w} {f} is {v}.", "The {w} value of {f} is {v}.", "{v} is the {w} {f}, by {i}."))
    said = {"w": word, "f": column.name, "i": row_name(grid, row, draw)}
    yield from _pair(form.format(v=shown, **said), wrong and form.format(v=wrong, **said))


def _compare(grid: Grid, columns: list[Column], draw: random.Random) -> Iterator[Made]:
    if not columns:
        return
    column = draw.choice(columns)
    a, b = draw.sample(column.numbers, 2)
    if a[0] == b[0]:
        return
    words = ("higher", "lower") if draw.random() < 0.7 else ("greater", "smaller")
    form = draw.choice(("{a} has a {w} {f} than {b}.", "The {f} of {a} is {w} than that of {b}."))
    said = {"a": row_name(grid, a[2], draw), "b": row_name(grid, b[2], draw), "f": column.name}
    right, wrong = words if a[0] > b[0] else words[::-1]
    yield from _pair(form.format(w=right, **said), form.format(w=wrong, **said))


def _count(grid: Grid, columns: list[Column], draw: random.Random) -> Iterator[Made]:
    c = draw.choice([0, *(x.at for x in columns)]) if draw.random() < 0.3 else 0
    name = name_of(grid.columns[c], draw) if grid.columns else ""
    if not name:
        return
    many = len({row[c].plain for row in grid.cells if row[c].kind != "absent"})
    if c == 0 and draw.random() < 0.35:
        name, many = draw.choice(_NOUNS), len(grid.rows)
    if draw.random() < 0.15:
        many, name, c = len(grid.columns), "columns in the table", -1
    wrong = max(1, many + draw.choice((-2, -1, 1, 2, 3)))
    kind = draw.choice(_COUNTED) if c >= 0 else ""
    form = draw.choice((
        "There are {n} {k}{f}.", "The table has {n} {k}{f}.", "{n} {k}{f} are given.", "They have {n} {k}{f}.",
        "There are {n} {k}{f} in the table.", "{k}{f} are of {n} types.",
    ))  # fmt: skip
    spell = draw.random() < 0.5
    texts = [form.format(n=_WRITTEN[n] if spell and n < len(_WRITTEN) else n, k=kind, f=name) for n in (many, wrong)]
    yield from _pair(texts[0], texts[1] if wrong != many else None)


def _span(grid: Grid, columns: list[Column], draw: random.Random) -> Iterator[Made]:  # noqa: ARG001
    if not columns:
        return
    column = draw.choice(columns)
    (low, a, _), (high, b, _) = min(column.numbers), max(column.numbers)
    if low == high:
        return
    wrong = _other(column.numbers, high, draw)
    forms = ("{f} ranges from {a} to {b}.", "The {f} is between {a} and {b}.", "The range of {f} is {a}-{b}.")
    form = draw.choice(forms)
    yield from _pair(form.format(f=column.name, a=a, b=b), wrong and form.format(f=column.name, a=a, b=wrong))


def _same(grid: Grid, columns: list[Column], draw: random.Random) -> Iterator[Made]:
    if not columns:
        return
    column = draw.choice(columns)
    if draw.random() < 0.5:
        a, b = draw.sample(column.numbers, 2)
        text = f"{row_name(grid, a[2], draw)} and {row_name(grid, b[2], draw)} have {{w}} {column.name}."
        equal = a[0] == b[0]
        forms = ("the same", "a different")
    else:
        distinct = len({number for number, _, _ in column.numbers})
        if 1 < distinct < len(column.numbers):
            return
        text = draw.choice(("The values of {f} are {{w}}.", "All {f} are {{w}}.")).format(f=column.name)
        equal, forms = distinct == 1, ("the same", draw.choice(("different", "unique")))
    right, wrong = forms if equal else forms[::-1]
    yield from _pair(text.format(w=right), text.format(w=wrong))


def _words(grid: Grid, columns: list[Column], draw: random.Random) -> Iterator[Made]:  # noqa: ARG001
    texts = [
        c for c in range(1, len(grid.columns))
        if grid.columns[c].strip() and sum(row[c].kind == "text" for row in grid.cells) >= 2
    ]  # fmt: skip
    if not texts:
        return
    c = draw.choice(texts)
    rows = [r for r, row in enumerate(grid.cells) if row[c].kind == "text" and len(row[c].plain) < 80]
    if len({grid.cells[r][c].plain for r in rows}) < 2:
        return
    row = draw.choice(rows)
    true = grid.cells[row][c].plain
    wrong = draw.choice([grid.cells[r][c].plain for r in rows if grid.cells[r][c].plain != true])
    form = draw.choice(("{f} of {i} is {v}.", "{i} has {v} as {f}.", "{v} is the {f} of {i}.", "{i} has the {f} {v}."))
    said = {"f": name_of(grid.columns[c], draw), "i": row_name(grid, row, draw)}
    if true.lower() not in said["i"].lower():
        yield from _pair(form.format(v=true, **said), form.format(v=wrong, **said))


def _sums(grid: Grid, columns: list[Column], draw: random.Random) -> Iterator[Made]:
    if not columns:
        return
    column = draw.choice(columns)
    a, b = draw.sample(column.numbers, 2)
    kind = draw.choice(("total", "average", "difference"))
    value = {
        "total": sum(x[0] for x in column.numbers),
        "average": sum(x[0] for x in column.numbers) / len(column.numbers),
        "difference": abs(a[0] - b[0]),
    }[kind]
    if kind == "difference":
        names = f"{row_name(grid, a[2], draw)} and {row_name(grid, b[2], draw)}"
        form = f"The difference in {column.name} between {names} is {{v}}."
    else:
        form = f"The {kind} {column.name} is {{v}}."
    places = 0 if value == int(value) else 2
    wrong = value * draw.choice((0.7, 1.2, 1.5)) + 1
    yield from _pair(form.format(v=f"{value:.{places}f}"), form.format(v=f"{wrong:.{places}f}"))


def _limits(grid: Grid, columns: list[Column], draw: random.Random) -> Iterator[Made]:
    if not columns:
        return
    column = draw.choice(columns)
    values = sorted({number for number, _, _ in column.numbers})
    if len(values) < 3:
        return
    limit = draw.choice(values[:-1])
    over = sum(number > limit for number, _, _ in column.numbers)
    wrong = max(1, over + draw.choice((-2, -1, 1, 2)))
    head = name_of(grid.columns[0], draw) or "rows"
    form = f"{{n}} {head} have a {column.name} of more than {limit:g}."
    yield from _pair(form.format(n=over), form.format(n=wrong))


def _missing(grid: Grid, columns: list[Column], draw: random.Random) -> Iterator[Made]:
    """A value that is not given, or is."""
    places = [(r, c.at, c.name) for c in columns for r in range(len(grid.rows))]
    absent = [x for x in places if grid.cells[x[0]][x[1]].kind == "absent"]
    if not absent:
        return
    there = [x for x in places if grid.cells[x[0]][x[1]].kind == "number"]
    form = draw.choice(("{f} of {i} is not given.", "There is no {f} for {i}.", "{i} does not have a {f}."))
    for place, label in ((draw.choice(absent), "supported"), (draw.choice(there), "refuted")):
        text = form.format(f=place[2], i=row_name(grid, place[0], draw))
        yield Made(text, "supported" if label == "supported" else "refuted")


def _two(grid: Grid, columns: list[Column], draw: random.Random) -> Iterator[Made]:
    """Two values of a row, or one value of two rows."""
    if not columns:
        return
    a = draw.choice(columns)
    b = draw.choice(columns)
    x, y = draw.sample(a.numbers, 2)
    if b.at != a.at and draw.random() < 0.5:
        other = next((shown for _, shown, r in b.numbers if r == x[2]), None)
        wrong = next((shown for n, shown, r in b.numbers if r != x[2] and shown != other), None)
        if other is None or wrong is None:
            return
        form = f"{row_name(grid, x[2], draw)} has {x[1]} {a.name} and {{v}} {b.name}."
        yield from _pair(form.format(v=other), form.format(v=wrong))
        return
    names = f"{row_name(grid, x[2], draw)} and {row_name(grid, y[2], draw)}"
    yield from _pair(
        f"The {a.name} of {names} is {x[1]} and {y[1]}.",
        f"The {a.name} of {names} is {x[1]} and {_other(a.numbers, y[0], draw)}.",
    )


def _every(grid: Grid, columns: list[Column], draw: random.Random) -> Iterator[Made]:  # noqa: ARG001
    """All numbers of a column on one side of a limit."""
    if not columns:
        return
    column = draw.choice(columns)
    values = sorted(number for number, _, _ in column.numbers)
    if values[0] == values[-1]:
        return
    low, inside = values[0] - abs(values[0]) * 0.1 - 1, values[len(values) // 2]
    form = draw.choice(
        ("All {f} are above {v:g}.", "Every {f} is more than {v:g}.", "All the {f} values exceed {v:g}.")
    )
    yield from _pair(form.format(f=column.name, v=round(low, 1)), form.format(f=column.name, v=inside))


PATTERNS: tuple[Callable[[Grid, list[Column], random.Random], Iterator[Made]], ...] = (
    _lookup, _lookup, _lookup, _extreme, _extreme, _ends, _compare, _count, _count, _span, _same, _words, _words,
    _sums, _limits, _missing, _two, _every,
)  # fmt: skip
