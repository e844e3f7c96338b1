"""Extract: the checkable statements of a paper, whole, in the third person, each with the quote it comes from.

A sentence is taken when it says something of the world that could turn out false: a finding, a comparison, a
number, a property of a data set, a fact of the method. Aims, questions, background, what other papers did, thanks,
addresses and broken lines are left.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from synth.facets import covered_nearly
from synth.likeness import likely_ends, same
from synth.lists import parts
from synth.measures import measured_parts
from synth.passages import passages
from synth.quantities import Mention, mentions, quantity
from synth.records import (
    Claim,
    ClaimKind,
    Passage,
    Quantity,
    Question,
    ReadPaper,
    Replication,
    SourceSpan,
    Verdict,
    content_id,
)
from synth.scopes import averaged, metrics
from synth.sentencing import kind_of, worth
from synth.statements import paper_name, statement

__all__ = ["claims", "merged"]

_NOT_CHECKED = Verdict(label="not_checked", score=None, confidence=None, reason="not verified yet", checks=())
_NOT_RUN = Replication(status="not_run", reason="no experiment was run", command=None)


class _Candidate(NamedTuple):
    rank: float
    passage: Passage
    earlier: str


def claims(paper: ReadPaper, question: Question | None, limit: int) -> tuple[Claim, ...]:
    """The `limit` best claims of `paper`: those that bear on `question` first, else by how checkable they are.

    A compound sentence gives a claim and, where its list can surely be taken apart, one claim for each member with
    `parent_id` the compound's id; where `limit` leaves no room for all parts the compound stands alone. All carry the
    verbatim quote.
    Claims that say the same in the same words are given once.
    """
    name = paper_name(paper.paper)
    chosen: list[Claim] = []
    seen: set[str] = set()
    for candidate in _candidates(paper, question):
        if len(chosen) >= limit:
            break
        text = statement(candidate.passage.text, name, candidate.earlier)
        if text.casefold() in seen:
            continue
        family = _family(paper, candidate.passage, text)
        if len(chosen) + len(family) > limit:
            family = family[:1]
        seen.update(claim.statement.casefold() for claim in family)
        chosen.extend(family)
    return tuple(chosen)


def merged(made: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims with those that say the same (`synth.likeness.same`) as one, in the order of first appearance.

    The first of them stays and holds the places of the others in `also`; a part keeps its compound, or gets the one
    that stands for it. What has evidence or a verdict already is not merged: merging comes before checking. A compound
    and its own parts are never one.
    """
    kept: list[Claim] = []
    stands: dict[str, str] = {}
    alike: dict[str, list[int]] = {}
    for claim in made:
        sides = likely_ends(claim.statement)
        near = sorted({i for side in sides for i in alike.get(side, ())})
        home = next((i for i in near if _one(kept[i], claim)), None)
        if home is None:
            for side in sides:
                alike.setdefault(side, []).append(len(kept))
            kept.append(claim)
            stands[claim.id] = claim.id
            continue
        first = kept[home]
        places = [s for s in (claim.source, *claim.also) if s not in (first.source, *first.also)]
        kept[home] = first.model_copy(update={"also": (*first.also, *places)})
        stands[claim.id] = first.id
    return tuple(
        c if c.parent_id is None else c.model_copy(update={"parent_id": stands.get(c.parent_id, c.parent_id)})
        for c in kept
    )


def _one(first: Claim, second: Claim) -> bool:
    family = first.id == second.parent_id or second.id == first.parent_id
    unchecked = first.verdict.label == second.verdict.label == "not_checked"
    return unchecked and not family and same(first.statement, second.statement)


