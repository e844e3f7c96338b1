"""Task data as examples: from the hub, from a folder laid out as the hub's, or from a folder of original files.

`load.examples("xnli", "validation", "sw", load.files(folder))` yields the split in the order in which it is stored. A
count that differs from a published one, a missing column, a label that the task has not: each is one InputError.
`load.read` returns the same with its account: where it was read, at which revision, how many rows, what to note.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from replicate import catalogue
from replicate.catalogue import Entry
from replicate.formats import folder as _folder
from replicate.formats.examples import Example, Shape, build, labelled
from replicate.formats.pieces import Piece, pieces
from replicate.formats.rows import Row
from replicate.place import Place, family, files, hub, layout, place
from replicate.records import ParallelSet, SpanExample, Task
from synth.errors import InputError
from synth.records import Record

__all__ = [
    "Example", "Loaded", "Place", "examples", "family", "files",
    "fingerprint", "hub", "languages", "layout", "place", "read",
    "verify", "why_not", "without_contexts",
]  # fmt: skip


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
    for piece in pieces(one, name, wanted, language, where, notes):
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


def _built(one: Entry, piece: Piece, shape: Shape, limit: int | None, notes: list[str]) -> tuple[list[Example], int]:
    """The examples of a piece and its count of stored rows (gold pairs of a parallel set)."""
    counted = 0

    def counting() -> Iterator[Row]:
        nonlocal counted
        for row in piece.rows:
            counted += 1
            yield row

    classed = piece.columns.get("label") or piece.columns.get("tags") or ""
    names = piece.names.get(classed, ())
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


def _check_names(one: Entry, piece: Piece, names: tuple[str, ...]) -> None:
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
            found |= set(wanted.rows) if source.id_prefix else {where.source}
    if (
        not found
        and not where.whole
        and any(
            part.task and languages(part.task, part.splits[wanted.name], where)
            for part in one.reading.parts
            if wanted.name in part.splits
        )
    ):
        found = {where.source}
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
