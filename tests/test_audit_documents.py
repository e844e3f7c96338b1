"""Reports as they state themselves: old cards in both variants, Markdown, HTML, PDF, text, and hostile ones."""

from __future__ import annotations

import string
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.audit import documents, grammar, wording
from synth.audit.stated import Card, Stated
from synth.errors import InputError

ROWS = (
    ("Training on soup recipes raises PAWS-X accuracy by 1.4 points on the test set.", "✓", "0.31"),
    ("Salted data of no kind changes the accuracy of any model that was trained here for long.", "×", "0.11"),
    ("Intermediate training on the recipes of three cuisines, among them those that nobody had written down before n",
     "✓", "0.22"),
)  # fmt: skip


def card_text(
    *, style: str = "flat", rows: tuple[tuple[str, str, str], ...] = ROWS, papers: int = 7, claims: int | None = None,
    verified: int | None = None, searched: int | None = None, question: str = "Do soup recipes help PAWS-X",
    base: str = "Recipes as Intermediate Tasks", references: tuple[str, ...] = ("http://arxiv.org/abs/2101.00001v2",),
    before_table: int = 2, end: str = "",
) -> str:  # fmt: skip
    """A card in the old grammar with made-up content."""
    head, other = ("# ", "## ") if style == "markdown" else ("", "")
    n = len(rows) if claims is None else claims
    k = sum(mark == "✓" for _, mark, _ in rows) if verified is None else verified
    parts = [
        f"{head}On Soup", "Made-Up Institute", "March 4, 2026", f"{other}Abstract", "Soup is studied; it is go",
        f"{other}1 Introduction", f"This paper examines: {base}. Research question: {question}?.",
        f"{other}2 Methodology",
        f"Systematic literature search across multiple databases yielded {papers if searched is None else searched} "
        "papers. Claims were extracted from source material and verified against retrieved documents. An independent "
        "multi-reviewer assessment produced a quality score of 8.1/10.",
        f"{other}3 Results",
        f"{papers} papers retrieved. {n} claims extracted; {k} independently verified. Quality review score: 8.1/10.",
        f"{other}4 Limitations", "Made by a machine.", f"{other}5 Extracted Claims",
    ]  # fmt: skip
    table = "\n".join(["Claim\tVerified\tConfidence", *("\t".join(row) for row in rows)])
    listed = "\n".join(f"- <{address}>" for address in references)
    return (
        "\n\n" + "\n\n".join(parts) + "\n" * before_table + table + f"\n\n{other}References\n\n" + listed + end
    )  # fmt: skip


# --- the old grammar --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["flat", "markdown"])
@pytest.mark.parametrize(("before_table", "end"), [(2, ""), (4, "\n"), (3, "\n\n")])
def test_a_card_is_read_and_written_back_byte_for_byte(style: str, before_table: int, end: str) -> None:
    text = card_text(style=style, before_table=before_table, end=end)
    known = grammar.parsed(text)
    assert known is not None
    assert (known.style, known.title, known.base) == (style, "On Soup", "Recipes as Intermediate Tasks")
    assert known.question == "Do soup recipes help PAWS-X?"
    assert grammar.written(known) == text


_WORDS = st.lists(st.text(string.ascii_letters + "äß😀,()-", min_size=1, max_size=9), min_size=1, max_size=20).map(
    lambda words: "x " + " ".join(words)
)


@given(
    rows=st.lists(
        st.tuples(_WORDS, st.sampled_from("✓×"), st.from_regex(r"[01]\.[0-9]{2}", fullmatch=True)), max_size=6
    ),
    papers=st.integers(0, 10**6),
    style=st.sampled_from(["flat", "markdown"]),
    gap=st.integers(2, 5),
)  # fmt: skip
def test_any_card_of_the_grammar_comes_back(
    rows: list[tuple[str, str, str]], papers: int, style: str, gap: int
) -> None:
    text = card_text(rows=tuple(rows), papers=papers, style=style, before_table=gap)
    known = grammar.parsed(text)
    assert known is not None
    assert [(row.text, "✓" if row.verified else "×", row.confidence) for row in known.rows] == rows
    assert grammar.written(known) == text


@pytest.mark.parametrize(
    "spoiled",
    [
        card_text().replace("4 Limitations", "4 Limits"),
        card_text().replace("independently verified", "checked"),
        card_text().replace("\t0.31", "\thigh"),
        card_text().replace("March 4, 2026", "4 March 2026"),
        card_text().replace("\n", "\r\n"),
        card_text().replace("yielded 7", "yielded 07"),
        "",
    ],
)
def test_what_departs_from_the_grammar_is_no_card_of_it(spoiled: str) -> None:
    assert grammar.parsed(spoiled) is None


