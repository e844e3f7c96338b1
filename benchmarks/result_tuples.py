"""(task, data set, metric, score) of whole papers: which leaderboards a paper belongs to, and with which score.

    python benchmarks/result_tuples.py ../shared/data/extraction/nlp_tdms [--portion dev] [--seed 1]
    python benchmarks/result_tuples.py ../shared/data/extraction/scirex [--portion dev] [--seed 1]

The first set is NLP-TDMS (Hou et al., 2019): texts, tables as its own parser saw them, and each paper's best results.
Its experiment is followed: a leaderboard is a (task, data set, metric) that at least five of the papers have; a paper
with none is "unknown". Papers are split by a seed, 60 : 40, where the published split is not at hand. A logistic
regression says of a paper and a leaderboard whether they belong together (words of the names in title, abstract,
experiments, captions and heads; likeness to the papers of the train part that are on it), a softmax over the cells of a
paper which holds the score (the evidence of `synth.results.choosing`, which heads name the metric and the data set, and
how far the number is from what the train part has on that leaderboard). No language model takes part. Thresholds and
penalties are chosen by five-fold cross-validation within the train part; `--portion dev` prints that, `--portion test`
fits on the whole train part and judges the rest once.

Printed are precision, recall and F1 of triples and of triples with their score, micro (over all pairs of paper and
triple) and macro (the mean over the leaderboards with a gold pair), with and without "unknown"; beside it the score by
the packaged rule, which is fitted on nothing. Nothing is kept. The second set, SciREX (Jain et al., 2020), is asked the
same way for the triples of its relations; its texts have no tables, so no score is looked for, and its own task was
another: these figures are comparable to nothing published.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from leaderboards import Board, Boards, Paper, cell_features, documents, likely_number, papers, usual
from regressions import Matrix, choosing, logistic, picked, predict

from synth import __version__
from synth.library import file_hash
from synth.results.choosing import standing

UNKNOWN: Board = ("unknown", "unknown", "unknown")
LEAST, SHARE, FOLDS = 5, 0.6, 5
PENALTIES = (10.0, 30.0, 100.0)
CUTS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
SURE = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
Scored = dict[int, dict[Board, tuple[float, float, float]]]  # paper: board: (probability, number, how sure of it)


def main() -> None:
    """Print the figures with their signature."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--portion", choices=("dev", "test"), default="test")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.perf_counter()
    named, held = opened(given.folder)
    order = list(range(len(held)))
    random.Random(given.seed).shuffle(order)
    cut = round(SHARE * len(order))
    train, test = order[:cut], order[cut:]
    counts = Counter(board for paper in held for board in paper.gold)
    boards = Boards(held, sorted(b for b, n in counts.items() if n >= LEAST), train)
    settings, dev = chosen(held, boards, train)
    judged = dev
    if given.portion == "test":
        judged = scored(held, boards, train, test, [settings["penalty"]])[settings["penalty"]]
    told = {"settings": settings, **figures(held, boards.names, judged, settings)}
    signature = {
        "papers": len(judged), "train_papers": len(train), "leaderboards": len(boards.names),
        "portion": given.portion, "seed": given.seed, "data_sha256": file_hash(named),
        "version": __version__, "seconds": round(time.perf_counter() - began),
        "command": " ".join(["python benchmarks/result_tuples.py", *sys.argv[1:]]),
    }  # fmt: skip
    print(json.dumps(told | signature, indent=1))


def opened(folder: Path) -> tuple[Path, list[Paper]]:
    """The file that holds the gold results, and the papers: of SciREX where its documents lie in `folder`."""
    documented = folder / "train_docs.jsonl.gz"
    if documented.exists():
        return documented, documents(_lines(documented))
    annotated = folder / "resultsAnnotation.tsv"
    texts, tables = _lines(folder / "pdf_text.jsonl.gz"), _lines(folder / "pdf_tables.jsonl.gz")
    return annotated, papers(texts, tables, annotated.read_text(encoding="utf-8"))


