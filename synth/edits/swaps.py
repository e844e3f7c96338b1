"""A name swapped for another of its kind: data set, model, language, split, metric, or another known thing.

The original does not say anything of the new name: it is neutral, never a refutation.
"""

from __future__ import annotations

import re
from functools import lru_cache

from synth.edits.edit import Edit, Kind, made, ordered
from synth.edits.kinds import COMMON_LANGUAGES, FAMILIES, NEIGHBOURS
from synth.facets import lexicon

__all__ = ["entities", "named", "splits"]

_PLAIN_WORDS = frozenset(["Latin", "BLOOM", "LASER", "CCG", "GLUE", "WMT", "PAWS", "FEVER", "Latin", "Polish",
 "Greek", "Scots", "Lao",
                          "Universal Dependencies", "Turkish", "ELECTRA"])  # fmt: skip


@lru_cache(maxsize=1)
def _listed() -> dict[Kind, tuple[dict[str, str], re.Pattern[str], tuple[str, ...]]]:
    """Per kind: which form belongs to which name, the pattern of all forms, and the names to swap in."""
    result: dict[Kind, tuple[dict[str, str], re.Pattern[str], tuple[str, ...]]] = {}
    kinds: tuple[Kind, ...] = ("dataset", "model", "language")
    for kind in kinds:
        entities = [e for e in lexicon() if e.kind == kind]
        forms = {form: e.name for e in entities for form in e.forms}
        result[kind] = (forms, _any_of(forms), tuple(e.name for e in entities if e.name not in _PLAIN_WORDS))
    return result


def _any_of(forms: dict[str, str]) -> re.Pattern[str]:
    listed = sorted(forms, key=lambda f: (-len(f), f))
    return re.compile(
        rf"(?<![\w/-])(?:{'|'.join(map(re.escape, listed))})(?![\w/’'+]|-(?:[A-Z0-9]|large|base|style|like)|"
        rf"\s(?:20|19)\d\d|\sversion|\sv?\d|\s\()"
    )


def named(sentence: str, seed: int) -> list[Edit]:
    """A data set, model or language of the lexicon replaced by another that the sentence does not name."""
    edits: list[Edit] = []
    for kind, (forms, pattern, names) in _listed().items():
        there = list(pattern.finditer(sentence))
        present = {forms[m.group()] for m in there}
        for name in ordered(sorted(present), sentence, kind, seed)[:2]:
            places = [m for m in there if forms[m.group()] == name]
            if any(
                sentence[m.start() - 1 : m.start()] == "(" and sentence[m.end() : m.end() + 1] == ")" for m in places
            ):
                continue  # an abbreviation after its long form
            others = [n for n in names if n not in present and not _kin(n, name) and not _inside(n, sentence)]
            if (
                kind == "language"
                and re.search(r"[A-Z][a-z]+(?:-|–|\sto\s|/)$", sentence[: places[0].start()])
                and not others
            ):
                continue
            near = [n for group in NEIGHBOURS if name in group for n in group if n in others]
            near = near or [n for n in others if kind != "language" or n in COMMON_LANGUAGES]
            new = ordered(near or others, sentence, kind, name, seed)[0]
            edit = made(sentence, kind, "neutral", [(m.start(), m.end(), new) for m in places])
            if edit is not None:
                edits.append(edit)
    return edits


def _kin(a: str, b: str) -> bool:
    """Whether one name is a version, part or superset of the other: XTREME and XTREME-R, Farsi and Persian."""
    x, y = a.lower(), b.lower()
    pairs = ({"farsi", "persian"}, {"slovene", "slovenian"}, {"uighur", "uyghur"}, {"chinese", "mandarin"},
             {"chinese", "cantonese"}, {"filipino", "tagalog"}, {"glue", "mnli"}, {"glue", "qqp"}, {"hindi",
              "hinglish"},
             {"xtreme", "xnli"}, {"snli", "mnli"}, {"gpt-3", "chatgpt"}, {"gpt-4", "chatgpt"}, {"moses"})  # fmt: skip
    return x in y or y in x or any({x, y} == p for p in pairs)


def _inside(name: str, sentence: str) -> bool:
    return name.lower() in sentence.lower()


# --- splits ------------------------------------------------------------------------------------------

