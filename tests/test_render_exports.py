"""What other programs take of a report: RIS, JSON-LD, a table of claims, RO-Crate. A text ends no field of them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import report_fixtures

from synth import render
from synth.errors import InputError
from synth.records import Report
from synth.render import exports
from synth.render.view import view

REPORTS = {
    "rich": report_fixtures.rich(),
    "empty": report_fixtures.empty(),
    "hostile": report_fixtures.hostile(),
}
MANIFEST = {"date": "2026-11-20"}


@pytest.fixture(params=REPORTS)
def report(request: pytest.FixtureRequest) -> Report:
    return REPORTS[request.param]


# --- RIS --------------------------------------------------------------------------------------------------------


def entries(data: bytes) -> list[list[tuple[str, str]]]:
    """A reader as strict as the format: every line is a tag, two spaces, a hyphen, a space and a value."""
    found: list[list[tuple[str, str]]] = []
    lines = data.decode().split("\r\n")
    assert lines.pop() == ""
    for line in lines:
        match = re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line)
        assert match, line
        if match[1] == "TY":
            found.append([])
        found[-1].append((match[1], match[2]))
    return found


def test_every_included_paper_is_one_entry(report: Report) -> None:
    found = entries(exports.to_ris(report))
    included = [paper for paper in report.papers if paper.included]
    assert len(found) == len(included)
    for entry in found:
        assert entry[0][0] == "TY"
        assert [tag for tag, _ in entry].count("ER") == 1
        assert entry[-1] == ("ER", "")
        assert dict(entry)["TI"]


def test_an_entry_says_what_is_known_and_no_more() -> None:
    first, second, third, *_ = (entry for entry in entries(exports.to_ris(REPORTS["rich"])))
    assert ("TY", "GEN") in first
    assert ("UR", "https://arxiv.org/abs/2101.00001v2") in first
    assert [value for tag, value in first if tag == "AU"] == ["Example, Ada", "Sample, Ben", "Specimen, Cleo"]
    assert second[0] == ("TY", "CPAPER")
    assert ("DO", "10.18653/v1/2022.madeup-long.7") in second
    assert ("AU", "王小明") in third
    assert "T2" not in dict(third)


# --- schema.org -------------------------------------------------------------------------------------------------


def graph(data: bytes) -> dict[str, dict[str, Any]]:
    found = json.loads(data)["@graph"]
    by_name = {node["@id"]: node for node in found}
    assert len(by_name) == len(found)
    return by_name


def references(value: Any) -> list[str]:
    """The names that a node points to."""
    if isinstance(value, list):
        return [name for item in value for name in references(item)]
    if not isinstance(value, dict):
        return []
    own = [value["@id"]] if set(value) == {"@id"} else []
    return own + [name for inner in value.values() for name in references(inner)]


def test_claims_are_reviews_of_what_papers_state(report: Report) -> None:
    nodes = graph(exports.to_jsonld(report))
    reviews = [node for node in nodes.values() if node["@type"] == "ClaimReview"]
    shown = view(report).claims
    assert [one["claimReviewed"] for one in reviews] == [claim.statement for claim in shown]
    assert [one["reviewRating"]["alternateName"] for one in reviews] == [claim.word for claim in shown]
    assert all("ratingValue" not in one["reviewRating"] for one in reviews)  # five verdicts are no scale
    pointed = {name for node in nodes.values() for name in references(node)}
    assert pointed <= set(nodes)


def test_a_confidence_is_told_only_where_there_is_one() -> None:
    nodes = graph(exports.to_jsonld(REPORTS["rich"]))
    assert nodes["#claim-6"]["additionalProperty"]["value"] == 0.86
    assert "additionalProperty" not in nodes["#claim-1"]
    assert nodes["#claim-1"]["itemReviewed"]["appearance"] == {"@id": "https://arxiv.org/abs/2101.00001v2"}
    assert nodes["https://arxiv.org/abs/2101.00001v2"]["@type"] == "ScholarlyArticle"


def test_no_address_of_a_paper_is_followed_that_is_not_safe() -> None:
    data = exports.to_jsonld(REPORTS["hostile"]).decode()
    assert all(name.startswith(("#", "http://e.example/")) for name in graph(data.encode()))
    assert "\u202e" not in data


# --- the table --------------------------------------------------------------------------------------------------


def rows(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exports.to_csv(report).decode(), newline="")))


def test_a_row_is_a_claim_and_an_unknown_number_an_empty_cell() -> None:
    found = rows(REPORTS["rich"])
    assert [row["number"] for row in found] == ["1", "2", "3", "4", "5", "6"]
    assert (found[0]["score"], found[0]["confidence"]) == ("0.7100", "")
    assert (found[1]["score"], found[4]["score"], found[5]["confidence"]) == ("-0.6600", "", "0.8600")
    assert found[0]["deciding place"] == "§ 5 Analysis, Table 2, row 4, column 5, page 6"
    assert found[5]["basis"] == "stated by its own paper only"


@pytest.mark.parametrize(
    "hostile", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a\n=1", "|x", "%x", '"=1"', "plain"]
)
def test_no_cell_is_a_formula(hostile: str) -> None:
    one = report_fixtures.claim(hostile, hostile, "p", quote=hostile, verdict={"reason": hostile})
    report = REPORTS["rich"].model_copy(update={"claims": (one,)})
    for line in csv.reader(io.StringIO(exports.to_csv(report).decode(), newline="")):
        for at, cell in enumerate(line):
            assert at in (5, 6) or cell[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%"), cell
    assert len(rows(report)) == 1


# --- the folder -------------------------------------------------------------------------------------------------


def test_the_crate_knows_every_file_of_the_folder(report: Report, tmp_path: Path) -> None:
    written = render.write(report, tmp_path, formats=("md", "html", "ris", "jsonld", "csv", "crate"), manifest=MANIFEST)
    nodes = graph((tmp_path / "ro-crate-metadata.json").read_bytes())
    assert nodes["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    root = nodes["./"]
    assert root["datePublished"] == "2026-11-20"
    parts = {part["@id"] for part in root["hasPart"]}
    assert parts == {path.name for path in written} - {"ro-crate-metadata.json"}
    for name in parts - {"manifest.json"}:
        content = (tmp_path / name).read_bytes()
        assert nodes[name]["contentSize"] == str(len(content))
        assert nodes[name]["sha256"] == hashlib.sha256(content).hexdigest()
    pointed = {name for node in nodes.values() for name in references(node)}
    assert pointed - {"https://w3id.org/ro/crate/1.1"} <= set(nodes)


def test_a_crate_without_a_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="date"):
        render.write(REPORTS["empty"], tmp_path / "out", formats=("crate",), manifest={})


def test_the_formats_of_a_folder_are_known_by_their_files(tmp_path: Path) -> None:
    chosen = ("html", "json", "ris", "csv", "crate")
    render.write(REPORTS["rich"], tmp_path, formats=chosen, manifest=MANIFEST)
    assert render.formats_of(tmp_path) == ["html", "json", "ris", "csv", "crate"]
    assert b'<a href="claims.csv">CSV</a>' in (tmp_path / "report.html").read_bytes()
