"""The records: frozen, pure values that the arrows hand on. Their names are the words of the interface.

Chain of one report (each arrow is one module):
    Question -> Query -> Paper (+ Coverage) -> ReadPaper (Passage, Table) -> Claim -> Evidence -> Verdict
    -> Answer -> Review -> Report

`None` has one written meaning per field; an empty tuple means "looked and found none".
Offsets are Python character offsets into `ReadPaper.text`; pages count from 1.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "Agreement", "Answer", "AnswerStatus", "Bearing", "Check", "CheckKind", "CheckOutcome", "Claim", "ClaimKind",
    "Conflict", "Coverage", "CoverageOutcome", "Dimension", "Entity", "EntityKind", "Evidence", "Facet", "Ids",
    "MeasuredEffect", "Notice", "Paper", "Passage", "Quantity", "Query", "Question", "Rating", "ReadPaper", "Record",
    "Reference", "Replication", "ReplicationStatus", "Report", "ReportPaper", "Review", "Reviewer", "ReviewerOutcome",
    "Scores", "Screening", "Section", "SkippedPaper", "SourceSpan", "Stance", "Table", "Tier", "Verdict",
    "VerdictLabel", "Window", "content_id",
]  # fmt: skip

Tier = Literal["abstract", "digest", "html", "pdf", "xml", "latex"]
CoverageOutcome = Literal["found", "empty", "failed", "skipped"]
AnswerStatus = Literal["answered", "partly_answered", "contested", "not_studied", "no_evidence", "not_checked"]
VerdictLabel = Literal["supported", "refuted", "conflicting", "not_enough_evidence", "not_checked"]
Stance = Literal["supports", "refutes", "neutral"]
ClaimKind = Literal["numeric", "comparative", "method", "dataset", "descriptive"]
CheckKind = Literal["number", "direction", "entity", "scope", "arithmetic", "version"]
CheckOutcome = Literal["match", "mismatch", "missing"]
EntityKind = Literal["dataset", "model", "task", "language", "method", "metric", "term"]
ReplicationStatus = Literal[
    "replicated", "replicated_different_size", "not_replicated", "inconclusive", "not_run", "not_replicable"
]
ReviewerOutcome = Literal["rated", "abstained", "failed"]


def content_id(prefix: str, *parts: Any) -> str:
    """A short, stable id made from the content: `prefix-` and ten hexadecimal digits.

    The same parts give the same id on every machine; parts must be JSON values.
    """
    canonical = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{prefix}-{hashlib.sha256(canonical.encode()).hexdigest()[:10]}"


class Record(BaseModel):
    """Base of all records: immutable, closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- the question -----------------------------------------------------------------------------------


class Entity(Record):
    """A thing with a name: a data set, model, task, language, method, metric, or another key term.

    `forms` are all spellings that count as the same thing, the canonical one first.
    `near` are forms that come close without being the same: evidence on them answers in part at best.
    """

    name: str
    kind: EntityKind
    forms: tuple[str, ...]
    near: tuple[str, ...] = ()


class Facet(Record):
    """One side of the question that a direct answer must speak of: a group of forms, any of which counts.

    `required` facets decide whether the question was studied; the others only help ranking.
    """

    name: str
    kind: EntityKind
    forms: tuple[str, ...]
    near: tuple[str, ...] = ()
    required: bool
    weight: float


class Question(Record):
    """A research question and its facets."""

    text: str
    entities: tuple[Entity, ...]
    facets: tuple[Facet, ...]


class Query(Record):
    """What is sent to a source: `text` in plain words, `groups` as AND of ORs for sources with a syntax."""

    text: str
    groups: tuple[tuple[str, ...], ...] = ()
    since: int | None = None


# --- papers ----------------------------------------------------------------------------------------


class Ids(Record):
    """Identifiers without prefix or host: arxiv "2005.13013" (no version), doi in lower case."""

    arxiv: str | None = None
    doi: str | None = None
    acl: str | None = None
    openalex: str | None = None
    s2: str | None = None


