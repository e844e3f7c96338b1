"""Claims settled at once, without a model and whatever paper they come from: rows of a known data set, and differences.

A claim is settled only where it leaves no choice: it names one data set, one split and one number of rows; or it states
both ends of a change and its size. Everything else is left alone. Counts are those that were read in a published
description of the data or counted in a copy of it (`replicate.catalogue`); numbers from memory are not among them.
"""

from __future__ import annotations

import re

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
_OTHER = re.compile(r"\b(?:about|approximately|around|nearly|over|more than|at least|per language|each|total)\b", re.I)


def settled(claim: Claim) -> str | None:
    """What counting or arithmetic says of the claim, in words; None where neither can settle it."""
    return _rows(claim.statement) or _difference(claim.statement)


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
    start, end, size = float(change[1]), float(change[2]), float(by[1])
    absolute = abs(end - start)
    # Each figure is rounded: the ends may be off by half of their last digit each, and so may the size.
    slack = sum(0.5 * 10.0 ** -len(part.partition(".")[2]) for part in (change[1], change[2], by[1])) + 1e-9
    relative = by[2].lower() in ("%", "percent") and start > 0
    ways = [f"{max(start, end):g} - {min(start, end):g} = {absolute:.6g}"]
    close = abs(absolute - size) <= slack
    if relative and not close:
        share = 100 * absolute / start
        ways.append(f"{share:.3g}% of {start:g}")
        close = abs(share - size) <= 0.5 * 10.0 ** -len(by[1].partition(".")[2]) + 100 * slack / start
    told = f"computed from its own figures, nothing was replicated: {' or '.join(ways)}, stated {size:g}"
    return f"{told}, {'agrees' if close else 'differs'}"
