"""Claims settled at once, without a model and whatever paper they come from: rows of a known data set, arithmetic over
the figures of a claim, and over the cells of a table that its verdict rests on.

A claim is settled only where it leaves no choice: it names one data set, one split and one number of rows; or it states
both ends of a change and its size; or all terms of a mean or a sum and what they come to. A number that has no part in
it, or a word that points beyond what is stated ("on average over nine tasks"), leaves it alone. Counts are those that
were read in a published description of the data or counted in a copy of it (`replicate.catalogue`); numbers from memory
are not among them. Tables are not read here: their sums, means and differences come with the claim, as checks that name
their table and cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from replicate import catalogue
from synth.records import Claim

__all__ = ["settled"]

# How papers name the data sets of the catalogue. "SQuAD" alone is two of them and names none.
_NAMES = {
    "mnli": r"multinli|mnli",
    "qqp": r"quora question pairs|qqp",
    "squad_v2": r"squad ?(?:v ?)?2(?:\.0)?",
    "squad_v1": r"squad ?(?:v ?)?1(?:\.[01])?",
    "hellaswag": r"hellaswag",
    "cosmosqa": r"cosmos ?qa",
    "commonsenseqa": r"commonsense ?qa",
    "xnli": r"xnli",
    "pawsx": r"paws-?x",
    "xquad": r"xquad",
}
_SPLITS = {"train": r"train(?:ing)?", "validation": r"dev|development|validation", "test": r"test(?:ing)?"}
_ROWS = r"(?:examples|instances|pairs|questions|items|rows|samples|sentence pairs)"
_COUNT = re.compile(r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d{3,})(?![\w,]|\.\d)")
_NUMBER = r"(\d+(?:\.\d+)?)\s?(?:%|percent|points?|pp)?"
_CHANGE = re.compile(rf"\bfrom {_NUMBER} to {_NUMBER}(?![\w.]*\d)", re.I)
_UNIT = r"(%|percent\b|points?\b|percentage points?\b|pp\b)"
_BY = re.compile(rf"\bby (?:an absolute |about )?(\d+(?:\.\d+)?)\s?{_UNIT}", re.I)
# What is stated may then be made of more than the figures that stand there.
_BEYOND = re.compile(
    r"\b(?:over|across|about|approximately|around|nearly|more than|at least|up to|others?|remaining|rest|weighted|"
    r"relative|respectively|each|per)\b",
    re.I,
)
_OTHER = re.compile(r"\b(?:about|approximately|around|nearly|over|more than|at least|per language|each|total)\b", re.I)


_FIGURE = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_ANY = re.compile(rf"(?<![\w.,-])(?:{_FIGURE})(?![\w-]|[.,]\d)")
_WORDS = r"[^\d.;:()]{0,60}?"  # what may stand between two terms: a unit, a name, no other figure
_TERMS = rf"(?P<terms>(?:{_FIGURE}){_WORDS}(?:(?:,|\band\b|\+){_WORDS}(?:{_FIGURE}){_WORDS})+?)"
_IS = r"(?:is|are|was|were|equals?|comes? to|makes?|=)"
_STATED = rf"(?P<stated>{_FIGURE})"
_MEANS = (
    re.compile(rf"\b(?:average|mean) of {_TERMS}\s?{_IS} {_STATED}", re.I),
    re.compile(rf"{_TERMS}(?:, (?:whose|their)| and (?:whose|their)|, the) (?:average|mean) {_IS} {_STATED}", re.I),
    re.compile(rf"{_TERMS}\((?:average|mean|avg\.?):? {_STATED}", re.I),
)
_UNITS = r"(?:%| ?percent| points?| \w+)?"
_SUMS = (
    re.compile(rf"\b(?:sum|total) of {_TERMS}\s?{_IS} {_STATED}", re.I),
    re.compile(
        rf"{_TERMS}, (?:which (?:is|are|makes?) )?{_STATED}{_UNITS} (?:in total|in all|altogether){_UNITS}\.?$", re.I
    ),
    re.compile(rf"{_TERMS},? (?:totall?ing|summing to|for a total of|a total of|in total) {_STATED}{_UNITS}\.?$", re.I),
)
_GAP = re.compile(
    rf"\b(?:difference|gap|gain|margin|lead|rise|increase|drop|decrease|loss) of {_STATED}\s?(?P<unit>{_UNIT})", re.I
)


_LONGEST = 600  # characters: a sentence that is longer states more than one thing


def settled(claim: Claim) -> str | None:
    """What counting or arithmetic says of the claim, in words; None where neither can settle it."""
    text = claim.statement
    if len(text) > _LONGEST:
        return None
    own = _rows(text) or _difference(text) or _gap(text) or _composed(text, _MEANS) or _composed(text, _SUMS)
    return own or _tabled(claim)


def _tabled(claim: Claim) -> str | None:
    """What cells of a table come to, and whether its total is that of its terms, where the verdict's checks say so."""
    told = []
    for check in claim.verdict.checks:
        named = (check.found or "").partition(": ")[0]
        at = next((one for one in claim.evidence if one.table and named in (one.table, "a table")), None)
        if check.kind == "arithmetic" and check.outcome != "missing" and at is not None:
            whose = f"of {at.paper_id}" if at.independent else "of its own paper"
            agrees = "agrees" if check.outcome == "match" else "differs"
            told.append(f"{check.found} ({whose}), stated {check.claimed}, {agrees}")
    return f"computed from the cells of a table, nothing was replicated: {'; '.join(told)}" if told else None


