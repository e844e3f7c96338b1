"""Data sets by the unmodified `datasets.load_dataset`: from the hub, or from a folder laid out as the hub's."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from replicate.formats.rows import Row
from synth.errors import InputError

__all__ = ["Stored", "folder_of", "load"]


class Stored(NamedTuple):
    """One split as stored: its rows, what the integers of each labelled column stand for, the commit it came from."""

    rows: Iterator[Row]
    names: dict[str, tuple[str, ...]]
    revision: str | None


def folder_of(root: Path, hub: str) -> Path | None:
    """The folder of the data set `hub` under `root`: `root/owner/name`, `root/name`, or `root` itself."""
    for folder in (root / hub, root / hub.split("/")[-1], root):
        if (folder / "README.md").is_file():
            return folder
    return None


def load(where: str, config: str | None, split: str, revision: str | None) -> Stored:
    """One split of the data set (a hub id or a folder). The hub is the one that HF_ENDPOINT names.

    What cannot be had (no such data set, configuration or split, no network, a loading script) raises InputError with
    the first line of what the library says.
    """
    datasets: Any = import_module("datasets")  # heavy, and it has no types
    name = f"{where} ({config or 'default'}, {split})"
    try:
        datasets.disable_progress_bars()
        table = datasets.load_dataset(where, config, split=split, revision=revision)
    except (datasets.exceptions.DatasetsError, OSError, ValueError, RuntimeError) as error:
        told = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        place = "" if Path(where).is_dir() else f" from {os.environ.get('HF_ENDPOINT', 'the hub')}"
        raise InputError(f"{name}: cannot be had{place}: {told}") from error
    commit = None if Path(where).is_dir() else _commit(table) or revision
    return Stored(_rows(table, name), _names(table.features), commit)


def _rows(table: Any, name: str) -> Iterator[Row]:
    for number, fields in enumerate(table):
        yield Row(f"{name}: row {number}", fields)


def _names(features: Any) -> dict[str, tuple[str, ...]]:
    """The names behind the integers of class columns and of columns that are lists of classes."""
    found: dict[str, tuple[str, ...]] = {}
    for column, feature in features.items():
        names = getattr(feature, "names", None) or getattr(getattr(feature, "feature", None), "names", None)
        if names:
            found[column] = tuple(names)
    return found


def _commit(table: Any) -> str | None:
    """The commit that was read: the library prepares a hub data set in a folder named after it."""
    for file in table.cache_files:
        if match := re.search(r"/([0-9a-f]{40})/", Path(file["filename"]).as_posix()):
            return match[1]
    return None
