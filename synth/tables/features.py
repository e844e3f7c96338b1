"""What the readings of a claim come to, as numbers for the model that weighs them.

The order of `NAMES` is part of the shipped weights: a change here needs a new training run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from synth.tables import operations
from synth.tables.scene import Reading, Scene
from synth.tables.statement import stems

__all__ = ["NAMES", "features"]

_CUES = (
    ("cue_all", r"\b(?:all|every|each|both|always)\b"),
    ("cue_only", r"\b(?:only|solely|just)\b"),
    ("cue_none", r"\b(?:none|no|never|neither|without)\b"),
    ("cue_same", r"\b(?:same|equal|identical|similar|common)\b"),
    ("cue_different", r"\b(?:unique\w*|different\w*|distinct|vary|varies)\b"),
    ("cue_extreme", r"\b(?:\w+est|most|least|maximum|minimum)\b"),
    ("cue_than", r"\b(?:than|compared?|versus|outperforms?)\b"),
    ("cue_count", r"\bthere (?:are|is|be)\b|\bnumber of\b"),
    ("cue_mean", r"\b(?:averages?|mean)\b"),
    ("cue_sum", r"\b(?:total|sum|combined)\b"),
    ("cue_range", r"\b(?:rang\w+|between|from)\b"),
    ("cue_table", r"\btables?\b"),
)
_CUE_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _CUES)
_OTHER = (
    "negated", "numbers", "numbers_found", "numbers_lost", "linked", "in_caption", "unlinked", "unlinked_words",
    "best_row", "best_column", "best_cell", "best_group", "rows_named", "columns_named", "table_rows", "table_columns",
    "tokens", "true_best", "false_best", "true_sum", "false_sum", "true_strong", "false_strong", "names_lost",
    "pair_named", "lone_column", "number_right_least", "number_right_most", "number_wrong_most", "number_gap_least",
)  # fmt: skip
NAMES = tuple(
    [f"{name}:{way}" for name in operations.NAMES for way in ("true", "false")]
    + [name for name, _ in _CUES]
    + list(_OTHER)
)
_ASIDE = frozenset(["joint_row", "one_row", "one_column", "unsaid", "elsewhere", "nowhere", "count_any"])


def features(scene: Scene, readings: Sequence[Reading]) -> list[float]:
    """One number for each of `NAMES`: the best quality of each operation's true and false readings, and the links."""
    best = dict.fromkeys(NAMES, 0.0)
    for reading in readings:
        key = f"{reading.operation}:{'true' if reading.truth else 'false'}"
        best[key] = max(best[key], reading.quality)
    for name, pattern in _CUE_PATTERNS:
        best[name] = float(bool(pattern.search(scene.text)))
    best |= _links(scene)
    best |= _totals(readings)
    best |= _numbers(scene, readings)
    return [round(best[name], 4) for name in NAMES]


def _links(scene: Scene) -> dict[str, float]:
    tokens = scene.statement.tokens
    caption = set(stems(scene.grid.caption))
    content = [at for at, token in enumerate(tokens) if not token.weak and token.number is None]
    linked = [at for at in content if at in scene.links.covered]
    titled = [at for at in content if at not in scene.links.covered and tokens[at].stem in caption]
    lost = [at for at in content if at not in scene.links.covered and tokens[at].stem not in caption]
    amounts = [n for n in scene.free if not n.place]
    cells = [n for n in amounts if n.at not in scene.gaps | scene.limits]
    found = [n for n in cells if max(scene.held[n.at].values(), default=0.0) >= 0.6]
    axis = scene.axes[0]
    many = len(content) or 1
    return {
        "negated": float(operations.negated(scene)),
        "numbers": float(min(6, len(amounts))),
        "numbers_found": len(found) / len(cells) if cells else 0.5,
        "numbers_lost": float(min(4, len(cells) - len(found))),
        "linked": len(linked) / many,
        "in_caption": len(titled) / many,
        "unlinked": len(lost) / many,
        "unlinked_words": float(min(10, len(lost))),
        "best_row": axis.items[0].score if axis.items else 0.0,
        "best_column": axis.fields[0].score if axis.fields else 0.0,
        "best_cell": max((x.score for x in scene.links.cells), default=0.0),
        "best_group": max((x.score for x in scene.links.groups), default=0.0),
        "rows_named": float(min(6, sum(t.score >= 0.7 for t in axis.items))),
        "columns_named": float(min(6, sum(t.score >= 0.7 for t in axis.fields))),
        "table_rows": float(min(40, len(scene.grid.rows))),
        "table_columns": float(min(12, len(scene.grid.columns))),
        "tokens": float(min(40, len(tokens))),
        "names_lost": float(sum(at > 0 and tokens[at].shown != tokens[at].text for at in lost[:12])),
        "pair_named": _pair(scene),
        "lone_column": float(len(scene.grid.columns) - scene.grid.stubs <= 1),
    }


def _pair(scene: Scene) -> float:
    """How well a row and a column are named by words of their own."""
    items, fields = scene.axes[0].items[:4], scene.axes[0].fields[:4]
    return max((a.score * b.score for a in items for b in fields if not set(a.tokens) & set(b.tokens)), default=0.0)


def _numbers(scene: Scene, readings: Sequence[Reading]) -> dict[str, float]:
    """Number by number: the best reading that it satisfies, and the best one of those that it does not."""
    right, wrong, gaps = [], [], []
    for number in scene.free:
        said = scene.statement.tokens[number.at].text
        own = [x for x in readings if x.claimed == said and x.operation not in _ASIDE]
        if number.place or not own:
            continue
        right.append(max((x.quality for x in own if x.truth), default=0.0))
        wrong.append(max((x.quality for x in own if not x.truth), default=0.0))
        gaps.append(right[-1] - wrong[-1])
    return {
        "number_right_least": min(right, default=-0.1),
        "number_right_most": max(right, default=-0.1),
        "number_wrong_most": max(wrong, default=-0.1),
        "number_gap_least": min(gaps, default=1.1),
    }


def _totals(readings: Sequence[Reading]) -> dict[str, float]:
    told = [x for x in readings if x.operation not in _ASIDE]
    right = [x.quality for x in told if x.truth]
    wrong = [x.quality for x in told if not x.truth]
    return {
        "true_best": max(right, default=0.0),
        "false_best": max(wrong, default=0.0),
        "true_sum": min(10.0, sum(right)),
        "false_sum": min(10.0, sum(wrong)),
        "true_strong": float(min(5, sum(q >= 0.6 for q in right))),
        "false_strong": float(min(5, sum(q >= 0.6 for q in wrong))),
    }
