"""The records of the replication engine: frozen values. A child names its parent by content id.

`ClaimedEffect -> Experiment -> Stage (pretrained, intermediate, target) -> Run -> Measurement -> ReplicationVerdict
-> Evidence`. Scores are on the 0-100 scale, seconds are wall seconds, tokens are without padding.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from synth.records import Record, content_id

__all__ = [
    "Arm", "ChoiceExample", "ClaimedEffect", "Deviation", "Experiment", "Head", "Measurement", "Metric", "ParallelSet",
    "Prediction", "Recipe", "ReplicationVerdict", "Role", "Similarity", "SpanAnswer", "SpanExample", "Split", "Stage",
    "StageKind", "TagExample", "Task", "TextExample", "VerdictLabel", "content_id",
]  # fmt: skip

Role = Literal["intermediate", "target"]
Head = Literal["classification", "multiple_choice", "tagging", "span", "retrieval"]
Metric = Literal["accuracy", "accuracy_f1", "span_f1_em", "tag_f1", "mining_f1", "retrieval_accuracy"]
StageKind = Literal["pretrained", "intermediate", "target", "embed"]
VerdictLabel = Literal["replicated", "replicated_different_size", "not_replicated", "inconclusive", "not_run"]


# --- tasks ------------------------------------------------------------------------------------------


class Split(Record):
    """Where one split of one task is read, and how many rows it must have.

    `rows` by language; a language that is missing there is not checked. `sha256` of the file where it is pinned.
    """

    name: str
    hub_split: str | None = None
    rows: dict[str, int] = Field(default_factory=dict)
    sha256: dict[str, str] = Field(default_factory=dict)


class Task(Record):
    """One task as its TOML file describes it. `unavailable` says why the data cannot be had here; None when it can."""

    id: str
    name: str
    role: Role
    head: Head
    metric: Metric
    languages: tuple[str, ...]
    labels: tuple[str, ...] = ()
    hub: str | None = None
    config: str | None = None  # may hold {lang}
    revision: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    splits: tuple[Split, ...]
    train_task: str | None = None  # a target trains on this intermediate task's data (XNLI on MNLI)
    licence: str
    citation: str
    how_to_get: str
    traps: tuple[str, ...] = ()
    unavailable: str | None = None


class TextExample(Record):
    """One or two texts with a class; `label` is an index into the task's labels, None where it is not public."""

    id: str
    text: str
    second: str | None
    label: int | None


class ChoiceExample(Record):
    """A prompt with several endings, of which `label` (from 0) is right."""

    id: str
    prompt: str
    choices: tuple[str, ...]
    label: int | None


class TagExample(Record):
    """Words with one tag each."""

    id: str
    words: tuple[str, ...]
    tags: tuple[str, ...]

    @model_validator(mode="after")
    def _paired(self) -> TagExample:
        if len(self.words) != len(self.tags):
            raise ValueError(f"{self.id}: {len(self.words)} words, {len(self.tags)} tags")
        return self


class SpanAnswer(Record):
    """An answer with its character offset in the context."""

    start: int
    text: str


class SpanExample(Record):
    """A question on a context. No answers means that the question cannot be answered (SQuAD 2.0)."""

    id: str
    question: str
    context: str
    answers: tuple[SpanAnswer, ...]


class ParallelSet(Record):
    """Sentences of two languages and which pairs are translations, as (source id, target id)."""

    language: str
    source: tuple[tuple[str, str], ...]  # (id, sentence)
    target: tuple[tuple[str, str], ...]
    gold: tuple[tuple[str, str], ...]


# --- what is claimed and what is run -----------------------------------------------------------------


class ClaimedEffect(Record):
    """A claim that an experiment can test. `value` is in points; `mark` says how the value is known.

    `kind`: a difference of two arms, an absence of one (equivalence), a rank of arms, a count, or arithmetic.
    """

    id: str
    statement: str
    kind: Literal["difference", "absence", "rank", "count", "arithmetic", "level"]
    value: float | None
    unit: str
    source: str
    version: str | None
    mark: Literal["read", "seeds", "recalled"]
    band: float = Field(description="half-width of the equivalence band, in the unit of the value")


class Arm(Record):
    """One way to start the target training: nothing, one intermediate task, several jointly or in order, a control."""

    id: str
    intermediates: tuple[str, ...] = ()
    mode: Literal["none", "single", "joint", "chain", "mlm"] = "none"
    control: Literal["shuffled_labels", "random_init", "wrong_pairs"] | None = None


class Recipe(Record):
    """Hyperparameters of one training stage; `source` says where they come from."""

    id: str
    learning_rate: float
    batch: int
    epochs: float
    warmup: float
    weight_decay: float
    clip: float
    epsilon: float
    max_length: int
    eval_every: int
    patience: int
    source: str


class Experiment(Record):
    """Arms, targets and seeds that test one claimed effect. `effect` compares `treatment` with `baseline`."""

    id: str
    effect: ClaimedEffect
    arms: tuple[Arm, ...]
    baseline: str
    treatment: str
    targets: tuple[str, ...]
    seeds: tuple[int, ...]
    layer: int | None
    preset: str


class Stage(Record):
    """One unit of work, keyed by content: its id hashes kind, task, recipe, data, seed, code and its parent's id."""

    id: str
    kind: StageKind
    parent: str | None
    task: str | None
    arm: str | None
    seed: int
    recipe: str | None
    data: str


class Prediction(Record):
    """A predictions file of one stage on one task and language, with the hash of its bytes."""

    stage: str
    task: str
    language: str
    split: str
    path: str
    sha256: str


class Measurement(Record):
    """One number: the metric of one predictions file. It cannot be made without that file."""

    id: str
    stage: str
    arm: str
    seed: int
    task: str
    language: str
    split: str
    layer: int | None
    metric: str
    value: float
    n: int
    degenerate: bool
    predictions_sha256: str
    signature: str


class Similarity(Record):
    """How the replication compares with the original."""

    model: Literal["same", "smaller", "different"]
    data: Literal["same", "smaller", "different"]
    recipe: Literal["same", "smaller", "different"]
    metric: Literal["same", "smaller", "different"]


class Deviation(Record):
    """One way in which the run differs from the paper."""

    what: str
    paper: str
    here: str


class ReplicationVerdict(Record):
    """The verdict by the rule declared before the run. Interval and band are in points."""

    schema_: Literal["replicate/verdict/1"] = Field("replicate/verdict/1", alias="schema")
    effect: ClaimedEffect
    label: VerdictLabel
    estimate: float | None
    interval: tuple[float, float] | None
    level: float
    band: float
    seeds: tuple[int, ...]
    measurements: tuple[str, ...]
    similarity: Similarity
    deviations: tuple[Deviation, ...]
    reason: str
    signature: str
