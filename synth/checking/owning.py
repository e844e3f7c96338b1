"""Which words of a sentence belong to which of its figures.

The words of a figure ("A reaches 81.2 and B 79.9": "A" and "B") come from the stretch that conjunctions, commas and
the neighbouring figures leave to it; lists with "respectively" are dealt out; what stands apart ("On XNLI, ...")
belongs to all figures of the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from synth.checking.figure import Figure
from synth.checking.tokens import VERB, Token

__all__ = ["Owned", "owned_by"]


class Owned(NamedTuple):
    """A figure with the tokens that are its own, and those it shares with the other figures of its sentence."""

    figure: Figure
    near: tuple[Token, ...]
    shared: tuple[Token, ...]
    sentence: tuple[int, int]
    spans: tuple[tuple[int, int], ...]


_SATELLITE = ("interval", "confidence", "spread", "p")
_STRONG = re.compile(
    r",?\s(?:while|whereas|but|versus|vs\.?|than|compared\s(?:to|with)|against|as\sopposed\sto|although)\s|;\s|"
    r",\s(?:and|or)\s(?!$)|,\s(?:compared\s(?:to|with)|respectively|while|with)\s?"
)
_WEAK = re.compile(r"\s(?:and|or)(?:\s|$)|,\s")
_FAINT = re.compile(r":\s|\)\s?|\s?/\s?")
_PREPOSITION = re.compile(
    r"\W*(?:(?:absolute|relative|points?|percent|BLEU|F1|accuracy|improvement|gain|increase|drop|reduction|higher|lower|"
    r"better|worse|in\s\w+)\W+)*(?:on|for|in|with|of|at|over|among|from|using|when|by|per|across|under)\b"
)
_CHUNK = re.compile(r",\s|:\s|\bthat\s|—|\s–\s")
_PURE = re.compile(
    r"\s?%?\s?(?:,\s?(?:and\s|or\s)?|\s(?:and|or)\s|/|\s&\s)(?:\$\s?|about\s|around\s|by\s|to\s|nearly\s|over\s)?\(?"
)


def owned_by(text: str, left: int, right: int, found: Sequence[Figure], tokens: Sequence[Token]) -> list[Owned]:
    """The figures of one sentence with their tokens."""
    inside = [t for t in tokens if left <= t.start < right]
    main = _mains(text, found)
    spans: list[list[tuple[int, int]]] = []
    if main:
        befores, afters = _stretches(text, left, right, main)
        spans = [[b, a] for b, a in zip(befores, afters, strict=True)]
        for first, last in _runs(text, main):
            stop = main[last + 1].start if last + 1 < len(main) else right
            dealt = _dealt(text, left, stop, main[first : last + 1], inside)
            for k in range(first, last + 1):
                spans[k] = [dealt[k - first]] if dealt else [befores[first], afters[last]]
    owned: list[Owned] = []
    against = _against(text, left, right)
    own = [
        tuple(
            t
            for t in inside
            if _outside(t, f, against)
            and any(a <= t.start < b for a, b in span)
            and not (f.start <= t.start < f.end and t.kind == "word")
        )
        for f, span in zip(main, spans, strict=True)
    ]
    every = {t for group in own for t in group}
    shared = tuple(t for t in inside if t not in every and not any(a <= t.start < b for a, b in against))
    sentence = (left, right)
    for figure, near, span in zip(main, own, spans, strict=True):
        owned.append(Owned(figure, near, shared, sentence, tuple(span)))
    for figure in found:
        if figure not in main:
            host = _host(figure, owned)
            near, rest, span = (host.near, host.shared, list(host.spans)) if host else ((), tuple(inside), [])
            owned.append(Owned(figure, near, rest, sentence, tuple(span)))
    return owned


def _outside(token: Token, figure: Figure, against: Sequence[tuple[int, int]]) -> bool:
    """Whether the token is no baseline. A change keeps its baseline, which tells one change from another; so does a
    figure that itself follows "than"."""
    return figure.part in ("change", "open") or not any(
        a <= token.start < b and not a <= figure.start < b for a, b in against
    )


# What follows is what the figure is compared with, not what it is of.
_AGAINST = re.compile(
    r"\b(?:than|compared\s(?:to|with)|relative\sto|versus|vs\.?|against|over(?=\s(?:the|a|an|our|its|their|all|[A-Z]))|"
    r"out-?perform\w*|surpass\w*|exceed\w*|beat\w*|unlike)\s",
    re.I,
)
_AGAINST_END = re.compile(
    r"[,;)]|\s(?:by|on|in|for|with|at|reach\w*|achiev\w*|and\s(?=\w+s\s)|which|while|when|from|to)\s"
)


def _against(text: str, left: int, right: int) -> list[tuple[int, int]]:
    spans = []
    for match in _AGAINST.finditer(text, left, right):
        stop = _AGAINST_END.search(text, match.end(), right)
        spans.append((match.end(), stop.start() if stop else right))
    return spans


def _host(figure: Figure, owned: Sequence[Owned]) -> Owned | None:
    """The main figure a satellite goes with: the one around it, else the nearest before, else the first."""
    before = [o for o in owned if o.figure.start <= figure.start and o.spans]
    return before[-1] if before else owned[0] if owned else None


def _mains(text: str, found: Sequence[Figure]) -> list[Figure]:
    """The figures with words of their own: no intervals, no terms, no second number in brackets ("83.1 (+3.5)")."""
    mains: list[Figure] = []
    for figure in found:
        if figure.part in _SATELLITE or figure.inner:
            continue
        bracketed = mains and re.fullmatch(r"\s?[(\[]\s?", text[mains[-1].end : figure.start])
        if bracketed and text[figure.end : figure.end + 1] in (")", "]"):
            continue
        mains.append(figure)
    return mains


def _stretches(
    text: str, left: int, right: int, main: Sequence[Figure]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """For each figure the stretch before and the stretch after it that are its own."""
    befores = [(left, main[0].start)]
    afters: list[tuple[int, int]] = []
    for one, two in pairwise(main):
        cut = _cut(text, one.end, max(one.end, two.start))
        if cut is None:
            gap = (one.end, max(one.end, two.start))
            belongs = _PREPOSITION.match(text, one.end)
            afters.append(gap)
            befores.append((gap[1], gap[1]) if belongs else gap)
        else:
            afters.append((one.end, cut[0]))
            befores.append((cut[1], two.start))
    afters.append((main[-1].end, right))
    befores[0] = (_first(text, left, main, befores), main[0].start)
    return befores, afters


def _cut(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the words between two figures part: at the last strong sign, else the last weak or faint one."""
    for sign in (_STRONG, _WEAK, _FAINT):
        matches = list(sign.finditer(text, start, end))
        if matches:
            return matches[-1].span()
    return None


