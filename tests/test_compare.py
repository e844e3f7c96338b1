"""From predictions to verdicts: the statistics on simulated data with known truth, the rule, and forgeries refused."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from replicate_fakes import FakeRunner, small_family

from replicate import bootstrap, execute, ledger, plan, prepare
from replicate.bootstrap import Interval, contrast, holm, interval, quantile, tail
from replicate.check import checks
from replicate.compare import RunVerdict, compare
from replicate.decide import absence, decide, difference
from replicate.execute import StageSpec
from replicate.finish import finish
from replicate.level import level
from replicate.metrics.examples import Examples
from replicate.records import Measurement
from replicate.runs import Run
from replicate.watch import Quiet
from synth.errors import InputError

__all__ = ["small_family"]

# --- Student's t and Holm -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "df", "t"),
    [  # a printed table of Student's t
        (0.975, 1, 12.706), (0.975, 2, 4.303), (0.975, 4, 2.776), (0.975, 30, 2.042), (0.95, 2, 2.920),
        (0.95, 9, 1.833), (0.975, math.inf, 1.960), (0.95, math.inf, 1.645),
    ],
)  # fmt: skip
def test_quantiles_are_those_of_the_table(share: float, df: float, t: float) -> None:
    assert quantile(share, df) == pytest.approx(t, abs=6e-4)
    assert tail(t, df) == pytest.approx(1 - share, abs=1e-4)


def test_holm_by_hand() -> None:
    # 0.01 * 3; then 0.03 * 2; then 0.04 * 1, which may not fall below the one before.
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({"a": 0.6, "b": 0.7}) == {"a": 1.0, "b": 1.0}


# --- the interval on simulated data -------------------------------------------------------------------


def simulated(
    rng: np.random.Generator, effect: float, *, seeds: int, n: int = 60, languages: int = 3, spread: float = 4.0
) -> tuple[dict[tuple[str, str], list[Examples]], dict[tuple[str, str], list[Examples]]]:
    """Two arms whose true difference is `effect` points; seeds differ by `spread` points around it.

    The difficulty of an example is common to both arms and all seeds, and a new world is drawn each time.
    """
    moved = effect / 100 + rng.normal(0, spread / 100, size=seeds)
    treatment: dict[tuple[str, str], list[Examples]] = {}
    baseline: dict[tuple[str, str], list[Examples]] = {}
    for number in range(languages):
        key = ("tatoeba", f"l{number}")
        hard = rng.uniform(0.25, 0.65, size=n)
        for arm, gains in ((treatment, moved), (baseline, np.zeros(seeds))):
            arm[key] = [
                Examples("mean", ("correct",), (rng.random(n) < hard + gain).astype(float)[:, None]) for gain in gains
            ]
    return treatment, baseline


def found(rng: np.random.Generator, effect: float, seeds: int, spread: float = 4.0, n: int = 60) -> Interval:
    treatment, baseline = simulated(rng, effect, seeds=seeds, spread=spread, n=n)
    whole = bootstrap.mean(list(contrast(treatment, baseline, count=250, seed=7).values()))
    return interval(whole, level=0.95)


@pytest.mark.parametrize(("seeds", "spread"), [(3, 0.0), (3, 4.0), (3, 12.0), (5, 6.0)])
def test_the_interval_covers_the_truth(seeds: int, spread: float) -> None:
    rng = np.random.default_rng(seeds + int(spread))
    worlds = [found(rng, 5.0, seeds, spread) for _ in range(200)]
    covered = sum(one.low <= 5.0 <= one.high for one in worlds) / len(worlds)
    # 200 worlds: the standard error of a share of 0.95 is 0.015. Conservative is allowed, too short is not.
    assert 0.915 <= covered <= 1.0, covered
    assert np.mean([one.estimate for one in worlds]) == pytest.approx(5.0, abs=1.5)


def test_no_effect_is_rarely_called_replicated() -> None:
    rng = np.random.default_rng(11)
    effect = ledger.experiment("tatoeba-gain").effect.model_copy(update={"band": 0.5})
    labels = []
    for _ in range(200):
        one = found(rng, 0.0, 3)
        labels.append(decide(effect, one, "both", one.p, 0.95).label)
    wrong = sum(label in ("replicated", "replicated_different_size") for label in labels) / len(labels)
    assert wrong <= 0.05, wrong  # one side of a two-sided 5%


def test_a_true_effect_is_found_and_its_size_told() -> None:
    rng = np.random.default_rng(12)
    labels = [
        difference(one, 10.0, 8.0, one.p, 0.05).label for one in (found(rng, 10.0, 5, 1.0, n=200) for _ in range(40))
    ]
    assert labels.count("replicated") >= 36
    labels = [
        difference(one, 30.0, 3.0, one.p, 0.05).label for one in (found(rng, 10.0, 5, 1.0, n=200) for _ in range(40))
    ]
    assert labels.count("replicated_different_size") >= 36


def test_equivalence_is_shown_where_it_holds_and_seldom_where_it_does_not() -> None:
    rng = np.random.default_rng(13)
    same = [absence(found(rng, 0.0, 5, 0.5, n=300), 5.0, "both").label for _ in range(40)]
    assert same.count("replicated") >= 34
    at_the_edge = [absence(found(rng, 5.0, 4, 2.0), 5.0, "both").label for _ in range(150)]
    assert at_the_edge.count("replicated") / 150 <= 0.05 + 3 * 0.018  # two one-sided tests at 5%


def test_more_seeds_do_not_make_the_test_set_larger() -> None:
    """Ten seeds that answer alike still answered sixty questions."""
    rng = np.random.default_rng(5)
    answers = [Examples("mean", ("correct",), (rng.random(60) < share).astype(float)[:, None]) for share in (0.7, 0.4)]
    errors = []
    for seeds in (2, 10):
        arms = [{("tatoeba", "ab"): [one] * seeds} for one in answers]
        errors.append(interval(bootstrap.mean(list(contrast(*arms, count=2000, seed=1).values())), level=0.95))
    assert errors[0].error == pytest.approx(errors[1].error, rel=0.02)
    assert math.isinf(errors[0].df)


def test_the_standard_error_of_examples_is_that_of_the_textbook() -> None:
    """One language, one seed's answers twice: the paired difference has the variance of its per-example differences."""
    rng = np.random.default_rng(6)
    one, two = ((rng.random(400) < share).astype(float) for share in (0.6, 0.5))
    arms = [{("tatoeba", "ab"): [Examples("mean", ("c",), values[:, None])] * 2} for values in (one, two)]
    got = interval(bootstrap.mean(list(contrast(*arms, count=4000, seed=1).values())), level=0.95)
    assert got.error == pytest.approx(100 * np.std(one - two) / math.sqrt(400), rel=0.04)
    assert got.estimate == pytest.approx(100 * (one - two).mean())


