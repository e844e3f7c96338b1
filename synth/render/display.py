"""How values are put into words: marks, numbers, places, links, and text made safe to show.

Text of papers is hostile until shown otherwise. `clean` takes out what could deceive the eye in any
format (control characters, direction overrides, invisible tags); what is markup in one format only is
escaped by that format's own renderer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

from synth.records import Ids

__all__ = [
    "CHECK_MARKS", "KIND_WORDS", "SOURCE_WORDS", "STANCE_WORDS", "STATUS_GLOSSES", "STATUS_MARKS", "STATUS_WORDS",
    "TIER_WORDS", "VERDICT_MARKS", "VERDICT_WORDS", "clean", "direction", "family_given", "join", "number",
    "paper_link", "plural", "safe_url", "short_authors", "shorten", "sureness",
]  # fmt: skip

CHECK_MARKS = {"match": "✓", "mismatch": "✗", "missing": "–"}
VERDICT_WORDS = {
    "supported": "supported",
    "refuted": "refuted",
    "conflicting": "conflicting",
    "not_enough_evidence": "not enough evidence",
    "not_checked": "not checked",
}
VERDICT_MARKS = {
    "supported": "✔",
    "refuted": "✖",
    "conflicting": "⇄",
    "not_enough_evidence": "○",
    "not_checked": "◌",
}
STATUS_WORDS = {
    "answered": "answered",
    "partly_answered": "partly answered",
    "contested": "contested",
    "not_studied": "not studied",
    "no_evidence": "no evidence",
    "not_checked": "not checked",
}
STATUS_MARKS = {
    "answered": "●",
    "partly_answered": "◐",
    "contested": "⇄",
    "not_studied": "○",
    "no_evidence": "∅",
    "not_checked": "◌",
}
STATUS_GLOSSES = {
    "answered": "The papers read answer the question as asked.",
    "partly_answered": "The papers read answer a part of the question.",
    "contested": "The papers read do not agree.",
    "not_studied": "No paper read studies the question as asked; the nearest evidence is named.",
    "no_evidence": "Nothing that was found bears on the question.",
    "not_checked": "The sources could not be asked or read, so nothing is said either way.",
}
KIND_WORDS = {
    "numeric": "number",
    "comparative": "comparison",
    "method": "method",
    "dataset": "data set",
    "descriptive": "description",
}
STANCE_WORDS = {"supports": "supports", "refutes": "refutes", "neutral": "says neither"}
TIER_WORDS = {
    "abstract": "abstract",
    "digest": "digest",
    "html": "full text (HTML)",
    "pdf": "full text (PDF)",
    "xml": "full text (XML)",
    "latex": "full text (LaTeX)",
}
SOURCE_WORDS = {
    "arxiv": "arXiv",
    "openalex": "OpenAlex",
    "semantic_scholar": "Semantic Scholar",
    "acl_anthology": "ACL Anthology",
    "local": "local files",
    "starter": "starter library",
    "notices": "notices of retraction",
    "notices: crossref": "notices (Crossref)",
    "notices: openalex": "notices (OpenAlex)",
    "notices: arxiv": "notices (arXiv)",
}

# Direction overrides, embeddings and isolates reorder what the reader sees; tags and variation
# selectors beyond the first sixteen carry text that nobody sees. The joiners ZWNJ and ZWJ stay: Persian
# and Hindi need them.
_DECEIVING = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_DROPPED = re.compile("[\u00ad\u200b]")
_SPACE = re.compile(r"\s+")
_SAFE_IN_URL = "-._~:/?#@!$&'()*+,;=%"
_PARTICLES = {"van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "du", "la", "le", "ter", "ten"}


def clean(text: str) -> str:
    """The text on one line: white space collapsed, deceiving characters shown as U+FFFD."""
    spaced = _SPACE.sub(" ", _DROPPED.sub("", text)).strip()
    return _DECEIVING.sub("\ufffd", spaced)


def shorten(text: str, width: int) -> str:
    """At most `width` characters, ended by "…" at a word boundary where something was left out.

    A single word longer than the width is the one thing that is cut inside.
    """
    if len(text) <= width:
        return text
    head = text[: width - 1]
    if text[width - 1] != " " and " " in head:
        head = head[: head.rindex(" ")]
    return head.rstrip(" ,;:") + "…"


def number(value: float | None, digits: int = 2) -> str:
    """A number with a true minus sign; "–" where there is none, never 0."""
    if value is None:
        return "–"
    return f"{value:.{digits}f}".replace("-", "−")


def sureness(probability: float) -> str:
    """A probability with two digits; none is called certain: "over 0.99", "under 0.01"."""
    if not 0.005 <= probability < 0.995:
        return "over 0.99" if probability > 0.5 else "under 0.01"
    return number(probability)


def plural(count: int, noun: str, many: str | None = None) -> str:
    """A count with its noun: "1 claim", "2 claims"."""
    return f"{count} {noun}" if count == 1 else f"{count} {many or noun + 's'}"


def join(parts: Sequence[str]) -> str:
    """The parts as a list in a sentence: "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def direction(text: str) -> str:
    """The base direction: "rtl" when most strong letters run from right to left, else "ltr"."""
    strong = [unicodedata.bidirectional(character) for character in text]
    right = sum(kind in ("R", "AL") for kind in strong)
    return "rtl" if right > strong.count("L") else "ltr"


def family_given(name: str) -> tuple[str, str]:
    """A personal name as (family, given); the given part is "" where the name is one word.

    "Phang, Jason" and "Jason Phang" give the same; lower-case particles belong to the family name.
    """
    tidy = clean(name)
    if "," in tidy:
        family, _, given = tidy.partition(",")
        return family.strip(), given.strip()
    words = tidy.split(" ")
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in _PARTICLES:
        start -= 1
    return " ".join(words[start:]), " ".join(words[:start])


def short_authors(authors: Sequence[str]) -> str:
    """How a paper is cited: "Phang", "Phang & Liu" or "Phang et al."; "" where no author is known."""
    families = [family_given(name)[0] for name in authors if clean(name)]
    if not families:
        return ""
    if len(families) <= 2:
        return " & ".join(families)
    return families[0] + " et al."


def safe_url(url: str | None) -> str | None:
    """The URL when it is plain http or https with a host, percent-encoded; else None (javascript:, data:, file:)."""
    if not url or _DECEIVING.search(url):
        return None
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or parts.username is not None:
        return None
    return percent_encode(url.strip(), safe=_SAFE_IN_URL)


def paper_link(ids: Ids, version: str | None, url: str | None) -> str | None:
    """The best address of a paper: its arXiv page in the version read, its DOI, its Anthology page, its URL."""
    if ids.arxiv and re.fullmatch(r"[\w.\-]+(/\d+)?", ids.arxiv, re.ASCII):
        known = version if version and re.fullmatch(r"v\d+", version, re.ASCII) else ""
        return f"https://arxiv.org/abs/{ids.arxiv}{known}"
    if ids.doi and re.fullmatch(r"10\.\d{4,9}/\S+", ids.doi, re.ASCII):
        return "https://doi.org/" + percent_encode(ids.doi, safe="-._~:/()+;,@!")
    if ids.acl and re.fullmatch(r"[\w.\-]+", ids.acl, re.ASCII):
        return f"https://aclanthology.org/{ids.acl}/"
    return safe_url(url)
