"""The arrow Claims -> Answer: up to four sentences with a status, each resting on named claims.

The rule, in order:
  not_checked      papers were found but none could be read
  no_evidence      no paper was included, or none that still stands
  contested        direct findings truly conflict, or each of them is disputed by an independent paper
  answered         at least one direct finding that nobody independent disputes
  partly_answered  a direct claim that is no finding, or a finding that names the data sets and models asked about and
                   comes near the facets its paper lacks
  not_studied      papers speak of parts of the question, none of all of it together
A claim is direct when its paper (title and text, limits left out) speaks of every required facet, and the sentence
with its title and neighbours speaks of at least half of them. A named thing (data set, model, language) must stand in
the title, the opening of the paper or around the sentence: a mention further on is no study of it. A direction of
translation is not its reverse, and what appeared after a paper was written is not what it studied. A finding tells
what came out, not what was done or what a data set holds, stands in no section on limits, and names in its own sentence
one of the required facets or something near it.

A finding needs no second paper to answer, but an answer says who reports it: with the name of its paper where no
independent paper confirms it, bare where one does. Papers that were set aside count for nothing, and one more sentence
says whether the answer stands without them. A second claim is told only where it adds something to the first.

A sentence whose subject stands in another one ("this approach gains 2 points") is told only where no other claim of its
kind is there, and then after the sentence that names its subject.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from synth.quantities import direction
from synth.records import Answer, AnswerStatus, Claim, Conflict, Facet, Question, ReadPaper
from synth.speaking import Speaking, direct, nearly_direct, speaking, studied_text
from synth.subjects import appeared
from synth.text import normalise

__all__ = ["answer", "studied_text"]

_SETTLE = "one experiment, at least five seeds, an interval on the difference"
_WITHIN = str.maketrans({"“": "'", "”": "'", '"': "'", "[": "(", "]": ")"})  # in a quote: [1] is a claim of the report
# What stands before a statement's own words: whose paper it is of, where it was tried.
_BEFORE = re.compile(
    r"(?P<whose>In (?:the paper of (?:[^,()]|\([^()]*\))+|\"[^\"]*\"),\s|[^:\"“]{2,80}\sreports?:\s[\"“]?)?"
    r"(?:(?:On|Across|Under|At|Over|In|Compared (?:to|with)) [^,]{2,90},\s(?=it\b|they\b))?",
    re.I,
)
# A subject that stands in another sentence. In "it is possible to ..." it stands for what follows.
_POINTING = re.compile(
    r"(?:(?!it (?:is|was|has been|seems|appears|remains|becomes) (?:(?:\w+ly|also|still|not|even|more|very) )*"
    r"(?:(?:im)?possible|feasible|important|necessary|(?:un)?clear|hard|harder|difficult|easy|easier|known|well-known|"
    r"crucial|essential|sufficient|enough|better|best|useful|helpful|beneficial|preferable|evident|apparent|"
    r"(?:shown|found|observed|demonstrated|noted|reported|argued) that)\b)it|they|he|she|its|their|these|such an?"
    r"|those(?! (?:who|that|which|with|of|\w+(?:ed|ing))\b)|both(?![^.;]{1,80}\band\b)|the (?:former|latter|same)"
    r"|th(?:is|at)(?! (?:paper|work|study|article|thesis|survey)\b))\b",
    re.I,
)


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
    discounted: Mapping[str, str] | Sequence[str] = (),
) -> Answer:
    """The answer and its status. `claims` are numbered from 1 in their order; `texts` are the read papers by id,
    `scores` how much each claim bears on the question (raw, by claim id). `passed` papers passed the screening, and
    `read` of them were read. `discounted` are the ids of papers that were retracted or withdrawn, as keys to the
    notice in words ("retracted on 2021-08-09 (crossref)") where that is known: neither their claims nor their evidence
    count, and where they have claims the answer says whether it stands without them.
    """
    required = tuple(f for f in asked.facets if f.required)
    if not passed:
        return _nothing(required, screened)
    if not claims:
        whom = "1 paper bears" if passed == 1 else f"{passed} papers bear"
        what = "no checkable statement was found in what was read" if read else "none could be read"
        text = f"{whom} on the question, but {what}, so nothing was checked."
        return Answer(status="not_checked", text=text, claim_ids=(), next_experiment=None)
    told = _told(asked, claims, texts, conflicts, scores, frozenset(discounted))
    fallen = [key for key in dict.fromkeys(c.source.paper_id for c in claims) if key in set(discounted)]
    if not fallen:
        return told
    whole = _told(asked, claims, texts, conflicts, scores, frozenset())
    lead = _set_aside({key: texts[key].paper.title for key in fallen}, discounted)
    them = "it" if len(fallen) == 1 else "them"
    return told.model_copy(update={"text": f"{told.text} {lead}: {_survival(told, whole, claims, them)}"})


def _told(
    asked: Question,
    claims: Sequence[Claim],
    texts: Mapping[str, ReadPaper],
    conflicts: Sequence[Conflict],
    scores: Mapping[str, float],
    gone: frozenset[str],
) -> Answer:
    """The answer by the rule, from the claims of all papers that are not `gone`."""
    required = tuple(f for f in asked.facets if f.required)
    found = [
        speaking(asked, n, claim, texts, scores.get(claim.id, 0.0), gone)
        for n, claim in enumerate(claims, 1)
        if claim.source.paper_id not in gone
    ]
    if not found:
        text = "No paper that still stands speaks of the question. Nothing can be concluded from this."
        return Answer(status="no_evidence", text=text, claim_ids=(), next_experiment=None)
    straight = [b for b in found if direct(b, required)]
    findings = [b for b in straight if b.finding and b.said_nearly]
    ids = {b.claim.id for b in findings}
    fighting = [c for c in conflicts if c.kind == "true_conflict" and len(c.claim_ids) > 1 and set(c.claim_ids) <= ids]
    if fighting:
        return _contested(findings, fighting)
    undisputed = [b for b in findings if b.against is None]
    if findings and not undisputed:
        return _disputed(findings)
    if undisputed:
        return _answered("answered", undisputed, found, required)
    near = [b for b in found if b.finding and b.here and b.against is None and nearly_direct(b, required)]
    if straight or near:
        return _answered("partly_answered", near or straight, found, required)
    return _not_studied(found, required, texts)


def _best(spoken: Sequence[Speaking]) -> list[Speaking]:
    """Strongest first, one per paper."""
    best: dict[str, Speaking] = {}
    for one in sorted(spoken, key=_rank):
        best.setdefault(one.claim.source.paper_id, one)
    return list(best.values())


def _points(one: Speaking) -> bool:
    """Whether the subject of the statement stands in another sentence: a pronoun, or "this" and a noun."""
    before = _BEFORE.match(one.claim.statement)
    return bool(_POINTING.match(one.claim.statement, before.end() if before else 0))


def _rank(one: Speaking) -> tuple[bool, bool, int, float, bool, int]:
    """Findings that can be read alone first; of those, what speaks of most sides of the question; then the sentence
    that answers it most nearly: a side it names counts as much as half the words of the question, half of that where
    the question could do without it, and a bit more where it tells a direction."""
    told = direction(one.claim.statement) is not None or one.claim.kind in ("numeric", "comparative")
    near = len(one.said_nearly) + 0.5 * one.beside + 0.5 * told + 2 * one.echo + one.score
    return (not one.finding, _points(one), -len(one.here_nearly), -round(near, 4), not one.support, one.number)


def _adds(first: Speaking, second: Speaking) -> bool:
    """Whether a second claim is worth a sentence: it says all that the first says of the question and points its own
    way, or it names a side of the question that the first does not, as a finding of equal reach."""
    if len(second.here_nearly) < len(first.here_nearly) or (first.finding and not second.finding) or _points(second):
        return False
    ours, theirs = direction(first.claim.statement), direction(second.claim.statement)
    says_more = bool(second.said_nearly - first.said_nearly)
    says_all = second.said_nearly >= first.said_nearly and bool(second.said_nearly)
    return says_more or (says_all and theirs is not None and (theirs != ours or second.claim.quantity is not None))


def _cite(one: Speaking, *, framed: bool = False) -> str:
    """The statement with its number, `framed` with its paper where no independent paper confirms it; one that points
    back is quoted after the sentence before it, where that is kept."""
    if _points(one) and (before := one.claim.source.before):
        told = f"{normalise(before)} {normalise(one.claim.quote)}".translate(_WITHIN).rstrip(".")
        opening = _BEFORE.match(one.claim.statement)
        whose = (one.told_by or (opening and opening["whose"]) or "The paper reports").rstrip(' ,:“"')
        return f"{whose}: “{told}” [{one.number}]."
    lead = one.told_by if framed and not one.support else ""
    return f"{lead}{one.claim.statement.rstrip().rstrip('.')} [{one.number}]."


def _ids(spoken: Sequence[Speaking]) -> tuple[str, ...]:
    return tuple(b.claim.id for b in spoken)


def _votes(findings: Sequence[Speaking]) -> str:
    """How the papers' findings point, one vote a paper; empty when none states a direction."""
    votes = [direction(b.claim.statement) for b in _best(findings)]
    ways = (("a rise or gain", "up"), ("a fall or loss", "down"), ("no difference", "none"))
    counted = [(words, votes.count(way)) for words, way in ways if way in votes]
    return ", ".join(f"{n} {'states' if n == 1 else 'state'} {words}" for words, n in counted)


