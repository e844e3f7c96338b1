"""Tables: GLUE's TSV with a header, the benchmark's TSV without one, CSV, JSON lines, and a JSON object of rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping

from replicate.formats.rows import Options, Row, Source, lines, opened, text_of
from synth.errors import InputError

__all__ = ["read_bare_tsv", "read_csv", "read_json_table", "read_jsonl", "read_tsv"]


def unquoted(field: str) -> str:
    r"""A field as it was before a CSV writer quoted it: `"a \"\"b\"\" c"` is `a "b" c`; any other stays as it is.

    A field is taken for quoted only if it is well formed (the quotes inside are doubled), so that a sentence which
    merely starts and ends with a quotation mark in an unquoted file survives.
    """
    if len(field) < 2 or field[0] != '"' or field[-1] != '"':
        return field
    inner = field[1:-1]
    return inner.replace('""', '"') if '"' not in inner.replace('""', "") else field


def read_tsv(sources: tuple[Source, ...], options: Options) -> Iterator[Row]:
    """Rows of TSV files whose first line names the columns. Quotation marks mean nothing; longer rows are refused.

    A row with fewer columns than the header is refused, or skipped where the task's file says so (QQP has three).
    """
    for source in sources:
        names: list[str] | None = None
        for number, line in lines(source):
            parts = line.split("\t")
            if names is None:
                names = parts
            elif len(parts) == len(names):
                yield Row(f"{source}: line {number}", dict(zip(names, parts, strict=True)))
            elif not (options.skip_short and len(parts) < len(names)):
                raise InputError(f"{source}: line {number} has {len(parts)} columns, the header has {len(names)}")


def read_bare_tsv(sources: tuple[Source, ...], options: Options) -> Iterator[Row]:
    """Rows of TSV files without a header, as Python's csv writer leaves them (CRLF, doubled quotation marks).

    `options.fields` names the columns; the last may be missing (a split whose labels are kept back).
    """
    names = options.fields
    for source in sources:
        for number, line in lines(source):
            parts = line.split("\t")
            if not len(names) - 1 <= len(parts) <= len(names):
                raise InputError(f"{source}: line {number} has {len(parts)} columns, expected {', '.join(names)}")
            yield Row(f"{source}: line {number}", dict(zip(names, map(unquoted, parts), strict=False)))


def read_csv(sources: tuple[Source, ...], options: Options) -> Iterator[Row]:
    """Rows of comma-separated files with a header; a quoted field may hold line breaks."""
    for source in sources:
        with opened(source) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, strict=True)
            names: list[str] | None = None
            try:
                for parts in reader:
                    if names is None:
                        names = parts
                    elif len(parts) == len(names):
                        yield Row(f"{source}: line {reader.line_num}", dict(zip(names, parts, strict=True)))
                    elif not (options.skip_short and len(parts) < len(names)):
                        count = f"{len(parts)} columns, the header has {len(names)}"
                        raise InputError(f"{source}: line {reader.line_num} has {count}")
            except (csv.Error, UnicodeDecodeError) as error:
                raise InputError(f"{source}: after line {reader.line_num}: {error}") from error


def read_jsonl(sources: tuple[Source, ...], _options: Options) -> Iterator[Row]:
    """One JSON object a line; blank lines are skipped."""
    for source in sources:
        for number, line in lines(source):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise InputError(f"{source}: line {number} is not JSON ({error.msg})") from error
            if not isinstance(row, dict):
                raise InputError(f"{source}: line {number} is not a JSON object")
            yield Row(f"{source}: line {number}", row)


def read_json_table(sources: tuple[Source, ...], _options: Options) -> Iterator[Row]:
    """A JSON object whose values are the rows, in the order of the file, or a JSON list of rows."""
    for source in sources:
        try:
            table = json.loads(text_of(source))
        except json.JSONDecodeError as error:
            raise InputError(f"{source}: line {error.lineno} is not JSON ({error.msg})") from error
        rows = list(table.values()) if isinstance(table, Mapping) else table
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise InputError(f"{source}: expected a JSON object or list of rows")
        for number, row in enumerate(rows, start=1):
            yield Row(f"{source}: row {number}", row)
