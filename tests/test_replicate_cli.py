"""The command line of `replicate`: exit codes, one line per error, data on stdout."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from replicate_fakes import FakeRunner, small_family

from replicate import catalogue, cli, ledger, load, lock, submission, walks
from replicate.execute import Progress, StageResult, StageSpec
from replicate.records import ParallelSet, Stage

__all__ = ["small_family"]


@pytest.fixture
def fake_engine(monkeypatch: pytest.MonkeyPatch) -> FakeRunner:
    runner = FakeRunner({"squad_v2": 0.3})
    monkeypatch.setattr(walks, "engine", lambda device, **_: runner)
    monkeypatch.setattr(walks, "cores", lambda: 1)
    return runner


def call(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(word) for word in words])
    return int(ended.value.code or 0)


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, replicate.cli as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'numpy', 'datasets', 'jinja2', 'typst'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "compare" in done.stdout
    assert time.monotonic() - begun < 5  # 0.3 s on a free machine


def test_modules_that_only_talk_are_no_part_of_the_key_of_a_stage() -> None:
    """A stage that is done is known by a key that holds the code: a command with another wording must not undo it."""
    modules = {path.stem: path.read_text(encoding="utf-8") for path in Path(cli.__file__).parent.glob("*.py")}
    assert set(modules) >= lock._AROUND
    speaks = re.compile(r"^(?:import typer|from replicate.shell)", re.M)
    talking = {name for name, text in modules.items() if speaks.search(text)}
    assert {"cli", "cli_run", "shell"} <= talking <= lock._AROUND


@pytest.mark.parametrize("command", ["tasks", "effects", "plan", "run", "score", "compare", "show", "bench"])
def test_every_command_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(command, "--help") == 0
    assert "Example: replicate " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["plan", "--experiment", "squad-averge"], 'did you mean "squad-average"'),
        (["plan"], "give --experiment NAME"),
        (["plan", "--claim", "c-1"], "--report and --claim belong together"),
        (["plan", "--experiment", "squad-average", "--preset", "papr"], 'did you mean "paper"'),
        (["plan", "--experiment", "squad-average", "--data", "hub"], "makes its own data"),
        (["plan", "--experiment", "squad-average", "--preset", "paper", "--data", "/no/such"], "is not a folder"),
        (["plan", "--experiment", "squad-average", "--preset", "paper", "--model", "xlm-roberta-larg"],
         'did you mean "xlm-roberta-large"'),
        (["run", "--experiment", "squad-average", "--backend", "slurm"], "known: local, ray"),
        (["run", "--experiment", "squad-average", "--address", "10.0.0.1:6379"], "add --backend ray"),
        (["run", "--experiment", "squad-average", "--jobs", "0"], "give 1 or more"),
        (["run", "--experiment", "squad-average", "--device", "gpu"], "known: auto, cpu, cuda"),
        (["run", "--bogus"], "see replicate run --help"),
        (["plan", "--seeds", "many"], "see replicate plan --help"),
        (["compare", "/no/such/run"], "no run lies here"),
        (["show", "/no/such/run"], "no run lies here"),
        (["effects", "/no/such.jsonl"], "no such file"),
        (["score", "--task", "xnl", "--labels", ".", "--predictions", "."], "xnli"),
        (["tasks", "--data", "/no/such"], "is not a folder"),
    ],
)  # fmt: skip
def test_input_at_fault_is_one_line_and_exit_2(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err
    assert shown.err.startswith("replicate: ")
    assert shown.err.count("\n") == 1


def test_without_torch_the_command_to_install_it_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert call("run", "--experiment", "squad-average", "--out", tmp_path / "run") == 2
    assert "needs torch and transformers: pip install 'synth-replicate[replicate]'" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_without_ray_the_command_to_install_it_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def lacking(name: str) -> object:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("replicate.cluster.import_module", lacking)
    assert call("run", "--experiment", "squad-average", "--backend", "ray", "--out", tmp_path / "run", "--quiet") == 2
    assert capsys.readouterr().err == (
        "replicate: --backend ray needs Ray: pip install 'synth-replicate[cluster]'\n"
    )
    assert not (tmp_path / "run").exists()


def test_tasks(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("tasks", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in rows] == list(catalogue.TASK_IDS)
    assert call("tasks") == 0
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 18
    assert "not free" in next(line for line in told if line.startswith("ccg"))


def test_run_show_compare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fake_engine: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    monkeypatch.setattr(sys, "argv", ["replicate", "run", "--experiment", "squad-average"])
    assert call("run", "--experiment", "squad-average", "--preset", "micro", "--out", folder) == 0
    shown = capsys.readouterr()
    assert shown.out == f"{folder}\n"
    assert "replicate: [1/18] pretraining family, seed 301: done" in shown.err
    assert "HOLDS IN THE MADE-UP FAMILY" in shown.err
    assert "never the paper's claim" in shown.err
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert names == {
        "experiment.json", "plan.json", "data", "labels", "stages", "predictions", "measurements.jsonl", "verdict.json",
        "evidence.jsonl", "report.html", "report.pdf",
    }  # fmt: skip

    page = (folder / "report.html").read_text()
    assert "default-src &#39;none&#39;" in page
    assert "<script" not in page
    assert "not run." in page
    assert f"rm -r {folder.name}/stages/" in page
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")

    assert call("compare", folder, "--json") == 0
    assert json.loads(capsys.readouterr().out) == json.loads((folder / "verdict.json").read_text())
    before = {name: (folder / name).read_bytes() for name in ("report.html", "report.pdf")}
    assert call("show", folder) == 0
    assert "squad_v2_shuffled" in capsys.readouterr().out
    assert {name: (folder / name).read_bytes() for name in before} == before

    assert call("run", "--experiment", "squad-average", "--out", folder) == 2
    assert "add --resume" in capsys.readouterr().err
    ran = len(fake_engine.ran)
    assert call("run", "--experiment", "squad-average", "--out", folder, "--resume", "--quiet") == 0
    assert len(fake_engine.ran) == ran
    assert capsys.readouterr().err == ""
    assert call("plan", "--experiment", "squad-average", "--out", folder) == 0
    assert "18 stages, 18 done" in capsys.readouterr().out


def test_predictions_are_scored_by_the_scorer_of_the_benchmark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fake_engine: FakeRunner
) -> None:
    folder = tmp_path / "run"
    assert call("run", "--experiment", "squad-average", "--out", folder, "--quiet") == 0
    capsys.readouterr()
    at = folder / "predictions" / "squad_v2" / "seed-302"
    assert call("score", "--task", "tatoeba", "--labels", folder / "labels", "--predictions", at, "--json") == 0
    scored = json.loads(capsys.readouterr().out)["languages"]
    rows = [json.loads(row) for row in (folder / "measurements.jsonl").read_text().splitlines()]
    mine = {r["language"]: r["value"] for r in rows if (r["arm"], r["seed"], r["layer"]) == ("squad_v2", 302, 2)}
    assert {language: values["accuracy"] for language, values in scored.items()} == pytest.approx(mine)


def test_stages_that_fail_end_with_exit_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fake_engine: FakeRunner
) -> None:
    fake_engine.fail = lambda spec: ValueError("NaN loss at step 7") if spec.seed == 303 and spec.tasks else None
    assert call("run", "--experiment", "squad-average", "--out", tmp_path / "run") == 4
    shown = capsys.readouterr()
    assert "NaN loss at step 7" in shown.err
    assert shown.err.rstrip().endswith("have no result; the reasons are in the report")
    assert json.loads((tmp_path / "run" / "verdict.json").read_text())["label"] == "inconclusive"


def test_an_interrupt_keeps_what_is_finished(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fake_engine: FakeRunner
) -> None:
    def stop(spec: StageSpec) -> Exception | None:
        if spec.kind == "intermediate":
            raise KeyboardInterrupt
        return None

    fake_engine.fail = stop
    assert call("run", "--experiment", "squad-average", "--out", tmp_path / "run") == 130
    assert "go on with --resume" in capsys.readouterr().err
    fake_engine.fail = lambda spec: None
    ran = len(fake_engine.ran)
    assert call("run", "--experiment", "squad-average", "--out", tmp_path / "run", "--resume", "--quiet") == 0
    assert len(fake_engine.ran) - ran == 18 - (ran - 1)


def test_checks_need_no_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "--experiment", "averages-arithmetic", "--preset", "paper", "--out", tmp_path / "run"]
    assert call(*words) == 0
    told = capsys.readouterr().err
    assert "checks match" in told
    verdict = json.loads((tmp_path / "run" / "verdict.json").read_text())
    assert (verdict["label"], verdict["measurements"]) == ("not_run", [])
    page = (tmp_path / "run" / "report.html").read_text()
    assert "1,104,934" in page  # as the sum of its terms
    row = next(line for line in page.split("<tr>") if "ANLI+" in line)
    assert "from memory, not shown" in row


# --- the acceptance test of the engine, with predictions in place of a model ---------------------------


class Published(FakeRunner):
    """Predicts so many right that the published scores come out at layer 14, and less elsewhere."""

    shift = 0.0

    def run(self, stage: Stage, spec: StageSpec, parent: Path | None, out: Path, progress: Progress) -> StageResult:
        if spec.kind == "pretrained":
            return StageResult()
        import hashlib

        from replicate.records import Prediction

        (task,) = spec.tasks
        scores = next(e.scores for e in ledger.experiment("xlmr-large-retrieval-baseline").expected if e.task == task)
        found = []
        for language, score in scores.items():
            (pairs,) = load.examples(task, "validation", language, load.place(spec.place, whole=spec.whole))
            assert isinstance(pairs, ParallelSet)
            for layer in (13, 14):
                share = 0.001 if spec.control else (score + self.shift - (2 if layer == 13 else 0)) / 100
                right = round(share * len(pairs.gold))
                if task == "tatoeba":
                    rows = [n if n < right else (n + 1) % len(pairs.source) for n in range(len(pairs.target))]
                    text = submission.labels_text(rows)
                else:
                    wrong = [(a, pairs.gold[0][1] + "x") for a, _ in pairs.gold[right:]]
                    text = submission.pairs_text([*pairs.gold[:right], *wrong])
                path = out / task / f"test-{language}.L{layer}.tsv"
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
                found.append(Prediction(
                    stage=stage.id, task=task, language=language, split="validation",
                    path=f"{task}/{path.name}", sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
                ))  # fmt: skip
        return StageResult(predictions=tuple(found), layers=(13, 14))


def lay_retrieval_data(folder: Path) -> Path:
    """A thousand made-up pairs in every language of both tasks, in the original formats."""
    for language in catalogue.task("bucc2018").languages:
        stem = folder / "bucc2018" / f"{language}-en.dev"
        stem.parent.mkdir(parents=True, exist_ok=True)
        ids = [(f"{language}-{n:09d}", f"en-{n:09d}") for n in range(1, 1001)]
        stem.with_name(f"{stem.name}.{language}").write_text("".join(f"{a}\tsource {a}\n" for a, _ in ids))
        stem.with_name(f"{stem.name}.en").write_text("".join(f"{b}\ttarget {b}\n" for _, b in ids))
        stem.with_name(f"{stem.name}.gold").write_text("".join(f"{a}\t{b}\n" for a, b in ids))
    codes = catalogue.entry("tatoeba").reading.codes
    (folder / "tatoeba").mkdir()
    for code in codes.values():
        for side in (code, "eng"):
            (folder / "tatoeba" / f"tatoeba.{code}-eng.{side}").write_text(
                "".join(f"{side} {n}\n" for n in range(1000))
            )
    return folder


@pytest.mark.parametrize(
    ("shift", "label"), [(0.0, "replicated"), pytest.param(1.0, "not_replicated", marks=pytest.mark.slow)]
)
def test_the_published_baseline_is_compared_cell_by_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shift: float, label: str
) -> None:
    runner = Published()
    runner.shift = shift
    monkeypatch.setattr(walks, "engine", lambda device, **_: runner)
    monkeypatch.setattr(walks, "cores", lambda: 1)
    monkeypatch.setattr(walks, "places", lambda device: (device,))
    data = lay_retrieval_data(tmp_path / "data")
    words = ["run", "--experiment", "xlmr-large-retrieval-baseline", "--preset", "retrieval"]
    place = ["--data", str(data), "--parts", "--device", "cuda", "--quiet", "--out", str(tmp_path / "run")]
    assert call(*words, *place) == 0
    verdict = json.loads((tmp_path / "run" / "verdict.json").read_text())
    assert verdict["label"] == label
    assert len(verdict["checks"]) == 40
    assert verdict["estimate"] == pytest.approx(51.3 + shift, abs=0.06)
    assert {(row[0], row[1], row[2]) for row in verdict["sweep"]} >= {
        ("baseline", "tatoeba", 13),
        ("wrong_pairs", "bucc2018", 14),
    }
    assert verdict["similarity"]["data"] == "smaller"
    assert "published scores" in verdict["reason"] or "mean is off" in verdict["reason"]
