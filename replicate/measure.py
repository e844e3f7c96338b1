"""Predictions of a trained model: submission formats, scores for early stopping, signs of collapse."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from replicate import submission
from replicate.batches import collate, even
from replicate.encode import Feature, Pieces, Window
from replicate.heads import Model
from replicate.load import Example
from replicate.metrics import accuracy, spans, tagging, unanswerable
from replicate.metrics.benchmark import TARGETS
from replicate.recipe import Training
from replicate.records import ChoiceExample, Prediction, SpanExample, TagExample, Task, TextExample
from replicate.shelf import lengths
from synth.errors import InputError

__all__ = ["Answers", "answers", "at_chance", "chance", "choices", "constant", "score", "scores", "tags", "write"]

TOKENS = 8192  # places of a prediction batch


class Answers(dict[str, str]):
    """Question id -> answer, in order; `no_answer`: by how much the empty answer's score exceeds the best span's."""

    no_answer: tuple[float, ...] = ()


def scores(
    model: Model,
    name: str,
    features: Sequence[Feature],
    pieces: Pieces,
    device: Any = "cpu",
    *,
    half: bool = False,
    tokens: int = TOKENS,
    keep: Callable[[NDArray[Any]], NDArray[Any]] | None = None,
) -> list[NDArray[Any]]:
    """The head's scores of each feature, in order: [labels], [choices], [length, labels] or [length, 2].

    Features are sorted by length for this, so that little is padding; `keep` is applied to each before it is kept.
    """
    model.eval()
    out: list[NDArray[Any]] = [np.empty(0)] * len(features)
    each = len(features[0].rows)
    long = lengths(features)
    with torch.inference_mode():
        for rows in even(long * each, tokens):
            batch = collate([features[row] for row in rows], pieces)
            with torch.autocast(torch.device(device).type, dtype=torch.bfloat16, enabled=half):
                made = model(name, model.given(batch, device)).float().cpu().numpy()
            for place, row in enumerate(rows):
                # A copy: a view would keep the whole batch alive.
                one = made[place, : features[row].length] if made.ndim > 2 else made[place]
                out[row] = keep(one) if keep else one.copy()
    return out


# --- from scores to answers ---------------------------------------------------------------------------


def choices(given: Sequence[NDArray[Any]]) -> list[int]:
    """The best label or choice of each example; the first of equals."""
    return [int(np.argmax(one)) for one in given]


def tags(
    examples: Sequence[TagExample], features: Sequence[Feature], best: Sequence[NDArray[Any]], labels: Sequence[str]
) -> tuple[list[tuple[str, ...]], int]:
    """One tag a word (of its first piece), and how many words were cut off: these are O where there is an O, else X.

    `best` is the best label of every piece [length].
    """
    beyond = next((label for label in ("O", "X") if label in labels), labels[0])
    out, cut = [], 0
    for one, feature, found in zip(examples, features, best, strict=True):
        assert feature.places is not None
        known = [labels[int(found[place])] for place in feature.places]
        cut += len(one.words) - len(known)
        out.append((*known, *[beyond] * (len(one.words) - len(known))))
    return out, cut


def answers(
    examples: Sequence[SpanExample],
    windows: Sequence[Window],
    given: Sequence[NDArray[Any]],
    recipe: Training,
    *,
    none: bool,
) -> Answers:
    """The answer of each question: the span with the highest sum of start and end over all its windows.

    As in SQuAD's baseline: starts and ends are among the `best_of` highest of the window, a start counts only in the
    window that shows it with most context, a span has at most `max_answer` pieces. With `none` the first special token
    stands for no answer (its lowest sum over the windows), and the empty text is given where that is higher.
    """
    best: dict[int, tuple[float, str]] = {}
    empty: dict[int, float] = {}
    for window, each in zip(windows, given, strict=True):
        number = window.example
        empty[number] = min(empty.get(number, math.inf), float(each[0].sum()))
        found = _span(window, each, recipe)
        if found is not None and found[0] > best.get(number, (-math.inf, ""))[0]:
            start, end = window.offsets[found[1], 0], window.offsets[found[2], 1]
            best[number] = (found[0], examples[number].context[start:end].strip())
    out, sure = Answers(), []
    for number, one in enumerate(examples):
        value, text = best.get(number, (-math.inf, ""))
        excess = empty[number] - value
        sure.append(min(excess, 1e9))
        out[one.id] = "" if none and excess > 0 else text
    out.no_answer = tuple(sure)
    return out


def _span(window: Window, each: NDArray[Any], recipe: Training) -> tuple[float, int, int] | None:
    """(sum, first piece, last piece) of the window's best span, pieces counted in its context; None without one."""
    inside = slice(window.first, window.first + len(window.offsets))
    top = [np.argsort(-each[:, side], kind="stable")[: recipe.best_of] - window.first for side in (0, 1)]
    start, end = ([int(p) for p in one if 0 <= p < len(window.offsets)] for one in top)
    shown = each[inside].astype(np.float64)
    pairs = [
        (float(shown[s, 0] + shown[e, 1]), -s, -e)
        for s in start if window.central[s]
        for e in end if s <= e < s + recipe.max_answer
    ]  # fmt: skip
    if not pairs:
        return None
    value, s, e = max(pairs)
    return value, -s, -e


