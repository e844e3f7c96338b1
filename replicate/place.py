"""Where task data are read: the hub, a folder laid out as the hub's, or a folder of original files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from replicate import catalogue
from synth.errors import InputError
from synth.records import Record

__all__ = ["Place", "family", "files", "hub", "layout", "place"]


class Place(Record):
    """Where data are read.

    `whole` is False for a folder of parts or made-up data: then counts are not compared. `source` is the language of
    the tasks that exist in one language only (English, but for the made-up family).
    """

    kind: Literal["hub", "layout", "files"]
    path: Path | None = None
    whole: bool = True
    source: str = "en"


def hub(*, whole: bool = True) -> Place:
    """The hub that HF_ENDPOINT names (by default the public one)."""
    return Place(kind="hub", whole=whole)


def layout(path: Path, *, whole: bool = True) -> Place:
    """A folder laid out as the hub's: `owner/name/README.md` with its configurations, parquet or JSONL beside it."""
    return Place(kind="layout", path=_existing(path), whole=whole)


def files(path: Path, *, whole: bool = True, source: str = "en") -> Place:
    """A folder of the data sets' original files, named as `replicate/tasks/*.toml` says."""
    return Place(kind="files", path=_existing(path), whole=whole, source=source)


def family(path: Path) -> Place:
    """A folder written by `replicate.family.write`; its `family.json` names the base language."""
    described = _existing(path) / "family.json"
    try:
        base = json.loads(described.read_text(encoding="utf-8"))["base"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{described}: does not describe a language family ({error!r})") from error
    return files(path, whole=False, source=str(base))


def place(text: str, *, whole: bool = True) -> Place:
    """The place a person names: `hub`, or a folder (of a family, in hub layout, or else of original files)."""
    if text == "hub":
        return hub(whole=whole)
    path = _existing(Path(text))
    if (path / "family.json").is_file():
        return family(path)
    hubs = [one.hub for one in catalogue.tasks().values() if one.hub]
    in_layout = any((path / name / "README.md").is_file() for name in hubs) or (path / "README.md").is_file()
    return Place(kind="layout" if in_layout else "files", path=path, whole=whole)


def _existing(path: Path) -> Path:
    if not path.is_dir():
        raise InputError(f"{path}: is not a folder; name a folder of data, or hub")
    return path
