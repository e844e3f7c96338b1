"""What the sentences of an abstract are for: roles in computer science, claims in medicine.

    python benchmarks/sentence_roles.py roles ../shared/data/extraction/csabstruct [--portion dev]
    python benchmarks/sentence_roles.py claims ../shared/data/extraction/claim_detection_pubmed [--portion dev]

A softmax regression over the packaged encoder's vectors of a sentence and its two neighbours, with the place of the
sentence in its abstract; the most likely sequence of labels is read off with the counts of neighbouring labels. It is
fitted on the train part, its settings are chosen on the dev part, and the test part is judged once. Beside it stands
what the rule by which `synth extract` takes a sentence (`synth.sentencing.worth`) makes of the same sentences, where
the set marks claims. Nothing is kept: the fitted weights are thrown away.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from synth import __version__
from synth.library import file_hash

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROLES = ("background", "objective", "method", "result", "other")
FILES = {
    "roles": {"train": "train.jsonl", "dev": "dev.jsonl", "test": "test.jsonl"},
    "claims": {"train": "train_labels.json", "dev": "validation_labels.json", "test": "test_labels.json"},
}
STEPS, RATE = 400, 0.5
GRID = tuple((decay, weight) for decay in (1e-4, 3e-4, 1e-3) for weight in (0.0, 0.5, 1.0))


class Abstract(NamedTuple):
    """The sentences of an abstract and the label of each, as a number."""

    sentences: tuple[str, ...]
    labels: tuple[int, ...]


class Fitted(NamedTuple):
    """Weights (features + 1, labels), and the logarithms of first labels (labels) and of pairs (labels, labels)."""

    weights: NDArray[np.float64]
    first: NDArray[np.float64]
    pairs: NDArray[np.float64]


def main() -> None:
    """Print the figures with their signature."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=sorted(FILES))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--portion", choices=("dev", "test"), default="test", help="which part is judged")
    given = parser.parse_args()
    names = ROLES if given.what == "roles" else ("no claim", "claim")
    began = time.perf_counter()
    sets = {part: abstracts(given.folder / file, given.what) for part, file in FILES[given.what].items()}
    encoder, found = encoded(sets)
    settings, fitted = chosen(sets, found, len(names))
    judged = sets[given.portion]
    truth = [label for one in judged for label in one.labels]
    said = [label for one, x in zip(judged, found[given.portion], strict=True) for label in read_off(fitted, x)]
    told: dict[str, Any] = {"model": figures(truth, said, names), "settings": settings}
    told["interval"] = interval(judged, said, names)
    if given.what == "claims":
        told["rule"] = figures(truth, [int(x) for one in judged for x in by_rule(one)], names)
    signature = {
        "n": len(truth),
        "abstracts": len(judged),
        "portion": given.portion,
        "data_sha256": file_hash(given.folder / FILES[given.what][given.portion]),
        "seed": 1,
        "encoder": encoder,
        "version": __version__,
        "seconds": round(time.perf_counter() - began),
        "command": " ".join(["python benchmarks/sentence_roles.py", *sys.argv[1:]]),
    }
    print(json.dumps(told | signature, indent=1))


def abstracts(file: Path, what: str) -> list[Abstract]:
    """The abstracts of a file, one JSON object a line."""
    made = []
    for line in file.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            told = json.loads(line)
            labels = [ROLES.index(x) if what == "roles" else int(x) for x in told["labels"]]
            made.append(Abstract(tuple(told["sentences"]), tuple(labels)))
    return made


def encoded(sets: dict[str, list[Abstract]]) -> tuple[str, dict[str, list[NDArray[np.float64]]]]:
    """The encoder's name, and for each abstract a matrix (sentences, features)."""
    from synth.models import embedding

    encoder = embedding.load(None, offline=True)
    return encoder.id, {
        part: list(map(_features, rows, _vectors(encoder, rows))) for part, rows in sets.items()
    }


def _vectors(encoder: Any, rows: Sequence[Abstract]) -> list[NDArray[np.float64]]:
    import numpy as np

    every = encoder.encode([s for one in rows for s in one.sentences]).astype(np.float64)
    ends = np.cumsum([len(one.sentences) for one in rows])
    return np.split(every, ends[:-1])


