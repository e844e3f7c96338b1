"""LaTeX, BibTeX and JSON lines, and identifiers in running text."""

from __future__ import annotations

import gzip
import json
import time
from itertools import pairwise

import pytest

from synth.errors import InputError
from synth.formats import bibtex, jsonl, latex, references
from synth.formats.body import Body, plain_sections
from synth.records import Paper, SkippedPaper

MAIN = r"""\documentclass{article}
\newcommand{\ourmodel}{\textsc{Rainer}\xspace}
\title{Rain with \ourmodel \\ Revisited\thanks{Paid by nobody.}}
\author{Erika Mustermann$^1$ \and Hans Beispiel\\ Some University}
\begin{document}
\maketitle
\begin{abstract}
We present \ourmodel{}, which gains 3.2\,\% over it. % a comment
\end{abstract}
\section{Introduction}\label{sec:in}
Prior work \citep[see][]{alt2001, neu2002} found 5\% less~\cite{alt2001}.
Table~\ref{tab:a} shows $\alpha = 0.5$ and \emph{much} more.\footnote{A note.}
\begin{table}[t]
\begin{tabular}{l|cc}
\toprule
\multirow{2}{*}{Field} & \multicolumn{2}{c}{Yield} \\
\cmidrule(lr){2-3}
 & dry & wet \\
\midrule
North \& South & \textbf{1.5} & 2.5 \\
East & 1.6 & -- \\
\bottomrule
\end{tabular}
\caption{Yield of \ourmodel.}\label{tab:a}
\end{table}
This sentence follows the table.

A new paragraph % with a comment
goes on here.
\input{parts/more}
\input{../outside}
\bibliography{refs}
\end{document}
"""

BIB = r"""@string{jo = "Journal of Old"}
@article{alt2001, title={Old {Rain} and \"Uber-Rain}, author={Alt, Anna and von Neu, Bo}, journal=jo, year=2001,
  abstract={It rained before.}, doi={10.1234/OLD}}
@inproceedings{neu2002, title = "New Rain", author = "Cy Weit", booktitle = {Proc. of Rain}, year = {2002}, url={https://aclanthology.org/P02-1001}}
@misc{unused, title={Never Cited}, year=2003, eprint={2001.01234}, archiveprefix={arXiv}}
@article{broken, title={Not closed, year=2004
"""


@pytest.fixture
def folder(tmp_path):
    paper = tmp_path / "paper"
    (paper / "parts").mkdir(parents=True)
    (paper / "main.tex").write_text(MAIN)
    (paper / "parts" / "more.tex").write_text(
        "\\documentclass{subfiles}\\begin{document}\\section{More}\nThe included text.\n"
        "\\begin{itemize}\\item one\\item two\\end{itemize}\\end{document}"
    )
    (paper / "refs.bib").write_text(BIB)
    (tmp_path / "outside.tex").write_text("The outside text.")
    return paper


def test_latex_front(folder):
    paper = latex.read(folder / "main.tex").paper
    assert paper.title == "Rain with Rainer Revisited"
    assert paper.authors == ("Erika Mustermann", "Hans Beispiel")
    assert paper.abstract is not None
    assert paper.abstract.startswith("We present Rainer, which gains 3.2")
    assert "comment" not in paper.abstract


def test_latex_text(folder):
    read = latex.read(folder / "main.tex")
    parts = {s.heading: read.text[s.start : s.end] for s in read.sections}
    assert list(parts) == ["Abstract", "Introduction", "More"]
    assert (
        "Prior work [alt2001, neu2002] found 5% less [alt2001]. Table 1 shows α = 0.5 and much more."
        in parts["Introduction"]
    )
    assert "much more. This sentence follows the table.\n\nA new paragraph goes on here." in parts["Introduction"]
    assert "Table 1: Yield of Rainer." in parts["Introduction"]
    assert parts["More"] == "The included text.\n\none\n\ntwo"


def test_latex_never_reads_outside_its_folder(folder):
    read = latex.read(folder / "main.tex")
    assert "outside text" not in read.text
    assert any("../outside lies outside" in note for note in read.notes)


def test_latex_table(folder):
    (table,) = latex.read(folder / "main.tex").tables
    assert (table.label, table.caption) == ("Table 1", "Yield of Rainer.")
    assert table.columns == ("Field", "Yield / dry", "Yield / wet")
    assert table.rows == (("North & South", "1.5", "2.5"), ("East", "1.6", "–"))


