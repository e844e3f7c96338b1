"""The training loop: it learns, a killed run goes on where it stood, and nothing half-written is taken."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tiny_stance import network, tokenizer

from synth.errors import InputError

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from safetensors.torch import load_file, save_file  # noqa: E402

from synth.models.stance_input import layout  # noqa: E402
from synth.training import checkpoints  # noqa: E402
from synth.training import fit as loop  # noqa: E402
from synth.training.checkpoints import Place, resume, save  # noqa: E402
from synth.training.examples import UNKNOWN, Example  # noqa: E402
from synth.training.fit import Settings, Stage, batches, fit, tensors  # noqa: E402
from synth.training.network import StanceNetwork, loss  # noqa: E402

SETTINGS = Settings(seed=7, sentence_share=0.5, tokens_per_batch=120, clip=1.0, decay=0.01)
WORDS = ("apples", "bridges", "clouds")


def toy(epoch: int, n: int = 32) -> list[Example]:
    """Supported where a sentence says "up", refuted where it says "down", neutral where it says "red"."""
    rng = random.Random(f"toy {epoch}")
    made = []
    for _ in range(n):
        label = rng.randrange(3)
        sentences = (f"{rng.choice(WORDS)} {('up', 'down', 'red')[label]}", f"we saw {rng.choice(WORDS)}")
        made.append(Example("prices went up", "", sentences, label, (label, 2)))
    return made


def short(epoch: int) -> list[Example]:
    """The same with one sentence each."""
    return [e._replace(sentences=e.sentences[:1], each=e.each[:1]) for e in toy(epoch, 48)]


def stage(name: str = "toy", epochs: int = 2, rate: float = 3e-3, embeddings: bool = True) -> Stage:
    return Stage(name, epochs, rate, 0.1, embeddings, toy)


def weights(of: Any) -> dict[str, Any]:
    return {name: tensor.clone() for name, tensor in of.state_dict().items()}


def trained(folder: Path, stages: Sequence[Stage], told: Any = lambda _: None) -> dict[str, Any]:
    made = network(1)
    fit(made, tokenizer(), stages, SETTINGS, folder, told)
    return weights(made)


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(torch.allclose(one[name], other[name], atol=1e-5, rtol=0) for name in one)


# --- batches and loss -----------------------------------------------------------------------------------


def test_batches_hold_every_example_once_and_keep_to_the_tokens() -> None:
    laid = [(layout(tokenizer(), e.claim, e.title, e.sentences), e) for e in toy(0)]
    cut = batches(laid, 100, random.Random(0))
    assert sorted(i for part in cut for i in part) == list(range(len(laid)))
    assert all(len(part) == 1 or len(part) * max(len(laid[i][0].ids) for i in part) <= 100 for part in cut)
    assert cut == batches(laid, 100, random.Random(0))


class Words(torch.nn.Module):
    """An encoder without attention: the state of a token is drawn by its id alone."""

    def __init__(self) -> None:
        super().__init__()
        self.states = torch.nn.Embedding(40_000, 8)

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
        return SimpleNamespace(last_hidden_state=self.states(input_ids))


def test_a_sentence_is_read_by_its_own_tokens_and_the_claims() -> None:
    torch.manual_seed(2)
    made = StanceNetwork(Words(), 8, 0.0).eval()

    def each(claim: str, title: str, *sentences: str, beside: Sequence[str] = ()) -> Any:
        examples = [Example(claim, title, sentences, 0, (0,) * len(sentences))]
        examples += [Example(claim, "", tuple(beside), 0, (0,) * len(beside))] * bool(beside)
        batch = tensors([(layout(tokenizer(), e.claim, e.title, e.sentences), e) for e in examples])
        with torch.no_grad():
            return made(batch.ids, batch.mask, batch.types, batch.marks)[1][0]

    alone = each("prices rose", "", "apples are red")[0]
    wide = each("prices rose", "On fruit", "bridges fell in spring", "apples are red", beside=["a b c"] * 9)
    assert torch.allclose(wide[1], alone, atol=1e-6)  # whatever stands around it, and however it is padded
    assert not torch.allclose(wide[0], wide[1], atol=1e-3)
    assert not torch.allclose(each("clouds rose", "", "apples are red")[0], alone, atol=1e-3)


def test_the_loss_asks_for_the_deciding_sentence_first() -> None:
    whole, labels, weights = torch.zeros(1, 3), torch.tensor([0]), torch.ones(1)
    each = torch.tensor([[[2.0, 0.0, 0.0], [0.0, 0.0, 1.0], [5.0, 5.0, 5.0]]])
    first = loss(whole, each, labels, torch.tensor([[0, 2, UNKNOWN]]), weights, 1.0)
    second = loss(whole, each, labels, torch.tensor([[2, 0, UNKNOWN]]), weights, 1.0)
    only = loss(whole, each[:, :1], labels, torch.tensor([[0]]), weights, 1.0)
    assert first < second
    own = float(torch.nn.functional.cross_entropy(each[0, 0], torch.tensor(0)))
    assert only == pytest.approx(math.log(3) + own)  # of one sentence there is nothing to rank


def test_a_batch_is_padded_and_what_is_not_there_teaches_nothing() -> None:
    examples = [
        Example("a claim", "", ("one", "two"), 0, (0, UNKNOWN)),
        Example("a longer claim", "t", ("one",), 2, (2,), 0.5),
    ]
    laid = [(layout(tokenizer(), e.claim, e.title, e.sentences), e) for e in examples]
    batch = tensors(laid)
    assert batch.mask.sum(1).tolist() == [len(one.ids) for one, _ in laid]
    assert batch.each.tolist() == [[0, UNKNOWN], [2, UNKNOWN]]
    assert batch.weights.tolist() == [1.0, 0.5]
    assert batch.types[0, 0] == 0
    assert batch.ids.shape == batch.mask.shape == batch.types.shape


def test_the_loss_by_hand() -> None:
    """Even logits cost ln 3 = 1.0986 each; the second example weighs half, and has no annotated sentence."""
    whole, each = torch.zeros(2, 3), torch.zeros(2, 2, 3)
    value = loss(
        whole, each, torch.tensor([0, 1]), torch.tensor([[0, -100], [-100, -100]]), torch.tensor([1, 0.5]), 0.5
    )
    assert value.item() == pytest.approx(1.0986 * (1 + 0.5 + 0.5) / 2, abs=1e-3)


# --- learning -------------------------------------------------------------------------------------------


def test_the_loss_falls_on_something_that_can_be_learnt(tmp_path: Path) -> None:
    said: list[str] = []
    trained(tmp_path, [Stage("toy", 8, 1e-2, 0.1, True, short)], said.append)
    losses = [float(line.split("loss ")[1].split(",")[0]) for line in said]
    assert losses[-1] < 0.6 * losses[0]
    assert said[-1].startswith("toy 8/8 step")


def test_without_embeddings_the_word_vectors_stay(tmp_path: Path) -> None:
    before = weights(network(1))
    after = trained(tmp_path, [stage(epochs=1, embeddings=False)])
    fixed = {name for name in after if torch.equal(before[name], after[name])}
    assert fixed == {name for name in after if "embeddings" in name}


def test_the_rate_climbs_and_falls() -> None:
    paces = [loop._pace(part / 20, 0.1) for part in range(20)]
    assert paces[0] == 0.02
    assert max(paces) == pytest.approx(1.0)
    assert paces[2:] == sorted(paces[2:], reverse=True)
    assert paces[-1] >= 0.02


# --- checkpoints ----------------------------------------------------------------------------------------


class Killed(BaseException):
    pass


@pytest.mark.parametrize("at", [4, 8, 12])
def test_a_killed_run_ends_where_an_unbroken_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Killed in the first or second epoch or in the second stage, one batch after the last checkpoint."""
    stages = [stage("one", 2), stage("two", 1, embeddings=False)]
    whole = trained(tmp_path / "whole", stages)
    calls = 0

    def dies(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at:
            raise Killed
        monkeypatch.setattr(loop, "_SAVE_EVERY", -1.0 if calls < at - 1 else 1e9)
        return loss(*given)

    monkeypatch.setattr(loop, "loss", dies)
    with pytest.raises(Killed):
        trained(tmp_path / "broken", stages)
    monkeypatch.setattr(loop, "loss", loss)
    assert same(trained(tmp_path / "broken", stages), whole)


def test_a_finished_run_is_not_run_again(tmp_path: Path) -> None:
    whole = trained(tmp_path, [stage(epochs=1)])
    said: list[str] = []
    assert same(trained(tmp_path, [stage(epochs=1)], said.append), whole)
    assert said == []


def test_checkpoints_are_safetensors_and_a_place(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    final = trained(tmp_path, [stage(epochs=1)])
    assert sorted(f.name for f in tmp_path.iterdir()) == [
        "place.json",
        "run-1-0-0.weights.safetensors",
        "toy-1.safetensors",
    ]
    assert same(load_file(str(tmp_path / "toy-1.safetensors")), final)


def test_what_was_half_written_is_not_taken(tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole", [stage()])
    folder = tmp_path / "broken"
    trained(folder, [stage(epochs=1)])
    (folder / "place.json").write_text(json.dumps(Place(0, 0, 0)._asdict()))
    (folder / "run-0-0-0.weights.safetensors").write_bytes((folder / "toy-1.safetensors").read_bytes())
    made = network(1)
    save(made, None, folder, Place())
    (folder / "run-0-1-0.weights.safetensors").write_bytes(b"half of")
    (folder / "run-0-1-0.optimizer.partial").write_bytes(b"half of")
    assert same(trained(folder, [stage()]), whole)
    assert not list(folder.glob("run-0-*"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("place.json", b"{", "place.json: cannot be read"),
        ("place.json", b"[1]", "place.json: cannot be read"),
        ("run-0-0-2.weights.safetensors", b"cut", "weights.safetensors: cannot be read"),
    ],
)
def test_a_damaged_checkpoint_is_said_in_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    save(network(1), None, tmp_path, Place(0, 0, 2))
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said) as error:
        resume(network(1), tmp_path)
    assert "\n" not in str(error.value)


def test_a_checkpoint_of_other_examples_is_refused(tmp_path: Path) -> None:
    made = network(1)
    optimizer = torch.optim.AdamW(made.parameters(), lr=1e-3)
    save(made, optimizer, tmp_path, Place(0, 0, 2, 99))
    with pytest.raises(InputError, match="other examples"):
        trained(tmp_path, [stage()])


def test_the_mean_of_weights_is_that_of_each_number(tmp_path: Path) -> None:
    ends = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    for end, value in zip(ends, (1.0, 4.0), strict=True):
        save_file({"w": torch.full((2, 3), value), "b": torch.tensor([value, -value])}, str(end))
    checkpoints.mean(ends, tmp_path / "mean.safetensors")
    made = load_file(str(tmp_path / "mean.safetensors"))
    assert made["w"].tolist() == [[2.5] * 3] * 2
    assert made["b"].tolist() == [2.5, -2.5]
    ends[1].write_bytes(b"x")
    with pytest.raises(InputError, match=r"b\.safetensors: cannot be read"):
        checkpoints.mean(ends, tmp_path / "mean.safetensors")
