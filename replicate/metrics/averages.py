"""Averages as the benchmark takes them: plain means over languages, then over tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from replicate.metrics.benchmark import GROUPS, TARGETS, target
from synth.errors import InputError, did_you_mean

__all__ = ["group", "over_languages", "overall", "task_score"]


def over_languages(scores: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Mean of each metric over the languages, summed in the order given.

    Raises InputError for no languages, or when one lacks a metric that another has: it would change the
    denominator.
    """
    if not scores:
        raise InputError("no languages to average over")
    metrics = list(next(iter(scores.values())))
    for language, values in scores.items():
        if set(values) != set(metrics):
            raise InputError(
                f"{language} has the metrics {', '.join(sorted(values))}; the others {', '.join(sorted(metrics))}"
            )
    return {metric: _mean([values[metric] for values in scores.values()]) for metric in metrics}


def task_score(task_id: str, average: Mapping[str, float]) -> float:
    """The one number of a task, 0-100: (exact match + F1) / 2 for answers, F1 for tags and pairs, else accuracy."""
    kind = target(task_id).kind
    if kind == "answers":
        return (average["exact_match"] + average["f1"]) / 2
    return average["f1" if kind in ("tags", "pairs") else "accuracy"]


def overall(task_scores: Mapping[str, float]) -> float:
    """Mean of the nine tasks' numbers. Raises InputError naming the tasks that are missing or unknown."""
    return _over(task_scores, TARGETS, "the overall average")


def group(name: str, task_scores: Mapping[str, float]) -> float:
    """Mean of the tasks of one group (classification, tagging, qa, retrieval), as the benchmark's tables have it."""
    if name not in GROUPS:
        raise InputError(f'unknown group "{name}"; {did_you_mean(name, GROUPS)}')
    return _over({task: value for task, value in task_scores.items() if task in GROUPS[name]}, GROUPS[name], name)


def _over(task_scores: Mapping[str, float], tasks: Iterable[str], what: str) -> float:
    wanted = list(tasks)
    for task_id in task_scores:
        target(task_id)
    missing = [task_id for task_id in wanted if task_id not in task_scores]
    if missing:
        raise InputError(f"{what} needs {len(wanted)} tasks; missing: {', '.join(missing)}")
    return _mean([task_scores[task_id] for task_id in wanted])


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
