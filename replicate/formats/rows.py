"""What every reader shares: a row with its place, the options of a reader, and lines of a file split on `\\n` only.

Python's own line splitting also breaks at U+2028, U+0085 and others, which occur inside sentences of these data
sets; here a line ends at `\\n` and one `\\r` before it is dropped, nothing else.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import IO, NamedTuple, cast

from synth.errors import InputError

__all__ = ["SUFFIXES", "Options", "Row", "Source", "archive", "lines", "opened", "text_of"]

SUFFIXES = ("", ".gz", ".xz", ".bz2")


class Source(NamedTuple):
    """A file, or a member of a tar archive."""

    path: Path
    member: str | None = None

    def __str__(self) -> str:
        return f"{self.path}!{self.member}" if self.member else str(self.path)


class Row(NamedTuple):
    """Named fields and where they stand (file and line, or file and number)."""

    where: str
    fields: Mapping[str, object]


class Options(NamedTuple):
    """`fields` names the columns of a file without a header; `language` is our code; `skip_short` skips short rows."""

    fields: tuple[str, ...] = ()
    language: str = "en"
    skip_short: bool = False


@lru_cache(maxsize=2)
def archive(path: Path, _modified: int) -> Mapping[str, bytes]:
    """The files of a tar archive by name. A compressed archive cannot be entered in the middle, so it is read once."""
    try:
        with tarfile.open(path) as opened_archive:
            members = [member for member in opened_archive.getmembers() if member.isfile()]
            return {member.name: cast(IO[bytes], opened_archive.extractfile(member)).read() for member in members}
    except (OSError, EOFError, tarfile.TarError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error


def opened(source: Source) -> IO[bytes]:
    """The bytes of a file, unpacked by its suffix. An unreadable file or a missing member raises InputError."""
    try:
        if source.member is not None:
            return io.BytesIO(archive(source.path, source.path.stat().st_mtime_ns)[source.member])
        suffix = source.path.suffix
        if suffix == ".gz":
            return cast(IO[bytes], gzip.open(source.path))
        if suffix == ".xz":
            return cast(IO[bytes], lzma.open(source.path))
        if suffix == ".bz2":
            return cast(IO[bytes], bz2.open(source.path))
        return source.path.open("rb")
    except KeyError:
        raise InputError(f"{source}: the archive has no such member") from None
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error})") from error


def lines(source: Source) -> Iterator[tuple[int, str]]:
    """(line number from 1, line) of a UTF-8 file. Bytes that are not UTF-8 or a broken archive raise InputError."""
    number = 0
    with opened(source) as stream:
        try:
            for number, raw in enumerate(stream, start=1):
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                yield number, text.removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError as error:
            raise InputError(f"{source}: line {number} is not UTF-8 ({error.reason} at byte {error.start})") from error
        except (EOFError, OSError, lzma.LZMAError) as error:
            raise InputError(f"{source}: cut off or damaged after line {number} ({error})") from error


def text_of(source: Source) -> str:
    """The whole text of a UTF-8 file."""
    with opened(source) as stream:
        try:
            return stream.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(f"{source}: is not UTF-8 ({error.reason} at byte {error.start})") from error
        except (EOFError, OSError, lzma.LZMAError) as error:
            raise InputError(f"{source}: cut off or damaged ({error})") from error
