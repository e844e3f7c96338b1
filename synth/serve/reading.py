"""The pages of reports: the list, one report, two side by side, and a quote beside the page of its paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from synth.errors import InputError
from synth.records import Report
from synth.serve import compare as comparing
from synth.serve import evidence
from synth.serve.forms import handed, show, site_of
from synth.serve.replicating import tests
from synth.serve.site import Refused, Site

__all__ = ["router"]

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
_PAGE = 30  # reports on a page of the list


def _report(site: Site, name: str) -> Report:
    found = site.report(name)
    if found is None:
        raise Refused(404, "there is no such report")
    return found


@router.get("/reports")
def reports(
    request: Request,
    q: Annotated[str, Query(max_length=500)] = "",
    skip: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """The reports that hold the words, or all."""
    found, total = site_of(request).reports(q, _PAGE, skip)
    after = skip + _PAGE if skip + _PAGE < total else None
    return show(
        request, "reports.html.j2", reports=found, total=total, query=q, skip=skip, after=after,
        before=max(0, skip - _PAGE) if skip else None,
    )  # fmt: skip


@router.get("/reports/{name}")
def read(request: Request, name: str) -> Response:
    """One report."""
    site = site_of(request)
    shown = site.viewed(name)
    if shown is None:
        if site.store.job(name) is not None:
            return RedirectResponse(f"/jobs/{name}", 303)
        raise Refused(404, "there is no such report")
    return show(
        request, "read.html.j2", name=name, view=shown, files=site.places.exports(name), tests=tests(site, name)
    )


@router.get("/compare")
def compare(request: Request, r: Annotated[list[str] | None, Query(max_length=10)] = None) -> Response:
    """Two reports side by side."""
    chosen: Sequence[str] = r or []
    if len(chosen) != 2:
        raise InputError("compare: choose two reports in the list, and two only")
    site = site_of(request)
    left, right = (_report(site, name) for name in chosen)
    return show(request, "compare.html.j2", names=chosen, made=comparing.compare(left, right))


@router.get("/reports/{name}/claims/{number}")
def beside(
    request: Request,
    name: str,
    number: int,
    quote: Annotated[int, Query(ge=0, le=1000)] = 0,
    page: Annotated[int | None, Query(ge=1, le=10_000)] = None,
) -> Response:
    """A quote of a claim beside the page of its paper, or in the text it stands in."""
    site = site_of(request)
    report = _report(site, name)
    shown, place = site.viewed(name), _place(report, number, quote)
    assert shown is not None
    claim = shown.claims[number - 1]
    upload = evidence.upload_of(place.paper_id, report, site.store.papers())
    drawn, fault = None, ""
    if upload is not None and upload.suffix == ".pdf":
        try:
            drawn = evidence.drawn(upload, page or place.page, [place.quote], site.places)
        except InputError as problem:
            fault = str(problem)
    around = None if drawn is not None else evidence.surroundings(place, upload, site.places)
    return show(
        request, "beside.html.j2", name=name, claim=claim, chosen=quote, question=shown.question,
        quotes=(claim.source, *claim.evidence), place=place, upload=upload, drawn=drawn, fault=fault, around=around,
    )  # fmt: skip


@router.get("/reports/{name}/claims/{number}/page.png")
def picture(
    request: Request,
    name: str,
    number: int,
    quote: Annotated[int, Query(ge=0, le=1000)] = 0,
    page: Annotated[int | None, Query(ge=1, le=10_000)] = None,
) -> Response:
    """The page as a picture, the quote marked."""
    site = site_of(request)
    report = _report(site, name)
    place = _place(report, number, quote)
    upload = evidence.upload_of(place.paper_id, report, site.store.papers())
    if upload is None or upload.suffix != ".pdf":
        raise Refused(404, "no PDF of this paper was uploaded")
    made = evidence.drawn(upload, page or place.page, [place.quote], site.places)
    return Response(made.png, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/reports/{name}/{file}")
def export(request: Request, name: str, file: str) -> Response:
    """A file of the report."""
    return handed(site_of(request), name, file)


def _place(report: Report, number: int, quote: int) -> evidence.Place:
    if not 1 <= number <= len(report.claims):
        raise Refused(404, "the report has no such claim")
    places = evidence.places_of(report.claims[number - 1])
    if quote >= len(places):
        raise Refused(404, "the claim has no such quote")
    return places[quote]