def test_latex_references_are_those_cited(folder):
    found = latex.read(folder / "main.tex").references
    assert [(r.title, r.year) for r in found] == [("Old Rain and Über-Rain", 2001), ("New Rain", 2002)]


def test_latex_written_references(tmp_path):
    (tmp_path / "a.tex").write_text(
        r"\documentclass{a}\begin{document}Words \cite{x}.\begin{thebibliography}{9}\bibitem[A(2001)]{x} A. Alt. "
        r"\newblock 2001. \newblock Old rain and more. \newblock Journal, arXiv:2001.01234."
        r"\end{thebibliography}\end{document}"
    )
    (entry,) = latex.read(tmp_path / "a.tex").references
    assert (entry.title, entry.year, entry.ids.arxiv) == ("Old rain and more", 2001, "2001.01234")


def test_latex_macro_bomb_is_bounded(tmp_path):
    names = "abcdefghijkl"
    defs = "".join(f"\\newcommand{{\\{b}{b}}}{{{f'{chr(92)}{a}{a} ' * 10}}}" for a, b in pairwise(names))
    (tmp_path / "a.tex").write_text(
        f"\\documentclass{{x}}\\newcommand{{\\aa}}{{ha}}{defs}\\begin{{document}}\\ll end.\\end{{document}}"
    )
    started = time.monotonic()
    latex.read(tmp_path / "a.tex")
    assert time.monotonic() - started < 5


def test_latex_that_includes_itself_ends(tmp_path):
    (tmp_path / "a.tex").write_text("\\documentclass{x}\\begin{document}Text.\\input{a}\\end{document}")
    assert any("too deeply" in note for note in latex.read(tmp_path / "a.tex").notes)


def test_latex_main_file(folder):
    assert latex.is_main(folder / "main.tex")
    assert not latex.is_main(folder / "parts" / "more.tex")


# --- BibTeX --------------------------------------------------------------------------------------------------


def test_bibtex_entries(folder):
    items = list(bibtex.papers(folder / "refs.bib"))
    papers = [item for item in items if isinstance(item, Paper)]
    first = papers[0]
    assert (first.id, first.title, first.year, first.venue) == (
        "alt2001",
        "Old Rain and Über-Rain",
        2001,
        "Journal of Old",
    )
    assert first.authors == ("Anna Alt", "Bo von Neu")
    assert (first.ids.doi, first.abstract) == ("10.1234/old", "It rained before.")
    assert papers[1].ids.acl == "P02-1001"
    assert papers[2].ids.arxiv == "2001.01234"


def test_a_broken_entry_is_skipped_and_named(folder):
    (skipped,) = [item for item in bibtex.papers(folder / "refs.bib") if isinstance(item, SkippedPaper)]
    assert skipped.name.endswith("refs.bib line 6")
    assert "'broken'" in skipped.reason


def test_no_entry(tmp_path):
    (tmp_path / "a.bib").write_text("just words")
    with pytest.raises(InputError, match="no BibTeX entry"):
        list(bibtex.papers(tmp_path / "a.bib"))


# --- JSON lines ------------------------------------------------------------------------------------------------


def lines(tmp_path, *records, name="a.jsonl"):
    data = "\n".join(r if isinstance(r, str) else json.dumps(r) for r in records).encode()
    file = tmp_path / name
    file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return file


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_jsonl_plain_and_packed(tmp_path, name):
    (paper,) = jsonl.papers(lines(tmp_path, {"id": "p1", "title": "T", "abstract": "A."}, name=name))
    assert isinstance(paper, Paper)
    assert (paper.id, paper.title, paper.abstract, paper.tier, paper.location) == ("p1", "T", "A.", "abstract", None)


