"""Quantifiers changed, and claims made stronger than the authors make them."""

from __future__ import annotations

import re

from synth.edits.assertion import force
from synth.edits.edit import Edit, made, ordered
from synth.edits.inflect import BASES

__all__ = ["overclaims", "quantifiers"]

_QUANTIFIERS: tuple[tuple[str, str, str], ...] = (
    # word, what replaces it, stance of the original
    (r"[Aa]ll of the", "none of the", "refutes"), (r"[Nn]one of the", "all of the", "refutes"),
    (r"[Mm]ost of the(?= \w+s\b)", "few of the", "refutes"), (r"[Ff]ew of the", "most of the", "refutes"),
    (r"[Aa] majority of", "a small minority of", "refutes"),
    (r"[Tt]he majority of", "a small minority of", "refutes"),
    (r"[Aa] minority of", "a large majority of", "refutes"), (r"always(?! been)", "never", "refutes"),
    (r"never(?! been)", "always", "refutes"), (r"rarely", "very often", "refutes"),
    (r"seldom", "very often", "refutes"),
    (r"(?<!more )(?<!most )(?<!how )(?<!less )often", "rarely", "refutes"),
    (r"(?<!more )(?<!most )(?<!less )frequently(?! used| occur)", "rarely", "refutes"),
    (r"usually", "rarely", "refutes"),
    (r"(?<!the )(?<!these )(?<!those )(?<!how )(?<!so )(?<!as )(?<!too )[Mm]any(?= \w+s\b)(?! of)", "very few",
     "refutes"), (r"consistently", "only occasionally", "refutes"),
    (r"in all cases", "in none of the cases", "refutes"), (r"in most cases", "in few cases", "refutes"),
    (r"in many cases", "in all cases", "neutral"), (r"in some cases", "in all cases", "neutral"),
    (r"sometimes", "always", "neutral"), (r"occasionally", "always", "neutral"),
    (r"[Ss]ome of the", "all of the", "neutral"),
    (r"[Mm]ost(?= of the \w+s\b)", "all", "neutral"), (r"almost all", "only a few", "refutes"),
    (r"nearly all", "only a few", "refutes"),
    (r"mostly", "rarely", "refutes"), (r"partially", "fully", "neutral"),
    (r"partly", "entirely", "neutral"),
    (r"fully(?! connected| convolutional| automat| support)", "only partly", "refutes"),
    (r"completely", "only partly", "refutes"), (r"slightly", "dramatically", "refutes"),
    (r"marginally", "dramatically", "refutes"),
    (r"significantly(?= (?:better|worse|higher|lower|faster|improv|outperform|reduc|increas|decreas))",
     "only marginally", "neutral"),
    (r"substantially(?= (?:better|worse|higher|lower|faster|improv|outperform|reduc|increas|decreas))",
     "only marginally", "refutes"),
    (r"[Aa] wide range of", "a narrow set of", "refutes"), (r"[Aa] large number of", "a handful of", "refutes"),
    (r"[Aa] small number of", "a very large number of", "refutes"),
    (r"(?<!name )only a few", "a great many", "refutes"),
)  # fmt: skip
_QUANTIFIER = re.compile("|".join(f"(?P<q{i}>(?<![\\w-]){p}(?![\\w-]))" for i, (p, _, _) in enumerate(_QUANTIFIERS)))
_ALL = re.compile(r"\b(All|all)\s(?=(?:the\s)?(?:(?!two|three|four|five|six|\d)\w+\s){0,2}?(?:datasets|tasks|"
                  r"languages|models|metrics|settings|experiments|"
                  r"baselines|methods|systems|domains|cases|participants|subjects|benchmarks|instances|"
                  r"conditions)\b)")  # fmt: skip


def quantifiers(sentence: str, seed: int) -> list[Edit]:
    """How many or how often, changed beyond what the sentence allows: all to none, most to few, often to rarely."""
    edits = []
    for match in ordered(_QUANTIFIER.finditer(sentence), sentence, "quantifier", seed):
        index = next(i for i in range(len(_QUANTIFIERS)) if match[f"q{i}"])
        _, new, stance = _QUANTIFIERS[index]
        how = force(sentence, match.start())
        if (
            how == "open"
            or re.match(r"\s(?:\w+\s)?(?:not|only)\b", sentence[match.end() :])
            or sentence.count(match.group()) > 1
            or re.match(r"\s(?:\w+\s)?(?:two|three|four|\d)\b", sentence[match.end() :])
        ):
            continue
        if match.group()[0].isupper():
            new = new[0].upper() + new[1:]
        edits.append(
            made(
                sentence,
                "quantifier",
                "refutes" if stance == "refutes" else "neutral",
                [(match.start(), match.end(), new)],
            )
        )
    for match in _ALL.finditer(sentence):
        if force(sentence, match.start()) == "open" or re.search(r"\b(?:not|of|for)\s$", sentence[: match.start()]):
            continue
        the = re.match(r"the\s", sentence[match.end() :])
        new = ("None of " if match[1] == "All" else "none of ") + ("" if the else "the ")
        if match[1] == "all":
            new = "only a few of " + ("" if the else "the ")
        edits.append(made(sentence, "quantifier", "refutes", [(match.start(), match.end(), new)]))
    return [e for e in edits if e is not None]


