"""The benchmarks, one TOML each: what is measured on which files, by whose definition, what our weights saw of it."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from synth.errors import InputError, did_you_mean
from synth.records import Record

__all__ = ["Benchmark", "Kind", "Place", "find", "known", "placed"]

Kind = Literal["pairs", "open", "retrieval", "tables", "edits", "speed"]


class Benchmark(Record):
    """A benchmark as its TOML tells it.

    `folder` lies under the root of the data; `files` are needed in it, `{split}` standing for the split. Of the splits
    in `trained` our weights have learned: there only groups that were held back are judged. `seen` says what of it our
    weights have seen, "nothing" where nothing. `metrics` are the names of the figures that are shown, the first is the
    headline; a name that ends in "*" stands for all that begin so.
    """

    name: str
    title: str
    measures: str
    kind: Kind
    data: str
    folder: str
    files: tuple[str, ...]
    splits: tuple[str, ...]
    split: str
    trained: tuple[str, ...]
    licence: str
    metrics: tuple[str, ...]
    definition: str
    use: Literal["train", "tune", "calibrate", "test"]
    seen: str

    @model_validator(mode="after")
    def _whole(self) -> Benchmark:
        if self.split not in self.splits or not self.metrics:
            raise ValueError(f"{self.name}: the default split is none of the splits, or no metric is named")
        return self


class Place(Record):
    """A benchmark with its split, found in a folder."""

    benchmark: Benchmark
    split: str
    folder: Path


def known() -> dict[str, Benchmark]:
    """All benchmarks by name, in alphabetical order."""
    files = resources.files("synth.evaluation").joinpath("benchmarks").iterdir()
    made = [Benchmark(**tomllib.loads(file.read_text("utf-8"))) for file in files if file.name.endswith(".toml")]
    return {one.name: one for one in sorted(made, key=lambda one: one.name)}


def find(name: str) -> Benchmark:
    """The benchmark of that name. InputError, with a near name, where there is none."""
    every = known()
    if name not in every:
        raise InputError(f'evaluate: no benchmark "{name}"; {did_you_mean(name, every)}')
    return every[name]


def placed(name: str, data: Path, split: str | None) -> Place:
    """The benchmark with the folder of its files: `data` itself, or its own folder under the root `data`.

    Raises:
        InputError: no such benchmark or split, or a file is missing (which one, and what `data` should hold).
    """
    benchmark = find(name)
    chosen = benchmark.split if split is None else split
    if chosen not in benchmark.splits:
        raise InputError(f'{name} has no split "{chosen}"; {did_you_mean(chosen, benchmark.splits)}')
    files = [file.format(split=chosen) for file in benchmark.files]
    wanted = f"give the folder of {benchmark.data} ({', '.join(files)}) or the root that holds {benchmark.folder}/"
    if not data.is_dir():
        raise InputError(f"--data {data}: no such folder; {wanted}")
    under = data / benchmark.folder
    folder = under if under.is_dir() else data
    missing = [file for file in files if not (folder / file).is_file()]
    if len(missing) == len(files) and folder == data:
        raise InputError(f"--data {data}: none of the files of {benchmark.data} is there; {wanted}")
    if missing:
        raise InputError(f"--data {folder}: {missing[0]} is missing; {wanted}")
    return Place(benchmark=benchmark, split=chosen, folder=folder)
