"""Any bytes in any reader: a record comes out or an InputError of one line, nothing else, in bounded time.

What a reader is given is made of pieces of its own grammar in any order, so that most of it gets past the first
check; every reader is called in this process, where nothing stands between its fault and the test. Examples are
drawn from the test itself, so every run tries the same ones.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth import lines
from synth import read as reading
from synth.audit import documents
from synth.errors import InputError
from synth.formats import archives, bibtex, html, jats, jsonl, latex, markup, pdf, tei, tex
from synth.records import Paper, ReadPaper, SkippedPaper

FEW = settings(
    max_examples=60, deadline=5000, derandomize=True, database=None, print_blob=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


def of(*pieces: str, most: int = 40) -> st.SearchStrategy[bytes]:
    """Pieces of a grammar, with any text between them now and then, in any order and often unclosed."""
    strange = st.sampled_from(["\x00", "\ufeff", "\u202e", "\U0001f600", "\x1b[31m", "é", "∑"])
    piece = st.one_of(st.sampled_from(pieces), st.sampled_from(pieces), st.text(max_size=12), strange)
    return st.lists(piece, max_size=most).map(lambda found: "".join(found).encode("utf-8", "replace"))


def outcome(work: Callable[[], Any]) -> Any:
    """What came of it: its value, or the one line of its InputError. Anything else fails the test."""
    try:
        return work()
    except InputError as problem:
        told = str(problem)
        assert told.strip()
        return told


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    pdf.read(put(folder, "first.pdf", pdf_of(b"")))  # what a reader loads is not the time of its first example
    tex.plain("\\emph{first}")
    return folder


def put(place: Path, name: str, data: bytes) -> Path:
    file = place / name
    file.write_bytes(data)
    return file


def whole(made: ReadPaper | str) -> None:
    """A reading holds together: its sections and pages lie in its text, and it can be written."""
    if isinstance(made, str):
        assert "\n" not in made
        return
    assert all(0 <= s.start <= s.end <= len(made.text) for s in made.sections)
    assert all(len(row) == len(table.columns) for table in made.tables for row in table.rows)
    assert ReadPaper.model_validate_json(made.model_dump_json()) == made


HTML = of(
    "<html>", "<head>", "<title>", "</title>", "<body>", "<h1>", "</h1>", "<h2>", "<p>", "</p>", "<table>", "<tr>",
    '<td colspan="3">', '<td rowspan="999999999">', '<td colspan="-1">', '<td colspan="9e9">', "<td>", "</td>",
    "</table>",
    "<caption>", "<script>", "</script>", "<!--", "-->", "<![CDATA[", "]]>", "&lt;", "&#x0;", "&#xD800;", "&#1114112;",
    '<section class="ltx_bibliography">', '<li class="ltx_bibitem">', "<math alttext='x'>", "<cite>", "<a href='x'>",
    '<meta name="citation_author" content="A. B.">', '<meta name="citation_date" content="20²1/99/99">', "<svg>",
    '<div class="ltx_abstract">', '<span class="ltx_ERROR">', "<template>", "<figure>",
    '<figcaption class="ltx_caption">',
    "<ol>", "<ul>", "<li>", "<dl>", "<br/>", "<sup>1</sup>", "<style>", "<![if x]>", "<?php", "<!DOCTYPE html>",
    "text. ",
)  # fmt: skip

def tree(tags: Sequence[str], words: Sequence[str], root: str) -> st.SearchStrategy[bytes]:
    """Well-formed XML below `root`: elements of a kind that the reader knows, in places where they may not belong."""
    leaf = st.sampled_from([*words, *(f"<{tag}/>" for tag in tags)]) | st.integers(0, 3000).map(str)
    def wrap(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.builds(
            lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag.split(' ')[0]}>", st.sampled_from(tags), st.lists(inner,
            max_size=5)
        )
    return st.lists(st.recursive(leaf, wrap, max_leaves=40), max_size=4).map(
        lambda parts: f"<{root}>{''.join(parts)}</{root}>".encode("utf-8", "replace")
    )


JATS_TAGS = (
    "front", "article-meta", "article-id pub-id-type='doi'", "title-group", "article-title", "contrib-group",
    "contrib", "name",
    "contrib contrib-type='author'", "surname", "given-names", "collab", "pub-date", "year", "abstract", "p", "body",
    "sec", "title",
    "table-wrap", "table", "thead", "tbody", "tr", "td colspan='²'", "th rowspan='88888888'", "td colspan='-3'", "td",
    "back", "ref-list",
    "ref", "mixed-citation", "element-citation", "xref ref-type='bibr'", "list", "list-item", "inline-formula",
    "tex-math", "boxed-text",
    "related-article related-article-type='retracted-article'", "fig", "label", "caption", "fn-group", "fn", "ack",
    "def-list", "def-item",
    "journal-meta", "journal-title", "pub-id pub-id-type='doi'", "name-alternatives", "string-name", "alternatives",
    "table-wrap-foot",
)  # fmt: skip
TEI_TAGS = (
    "teiHeader", "fileDesc", "titleStmt", "title", "sourceDesc", "biblStruct", "analytic", "author", "persName",
    "surname", "forename",
    "idno type='DOI'", "idno type='arXiv'", "idno", "monogr", "date when='²020'", "date", "text", "body", "back",
    "listBibl", "div", "p",
    "div type='references'", "head n='1'", "figure", "figDesc", "table", "row", "cell cols='²'", "cell cols='99'",
    "cell", "profileDesc",
    "abstract", "note type='raw_reference'",
)  # fmt: skip
TEXTS = ("A word", "²", "99999999999999999999", "&amp;", "&#x202e;", "10.1/x", "$x$", "2020", " ", "Abstract",
"<!--c-->", "<?pi?>", "\n\n")
JATS = tree(JATS_TAGS, TEXTS, "article")
TEI = tree(TEI_TAGS, TEXTS, "TEI")
BROKEN = of("<article>", "</article>", "<TEI>", "<p>", "&x;", "&#0;", "<![CDATA[", "]]>",
"<!DOCTYPE a [<!ENTITY x 'y'>]>", "<?xml", "?>",
            "encoding='utf-16'", "<a b=", "'>", "<!--", "xmlns:x='y'", "<x:p/>")  # fmt: skip
LATEX = of(
    "\\documentclass{article}", "\\begin{document}", "\\end{document}", "\\title{", "\\author{A B \\and C D}", "}", "{",
    "\\begin{abstract}", "\\end{abstract}", "\\section{S}", "\\section*", "\\paragraph{p}", "\\begin{table}",
    "\\end{table}",
    "\\begin{tabular}{ll}", "\\end{tabular}", "&", "\\\\", "\\hline", "\\midrule", "\\multicolumn{999999999999}{c}{m}",
    "\\multirow{-99999999}{*}{r}", "\\multirow{2}*{r}", "\\cmidrule(lr){2-3}", "\\caption{", "\\label{t}", "\\ref{t}",
    "\\cite[p.~2]{a,b}", "\\newcommand{\\a}{\\a\\a}", "\\def\\b{\\a}", "\\a ", "\\b{}", "\\input{main}",
    "\\input{../../etc/passwd}",
    "\\input /etc/passwd ", "\\include{\x00}", "\\include{" + "n" * 300 + "}", "\\bibliography{refs,main}",
    "\\begin{thebibliography}{9}", "\\bibitem[x]{k} K.",
    "\\end{thebibliography}", "%", "\\%", "\n\n", "$x_1$", "\\[", "\\]", "$$", "\\footnote{f", "\\item[",
    "\\begin{verbatim}",
    "\\end{verbatim}", "\\write18{ls}", "\\catcode`\\%=12", "\\verb|x|", "\\frac{1}{", "\\sqrt[3]{", "\\char99999999",
    "\\'e", "^^41",
    "\\begin{array}{", "\\left(", "\\href{http://x}{", "\\doi{10.1/x}", "\\begin{itemize}", "\\symbol{-1}",
    "\\resizebox{",
)  # fmt: skip
BIBTEX = of(
    "@article{k,", "@inproceedings{", "@string{x = \"y\"}", "@string{", "@comment{", "@preamble{", "title = {",
    "title = x # y,",
    "title = \"T\",", "author = {A and B},", "author = {and and},", "year = 2020,", "year = {²},", "},", "}", "{",
    "\"", "#", ",", "=",
    "\n", "abstract = {A.},", "doi = {10.1/x},", "eprint = {2101.00001},", "archivePrefix = {arXiv},", "month = jan,",
    "@", "@@@",
    "@misc(k, title = {T})", "\\\"{o}", "{\\'", "crossref = {k},", "url = {file:///etc/passwd},", "%",
    "@article{k, title = {T}}\n",
)  # fmt: skip
PDF_TEXT = of(
    "BT ", "ET ", "/F1 12 Tf ", "/F1 0 Tf ", "/F9 1e38 Tf ", "72 700 Td ", "-1e9 1e9 Td ", "(Counting pears) Tj ",
    "(1 Introduction) Tj ",
    "(Abstract) Tj ", "(References) Tj ", "([1] A. Writer. 2020. Title.) Tj ", "(\\000\\377) Tj ", "<FEFF> Tj ",
    "[(a) -9999 (b)] TJ ",
    "q ", "Q ", "0 0 1000 1 re f ", "100 100 m 400 100 l S ", "1 0 0 1 0 0 cm ", "0 0 0 0 0 0 cm ",
    "1e9 0 0 1e9 0 0 cm ", "(Table 1: T) Tj ",
    "T* ", "14 TL ", "3 Tr ", "/X Do ", "BI ID EI ", "0 g ", "(83.1 84.2) Tj ", "0 -14 Td ", "/F1 6 Tf ", "/F1 20 Tf ",
    "( ) Tj ", most=60,
)  # fmt: skip
CARD = of(
    "# Title\n", "\n\n", "Abstract\n", "5 Extracted Claims\n", "Claim\tVerified\tConfidence\n", "A claim.\t✓\t0.9\n",
    "A claim.\t×\tnan\n",
    "| Claim | Verdict |\n", "|---|---|\n", "| a | b | c |\n", "- Claim one is 5 points.\n", "1. Two\n",
    "99999999999999999999. n\n", "References\n",
    "[1] A. B. (2020). T. arXiv:2101.00001v9\n", "[999999999999999999999] x\n",
    "12 papers retrieved. 5 claims extracted; 3 independently verified. ",
    "Quality review score: 7.5/10.", "Quality review score: ²/10.", "June 31, 2026\n", "Research question: why?\n",
    "✓", "×", "\t", "|", "<b>", "```\n",
    "Assignee Research\n", "1 Introduction\n", "This paper examines: x. Research question: y.\n", "4 Limitations\n",
    "> q\n", "=====\n",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "module"),
    [
        ("x.html", HTML, html), ("x.xml", JATS, jats), ("t.xml", TEI, tei), ("b.xml", BROKEN, jats), ("c.xml", BROKEN,
        tei),
        ("main.tex", LATEX, latex),
    ],
    ids=["html", "jats", "tei", "broken jats", "broken tei", "latex"],
)
def test_a_marked_up_paper(place: Path, name: str, data: st.SearchStrategy[bytes], module: Any) -> None:
    @FEW
    @given(data)
    def check(content: bytes) -> None:
        file = put(place, name, content)
        whole(outcome(lambda: module.read(file)))
        described = outcome(lambda: module.describe(file))
        assert isinstance(described, Paper | str)

    check()


@FEW
@given(st.one_of(HTML, JATS, TEI, st.binary(max_size=200)))
def test_the_name_of_a_root(place: Path, content: bytes) -> None:
    markup.root_name(put(place, "root.xml", content))
    latex.is_main(place / "root.xml")


def pdf_of(content: bytes, extra: bytes = b"", page: bytes = b"") -> bytes:
    """A PDF of one page; `extra` stands in its catalogue, `page` in its page."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % extra,
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R%s>>" % page,
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, starts = bytearray(b"%PDF-1.7\n"), []
    for number, text in enumerate(objects, 1):
        starts.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, text)
    at = len(body)
    body += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % start for start in starts)
    return bytes(body + b"trailer<</Root 1 0 R/Size 6>>\nstartxref\n%d\n%%%%EOF" % at)


