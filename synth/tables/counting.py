"""Counts and quantifiers: how many, all, none, only, the same, unique."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from synth.tables.scene import Axis, Reading, Scene, Tie, agreement
from synth.tables.statement import Number
from synth.tables.values import Value

__all__ = ["counts", "quantifiers", "sameness"]

_ROWS = re.compile(r"\brows?\b|\bentries\b|\brecords?\b|\bitems?\b")
_COLUMNS = re.compile(r"\bcolumns?\b|\bheads?\b|\bheaders?\b|\bheadings?\b|\bfields\b")
_KINDS = re.compile(r"\b(?:types?|kinds?|different|categor\w+|various|unique|distinct|variations?|sorts?|options?)\b")
_SAME = re.compile(r"\b(?:same|equal(?:s|ly)?|identical|similar|constant|common|tied?|unchanged)\b")
_DIFFERENT = re.compile(r"\b(?:unique\w*|different\w*|distinct|differs?|var(?:y|ies|ied))\b")
_ALL = re.compile(r"\b(?:all|every|each|always|both|entire)\b")
_NONE = re.compile(r"\b(?:none|no|never|neither|nobody|without)\b")
_ONLY = re.compile(r"\b(?:only|solely|exclusively)\b")
_NUMBER_IN = re.compile(r"\b(?P<more>more than|over|above|at least|greater than|higher than|exceed\w*)|"
                        r"(?P<less>less than|under|below|at most|fewer than|lower than)\b")  # fmt: skip


def counts(scene: Scene) -> Iterator[Reading]:
    """ "There are N C": rows, columns, different values of a named column, rows that hold what the claim names."""
    for number in scene.free:
        if number.place or number.percent or number.value != int(number.value) or not 0 <= number.value <= 500:
            continue
        if number.precision != 1.0 or number.at in scene.gaps | scene.limits:
            continue
        yield from _count(scene, number)


class _Size(NamedTuple):
    """Something that can be counted: how many there are, and how well the claim means just that."""

    operation: str
    quality: float
    many: int
    cells: tuple[tuple[int, int], ...]


def _count(scene: Scene, number: Number) -> Iterator[Reading]:
    tokens = scene.statement.tokens
    near = range(number.at + 1, number.at + 6)
    following = " ".join(token.text for token in tokens[near.start : near.stop])
    wanted = [*_lines(scene, following), *_names(scene, near, following)]
    if not any(x.operation == "count_names" and x.quality > 0.5 for x in wanted):
        wanted += _unnamed(scene)
    wanted += _matching(scene, number)
    wanted += _parts(scene, near)
    for operation in dict.fromkeys(x.operation for x in wanted):
        options = [x for x in wanted if x.operation == operation and x.many > 0]
        if not options:
            continue
        top = max(x.quality for x in options)
        options = [x for x in options if x.quality >= 0.6 * top]
        right = [x for x in options if x.many == number.value]
        best = max(right or options, key=lambda x: x.quality)
        found = str(best.many) if right else " or ".join(dict.fromkeys(str(x.many) for x in options[:3]))
        yield Reading(operation, bool(right), best.quality, tokens[number.at].text, found, best.cells)


def _lines(scene: Scene, following: str) -> Iterator[_Size]:
    """Rows and columns, where the claim says so."""
    grid = scene.grid
    if _COLUMNS.search(following):
        yield _Size("count_lines", 1.0, len(grid.columns), ())
        yield _Size("count_lines", 0.8, len(grid.columns) - grid.stubs, ())
    if _ROWS.search(following):
        cells = tuple((row, 0) for row in grid.origin)
        yield _Size("count_lines", 1.0, len(grid.rows), cells)
        yield _Size("count_lines", 0.9, len(set(grid.rows)), cells)


def _names(scene: Scene, near: range, following: str) -> Iterator[_Size]:
    """What stands in a named column: different values, all values, and those of further columns of that name."""
    grid = scene.grid
    for tie in scene.axes[0].fields:
        score = tie.score * (1.0 if set(tie.tokens) & set(near) else 0.55)
        cells = tuple((row, tie.at) for row in grid.origin)
        present = [row[tie.at].plain.lower() for row in grid.cells if row[tie.at].kind != "absent"]
        yield _Size("count_names", score, len(set(present)), cells)
        yield _Size("count_names", score * (0.85 if _KINDS.search(following) else 0.95), len(present), cells)
        if tie.at < grid.stubs:
            yield _Size("count_names", score * 0.8, len(scene.axes[0].plain), cells)
            yield _Size("count_names", score * 0.62, len(grid.columns) - grid.stubs, ())
        alike = [c for c, name in enumerate(grid.columns) if name == grid.columns[tie.at]]
        if len(alike) > 1:
            many = sum(row[c].kind != "absent" for row in grid.cells for c in alike)
            yield _Size("count_names", score * 0.9, many, cells)


def _unnamed(scene: Scene) -> Iterator[_Size]:
    """The sizes of the table, where the noun that is counted is no name of it."""
    grid = scene.grid
    sizes = (len(set(grid.rows)), len(grid.rows), len(scene.axes[0].plain), len(set(grid.groups) - {""}))
    for many in dict.fromkeys((*sizes, len(grid.columns) - grid.stubs)):
        yield _Size("count_any", 0.4, many, tuple((row, 0) for row in grid.origin))


def _parts(scene: Scene, near: range) -> Iterator[_Size]:
    """Parts of what the claim names: columns under a shared heading, rows of a group, things listed in a cell."""
    grid = scene.grid
    named = {tie.at: tie for tie in scene.axes[0].fields if set(tie.tokens) & set(near) or tie.score >= 0.6}
    heads = [name.split(" / ")[0] for name in grid.columns]
    for index, tie in named.items():
        under = [c for c, head in enumerate(heads) if head == heads[index] and " / " in grid.columns[c]]
        if len(under) >= 2:
            yield _Size("count_parts", 0.8 * tie.score, len(under), tuple((-1, c) for c in under))
            yield _Size(
                "count_parts", 0.7 * tie.score, len({grid.columns[c] for c in under}), tuple((-1, c) for c in under)
            )
    for together in (
        {tie.at for tie in scene.axes[0].fields if tie.score >= 0.7},
        {tie.at for tie in scene.axes[0].items if tie.score >= 0.7},
        {grid.groups[link.row or 0] for link in scene.links.groups},
    ):
        if len(together) >= 2:
            yield _Size("count_parts", 0.6, len(together), ())
    for group in dict.fromkeys(grid.groups[link.row or 0] for link in scene.links.groups):
        rows = [r for r, name in enumerate(grid.groups) if name == group]
        yield _Size("count_parts", 0.8, len(rows), tuple((grid.origin[r], 0) for r in rows))
    for tie in scene.axes[0].items[:2]:
        for c in range(grid.stubs, len(grid.columns)):
            listed = [part for part in re.split(r"[,;]| and ", grid.cells[tie.at][c].plain) if part.strip()]
            if len(listed) >= 2 and grid.cells[tie.at][c].kind == "text":
                quality = tie.score * (0.9 if c in named else 0.5)
                yield _Size("count_parts", quality, len(listed), ((grid.origin[tie.at], c),))


def _matching(scene: Scene, number: Number) -> Iterator[_Size]:
    """How many rows hold the words that the claim names, or lie beyond the limit that it names."""
    grid = scene.grid
    for link in {x.tokens: x for x in reversed(scene.links.cells)}.values():
        text = grid.cells[link.row or 0][link.column or 0].plain
        rows = [r for r, row in enumerate(grid.cells) if row[link.column or 0].plain == text]
        near = {x.row for x in scene.links.cells if x.tokens == link.tokens and x.column == link.column}
        for held in (rows, sorted(r for r in near if r is not None)):
            yield _Size("count_cells", link.score, len(held), tuple((grid.origin[r], link.column or 0) for r in held))
    match = _NUMBER_IN.search(scene.text)
    if not match:
        return
    later = [n for n in scene.statement.numbers if scene.statement.tokens[n.at].start >= match.end()]
    limit = next((n for n in later if n is not number), None)
    if limit is None:
        return
    for axis in scene.axes:
        named = [tie for tie in axis.fields if tie.at in axis.numeric] or [Tie(f, 0.4, ()) for f in axis.numeric[:6]]
        for tie in named[:6]:
            held = [
                i for i in axis.plain
                if (x := axis.view.cells[i][tie.at].number) is not None
                and (x > limit.value if match.group("more") else x < limit.value)
            ]  # fmt: skip
            cells = tuple(axis.view.place(i, tie.at, grid) for i in held)
            yield _Size("count_beyond", tie.score, len(held), cells)


# --- sameness -----------------------------------------------------------------------------------------------


def sameness(scene: Scene) -> Iterator[Reading]:
    """ "A and B have the same C", "C is the same for all", "all values of C are unique"."""
    same, different = _SAME.search(scene.text), _DIFFERENT.search(scene.text)
    if not same and not different:
        return
    word = (same or different).group()  # type: ignore[union-attr]
    for axis in scene.axes:
        items = [tie for tie in axis.items if tie.score >= 0.7]
        chosen = _apart(items)
        fields = [tie for tie in axis.fields if tie.at not in axis.naming] or list(axis.fields)
        for tie in fields[:3]:
            column = [axis.view.cells[i][tie.at] for i in axis.plain]
            shown = [cell for cell in column if cell.kind != "absent"]
            if len(chosen) >= 2:
                pair = [axis.view.cells[item.at][tie.at] for item in chosen]
                equal = _equal(pair)
                quality = tie.score * min(item.score for item in chosen)
                cells = tuple(axis.view.place(item.at, tie.at, scene.grid) for item in chosen)
                found = " and ".join(cell.plain or "nothing" for cell in pair[:4])
                yield Reading("same_pair", equal == bool(same), quality, word, found, cells)
            elif len(shown) >= 2:
                many = len({cell.plain.lower() for cell in shown})
                truth = many == 1 if same else many == len(shown)
                cells = tuple(axis.view.place(i, tie.at, scene.grid) for i in axis.plain)
                yield Reading("same_all", truth, tie.score, word, f"{many} different values of {len(shown)}", cells)
    if not scene.axes[0].fields and not scene.axes[0].items:
        yield from _whole(scene, bool(same), word)


def _whole(scene: Scene, same: bool, word: str) -> Iterator[Reading]:
    texts = [cell.plain for row in scene.grid.cells for cell in row[scene.grid.stubs :] if cell.kind != "absent"]
    if len(texts) >= 2:
        many = len(set(texts))
        truth = many == 1 if same else many == len(texts)
        yield Reading("same_all", truth, 0.4, word, f"{many} different values of {len(texts)}", ())


def _apart(ties: list[Tie]) -> list[Tie]:
    """Items named by words of their own."""
    chosen: list[Tie] = []
    for tie in ties:
        if not any(set(tie.tokens) & set(other.tokens) for other in chosen):
            chosen.append(tie)
    return chosen


def _equal(cells: list[Value]) -> bool:
    numbers = {cell.number for cell in cells}
    return len(numbers) == 1 if None not in numbers else len({cell.plain.lower() for cell in cells}) == 1


# --- quantifiers --------------------------------------------------------------------------------------------


def quantifiers(scene: Scene) -> Iterator[Reading]:
    """ "All C are V", "no C is V", "only A has V", "all C are above 5"."""
    every, none, only = (_said(scene, pattern) for pattern in (_ALL, _NONE, _ONLY))
    if not (every or none or only):
        return
    for axis in scene.axes:
        yield from _beyond(scene, axis, bool(every), bool(none))
    grid = scene.grid
    for link in list({x.tokens: x for x in reversed(scene.links.cells)}.values())[:3]:
        column = link.column or 0
        text = grid.cells[link.row or 0][column].plain
        held = [r for r, row in enumerate(grid.cells) if row[column].plain == text]
        cells = tuple((grid.origin[r], column) for r in held)
        found = f"{len(held)} of {len(grid.rows)} rows hold {text}"
        if every:
            yield Reading("all", len(held) == len(grid.rows), link.score, every.group(), found, cells)
        if none:
            yield Reading("none", not held, link.score, none.group(), found, cells)
        items = [tie for tie in scene.axes[0].items if not set(tie.tokens) & set(link.tokens)]
        if only and items:
            named = {tie.at for tie in items if tie.score >= 0.9 * items[0].score}
            yield Reading("only", set(held) <= named, link.score * items[0].score, only.group(), found, cells)
        elif only:
            yield Reading("only", len(held) == 1, link.score * 0.5, only.group(), found, cells)


def _said(scene: Scene, pattern: re.Pattern[str]) -> re.Match[str] | None:
    """The word in the claim, unless it is part of a name of the table ("No-go", "All patients")."""
    return next((m for m in pattern.finditer(scene.text) if not scene.named(m.start())), None)


def _beyond(scene: Scene, axis: Axis, every: bool, none: bool) -> Iterator[Reading]:
    """All or none of a field's numbers on one side of a limit, or equal to a number."""
    match = _NUMBER_IN.search(scene.text)
    limit = next((n for n in scene.free if not n.place and not n.written), None)
    if limit is None:
        if not re.search(r"\b(?:positive|negative)\b", scene.text):
            return
        limit = Number(0.0, 1.0, 0, False, False, False)
    named = [tie for tie in axis.fields if tie.at in axis.numeric]
    for tie in named[:2]:
        column = [axis.view.cells[i][tie.at] for i in axis.plain]
        shown = [cell for cell in column if cell.number is not None]
        if len(shown) < 2:
            continue
        up = bool(match and match.group("more")) or "positive" in scene.text
        if match or "positive" in scene.text or "negative" in scene.text:
            numbers = [c.number for c in shown if c.number is not None]
            held = [x for x in numbers if (x > limit.value if up else x < limit.value)]
        else:
            held = [c.number for c in shown if c.number is not None and agreement(limit, c) >= 0.6]
        truth = len(held) == len(shown) if every else not held if none else False
        cells = tuple(axis.view.place(i, tie.at, scene.grid) for i in axis.plain)
        yield Reading("all_numbers", truth, tie.score, written_limit(limit), f"{len(held)} of {len(shown)}", cells)


def written_limit(limit: Number) -> str:
    """The limit as a number for a reason."""
    return f"{limit.value:g}"
