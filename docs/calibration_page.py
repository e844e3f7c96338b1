"""The page on calibration, built from stored results: `synth evaluate BENCHMARK --json`, one to a file.

`page(folder)` gives docs/calibration.md and `diagrams(folder)` the pictures it shows, by file name; docs/generate.py
writes both. A figure that no stored result holds is said to be missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from synth.evaluation import Result, known, signed
from synth.evaluation.calibration import Bin, Calibration

__all__ = ["diagrams", "page"]

_IN_DOMAIN = ("scifact_oracle", "scifact_open", "citation_integrity", "evidence_inference", "fool_me_twice")
_OUT_OF_DOMAIN = ("healthver", "covidfact", "msvec")
_LABELS = {"supports": "supported", "refutes": "refuted", "neutral": "left open"}
_TARGETS = (0.99, 0.95, 0.9, 0.8)

_HEAD = """# Calibration

<!-- Built by docs/generate.py from benchmarks/results; measure again, then run `make docs`. -->

A **confidence** is the probability that the label is right: of claims with confidence 0.8, eight in ten should be. It
comes from a calibrator, a small multinomial regression over what the model and the checks found, fitted on labelled
claims that taught the model nothing ([how a verdict comes about](verdicts.md)). This page shows how well that holds. A
verifier taken by name has no calibrator, and its verdicts have no confidence.

Read the diagrams so: each point is a fifteenth of all verdicts; to the right they were surer, further up more of them
were right. On the diagonal a confidence means what it says, below it too much is promised. ECE is the mean distance
from the diagonal (15 bins of equal mass), Brier the mean square of the difference between confidence and outcome; 0 is
best for both. A bin is what a reader may expect: *of claims we scored 0.8 to 0.9, so many were right*. Intervals are
95 %.
"""

_MEANINGS = (  # field, range, what it is, what it is not
    (
        "`verdict.confidence`", "0 to 1", "the probability that the label is right, by the calibrator",
        "a probability that the claim is true of the world",
    ),
    (
        "`verdict.score`", "−1 to 1",
        "the strongest supporting paper's probability minus that of the strongest refuting one", "a confidence",
    ),
    (
        "`evidence.score`", "0 to 1", "the probability of the stance that this window of the paper takes",
        "a measure of the paper's quality",
    ),
    (
        "`papers[].relevance`", "0 to 1",
        "share of the question's facets a paper speaks of, with a bonus for the title, and similarity to the question",
        "a judgement of quality",
    ),
    (
        "`review`", "0 to 10", "shares and counts from the report itself, by the rules printed beside them",
        "an opinion of the papers",
    ),
)  # fmt: skip


def page(folder: Path) -> str:
    """The Markdown of the page from the results in `folder`, which may be missing or empty."""
    results = _stored(folder)
    parts = [_HEAD, "## At a glance\n", *_glance(results)]
    parts += _group("In domain", "Data like those the weights and the calibrator learned from.", results, _IN_DOMAIN)
    parts += _group("Out of domain", "Nothing was trained, fitted or chosen on these sets.", results, _OUT_OF_DOMAIN)
    others = sorted({name for name, one in results.items() if one.calibration} - {*_IN_DOMAIN, *_OUT_OF_DOMAIN})
    if others:
        parts += _group("Other sets", "Contrast sets, tables and edits.", results, others)
    parts.append("## What the numbers of a report are\n")
    return "\n".join([*parts, _table(("number", "range", "what it is", "what it is not"), _MEANINGS)])


def diagrams(folder: Path) -> dict[str, str]:
    """The reliability diagrams as SVG by file name, one for each set with confidences."""
    return {
        _picture(name): _diagram(one.title, one.calibration)
        for name, one in _stored(folder).items()
        if one.calibration is not None
    }


def _stored(folder: Path) -> dict[str, Result]:
    """The result of each benchmark's own split, by the name of the benchmark; one without a split of its own, any."""
    found: dict[str, Result] = {}
    for file in sorted(folder.glob("*.json")):
        one = Result.model_validate_json(file.read_text("utf-8"))
        name = one.signature.benchmark
        if name not in found or one.signature.split == known()[name].split:
            found[name] = one
    return found


def _picture(name: str) -> str:
    return f"calibration_{name}.svg"


# --- words ----------------------------------------------------------------------------------------------


def _glance(results: dict[str, Result]) -> Iterator[str]:
    rows = []
    for where, names in (("in domain", _IN_DOMAIN), ("out of domain", _OUT_OF_DOMAIN)):
        for name in names:
            one = results.get(name)
            if one is None or one.calibration is None:
                rows.append((where, known()[name].title, "not measured yet", "", "", "", ""))
                continue
            c = one.calibration
            rows.append((
                where, one.title, f"{c.n:,} of {c.of:,}", f"{c.accuracy:.1%}", f"{c.mean_confidence:.1%}",
                _between(c.ece, c.ece_low, c.ece_high), _between(c.brier, c.brier_low, c.brier_high),
            ))  # fmt: skip
    yield _table(("", "set", "verdicts", "right", "mean confidence", "ECE", "Brier"), rows)


def _group(head: str, said: str, results: dict[str, Result], names: Iterable[str]) -> Iterator[str]:
    yield f"## {head}\n\n{said}\n"
    missing = []
    for name in names:
        one = results.get(name)
        if one is None or one.calibration is None:
            missing.append(known()[name].title)
        else:
            yield from _set(name, one, one.calibration)
    if missing:
        yield f"Not measured yet: {'; '.join(missing)}.\n"


