"""A plan on a local cluster of Ray: workers that die, stages that fail once, a driver that is started again."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ray")

import ray
from replicate_fakes import FakeRunner, small_family

from replicate import cli, cluster, execute, ledger, plan, prepare, walks
from replicate.engine import Engine
from replicate.execute import Progress, StageResult, StageSpec
from replicate.finish import finish
from replicate.records import Stage
from replicate.runs import Run
from replicate.watch import Quiet
from synth.errors import InputError

__all__ = ["small_family"]
EXPERIMENT = "tatoeba-gain"
CPU = cluster.Share(1.0, 0.0)


class Told(Quiet):
    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str | None]] = []
        self.said: list[str] = []

    def ended(self, label: str, outcome: str, seconds: float, reason: str | None) -> None:
        self.rows.append((label, outcome, reason))

    def say(self, line: str) -> None:
        self.said.append(line)


class Here:
    """Ray as far as a walk knows it, in this process: tasks run when they are waited for."""

    class exceptions:  # noqa: N801 (as Ray calls it)
        RayError = RuntimeError

    def __init__(self, lose: int = 0) -> None:
        self.lose, self.asked, self.over = lose, dict[str, Any](), False

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 2.0}

    def put(self, value: Any) -> Any:
        return value

    def remote(self, function: Callable[..., Any]) -> Any:
        here = self

        class Task:
            def options(self, **asked: Any) -> Any:
                here.asked = asked
                return self

            def remote(self, *given: Any) -> Callable[[], Any]:
                return lambda: function(*given)

        return Task()

    def wait(self, refs: list[Any], num_returns: int, timeout: float) -> tuple[list[Any], list[Any]]:
        return refs[-1:], refs[:-1]

    def shutdown(self) -> None:
        self.over = True

    def get(self, ref: Callable[[], Any]) -> Any:
        if self.lose:
            self.lose -= 1
            raise RuntimeError("The worker died\nat great length")
        return ref()


def begun(folder: Path) -> tuple[Run, plan.Plan, dict[str, str]]:
    made, run = plan.make(plan.Request(EXPERIMENT, "micro", None, 2)), Run(folder)
    prepare.begin(run, made, resume=True)
    return run, made, prepare.prepare(run, made, (), Quiet())


def walked(folder: Path, runner: Any, here: Here | None = None) -> tuple[Told, execute.Outcome, plan.Plan]:
    (run, made, problems), told = begun(folder), Told()
    done = cluster.walk(run, made, lambda: runner, told, problems, "a", ray=here or Here(), each=CPU)
    return told, done, made


def measured(folder: Path) -> tuple[bytes, bytes]:
    finish(folder, None, None, ["run"])
    return (folder / "measurements.jsonl").read_bytes(), (folder / "verdict.json").read_bytes()


# --- what a walk does ---------------------------------------------------------------------------------


def test_it_does_what_the_local_walk_does(tmp_path: Path) -> None:
    here, runner = Here(), FakeRunner({"squad_v2": 0.2})
    told, done, made = walked(tmp_path / "ray", runner, here)
    assert done.failed == ()
    assert done.done == len(made.stages) == len(runner.ran) == len(set(runner.ran))
    assert {row[1] for row in told.rows} == {"done"}
    assert here.asked == {"num_cpus": 1.0, "num_gpus": 0.0, "max_retries": 2, "scheduling_strategy": "SPREAD"}
    run, made, problems = begun(tmp_path / "apart" / "local")
    execute.walk(run, made, FakeRunner({"squad_v2": 0.2}), Quiet(), problems)
    assert measured(tmp_path / "ray") == measured(tmp_path / "apart" / "local")


def test_what_is_done_is_not_asked_for_again(tmp_path: Path) -> None:
    walked(tmp_path / "run", FakeRunner())
    again = FakeRunner()
    told, done, made = walked(tmp_path / "run", again)
    assert again.ran == []
    assert done.done == len(made.stages)
    assert {row[1] for row in told.rows} == {"kept"}


def test_a_stage_that_fails_once_is_tried_again_elsewhere(tmp_path: Path) -> None:
    failures = ["No space left on device", "CUDA out of memory"]
    runner = FakeRunner(fail=lambda spec: OSError(failures.pop()) if spec.tasks and failures else None)
    told, done, _ = walked(tmp_path / "run", runner)
    assert done.failed == ()
    assert len(told.said) == 2
    assert told.said[1].endswith("OSError: No space left on device; it is tried again")
    assert not list((tmp_path / "run" / "stages").glob("*.failed.json"))


def test_a_stage_that_always_fails_is_a_record_and_the_rest_goes_on(tmp_path: Path) -> None:
    runner = FakeRunner(fail=lambda spec: ValueError("no") if spec.kind == "intermediate" else None)
    _, done, made = walked(tmp_path / "run", runner)
    trained = [p.stage for p in made.stages if p.spec.kind == "intermediate"]
    below = [p.stage for p in made.stages if p.stage.parent in {stage.id for stage in trained}]
    assert sum(runner.ran.count(stage.id) for stage in trained) == 3 * len(trained)  # once, and twice again
    assert {stage for stage, _ in done.failed} == {stage.id for stage in (*trained, *below)}
    assert done.done == len(made.stages) - len(done.failed)
    assert len(list((tmp_path / "run" / "stages").glob("*.failed.json"))) == len(done.failed)


def test_a_lost_worker_is_a_reason_in_one_line(tmp_path: Path) -> None:
    told, done, _ = walked(tmp_path / "run", FakeRunner(), Here(lose=1))
    assert done.failed == ()
    assert told.said[0].endswith("its worker was lost (RuntimeError: The worker died); it is tried again")


@pytest.mark.parametrize(
    ("resources", "device", "jobs", "expected"),
    [
        ({"CPU": 4.0}, "auto", 1, (1.0, 0.0)),
        ({"CPU": 4.0, "GPU": 2.0}, "auto", 1, (1.0, 1.0)),
        ({"CPU": 4.0, "GPU": 2.0}, "cuda", 4, (1.0, 0.25)),
        ({"CPU": 4.0, "GPU": 2.0}, "cpu", 1, (1.0, 0.0)),
    ],
)
def test_what_a_stage_asks_for(
    resources: dict[str, float], device: str, jobs: int, expected: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Here, "cluster_resources", lambda _: resources)
    assert cluster.share(Here(), device, jobs) == expected


def test_a_card_that_no_node_has_is_not_waited_for() -> None:
    with pytest.raises(InputError, match="no node of the cluster has a GPU"):
        cluster.share(Here(), "cuda", 1)


def test_the_command_line_runs_a_plan_on_the_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here, runner, asked = Here(), FakeRunner(), list[Any]()

    def connected(address: str | None) -> Here:
        asked.append(address)
        return here

    monkeypatch.setattr(cluster, "connected", connected)
    monkeypatch.setattr(walks, "engine", lambda device, **options: asked.append((device, options)) or runner)
    words = ["run", "--experiment", EXPERIMENT, "--seeds", "2", "--backend", "ray", "--address", "head:6379",
             "--single", "--quiet", "--out", str(tmp_path / "run")]  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{tmp_path / 'run'}\n"
    assert asked[0] == "head:6379"
    assert asked[1] == ("cpu", {"threads": 1, "half": False, "compiled": False})  # no node has a GPU
    assert here.over
    assert (tmp_path / "run" / "verdict.json").is_file()


def test_no_cluster_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: Any) -> None:
        raise ConnectionError("Could not find any running Ray instance.\nPlease specify one.")

    monkeypatch.setattr(ray, "init", refused)
    with pytest.raises(InputError) as told:
        cluster.connected("10.0.0.1:6379")
    assert str(told.value) == (
        "--address 10.0.0.1:6379: no cluster of Ray answers: Could not find any running Ray instance."
    )


# --- a real cluster of several processes --------------------------------------------------------------


class Mortal:
    """The engine, very small; the process is killed once in the middle of a training, and once in a stage's files; once
    the disk of the node is full when a stage has written half a file.
    """

    def __init__(self, graves: Path | None) -> None:
        self.graves = graves
        plain = ledger.recipe
        if getattr(plain, "short", False):
            return  # the same worker again
        small = {"hidden": 16, "layers": 2, "heads": 2, "feed_forward": 32, "vocabulary": 600}

        def short(recipe_id: str) -> Any:
            one = plain(recipe_id)
            options = {**one.options, "steps": 40, **(small if recipe_id.endswith("/pretrained") else {})}
            return one.model_copy(update={"options": options, "batch": 8, "eval_every": 10})

        short.short = True  # type: ignore[attr-defined]
        ledger.recipe = short  # type: ignore[assignment]

    def _die(self, name: str) -> None:
        if self.graves is not None and not (self.graves / name).exists():
            (self.graves / name).write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)

    def run(self, stage: Stage, spec: StageSpec, parent: Path | None, out: Path, progress: Progress) -> StageResult:
        def told(done: int, total: int, what: str) -> None:
            if spec.kind == "intermediate" and done == 30:
                self._die("training")
            if spec.kind == "embed" and done == 2:
                self._die("embedding")

        if self.graves is not None and spec.kind == "intermediate" and not (self.graves / "disk").exists():
            (self.graves / "disk").write_text(str(os.getpid()))
            torn = out / "model" / "model.safetensors"
            torn.parent.mkdir(parents=True, exist_ok=True)
            torn.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device", str(torn))
        return Engine("cpu", 1).run(stage, spec, parent, out, told)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A cluster of two worker processes on this machine."""
    here = str(Path(__file__).parent)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])]))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    # Objects are a few bytes here, and the disk of a machine that runs tests may be nearly full.
    monkeypatch.setenv("RAY_local_fs_capacity_threshold", "1.0")
    yield cluster.connected(None, num_cpus=2)
    ray.shutdown()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own, on its start
