"""How well papers are read, against the same papers in a form that says where everything is.

python benchmarks/reading_truth.py PAPERS [--half tune|kept|both] [--papers] [--differences]

PAPERS holds the folders `pdf_acl` (PDF with LaTeX or TEI beside it), `pdf_jose` (PDF with JATS) and `plos_jats` (JATS
alone, read against a plain walk over its elements). Every second paper of each kind, by name, is for tuning; the
others are looked at for the figures only.

    text        F1 of words, citations left out on both sides (the LaTeX has keys where the page has names), description
                of the paper above its first heading left out; letters of formulas by themselves (the LaTeX has m_s
                where the page has a small s below the line)
    order       F1 of runs of four words: falls where columns are mixed up or lines lost
    headings    F1 of section headings, numbers left out
    numbered    the same among headings that carry a number, told for TEI alone: the program that made it knows few
                others. Of the 35 headings without a number that are read from the two papers with TEI and are not in
                it, all stand on the pages as headings in bold, most at the beginning of a paragraph (looked at)
    cells       F1 of the words of table cells that hold anything, over all tables of all papers of the kind
    neighbours  F1 of (cell, next cell to the right) and (cell, next cell below), as in Göbel et al. 2013, "ICDAR 2013
                table competition": falls where cells stand in wrong rows or columns
    references  F1 of entries: the same title (nine tenths of its words), and the same year where both have one
    title, authors, year    share of papers with the very title, F1 of names, share with the same year

A pair is left out of the comparison when less than seven tenths of the truth's words stand anywhere on the pages: then
it is the source of another version. TEI is made by a program and is no truth for tables. LaTeX is read by this
project's own reader, so its tables are also held against the page: the share of its figures that are printed there.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import time
import unicodedata
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import pymupdf

from synth import __version__
from synth.formats import jats, latex, layout, pdf, tei
from synth.records import ReadPaper, Table

Pair = tuple[str, Path, Path, Callable[[Path], ReadPaper]]
Counts = tuple[int, int, int]  # common, in the reading, in the truth
SCORES = ("text", "order", "headings", "numbered", "cells", "neighbours", "references", "title", "authors", "year")


def main() -> None:
    """Print the scores by kind of truth and half."""
    parser = argparse.ArgumentParser(description="Score the reading of papers against their truth.")
    parser.add_argument("papers_folder", type=Path)
    parser.add_argument("--half", choices=("tune", "kept", "both"), default="both")
    parser.add_argument("--papers", action="store_true", help="a line for every paper")
    parser.add_argument("--differences", action="store_true", help="what is missing and what is too much")
    asked = parser.parse_args()
    halves = ("tune", "kept") if asked.half == "both" else (asked.half,)
    spent, pages = 0.0, 0
    print(f"{'truth':<8} {'half':<5} {'n':>3}  " + "  ".join(f"{name:>10}" for name in SCORES))
    for kind, all_pairs in _pairs(asked.papers_folder).items():
        together: dict[str, list[Counts]] = defaultdict(list)
        for half in halves:
            sums: dict[str, list[Counts]] = defaultdict(list)
            used = 0
            for pair in all_pairs[(0 if half == "tune" else 1) :: 2]:
                before = time.process_time()
                got = pdf.read(pair[1])
                spent += time.process_time() - before
                pages += len(got.page_starts)
                truth = pair[3](pair[2])
                if _other_version(pair[1], truth):
                    print(f"{kind:<8} {half:<5} {pair[0]} is left out: its source is another version of the paper")
                    continue
                used += 1
                scores = _compared(got, truth, kind != "tei", _all_listed(pair[2], truth), _year(pair[1]))
                for name, counts in scores.items():
                    sums[name].append(counts)
                    together[name].append(counts)
                if asked.papers:
                    print(f"  {pair[0]:<28} " + "  ".join(f"{n} {_f1(*c):.2f}" for n, c in scores.items() if c[2]))
                if asked.differences:
                    _differences(got, truth)
            _line(kind, half, used, sums)
        if len(halves) == 2:
            _line(kind, "both", max(map(len, together.values()), default=0), together)
    print(f"{pages} pages of PDF in {spent:.1f} s of processor time: {pages / spent:.1f} pages/s with tables")
    _markup(asked.papers_folder, halves)
    load = os.getloadavg()[0]
    print(f"synth {__version__}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f}")


def _pairs(folder: Path) -> dict[str, list[Pair]]:
    jose = [
        (p.parent.name, p, next(p.parent.glob("*.jats")), jats.read) for p in sorted(folder.glob("pdf_jose/*/*.pdf"))
    ]
    acl = sorted(folder.glob("pdf_acl/*/*.pdf"))
    tex = [(p.parent.name, p, p.with_suffix(".tex"), latex.read) for p in acl if p.with_suffix(".tex").exists()]
    made = [(p.stem, p, p.with_suffix(".tei.xml"), tei.read) for p in acl if p.with_suffix(".tei.xml").exists()]
    return {"jats": jose, "latex": tex, "tei": made}


def _other_version(file: Path, truth: ReadPaper) -> bool:
    with pymupdf.open(file) as document:
        printed = Counter(_words(" ".join(page.get_text() for page in document)))
    words = Counter(_words(_uncited(truth.text)))
    return sum((words & printed).values()) < 0.7 * sum(words.values())


def _all_listed(source: Path, truth: ReadPaper) -> bool:
    """Whether the truth's reference list is whole: of LaTeX the .bib files may not have been kept."""
    if source.suffix != ".tex":
        return True
    found = re.findall(
        r"\\[a-zA-Z]*[cC]ite[a-zA-Z]*\*?\s*(?:\[[^\]]*\]\s*){0,2}\{([^{}]*)\}", source.read_text("utf-8", "replace")
    )
    keys = {key.strip() for group in found for key in group.split(",")}
    return len(truth.references) >= 0.9 * len(keys)


