"""PDF reading, on pages drawn here: columns, breaks, furniture, headings, tables, and files that are none."""

from __future__ import annotations

import re
from pathlib import Path

import pymupdf
import pytest

from synth.errors import InputError
from synth.formats import jats, pdf
from synth.formats.mending import Mender

BODY = 10
LEFT = ["Zero-shot transfer moves a model to", "a language without labels. We mea-", "sure how much is lost on the way"]
RIGHT = [
    "when the source is not English. The",
    "loss is 3.2 points on average. A fine-",
    "tuned model of the target loses 0.4.",
]


class Sheet:
    """A small typesetter: puts lines at places, the way a typeset paper stores them."""

    def __init__(self) -> None:
        self.document = pymupdf.open()

    def page(self) -> pymupdf.Page:
        return self.document.new_page(width=595, height=842)

    def lines(
        self, page: pymupdf.Page, x: float, y: float, lines: list[str], size: float = BODY, bold: bool = False
    ) -> float:
        for line in lines:
            page.insert_text((x, y), line, fontsize=size, fontname="hebo" if bold else "helv")
            y += size * 1.2
        return y

    def save(self, path: Path, **options: object) -> Path:
        self.document.save(path, **options)
        self.document.close()
        return path


def two_columns(path: Path) -> Path:
    sheet = Sheet()
    first = sheet.page()
    sheet.lines(first, 60, 30, ["A Workshop on Transfer, 2021"], size=8)
    sheet.lines(first, 90, 80, ["Transfer Between Languages Without Labels"], size=16, bold=True)
    sheet.lines(first, 200, 104, ["Erika Mustermann and Hans Beispiel"], size=11)
    sheet.lines(first, 60, 140, ["Abstract"], size=12, bold=True)
    sheet.lines(first, 60, 160, ["We study transfer between languages. It", "works for most of the pairs we tried."])
    sheet.lines(first, 60, 210, ["1 Introduction"], size=12, bold=True)
    sheet.lines(first, 60, 230, LEFT)
    sheet.lines(first, 60, 740, ["* The data are free for research."], size=8)
    sheet.lines(first, 320, 140, RIGHT)
    sheet.lines(first, 320, 200, ["2 Results"], size=12, bold=True)
    sheet.lines(first, 320, 220, ["The effect holds for every pair of the", "languages and also for the ones that"])
    sheet.lines(first, 290, 820, ["1"])
    second = sheet.page()
    sheet.lines(second, 60, 30, ["A Workshop on Transfer, 2021"], size=8)
    sheet.lines(second, 60, 80, ["were never seen in training. It is larger", "for close languages than for far ones."])
    sheet.lines(second, 60, 130, ["References"], size=12, bold=True)
    sheet.lines(second, 60, 150, ["Ada Lang and Bo Kurz. 2019. A study of two"])
    sheet.lines(second, 70, 162, ["languages. In Proceedings of Things. doi:10.1234/abc.5"])
    sheet.lines(second, 60, 180, ["Cy Weit. 2020. Another study of many languages."])
    sheet.lines(second, 70, 192, ["arXiv preprint arXiv:2001.01234."])
    sheet.lines(second, 60, 230, ["A Appendix"], size=12, bold=True)
    sheet.lines(second, 60, 250, ["The appendix lists the languages we used", "together with the number of sentences."])
    sheet.lines(second, 290, 820, ["2"])
    return sheet.save(path)


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory):
    return pdf.read(two_columns(tmp_path_factory.mktemp("pdf") / "columns.pdf"), tables=False)


def test_title_authors_abstract(paper):
    assert paper.paper.title == "Transfer Between Languages Without Labels"
    assert paper.paper.authors == ("Erika Mustermann", "Hans Beispiel")
    assert paper.paper.abstract == "We study transfer between languages. It works for most of the pairs we tried."
    assert paper.paper.id.startswith("file:")
    assert paper.paper.year == 2021


