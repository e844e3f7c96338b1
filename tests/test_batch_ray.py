"""A batch as tasks of Ray: the rows are those of the processes, a lost worker costs one question, time ends it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray")

from commands import QUESTION, papers
from test_batch import asked, options, work

from synth import batch, batch_ray
from synth.batch import Asked, Options, Row
from synth.errors import InputError
from synth.run import Request


class Here:
    """Ray as far as a batch knows it, in this process: a task runs when it is waited for."""

    class exceptions:  # noqa: N801 (as Ray calls it)
        RayError = RuntimeError

    def __init__(self, lose: tuple[str, ...] = ()) -> None:
        self.lose, self.most, self.running, self.cancelled = lose, 0, 0, 0
        self.asked: dict[str, Any] = {}

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 2.0}

    def remote(self, function: Callable[..., Any]) -> Any:
        here = self

        class Task:
            def options(self, **asked: Any) -> Any:
                here.asked = asked
                return self

            def remote(self, *given: Any) -> Callable[[], Any]:
                here.running += 1
                here.most = max(here.most, here.running)

                def run() -> Any:
                    if given[0].question in here.lose:
                        raise RuntimeError("the worker died\nat great length")
                    return function(*given)

                return run

        return Task()

    def wait(self, refs: list[Any], num_returns: int, timeout: float) -> tuple[list[Any], list[Any]]:
        return refs[-1:], refs[:-1]

    def get(self, ref: Callable[[], Any]) -> Any:
        self.running -= 1
        return ref()

    def cancel(self, ref: Any, force: bool) -> None:
        self.cancelled += force


def test_rows_come_in_the_order_of_the_file_and_a_lost_worker_costs_one(tmp_path: Path) -> None:
    here, heard = Here(lose=("lost",)), list[Row]()
    words = ("a", "lost", "fault", "b", "input", "memory", "c")
    rows = batch.batch(asked(*words), tmp_path, options(tmp_path), jobs=3, told=heard.append, work=work, ray=here)
    assert [(row.number, row.state) for row in rows] == [
        (1, "done"), (2, "failed"), (3, "failed"), (4, "done"), (5, "failed"), (6, "failed"), (7, "done"),
    ]  # fmt: skip
    assert [row.reason for row in rows if row.state == "failed"] == [
        "its worker was lost (RuntimeError: the worker died)", "a fault in this program (ValueError: two)",
        "the file is not there", "there was not enough memory for it",
    ]  # fmt: skip
    assert (len(heard), here.most, here.cancelled, batch_ray.cores(here)) == (7, 3, 0, 2)
    assert here.asked["max_retries"] == 0


def test_when_the_time_is_out_the_rest_is_not_asked(tmp_path: Path) -> None:
    rows = batch.batch(asked("slow", "a", "b"), tmp_path, options(tmp_path), jobs=1, budget=1.0, work=work, ray=Here())
    assert [row.state for row in rows] == ["done", "not_asked", "not_asked"]


def test_what_is_under_way_is_cancelled_when_the_batch_is_left(tmp_path: Path) -> None:
    here = Here()

    def interrupted(_: Row) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch.batch(asked("a", "b", "c"), tmp_path, options(tmp_path), jobs=2, told=interrupted, work=work, ray=here)
    assert here.cancelled == 1


def test_a_cluster_that_does_not_answer_and_a_missing_ray_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def init(self, **_: object) -> None:
            raise ConnectionError("nobody\nthere")

    monkeypatch.setitem(sys.modules, "ray", Away())
    with pytest.raises(InputError, match=r"^--address 127\.0\.0\.1:9: no cluster of Ray answers: nobody$"):
        batch_ray.connected("127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install 'synth-replicate\[cluster\]'"):
        batch_ray.connected()


# --- Ray itself ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    paths = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    made = batch_ray.connected(num_cpus=2, runtime_env={"env_vars": {"PYTHONPATH": paths}})
    yield made
    made.shutdown()


def dying(given: Asked, out: Path, options: Options, left: float | None) -> Row:
    if given.question == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return Row(given.number, given.question, given.folder, "done", str(Path.cwd()))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own, on its start
def test_a_batch_on_a_local_cluster(tmp_path: Path, ray: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real tasks: one whose worker is killed is lost alone; then two real questions, the same as without Ray."""
    monkeypatch.chdir(tmp_path)
    rows = batch.batch(asked("a", "die", "b"), tmp_path, options(tmp_path), jobs=2, work=dying, ray=ray)
    assert [row.state for row in rows] == ["done", "failed", "done"]
    assert "its worker was lost" in rows[1].reason
    assert rows[0].reason == str(tmp_path)  # questions are asked from where the batch was begun

    papers(tmp_path)
    (tmp_path / "questions.txt").write_text(f"{QUESTION}\nDo plums transfer to pears?\n")
    given = batch.questions(tmp_path / "questions.txt")
    request = Request("", papers=(Path("papers.jsonl"),), offline=True, formats=("json",))
    mine = Options(request, tmp_path / "home", "2026-03-01")
    local = batch.batch(given, Path("local"), mine, jobs=1)
    tasks = batch.batch(given, Path("tasks"), mine, jobs=2, ray=ray)
    assert [row.state for row in tasks] == ["done", "done"]
    assert tasks == local
    for one in given:
        names = (Path(place, one.folder, "report.json") for place in ("local", "tasks"))
        assert len({name.read_bytes() for name in names}) == 1
    assert batch.batch(given, Path("tasks"), mine, jobs=2, ray=None) == tasks  # finished: nobody asks again