def _year(file: Path) -> int | None:
    """The year of publication by the paper's deposit with Crossref, where it lies beside the PDF."""
    for deposit in file.parent.glob("*.crossref.xml"):
        years = re.findall(r"<year>(\d{4})</year>", deposit.read_text("utf-8"))
        return int(years[0]) if years else None
    return None


# --- scores -------------------------------------------------------------------------------------------------


def _f1(common: int, got: int, truth: int) -> float:
    return 2 * common / (got + truth) if got + truth else 1.0


def _common(got: Iterable[Hashable], truth: Iterable[Hashable]) -> Counts:
    a, b = Counter(got), Counter(truth)
    return sum((a & b).values()), sum(a.values()), sum(b.values())


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _letters(text: str) -> list[str]:
    """The words, those of formulas as they are printed: "m_s" is "ms", and a letter of a special alphabet a letter."""
    return _words(re.sub(r"[_^{}]", "", unicodedata.normalize("NFKC", text)))


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + 4]) for i in range(len(words) - 3)]


def _summed(counts: Sequence[Counts]) -> Counts:
    common, got, truth = (sum(column) for column in zip(*counts, strict=True))
    return common, got, truth


def _uncited(text: str) -> str:
    """Without [keys] and (Names, 2020; ...), which LaTeX and page write differently."""
    text = re.sub(r"\[[^\[\]]{1,300}\]", " ", text)
    return re.sub(
        r"\((?:[^()]{0,200}?\b(?:19|20)\d\d[a-z]?[;,]?\s?)+(?:[^()]{0,40})\)|\((?:19|20)\d\d[a-z]?\)", " ", text
    )


def _running(read: ReadPaper) -> str:
    parts = [read.text[s.start : s.end] for s in read.sections if s.heading != "Front matter"]
    return _uncited(" ".join(parts))


def _heading(text: str) -> str:
    bare = re.sub(r"^(?:(?:Appendix )?(?:\d+(?:\.\d+)*|[A-Z](?:\.\d+)*|[IVX]+)[.:]?\s+)", "", _uncited(text))
    return "".join(_words(bare))


