"""Two numbers that make one statement: ranges, the ends of a change ("from ... to"), intervals in brackets."""

from __future__ import annotations

import re

from synth.checking.figure import Figure

__all__ = ["intervals", "ranges", "sides"]

_DASH = re.compile(r"\s?(?:%|points?)?\s?[-–—−]\s?")
_TO = re.compile(r"\s?%?\s(?:to|through)\s")
_AND = re.compile(r"\s?%?\sand\s")
_BETWEEN = re.compile(r"\bbetween\s(?:about\s|around\s|approximately\s)?$", re.I)
_FROM = re.compile(r"\bfrom\s(?:an?\s(?:\w+\s){0,3}of\s)?(?:about\s|around\s|approximately\s|only\s)?$", re.I)
_RANGING = re.compile(r"\b(?:rang|vary|varie|varying|spann?|scal)\w*\s(?:\w+\s)?from\s", re.I)


def ranges(text: str, found: list[Figure]) -> list[Figure]:
    """Join the two ends of a range into one figure; "from ... to" is one only where nothing changes."""
    joined: list[Figure] = []
    for figure in found:
        left = joined[-1] if joined else None
        if left is not None and left.high is None and _is_range(text, left, figure):
            between = bool(_BETWEEN.search(text[max(0, left.start - 30) : left.start]))
            step = max(min(left.step, figure.step), 1e-12)
            factor = figure.value / left.value if left.value else 1.0
            scaled = left.unit is None and figure.step >= 1e3 and left.step <= 1 and factor > 1e2
            low = left.value * figure.step if scaled else left.value
            joined[-1] = figure._replace(
                start=left.start,
                text=text[left.start : figure.end],
                value=low,
                high=figure.value,
                step=step,
                part=figure.part if figure.part in ("count", "change") else left.part,
                bound="between" if between else None,
            )
        else:
            joined.append(figure)
    return joined


def _is_range(text: str, left: Figure, right: Figure) -> bool:
    plain_parts = ("level", "change", "count", "open")
    if left.part not in plain_parts or right.part not in plain_parts or left.end > right.start:
        return False
    if left.unit not in (None, right.unit) or left.value > right.value:
        return False
    before, between = text[max(0, left.start - 30) : left.start], text[left.end : right.start]
    if _BETWEEN.search(before):
        return bool(_AND.fullmatch(between))
    if _DASH.fullmatch(between):
        return True
    if not _TO.fullmatch(between):
        return False
    return not _FROM.search(before) or bool(_RANGING.search(before + " "))


def intervals(text: str, found: list[Figure]) -> list[Figure]:
    """Ranges in brackets right after a number ("3.1% (2.2-4.3)") are its interval."""
    marked = []
    ends = {f.end for f in found if f.high is None}
    for figure in found:
        opening = figure.high is not None and text[figure.start - 1 : figure.start] in ("(", "[")
        if (
            opening
            and (figure.start - 2 in ends or figure.start - 3 in ends)
            and text[figure.end : figure.end + 1] in ")]"
        ):
            figure = figure._replace(part="interval")
        marked.append(figure)
    return marked


def sides(text: str, found: list[Figure]) -> list[Figure]:
    """Mark "from 63.9 to 72.1" as the two sides of one change."""
    marked = list(found)
    for i in range(len(marked) - 1):
        left, right = marked[i], marked[i + 1]
        if left.part not in ("level", "open", "count", "change") or left.high is not None or right.high is not None:
            continue
        between = text[left.end : right.start]
        if (
            _FROM.search(text[max(0, left.start - 45) : left.start])
            and len(between) < 60
            and re.search(r"(?:^|\s)to\s(?:\S+\s){0,5}?$", between)
            and ";" not in between
            and left.unit in (None, right.unit)
        ):
            marked[i] = left._replace(part="level", side="from", unit=right.unit, way=None, good=None)
            marked[i + 1] = right._replace(part="level", side="to", way=None, good=None)
    return marked
