"""Claims that are checked and not run: numbers of rows against the data, sums against their terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replicate import catalogue, load
from replicate.ledger import Count, Sum, Tested
from replicate.place import Place, place
from synth.errors import InputError
from synth.records import Record

if TYPE_CHECKING:
    from replicate.plan import Plan

__all__ = ["Checked", "checks"]


class Checked(Record):
    """A stated number against what was found. `found` is None when nothing could be compared.

    `outcome` is match, mismatch or missing (nothing that could decide). A `stated` number whose `mark` is recalled is
    not shown as the paper's.
    """

    what: str
    stated: float
    found: float | None
    tolerance: float
    outcome: str
    mark: str
    source: str


def checks(tested: Tested, plan: Plan) -> tuple[Checked, ...]:
    """All counts and sums of an experiment."""
    places = [place(name) for name in plan.data.split(", ")] if plan.world is None and tested.counts else []
    return (*(_count(one, places) for one in tested.counts), *(_sum(one) for one in tested.sums))


def _count(one: Count, places: list[Place]) -> Checked:
    """Rows as the loader counts them in a folder; of the hub the pinned counts of the catalogue, nothing is fetched."""
    found: int | None = None
    for where in places:
        if where.kind != "hub":
            try:
                found = len(load.read(one.task, one.split, one.language, where).examples)
                break
            except InputError:
                continue
        found = _pinned(one.task, one.split, one.language)
    outcome = "missing" if found is None else "match" if found == one.value else "mismatch"
    what = f"{one.task} {one.split}: rows"
    if (
        outcome == "mismatch"
        and any(where.kind == "hub" for where in places)
        and catalogue.entry(one.task).reading.parts
    ):
        # Its parts are counted as they are stored, and how many of those rows have a label is not known here.
        what, outcome = f"{what} as stored, with those that have no label", "missing"
    return Checked(
        what=what, stated=one.value, found=found, tolerance=0.0, outcome=outcome, mark=one.mark, source=one.source
    )


def _pinned(task: str, split: str, language: str) -> int | None:
    """The count of the catalogue with the further data that belong to the task; None where one of them is not known."""
    one = catalogue.entry(task)
    found = catalogue.split_of(one, split).rows.get(language)
    for part in one.reading.parts:
        if split in part.splits:
            more = _pinned(part.task, part.splits[split], language) if part.task else part.rows.get(split)
            found = None if found is None or more is None else found + more
    return found


def _sum(one: Sum) -> Checked:
    """The result of the terms, rounded as the statement is."""
    total = sum(one.terms)
    if one.operation == "mean":
        total /= len(one.terms)
    elif one.operation == "difference":
        total = one.terms[0] - sum(one.terms[1:])
    rounded = round(total, one.decimals)
    # Halves round either way: 71.45 is stated as 71.4 or as 71.5.
    close = abs(total - one.stated) <= 0.5 * 10**-one.decimals + 1e-9
    return Checked(
        what=one.what, stated=one.stated, found=rounded, tolerance=0.5 * 10**-one.decimals,
        outcome="match" if close else "mismatch", mark=one.mark, source=one.source,
    )  # fmt: skip
