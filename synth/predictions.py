"""`synth verify --claims`: a file of claims held against a file of abstracts, predictions out (the SciFact shapes).

A claim is `{"id", "claim", ["doc_ids": [...]]}`, an abstract `{"doc_id", "title", "abstract": [sentence, ...]}`;
ids are numbers or text. A prediction names the sentences of each abstract by their index, best first. SciFact's own
files call the documents of a claim `cited_doc_ids`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from synth import judging, lines, runs, standing, verifying
from synth.errors import InputError
from synth.progress import Silent
from synth.records import Claim, Evidence, Paper, Passage, ReadPaper

if TYPE_CHECKING:
    from synth.library import Library
    from synth.models.embedding import Embedder
    from synth.models.verifier import Verifier
    from synth.search import Vectors

__all__ = ["predict"]

_READ = 10  # abstracts that are read for a claim
_AT_ONCE = 64  # claims that are embedded and read together: enough for every core, few enough to see it move
_LABELS = {"supports": "SUPPORT", "refutes": "CONTRADICT"}


class _Abstract(NamedTuple):
    """One line of a corpus. The passages are its sentences and carry their index as `start`."""

    paper: Paper
    passages: tuple[Passage, ...]


class _Asked(NamedTuple):
    """One line of claims: the id as given (text or number), and the ids of its own documents as text."""

    key: str | int
    claim: Claim
    documents: tuple[str, ...]


class _Chosen(NamedTuple):
    """What a claim is held against, and the places of these abstracts where a search ranked them for it."""

    abstracts: list[_Abstract]
    places: dict[str, int] | None


def predict(
    claims: Path,
    corpus: Path,
    out: Path,
    library: Library,
    progress: Silent,
    *,
    oracle: bool,
    verifier: str | None = None,
) -> int:
    """Write predictions for the claims in their order and say how many.

    With `oracle` each claim is held against its own documents, else against those a search finds. `verifier` names
    another than the packaged one (`synth.models.verifier.load`).

    Raises:
        InputError: a file or a line of it is at fault, or the verifier cannot be had.
    """
    from synth.models import embedding
    from synth.models import verifier as verifiers
    from synth.render.serial import dumps

    lines.writable(out, "--out")
    progress.stage("open")
    abstracts = _abstracts(corpus)
    asked = _claims(claims, corpus, abstracts if oracle else None)
    embedder, verifying = embedding.load(), verifiers.load(verifier)
    vectors = library.vectors(embedder.id)
    if oracle:
        chosen: Iterable[_Chosen] = (_Chosen([abstracts[name] for name in one.documents], None) for one in asked)
    else:
        progress.stage("embed")
        chosen = _found(asked, list(abstracts.values()), embedder, vectors, progress)

    def predictions() -> Iterator[str]:
        pairs = iter(zip(asked, chosen, strict=True))
        told = False
        while part := list(islice(pairs, _AT_ONCE)):
            if not told:
                progress.stage("verify", len(asked))
                told = True
            for line in _predictions(part, embedder, verifying, vectors):
                yield dumps(line, indent=None).rstrip("\n")
                progress.step()

    lines.write(out, predictions(), "--out")
    if verifying.trouble:
        progress.say(verifying.trouble)
    return len(asked)


# --- the files ------------------------------------------------------------------------------------------


def _abstracts(path: Path) -> dict[str, _Abstract]:
    """The corpus by document id as text, in its order."""
    read = [(number, _abstract(path, number, line)) for number, line in lines.read(path)]
    lines.unique(path, [(number, abstract.paper.id) for number, abstract in read])
    return {abstract.paper.id: abstract for _, abstract in read}


def _abstract(path: Path, number: int, line: dict[str, Any]) -> _Abstract:
    sentences = line.get("abstract")
    if not isinstance(sentences, list) or not all(isinstance(sentence, str) for sentence in sentences):
        raise InputError(f'{path}:{number}: field "abstract" is not a list of sentences')
    paper = runs.document(path, number, line)
    passages = tuple(
        Passage(
            paper_id=paper.id,
            version=None,
            tier="abstract",
            section="Abstract",
            page=None,
            start=index,
            end=index + 1,
            text=sentence,
        )
        for index, sentence in enumerate(sentences)
        if sentence.strip()
    )
    return _Abstract(paper, passages)


def _claims(path: Path, corpus: Path, abstracts: dict[str, _Abstract] | None) -> list[_Asked]:
    """The claims in their order; with `abstracts` every claim must name its documents among them."""
    asked: list[_Asked] = []
    numbers: list[tuple[int, str]] = []
    for number, line in lines.read(path):
        key = lines.text(path, number, line, "id")
        claim = judging.claim(lines.text(path, number, line, "claim"), f"{path}:{number}")
        documents = () if abstracts is None else _documents(path, number, line)
        missing = [name for name in documents if abstracts is not None and name not in abstracts]
        if missing:
            problem = f"doc_ids names {missing[0]}, which {corpus} does not hold"
            raise InputError(f"{path}:{number}: {problem}; add it there or drop it here")
        asked.append(_Asked(line["id"], claim, documents))
        numbers.append((number, key))
    lines.unique(path, numbers)
    return asked


def _documents(path: Path, number: int, line: dict[str, Any]) -> tuple[str, ...]:
    documents = line.get("doc_ids", line.get("cited_doc_ids"))
    if not isinstance(documents, list) or not all(isinstance(name, str | int) for name in documents):
        raise InputError(f'{path}:{number}: field "doc_ids" is not a list of ids, which --oracle needs')
    return tuple(dict.fromkeys(str(name) for name in documents))


# --- predictions ----------------------------------------------------------------------------------------


def _found(
    asked: Sequence[_Asked], abstracts: Sequence[_Abstract], embedder: Embedder, vectors: Vectors, progress: Silent
) -> Iterator[_Chosen]:
    """The nearest abstracts of each claim, in the order of the claims."""
    papers = [abstract.paper for abstract in abstracts]
    queries = [(str(one.key), one.claim.statement) for one in asked]
    ranked = runs.rank_all(queries, papers, embedder, limit=_READ, vectors=vectors, embedding=progress.upto)
    for _, ranking in ranked:
        found = [abstracts[hit.index] for hit in ranking]
        relevance = {abstract.paper.id: hit.score for abstract, hit in zip(found, ranking, strict=True)}
        yield _Chosen(found, standing.places(relevance))


def _predictions(
    part: Sequence[tuple[_Asked, _Chosen]], embedder: Embedder, verifier: Verifier, vectors: Vectors
) -> Iterator[dict[str, Any]]:
    """The predictions for some claims, each against the abstracts beside it; these all are ranked, or none is."""
    found = any(chosen.places is not None for _, chosen in part)
    ranking = verifier.calibrator.ranking if found and verifier.calibrator is not None else None
    papers = [
        [
            ReadPaper(paper=one.paper, tier="abstract", text=one.paper.abstract or "", sections=())
            for one in of.abstracts
        ]
        for _, of in part
    ]
    passages = [[passage for abstract in of.abstracts for passage in abstract.passages] for _, of in part]
    judged = verifying.verified_each(
        [(one.claim, texts, among) for (one, _), texts, among in zip(part, papers, passages, strict=True)],
        embedder,
        verifier,
        vectors,
        found=found,
        bar=0.5 if ranking is None else ranking.bar,
        places=None if ranking is None else [of.places for _, of in part],
    )
    for (one, _), among, claim in zip(part, passages, judged, strict=True):
        places = {(p.paper_id, p.text): p.start for p in reversed(among)}  # of equal sentences, the first
        verdict = {"label": claim.verdict.label, "confidence": claim.verdict.confidence}
        evidence = _evidence(claim.evidence, places, calibrated=verifier.calibrator is not None)
        yield {"id": one.key, "evidence": evidence, "verdict": verdict}


def _evidence(evidence: Sequence[Evidence], places: dict[tuple[str, str], int], *, calibrated: bool) -> dict[str, Any]:
    """Evidence by document, best sentence first; neutral evidence is left out.

    `confidence` is the calibrated probability of the document's label; null without a calibrator.
    """
    found: dict[str, Any] = {}
    for item in evidence:
        if item.stance == "neutral":
            continue
        label = _LABELS[item.stance]
        confidence = item.score if calibrated else None
        entry = found.setdefault(item.paper_id, {"label": label, "sentences": [], "confidence": confidence})
        place = places[item.paper_id, item.quote]
        if entry["label"] == label and place not in entry["sentences"]:
            entry["sentences"].append(place)
    return found
