"""The arrow Claims -> Answer: two to four sentences with a status, each resting on named claims.

The rule, in order:
  not_checked      papers were found but none could be read
  no_evidence      no paper was included
  contested        direct findings truly conflict
  answered         at least one direct finding
  partly_answered  a direct claim that is no finding, or a finding that names the data sets and models asked about and
                   comes near the facets its paper lacks
  not_studied      papers speak of parts of the question, none of all of it together
A claim is direct when its paper (title and text, limits left out) speaks of every required facet, and the sentence
with its title and neighbours speaks of at least half of them. A finding tells what came out, not what was done or
what a data set holds, and stands in no section on limits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from synth.facets import covered, covered_nearly
from synth.quantities import direction
from synth.records import Answer, AnswerStatus, Claim, Conflict, Facet, Question, ReadPaper
from synth.sentencing import reports_result

__all__ = ["answer", "studied_text"]

_SETTLE = "one experiment, at least five seeds, an interval on the difference"


class _Bearing(NamedTuple):
    """What a claim bears on: facets `here` (sentence and surroundings) and in the `paper`, and the same counting
    what comes near them; `said` are those that its own sentence names or comes near."""

    number: int
    claim: Claim
    here: frozenset[str]
    paper: frozenset[str]
    here_nearly: frozenset[str]
    paper_nearly: frozenset[str]
    said: frozenset[str]
    finding: bool
    score: float


def studied_text(read: ReadPaper) -> str:
    """The text that says what a paper studied: without sections on limits, which name what it did not."""
    kept = [read.text[s.start : s.end] for s in read.sections if not s.heading.lower().startswith("limit")]
    return "\n".join(kept) if read.sections else read.text


def answer(
    asked: Question,
    claims: Sequence[Claim],
    texts: Mapping[str, ReadPaper],
    conflicts: Sequence[Conflict],
    scores: Mapping[str, float],
    *,
    passed: int,
    read: int,
    screened: int,
) -> Answer:
    """The answer and its status. `claims` are numbered from 1 in their order; `texts` are the read papers by id,
    `scores` how much each claim bears on the question (raw, by claim id). `passed` papers passed the screening, and
    `read` of them were read.
    """
    required = tuple(f for f in asked.facets if f.required)
    if not passed:
        return _nothing(required, screened)
    if not claims:
        whom = "1 paper bears" if passed == 1 else f"{passed} papers bear"
        what = "no checkable statement was found in what was read" if read else "none could be read"
        text = f"{whom} on the question, but {what}, so nothing was checked."
        return Answer(status="not_checked", text=text, claim_ids=(), next_experiment=None)
    found = [_bearing(n, c, required, texts[c.source.paper_id], scores.get(c.id, 0.0)) for n, c in enumerate(claims, 1)]
    direct = [b for b in found if _direct(b.here, b.paper, required)]
    findings = [b for b in direct if b.finding]
    ids = {b.claim.id for b in findings}
    fighting = [c for c in conflicts if c.kind == "true_conflict" and set(c.claim_ids) <= ids]
    if fighting:
        return _contested(findings, fighting)
    if findings:
        return _answered("answered", findings, found, required)
    near = [b for b in found if b.finding and b.here and _nearly_direct(b, required)]
    if direct or near:
        return _answered("partly_answered", near or direct, found, required)
    return _not_studied(found, required)


def _bearing(number: int, claim: Claim, required: tuple[Facet, ...], read: ReadPaper, score: float) -> _Bearing:
    source = claim.source
    window = read.text[max(0, source.start - 250) : source.end + 150]
    about = f"{read.paper.title}\n{studied_text(read)[:20_000]}"
    finding = claim.kind not in ("method", "dataset") and reports_result(claim.statement)
    section = read.section_at(source.start)
    if section is not None and section.heading.lower().startswith("limit"):
        finding, window = False, claim.quote
    return _Bearing(
        number=number,
        claim=claim,
        here=covered(required, f"{read.paper.title}\n{window}"),
        paper=covered(required, about),
        here_nearly=covered_nearly(required, f"{read.paper.title}\n{window}"),
        paper_nearly=covered_nearly(required, about),
        said=covered_nearly(required, claim.statement),
        finding=finding,
        score=score,
    )


def _direct(here: frozenset[str], paper: frozenset[str], required: Sequence[Facet]) -> bool:
    names = {f.name for f in required}
    return bool(names) and names <= paper and len(here & names) >= max(1, (len(names) + 1) // 2)


def _nearly_direct(bearing: _Bearing, required: Sequence[Facet]) -> bool:
    """Direct but for facets that its own sentence comes near, and of the very data sets and models asked about."""
    lack = {f.name for f in required} - bearing.paper
    lack |= {f.name for f in required if f.kind in ("dataset", "model")}
    return lack <= bearing.said and _direct(bearing.here_nearly, bearing.paper_nearly, required)


def _best(bearings: Sequence[_Bearing]) -> list[_Bearing]:
    """Strongest first, one per paper."""
    best: dict[str, _Bearing] = {}
    for bearing in sorted(bearings, key=_rank):
        best.setdefault(bearing.claim.source.paper_id, bearing)
    return list(best.values())


def _rank(bearing: _Bearing) -> tuple[bool, int, int, float, int]:
    b = bearing
    told = direction(b.claim.statement) is not None or b.claim.kind in ("numeric", "comparative")
    return (not b.finding, -len(b.here_nearly), -len(b.said) - told, -b.score, b.number)


def _cite(bearing: _Bearing) -> str:
    return f"{bearing.claim.statement.rstrip().rstrip('.')} [{bearing.number}]."


def _ids(bearings: Sequence[_Bearing]) -> tuple[str, ...]:
    return tuple(b.claim.id for b in bearings)


def _votes(findings: Sequence[_Bearing]) -> str:
    """How the papers' findings point, one vote a paper; empty when none states a direction."""
    votes = [direction(b.claim.statement) for b in _best(findings)]
    ways = (("a rise or gain", "up"), ("a fall or loss", "down"), ("no difference", "none"))
    counted = [(words, votes.count(way)) for words, way in ways if way in votes]
    return ", ".join(f"{n} {'states' if n == 1 else 'state'} {words}" for words, n in counted)


