"""Stores of vectors: each of them does the same, a group's store may fail, and Chroma's answers are not taken on trust.

The tests of Chroma itself run where it is installed (the extra `chroma`); its class is tested everywhere, on a
collection written here.
"""

from __future__ import annotations

import multiprocessing
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synth import chroma
from synth.errors import InputError
from synth.library import Library
from synth.vectors import Nearest, Shared, Vectors

WITHOUT = pytest.mark.skipif(not chroma.installed(), reason="the extra chroma is not installed")
# A few warnings of Chroma's own libraries are no business of this project's.
QUIET = pytest.mark.filterwarnings("ignore")


def unit(*numbers: float) -> np.ndarray:
    row = np.array(numbers, np.float32)
    return row / np.float32(np.linalg.norm(row))


class Collection:
    """As much of a collection of Chroma as this project uses."""

    def __init__(self) -> None:
        self.kept: dict[str, np.ndarray] = {}

    def upsert(self, ids: Sequence[str], embeddings: np.ndarray) -> None:
        assert len(set(ids)) == len(ids) == len(embeddings) <= 1000
        self.kept |= dict(zip(ids, embeddings, strict=True))

    def get(self, ids: Sequence[str] | None = None, limit: int | None = None, include: Sequence[str] = ()) -> Any:
        assert ids is None or len(set(ids)) == len(ids)
        found = [key for key in self.kept if ids is None or key in ids][:limit]
        rows = np.array([self.kept[key] for key in found], np.float64) if "embeddings" in include else None
        return {"ids": found, "embeddings": rows}

    def query(self, query_embeddings: np.ndarray, n_results: int, include: Sequence[str]) -> Any:
        assert list(include) == ["distances"]
        far = sorted((1 - float(row @ query_embeddings[0]), key) for key, row in self.kept.items())[:n_results]
        return {"ids": [[key for _, key in far]], "distances": [[distance for distance, _ in far]]}

    def count(self) -> int:
        return len(self.kept)

    def delete(self, ids: Sequence[str]) -> None:
        for key in ids:
            del self.kept[key]


def written_here() -> chroma.Opening:
    collections: dict[str, Collection] = {}

    @contextmanager
    def opening(name: str, *, writes: bool = False) -> Iterator[Collection]:
        yield collections.setdefault(name, Collection())

    return opening


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Chroma server of our own, in a process of its own; gives its address."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = Path(sys.executable).parent / "chroma"
    words = [str(program), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder) as running:
        try:
            for _ in range(300):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


Store = Callable[[str], Nearest]

