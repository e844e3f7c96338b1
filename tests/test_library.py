"""What the library keeps, and what it says when it cannot."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from commands import QUESTION, Done, papers, runner

from synth.errors import InputError
from synth.library import Library
from synth.records import Ids, Paper, ReadPaper


def reading(key: str) -> ReadPaper:
    paper = Paper(id=key, title=key, authors=(), year=None, ids=Ids(), abstract="One. Two.", source="t")
    return ReadPaper(paper=paper, tier="abstract", text="One. Two.", sections=())


def test_vectors_come_back_as_they_were(tmp_path: Path) -> None:
    library = Library(tmp_path)
    vectors = {f"{n:03}": np.full(4, n, dtype=np.float32) for n in range(1200)}
    library.vectors("m").put_many(vectors)
    library.close()
    again = Library(tmp_path).vectors("m").get_many([*vectors, "absent"])
    assert set(again) == set(vectors)
    assert (again["007"] == vectors["007"]).all()


def test_vectors_of_another_model_are_not_taken(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.vectors("m").put_many({"k": np.zeros(2, dtype=np.float32)})
    assert library.vectors("other").get_many(["k"]) == {}


def test_added_papers_are_listed_once_and_removed(tmp_path: Path) -> None:
    library = Library(tmp_path)
    assert library.add([reading("b"), reading("a")], "x") == 2
    assert library.add([reading("a")], "x") == 0
    assert [r.paper.id for r in library.added()] == ["a", "b"]
    assert library.remove("a")
    assert not library.remove("a")
    assert library.counts() == {"vectors": 0, "readings": 0, "added": 1}
    assert library.check() == []


def test_a_folder_that_cannot_be_used_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    library = Library(blocked / "library")
    assert library.reason is not None
    with pytest.raises(InputError, match="nothing was added"):
        library.add([reading("a")], "x")
    assert "nothing is kept" in library.reason
    library.keep_reading("k", reading("a"))
    assert library.reading("k") == reading("a")


def test_a_file_that_is_no_library_is_said(tmp_path: Path) -> None:
    (tmp_path / "library.sqlite").write_bytes(b"this is not a database, but it is long enough to look at" * 20)
    assert "cannot be used" in (Library(tmp_path).reason or "")


def test_a_write_that_fails_is_counted_and_adding_says_so(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library._db.execute("PRAGMA query_only = ON")
    library.keep_reading("k", reading("a"))
    assert library.unsaved == 1
    with pytest.raises(InputError, match="cannot be written"):
        library.add([reading("a")], "x")


def test_two_processes_at_once_and_a_kill_lose_nothing_that_was_stored(tmp_path: Path) -> None:
    script = (
        "import sys, os, signal, numpy as np\n"
        "from pathlib import Path\n"
        "from synth.library import Library\n"
        "v = Library(Path(sys.argv[1])).vectors('m')\n"
        "for n in range(40):\n"
        "    v.put_many({f'{sys.argv[2]}-{n}': np.ones(8, dtype=np.float32)})\n"
        "    print(n, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name], stdout=subprocess.PIPE) for name in "ab"
    ]
    said = [len(run.communicate()[0].split()) for run in runs]
    assert said == [40, 40]
    keys = [f"{name}-{n}" for name in "ab" for n in range(40)]
    assert len(Library(tmp_path).vectors("m").get_many(keys)) == 80


# --- versions of one paper -------------------------------------------------------------------------------------

OLD = "CREATE TABLE added (id TEXT PRIMARY KEY, reading TEXT NOT NULL, name TEXT NOT NULL)"


def version_of(key: str, version: str | None) -> ReadPaper:
    made = reading(key)
    return made.model_copy(update={"paper": made.paper.model_copy(update={"version": version})})


def names(library: Library) -> list[tuple[str, str | None]]:
    return [(r.paper.id, r.paper.version) for r in library.added()]


def test_versions_of_one_paper_are_kept_side_by_side(tmp_path: Path) -> None:
    library = Library(tmp_path)
    assert library.add([version_of("a", v) for v in ("v10", "v2", "v1")], "x") == 3
    assert library.add([version_of("a", "v2")], "y") == 0
    assert library.add([version_of("a", None)], "y") == 1
    library.close()
    assert names(Library(tmp_path)) == [("a", None), ("a", "v1"), ("a", "v2"), ("a", "v10")]


@pytest.mark.parametrize(
    ("word", "left"),
    [
        ("a", [("b", "v1"), ("cv1", None)]),
        ("av1", [("a", "v2"), ("b", "v1"), ("cv1", None)]),
        ("av3", [("a", "v1"), ("a", "v2"), ("b", "v1"), ("cv1", None)]),
        ("cv1", [("a", "v1"), ("a", "v2"), ("b", "v1")]),
        ("v1", [("a", "v1"), ("a", "v2"), ("b", "v1"), ("cv1", None)]),
    ],
)
def test_one_version_or_all_are_removed(word: str, left: list[tuple[str, str | None]]) -> None:
    library = Library(None)
    library.add([version_of("a", "v1"), version_of("a", "v2"), version_of("b", "v1"), version_of("cv1", None)], "x")
    assert library.remove(word) == 4 - len(left)
    assert names(library) == left


def old_library(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "library.sqlite")) as db, db:
        db.execute(OLD)
        rows = [("a", version_of("a", "v2").model_dump_json(), "x"), ("b", reading("b").model_dump_json(), "x")]
        db.executemany("INSERT INTO added VALUES (?, ?, ?)", [*rows, ("c", "{broken", "x")])


def test_an_older_library_keeps_its_papers(tmp_path: Path) -> None:
    old_library(tmp_path)
    library = Library(tmp_path)
    assert library.reason is None
    assert library.check() == ["c: stored in a shape this version cannot read; remove it and add it again"]
    assert library.remove("c")
    assert library.add([version_of("a", "v1")], "x") == 1
    assert names(library) == [("a", "v1"), ("a", "v2"), ("b", None)]
    library.close()
    assert names(Library(tmp_path)) == [("a", "v1"), ("a", "v2"), ("b", None)]


def test_two_processes_bring_an_older_library_up_to_date_at_once(tmp_path: Path) -> None:
    old_library(tmp_path)
    script = "import sys\nfrom pathlib import Path\nfrom synth.library import Library\nl = Library(Path(sys.argv[1]))\n"
    script += "print(l.reason, l.counts()['added'])\n"
    runs = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [run.communicate()[0] for run in runs] == ["None 3\n"] * 3


@pytest.mark.parametrize("step", range(5))
def test_a_kill_in_the_middle_leaves_the_old_library_whole(tmp_path: Path, step: int) -> None:
    old_library(tmp_path)
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from synth import keeping, library\n"
        "class Killing(tuple):\n"
        "    def __iter__(self):\n"
        "        for n, statement in enumerate(tuple.__iter__(self)):\n"
        "            if n == int(sys.argv[2]):\n"
        "                os.kill(os.getpid(), signal.SIGKILL)\n"
        "            yield statement\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "keeping._VERSIONED = Killing(keeping._VERSIONED)\n"
        "library.Library(Path(sys.argv[1]))\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path), str(step)], check=False).returncode == -9
    with closing(sqlite3.connect(tmp_path / "library.sqlite")) as db:
        assert db.execute("SELECT COUNT(*) FROM added").fetchone() == (3,)
        assert [row[1] for row in db.execute("PRAGMA table_info(added)")] == ["id", "reading", "name"]
    library = Library(tmp_path)
    assert library.reason is None
    assert library.counts()["added"] == 3


# --- damage and full disks ----------------------------------------------------------------------------------------


def test_a_damaged_paper_is_left_out_and_named(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add([reading("a"), reading("b"), reading("c")], "x")
    library._write("UPDATE added SET reading = ? WHERE id = ?", [("{broken", "a"), ('{"paper": {"id": 7}}', "b")])
    assert [paper.id for paper in library.papers()] == ["c"]
    assert names(library) == [("c", None)]
    assert [problem.split(":")[0] for problem in library.check()] == ["a", "b"]
    with pytest.raises(InputError, match="a: damaged in the library"):
        library.text(reading("a").paper)
    with pytest.raises(InputError, match="zz: not in the library any more"):
        library.text(reading("zz").paper)


def test_papers_and_texts_are_those_of_the_readings(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add([version_of("a", v) for v in ("v10", "v2", None)], "x")
    assert library.papers() == tuple(one.paper for one in library.added())
    assert [library.text(paper) for paper in library.papers()] == list(library.added())


def test_vectors_of_two_lengths_and_broken_readings_are_named(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.keep_reading("key", reading("a"))
    library.vectors("m").put_many({"k": np.zeros(4, dtype=np.float32), "j": np.zeros(4, dtype=np.float32)})
    assert library.check() == []
    library._write("UPDATE readings SET paper = ?", [("{",)])
    library._write("UPDATE vectors SET vector = ? WHERE key = 'j'", [(b"123",)])
    assert library.reading("key") is None
    assert library.check() == [
        "reading key: damaged; it will be read again",
        "vectors of m: from 3 to 16 bytes, where all are of one length",
    ]


def test_pages_that_are_overwritten_are_named_and_stop_nothing(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.vectors("m").put_many({f"{n:04}": np.full(64, n, dtype=np.float32) for n in range(2000)})
    library.close()
    file = tmp_path / "library.sqlite"
    whole = file.read_bytes()
    file.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    library = Library(tmp_path)
    assert library.check() != []
    library.vectors("m").get_many(["0001"])  # found or not: no question stops here
    library.keep_reading("k", reading("a"))
    assert library.papers() == ()


def test_what_cannot_be_removed_is_told(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add([reading("a")], "x")
    library._db.execute("PRAGMA query_only = ON")
    with pytest.raises(InputError, match="nothing was removed"):
        library.remove("a")


def test_a_full_disk_is_one_line_and_nothing_stored_is_lost(tmp_path: Path) -> None:
    """No file of the process may grow beyond a megabyte, which SQLite meets as it meets a full disk."""
    library = Library(tmp_path / "home")
    library.add([reading("a"), reading("b")], "x")
    library.vectors("m").put_many({"k": np.ones(4, dtype=np.float32)})
    library.close()
    papers(tmp_path, [{"id": f"p{n}", "title": f"T {n}", "abstract": "Long words. " * 90} for n in range(1500)])
    script = (
        "import resource, sys\nresource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
        "from synth.cli import main\nmain(['library', 'add', '--quiet', sys.argv[1]])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "papers.jsonl")],
        env={**os.environ, "SYNTH_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("synth: the library cannot be written")
    assert len(done.stderr.splitlines()) == 1
    library = Library(tmp_path / "home")
    assert [paper.id for paper in library.papers()] == ["a", "b"]
    assert set(library.vectors("m").get_many(["k"])) == {"k"}
    assert library.check() == []


def test_processes_that_open_a_new_library_at_once_all_have_it(tmp_path: Path) -> None:
    """SQLite's timeout does not cover the first change to a log of writes: without turns some had no library."""
    script = (
        "import sys, time\nfrom pathlib import Path\n"
        "from test_library import reading\nfrom synth.library import Library\n"
        "print('ready', flush=True)\nstart = float(sys.stdin.readline())\n"
        "for n in range(25):\n"
        "    time.sleep(max(0, start + n / 20 - time.time()))\n"
        "    library = Library(Path(sys.argv[1]) / str(n))\n"
        "    library.add([reading(sys.argv[2])], 'x')\n"
    )
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=paths,
        )
        for name in "abcd"
    ]
    for run in runs:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
    start = f"{time.time() + 0.2}\n"
    ends = [threading.Thread(target=run.communicate, args=(start,)) for run in runs]
    for end in ends:
        end.start()
    for end in ends:
        end.join()
    assert [run.returncode for run in runs] == [0] * 4
    for n in range(25):
        assert [paper.id for paper in Library(tmp_path / str(n)).papers()] == list("abcd")


