"""A balanced set of edited sentences for measuring a verifier: how many changes it accepts, how many rewordings.

The sentences must be held back from training by the caller; this module only draws, the same for the same seed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from synth.edits import changes, rewordings
from synth.edits.edit import CHANGES, REWORDINGS, Edit, Kind
from synth.records import Record, Stance, content_id

__all__ = ["HeldBack", "benchmark"]


class HeldBack(Record):
    """One case: does `original`, a sentence of the paper `source`, support `claim`? It does where `harmless`.

    `stance` is that of the original towards the claim; `claimed` and `found` are the words that differ, None where
    words were moved or dropped. `id` is made from the content: the same case has the same id in every draw.
    """

    id: str
    source: str
    original: str
    claim: str
    kind: Kind
    harmless: bool
    stance: Stance
    claimed: str | None
    found: str | None


def benchmark(sentences: Iterable[tuple[str, str]], seed: int, per_kind: int) -> tuple[HeldBack, ...]:
    """At most `per_kind` cases of every kind from (source, sentence) pairs, in the order of the kinds.

    A kind gives fewer where the sentences allow fewer: the caller reports the number beside each share. Rare kinds
    choose first, and a sentence is used again only where a kind finds no other, so that no sentence weighs much.
    """
    pools: dict[Kind, list[tuple[bytes, str, Edit]]] = {kind: [] for kind in (*CHANGES, *REWORDINGS)}
    met: set[str] = set()
    for source, sentence in sentences:
        if sentence in met:
            continue
        met.add(sentence)
        for edit in (*changes(sentence, seed=seed), *rewordings(sentence, seed=seed)):
            pools[edit.kind].append((_drawn(seed, edit), source, edit))
    used: dict[str, int] = {}
    chosen: dict[Kind, list[HeldBack]] = {}
    for kind in sorted(pools, key=lambda k: (len(pools[k]), k)):
        taken: set[str] = set()
        chosen[kind] = []
        pool = sorted(pools[kind], key=lambda item: (used.get(item[2].original, 0), item[0], item[2].text))
        for _, source, edit in pool:
            if len(chosen[kind]) == per_kind:
                break
            if edit.original not in taken:
                taken.add(edit.original)
                used[edit.original] = used.get(edit.original, 0) + 1
                chosen[kind].append(_case(source, edit))
    return tuple(case for kind in pools for case in chosen[kind])


def _drawn(seed: int, edit: Edit) -> bytes:
    """The place of an edit in the draw."""
    told = f"{seed}\x1f{edit.kind}\x1f{edit.original}\x1f{edit.text}"
    return hashlib.blake2b(told.encode(errors="replace"), digest_size=8).digest()


def _case(source: str, edit: Edit) -> HeldBack:
    return HeldBack(
        id=content_id("edit", edit.original, edit.text, edit.kind), source=source, original=edit.original,
        claim=edit.text, kind=edit.kind, harmless=edit.harmless, stance=edit.stance, claimed=edit.claimed,
        found=edit.found,
    )  # fmt: skip
