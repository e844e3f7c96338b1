"""The rows of one split from wherever they lie: the task's own and those of its further parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from replicate import catalogue
from replicate.catalogue import Entry, FileSource, Part
from replicate.formats import FORMATS, Options
from replicate.formats import folder as _folder
from replicate.formats.rows import Row
from replicate.place import Place
from replicate.records import Split
from synth.errors import InputError, did_you_mean

__all__ = ["Piece", "pieces"]


class Piece(NamedTuple):
    """Rows of one source, what they must be counted against, and where they came from."""

    name: str
    rows: Iterator[Row]
    columns: Mapping[str, str]
    values: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]]
    expected: int | None
    source: str
    revision: str | None


def pieces(one: Entry, name: str, split: Split, language: str, where: Place, notes: list[str]) -> Iterator[Piece]:
    """The task's own rows, then those of its further parts; missing parts are noted where parts are enough."""
    missing: list[str] = []
    wholes: list[tuple[Entry, str, Split, Part | None]] = [(one, name, split, None)]
    for part in one.reading.parts if "@" not in name else ():
        if split.name not in part.splits:
            continue
        if part.task:
            other = catalogue.entry(part.task)
            wholes.append((other, part.task, catalogue.split_of(other, part.splits[split.name]), None))
        else:
            wholes.append((one, part.name, split, part))
    for this, called, wanted, inner in wholes:
        try:
            if where.kind == "files":
                yield _from_files(this, called, wanted, language, where, inner)
            else:
                yield _from_hub(this, called, wanted, language, where, inner)
        except InputError as error:
            if where.whole or len(wholes) == 1:
                raise
            missing.append(str(error))
    if len(missing) == len(wholes):
        raise InputError(missing[0])
    notes += [f"a part is missing: {text}" for text in missing]


def _from_files(one: Entry, name: str, split: Split, language: str, where: Place, part: Part | None) -> Piece:
    root = where.path
    assert root is not None
    variant = name.partition("@")[2] or None
    code = one.reading.codes.get(language, language)
    candidates = list(_folder.wanted(part.files if part else one.reading.files, split.name, where.whole, variant))
    for source in candidates:
        if not _folder.fits_any_language(source) and language != where.source:
            continue
        # A made-up language may share its code with a real one that the files call otherwise.
        found = _folder.find(source, root, language, code) or _folder.find(source, root, language, language)
        if found is None:
            continue
        rows = FORMATS[source.format](found, Options(source.fields, language, source.skip_short))
        if source.id_prefix:
            rows = _of_language(rows, code)
        expected = part.rows.get(split.name) if part else split.rows.get(language)
        shown = ", ".join(dict.fromkeys(str(path) for path in found))
        columns = source.columns or (part.columns if part else one.task.columns)
        exact = where.whole and variant is None
        label = name.partition("@")[0]
        return Piece(label, rows, columns, source.values, {}, expected if exact else None, shown, None)
    raise InputError(_not_found(one, name, split, language, where, candidates))


def _not_found(
    one: Entry, name: str, split: Split, language: str, where: Place, candidates: Sequence[FileSource]
) -> str:
    """Why no file was found, in one line: an unknown language, no such data, or files that are not there."""
    root = where.path or Path()
    here: set[str] = set()
    for source in candidates:
        known = _folder.fits_any_language(source)
        here |= _folder.languages(source, root, one.reading.codes) if known else {where.source}
    if here and language not in here and (language not in one.task.languages or here == {where.source}):
        return f'{name} {split.name} has no language "{language}" in {root}; {did_you_mean(language, here)}'
    if language not in one.task.languages:
        near = did_you_mean(language, one.task.languages)
        return f'{name} has no language "{language}" and {root} holds no files of it; {near}'
    if not candidates:
        variants = sorted({file.variant for file in one.reading.files if file.variant})
        near = "; as stand-ins there are " + ", ".join(f"{one.task.id}@{v}" for v in variants) if variants else ""
        return f"{name} {split.name}: no files are known for it{near}"
    tried = [path for source in candidates for path in source.paths][:4]
    shown = ", ".join(path.replace("{lang}", language) for path in tried)
    return f"{name} {split.name} {language}: not in {root} (looked for {shown}). {one.task.how_to_get}"


def _of_language(rows: Iterable[Row], code: str) -> Iterator[Row]:
    return (row for row in rows if str(row.fields.get("id", "")).startswith(f"{code}-"))


def _from_hub(one: Entry, name: str, split: Split, language: str, where: Place, part: Part | None) -> Piece:
    from replicate.formats import hub as _hub

    base, _, variant = name.partition("@")
    if language not in one.task.languages:
        raise InputError(f'{name} has no language "{language}"; {did_you_mean(language, one.task.languages)}')
    if one.task.unavailable:
        raise InputError(f"{name}: {one.task.unavailable}")
    repository = part.hub if part else one.task.hub
    stored_split = part.splits[split.name] if part else split.hub_split
    if variant not in {"", "hub"} or repository is None or stored_split is None:
        raise InputError(f"{name} {split.name}: not on the hub. {one.task.how_to_get}")
    if one.reading.hub_deviation and variant != "hub" and where.kind == "hub":
        what = f"{one.reading.hub_deviation}. {one.task.how_to_get} Or ask for {base}@hub"
        raise InputError(f"{name}: the hub's copy is another experiment: {what}")
    code = one.reading.codes.get(language, language)
    config = ((part.config if part else one.task.config) or "").replace("{lang}", language).replace("{code}", code)
    address, revision = repository, part.revision if part else one.task.revision
    if where.kind == "layout":
        assert where.path is not None
        folder = _hub.folder_of(where.path, repository)
        if folder is None:
            raise InputError(f"{name}: {where.path} holds no {repository}/README.md. {one.task.how_to_get}")
        address, revision = str(folder), None
    stored = _hub.load(address, config or None, stored_split, revision)
    filtered = one.reading.id_prefix and part is None
    rows = _of_language(stored.rows, code) if filtered else stored.rows
    expected = part.rows.get(split.name) if part else split.rows.get(language)
    columns = part.columns if part else one.task.columns
    exact = expected if where.whole and not variant else None
    return Piece(base, rows, columns, {}, stored.names, exact, f"{address} {config} {stored_split}", stored.revision)
