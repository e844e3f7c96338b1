"""The arrow Verdict + tables of the papers -> Verdict: where a table of a paper surely states what the claim states.

Tables speak where sentences left a claim open or agreed: a cell that the claim names by row and column, or a sum of
such cells (`synth.tables.facts`). Other papers' tables may support a claim but not refute it: their numbers are of
their own runs. The claim's own table may do both, as another passage of the same paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from synth.records import Check, Claim, Evidence, ReadPaper, Stance, Table, Verdict
from synth.tables import facts
from synth.text import normalise

__all__ = ["weighed"]

# How often such a reading is right, of statements on which one was made: support 227 of 236, refutation 46 of 56, over
# SEM-TAB-FACTS train (manual) and the first 5,000 statements of TabFact val, by synth 0.1.0. With arithmetic over cells
# 243 of 252 and 52 of 57 of the same; 170 of 184 and 18 of 23 of the other 7,792 statements of TabFact val.
_RIGHT: dict[Stance, float] = {"supports": 0.96, "refutes": 0.82}
_SHOWN = 3
_NUMBERED = re.compile(r"\btab(?:le|\.)\s?\w*\d", re.I)


class _Word(NamedTuple):
    """What one table says."""

    evidence: Evidence
    name: str
    checks: tuple[Check, ...]


def weighed(
    claim: Claim, verdict: Verdict, evidence: tuple[Evidence, ...], texts: Sequence[ReadPaper], *, calibrated: bool
) -> tuple[Verdict, tuple[Evidence, ...]]:
    """The verdict and its evidence with what the tables of `texts` add; unchanged where they do not decide.

    `calibrated` says that a calibrator gave the verdict's confidence; else it stays null.
    """
    if verdict.label == "not_checked" or not any(c.isdigit() for c in claim.statement):
        return verdict, evidence
    found = sorted(_said(claim, texts), key=lambda w: (not w.evidence.independent, -w.evidence.score))
    if not found:
        return verdict, evidence
    pro = [w for w in found if w.evidence.stance == "supports"]
    con = [w for w in found if w.evidence.stance == "refutes"]
    supported = bool(pro) or verdict.label in ("supported", "conflicting")
    refuted = bool(con) or verdict.label in ("refuted", "conflicting")
    told = [_told(words, verb) for words, verb in ((pro, "supported"), (con, "refuted")) if words]
    sure = max(_RIGHT[w.evidence.stance] for w in found)
    agreed = verdict.label == ("supported" if pro else "refuted")
    if supported and refuted:
        sides = [x for x in (verdict.confidence, *(_RIGHT[w.evidence.stance] for w in found[:1])) if x is not None]
        label, confidence = "conflicting", min(sides)
    else:
        label = "supported" if supported else "refuted"
        confidence = max(sure, verdict.confidence or 0.0) if agreed else sure
    decided = verdict.label != "not_enough_evidence"  # what kept a passage from deciding is no check of this verdict
    reason = "; ".join([*told, verdict.reason] if decided else told)
    others = verdict.checks if decided else ()
    made = Verdict(
        label=label,
        score=round((_RIGHT["supports"] if supported else 0.0) - (_RIGHT["refutes"] if refuted else 0.0), 4),
        confidence=round(confidence, 4) if calibrated else None,
        reason=reason,
        checks=(*found[0].checks, *(c for c in others if c not in found[0].checks)),
    )
    return made, (*(w.evidence for w in found[:_SHOWN]), *evidence)


def _said(claim: Claim, texts: Sequence[ReadPaper]) -> Iterator[_Word]:
    for text in texts:
        own = text.paper.id == claim.source.paper_id
        if own and text.paper.version != claim.source.version:
            continue  # other versions of a paper show drifts, which is another arrow's business
        if not own and _NUMBERED.search(claim.statement):
            continue  # "Table 2" is the claim's own paper's
        tables = [t for t in text.tables if own or _shares_a_number(claim.statement, t)]
        for one in facts.evidence(claim.statement, tables):
            stance: Stance = "supports" if one.label == "supported" else "refutes"
            quote = _quote(text, tables[one.table_index], one.quote)
            if quote and (own or stance == "supports"):
                yield _word(text, tables[one.table_index], one, stance, quote, own=own)


def _shares_a_number(statement: str, table: Table) -> bool:
    """Whether a number of the statement stands in the table: a cheap look before the reading."""
    said = {w.strip(".,;:()%") for w in statement.split() if any(c.isdigit() for c in w)}
    return any(n and n in cell for row in table.rows for cell in row for n in said)


def _quote(text: ReadPaper, table: Table, row: str) -> str | None:
    """The row where the stored text has it word for word (PDF), else the caption; cells of other formats are apart."""
    stored = normalise(text.text)
    return next((q for q in (row, table.caption) if q.strip() and normalise(q) in stored), None)


def _word(
    text: ReadPaper, table: Table, one: facts.TableEvidence, stance: Stance, quote: str, *, own: bool
) -> _Word:
    evidence = Evidence(
        paper_id=text.paper.id,
        version=text.paper.version,
        tier=text.tier,
        section=None,
        page=table.page,
        table=table.label or table.caption or "a table",
        cell=one.cells[0],
        quote=quote,
        stance=stance,
        independent=not own,
        score=_RIGHT[stance],
    )
    return _Word(evidence, table.label or "a table", one.checks)


def _told(words: Sequence[_Word], verb: str) -> str:
    """One phrase: whose table, which, and what its cell says."""
    first = words[0]
    independent = first.evidence.independent
    whose = "of an independent paper" if independent else "of its own paper; no independent paper says so"
    wrong = next((c for c in first.checks if c.outcome == "mismatch"), None)
    said = f" (claimed {wrong.claimed}, found {wrong.found})" if wrong is not None else ""
    return f"{verb} by {first.name} {whose}{said}"
