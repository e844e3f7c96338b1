"""Making the table model again: TabFact's statements and statements made by rule in, `weights.json` out.

The trees learn from sets that may be shipped: TabFact's validation part, tables of numericNLG with the sentences of
their authors, and statements that `synth.tables.making` writes over both. SEM-TAB-FACTS' training part gives no weight
of a tree: it fits the calibration (a scale and a shift for each forest), with a fifth of its claims put before another
table of the same paper. Everything is drawn from `seed`; with two cores it takes a few minutes.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from synth.evaluation import tables as gold
from synth.records import Stance, Table
from synth.tables import grid as grids
from synth.tables import operations
from synth.tables.boosting import boost, log_odds_of
from synth.tables.features import NAMES, features
from synth.tables.making import statements
from synth.tables.scene import scene
from synth.tables.statement import stems
from synth.tables.trees import Forest
from synth.tables.verdict import TableLabel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["train"]

_LABELS: dict[Stance, TableLabel] = {
    "supports": "supported", "refutes": "refuted", "neutral": "not_enough_evidence",
}  # fmt: skip
_MADE = 8  # statements made by rule for one table
_MADE_WEIGHT = 0.5
_MADE_MOVED = 0.4  # share of them that is also put before another table
_LONG = 22  # words of a claim beyond which SEM-TAB-FACTS mostly copies the paper's text, whatever the table holds
_UNDECIDABLE = 0.25  # claims before another table, for each claim before its own, where the calibration is fitted
_NEAREST = 30  # similar tables that a claim may be put before


class Case(NamedTuple):
    """A claim before a table; `source` names the set it is from."""

    claim: str
    table: Table
    label: TableLabel
    weight: float
    source: str


def train(data: Path, out: Path, seed: int = 17) -> dict[str, float]:
    """Write the weights of the table model to `out` and give the figures that stand in them.

    `data` holds `tables/tabfact`, `tables/numericnlg` and `tables/semtabfact` as they were published. A fifth of
    TabFact's tables is kept aside: its accuracy is the figure `tabfact held aside`.

    Raises:
        InputError: a file is missing or not as it was published.
    """
    import numpy as np

    draw = random.Random(seed)  # noqa: S311 (no secret)
    cases = _tabfact(data / "tables" / "tabfact")
    tables = list(dict.fromkeys(case.table for case in cases))
    aside = set(draw.sample(range(len(tables)), len(tables) // 5))
    held = {table for at, table in enumerate(tables) if at in aside}
    results = _results(data / "tables" / "numericnlg")
    learnt = [case for case in cases if case.table not in held]
    learnt += _moved(learnt, draw)
    made = _made([table for table in tables if table not in held], draw) + _made(results, draw, times=4)
    learnt += made + _moved([case for case in made if draw.random() < _MADE_MOVED], draw)
    rows, labels, weights = _rows(learnt)
    decidable = labels != 2
    forests = {
        "truth": boost(rows[decidable], (labels[decidable] == 1).astype(float), weights[decidable], seed),
        "about": boost(rows, decidable.astype(float), weights, seed + 1),
    }
    kept_rows, kept_labels, _ = _rows([case for case in cases if case.table in held])
    calibration = _calibration(forests, data / "tables" / "semtabfact", draw)
    right = (log_odds_of(forests["truth"], kept_rows) > 0) == (kept_labels == 1)
    figures = {"tabfact held aside": round(float(np.mean(right)), 4), "tabfact held aside n": float(len(right))}
    about = {
        "seed": seed,
        "cases": dict(sorted(Counter(case.source for case in learnt).items())),
        "figures": figures,
    }
    _write(out, forests, calibration, about)
    return figures


# --- the cases ----------------------------------------------------------------------------------------------


def _tabfact(folder: Path) -> list[Case]:
    read = gold.read("tabfact", folder, "val")
    return [Case(one.claim, _table(one), _LABELS[one.label], 1.0, "tabfact") for one in read]


def _table(one: Any) -> Table:
    return Table(label=None, caption=one.caption, page=None, columns=tuple(one.columns), rows=tuple(one.rows))


def _results(folder: Path) -> list[Table]:
    """The tables of results of numericNLG, the headers of rows and columns joined."""
    made = []
    for name in ("val", "test"):
        for one in json.loads((folder / f"table_{name}.json").read_text(encoding="utf-8")):
            columns = ("", *(" / ".join(dict.fromkeys(map(str, header))) for header in one["column_headers"]))
            rows = [
                (" / ".join(dict.fromkeys(map(str, header))), *map(str, cells))
                for header, cells in zip(one["row_headers"], one["contents"], strict=False)
            ]
            rows = [row for row in rows if len(row) == len(columns)]
            if len(rows) >= 2:
                made.append(Table(label=None, caption=one["caption"], page=None, columns=columns, rows=tuple(rows)))
    return made


def _moved(cases: Sequence[Case], draw: random.Random) -> list[Case]:
    """Each claim before another table much like its own: what is said there cannot be decided."""
    tables = list(dict.fromkeys(case.table for case in cases))
    near = _neighbours(tables)
    place = {table: at for at, table in enumerate(tables)}
    return [
        case._replace(table=tables[draw.choice(near[place[case.table]])], label="not_enough_evidence")
        for case in cases
        if near[place[case.table]]
    ]


def _neighbours(tables: Sequence[Table]) -> list[list[int]]:
    """For each table the tables whose headers and captions share most words with its own."""
    words = [frozenset(w for name in (*table.columns, table.caption) for w in stems(name)) for table in tables]
    holding: dict[str, list[int]] = {}
    for at, some in enumerate(words):
        for word in sorted(some):
            holding.setdefault(word, []).append(at)
    near = []
    for at, some in enumerate(words):
        seen = sorted({n for w in sorted(some) if len(holding[w]) < 300 for n in holding[w] if n != at})
        seen.sort(key=lambda n: -len(some & words[n]) / len(some | words[n]))
        near.append(seen[:_NEAREST] or [n for n in range(len(tables)) if n != at][:_NEAREST])
    return near


def _made(tables: Sequence[Table], draw: random.Random, times: int = 1) -> list[Case]:
    made = []
    for table in tables:
        foreign = grids.read(tables[draw.randrange(len(tables))])
        for one in statements(grids.read(table), draw, foreign, _MADE * times):
            made.append(Case(one.text, table, one.label, _MADE_WEIGHT, "made by rule"))
    return made


def _rows(cases: Iterable[Case]) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Features [n, f]; labels [n], 0 refuted, 1 supported, 2 not decidable; weights [n]."""
    import numpy as np

    codes = {"refuted": 0, "supported": 1, "not_enough_evidence": 2}
    rows, labels, weights = [], [], []
    for case in cases:
        before = scene(case.claim, grids.read(case.table))
        rows.append(features(before, operations.readings(before)))
        labels.append(codes[case.label])
        weights.append(case.weight)
    return np.array(rows), np.array(labels), np.array(weights)