@pytest.mark.parametrize(
    ("record", "field", "expected"),
    [
        ({"doc_id": 17, "abstract": ["One.", "Two."]}, "id", "17"),
        ({"doc_id": 17, "abstract": ["One.", "Two."]}, "abstract", "One. Two."),
        ({"id": "1", "abstract": ""}, "abstract", None),
        ({"_id": "b", "text": "Body."}, "abstract", "Body."),
        ({"arxiv_id": "2005.13013v2"}, "id", "arxiv:2005.13013"),
        ({"arxiv_id": "2005.13013v2"}, "version", "v2"),
        ({"arxiv_id": "cmp-lg/9404001", "created": "1994-04-03"}, "year", 1994),
        ({"id": "1", "authors": "Ann A., Bo B. and Cy C."}, "authors", ("Ann A.", "Bo B.", "Cy C.")),
        ({"id": "1", "authors": [{"name": "Ann A."}, "Bo B."]}, "authors", ("Ann A.", "Bo B.")),
        ({"id": "1", "year": "2020"}, "year", 2020),
        ({"id": "1", "year": None}, "year", None),
        ({"id": "1", "venue": "acl+emnlp"}, "venue", "acl+emnlp"),
    ],
)
def test_jsonl_fields(tmp_path, record, field, expected):
    (paper,) = jsonl.papers(lines(tmp_path, {"title": "T", **record}))
    assert getattr(paper, field) == expected


@pytest.mark.parametrize(
    ("record", "ids"),
    [
        ({"url": "https://aclanthology.org/2020.aacl-main.56"}, {"acl": "2020.aacl-main.56"}),
        ({"url": "https://aclanthology.org/P18-1001/"}, {"acl": "P18-1001"}),
        ({"doi": "https://doi.org/10.1/ABC"}, {"doi": "10.1/abc"}),
        ({"doi": "nothing"}, {"doi": None}),
        ({"ids": {"arxiv": "2001.01234", "s2": "9"}}, {"arxiv": "2001.01234", "s2": "9"}),
    ],
)
def test_jsonl_identifiers(tmp_path, record, ids):
    (paper,) = jsonl.papers(lines(tmp_path, {"id": "1", "title": "T", **record}))
    assert {name: getattr(paper.ids, name) for name in ids} == ids


@pytest.mark.parametrize(
    ("record", "kinds"),
    [
        ({"retracted": True}, ["retraction"]),
        ({"retracted": False}, []),
        ({"comments": "This paper has been withdrawn by the authors"}, ["withdrawal"]),
        ({"comments": "8 pages"}, []),
    ],
)
def test_jsonl_notices(tmp_path, record, kinds):
    (paper,) = jsonl.papers(lines(tmp_path, {"id": "1", "title": "T", **record}))
    assert [notice.kind for notice in paper.notices] == kinds


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{not json", "not JSON: Expecting property name"),
        ("[1, 2]", "a JSON list, not an object"),
        ('{"id": "1"}', "no title"),
        ('{"title": "T"}', "no id"),
        ('{"id": "good", "title": "T"}', "the id 'good' was given already in line 1"),
        ("[" * 100_000, ""),
    ],
)
def test_jsonl_bad_lines_are_named(tmp_path, line, reason):
    good, bad, last = jsonl.papers(lines(tmp_path, {"id": "good", "title": "T"}, line, {"id": "x", "title": "U"}))
    assert isinstance(good, Paper)
    assert isinstance(last, Paper)
    assert isinstance(bad, SkippedPaper)
    assert bad.name.endswith("a.jsonl line 2")
    assert bad.reason.startswith(reason)
    assert bad.reason


def test_jsonl_not_utf8(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"id": "1", "title": "caf\xe9"}\n{"id": "2", "title": "T"}\n')
    bad, good = jsonl.papers(file)
    assert isinstance(bad, SkippedPaper)
    assert "UTF-8" in bad.reason
    assert isinstance(good, Paper)


def test_jsonl_damaged_gzip(tmp_path):
    file = lines(tmp_path, *({"id": str(i), "title": f"T{i * i}"} for i in range(500)), name="a.jsonl.gz")
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(InputError, match="gzip data is damaged"):
        list(jsonl.papers(file))


def test_jsonl_full_text_has_sections(tmp_path):
    text = "1 Introduction\n\nIt rains.\n\nMethods\n\nWe measured\nrain daily.\n\nMore."
    (paper,) = jsonl.papers(lines(tmp_path, {"id": "1", "title": "T", "abstract": "Short.", "full_text": text}))
    assert isinstance(paper, Paper)
    read = jsonl.read(paper)
    assert read.tier == "html"
    assert [(s.heading, read.text[s.start : s.end]) for s in read.sections] == [
        ("Abstract", "Short."), ("1 Introduction", "It rains."), ("Methods", "We measured rain daily.\n\nMore."),
    ]  # fmt: skip