def _set(name: str, one: Result, all_: Calibration) -> Iterator[str]:
    yield f"### {one.title}, {one.signature.split}\n"
    yield f"What the weights have seen of it: {one.seen}.\n"
    yield f"![Reliability diagram of {one.title}](images/{_picture(name)})\n"
    of: dict[str, Calibration | None] = {"all": all_, "supported or refuted": one.calibration_decided}
    of |= {f"said {_LABELS.get(label, label)}": each for label, each in one.calibration_by_label.items()}
    rows = [
        (
            label, f"{c.n:,}", f"{c.accuracy:.1%}", f"{c.mean_confidence:.1%}", _between(c.ece, c.ece_low, c.ece_high),
            _between(c.brier, c.brier_low, c.brier_high), f"{c.nll:.3f}", f"{c.aurc:.3f}",
        )
        for label, c in of.items()
        if c is not None
    ]  # fmt: skip
    yield _table(("verdicts", "n", "right", "mean confidence", "ECE", "Brier", "NLL", "AURC"), rows)
    scored = [(f"{b.low:.1f} to {b.high:.1f}", f"{b.n:,}", _share(b)) for b in all_.bins_equal_width if b.n]
    yield _table(("confidence", "verdicts", "of these right"), scored)
    yield _abstaining(one.calibration_decided) + "\n"
    yield f"```text\n{signed('calibration', one.signature)}\n```\n"


def _share(bin_: Bin) -> str:
    return "none" if bin_.accuracy is None else f"{bin_.accuracy:.1%}"


def _abstaining(decided: Calibration | None) -> str:
    """What is bought by keeping only the surest of the decided verdicts: precision and coverage together."""
    if decided is None:
        return "No verdict decided anything with a confidence: there is no risk-coverage curve.\n"
    curve = [(f"{p.coverage:.0%}", f"{p.confidence:.2f}", f"{1 - p.risk:.1%}") for p in decided.risk]
    reached = []
    for target in _TARGETS:
        kept = [p for p in decided.risk if 1 - p.risk >= target]
        if kept:
            last = max(kept, key=lambda p: p.coverage)
            reached.append(
                f"{target:.0%} right by keeping those from {last.confidence:.2f} ({last.coverage:.0%} of them)"
            )
    told = "; ".join(reached) if reached else "none of 99, 95, 90, 80 % is reached at any tenth of coverage"
    head = "Of the verdicts that support or refute, the surest kept:\n\n"
    return head + _table(("kept", "down to confidence", "right"), curve) + f"\nPrecision and coverage: {told}.\n"


def _between(value: float, low: float | None, high: float | None) -> str:
    return f"{value:.3f}" if low is None or high is None else f"{value:.3f} ({low:.3f} to {high:.3f})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


# --- pictures -------------------------------------------------------------------------------------------

_SIDE, _LEFT, _TOP = 260, 44, 34  # pixels: the square, and where it stands


def _diagram(title: str, one: Calibration) -> str:
    """The bins of equal mass as points on the unit square, above a strip of how many verdicts fell where."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_SIDE + 64}" height="{_SIDE + 132}" '
        f'viewBox="0 0 {_SIDE + 64} {_SIDE + 132}" font-family="sans-serif" font-size="11" fill="#333" role="img">',
        f"<title>Reliability of {_escaped(title)}: ECE {one.ece:.3f}, {one.n} verdicts</title>",
        f'<rect width="{_SIDE + 64}" height="{_SIDE + 132}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="18" font-size="12">{_escaped(title)}: ECE {one.ece:.3f}, n = {one.n:,}</text>',
        *_axes(),
    ]
    points = [(b.confidence, b.accuracy) for b in one.bins if b.confidence is not None and b.accuracy is not None]
    line = " ".join(f"{_x(c):.1f},{_y(a):.1f}" for c, a in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="1.5"/>')
    parts += [f'<circle cx="{_x(c):.1f}" cy="{_y(a):.1f}" r="3" fill="#1f5fa8"/>' for c, a in points]
    parts += _strip(one.bins_equal_width)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axes() -> Iterator[str]:
    yield f'<rect x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#999"/>'
    yield f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#999" stroke-dasharray="4 3"/>'
    for tick in range(0, 11, 2):
        at = tick / 10
        yield f'<text x="{_x(at):.0f}" y="{_TOP + _SIDE + 14}" text-anchor="middle">{at:.1f}</text>'
        yield f'<text x="{_LEFT - 6}" y="{_y(at) + 4:.0f}" text-anchor="end">{at:.1f}</text>'
    yield f'<text x="{_x(0.5):.0f}" y="{_TOP + _SIDE + 30}" text-anchor="middle">confidence</text>'
    middle = _y(0.5)
    yield f'<text x="12" y="{middle:.0f}" text-anchor="middle" transform="rotate(-90 12 {middle:.0f})">right</text>'


def _strip(bins: Sequence[Bin]) -> Iterator[str]:
    """Bars of the verdicts in each tenth."""
    most = max((b.n for b in bins), default=0)
    base = _TOP + _SIDE + 82
    for b in bins:
        if b.n and most:
            high = 40 * b.n / most
            yield (
                f'<rect x="{_x(b.low) + 1:.1f}" y="{base - high:.1f}" width="{_SIDE * (b.high - b.low) - 2:.1f}" '
                f'height="{high:.1f}" fill="#9bb8d9"><title>{b.n:,} verdicts</title></rect>'
            )
    yield f'<text x="{_LEFT}" y="{base + 13}">verdicts per tenth, at most {most:,}</text>'


def _x(share: float) -> float:
    return _LEFT + _SIDE * share


def _y(share: float) -> float:
    return _TOP + _SIDE * (1 - share)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
