"""The scores of SciFact, as its evaluation guidelines and its leaderboard's evaluator define them.

Wadden et al. (2020), section 5, and the evaluator of the leaderboard (which MultiVerS uses as well):

- A predicted document is right, "label only", where it has gold evidence and the label is the gold one; "rationalised"
  where in addition one whole gold evidence set is among its first three listed sentences. Sentences are listed best
  first; the fourth and later ones do not count here.
- A predicted sentence is right, "selection", where it is part of a gold evidence set that is predicted as a whole, of
  all sentences listed; "label" where in addition the document's label is right.
- Precision divides by what was predicted (documents; all listed sentences), recall by what is gold (documents;
  sentences of all evidence sets). Documents without enough evidence are not listed at all. Ids are compared as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from synth.evaluation.metrics import Figures, Tally, scored
from synth.labelled.files import Line, in_lines
from synth.records import Stance

__all__ = ["GoldClaim", "GoldDocument", "claim_tally", "figures", "gold", "labelled"]

_RATIONALES = 3  # listed sentences of a document that count for its rationale
_STANCES: dict[str, Stance] = {"SUPPORT": "supports", "CONTRADICT": "refutes"}
_LEVELS = {
    "abstract_label_only": ("documents right", "documents predicted", "documents gold"),
    "abstract_rationalised": ("documents rationalised", "documents predicted", "documents gold"),
    "sentence_selection": ("sentences selected", "sentences predicted", "sentences gold"),
    "sentence_label": ("sentences right", "sentences predicted", "sentences gold"),
}


class GoldDocument(NamedTuple):
    """The label of a document with evidence, and its evidence sets: each decides alone, with all its sentences."""

    label: Stance
    sets: tuple[frozenset[int], ...]


class GoldClaim(NamedTuple):
    """A claim as it stands in the file, and its documents with evidence by id as text."""

    key: str
    line: dict[str, Any]
    documents: dict[str, GoldDocument]


def gold(path: Path) -> list[GoldClaim]:
    """The claims of a file in the SciFact shape, in their order."""
    return [GoldClaim(line.text("id"), line.fields, _documents(line)) for line in in_lines(path)]


def _documents(line: Line) -> dict[str, GoldDocument]:
    evidence = line.record("evidence")
    found = {}
    for name in evidence.fields:
        parts = evidence.records(name)
        labels = {part.label("label") for part in parts}
        if len(labels) != 1:
            raise evidence.wrong(name, "does not have one label")
        found[name] = GoldDocument(labels.pop(), tuple(frozenset(part.numbers("sentences")) for part in parts))
    return found


def claim_tally(documents: Mapping[str, GoldDocument], predicted: Mapping[str, Mapping[str, Any]]) -> Tally:
    """What one claim counts; `predicted` is the field `evidence` of its prediction."""
    tally = {name: 0.0 for names in _LEVELS.values() for name in names}
    tally["documents gold"] = len(documents)
    tally["sentences gold"] = sum(len(one) for document in documents.values() for one in document.sets)
    for name, found in predicted.items():
        listed: Sequence[int] = found["sentences"]
        tally["documents predicted"] += 1
        tally["sentences predicted"] += len(listed)
        document = documents.get(str(name))
        if document is None:
            continue
        right = labelled(documents, name, found)
        rationalised = any(one <= set(listed[:_RATIONALES]) for one in document.sets)
        whole = [one for one in document.sets if one <= set(listed)]
        selected = sum(any(place in one for one in whole) for place in set(listed))
        tally["documents right"] += right
        tally["documents rationalised"] += right and rationalised
        tally["sentences selected"] += selected
        tally["sentences right"] += selected if right else 0
    return tally


def labelled(documents: Mapping[str, GoldDocument], name: str, predicted: Mapping[str, Any]) -> bool:
    """Whether a predicted document has gold evidence and its label is the gold one."""
    document = documents.get(str(name))
    return document is not None and _STANCES[predicted["label"]] == document.label


def figures(total: Tally) -> Figures:
    """Precision, recall and F1 of the four levels."""
    made: Figures = {}
    for name, (right, predicted, there) in _LEVELS.items():
        made |= scored(name, total[right], total[predicted], total[there])
    return made
