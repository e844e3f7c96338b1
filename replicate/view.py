"""A run as finished values for people: everything that the page, the paper and the terminal show."""

from __future__ import annotations

import shlex
from typing import Any

from replicate import catalogue, ledger
from replicate.arms import ArmVerdict, CellVerdict
from replicate.chart import Drawing, Row, Series, forest, lines
from replicate.compare import RunVerdict
from replicate.cost import duration
from replicate.execute import label
from replicate.plan import Plan
from replicate.runs import Run

__all__ = ["LABELS", "MARKS", "STYLES", "signed", "title", "view", "words"]

LABELS = {
    "replicated": "replicated",
    "replicated_different_size": "replicated with a different size",
    "not_replicated": "not replicated",
    "inconclusive": "inconclusive",
    "not_run": "not run",
}
# The preset micro measures an effect of its own: words of replication would seem to speak of the paper's claim.
FAMILY_LABELS = {
    "replicated": "holds in the made-up family",
    "replicated_different_size": "holds in the made-up family, smaller than what counts",
    "not_replicated": "does not hold in the made-up family",
    "inconclusive": "inconclusive in the made-up family",
    "not_run": "not run",
}
MARKS = {
    "replicated": "✔", "replicated_different_size": "≈", "not_replicated": "✖", "inconclusive": "○", "not_run": "◌",
}  # fmt: skip
STYLES = {
    "replicated": "supported", "replicated_different_size": "conflicting", "not_replicated": "refuted",
    "inconclusive": "not_enough_evidence", "not_run": "not_checked",
}  # fmt: skip
_CONTROLS = {"shuffled_labels": "labels shuffled", "random_init": "random weights", "wrong_pairs": "wrong pairs"}
_CURVES = 8


def view(run: Run, plan: Plan, verdict: RunVerdict) -> dict[str, Any]:
    """All values, as strings, numbers, lists and drawings; nothing is left to decide in a template."""
    treatment = next((arm for arm in verdict.arms if arm.role == "treatment"), None)
    return {
        "title": title(verdict),
        "experiment": verdict.experiment,
        "preset": verdict.preset,
        "label": words(verdict),
        "mark": MARKS[verdict.label],
        "style": STYLES[verdict.label],
        "reason": _sentence(verdict.reason),
        "measured": verdict.effect.statement,
        "estimate": _estimate(verdict),
        "claim": {
            "statement": verdict.claim.effect.statement,
            "stated": ledger.stated(verdict.claim.effect),
            "source": " ".join(filter(None, (verdict.claim.effect.source, verdict.claim.effect.version))),
            "mark": verdict.claim.effect.mark,
            "label": LABELS[verdict.claim.label],
            "style": STYLES[verdict.claim.label],
            "sign": MARKS[verdict.claim.label],
            "reason": _sentence(verdict.claim.reason),
            "same": verdict.claim.effect == verdict.effect,
        },
        "facts": _facts(plan, verdict),
        "arms": [_arm(plan, one) for one in verdict.arms],
        "forest": _forest(verdict, treatment),
        "languages": _languages(treatment),
        "sweep": _sweep(plan, verdict),
        "curves": _curves(run, plan),
        "stages": _stages(run, plan),
        "total": _total(run, plan),
        "checks": [_check(one.model_dump()) for one in verdict.checks],
        "ranking": [{"arm": name, "gain": signed(gain)} for name, gain in verdict.ranking],
        "deviations": [one.model_dump() for one in verdict.deviations],
        "similarity": [{"what": k, "how": v} for k, v in verdict.similarity.model_dump().items()],
        "failures": [{"stage": stage, "reason": reason} for stage, reason in verdict.failures],
        "rule": plan.rule.text,
        "rerun": _rerun(run, plan),
        "signature": verdict.signature,
    }


def signed(value: float) -> str:
    """One decimal with its sign; what rounds to nothing has none of the two."""
    return f"{round(value, 1) + 0.0:+.1f}"


def words(verdict: RunVerdict) -> str:
    """The label in words, which never speak of a paper where a family was measured."""
    return (FAMILY_LABELS if verdict.preset == "micro" else LABELS)[verdict.label]


def title(verdict: RunVerdict) -> str:
    """What the report is about."""
    if verdict.preset == "micro":
        return f"{verdict.experiment} in a made-up language family"
    return ledger.experiment(verdict.experiment).title


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _estimate(verdict: RunVerdict) -> str:
    if verdict.estimate is None:
        return ""
    if verdict.interval is None:
        return f"{verdict.estimate:.1f} points"
    low, high = verdict.interval
    p = "" if verdict.p is None else f", p {_p(verdict.p)}"
    if verdict.p_adjusted not in (None, verdict.p) and verdict.p_adjusted is not None:
        p += f" ({_p(verdict.p_adjusted)} after correction over {len(verdict.family)} claims)"
    return f"{signed(verdict.estimate)} points, {verdict.level:.0%} interval {signed(low)} to {signed(high)}{p}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.2g}"


