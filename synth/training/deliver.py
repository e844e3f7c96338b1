"""From trained weights to the packaged files: ONNX, int8, checksums, card. Needs the extra `train`."""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from synth.models.export import SOURCE_SHA256, quantise, strip, weights
from synth.training import card
from synth.training.network import StanceNetwork

__all__ = ["deliver", "loaded", "written"]


def loaded(trained: Path) -> StanceNetwork:
    """The network with the weights of a safetensors file, in evaluation mode, its attention written out for export."""
    from safetensors.torch import load_file
    from transformers import AutoModel

    encoder = AutoModel.from_pretrained(
        str(weights()), add_pooling_layer=False, attn_implementation="eager", use_safetensors=True
    )
    network = StanceNetwork(encoder, int(encoder.config.hidden_size))
    network.load_state_dict(load_file(str(trained)))
    network.eval()
    return network


def deliver(trained: Path, out: Path) -> None:
    """Write the model with the weights of a safetensors file into `out`, with its checksums and card."""
    source = {"trained weights": sha256(trained.read_bytes()).hexdigest(), "encoder": SOURCE_SHA256}
    written(loaded(trained), weights() / "tokenizer.json", out, source)
    card.write(out)


def written(network: StanceNetwork, tokenizer: Path, out: Path, source: Mapping[str, str]) -> None:
    """Write `model.onnx`, `tokenizer.json` and `checksums.json` into `out`; each file is whole or not there.

    `source` names what the model was made from, with checksums. A calibrator that lies in `out` was fitted on another
    model: its checksum goes, so that it is refused until it is fitted anew.
    """
    with tempfile.TemporaryDirectory() as scratch:
        fp32, small = Path(scratch) / "fp32.onnx", Path(scratch) / "model.onnx"
        _export(network, fp32)
        quantise(fp32, small)
        _tokenizer(tokenizer, Path(scratch) / "tokenizer.json")
        out.mkdir(parents=True, exist_ok=True)
        names = ("model.onnx", "tokenizer.json")
        for name in names:
            shutil.copy(Path(scratch) / name, out / f"{name}.partial")
            (out / f"{name}.partial").replace(out / name)
    sums = {name: sha256((out / name).read_bytes()).hexdigest() for name in names}
    made = {"source": dict(source), "built_with": _versions(), "files": sums}
    (out / "checksums.json").write_text(json.dumps(made, indent=2) + "\n", "utf-8")


def _versions() -> dict[str, str]:
    made_by = ("torch", "transformers", "onnx", "onnxscript", "onnxruntime", "tokenizers")
    return {"python": platform.python_version(), **{name: version(name) for name in made_by}}


def _export(network: StanceNetwork, target: Path) -> None:
    """ONNX of ids, mask, types [batch, tokens], marks [batch, sentences], as `StanceNetwork` takes and gives them."""
    import onnx

    ids = torch.full((2, 9), 2000, dtype=torch.int64)
    marks = torch.tensor([[4, 6, 8], [4, 6, 8]])
    batch = torch.export.Dim("batch", min=1, max=256)
    tokens = torch.export.Dim("tokens", min=2, max=512)
    sentences = torch.export.Dim("sentences", min=1, max=128)
    wide: dict[int, Any] = {0: batch, 1: tokens}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's notes on its own libraries and on axes of equal names
        torch.onnx.export(
            network, (ids, torch.ones_like(ids), torch.zeros_like(ids), marks), str(target),
            dynamo=True, external_data=False, verbose=False,
            input_names=["ids", "mask", "types", "marks"], output_names=["whole", "each"],
            dynamic_shapes={"ids": wide, "mask": wide, "types": wide, "marks": {0: batch, 1: sentences}},
        )  # fmt: skip
    model = onnx.load(target)
    strip(model)
    onnx.save(model, target)


def _tokenizer(source: Path, target: Path) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(source))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(target), pretty=False)