_SPLIT = re.compile(
    r"\b(?P<split>test|dev|development|validation|train|training)(?P<noun>[\s-](?:sets?|splits?|portions?|sections?|"
    r"partitions?))\b"
)
_OTHER_SPLIT = {
    "test": ("validation", "development", "training"), "dev": ("test", "training"), "development": ("test",
     "training"),
    "validation": ("test", "training"), "train": ("test", "dev"), "training": ("test", "validation"),
}  # fmt: skip
_SETTINGS = (
    ("zero-shot", "few-shot"), ("few-shot", "fully supervised"), ("in-domain", "out-of-domain"),
    ("out-of-domain", "in-domain"), ("supervised", "unsupervised"), ("unsupervised", "supervised"),
    ("low-resource", "high-resource"), ("high-resource", "low-resource"), ("cross-lingual", "monolingual"),
    ("monolingual", "multilingual"), ("multilingual", "monolingual"), ("single-task", "multi-task"),
    ("offline", "online"), ("online", "offline"), ("in vitro", "in vivo"), ("in vivo", "in vitro"),
    ("synthetic", "real-world"), ("real-world", "synthetic"), ("closed-book", "open-book"),
)  # fmt: skip
_SETTING = re.compile(rf"(?<![\w-])(?:{'|'.join(re.escape(a) for a, _ in _SETTINGS)})(?![\w-])")


def splits(sentence: str, seed: int) -> list[Edit]:
    """A split or setting replaced by another: the test set by the development set, zero-shot by few-shot."""
    edits: list[Edit | None] = []
    there = list(_SPLIT.finditer(sentence))
    present = {m["split"] for m in there}
    if len(there) == 1 and not re.search(r"/|train(?:ing)?[\s,-](?:and\s)?(?:test|dev|valid)", sentence):
        match = there[0]
        options = [o for o in _OTHER_SPLIT[match["split"]] if o not in present and not re.search(rf"\b{o}", sentence)]
        for new in ordered(options, sentence, "split", seed)[:1]:
            edits.append(made(sentence, "split", "neutral", [(match.start("split"), match.end("split"), new)]))
    swap = dict(_SETTINGS)
    settings = list(_SETTING.finditer(sentence))
    if len({m.group() for m in settings}) == 1 and swap[settings[0].group()] not in sentence:
        first = settings[0]
        if not re.match(r"[,/]?\s(?:and|or|to|versus|vs)\b", sentence[first.end() :]) and not re.search(
            r"\b(?:and|or|semi-|both)\s?$", sentence[: first.start()]
        ):
            edits.append(made(sentence, "split", "neutral", [(m.start(), m.end(), swap[m.group()]) for m in settings]))
    return [e for e in edits if e is not None]


# --- other things of one kind ------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _families() -> tuple[re.Pattern[str], dict[str, int]]:
    of = {name: i for i, (_, names) in enumerate(FAMILIES) for name in names}
    listed = sorted(of, key=lambda f: (-len(f), f))
    return re.compile(
        rf"(?<![\w/-])(?:{'|'.join(map(re.escape, listed))})(?![\w/-]|\s(?:\(|programming|positioning|time|"
        rf"minim|warming))"
    ), of


def entities(sentence: str, seed: int) -> list[Edit]:
    """A metric, algorithm, task, medium or population replaced by another of its family."""
    pattern, of = _families()
    there = list(pattern.finditer(sentence))
    edits = []
    for name in ordered(list(dict.fromkeys(m.group() for m in there)), sentence, "entity", seed)[:2]:
        kind, family = FAMILIES[of[name]]
        places = [m for m in there if m.group() == name]
        if any(sentence[m.start() - 1 : m.start()] == "(" for m in places):
            continue
        if name == "recall" and any(
            re.search(r"\b(?:to|can|we|I|they|and|or|,)\s$", sentence[: m.start()]) for m in places
        ):
            continue  # the verb
        others = [n for n in family if n != name and not _inside(n, sentence) and not _kin(n, name)]
        for new in ordered(others, sentence, name, seed)[:1]:
            edit = made(sentence, kind, "neutral", [(m.start(), m.end(), new) for m in places])
            if edit is not None:
                edits.append(edit)
    return edits
