"""Task data as examples: from the hub, from a folder laid out as the hub's, or from a folder of original files.

`load.examples("xnli", "validation", "sw", load.files(folder))` yields the split in the order in which it is stored. A
count that differs from a published one, a missing column, a label that the task has not: each is one InputError.
`load.read` returns the same with its account: where it was read, at which revision, how many rows, what to note.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

from replicate import catalogue
from replicate.catalogue import Entry, Part
from replicate.formats import FORMATS, Options
from replicate.formats import folder as _folder
from replicate.formats.examples import Example, Shape, build, labelled
from replicate.formats.rows import Row
from replicate.records import ParallelSet, SpanExample, Split, Task
from synth.errors import InputError, did_you_mean
from synth.records import Record

__all__ = [
    "Example", "Loaded", "Place", "examples", "files", "fingerprint", "hub", "languages", "layout", "place", "read",
    "verify", "why_not", "without_contexts",
]  # fmt: skip


class Place(Record):
    """Where data are read. `whole` is False for a folder of parts or made-up data: then counts are not compared."""

    kind: Literal["hub", "layout", "files"]
    path: Path | None = None
    whole: bool = True


def hub() -> Place:
    """The hub that HF_ENDPOINT names (by default the public one)."""
    return Place(kind="hub")


def layout(path: Path, *, whole: bool = True) -> Place:
    """A folder laid out as the hub's: `owner/name/README.md` with its configurations, parquet or JSONL beside it."""
    return Place(kind="layout", path=_existing(path), whole=whole)


def files(path: Path, *, whole: bool = True) -> Place:
    """A folder of the data sets' original files, named as `replicate/tasks/*.toml` says."""
    return Place(kind="files", path=_existing(path), whole=whole)


def place(text: str, *, whole: bool = True) -> Place:
    """The place a person names: `hub`, or a folder (in hub layout if it holds README.md files, else original files)."""
    if text == "hub":
        return hub()
    path = _existing(Path(text))
    hubs = [one.hub for one in catalogue.tasks().values() if one.hub]
    in_layout = any((path / name / "README.md").is_file() for name in hubs) or (path / "README.md").is_file()
    return Place(kind="layout" if in_layout else "files", path=path, whole=whole)


class Loaded(Record):
    """One split as read: `rows` as stored, `examples` as used, and what a report should say about the difference."""

    name: str
    split: str
    language: str
    examples: tuple[Example, ...]
    rows: int
    labelled: bool
    sources: tuple[str, ...]
    revisions: tuple[str, ...]
    notes: tuple[str, ...]


class _Piece(NamedTuple):
    name: str
    rows: Iterator[Row]
    columns: Mapping[str, str]
    values: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]]
    expected: int | None
    source: str
    revision: str | None


def examples(name: str, split: str, language: str, where: Place, limit: int | None = None) -> tuple[Example, ...]:
    """The examples of a split, in stored order; of a retrieval task one `ParallelSet`. See `read`."""
    return read(name, split, language, where, limit).examples


def read(name: str, split: str, language: str, where: Place, limit: int | None = None) -> Loaded:
    """Read one split of a task, or of `task@variant` (data that stand in for the task's: another experiment).

    `split` is train, validation (or dev) or test; the training split of a target that trains on an intermediate task
    is that task's. With `limit` only the first rows are read and their count is not compared; of a retrieval task the
    first source sentences (and, where the sides are aligned, as many target ones) are kept.
    Unlabelled rows of a training or validation split are left out and noted; a test split keeps them.
    Raises InputError where the data are not there or not what they should be.
    """
    one = catalogue.entry(name.partition("@")[0])
    if split == "train" and one.task.train_task:
        return read(one.task.train_task, split, language, where, limit)
    wanted = catalogue.split_of(one, split)
    shape = Shape(one.task.id, wanted.name, language, {}, one.task.labels, {})
    kept: list[Example] = []
    notes: list[str] = []
    rows, sources, revisions = 0, [], []
    for piece in _pieces(one, name, wanted, language, where, notes):
        built, stored = _built(one, piece, shape, limit, notes)
        if limit is None and piece.expected is not None and stored != piece.expected:
            raise InputError(
                f"{name} {wanted.name} {language}: {stored:,} rows in {piece.source}, expected {piece.expected:,}; "
                "fetch the data again, or say that they are a part (whole=False)"
            )
        kept += built if piece.name == one.task.id else [_renamed(example, piece.name) for example in built]
        rows += stored
        sources.append(piece.source)
        if piece.revision:
            revisions.append(f"{piece.name}@{piece.revision}")
    if not kept:
        raise InputError(f"{name} {wanted.name} {language}: no usable row in {', '.join(sources)}")
    complete = all(map(labelled, kept))
    if not complete:
        notes.append("the answers of this copy are kept back: it can be predicted, not scored")
    remembered = one.reading.recalled.get(wanted.name, {}).get(language)
    if limit is None and where.whole and remembered not in (None, len(kept)):
        notes.append(f"{len(kept):,} examples; {remembered:,} are recalled for the paper (not verified)")
    if limit is not None:
        notes.append(f"only the first {limit:,} rows were asked for: their count was not compared")
    return Loaded(
        name=name, split=wanted.name, language=language, examples=tuple(kept), rows=rows, labelled=complete,
        sources=tuple(sources), revisions=tuple(revisions), notes=tuple(notes),
    )  # fmt: skip