class Notice(Record):
    """A public notice about a paper. `date` is ISO or None where the source gives none."""

    kind: Literal["retraction", "withdrawal", "concern", "erratum"]
    date: str | None
    source: str


class Paper(Record):
    """One version of one paper as a source describes it. `abstract` is None where the source has none.

    `id` is unique within a run: the id of a local JSONL line as given, else `arxiv:2005.13013`,
    `acl:...`, `doi:...`, `openalex:...`, `s2:...`, or `file:<ten hex of the content>`.
    `version` is "v2" for arXiv, else None (unknown or a single version); `versions` are all known ones.
    `source` is the name of the source that gave it; `location` a local path when the text lies on disk.
    """

    id: str
    title: str
    authors: tuple[str, ...]
    year: int | None
    ids: Ids
    abstract: str | None
    venue: str | None = None
    url: str | None = None
    version: str | None = None
    versions: tuple[str, ...] = ()
    tier: Tier = "abstract"
    notices: tuple[Notice, ...] = ()
    source: str
    location: str | None = None


class Section(Record):
    """A heading with its text as offsets into `ReadPaper.text`. `page` is None where there are no pages."""

    heading: str
    page: int | None
    start: int
    end: int


class Table(Record):
    """A table with rectangular rows: every row has `len(columns)` cells, empty cells are "".

    Multi-row headers are joined with " / ". `label` is "Table 2" where the paper gives one.
    """

    label: str | None
    caption: str
    page: int | None
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @model_validator(mode="after")
    def _rectangular(self) -> Table:
        for i, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise ValueError(f"row {i} has {len(row)} cells, the header has {len(self.columns)}")
        return self


class Reference(Record):
    """An entry of the reference list. `title` and `year` are None where they could not be told apart."""

    raw: str
    title: str | None
    year: int | None
    ids: Ids = Ids()


class ReadPaper(Record):
    """The stored text of one paper version: what every quote is held against.

    `text` is the whole text; `sections` cover it in order; `page_starts[i]` is the offset where page
    i+1 begins (empty where there are no pages). `notes` say what could not be read.
    """

    paper: Paper
    tier: Tier
    text: str
    sections: tuple[Section, ...]
    page_starts: tuple[int, ...] = ()
    tables: tuple[Table, ...] = ()
    references: tuple[Reference, ...] = ()
    notes: tuple[str, ...] = ()

    def page_at(self, offset: int) -> int | None:
        """The page (from 1) on which the character at `offset` stands; None where there are no pages."""
        if not self.page_starts:
            return None
        return max(1, sum(1 for start in self.page_starts if start <= offset))

    def section_at(self, offset: int) -> Section | None:
        """The last section that starts at or before `offset`."""
        found = None
        for section in self.sections:
            if section.start > offset:
                break
            found = section
        return found


class Passage(Record):
    """One sentence of a paper with its place. `text` is `ReadPaper.text[start:end]`, untouched."""

    paper_id: str
    version: str | None
    tier: Tier
    section: str
    page: int | None
    start: int
    end: int
    text: str


class Scores(Record):
    """What a stance model says of a text and a claim: log-odds of supports and of refutes against neutral.

    Not calibrated: a softmax of (supports, refutes, 0) orders texts but is no probability of being right.
    """

    supports: float
    refutes: float


class Bearing(Record):
    """A passage that may bear on a claim; `similarity` is the cosine of the two texts (-1 to 1).

    `context` is its paper's title and the sentence before it. `same` is True for the very sentence the claim was
    taken from; `independent` is False for the claim's own paper. `scores` is the stance model's word on this
    sentence within its window; None where it was not read.
    """

    passage: Passage
    context: str
    similarity: float
    independent: bool
    same: bool
    scores: Scores | None = None


class Window(Record):
    """Sentences of one paper version that a claim was read against together, in the order of the paper.

    `scores` is the stance model's word on all of them; None where no model read them.
    """

    title: str
    bearings: tuple[Bearing, ...]
    scores: Scores | None


