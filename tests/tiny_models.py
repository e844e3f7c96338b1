"""Tiny models for tests: made in the process, saved and loaded through the unmodified `from_pretrained`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

LINES = (
    "the river runs past the old mill.",
    "an old miller sells the flour in town.",
    "who sells the flour? the miller sells it.",
    "the town lies by the river, and the mill by the town.",
    "nobody runs past the mill in the rain.",
)
SIZE = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
        "max_position_embeddings": 66}  # fmt: skip


def roberta_tokenizer() -> Any:
    """XLM-R's template over whole words: every word of LINES is one piece, any other word is unknown."""
    from replicate.pretrain import tokenizer

    return tokenizer(LINES, 400, 66)


def bert_tokenizer() -> Any:
    """BERT's template `[CLS] A [SEP] B [SEP]` with segments, over whole words."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    split = pre_tokenizers.Whitespace()
    words = sorted({word for line in LINES for word, _ in split.pre_tokenize_str(line)})
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    made = Tokenizer(models.WordLevel({w: n for n, w in enumerate(special + words)}, unk_token="[UNK]"))
    made.pre_tokenizer = split
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", model_max_length=64, model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )  # fmt: skip


def save(folder: Path, kind: str = "xlm-roberta", seed: int = 0) -> Path:
    """A tiny masked language model of that kind with random weights, with its tokenizer, in a folder."""
    import torch
    from transformers import BertConfig, RobertaConfig, XLMRobertaConfig

    from replicate.encode import Pieces
    from replicate.pretrained import fresh
    from replicate.pretrained import save as write

    tokens = bert_tokenizer() if kind == "bert" else roberta_tokenizer()
    if kind == "bert":
        settings = BertConfig(vocab_size=len(tokens), **SIZE)
    else:
        made = {"xlm-roberta": XLMRobertaConfig, "roberta": RobertaConfig}[kind]
        settings = made(vocab_size=len(tokens), type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2,
                        **SIZE)  # fmt: skip
    torch.manual_seed(seed)
    write(fresh(settings), Pieces(tokens), folder)
    return folder
