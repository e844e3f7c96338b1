"""What a paper's place among those that a search ranked for a claim is worth: fitted on claims that taught no weights.

The claims of the groups kept from training are looked for in the whole corpus of their set, as `synth verify --claims`
does; a document that nobody cited for the claim counts as silent. Sets count alike, however many claims they have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from synth import judging
from synth.judgement import see
from synth.labelled import Pair
from synth.models import stance
from synth.reading_on import read_on
from synth.records import Claim, Ids, Paper, Passage, ReadPaper, Window
from synth.runs import rank_all
from synth.standing import Standing, places, pooled, standings, taking_sides
from synth.statements import unattributed
from synth.training.examples import LABELS
from synth.training.recipe import document, documents
from synth.training.regression import shared

if TYPE_CHECKING:
    from synth.models.calibration import Calibrator
    from synth.models.embedding import Embedder

__all__ = ["Placed", "abstract", "best_bar", "fitted", "placed"]

_READ = 10  # documents of a ranking that are read, as in verifying
_BARS = tuple(step / 20 for step in range(3, 13))


class Placed(NamedTuple):
    """A ranked document: the probabilities of (supports, refutes, neutral) that its text alone gives, in all windows
    together; its standing, the true class (0 supports, 1 refutes, 2 neutral), and the set."""

    probabilities: tuple[float, float, float]
    standing: Standing
    label: int
    data: str


def placed(
    folder: Path, pairs: Sequence[Pair], model: stance.StanceModel, embedder: Embedder, calibrator: Calibrator
) -> Iterator[Placed]:
    """The documents that a search in the set's corpus ranks first for the claims of `pairs`, which are all of one set.

    Other documents of a claim's own group are passed over: parts of a cited article may well speak to the claim.
    """
    labels: dict[str, dict[str, int]] = {}
    groups: dict[str, set[str]] = {}
    for pair in pairs:
        labels.setdefault(pair.claim, {})[document(pair)] = LABELS[pair.label]
        groups.setdefault(pair.claim, set()).add(pair.group)
    related: dict[str, set[str]] = {}
    for pair in pairs:
        related.setdefault(pair.group, set()).add(document(pair))
    corpus = documents(folder / "corpus.jsonl")
    asked = {text: judging.claim(text, "claim") for text in labels if len(text) <= judging.LONGEST}
    papers = [abstract(name, *corpus[name])[0].paper for name in corpus]
    queries = [(text, claim.statement) for text, claim in asked.items()]
    for text, ranking in rank_all(queries, papers, embedder, limit=3 * _READ):
        apart = set().union(*(related[group] for group in groups[text])) - labels[text].keys()
        scores = {papers[hit.index].id: hit.score for hit in ranking if papers[hit.index].id not in apart}
        order = dict(list(scores.items())[:_READ])
        texts, passages = zip(*(abstract(name, *corpus[name]) for name in order), strict=True) if order else ((), ())
        among = [passage for own in passages for passage in own]
        (windows,) = read_on([(asked[text], texts, among)], embedder, model, calibrator)
        yield from _placed(asked[text], windows, places(order), labels[text], calibrator, pairs[0].data)


def abstract(name: str, title: str, sentences: Sequence[str], source: str = "local") -> tuple[ReadPaper, list[Passage]]:
    """A document of a labelled set as a paper of which the abstract was read, and its sentences as passages."""
    text = " ".join(sentence.strip() for sentence in sentences)
    paper = Paper(id=name, title=title, authors=(), year=None, ids=Ids(), abstract=text or None, source=source)
    passages = [
        Passage(paper_id=name, version=None, tier="abstract", section="Abstract", page=None, start=i, end=i + 1, text=s)
        for i, s in enumerate(sentences)
        if s.strip()
    ]
    return ReadPaper(paper=paper, tier="abstract", text=text, sections=()), passages


def _placed(
    claim: Claim,
    windows: Iterable[Window],
    ranked: Mapping[str, int],
    cited: Mapping[str, int],
    calibrator: Calibrator,
    data: str,
) -> Iterator[Placed]:
    read: dict[str, list[tuple[float, float, float]]] = {}
    for window in windows:
        probabilities = see(unattributed(claim.statement), window, calibrator, found=True).probabilities
        if probabilities is not None:
            read.setdefault(window.bearings[0].passage.paper_id, []).append(probabilities)
    seen = {name: pooled(own) for name, own in read.items()}
    stand = standings({name: taking_sides(p) for name, p in seen.items()}, ranked)
    for name in ranked:
        if name in seen:
            yield Placed(seen[name], stand[name], cited.get(name, LABELS["neutral"]), data)


def fitted(rows: Sequence[Placed]) -> dict[str, Any]:
    """The coefficients of `synth.models.calibration.Ranking`."""
    import numpy as np

    p = np.log(np.maximum(np.array([row.probabilities for row in rows]), 1e-12))
    sizes = {name: sum(row.data == name for row in rows) for name in {row.data for row in rows}}
    scale, bias, *weights = shared(
        p[:, :2] - p[:, 2:],
        np.array([row.standing for row in rows]),
        np.array([row.label for row in rows]),
        np.array([1 / sizes[row.data] for row in rows]),
    )
    return {"scale": scale, "bias": bias, "weights": weights}


def best_bar(rows: Sequence[Placed], calibrator: Calibrator) -> float:
    """The bar, in twentieths, at which the sides taken have the best F1, sets counting alike; of equals the highest.

    Cited documents that the search did not find are left out: at every bar they are missed alike.
    """
    scores: list[tuple[float, float]] = []
    for bar in _BARS:
        each = []
        for data in sorted({row.data for row in rows}):
            right = taken = decided = 0
            for row in (row for row in rows if row.data == data):
                supports, refutes, neutral = calibrator.ranked(row.probabilities, row.standing)
                side = max(supports, refutes) * (1 - bar) > neutral * bar
                taken += side
                decided += row.label != LABELS["neutral"]
                right += side and row.label == (0 if supports >= refutes else 1)
            each.append(2 * right / max(1, taken + decided))
        scores.append((round(sum(each) / len(each), 4), bar))
    return max(scores)[1]
