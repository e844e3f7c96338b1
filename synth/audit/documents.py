"""Any report with claims and references as a `Card`: the old cards by their grammar, the rest by what they look like.

Markdown and text are read here; HTML and PDF by the readers of papers, in their process apart. Whatever the form, a
report becomes headings with lines under them, tables and references, and one set of rules reads these: a table with a
column of claims, else a list under a heading on claims or findings, else the checkable sentences of the text. Nothing
in a report is followed, opened or believed; what it does not state stays None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from synth.audit import grammar, outline, stating, wording
from synth.audit.stated import Card, Cited, Stated, StatedClaim
from synth.errors import InputError, did_you_mean
from synth.formats.references import arxiv_in, reference
from synth.records import ReadPaper

__all__ = ["MAX_BYTES", "card", "read"]

MAX_BYTES = 8_000_000  # of a text or page; a PDF may be larger, its reader has limits of its own
_MAX_PDF = 60_000_000
_KNOWN = "Markdown, HTML, PDF or text"


def read(path: Path) -> Card:
    """The report in the file.

    Raises:
        InputError: the file is missing, empty, too large, of no form that is read here, or not UTF-8.
    """
    data = _bytes(path)
    if data.startswith(b"%PDF-"):
        return _from_reading(path, "pdf")
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{path}: not a text; give a report as {_KNOWN}")
    text = _text(path, data)
    if not text.strip():
        raise InputError(f"{path}: the file holds no text; give a report as {_KNOWN}")
    if path.suffix.lower() in (".html", ".htm", ".xhtml") or re.match(r"\s*<(?:!doctype html|html)\b", text, re.I):
        return _from_reading(path, "html")
    return card(text)


def card(text: str) -> Card:
    """The report in a text, Markdown or not."""
    known = grammar.parsed(text)
    if known is not None:
        return _from_grammar(known)
    return _built(outline.of_text(text), text)


def _bytes(path: Path) -> bytes:
    if not path.exists():
        near = [sibling.name for sibling in path.parent.iterdir()] if path.parent.is_dir() else []
        hint = did_you_mean(path.name, near) if near else ""
        raise InputError(f"{path}: no such file; " + (hint if hint.startswith("did") else "check the path"))
    if not path.is_file():
        raise InputError(f"{path}: not a file with a report; name the report itself")
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(8)
            limit = _MAX_PDF if head.startswith(b"%PDF-") else MAX_BYTES
            if size > limit:
                raise InputError(
                    f"{path}: {size / 1e6:.1f} MB; a report of at most {limit / 1e6:.0f} MB is read, cut it down"
                )
            return head + stream.read(limit)
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror or problem}); check the file") from None


def _text(path: Path, data: bytes) -> str:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        raise InputError(f"{path}: not UTF-8 text (line {line}); save the file as UTF-8") from None


# --- the old cards ----------------------------------------------------------------------------------------


def _from_grammar(known: grammar.GrammarCard) -> Card:
    repeated = []
    if known.searched != known.papers:
        repeated.append(("papers", str(known.searched), str(known.papers)))
    if known.method_score != known.score:
        repeated.append(("quality score", known.method_score, known.score))
    cuts = wording.cut([row.text for row in known.rows])
    claims = tuple(
        StatedClaim(
            index=n, text=row.text, cut=is_cut, stated_verified=row.verified, stated_confidence=float(row.confidence)
        )
        for n, (row, is_cut) in enumerate(zip(known.rows, cuts, strict=True), 1)
    )
    return Card(
        form="card",
        title=known.title,
        question=known.question,
        date=known.date,
        base=known.base,
        stated=Stated(
            papers=known.papers,
            claims=known.claims,
            verified=known.verified,
            score=None if known.score == "n/a" else float(known.score),
        ),
        claims=claims,
        references=_cited(known.references),
        repeated=tuple(repeated),
    )


def _cited(raws: Sequence[str]) -> tuple[Cited, ...]:
    made = []
    for number, raw in enumerate(raws, 1):
        one = reference(raw)
        made.append(
            Cited(
                number=number, raw=one.raw, title=one.title, year=one.year, ids=one.ids, version=arxiv_in(one.raw)[1]
            )
        )
    return tuple(made)


# --- every other report -------------------------------------------------------------------------------------


def _from_reading(path: Path, kind: str) -> Card:
    from synth.formats import apart

    reading: ReadPaper = apart.read("pdf" if kind == "pdf" else "html", path, tables=True)
    if not reading.text.strip() and not reading.tables:
        raise InputError(f"{path}: no text in it (a scan?); give the report as {_KNOWN} with text")
    built = _built(outline.of_reading(reading), reading.text)
    return built.model_copy(update={"notes": (*reading.notes, *built.notes)})


class _Claims(NamedTuple):
    found: Sequence[stating.Row]
    note: str | None


def _built(laid: outline.Outline, text: str) -> Card:
    flat = " ".join(text.split())
    facts = stating.facts(laid, flat)
    found = _claims(laid, flat)
    cuts = wording.cut([row.text for row in found.found])
    claims = tuple(
        StatedClaim(
            index=n,
            text=row.text,
            cut=is_cut,
            stated_verified=row.verified,
            stated_confidence=row.confidence,
            sources=row.sources,
        )
        for n, (row, is_cut) in enumerate(zip(found.found, cuts, strict=True), 1)
    )
    return Card(
        form="report",
        title=laid.title,
        question=facts.question,
        date=facts.date,
        base=facts.base,
        stated=facts.stated,
        claims=claims,
        references=_cited(laid.references or stating.addresses(flat)),
        repeated=facts.repeated,
        notes=(found.note,) if found.note else (),
    )


def _claims(laid: outline.Outline, flat: str) -> _Claims:
    """Claims by the first rule that finds any: a table, own headings, marks in running text, a list, sentences."""
    rows = stating.from_tables(laid.tables)
    if rows:
        return _Claims(rows, None)
    rows = stating.from_headings(laid.sections)
    if rows:
        return _Claims(rows, None)
    rows = stating.from_marks(flat)
    if rows:
        return _Claims(rows, None)
    rows = stating.from_lists(laid.sections)
    if rows:
        return _Claims(rows, None)
    rows = stating.from_sentences(laid.sections)
    if rows:
        return _Claims(rows, "no table or list of claims in it; its checkable sentences were taken as its claims")
    return _Claims((), "no claim was found in it")
