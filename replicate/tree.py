"""The plan as a tree for people: stages under their parents, the arms that use them, what is done, what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from replicate import ledger
from replicate.cost import duration, short
from replicate.execute import label
from replicate.plan import Plan, Planned

__all__ = ["lacking", "text"]


def text(plan: Plan, status: Callable[[str], str]) -> str:
    """The whole plan in plain lines. `status` says of a stage id whether it is done, failed or neither ("")."""
    e = plan.experiment
    remaining = sum(p.cost.seconds for p in plan.stages if not p.blocked and status(p.stage.id) != "done")
    lines = [
        f"{e.id}, preset {e.preset}: model {plan.model}, data {plan.data}, seeds {', '.join(map(str, e.seeds))}",
        f"  claim    {plan.claim.statement}",
        f"           {ledger.stated(plan.claim)}; source {plan.claim.source}"
        + (f" {plan.claim.version}" if plan.claim.version else "")
        + f"; mark {plan.claim.mark}",
    ]
    if plan.claim_not_run:
        lines.append(f"           not run here: {plan.claim_not_run}")
    if plan.experiment.effect != plan.claim:
        lines.append(f"  measures {plan.experiment.effect.statement}")
    if plan.stages:
        lines += [f"  compares {e.treatment} with {e.baseline}" + (f" at layer {e.layer}" if e.layer else ""), ""]
        reasons = list(dict.fromkeys(p.blocked for p in plan.stages if p.blocked))
        lines += list(_branches(plan, None, "", status, reasons))
        lines += [f"[{n}] {reason}" for n, reason in enumerate(reasons, start=1)]
        basis = "estimated for one GPU of the data centre" if plan.world is None else "estimated for one core"
        done = sum(status(p.stage.id) == "done" for p in plan.stages)
        lines += ["", f"{len(plan.stages)} stages, {done} done; in all {short(plan.cost)} ({basis})"]
        if done:
            lines.append(f"left: {duration(remaining)}")
    lines += [f"no verdict is possible: {reason}" for reason in lacking(plan)]
    lines += ["", "deviations:"]
    lines += [f"  {d.what}: {d.here} (paper: {d.paper})" for d in plan.deviations]
    lines += ["", f"rule: {plan.rule.text}"]
    return "\n".join(lines) + "\n"


def lacking(plan: Plan) -> list[str]:
    """Why the plan cannot end in a verdict, as far as is known before it starts: what treatment or baseline lack."""
    e = plan.experiment
    needed = {c.stage: c for c in plan.cells if c.arm in (e.baseline, e.treatment) and c.stage}
    told = {(needed[p.stage.id].task, p.blocked) for p in plan.stages if p.blocked and p.stage.id in needed}
    return sorted(f"{task} cannot be run ({reason}); supply it with --data" for task, reason in told)


def _branches(
    plan: Plan, parent: str | None, indent: str, status: Callable[[str], str], reasons: list[str]
) -> Iterator[str]:  # fmt: skip
    children = [p for p in plan.stages if p.stage.parent == parent]
    for n, one in enumerate(children):
        last = n == len(children) - 1
        mark, below = ("", "") if parent is None else ("└── " if last else "├── ", "    " if last else "│   ")
        yield _line(plan, one, indent + mark, status, reasons)
        yield from _branches(plan, one.stage.id, indent + below, status, reasons)


def _line(plan: Plan, one: Planned, before: str, status: Callable[[str], str], reasons: list[str]) -> str:
    arms = list(dict.fromkeys(cell.arm for cell in plan.cells if cell.stage == one.stage.id))
    used = f" -> {', '.join(arms)}" if arms else ""
    state = status(one.stage.id) or short(one.cost)
    if one.blocked:
        state = f"not run [{reasons.index(one.blocked) + 1}]"
    head = f"{before}{label(one)}{used}"
    return f"{head:<62} {one.stage.id}  {state}"
