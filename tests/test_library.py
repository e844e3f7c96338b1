"""What the library keeps, and what it says when it cannot."""

from __future__ import annotations

import subprocess
import sys
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
