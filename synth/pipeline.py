"""The order of the arrows, nothing else: Question -> Papers -> Screening -> readings -> Claims -> Evidence -> Verdicts
-> Answer -> Review -> Report.

Every stage is told to `progress`. The budget is looked at between papers; what was finished by then becomes a report
marked partial.
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
    passages,
    relate,
    relevance,
    review,
    screen,
    verify,
    weigh,
)
from synth.errors import InputError, NothingAskedError
from synth.records import Claim, Coverage, Paper, Passage, Question, ReadPaper, Report, SkippedPaper

if TYPE_CHECKING:
    from synth.models.embedding import Embedder
    from synth.models.language import LanguageModel
    from synth.models.verifier import Verifier
    from synth.search import Vectors
    from synth.sources.protocol import Source

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
    most: int = 20,
    since: int | None = None,
    out_of_time: Callable[[], bool] = lambda: False,
    progress: Progress,
) -> Outcome:
    """One question in, one checked report out.

    Raises:
        InputError: the question is empty or too long.
        NothingAskedError: there is no paper at hand and no source could be asked.
    """
    asked = formulate.question(text)
    progress.stage("search", len(corpora) + len(sources) + 1)
    found, covered = collect.collect(asked, corpora, sources, embedder, vectors, since=since, step=progress.step)
    coverage = (*covered, *not_asked)
    if not found and not any(c.outcome in ("found", "empty") for c in coverage):
        raise NothingAskedError("; ".join(f"{c.source}: {c.outcome} ({c.reason})" for c in coverage))

    works = screen.screen(asked, found, most=most, since=since)
    passed = sum(w.included for w in works)
    texts, unread = _read(works, {c.name: c.read for c in corpora}, out_of_time, progress)
    works = [screen.unreadable(w, unread) for w in works]

    drawn, notes = _claims(asked, list(texts.values()), language, out_of_time, progress)
    scores = relevance.relevance(asked, [c for made in drawn for c in made], embedder, vectors)
    claims = relevance.best(drawn, scores, _CLAIMS)
    progress.stage("verify", len(claims))
    readings = [*texts.values(), *_other_versions(works, corpora)]
    among = [passage for text in readings for passage in passages.passages(text)]
    claims = verified(claims, readings, among, embedder, verifier, vectors, progress.step)

    progress.stage("answer")
    agreements, conflicts = relate.relations(claims, gather.meanings(claims, embedder, vectors))
    screening = screen.flow(works)
    told = answer.answer(
        asked, claims, texts, conflicts, scores, passed=passed, read=len(texts), screened=screening.screened
    )
    if language is not None and claims:
        told, said = language.answer(asked, claims, told)
        notes += said
    late = out_of_time()
    papers = tuple(screen.listed(w, texts.get(w.candidate.paper.id)) for w in works)
    limitations = (*limits.limitations(claims, papers, coverage, late=late, unread=len(unread)), *notes)
    skipped = [s for corpus in corpora for s in corpus.skipped]
    skipped += [SkippedPaper(name=name, reason=why) for name, why in unread.items()]
    result = Report(
        question=asked.text,
        partial=late or any(c.outcome == "failed" for c in coverage),
        answer=told,
        coverage=coverage,
        screening=screening,
        papers=papers,
        skipped=tuple(skipped),
        claims=tuple(claims),
        agreements=agreements,
        conflicts=conflicts,
        review=review.review(told, claims, papers, coverage, screening, limitations),
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


def _read(
    works: Sequence[screen.Screened],
    readers: Mapping[str, Callable[[Paper], ReadPaper]],
    out_of_time: Callable[[], bool],
    progress: Progress,
) -> tuple[dict[str, ReadPaper], dict[str, str]]:
    """The texts of the included works by paper id, and why the others could not be read."""
    from synth import read

    kept = [w.candidate for w in works if w.included]
    progress.stage("read", len(kept))
    texts: dict[str, ReadPaper] = {}
    unread: dict[str, str] = {}
    for candidate in kept:
        paper = candidate.paper
        if out_of_time():
            unread[paper.id] = "the time budget ran out before it was read"
            continue
        try:
            got = readers.get(candidate.holder, read.paper)(paper)
        except InputError as problem:
            unread[paper.id] = str(problem)
        else:
            if got.text.strip():
                texts[paper.id] = got
            else:
                unread[paper.id] = "; ".join(got.notes) or "no text to read"
        progress.step()
    return texts, unread


def _other_versions(works: Sequence[screen.Screened], corpora: Sequence[collect.Corpus]) -> list[ReadPaper]:
    """Other versions of the included works: evidence on the same work, never independent of it."""
    readers = {c.name: c.read for c in corpora}
    return [
        readers[other.holder](other.paper)
        for work in works
        if work.included
        for other in work.others
        if other.holder in readers
        and other.paper.id == work.candidate.paper.id
        and other.paper.version != work.candidate.paper.version
    ]


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
) -> list[Claim]:
    """The claims with verdict and evidence from `among`, the passages of `texts`; `step` is called after each.

    `found` says that a search chose the papers; nobody named them for the claims. `bar` is that of `judgement.judge`.
    """
    windows = gather.windows(claims, gather.pool(texts, among), embedder, vectors)
    made = []
    for claim, read in zip(claims, weigh.weigh(claims, windows, verifier.model), strict=True):
        result, evidence = verify.verdict(claim, read, verifier.calibrator, read=len(among), found=found, bar=bar)
        made.append(claim.model_copy(update={"verdict": result, "evidence": evidence}))
        step()
    return made