@settings(FEW, max_examples=40)
@given(PDF_TEXT)
def test_the_page_of_a_pdf(place: Path, content: bytes) -> None:
    whole(outcome(lambda: pdf.read(put(place, "page.pdf", pdf_of(content)))))


@settings(FEW, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_a_pdf_with_bytes_turned(place: Path, seed: int, count: int) -> None:
    draw = random.Random(seed)
    data = bytearray(pdf_of(b"BT /F1 12 Tf 72 700 Td (Counting pears in a row) Tj 0 -14 Td (is work.) Tj ET"))
    for _ in range(count):
        data[draw.randrange(len(data))] = draw.randrange(256)
    whole(outcome(lambda: pdf.read(put(place, "turned.pdf", bytes(data)))))


def each(found: Iterable[Any]) -> None:
    for item in found:
        assert isinstance(item, Paper | SkippedPaper)
        item.model_dump_json()


@FEW
@given(BIBTEX)
def test_bibtex(place: Path, content: bytes) -> None:
    file = put(place, "x.bib", content)
    outcome(lambda: each(bibtex.papers(file)))
    outcome(lambda: [r.model_dump_json() for r in bibtex.references(file, "*")])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(max_size=8)
    | st.sampled_from(["10.1/x", "2101.00001v2", "2020-01-01", "²020", "\ud800", "2101.00001v²", "https://x/[",
    "9" * 5000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "title", "name", "abstract", "doi", "arxiv", "is_retracted", "kind", "date"]), inner,
        max_size=4
    ),
    max_leaves=8,
)  # fmt: skip
FIELDS = (
    "id", "doc_id", "_id", "title", "abstract", "text", "authors", "year", "date", "published", "venue", "url",
    "full_text", "ids",
    "arxiv_id", "doi", "acl_id", "volume", "comments", "updated", "version", "is_retracted", "notices", "update-to",
    "retracted",
)  # fmt: skip
RECORD = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=9)


