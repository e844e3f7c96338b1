"""The original formats, as files: how examples of the family are laid down."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from replicate.family.grammar import Word

__all__ = ["put", "put_csv", "put_json", "put_jsonl", "put_rows", "put_tag_lines", "put_tagged"]


def put(path: Path, content: str) -> None:
    """Write UTF-8 text with `\\n` line ends on every system; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode())


def put_rows(path: Path, rows: Iterable[Sequence[object]], *, end: str = "\n") -> None:
    """Fields joined by tabs, one row a line. The benchmark's own files end lines with `\\r\\n`: pass it as `end`."""
    put(path, "".join("\t".join(str(field) for field in row) + end for row in rows))


def put_json(path: Path, value: Any) -> None:
    """One JSON document."""
    put(path, json.dumps(value, ensure_ascii=False) + "\n")


def put_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """One JSON object a line."""
    put(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def put_csv(path: Path, rows: Sequence[dict[str, str]]) -> None:
    """A CSV file with a header."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    put(path, buffer.getvalue())


def put_tagged(path: Path, sentences: Iterable[list[Word]], field: str) -> None:
    """`word TAB tag`, a blank line after each sentence."""
    put(path, "".join("".join(f"{w.form}\t{getattr(w, field)}\n" for w in words) + "\n" for words in sentences))


def put_tag_lines(path: Path, sentences: Iterable[list[Word]]) -> None:
    """One sentence a line: words, a tab, categories, both separated by single spaces."""
    put_rows(path, ((" ".join(w.form for w in words), " ".join(w.category for w in words)) for words in sentences))