def _candidates(paper: ReadPaper, question: Question | None) -> list[_Candidate]:
    """Passages worth a claim, the best first; ties in the order of the paper."""
    found: list[_Candidate] = []
    earlier = ""
    sentences = passages(paper)
    # Before the authors first speak of themselves stands background, where they ever do (a digest never does).
    voiced = {p.section for p in sentences if _OWN_VOICE.search(p.text)}
    before_aim = bool(sentences) and sentences[0].section in voiced
    title = _bearing(question, paper.paper.title)
    for i, passage in enumerate(sentences):
        if i and sentences[i - 1].section != passage.section:
            earlier, before_aim = "", passage.section in voiced
        if paper.tier == "digest" and passage.section.lower().startswith("limit"):
            continue  # a digest tells there what the paper does not say
        value = worth(passage.text, passage.section, opening=before_aim)
        before_aim = before_aim and not _OWN_VOICE.search(passage.text)
        if value is not None:
            rank = value + 2.0 * (
                _bearing(question, passage.text) + 0.25 * title + 0.25 * _bearing(question, passage.section)
            )
            found.append(_Candidate(rank, passage, earlier))
        earlier = passage.text
    found.sort(key=lambda c: (-c.rank, c.passage.start))
    return found


_OWN_VOICE = re.compile(
    r"\b(?:[Ww]e(?! (?:may|might|can|could|need|often|live|usually|typically|should|must|humans)\b)|[Oo]ur|"
    r"[Tt]his (?:paper|work|study|article|report|thesis|survey))\b"
)


def _bearing(question: Question | None, text: str) -> float:
    """Summed weight of the question's facets that `text` speaks of, required ones doubled; 0 without a question."""
    if question is None or not text:
        return 0.0
    spoken = covered_nearly(question.facets, text)
    return sum((2.0 if f.required else 1.0) * f.weight for f in question.facets if f.name in spoken)


def _family(paper: ReadPaper, passage: Passage, text: str) -> list[Claim]:
    """The claim of `passage` and the claims of its parts."""
    members = parts(text) or measured_parts(text)
    whole = _claim(paper, passage, text, None, None if members else _own_quantity(text))
    children = []
    for part in members:
        stated = [m for m in mentions(part.text) if m.text == part.stated or part.stated.startswith(m.text)]
        children.append(_claim(paper, passage, part.text, whole.id, quantity(part.text, stated[0]) if stated else None))
    return [whole, *children]


def _own_quantity(text: str) -> Quantity | None:
    """The quantity of an atomic sentence: its one result, the end point of "from X to Y", or its one count."""
    found = mentions(text)
    results = [m for m in found if _is_result(m)]
    if len(results) == 2 and re.search(r"\bfrom\s(?:\w+\s)?$", text[: results[0].start]):
        between = text[results[0].end : results[1].start]
        results = results[1:] if re.match(r"\s?(?:[^.;,]{0,30}\s)?to\s", between) else results
    if len(results) == 1:
        return quantity(text, results[0])
    if not results and len(found) == 1 and (found[0].value >= _LARGE or kind_of(text, False) == "dataset"):
        return quantity(text, found[0])
    return None


_LARGE = 100  # a smaller count of things in a sentence ("on four data sets") is scope, not what is claimed


def _is_result(mention: Mention) -> bool:
    unit = mention.unit
    fraction = unit is None and mention.precision < 1
    return unit in ("%", "points", "x") or (unit is not None and bool(metrics(unit))) or fraction


def _claim(paper: ReadPaper, passage: Passage, text: str, parent: str | None, stated: Quantity | None) -> Claim:
    version = paper.paper.version
    if stated is not None:
        stated = stated.model_copy(update={"average": averaged(text)})
    kind: ClaimKind = kind_of(
        text, any(_is_result(m) for m in mentions(text)) or (stated is not None and stated.value >= _LARGE)
    )
    return Claim(
        id=content_id("c", paper.paper.id, version, passage.start, passage.end, text),
        statement=text,
        quote=passage.text,
        source=SourceSpan(
            paper_id=paper.paper.id,
            version=version,
            section=passage.section or None,
            page=passage.page,
            start=passage.start,
            end=passage.end,
        ),
        kind=kind,
        quantity=stated,
        parent_id=parent,
        verdict=_NOT_CHECKED,
        replication=_NOT_RUN,
    )
