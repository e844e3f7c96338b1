"""What a retraction or withdrawal takes away: its paper's words count for nothing, and does the answer stand without?

The paper stays in the list with its notice and its claims stay in the report. Two things change. No window of it is
read for or against a claim, its own claims included; and the answer is made from the other papers' claims, with one
sentence on what it would have been.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from synth.announcements import COMMENTS, ordered
from synth.quantities import direction
from synth.records import Answer, Claim, Notice, Paper, Window
from synth.works import published

__all__ = ["fallen", "sound", "verdict_on"]

_GRAVE = {"retraction": "retracted", "withdrawal": "withdrawn"}


def fallen(papers: Iterable[Paper]) -> dict[str, str]:
    """Papers that were retracted or withdrawn, by id, with the notice in words: "retracted on 2021-08-09 (crossref)".

    An expression of concern or an erratum leaves a paper standing, and so does the withdrawal of a preprint by its
    authors when the paper was published: what was published has not been taken back. Of several notices the gravest,
    earliest is told.
    """
    found = {}
    for paper in papers:
        out = published(paper)
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


def verdict_on(
    counted: Answer, all_told: Answer, claims: Sequence[Claim], gone: Mapping[str, str], titles: Mapping[str, str]
) -> str:
    """One or two sentences on whether the answer survives; "" where no paper with claims has fallen.

    `counted` is the answer from the claims of sound papers, `all_told` the one that all claims would have given,
    `gone` the fallen papers by id, as `fallen` tells them, and `titles` the titles of all papers.
    """
    spoke = {claim.source.paper_id for claim in claims}
    told = [f"“{titles[key]}” was {why}" for key, why in sorted(gone.items()) if key in spoke]
    if not told:
        return ""
    them = "it" if len(told) == 1 else "them"
    lead = f"{'; '.join(told)}: what {'it says' if len(told) == 1 else 'they say'} is not counted."
    if _stands(counted, all_told, claims):
        return f"{lead} The answer stands without {them}."
    if counted.status == all_told.status:
        return f"{lead} With {them} the answer would say something else: it does not survive unchanged."
    would = all_told.status.replace("_", " ")
    now = counted.status.replace("_", " ")
    return (
        f"{lead} With {them} the question would count as {would}, without {them} as {now}: the answer does not survive."
    )


def _stands(counted: Answer, all_told: Answer, claims: Sequence[Claim]) -> bool:
    """The same status, and the claims it rests on point the same ways."""
    if counted.status != all_told.status:
        return False
    if counted.claim_ids == all_told.claim_ids:
        return True
    by_id = {claim.id: claim for claim in claims}
    now, then = (
        {direction(by_id[i].statement) for i in answer.claim_ids if i in by_id} - {None}
        for answer in (counted, all_told)
    )
    return bool(counted.claim_ids) and now == then
