"""Where the tables of a printed page stand, from its rules and captions: pure geometry, no PDF library.

Typeset tables have rules of one and the same length, one above the other, and no running text between them; a caption
stands directly above or below. A table without rules is found from its caption: the rows of separate words next to it,
up to the first line of running text. Coordinates are in points, y growing downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from synth.formats.layout import Line

__all__ = ["Box", "Caption", "Region", "Rule", "regions"]

Box = tuple[float, float, float, float]
_REACH = 42.0  # the farthest that a caption stands from its table
_SAME = 4.0  # rules of one table may differ by so much in where they begin and end


class Rule(NamedTuple):
    """A straight line: level ones have y0 close to y1, upright ones x0 close to x1."""

    x0: float
    y0: float
    x1: float
    y1: float


class Caption(NamedTuple):
    """A caption's box, its kind ("table", "figure" or "other") and its number on the page."""

    box: Box
    kind: str
    number: int


class Region(NamedTuple):
    """A table's box, the rules across it (full and partial, level), upright rules, and its caption's index if any."""

    box: Box
    full: tuple[float, ...]
    partial: tuple[Rule, ...]
    upright: tuple[Rule, ...]
    caption: int | None


def regions(
    rules: Sequence[Rule], captions: Sequence[Caption], lines: Sequence[Line], size: float, column: float
) -> list[Region]:
    """The tables of one page, from top to bottom.

    `lines` are the printed lines of the page, `size` the type size of the body, `column` the width of a text column.
    """
    level = _merged([r for r in rules if r.y1 - r.y0 < 2.5 and r.x1 - r.x0 > 15])
    upright = [r for r in rules if r.x1 - r.x0 < 2.5 and r.y1 - r.y0 > 6]
    groups = [group for same in _alike(level) for group in _unbroken(same, lines, captions, size)]
    taken = _assigned(groups, captions)
    found = []
    for i, group in enumerate(groups):
        caption = taken.get(i)
        if caption is not None and caption.kind != "table":
            continue
        if caption is None and (len(group) < 3 or not _plausible(group, lines)):
            continue
        box = (min(r.x0 for r in group), group[0].y0 - 0.5, max(r.x1 for r in group), group[-1].y1 + 0.5)
        box = _to_the_foot(box, captions, lines)
        found.append(_region_of(box, level, upright, caption.number if caption else None))
    found = _outermost(found)
    named = {region.caption for region in found}
    for caption in captions:
        if caption.kind == "table" and caption.number not in named:
            open_box = _unruled(caption, [c for c in captions if c is not caption], lines, size, column, found)
            if open_box is not None:
                found.append(_region_of(open_box, level, upright, caption.number))
    return sorted(found, key=lambda region: (region.box[1], region.box[0]))


# --- rules ------------------------------------------------------------------------------------------


def _merged(level: Sequence[Rule]) -> list[Rule]:
    """Level rules drawn cell by cell, as one."""
    joined: list[Rule] = []
    for rule in sorted(level, key=lambda r: (round(r.y0), r.x0, r.x1)):
        last = joined[-1] if joined else None
        if last and abs(last.y0 - rule.y0) < 1.2 and rule.x0 - last.x1 < 1.5:
            joined[-1] = Rule(last.x0, last.y0, max(last.x1, rule.x1), max(last.y1, rule.y1))
        else:
            joined.append(rule)
    return joined


def _alike(level: Sequence[Rule]) -> list[list[Rule]]:
    """Rules that begin and end at the same places, each group from top to bottom, the widest group first."""
    groups: list[list[Rule]] = []
    for rule in sorted(level, key=lambda r: (-(r.x1 - r.x0), r.y0, r.x0)):
        if rule.x1 - rule.x0 < 40:
            continue
        for group in groups:
            if abs(group[0].x0 - rule.x0) < _SAME and abs(group[0].x1 - rule.x1) < _SAME:
                group.append(rule)
                break
        else:
            groups.append([rule])
    return [sorted(group, key=lambda r: r.y0) for group in groups if len(group) > 1]