def _numbered(read: ReadPaper) -> list[str]:
    return [_heading(section.heading) for section in read.sections if layout.is_numbered(section.heading)]


def _cells(tables: Sequence[Table]) -> list[str]:
    return [word for table in tables for row in _grid(table) for cell in row for word in [_cell(cell)] if word]


def _grid(table: Table) -> list[tuple[str, ...]]:
    return [table.columns, *table.rows]


def _cell(text: str) -> str:
    return re.sub(r"[^\w.%-]+", "", text.lower().replace("−", "-").replace("–", "-")).strip(".-")


def _neighbours(tables: Sequence[Table]) -> list[tuple[str, str, str]]:
    """Each cell with the next one that holds anything, to the right and below."""
    found = []
    for table in tables:
        grid = [[_cell(cell) for cell in row] for row in _grid(table)]
        lines = [("right", row) for row in grid] + [("below", list(column)) for column in zip(*grid, strict=True)]
        for way, line in lines:
            filled = [cell for cell in line if cell]
            found.extend((way, a, b) for a, b in pairwise(filled))
    return found


def _references(got: ReadPaper, truth: ReadPaper) -> Counts:
    left = [(Counter(_words(r.title or "")), r.year) for r in got.references]
    common = 0
    for reference in truth.references:
        words = Counter(_words(reference.title or ""))
        for i, (other, year) in enumerate(left):
            same = sum((words & other).values()) * 2 >= 0.9 * (sum(words.values()) + sum(other.values()))
            if words and same and (year == reference.year or not reference.year or not year):
                common += 1
                del left[i]
                break
    named = sum(1 for reference in truth.references if reference.title)
    return common, len(got.references) if named else 0, named


def _compared(got: ReadPaper, truth: ReadPaper, tables: bool, listed: bool, year: int | None) -> dict[str, Counts]:
    mine, right = _letters(_running(got)), _letters(_running(truth))
    scores = {
        "text": _common(mine, right),
        "order": _common(_runs(mine), _runs(right)),
        "headings": _common(
            [h for s in got.sections if s.heading != "Front matter" and (h := _heading(s.heading))],
            [h for s in truth.sections if s.heading != "Front matter" and (h := _heading(s.heading))],
        ),
        "numbered": (0, 0, 0) if tables else _common(_numbered(got), _numbered(truth)),
        "references": _references(got, truth) if listed else (0, 0, 0),
        "title": _common(["".join(_words(got.paper.title))], ["".join(_words(truth.paper.title))]),
        "authors": _common(got.paper.authors, truth.paper.authors) if truth.paper.authors else (0, 0, 0),
        "year": _common([got.paper.year], [year]) if year else (0, 0, 0),
    }
    if tables and (truth.tables or got.tables):
        scores["cells"] = _common(_cells(got.tables), _cells(truth.tables))
        scores["neighbours"] = _common(_neighbours(got.tables), _neighbours(truth.tables))
    return scores


def _line(kind: str, half: str, used: int, sums: dict[str, list[Counts]]) -> None:
    """Cells over all papers together (most papers have few tables), everything else as the mean over papers."""
    told = []
    for name in SCORES:
        counts = [c for c in sums[name] if c[1] or c[2]]
        if not counts:
            told.append(f"{'-':>10}")
        elif name in ("cells", "neighbours"):
            told.append(f"{_f1(*_summed(counts)):>10.3f}")
        else:
            told.append(f"{sum(_f1(*c) for c in counts) / len(counts):>10.3f}")
    print(f"{kind:<8} {half:<5} {used:>3}  " + "  ".join(told))


