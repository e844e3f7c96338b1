"""What is wrong with a report: one function for each kind, in the order in which a reader should hear of them.

Every finding names what and where and can be traced to what was read: a count to the lines that were counted, a
verdict to the quote that decided it. Where nothing was read, nothing is found: a paper that is not at hand is neither
missing nor off topic.
"""

from __future__ import annotations

from synth.audit import against, itself, sameness
from synth.audit.seen import Seen
from synth.audit.stated import KINDS, Card, Finding

__all__ = ["findings", "sames"]


def findings(seen: Seen) -> tuple[Finding, ...]:
    """All findings, the kinds in the order of KINDS, claims in the order of the report."""
    makers = (
        against.unanswered, itself.retracted, against.contradicted, against.rejected, itself.inconsistent,
        against.circular, against.overclaimed, against.versions, itself.missing, itself.off_topic, itself.counts,
        itself.cut, itself.compound, itself.duplicates,
    )  # fmt: skip
    found = [finding for maker in makers for finding in maker(seen)]
    return tuple(sorted(found, key=lambda f: KINDS.index(f.kind)))


def sames(card: Card) -> tuple[int | None, ...]:
    """For each claim the index of an earlier claim that says the same."""
    places = sameness.groups([c.text for c in card.claims], [c.cut for c in card.claims])
    return tuple(None if at is None else card.claims[at].index for at in places)