@pytest.mark.shared_data
def test_the_five_published_cards_come_back_byte_for_byte(shared_data: Path) -> None:
    files = sorted((shared_data.parent / "cards").glob("*.txt"))
    if not files:
        pytest.skip("the folder of cards is not beside the data")
    cut = 0
    for file in files:
        text = file.read_bytes().decode()
        known = grammar.parsed(text)
        assert known is not None, file.name
        assert grammar.written(known) == text
        read = documents.read(file)
        assert (read.stated.claims, read.stated.verified) == (
            len(read.claims), sum(bool(c.stated_verified) for c in read.claims)
        )  # fmt: skip
        cut += sum(c.cut for c in read.claims)
    assert cut == 29  # of 66, counted by hand


def test_a_card_states_what_stands_in_it() -> None:
    read = documents.card(card_text())
    assert read.form == "card"
    assert (read.title, read.date) == ("On Soup", "March 4, 2026")
    assert read.stated == Stated(papers=7, claims=3, verified=2, score=8.1)
    assert [(c.index, c.stated_verified, c.stated_confidence) for c in read.claims] == [
        (1, True, 0.31), (2, False, 0.11), (3, True, 0.22),
    ]  # fmt: skip
    assert [c.cut for c in read.claims] == [False, False, True]
    assert [(r.ids.arxiv, r.version) for r in read.references] == [("2101.00001", "v2")]


# --- any report -----------------------------------------------------------------------------------------------------

MARKDOWN = """# Does Korean help PAWS-X?

Date: 2026-03-04. 12 papers were retrieved. 3 claims extracted; 2 verified. Score: 7.5/10.

## Findings

- Fine-tuning on Korean raises PAWS-X accuracy by 2.1 points [1]. ✓
- Salt in soup is good for nothing at all [2, 4-5] (confidence: 0.83)
* × English is the best source language on average.

## References

1. Ada Writer. 2021. Korean sources for paraphrase. arXiv:2101.00001v2
2. Bob Nobody (2022). A study of salt and soup. Soup Journal.
"""


def test_markdown_with_a_list() -> None:
    read = documents.card(MARKDOWN)
    assert read.question == read.title == "Does Korean help PAWS-X?"
    assert read.date == "2026-03-04"
    assert read.stated == Stated(papers=12, claims=3, verified=2, score=7.5)
    assert [(c.text, c.stated_verified, c.stated_confidence, c.sources) for c in read.claims] == [
        ("Fine-tuning on Korean raises PAWS-X accuracy by 2.1 points.", True, None, (1,)),
        ("Salt in soup is good for nothing at all", None, 0.83, (2, 4, 5)),
        ("English is the best source language on average.", False, None, ()),
    ]
    assert [(r.number, r.title, r.year) for r in read.references] == [
        (1, "Korean sources for paraphrase", 2021), (2, "A study of salt and soup", 2022),
    ]  # fmt: skip


TABLE = """Report on soup

Research question: Does salt help?

| # | Claim | Verdict | Confidence | Source |
|---|:---:|---|---|---|
| 1 | Salt helps by 3 points. | supported | 87% | 1 |
| 2 | Pepper \\| chili hurts soups. | not verified | 0.3 | [2] |
| 3 | Cumin does nothing to soups. | pending | high | |
"""


def test_a_table_of_pipes() -> None:
    read = documents.card(TABLE)
    assert (read.title, read.question, read.date) == ("Report on soup", "Does salt help?", None)
    assert [(c.text, c.stated_verified, c.stated_confidence, c.sources) for c in read.claims] == [
        ("Salt helps by 3 points.", True, 0.87, (1,)),
        ("Pepper | chili hurts soups.", False, 0.3, (2,)),
        ("Cumin does nothing to soups.", None, None, ()),
    ]
    assert read.stated == Stated()
    assert read.references == ()


def test_prose_gives_its_checkable_sentences_and_says_so() -> None:
    read = documents.card(
        "A note on soup\n\nWe love soup. Salt improves the accuracy of tasters by 3.2 points [1]. Is that all?\n\n"
        "References\n\n[1] Ada Writer. 2021. On salt in soups. doi:10.1234/salt.\n"
    )
    (claim,) = read.claims
    assert (claim.text, claim.sources) == ("Salt improves the accuracy of tasters by 3.2 points.", (1,))
    assert "sentences" in read.notes[0]
    assert read.question is None
    assert [r.ids.doi for r in read.references] == ["10.1234/salt"]


