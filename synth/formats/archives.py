"""LaTeX sources as they are published: unpacked in memory, with limits, as nobody knows what an archive holds."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Collection
from pathlib import PurePosixPath

from synth.errors import InputError

__all__ = ["unpacked"]

MAX_UNPACKED = 64 * 1024 * 1024
MAX_MEMBERS = 3000
_LONGEST_NAME = 200  # bytes: what every file system takes, with room for the folder
_SOURCE_ENDINGS = (".tex", ".ltx", ".bbl", ".bib", ".txt")


def unpacked(packed: bytes, limit: int = MAX_UNPACKED, members: int = MAX_MEMBERS) -> dict[str, bytes]:
    """The text files of a LaTeX source (gzip of a tar, gzip of one file, a tar, or one file), by safe relative names.

    Nothing is written to disk; links, devices and names that lead out of the folder are passed over, as are pictures.
    Raises InputError where the archive is broken or holds more than `limit` bytes or `members` entries. What a member
    says of its size is not taken for the archive's: a sparse one holds terabytes of nothing in one block.
    """
    data = _inflated(packed, limit) if packed[:2] == b"\x1f\x8b" else packed
    if not _is_tar(data):
        return {"main.tex": data}
    files: dict[str, bytes] = {}
    left = limit
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for count, member in enumerate(archive):
                if count >= members:
                    raise InputError(f"the source holds more than {members:,} files")
                name = PurePosixPath(member.name)
                if not member.isreg() or member.issparse() or not _safe(name, files):
                    continue
                stream = archive.extractfile(member)
                if stream is not None:
                    files[str(name)] = stream.read(left + 1)
                    left -= len(files[str(name)])
                if left < 0:
                    raise InputError(f"the source unpacks to more than {limit // 1_000_000} MB")
    except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError) as error:
        raise InputError(f"the source is a broken archive ({type(error).__name__})") from error
    return files


def _safe(name: PurePosixPath, there: Collection[str]) -> bool:
    """Whether a file of that name can be laid into a folder beside those `there`, and holds text."""
    text = str(name)
    if name.is_absolute() or ".." in name.parts or "\\" in text or name.suffix.lower() not in _SOURCE_ENDINGS:
        return False
    if not text.isprintable() or len(text.encode()) > _LONGEST_NAME:  # a half character is not printable
        return False
    # A name cannot be a file and the folder of another.
    return not any(str(folder) in there for folder in name.parents) and not any(f.startswith(f"{text}/") for f in there)


def _is_tar(data: bytes) -> bool:
    return len(data) > 512 and data[257:262] == b"ustar"


def _inflated(packed: bytes, limit: int) -> bytes:
    """Unzipped, as far as the limit: how much it says it holds is not to be trusted."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
            data = stream.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"the source is a broken archive ({type(error).__name__})") from error
    if len(data) > limit:
        raise InputError(f"the source unpacks to more than {limit // 1_000_000} MB")
    return data
