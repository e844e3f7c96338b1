"""What the words around a cell name: the metric, the data set, and the task of the paper.

Metrics and data sets of the known lists are recognised anywhere. Beyond the lists a column or row head counts as a data
set where the running text of the same paper calls it one ("the Kolmar corpus"), so that a new data set is not lost for
being new. A task is one of the listed ones, by how often and where the paper speaks of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from synth.facets import lexicon, pattern
from synth.records import Entity
from synth.scopes import datasets, metrics, models

__all__ = ["called_datasets", "dataset_in", "falls", "metric_in", "task_in", "tasks"]

_NOUN = r"(?:data\s?sets?|corpus|corpora|benchmarks?|treebanks?|test\s?sets?|shared task|collection|challenge)"
_NAME = r"((?:[A-Z][\w./&+-]{0,30}\s){0,3}[A-Z][\w./&+-]{0,30}\w)"
_CALLED = re.compile(rf"(?<![\w./&+-]){_NAME}\s(?:\([^)]{{1,60}}\)\s)?(?:[a-z-]+\s)?{_NOUN}\b")
_LISTED = re.compile(rf"\b{_NOUN}\s?(?:\([^)]{{1,60}}\)\s?)?(?:,\s|:\s|called\s|named\s|such\sas\s|including\s){_NAME}")
_FIRST = re.compile(
    r"^(?:The|This|These|That|Those|Our|We|In|On|For|From|And|An?|As|All|Both|Each|Most|Many|Some|Several|Another|Other|"
    r"Table|Figure|Section|First|Second|Third|Finally|However|Training|Test|Development|Validation|English|Chinese|"
    r"German|French|New|Large|Existing|Two|Three|Four|Five|Since|When|While|Such|It|Its|Their|To|With|Using|By)\s"
)
_SINGLE = re.compile(r"[A-Z][a-z]+$")
_FALLS = re.compile(
    r"perplexity|error|miss rate|\bFID\b|\b[HT]?TER\b|\b[WCE]ER\b|bits per|latency|\bloss\b|p-value|number of|params|"
    r"\bR?MSE\b|\bMAE\b|\btime\b",
    re.I,
)
_HEADS = {  # what stands alone at the head of a column and is no metric elsewhere
    "exact match": r"EM|Exact|EX", "F1": r"F|F1|F-1|F[- ]?m(?:easure)?|F score|FB1", "precision": r"P|Prec\.?|Pre\.?",
    "recall": r"R|Rec\.?", "accuracy": r"Acc\.?|Accu\.?|ACC|Acc\. ?\(%\)", "error rate": r"Err\.?|Error|Error ?\(%\)",
    "ROUGE-1": r"R-?1|RG-?1|ROUGE ?1", "ROUGE-2": r"R-?2|RG-?2|ROUGE ?2", "ROUGE-L": r"R-?L|RG-?L|ROUGE ?L",
    "METEOR": r"MTR|MET\.?", "perplexity": r"PPL|Perp\.?|Test PPL", "bits per character": r"BPC|bpc|bits?/char",
    "hits": r"H(?:it)?s? ?@ ?\d+", "MRR": r"MR R", "number of parameters": r"#? ?Param(?:s|eters)?\.?|Size|\|θ\|",
}  # fmt: skip
_MORE = {  # of neighbouring fields, beside those of `synth.scopes`
    "mean IoU": r"\bm-?IoU\b|\b[Mm]ean[ -](?:IoU|IU|[Ii]ntersection)\b|\bIoU\b", "MAP": r"\bmAP\b|\bMAP\b",
    "AP": r"\bAP(?:50|75)?\b|\b[Aa]verage [Pp]recision\b", "PSNR": r"\bPSNR\b", "SSIM": r"\bSSIM\b", "FID": r"\bFID\b",
    "inception score": r"\b[Ii]nception [Ss]core\b", "rank-1": r"\b[Rr]ank[ -]1\b", "miss rate": r"\b[Mm]iss [Rr]ate\b",
    "error rate": r"\b(?:test|classification|percentage|top-?[15]) errors?\b", "NMI": r"\bNMI\b",
    "Smatch": r"\b(?:Smatch|SMATCH)\b", "number of parameters": r"\b[Nn]umber of param(?:eter)?s\b",
}  # fmt: skip
_MORE_OF = re.compile("|".join(f"(?P<o{i}>{p})" for i, p in enumerate(_MORE.values())))
_MORE_NAMES = tuple(_MORE)
_HEAD = re.compile("|".join(f"(?P<h{i}>{p})" for i, p in enumerate(_HEADS.values())))
_HEAD_NAMES = tuple(_HEADS)


def metric_in(words: str, *, head: bool = False) -> str | None:
    """The one metric that `words` name; None where they name none or several. `head`: they are a whole head."""
    if head:
        bare = re.sub(r"\s*[(\[](?:%|↑|↓|in %)[)\]]|[↑↓*†‡]", "", words).strip()
        match = _HEAD.fullmatch(bare)
        if match is not None:
            return _HEAD_NAMES[int((match.lastgroup or "h0")[1:])]
    found = {m.name for m in metrics(words)}
    found |= {_MORE_NAMES[int((m.lastgroup or "o0")[1:])] for m in _MORE_OF.finditer(words)}
    return found.pop() if len(found) == 1 else None


def falls(metric: str) -> bool:
    """Whether less is better: errors, perplexity, time."""
    return _FALLS.search(metric) is not None


def called_datasets(text: str) -> tuple[str, ...]:
    """The names that `text` calls a data set, corpus, benchmark or test set, as written, the most frequent first."""
    told: Counter[str] = Counter()
    for rule in (_CALLED, _LISTED):
        for match in rule.finditer(text):
            name = match.group(1)
            while _FIRST.match(name):
                name = name.split(" ", 1)[1]
            if len(name) > 1 and not _FIRST.match(name + " ") and not models(name) and not metrics(name):
                told[name] += 1
    ranked = sorted(told.items(), key=lambda one: (-one[1], one[0]))
    return tuple(name for name, count in ranked if count > 1 or not _SINGLE.match(name))


def dataset_in(words: str, called: Iterable[str] = ()) -> str | None:
    """The one data set that `words` name, of the lists or of those that the paper `called` so; else None."""
    known = [m.name for m in datasets(words)]
    found = list(dict.fromkeys(known))
    if not found:
        named = [n for n in called if re.search(rf"(?<![\w-]){re.escape(n)}(?![\w-])", words)]
        found = [n for n in named if not any(n != other and n in other for other in named)]
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=1)
def _tasks() -> tuple[Entity, ...]:
    return tuple(entity for entity in lexicon() if entity.kind == "task")


def tasks(places: Mapping[str, float]) -> dict[str, float]:
    """How much the texts of `places` (text: weight) speak of each listed task; those never named are left out."""
    told: dict[str, float] = {}
    for text, weight in places.items():
        for entity in _tasks():
            times = sum(len(pattern(form).findall(text)) for form in entity.forms)
            if times:
                told[entity.name] = told.get(entity.name, 0.0) + weight * min(times, 5)
    return told


def task_in(places: Mapping[str, float]) -> str | None:
    """The task that the texts speak of most, the earlier in the list at a tie; None where no listed task is named."""
    told = tasks(places)
    return max(told, key=lambda name: told[name]) if told else None