class SkippedPaper(Record):
    """A paper or file that could not be read: what and why, in one line."""

    name: str
    reason: str


class Coverage(Record):
    """What became of asking one source one query. `count` is None unless the outcome is found or empty."""

    source: str
    query: str
    outcome: CoverageOutcome
    count: int | None
    reason: str | None

    @property
    def searched(self) -> bool:
        """Whether this is the search of a source, and not notices looked up or full texts asked for."""
        return not self.source.startswith(("notices", "full texts"))


class Screening(Record):
    """The PRISMA flow. identified - duplicates = screened; screened - excluded = included."""

    identified: int
    duplicates: int
    screened: int
    excluded: int
    included: int

    @model_validator(mode="after")
    def _sums_close(self) -> Screening:
        if self.identified - self.duplicates != self.screened or self.screened - self.excluded != self.included:
            raise ValueError(f"the screening sums do not close: {self.model_dump()}")
        return self


# --- claims and verdicts ---------------------------------------------------------------------------


class Quantity(Record):
    """A number with its meaning. `value` is in `unit`; a field is None where the sentence does not say it.

    `direction` is "up", "down" or "none" (an explicit lack of change); `average` is what the number is an average over
    ("nine tasks").
    """

    metric: str | None = None
    value: float
    unit: str | None = None
    direction: Literal["up", "down", "none"] | None = None
    baseline: str | None = None
    dataset: str | None = None
    split: str | None = None
    language: str | None = None
    model: str | None = None
    n: int | None = None
    average: str | None = None


class SourceSpan(Record):
    """Where a claim's quote stands. `before` and `after` are the sentences around it in its section: "" where none
    stands there, None where they were not kept."""

    paper_id: str
    version: str | None
    section: str | None
    page: int | None
    start: int
    end: int
    before: str | None = None
    after: str | None = None


class Check(Record):
    """One comparison between claim and evidence. `found` is None when nothing comparable was found."""

    kind: CheckKind
    claimed: str
    found: str | None
    outcome: CheckOutcome


class Verdict(Record):
    """`score` in [-1, 1] is raw (below 0 speaks against); None when not checked.

    `confidence` is None unless a calibrator fitted on labelled claims produced it.
    """

    label: VerdictLabel
    score: float | None
    confidence: float | None
    reason: str
    checks: tuple[Check, ...] = ()


class Evidence(Record):
    """A verbatim quote that bears on a claim. `independent` is False for the claim's own paper.

    `before` and `after` are the sentences around the quote in its section, so that it can be read in its
    surroundings: "" where none stands there, None where they were not kept (cells of tables, older reports).
    """

    paper_id: str
    version: str | None
    tier: Tier
    section: str | None
    page: int | None
    table: str | None
    cell: tuple[int, int] | None
    quote: str
    stance: Stance
    independent: bool
    score: float
    before: str | None = None
    after: str | None = None


class MeasuredEffect(Record):
    """The effect of a claim as one run measured it, in `unit`; `stated` is the paper's own figure, where it has one.

    `low` and `high` bound the interval at `level`; None where the run gives none.
    """

    experiment: str
    preset: str
    unit: str
    estimate: float
    low: float | None
    high: float | None
    level: float | None
    stated: float | None


class Replication(Record):
    """What an experiment said of the claim. Other statuses than not_run and not_replicable need measurements.

    `effects` are what the runs that speak of the claim measured, for the figure of effects.
    """

    status: ReplicationStatus
    reason: str
    command: str | None
    measurement_ids: tuple[str, ...] = ()
    effects: tuple[MeasuredEffect, ...] = ()

    @model_validator(mode="after")
    def _measured(self) -> Replication:
        if self.status not in ("not_run", "not_replicable") and not self.measurement_ids:
            raise ValueError(f"replication status {self.status!r} names no measurements")
        if self.effects and not self.measurement_ids:
            raise ValueError("measured effects without measurements")
        return self


