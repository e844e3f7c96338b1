"""What the sentences of an abstract are for: roles in computer science, claims in medicine.

    python benchmarks/sentence_roles.py roles ../shared/data/extraction/csabstruct [--portion dev]
    python benchmarks/sentence_roles.py claims ../shared/data/extraction/claim_detection_pubmed [--portion dev]

A softmax regression over words: runs of one to three words of the sentence, the words of its two neighbours and its
place in the abstract, with or without the packaged encoder's vectors of the three; the most likely sequence of labels
is read off with the counts of neighbouring labels. It is fitted on the train part, its settings (penalty, vectors,
weight of the sequence, and a bonus for the label that is looked for) are chosen on the dev part, and the test part is
judged once. Beside it stands what the rule by which `synth extract` takes a sentence (`synth.sentencing.worth`) makes
of the same sentences, where the set marks claims. Nothing is kept but, with `--keep FOLDER`, the sentences' vectors,
which take most of the time.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from synth import __version__
from synth.library import file_hash

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

ROLES = ("background", "objective", "method", "result", "other")
FILES = {
    "roles": {"train": "train.jsonl", "dev": "dev.jsonl", "test": "test.jsonl"},
    "claims": {"train": "train_labels.json", "dev": "validation_labels.json", "test": "test_labels.json"},
}
STEPS, LEAST = 60, 3  # steps of L-BFGS; sentences of the train part that a run of words must stand in
PENALTIES = (1.0, 3.0)
SEQUENCE = (0.0, 0.3, 0.5, 0.8)
BONUS = (0.0, 0.2, 0.4, 0.6, 0.8)


class Abstract(NamedTuple):
    """The sentences of an abstract and the label of each, as a number."""

    sentences: tuple[str, ...]
    labels: tuple[int, ...]


class Words(NamedTuple):
    """The words of all sentences as numbers: of sentence i, `which[starts[i]:starts[i + 1]]`, each with its weight."""

    which: NDArray[np.int64]
    starts: NDArray[np.int64]
    worth: NDArray[np.float32]


class Order(NamedTuple):
    """Logarithms of first labels (labels) and of pairs (labels, labels) against how usual a label is."""

    first: NDArray[np.float64]
    pairs: NDArray[np.float64]


def main() -> None:
    """Print the figures with their signature."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=sorted(FILES))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--portion", choices=("dev", "test"), default="test", help="which part is judged")
    parser.add_argument("--words-only", action="store_true", help="without the encoder's vectors")
    parser.add_argument("--keep", type=Path, help="a folder for the sentences' vectors")
    given = parser.parse_args()
    names = ROLES if given.what == "roles" else ("no claim", "claim")
    began = time.perf_counter()
    parts = ("train", "dev") if given.portion == "dev" else ("train", "dev", "test")
    sets = {part: abstracts(given.folder / FILES[given.what][part], given.what) for part in parts}
    dense = None
    if not given.words_only:
        dense = {p: vectors(rows, given.keep, f"{given.what}_{p}") for p, rows in sets.items()}
    settings, told, said = judged(sets, dense, names, given.portion)
    rows = sets[given.portion]
    told["interval"] = interval(rows, said, names)
    if given.what == "claims":
        truth = [label for one in rows for label in one.labels]
        told["rule"] = figures(truth, [int(x) for one in rows for x in by_rule(one)], names)
    signature = {
        "n": len(said), "abstracts": len(rows), "portion": given.portion,
        "data_sha256": file_hash(given.folder / FILES[given.what][given.portion]), "seed": 1, "version": __version__,
        "seconds": round(time.perf_counter() - began),
        "command": " ".join(["python benchmarks/sentence_roles.py", *sys.argv[1:]]),
    }  # fmt: skip
    print(json.dumps({"settings": settings, **told} | signature, indent=1))


def abstracts(file: Path, what: str) -> list[Abstract]:
    """The abstracts of a file, one JSON object a line."""
    made = []
    for line in file.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            told = json.loads(line)
            labels = [ROLES.index(x) if what == "roles" else int(x) for x in told["labels"]]
            made.append(Abstract(tuple(told["sentences"]), tuple(labels)))
    return made


def vectors(rows: Sequence[Abstract], keep: Path | None, name: str) -> NDArray[np.float32]:
    """(sentences, 4 x width): the encoder's vector of each sentence, of the one before and after, and off the mean."""
    import numpy as np

    from synth.models import embedding

    kept = keep / f"{name}.npy" if keep is not None else None
    if kept is not None and kept.exists():
        every = np.load(kept)
    else:
        every = embedding.load(None, offline=True).encode([s for one in rows for s in one.sentences]).astype(np.float32)
        if kept is not None:
            np.save(kept, every)
    made = []
    for own in np.split(every, np.cumsum([len(one.sentences) for one in rows])[:-1]):
        none = np.zeros((1, own.shape[1]), dtype=np.float32)
        before, after = np.concatenate([none, own[:-1]]), np.concatenate([own[1:], none])
        made.append(np.concatenate([own, before / 2, after / 2, (own - own.mean(axis=0)) / 2], axis=1))
    return np.concatenate(made)


