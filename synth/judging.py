"""`synth verify`: claims in words, or files of claims in the SciFact shapes, held against papers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from synth import gather, verify
from synth.errors import InputError
from synth.lookup import json_lines
from synth.records import Claim, Evidence, Ids, Paper, Passage, ReadPaper, Replication, SourceSpan, Verdict, content_id

if TYPE_CHECKING:
    from synth.library import Library

__all__ = ["judged", "predictions", "told"]

_LONGEST = 2_000
_PAPERS = 20  # papers read for a claim
_LABELS = {"supports": "SUPPORT", "refutes": "CONTRADICT"}


def judged(claims: Sequence[str], paths: Sequence[Path], library: Library) -> list[Claim]:
    """The claims with verdict and evidence, against the named papers (else starter library and own papers).

    Raises:
        InputError: no claim, an empty or an endless one, or papers that cannot be read.
    """
    from synth import holdings
    from synth.models import embedding
    from synth.passages import passages
    from synth.search import rank

    if not claims:
        raise InputError("verify: no claim was given; give it in quotes, or a file with --claims")
    made = [_claim(text, f"claim {n}") for n, text in enumerate(claims, 1)]
    embedder = embedding.load()
    vectors = library.vectors(embedder.id)
    corpora = [holdings.local(paths, library)] if paths else [holdings.starter(), holdings.own(library)]
    results = []
    for claim in made:
        texts: list[ReadPaper] = []
        for corpus in corpora:
            ranked = rank(claim.statement, corpus.papers, embedder, vectors=vectors, limit=_PAPERS)
            texts += [corpus.read(corpus.papers[hit.index]) for hit in ranked]
        pool = gather.pool(texts, [p for text in texts for p in passages(text)])
        (bearings,) = gather.evidence([claim], pool, embedder, vectors)
        verdict, evidence = verify.verdict(claim, bearings)
        results.append(claim.model_copy(update={"verdict": verdict, "evidence": evidence}))
    return results


def told(claim: Claim) -> str:
    """A verdict for a terminal: the label, why, and the quotes."""
    lines = [f"{claim.verdict.label}: {claim.statement}", f"  {claim.verdict.reason}"]
    for item in claim.evidence:
        place = ", ".join(str(part) for part in (item.paper_id, item.version, item.section) if part)
        lines.append(f"  {item.stance}: “{item.quote}” ({place})")
    return "\n".join(lines)


def _claim(text: str, where: str) -> Claim:
    clean = " ".join(text.split())
    if not clean:
        raise InputError(f"{where}: the claim is empty")
    if len(clean) > _LONGEST:
        raise InputError(f"{where}: {len(clean):,} characters; a claim is one sentence of at most {_LONGEST:,}")
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


# --- files of claims --------------------------------------------------------------------------------


class _Abstract(NamedTuple):
    """One line of a corpus: the passages of `sentences` carry their index as `start`."""

    paper: Paper
    passages: tuple[Passage, ...]


def predictions(claims: Path | None, corpus: Path | None, out: Path | None, library: Library, *, oracle: bool) -> None:
    """Write predictions for the claims in their order (the SciFact shapes; see the interface).

    Raises:
        InputError: a file or a line of it is at fault.
    """
    from synth.models import embedding
    from synth.search import LexicalIndex, rank

    if claims is None or corpus is None or out is None:
        raise InputError("verify: --claims, --corpus and --out go together; give all three")
    abstracts = [_abstract(line, corpus) for line in json_lines(corpus)]
    papers = tuple(a.paper for a in abstracts)
    at = {paper.id: n for n, paper in enumerate(papers)}
    index = LexicalIndex.build((p.title, p.abstract or "") for p in papers)
    embedder = embedding.load()
    vectors = library.vectors(embedder.id)
    lines = []
    for line in json_lines(claims):
        text = line.get("claim")
        if not isinstance(text, str) or "id" not in line:
            raise InputError(f"{claims} line {line[chr(0) + 'line']}: needs the fields id and claim")
        claim = _claim(text, f"{claims} line {line[chr(0) + 'line']}")
        if oracle:
            read = [abstracts[at[str(i)]] for i in line.get("doc_ids", ()) if str(i) in at]
        else:
            ranked = rank(claim.statement, papers, embedder, lexical=index, limit=10, vectors=vectors)
            read = [abstracts[hit.index] for hit in ranked]
        texts = [ReadPaper(paper=a.paper, tier="abstract", text=a.paper.abstract or "", sections=()) for a in read]
        pool = gather.pool(texts, [p for a in read for p in a.passages])
        (bearings,) = gather.evidence([claim], pool, embedder, vectors)
        verdict, evidence = verify.verdict(claim, bearings)
        places = {(p.paper_id, p.text): p.start for a in read for p in a.passages}
        lines.append(
            {
                "id": line["id"],
                "evidence": _documents(evidence, places),
                "verdict": {"label": verdict.label, "confidence": verdict.confidence},
            }
        )
    try:
        out.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines), encoding="utf-8")
    except OSError as problem:
        raise InputError(f"--out {out}: cannot be written ({problem.strerror})") from None


def _documents(evidence: Sequence[Evidence], places: dict[tuple[str, str], int]) -> dict[str, Any]:
    """Evidence by document, best sentence first; neutral evidence is left out. `confidence` is not calibrated: null."""
    found: dict[str, Any] = {}
    for item in evidence:
        if item.stance == "neutral":
            continue
        entry = found.setdefault(
            item.paper_id, {"label": _LABELS[item.stance], "sentences": [], "confidence": None}
        )
        if entry["label"] == _LABELS[item.stance]:
            entry["sentences"].append(places[item.paper_id, item.quote])
    return found


def _abstract(line: dict[str, Any], path: Path) -> _Abstract:
    sentences = line.get("abstract")
    key = line.get("doc_id", line.get("id"))
    if key is None or not isinstance(sentences, list):
        raise InputError(f"{path} line {line[chr(0) + 'line']}: needs doc_id and abstract (a list of sentences)")
    paper = Paper(
        id=str(key),
        title=str(line.get("title") or ""),
        authors=(),
        year=None,
        ids=Ids(),
        abstract=" ".join(map(str, sentences)),
        source="local",
    )
    passages = tuple(
        Passage(paper_id=paper.id, version=None, tier="abstract", section="Abstract", page=None, start=n, end=n + 1, text=str(s))
        for n, s in enumerate(sentences)
        if str(s).strip()
    )
    return _Abstract(paper, passages)
