"""The packaged library: every file loads and holds together, and what it states stands in what it names.

The truth checks open the sources that lie beside the checkout (the ACL Anthology corpus and the arXiv
harvests); a digest that names other pages as well is checked as far as those files reach.
"""

from __future__ import annotations

import gzip
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import synth.starter
from synth.errors import InputError
from synth.records import ReadPaper
from synth.starter import papers, read_folder

FOLDER = Path(synth.starter.__file__).parent / "papers"
FILES = sorted(FOLDER.glob("*.toml"))
ACL = re.compile(r"ACL Anthology abstract (?P<id>[A-Za-z0-9._-]*[A-Za-z0-9])")
HARVEST = re.compile(r"arXiv metadata record (?P<id>[0-9.]*[0-9])")
NUMBER = re.compile(r"(?<![A-Za-z0-9.,-])[+-]?[<>]?(\d[\d,]*(?:\.\d+)?)(?!\.?\d|[A-Za-z]*-?[A-Za-z]*\d)")
SPELLED = {
    **{"three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9"},
    **{"ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15"},
    **{"sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20"},
}

# Figures that stand in pages which do not lie beside the checkout, noted down when each page was read.
MT5_TABLE = """
    65.4 81.9 62.2 64.5 61.4 59.7 / 69.1 80.9 61.2 59.8 48.5 43.6 / 81.4 73.6 / 80.4 87.7 64.7 77.2 72.3 76.0
    79.2 86.4 65.4 76.6 71.6 65.1 / 79.9 88.7 65.7 77.3 71.7 67.6 / 80.8 87.5 70.1 79.6 73.1 77.0
    67.5 82.4 50.5 58.1 54.6 36.4 / 75.4 86.4 55.7 67.0 64.6 59.1 / 81.1 88.9 58.5 77.8 71.2 68.4
    82.9 89.6 65.5 79.5 73.5 77.8 / 85.0 90.0 69.2 82.5 76.0 82.0 / 101 / 300 580 1.2 3.7 13
"""
PAGES = {
    "README of the multilingual-t5 code repository, commit 319bb801": f"five sizes {MT5_TABLE}",
    "README of the xtreme code repository": "40 languages, 12 families, nine tasks, UD 2.5, BUCC 2018, 9 folders",
    "guide to this paper in the jiant code repository": "7 trained tasks and 2 others",
    "five report cards of June and July 2026 that quote the text of 2005.13013v2": "8.2 7.5 7.0 8.7 5.4 9 tasks",
    "abstract of the first arXiv version of 2005.13013, in a public paper index": "7 9 8.4 6.1",
    "title line of a stored copy marked 2005.13013v1, 26 May 2020": "26 May 2020",
    "abstract page of arXiv 1811.01088, revised text of February 2019": "2019 81.8 1.4 2018",
    "abstract page of arXiv 1911.02116v1": "100 13.8 12.3 2.1 11.8 9.2",
    "abstract page of arXiv 1911.02116v2": "100 14.6 13 2.4 15.7 11.4",
    "abstract page of arXiv 2003.11080": "40 languages, 9 tasks",
    "ICML 2020 poster page of XTREME": "40 languages, 9 tasks",
    "third-party summary page of arXiv 2003.11080 (for the results by language family)": "40 9",
    "abstract and introduction of arXiv 2104.07412": "50 languages, ten tasks, 13, 25, 12 points",
    "abstract page of arXiv 1912.07840": "three languages, two tasks",
    "ICLR poster page of the paper": "three languages, two tasks",
}

GOOD = """
[paper]
title = "A Study of Things"
authors = ["Ada Example", "Bo Sample"]
year = 2021
[paper.ids]
arxiv = "2101.00001"
doi = "10.1234/ABC.5"

[[version]]
id = "v1"
read_in = ["abstract page"]
[[version.section]]
heading = "What was done"
text = \"\"\"
The study trains model M
on data set D.
\"\"\"
[[version.section]]
heading = "What was found"
text = "Model M gains 2.5 points on data set D."
[[version.table]]
caption = "Gains"
columns = ["Model", "Gain"]
rows = [["M", "+2.5"]]

[[version]]
id = "v2"
read_in = ["abstract page"]
[[version.section]]
heading = "What was found"
text = "Model M gains 1.5 points on data set D."
"""


def label(paper: ReadPaper) -> str:
    return f"{paper.paper.id} {paper.paper.version or ''}".strip()


# --- the loader -------------------------------------------------------------------------------------


