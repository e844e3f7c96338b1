"""Rows of any source become examples: the columns of a task, its labels, and how its prompt is put together.

The compositions are those of jiant, the code base of the paper: HellaSwag's prompt is `ctx_a` and its endings continue
`ctx_b`; Cosmos QA's prompt is the context and the question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, cast

from replicate.formats.rows import Row
from replicate.formats.tagged import UNTAGGED
from replicate.records import ChoiceExample, ParallelSet, SpanAnswer, SpanExample, TagExample, TextExample
from synth.errors import InputError

__all__ = ["COMPOSITIONS", "Example", "Shape", "build", "labelled"]

Example = TextExample | ChoiceExample | TagExample | SpanExample | ParallelSet

NEAR = 16
"""How far, in characters, an answer may stand from its stated offset: contexts are sometimes stripped at the ends."""


class Shape(NamedTuple):
    """What the rows are to become: the task's labels, the columns that hold its parts, spellings of labels."""

    task: str
    split: str
    language: str
    columns: Mapping[str, str]
    labels: tuple[str, ...]
    values: Mapping[str, str]
    names: tuple[str, ...] = ()  # what the integers of a hub column stand for, where it says so


def build(compose: str, rows: Iterable[Row], shape: Shape) -> Iterator[Example]:
    """Examples in the order of the rows. A missing column, an unknown label or a wrong offset raises InputError."""
    return COMPOSITIONS[compose](rows, shape)


def labelled(example: Example) -> bool:
    """Whether the example carries its answer. A question without answers does (it cannot be answered)."""
    if isinstance(example, TextExample | ChoiceExample):
        return example.label is not None
    if isinstance(example, TagExample):
        return UNTAGGED not in example.tags
    if isinstance(example, SpanExample):
        return all(answer.text for answer in example.answers)
    return bool(example.gold)


def _column(row: Row, shape: Shape, role: str) -> object:
    name = shape.columns[role]
    if name not in row.fields:
        have = ", ".join(row.fields)
        raise InputError(f'{row.where}: no column "{name}" ({role} of {shape.task}); the columns are {have}')
    return row.fields[name]


def _text(row: Row, shape: Shape, role: str) -> str:
    value = _column(row, shape, role)
    if not isinstance(value, str):
        raise InputError(f'{row.where}: column "{shape.columns[role]}" holds {value!r}, expected text')
    return value


def _id(row: Row, shape: Shape, number: int) -> str:
    given = row.fields.get(shape.columns.get("id", "id"))
    return str(given) if given not in (None, "") else f"{shape.task}-{shape.split}-{shape.language}-{number}"


def _label(row: Row, shape: Shape) -> int | None:
    """The index of the label; None where it is not public (-1, "-", empty, or no column in a test split)."""
    name = shape.columns["label"]
    if name not in row.fields and shape.split.startswith("test"):
        return None
    value = _column(row, shape, "label")
    if value is None or str(value).strip() in {"", "-", "-1"}:
        return None
    if isinstance(value, int) and shape.names:
        value = shape.names[value] if value < len(shape.names) else value
    spelled = shape.values.get(str(value).strip(), str(value).strip())
    if spelled in shape.labels:
        return shape.labels.index(spelled)
    if spelled.isdigit() and int(spelled) < len(shape.labels) and not shape.names:
        return int(spelled)
    raise InputError(f'{row.where}: "{value}" is no label of {shape.task}; its labels are {", ".join(shape.labels)}')


def _pair(rows: Iterable[Row], shape: Shape) -> Iterator[Example]:
    for number, row in enumerate(rows):
        text = _text(row, shape, "text")
        second = _text(row, shape, "second") if "second" in shape.columns else None
        yield TextExample(id=_id(row, shape, number), text=text, second=second, label=_label(row, shape))


def _chosen(row: Row, shape: Shape, choices: int) -> int | None:
    return _label(row, shape._replace(labels=tuple(map(str, range(choices))), names=()))


def _hellaswag(rows: Iterable[Row], shape: Shape) -> Iterator[Example]:
    for number, row in enumerate(rows):
        endings = cast("Sequence[str]", _column(row, shape, "endings"))
        start = _text(row, shape, "start")
        yield ChoiceExample(
            id=_id(row, shape, number),
            prompt=_text(row, shape, "prompt"),
            choices=tuple(f"{start} {ending}" for ending in endings),
            label=_chosen(row, shape, len(endings)),
        )


def _cosmosqa(rows: Iterable[Row], shape: Shape) -> Iterator[Example]:
    for number, row in enumerate(rows):
        choices = tuple(_text(row, shape, f"choice{place}") for place in range(4))
        prompt = f"{_text(row, shape, 'context')} {_text(row, shape, 'question')}"
        yield ChoiceExample(
            id=_id(row, shape, number), prompt=prompt, choices=choices, label=_chosen(row, shape, len(choices))
        )


