# ruff: noqa: E501  (markup is easier to check against its source unwrapped)
"""JATS, TEI and HTML: sections, exact tables, references, and files that mean harm."""

from __future__ import annotations

import re
import textwrap
import time
from pathlib import Path

import pytest

from synth.errors import InputError
from synth.formats import grid, html, jats, markup, tei
from synth.formats.grid import Cell

ARTICLE = """<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS" "https://example.org/missing.dtd">
<article article-type="research-article" xmlns:xlink="http://www.w3.org/1999/xlink">
<front><journal-meta><journal-title-group><journal-title>Journal of Things</journal-title></journal-title-group></journal-meta>
<article-meta><article-id pub-id-type="doi">10.1234/ABC.5</article-id>
<title-group><article-title>Rain and <italic>Wheat</italic><xref ref-type="fn">1</xref></article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Muster</surname><given-names>Erika</given-names></name></contrib>
<contrib contrib-type="author"><collab>The Wheat Group</collab></contrib>
<contrib contrib-type="editor"><name><surname>Editor</surname><given-names>Ed</given-names></name></contrib></contrib-group>
<pub-date pub-type="epub"><year>2019</year></pub-date><pub-date pub-type="collection"><year>2020</year></pub-date>
<abstract><p>Rain helps wheat. It rained.</p></abstract>
<abstract abstract-type="summary"><p>For everybody.</p></abstract>
</article-meta></front>
<body><sec><title>Results</title>
<p>Yield rose by 3.2% (<xref>Table 1</xref>).<table-wrap><label>Table 1.</label><caption><title>Yield.</title></caption>
<table><thead><tr><th rowspan="2">Field</th><th colspan="2">Yield</th></tr><tr><th>dry</th><th>wet</th></tr></thead>
<tbody><tr><td rowspan="2">North</td><td>1.5</td><td>2.5</td></tr><tr><td>1.6</td><td>2.6</td></tr><tr><td>South</td><td>1.7</td></tr></tbody>
</table></table-wrap> More after the table.</p>
<sec><title>Details</title><p>One.</p><list><list-item><p>First item.</p></list-item><list-item><p>Second item.</p></list-item></list></sec>
</sec></body>
<back><ack><p>Thanks to the rain.</p></ack><ref-list>
<ref><label>1</label><element-citation><person-group><name><surname>Alt</surname><given-names>A</given-names></name></person-group>
<article-title>Old wheat</article-title><source>J Old</source><year>1999</year><pub-id pub-id-type="doi">10.1/x</pub-id></element-citation></ref>
<ref><mixed-citation>Neu B. New rain. 2001.</mixed-citation></ref></ref-list></back></article>"""


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    return file


@pytest.fixture
def article(tmp_path):
    return jats.read(write(tmp_path, "a.xml", ARTICLE))


def test_jats_describes_the_paper(article):
    paper = article.paper
    assert (paper.id, paper.title, paper.year) == ("doi:10.1234/abc.5", "Rain and Wheat", 2019)
    assert paper.authors == ("Erika Muster", "The Wheat Group")
    assert paper.abstract == "Rain helps wheat. It rained."
    assert paper.venue == "Journal of Things"


def test_jats_sections_hold_whole_paragraphs(article):
    parts = {s.heading: article.text[s.start : s.end] for s in article.sections}
    assert list(parts) == ["Abstract", "Results", "Details", "Acknowledgements"]
    assert parts["Results"] == "Yield rose by 3.2% (Table 1). More after the table.\n\nTable 1. Yield."
    assert parts["Details"] == "One.\n\nFirst item.\n\nSecond item."


def test_jats_table_spans_are_expanded_and_header_rows_joined(article):
    (table,) = article.tables
    assert (table.label, table.caption) == ("Table 1", "Yield.")
    assert table.columns == ("Field", "Yield / dry", "Yield / wet")
    assert table.rows == (("North", "1.5", "2.5"), ("North", "1.6", "2.6"), ("South", "1.7", ""))


def test_jats_references(article):
    first, second = article.references
    assert (first.title, first.year, first.ids.doi) == ("Old wheat", 1999, "10.1/x")
    assert first.raw.startswith("A Alt. 1999. Old wheat. J Old")
    assert second.year == 2001


