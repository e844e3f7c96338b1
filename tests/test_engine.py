"""The engine end to end on the made-up family: all tasks, all arms, kills, bad input. Nothing here learns much."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from replicate_fakes import short_recipes

from replicate import catalogue, family, gold, learn, load, resources, score, train
from replicate import engine as engine_module
from replicate.engine import Engine
from replicate.execute import StageResult, StageSpec
from replicate.records import Stage
from synth.errors import InputError

INTERMEDIATES = tuple(t for t in catalogue.TASK_IDS if catalogue.task(t).role == "intermediate")
TRAINED = tuple(
    t for t in catalogue.TASK_IDS if catalogue.task(t).role == "target" and catalogue.task(t).head != "retrieval"
)
STEPS = 6


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every recipe takes a few small steps of a very small model."""
    short_recipes(monkeypatch, STEPS)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return family.write(tmp_path_factory.mktemp("family"), family.TINY, 7)


Run = Callable[..., StageResult]


def runner(data: Path, out: Path, engine: Engine | None = None) -> Run:
    """Runs a stage into out/<name>; `parent` is the name of another one."""

    def run(kind: str, tasks: tuple[str, ...] = (), *, name: str, key: str | None = None, parent: str | None = None,
            told: Any = lambda *_: None, seed: int = 1, **more: Any) -> StageResult:  # fmt: skip
        recipe = f"family/{key or (tasks[0] if tasks else 'pretrained')}"
        values: dict[str, Any] = {
            "kind": kind, "tasks": tasks, "mode": "none", "recipe": recipe, "seed": seed, "control": None,
            "model": "family", "place": str(data), "languages": (), "layers": None, "preset": "micro",
        }  # fmt: skip
        stage = Stage(id=name, kind=kind, parent=parent, task=None, arm=None, seed=seed, recipe=recipe, data="x")  # type: ignore[arg-type]
        made = engine or Engine("cpu", 1)
        return made.run(stage, StageSpec(**{**values, **more}), out / parent if parent else None, out / name, told)

    return run


