"""What of a report counts in its review: claims that bear on the question, each once, of papers that still stand.

Only fields of the report are looked at, so that its score can be recomputed from report.json alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from synth.announcements import COMMENTS
from synth.facets import lexicon, names, pattern, plain_words
from synth.likeness import content, likely_ends, same
from synth.quantities import Mention, mentions
from synth.records import Answer, Claim, Conflict, Coverage, Evidence, ReportPaper, Screening
from synth.scopes import metrics
from synth.works import id_keys, version_number

__all__ = ["ASKED", "DIMENSIONS", "Basis", "asked_names", "basis", "bears", "measured", "scored", "share", "text_of"]

DIMENSIONS = (
    "evidence strength",
    "citation grounding",
    "numerical consistency",
    "benchmark validity",
    "coverage and novelty",
    "uncertainty disclosed",
    "reproducibility",
    "question answered",
)
_WHAT = (
    "whether papers other than a claim's own decide what the claims say",
    "whether every claim shows a quote that says it, from a paper that is listed and still stands",
    "whether the numbers of the claims and of the answer stand in their quotes, with the same unit and sign",
    "whether every number says its measure, its data set and the model, language or baseline it belongs to",
    "whether several sources answered, and the claims come from several papers and bear on the question",
    "whether reasons, limits and disputes are told, and no verdict says more than the quotes shown with it",
    "whether a reader can find the papers again, and whether they were read in full",
    "whether the answer speaks to the question asked, rests on the claims it cites, and says what stays open",
)
ASKED = dict(zip(DIMENSIONS, _WHAT, strict=True))  # what each dimension asks, for a reviewer who goes by no rule


class Basis(NamedTuple):
    """The parts of a report and what of them counts: `kept` are the claims that bear on the question, each once, with
    their numbers; `fallen` the ids of papers that were retracted or withdrawn."""

    question: str
    answer: Answer
    claims: tuple[Claim, ...]
    kept: tuple[tuple[int, Claim], ...]
    papers: Mapping[str, ReportPaper]
    fallen: frozenset[str]
    coverage: tuple[Coverage, ...]
    screening: Screening
    conflicts: tuple[Conflict, ...]
    limitations: tuple[str, ...]
    partial: bool

    @property
    def included(self) -> tuple[ReportPaper, ...]:
        """The included papers."""
        return tuple(p for p in self.papers.values() if p.included)

    @property
    def size(self) -> int:
        """How many papers were included: those listed, or more where the flow says so."""
        return max(len(self.included), self.screening.included)

    def independent(self, claim: Claim) -> tuple[Evidence, ...]:
        """The evidence of other papers than the claim's own that are listed and still stand, by their ids alone."""
        return tuple(
            e
            for e in claim.evidence
            if e.paper_id != claim.source.paper_id and e.paper_id in self.papers and e.paper_id not in self.fallen
        )


def basis(
    question: str,
    answer: Answer,
    claims: Sequence[Claim],
    papers: Sequence[ReportPaper],
    coverage: Sequence[Coverage],
    screening: Screening,
    conflicts: Sequence[Conflict],
    limitations: Sequence[str],
    partial: bool,
) -> Basis:
    """The parts of a report with what of them counts."""
    by_id = {p.id: p for p in papers}
    kept: list[tuple[int, Claim]] = []
    known: dict[str, list[Claim]] = {}
    for number, claim in enumerate(claims, 1):
        ends = likely_ends(claim.statement)
        near = [other for word in ends for other in known.get(word, ())]
        if bears(question, text_of(claim, by_id)) and not any(_twice(claim, other) for other in near):
            kept.append((number, claim))
            for word in ends:
                known.setdefault(word, []).append(claim)
    return Basis(
        question=question,
        answer=answer,
        claims=tuple(claims),
        kept=tuple(kept),
        papers=by_id,
        fallen=frozenset(p.id for p in papers if _fallen(p)),
        coverage=tuple(coverage),
        screening=screening,
        conflicts=tuple(conflicts),
        limitations=tuple(limitations),
        partial=partial,
    )


def share(part: float, whole: float) -> float:
    """`part` / `whole`; 0 where there is no whole."""
    return part / whole if whole else 0.0


def scored(of: Basis, portion: float) -> float | None:
    """Ten times `portion`; None where no paper was included and no claim made: then there is nothing to score."""
    return round(10 * portion, 2) if of.claims or of.size else None


def _twice(claim: Claim, other: Claim) -> bool:
    family = claim.parent_id == other.id or other.parent_id == claim.id
    return not family and same(claim.statement, other.statement)


def _fallen(paper: ReportPaper) -> bool:
    """Retracted or withdrawn; the withdrawal of a preprint leaves the copy standing that was published."""
    keys = id_keys(paper.ids)
    out = version_number(paper.version) == 0 and any(key.startswith(("acl:", "doi:")) for key in keys)
    return any(
        n.kind == "retraction" or (n.kind == "withdrawal" and not (out and n.source in ("arxiv", COMMENTS)))
        for n in paper.notices
    )


def text_of(claim: Claim, papers: Mapping[str, ReportPaper]) -> str:
    """The statement with its quote and the title of its paper."""
    paper = papers.get(claim.source.paper_id)
    return "\n".join([paper.title if paper else "", claim.statement, claim.quote])


# --- the question ------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _asked(question: str) -> tuple[frozenset[str], tuple[tuple[str, ...], ...]]:
    """The telling words of a question as stems, and the forms of the listed things that it names."""
    plain = {stem for word in plain_words() for stem in content(word)}
    listed = []
    for entity in lexicon():
        forms = tuple(f for f in entity.forms if "+" not in f)
        if any(pattern(form).search(question) for form in forms):
            listed.append(forms)
    return frozenset(w for w in content(question) if w not in plain and len(w) > 2), tuple(listed)


@lru_cache(maxsize=8192)
def bears(question: str, text: str) -> bool:
    """Whether `text` holds a telling word of the question or a spelling of a thing it names."""
    words, listed = _asked(question)
    if not words and not listed:
        return True
    return bool(words & set(content(text))) or any(pattern(f).search(text) for forms in listed for f in forms)


def asked_names(question: str) -> dict[str, tuple[str, ...]]:
    """The data sets, models and other names in the question with their spellings; English is in every question."""
    return {forms[0]: forms for forms in names(question) if forms[0] != "English"}


def measured(text: str) -> list[Mention]:
    """The numbers of `text` that were measured: percentages, points, factors, metrics, fractions; no counts."""
    made = []
    for m in mentions(text):
        if m.unit in ("%", "points", "x") or (m.unit is not None and metrics(m.unit)) or m.precision < 1:
            made.append(m)
    return made
