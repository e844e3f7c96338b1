"""There and back: a report, its claims marked, `replicate run --report --flagged`, and the report refreshed."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from made import claim as made_claim
from made import paper as made_paper
from replicate_fakes import FakeRunner, short_recipes, small_family
from report_fixtures import claim, paper, rich

from replicate import cli, counted, exchange, finish, flagged, flags, walks
from synth import flags as marks
from synth.errors import InputError
from synth.records import Claim, Quantity, ReadPaper, Report, Section, Table, Verdict
from synth.refresh import refresh
from synth.render import load, write
from synth.tabulated import weighed

__all__ = ["small_family"]

PAPER = "arxiv:2005.13013"
SQUAD = "With SQuAD v2 as intermediate task the average gain over all targets is 8.2 points."
ROWS = "The train set of SQuAD v1.1 has 87,599 training examples."
SKY = "The sky is blue."


def stated(identity: str, statement: str, value: float | None = None, **changes: Any) -> dict[str, Any]:
    quantity = None if value is None else Quantity(value=value)
    made = claim(identity, statement, PAPER, quantity=quantity, **changes)
    return made.model_copy(update={"source": made.source.model_copy(update={"version": "v2"})}).model_dump()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    claims = [stated("c-squad", SQUAD, 8.2), stated("c-rows", ROWS), stated("c-sky", SKY)]
    report = Report.model_validate(
        rich().model_dump(by_alias=True)
        | {"papers": [paper(PAPER).model_dump()], "claims": claims, "agreements": [], "conflicts": []}
    )
    write(report, tmp_path / "r", formats=("json", "html"), manifest={"date": "2026-02-01", "request": {}})
    return tmp_path / "r"


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeRunner:
    made = FakeRunner({"squad_v2": 0.3})
    monkeypatch.setattr(walks, "engine", lambda device, **_: made)
    monkeypatch.setattr(walks, "cores", lambda: 1)
    monkeypatch.setattr(sys, "argv", ["replicate", "run", "--report", "r", "--flagged"])
    monkeypatch.chdir(tmp_path)
    return made


def call(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(word) for word in words])
    return int(ended.value.code or 0)


def by_id(folder: Path) -> dict[str, Any]:
    return {one.id: one.replication for one in load(folder).claims}


# --- marks ------------------------------------------------------------------------------------------------------


def test_flags_name_tiers_cost_command_and_what_speaks() -> None:
    found = {one["experiment"]: one for one in flags.flags([stated("c-squad", SQUAD, 8.2), stated("c-sky", SKY)])}
    assert set(found) == {"squad-average"}
    tiers = {tier["name"]: tier for tier in found["squad-average"]["tiers"]}
    assert list(tiers) == ["micro", "retrieval", "paper"]
    assert [tier["speaks"] for tier in tiers.values()] == [False, False, True]
    assert "never of the paper" in tiers["micro"]["why_not"]
    assert tiers["paper"]["command"] == (
        "replicate run --report . --claim c-squad --experiment squad-average --preset paper"
    )
    assert all(tier["cost"].endswith("B") for tier in tiers.values())


def test_what_one_machine_lacks_is_said_of_that_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "find_spec", lambda name: None)
    (found,) = flags.flags([stated("c-squad", SQUAD, 8.2)])
    assert {tier["here"] for tier in found["tiers"]} == {False}
    assert "torch and transformers not installed" in found["tiers"][0]["why_not_here"]


@pytest.mark.parametrize(
    ("statement", "settled"),
    [
        (ROWS, "squad_v1 train: rows: stated 87,599, found 87,599, agrees"),
        ("The train set has 38,015 training examples.", None),  # a number from memory is never told
        ("It has some training examples.", None),
    ],
)
def test_a_count_is_settled_at_once(statement: str, settled: str | None) -> None:
    (found,) = flags.flags([stated("c-rows", statement)])
    assert found["experiment"] == "dataset-sizes"
    assert (found["settled"] or "").removeprefix("checked, nothing was replicated: ") == (settled or "")


def test_both_halves_agree_on_the_shape_of_a_flag(folder: Path) -> None:
    report = load(folder)
    found = marks.flags(report.claims, [flags.flags])
    assert [(one.claim_id, one.experiment) for one in found] == [
        ("c-squad", "squad-average"), ("c-rows", "dataset-sizes"),
    ]  # fmt: skip
    told = {one.id: one.replication.reason for one in marks.marked(report, found).claims}
    assert "squad-average can test it: micro (" in told["c-squad"]
    assert "87,599, agrees" in told["c-rows"]
    assert told["c-sky"] == "no experiment was asked for"


@pytest.mark.parametrize(
    ("statement", "settled"),
    [
        ("The MNLI training set contains 392,702 sentence pairs.",
         "MultiNLI train: rows: stated 392,702, found 392,702, agrees"),
        ("The MultiNLI train split has 393,000 examples.",
         "MultiNLI train: rows: stated 393,000, found 392,702, differs"),
        ("SQuAD 1.1 has 10570 development questions.",
         "SQuAD 1.1 validation: rows: stated 10,570, found 10,570, agrees"),
        ("MNLI has 9,832 mismatched validation pairs.",
         "MultiNLI validation: rows: stated 9,832, found 9,832, agrees"),
        ("MNLI has 19,647 validation pairs.", None),  # both halves
        ("XNLI has 75,150 test examples.", None),  # all languages
        ("XNLI has 5,010 test examples.", "XNLI test: rows: stated 5,010, found 5,010, agrees"),
        ("SQuAD has 87,599 training questions.", None),  # which SQuAD?
        ("MNLI and QQP have 392,702 training pairs.", None),  # two data sets
        ("MNLI has about 393,000 training examples.", None),  # no exact number
        ("MNLI has 392,702 training and 9,815 validation examples.", None),  # two numbers
        ("MLQA has 5,335 test questions.", None),  # another number in each language
        ("Training on MNLI takes 392,702 steps.", None),  # no rows
        ("XNLI-ext has 5,010 test examples.", None),  # another data set
        ("Accuracy rises from 65.1 to 76.0, by 10.9 points.", "76 - 65.1 = 10.9, stated 10.9, agrees"),
        ("Accuracy rises from 65.1 to 76.0, by 11.9 points.", "76 - 65.1 = 10.9, stated 11.9, differs"),
        ("Error falls by 50% from 8.0 to 4.0.", "8 - 4 = 4 or 50% of 8, stated 50, agrees"),
        ("Error falls by 4% from 8.0% to 4.0%.", "8 - 4 = 4, stated 4, agrees"),
        ("Rises from 71.24 to 73.36, by 2.1 points.", "73.36 - 71.24 = 2.12, stated 2.1, agrees"),
        ("It rises from 65.1 to 76.0.", None),
        ("It rises from 1 to 2 and from 3 to 4, by 1 point.", None),  # which change?
        ("Accuracy is 79.2 with A and 80.4 with B, a gain of 1.2 points.", "80.4 - 79.2 = 1.2, stated 1.2, agrees"),
        ("A reaches 83.7% and B reaches 65.5%, a gap of 28.2 points.", "83.7 - 65.5 = 18.2, stated 28.2, differs"),
        ("Errors are 8.0 before and 4.0 after, a drop of 50%.", "8 - 4 = 4 or 50% of 8, stated 50, agrees"),
        ("On 3 tasks A has 79.2 and B 80.4, a gain of 1.2 points.", None),  # a figure with no part in it
        ("A has 79.2 and B 80.4, a gain of 1.5 points over all tasks.", None),  # of more than these
        ("The average of 70.0, 72.5 and 74.1 is 72.2.", "(70 + 72.5 + 74.1) / 3 = 72.2, stated 72.2, agrees"),
        ("The mean of 70.0 on A, 72.5 on B and 74.1 on C is 73.2.",
         "(70 + 72.5 + 74.1) / 3 = 72.2, stated 73.2, differs"),
        ("It scores 70.0, 72.0 and 74.0 (mean 72.0).", "(70 + 72 + 74) / 3 = 72, stated 72, agrees"),
        ("It scores 70.0 on A and 73.0 on B, whose mean is 71.5.", "(70 + 73) / 2 = 71.5, stated 71.5, agrees"),
        ("The mean of 1 and 2 is 2.", "(1 + 2) / 2 = 1.5, stated 2, agrees"),  # rounded to a whole number
        ("It gains 3.1 points on A and 3.9 on B, and 2.5 points on average.", None),  # the mean of which?
        ("The average of 70.0 and 72.0 over nine tasks is 75.0.", None),
        ("It has 1,000 training, 200 development and 300 test items, 1,500 in total.",
         "1,000 + 200 + 300 = 1,500, stated 1,500, agrees"),
        ("It has 1,000 training and 200 test items, totalling 1,300 items.",
         "1,000 + 200 = 1,200, stated 1,300, differs"),
        ("The sum of 1.5 and 2.25 is 3.8.", "1.5 + 2.25 = 3.75, stated 3.8, agrees"),
        ("It has 1,000 training and 200 test items, 5,000 in total with those of other sets.", None),
        ("In 2020 it had 1,000 training and 200 test items, 1,300 in total.", None),  # what is 2020?
        ("It has 1,000 training and about 200 test items, 1,300 in total.", None),
        ("It has 1,200 items in total.", None),
        ("It has " + "1, " * 300 + "1 and 2 items, 303 in total.", None),  # no sentence that states one thing
    ],
)  # fmt: skip
def test_counts_and_differences_are_settled_where_there_is_no_choice(statement: str, settled: str | None) -> None:
    found = counted.settled(Claim.model_validate(stated("c", statement)))
    assert (found or "").partition(": ")[2] == (settled or "")


RUNS = Table(
    label="Table 3", caption="Accuracy of two encoders", page=4, columns=("Model", "XNLI", "PAWS-X", "Average"),
    rows=(("Lexar", "61.2", "80.1", "70.7"), ("Polyglot", "79.3", "86.4", "82.9"), ("Tongue", "70.0", "75.0", "74.5")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "label", "settled"),
    [
        ("Polyglot is better than Lexar on XNLI by 18.1 points.", "supported",
         "Table 3: 79.3 in Polyglot, XNLI - 61.2 in Lexar, XNLI = 18.1 (of its own paper), stated 18.1, agrees"),
        ("Polyglot is better than Lexar on XNLI by 15.1 points.", "refuted",
         "Table 3: 79.3 in Polyglot, XNLI - 61.2 in Lexar, XNLI = 18.1 (of its own paper), stated 15.1, differs"),
        # the cell says so, and its own row does not add up
        ("The average of Tongue is 74.5.", "supported",
         "Table 3: (70.0 in Tongue, XNLI + 75.0 in Tongue, PAWS-X) / 2 = 72.5 (of its own paper), stated 74.5, "
         "differs"),
        ("Polyglot obtains 79.3 on XNLI.", "supported", None),  # read, not computed
    ],
)  # fmt: skip
def test_a_claim_is_settled_by_the_cells_of_a_table_of_its_paper(
    statement: str, label: str, settled: str | None
) -> None:
    """What the tables said when the report was made is what settles the claim: no table is opened for it."""
    caption = f"{RUNS.label}: {RUNS.caption}"
    section = Section(heading="Results", page=4, start=0, end=len(caption))
    own = made_paper("own").model_copy(update={"version": None})
    read = ReadPaper(paper=own, tier="html", text=caption, sections=(section,), tables=(RUNS,))
    claim = made_claim(statement)
    before = Verdict(label="not_enough_evidence", score=0.0, confidence=None, reason="stated by its own paper only")
    verdict, evidence = weighed(claim, before, (), [read], calibrated=False)
    assert verdict.label == label
    whole = claim.model_copy(update={"verdict": verdict, "evidence": evidence})
    said = counted.settled(whole)
    assert (said or "").removeprefix("computed from the cells of a table, nothing was replicated: ") == (settled or "")
    made = flags.flags([whole.model_dump(mode="json")])
    assert [(one["experiment"], one["settled"]) for one in made] == ([("counting", said)] if settled else [])


# --- runs -------------------------------------------------------------------------------------------------------


def test_there_and_back(folder: Path, runner: FakeRunner, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "--report", folder, "--flagged", "--out", "runs", "--quiet") == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines() == ["runs/dataset-sizes-paper", "runs/squad-average-micro"]
    assert "dataset-sizes for c-rows: at once\n" in shown.err
    assert re.search(r"squad-average for c-squad: [\d,]+ steps", shown.err)
    assert refresh(folder, "2026-03-01", among=[flags.flags]).changed == ("c-squad", "c-rows")
    found = by_id(folder)
    assert (found["c-squad"].status, found["c-squad"].measurement_ids) == ("not_run", ())
    assert "Beside it, a micro run of squad-average" in found["c-squad"].reason
    assert "it held there; seeds 301, 302, 303" in found["c-squad"].reason
    assert found["c-rows"].status == "not_run"
    assert "squad_v1 train: rows: stated 87,599, found 87,599, agrees" in found["c-rows"].reason
    assert found["c-sky"].reason == "no experiment was asked for"
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "it held there; seeds 301, 302, 303" in page

    before = (folder / "report.json").read_bytes(), len(runner.ran)
    assert call("run", "--report", folder, "--flagged", "--out", "runs", "--quiet") == 0  # goes on where it was: done
    assert refresh(folder, "2026-03-02", among=[flags.flags]).files == ()
    assert ((folder / "report.json").read_bytes(), len(runner.ran)) == before


def test_evidence_of_one_claim_leaves_that_of_another(folder: Path, runner: FakeRunner) -> None:
    squad = ("--experiment", "squad-average", "--out", "one")
    assert call("run", "--report", folder, "--claim", "c-squad", *squad, "--quiet") == 0
    rows = ("--preset", "paper", "--out", "two")
    assert call("run", "--report", folder, "--claim", "c-rows", *rows, "--quiet") == 0
    laid = [json.loads(row) for row in (folder / "evidence.jsonl").read_text().splitlines()]
    assert [row["claim_id"] for row in laid] == ["c-squad", "c-rows"]
    assert [row["preset"] for row in laid] == ["micro", "paper"]
    assert not any(row["measurements"] for row in laid)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--flagged"], "--flagged goes with --report"),
        (["--flagged", "--report", "r", "--claim", "c-squad"], "leave --claim and --experiment out"),
        (["--flagged", "--report", "r", "--preset", "paper"], "1 runs, about|2 runs, about"),
        (["--flagged", "--report", "nowhere"], "no such file or folder"),
    ],
)
def test_flagged_input_at_fault_is_one_line(
    folder: Path, runner: FakeRunner, words: list[str], message: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert call("run", *words) == 2
    assert re.search(message, capsys.readouterr().err.splitlines()[-1])
    assert runner.ran == []


def test_no_claim_to_test_is_said(tmp_path: Path) -> None:
    file = tmp_path / "claims.jsonl"
    file.write_text(json.dumps(stated("c-sky", SKY)) + "\n")
    with pytest.raises(InputError, match="no experiment tests a claim"):
        flagged.wanted(file, "micro")


def test_what_cannot_be_run_is_left_out_with_its_reason(tmp_path: Path) -> None:
    file = tmp_path / "claims.jsonl"
    words = "Choosing the best intermediate task for each target raises XTREME by 6.1 points."
    made = stated("c-best", words, 6.1)
    made["source"]["version"] = "v1"
    file.write_text(json.dumps(made) + "\n")
    found, left_out = flagged.wanted(file, "paper")
    assert (found, len(left_out)) == ((), 1)
    assert "best-per-target-v1 is left out: the choice is made on development sets" in left_out[0]


# --- lines ------------------------------------------------------------------------------------------------------


def test_runs_that_end_together_lose_no_line_of_each_other(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    rows = [json.dumps({"claim_id": f"c-{n}", "signature": f"plan-{n} x"}) + "\n" for n in range(24)]
    with ThreadPoolExecutor(8) as many:
        list(many.map(lambda row: finish._lay_beside(tmp_path / "evidence.jsonl", row), rows))
    assert sorted((tmp_path / "evidence.jsonl").read_text().splitlines()) == sorted(row.strip() for row in rows)


def test_merged_lines_replace_their_own_and_leave_the_rest() -> None:
    def row(identity: str, plan: str, n: int) -> str:
        return json.dumps({"claim_id": identity, "signature": f"{plan} x", "n": n})

    laid = "\n".join([row("c-1", "plan-a", 1), "not JSON", row("c-2", "plan-a", 2)]) + "\n"
    new = row("c-1", "plan-a", 3) + "\n" + row("c-1", "plan-b", 4) + "\n"
    assert exchange.merged(laid, new).splitlines() == [
        row("c-1", "plan-a", 3), "not JSON", row("c-2", "plan-a", 2), row("c-1", "plan-b", 4),
    ]  # fmt: skip
    assert exchange.merged(exchange.merged(laid, new), new) == exchange.merged(laid, new)
    assert exchange.merged("", new) == new


def test_numbers_with_separators_are_read_whole() -> None:
    assert exchange.numbers(Claim.model_validate(stated("c", "It has 1,104,934 rows, 8.2 more."))) == {1104934.0, 8.2}
    assert exchange.numbers(Claim.model_validate(stated("c", "It has 3 rows.", 7.0))) == {7.0}


# --- whole ------------------------------------------------------------------------------------------------------


COUNTS = {
    "id": "made-counts", "title": "MNLI before zero-shot cross-lingual transfer, counted again", "year": 2021,
    "authors": ["Ada Counter"],
    "abstract": "We ask whether MNLI helps zero-shot cross-lingual transfer. With MNLI as intermediate task accuracy "
    "of zero-shot cross-lingual transfer rises from 65.1 to 76.0, by 11.9 points.",
}  # fmt: skip


@pytest.mark.slow
def test_a_report_on_the_starter_library_is_tested_and_refreshed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the question to the refreshed card, with the real engine and nothing in its place.

    Real are the report, the flags, the plan with its 18 stages, torch and the tokenizer that train and predict them,
    the measurements, the verdict and the refresh. Small are the family (tens of examples, not thousands), the model
    and the number of steps: nothing is learnt, so what the run found is not looked at, only where it stands.
    """
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from synth import cli as synth_cli

    def synth(*words: str) -> None:
        with pytest.raises(SystemExit) as ended:
            synth_cli.main(list(words))
        assert not ended.value.code, capsys.readouterr().err

    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(marks, "offers", lambda: (flags.flags,))
    monkeypatch.setattr(walks, "cores", lambda: 1)
    monkeypatch.chdir(tmp_path)
    short_recipes(monkeypatch)
    Path("counts.jsonl").write_text(json.dumps(COUNTS) + "\n")
    asked = ("report", "--question", "Does MNLI help zero-shot cross-lingual transfer?", "--offline", "--quiet")
    synth(*asked, "--source", "starter", "--papers", "counts.jsonl", "--out", "report", "--format", "json,html,card")
    out = Path("report")
    before = by_id(out)
    identity = next(name for name, one in before.items() if "mnli-average can test it: micro" in one.reason)
    assert before[identity].status == "not_run"
    assert before[identity].command.startswith(f"replicate run --report . --claim {identity}")
    (counted_claim,) = (one for one in before.values() if "76 - 65.1 = 10.9, stated 11.9, differs" in one.reason)
    assert (counted_claim.status, counted_claim.measurement_ids) == ("not_run", ())

    words = ("--claim", identity, "--experiment", "mnli-average", "--preset", "micro", "--out", "run", "--quiet")
    assert call("run", "--report", "report", *words, "--device", "cpu") == 0
    the_run_is_real(Path("run"), capsys)

    synth("report", "--refresh", "report")
    found = by_id(out)[identity]
    assert (found.status, found.measurement_ids) == ("not_run", ())
    assert "Beside it, a micro run of mnli-average, which speaks of the made-up family alone" in found.reason
    assert "a micro run of mnli-average" in (out / "report.html").read_text(encoding="utf-8")
    assert {name: one for name, one in by_id(out).items() if name != identity} == {
        name: one for name, one in before.items() if name != identity
    }
    history = json.loads((out / "manifest.json").read_text())["replications"]
    assert [one["line"]["claim_id"] for one in history] == [identity]


