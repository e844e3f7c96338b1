"""The face for people: pages made on the server, with plain forms, that can be read and used without a script.

The way in, the first page, and the jobs; the other rooms are `judging`, `reading` and `replicating`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from synth.errors import InputError
from synth.serve.forms import Filled, filled, job_named, number_in, show, site_of, texts_in, to
from synth.serve.guard import SESSION
from synth.serve.show import STATIC, progress, static
from synth.serve.site import Refused
from synth.serve.store import ENDED
from synth.serve.tokens import Keys

__all__ = ["router"]

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
PLACES = {"report": "reports", "verify": "verifications", "audit": "audits", "replication": "replications"}


# --- ask --------------------------------------------------------------------------------------------------


@router.get("/")
def ask(request: Request) -> Response:
    """The first page: one field, what runs, and the latest reports."""
    return _ask(request, {})


def _ask(request: Request, form: Mapping[str, Any], fault: str = "", status: int = 200) -> Response:
    site = site_of(request)
    reports, total = site.reports(limit=8)
    return show(
        request, "ask.html.j2", status, fault=fault, form=form, offline=site.offline, reports=reports, total=total,
        papers=site.store.papers()[:200], jobs=[job for job in site.store.jobs() if job.state not in ENDED],
    )  # fmt: skip


@router.post("/reports")
def post_report(request: Request, form: Filled) -> Response:
    """Take a question."""
    try:
        job = site_of(request).ask(
            filled(form, "question"),
            offline=bool(filled(form, "offline")),
            max_papers=number_in(form, "max_papers") or 20,
            since=number_in(form, "since"),
            budget=number_in(form, "budget"),
            papers=texts_in(form, "paper"),
        )
    except InputError as problem:
        return _ask(request, form, str(problem), 400)
    return to(f"/jobs/{job.id}")


# --- jobs -------------------------------------------------------------------------------------------------


@router.get("/jobs")
def jobs(request: Request) -> Response:
    """The latest jobs."""
    return show(request, "jobs.html.j2", jobs=site_of(request).store.jobs(limit=100), places=PLACES)


@router.get("/jobs/{name}")
def job(request: Request, name: str) -> Response:
    """One job, followed while it runs."""
    site = site_of(request)
    found = job_named(site, name)
    told = progress(found, site.store.events(name, limit=10_000))
    result = f"/{PLACES[found.kind]}/{name}" if site.places.finished(name) else ""
    back = site.claim_of(found)
    return show(request, "job.html.j2", job=found, told=told, ahead=site.store.ahead(found), result=result, back=back)


@router.post("/jobs/{name}/cancel")
def cancel(request: Request, name: str, form: Filled) -> Response:  # noqa: ARG001 (the form's token is what counts)
    """Cancel a job."""
    site = site_of(request)
    site.runner.cancel(job_named(site, name).id)
    return to(f"/jobs/{name}")


# --- coming in, style and script ----------------------------------------------------------------------------


@router.get("/enter")
def enter(request: Request) -> Response:
    """A field for the token."""
    return show(request, "enter.html.j2", fault="")


@router.post("/enter")
async def post_enter(request: Request, form: Filled) -> Response:
    """Take the token, and give the cookie that stands for it."""
    keys: Keys = request.app.state.keys
    if not keys.is_token(filled(form, "token")):
        await asyncio.sleep(0.5)  # trying many takes long, and keeps nobody else waiting
        return show(request, "enter.html.j2", 401, fault="that is not the token; the server printed it when it started")
    answer = to("/")
    secure = request.url.scheme == "https"
    answer.set_cookie(SESSION, keys.session, httponly=True, samesite="strict", secure=secure)
    return answer


@router.post("/leave")
def leave(request: Request, form: Filled) -> Response:  # noqa: ARG001 (the form's token is what counts)
    """Take the cookie back."""
    answer = to("/enter")
    answer.delete_cookie(SESSION)
    return answer


@router.get("/static/{name}")
def get_static(request: Request, name: str) -> Response:
    """The style or the script."""
    if name not in STATIC:
        raise Refused(404, "there is no such file")
    content, version = static(name)
    if request.headers.get("if-none-match") == f'"{version}"':
        return Response(status_code=304, headers={"ETag": f'"{version}"'})
    return Response(content, media_type=STATIC[name], headers={"ETag": f'"{version}"'})
