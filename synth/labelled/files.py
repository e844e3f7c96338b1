"""The files of labelled sets: JSON lines, one JSON object, and tables, each record with the place it came from."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from synth import lines
from synth.errors import InputError
from synth.records import Stance

__all__ = ["Line", "in_csv", "in_lines", "in_object", "in_tsv", "in_whole"]

_LABELS: dict[str, Stance] = {
    **dict.fromkeys(("support", "supports", "supported", "entailment", "true"), "supports"),
    **dict.fromkeys(("contradict", "contradiction", "refute", "refutes", "refuted", "false"), "refutes"),
    **dict.fromkeys(("neutral", "not_entailment", "not_supported", "partially_supported"), "neutral"),
}


class Line(NamedTuple):
    """One record and where it stands: `place` is "file:line" or, in a file that is one object, "file: key"."""

    place: str
    number: int
    fields: dict[str, Any]

    def wrong(self, field: str, problem: str) -> InputError:
        """The error that names the place and the field."""
        return InputError(f'{self.place}: field "{field}" {problem}; take the file as it was published')

    def text(self, *names: str) -> str:
        """The first of the fields that is there, as text; numbers become text. InputError where it is blank."""
        field = next((name for name in names if name in self.fields), names[0])
        value = self.fields.get(field)
        if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
            raise self.wrong(field, "is missing or empty")
        return str(value).strip()

    def either(self, field: str) -> str:
        """The field as text, "" where it is missing or null."""
        value = self.fields.get(field)
        return value.strip() if isinstance(value, str) else ""

    def texts(self, field: str) -> tuple[str, ...]:
        """The field as a list of texts."""
        value = self.fields.get(field)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(field, "is not a list of texts")
        return tuple(value)

    def numbers(self, field: str) -> tuple[int, ...]:
        """The field as a list of whole numbers from 0, ascending, each once."""
        value = self.fields.get(field)
        if not isinstance(value, list) or not all(type(item) is int and item >= 0 for item in value):
            raise self.wrong(field, "is not a list of whole numbers")
        return tuple(sorted(set(value)))

    def records(self, field: str) -> list[Line]:
        """The field as a list of objects, each at the place of this line."""
        value = self.fields.get(field)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(field, "is not a list of objects")
        return [Line(self.place, self.number, item) for item in value]

    def record(self, field: str) -> Line:
        """The field as an object at the place of this line."""
        value = self.fields.get(field)
        if not isinstance(value, dict):
            raise self.wrong(field, "is not an object")
        return Line(self.place, self.number, value)

    def label(self, field: str) -> Stance:
        """The stance that the label of the set stands for."""
        found = _LABELS.get(self.text(field).lower())
        if found is None:
            raise self.wrong(field, f'is "{self.text(field)}", no known label')
        return found


def in_lines(path: Path) -> Iterator[Line]:
    """The objects of a JSONL file."""
    for number, fields in lines.read(path):
        yield Line(f"{path}:{number}", number, fields)


def in_object(path: Path) -> Iterator[tuple[str, Line]]:
    """The members of a file that is one JSON object of objects, by their key; numbered from 1."""
    for number, (key, fields) in enumerate(in_whole(path).items(), 1):
        if not isinstance(fields, dict):
            raise InputError(f'{path}: "{key}" is not an object; take the file as it was published')
        yield key, Line(f"{path}: {key}", number, fields)


def in_whole(path: Path) -> dict[str, Any]:
    """A file that is one JSON object; `.gz` is unpacked."""
    try:
        value = json.loads(_decoded(path))
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{path}: not JSON ({problem}); take the file as it was published") from None
    if not isinstance(value, dict):
        raise InputError(f"{path}: not one JSON object; take the file as it was published")
    return value


def in_tsv(path: Path, encoding: str = "utf-8") -> Iterator[Line]:
    """The rows of a tab-separated file under its first line. Rows end at a line feed only: U+2028 stands in texts."""
    rows = _decoded(path, encoding).split("\n")
    names = rows[0].rstrip("\r").split("\t")
    for number, row in enumerate(rows[1:], 2):
        if not row.strip():
            continue
        values = row.rstrip("\r").split("\t")
        if len(values) != len(names):
            raise InputError(f"{path}:{number}: {len(values)} columns, not {len(names)} as the first line says")
        yield Line(f"{path}:{number}", number, dict(zip(names, values, strict=True)))


def in_csv(path: Path) -> Iterator[Line]:
    """The rows of a comma-separated file under its first line; the place is the last line of a row."""
    reader = csv.DictReader(io.StringIO(_decoded(path, "utf-8-sig"), newline=""))
    for row in reader:
        if None in row or None in row.values():
            raise InputError(f"{path}:{reader.line_num}: not as many columns as the first line names")
        yield Line(f"{path}:{reader.line_num}", reader.line_num, dict(row))


def _decoded(path: Path, encoding: str = "utf-8") -> str:
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return content.decode(encoding)
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise InputError(f"{path}: cannot be read ({problem}); the gzip data is damaged") from None
    except UnicodeDecodeError as problem:
        raise InputError(f"{path}: cannot be read ({problem}); take the file as it was published") from None
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror or problem}); the set is not whole") from None
