"""All claims of a report that experiments can test, as runs: one run an experiment, evidence for all its claims."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from replicate import exchange
from replicate.scope import scope
from synth.errors import InputError

__all__ = ["ASKED_FROM", "Wanted", "wanted"]

ASKED_FROM = 1800.0  # estimated seconds in all from which nothing is begun without a word of the person


class Wanted(NamedTuple):
    """An experiment to run with a preset, for these claims of the report."""

    experiment: str
    preset: str
    claims: tuple[str, ...]


def wanted(report: Path, preset: str) -> tuple[tuple[Wanted, ...], tuple[str, ...]]:
    """The runs in the order of the ledger, and why an experiment that matches a claim is left out.

    What is counted or computed needs no model and is done whatever the preset. Raises InputError where the report
    cannot be read or no experiment tests a claim of it.
    """
    claims: dict[str, list[str]] = {}
    tests = {}
    for claim, tested, _ in exchange.matching(exchange.claims(report)):
        claims.setdefault(tested.id, []).append(claim.id)
        tests[tested.id] = tested
    if not tests:
        raise InputError(f"--flagged: no experiment tests a claim of {report}; see replicate effects {report}")
    found, left_out = [], []
    for name in sorted(tests):
        tested = tests[name]
        own = "paper" if tested.effect.kind in ("count", "arithmetic") else preset
        reason = None if own == "micro" else tested.why_not
        try:
            scope(tested, own, None)
        except InputError as problem:
            reason = str(problem).removeprefix("--preset: ")
        if reason is None:
            found.append(Wanted(name, own, tuple(claims[name])))
        else:
            left_out.append(f"{name} is left out: {reason}")
    return tuple(found), tuple(left_out)
