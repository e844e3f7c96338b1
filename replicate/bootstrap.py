"""Two-level bootstrap of the difference of two arms, and the intervals and tests made from it.

Seeds are one level, examples within a language the other. They are crossed (every model answers the same examples), so
one draw of examples holds for all seeds and arms: more seeds never make the test set larger. The variance of the mean
is that between the draws of examples plus that between the seeds, less their interaction, which both of them hold;
drawing both levels at once and taking the spread as it comes would count the interaction three times (Owen 2007, The
pigeonhole bootstrap). With three seeds a resampled mean has ten different values, so seeds enter by their variance, and
the interval takes Student's t with the degrees of freedom of Satterthwaite (1946), the examples counting as many. An
interval from three seeds is wide, as it must be.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from replicate.metrics.examples import Examples
from synth.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "PARALLEL", "Arm", "Contrast", "Interval", "contrast", "draws", "holm", "interval", "mean", "quantile", "tail",
]  # fmt: skip

# The languages of these targets have the same examples in translation: one draw holds for all of them.
PARALLEL = frozenset({"xnli", "pawsx", "xquad"})
_CELLS = 8_000_000  # weights in memory at once

Language = tuple[str, str]  # task, language
Arm = Mapping[Language, Sequence[Examples]]  # examples of each seed, seeds in one order


@dataclass(frozen=True)
class Contrast:
    """Treatment minus baseline: `full` [seeds] on the test set as it is, `drawn` [seeds, draws] on drawn examples."""

    full: NDArray[np.float64]
    drawn: NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """An estimate with its standard error, degrees of freedom (inf where seeds do not differ) and intervals.

    `low`, `high`: the interval of the declared level; `inner`: the 90% interval, for two one-sided tests at 5%.
    `p`: two-sided, for no difference. `seeds` that differ only in name (one predictions file) count once.
    """

    estimate: float
    error: float
    df: float
    low: float
    high: float
    inner: tuple[float, float]
    p: float
    seeds: int


def draws(task: str, language: str, n: int, count: int, seed: int) -> NDArray[np.float64]:
    """How often each of n examples is drawn in each of `count` samples -> [count, n]; the same for the same key."""
    import numpy as np

    key = "" if task in PARALLEL else language
    rng = np.random.default_rng([seed, zlib.crc32(f"{task}/{key}".encode()), n])
    chosen = rng.integers(0, n, size=(count, n)) + np.arange(count)[:, None] * n
    return np.bincount(chosen.ravel(), minlength=count * n).reshape(count, n).astype(np.float64)


def contrast(treatment: Arm, baseline: Arm, *, count: int, seed: int) -> dict[Language, Contrast]:
    """The contrast of each language of each task. Raises InputError where the arms cannot be paired."""
    import numpy as np

    found: dict[Language, Contrast] = {}
    for (task, language), rows in treatment.items():
        other = baseline.get((task, language))
        if other is None or len(other) != len(rows):
            raise InputError(f"{task} {language}: the two arms have not the same seeds, they cannot be paired")
        lengths = {len(examples) for examples in (*rows, *other)}
        if len(lengths) != 1:
            raise InputError(f"{task} {language}: the arms have {sorted(lengths)} examples, they cannot be paired")
        n = lengths.pop()
        full = np.array([a.value() - b.value() for a, b in zip(rows, other, strict=True)])
        blocks = []
        step = max(1, _CELLS // n)
        for start in range(0, count, step):
            weights = draws(task, language, n, min(step, count - start), seed + start)
            blocks.append([a.resampled(weights) - b.resampled(weights) for a, b in zip(rows, other, strict=True)])
        drawn = np.concatenate([np.array(block) for block in blocks], axis=1)
        found[task, language] = Contrast(full, drawn)
    return found


def mean(contrasts: Sequence[Contrast]) -> Contrast:
    """The plain mean, as the benchmark averages languages and then tasks."""
    import numpy as np

    return Contrast(
        np.mean([c.full for c in contrasts], axis=0),
        np.mean([c.drawn for c in contrasts], axis=0),
    )


def interval(one: Contrast, *, level: float) -> Interval:
    """The interval of the mean over seeds. With one seed the spread of seeds is unknown: only that of examples."""
    seeds = one.drawn.shape[0]
    middle = one.drawn.mean(axis=0)
    of_examples = float(middle.var(ddof=1))
    of_seeds = float(one.full.var(ddof=1)) / seeds if seeds > 1 else 0.0
    # What is left of each seed's draws beside the common part estimates the interaction times 1 - 1/S.
    shared = float((one.drawn - middle).var(axis=1, ddof=1).mean()) / (seeds - 1) if seeds > 1 else 0.0
    both = max(of_seeds + of_examples - shared, of_seeds, of_examples)
    error = math.sqrt(both)
    df = max(seeds - 1.0, (seeds - 1) * (both / of_seeds) ** 2) if of_seeds > 1e-12 * max(both, 1e-12) else math.inf
    estimate = float(one.full.mean())
    if error == 0.0:
        return Interval(estimate, 0.0, df, estimate, estimate, (estimate, estimate), float(estimate == 0.0), seeds)
    outer, inner = (quantile((1 + part) / 2, df) * error for part in (level, 0.90))
    p = 2 * tail(abs(estimate) / error, df)
    return Interval(
        estimate, error, df, estimate - outer, estimate + outer, (estimate - inner, estimate + inner), p, seeds
    )


def holm(values: Mapping[str, float]) -> dict[str, float]:
    """Holm's step-down adjustment of p-values (Holm 1979): the smallest times m, the next times m-1, never falling."""
    adjusted: dict[str, float] = {}
    running = 0.0
    for rank, name in enumerate(sorted(values, key=lambda key: (values[key], key))):
        running = max(running, min(1.0, (len(values) - rank) * values[name]))
        adjusted[name] = running
    return adjusted


# --- Student's t --------------------------------------------------------------------------------------


def tail(t: float, df: float) -> float:
    """P(T > t) for t >= 0, by the regularised incomplete beta function; the normal tail for df = inf."""
    if math.isinf(df):
        return 0.5 * math.erfc(t / math.sqrt(2))
    return 0.5 * _beta(df / (df + t * t), df / 2, 0.5)


def quantile(share: float, df: float) -> float:
    """The t below which `share` (at least 0.5) of the distribution lies, by bisection."""
    low, high = 0.0, 1.0
    while tail(high, df) > 1 - share:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if tail(middle, df) > 1 - share else (low, middle)
    return (low + high) / 2


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function by Lentz's continued fraction."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _beta(1 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    ) / a  # fmt: skip
    tiny = 1e-300
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1) or tiny)
    value = d
    for m in range(1, 500):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / (1.0 + term * d or tiny)
            c = 1.0 + term / c or tiny
            value *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return front * value
