"""Many questions: what is asked, what is asked again, what a dead worker costs, and the table over them all."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import QUESTION, Done, papers, runner, start

from synth import batch
from synth.batch import Asked, Options, Row
from synth.errors import InputError
from synth.run import Request

Run = Callable[..., Done]
OTHER = "Do plums transfer to pears?"


@pytest.fixture
def synth(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return runner(capsys)


def file(folder: Path, *lines: str) -> Path:
    made = folder / "questions.txt"
    made.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return made


def options(folder: Path) -> Options:
    return Options(Request("", offline=True), folder / "home", "2026-03-01")


# --- the questions ------------------------------------------------------------------------------------------------


def test_questions_are_lines_without_blanks_remarks_and_doubles(tmp_path: Path) -> None:
    made = file(tmp_path, "\ufeff# a remark", "", "  Is A  B? ", "Is A B?", "Is C D?")
    assert batch.questions(made) == [Asked(1, "Is A B?", "is-a-b"), Asked(2, "Is C D?", "is-c-d")]


def test_questions_with_one_slug_have_folders_of_their_own_in_any_order(tmp_path: Path) -> None:
    one = {a.question: a.folder for a in batch.questions(file(tmp_path, "Is A B?", "Is A B!"))}
    two = {a.question: a.folder for a in batch.questions(file(tmp_path, "Is A B!", "Is C?", "Is A B?"))}
    assert len(set(one.values())) == 2
    assert one.items() <= two.items()


@pytest.mark.parametrize("hostile", ["../../etc/passwd", "/etc/passwd", "..", "a/../../b", "C:\\x", "~/x", "\x00"])
def test_a_question_is_never_a_path(tmp_path: Path, hostile: str) -> None:
    (asked,) = batch.questions(file(tmp_path, hostile))
    assert Path(asked.folder).name == asked.folder
    assert asked.folder not in ("", ".", "..")


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "holds no question"), (b"# only a remark\n", "holds no question"), (b"\xff\xfe", "no UTF-8 text")],
)
def test_a_file_without_questions_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "q.txt").write_bytes(content)
    with pytest.raises(InputError, match=message):
        batch.questions(tmp_path / "q.txt")
    with pytest.raises(InputError, match="cannot be read"):
        batch.questions(tmp_path / "nowhere.txt")


# --- workers: asked by functions of this module, sent to other processes by name -------------------------------------


def work(asked: Asked, out: Path, given: Options, left: float | None) -> Row:
    """What the question says is done."""
    if asked.question == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if asked.question == "fault":
        raise ValueError("two\nlines")
    if asked.question == "input":
        raise InputError("the file is not there")
    if asked.question == "memory":
        raise MemoryError
    if asked.question == "slow":
        time.sleep(2)
    return Row(asked.number, asked.question, asked.folder, "done", f"{left is None}", "answered", 1, {"supported": 1})


def asked(*words: str) -> list[Asked]:
    return [Asked(n, word, word) for n, word in enumerate(words, 1)]


def test_one_failed_question_never_stops_the_rest(tmp_path: Path) -> None:
    heard: list[Row] = []
    words = ("a", "die", "fault", "b", "input", "memory", "die ", "c")
    rows = batch.batch(asked(*words), tmp_path, options(tmp_path), jobs=2, told=heard.append, work=work)
    assert [(row.number, row.state) for row in rows] == [
        (1, "done"), (2, "failed"), (3, "failed"), (4, "done"), (5, "failed"), (6, "failed"), (7, "done"), (8, "done"),
    ]  # fmt: skip
    assert [row.reason for row in rows if row.state == "failed"] == [
        "its process ended with -9 before it was answered", "a fault in this program (ValueError: two)",
        "the file is not there", "there was not enough memory for it",
    ]  # fmt: skip
    assert sorted(row.number for row in heard) == list(range(1, 9))


def test_when_the_time_is_out_the_rest_is_not_asked(tmp_path: Path) -> None:
    rows = batch.batch(asked("slow", "a", "b"), tmp_path, options(tmp_path), jobs=1, budget=1.0, work=work)
    assert [row.state for row in rows] == ["done", "not_asked", "not_asked"]
    assert [row.reason for row in rows] == ["False", *["the time of the batch ran out"] * 2]


def test_without_questions_no_process_is_started(tmp_path: Path) -> None:
    assert batch.batch([], tmp_path, options(tmp_path), jobs=4, work=work) == []


# --- the table --------------------------------------------------------------------------------------------------------


def test_the_table_and_the_index_hold_text_as_text(tmp_path: Path) -> None:
    bad = '=HYPERLINK("x")<script>alert(1)</script>'
    rows = [
        Row(1, bad, "f-1", "done", "", "answered", 3, {"supported": 2, "refuted": 1}, 6.4),
        Row(2, "Is it so?", "f 2/..", "failed", "+1 <b>bad</b>"),
    ]
    files = batch.write(rows, tmp_path)
    assert [path.name for path in files] == ["batch.jsonl", "batch.csv", "index.html"]
    lines = [json.loads(line) for line in files[0].read_text().splitlines()]
    assert (lines[0]["claims"], lines[1]["papers"]) == ({"supported": 2, "refuted": 1}, None)
    cells = list(csv.DictReader(io.StringIO(files[1].read_text())))
    assert cells[0]["question"] == f"'{bad}"
    assert (cells[0]["supported"], cells[0]["conflicting"], cells[0]["score"]) == ("2", "0", "6.4")
    assert (cells[1]["reason"], cells[1]["supported"], cells[1]["papers"]) == ("'+1 <b>bad</b>", "", "")
    page = files[2].read_text()
    assert "<script" not in page
    assert "<b>bad</b>" not in page
    assert 'href="f-1/report.html"' in page
    assert page.count("<a href=") == 1  # no link to a report that is not there
    assert "default-src &#39;none&#39;" in page


# --- whole ------------------------------------------------------------------------------------------------------------


def test_a_batch_is_asked_once_and_goes_on(synth: Run, tmp_path: Path) -> None:
    words = ("batch", file(tmp_path, QUESTION, OTHER), "--out", "out", "--offline", "--papers", papers(tmp_path))
    first = synth(*words, "--jobs", 1, "--format", "json")
    assert (first.code, first.out) == (0, "out\n")
    assert "2 done of 2 questions" in first.err
    here = Path("out/does-intermediate-training-help-paws-x")
    before = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    assert here / "report.json" in before
    assert synth(*words, "--jobs", 1, "--format", "json").code == 0
    assert {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()} == before

    whole = (here / "report.json").read_bytes()
    (here / "manifest.json").unlink()  # a kill before the last file: asked again, the other is not
    assert synth(*words, "--jobs", 1, "--format", "json").code == 0
    assert (here / "report.json").read_bytes() == whole
    rows = [json.loads(line) for line in Path("out/batch.jsonl").read_text().splitlines()]
    assert [(row["state"], row["question"]) for row in rows] == [("done", QUESTION), ("done", OTHER)]

    single = synth("report", "--question", QUESTION, "--offline", "--papers", papers(tmp_path), "--out", "alone",
                   "--format", "json")  # fmt: skip
    assert single.code == 0
    assert Path("alone/report.json").read_bytes() == whole


def test_changed_papers_are_asked_again(synth: Run, tmp_path: Path) -> None:
    made = papers(tmp_path)
    words = ("batch", file(tmp_path, QUESTION), "--out", "out", "--offline", "--papers", made, "--jobs", 1)
    assert synth(*words, "--format", "json").code == 0
    (one,) = batch.questions(tmp_path / "questions.txt")
    given = Options(Request("", papers=(made,), offline=True, formats=("json",)), tmp_path / "home", "2026-03-01")
    assert batch.finished(one, Path("out"), given) is not None
    assert batch.finished(one, Path("out"), given._replace(request=given.request._replace(max_papers=3))) is None
    made.write_text(made.read_text() + "\n")
    assert batch.finished(one, Path("out"), given) is None


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--format", "htm"), 'did you mean "html"'),
        (("--source", "arxvi"), 'did you mean "arxiv"'),
        (("--backend", "rya"), 'did you mean "ray"'),
        (("--address", "here:1"), "goes with --backend ray"),
        (("--papers", "nowhere.jsonl"), "nowhere.jsonl"),
        (("--jobs", 0), "--jobs: 0 is less than 1"),
        (("--budget", 0), "--budget: 0 is no number"),
        (("--max-papers", 0), "--max-papers: 0 is less than 1"),
    ],
)
def test_what_is_at_fault_in_all_questions_is_told_once(
    synth: Run, tmp_path: Path, more: tuple[object, ...], message: str
) -> None:
    done = synth("batch", file(tmp_path, QUESTION, OTHER), "--out", "out", "--offline", *more)
    assert (done.code, done.out) == (2, "")
    assert message in done.err.splitlines()[-1]
    assert not Path("out").exists()


def test_a_killed_batch_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed with its workers after the first report; what was finished is not asked again."""
    words = ("batch", file(tmp_path, QUESTION, OTHER, "Is it so?"), "--out", tmp_path / "out", "--offline", "--papers",
             papers(tmp_path), "--jobs", 1, "--format", "json")  # fmt: skip
    first = start(*words, home=tmp_path / "home", start_new_session=True)
    seen = tmp_path / "out" / "does-intermediate-training-help-paws-x" / "manifest.json"
    waited = time.monotonic()
    while not seen.exists() and first.poll() is None and time.monotonic() - waited < 120:
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    kept = seen.stat().st_mtime_ns
    done = subprocess.run(
        first.args, env={**os.environ, "SYNTH_HOME": str(tmp_path / "home")}, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert seen.stat().st_mtime_ns == kept
    assert "3 done of 3 questions" in done.stderr
    assert not list((tmp_path / "out").rglob("*.tmp"))