# --- calibration and writing --------------------------------------------------------------------------------


def _calibration(forests: dict[str, Forest], folder: Path, draw: random.Random) -> dict[str, float]:
    """A scale and a shift for each forest, fitted by Newton's method as in Platt (1999)."""
    import numpy as np

    read = gold.read("semtabfact", folder, "train_manual")
    read = [one for one in read if len(one.claim.split()) <= _LONG]
    own = [Case(one.claim, _table(one), _LABELS[one.label], 1.0, "semtabfact") for one in read]
    papers: dict[str, list[Table]] = {}
    for one in read:
        papers.setdefault(one.group.split("/")[0], []).append(_table(one))
    moved = []
    for one, case in zip(read, own, strict=True):
        others = [table for table in dict.fromkeys(papers[one.group.split("/")[0]]) if table != case.table]
        if others and draw.random() < _UNDECIDABLE:
            moved.append(case._replace(table=draw.choice(others), label="not_enough_evidence"))
    rows, labels, _ = _rows([*own, *moved])
    about = _platt(log_odds_of(forests["about"], rows), labels != 2)
    known = labels != 2
    balance = np.where(labels[known] == 1, np.mean(labels[known] == 0), np.mean(labels[known] == 1))
    truth = _platt(log_odds_of(forests["truth"], rows[known]), labels[known] == 1, balance)
    return {"about_scale": about[0], "about_shift": about[1], "truth_scale": truth[0], "truth_shift": truth[1]}


def _platt(
    scores: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64] | None = None
) -> tuple[float, float]:
    import numpy as np

    held = np.stack([scores, np.ones(len(scores))], 1)
    weight = np.ones(len(scores)) if weights is None else weights
    fit = np.zeros(2)
    for _ in range(25):
        share = 1 / (1 + np.exp(-held @ fit))
        slope = held.T @ (weight * (right - share))
        bend = (held * (weight * share * (1 - share))[:, None]).T @ held + 1e-6 * np.eye(2)
        fit = fit + np.linalg.solve(bend, slope)
    return round(float(fit[0]), 4), round(float(fit[1]), 4)


def _write(out: Path, forests: dict[str, Forest], calibration: dict[str, float], about: dict[str, Any]) -> None:
    told = {
        "about": about,
        "calibration": calibration,
        "features": list(NAMES),
        "forests": {
            name: {
                "bias": one.bias,
                "depth": one.depth,
                "trees": [{"f": list(f), "t": list(t), "v": list(v)} for f, t, v in one.trees],
            }
            for name, one in forests.items()
        },
    }
    out.write_text(json.dumps(told, separators=(",", ":")) + "\n", encoding="utf-8")
