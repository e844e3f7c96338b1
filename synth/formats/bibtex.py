"""BibTeX files: each entry a paper known by its fields, with its abstract where the entry carries one."""

from __future__ import annotations

import itertools
import logging
import re
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from synth.errors import InputError
from synth.formats.body import tidy
from synth.formats.references import arxiv_in, identifiers
from synth.records import Ids, Paper, Reference, SkippedPaper

__all__ = ["papers", "references"]

MAX_BYTES = 20_000_000
MAX_ENTRIES = 50_000
MAX_ENTRY = 200_000  # characters of one entry; its parser takes up to 24 seconds of a core for a million
SECONDS = 120.0  # for one file, looked at between entries, of which none takes longer than a few
_MAX_NAMES, _MAX_NAMED, _MAX_JOINED = 2_000, 10_000, 500  # @string definitions, characters of one, signs of joining
_STRING = re.compile(r"@string\b", re.IGNORECASE)
_DEFINITION = re.compile(r"@string\s*[{(][^@]*[})]", re.IGNORECASE)
_ENTRY = re.compile(r"^[ \t]*@(\w+)\s*[{(]\s*([^,\s{}\"]+)\s*,", re.MULTILINE)


def papers(path: Path, seconds: float = SECONDS) -> Iterator[Paper | SkippedPaper]:
    """The entries in the order of the file; an entry that cannot be read comes out as a `SkippedPaper`.

    Raises InputError when the file cannot be read or holds no entry, and, after the entries that were read by then,
    when it takes more than `seconds`.
    """
    any_entry = False
    seen: set[str] = set()
    for key, fields, line in _entries(path, seconds=seconds):
        any_entry = True
        where = f"{path} line {line}"
        if isinstance(fields, str):
            yield SkippedPaper(name=where, reason=f"the entry {key!r} {fields}")
        elif not fields.get("title"):
            yield SkippedPaper(name=where, reason=f"the entry {key!r} has no title")
        elif key in seen:
            yield SkippedPaper(name=where, reason=f"the key {key!r} was given already")
        else:
            seen.add(key)
            yield _paper(key, fields)
    if not any_entry:
        raise InputError(f"{path}: no BibTeX entry in it; check what was saved under this name")


def references(path: Path, keys: Collection[str]) -> Iterator[Reference]:
    """The entries with one of the keys, as references, in the order of the file. `*` stands for all."""
    for key, fields, _ in _entries(path, None if "*" in keys else keys):
        if isinstance(fields, str) or not fields.get("title"):
            continue
        paper = _paper(key, fields)
        parts = (", ".join(paper.authors), str(paper.year or ""), paper.title, paper.venue or "", paper.url or "")
        yield Reference(
            raw=". ".join(part for part in parts if part), title=paper.title, year=paper.year, ids=paper.ids
        )