@pytest.mark.slow
def test_ten_kills_at_any_moment_lose_no_paper_that_was_said_to_be_stored(tmp_path: Path) -> None:
    """Two processes add papers one by one and say so; one is killed ten times, a little later each time."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom test_library import reading\nfrom synth.library import Library\n"
        "library = Library(Path(sys.argv[1]))\n"
        "for n in range(int(sys.argv[3])):\n"
        "    library.add([reading(f'{sys.argv[2]}-{n}')], 'x')\n    print(f'{sys.argv[2]}-{n}', flush=True)\n"
    )

    def adding(name: str, count: int) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", script, str(tmp_path), name, str(count)]
        paths = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
        return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=paths)

    other = adding("other", 300)
    said = []
    for kill in range(10):
        run = adding(f"killed{kill}", 10_000)
        assert run.stdout is not None
        said.append(run.stdout.readline())
        time.sleep(0.013 * kill)
        run.kill()
        said += run.communicate()[0].splitlines(keepends=True)
    said += other.communicate()[0].splitlines(keepends=True)
    library = Library(tmp_path)
    assert library.check() == []
    whole = {line.strip() for line in said if line.endswith("\n")}
    assert len(whole) > 310
    assert whole <= {paper.id for paper in library.papers()}


# --- the commands ---------------------------------------------------------------------------------------------------


@pytest.fixture
def synth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SYNTH_LIBRARY_URL", raising=False)
    return runner(capsys)


def test_versions_are_listed_and_removed_by_name(synth: Callable[..., Done]) -> None:
    synth("library", "add", "2005.13013v1", "2005.13013v2")
    listed = [line.split()[:3] for line in synth("library", "list").out.splitlines()]
    assert listed == [["arxiv:2005.13013", "v1", "2020"], ["arxiv:2005.13013", "v2", "2020"]]
    assert 'did you mean "arxiv:2005.13013v2"?' in synth("library", "remove", "arxiv:2005.13013v3").err
    assert synth("library", "remove", "arxiv:2005.13013v1").out == "removed arxiv:2005.13013v1\n"
    assert [line.split()[1] for line in synth("library", "list").out.splitlines()] == ["v2"]
    synth("library", "add", "2005.13013v1")
    assert synth("library", "remove", "arxiv:2005.13013").out == "removed arxiv:2005.13013, 2 versions\n"


def test_files_are_indexed_once(synth: Callable[..., Done], tmp_path: Path) -> None:
    file = papers(tmp_path)
    first = synth("library", "index", "--papers", file)
    assert (first.code, first.out) == (0, "2 papers, 2 texts embedded now\n")
    assert "index local: 2 done" in first.err
    again = synth("library", "index", "--papers", file, "--quiet")
    assert (again.code, again.out, again.err) == (0, "2 papers, 0 texts embedded now\n", "")


def test_check_names_what_is_damaged(synth: Callable[..., Done], tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    library.add([reading("a")], "x")
    library._write("UPDATE added SET reading = ?", [("{",)])
    library.close()
    done = synth("library", "check")
    assert (done.code, done.out.splitlines()[0]) == (1, "0 vectors, 0 readings, 1 added")
    assert done.out.splitlines()[1].startswith("a: stored in a shape")


def test_what_is_no_address_of_a_server_is_the_inputs_fault(synth: Callable[..., Done]) -> None:
    done = synth("library", "index", "--library-url", "group/vectors")
    assert (done.code, done.out) == (2, "")
    assert "write it as http://host:8000" in done.err


SHARING = {
    "report": ("report", "--question", QUESTION, "--offline", "--format", "json", "--quiet"),
    "report again": ("report", "--from-manifest", "manifest.json"),
    "search": ("search", QUESTION, "--offline"),
    "search a file": ("search", "--queries", "papers.jsonl", "--corpus", "papers.jsonl", "--run", "run.trec"),
    "verify": ("verify", "Intermediate training improves PAWS-X accuracy.", "--papers", "papers.jsonl"),
    "verify a file": ("verify", "--claims", "papers.jsonl", "--corpus", "papers.jsonl", "--out", "said.jsonl"),
    "index": ("library", "index", "--papers", "papers.jsonl"),
}


@pytest.mark.parametrize("name", SHARING)
def test_every_command_that_embeds_takes_the_server_of_a_group(
    synth: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    papers(tmp_path)
    monkeypatch.setenv("SYNTH_LIBRARY_URL", "http://of-the-environment:8000")
    done = synth(*SHARING[name], "--library-url", "group/vectors")  # what is named comes before the environment
    assert (done.code, done.out) == (2, "")
    assert done.err == "synth: --library-url group/vectors: not the address of a server; write it as http://host:8000\n"


def test_a_group_whose_server_is_away_costs_a_line_and_no_answer(
    synth: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("chromadb")
    monkeypatch.chdir(tmp_path)
    with socket.socket() as taken:  # nobody answers at an address that is bound and not listened to
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = synth("search", QUESTION, "--papers", papers(tmp_path), "--offline", "--library-url", url)
    assert done.code == 0
    assert "Intermediate training for PAWS-X" in done.out
    assert done.err.count(f"--library-url {url}: the server cannot be used") == 1