def test_parallel_languages_share_their_draw() -> None:
    assert np.array_equal(bootstrap.draws("xnli", "ab", 30, 5, 1), bootstrap.draws("xnli", "ac", 30, 5, 1))
    assert not np.array_equal(bootstrap.draws("tatoeba", "ab", 30, 5, 1), bootstrap.draws("tatoeba", "ac", 30, 5, 1))


def test_arms_that_cannot_be_paired_are_refused() -> None:
    short = Examples("mean", ("c",), np.ones((3, 1)))
    long = Examples("mean", ("c",), np.ones((4, 1)))
    with pytest.raises(InputError, match=r"\[3, 4\] examples"):
        contrast({("xnli", "ab"): [short]}, {("xnli", "ab"): [long]}, count=10, seed=1)
    with pytest.raises(InputError, match="not the same seeds"):
        contrast({("xnli", "ab"): [short, short]}, {("xnli", "ab"): [short]}, count=10, seed=1)


# --- the rule -----------------------------------------------------------------------------------------


def given(low: float, high: float, *, p: float = 0.001) -> Interval:
    """An interval with its middle as estimate; the 90% interval is 0.8 as wide."""
    middle, half = (low + high) / 2, 0.8 * (high - low) / 2
    return Interval(middle, 1.0, 4.0, low, high, (middle - half, middle + half), p, 3)


