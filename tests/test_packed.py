"""Batches without padding: the same states, losses and gradients as with it; positions as the model counts them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from tiny_models import LINES, SIZE, save

from replicate import batches, encode, heads, packed, pretrained, resources
from replicate.batches import Batch, Masking
from replicate.encode import Pieces
from replicate.heads import Model
from replicate.records import ChoiceExample, SpanAnswer, SpanExample, TagExample, TextExample

resources.settle(1)
KINDS = ("xlm-roberta", "roberta", "bert")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Pieces]:
    folder = str(save(tmp_path_factory.mktemp("model")))
    return pretrained.encoder(folder), pretrained.pieces(folder)


@pytest.fixture(scope="module", params=KINDS)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Pieces]:
    folder = str(save(tmp_path_factory.mktemp("model"), request.param))
    return pretrained.encoder(folder), pretrained.pieces(folder)


def batch(pieces: Pieces) -> Batch:
    """Five lines of different lengths, one of a single word."""
    rows = [TextExample(id="x", text=line, second=None, label=0) for line in (*LINES[:4], "mill")]
    made = batches.collate(encode.text_features(rows, pieces, 32), pieces)
    assert len(set(made.attention.sum(1).tolist())) >= 4
    return made


def quiet(model: Any) -> Any:
    """Without dropout, whose draws differ with the shape."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


# --- the layout ---------------------------------------------------------------------------------------


def test_the_layout_of_a_batch() -> None:
    made = packed.layout(np.array([[1, 1, 1], [1, 0, 0], [1, 1, 0]]), "cpu")
    assert made is not None
    assert made.order.tolist() == [1, 2, 0]  # the shortest first
    assert made.place.tolist() == [3, 6, 7, 0, 1, 2]
    assert made.ends.tolist() == [0, 1, 3, 6]
    assert (made.rows, made.longest, made.shortest) == (3, 3, 1)
    states = torch.arange(1.0, 7.0)[:, None]
    assert packed.padded(states, made)[..., 0].tolist() == [[4, 5, 6], [1, 0, 0], [2, 3, 0]]


def test_rows_of_about_one_length_are_padded_together() -> None:
    lengths = np.array([40, 7, 10, 3, 44, 40, 51])
    made = packed.layout((np.arange(51)[None] < lengths[:, None]).astype(np.int64), "cpu")
    assert made is not None
    assert [(one.rows, one.longest) for one in made.groups] == [(2, 7), (1, 10), (3, 44), (1, 51)]
    assert [(one.pieces.start, one.pieces.stop) for one in made.groups] == [(0, 10), (10, 20), (20, 144), (144, 195)]
    assert [one.shown is None for one in made.groups] == [False, True, False, True]
    assert made.groups[0].place.tolist() == [0, 1, 2, 7, 8, 9, 10, 11, 12, 13]


@pytest.mark.parametrize("mask", [[[1, 1], [1, 1]], [[0, 1], [1, 1]], [[1, 0, 1], [1, 1, 1]], [[1, 1], [0, 0]]])
def test_what_has_no_padding_at_its_end_is_not_packed(mask: list[list[int]]) -> None:
    assert packed.layout(np.array(mask), "cpu") is None


# --- the same numbers as with padding -----------------------------------------------------------------


def compared(loaded: tuple[Any, Pieces], kernel: str) -> tuple[Any, Any]:
    """States of both ways: the model's own forward, with the model's own positions, is what the other is held to."""
    encoder, pieces = loaded
    encoder.eval()
    given = heads.inputs(batch(pieces), "cpu")
    where = packed.layout(batch(pieces).attention, "cpu", (kernel,))
    assert where is not None
    more = {} if given.segments is None else {"token_type_ids": given.segments}
    with torch.no_grad():
        packed.use(encoder, "sdpa")
        plain = encoder(input_ids=given.ids, attention_mask=given.attention, **more).last_hidden_state
        made = packed.run(encoder, given.ids, given.segments, where).last_hidden_state[0]
    return plain.flatten(0, 1)[where.place], made


@pytest.mark.parametrize("kernel", ["padded", "nested"])
def test_states_are_those_of_the_padded_forward(loaded: tuple[Any, Pieces], kernel: str) -> None:
    plain, made = compared(loaded, kernel)
    assert torch.allclose(plain, made, atol=1e-5)


def test_positions_from_0_would_be_noticed(loaded: tuple[Any, Pieces], monkeypatch: pytest.MonkeyPatch) -> None:
    """What ready-made collators do to RoBERTa: the states are others. BERT's positions do begin at 0."""
    monkeypatch.setattr(packed, "_ROBERTA", frozenset())
    monkeypatch.setattr(packed, "_BERT", frozenset(KINDS))
    plain, made = compared(loaded, "padded")
    assert torch.allclose(plain, made, atol=1e-2) == (loaded[0].config.model_type == "bert")


@pytest.mark.parametrize(("kind", "first"), [("xlm-roberta", 2), ("roberta", 2), ("bert", 0), ("electra", None)])
def test_where_positions_begin(kind: str, first: int | None) -> None:
    from transformers import AutoConfig

    assert packed.first_position(AutoConfig.for_model(kind, pad_token_id=1)) == first


