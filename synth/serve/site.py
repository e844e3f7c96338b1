"""The service behind both faces: what can be asked of the application, checked and answered in records.

Everything a request brings is checked here, once for both faces. Faults are `InputError`; what is not there is `None`;
what this installation cannot do, or not now, is `Refused`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from synth.errors import InputError
from synth.records import Report
from synth.serve import commands, uploads
from synth.serve.places import Places, is_id
from synth.serve.runner import Runner
from synth.serve.store import ENDED, Job, Listed, Store, Upload

if TYPE_CHECKING:
    from synth.render.view import View

__all__ = ["QUEUE", "Refused", "Site", "Uploaded"]

QUEUE = 100  # jobs that may wait
_CLAIMS = 100
_CLAIM = 2_000  # characters
_QUESTION = 2_000
_PRESETS = ("micro", "retrieval", "paper")
_AT_ONCE = 1800.0  # estimated seconds from which a replication is begun only when its plan was seen, as in `replicate`

Uploaded = tuple[str, IO[bytes]]


class Refused(Exception):  # noqa: N818 (read as "refused: the queue is full")
    """What cannot be done here or now; `status` is that of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Site:
    """The application without its faces."""

    def __init__(self, places: Places, store: Store, runner: Runner, *, offline: bool = False) -> None:
        """`offline`: no report of this server asks a source over the network, whatever is asked."""
        self.places, self.store, self.runner, self.offline = places, store, runner, offline

    # --- asking --------------------------------------------------------------------------------------

    def ask(
        self,
        question: str,
        *,
        offline: bool = False,
        max_papers: int = 20,
        since: int | None = None,
        budget: float | None = None,
        papers: Sequence[str] = (),
    ) -> Job:
        """Queue a report. `papers` are ids of uploaded papers, which take the place of the libraries."""
        text = " ".join(question.split())
        if len(text) > _QUESTION:
            raise InputError(f"question: {len(text):,} characters; at most {_QUESTION:,}")
        _asked(text)
        _between("max_papers", max_papers, 1, 200)
        _between("since", since, 1900, 2100)
        _between("budget", budget, 1, 86_400)
        asked = {
            "question": text,
            "offline": offline or self.offline,
            "max_papers": max_papers,
            "since": since,
            "budget": budget,
            "papers": self._files(papers),
        }
        return self._queue("report", text, asked)

    def verify(self, claims: Sequence[str], papers: Sequence[str] = ()) -> Job:
        """Queue claims to be held against papers, the uploaded ones named or the libraries."""
        clean = [" ".join(claim.split()) for claim in claims]
        clean = [claim for claim in clean if claim]
        if not clean:
            raise InputError("claims: no claim was given; give one on each line")
        if len(clean) > _CLAIMS:
            raise InputError(f"claims: {len(clean):,} claims; at most {_CLAIMS} at once")
        for number, claim in enumerate(clean, 1):
            _text("claims", claim)
            if len(claim) > _CLAIM:
                raise InputError(f"claims: claim {number} has {len(claim):,} characters; at most {_CLAIM:,}")
        title = clean[0] if len(clean) == 1 else f"{clean[0]} (and {len(clean) - 1} more)"
        return self._queue("verify", title, {"claims": clean, "papers": self._files(papers)})

    def audit(self, card: Uploaded, papers: Sequence[Uploaded] = (), kept: Sequence[str] = ()) -> Job:
        """Queue the audit of a card against papers that come with it and papers kept before (`kept`, by id)."""
        if not commands.audits():
            raise Refused(503, "audits are not part of this installation")
        self._room()
        files = self._files(kept)
        name = uploads.keep_card(*card, self.places)
        files += [one.id + one.suffix for one in self.keep_papers(papers)]
        shown = uploads.shown(card[0])
        return self._queue("audit", shown, {"card": name, "name": shown, "papers": list(dict.fromkeys(files))})

    def plan(self, **asked: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a replication would do and cost: the request as it was checked, and the plan. Nothing is started."""
        request = self._experiment(**asked)
        return request, commands.plan(request, self.places)

    def replicate(self, confirmed: str, **asked: Any) -> Job:
        """Queue a replication whose plan a person has seen: `confirmed` is the id of that plan."""
        request, plan = self.plan(**asked)
        if plan["id"] != confirmed:
            raise Refused(409, "this is not the plan that would be run now; look at the plan again and confirm it")
        return self._replication(request, plan)

    def replicate_at_once(self, **asked: Any) -> Job | None:
        """Queue a replication that costs little; None where it costs so much that its plan must be seen first."""
        request, plan = self.plan(**asked)
        if plan["stages"] and plan["cost"]["seconds"] >= _AT_ONCE:
            return None
        return self._replication(request, plan)

    def _replication(self, request: dict[str, Any], plan: dict[str, Any]) -> Job:
        title = f"{plan['experiment']['id']}, preset {request['preset']}"
        return self._queue("replication", title, {**request, "plan": plan["id"], "cost": plan["cost"]})

    def replicating(self, report: str) -> dict[tuple[str | None, str | None], Job]:
        """The replications of a report's claims that wait or run, by claim and experiment."""
        open_ = (job for job in self.store.jobs("replication", 2 * QUEUE) if job.state not in ENDED)
        return {
            (job.request.get("claim"), job.request.get("experiment")): job
            for job in open_
            if job.request.get("report") == report
        }

    def _experiment(
        self,
        report: str | None = None,
        claim: str | None = None,
        experiment: str | None = None,
        preset: str = "micro",
        seeds: int | None = None,
    ) -> dict[str, Any]:
        if (report is None) != (claim is None):
            raise InputError("report: a report and a claim belong together; give both, or an experiment alone")
        if report is None and experiment is None:
            raise InputError("experiment: give the name of an experiment, or a report and a claim")
        if report is not None:
            found = self.report(report)
            if found is None:
                raise InputError(f"report: there is no report {report[:40]!r}")
            if claim not in {one.id for one in found.claims}:
                raise InputError(f"claim: the report has no claim {str(claim)[:40]!r}")
        if experiment is not None and not all(c.isascii() and (c.isalnum() or c in "-_.") for c in experiment[:80]):
            raise InputError("experiment: a name has letters, digits, hyphens and dots only")
        if preset not in _PRESETS:
            raise InputError(f"preset: unknown preset {preset[:40]!r}; known: {', '.join(_PRESETS)}")
        _between("seeds", seeds, 1, 20)
        return {"report": report, "claim": claim, "experiment": experiment, "preset": preset, "seeds": seeds}

    def claim_of(self, job: Job) -> tuple[str, str] | None:
        """The address of the claim that a replication is about, and the question of its report; None without one."""
        name = job.request.get("report") if job.kind == "replication" else None
        seen = self.viewed(name) if name else None
        if seen is None:
            return None
        number = next((claim.number for claim in seen.claims if claim.id == job.request.get("claim")), None)
        return f"/reports/{name}" + (f"#claim-{number}" if number else ""), seen.question

    def _room(self) -> None:
        if self.store.count("waiting") >= QUEUE:
            raise Refused(429, f"{QUEUE} jobs wait already; wait until some are done, or cancel some")

    def _queue(self, kind: Any, title: str, request: dict[str, Any]) -> Job:
        self._room()
        job = self.store.submit(kind, title[:300], request)
        self.runner.wake()
        return job

    # --- papers --------------------------------------------------------------------------------------

    def keep_papers(self, papers: Sequence[Uploaded]) -> list[Upload]:
        """Keep uploaded papers."""
        if len(papers) > uploads.PAPERS:
            raise InputError(f"papers: {len(papers)} files; at most {uploads.PAPERS} at once")
        return [uploads.keep_paper(name, stream, self.places, self.store) for name, stream in papers]

    def _files(self, papers: Sequence[str]) -> list[str]:
        if len(papers) > 10 * uploads.PAPERS:
            raise InputError(f"papers: {len(papers)} papers; at most {10 * uploads.PAPERS}")
        return [uploads.file_of(paper, self.store) for paper in dict.fromkeys(papers)]

    # --- reports -------------------------------------------------------------------------------------

    def ended(self, job: Job) -> None:
        """Take the report of a job that has ended into the list, or the one that a replication was laid into."""
        name = job.id if job.kind == "report" else job.request.get("report")
        if name is not None:
            self._take(name)

    def reports(self, query: str = "", limit: int = 50, skip: int = 0) -> tuple[list[Listed], int]:
        """Reports in which every word of the query stands, the latest first, and how many there are."""
        there = {one.name for one in (self.places.folder / "report").iterdir() if is_id(one.name)}
        known = self.store.listed()
        for name in sorted(there - known):  # another program may have laid them there
            self._take(name)
        self.store.drop_reports(sorted(known - there))
        return self.store.reports(query.casefold().split()[:20], limit, skip)

    def report(self, name: str) -> Report | None:
        """The report of that id; None where there is none."""
        found = self.places.file(name, "report.json")
        return _loaded(found[0], found[0].stat().st_mtime_ns) if found else None

    def viewed(self, name: str) -> View | None:
        """The report of that id as a page shows it; None where there is none."""
        found = self.places.file(name, "report.json")
        return _viewed(found[0], found[0].stat().st_mtime_ns) if found else None

    def _take(self, name: str) -> None:
        found = self.places.file(name, "report.json")
        if found is None:
            return
        try:
            report = _loaded(found[0], found[0].stat().st_mtime_ns)
        except InputError:
            return  # of another shape than this program writes; its folder is left alone
        from datetime import UTC, datetime

        counts: dict[str, int] = {}
        for claim in report.claims:
            counts[claim.verdict.label] = counts.get(claim.verdict.label, 0) + 1
        made = datetime.fromtimestamp(found[0].stat().st_mtime, UTC).isoformat(timespec="seconds")
        listed = Listed(
            id=name,
            question=report.question,
            status=report.answer.status,
            counts=counts,
            papers=sum(paper.included for paper in report.papers),
            made=made,
        )
        parts = [report.question, report.answer.text, *(claim.statement for claim in report.claims)]
        parts += [paper.title for paper in report.papers if paper.included]
        self.store.list_report(listed, "\n".join(parts).casefold())

    # --- results -------------------------------------------------------------------------------------

    def verdicts(self, name: str) -> list[dict[str, Any]] | None:
        """The claims of a finished verification, each as JSON values; None where it is not finished."""
        found = self.places.file(name, "verdicts.jsonl")
        if found is None:
            return None
        return [json.loads(line) for line in found[0].read_text(encoding="utf-8").split("\n") if line.strip()]

    def result(self, name: str, file: str) -> dict[str, Any] | None:
        """A JSON file of a job's result; None where it is not there."""
        found = self.places.file(name, file)
        if found is None:
            return None
        value = json.loads(found[0].read_text(encoding="utf-8"))
        return value if isinstance(value, dict) else None


@functools.lru_cache(maxsize=64)
def _loaded(path: Path, changed: int) -> Report:  # noqa: ARG001 (a changed file is another entry)
    from synth.render import load

    return load(path)


@functools.lru_cache(maxsize=64)
def _viewed(path: Path, changed: int) -> View:
    from synth.render.view import view

    return view(_loaded(path, changed))


def _asked(question: str) -> None:
    from synth import formulate

    _text("question", question)
    try:
        formulate.question(question)
    except InputError as problem:
        raise InputError(str(problem).replace("--question: ", "question: ")) from None


def _text(field: str, text: str) -> None:
    """Half characters and control signs cannot be words of a command."""
    if any("\ud800" <= c <= "\udfff" or c < " " or c == "\x7f" for c in text):
        raise InputError(f"{field}: holds signs that are no text; write it again")


def _between(field: str, value: float | None, least: float, most: float) -> None:
    if value is not None and not least <= value <= most:
        raise InputError(f"{field}: {value:g} is not between {least:g} and {most:g}")
