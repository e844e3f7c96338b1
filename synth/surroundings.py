"""Quotes in their surroundings: the sentences before and after each quote of a claim, from the passages that were read.

A quote alone can say the opposite of its paragraph ("It was long believed that ..."), so a reader is shown what stands
around it. Nothing is decided by it: it is filled in when claims and evidence stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from synth.records import Claim, Evidence, Passage, SourceSpan
from synth.text import shorten

__all__ = ["surrounded"]

_MOST = 320  # characters on either side: a long sentence; what is longer is mostly a table run together

_Key = tuple[str, str | None, str]  # paper, version, tier: one reading


def surrounded(claims: Sequence[Claim], among: Iterable[Passage]) -> list[Claim]:
    """The claims with `before` and `after` on their source and evidence; `among` are the passages of what was read.

    They are the sentences of the same section, white space made one, at most 320 characters a side; one that is cut
    says so by "…". A quote that no passage holds (a cell of a table) keeps what it had.
    """
    readings: dict[_Key, list[Passage]] = {}
    places: dict[tuple[_Key, str], int] = {}
    for passage in among:
        key = (passage.paper_id, passage.version, passage.tier)
        row = readings.setdefault(key, [])
        places.setdefault((key, passage.text), len(row))
        row.append(passage)
    return [
        claim.model_copy(
            update={
                "source": _source(claim.source, claim.quote, readings),
                "evidence": tuple(_evidence(one, readings, places) for one in claim.evidence),
            }
        )
        for claim in claims
    ]


def _evidence(
    one: Evidence, readings: dict[_Key, list[Passage]], places: dict[tuple[_Key, str], int]
) -> Evidence:
    key = (one.paper_id, one.version, one.tier)
    at = places.get((key, one.quote))
    if at is None or one.table is not None:
        return one
    row = readings[key]
    before, after = _around(row, at, at, row[at].start, row[at].end)
    return one.model_copy(update={"before": before, "after": after})


def _source(span: SourceSpan, quote: str, readings: dict[_Key, list[Passage]]) -> SourceSpan:
    """A claim's own place is known by its offsets; the tier it was read in, by the words that stand there."""
    for (paper, version, _), row in readings.items():
        if (paper, version) != (span.paper_id, span.version):
            continue
        first = next((n for n, p in enumerate(row) if p.start <= span.start < p.end), None)
        last = next((n for n, p in enumerate(row) if p.start < span.end <= p.end), None)
        if first is None or last is None:
            continue
        words = row[first].text[span.start - row[first].start :][: span.end - span.start]
        if quote.startswith(words):
            before, after = _around(row, first, last, span.start, span.end)
            return span.model_copy(update={"before": before, "after": after})
    return span


def _around(row: Sequence[Passage], first: int, last: int, start: int, end: int) -> tuple[str, str]:
    """What stands before `start` and after `end`: the rest of their own sentences and one more on either side."""
    one, other = row[first], row[last]
    before, after = one.text[: start - one.start], other.text[end - other.start :]
    if first > 0 and _follows(row[first - 1], one):
        before = f"{row[first - 1].text} {before}"
    if last + 1 < len(row) and _follows(other, row[last + 1]):
        after = f"{after} {row[last + 1].text}"
    return _ending(" ".join(before.split())), shorten(after, _MOST)


def _follows(one: Passage, other: Passage) -> bool:
    return one.section == other.section and one.end <= other.start


def _ending(text: str) -> str:
    """The last characters of a text, from the beginning of a word."""
    if len(text) <= _MOST:
        return text
    return "…" + (text[-_MOST + 1 :].partition(" ")[2] or text[-_MOST + 1 :])