def test_jats_notices(tmp_path):
    text = ARTICLE.replace("research-article", "retraction")
    assert [n.kind for n in jats.describe(write(tmp_path, "a.xml", text)).notices] == ["retraction"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<article><front>", r"a\.xml line 1: not well-formed XML"),
        ("<book/>", r"a\.xml: the XML root is <book>, not a JATS <article>"),
        ("<article><body/></article>", r"a\.xml: JATS without <article-meta>"),
        ("  ", r"a\.xml: the file is empty"),
    ],
)
def test_jats_faults_are_named(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        jats.read(write(tmp_path, "a.xml", text))


def with_entities(declared: str, used: str) -> str:
    return f"<!DOCTYPE article [{declared}]>" + ARTICLE.split('missing.dtd">')[1].replace("It rained.", used)


def test_entities_are_neither_expanded_nor_fetched(tmp_path):
    secret = write(tmp_path, "secret.txt", "the secret words")
    text = with_entities(f'<!ENTITY a "aha"><!ENTITY f SYSTEM "{secret.as_uri()}">', "It &a; rained &f; here.")
    read = jats.read(write(tmp_path, "a.xml", text))
    assert "secret" not in read.text
    assert "Rain helps wheat. It rained here." in read.text


def test_an_entity_bomb_is_refused_at_once(tmp_path):
    lines = ['<!ENTITY a "ha ha ha ha ha ha ha ha ha ha">']
    lines += [f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)]
    file = write(tmp_path, "a.xml", with_entities("".join(lines), "It &j; rained."))
    started = time.monotonic()
    with pytest.raises(InputError, match=r"a\.xml line 1: not well-formed XML"):
        jats.read(file)
    assert time.monotonic() - started < 2


def test_deep_nesting_does_not_overflow(tmp_path):
    deep = "<italic>" * 200 + "deep" + "</italic>" * 200
    assert "deep" in jats.read(write(tmp_path, "a.xml", ARTICLE.replace("One.", deep))).text


def test_root_name_looks_past_prolog_and_comments(tmp_path):
    assert markup.root_name(write(tmp_path, "a.xml", '<?xml version="1.0"?><!-- <x> --><t:TEI xmlns:t="u"/>')) == "TEI"
    assert markup.root_name(write(tmp_path, "b.xml", ARTICLE)) == "article"
    assert markup.root_name(write(tmp_path, "c.xml", "no markup here")) is None


# --- grids ---------------------------------------------------------------------------------------------------


def test_spans_meet_without_overwriting():
    rows = [[Cell("a", 2, 1), Cell("b", 1, 2)], [Cell("c"), Cell("d", 2, 1)], [Cell("e"), Cell("f")]]
    assert grid.expand(rows) == [["a", "b", "b"], ["a", "c", "d"], ["e", "f", "d"]]


def test_hostile_spans_stay_small():
    table = grid.build([], [[Cell("x", 10**9, 10**9)] * 50] * 3, label=None, caption="")
    assert table is not None
    assert len(table.columns) <= 400


def test_header_rows_are_joined_once_where_they_repeat():
    table = grid.build(
        [[Cell("G"), Cell("A")], [Cell("G"), Cell("b")]], [[Cell("1"), Cell("2")]], label=None, caption=""
    )
    assert table is not None
    assert table.columns == ("G", "A / b")


def test_no_cells_no_table():
    assert grid.build([], [], label=None, caption="") is None


# --- TEI -----------------------------------------------------------------------------------------------------

TEI = """<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>On Transfer</title></titleStmt>
<sourceDesc><biblStruct><analytic><author><persName><forename>Erika</forename><surname>Muster</surname></persName></author></analytic>
<monogr><imprint><date when="2020-05">2020</date></imprint></monogr><idno type="arXiv">arXiv:2001.01234</idno></biblStruct></sourceDesc></fileDesc>
<profileDesc><abstract><p>We transfer.</p></abstract></profileDesc></teiHeader>
<text><body><div><head n="1">Introduction</head><p>First words <ref>[1]</ref> here.</p></div>
<figure type="table"><head>Table 1.</head><figDesc>Scores.</figDesc><table><row><cell>m</cell><cell>F1</cell></row><row><cell>a</cell><cell>7.5</cell></row></table></figure></body>
<back><div type="references"><listBibl><biblStruct><analytic><title>Cited work</title><author><persName><forename>A</forename><surname>B</surname></persName></author></analytic>
<monogr><title>Proc</title><imprint><date when="2018"/></imprint></monogr></biblStruct></listBibl></div></back></text></TEI>"""


