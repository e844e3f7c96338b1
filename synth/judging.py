"""`synth verify`: claims in words held against papers. Files of claims: `synth.predictions`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synth.errors import InputError
from synth.progress import Silent
from synth.records import (
    Check,
    Claim,
    Paper,
    Passage,
    ReadPaper,
    Replication,
    SkippedPaper,
    SourceSpan,
    Verdict,
    content_id,
)
from synth.render.display import CHECK_MARKS, sureness
from synth.verifying import verified

if TYPE_CHECKING:
    from synth.collect import Corpus
    from synth.library import Library
    from synth.search import LexicalIndex

__all__ = ["LONGEST", "claim", "judged", "told"]

LONGEST = 2_000  # characters of a claim
_PAPERS = 20  # papers of a corpus that are read for a claim


def judged(
    claims: Sequence[str], paths: Sequence[Path], library: Library, progress: Silent, verifier: str | None = None
) -> tuple[list[Claim], list[SkippedPaper]]:
    """The claims with verdict and evidence, against the named papers (else starter library and own papers), and
    which papers could not be read. `verifier` names another than the packaged one (`synth.models.verifier.load`).

    Raises:
        InputError: no claim, an empty or an endless one, no paper that can be read, or a verifier that cannot be had.
    """
    from synth import holdings
    from synth.models import embedding
    from synth.models import verifier as verifiers
    from synth.rereading import remembering
    from synth.search import rank

    if not claims:
        raise InputError("verify: no claim was given; give it in quotes, or a file with --claims")
    made = [claim(text, f"claim {n}") for n, text in enumerate(claims, 1)]
    progress.stage("open")
    corpora = [holdings.local(paths, library)] if paths else [holdings.starter(), holdings.own(library)]
    embedder, verifying = embedding.load(), remembering(verifiers.load(verifier), library)
    vectors = library.vectors(embedder.id)
    skipped = {item.name: item for corpus in corpora for item in corpus.skipped}
    indexes = [corpus.lexical() if corpus.lexical else _index(corpus) for corpus in corpora]
    progress.stage("verify", len(made))
    results = []
    for one in made:
        texts: list[ReadPaper] = []
        for corpus, index in zip(corpora, indexes, strict=True):
            ranked = rank(one.statement, corpus.papers, embedder, lexical=index, vectors=vectors, limit=_PAPERS)
            texts += _read(corpus, [corpus.papers[hit.index] for hit in ranked], skipped)
        results += verified([one], texts, _passages(texts), embedder, verifying, vectors)
        progress.step()
    if verifying.trouble:
        progress.say(verifying.trouble)
    return results, list(skipped.values())


def _index(corpus: Corpus) -> LexicalIndex:
    from synth.search import LexicalIndex

    return LexicalIndex.build((paper.title, paper.abstract or "") for paper in corpus.papers)


def _read(corpus: Corpus, papers: Sequence[Paper], skipped: dict[str, SkippedPaper]) -> list[ReadPaper]:
    """The texts of the papers; what cannot be read lands in `skipped`."""
    texts = []
    for paper in papers:
        try:
            texts.append(corpus.read(paper))
        except InputError as problem:
            name = paper.location or paper.id
            skipped[name] = SkippedPaper(name=name, reason=str(problem).removeprefix(f"{name}: "))
    return texts


def _passages(texts: Sequence[ReadPaper]) -> list[Passage]:
    from synth.passages import passages

    return [passage for text in texts for passage in passages(text)]


def told(one: Claim) -> str:
    """A verdict for a terminal: the label, why, how sure, what was checked, and the quotes."""
    lines = [f"{one.verdict.label}: {one.statement}", f"  {one.verdict.reason}"]
    if one.verdict.confidence is not None:
        lines.append(f"  confidence {sureness(one.verdict.confidence)}")
    if one.verdict.checks:
        whose = "checks" if one.verdict.label != "not_enough_evidence" else "checks of the nearest passage"
        lines.append(f"  {whose}: {'; '.join(map(_checked, one.verdict.checks))}")
    for item in one.evidence:
        page = f"page {item.page}" if item.page else None
        place = ", ".join(part for part in (item.paper_id, item.version, item.section, page) if part)
        lines.append(f"  {item.stance}: “{item.quote}” ({place})")
    return "\n".join(lines)


def _checked(check: Check) -> str:
    """A check in few words: '✗ number 2.8 minutes, found 8.2 minutes'."""
    instead = f", found {check.found}" if check.outcome == "mismatch" else ""
    return f"{CHECK_MARKS[check.outcome]} {check.kind} {check.claimed}{instead}"


def claim(text: str, where: str) -> Claim:
    """A claim in a person's words, not checked yet. InputError, naming `where`, for an empty or an endless one."""
    clean = " ".join(text.split())
    if not clean:
        raise InputError(f"{where}: the claim is empty")
    if len(clean) > LONGEST:
        raise InputError(f"{where}: {len(clean):,} characters; a claim is one sentence of at most {LONGEST:,}")
    return Claim(
        id=content_id("c", clean),
        statement=clean,
        quote=clean,
        source=SourceSpan(paper_id="", version=None, section=None, page=None, start=0, end=0),
        kind="descriptive",
        quantity=None,
        parent_id=None,
        verdict=Verdict(label="not_checked", score=None, confidence=None, reason="not verified yet"),
        replication=Replication(status="not_run", reason="no experiment was run", command=None),
    )
