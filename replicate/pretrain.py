"""A small multilingual encoder from random weights: its tokenizer and its masked-language-model training.

What XLM-R is to the paper, this is to the made-up family: trained on text of all languages, then taken through the
same code as XLM-R itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from replicate import pretrained
from replicate.batches import Masking
from replicate.encode import Pieces, line_features
from replicate.recipe import Small, Training
from synth.errors import InputError

__all__ = ["SPECIAL", "grafted", "language_head", "lines", "masked_job", "model", "texts", "tokenizer"]

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")  # in the order of XLM-R's ids


def texts(folder: Path | None) -> dict[str, tuple[str, ...]]:
    """Language -> lines of `text/<language>.txt`, sorted by language. InputError where there are none."""
    place = None if folder is None else folder / "text"
    found = sorted(place.glob("*.txt")) if place is not None and place.is_dir() else []
    if not found:
        raise InputError(f"{place or 'the hub'}: no unlabelled text; put <language>.txt, one passage a line, there")
    out: dict[str, tuple[str, ...]] = {}
    for path in found:
        try:
            rows = path.read_text(encoding="utf-8").split("\n")
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
        out[path.stem] = tuple(row.strip() for row in rows if row.strip())
    return out


def lines(given: dict[str, tuple[str, ...]], languages: Sequence[str] = ()) -> tuple[str, ...]:
    """All lines of the wanted languages (all without any), language after language."""
    missing = sorted(set(languages) - set(given))
    if missing:
        raise InputError(f"no unlabelled text in {', '.join(missing)}; there is some in {', '.join(given)}")
    return tuple(line for code, rows in given.items() if not languages or code in languages for line in rows)


def tokenizer(given: Iterable[str], vocabulary: int, positions: int) -> Any:
    """Byte-pair encoding learnt from the text, with XLM-R's special tokens and template, as transformers wraps it."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # one thread: the same merges on every machine
    tok: Any = import_module("tokenizers")
    made = tok.Tokenizer(tok.models.BPE(unk_token="<unk>"))  # noqa: S106
    made.normalizer = tok.normalizers.NFKC()
    made.pre_tokenizer = tok.pre_tokenizers.Sequence(
        [tok.pre_tokenizers.WhitespaceSplit(), tok.pre_tokenizers.Metaspace(), tok.pre_tokenizers.Punctuation()]
    )
    made.decoder = tok.decoders.Metaspace()
    trainer = tok.trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=list(SPECIAL), show_progress=False)
    made.train_from_iterator(given, trainer)
    made.post_processor = tok.processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    wrap: Any = import_module("transformers").PreTrainedTokenizerFast
    return wrap(
        tokenizer_object=made, bos_token="<s>", cls_token="<s>", eos_token="</s>", sep_token="</s>",  # noqa: S106
        pad_token="<pad>", unk_token="<unk>", mask_token="<mask>", model_max_length=positions - 2,  # noqa: S106
        model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def model(size: Small, pieces: Pieces) -> Any:
    """An XLM-R of that size with random weights and its masked-language-model head; draws from torch's numbers."""
    settings: Any = import_module("transformers").XLMRobertaConfig(
        vocab_size=pieces.vocabulary, hidden_size=size.hidden, num_hidden_layers=size.layers,
        num_attention_heads=size.heads, intermediate_size=size.feed_forward, max_position_embeddings=size.positions,
        hidden_dropout_prob=size.dropout, attention_probs_dropout_prob=size.dropout, type_vocab_size=1,
        pad_token_id=pieces.pad, bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5,
    )  # fmt: skip
    return pretrained.fresh(settings)


def language_head(whole: Any) -> Any:
    """The masked-language-model head of a loaded model: RoBERTa's and XLM-R's `lm_head`, BERT's `cls`."""
    for name in ("lm_head", "cls", "vocab_projector"):
        if hasattr(whole, name):
            return getattr(whole, name)
    raise InputError(f"{type(whole).__name__}: its masked-language-model head is not known; use a RoBERTa or BERT kind")


def grafted(whole: Any, encoder: Any) -> Any:
    """The masked-language-model head of a loaded model on another encoder, whose embeddings it then shares."""
    from replicate.heads import Fill

    if getattr(whole.config, "tie_word_embeddings", True):
        whole.get_output_embeddings().weight = encoder.get_input_embeddings().weight
    return Fill(language_head(whole))


def masked_job(given: Sequence[str], pieces: Pieces, recipe: Training, seed: int) -> Any:
    """The training job of predicting masked pieces of these lines."""
    from replicate.train import Job

    if pieces.mask is None:
        raise InputError(f"{pieces.tokenizer.name_or_path}: the tokenizer has no mask token, which this training needs")
    rows = line_features(given, pieces, recipe.max_length)
    masking = Masking(recipe.mlm_probability, pieces)
    return Job("mlm", "mlm", rows, pieces, recipe.batch, recipe.bucket, seed, masking)
