"""Papers as finished values: numbered, with the short form they are cited by and an address that is safe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synth.records import ReportPaper
from synth.render import display
from synth.render.display import clean, number

__all__ = ["PaperView", "cited", "paper_views"]


_TAKEN_BACK = {"retraction": "retracted", "withdrawal": "withdrawn"}


@dataclass(frozen=True)
class PaperView:
    """A paper as it is cited; `index` is its number in the reference list, None when it was excluded.

    `short` says of a paper that was retracted or withdrawn that it was, wherever it is cited.
    """

    id: str
    index: int | None
    short: str
    title: str
    authors: str
    year: str
    venue: str
    version: str
    tier: str
    link: str | None
    included: bool
    relevance: str
    reason: str
    notices: tuple[str, ...]


def paper_views(papers: Iterable[ReportPaper]) -> tuple[tuple[PaperView, ...], tuple[PaperView, ...]]:
    """The included papers, numbered from 1, and the excluded ones, both in the order of the report."""
    included: list[PaperView] = []
    excluded: list[PaperView] = []
    for paper in papers:
        index = len(included) + 1 if paper.included else None
        (included if paper.included else excluded).append(_paper(paper, index))
    return tuple(included), tuple(excluded)


def _paper(paper: ReportPaper, index: int | None) -> PaperView:
    title = clean(paper.title) or clean(paper.id)
    year = str(paper.year) if paper.year is not None else "no year"
    who = display.short_authors(paper.authors) or f"“{display.shorten(title, 40)}”"
    others = [version for version in paper.versions if version != paper.version]
    version = clean(paper.version or "")
    if version and others:
        version += f" (also known: {', '.join(clean(v) for v in others)})"
    taken_back = next((f", {_TAKEN_BACK[n.kind]}" for n in paper.notices if n.kind in _TAKEN_BACK), "")
    notices = (f"{n.kind} ({clean(n.date) if n.date else 'no date given'}, {clean(n.source)})" for n in paper.notices)
    return PaperView(
        id=paper.id,
        index=index,
        short=f"{who} {year}" + (f" {clean(paper.version)}" if paper.version else "") + taken_back,
        title=title,
        authors=", ".join(clean(name) for name in paper.authors) or "authors unknown",
        year=year,
        venue=clean(paper.venue or ""),
        version=version,
        tier=display.TIER_WORDS[paper.tier],
        link=display.paper_link(paper.ids, paper.version, paper.url),
        included=paper.included,
        relevance=number(paper.relevance),
        reason=clean(paper.reason),
        notices=tuple(notices),
    )


def cited(paper_id: str, papers: Mapping[str, PaperView]) -> PaperView:
    """The paper, or a view that shows only the id when the report does not list it."""
    name = clean(paper_id)
    return papers.get(paper_id) or PaperView(paper_id, None, name, name, "", "", "", "", "", None, False, "–", "", ())