def _lines(file: Path) -> list[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def chosen(held: Sequence[Paper], boards: Boards, train: Sequence[int]) -> tuple[dict[str, float], Scored]:
    """The settings with the best micro-F1 of triples, then with scores, over the folds; and what they said."""
    said: dict[float, Scored] = {penalty: {} for penalty in PENALTIES}
    for fold in range(FOLDS):
        apart = [i for n, i in enumerate(train) if n % FOLDS == fold]
        rest = [i for n, i in enumerate(train) if n % FOLDS != fold]
        for penalty, told in scored(held, boards, rest, apart, PENALTIES).items():
            said[penalty] |= told
    tried = [(shares(*triples(held, boards.names, said[penalty], cut))["micro"][2], penalty, cut)
             for penalty in PENALTIES for cut in CUTS]  # fmt: skip
    _, penalty, cut = max(tried, key=lambda one: one[0])
    sure = max(SURE, key=lambda s: shares(*with_scores(held, boards.names, said[penalty], cut, s))["micro"][2])
    return {"penalty": penalty, "cut": cut, "sure": sure}, said[penalty]


def scored(
    held: Sequence[Paper], boards: Boards, train: Sequence[int], apart: Sequence[int], penalties: Sequence[float]
) -> dict[float, Scored]:
    """For each penalty, paper of `apart` and leaderboard: how likely they belong together, and the score."""
    fitted, asked = boards.features(train, train), boards.features(apart, train)
    truth = np.array([[b in held[i].gold for b in boards.names] for i in train], dtype=float)
    groups = []
    for i in train:
        for board, gold in held[i].gold.items():
            right = np.array([cell.value == gold for cell in held[i].cells], dtype=float)
            if right.any() and board in boards.names:
                groups.append((_numbers(held, train, i, board), right))
    cells = choosing(groups) if groups else np.zeros((3, 1))
    said: dict[float, Scored] = {}
    taken: dict[tuple[int, Board], tuple[float, float]] = {}
    for penalty in penalties:
        head = logistic(fitted.reshape(-1, fitted.shape[2]), truth.ravel(), penalty)
        said[penalty] = {i: {} for i in apart}
        for i, x in zip(apart, asked, strict=True):
            for board, likely in zip(boards.names, predict(head, x), strict=True):
                if likely >= min(CUTS) and (i, board) not in taken:
                    taken[i, board] = _best(held, train, i, board, cells)
                said[penalty][i][board] = (float(likely), *taken.get((i, board), (float("nan"), 0.0)))
    return said


def _numbers(held: Sequence[Paper], train: Sequence[int], i: int, board: Board) -> Matrix:
    """What the second regression sees of the cells of paper i: [cells, features]."""
    known = likely_number(held[i].cells, usual(held, train, board, i))
    return np.hstack([cell_features(held[i], board), known])


def _best(held: Sequence[Paper], train: Sequence[int], i: int, board: Board, fitted: Matrix) -> tuple[float, float]:
    if not held[i].cells:
        return float("nan"), 0.0
    likely = picked(fitted, _numbers(held, train, i, board))
    at = int(likely.argmax())
    return held[i].cells[at].value, float(likely[at])


Sets = tuple[dict[int, set[tuple[Any, ...]]], dict[int, set[tuple[Any, ...]]]]  # gold and said, by paper


def triples(held: Sequence[Paper], names: Sequence[Board], said: Scored, cut: float, *, unknown: bool = False) -> Sets:
    """Gold and predicted leaderboards of each paper; `unknown` stands for none where asked for."""
    gold: dict[int, set[tuple[Any, ...]]] = {i: {(b,) for b in held[i].gold if b in names} for i in said}
    told: dict[int, set[tuple[Any, ...]]] = {
        i: {(b,) for b, (p, _, _) in found.items() if p >= cut} for i, found in said.items()
    }
    if unknown:
        gold = {i: found or {(UNKNOWN,)} for i, found in gold.items()}
        told = {i: found or {(UNKNOWN,)} for i, found in told.items()}
    return gold, told


def with_scores(held: Sequence[Paper], names: Sequence[Board], said: Scored, cut: float, sure: float) -> Sets:
    """The same with the score beside each leaderboard; a gold result without a number is left out."""
    gold = {i: {(b, s) for b, s in held[i].gold.items() if b in names and s is not None} for i in said}
    told = {
        i: {(b, n) for b, (p, n, q) in told.items() if p >= cut and q >= sure and n == n} for i, told in said.items()
    }
    return gold, told


def by_rule(held: Sequence[Paper], names: Sequence[Board], said: Scored, cut: float) -> Sets:
    """The same with the cell that the packaged evidence and its weights take, among those whose heads fit best."""
    gold, _ = with_scores(held, names, said, cut, 0.0)
    told: dict[int, set[tuple[Any, ...]]] = {}
    for i, found in said.items():
        told[i] = set()
        for board, (likely, _, _) in found.items():
            if likely >= cut and held[i].cells:
                x = cell_features(held[i], board)
                worth = [float(row[7:].sum()) + standing([bool(v) for v in row[:7]]) for row in x]
                told[i].add((board, held[i].cells[int(np.argmax(worth))].value))
    return gold, told


def shares(gold: dict[int, set[tuple[Any, ...]]], told: dict[int, set[tuple[Any, ...]]]) -> dict[str, list[float]]:
    """Precision, recall and F1 in per cent: micro over all pairs, macro the mean over leaderboards with a gold pair."""
    tallies: dict[Any, list[int]] = {}
    for i in gold:
        for one in gold[i] | told[i]:
            kind = 0 if one in gold[i] and one in told[i] else 1 if one in told[i] else 2
            tallies.setdefault(one[0], [0, 0, 0])[kind] += 1
    every = [sum(t[k] for t in tallies.values()) for k in range(3)]
    each = [_prf(*t) for t in tallies.values() if t[0] + t[2]]
    macro = [sum(one[k] for one in each) / len(each) for k in range(3)]
    return {"micro": [round(100 * x, 1) for x in _prf(*every)], "macro": [round(100 * x, 1) for x in macro]}


def _prf(both: int, wrong: int, missed: int) -> tuple[float, float, float]:
    precision = both / (both + wrong) if both + wrong else 0.0
    recall = both / (both + missed) if both + missed else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0


def figures(held: Sequence[Paper], names: Sequence[Board], said: Scored, settings: dict[str, float]) -> dict[str, Any]:
    """All that is printed, with the number of gold pairs, the share of gold scores any cell holds, and an interval."""
    cut, sure = settings["cut"], settings["sure"]
    known, results = triples(held, names, said, cut), with_scores(held, names, said, cut, sure)
    found = {
        "triples": shares(*known) | {"n": sum(map(len, known[0].values())), "interval": interval(known)},
        "triples_with_unknown": shares(*triples(held, names, said, cut, unknown=True)),
    }
    if not any(held[i].cells for i in said):
        return found
    gold = [(held[i], score) for i, pairs in results[0].items() for _, score in pairs]
    return found | {
        "with_score": shares(*results) | {"n": len(gold), "interval": interval(results)},
        "with_score_by_rule": shares(*by_rule(held, names, said, cut)),
        "gold_scores_in_a_cell": sum(any(c.value == s for c in paper.cells) for paper, s in gold),
    }


def interval(sets: Sets, draws: int = 1000) -> list[float]:
    """The 95 % interval of micro-F1 from draws of whole papers."""
    gold, told = sets
    tallies = [(len(gold[i] & told[i]), len(told[i] - gold[i]), len(gold[i] - told[i])) for i in gold]
    chance = random.Random(1)
    values = []
    for _ in range(draws):
        drawn = [tallies[chance.randrange(len(tallies))] for _ in tallies]
        values.append(100 * _prf(*(sum(t[k] for t in drawn) for k in range(3)))[2])
    values.sort()
    return [round(values[round(0.025 * draws)], 1), round(values[round(0.975 * draws) - 1], 1)]


if __name__ == "__main__":
    main()