@pytest.mark.parametrize(
    ("low", "high", "value", "label"),
    [
        (7.5, 8.7, 8.2, "replicated"),  # inside 7.2 to 9.2
        (4.0, 6.0, 8.2, "replicated_different_size"),  # there, and below the band
        (11.0, 15.0, 8.2, "replicated_different_size"),  # there, and above it
        (3.0, 9.0, 8.2, "inconclusive"),  # there, but of which size?
        (-1.0, 9.0, 8.2, "inconclusive"),  # nothing can be told
        (-0.5, 0.5, 8.2, "not_replicated"),  # equivalent to none
        (-1.0, 4.0, 8.2, "not_replicated"),  # none shown, and 8.2 left out
        (-6.0, -2.0, 8.2, "not_replicated"),  # the other way
        (-9.0, -7.5, -8.2, "replicated"),  # a claimed loss
        (2.0, 6.0, None, "replicated"),  # no size claimed: at least the band
        (0.2, 0.8, None, "replicated_different_size"),  # there, but less than what counts
        (-0.5, 0.5, None, "not_replicated"),
        (-3.0, 6.0, None, "inconclusive"),
    ],
)
def test_differences(low: float, high: float, value: float | None, label: str) -> None:
    assert difference(given(low, high), value, 1.0, 0.001, 0.05).label == label


def test_the_corrected_p_decides() -> None:
    assert difference(given(7.5, 8.7), 8.2, 1.0, 0.051, 0.05).label == "inconclusive"


@pytest.mark.parametrize(
    ("low", "high", "side", "label"),
    [
        (-0.5, 0.5, "both", "replicated"),
        (-3.0, 0.5, "both", "inconclusive"),
        (-3.0, 0.5, "above", "replicated"),  # a loss is no gain
        (1.5, 4.0, "both", "not_replicated"),
        (1.5, 4.0, "above", "not_replicated"),
        (-4.0, -1.5, "both", "not_replicated"),
        (-4.0, -1.5, "above", "replicated"),
        (-3.0, 3.0, "both", "inconclusive"),
    ],
)
def test_absences(low: float, high: float, side: str, label: str) -> None:
    assert absence(given(low, high), 1.0, side).label == label  # type: ignore[arg-type]


def test_one_seed_decides_nothing() -> None:
    effect = ledger.experiment("squad-average").effect
    single = Interval(8.2, 0.1, math.inf, 8.0, 8.4, (8.0, 8.4), 0.0, 1)
    assert decide(effect, single, "both", 0.0, 0.95).label == "inconclusive"


# --- a whole run --------------------------------------------------------------------------------------


def run_all(
    folder: Path, gains: dict[str, float] | None = None, name: str = "squad-average", **more: object
) -> tuple[Run, RunVerdict]:
    made, run = plan.make(plan.Request(name, "micro")), Run(folder)
    prepare.begin(run, made, resume=False)
    problems = prepare.prepare(run, made, (), Quiet())
    execute.walk(run, made, FakeRunner(gains, **more), Quiet(), problems)  # type: ignore[arg-type]
    return run, finish(folder, None, None, ["run"])


def test_a_real_difference_beside_its_control(tmp_path: Path) -> None:
    run, verdict = run_all(tmp_path / "run", {"squad_v2": 0.3})
    arms = {arm.arm: arm for arm in verdict.arms}
    assert verdict.label == "replicated"
    assert arms["squad_v2"].role == "treatment"
    assert arms["squad_v2"].interval is not None
    assert arms["squad_v2"].interval[0] > 10
    control = arms["squad_v2_shuffled"]
    assert control.role == "control"
    assert control.interval is not None
    assert control.interval[0] < 0 < control.interval[1]
    assert len(arms["squad_v2"].by_seed) == 3
    assert compare(run) == verdict