class Claim(Record):
    """A checkable statement, whole and in the third person, with the verbatim `quote` it comes from.

    `also` are other places that say the same, of this paper or of others: a claim made twice is one claim.
    """

    id: str
    statement: str
    quote: str
    source: SourceSpan
    kind: ClaimKind
    quantity: Quantity | None
    parent_id: str | None
    verdict: Verdict
    evidence: tuple[Evidence, ...] = ()
    replication: Replication
    also: tuple[SourceSpan, ...] = ()


class Agreement(Record):
    """Claims that say the same of the same thing."""

    claim_ids: tuple[str, ...]
    about: str
    reason: str


class Conflict(Record):
    """Claims that cannot both hold as worded; a scope mismatch names in `fields` what differs ("data set", "split",
    "metric", "model", "language", "average", "version", "method", "task", "name"). One claim alone is at odds with a
    quote in its evidence.
    """

    claim_ids: tuple[str, ...]
    about: str
    kind: Literal["true_conflict", "scope_mismatch"]
    reason: str
    fields: tuple[str, ...] = ()


# --- answer, review, report -------------------------------------------------------------------------


class Answer(Record):
    """Two to four sentences, each resting on named claims, with a status told by a written rule."""

    status: AnswerStatus
    text: str
    claim_ids: tuple[str, ...]
    next_experiment: str | None


class Dimension(Record):
    """One dimension of the review. `score` is 0-10, or None where the inputs allow no score."""

    name: str
    score: float | None
    rule: str
    inputs: dict[str, float | int | str | None]


class Rating(Record):
    """What a reviewer gave one dimension: `score` (0-10) with a verbatim `quote` of the report that shows why, and the
    `place` where it stands ("claim 3, quote"). All three are None where it abstained; then `reason` says why."""

    dimension: str
    score: float | None
    quote: str | None
    place: str | None
    reason: str | None

    @model_validator(mode="after")
    def _quoted(self) -> Rating:
        if len({self.score is None, self.quote is None, self.place is None, self.reason is not None}) > 1:
            raise ValueError(f"a rating of {self.dimension!r} has a score, a quote and a place, or a reason for none")
        return self


class Reviewer(Record):
    """A reviewer with a mandate; `notes` are the findings. A reviewer by the printed rules has no `ratings`.

    A language model rates every dimension: its `outcome` is abstained where none of its ratings holds, and failed
    where it gave no usable reply; the notes say why.
    """

    name: str
    mandate: str
    score: float | None
    notes: tuple[str, ...]
    outcome: ReviewerOutcome = "rated"
    ratings: tuple[Rating, ...] = ()


class Review(Record):
    """`score` (0-10) is the mean of the scored dimensions; `agreement` the spread of the reviewers (max - min).

    `alpha` is Krippendorff's (interval) over the dimensions, between the printed rules and every reviewer that rates;
    None where it is undefined: nobody rates beside the rules, or nothing varies.
    """

    score: float | None
    dimensions: tuple[Dimension, ...]
    reviewers: tuple[Reviewer, ...]
    agreement: float | None
    alpha: float | None = None


class ReportPaper(Record):
    """A screened paper as the report lists it, with why it was kept or dropped.

    `relevance` in [0, 1] is a raw score. `read_tier` of an excluded paper is the tier it was screened by.
    """

    id: str
    title: str
    authors: tuple[str, ...]
    year: int | None
    venue: str | None
    url: str | None
    ids: Ids
    version: str | None
    versions: tuple[str, ...]
    tier: Tier
    included: bool
    relevance: float
    reason: str
    notices: tuple[Notice, ...]


class Report(Record):
    """The whole report: `report.json` is this record and nothing else (times live in the manifest)."""

    schema_: Literal["synth/report/1"] = Field("synth/report/1", alias="schema")
    question: str
    partial: bool
    answer: Answer
    coverage: tuple[Coverage, ...]
    screening: Screening
    papers: tuple[ReportPaper, ...]
    skipped: tuple[SkippedPaper, ...]
    claims: tuple[Claim, ...]
    agreements: tuple[Agreement, ...]
    conflicts: tuple[Conflict, ...]
    review: Review
    limitations: tuple[str, ...]

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
