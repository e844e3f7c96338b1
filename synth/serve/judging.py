"""The pages of what is held against papers, claims and cards, and of the papers that people upload for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from synth.errors import InputError
from synth.serve import commands
from synth.serve.forms import Filled, files_in, filled, handed, job_named, show, site_of, texts_in, to
from synth.serve.results import audited

__all__ = ["router"]

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


# --- claims -----------------------------------------------------------------------------------------------


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
        job = site_of(request).verify(filled(form, "claims").splitlines(), texts_in(form, "paper"))
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


# --- cards ---------------------------------------------------------------------------------------------------


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
    card = files_in(form, "card")
    try:
        if not card:
            raise InputError("card: choose the file of the card or report to be audited")
        job = site_of(request).audit(card[0], files_in(form, "papers"), texts_in(form, "paper"))
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


# --- papers --------------------------------------------------------------------------------------------------


@router.get("/papers")
def papers(request: Request) -> Response:
    """The uploaded papers, and a form for more."""
    return _papers(request)


def _papers(request: Request, fault: str = "", status: int = 200) -> Response:
    return show(request, "papers.html.j2", status, fault=fault, papers=site_of(request).store.papers())


@router.post("/papers")
def post_papers(request: Request, form: Filled) -> Response:
    """Take papers."""
    given = files_in(form, "papers")
    try:
        if not given:
            raise InputError("papers: choose one file or more")
        site_of(request).keep_papers(given)
    except InputError as problem:
        return _papers(request, str(problem), 400)
    return to("/papers")


# --- files of results ----------------------------------------------------------------------------------------


@router.get("/audits/{name}/{file}")
@router.get("/verifications/{name}/{file}")
def export(request: Request, name: str, file: str) -> Response:
    """A file of an audit or a verification."""
    return handed(site_of(request), name, file)
