"""The training loop: it learns, it repeats itself exactly, it survives being killed, and it says what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from tiny_models import LINES, save

from replicate import catalogue, checkpoint, encode, heads, measure, pretrained, resources, train
from replicate import recipe as recipes
from replicate.batches import uniform
from replicate.encode import Pieces
from replicate.heads import Model
from replicate.recipe import Training
from replicate.records import TextExample
from synth.errors import InputError

resources.settle(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def pieces(folder: Path) -> Pieces:
    return pretrained.pieces(str(folder))


def recipe(**more: Any) -> Training:
    values: dict[str, Any] = {
        "id": "test", "learning_rate": 5e-3, "batch": 8, "epochs": 4.0, "warmup": 0.1, "weight_decay": 0.01,
        "clip": 1.0, "epsilon": 1e-8, "max_length": 32, "eval_every": 10, "patience": 100, "source": "a test",
    }  # fmt: skip
    return Training(**{**values, **more})


WORDS = ("river", "mill", "town", "rain", "flour", "miller")


def examples(count: int, key: str = "train") -> list[TextExample]:
    """Does the second text hold the word of the first? Two pieces to compare, so a tiny model can learn it."""
    draws = uniform(3 * count, key).reshape(count, 3)
    made = []
    for first, second, label in draws:
        asked, other = WORDS[int(first * 6)], WORDS[int(second * 6)]
        same = label < 0.5
        shown = asked if same else next(w for w in (other, *WORDS) if w != asked)
        made.append(TextExample(id="x", text="the river" if same else "the mill", second=shown, label=int(same)))
    return made


TALL = [TextExample(id="x", text=line, second=line, label=0) for line in LINES]  # longer than the others


def model(folder: Path, seed: int = 0, names: tuple[str, ...] = ("pair",)) -> Model:
    torch.manual_seed(seed)
    encoder = pretrained.encoder(str(folder))
    return Model(encoder, {name: heads.head("classification", encoder.config, 2) for name in names})


def job(pieces: Pieces, name: str = "pair", count: int = 64, batch: int = 8, seed: int = 1) -> train.Job:
    rows = encode.text_features(examples(count), pieces, 32)
    return train.Job(name, "classification", rows, pieces, batch, 4, seed)


def run(folder: Path, pieces: Pieces, out: Path, total: int = 40, **more: Any) -> tuple[train.Outcome, Model]:
    made = model(folder)
    how = more.pop("how", recipe())
    return train.train(made, [job(pieces)], how, total=total, seed=1, folder=out, **more), made


def accuracy(pieces: Pieces) -> Callable[[Model], float]:
    rows = encode.text_features(examples(64, "dev"), pieces, 32)
    gold = np.array([int(row.label) for row in rows if row.label is not None])
    return lambda now: (
        100 * float((np.array(measure.choices(measure.scores(now, "pair", rows, pieces))) == gold).mean())
    )


# --- recipes -----------------------------------------------------------------------------------------


def test_the_recipes_are_whole() -> None:
    """Every task has complete settings in every recipe, and the lengths leave room for text."""
    for name in ("paper", "xtreme", "family"):
        for key in (*catalogue.TASK_IDS, "joint", "mlm", "embed"):
            made = recipes.training(f"{name}/{key}")
            assert made.max_length >= 64
            assert made.source
        assert recipes.joint(f"{name}/joint").cap > 0
        assert 0 < recipes.joint(f"{name}/mlm").mlm_share < 1
    assert recipes.training("paper/xnli").batch == 32
    assert recipes.training("paper/xquad").max_length == 384
    assert recipes.small("family/pretrained").hidden


# --- the schedule -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "expected"),
    [(0, 0.0), (5, 0.5), (10, 1.0), (55, 0.5), (99, 1 / 90), (100, 0.0)],
)
def test_rate_warms_up_and_decays(step: int, expected: float) -> None:
    assert train.rate(step, 100, recipe(learning_rate=1.0)) == pytest.approx(expected)


def test_warm_up_may_be_a_count_of_steps() -> None:
    assert train.rate(10, 100, recipe(learning_rate=1.0, warmup_steps=20)) == 0.5
    assert train.rate(0, 100, recipe(learning_rate=1.0, warmup_steps=0)) == 1.0


def test_biases_and_normalisations_do_not_decay(folder: Path) -> None:
    made = model(folder)
    decay = {id(w): group["weight_decay"] for group in train.adam(made, recipe()).param_groups for w in group["params"]}
    for name, weights in made.named_parameters():
        assert decay[id(weights)] == (0.0 if name.endswith("bias") or "LayerNorm" in name else 0.01), name


def test_tasks_are_drawn_in_proportion() -> None:
    draws = train.schedule(4000, [1.0, 3.0, 0.0], 7)
    assert np.bincount(draws, minlength=3).tolist() == pytest.approx([1000, 3000, 0], abs=100)
    assert train.schedule(4000, [1.0, 3.0, 0.0], 7).tolist() == draws.tolist()
    assert train.schedule(3, [5.0], 7).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("epochs", "steps", "expected"), [(2.0, None, 16), (0.5, None, 4), (2.0, 5, 5), (0.01, None, 1)]
)
def test_passes(pieces: Pieces, epochs: float, steps: int | None, expected: int) -> None:
    assert train.passes(recipe(epochs=epochs, steps=steps), job(pieces)) == expected


def test_a_learning_curve_is_thinned_to_means() -> None:
    assert train.thin([1.0, 2.0], 4) == (1.0, 2.0)
    assert train.thin([1.0, 3.0, 5.0, 7.0], 2) == (2.0, 6.0)
    assert len(train.thin(list(range(1001)))) == 200


# --- learning -----------------------------------------------------------------------------------------


def test_it_learns(folder: Path, pieces: Pieces, tmp_path: Path) -> None:
    done, _ = run(folder, pieces, tmp_path, 60, evaluate=accuracy(pieces))
    assert done.best is not None
    assert done.best > 95
    assert done.losses[-1] < 0.6 < done.losses[0]
    assert done.steps == done.planned == 60
    assert done.tokens > 60 * 8 * 6
    assert [step for step, _ in done.evaluations] == [10, 20, 30, 40, 50, 60]


def test_same_seed_same_losses_other_seed_others(folder: Path, pieces: Pieces, tmp_path: Path) -> None:
    first, second = (run(folder, pieces, tmp_path / name, 20)[0].losses for name in "ab")
    assert first == second
    other = train.train(model(folder), [job(pieces, seed=2)], recipe(), total=20, seed=2, folder=tmp_path / "c").losses
    assert other != first


def test_parts_of_a_batch_give_the_same_gradient(folder: Path, pieces: Pieces, tmp_path: Path) -> None:
    made = pretrained.encoder(str(folder))
    made.config.hidden_dropout_prob = made.config.attention_probs_dropout_prob = 0.0
    losses = []
    for name, part in (("whole", None), ("parts", 3)):
        now = model(folder)
        for module in now.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        how = recipe(part=part)
        losses.append(train.train(now, [job(pieces)], how, total=20, seed=1, folder=tmp_path / name).losses)
    assert np.allclose(losses[0], losses[1], atol=1e-4)


@pytest.mark.parametrize("part", [None, 3])
def test_without_padding_the_losses_are_the_same(
    folder: Path, pieces: Pieces, tmp_path: Path, part: int | None
) -> None:
    """Twenty steps with the same batches, without dropout, whose draws depend on the shape."""
    outcomes, weights = [], []
    for pack in (False, True):
        now = model(folder)
        for module in now.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        rows = encode.text_features(examples(64), pieces, 32)
        one = train.Job("pair", "classification", [*rows, *encode.text_features(TALL, pieces, 32)], pieces, 8, 1, 1)
        how = recipe(part=part, eval_every=5)
        outcomes.append(train.train(now, [one], how, total=20, seed=1, folder=tmp_path / str(pack), pack=pack))
        weights.append(now.heads["pair"].out.weight.detach())
    assert outcomes[1].losses == pytest.approx(outcomes[0].losses, rel=2e-4)
    assert outcomes[1].tokens == outcomes[0].tokens
    assert torch.allclose(*weights, atol=2e-4)


@pytest.mark.parametrize(("bucket", "pack", "expected"), [(1, None, True), (4, None, False), (4, True, True),
                                                          (1, False, False)])  # fmt: skip
def test_padding_is_left_out_where_batches_are_not_sorted(
    folder: Path, pieces: Pieces, tmp_path: Path, bucket: int, pack: bool | None, expected: bool
) -> None:
    now = model(folder)
    rows = encode.text_features(examples(16), pieces, 32)
    one = train.Job("pair", "classification", rows, pieces, 8, bucket, 1)
    train.train(now, [one], recipe(), total=1, seed=1, folder=tmp_path, pack=pack)
    assert bool(now.kernels) == expected


def test_the_best_weights_are_left_in_the_model(folder: Path, pieces: Pieces, tmp_path: Path) -> None:
    scores = iter([10.0, 50.0, 20.0, 30.0])
    seen: list[Any] = []

    def evaluate(now: Model) -> float:
        seen.append(now.heads["pair"].out.weight.detach().clone())
        return next(scores)

    done, made = run(folder, pieces, tmp_path, 40, evaluate=evaluate)
    assert done.best == 50.0
    assert torch.equal(made.heads["pair"].out.weight, seen[1])
    assert not torch.equal(seen[1], seen[3])


def test_training_stops_without_a_gain(folder: Path, pieces: Pieces, tmp_path: Path) -> None:
    done, _ = run(folder, pieces, tmp_path, 100, evaluate=lambda _: 1.0, how=recipe(eval_every=5, patience=3))
    assert done.steps == 20  # the first evaluation is the best; three more
    assert done.stopped_early


def test_several_tasks_share_one_encoder(folder: Path, pieces: Pieces, tmp_path: Path) -> None:
    jobs = [job(pieces, "a"), job(pieces, "b", count=16)]
    seen: list[str] = []
    done = train.train(
        model(folder, names=("a", "b")), jobs, recipe(eval_every=1), total=40, shares=[3.0, 1.0], seed=1,
        folder=tmp_path, told=lambda _n, _t, what: seen.append(what.split(":")[0]), names={"a": "mnli"},
    )  # fmt: skip
    assert done.steps == 40
    assert 20 <= seen.count("mnli") <= 38
    assert set(seen) == {"mnli", "b"}


@pytest.mark.parametrize("pack", [False, True])
def test_half_precision_trains(folder: Path, pieces: Pieces, tmp_path: Path, pack: bool) -> None:
    done, made = run(folder, pieces, tmp_path, 20, half=True, pack=pack, evaluate=accuracy(pieces))
    assert np.isfinite(done.losses).all()
    assert next(made.parameters()).dtype == torch.float32  # the weights themselves stay single


def test_throughput_is_told(folder: Path, pieces: Pieces, tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    run(folder, pieces, tmp_path, 20, told=lambda *what: told.append(what))
    assert [one[:2] for one in told] == [(10, 20), (20, 20)]
    assert "steps/s" in told[0][2]
    assert "tokens/s" in told[0][2]


# --- being killed -------------------------------------------------------------------------------------


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("steps", [(13,), (7, 22, 31)])
def test_a_killed_run_goes_on_with_the_same_losses(
    folder: Path, pieces: Pieces, tmp_path: Path, steps: tuple[int, ...]
) -> None:
    """Killed after these steps (each time in a new process with other random numbers), saved at every look."""
    how = recipe(eval_every=1)
    whole, _ = run(folder, pieces, tmp_path / "whole", 40, how=how, evaluate=accuracy(pieces))

    for stop in steps:

        def killed(done: int, _total: int, _what: str, at: int = stop) -> None:
            if done == at:
                raise KilledError

        torch.manual_seed(12345)
        with pytest.raises(KilledError):
            run(folder, pieces, tmp_path / "cut", 40, how=how, evaluate=accuracy(pieces), told=killed, save_every=0)
    torch.manual_seed(54321)
    again, _ = run(folder, pieces, tmp_path / "cut", 40, how=how, evaluate=accuracy(pieces), save_every=0)
    assert again.losses == whole.losses
    assert again.evaluations == whole.evaluations
    assert again.tokens == whole.tokens
    assert again.notes == ()


def interrupted(folder: Path, pieces: Pieces, out: Path) -> None:
    def killed(done: int, _total: int, _what: str) -> None:
        if done == 30:
            raise KilledError

    with pytest.raises(KilledError):
        run(folder, pieces, out, 40, told=killed, save_every=0)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_state_cut_in_half_costs_time_and_nothing_else(
    folder: Path, pieces: Pieces, tmp_path: Path, share: float
) -> None:
    whole, _ = run(folder, pieces, tmp_path / "whole")
    interrupted(folder, pieces, tmp_path / "cut")
    newest = tmp_path / "cut" / "state.safetensors"
    newest.write_bytes(newest.read_bytes()[: int(newest.stat().st_size * share)])
    again, _ = run(folder, pieces, tmp_path / "cut")
    assert again.losses == whole.losses
    assert len(again.notes) == 1
    assert "state.safetensors: the file is damaged or cut short" in again.notes[0]
    assert "\n" not in again.notes[0]


def test_without_any_sound_state_it_begins_again(folder: Path, pieces: Pieces, tmp_path: Path) -> None:
    interrupted(folder, pieces, tmp_path / "cut")
    for path in (tmp_path / "cut").glob("state*"):
        path.write_bytes(b"\x07" * 40)
    again, _ = run(folder, pieces, tmp_path / "cut")
    assert again.losses == run(folder, pieces, tmp_path / "whole")[0].losses
    assert len(again.notes) == 2


def test_the_state_of_another_training_is_refused(folder: Path, pieces: Pieces, tmp_path: Path) -> None:
    interrupted(folder, pieces, tmp_path)
    with pytest.raises(InputError, match="the state of another training; delete it"):
        run(folder, pieces, tmp_path, how=recipe(learning_rate=1e-4))


def test_clearing_removes_the_state(folder: Path, pieces: Pieces, tmp_path: Path) -> None:
    interrupted(folder, pieces, tmp_path)
    checkpoint.keep_best(tmp_path, model(folder))
    checkpoint.clear(tmp_path)
    assert list(tmp_path.iterdir()) == []


# --- what goes wrong ----------------------------------------------------------------------------------


def test_a_loss_that_is_no_number_ends_the_run(folder: Path, pieces: Pieces, tmp_path: Path) -> None:
    made = model(folder)
    with torch.no_grad():
        made.heads["pair"].out.weight[0, 0] = float("nan")
    with pytest.raises(train.DivergedError) as told:
        train.train(made, [job(pieces)], recipe(), total=20, seed=3, folder=tmp_path)
    assert str(told.value) == "test, seed 3: the loss of step 1 is nan; lower the learning rate (0.005)"
    assert not list(tmp_path.glob("state*"))  # nothing of it is kept


def test_a_full_disk_is_one_line(folder: Path, pieces: Pieces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", full)
    with pytest.raises(InputError, match=r"cannot be written .*No space left"):
        run(folder, pieces, tmp_path, save_every=0)


def test_the_lines_of_the_tiny_models_are_known(pieces: Pieces) -> None:
    assert all(pieces.unknown not in ids for ids in pieces.ids(LINES))
