"""A quote in its place: beside the page of its paper, or in the text it stands in, as far as either is at hand."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from synth.errors import InputError
from synth.formats import picture
from synth.records import Claim, ReadPaper, Report
from synth.serve.places import Places
from synth.serve.store import Upload

__all__ = ["Place", "Surroundings", "drawn", "places_of", "surroundings", "upload_of"]

AROUND = 600  # characters of text shown on either side of a quote
PICTURES = 1000  # that are kept
_two = threading.Semaphore(2)  # pages that are drawn at once


class Place(NamedTuple):
    """One quote of a claim. `number` 0 is the claim's own sentence; `page` is None where the report names none."""

    number: int
    paper_id: str
    version: str | None
    page: int | None
    quote: str


class Surroundings(NamedTuple):
    """A quote in the stored text of its paper: what stands before it, the quote, and what comes after."""

    before: str
    quote: str
    after: str


def places_of(claim: Claim) -> tuple[Place, ...]:
    """The claim's own sentence and its evidence, as they are numbered on the pages of the report.

    There the claim's own sentence does not stand a second time among its evidence, unless it is all of it.
    """
    own = Place(0, claim.source.paper_id, claim.source.version, claim.source.page, claim.quote)
    shown = [one for one in claim.evidence if one.independent or one.quote != claim.quote or len(claim.evidence) == 1]
    return own, *(Place(number, one.paper_id, one.version, one.page, one.quote) for number, one in enumerate(shown, 1))


def upload_of(paper_id: str, report: Report, papers: Sequence[Upload]) -> Upload | None:
    """The uploaded file that holds a paper of a report; None where none does."""
    known = {paper_id}
    for paper in report.papers:
        if paper.id == paper_id:
            known |= {f"{kind}:{value}" for kind, value in paper.ids if value}
    return next((one for one in papers if known & set(one.names)), None)


def drawn(upload: Upload, page: int | None, quotes: Sequence[str], places: Places) -> picture.Picture:
    """The page with the quotes marked; kept, so that the same page is drawn once. InputError as `picture.apart`."""
    asked = json.dumps([upload.id, page, list(quotes), "1"], ensure_ascii=False)
    name = hashlib.sha256(asked.encode()).hexdigest()
    png, facts = places.pictures / f"{name}.png", places.pictures / f"{name}.json"
    if png.is_file() and facts.is_file():
        told = json.loads(facts.read_text(encoding="utf-8"))
        return picture.Picture(png.read_bytes(), told["page"], told["pages"], tuple(told["found"]))
    file = places.uploads / (upload.id + upload.suffix)
    try:
        with _two:
            made = picture.apart(file, page, quotes)
    except InputError as problem:
        raise InputError(str(problem).replace(str(file), upload.name)) from None
    _keep(png, made.png)
    told = {"page": made.page, "pages": made.pages, "found": list(made.found)}
    _keep(facts, json.dumps(told).encode())
    _thin(places.pictures)
    return made


def _thin(folder: Path) -> None:
    """Where many pictures are kept, those that were drawn first go."""
    kept = sorted(folder.glob("*.png"), key=lambda file: (file.stat().st_mtime_ns, file.name))
    for png in kept[: max(0, len(kept) - PICTURES)]:
        png.unlink(missing_ok=True)
        png.with_suffix(".json").unlink(missing_ok=True)


def _keep(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.{id(content)}.tmp")
    beside.write_bytes(content)
    beside.replace(path)


def surroundings(place: Place, upload: Upload | None, places: Places) -> Surroundings | None:
    """The text around a quote, from the upload, the starter library or the person's own; None where it is not there."""
    for reading in _readings(place, upload, places):
        found = _around(reading.text, place.quote)
        if found is not None:
            return found
    return None


def _readings(place: Place, upload: Upload | None, places: Places) -> Iterator[ReadPaper]:
    from synth import holdings
    from synth.library import Library

    library = Library(places.home)
    try:
        corpora = [holdings.local([places.uploads / (upload.id + upload.suffix)], library)] if upload else []
        for corpus in (*corpora, holdings.own(library), holdings.starter()):
            for paper in corpus.papers:
                if paper.id == place.paper_id and place.version in (None, paper.version):
                    yield corpus.read(paper)
    except InputError:
        return  # the file cannot be read any more; the report tells what it read
    finally:
        library.close()


def _around(text: str, quote: str) -> Surroundings | None:
    pattern = r"\s+".join(re.escape(word) for word in quote.split())
    match = re.search(pattern, text) if pattern else None
    if match is None:
        return None
    start, end = max(0, match.start() - AROUND), min(len(text), match.end() + AROUND)
    # Whole words: what is cut at either end is left out.
    before = text[start : match.start()] if not start else text[start : match.start()].partition(" ")[2]
    after = text[match.end() : end] if end == len(text) else text[match.end() : end].rpartition(" ")[0]
    return Surroundings(before, match.group(), after)
