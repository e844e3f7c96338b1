"""Markdown, HTML and PDF: hostile text stays text, nothing is loaded, the pages hold what they must."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
import report_fixtures

from synth.records import Answer, Check, MeasuredEffect, Replication, Report
from synth.render.html import to_html
from synth.render.markdown import escape, to_markdown
from synth.render.pdf import to_pdf
from synth.render.view import view

REPORTS = {
    "rich": report_fixtures.rich(),
    "empty": report_fixtures.empty(),
    "hostile": report_fixtures.hostile(),
    "long": report_fixtures.long(),
}


@pytest.fixture(params=REPORTS)
def report(request: pytest.FixtureRequest) -> Report:
    return REPORTS[request.param]


# --- Markdown ---------------------------------------------------------------------------------------------


def tokens(text: str) -> list[object]:
    from markdown_it import MarkdownIt

    flat: list[object] = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        flat.append(token)
        flat += token.children or []
    return flat


@pytest.mark.parametrize("text", report_fixtures.HOSTILE)
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    from synth.render.display import clean

    found = tokens("x " + escape(text))
    kinds = {token.type for token in found}  # type: ignore[attr-defined]
    assert kinds <= {"paragraph_open", "inline", "text", "text_special", "paragraph_close"}
    shown = "".join(token.content for token in found if token.type in ("text", "text_special"))  # type: ignore[attr-defined]
    assert shown == "x " + clean(text)


@pytest.mark.parametrize(
    "text", ["# head", "- item", "+ item", "1. item", "2) item", "> quote", "=== ", "--- ", "    code"]
)
def test_escaped_text_opens_no_block(text: str) -> None:
    assert [token.type for token in tokens(escape(text)) if token.type.endswith("_open")] == ["paragraph_open"]  # type: ignore[attr-defined]


def test_markdown_links_only_where_papers_are(report: Report) -> None:
    links = [t.attrs["href"] for t in tokens(to_markdown(report).decode()) if t.type == "link_open"]  # type: ignore[attr-defined]
    papers = {paper.link for paper in (*view(report).papers, *view(report).excluded)}
    for link in links:
        assert link.startswith("#claim-") or link.replace("%28", "(").replace("%29", ")") in papers, link


def test_markdown_holds_no_html_but_its_anchors(report: Report) -> None:
    found = tokens(to_markdown(report).decode())
    assert not [t for t in found if t.type in ("html_block", "image", "code_block", "fence")]  # type: ignore[attr-defined]
    inline = {t.content for t in found if t.type == "html_inline"}  # type: ignore[attr-defined]
    assert all(re.fullmatch(r'<a id="claim-\d+">|</a>', text) for text in inline)


def test_markdown_tells_every_claim_with_verdict_score_quote_and_place() -> None:
    text = to_markdown(REPORTS["rich"]).decode()
    assert "✖ refuted, score −0.66 (not calibrated): another paper measured the opposite direction" in text
    assert "> “For Japanese the gains reach 8.2 points when Korean is the source.”" in text
    assert "§ 5 Analysis, Table 2, row 4, column 5, page 6" in text
    assert len(re.findall(r"^### ", text, re.MULTILINE)) >= len(REPORTS["rich"].claims)


# --- HTML -------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Collects the tags, the attributes and the text outside style and script."""

    def __init__(self, data: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.raw: dict[str, str] = {"style": "", "script": ""}
        self._in: str | None = None
        self.feed(data.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in = tag if tag in self.raw else None

    def handle_endtag(self, tag: str) -> None:
        self._in = None

    def handle_data(self, data: str) -> None:
        if self._in:
            self.raw[self._in] += data
        else:
            self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def test_the_card_has_one_style_one_script_and_a_policy_that_allows_no_other(report: Report) -> None:
    page = Page(to_html(report))
    assert (page.count("style"), page.count("script"), page.count("h1")) == (1, 1, 1)
    policy = next(
        a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.raw[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_the_card_loads_nothing_and_handles_nothing_inline(report: Report) -> None:
    page = Page(to_html(report))
    papers = {paper.link for paper in (*view(report).papers, *view(report).excluded)}
    for tag, attributes in page.tags:
        assert tag not in {"img", "link", "iframe", "object", "embed", "base", "form", "audio", "video", "source"}
        assert not {"src", "srcset", "style", "xlink:href", "action", "formaction"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        href = attributes.get("href")
        if href is not None and not href.startswith("#"):
            assert tag == "a"
            assert href in papers or re.fullmatch(r"[a-z]+(\.[a-z]+)+", href), href
    for text in page.raw.values():
        assert not re.search(r"https?://|@import|url\(|fetch\(|innerHTML|eval\(", text)


def test_hostile_text_is_text_in_the_card() -> None:
    page = Page(to_html(REPORTS["hostile"]))
    assert "<script>alert(1)</script>" in page.text
    assert "<img src=x onerror=alert(2)>" in page.text
    assert "&lt;b&gt;" in page.text
    assert "{{ 7*7 }}" in page.text
    assert "\u202e" not in page.text
    assert "\x1b" not in page.text


def test_the_card_can_be_read_without_script_and_by_a_screen_reader() -> None:
    data = to_html(REPORTS["rich"])
    page = Page(data)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.tags:
        if tag in ("a", "use") and (attributes.get("href") or "").startswith("#"):
            assert (attributes["href"] or "")[1:] in ids
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids
    assert page.count("main") == page.count("header") == page.count("footer") == page.count("nav") == 1
    assert ("html", {"lang": "en"}) in page.tags
    assert ".filters { display: none" in page.raw["style"]  # filters need the script, the claims do not
    for claim in view(REPORTS["rich"]).claims:
        assert claim.statement in page.text
        assert claim.score_text in page.text
        for quote in claim.evidence:
            assert quote.text in page.text


def test_the_card_says_each_thing_that_must_be_seen() -> None:
    text = Page(to_html(REPORTS["rich"])).text
    for needed in (
        "partly answered", "not calibrated", "failed: HTTP 429 after 4 tries", "What was not checked, and why",
        "retraction (2024-02-01, publisher)", "own paper only", "not scored", "share of claims with evidence",
    ):  # fmt: skip
        assert needed in text


def test_links_to_sibling_files_are_only_there_when_the_files_are() -> None:
    hrefs = {a.get("href") for t, a in Page(to_html(REPORTS["rich"], ["report.json"])).tags if t == "a"}
    assert "report.pdf" not in hrefs
    assert "report.json" in hrefs


# --- PDF --------------------------------------------------------------------------------------------------


def pages(data: bytes) -> tuple[int, str, dict[str, object]]:
    import pymupdf

    with pymupdf.open(stream=data) as document:
        root = document.xref_object(document.pdf_catalog())
        facts = {"tagged": "/StructTreeRoot" in root, "lang": "/Lang" in root, "title": document.metadata["title"],
                 "links": [link.get("uri", "") for page in document for link in page.get_links()]}  # fmt: skip
        return document.page_count, " ".join(page.get_text() for page in document), facts


def flat(text: str) -> str:
    return re.sub(r"\s+", "", text.replace("\u00ad", ""))


def test_the_brief_opens_is_tagged_and_not_too_long(report: Report) -> None:
    count, text, facts = pages(to_pdf(report))
    assert 1 <= count <= 6
    assert facts["tagged"]
    assert facts["lang"]
    assert flat(view(report).question)[:40] in flat(text)
    assert f"page1of{count}" in flat(text)


def test_the_brief_tells_the_answer_the_findings_and_the_gaps() -> None:
    _, text, facts = pages(to_pdf(REPORTS["rich"]))
    assert facts["title"] == REPORTS["rich"].question
    for needed in (
        "partly answered", "score 0.71 (not calibrated)", "For Japanese the gains reach 8.2 points", "Table 2, row 4",
        "HTTP 429 after 4 tries", "no experiment was asked for", "own paper only", "跨语言迁移",
        "retraction (2024-02-01, publisher)",
    ):  # fmt: skip
        assert flat(needed) in flat(text), needed
    papers = {paper.link for paper in view(REPORTS["rich"]).papers}
    assert {link for link in facts["links"] if link} <= papers  # type: ignore[attr-defined]


def test_hostile_text_is_text_in_the_brief() -> None:
    _, text, facts = pages(to_pdf(REPORTS["hostile"]))
    assert flat("#let x = 1; #panic()") in flat(text)
    assert flat("$x^2$ `code` *bold* _under_") in flat(text)
    assert all(link.startswith(("http://e.example/", "")) for link in facts["links"])  # type: ignore[attr-defined]


def test_a_long_brief_says_how_many_claims_it_leaves_out() -> None:
    _, text, _ = pages(to_pdf(REPORTS["long"]))
    assert re.search(r"\d+ more claims are in report\.html and report\.json", text)


@pytest.mark.parametrize("strange", ["தமிழ் உரை", "😀👩\u200d💻", "\ue000 private", "\U00020000 rare", "ᚠᚢᚦ ꡀꡁ"])
def test_characters_without_a_glyph_do_not_cost_the_brief(strange: str) -> None:
    answer = Answer(status="answered", text=f"It says {strange} here.", claim_ids=(), next_experiment=None)
    _, text, _ = pages(to_pdf(REPORTS["empty"].model_copy(update={"answer": answer})))
    assert "It says" in text
    assert "here." in text
    if "▯" in text:
        assert "have no glyph in the fonts of this brief" in re.sub(r"\s+", " ", text)


def tags(data: bytes) -> tuple[dict[str, int], dict[str, str]]:
    """The roles of the structure tree with how often each stands, and the keys of the document that readers ask."""
    import pymupdf

    roles: dict[str, int] = {}
    with pymupdf.open(stream=data) as document:
        for number in range(1, document.xref_length()):
            element = document.xref_object(number)
            if "/Type /StructElem" in element:
                role = re.search(r"/S /(\w+)", element)
                name = role.group(1) if role else "?"
                roles[name] = roles.get(name, 0) + 1
                if name == "Figure" and "/Alt" not in element:
                    roles["Figure without words"] = roles.get("Figure without words", 0) + 1
            if "/Subtype /Link" in element and not ("/StructParent" in element and "/Contents" in element):
                roles["Link without words"] = roles.get("Link without words", 0) + 1
        catalogue = document.pdf_catalog()
        keys = {key: document.xref_get_key(catalogue, key)[1] for key in ("MarkInfo", "ViewerPreferences", "Lang")}
        keys["metadata"] = document.get_xml_metadata()
        keys["order"] = " ".join({document.xref_get_key(page.xref, "Tabs")[1] for page in document})
        fonts = {font[0]: font[3] for page in document for font in page.get_fonts(full=True)}
        keys["fonts without a file"] = " ".join(
            name for number, name in fonts.items() if not document.extract_font(number)[3]
        )
    return roles, keys


def test_the_brief_is_tagged_for_readers_that_cannot_see_it() -> None:
    """What PDF/UA-1 and PDF/A-2a ask that can be looked up; the typesetter refuses to write what breaks the rest."""
    roles, keys = tags(to_pdf(REPORTS["rich"]))
    assert {"H1", "H2", "P", "Table", "THead", "TH", "TD", "Figure", "Link", "L", "LI"} <= set(roles)
    assert roles["H1"] == 1
    assert "Figure without words" not in roles
    assert "Link without words" not in roles
    assert "/Marked true" in keys["MarkInfo"]
    assert "/DisplayDocTitle true" in keys["ViewerPreferences"]
    assert keys["Lang"] == "en"
    assert keys["order"] == "/S"  # the tab key follows the structure
    assert keys["fonts without a file"] == ""
    assert re.search(r"pdfuaid:part>1<", keys["metadata"])
    assert re.search(r"pdfaid:part>2<", keys["metadata"])


SCRIPTS = {
    "Chinese": "微调使日语准确率提高了百分点", "Japanese": "微調整すると精度が上がる",
    "Korean": "미세 조정하면 정확도가 오른다",
    "Arabic": "رفع الدقة في اليابانية", "Hindi": "सूक्ष्म समायोजन से सटीकता बढ़ी", "Thai": "เพิ่มความแม่นยำของภาษา",
    "Russian": "повышает точность", "Greek": "βελτιώνεται", "Vietnamese": "được cải thiện",
    "mathematics": "α ≤ 0.05 ∑ᵢ xᵢ² → ∞ ‖∇θ‖₂ ∈ ℝⁿ ∂L/∂θ ≈ 10⁻⁴ ± 𝔼[x] ≠ μ̂ 𝒪(n) √2 ∀ε ∃δ",
}  # fmt: skip


def test_scripts_and_mathematics_have_glyphs_in_the_fonts_that_travel_along() -> None:
    answer = Answer(status="answered", text=" ".join(SCRIPTS.values()), claim_ids=(), next_experiment=None)
    report = REPORTS["empty"].model_copy(update={"answer": answer})
    _, text, _ = pages(to_pdf(report))
    assert "▯" not in text
    assert "have no glyph" not in re.sub(r"\s+", " ", text)
    for name in ("Chinese", "Japanese", "Korean", "Russian", "Greek"):
        assert flat(SCRIPTS[name]) in flat(text), name


def test_a_title_without_end_does_not_fill_the_brief() -> None:
    base = REPORTS["rich"]
    first = base.papers[0].model_copy(update={"title": "word " * 200_000, "venue": "x" * 100_000})
    count, text, _ = pages(to_pdf(base.model_copy(update={"papers": (first, *base.papers[1:])})))
    assert count <= 6
    assert "word…" in text


def test_the_brief_and_the_card_show_the_figures_where_there_is_enough_to_see() -> None:
    _, text, _ = pages(to_pdf(REPORTS["rich"]))
    assert "screened papers by year" in text
    assert "Effects, in" not in text  # one number with a meaning: nothing to compare
    card = to_html(REPORTS["rich"])
    assert b'class="years"' in card
    assert b'class="forest"' not in card
    assert b'class="years"' not in to_html(REPORTS["empty"])
    measured = MeasuredEffect(
        experiment="made-up <b>", preset="retrieval", unit="points", estimate=3.0, low=-1.0, high=7.0, level=0.95,
        stated=8.2,
    )  # fmt: skip
    base = REPORTS["rich"]
    tested = Replication(status="inconclusive", reason="x", command=None, measurement_ids=("m-1",), effects=(measured,))
    report = base.model_copy(
        update={"claims": (base.claims[0].model_copy(update={"replication": tested}), *base.claims[1:])}
    )
    _, text, _ = pages(to_pdf(report))
    shown = Page(to_html(report)).text
    for needed in ("Effects, in points", "+3 points, 95% interval −1 to +7", "measured by made-up <b> (retrieval)"):
        assert flat(needed) in flat(text)
        assert flat(needed) in flat(shown)


def test_a_quote_stands_in_its_surroundings_in_the_card() -> None:
    page = to_html(REPORTS["rich"]).decode()
    assert '<span class="around">We vary the source alone.</span> “For Japanese the <mark>gains</mark>' in page
    assert '”  <span class="around">' not in page
    assert '” <span class="around">For German they vanish.</span>' in page


def test_every_document_shows_what_of_a_claim_was_checked() -> None:
    report = REPORTS["rich"]
    first = report.claims[0]
    checks = (
        Check(kind="number", claimed="8.2 points", found="6.1 points", outcome="mismatch"),
        Check(kind="entity", claimed="XNLI", found="XNLI", outcome="match"),
        Check(kind="entity", claimed="PAWS-X", found=None, outcome="missing"),
    )
    verdict = first.verdict.model_copy(update={"label": "not_enough_evidence", "checks": checks})
    open_ = first.model_copy(update={"verdict": verdict})
    bare = first.model_copy(update={"verdict": verdict.model_copy(update={"checks": ()})})
    for claim, shown in ((open_, True), (bare, False)):
        changed = report.model_copy(update={"claims": (claim, *report.claims[1:])})
        _, text, _ = pages(to_pdf(changed))
        told = "nearest other passage: agrees on XNLI; differs on 8.2 points (found 6.1 points); not found: PAWS-X"
        assert (told in " ".join(text.split())) is shown
        html, markdown = to_html(changed).decode(), to_markdown(changed).decode()
        assert ("held against the nearest other passage" in html) is shown
        assert ("against the nearest other passage, which leaves the claim open" in markdown) is shown
        nothing = "no number, direction, setting or name of it could be held against another passage"
        assert (nothing in html.split('id="claim-2"')[0]) is not shown
        assert (nothing in markdown.split('### <a id="claim-2"')[0]) is not shown
