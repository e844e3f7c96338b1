"""What is said while work goes on, and what is not."""

from __future__ import annotations

import io

import pytest

from synth.progress import Bar, Lines, Silent, choose


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Deaf(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds on the clock, to be moved by hand."""
    now = [100.0]
    monkeypatch.setattr("synth.progress.time.perf_counter", lambda: now[0])
    return now


def test_bars_for_a_terminal_lines_for_a_pipe_nothing_when_quiet() -> None:
    assert type(choose(False, Terminal())) is Bar
    assert type(choose(False, io.StringIO())) is Lines
    assert type(choose(True, Terminal())) is Silent


def test_one_line_for_each_stage_that_ended_well(clock: list[float]) -> None:
    said = io.StringIO()
    lines = Lines(said)
    lines.stage("read", 2)
    for _ in range(2):
        clock[0] += 0.75
        lines.step()
    lines.stage("answer")
    lines.say("a remark")
    lines.finish()
    lines.stage("render")
    lines.close()
    assert said.getvalue().splitlines() == [
        "synth: read: 2 done in 1.5 s",
        "synth: a remark",
        "synth: answer: done in 0.0 s",
    ]
    assert lines.seconds == {"read": 1.5, "answer": 0.0}


def test_a_long_stage_says_every_ten_seconds_how_far_it_is(clock: list[float]) -> None:
    said = io.StringIO()
    lines = Lines(said)
    lines.stage("verify", 300)
    for _ in range(26):
        clock[0] += 1.0
        lines.step()
    lines.stage("search")
    clock[0] += 12.0
    lines.step()
    assert said.getvalue().splitlines() == [
        "synth: verify: 10 of 300 after 10 s",
        "synth: verify: 20 of 300 after 20 s",
        "synth: verify: 26 done in 26.0 s",
        "synth: search: 1 after 12 s",
    ]


def test_time_in_one_stage_adds_up_where_it_comes_twice(clock: list[float]) -> None:
    silent = Silent()
    for name in ("read", "verify", "read"):
        silent.stage(name)
        clock[0] += 2.0
    silent.finish()
    assert silent.seconds == {"read": 4.0, "verify": 2.0}


def test_talk_that_nobody_hears_stops_no_work() -> None:
    lines = Lines(Deaf())
    lines.stage("read")
    lines.say("one")
    lines.finish()
    assert list(lines.seconds) == ["read"]


def test_a_bar_shows_names_and_counts_within_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    from rich.text import Text

    shown = Terminal()
    bar = Bar(shown)
    bar.stage("read", 3)
    bar.step()
    bar.stage("answer")
    bar.say("arXiv asks for a wait of [3] s :smile:")
    bar.finish()
    bar.close()
    plain = Text.from_ansi(shown.getvalue()).plain
    assert "read" in plain
    assert "1 of 3" in plain
    assert "synth: arXiv asks for a wait of [3] s :smile:" in plain
    assert max(len(line) for line in plain.splitlines()) <= 80
    assert "\x1b[?25h" in shown.getvalue()


def test_a_bar_that_was_never_started_can_be_closed() -> None:
    shown = Terminal()
    Bar(shown).close()
    assert shown.getvalue().strip() == ""