def _unbroken(
    rules: Sequence[Rule], lines: Sequence[Line], captions: Sequence[Caption], size: float
) -> list[list[Rule]]:
    """Cut where running text, a caption or another table's edge stands between two rules."""
    parts: list[list[Rule]] = [[rules[0]]]
    for above, below in pairwise(rules):
        if _interrupted((above.x0, above.y0, above.x1, below.y0), lines, captions, size):
            parts.append([])
        parts[-1].append(below)
    # Two rules with nothing between them are one rule drawn twice, or two tables that touch.
    return [part for part in parts if len(part) > 1 and part[-1].y0 - part[0].y0 > 8]


def _interrupted(box: Box, lines: Sequence[Line], captions: Sequence[Caption], size: float) -> bool:
    x0, y0, x1, y1 = box
    for caption in captions:
        middle = (caption.box[1] + caption.box[3]) / 2
        if y0 < middle < y1 and min(x1, caption.box[2]) > max(x0, caption.box[0]):
            return True
    inside = [line for line in lines if _within(line, box)]
    if any(line.x1 > x1 + 12 or line.x0 < x0 - 12 for line in inside):
        return True  # print that runs over the table's edge is no cell of it
    prose = sum(_prose(line, x1 - x0, size) for line in inside)
    return prose >= 2 and prose * 2 > len(inside)


def _prose(line: Line, width: float, size: float) -> bool:
    """A line of running text that fills the table's whole width in the size of the body."""
    return (
        line.x1 - line.x0 > 0.85 * width
        and line.pieces == 1
        and len(line.text.split()) >= 6
        and abs(line.size - size) < 0.6
        and sum(c.isdigit() for c in line.text) * 4 < len(line.text)
    )


def _within(line: Line, box: Box) -> bool:
    x, y = (line.x0 + line.x1) / 2, (line.y0 + line.y1) / 2
    return box[0] - 2 < x < box[2] + 2 and box[1] < y < box[3]


def _plausible(group: Sequence[Rule], lines: Sequence[Line]) -> bool:
    """Whether rules without a caption hold a table: rows of at least two separate pieces, and one head."""
    box = (group[0].x0, group[0].y0, group[0].x1, group[-1].y0)
    inside = [line for line in lines if _within(line, box)]
    if any(line.text.lstrip().startswith(("Algorithm", "Listing")) for line in inside):
        return False
    rows: list[list[Line]] = []
    for line in sorted(inside, key=lambda x: (x.y0 + x.y1, x.x0)):
        if rows and abs(rows[-1][0].y0 - line.y0) < 4:
            rows[-1].append(line)
        else:
            rows.append([line])
    split = sum(len(row) > 1 or row[0].pieces > 1 for row in rows)
    return len(rows) >= 3 and split * 2 >= len(rows)


def _assigned(groups: Sequence[Sequence[Rule]], captions: Sequence[Caption]) -> dict[int, Caption]:
    """Each group's caption: the closest pairs first, each caption for one group."""
    pairs = []
    for i, group in enumerate(groups):
        box = (group[0].x0, group[0].y0, group[0].x1, group[-1].y0)
        for caption in captions:
            gap = max(box[1] - caption.box[3], caption.box[1] - box[3])
            across = min(box[2], caption.box[2]) - max(box[0], caption.box[0])
            if -4 < gap < _REACH and across > 0.3 * min(box[2] - box[0], caption.box[2] - caption.box[0]):
                pairs.append((gap, caption.number, i, caption))
    taken: dict[int, Caption] = {}
    used: set[int] = set()
    for _, index, i, caption in sorted(pairs, key=lambda p: p[:3]):
        if i not in taken and index not in used:
            taken[i] = caption
            used.add(index)
    return taken


