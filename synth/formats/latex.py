"""Papers in LaTeX: sections, abstract, tables with their headers, and references, from the source."""

from __future__ import annotations

import re
from pathlib import Path

from synth.errors import InputError
from synth.formats import grid, tex
from synth.formats.body import Body
from synth.formats.references import identifiers, paper_id, reference
from synth.records import Ids, Paper, ReadPaper, Reference, Table

__all__ = ["describe", "is_main", "read"]

_SECTIONS = ("part", "chapter", "section", "subsection", "subsubsection", "paragraph")
_FLOATS = (
    "table",
    "table\\*",
    "figure",
    "figure\\*",
    "longtable",
    "wraptable",
    "wrapfigure",
    "sidewaystable",
    "algorithm",
)
_TABULARS = ("tabular", "tabularx", "tabulary", "longtable", "array", "tblr")


def is_main(path: Path) -> bool:
    """Whether the file is the main file of a paper, not a part, table or picture that a paper includes."""
    with path.open("rb") as stream:
        head = stream.read(200_000)
    if re.search(rb"\\documentclass\s*(?:\[[^\]]*\])?\s*\{(?:subfiles|standalone|[^}]*\.tex)\}", head):
        return False
    return b"\\documentclass" in head or b"\\begin{document}" in head


def describe(path: Path) -> Paper:
    """Title, authors and abstract from the source. Raises InputError where the file is no LaTeX."""
    source, _ = tex.load(path)
    return _paper(source, path)


def read(path: Path) -> ReadPaper:
    """The whole paper with the files it includes. Raises InputError where the file is no LaTeX."""
    source, notes = tex.load(path)
    paper = _paper(source, path)
    numbers = _numbers(source)
    text = _document(source)
    references = _references(text, path)
    for _, _, start, end in reversed(list(tex.environments(text, ("thebibliography", "abstract")))):
        text = text[:start] + text[end:]
    tables: list[Table] = []
    body = Body("Front matter")
    if paper.abstract:
        body.heading("Abstract")
        body.paragraph(paper.abstract)
    at = 0
    for name, title, start, end in tex.commands(text, _SECTIONS):
        _paragraphs(text[at:start], body, tables, numbers)
        heading = tex.plain(title, numbers)
        body.heading(heading.rstrip(".:") if name == "paragraph" else heading)
        at = end
    _paragraphs(text[at:], body, tables, numbers)
    words, sections, _ = body.build()
    return ReadPaper(
        paper=paper, tier="latex", text=words, sections=sections, tables=tuple(tables), references=references,
        notes=(*(notes if words else (*notes, "no text in the source")), *grid.cut(tables)),
    )  # fmt: skip


def _document(source: str) -> str:
    found = next(tex.environments(source, ("document",)), None)
    text = found[1] if found else source.rpartition("\\begin{document}")[2]
    for _, _, start, end in reversed(
        list(tex.commands(text, ("title", "author", "date", "maketitle", "affiliation", "institute")))
    ):
        text = text[:start] + text[end:]
    return text


def _paper(source: str, path: Path) -> Paper:
    if "\\" not in source:
        raise InputError(f"{path}: no LaTeX command in it; check what was saved under this name")
    title = next((tex.plain(_unbroken(t)) for _, t, _, _ in tex.commands(source, ("title", "icmltitle", "Title"))), "")
    abstract = next((content for _, content, _, _ in tex.environments(source, ("abstract",))), None)
    if abstract is None:
        abstract = next((a for _, a, _, _ in tex.commands(source, ("abstract",))), "")
    ids = Ids()
    found = next((d for _, d, _, _ in tex.commands(source, ("doi", "acmDOI"))), None)
    if found:
        ids = Ids(doi=identifiers(found).doi)
    return Paper(
        id=paper_id(ids, path),
        title=title.rstrip(" *") or path.stem,
        authors=_authors(source),
        year=None,
        ids=ids,
        abstract=tex.plain(abstract) or None,
        tier="latex",
        source="local",
        location=str(path),
    )


def _unbroken(text: str) -> str:
    text = re.sub(r"\\\\(?:\[[^\]]*\])?|\\newline\b|~", " ", text)
    for _, _, start, end in reversed(list(tex.commands(text, ("thanks", "footnote", "vspace")))):
        text = text[:start] + text[end:]
    return text


def _authors(source: str) -> tuple[str, ...]:
    names: list[str] = []
    for _, raw, _, _ in tex.commands(source, ("author", "icmlauthor", "Author")):
        for _, _, start, end in reversed(
            list(tex.commands(raw, ("thanks", "texttt", "email", "footnotemark", "href", "url")))
        ):
            raw = raw[:start] + raw[end:]
        raw = re.sub(r"\$\^?\{?[^$]*\}?\$|\\textsuperscript\s*\{[^{}]*\}|\^\{[^{}]*\}", ", ", raw)
        # Within one author block the first line holds the names, further lines addresses.
        for block in re.split(r"\\(?:and|And|AND)\b", raw):
            first = next((line for line in re.split(r"\\\\", block) if tex.plain(line).strip(" ,")), "")
            for part in re.split(r",|\band\b|&|\\quad|\\qquad", first):
                name = tex.plain(part).strip(" ,;*")
                if re.fullmatch(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){1,4}", name) and name not in names:
                    names.append(name)
    return tuple(names)