def _features(one: Abstract, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vector of each sentence, of the one before and after it (zeros at the ends), and its place."""
    import numpy as np

    size = len(one.sentences)
    none = np.zeros((1, vectors.shape[1]))
    before, after = np.concatenate([none, vectors[:-1]]), np.concatenate([vectors[1:], none])
    place = np.array([[i / max(1, size - 1), i == 0, i == 1, i == size - 1, i == size - 2, min(len(s), 400) / 400]
                      for i, s in enumerate(one.sentences)])  # fmt: skip
    mean = np.repeat(vectors.mean(axis=0, keepdims=True), size, axis=0)
    deep = np.concatenate([place, place**2], axis=1)
    return np.concatenate([10 * vectors, 5 * before, 5 * after, 5 * (vectors - mean), 2 * deep, np.ones((size, 1))], 1)


def chosen(
    sets: dict[str, list[Abstract]], found: dict[str, list[NDArray[np.float64]]], labels: int
) -> tuple[dict[str, float], Fitted]:
    """The settings with the best macro-F1 (of claims: F1) on the dev part, and the model fitted with them."""
    best: tuple[float, dict[str, float], Fitted] | None = None
    names = tuple(map(str, range(labels)))
    truth = [label for one in sets["dev"] for label in one.labels]
    for decay in sorted({d for d, _ in GRID}):
        fitted = fit(sets["train"], found["train"], labels, decay)
        for weight in sorted({w for _, w in GRID}):
            tried = fitted._replace(first=weight * fitted.first, pairs=weight * fitted.pairs)
            said = [label for x in found["dev"] for label in read_off(tried, x)]
            told = figures(truth, said, names)
            value = told["macro_f1"] if labels > 2 else told["f1"]["1"]
            if best is None or value > best[0]:
                best = (value, {"decay": decay, "pairs": weight, "dev": value}, tried)
    assert best is not None
    return best[1], best[2]


def fit(rows: Sequence[Abstract], found: Sequence[NDArray[np.float64]], labels: int, decay: float) -> Fitted:
    """Softmax regression by Nesterov's accelerated gradient, from zero, over all sentences at once."""
    import numpy as np

    x = np.concatenate(list(found))
    target = np.eye(labels)[[label for one in rows for label in one.labels]]
    weights = np.zeros((x.shape[1], labels))
    ahead = weights
    rate = 4 * RATE / float((x**2).sum(axis=1).mean())
    for step in range(STEPS):
        slope = x.T @ (_softmax(x @ ahead) - target) / len(x) + decay * ahead
        after = ahead - rate * slope
        ahead, weights = after + step / (step + 3) * (after - weights), after
    first, pairs = np.ones(labels), np.ones((labels, labels))
    for one in rows:
        first[one.labels[0]] += 1
        np.add.at(pairs, (list(one.labels[:-1]), list(one.labels[1:])), 1)
    prior = target.mean(axis=0)
    return Fitted(
        weights, np.log(first / first.sum() / prior), np.log(pairs / pairs.sum(axis=1, keepdims=True) / prior)
    )


def _softmax(x: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    raised = np.exp(x - x.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares


def read_off(fitted: Fitted, x: NDArray[np.float64]) -> list[int]:
    """The most likely labels of one abstract (Viterbi, 1967)."""
    import numpy as np

    told = np.log(_softmax(x @ fitted.weights) + 1e-12)
    best, back = told[0] + fitted.first, []
    for row in told[1:]:
        ways = best[:, None] + fitted.pairs
        back.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + row
    path = [int(best.argmax())]
    for step in reversed(back):
        path.append(int(step[path[-1]]))
    return path[::-1]


def by_rule(one: Abstract) -> list[bool]:
    """What the rule of `synth extract` takes: a sentence that states something checkable."""
    from synth.sentencing import worth

    return [worth(s, "Abstract", opening=False) is not None for s in one.sentences]


def figures(truth: Sequence[int], said: Sequence[int], names: Sequence[str]) -> dict[str, Any]:
    """Accuracy (micro-F1), and F1 of each label with their mean."""
    f1 = {}
    for k, name in enumerate(names):
        both = sum(t == s == k for t, s in zip(truth, said, strict=True))
        f1[name] = round(2 * both / max(1, truth.count(k) + list(said).count(k)), 4)
    right = sum(t == s for t, s in zip(truth, said, strict=True)) / len(truth)
    return {"macro_f1": round(sum(f1.values()) / len(f1), 4), "accuracy": round(right, 4), "f1": f1}


def interval(rows: Sequence[Abstract], said: Sequence[int], names: Sequence[str], draws: int = 1000) -> list[float]:
    """The 95 % interval of the headline (macro-F1; of claims: F1), from draws of whole abstracts."""
    at, parts = 0, []
    for one in rows:
        parts.append((one.labels, said[at : at + len(one.labels)]))
        at += len(one.labels)
    chance = random.Random(1)
    values = []
    for _ in range(draws):
        drawn = [parts[chance.randrange(len(parts))] for _ in parts]
        told = figures([t for a, _ in drawn for t in a], [s for _, b in drawn for s in b], names)
        values.append(told["macro_f1"] if len(names) > 2 else told["f1"][names[1]])
    values.sort()
    return [values[round(0.025 * draws)], values[round(0.975 * draws) - 1]]


if __name__ == "__main__":
    main()
