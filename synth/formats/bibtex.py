"""BibTeX files: each entry a paper known by its fields, with its abstract where the entry carries one."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from synth.errors import InputError
from synth.formats.body import tidy
from synth.formats.references import arxiv_in, identifiers
from synth.records import Ids, Paper, Reference, SkippedPaper

__all__ = ["papers", "references"]

MAX_BYTES = 20_000_000
_ENTRY = re.compile(r"^[ \t]*@(\w+)\s*[{(]\s*([^,\s{}\"]+)\s*,", re.MULTILINE)


def papers(path: Path) -> Iterator[Paper | SkippedPaper]:
    """The entries in the order of the file; an entry that cannot be read comes out as a `SkippedPaper`.

    Raises InputError when the file cannot be read or holds no entry.
    """
    any_entry = False
    seen: set[str] = set()
    for key, fields, line in _entries(path):
        any_entry = True
        where = f"{path} line {line}"
        if fields is None:
            yield SkippedPaper(name=where, reason=f"the entry {key!r} is not closed or not BibTeX; repair it")
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
        if fields is None or not fields.get("title"):
            continue
        paper = _paper(key, fields)
        parts = (", ".join(paper.authors), str(paper.year or ""), paper.title, paper.venue or "", paper.url or "")
        yield Reference(
            raw=". ".join(part for part in parts if part), title=paper.title, year=paper.year, ids=paper.ids
        )


def _entries(path: Path, keys: Collection[str] | None = None) -> Iterator[tuple[str, dict[str, str] | None, int]]:
    """Each entry's key, its fields (None where it cannot be parsed), and its line.

    The file is cut into entries first: one broken entry must not swallow the rest, and entries that nobody
    asked for need not be parsed.
    """
    text = _text(path)
    strings = "".join(m[0] + "\n" for m in re.finditer(r"@string\s*[{(][^@]*[})]", text, re.IGNORECASE))
    starts = [m for m in _ENTRY.finditer(text) if m[1].lower() not in ("comment", "string", "preamble")]
    for i, found in enumerate(starts):
        if keys is not None and found[2] not in keys:
            continue
        end = starts[i + 1].start() if i + 1 < len(starts) else len(text)
        line = text.count("\n", 0, found.start()) + 1
        yield found[2], _parsed(strings + text[found.start() : end]), line


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


def _parsed(entry: str) -> dict[str, str] | None:
    import bibtexparser

    logging.getLogger("bibtexparser.bparser").setLevel(logging.CRITICAL)
    parser = bibtexparser.bparser.BibTexParser(
        common_strings=True, ignore_nonstandard_types=False, interpolate_strings=True
    )
    try:
        database = bibtexparser.loads(entry, parser)
    except (ValueError, KeyError, bibtexparser.bibdatabase.UndefinedString):
        return None
    if not database.entries:
        return None
    return {str(name).lower(): str(value) for name, value in database.entries[0].items()}


def _plain(value: str) -> str:
    if "\\" in value or "$" in value:
        from pylatexenc.latex2text import LatexNodes2Text

        logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)
        value = str(LatexNodes2Text(math_mode="text").latex_to_text(value, tolerant_parsing=True))
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