@pytest.fixture(scope="module")
def started(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """A folder with a pretrained stage in it."""
    out = tmp_path_factory.mktemp("run")
    run = runner(data, out)
    with pytest.MonkeyPatch.context() as patch:
        few_steps.__wrapped__(patch)  # type: ignore[attr-defined]
        made = run("pretrained", name="start", mode="mlm")
    assert made.model == "model"
    assert made.steps == STEPS
    return out, run


def labels(task: str, data: Path, out: Path) -> Path:
    place = load.place(str(data))
    for language in gold.languages(task, place):
        for name, content in gold.texts(task, language, place).items():
            path = out / task / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    return out


# --- all eighteen tasks -------------------------------------------------------------------------------


@pytest.mark.parametrize("task", INTERMEDIATES)
def test_every_intermediate_task_trains(started: tuple[Path, Run], task: str) -> None:
    out, run = started
    made = run("intermediate", (task,), name=task, parent="start", mode="single")
    assert made.steps == len(made.losses) == STEPS
    assert made.dev is not None
    assert made.tokens > 0
    assert (out / task / "model" / "model.safetensors").is_file()
    assert (out / task / "model" / "tokenizer.json").is_file()
    assert sorted(path.name for path in (out / task).iterdir()) == ["model"]  # the state of the training is gone


@pytest.mark.parametrize("task", TRAINED)
def test_every_target_trains_and_its_predictions_are_scored(
    started: tuple[Path, Run], task: str, data: Path, tmp_path: Path
) -> None:
    out, run = started
    made = run("target", (task,), name=task, parent="start")
    assert sorted(p.language for p in made.predictions) == sorted(family.CODES)
    for one in made.predictions:
        assert hashlib.sha256((out / task / one.path).read_bytes()).hexdigest() == one.sha256
    scored = score.score(task, labels(task, data, tmp_path), out / task / "predictions")
    assert list(scored["languages"]) == sorted(family.CODES)
    assert not (out / task / "model").exists()


@pytest.mark.parametrize("task", ["tatoeba", "bucc2018"])
def test_retrieval_predicts_every_layer(started: tuple[Path, Run], task: str, data: Path, tmp_path: Path) -> None:
    out, run = started
    made = run("embed", (task,), name=task, key="embed", parent="start")
    assert made.layers == (0, 1, 2)
    assert len(made.predictions) == 3 * 5
    assert {Path(p.path).name for p in made.predictions if p.language == "ab"} == {
        "test-ab.L0.tsv", "test-ab.L1.tsv", "test-ab.L2.tsv"
    }  # fmt: skip
    chosen = tmp_path / "predictions" / task
    chosen.mkdir(parents=True)
    for one in made.predictions:
        if one.path.endswith(".L1.tsv"):
            (chosen / f"test-{one.language}.tsv").write_bytes((out / task / one.path).read_bytes())
    scored = score.score(task, labels(task, data, tmp_path / "labels"), tmp_path / "predictions")
    assert set(scored["languages"]) == set(family.CODES) - {"aa"}
    wrong = run("embed", (task,), name=f"{task}-wrong", key="embed", parent="start", control="wrong_pairs")
    assert [p.sha256 for p in wrong.predictions] != [p.sha256 for p in made.predictions]


@pytest.mark.parametrize("head", ["xnli", "xquad"])
def test_kept_pieces_and_examples_give_the_same_stage(
    started: tuple[Path, Run], monkeypatch: pytest.MonkeyPatch, head: str
) -> None:
    """What is cut into pieces once and read from files gives the same bytes; the second stage cuts nothing."""
    out, run = started
    plain = run("target", (head,), name=f"{head}-plain", parent="start", languages=("aa",))
    monkeypatch.setattr(learn, "_LARGE", 1)
    for name in (f"{head}-first", f"{head}-second"):
        kept = run("target", (head,), name=name, parent="start", languages=("aa",))
        assert kept.losses == plain.losses
        assert [p.sha256 for p in kept.predictions] == [p.sha256 for p in plain.predictions]
        if name.endswith("first"):
            before = sorted(path.name for path in (out / ".pieces").iterdir())
    assert before
    assert sorted(path.name for path in (out / ".pieces").iterdir()) == before


@pytest.mark.parametrize("task", ["xnli", "udpos", "xquad", "tatoeba"])
def test_a_stage_runs_without_padding(started: tuple[Path, Run], data: Path, task: str) -> None:
    out, _ = started
    packed = runner(data, out, Engine("cpu", 1, pack=True))
    kind = "embed" if task == "tatoeba" else "target"
    key = "embed" if task == "tatoeba" else task
    made = packed(kind, (task,), name=f"{task}-packed", key=key, parent="start", languages=("ab",))
    assert made.predictions
    if task == "tatoeba":  # nothing is learnt and nothing dropped: the same neighbours
        plain = started[1](kind, (task,), name=f"{task}-padded", key=key, parent="start", languages=("ab",))
        assert [p.sha256 for p in made.predictions] == [p.sha256 for p in plain.predictions]


@pytest.mark.parametrize(("half", "expected"), [(None, False), (True, True)])
def test_half_precision_is_said(started: tuple[Path, Run], data: Path, half: bool | None, expected: bool) -> None:
    out, _ = started
    made = runner(data, out, Engine("cpu", 1, half=half))("target", ("xnli",), name=f"half-{half}", parent="start")
    assert ("bfloat16 arithmetic over single precision" in made.notes) == expected


def test_half_precision_is_for_training_on_a_card_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "halves", lambda where: where == "cuda")
    engine = Engine("cpu", 1)
    engine.device = "cuda"
    spec = StageSpec(
        kind="target", tasks=("xnli",), mode="none", recipe="paper/xnli", seed=1, control=None, place="hub",
        model="xlm-roberta-base", languages=(), layers=None, preset="paper",
    )  # fmt: skip
    stage = Stage(id="t", kind="target", parent=None, task=None, arm=None, seed=1, recipe=None, data="x")
    for change, expected in (
        ({}, True), ({"kind": "embed"}, False), ({"model": "family"}, False), ({"kind": "intermediate"}, True)
    ):  # fmt: skip
        work = engine_module._Work(stage, spec.model_copy(update=change), None, Path("out"), lambda *_: None)
        assert engine._on(work).half == expected
    engine.half = False
    assert not engine._on(work).half


