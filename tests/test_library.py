"""What the library keeps, and what it says when it cannot."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

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
        "from synth import library\n"
        "class Killing(tuple):\n"
        "    def __iter__(self):\n"
        "        for n, statement in enumerate(tuple.__iter__(self)):\n"
        "            if n == int(sys.argv[2]):\n"
        "                os.kill(os.getpid(), signal.SIGKILL)\n"
        "            yield statement\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "library._VERSIONED = Killing(library._VERSIONED)\n"
        "library.Library(Path(sys.argv[1]))\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path), str(step)], check=False).returncode == -9
    with closing(sqlite3.connect(tmp_path / "library.sqlite")) as db:
        assert db.execute("SELECT COUNT(*) FROM added").fetchone() == (3,)
        assert [row[1] for row in db.execute("PRAGMA table_info(added)")] == ["id", "reading", "name"]
    library = Library(tmp_path)
    assert library.reason is None
    assert library.counts()["added"] == 3
