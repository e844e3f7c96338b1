"""The face for people: pages made on the server, with plain forms, that can be read and used without a script."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from starlette.datastructures import FormData, UploadFile

from synth.errors import InputError
from synth.serve import commands
from synth.serve.api import site_of
from synth.serve.guard import SESSION
from synth.serve.results import audited
from synth.serve.show import STATIC, page, policy_of, progress, static
from synth.serve.site import Refused, Site, Uploaded
from synth.serve.store import ENDED, Job
from synth.serve.tokens import Keys

__all__ = ["Filled", "filled", "form_of", "handed", "job_named", "number_in", "router", "show", "to"]

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
NONCE = "synth_form"
PLACES = {"report": "reports", "verify": "verifications", "audit": "audits", "replication": "replications"}


def show(request: Request, template: str, code: int = 200, /, **values: Any) -> HTMLResponse:
    """A page with what every page needs: where we are, the form token, and whether there is a way out."""
    keys: Keys = request.app.state.keys
    nonce = request.cookies.get(NONCE) or secrets.token_urlsafe(18)
    text = page(template, path=request.url.path, form_token=keys.form_token(nonce), locked=keys.asks, **values)
    answer = HTMLResponse(text, code)
    if NONCE not in request.cookies:
        secure = request.url.scheme == "https"
        answer.set_cookie(NONCE, nonce, httponly=True, samesite="strict", secure=secure)
    return answer


async def form_of(request: Request) -> FormData:
    """The form of a request, from a page of this server. Refused (403) where its token is missing or another's."""
    form = await request.form(max_files=25, max_fields=300)
    keys: Keys = request.app.state.keys
    given = form.get("form_token")
    if not keys.is_form_token(request.cookies.get(NONCE, ""), given if isinstance(given, str) else ""):
        raise Refused(403, "the form is out of date or not from here; open its page again and send it once more")
    return form


Filled = Annotated[FormData, Depends(form_of)]


def filled(form: Mapping[str, Any], name: str) -> str:
    """The text of a field, without spaces around it; "" where there is none."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def number_in(form: Mapping[str, Any], name: str) -> int | None:
    """The whole number in a field; None where it is empty. InputError where it is something else."""
    text = filled(form, name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(f"{name.replace('_', ' ')}: {text[:20]!r} is no whole number")
    return int(text)


def _files(form: FormData, name: str) -> list[Uploaded]:
    given = [one for one in form.getlist(name) if isinstance(one, UploadFile) and one.filename]
    return [(cast(str, one.filename), one.file) for one in given]


def _texts(form: FormData, name: str) -> list[str]:
    return [one for one in form.getlist(name) if isinstance(one, str)]


def to(address: str) -> RedirectResponse:
    """The way on after a form was taken."""
    return RedirectResponse(address, 303)


def job_named(site: Site, name: str) -> Job:
    """The job of that id. Refused (404) where there is none."""
    job = site.store.job(name)
    if job is None:
        raise Refused(404, "there is no such job")
    return job


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
            papers=_texts(form, "paper"),
        )
    except InputError as problem:
        return _ask(request, form, str(problem), 400)
    return to(f"/jobs/{job.id}")


# --- claims, cards, papers --------------------------------------------------------------------------------


@router.get("/verify")
def verify(request: Request) -> Response:
    """A field for claims."""
    return _verify(request, {})


def _verify(request: Request, form: Mapping[str, Any], fault: str = "", status: int = 200) -> Response:
    store = site_of(request).store
    return show(
        request, "verify.html.j2", status, fault=fault, form=form, papers=store.papers()[:200],
        jobs=store.jobs("verify", 20),
    )  # fmt: skip


@router.post("/verify")
def post_verify(request: Request, form: Filled) -> Response:
    """Take claims, one on each line."""
    try:
        job = site_of(request).verify(filled(form, "claims").splitlines(), _texts(form, "paper"))
    except InputError as problem:
        return _verify(request, form, str(problem), 400)
    return to(f"/jobs/{job.id}")


@router.get("/verifications/{name}")
def verdicts(request: Request, name: str) -> Response:
    """The verdicts of a verification."""
    from synth.records import Claim
    from synth.render.claims import claim_views

    site = site_of(request)
    job, found = job_named(site, name), site.verdicts(name)
    if found is None:
        return to(f"/jobs/{job.id}")
    claims = claim_views([Claim.model_validate(one) for one in found], ())
    return show(request, "verdicts.html.j2", job=job, claims=claims, files=site.places.exports(name))


@router.get("/audits")
def audits(request: Request) -> Response:
    """A form for a card with its papers, and the audits so far."""
    return _audits(request)


def _audits(request: Request, fault: str = "", status: int = 200) -> Response:
    store = site_of(request).store
    return show(
        request, "audits.html.j2", status, fault=fault, able=commands.audits(), papers=store.papers()[:200],
        jobs=store.jobs("audit", 20),
    )  # fmt: skip


@router.post("/audits")
def post_audit(request: Request, form: Filled) -> Response:
    """Take a card."""
    card = _files(form, "card")
    try:
        if not card:
            raise InputError("card: choose the file of the card or report to be audited")
        job = site_of(request).audit(card[0], _files(form, "papers"), _texts(form, "paper"))
    except InputError as problem:
        return _audits(request, str(problem), 400)
    return to(f"/jobs/{job.id}")


@router.get("/audits/{name}")
def audit(request: Request, name: str) -> Response:
    """What an audit found."""
    site = site_of(request)
    job, found = job_named(site, name), site.result(name, "audit.json")
    if found is None:
        return to(f"/jobs/{job.id}")
    return show(request, "audit.html.j2", job=job, audit=audited(found), files=site.places.exports(name))


@router.get("/papers")
def papers(request: Request) -> Response:
    """The uploaded papers, and a form for more."""
    return _papers(request)


def _papers(request: Request, fault: str = "", status: int = 200) -> Response:
    return show(request, "papers.html.j2", status, fault=fault, papers=site_of(request).store.papers())


@router.post("/papers")
def post_papers(request: Request, form: Filled) -> Response:
    """Take papers."""
    given = _files(form, "papers")
    try:
        if not given:
            raise InputError("papers: choose one file or more")
        site_of(request).keep_papers(given)
    except InputError as problem:
        return _papers(request, str(problem), 400)
    return to("/papers")


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


def handed(site: Site, name: str, file: str) -> Response:
    """A file of a result. A page of its own brings the policy that it was made with, and may not be framed."""
    found = site.places.file(name, file)
    if found is None:
        raise Refused(404, "there is no such file")
    path, kind = found
    if not kind.startswith("text/html"):
        return FileResponse(path, media_type=kind)
    content = path.read_bytes()
    policy = policy_of(content)
    if policy is None:
        return Response(content, media_type="text/plain; charset=utf-8")
    headers = {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'"}
    return Response(content, media_type=kind, headers=headers)


@router.get("/audits/{name}/{file}")
@router.get("/replications/{name}/{file}")
@router.get("/verifications/{name}/{file}")
def export(request: Request, name: str, file: str) -> Response:
    """A file of a result."""
    return handed(site_of(request), name, file)
