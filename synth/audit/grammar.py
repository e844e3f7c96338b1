"""The grammar of the old report cards, both variants, without loss: `written(parsed(text)) == text`.

A card is a title, the maker's name, a date and seven parts under fixed headings, parted by empty lines whose number
varies; the parts on introduction, method and results are fixed sentences with values in them. What departs from that
is no card of this grammar and is read as any other report (`synth.audit.documents`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from synth.records import Record

__all__ = ["GrammarCard", "Row", "parsed", "written"]

_HEADINGS = (
    "Abstract", "1 Introduction", "2 Methodology", "3 Results", "4 Limitations", "5 Extracted Claims", "References",
)  # fmt: skip
_COLUMNS = "Claim\tVerified\tConfidence"
_DATE = re.compile(
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December) "
    r"(?:[1-9]|[12]\d|3[01]), \d{4}",
    re.ASCII,
)
_INTRODUCTION = re.compile(r"This paper examines: (?P<base>.+)\. Research question: (?P<question>.+)\.")
_METHOD = re.compile(
    r"Systematic literature search across multiple databases yielded (?P<papers>0|[1-9]\d*) papers\. Claims were "
    r"extracted from source material and verified against retrieved documents\. An independent multi-reviewer "
    r"assessment produced a quality score of (?P<score>\d+(?:\.\d+)?|n/a)/10\.",
    re.ASCII,
)
_RESULTS = re.compile(
    r"(?P<papers>0|[1-9]\d*) papers retrieved\. (?P<claims>0|[1-9]\d*) claims extracted; "
    r"(?P<verified>0|[1-9]\d*) independently verified\. Quality review score: (?P<score>\d+(?:\.\d+)?|n/a)/10\.",
    re.ASCII,
)
_ROW = re.compile(r"(?P<text>[^\t\n]+)\t(?P<mark>[✓×])\t(?P<confidence>[0-9]\.[0-9]{2})")
_REFERENCE = re.compile(r"- <(?P<address>[^<>\s]+)>")
_GAP = re.compile(r"\n+")


class Row(Record):
    """A line of the claim table. `confidence` is kept as it is printed ("0.27")."""

    text: str
    verified: bool
    confidence: str


class GrammarCard(Record):
    """A card of the grammar. Counts stand twice in a card, so `searched` and `method_score` are those of the method.

    Scores are kept as printed; `gaps` are the runs of line ends before, between and after the parts.
    """

    style: Literal["flat", "markdown"]
    title: str
    maker: str
    date: str
    abstract: tuple[str, ...]
    base: str
    question: str
    searched: int
    method_score: str
    papers: int
    claims: int
    verified: int
    score: str
    limitations: tuple[str, ...]
    rows: tuple[Row, ...]
    references: tuple[str, ...]
    gaps: tuple[str, ...]


def parsed(text: str) -> GrammarCard | None:
    """The card in `text`, or None where it is not of this grammar."""
    if "\r" in text:
        return None
    items, gaps = _items(text)
    if len(items) < 12:
        return None
    marked = items[0].startswith("# ")
    found = _parts(items, "## " if marked else "")
    if found is None or len(found[0]) != 3 or not _DATE.fullmatch(found[0][2]):
        return None
    head, parts = found
    fixed = [
        pattern.fullmatch(parts[i][0]) if len(parts[i]) == 1 else None
        for i, pattern in ((1, _INTRODUCTION), (2, _METHOD), (3, _RESULTS))
    ]
    rows = _rows(parts[5])
    references = [_REFERENCE.fullmatch(item) for item in parts[6]]
    if rows is None or not all(fixed) or not all(references):
        return None
    introduction, method, results = (m.groupdict() for m in fixed if m is not None)
    return GrammarCard(
        style="markdown" if marked else "flat",
        title=head[0].removeprefix("# "),
        maker=head[1],
        date=head[2],
        abstract=tuple(parts[0]),
        base=introduction["base"],
        question=introduction["question"],
        searched=int(method["papers"]),
        method_score=method["score"],
        papers=int(results["papers"]),
        claims=int(results["claims"]),
        verified=int(results["verified"]),
        score=results["score"],
        limitations=tuple(parts[4]),
        rows=rows,
        references=tuple(m["address"] for m in references if m is not None),
        gaps=tuple(gaps),
    )


def written(card: GrammarCard) -> str:
    """The text of the card, the same as it was parsed from."""
    first, other = ("# ", "## ") if card.style == "markdown" else ("", "")
    introduction = f"This paper examines: {card.base}. Research question: {card.question}."
    method = (
        f"Systematic literature search across multiple databases yielded {card.searched} papers. Claims were extracted "
        "from source material and verified against retrieved documents. An independent multi-reviewer assessment "
        f"produced a quality score of {card.method_score}/10."
    )
    results = (
        f"{card.papers} papers retrieved. {card.claims} claims extracted; {card.verified} independently verified. "
        f"Quality review score: {card.score}/10."
    )
    rows = [f"{row.text}\t{'✓' if row.verified else '×'}\t{row.confidence}" for row in card.rows]
    table = "\n".join((_COLUMNS, *rows))
    bodies = (
        card.abstract, (introduction,), (method,), (results,), card.limitations, (table,),
        tuple(f"- <{address}>" for address in card.references),
    )  # fmt: skip
    items = [first + card.title, card.maker, card.date]
    for heading, body in zip(_HEADINGS, bodies, strict=True):
        items += [other + heading, *body]
    return card.gaps[0] + "".join(item + gap for item, gap in zip(items, card.gaps[1:], strict=True))


def _items(text: str) -> tuple[list[str], list[str]]:
    """The parts of the text with the runs of line ends before, between and after them.

    Lines of the claim table stay together: no empty line parts them. References are parts of their own.
    """
    items: list[str] = []
    gaps = [""]
    at = 0
    in_references = False
    for gap in _GAP.finditer(text):
        if gap.start() == at == 0:
            gaps, at = [gap.group()], gap.end()
            continue
        if len(gap.group()) == 1 and not in_references:
            continue
        items.append(text[at : gap.start()])
        gaps.append(gap.group())
        in_references = in_references or items[-1].removeprefix("## ") == "References"
        at = gap.end()
    if at < len(text):
        items.append(text[at:])
        gaps.append("")
    return items, gaps


def _parts(items: list[str], prefix: str) -> tuple[list[str], list[list[str]]] | None:
    """What stands before the first heading, and under each of the seven; None where they do not stand in order."""
    places = []
    at = 0
    for heading in _HEADINGS:
        at = next((i for i in range(at, len(items)) if items[i] == prefix + heading), -1)
        if at < 0:
            return None
        places.append(at)
    ends = [*places[1:], len(items)]
    return items[: places[0]], [items[a + 1 : b] for a, b in zip(places, ends, strict=True)]


def _rows(body: list[str]) -> tuple[Row, ...] | None:
    if len(body) != 1:
        return None
    lines = body[0].split("\n")
    if lines[0] != _COLUMNS:
        return None
    made = list(_made(lines[1:]))
    return tuple(made) if len(made) == len(lines) - 1 else None


def _made(lines: list[str]) -> Iterator[Row]:
    for line in lines:
        match = _ROW.fullmatch(line)
        if match:
            yield Row(text=match["text"], verified=match["mark"] == "✓", confidence=match["confidence"])
