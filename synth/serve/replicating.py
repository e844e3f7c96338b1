"""The pages of replications: what can be tested, the plan with its cost, and, when it is confirmed, the run."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from synth.serve import commands
from synth.serve.api import site_of
from synth.serve.pages import Filled, filled, job_named, number_in, show, to
from synth.serve.site import Refused

__all__ = ["router"]

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/replications")
def replications(request: Request) -> Response:
    """The replications so far, and a form for another."""
    site = site_of(request)
    jobs, made = site.store.jobs("replication", 50), site.reports()[0]
    return show(request, "replications.html.j2", jobs=jobs, reports=made)


@router.get("/replications/effects")
def effects(request: Request, report: Annotated[str, Query(max_length=40)]) -> Response:
    """The claims of a report that an experiment can test."""
    site = site_of(request)
    found = site.report(report)
    if found is None:
        raise Refused(404, "there is no such report")
    made = commands.effects(report, site.places)
    return show(request, "effects.html.j2", name=report, question=found.question, effects=made)


@router.get("/replications/plan")
def plan(
    request: Request,
    report: Annotated[str, Query(max_length=40)] = "",
    claim: Annotated[str, Query(max_length=40)] = "",
    experiment: Annotated[str, Query(max_length=80)] = "",
    preset: Annotated[str, Query(max_length=20)] = "micro",
    seeds: Annotated[str, Query(max_length=4)] = "",
) -> Response:
    """What a replication would do and cost, before anything is run."""
    asked = {
        "report": report.strip() or None,
        "claim": claim.strip() or None,
        "experiment": experiment.strip() or None,
        "preset": preset,
        "seeds": number_in({"seeds": seeds}, "seeds"),
    }
    request_, made = site_of(request).plan(**asked)
    return show(request, "plan.html.j2", asked=request_, plan=made)


@router.post("/replications")
def post_replication(request: Request, form: Filled) -> Response:
    """Run a replication whose plan was shown."""
    asked = {name: filled(form, name) or None for name in ("report", "claim", "experiment")}
    job = site_of(request).replicate(
        filled(form, "confirm"), **asked, preset=filled(form, "preset"), seeds=number_in(form, "seeds")
    )
    return to(f"/jobs/{job.id}")


@router.get("/replications/{name}")
def replication(request: Request, name: str) -> Response:
    """The verdict of a replication."""
    site = site_of(request)
    job, found = job_named(site, name), site.result(name, "verdict.json")
    if found is None:
        return to(f"/jobs/{job.id}")
    return show(request, "replication.html.j2", job=job, verdict=found, files=site.places.exports(name))