# --- development scores, collapse ---------------------------------------------------------------------


def score(task: Task, examples: Sequence[Example], predicted: Any) -> float:
    """The task's development number (0-100): what early stopping watches.

    Accuracy; for QQP its mean with F1; F1 of chunks; for spans the mean of exact match and F1, in SQuAD 2.0 each at its
    best threshold.
    """
    if task.head == "tagging":
        gold = [one.tags for one in examples if isinstance(one, TagExample)]
        return tagging.score(gold, predicted)["f1" if task.metric == "tag_f1" else "accuracy"]
    if task.head == "span":
        texts = [tuple(a.text for a in one.answers) for one in examples if isinstance(one, SpanExample)]
        if all(texts):
            both = spans.score(texts, list(predicted.values()))
        else:
            both = unanswerable.best(texts, list(predicted.values()), predicted.no_answer)
        return (both["exact_match"] + both["f1"]) / 2
    labels = [one.label for one in examples if isinstance(one, TextExample | ChoiceExample)]
    if task.metric == "accuracy_f1":
        both = accuracy.with_f1(labels, predicted, positive=1)
        return (both["accuracy"] + both["f1"]) / 2
    return accuracy.score(labels, predicted)["accuracy"]


def chance(task: Task, examples: Sequence[Example]) -> float:
    """The development number of a prediction that looks at nothing: the best one label, tag or choice; no answers."""
    if task.head == "tagging":
        gold = [one.tags for one in examples if isinstance(one, TagExample)]
        common = Counter(tag for tags_ in gold for tag in tags_).most_common(1)[0][0]
        return score(task, examples, [(common,) * len(tags_) for tags_ in gold])
    if task.head == "span":
        lacking = sum(1 for one in examples if isinstance(one, SpanExample) and not one.answers)
        return 100.0 * lacking / len(examples)
    labels = [one.label for one in examples if isinstance(one, TextExample | ChoiceExample)]
    return max(score(task, examples, [label] * len(labels)) for label in sorted({x for x in labels if x is not None}))


def at_chance(task: Task, examples: Sequence[Example], value: float) -> bool:
    """Is the number no better than looking at nothing? With one-sided 95% room for the number of examples.

    A span model that finds nothing has nearly 0: it counts as collapsed below 2 points more than no answers at all.
    """
    level = chance(task, examples)
    if task.head in {"span", "tagging"}:
        return value < level + 2.0
    share = min(max(level / 100, 0.0), 1.0)
    return value <= level + 164.5 * math.sqrt(share * (1 - share) / len(examples))


def constant(predicted: Any) -> bool:
    """Are all predictions (tags, texts of answers) the same? A single one is not enough to say."""
    values = list(predicted.values()) if isinstance(predicted, dict) else list(predicted)
    flat = [tag for row in values for tag in row] if values and isinstance(values[0], tuple) else values
    return len(flat) > 1 and len(set(flat)) == 1


# --- files --------------------------------------------------------------------------------------------


def write(
    out: Path, stage: str, task: str, language: str, split: str, predicted: Any, layer: int | None = None
) -> Prediction:
    """Write predictions as the benchmark wants them to `out/predictions/{task}/test-{language}.tsv|json`.

    `predicted`: label names, rows of tags, Answers, pairs of ids, or indices. A layer adds `.L{layer}` to the name.
    """
    if task not in TARGETS:
        raise InputError(f"{task} is no target task: the benchmark has no format for its predictions")
    entry = TARGETS[task]
    content = {
        "labels": submission.labels_text, "indices": submission.labels_text, "tags": submission.tags_text,
        "answers": submission.answers_text, "pairs": submission.pairs_text,
    }[entry.kind](predicted).encode()  # type: ignore[operator]  # fmt: skip
    name = f"test-{language}{'' if layer is None else f'.L{layer}'}.{entry.suffix}"
    path = out / "predictions" / task / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return Prediction(
        stage=stage, task=task, language=language, split=split, path=path.relative_to(out).as_posix(),
        sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
