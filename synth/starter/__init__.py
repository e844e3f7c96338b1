"""The packaged library: short digests of real papers, so that a first question can be answered offline.

One TOML file per work in `papers/`, written by hand from sources that each file names (`read_in`). A digest
states in its own words what the work did and found; it is neither the paper nor its abstract, and its tier
is `digest` so that no report can take it for more. Works whose arXiv versions state different things have
one `[[version]]` each.

A file is closed to unknown keys, and a fault in it is an `InputError` that names file and field: a library
that quietly drops a paper would make absence of evidence out of a typing error.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from synth.errors import InputError
from synth.records import Ids, Paper, ReadPaper, Record, Section, Table

__all__ = ["Digest", "papers", "read_folder"]

SOURCE = "starter"
SECTION_BREAK = "\n\n"

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\n]+$")]
VersionId = Annotated[str, StringConstraints(pattern=r"^v[1-9][0-9]*$")]
ArxivId = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}\.[0-9]{4,5}|[a-z-]+/[0-9]{7})$")]
AclId = Annotated[str, StringConstraints(pattern=r"^([A-Z][0-9]{2}-[0-9]{4}|[0-9]{4}\.[a-z0-9_]+-[a-z0-9]+\.[0-9]+)$")]
Doi = Annotated[str, StringConstraints(to_lower=True, pattern=r"^10\.[0-9]{4,9}/\S+$")]
Date = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}){0,2}$")]


class DigestIds(Record):
    """Identifiers that were read in a source, at least one; upper-case DOIs are folded to lower case."""

    arxiv: ArxivId | None = None
    acl: AclId | None = None
    doi: Doi | None = None

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if not (self.arxiv or self.acl or self.doi):
            raise ValueError("give at least one of arxiv, acl and doi")
        return self


class DigestPaper(Record):
    """The bibliographic facts of a work; `authors` are all of them, in order."""

    title: Line
    authors: tuple[Line, ...] = Field(min_length=1)
    year: int = Field(strict=True, ge=1950, le=2100)
    venue: Line | None = None
    url: Line | None = None
    ids: DigestIds


class DigestSection(Record):
    """A heading and whole sentences; line breaks in the file are layout and become spaces."""

    heading: Line
    text: str

    @field_validator("text")
    @classmethod
    def _whole_sentences(cls, text: str) -> str:
        joined = " ".join(text.split())
        if not joined.endswith((".", "!", "?")):
            raise ValueError("must be whole sentences that end with a full stop")
        return joined


class DigestTable(Record):
    """A small table of figures; every row has one cell per column."""

    caption: Line
    columns: tuple[Line, ...] = Field(min_length=1)
    rows: tuple[tuple[str, ...], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(f"row {number} has {len(row)} cells, there are {len(self.columns)} columns")
        return self


class DigestVersion(Record):
    """What one version states. `read_in` names every source that was read for it and is never empty."""

    id: VersionId | None = None
    date: Date | None = None
    read_in: tuple[Line, ...] = Field(min_length=1)
    section: tuple[DigestSection, ...] = Field(min_length=1)
    table: tuple[DigestTable, ...] = ()


class Digest(Record):
    """One file of the library."""

    paper: DigestPaper
    version: tuple[DigestVersion, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _versions_differ(self) -> Self:
        ids = [version.id for version in self.version]
        if len(ids) > 1 and (None in ids or len(set(ids)) != len(ids)):
            raise ValueError("several versions need an id each, and no two the same")
        if any(ids) and self.paper.ids.arxiv is None:
            raise ValueError("version ids are arXiv's: give paper.ids.arxiv")
        return self


@cache
def papers() -> tuple[ReadPaper, ...]:
    """All packaged digests, one ReadPaper per version, ordered by file name and then as in the file.

    Two versions of one work share `Paper.id` and differ in `Paper.version`. Raises InputError naming file
    and field when a file is at fault.
    """
    return read_folder(resources.files("synth.starter") / "papers")


def read_folder(folder: Traversable) -> tuple[ReadPaper, ...]:
    """The digests of all TOML files of a folder, as `papers` returns them.

    Raises InputError for a file that does not parse or validate, and for two files about one work.
    """
    found: list[ReadPaper] = []
    owner: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".toml"):
            continue
        digest = _digest(file)
        for name in _names(digest.paper.ids):
            if name in owner:
                raise InputError(f"{file.name}: paper.ids: {name} is already in {owner[name]}; keep one file")
            owner[name] = file.name
        found.extend(_read(digest))
    return tuple(found)


def _digest(file: Traversable) -> Digest:
    try:
        return Digest.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file.name}: not valid TOML: {error}; correct the file") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = str(first["msg"]).removeprefix("Value error, ")
        raise InputError(f"{file.name}: {_field(first['loc'])}: {message}") from error


def _field(location: tuple[Any, ...]) -> str:
    """`("version", 0, "section", 1, "text")` as `version 1, section 2, text`, counted as a person counts."""
    words: list[str] = []
    for part in location:
        if isinstance(part, int) and words:
            words[-1] += f" {part + 1}"
        else:
            words.append(str(part))
    return ", ".join(words) or "file"


def _names(ids: DigestIds) -> Iterator[str]:
    """`arxiv:...`, `acl:...`, `doi:...` for the ids there are, in the order of preference for `Paper.id`."""
    for kind in ("arxiv", "acl", "doi"):
        value = getattr(ids, kind)
        if value:
            yield f"{kind}:{value}"


def _read(digest: Digest) -> Iterator[ReadPaper]:
    facts = digest.paper
    versions = tuple(version.id for version in digest.version if version.id)
    for version in digest.version:
        text, sections = _joined(version.section)
        paper = Paper(
            id=next(_names(facts.ids)),
            title=facts.title,
            authors=facts.authors,
            year=facts.year,
            ids=Ids(arxiv=facts.ids.arxiv, doi=facts.ids.doi, acl=facts.ids.acl),
            abstract=" ".join(section.text for section in version.section),
            venue=facts.venue,
            url=facts.url,
            version=version.id,
            versions=versions,
            tier="digest",
            source=SOURCE,
        )
        yield ReadPaper(
            paper=paper,
            tier="digest",
            text=text,
            sections=sections,
            tables=tuple(
                Table(label=None, caption=table.caption, page=None, columns=table.columns, rows=table.rows)
                for table in version.table
            ),
            notes=tuple(f"digest written from: {source}" for source in version.read_in),
        )


def _joined(parts: tuple[DigestSection, ...]) -> tuple[str, tuple[Section, ...]]:
    """The texts joined by a blank line, and each section with its offsets into that text."""
    sections: list[Section] = []
    start = 0
    for part in parts:
        end = start + len(part.text)
        sections.append(Section(heading=part.heading, page=None, start=start, end=end))
        start = end + len(SECTION_BREAK)
    return SECTION_BREAK.join(part.text for part in parts), tuple(sections)
