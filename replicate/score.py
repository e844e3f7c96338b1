"""`replicate score`: predictions in the benchmark's submission formats against labels in the same formats."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from replicate import submission
from replicate.metrics import accuracy, averages, mining, spans, tagging
from replicate.metrics.benchmark import Target, target
from replicate.metrics.examples import Examples
from synth.errors import InputError

__all__ = ["per_example", "score"]

Unanswered = Literal["zero", "refuse"]
Say = Callable[[str], None]
Scores = dict[str, float]
# So many labels that are all the same are more likely the stand-in for withheld labels than a test set.
_PLACEHOLDER_ROWS = 20
T = TypeVar("T")


def score(
    task_id: str,
    labels_dir: Path | str,
    predictions_dir: Path | str,
    split: str = "test",
    *,
    unanswered: Unanswered = "zero",
    say: Say | None = None,
) -> dict[str, Any]:
    """Scores of one target task: {"task", "languages": {language: {metric: value}}, "average": {metric: value}}, 0-100.

    Each folder holds `{task}/{split}-{language}.tsv` (json for answers), or is that task's folder itself.
    Every language with a file on one side must have one on the other. Averages are over the languages found;
    `say` is told which of the benchmark's languages are not among them, and of questions without a
    prediction, which count 0 as in the benchmark's scorer unless `unanswered` is "refuse". Raises InputError:
    which file, which line, what to do.
    """
    entry, talk = target(task_id), say or _silent
    files = _files(entry, Path(labels_dir), Path(predictions_dir), split)
    absent = [language for language in entry.languages if language not in files]
    if absent:
        talk(f"{entry.id}: the average is over {len(files)} languages; the benchmark also has {', '.join(absent)}")
    languages = {language: _open(entry, language, *pair, unanswered, talk)[0]() for language, pair in files.items()}
    return {"task": entry.id, "languages": languages, "average": averages.over_languages(languages)}


def per_example(
    task_id: str,
    labels_dir: Path | str,
    predictions_dir: Path | str,
    split: str = "test",
    *,
    unanswered: Unanswered = "zero",
) -> dict[str, Examples]:
    """The same predictions as statistics of single examples, by language. Raises as `score`.

    For mined pairs the rows are the sources of gold pairs and then those of other predicted pairs, so they
    differ between runs; use `replicate.metrics.mining.per_example` with all source ids to pair two runs.
    """
    entry = target(task_id)
    files = _files(entry, Path(labels_dir), Path(predictions_dir), split)
    return {language: _open(entry, language, *pair, unanswered, _silent)[1]() for language, pair in files.items()}


def _silent(_: str) -> None:
    return None


# --- which files --------------------------------------------------------------------------------------


def _files(entry: Target, labels_dir: Path, predictions_dir: Path, split: str) -> dict[str, tuple[Path, Path]]:
    """(labels, predictions) of each language: those of the benchmark in its order, then any others by name."""
    gold = _by_language(entry, labels_dir, split, "labels")
    predicted = _by_language(entry, predictions_dir, split, "predictions")
    for have, lack in ((gold, predicted), (predicted, gold)):
        missing = sorted(set(have) - set(lack))
        if missing:
            names = ", ".join(f"{split}-{language}.{entry.suffix}" for language in missing)
            there = next(iter(lack.values())).parent
            raise InputError(f"{there}: {names} missing; labels and predictions must have the same languages")
    ordered = [language for language in entry.languages if language in gold]
    return {language: (gold[language], predicted[language]) for language in ordered + sorted(set(gold) - set(ordered))}


def _by_language(entry: Target, folder: Path, split: str, role: str) -> dict[str, Path]:
    """Files of one task and split, in `folder/{task}` or, where there is no such folder, in `folder`."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give the folder of the {role}")
    place = folder / entry.id if (folder / entry.id).is_dir() else folder
    start, end = f"{split}-", f".{entry.suffix}"
    found = {path.name[len(start) : -len(end)]: path for path in sorted(place.glob(f"{start}*{end}")) if path.is_file()}
    if not found:
        others = sorted({path.name.split("-")[0] for path in place.glob(f"*-*{end}")})
        hint = f"; splits there: {', '.join(others)}" if others else f"; expected {entry.id}/{start}LANGUAGE{end} there"
        raise InputError(f"{folder}: no {role} of {entry.id} for the split {split}{hint}")
    return found


# --- what is in them ----------------------------------------------------------------------------------


def _open(
    entry: Target, language: str, gold: Path, predicted: Path, unanswered: Unanswered, say: Say
) -> tuple[Callable[[], Scores], Callable[[], Examples]]:
    """The two ways to score one language, with the files read and checked."""
    if entry.kind == "answers":
        questions, answers = _answers(gold, predicted, unanswered, say)
        if entry.id == "mlqa" and language not in spans.MLQA_LANGUAGES:
            say(f"{gold}: MLQA has no rules for {language}; no articles are dropped, words are split at white space")
        normalise = spans.normaliser(entry.id, language)
        return partial(spans.score, questions, answers, normalise), partial(
            spans.per_example, questions, answers, normalise
        )
    if entry.kind == "tags":
        sentences, guesses = _tags(entry, gold, predicted, say)
        return partial(tagging.score, sentences, guesses), partial(tagging.per_example, sentences, guesses)
    if entry.kind == "pairs":
        wanted, found = submission.read_pairs(gold), submission.read_pairs(predicted)
        if not wanted:
            raise InputError(f"{gold}: no gold pairs to score against")
        return partial(mining.score, wanted, found), partial(mining.per_example, wanted, found)
    right, guess = _labels(entry, gold, predicted, say)
    return partial(accuracy.score, right, guess), partial(accuracy.per_example, right, guess)


