"""A file may bring down the child that reads it, never the program; the next file is read as if nothing had been."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth import read
from synth.errors import InputError
from synth.formats import html, jats, latex, pdf, tei
from synth.formats.apart import Apart

PAGE = "<html><head><title>Counting</title></head><body><h1>Counting</h1><p>We count to ten.</p></body></html>"


@pytest.fixture(scope="module")
def child() -> Iterator[Apart]:
    one = Apart(seconds=60)
    yield one
    one.close()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.html"
    file.write_text(PAGE)
    return file


def test_the_child_reads_what_the_reader_reads(child: Apart, page: Path) -> None:
    assert child.read("html", page) == html.read(page)
    assert child.describe("html", page) == html.describe(page)


def test_a_problem_of_the_file_comes_back_as_one(child: Apart, tmp_path: Path) -> None:
    file = tmp_path / "broken.xml"
    file.write_text("<article><front>")
    with pytest.raises(InputError, match=r"broken\.xml line 1: not well-formed"):
        child.read("jats", file)
    with pytest.raises(InputError, match="cannot be read"):
        child.read("jats", tmp_path / "absent.xml")


def test_a_child_that_dies_is_told_and_replaced(child: Apart, page: Path) -> None:
    child.read("html", page)
    process = child._child
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)  # it will not answer, and then be gone
    threading.Timer(0.2, process.kill).start()
    with pytest.raises(InputError, match="its reader broke down"):
        child.read("html", page)
    assert child.read("html", page).text == "We count to ten."


def test_a_file_that_takes_too_long_is_given_up(page: Path) -> None:
    slow = Apart(seconds=60)
    slow.read("html", page)
    slow._seconds = 0.3
    process = slow._child
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    with pytest.raises(InputError, match=r"page\.html: reading it took more than 0\.3 s"):
        slow.read("html", page)
    slow.close()


@pytest.mark.skipif(sys.platform == "win32", reason="memory is limited on Unix only")
def test_a_file_that_wants_too_much_memory_ends_in_a_line(tmp_path: Path) -> None:
    file = tmp_path / "wide.xml"
    row = "<tr>" + "<td>1</td>" * 5000 + "</tr>"
    file.write_text(
        "<article><front><article-meta><title-group><article-title>Wide</article-title></title-group></article-meta>"
        "</front>"
        f"<body><table-wrap><table><tbody>{row * 400}</tbody></table></table-wrap></body></article>"
    )
    small = Apart(seconds=60, memory=400 * 1024 * 1024)
    try:
        with pytest.raises(InputError, match=r"wide\.xml: .*(?:memory|broke down)"):
            small.read("jats", file)
    finally:
        small.close()


def test_papers_known_by_their_abstracts_start_no_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Apart:
        raise AssertionError("a child was started")

    monkeypatch.setattr("synth.formats.apart._one", refuse)
    file = tmp_path / "papers.jsonl"
    file.write_text('{"id": "a", "title": "Counting", "abstract": "We count to ten."}\n')
    papers, _ = read.files([file])
    assert "We count to ten." in read.paper(papers[0]).text


@pytest.mark.parametrize(
    "row", ["<tr>" + "<td>1</td>" * 5000 + "</tr>", '<tr><td rowspan="99999" colspan="99999">1</td></tr>']
)
def test_a_table_of_endless_columns_is_cut_and_told(tmp_path: Path, row: str) -> None:
    file = tmp_path / "wide.html"
    file.write_text(f"<html><body><h1>Wide</h1><p>Text.</p><table>{row * 3}</table></body></html>")
    got = html.read(file)
    assert all(len(table.columns) <= 400 for table in got.tables)
    assert ("a table was cut after 400 columns" in got.notes) == (len(row) > 1000)


WIDE = {
    "jats": (
        "<article><front><article-meta><title-group><article-title>Wide</article-title></title-group></article-meta>"
        "</front><body><p>Text.</p><table-wrap><table><tbody><tr>",
        "<td>1</td>",
        "</tr></tbody></table></table-wrap></body></article>",
    ),
    "tei": (
        '<TEI xmlns="http://www.tei-c.org/ns/1.0"><text><body><p>Text.</p><figure type="table"><table><row>',
        "<cell>1</cell>",
        "</row></table></figure></body></text></TEI>",
    ),
    "latex": (
        "\\documentclass{article}\\begin{document}Text. \\begin{table}\\begin{tabular}{l}",
        "1 & ",
        "1 \\\\ \\end{tabular}\\end{table}\\end{document}",
    ),
}


@pytest.mark.parametrize("kind", WIDE)
def test_a_table_of_5_000_columns_is_cut_and_told_in_every_form(tmp_path: Path, kind: str) -> None:
    head, cell, foot = WIDE[kind]
    file = tmp_path / ("wide.tex" if kind == "latex" else "wide.xml")
    file.write_text(head + cell * 5000 + foot)
    began = time.process_time()
    got = {"jats": jats, "tei": tei, "latex": latex}[kind].read(file)  # type: ignore[attr-defined]
    assert time.process_time() - began < 5
    assert [len(table.columns) for table in got.tables] == [400]
    assert "a table was cut after 400 columns" in got.notes
    assert "Text." in got.text


def test_of_a_pdf_of_very_many_pages_the_first_are_read(tmp_path: Path) -> None:
    content = b"BT /F1 14 Tf 72 700 Td (Counting) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 10000/Kids[" + b" ".join(b"%d 0 R" % (5 + i) for i in range(10000)) + b"]>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
    ]
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents 4 0 R>>"
    body, starts = bytearray(b"%PDF-1.4\n"), []
    for number, text in enumerate([*objects, *[page] * 10000], 1):
        starts.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    size = len(starts) + 1
    body += b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Root 1 0 R/Size %d>>\n" % (size, table, size)
    body += b"startxref\n%d\n%%%%EOF" % (len(body) - len(table) - 100)
    file = tmp_path / "many.pdf"
    file.write_bytes(bytes(body))
    assert "only the first 2000 of 10000 pages were read" in pdf.read(file, tables=False).notes


def test_a_relative_path_is_taken_from_where_the_program_is_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Apart()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        page = f"<html><body><h1>Paper {name}</h1><p>Words of {name}.</p></body></html>"
        (tmp_path / name / "page.html").write_text(page)
        monkeypatch.chdir(tmp_path / name)
        assert f"Words of {name}." in child.read("html", Path("page.html")).text
    child.close()