def test_the_family_never_speaks_of_the_paper(tmp_path: Path) -> None:
    _, verdict = run_all(tmp_path / "run", {"squad_v2": 0.3})
    assert verdict.effect.id == "squad-average-family"
    assert verdict.effect.value is None
    assert (verdict.claim.effect.value, verdict.claim.label) == (8.2, "not_run")
    assert "made-up language family" in verdict.claim.reason
    assert verdict.similarity.model == verdict.similarity.data == "different"
    line = json.loads((tmp_path / "run" / "evidence.jsonl").read_text())
    assert line["replication"]["status"] == "not_run"
    assert line["replication"]["measurement_ids"] == []


def test_the_estimate_is_the_mean_of_the_differences(tmp_path: Path) -> None:
    """By hand from measurements.jsonl: mean over languages of each seed, then over seeds."""
    run, verdict = run_all(tmp_path / "run", {"squad_v2": 0.2})
    rows = [json.loads(row) for row in run.measurements.read_text().splitlines()]
    layer = verdict.arms[0].cells and plan.make(plan.Request("squad-average")).experiment.layer
    by_seed = []
    for seed in (301, 302, 303):
        means = []
        for arm in ("squad_v2", "baseline"):
            values = [r["value"] for r in rows if (r["arm"], r["seed"], r["layer"]) == (arm, seed, layer)]
            means.append(sum(values) / len(values))
        by_seed.append(means[0] - means[1])
    assert verdict.estimate == pytest.approx(sum(by_seed) / 3, abs=1e-3)
    assert [value for _, value in verdict.arms[0].by_seed] == pytest.approx(by_seed, abs=1e-3)
    assert verdict.arms[0].median == pytest.approx(sorted(by_seed)[1], abs=1e-3)


def test_every_layer_is_in_the_sweep_and_one_in_the_verdict(tmp_path: Path) -> None:
    run, verdict = run_all(tmp_path / "run")
    assert {layer for _, _, layer, _ in verdict.sweep} == {0, 1, 2, 3}
    rows = {row["id"]: row for row in map(json.loads, run.measurements.read_text().splitlines())}
    assert {rows[name]["layer"] for name in verdict.measurements} == {2}


def test_trained_targets_and_mined_pairs_are_measured_too(tmp_path: Path) -> None:
    run, verdict = run_all(tmp_path / "run", {"squad_v2": 0.3}, name="tydiqa-gain")
    assert (verdict.label, {cell.task for cell in verdict.arms[0].cells}) == ("replicated", {None, "tydiqa"})
    _, mined = run_all(tmp_path / "elsewhere" / "run", {"squad_v2": 0.3}, name="bucc-gain")
    assert mined.label == "replicated"
    assert compare(run) == verdict


def test_an_absence_is_shown_by_equivalence(tmp_path: Path) -> None:
    _, verdict = run_all(tmp_path / "run", {"squad_v2": -0.3}, name="xnli-no-gain")
    assert (verdict.label, verdict.effect.kind) == ("replicated", "absence")


def test_ranks(tmp_path: Path) -> None:
    _, verdict = run_all(tmp_path / "run", {"mnli": 0.4, "squad_v2": 0.35, "hellaswag": 0.38}, name="top-singles")
    assert verdict.label == "replicated"
    assert {name for name, _ in verdict.ranking[:3]} == {"mnli", "squad_v2", "hellaswag"}
    others = {"mnli": 0.4, "qqp": 0.4, "ccg": 0.4, "anli": 0.4}
    _, other = run_all(tmp_path / "elsewhere" / "run", others, name="top-singles")
    assert other.label == "not_replicated"