def _built(
    one: Entry, piece: _Piece, shape: Shape, limit: int | None, notes: list[str]
) -> tuple[list[Example], int]:
    """The examples of a piece and its count of stored rows (gold pairs of a parallel set)."""
    counted = 0

    def counting() -> Iterator[Row]:
        nonlocal counted
        for row in piece.rows:
            counted += 1
            yield row

    names = next((piece.names[c] for r in ("label", "tags") if (c := piece.columns.get(r)) in piece.names), ())
    _check_names(one, piece, names)
    shape = shape._replace(columns=piece.columns, values={**one.reading.values, **piece.values}, names=names)
    made = build(one.reading.compose, counting(), shape)
    built = list(made if limit is None or one.task.head == "retrieval" else islice(made, limit))
    if one.task.head == "retrieval":
        first = built[0]
        assert isinstance(first, ParallelSet)
        return [_shortened(first, limit)], len(first.gold)
    if shape.split.startswith("test") or one.task.head in {"span", "tagging"}:
        return built, counted
    usable = [example for example in built if labelled(example)]
    if len(usable) < len(built):
        notes.append(f"{len(built) - len(usable):,} rows of {piece.name} without a label were left out")
    return usable, counted


def _check_names(one: Entry, piece: _Piece, names: tuple[str, ...]) -> None:
    """The classes of a hub column must be the task's labels, else every index would be silently wrong."""
    values = {**one.reading.values, **piece.values}
    strange = [name for name in names if one.task.labels and values.get(name, name) not in one.task.labels]
    if strange:
        expected = ", ".join(one.task.labels)
        raise InputError(f"{piece.source}: its classes are {', '.join(names)}, those of {one.task.id} are {expected}")


def _shortened(whole: ParallelSet, limit: int | None) -> ParallelSet:
    if limit is None or limit >= len(whole.source):
        return whole
    source = whole.source[:limit]
    aligned = len(whole.gold) == len(whole.source) == len(whole.target)
    target = whole.target[:limit] if aligned else whole.target
    left, right = {key for key, _ in source}, {key for key, _ in target}
    gold = tuple(pair for pair in whole.gold if pair[0] in left and pair[1] in right)
    return ParallelSet(language=whole.language, source=source, target=target, gold=gold)


def _renamed(example: Example, part: str) -> Example:
    assert not isinstance(example, ParallelSet)
    return example.model_copy(update={"id": f"{part}/{example.id}"})


def _pieces(
    one: Entry, name: str, split: Split, language: str, where: Place, notes: list[str]
) -> Iterator[_Piece]:
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


def _from_files(one: Entry, name: str, split: Split, language: str, where: Place, part: Part | None) -> _Piece:
    root = where.path
    assert root is not None
    variant = name.partition("@")[2] or None
    code = one.reading.codes.get(language, language)
    candidates = list(_folder.wanted(part.files if part else one.reading.files, split.name, where.whole, variant))
    for source in candidates:
        if language not in one.task.languages and not _folder.fits_any_language(source):
            continue
        found = _folder.find(source, root, language, code)
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
        return _Piece(label, rows, columns, source.values, {}, expected if exact else None, shown, None)
    raise InputError(_not_found(one, name, split, language, root, [path for c in candidates for path in c.paths]))


