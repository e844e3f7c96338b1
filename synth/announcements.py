"""What a record says of itself: retracted, withdrawn, in doubt, corrected. Words, flags and dates, no service is asked.

Publishers put a notice into the title, authors into arXiv's comments, the ACL Anthology into flags. A record that is
itself a notice ("Retraction note: ...") speaks of another paper and carries none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal

from synth.records import Notice

__all__ = [
    "COMMENTS",
    "NoticeKind",
    "bare_title",
    "flagged",
    "is_notice",
    "iso_date",
    "kind_of",
    "ordered",
    "said",
    "withdrawn",
]

COMMENTS = "the comments of the record"
"""The source of a notice that the authors wrote into the comments of a preprint which a local file holds."""

NoticeKind = Literal["retraction", "withdrawal", "concern", "erratum"]

# Words of Crossref's update types, of Retraction Watch and of lists that people keep. What is not here (a new version
# or edition, an addendum, a clarification) is no notice. A partial retraction leaves a paper standing in doubt.
_KINDS: Mapping[str, NoticeKind] = {
    "retraction": "retraction",
    "retracted": "retraction",
    "withdrawal": "withdrawal",
    "withdrawn": "withdrawal",
    "removal": "withdrawal",
    "removed": "withdrawal",
    "concern": "concern",
    "expression of concern": "concern",
    "partial retraction": "concern",
    "erratum": "erratum",
    "errata": "erratum",
    "corrigendum": "erratum",
    "correction": "erratum",
}
_ORDER = {"retraction": 0, "withdrawal": 1, "concern": 2, "erratum": 3}


def kind_of(word: Any) -> NoticeKind | None:
    """The kind of notice that a word of a service or list means, whatever its case; None for every other word.

    >>> kind_of("Expression_of_Concern"), kind_of("new_version")
    ('concern', None)
    """
    return _KINDS.get(re.sub(r"[\s_-]+", " ", str(word)).strip().lower())


def ordered(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Each notice once, the gravest kind first, then by date and source; undated ones last of their kind."""
    return tuple(sorted(set(notices), key=lambda n: (_ORDER[n.kind], n.date is None, n.date or "", n.source)))


def iso_date(text: Any) -> str | None:
    """A date as "2021-08-09", "2021-08" or "2021"; None for what is no date.

    Taken are ISO dates with or without a time, and the month/day/year of Retraction Watch ("8/9/2021 0:00").
    """
    line = str(text or "").strip()
    if found := re.match(r"(\d{4})-(\d{2})-(\d{2})(?!\d)", line):
        year, month, day = map(int, found.groups())
    elif found := re.match(r"(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)", line):
        month, day, year = map(int, found.groups())
    else:
        found = re.fullmatch(r"(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2]))?", line)
        return found[0] if found else None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


# --- titles -------------------------------------------------------------------------------------------------

_STAMPED = re.compile(
    r"^\s*[\[(]?\s*(?:this\s+(?:article|paper)\s+(?:has\s+been|was|is)\s+)?"
    r"(?P<word>retracted|withdrawn|removed)(?:\s+(?:article|paper|chapter|manuscript))?\s*[\])]?\s*[:.–—-]\s*(?=\S)"
    r"|^\s*[\[(](?P<boxed>retracted|withdrawn|removed)(?:\s+(?:article|paper|chapter))?[\])]\s*(?=\S)"
    r"|\s*[\[(](?P<after>retracted|withdrawn)(?:\s+(?:article|paper))?[\])]\s*$",
    re.IGNORECASE,
)
_OF_ANOTHER = re.compile(
    r"^\s*[\[(]?\s*(?:(?:publisher['’]?s?|author['’]?s?|editorial)\s+)?"
    r"(?:retraction|withdrawal|corrigend(?:um|a)|errat(?:um|a)|correction|addendum|expression\s+of\s+concern|"
    r"editorial\s+expression\s+of\s+concern|statement\s+of\s+concern|notice\s+of\s+(?:retraction|withdrawal|removal))"
    r"(?:\s+(?:note|notice))?\s*[\])]?\s*(?:[:.–—-]|\bto\b|\bfor\b|\bof\b(?=\s*[:\"“'‘]))\s*[\"“'‘]?",
    re.IGNORECASE,
)


_TOLD = re.compile(r"retract|withdraw|remov|errat|corr(?:ig|ect)|concern|addend", re.IGNORECASE)  # any word of the two


def is_notice(title: str) -> bool:
    """Whether a record with this title is a notice about another paper: "Erratum: ...", "Retraction note to ..."."""
    return _TOLD.search(title) is not None and _OF_ANOTHER.match(title) is not None


def bare_title(title: str) -> str:
    """The title without the stamp of a notice on it: "RETRACTED: Plums" is "Plums"."""
    return _STAMPED.sub("", title).strip() or title if _TOLD.search(title) else title


# --- words of authors -----------------------------------------------------------------------------------------

