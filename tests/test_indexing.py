"""What is read and embedded once is neither read nor embedded again, and what was laid is found by meaning."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from made import BagOfWords, reading

from synth import chroma, holdings, indexing, read, shelves
from synth.collect import Corpus
from synth.errors import InputError
from synth.library import Library
from synth.models.embedding import Embedder
from synth.progress import Silent
from synth.records import Paper
from synth.search import LexicalIndex, Near, paper_text, rank, vector_key
from synth.shelves import Shelf

FRUIT = ("pears", "plums", "figs", "dates", "limes", "medlars", "quinces")


class Counting(BagOfWords):
    """A bag of words that counts the texts it is given."""

    def __init__(self) -> None:
        self.texts = 0

    def encode(self, texts: Sequence[str], progress: object = None) -> np.ndarray:
        self.texts += len(texts)
        return super().encode(texts)


HAS_CHROMA = chroma.installed()


@pytest.fixture(autouse=True)
def no_chroma(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own file, whatever is installed, except where a test is about Chroma."""
    if "chroma" not in request.node.name:
        monkeypatch.setattr(chroma, "installed", lambda: False)


def many(folder: Path, count: int, name: str = "many.jsonl") -> Path:
    path = folder / name
    lines = (
        {"id": f"p{n}", "title": f"Paper {n} on {FRUIT[n % 7]}", "abstract": f"It holds item{n} and {FRUIT[n % 5]}."}
        for n in range(count)
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


# --- lists of papers ----------------------------------------------------------------------------------------------


def test_a_large_file_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = many(tmp_path, 1200)
    file.write_text(file.read_text("utf-8") + "no json\n", "utf-8")
    library = Library(tmp_path / "home")
    first = holdings.local([file], library)
    monkeypatch.setattr(read, "files", lambda *_: pytest.fail("parsed again"))
    again = holdings.local([file], Library(tmp_path / "home"))
    assert list(again.papers) == list(first.papers)
    assert len(again.papers) == 1200
    assert again.papers[7].id == again.papers[-1193].id == "p7"
    assert [p.id for p in again.papers[3:6]] == ["p3", "p4", "p5"]
    assert again.read(again.papers[7]).text == first.read(first.papers[7]).text
    assert [item.name for item in again.skipped] == [f"{file} line 1201"]
    with pytest.raises(IndexError):
        again.papers[1200]


def test_a_changed_file_is_parsed_anew_and_the_list_before_the_former_goes(tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    first, second, third = (holdings.local([many(tmp_path, count)], library).papers for count in (1100, 1050, 1020))
    assert (len(second), len(third)) == (1050, 1020)
    assert (second[3].id, third[3].id) == ("p3", "p3")
    with pytest.raises(InputError, match="ask again"):
        first[3]
    with pytest.raises(InputError, match="ask again"):
        list(first)
    assert library._read("SELECT COUNT(*) FROM shelved") == [(2070,)]


def test_a_list_that_is_torn_is_read_again(tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    file = many(tmp_path, 1100)
    holdings.local([file], library)
    library._write("DELETE FROM shelved WHERE place >= ?", [(900,)])
    assert library.check() == [f"the list of {file}: 900 of 1,100 papers; it will be read again"]
    assert len(holdings.local([file], library).papers) == 1100
    assert library.check() == []


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes_and_said(tmp_path: Path) -> None:
    whole = gzip.compress(many(tmp_path, 3000).read_bytes(), mtime=0)
    file = tmp_path / "torn.jsonl.gz"
    file.write_bytes(whole[: len(whole) * 3 // 4])
    library = Library(tmp_path / "home")
    for _ in range(2):
        corpus = holdings.local([file], library)
        assert 1000 < len(corpus.papers) < 3000
        assert "damaged" in corpus.skipped[-1].reason
    assert library.check() == []
    assert library._read("SELECT COUNT(*) FROM shelved") == [(0,)]


def test_a_small_file_is_not_kept_as_a_list(tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    assert not isinstance(holdings.local([many(tmp_path, 30)], library).papers, Shelf)


def test_a_search_reads_only_the_papers_it_looks_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(tmp_path / "home")
    file = many(tmp_path, 3000)
    first = holdings.local([file], library)
    assert first.lexical is not None
    first.lexical()
    corpus = holdings.local([file], library)
    parsed: list[Paper] = []
    whole = Paper.model_validate_json

    def counted(text: str) -> Paper:
        parsed.append(whole(text))
        return parsed[-1]

    monkeypatch.setattr(Paper, "model_validate_json", counted)
    assert corpus.lexical is not None
    found = rank("item2024", corpus.papers, BagOfWords(), lexical=corpus.lexical(), limit=5, candidates=50)
    assert corpus.papers[found[0].index].id == "p2024"
    assert len(parsed) < 60


# --- embedding before anybody asks ----------------------------------------------------------------------------------


def laid(corpus: Corpus, library: Library, embedder: Embedder) -> indexing.Laid:
    return indexing.lay(corpus, library, embedder, Silent())


def test_all_is_embedded_once(tmp_path: Path) -> None:
    file = many(tmp_path, 1300)
    embedder = Counting()
    library = Library(tmp_path / "home")
    assert laid(holdings.local([file], library), library, embedder) == (1300, 1300)
    library.close()
    library = Library(tmp_path / "home")
    assert laid(holdings.local([file], library), library, embedder) == (1300, 0)
    assert embedder.texts == 1300
    corpus = holdings.local([file], library)
    rank("figs and item77", corpus.papers, embedder, limit=9, vectors=library.vectors(embedder.id))
    assert embedder.texts == 1301  # the question


def test_a_paper_is_embedded_with_title_and_abstract_and_as_it_is_screened(tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    library.add([reading("a", "A long text. " * 9), reading("b", "Another.")], "x")
    paper = library.papers()[0]
    short = paper.model_copy(update={"abstract": "Short."})
    library.add([library.text(paper).model_copy(update={"paper": short})], "x")
    embedder = Counting()
    assert laid(holdings.own(library), library, embedder) == (2, 3)
    assert laid(holdings.own(library), library, embedder) == (2, 0)
    assert embedder.texts == 3


def test_an_interruption_costs_one_block(tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    corpus = holdings.local([many(tmp_path, 1300)], library)
    embedder = Counting()

    class Stops(Silent):
        def upto(self, done: int, total: int) -> None:
            if done >= 1000:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        indexing.lay(corpus, library, embedder, Stops())
    assert library.indexed(embedder.id, indexing.key(corpus.papers)) is None
    assert indexing.near(corpus.papers, library, embedder) is None
    done = embedder.texts
    assert laid(corpus, library, embedder) == (1300, 1300 - done)
    assert embedder.texts == 1300


def test_a_disk_that_fills_up_is_one_line_that_says_how_far_it_came(tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    corpus = holdings.local([many(tmp_path, 1300)], library)
    pages = library._read("PRAGMA page_count")[0][0]
    library._db.execute(f"PRAGMA max_page_count = {pages + 1500}")  # a disk that takes 6 MB more
    with pytest.raises(InputError, match=r"full.*[1-9]\d* of 1,300 papers are done") as told:
        laid(corpus, library, BagOfWords())
    assert "\n" not in str(told.value)
    library._db.execute("PRAGMA max_page_count = 1000000")
    library.unsaved, library.reason = 0, None
    assert laid(corpus, library, BagOfWords()).embedded < 1300
    assert holdings.damage(library) == []


def test_the_nearest_are_candidates_though_they_share_no_word(tmp_path: Path) -> None:
    """The embedder takes "quincunx" for "quinces"; BM25 alone finds one of the two papers."""

    class Kin(BagOfWords):
        def encode(self, texts: Sequence[str], progress: object = None) -> np.ndarray:
            return super().encode([text.lower().replace("quincunx", "quinces") for text in texts])

    lines = [{"id": f"p{n}", "title": f"Paper{n}", "abstract": f"It holds item{n}."} for n in range(1100)]
    lines[40] |= {"title": "Quinces", "abstract": "Quinces."}
    lines[50] |= {"title": "A quincunx", "abstract": "Of item50."}
    file = tmp_path / "kin.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    library, embedder = Library(tmp_path / "home"), Kin()
    corpus = holdings.local([file], library)
    laid(corpus, library, embedder)
    near = indexing.near(corpus.papers, library, embedder)
    assert near is not None
    lexical = LexicalIndex.build((p.title, p.abstract or "") for p in corpus.papers)
    ask = {"lexical": lexical, "limit": 2, "candidates": 20, "vectors": library.vectors(embedder.id)}
    alone = rank("a quincunx", corpus.papers, embedder, **ask)  # type: ignore[arg-type]
    both = rank("a quincunx", corpus.papers, embedder, near=near, **ask)  # type: ignore[arg-type]
    assert [corpus.papers[one.index].id for one in alone] == ["p50"]
    assert {corpus.papers[one.index].id for one in both} == {"p40", "p50"}


def test_a_store_of_neighbours_that_fails_stops_no_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library, embedder = Library(tmp_path / "home"), BagOfWords()
    corpus = holdings.local([many(tmp_path, 1100)], library)
    laid(corpus, library, embedder)
    near = indexing.near(corpus.papers, library, embedder)

    class Gone:
        def nearest(self, *_: object) -> list[tuple[str, float]]:
            raise InputError("gone")

        def count(self) -> int:
            raise InputError("gone")

    monkeypatch.setattr(library, "neighbours", lambda *_: Gone())
    near = indexing.near(corpus.papers, library, embedder)
    assert near is not None
    assert near(embedder.encode(["pears"])[0], 5) == []
    assert library.reason == "gone"


def test_what_was_laid_and_is_gone_is_named_and_laid_again(tmp_path: Path) -> None:
    library, embedder = Library(tmp_path / "home"), Counting()
    corpus = holdings.local([many(tmp_path, 1100)], library)
    laid(corpus, library, embedder)
    assert holdings.damage(library) == []
    name = indexing.key(corpus.papers)
    library._write("DELETE FROM vectors WHERE model = ? AND key < ?", [(f"{embedder.id} of {name}", f"{3:09}")])
    (problem,) = holdings.damage(library)
    assert "3 of 1,100 papers are gone; run `synth library index` again" in problem
    assert laid(corpus, library, embedder) == (1100, 0)  # laid from the vectors that are kept
    assert holdings.damage(library) == []


def indexing_process(file: Path, home: Path, with_chroma: str) -> list[str]:
    """A command that indexes the file into the library, and says after each block how many papers are done."""
    script = (
        "import sys\nfrom pathlib import Path\nsys.path.insert(0, sys.argv[3])\n"
        "from made import BagOfWords\nfrom synth import chroma, holdings, indexing\n"
        "from synth.library import Library\nfrom synth.progress import Silent\n"
        f"chroma.installed = lambda: {with_chroma}\n"
        "class Told(Silent):\n    def upto(self, done, total):\n        print(done, flush=True)\n"
        "library = Library(Path(sys.argv[2]))\n"
        "corpus = holdings.local([Path(sys.argv[1])], library)\n"
        "print(indexing.lay(corpus, library, BagOfWords(), Told()).embedded, library.reason, flush=True)\n"
    )
    return [sys.executable, "-c", script, str(file), str(home), str(Path(__file__).parent)]


@pytest.mark.slow
def test_ten_kills_while_indexing_lose_nothing_that_was_kept(tmp_path: Path) -> None:
    """Two processes index one file into one library; one of them is killed ten times, at other moments each."""
    file, home = many(tmp_path, 4000), tmp_path / "home"
    words = indexing_process(file, home, "False")
    other = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    for kill in range(10):
        run = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert run.stdout is not None
        if kill % 2:
            run.stdout.readline()  # in the middle of the work, however fast the machine
        else:
            time.sleep(0.15 * kill)
        run.send_signal(signal.SIGKILL)
        said = [int(line) for line in run.communicate()[0].splitlines() if line.strip().isdecimal()]
        library = Library(home)
        assert library.check() == []
        kept = library.vectors(BagOfWords.id)
        told = range(max(said, default=0))
        texts = [f"Paper {n} on {FRUIT[n % 7]} It holds item{n} and {FRUIT[n % 5]}." for n in told]
        keys = [vector_key(text, BagOfWords()) for text in texts]
        assert len(kept.get_many(keys)) == len(keys)
        library.close()
    assert other.communicate()[0].splitlines()[-1].endswith("None")
    library = Library(home)
    corpus = holdings.local([file], library)
    assert laid(corpus, library, BagOfWords()).embedded == 0
    assert indexing.near(corpus.papers, library, BagOfWords()) is not None
    assert holdings.damage(library) == []


with_chroma = pytest.mark.skipif(not HAS_CHROMA, reason="the extra chroma is not installed")


@with_chroma
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Chroma's own libraries
@pytest.mark.parametrize("harm", ["gone", "overwritten", "interrupted"])
def test_chroma_is_laid_again_from_what_is_kept(tmp_path: Path, harm: str) -> None:
    library, embedder = Library(tmp_path / "home"), Counting()
    corpus = holdings.local([many(tmp_path, 1100)], library)
    assert laid(corpus, library, embedder) == (1100, 1100)
    assert holdings.damage(library) == []
    near = indexing.near(corpus.papers, library, embedder)
    assert near is not None
    asked = embedder.encode([paper_text(corpus.papers[77])])[0]
    assert 77 in near(asked, 10)  # the graph is approximate: which of the others come along differs from run to run
    folder = tmp_path / "home" / "chroma"
    if harm == "gone":
        shutil.rmtree(folder)
    elif harm == "overwritten":
        (folder / "chroma.sqlite3").write_bytes(b"no database " * 1000)
    else:
        (folder / "writing").touch()
    near = indexing.near(corpus.papers, library, embedder)
    assert near is not None
    near(asked, 3)  # whatever it finds, it raises nothing
    library.reason = None
    (problem,) = holdings.damage(library)
    assert "run `synth library index`" in problem
    assert "\n" not in problem
    assert laid(corpus, library, embedder) == (1100, 0)
    assert holdings.damage(library) == []
    assert 77 in near(asked, 10)


@with_chroma
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Chroma's own libraries
def test_kills_while_chroma_is_written_end_in_a_whole_index(tmp_path: Path) -> None:
    file, home = many(tmp_path, 3000), tmp_path / "home"
    for kill in range(5):
        run = subprocess.Popen(indexing_process(file, home, "True"), stdout=subprocess.PIPE, text=True)
        assert run.stdout is not None
        run.stdout.readline()  # the first block is there, and the next is under way
        time.sleep(0.1 * kill)
        run.kill()
        run.communicate()
    library = Library(home)
    assert library.check() == []
    corpus = holdings.local([file], library)
    assert laid(corpus, library, BagOfWords()).embedded < 3000
    assert holdings.damage(library) == []
    near = indexing.near(corpus.papers, library, BagOfWords())
    assert near is not None
    texts = [paper_text(paper) for paper in corpus.papers]
    rows = BagOfWords().encode(texts)
    stored = library.neighbours(BagOfWords.id, indexing.key(corpus.papers)).get_many([f"{n:09}" for n in range(3000)])
    assert len(stored) == 3000
    assert all(np.allclose(stored[f"{n:09}"], rows[n], atol=1e-6) for n in range(3000))
    # As many as a search asks for: the graph is approximate, and of the single nearest it misses one in a hundred.
    found = near(rows[77], 300)
    assert float(rows[found[0]] @ rows[77]) > 0.999  # by the counts of words several papers are the same



# --- a text index ---------------------------------------------------------------------------------------------------


def test_a_torn_text_index_is_named_and_built_in_its_place(tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    corpus = holdings.local([many(tmp_path, 40)], library)
    assert corpus.lexical is not None
    corpus.lexical()
    (place,) = (tmp_path / "home" / "lexical").iterdir()
    (place / "complete.json").unlink()
    (problem,) = holdings.damage(library)
    assert "no whole search index" in problem
    corpus.lexical()
    assert holdings.damage(library) == []


def test_what_an_interrupted_run_left_behind_is_named_and_goes(tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / "home" / "lexical" / f"abc.{gone.pid}"
    busy = tmp_path / "home" / "lexical" / f"abc.{os.getpid()}"
    left.mkdir(parents=True)
    busy.mkdir()
    never = left.with_name("abc.99999999999999999999")  # no process has such a number
    never.mkdir()
    assert {problem.split(":")[0] for problem in holdings.damage(library)} == {str(never), str(left)}
    corpus = holdings.local([many(tmp_path, 40)], library)
    assert corpus.lexical is not None
    corpus.lexical()
    assert (left.exists(), never.exists(), busy.exists()) == (False, False, True)


def test_only_the_newest_text_indexes_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "_INDEXES", 2)
    library = Library(tmp_path / "home")
    for count in range(3, 7):
        corpus = holdings.local([many(tmp_path, count)], library)
        assert corpus.lexical is not None
        assert len(corpus.lexical()) == count
    assert len(list((tmp_path / "home" / "lexical").iterdir())) == 2


# --- hashes of large files ------------------------------------------------------------------------------------------


def test_a_large_file_is_hashed_again_when_it_changes_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "_LARGE", 100)
    library = Library(tmp_path / "home")
    file = tmp_path / "file"
    file.write_bytes(b"a" * 200)
    first = library.hash_of(file)
    assert first == shelves.file_hash(file)
    whole = shelves.file_hash
    monkeypatch.setattr(shelves, "file_hash", lambda _: pytest.fail("hashed again"))
    assert library.hash_of(file) == first
    monkeypatch.setattr(shelves, "file_hash", whole)
    time.sleep(0.02)
    file.write_bytes(b"b" * 200)
    os.utime(file, ns=(1, 1))
    assert library.hash_of(file) == whole(file) != first


def test_a_question_over_a_laid_corpus_embeds_itself_and_finds_by_meaning(tmp_path: Path) -> None:
    from synth import collect, formulate

    library, embedder = Library(tmp_path / "home"), Counting()
    file = many(tmp_path, 1500)
    laid(holdings.local([file], library), library, embedder)
    embedder.texts = 0
    corpus = holdings.local([file], library)
    asked: list[int] = []

    def near(given: Embedder) -> Near | None:
        assert corpus.near is not None
        found = corpus.near(given)
        assert found is not None
        return lambda query, limit: asked.append(limit) or found(query, limit)  # type: ignore[func-returns-value]

    question = formulate.question("Do quinces help item77?")
    vectors = library.vectors(embedder.id)
    found, _ = collect.collect(
        question, [corpus._replace(near=near)], [], embedder, vectors, since=None, step=lambda: None
    )
    assert (len(found), len(asked)) == (100, 1)
    assert "p77" in {one.paper.id for one in found}
    assert embedder.texts == 2  # the words that were looked for, and the question
