"""Identifiers in running text, and entries of a reference list taken apart as far as their form allows."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from synth.formats.body import tidy
from synth.records import Ids, Reference

__all__ = ["arxiv_in", "doi_in", "identifiers", "paper_id", "reference", "year_in"]

# The DOI handbook allows nearly any character in the suffix; these end it in running text.
_DOI = re.compile(r"\b(10\.\d{4,9}/[^\s\"<>{}|\\^`\[\]]+)", re.IGNORECASE)
# The two arXiv schemes: YYMM.NNNNN since April 2007, archive/YYMMNNN before.
_ARXIV = re.compile(
    r"(?:arxiv(?:\.org/(?:abs|pdf)/|[:\s./]{1,3}|\s+preprint\s+arxiv[:\s]\s*))"
    r"((?:\d{4}\.\d{4,5}|[a-z-]{2,9}(?:\.[A-Z]{2})?/\d{7}))(v\d+)?",
    re.IGNORECASE,
)
_ACL = re.compile(
    r"(?:aclanthology\.org|aclweb\.org/anthology|aclanthology\.info/papers)/(?:[A-Z]/[A-Z]\d\d/)?"
    r"([A-Z]\d{2}-\d{4,5}|\d{4}\.[a-z0-9_]+-[a-z0-9_]+\.\d+)",
    re.IGNORECASE,
)
_ACL_DOI = re.compile(r"10\.18653/v1/(.+)")
_YEAR = re.compile(r"(?<![\d.:/-])((?:18|19|20)\d\d)[a-z]?(?![\d/])")
# Author-year styles: the title stands between the year and the next full stop.
_AFTER_YEAR = re.compile(r"(?:^|[\s(])(?:18|19|20)\d\d[a-z]?(?:,\s*[A-Z][a-z]+(?:\s\d+)?)?\)?\s*[.,:]\s+(.+)")
# What follows the title in brackets, and a journal with its volume where the title lacks its full stop.
_TRAILER = re.compile(
    r"\s*(?:\((?:\d+(?:st|nd|rd|th)\b[^()]*|[Vv]ersion\b[^()]*|[Vv]ol\.[^()]*|pp\.?[^()]*|latest|[^()]*\bEds?\.[^()]*|"
    r"[^()]*[Ee]dition|[^()]*\bpp)\)?|\[[A-Z][^\[\]]*\]?)\s*$"
)
_GOES_ON = re.compile(r"\s*(?:[IVX]{1,4}\b|[Pp]art\s|The case of|The role of)")
_SUBTITLE = re.compile(r"\s+([A-Z][a-z]+ing\b[^.?!,]{8,150}|[A-Z][^.?!,]{8,150})(?=\.\s+(?:[A-Z][\w&]*\s|In\s|arXiv))")
_QUOTED = re.compile(r"[“\"](.{8,300}?)[,.?!]?[”\"]")
# A full stop after one capital letter is an initial's, except in what only a title says ("in R. Journal of").
_SENTENCE_END = re.compile(
    r"(?:(?<!\b[A-Z])|(?<=\b(?:in|of) [A-Z])|(?<=\bwith [A-Z]))(?<!\bvs)(?<!\bal)(?<!\bvol)[.?!](?=\s|$)"
    r"|[.?!](?=\s+In[:\s]|\s+arXiv)"
)


def doi_in(text: str) -> str | None:
    """The first DOI in the text, in lower case, without the punctuation that follows it."""
    found = _DOI.search(text)
    if not found:
        return None
    doi = found[1].rstrip(".,;:'*").lower()
    while doi.endswith(")") and doi.count(")") > doi.count("("):
        doi = doi[:-1].rstrip(".,;")
    return doi


def arxiv_in(text: str) -> tuple[str | None, str | None]:
    """The first arXiv id in the text and its version ("v2"), each None where it is not given."""
    found = _ARXIV.search(text)
    return (found[1], found[2].lower() if found[2] else None) if found else (None, None)


def identifiers(text: str) -> Ids:
    """All identifiers named in one reference or header. DOIs of arXiv and of the ACL Anthology give those ids too."""
    doi = doi_in(text)
    arxiv, _ = arxiv_in(text)
    if doi and doi.startswith("10.48550/arxiv."):
        arxiv = arxiv or doi.removeprefix("10.48550/arxiv.")
    acl_match = _ACL.search(text)
    acl = acl_match[1].removesuffix(".pdf") if acl_match else None
    if acl is None and doi and (from_doi := _ACL_DOI.fullmatch(doi)):
        acl = from_doi[1].upper() if re.fullmatch(r"[a-z]\d\d-\d+", from_doi[1]) else from_doi[1]
    return Ids(arxiv=arxiv, doi=doi, acl=acl)


def year_in(text: str) -> int | None:
    """The year of a reference: one in brackets or after a full stop if there is one, else the last one named."""
    marked = re.search(r"(?:\(|\.\s+)((?:18|19|20)\d\d)[a-z]?[).,]", text)
    if marked:
        return int(marked[1])
    years = _YEAR.findall(text)
    return int(years[-1]) if years else None


def _title_in(raw: str) -> str | None:
    quoted = _QUOTED.search(raw)
    if quoted:
        return tidy(quoted[1]).rstrip(",.")
    after = _AFTER_YEAR.search(raw)
    if not after:
        return None
    rest = after[1]
    end = _SENTENCE_END.search(rest)
    title = rest[: end.end() if end and rest[end.start()] in "?!" else end.start()] if end else rest
    # What stands after the first full stop may still be title: a numbered part, a subtitle after a question.
    last = end
    while last and (more := _SENTENCE_END.search(rest, last.end())) and _GOES_ON.match(rest[last.end() : more.start()]):
        title, last = rest[: more.start()], more
    if last is end and end and rest[end.start()] in "?!" and (sub := _SUBTITLE.match(rest, end.end())):
        title = rest[: sub.end(1)]
    title = _TRAILER.sub("", tidy(title)).rstrip(".")
    long_enough = (len(title) >= 8 and " " in title) or (end is not None and len(title) >= 4 and title.isalpha())
    return title if long_enough and not title.startswith("http") else None


def reference(raw: str) -> Reference:
    """One entry of a reference list. `title` and `year` stay None where the form does not tell them apart."""
    raw = tidy(raw)
    return Reference(raw=raw, title=_title_in(raw), year=year_in(raw), ids=identifiers(raw))


def paper_id(ids: Ids, path: Path) -> str:
    """The id of a paper in a local file: its first known identifier, else one made from the bytes of the file."""
    for prefix, value in (("arxiv", ids.arxiv), ("acl", ids.acl), ("doi", ids.doi)):
        if value:
            return f"{prefix}:{value}"
    return f"file:{hashlib.sha256(path.read_bytes()).hexdigest()[:10]}"
