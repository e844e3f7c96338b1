"""Heads on encoders of several kinds, loaded by folder through the unmodified `from_pretrained`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from tiny_models import LINES, save
from torch.nn.functional import cross_entropy, gelu, log_softmax

from replicate import encode, heads, pretrain, pretrained
from replicate.batches import Batch, Masking, collate, masked
from replicate.encode import IGNORED, Pieces
from replicate.heads import Model, inputs
from replicate.records import Head, TagExample, TextExample
from synth.errors import InputError, SynthError

KINDS = ("xlm-roberta", "roberta", "bert")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {kind: save(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}


def parts(folder: Path) -> tuple[Any, Pieces]:
    return pretrained.encoder(str(folder)), pretrained.pieces(str(folder))


def batch(pieces: Pieces, lines: tuple[str, ...] = LINES) -> Batch:
    given = [TextExample(id="x", text=line, second="the mill", label=n % 3) for n, line in enumerate(lines)]
    return collate(encode.text_features(given, pieces, 64), pieces)


# --- encoders -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_any_encoder_takes_any_head(folders: dict[str, Path], kind: str) -> None:
    encoder, pieces = parts(folders[kind])
    made = batch(pieces)
    rows, width = made.ids.shape
    expected = {"classification": (rows, 3), "multiple_choice": (rows, 1), "tagging": (rows, width, 3),
                "span": (rows, width, 2)}  # fmt: skip
    for name, shape in expected.items():
        model = Model(encoder, {"x": heads.head(name, encoder.config, 3)}).eval()  # type: ignore[arg-type]
        assert tuple(model("x", inputs(made, "cpu")).shape) == shape


@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing(folders: dict[str, Path], kind: str) -> None:
    encoder, pieces = parts(folders[kind])
    together, alone = batch(pieces), batch(pieces, LINES[4:])
    length = alone.ids.shape[1]
    for name in ("classification", "tagging", "span"):
        model = Model(encoder, {"x": heads.head(name, encoder.config, 3)}).eval()  # type: ignore[arg-type]
        one, all_ = model("x", inputs(alone, "cpu"))[0], model("x", inputs(together, "cpu"))[4]
        assert torch.allclose(one, all_ if all_.ndim < 2 else all_[:length], atol=1e-5)


def test_classification_reads_the_pooled_first_token(folders: dict[str, Path]) -> None:
    """Pooled, dense, tanh, out, as in jiant; dropout is the identity when not training."""
    encoder, pieces = parts(folders["xlm-roberta"])
    top = heads.head("classification", encoder.config, 3)
    model, given = Model(encoder, {"x": top}).eval(), inputs(batch(pieces), "cpu")
    pooled = encoder(input_ids=given.ids, attention_mask=given.attention).pooler_output
    assert torch.allclose(model("x", given), top.out(torch.tanh(top.dense(pooled))), atol=1e-6)


def test_heads_are_drawn_by_the_seed(folders: dict[str, Path]) -> None:
    encoder, _ = parts(folders["bert"])

    def drawn(seed: int) -> Any:
        torch.manual_seed(seed)
        return heads.head("tagging", encoder.config, 5).out.weight

    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))
    assert 0.01 < drawn(1).std() < 0.03  # the encoders' own spread


def test_a_retrieval_task_has_no_head(folders: dict[str, Path]) -> None:
    encoder, _ = parts(folders["bert"])
    retrieval: Head = "retrieval"
    with pytest.raises(SynthError, match="not trained"):
        heads.head(retrieval, encoder.config, 2)


# --- losses -------------------------------------------------------------------------------------------


def given(labels: Any, choices: int = 1, attention: Any = None) -> heads.Inputs:
    return heads.Inputs(None, attention, None, torch.tensor(labels), choices)


def test_losses_by_hand() -> None:
    """Sums of minus the log-probability of what is right; what is not labelled counts nothing."""
    two = torch.tensor([[0.0, 1.0], [2.0, 0.0]])
    expected = -(log_softmax(two, -1)[0, 1] + log_softmax(two, -1)[1, 1])
    assert torch.isclose(heads.Classify(2, 2, 0.0, 0.02).loss(two, given([1, 1])), expected)
    tags = torch.stack([two, two])  # [rows 2, length 2, labels 2]
    once = -log_softmax(two, -1)[0, 1]
    assert torch.isclose(heads.Tag(2, 2, 0.0, 0.02).loss(tags, given([[1, IGNORED], [IGNORED, IGNORED]])), once)
    spans = torch.tensor([[[1.0, 0.0], [0.0, 3.0], [0.0, 0.0]]])  # start at 0, end at 1
    both = (cross_entropy(spans[:, :, 0], torch.tensor([0])) + cross_entropy(spans[:, :, 1], torch.tensor([1]))) / 2
    assert torch.isclose(heads.Span(2, 0.02).loss(spans, given([[0, 1]])), both)


def test_choices_are_compared_within_an_example(folders: dict[str, Path]) -> None:
    encoder, _ = parts(folders["bert"])
    top = heads.head("multiple_choice", encoder.config, 0).eval()
    pooled = torch.randn(6, encoder.config.hidden_size)
    scores = top(None, pooled, given([0, 2], choices=3))
    assert scores.shape == (2, 3)
    assert torch.isclose(top.loss(scores, given([0, 2], choices=3)), cross_entropy(scores, torch.tensor([0, 2])) * 2)


def test_no_span_lies_in_padding() -> None:
    top = heads.Span(4, 0.02)
    scores = top(torch.randn(1, 3, 4), None, given([[0, 0]], attention=torch.tensor([[1, 1, 0]])))
    assert scores[0, 2].max() < -1e3
    assert scores.dtype == torch.float32


def test_the_masked_head_is_robertas(folders: dict[str, Path]) -> None:
    """Dense, gelu, one normalisation, decoder: the same for XLM-R, whatever the installed version writes."""
    for kind in ("xlm-roberta", "roberta"):
        whole = pretrained.language_model(str(folders[kind]))
        pieces = pretrained.pieces(str(folders[kind]))
        made = masked(batch(pieces), Masking(0.3, pieces), 1)
        states = torch.randn(*made.ids.shape, whole.config.hidden_size)
        top = heads.Fill(pretrain.language_head(whole))
        own = whole.lm_head
        assert made.labels is not None
        expected = own.decoder(own.layer_norm(gelu(own.dense(states[torch.tensor(made.labels) != IGNORED]))))
        assert torch.equal(top(states, None, inputs(made, "cpu")), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_masked_head_shares_the_embeddings_it_is_grafted_on(folders: dict[str, Path], kind: str) -> None:
    encoder, pieces = parts(folders[kind])
    model = Model(encoder, {"mlm": pretrain.grafted(pretrained.language_model(str(folders[kind])), encoder)})
    loss = model.loss("mlm", inputs(masked(batch(pieces), Masking(0.3, pieces), 1), "cpu"))
    loss.backward()
    names = [name for name, weights in model.named_parameters() if weights.shape[0] == encoder.config.vocab_size]
    assert [name for name in names if "embeddings" in name] == ["encoder.embeddings.word_embeddings.weight"]
    assert not [name for name in names if name.endswith("decoder.weight")]  # shared: it is listed once


@pytest.mark.parametrize(("kind", "expected"), [("tagging", 3), ("classification", 2), ("span", 2)])
def test_the_weight_of_a_loss_is_its_count(folders: dict[str, Path], kind: str, expected: int) -> None:
    _, pieces = parts(folders["bert"])
    if kind == "tagging":
        words = [TagExample(id="x", words=("the", "mill", "runs"), tags=("A", "B", "?"))]
        rows = encode.tag_features([*words, words[0]], pieces, ("A",), 32)
        expected = 2
    else:
        rows = encode.text_features([TextExample(id="x", text="the", second=None, label=1)] * 2, pieces, 32)
    assert heads.weight(kind, collate(rows, pieces)) == expected


# --- models on disk -----------------------------------------------------------------------------------


def test_an_encoder_comes_back_as_it_was_saved(folders: dict[str, Path], tmp_path: Path) -> None:
    encoder, pieces = parts(folders["xlm-roberta"])
    pretrained.save(encoder, pieces, tmp_path / "saved")
    assert (tmp_path / "saved" / "model.safetensors").is_file()
    again, tokens = parts(tmp_path / "saved")
    assert all(torch.equal(a, b) for a, b in zip(encoder.parameters(), again.parameters(), strict=True))
    assert tokens.ids([LINES[0]]) == pieces.ids([LINES[0]])


def test_weights_that_a_checkpoint_lacks_are_drawn_by_the_seed(folders: dict[str, Path]) -> None:
    """The pooler is not part of a masked language model: each seed must draw its own, and the same one again."""

    def pooler(seed: int) -> Any:
        torch.manual_seed(seed)
        return pretrained.encoder(str(folders["xlm-roberta"])).pooler.dense.weight

    assert torch.equal(pooler(1), pooler(1))
    assert not torch.equal(pooler(1), pooler(2))


def test_weights_are_counted_without_making_them(folders: dict[str, Path]) -> None:
    encoder, _ = parts(folders["roberta"])
    counted = pretrained.parameters(pretrained.configuration(str(folders["roberta"])))
    assert counted == sum(weights.numel() for weights in encoder.parameters())


def test_an_unknown_model_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # else it tries again for a while
    with pytest.raises(InputError, match=r'model "xlm-roberta-lareg": cannot be had.*did you mean "xlm-roberta-large"'):
        pretrained.encoder("xlm-roberta-lareg")
    with pytest.raises(InputError, match=r"no model can be read from this folder") as told:
        pretrained.encoder(str(tmp_path))
    assert "\n" not in str(told.value)


def test_a_model_cut_in_half_is_one_line(tmp_path: Path) -> None:
    folder = save(tmp_path, "roberta")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    with pytest.raises(InputError, match="no model can be read from this folder") as told:
        pretrained.encoder(str(folder))
    assert "\n" not in str(told.value)
