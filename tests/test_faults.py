"""What a run leaves when it is hit: killed or out of room at every moment at which it changes a file, its clock turned,
another beside it, no memory, no network. Nothing that was said to be stored is lost, no file is half there, a rerun
finishes the work.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import test_end_to_end as end_to_end
from commands import LINES, QUESTION, Done, papers, start
from loopback import Answer, Loopback

from synth import batch
from synth.batch import Asked, Options, Row
from synth.library import Library
from synth.run import Request
from synth.web import Web

server, synth = end_to_end.server, end_to_end.synth  # fixtures: all services on loopback, and the command line

Record = Callable[[str, object], None]
MOST = 5  # moments of one command that are tried
AGAINST = {
    "id": "no", "title": "No gain on PAWS-X", "year": 2024, "authors": ["Cleo Doubter"],
    "abstract": "Intermediate training does not improve PAWS-X accuracy but lowers it by 1.4.",
}  # fmt: skip
REPORT = ("report", "-q", QUESTION, "--offline", "--papers", "papers.jsonl", "--out", "r", "--format", "json,html")
WATCH = ("watch", "r", "--offline")


class Ran(NamedTuple):
    code: int
    out: str
    err: str
    moments: int


class Forks:
    """The process of `faulted.py`: every command line is run by a fork of it."""

    def __init__(self) -> None:
        self.folder = Path()
        words = [sys.executable, str(Path(__file__).parent / "faulted.py")]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, *words: str, fault: str | None = None, at: int = 0) -> Ran:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        home = str(self.folder / "home")
        asked = {"words": words, "cwd": str(self.folder), "home": home, "fault": fault, "at": at}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return Ran(**json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=30)


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    made = Forks()
    yield made
    made.close()


@pytest.fixture
def run(forks: Forks, tmp_path: Path) -> Forks:
    forks.folder = tmp_path
    papers(tmp_path)
    return forks


def moments(of: int) -> list[int]:
    """At most so many of them, the first and the last among them, spread evenly."""
    return sorted({1 + round(n * (of - 1) / (MOST - 1)) for n in range(MOST)})


def files(folder: Path) -> dict[str, bytes]:
    """Every file of the folder by its name, and what nothing but an interrupted run leaves by no name at all."""
    there = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in there if not path.name.startswith(".")}


def steady(made: dict[str, bytes]) -> dict[str, bytes]:
    """Without manifests, which hold the time of the run."""
    return {name: content for name, content in made.items() if not name.endswith("manifest.json")}


def halves(folder: Path) -> list[str]:
    """Names of files that do not reach to their end, or are none of their kind."""
    bad = []
    for name, content in files(folder).items():
        text = content.decode()
        try:
            if name.endswith(".json"):
                json.loads(text)
            elif name.endswith(".jsonl"):
                assert all(json.loads(line) for line in text.splitlines())
            assert text.endswith("</html>\n" if name.endswith(".html") else "\n") or name.endswith(".json")
        except (AssertionError, ValueError):
            bad.append(name)
    return bad


def reference(run: Forks, *words: str) -> tuple[dict[str, bytes], int]:
    """What the undisturbed command leaves in r, and how many moments it has. The folder is as before afterwards."""
    shutil.copytree(run.folder, run.folder.parent / "aside", symlinks=True)
    done = run(*words)
    assert done.code == 0, done.err
    made = files(run.folder / "r")
    shutil.rmtree(run.folder)
    (run.folder.parent / "aside").rename(run.folder)
    return made, done.moments


def sound(run: Forks) -> bool:
    library = Library(run.folder / "home")
    try:
        return library.check() == []
    finally:
        library.close()


# --- kills and full disks ---------------------------------------------------------------------------------------------


def hit(run: Forks, fault: str, words: tuple[str, ...]) -> tuple[int, dict[str, bytes]]:
    """The command hit at one moment after the other in one folder, each left as it is; then it is let finish."""
    made, count = reference(run, *words)
    assert count > 8
    tried = moments(count)
    for at in tried:
        done = run(*words, fault=fault, at=at)
        if fault == "kill":
            # What a kill left may spare a later run some changes: it has ended before the moment came.
            assert done.code in (-9, 0), (at, done)
        else:
            assert done.code in (0, 2, 4), (at, done)
            assert "Traceback" not in done.err
            assert done.code == 0 or "No space left on device" in done.err.splitlines()[-1], (at, done.err)
        assert halves(run.folder / "r") == [], at
        assert sound(run), at
    done = run(*words)
    assert done.code == 0, done.err
    return len(tried), made


def finished(run: Forks, fault: str, record_property: Record) -> None:
    tried, made = hit(run, fault, REPORT)
    record_property("tried", tried)
    assert steady(files(run.folder / "r")) == steady(made)


def test_a_report_killed_at_any_moment_is_finished_by_a_rerun(run: Forks, record_property: Record) -> None:
    finished(run, "kill", record_property)


def test_a_report_out_of_room_at_any_moment_is_finished_by_a_rerun(run: Forks, record_property: Record) -> None:
    finished(run, "full", record_property)


def kept(run: Forks, fault: str, record_property: Record) -> None:
    """Another report is made over one that is there."""
    assert run(*REPORT).code == 0
    before = files(run.folder / "r")
    papers(run.folder, (*LINES, AGAINST))
    finished(run, fault, record_property)
    assert files(run.folder / "r").keys() == before.keys()
    assert files(run.folder / "r")["report.json"] != before["report.json"]


def test_an_older_report_stays_whole_when_another_is_killed(run: Forks, record_property: Record) -> None:
    kept(run, "kill", record_property)


def test_an_older_report_stays_whole_while_there_is_no_room_for_another(run: Forks, record_property: Record) -> None:
    kept(run, "full", record_property)


def watched(run: Forks, fault: str, record_property: Record) -> None:
    """Whatever moment a watch is hit at, the next tells what changed, in a whole note, and the one after it nothing."""
    assert run(*REPORT).code == 0
    mine = files(run.folder / "r")
    papers(run.folder, (*LINES, AGAINST))
    _, count = reference(run, *WATCH)
    tried = moments(count)
    for at in tried:
        shutil.rmtree(run.folder / "r" / "watch", ignore_errors=True)
        done = run(*WATCH, fault=fault, at=at)
        assert done.code in (-9, 0, 2), (at, done)
        assert "Traceback" not in done.err
        again = run(*WATCH)
        assert again.code == 0, (at, again.err)
        told = [file.read_text() for file in sorted((run.folder / "r" / "watch").glob("[0-9]*.md"))]
        assert told, at
        assert all(text.endswith("\n") and "new: No gain on PAWS-X (no)" in text for text in told)
        assert run(*WATCH).out == "", at  # told once all was well
        assert {n: c for n, c in files(run.folder / "r").items() if not n.startswith("watch")} == mine
    record_property("tried", len(tried))


def test_a_watch_killed_at_any_moment_tells_what_changed_later(run: Forks, record_property: Record) -> None:
    watched(run, "kill", record_property)


def test_a_watch_out_of_room_at_any_moment_tells_what_changed_later(run: Forks, record_property: Record) -> None:
    watched(run, "full", record_property)


def test_the_harness_counts_and_hits(run: Forks) -> None:
    """A run that is not hit ends well, one that is hit ends at once: else the tests above would show nothing."""
    assert run(*REPORT, fault="kill", at=1).code == -9
    assert not (run.folder / "r").exists()
    full = run(*REPORT, fault="full", at=1)
    assert (full.code, "No space left on device" in full.err) == (2, True)
    done = run(*REPORT)
    assert (done.code, done.moments > 8) == (0, True)


# --- the clock --------------------------------------------------------------------------------------------------------

DAY = 86_400.0


def asked_at(server: Loopback, folder: Path, now: float) -> bytes:
    patient = (60.0, 300.0)  # seconds: a busy machine is slow, and that is no fault
    web = Web(folder, intervals={"127.0.0.1": 0.0}, max_age=7 * DAY, now=lambda: now, timeout=patient)
    return web.get(server.origin + "/a").body


@pytest.mark.parametrize(
    ("days", "fresh"),
    [
        (0, True), (6, True), (8, False), (3650, False), (-0.01, True), (-8, False), (-3650, False),
    ],
)  # fmt: skip
def test_an_answer_is_as_old_as_two_readings_of_the_clock_are_apart(tmp_path: Path, days: float, fresh: bool) -> None:
    """An answer from the future was kept before the clock was set back: nobody knows how old it is, so it is old."""
    with Loopback({"/a": [Answer(b"old"), Answer(b"new")]}) as server:
        assert asked_at(server, tmp_path, time.time()) == b"old"
        assert asked_at(server, tmp_path, time.time() + days * DAY) == (b"old" if fresh else b"new")


@pytest.mark.parametrize("step", [-3650 * DAY, -DAY, DAY, 3650 * DAY])
def test_a_clock_that_jumps_during_a_run_shortens_and_lengthens_no_wait(tmp_path: Path, step: float) -> None:
    """Budgets and waits are counted on a clock that only goes forward; the time of day may do as it likes."""
    days = [0.0]

    def now() -> float:
        days[0] += step
        return time.time() + days[0]

    slept: list[float] = []
    with Loopback({"/a": [Answer(status=503), Answer(b"there")]}) as server:
        web = Web(tmp_path, intervals={"127.0.0.1": 0.0}, deadline=60.0, now=now, sleep=slept.append, jitter=lambda: 1)
        assert web.get(server.origin + "/a").body == b"there"
    assert len(slept) == 1
    assert 0 < slept[0] < 60


def test_notes_of_a_watch_survive_a_clock_that_was_set_back(run: Forks) -> None:
    """A note under an older day takes nobody's place, and the next compares with the last, not with the latest day."""
    from synth.progress import Silent
    from synth.watch import watch

    assert run(*REPORT).code == 0
    library = Library(None)
    made = []
    for date, rows in (("2026-03-09", (*LINES, AGAINST)), ("2026-03-01", LINES), ("2026-03-09", (*LINES, AGAINST))):
        made.append(watch(run.folder / "r", date, library, Silent(), papers=[papers(run.folder, rows)], offline=True))
    names = [file.name for found in made for file in found.files if file.suffix == ".md"]
    assert names == ["2026-03-09.md", "2026-03-01.md", "2026-03-09-2.md"]
    assert all((run.folder / "r" / "watch" / name).is_file() for name in names)
    assert "since 2026-03-09" in (run.folder / "r" / "watch" / "2026-03-01.md").read_text() or made[1].changes


