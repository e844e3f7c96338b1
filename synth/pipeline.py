"""The order of the arrows, nothing else: Question -> Papers -> Screening -> readings -> Claims -> Evidence -> Verdicts
-> Answer -> Review -> Report.

Every stage is told to `progress`. The budget is looked at between papers; what was finished by then becomes a report
marked partial, and so does what could not be asked: a source, a service that knows of retractions, a full text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from synth import (
    answer,
    collect,
    extract,
    formulate,
    gather,
    limits,
    notices,
    passages,
    references,
    relate,
    relevance,
    review,
    screen,
    surviving,
    tabulated,
    texts,
    verify,
    weigh,
)
from synth.errors import NothingAskedError
from synth.records import Claim, Coverage, Passage, Question, ReadPaper, Report, SkippedPaper
from synth.works import published

if TYPE_CHECKING:
    from synth.models.embedding import Embedder
    from synth.models.language import LanguageModel
    from synth.models.verifier import Verifier
    from synth.search import Vectors
    from synth.sources.protocol import Source
    from synth.web import Web

__all__ = ["Outcome", "Progress", "report", "verified"]

_CLAIMS = 24  # claims in a report
_CLAIMS_PER_PAPER = 8


class Progress(Protocol):
    """Told what is going on. `total` is None where it is not known."""

    def stage(self, name: str, total: int | None = None) -> None: ...  # noqa: D102
    def step(self) -> None: ...  # noqa: D102
    def say(self, line: str) -> None: ...  # noqa: D102


class Outcome(NamedTuple):
    """A report and the facts for its manifest."""

    report: Report
    facts: dict[str, object]


def report(
    text: str,
    corpora: Sequence[collect.Corpus],
    sources: Sequence[Source],
    embedder: Embedder,
    verifier: Verifier,
    *,
    not_asked: Sequence[Coverage] = (),
    vectors: Vectors | None = None,
    language: LanguageModel | None = None,
    web: Web | None = None,
    fetch: texts.Fetch | None = None,
    most: int = 20,
    since: int | None = None,
    out_of_time: Callable[[], bool] = lambda: False,
    progress: Progress,
) -> Outcome:
    """One question in, one checked report out.

    `web` is asked for notices on the included papers, `fetch` for their full texts (None: the network is not used).

    Raises:
        InputError: the question is empty or too long, or a list of notices cannot be read.
        NothingAskedError: there is no paper at hand and no source could be asked.
    """
    asked = formulate.question(text)
    progress.stage("search", len(corpora) + len(sources) + 1)
    found, covered = collect.collect(
        asked, corpora, sources, embedder, vectors, since=since, step=progress.step, late=out_of_time
    )
    found = [one._replace(score=s) for one, s in zip(found, relevance.papers(asked, found), strict=True)]
    asked = relevance.understood(asked, found)
    coverage = (*covered, *not_asked)
    if not found and not any(c.outcome in ("found", "empty") for c in coverage):
        raise NothingAskedError("; ".join(f"{c.source}: {c.outcome} ({c.reason})" for c in coverage))

    works = screen.screen(asked, found, most=most, since=since)
    passed = sum(w.included for w in works)
    checked = notices.check([screen.whole(w) for w in works if w.included], web, progress)
    works = screen.noticed(works, checked.papers)
    printed = {w.candidate.paper.id for w in works if any(published(c.paper) for c in w.others)}
    gone = surviving.fallen([w.candidate.paper for w in works if w.included], printed)
    readers = {c.name: c.read for c in corpora}
    readings, unread, asked_for = texts.texts(works, readers, fetch, out_of_time, progress)
    coverage = (*coverage, *checked.coverage, *asked_for)
    works = [screen.unreadable(w, unread) for w in works]

    drawn, notes = _claims(asked, list(readings.values()), language, out_of_time, progress)
    scores = relevance.relevance(asked, [c for made in drawn for c in made], embedder, vectors)
    sound, fallen = (
        [made for made in drawn if any(c.source.paper_id in gone for c in made) == fell] for fell in (False, True)
    )
    # Claims of papers that count for nothing come last, take no other's place and are merged with none that stands.
    claims = [
        *extract.merged(relevance.best(sound, scores, _CLAIMS)),
        *extract.merged(relevance.best(fallen, scores, _CLAIMS_PER_PAPER)),
    ]
    progress.stage("verify", len(claims))
    versions = [*readings.values(), *texts.versions(works, readings, readers)]
    among = [passage for reading in versions for passage in passages.passages(reading)]
    claims = verified(claims, versions, among, embedder, verifier, vectors, progress.step, gone=gone)

    progress.stage("answer")
    counted = [c for c in claims if c.source.paper_id not in gone]
    agreements, conflicts = relate.relations(counted, gather.meanings(counted, embedder, vectors))
    fighting = conflicts
    if len(counted) < len(claims):  # what the answer would have been is told with what fallen papers dispute
        fighting = relate.relations(claims, gather.meanings(claims, embedder, vectors))[1]
    screening = screen.flow(works)
    told = answer.answer(
        asked,
        claims,
        readings,
        fighting,
        scores,
        passed=passed,
        read=len(readings),
        screened=screening.screened,
        discounted=tuple(gone),
    )
    if language is not None and counted:
        told, said = language.answer(asked, counted, told)
        notes += said
    late = out_of_time()
    papers = tuple(screen.listed(w, readings.get(w.candidate.paper.id)) for w in works)
    limitations = (
        *limits.limitations(
            claims,
            papers,
            coverage,
            late=late,
            unread=len(unread),
            gone=gone,
            unchecked=checked.unchecked,
            calibrated=verifier.calibrator is not None,
        ),
        *texts.told_drifts(works, readings, readers),
        *references.told(list(readings.values()), [screen.whole(w) for w in works]),
        *notes,
    )
    skipped = [s for corpus in corpora for s in corpus.skipped]
    skipped += [SkippedPaper(name=name, reason=why) for name, why in unread.items()]
    partial = late or any(c.outcome == "failed" for c in coverage)
    result = Report(
        question=asked.text,
        partial=partial,
        answer=told,
        coverage=coverage,
        screening=screening,
        papers=papers,
        skipped=tuple(skipped),
        claims=tuple(claims),
        agreements=agreements,
        conflicts=conflicts,
        review=review.review(
            told,
            claims,
            papers,
            coverage,
            screening,
            limitations,
            question=asked.text,
            conflicts=conflicts,
            partial=partial,
        ),
        limitations=limitations,
    )
    facts: dict[str, object] = {
        "embedding_model": embedder.id,
        "verifier": verifier.id,
        "language_model": None if language is None else language.signature,
        "facets": [f.model_dump(mode="json") for f in asked.facets],
        "corpora": {c.name: len(c.papers) for c in corpora},
    }
    return Outcome(result, facts)


def _claims(
    asked: Question,
    texts: Sequence[ReadPaper],
    language: LanguageModel | None,
    out_of_time: Callable[[], bool],
    progress: Progress,
) -> tuple[list[Sequence[Claim]], list[str]]:
    """The claims of each paper, and what a language model's proposals came to."""
    progress.stage("extract", len(texts))
    per_paper: list[Sequence[Claim]] = []
    notes: list[str] = []
    for text in texts:
        if out_of_time():
            break
        made: Sequence[Claim] = ()
        if language is not None:
            made, said = language.claims(text, passages.passages(text), asked, _CLAIMS_PER_PAPER)
            notes += said
        per_paper.append(made or extract.claims(text, asked, _CLAIMS_PER_PAPER))
        progress.step()
    return per_paper, notes


