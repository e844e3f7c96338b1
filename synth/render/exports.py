"""What other programs take of a report: RIS, JSON-LD by schema.org, a table of the claims, and the folder as RO-Crate.

Texts enter as values of their format and end no field of it: RIS has no line break in a value, a cell of the table
begins with no character that a table program computes, JSON is escaped as everywhere.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from typing import Any

from synth.records import Report, ReportPaper
from synth.render import display, serial
from synth.render.claims import ClaimView
from synth.render.display import clean, family_given
from synth.render.references import citation_keys
from synth.render.view import View, view

__all__ = ["to_crate", "to_csv", "to_jsonld", "to_ris"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")  # how a formula begins in one table program or another
_TYPES = {
    ".html": "text/html", ".pdf": "application/pdf", ".md": "text/markdown", ".json": "application/json",
    ".bib": "application/x-bibtex", ".ris": "application/x-research-info-systems", ".jsonld": "application/ld+json",
    ".jsonl": "application/jsonl", ".csv": "text/csv", ".txt": "text/plain",
}  # fmt: skip
_COLUMNS = (
    "number", "id", "claim", "kind", "verdict", "score", "confidence", "basis", "reason", "paper", "place", "quote",
    "deciding paper", "deciding place", "deciding quote", "experiment",
)  # fmt: skip


# --- references ---------------------------------------------------------------------------------------------


def to_ris(report: Report) -> bytes:
    """references.ris of the included papers, in UTF-8, lines ended as RIS wants them, in the order of the report."""
    papers = [paper for paper in report.papers if paper.included]
    keys = citation_keys(papers)
    return "".join(
        f"{tag}  - {value}\r\n"
        for paper in papers
        for tag, value in _ris(paper, keys[paper.id])
        if value or tag == "ER"
    ).encode()


def _ris(paper: ReportPaper, key: str) -> Iterator[tuple[str, str]]:
    yield "TY", "CPAPER" if paper.ids.acl else "JOUR" if paper.venue and not paper.ids.arxiv else "GEN"
    yield "ID", key
    yield "TI", clean(paper.title) or clean(paper.id)
    for name in paper.authors:
        family, given = family_given(name)
        yield "AU", f"{family}, {given}" if given else family
    yield "PY", "" if paper.year is None else str(paper.year)
    yield "T2", clean(paper.venue or "")
    yield "DO", clean(paper.ids.doi or "")
    yield "UR", display.paper_link(paper.ids, paper.version, paper.url) or ""
    yield "ET", clean(paper.version or "")
    for notice in paper.notices:
        yield "N1", f"{notice.kind}: {clean(notice.source)}"
    yield "ER", ""


# --- schema.org ---------------------------------------------------------------------------------------------


def to_jsonld(report: Report) -> bytes:
    """report.jsonld: a schema.org Report, its papers as ScholarlyArticle and its claims as ClaimReview.

    A rating has the verdict's word and no number: the five verdicts are no scale. A confidence is a property by name.
    """
    shown = view(report)
    names = {paper.id: _paper_name(paper) for paper in report.papers if paper.included}
    papers = [_article(paper, names[paper.id]) for paper in report.papers if paper.included]
    claims = [_claim_review(claim, shown, names) for claim in shown.claims]
    whole = {
        "@id": f"#{shown.digest}", "@type": "Report", "name": shown.question, "abstract": shown.answer,
        "creativeWorkStatus": shown.status_word, "citation": [{"@id": name} for name in names.values()],
        "hasPart": [{"@id": claim["@id"]} for claim in claims],
    }  # fmt: skip
    graph = [_filled(whole), *papers, *claims]
    return serial.dumps({"@context": "https://schema.org", "@graph": graph}, indent=2).encode()


def _paper_name(paper: ReportPaper) -> str:
    """The address of a paper, or a name within this file where it has none that is safe."""
    return display.paper_link(paper.ids, paper.version, paper.url) or f"#{_name(paper.id)}"


def _name(text: str) -> str:
    """A name for use after "#": letters, digits and hyphens of `text`."""
    return "-".join("".join(c if c.isalnum() else " " for c in clean(text)).split()) or "unnamed"


def _article(paper: ReportPaper, name: str) -> dict[str, Any]:
    return _filled(
        {
            "@id": name, "@type": "ScholarlyArticle", "name": clean(paper.title) or clean(paper.id),
            "author": [{"@type": "Person", "name": clean(author)} for author in paper.authors if clean(author)],
            "datePublished": None if paper.year is None else str(paper.year),
            "isPartOf": {"@type": "CreativeWork", "name": clean(paper.venue)} if paper.venue else None,
            "identifier": clean(paper.ids.doi or paper.ids.arxiv or paper.ids.acl or ""),
            "version": clean(paper.version or ""),
        }
    )  # fmt: skip


def _claim_review(claim: ClaimView, shown: View, names: Mapping[str, str]) -> dict[str, Any]:
    quotes = [
        {"@type": "Quotation", "text": quote.text, "isPartOf": _cited(quote.paper.id, quote.paper.title, names)}
        for quote in claim.evidence
    ]
    confidence = None if claim.confidence is None else {
        "@type": "PropertyValue", "name": "confidence that the verdict is right", "value": round(claim.confidence, 4),
    }  # fmt: skip
    return _filled(
        {
            "@id": f"#claim-{claim.number}", "@type": "ClaimReview", "claimReviewed": claim.statement,
            "url": f"report.html#claim-{claim.number}",
            "author": {"@type": "SoftwareApplication", "name": "synth"}, "isPartOf": {"@id": f"#{shown.digest}"},
            "reviewRating": _filled(
                {"@type": "Rating", "alternateName": claim.word, "ratingExplanation": claim.reason}
            ),
            "itemReviewed": {
                "@type": "Claim", "text": claim.statement,
                "appearance": _cited(claim.source.paper.id, claim.source.paper.title, names),
            },
            "additionalProperty": confidence, "citation": quotes,
        }
    )  # fmt: skip


def _cited(paper_id: str, title: str, names: Mapping[str, str]) -> dict[str, Any]:
    return {"@id": names[paper_id]} if paper_id in names else {"@type": "ScholarlyArticle", "name": title}


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is unknown."""
    return {key: value for key, value in values.items() if value not in (None, "", [])}