# --- another beside it --------------------------------------------------------------------------------------------


def both(run: Forks, *words: str) -> list[tuple[int, str, str]]:
    started = [start(*words, home=run.folder / "home", cwd=run.folder) for _ in range(2)]
    said = [one.communicate(timeout=300) for one in started]
    return [(one.returncode, *two) for one, two in zip(started, said, strict=True)]


def test_two_watches_at_once_tell_a_change_once(run: Forks) -> None:
    assert run(*REPORT).code == 0
    papers(run.folder, (*LINES, AGAINST))
    done = both(run, *WATCH)
    assert [code for code, _, _ in done] == [0, 0], done
    assert sum("new: No gain on PAWS-X (no)" in out for _, out, _ in done) == 1
    assert len(list((run.folder / "r" / "watch").glob("*.md"))) == 1
    assert run(*WATCH).out == ""


def test_two_batches_at_once_finish_the_same_questions(run: Forks) -> None:
    (run.folder / "questions.txt").write_text(f"{QUESTION}\nDo plums transfer to pears?\n")
    words = ("batch", "questions.txt", "--out", "b", "--offline", "--papers", "papers.jsonl", "--jobs", "1",
             "--format", "json")  # fmt: skip
    done = both(run, *words)
    assert [code for code, _, _ in done] == [0, 0], done
    rows = [json.loads(line) for line in (run.folder / "b" / "batch.jsonl").read_text().splitlines()]
    assert [row["state"] for row in rows] == ["done", "done"]
    assert not list((run.folder / "b").rglob("*.tmp"))
    assert sound(run)