STORES = [
    "rows",
    "chroma, written here",
    pytest.param("chroma in a folder", marks=[WITHOUT, QUIET, pytest.mark.slow]),
    pytest.param("chroma on a server", marks=[WITHOUT, QUIET, pytest.mark.slow]),
]


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Gives the store of a space."""
    # The server lives longer than a test: each has spaces of its own there.
    name = request.node.name
    if request.param == "rows":
        library = Library(tmp_path)
        # Spaces of the library's own file, as `neighbours` gives them where Chroma is not installed.
        from synth.vectors import Rows

        yield lambda space: Rows(library._read, library._write, space)
    elif request.param == "chroma, written here":
        opening = written_here()
        yield lambda space: chroma.Chroma(opening, space)
    elif request.param == "chroma in a folder":
        yield lambda space: chroma.Chroma(chroma.in_folder(tmp_path / "chroma"), space)
    else:
        with closing(chroma.Server(request.getfixturevalue("server"))) as ours:
            yield lambda space: chroma.Chroma(ours, f"{name} {space}")


every_store = pytest.mark.parametrize("store", STORES, indirect=True)


@every_store
def test_vectors_come_back_to_the_last_bit(store: Store) -> None:
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((1203, 7)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    kept = store("m")
    kept.put_many({f"m:{n}": row for n, row in enumerate(rows)})
    found = kept.get_many([*(f"m:{n}" for n in range(1203)), "absent", "m:7"])
    assert set(found) == {f"m:{n}" for n in range(1203)}
    assert all(found[f"m:{n}"].tobytes() == row.tobytes() for n, row in enumerate(rows))
    assert kept.count() == 1203


@every_store
def test_spaces_are_apart_and_forgotten_one_by_one(store: Store) -> None:
    one, other = store("one"), store("the other/model@1 ü")
    one.put_many({"k": unit(1, 0)})
    other.put_many({"k": unit(0, 1, 0)})  # of another dimension
    assert one.get_many(["k"])["k"].tolist() == [1, 0]
    one.clear()
    assert (one.count(), one.get_many(["k"]), other.count()) == (0, {}, 1)


@every_store
def test_what_is_there_is_replaced(store: Store) -> None:
    kept = store("m")
    kept.put_many({"k": unit(1, 0)})
    kept.put_many({"k": unit(0, 1)})
    assert kept.get_many(["k"])["k"].tolist() == [0, 1]
    assert kept.count() == 1


@every_store
def test_nothing_asked_and_nothing_kept(store: Store) -> None:
    kept = store("m")
    kept.put_many({})
    assert kept.get_many([]) == {}
    assert kept.get_many(["k"]) == {}
    assert kept.nearest(unit(1, 0), 5) == []
    assert kept.count() == 0


@every_store
def test_the_nearest_come_first_and_equal_ones_by_key(store: Store) -> None:
    kept = store("m")
    kept.put_many({"c": unit(1, 1), "a": unit(0, 1), "b": unit(1, 0), "d": unit(1, 1), "e": unit(-1, 0)})
    assert kept.nearest(unit(1, 0), 3) == [("b", 1.0), ("c", 0.707107), ("d", 0.707107)]
    assert [key for key, _ in kept.nearest(unit(1, 0), 99)] == ["b", "c", "d", "a", "e"]
    assert kept.nearest(unit(1, 0), 0) == []


def test_rows_of_another_length_are_no_neighbours(tmp_path: Path) -> None:
    library = Library(tmp_path)
    rows = library.vectors("m")
    rows.put_many({"a": unit(1, 0), "b": unit(1, 0, 0)})
    library._write("INSERT INTO vectors VALUES ('m', 'c', ?)", [(b"odd",)])
    assert rows.nearest(unit(1, 0), 9) == [("a", 1.0)]  # type: ignore[attr-defined]
    assert set(rows.get_many(["a", "b", "c"])) == {"a", "b"}


def test_a_large_space_is_compared_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from synth import vectors

    monkeypatch.setattr(vectors, "_BLOCK", 10)
    rows = Library(tmp_path).vectors("m")
    rows.put_many({f"{n:03}": unit(n, 1) for n in range(57)})
    found = rows.nearest(unit(1, 0), 4)  # type: ignore[attr-defined]
    assert [key for key, _ in found] == ["056", "055", "054", "053"]


# --- a group's store --------------------------------------------------------------------------------------------


class Broken:
    """A group's store that counts how often it is asked and always fails."""

    def __init__(self) -> None:
        self.asked = 0

    def get_many(self, keys: Sequence[str]) -> Mapping[str, np.ndarray]:
        self.asked += 1
        raise InputError("the server is away")

    def put_many(self, vectors: Mapping[str, np.ndarray]) -> None:
        self.asked += 1
        raise InputError("the server is away")


def memory() -> Vectors:
    return Library(None).vectors("m")


def test_what_one_member_embedded_the_other_does_not() -> None:
    group = chroma.Chroma(written_here(), "m")
    first, second = memory(), memory()
    Shared(first, group, pytest.fail).put_many({"k": unit(3, 4)})
    lent = Shared(second, group, pytest.fail).get_many(["k", "absent"])
    assert lent["k"].tobytes() == unit(3, 4).tobytes()
    assert set(second.get_many(["k"])) == {"k"}  # the next time the server is not asked
    assert set(first.get_many(["k"])) == {"k"}


def test_a_server_that_is_away_is_told_once_and_left_alone() -> None:
    told: list[str] = []
    group = Broken()
    own = memory()
    shared = Shared(own, group, told.append)
    assert shared.get_many(["k"]) == {}
    shared.put_many({"k": unit(1, 0)})
    assert set(shared.get_many(["k", "j"])) == {"k"}
    assert (group.asked, told) == (1, ["the server is away; going on with the vectors kept here"])