def _first(text: str, left: int, main: Sequence[Figure], befores: Sequence[tuple[int, int]]) -> int:
    """Where the words of the first figure begin: after the last comma, and after the verb where the next figure
    repeats the form without one ("an accuracy of 81 and an F1 of 79")."""
    start = left
    for match in _CHUNK.finditer(text, left, main[0].start):
        if re.search(r"\w", text[match.end() : main[0].start]):
            start = match.end()
    if len(main) > 1:
        a, b = befores[1]
        if re.search(r"\w", text[a:b]) and not VERB.search(text, a, b):
            verbs = list(VERB.finditer(text, start, main[0].start))
            if verbs and re.search(
                r"[A-Za-z]{3}",
                re.sub(r"\b(?:an?|the|by|of|to|at|only|about)\b", "", text[verbs[-1].end() : main[0].start]),
            ):
                start = verbs[-1].end()
    return start


def _runs(text: str, main: Sequence[Figure]) -> list[tuple[int, int]]:
    """Stretches of figures with nothing but commas and "and" between them."""
    runs, first = [], 0
    for i in range(1, len(main) + 1):
        pure = (
            i < len(main)
            and main[i - 1].unit in (None, main[i].unit)
            and _PURE.fullmatch(text, main[i - 1].end, max(main[i - 1].end, main[i].start))
        )
        if not pure:
            if i - 1 > first:
                runs.append((first, i - 1))
            first = i
    return runs