def test_sections_in_order_with_pages(paper):
    assert [(s.heading, s.page) for s in paper.sections] == [
        ("Front matter", 1), ("Abstract", 1), ("1 Introduction", 1), ("2 Results", 1), ("A Appendix", 2),
    ]  # fmt: skip


def test_a_sentence_over_line_and_column_breaks_is_whole(paper):
    assert "We measure how much is lost on the way when the source is not English." in paper.text
    assert "A fine-tuned model of the target loses 0.4." in paper.text


def test_a_sentence_over_a_page_break_is_whole_and_on_the_page_where_it_begins(paper):
    quote = "The effect holds for every pair of the languages and also for the ones that were never seen in training."
    start = paper.text.index(quote)
    assert paper.page_at(start) == 1
    assert paper.page_at(paper.text.index("were never seen")) == 2
    assert paper.page_at(paper.text.index("The appendix lists")) == 2


def test_running_heads_and_page_numbers_are_left_out(paper):
    assert "Workshop" not in paper.text
    assert not re.search(r"^\d$", paper.text, re.MULTILINE)


def test_a_footnote_stands_by_itself_and_breaks_no_sentence(paper):
    assert "\n\n* The data are free for research.\n\n" in paper.text


def test_references_are_taken_apart(paper):
    first, second = paper.references
    assert (first.title, first.year, first.ids.doi) == ("A study of two languages", 2019, "10.1234/abc.5")
    assert (second.title, second.year, second.ids.arxiv) == ("Another study of many languages", 2020, "2001.01234")
    assert "Ada Lang" not in paper.text


def test_sections_cover_the_text_and_do_not_overlap(paper):
    ends = 0
    for section in paper.sections:
        assert section.start >= ends
        assert paper.text[ends : section.start].strip() == ""
        ends = section.end
    assert ends == len(paper.text)


def test_same_file_same_result(tmp_path):
    file = two_columns(tmp_path / "a.pdf")
    assert pdf.read(file, tables=False) == pdf.read(file, tables=False)


def test_describe_agrees_with_read(tmp_path, paper):
    described = pdf.describe(two_columns(tmp_path / "a.pdf"))
    assert (described.title, described.authors, described.abstract) == (
        paper.paper.title, paper.paper.authors, paper.paper.abstract,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("elsewhere", "left", "right", "expected"),
    [
        ("the evaluation of models here", "an eval-", "uation of it", "an evaluation of it"),
        ("a zero-shot model we use", "in a zero-", "shot setting", "in a zero-shot setting"),
        ("", "trained with BERT-", "Base on it", "trained with BERT-Base on it"),
        ("", "see https://example.org/some-", "where for it", "see https://example.org/some-where for it"),
        ("", "a simple ex\u00ad", "ample", "a simple example"),
        ("", "a high-", "level view", "a high-level view"),
        ("", "5-", "10 points", "5-10 points"),
        ("", "no break", "at all", "no break at all"),
    ],
)
def test_hyphens_at_line_ends(elsewhere, left, right, expected):
    assert Mender([f"x {elsewhere} x"]).join([left, right]) == expected


def test_accents_join_their_letters():
    assert pdf._composed("Agi´c and Ondˇrej, G¨unther; 5´ end, d = 3") == "Agić and Ondřej, Günther; 5´ end, d = 3"


def test_ligatures_become_letters(tmp_path):
    sheet = Sheet()
    font = pymupdf.Font("helv")
    page = sheet.page()
    writer = pymupdf.TextWriter(page.rect)
    writer.append((60, 200), "The classi\ufb01er \ufb02ows through the words of it.", font=font, fontsize=10)
    writer.write_text(page)
    read = pdf.read(sheet.save(tmp_path / "a.pdf"), tables=False)
    assert "The classifier flows through the words of it." in read.text


