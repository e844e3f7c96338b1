"""The verdict on a claim before one table: every reading is carried out, and a small learned model weighs them.

Two forests of boosted trees look at the features of the readings: `about` tells whether the table can decide the
claim, `truth` whether what it says holds. Their calibrated shares give the three labels; `confidence` is the
probability that the label is right, fitted on claims that were not used for the trees.
"""

from __future__ import annotations

import re
from typing import Literal

from synth.records import Check, CheckKind, Record, Table
from synth.tables import grid as grids
from synth.tables import operations, trees
from synth.tables.features import features
from synth.tables.scene import Reading, Scene, scene

__all__ = ["TableLabel", "TableVerdict", "judge"]

TableLabel = Literal["supported", "refuted", "not_enough_evidence"]
_SHOWN = 4  # checks shown
_CELLS = 24  # cells named
_FUNCTION = re.compile(
    r"\b(?:the|of|is|are|has|have|had|and|for|with|than|to|were|by|from|that|this|be|there|all|as|not|no|it|its|"
    r"which|does|do|at|more|most|least|only|each|value|values|above|below|behind|between)\b"
)
_KINDS: dict[str, CheckKind] = {
    "lookup": "number", "lookup_small": "number", "elsewhere": "number", "nowhere": "number", "words": "entity",
    "unsaid": "entity", "one_row": "entity", "one_column": "entity", "extreme_item": "entity", "compare": "direction",
    "trend": "direction", "threshold": "direction",
}  # fmt: skip
_ASIDE = ("joint_row", "joint_cell", "one_row", "one_column", "unsaid")


class TableVerdict(Record):
    """What one table says of a claim. `confidence` is None where nothing could be weighed.

    `cells` are (row, column) of `Table.rows`, from 0, the deciding ones first.
    """

    label: TableLabel
    confidence: float | None
    cells: tuple[tuple[int, int], ...]
    reason: str
    checks: tuple[Check, ...] = ()


def judge(claim: str, table: Table) -> TableVerdict:
    """Hold `claim` against `table`. Never raises: what cannot be decided is `not_enough_evidence`, and says why."""
    grid = grids.read(table)
    if not claim.strip():
        return _open("the claim is empty")
    if not grid.cells or not any(cell.kind != "absent" for row in grid.cells for cell in row):
        return _open("the table has no rows to decide anything")
    before = scene(claim, grid)
    if _foreign(before):
        return _open("the claim does not read as English, the only language judged here")
    found = operations.readings(before)
    label, confidence = weigh(features(before, found))
    return _verdict(label, confidence, before, found)


def weigh(row: list[float]) -> tuple[TableLabel, float]:
    """The label for a row of features, and the probability that it is right."""
    weights = trees.load()
    about, truth = (trees.log_odds(weights.forests[name], row) for name in ("about", "truth"))
    return decide(about, truth, weights.calibration)


def decide(about: float, truth: float, calibration: dict[str, float]) -> tuple[TableLabel, float]:
    """The label for the log-odds of the two forests, and its confidence."""
    decidable = trees.share(calibration["about_scale"] * about + calibration["about_shift"])
    holds = trees.share(calibration["truth_scale"] * truth + calibration["truth_shift"])
    shares: dict[TableLabel, float] = {
        "supported": decidable * holds,
        "refuted": decidable * (1 - holds),
        "not_enough_evidence": 1 - decidable,
    }
    label = max(shares, key=lambda name: shares[name])
    return label, round(min(0.99, max(0.01, shares[label])), 4)


def _open(reason: str) -> TableVerdict:
    return TableVerdict(label="not_enough_evidence", confidence=None, cells=(), reason=reason)


def _foreign(before: Scene) -> bool:
    """Words that the table does not know and no English function word among them."""
    words = [t for t in before.statement.tokens if t.number is None and any(c.isalpha() for c in t.text)]
    unknown = [t for at, t in enumerate(before.statement.tokens) if t in words and at not in before.links.covered]
    letters = [c for token in unknown for c in token.text if c.isalpha()]
    strange = sum(not ("a" <= c <= "z" or "\u0370" <= c <= "\u03ff") for c in letters)
    if strange >= 4 and strange > 0.3 * len(letters):
        return True
    return len(unknown) >= 3 and not _FUNCTION.search(before.text)


def _verdict(label: TableLabel, confidence: float, before: Scene, found: tuple[Reading, ...]) -> TableVerdict:
    told = sorted((x for x in found if x.operation not in _ASIDE), key=lambda x: -x.quality)
    siding = [x for x in told if x.truth == (label == "supported")]
    shown = siding[:_SHOWN] if label != "not_enough_evidence" else told[:_SHOWN]
    cells = tuple(dict.fromkeys(place for x in shown[:2] for place in x.cells))[:_CELLS]
    if not cells and label != "not_enough_evidence":
        cells = tuple(
            dict.fromkeys(place for x in found if x.operation in ("joint_row", "one_row") for place in x.cells)
        )
    checks = tuple(_check(x) for x in shown if x.claimed or x.found)
    return TableVerdict(
        label=label,
        confidence=confidence,
        cells=cells if label != "not_enough_evidence" else (),
        reason=_reason(label, shown, before),
        checks=checks if label != "not_enough_evidence" else (),
    )


def _check(reading: Reading) -> Check:
    return Check(
        kind=_KINDS.get(reading.operation, "arithmetic"),
        claimed=reading.claimed or reading.operation.replace("_", " "),
        found=reading.found or None,
        outcome="match" if reading.truth else "mismatch" if reading.found else "missing",
    )


def _reason(label: TableLabel, shown: list[Reading], before: Scene) -> str:
    if label == "not_enough_evidence":
        tokens = before.statement.tokens
        unknown = [t for at, t in enumerate(tokens) if at not in before.links.covered]
        lost = [t.shown for t in unknown if not t.weak and t.number is None]
        words = ", ".join(dict.fromkeys(lost[:5]))
        return f"the table does not speak of: {words}" if words else "the table does not decide the claim"
    if not shown:
        return (
            "the words of the claim stand together in the table"
            if label == "supported"
            else ("the words of the claim do not stand together in the table")
        )
    first = shown[0]
    name = first.operation.replace("_", " ")
    claimed = f"claimed {first.claimed}" if first.claimed else "as claimed"
    return f"{name}: {claimed}, the table gives {first.found or 'no such value'}"