def test_killed_workers_a_full_disk_and_a_new_head_give_the_same_measurements(tmp_path: Path, workers: Any) -> None:
    run, made, problems = begun(tmp_path / "local" / "run")
    plain = ledger.recipe
    try:
        assert execute.walk(run, made, Mortal(None), Quiet(), problems).failed == ()
    finally:
        ledger.recipe = plain
    graves = tmp_path / "graves"
    graves.mkdir()

    run, made, problems = begun(tmp_path / "ray" / "run")

    class StoppedError(Exception):
        pass

    class Stops(Told):
        """The driver ends after three stages: its node is restarted."""

        def ended(self, label: str, outcome: str, seconds: float, reason: str | None) -> None:
            super().ended(label, outcome, seconds, reason)
            if len(self.rows) == 3:
                raise StoppedError

    def make() -> Any:
        return Mortal(graves)

    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    with pytest.raises(StoppedError):
        cluster.walk(run, made, make, Stops(), problems, "first", ray=workers, each=CPU)
    ray.shutdown()  # the head is gone, and all that it knew of workers and tasks
    workers = cluster.connected(None, num_cpus=2)
    told = Told()
    done = cluster.walk(run, made, make, told, problems, "second", ray=workers, each=CPU)
    assert done.failed == ()
    assert done.done == len(made.stages)
    assert sorted(path.name for path in graves.iterdir()) == ["disk", "embedding", "training"]
    here, there = (sorted((tmp_path / one / "run" / "stages").rglob("model.safetensors")) for one in ("local", "ray"))
    assert here != []
    assert [file.read_bytes() for file in there] == [file.read_bytes() for file in here]
    pids = {int(path.read_text()) for path in graves.iterdir()}
    assert os.getpid() not in pids
    assert measured(tmp_path / "ray" / "run") == measured(tmp_path / "local" / "run")
