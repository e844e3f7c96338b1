"""An encoder with heads: the encoder is whatever `AutoModel` loads, a head turns its states into scores and a loss.

Heads are those of jiant, the code base of the paper: classification (pooled first token, dropout, dense, tanh, dropout,
out), choices (the same with one score a choice), tagging (dropout, out), spans (start and end of every piece).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import nn

from replicate import packed
from replicate.batches import Batch
from replicate.encode import IGNORED
from replicate.records import Head
from synth.errors import SynthError

__all__ = ["Classify", "Fill", "Inputs", "Model", "Score", "Span", "Tag", "head", "inputs", "weight"]


class Inputs(NamedTuple):
    """A Batch on the device of the model: ids, attention, segments [rows, length]; labels as the head wants them."""

    ids: Any
    attention: Any
    segments: Any
    labels: Any
    choices: int
    packing: packed.Layout | None = None  # where the encoder is to run without the padding


def inputs(batch: Batch, device: Any, packing: packed.Layout | None = None) -> Inputs:
    """The batch as tensors on that device."""
    ahead = torch.device(device).type == "cuda"  # from pinned memory the copy does not wait for the GPU

    def put(array: Any) -> Any:
        if array is None:
            return None
        made = torch.from_numpy(array)
        return (made.pin_memory() if ahead else made).to(device, non_blocking=True)

    return Inputs(put(batch.ids), put(batch.attention), put(batch.segments), put(batch.labels), batch.choices, packing)


class Classify(nn.Module):  # type: ignore[misc]
    """[rows, labels] from the pooled first token; loss: cross-entropy of each example."""

    def __init__(self, hidden: int, labels: int, dropout: float, spread: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, labels)
        _draw(self, spread)

    def forward(self, states: Any, pooled: Any, given: Inputs) -> Any:  # noqa: ARG002
        """Scores [rows, labels]."""
        return self.out(self.dropout(torch.tanh(self.dense(self.dropout(pooled)))))

    def loss(self, scores: Any, given: Inputs) -> Any:
        """Sum over the examples."""
        return nn.functional.cross_entropy(scores.float(), given.labels, reduction="sum")


class Score(Classify):
    """One score for each prompt with a choice: [examples, choices]; loss: cross-entropy over the choices."""

    def __init__(self, hidden: int, dropout: float, spread: float) -> None:
        super().__init__(hidden, 1, dropout, spread)

    def forward(self, states: Any, pooled: Any, given: Inputs) -> Any:
        """Scores [examples, choices]."""
        return super().forward(states, pooled, given).view(-1, given.choices)


class Tag(nn.Module):  # type: ignore[misc]
    """[rows, length, labels]; loss: cross-entropy of each piece that bears a label."""

    def __init__(self, hidden: int, labels: int, dropout: float, spread: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(hidden, labels)
        _draw(self, spread)

    def forward(self, states: Any, pooled: Any, given: Inputs) -> Any:  # noqa: ARG002
        """Scores [rows, length, labels]."""
        return self.out(self.dropout(states))

    def loss(self, scores: Any, given: Inputs) -> Any:
        """Sum over the labelled pieces."""
        flat = scores.flatten(0, 1).float()
        return nn.functional.cross_entropy(flat, given.labels.flatten(), reduction="sum", ignore_index=IGNORED)


class Span(nn.Module):  # type: ignore[misc]
    """Scores of start and end [rows, length, 2], lowest where there is padding; loss: mean cross-entropy of both."""

    def __init__(self, hidden: int, spread: float) -> None:
        super().__init__()
        self.out = nn.Linear(hidden, 2)
        _draw(self, spread)

    def forward(self, states: Any, pooled: Any, given: Inputs) -> Any:  # noqa: ARG002
        """Scores [rows, length, 2] in single precision."""
        return self.out(states).float().masked_fill(given.attention[..., None] == 0, -1e4)

    def loss(self, scores: Any, given: Inputs) -> Any:
        """Sum over the rows of the mean of start and end."""
        both = scores.transpose(1, 2).flatten(0, 1)  # [rows x 2, length]
        return nn.functional.cross_entropy(both, given.labels.flatten(), reduction="sum") / 2


class Fill(nn.Module):  # type: ignore[misc]
    """The masked-language-model head of a loaded model, at the chosen pieces alone: [chosen, vocabulary]."""

    def __init__(self, own: Any) -> None:
        super().__init__()
        self.own = own

    def forward(self, states: Any, pooled: Any, given: Inputs) -> Any:  # noqa: ARG002
        """Scores [chosen pieces, vocabulary]."""
        chosen = states[given.labels != IGNORED]
        if not all(hasattr(self.own, part) for part in ("dense", "layer_norm", "decoder")):
            return self.own(chosen)
        # RoBERTa's head, written out: transformers 5.23 normalises twice for XLM-R, which the published weights do not.
        return self.own.decoder(self.own.layer_norm(nn.functional.gelu(self.own.dense(chosen))))

    def loss(self, scores: Any, given: Inputs) -> Any:
        """Sum over the chosen pieces."""
        return nn.functional.cross_entropy(scores.float(), given.labels[given.labels != IGNORED], reduction="sum")


def _draw(module: Any, spread: float) -> None:
    """Fresh weights as the encoders draw theirs: normal, biases 0."""
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.normal_(part.weight, std=spread)
            nn.init.zeros_(part.bias)


def head(kind: Head, settings: Any, labels: int) -> Any:
    """A fresh head for that kind of task; `settings` are the encoder's. Draws from torch's random numbers."""
    hidden = settings.hidden_size
    dropout = float(getattr(settings, "hidden_dropout_prob", None) or 0.0)
    spread = float(getattr(settings, "initializer_range", 0.02))
    if kind == "classification":
        return Classify(hidden, labels, dropout, spread)
    if kind == "multiple_choice":
        return Score(hidden, dropout, spread)
    if kind == "tagging":
        return Tag(hidden, labels, dropout, spread)
    if kind == "span":
        return Span(hidden, spread)
    raise SynthError(f"there is no head for {kind}: such a task is not trained")


class Model(nn.Module):  # type: ignore[misc]
    """One encoder and the heads on it, by name of the task."""

    def __init__(self, encoder: Any, heads: dict[str, Any]) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = nn.ModuleDict(heads)
        now = str(getattr(getattr(encoder, "config", None), "_attn_implementation", "") or "")
        self.plain = "sdpa" if now == packed.NAME else now  # the attention function of padded batches
        self.kernels: tuple[str, ...] = ()

    def attend(self, device: Any, *, half: bool = False, pack: bool | None = None) -> None:
        """How attention is computed from now on, and whether padding is left out (`pack`; None: on a GPU).

        Attention is written out where the fused one is slower: training on a CPU, because of dropout (12% a step).
        """
        cpu = torch.device(device).type == "cpu"
        if hasattr(self.encoder, "set_attn_implementation"):
            self.plain = "eager" if cpu else "sdpa"
            packed.use(self.encoder, self.plain)
            known = packed.first_position(self.encoder.config) is not None
            wanted = known and (not cpu if pack is None else pack)
            self.kernels = packed.kernels(str(device), half=half) if wanted else ()

    def compile_blocks(self, backend: str = "inductor") -> None:
        """Compile each block of the encoder, for any length; an encoder without known blocks stays as it is."""
        for block in getattr(getattr(self.encoder, "encoder", None), "layer", ()):
            block.compile(dynamic=True, backend=backend)

    def given(self, batch: Batch, device: Any) -> Inputs:
        """The batch on the device, with its layout where padding is to be left out."""
        return inputs(batch, device, packed.layout(batch.attention, device, self.kernels) if self.kernels else None)

    def forward(self, name: str, given: Inputs) -> Any:
        """Scores of the head of that name."""
        states, pooled = self._states(given) if given.packing is None else self._packed(given, given.packing)
        return self.heads[name](states, states[:, 0] if pooled is None else pooled, given)

    def _states(self, given: Inputs) -> tuple[Any, Any]:
        """(states [rows, length, hidden], what the encoder pools or None)."""
        if self.plain:
            packed.use(self.encoder, self.plain)
        more = {} if given.segments is None else {"token_type_ids": given.segments}
        out = self.encoder(input_ids=given.ids, attention_mask=given.attention, **more)
        return out.last_hidden_state, getattr(out, "pooler_output", None)

    def _packed(self, given: Inputs, where: packed.Layout) -> tuple[Any, Any]:
        """The same, computed without padding: heads see 0 where it is."""
        out = packed.run(self.encoder, given.ids, given.segments, where)
        states = packed.padded(out.last_hidden_state[0], where)
        pooler = getattr(self.encoder, "pooler", None)
        return states, None if pooler is None else pooler(states)

    def all_states(self, given: Inputs) -> Any:
        """Every hidden state, the embeddings first: [rows, length, hidden] each, or [1, pieces, hidden] if packed."""
        if given.packing is not None:
            made = packed.run(self.encoder, given.ids, given.segments, given.packing, output_hidden_states=True)
            return made.hidden_states
        more = {} if given.segments is None else {"token_type_ids": given.segments}
        if self.plain:
            packed.use(self.encoder, self.plain)
        made = self.encoder(input_ids=given.ids, attention_mask=given.attention, output_hidden_states=True, **more)
        return made.hidden_states

    def loss(self, name: str, given: Inputs) -> Any:
        """The summed loss of the head of that name; `weight` says over how many."""
        return self.heads[name].loss(self(name, given), given)


def weight(kind: str, batch: Batch) -> int:
    """Over how many labels the loss of a batch is summed: examples, or pieces that bear a label."""
    assert batch.labels is not None
    return int((batch.labels != IGNORED).sum()) if kind in {"tagging", "mlm"} else len(batch.labels)