@settings(FEW, max_examples=150)
@given(st.lists(st.one_of(RECORD.map(lambda r: json.dumps(r).encode()), of("{", "}", '"id"', ":", ",", "[", "NaN",
"\\ud800")), max_size=4), st.booleans())
def test_json_lines_of_papers(place: Path, rows: list[bytes], packed: bool) -> None:
    content = b"\n".join(rows)
    file = put(place, "x.jsonl", gzip.compress(content, mtime=0) if packed else content)

    def read() -> None:
        for item in jsonl.papers(file):
            assert isinstance(item, Paper | SkippedPaper)
            item.model_dump_json()
            if isinstance(item, Paper):
                whole(outcome(lambda item=item: jsonl.read(item)))

    outcome(read)
    outcome(lambda: list(lines.read(file)))


@FEW
@given(st.lists(st.tuples(st.text(max_size=12) | st.sampled_from(["a.tex", "a.tex/b.tex", "../x.tex", "/x.tex",
"a/b.bib", "\x00.tex", "n" * 300 + ".tex"]),
                          st.binary(max_size=40), st.sampled_from(b"0125SKLgx37")), max_size=5),
       st.binary(max_size=20), st.integers(0, 4000), st.booleans())  # fmt: skip
def test_archives(members: list[tuple[str, bytes, int]], junk: bytes, at: int, packed: bool) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content, kind in members:
            member = tarfile.TarInfo(name)
            member.size, member.type, member.linkname = len(content), bytes([kind]), "/etc/passwd"
            archive.addfile(member, io.BytesIO(content))
    data = bytearray(stream.getvalue())
    data[at : at + len(junk)] = junk
    made = outcome(lambda: archives.unpacked(gzip.compress(bytes(data), mtime=0) if packed else bytes(data)))
    assert isinstance(made, dict | str)


