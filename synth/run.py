"""One run of `synth report`: open what is needed, walk the pipeline, lay the files down, say what happened."""

from __future__ import annotations

import hashlib
import math
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from synth import __version__
from synth.errors import InputError, did_you_mean
from synth.records import Coverage, Paper, Report

if TYPE_CHECKING:
    from synth.collect import Corpus
    from synth.library import Library
    from synth.models.embedding import Embedder
    from synth.models.language import LanguageModel
    from synth.models.language_review import LanguageReviewer
    from synth.models.verifier import Verifier
    from synth.progress import Silent
    from synth.sources.protocol import Source
    from synth.texts import Fetch
    from synth.web import Web

__all__ = ["CORPORA", "Request", "Result", "opened", "produce", "slug"]

CORPORA = ("starter", "library")
_FOR_TEXTS = 0.6  # share of a budget by which full texts must be there: what was read must still be checked


class Request(NamedTuple):
    """What a person asked for, as the command line gives it."""

    question: str
    papers: tuple[Path, ...] = ()
    sources: tuple[str, ...] = ()
    offline: bool = False
    max_papers: int = 20
    since: int | None = None
    budget: float | None = None
    language_model: str | None = None
    embedding_model: str | None = None
    verifier: str | None = None
    reviewer: str | None = None
    out: Path | None = None
    formats: tuple[str, ...] = ("html", "pdf", "md", "json")


class Result(NamedTuple):
    """The report, where it lies and what was written."""

    report: Report
    out: Path
    files: tuple[Path, ...]


def slug(question: str) -> str:
    """A folder name made from the question: at most 60 characters, whole words, plus a hash where words are lost."""
    words = re.findall(r"[^\W_]+", question.lower())
    name = ""
    for word in words:
        if len(name) + len(word) + 1 > 60:
            return f"{name or 'question'}-{hashlib.sha256(question.encode()).hexdigest()[:6]}"
        name = f"{name}-{word}" if name else word
    return name or "question"


def produce(
    request: Request,
    library: Library,
    progress: Silent,
    *,
    web: Web | None = None,
    command: Sequence[str] = (),
    models: tuple[Embedder, Verifier] | None = None,
) -> Result:
    """Answer the question and write the report; `models` that are open already serve in place of those asked for.

    Raises:
        InputError: something in the request is at fault.
        NothingAskedError: nothing could be asked.
    """
    from synth import formulate, pipeline, render
    from synth.models import embedding, verifier
    from synth.rereading import remembering

    started = datetime.now(UTC)
    clock = time.monotonic()
    _check(request)
    formulate.question(request.question)
    out = request.out or Path("reports") / slug(request.question)
    _writable(out)
    progress.stage("open")
    late = _deadline(request.budget, clock)
    # The models first: a wrong name is told before a thousand files are looked at.
    embedder, verifying = models or (
        embedding.load(request.embedding_model, offline=request.offline),
        remembering(verifier.load(request.verifier, offline=request.offline), library),
    )
    language = _language(request.language_model)
    reviewer = _reviewer(request.reviewer)
    if _services(request):
        web = web or _web(library, request.budget, progress)
    else:
        web = None
    corpora, sources, not_asked = opened(request, library, web, progress)
    outcome = pipeline.report(
        request.question,
        corpora,
        sources,
        embedder,
        verifying,
        not_asked=not_asked,
        vectors=library.vectors(embedder.id),
        language=language,
        reviewer=reviewer,
        web=web,
        fetch=None if web is None else _fetching(library, web, request.budget, clock, progress),
        most=request.max_papers,
        since=request.since,
        out_of_time=late,
        progress=progress,
    )
    if verifying.trouble:
        progress.say(verifying.trouble)
    progress.stage("render")
    manifest = _manifest(request, outcome.facts, started, time.monotonic() - clock, progress, command)
    files = render.write(outcome.report, out, formats=request.formats, manifest=manifest)
    progress.finish()
    return Result(outcome.report, out, tuple(files))


def _writable(out: Path) -> None:
    from synth import render

    try:
        render.writable(out)
    except OSError as problem:  # a name that is too long
        raise InputError(f"{out}: cannot be written ({problem.strerror}); name another folder") from None


def _language(name: str | None) -> LanguageModel | None:
    if name is None:
        return None
    from synth.models import language

    return language.load(name)


def _reviewer(name: str | None) -> LanguageReviewer | None:
    if name is None:
        return None
    from synth.models import language_review

    return language_review.load(name)


def _deadline(budget: float | None, start: float) -> Callable[[], bool]:
    if budget is None:
        return lambda: False
    return lambda: time.monotonic() - start >= budget


def _fetching(library: Library, web: Web, budget: float | None, start: float, progress: Silent) -> Fetch:
    """Full texts over the network, in their part of the time."""
    from synth import texts

    if budget is None:
        return texts.fetching(library, web, say=progress.say)
    part = _FOR_TEXTS * budget
    in_time = web.sooner(part - (time.monotonic() - start))
    return texts.fetching(library, in_time, enough=_deadline(part, start), say=progress.say)