_ITEMS = re.compile(r"\s*,\s(?:and\s|or\s)?|\s(?:and|or)\s|\s?/\s|,\s?")
_RESPECTIVELY = re.compile(r",?\s?\(?respectively", re.I)
_LEAD = re.compile(
    r"\W*(?:[\w%-]+\s){0,4}?(?:on|for|in|with|of|by|at|over|to|from|among|between|using)\s(?:the\s|both\s)?", re.I
)


def _dealt_names(text: str, left: int, run: Sequence[Figure], tokens: Sequence[Token]) -> list[tuple[int, int]] | None:
    """The one list of as many names before the figures ("on XNLI and MLQA it scores 80 and 70"), dealt out in order."""
    before = [t for t in tokens if left <= t.start and t.end <= run[0].start and t.kind in _NAME_KINDS]
    lists: list[list[tuple[int, int]]] = []
    for token in before:
        last = lists[-1][-1] if lists else None
        between = text[last[1] : token.start] if last else ""
        if last and _ITEMS.fullmatch(between):
            lists[-1].append((token.start, token.end))
        elif last and between.strip() == "":
            lists[-1][-1] = (last[0], token.end)
        else:
            lists.append([(token.start, token.end)])
    fit = [items for items in lists if len(items) == len(run)]
    return fit[0] if len(fit) == 1 and sum(len(items) > 1 for items in lists) == 1 else None


_NAME_KINDS = ("dataset", "model", "language", "name", "proper")


_REACHING = re.compile(r"(?:with|\w{3,}ing)\s", re.I)


def _dealt(
    text: str, left: int, right: int, run: Sequence[Figure], tokens: Sequence[Token]
) -> list[tuple[int, int]] | None:
    """The items that a list of figures is dealt out to, in order; None where no list of that length stands there."""
    said = _RESPECTIVELY.search(text, run[-1].end, right)
    stop = said.start() if said else right
    lead = _LEAD.match(text, run[-1].end, stop)
    if lead:
        items = _split_items(text, lead.end(), stop)
        if said and len(items) > len(run):
            return items[-len(run) :]
        if len(items) == len(run) or (len(items) > len(run) and _closed(text, items, len(run))):
            return items[: len(run)]
    if not said:
        return _dealt_names(text, left, run, tokens)
    before = _split_items(text, left, run[0].start)
    if len(before) > len(run) and _REACHING.match(text, *before[-1]):
        before.pop()  # "on A and B, reaching accuracies of 81 and 79, respectively"
    if len(before) < len(run):
        return None
    chosen = before[-len(run) :]
    start, end = chosen[-1]
    verb = VERB.search(text, start, end)
    if verb and verb.start() > start:
        chosen[-1] = (start, verb.start())
    return chosen


def _closed(text: str, items: Sequence[tuple[int, int]], count: int) -> bool:
    """Whether the list ends after `count` items: "and" stands before the last of them and nowhere earlier."""
    joints = [text[one[1] : two[0]] for one, two in pairwise(items)]
    return "and" in joints[count - 2] and not any("and" in joint for joint in joints[: count - 2])


def _split_items(text: str, start: int, end: int) -> list[tuple[int, int]]:
    items, at = [], start
    for match in _ITEMS.finditer(text, start, end):
        items.append((at, match.start()))
        at = match.end()
    items.append((at, end))
    return [(a, b) for a, b in items if re.search(r"\w", text[a:b])]
