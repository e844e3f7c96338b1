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

    A sentence is the mean of its tokens, set against the mean of the claim's; the passage is [CLS] and its sentences,
    each as far as it decides. The order of the three is `synth.models.stance.LABELS`. Marks of absent sentences
    are 0, and the logits there mean nothing.

    Sentences were first read at the [SEP] that closes them, as in MultiVerS (Wadden et al. 2022). In this small
    encoder the states of all [SEP] of a passage come out nearly equal, and the head learned nothing of its sentence.
    """

    def __init__(self, encoder: nn.Module, width: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.compared = nn.Sequential(nn.Linear(4 * width, width), nn.Tanh(), nn.Dropout(dropout))
        self.decides = nn.Linear(width, 1)
        self.sentence = nn.Linear(width, 3)
        self.passage = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * width, width), nn.Tanh(), nn.Dropout(dropout))
        self.stance = nn.Linear(width, 3)

    @property
    def heads(self) -> tuple[nn.Module, ...]:
        """What stands on the encoder and begins at random."""
        return (self.compared, self.decides, self.sentence, self.passage, self.stance)

    def forward(self, ids: Any, mask: Any, types: Any, marks: Any) -> tuple[Any, Any]:
        """The logits of the passage and of its sentences."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        first, last = ids[:, :1], ids.gather(1, mask.sum(1, keepdim=True) - 1)  # [CLS], and the [SEP] that closes all
        closing = (ids == last).long()
        part = closing.cumsum(1) - closing  # how many parts are closed before a token: 0 in the claim
        inside = (mask == 1) & (closing == 0) & (ids != first)
        of = torch.cat([torch.zeros_like(marks[:, :1]), part.gather(1, marks)], 1)
        own = ((part.unsqueeze(1) == of.unsqueeze(2)) & inside.unsqueeze(1)).to(hidden.dtype)
        means = own @ hidden / own.sum(2, keepdim=True).clamp(min=1)
        claim, each = means[:, :1], means[:, 1:]
        claim = claim.expand_as(each)
        each = self.compared(torch.cat([each, claim, each * claim, (each - claim).abs()], -1))
        absent = (marks == 0).unsqueeze(-1)
        decides = self.decides(each)
        share = decides.masked_fill(absent, -1e4).softmax(1)
        whole = self.passage(torch.cat([hidden[:, 0], (share * each).sum(1)], -1))
        sides = torch.cat([decides, decides, torch.zeros_like(decides)], -1)
        return self.stance(whole), self.sentence(each) + sides


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
        str(source),
        add_pooling_layer=False,
        attn_implementation="eager",
        attention_probs_dropout_prob=0.0,
        use_safetensors=True,
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

    The loss of the sentences has two parts: the mean of their own cross-entropies, and, where some of several decide,
    the negative log of the softmax, over sentences of their log-odds to decide, that falls on those. The first says
    what a sentence means to the claim, the second which of them is to be quoted.

    labels [batch]; sentence_labels [batch, sentences], -100 where a sentence is absent or was not annotated;
    weights [batch]. A label of -100 leaves the passage out (its sentences may still teach).
    """
    functional = nn.functional
    main = functional.cross_entropy(whole.float(), labels, reduction="none", ignore_index=-100) * weights
    each = each.float()
    flat = functional.cross_entropy(
        each.flatten(0, 1), sentence_labels.flatten(), reduction="none", ignore_index=-100
    ).view(sentence_labels.shape)
    known = sentence_labels != -100
    own = (flat * known).sum(1) / known.sum(1).clamp(min=1)
    return (main + share * (own + _ranked(each, sentence_labels, known)) * weights).mean()


def _ranked(each: Any, sentence_labels: Any, known: Any) -> Any:
    """Per passage how far the odds to decide are from those sentences that decide [batch]; 0 where none or all do."""
    odds = (each[..., :2].logsumexp(-1) - each[..., 2]).masked_fill(~known, -1e4)
    gold = known & (sentence_labels != 2)
    missed = odds.logsumexp(1) - odds.masked_fill(~gold, -1e4).logsumexp(1)
    return missed * (gold.any(1) & (known & ~gold).any(1))
