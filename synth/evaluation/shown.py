"""A result in words and rows, for the terminal and for the page of results."""

from __future__ import annotations

from synth.evaluation.benchmark import find
from synth.evaluation.calibration import Bin, Calibration
from synth.evaluation.result import Figure, Result

__all__ = ["calibration_lines", "interval", "number", "rows", "selected"]

_PLAIN = ("pairs_per_second", "start_seconds", "seconds", "readings_per_second")  # no shares


def selected(result: Result) -> list[Figure]:
    """The figures that the benchmark shows, in its order, those that are there."""
    shown: list[Figure] = []
    for name in find(result.signature.benchmark).metrics:
        start = name.removesuffix("*")
        shown += [
            figure
            for figure in result.figures
            if (figure.name.startswith(start) if name != start else figure.name == name) and figure not in shown
        ]
    return shown


def rows(result: Result) -> list[tuple[str, str, str]]:
    """(name, value, interval) of every figure that is shown."""
    return [(figure.name, number(figure), interval(figure)) for figure in selected(result)]


def number(figure: Figure) -> str:
    """A share as "0.713", a time or rate with one decimal, "none" where there was nothing to divide by."""
    if figure.value is None:
        return "none"
    return f"{figure.value:.1f}" if figure.name in _PLAIN else f"{figure.value:.3f}"


def interval(figure: Figure) -> str:
    """The ends of the interval, or nothing."""
    if figure.low is None or figure.high is None:
        return ""
    return f"{figure.low:.3f} to {figure.high:.3f}"


def calibration_lines(result: Result) -> list[str]:
    """Calibration in a few lines: errors, scores, what was right of what was scored so and so. None of a search."""
    if find(result.signature.benchmark).kind in ("retrieval", "speed"):
        return []
    if result.calibration is None:
        return ["calibration: none, no verdict has a confidence"]
    lines = [_errors("all verdicts", result.calibration)]
    if result.calibration_decided is not None:
        lines.append(_errors("supported or refuted", result.calibration_decided))
    lines += [_errors(f"said {label}", one) for label, one in result.calibration_by_label.items()]
    lines += [_bin(one) for one in result.calibration.bins_equal_width if one.n]
    return lines + [
        f"  the most confident {point.coverage:.0%}: {point.risk:.1%} wrong" for point in result.calibration.risk
    ]


def _errors(name: str, one: Calibration) -> str:
    ends = "" if one.ece_low is None or one.ece_high is None else f" ({one.ece_low:.3f} to {one.ece_high:.3f})"
    return (
        f"calibration, {name} (n={one.n} of {one.of}): ECE {one.ece:.3f}{ends}, equal width 15 "
        f"{one.ece_equal_width_15:.3f}, 10 {one.ece_equal_width_10:.3f}; Brier {one.brier:.3f}; "
        f"NLL {one.nll:.3f}; AURC {one.aurc:.3f}"
    )


def _bin(one: Bin) -> str:
    return f"  scored {one.low:.1f} to {one.high:.1f}: {one.accuracy or 0:.1%} right of {one.n}"
