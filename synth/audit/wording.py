"""What the words of a claim show without any paper: that its end is missing, that it says several things at once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from synth.lists import parts
from synth.quantities import Mention, mentions
from synth.text import words

__all__ = ["complete", "cut", "listed", "pieces"]

_ENDED = re.compile(r"[.!?。！？।۔؟][\"'”’»)\]]*(?:\s?\[\d+(?:[,–-]\s?\d+)*\])*$")
_TRAILING = re.compile(r"(?:…|\.\.\.)[\"'”’]?$")
_LIMIT_SHORTEST = 60  # a shorter line without a full stop is a heading's style, not a limit's work
_LONGEST = 2_000  # characters of a claim that is looked into; a longer one is no sentence
_NEAR_LIMIT = 3  # characters by which cut claims of one limit differ: a trailing space is dropped
_USUAL_LIMITS = (80, 100, 120, 128, 140, 150, 160, 180, 200, 240, 250, 256, 280, 300, 400, 500, 512, 1000, 1024)
# Words after which an English sentence never ends.
_OPEN = re.compile(
    r"(?:[,;:(\[{–—-]|\b(?:the|an?|of|and|or|nor|with|without|from|into|than|that|which|whose|while|whereas|because|"
    r"between|by|for|as|at|its|their|our|is|are|was|were|be|has|have|using|via|towards?|upon|per|versus|vs\.?|e\.g\.|"
    r"i\.e\.)|\([ivx]+\)?)$",
    re.I,
)


def cut(texts: Sequence[str]) -> tuple[bool, ...]:
    """Which of a report's claims end before their sentence does.

    An ellipsis, an open bracket or a word that cannot end a sentence is enough. Else the full stop must be missing in
    a report that sets full stops, in a claim of at least 60 characters, or two claims must end at one length without.
    """
    stripped = [text.rstrip() for text in texts]
    open_ended = [not _ENDED.search(text) for text in stripped]
    closed = len(texts) - sum(open_ended)
    limits = _limits([len(t) for t, is_open in zip(stripped, open_ended, strict=True) if is_open])
    return tuple(
        bool(text) and (_dangling(text) or (is_open and _at_limit(len(text), limits, closed, len(texts))))
        for text, is_open in zip(stripped, open_ended, strict=True)
    )


def _limits(lengths: Sequence[int]) -> frozenset[int]:
    """Lengths at which at least two claims without a full stop end, within the characters that a limit leaves."""
    count: dict[int, int] = {}
    for length in lengths:
        for near in range(length, length + _NEAR_LIMIT + 1):
            count[near] = count.get(near, 0) + 1
    return frozenset(near for near, n in count.items() if n > 1)


def _at_limit(length: int, limits: frozenset[int], closed: int, total: int) -> bool:
    if length < _LIMIT_SHORTEST:
        return False
    usual = any(limit - 2 <= length <= limit + 1 for limit in _USUAL_LIMITS)
    return 3 * closed >= total or (length in limits and usual) or (usual and closed > 0)


_POINTS = re.compile(r"(\d)\s(?:p|po|poi|poin|points?)$")


def _dangling(text: str) -> bool:
    if _TRAILING.search(text):
        return True
    if _ENDED.search(text):
        return False
    opened = any(text.count(a) > text.count(b) and len(text) >= _LIMIT_SHORTEST for a, b in ("()", "[]", "“”"))
    alone = re.search(r"\s[b-df-z]$", text) is not None and len(text) >= _LIMIT_SHORTEST
    return bool(_OPEN.search(text)) or opened or alone


def complete(text: str, is_cut: bool) -> str:
    """The claim as it can be judged: of a cut one the broken word and what only led up to it are left out."""
    clean = " ".join(text.split())
    if not is_cut:
        return clean
    clean = _POINTS.sub(r"\1 points", _TRAILING.sub("", clean).rstrip())
    if clean.endswith(" points"):
        return clean + "."
    last = re.search(r"\s+\S*$", clean)
    if last and not re.search(r"\d[\d.,]*%?$", clean):
        clean = clean[: last.start()]
    for _ in range(4):
        shorter = _OPEN.sub("", clean).rstrip(" ,;:(")
        if shorter == clean:
            break
        clean = shorter
    bracket = clean.rfind("(")
    if bracket > clean.rfind(")") and len(words(clean[:bracket])) >= 4:
        clean = clean[:bracket].rstrip(" ,;:")
    return clean + "." if clean else clean


# --- several things at once --------------------------------------------------------------------------------

_CONTRAST = re.compile(r"(?:,|;)\s(?:whereas|while|but|although|though|however,?)\s|;\s(?=\S+\s\S+)|\swhereas\s")
_NUMBERED = re.compile(r"\((?:i{1,3}|iv|v|[1-5]|[a-e])\)\s")
_VERBAL = re.compile(
    r"\b(?:is|are|was|were|has|have|had|does|do|did|can|could|may|might|will|would|shows?|yields?|improves?|gains?|"
    r"outperforms?|reaches|achieves?|performs?|drops?|falls?|rises?|increases?|decreases?|reduces?|contains?|remains?|"
    r"fails?|helps?|hurts?|leads?|\w{3,}ed)\b"
)
_BESIDE = re.compile(
    r"\bfrom\s(?:[^.;]|\.\d){0,40}$|\b(?:over|than|against|versus|vs\.?|compared\s(?:to|with)|instead\sof|up\sfrom|down\sfrom|"
    r"baselines?(?:'s|\sof)?|between|±|\+/-|out\sof)\s(?:[^.;]|\.\d){0,40}$",
    re.I,
)


def pieces(text: str) -> tuple[str, ...]:
    """The statements of a compound claim, each for itself; empty where the claim says one thing.

    Compound are lists of numbers with what they belong to, clauses set against each other, numbered members, and
    several results that are not ends of one comparison ("from 3 to 5", "85 against 80"). Where the members cannot
    surely be parted, the whole is given for each result.
    """
    if len(text) > _LONGEST:
        return ()
    members = parts(text)
    if len(members) > 1:
        return tuple(part.text for part in members)
    clauses = _clauses(text)
    if len(clauses) > 1:
        return clauses
    if len(_NUMBERED.findall(text)) > 1:
        told = [piece.strip(" ,;.") for piece in _NUMBERED.split(text)[1:]]
        return tuple(f"{one[:1].upper()}{one[1:]}." for one in told if len(words(one)) > 1)
    apart = _results(text)
    return tuple(text for _ in apart) if len(apart) > 1 else ()


def listed(text: str) -> bool:
    """Whether the claim lists numbers with what they belong to: each piece is whole even where the end is not."""
    return len(parts(text)) > 1


def _clauses(text: str) -> tuple[str, ...]:
    """Main clauses on both sides of a contrast, each with a verb and at least three words."""
    found = [piece.strip(" ,;.") for piece in _CONTRAST.split(text)]
    whole = all(len(words(piece)) >= 3 and _VERBAL.search(piece) for piece in found)
    return tuple(piece[:1].upper() + piece[1:] + "." for piece in found) if whole and len(found) > 1 else ()


def _results(text: str) -> list[Mention]:
    """Results of different values, those left out that only say what another is compared with."""
    found: list[Mention] = []
    for mention in mentions(text):
        if mention.unit not in ("%", "points", "x") and mention.precision >= 1:
            continue
        if _BESIDE.search(text[: mention.start]) and found:
            continue
        if mention.value not in {m.value for m in found}:
            found.append(mention)
    return found
