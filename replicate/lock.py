"""What the keys of stages are made of: the content of data, model and code, and whether data can be had at all."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files as packaged
from pathlib import Path

from replicate import catalogue, load
from replicate.formats import folder
from replicate.place import Place
from replicate.records import content_id
from synth.errors import InputError
from synth.library import file_hash

__all__ = ["code", "data", "model", "unavailable"]

# Modules that plan, compare or show: a change in them changes no prediction. All others are part of a stage's key.
_AROUND = frozenset({
    "__init__", "arms", "bench", "bootstrap", "chart", "check", "cli", "cli_machine", "cli_results", "cli_run",
    "cli_small", "cli_tasks", "cluster", "compare", "corpus", "cost", "counted", "decide", "exchange", "execute",
    "finish", "flagged", "flags", "gold", "ledger", "level", "lock", "measured", "pages", "plan", "prepare",
    "profiles", "rank", "records", "rival", "runs", "scope", "score", "shell", "show", "small", "small_record",
    "tree", "view", "walks", "watch", "workers",
})  # fmt: skip


@lru_cache(maxsize=1)
def code() -> str:
    """A hash of the modules that make predictions (readers, metrics, the family, the engine)."""
    digest = hashlib.sha256()
    root = Path(str(packaged("replicate")))
    for path in sorted(root.rglob("*.py"), key=lambda p: p.relative_to(root).as_posix()):
        name = path.relative_to(root).as_posix()
        if name.removesuffix(".py") not in _AROUND:
            digest.update(f"{name}\n".encode() + path.read_bytes())
    return f"code-{digest.hexdigest()[:10]}"


@lru_cache(maxsize=8)
def model(name: str) -> str:
    """A model by content: a folder by its files (configuration whole, weights by size), a hub id by name."""
    path = Path(name)
    if not path.is_dir():
        return name
    parts = []
    for file in sorted(path.iterdir()):
        if file.is_file():
            small = file.stat().st_size < 2**22
            parts.append([file.name, file.stat().st_size, file_hash(file) if small else ""])
    return content_id("model", parts)


def data(kind: str, tasks: tuple[str, ...], place: Place | None, world: int | None) -> str:
    """The data of a stage by content; with `world` it is the made-up family of that seed."""
    if world is not None:
        return _family(world)
    if kind == "pretrained" or place is None:
        return "none"
    return content_id("data", [_task_data(task, place) for task in tasks])


@lru_cache(maxsize=8)
def _family(world: int) -> str:
    from replicate import family

    facts = family.describe(family.MICRO, world)
    return content_id("family", facts["seed"], facts["sizes"], facts["concepts"])


@lru_cache(maxsize=256)
def _task_data(name: str, place: Place) -> list[object]:
    """What a task's data are: on the hub its entry in the catalogue (id, revision, counts), else its files' hashes."""
    base, _, variant = name.partition("@")
    one = catalogue.entry(base)
    parts: list[object] = [name, one.model_dump(mode="json")]
    if place.kind == "files" and place.path is not None:
        for split in one.task.splits:
            for source in folder.wanted(one.reading.files, split.name, place.whole, variant or None):
                for language in load.languages(name, split.name, place):
                    code_ = one.reading.codes.get(language, language)
                    found = folder.find(source, place.path, language, code_) or ()
                    parts += [[str(s.path.relative_to(place.path)), _hash(s.path)] for s in found]
    elif place.kind == "layout" and place.path is not None and one.task.hub:
        root = place.path / one.task.hub
        parts += [[p.relative_to(root).as_posix(), _hash(p)] for p in sorted(root.rglob("*")) if p.is_file()]
    if one.task.train_task:
        parts.append(_task_data(one.task.train_task, place))
    return parts


@lru_cache(maxsize=4096)
def _hash(path: Path) -> str:
    return file_hash(path)


def unavailable(task: str, place: Place) -> str | None:
    """Why the data of a task (or `task@variant`) cannot be had from this place; None when they can."""
    base, _, variant = task.partition("@")
    one = catalogue.task(base)
    if variant:
        try:
            found = load.languages(task, "train", place) if place.kind == "files" else ()
        except InputError as problem:
            return str(problem)
        return None if found else f"data of the variant {variant} are not there: supply them in a folder (--data)"
    why = load.why_not(place)
    return why(one) or (why(catalogue.task(one.train_task)) if one.train_task else None)