# --- a table ------------------------------------------------------------------------------------------------


def to_csv(report: Report) -> bytes:
    """claims.csv: one row a claim, UTF-8; an unknown number is an empty cell, and no cell is a formula."""
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\r\n")
    sheet.writerow(_COLUMNS)
    for claim in view(report).claims:
        cells = (
            str(claim.number), claim.id, claim.statement, claim.kind_word, claim.word, _digits(claim.score),
            _digits(claim.confidence), claim.basis, claim.reason, claim.source.paper.short, claim.source.place,
            claim.source.text, claim.deciding.paper.short, claim.deciding.place, claim.deciding.text,
            claim.replication_word,
        )  # fmt: skip
        sheet.writerow([cell if at in (5, 6) else _plain(cell) for at, cell in enumerate(cells)])
    return text.getvalue().encode()


def _digits(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _plain(cell: str) -> str:
    """The cell on one line, as text: an apostrophe keeps a table program from computing it."""
    shown = clean(cell)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


# --- the folder ---------------------------------------------------------------------------------------------


def to_crate(report: Report, files: Mapping[str, bytes], date: str) -> bytes:
    """ro-crate-metadata.json (RO-Crate 1.1) of the folder: `files` are those beside it, `date` the ISO day of the run.

    No licence is named: the quotes are the papers' own, and whose the report is, is not for this program to say.
    """
    shown = view(report)
    parts = [
        {"@id": name, "@type": "File", "name": name, "encodingFormat": _TYPES["." + name.rpartition(".")[2]],
         "contentSize": str(len(content)), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    ]  # fmt: skip
    # The manifest knows the digest of this file, so that this file cannot know the manifest's.
    parts.append({"@id": "manifest.json", "@type": "File", "name": "manifest.json", "encodingFormat": _TYPES[".json"]})
    names = {paper.id: _paper_name(paper) for paper in report.papers if paper.included}
    root = {
        "@id": "./", "@type": "Dataset", "name": shown.question, "description": shown.answer or shown.status_gloss,
        "datePublished": date, "identifier": f"synth report {shown.digest}",
        "hasPart": [{"@id": part["@id"]} for part in parts],
        "citation": [{"@id": name} for name in names.values()],
    }  # fmt: skip
    descriptor = {
        "@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }  # fmt: skip
    papers = [_article(paper, names[paper.id]) for paper in report.papers if paper.included]
    graph = [descriptor, _filled(root), *parts, *papers]
    return serial.dumps({"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}, indent=2).encode()
