"""What there is to say about a family: languages, shares of cognates, cues, sizes, and the work it follows."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from replicate.family.languages import BASE, CODES, LANGUAGES, lexicon
from replicate.family.sizes import MICRO, Sizes
from replicate.family.world import CONCEPTS

__all__ = ["CUES", "SOURCES", "describe"]

SOURCES = (
    "K, Wang, Mayhew and Roth 2020, Cross-Lingual Ability of Multilingual BERT: An Empirical Study (ICLR; "
    "arXiv 1912.07840)",
    "Dufter and Schuetze 2020, Identifying Elements Essential for BERT's Multilinguality (EMNLP; arXiv 2005.00396)",
    "Deshpande, Talukdar and Narasimhan 2022, When is BERT Multilingual? Isolating Crucial Ingredients for "
    "Cross-lingual Transfer (NAACL; arXiv 2110.14782)",
)

CUES = {
    "mnli, snli, anli, xnli": "contradiction: negation on one side, an opposite quality, another number or place; "
    "entailment: fewer words, a synonym, the kind of the noun; neutral: a new quality, place or noun, roles exchanged",
    "qqp, pawsx": "same: a synonym or another order; different: roles exchanged, another noun, act or person",
    "squad_v1, squad_v2, xquad, mlqa, tydiqa": "the question word tells the kind of answer, shared words which event",
    "hellaswag": "the right ending keeps the object, and its act follows the first act",
    "cosmosqa": "each act has one state that makes people do it",
    "commonsenseqa": "kind, usual quality and usual place of a noun, told by the unlabelled text",
    "udpos, ccg": "words have one part of speech; categories depend on what a word takes and where it stands",
    "panx": "capitals mark names; a place before a house word is an organisation",
}


def _language(code: str, seed: int) -> dict[str, Any]:
    language, lex = LANGUAGES[code], lexicon(code, seed)
    origin = Counter(lex.origin.values())
    facts = asdict(language)
    facts["shifts"] = [f"{old} > {new}" for old, new in language.shifts]
    share = round(1 - origin["unrelated"] / len(CONCEPTS), 3)
    return {**facts, "words": {k: origin[k] for k in ("identical", "shifted", "unrelated")}, "cognate_share": share}


def describe(sizes: Sizes = MICRO, seed: int = 0) -> dict[str, Any]:
    """The facts for the docs as plain values: `cognate_share` is counted in the lexicon of this seed."""
    return {
        "schema": "replicate/family/1",
        "seed": seed,
        "base": BASE.code,
        "languages": [_language(code, seed) for code in CODES],
        "concepts": len(CONCEPTS),
        "sizes": asdict(sizes),
        "pools": "events are split by checksum: 50% text, 25% training, 10% development, 15% test",
        "cues": CUES,
        "after": list(SOURCES),
    }
