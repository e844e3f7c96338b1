"""BibTeX and CSL-JSON of the included papers, with the same stable keys in both.

Titles and names come from papers and sources and may hold anything; in BibTeX every character that means
something to TeX is written so that it prints as itself, and braces never reach the file unbalanced.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from synth.records import Report, ReportPaper
from synth.render import display, serial
from synth.render.display import clean, family_given

__all__ = ["citation_keys", "to_bibtex", "to_csl"]

_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "_": r"\_",
}
_STOP_WORDS = {
    "a", "an", "and", "are", "can", "do", "does", "for", "how", "in", "is", "of", "on", "the", "to", "what", "with",
}  # fmt: skip
_DOI = re.compile(r"10\.\d{4,9}/[\w.\-/:;()+<>]+", re.ASCII)


def citation_keys(papers: Sequence[ReportPaper]) -> dict[str, str]:
    """Paper id -> key: family name, year, first telling word of the title ("phang2020english").

    A key that several papers would share gets -1, -2, -3 in the order of the paper ids, so that
    a paper keeps its key when the order of the report changes.
    """
    shared: dict[str, list[str]] = {}
    for paper in papers:
        shared.setdefault(_key(paper), []).append(paper.id)
    keys = {}
    for key, ids in shared.items():
        for position, paper_id in enumerate(sorted(ids)):
            keys[paper_id] = key if len(ids) == 1 else f"{key}-{position + 1}"
    return keys


def to_bibtex(report: Report) -> bytes:
    """references.bib of the included papers, in UTF-8, in the order of the report."""
    papers = [paper for paper in report.papers if paper.included]
    keys = citation_keys(papers)
    return "\n".join(_entry(paper, keys[paper.id]) for paper in papers).encode()


def to_csl(report: Report) -> bytes:
    """references.csl.json of the included papers: a CSL-JSON list in the order of the report."""
    papers = [paper for paper in report.papers if paper.included]
    keys = citation_keys(papers)
    return serial.dumps([_item(paper, keys[paper.id]) for paper in papers], indent=2).encode()


def _key(paper: ReportPaper) -> str:
    family = _ascii(family_given(paper.authors[0])[0]) if paper.authors else ""
    words = (_ascii(word) for word in re.split(r"[^\w]+", clean(paper.title).lower()))
    word = next((w for w in words if len(w) > 1 and w not in _STOP_WORDS), "")
    year = "" if paper.year is None else str(paper.year)
    return (family or "paper") + ((year + word) or _ascii(paper.id))


def _ascii(text: str) -> str:
    """Lower-case ASCII letters and digits of the text, accents folded; "" for other scripts."""
    folded = unicodedata.normalize("NFKD", text).lower()
    return re.sub(r"[^a-z0-9]", "", folded)


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in clean(text))


def _entry(paper: ReportPaper, key: str) -> str:
    kind = "inproceedings" if paper.ids.acl else "article" if paper.venue and not paper.ids.arxiv else "misc"
    venue = {"inproceedings": "booktitle", "article": "journal"}.get(kind, "howpublished")
    link = display.paper_link(paper.ids, paper.version, paper.url)
    fields = [
        # The outer braces keep capitals (XLM-R) whatever the style does to titles.
        ("title", "{" + (_tex(paper.title) or _tex(paper.id)) + "}"),
        ("author", " and ".join(_bib_name(name) for name in paper.authors if clean(name))),
        ("year", "" if paper.year is None else str(paper.year)),
        (venue, _tex(paper.venue or "")),
        ("doi", paper.ids.doi if paper.ids.doi and _DOI.fullmatch(paper.ids.doi) else ""),
        ("eprint", _arxiv(paper)),
        ("eprinttype", "arxiv" if _arxiv(paper) else ""),
        ("version", _tex(paper.version or "")),
        ("url", re.sub(r"[{}\\]", "", link or "")),
        ("note", "; ".join(f"{notice.kind}: {_tex(notice.source)}" for notice in paper.notices)),
    ]
    lines = [f"  {name} = {{{value}}}," for name, value in fields if value]
    return f"@{kind}{{{key},\n" + "\n".join(lines) + "\n}\n"


def _arxiv(paper: ReportPaper) -> str:
    """The arXiv id when its link can be built, so that a malformed id never reaches a file."""
    link = display.paper_link(paper.ids, None, None) or ""
    prefix = "https://arxiv.org/abs/"
    return link.removeprefix(prefix) if link.startswith(prefix) else ""


def _bib_name(name: str) -> str:
    """The name as "Family, Given"; a name of one word is protected, as is one that holds the separator "and"."""
    family, given = family_given(name)
    if not given or re.search(r"\band\b", name, re.IGNORECASE) or "," in given:
        return "{" + _tex(name) + "}"
    return f"{_tex(family)}, {_tex(given)}"


def _item(paper: ReportPaper, key: str) -> dict[str, Any]:
    """One CSL item; a field the source does not give is left out."""
    kind = "paper-conference" if paper.ids.acl else "article-journal" if paper.venue else "article"
    notes = [f"arXiv:{_arxiv(paper)}{paper.version or ''}"] if _arxiv(paper) else []
    notes += [f"{notice.kind}: {clean(notice.source)}" for notice in paper.notices]
    item: dict[str, Any] = {
        "id": key,
        "type": kind,
        "title": clean(paper.title) or clean(paper.id),
        "author": [_csl_name(name) for name in paper.authors if clean(name)],
        "issued": {"date-parts": [[paper.year]]} if paper.year is not None else None,
        "container-title": clean(paper.venue or ""),
        "DOI": paper.ids.doi,
        "URL": display.paper_link(paper.ids, paper.version, paper.url),
        "version": clean(paper.version or ""),
        "note": "; ".join(notes),
    }
    return {name: value for name, value in item.items() if value}


def _csl_name(name: str) -> dict[str, str]:
    family, given = family_given(name)
    return {"family": family, "given": given} if given else {"literal": family}
