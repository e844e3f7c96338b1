"""The named things that a question asks about, and whether a paper can and does speak of them.

A data set, a model or a language is one thing: evidence on XTREME is none on XTREME-R, and a direction of translation
is not its reverse. What appeared after a paper was written cannot be what the paper studied.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from synth.records import Facet
from synth.scopes import languages

__all__ = ["appeared", "is_name", "other_way", "pairs", "too_early"]

# Year of the first public paper, by canonical name in lower case: only of what a later paper is asked about at times.
_FIRST = {
    "anli": 2019, "bart": 2019, "beir": 2021, "bert": 2018, "big-bench": 2022, "bloom": 2022, "byt5": 2021,
    "chatgpt": 2022, "commonsenseqa": 2018, "cosmos qa": 2019, "deberta": 2020, "electra": 2020, "elmo": 2018,
    "flores": 2019, "glue": 2018, "gpt-2": 2019, "gpt-3": 2020, "gpt-4": 2023, "gsm8k": 2021, "hellaswag": 2019,
    "hotpotqa": 2018, "labse": 2020, "laser": 2018, "llama": 2023, "lora": 2021, "mbart": 2020, "mbert": 2018,
    "mlqa": 2019, "mmlu": 2020, "mt5": 2020, "natural questions": 2019, "nllb": 2022, "paws": 2019, "paws-x": 2019,
    "roberta": 2019, "scifact": 2020, "sentence-bert": 2019, "squad": 2016, "superglue": 2019, "t5": 2019,
    "truthfulqa": 2021, "tydiqa": 2020, "xglue": 2020, "xlm": 2019, "xlm-r": 2019, "xnli": 2018, "xquad": 2019,
    "xsum": 2018, "xtreme": 2020, "xtreme-r": 2021, "xtreme-up": 2023,
}  # fmt: skip
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_NAMED = re.compile(r"[A-Z]\S*[A-Z\d]|[a-z]+[A-Z]|\d[A-Z]|[A-Z][\w]*-[A-Z\d]")


def is_name(facet: Facet) -> bool:
    """Whether the facet stands for one thing with a name, for which nothing else can stand in."""
    return facet.kind in ("dataset", "model", "language") or (
        facet.kind == "term" and bool(_NAMED.search(facet.forms[0]))
    )


@lru_cache(maxsize=1024)
def appeared(name: str) -> int | None:
    """The year in which the thing called `name` was first published; None where it is not known.

    A year inside the name counts ("SemEval-2023 Task 5"); the year of an evaluation campaign is the year it was held.
    """
    inside = _YEAR.search(name)
    return int(inside.group()) if inside else _FIRST.get(name.lower())


def too_early(facets: Sequence[Facet], year: int | None, version: str | None) -> dict[str, int]:
    """The named facets that had not appeared in `year`, when a paper was written, with the year they did.

    Empty where the year is not known, and for a later version of a paper: it may have been revised since.
    """
    if year is None or version not in (None, "v1"):
        return {}
    first = {f.name: appeared(f.name) for f in facets}
    return {name: then for name, then in first.items() if then is not None and then > year}


@lru_cache(maxsize=4096)
def pairs(text: str) -> frozenset[tuple[str, str]]:
    """The ordered pairs of languages that `text` names: "English-German", "from Hindi to English"."""
    found: set[tuple[str, str]] = set()
    named = languages(text)
    for one in named:
        sides = one.name.split("-")
        if len(sides) == 2 and sides[0].lower() != "non":
            found.add((sides[0].lower(), sides[1].lower()))
    for left, right in pairwise(named):
        if re.fullmatch(r"\s?(?:to|into|→|->)\s?", text[left.end : right.start]):
            found.add((left.name.lower(), right.name.lower()))
    return frozenset(found)


def other_way(question: str, text: str) -> bool:
    """Whether `text` names pairs of languages asked about in the other direction only."""
    asked, told = pairs(question), pairs(text)
    turned = {(b, a) for a, b in asked}
    return bool(turned & told) and not asked & told
