"""Lists of notices that a person keeps: Retraction Watch's CSV file, or lines of JSON. Read row by row, any size.

CSV: the columns of Retraction Watch (`OriginalPaperDOI`, `RetractionNature`, `RetractionDate`), or `doi`, `kind` and,
if known, `date`. JSON lines: `doi` (or `id`, an Anthology or arXiv id) with `kind` and `date`, or with the Anthology's
flags (`retracted`, `removed`, `errata`, `revisions`). Either may be gzipped. A row is matched by its id alone: a title
is no id.
"""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from synth.announcements import flagged, iso_date, kind_of, ordered
from synth.errors import InputError
from synth.lines import bounded
from synth.notices.services import Heard
from synth.records import Coverage, Ids, Notice, Paper
from synth.sources.protocol import acl_id, arxiv_id, doi
from synth.works import id_keys

__all__ = ["look_up"]

_DOI = ("OriginalPaperDOI", "doi", "DOI")
_KIND = ("RetractionNature", "kind", "type", "nature")
_DATE = ("RetractionDate", "date")
_REINSTATED = "reinstatement"
_LINE = 4_000_000  # bytes of one line; a row of the longest list has some thousands


class _Row(NamedTuple):
    """A row that can be used: the key of the paper, and its notices (empty, `reinstated`: earlier ones are void)."""

    key: str
    notices: tuple[Notice, ...]
    reinstated: str | None


def look_up(place: Path, papers: Sequence[Paper]) -> Heard:
    """The notices of the list at `place` on `papers`. Raises InputError when it cannot be read or holds no row."""
    wanted: dict[str, list[int]] = {}
    for n, paper in enumerate(papers):
        for key in id_keys(paper.ids):
            wanted.setdefault(key, []).append(n)
    found: dict[int, list[Notice]] = {}
    back: dict[int, str] = {}
    schemes: set[str] = set()
    count = 0
    for row in _rows(place):
        count += 1
        schemes.add(row.key.partition(":")[0])
        for n in wanted.get(row.key, ()):
            found.setdefault(n, []).extend(row.notices)
            if row.reinstated is not None:
                back[n] = max(back.get(n, ""), row.reinstated)
    if not count:
        raise InputError(
            f"SYNTH_NOTICES: {place} holds no row with an id and a kind of notice; "
            "give the CSV file of Retraction Watch or lines of JSON with doi and kind"
        )
    notices = {n: ordered(x for x in some if _stands(x, back.get(n))) for n, some in found.items()}
    notices = {n: some for n, some in notices.items() if some}
    spoken = frozenset(n for key, at in wanted.items() if key.partition(":")[0] in schemes for n in at)
    reason = f"{count:,} rows; {len(spoken)} of {len(papers)} papers have an id that it lists by"
    coverage = Coverage(
        source=f"notices: {place.name}",
        query="",
        outcome="found" if notices else "empty",
        count=len(notices),
        reason=reason,
    )
    return Heard(notices, spoken, coverage)


def _stands(notice: Notice, reinstated: str | None) -> bool:
    return reinstated is None or notice.kind != "retraction" or (notice.date or "") > reinstated


def _rows(place: Path) -> Iterator[_Row]:
    try:
        with place.open("rb") as probe:
            packed = probe.read(2) == b"\x1f\x8b"
        with gzip.open(place) if packed else place.open("rb") as raw:
            # Retraction Watch's file is UTF-8 with stray bytes in names; ids and dates are plain letters.
            text = (line.decode("utf-8", "replace") for _, line in bounded(place, raw, _LINE))
            first = next(text, "").removeprefix("\ufeff")
            records = (_json_lines if first.startswith("{") else _table)(chain((first,), text))
            for record in records:
                row = _row(record, place.name)
                if row is not None:
                    yield row
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"SYNTH_NOTICES: {place}: the gzip data is damaged ({error}); fetch the file again") from error
    except InputError as error:
        raise InputError(f"SYNTH_NOTICES: {error}") from error
    except csv.Error as error:
        raise InputError(f"SYNTH_NOTICES: {place}: not a CSV file ({error}); fetch the file again") from error
    except OSError as error:
        problem = error.strerror or error
        raise InputError(f"SYNTH_NOTICES: {place}: cannot be read ({problem}); check the path") from error


def _json_lines(text: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for line in text:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue  # a torn line is no row; a file without any row is told
        if isinstance(record, dict):
            yield record


def _table(text: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for record in csv.DictReader(text):
        yield {name: value for name, value in record.items() if isinstance(name, str)}


def _row(record: Mapping[str, Any], source: str) -> _Row | None:
    key = _key(record)
    if key is None:
        return None
    word = next((record[name] for name in _KIND if record.get(name)), None)
    date = next((d for name in _DATE if (d := iso_date(record.get(name)))), None)
    if str(word or "").strip().lower() == _REINSTATED:
        return _Row(key, (), date or "9999")
    kind = kind_of(word) if word is not None else None
    notices = (Notice(kind=kind, date=date, source=source),) if kind is not None else flagged(record, source)
    return _Row(key, notices, None) if notices else None


def _key(record: Mapping[str, Any]) -> str | None:
    number = next((d for name in _DOI if (d := doi(str(record.get(name) or "")))), None)
    name = str(record.get("id") or "")
    ids = Ids(doi=number, arxiv=None if number else arxiv_id(name), acl=None if number else _anthology(record, name))
    return next(iter(id_keys(ids)), None)


def _anthology(record: Mapping[str, Any], name: str) -> str | None:
    return acl_id(str(record.get("url") or "")) or acl_id(f"https://aclanthology.org/{name}")
