"""Figures as plain shapes, so that one drawing serves the page (SVG) and the paper (typst).

Coordinates are in units of a hundredth of an inch or so: x to the right, y down, the origin at the top left. A class
names what a shape means; colours belong to the templates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Literal, NamedTuple

__all__ = ["Drawing", "Row", "Series", "Shape", "forest", "lines", "svg"]

Kind = Literal["line", "dot", "square", "text", "path", "rect"]


class Shape(NamedTuple):
    """One shape: its points, and for text the words with their anchor (start, middle, end)."""

    kind: Kind
    points: tuple[tuple[float, float], ...]
    style: str
    text: str = ""
    anchor: str = "start"


class Drawing(NamedTuple):
    """A figure of a size, with the words that stand for it where it cannot be seen."""

    width: float
    height: float
    alt: str
    shapes: tuple[Shape, ...]


class Row(NamedTuple):
    """One row of a forest plot. `low` and `high` are None for a heading; `style` is whole, task, cell or control."""

    label: str
    estimate: float | None
    low: float | None
    high: float | None
    style: str


class Series(NamedTuple):
    """A line: its name and its points in data units."""

    name: str
    points: tuple[tuple[float, float], ...]


def forest(rows: Sequence[Row], band: tuple[float, float] | None, alt: str) -> Drawing:
    """Estimates with their intervals, one a row; `band` is shaded (where the claim, or equivalence, lies)."""
    left, right, high = 250.0, 590.0, 22.0
    values = [v for row in rows for v in (row.low, row.high) if v is not None] + list(band or ()) + [0.0]
    ticks = _ticks(min(values), max(values))
    scale = _scale(ticks[0], ticks[-1], left, right)
    bottom = len(rows) * high + 8
    shapes = []
    if band:
        shapes.append(Shape("rect", ((scale(band[0]), 2), (scale(band[1]), bottom)), "band"))
    for tick in ticks:
        shapes.append(Shape("line", ((scale(tick), bottom), (scale(tick), bottom + 5)), "axis"))
        shapes.append(Shape("text", ((scale(tick), bottom + 18),), "tick", f"{tick:g}", "middle"))
    shapes.append(Shape("line", ((left, bottom), (right, bottom)), "axis"))
    shapes.append(Shape("line", ((scale(0), 2), (scale(0), bottom)), "zero"))
    for n, row in enumerate(rows):
        y = n * high + high / 2 + 4
        shapes.append(Shape("text", ((0 if row.style in ("whole", "control") else 14, y + 4),), row.style, row.label))
        if row.estimate is None or row.low is None or row.high is None:
            continue
        shapes.append(Shape("line", ((scale(row.low), y), (scale(row.high), y)), f"span {row.style}"))
        mark: Kind = "square" if row.style in ("whole", "control") else "dot"
        shapes.append(Shape(mark, ((scale(row.estimate), y),), f"mark {row.style}"))
        shapes.append(
            Shape(
                "text",
                ((720, y + 4),),
                "figure",
                f"{_signed(row.estimate)} [{_signed(row.low)}, {_signed(row.high)}]",
                "end",
            )
        )
    return Drawing(720, bottom + 26, alt, tuple(shapes))


def _signed(value: float) -> str:
    return f"{round(value, 1) + 0.0:+.1f}"


def lines(
    series: Sequence[Series],
    x_name: str,
    y_name: str,
    alt: str,
    marked: float | None = None,
    floor: float | None = None,
) -> Drawing:
    """Lines over one axis, each named at its right end; `marked` is an x with a rule, `floor` the least y shown."""
    left, right, top, bottom = 46.0, 540.0, 28.0, 238.0
    xs = [x for one in series for x, _ in one.points]
    ys = [y for one in series for _, y in one.points] + ([] if floor is None else [floor])
    y_ticks, x_ticks = _ticks(min(ys), max(ys)), _ticks(min(xs), max(xs), whole=True)
    across, up = _scale(min(xs), max(xs), left, right), _scale(y_ticks[0], y_ticks[-1], bottom, top)
    shapes = []
    for tick in y_ticks:
        shapes.append(Shape("line", ((left, up(tick)), (right, up(tick))), "grid"))
        shapes.append(Shape("text", ((left - 6, up(tick) + 4),), "tick", f"{tick:g}", "end"))
    for tick in x_ticks:
        if min(xs) <= tick <= max(xs):
            shapes.append(Shape("text", ((across(tick), bottom + 16),), "tick", f"{tick:g}", "middle"))
    shapes.append(Shape("text", (((left + right) / 2, bottom + 32),), "name", x_name, "middle"))
    shapes.append(Shape("text", ((0, 11),), "name", y_name))
    if marked is not None:
        shapes.append(Shape("line", ((across(marked), top), (across(marked), bottom)), "zero"))
    ends = _apart([up(one.points[-1][1]) for one in series], 13.0)
    for n, (one, end) in enumerate(zip(series, ends, strict=True)):
        drawn = tuple((across(x), up(y)) for x, y in one.points)
        shapes.append(Shape("path", drawn, f"series s{n % 8}"))
        shapes += [Shape("dot", (point,), f"mark s{n % 8}") for point in drawn if len(drawn) <= 30]
        shapes.append(Shape("text", ((right + 8, end + 4),), f"label s{n % 8}", one.name))
    return Drawing(720, bottom + 38, alt, tuple(shapes))


def _scale(low: float, high: float, start: float, end: float) -> _Scale:
    return _Scale(low, (end - start) / ((high - low) or 1.0), start)


class _Scale(NamedTuple):
    low: float
    factor: float
    start: float

    def __call__(self, value: float) -> float:
        return round(self.start + (value - self.low) * self.factor, 2)


def _ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Four to eight round numbers that reach over the range."""
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / 4))
    step = next(power * m for m in (1, 2, 5, 10, 20) if span / (power * m) <= 7)
    step = max(1.0, round(step)) if whole else step
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(n * step, 10) + 0.0 for n in range(first, max(last, first + 1) + 1)]


