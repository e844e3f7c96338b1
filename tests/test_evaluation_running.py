"""`synth evaluate`: tiny sets, a judge that answers by rule, and what comes out: figures, signature, JSON, the page."""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import ValidationError

from synth.cli_evaluate import evaluate as command
from synth.cli_evaluate import table
from synth.errors import InputError
from synth.evaluation import Judgement, Result, evaluate, known
from synth.evaluation.benchmark import Benchmark, placed
from synth.evaluation.judges import PredictionJudge, TableClaim
from synth.evaluation.outcome import sample
from synth.evaluation.tables import read
from synth.labelled import KNOWN, Pair, held_back
from synth.progress import Silent
from synth.session import group
from synth.shell import run

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "docs"))
from results_table import page

CORPUS = [
    {"doc_id": 1, "title": "Tea", "abstract": ["Tea is warm.", "Tea lowers pain by 12 percent."]},
    {"doc_id": 2, "title": "Salt", "abstract": ["Salt raises pressure."]},
    {"doc_id": 3, "title": "Rain", "abstract": ["Rain fell."]},
]
CLAIMS: list[dict[str, Any]] = [
    {"id": 1, "claim": "Tea lowers pain by 12 percent.", "evidence": {"1": [{"sentences": [1], "label": "SUPPORT"}]},
     "cited_doc_ids": [1]},
    {"id": 2, "claim": "Salt lowers pressure.", "evidence": {"2": [{"sentences": [0], "label": "CONTRADICT"}]},
     "cited_doc_ids": [2]},
    {"id": 3, "claim": "Snow fell on it.", "evidence": {}, "cited_doc_ids": [3]},
]  # fmt: skip


