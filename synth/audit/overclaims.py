"""A claim that says more than the sentence it rests on: a hedge that was dropped, a word that was made stronger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from synth.audit.fairness import only_not_better
from synth.audit.stated import Severity
from synth.records import Evidence, VerdictLabel
from synth.text import stem, words

__all__ = ["Overclaim", "overclaim"]

_TOPIC = 0.5  # share of the claim's content words that the sentence must hold to be about the same


class Overclaim(NamedTuple):
    """What the claim adds, and the sentence that does not say it."""

    what: str
    severity: Severity
    quote: Evidence


# Words of one strength: (what they say, how a claim says it, how a source may say it and be quoted truly).
_STRENGTHS: tuple[tuple[str, str, str], ...] = (
    ("always", r"always|in all cases|in every case|without exception|invariably",
     r"always|all|every|each|without exception|invariably|any"),
    ("never", r"never|in no case", r"never|no|none|not|neither"),
    ("all", r"(?:all|every) (?:(?:of the|[\w-]+) ){0,2}?(?:languages?|tasks?|data ?sets?|benchmarks?|models?|domains?|"
            r"settings?|methods?|baselines?|metrics?|patients?|systems?|cases?)",
     r"all|every|each|any|across|both|universal\w*|two|three|four|five|six|seven|eight|nine|ten|\d+"),
    ("proof", r"proves?|proven|guarantees?|guaranteed|conclusively|definitively|beyond doubt|establish(?:es)? that",
     r"proves?|proven|prove|guarantee\w*|conclusive\w*|definitive\w*|theorem|proof|establish\w*"),
    ("a cause", r"causes?|caused by|is due to|is the reason",
     r"caus\w+|due to|because|reason|effects? of|leads? to|led to|explain\w*|driv\w+"),
    ("significance", r"significantly",
     r"significan\w+|p ?[<=]|large\w*|strong\w*|substantial\w*|considerabl\w+|markedly"),
    ("size", r"dramatic(?:ally)?|massive(?:ly)?|huge(?:ly)?|drastic(?:ally)?|vast(?:ly)?|enormous(?:ly)?",
     r"dramatic\w*|massive\w*|huge\w*|drastic\w*|vast\w*|enormous\w*|strong\w*|large\w*|substantial\w*|"
     r"considerabl\w+|great\w*|marked\w*|significant\w*|wide margin"),
    ("consistency", r"consistently|reliably|robustly|uniformly",
     r"consistent\w*|reliabl\w+|robust\w*|uniform\w*|always|all|every|each|across"),
    ("the best", r"(?:the )?state[- ]of[- ]the[- ]art|the best (?:known|overall|possible)|outperforms all|"
                 r"surpasses all|unmatched|superior to all",
     r"state[- ]of[- ]the[- ]art|best|outperform\w* all|surpass\w* all|superior|top|highest|sota|new record"),
    ("completeness", r"completely|entirely|fully solves?|solves?|eliminates?|eradicates?",
     r"complete\w*|entire\w*|full\w*|solv\w+|eliminat\w+|eradicat\w+|all"),
)  # fmt: skip
_CLAIMED = tuple(re.compile(rf"(?<![\w-])(?:{claimed})(?![\w-])", re.I) for _, claimed, _ in _STRENGTHS)
_SAID = tuple(re.compile(rf"(?<![\w-])(?:{said})(?![\w-])", re.I) for _, _, said in _STRENGTHS)
_HEDGES = re.compile(
    r"\b(?:may|might|could|possibly|perhaps|suggests?|suggesting|seems?|appears? to|tends? to|potential(?:ly)?|"
    r"preliminary|in some (?:cases|settings|languages|tasks)|"
    r"not (?:always|consistently|necessarily|significant(?:ly)?)|"
    r"neither\b[^.]{0,160}\b(?:consistently|significant(?:ly)?)|sometimes|partial(?:ly)?|mixed|limited|moderate(?:ly)?|"
    r"slight(?:ly)?|marginal(?:ly)?|up to|under (?:some|certain) conditions|hypothesi[sz]e[sd]?|likely|small (?:sample|"
    r"number|gains?|improvements?)|inconclusive|trend towards?|for most|in most)\b",
    re.I,
)
_HEDGED_TOO = re.compile(
    r"\b(?:may|might|could|can|possibly|perhaps|suggests?|seems?|appears?|tends?|potential(?:ly)?|preliminary|some|most|"
    r"many|not|neither|sometimes|often|usually|partial(?:ly)?|mixed|limited|moderate(?:ly)?|slight(?:ly)?|"
    r"marginal(?:ly)?|up to|at most|likely|small|trend|whether|almost|nearly|hypothesi\w+|conditions?)\b",
    re.I,
)


def overclaim(claim: str, label: VerdictLabel, evidence: Sequence[Evidence]) -> Overclaim | None:
    """What the claim says beyond the evidence on the same topic; None where there is none or it says no more.

    The sentence that supports it is looked at, else the nearest; a source that says as much anywhere among the quotes
    clears it. A refuted claim is contradicted, which is worse and told elsewhere.
    """
    near = [e for e in evidence if _topic(claim, e.quote) >= _TOPIC]
    if label == "refuted" or not near:
        return None
    denied = next((e for e in near if e.stance != "supports" and only_not_better(claim, e.quote)), None)
    if denied is not None and label != "supported":
        return Overclaim("it says that one is better where the source says only that others are not", "medium", denied)
    supporting = [e for e in near if e.stance == "supports"] or near[:1]
    for (what, _, _), claimed, said in zip(_STRENGTHS, _CLAIMED, _SAID, strict=True):
        stated = claimed.search(claim)
        if stated and not any(said.search(e.quote) for e in near):
            return Overclaim(f"“{stated.group()}” ({what})", "medium", supporting[0])
    if _HEDGED_TOO.search(claim):
        return None
    hedged = [(e, found) for e in supporting if (found := _HEDGES.search(e.quote))]
    if hedged and len(hedged) == len(supporting):
        quote, found = hedged[0]
        if not _own_number(found.group(), claim):
            return Overclaim(f"the source's “{_short(found.group())}” is left out", "medium", quote)
    return None


def _own_number(hedge: str, claim: str) -> bool:
    """ "up to" before a number of another clause is no hedge of a claim that has no number."""
    return hedge.lower() == "up to" and not re.search(r"\d", claim)


def _short(hedge: str) -> str:
    found = hedge.split()
    return hedge if len(found) <= 4 else f"{found[0]} ... {found[-1]}"


def _topic(claim: str, quote: str) -> float:
    wanted = {stem(w) for w in words(claim) if len(w) > 3 or any(c.isdigit() for c in w)}
    there = {stem(w) for w in words(quote)}
    return len(wanted & there) / len(wanted) if wanted else 0.0
