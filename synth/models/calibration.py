"""From a verifier's raw scores to probabilities: a multinomial regression whose coefficients travel with the package.

`docs/calibration.md` shows how well they hold, in and out of domain; `synth train-verifier` fits them again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from synth.errors import SynthError
from synth.models import packaged

__all__ = ["Calibrator", "Coefficients", "Ranking", "load"]

_REMEDY = "reinstall the package, or make the model again with synth train-verifier"


class Coefficients(NamedTuple):
    """A multinomial regression: mean and scale [inputs], weights [2][inputs] of supports and refutes, bias [2].

    `held` is, per kind of check that ruled support out, the share of such windows that are truly neutral.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]
    held: dict[str, float]


class Ranking(NamedTuple):
    """What a paper's standing among those that a search ranked adds to the log-odds of both sides against neutral.

    They become `scale` times what they were, plus `bias` and the weighted standing (`synth.standing`). `bar` is the
    probability against neutral from which a side is best taken where finding counts as much as being right.
    """

    scale: float
    bias: float
    weights: tuple[float, ...]
    bar: float


class Calibrator:
    """Softmax of linear scores for supports and refutes against neutral; inputs are standardised first.

    There are two sets of coefficients, since the odds differ: `named` for papers that somebody named for the claim,
    `found` for papers that a search brought up, most of which do not speak to it. `ranking` tells what their order is
    worth where the search was made for this one claim. `id` names the checksum of all.
    """

    def __init__(self, given: dict[str, Any], identity: str) -> None:
        self.inputs: tuple[str, ...] = tuple(given["inputs"])
        self._sets = {
            name: Coefficients(
                mean=tuple(one["mean"]),
                scale=tuple(one["scale"]),
                weights=tuple(tuple(row) for row in one["weights"]),
                bias=tuple(one["bias"]),
                held=dict(one["held"]),
            )
            for name, one in given["coefficients"].items()
        }
        ranking = given.get("ranking")
        self.ranking: Ranking | None = None
        if ranking is not None:
            weights = tuple(ranking["weights"])
            self.ranking = Ranking(float(ranking["scale"]), float(ranking["bias"]), weights, float(ranking["bar"]))
        self.bins: tuple[tuple[float, float, int, float], ...] = tuple(tuple(b) for b in given.get("bins", ()))
        self.id = f"calibrator@{identity[:12]}"

    def held(self, kind: str, *, found: bool) -> float:
        """How often a window is neutral in which a check of this kind rules support out."""
        known = self._sets["found" if found else "named"].held
        return known.get(kind, known["any"])

    def probabilities(self, values: Sequence[float], *, found: bool) -> tuple[float, float, float]:
        """(supports, refutes, neutral) for inputs in the order `inputs`; they sum to 1."""
        one = self._sets["found" if found else "named"]
        standard = [(v - m) / s for v, m, s in zip(values, one.mean, one.scale, strict=True)]
        logits = [
            sum(w * x for w, x in zip(row, standard, strict=True)) + bias
            for row, bias in zip(one.weights, one.bias, strict=True)
        ]
        return _softmax(logits[0], logits[1])

    def ranked(
        self, probabilities: tuple[float, float, float], standing: Sequence[float]
    ) -> tuple[float, float, float]:
        """`probabilities` of a paper that a search found, with its standing among those that were ranked with it.

        They stay as they are where nothing was fitted on rankings.
        """
        if self.ranking is None:
            return probabilities
        shift = self.ranking.bias + sum(w * x for w, x in zip(self.ranking.weights, standing, strict=True))
        supports, refutes, neutral = (math.log(max(p, 1e-12)) for p in probabilities)
        scale = self.ranking.scale
        return _softmax(scale * (supports - neutral) + shift, scale * (refutes - neutral) + shift)


def _softmax(supports: float, refutes: float) -> tuple[float, float, float]:
    """Probabilities of log-odds against neutral."""
    top = max(supports, refutes, 0.0)
    parts = [math.exp(x - top) for x in (supports, refutes, 0.0)]
    return parts[0] / sum(parts), parts[1] / sum(parts), parts[2] / sum(parts)


def load(folder: Path | None = None) -> Calibrator:
    """The packaged calibrator, or that of `folder` (`calibration.json`, listed in `checksums.json`).

    Raises:
        SynthError: the file is missing or is not the one its checksum names.
    """
    return _loaded(folder or Path(str(resources.files("synth.models") / "stance_minilm")))


@lru_cache(maxsize=4)
def _loaded(folder: Path) -> Calibrator:
    import hashlib

    (content,) = packaged.verified(folder, "verifier's calibrator", _REMEDY, "calibration.json")
    try:
        return Calibrator(json.loads(content), hashlib.sha256(content).hexdigest())
    except (KeyError, TypeError, ValueError) as error:
        raise SynthError(f"the packaged verifier's calibrator cannot be read: {error!r}; {_REMEDY}") from error