# --- no memory ----------------------------------------------------------------------------------------------------


def greedy(asked: Asked, out: Path, options: Options, left: float | None) -> Row:
    """Takes memory until there is no more, of a process that may have half a gigabyte more than it has."""
    if asked.question == "greedy":
        import resource

        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + 2**29, resource.getrlimit(resource.RLIMIT_AS)[1]))
        held = []
        while True:
            held.append(bytearray(2**24))
    return Row(asked.number, asked.question, asked.folder, "done", "")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="how much a process holds is told by Linux only")
def test_a_worker_without_memory_loses_one_question(tmp_path: Path) -> None:
    asked = [Asked(n, word, word) for n, word in enumerate(("a", "greedy", "b", "c"), 1)]
    given = Options(Request("", offline=True), tmp_path / "home", "2026-03-01")
    rows = batch.batch(asked, tmp_path, given, jobs=1, work=greedy)
    assert [row.state for row in rows] == ["done", "failed", "done", "done"]
    assert rows[1].reason == "there was not enough memory for it"


# --- no network ---------------------------------------------------------------------------------------------------

BAD = {
    "cut": Answer(b"<feed>" + b" " * 900, cut=40, content_type="application/atom+xml"),
    "half": Answer(b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><ti', content_type="application/atom+xml"),
    "another page": Answer(b"<html>Sign in to this network</html>", content_type="text/html"),
    "refused": Answer(status=403),
    "broken": Answer(status=500),
    "redirected for ever": Answer(status=302, headers={"Location": "?again"}),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_report_over_a_bad_network_is_partial_and_a_rerun_makes_it_whole(
    server: Loopback, synth: Callable[..., Done], tmp_path: Path, kind: str
) -> None:
    good = end_to_end.two_papers()
    server.script = {**good, "/export/api/query": [BAD[kind]]}
    first = end_to_end.ask(synth, "--papers", papers(tmp_path))
    made = end_to_end.written()
    assert (first.code, made["partial"]) == (4, True)
    assert end_to_end.coverage(made)["arxiv"] == {"failed"}
    assert made["claims"]  # what was at hand is checked all the same
    server.script = good
    end_to_end.ask(synth, "--papers", papers(tmp_path))
    assert end_to_end.coverage(end_to_end.written())["arxiv"] == {"found"}
