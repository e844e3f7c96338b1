"""Finding the files of a split in a folder, by the patterns of a task's TOML file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from replicate.catalogue import FileSource
from replicate.formats.rows import SUFFIXES, Source, archive

__all__ = ["find", "fits_any_language", "languages", "wanted"]


def wanted(files: Iterable[FileSource], split: str, whole: bool, variant: str | None) -> Iterator[FileSource]:
    """The file sources of a split in order of preference: none that is a part where the whole is asked for."""
    for one in files:
        if one.split == split and one.variant == variant and not (whole and one.part and variant is None):
            yield one


def fits_any_language(one: FileSource) -> bool:
    """Whether the language is in the names of the files, so that a file found is of the language asked for."""
    return any("{" in path for path in one.paths) or one.id_prefix


def find(one: FileSource, root: Path, language: str, code: str) -> tuple[Source, ...] | None:
    """The files of the source in the order of its paths, or None if any of them is missing."""
    found: list[Source] = []
    for pattern in one.paths:
        here = list(_matches(root, pattern.replace("{lang}", language).replace("{code}", code)))
        if not here:
            return None
        found += here
    return tuple(found)


def _matches(root: Path, pattern: str) -> Iterator[Source]:
    outer, _, member = pattern.partition("!")
    if member:
        path = root / outer
        if path.is_file() and member in _members(path):
            yield Source(path, member)
        return
    if "*" not in pattern:
        for suffix in SUFFIXES:
            if (path := root / (pattern + suffix)).is_file():
                yield Source(path)
                return
        return
    # The benchmark gathers all treebanks of a language in one folder and sorts: base names decide the order.
    hits = {path for suffix in SUFFIXES for path in root.glob(pattern + suffix)}
    yield from (Source(path) for path in sorted(hits, key=lambda path: (path.name, str(path))))


def _members(path: Path) -> Iterable[str]:
    return archive(path, path.stat().st_mtime_ns)


def languages(one: FileSource, root: Path, codes: Mapping[str, str]) -> set[str]:
    """Our codes of the languages that the first path of the source is found in."""
    pattern = one.paths[0]
    back = {code: language for language, code in codes.items()}
    expression, seen = "", set()
    for piece in re.split(r"(\{lang\}|\{code\}|\*)", pattern.partition("!")[2] or pattern):
        if piece == "*":
            expression += "[^/]*"
        elif piece in {"{lang}", "{code}"}:
            expression += "(?P=name)" if piece in seen else "(?P<name>[a-z]{2,}(?:-[a-z]+)?)"
            seen.add(piece)
        else:
            expression += re.escape(piece)
    if not seen:
        return set()
    matcher = re.compile(expression + r"(?:\.gz|\.xz|\.bz2)?$")
    if "!" in pattern:
        path = root / pattern.partition("!")[0]
        names: Iterable[str] = _members(path) if path.is_file() else ()
    else:
        glob = pattern.replace("{lang}", "*").replace("{code}", "*")
        names = {str(path.relative_to(root)) for suffix in SUFFIXES for path in root.glob(glob + suffix)}
    found = {match["name"] for name in names if (match := matcher.match(name))}
    return {back.get(name, name) for name in found if find(one, root, back.get(name, name), name) is not None}
