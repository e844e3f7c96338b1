"""Whether a word of a sentence is asserted outright, only held possible, or not asserted at all."""

from __future__ import annotations

import re
from typing import Literal

__all__ = ["Force", "force", "main_clause"]

Force = Literal["asserted", "possible", "open"]

# What makes the words after it a question, a wish, a condition or another's view: nothing is claimed of them.
_OPEN = re.compile(
    r"\b(?:whether|if|how|why|when|whenever|where|to which|in which|"
    r"unless|until|aim(?:s|ed|ing)?|goals?|objectives?|purposes?|in order|"
    r"so as|hypothes\w+|"
    r"attempt(?:s|ed|ing)?|try|tries|tried|trying|seeks?|sought|seeking|intend(?:s|ed)?|intention|would|should|"
    r"must|wants?|"
    r"needs?|desir\w+|wish|ought|suppose\w*|assum\w+|question(?:s)?|explor\w+|investigat\w+|stud(?:y|"
    r"ied) (?:the|of|how)|"
    r"examin\w+|expect(?:s|ed)?|motivat\w+|challeng\w+|future|believ\w+|conjecture\w*|designed|propos\w+ to|"
    r"hop(?:e|ing)|"
    r"effort|opportunit\w+|way to|ways to|methods? (?:to|for|of)|approach(?:es)? (?:to|for|of)|"
    r"techniques? (?:to|for|of)|"
    r"mechanisms? (?:to|for|of)|focus\w*|task of|problem of|towards?|require[sd]? (?:to|for)|instead of|"
    r"rather than|not only|"
    r"without|unlike|likely|unlikely|previously|compare[sd]?\sthe)\b",
    re.I,
)
_MAYBE = re.compile(
    r"\b(?:can|could|may|might|potential(?:ly)?|possib\w+|sometimes|occasionally|tends?|often|usually|typically|"
    r"generally|"
    r"some|several|many|certain|a few|various|capable|able|either|suggest\w*|seems?|appears?|perhaps|in part|"
    r"partly|cases)\b",
    re.I,
)
_BOUNDARY = re.compile(r";|,\s(?:and|but|while|whereas|which|with|thus|thereby|so)\s|\b(?:but|whereas|showing|"
                       r"show(?:s|ed)?|"
                       r"demonstrat\w+|found|find|finds|reveal\w*|observ\w+|indicat\w+|"
                       r"confirm\w*)\b(?:\sthat)?", re.I)  # fmt: skip
_INFINITIVE = re.compile(r"\b[Tt]o(?:\s\w+ly|\sfurther|\salso)?\s$|^To\s[^,]*$")
_IMPLIED = re.compile(
    r"\b(?:shown|found|able|helps?|helped|known|demonstrated|observed|proven|proved|verified|reported|leads?|seen|"
    r"manages?|managed|serves?|continues?|used|enables? \w+|allows? \w+)\sto(?:\s\w+ly|\sfurther)?\s$"
)
_NEGATED = re.compile(
    r"(?:\b(?:not|no|never|cannot|hardly|barely|neither|nor|rarely|little|without|lacks?|fail(?:s|ed)? to|none|"
    r"nothing)\b|"
    r"n['’]t\b)[^,;.]{0,40}$", re.I,
)  # fmt: skip


def force(sentence: str, at: int) -> Force:
    """How far the word at `at` is asserted: "open" in questions, aims, conditions and under a negation."""
    before = sentence[:at]
    left = max((m.end() for m in _BOUNDARY.finditer(before)), default=0)
    local = before[left:]
    if _NEGATED.search(local) or sentence.rstrip().endswith("?"):
        return "open"
    if _INFINITIVE.search(local) and not _IMPLIED.search(local):
        return "open"
    if _OPEN.search(local):
        return "open"
    return "possible" if _MAYBE.search(local) else "asserted"


# --- the main clause ---------------------------------------------------------------------------------

_LEAD = re.compile(
    r"(?:(?:However|Moreover|Furthermore|In addition|Additionally|Finally|Overall|Therefore|Thus|Hence|Specifically|"
    r"Consequently|As a result|In particular|In general|Interestingly|Surprisingly|Notably|Indeed|In contrast|"
    r"In this (?:paper|work|article|study)|Experimentally|Empirically|Recently|Currently|Similarly|Nevertheless),\s)?"
    r"(?:(?:[^,.;]{0,60}\b(?:we|results?|experiments?|findings?|analys[ie]s|evaluations?|study|studies|"
    r"simulations?)\s"
    r"(?:\w+ly\s|also\s|further\s)?(?:show|shows|showed|demonstrate|demonstrates|demonstrated|find|found|reveal|"
    r"reveals|"
    r"revealed|indicate|indicates|indicated|confirm|confirms|prove|observe|observed|conclude|report|note|"
    r"see)\sthat\s))?",
    re.I,
)
_SUBORDINATE = re.compile(
    r"[,;:()]|\b(?:that|which|who|whom|whose|where|when|while|whereas|if|whether|because|since|although|though|"
    r"as|how|what|"
    r"why|unless|until|after|before|once|than|not|no|never|neither|nor|only|to)\b", re.I,
)  # fmt: skip
_QUANTIFIED = re.compile(r"^(?:all|every|each|both|some|several|many|most|a few|few|none|no|any|another|certain|"
                         r"various|"
                         r"not|one|either|neither|there|this is|here)\b", re.I)  # fmt: skip


def main_clause(sentence: str) -> int:
    """Where the subject of the clause that makes the statement begins, past "However," and "We show that"."""
    match = _LEAD.match(sentence)
    return match.end() if match else 0


def plain_subject(sentence: str, start: int, end: int) -> bool:
    """Whether sentence[start:end] is a simple subject: no clause in it, and no quantifier that a "not" would bind."""
    subject = sentence[start:end].strip()
    words = subject.split()
    return (
        1 <= len(words) <= 12
        and not re.search(r"\b(?:and|or|of|for)$", subject)
        and not _SUBORDINATE.search(subject)
        and not _QUANTIFIED.match(subject)
    )
