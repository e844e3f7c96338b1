"""Figures as finished values: effects with their intervals, papers over time, who says what.

Every figure is rows and shares of a width, so that the card draws it in SVG beside real text, the brief in boxes, and
a screen reader is read a table. A figure with too little in it is not drawn: three numbers are sooner read than seen.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synth.records import Claim, ReportPaper
from synth.render import display
from synth.render.claims import ClaimView
from synth.render.display import plural
from synth.render.papers import PaperView

__all__ = ["EffectRow", "Forest", "Matrix", "Timeline", "YearBar", "forests", "matrix", "timeline"]

_FEWEST_EFFECTS = 3
_FEWEST_PAPERS, _FEWEST_YEARS, _MOST_YEARS = 5, 3, 24
_STANCE_SIGNS = {"supports": "✔", "refutes": "✖", "neutral": "·"}
_EFFECT_UNITS = {"points": "points", "%": "percent"}
# A number is a change where the words before it say so; "reaches 90.8" is a level, "up to 5" a bound and no estimate.
_CHANGE = re.compile(
    r"(?:\bby|\b(?:gains?|improvements?|increases?|boosts?|drops?|decreases?|reductions?|loss|losses|differences?)"
    r"(?:\s(?:of|is))?|\b(?:gains|loses|adds)|[+−-])\s*(?:(?:a mean of|an average of|on average|about|roughly|around)"
    r"\s*)?$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SPREAD = re.compile(r"\s?(?:±|\+/-)\s?(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class EffectRow:
    """One effect: `at`, `low` and `high` are shares of the width; the bounds are None where no interval is given.

    `measured` tells a run of an experiment from what a paper states.
    """

    number: int
    label: str
    told: str
    at: float
    low: float | None
    high: float | None
    measured: bool


@dataclass(frozen=True)
class Forest:
    """Effects in one unit on one axis; `zero` and the places of `ticks` are shares of the width."""

    unit: str
    zero: float
    ticks: tuple[tuple[float, str], ...]
    rows: tuple[EffectRow, ...]
    alt: str


@dataclass(frozen=True)
class YearBar:
    """The papers of one year; the shares are parts of the fullest year, included and left out one upon the other."""

    label: str
    included: int
    left_out: int
    included_share: float
    left_out_share: float


@dataclass(frozen=True)
class Timeline:
    """Screened papers by year, without a gap in the years; `undated` papers have none."""

    bars: tuple[YearBar, ...]
    undated: int
    alt: str


@dataclass(frozen=True)
class Matrix:
    """Claims by papers; a cell is (sign, words for a screen reader, whether it is the claim's own paper)."""

    papers: tuple[PaperView, ...]
    rows: tuple[tuple[ClaimView, tuple[tuple[str, str, bool], ...]], ...]

    @property
    def sided(self) -> tuple[ClaimView, ...]:
        """The claims on which another paper takes a side."""
        return tuple(
            claim for claim, _ in self.rows if any(q.independent and q.stance != "neutral" for q in claim.evidence)
        )


# --- effects ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Effect:
    number: int
    label: str
    told: str
    unit: str
    estimate: float
    low: float | None
    high: float | None
    measured: bool


def forests(claims: Sequence[Claim], views: Sequence[ClaimView]) -> tuple[Forest, ...]:
    """One figure for each unit in which the claims and their experiments give at least three effects, or two of which
    one was measured. `views` are the claims as shown, in the same order."""
    effects = [effect for claim, shown in zip(claims, views, strict=True) for effect in _effects(claim, shown)]
    made = []
    for unit in dict.fromkeys(effect.unit for effect in effects):
        rows = [effect for effect in effects if effect.unit == unit]
        if len(rows) >= _FEWEST_EFFECTS or (len(rows) > 1 and any(row.measured for row in rows)):
            made.append(_forest(unit, rows))
    return tuple(made)


def _effects(claim: Claim, shown: ClaimView) -> Iterable[_Effect]:
    """What the paper states, and what each run measured of it."""
    stated = _stated(claim)
    if stated is not None:
        unit, value, words, spread = stated
        low, high = (None, None) if spread is None else (value - spread, value + spread)
        told = f"{'+' if value > 0 else '−'}{words} {unit}" + ("" if spread is None else f" ± {spread:g} as stated")
        label = " · ".join(part for part in (shown.source.paper.short, shown.scope) if part)
        yield _Effect(shown.number, label, told, unit, value, low, high, measured=False)
    for one in claim.replication.effects:
        unit = _EFFECT_UNITS.get(one.unit, display.clean(one.unit))
        told = f"{_signed(one.estimate)} {unit}"
        low, high = (None, None) if one.low is None or one.high is None else (one.low, one.high)
        if low is not None and high is not None:
            level = "" if one.level is None else f"{100 * one.level:g}% "
            told += f", {level}interval {_signed(low)} to {_signed(high)}"
        label = f"measured by {display.clean(one.experiment)} ({display.clean(one.preset)})"
        yield _Effect(shown.number, label, told, unit, one.estimate, low, high, measured=True)


def _stated(claim: Claim) -> tuple[str, float, str, float | None] | None:
    """(unit, signed value, its digits as written, stated ± or None) where the number is a change; None for others."""
    quantity = claim.quantity
    if quantity is None or quantity.direction not in ("up", "down"):
        return None
    unit = _EFFECT_UNITS.get(quantity.unit or "")
    if unit is None:
        return None
    for found in _NUMBER.finditer(claim.statement):
        if float(found.group()) == abs(quantity.value) and _CHANGE.search(claim.statement[: found.start()]):
            spread = _SPREAD.match(claim.statement, found.end())
            value = abs(quantity.value) * (1 if quantity.direction == "up" else -1)
            return unit, value, found.group(), None if spread is None else float(spread.group(1))
    return None


def _forest(unit: str, effects: Sequence[_Effect]) -> Forest:
    bounds = [value for e in effects for value in (e.estimate, e.low, e.high) if value is not None]
    ticks = _ticks(min(0.0, *bounds), max(0.0, *bounds))
    low, high = ticks[0], ticks[-1]

    def share(value: float) -> float:
        return round((value - low) / (high - low), 4)

    rows = tuple(
        EffectRow(
            e.number, e.label, e.told, share(e.estimate), None if e.low is None else share(e.low),
            None if e.high is None else share(e.high), e.measured,
        )
        for e in effects
    )  # fmt: skip
    alt = f"Effects in {unit}: " + "; ".join(f"claim {row.number}, {row.label}: {row.told}" for row in rows)
    return Forest(unit, share(0.0), tuple((share(tick), _signed(tick)) for tick in ticks), rows, alt)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers, three to seven of them, from at most `low` to at least `high`; zero is among them."""
    span = (high - low) or 1.0
    size = 10.0 ** math.floor(math.log10(span / 4))
    step = next(size * factor for factor in (1, 2, 5, 10) if span / (size * factor) <= 5)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * n, 10) for n in range(first, max(last, first + 1) + 1)]


def _signed(value: float) -> str:
    return "0" if value == 0 else f"{value:+g}".replace("-", "−")


# --- papers over time ---------------------------------------------------------------------------------------


def timeline(papers: Sequence[ReportPaper]) -> Timeline | None:
    """Screened papers by year; None below five papers with a year or three different years.

    More than 24 years are cut: what is older stands in the first bar.
    """
    years = [paper.year for paper in papers if paper.year is not None]
    if len(years) < _FEWEST_PAPERS or len(set(years)) < _FEWEST_YEARS:
        return None
    last = max(years)
    first = max(min(years), last - _MOST_YEARS + 1)
    counts = Counter[tuple[int, bool]]((max(p.year, first), p.included) for p in papers if p.year is not None)
    fullest = max(counts[year, True] + counts[year, False] for year in range(first, last + 1))
    bars = []
    for year in range(first, last + 1):
        kept, out = counts[year, True], counts[year, False]
        label = f"≤{year}" if year == first and min(years) < first else str(year)
        bars.append(YearBar(label, kept, out, round(kept / fullest, 4), round(out / fullest, 4)))
    alt = "Papers by year: " + ", ".join(
        f"{bar.label} {bar.included + bar.left_out}" + (f" ({bar.included} included)" if bar.included else "")
        for bar in bars
    )
    undated = len(papers) - len(years)
    return Timeline(tuple(bars), undated, alt + (f"; {plural(undated, 'paper')} without a year" if undated else ""))


# --- who says what ------------------------------------------------------------------------------------------


def matrix(claims: Sequence[ClaimView], papers: Sequence[PaperView]) -> Matrix:
    """Who says what, for the claims with evidence: the papers that state them and those that are quoted on them."""
    judged = [claim for claim in claims if claim.evidence]
    giving = {quote.paper.index for claim in judged for quote in (claim.source, *claim.evidence)}
    shown = tuple(paper for paper in papers if paper.index in giving)
    return Matrix(shown, tuple((claim, tuple(_cell(claim, paper) for paper in shown)) for claim in judged))


def _cell(claim: ClaimView, paper: PaperView) -> tuple[str, str, bool]:
    quotes = [quote for quote in claim.evidence if quote.paper.id == paper.id]
    if not quotes:
        stated = paper.id == claim.source.paper.id
        return ("✔", "states it, own paper", True) if stated else ("", "", False)
    stances = dict.fromkeys(quote.stance for quote in quotes)
    own = not any(quote.independent for quote in quotes)
    words = " and ".join(display.STANCE_WORDS[stance] for stance in stances) + (", own paper" if own else "")
    return "".join(_STANCE_SIGNS[stance] for stance in stances), words, own