def _labels(entry: Target, gold: Path, predicted: Path, say: Say) -> tuple[Sequence[str], Sequence[str]]:
    """Labels (or indices) of both files, as many on both sides."""
    right, guess = submission.read_labels(gold), submission.read_labels(predicted)
    for path, rows in ((gold, right), (predicted, guess)):
        for number, row in enumerate(rows, start=1):
            _check_label(entry, path, number, row)
    _same_length(gold, right, predicted, guess, "lines")
    if entry.kind == "labels" and len(set(right)) == 1 and len(right) >= _PLACEHOLDER_ROWS:
        say(f'{gold}: all {len(right)} labels are "{right[0]}"; are these the placeholders of withheld test labels?')
    return right, guess


def _check_label(entry: Target, path: Path, number: int, row: str) -> None:
    if entry.kind == "indices":
        if not (row.isascii() and row.isdecimal() and str(int(row)) == row):
            raise InputError(
                f'{path}: line {number}: "{row}" is not an index; give the 0-based line of the nearest sentence'
            )
    elif row not in entry.labels:
        raise InputError(f'{path}: line {number}: "{row}" is not a label of {entry.id}; {_hint(row, entry)}')


def _tags(
    entry: Target, gold: Path, predicted: Path, say: Say
) -> tuple[Sequence[Sequence[str]], Sequence[Sequence[str]]]:
    """Tags of both files, with as many sentences and as many tags in each.

    A tag is known by its type (PER of S-PER): the schemes BIO and IOBES both score. Labels may hold types
    that the benchmark does not have; predictions may not, unless the labels do.
    """
    right, guess = submission.read_tags(gold), submission.read_tags(predicted)
    _same_length(gold, right, predicted, guess, "sentences")
    known = {_type(tag) for tag in entry.labels}
    foreign = {_type(tag) for _, tags in right for tag in tags} - known
    if foreign:
        say(f"{gold}: tags that {entry.id} does not have are scored as they are: {', '.join(sorted(foreign))}")
    for number, ((_, tags), (line, guesses)) in enumerate(zip(right, guess, strict=True), start=1):
        if len(tags) != len(guesses):
            raise InputError(
                f"{predicted}: line {line}: sentence {number} has {len(guesses)} tags, in {gold} {len(tags)}"
            )
        for offset, tag in enumerate(guesses):
            if _type(tag) not in known | foreign:
                hint = _hint(tag, entry)
                raise InputError(f'{predicted}: line {line + offset}: "{tag}" is not a label of {entry.id}; {hint}')
    return [tags for _, tags in right], [tags for _, tags in guess]


def _hint(row: str, entry: Target) -> str:
    """A near label, whatever its case (tags are in capitals), else all of them."""
    labels = {label.lower(): label for label in entry.labels}
    near = difflib.get_close_matches(row.lower(), labels, n=1, cutoff=0.6)
    return f'did you mean "{labels[near[0]]}"?' if near else "known: " + ", ".join(entry.labels)


def _type(tag: str) -> str:
    return tag.rsplit("-", 1)[-1]


def _answers(
    gold: Path, predicted: Path, unanswered: Unanswered, say: Say
) -> tuple[list[tuple[str, ...]], list[str | None]]:
    """Accepted answers and the prediction of each question, None where there is none."""
    questions, answers = submission.read_questions(gold), submission.read_answers(predicted)
    absent = [name for name, _ in questions if name not in answers]
    if len(absent) == len(questions):
        raise InputError(
            f'{predicted}: no answer to any question of {gold}, such as "{absent[0]}"; are these the same questions?'
        )
    if absent and unanswered == "refuse":
        raise InputError(
            f'{predicted}: {len(absent)} of {len(questions)} questions have no answer; the first is "{absent[0]}"'
        )
    if absent:
        say(f'{predicted}: {len(absent)} of {len(questions)} questions, such as "{absent[0]}", have no answer: 0')
    extra = sorted(set(answers) - {name for name, _ in questions})
    if extra:
        say(f'{predicted}: {len(extra)} answers to questions that are not in {gold} are ignored, such as "{extra[0]}"')
    return [texts for _, texts in questions], [answers.get(name) for name, _ in questions]


def _same_length(gold: Path, right: Sequence[T], predicted: Path, guess: Sequence[T], unit: str) -> None:
    if len(right) != len(guess):
        raise InputError(
            f"{predicted}: {len(guess)} {unit}, but {gold} has {len(right)}; they must be the same in number and order"
        )
