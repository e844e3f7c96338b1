"""What the table model learns from: trees that fit, statements made by rule, and its figures on data kept apart."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from synth.records import Table
from synth.tables import grid as grids
from synth.tables.boosting import boost, log_odds_of
from synth.tables.making import statements
from synth.tables.trees import log_odds
from synth.tables.verdict import judge

FIRST = Table(
    label=None,
    caption="Parsers",
    page=None,
    columns=("Parser", "Accuracy (%)", "Latency (ms)", "Family"),
    rows=(
        ("Alder", "81.2", "12.5", "chart"),
        ("Birch", "84.5", "31.0", "graph"),
        ("Cedar", "79.0", "-", "chart"),
        ("Dogwood", "82.7", "18.4", "transition"),
    ),
)
SECOND = Table(
    label=None,
    caption="Soils",
    page=None,
    columns=("Soil", "Acidity", "Moisture"),
    rows=(("Loam", "6.1", "21"), ("Sand", "5.2", "9")),
)


def test_trees_learn_what_no_single_feature_tells() -> None:
    draw = np.random.default_rng(1)
    rows = draw.random((2_000, 4))
    truth = ((rows[:, 0] > 0.5) ^ (rows[:, 1] > 0.5)).astype(float)
    forest = boost(rows, truth, np.ones(2_000), 5, rounds=40, depth=3, features_kept=1.0)
    fresh = draw.random((500, 4))
    right = (log_odds_of(forest, fresh) > 0) == ((fresh[:, 0] > 0.5) ^ (fresh[:, 1] > 0.5))
    assert right.mean() > 0.95
    assert [log_odds(forest, list(row)) for row in fresh[:20]] == pytest.approx(list(log_odds_of(forest, fresh[:20])))
    assert boost(rows, truth, np.ones(2_000), 5, rounds=40, depth=3, features_kept=1.0) == forest


def made(seed: int) -> list[tuple[str, str]]:
    draw = random.Random(seed)
    return [(one.text, one.label) for one in statements(grids.read(FIRST), draw, grids.read(SECOND), 40)]


def test_statements_are_drawn_from_the_seed_and_of_all_labels() -> None:
    assert made(1) == made(1)
    assert made(1) != made(2)
    found = [one for seed in range(10) for one in made(seed)]
    assert {label for _, label in found} == {"supported", "refuted", "not_enough_evidence"}
    assert all(text.endswith(".") for text, _ in found)


def test_a_statement_never_has_two_labels() -> None:
    labels: dict[str, set[str]] = {}
    for seed in range(40):
        for text, label in made(seed):
            labels.setdefault(text, set()).add(label)
    assert {text: found for text, found in labels.items() if len(found) > 1} == {}


def test_the_model_judges_most_statements_as_they_were_made() -> None:
    found = [one for seed in range(6) for one in made(seed)]
    right = sum(judge(text, FIRST).label == label for text, label in found)
    assert right / len(found) > 0.8


@pytest.mark.shared_data
def test_statements_over_tables_of_articles_that_no_tree_has_seen(shared_data: Path) -> None:
    """SEM-TAB-FACTS' development part: 556 statements over 52 tables, three labels, the mean over tables."""
    from synth.evaluation import tables as gold

    labels = {"supports": "supported", "refutes": "refuted", "neutral": "not_enough_evidence"}
    claims = gold.read("semtabfact", shared_data / "tables" / "semtabfact", "dev")
    right: dict[str, list[bool]] = {}
    gaps: list[float] = []
    for one in claims:
        table = Table(label=None, caption=one.caption, page=None, columns=tuple(one.columns), rows=tuple(one.rows))
        verdict = judge(one.claim, table)
        right.setdefault(one.group, []).append(verdict.label == labels[one.label])
        if verdict.confidence is not None:
            gaps.append(verdict.confidence - right[one.group][-1])
    assert sum(sum(some) / len(some) for some in right.values()) / len(right) > 0.69
    assert abs(sum(gaps) / len(gaps)) < 0.05