def _apart(wanted: Sequence[float], least: float) -> list[float]:
    """Heights of labels moved apart so that none covers another, in the order given."""
    order = sorted(range(len(wanted)), key=lambda n: (wanted[n], n))
    placed = list(wanted)
    for before, here in pairwise(order):
        placed[here] = max(placed[here], placed[before] + least)
    return placed


def svg(drawing: Drawing, name: str) -> str:
    """The drawing as SVG for an HTML page. Everything in it is escaped; `name` makes its ids unique."""
    parts = [
        f'<svg class="chart" viewBox="0 0 {drawing.width:g} {drawing.height:g}" role="img" '
        f'aria-labelledby="{name}-alt"><title id="{name}-alt">{escape(drawing.alt)}</title>'
    ]
    parts += [_element(shape) for shape in drawing.shapes]
    return "".join(parts) + "</svg>"


def _element(shape: Shape) -> str:
    style = f'class="{shape.style}"'
    (x, y), last = shape.points[0], shape.points[-1]
    match shape.kind:
        case "line":
            return f'<line {style} x1="{x:g}" y1="{y:g}" x2="{last[0]:g}" y2="{last[1]:g}"/>'
        case "rect":
            return f'<rect {style} x="{x:g}" y="{y:g}" width="{last[0] - x:g}" height="{last[1] - y:g}"/>'
        case "dot":
            return f'<circle {style} cx="{x:g}" cy="{y:g}" r="3"/>'
        case "square":
            return f'<rect {style} x="{x - 4.5:g}" y="{y - 4.5:g}" width="9" height="9"/>'
        case "path":
            return f'<polyline {style} points="{" ".join(f"{a:g},{b:g}" for a, b in shape.points)}"/>'
        case "text":
            return f'<text {style} x="{x:g}" y="{y:g}" text-anchor="{shape.anchor}">{escape(shape.text)}</text>'
