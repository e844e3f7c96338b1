"""A claim held against a passage: every number, direction, scope and name, as checks and as features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from synth.checking.denying import negated
from synth.checking.naming import Name, is_alias, named, stands_in
from synth.checking.opposites import opposed, turned, undone
from synth.checking.ordering import contrast, orders
from synth.checking.reading import Reading, read
from synth.checking.repeated import other_words, turned_word
from synth.checking.restating import restated
from synth.checking.settings import about
from synth.checking.stating import label_checks, number
from synth.checking.stating import made as a_check
from synth.checking.turning import held
from synth.records import Check, CheckKind, CheckOutcome

__all__ = ["FEATURES", "Comparison", "compare"]

FEATURES = (
    "numbers", "numbers_matched", "numbers_mismatched", "numbers_missing", "numbers_computed", "computed_wrong",
    "directions_matched", "directions_mismatched", "directions_missing", "scopes_matched", "scopes_mismatched",
    "scopes_missing", "names", "names_found", "labels_missing", "words_shared", "negations_differ",
    "words_replaced", "words_added",
)  # fmt: skip


class Comparison(NamedTuple):
    """The checks of one claim against one passage, and `features`: numbers for a calibrator, in the order FEATURES."""

    checks: tuple[Check, ...]
    features: tuple[float, ...]

    @property
    def contradicts(self) -> bool:
        """Whether a number, direction or sum of the claim is stated otherwise of the same thing."""
        return any(c.outcome == "mismatch" and c.kind in ("number", "direction", "arithmetic") for c in self.checks)

    @property
    def open(self) -> Check | None:
        """The first check that keeps the passage from speaking of the claim: a name, scope or number is not there."""
        for kinds in (("entity", "scope"), ("number",)):
            for check in self.checks:
                if (
                    check.kind in kinds
                    and check.outcome != "match"
                    and not (check.kind == "number" and check.outcome == "mismatch")
                ):
                    return check
        return None

    @property
    def agrees(self) -> bool:
        """Whether nothing is stated otherwise and nothing is open."""
        return not self.contradicts and self.open is None


def compare(claim: str, passage: str, context: str = "") -> Comparison:
    """`claim` held against `passage`; `context` (title, the sentence before) may supply names and scope, no numbers.

    Any text is taken: an empty claim has no checks. Pure and deterministic.
    """
    mine, theirs = read(claim), read(passage)
    made: list[Check] = []
    ordered, spans, reversed_ = _orders(claim, passage)
    for owned in mine.owned:
        made += number(owned, mine, theirs, turned_round=reversed_)
    made += label_checks(mine, theirs, context)
    made += ordered
    way = held(mine, theirs, spans)
    if way is not None:
        outcome: CheckOutcome = "missing" if way.agrees is None else "match" if way.agrees else "mismatch"
        made.append(a_check("direction", way.claimed, way.found, outcome))
    if not ordered and (turn := turned(mine, theirs)) is not None:
        made.append(a_check("direction", *turn, "mismatch"))
    denied = negated(mine, theirs) if not any(c.kind == "direction" and c.outcome != "missing" for c in made) else None
    if denied is not None and undone(mine, theirs):
        denied = None
    if denied is not None:
        made.append(a_check("direction", *denied, "mismatch"))
    if not any(c.kind == "direction" and c.outcome == "mismatch" for c in made):
        word = turned_word(claim, passage)
        made += [a_check("direction", *word, "mismatch")] if word else []
    made += about(mine, theirs, context)
    made += opposed(mine, theirs)
    made += _names(claim, passage, context)
    if _repeated(mine, theirs):
        made = [a_check(c.kind, c.claimed, c.claimed, "match") if c.outcome == "mismatch" else c for c in made]
    elif any(c.outcome == "missing" and c.kind in ("number", "entity") for c in made) and _restated(mine, theirs):
        made = [a_check(c.kind, c.claimed, c.claimed, "match") if c.outcome == "missing" else c for c in made]
    unique = tuple(dict.fromkeys(made))
    return Comparison(unique, _features(unique, mine, theirs, denied is not None))


def _restated(claim: Reading, passage: Reading) -> bool:
    """Whether the claim says a sentence of the passage again: what is not recognised there is worded otherwise."""
    return any(restated(claim.text, passage.text[a:b]) for a, b in passage.sentences)


def _repeated(claim: Reading, passage: Reading) -> bool:
    """Whether the claim is a whole sentence of the passage, word for word: then nothing in it is stated otherwise."""
    wanted = " ".join(claim.text.split()).rstrip(".; ")
    if not wanted:
        return False
    whole = " ".join(passage.text.split()).rstrip(".; ")
    return wanted == whole or any(
        wanted == " ".join(passage.text[a:b].split()).rstrip(".; ") for a, b in passage.sentences
    )


# --- order of comparisons -------------------------------------------------------------------------------------


def _orders(claim: str, passage: str) -> tuple[list[Check], list[tuple[int, int]], bool]:
    """Checks of who is set over whom, the stretches of the claim they judge, and whether both agree from two sides."""
    reversed_ = False
    made: list[Check] = []
    spans: list[tuple[int, int]] = []
    theirs = orders(passage)
    for order in orders(claim):
        verdicts = [(contrast(order, other), other) for other in theirs]
        known = [(v, o) for v, o in verdicts if v is not None]
        if not known and order.right:
            spans.append((order.start, order.end))
            continue
        agreeing = [o for v, o in known if v]
        other = agreeing[0] if agreeing else known[0][1]
        reversed_ = reversed_ or bool(agreeing and order.sense and order.sense == -other.sense)
        spans.append((order.start, order.end))
        made.append(a_check("direction", order.text, other.text, "match" if agreeing else "mismatch"))
    return made, spans, reversed_


# --- names ------------------------------------------------------------------------------------------------


def _names(claim: str, passage: str, context: str) -> Iterator[Check]:
    around = f"{passage}\n{context}" if context else passage
    theirs = named(passage)
    there = {n.key for n in (*theirs, *named(context))}
    seen: set[str] = set()
    ours = {n.key for n in named(claim)}
    for name in named(claim):
        if name.key in seen:
            continue
        seen.add(name.key)
        found = stands_in(name, around) or (name.key if name.key in there else None)
        if found is None and is_alias(name, claim):
            continue  # "vitamin B6 (VB6)": the claim itself says what it stands for
        yield a_check("entity", name.key, found, "match" if found else "missing")
        if found is None and name.kind in ("dataset", "model", "language"):
            instead = _instead(name, theirs, ours)
            if instead:
                yield a_check("scope", name.key, instead, "mismatch")


def _instead(name: Name, theirs: Sequence[Name], ours: set[str]) -> str | None:
    """What the passage names of the same kind where the claim's name should stand."""
    others = dict.fromkeys(n.key for n in theirs if n.kind == name.kind and n.key not in ours)
    return ", ".join(others) or None


