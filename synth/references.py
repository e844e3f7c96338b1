"""References matched to works: found, not found, or not checked, which are three different things.

    Shelf(papers, index)    a corpus on this machine, looked up by id and by title through its text index
    Asked(source)           a service, asked for the title
    matched(reference, places)
    told(readings, papers)  what a report says of the references of the papers that were read

A reference counts as found where an id of it is the work's, or where title, year and first author agree: never by the
title alone. An id that belongs to a work of quite another title is no match; that is how invented references look.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from synth.records import Coverage, Paper, Query, ReadPaper, Record, Reference
from synth.render.display import plural
from synth.text import words

__all__ = ["Asked", "Match", "Place", "Shelf", "at_hand", "matched", "told"]

_NEAR = 10  # works that a text index may propose for one title
_SHOWN = 3  # references with a wrong id that a report quotes
_YEARS = 2  # a preprint and its publication lie so far apart
_IDS = ("doi", "arxiv", "acl", "openalex", "s2")


class Match(Record):
    """What became of one reference. `paper` is the work where it was found; `reason` is one line for a person.

    `likeness` is the share of words that the two titles have in common (F1), None where no title was compared.
    `stranger` is the work of another title whose id the reference gives: how invented references look.
    """

    outcome: Literal["found", "not_found", "not_checked"]
    paper: Paper | None
    likeness: float | None
    reason: str
    stranger: Paper | None = None

    def as_json(self) -> dict[str, str | None]:
        """The match as `synth read --json` shows it: with the work's id in place of all that is known of it."""
        return {"outcome": self.outcome, "paper_id": self.paper.id if self.paper else None, "reason": self.reason}


class Place(Protocol):
    """Where works can be looked up. Trouble is an outcome "not_checked", never raised."""

    def find(self, reference: Reference) -> Match:
        """The work that the reference names."""


class Index(Protocol):
    """A text index over the papers of a shelf: `synth.lexical.LexicalIndex` is one."""

    def query(self, text: str, limit: int) -> list[tuple[int, float]]:
        """Numbers of papers with their scores, best first."""


class Source(Protocol):
    """A service: the sources of `synth.sources` are such."""

    @property
    def name(self) -> str:
        """Its name."""

    def search(self, query: Query, limit: int) -> tuple[tuple[Paper, ...], Coverage]:
        """Papers and what became of asking."""


def matched(reference: Reference, places: Sequence[Place]) -> Match:
    """The reference looked up in one place after another until it is found.

    Not found means that every place was asked and none has it; where one could not be asked, it was not checked.
    """
    told: list[Match] = []
    for place in places:
        match = place.find(reference)
        if match.outcome == "found":
            return match
        told.append(match)
    reasons = "; ".join(dict.fromkeys(match.reason for match in told))
    stranger = next((match.stranger for match in told if match.stranger is not None), None)
    if not told:
        return Match(outcome="not_checked", paper=None, likeness=None, reason="there was no place to look it up")
    if any(match.outcome == "not_checked" for match in told):
        return Match(outcome="not_checked", paper=None, likeness=None, reason=reasons, stranger=stranger)
    closest = max(match.likeness or 0.0 for match in told)
    return Match(outcome="not_found", paper=None, likeness=closest, reason=reasons, stranger=stranger)


class Shelf:
    """Papers on this machine."""

    def __init__(
        self, papers: Sequence[Paper], index: Index, name: str = "the papers at hand", *, whole: bool = True
    ) -> None:
        """`index` is over `papers`, in their order. A shelf that is not `whole` was not gathered to hold every work:
        what it lacks is not checked, never not found.
        """
        self._papers, self._index, self._name, self._whole = papers, index, name, whole
        self._by_id: Mapping[tuple[str, str], Paper] = {
            key: paper for paper in reversed(papers) for key in _keys(paper)
        }

    def find(self, reference: Reference) -> Match:
        """See `Place`."""
        known = [self._by_id[key] for key in _keys(reference) if key in self._by_id]
        near = [self._papers[i] for i, _ in self._index.query(reference.title, _NEAR)] if reference.title else []
        match = _best(reference, known + near, f"{self._name} ({len(self._papers):,})")
        if match.outcome == "not_found" and not self._whole:
            match = match.model_copy(update={"outcome": "not_checked", "likeness": None})
        return match


class Asked:
    """A service that is asked for each title."""

    def __init__(self, source: Source) -> None:
        """`source` is asked once for every reference."""
        self._source = source

    def find(self, reference: Reference) -> Match:
        """See `Place`."""
        if not reference.title:
            return _unknown()
        found, coverage = self._source.search(Query(text=reference.title, groups=((reference.title,),)), _NEAR)
        match = _best(reference, found, self._source.name)
        if match.outcome == "not_found" and coverage.outcome not in ("found", "empty"):
            why = f"{self._source.name} was not asked: {coverage.reason or coverage.outcome}"
            return Match(outcome="not_checked", paper=None, likeness=None, reason=why)
        return match


# --- in a report -------------------------------------------------------------------------------------------


