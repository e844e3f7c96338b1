"""The arrow from papers to their text: local files expanded to papers, and each paper read.

    files(paths)  -> papers and what was skipped        (what `--papers` names)
    paper(paper)  -> ReadPaper                          (a paper of any source)
    path(path)    -> ReadPaper                          (one file)
    plain(text)   -> ReadPaper                          (text without a file)
    as_json(read) -> the document of `synth read --json`

What each kind of file gives: PDF pages, sections, tables; JATS and TEI XML, HTML and LaTeX sections and
tables without pages; JSON lines and BibTeX many papers by their abstracts, JSON lines also by `full_text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from synth.errors import InputError, did_you_mean
from synth.records import Ids, Paper, ReadPaper, SkippedPaper, content_id

if TYPE_CHECKING:
    from synth.formats import apart

__all__ = ["as_json", "files", "paper", "path", "plain"]

_KINDS = {
    ".pdf": "pdf", ".html": "html", ".htm": "html", ".xhtml": "html", ".xml": "xml", ".nxml": "xml", ".jats": "xml",
    ".tei": "xml", ".tex": "latex", ".ltx": "latex", ".bib": "bibtex", ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip
_MANY = ("bibtex", "jsonl")
KNOWN = "PDF, HTML, JATS or TEI XML, LaTeX, BibTeX or JSONL"


def files(paths: Iterable[Path], strict: bool = False) -> tuple[tuple[Paper, ...], tuple[SkippedPaper, ...]]:
    """The papers in the files and folders named by a person, and what had to be left out with the reason.

    Folders are walked in sorted order; files of other kinds in them are passed over. In a folder a PDF stands for the
    forms of the same paper beside it (same name, other ending), and a BibTeX file beside a paper is its reference
    list; both are passed over. A file with many papers loses only its bad lines. Ids are unique: a second paper of
    the same id is known by the hash of its file, a second copy of the same file is skipped.

    Raises InputError, naming the first problem, where nothing readable remains, or with `strict` at the
    first problem of any kind.
    """
    found: list[Paper] = []
    skipped: list[SkippedPaper] = []
    ids: set[str] = set()
    named = list(paths)
    for file, why in _expand(named):
        items = iter((SkippedPaper(name=str(file), reason=why),)) if why else _papers(file)
        for item in items:
            if isinstance(item, Paper):
                item = _unique(item, ids)
            if isinstance(item, SkippedPaper):
                if strict:
                    raise InputError(_one_line(item))
                skipped.append(item)
            else:
                ids.add(item.id)
                found.append(item)
    if not found:
        if skipped:
            rest = f" ({len(skipped) - 1} more problems)" if len(skipped) > 1 else ""
            raise InputError(_one_line(skipped[0]) + rest)
        raise InputError(f"{', '.join(map(str, named)) or 'no path'}: no paper in it; give {KNOWN}")
    return tuple(found), tuple(skipped)


def path(file: Path) -> ReadPaper:
    """Read one file that holds one paper.

    Raises InputError where it is missing, empty, of an unknown kind or not what its name says.
    """
    problem = _problem(file)
    if problem:
        raise InputError(f"{file}: {problem}")
    kind = _kind(file)
    if kind in _MANY:
        papers, skipped = files([file])
        if len(papers) > 1:
            raise InputError(f"{file}: holds {len(papers)} papers; give it to --papers, or a file with one paper")
        read = paper(papers[0])
        notes = tuple(_one_line(item) for item in skipped)
        return read.model_copy(update={"notes": read.notes + notes})
    return _read(file)


def paper(paper: Paper, tables: bool = True) -> ReadPaper:
    """Read one paper: its file where it has one, else its abstract, else nothing (with a note that says so).

    `tables=False` leaves out the tables of PDFs; the text is the same. A file is read in a process of its own.

    Raises InputError where its file cannot be read any more.
    """
    from synth.formats import jsonl

    if paper.location and jsonl.LINE_MARK not in paper.location:
        read = _read(Path(paper.location), tables)
        return read.model_copy(update={"paper": paper.model_copy(update={"tier": read.tier})})
    return jsonl.read(paper)


def plain(text: str) -> ReadPaper:
    """Plain text as a paper without a file: its first line that is no sentence is the title.

    Raises InputError where there is no text.
    """
    from synth.formats.body import Body, plain_sections

    if not text.strip():
        raise InputError("the text is empty; give at least one sentence")
    body = Body()
    plain_sections(body, text)
    words, sections, _ = body.build()
    first = text.strip().split("\n")[0].strip().lstrip("# ")
    title = first if len(first) <= 200 and not first.endswith(".") else "Text without a title"
    known = Paper(
        id=content_id("text", text), title=title, authors=(), year=None, ids=Ids(), abstract=None, source="local"
    )
    return ReadPaper(paper=known, tier="html", text=words, sections=sections)


def as_json(read: ReadPaper, matches: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The document that `synth read --json` prints, one a line.

    `matches` say what became of looking up each reference, in their order (`synth.references.Match.as_json`).
    """
    from synth.results.tuples import tuples

    references = [reference.model_dump(mode="json") for reference in read.references]
    for reference, match in zip(references, matches, strict=False):
        reference["match"] = dict(match)
    return {
        "paper": {
            "title": read.paper.title,
            "authors": list(read.paper.authors),
            "abstract": read.paper.abstract,
            "ids": read.paper.ids.model_dump(),
        },
        "sections": [
            {"heading": section.heading, "page": section.page, "text": read.text[section.start : section.end]}
            for section in read.sections
        ],
        "tables": [table.model_dump(mode="json") for table in read.tables],
        "references": references,
        "tier": read.tier,
        "notes": list(read.notes),
        "results": [result.model_dump(mode="json") for result in tuples(read)],
    }


