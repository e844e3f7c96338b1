"""The queue: what is stored stays stored, jobs run in processes of their own and end with the server."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

import pytest
import serve_fakes
from serve_fakes import Served, made, served

from synth.errors import InputError
from synth.serve.commands import Command
from synth.serve.places import Places
from synth.serve.runner import Runner, said
from synth.serve.store import ATTEMPTS, Job, Store


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("PYTHONPATH", serve_fakes.python_path())
    found = Places(made(tmp_path / "home"))
    found.make()
    return found


@pytest.fixture
def store(places: Places) -> Store:
    clock = itertools.count()
    return Store(places.database, lambda: f"2026-01-01T00:00:{next(clock):02}+00:00")


def until(store: Store, job: Job, state: str, within: float = 20.0) -> Job:
    end = time.monotonic() + within
    while time.monotonic() < end:
        found = store.job(job.id)
        assert found is not None
        if found.state == state:
            return found
        time.sleep(0.02)
    raise AssertionError(f"still {found.state}, wanted {state}: {found.reason}")


# --- the store --------------------------------------------------------------------------------------------------


def test_jobs_are_taken_in_the_order_they_came(store: Store) -> None:
    first, second = (store.submit("report", text, {"question": text}) for text in ("a", "b"))
    assert first.id != second.id
    assert store.ahead(second) == 1
    taken = store.take()
    assert taken is not None
    assert (taken.id, taken.state, taken.attempts) == (first.id, "running", 1)
    assert store.ahead(second) == 0
    assert [job.id for job in store.jobs()] == [second.id, first.id]
    assert store.jobs("audit") == []


def test_the_same_question_twice_is_two_jobs_and_the_same_store_gives_the_same_ids(tmp_path: Path) -> None:
    names = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        kept = Store(tmp_path / folder / "jobs.sqlite", lambda: "2026-01-01T00:00:00+00:00")
        names.append([kept.submit("verify", "x", {"claims": ["x"]}).id for _ in range(2)])
        kept.close()
    assert names[0] == names[1]
    assert len(set(names[0])) == 2


def test_a_store_opened_again_holds_all_of_it(places: Places) -> None:
    store = Store(places.database)
    job = store.submit("report", "q", {"question": "q", "since": None})
    store.say(job.id, "say", {"line": "müßig \u2028 line"})
    store.close()
    again = Store(places.database)
    assert again.job(job.id) == job
    assert [event.data for event in again.events(job.id)] == [{"line": "müßig \u2028 line"}]


@pytest.mark.parametrize(
    ("attempts", "cancelling", "state"),
    [(1, False, "waiting"), (ATTEMPTS - 1, False, "waiting"), (ATTEMPTS, False, "interrupted"), (1, True, "cancelled")],
)
def test_what_becomes_of_a_job_whose_server_died(store: Store, attempts: int, cancelling: bool, state: str) -> None:
    job = store.submit("report", "q", {})
    for _ in range(attempts - 1):
        assert store.take() is not None
        store.recover()
    assert store.take() is not None
    if cancelling:
        store.cancel(job.id)
    assert [found.state for found in store.recover()] == [state]
    assert store.recover() == []


def test_a_stop_in_good_order_counts_as_no_attempt(store: Store) -> None:
    job = store.submit("report", "q", {})
    for _ in range(ATTEMPTS + 2):
        assert store.take() is not None
        store.put_back(job.id)
    found = store.job(job.id)
    assert found is not None
    assert (found.state, found.attempts) == ("waiting", 0)


def test_what_has_ended_is_not_ended_again(store: Store) -> None:
    job = store.submit("report", "q", {})
    store.settle(job.id, "failed", "first")
    store.settle(job.id, "done")
    found = store.job(job.id)
    assert found is not None
    assert (found.state, found.reason) == ("failed", "first")
    cancelled = store.cancel(job.id)
    assert cancelled is not None
    assert cancelled.state == "failed"


def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "jobs.sqlite"
    file.write_bytes(b"this is no database, it is a text" * 40)
    with pytest.raises(InputError, match=r"jobs\.sqlite: cannot be used"):
        Store(file)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("synth: search: 3 done in 1.2 s", ("end", {"stage": "search", "done": 3, "seconds": 1.2})),
        ("synth: open: done in 0.0 s", ("end", {"stage": "open", "done": None, "seconds": 0.0})),
        ("synth: verify: 1 of 24 after 32 s", ("stage", {"stage": "verify", "done": 1, "total": 24})),
        ("synth: embed: 5 after 10 s", ("stage", {"stage": "embed", "done": 5, "total": None})),
        ("synth: skipped a.pdf: done in 3 s", ("say", {"line": "skipped a.pdf: done in 3 s"})),
        ("replicate: [1/18] stage: done in 1 s", ("say", {"line": "[1/18] stage: done in 1 s"})),
        ("", ("say", {"line": ""})),
    ],
)
def test_what_a_command_says(line: str, wanted: object) -> None:
    assert said(line) == wanted


# --- the runner -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "state", "reason"),
    [
        ("well", "done", None),
        ("fail", "failed", "papers: nothing in it can be read"),
        ("partial", "partial", "arxiv failed"),
        ("die", "failed", "its process was ended by SIGKILL (too little memory?)"),
    ],
)
def test_how_jobs_end(places: Places, store: Store, title: str, state: str, reason: str | None) -> None:
    ended: list[Job] = []
    runner = Runner(store, places, make=serve_fakes.make, ended=ended.append)
    runner.start()
    job = store.submit("report", title, {})
    runner.wake()
    try:
        found = until(store, job, state)
        assert found.reason == reason
        assert ("report.json" in places.exports(job.id)) == (state in ("done", "partial"))
    finally:
        runner.stop()
    assert [one.id for one in ended] == [job.id]


def test_a_job_that_cannot_be_begun_does_not_end_the_queue(places: Places, store: Store) -> None:
    def broken(job: Job, places: Places) -> Command:
        if job.title == "broken":
            raise KeyError("question")
        if job.title == "nowhere":
            return Command((str(places.home / "no-such-program"),))
        return serve_fakes.make(job, places)

    runner = Runner(store, places, make=broken)
    runner.start()
    jobs = [store.submit("report", title, {}) for title in ("broken", "nowhere", "well")]
    runner.wake()
    try:
        until(store, jobs[2], "done")
    finally:
        runner.stop()
    reasons = [found.reason for found in map(store.job, (job.id for job in jobs[:2])) if found is not None]
    assert all(reason is not None and reason.startswith("it could not be run") for reason in reasons)
    assert str(places.home) not in str(reasons)


def test_lines_are_kept_and_name_no_folder(places: Places, store: Store) -> None:
    runner = Runner(store, places, make=serve_fakes.make)
    runner.start()
    job = store.submit("report", "loud", {})
    runner.wake()
    try:
        until(store, job, "done")
    finally:
        runner.stop()
    lines = [event.data["line"] for event in store.events(job.id) if event.kind == "say"]
    assert lines == [f"line {number} of report/{job.id}" for number in range(30)]


def test_cancelling_ends_the_process(places: Places, store: Store) -> None:
    runner = Runner(store, places, make=serve_fakes.make)
    runner.start()
    job = store.submit("report", "slow", {})
    waiting = store.submit("report", "well", {})
    runner.wake()
    try:
        until(store, job, "running")
        pid = pid_of(places, job.id)
        assert alive(pid)
        runner.cancel(job.id)
        assert until(store, job, "cancelled").reason == "cancelled while it ran"
        until(store, waiting, "done")
        assert not alive(pid)
    finally:
        runner.stop()


def pid_of(places: Places, job: str) -> int:
    file = places.of(job).with_name(f"{job}.pid")
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if file.is_file() and (text := file.read_text()):
            file.unlink()
            return int(text)
        time.sleep(0.02)
    raise AssertionError("the job never began")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]


# --- a server that is killed ------------------------------------------------------------------------------------


def test_kill_9_loses_nothing_that_was_said_to_be_stored(places: Places) -> None:
    """Jobs that were accepted are there after a kill; what ran is run again; its process did not outlive the server."""
    server = Served(places.home)
    slow = server.post("/api/reports", {"question": "slow wind over the sea"})[1]["id"]
    pid = pid_of(places, slow)
    others = [server.post("/api/reports", {"question": f"wind over the sea {n}"})[1]["id"] for n in range(5)]
    server.kill()
    gone = time.monotonic() + 10
    while alive(pid) and time.monotonic() < gone:
        time.sleep(0.05)
    assert not alive(pid), "the job's process goes on without its server"

    with served(places.home) as again:
        assert again.reaches(slow, ["running"])["attempts"] == 2
        pid_of(places, slow)
        assert again.ask("DELETE", f"/api/jobs/{slow}", None)[0] == 200
        assert again.ends(slow)["state"] == "cancelled"
        assert [again.ends(name)["state"] for name in others] == ["done"] * 5
        lines = [event.data.get("line", "") for event in Store(places.database).events(slow)]
        assert f"the server ended while this ran; it is run again (attempt 2 of {ATTEMPTS})" in lines


def test_a_server_that_is_stopped_puts_its_jobs_back(places: Places) -> None:
    server = Served(places.home)
    slow = server.post("/api/reports", {"question": "slow wind over the sea"})[1]["id"]
    pid = pid_of(places, slow)
    server.stop()
    assert not alive(pid)
    found = Store(places.database).job(slow)
    assert found is not None
    assert (found.state, found.attempts) == ("waiting", 0)


def test_two_servers_do_not_share_a_folder(places: Places) -> None:
    with served(places.home):
        second = Served(places.home)
        assert second.process.stderr is not None
        assert "another synth serve uses it" in second.process.stderr.read()
        assert second.process.wait(20) == 2
        second._gone()
