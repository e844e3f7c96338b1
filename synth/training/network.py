"""The stance model as a torch module: a small BERT that reads a claim and a passage.

Two heads on one encoder: the stance of the whole passage (at [CLS]) and the stance of every sentence (at its mark).
Needs the extra `train`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from synth.models.export import weights

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["StanceNetwork", "loss", "start", "tokenizer"]


class StanceNetwork(nn.Module):  # type: ignore[misc]
    """ids, mask, types [batch, tokens], marks [batch, sentences], int64 -> logits [batch, 3], [batch, sentences, 3].

    The order of the three is `synth.models.stance.LABELS`. Marks of absent sentences may point anywhere.
    """

    def __init__(self, encoder: nn.Module, width: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.passage = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, width), nn.Tanh(), nn.Dropout(dropout))
        self.stance = nn.Linear(width, 3)
        self.sentence = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, 3))

    def forward(self, ids: Any, mask: Any, types: Any, marks: Any) -> tuple[Any, Any]:
        """The logits of the passage and of its sentences."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        whole = self.stance(self.passage(hidden[:, 0]))
        at = marks.unsqueeze(-1).expand(-1, -1, hidden.size(-1))
        return whole, self.sentence(torch.gather(hidden, 1, at))


def start(seed: int) -> StanceNetwork:
    """A network on the encoder that the packaged embedding was made from, its heads drawn with `seed`."""
    from transformers import AutoModel
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # the loader reports the pooling layer that is left out on purpose
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.manual_seed(seed)
    source = weights()
    # Plain matrix products: at 50 and 128 tokens a step takes 0.7 of its time with the fused attention kernel of
    # torch 2.13, whose backward pass is slow for small heads on a processor; at 200 tokens both take as long.
    encoder = AutoModel.from_pretrained(
        str(source), add_pooling_layer=False, attn_implementation="eager", attention_probs_dropout_prob=0.0
    )
    return StanceNetwork(encoder, int(encoder.config.hidden_size))


def tokenizer() -> Tokenizer:
    """The tokenizer of the encoder, which neither pads nor cuts."""
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(weights() / "tokenizer.json"))
    made.no_padding()
    made.no_truncation()
    return made


def loss(whole: Any, each: Any, labels: Any, sentence_labels: Any, weights: Any, share: float) -> Any:
    """Weighted mean over the batch of cross-entropy of the passage plus `share` times that of its sentences.

    labels [batch]; sentence_labels [batch, sentences], -100 where a sentence is absent or was not annotated;
    weights [batch]. A label of -100 leaves the passage out (its sentences may still teach).
    """
    functional = nn.functional
    main = functional.cross_entropy(whole.float(), labels, reduction="none", ignore_index=-100) * weights
    flat = functional.cross_entropy(
        each.float().flatten(0, 1), sentence_labels.flatten(), reduction="none", ignore_index=-100
    ).view(sentence_labels.shape)
    known = (sentence_labels != -100).float()
    per = (flat * known).sum(1) / known.sum(1).clamp(min=1)
    return (main + share * per * weights).mean()
