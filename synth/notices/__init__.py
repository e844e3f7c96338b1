"""The arrow Papers -> Papers with notices: retractions, withdrawals, expressions of concern, errata.

A record brings the notices that its source knew (`synth.announcements`). Here others are asked about the papers that a
report rests on: Crossref's update records, OpenAlex's flag, arXiv's comments, and lists that the person keeps. Every
notice names its source and, where that gives one, its date. What could not be asked is not checked, never found clean.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from synth.announcements import ordered
from synth.notices import lists, services
from synth.records import Coverage, Notice, Paper

if TYPE_CHECKING:
    from synth.web import Web

__all__ = ["VARIABLE", "Checked", "check"]

VARIABLE = "SYNTH_NOTICES"


class Progress(Protocol):
    """Told what is going on."""

    def stage(self, name: str, total: int | None = None) -> None: ...
    def step(self) -> None: ...


class Checked(NamedTuple):
    """The papers in their order with all notices found, what became of asking, and the ids nobody could speak of.

    A paper is `unchecked` when no service answered for it and no list names its kind of id: it may have notices.
    """

    papers: tuple[Paper, ...]
    coverage: tuple[Coverage, ...]
    unchecked: tuple[str, ...]


def check(
    papers: Sequence[Paper], web: Web | None, progress: Progress, *, environ: Mapping[str, str] = os.environ
) -> Checked:
    """Ask about `papers`, those that a report rests on; `web` is None when nothing may be asked over the network.

    Each service is asked in batches, so that a usual report costs it one or two requests; one that no paper has an id
    for is not asked at all. A failure is one line of
    coverage, "not checked" with its reason, and never raised. `SYNTH_NOTICES` names files of notices (`synth.notices.
    lists`), separated as in PATH; `SYNTH_MAILTO` and `OPENALEX_API_KEY` are sent to the services that ask for them.
    Raises InputError for a file named in `SYNTH_NOTICES` that cannot be read.
    """
    places = [Path(name) for name in environ.get(VARIABLE, "").split(os.pathsep) if name.strip()]
    known = services.known(environ) if web is not None else ()
    asking = tuple(service for service in known if any(service.key(paper) is not None for paper in papers))
    progress.stage("notices", len(places) + len(asking))
    heard: list[services.Heard] = []
    for place in places:
        heard.append(lists.look_up(place, papers))
        progress.step()
    for service in asking:
        assert web is not None
        heard.append(services.ask(service, papers, web))
        progress.step()
    coverage = [h.coverage for h in heard]
    if not asking and any(not services.knew(paper) for paper in papers):
        why = "the network is not used" if web is None else "no paper has an id to ask about"
        reason = f"not checked: {why}; {_many(len(papers))} may have notices"
        coverage.append(Coverage(source="notices", query="", outcome="skipped", count=None, reason=reason))
    made = tuple(_with(paper, [h.notices.get(n, ()) for h in heard]) for n, paper in enumerate(papers))
    spoken = {n for h in heard for n in h.spoken}
    unchecked = tuple(paper.id for n, paper in enumerate(papers) if n not in spoken and not services.knew(paper))
    return Checked(made, tuple(coverage), unchecked)


def _with(paper: Paper, more: Iterable[tuple[Notice, ...]]) -> Paper:
    notices = ordered((*paper.notices, *(notice for some in more for notice in some)))
    return paper if notices == paper.notices else paper.model_copy(update={"notices": notices})


def _many(count: int) -> str:
    return "1 paper" if count == 1 else f"{count} papers"
