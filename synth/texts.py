"""The arrow Screening -> ReadPapers: the text of each included work, from this machine or from where it is published.

A work of which an abstract or a digest is at hand is asked for in full where the network may be used, the most relevant
first; what was fetched is kept in the library, so that the next question reads nothing again. Where there is no full
text, what is at hand is read, and the coverage says why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Protocol

from synth import __version__, drifts, fulltext, read
from synth.errors import InputError
from synth.formats import apart
from synth.records import Coverage, CoverageOutcome, Paper, ReadPaper
from synth.render.display import clean, plural, shorten
from synth.screen import Candidate, Screened
from synth.works import published, version_number

if TYPE_CHECKING:
    from synth.library import Library
    from synth.web import Web

__all__ = ["SOURCE", "Fetch", "Progress", "Reader", "Texts", "fetching", "texts", "told_drifts", "versions"]

SOURCE = "full texts"
"""Under this name the coverage tells what became of asking for full texts."""

_AT_HAND = ("abstract", "digest")  # tiers that a full text is asked for in place of
_DRIFTS = 6  # differences between versions that a report tells one by one

Reader = Callable[[Paper], ReadPaper]
Fetch = Callable[[Paper], fulltext.Fetched]


class Progress(Protocol):
    """Told what is going on."""

    def stage(self, name: str, total: int | None = None) -> None: ...  # noqa: D102
    def step(self) -> None: ...  # noqa: D102


class Texts(NamedTuple):
    """What was read, by the id of the paper that stands for the work; why others could not be; what asking came to."""

    read: dict[str, ReadPaper]
    unread: dict[str, str]
    coverage: tuple[Coverage, ...]


def texts(
    works: Sequence[Screened],
    readers: Mapping[str, Reader],
    fetch: Fetch | None,
    out_of_time: Callable[[], bool],
    progress: Progress,
) -> Texts:
    """The texts of the included works, in their order. `readers` are those of the corpora, by name.

    `fetch` asks for a full text (None: nothing is asked for). Of several versions of one record the latest is asked
    for. A work that has not even an abstract, whose file cannot be read, or that was reached after the budget ran out
    is unread with the reason.
    """
    kept = [w for w in works if w.included]
    progress.stage("read", len(kept))
    found: dict[str, ReadPaper] = {}
    unread: dict[str, str] = {}
    asked: list[tuple[str, CoverageOutcome, str]] = []
    for work in kept:
        paper = work.candidate.paper
        if out_of_time():
            unread[paper.id] = "the time budget ran out before it was read"
            continue
        got = fetch(_latest(work)) if fetch is not None and paper.tier in _AT_HAND else None
        if got is not None:
            asked.append((paper.id, *_outcome(got)))
        try:
            text = _whole(got) or _own(work.candidate, readers)
        except InputError as problem:
            unread[paper.id] = str(problem)
        else:
            if text.text.strip():
                found[paper.id] = text
            else:
                why = (*text.notes, *([got.reason] if got is not None else ()))
                unread[paper.id] = "; ".join(why) or "no text to read"
        progress.step()
    return Texts(found, unread, _coverage(asked))


def _latest(work: Screened) -> Paper:
    """The record to ask a full text for: its own, or that of a later version under the same id."""
    copies = [c.paper for c in _copies(work) if c.paper.id == work.candidate.paper.id]
    return max(copies, key=lambda paper: version_number(paper.version))


def _own(candidate: Candidate, readers: Mapping[str, Reader]) -> ReadPaper:
    return readers.get(candidate.holder, read.paper)(candidate.paper)


def _whole(got: fulltext.Fetched | None) -> ReadPaper | None:
    return got.read if got is not None and got.read is not None and got.read.tier not in _AT_HAND else None


# --- what asking came to ------------------------------------------------------------------------------------


def _outcome(got: fulltext.Fetched) -> tuple[CoverageOutcome, str]:
    """A text that is not there is told apart from one that could not be asked for."""
    text = _whole(got)
    if text is not None:
        return "found", f"read as {text.tier}"
    if not got.attempts:
        return "skipped", got.reason
    failed = any(attempt.outcome == "failed" for attempt in got.attempts)
    return "failed" if failed else "empty", got.reason


def _coverage(asked: Sequence[tuple[str, CoverageOutcome, str]]) -> tuple[Coverage, ...]:
    """One line for all papers of one outcome and reason, in the order in which they first came."""
    groups: dict[tuple[CoverageOutcome, str], list[str]] = {}
    for paper, outcome, reason in asked:
        groups.setdefault((outcome, reason), []).append(paper)
    counts = {"found": 1, "empty": 0}
    return tuple(
        Coverage(
            source=SOURCE,
            query=", ".join(papers),
            outcome=outcome,
            count=counts[outcome] * len(papers) if outcome in counts else None,
            reason=reason,
        )
        for (outcome, reason), papers in groups.items()
    )


# --- fetching, and keeping what was fetched -----------------------------------------------------------------------


def fetching(
    library: Library,
    web: Web,
    *,
    enough: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = lambda _: None,
    reader: fulltext.Reader = apart.read,
) -> Fetch:
    """A `Fetch` over `web` that keeps readings in `library`: by their bytes, and by id where a version is named.

    A numbered version of a preprint never changes, so its kept reading is taken without asking; of everything else
    the bytes are fetched, or come from the stored answers, and are read once. `enough` is looked at before each paper:
    it says that full texts have had their part of the time. `say` is told which paper is fetched.
    """

    def fetch(paper: Paper) -> fulltext.Fetched:
        name = _named(paper)
        if name is not None and (known := library.reading(name)) is not None:
            return fulltext.Fetched(read=_of(paper, known), attempts=())
        if enough():
            reason = "the part of the time budget that full texts may take was used up"
            attempt = fulltext.Attempt(place="not asked", url="", outcome="failed", reason=reason)
            return fulltext.Fetched(read=None, attempts=(attempt,))
        say(f"fetching {clean(paper.id)}: {shorten(clean(paper.title), 80)}")
        got = fulltext.fetch(paper, web, reader=reader, kept=library if name is None else None)
        if name is not None and (text := _whole(got)) is not None:
            library.keep_reading(name, text)
        return got

    return fetch


def _named(paper: Paper) -> str | None:
    """The key of a numbered version of a preprint; None for what may change under its id."""
    if not paper.ids.arxiv or not version_number(paper.version):
        return None
    return hashlib.sha256(f"{__version__} full text of arxiv:{paper.ids.arxiv}{paper.version}".encode()).hexdigest()


def _of(paper: Paper, known: ReadPaper) -> ReadPaper:
    """A kept reading as one of this record, as if it had been fetched now."""
    abstract = paper.abstract or known.paper.abstract
    now = paper.model_copy(update={"tier": known.tier, "version": known.paper.version, "abstract": abstract})
    return known.model_copy(update={"paper": now})


# --- other versions -------------------------------------------------------------------------------------------


def versions(
    works: Sequence[Screened], found: Mapping[str, ReadPaper], readers: Mapping[str, Reader]
) -> list[ReadPaper]:
    """Other versions at hand of the works that were read, each once: evidence on the same work, not independent of it.

    Copies under another id are merged into the work and are no evidence at all.
    """
    made: list[ReadPaper] = []
    for work, text in _with_text(works, found):
        own = [c for c in _copies(work) if c.holder in readers and c.paper.id == text.paper.id]
        others = {c.paper.version: c for c in reversed(own) if c.paper.version != text.paper.version}
        made += _readings(others.values(), readers)
    return made


def told_drifts(
    works: Sequence[Screened], found: Mapping[str, ReadPaper], readers: Mapping[str, Reader]
) -> tuple[str, ...]:
    """One sentence for each number that versions of a work state differently, of copies under other ids too."""
    told: list[str] = []
    for work, text in _with_text(works, found):
        others = {_edition(c.paper): c for c in reversed(_copies(work))}
        others.pop(_edition(text.paper), None)
        told += [drifts.told(drift) for drift in drifts.drifts([text, *_readings(others.values(), readers)])]
    if len(told) > _DRIFTS:
        told = [*told[:_DRIFTS], f"Versions differ in {plural(len(told) - _DRIFTS, 'more number')}."]
    return tuple(told)


def _copies(work: Screened) -> tuple[Candidate, ...]:
    return (work.candidate, *work.others)


def _readings(copies: Iterable[Candidate], readers: Mapping[str, Reader]) -> list[ReadPaper]:
    """What these copies say; one that cannot be read has nothing to add."""
    made = []
    for copy in copies:
        with suppress(InputError):
            made.append(_own(copy, readers))
    return [one for one in made if one.text.strip()]


def _with_text(
    works: Sequence[Screened], found: Mapping[str, ReadPaper]
) -> list[tuple[Screened, ReadPaper]]:
    return [(w, found[w.candidate.paper.id]) for w in works if w.candidate.paper.id in found]


def _edition(paper: Paper) -> tuple[bool, int]:
    """What a drift can lie between: numbered versions, and the published copy."""
    return published(paper), version_number(paper.version)