def _answered(
    status: AnswerStatus, bearings: Sequence[_Bearing], rest: Sequence[_Bearing], required: Sequence[Facet]
) -> Answer:
    """The strongest direct claims; in a partial answer the strongest one, and one on what it lacks."""
    best = _best(bearings)
    papers = len(best)
    votes = _votes(bearings)
    whom = "One paper that was read speaks" if papers == 1 else f"{papers} papers that were read speak"
    manner = "to this directly" if status == "answered" else "to this in part"
    lead = f"{whom} {manner}" + (f": {votes}." if votes and papers > 1 else ".")
    shown = [b for b in best[:2] if len(b.here_nearly) == len(best[0].here_nearly)]
    independent = sum(any(e.independent and e.stance == "supports" for e in b.claim.evidence) for b in shown)
    tail = " No independent paper among those read confirms them." if not independent else ""
    if 0 < independent < len(shown):
        tail = " Only one of these statements is confirmed by an independent paper."
    lack = [f.name for f in required if not any(f.name in b.paper for b in bearings)]
    if status == "partly_answered" and lack:
        shown = shown[:1] + [b for b in _best(rest) if b.here & set(lack) and b.finding][:1]
        tail = f" What is missing is {_list(lack)} in the same study."
    text = " ".join([lead, *[_cite(b) for b in shown]]) + tail
    settle = None if status == "answered" else _experiment(required, lack)
    return Answer(status=status, text=text, claim_ids=_ids(shown), next_experiment=settle)


def _contested(findings: Sequence[_Bearing], fighting: Sequence[Conflict]) -> Answer:
    ids = fighting[0].claim_ids
    sides = [b for b in findings if b.claim.id in ids]
    text = " ".join(
        ["The papers that were read disagree.", *[_cite(b) for b in sides], f"They differ: {fighting[0].reason}."]
    )
    settle = f"Repeat both under one protocol: {_SETTLE}."
    return Answer(status="contested", text=text, claim_ids=_ids(sides), next_experiment=settle)


def _not_studied(found: Sequence[_Bearing], required: Sequence[Facet]) -> Answer:
    best = _best(found)[:2]
    names = [f.name for f in required]
    most = best[0].paper if best else frozenset()
    lack = [n for n in names if n not in most]
    together = "together" if len(names) > 1 else "as asked"
    lead = f"No paper that was read studies {_list(names) if names else 'this question'} {together}"
    lead += f"; the nearest says nothing of {_list(lack)}." if lack else "."
    text = " ".join([lead, "Nearest evidence: " + _cite(best[0]), *[_cite(b) for b in best[1:]]]) if best else lead
    return Answer(status="not_studied", text=text, claim_ids=_ids(best), next_experiment=_experiment(required, lack))


def _nothing(required: Sequence[Facet], screened: int) -> Answer:
    about = f" ({_list([f.name for f in required])})" if required else ""
    text = f"No evidence was found: {screened} records were screened and none speaks of enough of it{about}."
    text += " Nothing can be concluded from this."
    if not screened:
        text = f"No evidence was found: the sources returned no record{about}. Nothing can be concluded from this."
    return Answer(status="no_evidence", text=text, claim_ids=(), next_experiment=None)


def _list(names: Sequence[str], last: str = "and") -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" {last} {names[-1]}" if names else ""


def _experiment(required: Sequence[Facet], lack: Sequence[str]) -> str:
    """One line: what to vary, what to keep as the nearest paper had it, and what to report."""
    varied = list(lack) or [f.name for f in required]
    kept = [f.name for f in required if f.name not in varied]
    keep = f", keep {_list(kept)} as in the nearest paper" if kept else ", all else fixed"
    return f"Vary {_list(varied)}{keep}: {_SETTLE}."