@pytest.mark.parametrize("row", [(0.0, 0.0), (3.0, 4.0), (float("nan"), 1.0), (float("inf"), 0.0)])
def test_what_is_no_vector_is_not_taken_from_a_server(row: tuple[float, float]) -> None:
    opening = written_here()
    kept = chroma.Chroma(opening, "m")
    kept.put_many({"good": unit(1, 1), "bad": np.array(row, np.float32)})
    assert set(kept.get_many(["good", "bad"])) == {"good"}


@pytest.mark.parametrize(
    "url",
    [
        "", "host:8000", "ftp://host", "http://", "http://host:x", "http://host:99999", "http://host/path",
        "http://host?q=1", "http://name:secret@host",
    ],
)  # fmt: skip
def test_what_is_no_address_is_told_before_anything_is_asked(url: str) -> None:
    with pytest.raises(InputError, match="--library-url"):
        Library(None).share(url)


@pytest.mark.parametrize("url", ["http://host", "https://host:443/", "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_addresses_of_servers(url: str) -> None:
    Library(None).share(url)


def test_without_chroma_a_server_is_told_to_need_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "chromadb", None)
    library = Library(None)
    library.share("http://127.0.0.1:9")
    vectors = library.vectors("m")
    vectors.put_many({"k": unit(1, 0)})
    assert set(vectors.get_many(["k"])) == {"k"}
    assert "pip install" in (library.reason or "")


# --- Chroma itself ----------------------------------------------------------------------------------------------


@WITHOUT
@QUIET
@pytest.mark.slow
def test_a_server_nobody_runs_is_told_and_the_work_goes_on() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    library = Library(None)
    library.share(f"http://127.0.0.1:{port}")
    vectors = library.vectors("m")
    vectors.put_many({"k": unit(1, 0)})
    assert set(vectors.get_many(["k"])) == {"k"}
    assert "cannot be used" in (library.reason or "")
    assert "\n" not in (library.reason or "")


@WITHOUT
@QUIET
@pytest.mark.slow
def test_two_libraries_share_a_server(server: str, tmp_path: Path) -> None:
    one, two = Library(tmp_path / "one"), Library(tmp_path / "two")
    for library in (one, two):
        library.share(server)
    one.vectors("shared").put_many({"k": unit(3, 4)})
    assert two.vectors("shared").get_many(["k"])["k"].tobytes() == unit(3, 4).tobytes()
    two.share(None)
    assert set(two.vectors("shared").get_many(["k"])) == {"k"}  # kept here by now
    assert (one.reason, two.reason) == (None, None)
    one.close()


def _writes(folder: Path, name: str, rounds: int) -> None:
    kept = chroma.Chroma(chroma.in_folder(folder), "m")
    for n in range(rounds):
        kept.put_many({f"{name}-{n}-{i}": unit(1, n, i) for i in range(150)})


@WITHOUT
@QUIET
@pytest.mark.slow
def test_two_processes_on_one_folder_lose_nothing(tmp_path: Path) -> None:
    """150 times 10 each: more than the thousand after which Chroma writes its graph anew."""
    spawn = multiprocessing.get_context("spawn")
    runs = [spawn.Process(target=_writes, args=(tmp_path / "chroma", name, 10)) for name in "ab"]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [run.exitcode for run in runs] == [0, 0]
    kept = chroma.Chroma(chroma.in_folder(tmp_path / "chroma"), "m")
    wanted = {f"{name}-{n}-{i}": unit(1, n, i) for name in "ab" for n in range(10) for i in range(150)}
    found = kept.get_many(list(wanted))
    assert kept.count() == len(found) == 3000
    assert all(found[key].tobytes() == row.tobytes() for key, row in wanted.items())


@WITHOUT
@QUIET
@pytest.mark.slow
def test_a_folder_that_is_damaged_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"no database at all " * 100)
    with pytest.raises(InputError, match="Chroma cannot use it") as told:
        chroma.Chroma(chroma.in_folder(tmp_path / "chroma"), "m").count()
    assert "\n" not in str(told.value)


def test_a_folder_without_chroma_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "chromadb", None)
    with pytest.raises(InputError, match="pip install"):
        chroma.Chroma(chroma.in_folder(tmp_path), "m").count()
    assert list(tmp_path.iterdir()) == []