# --- features ----------------------------------------------------------------------------------------------


def _features(checks: Sequence[Check], claim: Reading, passage: Reading, denied: bool) -> tuple[float, ...]:
    tally = Counter((c.kind, c.outcome) for c in checks)

    def count(kind: CheckKind, outcome: CheckOutcome) -> float:
        return float(tally[kind, outcome])

    wanted, there = {t.key for t in claim.tokens}, {t.key for t in passage.tokens}
    replaced, added = other_words(claim.text, passage.text)
    values = {
        "words_replaced": float(min(replaced, 3)),
        "words_added": float(min(added, 3)),
        "numbers": float(sum(c.kind in ("number", "arithmetic") for c in checks)),
        "numbers_matched": count("number", "match"),
        "numbers_mismatched": count("number", "mismatch"),
        "numbers_missing": count("number", "missing"),
        "numbers_computed": count("arithmetic", "match"),
        "computed_wrong": count("arithmetic", "mismatch"),
        "directions_matched": count("direction", "match"),
        "directions_mismatched": count("direction", "mismatch"),
        "directions_missing": count("direction", "missing"),
        "scopes_matched": count("scope", "match"),
        "scopes_mismatched": count("scope", "mismatch"),
        "scopes_missing": count("scope", "missing"),
        "names": count("entity", "match") + count("entity", "missing"),
        "names_found": count("entity", "match"),
        "labels_missing": float(sum(c.kind == "scope" and c.found is None for c in checks)),
        "words_shared": len(wanted & there) / len(wanted) if wanted else 0.0,
        "negations_differ": float(denied),
    }
    return tuple(values[name] for name in FEATURES)
