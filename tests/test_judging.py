"""Claims in words and in files, held against papers; queries in files, ranked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Done, papers, runner

Run = Callable[..., Done]
TRUE = "Intermediate training improves PAWS-X accuracy by 1.4 points."
CORPUS: list[dict[str, object]] = [
    {"doc_id": 7, "title": "Gains", "abstract": ["We study training.", TRUE, "It costs little.", TRUE]},
    {"doc_id": "b", "title": "Losses", "abstract": ["Salt in soup raises PAWS-X accuracy by 9.9 points.", " "]},
    {"doc_id": "c", "title": "Doubt", "abstract": ["Intermediate training improves PAWS-X accuracy by 0.2 points."]},
]
CLAIMS: list[dict[str, object]] = [
    {"id": "text", "claim": TRUE, "doc_ids": [7, "c"]},
    {"id": 2, "claim": TRUE, "cited_doc_ids": ["7", 7]},
    {"id": 1, "claim": "The moon is made of cheese.", "doc_ids": []},
]


@pytest.fixture
def synth(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    laid("corpus.jsonl", CORPUS)
    laid("claims.jsonl", CLAIMS)
    return runner(capsys)


def laid(name: str, lines: list[dict[str, object]]) -> None:
    Path(name).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def predicted(name: str = "out.jsonl") -> list[dict[str, object]]:
    return [json.loads(line) for line in Path(name).read_text().splitlines()]


FILES = ("verify", "--claims", "claims.jsonl", "--corpus", "corpus.jsonl", "--out", "out.jsonl")

# --- claims in words --------------------------------------------------------------------------------------------


def test_a_claim_in_words_is_held_against_the_papers_named(synth: Run, tmp_path: Path) -> None:
    done = synth("verify", TRUE, "Salt\n improves soup.", "--papers", papers(tmp_path), "--json", "--quiet")
    assert (done.code, done.err) == (0, "")
    first, second = map(json.loads, done.out.splitlines())
    assert (first["statement"], first["verdict"]["label"]) == (TRUE, "supported")
    assert first["verdict"]["confidence"] >= 0.9
    assert {e["paper_id"] for e in first["evidence"]} == {"gain", "same"}
    assert second["statement"] == "Salt improves soup."
    assert second["verdict"]["label"] in ("not_enough_evidence", "not_checked")


def test_a_verdict_in_words_shows_the_quote_and_its_place(synth: Run, tmp_path: Path) -> None:
    done = synth("verify", TRUE, "--papers", papers(tmp_path))
    assert done.out.startswith(f"supported: {TRUE}\n  supported by 2 independent papers\n  confidence 0.9")
    assert "\n  checks: ✓ " in done.out
    assert "\n  supports: “" in done.out
    assert "(gain, Abstract)" in done.out


def test_a_paper_that_cannot_be_read_is_skipped(synth: Run, tmp_path: Path) -> None:
    (tmp_path / "not.pdf").write_text("no")
    done = synth("verify", "--papers", papers(tmp_path), "not.pdf", "--", TRUE)
    assert (done.code, done.out.split(":")[0]) == (0, "supported")
    assert "synth: skipped not.pdf: not a PDF" in done.err


# --- claims in files --------------------------------------------------------------------------------------------


def test_predictions_keep_order_and_ids_and_name_sentences_by_index(synth: Run) -> None:
    done = synth(*FILES, "--oracle")
    assert (done.code, done.out) == (0, "")
    assert done.err.splitlines()[-1] == "synth: 3 predictions are in out.jsonl"
    lines = predicted()
    assert [line["id"] for line in lines] == ["text", 2, 1]
    found = [{key: (d["label"], d["sentences"]) for key, d in line["evidence"].items()} for line in lines]
    supports, refutes = ("SUPPORT", [1]), ("CONTRADICT", [0])
    assert found == [{"7": supports, "c": refutes}, {"7": supports}, {}]
    assert all(0.5 < d["confidence"] <= 1 for line in lines for d in line["evidence"].values())
    assert [line["verdict"]["label"] for line in lines] == ["conflicting", "supported", "not_checked"]


def test_without_oracle_the_abstracts_are_searched(synth: Run) -> None:
    laid("claims.jsonl", [{"id": 1, "claim": TRUE, "doc_ids": ["nowhere"]}])
    assert synth(*FILES, "--quiet") == Done(0, "", "")
    (line,) = predicted()
    assert set(line["evidence"]) == {"7", "c"}  # type: ignore[call-overload]


def test_neither_the_order_of_the_corpus_nor_an_irrelevant_abstract_changes_a_label(synth: Run) -> None:
    """Equal abstracts share their place in the ranking, and so their confidence."""
    laid("claims.jsonl", [{"id": 1, "claim": TRUE}])
    spoken = [line for line in CORPUS if line["doc_id"] in (7, "7", "c")]
    copies = [*spoken, {**spoken[0], "doc_id": "copy"}]
    other = {"doc_id": "z", "title": "On tea", "abstract": ["Tea is grown on hills.", "The hills are green."]}
    found = []
    for lines in (copies, copies[::-1], [*copies, other], [other, *copies]):
        laid("corpus.jsonl", lines)
        assert synth(*FILES, "--quiet").code == 0
        found.append(predicted()[0]["evidence"])
    assert found[0] == found[1]
    assert found[2] == found[3]
    first, more = ({key: one["label"] for key, one in evidence.items()} for evidence in (found[0], found[2]))
    assert first == more
    assert found[0]["7"]["confidence"] == found[0]["copy"]["confidence"]


def test_the_same_files_give_the_same_bytes(synth: Run) -> None:
    synth(*FILES)
    first = Path("out.jsonl").read_bytes()
    synth(*FILES)
    assert Path("out.jsonl").read_bytes() == first


@pytest.mark.parametrize(
    ("file", "lines", "message"),
    [
        (
            "claims",
            [{"id": 1, "claim": "A b.", "doc_ids": [8]}],
            "claims.jsonl:1: doc_ids names 8, which corpus.jsonl does",
        ),
        (
            "claims",
            [{"id": 1, "claim": "A b."}],
            'claims.jsonl:1: field "doc_ids" is not a list of ids, which --oracle',
        ),
        ("claims", [{"id": 1, "claim": "A b.", "doc_ids": 7}], 'claims.jsonl:1: field "doc_ids" is not a list of ids'),
        ("claims", [{"claim": "A b.", "doc_ids": []}], 'claims.jsonl:1: field "id" is missing or empty'),
        ("claims", [{"id": 1, "doc_ids": []}], 'claims.jsonl:1: field "claim" is missing or empty'),
        ("claims", [{"id": 1, "claim": "x" * 2001, "doc_ids": []}], "claims.jsonl:1: 2,001 characters"),
        ("claims", [*CLAIMS, {"id": "2", "claim": "A b.", "doc_ids": []}], 'claims.jsonl:4: id "2" is there twice'),
        (
            "corpus",
            [{"doc_id": 7, "abstract": "One text."}],
            'corpus.jsonl:1: field "abstract" is not a list of sentences',
        ),
        ("corpus", [{"doc_id": 7, "abstract": [1]}], 'corpus.jsonl:1: field "abstract" is not a list of sentences'),
        ("corpus", [{"abstract": ["One."]}], 'corpus.jsonl:1: field "doc_id" is missing or empty'),
        (
            "corpus",
            [*CORPUS, {"doc_id": "7", "abstract": []}],
            'corpus.jsonl:4: id "7" is there twice (first in line 1)',
        ),
    ],
)
def test_a_bad_line_is_named(synth: Run, file: str, lines: list[dict[str, object]], message: str) -> None:
    laid(f"{file}.jsonl", lines)
    done = synth(*FILES, "--oracle")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"synth: {message}")
    assert done.err.count("\n") == 1
    assert not Path("out.jsonl").exists()


def test_a_place_that_cannot_be_written_is_known_before_the_work(synth: Run) -> None:
    done = synth(*FILES[:-1], "claims.jsonl/x")
    assert (done.code, done.err) == (
        2, "synth: --out claims.jsonl/x: cannot be written (Not a directory); name another file\n"
    )  # fmt: skip


@pytest.mark.parametrize("more", [["A claim."], ["--papers", "corpus.jsonl"]])
def test_files_and_words_do_not_mix(synth: Run, more: list[str]) -> None:
    done = synth(*FILES, *more)
    assert (done.code, done.err.startswith("synth: verify: give claims in words, or --claims")) == (2, True)


@pytest.mark.shared_data
@pytest.mark.slow
def test_scifact_with_its_own_field_names(synth: Run, shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "claims" / "scifact"
    claims = (folder / "claims_dev.jsonl").read_text("utf-8").splitlines()[:40]
    (tmp_path / "claims.jsonl").write_text("\n".join(claims), encoding="utf-8")
    words = (
        "verify",
        "--claims",
        "claims.jsonl",
        "--corpus",
        folder / "corpus.jsonl",
        "--oracle",
        "--out",
        "out.jsonl",
    )
    assert synth(*words).code == 0
    lines = predicted()
    assert [line["id"] for line in lines] == [json.loads(claim)["id"] for claim in claims]
    cited = {json.loads(claim)["id"]: {str(d) for d in json.loads(claim)["cited_doc_ids"]} for claim in claims}
    assert all(set(line["evidence"]) <= cited[line["id"]] for line in lines)  # type: ignore[call-overload]
    assert any(line["evidence"] for line in lines)


# --- queries in files -------------------------------------------------------------------------------------------


def test_a_run_file_is_written(synth: Run) -> None:
    laid("queries.jsonl", [{"_id": "q2", "text": "salt in soup"}, {"_id": 1, "text": "intermediate training"}])
    words = ("search", "--queries", "queries.jsonl", "--corpus", "corpus.jsonl", "-k", 2, "--run", "run.trec")
    done = synth(*words)
    assert (done.code, done.out) == (0, "")
    assert "synth: search: 2 done in" in done.err
    rows = [line.split() for line in Path("run.trec").read_text().splitlines()]
    assert [(row[0], row[2], row[3]) for row in rows if row[3] == "1"] == [("q2", "b", "1"), ("1", rows[2][2], "1")]
    assert [row[3] for row in rows] == ["1", "2", "1", "2"]
    assert all(row[1] == "Q0" and row[5] == "synth" and 0 <= float(row[4]) <= 1 for row in rows)
    assert float(rows[0][4]) >= float(rows[1][4])
    bad = synth(*words[:-1], "queries.jsonl/run")
    assert (bad.code, bad.err.startswith("synth: --run queries.jsonl/run: cannot be written")) == (2, True)
    laid("queries.jsonl", [{"_id": "q 2", "text": "salt"}])
    assert synth(*words).err == 'synth: queries.jsonl:1: id "q 2" has spaces, which a run file cannot hold\n'
