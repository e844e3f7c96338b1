"""The order of an audit, nothing else: report -> card -> papers at hand -> verdicts -> answer -> findings.

Several reports are read first and audited one after another over the same papers; then facts that got different
verdicts in two of them are told in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synth import holdings, notices, surviving
from synth.announcements import said
from synth.audit import across, documents
from synth.audit.answered import answered, asked
from synth.audit.findings import findings, sames
from synth.audit.itself import LOOKED
from synth.audit.judged import Judged, Tools, judged
from synth.audit.seen import Seen
from synth.audit.shelves import Named, Shelves
from synth.audit.stated import Audit, AuditedClaim, Card, CardFacts, CitedPaper, HeldPaper
from synth.records import Paper, Question, SkippedPaper

if TYPE_CHECKING:
    from synth.library import Library
    from synth.progress import Silent

__all__ = ["MOST", "audits"]

MOST = 200  # claims of a report that are judged


def audits(
    reports: Sequence[Path], papers: Sequence[Path], library: Library, progress: Silent, *, most: int = MOST,
    verifier: str | None = None,
) -> tuple[list[Audit], list[SkippedPaper]]:  # fmt: skip
    """The audits of the reports, in their order, and which papers could not be read.

    `papers` are held against them before the person's library and the starter library. No network is used.

    Raises:
        InputError: a report or a named paper cannot be read, or the verifier cannot be had.
    """
    from synth.models import embedding
    from synth.models import verifier as verifiers
    from synth.rereading import remembering

    progress.stage("open", len(reports))
    cards = []
    for path in reports:
        cards.append(documents.read(path))
        progress.step()
    corpora = [holdings.local(papers, library)] if papers else []
    shelves = Shelves([*corpora, holdings.own(library), holdings.starter()])
    embedder, verifying = embedding.load(), remembering(verifiers.load(verifier), library)
    tools = Tools(embedder, verifying, library.vectors(embedder.id), progress)
    made = [_audit(str(path), card, shelves, tools, most) for path, card in zip(reports, cards, strict=True)]
    if verifying.trouble:
        progress.say(verifying.trouble)
    return across.compared(made), list(shelves.skipped.values())


def _audit(file: str, card: Card, shelves: Shelves, tools: Tools, most: int) -> Audit:
    named = shelves.named(card)
    base = shelves.titled(card.base)
    fallen, doubted, stamped = _noticed(named, base, shelves, tools)
    question = asked(card)
    told = judged(card, named, base, shelves, frozenset(fallen), tools, most=most)
    answer = answered(card, question, told, shelves, tools)
    alike = sames(card)
    topics = _topics(question, named, told, shelves, tools)
    seen = Seen(
        card, question, named, base, shelves, told, answer, alike, topics, fallen, doubted, stamped,
    )  # fmt: skip
    claims = tuple(
        AuditedClaim(
            **claim.model_dump(exclude={"sources"}),
            verdict=told.verdicts[claim.index],
            evidence=told.evidence[claim.index],
            same_as=first,
        )
        for claim, first in zip(card.claims, alike, strict=True)
    )
    return Audit(
        file=file,
        card=CardFacts(title=card.title, question=card.question, date=card.date, stated=card.stated),
        claims=claims,
        findings=findings(seen),
        answer=answer.answer,
        references=tuple(_cited(n, base, shelves) for n in named),
        papers=_held(named, base, told, shelves),
        notes=(*card.notes, *_notes(card, told, most)),
    )


def _notes(card: Card, told: Judged, most: int) -> list[str]:
    notes = []
    if len(card.claims) > most:
        left = len(card.claims) - most
        notes.append(f"{left:,} of {len(card.claims):,} claims were not judged: --max-claims is {most}")
    if len(card.claims) > LOOKED:
        notes.append(f"claims after the first {LOOKED:,} were compared by equal wording only")
    if told.unheld:
        count = len(told.unheld)
        whom = "1 reference is" if count == 1 else f"{count} references are"
        notes.append(f"{whom} not at hand and could not be looked at: {', '.join(told.unheld[:5])}; add them with "
                     "--papers or `synth library add`")  # fmt: skip
    return notes


def _cited(named: Named, base: Sequence[int], shelves: Shelves) -> CitedPaper:
    return CitedPaper(
        number=named.cited.number,
        raw=named.cited.raw,
        version=named.cited.version,
        held=tuple(dict.fromkeys(shelves.papers[i].id for i in named.places)),
        base=bool(set(base) & set(named.places)),
    )


def _held(named: Sequence[Named], base: Sequence[int], told: Judged, shelves: Shelves) -> tuple[HeldPaper, ...]:
    """The papers at hand that are named or quoted, in their order."""
    wanted = {shelves.papers[i].id for i in (*base, *(i for n in named for i in n.places))}
    wanted |= {quote.paper_id for quotes in told.evidence.values() for quote in quotes}
    found: dict[tuple[str, str | None], Paper] = {}
    for paper in shelves.papers:
        if paper.id in wanted:
            found.setdefault((paper.id, paper.version), paper)
    fields = HeldPaper.model_fields
    return tuple(HeldPaper(**{name: getattr(paper, name) for name in fields}) for paper in found.values())


# --- notices and topics -----------------------------------------------------------------------------------------

_DOUBTED = {"concern": "an expression of concern was published on it", "erratum": "an erratum was published on it"}


def _noticed(
    named: Sequence[Named], base: Sequence[int], shelves: Shelves, tools: Tools
) -> tuple[dict[int, str], dict[int, str], dict[int, str]]:
    """What notices say: of papers that fell, of papers in doubt (both by place), and of references not at hand.

    Records bring their notices, and lists that the person keeps (SYNTH_NOTICES) are looked through; a reference that
    is not at hand is looked up by its ids alone.
    """
    places = list(dict.fromkeys((*base, *(i for n in named for i in n.places))))
    absent = [n for n in named if not n.places]
    asking = [shelves.papers[i] for i in places] + [_unheld(n) for n in absent]
    checked = notices.check(asking, None, tools.progress).papers
    here = {i: paper.notices for i, paper in zip(places, checked, strict=False)}
    shelves.notices(here)
    gone = surviving.fallen(checked)
    fallen = {i: f"was {gone[shelves.papers[i].id]}" for i in places if shelves.papers[i].id in gone}
    doubted = {
        i: what for i in places if i not in fallen
        for what in [next((_DOUBTED[n.kind] for n in here[i] if n.kind in _DOUBTED), None)] if what
    }  # fmt: skip
    stamped = {
        n.cited.number: f"({n.cited.raw}) was {gone[paper.id]}"
        for n, paper in zip(absent, checked[len(places) :], strict=True) if paper.id in gone
    }  # fmt: skip
    return fallen, doubted, stamped


def _unheld(named: Named) -> Paper:
    """A reference as a record of a paper, with what its own words say of a retraction."""
    cited = named.cited
    told = said(cited.title or cited.raw, None, None, source="the reference itself")
    return Paper(
        id=f"reference {cited.number}", title=cited.title or cited.raw, authors=(), year=cited.year, ids=cited.ids,
        abstract=None, version=cited.version, notices=told, source="reference",
    )  # fmt: skip


def _topics(
    question: Question | None, named: Sequence[Named], told: Judged, shelves: Shelves, tools: Tools
) -> dict[int, tuple[bool, str]]:
    """Which named papers bear on the question or on a claim, by the rule that a report screens papers with."""
    from synth.screen import Candidate, screen
    from synth.search import embed

    if question is None:
        return {}
    places = [i for i in dict.fromkeys(i for n in named for i in n.places) if shelves.text(i) is not None]
    if not places:
        return {}
    texts = [f"{shelves.papers[i].title} {shelves.wording(i)}" for i in places]
    matrix = embed([*texts, question.text], tools.embedder, tools.vectors)
    quoted = {e.paper_id for quotes in told.evidence.values() for e in quotes if e.stance != "neutral"}
    topics = {}
    for i, text, row in zip(places, texts, matrix[:-1], strict=True):
        candidate = Candidate(shelves.papers[i], text, round(float(row @ matrix[-1]), 4), "")
        (work,) = screen(question, [candidate], most=1)
        own = shelves.papers[i].id in told.own
        topics[i] = (work.included or own or shelves.papers[i].id in quoted, work.reason)
    return topics
