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
    surroundings,
    surviving,
    texts,
)
from synth.errors import NothingAskedError
from synth.records import (
    Agreement,
    Answer,
    Claim,
    Conflict,
    Coverage,
    Question,
    ReadPaper,
    Report,
    SkippedPaper,
)
from synth.verifying import verified, verified_each
from synth.works import published

if TYPE_CHECKING:
    from synth.models.embedding import Embedder
    from synth.models.language import LanguageModel
    from synth.models.language_review import LanguageReviewer
    from synth.models.verifier import Verifier
    from synth.search import Vectors
    from synth.sources.protocol import Source
    from synth.web import Web

__all__ = ["Outcome", "Progress", "report", "verified", "verified_each"]

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


class _Read(NamedTuple):
    """The works with what was read of them, what notices say, and what asking for both came to.

    `versions` are the readings with the other versions at hand of the same works; `gone` the papers that count for
    nothing, each with the reason (`surviving.fallen`); `unchecked` those whose notices could not be asked for.
    """

    works: list[screen.Screened]
    readings: dict[str, ReadPaper]
    versions: list[ReadPaper]
    unread: dict[str, str]
    passed: int
    gone: Mapping[str, str]
    unchecked: tuple[str, ...]
    coverage: tuple[Coverage, ...]


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
    reviewer: LanguageReviewer | None = None,
    web: Web | None = None,
    fetch: texts.Fetch | None = None,
    most: int = 20,
    since: int | None = None,
    out_of_time: Callable[[], bool] = lambda: False,
    progress: Progress,
) -> Outcome:
    """One question in, one checked report out.

    `web` is asked for notices on the included papers, `fetch` for their full texts (None: the network is not used).
    `reviewer` reviews what came out, beside the rules: its ratings are shown and change no score.

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

    works = screen.screen(asked, found, most=most, since=since, by_title=fetch is not None)
    readers = {c.name: c.read for c in corpora}
    read = _read(asked, works, readers, web, fetch, since, out_of_time, progress)
    coverage = (*coverage, *read.coverage)
    claims, scores, notes = _drawn(asked, read, embedder, vectors, language, out_of_time, progress)
    progress.stage("verify", len(claims))
    among = [passage for reading in read.versions for passage in passages.passages(reading)]
    claims = verified(claims, read.versions, among, embedder, verifier, vectors, progress.step, gone=read.gone)
    claims = surroundings.surrounded(claims, among)

    progress.stage("answer")
    told, agreements, conflicts, said = _answered(asked, read, claims, scores, embedder, vectors, language)
    late = out_of_time()
    papers = tuple(screen.listed(w, read.readings.get(w.candidate.paper.id)) for w in read.works)
    limitations = (
        *limits.limitations(
            claims, papers, coverage, late=late, unread=len(read.unread), gone=read.gone, unchecked=read.unchecked,
            calibrated=verifier.calibrator is not None,
        ),
        *texts.told_drifts(read.works, read.readings, readers),
        *references.told(list(read.readings.values()), [screen.whole(w) for w in read.works]),
        *notes,
        *said,
    )  # fmt: skip
    skipped = [s for corpus in corpora for s in corpus.skipped]
    skipped += [SkippedPaper(name=name, reason=why) for name, why in read.unread.items()]
    partial = late or any(c.outcome == "failed" for c in coverage)
    screening = screen.flow(read.works)
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
            told, claims, papers, coverage, screening, limitations, question=asked.text, conflicts=conflicts,
            partial=partial,
        ),
        limitations=limitations,
    )  # fmt: skip
    if reviewer is not None:
        progress.stage("review")
        result = review.joined(result, [reviewer.review(result, review.ASKED)])
    return Outcome(result, _facts(asked, corpora, embedder, verifier, language, reviewer))


def _facts(
    asked: Question,
    corpora: Sequence[collect.Corpus],
    embedder: Embedder,
    verifier: Verifier,
    language: LanguageModel | None,
    reviewer: LanguageReviewer | None,
) -> dict[str, object]:
    """What the manifest tells of a run beside the report."""
    return {
        "embedding_model": embedder.id,
        "verifier": verifier.id,
        "language_model": None if language is None else language.signature,
        "reviewer": None if reviewer is None else reviewer.signature,
        "facets": [f.model_dump(mode="json") for f in asked.facets],
        "corpora": {c.name: len(c.papers) for c in corpora},
    }


def _read(
    asked: Question,
    works: list[screen.Screened],
    readers: Mapping[str, texts.Reader],
    web: Web | None,
    fetch: texts.Fetch | None,
    since: int | None,
    out_of_time: Callable[[], bool],
    progress: Progress,
) -> _Read:
    """Notices on the included works, then their texts; a work that cannot be read is included no more."""
    passed = sum(w.included for w in works)
    checked = notices.check([screen.whole(w) for w in works if w.included], web, progress)
    works = screen.noticed(works, checked.papers)
    printed = {w.candidate.paper.id for w in works if any(published(c.paper) for c in w.others)}
    gone = surviving.fallen([w.candidate.paper for w in works if w.included], printed)
    readings, unread, asked_for = texts.texts(works, readers, fetch, out_of_time, progress)
    works = [screen.unreadable(w, unread) for w in works]
    works, readings = screen.by_text(asked, works, readings, since)
    return _Read(
        works=works,
        readings=readings,
        versions=[*readings.values(), *texts.versions(works, readings, readers)],
        unread=unread,
        passed=passed,
        gone=gone,
        unchecked=checked.unchecked,
        coverage=(*checked.coverage, *asked_for),
    )


def _drawn(
    asked: Question,
    read: _Read,
    embedder: Embedder,
    vectors: Vectors | None,
    language: LanguageModel | None,
    out_of_time: Callable[[], bool],
    progress: Progress,
) -> tuple[list[Claim], dict[str, float], list[str]]:
    """The claims that are verified, the relevance of all, and what a language model's proposals came to.

    Claims of papers that count for nothing come last, take no other's place and are merged with none that stands.
    """
    drawn, notes = _claims(asked, list(read.readings.values()), language, out_of_time, progress)
    scores = relevance.relevance(asked, [c for made in drawn for c in made], embedder, vectors)
    sound, fallen = (
        [made for made in drawn if any(c.source.paper_id in read.gone for c in made) == fell] for fell in (False, True)
    )
    claims = [
        *extract.merged(relevance.best(sound, scores, _CLAIMS)),
        *extract.merged(relevance.best(fallen, scores, _CLAIMS_PER_PAPER)),
    ]
    return claims, scores, notes


def _answered(
    asked: Question,
    read: _Read,
    claims: list[Claim],
    scores: dict[str, float],
    embedder: Embedder,
    vectors: Vectors | None,
    language: LanguageModel | None,
) -> tuple[Answer, tuple[Agreement, ...], tuple[Conflict, ...], Sequence[str]]:
    """The answer, the agreements and the conflicts of the claims that count, and a language model's remarks."""
    counted = [c for c in claims if c.source.paper_id not in read.gone]
    agreements, conflicts = relate.relations(counted, gather.meanings(counted, embedder, vectors))
    fighting = conflicts
    if len(counted) < len(claims):  # what the answer would have been is told with what fallen papers dispute
        fighting = relate.relations(claims, gather.meanings(claims, embedder, vectors))[1]
    told = answer.answer(
        asked,
        claims,
        read.readings,
        fighting,
        scores,
        passed=read.passed,
        read=len(read.readings),
        screened=screen.flow(read.works).screened,
        discounted=read.gone,
    )
    said: Sequence[str] = ()
    if language is not None and counted:
        told, said = language.answer(asked, counted, told)
    return told, agreements, conflicts, said


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