def the_run_is_real(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every stage was trained or embedded by torch; every number comes of a file of predictions that nobody changed."""
    done = [json.loads(file.read_text()) for file in sorted(run.glob("stages/*/result.json"))]
    assert len(done) == 18
    assert all(one["machine"]["torch"] for one in done)
    trained = [one["result"] for one in done if one["stage"]["kind"] in ("pretrained", "intermediate")]
    assert {(one["steps"], len(one["losses"])) for one in trained} == {(6, 6)}
    assert len(list(run.glob("stages/*/model/model.safetensors"))) == len(trained)
    measured = [json.loads(row) for row in (run / "measurements.jsonl").read_text().splitlines()]
    predicted = {one["sha256"] for stage in done for one in stage["result"]["predictions"]}
    assert measured
    assert {one["predictions_sha256"] for one in measured} <= predicted
    verdict = json.loads((run / "verdict.json").read_text())
    assert verdict["label"] in ("replicated", "replicated_different_size", "not_replicated", "inconclusive")
    capsys.readouterr()
    assert call("compare", run, "--json") == 0
    assert json.loads(capsys.readouterr().out) == verdict
    changed = next(run.glob("stages/*/predictions/tatoeba/*.tsv"), None) or next(run.glob("stages/*/tatoeba/*.tsv"))
    kept = changed.read_bytes()
    changed.write_bytes(kept + b"0\n")
    assert call("compare", run, "--json") == 2
    assert changed.name in capsys.readouterr().err
    changed.write_bytes(kept)
