"""What the first page of a PDF says about the paper: title, authors, abstract, year, identifiers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from synth.formats import layout
from synth.formats.layout import Block, Line, PageLines
from synth.formats.mending import Mender
from synth.formats.references import arxiv_in, doi_in, identifiers, paper_id
from synth.records import Ids, Paper

__all__ = ["Front", "front_matter"]

_ABSTRACT = re.compile(r"(?:\d\.?\s+)?(?:abstract|summary)\s*[.:—–-]*", re.IGNORECASE)
_RUN_IN = re.compile(r"abstract\s*[.:—–-]+\s*(?=\S)", re.IGNORECASE)
_NO_NAME = re.compile(
    r"@|\d{3}|https?:|universit|institut|department|school|laborator|college|academy|faculty|\blabs?\b|research|"
    r"centre|center|\binc\b|\bltd\b|corresponding|proceedings|conference|journal|association|company|google|microsoft|"
    r"abstract|arxiv|keywords|equal contribution|university",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:[^\W\d_][\w.'’-]*|de|van|von|der|la|le|di|da|bin|al)(?:[ -](?:[^\W\d_][\w.'’-]*)){1,4}")
_SANE_TITLE = re.compile(r"untitled|microsoft word|\.(?:dvi|docx?|tex|pdf|indd|ps)\b|^\W*$", re.IGNORECASE)


@dataclass(frozen=True)
class Front:
    """The paper as its first page describes it, and which blocks of that page the description took up."""

    paper: Paper
    taken: frozenset[int]
    size: float
    guessed_title: bool


def front_matter(
    pages: Sequence[PageLines], furniture: Sequence[str], metadata: Mapping[str, str], path: Path
) -> Front:
    """Read the description off the first page. `furniture` are the lines of all pages taken out before."""
    size = layout.body_size(pages)
    blocks = pages[0].blocks if pages else []
    title_blocks, title = _title(pages[0], size) if blocks else ([], "")
    stated = " ".join(metadata.get("title", "").split())
    first_page = " ".join(block.text for block in blocks)
    if len(stated) > 12 and not _SANE_TITLE.search(stated) and _same(stated) in _same(first_page):
        title = stated
    names = _authors(blocks, title_blocks, metadata)
    taken = {id(block) for block in title_blocks}
    abstract = _abstract(pages[:2], size)
    top = " ".join([first_page[:3000], *furniture])
    ids, version = _ids(pages[0] if pages else None, furniture)
    return Front(
        paper=Paper(
            id=paper_id(ids, path),
            title=title or path.stem,
            authors=names,
            year=_year(top, furniture, ids),
            ids=ids,
            abstract=abstract or None,
            version=version,
            tier="pdf",
            source="local",
            location=str(path),
        ),
        taken=frozenset(taken),
        size=size,
        guessed_title=not title,
    )


def _same(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()


def _title(page: PageLines, size: float) -> tuple[list[Block], str]:
    """The largest print in the upper part of the first page, over as many lines as it goes on."""
    upper = [(b, line) for b in page.blocks for line in b.lines if line.y0 < page.height * 0.5]
    upper = [(b, line) for b, line in upper if sum(c.isalpha() for c in line.text) >= 4]
    if not upper:
        return [], ""
    largest = max(line.size for _, line in upper)
    if largest < size * 1.08:
        bold = [(b, line) for b, line in upper[:6] if line.bold]
        chosen = bold[:1]
    else:
        chosen = [(b, line) for b, line in upper if line.size > largest * 0.94]
    lines: list[Line] = []
    blocks: list[Block] = []
    for block, line in chosen:
        if lines and line.y0 - lines[-1].y1 > 2.5 * line.size:
            break
        lines.append(line)
        if block not in blocks:
            blocks.append(block)
    text = Mender([]).join([line.text for line in lines])
    return (blocks, text.rstrip("∗*†‡ ")) if len(text) >= 6 else ([], "")


def _authors(blocks: Sequence[Block], title_blocks: Sequence[Block], metadata: Mapping[str, str]) -> tuple[str, ...]:
    """Names in the lines between title and abstract; the metadata where they agree with the page."""
    stated = [name.strip() for name in re.split(r"\s*[;,]\s*|\s+and\s+", metadata.get("author", "")) if name.strip()]
    page = _same(" ".join(block.text for block in blocks))
    if stated and all(_same(name) in page for name in stated):
        return tuple(stated)
    lines: list[str] = []
    after = not title_blocks
    left = min((line.x0 for block in title_blocks for line in block.lines), default=0.0)
    right = max((line.x1 for block in title_blocks for line in block.lines), default=1e6)
    for block in blocks:
        if title_blocks and block is title_blocks[-1]:
            after = True
            lines.extend(line.text for line in block.lines if line.size < title_blocks[0].lines[0].size * 0.9)
            continue
        if not after:
            continue
        first = block.lines[0].text.strip()
        if _ABSTRACT.fullmatch(first) or _RUN_IN.match(first) or re.match(r"(?:1\.?\s+)?introduction", first, re.I):
            break
        # A column beside the title holds the journal's remarks.
        if min(line.x0 for line in block.lines) > right or max(line.x1 for line in block.lines) < left:
            continue
        for line in block.lines:
            if lines and re.search(r"(?:,|\band)\s+[A-Z][^\W\d]*$", lines[-1]):
                lines[-1] += " " + line.text  # a name parted by the line break
            else:
                lines.append(line.text)
        if len(lines) > 40:
            break
    found: list[str] = []
    for text in lines:
        if _NO_NAME.search(text):
            continue
        plain = re.sub(r"[\d∗*†‡§¶♠♣♢♡⋆⁎{}()]+(?:,\s*[\d∗*†‡§¶]+)*", ", ", text)
        for part in re.split(r"\s*,\s*|\s+and\s+|\s+&\s+|\s{3,}", re.sub(r"\band\s", ", ", plain)):
            name = part.strip(" .,;")
            if _NAME.fullmatch(name) and name[0].isupper() and name not in found and len(name) < 50:
                found.append(name)
    return tuple(found)


def _abstract(pages: Sequence[PageLines], size: float) -> str:
    """The paragraphs below the heading "Abstract", up to the next heading."""
    lines: list[str] = []
    inside = False
    for page in pages:
        for block in page.blocks:
            for line in block.lines:
                text = line.text.strip()
                if not inside:
                    run_in = _RUN_IN.match(text)
                    if _ABSTRACT.fullmatch(text):
                        inside = True
                    elif run_in:
                        inside = True
                        lines.append(text[run_in.end() :])
                    continue
                # An abstract is often set smaller than the body: headings are told from it by the body's size.
                if layout.is_heading(line, size) or re.match(r"(?:key\s?words|index terms|ccs concepts)\b", text, re.I):
                    return Mender(lines).join(lines)
                if layout.is_caption(line) or len(lines) > 80:
                    break
                lines.append(text)
        if inside and len(lines) > 3 and not layout.unfinished(lines[-1]):
            break
    return Mender(lines).join(lines) if len(lines) <= 80 else ""


def _ids(page: PageLines | None, furniture: Sequence[str]) -> tuple[Ids, str | None]:
    """Identifiers of the paper itself: from stamps and margins, and lines of the first page that open with one."""
    marked = list(furniture)
    for block in page.blocks if page else []:
        for line in block.lines:
            if re.match(r"\s*(?:https?://(?:dx\.)?doi\.org/|doi\s*:?\s|arxiv:)", line.text, re.IGNORECASE):
                marked.append(line.text)
    ids = identifiers(" \n ".join(marked))
    # A DOI broken over two lines is cut short in one place and whole in another.
    whole = [doi for doi in map(doi_in, marked) if doi and ids.doi and doi.startswith(ids.doi)]
    ids = ids.model_copy(update={"doi": max(whole, key=len, default=ids.doi)})
    arxiv, version = arxiv_in(" \n ".join(text for text in marked if re.search(r"arxiv:", text, re.IGNORECASE)))
    return ids.model_copy(update={"arxiv": arxiv}), version


def _year(top: str, furniture: Sequence[str], ids: Ids) -> int | None:
    margin = " \n ".join(furniture)
    for pattern, text in (
        (r"\b\d{1,2} [A-Z][a-z]{2,8} ((?:19|20)\d\d)\s*$", next((t for t in furniture if "arXiv" in t), "")),
        (r"(?:Proceedings|Conference|Findings|Workshop)[^.]{0,120}?\b((?:19|20)\d\d)\b", margin),
        (r"\b(?:Published|Accepted)\w*:?\s[^.]{0,24}?((?:19|20)\d\d)", top),
        (r"(?:©|c⃝|\bCopyright\b)\s*(?:\(c\)\s*)?((?:19|20)\d\d)", top),
        (r"\(((?:19|20)\d\d)\)\.", margin),
    ):
        found = re.search(pattern, text)
        if found:
            return int(found[1])
    if ids.arxiv and re.match(r"\d{4}\.", ids.arxiv):
        return 2000 + int(ids.arxiv[:2])
    return int(ids.acl[:4]) if ids.acl and ids.acl[:4].isdigit() else None
