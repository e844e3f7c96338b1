"""Batches without padding: all pieces of a batch in one row, and attention that stays within each sequence.

The models are those of transformers, unmodified: an attention function is registered under the name `packed` and gets
the Layout of the batch with the call. Kernels, in the order in which they are taken where they work:

flash    the flash-attn package, where it is installed (CUDA, half precision)
varlen   torch's own variable-length attention (CUDA, half precision, no dropout, so for predictions alone)
nested   torch's nested tensors (CUDA: the fused kernels; elsewhere slow)
padded   queries, keys and values alone are padded: attention is a small part of the work, all else is without padding

A kernel is trusted on a device after it gave there what `padded` gives.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

__all__ = [
    "KERNELS", "NAME", "Group", "Layout", "attend", "first_position", "kernels", "layout", "padded", "run", "use",
]  # fmt: skip

NAME = "packed"  # what the attention function is called among those of transformers
# Kinds of model whose positions are known: RoBERTa's count from beyond the padding's id, BERT's from 0.
_ROBERTA = frozenset({"camembert", "roberta", "xlm-roberta"})
_BERT = frozenset({"bert"})


class Group(NamedTuple):
    """Neighbouring rows of a layout that are about as long: their pieces, and each one's place [rows x longest]."""

    pieces: slice
    rows: int
    longest: int
    place: Any
    shown: Any  # [rows, 1, 1, longest]: False where there is padding; None where there is none


class Layout(NamedTuple):
    """Where the pieces of a batch [rows, longest] lie when its padding is left out; `pieces` are all without padding.

    `order` [rows]: the batch's rows, the shortest first, as they lie; `place` [pieces]: where each piece is in the
    padded batch; `ends` [rows + 1], 32-bit: where each row begins, and the end; `kernels` in the order in which they
    are to be taken; `groups` of all rows, for the kernel that pads, where it may be needed.
    """

    order: Any
    place: Any
    ends: Any
    rows: int
    longest: int
    shortest: int
    groups: tuple[Group, ...]
    kernels: tuple[str, ...] = ("padded",)


def first_position(settings: Any) -> int | None:
    """The position of a sequence's first piece; None for a kind of model that is not known, which is then padded.

    In RoBERTa and XLM-R it is the padding's id + 1: collators that count from 0 give other numbers without a word.
    """
    kind = getattr(settings, "model_type", "")
    if kind in _ROBERTA:
        return int(settings.pad_token_id) + 1
    return 0 if kind in _BERT else None


def layout(attention: NDArray[np.int64], device: Any, names: tuple[str, ...] = ("padded",)) -> Layout | None:
    """The layout of a batch by its mask [rows, longest]; None where nothing is padded, or not at the end."""
    lengths = attention.sum(axis=1)
    if (lengths == attention.shape[1]).all() or (lengths == 0).any():
        return None
    if not np.array_equal(np.arange(attention.shape[1])[None] < lengths[:, None], attention == 1):
        return None
    order = np.argsort(lengths, kind="stable")
    ends = np.concatenate([[0], np.cumsum(lengths[order])])
    within = np.arange(ends[-1]) - np.repeat(ends[:-1], lengths[order])
    place = np.repeat(order, lengths[order]) * attention.shape[1] + within

    def put(array: NDArray[Any]) -> Any:
        return torch.from_numpy(array).to(device, non_blocking=True)

    runs = [] if set(names) & {"flash", "nested"} else _alike(lengths[order])
    groups = tuple(_group(lengths[order], ends, within, rows, put) for rows in runs)
    return Layout(
        put(order), put(place), put(ends.astype(np.int32)), len(lengths), attention.shape[1], int(lengths.min()),
        groups, names,
    )  # fmt: skip


def _alike(lengths: NDArray[np.int64]) -> list[slice]:
    """Rising lengths in runs of which the last is at most a quarter (or 4 pieces) longer than the first."""
    runs, first = [], 0
    for row in range(1, len(lengths) + 1):
        if row == len(lengths) or lengths[row] > max(1.25 * lengths[first], lengths[first] + 4):
            runs.append(slice(first, row))
            first = row
    return runs


def _group(
    lengths: NDArray[np.int64], ends: NDArray[np.int64], within: NDArray[np.int64], rows: slice,
    put: Callable[[NDArray[Any]], Any],
) -> Group:  # fmt: skip
    own, pieces = lengths[rows], slice(int(ends[rows.start]), int(ends[rows.stop]))
    longest = int(own[-1])
    place = np.repeat(np.arange(len(own)), own) * longest + within[pieces]
    shown = None if own[0] == longest else put((np.arange(longest)[None] < own[:, None])[:, None, None])
    return Group(pieces, len(own), longest, put(place), shown)


def padded(states: Any, where: Layout) -> Any:
    """[pieces, ...] -> [rows, longest, ...] with 0 where there is padding."""
    room = states.new_zeros((where.rows * where.longest, *states.shape[1:]))
    return room.index_copy(0, where.place, states).unflatten(0, (where.rows, where.longest))


# --- attention within each sequence -------------------------------------------------------------------

# Each takes queries, keys and values [pieces, heads, width] and yields the same shape.


def _padded(q: Any, k: Any, v: Any, where: Layout, dropout: float, scale: float) -> Any:
    """Rows of about one length are padded to the longest of them: work grows with the square of the length."""
    return torch.cat([_padded_group(q, k, v, one, dropout, scale) for one in where.groups])


