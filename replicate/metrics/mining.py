"""Mining of translation pairs (BUCC): margin search, one-to-one candidates, the threshold, F1 of the pairs.

Margin and candidates are those of Artetxe and Schwenk (2019, "Margin-based parallel corpus mining"), as
XTREME and jiant use them: cosine over the mean of the k nearest neighbours in both directions, best first,
each sentence used once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from replicate.metrics import retrieval
from replicate.metrics.examples import Examples, f1_scores
from synth.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Candidates", "best_threshold", "keep", "mine", "named", "per_example", "representatives", "score"]

Margin = Literal["ratio", "distance", "absolute"]
Search = Callable[[Any, Any, int], tuple[Any, Any]]
Id = TypeVar("Id", bound=Hashable)


@dataclass(frozen=True)
class Candidates:
    """Mined pairs as rows of the two matrices with their margin scores, best first. No row occurs twice on one side."""

    source: NDArray[np.int64]  # [pairs]
    target: NDArray[np.int64]  # [pairs]
    score: NDArray[np.float64]  # [pairs]

    def by_pair(self) -> dict[tuple[int, int], float]:
        """(source row, target row) -> score, best first."""
        return dict(zip(zip(self.source.tolist(), self.target.tolist(), strict=True), self.score.tolist(), strict=True))


def mine(
    source_matrix: NDArray[Any],
    target_matrix: NDArray[Any],
    k: int = 4,
    margin: Margin = "ratio",
    floor: float = 0.0,
    search: Search = retrieval.neighbours,
) -> Candidates:
    """Candidates from sentence vectors [n, d] and [m, d], any scale: the best of k neighbours, from both sides.

    The score of a pair is its cosine a against b, the mean of the mean cosines of both sentences to their k
    neighbours: a / b (ratio), a - b (distance) or a (absolute). The best target of each source and the best
    source of each target are walked by falling score, and a pair is taken when both of its sentences are
    free; pairs not above `floor` are left out. Equal scores keep the order sources, then targets, by row.
    Vectors of repeated sentences should be passed once: see `representatives`. `search` may be any function
    with the contract of `retrieval.neighbours`.
    """
    import numpy as np

    forward, forward_row = search(source_matrix, target_matrix, k)
    backward, backward_row = search(target_matrix, source_matrix, k)
    forward, backward = np.asarray(forward, dtype=np.float64), np.asarray(backward, dtype=np.float64)
    forward_mean, backward_mean = forward.mean(axis=1), backward.mean(axis=1)
    to_target = _margin(forward, (forward_mean[:, None] + backward_mean[forward_row]) / 2, margin)
    to_source = _margin(backward, (backward_mean[:, None] + forward_mean[backward_row]) / 2, margin)
    n, m = forward.shape[0], backward.shape[0]
    source = np.concatenate((np.arange(n), backward_row[np.arange(m), to_source.argmax(axis=1)]))
    target = np.concatenate((forward_row[np.arange(n), to_target.argmax(axis=1)], np.arange(m)))
    scores = np.concatenate((to_target.max(axis=1), to_source.max(axis=1)))
    taken = _one_to_one(source.tolist(), target.tolist(), np.argsort(-scores, kind="stable").tolist())
    kept = np.array([row for row in taken if scores[row] > floor], dtype=np.int64)
    return Candidates(source[kept], target[kept], scores[kept])


def _margin(cosine: NDArray[np.float64], mean: NDArray[np.float64], margin: Margin) -> NDArray[np.float64]:
    """Scores of candidates; where the mean is 0 (zero vectors only) a ratio has no value and is given 0."""
    import numpy as np

    if margin == "ratio":
        return np.divide(cosine, mean, out=np.zeros_like(cosine), where=mean != 0)
    if margin == "distance":
        return cosine - mean
    if margin == "absolute":
        return cosine
    raise InputError(f'unknown margin "{margin}"; known: absolute, distance, ratio')


def _one_to_one(source: list[int], target: list[int], order: list[int]) -> list[int]:
    """The places in `order` whose source and target are both still free when their turn comes."""
    used_source: set[int] = set()
    used_target: set[int] = set()
    taken = []
    for place in order:
        if source[place] not in used_source and target[place] not in used_target:
            used_source.add(source[place])
            used_target.add(target[place])
            taken.append(place)
    return taken


def representatives(texts: Sequence[str]) -> list[list[int]]:
    """Rows that hold the same text, grouped, in order of first occurrence; mine with one vector per group."""
    groups: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        groups.setdefault(text, []).append(row)
    return list(groups.values())


def named(
    candidates: Candidates,
    source_ids: Sequence[Collection[str]],
    target_ids: Sequence[Collection[str]],
    repeated: Literal["all", "drop"] = "all",
) -> dict[tuple[str, str], float]:
    """Candidates over groups of equal sentences as (source id, target id) -> score; ids per group, in order of groups.

    `repeated` "all": every id of a repeated sentence is paired (jiant, hence the paper); "drop": sentences
    that occur more than once are left out (XTREME). The two give different F1 on the same vectors.
    """
    pairs: dict[tuple[str, str], float] = {}
    for (source, target), value in candidates.by_pair().items():
        if repeated == "drop" and (len(source_ids[source]) > 1 or len(target_ids[target]) > 1):
            continue
        for left in source_ids[source]:
            for right in target_ids[target]:
                pairs[left, right] = value
    return pairs


def best_threshold(candidates: Mapping[tuple[Id, Id], float] | Candidates, gold: Collection[tuple[Id, Id]]) -> float:
    """The score from which on candidates are kept so that F1 against the gold pairs is highest.

    Candidates are walked by falling score (equal scores in the order given); the threshold lies half-way
    between the last one kept and the next, and is the last score itself when all are kept. 0 when no
    candidate is right. Chosen on the gold pairs it is then scored against, this is an oracle: say so beside
    such an F1. Raises InputError without gold pairs.
    """
    if not gold:
        raise InputError("no gold pairs: a threshold cannot be chosen")
    scored = candidates.by_pair() if isinstance(candidates, Candidates) else candidates
    wanted = set(gold)
    walk = sorted(scored.items(), key=lambda item: -item[1])
    threshold, best, correct = 0.0, 0.0, 0
    for kept, (pair, value) in enumerate(walk, start=1):
        correct += pair in wanted
        if not correct:
            continue
        precision, recall = correct / kept, correct / len(wanted)
        # Not scaled to 100: cuts of equal F1 differ in the last place, and which one is first decides the threshold.
        f1 = 2 * precision * recall / (precision + recall)
        if f1 > best:
            below = walk[kept][1] if kept < len(walk) else value
            best, threshold = f1, (value + below) / 2
    return threshold


def keep(candidates: Mapping[tuple[Id, Id], float], threshold: float) -> list[tuple[Id, Id]]:
    """The pairs whose score is at least the threshold, in the order given."""
    return [pair for pair, value in candidates.items() if value >= threshold]


def score(gold: Collection[tuple[Id, Id]], predicted: Collection[tuple[Id, Id]]) -> dict[str, float]:
    """F1, precision and recall of the set of predicted pairs, 0-100; a pair given twice counts once.

    No predicted pair is a result (nothing was mined): 0. No gold pair is an InputError.
    """
    wanted, found = set(gold), set(predicted)
    if not wanted:
        raise InputError("no gold pairs to score against")
    return f1_scores(len(wanted & found), len(found), len(wanted))


def per_example(
    gold: Collection[tuple[str, str]],
    predicted: Collection[tuple[str, str]],
    sources: Sequence[str] | None = None,
) -> Examples:
    """One row per source sentence: pairs that are correct, predicted and gold.

    `sources` fixes the rows (all source ids, in any order), so that two runs can be paired; without it the
    rows are the sources of gold pairs, then those of other predicted pairs, sorted. Raises InputError when a
    pair has a source outside.
    """
    import numpy as np

    wanted, found = set(gold), set(predicted)
    if not wanted:
        raise InputError("no gold pairs to score against")
    if sources is None:
        first = sorted({left for left, _ in wanted})
        sources = first + sorted({left for left, _ in found}.difference(first))
    place = {name: row for row, name in enumerate(sources)}
    statistics = np.zeros((len(place), 3))
    for column, group in enumerate((wanted & found, found, wanted)):
        for left, _ in group:
            if left not in place:
                raise InputError(f'"{left}" is paired but is not among the {len(place)} source sentences')
            statistics[place[left], column] += 1
    return Examples("f1", ("correct", "predicted", "gold"), statistics)
