"""From predictions to the verdict. Every number is computed again from the predictions files of the run.

`verdict` reads nothing but the plan, the labels and the predictions; `compare` does the same for a finished run and
refuses one whose measurements say something else than its predictions, or lack what the plan declared.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from replicate import arms, ledger
from replicate.arms import ArmVerdict, Judged, by_arm, figures, primary
from replicate.bootstrap import Interval
from replicate.check import Checked, checks
from replicate.decide import Decision, decide
from replicate.level import level
from replicate.measured import Measured, measure, submitted
from replicate.plan import Plan, identity
from replicate.rank import rank
from replicate.records import ClaimedEffect, Experiment, Measurement, ReplicationVerdict, content_id
from replicate.runs import Run
from synth.errors import InputError
from synth.library import file_hash
from synth.records import Record

__all__ = ["ClaimStatus", "RunVerdict", "compare", "verdict"]


class ClaimStatus(Record):
    """What the run says of the paper's claim. `label` is not_run wherever `reason` tells why it cannot speak of it."""

    effect: ClaimedEffect
    label: str
    reason: str


class RunVerdict(ReplicationVerdict):
    """verdict.json: the verdict on the effect that was measured, and beside it the claim, the arms and the checks."""

    experiment: str
    preset: str
    claim: ClaimStatus
    p: float | None = None
    p_adjusted: float | None = None
    family: tuple[str, ...] = ()
    arms: tuple[ArmVerdict, ...] = ()
    sweep: tuple[tuple[str, str, int, float], ...] = Field(
        default=(), description="(arm, task, layer, mean over languages and seeds)"
    )
    ranking: tuple[tuple[str, float], ...] = ()
    checks: tuple[Checked, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()


def compare(run: Run) -> RunVerdict:
    """The verdict of a finished run, made again from its predictions.

    Raises InputError where predictions, labels or measurements are not those of the run: a changed or missing file, a
    measurement that no predictions file yields, or one that the plan declared and the file lacks.
    """
    plan = run.plan()
    _check_plan(run, plan)
    _failures(run, plan)
    measured = measure(run, plan)
    stored = run.lines(Measurement, run.measurements)
    made = {one.measurement.id: one.measurement for one in measured}
    for number, one in enumerate(stored, start=1):
        if one.id not in made:
            raise InputError(f"{run.measurements}: line {number}: no predictions file yields the measurement {one.id}")
        if made[one.id] != one:
            right = made[one.id].value
            raise InputError(
                f"{run.measurements}: line {number}: says {one.value:g} for {one.task} {one.language}, its predictions "
                f"file yields {right:g}"
            )
    _check_submission(run, plan, measured)
    held = {one.id for one in stored}
    for one in made.values():
        if one.id not in held:
            raise InputError(
                f"{run.measurements}: lacks the measurement of {one.arm}, seed {one.seed}, {one.task} {one.language}"
            )
    return verdict(run, plan, measured)


def _check_submission(run: Run, plan: Plan, measured: Sequence[Measured]) -> None:
    """The copies in predictions/, which anybody may score, must be the files that were measured."""
    for one in (m.measurement for m in measured if primary(plan, m.measurement)):
        path = submitted(run, one)
        if not path.is_file() or file_hash(path) != one.predictions_sha256:
            raise InputError(f"{path}: is missing or was changed after the run; resume the run to lay it down again")


def _check_plan(run: Run, plan: Plan) -> None:
    """The plan must be whole and declare what it declared before the run."""
    if plan.id != identity(plan.experiment, plan.rule, plan.stages):
        raise InputError(f"{run.folder}/plan.json: was changed after the run was planned; start the run anew")
    experiment = run.read(Experiment, run.folder / "experiment.json")
    if experiment != plan.experiment:
        raise InputError(f"{run.folder}/experiment.json: is not the experiment of plan.json; start the run anew")


def verdict(run: Run, plan: Plan, measured: Sequence[Measured]) -> RunVerdict:
    """The verdict from measurements that `measure` has just made."""
    tested = ledger.experiment(plan.experiment.id)
    failures = _failures(run, plan)
    judged = arms.judged(plan, measured)
    sweep = _sweep(measured)
    ids = tuple(one.measurement.id for one in measured if primary(plan, one.measurement))
    kind = plan.experiment.effect.kind
    p = adjusted = estimate = None
    span: tuple[float, float] | None = None
    ranking: tuple[tuple[str, float], ...] = ()
    done = checks(tested, plan)
    if not plan.cells:
        decision = Decision("not_run", plan.claim_not_run or _checked_words(done))
    elif not ids:
        decision = Decision("not_run", failures[0][1] if failures else "nothing was measured")
    elif kind == "level":
        outcome = level(tested, [m.measurement for m in measured if primary(plan, m.measurement)], plan)
        decision, estimate, done = outcome.decision, outcome.estimate, (*done, *outcome.checks)
    elif kind == "rank":
        decision, ranking = rank(tested, by_arm(plan, measured), plan)
    else:
        decision, found, p, adjusted = _difference(plan, judged, failures)
        if found is not None:
            estimate, span = round(found.estimate, 4), (round(found.low, 4), round(found.high, 4))
    signature = (
        f"{plan.id} level={plan.rule.level:g} band={plan.rule.band:g} draws={plan.rule.draws} "
        f"seeds={','.join(map(str, plan.experiment.seeds))} measurements={content_id('s', sorted(ids))} {plan.code}"
    )
    return RunVerdict(
        schema="replicate/verdict/1", effect=plan.experiment.effect, label=decision.label, estimate=estimate,
        interval=span, level=plan.rule.level, band=plan.rule.band, seeds=plan.experiment.seeds, measurements=ids,
        similarity=plan.similarity, deviations=plan.deviations, reason=decision.reason, signature=signature,
        experiment=plan.experiment.id, preset=plan.experiment.preset, claim=_claim(plan, decision), p=p,
        p_adjusted=adjusted, family=plan.rule.family, arms=tuple(one.verdict for one in judged),
        sweep=sweep, ranking=ranking, checks=done,
        failures=failures,
    )  # fmt: skip


def _claim(plan: Plan, decision: Decision) -> ClaimStatus:
    if plan.claim_not_run is not None:
        return ClaimStatus(effect=plan.claim, label="not_run", reason=plan.claim_not_run)
    return ClaimStatus(effect=plan.claim, label=decision.label, reason=decision.reason)


def _checked_words(done: Sequence[Checked]) -> str:
    right = sum(one.outcome == "match" for one in done)
    return f"checked, not replicated: {right} of {len(done)} match"


def _failures(run: Run, plan: Plan) -> tuple[tuple[str, str], ...]:
    """Every stage without a result: its recorded reason. A stage that is simply not there is an error."""
    found = []
    for planned in plan.stages:
        if run.done(planned.stage.id) is not None:
            continue
        failed = run.failed(planned.stage.id)
        if failed is None:
            raise InputError(f"{run.folder_of(planned.stage.id)}: is missing; finish the run: replicate run --resume")
        found.append((planned.stage.id, failed.reason))
    return tuple(found)


def _difference(
    plan: Plan, judged: Sequence[Judged], failures: Sequence[tuple[str, str]]
) -> tuple[Decision, Interval | None, float | None, float | None]:  # fmt: skip
    """The decision on the treatment, the interval, and p before and after Holm's correction.

    Fewer seeds or targets than declared can never replicate anything: they may not be chosen.
    """
    arm, found = next((one.verdict, one.whole) for one in judged if one.verdict.role == "treatment")
    if found is None:
        why = f": {failures[0][1]}" if failures else ""
        return Decision("not_run", f"no seed of {arm.arm} and {arm.baseline} is complete{why}"), None, None, None
    # What the other claims of the family yield is not known here; the first step of Holm's rule is the hardest.
    adjusted = min(1.0, found.p * max(1, len(plan.rule.family)))
    if arm.missing:
        words = f"without a result: {', '.join(arm.missing)}; a verdict needs all that was declared"
        return Decision("inconclusive", words), found, figures(found.p), figures(adjusted)
    decision = decide(plan.experiment.effect, found, plan.rule.side, adjusted, plan.rule.level)
    return decision, found, figures(found.p), figures(adjusted)


def _sweep(measured: Sequence[Measured]) -> tuple[tuple[str, str, int, float], ...]:
    """Mean over languages and seeds of every layer of every arm and retrieval target."""
    sums: dict[tuple[str, str, int], list[float]] = {}
    for one in measured:
        m = one.measurement
        if m.layer is not None:
            sums.setdefault((m.arm, m.task, m.layer), []).append(m.value)
    return tuple((*key, round(sum(values) / len(values), 4)) for key, values in sorted(sums.items()))