def test_the_places_of_a_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resources.places("cpu") == resources.places("auto") == ("cpu",)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert resources.places("auto") == resources.places("cuda") == ("cuda:0", "cuda:1")
    assert resources.places("cuda:1") == ("cuda:1",)
    assert resources.places("cpu") == ("cpu",)


def test_targets_with_the_same_training_share_it(started: tuple[Path, Run]) -> None:
    _, run = started
    both = run("target", ("xquad", "mlqa"), name="both", key="xquad", parent="start", languages=("aa", "ab"))
    assert [(p.task, p.language) for p in both.predictions] == [
        ("xquad", "aa"), ("xquad", "ab"), ("mlqa", "aa"), ("mlqa", "ab")
    ]  # fmt: skip
    assert both.steps == STEPS


# --- arms ---------------------------------------------------------------------------------------------


def test_joint_chain_and_masked_arms(started: tuple[Path, Run]) -> None:
    out, run = started
    joint = run("intermediate", ("mnli", "squad_v2", "ccg"), name="joint", key="joint", parent="start", mode="joint")
    assert [note.split(":")[0] for note in joint.notes] == ["mnli", "squad_v2", "ccg"]
    first = run("intermediate", ("mnli",), name="one", parent="start", mode="chain")
    second = run("intermediate", ("ccg",), name="two", parent="one", mode="chain")
    assert first.model == second.model == "model"
    beside = run("intermediate", ("mnli",), name="beside", key="mlm", parent="start", mode="mlm")
    assert beside.steps > STEPS  # the task keeps its steps, masked text comes on top
    alone = run("intermediate", (), name="alone", key="mlm", parent="start", mode="mlm")
    assert (alone.steps, alone.dev) == (STEPS, None)
    weights = [
        (out / name / "model" / "model.safetensors").read_bytes() for name in ("joint", "two", "beside", "alone")
    ]
    assert len(set(weights)) == 4


@pytest.mark.parametrize("task", ["mnli", "squad_v2", "ccg", "hellaswag"])
def test_the_control_learns_from_permuted_labels(started: tuple[Path, Run], task: str) -> None:
    _, run = started
    plain = run("intermediate", (task,), name=f"{task}-plain", parent="start", mode="single")
    control = run("intermediate", (task,), name=f"{task}-x", parent="start", mode="single", control="shuffled_labels")
    assert control.losses != plain.losses
    assert control.tokens == plain.tokens  # the inputs are the same
    assert not control.degenerate


def test_random_weights_are_a_model(started: tuple[Path, Run]) -> None:
    _, run = started
    made = run("pretrained", name="random", mode="mlm", control="random_init")
    assert (made.steps, made.model) == (0, "model")
    assert run("embed", ("tatoeba",), name="from-random", key="embed", parent="random").predictions


def test_a_model_by_folder_is_taken_as_it_is(started: tuple[Path, Run], data: Path, tmp_path: Path) -> None:
    out, _ = started
    run = runner(data, tmp_path)
    given = str(out / "start" / "model")
    made = run("pretrained", name="given", model=given)
    assert made.model is None
    assert made.notes == (given,)
    found = run("embed", ("tatoeba",), name="embed", key="embed", parent="given", model=given)
    expected = runner(data, out)("embed", ("tatoeba",), name="same", key="embed", parent="start")
    assert [p.sha256 for p in found.predictions] == [p.sha256 for p in expected.predictions]
    random = run("pretrained", name="random", model=given, control="random_init")
    assert random.model == "model"


# --- the same again -----------------------------------------------------------------------------------


class KilledError(Exception):
    """Stands for the end of the process."""


def test_same_seed_same_bytes_other_seed_others(started: tuple[Path, Run]) -> None:
    _, run = started
    made = [run("target", ("xnli",), name=f"again-{n}", parent="start", seed=s) for n, s in enumerate((1, 1, 2))]
    hashes = [[p.sha256 for p in one.predictions] for one in made]
    assert made[0].losses == made[1].losses != made[2].losses
    assert hashes[0] == hashes[1]


