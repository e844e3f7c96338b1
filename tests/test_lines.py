"""JSON lines named by a person: every fault has its file and line, and a file is written whole or not at all."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth import lines
from synth.errors import InputError


def test_lines_come_with_their_numbers(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes('\ufeff{"a": 1}\r\n\n  \n{"a": "\u2028"}'.encode())
    assert list(lines.read(file)) == [(1, {"a": 1}), (4, {"a": "\u2028"})]
    packed = tmp_path / "a.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert list(lines.read(packed)) == list(lines.read(file))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"a": 1}\n{"a"', "a.jsonl:2: not JSON (.*); every line is one JSON object"),
        ("a.jsonl", b"[" * 100_000, "a.jsonl:1: not JSON"),
        ("a.jsonl", b"[1]", "a.jsonl:1: not a JSON object"),
        ("a.jsonl", b'{}\n{"a": "\xe9"}', "a.jsonl:2: cannot be read .*UTF-8"),
        ("a.jsonl", rb'{"a": "\ud83d\ude00"}' + b"\n" + rb'{"a": ["\uD83d x"]}', "a.jsonl:2: half a character"),
        ("a.jsonl", b"\n \n", "a.jsonl: no lines"),
        ("a.jsonl.gz", b"{}", "a.jsonl.gz: cannot be read"),
        ("a.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 99)[:30], "a.jsonl.gz: cannot be read .*damaged"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InputError, match=message):
        list(lines.read(file))


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            list(lines.read(path))


@pytest.mark.parametrize("value", ["", " ", None, True, 1.5, [1]])
def test_a_field_is_text_or_a_number(value: object) -> None:
    with pytest.raises(InputError, match='f:3: field "id" is missing or empty'):
        lines.text(Path("f"), 3, {"id": value}, "id")


def test_the_first_field_that_is_there_counts() -> None:
    assert lines.text(Path("f"), 3, {"doc_id": 7, "id": "x"}, "doc_id", "id") == "7"
    assert lines.text(Path("f"), 3, {"id": "x"}, "doc_id", "id") == "x"
    with pytest.raises(InputError, match="doc_id"):
        lines.text(Path("f"), 3, {}, "doc_id", "id")


def test_an_id_that_is_there_twice_is_told_with_both_lines() -> None:
    lines.unique(Path("f"), [(1, "a"), (2, "b")])
    with pytest.raises(InputError, match=r'f:5: id "a" is there twice \(first in line 1\)'):
        lines.unique(Path("f"), [(1, "a"), (5, "a")])


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    lines.write(file, iter(["a", "b"]), "--out")
    assert file.read_text() == "a\nb\n"

    def broken() -> Iterator[str]:
        yield "half"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        lines.write(file, broken(), "--out")
    assert file.read_text() == "a\nb\n"
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_place_that_cannot_be_written_is_known_before_and_after(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "none" / "x", tmp_path / "file" / "x", Path("/proc/x"), tmp_path / ("n" * 300)):
        with pytest.raises(InputError, match=r"^--run .*: cannot be written"):
            lines.writable(path, "--run")
        with pytest.raises(InputError, match=r"^--run .*: cannot be written"):
            lines.write(path, ["x"], "--run")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    path = Path(f"/dev/fd/{theirs}")
    if not path.exists():
        pytest.skip("no /dev/fd here")
    lines.writable(path, "--out")
    lines.write(path, ["x"], "--out")
    os.close(theirs)
    assert os.read(ours, 10) == b"x\n"
    os.close(ours)