def test_a_file_becomes_one_paper_per_version(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("not a digest")
    first, second = read_folder(tmp_path)
    assert (first.paper.id, first.paper.version) == ("arxiv:2101.00001", "v1")
    assert (second.paper.id, second.paper.version) == ("arxiv:2101.00001", "v2")
    assert first.paper.versions == second.paper.versions == ("v1", "v2")
    assert first.paper.ids.doi == "10.1234/abc.5"
    assert first.paper.source == "starter"
    assert first.tier == first.paper.tier == "digest"
    done = "The study trains model M on data set D."
    found = "Model M gains 2.5 points on data set D."
    assert first.text == f"{done}\n\n{found}"
    assert first.paper.abstract == f"{done} {found}"
    assert [(s.heading, first.text[s.start : s.end]) for s in first.sections] == [
        ("What was done", done),
        ("What was found", found),
    ]
    assert first.tables[0].rows == (("M", "+2.5"),)
    assert second.tables == ()
    assert first.notes == ("digest written from: abstract page",)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("year = 2021", 'year = "2021"', "paper, year"),
        ("year = 2021", "year = 1021", "paper, year"),
        ('title = "A Study of Things"', 'title = ""', "paper, title"),
        ('authors = ["Ada Example", "Bo Sample"]', "authors = []", "paper, authors"),
        ('"Bo Sample"', '" "', "paper, authors 2"),
        ('arxiv = "2101.00001"', 'arxiv = "2101.00001v2"', "paper, ids, arxiv"),
        ('arxiv = "2101.00001"\n', "", "version ids are arXiv's"),
        ('arxiv = "2101.00001"\ndoi = "10.1234/ABC.5"', "", "at least one of arxiv, acl and doi"),
        ('id = "v2"', 'id = "2"', "version 2, id"),
        ('id = "v2"', 'id = "v1"', "several versions need an id each"),
        ('id = "v2"\n', "", "several versions need an id each"),
        ('read_in = ["abstract page"]', "read_in = []", "version 1, read_in"),
        ('read_in = ["abstract page"]\n', "", "version 1, read_in"),
        ("1.5 points on data set D.", "1.5 points", "version 2, section 1, text"),
        ('rows = [["M", "+2.5"]]', 'rows = [["M"]]', "row 1 has 1 cells, there are 2 columns"),
        ('caption = "Gains"', 'title = "Gains"', "version 1, table 1"),
        ("[[version.table]]", "[[version.tables]]", "version 1, tables"),
        ("[paper]", "[paper", "not valid TOML"),
    ],
)
def test_a_fault_names_file_and_field(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in GOOD
    (tmp_path / "faulty.toml").write_text(GOOD.replace(old, new))
    with pytest.raises(InputError, match=r"^faulty\.toml: ") as caught:
        read_folder(tmp_path)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_files_about_one_work_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD)
    (tmp_path / "b.toml").write_text(GOOD.replace("2101.00001", "2101.00002"))
    with pytest.raises(InputError, match=r"b\.toml: .*doi:10\.1234/abc\.5 is already in a\.toml"):
        read_folder(tmp_path)


# --- the library ------------------------------------------------------------------------------------


def test_every_file_loads_in_a_fixed_order() -> None:
    library = papers()
    assert len({paper.paper.id for paper in library}) == len(FILES) >= 40
    assert library == read_folder(FOLDER)
    assert len({label(paper) for paper in library}) == len(library)


@pytest.mark.parametrize("paper", papers(), ids=label)
def test_a_digest_is_short_and_whole(paper: ReadPaper) -> None:
    assert re.fullmatch(r"(arxiv|acl|doi):\S+", paper.paper.id)
    assert paper.tier == "digest"
    assert paper.notes
    assert 40 <= len(paper.text.split()) <= 220
    assert paper.paper.abstract is not None
    assert [s.heading for s in paper.sections][:2] == ["What was done", "What was found"]
    assert "\n\n".join(paper.text[s.start : s.end] for s in paper.sections) == paper.text
    openings = {s.split()[0].lower() for s in re.split(r"(?<=[.!?])\s+(?=[A-Z])", paper.text)}
    assert not openings & {"it", "its", "they", "their", "this", "these", "such", "we", "our"}


def test_both_versions_of_the_reference_paper_state_their_own_figures() -> None:
    first, second = (p for p in papers() if p.paper.id == "arxiv:2005.13013")
    assert (first.paper.version, second.paper.version) == ("v1", "v2")
    assert "6.1 points over XLM-R Large" in first.text
    assert "8.4 points" in first.text
    assert "5.4 points" not in first.text
    assert "5.4 points" in second.text
    assert "6.1" not in second.text
    gains = [{row[-2] for table in p.tables[:1] for row in table.rows} for p in (first, second)]
    assert gains == [{"+8.4", "+6.1"}, {"+8.2", "+7.5", "+7.0", "+8.7", "+5.4"}]


# --- truth: held against the sources at hand --------------------------------------------------------