def test_tei(tmp_path):
    read = tei.read(write(tmp_path, "a.tei.xml", TEI))
    assert (read.paper.id, read.paper.authors, read.paper.year) == ("arxiv:2001.01234", ("Erika Muster",), 2020)
    assert [s.heading for s in read.sections] == ["Abstract", "1 Introduction"]
    assert "First words [1] here." in read.text
    assert read.tables[0].rows == (("a", "7.5"),)
    assert (read.references[0].title, read.references[0].year) == ("Cited work", 2018)


# --- HTML ----------------------------------------------------------------------------------------------------

PAGE = """<!doctype html><html><head><title>Site | On Rain</title>
<meta name="citation_title" content="On Rain"><meta name="citation_author" content="Muster, Erika">
<meta name="citation_publication_date" content="2021/03/01"><meta name="citation_doi" content="10.5555/r.1">
<style>p {}</style><script>var secret = 1;</script></head>
<body><nav><a>Home</a></nav><main><h1>On Rain</h1>
<div class="abstract"><h2>Abstract</h2><p>Rain falls on fields and on forests alike, and this page tells how much of it there was.</p></div>
<h2>1 Results</h2><p>It rained 5&nbsp;mm&thinsp;a day<sup>2</sup> &mdash; and <math alttext="x^2"><mi>x</mi></math> more.</p>
<ul><li>one thing</li><li>another thing</li></ul>
<figure><figcaption>Table 2: Days.</figcaption><table><tr><th>Day</th><th>mm</th></tr><tr><td>Mon</td><td>5</td></tr></table></figure>
<h2>References</h2><ol><li>Alt, A. 2001. Older rain. J. 5.</li></ol></main><footer>All rights</footer></body></html>"""


def test_html(tmp_path):
    read = html.read(write(tmp_path, "a.html", PAGE))
    assert (read.paper.id, read.paper.title, read.paper.authors, read.paper.year) == (
        "doi:10.5555/r.1", "On Rain", ("Erika Muster",), 2021,
    )  # fmt: skip
    assert [s.heading for s in read.sections] == ["Abstract", "1 Results"]
    assert "It rained 5 mm a day2 — and x^2 more.\n\none thing\n\nanother thing" in read.text
    assert (read.tables[0].label, read.tables[0].columns, read.tables[0].rows) == (
        "Table 2",
        ("Day", "mm"),
        (("Mon", "5"),),
    )
    assert [r.title for r in read.references] == ["Older rain"]
    for absent in ("secret", "Home", "All rights", "p {}"):
        assert absent not in read.text


def test_html_without_declared_encoding_is_utf8(tmp_path):
    read = html.read(write(tmp_path, "a.html", "<html><body><h1>Über Größe</h1><p>Straße naß.</p></body></html>"))
    assert (read.paper.title, read.text) == ("Über Größe", "Straße naß.")


def test_html_without_text(tmp_path):
    with pytest.raises(InputError, match=r"a\.html: an HTML page without text"):
        html.read(write(tmp_path, "a.html", "<html><body><div></div></body></html>"))


# --- real articles ---------------------------------------------------------------------------------------------


@pytest.mark.shared_data
def test_every_cell_of_real_articles_is_there(shared_data):
    """Measured 2026-11: 0 of 3,180 cells missing, 1,727 of 1,727 references, at least 98.8 of 100 words."""
    from lxml import etree

    cells = missing = words = lost = 0
    for file in sorted((shared_data / "papers" / "plos_jats").glob("*.xml")):
        read, tree = jats.read(file), etree.parse(str(file))
        squeezed = {
            re.sub(r"\s+", "", part)
            for table in read.tables for row in (table.columns, *table.rows)
            for cell in row for part in (cell, *cell.split(" / "))
        }  # fmt: skip
        printed = {re.sub(r"\s+", "", "".join(cell.itertext())) for cell in tree.iter("td", "th")} - {""}
        cells += len(printed)
        missing += len(printed - squeezed)
        assert len(read.references) == sum(1 for _ in tree.iter("ref"))
        body = tree.find(".//body")
        if body is not None:
            want = re.findall(r"\w+", " ".join(" ".join(p.itertext()) for p in body.iter("p")))
            have: dict[str, int] = {}
            for token in re.findall(r"\w+", read.text):
                have[token] = have.get(token, 0) + 1
            words += len(want)
            for token in want:
                have[token] = have.get(token, 0) - 1
                lost += have[token] < 0
    assert cells > 2500
    assert missing == 0
    assert lost < 0.02 * words