def told_words(one: Abstract) -> Iterator[list[str]]:
    """The features of each sentence: its runs of words, its neighbours' words, its place and the abstract's length."""
    size = len(one.sentences)
    split = [re.findall(r"[a-z]+|0|[%<>=:]", re.sub(r"\d+(?:[.,]\d+)*", "0", s.lower())) for s in one.sentences]
    for i, words in enumerate(split):
        marked = ["^", *words, "$"]
        told = [" ".join(marked[a : a + n]) for n in (1, 2, 3) for a in range(len(marked) - n + 1)]
        for step, sign in ((-1, "before "), (1, "after ")):
            told += [sign + w for w in set(split[i + step] if 0 <= i + step < size else ["none"])]
        place = [f"at {i}", f"from the end {size - i}", f"tenth {10 * i // size}", f"long {min(len(words) // 5, 9)}"]
        yield told + [f"place {x}" for x in (*place, f"{i} of {min(size, 20)}")]


def vocabulary(rows: Sequence[Abstract]) -> dict[str, tuple[int, float]]:
    """Number and weight of each feature that enough sentences have: how rare it is; a place weighs one."""
    spread = Counter(w for one in rows for told in told_words(one) for w in set(told))
    many = sum(len(one.sentences) for one in rows)
    common = sorted(w for w, n in spread.items() if n >= LEAST)
    return {w: (i, 1.0 if w.startswith("place ") else 1 + math.log(many / spread[w])) for i, w in enumerate(common)}


def counted(rows: Sequence[Abstract], known: dict[str, tuple[int, float]]) -> Words:
    """The known features of all sentences; runs of words weigh three times a neighbour's, each kind of length one."""
    import numpy as np

    which: list[int] = []
    worth: list[float] = []
    starts = [0]
    for one in rows:
        for told in told_words(one):
            groups: dict[str, dict[int, float]] = {}
            for word, n in sorted(Counter(w for w in told if w in known).items()):
                kind = word.split(" ")[0] if word.startswith(("before ", "after ", "place ")) else "own"
                groups.setdefault(kind, {})[known[word][0]] = known[word][1] * (1 + math.log(n))
            for kind, group in sorted(groups.items()):
                size = math.sqrt(sum(x * x for x in group.values()))
                scale = 0.5 if kind == "place" else (3.0 if kind == "own" else 1.0) / size
                which += group
                worth += [scale * x for x in group.values()]
            starts.append(len(which))
    return Words(np.array(which), np.array(starts), np.array(worth, dtype=np.float32))


def judged(
    sets: dict[str, list[Abstract]], dense: dict[str, NDArray[np.float32]] | None, names: Sequence[str], portion: str
) -> tuple[dict[str, Any], dict[str, Any], list[int]]:
    """The settings that are best on the dev part, the figures on `portion`, and the labels given there."""
    known = vocabulary(sets["train"])
    words = {part: counted(rows, known) for part, rows in sets.items()}
    order = ordered(sets["train"], len(names))
    truth = {part: [label for one in rows for label in one.labels] for part, rows in sets.items()}
    tried: list[tuple[float, dict[str, Any], dict[str, NDArray[np.float64]]]] = []
    for kind in (None, dense) if dense is not None else (None,):
        for penalty in PENALTIES:
            asked = [part for part in sets if part != "train"]
            likely = fitted(words, kind, truth["train"], len(known), len(names), penalty, asked)
            for weight in SEQUENCE:
                for bonus in BONUS:
                    said = read_off(likely["dev"], sets["dev"], order, weight, bonus)
                    value = headline(figures(truth["dev"], said, names), names)
                    setting = {"vectors": kind is not None, "penalty": penalty, "sequence": weight, "bonus": bonus}
                    tried.append((value, setting | {"dev": value}, likely))
    _, settings, likely = max(tried, key=lambda one: one[0])
    said = read_off(likely[portion], sets[portion], order, settings["sequence"], settings["bonus"])
    return settings, {"model": figures(truth[portion], said, names)}, said


def headline(told: dict[str, Any], names: Sequence[str]) -> float:
    """Macro-F1; of claims the F1 of claims."""
    value: float = told["macro_f1"] if len(names) > 2 else told["f1"][names[1]]
    return value


