"""Papers against leaderboards in numbers: what `result_tuples.py` fits its two regressions on."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.results.cells import Cell, own_names
from synth.results.choosing import About, about, evidence
from synth.results.naming import falls, metric_in
from synth.tables.values import value

Board = tuple[str, str, str]  # task, data set, metric
Matrix = NDArray[np.float64]

AREAS = ("title", "abstract", "experiments", "captions", "heads", "whole")
_EXPERIMENTS = re.compile(r"experiment|result|evaluat|data|setup|setting|corpora|task|conclu", re.I)
_PART = 3_000  # characters of one section on experiments that are read
_NEAR = 8  # nearest papers of the train part whose leaderboards are counted
_FORMS = {
    "f1": ("f1", "f 1", "f score", "f measure"), "em": ("em", "exact match"), "accuracy": ("accuracy", "acc"),
    "bit per character (bpc)": ("bpc", "bits per character", "bit per character"), "h@10": ("hits 10", "h 10"),
    "h@1": ("hits 1", "h 1"), "number of params": ("params", "parameters", "param", "size"), "error": ("error",),
}  # fmt: skip


class Paper(NamedTuple):
    """A paper: the words of its parts, each padded with spaces, its cells, and the gold scores of its leaderboards.

    A gold score is None where the annotation has no number.
    """

    key: str
    areas: dict[str, str]
    cells: tuple[Cell, ...]
    known: About
    gold: dict[Board, float | None]


def padded(text: str) -> str:
    """The words and numbers of a text in lower case, with one space on either side of each."""
    return f" {' '.join(re.findall(r'[a-z]+|[0-9]+(?:[.][0-9]+)?', text.lower()))} "


def papers(texts: Iterable[dict[str, Any]], tables: Iterable[dict[str, Any]], annotated: str) -> list[Paper]:
    """The papers that have text, tables and annotation, by name."""
    bodies = {_name(one["file"]): one["text"] for one in texts}
    found = {_name(one["file"]): one["tables"] for one in tables}
    made = []
    for line in sorted(annotated.split("\n")):
        name, _, told = line.partition("\t")
        key = _name(name)
        if key and key in bodies and key in found:
            results = [one.split("#") for one in told.split("$")]
            gold = {(r[0], r[1], r[2]): _number(r[3]) for r in results if len(r) >= 4}
            made.append(_paper(key, bodies[key], found[key], gold))
    return made


def documents(found: Iterable[dict[str, Any]]) -> list[Paper]:
    """The papers of SciREX, by name: running text without tables, so that no cell is there to be a score."""
    made = []
    for one in sorted(found, key=lambda d: str(d["doc_id"])):
        texts = [" ".join(one["words"][start:end]) for start, end in one["sections"]]
        parts = dict.fromkeys(AREAS, "")
        parts |= {"title": texts[0], "abstract": " ".join(texts[:2]), "whole": " ".join(texts)}
        parts["experiments"] = " ".join(t[:_PART] for t in texts[2:] if _EXPERIMENTS.search(" ".join(t.split()[:8])))
        gold = {(r["Task"], r["Material"], r["Metric"]): _number(str(r["score"])) for r in one["n_ary_relations"]}
        made.append(Paper(one["doc_id"], {a: padded(parts[a]) for a in AREAS}, (), about((), ""), gold))
    return made


def _name(file: str) -> str:
    return file.rsplit(".", 1)[0]


def _number(text: str) -> float | None:
    try:
        return float(text.strip().strip("%*").replace(",", ""))
    except ValueError:
        return None


def _paper(key: str, body: str, tables: list[dict[str, Any]], gold: dict[Board, float | None]) -> Paper:
    parts = dict.fromkeys(("title", "abstract", "experiments"), "")
    for part in re.split(r"(?:^|\n)section: ", body):
        heading, _, text = part.partition("\n")
        if heading == "title":
            parts["title"] = text
        elif heading.lower().startswith("abstract"):
            parts["abstract"] = text
        elif _EXPERIMENTS.search(heading):
            parts["experiments"] += f"{heading} {text[:_PART]} "
    captions = " ".join(t["caption"] for t in tables)
    heads = " ".join(" . ".join(t["rows"] + t["columns"] + t["mergedAllColumns"]) for t in tables)
    known = about(own_names(parts["title"], parts["abstract"]), parts["abstract"])
    parts |= {"captions": captions, "heads": heads, "whole": f"{body} {captions} {heads}"}
    parts["abstract"] = f"{parts['title']} {parts['abstract']}"
    return Paper(key, {a: padded(parts[a]) for a in AREAS}, tuple(_cells(tables)), known, gold)


def _cells(tables: list[dict[str, Any]]) -> Iterable[Cell]:
    for table in tables:
        for one in table["numberCells"]:
            read = value(one["number"])
            if read.kind == "number" and read.number is not None:
                column = (*one["associatedMergedColumns"], *one["associatedColumns"])
                row = tuple(one["associatedRows"])
                yield Cell(read.number, read.plain, read.unit, one["isBolded"], row, column, table["caption"], None)


def _forms(metric: str) -> tuple[str, ...]:
    return tuple(padded(form) for form in _FORMS.get(metric.lower(), (metric,)))


def _bare(name: str) -> str:
    return padded(re.sub(r"\s*\([^)]*\)", "", name))


class Boards:
    """The leaderboards `names` and what every paper says of them; how rare a word is, is counted over `train` alone."""

    def __init__(self, held: Sequence[Paper], names: list[Board], train: Sequence[int]) -> None:
        """Count once what no fold changes: words of names in papers, and how alike papers are."""
        self.names = names
        words = [{a: set(p.areas[a].split()) for a in AREAS} for p in held]
        spread = Counter(w for i in train for w in words[i]["whole"])
        self.rare = {w: math.log((len(train) + 1) / (n + 0.5)) for w, n in spread.items()}
        self.never = math.log(2 * (len(train) + 1))
        self.named = np.array([self._named(p, w) for p, w in zip(held, words, strict=True)])
        parts = (("abstract", "experiments"), ("captions", "heads"), ("whole",))
        self.alike = [v @ v.T for v in (self._vectors(held, part) for part in parts)]
        gold = [set(p.gold) for p in held]
        self.on = np.array([[[b in g, any(o[:2] == b[:2] for o in g), any(o[0] == b[0] for o in g)] for b in names]
                            for g in gold], dtype=float)  # fmt: skip

    def _covered(self, wanted: set[str], there: set[str]) -> float:
        """The share of the words that is there, each counted by how rare it is."""
        worth = {w: max(0.3, self.rare.get(w, self.never)) for w in wanted}
        return sum(worth[w] for w in wanted if w in there) / max(1e-9, sum(worth.values()))

    def _named(self, paper: Paper, there: dict[str, set[str]]) -> list[list[float]]:
        """Per leaderboard, 19 numbers: how the data set, the metric and the task are named where."""
        text = paper.areas

        def often(forms: Iterable[str], areas: Sequence[str]) -> list[float]:
            return [math.log1p(sum(text[a].count(f) for f in forms)) for a in areas]

        datasets, measures, tasks = {}, {}, {}
        for task, dataset, metric in self.names:
            if dataset not in datasets:
                wanted = set(padded(dataset).split())
                datasets[dataset] = [self._covered(wanted, there[a]) for a in AREAS[1:]]
                datasets[dataset] += often([_bare(dataset)], ("abstract", "captions", "heads", "whole"))
            if metric not in measures:
                measures[metric] = often(_forms(metric), AREAS[1:])
            if task not in tasks:
                plain = padded(task.replace("_", " "))
                tasks[task] = [self._covered(set(plain.split()), there[a]) for a in ("title", "abstract", "whole")]
                tasks[task] += often([plain], ("abstract", "whole"))
        return [datasets[d] + measures[m] + tasks[t] for t, d, m in self.names]

    def _vectors(self, held: Sequence[Paper], areas: Sequence[str]) -> Matrix:
        """tf-idf of the words of `areas`, one row a paper, of length 1."""
        vocabulary = {w: i for i, w in enumerate(sorted(w for w in self.rare if len(w) > 1 and w[0].isalpha()))}
        made = np.zeros((len(held), len(vocabulary)), dtype=np.float32)
        for i, paper in enumerate(held):
            for word, n in Counter(w for a in areas for w in paper.areas[a].split() if w in vocabulary).items():
                made[i, vocabulary[word]] = (1 + math.log(n)) * max(0.0, self.rare[word])
        unit: Matrix = made / np.maximum(1e-9, np.linalg.norm(made, axis=1, keepdims=True))
        return unit

    def features(self, asked: Sequence[int], train: Sequence[int]) -> Matrix:
        """[papers asked, leaderboards, features]; a paper is never compared with itself."""
        return np.array([self._of(i, np.array([j for j in train if j != i])) for i in asked])

    def _of(self, i: int, others: NDArray[np.int64]) -> Matrix:
        named = self.named[i]
        likeness = []
        for alike in self.alike:
            near = alike[i, others]
            first = np.argsort(-near, kind="stable")[:_NEAR]
            for level in range(3):
                on = self.on[others, :, level]
                top = -np.sort(-np.where(on > 0, near[:, None], 0.0), axis=0)
                likeness += [top[0], top[:3].mean(axis=0)]
                likeness.append((near[first, None] * on[first]).sum(axis=0) / max(1e-9, near[first].sum()))
        like = np.array(likeness).T
        rivals = np.stack([named[:, 4], named[:, 2], named[:, 8], like[:, 3], like[:, 12]], axis=1)
        rank = np.log1p((rivals[:, None, :] < rivals[None]).sum(axis=1))
        both = np.stack([named[:, 4] * named[:, 16], named[:, 7] * named[:, 12]], axis=1)
        usual = np.log1p(self.on[others, :, 0].sum(axis=0))[:, None]
        return np.hstack([named, like, like - like.max(axis=0), usual, rank, both])


def cell_features(paper: Paper, board: Board) -> Matrix:
    """[cells, 19]: the evidence of `synth.results.choosing` (7), then how heads name the metric and the data set."""
    if (paper.key, board) not in _KEPT:
        _KEPT[paper.key, board] = _cell_features(paper, board)
    return _KEPT[paper.key, board]


_KEPT: dict[tuple[str, Board], Matrix] = {}
_TOLD: dict[tuple[str, bool], list[tuple[bool, ...]]] = {}


def _cell_features(paper: Paper, board: Board) -> Matrix:
    less = falls(board[2])
    if (paper.key, less) not in _TOLD:
        groups: dict[tuple[str, frozenset[str]], list[Cell]] = {}
        for cell in paper.cells:
            groups.setdefault(_group(cell), []).append(cell)
        _TOLD[paper.key, less] = [evidence(c, groups[_group(c)], paper.known, less=less) for c in paper.cells]
    wanted, forms, own = set(padded(board[1]).split()), _forms(board[2]), metric_in(board[2], head=True)
    named: dict[tuple[str, ...], tuple[float, ...]] = {}

    def heads(words: tuple[str, ...]) -> tuple[float, ...]:
        if words not in named:
            called = [metric_in(word, head=True) for word in words]
            same = own is not None and own in called
            other = not same and any(one is not None for one in called)
            named[words] = (*_names(padded(" . ".join(words)), wanted, forms), 2.0 * same, -2.0 * other)
        return named[words]

    rows = []
    for cell, told in zip(paper.cells, _TOLD[paper.key, less], strict=True):
        words = (*heads(cell.column), *heads(cell.row), *heads((cell.caption,))[:2])
        whole = abs(cell.value) >= 1e9 or cell.value == int(cell.value)
        rows.append([*map(float, told), *words, -2.0 * whole, -2.0 * (not 0 < cell.value <= 100)])
    return np.array(rows)


def usual(held: Sequence[Paper], train: Sequence[int], board: Board, but: int) -> tuple[float, float] | None:
    """The middle of the scores that papers of `train` have on the board, and their spread; the paper `but` left out.

    Where fewer than three have one, of all scores by its metric; None where those are fewer than three as well.
    """
    others = [held[i].gold for i in train if i != but]
    for same in (board[1:], board[2:]):
        told = [s for gold in others for b, s in gold.items() if s is not None and b[-len(same) :] == same]
        if len(told) > 2:
            middle = float(np.median(told))
            return middle, max(0.05 * abs(middle), float(np.median(np.abs(np.array(told) - middle))), 0.5)
    return None


def likely_number(cells: Sequence[Cell], about_it: tuple[float, float] | None) -> Matrix:
    """[cells, 2]: how far each number is from what is usual (at most 5 spreads), and whether that is close."""
    if about_it is None:
        return np.zeros((len(cells), 2))
    away = np.minimum(5.0, np.abs(np.array([c.value for c in cells]) - about_it[0]) / about_it[1])
    return np.stack([away, (away < 1.5).astype(float)], axis=1)


def _group(cell: Cell) -> tuple[str, frozenset[str]]:
    """The cells of one table under the same words are rivals; numbers among the heads are left out."""
    return cell.caption, frozenset(word for word in cell.column if any(c.isalpha() for c in word))


def _names(text: str, wanted: set[str], forms: Sequence[str]) -> tuple[float, float]:
    """Whether the metric is named, and the share of the data set's words that stand there."""
    there = set(text.split())
    return float(any(form in text for form in forms)), len(wanted & there) / max(1, len(wanted))