def test_collapsed_runs_are_counted_and_stay_in(tmp_path: Path) -> None:
    class Collapsed(FakeRunner):
        def run(self, stage, spec, parent, out, progress):  # type: ignore[no-untyped-def]
            result = super().run(stage, spec, parent, out, progress)
            return result.model_copy(update={"degenerate": spec.kind == "embed" and "i-" in str(parent)})

    made, run = plan.make(plan.Request("squad-average")), Run(tmp_path / "run")
    prepare.begin(run, made, resume=False)
    prepare.prepare(run, made, (), Quiet())
    execute.walk(run, made, Collapsed({"squad_v2": 0.3}), Quiet())
    verdict = finish(tmp_path / "run", None, None, [])
    arm = verdict.arms[0]
    assert (arm.degenerate, arm.runs, len(arm.by_seed)) == (3, 3, 3)
    assert verdict.estimate is not None


# --- forgeries ----------------------------------------------------------------------------------------


def edit_lines(change: Callable[[list[dict[str, object]]], object]) -> Callable[[Run], None]:
    def forge(run: Run) -> None:
        rows = [json.loads(row) for row in run.measurements.read_text().splitlines()]
        change(rows)
        run.measurements.write_text("".join(json.dumps(row) + "\n" for row in rows))

    return forge


def change_predictions(run: Run) -> None:
    path = next(run.stages.glob("e-*/tatoeba/test-ab.L2.tsv"))
    path.write_text(path.read_text().replace("1\n", "2\n", 1) + "")
    path.write_text("0\n" + "\n".join(path.read_text().split("\n")[1:]) + " ")


def change_submission(run: Run) -> None:
    path = next(run.predictions.rglob("test-ab.tsv"))
    path.write_text(path.read_text() + "0\n")


def change_predictions_and_hash(run: Run) -> None:
    """The whole stage made to agree with itself: its measurement still says what the old file did."""
    from synth.library import file_hash

    path = next(run.stages.glob("e-*/tatoeba/test-ab.L2.tsv"))
    path.write_text("0\n" * len(path.read_text().split()))
    record = path.parents[1] / "result.json"
    document = json.loads(record.read_text())
    for row in document["result"]["predictions"]:
        if row["path"] == "tatoeba/test-ab.L2.tsv":
            row["sha256"] = file_hash(path)
    record.write_text(json.dumps(document))


def edit_json(name: str, change: Callable[[dict[str, object]], object]) -> Callable[[Run], None]:
    def forge(run: Run) -> None:
        document = json.loads((run.folder / name).read_text())
        change(document)
        (run.folder / name).write_text(json.dumps(document))

    return forge


def drop_seed(rows: list[dict[str, object]]) -> None:
    rows[:] = [row for row in rows if row["seed"] != 303]


def made_up(rows: list[dict[str, object]]) -> None:
    rows.append({**rows[0], "id": "m-0123456789", "value": 99.0})


FORGERIES: list[tuple[str, Callable[[Run], object], str]] = [
    ("a value raised by hand", edit_lines(lambda rows: rows[0].update(value=99.0)), "its predictions file yields"),
    ("a measurement made up", edit_lines(made_up), "no predictions file yields"),
    ("a seed left out", edit_lines(drop_seed), "lacks the measurement of"),
    ("collapsed runs whitewashed", edit_lines(lambda rows: rows[0].update(degenerate=True)), "its predictions file"),
    ("predictions changed", change_predictions, "was changed after the run"),
    ("predictions and their hash changed", change_predictions_and_hash, "no predictions file yields|lacks"),
    ("the submission changed", change_submission, "was changed after the run"),
    ("labels changed", lambda run: (run.labels / "tatoeba" / "test-ab.tsv").write_text("0\n"), "labels"),
    ("a stage removed", lambda run: shutil.rmtree(next(run.stages.glob("e-*/result.json")).parent), "is missing"),
    ("a predictions file removed", lambda run: next(run.stages.glob("e-*/tatoeba/*.L2.tsv")).unlink(), "is missing"),
    ("measurements removed", lambda run: run.measurements.unlink(), "is missing"),
    ("a line cut", lambda run: run.measurements.write_text(run.measurements.read_text()[:-40]), "changed or cut"),
    ("the band widened", edit_json("plan.json", lambda d: d["rule"].update(band=50.0)), "plan.json: was changed"),  # type: ignore[attr-defined]
    ("seeds taken out of the plan",
     edit_json("plan.json", lambda d: d["experiment"].update(seeds=[301, 302])), "plan.json: was changed"),  # type: ignore[attr-defined]
    ("seeds taken out of the experiment", edit_json("experiment.json", lambda d: d.update(seeds=[301, 302])),
     "is not the experiment of plan.json"),
]  # fmt: skip