def _facts(plan: Plan, verdict: RunVerdict) -> list[dict[str, str]]:
    degenerate = sum(arm.degenerate for arm in verdict.arms)
    e = plan.experiment
    rows = [
        ("model", plan.model), ("data", plan.data + (f" (seed {plan.world})" if plan.world is not None else "")),
        ("seeds", ", ".join(map(str, e.seeds)) or "none"), ("targets", ", ".join(e.targets) or "none"),
        ("layer of retrieval", "none declared" if e.layer is None else str(e.layer)),
        ("measurements", f"{len(verdict.measurements):,}"),
        ("degenerate runs", f"{degenerate} of {sum(arm.runs for arm in verdict.arms)}"),
        ("band", f"{verdict.band:g} points"),
    ]  # fmt: skip
    return [{"what": what, "value": value} for what, value in rows]


def _arm(plan: Plan, one: ArmVerdict) -> dict[str, Any]:
    arm = next(a for a in plan.experiment.arms if a.id == one.arm)
    how = _CONTROLS.get(
        arm.control or "", {"joint": "jointly", "chain": "in this order", "mlm": "with MLM"}.get(arm.mode, "")
    )
    span = "" if one.interval is None else f"{signed(one.interval[0])} to {signed(one.interval[1])}"
    return {
        "arm": one.arm, "role": one.role, "tasks": ", ".join(arm.intermediates) + (f" ({how})" if how else ""),
        "estimate": "not measured" if one.estimate is None else signed(one.estimate), "interval": span,
        "p": "" if one.p is None else _p(one.p), "median": "" if one.median is None else signed(one.median),
        "seeds": ", ".join(f"{seed}: {signed(value)}" for seed, value in one.by_seed),
        "degenerate": f"{one.degenerate} of {one.runs}", "missing": ", ".join(one.missing),
    }  # fmt: skip


def _forest(verdict: RunVerdict, treatment: ArmVerdict | None) -> Drawing | None:
    rows: list[Row] = []
    if treatment and treatment.interval and treatment.estimate is not None:
        rows.append(
            Row(f"{treatment.arm} against {treatment.baseline}", treatment.estimate, *treatment.interval, "whole")
        )
        tasks = [c for c in treatment.cells if c.task and c.language is None]
        for cell in treatment.cells[1:]:
            if cell.language is None and (len(tasks) > 1 or len(treatment.cells) == 2):
                rows.append(Row(_name(cell), cell.estimate, *cell.interval, "task"))
            elif cell.language is not None and len(tasks) == 1 and len(treatment.cells) <= 44:
                rows.append(Row(cell.language, cell.estimate, *cell.interval, "cell"))
    for arm in verdict.arms:
        if arm.role != "treatment" and arm.interval and arm.estimate is not None:
            words = f"{'control: ' if arm.role == 'control' else ''}{arm.arm.replace('_', ' ')}"
            rows.append(Row(words, arm.estimate, *arm.interval, "control"))
    if not rows:
        return None
    e = verdict.effect
    middle = e.value if e.kind == "difference" and e.value is not None else 0.0
    told = "; ".join(
        f"{r.label} {signed(r.estimate)} [{signed(r.low)}, {signed(r.high)}]"
        for r in rows
        if r.estimate is not None and r.low is not None and r.high is not None
    )
    return forest(rows, (middle - e.band, middle + e.band), f"Differences in points with intervals: {told}")


def _name(cell: CellVerdict) -> str:
    return catalogue.task(cell.task).name if cell.task else "all targets"


def _languages(treatment: ArmVerdict | None) -> list[dict[str, str]]:
    return [] if treatment is None else [
        {
            "task": _name(c), "language": c.language or "mean", "n": f"{c.n:,}", "baseline": f"{c.baseline:.1f}",
            "treatment": f"{c.treatment:.1f}", "estimate": signed(c.estimate),
            "interval": f"{signed(c.interval[0])} to {signed(c.interval[1])}",
            "style": "mean" if c.language is None else "",
        }
        for c in treatment.cells
        if c.task is not None or len(plan_tasks(treatment)) > 1
    ]  # fmt: skip


def plan_tasks(treatment: ArmVerdict) -> set[str]:
    """The targets among the cells of an arm."""
    return {c.task for c in treatment.cells if c.task}


