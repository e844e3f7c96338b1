"""JSON lines in files that a person names: read with the number of each line, written whole or not at all."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from synth.errors import InputError

__all__ = ["bounded", "read", "text", "unique", "writable", "write"]

MAX_LINE = 64_000_000
MAX_BYTES = 16_000_000_000  # of a file, unpacked: what is zipped may be a thousandth of what it says

Numbered = tuple[int, dict[str, Any]]


def read(path: Path) -> Iterator[Numbered]:
    """(line number from 1, object) for each line that is not blank; a file called `.gz` is unpacked.

    Raises InputError, naming the line, where the file cannot be read, a line is no JSON object, or none is there.
    """
    found = False
    for number, line in _split(path):
        if not line.strip():
            continue
        try:
            value = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except UnicodeDecodeError as problem:
            raise InputError(f"{path}:{number}: cannot be read ({problem}); save the file as UTF-8") from None
        except (ValueError, RecursionError) as problem:
            raise InputError(f"{path}:{number}: not JSON ({problem}); every line is one JSON object") from None
        if not isinstance(value, dict):
            raise InputError(f"{path}:{number}: not a JSON object; every line is one")
        if rb"\ud" in line.lower() and _has_half(value):
            raise InputError(f"{path}:{number}: half a character, a surrogate without its other half; mend the text")
        found = True
        yield number, value
    if not found:
        raise InputError(f"{path}: no lines; give a JSONL file with at least one record")


def _has_half(value: dict[str, Any]) -> bool:
    """Whether a text in it is none that can be written: JSON can spell a lone surrogate, UTF-8 cannot."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _split(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            yield from bounded(path, stream)
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise InputError(f"{path}: cannot be read ({problem}); the gzip data is damaged") from None
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror or problem}); give a JSONL file") from None


def bounded(
    path: Path, stream: io.BufferedIOBase, line: int = MAX_LINE, whole: int = MAX_BYTES
) -> Iterator[tuple[int, bytes]]:
    """The lines with their numbers from 1, as long as none is longer than `line` bytes and all are within `whole`.

    Raises InputError beyond these, and what reading `stream` raises.
    """
    left = whole
    for number in itertools.count(1):
        found = stream.readline(line + 1)
        left -= len(found)
        if not found:
            return
        if len(found) > line:
            raise InputError(f"{path}:{number}: a line of more than {line // 1_000_000} MB; give one record a line")
        if left < 0:
            raise InputError(f"{path}:{number}: more than {whole // 1_000_000_000} GB to here; give a part of it")
        yield number, found


def text(path: Path, number: int, record: dict[str, Any], *fields: str) -> str:
    """The first of `fields` that is there, as text; ids may be numbers. InputError where it is missing or blank."""
    field = next((name for name in fields if name in record), fields[0])
    value = record.get(field)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise InputError(f'{path}:{number}: field "{field}" is missing or empty')
    return str(value)


def unique(path: Path, ids: Iterable[tuple[int, str]]) -> None:
    """InputError where an id is there twice, naming both lines. `ids` are (line number, id)."""
    seen: dict[str, int] = {}
    for number, key in ids:
        if key in seen:
            raise InputError(f'{path}:{number}: id "{key}" is there twice (first in line {seen[key]}); ids must differ')
        seen[key] = number


def writable(path: Path, option: str) -> None:
    """Make sure, before any work is done, that the file can be written. InputError names `option` and the file."""
    if _special(path):
        return
    beside = _beside(path)
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "Is a directory")
        beside.write_bytes(b"")
        beside.unlink()
    except OSError as problem:
        raise _refused(path, option, problem) from None


def write(path: Path, content: Iterable[str], option: str) -> None:
    """Write the lines (without line ends) beside the file, then rename: a reader never meets half a file.

    Raises InputError where the file cannot be written; what was there before is then still there.
    """
    target = path if _special(path) else _beside(path)
    try:
        try:
            with target.open("w", encoding="utf-8", newline="\n") as stream:
                stream.writelines(f"{line}\n" for line in content)
            if target is not path:
                target.replace(path)
        finally:
            if target is not path:
                target.unlink(missing_ok=True)
    except OSError as problem:
        raise _refused(path, option, problem) from None


def _special(path: Path) -> bool:
    """A terminal, a pipe or another device, which cannot be replaced by a file."""
    try:
        return path.exists() and not path.is_file() and not path.is_dir()
    except OSError:
        return False


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def _refused(path: Path, option: str, problem: OSError) -> InputError:
    return InputError(f"{option} {path}: cannot be written ({problem.strerror}); name another file")