def test_a_report_of_nothing_states_nothing() -> None:
    read = documents.card("Hello there.")
    assert read == Card(
        form="report", title=None, question=None, date=None, base=None, stated=Stated(), claims=(), references=(),
        notes=("no claim was found in it",),
    )  # fmt: skip


def test_html(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(
        "<!doctype html><html><head><title>Soup</title></head><body><h1>On soup</h1><p>Research question: Does salt "
        "help tasters?</p><table><tr><th>Claim</th><th>Verified</th></tr><tr><td>Salt helps tasters by 3 points."
        "</td><td>✓</td></tr><tr><td>Pepper hurts them.</td><td>✗</td></tr></table><h2>References</h2><ol><li>Ada "
        "Writer. 2021. On salt in soups. arXiv:2101.00001</li></ol><script>alert(1)</script></body></html>",
        encoding="utf-8",
    )
    read = documents.read(file)
    assert read.question == "Does salt help tasters?"
    assert [(c.text, c.stated_verified) for c in read.claims] == [
        ("Salt helps tasters by 3 points.", True), ("Pepper hurts them.", False),
    ]  # fmt: skip
    assert [r.ids.arxiv for r in read.references] == ["2101.00001"]
    assert "alert" not in read.model_dump_json()


def test_a_pdf_copy_of_a_card_reads_as_the_card_does(tmp_path: Path) -> None:
    pymupdf = pytest.importorskip("pymupdf")
    document = pymupdf.open()
    page = document.new_page()
    at = 60.0
    for line in card_text(rows=ROWS[:2]).replace("✓", "\u2713").split("\n"):
        for piece in textwrap.wrap(line.replace("\t", "   "), 90):
            page.insert_text((50, at), piece, fontsize=9, fontname="notos", fontfile=_font(pymupdf, tmp_path))
            at += 12
        at += 4
    file = tmp_path / "card.pdf"
    document.save(file)
    document.close()
    read = documents.read(file)
    assert read.question == "Do soup recipes help PAWS-X?"
    assert read.base == "Recipes as Intermediate Tasks"
    assert read.stated == Stated(papers=7, claims=2, verified=1, score=8.1)
    assert [(c.text, c.stated_verified, c.stated_confidence) for c in read.claims] == [
        (ROWS[0][0], True, 0.31), (ROWS[1][0], False, 0.11),
    ]  # fmt: skip
    assert [(r.ids.arxiv, r.version) for r in read.references] == [("2101.00001", "v2")]


def _font(pymupdf: object, folder: Path) -> str:
    """A font with a tick: the fallback of PyMuPDF."""
    font = folder / "font.ttf"
    if not font.exists():
        font.write_bytes(pymupdf.Font("cjk").buffer)  # type: ignore[attr-defined]
    return str(font)


# --- what is cut, what is compound ---------------------------------------------------------------------------------

LONG = "Fine-tuning the model on the recipes of many countries improves what it knows of soups, salads and of all other"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([LONG, "Salt helps.", "Pepper hurts."], (True, False, False)),  # full stops are the style, and this has none
        (["Salt helps soups", "Pepper hurts soups"], (False, False)),  # no full stops anywhere
        (["Salt helps the", "Pepper hurts soups"], (True, False)),  # no sentence ends in "the"
        (["Salt helps soups of ...", "Pepper hurts soups…"], (True, True)),
        (["Salt (of the sea, taken from the shores of many countries over all these years helps"], (True,)),
        (["Salt helps [2]", "Salt helps. [2]"], (False, False)),
        (["Salt helps by 3.1%."], (False,)),
        ([LONG[:100], LONG[:100].replace("F", "G")], (True, True)),  # two of one length, and a usual one
        ([], ()),
    ],
)
def test_cut_claims(texts: list[str], expected: tuple[bool, ...]) -> None:
    assert wording.cut(texts) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tasks without training d", "Tasks without training."),
        ("An average improvement of 5.4", "An average improvement of 5.4."),
        ("Gains of 8.2 and 7.0 point", "Gains of 8.2 and 7.0 points."),
        ("It beats these: (i) training longer, (ii) tra", "It beats these: (i) training longer."),
        ("XNLI sees no benefits from intermediate", "XNLI sees no benefits."),
    ],
)
def test_a_cut_claim_is_judged_as_far_as_it_is_whole(text: str, expected: str) -> None:
    assert wording.complete(text, True) == expected
    assert wording.complete("Whole as it is.", False) == "Whole as it is."


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("SQuAD, MNLI, and HellaSwag yield gains of 8.2, 7.5, and 7.0 points.", 3),
        ("TyDiQA improves with many tasks, whereas XNLI does not benefit from them.", 2),
        ("Training has two steps: (i) the model is trained on text; (ii) the model is tuned on tasks.", 2),
        ("Accuracy rises from 80.1% to 85.2%.", 0),
        ("The model reaches 85.2% accuracy compared with 80.1% of the baseline.", 0),
        ("Multi-task training improves XTREME by 8.7 points.", 0),
        ("BLEU rises by 3.1 points and the error rate falls by 12%.", 2),
        ("Salt helps.", 0),
    ],
)
def test_compound_claims(text: str, count: int) -> None:
    assert len(wording.pieces(text)) == count


