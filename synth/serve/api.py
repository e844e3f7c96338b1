"""The face for programs: JSON over HTTP, described by OpenAPI at /api/openapi.json.

Faults have one shape: `{"error": {"status", "message", "field"}}`, the message in one line.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, File, Form, Header, Path, Query, Request, Response, UploadFile
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse

from synth import __version__
from synth.serve import commands, compare, events
from synth.serve.forms import site_of
from synth.serve.shapes import AskReplication, AskReport, AskVerify, Health, JobState, PlanAnswer, Reports
from synth.serve.site import Refused, Site
from synth.serve.store import ENDED, Job, Upload

__all__ = ["router"]

router = APIRouter(prefix="/api")
_T = TypeVar("_T")
_MOST_WAIT = 60.0

JobId = Annotated[str, Path(description="The id of a job, as it was given.", max_length=40)]


def _shown(site: Site, job: Job) -> JobState:
    places = {"report": "reports", "verify": "verifications", "audit": "audits", "replication": "replications"}
    files = site.places.exports(job.id)
    fields = job.model_dump(exclude={"number", "request"})
    ahead = site.store.ahead(job) if job.state == "waiting" else 0
    result = f"/api/{places[job.kind]}/{job.id}" if site.places.finished(job.id) else None
    return JobState(**fields, ahead=ahead, result=result, files=files)


def _accepted(site: Site, job: Job) -> JSONResponse:
    headers = {"Location": f"/api/jobs/{job.id}"}
    return JSONResponse(_shown(site, job).model_dump(), status_code=202, headers=headers)


def _found(value: _T | None, what: str) -> _T:
    if value is None:
        raise Refused(404, f"there is no such {what}")
    return value


# --- reports ----------------------------------------------------------------------------------------------


@router.post("/reports", status_code=202, response_model=JobState, tags=["reports"])
def post_report(request: Request, asked: AskReport) -> Response:
    """Ask a question. The report is made by a job, whose id is that of the report."""
    site = site_of(request)
    return _accepted(site, site.ask(**asked.model_dump()))


@router.get("/reports", tags=["reports"])
def get_reports(
    request: Request,
    q: Annotated[str, Query(description="Words that must stand in the report.", max_length=500)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    skip: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Reports:
    """List or search the reports, the latest first."""
    found, total = site_of(request).reports(q, limit, skip)
    return Reports(total=total, reports=found)


@router.get("/reports/{id}", tags=["reports"], response_model=dict[str, Any])
def get_report(request: Request, id: JobId) -> Response:  # noqa: A002 (the name in the address)
    """The report as `report.json` says it; 404 while it is not finished (see its job)."""
    return _file(site_of(request), id, "report.json")


@router.get("/reports/{id}/events", tags=["reports"])
def get_report_events(
    request: Request,
    id: JobId,  # noqa: A002
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """The stages of a report as server-sent events; the same as those of its job."""
    return get_events(request, id, last_event_id)


@router.get("/reports/{id}/files/{name}", tags=["reports"])
def get_file(request: Request, id: JobId, name: Annotated[str, Path(max_length=60)]) -> Response:  # noqa: A002
    """A file of a report, audit, verification or replication, one of those that its job lists."""
    return _file(site_of(request), id, name)


@router.get("/compare", tags=["reports"])
def get_comparison(request: Request, left: str, right: str) -> dict[str, Any]:
    """Two reports side by side: claims with differing verdicts first."""
    site = site_of(request)
    one, other = _found(site.report(left), "report on the left"), _found(site.report(right), "report on the right")
    return compare.as_json(compare.compare(one, other))


# --- claims, cards, papers --------------------------------------------------------------------------------


@router.post("/verify", status_code=202, response_model=JobState, tags=["claims"])
async def post_verify(
    request: Request,
    asked: Annotated[AskVerify, Body()],
    wait: Annotated[float, Query(ge=0, le=_MOST_WAIT, description="Seconds to wait for the result.")] = 0,
) -> Response:
    """Hold claims against papers. With `wait`, the verdicts come at once (200) where they are there in time."""
    site = site_of(request)
    job = await asyncio.to_thread(site.verify, asked.claims, asked.papers)
    until = asyncio.get_running_loop().time() + wait
    while wait and asyncio.get_running_loop().time() < until:
        now = await asyncio.to_thread(site.store.job, job.id)
        if now is not None and now.state in ENDED:
            return _verdicts(site, now)
        await asyncio.sleep(0.1)
    return _accepted(site, job)


@router.get("/verifications/{id}", tags=["claims"], response_model=dict[str, Any])
def get_verdicts(request: Request, id: JobId) -> Response:  # noqa: A002
    """The claims with verdict and evidence."""
    site = site_of(request)
    return _verdicts(site, _found(site.store.job(id), "verification"))


def _verdicts(site: Site, job: Job) -> Response:
    found = site.verdicts(job.id)
    if found is None:
        raise Refused(404 if job.state not in ENDED else 422, job.reason or "the verdicts are not there yet")
    return JSONResponse({"id": job.id, "claims": found})


@router.post("/audits", status_code=202, response_model=JobState, tags=["claims"])
def post_audit(
    request: Request,
    card: Annotated[UploadFile, File(description="The card or report to be audited.")],
    papers: Annotated[list[UploadFile] | None, File(description="Papers to hold it against.")] = None,
    kept: Annotated[list[str] | None, Form(description="Ids of papers uploaded before.")] = None,
) -> Response:
    """Audit a card or report of anybody."""
    site = site_of(request)
    given = [(paper.filename or "", paper.file) for paper in papers or []]
    return _accepted(site, site.audit((card.filename or "", card.file), given, kept or []))


@router.get("/audits/{id}", tags=["claims"], response_model=dict[str, Any])
def get_audit(request: Request, id: JobId) -> Response:  # noqa: A002
    """The audit as `audit.json` says it."""
    return _file(site_of(request), id, "audit.json")


@router.post("/papers", status_code=201, tags=["papers"])
def post_papers(request: Request, papers: Annotated[list[UploadFile], File()]) -> list[Upload]:
    """Upload papers, to be named by their ids in questions, verifications and audits."""
    return site_of(request).keep_papers([(paper.filename or "", paper.file) for paper in papers])


@router.get("/papers", tags=["papers"])
def get_papers(request: Request) -> list[Upload]:
    """The uploaded papers, the latest first."""
    return site_of(request).store.papers()


# --- replications -----------------------------------------------------------------------------------------


@router.post("/replications", tags=["replications"], response_model=PlanAnswer, responses={202: {"model": JobState}})
def post_replication(request: Request, asked: AskReplication) -> Response:
    """Plan a replication (200), or, with the id of the plan in `confirm`, run it (202)."""
    site = site_of(request)
    given = asked.model_dump(exclude={"confirm"})
    if asked.confirm is not None:
        return _accepted(site, site.replicate(asked.confirm, **given))
    _, plan = site.plan(**given)
    return JSONResponse({"confirm": plan["id"], "plan": plan})


@router.get("/replications/{id}", tags=["replications"], response_model=dict[str, Any])
def get_replication(request: Request, id: JobId) -> Response:  # noqa: A002
    """The verdict of a replication as `verdict.json` says it."""
    return _file(site_of(request), id, "verdict.json")


# --- jobs -------------------------------------------------------------------------------------------------


@router.get("/jobs", tags=["jobs"])
def get_jobs(request: Request, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> list[JobState]:
    """The latest jobs first."""
    site = site_of(request)
    return [_shown(site, job) for job in site.store.jobs(limit=limit)]


@router.get("/jobs/{id}", tags=["jobs"])
def get_job(request: Request, id: JobId) -> JobState:  # noqa: A002
    """How a job stands."""
    site = site_of(request)
    return _shown(site, _found(site.store.job(id), "job"))


@router.delete("/jobs/{id}", tags=["jobs"])
def delete_job(request: Request, id: JobId) -> JobState:  # noqa: A002
    """Cancel a job that waits or runs; 409 for one that has ended."""
    site = site_of(request)
    job = _found(site.store.job(id), "job")
    if job.state in ENDED:
        raise Refused(409, f"the job has ended already: {job.state}")
    return _shown(site, _found(site.runner.cancel(id), "job"))


@router.get("/jobs/{id}/events", tags=["jobs"])
def get_events(
    request: Request,
    id: JobId,  # noqa: A002
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """What a job says, as server-sent events: `stage`, `end`, `say`, `state`, and `ended` as the last."""
    site = site_of(request)
    job = _found(site.store.job(id), "job")
    told = events.stream(site.store, job.id, events.last_seen(last_event_id), lambda: request.app.state.stopping)
    return StreamingResponse(told, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


@router.get("/health", tags=["server"])
def get_health(request: Request) -> Health:
    """That the server is up. Asks for no token, and tells nothing of what it holds."""
    store = site_of(request).store
    waiting, running = store.count("waiting"), store.count("running")
    return Health(status="ok", version=__version__, audits=commands.audits(), waiting=waiting, running=running)


def _file(site: Site, name: str, file: str) -> Response:
    path, kind = _found(site.places.file(name, file), "file; it may not be finished, see its job")
    headers = {"Content-Disposition": f'attachment; filename="{file}"'} if kind.startswith("text/html") else {}
    return FileResponse(path, media_type=kind, headers=headers)