@pytest.mark.parametrize(("forge", "message"), [f[1:] for f in FORGERIES], ids=[f[0] for f in FORGERIES])
def test_forgeries_are_refused_with_one_line(
    tmp_path: Path, finished_run: Path, forge: Callable[[Run], object], message: str
) -> None:
    run = Run(tmp_path / "run")
    shutil.copytree(finished_run, run.folder)
    compare(run)
    forge(run)
    with pytest.raises(InputError, match=message) as refused:
        compare(run)
    assert "\n" not in str(refused.value)


@pytest.fixture(scope="module")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from replicate import family, lock

    small = pytest.MonkeyPatch()
    small.setattr(family, "MICRO", family.TINY)
    lock._family.cache_clear()
    folder = tmp_path_factory.mktemp("finished") / "run"
    run_all(folder, {"squad_v2": 0.2})
    small.undo()
    return folder


def test_a_status_without_predictions_is_impossible(tmp_path: Path) -> None:
    def nothing(spec: StageSpec) -> Exception | None:
        return RuntimeError("no GPU") if spec.kind != "pretrained" else None

    _, verdict = run_all(tmp_path / "run", fail=nothing)
    assert (verdict.label, verdict.measurements, verdict.estimate) == ("not_run", (), None)


# --- levels, counts, sums -----------------------------------------------------------------------------


def measured(task: str, language: str, value: float) -> Measurement:
    return Measurement(
        id=f"m-{task}{language}", stage="e-1", arm="baseline", seed=0, task=task, language=language, split="validation",
        layer=14, metric="accuracy", value=value, n=1000, degenerate=False, predictions_sha256="0", signature="s",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("shift", "only", "left_out", "label"),
    [
        (0.0, None, None, "replicated"),
        (0.3, None, None, "replicated"),  # within the band of the means
        (0.9, None, None, "not_replicated"),
        (4.0, "sw", None, "replicated_different_size"),  # one cell of 36 moves the mean by 0.1
        (0.0, None, "sw", "inconclusive"),
    ],
)
def test_the_forty_published_scores(shift: float, only: str | None, left_out: str | None, label: str) -> None:
    tested = ledger.experiment("xlmr-large-retrieval-baseline")
    from replicate.place import hub

    made = plan.make(plan.Request(tested.id, "retrieval"), (hub(),))
    rows = [
        measured(e.task, language, score + (shift if only in (None, language) else 0.0))
        for e in tested.expected
        for language, score in e.scores.items()
        if language != left_out
    ]
    outcome = level(tested, rows, made)
    assert outcome.decision.label == label
    assert len(outcome.checks) == 40
    assert (outcome.estimate is None) == (left_out is not None)


def test_sums_and_counts_are_checked_not_replicated() -> None:
    from replicate.place import hub

    made = plan.make(plan.Request("averages-arithmetic", "paper"), (hub(),))
    done = checks(ledger.experiment("averages-arithmetic"), made)
    assert {one.outcome for one in done} == {"match"}
    wrong = ledger.experiment("averages-arithmetic").sums[0].model_copy(update={"stated": 72.0})
    one = ledger.experiment("averages-arithmetic").model_copy(update={"sums": (wrong,)})
    assert [c.outcome for c in checks(one, made)] == ["mismatch"]
    counts = {c.what: c for c in checks(ledger.experiment("dataset-sizes"), made)}
    assert counts["mnli train: rows"].outcome == "match"
    stored = counts["anli train: rows as stored, with those that have no label"]
    assert (stored.found, stored.outcome) == (162_865 + 392_702 + 550_152, "missing")  # with MNLI and SNLI
    assert counts["cosmosqa train: rows"].mark == "recalled"
