"""The claims ledger and the recipes as data: one TOML file per claimed effect, one per set of hyperparameters.

`experiments/<id>.toml` holds the claim with value, source, version, mark and tolerance, and the arms that test it.
A figure whose mark is `recalled` is from memory: it is kept for a person to verify and never shown as the paper's.

`recipes/<name>.toml` holds `[defaults]`, `[stages.<key>]` (what differs) and `source`. A recipe id is `name/key`, for
example `paper/mnli`; the keys are task ids, `joint` (several tasks at once), `mlm` (a task with masked text between),
`pretrained` (from scratch) and `embed`. Targets that share one fine-tuning have the key of the first (xquad for
xquad and mlqa). What one kind of stage alone needs stands in `options`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError

from replicate import catalogue
from replicate.records import Arm, ClaimedEffect, Recipe
from synth.errors import InputError, SynthError, did_you_mean
from synth.records import Record

__all__ = [
    "Count", "Expected", "Family", "Matching", "StageRecipe", "Sum", "Tested", "experiment", "experiments", "recipe",
    "recipe_names", "stated",
]  # fmt: skip

T = TypeVar("T", bound=Record)
Option = bool | int | float | str | tuple[str, ...] | tuple[int, ...]


class StageRecipe(Recipe):
    """A recipe with what one kind of stage needs beside it (mask share, model shape, stride, sampling rule...)."""

    options: dict[str, Option] = Field(default_factory=dict)


class Matching(Record):
    """Which claims of a report an experiment can test: of these papers, with this value and these words.

    `value` must be among the numbers of the statement (None: no number is asked for); of each group of `words` at
    least one must occur; none of `without` may.
    """

    papers: tuple[str, ...]
    value: float | None = None
    words: tuple[tuple[str, ...], ...] = ()
    without: tuple[str, ...] = ()


class Family(Record):
    """What the preset micro runs in place of the experiment, and the effect of the family that it measures.

    `pretrain` says whether each seed pretrains its own model or all share one. `band` is in points: the equivalence
    band around 0, and the smallest effect that counts. `world` is the seed of the family's world and languages; it and
    `seeds` (of training) are other numbers than those on which sizes and recipe were found (below 200).
    """

    statement: str
    treatment: str
    controls: tuple[str, ...] = ()
    targets: tuple[str, ...]
    seeds: tuple[int, ...]
    world: int
    layer: int
    band: float
    pretrain: Literal["per_seed", "once"] = "per_seed"


class Count(Record):
    """A number of rows that the paper states. `mark` as in `ClaimedEffect`."""

    task: str
    split: str
    language: str = "en"
    value: int
    mark: Literal["read", "seeds", "recalled"]
    source: str


class Sum(Record):
    """An arithmetic claim: the terms, how they combine, and the stated result at the given number of decimals."""

    what: str
    terms: tuple[float, ...]
    operation: Literal["mean", "sum", "difference"]
    stated: float
    decimals: int
    mark: Literal["read", "seeds", "recalled"]
    source: str


class Expected(Record):
    """A published score that a run is compared with, cell by cell (`tolerance` in points)."""

    task: str
    scores: dict[str, float]
    tolerance: float
    source: str


class Tested(Record):
    """One entry of the ledger: the claim and the experiment that tests it.

    `headline` claims form the family over which Holm's correction goes. `side` of an absence: "both" asks that the
    difference lies within the band, "above" that it does not exceed it (nothing is claimed about losses).
    `level` experiments compare with `expected`; `rank` ones ask which `top` of the arms come first. `why_not` says why
    this version cannot run the experiment; None when it can.
    """

    id: str
    title: str
    paper: str = "arXiv:2005.13013"
    headline: bool = False
    effect: ClaimedEffect
    side: Literal["both", "above"] = "both"
    arms: tuple[Arm, ...] = ()
    baseline: str = ""
    treatment: str = ""
    top: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    layer: int | None = None
    expected: tuple[Expected, ...] = ()
    counts: tuple[Count, ...] = ()
    sums: tuple[Sum, ...] = ()
    match: Matching | None = None
    micro: Family | None = None
    why_not: str | None = None
    notes: tuple[str, ...] = ()

    def arm(self, name: str) -> Arm:
        """The arm of that id. Raises SynthError for another: the file is then at fault."""
        for one in self.arms:
            if one.id == name:
                return one
        raise SynthError(f'experiments/{self.id}.toml: no arm "{name}"')


def stated(effect: ClaimedEffect) -> str:
    """The claimed value as it may be shown: a recalled figure is not shown as the paper's."""
    if effect.mark == "recalled":
        return "recalled, not verified: not shown"
    if effect.value is None:
        return "no figure stated"
    sign = "+" if effect.kind == "difference" and effect.value > 0 else ""
    return f"{sign}{effect.value:g} {effect.unit}"


