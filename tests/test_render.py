"""render.write and the data formats: JSON, claims, references, the card, the summary."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import sys
from pathlib import Path

import pytest
import report_fixtures

from synth import render
from synth.errors import InputError
from synth.records import Claim, Coverage, Quantity, Report
from synth.render import card, display, references, serial, terminal
from synth.render.view import view

MANIFEST = {"command": "synth report", "finished": "2026-11-20T10:00:00Z", "since": "2019-01-01"}
REPORTS = {
    "rich": report_fixtures.rich(),
    "empty": report_fixtures.empty(),
    "hostile": report_fixtures.hostile(),
    "long": report_fixtures.long(),
}
ALL = render.FORMATS


@pytest.fixture(params=REPORTS)
def report(request: pytest.FixtureRequest) -> Report:
    return REPORTS[request.param]


# --- write and load ---------------------------------------------------------------------------------


def test_the_default_writes_the_eight_files(tmp_path: Path) -> None:
    written = render.write(REPORTS["rich"], tmp_path, formats=render.DEFAULT_FORMATS, manifest=MANIFEST)
    names = [path.name for path in written]
    assert names == [
        "report.json", "report.md", "report.html", "report.pdf", "references.bib", "references.csl.json",
        "claims.jsonl", "manifest.json",
    ]  # fmt: skip
    assert sorted(names) == sorted(path.name for path in tmp_path.iterdir())  # and no temporary file stays


def test_formats_choose_the_readable_files_and_data_is_always_there(tmp_path: Path) -> None:
    written = render.write(REPORTS["rich"], tmp_path, formats=("md",), manifest={})
    assert [path.name for path in written] == [
        "report.json", "report.md", "references.bib", "references.csl.json", "claims.jsonl", "manifest.json",
    ]  # fmt: skip


def test_the_same_report_gives_the_same_bytes(report: Report, tmp_path: Path) -> None:
    first = render.write(report, tmp_path / "a", formats=ALL, manifest=MANIFEST)
    second = render.write(report, tmp_path / "b", formats=ALL, manifest=MANIFEST)
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_every_file_can_be_rebuilt_from_report_json(tmp_path: Path) -> None:
    first = render.write(REPORTS["rich"], tmp_path / "a", formats=ALL, manifest=MANIFEST)
    again = render.write(render.load(tmp_path / "a"), tmp_path / "b", formats=ALL, manifest=MANIFEST)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


def test_an_unknown_format_is_named_with_a_guess(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'unknown format "htm"; did you mean "html"\?'):
        render.write(REPORTS["empty"], tmp_path, formats=("htm",), manifest={})


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for out in (tmp_path / "file" / "out", tmp_path / "file"):
        with pytest.raises(InputError, match=re.escape(f"{out}: cannot be written")):
            render.write(REPORTS["empty"], out, formats=(), manifest={})
        with pytest.raises(InputError, match=re.escape(f"{out}: cannot be written")):
            render.writable(out)


def test_a_folder_that_can_be_written_is_not_made_by_asking(tmp_path: Path) -> None:
    render.writable(tmp_path / "a" / "b")
    render.writable(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_when_one_format_fails(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="date"):
        render.write(REPORTS["empty"], tmp_path / "out", formats=("md", "card"), manifest={})
    assert not (tmp_path / "out").exists()


def test_the_manifest_comes_last_and_knows_the_other_files(tmp_path: Path) -> None:
    written = render.write(REPORTS["rich"], tmp_path, formats=ALL, manifest=MANIFEST)
    told = json.loads((tmp_path / "manifest.json").read_text())
    assert {**told, "files": None} == {**MANIFEST, "files": None}
    others = [path for path in written if path.name != "manifest.json"]
    assert told["files"] == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in others}


def test_a_run_with_fewer_formats_leaves_no_file_of_the_former_one(tmp_path: Path) -> None:
    render.write(REPORTS["rich"], tmp_path, formats=ALL, manifest=MANIFEST)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "card.txt").write_text("mine too")  # changed by hand
    written = render.write(REPORTS["empty"], tmp_path, formats=("md",), manifest=MANIFEST)
    there = {path.name for path in tmp_path.iterdir()}
    assert there == {path.name for path in written} | {"notes.txt", "card.txt"}
    assert (tmp_path / "card.txt").read_text() == "mine too"


@pytest.mark.parametrize("manifest", ["{", "[]", "{}", '{"files": ["report.pdf"]}', '{"files": {"report.pdf": 1}}'])
def test_what_no_manifest_lists_is_left_alone(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "report.pdf").write_bytes(b"mine")
    (tmp_path / "manifest.json").write_text(manifest)
    render.write(REPORTS["empty"], tmp_path, formats=("md",), manifest={})
    assert (tmp_path / "report.pdf").read_bytes() == b"mine"


def test_a_link_in_place_of_a_listed_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    render.write(REPORTS["empty"], tmp_path / "out", formats=("md",), manifest={})
    (tmp_path / "out" / "report.md").rename(tmp_path / "elsewhere.md")
    (tmp_path / "out" / "report.md").symlink_to(tmp_path / "elsewhere.md")
    render.write(REPORTS["empty"], tmp_path / "out", formats=("json",), manifest={})
    assert (tmp_path / "out" / "report.md").is_symlink()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "the document"),
        ('{"schema": "synth/report/1"}', "question"),
        ('{"schema": "other/9"}', "schema"),
    ],
)
def test_load_names_the_file_and_the_field(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(content)
    with pytest.raises(InputError, match=rf"report\.json: {told}"):
        render.load(path)
    with pytest.raises(InputError, match="cannot be read"):
        render.load(tmp_path / "absent.json")


# --- JSON -------------------------------------------------------------------------------------------


def test_report_json_is_the_record_in_its_order(report: Report) -> None:
    data = serial.to_json(report)
    document = json.loads(data)
    assert list(document)[:3] == ["schema", "question", "partial"]
    assert document["schema"] == "synth/report/1"
    assert data.endswith(b"}\n")
    assert serial.to_json(serial.parse(data, "x")) == data


def test_scores_are_rounded_and_stated_values_are_not() -> None:
    base = REPORTS["rich"]
    claim = base.claims[0].model_copy(update={"quantity": Quantity(value=0.00002, metric="learning rate")})
    document = json.loads(serial.to_json(base.model_copy(update={"claims": (claim,)})))
    assert document["claims"][0]["quantity"]["value"] == 0.00002
    assert document["claims"][0]["evidence"][0]["score"] == 0.7123
    assert document["review"]["score"] == 6.4333


def test_claims_jsonl_has_one_claim_a_line_in_the_shape_of_report_json(report: Report) -> None:
    lines = serial.claims_jsonl(report).decode().splitlines()  # also splits at U+2028: it must be escaped
    assert [json.loads(line) for line in lines] == json.loads(serial.to_json(report))["claims"]
    assert tuple(Claim.model_validate_json(line).id for line in lines) == tuple(c.id for c in report.claims)


# --- references ---------------------------------------------------------------------------------------


def test_bibtex_parses_back(report: Report) -> None:
    import bibtexparser
    from bibtexparser.bparser import BibTexParser

    text = references.to_bibtex(report).decode()
    parsed = bibtexparser.loads(text, BibTexParser(common_strings=True, ignore_nonstandard_types=False))
    included = [paper for paper in report.papers if paper.included]
    keys = references.citation_keys(included)
    assert [entry["ID"] for entry in parsed.entries] == [keys[paper.id] for paper in included]
    assert len(set(keys.values())) == len(included)
    assert parsed.comments == []
    for entry in parsed.entries:
        for field, value in entry.items():
            assert value.count("{") == value.count("}"), field
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", key) for key in keys.values())


def test_bibtex_escapes_what_tex_would_read() -> None:
    hostile = r"\input{x} 100% of $5 & #1_a ~b^c <d>"
    paper = report_fixtures.paper("p", hostile, authors=("Smith and Sons",))
    report = REPORTS["empty"].model_copy(update={"papers": (paper,)})
    text = references.to_bibtex(report).decode()
    assert (
        r"title = {{\textbackslash{}input\textbraceleft{}x\textbraceright{} 100\% of \$5 \& \#1\_a "
        r"\textasciitilde{}b\textasciicircum{}c \textless{}d\textgreater{}}}" in text
    )
    assert "author = {{Smith and Sons}}" in text


def test_keys_do_not_depend_on_the_order_of_the_papers() -> None:
    papers = [report_fixtures.paper(f"p{i}", "Same Title") for i in range(3)]
    assert references.citation_keys(papers) == references.citation_keys(papers[::-1])
    assert set(references.citation_keys(papers).values()) == {f"example2021same-{i}" for i in (1, 2, 3)}


def test_csl_json_has_the_same_keys_and_leaves_out_what_is_unknown() -> None:
    report = REPORTS["rich"]
    items = json.loads(references.to_csl(report))
    included = [paper for paper in report.papers if paper.included]
    keys = references.citation_keys(included)
    assert [item["id"] for item in items] == [keys[paper.id] for paper in included]
    assert items[1]["author"][0] == {"family": "van der Voorbeeld", "given": "Rob"}
    assert items[1]["type"] == "paper-conference"
    assert items[2]["author"] == [{"literal": "王小明"}]
    assert "issued" not in items[4]
    assert "author" not in items[4]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Jason Phang", ("Phang", "Jason")),
        ("Phang, Jason", ("Phang", "Jason")),
        ("Rob van der Goot", ("van der Goot", "Rob")),
        ("Zoë  Ñandú", ("Ñandú", "Zoë")),
        ("王小明", ("王小明", "")),
    ],
)
def test_names_fall_apart_into_family_and_given(name: str, parts: tuple[str, str]) -> None:
    assert display.family_given(name) == parts


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org/a?b=1#c", "https://example.org/a?b=1#c"),
        ("http://example.org/a b", "http://example.org/a%20b"),
        ("HTTP://example.org", "HTTP://example.org"),
        ('http://e.example/"><script>', "http://e.example/%22%3E%3Cscript%3E"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//evil.example", None),
        ("file:///etc/passwd", None),
        ("http://user@evil.example", None),
        ("http://[bad", None),
        ("java\nscript:alert(1)", None),
        (None, None),
    ],
)
def test_only_plain_web_addresses_become_links(url: str | None, safe: str | None) -> None:
    assert display.safe_url(url) == safe


# --- the card -----------------------------------------------------------------------------------------


def parse_card(text: str) -> dict[str, object]:
    """A reader of the flat grammar, by heading, as strict as the grammar is."""
    headings = ("Abstract", "1 Introduction", "2 Methodology", "3 Results", "4 Limitations", "5 Extracted Claims",
                "References")  # fmt: skip
    assert text.startswith("\n\n")
    head, *rest = re.split(r"\n\n(" + "|".join(map(re.escape, headings)) + r")\n\n?", text)
    title, maker, date = head.strip("\n").split("\n\n")
    assert maker == "Assignee Research"
    assert re.fullmatch(r"(January|February|March|April|May|June|July|August|September|October|November|December) "
                        r"[1-9]\d?, \d{4}", date)  # fmt: skip
    sections = dict(zip(rest[::2], rest[1::2], strict=True))
    assert list(sections) == list(headings)
    results = re.fullmatch(
        r"(\d+) papers retrieved\. (\d+) claims extracted; (\d+) independently verified\. "
        r"Quality review score: (\d+\.\d|n/a)/10\.",
        sections["3 Results"].strip(),
    )
    assert results
    table = sections["5 Extracted Claims"].strip().split("\n")
    assert table[0] == "Claim\tVerified\tConfidence"
    rows = [re.fullmatch(r"([^\t]+)\t([✓×])\t(0\.\d\d)", row) for row in table[1:]]
    assert all(rows)
    claims = [row.groups() for row in rows if row]
    assert len(claims) == int(results[2])
    assert sum(mark == "✓" for _, mark, _ in claims) == int(results[3])
    question = re.fullmatch(
        r"This paper examines: (.+)\. Research question: (.+)\?\.", sections["1 Introduction"].strip()
    )
    assert question
    links = [line for line in sections["References"].split("\n") if line]
    assert all(re.fullmatch(r"- <https?://[^<>\s]+>", line) for line in links)
    return {"title": title, "date": date, "claims": claims, "question": question[2], "links": links,
            "score": results[4], "limitations": sections["4 Limitations"]}  # fmt: skip


def test_the_card_parses_by_the_grammar(report: Report) -> None:
    parsed = parse_card(card.to_card(report, datetime.date(2026, 6, 9)).decode())
    assert parsed["date"] == "June 9, 2026"
    assert [claim[0] for claim in parsed["claims"]] == [c.statement for c in view(report).claims]  # type: ignore[attr-defined]


def test_the_card_tells_true_values() -> None:
    parsed = parse_card(card.to_card(REPORTS["rich"], datetime.date(2026, 6, 9)).decode())
    marks = [claim[1:] for claim in parsed["claims"]]  # type: ignore[attr-defined]
    # Claim 6 is supported by its own paper only: true of the paper, yet not independently verified.
    assert marks == [("✓", "0.71"), ("×", "0.00"), ("×", "0.02"), ("×", "0.11"), ("×", "0.00"), ("×", "0.86")]
    assert parsed["score"] == "6.4"
    assert "http://arxiv.org/abs/2101.00001v2" in str(parsed["links"])
    assert "1 supported by their own paper only" in str(parsed["limitations"])
    assert "calibrated probability" in str(parsed["limitations"])


def test_an_unscored_report_has_no_invented_score() -> None:
    parsed = parse_card(card.to_card(REPORTS["empty"], datetime.date(2026, 6, 9)).decode())
    assert parsed["score"] == "n/a"


@pytest.mark.parametrize(
    ("manifest", "date"),
    [
        ({"finished": "2026-11-20T10:00:00Z", "started": "2026-11-19 23:59:00"}, datetime.date(2026, 11, 20)),
        ({"times": {"end": "2026-01-02"}, "n": 3}, datetime.date(2026, 1, 2)),
    ],
)
def test_the_card_is_dated_by_the_end_of_the_run(manifest: dict[str, object], date: datetime.date) -> None:
    assert card.latest_date(manifest) == date


# --- the view -----------------------------------------------------------------------------------------


def test_counts_keep_all_verdicts_apart_and_own_paper_evidence_apart() -> None:
    counts = {count.label: (count.count, count.independent) for count in view(REPORTS["rich"]).counts}
    assert counts == {
        "supported": (2, 1), "refuted": (1, 1), "conflicting": (1, 1), "not_enough_evidence": (1, 0),
        "not_checked": (1, 0),
    }  # fmt: skip


def test_the_strongest_are_those_the_answer_rests_on_then_those_other_papers_bear_out() -> None:
    assert [claim.number for claim in view(REPORTS["rich"]).findings] == [1, 3, 2]


def test_without_a_decided_claim_the_closest_are_shown_and_called_so() -> None:
    base = REPORTS["rich"]
    report = base.model_copy(update={"claims": base.claims[3:5]})
    assert [claim.number for claim in view(report).findings] == [1]
    assert view(report).findings_title == "Closest to the question"


def test_claim_numbers_in_the_answer_are_links_only_where_the_answer_rests_on_them() -> None:
    base = REPORTS["rich"]
    answer = base.answer.model_copy(update={"text": "It helps [1]. Not so [2], [99]."})
    parts = view(base.model_copy(update={"answer": answer})).answer_parts
    assert [part for part in parts if part[1] is not None] == [("[1]", 1)]
    assert "".join(text for text, _ in parts) == answer.text


def test_sources_not_asked_for_one_reason_are_told_together() -> None:
    skipped = tuple(
        Coverage(source=name, query="", outcome="skipped", count=None, reason="offline")
        for name in ("arxiv", "openalex")
    )
    shown = view(REPORTS["rich"].model_copy(update={"coverage": skipped}))
    assert [(source.name, source.detail) for source in shown.coverage] == [("arXiv and OpenAlex", "not asked: offline")]
    assert [(item.what, item.count) for item in shown.unchecked if item.briefly == "source"] == [
        ("arXiv and OpenAlex", 2)
    ]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("not checked: the network is not used; 20 papers may have notices",
         "not looked up, because the network is not used; 20 papers may have notices"),
        ("not checked: no list was named", "not looked up, because no list was named"),
        ("no folder given", "not asked: no folder given"),
        (None, "not asked"),
    ],
)  # fmt: skip
def test_a_look_up_that_was_not_made_is_one_plain_sentence(reason: str | None, told: str) -> None:
    skipped = Coverage(source="notices", query="", outcome="skipped", count=None, reason=reason)
    shown = view(REPORTS["empty"].model_copy(update={"coverage": (skipped,)}))
    assert [(source.name, source.detail) for source in shown.coverage] == [("notices of retraction", told)]
    assert [(item.what, item.why, item.briefly) for item in shown.unchecked] == [
        ("notices of retraction", told, "look-up of notices")
    ]


def test_what_was_not_checked_lists_every_kind_of_gap() -> None:
    told = {item.what: item.why for item in view(REPORTS["rich"]).unchecked}
    assert told["OpenAlex, query “PAWS-X transfer”"] == "failed: HTTP 429 after 4 tries"
    assert told["local files, query “PAWS-X transfer”"] == "not asked: no folder given"
    assert told["broken.pdf"] == "not a PDF file"
    assert told["3 of 5 included papers"] == "read only as abstract and digest, not whole"
    assert told["Claim 5: no verdict"] == "the paper behind it could not be read"
    assert told["Experiments on 5 of 6 claims"] == "no experiment was asked for"


def test_an_uncalibrated_score_is_never_called_confidence() -> None:
    texts = [claim.score_text for claim in view(REPORTS["rich"]).claims]
    assert texts[0] == "score 0.71 (not calibrated)"
    assert texts[1] == "score −0.66 (not calibrated)"
    assert texts[4] == "not scored"
    assert texts[5] == "confidence 0.86 (score 0.71)"


def test_a_confidence_is_drawn_from_nothing_to_one_and_a_score_from_its_middle() -> None:
    bars = [claim.bar for claim in view(REPORTS["rich"]).claims]
    told = [None if bar is None else (bar.start, bar.width, bar.zero) for bar in bars]
    assert told == [
        (0.5, 0.355, 0.5), (0.17, 0.33, 0.5), (0.5, 0.01, 0.5), (0.5, 0.055, 0.5), None, (0.0, 0.86, None),
    ]  # fmt: skip


def test_deciding_numbers_are_marked_as_whole_numbers() -> None:
    deciding = view(REPORTS["rich"]).claims[0].evidence[0]
    assert [text for text, marked in deciding.parts if marked] == ["gains", "8.2 points"]
    assert "".join(text for text, _ in deciding.parts) == deciding.text
    base = REPORTS["rich"].claims[0]
    odd = base.model_copy(update={"quote": "From 18.2 points to 8.2 points."})
    parts = view(REPORTS["rich"].model_copy(update={"claims": (odd,)})).claims[0].source.parts
    assert parts[0] == ("From 18.2 points to ", False)


def test_a_place_names_section_table_cell_and_page() -> None:
    assert view(REPORTS["rich"]).claims[0].evidence[0].place == "§ 5 Analysis, Table 2, row 4, column 5, page 6"


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 8, "one two…"),
        ("one, two three", 6, "one…"),
        ("abcdefghij", 5, "abcd…"),
    ],
)
def test_shorten_cuts_between_words(text: str, width: int, short: str) -> None:
    assert display.shorten(text, width) == short


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\n b\t c", "a b c"),
        ("\u202egnp\u202c", "\ufffdgnp\ufffd"),
        ("co\u00adoperate", "cooperate"),
        ("\x1b[31m", "\ufffd[31m"),
        ("क्\u200dष", "क्\u200dष"),
    ],
)
def test_clean_takes_out_what_deceives_the_eye(text: str, shown: str) -> None:
    assert display.clean(text) == shown


# --- the terminal ---------------------------------------------------------------------------------------


def test_the_summary_fits_a_terminal(report: Report) -> None:
    from rich.cells import cell_len

    lines = str(terminal.summary(report, "reports/x")).split("\n")
    assert len(lines) <= 11  # ten and the folder
    assert max(cell_len(line) for line in lines) <= 80
    assert "\x1b" not in "\n".join(lines)


def test_the_summary_says_what_counts() -> None:
    text = re.sub(r"\s+", " ", str(terminal.summary(REPORTS["rich"], "reports/x")))
    assert text.startswith("◐ partly answered (partial")
    assert re.search(r"6 claims from \d papers: ✔ supported 2 \(by independent papers 1\), ✖ refuted 1", text)
    assert "OpenAlex (failed: HTTP 429 after 4 tries)" in text
    assert "1 unreadable paper" in text
    assert text.endswith("reports/x")


def test_the_summary_is_text_not_markup_and_keeps_a_long_path_whole(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    path = "/".join(["folder"] * 30)
    Console(width=80, file=sys.stdout).print(terminal.summary(REPORTS["hostile"], path), soft_wrap=True)
    shown = capsys.readouterr().out
    assert "[bold red]markup[/bold red]" in shown
    assert path in shown
    assert "\x1b" not in shown


def test_wide_characters_count_as_two_columns() -> None:
    from rich.cells import cell_len

    chinese = REPORTS["rich"].answer.model_copy(update={"text": "跨语言迁移对低资源语言有帮助。" * 12})
    lines = str(terminal.summary(REPORTS["rich"].model_copy(update={"answer": chinese}), "x")).split("\n")
    assert max(cell_len(line) for line in lines) <= 80


# --- fonts ------------------------------------------------------------------------------------------------


def test_the_fonts_are_the_ones_the_licence_note_names() -> None:
    folder = Path(render.__file__).parents[1] / "fonts"
    note = (folder / "LICENSES.md").read_text(encoding="utf-8")
    fonts = sorted(folder.glob("*.ttf"))
    assert len(fonts) == 4
    for font in fonts:
        assert f"| {font.name} |" in note
        assert hashlib.sha256(font.read_bytes()).hexdigest() in note


def test_no_probability_is_shown_as_certain() -> None:
    shown = [display.sureness(p) for p in (0.0, 0.0049, 0.005, 0.5, 0.994, 0.995, 1.0)]
    assert shown == ["under 0.01", "under 0.01", "0.01", "0.50", "0.99", "over 0.99", "over 0.99"]
