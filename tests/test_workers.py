"""Further processes of a run: which are begun, with what, and that they end with the block."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from replicate import execute, walks, workers


class Begun:
    """A process that was begun, as far as `workers` knows it."""

    all: list[Begun]

    def __init__(self, words: list[str], **_: Any) -> None:
        self.words, self.ended = words, 0
        Begun.all.append(self)

    def terminate(self) -> None:
        self.ended += 1

    def wait(self) -> None:
        assert self.ended


@pytest.fixture(autouse=True)
def no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    Begun.all = []
    monkeypatch.setattr(workers.subprocess, "Popen", Begun)  # type: ignore[attr-defined]


def test_one_process_a_device(tmp_path: Path) -> None:
    options = {"threads": 4, "half": None, "compiled": True}
    with workers.workers(tmp_path, ["cuda:1", "cuda:0"], "a", {"xnli": "gone"}, options):
        assert [one.words[3:6] for one in Begun.all] == [
            [str(tmp_path), device, "a"] for device in ("cuda:1", "cuda:0")
        ]
        assert not any(one.ended for one in Begun.all)
    assert [one.ended for one in Begun.all] == [1, 1]
    first = Begun.all[0].words
    assert first[:3] == [sys.executable, "-m", "replicate.workers"]
    assert json.loads(first[6]) == {"xnli": "gone"}
    assert json.loads(first[7]) == options
    assert first[8] == str(os.getpid())


def test_a_process_makes_its_engine_from_the_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    seen: list[Any] = []
    monkeypatch.setattr("replicate.runs.Run.plan", lambda self: "plan")
    monkeypatch.setattr("replicate.execute.walk", lambda *given: seen.append(given))
    options = {"threads": 3, "half": False, "compiled": True}
    workers.main([str(tmp_path), "cpu", "a", "{}", json.dumps(options), str(os.getppid())])
    run, plan, engine, _, problems, attempt = seen[0]
    assert (run.folder, plan, problems, attempt) == (tmp_path, "plan", {}, "a")
    assert (engine.device, engine.threads, engine.half, engine.compiled) == ("cpu", 3, False, True)


@pytest.mark.parametrize(
    ("places", "jobs", "small", "cores", "devices", "threads"),
    [
        (("cpu",), None, False, 8, ["cpu"], None),  # a large model takes all cores
        (("cpu",), None, True, 3, ["cpu", "cpu", "cpu"], 1),  # a tiny one is trained one a core
        (("cpu",), 2, False, 8, ["cpu", "cpu"], 4),
        (("cuda:0", "cuda:1"), None, False, 8, ["cuda:0", "cuda:1"], 4),  # one a GPU
        (("cuda:0", "cuda:1"), 3, False, 8, ["cuda:0", "cuda:1", "cuda:0"], 2),  # several small jobs on one
    ],
)
def test_how_many_stages_run_at_a_time(
    places: tuple[str, ...], jobs: int | None, small: bool, cores: int, devices: list[str], threads: int | None,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    made: list[tuple[str, Any]] = []
    monkeypatch.setattr(walks, "engine", lambda device, **options: made.append((device, options)))
    monkeypatch.setattr(walks, "places", lambda device: places)
    monkeypatch.setattr(walks, "cores", lambda: cores)
    monkeypatch.setattr(execute, "walk", lambda *_: execute.Outcome(0, ()))

    class Plan:
        world = 1 if small else None

    class Run:
        folder = tmp_path

    options = {"threads": 1 if small else None, "half": None, "compiled": False}
    walks.here("auto", jobs, options)(Run(), Plan(), None, {}, "a")  # type: ignore[arg-type]
    assert [made[-1][0], *(one.words[4] for one in Begun.all)] == devices
    if len(devices) > 1:
        assert json.loads(Begun.all[0].words[7])["threads"] == threads
