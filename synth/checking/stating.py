"""The checks of a claim's numbers: stated, stated otherwise, computed, or not there; and of its labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from synth.checking.aligning import answer, candidates
from synth.checking.amounts import noun, one_kind
from synth.checking.arithmetic import worked
from synth.checking.figure import Figure
from synth.checking.forms import WORD_VALUES
from synth.checking.owning import Owned
from synth.checking.reading import Reading, read
from synth.checking.settings import aimed, statistic, statistic_check
from synth.checking.turning import lower_is_better
from synth.records import Check, CheckKind, CheckOutcome

__all__ = ["label_checks", "made", "number"]


def made(kind: CheckKind, claimed: str, found: str | None, outcome: CheckOutcome) -> Check:
    """A check of these fields."""
    return Check(kind=kind, claimed=claimed, found=found, outcome=outcome)


def number(owned: Owned, claim: Reading, passage: Reading, *, turned_round: bool) -> Iterator[Check]:
    """The checks of one number. `turned_round`: the texts say the same from two sides ("A over B", "B under A")."""
    figure = owned.figure
    if figure.inner:
        return
    alone = sum(one_kind(figure, o.figure) for o in claim.owned if not o.figure.inner) == 1
    among = candidates(owned, passage)
    found = answer(owned, alone, claim, among)
    if found.outcome in ("missing", "other", "open"):
        computed = worked(owned, claim, passage)
        if computed is not None and (computed.agrees or found.outcome != "open"):
            yield made("arithmetic", figure.text, computed.told, "match" if computed.agrees else "mismatch")
            return
    if found.outcome == "missing" and (part := _in_a_phrase(figure, claim.text, passage)) is not None:
        yield made("number", figure.text, part, "match")
        return
    if found.outcome == "missing" and (label := _as_label(figure, passage)) is not None:
        yield made("number", figure.text, label.text, "match")
        return
    if found.outcome in ("missing", "open") or found.owned is None:
        yield made("number", figure.text, None, "missing")
        return
    other = found.owned
    scopes = list(aimed(owned, other, alone))
    if found.outcome == "other" and scopes:
        yield made("number", figure.text, None, "missing")
        yield from scopes
        return
    if found.outcome in ("other", "elsewhere"):
        yield made("number", figure.text, other.figure.text, "mismatch")
        return
    yield from _stated(owned, other, scopes, claim, passage, unclear=found.outcome == "unclear")
    if not turned_round:
        yield from _directed(owned, other)


def _stated(
    owned: Owned, other: Owned, scopes: list[Check], claim: Reading, passage: Reading, *, unclear: bool
) -> Iterator[Check]:
    """The checks of a number that stands in the passage as `other`."""
    figure = owned.figure
    yield made("number", figure.text, other.figure.text, "match")
    yield from scopes
    if unclear:
        yield made("scope", f"{figure.text}: {_of(owned)}", None, "missing")
    yield from _sided(owned, other)
    if statistic(claim.text, owned) == "mean" and statistic(passage.text, other) is None:
        computed = worked(owned, claim, passage)
        if computed is not None and computed.agrees:
            yield made("arithmetic", figure.text, computed.told, "match")
    told = statistic_check(owned, claim, other, passage)
    if told is not None:
        yield told


_TIMES = ("year", "year-old", "month", "month-old", "week", "day", "hour", "minute", "min")


def _as_label(figure: Figure, passage: Reading) -> Figure | None:
    """A duration that the passage writes as a label: "55 years" in "65- and 55-year-old participants"."""
    if figure.dimension != "time":
        return None
    unit = figure.text.split()[-1].lower().rstrip("s") if " " in figure.text else ""
    for label in passage.labels:
        if label.unit in _TIMES and label.unit.startswith(unit[:3]) and label.value * figure.factor == figure.value:
            return label
    return None


_PHRASE = re.compile(r"(?:[\s-]+(?!(?:of|in|on|for|with|and|or|by|from|to|as|at|that|which)\b)[\w'’]+){1,4}")
_VOWEL = re.compile(r"[aeiouy]", re.I)
_JOINED = re.compile(rf"(?<![\w.,-])(?P<n>\d+|{'|'.join(WORD_VALUES)})-(?P<noun>[a-z]{{3,}})\b", re.I)


def _in_a_phrase(figure: Figure, claim: str, passage: Reading) -> str | None:
    """A count of the same things, which the passage names in part, in full, by their letters, or joined to the number.

    "18 Indian languages" stands in "18 Indian language WordNets", "three ORFs" in "three open reading frames", "two
    component systems" in "two-component pathways".
    """
    if figure.part != "count" or not figure.unit or figure.unit == "n":
        return None
    ours = _counted(claim, figure)
    for other in (o.figure for o in passage.owned):
        same = other.part == "count" and (other.value, other.high) == (figure.value, figure.high)
        if same and other.bound == figure.bound:
            theirs = _counted(passage.text, other)
            if noun(figure.unit) in map(noun, theirs) or _shortened(ours, theirs) or _shortened(theirs, ours):
                return other.text
    for joined in _JOINED.finditer(passage.text):
        value = WORD_VALUES.get(joined["n"].lower()) or (float(joined["n"]) if joined["n"].isdigit() else None)
        if value == figure.value and noun(joined["noun"]) in map(noun, ours):
            return joined.group()
    return None


def _counted(text: str, figure: Figure) -> tuple[str, ...]:
    """The words after a number, as far as they may name what it counts."""
    digits = re.match(r"\S+", text[figure.start :])
    phrase = _PHRASE.match(text, figure.start + (digits.end() if digits else 0))
    return tuple(word for word in re.split(r"[\s-]+", phrase.group()) if word) if phrase else ()


def _shortened(short: Sequence[str], full: Sequence[str]) -> bool:
    """Whether one of the words is made of the first letters of the others, in a row: "ORFs", "bp"."""
    letters = "".join(word[0].lower() for word in full)
    for word in short:
        bare = word.removesuffix("s")
        if len(bare) >= 2 and (bare.isupper() or not _VOWEL.search(bare)) and letters.startswith(bare.lower()):
            return True
    return False


def _of(owned: Owned) -> str:
    """What the figure is of, in a few words, for a reader."""
    words = [t.key for t in (owned.near or owned.shared)]
    return f"of {', '.join(words[:4])}" if words else "of what"


def _sided(claim: Owned, found: Owned) -> Iterator[Check]:
    one, two = claim.figure.side, found.figure.side
    if one is not None and two is not None and one != two:
        yield made("number", f"{one} {claim.figure.text}", f"{two} {found.figure.text}", "mismatch")


def _directed(claim: Owned, found: Owned) -> Iterator[Check]:
    """A change by the same number the other way."""
    one, two = claim.figure, found.figure
    if one.part != "change" or two.part not in ("change", "open") or None in (one.way, two.way) or one.way == two.way:
        return
    if one.good is not None and two.good is not None and one.good == two.good:
        return
    if {one.text[0], two.text[0]} in ({"+", "-"}, {"+", "−"}):
        yield made("direction", one.text, two.text, "mismatch")
        return
    if (one.good is None) != (two.good is None) and "none" not in (one.way, two.way):
        valued, plain, words = (one, two, found) if one.good is not None else (two, one, claim)
        things = " ".join(t.key for t in (*words.near, *words.shared))
        if valued.good is (lower_is_better(things) == (plain.way == "down")):
            return
    yield made("direction", f"{one.way} {one.text}", f"{two.way} {two.text}", "mismatch")


def label_checks(claim: Reading, passage: Reading, context: str) -> Iterator[Check]:
    """Years, "5-shot", "type 2": the same label there, another of the same kind instead, or none."""
    around = read(context).labels if context else ()
    for label in claim.labels:
        there = [*passage.labels, *around]
        if any(_same_label(label, other) for other in there):
            continue
        others = [o for o in passage.labels if o.unit == label.unit and label.unit]
        if not others and _digits_stand(label, passage.text, context):
            continue
        if others and not (label.unit == "year" and len(others) > 1):
            yield made(
                "scope",
                label.text if label.unit == "year" else _named_label(label, claim.text),
                others[0].text if label.unit == "year" else _named_label(others[0], passage.text),
                "mismatch",
            )
        else:
            yield made("scope", _named_label(label, claim.text), None, "missing")


def _same_label(one: Figure, two: Figure) -> bool:
    return one.value == two.value and (one.unit == two.unit or not one.unit or not two.unit)


def _digits_stand(label: Figure, passage: str, context: str) -> bool:
    if label.unit != "year" and not re.fullmatch(r"[\d.]+", label.text):
        return False
    wanted = re.compile(rf"(?<![\d.,]){re.escape(label.text.strip())}(?!\d|[.,]\d)")
    return bool(wanted.search(passage) or wanted.search(context))


def _named_label(label: Figure, text: str) -> str:
    if label.unit and label.text.lower().find(label.unit) < 0 and label.unit != "year":
        start = text.rfind(" ", 0, max(0, label.start - 1)) + 1
        return text[start : label.end]
    return label.text
