"""Models by folder or hub id, through the unmodified `from_pretrained`; and back to a folder."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

from replicate.encode import Pieces
from synth.errors import InputError, did_you_mean

__all__ = ["KNOWN", "configuration", "encoder", "fresh", "language_model", "parameters", "pieces", "save"]

KNOWN = (
    "FacebookAI/xlm-roberta-base", "FacebookAI/xlm-roberta-large", "FacebookAI/roberta-base",
    "FacebookAI/roberta-large", "google-bert/bert-base-multilingual-cased", "xlm-roberta-base", "xlm-roberta-large",
    "roberta-base", "roberta-large", "bert-base-multilingual-cased",
)  # fmt: skip


def _transformers() -> Any:
    try:
        library: Any = import_module("transformers")
    except ModuleNotFoundError as error:
        raise InputError("models need torch and transformers: pip install 'synth-replicate[replicate]'") from error
    library.utils.logging.set_verbosity_error()  # it reports every head that is not loaded, on stderr
    library.utils.logging.disable_progress_bar()
    hub: Any = import_module("huggingface_hub")
    hub.logging.set_verbosity_error()  # it tells of every new try; what came of them is one line in the end
    return library


def _load(kind: str, name: str, **more: Any) -> Any:
    """`transformers.<kind>.from_pretrained(name)`; what it says in many lines becomes one InputError."""
    library = _transformers()
    damaged: Any = import_module("safetensors").SafetensorError
    try:
        return getattr(library, kind).from_pretrained(name, **more)
    except (OSError, ValueError, KeyError, RuntimeError, damaged) as error:
        told = (str(error).strip().splitlines() or [type(error).__name__])[0]
        if Path(name).is_dir():
            raise InputError(f"{name}: no model can be read from this folder: {told}") from error
        place = os.environ.get("HF_ENDPOINT", "the hub")
        raise InputError(
            f'model "{name}": cannot be had from {place}: {told} Give a folder or a hub id; {did_you_mean(name, KNOWN)}'
        ) from error


def configuration(name: str) -> Any:
    """The settings of a model, without its weights."""
    return _load("AutoConfig", name)


def encoder(name: str, *, half: bool = False) -> Any:
    """The encoder alone, in single precision (bfloat16 with `half`, for inference)."""
    torch: Any = import_module("torch")
    return _load("AutoModel", name, dtype=torch.bfloat16 if half else torch.float32, use_safetensors=True)


def language_model(name: str) -> Any:
    """The encoder with its masked-language-model head."""
    torch: Any = import_module("torch")
    return _load("AutoModelForMaskedLM", name, dtype=torch.float32, use_safetensors=True)


def fresh(settings: Any) -> Any:
    """The same architecture with random weights, drawn from torch's random numbers."""
    return _transformers().AutoModelForMaskedLM.from_config(settings)


def pieces(name: str) -> Pieces:
    """The tokenizer of a model."""
    return Pieces(_load("AutoTokenizer", name, use_fast=True))


def parameters(settings: Any) -> int:
    """How many weights the encoder has, counted without making them."""
    torch: Any = import_module("torch")
    library = _transformers()
    with torch.device("meta"):
        return sum(weights.numel() for weights in library.AutoModel.from_config(settings).parameters())


def save(model: Any, tokens: Pieces, folder: Path) -> None:
    """Weights (safetensors), settings and tokenizer, as `from_pretrained` reads them."""
    _transformers()
    model.save_pretrained(folder)
    tokens.tokenizer.save_pretrained(folder)
