"""`synth evaluate`: benchmarks run through the product's own paths, each figure with interval and signature."""

from synth.evaluation.benchmark import Benchmark, known
from synth.evaluation.judges import Judge, Judgement, PredictionJudge
from synth.evaluation.result import Figure, Result, Signature, signed
from synth.evaluation.running import evaluate

__all__ = [
    "Benchmark",
    "Figure",
    "Judge",
    "Judgement",
    "PredictionJudge",
    "Result",
    "Signature",
    "evaluate",
    "known",
    "signed",
]
