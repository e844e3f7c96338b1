"""The arrow Papers -> Screening: one record per work, and which are kept, with the reason.

Versions and copies of one work are merged (`synth.works`); the published copy, then the latest version, stands for the
work, and the work carries the notices of all its copies. Relevance is a raw score from the facets a paper speaks of and
from the similarity of its text to the question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from synth.announcements import ordered, withdrawn
from synth.facets import covered_nearly
from synth.records import Facet, Ids, Paper, Question, ReadPaper, ReportPaper, Screening
from synth.works import grouped, published, version_names, version_number

__all__ = ["Candidate", "Screened", "by_text", "flow", "listed", "merge", "noticed", "screen", "unreadable", "whole"]

_NEAREST = 0.34  # relevance from which a paper that speaks of a part of the question is kept as nearest evidence
_SHARE = 0.4  # share, by weight, of the required facets that such a paper must speak of
_START = 4_000  # characters of a text without an abstract that it is judged by
_SIMILAR = 0.50  # similarity asked of a question that names nothing, and of a paper that speaks of one side only


class Candidate(NamedTuple):
    """A paper with the text it is judged by and its similarity to the question (cosine, -1 to 1).

    `holder` is the name of the corpus or source that gave it; `score` how well its words and meaning match the
    question, on one scale for all that was found (`relevance.papers`; None: not told).
    """

    paper: Paper
    text: str
    similarity: float
    holder: str
    score: float | None = None


class Screened(NamedTuple):
    """The judgement on one work. `others` are its other versions and copies, merged into it."""

    candidate: Candidate
    others: tuple[Candidate, ...]
    included: bool
    relevance: float
    covered: frozenset[str]
    reason: str


def merge(candidates: Sequence[Candidate]) -> list[tuple[Candidate, tuple[Candidate, ...]]]:
    """Works in order of first appearance: the candidate that stands for each, and its other copies.

    A notice on any copy is a notice on the work: the one that stands for it carries them all.
    """
    merged = []
    for group in grouped([candidate.paper for candidate in candidates]):
        copies = [candidates[i] for i in group]
        best = max(copies, key=_standing)
        others = tuple(copy for copy in copies if copy is not best)
        notices = ordered(notice for copy in copies for notice in copy.paper.notices)
        if notices != best.paper.notices:
            best = best._replace(paper=best.paper.model_copy(update={"notices": notices}))
        merged.append((best, others))
    return merged


def _standing(candidate: Candidate) -> tuple[bool, bool, bool, int, int]:
    """A text beats none; a digest or full text an abstract; a published copy a preprint; a later version an earlier.

    The words that a paper is withdrawn are no text: the version before them is what there is to read.
    """
    paper, text = candidate.paper, candidate.text
    gone = len(text) < 400 and withdrawn(None, text)
    number = version_number(paper.version)
    return (bool(text) and not gone, paper.tier != "abstract", published(paper), number, paper.year or 0)


def screen(
    asked: Question, candidates: Sequence[Candidate], *, most: int, since: int | None = None, by_title: bool = False
) -> list[Screened]:
    """All works, best first, with at most `most` included.

    A work is included when it speaks of every required facet, or, as nearest evidence, of a good part of them while
    its relevance is high enough. Works that speak of all come before those that speak of a part. One of which only the
    title is known is excluded; `by_title` says that its full text can be asked for: then its title has to do for now,
    it comes after those with a text, and `by_text` decides when it was read.
    """
    judged = [_judge(asked, best, others, since, by_title) for best, others in merge(candidates)]
    judged.sort(key=lambda s: (not s.included, s.included and not s.candidate.text, -s.relevance, s.candidate.paper.id))
    kept = 0
    result = []
    for work in judged:
        if work.included and kept >= most:
            work = work._replace(included=False, reason=f"beyond the {most} most relevant papers; {work.reason}")
        kept += work.included
        result.append(work)
    return result


def _judge(
    asked: Question, best: Candidate, others: tuple[Candidate, ...], since: int | None, by_title: bool
) -> Screened:
    paper = best.paper
    names = covered_nearly(asked.facets, f"{paper.title}\n{best.text}")
    in_title = covered_nearly(asked.facets, paper.title)
    total = sum(f.weight for f in asked.facets)
    share = sum(f.weight for f in asked.facets if f.name in names) / total if total else 0.0
    bonus = sum(f.weight for f in asked.facets if f.name in in_title) / total if total else 0.0
    similarity = best.similarity
    closeness = min(1.0, max(0.0, (similarity - 0.1) / 0.7))
    fit = round(0.5 * share + 0.15 * bonus + 0.35 * closeness, 4)  # decides; the bars were set on it
    score = max((copy.score for copy in (best, *others) if copy.score is not None), default=None)
    relevance = fit if score is None else round(0.2 * share + 0.1 * bonus + 0.7 * score, 4)
    required = [f for f in asked.facets if f.required]
    asking = by_title and any(value for _, value in paper.ids)  # without an id nobody can be asked for the text
    included = (bool(best.text) or asking) and _keep(required, names, similarity, fit)
    reason = _reason(required, names, similarity)
    if not best.text:
        reason = f"by its title alone: {reason}" if asking else "no text to read: only the title is known"
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


def by_text(
    asked: Question, works: Sequence[Screened], read: Mapping[str, ReadPaper], since: int | None = None
) -> tuple[list[Screened], dict[str, ReadPaper]]:
    """The works, those that were included by their titles alone judged by what was read of them; and the texts of those
    that stay.

    `read` are the texts by paper id. They are judged by the abstract that stands in the text, else by its beginning,
    as other papers are. The place in the order stays.
    """
    judged = []
    kept = dict(read)
    for work in works:
        held, text = work.candidate, read.get(work.candidate.paper.id)
        if not work.included or held.text or text is None:
            judged.append(work)
            continue
        words = text.paper.abstract or text.text[:_START]
        again = _judge(asked, held._replace(text=words), work.others, since, by_title=False)
        if not again.included:
            del kept[held.paper.id]
        reason = f"by its title at first, then by its text: {again.reason}"
        judged.append(again._replace(candidate=held, reason=reason))
    return judged, kept


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


def whole(work: Screened) -> Paper:
    """The paper that stands for the work, with the ids, the versions and the notices of all its copies.

    An id of its own comes before one of a copy. Meant for looking the work up and for listing it; what is read is the
    candidate's own paper, whose version is told.
    """
    paper = work.candidate.paper
    copies = (paper, *(other.paper for other in work.others))
    ids = {name: next((v for c in copies if (v := getattr(c.ids, name))), None) for name in Ids.model_fields}
    known = tuple(notice for copy in copies for notice in copy.notices)
    return paper.model_copy(update={"ids": Ids(**ids), "versions": version_names(copies), "notices": ordered(known)})


def noticed(works: Sequence[Screened], checked: Sequence[Paper]) -> list[Screened]:
    """The works with the notices of `checked`, papers that stand for some of them (`whole`), by their ids."""
    found = {paper.id: paper.notices for paper in checked}
    result = []
    for work in works:
        paper = work.candidate.paper
        notices = ordered((*paper.notices, *found.get(paper.id, ())))
        held = work.candidate._replace(paper=paper.model_copy(update={"notices": notices}))
        result.append(work._replace(candidate=held))
    return result


def listed(work: Screened, read: ReadPaper | None) -> ReportPaper:
    """The work as a report lists it; `read` is its text when it was read, and then the version is that one's."""
    paper = whole(work)
    if read is not None:
        names = version_names((paper, read.paper, *(other.paper for other in work.others)))
        paper = paper.model_copy(update={"version": read.paper.version, "versions": names})
    return ReportPaper(
        id=paper.id,
        title=paper.title,
        authors=paper.authors,
        year=paper.year,
        venue=paper.venue,
        url=paper.url,
        ids=paper.ids,
        version=paper.version,
        versions=paper.versions,
        tier=read.tier if read is not None else paper.tier,
        included=work.included,
        relevance=work.relevance,
        reason=work.reason,
        notices=paper.notices,
    )
