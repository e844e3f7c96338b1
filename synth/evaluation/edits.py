"""Controlled edits: sentences that nothing was trained on, changed in a known way and held against their abstract.

A changed claim (another number, the opposite direction, another data set ...) must not be accepted; a harmless one
(rounded, reworded ...) must still be. Nothing is annotated: the edit is the truth. A disguised claim is changed and
reworded at once; it is counted by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from synth.edits import Edit, changes, disguised, rewordings
from synth.evaluation.benchmark import Place
from synth.evaluation.judges import Judge
from synth.evaluation.metrics import Figures, Tally, ratio
from synth.evaluation.outcome import Outcome, Verdict, sample
from synth.labelled import Pair
from synth.labelled.files import in_lines
from synth.labelled.pairs import draw
from synth.progress import Silent
from synth.records import Stance

__all__ = ["over_edits"]

_PER_KIND = 100  # edits of each kind that are judged
_STRICT = ("number", "direction")  # kinds whose changes the headline is about


class _Edited(NamedTuple):
    pair: Pair
    kind: str
    harmless: bool


def over_edits(place: Place, limit: int | None, seed: int, judge: Judge, progress: Silent) -> Outcome:
    """At most a hundred edits of each kind, one of a sentence and kind, each with the whole abstract as its passage."""
    progress.stage("edit")
    every = _balanced(_edited(place, seed), seed)
    chosen = sample(every, lambda one: one.pair.id, limit, seed)
    judged = judge.judge([one.pair for one in chosen], progress)
    kinds = sorted({(one.harmless, one.kind) for one in chosen})
    return Outcome(
        unit="edits",
        n=len(chosen),
        of=len(every),
        verifier=judge.id,
        tallies=[(one.pair.group, _tally(one, said.label)) for one, said in zip(chosen, judged, strict=True)],
        figures=lambda total: _figures(total, kinds),
        verdicts=[
            Verdict(one.pair.group, said.label, said.confidence, _right(one, said.label))
            for one, said in zip(chosen, judged, strict=True)
            if said.confidence is not None
        ],
        notes=(f"at most {_PER_KIND} edits of a kind; a change is not accepted where it is refuted or left open",),
    )


def _edited(place: Place, seed: int) -> list[_Edited]:
    """Every edit of every sentence of the abstracts; the passage is the abstract as it stands."""
    found: list[_Edited] = []
    for line in in_lines(place.folder / f"{place.split}.jsonl"):
        sentences = tuple(" ".join(sentence.split()) for sentence in line.texts("sentences"))
        for at, sentence in enumerate(sentences):
            plain = (*changes(sentence, seed=seed), *rewordings(sentence, seed=seed))
            made: list[tuple[str, Edit]] = [(edit.kind, edit) for edit in plain]
            made += [("disguised", edit) for edit in disguised(sentence, seed=seed)]
            for number, (kind, edit) in enumerate(made):
                pair = Pair(
                    id=f"{place.benchmark.name}:{line.number}/{at}/{kind}/{number}:{line.number}",
                    data=place.benchmark.data,
                    split=place.split,
                    group=str(line.number),
                    claim=edit.text,
                    title="",
                    sentences=sentences,
                    label=edit.stance,
                    rationale=(at,),
                )
                found.append(_Edited(pair, kind, edit.harmless))
    return found


def _balanced(every: Sequence[_Edited], seed: int) -> list[_Edited]:
    """The same number of each kind as far as there are as many, drawn by seed."""
    kinds: dict[tuple[bool, str], list[_Edited]] = {}
    for one in sorted(every, key=lambda one: draw(f"{seed} {one.pair.id}", 1 << 62)):
        kinds.setdefault((one.harmless, one.kind), []).append(one)
    return [one for kind in sorted(kinds) for one in kinds[kind][:_PER_KIND]]


def _right(one: _Edited, said: Stance) -> bool:
    return (said == "supports") == one.harmless


def _tally(one: _Edited, said: Stance) -> Tally:
    group = "reworded" if one.harmless else "disguised" if one.kind == "disguised" else "changed"
    right = float(_right(one, said))
    strict = {"strict": 1.0, "strict right": right} if one.kind in _STRICT and not one.harmless else {}
    return {
        group: 1,
        f"{group} right": right,
        f"{group} refuted": float(said == "refutes"),
        f"kind {one.kind}": 1,
        f"kind {one.kind} right": right,
        **strict,
    }


def _figures(total: Tally, kinds: Sequence[tuple[bool, str]]) -> Figures:
    figures: Figures = {
        "numbers_directions_not_accepted": ratio(total.get("strict right", 0), total.get("strict", 0)),
        "changes_not_accepted": ratio(total.get("changed right", 0), total.get("changed", 0)),
        "rewordings_accepted": ratio(total.get("reworded right", 0), total.get("reworded", 0)),
        "changes_refuted": ratio(total.get("changed refuted", 0), total.get("changed", 0)),
        "rewordings_refuted": ratio(total.get("reworded refuted", 0), total.get("reworded", 0)),
    }
    for harmless, kind in kinds:
        name = "accepted" if harmless else "not_accepted"
        figures[f"{name}_{kind}"] = ratio(total.get(f"kind {kind} right", 0), total.get(f"kind {kind}", 0))
    return figures
