"""The regression behind the calibrator: multinomial, ridge, fitted by Newton's method, tempered for other domains."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["Row", "fitted", "shared", "tempered"]

_RIDGE = 0.02  # penalty on the squared weights of standardised inputs
_SHARED_RIDGE = 0.005  # of `shared`: between what suits each of two sets when fitted on the other
_TEMPERATURES = tuple(1 + step / 10 for step in range(31))
_STEPS = 60  # Newton steps at most; some ten are taken


class Row(NamedTuple):
    """One judged pair: the calibrator's inputs, the true class (0 supports, 1 refutes, 2 neutral), the set, and the
    kind of check that ruled support out, if one did."""

    values: tuple[float, ...]
    label: int
    data: str
    held: str | None


def fitted(rows: Sequence[Row], prior: Mapping[str, Sequence[int]] | None = None) -> dict[str, Any]:
    """Coefficients as `synth.models.calibration` reads them: multinomial ridge regression by Newton's method.

    `prior` names the classes that a set can have; in a set without neutral pairs the neutral class is left out of
    the likelihood, so that such a set teaches how support differs from refutation and nothing else.
    """
    import numpy as np

    x = np.array([row.values for row in rows], float)
    mean, scale = x.mean(0), x.std(0)
    scale[scale < 1e-9] = 1.0
    z = np.concatenate([(x - mean) / scale, np.ones((len(x), 1))], 1)
    y = np.array([row.label for row in rows])
    sizes = {name: sum(row.data == name for row in rows) for name in {row.data for row in rows}}
    weight = np.array([1 / sizes[row.data] for row in rows]) * len(rows) / len(sizes)
    allowed = np.array([[k in (prior or {}).get(row.data, (0, 1, 2)) for k in range(3)] for row in rows])
    beta = np.zeros((2, z.shape[1]))
    for _ in range(_STEPS):
        step = _newton(z, y, weight, allowed, beta)
        beta -= step
        if np.abs(step).max() < 1e-7:
            break
    return {
        "mean": [float(v) for v in mean.round(6)],
        "scale": [float(v) for v in scale.round(6)],
        "weights": [[float(v) for v in row[:-1].round(6)] for row in beta],
        "bias": [float(row[-1].round(6)) for row in beta],
        "held": _held(rows),
    }


def tempered(
    rows: Sequence[Row], prior: Mapping[str, Sequence[int]] | None = None, annotated: Collection[str] = ()
) -> dict[str, Any]:
    """`fitted`, with the scores divided by what makes them true of sets that they were not fitted on.

    Each `annotated` set is left out once, and the temperature (Guo et al. 2017) found that suits the predictions on
    it; their median is taken. It is at least 1: a new domain never makes the coefficients surer. Of fewer than three
    sets nothing can be said of others.
    """
    made = fitted(rows, prior)
    names = sorted({row.data for row in rows} & set(annotated))
    best = []
    for name in names if len(names) > 2 else ():
        other = fitted([row for row in rows if row.data != name], prior)
        own = [row for row in rows if row.data == name]
        scores, labels = _scores(own, other), [row.label for row in own]
        allowed = (prior or {}).get(name, (0, 1, 2))
        best.append(min(_TEMPERATURES, key=lambda t: _surprise(scores, labels, allowed, t)))
    temperature = statistics.median_low(best) if best else 1.0
    made["temperature"] = temperature
    made["weights"] = [[round(v / temperature, 6) for v in line] for line in made["weights"]]
    made["bias"] = [round(v / temperature, 6) for v in made["bias"]]
    return made


def shared(odds: Any, standing: Any, labels: Any, weight: Any) -> list[float]:
    """Scale, bias and weights that shift both sides against neutral alike, by Newton's method.

    `odds` are [n, 2], the log-odds of supports and refutes against neutral, `standing` [n, d], `labels` [n] (0
    supports, 1 refutes, 2 neutral), `weight` [n]. A side's score is scale x odds + bias + standing . weights,
    neutral's is 0.
    """
    import numpy as np

    spread = np.maximum(standing.std(0), 1e-9)
    side = np.concatenate([np.ones((len(labels), 1)), standing / spread], 1)
    design = np.stack([np.concatenate([odds[:, [k]], side], 1) for k in (0, 1)], 1)  # [n, 2, 2 + d]
    target = np.eye(3)[labels][:, :2]
    weight = weight / weight.sum()
    penalty = np.array([0.0, 0.0, *(2 * _SHARED_RIDGE for _ in spread)])
    beta = np.zeros(design.shape[2])
    for _ in range(_STEPS):
        scores = design @ beta
        top = np.maximum(scores.max(1, keepdims=True), 0)
        parts = np.exp(scores - top)
        p = parts / (parts.sum(1, keepdims=True) + np.exp(-top))
        mean = np.einsum("nk,nkd->nd", p, design)
        hessian = np.einsum("n,nk,nkd,nke->de", weight, p, design, design)
        hessian += np.diag(penalty) - np.einsum("n,nd,ne->de", weight, mean, mean)
        gradient = np.einsum("n,nk,nkd->d", weight, p - target, design) + penalty * beta
        step = np.linalg.lstsq(hessian, gradient, rcond=None)[0]  # few rows leave a direction without curvature
        beta -= step
        if np.abs(step).max() < 1e-8:
            break
    return [round(float(v), 6) for v in (*beta[:2], *(beta[2:] / spread))]


def _scores(rows: Sequence[Row], given: Mapping[str, Any]) -> Any:
    """Scores [rows, 3] of supports, refutes and neutral, which is 0."""
    import numpy as np

    z = (np.array([row.values for row in rows], float) - given["mean"]) / given["scale"]
    free = z @ np.array(given["weights"]).T + np.array(given["bias"])
    return np.concatenate([free, np.zeros((len(rows), 1))], 1)


def _surprise(scores: Any, labels: Sequence[int], allowed: Sequence[int], temperature: float) -> float:
    """Mean negative log-likelihood of the labels among those that the set can have."""
    import numpy as np

    kept = scores[:, list(allowed)] / temperature
    kept = kept - kept.max(1, keepdims=True)
    logs = kept - np.log(np.exp(kept).sum(1, keepdims=True))
    return -float(np.mean([logs[i, list(allowed).index(label)] for i, label in enumerate(labels)]))


def _held(rows: Sequence[Row]) -> dict[str, float]:
    """Per gate the share of truly neutral windows among those it held, in sets that have neutral pairs.

    Two pairs of either outcome are added to each count, so that a gate that was seldom seen is not taken for sure.
    """
    mixed = {name for name in {row.data for row in rows} if any(r.label == 2 for r in rows if r.data == name)}
    counts: dict[str, list[int]] = {"any": [2, 4]}
    for row in rows:
        if row.held and row.data in mixed:
            for kind in ("any", row.held):
                counts.setdefault(kind, [2, 4])
                counts[kind][0] += row.label == 2
                counts[kind][1] += 1
    return {kind: round(neutral / every, 4) for kind, (neutral, every) in sorted(counts.items())}


def _newton(z: Any, y: Any, weight: Any, allowed: Any, beta: Any) -> Any:
    """One step: gradient and Hessian of the penalised likelihood, for the two free classes together."""
    import numpy as np

    logits = np.concatenate([z @ beta.T, np.zeros((len(z), 1))], 1)
    logits[~allowed] = -1e9
    logits -= logits.max(1, keepdims=True)
    p = np.exp(logits)
    p /= p.sum(1, keepdims=True)
    target = np.eye(3)[y]
    width = z.shape[1]
    penalty = np.full(width, _RIDGE * weight.sum() / 100)
    penalty[-1] = 1e-6
    gradient = ((p - target)[:, :2] * weight[:, None]).T @ z + penalty * beta
    hessian = np.zeros((2 * width, 2 * width))
    for a in range(2):
        for b in range(2):
            w = weight * p[:, a] * ((a == b) - p[:, b])
            block = (z * w[:, None]).T @ z
            if a == b:
                block += np.diag(penalty)
            hessian[a * width : (a + 1) * width, b * width : (b + 1) * width] = block
    return np.linalg.solve(hessian, gradient.ravel()).reshape(2, width)
