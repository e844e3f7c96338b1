"""What a recipe of the ledger says to the training loop, typed: the options beside the common hyperparameters.

The files are `recipes/*.toml`, read by `replicate.ledger`. `training("paper/mnli")` is the complete set for one
training, `joint("paper/joint")` the rule for several tasks in one, `small("family/pretrained")` the size of a model
made of random weights.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import ValidationError

from replicate import ledger
from replicate.records import Recipe
from synth.errors import SynthError
from synth.records import Record

__all__ = ["Joint", "Small", "Training", "joint", "small", "training"]

R = TypeVar("R", bound=Record)


class Training(Recipe):
    """A recipe for one training, complete. Lengths are in word pieces, `warmup` is a share of all steps.

    `eval_first`: how many development examples an evaluation takes; `patience`: evaluations without a gain before
    training stops. `bucket`: how many batches are drawn together and sorted by length (1: none are, as in the paper).
    `part`: the most rows that pass the model at once (None: the whole batch); the gradient is the same.
    `warmup_steps` and `steps` stand for `warmup` and `epochs` where they are given.
    """

    eval_first: int = 500
    bucket: int = 1
    part: int | None = None
    warmup_steps: int | None = None
    steps: int | None = None
    doc_stride: int = 128
    max_query: int = 64
    max_answer: int = 30
    best_of: int = 20
    mlm_probability: float = 0.15


class Joint(Record):
    """Several tasks in one training: each step draws a task in proportion to min(size, cap).

    All steps together are the recipe's `epochs` passes over that many examples of every task. Where masked text is
    learnt beside the tasks, `mlm_share` of all steps are its.
    """

    cap: int
    mlm_share: float = 0.0


class Small(Record):
    """The size of an encoder made from random weights, and of its vocabulary."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    positions: int
    dropout: float
    vocabulary: int


def training(recipe_id: str) -> Training:
    """The complete recipe of one training. InputError for an unknown recipe, SynthError for a wrong option."""
    one = ledger.recipe(recipe_id)
    own = {name: value for name, value in one.options.items() if name in Training.model_fields}
    return _read(Training, {**one.model_dump(exclude={"options"}), **own}, recipe_id)


def joint(recipe_id: str) -> Joint:
    """The rule for several tasks in one training."""
    return _options(Joint, recipe_id)


def small(recipe_id: str) -> Small:
    """The size of the model that this recipe makes from random weights."""
    return _options(Small, recipe_id)


def _options(kind: type[R], recipe_id: str) -> R:
    options = ledger.recipe(recipe_id).options
    return _read(kind, {name: options[name] for name in kind.model_fields if name in options}, recipe_id)


def _read(kind: type[R], values: dict[str, Any], recipe_id: str) -> R:
    try:
        return kind(**values)
    except ValidationError as error:  # the files are packaged: a fault of this program
        first = error.errors()[0]
        raise SynthError(f"the recipe {recipe_id}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