def _rows(statement: str) -> str | None:
    text = statement.lower()
    named = [task for task, words in _NAMES.items() if re.search(rf"(?<![\w-])(?:{words})(?![\w-]|\.\d)", text)]
    splits = [split for split, words in _SPLITS.items() if re.search(rf"\b(?:{words})\b", text)]
    counts = {int(found.replace(",", "")) for found in _COUNT.findall(text)}
    if len(named) != 1 or len(splits) != 1 or len(counts) != 1 or not re.search(rf"\b{_ROWS}\b", text):
        return None
    one = catalogue.entry(named[0])
    known = [split.rows for split in one.task.splits if split.name.startswith(splits[0]) and split.rows]
    stated = next(iter(counts))
    if one.reading.parts or not known or _OTHER.search(text):
        return None
    several = {count for rows in known for count in rows.values()}
    # One half of two, one language of several: a number that is one of them agrees, another may be their sum.
    if stated not in several and (len(known) > 1 or len(known[0]) > 1):
        return None
    found = stated if stated in several else next(iter(several))
    told = f"{one.task.name} {splits[0]}: rows: stated {stated:,}, found {found:,}"
    return f"counted, nothing was replicated: {told}, {'agrees' if found == stated else 'differs'}"


def _difference(statement: str) -> str | None:
    change, by = _CHANGE.search(statement), _BY.search(statement)
    if change is None or by is None or len(_CHANGE.findall(statement)) + len(_BY.findall(statement)) != 2:
        return None
    return _compared(change[1], change[2], by[1], by[2])


def _gap(statement: str) -> str | None:
    """Two figures and their difference, and no figure besides: "79.2 with A and 80.4 with B, a gain of 1.2 points"."""
    found = _GAP.search(statement)
    figures = _ANY.findall(statement)
    if found is None or len(figures) != 3 or figures[2] != found["stated"] or _BEYOND.search(statement):
        return None
    return _compared(figures[0], figures[1], figures[2], found["unit"])


def _compared(first: str, last: str, stated: str, unit: str) -> str:
    """What the difference of two figures comes to, and, where the unit leaves it open, as a share of the first."""
    start, end, size = (_value(part) for part in (first, last, stated))
    absolute = abs(end - start)
    # Each figure is rounded: the ends may be off by half of their last digit each, and so may the size.
    slack = sum(_half(part) for part in (first, last, stated)) + 1e-9
    ways = [f"{max(start, end):g} - {min(start, end):g} = {absolute:.6g}"]
    close = abs(absolute - size) <= slack
    if unit.lower() in ("%", "percent") and start > 0 and not close:
        share = 100 * absolute / start
        ways.append(f"{share:.3g}% of {start:g}")
        close = abs(share - size) <= _half(stated) + 100 * slack / start
    return _told(" or ".join(ways), size, close)


def _composed(statement: str, patterns: Sequence[re.Pattern[str]]) -> str | None:
    """A mean or a sum of figures that are all stated, and no figure besides."""
    for pattern in patterns:
        found = pattern.search(statement)
        if found is None:
            continue
        terms = _ANY.findall(found["terms"])
        if len(terms) < 2 or len(_ANY.findall(statement)) != len(terms) + 1 or _BEYOND.search(statement):
            return None
        values = [_value(term) for term in terms]
        mean = patterns is _MEANS
        result = sum(values) / (len(values) if mean else 1)
        # Whole numbers of a sum are counts, and exact; anything else may be off by half of its last digit.
        exact = not mean and all(term.isdigit() for term in (*_plain(terms), *_plain([found["stated"]])))
        slack = 0.0 if exact else _half(found["stated"]) + sum(map(_half, terms)) / (len(terms) if mean else 1)
        shown = f"({' + '.join(f'{value:,.10g}' for value in values)})" + (f" / {len(values)}" if mean else "")
        size = _value(found["stated"])
        return _told(f"{shown} = {result:,.6g}" if mean else f"{shown[1:-1]} = {result:,.10g}", size,
                     abs(result - size) <= slack + 1e-9)  # fmt: skip
    return None


def _told(ways: str, stated: float, close: bool) -> str:
    agrees = "agrees" if close else "differs"
    return f"computed from its own figures, nothing was replicated: {ways}, stated {stated:,.10g}, {agrees}"


def _plain(figures: Sequence[str]) -> list[str]:
    return [figure.replace(",", "") for figure in figures]


def _value(figure: str) -> float:
    return float(figure.replace(",", ""))


def _half(figure: str) -> float:
    """Half of the last digit that a figure shows."""
    return 0.5 * 10.0 ** -len(figure.partition(".")[2])