_THING = r"(?:paper|article|manuscript|submission|preprint|e-?print|work|draft|version|note|thesis|report)"
_GONE = re.compile(
    rf"""\b(?:this|the|our)\s+{_THING}\s+(?:has\s+been|have\s+been|is|was|is\s+being)\s+withdra\w+
      |\b{_THING}\s+(?:has\s+been\s+)?withdrawn\b
      |(?:^|[.;,]\s*)withdr(?:awn|aw)(?:\s*$|\s*[.;:,]|\s+(?:by|as|due|because|since|the|this)\b)
      |\bwithdrawn\s+by\s+(?:the\s+)?(?:arxiv|authors?|submitters?)\b
      |\bwithdraw(?:ing)?\s+(?:this|the|our)\s+{_THING}
      |\bwithdraw\s+it\b
      |\bit\s+has\s+been\s+withdrawn\b
      |\brequest(?:ing|ed|s)?\s+(?:\w+\s+)?withdrawal\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Withdrawn from a conference or journal, or only in part, is not withdrawn from arXiv.
_ELSEWHERE = re.compile(
    r"withdr\w+\s+(?:this\s+|the\s+)?(?:\w+\s+)?from\s+(?!(?:the\s+)?(?:arxiv|archive)\b)", re.IGNORECASE
)
_CORRECTED = re.compile(
    r"\b(?:errat(?:um|a)|corrigend(?:um|a))\b(?!\s+(?:to|for|of)\s+(?:arxiv|the\s+(?:paper|article)))", re.IGNORECASE
)
_IN_DOUBT = re.compile(r"\bexpressions?\s+of\s+concern\b", re.IGNORECASE)


def withdrawn(comment: str | None, abstract: str | None) -> bool:
    """Whether the comment, or the opening of the abstract, says that the paper is withdrawn from arXiv.

    arXiv has no field for it; the wording is the authors' own, so this is a list of wordings met in practice.
    """
    for text in (comment or "", (abstract or "")[:160]):
        if "withdr" not in text.lower():  # nearly all of them; large corpora are read line by line
            continue
        line = " ".join(text.split())
        if _GONE.search(line) and not _ELSEWHERE.search(line):
            return True
    return False


def said(
    title: str, comment: str | None, abstract: str | None, *, source: str, updated: str | None = None
) -> tuple[Notice, ...]:
    """The notices that the words of a record hold. `updated` dates what a comment says: the comment came with it."""
    if is_notice(title):
        return ()
    found = []
    stamp = _STAMPED.search(title) if _TOLD.search(title) else None
    if stamp is not None and (kind := kind_of(stamp["word"] or stamp["boxed"] or stamp["after"])):
        found.append(Notice(kind=kind, date=None, source=source))
    if withdrawn(comment, abstract):
        found.append(Notice(kind="withdrawal", date=iso_date(updated), source=source))
    if comment and _CORRECTED.search(comment):
        found.append(Notice(kind="erratum", date=iso_date(updated), source=source))
    if comment and _IN_DOUBT.search(comment):
        found.append(Notice(kind="concern", date=iso_date(updated), source=source))
    return ordered(found)


# --- flags ------------------------------------------------------------------------------------------------------

# A revision is a notice only where its note says that something measured, shown or concluded was wrong.
_REPAIRED = re.compile(
    r"\b(?:correct(?:s|ed|ing|ion|ions)?|fix(?:es|ed|ing)?|wrong|error|errors|mistakes?|erroneous|incorrect)\b", re.I
)
_RESULT = re.compile(
    r"\b(?:results?|scores?|tables?|figures?|fig\.?|numbers?|values?|equations?|eq\.?|formulas?|formulae|experiments?|"
    r"evaluations?|metrics?|statistics|accurac(?:y|ies)|baselines?|conclusions?|findings?|algorithms?|proofs?|theorems?)"
    r"(?:\s?\d|\b)",
    re.I,
)
_ASIDE = re.compile(
    r"\b(?:typo|typos|typographical|caption|captions|citations?|references?|acknowledge?ments?|"
    r"funding|fund|affiliations?|author|url|link|page numbers?|e-?mail|pdf|formatting|layout)\b",
    re.I,
)


def flagged(record: Mapping[str, Any], source: str) -> tuple[Notice, ...]:
    """The notices in the flags of a record as the ACL Anthology's data has them.

    `retracted` and `removed`: true, or an object with `date`. `errata`: a list of objects with `date`. `revisions`: a
    list of objects with `date` and `text`; only those count whose text says that a result was corrected. A flag of
    another form counts as set without a date: a notice is never lost for its form.
    """
    found = []
    flags: tuple[tuple[str, NoticeKind], ...] = (("retracted", "retraction"), ("removed", "withdrawal"))
    for name, kind in flags:
        value = record.get(name)
        if value and str(value).strip().lower() not in ("false", "no", "0"):
            found.append(Notice(kind=kind, date=_dated(value), source=source))
    errata = record.get("errata") or record.get("erratum") or ()
    for entry in errata if isinstance(errata, list) else [errata]:
        if entry:
            found.append(Notice(kind="erratum", date=_dated(entry), source=source))
    revisions = record.get("revisions")
    for entry in revisions if isinstance(revisions, list) else ():
        if isinstance(entry, dict) and corrects(str(entry.get("text") or "")):
            found.append(Notice(kind="erratum", date=_dated(entry), source=source))
    return ordered(found)


def corrects(note: str) -> bool:
    """Whether the note of a revision says that a result, table, figure or formula was wrong and is corrected."""
    parts = re.split(r"(?<=[.;])\s+|,\s+(?:and\s+)?", note)
    return any(_REPAIRED.search(p) and _RESULT.search(p) and not _ASIDE.search(p) for p in parts)


def _dated(value: Any) -> str | None:
    return iso_date(value.get("date")) if isinstance(value, dict) else iso_date(value if isinstance(value, str) else "")