def test_arxiv_stamp_gives_id_version_and_year(tmp_path):
    sheet = Sheet()
    page = sheet.page()
    page.insert_text((30, 600), "arXiv:2005.13013v2  [cs.CL]  30 Sep 2020", fontsize=18, rotate=90)
    sheet.lines(page, 60, 80, ["A Title Set in Large Letters"], size=16)
    sheet.lines(page, 60, 140, ["Some body text that is long enough to be", "taken for the body of this short paper."])
    described = pdf.describe(sheet.save(tmp_path / "a.pdf"))
    assert (described.id, described.version, described.year) == ("arxiv:2005.13013", "v2", 2020)
    assert described.title == "A Title Set in Large Letters"


def test_line_numbers_of_a_draft_are_left_out(tmp_path):
    sheet = Sheet()
    page = sheet.page()
    for i in range(20):
        sheet.lines(page, 20, 100 + 12 * i, [f"{i:03d}"], size=8)
        sheet.lines(page, 72, 100 + 12 * i, ["the words of this draft go on and on and on over the page"])
    read = pdf.read(sheet.save(tmp_path / "a.pdf"), tables=False)
    assert "007" not in read.text


# --- tables ------------------------------------------------------------------------------------------------

ROWS = [["Model", "en", "de", "sw"], ["XLM-R", "84.2", "77.4", "65.0"], ["mBERT", "81.9", "71.1", "50.4"],
        ["mT5", "80.0", "69.7", "55.5"]]  # fmt: skip


@pytest.fixture(scope="module")
def with_table(tmp_path_factory: pytest.TempPathFactory):
    sheet = Sheet()
    page = sheet.page()
    sheet.lines(page, 60, 80, ["A Paper That Has One Table"], size=16, bold=True)
    prose = [
        "The table below gives the accuracy of three models on three languages,",
        "and it has the usual three rules of a table in a printed paper.",
    ]
    sheet.lines(page, 60, 120, prose)
    top = 180
    for y in (top - 12, top + 4, top + 3 * 16 + 6):
        page.draw_line((60, y), (330, y))
    for i, row in enumerate(ROWS):
        for j, cell in enumerate(row):
            sheet.lines(page, 64 + (0 if j == 0 else 40 + 60 * j), top + 16 * i, [cell])
    sheet.lines(page, 60, 256, ["Table 1: Accuracy on three languages."])
    sheet.lines(page, 60, 300, ["After the table the text goes on with another paragraph of words.", *prose])
    return sheet.save(tmp_path_factory.mktemp("pdf") / "table.pdf")


def test_table_cells_are_the_printed_words(with_table):
    (table,) = pdf.read(with_table).tables
    assert (table.label, table.caption, table.page) == ("Table 1", "Accuracy on three languages.", 1)
    assert table.columns == ("Model", "en", "de", "sw")
    assert table.rows == tuple(tuple(row) for row in ROWS[1:])


def test_the_text_is_the_same_without_tables(with_table):
    with_tables, without = pdf.read(with_table), pdf.read(with_table, tables=False)
    assert with_tables.text == without.text
    assert "77.4" not in without.text
    assert "tables were not read" in without.notes


def test_nothing_is_printed(with_table, capfd):
    pdf.read(with_table)
    assert capfd.readouterr() == ("", "")


# --- files that are none -----------------------------------------------------------------------------------


def test_what_is_no_pdf(tmp_path):
    file = tmp_path / "page.pdf"
    file.write_text("<html>Access denied</html>")
    with pytest.raises(InputError, match=r"page\.pdf: not a PDF"):
        pdf.read(file)


def test_empty_file(tmp_path):
    file = tmp_path / "a.pdf"
    file.touch()
    with pytest.raises(InputError, match=r"a\.pdf: the file is empty"):
        pdf.read(file)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_truncated(tmp_path, share):
    data = two_columns(tmp_path / "whole.pdf").read_bytes()
    file = tmp_path / "cut.pdf"
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputError, match=r"cut\.pdf: the PDF is cut off"):
        pdf.read(file)