def _answered(
    status: AnswerStatus, spoken: Sequence[Speaking], rest: Sequence[Speaking], required: Sequence[Facet]
) -> Answer:
    """The strongest direct claim, and a second where it adds something; in a partial answer one on what it lacks."""
    best = _best(spoken)
    papers = len(best)
    votes = _votes(spoken)
    whom = "One paper that was read speaks" if papers == 1 else f"{papers} papers that were read speak"
    manner = "to this directly" if status == "answered" else "to this in part"
    lead = f"{whom} {manner}" + (f": {votes}." if votes and papers > 1 else ".")
    shown = best[:1] + [b for b in best[1:] if _adds(best[0], b)][:1]
    tail = _confirmed(shown)
    lack = [f.name for f in required if not any(f.name in b.paper for b in spoken)]
    if status == "partly_answered" and lack:
        others = [b for b in _best(rest) if b.said & set(lack) and b.finding and not _points(b) and b != best[0]]
        shown = best[:1] + others[:1]
        tail = f"What is missing is {_list(lack)} in the same study."
    text = " ".join(filter(None, [lead, *[_cite(b, framed=True) for b in shown], tail]))
    settle = None if status == "answered" else _experiment(required, lack)
    return Answer(status=status, text=text, claim_ids=_ids(shown), next_experiment=settle)


