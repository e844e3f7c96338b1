"""Word embeddings of which a training sees only some rows: the others are left alone and decay by one factor.

A row that no batch holds has the gradient 0 at every step. Its moments stay 0, so AdamW does nothing to it but decay:
after t steps it is its first value times the product of (1 - rate x decay) of those steps, whatever came between. The
factor is kept, in double precision, and multiplied in when the row is looked at; the optimizer never moves the row. Of
XLM-R's 560 million weights 256 million are such embeddings, and English text sees a small part of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

__all__ = ["Narrowed", "narrowed"]

_MOST = 0.8  # of the vocabulary: above this share of seen rows nothing is won


class Narrowed(nn.Module):  # type: ignore[misc]
    """Stands for word embeddings while a training runs that sees only these rows; any row may be looked at between.

    In training mode every id must be one of `rows`. `factor` is saved with the weights, as one of them.
    """

    def __init__(self, own: Any, rows: NDArray[np.int64]) -> None:
        super().__init__()
        weight = own.weight.detach()
        self._own = (own,)  # not a part of the model: the optimizer and the saved state leave it out
        self.rows = torch.from_numpy(rows).to(weight.device)
        self.seen = nn.Parameter(weight.index_select(0, self.rows))
        self.factor = nn.Parameter(torch.ones((), dtype=torch.float64, device=weight.device), requires_grad=False)
        self.slot = torch.full((len(weight),), -1, dtype=torch.int64, device=weight.device)
        self.slot[self.rows] = torch.arange(len(rows), device=weight.device)
        pad = -1 if own.padding_idx is None else int(self.slot[own.padding_idx])
        self.pad = None if pad < 0 else pad  # its gradient is 0, as in the embeddings it stands for

    def forward(self, ids: Any) -> Any:
        """Embeddings [..., hidden] of ids [...]."""
        slots = self.slot[ids]
        if self.training:
            return nn.functional.embedding(slots, self.seen, self.pad)
        made = nn.functional.embedding(slots.clamp(min=0), self.seen)
        others = nn.functional.embedding(ids, self._own[0].weight) * self.factor.to(made.dtype)
        return torch.where((slots < 0)[..., None], others, made)

    def decay(self, rate: float, weight_decay: float) -> None:
        """One more step of the optimizer has been taken."""
        self.factor.mul_(1.0 - rate * weight_decay)

    def whole(self) -> Any:
        """The embeddings it stood for, with what was learnt and what has decayed."""
        own = self._own[0]
        with torch.no_grad():
            own.weight.mul_(self.factor.to(own.weight.dtype))
            own.weight.index_copy_(0, self.rows, self.seen)
        return own


@contextmanager
def narrowed(model: Any, rows: NDArray[np.int64] | None) -> Iterator[Narrowed | None]:
    """Train only these rows of the encoder's word embeddings while the block runs; the numbers are the same.

    None, and everything as before, where `rows` is None (all may be seen), where they are most of the vocabulary, or
    where another part of the model uses the embeddings too (the head that predicts masked pieces).
    """
    encoder = model.encoder
    own: Any = encoder.get_input_embeddings() if hasattr(encoder, "get_input_embeddings") else None
    holders = [m for m in model.modules() for w in m.parameters(recurse=False) if own is not None and w is own.weight]
    if rows is None or type(own) is not nn.Embedding or len(rows) > _MOST * own.num_embeddings or len(holders) != 1:
        yield None
        return
    made = Narrowed(own, rows).train(own.training)
    encoder.set_input_embeddings(made)
    try:
        yield made
    finally:
        encoder.set_input_embeddings(made.whole())