def test_a_killed_stage_gives_the_same_predictions(started: tuple[Path, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(train.train.__kwdefaults__ or {}, "save_every", 0.0)
    out, run = started
    whole = run("target", ("panx",), name="whole", parent="start")
    for stop in (3, 6):

        def killed(done: int, _total: int, what: str, at: int = stop) -> None:
            if done == at and "loss" in what:
                raise KilledError

        with pytest.raises(KilledError):
            run("target", ("panx",), name="cut", parent="start", told=killed)
        assert (out / "cut" / "training" / "state.safetensors").exists() == (stop > 3)
    again = run("target", ("panx",), name="cut", parent="start")
    assert again.losses == whole.losses
    assert [p.sha256 for p in again.predictions] == [p.sha256 for p in whole.predictions]
    assert sorted(path.name for path in (out / "cut").iterdir()) == ["predictions"]


def test_progress_is_told(started: tuple[Path, Run]) -> None:
    _, run = started
    told: list[tuple[int, int, str]] = []
    run("target", ("xnli",), name="told", parent="start", told=lambda *what: told.append(what))
    assert told[0][:2] == (3, STEPS)
    assert told[0][2].startswith("xnli: loss ")
    assert [what for *_, what in told][-1] == "predicting xnli ag"


# --- bad input ----------------------------------------------------------------------------------------


def test_a_missing_gpu_is_said_at_once() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(InputError, match="--device cuda: there is no GPU"):
        Engine("cuda")
    with pytest.raises(InputError, match='--device: "tpu" is unknown'):
        Engine("tpu")
    assert Engine("auto").device == "cpu"


@pytest.mark.parametrize(
    ("what", "match"), [("memory", "GB of memory on cpu are needed"), ("disk", "of disk are needed")]
)
def test_too_little_is_said_before_the_start(
    started: tuple[Path, Run], monkeypatch: pytest.MonkeyPatch, what: str, match: str
) -> None:
    out, run = started
    monkeypatch.setattr(resources, f"free_{what}", lambda _: 1000)
    steps: list[Any] = []
    with pytest.raises(InputError, match=match) as told:
        run("intermediate", ("mnli",), name=f"no-{what}", parent="start", told=lambda *s: steps.append(s))
    assert "\n" not in str(told.value)
    assert steps == []
    assert list((out / f"no-{what}").iterdir()) == []


def test_xlmr_large_needs_what_it_needs() -> None:
    """560M weights: 9 GB of AdamW and gradients, and the states of 32 x 256 tokens; 18 GB of states on disk."""
    settings = type("Settings", (), {"num_hidden_layers": 24, "hidden_size": 1024})()
    wanted = resources.need(560_000_000, settings, tokens=32 * 256, train=True)
    assert 20e9 < wanted.memory < 40e9
    assert 15e9 < wanted.disk < 20e9
    assert resources.need(560_000_000, settings, tokens=16384, train=False).memory < 6e9


def test_one_line_for_what_is_not_there(started: tuple[Path, Run], data: Path, tmp_path: Path) -> None:
    _, run = started
    with pytest.raises(InputError, match="no data in zz; there are aa, ab"):
        run("target", ("xnli",), name="zz", parent="start", languages=("zz",))
    with pytest.raises(InputError, match="there is no layer 9"):
        run("embed", ("tatoeba",), name="l9", key="embed", parent="start", layers=(9,))
    with pytest.raises(InputError, match="no folder model"):
        runner(data, tmp_path)("target", ("xnli",), name="orphan")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="no unlabelled text"):
        runner(empty, tmp_path)("pretrained", name="x", mode="mlm")


def test_text_in_a_wrong_encoding_is_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "aa.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(InputError, match=r"aa\.txt: not UTF-8 at byte 3"):
        runner(tmp_path, tmp_path)("pretrained", name="x", mode="mlm")


def test_a_saved_model_says_what_it_is(started: tuple[Path, Run]) -> None:
    out, _ = started
    settings = json.loads((out / "start" / "model" / "config.json").read_text(encoding="utf-8"))
    assert settings["model_type"] == "xlm-roberta"