def _entries(
    path: Path, keys: Collection[str] | None = None, seconds: float = SECONDS
) -> Iterator[tuple[str, dict[str, str] | str, int]]:
    """Each entry's key, its fields (what is wrong with it where it has none), and its line.

    The file is cut into entries first: one broken entry must not swallow the rest, and entries that nobody
    asked for need not be parsed.
    """
    until = time.monotonic() + seconds

    def on_time(line: int) -> None:
        if time.monotonic() > until:
            raise InputError(f"{path} line {line}: reading to here took more than {seconds:g} s; give a part of it")

    text = _text(path)
    starts = [m for m in _ENTRY.finditer(text) if m[1].lower() not in ("comment", "string", "preamble")]
    if len(starts) > MAX_ENTRIES:
        raise InputError(f"{path}: holds more than {MAX_ENTRIES:,} entries; give a part of it")
    parsed = _parser(text, on_time)
    line, counted = 1, 0
    for i, found in enumerate(starts):
        if keys is not None and found[2] not in keys:
            continue
        end = starts[i + 1].start() if i + 1 < len(starts) else len(text)
        line, counted = line + text.count("\n", counted, found.start()), found.start()
        on_time(line)
        if end - found.start() > MAX_ENTRY:
            yield found[2], f"is longer than {MAX_ENTRY:,} characters; close it, or cut it down", line
            continue
        yield found[2], parsed(text[found.start() : end]) or "is not closed or not BibTeX; repair it", line


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB; give a part of it")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the file") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _parser(text: str, on_time: Callable[[int], None]) -> Callable[[str], dict[str, str] | None]:
    """What makes an entry of the file's `text` into its fields; None where it cannot be parsed.

    A name of `@string` stands for the text of others, and each of these for more: names that would grow beyond bounds
    are passed over, and so is an entry that is put together from very many of them. `on_time` is told the line of a
    definition before it is parsed, and ends the reading where it takes too long.
    """
    import bibtexparser
    from bibtexparser.bibdatabase import BibDatabase, UndefinedString

    logging.getLogger("bibtexparser.bparser").setLevel(logging.CRITICAL)
    parser = bibtexparser.bparser.BibTexParser(
        common_strings=True, ignore_nonstandard_types=False, interpolate_strings=True
    )
    parser.expect_multiple_parse = True
    named = dict(parser.bib_database.strings)

    def parsed(piece: str) -> Any:
        parser.bib_database = BibDatabase()
        parser.bib_database.strings.update(named)
        if piece.count("#") > _MAX_JOINED:
            return None
        try:
            return parser.parse(piece)
        except (ValueError, KeyError, RecursionError, UndefinedString, parser._expr.ParseException):
            return None

    def fields(entry: str) -> dict[str, str] | None:
        # A definition after the entry is none of its own; those of the whole file are known already.
        found = parsed(_STRING.split(entry, maxsplit=1)[0])
        if found is None or not found.entries:
            return None
        made = {str(name).lower(): str(value) for name, value in found.entries[0].items()}
        return made if sum(map(len, made.values())) <= MAX_ENTRY else None

    for definition in itertools.islice(_DEFINITION.finditer(text), _MAX_NAMES):
        if len(definition[0]) > 2 * _MAX_NAMED:
            continue
        on_time(text.count("\n", 0, definition.start()) + 1)
        found = parsed(definition[0])
        if found is not None:
            named.update((name, value) for name, value in found.strings.items() if len(value) <= _MAX_NAMED)
    return fields


def _plain(value: str) -> str:
    if "\\" in value or "$" in value:
        from synth.formats import tex

        value = tex.as_text(value)
    return tidy(value.replace("{", "").replace("}", ""))


def _paper(key: str, fields: dict[str, str]) -> Paper:
    url = fields.get("url", "").strip() or None
    doi = identifiers(fields.get("doi", "")).doi
    eprint = fields.get("eprint", "").strip()
    is_arxiv = (
        "arxiv" in (fields.get("archiveprefix", "") + fields.get("eprinttype", "") + fields.get("journal", "")).lower()
    )
    arxiv = arxiv_in(f"arXiv:{eprint}")[0] if eprint and is_arxiv else None
    arxiv = arxiv or arxiv_in(" ".join((url or "", fields.get("journal", ""), fields.get("volume", ""))))[0]
    year = re.search(r"(?:18|19|20)\d\d", fields.get("year", "") or fields.get("date", ""))
    venue = next(
        (fields[name] for name in ("booktitle", "journal", "journaltitle", "publisher") if fields.get(name)), ""
    )
    return Paper(
        id=key,
        title=_plain(fields["title"]),
        authors=tuple(
            _name(part) for part in re.split(r"\s+and\s+", _joined(fields.get("author", ""))) if part.strip()
        ),
        year=int(year[0]) if year else None,
        ids=Ids(arxiv=arxiv, doi=doi, acl=identifiers(url or "").acl),
        abstract=_plain(fields.get("abstract", "")) or None,
        venue=_plain(venue) or None,
        url=url,
        source="local",
    )


def _joined(value: str) -> str:
    return " ".join(value.split())


def _name(value: str) -> str:
    """ "Mustermann, Erika" as "Erika Mustermann", accents in Unicode."""
    last, comma, given = value.partition(",")
    return _plain(f"{given} {last}" if comma else value)