# --- experiments --------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def experiments() -> dict[str, Tested]:
    """All entries of the ledger by id, sorted. Raises SynthError naming the packaged file and field at fault."""
    found: dict[str, Tested] = {}
    for name, document in _documents("experiments"):
        # TOML has no null: what a file does not state is None.
        document["effect"] = {"id": name, "value": None, "version": None, **document.get("effect", {})}
        one = _validated(Tested, document, f"experiments/{name}.toml")
        if one.id != name:
            raise SynthError(f'experiments/{name}.toml: its id is "{one.id}"')
        _check(one)
        found[name] = one
    return found


def experiment(name: str) -> Tested:
    """The entry of that id. An unknown id raises InputError with a near match."""
    known = experiments()
    if name not in known:
        raise InputError(f'--experiment: there is no experiment "{name}"; {did_you_mean(name, known)}')
    return known[name]


def _check(one: Tested) -> None:
    """What pydantic cannot see: names of arms and tasks, and a stated level that is the mean of its cells."""
    where = f"experiments/{one.id}.toml"
    names = [arm.id for arm in one.arms]
    if len(set(names)) < len(names):
        raise SynthError(f"{where}: two arms have one id")
    wanted = [one.baseline, one.treatment, *one.top, *(one.micro.controls if one.micro else ())]
    for name in (*wanted, one.micro.treatment if one.micro else ""):
        if name and name not in names:
            raise SynthError(f'{where}: no arm "{name}"')
    for task in _tasks_of(one):
        catalogue.task(task.partition("@")[0])
    if one.effect.kind == "level":
        mean = sum(sum(e.scores.values()) / len(e.scores) for e in one.expected) / len(one.expected)
        if one.effect.value is None or abs(one.effect.value - mean) > 0.05:
            raise SynthError(f"{where}: the stated level is not the mean of the expected scores, {mean:.2f}")


def _tasks_of(one: Tested) -> Iterable[str]:
    for arm in one.arms:
        yield from arm.intermediates
    yield from one.targets
    yield from (e.task for e in one.expected)
    yield from (c.task for c in one.counts)


# --- recipes ------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _recipes() -> dict[str, dict[str, Any]]:
    return dict(_documents("recipes"))


def recipe_names() -> tuple[str, ...]:
    """The names of the recipe files, sorted."""
    return tuple(sorted(_recipes()))


def recipe(recipe_id: str) -> StageRecipe:
    """The recipe of an id `name/key`; the key may be left out (`paper`: the defaults), an unknown key has them too.

    Raises InputError for an unknown name, SynthError naming the field of a packaged file that is wrong.
    """
    name, _, key = recipe_id.partition("/")
    known = _recipes()
    if name not in known:
        raise InputError(f'there is no recipe "{name}"; {did_you_mean(name, known)}')
    document = known[name]
    defaults, own = document.get("defaults", {}), document.get("stages", {}).get(key, {})
    options = {**defaults.get("options", {}), **own.get("options", {})}
    merged = {"source": document.get("source", ""), **defaults, **own, "options": options, "id": recipe_id}
    return _validated(StageRecipe, merged, f"recipes/{name}.toml")


# --- files --------------------------------------------------------------------------------------------


def _documents(folder: str) -> list[tuple[str, dict[str, Any]]]:
    place = files("replicate").joinpath(folder)
    if not place.is_dir():
        return []
    found = sorted(path.name for path in place.iterdir() if path.name.endswith(".toml"))
    return [(name[:-5], tomllib.loads(place.joinpath(name).read_text(encoding="utf-8"))) for name in found]


def _validated(kind: type[T], document: dict[str, Any], where: str) -> T:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SynthError(f"{where}: {field}: {first['msg']}") from error