def at_hand(references: Sequence[Reference], papers: Sequence[Paper]) -> tuple[Match, ...]:
    """Each reference looked up among `papers`, which are a few of all there are: found, or not checked."""
    from synth.lexical import LexicalIndex

    if not references:
        return ()
    shelf = Shelf(papers, LexicalIndex.build([(p.title, "") for p in papers]), whole=False)
    return tuple(shelf.find(reference) for reference in references)


def told(readings: Sequence[ReadPaper], papers: Sequence[Paper]) -> tuple[str, ...]:
    """Sentences on the references of `readings`, looked up among the screened `papers`; none where none was read."""
    cited = [(reading, reference) for reading in readings for reference in reading.references]
    if not cited:
        return ()
    matches = at_hand([reference for _, reference in cited], papers)
    found = sum(match.outcome == "found" for match in matches)
    among = f"{found} of them {'is' if found == 1 else 'are'}" if found else "none of them is"
    rest = "the others" if found else "they"
    lines = [
        f"The papers that were read give {plural(len(cited), 'reference')}: {among} among the works screened here; "
        f"that {rest} exist was not checked."
    ]
    wrong = [
        f"“{reference.title}” in {reading.paper.id} gives the id of “{match.stranger.title}”"
        for (reading, reference), match in zip(cited, matches, strict=True)
        if match.outcome != "found" and match.stranger is not None
    ]
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        lines.append(f"References whose id is that of another work: {'; '.join(wrong[:_SHOWN])}{more}.")
    return tuple(lines)


# --- likeness ---------------------------------------------------------------------------------------------


def _best(reference: Reference, candidates: Sequence[Paper], where: str) -> Match:
    if not reference.title and not _keys(reference):
        return _unknown()
    strangers: list[Paper] = []
    closest = 0.0
    for paper in candidates:
        same_id = bool(set(_keys(reference)) & set(_keys(paper)))
        alike = _likeness(reference.title, paper.title) if reference.title else None
        closest = max(closest, alike or 0.0)
        if same_id and (alike is None or alike >= 0.5):
            return Match(outcome="found", paper=paper, likeness=alike, reason=f"same id in {where}")
        if same_id:
            strangers.append(paper)
        elif alike is not None and _agrees(reference, paper, alike):
            return Match(outcome="found", paper=paper, likeness=alike, reason=f"title, year and author in {where}")
    if strangers:
        reason = f'its id belongs to another work in {where}: "{strangers[0].title}"'
    elif not reference.title:
        return Match(
            outcome="not_checked", paper=None, likeness=None, reason=f"its id is not in {where}; no title to ask"
        )
    else:
        reason = f"no work of this title, year and author in {where}"
    stranger = strangers[0] if strangers else None
    return Match(outcome="not_found", paper=None, likeness=round(closest, 3), reason=reason, stranger=stranger)


def _unknown() -> Match:
    return Match(outcome="not_checked", paper=None, likeness=None, reason="its title could not be told from the rest")


def _agrees(reference: Reference, paper: Paper, alike: float) -> bool:
    """Whether title, year and first author agree; what one of the two does not say cannot disagree."""
    if reference.year and paper.year and abs(reference.year - paper.year) > _YEARS:
        return False
    family = _folded(paper.authors[0].split()[-1]) if paper.authors and paper.authors[0].split() else ""
    author = family in _folded(reference.raw) if family else None
    needed = 0.85 if author else 0.95
    # A title of a word or two is many works' title: there the author must agree.
    return author is not False and alike >= needed and (bool(author) or len(words(paper.title)) > 4)


def _likeness(a: str, b: str) -> float:
    """F1 of the words of two titles; a subtitle that only one of them has counts half."""
    left, right = Counter(_plain(a)), Counter(_plain(b))
    whole = _f1(left, right)
    heads = [Counter(_plain(re.split(r"[:?!]\s", title)[0])) for title in (a, b)]
    if min(sum(head.values()) for head in heads) >= 4 and (heads[0] == left or heads[1] == right):
        whole = max(whole, (1 + _f1(*heads)) / 2 - 0.1)
    return whole


def _f1(left: Counter[str], right: Counter[str]) -> float:
    total = sum(left.values()) + sum(right.values())
    return 2 * sum((left & right).values()) / total if total else 0.0


def _plain(title: str) -> list[str]:
    return [part for word in words(_folded(title)) for part in word.split("-")]


def _folded(text: str) -> str:
    """Lower case without accents, so that "Bražinskas" meets "Brazinskas"."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))


def _keys(item: Paper | Reference) -> list[tuple[str, str]]:
    """The ids of a work; the DOI that arXiv gives its papers is the arXiv id once more."""
    keys = [(kind, value.lower()) for kind in _IDS if (value := getattr(item.ids, kind))]
    doi = item.ids.doi or ""
    if doi.startswith("10.48550/arxiv."):
        keys.append(("arxiv", re.sub(r"v\d+$", "", doi.removeprefix("10.48550/arxiv."))))
    return list(dict.fromkeys(keys))
