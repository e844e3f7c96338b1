"""Files and folders named by a person: what is read, what is skipped with which reason, what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pymupdf
import pytest

from synth import read
from synth.errors import InputError
from synth.records import Ids, Paper, Reference

JATS = """<article><front><article-meta><article-id pub-id-type="doi">10.1/{n}</article-id>
<title-group><article-title>Paper {n}</article-title></title-group></article-meta></front>
<body><sec><title>R</title><p>Words {n}.</p></sec></body></article>"""


def make_pdf(file: Path, words: str) -> Path:
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_text((60, 80), f"A Title About {words}", fontsize=16)
        page.insert_text((60, 120), f"The body of this paper tells about {words}.", fontsize=10)
        document.save(file)
    return file


def jats(file: Path, n: int) -> Path:
    file.write_text(JATS.format(n=n))
    return file


def jsonl(file: Path, *lines: str) -> Path:
    file.write_text("\n".join(lines))
    return file


GOOD = '{"id": "1", "title": "One", "abstract": "It rains."}'
ALSO_GOOD = '{"id": "2", "title": "Two", "abstract": "It snows."}'


# --- refused: nothing readable remains ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.pdf", None, "none.pdf: no such file or folder; check the path"),
        ("empty.pdf", b"", "empty.pdf: the file is empty; give a file with a paper in it"),
        ("empty.jsonl", b"", "empty.jsonl: the file is empty; give a file with a paper in it"),
        ("a.docx", b"x", "a.docx: unknown kind of file (.docx); give PDF, HTML"),
        ("fake.pdf", b"hello", "fake.pdf: not a PDF (no PDF header)"),
        ("a.xml", b"<doi_batch/>", "a.xml: XML with the root <doi_batch>, neither JATS nor TEI"),
        ("a.xml", b"nothing", "a.xml: not XML, neither JATS nor TEI"),
        ("a.xml", b"<article><front>\n<x", "a.xml line 2: not well-formed XML"),
        ("a.jsonl", b'{"id": "1", "tit\n', "a.jsonl line 1: not JSON: "),
        ("a.jsonl", b"\n\n{}\n", "a.jsonl line 3: no title; every line needs the fields id and title"),
        ("a.bib", b"words", "a.bib: no BibTeX entry in it"),
        ("a.tex", b"plain words", "a.tex: no LaTeX command in it"),
        ("a.html", b" ", "a.html: the file is empty"),
    ],
)
def test_one_bad_file_alone_is_refused_in_one_line(tmp_path, name, content, message):
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read.files([file])
    assert str(caught.value).startswith(f"{tmp_path}/{message}")
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError):
        read.path(file)


def test_a_near_name_is_suggested(tmp_path):
    jats(tmp_path / "paper.xml", 1)
    with pytest.raises(InputError, match=r'paper\.xm: no such file or folder; did you mean "paper\.xml"\?'):
        read.files([tmp_path / "paper.xm"])


def test_a_folder_without_papers_is_refused(tmp_path):
    (tmp_path / "README.md").write_text("words")
    with pytest.raises(InputError, match=r"no paper in it; give PDF"):
        read.files([tmp_path])


def test_several_bad_files_are_counted(tmp_path):
    with pytest.raises(InputError, match=r"a\.pdf: no such file or folder; check the path \(1 more problem"):
        read.files([tmp_path / "a.pdf", tmp_path / "b.pdf"])


# --- skipped: others remain ------------------------------------------------------------------------------------


def test_a_bad_paper_among_good_ones_is_skipped_with_its_reason(tmp_path):
    good = jats(tmp_path / "good.xml", 1)
    (tmp_path / "bad.pdf").write_text("no pdf")
    papers, skipped = read.files([tmp_path / "bad.pdf", good, tmp_path / "missing.pdf"])
    assert [p.title for p in papers] == ["Paper 1"]
    assert [(Path(s.name).name, s.reason.split(";")[0]) for s in skipped] == [
        ("bad.pdf", "not a PDF (no PDF header)"), ("missing.pdf", "no such file or folder"),
    ]  # fmt: skip


def test_a_bad_line_among_good_ones(tmp_path):
    file = jsonl(tmp_path / "a.jsonl", GOOD, "{oops", ALSO_GOOD)
    papers, skipped = read.files([file])
    assert [p.id for p in papers] == ["1", "2"]
    assert [s.name for s in skipped] == [f"{file} line 2"]
    with pytest.raises(InputError, match=r"a\.jsonl line 2: not JSON"):
        read.files([file], strict=True)


def test_a_folder_is_walked_in_order_and_other_files_are_passed_over(tmp_path):
    (tmp_path / "b").mkdir()
    jats(tmp_path / "b" / "x.xml", 2)
    jats(tmp_path / "a.xml", 1)
    jsonl(tmp_path / "c.jsonl", GOOD)
    (tmp_path / "part.tex").write_text("\\section{A part}")
    (tmp_path / "main.tex").write_text("\\documentclass{a}\\title{Main}\\begin{document}Words.\\end{document}")
    for name in ("README.md", "LICENSE", "figure.png", ".hidden.xml"):
        (tmp_path / name).write_text("x")
    papers, skipped = read.files([tmp_path])
    assert [p.title for p in papers] == ["Paper 1", "Paper 2", "One", "Main"]
    assert skipped == ()


def test_other_xml_and_the_reference_list_beside_a_paper_are_passed_over(tmp_path):
    make_pdf(tmp_path / "p.pdf", "rain")
    (tmp_path / "crossref.xml").write_text("<doi_batch/>")
    (tmp_path / "cited.bib").write_text("@article{a, title={Cited}, author={B}, year=2001}")
    papers, skipped = read.files([tmp_path])
    assert [p.tier for p in papers] == ["pdf"]
    assert skipped == ()
    assert [p.title for p in read.files([tmp_path / "cited.bib"])[0]] == ["Cited"]


def test_a_pdf_stands_for_the_other_forms_of_the_paper_in_a_folder(tmp_path):
    make_pdf(tmp_path / "p.pdf", "rain")
    jats(tmp_path / "p.xml", 1)
    jats(tmp_path / "p.tei.xml", 2)
    papers, skipped = read.files([tmp_path])
    assert [p.tier for p in papers] == ["pdf"]
    assert skipped == ()
    named, _ = read.files([tmp_path / "p.pdf", tmp_path / "p.xml"])
    assert [p.tier for p in named] == ["pdf", "xml"]


def test_ids_are_unique(tmp_path):
    first, second = jats(tmp_path / "a.xml", 1), tmp_path / "b.xml"
    second.write_text(first.read_text().replace("Words", "Other words"))
    third = tmp_path / "c.xml"
    third.write_text(second.read_text())
    papers, skipped = read.files([first, second, third, first])
    assert papers[0].id == "doi:10.1/1"
    assert papers[1].id.startswith("file:")
    assert papers[1].ids.doi == "10.1/1"
    assert skipped[0].reason == "the same file was given already"
    lines = jsonl(tmp_path / "d.jsonl", GOOD)
    _, again = read.files([lines, lines])
    assert [s.reason for s in again] == ["a paper with the id '1' was given already"]


# --- reading ---------------------------------------------------------------------------------------------------


def test_paper_reads_the_file_and_keeps_the_id(tmp_path):
    file = make_pdf(tmp_path / "a.pdf", "rain")
    (found,), _ = read.files([file])
    got = read.paper(found)
    assert (got.tier, got.paper.id, got.paper.tier) == ("pdf", found.id, "pdf")
    assert "The body of this paper tells about rain." in got.text


def test_paper_of_a_remote_source_is_its_abstract():
    paper = Paper(
        id="arxiv:1", title="T", authors=(), year=None, ids=Ids(), abstract="It  rains.\nMuch.", source="arxiv"
    )
    got = read.paper(paper)
    assert (got.tier, got.text) == ("abstract", "It rains. Much.")
    assert [(s.heading, s.start, s.end) for s in got.sections] == [("Abstract", 0, len(got.text))]


def test_a_file_that_is_gone_is_named(tmp_path):
    (found,), _ = read.files([jats(tmp_path / "a.xml", 1)])
    (tmp_path / "a.xml").unlink()
    with pytest.raises(InputError, match=r"a\.xml: no such file"):
        read.paper(found)


def test_path_wants_one_paper(tmp_path):
    assert read.path(jsonl(tmp_path / "a.jsonl", GOOD)).text == "It rains."
    with pytest.raises(InputError, match=r"b\.jsonl: holds 2 papers"):
        read.path(jsonl(tmp_path / "b.jsonl", GOOD, ALSO_GOOD))


def test_plain_text():
    got = read.plain("A title line\n\nIt rains. It pours.")
    assert (got.paper.title, got.text) == ("A title line", "It rains. It pours.")
    assert got.paper.id == read.plain("A title line\n\nIt rains. It pours.").paper.id
    with pytest.raises(InputError, match="empty"):
        read.plain("  ")


def test_json_shape(tmp_path):
    document = read.as_json(read.path(jats(tmp_path / "a.xml", 1)))
    assert list(document) == ["paper", "sections", "tables", "references", "tier", "notes", "results"]
    assert set(document["paper"]) == {"title", "authors", "abstract", "ids"}
    assert document["sections"] == [{"heading": "R", "page": None, "text": "Words 1."}]
    assert document["tier"] == "xml"
    assert json.loads(json.dumps(document)) == document


def test_json_tells_what_became_of_each_reference(tmp_path):
    entry = Reference(raw="Zorn. 2020. On plums.", title="On plums", year=2020)
    got = read.path(jats(tmp_path / "a.xml", 1)).model_copy(update={"references": (entry,)})
    match = {"outcome": "not_checked", "paper_id": None, "reason": "why"}
    (shown,) = read.as_json(got, [match])["references"]
    assert (shown["title"], shown["match"]) == ("On plums", match)
    assert "match" not in read.as_json(got)["references"][0]


def test_import_is_light():
    code = (
        "import sys, synth.read; bad = {'pymupdf', 'lxml', 'bibtexparser', 'pylatexenc', 'numpy'} & set(sys.modules); "
        "sys.exit(str(bad) if bad else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