def fitted(
    words: dict[str, Words], dense: dict[str, NDArray[np.float32]] | None, truth: Sequence[int], many: int, labels: int,
    penalty: float, asked: Sequence[str],
) -> dict[str, NDArray[np.float64]]:  # fmt: skip
    """Log-probabilities (sentences, labels) of each part in `asked`: ridge softmax regression by L-BFGS, from zero."""
    import torch

    torch.manual_seed(1)
    weights = torch.zeros(many, labels, requires_grad=True)
    wide = next(iter(dense.values())).shape[1] if dense is not None else 0
    deep, base = torch.zeros(wide, labels, requires_grad=True), torch.zeros(labels, requires_grad=True)

    def scores(part: str) -> torch.Tensor:
        w = words[part]
        bags = torch.nn.functional.embedding_bag(
            torch.from_numpy(w.which), weights, torch.from_numpy(w.starts[:-1]), mode="sum",
            per_sample_weights=torch.from_numpy(w.worth),
        )  # fmt: skip
        return bags + base + (3 * torch.from_numpy(dense[part]) @ deep if dense is not None else 0)

    right = torch.tensor(truth)
    steps = torch.optim.LBFGS([weights, deep, base], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        steps.zero_grad()
        value = torch.nn.functional.cross_entropy(scores("train"), right, reduction="sum")
        value = value + penalty / 2 * ((weights**2).sum() + (deep**2).sum())
        value.backward()  # type: ignore[no-untyped-call]
        return value

    steps.step(loss)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        return {part: torch.log_softmax(scores(part).double(), dim=1).numpy() for part in asked}


def ordered(rows: Sequence[Abstract], labels: int) -> Order:
    """How usual first labels and pairs of labels are, against the labels alone; each is counted once more than seen."""
    import numpy as np

    first, pairs = np.ones(labels), np.ones((labels, labels))
    for one in rows:
        first[one.labels[0]] += 1
        np.add.at(pairs, (list(one.labels[:-1]), list(one.labels[1:])), 1)
    prior = np.bincount([label for one in rows for label in one.labels], minlength=labels) / sum(
        len(one.labels) for one in rows
    )
    return Order(np.log(first / first.sum() / prior), np.log(pairs / pairs.sum(axis=1, keepdims=True) / prior))


def read_off(
    likely: NDArray[np.float64], rows: Sequence[Abstract], order: Order, weight: float, bonus: float
) -> list[int]:
    """The most likely labels of each abstract (Viterbi, 1967). `bonus` is added to label 1: claim, or objective."""
    import numpy as np

    raised = likely + bonus * np.eye(likely.shape[1])[1]
    said: list[int] = []
    for told in np.split(raised, np.cumsum([len(one.sentences) for one in rows])[:-1]):
        best, back = told[0] + weight * order.first, []
        for row in told[1:]:
            ways = best[:, None] + weight * order.pairs
            back.append(ways.argmax(axis=0))
            best = ways.max(axis=0) + row
        path = [int(best.argmax())]
        for step in reversed(back):
            path.append(int(step[path[-1]]))
        said += path[::-1]
    return said


def by_rule(one: Abstract) -> list[bool]:
    """What the rule of `synth extract` takes: a sentence that states something checkable."""
    from synth.sentencing import worth

    return [worth(s, "Abstract", opening=False) is not None for s in one.sentences]


def figures(truth: Sequence[int], said: Sequence[int], names: Sequence[str]) -> dict[str, Any]:
    """Accuracy (micro-F1), and F1 of each label with their mean."""
    f1 = {}
    for k, name in enumerate(names):
        both = sum(t == s == k for t, s in zip(truth, said, strict=True))
        f1[name] = round(2 * both / max(1, list(truth).count(k) + list(said).count(k)), 4)
    right = sum(t == s for t, s in zip(truth, said, strict=True)) / len(truth)
    return {"macro_f1": round(sum(f1.values()) / len(f1), 4), "accuracy": round(right, 4), "f1": f1}


def interval(rows: Sequence[Abstract], said: Sequence[int], names: Sequence[str], draws: int = 1000) -> list[float]:
    """The 95 % interval of the headline (macro-F1; of claims: F1), from draws of whole abstracts."""
    import numpy as np

    many, at = len(names), 0
    tables = []
    for one in rows:
        table = np.zeros((many, many), dtype=np.int64)
        np.add.at(table, (list(one.labels), list(said[at : at + len(one.labels)])), 1)
        tables.append(table)
        at += len(one.labels)
    chance = random.Random(1)
    values = []
    for _ in range(draws):
        drawn = sum((tables[chance.randrange(len(tables))] for _ in tables), np.zeros((many, many), dtype=np.int64))
        f1 = 2 * np.diag(drawn) / np.maximum(1, drawn.sum(axis=0) + drawn.sum(axis=1))
        values.append(float(f1.mean() if many > 2 else f1[1]))
    values.sort()
    return [round(values[round(0.025 * draws)], 4), round(values[round(0.975 * draws) - 1], 4)]


if __name__ == "__main__":
    main()