# --- which files -----------------------------------------------------------------------------------------


def _kind(file: Path) -> str | None:
    name = file.name.lower().removesuffix(".gz")
    kind = _KINDS.get(Path(name).suffix)
    return None if file.name.lower().endswith(".gz") and kind != "jsonl" else kind


def _expand(paths: Iterable[Path]) -> Iterator[tuple[Path, str | None]]:
    """Each file to be read, or with the reason why a named path cannot be."""
    for named in paths:
        if named.is_dir():
            yield from _folder(named)
        else:
            yield named, _problem(named)


def _problem(file: Path) -> str | None:
    """What is wrong with a named path before it is opened; None where nothing is."""
    if not file.exists():
        near = [sibling.name for sibling in file.parent.iterdir()] if file.parent.is_dir() else []
        hint = did_you_mean(file.name, near) if near else ""
        return "no such file or folder" + (f"; {hint}" if hint.startswith("did") else "; check the path")
    if not file.is_file():
        return f"not a file with a paper; give {KNOWN}"
    if file.stat().st_size == 0:
        return "the file is empty; give a file with a paper in it"
    if _kind(file) is None:
        ending = "".join(file.suffixes[-2:]) or "no ending"
        return f"unknown kind of file ({ending}); give {KNOWN}"
    return None


def _folder(folder: Path) -> Iterator[tuple[Path, str | None]]:
    inside = sorted((p for p in folder.rglob("*") if p.is_file()), key=lambda p: p.parts)
    papers = [p for p in inside if _kind(p) and not any(part.startswith(".") for part in p.relative_to(folder).parts)]
    root = folder.resolve()
    stems = {(p.parent, _stem(p)): p for p in papers if _kind(p) == "pdf"}
    beside = {p.parent for p in papers if _kind(p) in ("pdf", "latex")}
    for file in papers:
        kind = _kind(file)
        twin = stems.get((file.parent, _stem(file)))
        # Passed over, for they are no papers of their own: parts of a LaTeX paper, the reference list of the paper
        # beside it, other forms of a PDF, and XML of other kinds.
        part = kind == "latex" and not _main_tex(file)
        listed = kind == "bibtex" and file.parent in beside
        other_form = twin is not None and twin != file and kind not in _MANY
        if part or listed or other_form or (kind == "xml" and _other_xml(file)):
            continue
        if file.is_symlink() and not file.resolve().is_relative_to(root):
            yield file, "a link that leads out of the folder; name the file itself to have it read"
        elif file.stat().st_size == 0:
            yield file, "the file is empty"
        else:
            yield file, None


def _other_xml(file: Path) -> bool:
    """Whether the file is XML whose root says that it is neither JATS nor TEI."""
    try:
        _xml_kind(file)
    except InputError as problem:
        return "with the root" in str(problem)
    return False


def _main_tex(file: Path) -> bool:
    from synth.formats import latex

    return latex.is_main(file)


def _stem(file: Path) -> str:
    return re.sub(r"(?:\.tei|\.jats)?\.\w+$", "", file.name.lower())


# --- reading ----------------------------------------------------------------------------------------------


def _papers(file: Path) -> Iterator[Paper | SkippedPaper]:
    """The papers of one file; a file that cannot be read comes out as a `SkippedPaper`."""
    kind = _kind(file)
    try:
        if kind == "jsonl":
            from synth.formats import jsonl

            yield from jsonl.papers(file)
        elif kind == "bibtex":
            from synth.formats import bibtex

            yield from bibtex.papers(file)
        else:
            from synth.formats import apart

            yield apart.describe(_form(file), file)
    except InputError as error:
        message = str(error)
        if message.startswith(f"{file}: "):
            yield SkippedPaper(name=str(file), reason=message.removeprefix(f"{file}: "))
        else:
            where, _, reason = message.removeprefix(str(file)).partition(": ")
            yield SkippedPaper(name=f"{file}{where}", reason=reason)


def _read(file: Path, tables: bool = True) -> ReadPaper:
    from synth.formats import apart

    return apart.read(_form(file), file, tables)


def _form(file: Path) -> apart.Kind:
    """How the file is to be read. Raises InputError where it cannot be."""
    problem = _problem(file)
    if problem:
        raise InputError(f"{file}: {problem}")
    kind = _kind(file)
    forms: dict[str | None, apart.Kind] = {"pdf": "pdf", "html": "html", "latex": "latex"}
    return forms[kind] if kind in forms else _xml_kind(file)


def _xml_kind(file: Path) -> Literal["jats", "tei"]:
    """ "jats" or "tei" by the root of the file. Raises InputError where it is neither."""
    from synth.formats import markup

    root = markup.root_name(file)
    if root == "TEI":
        return "tei"
    if root == "article":
        return "jats"
    what = f"XML with the root <{root}>" if root else "not XML"
    raise InputError(f"{file}: {what}, neither JATS nor TEI; leave out the file")


def _unique(item: Paper, ids: set[str]) -> Paper | SkippedPaper:
    """The paper under an id of its own; a second copy of the same file is told as skipped."""
    if item.id not in ids:
        return item
    where = item.location or item.title
    if item.location is None or not Path(item.location).is_file():
        return SkippedPaper(name=where, reason=f"a paper with the id {item.id!r} was given already")
    from synth.formats.references import paper_id

    by_content = paper_id(Ids(), Path(item.location))
    if by_content in ids:
        return SkippedPaper(name=where, reason="the same file was given already")
    return item.model_copy(update={"id": by_content})


def _one_line(item: SkippedPaper) -> str:
    return f"{item.name}: {item.reason}"
