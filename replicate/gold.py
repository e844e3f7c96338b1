"""The right answers of the targets as label files of the benchmark's formats, and reading files into statistics.

The label files are laid down before anything trains (data that are missing are then known at once) and their hashes
are kept, so that a verdict can be computed again later from the run's folder alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from replicate import catalogue, load, submission
from replicate.load import Example
from replicate.metrics import accuracy, mining, spans, tagging
from replicate.metrics.benchmark import target
from replicate.metrics.examples import Examples
from replicate.place import Place
from replicate.records import ParallelSet, SpanExample, TagExample, TextExample
from synth.errors import InputError

__all__ = ["compared", "languages", "texts"]


def languages(task: str, place: Place) -> tuple[str, ...]:
    """The languages of a target that can be predicted from this place, in the benchmark's order where it has one."""
    found = load.languages(task, catalogue.entry(task).reading.evaluate, place)
    order = {language: n for n, language in enumerate(target(task).languages)}
    return tuple(sorted(found, key=lambda language: (order.get(language, len(order)), language)))


def texts(task: str, language: str, place: Place) -> dict[str, str]:
    """File name -> content: the labels, and for mined pairs the ids of all source sentences.

    Raises InputError where the data are not there, or where their answers are kept back.
    """
    split = catalogue.entry(task).reading.evaluate
    read = load.read(task, split, language, place)
    if not read.labelled:
        raise InputError(f"{task} {split} {language}: the answers are kept back; it cannot be scored")
    name = f"test-{language}.{target(task).suffix}"
    return _WRITERS[target(task).kind](task, name, read.examples)


def _labels(task: str, name: str, examples: tuple[Example, ...]) -> dict[str, str]:
    names = catalogue.task(task).labels
    found = [names[e.label] for e in examples if isinstance(e, TextExample) and e.label is not None]
    return {name: submission.labels_text(found)}


def _tags(_: str, name: str, examples: tuple[Example, ...]) -> dict[str, str]:
    return {name: submission.tags_text([e.tags for e in examples if isinstance(e, TagExample)])}


def _answers(task: str, name: str, examples: tuple[Example, ...]) -> dict[str, str]:
    paragraphs = [
        {"context": e.context, "qas": [{"id": e.id, "question": e.question, "answers": [
            {"text": a.text, "answer_start": a.start} for a in e.answers]}]}
        for e in examples if isinstance(e, SpanExample)
    ]  # fmt: skip
    document = {"version": "1.1", "data": [{"title": task, "paragraphs": paragraphs}]}
    return {name: json.dumps(document, ensure_ascii=False, indent=0) + "\n"}


def _indices(task: str, name: str, examples: tuple[Example, ...]) -> dict[str, str]:
    """For each English sentence the place of its translation among the foreign ones."""
    one = examples[0]
    assert isinstance(one, ParallelSet)
    place = {key: n for n, (key, _) in enumerate(one.source)}
    right = {english: place[foreign] for foreign, english in one.gold}
    if any(key not in right for key, _ in one.target):
        raise InputError(f"{task} {one.language}: an English sentence has no translation among the gold pairs")
    return {name: submission.labels_text(right[key] for key, _ in one.target)}


def _pairs(_: str, name: str, examples: tuple[Example, ...]) -> dict[str, str]:
    one = examples[0]
    assert isinstance(one, ParallelSet)
    ids = "".join(f"{key}\n" for key, _ in one.source)
    return {name: submission.pairs_text(one.gold), f"sources-{one.language}.txt": ids}


_WRITERS: dict[str, Callable[[str, str, tuple[Example, ...]], dict[str, str]]] = {
    "labels": _labels, "tags": _tags, "answers": _answers, "indices": _indices, "pairs": _pairs,
}  # fmt: skip


def compared(task: str, language: str, labels: Path, predicted: Path) -> Examples:
    """The predictions file against the labels in the folder `labels`, as statistics of single examples.

    Raises InputError naming the predictions file where it does not fit the labels.
    """
    gold = labels / f"test-{language}.{target(task).suffix}"
    kind = target(task).kind
    if kind == "answers":
        questions, answers = submission.read_questions(gold), submission.read_answers(predicted)
        rule = spans.normaliser(task, language)
        return spans.per_example([texts for _, texts in questions], [answers.get(name) for name, _ in questions], rule)
    if kind == "pairs":
        ids = (labels / f"sources-{language}.txt").read_text(encoding="utf-8").split("\n")[:-1]
        return mining.per_example(submission.read_pairs(gold), submission.read_pairs(predicted), ids)
    if kind == "tags":
        right, guess = submission.read_tags(gold), submission.read_tags(predicted)
        return _named(predicted, lambda: tagging.per_example([t for _, t in right], [t for _, t in guess]))
    labelled, guessed = submission.read_labels(gold), submission.read_labels(predicted)
    return _named(predicted, lambda: accuracy.per_example(labelled, guessed))


def _named(predicted: Path, score: Callable[[], Examples]) -> Examples:
    try:
        return score()
    except InputError as error:
        raise InputError(f"{predicted}: {error}") from error