# --- hostile ----------------------------------------------------------------------------------------------------------


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        documents.read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_ten_megabytes_are_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "big.txt"
    file.write_bytes(b"soup " * 2_000_001)
    assert "10.0 MB" in refused(file)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("empty.txt", b"", "no text"),
        ("blank.md", b" \n\n ", "no text"),
        ("latin.txt", "Soup tastes soup\u00e9.\n".encode("latin-1"), "not UTF-8 text (line 1)"),
        ("binary.bin", b"\x7fELF\0\0\0\1", "not a text"),
        ("fake.pdf", b"%PDF-1.7\nnothing", "fake.pdf"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(tmp_path: Path, name: str, data: bytes, told: str) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    assert told in refused(file)


def test_a_missing_report_and_a_folder(tmp_path: Path) -> None:
    (tmp_path / "card.txt").write_text("x")
    assert 'did you mean "card.txt"' in refused(tmp_path / "crad.txt")
    assert "not a file" in refused(tmp_path)


def test_other_encodings_with_a_mark_are_read(tmp_path: Path) -> None:
    for encoding in ("utf-16", "utf-8-sig"):
        file = tmp_path / f"{encoding}.txt"
        file.write_text(MARKDOWN, encoding=encoding)
        assert len(documents.read(file).claims) == 3


def test_ten_thousand_claims_are_read_in_bounded_time() -> None:
    rows = tuple((f"Recipe {n} raises accuracy by {n} points.", "✓", "0.31") for n in range(10_000))
    start = time.perf_counter()
    read = documents.card(card_text(rows=rows))
    assert len(read.claims) == 10_000
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize("sign", ["[", "(", "|", "\t", "*", "`", "<", "#", "-", "1. ", "✓ ", "a" * 50 + " "])
def test_repeated_signs_take_no_long_time(sign: str) -> None:
    start = time.perf_counter()
    documents.card((sign * 20_000)[:100_000] + "\n" + (sign + "\n") * 2_000)
    assert time.perf_counter() - start < 20


@given(st.text(max_size=400))
def test_any_text_gives_a_card(text: str) -> None:
    read = documents.card(text)
    assert [c.index for c in read.claims] == list(range(1, len(read.claims) + 1))


HEADED = """# Does tuning on Thai help?

Papers: 87 found · 2 duplicates · 85 screened · 3 included.

| verdict | claims |
|---|--:|
| supported | 1 of 2 |

## Sources

- **starter library:** 87 found

## Claims

### <a id="claim-1"></a>Claim 1

The second version (Doe et al. 2020) tunes on nine tasks. Tuning helps Thai.

- **Verdict:** ✔ supported, confidence 0.91 (score 0.80): supported by one paper

### Claim 2: Tuning never harms any other language [2].

- **Verdict:** ✖ refuted, confidence 0.75

| checked | numbers not in their claims = 0, claims = 2 |

## References

1. Doe (2020). Tuning. arXiv:2001.00001
2. Roe (2021). Harm. arXiv:2101.00001
3. Poe (2021). Thai. arXiv:2101.00002
"""


def test_claims_with_headings_of_their_own_are_read_whole() -> None:
    """As this program writes them, too: counts in a table are no claims, places that were searched no references."""
    card = documents.card(HEADED)
    assert card.question == "Does tuning on Thai help?"
    assert [(c.text, c.stated_verified, c.stated_confidence, c.sources) for c in card.claims] == [
        ("The second version (Doe et al. 2020) tunes on nine tasks. Tuning helps Thai.", True, 0.91, ()),
        ("Tuning never harms any other language.", False, 0.75, (2,)),
    ]
    assert [one.title for one in card.references] == ["Tuning", "Harm", "Thai"]
    assert (card.stated.papers, card.stated.claims) == (3, 2)
    assert card.repeated == ()