def lay(path: Path, records: Sequence[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = "".join(json.dumps(record) + "\n" for record in records).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "claims" / "scifact"
    lay(folder / "corpus.jsonl", CORPUS)
    lay(folder / "claims_dev.jsonl", CLAIMS)
    (folder / "beir_style" / "qrels").mkdir(parents=True)
    rows = "".join(f"{n}\t{n}\t1\n" for n in (1, 2, 3))
    (folder / "beir_style" / "qrels" / "dev.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}", "utf-8")
    return tmp_path


class Rule:
    """Says what the words say: a claim that stands in the passage is supported, "lowers" against "raises" refuted."""

    id = "rule@000"

    def __init__(self, confidence: float | None = 0.9) -> None:
        self.confidence = confidence
        self.asked: list[Pair] = []

    def judge(self, pairs: Sequence[Pair], progress: Silent) -> list[Judgement]:
        self.asked += pairs
        return [self._one(pair) for pair in pairs]

    def _one(self, pair: Pair) -> Judgement:
        for place, sentence in enumerate(pair.sentences):
            if pair.claim == sentence:
                return Judgement("supports", self.confidence, (place,))
            if pair.claim == sentence.replace("raises", "lowers"):
                return Judgement("refutes", self.confidence, (place,))
        return Judgement("neutral", self.confidence)


def values(result: Result) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in result.figures}


# --- pairs --------------------------------------------------------------------------------------------------


def test_pairs_are_judged_counted_and_signed(root: Path) -> None:
    result = evaluate("scifact_oracle", root, Silent(), judge=Rule())
    got = values(result)
    assert (got["macro_f1"], got["accuracy"], got["coverage"]) == (1.0, 1.0, pytest.approx(2 / 3))
    assert got["rationale_first"] == 1.0
    assert result.confusion == {
        "supports": {"supports": 1, "refutes": 0, "neutral": 0},
        "refutes": {"supports": 0, "refutes": 1, "neutral": 0},
        "neutral": {"supports": 0, "refutes": 0, "neutral": 1},
    }
    s = result.signature
    assert (s.benchmark, s.data, s.split, s.n, s.of, s.groups, s.seed) == (
        "scifact_oracle",
        "scifact",
        "dev",
        3,
        3,
        3,
        1,
    )
    assert s.verifier == "rule@000"
    assert s.command == "synth evaluate scifact_oracle --data DIR --split dev"
    assert result.calibration is not None
    assert result.calibration.ece == pytest.approx(0.1)
    assert result.calibration_decided is not None
    assert result.calibration_decided.n == 2
    assert {label: one.n for label, one in result.calibration_by_label.items()} == dict.fromkeys(result.confusion, 1)


def test_the_same_input_gives_the_same_record_and_json_brings_it_back(root: Path) -> None:
    first, second = (evaluate("scifact_oracle", root, Silent(), judge=Rule()) for _ in range(2))
    assert first == second
    assert Result.model_validate_json(first.model_dump_json(by_alias=True)) == first
    assert json.loads(first.model_dump_json(by_alias=True))["schema"] == "synth/evaluation/1"


def test_the_folder_of_the_set_serves_as_well_as_the_root(root: Path) -> None:
    inner = evaluate("scifact_oracle", root / "claims" / "scifact", Silent(), judge=Rule())
    assert inner == evaluate("scifact_oracle", root, Silent(), judge=Rule())


def test_without_confidences_there_is_no_calibration(root: Path) -> None:
    result = evaluate("scifact_oracle", root, Silent(), judge=Rule(None))
    assert result.calibration is None
    assert "calibration: none, no verdict has a confidence" in table(result)


def test_the_data_decides_the_checksum(root: Path) -> None:
    before = evaluate("scifact_oracle", root, Silent(), judge=Rule()).signature.checksum
    lay(root / "claims" / "scifact" / "claims_dev.jsonl", CLAIMS[:2])
    assert evaluate("scifact_oracle", root, Silent(), judge=Rule()).signature.checksum != before


def test_a_sample_is_told(root: Path) -> None:
    result = evaluate("scifact_oracle", root, Silent(), judge=Rule(), limit=2, seed=5)
    assert (result.signature.n, result.signature.of) == (2, 3)
    assert result.signature.command.endswith("--limit 2 --seed 5")
    assert "n=2 of 3 (a sample) pairs" in table(result)


def test_samples_keep_the_order_and_grow(root: Path) -> None:
    names = [str(n) for n in range(50)]
    small, large, other = (sample(names, str, limit, seed) for limit, seed in ((5, 1), (20, 1), (5, 2)))
    assert set(small) < set(large)
    assert small != other
    assert large == sorted(large, key=int)
    assert sample(names, str, None, 1) == sample(names, str, 50, 1) == names


def test_of_a_split_that_taught_only_what_was_held_back_is_judged(tmp_path: Path) -> None:
    said = [{"section_header": "S", "text": "It rained."}]
    rows = [
        {"id": f"i{n}", "text": "It rained.", "label": "SUPPORTS", "wikipedia_page": f"Page {n}", "gold_evidence": said,
         "retrieved_evidence": said}
        for n in range(60)
    ]  # fmt: skip
    lay(tmp_path / "dev.jsonl", rows)
    judge = Rule()
    result = evaluate("fool_me_twice", tmp_path, Silent(), split="dev", judge=judge)
    assert {pair.group for pair in judge.asked} == {
        f"Page {n}" for n in range(60) if held_back(f"fool_me_twice:Page {n}")
    }
    assert 0 < result.signature.n < 20
    assert "only groups that were held back from training" in result.notes


# --- what is refused ----------------------------------------------------------------------------------------


def test_unknown_names_and_missing_files_are_told(root: Path) -> None:
    with pytest.raises(InputError, match='no benchmark "scifact_orakle"; did you mean "scifact_oracle"'):
        evaluate("scifact_orakle", root, Silent())
    with pytest.raises(InputError, match='scifact_oracle has no split "tset"; known: dev, train'):
        evaluate("scifact_oracle", root, Silent(), split="tset")
    with pytest.raises(InputError, match=r"claims_train.jsonl is missing; give the folder of scifact \(corpus.jsonl"):
        evaluate("scifact_oracle", root, Silent(), split="train")
    with pytest.raises(InputError, match=r"none of the files of scifact is there; .* root that holds claims/scifact/"):
        evaluate("scifact_oracle", root / "claims", Silent())
    with pytest.raises(InputError, match="no such folder"):
        evaluate("scifact_oracle", root / "nowhere", Silent())
    with pytest.raises(InputError, match="--limit: 0 is less than 1"):
        evaluate("scifact_oracle", root, Silent(), limit=0)


# --- the product's own paths ----------------------------------------------------------------------------------


def test_the_product_is_asked_through_its_predictions(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the corpus and the claims look like, and how predictions become judgements."""
    seen: dict[str, Any] = {}

    def predict(claims: Path, corpus: Path, out: Path, library: object, progress: Silent, *, oracle: bool) -> int:
        seen["claims"] = [json.loads(line) for line in claims.read_text().splitlines()]
        seen["corpus"] = [json.loads(line) for line in corpus.read_text().splitlines()]
        seen["oracle"] = oracle
        evidence = {"d0": {"label": "CONTRADICT", "sentences": [1, 0], "confidence": 0.75}}
        made = [
            {"id": 0, "evidence": evidence, "verdict": {"label": "refuted", "confidence": 0.7}},
            {"id": 1, "evidence": {}, "verdict": {"label": "not_enough_evidence", "confidence": 0.6}},
            {"id": 3, "evidence": {}, "verdict": {"label": "not_checked", "confidence": None}},
        ]
        out.write_text("".join(json.dumps(line) + "\n" for line in made))
        return 3

    monkeypatch.setattr("synth.predictions.predict", predict)
    shared = {"data": "d", "split": "s", "group": "g", "title": "T", "label": "neutral", "rationale": None}
    pairs = [
        Pair(id=str(n), claim=claim, sentences=sentences, **shared)  # type: ignore[arg-type]
        for n, (claim, sentences) in enumerate(
            [("A.", ("x", "y")), ("B.", ("x", "y")), ("Long " * 500, ("x",)), ("C.", ("z",))]
        )
    ]
    first, second, third, fourth = PredictionJudge().judge(pairs, Silent())
    assert seen["oracle"] is True
    assert [line["doc_ids"] for line in seen["claims"]] == [["d0"], ["d0"], ["d1"]]
    assert seen["corpus"][0] == {"doc_id": "d0", "title": "T", "abstract": ["x", "y"]}
    assert (first.label, first.confidence, first.sentences) == ("refutes", 0.75, (1, 0))
    assert (second.label, second.confidence, second.refused) == ("neutral", 0.6, False)
    assert (third.label, third.confidence, third.refused) == ("neutral", None, True)
    assert (fourth.label, fourth.confidence, fourth.refused) == ("neutral", None, False)


def test_open_retrieval_is_scored_from_predictions(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def predict(claims: Path, corpus: Path, out: Path, library: object, progress: Silent, *, oracle: bool) -> int:
        asked = [json.loads(line) for line in claims.read_text().splitlines()]
        assert not oracle
        assert all(line.keys() == {"id", "claim"} for line in asked)  # nothing of the gold evidence is handed on
        found = [
            {"1": {"label": "SUPPORT", "sentences": [1], "confidence": 0.8}},
            {"3": {"label": "SUPPORT", "sentences": [0], "confidence": 0.6}},
            {},
        ]
        lines = [{"id": line["id"], "evidence": e} for line, e in zip(asked, found, strict=True)]
        out.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return 3

    monkeypatch.setattr("synth.predictions.predict", predict)
    result = evaluate("scifact_open", root, Silent(), judge=Rule())
    got = values(result)
    assert got["abstract_label_only_f1"] == got["abstract_rationalised_f1"] == got["sentence_label_f1"] == 0.5
    assert result.calibration is not None
    assert result.calibration.brier == pytest.approx((0.2**2 + 0.6**2) / 2)


def test_rankings_are_scored_by_the_cited_documents(root: Path) -> None:
    got = values(evaluate("scifact_retrieval", root, Silent()))
    assert got == {"ndcg_at_10": 1.0, "r_at_100": 1.0}


def test_tables_are_laid_out_and_scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        [{"text": "Year", "r": [0, 0], "c": [0, 0]}, {"text": "Sold", "r": [0, 0], "c": [1, 2]}],
        [{"text": "2001", "r": [1, 1], "c": [0, 0]}, {"text": "5", "r": [1, 1], "c": [1, 1]}],
    ]
    statements = [
        {"id": str(n), "text": f"S{n}.", "label": label} for n, label in enumerate(["entailed", "refuted", "unknown"])
    ]
    lay(tmp_path / "dev.jsonl.gz", [{"doc": "d", "table_id": "T1", "caption": "C.", "legend": "L.", "rows": rows,
                                     "statements": statements}])  # fmt: skip
    asked: list[TableClaim] = []

    def judge(claims: Sequence[TableClaim], progress: Silent) -> tuple[list[Judgement], str]:
        asked.extend(claims)
        return [Judgement("supports", 0.5), Judgement("refutes", None), Judgement("supports", 0.5)], "tables@1"

    monkeypatch.setattr("synth.evaluation.tasks.judge_tables", judge)
    result = evaluate("semtabfact", tmp_path, Silent())
    got = values(result)
    assert (got["three_way_f1"], got["two_way_f1"]) == (pytest.approx(2 / 3), 1.0)
    assert (asked[0].caption, asked[0].columns, asked[0].rows) == (
        "C. L.",
        ("Year", "Sold", "Sold"),
        (("2001", "5", ""),),
    )
    assert result.signature.verifier == "tables@1"
    lay(tmp_path / "dev.jsonl.gz", [{"doc": "d", "table_id": "T1", "rows": [[{"text": "a"}]], "statements": []}])
    with pytest.raises(InputError, match=r'gz:1: field "rows" has a cell without text or place'):
        evaluate("semtabfact", tmp_path, Silent())


def test_hashed_tables_are_read_and_short_rows_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path / "tables.jsonl.gz", [{"table_id": "a.csv", "csv_hash_delimited": 'x#y\r\n1#"2\r\n3'}])
    (tmp_path / "test_examples.json").write_text(json.dumps({"a.csv": [["one", "two"], [1, 0], "cap"]}), "utf-8")
    asked: list[TableClaim] = []

    def judge(claims: Sequence[TableClaim], progress: Silent) -> tuple[list[Judgement], str]:
        asked.extend(claims)
        return [Judgement("supports", None), Judgement("neutral", None)], "t"

    monkeypatch.setattr("synth.evaluation.tasks.judge_tables", judge)
    assert values(evaluate("tabfact", tmp_path, Silent()))["accuracy"] == 0.5
    assert (asked[0].columns, asked[0].rows, asked[1].label) == (("x", "y"), (("1", '"2'), ("3", "")), "refutes")
    (tmp_path / "test_examples.json").write_text(json.dumps({"a.csv": [["one"], [2], "cap"]}), "utf-8")
    with pytest.raises(InputError, match=r"a.csv: not statements, labels \(0 or 1\) and a caption"):
        evaluate("tabfact", tmp_path, Silent())


def test_edits_must_be_refused_and_rewordings_accepted(tmp_path: Path) -> None:
    sentences = ["Our method improves accuracy by 3.1 points on XNLI.", "We show that training improves results."]
    lay(tmp_path / "test.jsonl", [{"sentences": sentences}] * 3)

    class Anything(Rule):
        def _one(self, pair: Pair) -> Judgement:
            return Judgement("supports", None)

    accepting = values(evaluate("controlled_edits", tmp_path, Silent(), judge=Anything()))
    assert (accepting["changes_not_accepted"], accepting["rewordings_accepted"]) == (0.0, 1.0)
    assert accepting["numbers_directions_not_accepted"] == accepting["not_accepted_number"] == 0.0
    refusing = values(evaluate("controlled_edits", tmp_path, Silent(), judge=Rule(None)))
    assert (refusing["changes_not_accepted"], refusing["rewordings_accepted"]) == (1.0, 0.0)


# --- the benchmarks and the page --------------------------------------------------------------------------------


def test_the_benchmarks_say_what_the_sets_say() -> None:
    for name, one in known().items():
        assert one.name == name
        if one.kind == "pairs":
            told = KNOWN[one.data]
            assert (one.folder, one.licence) == (told.folder, told.licence)
            assert set(one.splits) <= set(told.splits)
            assert told.ship or not one.trained
        assert set(one.trained) <= set(one.splits)
        assert (one.seen == "nothing") <= (not one.trained)


def test_a_benchmark_must_be_whole() -> None:
    told = known()["scifact_open"].model_dump()
    with pytest.raises(ValidationError, match="none of the splits"):
        Benchmark(**{**told, "split": "nowhere"})


@pytest.mark.shared_data
@pytest.mark.parametrize("name", sorted(known()))
def test_the_files_of_every_benchmark_are_where_it_says(shared_data: Path, name: str) -> None:
    for split in known()[name].splits:
        assert placed(name, shared_data, split).folder == shared_data / known()[name].folder


def test_the_page_is_built_from_stored_results(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    assert "No results are stored yet." in page(folder)
    result = evaluate("scifact_oracle", root, Silent(), judge=Rule(), limit=2)
    (folder / "scifact_oracle.json").write_text(result.model_dump_json(by_alias=True), "utf-8")
    built = page(folder)
    assert "| SciFact, abstracts given | dev | sample of 2 from 3 pairs | macro_f1 | 1.000 |" in built
    assert "all figures | scifact_oracle: scifact dev, sha256 " in built
    assert "| all verdicts | 2 of 2 | 0.100 |" in built
    assert "| 0.8 to 0.9 | 2 | 0.900 | 1.000 |" in built
    assert built == page(folder)


# --- the command ------------------------------------------------------------------------------------------------


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.setattr("synth.evaluation.running.PredictionJudge", Rule)
    made = group("synth", "Test.")
    made.callback()(lambda: None)
    made.command("evaluate")(command)
    return made


def test_the_command_prints_a_table_or_json(root: Path, app: typer.Typer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, "synth", ["evaluate", "scifact_oracle", "--data", str(root)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("SciFact, abstracts given\n\n  figure")
    assert "signature: all figures | scifact_oracle: scifact dev, sha256 " in out
    assert "synth: resample: done" in err
    assert run(app, "synth", ["evaluate", "scifact_oracle", "--data", str(root), "--json", "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out)["signature"]["n"] == 3


def test_the_command_says_in_one_line_what_is_wrong(
    root: Path, app: typer.Typer, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["scifact", "--data", str(root)], ["scifact_oracle", "--data", str(root), "--limit", "0"]):
        assert run(app, "synth", ["evaluate", *words]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("data", "split", "supports", "refutes", "neutral"),
    [("semtabfact", "dev", 250, 213, 93), ("tabfact", "test", 6425, 6354, 0)],
)
def test_the_tables_count_as_their_makers_say(
    shared_data: Path, data: str, split: str, supports: int, refutes: int, neutral: int
) -> None:
    claims = read(data, shared_data / known()[data].folder, split)
    counts = Counter(claim.label for claim in claims)
    assert (counts["supports"], counts["refutes"], counts["neutral"]) == (supports, refutes, neutral)
    assert all(len(row) == len(claim.columns) for claim in claims for row in claim.rows)