@settings(FEW, max_examples=80)
@given(CARD)
def test_a_card(place: Path, content: bytes) -> None:
    outcome(lambda: documents.read(put(place, "card.md", content)))


@FEW
@given(st.text(max_size=300))
def test_plain_text(text: str) -> None:
    whole(outcome(lambda: reading.plain(text)))


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        (r"Words before. \begin{array}{ Words after.", "Words after."),
        ("Words before. " + "{" * 3000 + " Words after.", "Words after."),
        (r"Words before. \include{" + "n" * 300 + "} Words after.", "Words after."),
        ("Words before. \\input{\x00} Words after.", "Words after."),
    ],
)
def test_what_the_converter_trips_over_does_not_cost_the_paper(place: Path, source: str, kept: str) -> None:
    """Cases that were found by the search above: each lost the whole paper."""
    file = put(place, "found.tex",
    rb"\documentclass{a}\begin{document}\section{S}" + source.encode() + rb"\end{document}")
    made = latex.read(file)
    assert "Words before." in made.text
    assert kept in made.text


def test_a_fault_of_xml_is_told_in_one_line(place: Path) -> None:
    with pytest.raises(InputError) as caught:
        jats.read(put(place, "found.xml", b"<article>\x00</article>"))
    assert "\n" not in str(caught.value)


def test_files_that_include_each_other_many_times_end(tmp_path: Path) -> None:
    """Three files that each include all three would be read six thousand times before they are nested too deeply."""
    for name in ("a", "b", "c"):
        put(tmp_path, f"{name}.tex", b"Words. " + b"\\input{a}\\input{b}\\input{c}" * 9)
    put(tmp_path, "main.tex", b"\\documentclass{a}\\begin{document}\\input{a}\\input{main}\\end{document}")
    made = latex.read(tmp_path / "main.tex")
    assert "Words." in made.text
    assert any("includes itself" in note for note in made.notes)