def _padded_group(q: Any, k: Any, v: Any, own: Group, dropout: float, scale: float) -> Any:
    q, k, v = (_rows(one[own.pieces], own).transpose(1, 2) for one in (q, k, v))
    if dropout and q.device.type == "cpu":  # the fused kernel of a CPU knows no dropout and is slower around it
        weights = q @ k.transpose(2, 3) * scale
        if own.shown is not None:
            weights = weights.masked_fill(~own.shown, torch.finfo(q.dtype).min)
        made = functional.dropout(weights.softmax(-1), dropout) @ v
    else:
        made = functional.scaled_dot_product_attention(q, k, v, own.shown, dropout, scale=scale)
    made = made.transpose(1, 2).flatten(0, 1)
    return made if own.shown is None else made.index_select(0, own.place)


def _rows(states: Any, own: Group) -> Any:
    """[pieces of the group, ...] -> [rows, longest, ...]."""
    if own.shown is not None:
        room = states.new_zeros((own.rows * own.longest, *states.shape[1:]))
        states = room.index_copy(0, own.place, states)
    return states.unflatten(0, (own.rows, own.longest))


def _nested(q: Any, k: Any, v: Any, where: Layout, dropout: float, scale: float) -> Any:
    ends = where.ends.long()

    def jagged(values: Any) -> Any:
        made = torch.nested.nested_tensor_from_jagged(
            values.contiguous(), ends, min_seqlen=where.shortest, max_seqlen=where.longest
        )
        return made.transpose(1, 2)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # off a GPU torch goes through its older nested tensors
        made = functional.scaled_dot_product_attention(jagged(q), jagged(k), jagged(v), dropout_p=dropout, scale=scale)
    return made.transpose(1, 2).values()


def _flash(q: Any, k: Any, v: Any, where: Layout, dropout: float, scale: float) -> Any:
    library: Any = import_module("flash_attn")
    return library.flash_attn_varlen_func(
        q, k, v, where.ends, where.ends, where.longest, where.longest, dropout_p=dropout, softmax_scale=scale,
        deterministic=torch.are_deterministic_algorithms_enabled(),
    )  # fmt: skip


def _varlen(q: Any, k: Any, v: Any, where: Layout, dropout: float, scale: float) -> Any:
    assert not dropout
    library: Any = import_module("torch.nn.attention.varlen")
    return library.varlen_attn(q, k, v, where.ends, where.ends, where.longest, where.longest, scale=scale)


KERNELS: dict[str, Callable[[Any, Any, Any, Layout, float, float], Any]] = {
    "flash": _flash, "varlen": _varlen, "nested": _nested, "padded": _padded,
}  # fmt: skip
_NO_DROPOUT = frozenset({"varlen"})


@functools.lru_cache(maxsize=8)
def kernels(device: str, *, half: bool) -> tuple[str, ...]:
    """The kernels that give on this device what `padded` gives, forth and back, in the order of preference."""
    if not device.startswith("cuda"):
        return ("padded",)
    wanted = ["nested"]
    if half:
        wanted = [*(["flash"] if find_spec("flash_attn") else []), "varlen", "nested"]
    return (*(name for name in wanted if _works(name, device, half=half)), "padded")


def _works(name: str, device: str, *, half: bool) -> bool:
    """Does the kernel agree with `padded` on three short sequences, in values and in gradients?"""
    mask = np.array([[1] * n + [0] * (7 - n) for n in (7, 3, 5)], dtype=np.int64)
    where = layout(mask, device)
    assert where is not None
    given = torch.linspace(-2, 2, 3 * 15 * 2 * 64, dtype=torch.float64).sin().view(3, 15, 2, 64)
    found = []
    for one in (name, "padded"):
        parts = given.to(device, torch.bfloat16 if half else torch.float32).requires_grad_()
        try:
            made = KERNELS[one](parts[0], parts[1], parts[2], where, 0.0, 0.125)
            made.float().square().sum().backward()
        except Exception:  # noqa: BLE001 (whatever a library raises for a card that it does not know: it is not taken)
            return False
        found.append((made.detach().float(), parts.grad.float()))
    room = 0.05 if half else 1e-3
    return all(bool(torch.allclose(a, b, rtol=room, atol=room)) for a, b in zip(*found, strict=True))


@torch.compiler.disable  # type: ignore[untyped-decorator]
def attend(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, *, packing: Layout, dropout: float = 0.0,
    scaling: float | None = None, **_: Any,
) -> tuple[Any, None]:  # fmt: skip
    """The attention function as transformers calls it: [1, heads, pieces, width] each -> [1, pieces, heads, width].

    It is not compiled: its kernels are, and a compiled block goes around it.
    """
    assert attention_mask is None
    share = dropout if module.training else 0.0
    name = next(one for one in packing.kernels if not (share and one in _NO_DROPOUT))
    parts = (one.squeeze(0).transpose(0, 1) for one in (query, key, value))
    q, k, v = parts
    made = KERNELS[name](q, k, v, packing, share, scaling if scaling is not None else query.shape[-1] ** -0.5)
    return made.unsqueeze(0), None


def run(encoder: Any, ids: Any, segments: Any, where: Layout, **more: Any) -> Any:
    """The encoder's output over a batch without its padding: states are [1, pieces, hidden], nothing of it is pooled.

    `ids` and `segments` [rows, longest] are padded. Positions begin anew in every sequence, where the model's begin.
    """
    first = first_position(encoder.config)
    assert first is not None, "the positions of this kind of model are not known"
    use(encoder, NAME)
    if segments is not None:
        more["token_type_ids"] = segments.flatten().index_select(0, where.place)[None]
    return encoder(
        input_ids=ids.flatten().index_select(0, where.place)[None],
        position_ids=(where.place % where.longest + first)[None], packing=where, **more,
    )  # fmt: skip


def use(encoder: Any, name: str) -> None:
    """Set the attention function of a model where it is another one."""
    if encoder.config._attn_implementation != name:
        if name == NAME:
            import_module("transformers").AttentionInterface.register(NAME, attend)
        encoder.set_attn_implementation(name)
