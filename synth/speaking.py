"""What a claim says to a question: which sides of it the claim and its paper speak of, and whether directly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from synth.facets import covered, covered_nearly
from synth.likeness import content
from synth.records import Claim, Facet, Question, ReadPaper
from synth.sentencing import reports_result
from synth.statements import paper_name
from synth.subjects import is_name, other_way, too_early

__all__ = ["Speaking", "direct", "nearly_direct", "speaking", "studied_text"]

_OPENING = 3_000  # characters after the title in which a paper says what it is about


class Speaking(NamedTuple):
    """What a claim bears on: facets `here` (sentence and surroundings) and in the `paper`, and the same counting
    what comes near them; `said` are those that its own sentence names, `said_nearly` names or comes near, `beside` how
    many facets it names that are not required. `echo` is the
    share of the question's content words in the statement. `support` tells whether an independent paper confirms it,
    `against` the quote of one that disputes it."""

    number: int
    claim: Claim
    here: frozenset[str]
    paper: frozenset[str]
    here_nearly: frozenset[str]
    paper_nearly: frozenset[str]
    said: frozenset[str]
    beside: int
    said_nearly: frozenset[str]
    echo: float
    finding: bool
    score: float
    told_by: str
    support: bool
    against: str | None


def studied_text(read: ReadPaper) -> str:
    """The text that says what a paper studied: without sections on limits, which name what it did not."""
    kept = [read.text[s.start : s.end] for s in read.sections if not s.heading.lower().startswith("limit")]
    return "\n".join(kept) if read.sections else read.text


def speaking(
    asked: Question, number: int, claim: Claim, texts: Mapping[str, ReadPaper], score: float, gone: frozenset[str]
) -> Speaking:
    """What `claim`, the `number`th of its report, says to the question; evidence of papers in `gone` counts nothing."""
    required = tuple(f for f in asked.facets if f.required)
    terms = tuple(f for f in required if not is_name(f))
    named = tuple(f for f in required if is_name(f))
    read, title = texts[claim.source.paper_id], texts[claim.source.paper_id].paper.title
    window, limits = _around(claim, read)
    near_it, studied = f"{title}\n{window}", studied_text(read)
    about, front = f"{title}\n{studied[:20_000]}", f"{near_it}\n{studied[:_OPENING]}"
    cannot = frozenset(too_early(named, read.paper.year, claim.source.version))
    if other_way(asked.text, f"{title}\n{claim.quote}"):
        cannot |= {f.name for f in named if f.kind == "language"} or {f.name for f in required}
    others = [e for e in claim.evidence if e.independent and e.paper_id not in gone]
    return Speaking(
        number=number,
        claim=claim,
        here=covered(required, near_it) - cannot,
        paper=(covered(terms, about) | covered(named, front)) - cannot,
        here_nearly=covered_nearly(required, near_it) - cannot,
        paper_nearly=(covered_nearly(terms, about) | covered_nearly(named, front)) - cannot,
        said=covered(required, claim.statement) - cannot,
        beside=len(covered(tuple(f for f in asked.facets if not f.required), claim.statement)),
        said_nearly=covered_nearly(required, claim.statement) - cannot,
        echo=_echo(asked.text, claim.statement),
        finding=not limits and claim.kind not in ("method", "dataset") and reports_result(claim.statement),
        score=score,
        told_by=_told_by(claim, read),
        support=claim.verdict.label == "supported" and any(e.stance == "supports" for e in others),
        against=_against(claim, [e.quote for e in others if e.stance == "refutes"]),
    )


def _around(claim: Claim, read: ReadPaper) -> tuple[str, bool]:
    """The sentence with its neighbours in the same section, and whether that section tells limits: there the quote
    stands alone."""
    start, end = claim.source.start, claim.source.end
    section = read.section_at(start)
    if section is None:
        return read.text[max(0, start - 250) : end + 150], False
    if section.heading.lower().startswith("limit"):
        return claim.quote, True
    return read.text[max(section.start, start - 250) : min(max(section.end, end), end + 150)], False


def _echo(question: str, statement: str) -> float:
    asked = set(content(question))
    return len(asked & set(content(statement))) / len(asked) if asked else 0.0


def _against(claim: Claim, quotes: Sequence[str]) -> str | None:
    return quotes[0] if quotes and claim.verdict.label in ("refuted", "conflicting") else None


def _told_by(claim: Claim, read: ReadPaper) -> str:
    """ "Ng et al. (2020) report: " before a statement that does not name its own paper yet."""
    name = paper_name(read.paper)
    told = claim.statement.casefold()
    if name.subject.casefold() in told or name.within.casefold() in told:
        return ""
    return f"{name.subject} {'report' if name.plural else 'reports'}: "


def direct(one: Speaking, required: Sequence[Facet]) -> bool:
    """Whether the paper speaks of every required facet, and the claim with its surroundings of at least half."""
    return _reaches(one.here, one.paper, required)


def _reaches(here: frozenset[str], paper: frozenset[str], required: Sequence[Facet]) -> bool:
    names = {f.name for f in required}
    return bool(names) and names <= paper and len(here & names) >= max(1, (len(names) + 1) // 2)


def nearly_direct(one: Speaking, required: Sequence[Facet]) -> bool:
    """Direct but for facets that its own sentence comes near, and itself of the very data sets and models asked
    about: nothing comes near a name."""
    named = {f.name for f in required if f.kind in ("dataset", "model")}
    lack = {f.name for f in required} - one.paper
    return named <= one.said and lack <= one.said_nearly and _reaches(one.here_nearly, one.paper_nearly, required)
