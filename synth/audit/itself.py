"""Findings on a report in itself: its claims among themselves, its references, its counts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from synth.audit import sameness, wording
from synth.audit.seen import Seen, brief, listed, made, many
from synth.audit.stated import Finding, Severity, StatedClaim

__all__ = ["LOOKED", "compound", "counts", "cut", "duplicates", "inconsistent", "missing", "off_topic", "retracted"]

LOOKED = 1_000  # claims that are looked into for several statements in one, and compared with one another

# --- claims among themselves -----------------------------------------------------------------------------------


def inconsistent(seen: Seen) -> Iterator[Finding]:
    """One fact, two verdicts: among equal claims, and between a claim and one that it is a part of."""
    by_index = {c.index: c for c in seen.card.claims}
    for claim, first in zip(seen.card.claims, seen.sames, strict=True):
        if first is not None:
            yield from _differing(by_index[first], claim, "says the same as")
    marked = [c for c in seen.card.claims if c.stated_verified is not None]
    if len(marked) > LOOKED:
        return
    told = {(f, c.index) for c, f in zip(seen.card.claims, seen.sames, strict=True) if f is not None}
    for i, one in enumerate(marked):
        for other in marked[i + 1 :]:
            if one.stated_verified != other.stated_verified and (one.index, other.index) not in told:
                part = _part(one, other)
                if part is not None:
                    yield from _differing(part[1], part[0], "is a part of")


def _part(one: StatedClaim, other: StatedClaim) -> tuple[StatedClaim, StatedClaim] | None:
    """The claim that is said by the other one too, and that one; None where neither is."""
    for small, large in ((one, other), (other, one)):
        text = wording.complete(small.text, small.cut) or small.text
        for unit in sameness.units(large.text, large.cut):
            if sameness.same(text, unit, cut=small.cut or large.cut) or sameness.within(text, unit):
                return small, large
    return None


def _differing(first: StatedClaim, second: StatedClaim, how: str) -> Iterator[Finding]:
    a, b = first.stated_verified, second.stated_verified
    if a is not None and b is not None and a != b:
        marks = {True: "verified", False: "not verified"}
        yield made("inconsistent_verdict", "high",
                    f"Claim {second.index} {how} claim {first.index}, but is marked as {marks[b]} and the other as "
                    f"{marks[a]}.", *sorted((first.index, second.index)))  # fmt: skip


def cut(seen: Seen) -> Iterator[Finding]:
    """Claims that break off."""
    for claim in seen.card.claims:
        if claim.cut:
            yield made("claim_cut", "medium",
                        f"Claim {claim.index} breaks off after {len(claim.text)} characters: "
                        f"“... {_tail(claim.text)}”.", claim.index)  # fmt: skip


def _tail(text: str) -> str:
    return " ".join(text.split()[-6:])


def compound(seen: Seen) -> Iterator[Finding]:
    """Claims that say several things under one verdict."""
    for claim in seen.card.claims[:LOOKED]:
        parts = wording.pieces(wording.complete(claim.text, claim.cut))
        if len(parts) > 1:
            apart = [brief(p) for p in dict.fromkeys(parts)]
            if claim.cut and not wording.listed(claim.text):
                apart[-1] = f"{apart[-1][:-1]} ...”"  # the last one breaks off with its claim
            told = "" if len(apart) < 2 else ": " + "; ".join(apart[:4])
            yield made("compound_claim", "low",
                        f"Claim {claim.index} says {len(parts)} things under one verdict{told}.",
                        claim.index)  # fmt: skip


def duplicates(seen: Seen) -> Iterator[Finding]:
    """Claims that are there already."""
    for claim, first in zip(seen.card.claims, seen.sames, strict=True):
        if first is not None:
            yield made("duplicate_claim", "low", f"Claim {claim.index} says the same as claim {first}.",
                        first, claim.index)  # fmt: skip


# --- references and counts ---------------------------------------------------------------------------------------


def retracted(seen: Seen) -> Iterator[Finding]:
    """Papers with a notice that the report rests on."""
    for place, what in (*seen.fallen.items(), *seen.doubted.items()):
        paper = seen.shelves.papers[place]
        resting = [i for i, quotes in seen.judged.evidence.items() if any(e.paper_id == paper.id for e in quotes)]
        numbers = [n.cited.number for n in seen.named if place in n.places]
        which = f"Reference {numbers[0]}" if numbers else "A paper at hand that the report examines"
        severity: Severity = "high" if place in seen.fallen else "medium"
        yield made("retracted_source", severity, f"{which}, “{paper.title}”, {what}.", *sorted(resting))
    for number, what in seen.stamped.items():
        yield made("retracted_source", "high", f"Reference {number} {what}.",
                    *(c.index for c in seen.card.claims if number in c.sources))  # fmt: skip


def missing(seen: Seen) -> Iterator[Finding]:
    """Sources that cannot be looked up: none listed, pointed at in vain, unnamed, or under the id of another work."""
    card = seen.card
    if not card.references and card.claims:
        yield made("reference_missing", "high", "The report lists no reference, so no claim can be traced to a source.")
        return
    numbers = {r.number for r in card.references}
    dead: dict[int, list[int]] = {}
    for claim in card.claims:
        for source in claim.sources:
            if source not in numbers:
                dead.setdefault(source, []).append(claim.index)
    for source, indexes in dead.items():
        yield made("reference_missing", "high",
                    f"{listed(indexes).capitalize()} point{'s' if len(indexes) == 1 else ''} at reference {source}, "
                    f"and the list holds {len(numbers)}.", *indexes)  # fmt: skip
    if card.base and seen.base and not any(set(seen.base) & set(n.places) for n in seen.named):
        yield made("reference_missing", "medium",
                    f"The paper that the report examines, “{card.base}”, is not among its references.")  # fmt: skip
    for named in seen.named:
        if named.stranger is not None:
            yield made("reference_missing", "high", f"Reference {named.cited.number} {_stranger(named.stranger)}.")
    there = len(card.references)
    if card.stated.papers is not None and card.stated.papers > there:
        left = card.stated.papers - there
        yield made("reference_missing", "medium",
                    f"{many(card.stated.papers, 'paper')} are said to have been retrieved and {there} are named; "
                    f"{left} cannot be looked at.")  # fmt: skip


def _stranger(told: str) -> str:
    return "names a work that its id does not: " + re.sub(r"^its id", "the id", told)


def off_topic(seen: Seen) -> Iterator[Finding]:
    """References at hand that bear neither on the question nor on a claim."""
    for named in seen.named:
        judged = [seen.topics[i] for i in named.places if i in seen.topics]
        if judged and not any(on for on, _ in judged):
            paper = seen.shelves.papers[named.places[0]]
            yield made("reference_off_topic", "medium",
                        f"Reference {named.cited.number}, “{paper.title}”, does not bear on the question "
                        f"({judged[0][1]}) and supports no claim.")  # fmt: skip


def counts(seen: Seen) -> Iterator[Finding]:
    """Counts that contradict each other or the lines that can be counted."""
    card = seen.card
    for what, first, then in card.repeated:
        whose = "The" if what == "quality score" else "The number of"
        yield made("count_mismatch", "medium", f"{whose} {what} is stated twice: {first} and {then}.")
    stated, rows = card.stated, len(card.claims)
    if stated.claims is not None and stated.claims != rows:
        yield made("count_mismatch", "high", f"{many(stated.claims, 'claim')} are stated, {rows:,} are listed.")
    marked = [c for c in card.claims if c.stated_verified is not None]
    ticked = sum(bool(c.stated_verified) for c in marked)
    if stated.verified is not None and marked and stated.verified != ticked:
        told = f"{many(stated.verified, 'claim')} are stated to be verified, {ticked:,} are marked so."
        yield made("count_mismatch", "high", told)
    total = stated.claims if stated.claims is not None else rows
    if stated.verified is not None and stated.verified > total:
        yield made("count_mismatch", "high", f"{stated.verified:,} of {total:,} claims cannot be verified.")
    if stated.papers is not None and len(card.references) > stated.papers:
        yield made("count_mismatch", "medium",
                    f"{many(stated.papers, 'paper')} are said to have been retrieved, but {len(card.references)} are "
                    "in the list of references.")  # fmt: skip
    if stated.score is not None and not 0 <= stated.score <= 100:
        yield made("count_mismatch", "medium", f"A quality score of {stated.score:g} is outside every usual scale.")