def verified(
    claims: Sequence[Claim],
    texts: Sequence[ReadPaper],
    among: Sequence[Passage],
    embedder: Embedder,
    verifier: Verifier,
    vectors: Vectors | None = None,
    step: Callable[[], None] = lambda: None,
    *,
    found: bool = True,
    bar: float = 0.5,
    gone: Mapping[str, str] | None = None,
) -> list[Claim]:
    """The claims with verdict and evidence from `among`, the passages of `texts`; `step` is called once a claim, as
    the readings go on: a claim's share of them all.

    `found` says that a search chose the papers; nobody named them for the claims. `bar` is that of `judgement.judge`.
    No word of the papers in `gone` (`surviving.fallen`) is evidence.
    """
    fallen = gone or {}
    windows = gather.windows(claims, gather.pool(texts, among), embedder, vectors)
    sound = [surviving.sound(own, fallen) for own in windows]
    read = sum(passage.paper_id not in fallen for passage in among)
    sound_texts = [text for text in texts if text.paper.id not in fallen]
    upto = _paced(step, len(claims))
    made = []
    for claim, weighed in zip(claims, weigh.weigh(claims, sound, verifier.model, upto), strict=True):
        result, evidence = verify.verdict(claim, weighed, verifier.calibrator, read=read, found=found, bar=bar)
        result, evidence = tabulated.weighed(
            claim, result, evidence, sound_texts, calibrated=verifier.calibrator is not None
        )
        made.append(claim.model_copy(update={"verdict": result, "evidence": evidence}))
    upto(1, 1)
    return made


def _paced(step: Callable[[], None], steps: int) -> Callable[[int, int], None]:
    """Calls `step` up to `steps` times while another count goes from 0 to its total."""
    told = 0

    def upto(done: int, total: int) -> None:
        nonlocal told
        while told < steps and (told + 1) * total <= done * steps:
            told += 1
            step()

    return upto
