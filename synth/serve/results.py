"""What jobs found, as finished values for their pages: an audit, and the verdict of a replication.

Both are read from files that another program wrote, perhaps of another version: whatever a file leaves out or has in
another shape is shown as absent, and never ends a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from synth.render import display

__all__ = ["AuditRow", "AuditView", "MeasuredView", "audited", "measured"]


class AuditRow(NamedTuple):
    """A claim of a card: what the card says of it, and the verdict; `label` "" where there is none."""

    text: str
    cut: bool
    stated: str
    label: str
    reason: str


class AuditView(NamedTuple):
    """An audit as finished values, whatever its file leaves out. `findings` are (kind, severity, message)."""

    title: str
    question: str
    status: str
    answer: str
    findings: tuple[tuple[str, str, str], ...]
    rows: tuple[AuditRow, ...]
    notes: tuple[str, ...]


def audited(found: Mapping[str, Any]) -> AuditView:
    """The page of an audit, from what `audit.json` says."""
    card, answer = _part(found, "card"), _part(found, "answer")
    status = answer.get("status")
    findings = _rows(found, "findings")
    return AuditView(
        title=_said(card, "title"),
        question=_said(card, "question"),
        status=status if status in display.STATUS_WORDS else "not_checked",
        answer=_said(answer, "text"),
        findings=tuple(
            (_said(one, "kind").replace("_", " "), _said(one, "severity"), _said(one, "message")) for one in findings
        ),
        rows=tuple(_row(one) for one in _rows(found, "claims")),
        notes=tuple(display.clean(str(note)) for note in _list(found, "notes")),
    )


def _row(claim: Mapping[str, Any]) -> AuditRow:
    verdict, confidence = _part(claim, "verdict"), claim.get("stated_confidence")
    stated = {True: "verified", False: "not verified"}.get(claim.get("stated_verified"), "nothing")  # type: ignore[arg-type]
    told = f"{stated} ({confidence:g})" if isinstance(confidence, int | float) else stated
    label = verdict.get("label")
    return AuditRow(
        text=_said(claim, "text"),
        cut=bool(claim.get("cut")),
        stated=told,
        label=label if label in display.VERDICT_WORDS else "",
        reason=_said(verdict, "reason"),
    )


def _list(of: Mapping[str, Any], name: str) -> list[Any]:
    value = of.get(name)
    return value if isinstance(value, list) else []


def _rows(of: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return [one for one in _list(of, name) if isinstance(one, dict)]


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def _said(of: Mapping[str, Any], name: str) -> str:
    value = of.get(name)
    return display.clean(value) if isinstance(value, str) else ""


# --- replications -----------------------------------------------------------------------------------------


class MeasuredView(NamedTuple):
    """A verdict as finished values, whatever its file leaves out: the word on the paper's claim, and what was measured.

    `deviations` are (what, here, in the paper). A run of the made-up family is never worded as a replication.
    """

    claim: str
    claim_word: str
    claim_reason: str
    heading: str
    measured: str
    word: str
    figures: str
    reason: str
    checks: tuple[str, ...]
    deviations: tuple[tuple[str, str, str], ...]
    signature: str


_WORDS = {
    "replicated": "replicated",
    "replicated_different_size": "replicated, with a different size",
    "not_replicated": "not replicated",
    "inconclusive": "inconclusive",
    "not_run": "not run",
    "not_replicable": "not replicable",
}
_FAMILY = {
    "replicated": "It held there",
    "replicated_different_size": "It held there, with a different size",
    "not_replicated": "It did not hold there",
}


def measured(verdict: Mapping[str, Any]) -> MeasuredView:
    """The page of a replication, from what `verdict.json` says."""
    claim, micro = _part(verdict, "claim"), verdict.get("preset") == "micro"
    label = str(verdict.get("label"))
    word = (_FAMILY if micro else {}).get(label) or _WORDS.get(label, "not told").capitalize()
    counted = [one for one in _rows(verdict, "checks") if one.get("mark") != "recalled"]
    if counted and label == "not_run":
        word = "Checked"  # nothing was trained, and yet something was done
    return MeasuredView(
        claim=_said(_part(claim, "effect"), "statement"),
        claim_word=_WORDS.get(str(claim.get("label")), "not told"),
        claim_reason=_sentence(_said(claim, "reason")),
        heading="Measured in the made-up family" if micro else "Measured" if not counted else "Counted or computed",
        measured=_said(_part(verdict, "effect"), "statement") if micro else "",
        word=word,
        figures=_figures(verdict),
        reason=_sentence(_said(verdict, "reason")),
        checks=tuple(_counted(one) for one in counted),
        deviations=tuple(
            (_said(one, "what"), _said(one, "here"), _said(one, "paper")) for one in _rows(verdict, "deviations")
        ),
        signature=_said(verdict, "signature"),
    )


def _figures(verdict: Mapping[str, Any]) -> str:
    """"+3.1 points, 95% interval +1.2 to +5.0; seeds 1, 2, 3"; "" where nothing was measured."""
    estimate, level, interval = verdict.get("estimate"), verdict.get("level"), _list(verdict, "interval")
    if not isinstance(estimate, int | float):
        return ""
    told = f"{_signed(estimate)} {_said(_part(verdict, 'effect'), 'unit')}".rstrip()
    if len(interval) == 2 and all(isinstance(end, int | float) for end in interval):
        share = f"{100 * level:g}% " if isinstance(level, int | float) else ""
        told += f", {share}interval {_signed(interval[0])} to {_signed(interval[1])}"
    seeds = _list(verdict, "seeds")
    return f"{told}; seeds {', '.join(map(str, seeds))}" if seeds else told


def _sentence(text: str) -> str:
    return text and text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _signed(value: float) -> str:
    return f"{round(value, 1) + 0.0:+.1f}"


def _counted(one: Mapping[str, Any]) -> str:
    words = {"match": "agrees", "mismatch": "differs"}
    stated, found = one.get("stated"), one.get("found")
    told = f"{_said(one, 'what')}: stated {stated:,g}" if isinstance(stated, int | float) else _said(one, "what")
    told += f", found {found:,g}" if isinstance(found, int | float) else ""
    return f"{told}, {words.get(str(one.get('outcome')), 'nothing to compare with')}"
