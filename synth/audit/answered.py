"""Whether a report's claims answer its question, by the rule of `synth.answer`.

The claims that papers support are asked first, each with the passage that supports it; then all that are not refuted,
as far as the report's own words go. What only unsupported claims say is no answer: the status is then not_checked
where no paper could be read for them, and the status from the supported ones otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from synth import answer, formulate, gather, judging, relate, relevance
from synth.audit.judged import Judged, Tools
from synth.audit.shelves import Shelves
from synth.audit.stated import AuditAnswer, Card, StatedClaim
from synth.audit.wording import complete
from synth.errors import InputError
from synth.records import Answer, Claim, Ids, Paper, Question, ReadPaper, Section, SourceSpan
from synth.text import words

__all__ = ["Answered", "answered", "asked"]

_ANSWERS = ("answered", "partly_answered", "contested")
_SHORTEST = 3  # words of a question
_SPOKEN = "the report"
_MOST = 120  # claims that are asked
_RETOLD = re.compile(r"^No paper that was read studies")


class Answered(NamedTuple):
    """The answer, and whether the report's own words speak to the question, supported or not."""

    answer: AuditAnswer
    spoken: bool


def asked(card: Card) -> Question | None:
    """The question of the report; None where it states none that can be asked."""
    if card.question is None or len(words(card.question)) < _SHORTEST:
        return None
    try:
        return formulate.question(card.question)
    except InputError:
        return None


def answered(card: Card, question: Question | None, judged: Judged, shelves: Shelves, tools: Tools) -> Answered:
    """The status and text of the answer that the report's claims give."""
    if question is None:
        text = "The report states no question, so nothing can be said about its answer."
        return Answered(AuditAnswer(status="not_checked", text=text), False)
    by_claims = {c.index: judged.verdicts[c.index].label for c in card.claims}
    supported = [c for c in card.claims if by_claims[c.index] in ("supported", "conflicting")][:_MOST]
    standing = [c for c in card.claims if by_claims[c.index] != "refuted"][:_MOST]
    whole = _spoken(card, question, standing, tools)
    spoken = whole is not None and whole.status in _ANSWERS
    if supported:
        found = _from_evidence(question, supported, judged, shelves, tools)
        if found.status in _ANSWERS or not spoken:
            return Answered(AuditAnswer(status=found.status, text=found.text), spoken or found.status in _ANSWERS)
    if not spoken:
        told = "The report makes no claim."
        if whole is not None:
            told = _RETOLD.sub("No claim of the report speaks of", whole.text)
        status = whole.status if whole is not None else "no_evidence"
        return Answered(AuditAnswer(status=status, text=told), False)
    return Answered(_unsupported(judged, standing, by_claims), True)


def _unsupported(judged: Judged, standing: Sequence[StatedClaim], labels: Mapping[int, str]) -> AuditAnswer:
    """The report speaks to its question in words that no paper at hand bears out."""
    unchecked = sum(labels[c.index] == "not_checked" for c in standing)
    if not judged.read or unchecked == len(standing):
        text = "The report's claims speak to the question, but no paper at hand could confirm or refute them."
        return AuditAnswer(status="not_checked", text=text)
    text = "The report's claims speak to the question, but the papers that were read support none of those that do."
    return AuditAnswer(status="no_evidence", text=text)


# --- two ways to ask ------------------------------------------------------------------------------------------


def _from_evidence(
    question: Question, claims: Sequence[StatedClaim], judged: Judged, shelves: Shelves, tools: Tools
) -> Answer:
    """The answer from supported claims, each standing where its best quote stands."""
    read = {}
    for place in judged.read:
        text = shelves.text(place)
        if text is not None:
            read[text.paper.id, text.paper.version] = text
    made: list[tuple[StatedClaim, Claim]] = []
    texts: dict[str, ReadPaper] = {}
    for claim in claims:
        quote = next((e for e in judged.evidence[claim.index] if e.stance == "supports"), None)
        paper = read.get((quote.paper_id, quote.version)) if quote is not None else None
        if quote is None or paper is None:
            continue
        start = max(0, paper.text.find(quote.quote))
        key = f"{quote.paper_id}{quote.version or ''}"
        texts[key] = paper
        evidence = judged.evidence[claim.index]
        made.append((claim, _record(claim, key, start, start + len(quote.quote)).model_copy(
            update={"evidence": evidence, "verdict": judged.verdicts[claim.index]}
        )))  # fmt: skip
    return _asked(question, made, texts, tools)


def _spoken(card: Card, question: Question, claims: Sequence[StatedClaim], tools: Tools) -> Answer | None:
    """The answer as far as the claims' own words go: the report taken for a paper that says them."""
    if not claims:
        return None
    text = "\n\n".join(claim.text for claim in claims)
    paper = Paper(
        id=_SPOKEN, title=card.base or "", authors=(), year=None, ids=Ids(), abstract=None, source="report"
    )  # fmt: skip
    section = Section(heading="Claims", page=None, start=0, end=len(text))
    read = ReadPaper(paper=paper, tier="digest", text=text, sections=(section,))
    made = []
    at = 0
    for claim in claims:
        made.append((claim, _record(claim, _SPOKEN, at, at + len(claim.text))))
        at += len(claim.text) + 2
    return _asked(question, made, {_SPOKEN: read}, tools)


def _record(claim: StatedClaim, paper: str, start: int, end: int) -> Claim:
    from synth.sentencing import kind_of

    text = complete(claim.text, claim.cut) or claim.text
    made = judging.claim(text[:2_000], "claim")
    span = SourceSpan(paper_id=paper, version=None, section=None, page=None, start=start, end=end)
    return made.model_copy(update={"id": f"k{claim.index}", "source": span, "kind": kind_of(text, False)})


def _asked(
    question: Question, made: Sequence[tuple[StatedClaim, Claim]], texts: dict[str, ReadPaper], tools: Tools
) -> Answer:
    claims = [claim for _, claim in made]
    scores = relevance.relevance(question, claims, tools.embedder, tools.vectors)
    _, conflicts = relate.relations(claims, gather.meanings(claims, tools.embedder, tools.vectors))
    papers = len(texts)
    told = answer.answer(question, claims, texts, conflicts, scores, passed=papers, read=papers, screened=papers)
    numbers = {n: stated.index for n, (stated, _) in enumerate(made, 1)}
    text = re.sub(r"\[(\d+)\]", lambda m: f"[{numbers.get(int(m[1]), m[1])}]", told.text)
    return told.model_copy(update={"text": text})
