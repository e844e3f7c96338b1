"""Sufficient statistics of single examples: a metric is a function of their column sums, so samples are cheap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from synth.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Examples", "f1_scores", "paired"]


def paired(gold: Sequence[object], predicted: Sequence[object], unit: str) -> int:
    """The common length of both. Raises InputError when they differ or when there is nothing to score."""
    if len(gold) != len(predicted):
        raise InputError(
            f"{len(gold)} {unit} in the labels but {len(predicted)} in the predictions; they must be the same"
        )
    if not gold:
        raise InputError(f"no {unit} to score: the labels are empty")
    return len(gold)


def f1_scores(correct: int, predicted: int, gold: int) -> dict[str, float]:
    """F1, precision and recall (0-100) from counts; each is 0 where its denominator is 0, as in the benchmark."""
    precision = correct / predicted if predicted else 0.0
    recall = correct / gold if gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
    return {"f1": f1 * 100, "precision": precision * 100, "recall": recall * 100}


@dataclass(frozen=True)
class Examples:
    """One row of statistics per example, in the order of the labels file, so that two runs can be paired by row.

    `form` "mean": the metric is the mean over rows and columns, times 100 (accuracy has one column; spans
    have exact match and F1, whose mean is the task's number). `form` "f1": columns are correct, predicted and
    gold counts, and the metric is F1 of their sums. The value of all rows equals the printed score but for
    rounding in the last place.
    """

    form: Literal["mean", "f1"]
    columns: tuple[str, ...]
    statistics: NDArray[np.float64]  # [examples, columns]

    def __len__(self) -> int:
        return int(self.statistics.shape[0])

    def value(self, rows: Sequence[int] | NDArray[np.int64] | None = None) -> float:
        """The metric (0-100) of all rows, or of the given rows, which may repeat. Raises InputError for no rows."""
        import numpy as np

        chosen = self.statistics if rows is None else self.statistics[np.asarray(rows, dtype=np.int64)]
        return float(self._metric(chosen.sum(axis=0), np.float64(chosen.shape[0])))

    def resampled(self, weights: NDArray[Any]) -> NDArray[np.float64]:
        """The metric (0-100) of each sample -> [samples]; weights [samples, examples]: how often a row was drawn."""
        import numpy as np

        weights = np.asarray(weights, dtype=np.float64)
        if weights.ndim != 2 or weights.shape[1] != len(self):
            raise InputError(
                f"weights of shape {weights.shape} do not fit {len(self)} examples; give [samples, examples]"
            )
        return self._metric(weights @ self.statistics, weights.sum(axis=1))

    def _metric(self, sums: NDArray[np.float64], n: Any) -> NDArray[np.float64]:
        """Column sums [..., columns] and row counts [...] -> metric [...]."""
        import numpy as np

        if np.any(n <= 0):
            raise InputError("no examples to score")
        if self.form == "mean":
            return np.asarray(100.0 * sums.mean(axis=-1) / n)
        correct, both = sums[..., 0], sums[..., 1] + sums[..., 2]
        return np.asarray(100.0 * np.divide(2 * correct, both, out=np.zeros_like(correct), where=both > 0))
