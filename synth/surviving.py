"""What a retraction or withdrawal takes away: the words of its paper count for nothing.

The paper stays in the list with its notice, and its claims stay in the report. No window of it is read for or against a
claim, its own claims included; the answer is made from the other papers' claims and says whether it stands without
(`synth.answer`).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from synth.announcements import COMMENTS, ordered
from synth.records import Notice, Paper, Window
from synth.works import published

__all__ = ["fallen", "sound"]

_GRAVE = {"retraction": "retracted", "withdrawal": "withdrawn"}


def fallen(papers: Iterable[Paper], printed: Container[str] = ()) -> dict[str, str]:
    """Papers that were retracted or withdrawn, by id, with the notice in words: "retracted on 2021-08-09 (crossref)".

    An expression of concern or an erratum leaves a paper standing, and so does the withdrawal of a preprint by its
    authors when the paper was published: what was published has not been taken back. Of several notices the gravest,
    earliest is told. `printed` are the ids of papers of which another copy was published.
    """
    found = {}
    for paper in papers:
        out = published(paper) or paper.id in printed
        grave = [n for n in ordered(paper.notices) if n.kind in _GRAVE and not (out and _of_the_preprint(n))]
        if grave:
            first = grave[0]
            when = f" on {first.date}" if first.date else ", no date given"
            found[paper.id] = f"{_GRAVE[first.kind]}{when} ({first.source})"
    return found


def _of_the_preprint(notice: Notice) -> bool:
    return notice.kind == "withdrawal" and notice.source in ("arxiv", COMMENTS)


def sound(windows: Sequence[Window], gone: Mapping[str, str] | frozenset[str]) -> tuple[Window, ...]:
    """The windows that may speak: none of a paper in `gone`, except the sentence a claim was taken from.

    That sentence is shown and never counted, so a claim of a fallen paper keeps its quote.
    """
    return tuple(w for w in windows if w.bearings[0].same or w.bearings[0].passage.paper_id not in gone)
