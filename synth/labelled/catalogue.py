"""Which labelled sets are known, what may be done with each, and the one way to read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from synth.errors import InputError, did_you_mean
from synth.labelled import encyclopedic, entailment, scientific, trials
from synth.labelled.pairs import LabelledSet, Pair
from synth.records import Stance

__all__ = ["KNOWN", "read"]

_ALL: tuple[Stance, ...] = ("supports", "refutes", "neutral")
_DECIDED: tuple[Stance, ...] = ("supports", "refutes")
_FOLLOWS: tuple[Stance, ...] = ("supports", "neutral")
_NONE_STATED = "none stated: measuring only"

Reader = Callable[[Path, str], Iterable[Pair]]

# name: reader, splits, labels, may weights that ship learn from it, licence, what a user of the figures must know
_SETS: dict[str, tuple[Reader, tuple[str, ...], tuple[Stance, ...], bool, str, str]] = {
    "scifact": (
        scientific.scifact, ("train", "dev"), _ALL, True,
        "claims and evidence CC BY 4.0, abstracts ODC-By 1.0",
        "one pair for each claim and cited abstract",
    ),
    "citation_integrity": (
        scientific.citation_integrity, ("train", "dev"), _ALL, True,
        "annotations MIT, articles PMC open access", "a few sentences of the cited article, found by its makers",
    ),
    "evidence_inference": (
        trials.evidence_inference, ("train", "validation", "test"), _DECIDED, True,
        "MIT, articles PMC open access", "claims are worded by rule from intervention, comparator and outcome",
    ),
    "fool_me_twice": (
        encyclopedic.fool_me_twice, ("dev", "test"), _DECIDED, True,
        "Apache-2.0, text of Wikipedia CC BY-SA", "deciding sentences among up to three others of the page",
    ),
    "fever_symmetric": (
        encyclopedic.fever_symmetric, ("dev", "test", "generated"), _DECIDED, True,
        "MIT, text of Wikipedia CC BY-SA", "most of generated returns in dev and test",
    ),
    "snli": (
        entailment.snli, ("train", "dev", "test", "revised_train", "revised_dev", "revised_test"), _ALL, True,
        "CC BY-SA 4.0, revisions Apache-2.0", "train is a sample",
    ),
    "mnli": (entailment.mnli, ("train", "dev"), _ALL, True, "OANC and others, free use", "a sample of the train part"),
    "breaking_nli": (
        entailment.breaking_nli, ("test",), _ALL, True, "CC BY-SA 4.0", "one word replaced; 47 of 8,193 are neutral",
    ),
    "help": (
        entailment.help_pairs, ("train",), _FOLLOWS, True, "CC BY-SA 4.0", "a conjunct or disjunct dropped or added",
    ),
    "missci": (
        encyclopedic.missci, ("dev", "test"), ("neutral",), True, "Apache-2.0",
        "neutral by the design of the set: the claim needs a fallacy to follow",
    ),
    "healthver": (
        scientific.healthver, ("train", "dev", "test"), _ALL, False, _NONE_STATED,
        "conversion of MultiVerS: one pair for each claim and abstract",
    ),
    "covidfact": (
        scientific.covidfact, ("train", "test"), _DECIDED, False, _NONE_STATED,
        "conversion of MultiVerS, which has whole abstracts; refuted claims are made by replacing a word",
    ),
    "msvec": (
        encyclopedic.msvec, ("test",), _DECIDED, False, _NONE_STATED,
        "claims are judged, not pairs: the abstract may be silent",
    ),
    "nli4ct": (
        trials.nli4ct, ("train", "dev"), _DECIDED, False, _NONE_STATED, "the whole section of the trial is the passage",
    ),
    "wice": (
        encyclopedic.wice, ("dev", "test"), _FOLLOWS, False,
        "annotations ODC-BY, Wikipedia CC BY-SA, web pages under terms of Common Crawl",
        "partly supported counts as neutral; the passage is the whole page",
    ),
    "monli": (
        entailment.monli, ("positive", "negative"), _FOLLOWS, False, _NONE_STATED, "a word made wider or narrower",
    ),
    "negation": (entailment.negation, ("mnli", "snli"), _ALL, False, _NONE_STATED, "a negation added on either side"),
    "negation_rte": (
        entailment.negation_rte, ("rte",), _FOLLOWS, False, _NONE_STATED, "not entailed is read as neutral",
    ),
}  # fmt: skip

# Under the root of the data; a set that is not named here lies in claims/ under its own name.
_FOLDERS = {"snli": "transfer/snli", "mnli": "transfer/mnli"} | dict.fromkeys(
    ("breaking_nli", "help", "monli", "negation", "negation_rte"), "claims/contrast"
)

KNOWN: dict[str, LabelledSet] = {
    name: LabelledSet(
        name=name,
        folder=_FOLDERS.get(name, f"claims/{name}"),
        splits=splits,
        ship=ship,
        licence=licence,
        labels=labels,
        note=note,
    )
    for name, (_, splits, labels, ship, licence, note) in _SETS.items()
}


def read(name: str, folder: Path, split: str) -> tuple[Pair, ...]:
    """The pairs of one split of a labelled set, in the order of its file; `folder` is the folder of that set.

    Raises:
        InputError: no such set or split, a file is missing, or a line of it is at fault (named).
    """
    if name not in _SETS:
        raise InputError(f'no labelled set "{name}"; {did_you_mean(name, _SETS)}')
    reader, splits, labels, *_ = _SETS[name]
    if split not in splits:
        raise InputError(f'{name} has no split "{split}"; {did_you_mean(split, splits)}')
    if not folder.is_dir():
        raise InputError(f"{folder}: no folder; name the one that holds {name}")
    pairs = tuple(reader(folder, split))
    seen: set[str] = set()
    for pair in pairs:
        if pair.id in seen:
            raise InputError(f"{folder}: {pair.id} is there twice in {split}; take the files as they were published")
        if pair.label not in labels:
            raise InputError(f"{folder}: {pair.id} in {split} is {pair.label}, which {name} never says")
        seen.add(pair.id)
    return pairs
