"""A split of a task made ready for a model: features to train on or to predict; predictions in the task's terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from replicate import encode, measure, shelf
from replicate.batches import shuffled
from replicate.encode import IGNORED, Feature, Pieces, Window
from replicate.heads import Model
from replicate.load import Example
from replicate.recipe import Training
from replicate.records import ChoiceExample, SpanExample, TagExample, Task, TextExample
from synth.errors import InputError

__all__ = ["Material", "predict", "prepare", "shuffled_labels", "tag_set"]


@dataclass(frozen=True)
class Material:
    """Examples with their features (several windows a question); `labels` are the names behind a head's scores.

    `no_answers`: may the right answer be that there is none (SQuAD 2.0)?
    """

    task: Task
    examples: tuple[Example, ...]
    features: Sequence[Feature]
    labels: tuple[str, ...]
    recipe: Training
    windows: tuple[Window, ...] | None = None
    no_answers: bool = False


def tag_set(task: Task, examples: Sequence[Example]) -> tuple[str, ...]:
    """The labels of a task; where its file has none (CCG) those of these examples, sorted."""
    if task.labels or task.head != "tagging":
        return task.labels
    return tuple(sorted({tag for one in examples if isinstance(one, TagExample) for tag in one.tags}))


def prepare(
    task: Task, examples: Sequence[Example], pieces: Pieces, recipe: Training, labels: tuple[str, ...] = (),
    folder: Path | None = None,
) -> Material:  # fmt: skip
    """Features of the examples as the task's head wants them. `labels`: those of the training data.

    With a `folder` they are cut into pieces once and kept there, and read as memory maps from then on.
    """
    labels = labels or tag_set(task, examples)
    none = any(isinstance(one, SpanExample) and not one.answers for one in examples)

    def make() -> tuple[Sequence[Feature], Sequence[Window] | None]:
        return _features(task, examples, pieces, recipe, labels)

    if folder is None:
        features, windows = make()
    else:
        settings = (task.head, labels, recipe.max_length, recipe.doc_stride, recipe.max_query)
        features, windows = shelf.shelved(folder, shelf.key(pieces, settings, examples), make)
    return Material(task, tuple(examples), features, labels, recipe, None if windows is None else tuple(windows), none)


def _features(
    task: Task, examples: Sequence[Example], pieces: Pieces, recipe: Training, labels: tuple[str, ...]
) -> tuple[Sequence[Feature], Sequence[Window] | None]:
    given: Any = examples
    longest = _longest(pieces, recipe)
    if task.head == "classification":
        return encode.text_features(cast("Sequence[TextExample]", given), pieces, longest), None
    if task.head == "multiple_choice":
        return encode.choice_features(cast("Sequence[ChoiceExample]", given), pieces, longest), None
    if task.head == "tagging":
        return encode.tag_features(cast("Sequence[TagExample]", given), pieces, labels, longest), None
    if task.head == "span":
        questions = cast("Sequence[SpanExample]", given)
        return encode.span_features(questions, pieces, longest, recipe.doc_stride, min(recipe.max_query, longest // 2))
    raise InputError(f"{task.id} has nothing to train: its sentences are compared as they are")


def _longest(pieces: Pieces, recipe: Training) -> int:
    """The recipe's length, or what the model has positions for."""
    return min(recipe.max_length, int(pieces.tokenizer.model_max_length))


def shuffled_labels(material: Material, seed: int) -> Material:
    """The control: the same inputs with labels permuted by the seed, so that only their distribution can be learnt.

    Tags are permuted over all words. An answer moves to the context of another question, at the same distance from
    the context's beginning (or as near as it fits).
    """
    return replace(material, features=_permuted(material.features, seed, material.windows))


def _permuted(features: Sequence[Feature], seed: int, windows: Sequence[Window] | None) -> tuple[Feature, ...]:
    given = [feature.label for feature in features]
    if any(label is None for label in given):
        raise InputError("labels cannot be shuffled: some examples have none")
    labels = [label for label in given if label is not None]
    if windows is not None:
        return _moved(features, labels, windows, seed)
    if labels[0].ndim == 0:
        order = shuffled(len(labels), "shuffled labels", seed)
        return tuple(replace(one, label=labels[place]) for one, place in zip(features, order, strict=True))
    flat = np.concatenate(labels)
    borne = np.flatnonzero(flat != IGNORED)
    flat[borne] = flat[borne[shuffled(len(borne), "shuffled labels", seed)]]
    ends = np.cumsum([len(label) for label in labels])
    return tuple(replace(one, label=part) for one, part in zip(features, np.split(flat, ends[:-1]), strict=True))


def _moved(
    features: Sequence[Feature], labels: Sequence[NDArray[np.int64]], windows: Sequence[Window], seed: int
) -> tuple[Feature, ...]:
    out = []
    for place, other in enumerate(shuffled(len(labels), "shuffled labels", seed)):
        span = labels[other]
        if span.any():
            last = windows[place].first + len(windows[place].offsets) - 1
            span = np.minimum(span - windows[other].first + windows[place].first, last)
        out.append(replace(features[place], label=span))
    return tuple(out)


def predict(
    model: Model, name: str, material: Material, pieces: Pieces, device: Any, *, half: bool = False
) -> tuple[Any, tuple[str, ...]]:
    """Predictions of all examples, in order, and notes.

    Indices of labels or choices; for tagging rows of tags; for spans `measure.Answers`.
    """
    head = material.task.head
    # Of the scores of a thousand tags for each piece only the best one is kept.
    keep = (lambda one: np.argmax(one, axis=-1)) if head == "tagging" else None
    given = measure.scores(model, name, material.features, pieces, device, half=half, keep=keep)
    if head == "tagging":
        words = cast("Sequence[TagExample]", material.examples)
        rows, cut = measure.tags(words, material.features, given, material.labels)
        return rows, (f"{cut:,} words beyond {material.recipe.max_length} pieces were not looked at",) if cut else ()
    if head == "span":
        assert material.windows is not None
        asked = cast("Sequence[SpanExample]", material.examples)
        return measure.answers(asked, material.windows, given, material.recipe, none=material.no_answers), ()
    return measure.choices(given), ()