def _to_the_foot(box: Box, captions: Sequence[Caption], lines: Sequence[Line]) -> Box:
    """The box with the rows below it where the page ends before the table does: its last rule is on another page."""
    x0, _, x1, y1 = box
    below = [line for line in lines if line.y0 > y1 - 1 and min(line.x1, x1) > max(line.x0, x0)]
    if len(below) < 2 or any(c.box[1] > y1 - 1 and min(c.box[2], x1) > max(c.box[0], x0) for c in captions):
        return box
    height = median(line.y1 - line.y0 for line in below)
    tops = sorted(line.y0 for line in below)
    steady = tops[0] - y1 < height and all(b - a < 2 * height for a, b in pairwise(tops))
    narrow = all(line.x0 > x0 - 4 and line.x1 < x1 + 4 for line in below)
    rows = sum(_row(line, below) for line in below)
    if not (steady and narrow and rows * 3 >= len(below) * 2):
        return box
    return x0, box[1], x1, max(line.y1 for line in below) + 1


def _region_of(box: Box, level: Sequence[Rule], upright: Sequence[Rule], caption: int | None) -> Region:
    x0, y0, x1, y1 = box
    inside = [r for r in level if y0 - 1 <= r.y0 <= y1 + 1 and r.x0 > x0 - _SAME and r.x1 < x1 + _SAME]
    wide = [r for r in inside if r.x1 - r.x0 > 0.92 * (x1 - x0)]
    full: list[float] = []
    for y in sorted(r.y0 for r in wide):
        if not full or y - full[-1] > 3:
            full.append(y)
    partial = tuple(r for r in inside if r not in wide)
    walls = tuple(
        r for r in upright if x0 - 2 <= r.x0 <= x1 + 2 and min(r.y1, y1) - max(r.y0, y0) > 0.5 * (r.y1 - r.y0)
    )
    return Region(box, tuple(full), partial, walls, caption)


def _outermost(found: Sequence[Region]) -> list[Region]:
    """Without regions that lie within another one."""

    def inside(a: Box, b: Box) -> bool:
        return a != b and a[0] >= b[0] - 2 and a[1] >= b[1] - 2 and a[2] <= b[2] + 2 and a[3] <= b[3] + 2

    return [r for r in found if not any(inside(r.box, other.box) for other in found)]


# --- tables without rules ---------------------------------------------------------------------------------


def _unruled(
    caption: Caption,
    others: Sequence[Caption],
    lines: Sequence[Line],
    size: float,
    column: float,
    found: Sequence[Region],
) -> Box | None:
    """The rows of separate words that go on from the caption, downwards or upwards, whichever are more."""
    x0, x1 = caption.box[0], caption.box[2]
    middle = (x0 + x1) / 2
    wide = x1 - x0 > 1.15 * column
    best: list[Line] = []
    for down in (True, False):
        edge = caption.box[3] if down else caption.box[1]
        rows: list[Line] = []
        beyond = [x for x in lines if (x.y0 >= edge - 2 if down else x.y1 <= edge + 2)]
        for line in sorted(beyond, key=lambda x: (x.y0, x.x0) if down else (-x.y1, x.x0)):
            if not wide and abs((line.x0 + line.x1) / 2 - middle) > 0.62 * column:
                continue
            step = line.y0 - edge if down else edge - line.y1
            if step > 2.2 * max(size, 8) + (_REACH / 2 if not rows else 0):
                break
            taken = any(c.box[1] - 1 <= line.y0 <= c.box[3] for c in others)
            taken = taken or any(_within(line, region.box) for region in found)
            if taken or (line.pieces == 1 and line.x1 - line.x0 > 0.7 * column and len(line.text.split()) > 5):
                break
            rows.append(line)
            edge = max(edge, line.y1) if down else min(edge, line.y0)
        if sum(_row(row, rows) for row in rows) > sum(_row(row, best) for row in best):
            best = rows
    good = [line for line in best if _row(line, best)]
    if len(good) < 2 or len(good) * 2 < len(best):
        return None
    return (
        min(x.x0 for x in best) - 2, min(x.y0 for x in best) - 1,
        max(x.x1 for x in best) + 2, max(x.y1 for x in best) + 1,
    )  # fmt: skip


def _row(line: Line, lines: Sequence[Line]) -> bool:
    """Whether the line is a row of cells: in pieces, or beside others at the same height."""
    height = median([x.y1 - x.y0 for x in lines]) if lines else 10.0
    beside = any(x is not line and abs(x.y0 - line.y0) < 0.4 * height for x in lines)
    return beside or (line.pieces > 1 and line.widest_gap > line.size)
