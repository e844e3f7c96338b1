"""The records of an audit: what a report states, as it states it, and what the audit says to it.

`None` always means that the report does not state it. Claims are numbered from 1 in the order of the report.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from synth.records import AnswerStatus, Evidence, Ids, Notice, Record, Verdict

__all__ = [
    "KINDS",
    "Audit",
    "AuditAnswer",
    "AuditedClaim",
    "Card",
    "CardFacts",
    "Cited",
    "CitedPaper",
    "Finding",
    "FindingKind",
    "HeldPaper",
    "Severity",
    "Stated",
    "StatedClaim",
]  # fmt: skip

FindingKind = Literal[
    "question_not_answered", "contradicted_claim", "true_claim_rejected", "claim_cut", "compound_claim",
    "duplicate_claim", "inconsistent_verdict", "reference_off_topic", "reference_missing", "count_mismatch",
    "circular_verification", "overclaim", "version_mismatch", "retracted_source",
]  # fmt: skip
KINDS: tuple[FindingKind, ...] = (
    "question_not_answered", "retracted_source", "contradicted_claim", "true_claim_rejected", "inconsistent_verdict",
    "circular_verification", "overclaim", "version_mismatch", "reference_missing", "reference_off_topic",
    "count_mismatch", "claim_cut", "compound_claim", "duplicate_claim",
)  # fmt: skip
Severity = Literal["high", "medium", "low"]


# --- what a report states -----------------------------------------------------------------------------


class Stated(Record):
    """Numbers that a report states about itself. `score` is on the scale that the report uses."""

    papers: int | None = None
    claims: int | None = None
    verified: int | None = None
    score: float | None = None


class StatedClaim(Record):
    """A claim as it stands in the report. `sources` are the numbers of the references it points at ("[2]" is 2).

    `cut` says that its end is missing: a limit of characters, or a word broken off.
    """

    index: int
    text: str
    cut: bool
    stated_verified: bool | None
    stated_confidence: float | None
    sources: tuple[int, ...] = ()


class Cited(Record):
    """An entry of the report's reference list. `number` counts from 1; `version` is the arXiv version named ("v2")."""

    number: int
    raw: str
    title: str | None
    year: int | None
    ids: Ids
    version: str | None


class Card(Record):
    """A report as it states itself.

    `form` is "card" in the grammar of the old cards, "report" for anything else. `base` is the title of the paper
    that it says it examines. `repeated` holds counts that are stated more than once with other values, as
    (what, first, then); `notes` say what could not be read.
    """

    form: Literal["card", "report"]
    title: str | None
    question: str | None
    date: str | None
    base: str | None
    stated: Stated
    claims: tuple[StatedClaim, ...]
    references: tuple[Cited, ...]
    repeated: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[str, ...] = ()


# --- what the audit says --------------------------------------------------------------------------------


class Finding(Record):
    """One thing that is wrong. `claim_indexes` are the claims it is about; empty where it is about the whole."""

    kind: FindingKind
    severity: Severity
    message: str
    claim_indexes: tuple[int, ...] = ()


class AuditedClaim(Record):
    """A claim with the audit's verdict. `same_as` is the index of an earlier claim that says the same."""

    index: int
    text: str
    cut: bool
    stated_verified: bool | None
    stated_confidence: float | None
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    same_as: int | None


class AuditAnswer(Record):
    """Whether the report's claims answer its question, and how, by the rule of `synth.answer`."""

    status: AnswerStatus
    text: str


class CardFacts(Record):
    """What identifies the report."""

    title: str | None
    question: str | None
    date: str | None
    stated: Stated


class HeldPaper(Record):
    """A paper at hand that the report names, or that evidence comes from."""

    id: str
    title: str
    version: str | None
    authors: tuple[str, ...]
    year: int | None
    ids: Ids
    url: str | None
    notices: tuple[Notice, ...]


class CitedPaper(Record):
    """A reference of the report and the papers at hand that it names, by id; empty where none is."""

    number: int
    raw: str
    version: str | None
    held: tuple[str, ...]
    base: bool


class Audit(Record):
    """The audit of one report: what `synth audit --json` prints."""

    schema_: Literal["synth/audit/1"] = Field("synth/audit/1", alias="schema")
    file: str
    card: CardFacts
    claims: tuple[AuditedClaim, ...]
    findings: tuple[Finding, ...]
    answer: AuditAnswer
    references: tuple[CitedPaper, ...]
    papers: tuple[HeldPaper, ...]
    notes: tuple[str, ...]

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
