"""Tables of a report for pandas: one row a claim, a quote, a paper, a finding.

    claims(report)     one row a claim, with its verdict, indexed by the claim's id
    evidence(report)   one row a quote, with the id of the claim it bears on
    papers(report)     one row a screened paper, indexed by its id
    findings(audit)    one row a finding

Absence is not zero: what a record does not state is None in a column of text and NaN in a column of numbers; columns
are there, in this order, also where there are no rows. Needs pandas 2.2 or newer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from synth.errors import InputError
from synth.records import Claim, Evidence, Report, ReportPaper

if TYPE_CHECKING:
    from synth.audit.stated import Audit

__all__ = ["claims", "evidence", "findings", "papers"]

_CLAIM = {
    "id": str, "statement": str, "kind": str, "label": str, "confidence": float, "score": float, "reason": str,
    "supports": int, "refutes": int, "independent": int, "metric": str, "value": float, "unit": str, "direction": str,
    "baseline": str, "dataset": str, "split": str, "language": str, "model": str, "n": float, "paper": str,
    "version": str, "section": str, "page": float, "quote": str, "replication": str, "parent": str,
}  # fmt: skip
_EVIDENCE = {
    "claim": str, "stance": str, "independent": bool, "score": float, "paper": str, "version": str, "tier": str,
    "section": str, "page": float, "table": str, "quote": str,
}  # fmt: skip
_PAPER = {
    "id": str, "title": str, "authors": str, "year": float, "venue": str, "version": str, "tier": str,
    "included": bool, "relevance": float, "reason": str, "notices": str, "arxiv": str, "doi": str, "acl": str,
}  # fmt: skip
_FINDING = {"kind": str, "severity": str, "message": str, "claims": object}
_TYPES = {str: "object", int: "int64", float: "float64", bool: "bool", object: "object"}


def claims(source: Report | Sequence[Claim]) -> Any:
    """A `pandas.DataFrame` of the claims of a report, or of claims, in their order, indexed by id.

    `confidence` is calibrated, in 0 to 1, NaN where there is no calibrator; `score` is raw, in -1 to 1, NaN where the
    claim was not checked. `supports` and `refutes` count the quotes of that stance, `independent` those of either
    stance from other papers. `value` is in `unit`; `page` counts from 1. Raises InputError where pandas is missing.
    """
    return _frame((_claim(one) for one in _claims(source)), _CLAIM).set_index("id")


def evidence(source: Report | Sequence[Claim]) -> Any:
    """A `pandas.DataFrame` of the quotes: `claim` is the id of the claim, `independent` False for its own paper.

    `score` is raw, in -1 to 1. Raises InputError where pandas is missing.
    """
    return _frame((_quote(one.id, item) for one in _claims(source) for item in one.evidence), _EVIDENCE)


def papers(source: Report | Sequence[ReportPaper]) -> Any:
    """A `pandas.DataFrame` of the screened papers, kept and left out, indexed by id.

    `relevance` is raw, in 0 to 1; `year` is NaN where it is not known. An id stands twice where two versions were
    listed. Raises InputError where pandas is missing.
    """
    listed = source.papers if isinstance(source, Report) else source
    return _frame((_paper(one) for one in listed), _PAPER).set_index("id")


def findings(audit: Audit) -> Any:
    """A `pandas.DataFrame` of what an audit found; `claims` are the numbers of the claims, from 1, () for the whole.

    Raises InputError where pandas is missing.
    """
    rows = (
        {"kind": one.kind, "severity": one.severity, "message": one.message, "claims": one.claim_indexes}
        for one in audit.findings
    )
    return _frame(rows, _FINDING)


def _claims(source: Report | Sequence[Claim]) -> Sequence[Claim]:
    return source.claims if isinstance(source, Report) else source


def _claim(one: Claim) -> dict[str, object]:
    quantity = one.quantity.model_dump() if one.quantity else {}
    return {
        "id": one.id, "statement": one.statement, "kind": one.kind, "label": one.verdict.label,
        "confidence": one.verdict.confidence, "score": one.verdict.score, "reason": one.verdict.reason,
        "supports": sum(item.stance == "supports" for item in one.evidence),
        "refutes": sum(item.stance == "refutes" for item in one.evidence),
        "independent": sum(item.independent and item.stance != "neutral" for item in one.evidence),
        **{name: quantity.get(name) for name in (
            "metric", "value", "unit", "direction", "baseline", "dataset", "split", "language", "model", "n",
        )},
        "paper": one.source.paper_id, "version": one.source.version, "section": one.source.section,
        "page": one.source.page, "quote": one.quote, "replication": one.replication.status, "parent": one.parent_id,
    }  # fmt: skip


def _quote(claim: str, item: Evidence) -> dict[str, object]:
    return {
        "claim": claim, "stance": item.stance, "independent": item.independent, "score": item.score,
        "paper": item.paper_id, "version": item.version, "tier": item.tier, "section": item.section,
        "page": item.page, "table": item.table, "quote": item.quote,
    }  # fmt: skip


def _paper(one: ReportPaper) -> dict[str, object]:
    return {
        "id": one.id, "title": one.title, "authors": "; ".join(one.authors), "year": one.year, "venue": one.venue,
        "version": one.version, "tier": one.tier, "included": one.included, "relevance": one.relevance,
        "reason": one.reason, "notices": "; ".join(notice.kind for notice in one.notices) or None,
        "arxiv": one.ids.arxiv, "doi": one.ids.doi, "acl": one.ids.acl,
    }  # fmt: skip


def _frame(rows: Iterable[Mapping[str, object]], columns: Mapping[str, type]) -> Any:
    """The rows as a frame whose columns have a type whatever the rows hold."""
    try:
        pandas = import_module("pandas")  # it has no types of its own
    except ImportError:
        raise InputError('frames need pandas; install it with `pip install "synth-replicate[notebook]"`') from None
    table = list(rows)
    return pandas.DataFrame({
        name: pandas.Series([row[name] for row in table], dtype=_TYPES[kind]) for name, kind in columns.items()
    })  # fmt: skip
