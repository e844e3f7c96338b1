"""What a stage will cost, before it starts: steps, tokens, time and disk, all estimates.

Rows come from the catalogue (or the sizes of the family), epochs and batch from the recipe. Tokens a row are rough
means; time is tokens over a rate plus a fixed time a step (the optimiser moves all weights whatever the batch).
"""

from __future__ import annotations

from collections.abc import Iterable

from replicate import catalogue
from replicate.ledger import StageRecipe
from replicate.place import Place
from replicate.records import StageKind
from synth.records import Record

__all__ = ["Cost", "cost", "short", "total"]

# Tokens a training row, rough means for the subwords of XLM-R; (train, evaluation) are taken alike.
_TOKENS = {
    "mnli": 42, "anli": 70, "qqp": 32, "squad_v1": 180, "squad_v2": 180, "hellaswag": 440, "ccg": 30, "cosmosqa": 480,
    "commonsenseqa": 110, "xnli": 42, "pawsx": 60, "udpos": 30, "panx": 12, "xquad": 180, "mlqa": 180, "tydiqa": 180,
    "bucc2018": 35, "tatoeba": 12,
}  # fmt: skip
_FAMILY_TOKENS = {"squad_v1": 60, "squad_v2": 60, "hellaswag": 80, "cosmosqa": 80, "xquad": 60, "mlqa": 60}
# Bytes a saved encoder, tokens a second and seconds a step, on one data-centre GPU at 40% of its peak.
_MODELS = {"xlm-roberta-large": (2.24e9, 2.1e5, 9e-3), "xlm-roberta-base": (1.11e9, 7e5, 5e-3)}
_PREDICTED = {"bucc2018": 35_000, "tatoeba": 36_000, "xnli": 37_350, "pawsx": 14_000, "udpos": 30_000,
              "panx": 270_000, "xquad": 13_090, "mlqa": 4_200, "tydiqa": 5_077}  # fmt: skip


class Cost(Record):
    """Estimates. `steps` of the optimiser, `tokens` without padding, `seconds` of one worker, `disk` in bytes."""

    steps: int
    tokens: int
    seconds: float
    disk: int


def cost(kind: StageKind, tasks: tuple[str, ...], recipe: StageRecipe, model: str, place: Place | None) -> Cost:
    """The estimate for one stage."""
    if kind == "pretrained" and place is not None:
        return Cost(steps=0, tokens=0, seconds=0.0, disk=0)
    # Targets that share a fine-tuning (xquad and mlqa) train once; a joint intermediate training takes all its tasks.
    trained_on = tasks if kind == "intermediate" else tasks[:1]
    rows = _text_rows() if kind == "pretrained" else sum(_capped(recipe, _train_rows(t, place)) for t in trained_on)
    mean = sum(_mean_tokens(task, place) for task in tasks) / len(tasks) if tasks else 18
    steps = 0 if kind == "embed" else _steps(recipe, rows)
    trained = int(steps * recipe.batch * mean)
    seen = sum(_eval_rows(task, place) * _mean_tokens(task, place) for task in tasks) if kind != "pretrained" else 0
    rate, per_step, size = _speed(recipe, model, place)
    seconds = trained / rate + seen / (3 * rate) + steps * per_step
    disk = size if kind in ("pretrained", "intermediate") else 40 * sum(_eval_rows(t, place) for t in tasks)
    return Cost(steps=steps, tokens=trained + seen, seconds=round(seconds, 1), disk=int(disk))


def _capped(recipe: StageRecipe, rows: int) -> int:
    """A joint training takes at most so many rows of each task."""
    cap = recipe.options.get("cap")
    return min(rows, cap) if isinstance(cap, int) else rows


def _steps(recipe: StageRecipe, rows: int) -> int:
    """A fixed number where the recipe's options name one, else epochs over the rows."""
    fixed = recipe.options.get("steps")
    return int(fixed) if isinstance(fixed, int) else -(-int(rows * recipe.epochs) // recipe.batch)


def _speed(recipe: StageRecipe, model: str, place: Place | None) -> tuple[float, float, float]:
    """(tokens a second, seconds a step, bytes of a saved encoder)."""
    if place is None:
        rate = recipe.options.get("tokens_per_second", 30_000)
        return float(rate) if isinstance(rate, int | float) else 30_000.0, 0.004, 4e6
    size, tokens, step = _MODELS.get(model.rpartition("/")[2], _MODELS["xlm-roberta-large"])
    return tokens, step, size


def _text_rows() -> int:
    from replicate import family

    return family.MICRO.text * len(family.CODES)


def _mean_tokens(task: str, place: Place | None) -> int:
    base = task.partition("@")[0]
    return _FAMILY_TOKENS.get(base, 20) if place is None else _TOKENS[base]


def _train_rows(task: str, place: Place | None) -> int:
    one = catalogue.entry(task.partition("@")[0])
    if place is None:
        from replicate import family

        if one.task.id == "tydiqa":
            return family.MICRO.tydiqa_train
        return family.MICRO.train * (3 if one.task.id == "anli" else 1)
    if one.task.train_task:
        return _train_rows(one.task.train_task, place)
    for split in one.task.splits:
        if split.name == "train" and split.rows:
            return split.rows.get("en", max(split.rows.values()))
    recalled = one.reading.recalled.get("train", {}).get("en", 0)
    return recalled + sum(part.rows.get("train", 0) for part in one.reading.parts)


def _eval_rows(task: str, place: Place | None) -> int:
    base = task.partition("@")[0]
    if place is not None:
        return _PREDICTED.get(base, 5_000)
    from replicate import family

    sizes, languages = family.MICRO, len(family.CODES)
    if base == "tatoeba":
        return 2 * sizes.tatoeba * (languages - 1)
    if base == "bucc2018":
        return 2 * (sizes.bucc_gold + sizes.bucc_distractors) * (languages - 1)
    return sizes.dev * languages


def total(costs: Iterable[Cost]) -> Cost:
    """The sum."""
    several = list(costs)
    return Cost(
        steps=sum(c.steps for c in several), tokens=sum(c.tokens for c in several),
        seconds=round(sum(c.seconds for c in several), 1), disk=sum(c.disk for c in several),
    )  # fmt: skip


def short(one: Cost) -> str:
    """`1,200 steps, 1.3M tokens, 2 min, 4 MB` for people."""
    return f"{one.steps:,} steps, {_scaled(one.tokens)} tokens, {duration(one.seconds)}, {_bytes(one.disk)}"


def duration(seconds: float) -> str:
    """Seconds in the unit a person would use."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _scaled(count: float) -> str:
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return f"{count:.0f}"


def _bytes(count: float) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.0f} B"