def _numbers(source: str) -> dict[str, str]:
    """The number that LaTeX will print for each label in a table or figure."""
    counts = {"table": 0, "figure": 0}
    numbers: dict[str, str] = {}
    for name, content, _, _ in tex.environments(_document(source), _FLOATS):
        kind = "table" if "table" in name else "figure"
        if "\\caption" not in content:
            continue
        counts[kind] += 1
        for _, label, _, _ in tex.commands(content, ("label",)):
            numbers[label] = str(counts[kind])
    return numbers


def _paragraphs(text: str, body: Body, tables: list[Table], numbers: dict[str, str]) -> None:
    """Put the text between two headings into `body`: floats give their captions, lists an item a paragraph."""
    pieces: list[str] = []
    floats: list[tuple[str, str]] = []
    at = 0
    for name, content, start, end in tex.environments(text, (*_FLOATS, *_TABULARS)):
        # The blank lines around a float do not end the paragraph that it interrupts.
        before = text[at:start]
        pieces.append(before.rstrip() + " " if not before.endswith("\n\n") else before)
        floats.append((name, content))
        at = end
    pieces.append(text[at:])
    running = re.sub(
        r"\\begin\s*\{(?:itemize|enumerate|description)\}(?:\[[^\]]*\])?|\\end\s*\{(?:itemize|enumerate|description)\}",
        "\n\n",
        "".join(pieces),
    )
    running = re.sub(r"\\item\b\s*(?:\[([^\]]*)\])?", lambda found: f"\n\n{found[1] or ''} ", running)
    running = re.sub(r"\\(?:appendix|maketitle|clearpage|newpage|par|medskip|bigskip|smallskip)\b", "\n\n", running)
    footnotes: list[str] = []
    for _, note, start, end in reversed(list(tex.commands(running, ("footnote",)))):
        footnotes.insert(0, note)
        running = running[:start] + running[end:]
    for block in re.split(r"\n\s*\n", running):
        body.paragraph(tex.plain(block, numbers))
    for note in footnotes:
        body.paragraph(tex.plain(note, numbers))
    for name, content in floats:
        _float(name, content, body, tables, numbers)


def _float(name: str, content: str, body: Body, tables: list[Table], numbers: dict[str, str]) -> None:
    caption = next((tex.plain(_unbroken(c), numbers) for _, c, _, _ in tex.commands(content, ("caption",))), "")
    labels = [label for _, label, _, _ in tex.commands(content, ("label",)) if label in numbers]
    kind = "Table" if "tab" in name or name in ("longtable", "array", "tblr") else "Figure"
    label = f"{kind} {numbers[labels[0]]}" if labels else None
    if caption:
        body.paragraph(f"{label}: {caption}" if label else caption)
    inner = list(tex.environments(content, _TABULARS)) if name not in _TABULARS else [(name, content, 0, 0)]
    for kind_of, cells, _, _ in inner:
        if kind_of == "array":
            continue
        if kind_of in ("tabularx", "tabulary") or ("tabular*" in content and cells.lstrip().startswith("{\\")):
            width = tex.argument(cells, 0)
            cells = cells[width[1] :] if width else cells
        columns = tex.argument(cells, 0)
        if columns:
            cells = cells[columns[1] :]
        cells = re.sub(
            r"\\(?:caption|label)\s*(?:\[[^\]]*\])?\{[^{}]*\}|\\end(?:first|last)?(?:head|foot)\b", " ", cells
        )
        header, rows = tex.table_rows(cells, lambda text: tex.plain(text, numbers))
        built = grid.build(header, rows, label=label if kind == "Table" else None, caption=caption)
        if built is not None and len(built.columns) > 1:
            tables.append(built)


def _references(text: str, path: Path) -> tuple[Reference, ...]:
    """The entries written in the source or its .bbl file, else those of the .bib files that the text cites."""
    listed = next((content for _, content, _, _ in tex.environments(text, ("thebibliography",))), None)
    bbl = path.with_suffix(".bbl")
    if listed is None and bbl.is_file() and bbl.resolve().is_relative_to(path.resolve().parent):
        listed = next(
            (c for _, c, _, _ in tex.environments(bbl.read_text("utf-8", "replace"), ("thebibliography",))), None
        )
    if listed is not None:
        entries = re.split(r"\\bibitem\s*(?=[\[{])", listed)[1:]
        found = []
        for entry in entries:
            got = tex.argument(entry, 0)
            raw = tex.plain(re.sub(r"\\newblock\b", " ", entry[got[1] :] if got else entry))
            if raw:
                found.append(reference(raw))
        return tuple(found)
    return _cited(text, path)


def _cited(text: str, path: Path) -> tuple[Reference, ...]:
    from synth.formats import bibtex

    cites = re.finditer(r"\\[a-zA-Z]*[cC]ite[a-zA-Z]*\*?\s*(?:\[[^\]]*\]\s*){0,2}\{([^{}]*)\}", text)
    keys = {key.strip() for found in cites for key in found[1].split(",")}
    folder = path.resolve().parent
    found: list[Reference] = []
    for _, names, _, _ in tex.commands(text, ("bibliography", "addbibresource")):
        for name in names.split(","):
            target = folder / (name.strip() if name.strip().endswith(".bib") else f"{name.strip()}.bib")
            if tex.is_file(target) and target.resolve().is_relative_to(folder):
                found.extend(bibtex.references(target, keys))
    return tuple(found)
