"""A manifest in, the same report out: the request that it keeps is asked again, and the bytes are compared.

    request_of(manifest, where)                  -> Request    what was asked, with its inputs as they were
    rebuild(file, library, progress, out)        -> Rebuilt    the report made again from manifest.json

A manifest names its inputs by path and hash: one that is missing or was changed is told before anything is asked.
Evidence of experiments and the marks of claims come from the manifest too, so that nothing but the library is needed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from synth.errors import InputError
from synth.laid import HISTORY
from synth.records import Report
from synth.refresh import manifest_of, refresh
from synth.run import Request, produce
from synth.shelves import file_hash

if TYPE_CHECKING:
    from synth.library import Library
    from synth.progress import Silent

__all__ = ["Rebuilt", "rebuild", "request_of"]

_SCHEMA = "synth/manifest/1"
_TOLD = ("version", "embedding_model", "verifier", "language_model", "reviewer", "corpora")


class Rebuilt(NamedTuple):
    """The report made again. `same`: report.json has the bytes of the one beside the manifest (None: none lies there).

    `differs` says what is otherwise than it was then: the program's version, a model, the size of a corpus.
    """

    report: Report
    out: Path
    same: bool | None
    differs: tuple[str, ...]


def rebuild(
    file: Path, library: Library, progress: Silent, out: Path | None = None, *, command: Sequence[str] = ()
) -> Rebuilt:
    """Make the report of a manifest again, in `out` (by default `rebuilt` beside the manifest).

    Raises InputError where the manifest cannot be read or keeps no request, or an input is not there as it was.
    """
    before = manifest_of(file)
    request = request_of(before, str(file))
    folder = file if file.is_dir() else file.parent
    target = out or folder / "rebuilt"
    if target.resolve() == folder.resolve():
        raise InputError(f"--out: {target} holds the report itself; name another folder")
    made = produce(request._replace(out=target), library, progress, command=command)
    marks = before.get("flags", [])
    result = refresh(target, str(before.get("date", "")), among=[lambda _: marks], also=before.get(HISTORY, []))
    after = manifest_of(target)
    differs = tuple(
        f"{name}: {_words(before.get(name))} then, {_words(after.get(name))} now"
        for name in _TOLD
        if before.get(name) != after.get(name)
    )
    theirs = folder / "report.json"
    same = theirs.read_bytes() == (target / "report.json").read_bytes() if theirs.is_file() else None
    return Rebuilt(result.report, made.out, same, differs)


def request_of(
    manifest: Mapping[str, Any], where: str, hashed: Callable[[Path], str] | None = file_hash
) -> Request:
    """What a manifest says was asked; `hashed` gives an input's SHA-256 (None: inputs may have changed).

    InputError naming the field that is wrong, or the input that is not there as it was.
    """
    asked = manifest.get("request")
    if manifest.get("schema") != _SCHEMA or not isinstance(asked, dict):
        raise InputError(f'{where}: keeps no request; a manifest.json of synth ("{_SCHEMA}") is expected')
    papers = tuple(_input(one, where, hashed) for one in _listed(manifest, "inputs", where))
    try:
        return Request(
            question=_typed(asked, "question", str),
            papers=papers,
            sources=tuple(_listed(asked, "sources", where)),
            offline=_typed(asked, "offline", bool),
            max_papers=_typed(asked, "max_papers", int),
            since=_typed(asked, "since", int, None),
            budget=_typed(asked, "budget", float, None),
            language_model=_typed(asked, "language_model", str, None),
            embedding_model=_typed(asked, "embedding_model", str, None),
            verifier=_typed(asked, "verifier", str, None),
            reviewer=_typed(asked, "reviewer", str, None),
            formats=tuple(_listed(asked, "formats", where)),
        )
    except TypeError as problem:
        raise InputError(f"{where}: request: {problem}; it was changed") from None


def _typed(asked: Mapping[str, Any], name: str, kind: type, *others: None) -> Any:
    value = asked.get(name)
    if value is None and others:
        return None
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{name}: {json.dumps(value)} is no {kind.__name__}")
    return value


def _listed(of: Mapping[str, Any], name: str, where: str) -> list[Any]:
    found = of.get(name, [])
    if not isinstance(found, list):
        raise InputError(f"{where}: {name}: a list is expected; it was changed")
    return found


def _input(one: Any, where: str, hashed: Callable[[Path], str] | None) -> Path:
    """An input of the first run, which must hold the same bytes. The person named the manifest, and so its inputs."""
    if not isinstance(one, dict) or not isinstance(one.get("path"), str):
        raise InputError(f"{where}: inputs: a path is expected; it was changed")
    path = Path(one["path"])
    if not path.exists():
        raise InputError(f"{where}: {path}: the input is not there any more; start from the folder of the first run")
    if hashed is not None and one.get("sha256") and (not path.is_file() or hashed(path) != one["sha256"]):
        raise InputError(f"{where}: {path}: the input was changed since; the same report cannot be made of it")
    return path


def _words(value: Any) -> str:
    return "none" if value is None else value if isinstance(value, str) else json.dumps(value)
