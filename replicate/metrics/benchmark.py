"""What the XTREME benchmark fixes about its nine targets: languages in its order, labels, file type.

The order of the languages matters to the last digit: averages are plain sums from left to right. The lists
are those of the benchmark's scorer (google-research/xtreme, `evaluate.py`, in the state of July 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from synth.errors import InputError, did_you_mean

__all__ = ["GROUPS", "TARGETS", "Target", "target"]

Kind = Literal["labels", "tags", "answers", "pairs", "indices"]


@dataclass(frozen=True)
class Target:
    """One target task. `labels` is empty where any string is allowed; `kind` says what one line of a file holds."""

    id: str
    group: str
    kind: Kind
    languages: tuple[str, ...]
    labels: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """File ending of labels and predictions: answers are JSON, everything else is lines."""
        return "json" if self.kind == "answers" else "tsv"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_UPOS = _words("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X")
_PAWSX = _words("de en es fr ja ko zh")
_XNLI = _words("ar bg de el en es fr hi ru sw th tr ur vi zh")
_PANX = _words(
    "ar he vi id jv ms tl eu ml ta te af nl en de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw yo my"
    " zh kk tr et fi hu"
)
_UDPOS = _words("af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr ur vi yo zh")
_TATOEBA = _words(
    "ar he vi id jv tl eu ml ta te af nl de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw zh kk tr et fi hu"
)
_ALL = (
    Target("pawsx", "classification", "labels", _PAWSX, ("0", "1")),
    Target("xnli", "classification", "labels", _XNLI, ("contradiction", "entailment", "neutral")),
    Target("panx", "tagging", "tags", _PANX, _words("B-LOC B-ORG B-PER I-LOC I-ORG I-PER O")),
    Target("udpos", "tagging", "tags", _UDPOS, _UPOS),
    Target("bucc2018", "retrieval", "pairs", _words("de fr ru zh")),
    Target("tatoeba", "retrieval", "indices", _TATOEBA),
    Target("xquad", "qa", "answers", _words("en es de el ru tr ar vi th zh hi")),
    Target("mlqa", "qa", "answers", _words("en es de ar hi vi zh")),
    Target("tydiqa", "qa", "answers", _words("en ar bn fi id ko ru sw te")),
)
TARGETS: dict[str, Target] = {entry.id: entry for entry in _ALL}
GROUPS: dict[str, tuple[str, ...]] = {
    "classification": ("pawsx", "xnli"),
    "tagging": ("udpos", "panx"),
    "qa": ("xquad", "mlqa", "tydiqa"),
    "retrieval": ("bucc2018", "tatoeba"),
}


def target(task_id: str) -> Target:
    """The target task of that id. Raises InputError, with a near match, for any other name."""
    if task_id not in TARGETS:
        raise InputError(f'"{task_id}" is not a target task that can be scored; {did_you_mean(task_id, TARGETS)}')
    return TARGETS[task_id]