def records(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


@pytest.fixture(scope="module")
def sources(shared_data: Path) -> dict[str, dict[str, Any]]:
    """The records that digests name, by id, from the files beside the checkout."""
    named = " ".join(file.read_text(encoding="utf-8") for file in FILES)
    wanted = {m["id"] for pattern in (ACL, HARVEST) for m in pattern.finditer(named)}
    corpus = shared_data / "corpus"
    found = {r["id"]: r for r in records(corpus / "acl_anthology" / "abstracts.jsonl.gz") if r["id"] in wanted}
    for file in sorted((corpus / "arxiv_metadata").glob("*.jsonl.gz")):
        found |= {r["arxiv_id"]: r for r in records(file) if r["arxiv_id"] in wanted}
    return found


def numbers(text: str) -> Counter[str]:
    """The figures of a text, spelled ones from three to twenty included: 35,600 -> 35600, 8.0 -> 8."""
    text = re.sub(r"(?<=\d)[-–](?=\d)", " ", text)
    found = [m[1].replace(",", "") for m in NUMBER.finditer(text)]
    found += [SPELLED[w] for w in re.findall(r"[a-z]+", text.lower()) if w in SPELLED]
    return Counter(re.sub(r"\.0+$", "", number) for number in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gains +8.4 points on 9 tasks", ["8.4", "9"]),
        ("35,600 problems, 94% and <48%", ["35600", "94", "48"]),
        ("XLM-R, mT5, GPT2, PAWS-X", []),
        ("204K pairs in eleven languages.", ["204", "11"]),
        ("from 83.1-90.8 accuracy", ["83.1", "90.8"]),
    ],
)
def test_figures_are_found(text: str, expected: list[str]) -> None:
    assert set(numbers(text)) == set(expected)


def digest_text(version: dict[str, Any]) -> str:
    return " ".join(section["text"] for section in version["section"])


@pytest.mark.shared_data
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_a_digest_states_stands_in_its_sources(file: Path, sources: dict[str, dict[str, Any]]) -> None:
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    facts = content["paper"]
    acl = facts["ids"].get("acl")
    named = [m["id"] for v in content["version"] for s in v["read_in"] for m in ACL.finditer(s)]
    assert set(named) <= set(sources)
    if acl in named:
        source = sources[acl]
        assert (facts["title"], facts["authors"], facts["year"]) == (
            source["title"],
            source["authors"],
            source["year"],
        )
        assert facts["url"] == source["url"]
        if "doi" in facts["ids"]:
            assert facts["ids"]["doi"].lower() == source["doi"].lower()
    for version in content["version"]:
        check_version(version, facts, sources)


def check_version(version: dict[str, Any], facts: dict[str, Any], sources: dict[str, dict[str, Any]]) -> None:
    """Figures against all sources of the version if all are at hand, and each table row against its own."""
    stated: dict[str, Counter[str]] = {}
    for name in version["read_in"]:
        match = ACL.search(name) or HARVEST.search(name)
        if match:
            source = sources[match["id"]]
            assert copied_run(digest_text(version), source["abstract"]) is None
            stated[name] = numbers(f"{source['title']} {source['abstract']} {source.get('created', '')}")
        elif name in PAGES:
            stated[name] = numbers(PAGES[name])
    known = sum(stated.values(), numbers(f"{facts['title']} {facts['year']} {version.get('date', '')}"))
    tables = version.get("table", [])
    if len(stated) == len(version["read_in"]):
        figures = [cell for table in tables for row in table["rows"] for cell in figures_of(table, row)]
        assert not set(numbers(" ".join([digest_text(version), *figures]))) - set(known)
    for row in (row for table in tables for row in table["rows"]):
        if row[-1] in stated:
            assert not set(numbers(" ".join(row[1:-1]))) - set(stated[row[-1]])


def figures_of(table: dict[str, Any], row: list[str]) -> list[str]:
    """The cells after the row's label, without the one that names the source."""
    return row[1:-1] if table["columns"][-1] == "Read in" else row[1:]


def copied_run(digest: str, source: str, length: int = 8) -> str | None:
    """The first run of `length` words that the digest shares with the source; None where there is none."""
    words, known = (re.findall(r"[\w.%+-]*\w", text.lower()) for text in (digest, source))
    haystack = f" {' '.join(known)} "
    for i in range(len(words) - length + 1):
        run = " ".join(words[i : i + length])
        if f" {run} " in haystack:
            return run
    return None


def test_a_copied_run_is_found() -> None:
    source = "We show that one two three four five six seven eight nine."
    assert copied_run("They see one two three four five six seven eight.", source) is not None
    assert copied_run("They see one two three four five six seven, not eight.", source) is None