def _sweep(plan: Plan, verdict: RunVerdict) -> list[dict[str, Any]]:
    found = []
    for task in dict.fromkeys(task for _, task, _, _ in verdict.sweep):
        by_arm: dict[str, list[tuple[float, float]]] = {}
        for arm, of, layer, value in verdict.sweep:
            if of == task:
                by_arm.setdefault(arm, []).append((float(layer), value))
        order = [a.id for a in plan.experiment.arms if a.id in by_arm]
        series = [Series(arm.replace("_", " "), tuple(sorted(by_arm[arm]))) for arm in order]
        if all(len(one.points) > 1 for one in series):
            name = catalogue.task(task).name
            told = "; ".join(f"{s.name}: best {max(y for _, y in s.points):.1f} at layer {_best(s):g}" for s in series)
            drawn = lines(
                series, "hidden layer (0: embeddings)", f"{name}, mean over languages and seeds",
                f"{name} by layer. {told}", marked=plan.experiment.layer, floor=0.0,
            )  # fmt: skip
            found.append({"task": name, "drawing": drawn, "told": told})
    return found


def _best(one: Series) -> float:
    return max(one.points, key=lambda point: (point[1], -point[0]))[0]


def _curves(run: Run, plan: Plan) -> Drawing | None:
    """Training losses of the first seed's stages; the first eight that have any."""
    series: list[Series] = []
    for planned in plan.stages:
        done = run.done(planned.stage.id)
        if done is None or len(done.result.losses) < 2 or len(series) == _CURVES:
            continue
        if planned.stage.seed not in (plan.experiment.seeds[0], 0):
            continue
        step = done.result.steps / (len(done.result.losses) - 1) if done.result.steps else 1.0
        points = tuple((round(n * step, 1), loss) for n, loss in enumerate(done.result.losses))
        after = [c.arm for c in plan.cells if c.stage == planned.stage.id]
        name = label(planned).rpartition(", seed")[0] or label(planned)
        series.append(Series(f"{name} ({after[0]})" if after else name, points))
    if not series:
        return None
    told = "; ".join(f"{s.name}: {s.points[0][1]:.2f} to {s.points[-1][1]:.2f}" for s in series)
    return lines(series, "step", "training loss", f"Training losses, first seed. {told}", floor=0.0)


def _stages(run: Run, plan: Plan) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for planned in plan.stages:
        done, failed = run.done(planned.stage.id), run.failed(planned.stage.id)
        result = done.result if done else None
        state = "done" if done else f"failed: {failed.reason}" if failed else "not run"
        rows.append({
            "label": label(planned), "id": planned.stage.id,
            "state": state + (", degenerate" if result and result.degenerate else ""),
            "steps": f"{result.steps:,}" if result else "", "tokens": f"{result.tokens:,}" if result else "",
            "time": duration(result.seconds) if result else "", "planned": duration(planned.cost.seconds),
            "dev": "" if result is None or result.dev is None else f"{result.dev:.1f}",
        })  # fmt: skip
    return rows


def _total(run: Run, plan: Plan) -> str:
    done = [d for p in plan.stages if (d := run.done(p.stage.id))]
    seconds = sum(d.result.seconds for d in done)
    machine = done[0].machine if done else {}
    where = f", {machine.get('cores')} cores, torch {machine.get('torch', 'absent')}" if machine else ""
    return (
        f"{len(done)} of {len(plan.stages)} stages, {sum(d.result.steps for d in done):,} steps, "
        f"{sum(d.result.tokens for d in done):,} tokens, {duration(seconds)} "
        f"(planned {duration(plan.cost.seconds)}){where}"
    )


def _check(one: dict[str, Any]) -> dict[str, str]:
    stated = "from memory, not shown" if one["mark"] == "recalled" else f"{one['stated']:,.10g}"
    found = "not there" if one["found"] is None else f"{one['found']:,.10g}"
    return {
        "what": one["what"], "stated": stated, "found": found,
        "outcome": one["outcome"], "mark": one["mark"], "source": one["source"],
    }  # fmt: skip


def _rerun(run: Run, plan: Plan) -> list[dict[str, str]]:
    """For one cell of each arm: the stages it rests on, and the command that makes just these anew."""
    rows: list[dict[str, str]] = []
    name = shlex.quote(run.folder.resolve().name)
    more = ""
    if plan.world is None:
        places = "".join(f" --data {shlex.quote(place)}" for place in plan.data.split(", "))
        parts = "" if all(p.spec.whole for p in plan.stages) else " --parts"
        more = f" --model {shlex.quote(plan.model)}{places}{parts}"
    for arm in plan.experiment.arms:
        cell = next((c for c in plan.cells if c.arm == arm.id and c.stage), None)
        if cell is None or cell.stage is None:
            continue
        command = (
            f"rm -r {name}/stages/{cell.stage} && replicate run --experiment {plan.experiment.id} "
            f"--preset {plan.experiment.preset}{more} --seeds {len(plan.experiment.seeds)} --out {name} --resume"
        )
        rows.append({"cell": f"{arm.id}, seed {cell.seed}, {cell.task}", "command": command})
    return rows
