"""Streams, exit codes and signals: pipes that close, disks that are full, interrupts, two runs at once."""

from __future__ import annotations

import json
import os
import pty
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from commands import LINES, QUESTION, papers, start

from synth.shell import spread

REPORT = ("report", "-q", QUESTION, "--offline", "--format", "json")
PATIENCE = 300  # seconds until a process that does not end is given up: a busy machine is slow, and that is no fault


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("report --papers a b -q x", "report --papers a --papers b -q x"),
        ("report --papers a b --papers c d", "report --papers a --papers b --papers c --papers d"),
        ("report --papers a --offline b", "report --papers a --offline b"),
        ("report --out a b", "report --out a b"),
        ("verify --papers here claim", "verify --papers here claim"),
        ("verify --papers here here claim", "verify --papers here --papers here claim"),
        ("verify --papers here claim here", "verify --papers here claim here"),
        (f"verify --papers here {'x' * 300}", f"verify --papers here {'x' * 300}"),
        ("report --papers a -- --papers b c", "report --papers a -- --papers b c"),
        ("", ""),
    ],
)
def test_many_papers_after_one_option(given: str, wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").touch()
    monkeypatch.chdir(tmp_path)
    assert spread(given.split()) == wanted.split()


# --- interrupts -------------------------------------------------------------------------------------------------


def listening() -> None:
    """A shell may have told its background jobs not to hear interrupts; the tests want to be heard."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def until(run: subprocess.Popen[str], wanted: str) -> None:
    """Read what the process says until the line is there; a process that never says it is ended."""
    assert run.stderr is not None
    late = threading.Timer(PATIENCE, run.kill)
    late.start()
    seen = ""
    try:
        for line in run.stderr:
            seen += line
            if wanted in line:
                return
    finally:
        late.cancel()
    raise AssertionError(f"{wanted!r} was never said: {seen}")


def test_an_interrupt_ends_a_report_with_130_and_nothing_half_written(tmp_path: Path) -> None:
    """Nothing is timed: a report that did not hear the interrupt would be written and end with 0."""
    many = [{**LINES[0], "id": str(n), "title": f"{LINES[0]['title']} {n}"} for n in range(4000)]
    words = (*REPORT, "--papers", papers(tmp_path, many), "--out", tmp_path / "here")
    run = start(*words, home=tmp_path / "home", preexec_fn=listening)
    until(run, "open: done")  # the next stage has begun, and has 4,000 papers before it
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=PATIENCE)
    assert (run.returncode, out) == (130, "")
    assert err.strip().splitlines()[-1] == "synth: interrupted"
    assert "Traceback" not in err
    assert not (tmp_path / "here").exists()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    again = start("library", "check", home=tmp_path / "home")
    assert (again.communicate(timeout=PATIENCE)[1], again.returncode) == ("", 0)


# A thread sleeps for far longer than any test waits; that the process ends shows that it did not wait for the thread.
# What it says on the way is written past the buffers: an interrupt in the middle of a buffered line is another matter.
STUCK = """
import os, sys, time, typer
from concurrent.futures import ThreadPoolExecutor
from synth import shell
shell._GRACE = float(sys.argv[1])
app = typer.Typer()
@app.command()
def wait() -> None:
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(time.sleep, 3600)
        try:
            os.write(2, b"asking\\n")
            waiting.result()
        except KeyboardInterrupt:
            os.write(2, b"heard\\n")
            raise
sys.exit(shell.run(app, "stuck", []))
"""


@pytest.mark.parametrize(("interrupts", "grace"), [(1, 0.2), (2, 3600.0)])
def test_an_interrupt_does_not_wait_for_a_thread_that_is_stuck(interrupts: int, grace: float) -> None:
    """The first ends the process after the time it has to put things away, the second at once, whatever is left of it.

    The second is sent when the first was heard; the time of grace is then so long that nothing else ends the process.
    """
    words = [sys.executable, "-c", STUCK, str(grace)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, preexec_fn=listening) as run:
        try:
            for said in ("asking", "heard")[:interrupts]:
                until(run, said)
                run.send_signal(signal.SIGINT)
            err = run.communicate(timeout=PATIENCE)[1]
        finally:
            run.kill()
    assert run.returncode == 130
    assert err.splitlines()[-1] == "synth: interrupted"
    assert "Traceback" not in err


def test_a_background_job_does_not_hear_the_interrupt_of_another(tmp_path: Path) -> None:
    words = (*REPORT, "--papers", papers(tmp_path), "--out", tmp_path / "here")
    run = start(*words, home=tmp_path / "home", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    until(run, "open: done")
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=PATIENCE)
    assert run.returncode == 0


# --- pipes and disks --------------------------------------------------------------------------------------------


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    many = [{**LINES[0], "id": str(n)} for n in range(60)]
    run = start(
        "search", "PAWS-X", "--offline", "--papers", papers(tmp_path, many), "-k", 60, "--json", home=tmp_path / "home"
    )
    assert run.stdout is not None
    run.stdout.close()
    assert run.stderr is not None
    err = run.stderr.read()
    run.stderr.close()
    assert (run.wait(timeout=PATIENCE), "Traceback" in err) == (0, False)


def test_a_report_is_finished_though_nobody_listens_to_its_talk(tmp_path: Path) -> None:
    run = start(*REPORT, "--papers", papers(tmp_path), "--out", tmp_path / "here", home=tmp_path / "home")
    assert run.stderr is not None
    run.stderr.close()
    assert run.stdout is not None
    assert run.stdout.read() == f"{tmp_path / 'here'}\n"
    run.stdout.close()
    assert run.wait(timeout=PATIENCE) == 0


def test_streams_that_are_closed_or_full(tmp_path: Path) -> None:
    command = f"{sys.executable} -m synth library check"
    environment = {**os.environ, "SYNTH_HOME": str(tmp_path)}

    def shell(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True, check=False)

    closed = shell(f"{command} >&-")
    assert (closed.returncode, closed.stderr) == (0, "")
    assert shell(f"{command} 2>&-").returncode == 0
    if Path("/dev/full").exists():
        full = shell(f"{command} >/dev/full")
        assert (full.returncode, full.stderr) == (2, "synth: stdout: cannot be written (No space left on device)\n")


def test_a_full_disk_is_told_in_one_line_and_leaves_no_half_file(tmp_path: Path) -> None:
    """A limit on the size of files is as near to a full disk as a test comes."""
    limit = (4096, 4096)
    run = start(
        *REPORT, "--papers", papers(tmp_path), "--out", tmp_path / "here", home=tmp_path / "home",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
    )  # fmt: skip
    out, err = run.communicate(timeout=PATIENCE)
    assert (run.returncode, out) == (2, "")
    last = err.strip().splitlines()[-1]
    assert last.startswith(f"synth: {tmp_path / 'here'}: cannot be written (File too large)")
    assert "Traceback" not in err
    assert list((tmp_path / "here").iterdir()) == []


def test_two_runs_at_once_share_a_folder_and_a_library(tmp_path: Path) -> None:
    words = (*REPORT, "--papers", papers(tmp_path), "--out", tmp_path / "here")
    runs = [start(*words, home=tmp_path / "home") for _ in range(2)]
    results = [run.communicate(timeout=PATIENCE) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], results
    assert json.loads((tmp_path / "here" / "report.json").read_text())["answer"]["status"] == "answered"
    assert [p.name for p in (tmp_path / "here").iterdir() if p.name.endswith(".tmp")] == []


def test_a_file_whose_name_is_no_text_is_read_and_written_back_as_it_came(tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jsonl"))
    try:
        papers(tmp_path).rename(odd)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    out = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    out.mkdir()
    run = start(*REPORT, "--papers", odd, "--out", out, "--quiet", home=tmp_path / "home", errors="surrogateescape")
    said, err = run.communicate(timeout=PATIENCE)
    assert (run.returncode, said, err) == (0, f"{out}\n", "")
    assert (out / "report.json").exists()


# --- a terminal -------------------------------------------------------------------------------------------------


def on_a_terminal(*words: object, home: Path) -> str:
    """All that a terminal of 80 columns and 24 lines is sent."""
    ours, theirs = pty.openpty()
    run = start(
        *words, home=home, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "SYNTH_HOME": str(home), "TERM": "xterm", "COLUMNS": "80", "LINES": "24"},
    )  # fmt: skip
    os.close(theirs)
    sent = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        sent += part
    os.close(ours)
    assert run.wait(timeout=PATIENCE) == 0
    return sent.decode()


def test_bars_on_a_terminal_and_the_folder_once(tmp_path: Path) -> None:
    words = (*REPORT, "--papers", papers(tmp_path), "--out", "here")
    shown = on_a_terminal(*words[:-1], tmp_path / "here", home=tmp_path / "home")
    assert "━━━" in shown
    assert "2 of 2" in shown
    assert "\x1b[?25h" in shown  # the cursor is back
    assert "done in" not in shown
    assert shown.count(str(tmp_path / "here")) == 1
    after = shown[shown.rindex("\x1b[?25h") :]
    assert after.count("\n") <= 24
    assert "answered" in after


def test_quiet_on_a_terminal_shows_the_folder_alone(tmp_path: Path) -> None:
    shown = on_a_terminal(
        *REPORT, "--quiet", "--papers", papers(tmp_path), "--out", tmp_path / "here", home=tmp_path / "home"
    )
    assert shown == f"{tmp_path / 'here'}\r\n"


def test_data_printed_on_the_way_is_not_mixed_with_bars(tmp_path: Path) -> None:
    shown = on_a_terminal("read", papers(tmp_path), home=tmp_path / "home")
    assert "━" not in shown
    assert "Intermediate training for PAWS-X" in shown
