"""Embedding rows that a training never sees: left alone, they end where AdamW would have taken them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from tiny_models import save

from replicate import encode, heads, pretrained, resources, train, vocabulary
from replicate.encode import Pieces
from replicate.heads import Model
from replicate.recipe import Training
from replicate.records import TextExample

resources.settle(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def pieces(folder: Path) -> Pieces:
    return pretrained.pieces(str(folder))


def recipe(**more: Any) -> Training:
    values: dict[str, Any] = {
        "id": "test", "learning_rate": 5e-3, "batch": 4, "epochs": 1.0, "warmup": 0.1, "weight_decay": 0.5,
        "clip": 0.05, "epsilon": 1e-8, "max_length": 32, "eval_every": 7, "patience": 100, "source": "a test",
    }  # fmt: skip
    return Training(**{**values, **more})


def trained(folder: Path, pieces: Pieces, out: Path, **more: Any) -> tuple[Model, Any]:
    torch.manual_seed(0)
    encoder = pretrained.encoder(str(folder))
    model = Model(encoder, {"pair": heads.head("classification", encoder.config, 2)})
    texts = ["the river runs", "the old mill", "in the rain", "the town"]
    rows = [TextExample(id="x", text=text, second=None, label=n % 2) for n, text in enumerate(texts)]
    job = train.Job("pair", "classification", encode.text_features(rows, pieces, 32), pieces, 2, 1, 1)
    done = train.train(model, [job], recipe(), total=20, seed=1, folder=out, **more)
    return model, done


def words(model: Model) -> Any:
    return model.encoder.get_input_embeddings()


def test_the_numbers_are_those_of_the_dense_optimizer(
    folder: Path, pieces: Pieces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = words(Model(pretrained.encoder(str(folder)), {})).weight.detach().clone()
    lazy, done = trained(folder, pieces, tmp_path / "lazy")
    monkeypatch.setattr(vocabulary, "_MOST", 0.0)  # never taken: all rows go through the optimizer
    dense, told = trained(folder, pieces, tmp_path / "dense")
    assert done.losses == pytest.approx(told.losses, rel=1e-6)
    for (name, a), (_, b) in zip(lazy.named_parameters(), dense.named_parameters(), strict=True):
        assert torch.allclose(a, b, rtol=1e-5, atol=1e-7), name
    unseen = pieces.ids(["flour"])[0][0]
    share = words(lazy).weight[unseen] / first[unseen]
    by_hand = np.prod([1 - train.rate(step, 20, recipe()) * 0.5 for step in range(20)])
    assert share.tolist() == pytest.approx([by_hand] * 16, rel=1e-5)
    assert by_hand < 0.98  # it did decay


def test_only_the_rows_of_the_training_are_moved(folder: Path, pieces: Pieces, tmp_path: Path) -> None:
    seen: list[tuple[str, ...]] = []
    sizes: list[int] = []

    def evaluate(model: Model) -> float:
        seen.append(tuple(name for name, _ in model.named_parameters() if "word" in name))
        sizes.append(len(words(model).seen))
        return 0.0

    model, _ = trained(folder, pieces, tmp_path, evaluate=evaluate)
    assert seen[0] == tuple(f"encoder.embeddings.word_embeddings.{part}" for part in ("seen", "factor"))
    assert sizes[0] == len({"the", "river", "runs", "old", "mill", "in", "rain", "town"}) + 3  # begin, end, padding
    assert type(words(model)) is torch.nn.Embedding


def test_an_unseen_row_may_be_looked_at_while_training(folder: Path, pieces: Pieces, tmp_path: Path) -> None:
    """Evaluation meets words that the training does not: their rows have decayed by then."""
    ids = torch.tensor([pieces.ids(["flour nobody"])[0]])
    first = words(Model(pretrained.encoder(str(folder)), {}))(ids).detach()
    shares: list[float] = []

    def evaluate(model: Model) -> float:
        model.eval()
        shares.append(float((words(model)(ids) / first).mean().detach()))
        return -len(shares)  # the first is the best

    model, _ = trained(folder, pieces, tmp_path, evaluate=evaluate)
    assert 1 > shares[0] > shares[1] > shares[2]
    left = float((words(model)(ids) / first).mean().detach())
    assert left == pytest.approx(shares[0])  # the factor of the best weights


def test_a_killed_training_goes_on(folder: Path, pieces: Pieces, tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    def kill(step: int, _total: int, _what: str) -> None:
        if step == 14:
            raise KilledError

    whole, done = trained(folder, pieces, tmp_path / "whole")
    with pytest.raises(KilledError):
        trained(folder, pieces, tmp_path / "cut", told=kill, evaluate=lambda _: 1.0, save_every=0)
    again, told = trained(folder, pieces, tmp_path / "cut")
    assert told.losses == done.losses
    assert torch.equal(words(again).weight, words(whole).weight)


def test_embeddings_that_the_head_uses_too_stay_whole(folder: Path, pieces: Pieces) -> None:
    whole = pretrained.language_model(str(folder))
    tied = Model(whole.base_model, {"mlm": heads.Fill(whole.lm_head)})
    with vocabulary.narrowed(tied, np.array([0, 1, 2])) as made:
        assert made is None
    alone = Model(pretrained.encoder(str(folder)), {})
    for rows in (None, np.arange(pieces.vocabulary)):
        with vocabulary.narrowed(alone, rows) as made:
            assert made is None
    with vocabulary.narrowed(alone, np.array([0, 1, 2])) as made:
        assert made is not None


def test_what_was_learnt_is_put_back_when_training_fails(folder: Path) -> None:
    model = Model(pretrained.encoder(str(folder)), {})
    before = words(model).weight.detach().clone()

    def fails() -> None:
        with vocabulary.narrowed(model, np.array([0, 1, 5])) as made, torch.no_grad():
            assert made is not None
            made.seen[2] = 7.0
            raise ValueError("mid-way")

    with pytest.raises(ValueError, match="mid-way"):
        fails()
    assert words(model).weight[5].tolist() == [7.0] * 16
    assert torch.equal(words(model).weight[6:], before[6:])


@pytest.mark.parametrize("most", [1e-3, 1e3])
def test_clipping_in_the_optimizers_own_pass(most: float) -> None:
    """The same weights as with clipping before the step, whether the norm is above the bound or below."""
    made = []
    for fused in (False, True):
        torch.manual_seed(0)
        layer = torch.nn.Linear(6, 3)
        optimizer = torch.optim.AdamW(layer.parameters(), lr=0.1, eps=1e-2, fused=True)
        for _ in range(3):
            optimizer.zero_grad(set_to_none=True)
            layer(torch.linspace(-1, 1, 12).view(2, 6)).square().sum().backward()
            train.clip(optimizer, layer, most, fused=fused)
            optimizer.step()
        made.append(layer.weight.detach())
    assert torch.allclose(*made, rtol=1e-5, atol=1e-7)
