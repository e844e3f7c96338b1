"""A stance network small enough for a test: two layers of 32 units on the packaged word pieces."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from synth.training.network import StanceNetwork

TOKENIZER = Path(str(resources.files("synth.models") / "stance_minilm" / "tokenizer.json"))


def tokenizer() -> Tokenizer:
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(TOKENIZER))
    made.no_padding()
    made.no_truncation()
    return made


def network(seed: int = 0, *, dropout: float = 0.1) -> StanceNetwork:
    import torch
    from transformers import BertConfig, BertModel

    from synth.training.network import StanceNetwork

    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=30522, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=512, initializer_range=0.2, hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    config._attn_implementation = "eager"
    return StanceNetwork(BertModel(config, add_pooling_layer=False), 32, dropout)
