"""The experiment at small scale: its plan, a run in pieces, its record, and the page that is built from it."""

from __future__ import annotations

import importlib.util
import json
import lzma
from pathlib import Path
from typing import Any

import pytest
from replicate_fakes import FakeRunner
from typer.testing import CliRunner

from replicate import cli_small, execute, ledger, load, prepare, small, small_record
from replicate.arms import ArmVerdict
from replicate.execute import StageSpec
from replicate.plan import Plan
from replicate.records import ChoiceExample
from replicate.runs import Run
from replicate.watch import Quiet
from synth.errors import InputError

SEEDS = (1, 2)


def packed(path: Path, rows: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress(("\n".join(rows) + "\n").encode()))


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A folder in the shape of the public data: text in three languages, four English tasks, two targets."""
    root = tmp_path / "public"
    for language in ("en", "de", "zh"):
        packed(root / f"commonvoice_text/{language}.txt.xz", [f"passage number {n} of {language}" for n in range(60)])
    (root / "tatoeba").mkdir()
    for code, word in (("deu", "Satz"), ("cmn", "句子")):
        for side, text in ((code, word), ("eng", "sentence")):
            rows = "".join(f"{text} {n} {word if side == code else 'here'}\n" for n in range(30))
            (root / f"tatoeba/tatoeba.{code}-eng.{side}").write_text(rows, encoding="utf-8")
    (root / "xnli").mkdir()
    labels = ("entailment", "neutral", "contradiction")
    for language in ("en", "de"):
        rows = "".join(f"the {language} river {n}\ta bank {n}\t{labels[n % 3]}\r\n" for n in range(30))
        (root / f"xnli/dev-{language}.tsv").write_text(rows, encoding="utf-8")
    _tasks(root)
    return root


def _tasks(root: Path) -> None:
    for name in ("mnli", "squad_v1.1", "commonsenseqa", "hellaswag"):
        (root / name).mkdir()
    pairs = {str(n): {"text_a": f"river {n}", "text_b": f"bank {n}", "label": n % 3} for n in range(24)}
    for split in ("train", "dev"):
        (root / f"mnli/glue_pretrain.{split}.json").write_text(json.dumps(pairs))
    for name in ("train_slice", "dev_half"):
        paragraphs = [
            {"context": f"The river {n} is broad.", "qas": [
                {"id": f"q{n}", "question": "What is broad?", "answers": [{"text": f"river {n}", "answer_start": 4}]}]}
            for n in range(24)
        ]  # fmt: skip
        document = {"version": "1.1", "data": [{"title": "t", "paragraphs": paragraphs}]}
        (root / f"squad_v1.1/squad_v1.1.{name}.json").write_text(json.dumps(document))
    choices = [{"label": label, "text": f"bank {label}"} for label in "ABCDE"]
    rows: list[dict[str, Any]] = [
        {"id": f"c{n}", "answerKey": "ABCDE"[n % 5], "question": {"stem": f"river {n}?", "choices": choices}}
        for n in range(20)
    ]
    for name in ("train_rand_split.from_olmo", "dev_rand_split"):
        (root / f"commonsenseqa/{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    endings = ["swims.", "sleeps.", "sings.", "flies."]
    rows = [
        {"ind": n, "ctx_a": f"A man at river {n}", "ctx_b": "he", "endings": endings, "label": n % 4} for n in range(20)
    ]
    (root / "hellaswag/hellaswag_val.1000_a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def folder(public: Path, tmp_path: Path) -> Path:
    small.data(public, tmp_path / "exp/data", languages=("en", "de", "zh"), most=50)
    return tmp_path / "exp"


def planned(folder: Path, public: Path, targets: tuple[str, ...] = ("tatoeba", "xnli")) -> Plan:
    return small.plan(folder / "data", public, targets, SEEDS)


def walked(folder: Path, public: Path, runner: Any) -> tuple[Plan, execute.Outcome]:
    made, run = planned(folder, public), Run(folder / "run")
    prepare.begin(run, made, resume=True)
    problems = prepare.prepare(run, made, (load.files(public, whole=False),), Quiet())
    return made, execute.walk(run, made, runner, Quiet(), problems)


# --- data and plan ----------------------------------------------------------------------------------------


def test_of_five_hellaswag_examples_four_are_trained_on_and_one_is_watched(folder: Path) -> None:
    place = load.files(folder / "data", whole=False)
    trained, watched = (
        {one.id for one in load.examples("hellaswag", name, "en", place) if isinstance(one, ChoiceExample)}
        for name in ("train", "validation")
    )
    assert (len(trained), len(watched)) == (16, 4)
    assert not trained & watched


def test_every_intermediate_task_can_be_read_from_the_folder_of_the_experiment(folder: Path) -> None:
    place = load.files(folder / "data", whole=False)
    counts = {task: len(load.examples(task, "train", "en", place)) for task in small.ARMS[5].intermediates}
    assert counts == {"mnli": 24, "squad_v1": 24 // 4, "hellaswag": 16, "commonsenseqa": 20}


def test_a_slice_that_is_missing_is_named(public: Path, tmp_path: Path) -> None:
    (public / "mnli/glue_pretrain.dev.json").unlink()
    with pytest.raises(InputError, match=r"glue_pretrain\.dev\.json: is missing"):
        small.slices(public, tmp_path / "out")


def test_laying_the_data_down_again_changes_nothing(public: Path, folder: Path) -> None:
    before = planned(folder, public).id
    small.data(public, folder / "data", languages=("en", "de", "zh"), most=50)
    assert planned(folder, public).id == before


def test_the_plan_has_every_arm_and_seed_and_trains_what_is_shared_once(folder: Path, public: Path) -> None:
    made = planned(folder, public)
    assert len(made.cells) == len(small.ARMS) * len(SEEDS) * 2
    kinds = [one.spec.kind for one in made.stages]
    # One encoder and two of random weights; seven trained arms in two seeds; retrieval needs no seed of its own.
    assert kinds.count("pretrained") == 1 + 2
    assert kinds.count("intermediate") == 7 * 2
    assert kinds.count("embed") == 1 + 2 + 7 * 2
    assert kinds.count("target") == 9 * 2
    places = {one.stage.id: n for n, one in enumerate(made.stages)}
    assert all(one.stage.parent is None or places[one.stage.parent] < n for n, one in enumerate(made.stages))


def test_retrieval_comes_first_and_whole_seeds_before_further_ones(folder: Path, public: Path) -> None:
    rows = planned(folder, public).stages
    kinds = [one.spec.kind for one in rows]
    assert kinds.index("target") > max(n for n, kind in enumerate(kinds) if kind == "embed")
    seeds = [one.spec.seed for one in rows if one.spec.kind == "intermediate"]
    assert seeds == sorted(seeds)


def test_only_tatoeba_is_asked_at_every_layer(folder: Path, public: Path) -> None:
    by_task = {one.spec.tasks[0]: one.spec.layers for one in planned(folder, public).stages if one.spec.kind == "embed"}
    assert by_task == {"tatoeba": None}
    assert small.LAYER == 2


def test_another_text_is_another_plan(folder: Path, public: Path) -> None:
    before = planned(folder, public).id
    with (folder / "data/text/de.txt").open("a", encoding="utf-8") as file:
        file.write("noch eine Zeile\n")
    assert planned(folder, public).id != before


@pytest.mark.parametrize(
    ("targets", "seeds", "told"), [(("mlqa",), (1,), "mlqa"), ((), (1,), "none"), (("xnli",), (), "at least one")]
)
def test_a_plan_of_nothing_known_is_refused(
    folder: Path, public: Path, targets: tuple[str, ...], seeds: tuple[int, ...], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        small.plan(folder / "data", public, targets, seeds)


def test_without_text_the_command_to_lay_it_down_is_named(public: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="replicate small data"):
        small.plan(public, public, ("tatoeba",), SEEDS)


# --- the record -------------------------------------------------------------------------------------------


def test_the_record_holds_every_arm_every_layer_and_what_is_missing(folder: Path, public: Path) -> None:
    def fail(spec: StageSpec) -> Exception | None:
        return InputError("no room") if spec.kind == "target" and spec.seed == 2 else None

    walked(folder, public, FakeRunner(gains={"mnli": 0.3}, fail=fail))
    found = small_record.record(folder)
    retrieval, pairs = found.targets
    assert (retrieval.task, pairs.task) == ("tatoeba", "xnli")
    arms = {one.arm: one for one in retrieval.arms}
    assert set(arms) == {arm.id for arm in small.ARMS} - {"baseline"}
    assert arms["mnli"].estimate is not None
    assert arms["mnli"].estimate > 15
    assert arms["random_weights"].estimate is not None
    assert arms["random_weights"].estimate < -20
    assert arms["random_weights"].role == "control"
    assert {row.layer for row in retrieval.layers if row.arm == "mnli"} == {0, 1, 2, 3}
    assert retrieval.chance == pytest.approx(100 / 30, abs=1e-3)
    assert pairs.chance == pytest.approx(33.33, abs=0.01)
    assert {name for name, _ in retrieval.holm} == {"mnli", "squad_v1", "hellaswag", "commonsenseqa", "multitask"}
    assert "xnli: mnli (2)" in found.missing
    assert len(found.missing) == len(small.ARMS)
    assert {one.arm: one.seeds for one in found.arms}["multitask"] == SEEDS
    assert found.failed == (("target", "no room"),)


def test_a_target_without_its_baseline_has_no_figures(folder: Path, public: Path) -> None:
    walked(folder, public, FakeRunner(fail=lambda s: InputError("x") if s.kind == "target" else None))
    assert [one.task for one in small_record.record(folder).targets] == ["tatoeba"]


def test_before_the_encoder_is_there_nothing_is_recorded(folder: Path, public: Path) -> None:
    walked(folder, public, FakeRunner(fail=lambda s: InputError("x")))
    with pytest.raises(InputError, match="not pretrained yet"):
        small_record.record(folder)


# --- the page ---------------------------------------------------------------------------------------------


def built() -> Any:
    """The page's builder, which lies beside the pages and is no package."""
    place = Path(__file__).resolve().parents[1] / "docs" / "small_scale_page.py"
    spec = importlib.util.spec_from_file_location("small_scale_page", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def arm(interval: tuple[float, float] | None, seeds: int) -> ArmVerdict:
    return ArmVerdict(
        arm="mnli", role="other", baseline="baseline", estimate=None if interval is None else sum(interval) / 2,
        interval=interval, p=None if interval is None else 0.01, median=None,
        by_seed=tuple((seed, 1.0) for seed in range(seeds)), cells=(), degenerate=0, runs=seeds, missing=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("interval", "adjusted", "seeds", "said"),
    [
        ((0.5, 2.0), 0.01, 5, "helps"),
        ((-2.0, -0.5), 0.01, 5, "harms"),
        ((-0.5, 2.0), 0.01, 5, "not shown"),  # the interval holds 0
        ((0.5, 2.0), 0.05, 5, "not shown"),  # not after the correction
        ((0.5, 2.0), 0.01, 1, "not shown"),  # one seed tells nothing of the spread between seeds
        ((0.5, 2.0), None, 5, "not shown"),
        (None, None, 0, "not shown"),
    ],
)
def test_the_answer_follows_the_rule_on_the_page(
    interval: tuple[float, float] | None, adjusted: float | None, seeds: int, said: str
) -> None:
    assert built().answer(arm(interval, seeds), adjusted) == said


def test_the_page_says_what_was_found_what_is_missing_and_that_the_paper_is_not_touched(
    folder: Path, public: Path, tmp_path: Path
) -> None:
    walked(folder, public, FakeRunner(
        gains={"mnli": 0.3, "squad_v1": -0.3}, fail=lambda s: InputError("x") if s.kind == "target" else None
    ))  # fmt: skip
    path = tmp_path / "record.json"
    path.write_text(small_record.record(folder).model_dump_json(by_alias=True))
    text = built().page(path)
    assert "**Helps:** MNLI on Tatoeba (+" in text
    assert "**Harms:** SQuAD 1.1 on Tatoeba (−" in text
    assert "HellaSwag on Tatoeba" in text.partition("**Not shown:**")[2]
    assert "neither supports nor refutes a figure of the paper" in text
    assert "- XNLI: all of it." in text
    assert "Failed stages: target: x." in text
    assert "| MNLI, labels shuffled (control) | 2 |" in text
    assert built().page(path) == text


def test_without_a_record_the_page_says_that_nothing_was_run(tmp_path: Path) -> None:
    assert "no record is stored" in built().page(tmp_path / "none.json")


# --- the commands -----------------------------------------------------------------------------------------


class Clock:
    """A watch on which every look takes a minute."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 60
        return self.now


def test_the_minutes_end_the_walk_and_keep_what_is_done(
    folder: Path, public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_small.time, "monotonic", Clock())  # type: ignore[attr-defined]
    timed = cli_small._Timed(Quiet(), 600)
    made, run = planned(folder, public), Run(folder / "run")
    prepare.begin(run, made, resume=True)
    problems = prepare.prepare(run, made, (load.files(public, whole=False),), Quiet())
    runner = FakeRunner()
    with pytest.raises(cli_small.PausedError):
        execute.walk(run, made, runner, timed, problems)
    done = [one for one in made.stages if run.done(one.stage.id)]
    assert 1 < len(done) < len(made.stages)
    again = FakeRunner()
    execute.walk(run, made, again, Quiet(), problems)
    assert all(run.done(one.stage.id) for one in made.stages)
    assert not {one.stage.id for one in done} & set(again.ran)


def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipes with two steps each and a vocabulary that a few lines fill."""
    own = ledger.recipe

    def recipe(name: str) -> ledger.StageRecipe:
        found = own(name)
        options = {**found.options, **({"steps": 2} if "steps" in found.options else {}), "eval_first": 8}
        if "vocabulary" in options:
            options |= {"vocabulary": 120, "hidden": 16, "feed_forward": 16}
        return found.model_copy(update={"options": options, "batch": 4})

    monkeypatch.setattr(ledger, "recipe", recipe)


@pytest.mark.slow
def test_the_whole_experiment_runs_with_the_engine(
    folder: Path, public: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("transformers")
    tiny(monkeypatch)
    monkeypatch.setattr(small, "SEEDS", (1,))
    monkeypatch.setattr(small.plan, "__defaults__", (("tatoeba",), (1,)))
    runs = CliRunner()
    words = ["run", str(folder), "--data", str(public), "--target", "tatoeba", "--quiet"]
    assert runs.invoke(cli_small.app, [*words, "--minutes", "0.0001"]).exit_code == 4
    done = runs.invoke(cli_small.app, words)
    assert done.exit_code == 0, done.output
    out = tmp_path / "record.json"
    assert runs.invoke(cli_small.app, ["record", str(folder), "--out", str(out)]).exit_code == 0
    found = small_record.SmallRecord.model_validate_json(out.read_text())
    assert found.pretraining.steps == 2
    assert found.done == found.planned == 1 + 1 + 1 + 7 + 1 + 7
    assert {one.arm for one in found.targets[0].arms} == {arm.id for arm in small.ARMS} - {"baseline"}
    assert found.missing == ()


def test_no_minutes_at_all_is_a_fault_of_the_input(folder: Path, public: Path) -> None:
    done = CliRunner().invoke(cli_small.app, ["run", str(folder), "--data", str(public), "--minutes", "0"])
    assert isinstance(done.exception, InputError)
    assert "--minutes" in str(done.exception)