def test_a_paper_with_a_title_only_says_so(tmp_path):
    (paper,) = jsonl.papers(lines(tmp_path, {"id": "1", "title": "T"}))
    assert isinstance(paper, Paper)
    read = jsonl.read(paper)
    assert (read.text, read.sections, read.notes) == ("", (), ("no text: only the title is known",))


@pytest.mark.shared_data
def test_the_large_corpus_is_read_in_seconds(shared_data):
    """Measured 2026-11: 2.2 s and 250 MB for 48,274 lines."""
    started = time.monotonic()
    found = list(jsonl.papers(shared_data / "corpus" / "acl_anthology" / "abstracts.jsonl.gz"))
    assert time.monotonic() - started < 15
    assert len(found) == 48_274
    assert all(isinstance(paper, Paper) and paper.ids.acl == paper.id for paper in found)
    assert sum(bool(paper.notices) for paper in found if isinstance(paper, Paper)) == 10


# --- identifiers and entries -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "doi", "arxiv", "acl"),
    [
        ("see doi:10.1234/ABC.5.", "10.1234/abc.5", None, None),
        ("(https://doi.org/10.1016/0021-9(82)90)", "10.1016/0021-9(82)90", None, None),
        ("arXiv preprint arXiv:1810.04805v2", None, "1810.04805", None),
        ("https://arxiv.org/abs/cs/0301012", None, "cs/0301012", None),
        ("doi 10.48550/arXiv.2001.01234", "10.48550/arxiv.2001.01234", "2001.01234", None),
        ("10.18653/v1/P19-1234", "10.18653/v1/p19-1234", None, "P19-1234"),
        ("10.18653/v1/2020.acl-main.5", "10.18653/v1/2020.acl-main.5", None, "2020.acl-main.5"),
        ("https://www.aclweb.org/anthology/N18-3011.pdf", None, None, "N18-3011"),
        ("pages 1810.04805 of nothing", None, None, None),
    ],
)
def test_identifiers(text, doi, arxiv, acl):
    ids = references.identifiers(text)
    assert (ids.doi, ids.arxiv, ids.acl) == (doi, arxiv, acl)


@pytest.mark.parametrize(
    ("raw", "title", "year"),
    [
        ("Ann A and Bo B. 2019. A study of rain. In Proceedings of Rain.", "A study of rain", 2019),
        ("Alt, A. (2016). Old rain: what is it? Journal, 5, 1–2.", "Old rain: what is it?", 2016),
        ("[3] A. Alt, “Rain in cities,” Proc. Rain, 2018, pp. 1-5.", "Rain in cities", 2018),
        ("Alt A. Rain. J Rain 1999;5:1-9.", None, 1999),
        ("A note without a date", None, None),
        ("Ann A. 2018a. Rain vs. snow in Europe. TACL.", "Rain vs. snow in Europe", 2018),
    ],
)
def test_entries_of_reference_lists(raw, title, year):
    entry = references.reference(raw)
    assert (entry.title, entry.year, entry.raw) == (title, year, raw)


def test_pages_without_text_begin_where_the_next_text_begins():
    body = Body()
    body.paragraph("one", page=2)
    body.fragments([(2, "two "), (4, "three")])
    text, _, starts = body.build(5)
    assert text == "one\n\ntwo three"
    assert starts == (0, 0, 9, 9, 14)


def test_plain_text_without_headings_is_one_section():
    body = Body()
    plain_sections(body, "First paragraph here.\n\nSecond one.")
    text, sections, _ = body.build()
    assert text == "First paragraph here.\n\nSecond one."
    assert [(s.heading, s.start, s.end) for s in sections] == [("", 0, len(text))]


def test_half_a_character_in_a_jsonl_line_is_skipped_with_its_line(tmp_path):
    file = tmp_path / "p.jsonl"
    lines = ('{"id": "a", "title": "A", "abstract": "x \\ud800 y"}', '{"id": "b", "title": "B", "abstract": "y"}')
    file.write_text("\n".join(lines))
    found = list(jsonl.papers(file))
    assert [type(item).__name__ for item in found] == ["SkippedPaper", "Paper"]
    assert "lone surrogate" in found[0].reason
    assert found[0].name.endswith("line 1")