def _not_found(one: Entry, name: str, split: Split, language: str, root: Path, tried: list[str]) -> str:
    if language not in one.task.languages:
        near = did_you_mean(language, one.task.languages)
        return f'{name} has no language "{language}" and {root} holds no files of it; {near}'
    if not tried:
        variants = sorted({file.variant for file in one.reading.files if file.variant})
        near = "; as stand-ins there are " + ", ".join(f"{one.task.id}@{v}" for v in variants) if variants else ""
        return f"{name} {split.name}: no files are known for it{near}"
    shown = ", ".join(path.replace("{lang}", language) for path in tried[:4])
    return f"{name} {split.name} {language}: not in {root} (looked for {shown}). {one.task.how_to_get}"


def _of_language(rows: Iterable[Row], code: str) -> Iterator[Row]:
    return (row for row in rows if str(row.fields.get("id", "")).startswith(f"{code}-"))


def _from_hub(one: Entry, name: str, split: Split, language: str, where: Place, part: Part | None) -> _Piece:
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
    return _Piece(base, rows, columns, {}, stored.names, exact, f"{address} {config} {stored_split}", stored.revision)


def languages(name: str, split: str, where: Place) -> tuple[str, ...]:
    """The languages in which the split can be read, sorted: from a folder those whose files are there."""
    base, _, variant = name.partition("@")
    one = catalogue.entry(base)
    if split == "train" and one.task.train_task:
        return languages(one.task.train_task, split, where)
    wanted = catalogue.split_of(one, split)
    if where.kind != "files" or where.path is None:
        return tuple(sorted(wanted.rows or one.task.languages))
    found: set[str] = set()
    for source in _folder.wanted(one.reading.files, wanted.name, where.whole, variant or None):
        if _folder.fits_any_language(source) and not source.id_prefix:
            found |= _folder.languages(source, where.path, one.reading.codes)
        elif _folder.find(source, where.path, "", "") is not None:
            found |= set(wanted.rows if source.id_prefix else one.task.languages)
    return tuple(sorted(found))


def why_not(where: Place) -> Callable[[Task], str | None]:
    """For `catalogue.listing`: why the data of a task cannot be had from this place; None when they can.

    A folder is looked into; the hub is not asked, so None says there only that nothing known stands against it.
    """

    def reason(task: Task) -> str | None:
        one = catalogue.entry(task.id)
        if where.kind == "hub":
            return task.unavailable or one.reading.hub_deviation or (None if task.hub else task.how_to_get)
        if where.kind == "layout" and where.path is not None:
            from replicate.formats.hub import folder_of

            here = task.hub is not None and folder_of(where.path, task.hub) is not None
            return None if here else f"{where.path} holds no {task.hub}/README.md. {task.how_to_get}"
        if languages(task.id, one.reading.evaluate, where):
            return None
        return task.unavailable or f"not in {where.path}. {task.how_to_get}"

    return reason


def without_contexts(training: Iterable[SpanExample], scored: Iterable[SpanExample]) -> tuple[SpanExample, ...]:
    """The training examples whose context is not among those to be scored (XQuAD's stand in SQuAD's dev split)."""
    barred = {" ".join(example.context.split()) for example in scored}
    return tuple(example for example in training if " ".join(example.context.split()) not in barred)


def fingerprint(loaded: Loaded) -> str:
    """`task/split/language n=rows sha256:...` over the examples in order: the same however they were stored."""
    digest = hashlib.sha256()
    for example in loaded.examples:
        digest.update(example.model_dump_json().encode() + b"\n")
    return f"{loaded.name}/{loaded.split}/{loaded.language} n={len(loaded.examples)} sha256:{digest.hexdigest()}"


def verify(loaded: Loaded, locked: str) -> None:
    """Compare with a fingerprint written earlier; InputError if the data are others now."""
    now = fingerprint(loaded)
    if now != locked:
        raise InputError(f"{', '.join(loaded.sources)}: the data have changed: {now}, locked is {locked}")


def _existing(path: Path) -> Path:
    if not path.is_dir():
        raise InputError(f"{path}: is not a folder; name a folder of data, or hub")
    return path