def test_encrypted(tmp_path):
    sheet = Sheet()
    sheet.lines(sheet.page(), 60, 80, ["secret"])
    file = sheet.save(tmp_path / "a.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="u", owner_pw="o")
    with pytest.raises(InputError, match=r"a\.pdf: the PDF is encrypted"):
        pdf.read(file)


def test_no_text_layer(tmp_path):
    sheet = Sheet()
    sheet.page().draw_rect((50, 50, 300, 300))
    read = pdf.read(sheet.save(tmp_path / "scan.pdf"))
    assert read.text == ""
    assert read.paper.title == "scan"
    assert any("no text layer" in note for note in read.notes)


def test_page_limit_is_told(tmp_path):
    sheet = Sheet()
    for i in range(4):
        sheet.lines(sheet.page(), 60, 200, [f"Words on page number {'abcd'[i]} of this paper."])
    read = pdf.read(sheet.save(tmp_path / "a.pdf"), tables=False, max_pages=2)
    assert len(read.page_starts) == 2
    assert "only the first 2 of 4 pages were read" in read.notes


# --- real papers --------------------------------------------------------------------------------------------


def _tokens(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for token in re.findall(r"\w+", text.lower()):
        counts[token] = counts.get(token, 0) + 1
    return counts


def _f1(found: dict[str, int], truth: dict[str, int]) -> float:
    both = sum(min(count, truth.get(token, 0)) for token, count in found.items())
    return 2 * both / (sum(found.values()) + sum(truth.values()))


@pytest.mark.shared_data
def test_text_and_headings_of_real_papers_against_their_xml(shared_data):
    """Measured 2026-11: mean token F1 0.98, mean heading F1 0.99, titles 22 of 22, references 22 of 22."""
    text_scores, heading_scores, titles, references = [], [], 0, 0
    files = sorted((shared_data / "papers" / "pdf_jose").glob("*/*.pdf"))
    for file in files:
        read, truth = pdf.read(file, tables=False), jats.read(next(file.parent.glob("*.jats")))
        front = next((s.end for s in read.sections if s.heading == "Front matter"), 0)
        text_scores.append(_f1(_tokens(read.text[front:]), _tokens(truth.text)))
        found = {s.heading.lower(): 1 for s in read.sections if s.heading != "Front matter"}
        heading_scores.append(_f1(found, {s.heading.lower(): 1 for s in truth.sections}))
        titles += read.paper.title.lower() == truth.paper.title.lower()
        references += len(read.references) == len(truth.references)
    assert len(files) == 22
    assert sum(text_scores) / 22 > 0.97
    assert sum(heading_scores) / 22 > 0.95
    assert titles >= 21
    assert references >= 21


@pytest.mark.shared_data
def test_a_sentence_begins_on_the_page_that_is_named(shared_data):
    """99 of 100 sentence beginnings stand on the page named for them (the rest begin in the last words of one)."""

    def letters(text: str) -> str:
        return re.sub(r"[\W_]+", "", text).lower()

    right = wrong = 0
    for file in sorted((shared_data / "papers").glob("pdf_*/*/*.pdf")):
        read = pdf.read(file, tables=False)
        with pymupdf.open(file) as document:
            flags = pymupdf.TEXTFLAGS_TEXT & ~pymupdf.TEXT_PRESERVE_LIGATURES
            pages = [letters(page.get_text(flags=flags)) for page in document]
        for found in re.finditer(r"[^.\n]{40,}?\.(?=\s)", read.text):
            quote = found[0].strip()
            page = read.page_at(found.end() - len(found[0].lstrip()))
            assert page is not None
            if letters(quote)[:20] in pages[page - 1]:
                right += 1
            else:
                wrong += 1
    assert right > 1900
    assert wrong < 0.015 * right
