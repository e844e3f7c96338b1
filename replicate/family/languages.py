"""The languages of the family: how each differs from the base, and the lexicon that a seed gives it.

Systematic change of one language into another, to find out what makes a model multilingual, is the method of
K et al. 2020 (Fake-English: no shared word piece, permuted order), Dufter and Schuetze 2020 (a shifted copy of
English and small models trained in minutes) and Deshpande et al. 2022 (script, order and syntax changed one at a
time). Here the base language is made up as well, and the changes are those of a language family.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from replicate.family.draw import Draw
from replicate.family.world import GROUPS

__all__ = ["BASE", "CODES", "LANGUAGES", "NAMED", "Language", "Lexicon", "lexicon"]


@dataclass(frozen=True)
class Language:
    """The grammar and the kinship of one language.

    `cognates` is the share of concepts whose word comes from the base language; half of these keep the base form,
    half go through `shifts` (regular letter changes, in order); the others have an unrelated word. `names` is the same
    share for the names of people and places, which languages keep more readily.
    """

    code: str
    order: Literal["SVO", "SOV", "VSO"]
    adjective: Literal["before", "after"]
    adposition: Literal["before", "after"]
    negation: Literal["before", "after"]  # of the verb
    affixes: Literal["suffix", "prefix", "word"]
    object_case: bool
    question_word: Literal["first", "in place"]
    cognates: float
    names: float
    shifts: tuple[tuple[str, str], ...]
    script: Literal["latin", "greek"]


BASE = Language("aa", "SVO", "before", "before", "before", "suffix", False, "first", 1.0, 1.0, (), "latin")
LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        BASE,
        Language("ab", "SVO", "after", "before", "before", "suffix", False, "first", 0.6, 0.8,
                 (("p", "f"), ("d", "t"), ("u", "o")), "latin"),
        Language("ac", "SOV", "before", "after", "after", "suffix", True, "in place", 0.5, 0.8,
                 (("k", "h"), ("b", "w"), ("e", "i")), "latin"),
        Language("ad", "VSO", "after", "before", "before", "prefix", False, "first", 0.4, 0.8,
                 (("t", "c"), ("l", "j"), ("a", "y")), "latin"),
        Language("ae", "SVO", "before", "before", "before", "suffix", False, "first", 0.6, 0.8,
                 (("s", "x"), ("g", "k"), ("i", "e")), "greek"),
        Language("ag", "SOV", "after", "after", "after", "word", False, "in place", 0.1, 0.8,
                 (("m", "b"), ("r", "l"), ("o", "a")), "latin"),
    )
}  # fmt: skip
CODES = tuple(LANGUAGES)

# One Greek letter for each Latin one, so that no word of a Greek-script language shares a letter with the others.
_GREEK = str.maketrans("abcdefghijklmnoprstuvwxyz", "αβψδεφγηιξκλμνοπρστθυωχζς"[:25])
_ONSETS, _VOWELS, _CODAS = "ptkbdgmnlrsvz", "aeiou", ("", "", "", "n", "r", "s")
_SYLLABLES = {"function": (1, 2), "number": (2, 2), "affix": (1, 1)}
NAMED = ("name", "surname", "place", "house")  # groups of proper names, written with a capital


@dataclass(frozen=True)
class Lexicon:
    """Concept -> written form, and how each form came about: "identical", "shifted" or "unrelated"."""

    language: Language
    forms: dict[str, str]
    origin: dict[str, str]


def _new_form(draw: Draw, group: str) -> str:
    shortest, longest = _SYLLABLES.get(group, (2, 3))
    count = shortest + draw.below(longest - shortest + 1)
    if group == "affix":
        return draw.choice(_VOWELS) + draw.choice(_ONSETS)
    return "".join(draw.choice(_ONSETS) + draw.choice(_VOWELS) for _ in range(count)) + draw.choice(_CODAS)


def _shift(form: str, language: Language) -> str:
    for old, new in language.shifts:
        form = form.replace(old, new)
    return form


def _unused(draw: Draw, group: str, language: Language, taken: set[str]) -> str:
    while True:
        form = _shift(_new_form(draw, group), language)
        if form not in taken:
            return form


def _inherit(draw: Draw, language: Language, base: dict[str, str]) -> dict[str, str]:
    """Concept -> base form or shifted base form, for the stated share of every group of concepts."""
    out: dict[str, str] = {}
    for group, concepts in GROUPS.items():
        share = language.names if group in NAMED else language.cognates
        cognate = draw.sample(concepts, round(share * len(concepts)))
        for i, concept in enumerate(cognate):
            form = base[concept] if i % 2 == 0 else _shift(base[concept], language)
            out[concept] = base[concept] if form in out.values() else form
    return out


@lru_cache(maxsize=8)
def _spoken(seed: int) -> dict[str, dict[str, str]]:
    """Language -> concept -> form before script and capitals. No two words of the family are alike by chance."""
    base_draw = Draw("lexicon", seed, BASE.code)
    base: dict[str, str] = {}
    taken: set[str] = set()
    for group, concepts in GROUPS.items():
        for concept in concepts:
            base[concept] = _unused(base_draw, group, BASE, taken)
            taken.add(base[concept])
    spoken = {BASE.code: base}
    inherited = {}
    for language in LANGUAGES.values():
        if language is not BASE:
            inherited[language.code] = _inherit(Draw("cognates", seed, language.code), language, base)
            taken.update(inherited[language.code].values())
    for code, forms in inherited.items():
        draw = Draw("lexicon", seed, code)
        for group, concepts in GROUPS.items():
            for concept in concepts:
                if concept not in forms:
                    forms[concept] = _unused(draw, group, LANGUAGES[code], taken)
                    taken.add(forms[concept])
        spoken[code] = forms
    return spoken


@lru_cache(maxsize=64)
def lexicon(code: str, seed: int) -> Lexicon:
    """The lexicon of one language. The same seed gives the same words."""
    language, spoken, base = LANGUAGES[code], _spoken(seed)[code], _spoken(seed)[BASE.code]
    inherited = _inherit(Draw("cognates", seed, code), language, base) if language is not BASE else base
    forms, origin = {}, {}
    for group, concepts in GROUPS.items():
        for concept in concepts:
            form = spoken[concept].translate(_GREEK) if language.script == "greek" else spoken[concept]
            forms[concept] = form.capitalize() if group in NAMED else form
            kept = concept in inherited
            origin[concept] = ("identical" if spoken[concept] == base[concept] else "shifted") if kept else "unrelated"
    return Lexicon(language, forms, origin)
