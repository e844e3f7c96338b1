"""What programs send and are given over HTTP, as shapes that OpenAPI describes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from synth.serve.store import Listed

__all__ = ["AskReplication", "AskReport", "AskVerify", "Health", "JobState", "PlanAnswer", "Reports"]

Kept = Annotated[list[str], Field(description="Ids of uploaded papers; empty: the libraries.", max_length=200)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AskReport(_Asked):
    """A research question, and how far to go for its answer."""

    question: str = Field(examples=["Does intermediate training help zero-shot transfer?"])
    offline: bool = Field(False, description="Ask no source over the network.")
    max_papers: int = Field(20, description="Include at most so many papers.")
    since: int | None = Field(None, description="Only papers from this year on.")
    budget: float | None = Field(None, description="Seconds after which what is done is written.")
    papers: Kept = []


class AskVerify(_Asked):
    """Claims to be held against papers."""

    claims: list[str] = Field(examples=[["HellaSwag lifts XTREME by 7.0 points over XLM-R Large."]])
    papers: Kept = []


class AskReplication(_Asked):
    """An experiment, by name or by the claim of a report. Without `confirm` it is planned and nothing is run."""

    report: str | None = None
    claim: str | None = None
    experiment: str | None = None
    preset: str = "micro"
    seeds: int | None = None
    confirm: str | None = Field(None, description="The id of the plan that may be run.")


class JobState(BaseModel):
    """A job as it stands. `ahead` counts the jobs that wait before it; `result` names where its result is found."""

    id: str
    kind: str
    title: str
    state: str
    reason: str | None
    attempts: int
    submitted: str
    started: str | None
    ended: str | None
    ahead: int
    result: str | None
    files: list[str]


class Reports(BaseModel):
    """A page of the list; `total` is how many there are in all."""

    total: int
    reports: list[Listed]


class PlanAnswer(BaseModel):
    """A plan that was made and not run: what it does and costs; `confirm` is what to send to run it."""

    confirm: str
    plan: dict[str, Any]


class Health(BaseModel):
    """That the server is up, and what it can do."""

    status: str
    version: str
    audits: bool
    waiting: int
    running: int