# --- claims made too strong --------------------------------------------------------------------------

_MODAL = re.compile(r"\b(?P<subject>[\w)-]+)\s(?P<modal>may|might|could|can)\s(?P<adv>(?:also|further|"
                    r"significantly|potentially|"
                    r"sometimes|effectively|substantially)\s)?(?P<verb>[a-z]+)\b(?!\sbe\b)")  # fmt: skip
_MODAL_BE = re.compile(r"\b(?:may|might|could)\s(?:potentially\s)?be\b(?!\s(?:able|possible|used|due|applied))")
_CAUSAL = re.compile(r"\b(?P<be>is|are|was|were)\s(?P<adv>(?:strongly|significantly|closely|positively|"
                     r"independently)\s)?"
                     r"(?:associated|correlated|linked|related)\s(?:with|to)\b(?=\s(?:an?\s|the\s)?(?:increas|"
                     r"decreas|higher|lower|"
                     r"reduc|greater|poor|better|worse|risk|develop|elevated|improv|loss|early|severe))")  # fmt: skip
_SOFT = (
    (re.compile(r"\b(results|findings|experiments|data|analyses|observations|"
                r"studies) suggest that\b"), r"\1 prove that"),
    (re.compile(r"\bsuggests that\b"), "proves that"), (re.compile(r"\bsuggested that\b"), "proved that"),
    (re.compile(r"\bcomparable to\b"), "far better than"), (re.compile(r"\bcompetitive with\b"), "far better than"),
    (re.compile(r"\bon par with\b"), "far better than"),
    (re.compile(r"\bpromising\b(?= (?:results|performance))"), "perfect"),
    (re.compile(r"\b(?<!more )(?<!less )(?<!most )(?<!as )(?<!equally )likely (?=to\b)"), "certain "),
    (re.compile(r"\bnear-optimal\b"), "optimal"),
    (re.compile(r"\bnearly optimal\b"), "optimal"),
    (re.compile(r"\btends? to (?=(?:be|have|perform|improve|increase|produce)\b)"), "will always "),
)  # fmt: skip


def overclaims(sentence: str, seed: int) -> list[Edit]:
    """What the authors hold possible or partly true, stated outright; an association stated as a cause."""
    edits: list[Edit | None] = []
    for match in _MODAL.finditer(sentence):
        if match["verb"] in BASES and not _not_for_overclaim(sentence, match.start()):
            always = ordered(("will always", "will in all cases", "invariably will"), sentence, "always", seed)[0]
            edits.append(
                made(
                    sentence,
                    "overclaim",
                    "neutral",
                    [(match.start("modal"), match.end("verb"), f"{always} {match['verb']}")],
                )
            )
    for match in _MODAL_BE.finditer(sentence):
        if not _not_for_overclaim(sentence, match.start()):
            edits.append(made(sentence, "overclaim", "neutral", [(match.start(), match.end(), "will always be")]))
    for match in _CAUSAL.finditer(sentence):
        if not _not_for_overclaim(sentence, match.start()) and not re.search(
            r"\b(?:that|which|and|or)\s$", sentence[: match.start()]
        ):
            new = {
                "is": "is the cause of",
                "are": "are the cause of",
                "was": "was the cause of",
                "were": "were the cause of",
            }[match["be"]]
            edits.append(made(sentence, "overclaim", "neutral", [(match.start(), match.end(), new)]))
    for pattern, replacement in _SOFT:
        for match in pattern.finditer(sentence):
            if _not_for_overclaim(sentence, match.start()):
                continue
            edits.append(
                made(sentence, "overclaim", "neutral", [(match.start(), match.end(), match.expand(replacement))])
            )
    return ordered([e for e in edits if e is not None], sentence, "overclaim", seed)


def _not_for_overclaim(sentence: str, at: int) -> bool:
    return bool(re.search(r"\b(?:if|whether|how|not|no|when|where|which|so)\b[^,;]{0,60}$", sentence[:at], re.I))