def test_a_kind_of_model_that_is_not_known_is_padded(loaded: tuple[Any, Pieces], monkeypatch: Any) -> None:
    made = Model(loaded[0], {})
    made.attend("cpu", pack=True)
    assert made.kernels == ("padded",)
    monkeypatch.setattr(packed, "first_position", lambda _: None)
    made.attend("cpu", pack=True)
    assert made.kernels == ()


def task(kind: str, pieces: Pieces) -> tuple[Batch, int]:
    if kind == "classification":
        return batch(pieces), 2
    if kind == "multiple_choice":
        rows = [ChoiceExample(id="x", prompt=LINES[n], choices=("the mill.", LINES[n + 1]), label=n) for n in (0, 1)]
        return batches.collate(encode.choice_features(rows, pieces, 40), pieces), 0
    if kind == "tagging":
        words = [TagExample(id="x", words=tuple(w), tags=("A", "B", "A", "A")[: len(w)]) for w in
                 (["the", "river", "runs"], ["mill"], ["the", "old", "mill", "runs"])]  # fmt: skip
        return batches.collate(encode.tag_features(words, pieces, ("A", "B"), 32), pieces), 2
    if kind == "span":
        asked = [SpanExample(id="x", question="who?", context=line, answers=(SpanAnswer(start=0, text=line[:9]),))
                 for line in LINES]  # fmt: skip
        return batches.collate(encode.span_features(asked, pieces, 40, 16, 8)[0], pieces), 0
    return batches.masked(batch(pieces), Masking(0.5, pieces), "key"), 0


@pytest.mark.parametrize("kind", ["classification", "multiple_choice", "tagging", "span", "mlm"])
def test_losses_and_gradients_of_every_head_are_the_same(
    loaded: tuple[Any, Pieces], kind: str, tmp_path: Path
) -> None:
    encoder, pieces = loaded
    given, labels = task(kind, pieces)
    torch.manual_seed(3)
    if kind == "mlm":
        top = heads.Fill(torch.nn.Linear(SIZE["hidden_size"], pieces.vocabulary))
    else:
        top = heads.head(kind, encoder.config, labels)  # type: ignore[arg-type]
    model = quiet(Model(encoder, {"0": top}))
    model.train()
    found = []
    for pack in (False, True):
        model.attend("cpu", pack=pack)
        model.zero_grad()
        sent = model.given(given, "cpu")
        assert (sent.packing is not None) == pack
        loss = model.loss("0", sent)
        loss.backward()
        found.append((loss.item(), {n: w.grad.clone() for n, w in model.named_parameters() if w.grad is not None}))
    (plain, before), (made, after) = found
    assert made == pytest.approx(plain, rel=1e-5)
    assert before.keys() == after.keys()
    for name, gradient in before.items():
        assert torch.allclose(gradient, after[name], atol=2e-5, rtol=1e-4), name


def test_dropout_is_drawn_in_packed_attention(loaded: tuple[Any, Pieces]) -> None:
    """In training some weights are dropped, in prediction none; both ways drop the same share."""
    where = packed.layout(np.array([[1] * 40 + [0] * 5, [1] * 45]), "cpu")
    assert where is not None
    values = torch.ones(85, 2, 8)
    kept = packed.KERNELS["padded"](torch.zeros(85, 2, 8), torch.zeros(85, 2, 8), values, where, 0.25, 1.0)
    assert kept.mean().item() == pytest.approx(1.0, abs=0.05)  # what is left is scaled up
    assert kept.std() > 0.01
    plain = packed.KERNELS["padded"](torch.zeros(85, 2, 8), torch.zeros(85, 2, 8), values, where, 0.0, 1.0)
    assert torch.allclose(plain, values)


def test_a_kernel_that_gives_other_numbers_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert packed.kernels("cpu", half=False) == ("padded",)
    works = packed._works
    assert works("nested", "cpu", half=False)
    monkeypatch.setitem(packed.KERNELS, "nested", lambda q, k, v, where, dropout, scale: q * 1.01)
    assert not works("nested", "cpu", half=False)

    def raises(*_: object) -> None:
        raise RuntimeError("no kernel image is available")

    monkeypatch.setitem(packed.KERNELS, "nested", raises)
    assert not works("nested", "cpu", half=False)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # torch's own, on graph breaks
@pytest.mark.parametrize("pack", [False, True])
def test_compiled_blocks_give_the_same_losses(plain: tuple[Any, Pieces], pack: bool) -> None:
    """Two lengths, so that the graph is not of one shape alone; attention stays outside of the graph."""
    encoder, pieces = plain
    losses: list[list[float]] = []
    for compiled in (False, True):
        torch.manual_seed(3)
        model = quiet(Model(copy.deepcopy(encoder), {"0": heads.head("classification", encoder.config, 2)}))
        model.train()
        model.attend("cpu", pack=pack)
        if compiled:
            model.compile_blocks("aot_eager")
        losses.append([])
        for lines in (LINES[:3], LINES):
            rows = [TextExample(id="x", text=line, second=None, label=0) for line in lines]
            given = batches.collate(encode.text_features(rows, pieces, 32), pieces)
            loss = model.loss("0", model.given(given, "cpu"))
            loss.backward()
            losses[-1].append(loss.item())
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
