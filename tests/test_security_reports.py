"""Whatever a text of a report holds, every format shows it and obeys none of it: each field alone and all at once."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any, NamedTuple

import pytest
import report_fixtures
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from synth import batch
from synth.records import Report
from synth.render import references
from synth.render.card import to_card
from synth.render.html import to_html
from synth.render.markdown import to_markdown
from synth.render.pdf import to_pdf
from synth.render.serial import claims_jsonl, parse, to_json

RICH = report_fixtures.rich()
ATTACK = (
    "<script>mark()</script>\"'><img src=x onerror=mark()>{{7777*7777}}${7777*7777}{%mark%}<%=7777*7777%>#{7777*7777}"
)
PRODUCT = str(7777 * 7777)


class Leaf(NamedTuple):
    """Where a text stands in a report as JSON, and what stands there."""

    place: tuple[str | int, ...]
    text: str


def leaves(value: Any, place: tuple[str | int, ...] = ()) -> list[Leaf]:
    if isinstance(value, str):
        return [Leaf(place, value)]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [leaf for key, inner in items for leaf in leaves(inner, (*place, key))]


def replaced(value: Any, texts: dict[tuple[str | int, ...], str], place: tuple[str | int, ...] = ()) -> Any:
    if isinstance(value, dict):
        return {key: replaced(inner, texts, (*place, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [replaced(inner, texts, (*place, n)) for n, inner in enumerate(value)]
    return texts.get(place, value)


def free(report: Report) -> list[Leaf]:
    """The texts that may be any text: not the words of a closed list, nor the names that records know each other by."""
    whole = report.model_dump(mode="json", by_alias=True)
    found = []
    for leaf in leaves(whole):
        try:
            Report.model_validate(replaced(whole, {leaf.place: ATTACK}))
        except ValidationError:
            continue
        if leaf.place[-1] not in ("id", "paper_id", "parent_id") and "claim_ids" not in leaf.place:
            found.append(leaf)
    return found


FREE = free(RICH)
WHOLE = RICH.model_dump(mode="json", by_alias=True)
HOSTILE = Report.model_validate(replaced(WHOLE, {leaf.place: f"{leaf.text} {ATTACK}" for leaf in FREE}))


class Page(HTMLParser):
    """What a browser would see: elements, attributes, and text."""

    def __init__(self, data: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(data.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.names |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]

    def handle_data(self, data: str) -> None:
        self.text += data


PLAIN = Page(to_html(RICH))


def test_the_fields_are_all_there() -> None:
    """The texts of every kind of record that a report holds are among those that are replaced."""
    parts = {leaf.place[0] for leaf in FREE}
    assert parts >= {"question", "answer", "coverage", "papers", "claims", "agreements", "conflicts", "review",
    "limitations"}
    named = {leaf.place[-1] for leaf in FREE if isinstance(leaf.place[-1], str)}
    assert named >= {"title", "venue", "quote", "statement", "reason", "section", "table", "claimed", "found",
    "metric", "text",
                     "next_experiment", "command", "about", "rule", "mandate", "source", "query", "version", "doi",
                     "arxiv"}  # fmt: skip
    assert len(FREE) > 120


def safe(page: Page, data: bytes) -> None:
    assert page.tags["script"] == 1
    assert page.tags["img"] == page.tags["iframe"] == 0
    assert not [name for name in page.names if name.startswith("on") or not re.fullmatch(r"[a-z-]+", name)]
    assert all(re.match(r"https?://[a-z.]+/|#|[a-z]+(\.[a-z]+)+$", link) for link in page.links)
    assert b"<script>mark" not in data
    assert PRODUCT.encode() not in data


def test_all_texts_at_once_add_no_element_to_the_card() -> None:
    data = to_html(HOSTILE)
    page = Page(data)
    safe(page, data)
    # Where a link cannot be made of what stands there it is text: elements may go, none of another kind comes.
    assert set(page.tags) <= set(PLAIN.tags)
    assert page.text.count("{{7777*7777}}") > 50
    assert "<script>mark()</script>" in page.text


@pytest.mark.parametrize("part", sorted({str(leaf.place[0]) for leaf in FREE}))
def test_each_text_alone_adds_no_element_to_the_card(part: str) -> None:
    """One of each field of each part, so that a field that is shown only here or there is seen alone."""
    fields = {tuple(p for p in leaf.place if isinstance(p, str)): leaf for leaf in FREE if leaf.place[0] == part}
    for leaf in fields.values():
        data = to_html(Report.model_validate(replaced(WHOLE, {leaf.place: ATTACK})))
        page = Page(data)
        safe(page, data)
        assert set(page.tags) <= set(PLAIN.tags), leaf.place


SIGNS = st.text(st.sampled_from("<>&\"'`{}%$#[]()!*_~|\\/:;=-+@\n\t\r\x00\x1b\u202e\u2028\ufeffa1é"), max_size=40)


@settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SIGNS, min_size=3, max_size=6))
def test_any_signs_in_any_text_add_no_element_to_the_card(signs: list[str]) -> None:
    texts = {leaf.place: signs[n % len(signs)] or "x" for n, leaf in enumerate(FREE)}
    report = Report.model_validate(replaced(WHOLE, texts))
    page = Page(to_html(report))
    assert page.tags["script"] == 1
    assert set(page.tags) <= set(PLAIN.tags)
    assert parse(to_json(report), "report.json").question == report.question
    for made in (to_markdown(report), references.to_bibtex(report), references.to_csl(report), claims_jsonl(report)):
        made.decode()


def test_markdown_holds_no_element_but_its_anchors() -> None:
    from markdown_it import MarkdownIt

    text = to_markdown(HOSTILE).decode()
    found = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    found += [inner for token in found for inner in token.children or []]
    elements = {token.content for token in found if token.type.startswith("html_")}
    assert all(re.fullmatch(r'<a id="[a-z]+-\d+">|</a>', element) for element in elements)
    assert not [token for token in found if token.type == "image"]
    assert PRODUCT not in text


def test_the_card_in_text_and_the_data_files_compute_nothing() -> None:
    import datetime

    made = (
        to_card(HOSTILE, datetime.date(2026, 1, 2)), references.to_bibtex(HOSTILE), references.to_csl(HOSTILE),
        to_json(HOSTILE), claims_jsonl(HOSTILE),
    )  # fmt: skip
    for data in made:
        assert PRODUCT not in data.decode()
        assert data.count(b"7777*7777") > 5


TYPST = (
    '#panic("x") #read("/etc/hostname") #sys.inputs #eval("1+1") $x^2$ *b* _i_ `r` = H\n== H\n#import "x.typ" \\ '
    "</label> @ref #{7777*7777}"
)


def test_the_brief_shows_what_would_be_code_and_runs_none() -> None:
    import pymupdf

    marked = {leaf.place: TYPST for leaf in FREE if leaf.place[-1] in ("question", "text", "statement", "title",
    "reason")}
    made = to_pdf(Report.model_validate(replaced(WHOLE, marked)))
    with pymupdf.open(stream=made, filetype="pdf") as document:
        text = " ".join(" ".join(page.get_text() for page in document).split())
        assert document.embfile_count() == 0
    assert '#panic("x")' in text.replace("“", '"').replace("”", '"')
    assert PRODUCT not in text
    assert b"/JavaScript" not in made
    assert b"/Launch" not in made


@pytest.mark.parametrize(
    "hostile",
    [['=HYPERLINK("http://evil.example","x")', "+1+1", "-1+1", "@SUM(A1)", "\t=1", '"=1"', "a\n=1", "a,=1", "harmless"],
     ["\r=1", "harmless\r=1", "harmless\r\n=1"]],
)  # fmt: skip
def test_a_table_for_spreadsheets_holds_no_formula(tmp_path: Any, hostile: list[str]) -> None:
    rows = [batch.Row(n, text, text, "failed", text) for n, text in enumerate(hostile, 1)]
    batch.write(rows, tmp_path)
    made = (tmp_path / "batch.csv").read_bytes().decode()
    read = list(csv.reader(io.StringIO(made, newline="")))
    assert len(read) == len(hostile) + 1
    for row in read[1:]:
        assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    index = Page((tmp_path / "index.html").read_bytes())
    assert not [link for link in index.links if "evil" in link]