def _commonsenseqa(rows: Iterable[Row], shape: Shape) -> Iterator[Example]:
    for number, row in enumerate(rows):
        question = _column(row, shape, "question")
        if isinstance(question, Mapping):  # the original nesting; the hub lifts the stem and turns the choices
            listed = question.get("choices", ())
            letters, texts = [one["label"] for one in listed], [one["text"] for one in listed]
            question = question.get("stem", "")
        else:
            table = cast("Mapping[str, Sequence[str]]", _column(row, shape, "choices"))
            letters, texts = list(table["label"]), list(table["text"])
        key = str(row.fields.get(shape.columns["label"]) or "")
        if key and key not in letters:
            raise InputError(f'{row.where}: the answer "{key}" is none of the choices {", ".join(letters)}')
        if not key and not shape.split.startswith("test"):
            _column(row, shape, "label")  # a missing column is a fault, an empty answer is not
        yield ChoiceExample(
            id=_id(row, shape, number), prompt=str(question), choices=tuple(texts),
            label=letters.index(key) if key else None,
        )  # fmt: skip


def _tags(rows: Iterable[Row], shape: Shape) -> Iterator[Example]:
    allowed = {*shape.labels, UNTAGGED}
    for number, row in enumerate(rows):
        words = cast("Sequence[str]", _column(row, shape, "words"))
        given = cast("Sequence[str | int]", _column(row, shape, "tags"))
        if len(words) != len(given):
            raise InputError(f"{row.where}: {len(words)} words, but {len(given)} tags")
        spelled = [shape.names[tag] if isinstance(tag, int) and shape.names else str(tag) for tag in given]
        tags = tuple(shape.values.get(tag, tag) for tag in spelled)
        if shape.labels and not allowed.issuperset(tags):
            wrong = next(tag for tag in tags if tag not in allowed)
            known = ", ".join(shape.labels)
            raise InputError(f'{row.where}: "{wrong}" is no tag of {shape.task}; its tags are {known}')
        yield TagExample(id=_id(row, shape, number), words=tuple(words), tags=tags)


def _located(context: str, start: int, text: str, row: Row) -> SpanAnswer:
    """The answer at its stated offset, or at the nearest one within NEAR characters; else InputError."""
    if context[start : start + len(text)] == text:
        return SpanAnswer(start=start, text=text)
    for distance in range(1, NEAR + 1):
        for moved in (start - distance, start + distance):
            if moved >= 0 and context[moved : moved + len(text)] == text:
                return SpanAnswer(start=moved, text=text)
    found = context[max(start, 0) : max(start, 0) + len(text)]
    raise InputError(f'{row.where}: the answer "{text}" is not at character {start} of its context ("{found}" is)')


def _span(rows: Iterable[Row], shape: Shape) -> Iterator[Example]:
    seen: dict[str, int] = {}
    for number, row in enumerate(rows):
        context = _text(row, shape, "context")
        answers = _column(row, shape, "answers")
        if isinstance(answers, Mapping):
            pairs = list(zip(answers["answer_start"], answers["text"], strict=True))
        else:
            pairs = [(one["answer_start"], one["text"]) for one in cast("Sequence[Mapping[str, object]]", answers)]
        key = _id(row, shape, number)
        seen[key] = seen.get(key, 0) + 1  # the benchmark's English TyDiQA ids keep only a last field, which repeats
        yield SpanExample(
            id=key if seen[key] == 1 else f"{key}#{seen[key]}",
            question=_text(row, shape, "question"),
            context=context,
            answers=tuple(_located(context, int(start), str(text), row) for start, text in pairs),
        )


def _parallel(rows: Iterable[Row], shape: Shape) -> Iterator[Example]:
    """One set. Rows are aligned pairs, or one row holds both sides and the gold pairs (by id, or by number from 1)."""
    listed = list(rows)
    if listed and "gold" in shape.columns and shape.columns["gold"] in listed[0].fields:
        yield _mined(listed[0], shape)
        return
    pairs = [(_text(row, shape, "source").strip(), _text(row, shape, "target").strip()) for row in listed]
    width = len(str(len(pairs)))
    left = [f"{shape.language}-{number:0{width}d}" for number in range(len(pairs))]
    right = [f"en-{number:0{width}d}" for number in range(len(pairs))]
    yield ParallelSet(
        language=shape.language,
        source=tuple((key, pair[0]) for key, pair in zip(left, pairs, strict=True)),
        target=tuple((key, pair[1]) for key, pair in zip(right, pairs, strict=True)),
        gold=tuple(zip(left, right, strict=True)),
    )


def _mined(row: Row, shape: Shape) -> ParallelSet:
    sides = [cast("Sequence[object]", _column(row, shape, role)) for role in ("source", "target", "gold")]
    if sides[0] and isinstance(sides[0][0], str):  # sentences without ids; gold counts from 1
        keyed = [
            tuple((f"{code}-{number:09d}", str(text)) for number, text in enumerate(side, start=1))
            for code, side in zip((shape.language, "en"), sides[:2], strict=True)
        ]
        pairs = cast("Sequence[tuple[int, int]]", sides[2])
        gold = tuple((keyed[0][int(a) - 1][0], keyed[1][int(b) - 1][0]) for a, b in pairs)
        return ParallelSet(language=shape.language, source=keyed[0], target=keyed[1], gold=gold)
    source, target, pairs_by_id = (tuple(cast("Sequence[tuple[str, str]]", side)) for side in sides)
    return ParallelSet(language=shape.language, source=source, target=target, gold=pairs_by_id)


COMPOSITIONS: Mapping[str, Callable[[Iterable[Row], Shape], Iterator[Example]]] = MappingProxyType({
    "pair": _pair, "hellaswag": _hellaswag, "cosmosqa": _cosmosqa, "commonsenseqa": _commonsenseqa,
    "tags": _tags, "span": _span, "parallel": _parallel,
})  # fmt: skip
