"""Metrics from counts that add up, so that one definition serves the figure and every draw of its interval.

A tally maps names to counts. Each unit that was judged (a pair, a claim, a query, a table) gives one; the tallies of
many units are added, and the figures are computed from the sum. A figure without anything to divide by is None.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

from synth.records import Stance

__all__ = [
    "STANCES",
    "Figures",
    "Tally",
    "f1",
    "label_figures",
    "pair_tally",
    "rank_figures",
    "rank_tally",
    "ratio",
    "scored",
    "summed",
]

Tally = Mapping[str, float]
Figures = dict[str, float | None]
STANCES: tuple[Stance, ...] = ("supports", "refutes", "neutral")


def ratio(part: float, whole: float) -> float | None:
    """`part` of `whole`; None where there is no whole."""
    return part / whole if whole else None


def f1(right: float, predicted: float, gold: float) -> float | None:
    """F1 = 2 right / (predicted + gold), the harmonic mean of precision and recall; None where neither is there."""
    return ratio(2 * right, predicted + gold)


def summed(tallies: Iterable[Tally]) -> dict[str, float]:
    """The sum of tallies, name by name."""
    total: dict[str, float] = {}
    for tally in tallies:
        for name, count in tally.items():
            total[name] = total.get(name, 0) + count
    return total


def scored(prefix: str, right: float, predicted: float, gold: float) -> Figures:
    """Precision, recall and F1 under their names."""
    return {
        f"{prefix}_precision": ratio(right, predicted),
        f"{prefix}_recall": ratio(right, gold),
        f"{prefix}_f1": f1(right, predicted, gold),
    }


# --- labels -------------------------------------------------------------------------------------------


def pair_tally(gold: Stance, predicted: Stance, labels: Collection[Stance]) -> Tally:
    """What one judged pair counts; `labels` are those the annotators could give.

    Where they could not say "refutes", a refuted claim is one that does not follow and counts as neutral. Where they
    could not say "neutral", that prediction is an abstention: right for no label, counted by the coverage.
    """
    seen: Stance = "neutral" if predicted == "refutes" and "refutes" not in labels else predicted
    decided = predicted != "neutral"
    return {f"{gold}>{seen}": 1, "decided": float(decided), "decided right": float(decided and gold == seen)}


def label_figures(total: Tally, labels: Sequence[Stance]) -> Figures:
    """Accuracy, macro-F1 over `labels`, F1, precision and recall of each, coverage and precision of the decided.

    Macro-F1 is the plain mean of the labels' F1; a label that is neither gold nor predicted has none and is left out.
    `refuted_accepted` is the share of refuted pairs that were called supported: the worst error of a verifier.
    """
    count = {(gold, seen): total.get(f"{gold}>{seen}", 0) for gold in STANCES for seen in STANCES}
    n = sum(count.values())
    figures: Figures = {"macro_f1": None, "accuracy": ratio(sum(count[label, label] for label in STANCES), n)}
    for label in labels:
        gold = sum(count[label, seen] for seen in STANCES)
        predicted = sum(count[other, label] for other in STANCES)
        figures |= scored(label, count[label, label], predicted, gold)
    there = [value for label in labels if (value := figures[f"{label}_f1"]) is not None]
    figures["macro_f1"] = ratio(sum(there), len(there))
    figures["coverage"] = ratio(total.get("decided", 0), n)
    figures["decided_precision"] = ratio(total.get("decided right", 0), total.get("decided", 0))
    if "refutes" in labels:
        refuted = sum(count["refutes", seen] for seen in STANCES)
        figures["refuted_accepted"] = ratio(count["refutes", "supports"], refuted)
    return figures


# --- rankings -----------------------------------------------------------------------------------------


def rank_tally(found: Sequence[str], relevant: Collection[str]) -> Tally:
    """nDCG@10 and R@100 of one ranking, relevance 0 or 1 (Järvelin and Kekäläinen 2002; gain 1, discount log2)."""
    if not relevant:
        raise ValueError("a query without relevant documents cannot be scored")
    gained = sum(1 / math.log2(place + 2) for place, name in enumerate(found[:10]) if name in relevant)
    ideal = sum(1 / math.log2(place + 2) for place in range(min(10, len(relevant))))
    return {"ndcg": gained / ideal, "recall": len(set(found[:100]) & set(relevant)) / len(relevant), "queries": 1}


def rank_figures(total: Tally) -> Figures:
    """Means over queries."""
    queries = total.get("queries", 0)
    return {"ndcg_at_10": ratio(total.get("ndcg", 0), queries), "r_at_100": ratio(total.get("recall", 0), queries)}