def _confirmed(shown: Sequence[Speaking]) -> str:
    """What independent papers say of the claims that are told: the caveat of the answer."""
    confirmed = sum(b.support for b in shown)
    if confirmed == len(shown):
        return "An independent paper that was read confirms it." if confirmed == 1 else ""
    if not confirmed:
        return f"No independent paper among those read confirms {'it' if len(shown) == 1 else 'them'}."
    return "Only one of these statements is confirmed by an independent paper."


def _contested(findings: Sequence[Speaking], fighting: Sequence[Conflict]) -> Answer:
    ids = fighting[0].claim_ids
    sides = [b for b in findings if b.claim.id in ids][:2]
    told = ["The papers that were read disagree.", *map(_cite, sides), f"They differ: {fighting[0].reason}."]
    settle = f"Repeat both under one protocol: {_SETTLE}."
    return Answer(status="contested", text=" ".join(told), claim_ids=_ids(sides), next_experiment=settle)


def _disputed(findings: Sequence[Speaking]) -> Answer:
    """Every direct finding is disputed: the strongest, and the sentence of another paper against it."""
    first = _best(findings)[0]
    says = normalise(first.against or "").rstrip(".")
    text = f"What speaks to this directly is disputed. {_cite(first, framed=True)} An independent paper says: “{says}”."
    settle = f"Repeat both under one protocol: {_SETTLE}."
    return Answer(status="contested", text=text, claim_ids=_ids([first]), next_experiment=settle)


def _not_studied(found: Sequence[Speaking], required: Sequence[Facet], texts: Mapping[str, ReadPaper]) -> Answer:
    """What is nearest: the best claim, and one more only where it speaks of a side that the first does not."""
    best = _best(found)
    first = best[0]
    more = [b for b in best[1:] if b.finding and b.said & (_all(required) - first.paper) and not _points(b)]
    shown = [first, *more[:1]]
    names = [f.name for f in required]
    lack = [n for n in names if n not in first.paper]
    together = "together" if len(names) > 1 else "as asked"
    lead = f"No paper that was read studies {_list(names) if names else 'this question'} {together}"
    lead += f"; the nearest says nothing of {_list(lack)}." if lack else "."
    read = texts[first.claim.source.paper_id].paper
    if read.year is not None and (late := [(n, y) for n in lack if (y := appeared(n) or 0) > read.year]):
        came = _list([f"{name} in {year}" for name, year in late])
        lead = f"{lead[:-1]}: it is of {read.year}, and {came} came later."
    text = " ".join([lead, "Nearest evidence: " + _cite(first), *[_cite(b) for b in shown[1:]]])
    return Answer(status="not_studied", text=text, claim_ids=_ids(shown), next_experiment=_experiment(required, lack))


def _all(required: Sequence[Facet]) -> frozenset[str]:
    return frozenset(f.name for f in required)


def _set_aside(titles: Mapping[str, str], notices: Mapping[str, str] | Sequence[str]) -> str:
    """Which papers were set aside, and by which notice: papers of one notice are told together."""
    words = notices if isinstance(notices, Mapping) else {}
    alike: dict[str, list[str]] = {}
    for key, title in titles.items():
        alike.setdefault(words.get(key, "retracted or withdrawn"), []).append(f"“{normalise(title)}”")
    told = [f"{_list(named)} {'was' if len(named) == 1 else 'were'} {what}" for what, named in alike.items()]
    return f"{_list(told)} and {'is' if len(titles) == 1 else 'are'} not counted"


def _survival(told: Answer, whole: Answer, claims: Sequence[Claim], them: str) -> str:
    """Whether the answer stands without `them`, the papers that were set aside."""
    ways = [{direction(c.statement) for c in claims if c.id in made.claim_ids} - {None} for made in (told, whole)]
    if told.status == whole.status and (told.claim_ids == whole.claim_ids or ways[0] == ways[1]):
        return f"the answer stands without {them}."
    if told.status == whole.status:
        return f"with {them} the answer would say something else."
    was = whole.status.replace("_", " ")
    return f"with {them} the question would count as {was}, so that answer does not survive."


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
