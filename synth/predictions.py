"""`synth verify --claims`: a file of claims held against a file of abstracts, predictions out (the SciFact shapes).

A claim is `{"id", "claim", ["doc_ids": [...]]}`, an abstract `{"doc_id", "title", "abstract": [sentence, ...]}`;
ids are numbers or text. A prediction names the sentences of each abstract by their index, best first. SciFact's own
files call the documents of a claim `cited_doc_ids`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from synth import judging, lines, runs
from synth.errors import InputError
from synth.progress import Silent
from synth.records import Claim, Evidence, Paper, Passage, ReadPaper

if TYPE_CHECKING:
    from synth.library import Library
    from synth.models.embedding import Embedder
    from synth.search import Vectors

__all__ = ["predict"]

_READ = 10  # abstracts that are read for a claim
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


def predict(claims: Path, corpus: Path, out: Path, library: Library, progress: Silent, *, oracle: bool) -> int:
    """Write predictions for the claims in their order and say how many.

    With `oracle` each claim is held against its own documents, else against those a search finds.

    Raises:
        InputError: a file or a line of it is at fault.
    """
    from synth.models import embedding
    from synth.render.serial import dumps

    lines.writable(out, "--out")
    progress.stage("open")
    abstracts = _abstracts(corpus)
    asked = _claims(claims, corpus, abstracts if oracle else None)
    embedder = embedding.load()
    vectors = library.vectors(embedder.id)
    choose = _own(abstracts) if oracle else _found(abstracts, embedder, vectors)
    progress.stage("verify", len(asked))

    def predictions() -> Iterator[str]:
        for one in asked:
            yield dumps(_prediction(one, choose(one), embedder, vectors), indent=None).rstrip("\n")
            progress.step()

    lines.write(out, predictions(), "--out")
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


def _own(abstracts: dict[str, _Abstract]) -> Callable[[_Asked], list[_Abstract]]:
    return lambda one: [abstracts[name] for name in one.documents]


def _found(
    abstracts: dict[str, _Abstract], embedder: Embedder, vectors: Vectors
) -> Callable[[_Asked], list[_Abstract]]:
    """The nearest abstracts of a claim; the index is built once."""
    from synth.search import LexicalIndex, rank

    every = list(abstracts.values())
    papers = [abstract.paper for abstract in every]
    index = LexicalIndex.build((paper.title, paper.abstract or "") for paper in papers)

    def nearest(one: _Asked) -> list[_Abstract]:
        ranked = rank(one.claim.statement, papers, embedder, lexical=index, limit=_READ, vectors=vectors)
        return [every[hit.index] for hit in ranked]

    return nearest


def _prediction(one: _Asked, read: Sequence[_Abstract], embedder: Embedder, vectors: Vectors) -> dict[str, Any]:
    texts = [ReadPaper(paper=a.paper, tier="abstract", text=a.paper.abstract or "", sections=()) for a in read]
    passages = [passage for abstract in read for passage in abstract.passages]
    judged = judging.judge(one.claim, texts, passages, embedder, vectors)
    places = {(p.paper_id, p.text): p.start for p in reversed(passages)}  # of equal sentences, the first
    verdict = {"label": judged.verdict.label, "confidence": judged.verdict.confidence}
    return {"id": one.key, "evidence": _evidence(judged.evidence, places), "verdict": verdict}


def _evidence(evidence: Sequence[Evidence], places: dict[tuple[str, str], int]) -> dict[str, Any]:
    """Evidence by document, best sentence first. The best one tells the label; neutral evidence is left out.

    `confidence` is null: the score is not calibrated.
    """
    found: dict[str, Any] = {}
    for item in evidence:
        if item.stance == "neutral":
            continue
        label = _LABELS[item.stance]
        entry = found.setdefault(item.paper_id, {"label": label, "sentences": [], "confidence": None})
        place = places[item.paper_id, item.quote]
        if entry["label"] == label and place not in entry["sentences"]:
            entry["sentences"].append(place)
    return found
