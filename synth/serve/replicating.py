"""The pages of replications: what can be tested, the plan with its cost, and, when it is confirmed, the run."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from synth.flags import Flag, Tier
from synth.laid import HISTORY
from synth.render.display import clean
from synth.serve import commands
from synth.serve.forms import Filled, filled, handed, job_named, number_in, show, site_of, to
from synth.serve.results import measured
from synth.serve.site import Refused, Site
from synth.serve.store import Job

__all__ = ["Done", "Tests", "Way", "router", "tests"]

_T = TypeVar("_T")

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class Way(NamedTuple):
    """One way to test a claim. `here`: this machine can; `note` says what its result cannot speak of, "" where it can.

    `job` is the run of the same claim and experiment that waits or goes on already.
    """

    claim: str
    experiment: str
    preset: str
    cost: str
    speaks: bool
    here: bool
    note: str
    plan: str
    job: Job | None


def _note(tier: Tier) -> str:
    """What a result of the tier cannot speak of, as a sentence; "" where it speaks of the claim."""
    why = clean(tier.why_not or "")
    if not why:
        return ""
    return f"The tier {clean(tier.name)} speaks {why}." if why.startswith("of ") else f"{why[0].upper()}{why[1:]}."


class Done(NamedTuple):
    """A run that was taken up into a report, with the day on which it was."""

    date: str
    experiment: str
    preset: str


class Tests(NamedTuple):
    """What the manifest of a report tells of experiments, by claim: the ways there are, and the runs taken up so far.

    `settled` are the claims that counting or arithmetic settled.
    """

    ways: dict[str, tuple[Way, ...]]
    runs: dict[str, tuple[Done, ...]]
    settled: frozenset[str]


def tests(site: Site, name: str) -> Tests:
    """The experiments on the claims of a report, as its manifest keeps them; what it keeps of another shape is left."""
    manifest = site.result(name, "manifest.json") or {}
    open_ = site.replicating(name)
    found: dict[str, list[Way]] = {}
    settled = set()
    for one in _rows(manifest, "flags"):
        try:
            flag = Flag.model_validate(one)
        except ValidationError:
            continue  # the page of the effects still tells what can be tested
        found.setdefault(flag.claim_id, []).extend(_ways(name, flag, open_.get((flag.claim_id, flag.experiment))))
        settled |= {flag.claim_id} if flag.settled else set()
    runs: dict[str, list[Done]] = {}
    for one in _rows(manifest, HISTORY):
        line = one.get("line")
        if isinstance(line, dict):
            said = Done(*(clean(str(part)) for part in (one.get("date"), line.get("experiment"), line.get("preset"))))
            runs.setdefault(str(line.get("claim_id")), []).append(said)
    return Tests(_frozen(found), _frozen(runs), frozenset(settled))


def _rows(manifest: dict[str, Any], name: str) -> list[dict[str, Any]]:
    kept = manifest.get(name)
    return [one for one in kept if isinstance(one, dict)] if isinstance(kept, list) else []


def _frozen(found: dict[str, list[_T]]) -> dict[str, tuple[_T, ...]]:
    return {claim: tuple(own) for claim, own in found.items()}


def _ways(name: str, flag: Flag, job: Job | None) -> list[Way]:
    made = []
    for tier in flag.tiers:
        if not tier.cost or (flag.settled and tier.name == "check"):
            continue  # it cannot be planned, or its counts were compared when the report was made
        preset = "paper" if tier.name == "check" else tier.name
        asked = {"report": name, "claim": flag.claim_id, "experiment": flag.experiment, "preset": preset}
        made.append(
            Way(
                claim=flag.claim_id, experiment=clean(flag.experiment), preset=preset,
                cost=clean(tier.brief or tier.cost), speaks=tier.speaks, here=tier.here,
                note=_note(tier),
                plan=f"/replications/plan?{urlencode(asked)}", job=job,
            )
        )  # fmt: skip
    return made


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
    made, known = commands.effects(report, site.places), tests(site, report).ways
    for one in made:
        one["ways"] = [way for way in known.get(one["claim_id"], ()) if way.experiment == one["experiment"]]
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
    """Run a replication whose plan was shown; with `now`, one that costs little, else its plan is shown first."""
    asked: dict[str, Any] = {name: filled(form, name) or None for name in ("report", "claim", "experiment")}
    asked |= {"preset": filled(form, "preset"), "seeds": number_in(form, "seeds")}
    site = site_of(request)
    if not filled(form, "now"):
        return to(f"/jobs/{site.replicate(filled(form, 'confirm'), **asked).id}")
    job = site.replicate_at_once(**asked)
    if job is None:
        return to("/replications/plan?" + urlencode({name: value for name, value in asked.items() if value}))
    return to(f"/jobs/{job.id}")


@router.get("/replications/{name}")
def replication(request: Request, name: str) -> Response:
    """The verdict of a replication: first what it says of the paper's claim, then what it measured."""
    site = site_of(request)
    job, found = job_named(site, name), site.result(name, "verdict.json")
    if found is None:
        return to(f"/jobs/{job.id}")
    back = site.claim_of(job)
    files = site.places.exports(name)
    return show(request, "replication.html.j2", job=job, shown=measured(found), back=back, files=files)


@router.get("/replications/{name}/{file}")
def export(request: Request, name: str, file: str) -> Response:
    """A file of a replication."""
    return handed(site_of(request), name, file)
