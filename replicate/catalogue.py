"""The eighteen tasks as data: one TOML file each in `tasks/`, read into frozen records.

The top level of a file is a `records.Task`; its table `[reading]` says how rows become examples: which composition
(a name from a short list), which files of which format in which order of preference, which further parts belong to
the task, how labels are spelled elsewhere. A file names functions, it never contains one.

Row counts come in two kinds. Those of `splits.rows` were read in a published description of the data or counted in a
copy of it; another count is refused. Those of `reading.recalled` are from memory: another count is only noted.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from pydantic import Field, ValidationError

from replicate.records import Split, Task
from synth.errors import InputError, SynthError, did_you_mean
from synth.records import Record

__all__ = ["TASK_IDS", "Entry", "FileSource", "Part", "Reading", "entry", "listing", "split_of", "task", "tasks"]

TASK_IDS = (
    "anli", "mnli", "qqp", "squad_v2", "squad_v1", "hellaswag", "ccg", "cosmosqa", "commonsenseqa",
    "xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba",
)  # fmt: skip

FormatName = Literal[
    "tsv", "bare_tsv", "csv", "jsonl", "json_table", "squad", "conllu", "tagged", "iob", "tag_lines", "laser", "bucc"
]
Composition = Literal["pair", "hellaswag", "cosmosqa", "commonsenseqa", "tags", "span", "parallel"]


class FileSource(Record):
    """Where one split lies in a folder of original files.

    `paths` are patterns under the folder: `{lang}` is our language code, `{code}` the one in `reading.codes`, `*`
    stands for any name (matches are read in the order of their base names), `a.tar.gz!b` is member b of archive a, and
    `.gz`, `.xz` or `.bz2` may follow. Several paths are one set (the sides of a parallel corpus).
    `part` is True for what is known to be a part of the split: it is read only where parts are wanted. `variant` names
    data that stand in for the task's own (a parser's output, another annotation): read only as `task@variant`.
    With `id_prefix` the file holds all languages and the ids of one start with its `{code}`.
    """

    split: str
    format: FormatName
    paths: tuple[str, ...]
    columns: dict[str, str] = Field(default_factory=dict)
    fields: tuple[str, ...] = ()
    values: dict[str, str] = Field(default_factory=dict)
    languages: tuple[str, ...] = ()
    skip_short: bool = False
    id_prefix: bool = False
    part: bool = False
    variant: str | None = None


class Part(Record):
    """Further data that belong to the task: another task's split, or a data set without a task of its own.

    `splits` maps our split names to those of `task` or of the hub; `rows` are counts as stored.
    """

    name: str
    splits: dict[str, str]
    task: str | None = None
    hub: str | None = None
    config: str | None = None
    revision: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    rows: dict[str, int] = Field(default_factory=dict)
    files: tuple[FileSource, ...] = ()


class Reading(Record):
    """How the rows of a task become examples."""

    compose: Composition
    evaluate: str = Field(description="the split that the paper's development protocol scores")
    aliases: dict[str, str] = Field(default_factory=dict)
    codes: dict[str, str] = Field(default_factory=dict)
    id_prefix: bool = Field(default=False, description="the hub has one split of all languages; ids start with {code}")
    hub_deviation: str | None = Field(default=None, description="why the hub's copy is another experiment: task@hub")
    values: dict[str, str] = Field(default_factory=dict)
    recalled: dict[str, dict[str, int]] = Field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    files: tuple[FileSource, ...] = ()


class Entry(Record):
    """A task with its way of reading."""

    task: Task
    reading: Reading


@lru_cache(maxsize=1)
def _entries() -> dict[str, Entry]:
    folder = files("replicate") / "tasks"
    found: dict[str, Entry] = {}
    for name in TASK_IDS:
        raw = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        reading = raw.pop("reading", {})
        try:
            found[name] = Entry(task=Task(**raw), reading=Reading(**reading))
        except ValidationError as error:  # a fault of this package, not of the person's input
            raise SynthError(f"replicate/tasks/{name}.toml: {error.errors()[0]['loc']}: {error}") from error
    return found


def tasks() -> dict[str, Task]:
    """All tasks by id, intermediates first, in the order of the paper's tables."""
    return {name: one.task for name, one in _entries().items()}


def entry(task_id: str) -> Entry:
    """The task with its way of reading. An unknown id raises InputError with a near match."""
    known = _entries()
    if task_id not in known:
        raise InputError(f'there is no task "{task_id}"; {did_you_mean(task_id, known)}')
    return known[task_id]


def task(task_id: str) -> Task:
    """The task of this id. An unknown id raises InputError with a near match."""
    return entry(task_id).task


def split_of(one: Entry, name: str) -> Split:
    """The split of this name (`dev` is `validation`; some tasks have one split under two names)."""
    wanted = "validation" if name == "dev" else name
    wanted = one.reading.aliases.get(wanted, wanted)
    by_name = {split.name: split for split in one.task.splits}
    if wanted not in by_name:
        near = did_you_mean(wanted, by_name) if by_name else "it has none"
        raise InputError(f'{one.task.id} has no split "{name}"; {near}')
    return by_name[wanted]


def listing(why_not: Callable[[Task], str | None] | None = None) -> list[dict[str, object]]:
    """One plain record per task for `replicate tasks`: what it is, and whether its data can be had.

    `why_not` answers for one task why its data cannot be had (None: they can); without it the task's own `unavailable`
    is taken, which knows nothing of this machine. `load.why_not(place)` makes one for a place.
    """
    rows: list[dict[str, object]] = []
    for one in _entries().values():
        this = one.task
        reason = this.unavailable if why_not is None else why_not(this)
        rows.append({
            "id": this.id, "name": this.name, "role": this.role, "head": this.head, "metric": this.metric,
            "languages": list(this.languages), "labels": len(this.labels),
            "splits": {split.name: sum(split.rows.values()) if split.rows else None for split in this.splits},
            "train_task": this.train_task, "hub": this.hub, "config": this.config, "revision": this.revision,
            "licence": this.licence, "citation": this.citation, "how_to_get": this.how_to_get,
            "available": reason is None, "why_not": reason, "traps": list(this.traps),
        })  # fmt: skip
    return rows
