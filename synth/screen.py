"""The arrow Papers -> Screening: one record per work, and which are kept, with the reason.

Versions and copies of one work are merged by ids, then by normalised title with first author and year; the
latest version stands for the work. Relevance is a raw score from the facets a paper speaks of and from the
similarity of its text to the question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from synth.facets import covered_nearly
from synth.records import Facet, Paper, Question, ReadPaper, ReportPaper, Screening
from synth.text import normalise

__all__ = ["Candidate", "Screened", "flow", "listed", "merge", "screen", "unreadable"]

_NEAREST = 0.34  # relevance from which a paper that speaks of a part of the question is kept as nearest evidence
_SHARE = 0.4  # share, by weight, of the required facets that such a paper must speak of
_SIMILAR = 0.50  # similarity asked of a question that names nothing, and of a paper that speaks of one side only


class Candidate(NamedTuple):
    """A paper with the text it is judged by and its similarity to the question (cosine, -1 to 1).

    `holder` is the name of the corpus or source that gave it.
    """

    paper: Paper
    text: str
    similarity: float
    holder: str


class Screened(NamedTuple):
    """The judgement on one work. `others` are its other versions and copies, merged into it."""

    candidate: Candidate
    others: tuple[Candidate, ...]
    included: bool
    relevance: float
    covered: frozenset[str]
    reason: str


def merge(candidates: Sequence[Candidate]) -> list[tuple[Candidate, tuple[Candidate, ...]]]:
    """Works in order of first appearance: the candidate that stands for each, and its other copies."""
    home: dict[str, int] = {}
    works: list[list[Candidate]] = []
    for candidate in candidates:
        keys = _keys(candidate.paper)
        at = next((home[key] for key in keys if key in home), None)
        if at is None:
            at = len(works)
            works.append([])
        works[at].append(candidate)
        for key in keys:
            home.setdefault(key, at)
    merged = []
    for copies in works:
        best = max(copies, key=_standing)
        merged.append((best, tuple(copy for copy in copies if copy is not best)))
    return merged


def _keys(paper: Paper) -> list[str]:
    ids = paper.ids
    keys = [f"{name}:{value.lower()}" for name, value in ids if value]
    surname = normalise(paper.authors[0]).split(",")[0].split()[-1].lower() if paper.authors else ""
    title = re.sub(r"\W+", "", normalise(paper.title).lower())
    if surname and len(title) > 12 and paper.year is not None:
        # Preprint and published copy may be a year apart.
        keys += [f"title:{title}:{surname}:{year}" for year in (paper.year - 1, paper.year, paper.year + 1)]
    return keys or [f"id:{paper.id}"]


def _standing(candidate: Candidate) -> tuple[int, int, int]:
    """A text beats none; a higher version beats a lower; a digest or full text beats an abstract."""
    version = candidate.paper.version or ""
    number = int(version[1:]) if re.fullmatch(r"v\d+", version) else 0
    return (int(bool(candidate.text)), int(candidate.paper.tier != "abstract"), number)


def screen(asked: Question, candidates: Sequence[Candidate], *, most: int, since: int | None = None) -> list[Screened]:
    """All works, best first, with at most `most` included.

    A work is included when it speaks of every required facet, or, as nearest evidence, of a good part of them while
    its relevance is high enough. Works that speak of all come before those that speak of a part.
    """
    judged = [_judge(asked, best, others, since) for best, others in merge(candidates)]
    judged.sort(key=lambda s: (not s.included, -s.relevance, s.candidate.paper.id))
    kept = 0
    result = []
    for work in judged:
        if work.included and kept >= most:
            work = work._replace(included=False, reason=f"beyond the {most} most relevant papers; {work.reason}")
        kept += work.included
        result.append(work)
    return result


def _judge(asked: Question, best: Candidate, others: tuple[Candidate, ...], since: int | None) -> Screened:
    paper = best.paper
    names = covered_nearly(asked.facets, f"{paper.title}\n{best.text}")
    in_title = covered_nearly(asked.facets, paper.title)
    total = sum(f.weight for f in asked.facets)
    share = sum(f.weight for f in asked.facets if f.name in names) / total if total else 0.0
    bonus = sum(f.weight for f in asked.facets if f.name in in_title) / total if total else 0.0
    similarity = best.similarity
    closeness = min(1.0, max(0.0, (similarity - 0.1) / 0.7))
    relevance = round(0.5 * share + 0.15 * bonus + 0.35 * closeness, 4)
    required = [f for f in asked.facets if f.required]
    included = bool(best.text) and _keep(required, names, similarity, relevance)
    reason = _reason(required, names, similarity)
    if not best.text:
        reason = "no text to read: only the title is known"
    if since is not None and paper.year is not None and paper.year < since:
        included, reason = False, f"published in {paper.year}, before {since}"
    return Screened(best, others, included, relevance, names, reason)


def _keep(required: Sequence[Facet], names: frozenset[str], similarity: float, relevance: float) -> bool:
    if not required:
        return similarity >= _SIMILAR
    share = sum(f.weight for f in required if f.name in names) / sum(f.weight for f in required)
    return share == 1 or (share >= _SHARE and relevance >= _NEAREST) or (share > 0 and similarity >= _SIMILAR)


def _reason(required: Sequence[Facet], names: frozenset[str], similarity: float) -> str:
    have = [f.name for f in required if f.name in names]
    lack = [f.name for f in required if f.name not in names]
    parts = []
    if have:
        parts.append("speaks of " + ", ".join(have))
    if lack:
        parts.append(("not of " if have else "speaks of none of: ") + ", ".join(lack))
    return "; ".join([*parts, f"similarity {similarity:.2f}"])


def unreadable(work: Screened, unread: Mapping[str, str]) -> Screened:
    """The work as excluded when its text could not be read; `unread` tells why by paper id."""
    why = unread.get(work.candidate.paper.id) if work.included else None
    return work if why is None else work._replace(included=False, reason=f"not read: {why}")


def flow(works: Sequence[Screened]) -> Screening:
    """The PRISMA flow of the screened works."""
    included = sum(w.included for w in works)
    duplicates = sum(len(w.others) for w in works)
    return Screening(
        identified=len(works) + duplicates,
        duplicates=duplicates,
        screened=len(works),
        excluded=len(works) - included,
        included=included,
    )


def listed(work: Screened, read: ReadPaper | None) -> ReportPaper:
    """The work as a report lists it; `read` is its text when it was read."""
    paper = work.candidate.paper
    copies = (paper, *(other.paper for other in work.others))
    versions = {version for copy in copies for version in (copy.version, *copy.versions) if version}
    return ReportPaper(
        id=paper.id,
        title=paper.title,
        authors=paper.authors,
        year=paper.year,
        venue=paper.venue,
        url=paper.url,
        ids=paper.ids,
        version=paper.version,
        versions=tuple(sorted(versions)),
        tier=read.tier if read is not None else paper.tier,
        included=work.included,
        relevance=work.relevance,
        reason=work.reason,
        notices=paper.notices,
    )