def _differences(got: ReadPaper, truth: ReadPaper) -> None:
    heads = [Counter(_heading(s.heading) for s in r.sections if s.heading != "Front matter") for r in (truth, got)]
    print("    headings missing", sorted(heads[0] - heads[1]), "too many", sorted(heads[1] - heads[0]))
    words = [Counter(_words(_running(r))) for r in (truth, got)]
    print("    words missing", (words[0] - words[1]).most_common(12), "too many", (words[1] - words[0]).most_common(12))
    if truth.tables or got.tables:
        cells = [Counter(_cells(r.tables)) for r in (truth, got)]
        print("    cells missing", sorted(cells[0] - cells[1])[:40], "too many", sorted(cells[1] - cells[0])[:40])
    titles = [sorted(r.title or "-" for r in p.references) for p in (truth, got)]
    if [t.lower() for t in titles[0]] != [t.lower() for t in titles[1]]:
        print("    references missing", sorted(set(titles[0]) - set(titles[1])))
        print("    references too many", sorted(set(titles[1]) - set(titles[0])))


# --- XML and LaTeX -------------------------------------------------------------------------------------------


def _markup(folder: Path, halves: Sequence[str]) -> None:
    """Tables of JATS against a plain walk over the elements; figures of LaTeX tables against the printed page."""
    files = sorted(folder.glob("plos_jats/*.xml"))
    for half in halves:
        cells: list[Counts] = []
        entries: list[Counts] = []
        for file in files[(0 if half == "tune" else 1) :: 2]:
            read = jats.read(file)
            wanted = _walked(file)
            cells.append(_common(_cells(read.tables), wanted))
            entries.append((min(len(read.references), n := _listed(file)), len(read.references), n))
        table = _f1(*_summed(cells))
        print(
            f"{'xml':<8} {half:<5} {len(cells):>3}  cells {table:.4f} of {sum(c[2] for c in cells)}, "
            f"references {_f1(*_summed(entries)):.4f} of {sum(c[2] for c in entries)}"
        )
    printed = figures = 0
    for _, file, source, _ in _pairs(folder)["latex"]:
        read = latex.read(source)
        if _other_version(file, read):
            continue
        with pymupdf.open(file) as document:
            words = Counter(re.findall(r"\d+(?:\.\d+)?", " ".join(page.get_text() for page in document)))
        values = Counter(
            v for t in read.tables for row in t.rows for cell in row for v in re.findall(r"\d+(?:\.\d+)?", cell)
        )
        printed += sum((values & words).values())
        figures += sum(values.values())
    print(
        f"{'latex':<8} both       figures of its tables that are printed on the pages: {printed / figures:.4f} "
        f"of {figures}"
    )


def _walked(file: Path) -> list[str]:
    """The cells of all tables with spans written out, by the standard library and nothing of this project."""
    root = ET.parse(file).getroot()
    found: list[str] = []
    for wrap in root.iter("table-wrap"):
        for table in wrap.iter("table"):
            heads = [row for head in table.findall("thead") for row in head.iter("tr")]
            rows = [row for row in table.iter("tr") if row not in heads]
            grid: dict[tuple[int, int], str] = {}
            for y, row in enumerate([*heads, *rows]):
                x = 0
                for cell in row:
                    if cell.tag not in ("td", "th"):
                        continue
                    while (y, x) in grid:
                        x += 1
                    for dy in range(int(cell.get("rowspan") or 1)):
                        for dx in range(int(cell.get("colspan") or 1)):
                            grid[y + dy, x + dx] = "".join(cell.itertext())
                    x += int(cell.get("colspan") or 1)
            height = len(heads) + len(rows)
            first = max(1, len(heads))
            width = max((x for _, x in grid), default=-1) + 1
            for x in range(width):
                column = [grid.get((y, x), "") for y in range(first)]
                kept = [c for i, c in enumerate(column) if c.strip() and (i == 0 or _cell(c) != _cell(column[i - 1]))]
                found.append(_cell("".join(kept)))
            found.extend(_cell(grid.get((y, x), "")) for y in range(first, height) for x in range(width))
    return [cell for cell in found if cell]


def _listed(file: Path) -> int:
    return sum(1 for ref in ET.parse(file).getroot().iter("ref") if "".join(ref.itertext()).strip())


if __name__ == "__main__":
    main()