def _check(request: Request) -> None:
    from synth.render import FORMATS

    if not request.formats:
        raise InputError(f"--format: no format was named; give one or more of {', '.join(FORMATS)}")
    for name in request.formats:
        if name not in FORMATS:
            raise InputError(f'--format: unknown format "{name}"; {did_you_mean(name, FORMATS)}')
    if request.max_papers < 1:
        raise InputError(f"--max-papers: {request.max_papers} is less than 1")
    if request.budget is not None and not 0 < request.budget < math.inf:
        raise InputError(f"--budget: {request.budget:g} is no number of seconds above 0")
    if request.since is not None and not 1900 <= request.since <= 2100:
        raise InputError(f"--since: {request.since} is no year between 1900 and 2100")


def opened(
    request: Request, library: Library, web: Web | None, progress: Silent
) -> tuple[list[Corpus], list[Source], list[Coverage]]:
    """Corpora and sources of the request, and the coverage of those that are not asked.

    Files named with --papers take the place of the packaged library; --source asks just the named ones.
    """
    from synth import holdings, sources

    wanted = _wanted(request)
    corpora = [holdings.local(request.papers, library)] if request.papers else []
    if "starter" in wanted:
        corpora.append(holdings.starter())
    if "library" in wanted and ("library" in request.sources or library.papers()):
        corpora.append(holdings.own(library))
    named = [name for name in sources.KNOWN if name in wanted]
    if request.offline:
        return corpora, [], [_skipped(name) for name in named]
    if not named:
        return corpora, [], []
    client = web or _web(library, request.budget, progress)
    copy = None if library.folder is None else library.folder / "acl_anthology" / "abstracts.jsonl.gz"
    asked = [sources.open_source(name, client, lexical=_lexical(), anthology=copy) for name in named]
    return corpora, asked, []


def _wanted(request: Request) -> tuple[str, ...]:
    """The names of the corpora and services of the request. InputError for an unknown one."""
    from synth import sources

    known = (*CORPORA, *sources.KNOWN)
    for name in request.sources:
        if name not in known:
            raise InputError(f'--source: unknown source "{name}"; {did_you_mean(name, known)}')
    return request.sources or (*(() if request.papers else CORPORA), *sources.KNOWN)


def _services(request: Request) -> bool:
    """Whether the network may be used: for sources, and then for notices and full texts too."""
    return not request.offline and any(name not in CORPORA for name in _wanted(request))


def _lexical() -> Callable[[Sequence[Paper], str, int], Sequence[int]]:
    """BM25 over a source's own copy of its papers; the index of one copy is built once."""
    from synth.search import LexicalIndex

    built: dict[int, LexicalIndex] = {}

    def best(papers: Sequence[Paper], text: str, limit: int) -> Sequence[int]:
        index = built.get(id(papers))
        if index is None:
            index = built[id(papers)] = LexicalIndex.build((p.title, p.abstract or "") for p in papers)
        return [n for n, _ in index.query(text, limit)]

    return best


def _web(library: Library, budget: float | None, progress: Silent) -> Web:
    from synth.web import Web

    return Web(library.web_cache, deadline=budget, talk=progress.say, base_urls=_mirrors(os.environ))


def _mirrors(environ: Mapping[str, str]) -> dict[str, str]:
    """`SYNTH_MIRRORS`: pairs `https://service=http://stand-in` by white space, for a proxy, a mirror or a replay."""
    pairs = [word.partition("=") for word in environ.get("SYNTH_MIRRORS", "").split()]
    for origin, _, stand_in in pairs:
        if not origin.startswith("http") or not stand_in.startswith("http"):
            raise InputError(f'SYNTH_MIRRORS: "{origin}" wants the form https://service=http://stand-in')
    return {origin: stand_in for origin, _, stand_in in pairs}


def _skipped(name: str) -> Coverage:
    return Coverage(source=name, query="", outcome="skipped", count=None, reason="--offline was given")


def _manifest(
    request: Request,
    facts: dict[str, object],
    started: datetime,
    seconds: float,
    progress: Silent,
    command: Sequence[str],
) -> dict[str, object]:
    """What is needed to make the report again, and what belongs to this one run (times, machine)."""
    from synth.library import file_hash

    inputs = [
        {
            "path": _text(str(p)),
            "sha256": file_hash(p) if p.is_file() else None,
            "kind": "file" if p.is_file() else "folder",
        }
        for p in request.papers
    ]
    return {
        "schema": "synth/manifest/1",
        "version": __version__,
        "command": [_text(word) for word in command],
        "request": {
            "question": request.question,
            "sources": list(request.sources),
            "offline": request.offline,
            "max_papers": request.max_papers,
            "since": request.since,
            "budget": request.budget,
            "language_model": request.language_model,
            "embedding_model": request.embedding_model,
            "verifier": request.verifier,
            "reviewer": request.reviewer,
            "formats": list(request.formats),
        },
        "inputs": inputs,
        **facts,
        "started": started.isoformat(timespec="seconds"),
        "date": started.date().isoformat(),
        "seconds": round(seconds, 3),
        "stages": dict(progress.seconds),
        "machine": {"python": platform.python_version(), "system": platform.system(), "cpu": platform.machine()},
        "program": sys.argv[0].rsplit("/", 1)[-1],
    }


def _text(word: str) -> str:
    """A word of the command line as text; bytes of a file name that are none become U+FFFD."""
    return word.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
